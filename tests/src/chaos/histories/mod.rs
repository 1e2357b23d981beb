//! Random lives of a two-way flow: people create and edit on both sides, processes are killed, answers are
//! lost; then everybody goes home.
//!
//! In the end both sides say the same, nothing bounces, links are one to one, nothing is there twice, and the
//! last thing somebody wrote stands there, or the journal or a conflict says what became of it.

mod hamlet;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use liaison::engine::{Engine, Halt, Selection};
use liaison::model::run::{Event, Parked};
use liaison::model::{FlowName, Link, TenantId};
use liaison::store::memory::MemoryStore;
use liaison::store::{EventQuery, Store, StoreError};

use super::at_once;
use super::simulation::Killed;
use super::truth::Wrong;
use super::{Figures, Form};
use hamlet::{Hamlet, engine};

const SEEDS_SHORT: u64 = 400;
const SEEDS_LONG: u64 = 10_000;
const STORMY_RUNS: u64 = 6;
/// Runs until nothing is left to do; more means that it bounces.
const CALM_RUNS_MAX: u64 = 5;

/// Who wins where both sides changed the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    Source,
    Target,
    Newest,
    Ask,
}

impl Policy {
    const ALL: [Self; 4] = [Self::Source, Self::Target, Self::Newest, Self::Ask];
}

pub fn run(form: &Form) -> Figures {
    let mut figures = Figures::default();
    for what in ["duplicated", "lost", "wrong", "restless"] {
        figures.none_of(what);
    }
    let seeds = form.of(SEEDS_SHORT, SEEDS_LONG);
    let seeds = form.seed.map_or(1..=seeds, |seed| seed..=seed);
    for seed in seeds {
        let policy = Policy::ALL[usize::try_from(seed % 4).unwrap_or(0)];
        let told = tell(seed, policy, form.seed.is_some());
        figures.tried("histories", 1);
        figures.tried("edits", told.edits);
        figures.tried("kills", told.kills);
        figures.tried("lost answers", told.lost);
        figures.tried("conflicts", told.conflicts);
        figures.tried("overwritten and told", told.overwritten);
        figures.tried("not kept and told", told.not_kept);
        for wrong in told.wrong {
            let again = format!("cargo xtask chaos --part histories --seed {seed}");
            figures.found(wrong.what, format!("{policy:?}: {}; {again}", wrong.words));
        }
    }
    figures
}

struct Told {
    wrong: Vec<Wrong>,
    edits: u64,
    kills: u64,
    lost: u64,
    conflicts: u64,
    overwritten: u64,
    not_kept: u64,
}

/// `show` tells on the way what happened: somebody looks for one that failed.
fn tell(seed: u64, policy: Policy, show: bool) -> Told {
    let hamlet = Hamlet::new(seed, policy);
    let store = Arc::new(MemoryStore::new());
    let engine = engine(&hamlet, &store);
    for _ in 0..STORMY_RUNS {
        hamlet.with(|books| {
            books.people_work();
            books.process_begins();
        });
        one_process(&engine, &hamlet);
        let intents = at_once(store.intents(&tenant(), None)).expect("the memory store answers");
        hamlet.with(|books| books.remember(&links(&engine, &store), &intents));
    }
    hamlet.with(|books| books.calm());
    let mut wrong = Vec::new();
    let mut rested = false;
    for _ in 0..CALM_RUNS_MAX {
        let before = hamlet.with(|books| books.writes);
        one_process(&engine, &hamlet);
        rested = hamlet.with(|books| books.writes) == before;
        if rested {
            break;
        }
    }
    if !rested {
        let words = format!("still writing after {CALM_RUNS_MAX} runs without a change");
        wrong.push(Wrong::new("restless", words));
    }
    let parked = parked(&store);
    let events = events(&store);
    let links = links(&engine, &store);
    let report = at_once(store.verify()).expect("the memory store answers");
    let problems = report.problems.into_iter();
    wrong.extend(problems.map(|words| Wrong::new("wrong", words)));
    for intent in at_once(store.intents(&tenant(), None)).expect("the memory store answers") {
        let words = format!("{:?} of {} is open at rest", intent.kind, intent.source);
        wrong.push(Wrong::new("lost", words));
    }
    let overwritten: Vec<&Event> = events
        .iter()
        .filter(|event| event.kind == "overwritten")
        .collect();
    let not_kept: Vec<&Event> = events
        .iter()
        .filter(|event| event.kind == "not-kept")
        .collect();
    if show {
        for event in &events {
            eprintln!(
                "{} {:?} {} {}",
                event.at, event.record, event.kind, event.message.fallback
            );
        }
        hamlet.with(|books| books.edits.iter().for_each(|edit| eprintln!("{edit:?}")));
        links.iter().for_each(|link| {
            eprintln!(
                "{} = {} {:?} {:?}",
                link.left.id, link.right.id, link.left.base, link.right.base
            )
        });
    }
    hamlet.with(|books| {
        wrong.extend(books.compare(&links, &parked, &overwritten, &not_kept));
        Told {
            wrong,
            edits: books.edits.len() as u64,
            kills: books.kills,
            lost: books.lost,
            conflicts: parked
                .iter()
                .filter(|parked| parked.code == "both-changed")
                .count() as u64,
            overwritten: overwritten.len() as u64,
            not_kept: not_kept.len() as u64,
        }
    })
}

fn one_process(engine: &Engine, hamlet: &Hamlet) {
    let flow = FlowName::parse("people").expect("a name");
    let end = catch_unwind(AssertUnwindSafe(|| {
        at_once(engine.run(&flow, Selection::Changes))
    }));
    hamlet.with(|books| books.process_ends());
    match end {
        Ok(Ok(_) | Err(Halt::Store(StoreError::LeaseHeld { .. }))) => {}
        Ok(Err(other)) => panic!("a run ends with {other}"),
        Err(payload) if payload.is::<Killed>() => {}
        Err(payload) => resume_unwind(payload),
    }
}

fn tenant() -> TenantId {
    TenantId::parse("demo").expect("a tenant's id")
}

fn links(engine: &Engine, store: &MemoryStore) -> Vec<Link> {
    let set = &engine.flows.values().next().expect("one flow").set;
    at_once(store.link_page(set, None, 10_000)).expect("the memory store answers")
}

fn parked(store: &MemoryStore) -> Vec<Parked> {
    let parked = at_once(store.parked_list(&tenant(), None));
    parked.expect("the memory store answers")
}

fn events(store: &MemoryStore) -> Vec<Event> {
    let everything = EventQuery {
        limit: usize::MAX,
        ..EventQuery::default()
    };
    at_once(store.events(&tenant(), &everything)).expect("the memory store answers")
}
