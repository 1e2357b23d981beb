//! The one thread that writes.
//!
//! It gathers every call in flight into one transaction and one sync, then answers each caller by
//! itself. While it syncs, the next calls queue up; that is all the batching there is, and no call
//! ever waits for another to come.
//!
//! Order of a commit: body files and their folder synced, transaction, flush, sync of our own handle
//! on `db`, watermark, answers. On Linux sled's flush is no fsync, so without the last sync a power cut may take
//! what was acknowledged.
//!
//! Invariant: after the first failed write, flush or sync nothing is written or acknowledged again.
//! The kernel may have dropped the data it could not write, so trying again would prove nothing.

use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use ::sled::IVec;
use ::sled::transaction::{
    ConflictableTransactionError, TransactionError, Transactional, TransactionalTree,
};
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::super::lease::Held;
use super::super::{Lease, LeaseScope, StoreError};
use super::Inner;
use super::bodies::{FileId, FileUse};
use super::draft::{Draft, Group, Prepared, Rows, tally_row};
use super::keys::{self, Table};
use super::unfinished;
use super::watermark::Watermark;
use crate::model::{TenantId, Token};

/// At most this many calls share a transaction, so that no caller waits for a queue without end.
const GROUP_CALLS_MAX: usize = 256;

pub(super) enum Request {
    Claim {
        scope: LeaseScope,
        holder: String,
        now: Timestamp,
        ttl: Duration,
    },
    Renew {
        lease: Lease,
        now: Timestamp,
        ttl: Duration,
    },
    Release {
        lease: Lease,
    },
    Commit {
        lease: Lease,
        changes: Vec<Prepared>,
    },
    Note {
        tenant: TenantId,
        token: Token,
        note: Vec<u8>,
    },
}

/// The lease of a claim; nothing for the others.
type Answer = Result<Option<Lease>, StoreError>;

struct Call {
    request: Request,
    reply: oneshot::Sender<Answer>,
}

/// The writer thread and the way to it. Dropping it lets the calls in flight finish.
pub(super) struct Writer {
    calls: Option<Sender<Call>>,
    thread: Option<JoinHandle<()>>,
    /// Looks after the thread's flushes; ends when the sender is dropped.
    watch: Option<(Sender<()>, JoinHandle<()>)>,
}

/// How often somebody looks whether a flush has fallen asleep.
const WATCH_EVERY: Duration = Duration::from_secs(1);

impl Writer {
    pub fn start(
        inner: Arc<Inner>,
        file_use: FileUse,
        watermark: Watermark,
        commits: u64,
    ) -> io::Result<Self> {
        let (calls, queue) = channel();
        let number = file_use.last() + 1;
        let (stop, stopped) = channel();
        let watched = Arc::clone(&inner);
        let watching = Builder::new().name("store-watch".into()).spawn(move || {
            while stopped.recv_timeout(WATCH_EVERY) == Err(RecvTimeoutError::Timeout) {
                watched.wake_a_sleeping_flush();
            }
        })?;
        let mut work = Work {
            inner,
            file_use,
            watermark,
            number,
            commits,
        };
        let thread = Builder::new()
            .name("store-writer".into())
            .spawn(move || work.run(&queue))?;
        Ok(Self {
            calls: Some(calls),
            thread: Some(thread),
            watch: Some((stop, watching)),
        })
    }

    /// Hands a call to the thread. None if the thread has ended, which only a panic can cause.
    pub async fn call(&self, request: Request) -> Option<Answer> {
        let (reply, answer) = oneshot::channel();
        self.calls.as_ref()?.send(Call { request, reply }).ok()?;
        answer.await.ok()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.calls = None;
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed, and every caller has had an error.
            let _ = thread.join();
        }
        if let Some((stop, watching)) = self.watch.take() {
            drop(stop);
            let _ = watching.join();
        }
    }
}

struct Work {
    inner: Arc<Inner>,
    file_use: FileUse,
    watermark: Watermark,
    /// The next file of bodies.
    number: u64,
    /// Transactions since the store was made.
    commits: u64,
}

impl Work {
    fn run(&mut self, queue: &Receiver<Call>) {
        while let Ok(first) = queue.recv() {
            let mut calls = vec![first];
            calls.extend(queue.try_iter().take(GROUP_CALLS_MAX - 1));
            self.answer(calls);
        }
        // What it says is true either way; this only keeps it from being old after a power cut.
        let _ = self.watermark.sync();
    }

    fn answer(&mut self, calls: Vec<Call>) {
        let inner = Arc::clone(&self.inner);
        let _gate = inner.gate();
        if inner.poisoned.load(Ordering::SeqCst) {
            for call in calls {
                let _ = call.reply.send(Err(inner.poison_error()));
            }
            return;
        }
        let mut group = Group::new(&inner.trees, &inner.folder, inner.retention, self.number);
        let mut worked_out: Vec<(oneshot::Sender<Answer>, Answer)> =
            Vec::with_capacity(calls.len());
        for Call { request, reply } in calls {
            worked_out.push((reply, group.attempt(|draft| work_out(draft, request))));
        }
        let written = self.write(group);
        for (reply, answer) in worked_out {
            let answer = match (&written, answer) {
                (Err(cause), Ok(_)) => Err(inner.write_error(cause)),
                (_, answer) => answer,
            };
            // Whoever no longer waits has lost interest, not the commit.
            let _ = reply.send(answer);
        }
    }

    /// Makes the group durable. The first error poisons the store.
    fn write(&mut self, group: Group<'_>) -> Result<(), WriteError> {
        let Group {
            mut rows,
            files,
            file_use,
            leases,
            ..
        } = group;
        if rows.is_empty() {
            return Ok(());
        }
        let commits = self.commits + 1;
        rows.insert(
            (Table::Tallies, keys::commits()),
            Some(tally_row([commits]).into()),
        );
        let written = self.write_all(&rows, &files, &leases);
        if let Err(cause) = &written {
            self.inner.poisoned.store(true, Ordering::SeqCst);
            tracing::error!(store = %self.inner.path.display(), %cause, "the store takes no more writes");
            return written;
        }
        self.commits = commits;
        if let Err(cause) = self.watermark.note(commits) {
            tracing::warn!(store = %self.inner.path.display(), %cause, "the watermark was not moved");
        }
        for unused in self.file_use.add(file_use) {
            // Should it stay behind, the next opening finds it.
            let _ = self.inner.folder.remove(&unused);
        }
        Ok(())
    }

    fn write_all(
        &mut self,
        rows: &Rows,
        files: &BTreeMap<TenantId, Vec<u8>>,
        leases: &BTreeMap<Vec<u8>, IVec>,
    ) -> Result<(), WriteError> {
        for (tenant, bytes) in files {
            let file: FileId = (tenant.clone(), self.number);
            self.inner
                .folder
                .write(&file, bytes)
                .map_err(WriteError::Io)?;
        }
        if !files.is_empty() {
            self.number += 1;
        }
        if let Err(cause) = transact(&self.inner, rows, leases) {
            if matches!(cause, WriteError::FenceMoved) {
                return Err(cause);
            }
            // sled may have stopped half-way. Should the note fail as well, the disk takes nothing at
            // all any more, sled's half included.
            if let Err(cause) = unfinished::note(&self.inner.path, self.commits + 1, rows) {
                tracing::error!(store = %self.inner.path.display(), %cause, "a broken-off commit was not noted");
            }
            return Err(cause);
        }
        self.inner.flush().map_err(WriteError::Sled)?;
        self.inner.sync().map_err(WriteError::Io)
    }
}

fn work_out(draft: &mut Draft<'_, '_>, request: Request) -> Answer {
    match request {
        Request::Claim {
            scope,
            holder,
            now,
            ttl,
        } => {
            let before = draft.held(scope.as_str())?;
            let held = Held::claim(before.as_ref(), &holder, now, ttl).map_err(|holder| {
                StoreError::LeaseHeld {
                    scope: scope.as_str().to_owned(),
                    holder,
                }
            })?;
            draft.set_held(scope.as_str(), &held);
            Ok(Some(Lease {
                scope,
                fence: held.fence,
            }))
        }
        Request::Renew { lease, now, ttl } => {
            let held = draft.admitted(&lease)?.renewed(now, ttl);
            draft.set_held(lease.scope.as_str(), &held);
            Ok(None)
        }
        Request::Release { lease } => {
            match draft.admitted(&lease) {
                Ok(held) => draft.set_held(lease.scope.as_str(), &held.released()),
                Err(StoreError::LeaseLost { .. }) => {}
                Err(other) => return Err(other),
            }
            Ok(None)
        }
        Request::Commit { lease, changes } => {
            draft.admitted(&lease)?;
            for change in changes {
                draft.apply(change)?;
            }
            Ok(None)
        }
        Request::Note {
            tenant,
            token,
            note,
        } => {
            draft.note(&tenant, &token, note)?;
            Ok(None)
        }
    }
}

/// One sled transaction over the tables the rows are in. It may run more than once, so it only
/// compares and sets.
fn transact(
    inner: &Inner,
    rows: &Rows,
    leases: &BTreeMap<Vec<u8>, IVec>,
) -> Result<(), WriteError> {
    let mut tables: Vec<Table> = rows
        .keys()
        .map(|key| key.0)
        .chain([Table::Leases])
        .collect();
    tables.sort();
    tables.dedup();
    let trees: Vec<_> = tables
        .iter()
        .map(|table| inner.trees.tree(*table))
        .collect();
    let place = |wanted: Table| {
        tables
            .binary_search(&wanted)
            .expect("every table of a row is in the list made from the rows")
    };
    let apply = |views: &Vec<TransactionalTree>| {
        // The drafts looked at these fences, and nobody else writes. Here it is checked once more,
        // where the write lands.
        let view = &views[place(Table::Leases)];
        for (key, seen) in leases {
            if view.get(key)?.as_ref() != Some(seen) {
                return Err(ConflictableTransactionError::Abort(Aborted::FenceMoved));
            }
        }
        for ((table, key), value) in rows {
            let view = &views[place(*table)];
            match value {
                Some(value) => view.insert(key.as_slice(), value)?,
                None => view.remove(key.as_slice())?,
            };
        }
        Ok(())
    };
    // sled panics on some failed reads; to us that is the same as an error.
    let done = catch_unwind(AssertUnwindSafe(|| trees[..].transaction(apply)));
    done.unwrap_or(Err(TransactionError::Abort(Aborted::Panic)))
        .map_err(|error| match error {
            TransactionError::Abort(Aborted::FenceMoved) => WriteError::FenceMoved,
            TransactionError::Abort(Aborted::Panic) => WriteError::Panicked,
            TransactionError::Storage(cause) => WriteError::Sled(cause),
        })
}

#[derive(Debug)]
enum Aborted {
    FenceMoved,
    Panic,
}

/// Why a group did not become durable. The store is poisoned.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("{0}")]
    Io(io::Error),
    #[error("{0}")]
    Sled(::sled::Error),
    #[error("sled panicked in a transaction")]
    Panicked,
    #[error("a lease changed under the one thread that may change it")]
    FenceMoved,
}
