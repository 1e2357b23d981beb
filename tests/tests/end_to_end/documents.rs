//! Quotes and sales orders of ChannelOnline in Autotask, sent when somebody presses Export to Autotask: by the real
//! binary, both connectors and both vendors in miniature.

use liaison_tests::reseller::{BETON, CHOSEN, Customer, NAMED, NORTHWIND, OUTCOME, Reseller, text};
use serde_json::{Value, json};

const FLOWS: [&str; 5] = [
    "customers",
    "contacts",
    "product_updates",
    "quotes",
    "orders",
];
/// What carries out an export; the opportunity is brought along.
const QUOTES: &str = "quotes";
const ORDERS: &str = "orders";
/// The opportunity of Northwind that waits for a quote, and one of another company under the same title.
const WAREHOUSE: i64 = 402;
const ANOTHERS_WAREHOUSE: i64 = 403;
const WAREHOUSE_TITLE: &str = "Réseau de l'entrepôt";

/// A desk that shares Northwind with the back office.
fn open() -> (Reseller, Customer) {
    let desk = Reseller::new();
    let customer = desk.shares(NORTHWIND);
    (desk, customer)
}

/// Sends a document that is accepted; its opportunity with its one quote and that quote's lines.
#[track_caller]
fn sends(desk: &Reseller, flow: &str, document: u64) -> (Value, Value, Vec<Value>) {
    let action = desk.exports(document);
    desk.runs(&[flow]);
    let told = desk.row("actions", action);
    assert_eq!(told["status"], "success", "{told}");
    let shown = desk.document(document);
    assert_eq!(shown["exported"], json!(true), "{shown:#}");
    assert_eq!(shown["exportMessage"], told["message"]);
    assert_eq!(shown["customFields"][OUTCOME], told["message"]);
    booked(desk, document)
}

/// What a document has become in Autotask.
#[track_caller]
fn booked(desk: &Reseller, document: u64) -> (Value, Value, Vec<Value>) {
    let shown = desk.document(document);
    let id = text(&shown["customFields"], CHOSEN).parse::<i64>();
    let id = id.unwrap_or_else(|_| panic!("no opportunity on {shown:#}"));
    let opportunity = desk.record("Opportunities", id);
    let mut quotes = desk.table("Quotes");
    quotes.retain(|quote| quote["opportunityID"] == json!(id));
    assert_eq!(quotes.len(), 1, "quotes of {id}: {quotes:#?}");
    let mut lines = desk.table("QuoteItems");
    lines.retain(|line| line["quoteID"] == quotes[0]["id"]);
    (opportunity, quotes.remove(0), lines)
}

/// Quantity and price, in order.
fn sold(lines: &[Value]) -> Vec<(f64, f64)> {
    let number = |line: &Value, field: &str| line[field].as_f64().unwrap_or_default();
    let mut sold: Vec<(f64, f64)> = (lines.iter())
        .map(|line| (number(line, "quantity"), number(line, "unitPrice")))
        .collect();
    sold.sort_by(|one, other| one.partial_cmp(other).expect("numbers"));
    sold
}

/// Sends a document that is refused; the words, which stand on the document and in the pop-up.
#[track_caller]
fn is_refused(desk: &Reseller, flow: &str, document: u64) -> String {
    let books = |desk: &Reseller| {
        ["Opportunities", "Quotes", "QuoteItems", "QuoteLocations"].map(|entity| desk.table(entity))
    };
    let before = books(desk);
    let action = desk.exports(document);
    desk.run(flow).exits(4);
    assert_eq!(books(desk), before, "nothing is half written");
    let told = desk.row("actions", action);
    assert_eq!(told["status"], "failure", "{told}");
    let words = text(&told, "message").to_owned();
    let shown = desk.document(document);
    assert_eq!(shown["exported"], json!(false));
    assert_eq!(shown["exportMessage"], json!(words));
    assert_eq!(shown["customFields"][OUTCOME], json!(words));
    words
}

#[track_caller]
fn is_at_rest(desk: &Reseller) {
    desk.runs(&FLOWS);
    desk.writes();
    desk.runs(&FLOWS);
    assert_eq!(desk.writes(), Vec::<String>::new());
}

#[test]
fn a_quote_goes_when_somebody_presses_and_not_before() {
    let (desk, customer) = open();
    let quote = desk.quotes(
        &customer,
        &json!({"shippingHandling": "35.00", "purchaseOrder": "BC-77"}),
    );
    let opportunities = desk.table("Opportunities").len();
    desk.runs(&FLOWS);
    assert_eq!(desk.table("Opportunities").len(), opportunities);
    let (opportunity, booked, lines) = sends(&desk, QUOTES, quote);
    let shown = desk.document(quote);
    assert_eq!(opportunity["title"], shown["documentNumber"]);
    assert_eq!(opportunity["companyID"], NORTHWIND.company);
    assert_eq!(opportunity["contactID"], NORTHWIND.contact);
    assert_eq!(opportunity["ownerResourceID"], 29_682_885);
    assert_eq!(opportunity["status"], 1, "Active");
    assert_eq!(opportunity["stage"], 29_682_771, "Proposition");
    assert_eq!(
        opportunity["opportunityCategoryID"], 2,
        "Revente de matériel"
    );
    assert_eq!(opportunity["probability"], 60);
    assert_eq!(booked["externalQuoteNumber"], shown["documentNumber"]);
    assert_eq!(booked["paymentTerm"], 1, "Net 30 jours");
    assert_eq!(booked["shippingType"], 1, "Purolator Terrestre");
    assert_eq!(booked["taxRegionID"], 29_683_610, "Québec");
    assert_eq!(booked["purchaseOrderNumber"], "BC-77");
    let expected = [(1.0, 35.0), (2.0, 239.99), (4.0, 1389.0)];
    assert_eq!(sold(&lines), expected, "{lines:#?}");
    assert_eq!(desk.table("Opportunities").len(), opportunities + 1);
    is_at_rest(&desk);
}

#[test]
fn a_quote_goes_to_the_opportunity_that_was_chosen_or_named_else_to_a_new_one() {
    for (field, value, expected) in [
        (CHOSEN, "402", Some(WAREHOUSE)),
        (NAMED, WAREHOUSE_TITLE, Some(WAREHOUSE)),
        (NAMED, "Parc 2027", None),
        (NAMED, "", None),
    ] {
        let (desk, customer) = open();
        let quote = desk.quotes(&customer, &json!({"customFields": {field: value}}));
        let opportunities = desk.table("Opportunities").len();
        let (opportunity, _, _) = sends(&desk, QUOTES, quote);
        let made = usize::from(expected.is_none());
        assert_eq!(desk.table("Opportunities").len(), opportunities + made);
        match expected {
            Some(id) => assert_eq!(opportunity["id"], json!(id), "{field} {value}"),
            None if value.is_empty() => {
                assert_eq!(opportunity["title"], desk.document(quote)["documentNumber"]);
            }
            None => assert_eq!(opportunity["title"], value),
        }
        is_at_rest(&desk);
    }
}

#[test]
fn exported_again_a_quote_brings_both_up_to_date() {
    let (desk, customer) = open();
    let quote = desk.quotes(&customer, &json!({}));
    let (opportunity, before, lines) = sends(&desk, QUOTES, quote);
    assert_eq!(sold(&lines), [(2.0, 239.99), (4.0, 1389.0)]);
    desk.edits(
        quote,
        &json!({"description": "Portables et écrans", "probability": 80, "purchaseOrder": "BC-78"}),
    );
    desk.sells(&json!({"do": "edit_line", "document": quote, "line": 1, "set": {"quantity": "5", "price": "1350.00"}}));
    desk.sells(&json!({"do": "remove_line", "document": quote, "line": 2}));
    desk.sells(&json!({"do": "add_line", "document": quote, "line": {"product": "27UP650", "quantity": "3"}}));
    // What is edited waits for the button.
    desk.writes();
    desk.runs(&[QUOTES]);
    assert_eq!(desk.writes(), Vec::<String>::new());
    let (after, booked, lines) = sends(&desk, QUOTES, quote);
    assert_eq!(after["id"], opportunity["id"]);
    assert_eq!(after["description"], "Portables et écrans");
    assert_eq!(after["probability"], 80);
    assert_eq!(booked["id"], before["id"]);
    assert_eq!(booked["name"], "Portables et écrans");
    assert_eq!(booked["purchaseOrderNumber"], "BC-78");
    assert_eq!(sold(&lines), [(3.0, 449.0), (5.0, 1350.0)], "{lines:#?}");
    // Pressed with nothing new it is answered all the same.
    desk.writes();
    sends(&desk, QUOTES, quote);
    let writes = desk.writes();
    assert!(
        writes
            .iter()
            .all(|route| !route.contains("Quote") && !route.contains("Opportunit")),
        "{writes:?}"
    );
    is_at_rest(&desk);
}

#[test]
fn an_opportunity_has_one_quote_and_another_deals_is_refused() {
    let (desk, customer) = open();
    let chosen = json!({"customFields": {CHOSEN: WAREHOUSE.to_string()}});
    let first = desk.quotes(&customer, &chosen);
    let second = desk.quotes(&customer, &chosen);
    sends(&desk, QUOTES, first);
    let words = is_refused(&desk, "quotes", second);
    assert!(words.contains("One opportunity has one quote"), "{words}");
    // Where the opportunity was named, and not chosen, it is the same.
    let named = desk.quotes(
        &customer,
        &json!({"customFields": {NAMED: WAREHOUSE_TITLE}}),
    );
    is_refused(&desk, "quotes", named);
    // The refused one goes once it names none.
    desk.edits(second, &json!({"customFields": {CHOSEN: ""}}));
    let (opportunity, _, _) = sends(&desk, QUOTES, second);
    assert_ne!(opportunity["id"], json!(WAREHOUSE));
}

#[test]
fn an_order_of_the_deal_brings_its_opportunity_and_quote_to_the_orders_state() {
    let (desk, customer) = open();
    let quote = desk.quotes(&customer, &json!({}));
    let (opportunity, before, _) = sends(&desk, QUOTES, quote);
    // Its custom fields go along, and with them the opportunity.
    let order = desk.sells(&json!({"do": "order_from_quote", "id": quote, "set": {"stage": "closed_won", "probability": 100}}));
    let order = order["documentId"].as_u64().expect("an id");
    desk.sells(&json!({"do": "edit_line", "document": order, "line": 1, "set": {"quantity": "6"}}));
    let counts = || ["Opportunities", "Quotes"].map(|entity| desk.table(entity).len());
    let counted = counts();
    let (after, booked, lines) = sends(&desk, ORDERS, order);
    assert_eq!(counts(), counted);
    assert_eq!(after["id"], opportunity["id"]);
    assert_eq!(booked["id"], before["id"]);
    assert_eq!(after["status"], 3, "Closed");
    assert_eq!(after["stage"], 29_682_773, "Commande reçue");
    assert_eq!(after["opportunityCategoryID"], 3, "Commande ChannelOnline");
    assert_eq!(after["probability"], 100);
    assert_eq!(sold(&lines), [(2.0, 239.99), (6.0, 1389.0)], "{lines:#?}");
    is_at_rest(&desk);
    // A quote that ChannelOnline does not know is another deal's.
    let other = desk.shares(BETON);
    let another = desk.quotes(
        &customer,
        &json!({"documentType": "SalesOrder", "status": "Open", "customFields": {CHOSEN: "404"}}),
    );
    let words = is_refused(&desk, "orders", another);
    assert!(words.contains("One opportunity has one quote"), "{words}");
    // An order without any deal gets one of its own.
    let alone = desk.quotes(
        &other,
        &json!({"documentType": "SalesOrder", "status": "Open"}),
    );
    let (opportunity, _, _) = sends(&desk, ORDERS, alone);
    assert_eq!(opportunity["title"], desk.document(alone)["documentNumber"]);
    assert_eq!(opportunity["companyID"], BETON.company);
}

#[test]
fn a_document_is_refused_in_words_and_goes_once_it_is_mended() {
    let (desk, customer) = open();
    let stranger = Customer {
        id: 5002,
        number: "FM0043".to_owned(),
        contact: 7003,
    };
    for (of, also, words, mend) in [
        (&stranger, json!({}), "is not linked with a company", None),
        (
            &customer,
            json!({"paymentTerms": ""}),
            "No payment terms are selected",
            Some(json!({"paymentTerms": "Net 30 jours"})),
        ),
        (
            &customer,
            json!({"salesPerson": "annie.gagne@boreale.example"}),
            "is mapped to no Autotask resource",
            Some(json!({"salesPerson": "etienne.cote@boreale.example"})),
        ),
        (
            &customer,
            json!({"customFields": {CHOSEN: ANOTHERS_WAREHOUSE.to_string()}}),
            "is another customer's",
            Some(json!({"customFields": {CHOSEN: WAREHOUSE.to_string()}})),
        ),
        (
            &customer,
            json!({"customFields": {CHOSEN: "999999"}}),
            "Autotask has no opportunity 999999",
            Some(json!({"customFields": {CHOSEN: ""}})),
        ),
        (
            &customer,
            json!({"paymentTerms": "Carte de crédit"}),
            "no active payment term",
            Some(json!({"paymentTerms": "Net 60 jours"})),
        ),
    ] {
        for kind in ["Quote", "SalesOrder"] {
            let flow = if kind == "Quote" { QUOTES } else { ORDERS };
            let mut document = also.clone();
            document["documentType"] = json!(kind);
            let id = desk.quotes(of, &document);
            let told = is_refused(&desk, flow, id);
            assert!(told.contains(words), "{kind}: `{words}` is not in: {told}");
            // Nobody writes of it again.
            desk.writes();
            desk.run(flow);
            assert_eq!(desk.writes(), Vec::<String>::new(), "{kind} {words}");
            let Some(mend) = &mend else { continue };
            // One opportunity has one quote: the order is not the quote's deal.
            if kind == "SalesOrder"
                && mend["customFields"][CHOSEN].as_str() == Some(WAREHOUSE.to_string().as_str())
            {
                continue;
            }
            desk.edits(id, mend);
            sends(&desk, flow, id);
        }
    }
    // The customer is exported first, and its document goes.
    let quote = desk.quotes(&stranger, &json!({}));
    desk.presses("export_customer", stranger.id);
    desk.runs(&["customers", "contacts", "customer_exports"]);
    sends(&desk, QUOTES, quote);
}

#[test]
fn whoever_presses_is_answered_by_one_run_each_time() {
    let (desk, customer) = open();
    let quotes: Vec<u64> = (0..3).map(|_| desk.quotes(&customer, &json!({}))).collect();
    let actions: Vec<u64> = quotes.iter().map(|quote| desk.exports(*quote)).collect();
    desk.runs(&[QUOTES]);
    for action in &actions {
        assert_eq!(desk.row("actions", *action)["status"], "success");
    }
    for quote in &quotes {
        booked(&desk, *quote);
        sends(&desk, QUOTES, *quote);
    }
    // Twice before a run: both wishes are answered, and it is there once.
    let twice = [desk.exports(quotes[0]), desk.exports(quotes[0])];
    desk.runs(&[QUOTES]);
    desk.runs(&[QUOTES]);
    for action in twice {
        assert_eq!(desk.row("actions", action)["status"], "success");
    }
    booked(&desk, quotes[0]);
    is_at_rest(&desk);
}

#[test]
fn nothing_depends_on_how_a_person_writes_dates() {
    let mut told = Vec::new();
    for (language, zone) in [
        ("C", "UTC"),
        ("fr_CA.UTF-8", "Asia/Tokyo"),
        ("en_US.UTF-8", "Pacific/Honolulu"),
    ] {
        let (desk, customer) = open();
        // At Montréal it is still the day before.
        let events = json!([{"type": "created", "when": "2026-09-11T03:30:00+02:00", "user": "marie.roy@boreale.example"}]);
        let quote = desk.quotes(
            &customer,
            &json!({"events": events, "documentNumber": "Q-30001"}),
        );
        desk.exports(quote);
        let environment = [("LC_ALL", language), ("LANG", language), ("TZ", zone)];
        desk.lab.liaison_with("run quotes", &environment).exits(0);
        let (opportunity, booked, _) = booked(&desk, quote);
        assert_eq!(
            booked["effectiveDate"].as_str().map(|day| &day[..10]),
            Some("2026-09-10")
        );
        told.push((
            booked["effectiveDate"].clone(),
            opportunity["title"].clone(),
        ));
        is_at_rest(&desk);
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
}
