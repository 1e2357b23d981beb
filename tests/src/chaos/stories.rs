//! Histories of two systems under the real binary: each lived to its end, compared, and then spoilt by hand.

use std::collections::BTreeSet;

use serde_json::Value;

use super::truth::Wrong;
use super::{Figures, Form};

/// One history, from its seed.
pub trait Story: Sized {
    /// As `--part` takes it.
    const PART: &'static str;
    /// Whether each spoil must find something to spoil.
    const SPOILS_ALL: bool = false;

    fn new(seed: u64) -> Self;

    /// To its end; what is not as it must be then.
    fn live(&mut self) -> Vec<Wrong>;

    fn count(&self, figures: &mut Figures);

    /// The story, and the journal and both books where something is wrong, for who looks for the cause.
    fn tell(&self, all: bool);

    /// What the ledger says of books that were right.
    fn spoil(&self) -> Spoilt;
}

/// What became of the spoils.
#[derive(Default)]
pub struct Spoilt {
    pub seen: u64,
    pub unseen: Vec<&'static str>,
    /// There was nothing to spoil.
    pub untried: Vec<&'static str>,
}

/// As many histories as the form says; with a seed that one, told.
pub fn run<S: Story>(form: &Form, short: u64, long: u64) -> Figures {
    let mut figures = Figures::default();
    for what in ["duplicated", "lost", "wrong", "restless", "spoilt unseen"] {
        figures.none_of(what);
    }
    if S::SPOILS_ALL {
        figures.none_of("not spoilt");
    }
    let seeds = form.of(short, long);
    let seeds = form.seed.map_or(1..=seeds, |seed| seed..=seed);
    for seed in seeds {
        let mut story = S::new(seed);
        let wrong = story.live();
        story.count(&mut figures);
        if form.seed.is_some() {
            story.tell(!wrong.is_empty());
        }
        if wrong.is_empty() {
            let spoilt = story.spoil();
            figures.tried("spoilt by hand", spoilt.seen + spoilt.unseen.len() as u64);
            for words in spoilt.unseen {
                figures.found("spoilt unseen", words);
            }
            for words in spoilt.untried.into_iter().filter(|_| S::SPOILS_ALL) {
                figures.found("not spoilt", words);
            }
        }
        for wrong in wrong {
            let again = format!("cargo xtask chaos --part {} --seed {seed}", S::PART);
            figures.found(wrong.what, format!("{}; {again}", wrong.words));
        }
    }
    figures
}

/// Spoils one thing after the other; each must make the ledger say something new.
pub fn spoilt<F: FnOnce() -> bool>(
    spoils: impl Iterator<Item = (&'static str, F)>,
    found: impl Fn() -> BTreeSet<String>,
) -> Spoilt {
    let mut spoilt = Spoilt::default();
    let mut known = BTreeSet::new();
    for (words, spoil) in spoils {
        if !spoil() {
            spoilt.untried.push(words);
            continue;
        }
        let found = found();
        match found.is_subset(&known) {
            true => spoilt.unseen.push(words),
            false => spoilt.seen += 1,
        }
        known = found;
    }
    spoilt
}

/// What runs wrote that had nothing left to do.
pub fn restless(before: &[Value], after: &[Value]) -> Vec<Wrong> {
    let new = after.iter().filter(|row| !before.contains(row));
    let gone = before.iter().filter(|row| !after.contains(row));
    let new = new.map(|row| format!("at rest it still writes: {row}"));
    let gone = gone.map(|row| format!("at rest this changes or goes: {row}"));
    let twice = (before.len() != after.len())
        .then(|| format!("at rest {} records became {}", before.len(), after.len()));
    new.chain(gone)
        .chain(twice)
        .map(|words| Wrong::new("restless", words))
        .collect()
}
