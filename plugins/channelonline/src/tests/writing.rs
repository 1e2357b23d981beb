//! What goes out when something is written, to the byte.

use super::*;

const IMPORT: &str = "import_customers_request";
const UPDATE: &str = "update_documents_request";
const COMPLETE: &str = "complete_actions_request";

fn answered(company: &Company, answer: &str) {
    company
        .answers
        .borrow_mut()
        .push_back(Ok(answer.to_owned()));
}

fn lost(company: &Company) {
    let error = HttpError::NoAnswer {
        detail: "reset".to_owned(),
    };
    company.answers.borrow_mut().push_back(Err(error));
}

fn made(status: &str, more: &str) -> String {
    format!("<results><result ref=\"{TOKEN}\" status=\"{status}\" {more}/></results>")
}

#[test]
fn a_new_customer_is_looked_for_and_then_goes_out_as_an_upsert() {
    let company = Company::new();
    answered(
        &company,
        &made("created", "customerId=\"5009\" customerNumber=\"AL0001\""),
    );
    let body = json!({"name": "Alma & Co", "phone": "555-555-5555", "active": true, "type": "customer", "external_id": "29",
        "address_line_1": "1 Main", "city": "Alma", "shipping_city": null, "payment_terms": "Net 30"});
    let outcome = write_one(&company, "customer", create(body));
    assert_eq!(told(&outcome), Ok("AL0001"));
    assert_eq!(company.asked(), ["export_customers_request", IMPORT]);
    assert_eq!(company.sent_to("export_customers_request"), ["<options><companyName>Alma &amp; Co</companyName><includeContacts>true</includeContacts></options>"]);
    assert_eq!(company.sent_to(IMPORT), [format!("<customers><customer requestId=\"{TOKEN}\" action=\"upsert\" active=\"true\" type=\"customer\"><companyName>Alma &amp; Co</companyName><phone>555-555-5555</phone><terms>Net 30</terms><address type=\"billing\"><line1>1 Main</line1><city>Alma</city></address><address type=\"shipping\"><city></city></address><externalId system=\"autotask\">29</externalId></customer></customers>")]);
    assert!(company.noted(TOKEN).is_some());
}

#[test]
fn a_customer_that_is_there_is_told_and_never_written_into() {
    for (number, name, expected, existing) in [
        (
            "NW0042",
            "Other",
            (FaultKind::Exists, "channelonline-customer-there"),
            Some("NW0042"),
        ),
        (
            "",
            "Northwind",
            (FaultKind::Exists, "channelonline-customer-there"),
            Some("NW0042"),
        ),
        (
            "",
            "Twice",
            (FaultKind::Ambiguous, "channelonline-several-named"),
            None,
        ),
        ("", "", (FaultKind::Rejected, "channelonline-no-name"), None),
    ] {
        let company = Company::new();
        company.customer("NW0042", "5001", "Northwind", 1, "");
        company.customer("TW0001", "5002", "Twice", 1, "");
        company.customer("TW0002", "5003", "Twice", 1, "");
        let outcome = write_one(
            &company,
            "customer",
            create(json!({"name": name, "number": number})),
        );
        assert_eq!(told(&outcome), Err(expected), "{name}");
        assert_eq!(outcome.unwrap_err().existing.as_deref(), existing);
        assert_eq!(company.sent_to(IMPORT), [""; 0]);
    }
}

#[test]
fn a_create_that_got_no_answer_is_sent_again_to_the_byte_and_without_a_look() {
    let company = Company::new();
    lost(&company);
    let operation = create(json!({"name": "Alma"}));
    let outcome = write_one(&company, "customer", operation.clone());
    assert_eq!(
        told(&outcome),
        Err((FaultKind::OutcomeUnknown, "sdk-outcome-unknown"))
    );
    // It had been carried out, so a look would find it.
    company.customer("AL0001", "5009", "Alma", 1, "");
    answered(&company, &made("created", "customerId=\"5009\""));
    let again = Operation {
        resume: company.noted(TOKEN),
        ..operation
    };
    assert_eq!(told(&write_one(&company, "customer", again)), Ok("AL0001"));
    let sent = company.sent_to(IMPORT);
    assert_eq!((sent.len(), &sent[0]), (2, &sent[1]));
    assert!(
        company
            .asked()
            .ends_with(&["export_customers_request".to_owned()]),
        "its number is asked for by its system id"
    );
}

#[test]
fn an_update_sends_what_it_names_and_keeps_to_the_customer() {
    let company = Company::new();
    company.customer("NW0042", "5001", "Northwind", 1, "");
    answered(&company, "<results><result status=\"updated\"/></results>");
    let outcome = write_one(
        &company,
        "customer",
        update("NW0042", None, json!({"phone": null, "number": "NW0042"})),
    );
    assert_eq!(told(&outcome), Ok("NW0042"));
    answered(&company, &made("unchanged", ""));
    let outcome = write_one(
        &company,
        "customer",
        update("NW0042", None, json!({"external_id": "29"})),
    );
    assert_eq!(told(&outcome), Ok("NW0042"));
    assert_eq!(company.sent_to(IMPORT), [
        format!("<customers><customer requestId=\"{TOKEN}\" action=\"update\" customerNumber=\"NW0042\"><phone></phone></customer></customers>"),
        format!("<customers><customer requestId=\"{TOKEN}\" action=\"update\" customerId=\"5001\" customerNumber=\"NW0042\"><externalId system=\"autotask\">29</externalId></customer></customers>"),
    ]);
    let outcome = write_one(
        &company,
        "customer",
        update("NW0042", None, json!({"number": "NW1"})),
    );
    assert_eq!(
        told(&outcome),
        Err((FaultKind::Rejected, "channelonline-stays"))
    );
}

#[test]
fn an_address_of_which_a_part_changes_goes_whole() {
    let company = Company::new();
    let there = "<address type=\"billing\"><line1>1 Main</line1><city>Austin</city><postalCode>78701</postalCode></address><address type=\"shipping\"><city>Waco</city></address>";
    company.customer("NW0042", "5001", "Northwind", 1, there);
    answered(&company, "<results><result status=\"updated\"/></results>");
    let outcome = write_one(
        &company,
        "customer",
        update("NW0042", None, json!({"city": "Amos", "postal_code": null})),
    );
    assert_eq!(told(&outcome), Ok("NW0042"));
    assert_eq!(company.sent_to(IMPORT), [
        format!("<customers><customer requestId=\"{TOKEN}\" action=\"update\" customerId=\"5001\" customerNumber=\"NW0042\"><address type=\"billing\"><line1>1 Main</line1><line2></line2><city>Amos</city><state></state><postalCode></postalCode><country></country></address></customer></customers>"),
    ]);
}

#[test]
fn every_refusal_of_a_write_has_its_kind() {
    for (answer, expected) in [
        ("<error code=\"422\">Bad</error>".to_owned(), (FaultKind::Rejected, "channelonline-invalid")),
        (made("failed", ""), (FaultKind::Rejected, "channelonline-refused")),
        (format!("<results><result ref=\"{TOKEN}\" status=\"failed\"><error code=\"404\">None</error></result></results>"), (FaultKind::NotFound, "channelonline-not-found")),
        ("<error code=\"102\"/>".to_owned(), (FaultKind::Misconfigured, "channelonline-permission")),
        ("<error code=\"503\"/>".to_owned(), (FaultKind::Unavailable, "channelonline-busy")),
        ("<results/>".to_owned(), (FaultKind::OutcomeUnknown, "channelonline-untold")),
    ] {
        let company = Company::new();
        answered(&company, &answer);
        let outcome = write_one(&company, "customer", update("C", None, json!({"phone": "1"})));
        assert_eq!(told(&outcome), Err(expected), "{answer}");
        assert_eq!(company.sent_to(IMPORT).len(), 1);
    }
}

#[test]
fn contacts_go_with_their_customer() {
    let company = Company::new();
    company.customer(
        "NW0042",
        "5001",
        "Northwind",
        1,
        "<contact contactId=\"7001\"><email>Joe@northwind.example</email></contact>",
    );
    answered(&company, &format!("<results><result ref=\"{TOKEN}\" status=\"updated\" customerId=\"5001\"><contact contactId=\"7002\"/></result></results>"));
    let body = json!({"customer_id": "NW0042", "first_name": "Ann", "email": "ann@northwind.example", "work_phone": "555-555-5555", "external_id": "30"});
    let outcome = write_one(&company, "contact", create(body));
    assert_eq!(told(&outcome), Ok("NW0042/7002"));
    answered(&company, &made("updated", ""));
    let outcome = write_one(
        &company,
        "contact",
        update(
            "NW0042/7001",
            None,
            json!({"active": false, "title": "CEO"}),
        ),
    );
    assert_eq!(told(&outcome), Ok("NW0042/7001"));
    assert_eq!(company.sent_to(IMPORT), [
        format!("<customers><customer requestId=\"{TOKEN}\" action=\"update\" customerNumber=\"NW0042\"><contact><firstName>Ann</firstName><email>ann@northwind.example</email><workPhone>555-555-5555</workPhone><externalId system=\"autotask\">30</externalId></contact></customer></customers>"),
        format!("<customers><customer requestId=\"{TOKEN}\" action=\"update\" customerNumber=\"NW0042\"><contact contactId=\"7001\" active=\"false\"><title>CEO</title></contact></customer></customers>"),
    ]);
    for (body, expected) in [
        (
            json!({"customer_id": "NW0042", "email": "JOE@northwind.example"}),
            (FaultKind::Exists, "channelonline-contact-there"),
        ),
        (
            json!({"customer_id": "NONE", "email": "a@b.example"}),
            (
                FaultKind::MissingReference,
                "channelonline-contact-of-nobody",
            ),
        ),
        (
            json!({"email": "a@b.example"}),
            (
                FaultKind::MissingReference,
                "channelonline-contact-of-nobody",
            ),
        ),
    ] {
        assert_eq!(
            told(&write_one(&company, "contact", create(body))),
            Err(expected)
        );
    }
    // Where the answer names no contact, it is looked for.
    company.customer("AL0001", "5002", "Alma", 1, "");
    answered(&company, &made("updated", ""));
    let body = json!({"customer_id": "AL0001", "email": "x@alma.example"});
    let outcome = write_one(&company, "contact", create(body));
    assert_eq!(
        told(&outcome),
        Err((FaultKind::OutcomeUnknown, "channelonline-untold"))
    );
}

#[test]
fn a_document_is_written_back_at_its_revision() {
    let company = Company::with(json!({"opportunity_id_field": "AT <ID>", "actions": false}));
    company.document_with("Quote", "Q-10045", 1, "<itemList><product lineItemId=\"1\"/><product lineItemId=\"2\"><externalId system=\"autotask\">44</externalId></product></itemList>");
    let body = json!({"opportunity_id": "77", "opportunity_name": null, "custom_fields": {"Region": "West"}});
    let outcome = write_one(&company, "quote", update("Q-10045", Some("910045/2"), body));
    assert_eq!(outcome.unwrap().version.as_deref(), Some("910045/2"));
    assert_eq!(company.asked(), [UPDATE]);
    let body = json!({"remove_lines": ["1", "9"], "add_lines": [
        {"product_type": "Service", "part_number": "S", "description": "Help", "quantity": "2", "price": "10.00", "external_id": "45"},
        {"product_type": "Service", "quantity": "1", "external_id": "44"}]});
    answered(
        &company,
        "<results><result status=\"updated\" revisionNumber=\"3\"/></results>",
    );
    let outcome = write_one(&company, "quote", update("Q-10045", None, body));
    assert_eq!(outcome.unwrap().version.as_deref(), Some("910045/3"));
    assert_eq!(company.sent_to(UPDATE), [
        "<documents><document documentId=\"910045\" revisionNumber=\"2\"><customField name=\"Autotask Opportunity\"></customField><customField name=\"AT &lt;ID&gt;\">77</customField><customField name=\"Region\">West</customField></document></documents>",
        "<documents><document documentId=\"910045\" revisionNumber=\"2\"><removeLine lineItemId=\"1\"/><addLine productType=\"Service\"><partNumber>S</partNumber><descriptionLine1>Help</descriptionLine1><quantity>2</quantity><price>10.00</price><externalId system=\"autotask\">45</externalId></addLine></document></documents>",
    ]);
    for (body, key) in [
        (
            json!({"add_lines": [{"product_type": "Service", "quantity": "1"}]}),
            "channelonline-unfit",
        ),
        (
            json!({"custom_fields": {"Region": 5}}),
            "channelonline-unfit",
        ),
        (json!({"export_status": "done"}), "channelonline-outcome"),
    ] {
        let outcome = write_one(&company, "quote", update("Q-10045", None, body));
        assert_eq!(told(&outcome), Err((FaultKind::Rejected, key)));
    }
    let outcome = write_one(
        &company,
        "quote",
        update("Q-9", None, json!({"opportunity_id": "1"})),
    );
    assert_eq!(
        told(&outcome),
        Err((FaultKind::NotFound, "channelonline-document-gone"))
    );
}

#[test]
fn a_newer_revision_is_a_conflict_unless_no_revision_was_named() {
    let conflict = "<error code=\"409\">Newer revision</error>";
    let company = Company::new();
    company.document("SalesOrder", "S-1", 1);
    answered(&company, conflict);
    let bound = update("S-1", Some("91/1"), json!({"opportunity_id": "7"}));
    let outcome = write_one(&company, "sales_order", bound);
    assert_eq!(
        told(&outcome),
        Err((FaultKind::Conflict, "channelonline-conflict"))
    );
    assert_eq!(company.sent_to(UPDATE).len(), 1);
    answered(&company, conflict);
    let free = update("S-1", None, json!({"opportunity_id": "7"}));
    assert_eq!(
        told(&write_one(&company, "sales_order", free.clone())),
        Ok("S-1")
    );
    assert_eq!(company.sent_to(UPDATE).len(), 3);
    answered(&company, conflict);
    answered(&company, conflict);
    assert_eq!(
        told(&write_one(&company, "sales_order", free)),
        Err((FaultKind::Conflict, "channelonline-conflict"))
    );
}

#[test]
fn the_outcome_of_an_export_is_shown_and_finishes_what_was_asked_for() {
    let company = Company::with(json!({"outcome_field": "Export"}));
    company.document("Quote", "Q-7", 1);
    company.action("A-1", "export_document", "97", "");
    company.action("A-2", "export_document", "Q-7", "");
    company.action("A-3", "export_document", "Q-8", "");
    let told_once = json!({"opportunity_id": "55", "export_status": "success", "export_message": "Done <1>", "export_action": "A-1"});
    let outcome = write_one(&company, "quote", update("Q-7", None, told_once));
    assert_eq!(told(&outcome), Ok("Q-7"));
    let failed = json!({"export_status": "failure", "export_message": "No terms"});
    assert_eq!(
        told(&write_one(
            &company,
            "quote",
            update("Q-7", Some("97/2"), failed)
        )),
        Ok("Q-7")
    );
    assert_eq!(company.sent_to(UPDATE), [
        "<documents><document documentId=\"97\" revisionNumber=\"2\"><customField name=\"Autotask Opportunity ID\">55</customField><customField name=\"Export\">Done &lt;1&gt;</customField><exported>true</exported><message>Done &lt;1&gt;</message></document></documents>",
        "<documents><document documentId=\"97\" revisionNumber=\"2\"><customField name=\"Export\">No terms</customField><exported>false</exported><message>No terms</message></document></documents>",
    ]);
    assert_eq!(company.sent_to(COMPLETE), [
        "<actions><action actionId=\"A-1\" status=\"success\"><message>Done &lt;1&gt;</message></action></actions>",
        "<actions><action actionId=\"A-2\" status=\"failure\"><message>No terms</message></action></actions>",
    ]);
    assert_eq!(company.actions.borrow().len(), 1);
}

#[test]
fn one_answer_is_for_all_who_asked_the_same_before_and_for_nobody_after() {
    let company = Company::new();
    company.document("Quote", "Q-7", 1);
    for (id, kind) in [
        ("8", "export_document"),
        ("9", "query_services"),
        ("10", "export_document"),
        ("11", "export_document"),
    ] {
        company.action(id, kind, "Q-7", "");
    }
    let told_of = |id: &str| json!({"export_status": "success", "export_message": "Done", "export_action": id});
    let left = |company: &Company| {
        let actions = company.actions.borrow();
        actions.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>()
    };
    // One that is finished already finishes no other.
    for _ in 0..2 {
        let outcome = write_one(&company, "quote", update("Q-7", None, told_of("10")));
        assert_eq!(told(&outcome), Ok("Q-7"));
        assert_eq!(left(&company), ["9", "11"]);
    }
}

#[test]
fn a_query_is_answered_with_choices_and_exports_nothing() {
    let company = Company::new();
    company.document("Quote", "Q-7", 1);
    company.action("A-1", "query_services", "Q-7", "");
    let found = json!({"export_status": "success", "export_message": "2 found", "export_results": [{"id": "1", "name": "A & B"}, {"id": "2"}]});
    assert_eq!(
        told(&write_one(
            &company,
            "quote",
            update("Q-7", Some("97/2"), found)
        )),
        Ok("Q-7")
    );
    assert_eq!(company.sent_to(UPDATE).len(), 1, "the words are shown");
    assert!(!company.sent_to(UPDATE)[0].contains("exported"));
    assert_eq!(company.sent_to(COMPLETE), ["<actions><action actionId=\"A-1\" status=\"success\"><message>2 found</message><results><result id=\"1\" name=\"A &amp; B\"/><result id=\"2\" name=\"\"/></results></action></actions>"]);
}

#[test]
fn an_outcome_that_comes_again_after_its_action_is_finished_shows_nothing() {
    let company = Company::new();
    company.document("Quote", "Q-7", 1);
    let told_of =
        json!({"export_status": "success", "export_message": "2 found", "export_action": "A-1"});
    let outcome = write_one(&company, "quote", update("Q-7", Some("97/2"), told_of));
    assert_eq!(told(&outcome), Ok("Q-7"));
    let sent = company.sent_to(UPDATE);
    assert!(
        sent.iter().all(|sent| !sent.contains("exported")),
        "of a list nobody says that it was exported: {sent:?}"
    );
    // Where nobody asked, it is shown.
    let told_of =
        json!({"export_status": "success", "export_message": "Done", "export_action": "-"});
    let outcome = write_one(&company, "quote", update("Q-7", Some("97/2"), told_of));
    assert_eq!(told(&outcome), Ok("Q-7"));
    let sent = company.sent_to(UPDATE);
    assert!(
        sent.iter()
            .any(|sent| sent.contains("<exported>true</exported>")),
        "{sent:?}"
    );
}

#[test]
fn an_action_is_finished_by_its_own_id_and_once_more_without_harm() {
    let company = Company::new();
    company.action("A-1", "import_customer", "", "");
    let done = || {
        update(
            "A-1",
            None,
            json!({"status": "success", "message": "Imported"}),
        )
    };
    assert_eq!(told(&write_one(&company, "action", done())), Ok("A-1"));
    answered(&company, "<error code=\"404\">No such action</error>");
    assert_eq!(told(&write_one(&company, "action", done())), Ok("A-1"));
    answered(&company, "<error code=\"422\">No</error>");
    assert_eq!(
        told(&write_one(&company, "action", done())),
        Err((FaultKind::Rejected, "channelonline-invalid"))
    );
    let silent = update("A-1", None, json!({"message": "x"}));
    assert_eq!(
        told(&write_one(&company, "action", silent)),
        Err((FaultKind::Rejected, "channelonline-no-outcome"))
    );
}

#[test]
fn a_report_of_a_flow_is_told_on_the_record() {
    let company = Company::new();
    company.document("Quote", "Q-7", 1);
    company.customer("NW0042", "5001", "Northwind", 1, "");
    company.action("A-1", "export_document", "Q-7", "");
    company.action("A-2", "export_customer", "5001", "");
    let report = json!({"subject_type": "quote", "subject_id": "Q-7", "action_id": "A-1", "title": "Not exported", "description": "No terms"});
    let outcome = write_one(&company, "export_result", create(report.clone())).unwrap();
    assert_eq!(outcome.id, "quote/Q-7/A-1");
    assert_eq!(filter::value(&outcome.body.unwrap())["status"], "closed");
    assert_eq!(company.sent_to(UPDATE), ["<documents><document documentId=\"97\" revisionNumber=\"2\"><exported>false</exported><message>Not exported: No terms</message></document></documents>"]);
    assert_eq!(company.sent_to(COMPLETE), ["<actions><action actionId=\"A-1\" status=\"failure\"><message>Not exported: No terms</message></action></actions>"]);
    // Where nobody asked, nothing is finished, and it stays open.
    let unasked = json!({"subject_type": "quote", "subject_id": "Q-7", "action_id": null, "description": "No rep"});
    assert_eq!(
        told(&write_one(&company, "export_result", create(unasked))),
        Ok("quote/Q-7/-")
    );
    let news = update("quote/Q-7/-", None, json!({"description": "Still none"}));
    assert_eq!(
        told(&write_one(&company, "export_result", news)),
        Ok("quote/Q-7/-")
    );
    assert_eq!(company.sent_to(COMPLETE).len(), 1);
    assert!(company.sent_to(UPDATE)[2].contains("<message>Still none</message>"));
    // A customer is named by its number, and by its system id where the action does.
    let report = json!({"subject_type": "customer", "subject_id": "NW0042", "action_id": "A-2", "outcome": "success", "description": "Done"});
    assert_eq!(
        told(&write_one(&company, "export_result", create(report))),
        Ok("customer/NW0042/A-2")
    );
    assert_eq!(company.actions.borrow().len(), 0);
    let ids = ["quote/Q-7/A-1", "quote/Q-7/-", "invoice/1/-"].map(str::to_owned);
    let found = ChannelOnline.read(&company, "export_result", &ids).unwrap();
    let status = |at: usize| {
        found[at]
            .as_ref()
            .map(|entry| body(entry)["status"].clone())
    };
    assert_eq!(
        (status(0), status(1), status(2)),
        (Some(json!("closed")), Some(json!("open")), None)
    );
    for (body, key) in [
        (json!({"subject_type": "quote"}), "channelonline-no-subject"),
        (
            json!({"subject_type": "invoice", "subject_id": "1"}),
            "channelonline-subject-kind",
        ),
    ] {
        assert_eq!(
            told(&write_one(&company, "export_result", create(body))),
            Err((FaultKind::Rejected, key))
        );
    }
}

#[test]
fn what_waits_is_asked_for_once_for_all_documents_of_a_call() {
    let company = Company::new();
    for number in ["Q-1", "Q-2", "Q-3"] {
        company.document("Quote", number, 1_772_000_000);
    }
    company.action("A-2", "export_document", "Q-2", "");
    let told = json!({"export_status": "success", "export_message": "There"});
    let operations = ["Q-1", "Q-2", "Q-3"].map(|number| update(number, None, told.clone()));
    let outcomes = ChannelOnline.write(&company, "quote", &operations);
    let ids: Vec<_> = outcomes.iter().map(self::told).collect();
    assert_eq!(ids, [Ok("Q-1"), Ok("Q-2"), Ok("Q-3")]);
    let times = |root: &str| company.asked().iter().filter(|one| *one == root).count();
    assert_eq!(times("export_actions_request"), 1);
    assert_eq!(times("complete_actions_request"), 1);
    assert_eq!(times(UPDATE), 3);
    assert!(company.actions.borrow().is_empty());
}
