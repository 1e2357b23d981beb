//! Answers as bytes: the shape of a success, and a record as the vendor writes it.

use serde_json::{Map, Value, json};

use super::object::{Kind, Object};
use super::table::Row;
use super::time::{self, Stamp};
use crate::simulator::{Request, Response};

/// `{"Result":"Success","Contacts":[…]}`
pub fn success(object: Object, records: Value, last_modified: Option<Stamp>) -> Response {
    let mut body = Map::new();
    body.insert("Result".to_owned(), "Success".into());
    body.insert(object.name().to_owned(), records);
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(last_modified.map(last_modified_header));
    Response {
        status: 200,
        headers,
        body: Value::Object(body).to_string().into_bytes(),
        delay_ms: 0,
    }
}

pub fn not_modified(last_modified: Stamp) -> Response {
    Response {
        status: 304,
        headers: vec![last_modified_header(last_modified)],
        body: Vec::new(),
        delay_ms: 0,
    }
}

fn last_modified_header(stamp: Stamp) -> (String, String) {
    ("last-modified".to_owned(), time::http_date(stamp))
}

pub fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut headers = request.headers.iter();
    headers
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

/// A record with the fields that `wanted` lets through, empty ones left out. `id` is always there.
pub fn record(object: Object, row: &Row, wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
    let mut record = Map::new();
    record.insert("id".to_owned(), row.id.into());
    for field in object.fields().iter().filter(|field| wanted(field.name)) {
        let value = match (field.kind, field.name) {
            (Kind::Moment, "created") => time::written(row.created).into(),
            (Kind::Moment, _) => time::written(row.modified).into(),
            // The one field the vendor writes out when it is empty.
            (_, "parent_id") => row.values.get("parent_id").cloned().unwrap_or(Value::Null),
            (_, name) => match row.values.get(name) {
                Some(value) => value.clone(),
                None => continue,
            },
        };
        record.insert(field.name.to_owned(), value);
    }
    record
}

/// A record with all its fields, for the control plane.
pub fn whole_record(object: Object, row: &Row) -> Value {
    json!(record(object, row, |_| true))
}
