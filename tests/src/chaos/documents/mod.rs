//! Quotes and sales orders of ChannelOnline become opportunities and quotes of Autotask when somebody presses a button:
//! the real binary with both connectors, both vendors with faults, the process killed at its crash points, and people at
//! both desks, also in the middle of a run.
//!
//! ```text
//! people.rs   what somebody does next
//! weather.rs  what goes wrong next
//! ledger.rs   what must be so when everybody has gone home
//! spoilt.rs   books spoilt by hand, each of which the ledger must find
//! ```
//!
//! In the end every document that somebody exported has one opportunity with one quote whose lines are the document's,
//! once; or it says why not. Whoever pressed was answered. Customers, contacts and products are there once, and say the
//! same on both sides. Nothing is written any more.

mod ledger;
mod people;
mod spoilt;
mod weather;

use liaison_tests::reseller::Reseller;
use liaison_tests::service::until;
use serde_json::Value;

use super::dice::Dice;
use super::stories::{self, Spoilt, Story, restless};
use super::truth::{Wrong, is_settled};
use super::{Figures, Form};
use people::People;
use weather::{Death, Weather};

const HISTORIES_SHORT: u64 = 1;
const HISTORIES_LONG: u64 = 40;
const ROUNDS: u64 = 12;
/// Rounds of all flows after which nothing may be left to do.
const RESTS: usize = 5;
/// Rounds in a thousand in which somebody works while the run is under way.
const BUSY: u64 = 350;

/// In the order in which they need each other.
const FLOWS: [&str; 10] = [
    "quote_lists",
    "order_lists",
    "customers",
    "contacts",
    "product_updates",
    "customer_exports",
    "opportunities",
    "quotes",
    "order_opportunities",
    "orders",
];
/// What a round runs: products are made for what needs them.
const RUNS: [&str; 11] = [
    "quote_lists",
    "order_lists",
    "customers",
    "contacts",
    "customer_exports",
    "opportunities",
    "quotes",
    "quotes",
    "quotes",
    "quotes",
    "orders",
];

pub fn run(form: &Form) -> Figures {
    stories::run::<History>(form, HISTORIES_SHORT, HISTORIES_LONG)
}

struct History {
    desk: Reseller,
    people: People,
    weather: Weather,
    /// Chance of when somebody works.
    dice: Dice,
    runs: u64,
    kills: u64,
}

impl Story for History {
    const PART: &'static str = "documents";

    fn new(seed: u64) -> Self {
        let desk = Reseller::new();
        Self {
            people: People::new(seed, &desk),
            weather: Weather::new(seed, &desk),
            dice: Dice::new(seed, "rounds"),
            desk,
            runs: 0,
            kills: 0,
        }
    }

    fn live(&mut self) -> Vec<Wrong> {
        self.people.opens(&self.desk);
        for _ in 0..ROUNDS {
            self.people.work(&self.desk);
            self.weather.storm(&self.desk);
            if let Some(words) = self.weather.bad_day(&self.desk, &self.people) {
                self.people.tell(format!("weather: {words}"));
            }
            let flow = self.dice.pick(&RUNS).copied().unwrap_or("quotes");
            self.runs_in_the_storm(flow);
            self.weather.passes(&self.desk);
        }
        self.weather.clears(&self.desk);
        self.people.go_home(&self.desk);
        let mut wrong = self.rest();
        wrong.extend(ledger::compare(&self.desk, &self.people));
        wrong
    }

    fn count(&self, figures: &mut Figures) {
        figures.tried("histories", 1);
        figures.tried("runs", self.runs);
        figures.tried("calls", self.calls());
        figures.tried("faults", self.weather.faults);
        figures.tried("kills", self.kills);
        figures.tried("edits", self.people.edits);
        figures.tried("pressed", self.desk.rows("actions").len() as u64);
        figures.tried("documents", self.people.documents.len() as u64);
        let lines = self.desk.table("QuoteItems");
        figures.tried("lines", lines.len() as u64);
    }

    fn tell(&self, all: bool) {
        self.people
            .story
            .iter()
            .for_each(|line| eprintln!("{line}"));
        if all {
            let log = self.desk.lab.liaison("log --limit 1000");
            eprintln!("{}{}", log.out, log.err);
            let books = self.books().into_iter().chain(self.desk.rows("actions"));
            books.for_each(|row| eprintln!("{row}"));
        }
    }

    fn spoil(&self) -> Spoilt {
        spoilt::spoil(&self.desk, &self.people)
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
            Some(Death::InAutotask(fault)) => {
                let reached = self.desk.lab.kill_during(&self.desk.autotask, fault, &line);
                self.kills += u64::from(reached);
                return self.people.tell(format!("  killed {reached}"));
            }
            Some(Death::InChannelOnline(fault)) => {
                let reached = self
                    .desk
                    .lab
                    .kill_during(&self.desk.channelonline, fault, &line);
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
            false => self.desk.lab.liaison_with(&line, &environment),
            true => {
                // Somebody works as soon as the two were asked so many times.
                let asked = self.calls() + 2 + self.dice.below(12);
                let run = self.desk.lab.begin_with(&line, &environment);
                until("the moment, or the end of the run", || {
                    (self.calls() >= asked || run.has_ended()).then_some(())
                });
                self.people.one_works(&self.desk);
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
            self.desk.lab.liaison(&format!("quarantine retry {flow}"));
        }
        for _ in 0..RESTS {
            for flow in FLOWS {
                let said = self.desk.run(flow);
                self.runs += 1;
                let words = format!("run {flow} exits {}: {}{}", said.exit, said.out, said.err);
                self.people.tell(words.clone());
                if !matches!(said.exit, 0 | 4) {
                    wrong.push(Wrong::new("wrong", format!("in fair weather {words}")));
                }
            }
        }
        let before = self.books();
        for flow in FLOWS {
            self.desk.run(flow);
            self.runs += 1;
        }
        let after = self.books();
        wrong.extend(restless(&before, &after));
        wrong.extend(is_settled(&self.desk.lab));
        wrong
    }

    /// Everything that a flow might write, row by row.
    fn books(&self) -> Vec<Value> {
        let here = ["customers", "documents"].map(|of| self.desk.rows(of));
        let there = ledger::TABLES.map(|entity| self.desk.table(entity));
        here.into_iter().chain(there).flatten().collect()
    }

    /// Calls of both systems since the beginning.
    fn calls(&self) -> u64 {
        let both = [&self.desk.channelonline, &self.desk.autotask];
        let totals = both.map(|running| running.requests()["total"].as_u64().unwrap_or_default());
        totals.iter().sum()
    }
}
