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

/// A flow of the installation's own, with one of its lines replaced.
fn own_flow(lab: &Lab, flow: &str, line: &str, by: &str) {
    lab.liaison(&format!("flow add autotask-acomba/{flow} --tenant demo"))
        .exits(0);
    let file = lab.home().join(format!("flows/demo/{flow}.toml"));
    let text = std::fs::read_to_string(&file).expect("the copied flow");
    assert!(text.contains(line), "{line}");
    std::fs::write(&file, text.replace(line, by)).expect("the flow can be written");
    let file = lab.home().join("tenants/demo.toml");
    let text = std::fs::read_to_string(&file).expect("the tenant file");
    let pack = format!("pack = \"autotask-acomba/{flow}\"");
    let own = format!("file = \"{flow}.toml\"");
    std::fs::write(&file, text.replace(&pack, &own)).expect("it can be written");
}

#[test]
fn a_changed_rule_reaches_what_is_linked_already() {
    let lab = Lab::new();
    lab.run_flow("customers", 0);
    lab.run_flow("customers", 0);
    let name = "name = { from = \"name\" }";
    own_flow(
        &lab,
        "customers",
        name,
        "name = { expr = \"upper(source.name)\" }",
    );
    let summary = lab.run_flow("customers", 0);
    assert!(count(&summary, "customers", "updated") >= 4, "{summary:#}");
    let again = lab.run_flow("customers", 0);
    assert_eq!(count(&again, "customers", "updated"), 0, "{again:#}");
    let shouting = lab
        .acomba_cards("Customer")
        .iter()
        .filter(|card| card["CuName"] == json!("MUNICIPALITÉ DE ROBERVAL"))
        .count();
    assert_eq!(shouting, 1);
}

#[test]
fn a_record_dropped_from_quarantine_keeps_its_one_ticket() {
    let lab = Lab::new();
    lab.in_autotask(
        json!({"do": "update", "entity": "BillingCodes", "id": 29_683_530,
        "fields": {"externalNumber": ""}}),
    );
    lab.run_flow("products", 4);
    let list = lab.liaison("--json quarantine list").json();
    let parked = list["answer"][0]["id"].as_str().expect("one is refused");
    let about = format!("liaison-product-{parked}");
    assert_eq!(tickets_of(&lab, &about).len(), 1);
    lab.liaison(&format!("quarantine drop products {parked}"))
        .exits(0);
    lab.run_flow("products", 4);
    assert_eq!(tickets_of(&lab, &about).len(), 1);
}

#[test]
fn a_retry_of_what_the_source_no_longer_has_ends() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    lab.in_autotask(json!({"do": "delete", "entity": "Invoices", "id": 162}));
    lab.liaison("quarantine retry invoices 162").exits(0);
    lab.run_flow("invoices", 0);
    let said = lab.liaison("quarantine list").exits(0);
    assert!(!said.out.contains("162"), "{}", said.out);
}

#[test]
fn tickets_speak_the_language_of_the_installation() {
    let lab = Lab::new();
    let file = lab.home().join("liaison.toml");
    let text = std::fs::read_to_string(&file).expect("the installation's file");
    let text = text.replace("language = \"en\"", "language = \"fr\"");
    std::fs::write(&file, text).expect("it can be written");
    lab.liaison("--lang en run invoices").exits(4);
    let ticket = tickets_of(&lab, "liaison-invoice-162").remove(0);
    let title = ticket["title"].as_str().expect("a title");
    assert!(title.starts_with("La facture"), "{title}");
}

#[test]
fn the_command_that_a_plan_prints_carries_it_out() {
    let lab = Lab::new();
    let plan = lab.liaison("plan invoices --record 155").exits(0);
    let command = plan.out.split("`liaison ").nth(1).expect("a command");
    let command = command.split('`').next().expect("it ends");
    assert!(command.contains("--record 155"), "{command}");
    lab.liaison(command).exits(0);
    assert_eq!(lab.acomba_invoices(155).len(), 1);
}
