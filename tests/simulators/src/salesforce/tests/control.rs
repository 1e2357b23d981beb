//! Seeds, switches, bulk, and what a test may ask.

use serde_json::{Value, json};

use super::{CLIENT, Lab, SECRET, START, seed};
use crate::simulator::Simulator;

#[test]
fn the_seed_holds_a_small_company() {
    let lab = Lab::new();
    let state = lab.site.state();
    for (object, least) in [
        ("User", 4),
        ("Account", 8),
        ("Contact", 9),
        ("Product2", 7),
        ("PricebookEntry", 10),
        ("Opportunity", 7),
        ("OpportunityLineItem", 9),
        ("Contract", 6),
        ("ContractStatus", 3),
        ("ia_crm__Intacct_Contract__c", 1),
        ("ia_crm__Contract_Invoice__c", 1),
    ] {
        assert!(
            state["records"][object].as_array().unwrap().len() >= least,
            "{object}"
        );
    }
    let shown = state.to_string();
    assert!(!shown.contains(SECRET) && !shown.contains(&lab.token) && !shown.contains(CLIENT));
    assert_eq!(state["switches"]["concurrent_requests"], 25);
}

#[test]
fn the_same_seed_gives_the_same_ids() {
    assert_eq!(
        Lab::new().site.state()["names"],
        Lab::new().site.state()["names"]
    );
}

#[test]
fn a_wrong_seed_is_refused() {
    for wrong in [
        json!([]),
        json!({ "accounts": [] }),
        json!({ "records": [] }),
        json!({ "records": { "Nothing": [{}] } }),
        json!({ "records": { "Account": [{ "Nom": "x" }] } }),
        json!({ "records": { "Account": [{ "Name": "x", "OwnerId": "@nobody" }] } }),
        json!({ "records": { "Account": [{ "Name": "x", "Id": "nonsense" }] } }),
        json!({ "records": { "Account": [{ "Name": "x", "CreatedDate": "hier" }] } }),
        json!({ "records": { "Account": [{ "Id": "0015e00000G000A", "Name": "x" }, { "Id": "0015e00000G000A", "Name": "y" }] } }),
        json!({ "switches": { "colour": true } }),
        json!({ "switches": { "session_idle_s": "long" } }),
        json!({ "org": { "zone": "Nowhere/Land" } }),
        json!({ "objects": [{ "name": "Thing__c", "prefix": "001" }] }),
        json!({ "fields": { "Nothing": [{ "name": "A__c", "type": "string" }] } }),
        json!({ "apps": [{ "client_id": "x", "public_key": "no" }] }),
        json!({ "rules": [{ "object": "Account", "name": "r", "when": "Name =", "message": "m" }] }),
        json!({ "outbound_messages": [{ "object": "Account", "name": "m", "fields": ["Nom"] }] }),
    ] {
        assert!(super::super::new().seed(&wrong, START).is_err(), "{wrong}");
    }
    let mut site = super::super::new();
    site.seed(&seed(), START).unwrap();
}

#[test]
fn a_wrong_action_leaves_no_trace() {
    let mut lab = Lab::new();
    let before = lab.site.state();
    for action in [
        json!("set"),
        json!({}),
        json!({ "do": "explode" }),
        json!({ "do": "set", "switch": "colour", "value": true }),
        json!({ "do": "set", "switch": "activated_locked", "value": 1 }),
        json!({ "do": "create", "entity": "Account" }),
        json!({ "do": "create", "entity": "Account", "record": { "Name": "x" }, "colour": "red" }),
        json!({ "do": "create", "entity": "Account", "record": { "Nom": "x" } }),
        json!({ "do": "create", "entity": "Account", "record": { "Name": "x" }, "by": "nobody" }),
        json!({ "do": "edit", "id": "@nobody", "set": {} }),
        json!({ "do": "edit", "id": "@atelier", "set": { "OwnerId": "@nobody" } }),
        json!({ "do": "edit", "id": "@ctr-atelier", "set": { "Status": "Draft" } }),
        json!({ "do": "undelete", "id": "@atelier" }),
        json!({ "do": "merge", "keep": "@atelier", "merged": ["@julie"] }),
        json!({ "do": "rows", "entity": "Tasks" }),
        json!({ "do": "bulk", "entity": "Account", "count": -1 }),
        json!({ "do": "field_access", "entity": "Account", "field": "Name", "access": "maybe" }),
        json!({ "do": "approve", "client_id": "nobody", "user": "x" }),
    ] {
        lab.control_refused(action);
    }
    assert_eq!(lab.site.state(), before);
}

#[test]
fn people_do_what_an_administrator_may() {
    let mut lab = Lab::new();
    lab.control(json!({ "do": "field_access", "entity": "Account", "field": "ia_crm__IntacctID__c", "access": "none" }));
    let made = lab.control(json!({ "do": "create", "entity": "Account", "record": { "Name": "Écran", "ia_crm__IntacctID__c": "C-5", "OwnerId": "@vendeur" } }));
    let row = lab.row("Account", made["id"].as_str().unwrap());
    assert_eq!(
        (&row["CreatedById"], &row["ia_crm__IntacctID__c"]),
        (&json!(lab.id("admin")), &json!("C-5"))
    );
    assert!(lab.control_refused(json!({ "do": "create", "entity": "Account", "record": { "Name": "x", "ia_crm__IntacctID__c": "c-5" } })).starts_with("DUPLICATE_VALUE"));
}

#[test]
fn bulk_makes_records_with_numbers() {
    let mut lab = Lab::new();
    for (entity, field, value) in [
        ("Account", "Name", "Client B000001 inc."),
        ("Contact", "LastName", "Tremblay B000001"),
        ("Product2", "ProductCode", "B000001"),
        ("Opportunity", "Name", "Affaire B000001"),
        ("Contract", "StatusCode", "Activated"),
        ("ia_crm__Project__c", "Name", "B000001"),
    ] {
        let made = lab.control(json!({ "do": "bulk", "entity": entity, "count": 3 }));
        assert_eq!(
            lab.row(entity, made["first_id"].as_str().unwrap())[field],
            value
        );
        assert_ne!(made["first_id"], made["last_id"]);
    }
    assert_eq!(
        lab.control(json!({ "do": "count", "entity": "Account" }))["count"],
        11
    );
    let empty =
        json!({ "do": "rows", "entity": "Account", "ids": [super::super::id::minted("001", 999)] });
    assert_eq!(lab.control(empty), Value::Array(Vec::new()));
}
