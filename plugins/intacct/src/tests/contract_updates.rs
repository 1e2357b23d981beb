//! What stands in Intacct already is changed, finished or left alone.

use super::company::{Accident, Company};
use super::contracts::{assert_whole, until_done};
use super::*;
use std::panic::{catch_unwind, AssertUnwindSafe};

fn standing(state: &str) -> (Company, String) {
    let company = Company::new();
    let mut body = contract(2);
    body["as_draft"] = json!(state == "Draft");
    let applied = write_one(&company, "contract", create(body)).unwrap();
    (company, applied.id)
}

#[test]
fn an_update_sets_what_changes_and_tells_what_cannot() {
    for (state, change, expected) in [
        ("In progress", json!({"name": "New name"}), Ok(1)),
        ("In progress", json!({"name": "Alma 2026"}), Ok(0)),
        ("In progress", json!({"description": null}), Ok(0)),
        ("In progress", json!({"end_date": "2028-02-28"}), Ok(1)),
        (
            "In progress",
            json!({"begin_date": "2026-04-01"}),
            Err(("intacct-posted", "begin_date")),
        ),
        ("Draft", json!({"begin_date": "2026-04-01"}), Ok(1)),
        (
            "Draft",
            json!({"customer_id": "C2"}),
            Err(("intacct-only-once", "customer_id")),
        ),
        (
            "In progress",
            json!({"total_amount": "5"}),
            Err(("intacct-read-only", "total_amount")),
        ),
        (
            "In progress",
            json!({"state": "Cancelled"}),
            Err(("intacct-state", "state")),
        ),
        (
            "In progress",
            json!({"state": "Draft"}),
            Err(("intacct-state", "state")),
        ),
        (
            "In progress",
            json!({"state": "In progress", "as_draft": true}),
            Ok(0),
        ),
        (
            "In progress",
            json!({"external_id": "other"}),
            Err(("intacct-marker-stays", "external_id")),
        ),
        (
            "In progress",
            json!({"lines": []}),
            Err(("intacct-fewer-lines", "lines")),
        ),
        (
            "In progress",
            json!({"lines": [{"item_id": "P1", "quantity": "3"}, {"item_id": "P2"}]}),
            Err(("intacct-posted", "lines[0].quantity")),
        ),
        (
            "In progress",
            json!({"lines": [{"item_id": "P1", "quantity": "2.0"}, {"item_id": "P2"}]}),
            Ok(0),
        ),
        (
            "Draft",
            json!({"lines": [{"item_id": "P2"}, {"item_id": "P2"}]}),
            Err(("intacct-only-once", "lines[0].item_id")),
        ),
    ] {
        let (company, id) = standing(state);
        let case = format!("{state} {change}");
        let outcome = write_one(&company, "contract", update(&id, None, change));
        match expected {
            Ok(updates) => {
                assert_eq!(told(&outcome), Ok(id.as_str()), "{case}");
                assert_eq!(company.done("update CONTRACT"), updates, "{case}");
            }
            Err((key, field)) => {
                assert_eq!(
                    told(&outcome),
                    Err((FaultKind::Rejected, key, Some(field))),
                    "{case}"
                );
                assert_eq!(company.done("update CONTRACT"), 0, "{case}");
            }
        }
    }
}

#[test]
fn a_draft_is_posted_by_its_state() {
    let (company, id) = standing("Draft");
    let applied = write_one(
        &company,
        "contract",
        update(&id, None, json!({"state": "In progress"})),
    )
    .unwrap();
    assert_whole(&company, "posted", 2, "In progress");
    assert_eq!(
        filter::value(applied.body.as_deref().unwrap())["state"],
        "In progress"
    );
}

#[test]
fn lines_are_changed_on_a_draft_and_added_to_any() {
    for (state, quantity) in [("Draft", "5"), ("In progress", "2")] {
        let (company, id) = standing(state);
        let lines = json!([{"item_id": "P1", "quantity": quantity}, {"item_id": "P2"},
            {"item_id": "P1", "quantity": "1", "description": "line 3"}]);
        write_one(
            &company,
            "contract",
            update(&id, None, json!({"lines": lines})),
        )
        .unwrap();
        let rows = company.rows("CONTRACTDETAIL");
        assert_eq!(rows.len(), 3, "{state}");
        assert_eq!(rows[0]["QUANTITY"], quantity);
        assert_eq!(rows[2]["STATE"], state, "a line is what its contract is");
        assert_eq!(rows[2]["ENDDATE"], "02/28/2027");
    }
}

#[test]
fn an_added_line_whose_request_arrives_twice_is_there_once() {
    for at in 0..6 {
        let (company, id) = standing("In progress");
        let lines = json!([{"item_id": "P1", "quantity": "2"}, {"item_id": "P2"}, {"item_id": "P1", "quantity": "1"}]);
        company.accident(company.sent() + at, Accident::Twice);
        let update = update(&id, None, json!({"lines": lines}));
        let told = write_one(&company, "contract", update);
        assert!(told.is_ok(), "{at}: {told:?}");
        assert_eq!(company.rows("CONTRACTDETAIL").len(), 3, "{at}");
    }
}

#[test]
fn an_update_of_what_changed_meanwhile_is_a_conflict() {
    let (company, id) = standing("Draft");
    for (version, expected) in [
        (
            Some("01/01/2020 00:00:00"),
            Err((FaultKind::Conflict, "intacct-changed", None)),
        ),
        (None, Ok(id.as_str())),
    ] {
        let outcome = write_one(
            &company,
            "contract",
            update(&id, version, json!({"name": "X"})),
        );
        assert_eq!(told(&outcome), expected);
    }
    let gone = write_one(
        &company,
        "contract",
        update("CN-404", None, json!({"name": "X"})),
    );
    assert_eq!(
        told(&gone),
        Err((FaultKind::NotFound, "intacct-not-there", None))
    );
}

#[test]
fn a_draft_that_stood_there_before_is_never_taken_away() {
    let company = Company::new();
    company.add(
        "CONTRACT",
        &[
            ("CONTRACTID", "CN-7"),
            ("CUSTOMERID", "C1"),
            ("STATE", "Draft"),
            ("LIAISON_ID", "800AA1"),
            ("NAME", "Alma 2026"),
            ("BEGINDATE", "03/01/2026"),
            ("ENDDATE", "02/28/2027"),
        ],
    );
    company.refuse("<post><CONTRACT>", "BL01001973", "The period is closed");
    let mut body = contract(1);
    body["external_id"] = json!("800AA1");
    let outcome = write_one(&company, "contract", create(body));
    assert_eq!(
        told(&outcome),
        Err((FaultKind::Rejected, "intacct-rejected", None))
    );
    assert_eq!(
        (
            company.rows("CONTRACT").len(),
            company.rows("CONTRACTDETAIL").len()
        ),
        (1, 1)
    );
    // The next try, under another token, goes on with it.
    company.refusals.borrow_mut().clear();
    let mut body = contract(1);
    body["external_id"] = json!("800AA1");
    let again = create_as("01J9YYYYYYYYYYYYYYYYYYYYYY", body);
    assert!(until_done(&company, &again).is_ok());
    assert_whole(&company, "again", 1, "In progress");
}

#[test]
fn a_permission_that_lacks_for_posting_lines_keeps_the_contract_unfinished() {
    let company = Company::new();
    company.refuse(
        "<post><CONTRACTDETAIL>",
        "",
        "You do not have permission for API post",
    );
    let fault = write_one(&company, "contract", create(contract(2))).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Misconfigured);
    company.refusals.borrow_mut().clear();
    assert!(until_done(&company, &create(contract(2))).is_ok());
    assert_whole(&company, "after the permission", 2, "In progress");
}

#[test]
fn a_draft_that_says_something_else_is_not_posted() {
    for (field, value, there) in [
        ("end_date", "12/31/2026", json!("end_date")),
        ("name", "Another", json!("name")),
    ] {
        let company = Company::new();
        let wire = if field == "name" { "NAME" } else { "ENDDATE" };
        company.add(
            "CONTRACT",
            &[
                ("CONTRACTID", "CN-7"),
                ("CUSTOMERID", "C1"),
                ("STATE", "Draft"),
                ("LIAISON_ID", "800AA1"),
                ("NAME", "Alma 2026"),
                ("BEGINDATE", "03/01/2026"),
                ("ENDDATE", "02/28/2027"),
            ],
        );
        company.books.borrow_mut().rows.get_mut("CONTRACT").unwrap()[0]
            .insert(wire.to_owned(), value.to_owned());
        let mut body = contract(1);
        body["external_id"] = json!("800AA1");
        let outcome = write_one(&company, "contract", create(body));
        assert_eq!(
            told(&outcome),
            Err((FaultKind::Rejected, "intacct-draft-differs", there.as_str()))
        );
        assert_eq!(company.rows("CONTRACT")[0]["STATE"], "Draft");
    }
}

#[test]
fn a_draft_that_a_person_posts_before_its_lines_are_there_gets_them() {
    let company = Company::new();
    company.refuse(
        "<create><CONTRACTDETAIL>",
        "",
        "You do not have permission for API create",
    );
    write_one(&company, "contract", create(contract(2))).unwrap_err();
    company.books.borrow_mut().rows.get_mut("CONTRACT").unwrap()[0]
        .insert("STATE".to_owned(), "In progress".to_owned());
    let number = company.rows("CONTRACT")[0]["CONTRACTID"].clone();
    // An accountant has a draft line of his own there.
    company.add(
        "CONTRACTDETAIL",
        &[
            ("CONTRACTID", &number),
            ("ITEMID", "P2"),
            ("STATE", "Draft"),
        ],
    );
    company.refusals.borrow_mut().clear();
    assert!(until_done(&company, &create(contract(2))).is_ok());
    let lines = company.rows("CONTRACTDETAIL");
    let mut states: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| (line["ITEMID"].as_str(), line["STATE"].as_str()))
        .collect();
    states.sort_unstable();
    assert_eq!(
        states,
        [
            ("P1", "In progress"),
            ("P2", "Draft"),
            ("P2", "In progress")
        ],
        "the accountant's stays a draft"
    );
}

/// A contract of this record with these lines: number of its mark (none: an accountant's), item, state.
fn lined(lines: &[(Option<usize>, &str, &str)], marked: bool) -> Company {
    let company = match marked {
        true => Company::new(),
        false => Company::new().without("CONTRACTDETAIL", "LIAISON_ID"),
    };
    for item in ["P3", "P4"] {
        company.add("ITEM", &[("ITEMID", item), ("NAME", item)]);
    }
    company.add(
        "CONTRACT",
        &[
            ("CONTRACTID", "CN-7"),
            ("CUSTOMERID", "C1"),
            ("STATE", "In progress"),
            ("LIAISON_ID", "800AA1"),
            ("BEGINDATE", "03/01/2026"),
            ("ENDDATE", "02/28/2027"),
        ],
    );
    for (number, item, state) in lines {
        let mark = number.map(|number| format!("800AA1-{number}"));
        company.add(
            "CONTRACTDETAIL",
            &[
                ("CONTRACTID", "CN-7"),
                ("ITEMID", item),
                ("STATE", state),
                ("QUANTITY", "1"),
                ("LIAISON_ID", mark.as_deref().unwrap_or_default()),
            ],
        );
    }
    company
}

#[test]
fn lines_are_paired_by_our_mark_and_their_item() {
    let (live, ended) = ("In progress", "Cancelled");
    let fewer: Result<&[&str], _> = Err(("intacct-fewer-lines", "lines"));
    type Case<'a> = (
        &'a str,
        &'a [(Option<usize>, &'a str, &'a str)],
        &'a [&'a str],
        Result<&'a [&'a str], (&'a str, &'a str)>,
    );
    let cases: &[Case] = &[
        (
            "as it was",
            &[(Some(1), "P1", live), (Some(2), "P2", live)],
            &["P1", "P2"],
            Ok(&[]),
        ),
        (
            "one more",
            &[(Some(1), "P1", live)],
            &["P1", "P2"],
            Ok(&["P2 800AA1-2"]),
        ),
        (
            "taken out of the source",
            &[
                (Some(1), "P1", live),
                (Some(2), "P2", live),
                (Some(3), "P3", live),
            ],
            &["P1", "P3"],
            fewer,
        ),
        (
            "taken out of the source and cancelled in Intacct",
            &[
                (Some(1), "P1", live),
                (Some(2), "P2", ended),
                (Some(3), "P3", live),
            ],
            &["P1", "P3"],
            Ok(&[]),
        ),
        (
            "and one more after that",
            &[
                (Some(1), "P1", live),
                (Some(2), "P2", ended),
                (Some(3), "P3", live),
            ],
            &["P1", "P3", "P4"],
            Ok(&["P4 800AA1-4"]),
        ),
        (
            "cancelled in Intacct alone",
            &[
                (Some(1), "P1", live),
                (Some(2), "P2", ended),
                (Some(3), "P3", live),
            ],
            &["P1", "P2", "P3"],
            Ok(&[]),
        ),
        (
            "deleted in Intacct",
            &[(Some(1), "P1", live), (Some(3), "P3", live)],
            &["P1", "P2", "P3"],
            Ok(&["P2 800AA1-2"]),
        ),
        (
            "the first of two alike is cancelled and taken out",
            &[(Some(1), "P1", "Closed"), (Some(2), "P1", live)],
            &["P1"],
            Ok(&[]),
        ),
        (
            "the first of two alike is cancelled",
            &[(Some(1), "P1", ended), (Some(2), "P1", live)],
            &["P1", "P1"],
            Ok(&[]),
        ),
        (
            "put before",
            &[(Some(1), "P1", live)],
            &["P2", "P1"],
            Ok(&["P2 800AA1-3"]),
        ),
        (
            "another item in its place",
            &[(Some(1), "P1", live), (Some(2), "P2", live)],
            &["P1", "P3"],
            Err(("intacct-only-once", "lines[1].item_id")),
        ),
        (
            "an accountant's own line",
            &[(Some(1), "P1", live), (None, "P3", live)],
            &["P1"],
            Ok(&[]),
        ),
        (
            "an accountant's own line of the same item",
            &[(Some(1), "P1", live), (None, "P2", live)],
            &["P1", "P2"],
            Ok(&["P2 800AA1-2"]),
        ),
        (
            "the first is deleted and an accountant has one of his own",
            &[(Some(2), "P2", live), (None, "P3", live)],
            &["P1", "P2"],
            Ok(&["P1 800AA1-1"]),
        ),
        (
            "made before the company had the field",
            &[
                (None, "P1", live),
                (None, "P2", live),
                (Some(3), "P3", live),
            ],
            &["P1", "P2", "P3"],
            Ok(&[]),
        ),
        (
            "no line is marked",
            &[(None, "P1", live), (None, "P2", live)],
            &["P1", "P2"],
            Ok(&[]),
        ),
    ];
    for (case, lines, wanted, expected) in cases {
        let company = lined(lines, true);
        let before = company.rows("CONTRACTDETAIL").len();
        let wanted: Vec<Value> = wanted
            .iter()
            .map(|item| json!({"item_id": item, "quantity": "1"}))
            .collect();
        let body = json!({ "lines": wanted });
        let outcome = write_one(&company, "contract", update("CN-7", None, body.clone()));
        match expected {
            Err((key, field)) => {
                let (_, found, place) = told(&outcome).unwrap_err();
                assert_eq!((found, place), (*key, Some(*field)), "{case}");
            }
            Ok(added) => {
                assert!(outcome.is_ok(), "{case}: {outcome:?}");
                let rows = company.rows("CONTRACTDETAIL");
                let new = rows[before..].iter();
                let new: Vec<String> = new
                    .map(|row| format!("{} {}", row["ITEMID"], row["LIAISON_ID"]))
                    .collect();
                assert_eq!(new, *added, "{case}");
                // And then there is peace.
                let again = write_one(&company, "contract", update("CN-7", None, body));
                assert!(again.is_ok(), "{case}: {again:?}");
                assert_eq!(company.rows("CONTRACTDETAIL").len(), rows.len(), "{case}");
            }
        }
    }
}

#[test]
fn where_lines_carry_no_mark_a_cancelled_one_keeps_its_place() {
    let lines = [
        (None, "P1", "In progress"),
        (None, "P2", "Cancelled"),
        (None, "P3", "In progress"),
    ];
    for wanted in [vec!["P1", "P2", "P3"], vec!["P1", "P3"]] {
        let company = lined(&lines, false);
        let body: Vec<Value> = wanted
            .iter()
            .map(|item| json!({ "item_id": item }))
            .collect();
        let outcome = write_one(
            &company,
            "contract",
            update("CN-7", None, json!({ "lines": body })),
        );
        assert!(outcome.is_ok(), "{wanted:?}: {outcome:?}");
        assert_eq!(company.rows("CONTRACTDETAIL").len(), 3, "{wanted:?}");
    }
}

#[test]
fn an_added_line_that_is_still_under_way_is_not_added_again() {
    for accident in [
        Accident::Late(14),
        Accident::CutLate(14),
        Accident::DiesLate(14),
    ] {
        for at in 0..6 {
            let (company, id) = standing("In progress");
            let lines = json!([{"item_id": "P1", "quantity": "2"}, {"item_id": "P2"}, {"item_id": "P1", "quantity": "1"}]);
            company.accident(company.sent() + at, accident);
            // Planned anew, an update has another token.
            let mut last = None;
            for token in [
                "01J9AAAAAAAAAAAAAAAAAAAAA",
                "01J9BBBBBBBBBBBBBBBBBBBBB",
                "01J9CCCCCCCCCCCCCCCCCCCCC",
                "01J9DDDDDDDDDDDDDDDDDDDDD",
            ] {
                let update = Operation {
                    token: token.to_owned(),
                    ..update(&id, None, json!({"lines": lines}))
                };
                let outcome =
                    catch_unwind(AssertUnwindSafe(|| write_one(&company, "contract", update)));
                let wait = outcome
                    .as_ref()
                    .ok()
                    .and_then(|told| told.as_ref().err()?.wait_ms);
                company.passes(wait.unwrap_or(0) + 1_000);
                last = outcome.ok();
                if matches!(last, Some(Ok(_))) {
                    break;
                }
            }
            assert!(matches!(last, Some(Ok(_))), "{accident:?} {at}: {last:?}");
            company.passes(3_600_000);
            assert_eq!(company.rows("CONTRACTDETAIL").len(), 3, "{accident:?} {at}");
        }
    }
}

#[test]
fn a_contract_whose_term_is_over_counts_as_posted() {
    for (state, expected) in [
        ("Renewed", None),
        ("Not renewed", None),
        ("Cancelled", Some("intacct-state")),
    ] {
        let company = lined(&[], true);
        company.books.borrow_mut().rows.get_mut("CONTRACT").unwrap()[0]
            .insert("STATE".to_owned(), state.to_owned());
        let body = json!({"state": "In progress"});
        let outcome = write_one(&company, "contract", update("CN-7", None, body));
        let told = told(&outcome).err().map(|(_, key, _)| key);
        assert_eq!(told, expected, "{state}");
        assert_eq!(company.done("post CONTRACT"), 0);
    }
}

#[test]
fn of_a_draft_that_cannot_be_taken_away_the_one_that_failed_is_quoted() {
    let company = Company::new();
    company.refuse("<post><CONTRACT>", "BL01001973", "The period is closed");
    // The lines go first and are undone; the contract is what is refused.
    company.refuse("<delete><object>CONTRACT</object>", "BL1", "It is locked");
    let operation = create(contract(1));
    write_one(&company, "contract", operation.clone()).unwrap_err();
    let again = Operation {
        resume: company.notes.borrow().get(TOKEN).cloned(),
        ..operation
    };
    let fault = write_one(&company, "contract", again).unwrap_err();
    assert_eq!(fault.message.key, "intacct-draft-left");
    assert_eq!(fault.vendor_text.as_deref(), Some("It is locked"));
}

#[test]
fn custom_fields_of_lines_go_both_ways() {
    let company = Company::new();
    let custom = |company: &Company, object: &str| {
        let mut fields = company.fields.borrow_mut();
        fields.get_mut(object).unwrap().push("*REGION".to_owned());
    };
    custom(&company, "CONTRACTDETAIL");
    let mut body = contract(1);
    body["as_draft"] = json!(true);
    body["lines"][0]["custom_fields"] = json!({"REGION": "North"});
    let applied = write_one(&company, "contract", create(body)).unwrap();
    let told = filter::value(applied.body.as_deref().unwrap());
    assert_eq!(
        told["lines"][0]["custom_fields"],
        json!({"REGION": "North"})
    );
    for (region, updates) in [("North", 0), ("South", 1)] {
        let lines = json!([{"item_id": "P1", "custom_fields": {"REGION": region}}]);
        let operation = update(&applied.id, None, json!({ "lines": lines }));
        write_one(&company, "contract", operation).unwrap();
        assert_eq!(company.done("update CONTRACTDETAIL"), updates, "{region}");
    }
    assert_eq!(company.rows("CONTRACTDETAIL")[0]["REGION"], "South");
    let sold = Company::with(json!({"order_definition": "Sales Order"}));
    custom(&sold, "SODOCUMENT");
    let document = sold.add(
        "SODOCUMENT",
        &[("DOCID", "Sales Order-1"), ("DOCPARID", "Sales Order")],
    );
    sold.fields.borrow_mut().insert(
        "SODOCUMENTENTRY".to_owned(),
        ["RECORDNO", "DOCHDRNO", "ITEMID", "*REGION"]
            .map(str::to_owned)
            .to_vec(),
    );
    sold.add(
        "SODOCUMENTENTRY",
        &[
            ("DOCHDRNO", &document),
            ("ITEMID", "P1"),
            ("REGION", "West"),
        ],
    );
    let ids = ["Sales Order-1".to_owned()];
    let read = Intacct.read(&sold, "order_transaction", &ids).unwrap();
    let shown = super::body(read[0].as_ref().unwrap());
    assert_eq!(
        shown["lines"][0]["custom_fields"],
        json!({"REGION": "West"})
    );
}
