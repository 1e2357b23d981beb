//! What goes wrong between the two systems and within the process: all from one seed.

use liaison_simulators::shell::Running;
use liaison_tests::control;
use serde_json::{Value, json};

use super::desks::Desks;
use crate::chaos::dice::Dice;
use crate::chaos::troubles::{breaks, fired, status};

/// Rounds in a thousand in which the process dies, and in which a vendor has a bad day.
const DEATHS: u64 = 700;
const BAD_DAYS: u64 = 400;

/// As Intacct says that its gateway is closed, and Salesforce that the org has used up its calls.
const OFF_LINE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response><control><status>failure</status></control><errormessage><error><errorno></errorno><description></description><description2>The Service is Temporarily Off-line</description2><correction>Please Try Again Later</correction></error></errormessage></response>";
const LIMIT: &str =
    r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#;

/// A function of Intacct that writes, wherever it stands in a request.
const WRITES: &str = "<create>|<update>|<post>|<delete>|<create_";

/// How the process ends before its run does.
#[derive(Debug)]
pub enum Death {
    /// At one of its crash points.
    At(String),
    /// While Intacct has a writing call in hand, before or after it did the work: this fault keeps it waiting.
    During(Value),
}

pub struct Weather {
    dice: Dice,
    /// Places where the process can die.
    points: Vec<String>,
    /// What was switched at Intacct for this round, and what it was before.
    switched: Option<(&'static str, Value)>,
    pub faults: u64,
}

impl Weather {
    pub fn new(seed: u64, desks: &Desks) -> Self {
        let said = desks.lab.liaison("crash-points").exits(0);
        let points = said.out.lines();
        Self {
            dice: Dice::new(seed, "weather"),
            // Neither system calls us.
            points: points
                .filter(|name| !name.contains("-relay-"))
                .map(str::to_owned)
                .collect(),
            switched: None,
            faults: 0,
        }
    }

    /// Some calls of the coming run go wrong.
    pub fn storm(&mut self, desks: &Desks) {
        self.count(desks);
        for simulator in [&desks.salesforce, &desks.intacct] {
            let seed = self.dice.below(1_000_000);
            let troubles = [
                (0.02, json!("drop_before")),
                (0.03, json!("drop_after")),
                (0.02, status(503, "before")),
                (0.01, status(500, "after")),
                (0.01, json!("truncate")),
                (0.005, json!("html")),
                (0.005, json!("rubbish")),
                (0.02, json!({"delay": {"ms": 40}})),
            ];
            breaks(simulator, seed, troubles);
        }
    }

    pub fn clears(&mut self, desks: &Desks) {
        self.count(desks);
        for simulator in [&desks.salesforce, &desks.intacct] {
            simulator.set_faults(&json!([])).expect("no faults");
        }
    }

    fn count(&mut self, desks: &Desks) {
        self.faults += fired(&desks.salesforce) + fired(&desks.intacct);
    }

    /// A vendor's own trouble in the coming run, if there is one; in words.
    pub fn bad_day(&mut self, desks: &Desks) -> Option<String> {
        if !self.dice.per_mille(BAD_DAYS) {
            return None;
        }
        self.faults += 1;
        let after = 1 + self.dice.below(6);
        let times = 1 + self.dice.below(3);
        Some(match self.dice.below(8) {
            0 => {
                control(&desks.salesforce, &json!({"do": "end_sessions"}));
                "Salesforce ends its sessions".to_owned()
            }
            1 => {
                let plan = json!({"do": "plan", "route": "CONTRACT", "after": after, "action": {"do": "end_sessions"}});
                control(&desks.intacct, &plan);
                format!("Intacct ends its sessions after {after} requests about contracts")
            }
            // A run waits for a while, and then gives up.
            2 if self.dice.per_mille(150) => {
                self.switch(desks, "off_line", json!(true), json!(false))
            }
            2 | 3 => {
                answers(&desks.intacct, 200, OFF_LINE, after, times);
                format!("Intacct is off-line for {times} calls after {after}")
            }
            4 => {
                answers(&desks.salesforce, 403, LIMIT, after, times);
                format!("Salesforce has no calls left, for {times} calls after {after}")
            }
            5 => {
                answers(&desks.intacct, 429, "", after, times);
                format!("Intacct has too many calls, for {times} calls after {after}")
            }
            6 => {
                let skip = self.dice.below(3);
                let lock = json!({"do": "lock_writes", "skip": skip, "times": times});
                control(&desks.salesforce, &lock);
                format!(
                    "another transaction has records of Salesforce, for {times} writes after {skip}"
                )
            }
            _ => {
                let may_not = self.dice.pick(&[
                    "create CONTRACTDETAIL",
                    "post CONTRACT",
                    "post CONTRACTDETAIL",
                    "create CUSTOMER",
                ]);
                let may_not = may_not.copied().unwrap_or("create CONTRACT");
                self.switch(desks, "forbidden", json!([may_not]), json!([]))
            }
        })
    }

    fn switch(&mut self, desks: &Desks, name: &'static str, value: Value, back: Value) -> String {
        let words = format!("Intacct: {name} is {value}");
        set(desks, name, &value);
        self.switched = Some((name, back));
        words
    }

    pub fn passes(&mut self, desks: &Desks) {
        if let Some((name, back)) = self.switched.take() {
            set(desks, name, &back);
        }
        control(
            &desks.salesforce,
            &json!({"do": "lock_writes", "skip": 0, "times": 0}),
        );
    }

    /// How the process is to die next, if it is.
    pub fn next_death(&mut self) -> Option<Death> {
        if !self.dice.per_mille(DEATHS) {
            return None;
        }
        if self.dice.per_mille(400) {
            let when = self.dice.pick(&["before", "after"])?;
            let skip = self.dice.below(4);
            return Some(Death::During(
                json!({"body": WRITES, "skip": skip, "times": 1, "action": {"hang": {"when": when}}}),
            ));
        }
        let point = self.dice.pick(&self.points)?.clone();
        // The first visit is the most likely one to come.
        let visit = 1 + self.dice.below(4).min(self.dice.below(4));
        Some(Death::At(format!("{point}:{visit}")))
    }
}

/// One vendor says this for some of its calls, before anything is done.
fn answers(simulator: &Running, status: u16, body: &str, skip: u64, times: u64) {
    let rules = simulator.faults();
    let rules = rules.as_array().into_iter().flatten();
    let mut rules: Vec<Value> = rules.map(|rule| rule["rule"].clone()).collect();
    let answer =
        json!({"status": {"status": status, "when": "before", "headers": {}, "body": body}});
    rules.insert(0, json!({"skip": skip, "times": times, "action": answer}));
    simulator.set_faults(&rules.into()).expect("valid faults");
}

fn set(desks: &Desks, switch: &str, value: &Value) {
    let action = json!({"do": "set", "switch": switch, "value": value});
    control(&desks.intacct, &action);
}
