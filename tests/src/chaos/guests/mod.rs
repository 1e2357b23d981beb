//! Hostile connectors under the real runtime: each is stopped in time, costs the host little memory and
//! its neighbours little time, and the call after it works.
//!
//! A behaviour is a row of [`BEHAVIOURS`] (a compiled guest, `tests/guests/hostile`) or of
//! [`handmade`]. Each is called again and again for a while beside a good connector that works all the
//! time; what is measured is one call's end against its deadline, this process's memory against what
//! it was at the beginning, and the neighbour's p95 against its p95 just before.
//!
//! A machine that others use as well is slow at times, and a guest that does harm does it each time. So a
//! time that is missed is tried again, and only one that is missed each time counts.
//!
//! Invariant: limits are those of the product, except that deadlines are short.

mod accomplice;
pub mod handmade;
pub mod laboratory;
pub mod watch;

use std::sync::Arc;
use std::time::{Duration, Instant};

use liaison::connector::Connector;
use liaison::model::{Action, Fault, FaultKind, NativeId, Operation, Token};
use serde_json::json;

use self::handmade::Handmade;
use self::laboratory::{Deadlines, Laboratory, with_causes};
use self::watch::{MemoryWatch, Neighbour, p95, resident_bytes};
use super::{Figures, Form};

const MIB: usize = 1 << 20;
/// Linear memory of a guest, as in the product.
const MEMORY: usize = 64 * MIB;
/// What the host may need beside that.
const HOST_MEMORY: usize = 32 * MIB;
/// After a deadline, until the call has ended.
const GRACE: Duration = Duration::from_millis(250);
/// The neighbour's p95 may double. Below this it may be the machine: some slices of its scheduler while
/// other programs work. A guest that really holds its neighbours up costs them hundreds.
const P95_FLOOR: Duration = Duration::from_millis(50);
/// Tries before a time that is missed counts.
const TRIES: usize = 4;
const OPERATIONS: usize = 3;
const CPU: Duration = Deadlines::SHORT.cpu;
const WALL: Duration = Deadlines::SHORT.wall;
/// Durable writes that one call may cause: each is a sync of a disk that is everybody's.
const DURABLE_WRITES_MAX: u64 = 256;
/// A fault with all its words: it is shown, logged and stored.
const FAULT_BYTES_MAX: usize = 64 << 10;
/// Loading has the limits of the product: 2 s of processor time, and the compiler before it.
const LOAD: Duration = Duration::from_secs(15);

/// What is asked of the guest.
#[derive(Clone, Copy, PartialEq)]
enum Call {
    Changes,
    Read,
    /// Creates.
    Write,
    Update,
    /// Page after page, as a run does, until it is told to stop or has had so many.
    Walk(usize),
}

/// How it must end.
#[derive(Clone, Copy)]
enum End {
    /// With a fault of this kind that says this.
    Fault(FaultKind, &'static str),
    /// With an answer that says this.
    Answer(&'static str),
    /// With this fault for every operation.
    Outcomes(FaultKind),
    /// By whichever limit it meets first.
    Stopped,
}

struct Behaviour {
    name: &'static str,
    /// What the accomplice does.
    path: &'static str,
    call: Call,
    deadline: Duration,
    deadlines: Deadlines,
    memory: usize,
    end: End,
}

const fn changes(name: &'static str, end: End) -> Behaviour {
    Behaviour {
        name,
        path: "/",
        call: Call::Changes,
        deadline: WALL,
        deadlines: Deadlines::SHORT,
        memory: MEMORY,
        end,
    }
}

/// One that computes until it is stopped.
const fn computes(name: &'static str) -> Behaviour {
    Behaviour {
        deadline: CPU,
        ..changes(name, End::Fault(FaultKind::Internal, "processor time"))
    }
}

/// A trap, or an answer that is refused.
const fn breaks(name: &'static str, words: &'static str) -> Behaviour {
    changes(name, End::Fault(FaultKind::Internal, words))
}

/// One that needs time to do its harm, as it has in the product.
const fn slowly(name: &'static str, words: &'static str) -> Behaviour {
    Behaviour {
        deadline: Deadlines::LONG.wall,
        deadlines: Deadlines::LONG,
        ..breaks(name, words)
    }
}

const fn fetches(path: &'static str, words: &'static str) -> Behaviour {
    Behaviour {
        path,
        ..changes("fetch", End::Answer(words))
    }
}

const fn writes(name: &'static str, kind: FaultKind) -> Behaviour {
    Behaviour {
        call: Call::Write,
        ..changes(name, End::Outcomes(kind))
    }
}

/// Has as much time as in the product.
const fn hoards(name: &'static str, path: &'static str) -> Behaviour {
    Behaviour {
        path,
        deadline: Deadlines::LONG.wall,
        deadlines: Deadlines::LONG,
        ..changes(name, End::Stopped)
    }
}

const OUT_OF_TIME: &str = "longer than 500 ms";

const BEHAVIOURS: &[Behaviour] = &[
    changes("good", End::Answer("Evil 1")),
    // ---- what the host must keep: first, before the allocator has anything to use again ----
    breaks("handles", "no free keys"),
    hoards("fields", "/"),
    hoards("long-methods", "/"),
    hoards("long-paths", "/"),
    changes(
        "long-parts",
        End::Answer("[true, true, true, false, false, false]"),
    ),
    hoards("unsent-bodies", "/"),
    hoards("requests-at-once", "/silent"),
    hoards("answers-at-once", "/large"),
    // ---- computing ----
    computes("loop"),
    slowly("memory", "more memory than it gets"),
    breaks("recursion", "out of bounds memory access"),
    breaks("recursion-on-the-stack", "call stack exhausted"),
    breaks("panic", "the hostile one panics"),
    slowly("panic-with-a-long-message", "panic"),
    // ---- waiting ----
    changes("sleep", End::Fault(FaultKind::Unavailable, OUT_OF_TIME)),
    changes("sleep-0", End::Fault(FaultKind::Unavailable, OUT_OF_TIME)),
    Behaviour {
        path: "/silent",
        ..changes("poll", End::Answer("Evil 1")) // the request has a time-out of its own
    },
    hoards("poll-flood", "/silent"),
    // ---- calls of the host ----
    computes("clock-flood"),
    computes("random-flood"),
    computes("settings-flood"),
    changes("memory-flood", End::Answer("kept")),
    computes("log-flood"),
    computes("log-flood-of-long-lines"),
    // ---- the network ----
    fetches("/endless-body", "no_answer"),
    fetches("/drip", "no_answer"),
    fetches("/drip-head", "no_answer"),
    fetches("/endless-head", "no_answer"),
    fetches("/many-headers", "no_answer"),
    fetches("/silent", "no_answer"),
    slowly("header-flood", "total size of fields exceeds limit"),
    // ---- answers that lie ----
    breaks("cursor-stands-still", "the cursor it was given"),
    breaks("no-cursor", "no cursor"),
    breaks("long-cursor", "a cursor of 5000 bytes"),
    breaks("complete-and-more", "both complete and followed"),
    breaks("too-many", "at most 10 were asked for"),
    breaks("bad-id", "an id of a record"),
    breaks("no-json", "does not parse"),
    slowly("deep-json", "250000 JSON values"),
    slowly("wide-json", "250000 JSON values"),
    breaks("bad-utf8", "utf-8"),
    slowly("long-version", "a version of record 1"),
    Behaviour {
        memory: 128 * MIB,
        ..slowly("long-string", "fuel")
    },
    changes("long-fault", End::Fault(FaultKind::Rejected, "")),
    Behaviour {
        call: Call::Walk(50),
        ..changes("cursor-without-end", End::Answer("50 pages"))
    },
    Behaviour {
        call: Call::Read,
        ..breaks("read-too-few", "0 records to 2")
    },
    Behaviour {
        call: Call::Read,
        ..breaks("read-of-others", "where 1 was asked for")
    },
    writes("loop", FaultKind::Internal),
    Behaviour {
        path: "/silent",
        ..writes("fetch-then-loop", FaultKind::OutcomeUnknown)
    },
    writes("too-few-outcomes", FaultKind::OutcomeUnknown),
    writes("too-many-outcomes", FaultKind::OutcomeUnknown),
    writes("one-id-for-all", FaultKind::OutcomeUnknown),
    writes("bad-id", FaultKind::OutcomeUnknown),
    Behaviour {
        call: Call::Update,
        ..writes("another-record", FaultKind::OutcomeUnknown)
    },
    Behaviour {
        call: Call::Write,
        ..changes("note-flood", End::Answer("kept"))
    },
];

pub fn run(form: &Form) -> Figures {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("threads");
    runtime.block_on(all(form))
}

async fn all(form: &Form) -> Figures {
    let mut figures = Figures::default();
    for what in ["late", "heavy", "slowed", "broken", "wrong"] {
        figures.none_of(what);
    }
    let laboratory = Laboratory::new().await;
    let good = laboratory.acomba().await;
    let mut trial = Trial {
        neighbour: Neighbour::start(Arc::clone(&good)),
        memory: MemoryWatch::start(),
        laboratory,
        good,
        memory_at_first: 0,
        beside: form.of(Duration::from_millis(300), Duration::from_secs(3)),
        worst: Worst::default(),
    };
    // What the first calls allocate for good is not the guests' doing.
    tokio::time::sleep(trial.beside).await;
    trial.memory_at_first = resident_bytes().unwrap_or(0);

    for behaviour in BEHAVIOURS {
        let guest = trial
            .laboratory
            .hostile(
                behaviour.name,
                behaviour.path,
                behaviour.memory,
                behaviour.deadlines,
            )
            .await;
        let name = format!("{}{}", behaviour.name, behaviour.path.trim_end_matches('/'));
        trial.guest(&mut figures, &name, behaviour, guest).await;
    }
    for (made, words) in handmade::CALLED {
        trial.handmade(&mut figures, made, words).await;
    }
    for (made, words) in handmade::LOADED {
        trial.refused(&mut figures, made, words).await;
    }
    trial.worst.tell(&mut figures, resident_bytes().is_some());
    if let Err(words) = trial.neighbour.stop().await {
        figures.found("broken", format!("the neighbour at the end: {words}"));
    }
    figures
}

struct Trial {
    laboratory: Laboratory,
    good: Arc<dyn Connector>,
    neighbour: Neighbour,
    memory: MemoryWatch,
    memory_at_first: u64,
    /// How long each behaviour goes on beside the neighbour.
    beside: Duration,
    worst: Worst,
}

/// The nearest that any guest came to a limit.
#[derive(Default)]
struct Worst {
    late: (Duration, String),
    heavy: (u64, String),
    /// Over what it was at the very beginning, what the allocator keeps for later included.
    over_all: u64,
    slowed: (f64, Duration, Duration, String),
    /// All calls of the neighbour, to say what a day of harm costs it.
    all_alone: Vec<Duration>,
    all_beside: Vec<Duration>,
}

impl Worst {
    fn tell(&self, figures: &mut Figures, memory_is_known: bool) {
        let (late, who) = &self.late;
        let words = format!("{} ms ({who})", late.as_millis());
        figures.measured("latest end after a deadline", words, *late <= GRACE);
        let (bytes, who) = &self.heavy;
        let words = if memory_is_known {
            format!(
                "{} MiB of {} ({who})",
                bytes >> 20,
                (MEMORY + HOST_MEMORY) >> 20
            )
        } else {
            "left out on this system".to_owned()
        };
        figures.measured("most memory of one", words, true);
        let most = 2 * (MEMORY + HOST_MEMORY) as u64;
        let words = format!("{} MiB of {}", self.over_all >> 20, most >> 20);
        figures.measured(
            "most memory over the beginning",
            words,
            self.over_all <= most,
        );
        let (times, before, during, who) = &self.slowed;
        let words = format!(
            "{times:.1} times: {:.1} to {:.1} ms ({who})",
            before.as_secs_f64() * 1e3,
            during.as_secs_f64() * 1e3
        );
        figures.measured("neighbour's p95, most slowed", words, true);
        let [alone, beside] = [&self.all_alone, &self.all_beside].map(|calls| {
            let mut calls = calls.clone();
            calls.sort();
            p95(&calls)
        });
        let words = format!(
            "{:.1} ms alone, {:.1} ms beside them ({} and {} calls)",
            alone.as_secs_f64() * 1e3,
            beside.as_secs_f64() * 1e3,
            self.all_alone.len(),
            self.all_beside.len()
        );
        figures.measured(
            "neighbour's p95, all together",
            words,
            beside <= (2 * alone).max(P95_FLOOR),
        );
    }
}

impl Trial {
    async fn guest(
        &mut self,
        figures: &mut Figures,
        name: &str,
        behaviour: &Behaviour,
        guest: Arc<dyn Connector>,
    ) {
        figures.tried("guests", 1);
        let mut missed = Vec::new();
        for _ in 0..TRIES {
            missed.clear();
            let alone = self.neighbour_alone().await;
            let before = p95(&alone);
            self.memory.forget();
            let memory_before = resident_bytes().unwrap_or(0);
            self.laboratory.shelf.take_writes();
            let begun = Instant::now();
            let mut latest = Duration::ZERO;
            let mut wrong = None;
            while begun.elapsed() < self.beside {
                let call = Instant::now();
                let ended = ask(&*guest, behaviour.call).await;
                latest = latest.max(call.elapsed());
                figures.tried("calls", 1);
                let written = self.laboratory.shelf.take_writes();
                if written > DURABLE_WRITES_MAX {
                    figures.found("heavy", format!("`{name}` had {written} durable writes"));
                }
                if let Ended::Fault(fault) = &ended {
                    let bytes = format!("{fault:?}").len();
                    if bytes > FAULT_BYTES_MAX {
                        figures.found("heavy", format!("a fault of `{name}` has {bytes} bytes"));
                    }
                }
                if let Err(words) = ended.is(behaviour.end) {
                    wrong = Some(words);
                    break;
                }
            }
            let beside = self.neighbour.since(begun);
            let during = p95(&beside);
            let peak = self.memory.peak_bytes();
            let heaviest = peak.saturating_sub(memory_before);
            let over_all = peak.saturating_sub(self.memory_at_first);
            self.worst.over_all = self.worst.over_all.max(over_all);
            let late = latest.saturating_sub(behaviour.deadline);
            let times = during.as_secs_f64() / before.as_secs_f64().max(1e-6);

            if let Some(words) = wrong {
                // On a busy machine a deadline may come before what was expected.
                missed.push(("wrong", format!("`{name}` {words}")));
            }
            if late > GRACE {
                missed.push((
                    "late",
                    format!("`{name}` ended {late:?} after its deadline"),
                ));
            }
            if during > (2 * before).max(P95_FLOOR) {
                let words = format!("p95 of the neighbour beside `{name}`: {before:?}, {during:?}");
                missed.push(("slowed", words));
            }
            if heaviest > (behaviour.memory + HOST_MEMORY) as u64 {
                let words = format!("`{name}` made the host grow by {} MiB", heaviest >> 20);
                missed.push(("heavy", words));
            }
            eprintln!(
                "guests: {name:<36} {:>4} ms  {:>4} MiB  p95 {:.1} to {:.1} ms",
                latest.as_millis(),
                heaviest >> 20,
                before.as_secs_f64() * 1e3,
                during.as_secs_f64() * 1e3,
            );
            self.worst.all_alone.extend(alone);
            self.worst.all_beside.extend(beside);
            if missed.is_empty() {
                let worst = &mut self.worst;
                if late > worst.late.0 {
                    worst.late = (late, name.to_owned());
                }
                if heaviest > worst.heavy.0 && behaviour.memory == MEMORY {
                    worst.heavy = (heaviest, name.to_owned());
                }
                if times > worst.slowed.0 {
                    worst.slowed = (times, before, during, name.to_owned());
                }
                break;
            }
        }
        for (what, words) in missed {
            figures.found(what, words);
        }
        self.next_call_works(figures, name).await;
    }

    async fn handmade(&mut self, figures: &mut Figures, made: &Handmade, words: &'static str) {
        let loaded = match self.laboratory.load(made.name, &made.component()).await {
            Ok(loaded) => loaded,
            Err(error) => {
                let words = with_causes(&error);
                return figures.found("wrong", format!("`{}` does not load: {words}", made.name));
            }
        };
        let guest = self
            .laboratory
            .connect(&loaded, json!({}), MEMORY, Deadlines::SHORT)
            .await;
        let behaviour = breaks(made.name, words);
        self.guest(figures, made.name, &behaviour, guest).await;
    }

    /// One that must not even load.
    async fn refused(&mut self, figures: &mut Figures, made: &Handmade, words: &str) {
        figures.tried("guests", 1);
        self.memory.forget();
        let memory_before = resident_bytes().unwrap_or(0);
        let begun = Instant::now();
        match self.laboratory.load(made.name, &made.component()).await {
            Ok(_) => figures.found("wrong", format!("`{}` loaded", made.name)),
            Err(error) => {
                let told = with_causes(&error);
                if !told.contains(words) {
                    figures.found("wrong", format!("`{}` was told: {told}", made.name));
                }
            }
        }
        if begun.elapsed() > LOAD {
            let words = format!("`{}` took {:?} to load", made.name, begun.elapsed());
            figures.found("late", words);
        }
        let heaviest = self.memory.peak_bytes().saturating_sub(memory_before);
        if heaviest > (MEMORY + HOST_MEMORY) as u64 {
            let words = format!(
                "`{}` made the host grow by {} MiB",
                made.name,
                heaviest >> 20
            );
            figures.found("heavy", words);
        }
        self.next_call_works(figures, made.name).await;
    }

    /// The neighbour's calls while nobody misbehaves.
    async fn neighbour_alone(&self) -> Vec<Duration> {
        self.neighbour.forget();
        let begun = Instant::now();
        tokio::time::sleep(self.beside / 2).await;
        self.neighbour.since(begun)
    }

    /// Of the neighbour, of the other end of the flow, and of the connector that has just been stopped.
    async fn next_call_works(&self, figures: &mut Figures, after: &str) {
        if let Some(words) = self.neighbour.failure() {
            figures.found("broken", format!("the neighbour beside `{after}`: {words}"));
        }
        if let Err(fault) = self.good.check().await {
            figures.found("broken", format!("the other end after `{after}`: {fault}"));
        }
        let again = self
            .laboratory
            .hostile("good", "/", MEMORY, Deadlines::SHORT)
            .await;
        if let Err(fault) = again.changes("customer", None, &[], 10).await {
            figures.found("broken", format!("the next call after `{after}`: {fault}"));
        }
    }
}

/// What came of a call.
enum Ended {
    Answer(String),
    Fault(Box<Fault>),
    Outcomes(Vec<FaultKind>),
}

impl Ended {
    fn is(&self, expected: End) -> Result<(), String> {
        let fits = match (self, expected) {
            (Self::Fault(fault), End::Fault(kind, words)) => {
                fault.kind == kind && fault.to_string().contains(words)
            }
            (Self::Answer(told), End::Answer(words)) => told.contains(words),
            (Self::Fault(fault), End::Stopped) => {
                matches!(fault.kind, FaultKind::Internal | FaultKind::Unavailable)
            }
            (Self::Outcomes(kinds), End::Outcomes(kind)) => {
                kinds.len() == OPERATIONS && kinds.iter().all(|one| *one == kind)
            }
            _ => false,
        };
        if fits {
            return Ok(());
        }
        let shown = match self {
            Self::Answer(told) => format!("answered: {told}"),
            Self::Fault(fault) => format!("ended with {:?}: {fault}", fault.kind),
            Self::Outcomes(kinds) => format!("has the outcomes {kinds:?}"),
        };
        Err(shown.chars().take(400).collect())
    }
}

async fn ask(guest: &dyn Connector, call: Call) -> Ended {
    match call {
        Call::Changes => match guest.changes("customer", Some(b"here"), &[], 10).await {
            Ok(page) => Ended::Answer(page.entries.iter().map(|e| e.body.to_string()).collect()),
            Err(fault) => Ended::Fault(Box::new(fault)),
        },
        Call::Read => {
            let ids = ["1", "2"].map(|id| NativeId::parse(id).expect("an id"));
            match guest.read("customer", &ids).await {
                Ok(found) => Ended::Answer(format!("{} records", found.len())),
                Err(fault) => Ended::Fault(Box::new(fault)),
            }
        }
        Call::Write | Call::Update => {
            let operations = operations(call);
            let outcomes = guest.write("customer", &operations).await;
            let bodies: String = outcomes
                .iter()
                .flatten()
                .filter_map(|applied| applied.body.as_ref().map(ToString::to_string))
                .collect();
            let faults = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
            let kinds: Vec<FaultKind> = faults.map(|fault| fault.kind).collect();
            if kinds.is_empty() {
                Ended::Answer(bodies)
            } else {
                Ended::Outcomes(kinds)
            }
        }
        Call::Walk(pages_max) => {
            let mut at = None;
            for _ in 0..pages_max {
                match guest.changes("customer", at.as_deref(), &[], 10).await {
                    Ok(page) if page.more => at = page.next,
                    Ok(_) => return Ended::Answer("the end".to_owned()),
                    Err(fault) => return Ended::Fault(Box::new(fault)),
                }
            }
            Ended::Answer(format!("{pages_max} pages"))
        }
    }
}

fn operations(call: Call) -> Vec<Operation> {
    let (action, id) = match call {
        Call::Update => (Action::Update, Some("wanted")),
        _ => (Action::Create, None),
    };
    (0..OPERATIONS)
        .map(|number| Operation {
            token: Token::parse(&format!("{number:026}")).expect("26 digits"),
            action,
            id: id.map(|id| NativeId::parse(id).expect("an id")),
            version: None,
            body: "{}".to_owned(),
            resume: None,
        })
        .collect()
}
