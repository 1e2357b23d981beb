//! The records of one object, and what is remembered of those that left a result set.
//!
//! `If-Modified-Since` is answered per result set, and a record that left the set is a change of it too.
//! So a row that is deleted, or changes in a way a filter can see, leaves its old self behind.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::time::Stamp;

#[derive(Debug, Clone)]
pub struct Row {
    pub id: i64,
    pub created: Stamp,
    pub modified: Stamp,
    /// Fields that hold something; an empty one is not kept.
    pub values: Map<String, Value>,
}

impl Row {
    pub fn new(id: i64, now: Stamp) -> Self {
        Self {
            id,
            created: now,
            modified: now,
            values: Map::new(),
        }
    }

    pub fn text(&self, name: &str) -> &str {
        self.values
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.values.get(name).and_then(Value::as_i64)
    }

    pub fn flag(&self, name: &str) -> bool {
        self.values.get(name).and_then(Value::as_bool) == Some(true)
    }

    pub fn lists(&self) -> BTreeSet<i64> {
        let lists = self.values.get("lists").and_then(Value::as_array);
        lists
            .into_iter()
            .flatten()
            .filter_map(Value::as_i64)
            .collect()
    }

    /// Sets a field, or empties it.
    pub fn set(&mut self, name: &str, value: Option<Value>) {
        match value {
            Some(value) => drop(self.values.insert(name.to_owned(), value)),
            None => drop(self.values.shift_remove(name)),
        }
    }

    /// Whether no filter can tell the two apart.
    fn filters_alike(&self, other: &Self) -> bool {
        let seen = |row: &Self, name: &str| row.values.get(name).cloned();
        self.lists() == other.lists()
            && ["external_id", "account_id", "contact_id"]
                .iter()
                .all(|name| seen(self, name) == seen(other, name))
            && self.values.len() == other.values.len()
            && self
                .values
                .keys()
                .all(|name| other.values.contains_key(name))
    }
}

#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: BTreeMap<i64, Arc<Row>>,
    by_external_id: BTreeMap<String, i64>,
    left: BTreeMap<i64, Vec<Departure>>,
    last_id: i64,
}

#[derive(Debug, Clone)]
struct Departure {
    was: Arc<Row>,
    at: Stamp,
}

impl Table {
    pub fn next_id(&self) -> i64 {
        self.last_id + 1
    }

    pub fn get(&self, id: i64) -> Option<&Row> {
        self.rows.get(&id).map(Arc::as_ref)
    }

    pub fn by_external_id(&self, external_id: &str) -> Option<i64> {
        self.by_external_id.get(external_id).copied()
    }

    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().map(Arc::as_ref)
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// When a row that `matches` last left the set of those that do.
    pub fn last_departure(&self, matches: impl Fn(&Row) -> bool) -> Option<Stamp> {
        let all = self.left.values().flatten();
        all.filter(|departure| matches(&departure.was))
            .map(|departure| departure.at)
            .max()
    }

    pub fn put(&mut self, row: Row, now: Stamp) {
        self.last_id = self.last_id.max(row.id);
        let external_id = row.text("external_id").to_owned();
        let (id, row) = (row.id, Arc::new(row));
        if let Some(old) = self.rows.insert(id, Arc::clone(&row)) {
            self.by_external_id.remove(old.text("external_id"));
            if !old.filters_alike(&row) {
                self.remember(old, now);
            }
        }
        if !external_id.is_empty() {
            self.by_external_id.insert(external_id, id);
        }
    }

    pub fn remove(&mut self, id: i64, now: Stamp) -> Option<Arc<Row>> {
        let row = self.rows.remove(&id)?;
        self.by_external_id.remove(row.text("external_id"));
        self.remember(Arc::clone(&row), now);
        Some(row)
    }

    fn remember(&mut self, was: Arc<Row>, at: Stamp) {
        let departures = self.left.entry(was.id).or_default();
        departures.retain(|departure| !departure.was.filters_alike(&was));
        departures.push(Departure { was, at });
    }
}
