//! What goes wrong between the two systems and within the process: all from one seed.

use liaison_simulators::shell::Running;
use liaison_tests::control;
use liaison_tests::reseller::Reseller;
use liaison_tests::service::ask;
use serde_json::{Value, json};

use super::people::People;
use crate::chaos::dice::Dice;
use crate::chaos::troubles::{breaks, fired, status};

/// Rounds in a thousand in which the process dies, and in which a vendor has a bad day.
const DEATHS: u64 = 850;
const BAD_DAYS: u64 = 450;

const USER: &str = "liaison@boreale.example";
const API_USER: &str = "api@liaison.test";
const API_SECRET: &str = "simulated-secret";
/// What of ChannelOnline writes.
const WRITES: &str =
    "<import_customers_request|<update_documents_request|<complete_actions_request";

/// Where something of Autotask is made.
const MAKES: &str =
    "/(Companies|Contacts|Products|Opportunities|Quotes|Items|QuoteItems|QuoteLocations)$";
/// Calls that a planned trouble waits for, at most, and one that counts.
const PLANNED_MAX: u64 = 6;
const ANY_CALL: &str = "<export_documents_request/>";

/// Places that a run with something to do comes by.
const BUSY: [&str; 8] = [
    "intents",
    "write",
    "outcomes",
    "updating",
    "updated",
    "written-back",
    "settled",
    "cursor",
];

/// How the process ends before its run does.
#[derive(Debug)]
pub enum Death {
    /// At one of its crash points.
    At(String),
    /// While the system has a writing call in hand, before or after it did the work: this fault keeps it waiting.
    InAutotask(Value),
    InChannelOnline(Value),
}

pub struct Weather {
    dice: Dice,
    /// Places where the process can die.
    points: Vec<String>,
    /// What makes the bad day of this round pass.
    over: Option<(bool, Value)>,
    pub faults: u64,
}

impl Weather {
    pub fn new(seed: u64, desk: &Reseller) -> Self {
        let said = desk.lab.liaison("crash-points").exits(0);
        let points = said.out.lines();
        Self {
            dice: Dice::new(seed, "weather"),
            // Neither system calls us.
            points: points
                .filter(|name| !name.contains("-relay-"))
                .map(str::to_owned)
                .collect(),
            over: None,
            faults: 0,
        }
    }

    /// Some calls of the coming run go wrong.
    pub fn storm(&mut self, desk: &Reseller) {
        self.count(desk);
        for simulator in [&desk.channelonline, &desk.autotask] {
            let seed = self.dice.below(1_000_000);
            let troubles = [
                (0.01, json!("drop_before")),
                (0.015, json!("drop_after")),
                (0.008, status(503, "before")),
                (0.005, status(500, "after")),
                (0.005, json!("truncate")),
                (0.002, json!("html")),
                (0.002, json!("rubbish")),
                (0.02, json!({"delay": {"ms": 40}})),
            ];
            breaks(simulator, seed, troubles);
        }
    }

    pub fn clears(&mut self, desk: &Reseller) {
        self.count(desk);
        for simulator in [&desk.channelonline, &desk.autotask] {
            simulator.set_faults(&json!([])).expect("no faults");
        }
    }

    fn count(&mut self, desk: &Reseller) {
        self.faults += fired(&desk.channelonline) + fired(&desk.autotask);
    }

    /// A vendor's own trouble in the coming run, if there is one; in words.
    pub fn bad_day(&mut self, desk: &Reseller, people: &People) -> Option<String> {
        if !self.dice.per_mille(BAD_DAYS) {
            return None;
        }
        self.faults += 1;
        let after = 1 + self.dice.below(PLANNED_MAX);
        let times = 1 + self.dice.below(3);
        let switch = |name: &str, value: bool| json!({"do": "set", "switch": name, "value": value});
        Some(match self.dice.below(8) {
            0 => {
                let user = |active: bool| json!({"do": "edit_user", "email": USER, "set": {"active": active}});
                let plan =
                    json!({"do": "plan", "route": "POST ", "after": after, "action": user(false)});
                control(&desk.channelonline, &plan);
                self.over = Some((true, user(true)));
                format!("ChannelOnline lets us in no more after {after} calls")
            }
            1 => {
                let secret = |secret: &str| json!({"do": "set_user", "userName": API_USER, "secret": secret});
                control(&desk.autotask, &secret("revoked"));
                self.over = Some((false, secret(API_SECRET)));
                "Autotask lets us in no more".to_owned()
            }
            2 => {
                control(&desk.channelonline, &switch("busy", true));
                self.over = Some((true, switch("busy", false)));
                "ChannelOnline is busy".to_owned()
            }
            3 => {
                answers(&desk.autotask, 429, after, times);
                format!("Autotask has too many calls, for {times} calls after {after}")
            }
            4 => {
                control(
                    &desk.channelonline,
                    &switch("write_back_makes_revision", true),
                );
                self.over = Some((true, switch("write_back_makes_revision", false)));
                "what is written into a document makes a revision".to_owned()
            }
            // Somebody saves a document between its being read and what is written into it.
            _ => {
                let sent = people.documents.iter();
                let sent = sent.filter(|one| one.asked && !one.ordered && !one.is_bad);
                let sent: Vec<u64> = sent.map(|one| one.id).collect();
                let document = self.dice.pick(&sent).copied()?;
                let set = json!({"description": format!("S-{}", self.faults)});
                let edit = json!({"do": "edit_document", "id": document, "set": set});
                let plan = json!({"do": "plan", "route": "export_documents", "after": times, "action": edit});
                control(&desk.channelonline, &plan);
                format!("document {document} is saved after {times} times that documents are read")
            }
        })
    }

    pub fn passes(&mut self, desk: &Reseller) {
        self.clears(desk);
        // What was planned and did not come to pass must not come in fair weather.
        for _ in 0..PLANNED_MAX {
            ask(desk.channelonline.url(), "POST", "/REQUEST", ANY_CALL);
        }
        let Some((of_channelonline, action)) = self.over.take() else {
            return;
        };
        let simulator = match of_channelonline {
            true => &desk.channelonline,
            false => &desk.autotask,
        };
        control(simulator, &action);
    }

    /// How the process is to die next, if it is.
    pub fn next_death(&mut self) -> Option<Death> {
        if !self.dice.per_mille(DEATHS) {
            return None;
        }
        if self.dice.per_mille(450) {
            let when = self.dice.pick(&["before", "after"])?;
            let skip = self.dice.below(4);
            let mut fault = json!({"skip": skip, "times": 1, "action": {"hang": {"when": when}}});
            return Some(match self.dice.per_mille(600) {
                true => {
                    fault["method"] = json!("POST");
                    fault["path"] = json!(MAKES);
                    Death::InAutotask(fault)
                }
                false => {
                    fault["body"] = json!(WRITES);
                    Death::InChannelOnline(fault)
                }
            });
        }
        // Half of them where something is made or told; of all places, most see nothing in most runs.
        let point = match self.dice.per_mille(500) {
            true => {
                let (side, site) = (
                    self.dice.pick(&["before", "after"])?,
                    self.dice.pick(&BUSY)?,
                );
                format!("{side}-{site}")
            }
            false => self.dice.pick(&self.points)?.clone(),
        };
        // The first visit is the most likely one to come.
        let visit = 1 + self.dice.below(3).min(self.dice.below(3));
        Some(Death::At(format!("{point}:{visit}")))
    }
}

/// One vendor says this for some of its calls, before anything is done.
fn answers(simulator: &Running, status: u16, skip: u64, times: u64) {
    let rules = simulator.faults();
    let rules = rules.as_array().into_iter().flatten();
    let mut rules: Vec<Value> = rules.map(|rule| rule["rule"].clone()).collect();
    let answer = json!({"status": {"status": status, "when": "before", "headers": {}, "body": ""}});
    rules.insert(0, json!({"skip": skip, "times": times, "action": answer}));
    simulator.set_faults(&rules.into()).expect("valid faults");
}
