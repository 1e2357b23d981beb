//! Opens a store that something happened to and compares it with what it promised.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use liaison::store::sled::SledStore;
use liaison::store::{Change, Store, StoreError};

use super::plan::{self, Plan, RETENTION, WRITERS};
use super::recording::Promised;
use super::workload::{STORE, claim, in_words, next};

/// Opening and reading takes a fraction of a second.
const CHECK_MAX: Duration = Duration::from_secs(60);

/// What is wrong with a store: a word for the figures, and the rest in words.
#[derive(Debug)]
pub struct Wrong {
    pub what: &'static str,
    pub words: String,
}

pub const LOST: &str = "lost";
pub const TORN: &str = "torn";
pub const UNOPENED: &str = "would not open";
pub const UNREADABLE: &str = "would not read";
pub const HUNG: &str = "hung";

fn wrong(what: &'static str, words: impl Into<String>) -> Wrong {
    Wrong {
        what,
        words: words.into(),
    }
}

/// Opens the store below this folder, reads all of it, and writes one commit of each writer more.
pub fn check(root: &Path, plan: Plan, promised: Promised) -> Result<(), Wrong> {
    let store = root.join(STORE);
    apart(move || super::runtime().block_on(compare(&store, plan, promised)))
}

/// On a thread of its own, so that neither a panic nor an endless loop ends the suite.
pub fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Wrong> + Send + 'static,
) -> Result<T, Wrong> {
    let (done, waiting) = channel();
    std::thread::spawn(move || {
        let answer = catch_unwind(AssertUnwindSafe(work));
        // Nobody waits any more if it took too long.
        let _ = done.send(answer);
    });
    match waiting.recv_timeout(CHECK_MAX) {
        Ok(Ok(answer)) => answer,
        Ok(Err(panic)) => {
            let words = panic.downcast_ref::<String>().cloned();
            let words = words.or_else(|| panic.downcast_ref::<&str>().map(|&words| words.into()));
            Err(wrong(UNREADABLE, words.unwrap_or_else(|| "a panic".into())))
        }
        Err(_) => Err(wrong(HUNG, format!("after {} s", CHECK_MAX.as_secs()))),
    }
}

async fn compare(path: &Path, plan: Plan, promised: Promised) -> Result<(), Wrong> {
    let store = SledStore::open_with(path, RETENTION);
    let store = store.map_err(|error| wrong(UNOPENED, in_words(&error)))?;
    let came = holds(&store, plan, promised).await?;
    // It goes on from there.
    for (writer, came_to) in came.iter().enumerate() {
        let went_on = async {
            let lease = claim(&store, writer).await?;
            let changes = plan.changes(writer, *came_to);
            store.commit(&lease, changes).await?;
            Ok::<_, StoreError>(lease.fence)
        };
        let fence = went_on.await;
        let fence = fence.map_err(|error| wrong(UNREADABLE, in_words(&error)))?;
        if fence <= promised.fence[writer] {
            let words = format!("fence {fence} was given out before");
            return Err(wrong(LOST, words));
        }
    }
    let more = Promised {
        next: came.map(|next| next + 1),
        ..Promised::default()
    };
    holds(&store, plan, more).await.map(drop)
}

/// Whether all of a store is as promised; how far each writer came.
pub async fn holds(
    store: &SledStore,
    plan: Plan,
    promised: Promised,
) -> Result<[u64; WRITERS], Wrong> {
    let unreadable = |error: StoreError| wrong(UNREADABLE, in_words(&error));
    let report = store.verify().await.map_err(unreadable)?;
    if let Some(problem) = report.problems.first() {
        return Err(wrong(TORN, format!("verify: {problem}")));
    }
    let mut dump: Vec<Change> = Vec::new();
    let mut out = |change| {
        dump.push(change);
        Ok(())
    };
    store.dump(&mut out).await.map_err(unreadable)?;
    let mut came = [0; WRITERS];
    for (writer, came) in came.iter_mut().enumerate() {
        *came = next(store, writer).await.map_err(unreadable)?;
        if *came < promised.next[writer] {
            let words = format!(
                "writer {writer} had {} commits acknowledged, {came} are left",
                promised.next[writer]
            );
            return Err(wrong(LOST, words));
        }
        let tenant = plan::tenant(writer);
        let own = dump.iter().filter(|change| *change.tenant() == tenant);
        let found = plan::kept(own.cloned());
        if let Some(words) = plan::difference(&found, &plan.expected(writer, *came)) {
            let words = format!("writer {writer} after {came} commits: {words}");
            return Err(wrong(TORN, words));
        }
    }
    Ok(came)
}
