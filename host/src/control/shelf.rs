//! What connectors keep, on the store's shelf.

use std::sync::Arc;

use async_trait::async_trait;

use crate::connector::Shelf;
use crate::model::{ConnectionId, TenantId, Token};
use crate::store::{Change, LeaseScope, Store};

use super::world::{RealWorld, holder};
use crate::engine::LEASE_TTL;
use crate::engine::crash_point::{self, Site};
use crate::engine::world::World;

pub struct StoreShelf {
    store: Arc<dyn Store>,
}

impl StoreShelf {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
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
            let now = RealWorld::default().now();
            let lease = self
                .store
                .claim(&scope, &holder("memory"), now, LEASE_TTL)
                .await?;
            crash_point::before(Site::Memory);
            let committed = self.store.commit(&lease, vec![change]).await;
            crash_point::after(Site::Memory);
            self.store.release(&lease).await?;
            committed
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
