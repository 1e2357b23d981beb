//! What is sent, and what comes of it.

use super::*;

#[test]
fn a_new_sales_order_is_looked_for_and_then_sent_in_the_vendors_terms() {
    let host = host()
        .on(&search("sales-orders", "1007"), json!([]))
        .reply(&post("sales-orders"), Reply::Json(201, order("o1")));
    let outcome = write(
        &host,
        "sales_order",
        create(
            json!({"id": null, "code": "1007", "customer_code": "ALMA", "status": null, "due_date": "2026-03-20",
            "custom_fields": {"Route": "7"}, "updated_at": "2026-03-04T12:00:00Z",
            "lines": [{"product_code": "P1", "quantity": "10", "unit_price": "12.50", "quantity_shipped": "0", "observations": null}]}),
        ),
    );
    assert_eq!(
        host.body(1),
        json!({"code": "1007", "client": "ALMA", "due-date": "2026-03-20T00:00:00", "custom-fields": {"Route": "7"},
            "products": [{"product": "P1", "quantity-ordered": 10, "unit-price": decimal::to_number(&json!("12.50"))}]})
    );
    let sent = String::from_utf8(host.sent.borrow()[1].body.clone()).unwrap();
    assert!(sent.contains("12.50"), "{sent}");
    let applied = outcome.unwrap();
    assert_eq!(
        (applied.id.as_str(), applied.version.as_deref()),
        ("o1", Some("2026-03-04T12:00:00Z"))
    );
    assert_eq!(
        filter::value(&applied.body.unwrap())["customer_code"],
        "ALMA"
    );
}

#[test]
fn without_a_code_a_new_record_carries_the_token() {
    let host = host()
        .on(&search("clients", TOKEN), json!([]))
        .on(&post("clients"), json!({"id": "c1", "code": TOKEN}));
    let outcome = write(&host, "customer", create(json!({"name": "Alma"})));
    assert_eq!(told(&outcome), Ok("c1"));
    assert_eq!(host.body(1), json!({"name": "Alma", "code": TOKEN}));
}

#[test]
fn a_code_that_is_there_is_named_and_nothing_is_sent() {
    let host = host().on(
        &search("products", "P1"),
        json!([{"id": "p1", "code": "p1 "}]),
    );
    let outcome = write(&host, "product", create(json!({"code": "P1"})));
    assert_eq!(
        told(&outcome),
        Err((FaultKind::Exists, "fusion-there", Some("code")))
    );
    assert_eq!(outcome.unwrap_err().existing.as_deref(), Some("p1"));
}

#[test]
fn a_duplicate_that_the_vendor_finds_is_named_if_it_can_be() {
    for (rows, kind, existing) in [
        (
            json!([{"id": "p1", "code": "P1"}]),
            FaultKind::Exists,
            Some("p1"),
        ),
        (json!([]), FaultKind::Rejected, None),
    ] {
        let host = host()
            .on(&search("products", "P1"), json!([]))
            .reply(
                &post("products"),
                refusal(409, "duplicate", "Code P1 is taken"),
            )
            .on(&search("products", "P1"), rows);
        let fault = write(&host, "product", create(json!({"code": "P1"}))).unwrap_err();
        assert_eq!((fault.kind, fault.existing.as_deref()), (kind, existing));
        assert_eq!(fault.vendor_text.as_deref(), Some("Code P1 is taken"));
    }
}

#[test]
fn a_record_that_is_accepted_without_a_word_is_looked_for() {
    for answer in [whole(204, &[], ""), Reply::Json(200, json!({}))] {
        let host = host()
            .on(&search("products", "P1"), json!([]))
            .reply(&post("products"), answer)
            .on(
                &search("products", "P1"),
                json!([{"id": "p1", "code": "P1"}]),
            );
        assert_eq!(
            told(&write(&host, "product", create(json!({"code": "P1"})))),
            Ok("p1")
        );
    }
    let host = host()
        .on(&search("products", "P1"), json!([]))
        .reply(&post("products"), whole(204, &[], ""))
        .on(&search("products", "P1"), json!([]));
    assert_eq!(
        told(&write(&host, "product", create(json!({"code": "P1"})))),
        Err((FaultKind::OutcomeUnknown, "fusion-untold", None))
    );
}

#[test]
fn two_of_one_code_in_a_call_are_one_record() {
    let host = host()
        .on(&search("products", "P1"), json!([]))
        .on(&post("products"), json!({"id": "p1", "code": "P1"}));
    let twice = [create(json!({"code": "P1"})), create(json!({"code": "P1"}))];
    let outcomes = FusionOperations.write(&host, "product", &twice);
    host.assert_done();
    assert_eq!(told(&outcomes[0]), Ok("p1"));
    assert_eq!(
        outcomes[1].as_ref().unwrap_err().existing.as_deref(),
        Some("p1")
    );
}

#[test]
fn a_refused_operation_stops_no_other() {
    let host = host()
        .on(&search("products", "P1"), json!([]))
        .on(&search("products", "P2"), json!([]))
        .reply(
            &post("products"),
            refusal(400, "invalid", "name is required"),
        )
        .on(&post("products"), json!({"id": "p2", "code": "P2"}));
    let delete = Operation {
        action: Action::Delete,
        id: Some("p9".to_owned()),
        ..create(json!({}))
    };
    let outcomes = FusionOperations.write(
        &host,
        "product",
        &[
            create(json!({"code": "P1"})),
            create(json!({"code": "P0", "cost": "much"})),
            delete,
            create(json!({"code": "P2"})),
        ],
    );
    host.assert_done();
    let found: Vec<_> = outcomes.iter().map(told).collect();
    assert_eq!(
        found,
        [
            Err((FaultKind::Rejected, "fusion-rejected", None)),
            Err((FaultKind::Rejected, "fusion-unfit", Some("cost"))),
            Err((FaultKind::Rejected, "fusion-no-delete", None)),
            Ok("p2")
        ]
    );
}

#[test]
fn what_the_vendor_does_not_have_is_told_with_its_field() {
    for (message, field) in [
        ("Unknown client ALMA", Some("customer_code")),
        ("Product P2 does not exist", Some("lines[1].product_code")),
        ("Something is missing", None),
    ] {
        let host = host()
            .on(&search("sales-orders", "1"), json!([]))
            .reply(&post("sales-orders"), refusal(422, "unknown", message));
        let lines = json!([{"product_code": "P1"}, {"product_code": "P2"}]);
        let outcome = write(
            &host,
            "sales_order",
            create(json!({"code": "1", "customer_code": "ALMA", "lines": lines})),
        );
        assert_eq!(
            told(&outcome),
            Err((
                FaultKind::MissingReference,
                "fusion-missing-reference",
                field
            ))
        );
        assert_eq!(outcome.unwrap_err().vendor_text.as_deref(), Some(message));
    }
}

#[test]
fn ids_are_sent_as_the_codes_they_stand_for() {
    let host = host()
        .on(&get("clients/c1"), json!({"id": "c1", "code": "ALMA"}))
        .on(&get("products/p1"), json!({"id": "p1", "code": "P1"}))
        .on(&search("sales-orders", "1"), json!([]))
        .on(&post("sales-orders"), order("o1"));
    let body = json!({"code": "1", "customer_id": "c1",
        "lines": [{"product_id": "p1", "quantity": "1"}, {"product_id": "p1", "quantity": "2"}]});
    assert_eq!(told(&write(&host, "sales_order", create(body))), Ok("o1"));
    assert_eq!(
        host.body(3),
        json!({"code": "1", "client": "ALMA",
            "products": [{"product": "P1", "quantity-ordered": 1}, {"product": "P1", "quantity-ordered": 2}]})
    );
}

#[test]
fn an_id_that_is_gone_is_a_missing_reference() {
    let host = host()
        .on(&get("clients/c1"), json!({"id": "c1", "code": "ALMA"}))
        .reply(&get("products/p9"), refusal(404, "x", "y"));
    let body = json!({"code": "1", "customer_id": "c1", "lines": [{"product_id": "p9"}]});
    assert_eq!(
        told(&write(&host, "sales_order", create(body))),
        Err((
            FaultKind::MissingReference,
            "fusion-no-such-reference",
            Some("lines[0].product_id")
        ))
    );
}

#[test]
fn an_update_sends_what_changes() {
    let mut changed = order("o1");
    changed["observations"] = json!("Ring");
    let host = host()
        .on(&get("sales-orders/o1"), order("o1"))
        .on(&put("sales-orders/o1"), changed);
    let outcome = write(
        &host,
        "sales_order",
        update(
            "o1",
            Some("2026-03-04T12:00:00Z"),
            json!({"observations": "Ring", "code": "SO-o1", "due_date": "2026-03-20", "updated_at": "2026-03-04T12:00:00Z",
                "tags": null, "custom_fields": {"Colour": "red"}}),
        ),
    );
    assert_eq!(
        host.body(1),
        json!({"observations": "Ring", "tags": null, "custom-fields": {"Route": "7", "Colour": "red"}})
    );
    assert_eq!(told(&outcome), Ok("o1"));
}

#[test]
fn an_update_may_send_the_record_whole() {
    let host = with(json!({"resolve_ids": false, "updates": "whole"}))
        .on(&get("sales-orders/o1"), order("o1"))
        .on(&put("sales-orders/o1"), order("o1"));
    write(
        &host,
        "sales_order",
        update("o1", None, json!({"status": "closed"})),
    )
    .unwrap();
    let mut expected = order("o1");
    expected["status"] = json!("closed");
    let expected = expected.as_object_mut().unwrap();
    for property in ["id", "created-at", "updated-at"] {
        expected.remove(property);
    }
    assert_eq!(host.body(1), json!(expected));
}

#[test]
fn lines_are_sent_whole_with_what_we_do_not_know_of_them() {
    let mut before = order("o1");
    before["products"][1]["stage"] = json!("cut");
    let host = host()
        .on(&get("sales-orders/o1"), before)
        .on(&put("sales-orders/o1"), order("o1"));
    let lines = json!([{"product_code": "P2", "quantity": "3", "unit_price": "4"}, {"product_code": "P9", "quantity": "1"}]);
    write(
        &host,
        "sales_order",
        update("o1", None, json!({"lines": lines})),
    )
    .unwrap();
    assert_eq!(
        host.body(1),
        json!({"products": [
            {"product": "P2", "quantity-ordered": 3, "quantity-shipped": 0, "unit-price": 4, "stage": "cut"},
            {"product": "P9", "quantity-ordered": 1}]})
    );
}

#[test]
fn what_does_not_change_is_not_sent() {
    let host = host().on(&get("sales-orders/o1"), order("o1"));
    let same = json!({"customer_code": "ALMA", "document_date": "2026-03-02", "lines": [
        {"product_code": "P1", "quantity": "10", "unit_price": "12.50", "observations": "red"},
        {"product_code": "P2", "quantity": "2.5", "unit_price": "4"}]});
    let outcome = write(&host, "sales_order", update("o1", None, same));
    assert!(outcome.unwrap().body.is_some());
}

#[test]
fn updates_that_cannot_be_are_not_sent() {
    for (operation, expected) in [
        (
            update(
                "o1",
                Some("2026-03-01T00:00:00Z"),
                json!({"status": "closed"}),
            ),
            (FaultKind::Conflict, "fusion-changed", None),
        ),
        (
            update("o1", None, json!({"asn_sent": true})),
            (FaultKind::Rejected, "fusion-read-only", Some("asn_sent")),
        ),
        (
            update("o1", None, json!({"colour": "red"})),
            (FaultKind::Rejected, "fusion-no-field", Some("colour")),
        ),
        (
            update(
                "o1",
                None,
                json!({"lines": [{"product_code": "P1", "price": "1"}]}),
            ),
            (
                FaultKind::Rejected,
                "fusion-no-field",
                Some("lines[0].price"),
            ),
        ),
    ] {
        let host = host().on(&get("sales-orders/o1"), order("o1"));
        assert_eq!(told(&write(&host, "sales_order", operation)), Err(expected));
    }
    // Gone, or another record that has this id for its code.
    for reply in [refusal(404, "x", "y"), Reply::Json(200, order("o1"))] {
        let host = host().reply(&get("sales-orders/o9"), reply);
        assert_eq!(
            told(&write(&host, "sales_order", update("o9", None, json!({})))),
            Err((FaultKind::NotFound, "fusion-gone", None))
        );
    }
}

#[test]
fn an_update_that_is_answered_without_a_word_is_read_back() {
    let host = host()
        .on(&get("clients/c1"), json!({"id": "c1", "name": "A"}))
        .reply(&put("clients/c1"), whole(204, &[], ""))
        .on(&get("clients/c1"), json!({"id": "c1", "name": "B"}));
    let applied = write(&host, "customer", update("c1", None, json!({"name": "B"}))).unwrap();
    assert_eq!(filter::value(&applied.body.unwrap())["name"], "B");
    // That it cannot be read back does not undo it.
    let host = super::host()
        .on(&get("clients/c1"), json!({"id": "c1", "name": "A"}))
        .reply(&put("clients/c1"), whole(204, &[], ""))
        .reply(&get("clients/c1"), page());
    let applied = write(&host, "customer", update("c1", None, json!({"name": "B"}))).unwrap();
    assert_eq!((applied.id.as_str(), applied.body), ("c1", None));
}

#[test]
fn a_new_work_order_is_the_documented_body() {
    let host = host()
        .on(&search("production-orders", "V23076"), json!([]))
        .on(
            &post("production-orders"),
            json!({"id": "w1", "code": "V23076"}),
        );
    let body = json!({"code": "V23076", "starts_at": "2017-04-01T02:15:15Z", "due_at": "2017-04-25T22:15:15Z",
        "lines": [{"product_code": "Prod1", "quantity": "500"}], "worker_numbers": ["1", "2"], "machine_codes": ["M1"],
        "status": "0"});
    assert_eq!(told(&write(&host, "work_order", create(body))), Ok("w1"));
    assert_eq!(
        host.body(1),
        json!({"code": "V23076", "start-date": "2017-04-01T02:15:15Z", "due-date": "2017-04-25T22:15:15Z",
            "products": [{"product": "Prod1", "quantity-ordered": 500}],
            "workers-assigned": [{"number": "1"}, {"number": "2"}], "machines": [{"code": "M1"}], "status": 0})
    );
}

#[test]
fn a_shipment_is_put_into_its_order_once() {
    let made = json!({"sales_order_id": "o1", "customer_code": "ALMA", "date": "2026-03-05", "tracking": "1Z",
        "lines": [{"product_code": "P1", "quantity": "10", "lot": "A", "unit_price": "12.50"}]});
    let host = host()
        .on(&get("sales-orders/o1"), order("o1"))
        .on(&put("sales-orders/o1"), shipped("o1"));
    let applied = write(&host, "shipment", create(made.clone())).unwrap();
    assert_eq!(
        host.body(1),
        json!({"shipping": {"date": "2026-03-05T00:00:00", "tracking": "1Z",
            "products": [{"product": "P1", "quantity": 10, "lot": "A"}]}})
    );
    assert_eq!(applied.id, "o1");
    // Sent again, after an answer that was lost: it is there.
    let host = super::host().on(&get("sales-orders/o1"), shipped("o1"));
    let fault = write(&host, "shipment", create(made)).unwrap_err();
    assert_eq!(
        (fault.kind, fault.existing.as_deref()),
        (FaultKind::Exists, Some("o1"))
    );
}

#[test]
fn a_shipment_needs_an_order_and_something_moved() {
    for (body, row, expected) in [
        (
            json!({"date": "2026-03-05"}),
            None,
            (
                FaultKind::Rejected,
                "fusion-needs-order",
                Some("sales_order_id"),
            ),
        ),
        (
            json!({"sales_order_id": "o1", "date": "2026-03-05"}),
            Some(refusal(404, "x", "y")),
            (
                FaultKind::MissingReference,
                "fusion-no-such-order",
                Some("sales_order_id"),
            ),
        ),
        (
            json!({"sales_order_id": "o1", "tracking": "1Z"}),
            Some(Reply::Json(200, order("o1"))),
            (FaultKind::Rejected, "fusion-nothing-moved", Some("date")),
        ),
    ] {
        let host = match row {
            None => host(),
            Some(reply) => host().reply(&get("sales-orders/o1"), reply),
        };
        assert_eq!(told(&write(&host, "shipment", create(body))), Err(expected));
    }
}

#[test]
fn a_shipment_can_be_changed_after_the_movement() {
    let host = host()
        .on(&get("sales-orders/o1"), shipped("o1"))
        .on(&put("sales-orders/o1"), shipped("o1"));
    write(
        &host,
        "shipment",
        update("o1", None, json!({"tracking": "2Z"})),
    )
    .unwrap();
    let mut expected = shipped("o1")["shipping"].clone();
    expected["tracking"] = json!("2Z");
    assert_eq!(host.body(1), json!({ "shipping": expected }));
    let host = super::host().on(&get("sales-orders/o1"), order("o1"));
    assert_eq!(
        told(&write(
            &host,
            "shipment",
            update("o1", None, json!({"tracking": "2Z"}))
        )),
        Err((FaultKind::NotFound, "fusion-gone", None))
    );
}

#[test]
fn time_is_read_only() {
    for entity in ["time_record", "task_duration", "worker", "stock"] {
        let fault = write(&host(), entity, create(json!({}))).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Internal, "{entity}");
    }
}
