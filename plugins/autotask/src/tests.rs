//! The connector against a script: what it asks Autotask, and what it makes of the answers.

use crate::Autotask;
use liaison_sdk::host::{HttpError, NotSent};
use liaison_sdk::prelude::*;
use liaison_sdk::testing::{assert_manifest, missing_words, Reply, ScriptHost};

const BASE: &str = "https://webservices9.autotask.net/ATServicesRest";

fn host() -> ScriptHost {
    ScriptHost::new(
        json!({"base_url": BASE, "company_owner": "29682885", "default_phone": "555-555-5555"}),
    )
}

fn items(rows: Value) -> Value {
    let count = rows.as_array().map_or(0, Vec::len);
    json!({"items": rows, "pageDetails": {"count": count, "requestCount": 500, "prevPageUrl": null, "nextPageUrl": null}})
}

/// The same with another page behind it.
fn full(rows: Value) -> Value {
    let mut page = items(rows);
    page["pageDetails"]["nextPageUrl"] = json!("https://webservices9.autotask.net/next");
    page
}

fn no_answer() -> Reply {
    Reply::Error(HttpError::NoAnswer {
        detail: "reset".into(),
    })
}

fn condition(field: &str, op: Comparison, values: &[Value]) -> Condition {
    filter::condition(field, op, values)
}

fn waiting() -> Vec<Condition> {
    vec![
        condition("number", Comparison::Empty, &[]),
        condition("voided", Comparison::Eq, &[json!(false)]),
    ]
}

fn update(id: &str, body: Value) -> Operation {
    operation(Action::Update, Some(id), body)
}

fn operation(action: Action, id: Option<&str>, body: Value) -> Operation {
    Operation {
        token: "01ARZ3NDEKTSV4RRFFQ69G5FAV".into(),
        action,
        id: id.map(str::to_owned),
        version: None,
        body: body.to_string(),
        resume: None,
        ext: Vec::new(),
    }
}

fn body(entry: &Entry) -> Value {
    filter::value(&entry.body)
}

fn invoice(id: i64) -> Value {
    json!({"id": id, "invoiceNumber": "", "isVoided": false, "companyID": 0, "invoiceTotal": 52.7775, "totalTaxValue": 0.0,
        "invoiceDateTime": "2026-03-01T05:00:00.000Z", "createDateTime": "2026-03-01T09:47:15.227Z",
        "orderNumber": "", "webServiceDate": null, "taxRegionName": null, "paymentTerm": 1})
}

fn labels(field: &str, choices: &[(i64, &str)]) -> Value {
    let values: Vec<Value> = choices
        .iter()
        .map(|(value, label)| json!({"value": value.to_string(), "label": label, "isActive": true, "isDefaultValue": false}))
        .collect();
    json!({"fields": [{"name": field, "isPickList": true, "picklistValues": values}]})
}

fn company_types() -> Value {
    labels("companyType", &[(1, "Customer"), (7, "Vendor")])
}

fn company(id: i64, kind: i64, erp: &str) -> Value {
    json!({"id": id, "companyName": "Acme", "companyType": kind, "isActive": true, "phone": "1",
        "lastTrackedModifiedDateTime": "2026-03-05T13:00:00Z",
        "userDefinedFields": [{"name": "ERPConnector_ERPInternalId", "value": erp}]})
}

#[test]
fn the_manifest_holds_together() {
    assert_manifest(&Autotask.describe());
}

#[test]
fn every_sentence_is_in_both_languages() {
    let sources = [
        include_str!("api.rs"),
        include_str!("company.rs"),
        include_str!("doctor.rs"),
        include_str!("errors.rs"),
        include_str!("find.rs"),
        include_str!("manifest.rs"),
        include_str!("table.rs"),
        include_str!("ticket.rs"),
        include_str!("write.rs"),
    ];
    for lang in ["en", "fr"] {
        assert_eq!(
            missing_words(&sources, Autotask.catalogue(lang).unwrap()),
            Vec::<String>::new(),
            "{lang}"
        );
    }
    assert!(Autotask.catalogue("de").is_none());
}

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
fn an_update_counts_when_it_shows() {
    let shows = |number: &str| {
        let mut row = invoice(155);
        row["invoiceNumber"] = json!(number);
        row["webServiceDate"] = json!("2026-03-05T14:00:00Z");
        items(json!([row]))
    };
    let done = || Reply::Json(200, json!({"itemId": 155}));
    let unreachable = || {
        Reply::Error(HttpError::NotSent {
            why: NotSent::Unreachable,
            detail: String::new(),
        })
    };
    let refused = || {
        Reply::Json(
            500,
            json!({"errors": ["String value exceeds maximum length (field:invoiceNumber).  "]}),
        )
    };
    for (reply, back, expected, field) in [
        (done(), Some(shows("A-2231")), None, None),
        (
            done(),
            Some(shows("")),
            Some(FaultKind::Rejected),
            Some("number"),
        ),
        (no_answer(), Some(shows("A-2231")), None, None),
        (
            no_answer(),
            Some(shows("")),
            Some(FaultKind::OutcomeUnknown),
            None,
        ),
        (unreachable(), None, Some(FaultKind::Unavailable), None),
        (refused(), None, Some(FaultKind::Rejected), Some("number")),
    ] {
        let mut host = host().reply("PATCH /Invoices", reply);
        if let Some(rows) = back {
            host = host.on("POST /Invoices/query", rows);
        }
        let op = update(
            "155",
            json!({"number": "A-2231", "exported_at": "2026-03-05T14:00:00.500Z"}),
        );
        let outcome = Autotask.write(&host, "invoice", &[op]).remove(0);
        host.assert_done();
        assert_eq!(
            host.body(0),
            json!({"id": 155, "invoiceNumber": "A-2231", "webServiceDate": "2026-03-05T14:00:00Z"})
        );
        match outcome {
            Ok(applied) => {
                assert_eq!(
                    (
                        expected,
                        filter::value(&applied.body.unwrap())["number"].clone()
                    ),
                    (None, json!("A-2231"))
                )
            }
            Err(fault) => assert_eq!(
                (Some(fault.kind), fault.field.as_deref()),
                (expected, field)
            ),
        }
    }
}

#[test]
fn one_refused_operation_does_not_stop_the_others() {
    let host = host()
        .reply(
            "PATCH /Invoices",
            Reply::Json(
                500,
                json!({"errors": ["Error updating entity for record number [1]."]}),
            ),
        )
        .on("PATCH /Invoices", json!({"itemId": 156}))
        .on("POST /Invoices/query", items(json!([invoice(156)])));
    let ops = [
        update("155", json!({"number": "1"})),
        update("156", json!({"number": null})),
        update("157", json!({"total": "1"})),
        operation(Action::Create, None, json!({})),
    ];
    let kinds: Vec<Option<FaultKind>> = Autotask
        .write(&host, "invoice", &ops)
        .into_iter()
        .map(|o| o.err().map(|f| f.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            Some(FaultKind::Rejected),
            None,
            Some(FaultKind::Internal),
            Some(FaultKind::Internal)
        ]
    );
    assert_eq!(host.body(1), json!({"id": 156, "invoiceNumber": ""}));
    host.assert_done();
}

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
    assert_eq!(
        host.body(1),
        json!({"companyName": "Acme", "companyType": 1, "phone": "555-555-5555", "ownerResourceID": 29682885,
            "userDefinedFields": [{"name": "ERPConnector_ERPInternalId", "value": "57"}]})
    );
}

#[test]
fn a_ticket_takes_its_category_by_name_and_the_category_s_defaults() {
    let created = json!({"id": 29800, "ticketNumber": "T20260305.0001", "title": "t", "companyID": 174, "ticketCategory": 3, "status": 1,
        "externalID": "01ARZ3NDEKTSV4RRFFQ69G5FAV"});
    let host = host()
        .on("POST /TicketCategories/query", items(json!([{"id": 3, "name": "Erreurs Acomba"}])))
        .on(
            "POST /TicketCategoryFieldDefaults/query",
            items(json!([{"id": 6, "ticketCategoryID": 3, "queueID": 9, "priority": 1, "status": null, "sourceID": 11, "issueTypeID": null}])),
        )
        .on("POST /Tickets", json!({"itemId": 29800}))
        .on("POST /Tickets/query", items(json!([created])))
        .on("POST /TicketCategories/query", items(json!([{"id": 3, "name": "Erreurs Acomba"}])))
        .on("GET /Tickets/entityInformation/fields", labels("status", &[(1, "New")]));
    let title = "x".repeat(300);
    let op = operation(
        Action::Create,
        None,
        json!({"title": title, "description": null, "category": "erreurs acomba", "company_id": "174"}),
    );
    let applied = Autotask.write(&host, "ticket", &[op]).remove(0).unwrap();
    let sent = host.body(2);
    assert_eq!(
        sent["title"]
            .as_str()
            .map(|t| (t.chars().count(), t.ends_with('…'))),
        Some((255, true))
    );
    let rest = [
        "companyID",
        "ticketCategory",
        "queueID",
        "priority",
        "status",
        "source",
        "externalID",
        "dueDateTime",
    ];
    let rest: Vec<&Value> = rest.iter().map(|field| &sent[*field]).collect();
    assert_eq!(
        json!(rest),
        json!([
            174,
            3,
            9,
            1,
            1,
            11,
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "2026-03-06T14:00:00Z"
        ])
    );
    assert!(sent.get("description").is_none() && sent.get("issueType").is_none());
    let shown = filter::value(&applied.body.unwrap());
    assert_eq!(
        (&shown["number"], &shown["category"], &shown["status"]),
        (
            &json!("T20260305.0001"),
            &json!("Erreurs Acomba"),
            &json!("New")
        )
    );
}

#[test]
fn a_create_whose_answer_was_lost_is_not_sent_again() {
    let op = operation(
        Action::Create,
        None,
        json!({"title": "t", "company_id": "174"}),
    );
    let host = host()
        .on(
            "GET /Tickets/entityInformation/fields",
            labels("priority", &[(2, "Medium")]),
        )
        .reply("POST /Tickets", no_answer());
    let fault = Autotask
        .write(&host, "ticket", &[op])
        .remove(0)
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::OutcomeUnknown);
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

#[test]
fn the_doctor_sees_what_a_person_must_set() {
    let info = |update: bool| json!({"info": {"canQuery": true, "canUpdate": update, "canCreate": true, "userAccessForQuery": 1, "userAccessForUpdate": "All"}});
    let mut numbered = invoice(900);
    numbered["invoiceNumber"] = json!("1085");
    let host = host()
        .on("GET /ThresholdInformation", json!({"externalRequestThreshold": 10000, "currentTimeframeRequestCount": 7501}))
        .on("GET /Invoices/entityInformation", info(false))
        .on("GET /BillingItems/entityInformation", info(true))
        .on("GET /BillingCodes/entityInformation", info(true))
        .on("GET /Companies/entityInformation", info(true))
        .on("GET /Products/entityInformation", info(true))
        .on("GET /TicketCategories/entityInformation", info(true))
        .on("GET /Tickets/entityInformation", info(true))
        .on("GET /Companies/entityInformation/userDefinedFields", json!({"fields": [{"name": "erpconnector_erpinternalid", "type": "string"}]}))
        .reply("GET /Products/entityInformation/userDefinedFields", Reply::Json(404, json!({})))
        .on("POST /Invoices/query", items(json!([numbered])))
        .on("POST /Invoices/query", items(json!([invoice(155)])))
        .on("POST /BillingItems/query", items(json!([{"id": 1, "invoiceID": 155, "billingCodeID": 5}, {"id": 2, "invoiceID": 155, "billingCodeID": 6}])))
        .on("POST /BillingCodes/query", items(json!([{"id": 5, "name": "Divers", "externalNumber": " "}, {"id": 6, "name": "Travail", "externalNumber": "600"}])));
    // The newest invoice is inside the thirty days.
    let findings = Autotask.check(&host).unwrap();
    host.assert_done();
    let codes: Vec<(&str, Level)> = findings
        .iter()
        .map(|f| (f.code.as_str(), f.level))
        .collect();
    assert_eq!(
        codes,
        [
            ("connected", Level::Ok),
            ("quota-nearly-used", Level::Warning),
            ("permission-missing", Level::Error),
            ("udf-missing", Level::Error),
            ("automatic-numbering", Level::Error),
            ("billing-code-without-number", Level::Error),
        ]
    );
    assert!(findings[5].message.fallback.ends_with("Divers"));
}

#[test]
fn a_closed_door_is_a_finding_and_bad_weather_is_a_fault() {
    let refused = |words: &str| Reply::Json(500, json!({"errors": [words]}));
    for (reply, code) in [
        (Reply::Json(401, json!({})), "credentials-refused"),
        (
            refused("IntegrationCode is invalid."),
            "integration-code-invalid",
        ),
        (
            refused("Zone information could not be determined"),
            "zone-unknown",
        ),
    ] {
        let findings = Autotask
            .check(&host().reply("GET /ThresholdInformation", reply))
            .unwrap();
        assert_eq!(
            findings.iter().map(|f| f.code.as_str()).collect::<Vec<_>>(),
            [code]
        );
        assert!(findings[0].place.is_some() && findings[0].fix.is_some());
    }
    let without = host();
    without.unset.borrow_mut().push("secret".into());
    assert_eq!(Autotask.check(&without).unwrap()[0].code, "setting-missing");
    let down = Reply::Error(HttpError::NotSent {
        why: NotSent::Unreachable,
        detail: String::new(),
    });
    assert_eq!(
        Autotask
            .check(&host().reply("GET /ThresholdInformation", down))
            .unwrap_err()
            .kind,
        FaultKind::Unavailable
    );
}
