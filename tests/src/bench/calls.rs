//! What a simulated system was called for, beside the least possible.

use liaison_simulators::shell::Running;
use serde_json::Value;

use super::table::{Table, whole};

/// All calls since the last reset beside the least, and each route.
pub fn rows(table: &mut Table, name: &str, simulator: &Running, least: u64) {
    let routes = simulator.requests()["by_route"].clone();
    let routes = routes.as_object().cloned().unwrap_or_default();
    let of = |route: &Value| route.as_u64().unwrap_or_default();
    let all: u64 = routes.values().map(of).sum();
    let note = format!("least possible: {}", whole(least as f64));
    table.row(format!("calls to {name}"), whole(all as f64), "calls", note);
    for (route, count) in &routes {
        let what = format!("  {route}");
        table.row(what, whole(of(count) as f64), "calls", "");
    }
}
