//! A small QuickBooks Online with a memory: queries, changes, writes, batches and tokens, by the reference.

use liaison_sdk::host::{Encoder, LogLevel};
use liaison_sdk::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

pub const COMPANY: &str = "9130001";

/// What goes wrong with the next request whose address holds the words.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// Nothing arrives.
    Unsent,
    /// It is done, and the answer is lost.
    Lost,
    /// It is not done, and after so long nobody waits for it any more.
    Slow(u64),
    /// It is not done, and this is the answer.
    Answer(u16, Value),
}

pub struct Office {
    settings: Value,
    pub now_ms: Cell<u64>,
    pub rows: RefCell<BTreeMap<String, Vec<Value>>>,
    pub deleted: RefCell<Vec<(String, Value)>>,
    next_id: Cell<u64>,
    /// Answers by `requestid`.
    answered: RefCell<BTreeMap<String, Value>>,
    pub memory: RefCell<BTreeMap<String, Vec<u8>>>,
    /// Whether the memory refuses to keep anything.
    pub forgetful: Cell<bool>,
    pub sent: RefCell<Vec<(String, Value)>>,
    troubles: RefCell<Vec<(String, Trouble)>>,
    /// Refresh tokens that are good, and the access token.
    pub refresh: RefCell<Vec<String>>,
    /// Whether a renewal gives the refresh token that it was asked with, as within a day.
    pub same_refresh: Cell<bool>,
    pub access: RefCell<String>,
    pub secret: RefCell<Option<String>>,
    pub lines: RefCell<Vec<String>>,
    /// When batches came within the last minute.
    batches: RefCell<Vec<u64>>,
    /// Who had the word for renewing, and since when, at each request for a token.
    pub words: RefCell<Vec<Value>>,
    /// What others put into the memory during the next sleeps, one for each.
    pub meanwhile: RefCell<Vec<(String, Vec<u8>)>>,
}

impl Office {
    pub fn new() -> Self {
        let settings = json!({"company_id": COMPANY, "base_url": "https://qbo.example",
            "token_url": "https://tokens.example/bearer", "client_id": "app"});
        Self {
            settings,
            now_ms: Cell::new(1_772_719_200_000),
            rows: RefCell::default(),
            deleted: RefCell::default(),
            next_id: Cell::new(1),
            answered: RefCell::default(),
            memory: RefCell::default(),
            forgetful: Cell::new(false),
            sent: RefCell::default(),
            troubles: RefCell::default(),
            refresh: RefCell::new(vec!["R0".to_owned()]),
            same_refresh: Cell::new(false),
            access: RefCell::default(),
            secret: RefCell::new(Some("R0".to_owned())),
            lines: RefCell::default(),
            batches: RefCell::default(),
            words: RefCell::default(),
            meanwhile: RefCell::default(),
        }
    }

    pub fn set(mut self, name: &str, value: Value) -> Self {
        self.settings[name] = value;
        self
    }

    /// Puts a record in, and says its id.
    pub fn add(&self, object: &str, mut row: Value) -> String {
        let id = self.next_id.get().to_string();
        self.next_id.set(self.next_id.get() + 1);
        row["Id"] = json!(id);
        row["SyncToken"] = json!("0");
        let now = self.stamp();
        row["MetaData"] = json!({"CreateTime": now, "LastUpdatedTime": now});
        if row["Active"].is_null() && ["Customer", "Vendor", "Item", "Account"].contains(&object) {
            row["Active"] = json!(true);
        }
        if row["Name"].is_string() && row["FullyQualifiedName"].is_null() {
            row["FullyQualifiedName"] = row["Name"].clone();
        }
        if row["DisplayName"].is_string() && row["FullyQualifiedName"].is_null() {
            row["FullyQualifiedName"] = row["DisplayName"].clone();
        }
        if let Some(lines) = row.get_mut("Line").and_then(Value::as_array_mut) {
            for (nth, line) in lines.iter_mut().enumerate() {
                if line["Id"].is_null() {
                    line["Id"] = json!((nth + 1).to_string());
                }
            }
        }
        self.rows
            .borrow_mut()
            .entry(object.to_owned())
            .or_default()
            .push(row);
        id
    }

    pub fn row(&self, object: &str, id: &str) -> Value {
        let rows = self.rows.borrow();
        let found = rows
            .get(object)
            .into_iter()
            .flatten()
            .find(|row| row["Id"] == id);
        found.cloned().unwrap_or_default()
    }

    pub fn remove(&self, object: &str, id: &str) {
        if let Some(rows) = self.rows.borrow_mut().get_mut(object) {
            rows.retain(|row| row["Id"] != id);
        }
        let gone = json!({"domain": "QBO", "status": "Deleted", "Id": id, "MetaData": {"LastUpdatedTime": self.stamp()}});
        self.deleted.borrow_mut().push((object.to_owned(), gone));
    }

    /// Somebody edits a record in QuickBooks.
    pub fn edit(&self, object: &str, id: &str, change: impl FnOnce(&mut Value)) {
        let now = self.stamp();
        let mut rows = self.rows.borrow_mut();
        let rows = rows.get_mut(object).expect("there are records");
        let row = rows
            .iter_mut()
            .find(|row| row["Id"] == id)
            .expect("it is there");
        change(row);
        let token: u64 = row["SyncToken"]
            .as_str()
            .and_then(|t| t.parse().ok())
            .unwrap_or_default();
        row["SyncToken"] = json!((token + 1).to_string());
        row["MetaData"]["LastUpdatedTime"] = json!(now);
    }

    pub fn pass(&self, seconds: u64) {
        self.now_ms.set(self.now_ms.get() + seconds * 1_000);
    }

    pub fn trouble(&self, words: &str, trouble: Trouble) {
        self.troubles.borrow_mut().push((words.to_owned(), trouble));
    }

    /// The addresses asked for, without the part that all have.
    pub fn asked(&self) -> Vec<String> {
        let sent = self.sent.borrow();
        sent.iter().map(|(asked, _)| decoded(asked)).collect()
    }

    /// QuickBooks forgets what it answered to which request.
    pub fn forget_answers(&self) {
        self.answered.borrow_mut().clear();
    }

    pub fn forget_requests(&self) {
        self.sent.borrow_mut().clear();
    }

    fn stamp(&self) -> String {
        date::instant(i64::try_from(self.now_ms.get()).unwrap())
    }

    fn token(&self, form: &str) -> (u16, Value) {
        let value = form.split('&').find_map(|pair| {
            pair.strip_prefix("refresh_token=")
                .or_else(|| pair.strip_prefix("code="))
        });
        let mut value = decoded(value.unwrap_or_default());
        if value == "[refresh_token:Encoder::Url]" {
            value = self.secret.borrow().clone().unwrap_or_default();
        }
        let good = value == "good-code" || self.refresh.borrow().contains(&value);
        if !good {
            return (
                400,
                json!({"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"}),
            );
        }
        let nth = self.next_id.get();
        self.next_id.set(nth + 1);
        let (access, new) = (format!("A{nth}"), format!("R{nth}"));
        // A secret's value does not come past the host.
        let refresh = match self.same_refresh.get() {
            true if self.secret.borrow().as_deref() == Some(value.as_str()) => {
                "[secret refresh_token]".to_owned()
            }
            true => value,
            false => new,
        };
        self.refresh.borrow_mut().push(refresh.clone());
        *self.access.borrow_mut() = access.clone();
        (
            200,
            json!({"access_token": access, "token_type": "bearer", "expires_in": 3600, "refresh_token": refresh,
            "x_refresh_token_expires_in": 8_726_400}),
        )
    }

    fn answer(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let parameters: BTreeMap<&str, String> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name, decoded(value)))
            .collect();
        assert_eq!(parameters["minorversion"], "75");
        let now = self.stamp();
        match (method, path) {
            (_, "query") => match self.query(match method {
                "GET" => &parameters["query"],
                _ => body.as_str().expect("a query as plain text"),
            }) {
                Ok(answer) => (200, json!({"QueryResponse": answer, "time": now})),
                Err(words) => (400, refusal("4001", &words)),
            },
            ("GET", "cdc") => (
                200,
                self.cdc(&parameters["entities"], &parameters["changedSince"]),
            ),
            ("POST", "batch") => {
                let minute_ago_ms = self.now_ms.get() - 60_000;
                let mut batches = self.batches.borrow_mut();
                batches.retain(|at_ms| *at_ms > minute_ago_ms);
                batches.push(self.now_ms.get());
                assert!(batches.len() <= 40, "more than 40 batches within a minute");
                drop(batches);
                (200, self.batch(body))
            }
            ("POST", path) => {
                if let Some(answer) = parameters
                    .get("requestid")
                    .and_then(|id| self.answered.borrow().get(id).cloned())
                {
                    return (200, answer);
                }
                let operation = parameters.get("operation").map_or("", String::as_str);
                let (object, _) = OBJECTS
                    .iter()
                    .find(|(_, known)| *known == path)
                    .expect("an object");
                match self.carry_out(object, operation, body) {
                    Ok(row) => {
                        let answer = json!({*object: row, "time": now});
                        if let Some(id) = parameters.get("requestid") {
                            self.answered
                                .borrow_mut()
                                .insert(id.clone(), answer.clone());
                        }
                        (200, answer)
                    }
                    Err((code, words)) => (400, refusal(code, &words)),
                }
            }
            _ => panic!("{method} {path}"),
        }
    }

    fn batch(&self, body: &Value) -> Value {
        let items = body["BatchItemRequest"].as_array().unwrap();
        assert!(items.len() <= 30, "a batch of {}", items.len());
        let answers = items.iter().map(|item| {
            let mut answer = json!({"bId": item["bId"]});
            if let Some(query) = item["Query"].as_str() {
                answer["QueryResponse"] = self.query(query).unwrap();
                return answer;
            }
            let operation = item["operation"].as_str().unwrap();
            let (object, _) = OBJECTS
                .iter()
                .find(|(object, _)| item[*object].is_object())
                .unwrap();
            match self.carry_out(object, operation, &item[*object]) {
                Ok(row) => answer[*object] = row,
                Err((code, words)) => answer["Fault"] = refusal(code, &words)["Fault"].clone(),
            }
            answer
        });
        json!({"BatchItemResponse": answers.collect::<Vec<_>>()})
    }

    fn carry_out(
        &self,
        object: &str,
        operation: &str,
        body: &Value,
    ) -> Result<Value, (&'static str, String)> {
        let Some(id) = body["Id"].as_str() else {
            for (key, code) in [("DocNumber", "6140"), ("DisplayName", "6240")] {
                let rows = self.rows.borrow();
                let mut rows = rows.get(object).into_iter().flatten();
                if body[key].is_string() && rows.any(|row| row[key] == body[key]) {
                    return Err((code, "Duplicate".to_owned()));
                }
            }
            let id = self.add(object, body.clone());
            return Ok(self.row(object, &id));
        };
        let there = self.row(object, id);
        if there.is_null() {
            return Err(("610", "Object Not Found".to_owned()));
        }
        if there["SyncToken"] != body["SyncToken"] {
            return Err(("5010", "Stale Object Error".to_owned()));
        }
        if operation == "delete" {
            self.remove(object, id);
            return Ok(json!({"domain": "QBO", "status": "Deleted", "Id": id}));
        }
        let mut new = body.clone();
        if body["sparse"] == true {
            let mut merged = there.clone();
            merged
                .as_object_mut()
                .unwrap()
                .extend(body.as_object().unwrap().clone());
            new = merged;
        }
        new["MetaData"] = there["MetaData"].clone();
        self.edit(object, id, |row| *row = new);
        Ok(self.row(object, id))
    }

    fn cdc(&self, object: &str, since: &str) -> Value {
        let since = date::parse_instant(since).expect("an instant");
        let fits = |row: &Value| {
            row["MetaData"]["LastUpdatedTime"]
                .as_str()
                .and_then(date::parse_instant)
                >= Some(since)
        };
        let rows = self.rows.borrow();
        let mut found: Vec<Value> = rows
            .get(object)
            .into_iter()
            .flatten()
            .filter(|r| fits(r))
            .cloned()
            .collect();
        let deleted = self.deleted.borrow();
        found.extend(
            deleted
                .iter()
                .filter(|(of, row)| of == object && fits(row))
                .map(|(_, row)| row.clone()),
        );
        found.truncate(1_000);
        let part = match found.is_empty() {
            true => json!({}),
            false => json!({object: found}),
        };
        json!({"CDCResponse": [{"QueryResponse": [part]}], "time": self.stamp()})
    }

    fn query(&self, text: &str) -> Result<Value, String> {
        let rest = text.strip_prefix("select * from ").ok_or("no select")?;
        let object = rest.split(' ').next().unwrap();
        let number = |word: &str| -> Option<usize> {
            rest.split_once(word)?
                .1
                .trim()
                .split(' ')
                .next()?
                .parse()
                .ok()
        };
        let from = number(" startposition ").unwrap_or(1);
        let most = number(" maxresults ").unwrap_or(100);
        let limits = rest.split_once(" where ").map(|(_, limits)| limits);
        let limits = limits.map(|limits| limits.split(" orderby ").next().unwrap());
        let rows = self.rows.borrow();
        let mut found: Vec<Value> = rows.get(object).into_iter().flatten().cloned().collect();
        let mut inactive = false;
        for limit in limits.into_iter().flat_map(|limits| limits.split(" AND ")) {
            if limit == "Active IN (true, false)" {
                inactive = true;
                continue;
            }
            found.retain(|row| fits(row, limit));
        }
        if !inactive {
            found.retain(|row| row["Active"] != false);
        }
        found.sort_by_key(|row| {
            row["Id"]
                .as_str()
                .unwrap()
                .parse::<u64>()
                .unwrap_or_default()
        });
        let page: Vec<Value> = found.into_iter().skip(from - 1).take(most).collect();
        Ok(match page.is_empty() {
            true => json!({}),
            false => json!({object: page, "startPosition": from, "maxResults": page.len()}),
        })
    }
}

const OBJECTS: [(&str, &str); 8] = [
    ("Customer", "customer"),
    ("Vendor", "vendor"),
    ("Item", "item"),
    ("Invoice", "invoice"),
    ("Estimate", "estimate"),
    ("PurchaseOrder", "purchaseorder"),
    ("Bill", "bill"),
    ("InventoryAdjustment", "inventoryadjustment"),
];

fn fits(row: &Value, limit: &str) -> bool {
    let (path, rest) = limit.split_once(' ').unwrap();
    let (compare, value) = rest.split_once(' ').unwrap();
    let mut there = row;
    for step in path.split('.') {
        there = &there[step];
    }
    if there.is_null() {
        return false;
    }
    let there = match there {
        Value::Object(reference) => reference["value"].as_str().unwrap_or_default().to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let plain = |text: &str| {
        text.trim()
            .trim_matches('\'')
            .replace("\\'", "'")
            .to_lowercase()
    };
    match compare {
        "=" => there.to_lowercase() == plain(value),
        ">=" => there.to_lowercase() >= plain(value),
        "<=" => there.to_lowercase() <= plain(value),
        "IN" => value
            .trim_matches(['(', ')'])
            .split(", ")
            .any(|value| there.to_lowercase() == plain(value)),
        other => panic!("{other}"),
    }
}

pub fn refusal(code: &str, words: &str) -> Value {
    json!({"Fault": {"Error": [{"Message": words, "Detail": words, "code": code}], "type": "ValidationFault"}})
}

fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                out.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8(out).unwrap()
}

impl Host for Office {
    fn settings_json(&self) -> String {
        self.settings.to_string()
    }

    fn log(&self, level: LogLevel, message: &str) {
        self.lines.borrow_mut().push(format!("{level:?} {message}"));
    }

    fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    fn monotonic_ms(&self) -> u64 {
        self.now_ms.get()
    }

    fn sleep_ms(&self, ms: u32) {
        self.now_ms.set(self.now_ms.get() + u64::from(ms));
        let mut meanwhile = self.meanwhile.borrow_mut();
        if !meanwhile.is_empty() {
            let (key, value) = meanwhile.remove(0);
            self.memory.borrow_mut().insert(key, value);
        }
    }

    fn random(&self, count: u32) -> Vec<u8> {
        vec![7; count as usize]
    }

    fn memory_get(&self, key: &str) -> Option<Vec<u8>> {
        self.memory.borrow().get(key).cloned()
    }

    fn memory_set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        if self.forgetful.get() {
            return Err("the disk is full".to_owned());
        }
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

    fn placeholder(&self, name: &str, encoder: Encoder) -> Result<String, String> {
        Ok(format!("[{name}:{encoder:?}]"))
    }

    fn sign(&self, name: &str, _: Algorithm, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let secret = match name {
            "refresh_token" => self.secret.borrow().clone().ok_or("not set")?,
            name => name.to_owned(),
        };
        Ok([secret.as_bytes(), b":", bytes].concat())
    }

    fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let text = String::from_utf8_lossy(&request.body).into_owned();
        let body: Value = serde_json::from_str(&text).unwrap_or_else(|_| json!(text));
        let method = request.method.name();
        let base = format!("https://qbo.example/v3/company/{COMPANY}/");
        let path = request
            .url
            .strip_prefix(&base)
            .unwrap_or(&request.url)
            .to_owned();
        self.sent
            .borrow_mut()
            .push((format!("{method} {path}"), body.clone()));
        if request.url.starts_with("https://tokens.example/") {
            let word = self.memory_get("renewing").unwrap_or_default();
            let word = serde_json::from_slice(&word).unwrap_or_default();
            self.words.borrow_mut().push(word);
        }
        let mut troubles = self.troubles.borrow_mut();
        let place = troubles
            .iter()
            .position(|(words, _)| format!("{method} {path}").contains(words.as_str()));
        let trouble = place.map(|place| troubles.remove(place).1);
        drop(troubles);
        assert!(request.url.len() < 4_000, "an address too long for servers");
        let (status, answer) = match &trouble {
            Some(Trouble::Unsent) => {
                return Err(HttpError::NotSent {
                    why: liaison_sdk::host::NotSent::Unreachable,
                    detail: "refused".to_owned(),
                })
            }
            Some(Trouble::Slow(ms)) => {
                self.now_ms.set(self.now_ms.get() + ms);
                return Err(HttpError::NoAnswer {
                    detail: "timed out".to_owned(),
                });
            }
            Some(Trouble::Answer(status, body)) => (*status, body.clone()),
            _ if request.url.starts_with("https://tokens.example/") => {
                let basic = request.headers.iter().any(|(name, value)| {
                    name.eq_ignore_ascii_case("authorization") && value.starts_with("Basic ")
                });
                assert!(basic, "{:?}", request.headers);
                self.token(&text)
            }
            _ => {
                let expected = format!("Bearer {}", self.access.borrow());
                let right = request.headers.iter().any(|(name, value)| {
                    name.eq_ignore_ascii_case("authorization") && *value == expected
                });
                match right {
                    true => self.answer(method, &path, &body),
                    false => (
                        401,
                        json!({"fault": {"error": [{"message": "message=AuthenticationFailed; errorCode=003200; statusCode=401",
                        "detail": "Token expired", "code": "3200"}], "type": "AUTHENTICATION"}}),
                    ),
                }
            }
        };
        if let Some(Trouble::Lost) = trouble {
            return Err(HttpError::NoAnswer {
                detail: "reset".to_owned(),
            });
        }
        Ok(HttpResponse {
            status,
            headers: vec![("intuit_tid".to_owned(), "1-abc".to_owned())],
            body: answer.to_string().into_bytes(),
        })
    }
}
