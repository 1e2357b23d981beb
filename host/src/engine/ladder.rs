//! Down the ladder: what became of a create whose answer never came.
//!
//! Found: it is linked. Surely absent: the stored bytes go out again under the same token. Cannot
//! tell: quarantine, saying so. Never a blind second create.

use serde_json::Value;

use crate::model::link::Cause;
use crate::model::manifest::Idempotency;
use crate::model::run::{Parked, ParkedKind, Report};
use crate::model::{
    Applied, Entry, Fault, FaultKind, Fingerprint, Link, LinkSide, LinkState, NativeId, Scope, Side,
};
use crate::store::{Change, Intent, IntentKind};

use super::item::{Refusal, RefusalKind};
use super::recognise::taken;
use super::retry::{Disposition, disposition};
use super::settle::{as_applied, operation};
use super::{Endpoint, FlowInstance, Halt, Job, PAGE_RECORDS_MAX, words};

/// A vendor forgets a key some time before its window ends: clocks differ.
const WINDOW_MARGIN_S: i64 = 3_600;
/// Resends of one create within one run.
const RESENDS_MAX: u32 = 3;

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
        let end = intent_end(flow, intent);
        let mut why = why;
        for _ in 0..RESENDS_MAX {
            match self.ask_ladder(&end, intent).await {
                Ok(Rung::There(entry)) => return Ok(Climb::Created(as_applied(&entry))),
                Ok(Rung::Several(entries)) => return Ok(Climb::Refused(several(&entries))),
                Ok(Rung::Silent) => return Ok(Climb::Refused(may_exist(&why))),
                Ok(Rung::Absent | Rung::Resend) => {}
                Err(Halt::Fault { fault, .. }) => return Ok(Climb::Stop(*fault)),
                Err(other) => return Err(other),
            }
            let outcome = self.write_call(&end, &[operation(intent)]).await?.remove(0);
            let fault = match outcome {
                Ok(applied) => return Ok(Climb::Created(applied)),
                Err(fault) => fault,
            };
            match disposition(&fault) {
                Disposition::AskLadder => why = fault,
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
                Disposition::RetryThenStop | Disposition::Stop | Disposition::RetryThenWait => {
                    return Ok(Climb::Stop(fault));
                }
                Disposition::Quarantine | Disposition::Isolate | Disposition::Reread => {
                    return Ok(Climb::Refused(Refusal::from_fault(fault)));
                }
            }
        }
        Ok(Climb::Stop(why))
    }

    /// Asks the rungs from the strongest down until one knows.
    async fn ask_ladder(&mut self, end: &Endpoint, intent: &Intent) -> Result<Rung, Halt> {
        let age_s = self.engine.world.now().as_second() - intent.created_at.as_second();
        for rung in end.spec().idempotency.clone() {
            let said = match rung {
                Idempotency::NativeKey(window_s)
                    if (0..i64::from(window_s) - WINDOW_MARGIN_S).contains(&age_s) =>
                {
                    Rung::Resend
                }
                Idempotency::NativeKey(_) | Idempotency::Other(_) => Rung::Silent,
                Idempotency::Upsert => Rung::Resend,
                Idempotency::Marker(field) => self.by_intent_marker(end, intent, &field).await?,
                Idempotency::HiddenMarker(field) => self.by_scan(end, intent, &field).await?,
            };
            if !matches!(said, Rung::Silent) {
                return Ok(said);
            }
        }
        Ok(Rung::Silent)
    }

    async fn by_intent_marker(
        &self,
        end: &Endpoint,
        intent: &Intent,
        field: &str,
    ) -> Result<Rung, Halt> {
        let Some(value) = sent_value(intent, field) else {
            return Ok(Rung::Silent);
        };
        let mut found = self.find(end, &[vec![(field.to_owned(), value)]]).await?;
        let live: Vec<Entry> = found
            .remove(0)
            .into_iter()
            .filter(|entry| !entry.deleted)
            .collect();
        Ok(one_of(live))
    }

    /// The system stores our marker but cannot search by it: look at every record.
    async fn by_scan(&self, end: &Endpoint, intent: &Intent, field: &str) -> Result<Rung, Halt> {
        let Some(value) = sent_value(intent, field) else {
            return Ok(Rung::Silent);
        };
        let (mut found, mut at) = (Vec::new(), None);
        loop {
            let page = end
                .connector
                .query(&end.entity, &[], at.as_deref(), PAGE_RECORDS_MAX)
                .await
                .map_err(|fault| super::call::halt(end, fault))?;
            found.extend(
                page.entries
                    .into_iter()
                    .filter(|entry| !entry.deleted && entry.body.get(field) == Some(&value)),
            );
            match page.next {
                Some(next) if page.more && Some(&next) != at.as_ref() => at = Some(next),
                _ if page.complete => return Ok(one_of(found)),
                _ if found.is_empty() => return Ok(Rung::Silent),
                _ => return Ok(one_of(found)),
            }
        }
    }

    /// At the start of a run: every intent that a crash left open is understood before anything else.
    pub(super) async fn resolve_open_intents(&mut self, flow: &FlowInstance) -> Result<(), Halt> {
        for name in self.leases.keys().cloned().collect::<Vec<_>>() {
            let instance = match self.engine.flows.get(&name) {
                Some(instance) => instance.clone(),
                None => continue,
            };
            let open = self
                .engine
                .store
                .intents(&self.engine.tenant, Some(&name))
                .await?;
            for intent in open
                .iter()
                .filter(|intent| intent.kind != IntentKind::WriteBack)
            {
                self.resolve_intent(&instance, intent).await?;
            }
            // What a flow owes is written by a page of its own, and a page may need other flows.
            Box::pin(self.finish_write_backs(&instance)).await?;
        }
        debug_assert!(self.leases.contains_key(flow.name()));
        Ok(())
    }

    async fn resolve_intent(&mut self, flow: &FlowInstance, intent: &Intent) -> Result<(), Halt> {
        let interrupted = Fault::new(
            FaultKind::OutcomeUnknown,
            Scope::Record,
            words(
                "engine-interrupted",
                vec![],
                "the run was interrupted while it was being written",
            ),
        );
        let mut changes = vec![self.drop_intent(intent)];
        match (intent.kind, self.climb(flow, intent, interrupted).await?) {
            (_, Climb::SurelyNotWritten(fault) | Climb::Stop(fault)) => {
                return Err(super::call::halt(&intent_end(flow, intent), fault));
            }
            (IntentKind::Report, Climb::Created(Applied { id, .. }) | Climb::Existing(id)) => {
                changes.extend(self.report_found(flow, intent, id).await?);
            }
            // A refused report is tried again with its record.
            (IntentKind::Report | IntentKind::WriteBack, _) => {}
            (IntentKind::Target, Climb::Refused(refusal)) => {
                changes.push(self.park_intent(flow, intent, refusal).await?);
            }
            (IntentKind::Target, Climb::Created(applied)) => {
                changes.extend(self.recovered(flow, intent, applied).await?);
            }
            (IntentKind::Target, Climb::Existing(id)) => {
                let applied = Applied {
                    id,
                    version: None,
                    body: None,
                };
                changes.extend(self.recovered(flow, intent, applied).await?);
            }
        }
        self.commit(flow, changes).await
    }

    /// The link of a create that a crash hid, unless its target belongs to another record.
    async fn recovered(
        &self,
        flow: &FlowInstance,
        intent: &Intent,
        applied: Applied,
    ) -> Result<Vec<Change>, Halt> {
        let ids = std::slice::from_ref(&applied.id);
        let links = self.engine.store.links(&flow.set, Side::Right, ids).await?;
        let other = links
            .into_iter()
            .flatten()
            .find(|link| link.left.id != intent.source);
        if let Some(link) = other {
            let refusal = taken(flow, &applied.id, Some(&link));
            return Ok(vec![self.park_intent(flow, intent, refusal).await?]);
        }
        let mut changes = Vec::new();
        let mut link = self.link_from_intent(flow, intent, applied.id, applied.version);
        if flow.flow.has_write_back() {
            changes.push(self.owe_write_back(flow, &mut link));
        }
        let sentence = format!("found after an interruption: {}", link.right.id);
        let args = vec![("id", link.right.id.to_string())];
        let message = words("engine-recovered", args, sentence);
        changes.push(self.event(flow, &intent.source, "recovered", message));
        changes.push(Change::PutLink(Box::new(link)));
        Ok(changes)
    }

    /// Tells the source what an earlier run could not, before anything else.
    async fn finish_write_backs(&mut self, flow: &FlowInstance) -> Result<(), Halt> {
        let open = self
            .engine
            .store
            .intents(&self.engine.tenant, Some(flow.name()))
            .await?;
        let owed: Vec<Intent> = open
            .into_iter()
            .filter(|intent| intent.kind == IntentKind::WriteBack)
            .collect();
        for chunk in owed.chunks(PAGE_RECORDS_MAX as usize) {
            let ids: Vec<NativeId> = chunk.iter().map(|intent| intent.source.clone()).collect();
            let found = self.read_end(&flow.source, &ids).await?;
            let gone = chunk
                .iter()
                .zip(&found)
                .filter(|(_, entry)| entry.is_none());
            let dropped = gone.map(|(intent, _)| self.drop_intent(intent)).collect();
            self.commit(flow, dropped).await?;
            let entries = found.into_iter().flatten().collect();
            self.settle_page(flow, entries, super::Asked::ByReference)
                .await?;
        }
        Ok(())
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
            let report = Some(Report::after(id, parked.report.as_ref()));
            Change::PutParked(Box::new(Parked { report, ..parked }))
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
        id: NativeId,
        version: Option<String>,
    ) -> Link {
        let mut left = LinkSide::new(intent.source.clone());
        left.fingerprint = serde_json::from_value(intent.context["fingerprint"].clone()).ok();
        let mut right = LinkSide::new(id);
        right.version = version;
        if flow.flow.may_update() {
            let sent: Value = serde_json::from_str(&intent.body).unwrap_or(Value::Null);
            right.base = Some(serde_json::json!({ "sent": sent, "kept": null }));
        }
        Link {
            set: intent.set.clone(),
            left,
            right,
            state: LinkState::Linked,
            generation: intent.generation,
            cause: Cause::Created(flow.name().clone()),
            created_at: intent.created_at,
            updated_at: self.engine.world.now(),
        }
    }

    /// Parks the record of an intent, keeping what is known of it from before.
    async fn park_intent(
        &self,
        flow: &FlowInstance,
        intent: &Intent,
        refusal: Refusal,
    ) -> Result<Change, Halt> {
        let now = self.engine.world.now();
        let before = self.parked_of(flow, &intent.source).await?;
        let context = &intent.context;
        let title = context["title"].as_str().unwrap_or(intent.source.as_str());
        Ok(Change::PutParked(Box::new(Parked {
            tenant: self.engine.tenant.clone(),
            flow: flow.name().clone(),
            id: intent.source.clone(),
            title: title.to_owned(),
            kind: match refusal.kind {
                RefusalKind::Rejected | RefusalKind::Afterwards => ParkedKind::Quarantined,
                RefusalKind::Waiting => ParkedKind::Waiting,
                RefusalKind::Conflict => ParkedKind::Conflict,
            },
            code: refusal.code,
            message: refusal.message,
            fault: refusal.fault,
            fingerprint: serde_json::from_value(context["fingerprint"].clone())
                .unwrap_or(Fingerprint([0; 16])),
            attempts: before.as_ref().map_or(0, |parked| parked.attempts) + 1,
            first_at: before.as_ref().map_or(now, |parked| parked.first_at),
            last_at: now,
            report: before.and_then(|parked| parked.report),
            retry: false,
        })))
    }
}

/// Where an intent's write goes: the flow's target, or for a report an entity of the source.
fn intent_end(flow: &FlowInstance, intent: &Intent) -> Endpoint {
    let end = match intent.kind {
        IntentKind::Target => &flow.target,
        IntentKind::Report | IntentKind::WriteBack => &flow.source,
    };
    Endpoint {
        entity: intent.entity.to_string(),
        ..end.clone()
    }
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
    Refusal::conflict(
        "ambiguous",
        words("engine-several-carry", vec![("ids", ids)], sentence),
    )
}

fn may_exist(why: &Fault) -> Refusal {
    let said = why.message.fallback.clone();
    let sentence = format!("it may exist already in the target, and nothing can tell: {said}");
    let mut refusal = Refusal::rejected(
        "may-exist-already",
        words("engine-may-exist", vec![("why", said)], sentence),
    );
    refusal.fault = Some(why.clone());
    refusal
}
