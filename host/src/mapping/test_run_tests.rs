//! What a flow's tests can say of links that exist and of records that look-ups create.

use std::collections::BTreeMap;

use super::evaluate_tests::manifest;
use super::shipped_tests::rendered;
use super::test_file::TestFile;
use super::test_run::{TestReport, run_tests};
use crate::config::SourceText;
use crate::config::flow::FlowFile;

const FLOW: &str = r#"
format = 1
title = { en = "Items", fr = "Articles" }
source = { connector = "left", entity = "item" }
target = { connector = "right", entity = "item" }
mode = "one_way"
operations = ["create", "update"]
update_when = "option.updates"

[options.updates]
type = "bool"
default = true
help = { en = "Updates", fr = "Mises à jour" }

[fields]
number = { from = "number", only_create = true }
code = { from = "lookup.code.id" }
short = { from = "short" }

[lookup.code]
in = "target.code"
by = "number"
from = "code"
on_missing = "create"

[lookup.code.create.fields]
number = { from = "code" }
"#;

const RECORD: &str = r#"
title = "a test"
[source]
id = "1"
number = "N"
code = "x"
short = "s"
"#;

fn report(tests: &[&str]) -> TestReport {
    let text = SourceText::new("items.toml", FLOW);
    let tests: Vec<TestFile> = tests
        .iter()
        .map(|test| {
            let text = SourceText::new("a.test.toml", format!("{RECORD}{test}"));
            TestFile::read(&text).unwrap_or_else(|wrong| panic!("{}", rendered(&wrong)))
        })
        .collect();
    let (left, right) = (manifest("left"), manifest("right"));
    run_tests(
        &FlowFile::read(&text),
        &left,
        &right,
        &BTreeMap::new(),
        &tests,
    )
}

/// What differs from what the test expects.
fn differs(test: &str) -> Vec<String> {
    let report = report(&[test]);
    let found = report.tests.into_iter().flat_map(|test| test.differences);
    found.map(|text| text.fallback).collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_test_says_what_is_created_and_under_which_id() {
    let created = r#"
[made.code]
x = "C7"
[expect]
outcome = "mapped"
[expect.body]
number = "N"
code = "C7"
short = "s"
[[expect.made.code]]
number = "x"
"#;
    assert_eq!(differs(created), NOTHING);
    assert_eq!(
        differs(&created.replace("number = \"x\"", "number = \"y\"")),
        ["made.code[1].number: expected \"y\", got \"x\""]
    );
    let there = r#"
[[records.target.code]]
id = "C1"
number = "x"
[expect]
outcome = "mapped"
[expect.made]
[expect.body]
number = "N"
code = "C1"
short = "s"
"#;
    assert_eq!(differs(there), NOTHING);
}

#[test]
fn a_test_says_why_nothing_could_be_created() {
    let refused = r#"
[not_made.code]
x = "the name is taken"
[expect]
outcome = "rejected"
code = "lookup-create-refused"
message = { en = "code “x” could not be created: the name is taken" }
"#;
    assert_eq!(differs(refused), NOTHING);
}

#[test]
fn a_test_of_a_linked_record_says_what_goes_out() {
    let linked = r#"
[linked.sent]
number = "before"
code = "new"
short = "before"
[expect]
outcome = "mapped"
[expect.update]
short = "s"
"#;
    assert_eq!(differs(linked), NOTHING);
    let as_before = linked.replace("short = \"before\"", "short = \"s\"");
    assert_eq!(
        differs(&as_before),
        ["update.short: expected \"s\", got nothing"]
    );
    let off = r#"
[options]
updates = false
[linked]
[expect]
outcome = "unchanged"
reason = "`update_when` does not hold: option.updates"
"#;
    assert_eq!(differs(off), NOTHING);
}

#[test]
fn what_is_created_and_left_alone_counts_as_touched() {
    let off = "[options]\nupdates = false\n[linked]\n[expect]\noutcome = \"unchanged\"";
    let on = "[expect]\noutcome = \"mapped\"";
    let untouched =
        |tests: &[&str]| -> Vec<String> { report(tests).untouched().map(str::to_owned).collect() };
    assert_eq!(untouched(&[on]), ["update_when"]);
    assert_eq!(untouched(&[on, off]), NOTHING);
    let rest = untouched(&[off]);
    assert!(rest.contains(&"lookup.code.create".to_owned()), "{rest:?}");
    assert!(
        rest.contains(&"lookup.code.create.fields.number".to_owned()),
        "{rest:?}"
    );
}
