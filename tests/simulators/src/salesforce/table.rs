//! The records of one object, deleted ones among them until they are purged, with an index of what is looked up.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::field::Field;
use super::id::Id;
use super::schema::Object;

static NOTHING: Value = Value::Null;

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub id: Id,
    pub deleted: bool,
    /// By the declared name of the field; what is empty is not kept.
    values: BTreeMap<String, Value>,
}

impl Row {
    pub fn new(id: Id) -> Self {
        Self {
            id,
            deleted: false,
            values: BTreeMap::new(),
        }
    }

    pub fn get(&self, name: &str) -> &Value {
        self.values.get(name).unwrap_or(&NOTHING)
    }

    pub fn text(&self, name: &str) -> &str {
        self.get(name).as_str().unwrap_or_default()
    }

    pub fn flag(&self, name: &str) -> bool {
        self.get(name).as_bool() == Some(true)
    }

    /// Whether a field holds something.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Sets a field, or empties it with null.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        match value.into() {
            Value::Null => drop(self.values.remove(name)),
            value => drop(self.values.insert(name.to_owned(), value)),
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: BTreeMap<Id, Arc<Row>>,
    indexed: Vec<Arc<Field>>,
    index: HashMap<String, HashMap<String, BTreeSet<Id>>>,
}

impl Table {
    /// Looks at the declared fields again: which are indexed may have changed.
    pub fn reindex(&mut self, object: &Object) {
        self.indexed = object
            .fields()
            .filter(|field| field.is_indexed())
            .cloned()
            .collect();
        self.index.clear();
        let rows: Vec<_> = self.rows.values().cloned().collect();
        rows.iter().for_each(|row| self.enter(row));
    }

    pub fn get(&self, id: &str) -> Option<&Arc<Row>> {
        self.rows.get(id)
    }

    /// All rows by id, deleted ones too.
    pub fn rows(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.rows.values()
    }

    /// Those that are not deleted.
    pub fn live(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.rows().filter(|row| !row.deleted)
    }

    /// Live rows that hold `value` in an indexed field.
    pub fn having(&self, field: &Field, value: &Value) -> Vec<&Arc<Row>> {
        self.all_having(field, value)
            .into_iter()
            .filter(|row| !row.deleted)
            .collect()
    }

    /// The same, with deleted ones.
    pub fn all_having(&self, field: &Field, value: &Value) -> Vec<&Arc<Row>> {
        let Some(key) = field.folded(value) else {
            return Vec::new();
        };
        let ids = self.index.get(&field.name).and_then(|keys| keys.get(&key));
        let ids = ids.into_iter().flatten();
        ids.filter_map(|id| self.rows.get(id)).collect()
    }

    /// Puts a row in, or takes one away; gives back what stood there.
    pub fn replace(&mut self, id: &str, row: Option<Arc<Row>>) -> Option<Arc<Row>> {
        let old = self.rows.remove(id);
        if let Some(old) = &old {
            self.leave(old);
        }
        if let Some(row) = row {
            self.enter(&row);
            self.rows.insert(id.to_owned(), row);
        }
        old
    }

    fn enter(&mut self, row: &Row) {
        for field in &self.indexed {
            if let Some(key) = field.folded(row.get(&field.name)) {
                let keys = self.index.entry(field.name.clone()).or_default();
                keys.entry(key).or_default().insert(row.id.clone());
            }
        }
    }

    fn leave(&mut self, row: &Row) {
        for field in &self.indexed {
            if let Some(key) = field.folded(row.get(&field.name))
                && let Some(keys) = self.index.get_mut(&field.name)
                && let Some(ids) = keys.get_mut(&key)
            {
                ids.remove(&row.id);
                if ids.is_empty() {
                    keys.remove(&key);
                }
            }
        }
    }
}
