//! A small company with a memory, for what a script cannot show. It does what nobody knows of the vendor in
//! one way or the other, and is written from the reference, not from the connector.

use super::*;
use liaison_sdk::host::{Encoder, LogLevel};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// What nobody knows of the vendor.
#[derive(Clone, Copy, Debug)]
pub struct Ways {
    pub knows_pages: bool,
    pub searches: bool,
    pub refuses_duplicates: bool,
    /// A PUT replaces the record, or else only what it holds.
    pub replaces: bool,
}

/// Every combination.
pub fn all_ways() -> impl Iterator<Item = Ways> {
    (0..16).map(|bits| Ways {
        knows_pages: bits & 1 == 0,
        searches: bits & 2 == 0,
        refuses_duplicates: bits & 4 == 0,
        replaces: bits & 8 == 0,
    })
}

/// What befalls one POST or PUT.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mishap {
    LostBefore,
    LostAfter,
    PageBefore,
    PageAfter,
    CutAfter,
    BrokenBefore,
    BrokenAfter,
    MuteAfter,
    /// 503 is taken for "nothing was done"; here it was.
    ClosedAfter,
    Throttled,
    TokenEnded,
}

pub const MISHAPS: [Mishap; 11] = [
    Mishap::LostBefore,
    Mishap::LostAfter,
    Mishap::PageBefore,
    Mishap::PageAfter,
    Mishap::CutAfter,
    Mishap::BrokenBefore,
    Mishap::BrokenAfter,
    Mishap::MuteAfter,
    Mishap::ClosedAfter,
    Mishap::Throttled,
    Mishap::TokenEnded,
];

type Rows = BTreeMap<String, Value>;

pub struct Company {
    settings: Value,
    pub ways: Ways,
    pub rows: RefCell<BTreeMap<String, Rows>>,
    /// What befalls the next POST or PUT.
    pub mishap: Cell<Option<Mishap>>,
    /// Lists told so far, and what is deleted after which of them.
    pub lists: Cell<usize>,
    pub deleted_after: RefCell<Option<(usize, String, String)>>,
    /// Ids of `clients` in the order of their stamps, instead of what is stored.
    pub by_stamp: RefCell<Vec<String>>,
    token: Cell<u32>,
    memory: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Company {
    pub fn new(ways: Ways, settings: Value) -> Self {
        let company = Self {
            settings,
            ways,
            rows: RefCell::default(),
            mishap: Cell::new(None),
            lists: Cell::new(0),
            deleted_after: RefCell::default(),
            by_stamp: RefCell::default(),
            token: Cell::new(0),
            memory: RefCell::default(),
        };
        company.put("clients", "c1", json!({"code": "ALMA", "name": "Alma"}));
        company.put("products", "p1", json!({"code": "P1", "name": "One"}));
        company
    }

    pub fn put(&self, resource: &str, id: &str, mut row: Value) {
        row["id"] = json!(id);
        row["updated-at"] = json!("2026-03-05T13:00:00Z");
        let mut rows = self.rows.borrow_mut();
        rows.entry(resource.to_owned())
            .or_default()
            .insert(id.to_owned(), row);
    }

    /// Somebody writes the record: it moves to the end.
    pub fn touch(&self, id: &str) {
        let mut order = self.by_stamp.borrow_mut();
        order.retain(|other| other != id);
        order.push(id.to_owned());
    }

    pub fn count(&self, resource: &str) -> usize {
        self.rows.borrow().get(resource).map_or(0, BTreeMap::len)
    }

    pub fn row(&self, resource: &str, id: &str) -> Value {
        self.rows.borrow()[resource][id].clone()
    }

    fn list(&self, resource: &str, asked: &BTreeMap<String, String>) -> Value {
        let rows = self.rows.borrow();
        let all: Vec<&Value> = rows
            .get(resource)
            .into_iter()
            .flatten()
            .map(|(_, row)| row)
            .collect();
        let code = asked.get("code").filter(|_| self.ways.searches);
        let mut found: Vec<Value> = all
            .into_iter()
            .filter(|row| code.is_none_or(|code| row["code"] == *code))
            .cloned()
            .collect();
        let order = self.by_stamp.borrow();
        if !order.is_empty() {
            found = order.iter().map(|id| json!({"id": id})).collect();
        }
        if self.ways.knows_pages {
            let number = |name: &str| asked.get(name).map_or(1, |n| n.parse::<usize>().unwrap());
            let (page, size) = (number("page"), number("per-page"));
            found = found
                .into_iter()
                .skip((page - 1) * size)
                .take(size)
                .collect();
        }
        drop(rows);
        self.lists.set(self.lists.get() + 1);
        let mut deleted = self.deleted_after.borrow_mut();
        if deleted
            .as_ref()
            .is_some_and(|(after, ..)| *after == self.lists.get())
        {
            let (_, resource, id) = deleted.take().unwrap();
            self.rows
                .borrow_mut()
                .get_mut(&resource)
                .unwrap()
                .remove(&id);
        }
        Value::Array(found)
    }

    fn create(&self, resource: &str, row: Value) -> (u16, Value) {
        let taken = {
            let rows = self.rows.borrow();
            let mut others = rows.get(resource).into_iter().flatten();
            others.any(|(_, other)| other["code"] == row["code"])
        };
        if taken && self.ways.refuses_duplicates {
            return (
                409,
                json!({"error": "duplicate", "message": "Code is taken"}),
            );
        }
        let id = format!("n{}", self.count(resource));
        self.put(resource, &id, row);
        (201, self.row(resource, &id))
    }

    fn update(&self, resource: &str, id: &str, row: Value) -> (u16, Value) {
        let mut new = match self.ways.replaces {
            true => json!({}),
            false => self.row(resource, id),
        };
        for (property, value) in row.as_object().unwrap() {
            new[property] = value.clone();
        }
        self.put(resource, id, new);
        (200, self.row(resource, id))
    }

    fn answer(&self, request: &HttpRequest) -> (u16, Value) {
        let (path, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
        let path = path.split("/api/v1/").nth(1).unwrap();
        let asked: BTreeMap<String, String> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        if path == "authorization" {
            self.token.set(self.token.get() + 1);
            return (200, json!({"token": format!("T{}", self.token.get())}));
        }
        if asked.get("access_token") != Some(&format!("T{}", self.token.get())) {
            return (401, json!({"error": "token", "message": "Expired"}));
        }
        let (resource, id) = path.split_once('/').unwrap();
        let known = || {
            self.rows
                .borrow()
                .get(resource)
                .is_some_and(|rows| rows.contains_key(id))
        };
        let sent = || serde_json::from_slice(&request.body).unwrap();
        match request.method {
            Method::Get if id.is_empty() => (200, self.list(resource, &asked)),
            Method::Post if id.is_empty() => self.create(resource, sent()),
            _ if !known() => (404, json!({"error": "not-found", "message": "Not found"})),
            Method::Put => self.update(resource, id, sent()),
            _ => (200, self.row(resource, id)),
        }
    }
}

impl Host for Company {
    fn settings_json(&self) -> String {
        self.settings.to_string()
    }

    fn log(&self, _: LogLevel, _: &str) {}

    fn now_ms(&self) -> u64 {
        1_772_719_200_000
    }

    fn monotonic_ms(&self) -> u64 {
        self.now_ms()
    }

    fn sleep_ms(&self, _: u32) {}

    fn random(&self, count: u32) -> Vec<u8> {
        vec![7; count as usize]
    }

    fn memory_get(&self, key: &str) -> Option<Vec<u8>> {
        self.memory.borrow().get(key).cloned()
    }

    fn memory_set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.memory
            .borrow_mut()
            .insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn memory_delete(&self, key: &str) {
        self.memory.borrow_mut().remove(key);
    }

    fn note(&self, _: &str, _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn placeholder(&self, name: &str, _: Encoder) -> Result<String, String> {
        Ok(name.to_owned())
    }

    fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let writes = request.method != Method::Get && !request.url.ends_with("/authorization");
        let mishap = self.mishap.get().filter(|_| writes);
        if mishap.is_some() {
            self.mishap.set(None);
        }
        let lost = || HttpError::NoAnswer {
            detail: "reset".to_owned(),
        };
        let reply = |status: u16, body: String| {
            Ok(HttpResponse {
                status,
                headers: Vec::new(),
                body: body.into_bytes(),
            })
        };
        let html = || reply(200, "<p>We will be back</p>".to_owned());
        match mishap {
            Some(Mishap::LostBefore) => return Err(lost()),
            Some(Mishap::PageBefore) => return html(),
            Some(Mishap::BrokenBefore) => return reply(500, "Oops".to_owned()),
            Some(Mishap::Throttled) => return reply(429, String::new()),
            Some(Mishap::TokenEnded) => self.token.set(self.token.get() + 1),
            _ => {}
        }
        let (status, body) = self.answer(&request);
        match mishap {
            Some(Mishap::LostAfter) => Err(lost()),
            Some(Mishap::PageAfter) => html(),
            Some(Mishap::BrokenAfter) => reply(500, "Oops".to_owned()),
            Some(Mishap::ClosedAfter) => reply(503, "Closed".to_owned()),
            Some(Mishap::CutAfter) => reply(status, body.to_string()[..9].to_owned()),
            Some(Mishap::MuteAfter) => reply(204, String::new()),
            _ => reply(status, body.to_string()),
        }
    }
}
