//! The whole engine in one thread under one seed: both connectors' code, both vendors in miniature, a
//! virtual clock, people who edit on both sides while it runs, faults at every call and kills at every
//! step. Afterwards the faults stop, everything comes to rest, and the vendors' own books are compared.
//!
//! ```text
//! weather.rs the systems, the clock, what goes wrong at a call, and the trace
//! town.rs    Autotask and Acomba, and what their people did
//! outside.rs the world as a connector, the engine and the store see it; where a kill strikes
//! people.rs  what users do meanwhile
//! story.rs   one seed from beginning to rest
//! ```
//!
//! Every seed runs twice and must leave the same trace to the byte. A failing seed prints the command
//! that shows it again, and is made smaller first.

pub mod outside;
mod people;
pub mod story;
mod town;
pub mod weather;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Figures, Form};
pub use weather::Killed;

use story::{Budget, Story};

/// Enough for the suite; each takes some tens of milliseconds.
const SEEDS_SHORT: u64 = 150;
const SEEDS_LONG: u64 = 10_000;

pub fn run(form: &Form) -> Figures {
    let mut figures = Figures::default();
    for what in ["duplicated", "lost", "wrong", "restless", "not repeatable"] {
        figures.none_of(what);
    }
    if let Some(seed) = form.seed {
        show(seed, &mut figures);
        return figures;
    }
    let last = form.of(SEEDS_SHORT, SEEDS_LONG);
    let next = AtomicU64::new(1);
    let shared = Mutex::new(&mut figures);
    // Each seed is a world of its own, in one thread.
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > last {
                        return;
                    }
                    one(seed, &shared);
                    if seed.is_multiple_of(500) {
                        eprintln!("simulation: {seed} seeds");
                    }
                }
            });
        }
    });
    figures
}

/// One seed, twice.
fn one(seed: u64, figures: &Mutex<&mut Figures>) {
    let first = Story::tell(seed, Budget::WHOLE);
    let second = Story::tell(seed, Budget::WHOLE);
    let small = first.wrong.first().map(|_| shrink(seed));
    let mut figures = figures.lock().expect("no seed panics while it counts");
    figures.tried("seeds", 1);
    figures.tried("calls", first.calls);
    figures.tried("faults", first.faults);
    figures.tried("kills", first.kills);
    figures.tried("edits", first.edits);
    if first.trace != second.trace {
        let again = again(seed);
        figures.found("not repeatable", format!("seed {seed}: {again}"));
    }
    for wrong in &first.wrong {
        let small = small.expect("it was made smaller");
        figures.found(
            wrong.what,
            format!("seed {seed}, {}: {small}; {}", wrong.words, again(seed)),
        );
    }
}

fn again(seed: u64) -> String {
    format!("cargo xtask chaos --part simulation --seed {seed}")
}

/// Fewer faults, kills and edits while it still fails. Each stream is cut on its own: what is left of
/// the others stays as it was.
fn shrink(seed: u64) -> Budget {
    let mut budget = Budget::WHOLE;
    let told = Story::tell(seed, budget);
    let counts = [told.faults, told.kills, told.edits];
    for (place, count) in counts.into_iter().enumerate() {
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            let mut smaller = budget;
            *smaller.of(place) = middle;
            if Story::tell(seed, smaller).wrong.is_empty() {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let mut smaller = budget;
        *smaller.of(place) = high;
        if !Story::tell(seed, smaller).wrong.is_empty() {
            budget = smaller;
        }
    }
    budget
}

/// One seed, made small, with its trace on standard error.
fn show(seed: u64, figures: &mut Figures) {
    one(seed, &Mutex::new(figures));
    let budget = if figures.is_clean(&Form::short()) {
        Budget::WHOLE
    } else {
        shrink(seed)
    };
    eprintln!("seed {seed}, {budget}");
    let told = Story::tell(seed, budget);
    for line in &told.lines {
        eprintln!("{line}");
    }
    for wrong in &told.wrong {
        eprintln!("{}: {}", wrong.what, wrong.words);
    }
}
