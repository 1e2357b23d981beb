//! The clock, the systems, and what goes wrong at a call: everything that outlives a killed process,
//! whichever systems they are.

use std::ops::DerefMut;

use liaison_simulators::simulator::{Request, Response};
use liaison_simulators::{Simulator, vendor};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::story::Budget;
use crate::chaos::dice::Dice;

/// Monday, 5 October 2026, 13:00 UTC: after the invoices of the seeds.
const BEGIN_MS: i64 = 1_791_205_200_000;
const HANG_MS: i64 = 60_000;
/// Per call while things go wrong.
const FAULTS_PER_MILLE: u64 = 100;
/// A process passes some dozens to hundreds of steps.
const KILL_STEPS: u64 = 300;

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

/// A vendor's name and the records it begins with.
pub type Beginning = (&'static str, &'static str);

pub struct Weather {
    pub now_ms: i64,
    /// What our host's clock shows beside the real one.
    pub skew_ms: i64,
    vendors: Vec<&'static str>,
    pub systems: Vec<Box<dyn Simulator>>,
    /// Things go wrong.
    pub stormy: bool,
    pub chance: Dice,
    faults: Dice,
    kills: Dice,
    steps_to_kill: Option<u64>,
    pub budget: Budget,
    pub faults_done: u64,
    pub kills_done: u64,
    pub edits_done: u64,
    pub calls: u64,
    /// Calls that may change something at a system.
    pub writes: u64,
    trace: Sha256,
    pub lines: Vec<String>,
}

/// Systems in their weather, and the people who work in them.
pub trait Place: DerefMut<Target = Weather> + Send + 'static {
    /// Somebody may do something at a screen while a call is on its way.
    fn somebody_works(&mut self);
}

/// One request to a vendor, and what the weather makes of it.
pub fn call(place: &mut impl Place, system: usize, request: Request) -> Answer {
    place.step();
    if place.stormy {
        place.somebody_works();
    }
    place.carry(system, request)
}

impl Weather {
    pub fn new(seed: u64, budget: Budget, beginnings: &[Beginning]) -> Self {
        let mut weather = Self {
            now_ms: BEGIN_MS,
            skew_ms: 0,
            vendors: beginnings.iter().map(|(name, _)| *name).collect(),
            systems: (beginnings.iter())
                .map(|(name, _)| vendor(name).expect("a vendor of ours"))
                .collect(),
            stormy: true,
            chance: Dice::new(seed, "chance"),
            faults: Dice::new(seed, "faults"),
            kills: Dice::new(seed, "kills"),
            steps_to_kill: None,
            budget,
            faults_done: 0,
            kills_done: 0,
            edits_done: 0,
            calls: 0,
            writes: 0,
            trace: Sha256::new(),
            lines: Vec::new(),
        };
        weather.skew_ms = i64::try_from(weather.chance.below(1_200_000)).unwrap_or(0) - 600_000;
        for (system, (_, records)) in weather.systems.iter_mut().zip(beginnings) {
            let records: Value = serde_json::from_str(records).expect("the seed is JSON");
            system.seed(&records, BEGIN_MS).expect("the seed is valid");
        }
        weather
    }

    fn carry(&mut self, place: usize, request: Request) -> Answer {
        self.calls += 1;
        let changes = changes(&request);
        self.writes += u64::from(changes);
        let line = format!(
            "{} {} {}",
            self.vendors[place], request.method, request.path
        );
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

    pub fn do_in(&mut self, place: usize, action: &Value) -> Value {
        self.systems[place]
            .control(action, self.now_ms)
            .unwrap_or_else(|error| panic!("{action}: {error}"))
    }

    /// Somebody did something at a vendor's screen.
    pub fn person_does(&mut self, place: usize, action: &Value) -> bool {
        self.edits_done += 1;
        let done = self.systems[place].control(action, self.now_ms);
        let failed = done.as_ref().err().map(|error| format!(" -> {error}"));
        let vendor = self.vendors[place];
        self.note(format!(
            "person in {vendor}: {action}{}",
            failed.unwrap_or_default()
        ));
        done.is_ok()
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
