//! The entities by name: kinds of cards, and kinds of documents.

use crate::card::{Access, CardKind};
use crate::document::{self, DocumentKind};
use crate::{document_back, kinds};
use liaison_sdk::prelude::*;

/// One entity.
#[derive(Clone, Copy)]
pub enum Entity {
    /// A kind of card.
    Card(&'static CardKind),
    /// `Transaction` of one type.
    Document(&'static DocumentKind),
}

impl Entity {
    /// The entity of this name.
    pub fn named(name: &str) -> Result<Self, Fault> {
        let card = kinds::KINDS.iter().find(|kind| kind.entity == name);
        let document = document::KINDS.iter().find(|kind| kind.entity == name);
        card.map(|kind| Self::Card(kind))
            .or(document.map(|kind| Self::Document(kind)))
            .ok_or_else(|| fault::no_such_entity(name))
    }

    /// What we call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Card(kind) => kind.entity,
            Self::Document(kind) => kind.entity,
        }
    }

    /// What the SDK calls it.
    pub fn interface(self) -> &'static str {
        match self {
            Self::Card(kind) => kind.interface,
            Self::Document(_) => document::INTERFACE,
        }
    }

    /// What the bridge lets us do with it.
    pub fn access(self) -> Access {
        match self {
            Self::Card(kind) => kind.access,
            Self::Document(kind) => kind.access,
        }
    }

    /// A card of its interface as the host gets it; none when it is of another type.
    pub fn entry(self, card: &Value) -> Result<Option<Entry>, Fault> {
        match self {
            Self::Card(kind) => kind.entry(card).map(Some),
            Self::Document(kind) => document_back::entry(kind, card),
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
