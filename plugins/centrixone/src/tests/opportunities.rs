//! Opportunities: documents with lines, for the customer's primary contact.

use super::*;

const OURS: &str = "acomba-tx:ITp_Invoice:10082:57";

fn document() -> Value {
    json!({"external_id": OURS, "customer_id": "88", "title": "10082", "stage_id": "9", "rep_id": "501", "date": "2026-03-05",
        "lines": [{"revenue_category_id": "31", "product_code": "INSTALL", "description": "Installation", "quantity": "2",
            "unit_price": "125.00"}, {"description": "Note", "quantity": null}],
        "freight": "15.00", "discount": "0", "total": "345.00"})
}

/// What a create reads before it sends: what is there already, and the customer.
fn before(host: ScriptHost) -> ScriptHost {
    host.gets(
        "Opportunities",
        "Eacomba-tx:ITp_Invoice:10082:57",
        json!([]),
    )
    .has_list()
    .gets("Accounts", "A88", json!([account(88)]))
    .gets(
        "Contacts",
        "A88,S7",
        json!([
            contact(1250, 88, "2025-01-01"),
            contact(1234, 88, "2024-02-01")
        ]),
    )
}

#[test]
fn a_document_goes_out_with_its_lines_and_the_primary_contact() {
    let stored = json!([{"id": 7001, "external_id": OURS, "account_id": 88, "contact_id": 1234, "title": "10082", "stage_id": 9,
        "rep1": 501, "date": "2026-03-05", "freight": 15.0, "discount": 0, "total": 345.0,
        "lines": [{"revenue_category_id": 31, "product_code": "INSTALL", "description": "Installation", "quantity": 2, "unit_price": 125.0}]}]);
    let host = before(host())
        .posts("Opportunities", json!([{"id": 7001, "external_id": OURS}]))
        .gets("Opportunities", "O7001", stored)
        .gets("Stages", "all", json!([]));
    let outcomes = write(&host, "opportunity", &[create(document())]);
    assert_eq!(told(&outcomes[0]), Ok("7001"));
    let raw = String::from_utf8(host.sent.borrow()[4].body.clone()).unwrap();
    assert!(
        raw.contains("\"unit_price\":125.00") && raw.contains("\"quantity\":2,"),
        "{raw}"
    );
    let row = &sent(&host, 4)[0];
    assert_eq!(
        (
            &row["account_id"],
            &row["contact_id"],
            &row["stage_id"],
            &row["rep1"]
        ),
        (&json!(88), &json!(1234), &json!(9), &json!(501))
    );
    assert_eq!(row["lines"][1], json!({"description": "Note"}));
    let shown = filter::value(outcomes[0].as_ref().unwrap().body.as_ref().unwrap());
    assert_eq!(
        shown,
        json!({"id": "7001", "external_id": OURS, "customer_id": "88", "contact_id": "1234", "title": "10082", "stage_id": "9",
            "rep_id": "501", "date": "2026-03-05", "freight": "15.0", "discount": "0", "total": "345.0",
            "lines": [{"revenue_category_id": "31", "product_code": "INSTALL", "description": "Installation", "quantity": "2", "unit_price": "125.0"}]})
    );
}

#[test]
fn a_document_that_is_there_is_edited() {
    let host = host()
        .gets(
            "Opportunities",
            "Eacomba-tx:ITp_Invoice:10082:57",
            json!([{"id": 7001, "external_id": OURS}]),
        )
        .has_list()
        .gets("Accounts", "A88", json!([account(88)]))
        .gets(
            "Contacts",
            "A88,S7",
            json!([contact(1234, 88, "2024-02-01")]),
        )
        .posts("Opportunities", json!([{"id": 7001}]))
        .gets("Opportunities", "O7001", json!([]));
    assert_eq!(
        told(&write(&host, "opportunity", &[create(document())])[0]),
        Ok("7001")
    );
    assert_eq!(sent(&host, 4)[0]["id"], 7001);
}

#[test]
fn an_update_sends_what_changed_and_asks_for_no_customer() {
    let host = host().posts("Opportunities", json!([{"id": 7001}])).gets(
        "Opportunities",
        "O7001",
        json!([]),
    );
    let fields = json!({"stage_id": "8", "freight": null});
    assert_eq!(
        told(&write(&host, "opportunity", &[update("7001", None, fields)])[0]),
        Ok("7001")
    );
    assert_eq!(
        sent(&host, 0),
        json!([{"id": 7001, "stage_id": 8, "freight": ""}])
    );
}

#[test]
fn a_customer_without_a_contact_is_told_before_anything_is_sent() {
    let ours = |host: ScriptHost| {
        host.gets(
            "Opportunities",
            "Eacomba-tx:ITp_Invoice:10082:57",
            json!([]),
        )
        .has_list()
    };
    let gone = ours(host()).gets("Accounts", "A88", json!([]));
    let outside = ours(host())
        .gets("Accounts", "A88", json!([account(88)]))
        .gets("Contacts", "A88,S7", json!([]))
        .gets_few("Contacts", "S7", json!([]));
    for (host, key) in [
        (gone, "crm_account_missing"),
        (outside, "crm_contact_missing"),
    ] {
        let outcomes = write(&host, "opportunity", &[create(document())]);
        assert_eq!(
            told(&outcomes[0]),
            Err((FaultKind::MissingReference, key, Some("customer_id")))
        );
    }
}

#[test]
fn a_500_is_traced_to_what_the_document_refers_to() {
    for (gone, key, field) in [
        ("Users", "crm_user_missing", "rep_id"),
        ("Stages", "crm_stage_missing", "stage_id"),
        (
            "RevenueCategories",
            "crm_category_missing",
            "lines[0].revenue_category_id",
        ),
        ("Contacts", "crm_contact_missing", "contact_id"),
        ("Accounts", "crm_account_missing", "customer_id"),
    ] {
        let mut host = before(host()).refuses("Opportunities", 500, "Internal Server Error");
        for (object, filter, row) in [
            ("Accounts", "A88", json!({"id": 88})),
            ("Contacts", "C1234", json!({"id": 1234})),
            ("Stages", "G9", json!({"id": 9})),
            ("Users", "U501", json!({"id": 501})),
            ("RevenueCategories", "R31", json!({"id": 31})),
        ] {
            let rows = if object == gone {
                json!([])
            } else {
                json!([row])
            };
            host = host.gets(object, filter, rows);
            if object == gone {
                break;
            }
        }
        let outcomes = write(&host, "opportunity", &[create(document())]);
        assert_eq!(
            told(&outcomes[0]),
            Err((FaultKind::MissingReference, key, Some(field)))
        );
    }
    let host = host()
        .refuses("Opportunities", 500, "Internal Server Error")
        .gets("Opportunities", "O7001", json!([]));
    let outcomes = write(
        &host,
        "opportunity",
        &[update("7001", None, json!({"title": "x"}))],
    );
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::NotFound, "crm_opportunity_missing", None))
    );
}

#[test]
fn one_document_with_a_missing_representative_stops_no_other() {
    let second = "acomba-tx:ITp_Invoice:10083:57";
    let mut other = document();
    other["external_id"] = json!(second);
    other["rep_id"] = json!("999");
    let filter = "Eacomba-tx:ITp_Invoice:10082:57,Eacomba-tx:ITp_Invoice:10083:57";
    let host = host()
        .gets("Opportunities", filter, json!([]))
        .has_list()
        .gets("Accounts", "A88", json!([account(88)]))
        .gets(
            "Contacts",
            "A88,S7",
            json!([contact(1234, 88, "2024-02-01")]),
        )
        .refuses("Opportunities", 500, "Internal Server Error")
        .gets("Opportunities", filter, json!([]))
        .posts("Opportunities", json!([{"id": 7001, "external_id": OURS}]))
        .refuses("Opportunities", 500, "Internal Server Error")
        .gets("Accounts", "A88", json!([{"id": 88}]))
        .gets("Contacts", "C1234", json!([{"id": 1234}]))
        .gets("Stages", "G9", json!([{"id": 9}]))
        .gets("Users", "U999", json!([]))
        .gets("Opportunities", "O7001", json!([]));
    let outcomes = write(&host, "opportunity", &[create(document()), create(other)]);
    assert_eq!(told(&outcomes[0]), Ok("7001"));
    assert_eq!(
        told(&outcomes[1]),
        Err((
            FaultKind::MissingReference,
            "crm_user_missing",
            Some("rep_id")
        ))
    );
}

#[test]
fn what_is_no_document_is_refused_by_name() {
    let with = |name: &str, value: Value| {
        let mut body = document();
        body[name] = value;
        body
    };
    for (body, key, field) in [
        (with("lines", json!("none")), "centrixone-unfit", "lines"),
        (
            with("lines", json!([{"quantity": "two"}])),
            "centrixone-unfit",
            "lines[0].quantity",
        ),
        (
            with("lines", json!([{}, {"colour": "red"}])),
            "centrixone-no-field",
            "lines[1].colour",
        ),
        (
            with("date", json!("2026-02-30")),
            "centrixone-unfit",
            "date",
        ),
    ] {
        let outcomes = write(&before(host()), "opportunity", &[create(body)]);
        assert_eq!(
            told(&outcomes[0]),
            Err((FaultKind::Rejected, key, Some(field)))
        );
    }
    let host = host().gets(
        "Opportunities",
        "Eacomba-tx:ITp_Invoice:10082:57",
        json!([]),
    );
    let outcomes = write(
        &host,
        "opportunity",
        &[create(with("customer_id", Value::Null))],
    );
    assert_eq!(
        told(&outcomes[0]),
        Err((
            FaultKind::Rejected,
            "centrixone-no-customer",
            Some("customer_id")
        ))
    );
}
