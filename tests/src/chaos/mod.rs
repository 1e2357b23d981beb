//! The chaos suite: what may go wrong goes wrong, and the figures say what came of it.
//!
//! Each part is one file with one entry, `run`, that takes a [`Form`] and gives [`Figures`]. The short
//! form runs with every change, the long form by hand; both are the same code with other numbers. A
//! part that finds something duplicated, lost, leaked or hung says so in its figures and how to see it
//! again; the program then ends with 1.
//!
//! Invariant: no part knows another but the soak, which has people and ledgers of others; and none sleeps for luck.

mod aside;
mod components;
mod contracts;
mod dice;
mod documents;
mod egress;
mod figures;
mod guests;
mod histories;
mod kills;
mod ladder;
mod loopback;
mod online;
mod pairs;
mod power;
mod quickbooks;
mod secrets;
mod shop;
mod simulation;
mod soak;
mod stories;
mod troubles;
mod truth;

use std::future::Future;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

pub use figures::{Figures, Form};

/// A part by its name, as `--part` takes it.
struct Part {
    name: &'static str,
    about: &'static str,
    run: fn(&Form) -> Figures,
}

const PARTS: &[Part] = &[
    Part {
        name: "kills",
        about: "the real process, killed before and after every durable write and every call",
        run: kills::run,
    },
    Part {
        name: "ladder",
        about: "lost answers at every level of the ladder, and every guard switched off in turn",
        run: ladder::run,
    },
    Part {
        name: "simulation",
        about: "the whole engine in one thread under seeds: faults, kills and edits at every step",
        run: simulation::run,
    },
    Part {
        name: "histories",
        about: "a two-way flow under edits on both sides, kills and lost answers: it settles, and nothing bounces",
        run: histories::run,
    },
    Part {
        name: "pairs",
        about: "Acomba and CentrixOne both ways with their own connectors: edits, faults and kills on both sides",
        run: pairs::run,
    },
    Part {
        name: "soak",
        about: "all five packs for two tenants in one service: faults in all, people at every screen, the page open",
        run: soak::run,
    },
    Part {
        name: "quickbooks",
        about: "Fusion Operations and QuickBooks: power lost in sessions, the service killed, another company's file open",
        run: quickbooks::run,
    },
    Part {
        name: "online",
        about: "Fusion Operations and QuickBooks Online: lost tokens, forgotten request ids, stale versions, webhooks, kills",
        run: online::run,
    },
    Part {
        name: "contracts",
        about: "Salesforce and Intacct: contracts, lines, orders and mirrors under faults, kills and edits: each once",
        run: contracts::run,
    },
    Part {
        name: "documents",
        about: "ChannelOnline and Autotask: what people export, under faults, kills and edits: once, and everybody is answered",
        run: documents::run,
    },
    Part {
        name: "guests",
        about: "hostile connectors: stopped in time, within memory, felt by nobody else",
        run: guests::run,
    },
    Part {
        name: "components",
        about: "damaged and generated components: refused or run, without a panic or a hang",
        run: components::run,
    },
    Part {
        name: "egress",
        about: "spellings, redirects and a rebinding resolver against the door",
        run: egress::run,
    },
    Part {
        name: "secrets",
        about: "canaries used everywhere, and looked for everywhere",
        run: secrets::run,
    },
    Part {
        name: "power",
        about: power::ABOUT,
        run: power::run,
    },
];

const USAGE: &str = "usage: liaison-chaos [--long] [--part NAME]... [--seed N] [--list]";

pub fn run(words: impl Iterator<Item = String>) -> ExitCode {
    let words: Vec<String> = words.collect();
    if let Some(ended) = power::hidden(&words) {
        return ended;
    }
    let wish = match Wish::parse(words.into_iter()) {
        Ok(wish) => wish,
        Err(error) => {
            eprintln!("error: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if wish.list {
        for part in PARTS {
            println!("{:<12} {}", part.name, part.about);
        }
        return ExitCode::SUCCESS;
    }
    let chosen = PARTS
        .iter()
        .filter(|part| wish.parts.is_empty() || wish.parts.iter().any(|name| name == part.name));
    let mut table = Vec::new();
    for part in chosen {
        eprintln!("{}: {}", part.name, part.about);
        let begun = Instant::now();
        let figures = watched(part, &wish.form);
        eprintln!("{}: {} s", part.name, begun.elapsed().as_secs());
        for finding in figures.findings() {
            eprintln!("{}: FOUND {finding}", part.name);
        }
        table.push((part.name, figures, begun.elapsed()));
    }
    print!("{}", figures::table(&table));
    let bad = table
        .iter()
        .any(|(_, figures, _)| !figures.is_clean(&wish.form));
    ExitCode::from(u8::from(bad))
}

/// Runs a part. In the short form one that takes this long hangs, and nobody waits for it until a limit from outside
/// ends everything without a word.
fn watched(part: &Part, form: &Form) -> Figures {
    const PART_MAX: Duration = Duration::from_secs(15 * 60);
    let (ended, ends) = mpsc::channel();
    let (name, watches) = (part.name, !form.long);
    std::thread::spawn(move || {
        let waited: Result<(), _> = ends.recv_timeout(PART_MAX);
        if watches && waited == Err(RecvTimeoutError::Timeout) {
            eprintln!(
                "{name}: FOUND hung: still at work after {} s",
                PART_MAX.as_secs()
            );
            std::process::exit(1);
        }
    });
    let figures = (part.run)(form);
    drop(ended);
    figures
}

#[derive(Debug)]
struct Wish {
    form: Form,
    parts: Vec<String>,
    list: bool,
}

impl Wish {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut wish = Self {
            form: Form::short(),
            parts: Vec::new(),
            list: false,
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--long" => wish.form.long = true,
                "--list" => wish.list = true,
                "--part" => {
                    let name = words.next().ok_or("--part wants a name")?;
                    if !PARTS.iter().any(|part| part.name == name) {
                        let known: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
                        return Err(format!("no part `{name}`; there is {}", known.join(", ")));
                    }
                    wish.parts.push(name);
                }
                "--seed" => {
                    let seed = words.next().and_then(|seed| seed.parse().ok());
                    wish.form.seed = Some(seed.ok_or("--seed wants a number")?);
                }
                other => return Err(format!("unknown word `{other}`")),
            }
        }
        Ok(wish)
    }
}

/// In one thread, where nothing ever has to be waited for.
pub fn at_once<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the engine waited for something outside its world"),
    }
}
