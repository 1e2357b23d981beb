//! Contracts: the header, its lines, posting; and every accident on the way.

use super::company::{Accident, Company, Repeat};
use super::*;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// Sends an operation again and again, as the host does after silence or a crash, until there is an outcome.
#[track_caller]
pub(super) fn until_done(company: &Company, operation: &Operation) -> Outcome {
    let mut last = None;
    for _ in 0..8 {
        let again = Operation {
            resume: company.notes.borrow().get(&operation.token).cloned(),
            ..operation.clone()
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| write_one(company, "contract", again)));
        match outcome {
            Ok(Ok(applied)) => return Ok(applied),
            Ok(Err(fault)) => {
                // What it waits for passes.
                company.passes(fault.wait_ms.unwrap_or(0) + 1_000);
                let again = matches!(
                    fault.kind,
                    FaultKind::OutcomeUnknown | FaultKind::Unavailable | FaultKind::Throttled
                );
                last = Some(fault);
                if !again {
                    break;
                }
            }
            Err(_) => {}
        }
    }
    Err(last.expect("a fault"))
}

/// One contract, its lines once, all posted.
#[track_caller]
pub(super) fn assert_whole(company: &Company, case: &str, lines: usize, state: &str) {
    let contracts = company.rows("CONTRACT");
    assert_eq!(contracts.len(), 1, "{case}");
    assert_eq!(contracts[0]["STATE"], state, "{case}");
    let there = company.rows("CONTRACTDETAIL");
    assert_eq!(there.len(), lines, "{case}");
    for (at, line) in there.iter().enumerate() {
        assert_eq!(line["STATE"], state, "{case} line {at}");
        assert_eq!(line["ITEMDESC"], format!("line {}", at + 1), "{case}");
        assert_eq!(line["CONTRACTID"], contracts[0]["CONTRACTID"], "{case}");
    }
}

#[test]
fn a_contract_is_made_with_its_lines_and_posted() {
    let company = Company::new();
    let applied = write_one(&company, "contract", create(contract(3))).unwrap();
    assert_whole(&company, "plain", 3, "In progress");
    let body = filter::value(applied.body.as_deref().unwrap());
    assert_eq!(body["id"], json!(applied.id));
    assert_eq!(body["state"], "In progress");
    assert_eq!(body["begin_date"], "2026-03-01");
    assert_eq!(body["external_id"], TOKEN);
    assert_eq!(body["lines"].as_array().unwrap().len(), 3);
    assert_eq!(body["lines"][0]["external_id"], format!("{TOKEN}-1"));
    assert!(applied.version.is_some() && applied.ext.is_empty());
    let header = &company.sent_with("<create><CONTRACT>")[0];
    assert!(header.contains("<uniqueid>true</uniqueid>"));
    assert!(header.contains(&format!("controlid=\"{TOKEN}-header\"")));
    assert!(header.contains("<BEGINDATE>03/01/2026</BEGINDATE><ENDDATE>02/28/2027</ENDDATE>"));
    assert!(header.contains("<STATE>Draft</STATE>"));
    let lines = &company.sent_with("<create><CONTRACTDETAIL>");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("<operation transaction=\"true\">"));
    assert!(lines[0].contains("<BILLINGMETHOD>Fixed price</BILLINGMETHOD>"));
    // What a line does not say it has from the contract.
    assert!(lines[0].contains("<ENDDATE>02/28/2027</ENDDATE>"));
    assert_eq!(company.done("post CONTRACT"), 1);
    assert_eq!(company.done("post CONTRACTDETAIL"), 3);
}

#[test]
fn whatever_happens_at_any_step_there_is_one_contract() {
    let plain = Company::new();
    write_one(&plain, "contract", create(contract(3))).unwrap();
    let steps = plain.sent();
    assert!(steps > 8, "{steps}");
    let mut cases = 0;
    for (repeat, marked_lines, external_id) in [
        (Repeat::Error, true, None),
        (Repeat::Error, false, Some("800AA000001")),
        (Repeat::Replay, true, Some("800AA000001")),
        (Repeat::Forgotten, true, None),
        (Repeat::Forgotten, false, None),
    ] {
        for accident in [
            Accident::LostBefore,
            Accident::LostAfter,
            Accident::Dies,
            Accident::Cut,
            Accident::Page(503),
            Accident::Page(500),
            Accident::Gateway(429, "GW-0010", "API rate limit exceeded"),
            Accident::Gateway(500, "GW-0001", "Unable to process request"),
            Accident::SessionOver,
        ] {
            for at in 0..steps {
                let company = match marked_lines {
                    true => Company::new(),
                    false => Company::new().without("CONTRACTDETAIL", "LIAISON_ID"),
                };
                company.repeat.set(repeat);
                company.accident(at, accident);
                let mut body = contract(3);
                if let Some(id) = external_id {
                    body["external_id"] = json!(id);
                }
                let case =
                    format!("{repeat:?} {marked_lines} {external_id:?} {accident:?} at {at}");
                let outcome = until_done(&company, &create(body));
                assert!(outcome.is_ok(), "{case}: {outcome:?}");
                assert_whole(&company, &case, 3, "In progress");
                assert_eq!(company.done("create CONTRACT"), 1, "{case}");
                assert_eq!(company.done("create CONTRACTDETAIL"), 3, "{case}");
                assert_eq!(company.done("post CONTRACT"), 1, "{case}");
                assert_eq!(company.done("post CONTRACTDETAIL"), 3, "{case}");
                cases += 1;
            }
        }
    }
    println!("{cases} accidents");
}

#[test]
fn what_is_still_under_way_is_never_sent_again() {
    let plain = Company::new();
    write_one(&plain, "contract", create(contract(3))).unwrap();
    let steps = plain.sent();
    let writes = ["<create>", "<update>", "<post>"];
    for marked in [true, false] {
        for accident in [
            Accident::Late(14),
            Accident::CutLate(14),
            Accident::DiesLate(14),
        ] {
            for at in 0..steps + 2 {
                let company = match marked {
                    true => Company::new(),
                    false => Company::new().without("CONTRACTDETAIL", "LIAISON_ID"),
                };
                company.accident(at, accident);
                let outcome = until_done(&company, &create(contract(3)));
                let case = format!("{marked} {accident:?} at {at}");
                assert!(outcome.is_ok(), "{case}: {outcome:?}");
                company.passes(3_600_000);
                assert_whole(&company, &case, 3, "In progress");
                for what in writes {
                    // Whatever was sent twice was seen to be undone in between.
                    let times = company.sent_with(what).len();
                    assert!(times <= 4, "{case}: {what} {times} times");
                }
            }
        }
    }
}

#[test]
fn a_draft_that_is_being_taken_away_late_leaves_nothing() {
    for at in 6..14 {
        let company = Company::new();
        company.refuse("<post><CONTRACT>", "BL01001973", "The period is closed");
        company.accident(at, Accident::Late(10));
        let outcome = until_done(&company, &create(contract(2)));
        assert_eq!(
            told(&outcome).map_err(|(kind, ..)| kind),
            Err(FaultKind::Rejected),
            "{at}"
        );
        company.passes(3_600_000);
        assert!(company.rows("CONTRACT").is_empty(), "{at}");
        assert!(company.rows("CONTRACTDETAIL").is_empty(), "{at}");
    }
}

#[test]
fn the_wait_after_a_silence_is_the_settings() {
    for (settings, wait_ms) in [(json!({}), 900_000), (json!({"still_working_s": 2}), 2_000)] {
        let company = Company::with(settings);
        let plain = Company::new();
        write_one(&plain, "contract", create(contract(1))).unwrap();
        let requests = plain.requests.borrow();
        let lines = requests
            .iter()
            .position(|r| r.contains("<create><CONTRACTDETAIL>"));
        company.accident(lines.unwrap(), Accident::LostBefore);
        write_one(&company, "contract", create(contract(1))).unwrap_err();
        let again = Operation {
            resume: company.notes.borrow().get(TOKEN).cloned(),
            ..create(contract(1))
        };
        let fault = write_one(&company, "contract", again).unwrap_err();
        assert_eq!(fault.message.key, "intacct-still-working");
        assert_eq!(fault.wait_ms, Some(wait_ms));
        assert!(until_done(&company, &create(contract(1))).is_ok());
        assert_whole(&company, "after the wait", 1, "In progress");
    }
}

/// Dice that always fall the same way.
struct Dice(u64);

impl Dice {
    fn next(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

#[test]
fn a_run_of_bad_luck_makes_one_contract_all_the_same() {
    const ACCIDENTS: [Accident; 7] = [
        Accident::LostBefore,
        Accident::LostAfter,
        Accident::Dies,
        Accident::Page(502),
        Accident::Gateway(429, "GW-0010", "API rate limit exceeded"),
        Accident::SessionOver,
        Accident::Cut,
    ];
    const REPEATS: [Repeat; 3] = [Repeat::Error, Repeat::Replay, Repeat::Forgotten];
    for seed in 1..200 {
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let company = match dice.next(2) {
            0 => Company::new(),
            _ => Company::new().without("CONTRACTDETAIL", "LIAISON_ID"),
        };
        company.repeat.set(REPEATS[dice.next(3)]);
        for _ in 0..dice.next(5) {
            company.accident(dice.next(30), ACCIDENTS[dice.next(7)]);
        }
        let lines = dice.next(4);
        let mut body = contract(lines);
        if dice.next(2) == 0 {
            body["external_id"] = json!("800AA000001");
        }
        let outcome = until_done(&company, &create(body));
        assert!(outcome.is_ok(), "seed {seed}: {outcome:?}");
        assert_whole(&company, &format!("seed {seed}"), lines, "In progress");
        assert_eq!(company.done("create CONTRACT"), 1, "seed {seed}");
        assert_eq!(company.done("post CONTRACT"), 1, "seed {seed}");
    }
}

#[test]
fn two_accidents_in_one_contract_do_no_more_harm() {
    for first in 0..12 {
        for second in first + 1..20 {
            let company = Company::new();
            company.accident(first, Accident::LostAfter);
            company.accident(second, Accident::Dies);
            let case = format!("{first} and {second}");
            assert!(until_done(&company, &create(contract(2))).is_ok(), "{case}");
            assert_whole(&company, &case, 2, "In progress");
        }
    }
}

#[test]
fn more_than_a_hundred_lines_go_in_parts_and_once() {
    for (marked, at) in [
        (true, 4),
        (true, 5),
        (true, 6),
        (true, 7),
        (false, 6),
        (false, 7),
        (false, 8),
    ] {
        let company = match marked {
            true => Company::new(),
            false => Company::new().without("CONTRACTDETAIL", "LIAISON_ID"),
        };
        company.accident(at, Accident::LostAfter);
        assert!(until_done(&company, &create(contract(130))).is_ok());
        assert_whole(&company, &format!("{marked} {at}"), 130, "In progress");
    }
}

#[test]
fn drafts_and_headers_stay_what_they_are_asked_to_be() {
    for (settings, more, lines, state) in [
        (json!({}), json!({"as_draft": true}), 2, "Draft"),
        (json!({"contracts_as_draft": true}), json!({}), 2, "Draft"),
        (
            json!({"contracts_as_draft": true}),
            json!({"as_draft": false}),
            2,
            "In progress",
        ),
        (json!({}), json!({"header_only": true}), 0, "In progress"),
        (
            json!({"contracts_header_only": true}),
            json!({"as_draft": true}),
            0,
            "Draft",
        ),
        (json!({}), json!({"lines": []}), 0, "In progress"),
        (json!({}), json!({"lines": null}), 0, "In progress"),
    ] {
        let company = Company::with(settings.clone());
        let mut body = contract(2);
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let case = format!("{settings} {more}");
        write_one(&company, "contract", create(body)).unwrap();
        assert_whole(&company, &case, lines, state);
    }
}

#[test]
fn what_is_posted_takes_the_day_it_is_given() {
    let company = Company::new();
    let mut body = contract(1);
    body["gl_posting_date"] = json!("2026-03-31");
    write_one(&company, "contract", create(body)).unwrap();
    let posted = company.sent_with("<post>");
    assert_eq!(posted.len(), 2);
    assert!(posted[0].contains("<GLPOSTINGDATE>03/31/2026</GLPOSTINGDATE>"));
}

#[test]
fn a_refused_line_leaves_nothing_behind_and_the_next_try_makes_one() {
    let company = Company::new();
    let mut wrong = contract(3);
    wrong["lines"][1]["item_id"] = json!("P9");
    let outcome = write_one(&company, "contract", create(wrong));
    assert_eq!(
        told(&outcome),
        Err((
            FaultKind::MissingReference,
            "intacct-missing-reference",
            Some("lines[1].item_id")
        ))
    );
    assert!(company.rows("CONTRACT").is_empty() && company.rows("CONTRACTDETAIL").is_empty());
    // The host forgets its notes and comes under another token.
    company.notes.borrow_mut().clear();
    let again = create_as("01J9YYYYYYYYYYYYYYYYYYYYYY", contract(3));
    assert!(until_done(&company, &again).is_ok());
    assert_whole(&company, "again", 3, "In progress");
}

#[test]
fn a_refused_posting_leaves_nothing_behind_whatever_happens_meanwhile() {
    for accident in [
        None,
        Some(Accident::LostBefore),
        Some(Accident::LostAfter),
        Some(Accident::Dies),
    ] {
        for at in 8..16 {
            let company = Company::new();
            company.refuse("<post><CONTRACT>", "BL01001973", "The period is closed");
            if let Some(accident) = accident {
                company.accident(at, accident);
            }
            let case = format!("{accident:?} at {at}");
            let outcome = until_done(&company, &create(contract(2)));
            assert_eq!(
                told(&outcome).map_err(|(kind, key, _)| (kind, key)),
                Err((FaultKind::Rejected, "intacct-rejected")),
                "{case}"
            );
            assert!(company.rows("CONTRACT").is_empty(), "{case}");
            assert!(company.rows("CONTRACTDETAIL").is_empty(), "{case}");
        }
    }
}

#[test]
fn a_draft_that_cannot_be_taken_away_is_told() {
    let company = Company::new();
    company.refuse("<post><CONTRACT>", "BL01001973", "The period is closed");
    company.refuse("<delete>", "", "You do not have permission for API delete");
    let outcome = write_one(&company, "contract", create(contract(1)));
    let fault = outcome.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Rejected);
    assert_eq!(fault.message.key, "intacct-draft-left-why");
    assert_eq!(fault.vendor_text.as_deref(), Some("The period is closed"));
}

#[test]
fn what_an_administrator_must_set_keeps_the_draft() {
    let company = Company::new();
    company.refuse(
        "<create><CONTRACTDETAIL>",
        "",
        "You do not have permission for API create",
    );
    let outcome = write_one(&company, "contract", create(contract(2)));
    let fault = outcome.unwrap_err();
    assert_eq!(
        (fault.kind, fault.scope),
        (FaultKind::Misconfigured, FaultScope::WholeEntity)
    );
    assert_eq!(company.rows("CONTRACT").len(), 1);
    assert!(company.notes.borrow().contains_key(TOKEN));
    company.refusals.borrow_mut().clear();
    assert!(until_done(&company, &create(contract(2))).is_ok());
    assert_whole(&company, "gone on with", 2, "In progress");
    assert_eq!(company.done("create CONTRACT"), 1);
}

#[test]
fn a_line_that_cannot_be_posted_stays_a_draft_and_the_contract_stands() {
    let company = Company::new();
    company.refuse(
        "<post><CONTRACTDETAIL>",
        "BL01001973",
        "No revenue template",
    );
    let applied = write_one(&company, "contract", create(contract(2))).unwrap();
    let told = filter::value(applied.body.as_deref().unwrap());
    assert_eq!(
        told["unposted_lines"],
        "P1: No revenue template\nP2: No revenue template"
    );
    assert!(company
        .log
        .borrow()
        .iter()
        .any(|line| line.contains("stays a draft")));
    assert_eq!(company.rows("CONTRACT")[0]["STATE"], "In progress");
}

#[test]
fn a_draft_that_somebody_deleted_is_not_made_again_by_itself() {
    let company = Company::new();
    company.refuse(
        "<create><CONTRACTDETAIL>",
        "",
        "You do not have permission for API create",
    );
    write_one(&company, "contract", create(contract(1))).unwrap_err();
    company.books.borrow_mut().rows.remove("CONTRACT");
    company.refusals.borrow_mut().clear();
    let outcome = until_done(&company, &create(contract(1)));
    assert_eq!(
        told(&outcome),
        Err((FaultKind::Rejected, "intacct-draft-gone", None))
    );
    assert!(company.rows("CONTRACT").is_empty());
}

#[test]
fn a_draft_whose_mark_somebody_emptied_is_gone_on_with() {
    let company = Company::new();
    company.refuse(
        "<create><CONTRACTDETAIL>",
        "",
        "You do not have permission for API create",
    );
    write_one(&company, "contract", create(contract(1))).unwrap_err();
    company.books.borrow_mut().rows.get_mut("CONTRACT").unwrap()[0].remove("LIAISON_ID");
    company.refusals.borrow_mut().clear();
    assert!(until_done(&company, &create(contract(1))).is_ok());
    assert_whole(&company, "emptied", 1, "In progress");
}

#[test]
fn an_answer_that_is_cut_off_is_waited_for() {
    let company = Company::new();
    // The gateway works on: what is not there may yet come.
    let plain = Company::new();
    write_one(&plain, "contract", create(contract(0))).unwrap();
    let at = plain
        .requests
        .borrow()
        .iter()
        .position(|r| r.contains("<create><CONTRACT>"))
        .unwrap();
    company.accident(at, Accident::Page(524));
    let first = write_one(&company, "contract", create(contract(1)));
    assert_eq!(first.unwrap_err().kind, FaultKind::OutcomeUnknown);
    let resumed = |company: &Company| Operation {
        resume: company.notes.borrow().get(TOKEN).cloned(),
        ..create(contract(1))
    };
    let second = write_one(&company, "contract", resumed(&company)).unwrap_err();
    assert_eq!(
        (second.kind, second.scope),
        (FaultKind::Unavailable, FaultScope::OneRecord)
    );
    assert_eq!(second.message.key, "intacct-still-working");
    assert_eq!(second.wait_ms, Some(900_000));
    assert!(company.rows("CONTRACT").is_empty());
    company.now_ms.set(company.now_ms.get() + 900_001);
    write_one(&company, "contract", resumed(&company)).unwrap();
    assert_whole(&company, "after the wait", 1, "In progress");
}

#[test]
fn a_contract_id_that_is_typed_in_links_what_is_there() {
    for (customer, expected) in [
        ("C1", Err((FaultKind::Exists, "intacct-duplicate", None))),
        (
            "C2",
            Err((
                FaultKind::Rejected,
                "intacct-other-customer",
                Some("customer_id"),
            )),
        ),
    ] {
        let company = Company::new();
        company.add("CUSTOMER", &[("CUSTOMERID", "C2"), ("NAME", "Other")]);
        company.add(
            "CONTRACT",
            &[
                ("CONTRACTID", "CN-7"),
                ("CUSTOMERID", customer),
                ("STATE", "In progress"),
            ],
        );
        let mut body = contract(1);
        body["contract_id"] = json!("CN-7");
        let outcome = write_one(&company, "contract", create(body));
        assert_eq!(told(&outcome), expected, "{customer}");
        let existing = outcome.unwrap_err().existing;
        assert_eq!(existing.is_some(), customer == "C1");
        assert_eq!(company.done("create CONTRACT"), 0);
    }
}

#[test]
fn a_contract_that_carries_the_id_is_taken_for_this_one() {
    for (customer, lines, expected) in [
        ("C1", 2, Ok("CN-7")),
        ("C1", 0, Ok("CN-7")),
        // A posted contract that this record did not make is not added to.
        (
            "C1",
            1,
            Err((FaultKind::Rejected, "intacct-lines-missing", Some("lines"))),
        ),
        (
            "C2",
            2,
            Err((
                FaultKind::Rejected,
                "intacct-other-customer",
                Some("customer_id"),
            )),
        ),
    ] {
        let company = Company::new();
        company.add(
            "CONTRACT",
            &[
                ("CONTRACTID", "CN-7"),
                ("CUSTOMERID", customer),
                ("STATE", "In progress"),
                ("LIAISON_ID", "800AA1"),
            ],
        );
        let asked = if lines == 0 { 0 } else { 2 };
        for item in ["P1", "P2"].iter().take(lines) {
            let line = [("CONTRACTID", "CN-7"), ("ITEMID", item), ("STATE", "Draft")];
            company.add("CONTRACTDETAIL", &line);
        }
        let mut body = contract(asked);
        body["external_id"] = json!("800AA1");
        let outcome = write_one(&company, "contract", create(body));
        assert_eq!(told(&outcome), expected, "{customer} {lines}");
        for what in [
            "create CONTRACT",
            "create CONTRACTDETAIL",
            "post CONTRACTDETAIL",
        ] {
            assert_eq!(
                company.done(what),
                0,
                "{what}: an accountant's lines are his"
            );
        }
    }
    let company = Company::new();
    for id in ["CN-7", "CN-8"] {
        company.add(
            "CONTRACT",
            &[
                ("CONTRACTID", id),
                ("CUSTOMERID", "C1"),
                ("STATE", "Draft"),
                ("LIAISON_ID", TOKEN),
            ],
        );
    }
    let outcome = write_one(&company, "contract", create(contract(1)));
    assert_eq!(
        told(&outcome),
        Err((
            FaultKind::Ambiguous,
            "intacct-marked-twice",
            Some("external_id")
        ))
    );
}

#[test]
fn a_renewal_that_carries_on_our_id_is_not_taken_for_its_contract() {
    let company = Company::new();
    for (id, parent) in [("CN-7", ""), ("CN-8", "CN-7")] {
        company.add(
            "CONTRACT",
            &[
                ("CONTRACTID", id),
                ("CUSTOMERID", "C1"),
                ("STATE", "Draft"),
                ("PARENTID", parent),
                ("LIAISON_ID", TOKEN),
            ],
        );
    }
    let outcome = write_one(&company, "contract", create(contract(1)));
    assert_eq!(told(&outcome), Ok("CN-7"));
}

#[test]
fn without_the_custom_field_no_contract_is_made() {
    let company = Company::new().without("CONTRACT", "LIAISON_ID");
    let fault = write_one(&company, "contract", create(contract(1))).unwrap_err();
    assert_eq!(
        (fault.kind, fault.scope),
        (FaultKind::Misconfigured, FaultScope::WholeEntity)
    );
    assert_eq!(fault.message.key, "intacct-no-marker");
    assert!(company.rows("CONTRACT").is_empty());
}

#[test]
fn what_cannot_be_right_is_refused_before_anything_is_sent() {
    for (change, key, field) in [
        (json!({"end_date": null}), "intacct-needed", "end_date"),
        (
            json!({"end_date": "2026-02-01"}),
            "intacct-ends-first",
            "end_date",
        ),
        (json!({"customer_id": ""}), "intacct-needed", "customer_id"),
        (json!({"term": null}), "intacct-needed", "term"),
        (
            json!({"billing_frequency": "Weekly"}),
            "intacct-word",
            "billing_frequency",
        ),
        (
            json!({"begin_date": "03/01/2026"}),
            "intacct-unfit",
            "begin_date",
        ),
        (json!({"as_draft": "yes"}), "intacct-unfit", "as_draft"),
        (json!({"colour": "red"}), "intacct-no-field", "colour"),
        (
            json!({"lines": [{"quantity": "1"}]}),
            "intacct-needed",
            "lines[0].item_id",
        ),
        (
            json!({"lines": [{"item_id": "P1", "quantity": "many"}]}),
            "intacct-unfit",
            "lines[0].quantity",
        ),
        (
            json!({"lines": [{"item_id": "P1", "colour": "red"}]}),
            "intacct-no-field",
            "lines[0].colour",
        ),
        (json!({"lines": "none"}), "intacct-unfit", "lines"),
        (
            json!({"custom_fields": {"A B": "x"}}),
            "intacct-no-field",
            "A B",
        ),
    ] {
        let company = Company::new();
        let mut body = contract(1);
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let outcome = write_one(&company, "contract", create(body));
        assert_eq!(
            told(&outcome),
            Err((FaultKind::Rejected, key, Some(field))),
            "{change}"
        );
        assert_eq!(company.sent(), 0, "{change}");
    }
    let company = Company::new();
    let mut evergreen = contract(0);
    evergreen["end_date"] = Value::Null;
    evergreen["term_type"] = json!("Evergreen");
    assert!(write_one(&company, "contract", create(evergreen)).is_ok());
}

#[test]
fn a_refused_header_is_told_with_its_field() {
    let company = Company::new();
    let mut body = contract(1);
    body["customer_id"] = json!("C9");
    let outcome = write_one(&company, "contract", create(body));
    assert_eq!(
        told(&outcome),
        Err((
            FaultKind::MissingReference,
            "intacct-missing-reference",
            Some("customer_id")
        ))
    );
}
