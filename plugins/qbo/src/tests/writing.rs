//! What is sent, and what comes of it.

use super::*;

/// A company with a customer 1, an item 2, a vendor 3 and an account 4.
fn office() -> Office {
    let office = Office::new();
    office.add("Customer", json!({"DisplayName": "Alma"}));
    office.add("Item", json!({"Name": "Bolt", "FullyQualifiedName": "Parts:Bolt", "Type": "Inventory", "QtyOnHand": 5}));
    office.add("Vendor", json!({"DisplayName": "Acier"}));
    office.add("Account", json!({"Name": "Shrinkage"}));
    QuickBooksOnline
        .read(&office, "invoice", &["1".to_owned()])
        .unwrap();
    office.forget_requests();
    office
}

#[test]
fn a_new_invoice_is_one_call_under_its_own_request_id() {
    let office = office();
    let body = json!({"customer_id": "1", "number": "1007", "date": "2026-03-05", "memo": "Dock 3", "bill_city": "Alma", "due_date": null,
        "lines": [{"item_id": "2", "quantity": "3", "rate": "2.35", "description": "Bolts"}, {"kind": "text", "description": "Thanks"}]});
    let outcome = write_one(&office, "invoice", create(body.clone()));
    let applied = outcome.unwrap();
    let sent = office.sent.borrow()[0].clone();
    assert_eq!(
        sent.0,
        format!("POST invoice?requestid={TOKEN}&minorversion=75")
    );
    assert_eq!(
        sent.1,
        json!({"CustomerRef": {"value": "1"}, "DocNumber": "1007", "TxnDate": "2026-03-05", "BillAddr": {"City": "Alma"},
            "PrivateNote": format!("Dock 3\nliaison:{TOKEN}"),
            "Line": [{"DetailType": "SalesItemLineDetail", "Amount": 7.05, "Description": "Bolts",
                "SalesItemLineDetail": {"ItemRef": {"value": "2"}, "Qty": 3, "UnitPrice": 2.35}},
                {"DetailType": "DescriptionOnly", "Description": "Thanks"}]})
    );
    let read = filter::value(&applied.body.unwrap());
    assert_eq!(
        (&read["memo"], &read["external_guid"]),
        (&json!("Dock 3"), &json!(TOKEN))
    );
    // Sent again it is the same record.
    assert_eq!(
        write_one(&office, "invoice", create(body)).unwrap().id,
        applied.id
    );
    assert_eq!(office.rows.borrow()["Invoice"].len(), 1);
}

#[test]
fn references_by_name_are_looked_up_first() {
    let office = office();
    let line = |item: &str| json!({"item_name": item, "quantity": "1", "rate": "1", "sales_tax_code_name": "TAX"});
    for (body, expected) in [
        (
            json!({"customer_name": "alma", "lines": [line("Parts:Bolt")]}),
            Ok(()),
        ),
        (
            json!({"customer_name": "Alma", "lines": [line("Bolt")]}),
            Ok(()),
        ),
        (
            json!({"customer_name": "Nobody", "lines": [line("Bolt")]}),
            Err((FaultKind::MissingReference, "customer_name")),
        ),
        (
            json!({"customer_name": "Alma", "lines": [line("Nut")]}),
            Err((FaultKind::MissingReference, "lines[0].item_name")),
        ),
    ] {
        let outcome = write_one(&office, "estimate", create(body.clone()));
        let told = outcome
            .as_ref()
            .map(drop)
            .map_err(|f| (f.kind, f.field.as_deref().unwrap_or_default()));
        assert_eq!(told, expected, "{body}");
    }
    let made = office.rows.borrow()["Estimate"][0].clone();
    let detail = &made["Line"][0]["SalesItemLineDetail"];
    assert_eq!(
        (&made["CustomerRef"]["value"], &detail["ItemRef"]["value"]),
        (&json!("1"), &json!("2"))
    );
    assert_eq!(detail["TaxCodeRef"]["value"], "TAX");
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_sent() {
    let office = office();
    let line = json!([{"item_id": "2", "quantity": "1", "rate": "1"}]);
    for (entity, body, key, field) in [
        (
            "invoice",
            json!({"lines": line}),
            "qbo-missing",
            "customer_id",
        ),
        (
            "invoice",
            json!({"customer_id": "1"}),
            "qbo-missing",
            "lines",
        ),
        (
            "invoice",
            json!({"customer_id": "1", "lines": line, "number": "1234567890123456789012"}),
            "qbo-too-long",
            "number",
        ),
        (
            "invoice",
            json!({"customer_id": "1", "lines": line, "date": "2026-02-30"}),
            "qbo-unfit",
            "date",
        ),
        (
            "invoice",
            json!({"customer_id": "1", "lines": [{"quantity": "many"}]}),
            "qbo-unfit",
            "lines[0].quantity",
        ),
        (
            "invoice",
            json!({"customer_id": "1", "lines": line, "total": "5"}),
            "qbo-not-taken",
            "total",
        ),
        (
            "invoice",
            json!({"customer_id": "1", "lines": line, "custom_fields": {"Route": "7"}}),
            "qbo-no-custom-field",
            "custom_fields",
        ),
        ("item", json!({"name": "Nut"}), "qbo-missing", "kind"),
        (
            "item",
            json!({"name": "Nut", "kind": "assembly"}),
            "qbo-unfit",
            "kind",
        ),
    ] {
        let outcome = write_one(&office, entity, create(body.clone()));
        assert_eq!(
            told(&outcome),
            Err((FaultKind::Rejected, key, Some(field))),
            "{body}"
        );
    }
    assert!(
        office.asked().iter().all(|asked| asked.starts_with("GET")),
        "{:?}",
        office.asked()
    );
}

#[test]
fn custom_fields_are_sent_by_the_number_that_the_preferences_tell() {
    let office = office();
    office.add("Preferences", json!({"SalesFormsPrefs": {"CustomField": [{"CustomField": [
        {"Name": "SalesFormsPrefs.UseSalesCustom2", "Type": "BooleanType", "BooleanValue": true},
        {"Name": "SalesFormsPrefs.SalesCustomName2", "Type": "StringType", "StringValue": "Route"}]}]}}));
    let body = json!({"customer_id": "1", "custom_fields": {"Route": "7"}, "lines": [{"item_id": "2", "quantity": "1", "rate": "1"}]});
    let applied = write_one(&office, "invoice", create(body)).unwrap();
    let sent = &office.row("Invoice", &applied.id)["CustomField"];
    assert_eq!(
        *sent,
        json!([{"DefinitionId": "2", "Name": "Route", "Type": "StringType", "StringValue": "7"}])
    );
    assert_eq!(
        filter::value(&applied.body.unwrap())["custom_fields"],
        json!({"Route": "7"})
    );
}

#[test]
fn a_change_is_sparse_and_emptying_sends_the_whole_record() {
    let office = office();
    let id = office.add(
        "Customer",
        json!({"DisplayName": "Roberval", "CompanyName": "R inc.", "Notes": "x",
        "BillAddr": {"Line1": "1 rue", "City": "Alma"}}),
    );
    let applied = write_one(
        &office,
        "customer",
        update(&id, "0", json!({"company_name": "R ltée"})),
    )
    .unwrap();
    assert_eq!(
        office.sent.borrow()[0].1,
        json!({"Id": id, "SyncToken": "0", "sparse": true, "CompanyName": "R ltée"})
    );
    assert_eq!(
        (office.sent.borrow().len(), applied.version.as_deref()),
        (1, Some("1"))
    );

    office.forget_requests();
    write_one(
        &office,
        "customer",
        update(&id, "1", json!({"bill_city": "Roberval"})),
    )
    .unwrap();
    let sent = office.sent.borrow()[1].1.clone();
    assert_eq!(
        sent["BillAddr"],
        json!({"Line1": "1 rue", "City": "Roberval"})
    );

    office.forget_requests();
    write_one(
        &office,
        "customer",
        update(&id, "2", json!({"notes": null})),
    )
    .unwrap();
    let sent = office.sent.borrow()[1].1.clone();
    assert_eq!(
        (
            sent["sparse"].clone(),
            sent.get("Notes"),
            &sent["DisplayName"]
        ),
        (json!(false), None, &json!("Roberval"))
    );
    assert!(sent.get("MetaData").is_none());
}

#[test]
fn lines_are_all_lines_and_those_of_the_other_list_stay() {
    let office = office();
    let id = office.add("Bill", json!({"VendorRef": {"value": "3"}, "Line": [
        {"Id": "1", "DetailType": "ItemBasedExpenseLineDetail", "Amount": 2.0, "ItemBasedExpenseLineDetail": {"ItemRef": {"value": "2"}, "Qty": 2, "UnitPrice": 1, "Hidden": "kept"}},
        {"Id": "2", "DetailType": "ItemBasedExpenseLineDetail", "Amount": 1.0, "ItemBasedExpenseLineDetail": {"ItemRef": {"value": "2"}, "Qty": 1}},
        {"Id": "3", "DetailType": "AccountBasedExpenseLineDetail", "Amount": 5.0, "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "4"}}}]}));
    let lines = json!({"lines": [{"id": "1", "quantity": "4"}, {"item_id": "2", "quantity": "1", "rate": "3",
        "purchase_order_id": "8", "purchase_order_line_id": "1"}]});
    write_one(&office, "bill", update(&id, "0", lines)).unwrap();
    let now = office.row("Bill", &id)["Line"].clone();
    assert_eq!(now.as_array().unwrap().len(), 3);
    assert_eq!(decimal::to_body(&now[0]["Amount"]), json!("4.00"));
    assert_eq!(
        now[0]["ItemBasedExpenseLineDetail"],
        json!({"ItemRef": {"value": "2"}, "Qty": 4, "UnitPrice": 1, "Hidden": "kept"})
    );
    assert_eq!(
        now[1]["LinkedTxn"],
        json!([{"TxnId": "8", "TxnType": "PurchaseOrder", "TxnLineId": "1"}])
    );
    assert_eq!(now[2]["Id"], "3");
}

#[test]
fn a_stale_version_is_a_conflict_whichever_way_it_is_sent() {
    let office = office();
    let id = office.add("Customer", json!({"DisplayName": "Roberval"}));
    office.edit("Customer", &id, |row| row["Notes"] = json!("by hand"));
    for body in [
        json!({"company_name": "x"}),
        json!({"bill_city": "x"}),
        json!({"notes": null}),
    ] {
        let outcome = write_one(&office, "customer", update(&id, "0", body.clone()));
        assert_eq!(outcome.unwrap_err().kind, FaultKind::Conflict, "{body}");
    }
    assert_eq!(office.row("Customer", &id)["Notes"], "by hand");
}

#[test]
fn changes_go_thirty_in_a_call_and_one_that_is_refused_stops_no_other() {
    let office = office();
    let ids: Vec<String> = (0..31)
        .map(|nth| office.add("Customer", json!({"DisplayName": format!("C{nth}")})))
        .collect();
    office.edit("Customer", &ids[3], |row| row["Notes"] = json!("by hand"));
    let operations: Vec<Operation> = ids
        .iter()
        .map(|id| update(id, "0", json!({"company_name": "x"})))
        .collect();
    let outcomes = write(&office, "customer", &operations);
    assert_eq!(
        outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
        30
    );
    assert_eq!(outcomes[3].as_ref().unwrap_err().kind, FaultKind::Conflict);
    let asked: Vec<String> = office.asked();
    assert_eq!(
        asked,
        [
            "POST batch?minorversion=75",
            "POST customer?minorversion=75"
        ]
    );

    office.trouble("POST batch", Trouble::Lost);
    let outcomes = write(
        &office,
        "customer",
        &[
            update(&ids[0], "1", json!({"notes": "a"})),
            update(&ids[1], "1", json!({"notes": "b"})),
        ],
    );
    assert!(outcomes
        .iter()
        .all(|outcome| outcome.as_ref().unwrap_err().kind == FaultKind::OutcomeUnknown));
    let again = write(
        &office,
        "customer",
        &[
            update(&ids[0], "1", json!({"notes": "a"})),
            update(&ids[1], "1", json!({"notes": "b"})),
        ],
    );
    assert!(again
        .iter()
        .all(|outcome| outcome.as_ref().unwrap_err().kind == FaultKind::Conflict));
}

/// Forty batches a minute are allowed, of writes and queries together.
#[test]
fn beyond_a_minutes_batches_changes_and_queries_go_one_by_one() {
    let office = office();
    let ids: Vec<String> = (0..2)
        .map(|nth| office.add("Customer", json!({"DisplayName": format!("C{nth}")})))
        .collect();
    let sent = |word: &str| {
        let asked = office.asked();
        asked.iter().filter(|asked| asked.starts_with(word)).count()
    };
    for version in 0..45 {
        let change = |id: &String| {
            let body = json!({"company_name": format!("x{version}")});
            update(id, &version.to_string(), body)
        };
        let changes: Vec<Operation> = ids.iter().map(change).collect();
        assert!(write(&office, "customer", &changes)
            .iter()
            .all(Result::is_ok));
        // Two names of two kinds are two queries.
        let lines = json!([{"item_name": "Parts:Bolt", "quantity": "1", "rate": "1"}]);
        let body = json!({"customer_name": "Alma", "lines": lines});
        let mut made = create(body);
        made.token = format!("{TOKEN}-{version}");
        write_one(&office, "invoice", made).unwrap();
    }
    assert!(sent("POST batch") <= 40, "{}", sent("POST batch"));
    assert!(sent("POST customer") >= 2 * 20 && sent("GET query") >= 2 * 20);
    office.pass(61);
    office.forget_requests();
    let changes: Vec<Operation> = ids
        .iter()
        .map(|id| update(id, "45", json!({"notes": "y"})))
        .collect();
    assert!(write(&office, "customer", &changes)
        .iter()
        .all(Result::is_ok));
    assert_eq!(sent("POST batch"), 1, "a minute later");
}

#[test]
fn a_taken_number_is_our_own_lost_write_or_somebody_elses_document() {
    let office = office();
    let body = json!({"customer_id": "1", "number": "7", "lines": [{"item_id": "2", "quantity": "1", "rate": "1"}]});
    // The answer is lost, and QuickBooks has forgotten the request id when it comes again.
    office.trouble("POST invoice", Trouble::Lost);
    let lost = write_one(&office, "invoice", create(body.clone()));
    assert_eq!(lost.unwrap_err().kind, FaultKind::OutcomeUnknown);
    let id = office.rows.borrow()["Invoice"][0]["Id"]
        .as_str()
        .unwrap()
        .to_owned();
    office.forget_answers();
    assert_eq!(
        write_one(&office, "invoice", create(body.clone()))
            .unwrap()
            .id,
        id
    );

    // One of the same customer may be meant; one of another never is.
    let stranger = office.add("Customer", json!({"DisplayName": "Roberval"}));
    for (name, value, expected) in [
        (
            "customer_id",
            "1",
            (FaultKind::Exists, Some(id.as_str()), "qbo-number-taken"),
        ),
        (
            "customer_name",
            "Alma",
            (FaultKind::Exists, Some(id.as_str()), "qbo-number-taken"),
        ),
        (
            "customer_id",
            stranger.as_str(),
            (FaultKind::Rejected, None, "qbo-number-taken"),
        ),
        (
            "customer_name",
            "Roberval",
            (FaultKind::Rejected, None, "qbo-number-taken"),
        ),
    ] {
        let mut body = body.clone();
        body.as_object_mut().unwrap().remove("customer_id");
        body[name] = json!(value);
        let mut other = create(body);
        other.token = "01J9ZZZZZZZZZZZZZZZZZZZZZY".to_owned();
        let fault = write_one(&office, "invoice", other).unwrap_err();
        assert_eq!(
            (
                fault.kind,
                fault.existing.as_deref(),
                fault.message.key.as_str()
            ),
            expected,
            "{name} {value}"
        );
    }
    assert_eq!(office.rows.borrow()["Invoice"].len(), 1);
}

#[test]
fn a_taken_name_names_the_record_where_it_is_one_of_the_kind() {
    let office = office();
    let fault = write_one(&office, "customer", create(json!({"name": "Alma"}))).unwrap_err();
    assert_eq!(
        (fault.kind, fault.existing.as_deref()),
        (FaultKind::Exists, Some("1"))
    );
    office.trouble(
        "POST customer",
        Trouble::Answer(400, office::refusal("6240", "Duplicate Name")),
    );
    let fault = write_one(&office, "customer", create(json!({"name": "Acier"}))).unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.key.as_str()),
        (FaultKind::Rejected, "qbo-name-taken")
    );
}

/// Names are one of a kind, whatever stands above them: `NORDIK:Phase 1` is not what `BOREALE:Phase 1` was to be.
#[test]
fn a_taken_name_below_another_parent_is_a_strangers() {
    let office = office();
    let nordik = office.add("Customer", json!({"DisplayName": "NORDIK"}));
    office.add("Customer", json!({"DisplayName": "BOREALE"}));
    let phase = office.add(
        "Customer",
        json!({"DisplayName": "Phase 1", "FullyQualifiedName": "NORDIK:Phase 1", "ParentRef": {"value": nordik}, "Job": true}),
    );
    let existing = (FaultKind::Exists, Some(phase.as_str()));
    let rejected = (FaultKind::Rejected, None);
    for (body, expected) in [
        (
            json!({"name": "Phase 1", "parent_name": "NORDIK"}),
            existing,
        ),
        (json!({"name": "Phase 1", "parent_id": nordik}), existing),
        (
            json!({"name": "Phase 1", "parent_name": "BOREALE"}),
            rejected,
        ),
        (json!({"name": "Phase 1"}), rejected),
    ] {
        let fault = write_one(&office, "customer", create(body.clone())).unwrap_err();
        assert_eq!((fault.kind, fault.existing.as_deref()), expected, "{body}");
    }
}

#[test]
fn a_deleted_transaction_is_gone_and_a_list_has_no_deletion() {
    let office = office();
    let id = office.add("Invoice", json!({"CustomerRef": {"value": "1"}}));
    let delete = |id: &str| operation(Action::Delete, Some(id), Some("0"), json!({}));
    assert_eq!(write_one(&office, "invoice", delete(&id)).unwrap().id, id);
    assert_eq!(
        office.asked(),
        ["POST invoice?operation=delete&minorversion=75"]
    );
    assert!(QuickBooksOnline
        .read(&office, "invoice", std::slice::from_ref(&id))
        .unwrap()[0]
        .is_none());
    assert_eq!(
        write_one(&office, "invoice", delete(&id)).unwrap_err().kind,
        FaultKind::NotFound
    );
    assert_eq!(
        write_one(&office, "customer", delete("1"))
            .unwrap_err()
            .kind,
        FaultKind::Internal
    );
}

#[test]
fn items_lie_in_categories_and_stock_begins_with_some() {
    let office = office();
    let category = write_one(
        &office,
        "item",
        create(json!({"name": "Parts", "kind": "category"})),
    )
    .unwrap()
    .id;
    let item = json!({"name": "Nut", "kind": "inventory", "parent_id": category, "income_account_id": "4", "price": "1.10"});
    let mut second = create(item);
    second.token = "01J9ZZZZZZZZZZZZZZZZZZZZZY".to_owned();
    let applied = write_one(&office, "item", second).unwrap();
    let row = office.row("Item", &applied.id);
    assert_eq!(
        (&row["Type"], &row["SubItem"], &row["ParentRef"]["value"]),
        (&json!("Inventory"), &json!(true), &json!(category))
    );
    assert_eq!(
        (
            &row["TrackQtyOnHand"],
            &row["QtyOnHand"],
            &row["InvStartDate"]
        ),
        (&json!(true), &json!(0), &json!("2026-03-05"))
    );
}

#[test]
fn stock_is_changed_by_one_adjustment_an_item() {
    let office = office();
    let change = json!({"quantity": "12", "account_name": "Shrinkage", "memo": "Count"});
    let outcome = write_one(&office, "stock", update("2", "0", change.clone()));
    assert_eq!(told(&outcome), Ok("2"));
    let made = office.rows.borrow()["InventoryAdjustment"][0].clone();
    assert_eq!(made["AdjustAccountRef"], json!({"value": "4"}));
    assert_eq!(
        made["Line"][0]["ItemAdjustmentLineDetail"],
        json!({"ItemRef": {"value": "2"}, "NewQty": 12})
    );
    // What is so already needs no adjustment, and without an account there is none.
    write_one(
        &office,
        "stock",
        update("2", "0", json!({"quantity": "5", "account_id": "4"})),
    )
    .unwrap();
    let outcome = write_one(&office, "stock", update("2", "0", json!({"quantity": "6"})));
    assert_eq!(
        told(&outcome),
        Err((FaultKind::Rejected, "qbo-missing", Some("account_id")))
    );
    assert_eq!(
        write_one(&office, "stock", update("2", "9", change))
            .unwrap_err()
            .kind,
        FaultKind::Conflict
    );
    assert_eq!(office.rows.borrow()["InventoryAdjustment"].len(), 1);
}

#[test]
fn what_stops_the_connection_stops_the_rest_of_the_writes() {
    let office = office();
    office.trouble("POST customer", Trouble::Answer(429, json!({})));
    let outcomes = write(
        &office,
        "customer",
        &[create(json!({"name": "A"})), create(json!({"name": "B"}))],
    );
    assert!(outcomes
        .iter()
        .all(|outcome| outcome.as_ref().unwrap_err().kind == FaultKind::Throttled));
    assert_eq!(office.sent.borrow().len(), 1);
}

#[test]
fn numbers_may_come_twice_where_the_setting_says_so() {
    let office = Office::new().set("allow_duplicate_numbers", json!(true));
    let body =
        json!({"customer_id": "1", "lines": [{"item_id": "2", "quantity": "1", "rate": "1"}]});
    write_one(&office, "invoice", create(body)).unwrap();
    assert!(office.asked()[1].contains("include=allowduplicatedocnum"));
}
