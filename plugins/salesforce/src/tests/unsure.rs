//! What becomes of records when answers are lost, and when people work while a walk goes on.

use super::org::{Mishap, Org, MISHAPS};
use super::*;
use std::collections::BTreeMap;

/// As the engine goes down the ladder: the flow gave no key, so the create is sent again in the same bytes, with
/// what was noted.
fn settle(org: &Org, operation: &Operation) -> Result<String, Fault> {
    for _ in 0..3 {
        let operation = Operation {
            resume: org.noted(&operation.token),
            ..operation.clone()
        };
        match Salesforce.write(org, "account", &[operation]).remove(0) {
            Ok(applied) => return Ok(applied.id),
            Err(fault) if fault.kind == FaultKind::Rejected => return Err(fault),
            Err(fault) => {
                org.mishap.set(None);
                let again = [
                    FaultKind::OutcomeUnknown,
                    FaultKind::Throttled,
                    FaultKind::Locked,
                    FaultKind::Unavailable,
                ];
                assert!(again.contains(&fault.kind), "{fault:?}");
            }
        }
    }
    panic!("it never settled");
}

#[test]
fn whatever_happens_a_record_is_made_once() {
    for mishap in MISHAPS {
        let org = Org::new(true);
        org.mishap.set(Some(mishap));
        let id = settle(&org, &create(json!({"Name": "Acme"}))).unwrap();
        assert_eq!(org.living(), 1, "{mishap:?}");
        assert!(org.rows.borrow().contains_key(&id), "{mishap:?}");
        // The same operation once more, as after a crash.
        let again = Salesforce.write(&org, "account", &[create(json!({"Name": "Acme"}))]);
        assert_eq!(told(&again[0]), Ok(id.as_str()), "{mishap:?}");
        assert_eq!(org.living(), 1, "{mishap:?}");
    }
}

#[test]
fn the_flows_own_key_is_not_overwritten_but_named() {
    let org = Org::new(true);
    let there = org.add("Old");
    org.edit(&there, "Liaison_Key__c", json!("ERP-1"));
    let outcomes = Salesforce.write(
        &org,
        "account",
        &[create(json!({"Name": "New", "liaison_key": "ERP-1"}))],
    );
    let fault = outcomes[0].as_ref().unwrap_err();
    assert_eq!(
        (fault.kind, fault.existing.as_deref()),
        (FaultKind::Exists, Some(there.as_str()))
    );
    assert_eq!(org.rows.borrow()[&there]["Name"], "Old");
}

#[test]
fn without_a_field_for_the_key_a_lost_answer_is_for_a_person() {
    for mishap in MISHAPS {
        let org = Org::new(false);
        org.mishap.set(Some(mishap));
        let settled = settle(&org, &create(json!({"Name": "Acme"})));
        let surely_undone = [Mishap::SessionEnded, Mishap::UsedUp, Mishap::RowLocked];
        match surely_undone.contains(&mishap) {
            true => assert!(settled.is_ok() && org.living() == 1, "{mishap:?}"),
            false => {
                let fault = settled.unwrap_err();
                assert_eq!(
                    (fault.scope, fault.message.key.as_str()),
                    (FaultScope::OneRecord, "salesforce-may-exist"),
                    "{mishap:?}"
                );
                assert!(org.living() <= 1, "{mishap:?}");
            }
        }
    }
}

#[test]
fn a_key_of_the_flows_is_found_after_a_lost_answer() {
    for mishap in MISHAPS {
        let org = Org::new(true);
        let operation = create(json!({"Name": "Acme", "liaison_key": "erp-4711"}));
        org.mishap.set(Some(mishap));
        let first = Salesforce
            .write(&org, "account", std::slice::from_ref(&operation))
            .remove(0);
        org.mishap.set(None);
        // The engine asks by what it sent.
        let query = vec![("liaison_key".to_owned(), "\"erp-4711\"".to_owned())];
        let found = Salesforce
            .find(&org, "account", &[query])
            .unwrap()
            .remove(0);
        assert_eq!(found.len(), org.living(), "{mishap:?}");
        assert!(first.is_err() || found.len() == 1, "{mishap:?}");
        if found.is_empty() {
            Salesforce
                .write(&org, "account", &[operation])
                .remove(0)
                .unwrap();
        }
        assert_eq!(org.living(), 1, "{mishap:?}");
    }
}

/// Follows one run to its end; while it goes on, `meanwhile` happens after each page.
fn run(
    org: &Org,
    since: Option<Cursor>,
    limit: u32,
    shown: &mut BTreeMap<String, Value>,
    mut meanwhile: impl FnMut(usize),
) -> Option<Cursor> {
    let mut at = since;
    for number in 0..1_000 {
        let page = Salesforce.changes(org, "account", at, &[], limit).unwrap();
        for entry in page.entries {
            match entry.deleted {
                true => shown.remove(&entry.id),
                false => shown.insert(entry.id.clone(), body(&entry)["Name"].clone()),
            };
        }
        at = page.next;
        if !page.more {
            return at;
        }
        meanwhile(number);
    }
    panic!("the walk never ends");
}

fn truth(org: &Org) -> BTreeMap<String, Value> {
    let rows = org.rows.borrow();
    let living = rows
        .iter()
        .filter(|(_, row)| row["IsDeleted"] == json!(false));
    living
        .map(|(id, row)| (id.clone(), row["Name"].clone()))
        .collect()
}

#[test]
fn no_record_is_lost_between_equal_stamps() {
    for (count, limit, page_rows) in [
        (25, 1, usize::MAX),
        (25, 2, usize::MAX),
        (25, 7, 3),
        (24, 8, usize::MAX),
        (1, 500, 1),
        (0, 5, 5),
    ] {
        let org = Org::new(true);
        for n in 0..count {
            // Groups of nine in the same second.
            if n % 9 == 0 {
                org.second.set(org.second.get() + 1);
            }
            org.add(&format!("N{n}"));
        }
        org.page_rows.set(page_rows);
        let mut shown = BTreeMap::new();
        run(&org, None, limit, &mut shown, |_| {});
        assert_eq!(shown, truth(&org), "{count} {limit} {page_rows}");
    }
}

#[test]
fn what_people_do_during_a_walk_is_seen_by_it_or_by_the_next() {
    for seed in 0..40_u32 {
        let org = Org::new(true);
        let ids: Vec<String> = (0..20).map(|n| org.add(&format!("N{n}"))).collect();
        let mut shown = BTreeMap::new();
        let dice = Cell::new(seed.wrapping_mul(2_654_435_761) | 1);
        let roll = |most: usize| {
            let mut x = dice.get();
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
            dice.set(x);
            x as usize % most
        };
        let people = |number: usize| {
            org.second
                .set(org.second.get() + i64::try_from(roll(3)).unwrap());
            let id = &ids[roll(ids.len())];
            match roll(4) {
                0 => org.edit(id, "IsDeleted", json!(true)),
                1 if number < 30 => drop(org.add(&format!("new {number}"))),
                _ if org.rows.borrow()[id]["IsDeleted"] == json!(true) => {}
                _ => org.edit(id, "Name", json!(format!("edit {number}"))),
            }
        };
        let mut at = None;
        for _ in 0..4 {
            at = run(&org, at, 3, &mut shown, people);
            org.second.set(org.second.get() + 300);
        }
        run(&org, at, 500, &mut shown, |_| {});
        assert_eq!(shown, truth(&org), "seed {seed}");
    }
}

use std::cell::Cell;

#[test]
fn a_commit_that_lands_late_is_seen_by_the_next_run() {
    let org = Org::new(true);
    org.add("First");
    let mut shown = BTreeMap::new();
    let at = run(&org, None, 500, &mut shown, |_| {});
    // Stamped five minutes ago, visible only now.
    let now = org.second.get();
    org.second.set(now - 300);
    org.add("Late");
    org.second.set(now + 60);
    run(&org, at, 500, &mut shown, |_| {});
    assert_eq!(shown, truth(&org));
}

#[test]
fn names_of_every_kind_are_found_and_nothing_else() {
    let org = Org::new(true);
    let names = [
        "Acme",
        "O'Neil",
        r"back\slash",
        r"\'",
        "50%",
        "a_b",
        "line\nbreak",
        "tab\tstop",
        "\"quoted\"",
        "x') OR (Name != '",
        "Ünal & Söhne",
        "東京 + 100%",
        "' OR Id != null OR Name = '",
        "NULL",
        "TRUE",
        "(a,b)",
    ];
    let ids: Vec<String> = names.iter().map(|name| org.add(name)).collect();
    let queries: Vec<Vec<(String, String)>> = names
        .iter()
        .map(|name| vec![("Name".to_owned(), json!(name).to_string())])
        .collect();
    let found = Salesforce.find(&org, "account", &queries).unwrap();
    for ((name, id), entries) in names.iter().zip(&ids).zip(found) {
        assert_eq!(super::ids(&entries), [id.as_str()], "{name}");
    }
}

#[test]
fn a_batch_is_settled_record_by_record() {
    let org = Org::new(true);
    let operations: Vec<Operation> = (0..450)
        .map(|n| Operation {
            token: format!("{n:026}"),
            ..create(json!({"Name": format!("N{n}")}))
        })
        .collect();
    let outcomes = Salesforce.write(&org, "account", &operations);
    assert_eq!(org.living(), 450);
    for (n, outcome) in outcomes.iter().enumerate() {
        let applied = outcome.as_ref().unwrap();
        assert_eq!(org.rows.borrow()[&applied.id]["Name"], format!("N{n}"));
        assert!(applied.version.is_some());
    }
}
