//! Records of one side that share a natural key: one thing entered twice, or a key that is none.

use super::candidate::{Candidate, Named};
use super::census::{Census, Witness};
use super::side::Side;

/// Records of one side with one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// Which natural identity of the flow, from zero.
    pub identity: usize,
    pub spelling: Spelling,
    /// At least two, in the order of their ids.
    pub holders: Vec<Holder>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spelling {
    /// All keys are the same, character by character.
    Same,
    /// They differ in case, accents, punctuation or leading zeros.
    Differing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub record: Named,
    /// The key as this record writes it.
    pub key: String,
}

/// All duplicates of one side, by identity and then by the first holder.
pub fn duplicates(census: &Census, records: &[&Candidate], side: Side) -> Vec<Duplicate> {
    let mut found: Vec<Duplicate> = Vec::new();
    for block in &census.blocks {
        let Witness::AlikeKey { identity } = block.witness else {
            continue;
        };
        let places = &block.holders[side];
        if places.len() < 2 {
            continue;
        }
        let holders: Vec<Holder> = (places.iter())
            .map(|&place| {
                let record = records[place as usize];
                let key = record.keys[identity].as_deref().unwrap_or_default().trim();
                Holder {
                    record: Named::from(record),
                    key: key.to_owned(),
                }
            })
            .collect();
        let same = holders.iter().all(|holder| holder.key == holders[0].key);
        found.push(Duplicate {
            identity,
            spelling: if same {
                Spelling::Same
            } else {
                Spelling::Differing
            },
            holders,
        });
    }
    found.sort_by(|a, b| {
        (a.identity, &a.holders[0].record).cmp(&(b.identity, &b.holders[0].record))
    });
    found
}
