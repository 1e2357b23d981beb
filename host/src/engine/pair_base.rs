//! What both sides of a pair say, what they said when they last agreed, and what follows from it.
//!
//! The base of a link side is `{"sent", "kept", "begun"}`: what the other side asked of it, what it was then,
//! and the writes that were begun since (`pair_begun.rs`).
//!
//! Invariant: nothing here reads, writes or commits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::mapping::{Conflict, FlowSide, Group, Identity};
use crate::model::run::{Disputed, Parked};
use crate::model::{Applied, Entry, Link, Side};

use super::form::is_cut;
use super::pair_begun::{Begun, Fate, LostValue, begun, names, other, picked, put_begun};
use super::plan::FieldChange;
use super::plan_pair::{
    self, Direction, Doubt, Fields, PairPlan, Ruling, Verdict, empty, plan_pair,
};
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
    /// Something stands aside of it by the way back.
    pub parked_back: bool,
    pub plan: PairPlan,
    pub before: Before,
    pub to_target: Fields,
    pub to_source: Fields,
    /// The side that the flow reads was read by itself, not with a page some time ago.
    pub is_fresh: bool,
    /// A write of this run got no answer, and both sides were looked at again for it.
    pub looked_again: bool,
    /// This run wrote it.
    pub is_written: bool,
    /// To which of its sides a write of this look was handed over.
    pub handed: [bool; 2],
    /// What is left of writes that were begun before where the write in hand is surely refused.
    pub begun_before: [Vec<Begun>; 2],
}

/// Both sides when they last agreed, each direction in the fields that it writes.
#[derive(Default)]
pub(super) struct Before {
    target_asked: Fields,
    pub(super) target_now: Fields,
    source_asked: Fields,
    source_now: Fields,
    /// Groups, by their place, of which a write was begun that nobody knows what became of: the side that it
    /// went to, and what that shows.
    doubts: BTreeMap<usize, (FlowSide, Doubt)>,
    /// What is to be told of earlier writes, now that it shows.
    pub(super) tell: Vec<Telling>,
    /// The sides at which a write arrived of which nobody had heard.
    pub(super) arrived: Vec<FlowSide>,
}

/// What is to be told of a write that was begun before.
pub(super) enum Telling {
    Lost(FlowSide, LostValue),
    /// By us, or by whoever edited it since.
    Perhaps(FlowSide, LostValue),
    NotKept(FlowSide, NotKept),
}

/// A field that does not hold all that it was asked to hold.
pub(super) struct NotKept {
    pub field: String,
    pub asked: Value,
    pub found: Value,
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
    /// What both sides said when they last agreed: as the link has it, and as writes since then left it.
    pub(super) fn before(&self, ways: &Ways, pair: &Pair) -> Before {
        let mut before = Before::of(&pair.link);
        for written in [FlowSide::Target, FlowSide::Source] {
            let entry = match written {
                FlowSide::Target => &pair.target,
                FlowSide::Source => &pair.source,
            };
            let Some(entry) = entry else { continue };
            let now = fields_of(Some(&entry.body));
            let begun = begun(&pair.link, written);
            let groups = ways.both.groups.iter().enumerate();
            let of_groups = groups.flat_map(|(place, group)| {
                let of_group = begun
                    .iter()
                    .filter(move |begun| begun.is_of(names(group, written)));
                of_group.map(move |begun| (place, group, begun))
            });
            for (place, group, begun) in of_groups {
                let fields = &begun.known(names(group, written));
                let answer = begun.answer.as_ref();
                match begun.fate(&now, fields) {
                    Fate::InDoubt(doubt) => {
                        if doubt == Doubt::Edited {
                            // Whether it was we who overwrote that, nobody knows.
                            let lost = begun.lost(fields).cloned();
                            let perhaps = lost.map(|lost| Telling::Perhaps(written, lost));
                            before.tell.extend(perhaps);
                        }
                        before.doubts.insert(place, (written, doubt));
                    }
                    Fate::Taken => {
                        let made = begun.made(entry, fields, group.owner.is_none());
                        if answer.is_none() {
                            let lost = begun.lost(fields).cloned();
                            let lost = lost.map(|lost| Telling::Lost(written, lost));
                            before.tell.extend(lost);
                            if !begun.created && !before.arrived.contains(&written) {
                                before.arrived.push(written);
                            }
                        }
                        // Of what an answer said itself it was told then.
                        let unsaid = |field: &&String| {
                            answer.is_none_or(|answer| !answer.made.contains_key(*field))
                        };
                        let unsaid = begun.written.intersection(fields).filter(unsaid);
                        // What somebody has edited since is an edit, and goes its way.
                        let unsaid = unsaid.filter(|_| !begun.is_edited(entry));
                        let unsaid: BTreeSet<String> = unsaid.cloned().collect();
                        let not_kept = not_kept(&begun.asked, Some(&entry.body), &unsaid);
                        let tell = not_kept.into_iter();
                        let tell = tell.map(|not_kept| Telling::NotKept(written, not_kept));
                        before.tell.extend(tell);
                        let asks = self.asks_back(ways, pair, written, &made);
                        before.take(group, written, begun, &made, &asks);
                    }
                }
            }
        }
        before
    }

    /// What a side asks of the other where it is as our write left it.
    fn asks_back(&self, ways: &Ways, pair: &Pair, written: FlowSide, made: &Fields) -> Fields {
        let (mapper, now) = match written {
            FlowSide::Target => (&ways.both.back, &pair.to_source),
            FlowSide::Source => (&ways.there, &pair.to_target),
        };
        let (facts, run) = (self.facts_of(mapper), self.run_info());
        let mapped = mapper.flow.map(&Value::Object(made.clone()), facts, &run);
        mapped.map_or_else(|_| now.clone(), |mapped| fields_of(Some(&mapped.body)))
    }
}

/// Fields of which nothing, or only the beginning, is there after a write, with what they were asked to hold and
/// what they hold: their system does not take it, or somebody emptied or shortened it in the same moment.
pub(super) fn not_kept(
    asked: &Fields,
    answered: Option<&Value>,
    names: &BTreeSet<String>,
) -> Vec<NotKept> {
    let answered = fields_of(answered);
    let of = |name: &String| {
        let (asked, found) = (asked.get(name)?, answered.get(name)?);
        let emptied = empty(Some(found)) && !empty(Some(asked));
        (emptied || is_cut(asked, found)).then(|| NotKept {
            field: name.clone(),
            asked: asked.clone(),
            found: found.clone(),
        })
    };
    names.iter().filter_map(of).collect()
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
            ..Self::default()
        }
    }

    /// A write arrived: that is what both sides last agreed on, in these fields.
    fn take(
        &mut self,
        group: &Group,
        written: FlowSide,
        begun: &Begun,
        made: &Fields,
        asks: &Fields,
    ) {
        let (asked, now, asked_back, own) = match written {
            FlowSide::Target => (
                &mut self.target_asked,
                &mut self.target_now,
                &mut self.source_asked,
                &mut self.source_now,
            ),
            FlowSide::Source => (
                &mut self.source_asked,
                &mut self.source_now,
                &mut self.target_asked,
                &mut self.target_now,
            ),
        };
        let fields = begun.known(names(group, written));
        let mut own_fields = names(group, other(written)).clone();
        own_fields.retain(|field| begun.own.contains_key(field));
        take_over(asked, &begun.asked, &fields);
        take_over(now, made, &fields);
        take_over(asked_back, asks, &own_fields);
        take_over(own, &begun.own, &own_fields);
    }

    /// As the bases of a link.
    fn put(&self, link: &mut Link) {
        link.right.base = Some(json!({ "sent": self.target_asked, "kept": self.target_now }));
        link.left.base = Some(json!({ "sent": self.source_asked, "kept": self.source_now }));
    }

    /// What was begun on a side and is in doubt still. What could be told of it is.
    fn in_doubt(
        &self,
        ways: &Ways,
        link: &Link,
        side: FlowSide,
        which: impl Fn(usize) -> bool,
    ) -> Vec<Begun> {
        let mut begun = begun(link, side);
        begun.retain(|begun| {
            let mut groups = ways.both.groups.iter().enumerate();
            groups.any(|(place, group)| {
                let doubted = self.doubts.get(&place).is_some_and(|(at, _)| *at == side);
                doubted && which(place) && begun.is_of(names(group, side))
            })
        });
        for begun in &mut begun {
            let told = |group: (usize, &Group)| {
                let edited = self.doubts.get(&group.0) == Some(&(side, Doubt::Edited));
                edited && begun.is_of(names(group.1, side))
            };
            if ways.both.groups.iter().enumerate().any(told) {
                begun.lost.clear();
            }
        }
        begun
    }
}

/// What both sides and the bases ask for.
pub(super) fn plan(ways: &Ways, pair: &Pair) -> PairPlan {
    let (source, target) = bodies(pair);
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
        let chosen = chosen(pair, group);
        Ruling {
            policy: chosen.or_else(|| winner(&ways.both.conflict, &source, &target)),
            doubt: pair.before.doubts.get(&place).copied(),
        }
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
    let open = |place: usize| pair.plan.verdicts.get(place) == Some(&Verdict::Conflict);
    let doubted = |side| pair.before.in_doubt(ways, &pair.link, side, open);
    let (on_target, on_source) = (doubted(FlowSide::Target), doubted(FlowSide::Source));
    kept.put(link);
    put_begun(link, FlowSide::Target, &on_target);
    put_begun(link, FlowSide::Source, &on_source);
}

/// Before the writes of a plan leave, the link says what they ask, and of what.
pub(super) fn begin(ways: &Ways, pair: &mut Pair) {
    let (source, target) = bodies(pair);
    let any = |_| true;
    let before_it = SIDES.map(|side| begun(&pair.link, side));
    pair.begun_before = SIDES.map(|side| pair.before.in_doubt(ways, &pair.link, side, any));
    let mut begun = SIDES.map(|side| {
        let written =
            |place: usize| matches!(pair.plan.verdicts.get(place), Some(Verdict::Wins(_)));
        pair.before
            .in_doubt(ways, &pair.link, side, |place| !written(place))
    });
    for (group, verdict) in ways.both.groups.iter().zip(&pair.plan.verdicts) {
        let Verdict::Wins(winner) = verdict else {
            continue;
        };
        let side = other(*winner);
        let (asked, was, own) = match side {
            FlowSide::Target => (&pair.to_target, &target, &source),
            FlowSide::Source => (&pair.to_source, &source, &target),
        };
        let fields = names(group, side);
        let changes = changes_of(pair, *winner).iter();
        let written = changes.map(|change| change.field.clone());
        let lost = pair.plan.lost.iter();
        let lost = lost.filter(|lost| lost.side == side && fields.contains(&lost.field));
        let asked = picked(asked, fields);
        let before = before_it[place(side)].iter();
        let mut before = before.filter(|before| before.answer.is_some() && before.is_of(fields));
        let repeated = before.any(|before| picked(&before.asked, fields) == asked);
        for older in &mut begun[place(side)] {
            older.written.retain(|field| !fields.contains(field));
        }
        begun[place(side)].push(Begun {
            asked,
            own: only(own, names(group, *winner)),
            was: only(was, fields),
            written: written.filter(|field| fields.contains(field)).collect(),
            lost: lost.map(LostValue::of).collect(),
            answer: None,
            created: false,
            repeated,
        });
    }
    for begun in &mut begun {
        begun.retain(|begun| !begun.written.is_empty());
    }
    pair.handed = [false; 2];
    pair.before.put(&mut pair.link);
    for side in SIDES {
        put_begun(&mut pair.link, side, &begun[place(side)]);
    }
}

/// The operation for this side is about to leave.
pub(super) fn hand_over(pair: &mut Pair, side: FlowSide) {
    pair.handed[place(side)] = true;
}

/// The sides that were to be written and to which nothing was handed over.
pub(super) fn not_handed_over(pair: &Pair) -> Vec<FlowSide> {
    let mut sides = SIDES.to_vec();
    sides.retain(|side| !changes_of(pair, other(*side)).is_empty() && !pair.handed[place(*side)]);
    sides
}

/// The write is surely not carried out: what was begun before stands as it stood.
pub(super) fn not_begun(pair: &mut Pair, side: FlowSide) {
    put_begun(&mut pair.link, side, &pair.begun_before[place(side)]);
}

/// The side took what was asked of it. Answers what is lost by that.
pub(super) fn taken(
    ways: &Ways,
    pair: &mut Pair,
    side: FlowSide,
    applied: &Applied,
) -> Vec<LostValue> {
    let mut all = begun(&pair.link, side);
    let mut told = Vec::new();
    for (group, verdict) in ways.both.groups.iter().zip(&pair.plan.verdicts) {
        if *verdict != Verdict::Wins(other(side)) {
            continue;
        }
        let fields = names(group, side);
        for begun in all.iter_mut().filter(|begun| begun.is_of(fields)) {
            told.append(&mut begun.lost);
            begun.answered(applied);
        }
    }
    put_begun(&mut pair.link, side, &all);
    told
}

const SIDES: [FlowSide; 2] = [FlowSide::Source, FlowSide::Target];

fn place(side: FlowSide) -> usize {
    match side {
        FlowSide::Source => 0,
        FlowSide::Target => 1,
    }
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

pub(super) fn only(fields: &Fields, names: &BTreeSet<String>) -> Fields {
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
