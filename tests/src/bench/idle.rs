//! A run with nothing to do: customers of Acomba and CentrixOne that are linked and unchanged.

use std::process::Command;

use liaison_tests::{Lab, program};
use serde_json::{Value, json};

use super::doing;
use super::process::{self, Used};
use super::table::{Table, whole};

/// A call a thousand records would be paging alone.
const CALLS_MAX: f64 = 0.05;

pub fn measure(table: &mut Table, customers: u64) {
    doing(&format!("{} linked customers", whole(customers as f64)));
    let lab = Lab::crm();
    lab.in_acomba(
        json!({"do": "bulk", "interface": "Customer", "count": customers, "prefix": "I"}),
    );
    for flow in ["users", "customers"] {
        let used = liaison(&lab, &["run", flow]);
        assert!([0, 4].contains(&used.exit), "{}{}", used.out, used.err);
    }
    // What was just made is looked at once more before it is at rest.
    liaison(&lab, &["run", "customers"]);
    let verified = liaison(&lab, &["--json", "store", "verify"]);
    assert_eq!(verified.exit, 0, "{}{}", verified.out, verified.err);
    let verified: Value = serde_json::from_str(&verified.out).expect("a report");
    let links = verified["answer"]["links"].as_u64().unwrap_or_default();
    assert!(links >= customers, "{links} links: {verified}");
    lab.acomba.reset_requests();
    lab.centrixone.reset_requests();
    let used = liaison(&lab, &["--json", "run", "customers"]);
    let answer: Value = serde_json::from_str(&used.out).expect("a summary");
    let counts = &answer["answer"]["counts"];
    assert!(counts["customers"].is_object(), "no counts: {answer}");
    let written = ["created", "adopted", "updated"].map(|what| {
        let flows = counts.as_object().into_iter().flatten();
        flows.filter_map(|(_, of)| of[what].as_u64()).sum::<u64>()
    });
    assert_eq!(written, [0, 0, 0], "something was done: {counts}");
    let looked = counts["customers"]["read"].as_u64().unwrap_or_default();

    table.section(format!(
        "A run over {} linked customers with nothing to do, both ways",
        whole(customers as f64)
    ));
    table.used(&used);
    table.row(
        "records that the stamp showed again",
        whole(looked as f64),
        "records",
        "",
    );
    for (name, simulator) in [("acomba", &lab.acomba), ("centrixone", &lab.centrixone)] {
        let routes = simulator.requests()["by_route"].clone();
        let routes = routes.as_object().cloned().unwrap_or_default();
        let calls: u64 = routes.values().filter_map(Value::as_u64).sum();
        let each = calls as f64 / customers as f64;
        table.row(format!("calls to {name}"), whole(calls as f64), "calls", "");
        table.row_with_target("  a record", each, "calls/record", CALLS_MAX);
    }
}

fn liaison(lab: &Lab, words: &[&str]) -> Used {
    process::run(
        Command::new(program())
            .args(words)
            .env("LIAISON_HOME", lab.home()),
    )
}
