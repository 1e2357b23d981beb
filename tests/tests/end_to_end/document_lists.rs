//! Lists of Autotask that somebody asks for on a document of ChannelOnline, and what is chosen of them: by the real binary,
//! both connectors and both vendors in miniature.

use liaison_tests::reseller::{CHOSEN, Customer, NORTHWIND, Reseller, text};
use serde_json::{Value, json};

const SERVICES: &str = "query_services";
const OPPORTUNITIES: &str = "query_opportunities";

fn open() -> (Reseller, Customer) {
    let desk = Reseller::new();
    let customer = desk.shares(NORTHWIND);
    (desk, customer)
}

/// Somebody asks on a document, and the flow runs; what the pop-up shows.
#[track_caller]
fn asks(desk: &Reseller, flow: &str, kind: &str, document: u64, words: &str) -> Value {
    let action = desk.asks(kind, document, words);
    desk.runs(&[flow]);
    desk.row("actions", action)
}

/// The ids of a list, in its order.
fn ids(told: &Value) -> Vec<&str> {
    let results = told["results"].as_array().expect("a list");
    results.iter().map(|result| text(result, "id")).collect()
}

/// What of the document's lines came from Autotask: type and id there.
fn from_autotask(document: &Value) -> Vec<(String, String)> {
    let lines = document["lines"].as_array().expect("lines");
    let ours = lines
        .iter()
        .filter(|line| !text(line, "externalId").is_empty());
    ours.map(|line| {
        let kind = text(&line["product"], "productType");
        (kind.to_owned(), text(line, "externalId").to_owned())
    })
    .collect()
}

#[test]
fn what_is_chosen_of_a_list_stands_on_the_document_once_and_goes_into_the_quote_as_what_it_is() {
    let (desk, customer) = open();
    let quote = desk.quotes(&customer, &json!({}));
    let told = asks(&desk, "quote_lists", SERVICES, quote, "GÉRÉ");
    assert_eq!(told["status"], "success", "{told}");
    assert_eq!(ids(&told), ["service:602", "bundle:651"]);
    let told = asks(&desk, "quote_lists", SERVICES, quote, "");
    let all = ids(&told);
    assert!(
        all.contains(&"service:601") && all.contains(&"labor:29683468"),
        "{all:?}"
    );
    assert!(!all.contains(&"service:604"), "it is not active: {all:?}");
    let told = asks(&desk, "quote_lists", SERVICES, quote, "nothing like it");
    assert_eq!(told["status"], "failure", "{told}");
    assert_eq!(ids(&told), Vec::<&str>::new());
    assert_eq!(from_autotask(&desk.document(quote)), []);
    let chosen = ["service:602", "bundle:651", "labor:29683468"];
    for id in chosen.into_iter().chain(chosen) {
        let told = asks(&desk, "quote_lists", SERVICES, quote, id);
        assert_eq!(told["status"], "success", "{told}");
    }
    let shown = desk.document(quote);
    let expected = [
        ("Service", "602"),
        ("Service Bundle", "651"),
        ("Labor", "29683468"),
    ];
    let expected = expected.map(|(of, id)| (of.to_owned(), id.to_owned()));
    assert_eq!(
        from_autotask(&shown),
        expected,
        "each once, though each was chosen twice"
    );
    assert_ne!(shown["exported"], json!(true), "a list exports nothing");
    desk.exports(quote);
    desk.runs(&["quotes"]);
    let lines = desk.table("QuoteItems");
    let has = |field: &str, id: i64| lines.iter().any(|line| line[field] == json!(id));
    assert!(
        has("serviceID", 602) && has("serviceBundleID", 651) && has("laborID", 29_683_468),
        "{lines:#?}"
    );
    let products = desk.table("Products");
    let is_product = |sku: &str| products.iter().any(|product| product["sku"] == json!(sku));
    assert!(
        !is_product("AV-GERE") && !is_product("POSTE-G"),
        "they enter no catalogue: {products:#?}"
    );
    desk.writes();
    desk.runs(&["quote_lists", "order_lists", "quotes"]);
    assert_eq!(desk.writes(), Vec::<String>::new());
}

#[test]
fn an_opportunity_that_is_chosen_of_the_list_takes_the_document() {
    let (desk, customer) = open();
    let quote = desk.quotes(&customer, &json!({}));
    let order = desk.sells(&json!({"do": "order_from_quote", "id": quote}));
    let order = order["documentId"].as_u64().expect("an id");
    for (flow, document) in [("quote_lists", quote), ("order_lists", order)] {
        let told = asks(&desk, flow, OPPORTUNITIES, document, "entrepôt");
        assert_eq!(told["status"], "success", "{told}");
        // Not the other company's of the same title.
        assert_eq!(ids(&told), ["402"]);
        let told = asks(&desk, flow, OPPORTUNITIES, document, "réception");
        assert_eq!(told["status"], "failure", "it is closed: {told}");
    }
    desk.edits(quote, &json!({"customFields": {CHOSEN: "402"}}));
    let action = desk.exports(quote);
    desk.runs(&["quotes"]);
    assert_eq!(desk.row("actions", action)["status"], "success");
    let quotes = desk.table("Quotes");
    assert!(
        quotes.iter().any(|quote| quote["opportunityID"] == 402),
        "{quotes:#?}"
    );
    let stranger = desk.customer("Nouveau client", "nouveau@client.example");
    let quote = desk.quotes(&stranger, &json!({}));
    let action = desk.asks(OPPORTUNITIES, quote, "");
    desk.run("quote_lists")
        .exits(4)
        .says("then ask again in the system");
    let told = desk.row("actions", action);
    assert_eq!(told["status"], "failure");
    assert!(text(&told, "message").contains("is not linked"), "{told}");
    // And it says so again when somebody asks again.
    let action = desk.asks(OPPORTUNITIES, quote, "");
    desk.run("quote_lists").exits(4);
    assert_eq!(desk.row("actions", action)["status"], "failure");
}

#[test]
fn a_flow_that_answers_takes_no_pairs_from_a_file() {
    let desk = Reseller::new();
    desk.lab.write("links.csv", "source,target\n1,2\n");
    let file = desk.lab.home().join("links.csv");
    for more in ["", " --apply"] {
        let line = format!("link import quote_lists {}{more}", file.display());
        let said = desk.lab.liaison(&line).exits(2);
        said.says("only answers who asks: it makes no pairs");
    }
}

#[test]
fn what_nothing_carries_out_is_answered_in_the_end() {
    let (desk, customer) = open();
    let quote = desk.quotes(&customer, &json!({}));
    let action = desk.exports(quote);
    let import = json!({"do": "press", "type": "import_customer", "subjectId": "", "argument": "Inconnu inc."});
    let import = desk.sells(&import)["actionId"].as_u64();
    let import = import.expect("an id");
    desk.sells(&json!({"do": "delete_document", "id": quote}));
    desk.runs(&["quotes"]);
    assert_eq!(desk.row("actions", action)["status"], "pending");
    desk.runs(&["unanswered"]);
    for action in [action, import] {
        let told = desk.row("actions", action);
        assert_eq!(told["status"], "failure", "{told}");
        assert!(!text(&told, "message").is_empty(), "{told}");
    }
    desk.writes();
    desk.runs(&["unanswered"]);
    assert_eq!(desk.writes(), Vec::<String>::new());
}
