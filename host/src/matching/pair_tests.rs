//! Small pairs of systems and the report on them. One record a line: `id key name phone email
//! postal-code`, separated by `|`, with nothing for nothing. Two keys are separated by `+`.

use super::*;

fn records(table: &str) -> Vec<Candidate> {
    let lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let mut cells = line.split('|').map(str::trim);
            let mut next = || {
                cells
                    .next()
                    .filter(|cell| !cell.is_empty())
                    .map(str::to_owned)
            };
            let id = next().expect("an id");
            let keys = next().unwrap_or_default();
            Candidate {
                title: id.clone(),
                id,
                keys: (keys.split('+'))
                    .map(|key| (!key.is_empty()).then(|| key.to_owned()))
                    .collect(),
                name: next(),
                phone: next(),
                email: next(),
                postal_code: next(),
            }
        })
        .collect()
}

fn shown(confidence: &str, pair: &Pair) -> String {
    let reasons: Vec<String> = pair.reasons.iter().map(|reason| reason.code()).collect();
    format!(
        "{confidence} {} {}: {}",
        pair.source.id,
        pair.target.id,
        reasons.join(" ")
    )
}

#[track_caller]
fn check(source: &str, target: &str, expected: &[&str]) {
    let (source, target) = (records(source), records(target));
    let report = pair(Sides {
        source: &source,
        target: &target,
    });
    let mut lines: Vec<String> = Vec::new();
    for side in Side::BOTH {
        for duplicate in &report.duplicates[side] {
            let ids: Vec<&str> = duplicate
                .holders
                .iter()
                .map(|holder| &*holder.record.id)
                .collect();
            let Duplicate {
                identity, spelling, ..
            } = duplicate;
            lines.push(format!(
                "duplicate {side:?} {identity} {spelling:?}: {}",
                ids.join(" ")
            ));
        }
    }
    for crowd in &report.crowds {
        let Crowd {
            witness,
            value,
            holders,
        } = crowd;
        lines.push(format!(
            "crowd {witness:?} `{value}` {} by {}",
            holders.source, holders.target
        ));
    }
    lines.extend(
        report
            .pairs()
            .map(|(confidence, pair)| shown(confidence.code(), pair)),
    );
    for side in Side::BOTH {
        let unmatched = report.unmatched[side].iter();
        lines.extend(unmatched.map(|record| format!("unmatched {side:?} {}", record.id)));
    }
    assert_eq!(lines, expected);
}

#[test]
fn a_key_of_one_record_on_either_side_is_certain() {
    check(
        "s1 | K1 | Acme
         s2 | K2 |
         s3 | K3 | Café Noir",
        "t1 | K1 | ACME inc.
         t2 | K2 | Globex
         t4 | K4 | Sirop",
        &[
            "certain s1 t1: same-key:1 same-name",
            "certain s2 t2: same-key:1",
            "unmatched Source s3",
            "unmatched Target t4",
        ],
    );
}

#[test]
fn a_key_under_a_very_different_name_is_only_likely() {
    check(
        "s1 | K1 | Plomberie Tremblay",
        "t1 | K1 | Électricité Gagnon",
        &["likely s1 t1: same-key:1 other-name:0"],
    );
}

#[test]
fn each_witness_makes_a_pair_likely() {
    check(
        "s1 | CL-0042 |
         s2 | | Les Équipements Côté Ltée
         s3 | | | (514) 555-0123
         s4 | | | | Info@Acme.ca
         s5 | | Plomberie Trembley | | | H2X 1Y4
         s6 | 00700",
        "t1 | cl 0042 |
         t2 | | equipements cote les, inc
         t3 | | | +1 514 555 0123 poste 9
         t4 | | | | info@acme.CA
         t5 | | Plomberie Tremblay | | | h2x1y4
         t6 | 700",
        &[
            "likely s1 t1: alike-key:1",
            "likely s2 t2: same-name",
            "likely s3 t3: phone",
            "likely s4 t4: email",
            "likely s5 t5: postal-code:97",
            "likely s6 t6: alike-key:1",
        ],
    );
}

#[test]
fn a_similar_name_in_another_town_is_nothing() {
    check(
        "s1 | | Plomberie Trembley | | | H2X 1Y4",
        "t1 | | Plomberie Tremblay | | | H2X 1Y5",
        &["unmatched Source s1", "unmatched Target t1"],
    );
}

#[test]
fn a_switchboard_makes_nobody_the_same_person() {
    check(
        "s1 | | Jean Roy | 514 555-0123 | info@acme.ca
         s2 | | Lise Côté | 514 555-0123 | info@acme.ca",
        "t1 | | Lise Cote | 514 555-0123 | info@acme.ca
         t2 | | Marc Morin | 514 555-0123 | info@acme.ca",
        &[
            "likely s2 t1: email same-name phone",
            "unmatched Source s1",
            "unmatched Target t2",
        ],
    );
}

#[test]
fn duplicates_come_first_and_are_never_certain() {
    check(
        "s1 | K1 | Acme
         s2 | K1 | Acme
         s3 | k-2 | Bolt
         s4 | K2 | Bolt",
        "t1 | K1 | Acme
         t2 | K2 | Bolt",
        &[
            "duplicate Source 0 Same: s1 s2",
            "duplicate Source 0 Differing: s3 s4",
            "certain s4 t2: same-key:1 same-name",
            "ambiguous s1 t1: same-key:1 same-name",
            "ambiguous s2 t1: same-key:1 same-name",
            "unmatched Source s3",
        ],
    );
}

#[test]
fn a_second_witness_decides_between_duplicates() {
    check(
        "s1 | K1 | Acme
         s2 | K1 | Globex",
        "t1 | K1 | Acme",
        &[
            "duplicate Source 0 Same: s1 s2",
            "likely s1 t1: same-key:1 same-name",
            "unmatched Source s2",
        ],
    );
}

#[test]
fn keys_that_point_elsewhere_are_for_a_person() {
    check(
        "s1 | K1+V1 | Acme",
        "t1 | K1+ | Acme
         t2 | +V1 | Acme Canada",
        &[
            "ambiguous s1 t1: same-key:1 same-name",
            "ambiguous s1 t2: same-key:2",
        ],
    );
}

#[test]
fn a_second_key_that_differs_is_told_and_does_not_undo_the_first() {
    check(
        "s1 | K1+V1 |",
        "t1 | K1+V9 |",
        &["certain s1 t1: same-key:1 other-key:2"],
    );
}

#[test]
fn a_settled_pair_makes_the_next_one_clear() {
    check(
        "s1 | | Acme | 514 555-0123
         s2 | | Acme |",
        "t1 | | Acme | 514 555-0123
         t2 | | Acme |",
        &["likely s1 t1: same-name phone", "likely s2 t2: same-name"],
    );
}

#[test]
fn equal_candidates_stay_together() {
    check(
        "s1 | | Acme
         s2 | | Acme",
        "t1 | | Acme",
        &["ambiguous s1 t1: same-name", "ambiguous s2 t1: same-name"],
    );
}

#[test]
fn a_slightly_better_candidate_is_not_clear_and_comes_first() {
    check(
        "s1 | | | 514 555-0123
         s2 | | Acme",
        "t1 | | Acme | 514 555-0123",
        &["ambiguous s2 t1: same-name", "ambiguous s1 t1: phone"],
    );
}

#[test]
fn another_postal_code_is_no_witness() {
    check(
        "s1 | | Plomberie Trembley | 514 555-0123 | | H2X 1Y4",
        "t1 | | Plomberie Tremblay | 514 555-0123 | | H2X 1Y5",
        &["likely s1 t1: phone"],
    );
}

#[test]
fn groups_come_in_the_order_of_their_first_source() {
    check(
        "s1 | | Acme
         s2 | | Globex",
        "t1 | | Globex
         t2 | | Globex
         t3 | | Acme
         t4 | | Acme",
        &[
            "ambiguous s1 t3: same-name",
            "ambiguous s1 t4: same-name",
            "ambiguous s2 t1: same-name",
            "ambiguous s2 t2: same-name",
        ],
    );
}

#[test]
fn of_very_many_candidates_each_record_keeps_its_ten_best() {
    let namesakes = |side: &str| -> String {
        (10..22)
            .map(|n| format!("{side}{n} | | Jean Roy\n"))
            .collect()
    };
    let (source, target) = (records(&namesakes("s")), records(&namesakes("t")));
    let report = pair(Sides {
        source: &source,
        target: &target,
    });
    assert_eq!(report.ambiguous.len(), 1);
    assert_eq!(report.ambiguous[0].records.source.len(), 12);
    // Twelve sources keep ten targets each, and the two targets nobody kept have ten sources each.
    assert_eq!(report.ambiguous[0].candidates.len(), 12 * 10 + 2 * 10);
}

#[test]
fn stand_ins_are_no_keys() {
    check(
        "s1 | - |  | 000-000-0000 | none
         s2 |   |  | 12",
        "t1 | - |  | 000-000-0000 | none
         t2 |   |  | 12",
        &[
            "unmatched Source s1",
            "unmatched Source s2",
            "unmatched Target t1",
            "unmatched Target t2",
        ],
    );
}

#[test]
fn a_crowd_is_told_and_not_compared() {
    let crowd = |side: &str, holders: usize| -> String {
        (0..holders)
            .map(|n| format!("{side}{n} | | | | sales@acme.ca\n"))
            .collect()
    };
    let (source, target) = (records(&crowd("s", 21)), records(&crowd("t", 20)));
    let report = pair(Sides {
        source: &source,
        target: &target,
    });
    let expected = Crowd {
        witness: Witness::Email,
        value: "sales@acme.ca".to_owned(),
        holders: Sides {
            source: 21,
            target: 20,
        },
    };
    assert_eq!(report.crowds, [expected]);
    assert_eq!(report.ambiguous, []);
    assert_eq!(report.unmatched.source.len(), 21);
}

#[test]
fn a_town_is_searched_by_the_words_of_names() {
    let town = |side: &str, ending: &str| -> String {
        (0..40)
            .map(|n| {
                let word: String =
                    ["ab", "cd", "ef", "gh", "ij", "kl", "mn"][n % 7].repeat(n / 7 + 2);
                format!("{side}{n:02} | | {word} {word}x{ending} | | | 12345\n")
            })
            .collect()
    };
    let (source, target) = (records(&town("s", "")), records(&town("t", " deluxe")));
    let report = pair(Sides {
        source: &source,
        target: &target,
    });
    assert_eq!(report.crowds, []);
    assert_eq!(report.unmatched, Sides::default());
}

#[test]
fn a_record_given_twice_counts_once() {
    check(
        "s1 | K1 |\n s1 | K1 |",
        "t1 | K1 |",
        &["certain s1 t1: same-key:1"],
    );
}

#[test]
fn a_town_in_which_every_word_is_a_crowd_is_searched_by_two_words() {
    let word = |first: char, n: usize| -> String {
        let letters = ['a', 'e', 'i', 'o', 'u', 'k'];
        [first, letters[n % 6], letters[n / 6], first]
            .iter()
            .collect()
    };
    let town = |side: &str, ending: &str| -> String {
        (0..30 * 30)
            .map(|n| {
                let name = format!("{} {} {ending}", word('b', n % 30), word('t', n / 30));
                format!("{side}{n:03} | | {name} | | | 12345\n")
            })
            .collect()
    };
    let (source, target) = (records(&town("s", "")), records(&town("t", "deluxe")));
    let report = pair(Sides {
        source: &source,
        target: &target,
    });
    assert_eq!(report.unmatched, Sides::default());
    assert!(
        report
            .likely
            .iter()
            .all(|pair| pair.source.id[1..] == pair.target.id[1..])
    );
}
