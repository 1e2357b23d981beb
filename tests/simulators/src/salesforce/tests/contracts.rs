//! The life of a contract.

use serde_json::{Value, json};

use super::{Lab, json_of};

fn target(lab: &mut Lab, name: &str) -> String {
    format!("sobjects/Contract/{}", lab.id(name))
}

#[test]
fn a_contract_begins_as_a_draft() {
    let mut lab = Lab::new();
    let account = lab.id("simard");
    let id = lab.create(
        "Contract",
        json!({ "AccountId": account, "StartDate": "2026-01-31", "ContractTerm": 1 }),
    );
    let row = lab.get(&format!("sobjects/Contract/{id}"));
    for (field, value) in [
        ("Status", "Draft"),
        ("StatusCode", "Draft"),
        ("EndDate", "2026-02-27"),
        ("ContractNumber", "00000106"),
    ] {
        assert_eq!(row[field], value);
    }
    assert_eq!(
        (&row["ActivatedDate"], &row["Name"]),
        (&Value::Null, &Value::Null)
    );
    let active = json!({ "AccountId": account, "Status": "Activated" });
    assert_eq!(
        lab.refused("POST", "sobjects/Contract", active),
        (400, "FAILED_ACTIVATION".to_owned())
    );
    for (body, code) in [
        (json!({}), "REQUIRED_FIELD_MISSING"),
        (
            json!({ "AccountId": account, "Status": "Signed" }),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        (
            json!({ "AccountId": account, "EndDate": "2026-12-31" }),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
        ),
        (
            json!({ "AccountId": account, "ContractNumber": "7" }),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
        ),
        (
            json!({ "AccountId": account, "StatusCode": "Activated" }),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
        ),
        (
            json!({ "AccountId": account, "ActivatedDate": "2026-01-01T00:00:00Z" }),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
        ),
    ] {
        assert_eq!(lab.refused("POST", "sobjects/Contract", body).1, code);
    }
}

#[test]
fn the_end_is_written_where_the_org_does_not_compute_it() {
    let mut lab = Lab::with("contract_end_written", true);
    let target = target(&mut lab, "ctr-simard");
    lab.patch(&target, json!({ "EndDate": "2030-01-01" }));
    assert_eq!(lab.get(&target)["EndDate"], "2030-01-01");
    let end = lab.get("sobjects/Contract/describe")["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|field| field["name"] == "EndDate")
        .unwrap()
        .clone();
    assert_eq!(
        (&end["createable"], &end["updateable"]),
        (&json!(true), &json!(true))
    );
}

#[test]
fn activation_is_the_status_alone_and_for_good() {
    let mut lab = Lab::new();
    let target = target(&mut lab, "ctr-simard");
    assert_eq!(
        lab.refused(
            "PATCH",
            &target,
            json!({ "Status": "Activated", "ContractTerm": 12 })
        )
        .1,
        "FAILED_ACTIVATION"
    );
    lab.patch(&target, json!({ "Status": "Activated" }));
    let row = lab.get(&target);
    assert_eq!(
        (
            &row["StatusCode"],
            row["ActivatedDate"].as_str(),
            &row["ActivatedById"]
        ),
        (
            &json!("Activated"),
            Some(lab.stamp().as_str()),
            &json!(lab.id("integration"))
        )
    );
    let other = lab.id("atelier");
    assert_eq!(
        lab.refused("PATCH", &target, json!({ "AccountId": other })),
        (400, "ENTITY_IS_LOCKED".to_owned())
    );
    assert_eq!(
        lab.refused("PATCH", &target, json!({ "Status": "Draft" })),
        (400, "INVALID_STATUS".to_owned())
    );
    lab.patch(&target, json!({ "ia_crm__IntacctID__c": "CN-9", "SpecialTerms": "Net 30", "AccountId": row["AccountId"] }));
    assert_eq!(
        lab.refused("DELETE", &target, Value::Null).1,
        "INSUFFICIENT_ACCESS_OR_READONLY"
    );
    lab.set("may_delete_activated", true);
    assert_eq!(lab.send("DELETE", &target, &[], "").status, 204);
}

#[test]
fn an_org_may_be_less_strict_or_more() {
    let mut lab = Lab::with("activation_alone", false);
    let simard = target(&mut lab, "ctr-simard");
    lab.patch(
        &simard,
        json!({ "Status": "Activated", "ContractTerm": 12 }),
    );
    lab.set("may_activate_contracts", false);
    let logicqc = target(&mut lab, "ctr-logicqc");
    assert_eq!(
        lab.refused("PATCH", &logicqc, json!({ "Status": "Activated" }))
            .1,
        "INSUFFICIENT_ACCESS_OR_READONLY"
    );
    lab.control(json!({ "do": "activate", "id": "@ctr-logicqc" }));
    assert_eq!(lab.get(&logicqc)["ActivatedById"], lab.id("admin").as_str());
    lab.set("activated_locked", true);
    let response = lab.send("PATCH", &logicqc, &[], r#"{"ia_crm__IntacctID__c":"CN-8"}"#);
    let error = &json_of(&response)[0];
    assert_eq!(
        (&error["errorCode"], &error["message"]),
        (
            &json!("INSUFFICIENT_ACCESS_OR_READONLY"),
            &json!("insufficient access rights on object id")
        )
    );
    lab.control(
        json!({ "do": "edit", "id": "@ctr-logicqc", "set": { "ia_crm__IntacctID__c": "CN-8" } }),
    );
}

#[test]
fn an_org_of_several_currencies_locks_them_too() {
    let mut lab = Lab::new();
    let currency = json!({ "name": "CurrencyIsoCode", "type": "picklist", "length": 3, "values": ["CAD", "USD"], "restricted": true, "default": "CAD" });
    lab.control(json!({ "do": "add_field", "entity": "Contract", "field": currency }));
    let account = lab.id("simard");
    let id = lab.create("Contract", json!({ "AccountId": account }));
    let target = format!("sobjects/Contract/{id}");
    assert_eq!(lab.get(&target)["CurrencyIsoCode"], "CAD");
    lab.patch(&target, json!({ "CurrencyIsoCode": "USD" }));
    lab.patch(&target, json!({ "Status": "Activated" }));
    assert_eq!(
        lab.refused("PATCH", &target, json!({ "CurrencyIsoCode": "CAD" }))
            .1,
        "ENTITY_IS_LOCKED"
    );
}

#[test]
fn approval_locks() {
    let mut lab = Lab::new();
    let target = target(&mut lab, "ctr-simard");
    lab.control(json!({ "do": "submit", "id": "@ctr-simard" }));
    assert_eq!(lab.get(&target)["StatusCode"], "InApproval");
    assert_eq!(
        lab.refused("PATCH", &target, json!({ "Name": "x" })),
        (400, "ENTITY_IS_LOCKED".to_owned())
    );
    lab.control(json!({ "do": "decide", "id": "@ctr-simard", "status": "Activated" }));
    lab.patch(&target, json!({ "Name": "x" }));
}

#[test]
fn statuses_are_rows_and_an_administrator_may_add_some() {
    let mut lab = Lab::new();
    let mut seed = json!({ "records": { "ContractStatus": [{ "MasterLabel": "Signed", "ApiName": "Signed", "StatusCode": "Activated", "SortOrder": 4, "IsDefault": false }] } });
    lab.site.seed_more(&mut seed, lab.now);
    let rows = lab.query("SELECT MasterLabel, ApiName, SortOrder, IsDefault, StatusCode FROM ContractStatus ORDER BY SortOrder");
    assert_eq!(
        super::column(&rows, "StatusCode"),
        ["Draft", "InApproval", "Activated", "Activated"]
    );
    let target = target(&mut lab, "ctr-simard");
    lab.patch(&target, json!({ "Status": "Signed" }));
    assert_eq!(lab.get(&target)["StatusCode"], "Activated");
    lab.patch(&target, json!({ "Status": "Activated" }));
}

trait SeedMore {
    fn seed_more(&mut self, seed: &mut Value, now: i64);
}

impl SeedMore for super::super::Salesforce {
    fn seed_more(&mut self, seed: &mut Value, now: i64) {
        crate::simulator::Simulator::seed(self, seed, now).unwrap();
    }
}
