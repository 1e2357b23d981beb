//! The lease of a command that changes what the store holds: runs keep out meanwhile.

use std::sync::Arc;

use crate::engine::LEASE_TTL;
use crate::engine::world::World;
use crate::store::{Change, Lease, LeaseScope, Store};

use super::world::holder;
use super::{Control, ControlError};

/// So long a command that has waited for a system waits for a run besides, and so often it looks.
const BUSY_WAIT_MS: u64 = 60_000;
const LOOK_MS: u64 = 250;

/// A lease that a command holds.
pub(super) struct Held {
    store: Arc<dyn Store>,
    lease: Lease,
    renewal: tokio::task::JoinHandle<()>,
}

impl Held {
    /// All changes in one transaction.
    pub(super) async fn commit(&self, changes: Vec<Change>) -> Result<(), ControlError> {
        Ok(self.store.commit(&self.lease, changes).await?)
    }

    /// Gives the lease back, also after an error, which is then the one to tell.
    pub(super) async fn given_back<T>(
        self,
        done: Result<T, ControlError>,
    ) -> Result<T, ControlError> {
        self.renewal.abort();
        let released = self.store.release(&self.lease).await;
        let done = done?;
        released?;
        Ok(done)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // What is not given back runs out by itself.
        self.renewal.abort();
    }
}

impl Control {
    /// One transaction under a lease of its own: refused while a run has the flow.
    pub(super) async fn commit(
        &self,
        scope: LeaseScope,
        changes: Vec<Change>,
    ) -> Result<(), ControlError> {
        let held = self.hold(&scope).await?;
        let committed = held.commit(changes).await;
        held.given_back(committed).await
    }

    /// The same for a command that has waited already: a run that the same call woke is waited for, for a while.
    pub(super) async fn hold_soon(&self, scope: &LeaseScope) -> Result<Held, ControlError> {
        let mut waited_ms = 0;
        loop {
            match self.hold(scope).await {
                Err(error) if error.code == "flow-busy" && waited_ms < BUSY_WAIT_MS => {
                    self.world.sleep_ms(LOOK_MS).await;
                    waited_ms += LOOK_MS;
                }
                held => return held,
            }
        }
    }

    /// Keeps runs out for as long as a command reads and writes; refused while a run has the flow.
    pub(super) async fn hold(&self, scope: &LeaseScope) -> Result<Held, ControlError> {
        let store = Arc::clone(self.store().await?);
        let now = self.world.now();
        let lease = store
            .claim(scope, &holder("command"), now, LEASE_TTL)
            .await?;
        let (world, of, kept) = (Arc::clone(&self.world), Arc::clone(&store), lease.clone());
        let renewal = tokio::spawn(async move {
            loop {
                world.beat_ms(LEASE_TTL.as_millis() as u64 / 3).await;
                if of.renew(&kept, world.now(), LEASE_TTL).await.is_err() {
                    // The next commit is refused, and says why.
                    return;
                }
            }
        });
        Ok(Held {
            store,
            lease,
            renewal,
        })
    }
}
