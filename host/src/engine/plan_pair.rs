//! Decides what to write on either side of a pair, and nothing else.
//!
//! Each group of fields is compared three ways: as both sides have it, and as both had it when they last
//! agreed. What only one side changed goes to the other; what both changed goes the way of the owner,
//! else of the policy, else nowhere until a person chooses. A value that is lost by that stands in the plan.
//!
//! Invariant: no I/O, no clock, no store. Same sides in, same plan out.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::plan::FieldChange;
use crate::mapping::{FlowSide, Group};

pub type Fields = Map<String, Value>;

/// One direction of a pair, in the fields of the side that it writes.
#[derive(Debug, Clone, Copy)]
pub struct Direction<'a> {
    /// What the other side now asks this side to be.
    pub asked: &'a Fields,
    /// What it asked when both last agreed; empty where that is not known.
    pub asked_before: &'a Fields,
    /// This side as it is.
    pub now: &'a Fields,
    /// This side as it was when both last agreed.
    pub now_before: &'a Fields,
}

/// Both directions of a pair.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    pub to_target: Direction<'a>,
    pub to_source: Direction<'a>,
}

/// What is to become of one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Both sides say the same, or neither moved.
    InStep,
    /// This side's values go to the other.
    Wins(FlowSide),
    /// Both moved, and nobody says who wins.
    Conflict,
}

/// A value that another overwrites though somebody set it since both sides agreed, or may have.
#[derive(Debug, Clone, PartialEq)]
pub struct Lost {
    pub side: FlowSide,
    pub field: String,
    pub value: Value,
    /// It is what the field held when both agreed, but a write since then was never confirmed: if that arrived,
    /// somebody put the value back.
    pub unsure: bool,
}

/// What to write on each side; empty means nothing to do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PairPlan {
    pub target: Vec<FieldChange>,
    pub source: Vec<FieldChange>,
    pub lost: Vec<Lost>,
    /// Of every group, in order.
    pub verdicts: Vec<Verdict>,
}

impl PairPlan {
    pub fn writes(&self) -> bool {
        !self.target.is_empty() || !self.source.is_empty()
    }
}

/// What is said of a group from outside the pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ruling {
    /// This side wins where both moved, or nobody.
    pub policy: Option<FlowSide>,
    /// A write to this side was begun since both agreed, and nobody knows what became of it.
    pub doubt: Option<(FlowSide, Doubt)>,
}

/// What a side shows to which a write was begun that got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// What it showed before: the write never arrived, or somebody put the value back.
    AsBefore,
    /// Something else: somebody edited it, before the write or after.
    Edited,
}

/// `ruling` answers for a group by its place.
pub fn plan_pair(
    pair: Pair<'_>,
    groups: &[Group],
    ruling: impl Fn(usize, &Group) -> Ruling,
) -> PairPlan {
    let mut plan = PairPlan::default();
    for (place, group) in groups.iter().enumerate() {
        let ruling = ruling(place, group);
        let verdict = judge(&pair, group, ruling);
        let (direction, fields, loser, changes) = match verdict {
            Verdict::Wins(FlowSide::Source) => (
                &pair.to_target,
                &group.target,
                FlowSide::Target,
                &mut plan.target,
            ),
            Verdict::Wins(FlowSide::Target) => (
                &pair.to_source,
                &group.source,
                FlowSide::Source,
                &mut plan.source,
            ),
            Verdict::InStep | Verdict::Conflict => {
                plan.verdicts.push(verdict);
                continue;
            }
        };
        let mut wrote = false;
        for field in fields {
            let Some(to) = direction.asked.get(field) else {
                continue;
            };
            let from = direction.now.get(field);
            if same(Some(to), from) {
                continue;
            }
            wrote = true;
            changes.push(FieldChange {
                field: field.clone(),
                from: from.cloned(),
                to: to.clone(),
            });
            let before = direction.now_before.get(field);
            let set_since = before.is_some() && !same(from, before);
            let only_there = before.is_none() && !empty(from);
            let surely = set_since || only_there;
            let unsure = ruling.doubt.is_some_and(|(side, _)| side == loser);
            if surely || unsure {
                plan.lost.push(Lost {
                    side: loser,
                    field: field.clone(),
                    value: from.cloned().unwrap_or(Value::Null),
                    unsure: !surely,
                });
            }
        }
        plan.verdicts.push(match wrote {
            true => verdict,
            false => Verdict::InStep,
        });
    }
    plan
}

fn judge(pair: &Pair<'_>, group: &Group, ruling: Ruling) -> Verdict {
    let policy = ruling.policy;
    let source = moved(
        &pair.to_target,
        &group.target,
        &pair.to_source,
        &group.source,
    );
    let target = moved(
        &pair.to_source,
        &group.source,
        &pair.to_target,
        &group.target,
    );
    let edited = matches!(ruling.doubt, Some((_, Doubt::Edited)));
    if let Some(owner) = group.owner {
        return match (source, target) {
            (Some(false), Some(false)) if !edited => Verdict::InStep,
            _ => Verdict::Wins(owner),
        };
    }
    let clash = |policy: Option<FlowSide>| match (agree(pair, group), policy) {
        (true, _) => Verdict::InStep,
        (false, Some(side)) => Verdict::Wins(side),
        (false, None) => Verdict::Conflict,
    };
    match (source, target) {
        _ if edited => clash(policy),
        (Some(false), Some(false)) => Verdict::InStep,
        (Some(true), Some(false)) => Verdict::Wins(FlowSide::Source),
        (Some(false), Some(true)) => Verdict::Wins(FlowSide::Target),
        (Some(true), Some(true)) => clash(policy),
        // They never agreed on it yet: an empty side is filled before anybody has to win.
        (None, _) | (_, None) => match fills(pair, group) {
            Some(side) if !agree(pair, group) => Verdict::Wins(side),
            _ => clash(policy),
        },
    }
}

/// Whether a side moved since both agreed: by what it asks of the other, and by its own fields. None
/// where nothing is known of before.
fn moved(
    asks: &Direction<'_>,
    asked: &BTreeSet<String>,
    own: &Direction<'_>,
    fields: &BTreeSet<String>,
) -> Option<bool> {
    let differs = |before: &Fields, now: &Fields, names: &BTreeSet<String>| {
        let known = names.iter().filter(|name| before.contains_key(*name));
        let moved = known.map(|name| !same(before.get(name), now.get(name)));
        moved.reduce(|one, other| one || other)
    };
    let by_asking = differs(asks.asked_before, asks.asked, asked);
    let by_itself = differs(own.now_before, own.now, fields);
    match (by_asking, by_itself) {
        (None, None) => None,
        (one, other) => Some(one.unwrap_or(false) || other.unwrap_or(false)),
    }
}

/// Both sides say the same: one has what the other asks. Two spellings of one thing in one system (`last`
/// alone, or `first` and `last`) ask the same of the other.
fn agree(pair: &Pair<'_>, group: &Group) -> bool {
    let side = |direction: &Direction<'_>, fields: &BTreeSet<String>| {
        let is_asked = fields
            .iter()
            .any(|field| direction.asked.contains_key(field));
        is_asked.then(|| has((direction.asked, direction.now), fields))
    };
    let target = side(&pair.to_target, &group.target);
    let source = side(&pair.to_source, &group.source);
    match (target, source) {
        // A side of which nothing is asked says nothing.
        (None, None) => true,
        (target, source) => target == Some(true) || source == Some(true),
    }
}

/// Whether a side is already what it is asked to be, in these fields.
pub(super) fn has((asked, now): (&Fields, &Fields), fields: &BTreeSet<String>) -> bool {
    fields.iter().all(|field| {
        let asked = asked.get(field);
        asked.is_none() || same(asked, now.get(field))
    })
}

/// The side that has a value where the other has none.
fn fills(pair: &Pair<'_>, group: &Group) -> Option<FlowSide> {
    let blank = |direction: &Direction<'_>, fields: &BTreeSet<String>| {
        fields.iter().all(|field| empty(direction.now.get(field)))
    };
    match (
        blank(&pair.to_target, &group.target),
        blank(&pair.to_source, &group.source),
    ) {
        (true, false) => Some(FlowSide::Source),
        (false, true) => Some(FlowSide::Target),
        _ => None,
    }
}

/// Absent, null and empty are one to a person.
pub(super) fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    one == other || (empty(one) && empty(other))
}

pub(super) fn empty(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_null() || value.as_str() == Some(""))
}

#[cfg(test)]
#[path = "plan_pair_tests.rs"]
mod tests;
