//! Both ways of an invoice, as tables.

use crate::document::INVOICE;
use crate::{document_back, invoice, invoice_names};
use liaison_sdk::prelude::*;

/// The example of the bridge's reference.
fn autotask_1205() -> Value {
    json!({"customer_id": "57", "reference": "AT-1205", "description": "Autotask 1205", "date": "2026-03-05",
        "lines": [
            {"kind": "product", "product_number": "INSTALL", "description": "Installation", "quantity": "2", "price": "125.00", "amount": "250.00"},
            {"kind": "product", "product_number": null, "group_number": "600", "description": "Main-d'œuvre hors catalogue", "quantity": "1.0000", "price": "80", "amount": "80.00"}],
        "freight": "15.00",
        "taxes": [{"code": "TPS", "amount": "17.25"}, {"code": "TVQ", "amount": "34.41"}],
        "subtotal": "345.00", "total": "396.66"})
}

fn document(body: &Value) -> Result<Value, Fault> {
    invoice::document(body.as_object().unwrap()).map(|document| document.card)
}

/// The body of the example with one thing changed, and what it is refused for.
#[track_caller]
fn refused(path: &str, value: Value, key: &str, field: &str) {
    let mut body = autotask_1205();
    *body.pointer_mut(path).unwrap() = value;
    let fault = document(&body).unwrap_err();
    assert_eq!(
        (fault.message.key.as_str(), fault.field.as_deref()),
        (key, Some(field)),
        "{path}"
    );
    assert_eq!(fault.kind, FaultKind::Rejected);
}

#[test]
fn the_example_of_the_reference_goes_out_as_it_stands_there() {
    let expected = json!({"InInvoiceType": "ITp_Invoice", "InCustomerSupplierCP": 57, "InReference": "AT-1205",
        "InDescription": "Autotask 1205", "InDate": "2026-03-05",
        "Lines": [
            {"ILType": "IL_Invoice", "ILLineNumber": 1, "ILProductNumber": "INSTALL", "ILDescription": "Installation",
             "ILInvoicedQty": 2, "ILOrderedQty": 2, "ILSellingPrice": 125, "ILTotalAmount": 250},
            {"ILType": "IL_Invoice", "ILLineNumber": 2, "ILProductNumber": "", "ILProductGroupNumber": 600,
             "ILDescription": "Main-d'œuvre hors catalogue", "ILInvoicedQty": 1, "ILOrderedQty": 1, "ILSellingPrice": 80, "ILTotalAmount": 80},
            {"ILType": "IL_Freight", "ILLineNumber": 991, "ILTotalAmount": 15},
            {"ILType": "IL_Tax", "ILLineNumber": 992, "ILProductNumber": "TPS", "ILTotalAmount": 17.25},
            {"ILType": "IL_Tax", "ILLineNumber": 993, "ILProductNumber": "TVQ", "ILTotalAmount": 34.41}],
        "InInvoiceSubTotal": 345, "InInvoiceTotal": 396.66});
    assert_eq!(
        document(&autotask_1205()).unwrap().to_string(),
        expected.to_string()
    );
}

#[test]
fn totals_that_are_not_given_are_added_up() {
    let mut body = autotask_1205();
    for name in ["subtotal", "total"] {
        body.as_object_mut().unwrap().remove(name);
    }
    let document = document(&body).unwrap();
    assert_eq!(document["InInvoiceSubTotal"].to_string(), "345");
    assert_eq!(document["InInvoiceTotal"].to_string(), "396.66");
}

#[test]
fn a_long_description_goes_on_in_comment_lines() {
    let mut body = autotask_1205();
    body["lines"][0]["description"] = json!(format!("{}\nfin", "mot ".repeat(30)));
    body["lines"][1] = json!({"kind": "comment", "description": "é".repeat(100)});
    let document = document(&body).unwrap();
    let lines = document["Lines"].as_array().unwrap();
    let shape: Vec<(u64, &str, usize, String)> = lines[..5]
        .iter()
        .map(|line| {
            let characters = line["ILDescription"].as_str().unwrap().chars().count();
            (
                line["ILLineNumber"].as_u64().unwrap(),
                line["ILProductNumber"].as_str().unwrap(),
                characters,
                line["ILTotalAmount"].to_string(),
            )
        })
        .collect();
    let expected = [
        (1, "INSTALL", 87, "250"),
        (2, "", 31, "0"),
        (3, "", 3, "0"),
        (4, "", 90, "0"),
        (5, "", 10, "0"),
    ];
    assert_eq!(shape, expected.map(|(n, p, c, a)| (n, p, c, a.to_owned())));
    assert!(lines[1].get("ILProductGroupNumber").is_none());
    assert_eq!(lines[5]["ILLineNumber"], 991);
}

#[test]
fn what_acomba_could_not_take_is_refused_by_name() {
    refused("/customer_id", Value::Null, "acomba-missing", "customer_id");
    refused("/customer_id", json!("0"), "acomba-missing", "customer_id");
    refused(
        "/customer_id",
        json!("ABC"),
        "acomba-whole-number",
        "customer_id",
    );
    refused(
        "/reference",
        json!("  "),
        "acomba-no-reference",
        "reference",
    );
    refused("/date", json!("2026-02-30"), "acomba-no-day", "date");
    refused("/lines", json!("x"), "acomba-no-list", "lines");
    refused(
        "/lines/0/kind",
        json!("labour"),
        "acomba-line-kind",
        "lines[0].kind",
    );
    refused(
        "/lines/0/product_number",
        json!(""),
        "acomba-neither-product-nor-group",
        "lines[0].group_number",
    );
    refused(
        "/lines/1/group_number",
        json!("MAT"),
        "acomba-whole-number",
        "lines[1].group_number",
    );
    refused(
        "/lines/1/quantity",
        Value::Null,
        "acomba-missing",
        "lines[1].quantity",
    );
    refused(
        "/lines/1/price",
        json!("0.12345"),
        "acomba-too-many-decimals",
        "lines[1].price",
    );
    refused(
        "/lines/1/description",
        json!("Câble → salle"),
        "acomba-character",
        "lines[1].description",
    );
    refused(
        "/taxes/1/code",
        Value::Null,
        "acomba-missing",
        "taxes[1].code",
    );
    refused(
        "/taxes/0/amount",
        json!("x"),
        "acomba-no-number",
        "taxes[0].amount",
    );
    refused(
        "/total",
        json!("1.23456"),
        "acomba-too-many-decimals",
        "total",
    );
    let comment = json!({"kind": "comment", "description": "x"});
    refused(
        "/lines",
        Value::Array(vec![comment; 991]),
        "acomba-too-many-lines",
        "lines",
    );
}

#[test]
fn an_unknown_field_is_refused() {
    let mut body = autotask_1205();
    body["terms"] = json!("1");
    assert_eq!(document(&body).unwrap_err().field.as_deref(), Some("terms"));
}

#[test]
fn a_document_comes_back_line_by_line() {
    let mut document = document(&autotask_1205()).unwrap();
    for (name, value) in [
        ("CardPos", json!(512)),
        ("Hash", json!("h1")),
        ("InInvoiceNumber", json!("10082")),
        ("InInvoicePrefix", json!("")),
        ("InStatus", json!(0)),
    ] {
        document[name] = value;
    }
    let lines = document["Lines"].as_array_mut().unwrap();
    lines.insert(0, json!({"ILType": "IL_Invoice", "ILLineNumber": 3, "ILProductNumber": "", "ILProductGroupNumber": 0, "ILDescription": "Merci", "ILInvoicedQty": 0, "ILSellingPrice": 0, "ILTotalAmount": 0}));
    lines.push(json!({"ILType": "IL_Invoice", "ILLineNumber": 4, "ILProductNumber": "", "ILDescription": "divers", "ILInvoicedQty": 1, "ILSellingPrice": 5.5, "ILTotalAmount": 5.5}));
    let entry = document_back::entry(&INVOICE, &document).unwrap().unwrap();
    assert_eq!(
        (entry.id.as_str(), entry.version.as_deref(), entry.deleted),
        ("512", Some("h1"), false)
    );
    let body: Value = serde_json::from_str(&entry.body).unwrap();
    let expected = json!({"id": "512", "type": "invoice", "number": "10082", "prefix": null, "customer_id": "57", "reference": "AT-1205",
        "description": "Autotask 1205", "date": "2026-03-05", "subtotal": "345.00", "total": "396.66", "freight": "15.00",
        "taxes": [{"code": "TPS", "amount": "17.25"}, {"code": "TVQ", "amount": "34.41"}],
        "lines": [
            {"kind": "product", "product_number": "INSTALL", "product_id": null, "group_number": null, "group_id": null, "description": "Installation", "quantity": "2", "price": "125.00", "amount": "250.00"},
            {"kind": "product", "product_number": null, "product_id": null, "group_number": "600", "group_id": null, "description": "Main-d'œuvre hors catalogue", "quantity": "1", "price": "80.00", "amount": "80.00"},
            {"kind": "comment", "product_number": null, "product_id": null, "group_number": null, "group_id": null, "description": "Merci", "quantity": "0", "price": "0.00", "amount": "0.00"},
            {"kind": "product", "product_number": null, "product_id": null, "group_number": null, "group_id": null, "description": "divers", "quantity": "1", "price": "5.50", "amount": "5.50"}]});
    assert_eq!(body, expected);
}

#[test]
fn wire_names_are_translated_back_to_the_line_they_come_from() {
    let mut body = autotask_1205();
    body["lines"][0]["description"] = json!("un\ndeux");
    let origins = invoice::document(body.as_object().unwrap())
        .unwrap()
        .origins;
    assert_eq!(
        origins,
        ["lines[0]", "lines[0]", "lines[1]", "freight", "taxes[0]", "taxes[1]"]
    );
    for (wire, ours) in [
        ("InCustomerSupplierCP", Some("customer_id")),
        ("InReference", Some("reference")),
        ("Lines", Some("lines")),
        ("Lines[1].ILDescription", Some("lines[0].description")),
        (
            "Lines[2].ILProductGroupNumber",
            Some("lines[1].group_number"),
        ),
        ("Lines[3].ILTotalAmount", Some("freight")),
        ("Lines[5].ILProductNumber", Some("taxes[1].code")),
        ("Lines[4].ILTotalAmount", Some("taxes[0].amount")),
        ("ILDescription[0]", Some("lines[0].description")),
        ("ILProductGroupNumber", Some("lines.group_number")),
        ("InCurrentDay", None),
    ] {
        assert_eq!(
            invoice_names::name_of(wire, &origins).as_deref(),
            ours,
            "{wire}"
        );
    }
}
