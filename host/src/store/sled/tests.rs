//! What only this backend promises: reopening, damage, kills, group commit, speed.

mod damage;
mod kill;
mod random;
mod speed;
mod together;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use super::super::conformance::store_conformance;
use super::*;

store_conformance!(sled, |retention| {
    let folder = tempfile::tempdir().unwrap();
    (
        super::super::SledStore::open_with(folder.path(), retention).unwrap(),
        folder,
    )
});

// The same, closed and opened again after every call that writes.
store_conformance!(sled_reopened, |retention| (
    super::super::tests::Reopened::new(retention),
    ()
));

/// A store that is dropped and opened again after every write; what it holds must be the same then.
pub(super) struct Reopened {
    store: Mutex<Option<SledStore>>,
    folder: TempDir,
    retention: Retention,
}

impl Reopened {
    pub fn new(retention: Retention) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SledStore::open_with(folder.path(), retention).unwrap();
        Self {
            store: Mutex::new(Some(store)),
            folder,
            retention,
        }
    }

    async fn store(&self) -> tokio::sync::MappedMutexGuard<'_, SledStore> {
        MutexGuard::map(self.store.lock().await, |store| store.as_mut().unwrap())
    }

    async fn reopen(&self) {
        let mut store = self.store.lock().await;
        let before = dump(store.as_ref().unwrap()).await;
        drop(store.take());
        let fresh = SledStore::open_with(self.folder.path(), self.retention).unwrap();
        assert_eq!(dump(&fresh).await, before);
        *store = Some(fresh);
    }
}

/// A copy of the folder as it is now: what a kill at this moment would leave behind.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

async fn dump(store: &dyn Store) -> Vec<Change> {
    super::super::conformance::dump(store).await
}

#[async_trait]
impl Store for Reopened {
    async fn claim(
        &self,
        scope: &LeaseScope,
        holder: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Lease, StoreError> {
        // Opening frees leases, so the calls that only move their end are not followed by one.
        self.store().await.claim(scope, holder, now, ttl).await
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<(), StoreError> {
        self.store().await.renew(lease, now, ttl).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let done = self.store().await.release(lease).await;
        self.reopen().await;
        done
    }

    async fn commit(&self, lease: &Lease, changes: Vec<Change>) -> Result<(), StoreError> {
        let done = self.store().await.commit(lease, changes).await;
        self.reopen().await;
        done
    }

    async fn links(
        &self,
        set: &LinkSet,
        side: Side,
        ids: &[NativeId],
    ) -> Result<Vec<Option<Link>>, StoreError> {
        self.store().await.links(set, side, ids).await
    }

    async fn link_page(
        &self,
        set: &LinkSet,
        after: Option<&NativeId>,
        limit: usize,
    ) -> Result<Vec<Link>, StoreError> {
        self.store().await.link_page(set, after, limit).await
    }

    async fn link_sets(&self, tenant: &TenantId) -> Result<Vec<LinkSet>, StoreError> {
        self.store().await.link_sets(tenant).await
    }

    async fn intents(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
    ) -> Result<Vec<Intent>, StoreError> {
        self.store().await.intents(tenant, flow).await
    }

    async fn note_progress(
        &self,
        tenant: &TenantId,
        token: &Token,
        note: Vec<u8>,
    ) -> Result<(), StoreError> {
        let done = self.store().await.note_progress(tenant, token, note).await;
        self.reopen().await;
        done
    }

    async fn cursor(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.store().await.cursor(tenant, flow).await
    }

    async fn parked(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
        ids: &[NativeId],
    ) -> Result<Vec<Option<Parked>>, StoreError> {
        self.store().await.parked(tenant, flow, ids).await
    }

    async fn parked_list(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
    ) -> Result<Vec<Parked>, StoreError> {
        self.store().await.parked_list(tenant, flow).await
    }

    async fn runs(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
        limit: usize,
    ) -> Result<Vec<Run>, StoreError> {
        self.store().await.runs(tenant, flow, limit).await
    }

    async fn events(
        &self,
        tenant: &TenantId,
        query: &EventQuery,
    ) -> Result<Vec<Event>, StoreError> {
        self.store().await.events(tenant, query).await
    }

    async fn memory_get(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.store().await.memory_get(tenant, connection, key).await
    }

    async fn parcels(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
    ) -> Result<Vec<ListedParcel>, StoreError> {
        self.store().await.parcels(tenant, connection).await
    }

    async fn parcel(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
    ) -> Result<Option<Parcel>, StoreError> {
        self.store().await.parcel(tenant, connection, key).await
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        self.store().await.tenants().await
    }

    async fn dump(
        &self,
        out: &mut (dyn FnMut(Change) -> Result<(), StoreError> + Send),
    ) -> Result<(), StoreError> {
        self.store().await.dump(out).await
    }

    async fn verify(&self) -> Result<VerifyReport, StoreError> {
        self.store().await.verify().await
    }
}
