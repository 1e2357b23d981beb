//! Damaged and generated components, through the path of `connector install`.
//!
//! ```text
//! every one:  the host's own look at the file ─ the parser's full validation
//! a sample:   the whole of it: compiled in a child, linked, described under limits
//! ```
//!
//! The compiling child takes a tenth of a second, so it sees a sample: of those that are valid, which it
//! must compile or refuse, and of those that are not, which it must refuse. What loads has described
//! itself in a fresh instance under the limits of the product.
//!
//! Each component has a number, which is the seed of all that is random about it: `--seed N` makes
//! number N again and takes it the whole way.

mod generate;
mod mutate;
mod random;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use liaison::connector::compile::CompileError;
use liaison::connector::load::{self, LoadError};

use self::random::Random;
use super::guests::handmade::Handmade;
use super::guests::laboratory::{Laboratory, built, with_causes};
use super::guests::watch::{MemoryWatch, resident_bytes};
use super::{Figures, Form};

/// To look at one and to validate it.
const LOOK_MAX: Duration = Duration::from_secs(1);
/// Before one that is slow counts.
const TRIES: usize = 4;
/// To compile one in the child, link it and let it describe itself (2 s of processor time).
const LOAD_MAX: Duration = Duration::from_secs(20);
/// One that takes so long hangs; nothing can end it but the end of the process.
const HANG: Duration = Duration::from_secs(60);
const MEMORY_BYTES_MAX: u64 = 256 << 20;
/// Numbers of generated ones begin here, so that one number says all.
const GENERATED: u64 = 1 << 40;
/// Of the small good ones for each large one: damage there hits what matters.
const SMALL_SHARE: usize = 3;

pub fn run(form: &Form) -> Figures {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("threads");
    let mut figures = Figures::default();
    for what in ["panicked", "hung", "slow", "heavy", "died", "disagreed"] {
        figures.none_of(what);
    }
    let mut trial = Trial {
        goods: goods(),
        laboratory: runtime.block_on(Laboratory::new()),
        runtime,
        memory: MemoryWatch::start(),
        now: Watchdog::start(),
        counts: BTreeMap::new(),
        loads_left: form.of([40, 10], [1_000, 200]),
        tells: form.seed.is_some(),
        slowest_look: Duration::ZERO,
        slowest_load: Duration::ZERO,
    };
    let at_first = resident_bytes().unwrap_or(0);
    trial.memory.forget();

    if let Some(seed) = form.seed {
        trial.loads_left = [1, 1];
        trial.one(&mut figures, seed, Sample::Always);
    } else {
        for number in 0..form.of(2_000, 100_000) {
            trial.one(&mut figures, number, Sample::Some);
        }
        trial.loads_left = form.of([40, 10], [1_000, 200]);
        // Some seeds give nothing; ten thousand components must come of the others.
        for number in GENERATED..GENERATED + form.of(400, 10_600) {
            trial.one(&mut figures, number, Sample::Some);
        }
    }

    let grown = trial.memory.peak_bytes().saturating_sub(at_first);
    let words = format!("{} MiB", grown >> 20);
    figures.measured(
        "most memory over the beginning",
        words,
        grown <= MEMORY_BYTES_MAX,
    );
    let words = format!("{} ms", trial.slowest_look.as_millis());
    figures.measured(
        "slowest look and validation",
        words,
        trial.slowest_look <= LOOK_MAX,
    );
    let words = format!("{} ms", trial.slowest_load.as_millis());
    figures.measured("slowest load", words, trial.slowest_load <= LOAD_MAX);
    for (what, count) in &trial.counts {
        println!("components: {count:>7}  {what}");
    }
    figures
}

/// What is damaged: the small ones first, then all that ship.
struct Goods {
    small: Vec<Vec<u8>>,
    large: Vec<Vec<u8>>,
}

fn goods() -> Goods {
    let read = |path: &str| std::fs::read(built(path)).expect("it is there");
    Goods {
        small: vec![
            Handmade::PLAIN.component(),
            super::guests::handmade::CALLED[0].0.component(),
        ],
        large: vec![
            read("target/guests/probe.wasm"),
            read("target/guests/hostile.wasm"),
            read("target/connectors/acomba.wasm"),
            read("target/connectors/autotask.wasm"),
        ],
    }
}

/// Whether one takes the way that costs a process.
#[derive(Clone, Copy, PartialEq)]
enum Sample {
    Always,
    Some,
}

struct Trial {
    goods: Goods,
    laboratory: Laboratory,
    runtime: tokio::runtime::Runtime,
    memory: MemoryWatch,
    now: Watchdog,
    counts: BTreeMap<String, u64>,
    /// Of the valid ones, and of the others.
    loads_left: [u64; 2],
    /// With `--seed`, what came of the one is the point.
    tells: bool,
    slowest_look: Duration,
    slowest_load: Duration,
}

impl Trial {
    fn one(&mut self, figures: &mut Figures, number: u64, sample: Sample) {
        // Ours may loop as well as theirs.
        self.now.at(number);
        let mut random = Random::new(number);
        let (what, bytes) = if number < GENERATED {
            let (kind, bytes) = self.damaged(&mut random);
            figures.tried("mutated", 1);
            (mutate::KINDS[kind], bytes)
        } else {
            let made = catch_unwind(AssertUnwindSafe(|| generate::generate(&mut random)));
            let Ok(Some((kind, bytes))) = made else {
                self.count("generated", "nothing came of the seed");
                return;
            };
            figures.tried("generated", 1);
            (generate::KINDS[kind], bytes)
        };
        let again = format!("see it again with --part components --seed {number}");

        // A busy machine is slow once, a component that is too much for us each time.
        let mut quickest = Duration::MAX;
        let mut tries = 0;
        let (looked, valid) = loop {
            let begun = Instant::now();
            let looked = catch_unwind(|| load::precheck(Path::new("it"), &bytes));
            let valid = catch_unwind(|| wasmparser::Validator::new().validate_all(&bytes).is_ok());
            quickest = quickest.min(begun.elapsed());
            tries += 1;
            if quickest <= LOOK_MAX || tries == TRIES {
                break (looked, valid);
            }
        };
        self.slowest_look = self.slowest_look.max(quickest);
        if quickest > LOOK_MAX {
            let words = format!("{quickest:?} to look at number {number}; {again}");
            figures.found("slow", words);
        }
        let (Ok(looked), Ok(valid)) = (looked, valid) else {
            return figures.found("panicked", format!("number {number} ({what}); {again}"));
        };
        if let Err(error) = looked {
            self.count("refused at first sight", refusal(&error));
            return;
        }
        let next = match sample {
            Sample::Always => true,
            // Not the first that come, but some of every kind.
            Sample::Some => random.below(3) == 0,
        };
        let left = &mut self.loads_left[usize::from(!valid)];
        if !next || *left == 0 {
            let verdict = if valid { "valid" } else { "not valid" };
            self.count("passed at first sight, not in the sample", verdict);
            return;
        }
        *left -= 1;
        self.load(figures, number, what, &bytes, valid, &again);
    }

    fn damaged(&self, random: &mut Random) -> (usize, Vec<u8>) {
        let Goods { small, large } = &self.goods;
        let list = if random.below(SMALL_SHARE + 1) > 0 {
            small
        } else {
            large
        };
        let good = random.one_of(list).expect("there are some");
        let other = random.one_of(list).expect("there are some");
        mutate::mutate(good, other, random)
    }

    /// The whole way of `connector install`.
    fn load(
        &mut self,
        figures: &mut Figures,
        number: u64,
        what: &str,
        bytes: &[u8],
        valid: bool,
        again: &str,
    ) {
        figures.tried("loaded", 1);
        let begun = Instant::now();
        let name = format!("number-{number}");
        let loaded = catch_unwind(AssertUnwindSafe(|| {
            self.runtime.block_on(self.laboratory.load(&name, bytes))
        }));
        let took = begun.elapsed();
        self.slowest_load = self.slowest_load.max(took);
        if took > LOAD_MAX {
            figures.found("slow", format!("{took:?} to load number {number}; {again}"));
        }
        let file = self
            .laboratory
            .folder()
            .join(format!("number-{number}.wasm"));
        drop(std::fs::remove_file(file));
        match loaded {
            Err(_) => figures.found("panicked", format!("number {number} ({what}); {again}")),
            Ok(Ok(loaded)) => {
                self.count("accepted", "described itself");
                if !valid {
                    let words = format!("{loaded:?}, which the parser refuses; {again}");
                    figures.found("disagreed", words);
                }
            }
            Ok(Err(error)) => {
                let words = with_causes(&error);
                if let LoadError::NotCompiled {
                    cause: CompileError::Died { .. } | CompileError::TooSlow { .. },
                    ..
                } = &error
                {
                    figures.found(
                        "died",
                        format!("number {number} ({what}): {words}; {again}"),
                    );
                }
                if words.contains("the host panicked") {
                    figures.found("panicked", format!("number {number}: {words}; {again}"));
                }
                if self.tells {
                    eprintln!("components: number {number} ({what}): {words}");
                }
                self.count("refused on the way", refusal(&error));
            }
        }
    }

    fn count(&mut self, how: &str, why: &str) {
        *self.counts.entry(format!("{how}: {why}")).or_default() += 1;
    }
}

fn refusal(error: &LoadError) -> &'static str {
    match error {
        LoadError::Unreadable { .. } => "unreadable",
        LoadError::TooLarge { .. } => "too large",
        LoadError::Precompiled { .. } => "machine code",
        LoadError::NotWasm { .. } => "no WebAssembly",
        LoadError::CoreModule { .. } => "a core module",
        LoadError::Damaged { .. } => "damaged",
        LoadError::NotAConnector { .. } => "no connector",
        LoadError::NewerContract { .. } => "a newer contract",
        LoadError::OlderContract { .. } => "an older contract",
        LoadError::Changed { .. } => "other bytes",
        LoadError::ForbiddenImports { .. } => "asks for what it does not get",
        LoadError::NotCompiled { cause, .. } => match cause {
            CompileError::Refused { .. } => "the compiler says no",
            CompileError::TooSlow { .. } => "the compiler took too long",
            CompileError::Died { .. } => "the compiler died",
            CompileError::NotStarted(_) | CompileError::Io { .. } => "the compiler did not run",
        },
        LoadError::NotLinked { .. } => "does not fit the contract",
        LoadError::NotDescribed { .. } => "did not describe itself",
        LoadError::BadManifest { .. } => "a bad manifest",
        LoadError::Engine { .. } => "no engine",
    }
}

/// Ends the process when one component takes for ever: no other thing can.
struct Watchdog(Arc<AtomicU64>);

impl Watchdog {
    fn start() -> Self {
        let now = Arc::new(AtomicU64::new(u64::MAX));
        let seen = Arc::downgrade(&now);
        std::thread::spawn(move || {
            let mut since = Instant::now();
            let mut last = u64::MAX;
            while let Some(now) = seen.upgrade() {
                let number = now.load(Ordering::Relaxed);
                drop(now);
                if number != last {
                    (last, since) = (number, Instant::now());
                } else if number != u64::MAX && since.elapsed() > HANG {
                    eprintln!(
                        "components: FOUND hung: number {number}; see it again with --part components --seed {number}"
                    );
                    std::process::exit(1);
                }
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        Self(now)
    }

    fn at(&self, number: u64) {
        self.0.store(number, Ordering::Relaxed);
    }
}
