//! The two systems and the clock: everything that outlives a killed process.

use std::collections::{BTreeMap, BTreeSet};

use liaison_simulators::simulator::{Request, Response};
use liaison_simulators::{Simulator, vendor};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::people;
use super::story::Budget;
use crate::chaos::dice::Dice;

/// Monday, 5 October 2026, 13:00 UTC: after the invoices of the seeds.
const BEGIN_MS: i64 = 1_791_205_200_000;
const HANG_MS: i64 = 60_000;
/// Per call while things go wrong.
const FAULTS_PER_MILLE: u64 = 100;
const EDITS_PER_MILLE: u64 = 15;
/// A process passes some dozens to hundreds of steps.
const KILL_STEPS: u64 = 300;

pub const VENDORS: [&str; 2] = ["autotask", "acomba"];

/// What becomes of one call.
#[derive(Debug, Clone)]
pub enum Answer {
    Whole(Response),
    /// It may have been carried out; nobody says.
    None,
    /// It surely never left.
    Unreachable,
}

/// Ends the process that is being simulated.
pub struct Killed;

pub struct Town {
    pub now_ms: i64,
    /// What our host's clock shows beside the real one.
    pub skew_ms: i64,
    pub systems: [Box<dyn Simulator>; 2],
    /// Things go wrong.
    pub stormy: bool,
    pub people: Dice,
    pub chance: Dice,
    /// What is run when.
    pub story: Dice,
    faults: Dice,
    kills: Dice,
    steps_to_kill: Option<u64>,
    budget: Budget,
    pub faults_done: u64,
    pub kills_done: u64,
    pub edits_done: u64,
    pub calls: u64,
    /// Calls that may change something at a system.
    pub writes: u64,
    /// Companies whose identifier somebody emptied, which asks for a customer anew.
    pub emptied: BTreeMap<i64, u64>,
    /// Companies that moved to another city, and when.
    pub moved: BTreeMap<i64, i64>,
    /// Customers that somebody edited in Acomba.
    pub edited: BTreeSet<String>,
    trace: Sha256,
    pub lines: Vec<String>,
}

impl Town {
    pub fn new(seed: u64, budget: Budget) -> Self {
        let mut town = Self {
            now_ms: BEGIN_MS,
            skew_ms: 0,
            systems: VENDORS.map(|name| vendor(name).expect("a vendor of ours")),
            stormy: true,
            people: Dice::new(seed, "people"),
            chance: Dice::new(seed, "chance"),
            story: Dice::new(seed, "story"),
            faults: Dice::new(seed, "faults"),
            kills: Dice::new(seed, "kills"),
            steps_to_kill: None,
            budget,
            faults_done: 0,
            kills_done: 0,
            edits_done: 0,
            calls: 0,
            writes: 0,
            emptied: BTreeMap::new(),
            moved: BTreeMap::new(),
            edited: BTreeSet::new(),
            trace: Sha256::new(),
            lines: Vec::new(),
        };
        town.skew_ms = i64::try_from(town.chance.below(1_200_000)).unwrap_or(0) - 600_000;
        for (place, name) in VENDORS.iter().enumerate() {
            let seed = match *name {
                "autotask" => include_str!("../../../simulators/seeds/autotask.json"),
                _ => include_str!("../../../simulators/seeds/acomba.json"),
            };
            let seed: Value = serde_json::from_str(seed).expect("the seed is JSON");
            town.systems[place]
                .seed(&seed, BEGIN_MS)
                .expect("the seed is valid");
        }
        town.do_in(
            0,
            &json!({"do": "set", "switch": "requestLimit", "value": 1_000_000_000}),
        );
        town
    }

    /// One request to a vendor, and what the weather makes of it.
    pub fn call(&mut self, place: usize, request: Request) -> Answer {
        self.step();
        if self.stormy && self.people.per_mille(EDITS_PER_MILLE) {
            self.edit();
        }
        self.calls += 1;
        let changes = changes(&request);
        self.writes += u64::from(changes);
        let line = format!("{} {} {}", VENDORS[place], request.method, request.path);
        let (mut answer, weather) = self.weather(place, &request, changes);
        if let Answer::Whole(response) = &mut answer {
            let date = http_date(self.now_ms);
            response.headers.push(("date".to_owned(), date));
        }
        self.now_ms += 40;
        let told = match &answer {
            Answer::Whole(response) => response.status.to_string(),
            Answer::None => "no answer".to_owned(),
            Answer::Unreachable => "unreachable".to_owned(),
        };
        self.trace.update(&request.body);
        if let Answer::Whole(response) = &answer {
            self.trace.update(&response.body);
        }
        self.note(format!("{line} -> {told}{weather}"));
        self.step();
        answer
    }

    fn weather(
        &mut self,
        place: usize,
        request: &Request,
        changes: bool,
    ) -> (Answer, &'static str) {
        let fair = !self.stormy
            || self.faults_done >= self.budget.faults
            || !self.faults.per_mille(FAULTS_PER_MILLE);
        if fair {
            return (self.handled(place, request), "");
        }
        self.faults_done += 1;
        let with = |status, headers: &[(&str, &str)], body: &str| {
            Answer::Whole(Response {
                status,
                headers: headers
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
                body: body.as_bytes().to_vec(),
                delay_ms: 0,
            })
        };
        let html = [("content-type", "text/html")];
        match self.faults.below(12) {
            0 => (Answer::None, " (lost before)"),
            1 | 2 => {
                self.handled(place, request);
                (Answer::None, " (lost after)")
            }
            3 => (Answer::Unreachable, ""),
            4 => (with(429, &[("retry-after", "2")], ""), " (throttled)"),
            5 => (with(429, &[], ""), " (throttled, no hint)"),
            6 => (with(500, &html, "<h1>Error</h1>"), " (before)"),
            7 => {
                self.handled(place, request);
                (with(500, &html, "<h1>Error</h1>"), " (after)")
            }
            8 => (with(503, &html, "<h1>Maintenance</h1>"), " (before)"),
            9 => {
                self.now_ms += HANG_MS;
                if self.faults.per_mille(500) {
                    self.handled(place, request);
                }
                (Answer::None, " (hung)")
            }
            10 if !changes => (with(200, &html, "<h1>Maintenance</h1>"), " (HTML)"),
            11 if !changes => {
                self.handled(place, request);
                (self.handled(place, request), " (delivered twice)")
            }
            _ => {
                self.handled(place, request);
                (with(502, &html, "<h1>Bad gateway</h1>"), " (after)")
            }
        }
    }

    fn handled(&mut self, place: usize, request: &Request) -> Answer {
        Answer::Whole(self.systems[place].handle(request, self.now_ms))
    }

    /// One place where the process may be killed.
    pub fn step(&mut self) {
        let Some(steps) = &mut self.steps_to_kill else {
            return;
        };
        *steps -= 1;
        if *steps == 0 {
            self.steps_to_kill = None;
            self.kills_done += 1;
            self.note("killed".to_owned());
            std::panic::resume_unwind(Box::new(Killed));
        }
    }

    /// A process begins; it may be one that is killed.
    pub fn process_begins(&mut self) {
        let doomed = self.stormy && self.kills.per_mille(400);
        let steps = self.kills.below(KILL_STEPS) + 1;
        // Half of the kills strike early, where short runs still are.
        let steps = if self.kills.per_mille(500) {
            steps / 8 + 1
        } else {
            steps
        };
        let allowed = self.kills_done < self.budget.kills;
        self.steps_to_kill = (doomed && allowed).then_some(steps);
    }

    pub fn process_ends(&mut self) {
        self.steps_to_kill = None;
    }

    /// Somebody does something at a vendor's screen.
    pub fn edit(&mut self) {
        let allowed = self.edits_done < self.budget.edits;
        let mut dice = self.people.clone();
        let edit = people::something(self, &mut dice);
        self.people = dice;
        if allowed && let Some((place, action)) = edit {
            self.edits_done += 1;
            if action["fields"]["userDefinedFields"] == people::emptied() {
                let company = action["id"].as_i64().unwrap_or_default();
                *self.emptied.entry(company).or_default() += 1;
            }
            if let Some(city) = action["fields"].get("city") {
                let rows = self.rows("Companies");
                let company = rows.iter().find(|row| row["id"] == action["id"]);
                // Saying again where it is, is no move.
                if company.is_some_and(|company| company["city"] != *city) {
                    let company = action["id"].as_i64().unwrap_or_default();
                    self.moved.insert(company, self.now_ms);
                }
            }
            if action["do"] == "edit" {
                self.edited.insert(action["card_pos"].to_string());
            }
            let done = self.systems[place].control(&action, self.now_ms);
            let failed = done.err().map(|error| format!(" -> {error}"));
            self.note(format!(
                "person in {}: {action}{}",
                VENDORS[place],
                failed.unwrap_or_default()
            ));
        }
    }

    pub fn do_in(&mut self, place: usize, action: &Value) -> Value {
        self.systems[place]
            .control(action, self.now_ms)
            .unwrap_or_else(|error| panic!("{action}: {error}"))
    }

    pub fn rows(&mut self, entity: &str) -> Vec<Value> {
        let rows = self.do_in(0, &json!({"do": "rows", "entity": entity}));
        rows.as_array().cloned().unwrap_or_default()
    }

    /// Everything of the one company in Acomba that belongs to an interface.
    pub fn cards(&self, interface: &str) -> Vec<Value> {
        let state = self.systems[1].state();
        let cards = state["companies"]["acme"][interface].as_array();
        cards.cloned().unwrap_or_default()
    }

    pub fn note(&mut self, line: String) {
        self.trace.update(line.as_bytes());
        self.lines.push(line);
    }

    pub fn trace(&self) -> String {
        let digest = self.trace.clone().finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn http_date(now_ms: i64) -> String {
    let now = jiff::Timestamp::from_millisecond(now_ms).expect("a moment of this century");
    now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A query by POST reads; every other POST, PUT, PATCH or DELETE may change something.
fn changes(request: &Request) -> bool {
    let reads = request.method == "GET" || request.path.to_lowercase().contains("query");
    !reads
}
