//! What goes wrong in a round, drawn from its seed: same seed, same storm.
//!
//! Invariant: no I/O and no clock.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::model::ConnectionId;

/// Runs of the flow under the weather of one round.
const RUNS_MAX: u32 = 3;
/// Faults at one system in one run, beside a kill.
const FAULTS_MAX: u32 = 2;
/// One fault may meet so many calls in a row.
const TIMES_MAX: u64 = 3;

/// The weather of one run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gale {
    /// Fault rules for each system, as `/_sim/faults` takes them.
    pub rules: BTreeMap<ConnectionId, Vec<Value>>,
    /// The system whose first rule hangs: there the process is killed.
    pub kill_at: Option<ConnectionId>,
    /// By their code, for the report.
    pub kinds: Vec<&'static str>,
}

/// A fault, its code, and what the simulator is to do. One request delivered twice is not among them:
/// against that only the system itself can do something, and few do.
fn faults() -> [(&'static str, Value); 8] {
    let status = |status: u16, when: &str, headers: Value| json!({"status": {"status": status, "when": when, "headers": headers, "body": ""}});
    [
        ("lost-after", json!("drop_after")),
        ("lost-before", json!("drop_before")),
        ("half", json!("truncate")),
        ("html", json!("html")),
        (
            "throttled-wait",
            status(429, "before", json!({"retry-after": "1"})),
        ),
        ("throttled", status(429, "before", json!({}))),
        ("broken-before", status(500, "before", json!({}))),
        ("broken-after", status(500, "after", json!({}))),
    ]
}

/// The gales of a round. `calls` says how many calls each system gets in fair weather.
pub fn storm(seed: u64, calls: &BTreeMap<ConnectionId, u64>) -> Vec<Gale> {
    let mut dice = Rng::with_seed(seed);
    let runs = dice.u32(1..=RUNS_MAX);
    (0..runs).map(|_| gale(&mut dice, calls)).collect()
}

fn gale(dice: &mut Rng, calls: &BTreeMap<ConnectionId, u64>) -> Gale {
    let mut gale = Gale::default();
    let reached: Vec<(&ConnectionId, u64)> = calls
        .iter()
        .filter(|(_, calls)| **calls > 0)
        .map(|(id, calls)| (id, *calls))
        .collect();
    if reached.is_empty() {
        return gale;
    }
    if dice.bool() {
        let (id, calls) = reached[dice.usize(..reached.len())];
        let when = if dice.bool() { "before" } else { "after" };
        let rule =
            json!({"skip": dice.u64(..calls), "times": 1, "action": {"hang": {"when": when}}});
        gale.rules.entry(id.clone()).or_default().push(rule);
        gale.kill_at = Some(id.clone());
    }
    let faults = faults();
    for (id, calls) in reached {
        for _ in 0..dice.u32(..=FAULTS_MAX) {
            let (kind, action) = &faults[dice.usize(..faults.len())];
            let times = dice.u64(1..=TIMES_MAX);
            let rule = json!({"skip": dice.u64(..calls), "times": times, "action": action});
            gale.rules.entry(id.clone()).or_default().push(rule);
            gale.kinds.push(kind);
        }
    }
    gale
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls() -> BTreeMap<ConnectionId, u64> {
        let id = |name: &str| ConnectionId::parse(name).expect("an id");
        BTreeMap::from([(id("a"), 20), (id("b"), 5), (id("silent"), 0)])
    }

    #[test]
    fn the_same_seed_gives_the_same_storm() {
        for seed in 0..50 {
            assert_eq!(storm(seed, &calls()), storm(seed, &calls()));
        }
    }

    #[test]
    fn many_storms_hold_every_fault_and_kills_and_stay_within_the_calls() {
        let gales: Vec<Gale> = (0..200).flat_map(|seed| storm(seed, &calls())).collect();
        for (kind, _) in faults() {
            assert!(
                gales.iter().any(|gale| gale.kinds.contains(&kind)),
                "{kind}"
            );
        }
        assert!(gales.iter().any(|gale| gale.kill_at.is_some()));
        for (id, rules) in gales.iter().flat_map(|gale| &gale.rules) {
            let calls = calls()[id];
            assert!(rules.iter().all(|rule| rule["skip"].as_u64() < Some(calls)));
        }
    }

    #[test]
    fn where_nobody_is_called_nothing_goes_wrong() {
        let nobody = BTreeMap::new();
        assert!(storm(1, &nobody).iter().all(|gale| gale.rules.is_empty()));
    }
}
