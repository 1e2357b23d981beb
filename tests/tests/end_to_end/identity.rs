//! How customers, products and suppliers are recognised.

use liaison_tests::{Lab, count};
use serde_json::{Value, json};

fn udf(lab: &Lab, entity: &str, id: i64) -> String {
    let record = lab.autotask_record(entity, id);
    let fields = &record["userDefinedFields"];
    let name = "ERPConnector_ERPInternalId";
    let value = match fields {
        Value::Array(pairs) => pairs
            .iter()
            .find(|pair| pair["name"] == json!(name))
            .map(|pair| pair["value"].clone())
            .unwrap_or_default(),
        fields => fields[name].clone(),
    };
    value.as_str().unwrap_or_default().to_owned()
}

fn set_udf(lab: &Lab, entity: &str, id: i64, value: &str) {
    lab.in_autotask(json!({"do": "update", "entity": entity, "id": id,
        "fields": {"userDefinedFields": {"ERPConnector_ERPInternalId": value}}}));
}

#[test]
fn a_new_customers_card_stands_in_the_udf() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    let card = lab
        .acomba_cards("Customer")
        .into_iter()
        .find(|card| card["CuNumber"] == json!("176"))
        .expect("the cheese dairy");
    assert_eq!(udf(&lab, "Companies", 176), card["CardPos"].to_string());
}

#[test]
fn a_udf_edited_to_something_else_is_a_visible_conflict() {
    let lab = Lab::new();
    lab.run_flow("customers", 0);
    set_udf(&lab, "Companies", 176, "5");
    lab.in_autotask(json!({"do": "update", "entity": "Companies", "id": 176,
        "fields": {"phone": "418 555-9999"}}));
    let summary = lab.run_flow("customers", 4);
    assert_eq!(count(&summary, "customers", "conflict"), 1);
    lab.liaison("quarantine list").exits(0).says("says 5");
}

#[test]
fn an_emptied_udf_maps_to_the_number_that_exists() {
    let lab = Lab::new();
    lab.run_flow("customers", 0);
    let before = udf(&lab, "Companies", 176);
    set_udf(&lab, "Companies", 176, "");
    lab.in_autotask(json!({"do": "update", "entity": "Companies", "id": 176,
        "fields": {"phone": "418 555-9999"}}));
    let summary = lab.run_flow("customers", 0);
    assert_eq!(count(&summary, "customers", "adopted"), 1, "{summary:#}");
    assert_eq!(udf(&lab, "Companies", 176), before);
}

#[test]
fn a_change_in_autotask_reaches_the_card_and_an_edit_there_stays() {
    let lab = Lab::new();
    lab.run_flow("customers", 0);
    let card: i64 = udf(&lab, "Companies", 176).parse().expect("a card");
    lab.in_acomba(
        json!({"do": "edit", "interface": "Customer", "card_pos": card,
        "set": {"CuCity": "Havre-aux-Maisons"}}),
    );
    lab.in_autotask(json!({"do": "update", "entity": "Companies", "id": 176,
        "fields": {"phone": "418 555-9999"}}));
    let summary = lab.run_flow("customers", 0);
    assert_eq!(count(&summary, "customers", "updated"), 1, "{summary:#}");
    let cards = lab.acomba_cards("Customer");
    let card = cards
        .iter()
        .find(|c| c["CardPos"] == json!(card))
        .expect("the card");
    assert_eq!(card["CuPhoneNumber"]["Ph_Number"], json!("418 555-9999"));
    assert_eq!(card["CuCity"], json!("Havre-aux-Maisons"));
}

#[test]
fn products_and_suppliers_have_their_own_flows() {
    let lab = Lab::new();
    let products = lab.run_flow("products", 0);
    assert_eq!(
        count(&products, "products", "read"),
        5,
        "not the inactive one: {products:#}"
    );
    assert_eq!(count(&products, "products", "adopted"), 4, "{products:#}");
    assert_eq!(count(&products, "products", "created"), 1, "{products:#}");
    let suppliers = lab.run_flow("suppliers", 0);
    assert_eq!(
        count(&suppliers, "suppliers", "created"),
        1,
        "{suppliers:#}"
    );
    assert!(!udf(&lab, "Companies", 190).is_empty());
    let again = lab.run_flow("products", 0);
    assert_eq!(count(&again, "products", "unchanged"), 5, "{again:#}");
}

#[test]
fn two_tenants_share_nothing() {
    let lab = Lab::new();
    let other =
        include_str!("../../tenant.toml").replace("company = \"acme\"", "company = \"autre\"");
    lab.write_tenant("autre", &other);
    lab.set_secrets("autre");
    lab.liaison("run invoices").exits(2).says("--tenant");
    // The other tenant's key does not open that company: it stops, and ours goes on untouched.
    lab.liaison("run invoices --tenant autre").exits(3);
    assert_eq!(lab.invoice_number(155), "");
    let said = lab
        .liaison("--json run invoices --tenant demo")
        .exits(4)
        .json();
    assert_eq!(count(&said["answer"], "invoices", "created"), 9);
    let theirs = lab
        .liaison("--json link list invoices --tenant autre")
        .exits(0)
        .json();
    assert_eq!(theirs["answer"], json!([]));
}

#[test]
fn the_folder_of_another_company_receives_nothing() {
    let lab = Lab::new();
    lab.run_flow("customers", 0);
    let before = lab.acomba.with(|simulator| simulator.state());
    lab.in_acomba(json!({"do": "point_alias", "company": "acme", "to_company": "autre"}));
    let said = lab.liaison("run invoices").exits(3);
    assert!(
        said.out.contains("autre") || said.out.contains("company"),
        "{}",
        said.out
    );
    let after = lab.acomba.with(|simulator| simulator.state());
    assert_eq!(before["companies"]["autre"], after["companies"]["autre"]);
    lab.liaison("check").exits(4);
}

#[test]
fn autotasks_id_as_customer_number_rules_over_the_udf() {
    let tenant = include_str!("../../tenant.toml").replace(
        "[flows.customers]\npack = \"autotask-acomba/customers\"\noptions = { ",
        "[flows.customers]\npack = \"autotask-acomba/customers\"\noptions = { customer_number = \"autotask-id\", ",
    );
    assert!(tenant.contains("autotask-id"));
    let lab = Lab::with_tenant(&tenant);
    // Number 174 is taken by another card than the one the UDF names: the number decides.
    lab.in_acomba(
        json!({"do": "renumber", "interface": "Customer", "card_pos": 5, "number": "174"}),
    );
    lab.liaison("run invoices --record 155").exits(0);
    let document = &lab.acomba_invoices(155)[0];
    assert_eq!(document["InCustomerSupplierCP"], json!(5));
}

/// Its links would stay behind under the old name, and everything be made a second time.
#[test]
fn a_renamed_connection_is_refused_until_somebody_says_what_it_is() {
    let lab = Lab::new();
    lab.run_flow("suppliers", 0);
    let suppliers = lab.acomba_cards("Supplier").len();
    let renamed = liaison_tests::TENANT.replace("[connections.acomba]", "[connections.books]");
    lab.write_tenant("demo", &renamed);
    lab.secret("demo", "books api_key", "acme-key-0001");
    for command in ["run suppliers", "plan suppliers"] {
        lab.liaison(command)
            .exits(2)
            .says("under the connection `acomba`")
            .says("old name back");
    }
    lab.liaison("check").exits(4).says("old name back");
    assert_eq!(lab.acomba_cards("Supplier").len(), suppliers);
    let another = renamed.replace(
        "title = \"Acomba",
        "replaces = [\"acomba\"]\ntitle = \"Acomba",
    );
    lab.write_tenant("demo", &another);
    lab.liaison("plan suppliers").exits(0);
    lab.write_tenant("demo", liaison_tests::TENANT);
    lab.run_flow("suppliers", 0);
    assert_eq!(lab.acomba_cards("Supplier").len(), suppliers);
}
