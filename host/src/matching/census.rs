//! Which records have what in common: every value of every witness, with its holders on both sides.

use std::collections::HashMap;

use super::candidate::Candidate;
use super::name::Name;
use super::side::{Side, Sides};
use super::witness;
use crate::model::fold::fold_key;

/// A value held by so many records that there would be more pairs than this (twenty by twenty) tells
/// nobody apart, and comparing all of them would cost their product.
pub const CROWD_PAIRS_MAX: usize = 400;

/// What a record can be recognised by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Witness {
    Key {
        identity: usize,
    },
    /// A key without case, accents, punctuation and leading zeros.
    AlikeKey {
        identity: usize,
    },
    Email,
    Name,
    Phone,
    PostalCode,
}

/// A value that too many records share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crowd {
    pub witness: Witness,
    pub value: String,
    /// How many records hold it.
    pub holders: Sides<usize>,
}

/// The place of a record among the records of its side, which are in the order of their ids.
pub type Place = u32;

/// The place of a value in [`Census::blocks`].
pub type BlockId = u32;

/// A value and who holds it, in ascending order.
#[derive(Debug)]
pub struct Block {
    pub witness: Witness,
    pub value: String,
    pub holders: Sides<Vec<Place>>,
}

impl Block {
    /// The one holder on either side, where there is just one on both.
    pub fn only(&self) -> Option<(Place, Place)> {
        match (&self.holders.source[..], &self.holders.target[..]) {
            (&[source], &[target]) => Some((source, target)),
            _ => None,
        }
    }
}

/// One record as the values it holds. Equal values have equal ids on both sides.
#[derive(Debug)]
pub struct Facts {
    pub keys: Vec<Option<KeyFact>>,
    pub name: Option<(Name, BlockId)>,
    pub email: Option<BlockId>,
    pub phone: Option<BlockId>,
    pub postal_code: Option<BlockId>,
}

#[derive(Debug, Clone, Copy)]
pub struct KeyFact {
    pub exact: BlockId,
    pub alike: BlockId,
}

#[derive(Debug)]
pub struct Census {
    pub facts: Sides<Vec<Facts>>,
    pub blocks: Vec<Block>,
}

impl Census {
    pub fn take(records: &Sides<Vec<&Candidate>>) -> Self {
        let mut registry = Registry::default();
        let facts = Sides::by(|side| {
            let numbered = (0..).zip(&records[side]);
            numbered
                .map(|(place, record)| registry.enter(side, place, record))
                .collect()
        });
        Self {
            facts,
            blocks: registry.blocks,
        }
    }

    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id as usize]
    }

    pub fn facts(&self, side: Side, place: Place) -> &Facts {
        &self.facts[side][place as usize]
    }
}

#[derive(Default)]
struct Registry {
    ids: HashMap<(Witness, String), BlockId>,
    blocks: Vec<Block>,
}

impl Registry {
    fn enter(&mut self, side: Side, place: Place, record: &Candidate) -> Facts {
        let mut hold = |witness, value| self.hold(witness, value, side, place);
        let keys = (record.keys.iter().enumerate())
            .map(|(identity, key)| {
                let exact = key.as_deref()?.trim();
                // A key without letter or digit is a stand-in for none.
                let alike = fold_key(exact)?;
                Some(KeyFact {
                    exact: hold(Witness::Key { identity }, exact.to_owned()),
                    alike: hold(Witness::AlikeKey { identity }, alike),
                })
            })
            .collect();
        let name = (record.name.as_deref()).and_then(Name::parse).map(|name| {
            let id = hold(Witness::Name, name.canonical().to_owned());
            (name, id)
        });
        let mut held = |witness, raw: &Option<String>, form: fn(&str) -> Option<String>| {
            let value = form(raw.as_deref()?)?;
            Some(hold(witness, value))
        };
        Facts {
            keys,
            name,
            email: held(Witness::Email, &record.email, witness::email),
            phone: held(Witness::Phone, &record.phone, witness::phone),
            postal_code: held(
                Witness::PostalCode,
                &record.postal_code,
                witness::postal_code,
            ),
        }
    }

    fn hold(&mut self, witness: Witness, value: String, side: Side, place: Place) -> BlockId {
        let next = BlockId::try_from(self.blocks.len()).expect("fewer values than fit the memory");
        let blocks = &mut self.blocks;
        let id = *self
            .ids
            .entry((witness, value))
            .or_insert_with_key(|(_, value)| {
                blocks.push(Block {
                    witness,
                    value: value.clone(),
                    holders: Sides::default(),
                });
                next
            });
        blocks[id as usize].holders[side].push(place);
        id
    }
}
