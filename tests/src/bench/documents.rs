//! Quotes of ChannelOnline with twenty lines each into Autotask: calls beside the least possible, time, memory.

use std::process::Command;

use liaison_tests::reseller::{Reseller, TENANT};
use liaison_tests::{control, program};
use serde_json::{Value, json};

use super::calls;
use super::doing;
use super::process::{self, Used};
use super::table::{Table, whole};

/// Lines of one document.
const LINES: u64 = 20;
/// Who buys them.
const CUSTOMERS: u64 = 40;
/// Documents of one answer of ChannelOnline, at most.
const ANSWER: u64 = 500;
/// Rows of one answer of Autotask, at most.
const AUTOTASK_ROWS: u64 = 500;
/// Between two runs, so that what the first one made is at rest for the third.
const PAUSE_MS: i64 = 1_200_000;

/// Neither vendor's quota: it is our own speed that is measured. What ships with the simulator is of before.
const CHANGES: [(&str, &str); 5] = [
    (
        "outcome_field =",
        "first_day = \"2026-10-01\"\noutcome_field =",
    ),
    (
        "connector = \"autotask\"\n",
        "connector = \"autotask\"\nlimits = { requests = 1000000, window_s = 1 }\n",
    ),
    (
        "pack = \"channelonline-autotask/customers\"\n",
        "pack = \"channelonline-autotask/customers\"\noptions = { to_autotask = \"all\" }\n",
    ),
    (
        "options = { stage = \"Proposition\"",
        "options = { trigger = \"automatic\", stage = \"Proposition\"",
    ),
    (
        "quotes\"\noptions = { ",
        "quotes\"\noptions = { trigger = \"automatic\", ",
    ),
];

pub fn measure(table: &mut Table, documents: u64) {
    let title = format!("{} quotes of {LINES} lines", whole(documents as f64));
    doing(&title);
    let office = office(documents);
    let there = |office: &Reseller, entity: &str| {
        let count = control(&office.autotask, &json!({"do": "count", "entity": entity}));
        count["count"].as_u64().unwrap_or_default()
    };
    let (quotes, items) = (there(&office, "Quotes"), there(&office, "QuoteItems"));
    for (what, is_first) in [
        ("exported for the first time", true),
        ("a second run, which looks at what was made", false),
        ("a third run, with nothing to do", false),
    ] {
        doing(&format!("{title}: {what}"));
        office.channelonline.reset_requests();
        office.autotask.reset_requests();
        let (used, answer) = run(&office, "quotes");
        table.section(format!("{title}: {what}"));
        table.used(&used);
        let counts = &answer["counts"];
        let told = |what: &str| sum(counts, what);
        let of_quotes = |what: &str| counts["quotes"][what].as_u64().unwrap_or_default();
        for (row, what) in [("quotes read", "read"), ("quotes created", "created")] {
            table.row(row, whole(of_quotes(what) as f64), "records", "");
        }
        if is_first {
            assert_eq!(of_quotes("created"), documents, "{answer}");
            assert_eq!(there(&office, "Quotes") - quotes, documents);
            assert_eq!(there(&office, "QuoteItems") - items, documents * LINES);
        } else {
            let written = ["created", "updated", "adopted"].map(told);
            assert_eq!(written, [0; 3], "something was done: {counts}");
        }
        // Documents that changed and new ones are asked for apart. Each is written back by itself, and gets an
        // opportunity, an address, a quote and its lines, one a call.
        let (of_sales, of_service) = match is_first {
            true => (
                1 + documents.div_ceil(ANSWER) + documents,
                documents * (3 + LINES) + documents.div_ceil(AUTOTASK_ROWS),
            ),
            false => (2, 0),
        };
        calls::rows(table, "ChannelOnline", &office.channelonline, of_sales);
        calls::rows(table, "Autotask", &office.autotask, of_service);
        office.channelonline.advance_ms(PAUSE_MS);
        office.autotask.advance_ms(PAUSE_MS);
    }
}

/// Customers that are linked with their contacts, and documents that are not.
fn office(documents: u64) -> Reseller {
    let mut tenant = TENANT.to_owned();
    for (from, to) in CHANGES {
        assert!(tenant.contains(from), "{from} is not in the tenant file");
        tenant = tenant.replacen(from, to, 1);
    }
    let office = Reseller::with(&tenant);
    for (switch, value) in [
        ("requestLimit", json!(1_000_000_000)),
        ("latency", json!("off")),
    ] {
        let set = json!({"do": "set", "switch": switch, "value": value});
        control(&office.autotask, &set);
    }
    // Who ships with the simulator buys nothing here, and whom Autotask does not know sells nothing.
    for customer in office.rows("customers") {
        let retire =
            json!({"do": "edit_customer", "id": customer["customerId"], "set": {"active": false}});
        control(&office.channelonline, &retire);
    }
    for (kind, name) in [
        ("personnel", "Annie Gagné"),
        ("paymentTerms", "Carte de crédit"),
    ] {
        let mut rows = office.rows(kind);
        rows.retain(|row| row["name"] == name);
        let retire = json!({"do": "edit_reference", "kind": kind, "id": rows[0]["id"], "set": {"active": false}});
        control(&office.channelonline, &retire);
    }
    let buyers = json!({"do": "bulk_customers", "count": CUSTOMERS});
    control(&office.channelonline, &buyers);
    for flow in ["customers", "contacts"] {
        run(&office, flow);
    }
    let bulk = json!({"do": "bulk_documents", "count": documents, "lines": LINES});
    control(&office.channelonline, &bulk);
    office
}

fn sum(counts: &Value, what: &str) -> u64 {
    let flows = counts.as_object().into_iter().flatten();
    flows.filter_map(|(_, of)| of[what].as_u64()).sum()
}

fn run(office: &Reseller, flow: &str) -> (Used, Value) {
    let used = process::run(
        Command::new(program())
            .args(["--json", "run", flow])
            .env("LIAISON_HOME", office.lab.home()),
    );
    assert_eq!(used.exit, 0, "{}{}", used.out, used.err);
    let said: Value = serde_json::from_str(&used.out).expect("a summary");
    (used, said["answer"].clone())
}
