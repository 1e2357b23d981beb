//! Quotes, orders and the others beside the invoice: one shape, told apart by type.

use crate::document::{schema_fields, DocumentKind, FIELDS, KINDS};
use crate::script_tests::{create, host, info, kinds, update};
use crate::{document_back, Acomba};
use liaison_sdk::prelude::*;

/// The entities, and the type of each on the wire.
const TYPES: [(&str, &str); 5] = [
    ("invoice", "ITp_Invoice"),
    ("quote", "ITp_Quotation"),
    ("order", "ITp_Order"),
    ("open_order", "ITp_OpenOrder"),
    ("contract", "ITp_Contract"),
];

/// A document as Acomba keeps it, everything told.
fn transaction(of_type: &str, card_pos: u64) -> Value {
    json!({"CardPos": card_pos, "Hash": "h", "ModifiedAt": "2026-03-05T14:00:00-05:00", "InInvoiceType": of_type,
        "InInvoiceNumber": "S-88", "InInvoicePrefix": "QC", "InCustomerSupplierCP": 57, "InInvoicedToCP": 41,
        "InSalespersonNumber": 7, "InReference": "PO 12", "InDescription": "Réseau", "InDate": "2026-03-04",
        "InTransactionActive": 1, "InStatus": 0, "InDiscount": 2.5, "InInvoiceSubTotal": 390, "InInvoiceTotal": 448.35,
        "Lines": [
            {"ILType": "IL_Freight", "ILLineNumber": 991, "ILTotalAmount": 15},
            {"ILType": "IL_Invoice", "ILLineNumber": 2, "ILProductNumber": "", "ILProductCP": 0, "ILProductGroupCP": 0,
             "ILProductGroupNumber": 0, "ILDescription": "Merci", "ILOrderedQty": 0, "ILInvoicedQty": 0,
             "ILSellingPrice": 0, "ILTotalAmount": 0},
            {"ILType": "IL_Invoice", "ILLineNumber": 1, "ILProductNumber": "INSTALL", "ILProductCP": 4,
             "ILProductGroupNumber": 600, "ILProductGroupCP": 12, "ILDescription": "Installation",
             "ILOrderedQty": 3, "ILInvoicedQty": 1, "ILSellingPrice": 125, "ILTotalAmount": 375},
            {"ILType": "IL_Tax", "ILLineNumber": 992, "ILProductNumber": "TPS", "ILProductCP": 2, "ILTotalAmount": 19.5}]})
}

fn body(entry: &Entry) -> Value {
    serde_json::from_str(&entry.body).unwrap()
}

#[test]
fn every_kind_comes_back_in_the_shape_of_the_invoice() {
    for (entity, of_type) in TYPES {
        let kind = KINDS
            .into_iter()
            .find(|kind| kind.entity == entity)
            .unwrap();
        let entry = document_back::entry(kind, &transaction(of_type, 512))
            .unwrap()
            .unwrap();
        // What an order has not delivered yet is not invoiced, and is ordered all the same.
        let quantity = if entity == "invoice" { "1" } else { "3" };
        let expected = json!({"id": "512", "type": entity, "number": "S-88", "prefix": "QC", "customer_id": "57",
            "invoiced_to_id": "41", "salesperson_number": "7", "reference": "PO 12", "description": "Réseau",
            "date": "2026-03-04", "active": true, "discount": "2.5", "subtotal": "390.00", "total": "448.35",
            "freight": "15.00", "modified_at": "2026-03-05T19:00:00Z",
            "taxes": [{"code": "TPS", "amount": "19.50"}],
            "lines": [
                {"kind": "product", "product_number": "INSTALL", "product_id": "4", "group_number": "600", "group_id": "12",
                 "description": "Installation", "quantity": quantity, "price": "125.00", "amount": "375.00"},
                {"kind": "comment", "product_number": null, "product_id": null, "group_number": null, "group_id": null,
                 "description": "Merci", "quantity": "0", "price": "0.00", "amount": "0.00"}]});
        assert_eq!(body(&entry), expected, "{entity}");
    }
}

#[test]
fn a_document_is_shown_by_the_entity_of_its_type_alone() {
    let shows = |kind: &DocumentKind, document: &Value| {
        let entry = document_back::entry(kind, document).unwrap();
        entry.map(|entry| entry.deleted)
    };
    for (entity, of_type) in TYPES {
        for kind in KINDS {
            let document = json!({"CardPos": 3, "InInvoiceType": of_type, "InStatus": 1});
            let expected = (kind.entity == entity).then_some(true);
            assert_eq!(
                shows(kind, &document),
                expected,
                "{of_type} {}",
                kind.entity
            );
        }
    }
    for kind in KINDS {
        let credit = json!({"CardPos": 3, "InInvoiceType": "ITp_Credit"});
        assert_eq!(shows(kind, &credit), None, "{}", kind.entity);
        // The answer to an addition, which only invoices have.
        let untold = (kind.entity == "invoice").then_some(false);
        assert_eq!(
            shows(kind, &json!({"CardPos": 3})),
            untold,
            "{}",
            kind.entity
        );
    }
}

#[test]
fn a_document_that_has_become_another_is_no_longer_active() {
    for (flag, active) in [(json!(1), true), (json!(0), false)] {
        let mut quote = transaction("ITp_Quotation", 3);
        quote["InTransactionActive"] = flag;
        let entry = document_back::entry(KINDS[1], &quote).unwrap().unwrap();
        assert_eq!(
            (&body(&entry)["active"], entry.deleted),
            (&json!(active), false)
        );
    }
}

#[test]
fn the_schema_has_every_field_and_only_an_invoice_takes_some() {
    for kind in KINDS {
        let schema = schema::object(&schema_fields(kind));
        let fields = schema["properties"].as_object().unwrap();
        let mut names = FIELDS.to_vec();
        names.sort_unstable();
        assert!(fields.keys().eq(names), "{}", kind.entity);
        let mut writable: Vec<&str> = fields
            .iter()
            .filter(|(_, field)| field["x-liaison-read-only"] != true)
            .map(|(name, _)| name.as_str())
            .collect();
        writable.sort_unstable();
        let expected: &[&str] = match kind.entity {
            "invoice" => &[
                "customer_id",
                "date",
                "description",
                "freight",
                "lines",
                "reference",
                "subtotal",
                "taxes",
                "total",
            ],
            _ => &[],
        };
        assert_eq!(writable, expected, "{}", kind.entity);
        assert_eq!(fields["customer_id"]["x-liaison-ref"], "customer");
        assert_eq!(
            fields["lines"]["items"]["properties"]["group_id"]["x-liaison-ref"],
            "product_group"
        );
    }
}

#[test]
fn a_walk_shows_one_kind_goes_past_the_others_and_says_what_it_does_not_know() {
    let page = |at: u64, last: bool| {
        json!({"has_more": !last, "items": [
            transaction("ITp_Invoice", at), transaction("ITp_Order", at + 1), transaction("ITp_Achat", at + 2),
            transaction("ITp_Credit", at + 3), transaction("ITp_Achat", at + 4)]})
    };
    let host = host()
        .on("GET /info", info())
        .on(
            "GET /v1/acme/Transaction/changes?modified_at=1970-01-01T00%3A00%3A00Z&card_pos=0&limit=200",
            page(10, false),
        )
        .on("GET Transaction/changes?modified_at=2026-03-05T14%3A00%3A00-05%3A00&card_pos=14&limit=200", page(20, true));
    let first = Acomba.changes(&host, "order", None, &[], 500).unwrap();
    let last = Acomba
        .changes(&host, "order", first.next, &[], 500)
        .unwrap();
    host.assert_done();
    let ids: Vec<&str> = [&first.entries, &last.entries]
        .into_iter()
        .flatten()
        .map(|entry| entry.id.as_str())
        .collect();
    assert_eq!((ids, last.complete), (vec!["11", "21"], true));
    let lines = host.lines.borrow();
    let strange: Vec<&String> = lines.iter().filter(|line| line.contains("ITp_")).collect();
    assert_eq!(strange.len(), 2, "{lines:?}");
    assert!(strange[0].contains("ITp_Achat"));
}

#[test]
fn a_document_is_read_and_found_as_what_it_is() {
    for (entity, of_type) in &TYPES[1..] {
        let host = host()
            .on("GET /info", info())
            .on("GET /v1/acme/Transaction/3", transaction(of_type, 3))
            .on("GET /v1/acme/Transaction/4", transaction("ITp_Invoice", 4))
            .on("GET /info", info())
            .on(
                &format!("GET /v1/acme/Transaction?InInvoiceType={of_type}&InReference=PO%2012"),
                json!({"items": [transaction(of_type, 3)]}),
            )
            .on(
                &format!("GET Transaction/key/1?InInvoiceType={of_type}&InInvoiceNumber=S-88"),
                transaction(of_type, 3),
            );
        let read = Acomba
            .read(&host, entity, &["3".to_owned(), "4".to_owned()])
            .unwrap();
        assert_eq!(
            (read[0].is_some(), read[1].is_some()),
            (true, false),
            "{entity}"
        );
        let query = |field: &str, value: &str| vec![(field.to_owned(), json!(value).to_string())];
        let queries = [query("reference", "PO 12"), query("number", "S-88")];
        let found = Acomba.find(&host, entity, &queries).unwrap();
        assert_eq!(
            found.iter().map(Vec::len).collect::<Vec<_>>(),
            [1, 1],
            "{entity}"
        );
        host.assert_done();
    }
}

#[test]
fn only_invoices_are_entered() {
    let new = create(json!({"customer_id": "57", "reference": "X", "lines": [], "taxes": []}));
    for (entity, _) in &TYPES[1..] {
        let host = host().on("GET /info", info());
        let delete = Operation {
            action: Action::Delete,
            ..update("3", None, json!({}))
        };
        let operations = [new.clone(), update("3", None, json!({})), delete];
        use FaultKind as K;
        assert_eq!(
            kinds(&Acomba.write(&host, entity, &operations)),
            [Some(K::Internal), Some(K::Internal), Some(K::Rejected)],
            "{entity}"
        );
        host.assert_done();
    }
}
