//! Invoices that are refused, their tickets, and the way back.

use liaison_tests::{Lab, count};
use serde_json::{Value, json};

fn tickets(lab: &Lab) -> Vec<Value> {
    let rows = lab.in_autotask(json!({"do": "rows", "entity": "Tickets"}));
    let rows = rows.get("rows").cloned().unwrap_or(rows);
    let all = rows.as_array().cloned().unwrap_or_default();
    all.into_iter()
        .filter(|ticket| {
            ticket["externalID"]
                .as_str()
                .is_some_and(|id| id.starts_with("liaison-"))
        })
        .collect()
}

#[test]
fn a_refused_invoice_shows_its_tickets_number() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    let tickets = tickets(&lab);
    assert_eq!(tickets.len(), 2, "{tickets:#?}");
    for (id, words) in [(162, "Sans numéro"), (163, "999")] {
        let ticket = tickets
            .iter()
            .find(|ticket| ticket["externalID"] == json!(format!("liaison-invoice-{id}")))
            .expect("a ticket for the invoice");
        assert_eq!(json!(lab.invoice_number(id)), ticket["ticketNumber"]);
        let text = ticket["description"].as_str().unwrap_or_default();
        assert!(text.contains(words), "{text}");
        assert_eq!(ticket["ticketCategory"], json!(3));
        assert_eq!(
            ticket["queueID"],
            json!(29683354),
            "from the category's defaults"
        );
        assert!(lab.acomba_invoices(id).is_empty());
    }
}

#[test]
fn acombas_own_words_stand_in_the_ticket() {
    let lab = Lab::new();
    lab.in_acomba(
        json!({"do": "set_active", "interface": "Customer", "card_pos": 2, "active": false}),
    );
    lab.run_flow("invoices", 4);
    let ticket = tickets(&lab)
        .into_iter()
        .find(|ticket| ticket["externalID"] == json!("liaison-invoice-155"))
        .expect("a ticket");
    let parked = lab
        .liaison("--json quarantine show invoices 155")
        .exits(0)
        .json();
    let theirs = parked["answer"]["fault"]["vendor_text"]
        .as_str()
        .expect("Acomba's words");
    assert!(
        ticket["description"]
            .as_str()
            .unwrap_or_default()
            .contains(theirs),
        "{theirs}"
    );
}

#[test]
fn clearing_the_number_asks_again_and_there_is_one_open_ticket() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    lab.in_autotask(json!({"do": "clear_invoice_number", "id": 162}));
    let summary = lab.run_flow("invoices", 4);
    assert_eq!(count(&summary, "invoices", "quarantined"), 1);
    assert_eq!(tickets(&lab).len(), 2, "the open ticket is used again");
    assert!(lab.invoice_number(162).starts_with('T'));
    // Mended, and cleared once more: now it goes through.
    lab.in_autotask(
        json!({"do": "update", "entity": "BillingCodes", "id": 29683514,
        "fields": {"externalNumber": "600"}}),
    );
    lab.in_autotask(json!({"do": "clear_invoice_number", "id": 162}));
    let summary = lab.run_flow("invoices", 0);
    assert_eq!(count(&summary, "invoices", "created"), 1);
    assert_eq!(
        json!(lab.invoice_number(162)),
        lab.acomba_invoices(162)[0]["InInvoiceNumber"]
    );
    lab.liaison("quarantine list").exits(0).says("163");
}

#[test]
fn a_retry_passes_while_the_invoice_shows_its_ticket() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    lab.in_autotask(
        json!({"do": "update", "entity": "BillingCodes", "id": 29683515,
        "fields": {"externalNumber": "100"}}),
    );
    lab.liaison("quarantine retry invoices 163").exits(0);
    let summary = lab.run_flow("invoices", 0);
    assert_eq!(count(&summary, "invoices", "created"), 1);
    assert_eq!(
        json!(lab.invoice_number(163)),
        lab.acomba_invoices(163)[0]["InInvoiceNumber"]
    );
}

#[test]
fn without_tickets_the_field_stays_empty_and_the_record_is_not_tried_on_every_run() {
    let tenant = include_str!("../../tenant.toml").replace("Erreurs Acomba", "NO_TICKET");
    let lab = Lab::with_tenant(&tenant);
    lab.run_flow("invoices", 4);
    assert_eq!(lab.invoice_number(162), "");
    assert!(tickets(&lab).is_empty());
    let summary = lab.run_flow("invoices", 4);
    assert_eq!(count(&summary, "invoices", "held"), 2);
    assert_eq!(count(&summary, "invoices", "quarantined"), 0);
    lab.in_autotask(
        json!({"do": "update", "entity": "BillingCodes", "id": 29683514,
        "fields": {"externalNumber": "600"}}),
    );
    lab.liaison("quarantine retry invoices 162").exits(0);
    let summary = lab.run_flow("invoices", 4);
    assert_eq!(count(&summary, "invoices", "created"), 1);
    assert_eq!(count(&summary, "invoices", "held"), 1);
}

#[test]
fn an_invoice_that_acomba_holds_already_is_adopted() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    let number = lab.invoice_number(155);
    lab.in_autotask(json!({"do": "clear_invoice_number", "id": 155}));
    let summary = lab.run_flow("invoices", 0);
    assert_eq!(count(&summary, "invoices", "adopted"), 1);
    assert_eq!(lab.invoice_number(155), number);
    assert_eq!(lab.acomba_invoices(155).len(), 1);
    // The same without our memory of it.
    lab.liaison("link remove invoices 155").exits(0);
    lab.in_autotask(json!({"do": "clear_invoice_number", "id": 155}));
    let summary = lab.run_flow("invoices", 0);
    assert_eq!(count(&summary, "invoices", "adopted"), 1);
    assert_eq!(lab.invoice_number(155), number);
    assert_eq!(lab.acomba_invoices(155).len(), 1);
}

#[test]
fn an_outage_makes_no_ticket_and_loses_nothing() {
    let lab = Lab::new();
    lab.in_acomba(json!({"do": "exclusive"}));
    let said = lab.liaison("--json run invoices");
    assert_eq!(said.exit, 3, "{}{}", said.out, said.err);
    assert!(tickets(&lab).is_empty());
    assert_eq!(lab.invoice_number(155), "");
    lab.in_acomba(json!({"do": "exclusive", "on": false}));
    let summary = lab.run_flow("invoices", 4);
    assert_eq!(count(&summary, "invoices", "created"), 9);
}

#[test]
fn what_acombas_code_page_lacks_is_refused_in_words() {
    let lab = Lab::new();
    lab.in_autotask(json!({"do": "create_invoice", "id": 900, "companyID": 174,
        "invoiceDateTime": "2026-10-02", "createDateTime": "2026-10-02T15:00:00Z",
        "lines": [{"itemName": "Câble", "description": "Câble 日本 à l'œil", "quantity": 1, "rate": 10,
            "totalAmount": 10, "billingCodeID": 29683511, "billingItemType": 3}]}));
    lab.liaison("run invoices --record 900").exits(4).says("日");
    assert!(lab.acomba_invoices(900).is_empty());
    assert!(lab.invoice_number(900).starts_with('T'));
}

#[test]
fn totals_that_differ_are_refused_with_both_figures() {
    let lab = Lab::new();
    lab.in_autotask(json!({"do": "update", "entity": "Invoices", "id": 155,
        "fields": {"invoiceTotal": 1.23}}));
    lab.liaison("run invoices --record 155")
        .exits(4)
        .says("1.23")
        .says("add up to");
    assert!(lab.acomba_invoices(155).is_empty());
}

#[test]
fn a_product_without_a_valid_group_is_refused_by_its_billing_code() {
    let lab = Lab::new();
    lab.in_autotask(
        json!({"do": "update", "entity": "BillingCodes", "id": 29683530,
        "fields": {"externalNumber": "999"}}),
    );
    lab.liaison("run products")
        .exits(4)
        .says("Produits")
        .says("999");
}
