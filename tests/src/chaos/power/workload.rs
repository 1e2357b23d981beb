//! The child process: opens the store below a folder, commits, and marks what was acknowledged.
//!
//! A mark is written once `commit` has returned, to a file that the recorder turns into a place in its
//! recording. An error ends it in order: one more try, which must be refused, then the store is closed.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use liaison::store::sled::SledStore;
use liaison::store::{Change, Lease, LeaseScope, Store, StoreError};

use super::plan::{self, Plan, RETENTION, WRITERS};

pub const WORD: &str = "power-workload";
pub const FILL_WORD: &str = "power-fill";
pub const OPEN_WORD: &str = "power-open";

/// An error in words ended it, and nothing was acknowledged after.
pub const ENDED_IN_ORDER: u8 = 3;
/// Something was acknowledged after a write had failed.
pub const WENT_ON: u8 = 4;

pub const STORE: &str = "store";

pub const LEASE: Duration = Duration::from_secs(3_600);

/// `power-workload ROOT MARKS SEED COMMITS OPENINGS`: every writer makes so many commits, and the
/// store is closed and opened again in between.
pub fn run(words: &[String]) -> ExitCode {
    let [root, marks, seed, commits, openings] = words else {
        return ExitCode::from(2);
    };
    let number = |word: &str| word.parse::<u64>().expect("a number");
    let workload = Workload {
        store: Path::new(root).join(STORE),
        marks: Marks::to(Path::new(marks)),
        plan: Plan::of(number(seed)),
    };
    let (commits, openings) = (number(commits), number(openings));
    super::runtime().block_on(async {
        for _ in 0..openings {
            let ended = workload.session(commits / openings).await;
            if ended != ExitCode::SUCCESS {
                return ended;
            }
        }
        ExitCode::SUCCESS
    })
}

/// `power-fill ROOT FIRST COUNT`: so many links in commits of a thousand, and no orderly end.
pub fn fill(words: &[String]) -> ExitCode {
    let [root, first, count] = words else {
        return ExitCode::from(2);
    };
    let number = |word: &str| word.parse::<u64>().expect("a number");
    let (first, end) = (number(first), number(first) + number(count));
    super::runtime().block_on(async {
        let store = SledStore::open(&Path::new(root).join(STORE)).expect("the store opens");
        let lease = claim(&store, 0).await.expect("nobody else has it");
        let mut from = first;
        while from < end {
            let until = end.min(from + 1_000);
            let mut changes: Vec<Change> = (from..until).map(large_link).collect();
            changes.push(Change::PutCursor {
                tenant: plan::tenant(0),
                flow: plan::flow(),
                cursor: until.to_string().into_bytes(),
            });
            store.commit(&lease, changes).await.expect("committed");
            from = until;
        }
        // As a kill: nothing is dropped, nothing closed.
        std::process::abort()
    })
}

/// `power-open ROOT`: opens, and ends without closing.
pub fn open(words: &[String]) -> ExitCode {
    let [root] = words else {
        return ExitCode::from(2);
    };
    match SledStore::open(&Path::new(root).join(STORE)) {
        Ok(store) => {
            std::mem::forget(store);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}", in_words(&error));
            ExitCode::from(ENDED_IN_ORDER)
        }
    }
}

/// Link `number` of a large store; the ids are spread as native ids are.
pub fn large_link(number: u64) -> Change {
    let (left, right) = large_ids(number);
    let set = plan::set_of(plan::tenant(0));
    Change::PutLink(Box::new(plan::link(set, &left, &right)))
}

pub fn large_ids(number: u64) -> (String, String) {
    let spread = number * 7_919 % 100_000_007;
    (format!("L{spread:09}"), format!("R{spread:09}"))
}

pub async fn claim(store: &SledStore, writer: usize) -> Result<Lease, StoreError> {
    let scope = LeaseScope::admin(&plan::tenant(writer));
    store
        .claim(&scope, "liaison-chaos", plan::at(0), LEASE)
        .await
}

/// The number of a writer's next commit, as the store says it.
pub async fn next(store: &SledStore, writer: usize) -> Result<u64, StoreError> {
    let cursor = store.cursor(&plan::tenant(writer), &plan::flow()).await?;
    let last = cursor.and_then(|cursor| String::from_utf8(cursor).ok()?.parse::<u64>().ok());
    Ok(last.map_or(0, |last| last + 1))
}

pub fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

struct Workload {
    store: PathBuf,
    marks: Marks,
    plan: Plan,
}

impl Workload {
    async fn session(&self, commits: u64) -> ExitCode {
        let store = match SledStore::open_with(&self.store, RETENTION) {
            Ok(store) => Arc::new(store),
            Err(error) => return ended(&error),
        };
        let mut first = Vec::new();
        // What an open store shows must last, or the flows would act on what never was. So it is
        // marked before anything is written, which would promise it anyway.
        for writer in 0..WRITERS {
            match next(&store, writer).await {
                Ok(next) => {
                    self.marks.say(&format!("seen {writer} {next}"));
                    first.push(next);
                }
                Err(error) => return ended(&error),
            }
        }
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let writing = Writing {
                    store: Arc::clone(&store),
                    marks: self.marks.clone(),
                    plan: self.plan,
                    writer,
                };
                tokio::spawn(writing.run(first[writer], commits))
            })
            .collect();
        let mut error = None;
        for writer in writers {
            let done = writer.await.expect("no writer panics");
            error = error.or(done.err());
        }
        let Some(error) = error else {
            return ExitCode::SUCCESS;
        };
        for writer in 0..WRITERS {
            if claim(&store, writer).await.is_ok() {
                eprintln!("a lease was given out after a write had failed");
                return ExitCode::from(WENT_ON);
            }
        }
        drop(store);
        ended(&error)
    }
}

fn ended(error: &StoreError) -> ExitCode {
    eprintln!("{}", in_words(error));
    ExitCode::from(ENDED_IN_ORDER)
}

struct Writing {
    store: Arc<SledStore>,
    marks: Marks,
    plan: Plan,
    writer: usize,
}

impl Writing {
    async fn run(self, first: u64, commits: u64) -> Result<(), StoreError> {
        let Self {
            store,
            marks,
            plan,
            writer,
        } = self;
        let lease = claim(&store, writer).await?;
        marks.say(&format!("fence {writer} {}", lease.fence));
        for number in first..first + commits {
            store.commit(&lease, plan.changes(writer, number)).await?;
            marks.say(&format!("commit {writer} {number}"));
        }
        store.release(&lease).await
    }
}

#[derive(Clone)]
struct Marks(Arc<Mutex<File>>);

impl Marks {
    fn to(file: &Path) -> Self {
        let file = File::options().append(true).create(true).open(file);
        Self(Arc::new(Mutex::new(
            file.expect("the marks can be written"),
        )))
    }

    /// One write, so that the recorder sees the mark as a whole.
    fn say(&self, mark: &str) {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(format!("{mark}\n").as_bytes())
            .expect("the marks can be written");
    }
}
