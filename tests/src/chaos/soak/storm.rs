//! Calls that go wrong now and then, at every system.

use serde_json::json;

use super::company::Company;
use crate::chaos::troubles::{self, fired, status};

/// One call in twelve.
pub fn breaks(company: &Company) {
    for (seed, (_, system)) in (0..).step_by(100).zip(company.systems()) {
        let troubles = [
            (0.01, json!("drop_before")),
            (0.02, json!("drop_after")),
            (0.02, status(503, "before")),
            (0.01, status(500, "after")),
            (0.01, json!("truncate")),
            (0.005, json!("html")),
            (0.005, json!("rubbish")),
            (0.05, json!({"delay": {"ms": 100}})),
        ];
        troubles::breaks(system, seed, troubles);
    }
}

/// Fair weather; how many calls went wrong, and which systems had fair weather all the time.
pub fn passes(company: &Company) -> (u64, Vec<&'static str>) {
    let (mut all, mut calm) = (0, Vec::new());
    for (name, system) in company.systems() {
        let fired = fired(system);
        all += fired;
        if fired == 0 {
            calm.push(name);
        }
        system.set_faults(&json!([])).expect("no faults");
    }
    (all, calm)
}
