//! Both versions on the same tapes and the same records, before one takes the other's place.
//!
//! Tapes that the old version plays to the byte are played by the new one; and what a run would do over the pairs
//! that changed last is planned with both, and their records read with both. Nothing is written anywhere.
//!
//! The new version uses the sessions of the connections as they are: a token that a vendor renews for it would else be lost
//! to the old one.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::super::Control;
use super::super::error::{Blame, ControlError};
use super::super::request::{Answer, FlowRef};
use super::reading::read_otherwise;
use crate::connector::Loaded;
use crate::connector::tape::replay::Verdict;
use crate::engine::{Endpoint, FlowInstance, Notice, Observer, PlanReport, PlannedRecord};
use crate::model::text::words;
use crate::model::{ConnectionId, FlowName, Link, NativeId, Side, TenantId, Text};

/// Of each connection, the newest.
const TAPES_MAX: usize = 20;
/// Of each flow, those that changed last.
const RECORDS_MAX: usize = 20;
/// Links that are looked through for them.
const LINKS_MAX: usize = 5_000;
/// What is told of each flow; the rest is counted.
const TOLD_MAX: usize = 10;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Rehearsal {
    pub tapes: usize,
    pub tapes_otherwise: Vec<Text>,
    pub records: usize,
    pub records_otherwise: Vec<Text>,
    /// What could not be rehearsed, and why.
    pub left_out: Vec<Text>,
}

impl Rehearsal {
    /// None was made: it was made before, or the new version may not yet do what it asks for.
    pub fn not_made(is_allowed: bool) -> Self {
        let why = words!(
            "rehearsal-not-allowed",
            "neither checked nor rehearsed, since it would use what it may not use yet: --accept-permissions allows it"
        );
        Self {
            left_out: if is_allowed { Vec::new() } else { vec![why] },
            ..Self::default()
        }
    }

    pub fn is_same(&self) -> bool {
        self.tapes_otherwise.is_empty() && self.records_otherwise.is_empty()
    }
}

/// What changed last of a flow, as the old version made it.
struct Recent {
    flow: Arc<FlowInstance>,
    links: Vec<Link>,
}

struct Unheard;

impl Observer for Unheard {
    fn notice(&self, _: &Notice) {}
}

impl Control {
    pub(super) async fn rehearse(
        &self,
        name: &str,
        old: &Loaded,
        new: &Loaded,
    ) -> Result<Rehearsal, ControlError> {
        let mut rehearsal = Rehearsal::default();
        let users = self.users(name, None)?;
        for (tenant, connection) in &users {
            self.rehearse_tapes(tenant, connection, (old, new), &mut rehearsal)
                .await?;
        }
        let with_new = self.with_connector(new.clone());
        for needing in self.flows_over(&users)? {
            let flow = FlowRef {
                tenant: Some(needing.tenant.clone()),
                flow: needing.flow.clone(),
            };
            // Also where nothing can be planned: the rules must fit what the new version says of itself.
            if self.made(&flow).await.is_ok()
                && let Err(error) = with_new.made(&flow).await
            {
                rehearsal.records_otherwise.push(not_planned(&flow, &error));
                continue;
            }
            let left_out = match self.recent(&flow).await {
                Ok(recent) if recent.links.is_empty() => {
                    words!(
                        "rehearsal-no-links",
                        "flow {flow}: it has no links yet",
                        flow = needing.flow
                    )
                }
                Ok(recent) => match self
                    .rehearse_records(&with_new, &flow, &recent, &mut rehearsal)
                    .await
                {
                    Ok(()) => continue,
                    Err(error) => not_planned(&flow, &error),
                },
                Err(error) => not_planned(&flow, &error),
            };
            rehearsal.left_out.push(left_out);
        }
        Ok(rehearsal)
    }

    async fn rehearse_tapes(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        (old, new): (&Loaded, &Loaded),
        rehearsal: &mut Rehearsal,
    ) -> Result<(), ControlError> {
        let runtime = self.runtime().await?;
        let mut tapes = self.tapes()?;
        tapes.retain(|(row, _)| row.tenant == *tenant && row.connection == *connection);
        for (row, path) in tapes.into_iter().rev().take(TAPES_MAX) {
            let Ok(tape) = self.open_tape(&path) else {
                continue;
            };
            let before = runtime.replay(old, &tape).await;
            // Another version's: what it would do now is not what it did then.
            if !matches!(before.verdict, Verdict::Same | Verdict::SameSoFar) {
                continue;
            }
            rehearsal.tapes += 1;
            let after = runtime.replay(new, &tape).await;
            let (tape, call) = (row.name, row.call);
            match after.verdict {
                Verdict::Same | Verdict::SameSoFar => {}
                Verdict::Departed => rehearsal.tapes_otherwise.push(words!(
                    "rehearsal-departed",
                    "tape {tape} ({call}): it asks something else of its system",
                    tape = tape,
                    call = call
                )),
                Verdict::ReturnedOtherwise => rehearsal.tapes_otherwise.push(words!(
                    "rehearsal-returned",
                    "tape {tape} ({call}): it returns something else",
                    tape = tape,
                    call = call
                )),
            }
        }
        Ok(())
    }

    async fn rehearse_records(
        &self,
        with_new: &Self,
        flow: &FlowRef,
        recent: &Recent,
        rehearsal: &mut Rehearsal,
    ) -> Result<(), ControlError> {
        let records = recent.ids(&recent.flow.source);
        let count = records.len();
        let before = self.planned(flow, &records).await?;
        let after = match with_new.planned(flow, &records).await {
            Ok(after) => after,
            // With the old version it can be planned.
            Err(error) => {
                rehearsal.records_otherwise.push(not_planned(flow, &error));
                return Ok(());
            }
        };
        rehearsal.records += count;
        let mut found = otherwise(&before, &after);
        if !found.is_empty() {
            // People work meanwhile: what the old version plans otherwise now is not the new one's doing.
            let again = self.planned(flow, &records).await?;
            let moved: Vec<Key> = otherwise(&before, &again)
                .into_iter()
                .map(|(key, _)| key)
                .collect();
            found.retain(|(key, _)| !moved.contains(key));
        }
        let mut told: Vec<Text> = found.into_iter().map(|(_, text)| text).collect();
        told.extend(self.read_with_both(with_new, flow, recent).await?);
        let more = told.len().saturating_sub(TOLD_MAX);
        told.truncate(TOLD_MAX);
        rehearsal.records_otherwise.append(&mut told);
        if more > 0 {
            rehearsal.records_otherwise.push(words!(
                "rehearsal-more",
                "flow {flow}: {count} records more",
                flow = flow.flow,
                count = more
            ));
        }
        Ok(())
    }

    /// A plan of a pair that is in step asks nothing of its target, and of its source only the changes.
    async fn read_with_both(
        &self,
        with_new: &Self,
        flow: &FlowRef,
        recent: &Recent,
    ) -> Result<Vec<Text>, ControlError> {
        let new = with_new.made(flow).await?;
        let mut told = Vec::new();
        for (old, new) in [
            (&recent.flow.source, &new.source),
            (&recent.flow.target, &new.target),
        ] {
            let version = |end: &Endpoint| end.connector.manifest().version.clone();
            if version(old) == version(new) || !old.spec().operations.read {
                continue;
            }
            let read = read_otherwise(&flow.flow, (old, new), &recent.ids(old)).await;
            told.extend(
                read.map_err(|fault| ControlError::fault(old.connection.as_str(), &fault))?,
            );
        }
        Ok(told)
    }

    async fn planned(
        &self,
        flow: &FlowRef,
        records: &[NativeId],
    ) -> Result<PlanReport, ControlError> {
        match self
            .plan(flow.clone(), records.to_vec(), None, Arc::new(Unheard))
            .await?
        {
            Answer::Plan(plan) => match &plan.stopped {
                Some((connection, fault)) => Err(ControlError::fault(connection.as_str(), fault)),
                None => Ok(plan),
            },
            _ => Err(ControlError::bug("a plan was answered with something else")),
        }
    }

    /// The links of a flow that changed last.
    async fn recent(&self, flow: &FlowRef) -> Result<Recent, ControlError> {
        let made = self.made(flow).await?;
        if made.source.connector.is_called() || made.target.connector.is_called() {
            let why = words!(
                "rehearsal-called",
                "its system cannot be asked, it calls us"
            );
            return Err(ControlError::new("rehearsal-called", Blame::Command, why));
        }
        let mut links = self
            .store()
            .await?
            .link_page(&made.set, None, LINKS_MAX)
            .await?;
        links.sort_by_key(|link| std::cmp::Reverse(link.updated_at));
        links.truncate(RECORDS_MAX);
        Ok(Recent { flow: made, links })
    }

    async fn made(&self, flow: &FlowRef) -> Result<Arc<FlowInstance>, ControlError> {
        let id = self.tenant(flow.tenant.clone())?;
        let open = self.open_tenant(&id, None).await?;
        match open.flows.get(&flow.flow) {
            Some(made) => made.clone(),
            None => Err(ControlError::bug("a flow that is there cannot be found")),
        }
    }
}

impl Recent {
    /// The records at one end of the flow.
    fn ids(&self, end: &Endpoint) -> Vec<NativeId> {
        let set = &self.flow.set;
        let side = match set.left.0 == end.connection && set.left.1.as_str() == end.entity {
            true => Side::Left,
            false => Side::Right,
        };
        let links = self.links.iter();
        links.map(|link| link.side(side).id.clone()).collect()
    }
}

fn not_planned(flow: &FlowRef, error: &ControlError) -> Text {
    words!(
        "rehearsal-no-plan",
        "flow {flow}: {why}",
        flow = flow.flow;
        why = error.in_short()
    )
}

type Key = (FlowName, NativeId);

/// The records that are planned otherwise, each with the first thing that differs.
fn otherwise(before: &PlanReport, after: &PlanReport) -> Vec<(Key, Text)> {
    let by_key = |plan: &PlanReport| -> BTreeMap<Key, PlannedRecord> {
        let records = plan.records.iter();
        records
            .map(|record| ((record.flow.clone(), record.id.clone()), record.clone()))
            .collect()
    };
    let (before, after) = (by_key(before), by_key(after));
    let mut keys: Vec<&Key> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter()
        .filter_map(|key| {
            let (old, new) = (before.get(key), after.get(key));
            (old != new).then(|| (key.clone(), told(key, old, new)))
        })
        .collect()
}

fn told(key: &Key, old: Option<&PlannedRecord>, new: Option<&PlannedRecord>) -> Text {
    let one = |record: Option<&PlannedRecord>| -> String {
        let Some(record) = record else {
            return "–".to_owned();
        };
        let action = serde_json::to_value(record.action).ok();
        let action = action
            .and_then(|action| action.as_str().map(str::to_owned))
            .unwrap_or_default();
        let other = if old == Some(record) { new } else { old };
        let same = |field: &&crate::engine::PlannedField| {
            other.is_some_and(|other| other.fields.contains(field))
        };
        let fields = record.fields.iter().filter(|field| !same(field)).take(3);
        let fields: Vec<String> = fields
            .map(|field| format!("{} = {}", field.field, field.to))
            .collect();
        let message = record
            .message
            .as_ref()
            .map(|message| message.fallback.clone());
        let parts = std::iter::once(action).chain(fields).chain(message);
        parts
            .collect::<Vec<_>>()
            .join(", ")
            .chars()
            .take(300)
            .collect()
    };
    words!(
        "rehearsal-record",
        "flow {flow}, record {record}: {after}; before: {before}",
        flow = key.0,
        record = key.1,
        after = one(new),
        before = one(old)
    )
}
