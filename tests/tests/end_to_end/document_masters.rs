//! Customers, contacts and products of ChannelOnline and Autotask, by the real binary, both connectors and both
//! vendors in miniature.

use liaison_tests::reseller::{BETON, NORTHWIND, Reseller, TENANT, marker, text};
use serde_json::{Value, json};

const DEFAULT_PHONE: &str = "555-555-5555";
const MASTERS: [&str; 2] = ["customers", "contacts"];
/// What answers who exports a customer.
const EXPORT: [&str; 3] = ["customers", "contacts", "customer_exports"];

/// A second round changes nothing, and a third writes nothing.
#[track_caller]
fn is_at_rest(desk: &Reseller, flows: &[&str]) {
    desk.runs(flows);
    desk.writes();
    desk.runs(flows);
    assert_eq!(desk.writes(), Vec::<String>::new());
}

fn of_company(desk: &Reseller, company: i64) -> Vec<Value> {
    let mut contacts = desk.table("Contacts");
    contacts.retain(|contact| contact["companyID"] == json!(company));
    contacts
}

/// The contact of a customer of ChannelOnline.
fn contact(desk: &Reseller, customer: u64, contact: u64) -> Value {
    let customer = desk.row("customers", customer);
    let contacts = customer["contacts"].as_array().into_iter().flatten();
    let mut contacts = contacts.filter(|one| one["contactId"] == json!(contact));
    contacts.next().cloned().unwrap_or_default()
}

#[test]
fn a_shared_customer_is_recognised_with_its_contacts_and_exported_again_it_is_there_once() {
    let desk = Reseller::new();
    desk.lab.liaison("check").exits(0);
    let customer = desk.customer(NORTHWIND.name, "Joe.Lee@Northwind.example");
    let companies = desk.table("Companies").len();
    let contacts = of_company(&desk, NORTHWIND.company).len();
    desk.runs(&MASTERS);
    let there = || {
        assert_eq!(desk.table("Companies").len(), companies);
        assert_eq!(of_company(&desk, NORTHWIND.company).len(), contacts);
        let company = desk.record("Companies", NORTHWIND.company);
        assert_eq!(marker(&company), customer.number);
        let here = desk.row("customers", customer.id);
        assert_eq!(
            here["externalIds"]["autotask"],
            NORTHWIND.company.to_string()
        );
        let joe = contact(&desk, customer.id, customer.contact);
        assert_eq!(
            joe["externalIds"]["autotask"],
            NORTHWIND.contact.to_string()
        );
    };
    there();
    // The product that this replaces makes a second one here.
    for _ in 0..2 {
        let action = desk.presses("export_customer", customer.id);
        desk.runs(&EXPORT);
        there();
        let told = desk.row("actions", action);
        assert_eq!(told["status"], "success", "{told}");
        assert!(text(&told, "message").contains("202"), "{told}");
    }
    is_at_rest(&desk, &EXPORT);
}

#[test]
fn customers_are_paired_without_a_run_and_their_contacts_by_e_mail() {
    let desk = Reseller::new();
    let customer = desk.customer(NORTHWIND.name, NORTHWIND.email);
    let before = (desk.table("Companies"), desk.rows("customers"));
    let file = desk.lab.home().join("customers.csv");
    let matched = format!("link match customers --csv {}", file.display());
    desk.lab.liaison(&matched).exits(0);
    let csv = std::fs::read_to_string(&file).expect("the file is there");
    let judged = csv.lines().map(|line| match line.split_once(',') {
        Some(("review", rest)) if rest.contains(NORTHWIND.name) => format!("link,{rest}\n"),
        _ => format!("{line}\n"),
    });
    let judged: String = judged.collect();
    std::fs::write(&file, judged).expect("the file can be written");
    desk.lab.liaison(&format!("{matched} --apply")).exits(0);
    let shown = format!("link show customers {}", customer.number);
    desk.lab.liaison(&shown).exits(0).says("202");
    assert_eq!((desk.table("Companies"), desk.rows("customers")), before);
    desk.runs(&MASTERS);
    let joe = contact(&desk, customer.id, customer.contact);
    assert_eq!(
        joe["externalIds"]["autotask"],
        NORTHWIND.contact.to_string()
    );
    let contacts = of_company(&desk, NORTHWIND.company).len();
    desk.presses("export_customer", customer.id);
    desk.runs(&EXPORT);
    assert_eq!(of_company(&desk, NORTHWIND.company).len(), contacts);
    assert_eq!(desk.table("Companies").len(), before.0.len());
}

#[test]
fn an_exported_customer_takes_its_contacts_along_and_whoever_pressed_reads_it() {
    let desk = Reseller::new();
    let companies = desk.table("Companies").len();
    // A customer of the seed with a contact, and one more who has no phone.
    let without_phone = "sans.telephone@fromagerie.example";
    desk.contact(5002, without_phone);
    let action = desk.presses("export_customer", 5002);
    desk.runs(&EXPORT);
    let made = desk.marked("Companies", "FM0043");
    assert_eq!(made.len(), 1, "{made:#?}");
    assert_eq!(
        made[0]["companyName"],
        "Fromagerie des Îles-de-la-Madeleine"
    );
    assert_eq!(made[0]["phone"], "418 555-0120");
    assert_eq!(desk.table("Companies").len(), companies + 1);
    let company = made[0]["id"].as_i64().expect("an id");
    let contacts = of_company(&desk, company);
    let mut told: Vec<(&str, &str)> = (contacts.iter())
        .map(|one| (text(one, "emailAddress"), text(one, "phone")))
        .collect();
    told.sort_unstable();
    let expected = [
        ("eve-marie@fromagerie.example", "418 555-0121"),
        (without_phone, DEFAULT_PHONE),
    ];
    assert_eq!(told, expected);
    let told = desk.row("actions", action);
    assert_eq!(told["status"], "success", "{told}");
    assert!(
        text(&told, "message").contains(&company.to_string()),
        "{told}"
    );
    is_at_rest(&desk, &EXPORT);
    // Whom nobody exported is not there.
    assert_eq!(desk.table("Companies").len(), companies + 1);
}

#[test]
fn the_default_phone_goes_there_never_over_a_number_and_never_comes_back() {
    let desk = Reseller::new();
    let customer = desk.customer("Ferblanterie Ouellet", "r.ouellet@ferblanterie.example");
    let id = customer.id;
    let set = json!({"addresses": [{"type": "billing", "line1": "77, rue du Cuivre", "city": "Val-d'Or", "state": "QC"}]});
    desk.sells(&json!({"do": "edit_customer", "id": id, "set": set}));
    let action = desk.presses("export_customer", id);
    desk.runs(&EXPORT);
    let company = || desk.marked("Companies", &customer.number)[0].clone();
    assert_eq!(company()["phone"], DEFAULT_PHONE);
    let told = desk.row("actions", action);
    assert!(text(&told, "message").contains(DEFAULT_PHONE), "{told}");
    is_at_rest(&desk, &MASTERS);
    assert_eq!(desk.row("customers", id)["phone"], "");
    assert_eq!(contact(&desk, id, customer.contact)["workPhone"], "");
    // Something else is edited there: the number that stands for none stays behind.
    let there = company()["id"].clone();
    let types = |fields: Value| {
        desk.books(&json!({"do": "update", "entity": "Companies", "id": there, "fields": fields}));
        is_at_rest(&desk, &MASTERS);
    };
    let writes = |phone: &str| {
        desk.sells(&json!({"do": "edit_customer", "id": id, "set": {"phone": phone}}));
        is_at_rest(&desk, &MASTERS);
    };
    types(json!({"city": "Amos"}));
    let here = desk.row("customers", id);
    assert_eq!(here["addresses"][0]["city"], "Amos", "{here}");
    assert_eq!(here["addresses"][0]["line1"], "77, rue du Cuivre", "{here}");
    assert_eq!(here["phone"], "");
    // A number that is known on either side is one.
    types(json!({"phone": "819 555-0144"}));
    assert_eq!(desk.row("customers", id)["phone"], "819 555-0144");
    writes("");
    assert_ne!(company()["phone"], DEFAULT_PHONE, "never over a number");
    writes("819 555-0145");
    assert_eq!(company()["phone"], "819 555-0145");
}

#[test]
fn an_edit_on_either_side_reaches_the_other() {
    let desk = Reseller::new();
    let customer = desk.shares(NORTHWIND);
    is_at_rest(&desk, &MASTERS);
    let set = json!({"web": "https://northwind.example", "fax": "514 555-0299"});
    desk.sells(&json!({"do": "edit_customer", "id": customer.id, "set": set}));
    let set = json!({"mobilePhone": "514 555-0298"});
    desk.sells(&json!({"do": "edit_contact", "id": customer.contact, "set": set}));
    let fields = json!({"city": "Laval"});
    desk.books(
        &json!({"do": "update", "entity": "Companies", "id": NORTHWIND.company, "fields": fields}),
    );
    let fields = json!({"title": "Acheteur"});
    desk.books(
        &json!({"do": "update", "entity": "Contacts", "id": NORTHWIND.contact, "fields": fields}),
    );
    desk.runs(&MASTERS);
    let company = desk.record("Companies", NORTHWIND.company);
    assert_eq!(company["webAddress"], "https://northwind.example");
    assert_eq!(company["fax"], "514 555-0299");
    assert_eq!(company["city"], "Laval");
    let there = desk.record("Contacts", NORTHWIND.contact);
    assert_eq!(there["mobilePhone"], "514 555-0298");
    assert_eq!(there["title"], "Acheteur");
    let here = desk.row("customers", customer.id);
    assert_eq!(here["addresses"][0]["city"], "Laval", "{here}");
    assert_eq!(
        contact(&desk, customer.id, customer.contact)["title"],
        "Acheteur"
    );
    is_at_rest(&desk, &MASTERS);
}

#[test]
fn one_company_and_one_contact_come_from_autotask_by_themselves() {
    let imports = r#"
[flows.imports]
pack = "channelonline-autotask/customers"
options = { to_channelonline = "all" }

[flows.contact_imports]
pack = "channelonline-autotask/contacts"
options = { to_channelonline = "all" }
"#;
    let desk = Reseller::with(&format!("{TENANT}{imports}"));
    let (customers, companies) = (desk.rows("customers").len(), desk.table("Companies").len());
    let run = |flow: &str, id: i64| {
        desk.lab
            .liaison(&format!("run {flow} --record {id}"))
            .exits(0);
    };
    run("imports~", 210);
    run("contact_imports~", 312);
    let mut found = desk.rows("customers");
    assert_eq!(found.len(), customers + 1);
    found.retain(|customer| customer["companyName"] == "Transport Nordet");
    assert_eq!(found[0]["phone"], "581 555-0210");
    assert_eq!(found[0]["externalIds"]["autotask"], "210");
    let contacts = found[0]["contacts"].as_array().cloned().unwrap_or_default();
    assert_eq!(contacts.len(), 1, "{contacts:#?}");
    assert_eq!(contacts[0]["email"], "ghislain@nordet.example");
    // Exported it is the company that it came from.
    let id = found[0]["customerId"].as_u64().expect("an id");
    desk.presses("export_customer", id);
    desk.runs(&EXPORT);
    assert_eq!(desk.table("Companies").len(), companies);
    assert_eq!(of_company(&desk, 210).len(), 2);
}

#[test]
fn products_are_made_on_first_use_once_in_their_category_or_the_default() {
    let desk = Reseller::new();
    let customer = desk.shares(NORTHWIND);
    let products = desk.table("Products").len();
    desk.runs(&["quotes", "orders"]);
    assert_eq!(
        desk.table("Products").len(),
        products,
        "nobody sold anything"
    );
    let lines = json!({"lines": [{"product": "LAT-5450"}, {"product": "WD22TB4"}, {"product": "27UP650"},
        {"product": "CHAISE-ERG", "quantity": "2"}, {"product": "LAT-5450", "price": "1300.00"}]});
    let quote = desk.quotes(&customer, &lines);
    desk.exports(quote);
    desk.runs(&["quotes"]);
    // The dock and the screen were there: by manufacturer and part, and by SKU.
    assert_eq!(desk.table("Products").len(), products + 2);
    let by_sku = |sku: &str| {
        let mut found = desk.table("Products");
        found.retain(|product| product["sku"] == sku);
        assert_eq!(found.len(), 1, "{sku}: {found:#?}");
        found.remove(0)
    };
    let laptop = by_sku("LAT-5450");
    assert_eq!(laptop["manufacturerName"], "Dell");
    assert_eq!(laptop["productCategory"], 12, "Portables: {laptop}");
    assert_eq!(
        by_sku("CHAISE-ERG")["productCategory"],
        1,
        "no Mobilier there"
    );
    let another = desk.quotes(&customer, &lines);
    desk.exports(another);
    desk.runs(&["quotes"]);
    assert_eq!(desk.table("Products").len(), products + 2);
    is_at_rest(&desk, &["product_updates", "quotes"]);
    // ChannelOnline is the master of them: the last document's words are the product's.
    let words = "Latitude 5450, modèle 2027";
    let product = json!({"partNumber": "LAT-5450", "manufacturer": "Dell", "descriptionLine1": words,
        "category": "Ordinateurs", "subCategory": "Portables", "cost": "1149.00", "price": "1389.00"});
    let last = desk.quotes(&customer, &json!({"lines": [{"product": product}]}));
    desk.edits(last, &json!({"description": "Modèle 2027"}));
    is_at_rest(&desk, &["product_updates"]);
    assert_eq!(by_sku("LAT-5450")["name"], words);
    assert_eq!(desk.table("Products").len(), products + 2);
}

#[test]
fn labour_and_bundles_of_autotask_go_back_as_what_they_are() {
    let desk = Reseller::new();
    let customer = desk.shares(BETON);
    let products = desk.table("Products").len();
    let service = |kind: &str, id: &str| {
        json!({"product": {"productType": kind, "partNumber": "X", "descriptionLine1": kind, "price": "55.00"},
            "quantity": "3", "externalId": id})
    };
    let lines = json!({"lines": [service("Labor", "29683468"), service("Service Bundle", "651"), service("Service", "601")]});
    let quote = desk.quotes(&customer, &lines);
    desk.exports(quote);
    desk.runs(&["quotes"]);
    assert_eq!(desk.table("Products").len(), products);
    let opportunity = desk.document(quote)["customFields"]["Autotask Opportunity ID"].clone();
    let mut quotes = desk.table("Quotes");
    quotes.retain(|one| {
        one["opportunityID"].as_i64() == opportunity.as_str().and_then(|id| id.parse().ok())
    });
    let mut lines = desk.table("QuoteItems");
    lines.retain(|line| line["quoteID"] == quotes[0]["id"]);
    let mut kinds: Vec<i64> = (lines.iter())
        .filter_map(|line| line["quoteItemType"].as_i64())
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [3, 11, 12]);
}
