//! Settles linked pairs of a flow that looks at both of its sides.
//!
//! A pair is read on both sides, planned (`plan_pair.rs`), written, and read again, until nothing is left to
//! write. What both sides say in the end is kept as the base of the next comparison, as read back: a value
//! that a system trims is no change. Before a write leaves, the link says what it asks (`pair_begun.rs`), so that
//! a run that is cut off, or hears nothing, takes its own write for nobody's edit and nobody's edit for its own.

use std::sync::Arc;

use serde_json::Value;

use crate::mapping::FlowSide;
use crate::model::run::Parked;
use crate::model::{Action, Applied, Entry, Fault, Link, NativeId, Operation, Side};
use crate::store::Change;

use super::call::{answers_others, halt};
use super::called::is_awaited;
use super::ceiling;
use super::crash_point::Site;
use super::gate::source_fingerprint;
use super::item::{Item, Refusal, RefusalKind, Settled, Step};
use super::pair_base::{
    Before, Pair, Ways, begin, changes_of, content, fields_of, hand_over, keep_bases,
    no_longer_ours, not_begun, not_handed_over, plan, taken,
};
use super::pair_begun::{Begun, link_side, other, put_begun};
use super::pair_tell::{another, dispute, end_of, updated};
use super::park::ParkedRecord;
use super::plan::FieldChange;
use super::plan_pair::{Fields, PairPlan, Verdict};
use super::retry::{Disposition, disposition};
use super::settle::refused_update;
use super::write_back::gone;
use super::{Endpoint, FlowInstance, Halt, Job, Mode, Way, words};

/// A pair that still moves after so many looks is left for the next run.
const ROUNDS_MAX: u32 = 6;

impl Job<'_> {
    /// Both directions of the flow that this one is a direction of.
    pub(super) fn ways(&self, flow: &FlowInstance) -> Result<Option<Ways>, Halt> {
        let there = match &flow.way {
            Way::Only | Way::Reverse(_) => return Ok(None),
            Way::There(_) => self.engine.flow(flow.name())?,
            Way::Back(name) => self.engine.flow(name)?,
        };
        Ok(match &there.way {
            Way::There(both) => {
                let both = Arc::clone(both);
                Some(Ways { there, both })
            }
            Way::Only | Way::Back(_) | Way::Reverse(_) => None,
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
        let open = self.open_pairs(flow, &ways, items).await?;
        let known = open
            .iter()
            .filter_map(|pair| Some((pair.place, pair.parked.clone()?)));
        let known: Vec<(usize, Parked)> = known.collect();
        self.settle_open(flow, &ways, open, items).await?;
        if self.mode == Mode::Run && matches!(flow.way, Way::Back(_)) {
            let changes = known.into_iter();
            let changes =
                changes.filter_map(|(place, known)| self.known(flow, &mut items[place], &known));
            let changes = changes.collect();
            self.commit(&ways.there, Site::Settled, changes).await?;
        }
        Ok(())
    }

    /// A pair that the way back refuses for what the flow there has it aside for already stands aside once.
    fn known(&self, flow: &FlowInstance, item: &mut Item, known: &Parked) -> Option<Change> {
        let Step::Refused(refusal) = &item.step else {
            return None;
        };
        let settled = match refusal.kind {
            RefusalKind::Conflict => Settled::Conflict,
            RefusalKind::Waiting => Settled::Waiting,
            // Each direction holds back by its own record what the system refuses.
            RefusalKind::Rejected | RefusalKind::Afterwards => return None,
        };
        if refusal.message != known.message {
            return None;
        }
        item.note = Some(refusal.message.clone());
        item.done(settled);
        let twice = item.parked.take();
        twice.map(|_| self.unpark(flow, item.id()))
    }

    async fn settle_open(
        &mut self,
        flow: &FlowInstance,
        ways: &Ways,
        mut open: Vec<Pair>,
        items: &mut [Item],
    ) -> Result<(), Halt> {
        for round in 0..ROUNDS_MAX {
            if open.is_empty() {
                return Ok(());
            }
            self.read_pairs(flow, ways, &mut open, items, round > 0)
                .await?;
            self.plan_pairs(ways, &mut open, items).await?;
            if self.mode == Mode::Plan {
                self.note_pairs(ways, open, items);
                return Ok(());
            }
            let (moving, still): (Vec<Pair>, Vec<Pair>) =
                open.into_iter().partition(|pair| pair.plan.writes());
            self.agree(flow, ways, still, items).await?;
            // What is overwritten is what stood there just now, not what a page said some time ago.
            let near = |pair: &Pair| match flow.side() {
                Side::Left => !pair.plan.source.is_empty(),
                Side::Right => !pair.plan.target.is_empty(),
            };
            let (stale, moving): (Vec<Pair>, Vec<Pair>) = moving
                .into_iter()
                .partition(|pair| near(pair) && !pair.is_fresh);
            open = self.write_pairs(ways, moving, items).await?;
            open.extend(stale);
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
                Some(Pair {
                    place,
                    link,
                    source,
                    target,
                    parked: None,
                    parked_back: false,
                    plan: PairPlan::default(),
                    before: Before::default(),
                    to_target: Fields::new(),
                    to_source: Fields::new(),
                    is_fresh: false,
                    looked_again: false,
                    is_written: false,
                    handed: [false; 2],
                    begun_before: Default::default(),
                })
            })
            .collect();
        let ids = |side: Side| -> Vec<NativeId> {
            let sides = pairs.iter().map(|pair| pair.link.side(side));
            sides.map(|side| side.id.clone()).collect()
        };
        let (lefts, rights) = (ids(Side::Left), ids(Side::Right));
        let (tenant, store) = (&self.engine.tenant, &self.engine.store);
        let there = store.parked(tenant, ways.there.name(), &lefts).await?;
        let back = store.parked(tenant, ways.both.back.name(), &rights);
        for ((pair, there), back) in pairs.iter_mut().zip(there).zip(back.await?) {
            pair.parked = there;
            pair.parked_back = back.is_some();
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
        for pair in pairs {
            pair.is_fresh = anew;
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
        let asked_there = self.map_bodies(&ways.there, &sources, &[]).await?;
        let asked_back = self.map_bodies(&ways.both.back, &targets, &[]).await?;
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
            pair.is_written |= !pair.before.arrived.is_empty();
            let now = self.engine.world.now();
            let parked = [pair.parked.as_ref(), items[pair.place].parked.as_ref()];
            let retried = parked.into_iter().flatten().any(|parked| parked.retry);
            if let (false, Some((field, was))) = (retried, no_longer_ours(ways, &pair)) {
                items[pair.place].refuse(another(ways, &pair, &field, was));
                continue;
            }
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
            changes.extend(self.shown_since(ways, &pair));
            item.link = Some(link);
            if open {
                let refusal = dispute(&pair, ways);
                if matches!(flow.way, Way::There(_)) {
                    item.parked.clone_from(&pair.parked);
                    item.refuse(refusal);
                } else {
                    changes.push(self.aside(ways, &pair, &refusal));
                    item.note = Some(refusal.message);
                    item.done(Settled::Conflict);
                }
                continue;
            }
            if pair.parked.is_some() {
                changes.push(self.unpark(&ways.there, &pair.link.left.id));
            }
            if pair.parked_back {
                changes.push(self.unpark(&ways.both.back, &pair.link.right.id));
            }
            match item.step {
                Step::Done(Settled::Created | Settled::Adopted) => {}
                _ if pair.is_written => item.done(Settled::Updated),
                _ => item.done(Settled::Unchanged),
            }
        }
        self.commit(&ways.there, Site::Settled, changes).await
    }

    /// What both sides are at odds about stands aside with the flow there, whichever direction found it.
    fn aside(&self, ways: &Ways, pair: &Pair, refusal: &Refusal) -> Change {
        let source = pair.source.as_ref();
        let body = source.map_or(Value::Null, |entry| entry.body.clone());
        let there = &ways.there;
        let title = there.flow.record_title(&body, self.engine.words.lang());
        let record = ParkedRecord {
            id: &pair.link.left.id,
            title: &title,
            fingerprint: source_fingerprint(&there.flow, &body),
            before: pair.parked.as_ref(),
        };
        Change::PutParked(Box::new(self.parked_for(there, record, refusal)))
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
        // What was never handed over leaves no doubt behind.
        let mut changes = Vec::new();
        for pair in &mut pairs {
            let sides = not_handed_over(pair);
            sides.iter().for_each(|side| not_begun(pair, *side));
            if !sides.is_empty() {
                changes.push(Change::PutLink(Box::new(pair.link.clone())));
            }
        }
        self.commit(&ways.there, Site::Updated, changes).await?;
        pairs.retain(|pair| !failed(&items[pair.place].step));
        if let Some(halt) = stopped {
            for pair in &pairs {
                items[pair.place].step = Step::NotReached;
            }
            return Err(halt);
        }
        Ok(pairs)
    }

    /// Before a write leaves, its link says what it asks.
    async fn begin(&mut self, ways: &Ways, pairs: &mut [Pair]) -> Result<(), Halt> {
        let mut changes = Vec::new();
        for pair in pairs.iter_mut() {
            begin(ways, pair);
            for side in [Side::Left, Side::Right] {
                pair.link.side_mut(side).fingerprint = None;
            }
            changes.push(Change::PutLink(Box::new(pair.link.clone())));
            changes.extend(self.shown_since(ways, pair));
        }
        self.commit(&ways.there, Site::Updating, changes).await
    }

    /// Writes the winner's values into the other side, in batches. Pairs that fail are refused in their items.
    async fn write_side(
        &mut self,
        ways: &Ways,
        pairs: &mut [Pair],
        items: &mut [Item],
        winner: FlowSide,
    ) -> Result<Option<Halt>, Halt> {
        let end = end_of(ways, other(winner));
        let side = link_side(other(winner));
        let mut waiting: Vec<usize> = (0..pairs.len())
            .filter(|&nth| !changes_of(&pairs[nth], winner).is_empty())
            .filter(|&nth| !failed(&items[pairs[nth].place].step))
            .collect();
        let now = self.engine.world.now();
        let mut stopped = None;
        while !waiting.is_empty() && stopped.is_none() {
            let batch = self.write_batch(end).min(waiting.len());
            let chunk: Vec<usize> = waiting.drain(..batch).collect();
            let operations: Vec<Operation> = chunk
                .iter()
                .map(|&nth| {
                    let changes = changes_of(&pairs[nth], winner);
                    self.pair_operation(end, &pairs[nth], side, changes)
                })
                .collect();
            for &nth in &chunk {
                hand_over(&mut pairs[nth], other(winner));
            }
            let outcomes = self.write_call(end, &operations).await?;
            let others = answers_others(&outcomes);
            let mut changes = Vec::new();
            for (&nth, outcome) in chunk.iter().zip(outcomes) {
                let pair = &mut pairs[nth];
                match outcome {
                    Ok(applied) => {
                        let id = pair.link.side(side).id.to_string();
                        let left = &pair.link.left.id;
                        changes.push(self.event(&ways.there, left, "updated", updated(id)));
                        let written = changes_of(pair, winner).iter();
                        let asked: Fields = written
                            .map(|change| (change.field.clone(), change.to.clone()))
                            .collect();
                        changes.extend(self.not_kept(ways, left, other(winner), &asked, &applied));
                        pair.is_written = true;
                        let content = content(side, changes_of(pair, winner));
                        ceiling::note(&mut pair.link, &content, now);
                        let lost = taken(ways, pair, other(winner), &applied).into_iter();
                        let left = &pair.link.left.id;
                        changes.extend(
                            lost.map(|lost| self.lost(ways, left, other(winner), &lost, false)),
                        );
                        changes.push(Change::PutLink(Box::new(pair.link.clone())));
                    }
                    Err(fault) => {
                        if is_surely_not_written(&fault) {
                            not_begun(pair, other(winner));
                            changes.push(Change::PutLink(Box::new(pair.link.clone())));
                        }
                        if disposition(&fault) == Disposition::AskLadder {
                            let content = content(side, changes_of(pair, winner));
                            ceiling::note(&mut pair.link, &content, now);
                            changes.push(Change::PutLink(Box::new(pair.link.clone())));
                        }
                        if disposition(&fault) == Disposition::AskLadder && !pair.looked_again {
                            // Both sides tell whether it arrived.
                            pair.looked_again = true;
                            continue;
                        }
                        if disposition(&fault) == Disposition::Reread {
                            // Somebody was faster: look again.
                            continue;
                        }
                        let item = &mut items[pair.place];
                        match refused_update(fault, others) {
                            Ok(refusal) => item.refuse(refusal),
                            Err(fault) => {
                                match is_awaited(&fault) {
                                    true => {
                                        item.refuse(Refusal::from_fault(fault.clone()).waiting());
                                    }
                                    false => item.step = Step::NotReached,
                                }
                                stopped.get_or_insert(halt(end, fault));
                            }
                        }
                    }
                }
            }
            self.commit(&ways.there, Site::Updated, changes).await?;
            if !others {
                // Not each of them in turn when the system answers nobody.
                break;
            }
        }
        Ok(stopped)
    }

    /// A record that a flow that looks at both sides has made: what was asked of it stands in its link until
    /// both sides are seen to agree. Without an answer, what its system made of it shows when it is read.
    pub(super) fn note_creation(
        &self,
        flow: &FlowInstance,
        link: &mut Link,
        sent: &Value,
        own: &Value,
        answer: Option<&Applied>,
    ) -> Vec<Change> {
        let Some(ways) = self.ways(flow).ok().flatten() else {
            return Vec::new();
        };
        let made = match flow.side() {
            Side::Left => FlowSide::Target,
            Side::Right => FlowSide::Source,
        };
        let mut begun = Begun::creation(&ways.both.groups, made, sent, own);
        let mut changes = Vec::new();
        if let Some(applied) = answer {
            begun.answered(applied);
            changes = self.not_kept(&ways, &link.left.id, made, &begun.asked, applied);
        }
        put_begun(link, made, &[begun]);
        changes
    }

    fn pair_operation(
        &self,
        end: &Endpoint,
        pair: &Pair,
        side: Side,
        changes: &[FieldChange],
    ) -> Operation {
        let entry = match side {
            Side::Left => &pair.source,
            Side::Right => &pair.target,
        };
        let fields: Fields = changes
            .iter()
            .map(|change| (change.field.clone(), change.to.clone()))
            .collect();
        let version = entry.as_ref().and_then(|entry| entry.version.clone());
        let body = Value::Object(fields).to_string();
        let parts = ["pair", version.as_deref().unwrap_or_default(), &body];
        Operation {
            token: self.change_token(end, Some(&pair.link), &parts),
            action: Action::Update,
            id: Some(pair.link.side(side).id.clone()),
            version,
            body,
            resume: None,
        }
    }

    /// In a plan the writes are noted instead of carried out.
    fn note_pairs(&mut self, ways: &Ways, pairs: Vec<Pair>, items: &mut [Item]) {
        for pair in pairs {
            let item = &mut items[pair.place];
            if pair.plan.verdicts.contains(&Verdict::Conflict) {
                item.refuse(dispute(&pair, ways));
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

/// An answer came that says so. One who is silent, or breaks down, may have written it.
fn is_surely_not_written(fault: &Fault) -> bool {
    !matches!(
        disposition(fault),
        Disposition::AskLadder | Disposition::AwaitCall | Disposition::Isolate
    )
}

fn failed(step: &Step) -> bool {
    matches!(step, Step::Refused(_) | Step::NotReached)
}
