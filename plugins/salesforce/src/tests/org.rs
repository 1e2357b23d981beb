//! A small org with a memory, for what a script cannot show. It is written from the reference, not from the
//! connector, and understands the queries by itself: a value that broke out of its quotes would be noticed.

use super::*;
use liaison_sdk::host::{Encoder, LogLevel};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// What befalls one POST or PATCH.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mishap {
    LostBefore,
    LostAfter,
    PageBefore,
    PageAfter,
    BrokenBefore,
    BrokenAfter,
    CutAfter,
    SessionEnded,
    UsedUp,
    RowLocked,
}

pub const MISHAPS: [Mishap; 10] = [
    Mishap::LostBefore,
    Mishap::LostAfter,
    Mishap::PageBefore,
    Mishap::PageAfter,
    Mishap::BrokenBefore,
    Mishap::BrokenAfter,
    Mishap::CutAfter,
    Mishap::SessionEnded,
    Mishap::UsedUp,
    Mishap::RowLocked,
];

pub struct Org {
    pub rows: RefCell<BTreeMap<String, Map<String, Value>>>,
    /// The second that a write is stamped with.
    pub second: Cell<i64>,
    pub mishap: Cell<Option<Mishap>>,
    /// Whether accounts have the field for our key.
    pub has_key: bool,
    /// The most rows of one page, whatever is asked for.
    pub page_rows: Cell<usize>,
    next_id: Cell<u32>,
    session: Cell<u32>,
    memory: RefCell<BTreeMap<String, Vec<u8>>>,
    notes: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Org {
    /// What was noted of an operation.
    pub fn noted(&self, token: &str) -> Option<Vec<u8>> {
        self.notes.borrow().get(token).cloned()
    }

    pub fn new(has_key: bool) -> Self {
        Self {
            rows: RefCell::default(),
            second: Cell::new(i64::try_from(NOW_MS / 1_000).unwrap()),
            mishap: Cell::new(None),
            has_key,
            page_rows: Cell::new(usize::MAX),
            next_id: Cell::new(0),
            session: Cell::new(0),
            memory: RefCell::default(),
            notes: RefCell::default(),
        }
    }

    fn describe(&self) -> Value {
        let mut fields = vec![field("Name", "string"), field("Site", "string")];
        if self.has_key {
            fields.push(key_field("Liaison_Key__c"));
        }
        described(&fields)
    }

    fn stamp(&self) -> Value {
        let text = date::instant(self.second.get() * 1_000);
        json!(text.replace('Z', ".000+0000"))
    }

    fn touch(&self, row: &mut Map<String, Value>) {
        row.insert("SystemModstamp".to_owned(), self.stamp());
        row.insert("LastModifiedDate".to_owned(), self.stamp());
    }

    /// Somebody makes a record.
    pub fn add(&self, name: &str) -> String {
        let number = self.next_id.get() + 1;
        self.next_id.set(number);
        let id = crate::id::full(&format!("001D00000{number:06}")).unwrap();
        let mut row = Map::new();
        for name in ["Name", "Site", "Liaison_Key__c"] {
            row.insert(name.to_owned(), Value::Null);
        }
        row.insert("Id".to_owned(), json!(id));
        row.insert("Name".to_owned(), json!(name));
        row.insert("IsDeleted".to_owned(), json!(false));
        self.touch(&mut row);
        self.rows.borrow_mut().insert(id.clone(), row);
        id
    }

    /// Somebody edits a record, or deletes it.
    pub fn edit(&self, id: &str, field: &str, value: Value) {
        let mut rows = self.rows.borrow_mut();
        let row = rows.get_mut(id).unwrap();
        row.insert(field.to_owned(), value);
        self.touch(row);
    }

    pub fn living(&self) -> usize {
        let rows = self.rows.borrow();
        rows.values()
            .filter(|row| row["IsDeleted"] == json!(false))
            .count()
    }

    fn query(&self, question: &str, all: bool) -> Value {
        let words = words(question);
        let from = words.iter().position(|word| word == "FROM").unwrap();
        let columns: Vec<String> = words[1..from]
            .iter()
            .filter(|w| *w != ",")
            .cloned()
            .collect();
        assert_eq!(words[from + 1], "Account");
        let mut at = from + 2;
        let rows = self.rows.borrow();
        let living = rows
            .values()
            .filter(|row| all || row["IsDeleted"] == json!(false));
        let mut found: Vec<&Map<String, Value>> = living.collect();
        if words.get(at).is_some_and(|word| word == "WHERE") {
            let (fits, next) = either(&words, at + 1);
            at = next;
            found.retain(|row| fits.holds(row));
        }
        if words.get(at).is_some_and(|word| word == "ORDER") {
            let by_stamp = words[at + 2] == "SystemModstamp";
            found.sort_by_key(|row| {
                let stamp = row["SystemModstamp"].as_str().unwrap().to_owned();
                (
                    if by_stamp { stamp } else { String::new() },
                    row["Id"].as_str().unwrap().to_owned(),
                )
            });
        }
        let limit = words
            .iter()
            .position(|word| word == "LIMIT")
            .map(|at| words[at + 1].parse().unwrap());
        found.truncate(limit.unwrap_or(usize::MAX));
        let whole = found.len();
        found.truncate(self.page_rows.get());
        let done = found.len() == whole;
        let shown = found.iter().map(|row| {
            let column = |name: &String| {
                let value = row.get(name).unwrap_or_else(|| panic!("no column {name}"));
                (name.clone(), value.clone())
            };
            Value::Object(columns.iter().map(column).collect())
        });
        let records: Vec<Value> = shown.collect();
        json!({"totalSize": whole, "done": done, "records": records, "nextRecordsUrl": "/services/data/v62.0/query/01g-1"})
    }

    fn save(&self, id: Option<String>, record: &Value) -> Value {
        let id = id.unwrap_or_else(|| self.add(""));
        for (name, value) in record.as_object().unwrap() {
            if name != "attributes" && name != "id" {
                self.edit(&id, name, value.clone());
            }
        }
        json!({"id": id, "success": true, "errors": []})
    }

    fn holder(&self, field: &str, value: &Value) -> Option<String> {
        let rows = self.rows.borrow();
        let found = rows
            .iter()
            .find(|(_, row)| row[field] == *value && !value.is_null());
        found.map(|(id, _)| id.clone())
    }

    fn collection(&self, method: Method, path: &str, body: &Value) -> Value {
        let locked = self.mishap.get() == Some(Mishap::RowLocked);
        let records = body["records"].as_array().unwrap();
        let saved = records.iter().map(|record| {
            if locked {
                return json!({"success": false, "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain exclusive access to this record", "fields": []}]});
            }
            let key = record.get("Liaison_Key__c").cloned().unwrap_or_default();
            let there = self.holder("Liaison_Key__c", &key);
            match (method, path.ends_with("/Liaison_Key__c"), there) {
                (Method::Patch, true, there) => self.save(there, record),
                (Method::Patch, false, _) => self.save(record["id"].as_str().map(str::to_owned), record),
                (_, _, Some(there)) => json!({"success": false, "errors": [{"statusCode": "DUPLICATE_VALUE",
                    "message": format!("duplicate value found: Liaison_Key__c duplicates value on record with id: {}", &there[..15]), "fields": []}]}),
                _ => self.save(None, record),
            }
        });
        Value::Array(saved.collect())
    }
}

/// A condition.
enum Fits {
    All(Vec<Fits>),
    Any(Vec<Fits>),
    Compare(String, String, Vec<String>),
}

impl Fits {
    fn holds(&self, row: &Map<String, Value>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(row)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(row)),
            Self::Compare(field, sign, values) => {
                let told = match &row[field] {
                    Value::Null => "null".to_owned(),
                    Value::Bool(yes) => yes.to_string().to_uppercase(),
                    Value::String(text) if field.ends_with("stamp") => {
                        text.replace(".000+0000", "Z")
                    }
                    Value::String(text) => format!("'{}", text.to_lowercase()),
                    other => other.to_string(),
                };
                let exact = field == "Id";
                let told = match &row[field] {
                    Value::String(text) if exact => format!("'{text}"),
                    _ => told,
                };
                let wanted = |value: &String| match value.strip_prefix('\'') {
                    Some(text) if !exact => format!("'{}", text.to_lowercase()),
                    _ => value.clone(),
                };
                let first = wanted(&values[0]);
                match sign.as_str() {
                    "=" => told == first,
                    "!=" => told != first,
                    ">" => told > first,
                    ">=" => told >= first,
                    "IN" => values.iter().any(|value| told == wanted(value)),
                    other => panic!("unexpected token: {other}"),
                }
            }
        }
    }
}

fn either(words: &[String], at: usize) -> (Fits, usize) {
    joined(
        words,
        at,
        "OR",
        |words, at| joined(words, at, "AND", one, Fits::All),
        Fits::Any,
    )
}

fn joined(
    words: &[String],
    at: usize,
    by: &str,
    part: impl Fn(&[String], usize) -> (Fits, usize),
    whole: impl Fn(Vec<Fits>) -> Fits,
) -> (Fits, usize) {
    let (first, mut at) = part(words, at);
    let mut parts = vec![first];
    while words.get(at).is_some_and(|word| word == by) {
        let (next, after) = part(words, at + 1);
        parts.push(next);
        at = after;
    }
    (whole(parts), at)
}

fn one(words: &[String], at: usize) -> (Fits, usize) {
    if words[at] == "(" {
        let (inner, after) = either(words, at + 1);
        assert_eq!(words[after], ")", "unexpected token: {:?}", words[after]);
        return (inner, after + 1);
    }
    let (field, sign) = (words[at].clone(), words[at + 1].clone());
    if sign != "IN" {
        return (
            Fits::Compare(field, sign, vec![words[at + 2].clone()]),
            at + 3,
        );
    }
    let end = at + words[at..].iter().position(|word| word == ")").unwrap();
    let values = words[at + 3..end]
        .iter()
        .filter(|word| *word != ",")
        .cloned();
    (Fits::Compare(field, sign, values.collect()), end + 1)
}

/// The words of a query; a text keeps its first quote, so that it is told from a name.
fn words(question: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut chars = question.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' => {}
            '\'' => {
                let mut text = String::from('\'');
                loop {
                    match chars.next().expect("a text ends") {
                        '\'' => break,
                        '\\' => text.push(match chars.next().expect("an escape has a letter") {
                            'n' => '\n',
                            't' => '\t',
                            'r' => '\r',
                            c if "'\"\\%_".contains(c) => c,
                            c => panic!("illegal escape \\{c}"),
                        }),
                        c => text.push(c),
                    }
                }
                words.push(text);
            }
            '(' | ')' | ',' => words.push(c.to_string()),
            c => {
                let mut word = String::from(c);
                while let Some(next) = chars.next_if(|c| !" (),'".contains(*c)) {
                    word.push(next);
                }
                words.push(word);
            }
        }
    }
    words
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}

impl Host for Org {
    fn settings_json(&self) -> String {
        settings().to_string()
    }
    fn log(&self, _level: LogLevel, _message: &str) {}
    fn now_ms(&self) -> u64 {
        u64::try_from(self.second.get() * 1_000).unwrap()
    }
    fn monotonic_ms(&self) -> u64 {
        self.now_ms()
    }
    fn sleep_ms(&self, _ms: u32) {}
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
    fn note(&self, token: &str, note: &[u8]) -> Result<(), String> {
        self.notes
            .borrow_mut()
            .insert(token.to_owned(), note.to_vec());
        Ok(())
    }
    fn placeholder(&self, name: &str, _encoder: Encoder) -> Result<String, String> {
        Ok(format!("[{name}]"))
    }

    fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = |status: u16, body: String| {
            Ok(HttpResponse {
                status,
                headers: vec![(
                    "Sforce-Limit-Info".to_owned(),
                    "api-usage=18/5000".to_owned(),
                )],
                body: body.into_bytes(),
            })
        };
        let lost = || {
            Err(HttpError::NoAnswer {
                detail: "reset".to_owned(),
            })
        };
        if request.url.ends_with("/services/oauth2/token") {
            self.session.set(self.session.get() + 1);
            let token = format!("T{}", self.session.get());
            return answer(
                200,
                json!({"access_token": token, "instance_url": INSTANCE}).to_string(),
            );
        }
        let bearer = format!("Bearer T{}", self.session.get());
        let valid = request
            .headers
            .iter()
            .any(|(name, value)| name == "Authorization" && *value == bearer);
        let path = request
            .url
            .strip_prefix(INSTANCE)
            .expect("only the instance is called");
        let path = path.strip_prefix("/services/data/v62.0/").unwrap();
        let is_write = request.method != Method::Get;
        let mishap = self.mishap.get().filter(|_| is_write);
        if !valid || mishap == Some(Mishap::SessionEnded) {
            self.mishap.set(None);
            self.session.set(self.session.get() + 1);
            return answer(401, json!([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]).to_string());
        }
        let page = "<html>Down for maintenance</html>".to_owned();
        let broken = json!([{"message": "An unexpected error occurred. ErrorId: 1", "errorCode": "UNKNOWN_EXCEPTION"}]).to_string();
        match mishap {
            Some(Mishap::LostBefore) => return lost(),
            Some(Mishap::PageBefore) => return answer(200, page),
            Some(Mishap::BrokenBefore) => return answer(500, broken),
            Some(Mishap::UsedUp) => {
                let body = json!([{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]);
                return answer(403, body.to_string());
            }
            _ => {}
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let told = match path.split_once("?q=") {
            Some((resource, question)) => self.query(&decoded(question), resource == "queryAll"),
            None if path == "sobjects/Account/describe" => self.describe(),
            None => self.collection(request.method, path, &body),
        };
        match mishap {
            Some(Mishap::LostAfter) => lost(),
            Some(Mishap::PageAfter) => answer(200, page),
            Some(Mishap::BrokenAfter) => answer(500, broken),
            Some(Mishap::CutAfter) => answer(200, told.to_string()[..9].to_owned()),
            _ => answer(200, told.to_string()),
        }
    }
}
