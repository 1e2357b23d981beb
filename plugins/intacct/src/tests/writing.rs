//! Records that are one function each: customers, contacts, items, single lines.

use super::company::{Accident, Company, Repeat};
use super::*;

fn tokens(count: usize) -> Vec<String> {
    (0..count)
        .map(|at| format!("01J9ZZZZZZZZZZZZZZZZZZZ{at:03}"))
        .collect()
}

#[test]
fn many_customers_are_made_in_one_request_each_by_itself() {
    let company = Company::new();
    company.refuse(
        "<NAME>Wrong</NAME>",
        "BL03000018",
        "The e-mail is in an illegal format",
    );
    let operations: Vec<Operation> = tokens(5)
        .iter()
        .enumerate()
        .map(|(at, token)| {
            let name = if at == 2 {
                "Wrong".to_owned()
            } else {
                format!("N{at}")
            };
            create_as(
                token,
                json!({"name": name, "email": "a@b.example", "city": "Alma"}),
            )
        })
        .collect();
    let outcomes = write(&company, "customer", &operations);
    for (at, outcome) in outcomes.iter().enumerate() {
        match at {
            2 => assert_eq!(
                told(outcome),
                Err((FaultKind::Rejected, "intacct-rejected", None))
            ),
            _ => {
                let body = filter::value(outcome.as_ref().unwrap().body.as_deref().unwrap());
                assert_eq!(
                    (&body["name"], &body["city"]),
                    (&json!(format!("N{at}")), &json!("Alma"))
                );
                assert_eq!(body["print_as"], body["name"]);
            }
        }
    }
    let sent = company.sent_with("<create>");
    assert_eq!(sent.len(), 1);
    assert!(
        sent[0].contains("transaction=\"false\"") && sent[0].contains("<uniqueid>true</uniqueid>")
    );
    assert_eq!(sent[0].matches("<function ").count(), 5);
    assert_eq!(sent[0].matches("<create>").count(), 5);
    assert!(sent[0].contains("<DISPLAYCONTACT><PRINTAS>N0</PRINTAS>"));
}

#[test]
fn whatever_happens_a_customer_is_made_once() {
    for repeat in [Repeat::Error, Repeat::Replay, Repeat::Forgotten] {
        for accident in [
            Accident::LostBefore,
            Accident::LostAfter,
            Accident::Cut,
            Accident::Page(503),
            Accident::Gateway(429, "GW-0010", "API rate limit exceeded"),
            Accident::SessionOver,
        ] {
            for at in 0..6 {
                let company = Company::new();
                company.repeat.set(repeat);
                company.accident(at, accident);
                let operations: Vec<Operation> = tokens(3)
                    .iter()
                    .map(|token| create_as(token, json!({"name": token})))
                    .collect();
                let mut outcomes = write(&company, "customer", &operations);
                for _ in 0..4 {
                    let again: Vec<Operation> = operations
                        .iter()
                        .map(|operation| Operation {
                            resume: company.notes.borrow().get(&operation.token).cloned(),
                            ..operation.clone()
                        })
                        .collect();
                    if outcomes.iter().all(Result::is_ok) {
                        break;
                    }
                    company.now_ms.set(company.now_ms.get() + 1_000_000);
                    outcomes = write(&company, "customer", &again);
                }
                let case = format!("{repeat:?} {accident:?} at {at}");
                assert!(outcomes.iter().all(Result::is_ok), "{case}: {outcomes:?}");
                assert_eq!(company.done("create CUSTOMER"), 3, "{case}");
            }
        }
    }
}

#[test]
fn what_a_lost_answer_is_called_depends_on_whether_it_arrived() {
    // 0 session, 1 fields, 2 look for our id, 3 create.
    for (accident, kind, key) in [
        (
            Accident::LostBefore,
            FaultKind::OutcomeUnknown,
            "sdk-outcome-unknown",
        ),
        (
            Accident::LostAfter,
            FaultKind::OutcomeUnknown,
            "sdk-outcome-unknown",
        ),
        (Accident::Cut, FaultKind::OutcomeUnknown, "sdk-lost"),
        (Accident::Page(500), FaultKind::OutcomeUnknown, "sdk-lost"),
        (Accident::Page(503), FaultKind::OutcomeUnknown, "sdk-lost"),
        (Accident::Page(200), FaultKind::OutcomeUnknown, "sdk-lost"),
        (
            Accident::Gateway(500, "GW-0001", "Unable to process request"),
            FaultKind::OutcomeUnknown,
            "sdk-lost",
        ),
        (
            Accident::Gateway(429, "GW-0010", "API rate limit exceeded"),
            FaultKind::Throttled,
            "intacct-throttled",
        ),
        (
            Accident::Page(429),
            FaultKind::Throttled,
            "intacct-throttled",
        ),
        (
            Accident::Gateway(200, "", "The Service is Temporarily Off-line"),
            FaultKind::Unavailable,
            "intacct-offline",
        ),
        (
            Accident::Gateway(400, "GW-0011", "Invalid Request"),
            FaultKind::Misconfigured,
            "intacct-company-unknown",
        ),
    ] {
        let company = Company::new();
        company.accident(3, accident);
        let outcome = write_one(&company, "customer", create(json!({"name": "A"})));
        assert_eq!(told(&outcome), Err((kind, key, None)), "{accident:?}");
        assert!(company.requests.borrow()[3].contains("<create>"));
        assert_eq!(company.sent(), 4, "{accident:?}");
    }
}

#[test]
fn a_duplicate_names_what_is_there() {
    let company = Company::new();
    company.add(
        "CONTACT",
        &[("CONTACTNAME", "Ann(CC1)"), ("PRINTAS", "Ann")],
    );
    for (entity, body, expected, existing) in [
        (
            "contact",
            json!({"contact_name": "Ann(CC1)"}),
            (FaultKind::Exists, "intacct-duplicate", None),
            Some("Ann(CC1)"),
        ),
        (
            "item",
            json!({"item_id": "P1", "name": "Gold", "item_type": "Kit"}),
            (FaultKind::Exists, "intacct-duplicate", None),
            Some("P1"),
        ),
        (
            "customer",
            json!({"customer_id": "C1", "name": "Alma"}),
            (FaultKind::Exists, "intacct-duplicate", None),
            Some("C1"),
        ),
        // The customer is new, its display contact's name is taken.
        (
            "customer",
            json!({"name": "Ann", "contact_name": "Ann(CC1)"}),
            (
                FaultKind::Rejected,
                "intacct-contact-taken",
                Some("contact_name"),
            ),
            None,
        ),
    ] {
        let outcome = write_one(&company, entity, create(body.clone()));
        assert_eq!(told(&outcome), Err(expected), "{body}");
        assert_eq!(outcome.unwrap_err().existing.as_deref(), existing, "{body}");
    }
}

#[test]
fn a_record_that_carries_our_id_already_is_that_one() {
    let company = Company::new();
    company.add(
        "CUSTOMER",
        &[("CUSTOMERID", "C7"), ("NAME", "A"), ("LIAISON_ID", "001A")],
    );
    let outcome = write_one(
        &company,
        "customer",
        create(json!({"name": "A", "external_id": "001A"})),
    );
    assert_eq!(told(&outcome), Ok("C7"));
    assert_eq!(company.done("create CUSTOMER"), 0);
    let twice = [
        create_as(
            "01J9ZZZZZZZZZZZZZZZZZZZ001",
            json!({"name": "A", "external_id": "001B"}),
        ),
        create_as(
            "01J9ZZZZZZZZZZZZZZZZZZZ002",
            json!({"name": "B", "external_id": "001B"}),
        ),
    ];
    let outcomes = write(&company, "customer", &twice);
    assert!(outcomes[0].is_ok());
    assert_eq!(
        told(&outcomes[1]),
        Err((FaultKind::Rejected, "intacct-twice", Some("external_id")))
    );
}

#[test]
fn what_a_record_needs_is_said_before_anything_is_sent() {
    for (entity, body, key, field) in [
        ("customer", json!({}), "intacct-needed", "name"),
        (
            "customer",
            json!({"name": "A", "status": "asleep"}),
            "intacct-word",
            "status",
        ),
        (
            "contact",
            json!({"first_name": "A"}),
            "intacct-needed",
            "contact_name",
        ),
        (
            "item",
            json!({"item_id": "P3", "name": "X"}),
            "intacct-needed",
            "item_type",
        ),
        (
            "item",
            json!({"item_id": "P3", "name": "X", "item_type": "Thing"}),
            "intacct-word",
            "item_type",
        ),
        (
            "contract_line",
            json!({"item_id": "P1"}),
            "intacct-needed",
            "contract_id",
        ),
    ] {
        let company = Company::new();
        let outcome = write_one(&company, entity, create(body.clone()));
        assert_eq!(
            told(&outcome),
            Err((FaultKind::Rejected, key, Some(field))),
            "{entity} {body}"
        );
        assert_eq!(company.sent_with("<create>").len(), 0);
    }
}

#[test]
fn updates_are_one_request_and_set_only_what_changes() {
    let company = Company::new();
    company.add(
        "CUSTOMER",
        &[
            ("CUSTOMERID", "C2"),
            ("NAME", "B"),
            ("COMMENTS", "old"),
            ("DISPLAYCONTACT.EMAIL1", "b@b.example"),
        ],
    );
    let operations = [
        update("C1", None, json!({"name": "Alma inc.", "status": null})),
        update(
            "C2",
            None,
            json!({"name": "B", "comments": null, "email": "c@b.example", "customer_id": "C2"}),
        ),
        update("C3", None, json!({"name": "C"})),
        update("C2", None, json!({"customer_id": "C9"})),
    ];
    let outcomes = write(&company, "customer", &operations);
    let told: Vec<_> = outcomes.iter().map(told).collect();
    assert_eq!(told[0], Ok("C1"));
    assert_eq!(told[1], Ok("C2"));
    assert_eq!(
        told[2],
        Err((FaultKind::NotFound, "intacct-not-there", None))
    );
    assert_eq!(
        told[3],
        Err((
            FaultKind::Rejected,
            "intacct-only-once",
            Some("customer_id")
        ))
    );
    let sent = company.sent_with("<update>");
    assert_eq!(sent.len(), 1);
    // Setting twice does no harm, and what is set back must not be taken for a repeat.
    assert!(sent[0].contains("<uniqueid>false</uniqueid>"));
    assert!(
        sent[0].contains("<NAME>Alma inc.</NAME></CUSTOMER>"),
        "{}",
        sent[0]
    );
    assert!(sent[0].contains(
        "<COMMENTS></COMMENTS><DISPLAYCONTACT><EMAIL1>c@b.example</EMAIL1></DISPLAYCONTACT>"
    ));
    let body = filter::value(outcomes[1].as_ref().unwrap().body.as_deref().unwrap());
    assert_eq!(
        (&body["comments"], &body["email"]),
        (&Value::Null, &json!("c@b.example"))
    );
}

#[test]
fn an_update_that_changes_nothing_sends_nothing() {
    let company = Company::new();
    let outcome = write_one(
        &company,
        "customer",
        update("C1", None, json!({"name": " Alma "})),
    );
    assert_eq!(told(&outcome), Ok("C1"));
    assert_eq!(company.sent_with("<update>").len(), 0);
}

#[test]
fn one_refused_update_stops_no_other() {
    let company = Company::new();
    company.refuse(
        "<NAME>Bad</NAME>",
        "BL01001973",
        "Could not update Item record!",
    );
    let outcomes = write(
        &company,
        "item",
        &[
            update("P1", None, json!({"name": "Bad"})),
            update("P2", None, json!({"name": "Good"})),
        ],
    );
    assert_eq!(
        told(&outcomes[0]),
        Err((FaultKind::Rejected, "intacct-rejected", None))
    );
    assert_eq!(told(&outcomes[1]), Ok("P2"));
}

#[test]
fn custom_fields_go_both_ways() {
    let company = Company::new();
    company
        .fields
        .borrow_mut()
        .get_mut("CUSTOMER")
        .unwrap()
        .push("*REGION".to_owned());
    let outcome = write_one(
        &company,
        "customer",
        create(json!({"name": "A", "custom_fields": {"REGION": "North"}})),
    );
    let applied = outcome.unwrap();
    assert_eq!(
        filter::value(applied.body.as_deref().unwrap())["custom_fields"],
        json!({"REGION": "North"})
    );
    let outcome = write_one(
        &company,
        "customer",
        update(
            &applied.id,
            None,
            json!({"custom_fields": {"REGION": null}}),
        ),
    );
    assert_eq!(
        filter::value(outcome.unwrap().body.as_deref().unwrap())["custom_fields"],
        json!({"REGION": null})
    );
}

#[test]
fn an_adopted_record_gets_our_id_late_and_keeps_it() {
    let company = Company::new();
    let first = write_one(
        &company,
        "customer",
        update("C1", None, json!({"external_id": "001A"})),
    );
    assert_eq!(told(&first), Ok("C1"));
    assert_eq!(company.rows("CUSTOMER")[0]["LIAISON_ID"], "001A");
    let second = write_one(
        &company,
        "customer",
        update("C1", None, json!({"external_id": "001B"})),
    );
    assert_eq!(
        told(&second),
        Err((
            FaultKind::Rejected,
            "intacct-marker-stays",
            Some("external_id")
        ))
    );
}

#[test]
fn the_custom_field_has_the_name_of_the_setting() {
    let company = Company::with(json!({"marker_field": "sfdc_id"}));
    company
        .fields
        .borrow_mut()
        .get_mut("CUSTOMER")
        .unwrap()
        .push("*SFDC_ID".to_owned());
    write_one(&company, "customer", create(json!({"name": "A"}))).unwrap();
    let rows = company.rows("CUSTOMER");
    assert_eq!(rows.last().unwrap()["SFDC_ID"], TOKEN);
}

#[test]
fn an_entity_may_have_a_custom_field_of_its_own() {
    let company = Company::with(json!({"marker_fields": {"contract": "SFDC_CONTRACT_ID"}}))
        .without("CONTRACT", "LIAISON_ID");
    let field = "*SFDC_CONTRACT_ID".to_owned();
    let mut fields = company.fields.borrow_mut();
    fields.get_mut("CONTRACT").unwrap().push(field);
    drop(fields);
    let applied = write_one(&company, "contract", create(contract(1))).unwrap();
    assert_eq!(company.rows("CONTRACT")[0]["SFDC_CONTRACT_ID"], TOKEN);
    let body = filter::value(applied.body.as_deref().unwrap());
    assert_eq!(body["external_id"], TOKEN);
    assert_eq!(
        company.rows("CONTRACTDETAIL")[0]["LIAISON_ID"],
        format!("{TOKEN}-1")
    );
}

#[test]
fn a_line_is_added_to_a_contract_of_its_own_accord() {
    let company = Company::new();
    company.add(
        "CONTRACT",
        &[
            ("CONTRACTID", "CN-1"),
            ("CUSTOMERID", "C1"),
            ("STATE", "In progress"),
        ],
    );
    let line = json!({"contract_id": "CN-1", "item_id": "P1", "begin_date": "2026-03-01", "flat_amount": "10"});
    let applied = write_one(&company, "contract_line", create(line)).unwrap();
    let row = &company.rows("CONTRACTDETAIL")[0];
    assert_eq!(
        (&row["RECORDNO"], &row["BILLINGMETHOD"]),
        (&applied.id, &"Fixed price".to_owned())
    );
    let outcome = write_one(
        &company,
        "contract_line",
        update(&applied.id, None, json!({"flat_amount": "12"})),
    );
    assert_eq!(
        told(&outcome),
        Err((FaultKind::Rejected, "intacct-posted", Some("flat_amount")))
    );
    let outcome = write_one(
        &company,
        "contract_line",
        update(&applied.id, None, json!({"description": "more"})),
    );
    assert_eq!(told(&outcome), Ok(applied.id.as_str()));
}

#[test]
fn nothing_is_deleted_and_lists_are_not_written() {
    let company = Company::new();
    let delete = Operation {
        action: Action::Delete,
        ..update("C1", None, json!({}))
    };
    let outcome = write_one(&company, "customer", delete);
    assert_eq!(
        told(&outcome),
        Err((FaultKind::Rejected, "intacct-no-delete", None))
    );
    for entity in [
        "payment_term",
        "entity",
        "user",
        "contract_invoice",
        "nothing",
    ] {
        let outcome = write_one(&company, entity, create(json!({})));
        assert_eq!(outcome.unwrap_err().kind, FaultKind::Internal, "{entity}");
    }
    assert_eq!(company.sent(), 0);
}

#[test]
fn markup_in_a_record_is_only_text() {
    let company = Company::new();
    let name = "A</NAME></CUSTOMER></create><delete> & \"B\" 'C' é";
    let applied = write_one(&company, "customer", create(json!({"name": name}))).unwrap();
    assert_eq!(
        filter::value(applied.body.as_deref().unwrap())["name"],
        name
    );
    assert_eq!(company.done("create CUSTOMER"), 1);
}

fn order() -> Value {
    json!({"customer_id": "C1", "document_date": "2026-03-02", "due_date": "2026-04-01", "reference": "R & 1", "term": "Net 30",
        "bill_to_contact": "Alma(CC1)", "currency": "CAD", "state": "Pending", "external_id": "801AA1", "custom_fields": {"REGION": "North"},
        "lines": [{"item_id": "P1", "quantity": "2", "unit": "Each", "price": "10.50"}, {"item_id": "P2", "quantity": "1"}]})
}

#[test]
fn a_document_is_made_once_in_the_form_of_old() {
    for accident in [
        None,
        Some(Accident::LostBefore),
        Some(Accident::LostAfter),
        Some(Accident::Page(500)),
    ] {
        for at in 1..6 {
            let company = Company::with(json!({"order_definition": "Sales Order"}));
            if let Some(accident) = accident {
                company.accident(at, accident);
            }
            let mut outcome = write_one(&company, "order_transaction", create(order()));
            if outcome.is_err() {
                outcome = write_one(&company, "order_transaction", create(order()));
            }
            let applied = outcome.unwrap();
            assert!(
                applied.id.starts_with("Sales Order-SO"),
                "{accident:?} at {at}"
            );
            assert_eq!(company.done("create SODOCUMENT"), 1, "{accident:?} at {at}");
            if let Some(body) = applied.body {
                let body = filter::value(&body);
                assert_eq!(
                    (&body["external_id"], &body["lines"][1]["item_id"]),
                    (&json!("801AA1"), &json!("P2"))
                );
            }
        }
    }
    let company = Company::with(json!({"order_definition": "Sales Order"}));
    write_one(&company, "order_transaction", create(order())).unwrap();
    let sent = &company.sent_with("<create_sotransaction>")[0];
    assert!(sent.contains("<datecreated><year>2026</year><month>03</month><day>02</day></datecreated><customerid>C1</customerid><referenceno>R &amp; 1</referenceno>"));
    assert!(sent.contains(
        "<currency>CAD</currency><exchratetype>Intacct Daily Rate</exchratetype><customfields>"
    ));
}

#[test]
fn what_a_document_needs_is_said_before_anything_is_sent() {
    for (settings, change, key, field) in [
        (json!({}), json!({}), "intacct-no-definition", None),
        (
            json!({"order_definition": "Sales Order"}),
            json!({"document_date": "03/02/2026"}),
            "intacct-unfit",
            Some("document_date"),
        ),
        (
            json!({"order_definition": "Sales Order"}),
            json!({"lines": []}),
            "intacct-needed",
            Some("lines"),
        ),
        (
            json!({"order_definition": "Sales Order"}),
            json!({"lines": [{"item_id": "P1"}]}),
            "intacct-needed",
            Some("lines[0].quantity"),
        ),
        (
            json!({"order_definition": "Sales Order"}),
            json!({"colour": "red"}),
            "intacct-no-field",
            Some("colour"),
        ),
    ] {
        let company = Company::with(settings);
        let mut body = order();
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let fault = write_one(&company, "order_transaction", create(body)).unwrap_err();
        assert_eq!(
            (fault.message.key.as_str(), fault.field.as_deref()),
            (key, field),
            "{change}"
        );
        assert_eq!(company.sent(), 0);
    }
    let company = Company::new();
    let outcome = write_one(
        &company,
        "order_transaction",
        update("X-1", None, json!({"message": "x"})),
    );
    assert_eq!(outcome.unwrap_err().kind, FaultKind::Internal);
}

#[test]
fn a_refusal_that_may_hide_a_record_is_not_taken_for_one() {
    // 0 session, 1 fields, 2 look for our id, 3 create, 4 look again.
    let company = Company::new();
    company.refuse("<create><CUSTOMER>", "XL03000008", "already processed");
    for at in 4..8 {
        company.accident(at, Accident::Page(503));
    }
    let outcome = write_one(&company, "customer", create(json!({"name": "A"})));
    assert_eq!(
        told(&outcome),
        Err((FaultKind::OutcomeUnknown, "intacct-unsure", None))
    );
}

#[test]
fn an_inner_object_is_sent_with_all_that_is_known_of_it() {
    let company = Company::new();
    company.add(
        "CONTACT",
        &[
            ("CONTACTNAME", "Ann"),
            ("MAILADDRESS.CITY", "Alma"),
            ("MAILADDRESS.ZIP", "G8B"),
        ],
    );
    write_one(
        &company,
        "contact",
        update("Ann", None, json!({"city": "Amos"})),
    )
    .unwrap();
    let sent = &company.sent_with("<update>")[0];
    assert!(
        sent.contains("<MAILADDRESS><CITY>Amos</CITY><ZIP>G8B</ZIP></MAILADDRESS>"),
        "{sent}"
    );
}

#[test]
fn a_key_that_is_no_id_is_never_linked() {
    for (key, refused, expected) in [
        ("Sales Order-SO", false, Ok("Sales Order-SO")),
        // A key of another kind: the document is known by our id.
        ("41", false, Ok("Sales Order-SO")),
        // What cannot be read is believed.
        ("41", true, Ok("41")),
    ] {
        let company = Company::with(json!({"order_definition": "Sales Order"}));
        *company.order_key.borrow_mut() = (key == "41").then(|| key.to_owned());
        let order = create_as(TOKEN, order());
        if refused {
            let plain = Company::with(json!({"order_definition": "Sales Order"}));
            write_one(&plain, "order_transaction", order.clone()).unwrap();
            let requests = plain.requests.borrow();
            let made = requests
                .iter()
                .position(|r| r.contains("<create_sotransaction>"));
            for at in 1..20 {
                company.accident(made.unwrap() + at, Accident::Page(503));
            }
        }
        let outcome = write_one(&company, "order_transaction", order);
        let told = told(&outcome);
        let told = told.map(|id| id.trim_end_matches(|c: char| c.is_ascii_digit() && id.len() > 2));
        assert_eq!(told, expected, "{key} {refused}");
    }
}

#[test]
fn what_is_numbered_by_intacct_is_not_sent_again_while_it_may_be_under_way() {
    for accident in [Accident::Late(14), Accident::CutLate(14)] {
        for (entity, object, new) in [
            ("customer", "CUSTOMER", json!({"name": "Beta"})),
            ("contact", "CONTACT", json!({"contact_name": "Ann"})),
        ] {
            let company = Company::new();
            let plain = Company::new();
            write_one(&plain, entity, create(new.clone())).unwrap();
            let requests = plain.requests.borrow();
            let at = requests
                .iter()
                .position(|r| r.contains("<create>"))
                .unwrap();
            company.accident(at, accident);
            let before = company.rows(object).len();
            write_one(&company, entity, create(new.clone())).unwrap_err();
            for _ in 0..3 {
                let again = Operation {
                    resume: company.notes.borrow().get(TOKEN).cloned(),
                    ..create(new.clone())
                };
                let outcome = write_one(&company, entity, again);
                let wait = outcome.as_ref().err().and_then(|fault| fault.wait_ms);
                company.passes(wait.unwrap_or(0) + 1_000);
            }
            company.passes(3_600_000);
            assert_eq!(
                company.rows(object).len(),
                before + 1,
                "{entity} {accident:?}"
            );
        }
    }
}
