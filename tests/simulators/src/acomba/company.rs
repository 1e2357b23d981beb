//! One company file: its cards, its number sequences, and how it behaves.
//!
//! A backup is a clone of this (see `control.rs`). What belongs to the installation and not to the data
//! stands in [`Switches`] and survives a restore; stamps, numbers and positions go back with the data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::card::{Card, CardStore, Shown};
use super::error::{Language, Refusal};
use super::interface::{self, Interface};
use super::time::{self, Stamp};
use super::value::{Cell, Given, Values, find};
use crate::simulator::NowMs;

/// The card per company whose number the bridge logs in with.
pub const BRIDGE_USER: &str = "supervisor";

#[derive(Debug, Clone)]
pub struct Switches {
    pub language: Language,
    /// A reindex, a restore or a year end holds the company alone.
    pub exclusive: bool,
    pub reuse_lowest_free: bool,
    pub unique_id: bool,
    /// Contracts come with a module that most companies do not have.
    pub automatic_billing: bool,
    /// Interfaces whose change stamps this version of the SDK does not give.
    pub changes_off: BTreeSet<&'static str>,
    /// When set, every modification gets this stamp: equal stamps, or a clock that went back.
    pub frozen_stamp: Option<Stamp>,
}

#[derive(Debug, Clone)]
pub struct Company {
    pub name: String,
    /// Stays with the file when its folder moves (assumed name on the wire: `CompanyUniqueID`).
    pub unique_id: String,
    pub password: String,
    pub invoice_prefix: String,
    pub next_number: BTreeMap<&'static str, i64>,
    next_unique_id: i64,
    stores: BTreeMap<&'static str, CardStore>,
    pub switches: Switches,
}

impl Company {
    pub fn new(name: &str, unique_id: &str, password: &str) -> Self {
        let stores = interface::ALL
            .iter()
            .map(|interface| (interface.name, CardStore::new(interface)))
            .collect();
        Self {
            name: name.to_owned(),
            unique_id: unique_id.to_owned(),
            password: password.to_owned(),
            invoice_prefix: String::new(),
            next_number: interface::INVOICING_TYPES
                .iter()
                .map(|name| (*name, 1))
                .collect(),
            next_unique_id: 10_440,
            stores,
            switches: Switches {
                language: Language::French,
                exclusive: false,
                reuse_lowest_free: false,
                unique_id: true,
                automatic_billing: false,
                changes_off: BTreeSet::new(),
                frozen_stamp: None,
            },
        }
    }

    pub fn store(&self, interface: &str) -> &CardStore {
        self.stores
            .get(interface)
            .expect("every interface of the table has a store")
    }

    pub fn store_mut(&mut self, interface: &str) -> &mut CardStore {
        self.stores
            .get_mut(interface)
            .expect("every interface of the table has a store")
    }

    pub fn gives_changes(&self, interface: &Interface) -> bool {
        interface.stamped && !self.switches.changes_off.contains(interface.name)
    }

    pub fn shown(&self, interface: &Interface) -> Shown {
        Shown {
            unique_id: self.switches.unique_id,
            stamps: self.gives_changes(interface),
        }
    }

    /// AddCard. Gives the new card's position.
    pub fn add(
        &mut self,
        interface: &'static Interface,
        values: Values,
        lines: Vec<Values>,
        by: &str,
        now: NowMs,
    ) -> i32 {
        let card_pos = self
            .store(interface.name)
            .next_card_pos(self.switches.reuse_lowest_free);
        self.next_unique_id += 1;
        let card = Card {
            card_pos,
            unique_id: self.next_unique_id,
            modified_at: 0,
            modified_by: by.into(),
            values,
            lines,
        };
        self.place(interface, card, by, now);
        card_pos
    }

    /// ModifyCard: changes a card in place and stamps it, even when nothing differs.
    pub fn modify(
        &mut self,
        interface: &'static Interface,
        card_pos: i32,
        by: &str,
        now: NowMs,
        change: impl FnOnce(&mut Card),
    ) {
        let Some(card) = self.store(interface.name).get(card_pos) else {
            return;
        };
        let mut card = Card::clone(card);
        let number = |card: &Card| {
            interface
                .number
                .and_then(|name| card.values.get(name).cloned())
        };
        let before = number(&card);
        change(&mut card);
        let after = number(&card);
        self.place(interface, card, by, now);
        if let (Some(old), Some(new)) = (before, after)
            && old != new
        {
            self.follow_number(interface, card_pos, &old, &new);
        }
    }

    /// Cards refer to each other by position, so the number they show follows when its card is renumbered.
    ///
    /// Nothing is written into them: their stamps do not move, though their hashes do. Documents keep the
    /// number they were printed with.
    fn follow_number(
        &mut self,
        renumbered: &'static Interface,
        card_pos: i32,
        old: &Cell,
        new: &Cell,
    ) {
        let at = Cell::Int(card_pos.into());
        for interface in interface::ALL {
            for reference in interface.references {
                let Some(property) = reference.number.filter(|_| reference.to == renumbered.name)
                else {
                    continue;
                };
                let refers = |card: &Card| match reference.position {
                    Some(position) => card.values.get(position) == Some(&at),
                    None => card.values.get(property) == Some(old),
                };
                let store = self.store_mut(interface.name);
                let referring: Vec<Arc<Card>> =
                    store.iter().filter(|card| refers(card)).cloned().collect();
                for card in referring {
                    let mut card = Card::clone(&card);
                    card.values.set(property, new.clone());
                    store.put(card);
                }
            }
        }
    }

    fn place(&mut self, interface: &'static Interface, mut card: Card, by: &str, now: NowMs) {
        // A customer who is billed to nobody else is billed himself.
        if interface.name == "Customer" && card.values.card_pos("CuInvoicedToCP") == 0 {
            card.values
                .set("CuInvoicedToCP", Cell::Int(card.card_pos.into()));
        }
        card.modified_at = self
            .switches
            .frozen_stamp
            .unwrap_or_else(|| time::stamp(now));
        card.modified_by = Arc::from(by);
        self.store_mut(interface.name).put(card);
    }

    /// Writes what was given into a card's values and completes number/position pairs.
    pub fn write(
        &self,
        interface: &'static Interface,
        given: Vec<Given>,
        values: &mut Values,
    ) -> Result<(), Refusal> {
        for (field, cell) in &given {
            values.set(field.name, cell.clone());
        }
        for reference in interface.references {
            let number = reference.number.and_then(|name| find(&given, name));
            let position = reference.position.and_then(|name| find(&given, name));
            let name = reference.number.or(reference.position).unwrap_or_default();
            let target = self.store(reference.to);
            let unknown = |what: &str| {
                Refusal::new(
                    reference.unknown,
                    format!("{} `{what}` does not exist", reference.to),
                )
                .field(name)
            };
            let card = match (
                number.filter(|cell| !cell.is_blank()),
                position.filter(|cell| !cell.is_blank()),
            ) {
                (Some(number), at) => {
                    let card = target
                        .find(&number.key())
                        .ok_or_else(|| unknown(&number.key()))?;
                    if at.is_some_and(|at| *at != Cell::Int(card.card_pos.into())) {
                        return Err(Refusal::bad(format!(
                            "`{name}` and its card position name two different cards"
                        ))
                        .field(name));
                    }
                    Some(card)
                }
                (None, Some(at)) => {
                    let card = at
                        .key()
                        .parse()
                        .ok()
                        .and_then(|card_pos| target.live(card_pos));
                    Some(card.ok_or_else(|| unknown(&at.key()))?)
                }
                (None, None) => None,
            };
            if number.is_some() || position.is_some() {
                if let Some(property) = reference.position {
                    values.set(
                        property,
                        Cell::Int(card.map_or(0, |card| card.card_pos).into()),
                    );
                }
                if let (Some(property), Some(of_target)) =
                    (reference.number, target.interface.number)
                {
                    let cell = card.and_then(|card| card.values.get(of_target).cloned());
                    values.set(property, cell.unwrap_or(Cell::Int(0)));
                }
            }
            if reference.required && values.get(name).is_none() {
                return Err(
                    Refusal::new(reference.unknown, format!("`{name}` is required")).field(name),
                );
            }
        }
        Ok(())
    }

    /// The next free number of a document type. A restore makes the sequence go back with the data.
    pub fn take_number(&mut self, invoicing_type: &'static str) -> String {
        loop {
            let next = self.next_number.entry(invoicing_type).or_insert(1);
            let number = next.to_string();
            *next += 1;
            let mut same = self
                .store("Transaction")
                .with_value("InInvoiceNumber", &number, 0);
            if !same.any(|card| card.values.text("InInvoiceType") == invoicing_type) {
                return number;
            }
        }
    }
}
