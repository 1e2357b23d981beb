//! The cards of one interface: positions, indexes, reservations.
//!
//! Every look-up the bridge offers goes through an index kept here, so a company of 100,000 documents
//! answers as fast as one of ten. Cards are shared (`Arc`), which makes a backup cheap.
//!
//! Invariant: a card never moves. Its number may change; its position is its identity.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::interface::{Access, Interface, LINE_FIELDS};
use super::time::{self, Stamp};
use super::value::{Values, field_json, hash_into};

#[derive(Debug, Clone)]
pub struct Card {
    pub card_pos: i32,
    pub unique_id: i64,
    pub modified_at: Stamp,
    pub modified_by: Arc<str>,
    pub values: Values,
    /// Only documents have lines.
    pub lines: Vec<Values>,
}

/// What the company's SDK offers beside the properties.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    pub unique_id: bool,
    pub stamps: bool,
}

impl Card {
    pub fn is_live(&self, interface: &Interface) -> bool {
        self.values.int(interface.status) == 0
    }

    pub fn hash(&self, interface: &Interface) -> String {
        let mut hasher = Sha256::new();
        hash_into(&mut hasher, interface.fields, &self.values);
        for line in &self.lines {
            hash_into(&mut hasher, LINE_FIELDS, line);
        }
        hasher.finalize()[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    pub fn json(&self, interface: &Interface, shown: Shown) -> Value {
        let mut object = Map::new();
        object.insert("CardPos".into(), self.card_pos.into());
        if shown.unique_id {
            object.insert("UniqueID".into(), self.unique_id.into());
        }
        if shown.stamps {
            object.insert("ModifiedAt".into(), time::written(self.modified_at).into());
            object.insert("ModifiedBy".into(), (*self.modified_by).into());
        }
        object.insert("Hash".into(), self.hash(interface).into());
        for field in interface
            .fields
            .iter()
            .filter(|field| field.access != Access::Hidden)
        {
            object.insert(field.name.into(), field_json(field, &self.values));
        }
        if !self.lines.is_empty() {
            let line = |line: &Values| {
                LINE_FIELDS
                    .iter()
                    .map(|field| (field.name.to_owned(), field_json(field, line)))
                    .collect::<Map<_, _>>()
            };
            object.insert(
                "Lines".into(),
                self.lines
                    .iter()
                    .map(|values| Value::from(line(values)))
                    .collect(),
            );
        }
        Value::Object(object)
    }
}

/// What `GetCards` gives back: rows, and a code that is not 0 when it ran into the end of the file.
///
/// The rows are good either way. The bridge hides the code; code that trusts it alone loses the last page.
pub struct Got {
    pub rows: Vec<Arc<Card>>,
    pub code: u16,
}

pub const END_OF_FILE: u16 = 9099;

#[derive(Debug, Clone)]
pub struct CardStore {
    pub interface: &'static Interface,
    cards: BTreeMap<i32, Arc<Card>>,
    /// One set an indexed property: (value, position).
    indexes: Vec<BTreeSet<(Box<str>, i32)>>,
    by_stamp: BTreeSet<(Stamp, i32)>,
    /// Position → who holds it.
    pub reserved: BTreeMap<i32, String>,
}

impl CardStore {
    pub fn new(interface: &'static Interface) -> Self {
        let indexes = interface.indexed.iter().map(|_| BTreeSet::new()).collect();
        Self {
            interface,
            cards: BTreeMap::new(),
            indexes,
            by_stamp: BTreeSet::new(),
            reserved: BTreeMap::new(),
        }
    }

    pub fn num_cards(&self) -> usize {
        self.cards.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<Card>> {
        self.cards.values()
    }

    pub fn get(&self, card_pos: i32) -> Option<&Arc<Card>> {
        self.cards.get(&card_pos)
    }

    pub fn live(&self, card_pos: i32) -> Option<&Arc<Card>> {
        self.get(card_pos)
            .filter(|card| card.is_live(self.interface))
    }

    /// Adds a card, or replaces the one at its position; indexes follow.
    pub fn put(&mut self, mut card: Card) {
        card.values.shrink();
        card.lines.shrink_to_fit();
        self.remove(card.card_pos);
        for (name, index) in self.interface.indexed.iter().zip(&mut self.indexes) {
            if let Some(cell) = card.values.get(name) {
                index.insert((cell.key().into(), card.card_pos));
            }
        }
        self.by_stamp.insert((card.modified_at, card.card_pos));
        self.cards.insert(card.card_pos, Arc::new(card));
    }

    fn remove(&mut self, card_pos: i32) {
        let Some(old) = self.cards.remove(&card_pos) else {
            return;
        };
        for (name, index) in self.interface.indexed.iter().zip(&mut self.indexes) {
            if let Some(cell) = old.values.get(name) {
                index.remove(&(cell.key().into(), card_pos));
            }
        }
        self.by_stamp.remove(&(old.modified_at, card_pos));
    }

    /// Where the next card goes: after the last one, or into the lowest deleted card's place.
    pub fn next_card_pos(&self, reuse_lowest_free: bool) -> i32 {
        let free = reuse_lowest_free
            .then(|| {
                self.iter()
                    .find(|card| !card.is_live(self.interface))
                    .map(|card| card.card_pos)
            })
            .flatten();
        free.unwrap_or_else(|| {
            self.cards
                .last_key_value()
                .map_or(self.interface.card_pos_first, |(last, _)| last + 1)
        })
    }

    /// Up to `count` cards from `first` on, deleted ones included.
    pub fn get_cards(&self, first: i32, count: usize) -> Got {
        let rows: Vec<_> = self
            .cards
            .range(first..)
            .take(count)
            .map(|(_, card)| Arc::clone(card))
            .collect();
        let code = if rows.len() < count { END_OF_FILE } else { 0 };
        Got { rows, code }
    }

    /// The cards whose indexed property has this value, by position, after a position.
    pub fn with_value<'a>(
        &'a self,
        property: &str,
        value: &str,
        after: i32,
    ) -> impl Iterator<Item = &'a Arc<Card>> + 'a {
        let index = self
            .interface
            .indexed
            .iter()
            .position(|name| *name == property)
            .expect("only indexed properties are looked up");
        let from = (Box::from(value), after.saturating_add(1));
        let to = (Box::from(value), i32::MAX);
        let range = (from <= to).then(|| self.indexes[index].range(from..=to));
        range
            .into_iter()
            .flatten()
            .filter_map(|(_, card_pos)| self.cards.get(card_pos))
    }

    /// FindKey on index 1: the live card with this number.
    pub fn find(&self, number: &str) -> Option<&Arc<Card>> {
        let property = self.interface.number?;
        self.with_value(property, number, 0)
            .find(|card| card.is_live(self.interface))
    }

    /// Cards stamped strictly after the pair, oldest first.
    pub fn changed_after(&self, stamp: Stamp, card_pos: i32) -> impl Iterator<Item = &Arc<Card>> {
        let after = (
            std::ops::Bound::Excluded((stamp, card_pos)),
            std::ops::Bound::Unbounded,
        );
        self.by_stamp
            .range(after)
            .filter_map(|(_, card_pos)| self.cards.get(card_pos))
    }

    pub fn json(&self, card: &Card, shown: Shown) -> Value {
        card.json(
            self.interface,
            Shown {
                stamps: shown.stamps && self.interface.stamped,
                ..shown
            },
        )
    }

    /// All cards for a test to compare with, or only their number when that would be a very long list.
    pub fn state(&self, shown: Shown) -> Value {
        /// Above this a test pages through `{"do":"cards"}` instead.
        const STATE_CARDS_MAX: usize = 5_000;
        if self.num_cards() > STATE_CARDS_MAX {
            return json!({ "count": self.num_cards(), "left_out": true });
        }
        self.iter().map(|card| self.json(card, shown)).collect()
    }
}
