//! Calls that go wrong by chance, at a simulated system.

use liaison_simulators::shell::Running;
use serde_json::{Value, json};

/// An answer with this status, `before` or `after` the work was done.
pub fn status(status: u16, when: &str) -> Value {
    json!({"status": {"status": status, "when": when, "headers": {}, "body": "busy"}})
}

/// Each trouble with its probability.
pub fn breaks<const N: usize>(system: &Running, seed: u64, troubles: [(f64, Value); N]) {
    // Each by a dice of its own: by one they would all come at once, one call after the other.
    let rules = troubles.into_iter().zip(seed..);
    let rules: Value = rules
        .map(|((probability, action), seed)| json!({"probability": probability, "seed": seed, "action": action}))
        .collect();
    system.set_faults(&rules).expect("valid faults");
}

/// How often something went wrong since the last storm.
pub fn fired(system: &Running) -> u64 {
    let rules = system.faults();
    let rules = rules.as_array().into_iter().flatten();
    rules.filter_map(|rule| rule["fired"].as_u64()).sum()
}
