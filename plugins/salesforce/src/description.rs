//! What we need of a description, and nothing else of it: a whole one has megabytes of labels, help texts and
//! child relationships, and several of them would not fit into a guest.

use crate::api::{Api, Request};
use crate::refusal::{self, About};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Description {
    queryable: Option<bool>,
    createable: Option<bool>,
    updateable: Option<bool>,
    fields: Option<Vec<Field>>,
    record_type_infos: Option<Vec<RecordType>>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Field {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    length: Option<u64>,
    createable: Option<bool>,
    updateable: Option<bool>,
    filterable: Option<bool>,
    unique: Option<bool>,
    external_id: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picklist_values: Option<Vec<Choice>>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Choice {
    value: Option<String>,
    active: Option<bool>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RecordType {
    name: Option<String>,
    developer_name: Option<String>,
    record_type_id: Option<String>,
    available: Option<bool>,
    active: Option<bool>,
    master: Option<bool>,
}

/// The description in an answer, cut to what is needed.
pub fn of(answer: &Answer) -> Result<Value, Fault> {
    let told: Option<Description> = serde_json::from_slice(&answer.0.body).ok();
    let described = told.filter(|told| told.fields.is_some());
    let value = described.and_then(|told| serde_json::to_value(told).ok());
    value.ok_or_else(|| answer.rubbish())
}

/// What an object looks like to the integration user.
pub fn ask(api: &Api, about: &About) -> Result<Value, Fault> {
    let path = format!("sobjects/{}/describe", about.object);
    let answer = api.send(&Request::get(&path))?;
    match answer.is_success() {
        true => of(&answer),
        false => Err(refusal::of_read(&answer, about)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> Result<Value, Fault> {
        of(&Answer(HttpResponse {
            status: 200,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        }))
    }

    #[test]
    fn what_is_needed_stays_and_the_rest_goes() {
        let whole = r#"{"name": "Account", "label": "Compte", "childRelationships": [{"field": "AccountId"}], "queryable": true,
            "fields": [{"name": "Type", "type": "picklist", "length": 255, "label": "x", "createable": true, "externalId": false,
                "inlineHelpText": null, "picklistValues": [{"value": "A", "label": "B", "active": false, "validFor": null}]}],
            "recordTypeInfos": [{"name": "N", "developerName": "D", "recordTypeId": "012000000000000AAA", "urls": {}, "master": true}]}"#;
        let cut = told(whole).unwrap();
        assert_eq!(
            cut["fields"][0]["picklistValues"],
            json!([{"value": "A", "active": false}])
        );
        assert_eq!(cut["fields"][0]["length"], 255);
        assert_eq!(cut["fields"][0]["unique"], Value::Null);
        assert_eq!(cut["recordTypeInfos"][0]["developerName"], "D");
        assert!(cut["label"].is_null() && cut["childRelationships"].is_null());
    }

    #[test]
    fn what_is_no_description_is_none() {
        for body in ["", "<html>", "[]", "{}", r#"{"fields": 7}"#] {
            let fault = told(body).expect_err(body);
            assert_eq!(fault.kind, FaultKind::Unavailable);
        }
    }
}
