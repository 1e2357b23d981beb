//! One company file: its records by entity, what was deleted, and who links to whom.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::effects::{self, Effect};
use super::schema::{Class, Kind, entities, own};
use super::switches::Switches;
use super::value::{Values, reference, text};
use super::webhook::Webhooks;
use crate::simulator::NowMs;

/// Ids are decimal as a rule and then ordered as numbers; the tax codes `TAX` and `NON` stand after them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    number: u64,
    text: String,
}

impl Id {
    pub fn new(text: &str) -> Self {
        Self {
            number: text.parse().unwrap_or(u64::MAX),
            text: text.to_owned(),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

#[derive(Debug, Clone)]
pub struct Row {
    pub id: Id,
    pub sync_token: u64,
    pub created: NowMs,
    pub updated: NowMs,
    pub values: Values,
    /// What was paid of an invoice or a bill.
    pub paid: Decimal,
    /// A sales receipt that lies in a deposit.
    pub deposited: bool,
}

#[derive(Debug, Clone)]
pub struct Gone {
    pub id: Id,
    pub at: NowMs,
}

#[derive(Debug, Default, Clone)]
pub struct Book {
    pub rows: BTreeMap<Id, Row>,
    pub gone: Vec<Gone>,
}

/// A record by its entity's name and its id.
pub type Place = (&'static str, Id);

#[derive(Debug)]
pub struct Company {
    pub realm: String,
    pub zone: TimeZone,
    pub switches: Switches,
    /// Custom fields of sales forms and of purchase orders, by `DefinitionId` from 1.
    pub sales_fields: Vec<String>,
    pub purchase_fields: Vec<String>,
    books: BTreeMap<&'static str, Book>,
    last_ids: BTreeMap<&'static str, u64>,
    /// The newest number that was given, or taken, by count.
    pub last_numbers: BTreeMap<&'static str, u64>,
    /// Who names a transaction: from the named one to those that name it.
    linked_from: BTreeMap<Place, Vec<Place>>,
    pub stock: BTreeMap<Id, Decimal>,
    /// What customers and vendors owe or are owed.
    pub balances: BTreeMap<Place, Decimal>,
    pub webhooks: Webhooks,
}

impl Company {
    pub fn new() -> Self {
        Self {
            realm: "9130347000000001".to_owned(),
            zone: TimeZone::get("America/Los_Angeles").unwrap_or(TimeZone::UTC),
            switches: Switches::default(),
            sales_fields: Vec::new(),
            purchase_fields: Vec::new(),
            books: entities()
                .iter()
                .map(|entity| (entity.name.as_str(), Book::default()))
                .collect(),
            last_ids: BTreeMap::new(),
            last_numbers: BTreeMap::new(),
            linked_from: BTreeMap::new(),
            stock: BTreeMap::new(),
            balances: BTreeMap::new(),
            webhooks: Webhooks::default(),
        }
    }

    pub fn book(&self, kind: Kind) -> &Book {
        &self.books[kind.name.as_str()]
    }

    fn book_mut(&mut self, kind: Kind) -> &mut Book {
        let book = self.books.get_mut(kind.name.as_str());
        book.expect("every entity has a book")
    }

    pub fn get(&self, kind: Kind, id: &str) -> Option<&Row> {
        self.book(kind).rows.get(&Id::new(id))
    }

    pub fn get_mut(&mut self, kind: Kind, id: &Id) -> Option<&mut Row> {
        self.book_mut(kind).rows.get_mut(id)
    }

    /// A record of an entity that our own code names.
    pub fn own(&self, kind: &'static str, id: &str) -> Option<&Row> {
        self.get(own(kind), id)
    }

    pub fn rows(&self, kind: Kind) -> impl Iterator<Item = &Row> {
        self.book(kind).rows.values()
    }

    pub fn next_id(&mut self, kind: Kind) -> Id {
        let last = self.last_ids.entry(kind.id_family()).or_default();
        *last += 1;
        Id::new(&last.to_string())
    }

    /// An id that a seed gives is not given again.
    pub fn took_id(&mut self, kind: Kind, id: &Id) {
        if id.number < u64::MAX {
            let last = self.last_ids.entry(kind.id_family()).or_default();
            *last = (*last).max(id.number);
        }
    }

    /// Puts a record in the place of the one before; its effects on others follow.
    pub fn put(&mut self, kind: Kind, row: Row) {
        let before = self.book(kind).rows.get(&row.id).cloned();
        if let Some(before) = &before {
            self.apply(&effects::of(kind, before), -Decimal::ONE);
            self.unlink(kind, before);
        }
        self.apply(&effects::of(kind, &row), Decimal::ONE);
        self.link(kind, &row);
        self.book_mut(kind).rows.insert(row.id.clone(), row);
    }

    pub fn remove(&mut self, kind: Kind, id: &Id, now: NowMs) {
        if let Some(row) = self.book_mut(kind).rows.remove(id) {
            self.apply(&effects::of(kind, &row), -Decimal::ONE);
            self.unlink(kind, &row);
            let gone = Gone {
                id: id.clone(),
                at: now,
            };
            self.book_mut(kind).gone.push(gone);
        }
    }

    fn apply(&mut self, effects: &[Effect], sign: Decimal) {
        for effect in effects {
            let (kept, amount) = match effect {
                Effect::Stock(item, quantity) => {
                    (self.stock.entry(item.clone()).or_default(), quantity)
                }
                Effect::Owed(place, amount) => {
                    (self.balances.entry(place.clone()).or_default(), amount)
                }
            };
            *kept += sign * *amount;
        }
    }

    fn link(&mut self, kind: Kind, row: &Row) {
        let from = (kind.name.as_str(), row.id.clone());
        for to in effects::links(&row.values) {
            let known = self.linked_from.entry(to).or_default();
            if !known.contains(&from) {
                known.push(from.clone());
            }
        }
    }

    fn unlink(&mut self, kind: Kind, row: &Row) {
        let from = (kind.name.as_str(), row.id.clone());
        for to in effects::links(&row.values) {
            if let Some(known) = self.linked_from.get_mut(&to) {
                known.retain(|place| *place != from);
            }
        }
    }

    /// Those that name this transaction.
    pub fn linked_from(&self, kind: Kind, id: &Id) -> &[Place] {
        let place = (kind.name.as_str(), id.clone());
        self.linked_from.get(&place).map_or(&[], Vec::as_slice)
    }

    /// A name with the names above it: `Category:Sub:Item`.
    pub fn full_name(&self, kind: Kind, row: &Row) -> String {
        let own = text(&row.values, kind.name_field());
        let above = reference(&row.values, "ParentRef").and_then(|id| self.get(kind, id));
        match above {
            Some(above) if above.id != row.id => format!("{}:{own}", self.full_name(kind, above)),
            _ => own.to_owned(),
        }
    }

    /// How many stand above a record.
    pub fn level(&self, kind: Kind, row: &Row) -> u64 {
        let above = reference(&row.values, "ParentRef").and_then(|id| self.get(kind, id));
        above.map_or(0, |above| 1 + self.level(kind, above))
    }

    /// What a reference to a record shows as its name.
    pub fn shown_name(&self, kind: Kind, row: &Row) -> String {
        if kind.has_display_name() || (kind.is("Item") && !self.switches.full_item_names) {
            return text(&row.values, kind.name_field()).to_owned();
        }
        match kind.class {
            Class::List => self.full_name(kind, row),
            Class::Transaction | Class::Single => text(&row.values, "DocNumber").to_owned(),
        }
    }
}
