//! Answers that never arrive, and kills: every record exactly once.

use liaison_tests::{Lab, count};
use serde_json::json;

fn every_invoice_once(lab: &Lab) {
    for id in [155, 156, 157, 158, 159, 160, 161, 164, 165] {
        let documents = lab.acomba_invoices(id);
        assert_eq!(documents.len(), 1, "invoice {id} in Acomba");
        assert_eq!(
            json!(lab.invoice_number(id)),
            documents[0]["InInvoiceNumber"]
        );
    }
    let customers = lab.acomba_cards("Customer");
    for number in ["176", "177", "178"] {
        let cards = customers
            .iter()
            .filter(|card| card["CuNumber"] == json!(number))
            .count();
        assert_eq!(cards, 1, "customer {number}");
    }
}

/// Runs until nothing is left to do, as a schedule would.
fn run_to_rest(lab: &Lab) {
    for _ in 0..6 {
        let said = lab.liaison("--json run invoices");
        if said.exit == 0 {
            return;
        }
    }
    panic!(
        "the flow does not come to rest: {}",
        lab.liaison("run invoices").out
    );
}

#[test]
fn a_create_whose_answer_is_lost_is_not_repeated() {
    let lab = Lab::new();
    for (route, times) in [("Transaction", 3), ("Customer", 2)] {
        lab.acomba
            .set_faults(
                &json!([{"method": "POST", "path": route, "times": times, "action": "drop_after"}]),
            )
            .expect("a valid fault");
        run_to_rest(&lab);
    }
    every_invoice_once(&lab);
}

#[test]
fn a_write_back_whose_answer_is_lost_does_no_harm() {
    let lab = Lab::new();
    lab.autotask
        .set_faults(
            &json!([{"method": "PATCH", "path": "Invoices", "times": 3, "action": "drop_after"}]),
        )
        .expect("a valid fault");
    run_to_rest(&lab);
    every_invoice_once(&lab);
}

#[test]
fn a_ticket_whose_answer_is_lost_is_not_made_twice() {
    let lab = Lab::new();
    lab.autotask
        .set_faults(
            &json!([{"method": "POST", "path": "Tickets$", "times": 1, "action": "drop_after"}]),
        )
        .expect("a valid fault");
    run_to_rest(&lab);
    let rows = lab.in_autotask(json!({"do": "rows", "entity": "Tickets"}));
    let rows = rows.get("rows").cloned().unwrap_or(rows);
    let ours = rows
        .as_array()
        .into_iter()
        .flatten()
        .filter(|ticket| ticket["externalID"] == json!("liaison-invoice-162"))
        .count();
    assert_eq!(ours, 1);
    assert!(lab.invoice_number(162).starts_with('T'));
}

#[test]
fn rubbish_and_html_end_the_run_in_order() {
    for action in ["html", "rubbish", "drop_before"] {
        let lab = Lab::new();
        lab.autotask
            .set_faults(&json!([{"path": "Invoices", "times": 1000, "action": action}]))
            .expect("a valid fault");
        let said = lab.liaison("--json run invoices");
        assert_eq!(said.exit, 3, "{action}: {}{}", said.out, said.err);
        lab.autotask.set_faults(&json!([])).expect("no faults");
        let summary = lab.run_flow("invoices", 4);
        assert_eq!(count(&summary, "invoices", "created"), 9, "{action}");
    }
}

/// The process dies at every kind of call, before and after the system did its work, once and again.
#[test]
fn a_kill_at_any_call_leaves_every_record_exactly_once() {
    let calls = [
        ("autotask", "POST", "Invoices/query"),
        ("autotask", "POST", "Companies/query"),
        ("autotask", "PATCH", "Companies"),
        ("autotask", "PATCH", "Invoices"),
        ("autotask", "POST", "Tickets$"),
        ("acomba", "POST", "Customer"),
        ("acomba", "POST", "Transaction"),
        ("acomba", "GET", "Product"),
    ];
    let (mut kills, mut tried) = (0, 0);
    for (system, method, path) in calls {
        for when in ["before", "after"] {
            let lab = Lab::new();
            for skip in 0..3 {
                let simulator = if system == "acomba" {
                    &lab.acomba
                } else {
                    &lab.autotask
                };
                let fault = json!({"method": method, "path": path, "skip": skip, "times": 1,
                    "action": {"hang": {"when": when}}});
                tried += 1;
                if lab.kill_during(simulator, fault, "run invoices") {
                    kills += 1;
                }
            }
            run_to_rest(&lab);
            every_invoice_once(&lab);
            for id in [162, 163] {
                let rows = lab.in_autotask(json!({"do": "rows", "entity": "Tickets"}));
                let rows = rows.get("rows").cloned().unwrap_or(rows);
                let reference = json!(format!("liaison-invoice-{id}"));
                let tickets = rows.as_array().into_iter().flatten();
                let ours = tickets
                    .filter(|ticket| ticket["externalID"] == reference)
                    .count();
                assert_eq!(
                    ours, 1,
                    "tickets of invoice {id}, killed {when} {method} {path}"
                );
            }
            lab.liaison("store verify").exits(0);
        }
    }
    println!("kills tried {tried}, done {kills}; duplicated 0, lost 0");
    assert!(
        kills >= 30,
        "too few calls were reached: {kills} of {tried}"
    );
}
