//! Creates that wait for their system's call, when a person says otherwise what their record is.
//!
//! Invariant: what may have been handed over is not taken back, and whoever asks for it is told.

use std::sync::Arc;

use crate::connector::guest_host::Broken;
use crate::connector::relay::Line;
use crate::model::text::words;
use crate::model::{Link, NativeId, Side, TenantId};
use crate::store::{Change, Intent, IntentKind};

use super::relay::{StoreRelay, Withdrawal};
use super::{Blame, Control, ControlError};

impl Control {
    /// What belongs to links that a person makes: the creates of their records that still wait are taken back,
    /// or a second record would be made at the system's next call.
    pub(super) async fn withdrawing(
        &self,
        changes: &[Change],
    ) -> Result<Vec<Change>, ControlError> {
        let made: Vec<&Link> = changes
            .iter()
            .filter_map(|change| match change {
                Change::PutLink(link) => Some(&**link),
                _ => None,
            })
            .collect();
        let Some(first) = made.first() else {
            return Ok(Vec::new());
        };
        let is_of = |intent: &Intent| {
            let either = [Side::Left, Side::Right];
            let mut links = made.iter().filter(|link| link.set == intent.set);
            links.any(|link| {
                either
                    .iter()
                    .any(|side| link.side(*side).id == intent.source)
            })
        };
        self.taking_back(&first.set.tenant, is_of).await
    }

    /// The intents to remove of those creates whose message to a system that calls us has not left.
    pub(super) async fn taking_back(
        &self,
        tenant: &TenantId,
        which: impl Fn(&Intent) -> bool,
    ) -> Result<Vec<Change>, ControlError> {
        let store = self.store().await?;
        let open = store.intents(tenant, None).await?;
        let open = open
            .into_iter()
            .filter(|intent| intent.kind == IntentKind::Target && which(intent));
        let relay = StoreRelay::new(Arc::clone(store), Arc::clone(&self.relay));
        let mut changes = Vec::new();
        for intent in open {
            let line = Line {
                tenant: intent.tenant.clone(),
                connection: intent.connection.clone(),
            };
            match relay.withdraw(&line, &intent.token).await {
                // No system of this kind, or nothing waits for it: the next run understands it.
                Ok(Withdrawal::Nothing) => {}
                Ok(Withdrawal::Withdrawn) => {
                    let message = words!(
                        "event-withdrawn",
                        "what waited for {connection} is taken back: it had not left yet",
                        connection = line.connection
                    );
                    let (flow, record) = (&intent.flow, &intent.source);
                    changes.push(self.event(tenant, flow, record, "withdrawn", message));
                    changes.push(Change::RemoveIntent {
                        tenant: intent.tenant,
                        token: intent.token,
                    });
                }
                Ok(Withdrawal::HandedOver) => return Err(handed_over(&line, &intent.source)),
                Err(Broken::Host(words)) => return Err(ControlError::bug(words)),
                Err(_) => return Err(ControlError::bug("the relay waits".to_owned())),
            }
        }
        Ok(changes)
    }
}

fn handed_over(line: &Line, source: &NativeId) -> ControlError {
    let message = words!(
        "error-handed-over",
        "the record for {source} was handed to {connection} already, and its answer is not worked in yet",
        source = source,
        connection = line.connection
    );
    ControlError::new("handed-over", Blame::Command, message).hint(
        "handed-over",
        vec![],
        "wait for the system's next call; the run after it links what was made, and `liaison link show` tells what",
    )
}
