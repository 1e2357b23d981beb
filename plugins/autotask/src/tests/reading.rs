//! Walks, look-ups, invoices, picklists and the zone.

use super::*;

#[test]
fn an_empty_page_of_invoices_costs_one_request() {
    let host = host().on("POST /v1.0/Invoices/query", items(json!([])));
    let page = Autotask
        .changes(&host, "invoice", None, &waiting(), 1000)
        .unwrap();
    assert!(page.entries.is_empty() && !page.more && page.next.is_none() && !page.complete);
    assert_eq!(
        host.body(0),
        json!({"MaxRecords": 200, "filter": [
            {"op": "or", "items": [{"op": "notExist", "field": "invoiceNumber"}, {"op": "eq", "field": "invoiceNumber", "value": ""}]},
            {"op": "eq", "field": "isVoided", "value": false},
            {"op": "gte", "field": "id", "value": 0}]})
    );
    let headers = host.sent.borrow()[0].headers.clone();
    for (name, value) in [
        ("UserName", "[user_name:"),
        ("Secret", "[secret:"),
        ("ApiIntegrationCode", "[integration_code:"),
    ] {
        assert!(
            headers
                .iter()
                .any(|(n, v)| n == name && v.starts_with(value)),
            "{name}"
        );
    }
}

#[test]
fn an_invoice_comes_whole() {
    let mut header = invoice(155);
    header["totalTaxValue"] = json!(14.975);
    header["taxRegionName"] = json!("Québec");
    let host = host()
        .on("POST /Invoices/query", items(json!([header])))
        .on(
            "POST /BillingItems/query",
            items(json!([
                {"id": 9, "invoiceID": 155, "billingItemType": 3, "itemName": "Dock", "quantity": 1.0, "rate": 100.0, "totalAmount": 100.0,
                    "taxDollars": 14.975, "taxCategoryID": 1, "ticketChargeID": 701, "itemDate": "2026-02-28T05:00:00Z", "billingCodeID": 5, "sortOrderID": 2},
                {"id": 12, "invoiceID": 155, "billingItemType": 1, "itemName": "Work", "totalAmount": 0.0, "taxDollars": 0.0, "sortOrderID": 1},
            ])),
        )
        .on("GET /BillingItems/entityInformation/fields", labels("billingItemType", &[(1, "Labor"), (3, "Ticket Cost")]))
        .on("POST /TicketCharges/query", items(json!([{"id": 701, "productID": 77}])))
        .on("POST /TaxRegions/query", items(json!([{"id": 4, "name": "Québec"}])))
        .on(
            "POST /Taxes/query",
            items(json!([
                {"id": 1, "taxName": "TPS", "taxRate": 5.0, "taxRegionID": 4, "taxCategoryID": 1},
                {"id": 2, "taxName": "TVQ", "taxRate": 9.975, "taxRegionID": 4, "taxCategoryID": 1},
            ])),
        );
    let found = Autotask
        .read(&host, "invoice", &["155".into(), "x".into()])
        .unwrap();
    host.assert_done();
    assert_eq!(found[1], None);
    let body = body(found[0].as_ref().unwrap());
    assert_eq!(
        (
            &body["number"],
            &body["company_id"],
            &body["date"],
            &body["order_number"],
            &body["total"],
            &body["payment_term_id"]
        ),
        (
            &Value::Null,
            &json!("0"),
            &json!("2026-03-01"),
            &Value::Null,
            &json!("52.7775"),
            &json!("1")
        )
    );
    assert_eq!(body["created_at"], json!("2026-03-01T09:47:15.227Z"));
    let lines: Vec<String> = body["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| format!("{} {} {}", l["id"], l["kind"], l["product_id"]))
        .collect();
    assert_eq!(lines, [r#""12" "labour" null"#, r#""9" "product" "77""#]);
    assert_eq!(
        body["taxes"],
        json!([{"name": "TPS", "rate": "5", "base": "100.0", "amount": "5.00"}, {"name": "TVQ", "rate": "9.975", "base": "100.0", "amount": "9.98"}])
    );
}

#[test]
fn a_walk_goes_on_behind_the_last_id() {
    let host = host()
        .on(
            "POST /TicketCategories/query",
            full(json!([{"id": 1, "name": "A"}, {"id": 3, "name": "B"}])),
        )
        .on(
            "POST /TicketCategories/query",
            items(json!([{"id": 4, "name": "C"}])),
        );
    let first = Autotask
        .query(&host, "ticket_category", &[], None, 2)
        .unwrap();
    assert!(first.more && !first.complete);
    let second = Autotask
        .query(&host, "ticket_category", &[], first.next, 2)
        .unwrap();
    assert!(!second.more && second.complete && second.next.is_none());
    assert_eq!(
        host.body(1)["filter"],
        json!([{"op": "gt", "field": "id", "value": 3}])
    );
}

#[test]
fn a_filter_that_was_not_applied_is_noticed() {
    let mut numbered = invoice(155);
    numbered["invoiceNumber"] = json!("1085");
    let host = host().on("POST /Invoices/query", items(json!([numbered])));
    let fault = Autotask
        .changes(&host, "invoice", None, &waiting(), 500)
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.key.as_str()),
        (FaultKind::Internal, "filter-ignored")
    );
}

#[test]
fn overlong_lists_go_in_slices() {
    let ids: Vec<Value> = (1..=1_100).map(|id| json!(id.to_string())).collect();
    let filter = [
        condition("company_id", Comparison::IsIn, &ids),
        condition("number", Comparison::Empty, &[]),
    ];
    let host = host()
        .on("POST /Invoices/query", items(json!([])))
        .on("POST /Invoices/query", items(json!([])))
        .on("POST /Invoices/query", items(json!([])));
    let mut at = None;
    for round in 0..3 {
        let page = Autotask.query(&host, "invoice", &filter, at, 500).unwrap();
        assert_eq!(page.more, round < 2);
        at = page.next;
    }
    let sizes: Vec<usize> = (0..3)
        .map(|at| {
            host.body(at)["filter"][1]["value"]
                .as_array()
                .map_or(0, Vec::len)
        })
        .collect();
    assert_eq!(sizes, [498, 498, 104]);
}

#[test]
fn a_list_of_nothing_asks_nothing() {
    let filter = [condition(
        "id",
        Comparison::IsIn,
        &[json!("none of Autotask's")],
    )];
    assert!(Autotask
        .query(&host(), "product", &filter, None, 10)
        .unwrap()
        .entries
        .is_empty());
    assert_eq!(Autotask.read(&host(), "product", &[]).unwrap(), []);
}

#[test]
fn the_zone_is_looked_up_once_and_again_when_the_tenant_moved() {
    let zone = |n: u8| json!({"zoneName": "Z", "url": format!("https://webservices{n}.autotask.net/atservicesrest/"), "ci": 1});
    let moved = || Reply::Json(401, json!({}));
    let host = ScriptHost::new(json!({}))
        .on(
            "GET /zoneInformation?user=[user_name:Encoder::Url]",
            zone(3),
        )
        .on(
            "POST webservices3.autotask.net/atservicesrest/v1.0/PaymentTerms/query",
            items(json!([])),
        )
        .reply(
            "POST webservices3.autotask.net/atservicesrest/v1.0/PaymentTerms/query",
            moved(),
        )
        .on(
            "GET /zoneInformation?user=[user_name:Encoder::Url]",
            zone(5),
        )
        .on(
            "POST webservices5.autotask.net/atservicesrest/v1.0/PaymentTerms/query",
            items(json!([])),
        )
        .reply(
            "POST webservices5.autotask.net/atservicesrest/v1.0/PaymentTerms/query",
            moved(),
        )
        .on(
            "GET /zoneInformation?user=[user_name:Encoder::Url]",
            zone(5),
        );
    for _ in 0..2 {
        Autotask
            .query(&host, "payment_term", &[], None, 10)
            .unwrap();
    }
    let refused = Autotask
        .query(&host, "payment_term", &[], None, 10)
        .unwrap_err();
    assert_eq!(
        (refused.kind, refused.message.key.as_str()),
        (FaultKind::Unauthorized, "credentials-refused")
    );
    host.assert_done();
}

#[test]
fn look_ups_by_one_field_go_together() {
    let host = host().on(
        "POST /Products/query",
        items(json!([{"id": 77, "sku": "INSTALL"}, {"id": 78, "sku": "WD22"}, {"id": 79, "sku": "wd22"}])),
    );
    let query = |sku: &str| vec![("sku".to_owned(), json!(sku).to_string())];
    let found = Autotask
        .find(
            &host,
            "product",
            &[query("WD22"), query("none"), query("INSTALL")],
        )
        .unwrap();
    let ids: Vec<Vec<&str>> = found
        .iter()
        .map(|f| f.iter().map(|e| e.id.as_str()).collect())
        .collect();
    assert_eq!(ids, [vec!["78", "79"], vec![], vec!["77"]]);
    assert_eq!(
        host.body(0)["filter"],
        json!([{"op": "in", "field": "sku", "value": ["WD22", "none", "INSTALL"]}])
    );
}

#[test]
fn picklists_are_remembered_and_read_again_for_a_new_value() {
    let row = |kind: i64| items(json!([company(174, kind, "")]));
    let host = host()
        .on("POST /Companies/query", row(1))
        .on("GET /Companies/entityInformation/fields", company_types())
        .on("POST /Companies/query", row(1))
        .on("POST /Companies/query", row(8))
        .on(
            "GET /Companies/entityInformation/fields",
            labels("companyType", &[(8, "Partner")]),
        );
    let types: Vec<Value> = (0..3)
        .map(|_| {
            body(
                Autotask.read(&host, "company", &["174".into()]).unwrap()[0]
                    .as_ref()
                    .unwrap(),
            )["type"]
                .clone()
        })
        .collect();
    assert_eq!(
        types,
        [json!("customer"), json!("customer"), json!("partner")]
    );
    host.assert_done();
}

#[test]
fn busy_threads_are_waited_for_and_a_used_up_quota_is_not() {
    let busy = |words: &str| Reply::Json(500, json!({"errors": [words]}));
    let host = host()
        .reply(
            "POST /PaymentTerms/query",
            busy("thread threshold (Itgenatr005)"),
        )
        .on("POST /PaymentTerms/query", items(json!([])))
        .reply(
            "POST /PaymentTerms/query",
            busy("The external request threshold was exceeded"),
        );
    Autotask
        .query(&host, "payment_term", &[], None, 10)
        .unwrap();
    let fault = Autotask
        .query(&host, "payment_term", &[], None, 10)
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.wait_ms),
        (FaultKind::Throttled, Some(60_000))
    );
}
