//! Salesforce contracts become Intacct contracts with lines, orders become transactions, and Intacct shows back in
//! Salesforce: the real binary with both connectors, both vendors with faults, the process killed at its crash points,
//! and people at both desks, also in the middle of a run.
//!
//! ```text
//! desks.rs    both desks and the installation between them
//! people.rs   what somebody does next
//! weather.rs  what goes wrong next
//! ledger.rs   what must be so when everybody has gone home
//! mirrors.rs  what Salesforce must then show of Intacct
//! spoilt.rs   books spoilt by hand, each of which the ledger must find
//! ```
//!
//! In the end every contract that somebody asked for is there once, posted once, with its lines once, and Salesforce
//! says its number; or it stands aside and says why. Orders and mirrors likewise. Nothing is written any more.

pub mod desks;
pub mod ledger;
mod mirrors;
pub mod people;
mod spoilt;
mod weather;

use liaison_tests::service::until;
use serde_json::Value;

use super::stories::{self, Spoilt, Story, restless};
use super::truth::{Wrong, is_settled};
use super::{Figures, Form};
use desks::Desks;
use people::People;
use weather::{Death, Weather};

const HISTORIES_SHORT: u64 = 1;
const HISTORIES_LONG: u64 = 40;
const ROUNDS: u64 = 18;
/// Rounds of all flows after which nothing may be left to do.
const RESTS: usize = 3;
/// Rounds in a thousand in which somebody works while the run is under way.
const BUSY: u64 = 350;

const FLOWS: [&str; 9] = [
    "accounts",
    "contacts",
    "products",
    "contracts",
    "sales_orders",
    "mirrored_contracts",
    "mirrored_contract_lines",
    "mirrored_invoices",
    "mirrored_entities",
];
/// What is linked after its mirror was made shows there when the flow looks at everything again.
const MIRRORS: [&str; 4] = [
    "mirrored_contracts",
    "mirrored_contract_lines",
    "mirrored_invoices",
    "mirrored_entities",
];
/// What a round runs: the others are run for what these need.
const RUNS: [&str; 10] = [
    "contracts",
    "contracts",
    "contracts",
    "contracts",
    "contracts",
    "sales_orders",
    "mirrored_contracts",
    "mirrored_contract_lines",
    "mirrored_invoices",
    "mirrored_entities",
];

pub fn run(form: &Form) -> Figures {
    stories::run::<History>(form, HISTORIES_SHORT, HISTORIES_LONG)
}

/// What is not as it must be, in the books of both and in what one shows of the other.
fn compare(desks: &Desks, people: &People) -> Vec<Wrong> {
    let mut wrong = ledger::compare(desks, people);
    wrong.extend(mirrors::compare(desks));
    wrong
}

struct History {
    desks: Desks,
    people: People,
    weather: Weather,
    /// Chance of when somebody works.
    dice: super::dice::Dice,
    runs: u64,
    kills: u64,
}

impl Story for History {
    const PART: &'static str = "contracts";
    const SPOILS_ALL: bool = true;

    fn new(seed: u64) -> Self {
        let desks = Desks::new();
        Self {
            people: People::new(seed),
            weather: Weather::new(seed, &desks),
            dice: super::dice::Dice::new(seed, "rounds"),
            desks,
            runs: 0,
            kills: 0,
        }
    }

    fn live(&mut self) -> Vec<Wrong> {
        for _ in 0..ROUNDS {
            self.desks.waits();
            self.people.work(&self.desks);
            self.weather.storm(&self.desks);
            if let Some(words) = self.weather.bad_day(&self.desks) {
                self.people.tell(format!("weather: {words}"));
            }
            let flow = self.dice.pick(&RUNS).copied().unwrap_or("contracts");
            self.runs_in_the_storm(flow);
            self.weather.passes(&self.desks);
        }
        self.weather.clears(&self.desks);
        self.people.go_home(&self.desks);
        self.people.leave_enough(&self.desks);
        self.desks.waits();
        let mut wrong = self.rest();
        wrong.extend(compare(&self.desks, &self.people));
        wrong
    }

    fn count(&self, figures: &mut Figures) {
        let count = |rows: Vec<Value>| rows.len() as u64;
        figures.tried("histories", 1);
        figures.tried("runs", self.runs);
        figures.tried("calls", self.desks.calls());
        figures.tried("faults", self.weather.faults);
        figures.tried("kills", self.kills);
        figures.tried("edits", self.people.edits);
        figures.tried("contracts", self.people.asked.len() as u64);
        figures.tried("lines", count(self.desks.booked("CONTRACTDETAIL")));
        figures.tried("orders", self.people.orders.len() as u64);
        for mirror in [desks::MIRROR, desks::LINE, desks::INVOICE, desks::ENTITY] {
            figures.tried("mirrors", count(self.desks.shown(mirror)));
        }
    }

    fn tell(&self, all: bool) {
        self.people
            .story
            .iter()
            .for_each(|line| eprintln!("{line}"));
        if all {
            let log = self.desks.lab.liaison("log --limit 1000");
            eprintln!("{}{}", log.out, log.err);
            let books = self.desks.books();
            books.iter().for_each(|row| eprintln!("{row}"));
        }
    }

    fn spoil(&self) -> Spoilt {
        spoilt::spoil(&self.desks, &self.people)
    }
}

impl History {
    fn runs_in_the_storm(&mut self, flow: &str) {
        let (death, busy) = (self.weather.next_death(), self.dice.per_mille(BUSY));
        let line = format!("run {flow}");
        self.runs += 1;
        self.people
            .tell(format!("{line}, dies {death:?}, busy {busy}"));
        let point = match death {
            Some(Death::During(fault)) => {
                let reached = self
                    .desks
                    .lab
                    .kill_during(&self.desks.intacct, fault, &line);
                self.kills += u64::from(reached);
                return self.people.tell(format!("  killed {reached}"));
            }
            Some(Death::At(point)) => Some(point),
            None => None,
        };
        let environment = point
            .iter()
            .map(|point| ("LIAISON_CRASH_AT", point.as_str()));
        let environment: Vec<_> = environment.collect();
        let said = match busy {
            false => self.desks.run(flow, &environment),
            true => {
                // Somebody works as soon as the two were asked so many times.
                let asked = self.desks.calls() + 2 + self.dice.below(12);
                let run = self.desks.lab.begin_with(&line, &environment);
                until("the moment, or the end of the run", || {
                    (self.desks.calls() >= asked || run.has_ended()).then_some(())
                });
                self.people.one_works(&self.desks);
                run.said()
            }
        };
        let died = said.exit == -1 || said.err.contains("crash point");
        self.kills += u64::from(died);
        let words = format!("{}{}", said.out, said.err);
        self.people.tell(format!("  exits {}: {words}", said.exit));
    }

    /// Fair weather: what stands aside is tried again, and round after round of all flows until nothing is left.
    fn rest(&mut self) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        for flow in FLOWS {
            self.desks.lab.liaison(&format!("quarantine retry {flow}"));
        }
        for round in 0..RESTS {
            if round == 1 {
                for flow in MIRRORS {
                    self.desks.lab.liaison(&format!("reset {flow}"));
                }
            }
            for flow in FLOWS {
                let said = self.desks.run(flow, &[]);
                self.runs += 1;
                let words = format!("run {flow} exits {}: {}{}", said.exit, said.out, said.err);
                self.people.tell(words.clone());
                if !matches!(said.exit, 0 | 4) {
                    wrong.push(Wrong::new("wrong", format!("in fair weather {words}")));
                }
            }
        }
        let before = self.desks.books();
        for flow in FLOWS {
            self.desks.run(flow, &[]);
            self.runs += 1;
        }
        let after = self.desks.books();
        wrong.extend(restless(&before, &after));
        wrong.extend(is_settled(&self.desks.lab));
        wrong
    }
}
