//! Contract lines of Intacct mirrored into Salesforce: calls beside the least possible, time, memory.

use std::process::Command;

use liaison_simulators::shell::Running;
use liaison_tests::desks::Desks;
use liaison_tests::{control, program};
use serde_json::{Value, json};

use super::calls;
use super::doing;
use super::process::{self, Used};
use super::table::{Table, whole};

/// Lines of one contract.
const LINES: u64 = 10;
/// Rows of one answer of Intacct, and of Salesforce, at most.
const INTACCT_ROWS: u64 = 2_000;
const SALESFORCE_ROWS: u64 = 2_000;
/// Records of one call that writes to Salesforce, at most.
const SALESFORCE_WRITES: u64 = 200;
/// Between two runs, so that what the first one made is at rest for the third.
const PAUSE_MS: i64 = 1_200_000;

pub fn measure(table: &mut Table, lines: u64) {
    doing(&format!(
        "{} contract lines in Intacct",
        whole(lines as f64)
    ));
    let desks = Desks::with_all_mirrors();
    let unlimited = json!({"do": "set", "switch": "daily_api_requests", "value": 10_000_000});
    control(&desks.salesforce, &unlimited);
    control(
        &desks.intacct,
        &json!({"do": "bulk", "object": "CONTRACT", "count": lines / LINES, "prefix": "M", "lines": LINES}),
    );
    let there = count(
        &desks.intacct,
        json!({"do": "count", "object": "CONTRACTDETAIL"}),
    );
    // A login is by the real clock: each connection has its session before time passes.
    desks.lab.liaison("check").exits(0);
    let pass = || {
        desks.salesforce.advance_ms(PAUSE_MS);
        desks.intacct.advance_ms(PAUSE_MS);
    };
    pass();
    doing("their contracts mirrored");
    run(&desks, "mirrored_contracts");
    for (what, is_first) in [
        ("mirrored for the first time", true),
        ("a second run, which looks at what was made", false),
        ("a third run, with nothing to do", false),
    ] {
        doing(&format!("{} lines: {what}", whole(there as f64)));
        desks.salesforce.reset_requests();
        desks.intacct.reset_requests();
        let (used, answer) = run(&desks, "mirrored_contract_lines");
        let title = format!("{} contract lines of Intacct: {what}", whole(there as f64));
        table.section(title);
        table.used(&used);
        let counts = &answer["counts"];
        let told = |what: &str| sum(counts, what);
        table.row(
            "lines created",
            whole(told("created") as f64),
            "records",
            "",
        );
        if is_first {
            let mirrors = json!({"do": "count", "entity": "ia_crm__Intacct_Contract_Line__c"});
            let mirrors = count(&desks.salesforce, mirrors);
            assert!(mirrors >= there, "{mirrors} of {there}: {counts}");
        } else {
            let written = ["created", "updated", "adopted"].map(told);
            assert_eq!(written, [0; 3], "something was done: {counts}");
        }
        let least = match is_first {
            true => [
                there.div_ceil(INTACCT_ROWS),
                there.div_ceil(SALESFORCE_WRITES) + there.div_ceil(SALESFORCE_ROWS),
            ],
            false => [1, 1],
        };
        for ((name, simulator), least) in [
            ("Intacct", &desks.intacct),
            ("Salesforce", &desks.salesforce),
        ]
        .into_iter()
        .zip(least)
        {
            calls::rows(table, name, simulator, least);
        }
        pass();
    }
}

fn sum(counts: &Value, what: &str) -> u64 {
    let flows = counts.as_object().into_iter().flatten();
    flows.filter_map(|(_, of)| of[what].as_u64()).sum()
}

fn count(simulator: &Running, action: Value) -> u64 {
    control(simulator, &action)["count"].as_u64().unwrap_or(0)
}

fn run(desks: &Desks, flow: &str) -> (Used, Value) {
    let used = process::run(
        Command::new(program())
            .args(["--json", "run", flow])
            .env("LIAISON_HOME", desks.lab.home()),
    );
    assert_eq!(used.exit, 0, "{}{}", used.out, used.err);
    let said: Value = serde_json::from_str(&used.out).expect("a summary");
    (used, said["answer"].clone())
}
