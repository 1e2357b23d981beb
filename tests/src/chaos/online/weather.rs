//! What goes wrong between the two systems and within the process: all from one seed.

use liaison_simulators::shell::Running;
use liaison_tests::online::Online;
use serde_json::{Value, json};

use crate::chaos::dice::Dice;
use crate::chaos::troubles::{breaks, fired, status};

pub const DAY_S: u64 = 86_400;
/// Rounds in a thousand in which the process dies, and in which QuickBooks has a bad day.
const DEATHS: u64 = 500;
const BAD_DAYS: u64 = 700;

const APP: &str = "ABliaisonSimulatedClient0001";
const TOKENS: &str = "/oauth2/v1/tokens";
/// Where something is made.
const MAKES: &str = "/(customer|vendor|item|estimate|invoice|purchaseorder|bill)[?]";
/// Calls that a planned trouble waits for, at most.
const PLANNED_MAX: u64 = 6;

/// How the process ends before its run does.
#[derive(Debug)]
pub enum Death {
    /// At one of its crash points.
    At(String),
    /// While QuickBooks has a call in hand, before or after it did the work: this fault keeps it waiting.
    InQuickBooks(Value),
}

pub struct Weather {
    dice: Dice,
    /// Places where the process can die.
    points: Vec<String>,
    /// How often the company was connected anew.
    connected: u64,
    /// Whether this round's renewals may have lost the connection.
    is_lost: bool,
    pub faults: u64,
}

impl Weather {
    pub fn new(seed: u64, shop: &Online) -> Self {
        let said = shop.lab.liaison("crash-points").exits(0);
        // Neither system is answered in the calls that it makes.
        let points = said.out.lines().filter(|name| !name.contains("-relay-"));
        Self {
            dice: Dice::new(seed, "weather"),
            points: points.map(str::to_owned).collect(),
            connected: 0,
            is_lost: false,
            faults: 0,
        }
    }

    /// Some calls of the coming run go wrong.
    pub fn storm(&mut self, shop: &Online) {
        self.count(shop);
        for simulator in [&shop.fusion, &shop.quickbooks] {
            let seed = self.dice.below(1_000_000);
            let troubles = [
                (0.01, json!("drop_before")),
                (0.03, json!("drop_after")),
                (0.01, status(503, "before")),
                (0.01, status(500, "after")),
                (0.01, json!("truncate")),
                (0.005, json!("html")),
                (0.005, json!("rubbish")),
                (0.02, json!({"delay": {"ms": 40}})),
            ];
            breaks(simulator, seed, troubles);
        }
    }

    fn count(&mut self, shop: &Online) {
        self.faults += fired(&shop.fusion) + fired(&shop.quickbooks);
    }

    /// QuickBooks' own trouble in the coming run, if there is one; in words.
    pub fn bad_day(&mut self, shop: &Online) -> Option<String> {
        if !self.dice.per_mille(BAD_DAYS) {
            return None;
        }
        let after = 1 + self.dice.below(PLANNED_MAX);
        let times = 1 + self.dice.below(2);
        Some(match self.dice.below(6) {
            0 | 1 => {
                shop.at_quickbooks(json!({"do": "end_tokens"}));
                first(&shop.quickbooks, TOKENS, times, &json!("drop_after"));
                format!("the token ends, and {times} answers with another are lost")
            }
            2 => {
                shop.set("old_refresh_token_s", json!(0));
                shop.at_quickbooks(json!({"do": "end_tokens"}));
                first(&shop.quickbooks, TOKENS, times, &json!("drop_after"));
                self.is_lost = true;
                format!("the token ends, {times} answers are lost, and the older one is no good")
            }
            3 => {
                shop.set("request_id_s", json!(0));
                first(&shop.quickbooks, MAKES, times, &json!("drop_after"));
                format!("no request id is kept, and {times} answers to what is made are lost")
            }
            4 => {
                let forget = json!({"do": "forget_requests"});
                shop.at_quickbooks(
                    json!({"do": "plan", "route": "POST ", "after": after, "action": forget}),
                );
                first(&shop.quickbooks, MAKES, times, &json!("drop_after"));
                format!("request ids are forgotten after {after} calls")
            }
            _ => {
                let ends = json!({"do": "end_tokens"});
                shop.at_quickbooks(
                    json!({"do": "plan", "route": "GET ", "after": after, "action": ends}),
                );
                format!("the token ends after {after} calls")
            }
        })
    }

    /// A person connects the company again where the token may be lost.
    pub fn passes(&mut self, shop: &Online) {
        shop.set("request_id_s", json!(DAY_S));
        shop.set("old_refresh_token_s", json!(DAY_S));
        if std::mem::take(&mut self.is_lost) {
            self.connected += 1;
            let token = format!("AB11again-{}", self.connected);
            shop.at_quickbooks(json!({"do": "connect", "client_id": APP, "refresh_token": token}));
            shop.lab.secret("demo", "quickbooks refresh_token", &token);
        }
    }

    pub fn clears(&mut self, shop: &Online) {
        self.count(shop);
        self.passes(shop);
        for simulator in [&shop.fusion, &shop.quickbooks] {
            simulator.set_faults(&json!([])).expect("no faults");
        }
    }

    /// How the process dies in the coming run, if it does.
    pub fn next_death(&mut self) -> Option<Death> {
        if !self.dice.per_mille(DEATHS) {
            return None;
        }
        if self.dice.per_mille(500) {
            let when = self.dice.pick(&["before", "after"])?;
            // Also around the keeping of a new token.
            let path = match self.dice.per_mille(150) {
                true => TOKENS,
                false => MAKES,
            };
            let skip = self.dice.below(3);
            return Some(Death::InQuickBooks(
                json!({"method": "POST", "path": path, "skip": skip, "times": 1,
                "action": {"hang": {"when": when}}}),
            ));
        }
        let point = self.dice.pick(&self.points)?.clone();
        // The first visit is the most likely one to come.
        let visit = 1 + self.dice.below(3).min(self.dice.below(3));
        Some(Death::At(format!("{point}:{visit}")))
    }
}

/// This goes wrong before all else that does.
fn first(simulator: &Running, path: &str, times: u64, action: &Value) {
    let rules = simulator.faults();
    let rules = rules.as_array().into_iter().flatten();
    let mut rules: Vec<Value> = rules.map(|rule| rule["rule"].clone()).collect();
    let rule = json!({"method": "POST", "path": path, "times": times, "action": action});
    rules.insert(0, rule);
    simulator.set_faults(&rules.into()).expect("valid faults");
}
