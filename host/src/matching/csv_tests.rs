//! The file that a person edits.

use std::collections::HashSet;

use super::*;

const HEADING: &str = "decision,confidence,reason,source_id,source_title,target_id,target_title\n";

fn named(id: &str, title: &str) -> Named {
    Named {
        id: id.to_owned(),
        title: title.to_owned(),
    }
}

fn proposal(source: Named, target: Named) -> Pair {
    let reasons = vec![Reason::SameKey { identity: 0 }];
    Pair {
        source,
        target,
        points: 100,
        reasons,
    }
}

fn codes(reasons: &[Reason]) -> String {
    reasons
        .iter()
        .map(|reason| reason.code())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Reads rows under the usual heading and shows what came of them.
#[track_caller]
fn check(rows: &str, expected: &[&str]) {
    let file = format!("{HEADING}{rows}");
    let shown: Vec<String> = match read_csv(file.as_bytes()) {
        Ok(rows) => (rows.iter())
            .map(|row| {
                let decision = row.decision.code();
                format!(
                    "{} {decision} {} {}",
                    row.line, row.ids.source, row.ids.target
                )
            })
            .collect(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(shown, expected, "{rows:?}");
}

#[test]
fn a_report_becomes_rows_with_certain_pairs_decided() {
    let report = Report {
        certain: vec![proposal(named("1", "Acme"), named("A", "Acme, inc."))],
        likely: vec![proposal(
            named("2", "=cmd|' /C calc'!A0"),
            named("-5", "say \"hi\""),
        )],
        ambiguous: vec![Ambiguity {
            records: Sides::default(),
            candidates: vec![proposal(named("3", "+x"), named("C", "'@y"))],
        }],
        ..Report::default()
    };
    assert_eq!(
        write_csv(&report, codes),
        format!(
            "{HEADING}link,certain,same-key:1,1,Acme,A,\"Acme, inc.\"\n\
             review,likely,same-key:1,2,'=cmd|' /C calc'!A0,'-5,\"say \"\"hi\"\"\"\n\
             review,ambiguous,same-key:1,3,'+x,C,''@y\n"
        )
    );
}

#[test]
fn decisions_are_read_as_people_write_them() {
    check(
        "link,,,1,,A,\nREVIEW,,,1,,B,\n Skip ,,,1,,C,\n\n,,,,,,\nlink,,,'-2,,'=D,,,\n",
        &["2 link 1 A", "3 review 1 B", "4 skip 1 C", "7 link -2 =D"],
    );
}

#[test]
fn every_bad_row_is_told_with_its_line() {
    check(
        "yes,,,1,,A,\n,,,1,,A,\nlink,,,,,A,\nreview,,,1,, ,\nlink,,,1\nlink,,,1,,A,,x\n\
         link,\"a\"b,,1,,A,\nlink,,\"two\nlines\",9,,Z,\noui,,,1,,A,\nlink,\"open,,1,,A,\n",
        &[
            "line 2: the decision is `yes`, not link, review or skip",
            "line 3: the decision is ``, not link, review or skip",
            "line 4: the source_id is empty",
            "line 5: the target_id is empty",
            "line 6: 4 cells, and the heading has 7",
            "line 7: 8 cells, and the heading has 7",
            "line 8: text stands between a closing quote and the next cell",
            "line 11: the decision is `oui`, not link, review or skip",
            "line 12: a quote is opened and never closed",
        ],
    );
}

#[test]
fn a_record_linked_twice_is_refused_with_both_lines() {
    check(
        "link,,,1,,A,\nlink,,,2,,A,\nlink,,,1,,C,\nreview,,,1,,D,\nskip,,,2,,A,\n",
        &[
            "line 3: target_id `A` is linked in line 2 already",
            "line 4: source_id `1` is linked in line 2 already",
        ],
    );
    check(
        "link,,,1,,A,\nlink,,,1,,A,\n",
        &[
            "line 3: source_id `1` is linked in line 2 already",
            "line 3: target_id `A` is linked in line 2 already",
        ],
    );
}

#[test]
fn a_file_from_any_spreadsheet_is_read() {
    let expected = vec![Row {
        line: 2,
        decision: Decision::Link,
        ids: Sides {
            source: "1".to_owned(),
            target: "A;b".to_owned(),
        },
    }];
    for file in [
        "\u{feff}decision;source_id;target_id\r\nlink;1;\"A;b\"\r\n",
        "Target_ID,notes, DECISION ,source_id\nA;b,\"fine, he said\",link,1",
        "decision\tsource_id\ttarget_id\rlink\t1\tA;b\r",
        "\"decision\";\"source_id\";\"target_id\"\n\"link\";\"1\";\"A;b\"\n;;\n",
    ] {
        let rows = read_csv(file.as_bytes());
        assert_eq!(rows.as_ref(), Ok(&expected), "{file:?}");
    }
}

#[test]
fn a_wrong_heading_and_a_wrong_encoding_are_told() {
    let check = |file: &[u8], expected: &[&str]| {
        let problems = read_csv(file).expect_err("a wrong file");
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expected);
    };
    check(b"", &["line 1: the file is empty"]);
    check(b"\n\n;;\n", &["line 1: the file is empty"]);
    check(
        b"\ndecision,source,target_id,Target_id\n",
        &[
            "line 2: the heading has no column `source_id`",
            "line 2: the heading has the column `target_id` twice",
        ],
    );
    check(
        b"decision,source_id,target_id\nlink,\xe9,1\n",
        &["line 2: the text is not UTF-8"],
    );
}

#[test]
fn an_id_that_a_spreadsheet_changed_is_recognised() {
    let rows =
        read_csv(b"decision,source_id,target_id\nlink,12,A\nlink,13,B\nskip,99,Z\n").expect("rows");
    let known = Sides {
        source: HashSet::from(["0012", "13"]),
        target: HashSet::from(["A"]),
    };
    let problems: Vec<CsvProblem> = unknown_records(&rows, &known)
        .into_iter()
        .map(|error| error.problem)
        .collect();
    let unknown = |side, id: &str, meant: Option<&str>| CsvProblem::UnknownRecord {
        side,
        id: id.to_owned(),
        meant: meant.map(str::to_owned),
    };
    assert_eq!(
        problems,
        [
            unknown(Side::Source, "12", Some("0012")),
            unknown(Side::Target, "B", None)
        ]
    );
}
