//! What a record needs from outside, and the answers.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::flow::FlowSide;
use super::rule::FOUND;
use crate::model::{NativeId, Text};

/// One thing a record needs before it can be mapped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// The link of another flow's record, by its source id.
    Link {
        flow: String,
        id: NativeId,
        wanted: Wanted,
    },
    /// One record by key: `id` or a key field.
    Lookup {
        side: FlowSide,
        entity: String,
        by: String,
        value: String,
        /// Or all that fit, as the list `found` of one record.
        several: bool,
    },
    /// All records of an entity, as the list `found` of one record.
    Every { side: FlowSide, entity: String },
    /// A record of the target to be made, since nothing is found by this key.
    Create {
        entity: String,
        by: String,
        value: String,
        /// Its fields, as JSON.
        body: String,
    },
}

/// What the other flow is to do for a record whose link is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wanted {
    /// Nothing.
    Link,
    /// Make it where it has no link.
    Made,
    /// Make it, or bring it up to date.
    Fresh,
}

impl Need {
    /// Something is written for it.
    pub fn creates(&self) -> bool {
        match self {
            Self::Create { .. } => true,
            Self::Link { wanted, .. } => *wanted > Wanted::Link,
            Self::Lookup { .. } | Self::Every { .. } => false,
        }
    }

    /// The answer grows with the records that are there.
    fn asks_for_several(&self) -> bool {
        matches!(
            self,
            Self::Every { .. } | Self::Lookup { several: true, .. }
        )
    }

    fn side(&self) -> Option<FlowSide> {
        match self {
            Self::Lookup { side, .. } | Self::Every { side, .. } => Some(*side),
            Self::Create { .. } | Self::Link { .. } => None,
        }
    }

    /// Whose records are looked up; nothing of a link.
    pub fn entity(&self) -> &str {
        match self {
            Self::Lookup { entity, .. }
            | Self::Every { entity, .. }
            | Self::Create { entity, .. } => entity,
            Self::Link { .. } => "",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum LinkAnswer {
    Linked(NativeId),
    Missing,
    /// The other flow's record waits: its name and for what.
    Waiting {
        title: String,
        message: Text,
    },
    /// The other flow's record could not be made: its name and the reason.
    Failed {
        title: String,
        message: Text,
    },
}

/// What a look-up came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum LookupAnswer {
    Found(Value),
    Absent,
    /// The system refused this very question, in its words; others it answers.
    Refused(String),
    /// The record was to be made, and the system does not want it so.
    NotMade(Text),
    /// The record was to be made, and that must be tried again later.
    NotMadeYet(Text),
}

/// Answers, shared by all records of a page or a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    links: BTreeMap<(String, NativeId), LinkFact>,
    lookups: BTreeMap<Need, LookupAnswer>,
}

#[derive(Debug, Clone, PartialEq)]
struct LinkFact {
    answer: LinkAnswer,
    /// "Missing" to a mere question is no answer to who wants it made.
    answers: Wanted,
}

impl Facts {
    /// The answer to `Need::Link`, once the other flow did what was wanted.
    pub fn put_link(&mut self, flow: &str, id: &NativeId, answer: LinkAnswer) {
        self.put(flow, id, answer, Wanted::Fresh);
    }

    /// The answer from what is linked. "Missing" then does not yet answer who wants it made.
    pub fn put_known_link(&mut self, flow: &str, id: &NativeId, answer: LinkAnswer) {
        let answers = match answer {
            LinkAnswer::Missing => Wanted::Link,
            _ => Wanted::Made,
        };
        self.put(flow, id, answer, answers);
    }

    fn put(&mut self, flow: &str, id: &NativeId, answer: LinkAnswer, answers: Wanted) {
        let fact = LinkFact { answer, answers };
        self.links.insert((flow.to_owned(), id.clone()), fact);
    }

    /// The answer to `Need::Lookup`: the record's body with its `id`, or none.
    pub fn put_lookup(&mut self, need: &Need, record: Option<Value>) {
        let answer = record.map_or(LookupAnswer::Absent, LookupAnswer::Found);
        self.lookups.insert(need.clone(), answer);
    }

    /// The answer to what asks for several: the records' bodies with their ids.
    pub fn put_several(&mut self, need: &Need, records: Vec<Value>) {
        let found = (!records.is_empty()).then(|| json!({ FOUND: records }));
        self.put_lookup(need, found);
    }

    /// The system refused this very question: whatever needs the answer is refused with it.
    pub fn put_refused_lookup(&mut self, need: &Need, why: String) {
        self.lookups
            .insert(need.clone(), LookupAnswer::Refused(why));
    }

    /// The answer to `Need::Create`: the record's body with its `id`.
    pub fn put_made(&mut self, need: &Need, record: Value) {
        if let Some(lookup) = asked_by(need) {
            self.lookups.insert(lookup, LookupAnswer::Found(record));
        }
    }

    /// The record could not be made; `later` where it may go through by itself.
    pub fn put_not_made(&mut self, need: &Need, why: Text, later: bool) {
        let answer = match later {
            true => LookupAnswer::NotMadeYet(why),
            false => LookupAnswer::NotMade(why),
        };
        if let Some(lookup) = asked_by(need) {
            self.lookups.insert(lookup, answer);
        }
    }

    /// Forgets which target records were not there: another flow has just made some.
    pub fn forget_absent(&mut self, side: FlowSide) {
        self.lookups.retain(|need, answer| {
            let of_side = need.side() == Some(side);
            !of_side || (*answer != LookupAnswer::Absent && !need.asks_for_several())
        });
    }

    /// As `forget_absent`, of one entity.
    pub fn forget_absent_of(&mut self, side: FlowSide, entity: &str) {
        self.lookups.retain(|need, answer| {
            let of = need.side() == Some(side) && need.entity() == entity;
            !of || (*answer != LookupAnswer::Absent && !need.asks_for_several())
        });
    }

    pub(super) fn link(&self, flow: &str, id: &NativeId, wanted: Wanted) -> Option<&LinkAnswer> {
        let fact = self.links.get(&(flow.to_owned(), id.clone()))?;
        (fact.answers >= wanted).then_some(&fact.answer)
    }

    pub(super) fn lookup(&self, need: &Need) -> Option<&LookupAnswer> {
        self.lookups.get(need)
    }
}

/// The question whose answer "nothing" led to this.
fn asked_by(need: &Need) -> Option<Need> {
    let Need::Create {
        entity, by, value, ..
    } = need
    else {
        return None;
    };
    Some(Need::Lookup {
        side: FlowSide::Target,
        entity: entity.clone(),
        by: by.clone(),
        value: value.clone(),
        several: false,
    })
}
