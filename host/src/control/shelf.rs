//! What connectors keep, on the store's shelf.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::connector::Shelf;
use crate::model::{ConnectionId, TenantId, Token};
use crate::store::{Change, Lease, LeaseScope, Store, StoreError};

use super::world::{RealWorld, holder};
use crate::engine::crash_point::{self, Site};
use crate::engine::world::World;

/// A connector's memory is written in a moment; whoever dies over it must not keep the others out.
const LEASE: Duration = Duration::from_secs(10);
/// Two flows may note something for one connection at the same time.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(20);

pub struct StoreShelf {
    store: Arc<dyn Store>,
}

impl StoreShelf {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    async fn claim(&self, scope: &LeaseScope) -> Result<Lease, StoreError> {
        let mut tries = 1;
        loop {
            let now = RealWorld::default().now();
            match self.store.claim(scope, &holder("memory"), now, LEASE).await {
                Err(StoreError::LeaseHeld { .. }) if tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                claimed => return claimed,
            }
        }
    }
}

#[async_trait]
impl Shelf for StoreShelf {
    async fn memory_get(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
    ) -> Result<Option<Vec<u8>>, String> {
        self.store
            .memory_get(tenant, connection, key)
            .await
            .map_err(|error| error.to_string())
    }

    async fn memory_set(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
        value: Option<Vec<u8>>,
    ) -> Result<(), String> {
        let scope = LeaseScope::connection(tenant, connection);
        let (tenant, connection, key) = (tenant.clone(), connection.clone(), key.to_owned());
        let change = match value {
            Some(value) => Change::PutMemory {
                tenant,
                connection,
                key,
                value,
            },
            None => Change::RemoveMemory {
                tenant,
                connection,
                key,
            },
        };
        let kept = async {
            let lease = self.claim(&scope).await?;
            crash_point::before(Site::Memory);
            let committed = self.store.commit(&lease, vec![change]).await;
            crash_point::after(Site::Memory);
            let released = self.store.release(&lease).await;
            committed.and(released)
        };
        kept.await.map_err(|error| error.to_string())
    }

    async fn note_progress(
        &self,
        tenant: &TenantId,
        token: &Token,
        note: Vec<u8>,
    ) -> Result<(), String> {
        self.store
            .note_progress(tenant, token, note)
            .await
            .map_err(|error| error.to_string())
    }
}
