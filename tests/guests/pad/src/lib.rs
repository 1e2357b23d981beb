//! A connector of a system that calls us: a pad of notes, which a test plays over plain HTTP.
//!
//! ```text
//! POST /open      {"password"}               200 {"session"} | 401
//! POST /pending   {"session", "wait_ms"}     200 {"parcels", "more"}
//! POST /take      {"session"}                200 {"key", "bytes"} | 200 {}    bytes are sealed before they leave
//! POST /answer    {"session", "key", "bytes"}
//! POST /put-back  {"session", "key"}
//! POST /close     {"session"}
//! ```
//!
//! What the relay refuses is 409 with its words. The pad knows a message again by its sealed bytes, which hold
//! a number of chance: sealed anew it is another message.

wit_bindgen::generate!({
    path: "../../../wit",
    world: "called-connector",
    generate_all,
});

use exports::liaison::connector::inbound::{Guest as Inbound, Request, Response};
use exports::liaison::connector::setup::{File, Guest as Setup, Preparation};
use exports::liaison::connector::system::Guest as System;
use liaison::connector::relay::{self, Parcel};
use liaison::connector::types::*;
use liaison::connector::{log, memory, random, secrets};
use serde_json::{json, Value};

struct Pad;

export!(Pad);

fn words(key: &str, fallback: &str) -> Text {
    Text {
        key: key.to_owned(),
        args: vec![],
        fallback: fallback.to_owned(),
    }
}

fn fault(kind: FaultKind, said: &str) -> Fault {
    Fault {
        kind,
        scope: FaultScope::OneRecord,
        message: words("pad-said", said),
        vendor_code: None,
        vendor_text: Some(said.to_owned()),
        field: None,
        wait_ms: None,
        existing: None,
        ext: vec![],
    }
}

/// One question to the pad, and its answer.
fn ask(key: String, question: Value) -> Result<Value, Fault> {
    let mut answers = ask_all(vec![(key, question)])?;
    Ok(answers.remove(0))
}

fn ask_all(questions: Vec<(String, Value)>) -> Result<Vec<Value>, Fault> {
    let parcels: Vec<Parcel> = questions
        .into_iter()
        .map(|(key, question)| Parcel {
            key,
            payload: question.to_string().into_bytes(),
        })
        .collect();
    let answers = relay::exchange(&parcels).map_err(|said| Fault {
        scope: FaultScope::WholeConnection,
        ..fault(FaultKind::Unavailable, &said)
    })?;
    Ok(answers
        .iter()
        .map(|answer| serde_json::from_slice(answer).unwrap_or(Value::Null))
        .collect())
}

fn entry(note: &Value) -> Entry {
    Entry {
        id: note["id"].as_str().unwrap_or_default().to_owned(),
        version: note["version"].as_str().map(str::to_owned),
        body: note.to_string(),
        deleted: false,
        ext: vec![],
    }
}

fn notes(answer: &Value) -> Vec<Entry> {
    let notes = answer["notes"].as_array();
    notes.into_iter().flatten().map(entry).collect()
}

fn outcome(answer: &Value) -> Outcome {
    match answer["refused"].as_str() {
        Some(said) => Err(fault(FaultKind::Rejected, said)),
        None => Ok(Applied {
            id: answer["id"].as_str().unwrap_or_default().to_owned(),
            version: answer["version"].as_str().map(str::to_owned),
            body: None,
            ext: vec![],
        }),
    }
}

impl System for Pad {
    fn describe() -> Manifest {
        let text = json!({ "type": "string", "maxLength": 200 });
        let schema = json!({ "type": "object", "properties": { "id": { "type": "string", "x-liaison-read-only": true }, "text": text } });
        Manifest {
            name: "pad".to_owned(),
            version: "0.1.0".to_owned(),
            title: words("pad", "A pad"),
            vendor: "liaison".to_owned(),
            settings: json!({ "type": "object", "properties": {} }).to_string(),
            secrets: vec![SecretUse {
                name: "password".to_owned(),
                title: words("password", "What the pad shows when it calls"),
                required: true,
                hosts: vec![],
                places: vec![],
            }],
            hosts: vec![],
            limits: Limits {
                rates: vec![],
                concurrency: 1,
                ext: vec![],
            },
            entities: vec![Entity {
                name: "note".to_owned(),
                title: words("note", "A note"),
                schema: schema.to_string(),
                operations: Operations::READ
                    | Operations::FIND
                    | Operations::CHANGES
                    | Operations::CREATE
                    | Operations::UPDATE
                    | Operations::DELETE,
                // Nothing but the relay keeps a create from happening twice.
                idempotency: vec![],
                changes: ChangeSource::Scan,
                filters: vec![],
                keys: vec!["text".to_owned()],
                read_batch: 50,
                write_batch: 10,
                ext: vec![],
            }],
            ext: vec![],
        }
    }

    fn check() -> Result<Vec<Finding>, Fault> {
        let moment = relay::moment();
        let answer = ask(format!("check {moment}"), json!({ "do": "hello" }))?;
        Ok(vec![Finding {
            level: Level::Ok,
            code: "pad-here".to_owned(),
            message: words("pad-here", answer["hello"].as_str().unwrap_or_default()),
            place: None,
            fix: None,
            ext: vec![],
        }])
    }

    fn changes(
        _entity: String,
        _since: Option<Cursor>,
        _filter: Vec<Condition>,
        _limit: u32,
    ) -> Result<Page, Fault> {
        let moment = relay::moment();
        let answer = ask(format!("changes {moment}"), json!({ "do": "list" }))?;
        Ok(Page {
            entries: notes(&answer),
            next: None,
            more: false,
            complete: true,
            ext: vec![],
        })
    }

    fn read(_entity: String, ids: Vec<String>) -> Result<Vec<Option<Entry>>, Fault> {
        let moment = relay::moment();
        let answer = ask(format!("read {moment}"), json!({ "do": "list" }))?;
        let found = notes(&answer);
        let one = |id: &String| found.iter().find(|note| note.id == *id).cloned();
        Ok(ids.iter().map(one).collect())
    }

    fn find(_entity: String, queries: Vec<Vec<(String, Json)>>) -> Result<Vec<Vec<Entry>>, Fault> {
        let moment = relay::moment();
        let answer = ask(format!("find {moment}"), json!({ "do": "list" }))?;
        let all = answer["notes"].as_array().cloned().unwrap_or_default();
        let fits = |note: &Value, query: &Vec<(String, Json)>| {
            query.iter().all(|(field, value)| {
                serde_json::from_str::<Value>(value).is_ok_and(|value| note[field] == value)
            })
        };
        Ok(queries
            .iter()
            .map(|query| {
                all.iter()
                    .filter(|note| fits(note, query))
                    .map(entry)
                    .collect()
            })
            .collect())
    }

    fn query(
        _entity: String,
        _filter: Vec<Condition>,
        _at: Option<Cursor>,
        _limit: u32,
    ) -> Result<Page, Fault> {
        Err(fault(FaultKind::Other, "no query"))
    }

    fn write(_entity: String, operations: Vec<Operation>) -> Vec<Outcome> {
        let questions = operations.iter().map(|operation| {
            let body: Value = serde_json::from_str(&operation.body).unwrap_or(Value::Null);
            let what = match operation.action {
                Action::Create => "create",
                Action::Update => "update",
                Action::Delete => "delete",
            };
            let question = json!({ "do": what, "id": operation.id, "text": body["text"] });
            (format!("w {}", operation.token), question)
        });
        match ask_all(questions.collect()) {
            Ok(answers) => answers.iter().map(outcome).collect(),
            Err(fault) => operations.iter().map(|_| Err(fault.clone())).collect(),
        }
    }

    fn catalogue(_lang: String) -> Option<String> {
        None
    }
}

fn said(status: u16, body: Value) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
        ext: vec![],
    }
}

/// What the relay says to a visitor.
fn told<T>(done: Result<T, String>, body: impl FnOnce(T) -> Value) -> Response {
    match done {
        Ok(done) => said(200, body(done)),
        Err(why) => said(409, json!({ "error": why })),
    }
}

fn chance() -> String {
    let bytes = random::bytes(12);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Inbound for Pad {
    fn handle(request: Request) -> Response {
        if request.path == "/echo" {
            return said(
                200,
                json!({ "method": request.method, "query": request.query,
                "bytes": request.body.len() }),
            );
        }
        if request.path == "/panic" {
            panic!("the pad was asked to");
        }
        let Ok(asked) = serde_json::from_slice::<Value>(&request.body) else {
            return said(400, json!({ "error": "no JSON" }));
        };
        let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
        let (session, key) = (text("session"), text("key"));
        match request.path.as_str() {
            "/open" => match secrets::matches("password", &text("password")) {
                Ok(true) => {
                    let session = match session.is_empty() {
                        true => chance(),
                        false => session,
                    };
                    let opened = relay::open(&session);
                    told(opened, |()| json!({ "session": session }))
                }
                Ok(false) => said(401, json!({ "error": "wrong password" })),
                Err(why) => {
                    log::write(log::Level::Warn, &why);
                    said(503, json!({ "error": why }))
                }
            },
            "/pending" => {
                let wait_ms = asked["wait_ms"].as_u64().unwrap_or_default() as u32;
                told(
                    relay::pending(&session, wait_ms),
                    |waiting| json!({ "parcels": waiting.parcels, "more": waiting.more }),
                )
            }
            "/take" => {
                let taken = match relay::take(&session) {
                    Ok(Some(taken)) => taken,
                    Ok(None) => return said(200, json!({})),
                    Err(why) => return said(409, json!({ "error": why })),
                };
                let bytes = taken.sealed.clone().unwrap_or_else(|| {
                    let payload = String::from_utf8_lossy(&taken.payload);
                    format!("{}#{payload}", chance()).into_bytes()
                });
                if taken.sealed.is_none() {
                    if let Err(why) = relay::seal(&session, &taken.key, &bytes) {
                        return said(409, json!({ "error": why }));
                    }
                }
                said(
                    200,
                    json!({ "key": taken.key, "again": taken.sealed.is_some(),
                    "bytes": String::from_utf8_lossy(&bytes) }),
                )
            }
            "/answer" => {
                let kept = relay::answer(&session, &key, text("bytes").as_bytes());
                told(kept, |()| json!({}))
            }
            "/put-back" => told(relay::put_back(&session, &key), |()| json!({})),
            "/seal" => {
                let sealed = relay::seal(&session, &key, text("bytes").as_bytes());
                told(sealed, |()| json!({}))
            }
            "/close" => {
                relay::close(&session);
                said(200, json!({}))
            }
            _ => said(404, json!({})),
        }
    }
}

impl Setup for Pad {
    fn prepare(address: String) -> Result<Preparation, Fault> {
        let id = match memory::get("pad-id") {
            Some(id) => String::from_utf8_lossy(&id).into_owned(),
            None => {
                let id = chance();
                memory::set("pad-id", id.as_bytes())
                    .map_err(|why| fault(FaultKind::Unavailable, &why))?;
                id
            }
        };
        Ok(Preparation {
            files: vec![File {
                name: "pad.json".to_owned(),
                content: json!({ "address": address, "id": id })
                    .to_string()
                    .into_bytes(),
                purpose: words("pad-file", "The pad reads where to call"),
            }],
            generate: vec!["password".to_owned()],
            steps: vec![
                words("pad-step-1", "Open the file with the pad"),
                words("pad-step-2", "Type the password into the pad"),
            ],
            ext: vec![],
        })
    }
}
