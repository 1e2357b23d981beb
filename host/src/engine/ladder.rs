//! Down the ladder: what became of a create whose answer never came.
//!
//! Found: it is linked. Surely absent: the stored bytes go out again under the same token. Cannot
//! tell: quarantine, saying so. Never a blind second create.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::guard::{self, Guard};
use crate::mapping::Identity;
use crate::model::link::{Cause, Circles};
use crate::model::manifest::Idempotency;
use crate::model::run::{Parked, Report};
use crate::model::{
    Applied, Entry, Fault, FaultKind, Fingerprint, Link, LinkSide, LinkState, NativeId, Scope,
};
use crate::store::{Change, Intent, IntentKind};

use super::call::{Query, of_one_question};
use super::called::is_awaited;
use super::crash_point::Site;
use super::item::{Refusal, RefusalKind};
use super::park::ParkedRecord;
use super::recognise::taken;
use super::report::told_perhaps;
use super::retry::{Disposition, disposition};
use super::settle::{is_found_by_key, operation};
use super::walk::Walk;
use super::world;
use super::{Endpoint, FlowInstance, Halt, Job, PAGE_RECORDS_MAX, words};
use crate::model::FlowName;

/// A vendor forgets a key some time before its window ends: clocks differ.
const WINDOW_MARGIN_S: i64 = 3_600;
/// Resends of one create within one run.
const RESENDS_MAX: u32 = 3;

/// The rule that recognised a record which a system named as the one that holds the key already.
pub(super) const BY_NATURAL_KEY: &str = "natural key";

/// The code of a create that may have been carried out where nothing can tell.
pub const MAY_EXIST: &str = "may-exist-already";

/// Where a create came out.
pub(super) enum Climb {
    Created(Applied),
    /// Somebody else's record holds the key: adopt it.
    Existing(NativeId),
    Refused(Refusal),
    /// The surroundings stop the run; nothing was written.
    SurelyNotWritten(Fault),
    /// The surroundings stop the run, and it is still unknown: the intent stays open.
    Stop(Fault),
    /// It is not there, and no answer to it ever comes while the system answers others: the intent
    /// stays open and the record waits, so that one poisoned record never stops a flow.
    Unanswered(Fault),
}

/// What is known of an operation before anybody is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Handed {
    /// Something was answered, or nobody knows.
    Answered,
    /// It waits for its system's call under its token, or has its answer there.
    Over,
}

/// What one rung of the ladder says.
enum Rung {
    There(Entry),
    Absent,
    Several(Vec<Entry>),
    /// The vendor itself tells the first time from the second: sending again is safe.
    Resend,
    Silent,
}

impl Job<'_> {
    /// Resolves one unknown create.
    pub(super) async fn climb(
        &mut self,
        flow: &FlowInstance,
        intent: &Intent,
        why: Fault,
    ) -> Result<Climb, Halt> {
        self.climb_from(flow, intent, why, Handed::Answered).await
    }

    /// The same for one that a crash cut off, or that still waits for its system's call.
    async fn climb_after_crash(
        &mut self,
        flow: &FlowInstance,
        intent: &Intent,
        why: Fault,
    ) -> Result<Climb, Halt> {
        let end = intent_end(flow, intent);
        let handed = match end.connector.is_under_way(&intent.token).await {
            Ok(true) => Handed::Over,
            Ok(false) => Handed::Answered,
            Err(fault) => return Ok(Climb::Stop(fault)),
        };
        self.climb_from(flow, intent, why, handed).await
    }

    async fn climb_from(
        &mut self,
        flow: &FlowInstance,
        intent: &Intent,
        why: Fault,
        handed: Handed,
    ) -> Result<Climb, Halt> {
        let end = intent_end(flow, intent);
        let mut why = why;
        for resends in 0..=RESENDS_MAX {
            // What a system that calls us was handed went out again and again in the same bytes until it answered.
            // An answer that nobody knows what became of it says that its name does not help; sending it once
            // more would be doing it once more.
            let spent = end.connector.is_called() && resends > 0;
            let rung = match (handed, resends) {
                // The same operation once more: where its answer is there already, that is the answer.
                (Handed::Over, 0) => Ok(Rung::Resend),
                _ => self.ask_ladder(flow, &end, intent, spent).await,
            };
            // Sending again is safe, but nobody has looked whether it is there.
            let unseen = matches!(rung, Ok(Rung::Resend));
            match rung {
                Ok(Rung::There(entry)) => return Ok(Climb::Created(entry.into())),
                Ok(Rung::Several(entries)) => return Ok(Climb::Refused(several(&entries))),
                Ok(Rung::Silent) => return Ok(Climb::Refused(may_exist(&why))),
                // The next run makes it anew.
                Ok(Rung::Absent) if spent => {
                    return Ok(Climb::Refused(Refusal::from_fault(why).waiting()));
                }
                Ok(Rung::Absent | Rung::Resend) => {}
                Err(Halt::Fault { fault, .. }) if of_one_question(&fault) => {
                    return Ok(Climb::Refused(may_exist(&fault)));
                }
                Err(Halt::Fault { fault, .. }) => return Ok(Climb::Stop(*fault)),
                Err(other) => return Err(other),
            }
            if resends == RESENDS_MAX {
                break;
            }
            let mut again = self.with_notes(vec![operation(intent)]).await?;
            if !guard::holds(Guard::Token) {
                again[0].token = world::token(&*self.engine.world);
            }
            let outcome = self.write_call(&end, &again).await?.remove(0);
            let fault = match outcome {
                Ok(applied) => return Ok(Climb::Created(applied)),
                Err(fault) => fault,
            };
            match disposition(&fault) {
                Disposition::AskLadder => why = fault,
                Disposition::Adopt if !is_found_by_key(flow, intent) => {
                    return Ok(Climb::Refused(may_exist(&fault)));
                }
                Disposition::Adopt => {
                    let id = fault
                        .existing
                        .as_deref()
                        .and_then(|id| NativeId::parse(id).ok());
                    return Ok(id.map_or_else(
                        || Climb::Refused(Refusal::from_fault(fault)),
                        Climb::Existing,
                    ));
                }
                Disposition::RetryThenStop | Disposition::Stop | Disposition::AwaitCall => {
                    return Ok(Climb::Stop(fault));
                }
                Disposition::RetryThenWait => return Ok(Climb::Unanswered(fault)),
                Disposition::Isolate | Disposition::Reread if unseen => {
                    return Ok(Climb::Unanswered(fault));
                }
                Disposition::Quarantine | Disposition::Isolate | Disposition::Reread => {
                    return Ok(Climb::Refused(Refusal::from_fault(fault)));
                }
            }
        }
        Ok(Climb::Unanswered(why))
    }

    /// Asks the rungs from the strongest down until one knows; without the vendor's own key where that is spent.
    async fn ask_ladder(
        &mut self,
        flow: &FlowInstance,
        end: &Endpoint,
        intent: &Intent,
        spent: bool,
    ) -> Result<Rung, Halt> {
        // A record may be reported again after its first report was closed: that one is not meant.
        let closed = flow.flow.report().and_then(|report| report.open.as_ref());
        let closed = closed.filter(|_| intent.kind == IntentKind::Report);
        let meant = |entry: &Entry| {
            let closed = closed.is_some_and(|(field, value)| entry.body.get(field) == Some(value));
            !entry.deleted && !closed
        };
        let age_s = self.engine.world.now().as_second() - intent.created_at.as_second();
        for rung in end.spec().idempotency.clone() {
            let said = match rung {
                Idempotency::NativeKey(_) if spent => Rung::Silent,
                Idempotency::NativeKey(window_s)
                    if (0..i64::from(window_s) - WINDOW_MARGIN_S).contains(&age_s) =>
                {
                    Rung::Resend
                }
                Idempotency::NativeKey(_) | Idempotency::Other(_) => Rung::Silent,
                Idempotency::Upsert => Rung::Resend,
                Idempotency::Marker(field) => match marked(flow, intent, &field) {
                    Some(query) => self.by_key(end, query, meant).await?,
                    None => Rung::Silent,
                },
                Idempotency::HiddenMarker(field) => {
                    self.by_scan(end, intent, &field, meant).await?
                }
            };
            if !matches!(said, Rung::Silent) {
                return Ok(said);
            }
        }
        match needed_by(intent) {
            Some(query) => self.by_key(end, query, meant).await,
            None => Ok(Rung::Silent),
        }
    }

    async fn by_key(
        &mut self,
        end: &Endpoint,
        query: Query,
        meant: impl Fn(&Entry) -> bool,
    ) -> Result<Rung, Halt> {
        let mut found = self.find_each(end, &[query]).await?;
        let found = found
            .remove(0)
            .map_err(|fault| super::call::halt(end, fault))?;
        Ok(one_of(found.into_iter().filter(meant).collect()))
    }

    /// The system stores our marker but cannot search by it: look at every record.
    async fn by_scan(
        &mut self,
        end: &Endpoint,
        intent: &Intent,
        field: &str,
        meant: impl Fn(&Entry) -> bool,
    ) -> Result<Rung, Halt> {
        let Some(value) = sent_value(intent, field) else {
            return Ok(Rung::Silent);
        };
        let (mut found, mut walk) = (Vec::new(), Walk::from(None));
        loop {
            let page = self.query(end, walk.at()).await?;
            let more = walk.pass(&page);
            found.extend(
                page.entries
                    .into_iter()
                    .filter(|entry| meant(entry) && entry.body.get(field) == Some(&value)),
            );
            match more {
                Ok(true) => {}
                // Nothing may be concluded from absence.
                Ok(false) if found.is_empty() && !page.complete => return Ok(Rung::Silent),
                Ok(false) => return Ok(one_of(found)),
                Err(_) => return Ok(Rung::Silent),
            }
        }
    }

    /// At the start of a run: every intent that a crash left open is understood before anything else.
    /// Those of a flow that was renamed or copied are of the same pairs, and count as well.
    pub(super) async fn resolve_open_intents(&mut self, flow: &FlowInstance) -> Result<(), Halt> {
        let reachable = self.engine.reachable(flow.name());
        for intent in self.open_intents(&reachable, false).await? {
            let owner = self.owner(&reachable, &intent);
            self.resolve_intent(&owner, &intent).await?;
        }
        let mut owed: BTreeMap<FlowName, (Arc<FlowInstance>, Vec<Intent>)> = BTreeMap::new();
        for intent in self.open_intents(&reachable, true).await? {
            let owner = self.owner(&reachable, &intent);
            let of_flow = owed.entry(owner.name().clone());
            of_flow.or_insert((owner, Vec::new())).1.push(intent);
        }
        for (owner, owed) in owed.into_values() {
            // What a flow owes is written by a page of its own, and a page may need other flows.
            Box::pin(self.finish_write_backs(&owner, owed)).await?;
        }
        Ok(())
    }

    /// The open intents over the pairs of these flows, whichever flow left them.
    async fn open_intents(
        &self,
        flows: &[Arc<FlowInstance>],
        write_backs: bool,
    ) -> Result<Vec<Intent>, Halt> {
        let open = self.engine.store.intents(&self.engine.tenant, None).await?;
        let of_pairs = |intent: &Intent| flows.iter().any(|flow| left_by(flow, intent));
        Ok(open
            .into_iter()
            .filter(|intent| (intent.kind == IntentKind::WriteBack) == write_backs)
            .filter(of_pairs)
            .collect())
    }

    /// The flow that an intent belongs to: the one that left it while it still has these ends, else
    /// the one that has them now.
    fn owner(&self, flows: &[Arc<FlowInstance>], intent: &Intent) -> Arc<FlowInstance> {
        let left_it = self.engine.flows.get(&intent.flow);
        let left_it = left_it.filter(|flow| left_by(flow, intent));
        let has_ends = || flows.iter().find(|flow| left_by(flow, intent));
        left_it.or_else(has_ends).unwrap_or(&flows[0]).clone()
    }

    /// Whether what the intent was for has come about, or gone, in some other way: a person linked the
    /// pair, or the record left the quarantine.
    async fn is_settled_otherwise(
        &self,
        flow: &FlowInstance,
        intent: &Intent,
    ) -> Result<bool, Halt> {
        match intent.kind {
            IntentKind::Report => {
                return Ok(self.parked_of(flow, &intent.source).await?.is_none());
            }
            IntentKind::Needed => return Ok(false),
            IntentKind::Target | IntentKind::WriteBack => {}
        }
        let ids = std::slice::from_ref(&intent.source);
        let links = self.engine.store.links(&flow.set, flow.side(), ids).await?;
        let newer = |link: &Link| link.generation >= intent.generation;
        let relinked = links.iter().flatten().any(newer);
        Ok(intent.target.is_none() && relinked)
    }

    async fn resolve_intent(&mut self, flow: &FlowInstance, intent: &Intent) -> Result<(), Halt> {
        if self.is_settled_otherwise(flow, intent).await? {
            let dropped = vec![self.drop_intent(intent)];
            return self.commit(flow, Site::Resolved, dropped).await;
        }
        let interrupted = interrupted();
        let mut changes = vec![self.drop_intent(intent)];
        let climb = self.climb_after_crash(flow, intent, interrupted).await?;
        match (intent.kind, climb) {
            (IntentKind::Target, Climb::Stop(fault)) if is_awaited(&fault) => {
                let waits = Refusal::from_fault(fault.clone()).waiting();
                let parked = self.park_intent(flow, intent, waits).await?;
                self.commit(flow, Site::Resolved, vec![parked]).await?;
                return Err(super::call::halt(&intent_end(flow, intent), fault));
            }
            (_, Climb::SurelyNotWritten(fault) | Climb::Stop(fault)) => {
                return Err(super::call::halt(&intent_end(flow, intent), fault));
            }
            (kind, Climb::Unanswered(fault)) => {
                let record = (flow.set.clone(), intent.source.clone(), kind);
                self.unanswered.insert(record);
                changes.clear();
                if kind == IntentKind::Target {
                    changes.push(self.park_intent(flow, intent, unanswered(fault)).await?);
                }
            }
            (IntentKind::Report, Climb::Created(Applied { id, .. }) | Climb::Existing(id)) => {
                changes.extend(self.report_found(flow, intent, id).await?);
            }
            (IntentKind::Report, Climb::Refused(refusal)) => {
                // It is tried again with its record, unless it may be there already.
                let parked = self.parked_of(flow, &intent.source).await?;
                changes.extend(parked.and_then(|parked| told_perhaps(&parked, &refusal)));
            }
            // From here on a look-up finds it, or asks for it again.
            (IntentKind::WriteBack | IntentKind::Needed, _) => {}
            (IntentKind::Target, Climb::Refused(refusal)) => {
                changes.push(self.park_intent(flow, intent, refusal).await?);
            }
            (IntentKind::Target, Climb::Created(applied)) => {
                let recovered = self.recovered(flow, intent, applied, true).await?;
                let link = recovered.iter().find_map(|change| match change {
                    Change::PutLink(link) => Some(link),
                    _ => None,
                });
                if let Some(link) = link {
                    self.count_created(flow, intent, link);
                }
                changes.extend(recovered);
            }
            (IntentKind::Target, Climb::Existing(id)) => {
                // Somebody else's record holds the key: nothing of ours was made.
                let found = Applied::bare(id);
                changes.extend(self.recovered(flow, intent, found, false).await?);
            }
        }
        self.commit(flow, Site::Resolved, changes).await
    }

    /// The link of a create that a crash hid, unless its target belongs to another record.
    async fn recovered(
        &self,
        flow: &FlowInstance,
        intent: &Intent,
        applied: Applied,
        is_ours: bool,
    ) -> Result<Vec<Change>, Halt> {
        let owner = self.owner_of(flow, &applied.id).await?;
        if let Some(link) = owner.filter(|link| flow.near(link).id != intent.source) {
            let refusal = taken(flow, &applied.id, Some(&link));
            let refusal = match is_ours {
                true => not_again(refusal),
                false => refusal,
            };
            return Ok(vec![self.park_intent(flow, intent, refusal).await?]);
        }
        let mut changes = Vec::new();
        let mut link = self.link_from_intent(flow, intent, applied, is_ours);
        if flow.flow.has_write_back() {
            changes.push(self.owe_write_back(flow, &mut link));
        }
        changes.push(self.unpark(flow, &intent.source));
        let sentence = format!("found after an interruption: {}", flow.far(&link).id);
        let args = vec![("id", flow.far(&link).id.to_string())];
        let message = words("engine-recovered", args, sentence);
        changes.push(self.event(flow, &intent.source, "recovered", message));
        changes.push(Change::PutLink(Box::new(link)));
        Ok(changes)
    }

    /// Tells the source what an earlier run could not, before anything else.
    async fn finish_write_backs(
        &mut self,
        flow: &FlowInstance,
        owed: Vec<Intent>,
    ) -> Result<(), Halt> {
        for chunk in owed.chunks(PAGE_RECORDS_MAX as usize) {
            let ids: Vec<NativeId> = chunk.iter().map(|intent| intent.source.clone()).collect();
            let links = self
                .engine
                .store
                .links(&flow.set, flow.side(), &ids)
                .await?;
            let found = self.read_each(&flow.source, &ids).await?;
            let (mut over, mut entries, mut looked_at) = (Vec::new(), Vec::new(), Vec::new());
            for ((intent, link), entry) in chunk.iter().zip(&links).zip(found) {
                let owes = link.as_ref().is_some_and(|link| owes(flow, link, intent));
                match entry {
                    // Nobody to be told, or nothing to tell any more.
                    Ok(None) => over.push(self.drop_intent(intent)),
                    Ok(Some(entry)) if entry.deleted || !owes => {
                        over.push(self.drop_intent(intent));
                    }
                    Ok(Some(entry)) => {
                        entries.push(entry);
                        looked_at.push(intent.clone());
                    }
                    // It stays owed until it can be read.
                    Err(_) => {}
                }
            }
            self.commit(flow, Site::Gone, over).await?;
            self.settle_page(flow, entries, super::Asked::Owed).await?;
            self.forgive(flow, &looked_at).await?;
        }
        Ok(())
    }

    /// A flow that no longer writes back, or no longer wants the record, owes it nothing: only what waits
    /// for a person or for another run stays owed.
    async fn forgive(&mut self, flow: &FlowInstance, owed: &[Intent]) -> Result<(), Halt> {
        let ids: Vec<NativeId> = owed.iter().map(|intent| intent.source.clone()).collect();
        let store = &self.engine.store;
        let links = store.links(&flow.set, flow.side(), &ids).await?;
        let parked = store.parked(&self.engine.tenant, flow.name(), &ids).await?;
        let mut changes = Vec::new();
        for ((intent, link), parked) in owed.iter().zip(links).zip(parked) {
            if let Some(mut link) = link
                && owes(flow, &link, intent)
                && parked.is_none()
            {
                flow.near_mut(&mut link).base = None;
                changes.push(self.drop_intent(intent));
                changes.push(Change::PutLink(Box::new(link)));
            }
        }
        self.commit(flow, Site::Gone, changes).await
    }

    /// The report that a crash hid is there: its record knows it from now on.
    async fn report_found(
        &self,
        flow: &FlowInstance,
        intent: &Intent,
        id: NativeId,
    ) -> Result<Option<Change>, Halt> {
        let parked = self.parked_of(flow, &intent.source).await?;
        Ok(parked.map(|parked| {
            Change::PutParked(Box::new(Parked {
                report: Some(Report::after(id, parked.report.as_ref())),
                unreported: false,
                ..parked
            }))
        }))
    }

    async fn parked_of(&self, flow: &FlowInstance, id: &NativeId) -> Result<Option<Parked>, Halt> {
        let ids = std::slice::from_ref(id);
        let tenant = &self.engine.tenant;
        let found = self.engine.store.parked(tenant, flow.name(), ids).await?;
        Ok(found.into_iter().flatten().next())
    }

    fn link_from_intent(
        &self,
        flow: &FlowInstance,
        intent: &Intent,
        found: Applied,
        is_ours: bool,
    ) -> Link {
        let mut near = LinkSide::new(intent.source.clone());
        near.fingerprint = serde_json::from_value(intent.context["fingerprint"].clone()).ok();
        let mut far = LinkSide::new(found.id);
        far.version = found.version;
        let sent: Value = serde_json::from_str(&intent.body).unwrap_or(Value::Null);
        if flow.is_paired() {
            // Both sides are compared before they count as one.
            near.fingerprint = None;
        } else if flow.flow.may_update() {
            far.base = Some(serde_json::json!({ "sent": sent, "kept": null }));
        }
        let (left, right) = flow.ends(near, far);
        let name = flow.name().clone();
        let mut link = Link {
            set: intent.set.clone(),
            left,
            right,
            state: LinkState::Linked,
            generation: intent.generation,
            cause: match is_ours {
                true => Cause::Created(name),
                false => Cause::Adopted(name, BY_NATURAL_KEY.to_owned()),
            },
            created_at: intent.created_at,
            updated_at: self.engine.world.now(),
            circles: Circles::default(),
        };
        if is_ours {
            self.note_creation(flow, &mut link, &sent, &intent.context["near"], None);
        }
        link
    }

    /// Parks the record of an intent, keeping what is known of it from before.
    async fn park_intent(
        &self,
        flow: &FlowInstance,
        intent: &Intent,
        refusal: Refusal,
    ) -> Result<Change, Halt> {
        let before = self.parked_of(flow, &intent.source).await?;
        let context = &intent.context;
        let title = context["title"].as_str().unwrap_or(intent.source.as_str());
        let fingerprint = serde_json::from_value(context["fingerprint"].clone());
        let record = ParkedRecord {
            id: &intent.source,
            title,
            fingerprint: fingerprint.unwrap_or(Fingerprint([0; 16])),
            before: before.as_ref(),
        };
        let parked = self.parked_for(flow, record, &refusal);
        Ok(Change::PutParked(Box::new(parked)))
    }
}

/// It was carried out, and what came of it belongs to another record: sent again by itself it would make
/// one more each time.
pub(super) fn not_again(refusal: Refusal) -> Refusal {
    Refusal {
        code: MAY_EXIST.to_owned(),
        kind: RefusalKind::Rejected,
        ..refusal
    }
}

/// Whether the link still waits for this very write-back.
fn owes(flow: &FlowInstance, link: &Link, intent: &Intent) -> bool {
    let owed = flow
        .near(link)
        .base
        .as_ref()
        .and_then(|base| base.get("owed"));
    owed.and_then(Value::as_str) == Some(intent.token.as_str())
}

/// Whether the intent may be one of this flow's: over its pairs, and in its direction.
fn left_by(flow: &FlowInstance, intent: &Intent) -> bool {
    let (connection, entity) = match intent.kind {
        IntentKind::Target => flow.set.end(flow.side().other()),
        IntentKind::WriteBack => flow.set.end(flow.side()),
        IntentKind::Needed => {
            return flow.set == intent.set && flow.target.connection == intent.connection;
        }
        IntentKind::Report => {
            return flow.set == intent.set && flow.source.connection == intent.connection;
        }
    };
    flow.set == intent.set && (connection, entity) == (&intent.connection, &intent.entity)
}

/// Where an intent's write goes: the flow's target, or for a report an entity of the source.
fn intent_end(flow: &FlowInstance, intent: &Intent) -> Endpoint {
    let end = match intent.kind {
        IntentKind::Target | IntentKind::Needed => &flow.target,
        IntentKind::Report | IntentKind::WriteBack => &flow.source,
    };
    Endpoint {
        entity: intent.entity.to_string(),
        ..end.clone()
    }
}

/// The key that a record is looked up by which was to be made for a look-up.
fn needed_by(intent: &Intent) -> Option<Query> {
    let said = |name: &str| intent.context[name].as_str();
    let needed = intent.kind == IntentKind::Needed;
    let (by, value) = (said("by")?, said("value")?);
    needed.then(|| vec![(by.to_owned(), Value::from(value))])
}

/// A create of which a run before this one never heard.
pub(super) fn interrupted() -> Fault {
    Fault::new(
        FaultKind::OutcomeUnknown,
        Scope::Record,
        words(
            "engine-interrupted",
            vec![],
            "the run was interrupted while it was being written",
        ),
    )
}

/// The marker, and what the flow finds a record by together with it: records of many kinds may share one entity.
fn marked(flow: &FlowInstance, intent: &Intent, field: &str) -> Option<Query> {
    let mut query = vec![(field.to_owned(), sent_value(intent, field)?)];
    let of_marker = |identity: Identity| match identity {
        Identity::Natural { fields, .. } => {
            fields.iter().any(|name| name == field).then_some(fields)
        }
        Identity::Marker { .. } => None,
    };
    let beside = flow.flow.identities().into_iter().find_map(of_marker);
    for name in beside.into_iter().flatten().filter(|name| name != field) {
        if let Some(value) = sent_value(intent, &name) {
            query.push((name, value));
        }
    }
    Some(query)
}

fn sent_value(intent: &Intent, field: &str) -> Option<Value> {
    let body: Value = serde_json::from_str(&intent.body).ok()?;
    body.get(field)
        .filter(|value| !value.is_null() && value.as_str() != Some(""))
        .cloned()
}

fn one_of(mut found: Vec<Entry>) -> Rung {
    match found.len() {
        0 => Rung::Absent,
        1 => Rung::There(found.remove(0)),
        _ => Rung::Several(found),
    }
}

fn several(entries: &[Entry]) -> Refusal {
    let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    let ids = ids.join(", ");
    let sentence = format!("several records carry our key: {ids}");
    Refusal::rejected(
        MAY_EXIST,
        words("engine-several-carry", vec![("ids", ids)], sentence),
    )
}

/// It was sent again and again, the system never answered it, and it is surely not there.
pub(super) fn unanswered(why: Fault) -> Refusal {
    let said = &why.message.fallback;
    let sentence = format!(
        "sent several times, never answered, and it is not in the target: {said}. The next run tries again"
    );
    let message = words("engine-unanswered", vec![], sentence).with("why", why.message.clone());
    Refusal {
        code: "never-answered".to_owned(),
        message,
        fault: Some(why),
        kind: RefusalKind::Waiting,
        dispute: None,
    }
}

fn may_exist(why: &Fault) -> Refusal {
    let said = &why.message.fallback;
    let sentence = format!("it may exist already in the target, and nothing can tell: {said}");
    let message = words("engine-may-exist", vec![], sentence).with("why", why.message.clone());
    let mut refusal = Refusal::rejected(MAY_EXIST, message);
    refusal.fault = Some(why.clone());
    refusal
}
