//! Lost answers at every level of the ladder, and every guard switched off in turn.
//!
//! Two systems in miniature that know nothing but things with a name ([`systems`]): one to be read, one
//! that offers exactly one way to tell a second create from a first, or none. Answers are lost before
//! and after the work, batches come back short, the process is killed. Ours must be 0 and 0; and with a
//! guard switched off something must be found, or the guard has no test.

mod systems;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use liaison::engine::{Engine, Halt, RunSummary, Selection};
use liaison::guard::{self, Guard};
use liaison::model::manifest::Idempotency;
use liaison::model::{FlowName, TenantId};
use liaison::store::memory::MemoryStore;
use liaison::store::{IntentKind, Store, StoreError};

use super::at_once;
use super::simulation::Killed;
use super::truth::Wrong;
use super::{Figures, Form};
use systems::{Books, Systems, engine};

/// Lost answers for each level.
const LOST_SHORT: u64 = 120;
const LOST_LONG: u64 = 500;
/// Seeds after which a guard that nothing missed counts as untested.
const GUARD_SEEDS: u64 = 300;
const STORMY_RUNS: u64 = 6;
const CALM_RUNS: u64 = 4;
/// Runs in which somebody's automation undoes what we wrote.
const UNDOINGS: u64 = 60;
/// Repeats that the engine allows, and the new contents before them.
const UNDONE_UPDATES_MAX: u64 = 24;

/// What a system may offer against the second create.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    NativeKey,
    Upsert,
    Marker,
    HiddenMarker,
    Nothing,
}

impl Level {
    const ALL: [Self; 5] = [
        Self::NativeKey,
        Self::Upsert,
        Self::Marker,
        Self::HiddenMarker,
        Self::Nothing,
    ];

    fn idempotency(self) -> Vec<Idempotency> {
        match self {
            Self::NativeKey => vec![Idempotency::NativeKey(86_400)],
            Self::Upsert => vec![Idempotency::Upsert],
            Self::Marker => vec![Idempotency::Marker("key".to_owned())],
            Self::HiddenMarker => vec![Idempotency::HiddenMarker("key".to_owned())],
            Self::Nothing => Vec::new(),
        }
    }

    fn lost(self) -> &'static str {
        match self {
            Self::NativeKey => "lost answers (native key)",
            Self::Upsert => "(upsert)",
            Self::Marker => "(marker)",
            Self::HiddenMarker => "(hidden marker)",
            Self::Nothing => "(nothing)",
        }
    }
}

pub fn run(form: &Form) -> Figures {
    let mut figures = Figures::default();
    for what in [
        "duplicated",
        "lost",
        "wrong",
        "restless",
        "guards nothing missed",
    ] {
        figures.none_of(what);
    }
    for level in Level::ALL {
        let mut lost = 0;
        let seeds = form.seed.map_or(1..=u64::MAX, |seed| seed..=seed);
        for seed in seeds {
            let told = tell(seed, level);
            lost += told.lost;
            figures.tried("kills", told.kills);
            figures.tried("second processes", told.seconds);
            for wrong in told.wrong {
                let again = format!("cargo xtask chaos --part ladder --seed {seed}");
                figures.found(wrong.what, format!("{level:?}: {}; {again}", wrong.words));
            }
            if lost >= form.of(LOST_SHORT, LOST_LONG) {
                break;
            }
        }
        figures.tried(level.lost(), lost);
    }
    for wrong in undone().wrong {
        figures.found(wrong.what, wrong.words);
    }
    for guard in Guard::ALL {
        // That one is the disk's: the part `power` switches it off.
        if guard == Guard::Fsync {
            continue;
        }
        figures.tried("guards switched off", 1);
        let missed = match guard {
            Guard::Ceiling => {
                let told = guard::without(guard, undone);
                told.wrong.first().map(|wrong| wrong.words.clone())
            }
            _ => (1..=GUARD_SEEDS)
                .find(|seed| missed(guard, *seed))
                .map(|seed| format!("seed {seed} fails")),
        };
        match missed {
            Some(words) => eprintln!("ladder: without {}: {words}", guard.name()),
            None => figures.found("guards nothing missed", guard.name()),
        }
    }
    figures
}

fn missed(guard: Guard, seed: u64) -> bool {
    Level::ALL.into_iter().any(|level| {
        let told = guard::without(guard, || tell(seed, level));
        !told.wrong.is_empty()
    })
}

struct Told {
    wrong: Vec<Wrong>,
    lost: u64,
    kills: u64,
    seconds: u64,
}

impl Told {
    fn of(books: &Books, wrong: Vec<Wrong>) -> Self {
        Self {
            wrong,
            lost: books.lost,
            kills: books.kills,
            seconds: books.seconds,
        }
    }
}

/// One seed: runs under faults and kills, then runs in fair weather, then the books.
fn tell(seed: u64, level: Level) -> Told {
    let systems = Systems::new(seed, level);
    let store = Arc::new(MemoryStore::new());
    let engine = engine(&systems, &store);
    for _ in 0..STORMY_RUNS {
        systems.with(|books| {
            books.people_work();
            books.process_begins();
        });
        one_process(&engine, &systems);
    }
    systems.with(|books| books.stormy = false);
    for _ in 0..CALM_RUNS {
        one_process(&engine, &systems);
    }
    let mut wrong = systems.with(|books| books.compare(&parked(&store)));
    wrong.extend(one_to_one(&store, &engine));
    systems.with(|books| Told::of(books, wrong))
}

/// Under its guard, what nobody works on is written a bounded number of times.
fn undone() -> Told {
    let systems = Systems::new(1, Level::Marker);
    let store = Arc::new(MemoryStore::new());
    let engine = engine(&systems, &store);
    systems.with(|books| {
        books.stormy = false;
        while books.is_empty() {
            books.people_work();
        }
        books.undoes = true;
    });
    for _ in 0..UNDOINGS {
        one_process(&engine, &systems);
    }
    let updates = systems.with(|books| books.updates_max());
    let mut wrong = Vec::new();
    if updates > UNDONE_UPDATES_MAX {
        let words = format!("one thing was written {updates} times though nobody worked on it");
        wrong.push(Wrong::new("restless", words));
    }
    if guard::holds(Guard::Ceiling) && parked(&store).is_empty() {
        wrong.push(Wrong::new(
            "lost",
            "nobody was told that we write in circles".to_owned(),
        ));
    }
    systems.with(|books| Told::of(books, wrong))
}

fn run_once(engine: &Engine) -> Result<RunSummary, Halt> {
    let flow = FlowName::parse("things").expect("a name");
    at_once(engine.run(&flow, Selection::Changes))
}

fn one_process(engine: &Engine, systems: &Systems) {
    let end = catch_unwind(AssertUnwindSafe(|| run_once(engine)));
    systems.with(|books| books.process_ends());
    match end {
        // A second process that a kill took along leaves its lease behind for a while.
        Ok(Ok(_) | Err(Halt::Store(StoreError::LeaseHeld { .. }))) => {}
        Ok(Err(other)) => panic!("a run ends with {other}"),
        Err(payload) if payload.is::<Killed>() => {}
        Err(payload) => resume_unwind(payload),
    }
}

fn tenant() -> TenantId {
    TenantId::parse("demo").expect("a tenant's id")
}

fn parked(store: &MemoryStore) -> Vec<String> {
    let parked = at_once(store.parked_list(&tenant(), None));
    let parked = parked.expect("the memory store answers").into_iter();
    parked.map(|parked| parked.id.to_string()).collect()
}

/// Live links are one to one, and nothing is left open that nobody waits for.
fn one_to_one(store: &MemoryStore, engine: &Engine) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let set = &engine.flows.values().next().expect("one flow").set;
    let links = at_once(store.link_page(set, None, 10_000)).expect("the memory store answers");
    let mut rights: Vec<&str> = links.iter().map(|link| link.right.id.as_str()).collect();
    rights.sort_unstable();
    for pair in rights.windows(2).filter(|pair| pair[0] == pair[1]) {
        let words = format!("two things are linked to {}", pair[0]);
        wrong.push(Wrong::new("wrong", words));
    }
    let open = at_once(store.intents(&tenant(), None)).expect("the memory store answers");
    let parked = parked(store);
    for intent in open {
        let waits = intent.kind == IntentKind::WriteBack
            && parked.iter().any(|id| id == intent.source.as_str());
        if !waits {
            let words = format!("{:?} of {} is open at rest", intent.kind, intent.source);
            wrong.push(Wrong::new("lost", words));
        }
    }
    wrong
}
