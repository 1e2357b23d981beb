//! What writes have in common, and tickets.

use super::*;
use liaison_sdk::host::NotSent;

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
