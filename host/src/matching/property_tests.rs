//! What holds for any two systems, and for any file.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// Few values, so that records have much in common.
fn candidate() -> impl Strategy<Value = Candidate> {
    let keys = || {
        of(select(vec![
            "A1", "a-1", "B2", "B 2", "C3", "D4", "007", "7", "-",
        ]))
    };
    let names = vec![
        "Acme",
        "ACME inc.",
        "Acme Canada",
        "Globex",
        "Jean Roy",
        "J. Roy",
        "Roy, Jean",
        "Côté 12",
        "Cote 13",
    ];
    let phones = vec!["514 555-0123", "+1 514 555-0123", "555-0199"];
    let emails = vec!["a@b.ca", "A@B.ca", "c@d.ca"];
    let postal_codes = vec!["H2X 1Y4", "h2x1y4", "75011"];
    (
        vec(keys().prop_map(|key| key.map(str::to_owned)), 2),
        of(select(names)),
        of(select(phones)),
        of(select(emails)),
        of(select(postal_codes)),
    )
        .prop_map(|(keys, name, phone, email, postal_code)| Candidate {
            id: String::new(),
            title: String::new(),
            keys,
            name: name.map(str::to_owned),
            phone: phone.map(str::to_owned),
            email: email.map(str::to_owned),
            postal_code: postal_code.map(str::to_owned),
        })
}

fn system() -> impl Strategy<Value = Vec<Candidate>> {
    vec(candidate(), 0..30).prop_map(|mut records| {
        for (n, record) in records.iter_mut().enumerate() {
            record.id = format!("{n}");
            record.title = format!("record {n}");
        }
        records
    })
}

fn paired(source: &[Candidate], target: &[Candidate]) -> Report {
    pair(Sides { source, target })
}

fn mirrored_pairs(pairs: Vec<Pair>) -> Vec<Pair> {
    let mirrored = pairs.into_iter().map(|pair| Pair {
        source: pair.target,
        target: pair.source,
        ..pair
    });
    sorted(mirrored.collect())
}

fn sorted(mut pairs: Vec<Pair>) -> Vec<Pair> {
    pairs.sort_by(|a, b| (&a.source, &a.target).cmp(&(&b.source, &b.target)));
    pairs
}

/// The report of the swapped sides, swapped back, in an order that is the same for both.
fn in_one_order(mut report: Report) -> Report {
    report.certain = sorted(report.certain);
    report.likely = sorted(report.likely);
    for group in &mut report.ambiguous {
        group.candidates = sorted(std::mem::take(&mut group.candidates));
    }
    report
        .ambiguous
        .sort_by(|a, b| a.records.source.cmp(&b.records.source));
    report.crowds.sort();
    report
}

fn mirrored(report: Report) -> Report {
    Report {
        duplicates: report.duplicates.swapped(),
        crowds: (report.crowds.into_iter())
            .map(|crowd| Crowd {
                holders: crowd.holders.swapped(),
                ..crowd
            })
            .collect(),
        certain: mirrored_pairs(report.certain),
        likely: mirrored_pairs(report.likely),
        ambiguous: (report.ambiguous.into_iter())
            .map(|group| Ambiguity {
                records: group.records.swapped(),
                candidates: mirrored_pairs(group.candidates),
            })
            .collect(),
        unmatched: report.unmatched.swapped(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_record_is_in_one_place(source in system(), target in system()) {
        let report = paired(&source, &target);
        for side in Side::BOTH {
            let end = |pair: &Pair| match side {
                Side::Source => pair.source.id.clone(),
                Side::Target => pair.target.id.clone(),
            };
            let mut ids: Vec<String> = Vec::new();
            ids.extend(report.certain.iter().map(end));
            ids.extend(report.likely.iter().map(end));
            ids.extend(report.ambiguous.iter().flat_map(|group| &group.records[side]).map(|record| record.id.clone()));
            ids.extend(report.unmatched[side].iter().map(|record| record.id.clone()));
            let different: HashSet<&String> = ids.iter().collect();
            prop_assert_eq!(different.len(), ids.len(), "a record is in two places");
            prop_assert_eq!(ids.len(), if side == Side::Source { source.len() } else { target.len() });
        }
        for (_, pair) in report.pairs() {
            prop_assert!(!pair.reasons.is_empty());
            prop_assert_eq!(pair.points, pair.reasons.iter().map(|reason| reason.points()).sum::<Points>());
        }
    }

    #[test]
    fn the_order_of_the_input_changes_nothing(
        (source, shuffled) in system().prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle())),
        (target, turned) in system().prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle())),
    ) {
        prop_assert_eq!(paired(&source, &target), paired(&shuffled, &turned));
    }

    #[test]
    fn swapping_the_sides_mirrors_the_report(source in system(), target in system()) {
        let there = in_one_order(paired(&source, &target));
        let back = in_one_order(mirrored(paired(&target, &source)));
        prop_assert_eq!(there, back);
    }

    #[test]
    fn names_are_as_alike_one_way_as_the_other(a in "[a-cA-C éJ0-2]{1,14}", b in "[a-cA-C éJ0-2]{1,14}") {
        if let (Some(a), Some(b)) = (name::Name::parse(&a), name::Name::parse(&b)) {
            prop_assert_eq!(a.similarity(&b), b.similarity(&a));
            prop_assert_eq!(a.similarity(&b) == 100, a.canonical() == b.canonical());
        }
    }

    #[test]
    fn a_file_comes_back_as_it_was_written(
        ids in vec(("[-=+@'\",;\\t\\r\\n a-zé0-9]{0,8}", "[-=＝+@'\",;\\t\\r\\n a-zé0-9]{0,8}"), 0..8),
        title in "[-=+@'\",;\\t\\r\\n a-zé]{0,8}",
        separator in select(vec![',', ';']),
    ) {
        // An id is never blank, and a number in front keeps ids of one side apart.
        let named = |n: usize, id: &str| Named { id: format!("{id}{n}"), title: title.clone() };
        let pairs = ids.iter().enumerate().map(|(n, (source, target))| Pair {
            source: named(n, source),
            target: named(n, target),
            points: 100,
            reasons: vec![Reason::SameKey { identity: 0 }],
        });
        let report = Report { certain: pairs.collect(), ..Report::default() };
        let mut file = write_csv(&report, |reasons| reasons[0].code());
        if separator == ';' {
            file = with_semicolons(&file);
        }
        let rows = read_csv(file.as_bytes()).expect("our own file");
        prop_assert_eq!(rows.len(), report.certain.len());
        for (row, pair) in rows.iter().zip(&report.certain) {
            prop_assert_eq!(row.decision, Decision::Link);
            prop_assert_eq!((&row.ids.source, &row.ids.target), (&pair.source.id, &pair.target.id));
        }
    }

    #[test]
    fn no_cell_runs_in_a_spreadsheet(text in "[-=+@＝ '\\t\\r\\n]{0,3}[a-z]{0,3}") {
        let mut cell = String::new();
        csv_cell::push_cell(&mut cell, &text);
        let seen = cell.trim_start_matches('"');
        prop_assert!(!seen.starts_with(['\t', '\r', '\n']), "{:?}", cell);
        prop_assert!(!seen.trim_start().starts_with(['=', '+', '-', '@', '＝']), "{:?}", cell);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        let _ = read_csv(&bytes);
    }

    #[test]
    fn any_rows_are_read_or_refused(rows in "[a-z,;\"\\r\\n']{0,80}") {
        let _ = read_csv(format!("decision,source_id,target_id\n{rows}").as_bytes());
    }
}

/// The file as another spreadsheet saves it.
fn with_semicolons(file: &str) -> String {
    let mut within_quotes = false;
    let swap = |c: char| {
        within_quotes ^= c == '"';
        if c == ',' && !within_quotes { ';' } else { c }
    };
    file.chars().map(swap).collect()
}
