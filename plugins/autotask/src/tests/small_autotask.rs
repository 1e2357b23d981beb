//! A small Autotask in memory: rows by table, queries over them, and answers that can be lost.
//!
//! Only what the tests of repeats need; the whole behaviour is the simulator's.

use liaison_sdk::host::{Encoder, HttpError, LogLevel};
use liaison_sdk::prelude::*;
use liaison_sdk::testing::ScriptHost;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// The tables that are written below another's address, and the column that names the parent.
const CHILDREN: [(&str, &str, &str, &str); 2] = [
    ("companies", "contacts", "Contacts", "companyID"),
    ("quotes", "items", "QuoteItems", "quoteID"),
];

/// What happens to one write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// It never arrives; nobody is told.
    Request,
    /// It is carried out; nobody is told.
    Answer,
}

pub struct SmallAutotask {
    rest: ScriptHost,
    pub tables: RefCell<BTreeMap<String, Vec<Value>>>,
    /// What goes wrong, and with which write from here.
    pub loses: Cell<Option<(usize, Loss)>>,
    /// `METHOD path` of every write that arrived.
    pub writes: RefCell<Vec<String>>,
    /// The table of every query.
    pub queries: RefCell<Vec<String>>,
    pub request_takes_ms: Cell<u64>,
    /// Changes what is written before it is stored.
    pub distort: Cell<fn(&mut Value)>,
}

impl SmallAutotask {
    pub fn new() -> Self {
        Self {
            rest: ScriptHost::new(
                json!({"base_url": "https://webservices9.autotask.net", "company_owner": "29682885"}),
            ),
            tables: RefCell::default(),
            loses: Cell::new(None),
            writes: RefCell::default(),
            queries: RefCell::default(),
            request_takes_ms: Cell::new(10),
            distort: Cell::new(|_| {}),
        }
    }

    /// With these rows in a table.
    pub fn with(self, table: &str, rows: Value) -> Self {
        let rows = rows.as_array().cloned().unwrap_or_default();
        self.tables.borrow_mut().insert(table.to_owned(), rows);
        self
    }

    /// What was noted of an operation.
    pub fn noted(&self, token: &str) -> Option<Vec<u8>> {
        self.rest.notes.borrow().get(token).cloned()
    }

    pub fn rows(&self, table: &str) -> Vec<Value> {
        self.tables.borrow().get(table).cloned().unwrap_or_default()
    }

    fn query(&self, table: &str, request: &Value) -> Value {
        let wanted = request["filter"].as_array().cloned().unwrap_or_default();
        let max = usize::try_from(request["MaxRecords"].as_u64().unwrap()).unwrap();
        let mut rows: Vec<Value> = self.rows(table);
        rows.retain(|row| wanted.iter().all(|test| fits(row, test)));
        rows.sort_by_key(|row| row["id"].as_i64());
        let more = rows.len() > max;
        rows.truncate(max);
        let next = if more {
            json!("https://next")
        } else {
            Value::Null
        };
        json!({"items": rows, "pageDetails": {"count": rows.len(), "nextPageUrl": next}})
    }

    fn write(&self, method: Method, segments: &[&str], mut body: Value) -> Value {
        let child = CHILDREN.iter().find(|(parent, child, _, _)| {
            segments.len() >= 3
                && segments[0].eq_ignore_ascii_case(parent)
                && segments[2].eq_ignore_ascii_case(child)
        });
        let table = child.map_or(segments[0], |(_, _, table, _)| *table);
        let mut tables = self.tables.borrow_mut();
        let rows = tables.entry(table.to_owned()).or_default();
        if method == Method::Delete {
            let id: i64 = segments.last().unwrap().parse().unwrap();
            rows.retain(|row| row["id"] != id);
            return json!({"itemId": id});
        }
        if let Some((_, _, _, column)) = child {
            body[*column] = json!(segments[1].parse::<i64>().unwrap());
        }
        (self.distort.get())(&mut body);
        if method == Method::Post {
            let id = rows.iter().filter_map(|row| row["id"].as_i64()).max();
            body["id"] = json!(id.unwrap_or(100) + 1);
            rows.push(body);
            return json!({"itemId": rows.last().unwrap()["id"]});
        }
        let row = rows.iter_mut().find(|row| row["id"] == body["id"]);
        let row = row.expect("a row to change");
        for (column, value) in body.as_object().unwrap() {
            row[column] = value.clone();
        }
        json!({"itemId": body["id"]})
    }
}

/// Whether a row fits a member of a filter.
fn fits(row: &Value, test: &Value) -> bool {
    let op = test["op"].as_str().unwrap();
    if op == "or" {
        return test["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|t| fits(row, t));
    }
    let field = test["field"].as_str().unwrap();
    let actual = match test["udf"] == true {
        true => row["userDefinedFields"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|f| f["name"] == field)
            .map_or(Value::Null, |f| f["value"].clone()),
        false => row[field].clone(),
    };
    let wanted = &test["value"];
    let same = |a: &Value, b: &Value| match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a.to_lowercase() == b.to_lowercase(),
        _ => a == b,
    };
    match op {
        "eq" => same(&actual, wanted),
        "in" => wanted.as_array().unwrap().iter().any(|w| same(&actual, w)),
        "exist" => !actual.is_null(),
        "notExist" => actual.is_null(),
        "gt" => actual.as_i64() > wanted.as_i64(),
        "gte" => actual.as_i64() >= wanted.as_i64(),
        other => panic!("the small Autotask knows no {other}"),
    }
}

/// The picklists of every table.
fn picklists() -> Value {
    let list = |name: &str, labels: &[&str]| {
        let values: Vec<Value> = labels
            .iter()
            .enumerate()
            .map(|(at, label)| {
                let active = !label.starts_with("Old");
                json!({"value": (at + 1).to_string(), "label": label, "isActive": active})
            })
            .collect();
        json!({"name": name, "picklistValues": values})
    };
    json!({"fields": [
        list("companyType", &["Customer", "Lead"]),
        list("productCategory", &["Hardware", "Software", "Old things"]),
        list("periodType", &["One-Time", "Monthly"]),
        list("status", &["Active", "Lost", "Closed"]),
        list("stage", &["Qualified", "Proposal"]),
        list("opportunityCategoryID", &["Standard"]),
    ]})
}

impl Host for SmallAutotask {
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.rest
            .now_ms
            .set(self.rest.now_ms.get() + self.request_takes_ms.get());
        let path = request.url.split_once("/v1.0/").expect("an address").1;
        let segments: Vec<&str> = path.split('/').collect();
        let body = filter::value(&String::from_utf8_lossy(&request.body));
        let answer = match segments.as_slice() {
            [_, "entityInformation", "fields"] => picklists(),
            [table, "query"] => {
                self.queries.borrow_mut().push((*table).to_owned());
                self.query(table, &body)
            }
            _ => {
                let lost = self.loses.get();
                self.loses
                    .set(lost.and_then(|(left, loss)| Some((left.checked_sub(1)?, loss))));
                let loss = lost.filter(|(left, _)| *left == 0).map(|(_, loss)| loss);
                let no_answer = HttpError::NoAnswer {
                    detail: "reset".into(),
                };
                if loss == Some(Loss::Request) {
                    return Err(no_answer);
                }
                self.writes
                    .borrow_mut()
                    .push(format!("{} {path}", request.method.name()));
                let answer = self.write(request.method, &segments, body);
                if loss == Some(Loss::Answer) {
                    return Err(no_answer);
                }
                answer
            }
        };
        Ok(HttpResponse {
            status: 200,
            headers: Vec::new(),
            body: answer.to_string().into_bytes(),
        })
    }
    fn settings_json(&self) -> String {
        self.rest.settings_json()
    }
    fn log(&self, level: LogLevel, message: &str) {
        self.rest.log(level, message);
    }
    fn now_ms(&self) -> u64 {
        self.rest.now_ms()
    }
    fn monotonic_ms(&self) -> u64 {
        self.rest.monotonic_ms()
    }
    fn sleep_ms(&self, ms: u32) {
        self.rest.sleep_ms(ms);
    }
    fn random(&self, count: u32) -> Vec<u8> {
        self.rest.random(count)
    }
    fn memory_get(&self, key: &str) -> Option<Vec<u8>> {
        self.rest.memory_get(key)
    }
    fn memory_set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.rest.memory_set(key, value)
    }
    fn memory_delete(&self, key: &str) {
        self.rest.memory_delete(key);
    }
    fn note(&self, token: &str, note: &[u8]) -> Result<(), String> {
        self.rest.note(token, note)
    }
    fn placeholder(&self, name: &str, encoder: Encoder) -> Result<String, String> {
        self.rest.placeholder(name, encoder)
    }
}
