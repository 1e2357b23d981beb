//! The connector against a script: what it asks Autotask, and what it makes of the answers.

mod companies;
mod contacts;
mod doctor;
mod lists;
mod manifest;
mod opportunities;
mod products;
mod quotes;
mod reading;
mod repeats;
mod small_autotask;
mod writing;

use crate::Autotask;
use liaison_sdk::host::HttpError;
use liaison_sdk::prelude::*;
use liaison_sdk::testing::{missing_words, Reply, ScriptHost};

const BASE: &str = "https://webservices9.autotask.net/ATServicesRest";

fn host() -> ScriptHost {
    ScriptHost::new(
        json!({"base_url": BASE, "company_owner": "29682885", "default_phone": "555-555-5555"}),
    )
}

fn items(rows: Value) -> Value {
    let count = rows.as_array().map_or(0, Vec::len);
    json!({"items": rows, "pageDetails": {"count": count, "requestCount": 500, "prevPageUrl": null, "nextPageUrl": null}})
}

/// The same with another page behind it.
fn full(rows: Value) -> Value {
    let mut page = items(rows);
    page["pageDetails"]["nextPageUrl"] = json!("https://webservices9.autotask.net/next");
    page
}

fn no_answer() -> Reply {
    Reply::Error(HttpError::NoAnswer {
        detail: "reset".into(),
    })
}

fn condition(field: &str, op: Comparison, values: &[Value]) -> Condition {
    filter::condition(field, op, values)
}

fn waiting() -> Vec<Condition> {
    vec![
        condition("number", Comparison::Empty, &[]),
        condition("voided", Comparison::Eq, &[json!(false)]),
    ]
}

fn update(id: &str, body: Value) -> Operation {
    operation(Action::Update, Some(id), body)
}

fn operation(action: Action, id: Option<&str>, body: Value) -> Operation {
    Operation {
        token: "01ARZ3NDEKTSV4RRFFQ69G5FAV".into(),
        action,
        id: id.map(str::to_owned),
        version: None,
        body: body.to_string(),
        resume: None,
        ext: Vec::new(),
    }
}

fn body(entry: &Entry) -> Value {
    filter::value(&entry.body)
}

fn invoice(id: i64) -> Value {
    json!({"id": id, "invoiceNumber": "", "isVoided": false, "companyID": 0, "invoiceTotal": 52.7775, "totalTaxValue": 0.0,
        "invoiceDateTime": "2026-03-01T05:00:00.000Z", "createDateTime": "2026-03-01T09:47:15.227Z",
        "orderNumber": "", "webServiceDate": null, "taxRegionName": null, "paymentTerm": 1})
}

fn labels(field: &str, choices: &[(i64, &str)]) -> Value {
    let values: Vec<Value> = choices
        .iter()
        .map(|(value, label)| json!({"value": value.to_string(), "label": label, "isActive": true, "isDefaultValue": false}))
        .collect();
    json!({"fields": [{"name": field, "isPickList": true, "picklistValues": values}]})
}

fn company_types() -> Value {
    labels("companyType", &[(1, "Customer"), (7, "Vendor")])
}

fn company(id: i64, kind: i64, erp: &str) -> Value {
    json!({"id": id, "companyName": "Acme", "companyType": kind, "isActive": true, "phone": "1",
        "lastTrackedModifiedDateTime": "2026-03-05T13:00:00Z",
        "userDefinedFields": [{"name": "ERPConnector_ERPInternalId", "value": erp}]})
}

#[test]
fn every_sentence_is_in_both_languages() {
    let sources = [
        include_str!("../api.rs"),
        include_str!("../company.rs"),
        include_str!("../doctor.rs"),
        include_str!("../doctor_sales.rs"),
        include_str!("../errors.rs"),
        include_str!("../find.rs"),
        include_str!("../manifest.rs"),
        include_str!("../marker.rs"),
        include_str!("../quote_items.rs"),
        include_str!("../quote_write.rs"),
        include_str!("../table.rs"),
        include_str!("../ticket.rs"),
        include_str!("../write.rs"),
    ];
    for lang in ["en", "fr"] {
        assert_eq!(
            missing_words(&sources, Autotask.catalogue(lang).unwrap()),
            Vec::<String>::new(),
            "{lang}"
        );
    }
    assert!(Autotask.catalogue("de").is_none());
}
