//! Whole calls: against a host that answers from a script (what is asked, in which order), and against a
//! small company with a memory (what becomes of records, whatever the vendor turns out to do).

mod changes;
mod company;
mod doctor;
mod failures;
mod reading;
mod stock;
mod unsure;
mod words;
mod writing;

use crate::FusionOperations;
use liaison_sdk::prelude::*;
use liaison_sdk::testing::{Reply, ScriptHost};

const TOKEN: &str = "01J9ZZZZZZZZZZZZZZZZZZZZZZ";
const AUTHORIZE: &str = "POST https://fusionoperations.autodesk.com/api/v1/authorization";

/// A host whose connector holds a token already. References are left alone unless a test is about them.
fn host() -> ScriptHost {
    with(json!({"resolve_ids": false}))
}

fn with(settings: Value) -> ScriptHost {
    let host = ScriptHost::new(settings);
    remember(&host, "T0K", u64::MAX);
    host
}

fn remember(host: &ScriptHost, token: &str, until_ms: u64) {
    let of = "https://fusionoperations.autodesk.com/api/v1 ";
    let token = json!({"token": token, "until_ms": until_ms, "of": of});
    host.memory_set("token", token.to_string().as_bytes())
        .unwrap();
}

/// A read of a path, with its parameters and the token.
fn get(path: &str) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    format!("GET /api/v1/{path}{mark}access_token=T0K")
}

/// The first page of a list.
fn first(resource: &str) -> String {
    get(&format!("{resource}/?page=1&per-page=100"))
}

/// The page after a short one, which says that there is no more.
fn second(resource: &str) -> String {
    get(&format!("{resource}/?page=2&per-page=100"))
}

/// A search for a code.
fn search(resource: &str, code: &str) -> String {
    get(&format!("{resource}/?page=1&per-page=100&code={code}"))
}

fn post(resource: &str) -> String {
    format!("POST /api/v1/{resource}/?access_token=T0K")
}

fn put(path: &str) -> String {
    format!("PUT /api/v1/{path}?access_token=T0K")
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
        detail: "reset at /api/v1/x?access_token=T0K".to_owned(),
    })
}

fn refusal(status: u16, code: &str, message: &str) -> Reply {
    Reply::Json(status, json!({"error": code, "message": message}))
}

fn order(id: &str) -> Value {
    json!({"id": id, "code": format!("SO-{id}"), "client": "ALMA", "status": "open",
        "creation-date": "2026-03-01T00:00:00", "document-date": "2026-03-02T05:00:00Z",
        "due-date": "2026-03-20T00:00:00", "observations": "Call first",
        "products": [
            {"product": "P1", "quantity-ordered": 10, "quantity-shipped": 0, "unit-price": "12.50", "observations": "red"},
            {"product": "P2", "quantity-ordered": 2.5, "quantity-shipped": 0, "unit-price": 4}],
        "custom-fields": {"Route": "7"}, "tags": ["QuickBooks"], "created-at": "2026-03-01T10:00:00Z",
        "updated-at": "2026-03-04T12:00:00Z"})
}

fn shipped(id: &str) -> Value {
    let mut order = order(id);
    order["shipping"] = json!({"date": "2026-03-05T00:00:00", "status": "sent", "tracking": "1Z", "observations": null,
        "products": [{"product": "P1", "quantity": 6, "lot": "A", "warehouse": "W"},
            {"product": "P1", "quantity": 4, "lot": "B", "warehouse": "W"}, {"product": "P2", "quantity": 2.5}]});
    order
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

fn body(entry: &Entry) -> Value {
    filter::value(&entry.body)
}

fn ids(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.id.as_str()).collect()
}

/// Writes one operation, and makes sure that the whole script was played and that no token got out.
#[track_caller]
fn write(host: &ScriptHost, entity: &str, operation: Operation) -> Outcome {
    let mut outcomes = FusionOperations.write(host, entity, &[operation]);
    host.assert_done();
    assert_eq!(outcomes.len(), 1);
    let told = format!("{outcomes:?} {:?}", host.lines.borrow());
    assert!(!told.contains("T0K"), "{told}");
    outcomes.remove(0)
}

/// The id, or the kind of fault, the key of its sentence and its field.
fn told(outcome: &Outcome) -> Result<&str, (FaultKind, &str, Option<&str>)> {
    match outcome {
        Ok(applied) => Ok(&applied.id),
        Err(fault) => Err((
            fault.kind,
            fault.message.key.as_str(),
            fault.field.as_deref(),
        )),
    }
}
