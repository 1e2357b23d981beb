//! A mirrored record that somebody deleted is made again: what people do to a mirror by hand does not stand.
//!
//! Only what the target itself says is deleted counts, never what it does not show. In one step the pair is given up
//! and its source record stands aside to be tried again: at the end of this run, or by the next one where this one is
//! cut off. It is created like any other then, with an intent, and recognised where it is there after all.

use serde_json::json;

use crate::model::link::Circles;
use crate::model::run::Parked;
use crate::model::{Fault, FaultKind, Link, NativeId, Text};
use crate::store::Change;

use super::ceiling;
use super::crash_point::Site;
use super::item::{Item, Refusal, Settled, Step};
use super::pair_base::Ways;
use super::park::ParkedRecord;
use super::{FlowInstance, Halt, Job, Mode, Way, gone_fingerprint, words};

/// The code of a record whose image was deleted, until it is made again.
pub(super) const IMAGE_DELETED: &str = "image-deleted";

impl Job<'_> {
    /// The flow of which this one, from its target back, only shows what people did there.
    pub(super) fn mirror(&self, flow: &FlowInstance) -> Result<Option<Ways>, Halt> {
        let is_back = matches!(flow.way, Way::Back(_));
        let ways = self.ways(flow)?.filter(|_| is_back);
        Ok(ways.filter(|ways| ways.there.is_mirror() && ways.there.flow.may_create()))
    }

    pub(super) async fn settle_deleted_images(
        &mut self,
        flow: &FlowInstance,
        ways: &Ways,
        items: &mut [Item],
    ) -> Result<(), Halt> {
        let mut changes = Vec::new();
        let now = self.engine.world.now();
        for item in items.iter_mut().filter(|item| item.step == Step::Gone) {
            let Some(mut link) = item.link.take() else {
                item.done(Settled::Filtered);
                continue;
            };
            if item.parked.as_ref().is_some_and(|parked| parked.retry) {
                link.circles = Circles::default();
            }
            let deleted = json!(IMAGE_DELETED);
            if let Some(refusal) = ceiling::reached(&link, flow.side(), &deleted, now) {
                item.link = Some(link);
                item.refuse(refusal);
                continue;
            }
            ceiling::note(&mut link, &deleted, now);
            let message = told(&link, flow);
            changes.extend(self.give_up(ways, &link, message.clone()).await?);
            if item.parked.take().is_some() {
                changes.push(self.unpark(flow, item.id()));
            }
            item.note = Some(message);
            item.done(Settled::Unchanged);
            let near = ways.there.near(&link).id.clone();
            self.images.insert((flow.set.clone(), near));
        }
        match self.mode {
            Mode::Plan => Ok(()),
            Mode::Run => self.commit(&ways.there, Site::Gone, changes).await,
        }
    }

    /// Makes again what the way back has found deleted.
    pub(super) async fn make_images(&mut self, flow: &FlowInstance) -> Result<(), Halt> {
        let ids: Vec<NativeId> = self.images.iter().map(|(_, id)| id.clone()).collect();
        self.revisit(flow, &ids).await
    }

    /// Whether a plan takes this pair for given up, as a run would have.
    pub(super) fn is_given_up(&self, flow: &FlowInstance, id: &NativeId) -> bool {
        self.mode == Mode::Plan && self.images.contains(&(flow.set.clone(), id.clone()))
    }

    async fn give_up(&self, ways: &Ways, link: &Link, message: Text) -> Result<[Change; 3], Halt> {
        let near = ways.there.near(link);
        let (tenant, ids) = (&self.engine.tenant, [near.id.clone()]);
        let known = self.engine.store.parked(tenant, ways.there.name(), &ids);
        let known = known.await?.into_iter().flatten().next();
        let record = ParkedRecord {
            id: &near.id,
            title: known
                .as_ref()
                .map_or(near.id.as_str(), |known| &known.title),
            fingerprint: near.fingerprint.unwrap_or_else(gone_fingerprint),
            before: known.as_ref(),
        };
        let refusal = Refusal::conflict(IMAGE_DELETED, message.clone()).waiting();
        let parked = Parked {
            retry: true,
            circles: link.circles.clone(),
            ..self.parked_for(&ways.there, record, &refusal)
        };
        Ok([
            Change::RemoveLink {
                set: ways.there.set.clone(),
                left: link.left.id.clone(),
            },
            Change::PutParked(Box::new(parked)),
            self.event(&ways.there, &near.id, IMAGE_DELETED, message),
        ])
    }
}

/// Why a create is refused. What a mirrored record belongs to may be made again by a flow of its own: then it waits.
pub(super) fn refused(flow: &FlowInstance, fault: Fault) -> Refusal {
    let waits = fault.kind == FaultKind::MissingReference && flow.is_mirror();
    let refusal = Refusal::from_fault(fault);
    match waits {
        true => refusal.waiting(),
        false => refusal,
    }
}

fn told(link: &Link, back: &FlowInstance) -> Text {
    let id = back.near(link).id.to_string();
    let sentence = format!("somebody deleted {id} in the mirror");
    words("engine-image-deleted", vec![("id", id)], sentence)
}
