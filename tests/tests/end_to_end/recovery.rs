//! Interruptions and odd turns that once lost, doubled or jammed something. Each was found by a review.

use liaison_tests::{Lab, count};
use serde_json::{Value, json};

fn tickets_of(lab: &Lab, reference: &str) -> Vec<Value> {
    let rows = lab.in_autotask(json!({"do": "rows", "entity": "Tickets"}));
    let rows = rows.get("rows").cloned().unwrap_or(rows);
    let all = rows.as_array().cloned().unwrap_or_default();
    all.into_iter()
        .filter(|ticket| ticket["externalID"] == json!(reference))
        .collect()
}

fn udf(lab: &Lab, company: i64) -> Value {
    let record = lab.autotask_record("Companies", company);
    let fields = &record["userDefinedFields"];
    match fields {
        Value::Array(pairs) => pairs
            .iter()
            .find(|pair| pair["name"] == json!("ERPConnector_ERPInternalId"))
            .map(|pair| pair["value"].clone())
            .unwrap_or_default(),
        fields => fields["ERPConnector_ERPInternalId"].clone(),
    }
}

#[test]
fn a_customer_made_for_an_invoice_is_written_back_after_an_interruption() {
    let lab = Lab::new();
    lab.autotask
        .set_faults(&json!([{"method": "PATCH", "path": "Companies", "times": 1000, "action": "drop_before"}]))
        .expect("a valid fault");
    // One record that gets no answer waits; it does not end the run.
    lab.liaison("run invoices --record 161").exits(4);
    lab.autotask.set_faults(&json!([])).expect("no faults");
    assert!(udf(&lab, 176).is_null() || udf(&lab, 176) == json!(""));
    lab.run_flow("invoices", 4);
    assert_eq!(
        udf(&lab, 176).as_str().map(str::is_empty),
        Some(false),
        "{}",
        udf(&lab, 176)
    );
}

#[test]
fn two_records_that_want_the_same_target_are_told_apart() {
    let lab = Lab::new();
    for id in [176, 178] {
        lab.in_autotask(json!({"do": "update", "entity": "Companies", "id": id,
            "fields": {"companyNumber": "DUP1"}}));
    }
    let summary = lab.run_flow("customers", 4);
    assert_eq!(count(&summary, "customers", "conflict"), 1, "{summary:#}");
    let cards = lab.acomba_cards("Customer");
    assert_eq!(
        cards
            .iter()
            .filter(|card| card["CuNumber"] == json!("DUP1"))
            .count(),
        1
    );
    lab.liaison("store verify").exits(0);
}

#[test]
fn a_closed_ticket_is_followed_by_a_new_one() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    let first = tickets_of(&lab, "liaison-invoice-162").remove(0);
    lab.in_autotask(
        json!({"do": "update", "entity": "Tickets", "id": first["id"], "fields": {"status": 5}}),
    );
    lab.liaison("quarantine retry invoices 162").exits(0);
    lab.run_flow("invoices", 4);
    let tickets = tickets_of(&lab, "liaison-invoice-162");
    assert_eq!(tickets.len(), 2);
    let second = tickets
        .iter()
        .find(|ticket| ticket["id"] != first["id"])
        .expect("a new one");
    assert_eq!(json!(lab.invoice_number(162)), second["ticketNumber"]);
    // And the way back is open.
    lab.in_autotask(
        json!({"do": "update", "entity": "BillingCodes", "id": 29683514,
        "fields": {"externalNumber": "600"}}),
    );
    lab.liaison("quarantine retry invoices 162").exits(0);
    let summary = lab.run_flow("invoices", 0);
    assert_eq!(count(&summary, "invoices", "created"), 1);
}

#[test]
fn a_marker_that_somebody_replaced_is_a_visible_conflict() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    lab.in_autotask(json!({"do": "update", "entity": "Invoices", "id": 162,
        "fields": {"invoiceNumber": "X-99"}}));
    lab.liaison("quarantine retry invoices 162").exits(0);
    let summary = lab.run_flow("invoices", 4);
    assert_eq!(count(&summary, "invoices", "conflict"), 1);
    assert_eq!(lab.invoice_number(162), "X-99");
}

#[test]
fn a_locked_card_makes_invoices_wait_and_no_tickets() {
    let tenant = include_str!("../../tenant.toml");
    let lab = Lab::with_tenant(tenant);
    lab.in_acomba(json!({"do": "queue_full"}));
    lab.liaison("run invoices --record 161").exits(3);
    lab.in_acomba(json!({"do": "queue_full", "on": false}));
    assert!(tickets_of(&lab, "liaison-invoice-161").is_empty());
    let summary = lab.run_flow("invoices", 4);
    assert_eq!(count(&summary, "invoices", "created"), 9);
}

#[test]
fn clearing_an_invoice_also_asks_its_refused_company_again() {
    let wrong = include_str!("../../tenant.toml").replace(
        "[flows.customers]\npack = \"autotask-acomba/customers\"\noptions = { ",
        "[flows.customers]\npack = \"autotask-acomba/customers\"\noptions = { tax_group = \"FAUX\", ",
    );
    assert!(wrong.contains("FAUX"));
    let lab = Lab::with_tenant(&wrong);
    lab.liaison("run invoices --record 161").exits(4);
    assert!(lab.invoice_number(161).starts_with('T'));
    lab.write_tenant("demo", include_str!("../../tenant.toml"));
    lab.in_autotask(json!({"do": "clear_invoice_number", "id": 161}));
    lab.liaison("run invoices --record 161").exits(0);
    assert_eq!(lab.acomba_invoices(161).len(), 1);
}

#[test]
fn a_record_named_twice_is_created_once() {
    let lab = Lab::new();
    let said = lab
        .liaison("--json run invoices --record 156 --record 156")
        .exits(0)
        .json();
    assert_eq!(count(&said["answer"], "invoices", "read"), 1);
    assert_eq!(lab.acomba_invoices(156).len(), 1);
}

#[test]
fn a_record_that_is_not_there_is_told() {
    let lab = Lab::new();
    lab.liaison("run invoices --record 99999")
        .exits(2)
        .says("99999");
}

#[test]
fn an_outage_half_way_still_tells_the_source_what_was_created() {
    let lab = Lab::new();
    lab.acomba
        .set_faults(
            &json!([{"method": "POST", "path": "Transaction", "skip": 4, "times": 1000,
            "action": {"status": {"status": 503, "body": {"error": {"code": "sdk_not_started",
                "message": "x", "retryable": true}}, "when": "before"}}}]),
        )
        .expect("a valid fault");
    let summary = lab.run_flow("invoices", 3);
    let created = count(&summary, "invoices", "created");
    assert!(created >= 4, "{summary:#}");
    assert!(count(&summary, "invoices", "not_reached") > 0);
    let shown = [155, 156, 157, 158, 159, 160, 161, 164, 165]
        .into_iter()
        .filter(|id| !lab.invoice_number(*id).is_empty())
        .count();
    assert_eq!(shown as u64, created);
    lab.acomba.set_faults(&json!([])).expect("no faults");
    let again = lab.run_flow("invoices", 0);
    assert_eq!(
        count(&again, "invoices", "created") + created,
        9,
        "{again:#}"
    );
}
