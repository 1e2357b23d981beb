//! Settles linked pairs of a flow that looks at both of its sides.
//!
//! A pair is read on both sides, planned (`plan_pair.rs`), written, and read again, until nothing is left to
//! write. What both sides say in the end is kept as the base of the next comparison, as read back: a value
//! that a system trims is no change. Before a write leaves, the link says which way its fields were going,
//! so that a run that is cut off finishes in the same direction and takes its own write for nobody's edit.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::mapping::{Conflict, FlowSide, Group};
use crate::model::run::{Dispute, Disputed, Parked};
use crate::model::{Action, Applied, Entry, Fault, Link, NativeId, Operation, Side, Text};
use crate::store::Change;

use super::call::{answers_others, halt};
use super::ceiling;
use super::crash_point::Site;
use super::gate::source_fingerprint;
use super::item::{Item, Refusal, Settled, Step};
use super::plan::FieldChange;
use super::plan_pair::{self, Direction, Fields, Lost, PairPlan, Ruling, Verdict, plan_pair};
use super::retry::{Disposition, disposition};
use super::settle::ParkedRecord;
use super::world;
use super::write_back::gone;
use super::{BothWays, FlowInstance, Halt, Job, Mode, Way, words};

/// A pair that still moves after so many looks is left for the next run.
const ROUNDS_MAX: u32 = 4;

/// A flow's two directions.
pub(super) struct Ways {
    pub there: Arc<FlowInstance>,
    pub both: Arc<BothWays>,
}

/// One pair on its way.
struct Pair {
    /// Of its item.
    place: usize,
    link: Link,
    source: Option<Entry>,
    target: Option<Entry>,
    /// What stands aside of it, by the flow there.
    parked: Option<Parked>,
    wrote: Vec<Wrote>,
    plan: PairPlan,
    before: Before,
    to_target: Fields,
    to_source: Fields,
}

/// A group that was written in this run, and the system took it.
struct Wrote {
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
}

/// Both sides when they last agreed, each direction in the fields that it writes.
#[derive(Default)]
struct Before {
    target_asked: Fields,
    target_now: Fields,
    source_asked: Fields,
    source_now: Fields,
}

impl Job<'_> {
    /// Both directions of the flow that this one is a direction of.
    pub(super) fn ways(&self, flow: &FlowInstance) -> Result<Option<Ways>, Halt> {
        let there = match &flow.way {
            Way::Only => return Ok(None),
            Way::There(_) => self.engine.flow(flow.name())?,
            Way::Back(name) => self.engine.flow(name)?,
        };
        Ok(match &there.way {
            Way::There(both) => {
                let both = Arc::clone(both);
                Some(Ways { there, both })
            }
            Way::Only | Way::Back(_) => None,
        })
    }

    /// Items whose pair may have moved, and those that were linked just now.
    pub(super) async fn settle_pairs(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
    ) -> Result<(), Halt> {
        let Some(ways) = self.ways(flow)? else {
            return Ok(());
        };
        let mut open = self.open_pairs(flow, &ways, items).await?;
        for round in 0..ROUNDS_MAX {
            if open.is_empty() {
                return Ok(());
            }
            self.read_pairs(flow, &ways, &mut open, items, round > 0)
                .await?;
            self.plan_pairs(&ways, &mut open, items).await?;
            if self.mode == Mode::Plan {
                self.note_pairs(&ways, open, items);
                return Ok(());
            }
            let (moving, still): (Vec<Pair>, Vec<Pair>) =
                open.into_iter().partition(|pair| pair.plan.writes());
            self.agree(flow, &ways, still, items).await?;
            open = self.write_pairs(&ways, moving, items).await?;
        }
        for pair in open {
            let sentence = "both sides kept changing while it was written; the next run goes on";
            let refusal = Refusal::conflict(
                "keeps-changing",
                words("engine-keeps-changing", vec![], sentence),
            );
            items[pair.place].refuse(refusal.waiting());
        }
        Ok(())
    }

    async fn open_pairs(
        &self,
        flow: &FlowInstance,
        ways: &Ways,
        items: &[Item],
    ) -> Result<Vec<Pair>, Halt> {
        let chosen = items
            .iter()
            .enumerate()
            .filter(|(_, item)| match item.step {
                Step::Candidate => item.link.is_some(),
                Step::Done(Settled::Created | Settled::Adopted) => true,
                _ => false,
            });
        let mut pairs: Vec<Pair> = chosen
            .filter_map(|(place, item)| {
                let link = item.link.clone()?;
                let own = Some(item.entry.clone());
                let (source, target) = match flow.side() {
                    Side::Left => (own, None),
                    Side::Right => (None, own),
                };
                let wrote = match item.step {
                    Step::Done(Settled::Created) => made(flow, ways, item, &link),
                    _ => Vec::new(),
                };
                Some(Pair {
                    place,
                    link,
                    source,
                    target,
                    parked: None,
                    wrote,
                    plan: PairPlan::default(),
                    before: Before::default(),
                    to_target: Fields::new(),
                    to_source: Fields::new(),
                })
            })
            .collect();
        let lefts: Vec<NativeId> = pairs.iter().map(|pair| pair.link.left.id.clone()).collect();
        let tenant = &self.engine.tenant;
        let parked = self
            .engine
            .store
            .parked(tenant, ways.there.name(), &lefts)
            .await?;
        for (pair, parked) in pairs.iter_mut().zip(parked) {
            pair.parked = parked;
        }
        Ok(pairs)
    }

    /// Reads what is not at hand, or all of it anew. A pair that lost a side is refused.
    async fn read_pairs(
        &mut self,
        flow: &FlowInstance,
        ways: &Ways,
        pairs: &mut Vec<Pair>,
        items: &mut [Item],
        anew: bool,
    ) -> Result<(), Halt> {
        for side in [Side::Left, Side::Right] {
            let end = match side {
                Side::Left => &ways.there.source,
                Side::Right => &ways.there.target,
            };
            if !anew && side == flow.side() {
                continue;
            }
            let ids: Vec<NativeId> = pairs
                .iter()
                .map(|pair| pair.link.side(side).id.clone())
                .collect();
            let found = self.read_each(end, &ids).await?;
            let mut kept = Vec::new();
            for ((mut pair, id), found) in std::mem::take(pairs).into_iter().zip(ids).zip(found) {
                let entry = match found {
                    Ok(entry) => entry.filter(|entry| !entry.deleted),
                    Err(fault) => {
                        items[pair.place].refuse(Refusal::from_fault(fault).waiting());
                        continue;
                    }
                };
                if entry.is_none() {
                    items[pair.place].refuse(gone(end, &id));
                    continue;
                }
                match side {
                    Side::Left => pair.source = entry,
                    Side::Right => pair.target = entry,
                }
                kept.push(pair);
            }
            *pairs = kept;
        }
        Ok(())
    }

    /// The pure part, once both sides are mapped onto each other.
    async fn plan_pairs(
        &mut self,
        ways: &Ways,
        pairs: &mut Vec<Pair>,
        items: &mut [Item],
    ) -> Result<(), Halt> {
        let bodies = |of: fn(&Pair) -> &Option<Entry>| -> Vec<Value> {
            let entries = pairs.iter().map(of);
            entries
                .map(|entry| {
                    entry
                        .as_ref()
                        .map_or(Value::Null, |entry| entry.body.clone())
                })
                .collect()
        };
        let sources = bodies(|pair| &pair.source);
        let targets = bodies(|pair| &pair.target);
        let asked_there = self.map_bodies(&ways.there, &sources).await?;
        let asked_back = self.map_bodies(&ways.both.back, &targets).await?;
        let mut planned = Vec::new();
        let each = std::mem::take(pairs)
            .into_iter()
            .zip(asked_there)
            .zip(asked_back);
        for ((mut pair, there), back) in each {
            let (there, back) = match (there, back) {
                (Ok(there), Ok(back)) => (there, back),
                (Err(rejection), _) | (_, Err(rejection)) => {
                    items[pair.place].refuse(rejection.into());
                    continue;
                }
            };
            pair.to_target = fields_of(Some(&there.body));
            pair.to_source = fields_of(Some(&back.body));
            pair.before = self.before(ways, &pair);
            pair.plan = plan(ways, &pair);
            let now = self.engine.world.now();
            let retried = pair.parked.as_ref().is_some_and(|parked| parked.retry);
            let reached = [
                (Side::Right, &pair.plan.target),
                (Side::Left, &pair.plan.source),
            ]
            .into_iter()
            .filter(|(_, changes)| !changes.is_empty() && !retried)
            .find_map(|(side, changes)| {
                ceiling::reached(&pair.link, side, &content(side, changes), now)
            });
            match reached {
                Some(refusal) => items[pair.place].refuse(refusal),
                None => planned.push(pair),
            }
        }
        *pairs = planned;
        Ok(())
    }

    /// What both sides said when they last agreed: as the link has it, and as this run has written since.
    fn before(&self, ways: &Ways, pair: &Pair) -> Before {
        let mut before = Before::of(&pair.link);
        let run = self.run_info();
        for wrote in &pair.wrote {
            let group = &ways.both.groups[wrote.group];
            let winner = wrote.winner;
            let (loser_entry, mapper, facts_side) = match winner {
                FlowSide::Source => (&pair.target, &ways.both.back, Side::Right),
                FlowSide::Target => (&pair.source, &ways.there, Side::Left),
            };
            let made = wrote.made(loser_entry.as_ref());
            let facts = self.facts_of(facts_side);
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

    /// Pairs with nothing to write: what they say becomes the base of the next comparison.
    async fn agree(
        &mut self,
        flow: &FlowInstance,
        ways: &Ways,
        pairs: Vec<Pair>,
        items: &mut [Item],
    ) -> Result<(), Halt> {
        let mut changes = Vec::new();
        for pair in pairs {
            let item = &mut items[pair.place];
            let open = pair.plan.verdicts.contains(&Verdict::Conflict);
            let mut link = pair.link.clone();
            keep_bases(ways, &pair, &mut link);
            for (side, entry, direction) in [
                (Side::Left, &pair.source, &ways.there),
                (Side::Right, &pair.target, &ways.both.back),
            ] {
                let Some(entry) = entry else { continue };
                let end = link.side_mut(side);
                end.version.clone_from(&entry.version);
                // With something left to decide it is looked at again each time.
                end.fingerprint = (!open).then(|| source_fingerprint(&direction.flow, &entry.body));
            }
            if link != pair.link {
                link.updated_at = self.engine.world.now();
                changes.push(Change::PutLink(Box::new(link.clone())));
            }
            item.link = Some(link);
            if open {
                self.dispute(flow, ways, &pair, item, &mut changes);
                continue;
            }
            if pair.parked.is_some() {
                changes.push(self.unpark(&ways.there, &pair.link.left.id));
            }
            match item.step {
                Step::Done(Settled::Created | Settled::Adopted) => {}
                _ if pair.wrote.is_empty() => item.done(Settled::Unchanged),
                _ => item.done(Settled::Updated),
            }
        }
        self.commit(&ways.there, Site::Settled, changes).await
    }

    /// Stands aside until a person chooses. There is one such record a pair, with the flow there.
    fn dispute(
        &self,
        flow: &FlowInstance,
        ways: &Ways,
        pair: &Pair,
        item: &mut Item,
        changes: &mut Vec<Change>,
    ) {
        let disputed = disputed(ways, pair);
        let fields: Vec<String> = disputed.iter().map(Disputed::name).collect();
        let fields = fields.join(", ");
        let sentence = format!(
            "both sides changed {fields} since they last agreed; make them agree, or let the flow's conflict policy decide"
        );
        let mut refusal = Refusal::conflict(
            "both-changed",
            words("engine-both-changed", vec![("fields", fields)], sentence),
        );
        refusal.dispute = Some(Dispute {
            target: pair.link.right.id.clone(),
            fields: disputed,
        });
        if matches!(flow.way, Way::There(_)) {
            item.parked.clone_from(&pair.parked);
            item.refuse(refusal);
            return;
        }
        let body = pair
            .source
            .as_ref()
            .map_or(Value::Null, |entry| entry.body.clone());
        let title = ways
            .there
            .flow
            .record_title(&body, self.engine.words.lang());
        let record = ParkedRecord {
            id: &pair.link.left.id,
            title: &title,
            fingerprint: source_fingerprint(&ways.there.flow, &body),
            before: pair.parked.as_ref(),
        };
        let parked = self.parked_for(&ways.there, record, &refusal);
        changes.push(Change::PutParked(Box::new(parked)));
        item.note = Some(refusal.message);
        item.done(Settled::Conflict);
    }

    /// Writes what is to be written; answers the pairs to look at again.
    async fn write_pairs(
        &mut self,
        ways: &Ways,
        mut pairs: Vec<Pair>,
        items: &mut [Item],
    ) -> Result<Vec<Pair>, Halt> {
        self.begin(ways, &mut pairs).await?;
        let mut stopped = None;
        for winner in [FlowSide::Source, FlowSide::Target] {
            if stopped.is_none() {
                stopped = self.write_side(ways, &mut pairs, items, winner).await?;
            }
        }
        if let Some(halt) = stopped {
            for pair in &pairs {
                items[pair.place].step = Step::NotReached;
            }
            return Err(halt);
        }
        Ok(pairs)
    }

    /// Before a write leaves, its link says which way the fields go.
    async fn begin(&mut self, ways: &Ways, pairs: &mut [Pair]) -> Result<(), Halt> {
        let now = self.engine.world.now();
        let mut changes = Vec::new();
        for pair in pairs.iter_mut() {
            for side in [Side::Left, Side::Right] {
                let written = match side {
                    Side::Left => &pair.plan.source,
                    Side::Right => &pair.plan.target,
                };
                let end = pair.link.side_mut(side);
                end.fingerprint = None;
                if written.is_empty() {
                    continue;
                }
                let names = written.iter().map(|change| change.field.clone());
                let mut begun = begun(&end.base);
                begun.extend(names);
                put_begun(&mut end.base, begun);
                ceiling::note(&mut pair.link, &content(side, written), now);
            }
            changes.push(Change::PutLink(Box::new(pair.link.clone())));
            let lost = pair.plan.lost.iter();
            changes.extend(lost.map(|lost| {
                self.event(
                    &ways.there,
                    &pair.link.left.id,
                    "overwritten",
                    overwritten(ways, lost),
                )
            }));
        }
        self.commit(&ways.there, Site::Updating, changes).await
    }

    /// Writes the winner's values into the other side, in batches. Pairs that failed leave `pairs`.
    async fn write_side(
        &mut self,
        ways: &Ways,
        pairs: &mut Vec<Pair>,
        items: &mut [Item],
        winner: FlowSide,
    ) -> Result<Option<Halt>, Halt> {
        let (end, side) = match winner {
            FlowSide::Source => (&ways.there.target, Side::Right),
            FlowSide::Target => (&ways.there.source, Side::Left),
        };
        let mut waiting: Vec<usize> = (0..pairs.len())
            .filter(|&nth| !changes_of(&pairs[nth], winner).is_empty())
            .collect();
        let mut out = BTreeSet::new();
        let mut stopped = None;
        while !waiting.is_empty() && stopped.is_none() {
            let batch = self.write_batch(end).min(waiting.len());
            let chunk: Vec<usize> = waiting.drain(..batch).collect();
            let operations: Vec<Operation> = chunk
                .iter()
                .map(|&nth| self.pair_operation(&pairs[nth], side, changes_of(&pairs[nth], winner)))
                .collect();
            let outcomes = self.update_call(end, &operations).await?;
            let others = answers_others(&outcomes);
            let mut changes = Vec::new();
            for (&nth, outcome) in chunk.iter().zip(outcomes) {
                let pair = &mut pairs[nth];
                match outcome {
                    Ok(applied) => {
                        let sentence = format!("updated: {}", pair.link.side(side).id);
                        let id = pair.link.side(side).id.to_string();
                        let message = words("engine-updated", vec![("id", id)], sentence);
                        let left = &pair.link.left.id;
                        changes.push(self.event(&ways.there, left, "updated", message));
                        wrote(ways, pair, winner, &applied);
                    }
                    Err(fault) => {
                        if disposition(&fault) != Disposition::AskLadder {
                            // Surely not written: the sides stand as they stood.
                            put_begun(&mut pair.link.side_mut(side).base, BTreeSet::new());
                            changes.push(Change::PutLink(Box::new(pair.link.clone())));
                        }
                        if disposition(&fault) == Disposition::Reread {
                            // Somebody was faster: look again.
                            continue;
                        }
                        out.insert(nth);
                        let item = &mut items[pair.place];
                        match refusal_of(fault, others) {
                            Ok(refusal) => item.refuse(refusal),
                            Err(fault) => {
                                item.step = Step::NotReached;
                                stopped.get_or_insert(halt(end, fault));
                            }
                        }
                    }
                }
            }
            self.commit(&ways.there, Site::Updated, changes).await?;
        }
        let mut nth = 0;
        pairs.retain(|_| {
            nth += 1;
            !out.contains(&(nth - 1))
        });
        Ok(stopped)
    }

    fn pair_operation(&self, pair: &Pair, side: Side, changes: &[FieldChange]) -> Operation {
        let entry = match side {
            Side::Left => &pair.source,
            Side::Right => &pair.target,
        };
        let fields: Fields = changes
            .iter()
            .map(|change| (change.field.clone(), change.to.clone()))
            .collect();
        Operation {
            token: world::token(&*self.engine.world),
            action: Action::Update,
            id: Some(pair.link.side(side).id.clone()),
            version: entry.as_ref().and_then(|entry| entry.version.clone()),
            body: Value::Object(fields).to_string(),
            resume: None,
        }
    }

    /// In a plan the writes are noted instead of carried out.
    fn note_pairs(&mut self, ways: &Ways, pairs: Vec<Pair>, items: &mut [Item]) {
        for pair in pairs {
            let item = &mut items[pair.place];
            if pair.plan.verdicts.contains(&Verdict::Conflict) {
                let mut changes = Vec::new();
                self.dispute(&ways.there, ways, &pair, item, &mut changes);
            } else {
                item.done(if pair.plan.writes() {
                    Settled::Updated
                } else {
                    Settled::Unchanged
                });
            }
            let title = |flow: &FlowInstance, entry: &Option<Entry>| {
                let body = entry
                    .as_ref()
                    .map_or(Value::Null, |entry| entry.body.clone());
                flow.flow.record_title(&body, self.engine.words.lang())
            };
            let there = (
                &*ways.there,
                &pair.link.left.id,
                &pair.link.right.id,
                &pair.source,
                &pair.plan.target,
            );
            let back = (
                &*ways.both.back,
                &pair.link.right.id,
                &pair.link.left.id,
                &pair.target,
                &pair.plan.source,
            );
            for (flow, id, other, entry, changes) in [there, back] {
                if !changes.is_empty() {
                    let title = title(flow, entry);
                    self.planned
                        .push(super::plan_report::update(flow, id, title, other, changes));
                }
            }
        }
    }
}

impl Wrote {
    /// The written side as our write left it, so that somebody's edit since then is not taken for its
    /// answer. What a system without versions answers nothing about is taken as it is read.
    fn made(&self, read: Option<&Entry>) -> Fields {
        let mut made = fields_of(read.map(|entry| &entry.body));
        let edited =
            self.version.is_some() && read.is_some_and(|entry| entry.version != self.version);
        for (field, was) in &self.was {
            let value = match self.written.contains(field) {
                false => Some(was),
                true if self.applied.contains_key(field) => self.applied.get(field),
                true if edited => self.asked.get(field),
                true => None,
            };
            if let Some(value) = value {
                made.insert(field.clone(), value.clone());
            }
        }
        made
    }
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
fn made(flow: &FlowInstance, ways: &Ways, item: &Item, link: &Link) -> Vec<Wrote> {
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
        })
    });
    written.collect()
}

/// What both sides and the bases ask for.
fn plan(ways: &Ways, pair: &Pair) -> PairPlan {
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
        let chosen = chosen(pair, group, &source, &target);
        Ruling::Policy(chosen.or_else(|| winner(&ways.both.conflict, &source, &target)))
    })
}

/// What a person chose, as long as both sides still say what was shown.
fn chosen(pair: &Pair, group: &Group, source: &Fields, target: &Fields) -> Option<FlowSide> {
    let dispute = pair.parked.as_ref()?.dispute.as_ref()?;
    let shown = dispute.fields.iter().find(|disputed| {
        disputed.source == only(source, &group.source)
            && disputed.target == only(target, &group.target)
    })?;
    Some(match shown.chosen? {
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

fn disputed(ways: &Ways, pair: &Pair) -> Vec<Disputed> {
    let (source, target) = bodies(pair);
    let open = ways.both.groups.iter().zip(&pair.plan.verdicts);
    open.filter(|(_, verdict)| **verdict == Verdict::Conflict)
        .map(|(group, _)| Disputed {
            source: only(&source, &group.source),
            target: only(&target, &group.target),
            chosen: None,
        })
        .collect()
}

/// The bases of the next comparison: of each group that is in step as it is now, of others as before.
fn keep_bases(ways: &Ways, pair: &Pair, link: &mut Link) {
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
fn wrote(ways: &Ways, pair: &mut Pair, winner: FlowSide, applied: &Applied) {
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
            }
        })
        .collect();
    pair.wrote
        .retain(|old| !new.iter().any(|new| new.group == old.group));
    pair.wrote.extend(new);
}

fn changes_of(pair: &Pair, winner: FlowSide) -> &[FieldChange] {
    match winner {
        FlowSide::Source => &pair.plan.target,
        FlowSide::Target => &pair.plan.source,
    }
}

/// A fault of one update: its record is refused, or the run ends.
fn refusal_of(fault: Fault, answers_others: bool) -> Result<Refusal, Fault> {
    match disposition(&fault) {
        Disposition::AskLadder if answers_others => Ok(Refusal::from_fault(fault).waiting()),
        Disposition::RetryThenStop | Disposition::Stop | Disposition::AskLadder => Err(fault),
        Disposition::RetryThenWait | Disposition::Reread => {
            Ok(Refusal::from_fault(fault).waiting())
        }
        Disposition::Quarantine | Disposition::Adopt | Disposition::Isolate => {
            Ok(Refusal::from_fault(fault))
        }
    }
}

/// A value that is overwritten is nowhere else any more, so the journal keeps it.
fn overwritten(ways: &Ways, lost: &Lost) -> Text {
    let end = match lost.side {
        FlowSide::Source => &ways.there.source,
        FlowSide::Target => &ways.there.target,
    };
    let value = match &lost.value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let value: String = value.chars().take(200).collect();
    let (connection, field) = (end.connection.to_string(), lost.field.clone());
    let sentence = format!("overwritten in {connection}: `{field}` was “{value}”");
    let args = vec![
        ("connection", connection),
        ("field", field),
        ("value", value),
    ];
    words("engine-overwritten", args, sentence)
}

fn bodies(pair: &Pair) -> (Fields, Fields) {
    let body = |entry: &Option<Entry>| fields_of(entry.as_ref().map(|entry| &entry.body));
    (body(&pair.source), body(&pair.target))
}

fn fields_of(value: Option<&Value>) -> Fields {
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

fn content(side: Side, changes: &[FieldChange]) -> Value {
    let fields: Fields = changes
        .iter()
        .map(|change| (change.field.clone(), change.to.clone()))
        .collect();
    json!([side, fields])
}

/// Fields of a side whose write was begun and never confirmed.
fn begun(base: &Option<Value>) -> BTreeSet<String> {
    let begun = base
        .as_ref()
        .and_then(|base| base.get("begun"))
        .and_then(Value::as_array);
    let names = begun.into_iter().flatten();
    names
        .filter_map(|name| Some(name.as_str()?.to_owned()))
        .collect()
}

fn put_begun(base: &mut Option<Value>, fields: BTreeSet<String>) {
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
