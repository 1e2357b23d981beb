//! The record of a refusal, as it stands aside.

use crate::model::link::Circles;
use crate::model::run::Parked;
use crate::model::{Fingerprint, NativeId};
use crate::store::Change;

use super::gate::stamps_of;
use super::item::{Item, Refusal, RefusalKind};
use super::{FlowInstance, Job};

/// What is known of a record that is to stand aside.
pub(super) struct ParkedRecord<'a> {
    pub id: &'a NativeId,
    pub title: &'a str,
    pub fingerprint: Fingerprint,
    pub before: Option<&'a Parked>,
}

impl Job<'_> {
    /// The parked record of a refusal, keeping what is known from before.
    pub(super) fn park(&self, flow: &FlowInstance, item: &Item, refusal: &Refusal) -> Parked {
        let record = ParkedRecord {
            id: &item.entry.id,
            title: &item.title,
            fingerprint: item.fingerprint,
            before: item.parked.as_ref(),
        };
        Parked {
            stamps: Some(stamps_of(flow, &item.entry.body)),
            ..self.parked_for(flow, record, refusal)
        }
    }

    pub(super) fn parked_for(
        &self,
        flow: &FlowInstance,
        record: ParkedRecord<'_>,
        refusal: &Refusal,
    ) -> Parked {
        let now = self.engine.world.now();
        let before = record.before;
        Parked {
            tenant: self.engine.tenant.clone(),
            flow: flow.name().clone(),
            id: record.id.clone(),
            title: record.title.to_owned(),
            kind: refusal.kind.parked(),
            code: refusal.code.clone(),
            message: refusal.message.clone(),
            fault: refusal.fault.clone(),
            fingerprint: record.fingerprint,
            stamps: None,
            attempts: before.map_or(0, |parked| parked.attempts) + 1,
            first_at: before.map_or(now, |parked| parked.first_at),
            last_at: now,
            report: before.and_then(|parked| parked.report.clone()),
            unreported: refusal.kind == RefusalKind::Rejected,
            retry: false,
            dispute: refusal.dispute.clone(),
            circles: before.map_or_else(Circles::default, |parked| parked.circles.clone()),
        }
    }

    pub(super) fn unpark(&self, flow: &FlowInstance, id: &NativeId) -> Change {
        Change::RemoveParked {
            tenant: self.engine.tenant.clone(),
            flow: flow.name().clone(),
            id: id.clone(),
        }
    }
}
