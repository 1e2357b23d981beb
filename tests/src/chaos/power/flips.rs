//! One flipped bit in a file of a store: it opens with all it holds, or refuses in words that name the
//! backup to restore. A wrong answer is never given, and nothing starts empty.
//!
//! Known, and therefore only counted: sled reads past a damaged record in a segment that is neither the
//! last nor the one before, and drops what else is in that segment. After several segments of commits
//! without an opening in between, one flipped bit can so take rows back that nothing misses. Only a
//! sum over all rows would find it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use liaison::store::export::{backup, backup_folder};
use liaison::store::sled::SledStore;
use liaison::store::{Store, StoreError};

use super::super::figures::{Figures, Form};
use super::check::{LOST, TORN, UNREADABLE, Wrong, apart, holds};
use super::dice::Dice;
use super::plan::{self, Imports, Plan, RETENTION, WRITERS};
use super::recording::Promised;
use super::workload::{STORE, claim, in_words, next};
use super::{copy, scratch};

const COMMITS: u64 = 40;
const COMMITS_AFTER: u64 = 5;

const WRONG: &str = "wrong answers";
const NO_WAY_OUT: &str = "refused without a way out";

/// What a damaged store did.
enum Came {
    Whole,
    RefusedToOpen,
    RefusedToRead,
}

pub fn run(form: &Form, seed: u64, figures: &mut Figures) {
    figures.none_of(WRONG);
    figures.none_of(NO_WAY_OUT);
    let small = Base::new(Plan {
        seed,
        imports: Imports::Never,
    });
    let long = Base::new(Plan::of(seed));
    let files = files(small.made.path());
    let mut dice = Dice::mixed(seed, &[0xf11b]);
    let mut came: BTreeMap<&str, u64> = BTreeMap::new();
    for number in 0..form.of(60, 1_000) {
        // Half of them in the log, the rest in every other file in turn.
        let file = match number % 2 {
            0 => Path::new("store/db"),
            _ => &files[number / 2 % files.len()],
        };
        let base = if number % 8 == 2 { &long } else { &small };
        let damaged = scratch();
        copy(base.made.path(), damaged.path());
        let place = match number % 4 {
            0 => Place::End,
            _ => Place::Anywhere,
        };
        let what = flip(&damaged.path().join(file), place, &mut dice);
        figures.tried("flipped bits", 1);
        let outcome = look(damaged.path(), base.plan, &base.backup);
        let outcome = match outcome {
            Ok(Came::Whole) => "without loss",
            Ok(Came::RefusedToOpen) => "refused to open",
            Ok(Came::RefusedToRead) => "refused to read",
            Err(wrong)
                if (wrong.what == WRONG || (wrong.what == LOST && place == Place::Anywhere))
                    && std::ptr::eq(base, &long) =>
            {
                "took rows back unseen (known)"
            }
            Err(wrong) => {
                let words = format!("{}; {} {what}", wrong.words, file.display());
                figures.found(wrong.what, words);
                continue;
            }
        };
        *came.entry(outcome).or_default() += 1;
    }
    for (outcome, count) in came {
        figures.tried(outcome, count);
    }
}

struct Base {
    made: tempfile::TempDir,
    plan: Plan,
    backup: PathBuf,
}

impl Base {
    fn new(plan: Plan) -> Self {
        let made = scratch();
        let backup = make(&made.path().join(STORE), plan);
        Self { made, plan, backup }
    }
}

/// A closed store with a snapshot of most of it, and a backup beside it.
fn make(store: &Path, plan: Plan) -> PathBuf {
    super::runtime().block_on(async {
        let open = || SledStore::open_with(store, RETENTION).expect("the store opens");
        let first = open();
        for writer in 0..WRITERS {
            let lease = claim(&first, writer).await.expect("nobody else has it");
            for number in 0..COMMITS {
                let changes = plan.changes(writer, number);
                first.commit(&lease, changes).await.expect("committed");
            }
        }
        drop(first);
        let second = open();
        let made = backup(&second, &backup_folder(store), plan::at(0)).await;
        drop(second);
        // A few more commits, which no snapshot has yet.
        let third = open();
        for writer in 0..WRITERS {
            let lease = claim(&third, writer).await.expect("nobody else has it");
            for number in COMMITS..COMMITS + COMMITS_AFTER {
                let changes = plan.changes(writer, number);
                third.commit(&lease, changes).await.expect("committed");
            }
        }
        made.expect("a backup can be written")
    })
}

fn files(root: &Path) -> Vec<PathBuf> {
    fn collect(root: &Path, below: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(root.join(below)).expect("a folder that is there") {
            let entry = entry.expect("a folder that is there");
            let below = below.join(entry.file_name());
            let meta = entry.metadata().expect("it is there");
            if meta.is_dir() {
                collect(root, &below, found);
            } else if meta.len() > 0 && below != Path::new("store/db") {
                found.push(below);
            }
        }
    }
    let mut found = Vec::new();
    collect(root, Path::new(STORE), &mut found);
    // The backup lies beside the store and is not part of it.
    found.sort();
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Anywhere,
    /// Where sled takes damage for a record that a crash cut short.
    End,
}

/// The last few records.
const END_BYTES: usize = 2_000;

/// Flips one bit of a byte that holds something; the rest of a segment is padding.
fn flip(file: &Path, place: Place, dice: &mut Dice) -> String {
    let mut bytes = fs::read(file).expect("it is there");
    let used: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    let used = match place {
        Place::Anywhere => &used[..],
        Place::End => &used[used.len().saturating_sub(END_BYTES)..],
    };
    let (at, bit) = (used[dice.roll(used.len())], dice.roll(8));
    bytes[at] ^= 1 << bit;
    fs::write(file, bytes).expect("it can be written");
    format!("byte {at} bit {bit}")
}

fn look(root: &Path, plan: Plan, backup: &Path) -> Result<Came, Wrong> {
    let store = root.join(STORE);
    // The copy's own backup would be named by its own path.
    let backup = backup.file_name().expect("a file").to_string_lossy();
    let backup = backup.into_owned();
    apart(move || {
        let store = match SledStore::open_with(&store, RETENTION) {
            Ok(store) => store,
            Err(error) => return refused(&error, &backup),
        };
        let promised = Promised {
            next: [COMMITS + COMMITS_AFTER; WRITERS],
            fence: [1; WRITERS],
        };
        let came = super::runtime().block_on(async {
            // Once it opens, what it shows must be all: that is the refusal's last chance.
            for writer in 0..WRITERS {
                match next(&store, writer).await {
                    Ok(next) if next < promised.next[writer] => {
                        return Err(Wrong {
                            what: LOST,
                            words: format!("opened with {next} commits of writer {writer}"),
                        });
                    }
                    _ => {}
                }
            }
            holds(&store, plan, promised).await
        });
        match came {
            Ok(_) => Ok(Came::Whole),
            // `verify` names what it finds, and a read says that it cannot.
            Err(Wrong {
                what: UNREADABLE, ..
            }) => Ok(Came::RefusedToRead),
            Err(Wrong { what: TORN, words }) if words.starts_with("verify: ") => {
                Ok(Came::RefusedToRead)
            }
            Err(Wrong { what: LOST, words }) => Err(Wrong { what: LOST, words }),
            Err(other) => Err(Wrong {
                what: WRONG,
                words: other.words,
            }),
        }
    })
}

fn refused(error: &StoreError, backup: &str) -> Result<Came, Wrong> {
    let words = in_words(error);
    if words.contains("store restore") && words.contains(backup) {
        return Ok(Came::RefusedToOpen);
    }
    Err(Wrong {
        what: NO_WAY_OUT,
        words,
    })
}
