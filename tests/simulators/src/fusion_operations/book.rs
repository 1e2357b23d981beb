//! Records of one kind in the order of their creation, found by id and by the key that people use.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::access::hex;
use super::resource::Resource;
use super::time::Stamp;

/// Values by what they mean: times as seconds, references as ids, quantities as decimals.
pub type Values = Map<String, Value>;

#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub id: String,
    pub created: Stamp,
    pub updated: Stamp,
    pub values: Values,
    pub origin: Option<Origin>,
}

/// The record that this one is a consequence of: the order of a movement, the owner of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub id: String,
    /// Which shipment and line, when there may be several.
    pub part: String,
}

#[derive(Debug)]
pub struct Book {
    resource: Resource,
    rows: BTreeMap<u64, Record>,
    by_id: HashMap<String, u64>,
    by_key: HashMap<String, u64>,
    made: u64,
}

impl Record {
    pub fn new(id: String, now: Stamp) -> Self {
        Self {
            id,
            created: now,
            updated: now,
            values: Values::new(),
            origin: None,
        }
    }

    pub fn text(&self, meaning: &str) -> &str {
        let value = self.values.get(meaning).and_then(Value::as_str);
        value.unwrap_or_default()
    }
}

impl Book {
    pub fn new(resource: Resource) -> Self {
        Self {
            resource,
            rows: BTreeMap::new(),
            by_id: HashMap::new(),
            by_key: HashMap::new(),
            made: 0,
        }
    }

    /// Opaque, never given twice.
    pub fn next_id(&mut self) -> String {
        self.made += 1;
        hex(&format!("{} {}", self.resource.word(), self.made), 12)
    }

    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.rows.values()
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn get(&self, id: &str) -> Option<&Record> {
        self.by_id.get(id).map(|at| &self.rows[at])
    }

    pub fn by_key(&self, key: &str) -> Option<&Record> {
        self.by_key.get(key).map(|at| &self.rows[at])
    }

    /// As a path names it: by id, else by key.
    pub fn find(&self, text: &str) -> Option<&Record> {
        self.get(text).or_else(|| self.by_key(text))
    }

    /// What people call a record.
    pub fn key_of(&self, record: &Record) -> Option<String> {
        match record.values.get(self.resource.key()?)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    pub fn put(&mut self, record: Record) {
        let at = match self.by_id.get(&record.id) {
            Some(at) => *at,
            None => self.rows.keys().next_back().map_or(1, |last| last + 1),
        };
        if let Some(old) = self.rows.get(&at).and_then(|old| self.key_of(old)) {
            self.by_key.remove(&old);
        }
        if let Some(key) = self.key_of(&record) {
            self.by_key.insert(key, at);
        }
        self.by_id.insert(record.id.clone(), at);
        self.rows.insert(at, record);
    }

    pub fn remove(&mut self, id: &str) -> Option<Record> {
        let record = self.rows.remove(&self.by_id.remove(id)?)?;
        if let Some(key) = self.key_of(&record) {
            self.by_key.remove(&key);
        }
        Some(record)
    }
}
