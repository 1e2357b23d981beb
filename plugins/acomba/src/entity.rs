//! The entities by name: seven kinds of cards, and the invoice.

use crate::card::{Access, CardKind};
use crate::kinds::KINDS;
use crate::{invoice, invoice_back};
use liaison_sdk::prelude::*;

/// One entity.
#[derive(Clone, Copy)]
pub enum Entity {
    /// A kind of card.
    Card(&'static CardKind),
    /// `Transaction` of type invoice.
    Invoice,
}

impl Entity {
    /// The entity of this name.
    pub fn named(name: &str) -> Result<Self, Fault> {
        if name == invoice::ENTITY {
            return Ok(Self::Invoice);
        }
        let kind = KINDS.iter().find(|kind| kind.entity == name);
        kind.map(|kind| Self::Card(kind))
            .ok_or_else(|| fault::no_such_entity(name))
    }

    /// What we call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Card(kind) => kind.entity,
            Self::Invoice => invoice::ENTITY,
        }
    }

    /// What the SDK calls it.
    pub fn interface(self) -> &'static str {
        match self {
            Self::Card(kind) => kind.interface,
            Self::Invoice => invoice::INTERFACE,
        }
    }

    /// What the bridge lets us do with it.
    pub fn access(self) -> Access {
        match self {
            Self::Card(kind) => kind.access,
            Self::Invoice => Access::Full,
        }
    }

    /// A card of its interface as the host gets it; none when it is of another type.
    pub fn entry(self, card: &Value) -> Result<Option<Entry>, Fault> {
        match self {
            Self::Card(kind) => kind.entry(card).map(Some),
            Self::Invoice => invoice_back::entry(card),
        }
    }

    /// The cards of a page as the host gets them.
    pub fn entries(self, cards: &[Value]) -> Result<Vec<Entry>, Fault> {
        cards
            .iter()
            .filter_map(|card| self.entry(card).transpose())
            .collect()
    }
}
