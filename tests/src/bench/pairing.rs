//! `link match` over two systems with years of data, nothing linked yet.

use std::process::Command;

use liaison_tests::{Lab, program};
use serde_json::{Value, json};

use super::doing;
use super::process::{self, Used};
use super::table::{Table, whole};

pub fn measure(table: &mut Table, customers: u64) {
    doing(&format!(
        "link match of {0} with {0} customers",
        whole(customers as f64)
    ));
    let lab = Lab::crm();
    lab.in_acomba(
        json!({"do": "bulk", "interface": "Customer", "count": customers, "prefix": "P"}),
    );
    lab.in_centrixone(json!({"do": "bulk_contacts", "count": customers, "prefix": "P"}));
    let used = liaison(&lab, &["--json", "link", "match", "customers"]);
    assert_eq!(used.exit, 0, "{}{}", used.out, used.err);
    let answer: Value = serde_json::from_str(&used.out).expect("a report");
    let report = &answer["answer"];
    let (certain, likely) = (&report["certain"]["count"], &report["likely"]["count"]);
    let found = certain.as_u64().unwrap_or_default() + likely.as_u64().unwrap_or_default();
    assert!(found >= customers, "only {found} pairs: {report}");

    table.section(format!(
        "link match of {0} with {0} customers",
        whole(customers as f64)
    ));
    table.used(&used);
    table.row("pairs found", whole(found as f64), "pairs", "");
}

fn liaison(lab: &Lab, words: &[&str]) -> Used {
    process::run(
        Command::new(program())
            .args(words)
            .current_dir(lab.home())
            .env("LIAISON_HOME", lab.home()),
    )
}
