//! Writes of a pair that were begun: what was asked, of what, and what the system answered.
//!
//! A write stands in the base of the side that it goes to from before it leaves until both sides are seen to
//! agree. So a later run, or a later look, tells its own write from a person's edit, whether an answer came or not.
//!
//! Invariant: nothing here reads, writes or commits.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::mapping::{FlowSide, Group};
use crate::model::{Applied, Entry, Link, Side};

use super::form::{fills, is_cut, is_form_of};
use super::pair_base::{fields_of, only};
use super::plan_pair::{Doubt, Fields, Lost, empty, same};
use super::verify::says;

/// One write of one side's values into the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Begun {
    /// What was asked of the side that is written, in the fields that go together.
    pub asked: Fields,
    /// The other side's own fields at that time.
    pub own: Fields,
    /// The side that is written as it was before, and the fields of it that are written.
    pub was: Fields,
    pub written: BTreeSet<String>,
    /// What somebody set there and is lost if the write arrives. Empty once that was told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<LostValue>,
    /// None while nobody knows whether it arrived.
    pub answer: Option<Answer>,
    /// It made the record.
    #[serde(default)]
    pub created: bool,
    /// The same was asked just before, and the system made of it what `was` says.
    #[serde(default)]
    pub repeated: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LostValue {
    pub field: String,
    pub value: Value,
    pub unsure: bool,
}

/// What the system answered it made of it, and the version it gave to that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub made: Fields,
    pub version: Option<String>,
}

/// What became of a write, as far as the side that was written tells.
pub(super) enum Fate {
    /// It arrived.
    Taken,
    /// Nobody knows.
    InDoubt(Doubt),
}

/// The side of a link that holds the values of this side of a flow.
pub(super) fn link_side(side: FlowSide) -> Side {
    match side {
        FlowSide::Source => Side::Left,
        FlowSide::Target => Side::Right,
    }
}

pub(super) fn names(group: &Group, side: FlowSide) -> &BTreeSet<String> {
    match side {
        FlowSide::Source => &group.source,
        FlowSide::Target => &group.target,
    }
}

/// What was begun on this side of a pair.
pub(super) fn begun(link: &Link, side: FlowSide) -> Vec<Begun> {
    let base = link.side(link_side(side)).base.as_ref();
    let list = base.and_then(|base| base.get("begun")).cloned();
    list.and_then(|list| serde_json::from_value(list).ok())
        .unwrap_or_default()
}

pub(super) fn put_begun(link: &mut Link, side: FlowSide, begun: &[Begun]) {
    let base = &mut link.side_mut(link_side(side)).base;
    let base = base.get_or_insert_with(|| json!({}));
    match begun.is_empty() {
        true => {
            if let Some(base) = base.as_object_mut() {
                base.remove("begun");
            }
        }
        false => base["begun"] = json!(begun),
    }
}

impl Begun {
    /// The write that makes a record.
    pub fn creation(groups: &[Group], made: FlowSide, sent: &Value, own: &Value) -> Self {
        let (sent, own) = (fields_of(Some(sent)), fields_of(Some(own)));
        let all = |side: FlowSide| -> BTreeSet<String> {
            let each = groups.iter().flat_map(|group| names(group, side));
            each.cloned().collect()
        };
        let written = all(made);
        Self {
            asked: picked(&sent, &written),
            own: only(&own, &all(other(made))),
            was: Fields::new(),
            written,
            lost: Vec::new(),
            answer: None,
            created: true,
            repeated: false,
        }
    }

    pub fn answered(&mut self, applied: &Applied) {
        self.answer = Some(Answer {
            made: fields_of(applied.body.as_ref()),
            version: applied.version.clone(),
        });
    }

    pub fn is_of(&self, names: &BTreeSet<String>) -> bool {
        !self.written.is_disjoint(names)
    }

    /// What the side that was written says of it now.
    pub fn fate(&self, now: &Fields, names: &BTreeSet<String>) -> Fate {
        if self.answer.is_some() || self.created {
            return Fate::Taken;
        }
        let written: Vec<&String> = self.written.intersection(names).collect();
        let moved = |field: &String| !same(now.get(field), self.was.get(field));
        let arrived = |field: &String| shows(self.asked.get(field), now.get(field));
        if !written.iter().any(|field| moved(field)) {
            return Fate::InDoubt(Doubt::AsBefore);
        }
        let some = written.iter().any(|field| moved(field) && arrived(field));
        // A field that stands as it stood says that none of them arrived.
        match some && written.iter().all(|field| moved(field) || arrived(field)) {
            true => Fate::Taken,
            false => Fate::InDoubt(Doubt::Edited),
        }
    }

    /// The record has another version than the system gave to what it made of the write.
    pub fn is_edited(&self, read: &Entry) -> bool {
        let version = self
            .answer
            .as_ref()
            .and_then(|answer| answer.version.as_ref());
        version.is_some() && read.version.as_ref() != version
    }

    /// Of these fields, those that the write is known to have concerned: a group may have grown since.
    pub fn known(&self, names: &BTreeSet<String>) -> BTreeSet<String> {
        let known = |name: &&String| match self.created {
            true => self.written.contains(*name),
            false => self.was.contains_key(*name),
        };
        names.iter().filter(known).cloned().collect()
    }

    /// The written side as our write left it, so that somebody's edit since then is not taken for its
    /// answer.
    pub fn made(&self, read: &Entry, group: &BTreeSet<String>, way_back: bool) -> Fields {
        let mut made = fields_of(Some(&read.body));
        let none = Fields::new();
        let answered = self.answer.as_ref().map_or(&none, |answer| &answer.made);
        let edited = self.is_edited(read);
        for field in group {
            let asked = self.asked.get(field);
            let answer = answered.get(field);
            let value = if !self.written.contains(field) {
                Some(self.was.get(field).unwrap_or(&Value::Null))
            } else if edited && answer.is_none() {
                // Somebody edited the record since; not this field, where it says the same in other letters.
                asked.filter(|asked| !spells(asked, made.get(field)))
            } else {
                let found = answer.or_else(|| made.get(field));
                let may_be_filled = self.may_be_filled(asked, way_back);
                // Where nothing goes back it is asked once more, and then what stands is its system's form.
                let its_form = self.repeated && !way_back && found == self.was.get(field);
                match found {
                    Some(_) if its_form => found,
                    Some(found) if by_somebody(asked, found, may_be_filled) => {
                        Some(asked.unwrap_or(&Value::Null))
                    }
                    _ => answer,
                }
            };
            if let Some(value) = value.cloned() {
                made.insert(field.clone(), value);
            }
        }
        made
    }

    /// Whether a value may be taken for somebody's where nothing was asked. Of such a value nobody knows whose it
    /// is: where there is a way back it goes over to the other side, so that both say the same. Where there is
    /// none, a new record is asked once more to be empty; what still stands then is its system's.
    fn may_be_filled(&self, asked: Option<&Value>, way_back: bool) -> bool {
        way_back || (self.created && asked.is_some())
    }

    /// What is to be told of it now, of these fields.
    pub fn lost<'b>(&'b self, names: &'b BTreeSet<String>) -> impl Iterator<Item = &'b LostValue> {
        let lost = self.lost.iter();
        lost.filter(|lost| names.contains(&lost.field))
    }
}

impl LostValue {
    pub fn of(lost: &Lost) -> Self {
        Self {
            field: lost.field.clone(),
            value: lost.value.clone(),
            unsure: lost.unsure,
        }
    }
}

pub(super) fn other(side: FlowSide) -> FlowSide {
    match side {
        FlowSide::Source => FlowSide::Target,
        FlowSide::Target => FlowSide::Source,
    }
}

/// Whether a value that a system shows for what it was asked is not its own doing. Where it has no versions
/// to tell, only a form of what it was asked is.
fn by_somebody(asked: Option<&Value>, found: &Value, may_be_filled: bool) -> bool {
    match asked {
        asked if may_be_filled && fills(asked, found) => true,
        Some(asked) => !is_form_of(asked, found),
        None => false,
    }
}

/// Whether a side shows what it was asked to hold.
fn shows(asked: Option<&Value>, found: Option<&Value>) -> bool {
    match (asked, found) {
        (Some(asked @ (Value::Array(_) | Value::Object(_))), found) => says(found, asked),
        (Some(asked), Some(found)) if !empty(Some(asked)) && !empty(Some(found)) => {
            is_form_of(asked, found)
        }
        (asked, found) => same(asked, found),
    }
}

/// Whether a value is another's form with all its letters.
fn spells(asked: &Value, found: Option<&Value>) -> bool {
    let filled = !empty(Some(asked)) && !empty(found);
    found.is_some_and(|found| filled && is_form_of(asked, found) && !is_cut(asked, found))
}

/// Those of these fields that are there.
pub(super) fn picked(fields: &Fields, names: &BTreeSet<String>) -> Fields {
    let fields = fields.iter().filter(|(name, _)| names.contains(*name));
    fields
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
#[path = "pair_begun_tests.rs"]
mod tests;
