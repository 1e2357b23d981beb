//! Intent, remote write, link: the only file that writes into a target.
//!
//! The order is the promise: the intents of a `write` call are durable before it leaves, all its
//! outcomes are durable in one transaction after it, and whatever happens in between goes down the
//! ladder (`ladder.rs`), never blindly out again.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::guard::{self, Guard};
use crate::mapping::Identity;
use crate::model::link::{Cause, Circles};
use crate::model::run::Event;
use crate::model::{
    Action, Applied, Fault, Link, LinkSide, LinkState, NativeId, Operation, Outcome, Text, with_id,
};
use crate::store::{Change, Intent, IntentKind};

use super::call::{answers_others, halt, is_silence};
use super::called::is_awaited;
use super::ceiling;
use super::crash_point::Site;
use super::gate::is_to_be_told;
use super::image;
use super::item::{Decision, Item, Refusal, Settled, Step};
use super::ladder::{BY_NATURAL_KEY, Climb, not_again, unanswered};
use super::recognise::{compare_with_target, taken};
use super::retry::{Disposition, disposition};
use super::world;
use super::{FlowInstance, Halt, Job, words};

/// The ids that creates of one call came out under.
struct Given {
    created: BTreeSet<NativeId>,
    linked: BTreeSet<NativeId>,
}

impl Job<'_> {
    /// Carries out the decisions. Afterwards every item is linked (to be written back), refused or done.
    pub(super) async fn write(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
    ) -> Result<(), Halt> {
        self.adopt(flow, items).await?;
        let mut waiting: Vec<usize> = places(items, |decision| {
            matches!(decision, Decision::Create { .. })
        });
        while !waiting.is_empty() {
            let batch = self.write_batch(&flow.target).min(waiting.len());
            self.may_go_on()?;
            let chunk: Vec<usize> = waiting.drain(..batch).collect();
            self.create(flow, items, &chunk).await?;
        }
        let mut waiting = places(items, |decision| {
            matches!(decision, Decision::Update { .. })
        });
        while !waiting.is_empty() {
            let batch = self.write_batch(&flow.target).min(waiting.len());
            self.may_go_on()?;
            let chunk: Vec<usize> = waiting.drain(..batch).collect();
            self.update(flow, items, &chunk).await?;
        }
        self.answer_wishes(flow, items).await
    }

    /// Of what was asked for and is as it was, the source is told so.
    async fn answer_wishes(&mut self, flow: &FlowInstance, items: &mut [Item]) -> Result<(), Halt> {
        let mut changes = Vec::new();
        for item in items.iter_mut() {
            if item.step == Step::Decided(Decision::Unchanged) && is_to_be_told(flow, item) {
                changes.extend(in_step(flow, item));
                item.step = Step::WriteBack {
                    settled: Settled::Unchanged,
                    target: None,
                };
            }
        }
        self.commit(flow, Site::Settled, changes).await
    }

    async fn adopt(&mut self, flow: &FlowInstance, items: &mut [Item]) -> Result<(), Halt> {
        let (mut changes, mut adopted) = (Vec::new(), Vec::new());
        for (nth, item) in items.iter_mut().enumerate() {
            let Step::Decided(Decision::Adopt { entry, by }) = &item.step else {
                continue;
            };
            let (entry, by) = (entry.clone(), by.clone());
            let how = How::Adopted(by);
            self.link(flow, item, entry.clone().into(), how, &mut changes);
            if flow.flow.compares_target() {
                // Nobody has compared the two yet.
                adopted.push((nth, entry));
            }
        }
        self.commit(flow, Site::Adopted, changes).await?;
        let now = self.engine.world.now();
        for (nth, entry) in adopted {
            let item = &mut items[nth];
            compare_with_target(flow, item, &entry, now);
            if item.step == Step::Decided(Decision::Unchanged) {
                item.done(Settled::Adopted);
            }
        }
        Ok(())
    }

    async fn create(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
        chunk: &[usize],
    ) -> Result<(), Halt> {
        let intents: Vec<Intent> = chunk
            .iter()
            .map(|&place| self.intent(flow, &items[place]))
            .collect();
        self.put_intents(flow, &intents).await?;
        let operations: Vec<Operation> = intents.iter().map(operation).collect();
        let outcomes = self.write_call(&flow.target, &operations).await?;

        // A record that this very call created belongs to the one it was created for, not to one that
        // found its key taken by it.
        let mut given = Given {
            created: (outcomes.iter())
                .filter_map(|outcome| Some(outcome.as_ref().ok()?.id.clone()))
                .collect(),
            linked: BTreeSet::new(),
        };
        let each = chunk.iter().copied().zip(&intents).zip(outcomes);
        let (silent, answered): (Vec<_>, Vec<_>) =
            each.partition(|(_, outcome)| is_silence(outcome));
        // What was answered is on the disk before anybody looks for the others.
        let mut stopped = None;
        for part in [answered, silent] {
            let halted = self.create_outcomes(flow, items, part, &mut given).await?;
            stopped = stopped.or(halted);
        }
        stopped.map_or(Ok(()), Err)
    }

    /// Makes intents durable. What was looked up before them is settled by that: when one of their answers is lost,
    /// the question whether its record is there must not get the answer of before it was sent.
    pub(super) async fn put_intents(
        &mut self,
        flow: &FlowInstance,
        intents: &[Intent],
    ) -> Result<(), Halt> {
        if guard::holds(Guard::Intent) {
            let puts = intents.iter().cloned();
            let puts = puts.map(|intent| Change::PutIntent(Box::new(intent)));
            let puts = puts.chain(self.count_change(flow)).collect();
            self.commit(flow, Site::Intents, puts).await?;
        }
        self.read_is_settled().await
    }

    /// Stores what became of creates; the surroundings may stop the run.
    async fn create_outcomes(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
        outcomes: Vec<((usize, &Intent), Outcome)>,
        given: &mut Given,
    ) -> Result<Option<Halt>, Halt> {
        let mut changes = Vec::new();
        let mut stopped: Option<Halt> = None;
        let places: Vec<usize> = outcomes.iter().map(|((place, _), _)| *place).collect();
        for ((place, intent), outcome) in outcomes {
            let item = &mut items[place];
            let answered = outcome.is_ok();
            let end = match outcome {
                Ok(applied) => Climb::Created(applied),
                Err(fault) => self.after_create_fault(flow, intent, fault).await?,
            };
            match end {
                Climb::Created(applied) => {
                    changes.push(self.drop_intent(intent));
                    // Found later, it may have been worked on since: that is no answer to what we sent.
                    let (how, applied) = match flow.is_paired() && !answered {
                        true => (How::Found, Applied::bare(applied.id)),
                        false => (How::Made, applied),
                    };
                    match self
                        .taken_by_another(flow, item, &applied.id, &given.linked)
                        .await?
                    {
                        Some(refusal) => item.refuse(not_again(refusal)),
                        None => {
                            given.linked.insert(applied.id.clone());
                            self.link(flow, item, applied, how, &mut changes);
                        }
                    }
                }
                Climb::Existing(id) => {
                    changes.push(self.drop_intent(intent));
                    let by_this_call =
                        given.created.contains(&id) && guard::holds(Guard::UniqueLink);
                    let taken = match by_this_call {
                        true => Some(taken(flow, &id, None)),
                        false => {
                            self.taken_by_another(flow, item, &id, &given.linked)
                                .await?
                        }
                    };
                    match taken {
                        Some(refusal) => item.refuse(refusal),
                        None => {
                            given.linked.insert(id.clone());
                            let how = How::Adopted(BY_NATURAL_KEY.to_owned());
                            self.link(flow, item, Applied::bare(id), how, &mut changes);
                        }
                    }
                }
                Climb::Refused(refusal) => {
                    changes.push(self.drop_intent(intent));
                    item.refuse(refusal);
                }
                Climb::Unanswered(fault) => {
                    let record = (flow.set.clone(), item.id().clone(), intent.kind);
                    self.unanswered.insert(record);
                    item.refuse(unanswered(fault));
                }
                Climb::Stop(fault) if is_awaited(&fault) => {
                    let record = (flow.set.clone(), item.id().clone(), intent.kind);
                    self.unanswered.insert(record);
                    item.refuse(Refusal::from_fault(fault.clone()).waiting());
                    stopped.get_or_insert(halt(&flow.target, fault));
                }
                Climb::Stop(fault) => {
                    item.step = Step::NotReached;
                    stopped.get_or_insert(halt(&flow.target, fault));
                }
                Climb::SurelyNotWritten(fault) => {
                    item.step = Step::NotReached;
                    changes.push(self.drop_intent(intent));
                    stopped.get_or_insert(halt(&flow.target, fault));
                }
            }
        }
        // With its intent gone, only the quarantine keeps a refused record from being sent again.
        for place in places {
            if let Step::Refused(refusal) = &items[place].step {
                let parked = self.park(flow, &items[place], refusal);
                changes.push(Change::PutParked(Box::new(parked)));
            }
        }
        self.commit(flow, Site::Outcomes, changes).await?;
        Ok(stopped)
    }

    /// What a fault of a create means.
    pub(super) async fn after_create_fault(
        &mut self,
        flow: &FlowInstance,
        intent: &Intent,
        fault: Fault,
    ) -> Result<Climb, Halt> {
        Ok(match disposition(&fault) {
            Disposition::Adopt if is_found_by_key(flow, intent) => {
                let existing = fault
                    .existing
                    .as_deref()
                    .and_then(|id| NativeId::parse(id).ok());
                match existing {
                    Some(id) => Climb::Existing(id),
                    None => Climb::Refused(Refusal::from_fault(fault)),
                }
            }
            Disposition::Adopt | Disposition::Quarantine | Disposition::Isolate => {
                Climb::Refused(image::refused(flow, fault))
            }
            // Of several steps some may be done: then the intent, with the notes, is kept.
            Disposition::Reread | Disposition::RetryThenWait => {
                if self.is_half_done(intent).await? {
                    Climb::Unanswered(fault)
                } else {
                    Climb::Refused(Refusal::from_fault(fault).waiting())
                }
            }
            Disposition::AwaitCall => Climb::Stop(fault),
            Disposition::RetryThenStop | Disposition::Stop => {
                if self.is_half_done(intent).await? {
                    Climb::Stop(fault)
                } else {
                    Climb::SurelyNotWritten(fault)
                }
            }
            Disposition::AskLadder => self.climb(flow, intent, fault).await?,
        })
    }

    /// The connector has noted that it got some way.
    async fn is_half_done(&self, intent: &Intent) -> Result<bool, Halt> {
        let sent = self.with_notes(vec![operation(intent)]).await?;
        Ok(sent[0].resume.is_some())
    }

    async fn taken_by_another(
        &self,
        flow: &FlowInstance,
        item: &Item,
        id: &NativeId,
        given: &BTreeSet<NativeId>,
    ) -> Result<Option<Refusal>, Halt> {
        if !guard::holds(Guard::UniqueLink) {
            return Ok(None);
        }
        if given.contains(id) {
            return Ok(Some(taken(flow, id, None)));
        }
        let owner = self.owner_of(flow, id).await?;
        let other = owner.filter(|link| flow.near(link).id != item.entry.id);
        Ok(other.map(|link| taken(flow, id, Some(&link))))
    }

    /// The live link of a record of the target.
    pub(super) async fn owner_of(
        &self,
        flow: &FlowInstance,
        id: &NativeId,
    ) -> Result<Option<Link>, Halt> {
        let ids = std::slice::from_ref(id);
        let links = self
            .engine
            .store
            .links(&flow.set, flow.side().other(), ids)
            .await?;
        Ok(links.into_iter().flatten().next())
    }

    async fn update(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
        chunk: &[usize],
    ) -> Result<(), Halt> {
        let (chunk, operations): (Vec<usize>, Vec<Operation>) = chunk
            .iter()
            .filter_map(|&place| Some((place, self.update_operation(flow, &items[place])?)))
            .unzip();
        self.doubt(flow, items, &chunk).await?;
        let mut outcomes = self.update_call(&flow.target, &operations).await?;
        let links: Vec<Option<&Link>> = (chunk.iter())
            .map(|&place| items[place].link.as_ref())
            .collect();
        self.reread_conflicts(flow, &operations, &links, &mut outcomes)
            .await?;
        let mut changes = Vec::new();
        let mut stopped = None;
        let answers_others = answers_others(&outcomes);
        for (&place, outcome) in chunk.iter().zip(outcomes) {
            let item = &mut items[place];
            match outcome {
                Ok(applied) => self.updated(flow, item, applied, &mut changes),
                Err(fault) => match refused_update(fault, answers_others) {
                    Ok(refusal) => item.refuse(refusal),
                    Err(fault) => {
                        match is_awaited(&fault) {
                            true => item.refuse(Refusal::from_fault(fault.clone()).waiting()),
                            false => item.step = Step::NotReached,
                        }
                        stopped.get_or_insert(halt(&flow.target, fault));
                    }
                },
            }
        }
        self.commit(flow, Site::Updated, changes).await?;
        stopped.map_or(Ok(()), Err)
    }

    /// Before an update leaves, its link no longer says what the target has in these fields: if the
    /// answer never comes, they are written again, even when the source goes back to what it was.
    async fn doubt(
        &mut self,
        flow: &FlowInstance,
        items: &[Item],
        chunk: &[usize],
    ) -> Result<(), Halt> {
        let mut changes = Vec::new();
        for &place in chunk {
            let item = &items[place];
            let (Some(link), Step::Decided(Decision::Update { changes: fields })) =
                (&item.link, &item.step)
            else {
                continue;
            };
            let mut link = link.clone();
            flow.near_mut(&mut link).fingerprint = None;
            for side in ["sent", "kept"] {
                let base = flow.far_mut(&mut link).base.as_mut();
                let known = base.and_then(|base| base.get_mut(side));
                if let Some(known) = known.and_then(Value::as_object_mut) {
                    known.retain(|field, _| !fields.iter().any(|change| change.field == *field));
                }
            }
            changes.push(Change::PutLink(Box::new(link)));
        }
        self.commit(flow, Site::Updating, changes).await
    }

    fn update_operation(&self, flow: &FlowInstance, item: &Item) -> Option<Operation> {
        let Step::Decided(Decision::Update { changes }) = &item.step else {
            return None;
        };
        let link = item.link.as_ref()?;
        let fields: Map<String, Value> = changes
            .iter()
            .map(|change| (change.field.clone(), change.to.clone()))
            .collect();
        let (version, body) = (
            flow.far(link).version.clone(),
            Value::Object(fields).to_string(),
        );
        let parts = ["update", version.as_deref().unwrap_or_default(), &body];
        Some(Operation {
            token: self.change_token(&flow.target, Some(link), &parts),
            action: Action::Update,
            id: Some(flow.far(link).id.clone()),
            version,
            body,
            resume: None,
        })
    }

    /// Somebody edited the target since we last saw it: the source still rules the fields it changed,
    /// so the same fields go out once more against the new version.
    async fn reread_conflicts(
        &mut self,
        flow: &FlowInstance,
        operations: &[Operation],
        links: &[Option<&Link>],
        outcomes: &mut [Outcome],
    ) -> Result<(), Halt> {
        let stale: Vec<usize> = (0..outcomes.len())
            .filter(|&place| {
                matches!(&outcomes[place], Err(fault) if disposition(fault) == Disposition::Reread)
            })
            .collect();
        if stale.is_empty() {
            return Ok(());
        }
        let ids: Vec<NativeId> = stale
            .iter()
            .filter_map(|&place| operations[place].id.clone())
            .collect();
        let entries = self.read_each(&flow.target, &ids).await?;
        let mut repeat = Vec::new();
        let mut repeated = Vec::new();
        for (&place, entry) in stale.iter().zip(entries) {
            if let Ok(Some(entry)) = entry {
                let before = &operations[place];
                let version = entry.version.as_deref().unwrap_or_default();
                // Against another version it is another operation.
                let parts = ["update", version, &before.body];
                let token = match flow.target.connector.is_called() {
                    true => self.change_token(&flow.target, links[place], &parts),
                    false => before.token.clone(),
                };
                repeat.push(Operation {
                    token,
                    version: entry.version,
                    ..before.clone()
                });
                repeated.push(place);
            }
        }
        let answers = self.write_call(&flow.target, &repeat).await?;
        for (place, answer) in repeated.into_iter().zip(answers) {
            outcomes[place] = answer;
        }
        Ok(())
    }

    fn updated(
        &self,
        flow: &FlowInstance,
        item: &mut Item,
        applied: Applied,
        changes: &mut Vec<Change>,
    ) {
        let (Some(mut link), Some(mapped)) = (item.link.take(), item.mapped.as_ref()) else {
            return;
        };
        let near = flow.near_mut(&mut link);
        near.version = item.entry.version.clone();
        near.fingerprint = Some(item.fingerprint);
        let far = flow.far_mut(&mut link);
        far.version = applied.version;
        far.base = Some(json!({ "sent": mapped.body, "kept": applied.body }));
        let now = self.engine.world.now();
        link.updated_at = now;
        if item.parked.as_ref().is_some_and(|parked| parked.retry) {
            link.circles = Circles::default();
        }
        ceiling::note(&mut link, &ceiling::written(mapped), now);
        let id = flow.far(&link).id.to_string();
        let sentence = format!("updated: {id}");
        let args = vec![("id", id)];
        let message = words("engine-updated", args, sentence);
        changes.push(self.event(flow, item.id(), "updated", message));
        item.step = match flow.flow.writes_back_after_sync() && !item.entry.deleted {
            true => {
                changes.push(self.owe_write_back(flow, &mut link));
                // What else the target made of it only the target knows.
                Step::WriteBack {
                    settled: Settled::Updated,
                    target: None,
                }
            }
            false => {
                if item.parked.take().is_some() {
                    changes.push(self.unpark(flow, item.id()));
                }
                Step::Done(Settled::Updated)
            }
        };
        changes.push(Change::PutLink(Box::new(link.clone())));
        item.link = Some(link);
    }

    /// The link of a record that is now in the target, with its place in history.
    pub(super) fn link(
        &self,
        flow: &FlowInstance,
        item: &mut Item,
        applied: Applied,
        how: How,
        changes: &mut Vec<Change>,
    ) {
        let now = self.engine.world.now();
        let name = flow.name().clone();
        let sent = item
            .mapped
            .as_ref()
            .map(|mapped| mapped.body.clone())
            .unwrap_or(Value::Null);
        let created = !matches!(how, How::Adopted(_));
        let target = (created || applied.body.is_some())
            .then(|| overlay(&sent, applied.body.as_ref(), &applied.id));
        let settled = if created {
            Settled::Created
        } else {
            Settled::Adopted
        };
        let mut far = LinkSide::new(applied.id.clone());
        far.version.clone_from(&applied.version);
        if !flow.is_paired() && flow.flow.may_update() {
            far.base = Some(json!({ "sent": sent, "kept": applied.body }));
        }
        let mut near = LinkSide::new(item.entry.id.clone());
        near.version = item.entry.version.clone();
        // A pair that is looked at from both sides is compared before it counts as one.
        near.fingerprint = (!flow.is_paired()).then_some(item.fingerprint);
        let created_at = item.link.as_ref().map_or(now, |link| link.created_at);
        let (left, right) = flow.ends(near, far);
        let mut link = Link {
            set: flow.set.clone(),
            left,
            right,
            state: LinkState::Linked,
            generation: item.generation,
            cause: match &how {
                How::Adopted(rule) => Cause::Adopted(name, rule.clone()),
                How::Made | How::Found => Cause::Created(name),
            },
            created_at,
            updated_at: now,
            circles: item.circles(),
        };
        if created {
            let own = &item.entry.body;
            let answer = matches!(how, How::Made).then_some(&applied);
            changes.extend(self.note_creation(flow, &mut link, &sent, own, answer));
        }
        // Whoever empties the source's identifier again and again is in a circle with us as well.
        if let (true, Some(mapped)) = (item.link.is_some(), &item.mapped) {
            ceiling::note(&mut link, &ceiling::written(mapped), now);
        }
        let kind = if created { "created" } else { "adopted" };
        let (id, entity) = (flow.far(&link).id.to_string(), flow.target.entity.clone());
        let sentence = format!("{kind}: {entity} {id}");
        let args = vec![("entity", entity), ("id", id)];
        let key = if created {
            "engine-created"
        } else {
            "engine-adopted"
        };
        let owes = flow.flow.has_write_back();
        if owes {
            changes.push(self.owe_write_back(flow, &mut link));
        } else if item.parked.take().is_some() {
            changes.push(self.unpark(flow, item.id()));
        }
        changes.push(Change::PutLink(Box::new(link.clone())));
        changes.push(self.event(flow, item.id(), kind, words(key, args, sentence)));
        item.link = Some(link);
        item.step = if owes {
            Step::WriteBack { settled, target }
        } else {
            Step::Done(settled)
        };
    }

    /// Journals that the source is still to be told. The link names the intent, and the write-back
    /// takes it away; whatever ends the run before, the next one finishes it first.
    pub(super) fn owe_write_back(&self, flow: &FlowInstance, link: &mut Link) -> Change {
        let token = world::token(&*self.engine.world);
        let near = flow.near_mut(link);
        near.base = Some(json!({ "owed": token }));
        let source = near.id.clone();
        Change::PutIntent(Box::new(Intent {
            token,
            kind: IntentKind::WriteBack,
            tenant: self.engine.tenant.clone(),
            flow: flow.name().clone(),
            set: flow.set.clone(),
            source: source.clone(),
            connection: flow.source.connection.clone(),
            entity: flow.set.end(flow.side()).1.clone(),
            action: Action::Update,
            target: Some(source),
            version: None,
            body: String::new(),
            generation: link.generation,
            created_at: self.engine.world.now(),
            sent: false,
            progress: None,
            context: Value::Null,
        }))
    }

    pub(super) fn event(
        &self,
        flow: &FlowInstance,
        record: &NativeId,
        kind: &str,
        message: Text,
    ) -> Change {
        Change::AddEvent(Box::new(Event {
            at: self.engine.world.now(),
            tenant: self.engine.tenant.clone(),
            flow: Some(flow.name().clone()),
            run: Some(self.run.clone()),
            record: Some(record.clone()),
            kind: kind.to_owned(),
            message,
        }))
    }

    fn intent(&self, flow: &FlowInstance, item: &Item) -> Intent {
        let body = match &item.step {
            Step::Decided(Decision::Create { body }) => body.to_string(),
            _ => String::new(),
        };
        Intent {
            token: world::token(&*self.engine.world),
            kind: IntentKind::Target,
            tenant: self.engine.tenant.clone(),
            flow: flow.name().clone(),
            set: flow.set.clone(),
            source: item.entry.id.clone(),
            connection: flow.target.connection.clone(),
            entity: flow.set.end(flow.side().other()).1.clone(),
            action: Action::Create,
            target: None,
            version: None,
            body,
            generation: item.generation,
            created_at: self.engine.world.now(),
            sent: true,
            progress: None,
            context: json!({ "fingerprint": item.fingerprint, "title": item.title,
                "near": flow.is_paired().then_some(&item.entry.body) }),
        }
    }

    pub(super) fn drop_intent(&self, intent: &Intent) -> Change {
        Change::RemoveIntent {
            tenant: intent.tenant.clone(),
            token: intent.token.clone(),
        }
    }

    /// What remains of a page: links whose source moved without effect, and records that are fine
    /// again leave the quarantine.
    pub(super) async fn settle_rest(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
    ) -> Result<(), Halt> {
        let mut changes = Vec::new();
        for item in items.iter_mut() {
            if item.step == Step::Decided(Decision::Unchanged) {
                changes.extend(in_step(flow, item));
                item.done(Settled::Unchanged);
            }
            let fine = matches!(
                item.step,
                Step::Done(
                    Settled::Created | Settled::Adopted | Settled::Updated | Settled::Unchanged
                )
            );
            // One that a person wanted tried again and that is no longer selected is settled as well; so is what nobody
            // asks any more, as its refusal was the answer.
            let dropped = item.step == Step::Done(Settled::Filtered)
                && (flow.flow.answers() || item.parked.as_ref().is_some_and(|one| one.retry));
            if (fine || dropped) && item.parked.take().is_some() {
                changes.push(self.unpark(flow, &item.entry.id));
            }
        }
        self.commit(flow, Site::Settled, changes).await
    }
}

/// The link of a record whose source moved without effect.
fn in_step(flow: &FlowInstance, item: &mut Item) -> Option<Change> {
    let link = item.link.as_mut()?;
    let before = link.clone();
    let near = flow.near_mut(link);
    near.fingerprint = Some(item.fingerprint);
    near.version = item.entry.version.clone();
    let far = flow.far_mut(link);
    if far.base.is_none()
        && let Some(mapped) = &item.mapped
    {
        far.base = Some(json!({ "sent": mapped.body, "kept": null }));
    }
    (*link != before).then(|| Change::PutLink(Box::new(link.clone())))
}

/// A fault of one update: its record is refused, or the run ends with it.
pub(super) fn refused_update(fault: Fault, answers_others: bool) -> Result<Refusal, Fault> {
    match disposition(&fault) {
        Disposition::AskLadder if answers_others => Ok(Refusal::from_fault(fault).waiting()),
        Disposition::RetryThenStop
        | Disposition::Stop
        | Disposition::AskLadder
        | Disposition::AwaitCall => Err(fault),
        Disposition::RetryThenWait | Disposition::Reread => {
            Ok(Refusal::from_fault(fault).waiting())
        }
        Disposition::Quarantine | Disposition::Adopt | Disposition::Isolate => {
            Ok(Refusal::from_fault(fault))
        }
    }
}

/// How a record came to be in the target.
pub(super) enum How {
    /// We made it, and this is what came of it.
    Made,
    /// We made it, and found it later.
    Found,
    /// It was there, recognised by this rule.
    Adopted(String),
}

pub(super) fn operation(intent: &Intent) -> Operation {
    Operation {
        token: intent.token.clone(),
        action: intent.action,
        id: intent.target.clone(),
        version: intent.version.clone(),
        body: intent.body.clone(),
        resume: intent.progress.clone(),
    }
}

/// Whether the record that holds the key of what was to be created is the one that is meant.
pub(super) fn is_found_by_key(flow: &FlowInstance, intent: &Intent) -> bool {
    let natural = |identity: &Identity| matches!(identity, Identity::Natural { .. });
    intent.kind == IntentKind::Needed || flow.flow.identities().iter().any(natural)
}

/// The target as far as we know it: what was sent, over it what the vendor answered, and its id.
pub(super) fn overlay(sent: &Value, answered: Option<&Value>, id: &NativeId) -> Value {
    let mut whole = sent.as_object().cloned().unwrap_or_default();
    if let Some(Value::Object(answered)) = answered {
        whole.extend(
            answered
                .iter()
                .map(|(field, value)| (field.clone(), value.clone())),
        );
    }
    with_id(Value::Object(whole), id)
}

fn places(items: &[Item], wanted: impl Fn(&Decision) -> bool) -> Vec<usize> {
    (0..items.len())
        .filter(|&place| matches!(&items[place].step, Step::Decided(d) if wanted(d)))
        .collect()
}
