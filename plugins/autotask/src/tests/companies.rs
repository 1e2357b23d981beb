//! Companies: their two ERP ids in one field, and how they are made.

use super::*;

#[test]
fn companies_are_walked_by_stamp_with_an_overlap() {
    let host = host()
        .on(
            "POST /Companies/query",
            full(json!([company(174, 1, "57 S:12")])),
        )
        .on("GET /Companies/entityInformation/fields", company_types())
        .on("POST /Companies/query", items(json!([])))
        .on("POST /Companies/query", items(json!([])));
    let first = Autotask.changes(&host, "company", None, &[], 1).unwrap();
    let shown = body(&first.entries[0]);
    assert_eq!(
        (
            &shown["type"],
            &shown["erp_customer_id"],
            &shown["erp_supplier_id"]
        ),
        (&json!("customer"), &json!("57"), &json!("12"))
    );
    // The walk ends later than it began; the next one starts where it began, less the overlap.
    host.now_ms.set(host.now_ms.get() + 60_000);
    let second = Autotask
        .changes(&host, "company", first.next, &[], 1)
        .unwrap();
    assert!(first.more && !second.more && !second.complete);
    Autotask
        .changes(&host, "company", second.next, &[], 1)
        .unwrap();
    assert_eq!(
        host.body(2)["filter"],
        json!([{"op": "gt", "field": "id", "value": 174}])
    );
    assert_eq!(
        host.body(3)["filter"],
        json!([{"op": "gte", "field": "lastTrackedModifiedDateTime", "value": "2026-03-05T13:55:00Z"}, {"op": "gt", "field": "id", "value": 0}])
    );
}

#[test]
fn one_erp_id_is_written_and_the_other_kept() {
    let host = host()
        .on(
            "POST /Companies/query",
            items(json!([company(190, 7, "12")])),
        )
        .on("GET /Companies/entityInformation/fields", company_types())
        .on("PATCH /Companies", json!({"itemId": 190}))
        .on(
            "POST /Companies/query",
            items(json!([company(190, 7, "12 C:57")])),
        );
    let outcome = Autotask
        .write(
            &host,
            "company",
            &[update("190", json!({"erp_customer_id": "57"}))],
        )
        .remove(0);
    assert_eq!(
        host.body(2),
        json!({"id": 190, "userDefinedFields": [{"name": "ERPConnector_ERPInternalId", "value": "12 C:57"}]})
    );
    let shown = filter::value(&outcome.unwrap().body.unwrap());
    assert_eq!(
        (&shown["erp_customer_id"], &shown["erp_supplier_id"]),
        (&json!("57"), &json!("12"))
    );
}

#[test]
fn a_new_company_gets_what_autotask_demands_and_no_nulls() {
    let host = host()
        .on("POST /Companies/query", items(json!([])))
        .on("GET /Companies/entityInformation/fields", company_types())
        .on("POST /Companies", json!({"itemId": 200}))
        .on(
            "POST /Companies/query",
            items(json!([company(200, 1, "57")])),
        );
    let op = operation(
        Action::Create,
        None,
        json!({"name": "Acme", "fax": null, "erp_customer_id": "57"}),
    );
    let outcome = Autotask.write(&host, "company", &[op]).remove(0).unwrap();
    assert_eq!(outcome.id, "200");
    // Our id of it is looked for before it is made.
    assert_eq!(
        host.body(0)["filter"][0],
        json!({"op": "eq", "field": "LiaisonID", "udf": true, "value": "01ARZ3NDEKTSV4RRFFQ69G5FAV"})
    );
    assert_eq!(
        host.body(2),
        json!({"companyName": "Acme", "companyType": 1, "phone": "555-555-5555", "ownerResourceID": 29682885,
            "userDefinedFields": [{"name": "ERPConnector_ERPInternalId", "value": "57"},
                {"name": "LiaisonID", "value": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}]})
    );
    host.assert_done();
}

#[test]
fn without_a_field_for_our_id_no_company_is_made() {
    let unknown = Reply::Json(
        500,
        json!({"errors": ["Unable to find LiaisonID in the Account Entity"]}),
    );
    let host = host().reply("POST /Companies/query", unknown);
    let op = operation(Action::Create, None, json!({"name": "Acme", "phone": "1"}));
    let fault = Autotask
        .write(&host, "company", &[op])
        .remove(0)
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.key.as_str()),
        (FaultKind::Misconfigured, "no-marker-field")
    );
    assert!(fault.message.fallback.contains("LiaisonID"));
}

#[test]
fn a_company_needs_a_name() {
    let host = host().on("POST /Companies/query", items(json!([])));
    let op = operation(Action::Create, None, json!({"name": " ", "phone": "1"}));
    let fault = Autotask
        .write(&host, "company", &[op])
        .remove(0)
        .unwrap_err();
    assert_eq!(
        (fault.message.key.as_str(), fault.field.as_deref()),
        ("field-needed", Some("name"))
    );
}

#[test]
fn a_company_is_found_by_its_part_of_the_erp_field() {
    let host = host()
        .on(
            "POST /Companies/query",
            items(json!([
                company(174, 1, "57"),
                company(175, 1, "157 S:57"),
                company(190, 7, "12 C:57")
            ])),
        )
        .on("GET /Companies/entityInformation/fields", company_types());
    let query = vec![("erp_customer_id".to_owned(), "\"57\"".to_owned())];
    let found = Autotask.find(&host, "company", &[query]).unwrap();
    assert_eq!(
        found[0].iter().map(|e| e.id.as_str()).collect::<Vec<_>>(),
        ["174", "190"]
    );
    assert_eq!(
        host.body(0)["filter"],
        json!([{"op": "contains", "field": "ERPConnector_ERPInternalId", "udf": true, "value": "57"}])
    );
}
