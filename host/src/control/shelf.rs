//! What connectors keep, on the store's shelf: sealed, because a session that a vendor gave is a key for a while.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::connector::Shelf;
use crate::model::{ConnectionId, TenantId, Token};
use crate::secret::SecretStore;
use crate::store::{Change, Lease, LeaseScope, Store, StoreError};

use super::world::{RealWorld, holder};
use crate::engine::crash_point::{self, Site};
use crate::engine::world::World;

/// A connector's memory is written in a moment; whoever dies over it must not keep the others out.
const LEASE: Duration = Duration::from_secs(10);
/// Two flows may note something for one connection at the same time.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(20);

/// How what is sealed begins; what an earlier version kept does not.
const SEALED: &[u8] = b"age-encryption.org/";

pub struct StoreShelf {
    store: Arc<dyn Store>,
    secrets: SecretStore,
}

impl StoreShelf {
    pub fn new(store: Arc<dyn Store>, secrets: SecretStore) -> Self {
        Self { store, secrets }
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
        let kept = self.store.memory_get(tenant, connection, key).await;
        let kept = kept.map_err(|error| error.to_string())?;
        match kept {
            Some(sealed) if sealed.starts_with(SEALED) => {
                let opened = (self.secrets).open_bytes(&self.secrets.file(tenant), &sealed);
                opened.map(Some).map_err(|error| error.to_string())
            }
            kept => Ok(kept),
        }
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
        let seal = |value: Vec<u8>| {
            let sealed = self.secrets.seal_bytes(&self.secrets.file(&tenant), &value);
            sealed.map_err(|error| error.to_string())
        };
        let change = match value.map(seal).transpose()? {
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
