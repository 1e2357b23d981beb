//! Invoices that go through.

use liaison_tests::{Lab, count};
use serde_json::{Value, json};

#[test]
fn new_invoices_get_their_acomba_number_and_nothing_else_is_touched() {
    let lab = Lab::new();
    let before: Vec<Value> = [151, 152, 153]
        .map(|id| lab.autotask_record("Invoices", id))
        .into();
    let summary = lab.run_flow("invoices", 4);
    assert_eq!(count(&summary, "invoices", "created"), 9);
    assert_eq!(count(&summary, "invoices", "quarantined"), 2);
    assert_eq!(count(&summary, "customers", "created"), 3);
    assert_eq!(count(&summary, "customers", "adopted"), 2);
    for id in [155, 156, 157, 158, 159, 160, 161, 164, 165] {
        let documents = lab.acomba_invoices(id);
        assert_eq!(documents.len(), 1, "invoice {id}");
        assert_eq!(
            json!(lab.invoice_number(id)),
            documents[0]["InInvoiceNumber"]
        );
    }
    let after: Vec<Value> = [151, 152, 153]
        .map(|id| lab.autotask_record("Invoices", id))
        .into();
    assert_eq!(before, after, "numbered and voided invoices");
}

#[test]
fn a_second_run_makes_one_query_and_no_write() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    lab.reset_calls();
    let summary = lab.run_flow("invoices", 0);
    assert_eq!(count(&summary, "invoices", "read"), 0);
    let (autotask, acomba) = lab.calls();
    assert_eq!(autotask, json!({"POST Invoices/query": 1}));
    assert_eq!(acomba, json!({}));
}

#[test]
fn totals_are_equal_to_the_cent_and_taxes_are_exact() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    let mut compared = 0;
    for id in [155, 156, 157, 158, 159, 160, 161, 164, 165] {
        let document = &lab.acomba_invoices(id)[0];
        let invoice = lab.autotask_record("Invoices", id);
        let cents = |value: &Value| -> i64 {
            let text = value.to_string();
            let text = text.trim_matches('"');
            let (whole, part) = text.split_once('.').unwrap_or((text, ""));
            let part = format!("{part:0<4}");
            let ten_thousandths: i64 = format!("{}{}", whole, &part[..4])
                .parse()
                .expect("an amount");
            (ten_thousandths + 50).div_euclid(100)
        };
        let net = cents(&invoice["invoiceTotal"]);
        let tax = cents(&invoice["totalTaxValue"]);
        assert_eq!(cents(&document["InInvoiceSubTotal"]), net, "invoice {id}");
        assert_eq!(
            cents(&document["InInvoiceTotal"]),
            net + tax,
            "invoice {id}"
        );
        compared += 1;
    }
    println!("totals compared: {compared}");
}

#[test]
fn long_descriptions_are_split_and_french_stays_whole() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    let document = &lab.acomba_invoices(158)[0];
    let lines = document["Lines"].as_array().expect("lines");
    let texts: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["ILDescription"].as_str())
        .collect();
    assert!(
        texts.iter().all(|text| text.chars().count() <= 90),
        "{texts:#?}"
    );
    assert!(texts.len() > 1, "it was longer than one line: {texts:#?}");
    assert!(texts.concat().contains("réseau sans fil"), "{texts:#?}");
}

#[test]
fn a_card_that_somebody_renumbered_is_still_recognised() {
    let lab = Lab::new();
    lab.in_acomba(
        json!({"do": "renumber", "interface": "Customer", "card_pos": 2, "number": "NOUVEAU"}),
    );
    lab.run_flow("invoices", 4);
    let document = &lab.acomba_invoices(155)[0];
    assert_eq!(document["InCustomerSupplierCP"], json!(2));
}

#[test]
fn thousands_of_invoices_are_paged_and_each_is_created_once() {
    let lab = Lab::new();
    lab.run_flow("invoices", 4);
    lab.in_autotask(json!({"do": "set", "switch": "latency", "value": "off"}));
    lab.in_autotask(json!({"do": "bulk_invoices", "count": 1200, "lines": 2,
        "billing_code_ids": [29683502, 29683511, 29683520]}));
    let summary = lab.run_flow("invoices", 0);
    assert_eq!(count(&summary, "invoices", "read"), 1200);
    // Acomba's seed holds an invoice with the reference AT-1198 already.
    assert_eq!(count(&summary, "invoices", "created"), 1199);
    assert_eq!(count(&summary, "invoices", "adopted"), 1);
    let told = lab.in_acomba(json!({"do": "summary"}));
    println!("1,200 invoices: {told}");
    assert_eq!(
        told["companies"]["acme"]["duplicate_references"],
        json!(0),
        "{told}"
    );
    let (autotask, acomba) = lab.calls();
    println!("calls: {autotask} {acomba}");
}
