//! What both sides of a pair say, what they said when they last agreed, and what follows from it.
//!
//! The base of a link side is `{"sent", "kept", "begun"}`: what the other side asked of it, what it was then,
//! and the fields whose write was begun and never confirmed.
//!
//! Invariant: nothing here reads, writes or commits.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::mapping::{Conflict, FlowSide, Group, Identity};
use crate::model::run::{Disputed, Parked};
use crate::model::{Applied, Entry, Link, Side};

use super::form::{fills, is_form_of};
use super::item::Item;
use super::plan::FieldChange;
use super::plan_pair::{self, Direction, Fields, PairPlan, Ruling, Verdict, empty, plan_pair};
use super::{BothWays, FlowInstance, Job};

/// A flow's two directions.
pub(super) struct Ways {
    pub there: Arc<FlowInstance>,
    pub both: Arc<BothWays>,
}

/// One pair on its way.
pub(super) struct Pair {
    /// Of its item.
    pub place: usize,
    pub link: Link,
    pub source: Option<Entry>,
    pub target: Option<Entry>,
    /// What stands aside of it, by the flow there.
    pub parked: Option<Parked>,
    pub wrote: Vec<Wrote>,
    pub plan: PairPlan,
    pub before: Before,
    pub to_target: Fields,
    pub to_source: Fields,
}

/// A group that was written in this run, and the system took it.
pub(super) struct Wrote {
    group: usize,
    winner: FlowSide,
    /// What was asked of the side that was written.
    asked: Fields,
    /// The winner's own fields at that time.
    own: Fields,
    /// The side that was written as it was before, and the fields of it that were written.
    was: Fields,
    written: BTreeSet<String>,
    /// What the system answered it made of it, and the version it gave to that.
    applied: Fields,
    version: Option<String>,
    /// It did not exist before.
    created: bool,
}

/// Both sides when they last agreed, each direction in the fields that it writes.
#[derive(Default)]
pub(super) struct Before {
    target_asked: Fields,
    pub(super) target_now: Fields,
    source_asked: Fields,
    source_now: Fields,
}

/// The field by which the target was ours when both sides last agreed, and what it said, where it says
/// something else now: this may be another record under the same id.
pub(super) fn no_longer_ours<'p>(ways: &Ways, pair: &'p Pair) -> Option<(String, &'p Value)> {
    let Some(Identity::Natural { fields, .. }) = ways.there.flow.identities().into_iter().next()
    else {
        return None;
    };
    let now = pair.target.as_ref()?;
    fields.into_iter().find_map(|field| {
        let was = pair.before.target_now.get(&field)?;
        let ours = pair.to_target.get(&field) == Some(was) && !empty(Some(was));
        (ours && now.body.get(&field) != Some(was)).then_some((field, was))
    })
}

impl Job<'_> {
    /// What both sides said when they last agreed: as the link has it, and as this run has written since.
    pub(super) fn before(&self, ways: &Ways, pair: &Pair) -> Before {
        let mut before = Before::of(&pair.link);
        let run = self.run_info();
        for wrote in &pair.wrote {
            let group = &ways.both.groups[wrote.group];
            let winner = wrote.winner;
            let (loser_entry, mapper) = match winner {
                FlowSide::Source => (&pair.target, &ways.both.back),
                FlowSide::Target => (&pair.source, &ways.there),
            };
            let made = wrote.made(loser_entry.as_ref(), group.owner.is_none());
            let facts = self.facts_of(mapper);
            let mapped = mapper.flow.map(&Value::Object(made.clone()), facts, &run);
            let asks = mapped.map_or_else(
                |_| match winner {
                    FlowSide::Source => pair.to_source.clone(),
                    FlowSide::Target => pair.to_target.clone(),
                },
                |mapped| fields_of(Some(&mapped.body)),
            );
            let (loser_asked, loser_now, winner_asked, winner_now) = match winner {
                FlowSide::Source => (
                    &mut before.target_asked,
                    &mut before.target_now,
                    &mut before.source_asked,
                    &mut before.source_now,
                ),
                FlowSide::Target => (
                    &mut before.source_asked,
                    &mut before.source_now,
                    &mut before.target_asked,
                    &mut before.target_now,
                ),
            };
            let (written, own) = match winner {
                FlowSide::Source => (&group.target, &group.source),
                FlowSide::Target => (&group.source, &group.target),
            };
            take_over(loser_asked, &wrote.asked, written);
            take_over(loser_now, &made, written);
            take_over(winner_asked, &asks, own);
            take_over(winner_now, &wrote.own, own);
        }
        before
    }
}

impl Wrote {
    /// The written side as our write left it, so that somebody's edit since then is not taken for its
    /// answer.
    fn made(&self, read: Option<&Entry>, way_back: bool) -> Fields {
        let mut made = fields_of(read.map(|entry| &entry.body));
        let edited =
            self.version.is_some() && read.is_some_and(|entry| entry.version != self.version);
        for (field, was) in &self.was {
            let value = match self.written.contains(field) {
                false => Some(was),
                true if edited && !self.applied.contains_key(field) => self.asked.get(field),
                true => {
                    let found = self.applied.get(field).or_else(|| made.get(field));
                    let asked = self.asked.get(field);
                    match found {
                        Some(found)
                            if by_somebody(asked, found, self.may_be_filled(asked, way_back)) =>
                        {
                            Some(asked.unwrap_or(&Value::Null))
                        }
                        _ => self.applied.get(field),
                    }
                }
            }
            .cloned();
            if let Some(value) = value {
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

/// Fields that are empty after a write though they were asked to hold something, and what that was: its
/// system does not take it, or somebody emptied it in the same moment.
pub(super) fn not_kept(
    asked: &Fields,
    answered: Option<&Value>,
    names: &BTreeSet<String>,
) -> Vec<(String, Value)> {
    let answered = fields_of(answered);
    let emptied = |name: &&String| {
        answered.contains_key(*name) && empty(answered.get(*name)) && !empty(asked.get(*name))
    };
    let of = |name: &String| Some((name.clone(), asked.get(name)?.clone()));
    names.iter().filter(emptied).filter_map(of).collect()
}

/// What a system made of a new record, without what somebody has done to it since.
pub(super) fn as_made(ways: &Ways, made: Side, sent: &Value, answered: &Value) -> Value {
    let (sent, mut kept) = (fields_of(Some(sent)), fields_of(Some(answered)));
    for group in &ways.both.groups {
        let names = match made {
            Side::Left => &group.source,
            Side::Right => &group.target,
        };
        for name in names {
            let asked = sent.get(name);
            let found = kept.get(name);
            let may_be_filled = group.owner.is_none() || asked.is_some();
            if found.is_some_and(|found| by_somebody(asked, found, may_be_filled)) {
                kept.insert(name.clone(), asked.cloned().unwrap_or(Value::Null));
            }
        }
    }
    Value::Object(kept)
}

impl Before {
    fn of(link: &Link) -> Self {
        let part = |base: &Option<Value>, key: &str| {
            fields_of(base.as_ref().and_then(|base| base.get(key)))
        };
        Self {
            target_asked: part(&link.right.base, "sent"),
            target_now: part(&link.right.base, "kept"),
            source_asked: part(&link.left.base, "sent"),
            source_now: part(&link.left.base, "kept"),
        }
    }
}

/// A record that was created just now was written in all its groups.
pub(super) fn just_made(flow: &FlowInstance, ways: &Ways, item: &Item, link: &Link) -> Vec<Wrote> {
    let winner = match flow.side() {
        Side::Left => FlowSide::Source,
        Side::Right => FlowSide::Target,
    };
    let far = flow.far(link);
    if far
        .base
        .as_ref()
        .is_none_or(|base| base.get("kept").is_none())
    {
        // Found where its answer was lost: nobody knows what its system made of it.
        return Vec::new();
    }
    let part = |key: &str| fields_of(far.base.as_ref().and_then(|base| base.get(key)));
    let own = fields_of(Some(&item.entry.body));
    let groups = ways.both.groups.iter().enumerate();
    let written = groups.filter_map(|(place, group)| {
        let (names, own_names) = match winner {
            FlowSide::Source => (&group.target, &group.source),
            FlowSide::Target => (&group.source, &group.target),
        };
        (!names.is_empty()).then(|| Wrote {
            group: place,
            winner,
            asked: part("sent"),
            own: only(&own, own_names),
            was: only(&Fields::new(), names),
            written: names.clone(),
            applied: {
                let mut applied = part("kept");
                applied.retain(|field, _| names.contains(field));
                applied
            },
            version: far.version.clone(),
            created: true,
        })
    });
    written.collect()
}

/// What both sides and the bases ask for.
pub(super) fn plan(ways: &Ways, pair: &Pair) -> PairPlan {
    let (source, target) = bodies(pair);
    let begun_target = begun(&pair.link.right.base);
    let begun_source = begun(&pair.link.left.base);
    let both = plan_pair::Pair {
        to_target: Direction {
            asked: &pair.to_target,
            asked_before: &pair.before.target_asked,
            now: &target,
            now_before: &pair.before.target_now,
        },
        to_source: Direction {
            asked: &pair.to_source,
            asked_before: &pair.before.source_asked,
            now: &source,
            now_before: &pair.before.source_now,
        },
    };
    plan_pair(both, &ways.both.groups, |place, group| {
        let done = pair.wrote.iter().any(|wrote| wrote.group == place);
        if !done && !group.target.is_disjoint(&begun_target) {
            return Ruling::Begun(FlowSide::Source);
        }
        if !done && !group.source.is_disjoint(&begun_source) {
            return Ruling::Begun(FlowSide::Target);
        }
        let chosen = chosen(pair, group);
        Ruling::Policy(chosen.or_else(|| winner(&ways.both.conflict, &source, &target)))
    })
}

/// What the source asks of a field of the target, and what the target has there.
pub(super) fn disputed(pair: &Pair, field: &str) -> Disputed {
    let target = fields_of(pair.target.as_ref().map(|entry| &entry.body));
    let value = |fields: &Fields| fields.get(field).cloned().unwrap_or(Value::Null);
    Disputed {
        field: field.to_owned(),
        source: value(&pair.to_target),
        target: value(&target),
    }
}

/// The side that a person chose for these fields. Where a value has moved since, nobody chose it.
fn chosen(pair: &Pair, group: &Group) -> Option<FlowSide> {
    let dispute = pair.parked.as_ref()?.dispute.as_ref()?;
    let side = dispute.choice?;
    let stands = |field: &String| {
        let then = dispute.fields.iter().find(|then| then.field == *field);
        then == Some(&disputed(pair, field))
    };
    group.target.iter().all(stands).then_some(match side {
        Side::Left => FlowSide::Source,
        Side::Right => FlowSide::Target,
    })
}

fn winner(conflict: &Conflict, source: &Fields, target: &Fields) -> Option<FlowSide> {
    match conflict {
        Conflict::Wins(side) => Some(*side),
        Conflict::Ask => None,
        Conflict::Newest {
            source: of_source,
            target: of_target,
        } => {
            let instant = |fields: &Fields, name: &String| {
                let text = fields.get(name)?.as_str()?;
                text.parse::<jiff::Timestamp>().ok()
            };
            let (source, target) = (instant(source, of_source)?, instant(target, of_target)?);
            Some(if target > source {
                FlowSide::Target
            } else {
                FlowSide::Source
            })
        }
    }
}

/// The bases of the next comparison: of each group that is in step as it is now, of others as before.
pub(super) fn keep_bases(ways: &Ways, pair: &Pair, link: &mut Link) {
    let (source, target) = bodies(pair);
    let mut kept = Before::default();
    for (group, verdict) in ways.both.groups.iter().zip(&pair.plan.verdicts) {
        let old = &pair.before;
        let (asked_target, now_target, asked_source, now_source) = match verdict {
            Verdict::Conflict => (
                &old.target_asked,
                &old.target_now,
                &old.source_asked,
                &old.source_now,
            ),
            _ => (&pair.to_target, &target, &pair.to_source, &source),
        };
        take_over(&mut kept.target_asked, asked_target, &group.target);
        take_over(&mut kept.target_now, now_target, &group.target);
        take_over(&mut kept.source_asked, asked_source, &group.source);
        take_over(&mut kept.source_now, now_source, &group.source);
    }
    link.right.base = Some(json!({ "sent": kept.target_asked, "kept": kept.target_now }));
    link.left.base = Some(json!({ "sent": kept.source_asked, "kept": kept.source_now }));
}

/// Notes that the other side took the winner's values.
pub(super) fn wrote(ways: &Ways, pair: &mut Pair, winner: FlowSide, applied: &Applied) {
    let (source, target) = bodies(pair);
    let answered = fields_of(applied.body.as_ref());
    let changed = changes_of(pair, winner)
        .iter()
        .map(|change| change.field.clone());
    let changed: BTreeSet<String> = changed.collect();
    let groups = ways.both.groups.iter().enumerate();
    let taken = groups.zip(&pair.plan.verdicts);
    let taken = taken.filter(|(_, verdict)| **verdict == Verdict::Wins(winner));
    let new: Vec<Wrote> = taken
        .map(|((place, group), _)| {
            let (asked, loser, names, own, own_names) = match winner {
                FlowSide::Source => (
                    &pair.to_target,
                    &target,
                    &group.target,
                    &source,
                    &group.source,
                ),
                FlowSide::Target => (
                    &pair.to_source,
                    &source,
                    &group.source,
                    &target,
                    &group.target,
                ),
            };
            let mut of_group = answered.clone();
            of_group.retain(|field, _| names.contains(field));
            Wrote {
                group: place,
                winner,
                asked: asked.clone(),
                own: only(own, own_names),
                was: only(loser, names),
                written: names.intersection(&changed).cloned().collect(),
                applied: of_group,
                version: applied.version.clone(),
                created: false,
            }
        })
        .collect();
    pair.wrote
        .retain(|old| !new.iter().any(|new| new.group == old.group));
    pair.wrote.extend(new);
}

pub(super) fn changes_of(pair: &Pair, winner: FlowSide) -> &[FieldChange] {
    match winner {
        FlowSide::Source => &pair.plan.target,
        FlowSide::Target => &pair.plan.source,
    }
}

fn bodies(pair: &Pair) -> (Fields, Fields) {
    let body = |entry: &Option<Entry>| fields_of(entry.as_ref().map(|entry| &entry.body));
    (body(&pair.source), body(&pair.target))
}

pub(super) fn fields_of(value: Option<&Value>) -> Fields {
    value
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

fn only(fields: &Fields, names: &BTreeSet<String>) -> Fields {
    let mut some = Map::new();
    take_over(&mut some, fields, names);
    some
}

/// An absent field is kept as null: it is known to have been empty.
fn take_over(into: &mut Fields, from: &Fields, names: &BTreeSet<String>) {
    for name in names {
        into.insert(name.clone(), from.get(name).cloned().unwrap_or(Value::Null));
    }
}

pub(super) fn content(side: Side, changes: &[FieldChange]) -> Value {
    let fields: Fields = changes
        .iter()
        .map(|change| (change.field.clone(), change.to.clone()))
        .collect();
    json!([side, fields])
}

/// Fields of a side whose write was begun and never confirmed.
pub(super) fn begun(base: &Option<Value>) -> BTreeSet<String> {
    let begun = base
        .as_ref()
        .and_then(|base| base.get("begun"))
        .and_then(Value::as_array);
    let names = begun.into_iter().flatten();
    names
        .filter_map(|name| Some(name.as_str()?.to_owned()))
        .collect()
}

/// What its system made of our write is not known.
pub(super) fn forget_answer(base: &mut Option<Value>) {
    if let Some(base) = base.as_mut().and_then(Value::as_object_mut) {
        base.remove("kept");
    }
}

pub(super) fn put_begun(base: &mut Option<Value>, fields: BTreeSet<String>) {
    let base = base.get_or_insert_with(|| json!({}));
    match fields.is_empty() {
        true => {
            if let Some(base) = base.as_object_mut() {
                base.remove("begun");
            }
        }
        false => base["begun"] = json!(fields),
    }
}
