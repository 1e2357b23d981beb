//! A company's records, sequences and custom fields.
//!
//! A clone is a cheap snapshot: rows are shared until they change. A refused function or a rolled-back
//! transaction puts the snapshot back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::schema::{self, Field, Object, objects};
use super::shelf::{Index, Rows};
use super::{time, value};

/// Kept values by field; an empty one is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    pub key: i64,
    values: BTreeMap<String, String>,
}

impl Row {
    /// An empty row with a key.
    #[cfg(test)]
    pub fn of(key: i64) -> Self {
        Self {
            key,
            ..Self::default()
        }
    }

    pub fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if value.is_empty() {
            self.values.remove(name);
        } else {
            self.values.insert(name.to_owned(), value);
        }
    }

    /// Sets a value where there is none.
    pub fn fill(&mut self, name: &str, value: &str) {
        if !self.has(name) {
            self.set(name, value);
        }
    }

    pub fn flag(&self, name: &str) -> bool {
        self.get(name) == "true"
    }

    pub fn number(&self, name: &str) -> Option<Decimal> {
        value::decimal(self.get(name))
    }

    pub fn amount(&self, name: &str) -> Decimal {
        self.number(name).unwrap_or_default()
    }

    pub fn key_of(&self, name: &str) -> Option<i64> {
        self.get(name).parse().ok()
    }

    pub fn day(&self, name: &str) -> Option<Date> {
        time::day(self.get(name))
    }

    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: Rows,
    /// By business id, and by the field that groups rows: the contract of a line.
    by_id: Index,
    by_group: Index,
    last_key: i64,
}

impl Table {
    pub fn get(&self, key: i64) -> Option<&Row> {
        self.rows.get(key)
    }

    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.all()
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row leaves the indexes.
    fn unlist(&mut self, object: &Object, key: i64) {
        let Some(row) = self.rows.get(key) else {
            return;
        };
        if let Some(id) = &object.id {
            self.by_id.remove(row.get(id), key);
        }
        if let Some(group) = &object.group {
            self.by_group.remove(row.get(group), key);
        }
    }
}

/// `C-00031`: what the vendor gives where a record brings no id.
#[derive(Debug, Clone)]
pub struct Sequence {
    pub prefix: String,
    pub width: usize,
    pub next: u64,
}

#[derive(Debug, Clone)]
pub struct CustomField {
    pub field: Field,
    /// The transaction definition it belongs to, for documents.
    pub docparid: Option<String>,
}

impl CustomField {
    fn is_seen(&self, docparid: Option<&str>) -> bool {
        self.docparid.is_none() || self.docparid.as_deref() == docparid
    }
}

#[derive(Debug, Clone)]
pub struct Company {
    pub id: String,
    pub base_currency: String,
    tables: BTreeMap<&'static str, Table>,
    pub sequences: BTreeMap<String, Sequence>,
    pub custom: BTreeMap<String, Vec<CustomField>>,
    /// Transaction definitions: whether a document of one is mirrored as a receivable.
    pub definitions: BTreeMap<String, bool>,
    /// Objects whose deletions the audit trail does not keep.
    pub unaudited: BTreeSet<String>,
}

impl Company {
    pub fn new() -> Self {
        Self {
            id: "ACME".to_owned(),
            base_currency: "USD".to_owned(),
            tables: objects()
                .iter()
                .map(|object| (object.name.as_str(), Table::default()))
                .collect(),
            sequences: BTreeMap::new(),
            custom: BTreeMap::new(),
            definitions: BTreeMap::new(),
            unaudited: BTreeSet::new(),
        }
    }

    /// # Panics
    /// Where the name is none of `objects.txt`: a mistake of this simulator.
    pub fn table(&self, object: &str) -> &Table {
        let table = self.tables.get(object);
        table.unwrap_or_else(|| panic!("{object} is not in objects.txt"))
    }

    pub fn get(&self, object: &str, key: i64) -> Option<&Row> {
        self.table(object).get(key)
    }

    /// A record by its business id.
    pub fn by_id(&self, object: &str, id: &str) -> Option<&Row> {
        let table = self.table(object);
        table.by_id.keys(id).next().and_then(|key| table.get(key))
    }

    pub fn rows<'a>(&'a self, object: &str) -> impl Iterator<Item = &'a Row> {
        self.table(object).rows()
    }

    /// The rows where a field holds exactly this.
    pub fn rows_with<'a>(
        &'a self,
        object: &str,
        field: &'a str,
        value: &'a str,
    ) -> impl Iterator<Item = &'a Row> {
        let table = self.table(object);
        let grouped = schema::known(object).group.as_deref() == Some(field);
        let listed = grouped.then(|| table.by_group.keys(value));
        let listed = listed.into_iter().flatten();
        let all = (!grouped).then(|| table.rows()).into_iter().flatten();
        listed
            .filter_map(|key| table.get(key))
            .chain(all)
            .filter(move |row| row.get(field) == value)
    }

    /// Inserts a new row under the next key, which it returns.
    pub fn insert(&mut self, object: &'static Object, mut row: Row) -> i64 {
        let table = self.tables.entry(object.name.as_str()).or_default();
        if row.key == 0 {
            row.key = table.last_key + 1;
        }
        let key = row.key;
        row.set("RECORDNO", key.to_string());
        self.put(object, row);
        key
    }

    /// Replaces a row, or adds it.
    pub fn put(&mut self, object: &'static Object, row: Row) {
        let table = self.tables.entry(object.name.as_str()).or_default();
        table.last_key = table.last_key.max(row.key);
        table.unlist(object, row.key);
        if let Some(id) = &object.id {
            table.by_id.add(row.get(id), row.key);
        }
        if let Some(group) = &object.group {
            table.by_group.add(row.get(group), row.key);
        }
        table.rows.put(row);
    }

    pub fn remove(&mut self, object: &'static Object, key: i64) -> Option<Arc<Row>> {
        let table = self.tables.entry(object.name.as_str()).or_default();
        table.unlist(object, key);
        table.rows.remove(key)
    }

    /// The next id of a sequence; one that a person took already is passed over.
    pub fn next_id(&mut self, object: &str) -> Option<String> {
        loop {
            let sequence = self.sequences.get_mut(object)?;
            let number = format!("{:0width$}", sequence.next, width = sequence.width);
            let id = format!("{}{number}", sequence.prefix);
            sequence.next += 1;
            if self.tables.contains_key(object) && self.by_id(object, &id).is_some() {
                continue;
            }
            return Some(id);
        }
    }

    /// A field of an object, a custom one included where it can be seen.
    pub fn field<'a>(
        &'a self,
        object: &'static Object,
        name: &str,
        docparid: Option<&str>,
    ) -> Option<&'a Field> {
        let custom = self.custom.get(&object.name).into_iter().flatten();
        let mut seen = custom.filter(|custom| custom.is_seen(docparid));
        object.field(name).or_else(|| {
            let found = seen.find(|custom| custom.field.name == name);
            found.map(|custom| &custom.field)
        })
    }

    pub fn custom_fields<'a>(
        &'a self,
        object: &'static Object,
        docparid: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Field> {
        let all = self.custom.get(&object.name).into_iter().flatten();
        all.filter(move |custom| custom.is_seen(docparid))
            .map(|custom| &custom.field)
    }

    /// The record that a relation leads to.
    pub fn follow(
        &self,
        row: &Row,
        relation: &schema::Relation,
    ) -> Option<(&'static Object, &Row)> {
        let object = schema::known(&relation.object);
        let value = row.get(&relation.own);
        if value.is_empty() {
            return None;
        }
        let found = match relation.theirs.as_str() {
            "RECORDNO" => value
                .parse()
                .ok()
                .and_then(|key| self.get(&object.name, key)),
            theirs if object.id.as_deref() == Some(theirs) => self.by_id(&object.name, value),
            theirs => self.rows(&object.name).find(|row| row.get(theirs) == value),
        };
        found.map(|row| (object, row))
    }
}

#[cfg(test)]
mod tests {
    use super::{Company, Row, Sequence};
    use crate::sage_intacct::schema::known;

    #[test]
    fn a_snapshot_does_not_see_later_changes() {
        let mut company = Company::new();
        let mut row = Row::default();
        row.set("ITEMID", "A");
        let key = company.insert(known("ITEM"), row.clone());
        let before = company.clone();
        company.remove(known("ITEM"), key);
        assert!(before.by_id("ITEM", "A").is_some());
        assert!(company.by_id("ITEM", "A").is_none());
        assert_eq!(company.insert(known("ITEM"), row), key + 1, "no key twice");
    }

    #[test]
    fn a_sequence_passes_over_a_taken_id() {
        let mut company = Company::new();
        let sequence = Sequence {
            prefix: "C-".to_owned(),
            width: 3,
            next: 1,
        };
        company.sequences.insert("CUSTOMER".to_owned(), sequence);
        let mut row = Row::default();
        row.set("CUSTOMERID", "C-001");
        company.insert(known("CUSTOMER"), row);
        assert_eq!(company.next_id("CUSTOMER").as_deref(), Some("C-002"));
        assert_eq!(company.next_id("CONTRACT"), None);
    }
}
