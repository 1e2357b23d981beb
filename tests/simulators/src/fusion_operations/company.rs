//! One company: its books, its zone, what its people have set up, and what waits for its webhooks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::Value;

use super::book::{Book, Record, Values};
use super::resource::Resource;
use super::schema::Schema;
use super::switches::Switches;
use super::webhook::Webhooks;

pub struct Company {
    pub name: String,
    pub zone: TimeZone,
    /// Where goods are when nobody says where.
    pub warehouse: String,
    /// The custom fields defined at the screen, by resource; names are case-sensitive.
    pub custom_fields: BTreeMap<Resource, BTreeSet<String>>,
    pub switches: Switches,
    pub schema: Arc<Schema>,
    pub webhooks: Webhooks,
    books: BTreeMap<Resource, Book>,
    /// What was made of a product for a production order.
    pub produced: BTreeMap<(String, String), Decimal>,
    /// Shipments and receptions so far, for their ids.
    pub parts_made: u64,
}

impl Company {
    pub fn new() -> Self {
        let book = |resource| (resource, Book::new(resource));
        Self {
            name: String::new(),
            zone: TimeZone::UTC,
            warehouse: "Main".to_owned(),
            custom_fields: BTreeMap::new(),
            switches: Switches::default(),
            schema: Schema::shipped(),
            webhooks: Webhooks::default(),
            books: Resource::ALL.map(book).into(),
            produced: BTreeMap::new(),
            parts_made: 0,
        }
    }

    pub fn book(&self, resource: Resource) -> &Book {
        &self.books[&resource]
    }

    pub fn book_mut(&mut self, resource: Resource) -> &mut Book {
        self.books.get_mut(&resource).expect("there is one of each")
    }

    /// What people call the record that an id stands for.
    pub fn key(&self, resource: Resource, id: &str) -> Option<String> {
        let book = self.book(resource);
        book.get(id).and_then(|record| book.key_of(record))
    }

    /// Whether another record speaks of this one. Ids are unlike any other text.
    pub fn is_used(&self, id: &str) -> bool {
        let mut all = self.books.values().flat_map(Book::rows);
        all.any(|record| {
            record.id != id && record.values.values().any(|value| speaks_of(value, id))
        })
    }
}

fn speaks_of(value: &Value, id: &str) -> bool {
    match value {
        Value::String(text) => text == id,
        Value::Array(all) => all.iter().any(|value| speaks_of(value, id)),
        Value::Object(all) => all.values().any(|value| speaks_of(value, id)),
        _ => false,
    }
}

/// A number of a record; 0 where there is none.
pub fn decimal(values: &Values, meaning: &str) -> Decimal {
    values.get(meaning).and_then(to_decimal).unwrap_or_default()
}

pub fn to_decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            text.parse()
                .or_else(|_| Decimal::from_scientific(&text))
                .ok()
        }
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// As a JSON number, without zeros at the end.
pub fn number(decimal: Decimal) -> Value {
    let text = decimal.normalize().to_string();
    Value::Number(text.parse().expect("a decimal is a JSON number"))
}

/// The rows of a list within a record.
pub fn lines<'a>(values: &'a Values, meaning: &str) -> impl Iterator<Item = &'a Values> {
    let list = values.get(meaning).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_object)
}

pub fn text<'a>(values: &'a Values, meaning: &str) -> &'a str {
    let value = values.get(meaning).and_then(Value::as_str);
    value.unwrap_or_default()
}

/// The worker that a record names by `worker`.
pub fn worker(record: &Record) -> Option<&str> {
    record.values.get("worker")?.get("number")?.as_str()
}
