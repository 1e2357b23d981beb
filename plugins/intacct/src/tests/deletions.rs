//! Deletions, and what a walk remembers for them.

use super::company::Company;
use super::reading::{later, walk, with_invoice};
use super::*;

#[test]
fn deletions_are_told_by_the_audit_trail_and_only_of_what_is_gone() {
    let company = Company::new();
    company.add(
        "AUDITHISTORY",
        &[
            ("OBJECTTYPE", "item"),
            ("OBJECTKEY", "P7"),
            ("ACCESSMODE", "D"),
            ("ACCESSTIME", "03/05/2026 13:55:00"),
        ],
    );
    // Named by a record number, or made again since: there is a record of that name.
    company.add(
        "AUDITHISTORY",
        &[
            ("OBJECTTYPE", "ITEM"),
            ("OBJECTKEY", "P1"),
            ("ACCESSMODE", "Delete"),
            ("ACCESSTIME", "03/05/2026 13:56:00"),
        ],
    );
    company.add(
        "AUDITHISTORY",
        &[
            ("OBJECTTYPE", "item"),
            ("OBJECTKEY", "P2"),
            ("ACCESSMODE", "M"),
            ("ACCESSTIME", "03/05/2026 13:57:00"),
        ],
    );
    company.add(
        "AUDITHISTORY",
        &[
            ("OBJECTTYPE", "customer"),
            ("OBJECTKEY", "C9"),
            ("ACCESSMODE", "D"),
            ("ACCESSTIME", "03/05/2026 13:57:00"),
        ],
    );
    company.add(
        "AUDITHISTORY",
        &[
            ("OBJECTTYPE", "item"),
            ("OBJECTKEY", "P6"),
            ("ACCESSMODE", "D"),
            ("ACCESSTIME", "03/05/2020 13:57:00"),
        ],
    );
    let (entries, next, _) = walk(&company, "item", None, 10);
    assert!(
        entries.iter().all(|entry| !entry.deleted),
        "a first walk shows what is there"
    );
    let (entries, _, _) = walk(&company, "item", next, 10);
    let deleted: Vec<&str> = entries
        .iter()
        .filter(|e| e.deleted)
        .map(|e| e.id.as_str())
        .collect();
    assert_eq!(deleted, ["P7"]);
    // A word that the field does not have would be refused.
    assert!(company.sent_with("<value>Delete</value>").is_empty());
    let quiet = Company::with(json!({"deletions": false}));
    let (_, next, _) = walk(&quiet, "item", None, 10);
    walk(&quiet, "item", next, 10);
    assert!(quiet.sent_with("AUDITHISTORY").is_empty());
}

/// A deletion as the trail keeps it.
fn deleted(company: &Company, object: &str, key: &str, time: &str) {
    company.add(
        "AUDITHISTORY",
        &[
            ("OBJECTTYPE", object),
            ("OBJECTKEY", key),
            ("ACCESSMODE", "D"),
            ("ACCESSTIME", time),
        ],
    );
}

fn gone(entries: &[Entry]) -> Vec<&str> {
    let gone = entries.iter().filter(|entry| entry.deleted);
    gone.map(|entry| entry.id.as_str()).collect()
}

#[test]
fn a_record_that_was_shown_is_known_by_its_number_when_it_is_deleted() {
    for (entity, object, id) in [
        ("contract", "CONTRACT", "CONTRACTID"),
        ("contract_invoice", "SODOCUMENT", "DOCID"),
        ("entity", "LOCATIONENTITY", "LOCATIONID"),
        ("contract_line", "CONTRACTDETAIL", "RECORDNO"),
    ] {
        let company = Company::new();
        let fields = |name: &str| match id {
            "RECORDNO" => Vec::new(),
            id => vec![(id.to_owned(), name.to_owned())],
        };
        let add = |name: &str| {
            let mut fields = fields(name);
            fields.push(("DOCPARID".to_owned(), "Contract Invoice".to_owned()));
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            company.add(object, &fields)
        };
        let numbers = [add("A-1"), add("A-2"), add("A-3")];
        company
            .fields
            .borrow_mut()
            .insert("ARINVOICE".to_owned(), Vec::new());
        let (_, next, complete) = walk(&company, entity, None, 2);
        assert!(complete);
        later(&company, 60);
        company
            .books
            .borrow_mut()
            .rows
            .get_mut(object)
            .unwrap()
            .retain(|row| row["RECORDNO"] != numbers[1]);
        let now = crate::stamp::instant_to_wire(i64::try_from(company.now_ms.get()).unwrap(), 0);
        deleted(&company, &object.to_lowercase(), &numbers[1], &now);
        // One of another definition or never shown names nothing of ours.
        deleted(&company, &object.to_lowercase(), "99999", &now);
        later(&company, 5);
        let (entries, ..) = walk(&company, entity, next, 2);
        let expected = if id == "RECORDNO" {
            numbers[1].as_str()
        } else {
            "A-2"
        };
        let told = gone(&entries);
        assert!(told.contains(&expected), "{entity}: {told:?}");
        for there in [&numbers[0], &numbers[2]] {
            assert!(!told.contains(&there.as_str()), "{entity}: {told:?}");
        }
    }
}

#[test]
fn more_deletions_in_one_second_than_fit_a_page_all_come() {
    let company = Company::new();
    let (_, next, _) = walk(&company, "item", None, 10);
    for at in 0..25 {
        deleted(
            &company,
            "item",
            &format!("{}", 7_000 + at),
            "03/05/2026 13:55:00",
        );
    }
    deleted(&company, "item", "8000", "03/05/2026 13:54:59");
    deleted(&company, "item", "8001", "03/05/2026 13:55:01");
    let (entries, _, _) = walk(&company, "item", next, 4);
    let told: std::collections::BTreeSet<&str> = gone(&entries).into_iter().collect();
    assert_eq!(told.len(), 27, "{told:?}");
}

#[test]
fn what_was_refused_is_asked_for_from_where_it_was() {
    // The words, the number, and whether the walk goes on without.
    for (number, words, passes) in [
        ("", "You do not have permission for API query", true),
        ("WS", "Object definition X not found", true),
        (
            "DL02000001",
            "There was an error processing the request.",
            false,
        ),
        ("", "The Service is Temporarily Off-line", false),
    ] {
        for object in ["AUDITHISTORY", "ARINVOICE"] {
            let company = with_invoice();
            company.lag_ms.set(0);
            let (_, next, _) = walk(&company, "contract_invoice", None, 10);
            let gone_at = company.add(
                "SODOCUMENT",
                &[
                    ("DOCID", "Contract Invoice-9"),
                    ("DOCPARID", "Contract Invoice"),
                ],
            );
            let (_, next, _) = walk(&company, "contract_invoice", next, 10);
            company
                .books
                .borrow_mut()
                .rows
                .get_mut("SODOCUMENT")
                .unwrap()
                .retain(|row| row["RECORDNO"] != gone_at);
            deleted(&company, "sodocument", &gone_at, "03/05/2026 14:00:00");
            company.refuse(&format!("<object>{object}</object>"), number, words);
            later(&company, 5);
            let mut at = next;
            for _ in 0..3 {
                let page = Intacct.changes(&company, "contract_invoice", at.clone(), &[], 10);
                match page {
                    Ok(page) => at = page.next,
                    Err(fault) => {
                        assert!(!passes, "{object} {words}: {fault:?}");
                    }
                }
            }
            later(&company, 600);
            company.refusals.borrow_mut().clear();
            let (mut entries, next, _) = walk(&company, "contract_invoice", at, 10);
            let (more, ..) = walk(&company, "contract_invoice", next, 10);
            entries.extend(more);
            match object {
                "ARINVOICE" => assert!(
                    ids(&entries).contains(&"Contract Invoice-INV1"),
                    "{words}: the payment was lost"
                ),
                _ => assert!(
                    gone(&entries).contains(&"Contract Invoice-9"),
                    "{words}: the deletion was lost"
                ),
            }
        }
    }
}

#[test]
fn a_cursor_of_an_older_make_shows_everything_once_more() {
    let company = Company::new();
    let old =
        json!({"since": 1_772_715_600_000_i64, "began": null, "after": null, "part": "Records"});
    deleted(&company, "item", "P9", "03/05/2026 13:55:00");
    let old = Some(old.to_string().into_bytes());
    let (entries, next, _) = walk(&company, "item", old, 1);
    assert_eq!(ids(&entries), ["P1", "P2", "P9"]);
    later(&company, 60);
    let (entries, ..) = walk(&company, "item", next, 1);
    assert!(entries.iter().all(|entry| entry.deleted), "and not again");
}

#[test]
fn the_ids_of_many_records_fit_the_memory_and_the_oldest_go_first() {
    use crate::roll;
    use crate::tables::CONTRACT;
    let company = Company::new();
    let api = crate::api::Api::open(&company).unwrap();
    let row = |number: usize, id: String| {
        crate::reply::Row::from([
            ("RECORDNO".to_owned(), number.to_string()),
            ("CONTRACTID".to_owned(), id),
        ])
    };
    // Ids that share nothing take the most.
    let id = |number: usize| {
        format!(
            "{:08x}-{number}",
            number.wrapping_mul(2_654_435_761) % (1 << 32)
        )
    };
    for page in 0..40 {
        let numbers = page * 500 + 1..=page * 500 + 500;
        let rows: Vec<_> = numbers.map(|number| row(number, id(number))).collect();
        roll::write(&api, &CONTRACT, &rows);
    }
    let known = |number: usize| roll::of(&api, &CONTRACT, &[&number.to_string()]);
    let numbers: Vec<String> = (1..=20_000)
        .map(|number: usize| number.to_string())
        .collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let told = roll::of(&api, &CONTRACT, &numbers);
    let forgotten = 20_000 - told.len();
    assert!((1..12_000).contains(&forgotten), "{forgotten} forgotten");
    let newest: Vec<String> = (forgotten + 1..=20_000).map(id).collect();
    assert!(told == newest, "the newest are remembered as they are");
    // One of the forgotten that is shown again, and one with another id.
    roll::write(
        &api,
        &CONTRACT,
        &[row(3, "CN-3".to_owned()), row(20_000, "CN-X".to_owned())],
    );
    assert_eq!(
        (known(3), known(20_000)),
        (vec!["CN-3".to_owned()], vec!["CN-X".to_owned()])
    );
    let keys = company.memory.borrow();
    let rolls = keys
        .keys()
        .filter(|key| key.starts_with("roll contract"))
        .count();
    assert!(rolls <= 6, "{rolls} keys");
}

#[test]
fn without_the_audit_trail_walks_go_on() {
    let company = Company::new();
    company.refuse(
        "<object>AUDITHISTORY</object>",
        "",
        "You do not have permission for API query",
    );
    let (_, next, _) = walk(&company, "item", None, 10);
    let (_, next, _) = walk(&company, "item", next, 10);
    walk(&company, "item", next, 10);
    assert_eq!(
        company.sent_with("AUDITHISTORY").len(),
        1,
        "asked once an hour"
    );
    assert!(company
        .log
        .borrow()
        .iter()
        .any(|line| line.contains("deletions are not seen")));
}
