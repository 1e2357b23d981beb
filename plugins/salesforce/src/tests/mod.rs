//! Whole calls: against a host that answers from a script (what is asked, in which order), and against a small
//! org with a memory (what becomes of records, whatever happens in between).

mod again;
mod changes;
mod custom;
mod doctor;
mod failures;
mod finding;
mod inbound;
mod lines;
mod org;
mod reading;
mod session;
mod unsure;
mod words;
mod writing;

use crate::shape::Shape;
use crate::Salesforce;
use liaison_sdk::http::encode;
use liaison_sdk::prelude::*;
use liaison_sdk::testing::{Reply, ScriptHost};

const TOKEN: &str = "01J9ZZZZZZZZZZZZZZZZZZZZZZ";
const LOGIN: &str = "https://acme.my.salesforce.com";
const INSTANCE: &str = "https://acme--uk5.my.salesforce.com";
const NOW_MS: u64 = 1_772_719_200_000; // 2026-03-05T14:00:00Z
/// The columns of `account` below, in a query.
const COLUMNS: &str =
    "Id,Name,AnnualRevenue,OwnerId,Liaison_Key__c,IsDeleted,LastModifiedDate,SystemModstamp";
const A1: &str = "001D000000IRFmaIAH";
const A2: &str = "001D000000IRFmbIAH";
const A3: &str = "001D000000IRFmcIAH";

fn settings() -> Value {
    json!({"login_url": LOGIN, "consumer_key": "KEY"})
}

/// A host whose connector is logged in and knows what an account looks like.
fn host() -> ScriptHost {
    with(settings())
}

fn with(settings: Value) -> ScriptHost {
    let host = ScriptHost::new(settings);
    remember_session(&host, "T0K");
    remember(&host, "Account", &account());
    host
}

fn remember_session(host: &ScriptHost, token: &str) {
    let of = format!("{LOGIN} ClientCredentials KEY ");
    let session = json!({"token": token, "instance": INSTANCE, "of": of});
    host.memory_set("session", session.to_string().as_bytes())
        .unwrap();
}

/// Keeps a description as if it had been asked for a moment ago.
fn remember(host: &ScriptHost, object: &str, told: &Value) {
    let mut shape = serde_json::to_value(Shape::of(object, told).unwrap()).unwrap();
    shape["at_ms"] = json!(NOW_MS - 1_000);
    host.memory_set(&format!("describe:{object}"), shape.to_string().as_bytes())
        .unwrap();
}

/// A field of a description, writable.
fn field(name: &str, kind: &str) -> Value {
    json!({"name": name, "type": kind, "createable": true, "updateable": true, "filterable": true, "nillable": true})
}

fn read_only(name: &str, kind: &str) -> Value {
    json!({"name": name, "type": kind, "createable": false, "updateable": false, "filterable": true})
}

fn key_field(name: &str) -> Value {
    let mut key = field(name, "string");
    (key["externalId"], key["unique"], key["length"]) = (json!(true), json!(true), json!(64));
    key
}

fn described(fields: &[Value]) -> Value {
    let mut all = vec![read_only("Id", "id")];
    all.extend_from_slice(fields);
    all.extend([
        read_only("IsDeleted", "boolean"),
        read_only("LastModifiedDate", "datetime"),
        read_only("SystemModstamp", "datetime"),
    ]);
    json!({"fields": all, "queryable": true, "createable": true, "updateable": true})
}

fn account() -> Value {
    described(&[
        field("Name", "string"),
        field("AnnualRevenue", "currency"),
        field("OwnerId", "reference"),
        key_field("Liaison_Key__c"),
    ])
}

/// A row of an account.
fn row(id: &str, name: &str, stamp: &str) -> Value {
    let stamp = format!("{stamp}.000+0000");
    json!({"attributes": {"type": "Account", "url": format!("/services/data/v62.0/sobjects/Account/{id}")},
        "Id": id, "Name": name, "AnnualRevenue": 3.5e8, "OwnerId": "005xx000001Sv6AAAS", "Liaison_Key__c": null,
        "IsDeleted": false, "LastModifiedDate": stamp, "SystemModstamp": stamp})
}

fn rows(rows: Vec<Value>) -> Value {
    json!({"totalSize": rows.len(), "done": true, "records": rows})
}

/// A query in an address, as it is asked.
fn q(question: &str) -> String {
    format!(
        "GET {INSTANCE}/services/data/v62.0/query?q={}",
        encode(question)
    )
}

/// A query in an address, among the deleted too.
fn q_all(question: &str) -> String {
    format!(
        "GET {INSTANCE}/services/data/v62.0/queryAll?q={}",
        encode(question)
    )
}

/// The read-back after a write.
fn back(ids: &[&str]) -> String {
    q(&format!(
        "SELECT {COLUMNS} FROM Account WHERE {}",
        ids_are(ids)
    ))
}

fn ids_are(ids: &[&str]) -> String {
    match ids {
        [one] => format!("Id = '{one}'"),
        _ => format!("Id IN ('{}')", ids.join("','")),
    }
}

fn whole(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let headers = headers
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Reply::Whole(HttpResponse {
        status,
        headers,
        body: body.as_bytes().to_vec(),
    })
}

fn page() -> Reply {
    whole(
        200,
        &[("Content-Type", "text/html")],
        "<html><body>We will be back</body></html>",
    )
}

fn lost() -> Reply {
    Reply::Error(HttpError::NoAnswer {
        detail: "reset".to_owned(),
    })
}

fn refusal(status: u16, code: &str, message: &str) -> Reply {
    Reply::Json(status, json!([{"message": message, "errorCode": code}]))
}

fn ended() -> Reply {
    refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
}

fn create(body: Value) -> Operation {
    Operation {
        token: TOKEN.to_owned(),
        action: Action::Create,
        id: None,
        version: None,
        body: body.to_string(),
        resume: None,
        ext: Vec::new(),
    }
}

fn update(id: &str, version: Option<&str>, body: Value) -> Operation {
    Operation {
        action: Action::Update,
        id: Some(id.to_owned()),
        version: version.map(str::to_owned),
        ..create(body)
    }
}

fn delete(id: &str) -> Operation {
    Operation {
        action: Action::Delete,
        ..update(id, None, Value::Null)
    }
}

fn body(entry: &Entry) -> Value {
    filter::value(&entry.body)
}

fn ids(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.id.as_str()).collect()
}

fn read_cursor(cursor: &Option<Cursor>) -> Value {
    serde_json::from_slice(cursor.as_ref().expect("a cursor")).unwrap()
}

/// Writes, and makes sure that the whole script was played and that no token got out.
#[track_caller]
fn write(host: &ScriptHost, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
    let outcomes = Salesforce.write(host, entity, operations);
    host.assert_done();
    assert_eq!(outcomes.len(), operations.len());
    let told = format!("{outcomes:?} {:?}", host.lines.borrow());
    assert!(!told.contains("T0K"), "{told}");
    outcomes
}

/// The id, or the kind of fault and the key of its sentence.
fn told(outcome: &Outcome) -> Result<&str, (FaultKind, &str)> {
    match outcome {
        Ok(applied) => Ok(&applied.id),
        Err(fault) => Err((fault.kind, fault.message.key.as_str())),
    }
}
