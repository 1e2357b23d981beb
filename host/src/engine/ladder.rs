//! Down the ladder: what became of a create whose answer never came.
//!
//! Found: it is linked. Surely absent: the stored bytes go out again under the same token. Cannot
//! tell: quarantine, saying so. Never a blind second create.

use serde_json::Value;

use crate::model::link::Cause;
use crate::model::manifest::Idempotency;
use crate::model::run::{Parked, ParkedKind, Report};
use crate::model::{
    Applied, Entry, Fault, FaultKind, Fingerprint, Link, LinkSide, LinkState, NativeId, Scope, Text,
};
use crate::store::{Change, Intent, IntentKind};

use super::item::Refusal;
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
            for intent in open {
                self.resolve_intent(&instance, &intent).await?;
            }
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
        match self.climb(flow, intent, interrupted).await? {
            Climb::Created(applied) if intent.kind == IntentKind::Report => {
                changes.extend(self.report_found(flow, intent, applied.id).await?);
            }
            Climb::Created(applied) => {
                let link = self.link_from_intent(flow, intent, applied.id, applied.version);
                changes.push(Change::PutLink(Box::new(link)));
                changes.push(self.event(flow, &intent.source, "recovered", Text::default()));
            }
            Climb::Existing(id) => {
                let ids = std::slice::from_ref(&id);
                let side = crate::model::Side::Right;
                let links = self.engine.store.links(&flow.set, side, ids).await?;
                match links
                    .into_iter()
                    .flatten()
                    .find(|link| link.left.id != intent.source)
                {
                    Some(link) => {
                        changes.push(self.park_intent(flow, intent, taken(flow, &id, Some(&link))))
                    }
                    None => {
                        let link = self.link_from_intent(flow, intent, id, None);
                        changes.push(Change::PutLink(Box::new(link)));
                    }
                }
            }
            Climb::Refused(refusal) if intent.kind == IntentKind::Target => {
                changes.push(self.park_intent(flow, intent, refusal));
            }
            // A refused report is tried again with its record.
            Climb::Refused(_) => {}
            Climb::SurelyNotWritten(fault) | Climb::Stop(fault) => {
                return Err(super::call::halt(&intent_end(flow, intent), fault));
            }
        }
        self.commit(flow, changes).await
    }

    /// The report that a crash hid is there: its record knows it from now on.
    async fn report_found(
        &self,
        flow: &FlowInstance,
        intent: &Intent,
        id: NativeId,
    ) -> Result<Option<Change>, Halt> {
        let ids = std::slice::from_ref(&intent.source);
        let parked = self
            .engine
            .store
            .parked(&self.engine.tenant, flow.name(), ids)
            .await?;
        Ok(parked.into_iter().flatten().next().map(|parked| {
            let report = Some(Report { id, marker: None });
            Change::PutParked(Box::new(Parked { report, ..parked }))
        }))
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

    fn park_intent(&self, flow: &FlowInstance, intent: &Intent, refusal: Refusal) -> Change {
        let now = self.engine.world.now();
        let context = &intent.context;
        Change::PutParked(Box::new(Parked {
            tenant: self.engine.tenant.clone(),
            flow: flow.name().clone(),
            id: intent.source.clone(),
            title: context["title"]
                .as_str()
                .unwrap_or(intent.source.as_str())
                .to_owned(),
            kind: ParkedKind::Quarantined,
            code: refusal.code,
            message: refusal.message,
            fault: refusal.fault,
            fingerprint: serde_json::from_value(context["fingerprint"].clone())
                .unwrap_or(Fingerprint([0; 16])),
            attempts: 1,
            first_at: now,
            last_at: now,
            report: None,
            retry: false,
        }))
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
