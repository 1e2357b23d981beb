//! The embedded store: sled 0.34.7 behind the rules that make it safe.
//!
//! Left to itself this version loses acknowledged writes at a power cut and can refuse to open after
//! a kill (measured; see the reliability notes). So `open.rs` prepares every opening and knows the
//! way back, `tail.rs` keeps the end of sled's log safe meanwhile, `writer.rs` alone writes and syncs on our own handle, `rows.rs` keeps values small and
//! `bodies.rs` keeps the large ones beside the store.
//!
//! Invariant: one process has the store open, one thread writes to it.
//! Invariant: no error ever leads to an empty store.

mod bodies;
mod check;
mod draft;
mod keys;
mod open;
mod quiet;
mod read;
mod rows;
mod tail;
mod trees;
mod unfinished;
mod watermark;
mod writer;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use self::bodies::BodyFolder;
use self::draft::Prepared;
use self::quiet::Quiet;
use self::trees::Trees;
use self::writer::{Request, WriteError, Writer};
use super::relay::{ListedParcel, Parcel};
use super::{
    Change, EventQuery, Intent, Lease, LeaseScope, Retention, Store, StoreError, VerifyReport, disk,
};
use crate::guard::{self, Guard};
use crate::model::run::{Event, Parked, Run};
use crate::model::{ConnectionId, FlowName, Link, LinkSet, NativeId, Side, TenantId, Token};

/// Before a run this much is free, or as much as the store itself takes if that is more.
const FREE_BYTES_MIN: u64 = 256 << 20;

/// No disk takes longer for what one group writes, unless something is wrong with it.
const FLUSH_MAX: Duration = Duration::from_secs(2);

pub struct SledStore {
    /// Dropped first: it finishes what is in flight.
    writer: Writer,
    inner: Arc<Inner>,
}

/// What the writer thread and the readers share. The fields are dropped in this order: the lock last.
struct Inner {
    trees: Quiet<Trees>,
    db: Quiet<::sled::Db>,
    folder: BodyFolder,
    /// Ours, opened before the first write, so that a failed write-back is reported to it.
    handle: File,
    /// Taken for every group of commits, and by whoever must see the store stand still.
    gate: Mutex<()>,
    poisoned: AtomicBool,
    /// Since when the writer has been waiting for sled to flush.
    flushing: Mutex<Option<Instant>>,
    #[cfg(test)]
    fail_next_sync: AtomicBool,
    #[cfg(test)]
    syncs: std::sync::atomic::AtomicUsize,
    retention: Retention,
    path: PathBuf,
    _lock: open::Lock,
}

impl Inner {
    fn gate(&self) -> MutexGuard<'_, ()> {
        // It guards no data of its own; a panic of the writer is found by its callers.
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn flush(&self) -> Result<(), ::sled::Error> {
        let waiting = |since| *self.flushing.lock().unwrap_or_else(PoisonError::into_inner) = since;
        waiting(Some(Instant::now()));
        let done = self.db.flush();
        waiting(None);
        done.map(drop)
    }

    /// A write that fails in one of sled's own threads can leave the flush that waits for it asleep for
    /// ever (seen: one failed write in some hundred). Another flush finds the error and wakes the first.
    fn wake_a_sleeping_flush(&self) {
        let since = *self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        if since.is_some_and(|since| since.elapsed() > FLUSH_MAX) {
            // The first one hands on what is wrong.
            let _ = self.db.flush();
        }
    }

    fn sync(&self) -> io::Result<()> {
        #[cfg(test)]
        if self.fail_next_sync.swap(false, Ordering::SeqCst) {
            return Err(io::Error::other("a failure the test asked for"));
        }
        #[cfg(test)]
        self.syncs.fetch_add(1, Ordering::SeqCst);
        if !guard::holds(Guard::Fsync) {
            return Ok(());
        }
        self.handle.sync_all()
    }

    fn poison_error(&self) -> StoreError {
        StoreError::Poisoned {
            path: self.path.display().to_string(),
        }
    }

    /// What a caller hears whose commit was in the group that failed.
    fn write_error(&self, cause: &WriteError) -> StoreError {
        let kind = match cause {
            WriteError::Io(cause) | WriteError::Sled(::sled::Error::Io(cause)) => cause.kind(),
            WriteError::Sled(_) | WriteError::Panicked | WriteError::FenceMoved => {
                io::ErrorKind::Other
            }
        };
        let cause = io::Error::new(kind, cause.to_string());
        StoreError::Io {
            path: self.path.display().to_string(),
            cause,
        }
    }
}

/// sled panics on some kinds of damage. What it says then is for the log: people get our own words.
pub fn hush_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(|place| place.file());
        match place.is_some_and(|file| file.contains("sled-")) {
            true => tracing::debug!("{panic}"),
            false => usual(panic),
        }
    }));
}

impl SledStore {
    /// Whether there is a store in this folder. Whoever had one must not get an empty one in its place.
    pub fn is_made(path: &Path) -> bool {
        open::is_made(path)
    }

    /// Opens the store in this folder, or makes one if the folder is empty or not there.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, Retention::default())
    }

    /// Opens the store in this folder, and never makes one.
    pub fn open_existing(path: &Path) -> Result<Self, StoreError> {
        if !Self::is_made(path) {
            return Err(open::missing(path));
        }
        Self::opened(
            open::open(path, Retention::default(), open::Wanted::Made)?,
            path,
        )
    }

    pub fn open_with(path: &Path, retention: Retention) -> Result<Self, StoreError> {
        Self::opened(open::open(path, retention, open::Wanted::Any)?, path)
    }

    fn opened(opened: open::Opened, path: &Path) -> Result<Self, StoreError> {
        let open::Opened {
            inner,
            file_use,
            watermark,
            commits,
        } = opened;
        let inner = Arc::new(inner);
        let writer =
            Writer::start(Arc::clone(&inner), file_use, watermark, commits).map_err(|cause| {
                StoreError::Io {
                    path: path.display().to_string(),
                    cause,
                }
            })?;
        Ok(Self { writer, inner })
    }

    /// Reads on a thread that may block. Two halves that disagree may have been read with a commit in
    /// between, so they are read once more while the writer stands still.
    async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.apart(move |inner| match work(inner) {
            Err(StoreError::Inconsistent { .. }) => {
                let _gate = inner.gate();
                work(inner)
            }
            first => first,
        })
        .await
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.inner);
        self.joined(spawn_blocking(move || work(&inner))).await
    }

    async fn joined<T>(&self, work: JoinHandle<Result<T, StoreError>>) -> Result<T, StoreError> {
        // sled panics on some kinds of damage.
        work.await
            .unwrap_or_else(|cause| Err(trees::unreadable(&self.inner.path, &cause.to_string())))
    }

    async fn write(&self, request: Request) -> Result<Option<Lease>, StoreError> {
        let answer = self.writer.call(request).await;
        answer.unwrap_or_else(|| {
            self.inner.poisoned.store(true, Ordering::SeqCst);
            Err(self.inner.poison_error())
        })
    }
}

#[async_trait]
impl Store for SledStore {
    async fn claim(
        &self,
        scope: &LeaseScope,
        holder: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Lease, StoreError> {
        let request = Request::Claim {
            scope: scope.clone(),
            holder: holder.to_owned(),
            now,
            ttl,
        };
        let lease = self.write(request).await?;
        Ok(lease.expect("the writer answers a claim with its lease or an error"))
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<(), StoreError> {
        self.write(Request::Renew {
            lease: lease.clone(),
            now,
            ttl,
        })
        .await
        .map(drop)
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.write(Request::Release {
            lease: lease.clone(),
        })
        .await
        .map(drop)
    }

    async fn commit(&self, lease: &Lease, changes: Vec<Change>) -> Result<(), StoreError> {
        // A refused change is reported only after the lease was found good, as everywhere.
        let refused = changes.iter().try_for_each(|change| change.check(lease));
        let changes = if refused.is_ok() { changes } else { Vec::new() };
        let changes = changes.into_iter().map(Prepared::new).collect();
        self.write(Request::Commit {
            lease: lease.clone(),
            changes,
        })
        .await?;
        refused
    }

    async fn links(
        &self,
        set: &LinkSet,
        side: Side,
        ids: &[NativeId],
    ) -> Result<Vec<Option<Link>>, StoreError> {
        let (set, ids) = (set.clone(), ids.to_vec());
        self.read(move |inner| ids.iter().map(|id| inner.link(&set, side, id)).collect())
            .await
    }

    async fn link_page(
        &self,
        set: &LinkSet,
        after: Option<&NativeId>,
        limit: usize,
    ) -> Result<Vec<Link>, StoreError> {
        let (set, after) = (set.clone(), after.cloned());
        self.read(move |inner| inner.link_page(&set, after.as_ref(), limit))
            .await
    }

    async fn link_sets(&self, tenant: &TenantId) -> Result<Vec<LinkSet>, StoreError> {
        let tenant = tenant.clone();
        self.read(move |inner| inner.link_sets(&tenant)).await
    }

    async fn intents(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
    ) -> Result<Vec<Intent>, StoreError> {
        let (tenant, flow) = (tenant.clone(), flow.cloned());
        self.read(move |inner| inner.intents(&tenant, flow.as_ref()))
            .await
    }

    async fn note_progress(
        &self,
        tenant: &TenantId,
        token: &Token,
        note: Vec<u8>,
    ) -> Result<(), StoreError> {
        let request = Request::Note {
            tenant: tenant.clone(),
            token: token.clone(),
            note,
        };
        self.write(request).await.map(drop)
    }

    async fn cursor(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let (tenant, flow) = (tenant.clone(), flow.clone());
        self.read(move |inner| inner.cursor(&tenant, &flow)).await
    }

    async fn parked(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
        ids: &[NativeId],
    ) -> Result<Vec<Option<Parked>>, StoreError> {
        let (tenant, flow, ids) = (tenant.clone(), flow.clone(), ids.to_vec());
        self.read(move |inner| {
            ids.iter()
                .map(|id| inner.parked(&tenant, &flow, id))
                .collect()
        })
        .await
    }

    async fn parked_list(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
    ) -> Result<Vec<Parked>, StoreError> {
        let (tenant, flow) = (tenant.clone(), flow.cloned());
        self.read(move |inner| inner.parked_list(&tenant, flow.as_ref()))
            .await
    }

    async fn runs(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
        limit: usize,
    ) -> Result<Vec<Run>, StoreError> {
        let (tenant, flow) = (tenant.clone(), flow.cloned());
        self.read(move |inner| inner.runs(&tenant, flow.as_ref(), limit))
            .await
    }

    async fn events(
        &self,
        tenant: &TenantId,
        query: &EventQuery,
    ) -> Result<Vec<Event>, StoreError> {
        let (tenant, query) = (tenant.clone(), query.clone());
        self.read(move |inner| inner.events(&tenant, &query)).await
    }

    async fn memory_get(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let (tenant, connection, key) = (tenant.clone(), connection.clone(), key.to_owned());
        self.read(move |inner| inner.memory(&tenant, &connection, &key))
            .await
    }

    async fn parcels(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
    ) -> Result<Vec<ListedParcel>, StoreError> {
        let (tenant, connection) = (tenant.clone(), connection.clone());
        self.read(move |inner| inner.parcels(&tenant, &connection))
            .await
    }

    async fn parcel(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
    ) -> Result<Option<Parcel>, StoreError> {
        let key = keys::parcel(tenant, connection, key);
        let tenant = tenant.clone();
        self.read(move |inner| inner.parcel(&tenant, &key)).await
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        self.read(|inner| inner.trees.tenants()).await
    }

    async fn dump(
        &self,
        out: &mut (dyn FnMut(Change) -> Result<(), StoreError> + Send),
    ) -> Result<(), StoreError> {
        let inner = Arc::clone(&self.inner);
        let (batches, mut received) = mpsc::channel::<Vec<Change>>(4);
        let reading = spawn_blocking(move || {
            let _gate = inner.gate();
            inner.dump(&mut |batch| batches.blocking_send(batch).is_ok())
        });
        while let Some(batch) = received.recv().await {
            // On an error the receiver is dropped, and with it the reading ends.
            batch.into_iter().try_for_each(&mut *out)?;
        }
        self.joined(reading).await
    }

    async fn check_space(&self) -> Result<(), StoreError> {
        self.apart(|inner| {
            let found = disk::bytes_free(&inner.path)
                .and_then(|free| Ok((free, disk::bytes_below(&inner.path)?.max(FREE_BYTES_MIN))));
            let path = inner.path.display().to_string();
            match found {
                Ok((free, wanted)) if free < wanted => {
                    Err(StoreError::NoSpace { path, free, wanted })
                }
                Ok(_) => Ok(()),
                Err(cause) => Err(StoreError::Io { path, cause }),
            }
        })
        .await
    }

    async fn verify(&self) -> Result<VerifyReport, StoreError> {
        self.apart(|inner| {
            let _gate = inner.gate();
            inner.verify()
        })
        .await
    }
}
