//! A link that a person makes: looked up at both ends, stored once, and no record made anew in between.

use std::sync::Arc;

use crate::engine::{BEING_LINKED, Engine, Observer};
use crate::model::link::Cause;
use crate::model::run::{Parked, ParkedKind};
use crate::model::text::words;
use crate::model::{ConnectionId, Entity, Link, NativeId, Side};
use crate::store::{Change, LeaseScope};

use super::held::Held;
use super::links::{found, makes_pairs, rewinding, taken};
use super::request::{Answer, FlowRef};
use super::{Control, ControlError};

impl Control {
    /// What a person knows to be one thing is one pair from now on; the next run looks at both.
    pub(super) async fn link_add(
        &self,
        flow: FlowRef,
        source: NativeId,
        target: NativeId,
        observer: Arc<dyn Observer>,
    ) -> Result<Answer, ControlError> {
        let set = self.set(&flow)?;
        self.refuse_renamed(&self.read_tenant(&set.tenant)?, &set)
            .await?;
        let engine = self.whole_engine(&flow, "link", observer).await?;
        makes_pairs(&engine, &flow)?;
        let scope = LeaseScope::set(&set);
        let link = self.new_link(&set, source, target, Cause::Person);
        // Before anybody is asked: what waits for the same call would leave before the question.
        let made = [Change::PutLink(Box::new(link.clone()))];
        let withdrawn = self.withdrawing(&made).await?;
        if !withdrawn.is_empty() {
            let held = self.hold(&scope).await?;
            let set_aside = self.set_aside(&held, &flow, &link, withdrawn).await;
            held.given_back(set_aside).await?;
        }
        let added = match self.both_are_there(&engine, &flow, &link).await {
            Ok(()) => {
                let held = self.hold_soon(&scope).await?;
                let joined = self.join(&held, &flow, &link).await;
                held.given_back(joined).await
            }
            Err(error) => Err(error),
        };
        // Until the system has answered, the question is not over.
        if added.as_ref().is_err_and(|error| error.awaits.is_none()) {
            let let_go = self.let_go(&scope, &flow, &link).await;
            // The record stays aside and says how it is let go; why there is no link is what is to be told.
            if let Err(error) = let_go {
                tracing::warn!("{}", error.message.fallback);
            }
        }
        added
    }

    async fn both_are_there(
        &self,
        engine: &Engine,
        flow: &FlowRef,
        link: &Link,
    ) -> Result<(), ControlError> {
        for (side, end) in [(Side::Left, &link.set.left), (Side::Right, &link.set.right)] {
            let ids = std::slice::from_ref(&link.side(side).id);
            let missing = engine.missing(&flow.flow, side, ids).await?;
            match missing.into_iter().next() {
                None => {}
                Some((_, Some(fault))) => return Err(ControlError::fault(end.0.as_str(), &fault)),
                Some((id, None)) => return Err(no_such_record(end, &id)),
            }
        }
        Ok(())
    }

    /// No run creates the record anew until the link is made or given up, also when the system calls before that.
    async fn set_aside(
        &self,
        held: &Held,
        flow: &FlowRef,
        link: &Link,
        withdrawn: Vec<Change>,
    ) -> Result<(), ControlError> {
        let mut changes = withdrawn;
        let aside = self.standing_aside(flow, link).await?.into_iter();
        for (side, parked) in aside.filter(|(_, parked)| parked.kind == ParkedKind::Waiting) {
            let other = &link.side(side.other()).id;
            let message = words!(
                "being-linked",
                "somebody links it with {other}, and no run creates it before that has ended; if it was broken off, \
                 link it again, or `liaison quarantine retry` lets the flow create it",
                other = other
            );
            changes.push(Change::PutParked(Box::new(Parked {
                kind: ParkedKind::Quarantined,
                code: BEING_LINKED.to_owned(),
                message,
                fault: None,
                retry: false,
                ..parked
            })));
        }
        held.commit(changes).await
    }

    /// What was set aside for a link that is not made has its turn.
    async fn let_go(
        &self,
        scope: &LeaseScope,
        flow: &FlowRef,
        link: &Link,
    ) -> Result<(), ControlError> {
        let aside = self.standing_aside(flow, link).await?;
        let ours = aside
            .into_iter()
            .filter(|(_, parked)| parked.code == BEING_LINKED);
        let changes: Vec<Change> = ours.map(|(_, parked)| retried(parked)).collect();
        if changes.is_empty() {
            return Ok(());
        }
        let held = self.hold_soon(scope).await?;
        let committed = held.commit(changes).await;
        held.given_back(committed).await
    }

    /// The records of a pair that stand aside, with the side that each is on.
    async fn standing_aside(
        &self,
        flow: &FlowRef,
        link: &Link,
    ) -> Result<Vec<(Side, Parked)>, ControlError> {
        let store = self.store().await?;
        let mut aside = Vec::new();
        for (side, name) in [
            (Side::Left, flow.flow.clone()),
            (Side::Right, flow.flow.back()),
        ] {
            let ids = std::slice::from_ref(&link.side(side).id);
            let parked = store.parked(&link.set.tenant, &name, ids).await?;
            aside.extend(parked.into_iter().flatten().map(|parked| (side, parked)));
        }
        Ok(aside)
    }

    async fn join(&self, held: &Held, flow: &FlowRef, link: &Link) -> Result<Answer, ControlError> {
        let store = self.store().await?;
        let mut changes = self.linking(flow, link);
        changes.extend(rewinding(flow, &link.set));
        for side in [Side::Left, Side::Right] {
            if let Some(known) = found(&**store, &link.set, side, &link.side(side).id).await? {
                return Err(taken(&known));
            }
        }
        // What was parked for want of its partner has its turn.
        let aside = self.standing_aside(flow, link).await?;
        changes.extend(aside.into_iter().map(|(_, parked)| retried(parked)));
        // A run since then may have handed it over anew.
        changes.extend(self.withdrawing(&changes).await?);
        held.commit(changes).await?;
        Ok(Answer::LinkAdded {
            source: link.left.id.clone(),
            target: link.right.id.clone(),
        })
    }
}

fn retried(parked: Parked) -> Change {
    Change::PutParked(Box::new(Parked {
        retry: true,
        ..parked
    }))
}

fn no_such_record((connection, entity): &(ConnectionId, Entity), id: &NativeId) -> ControlError {
    let english = format!("{connection} has no {entity} {id}");
    let args = vec![
        ("connection", connection.to_string()),
        ("entity", entity.to_string()),
        ("missing", id.to_string()),
    ];
    ControlError::command("no-record", args, english).hint(
        "link-add-id",
        vec![],
        "nothing was linked; the ids stand in the quarantine and on the page, the source's first",
    )
}
