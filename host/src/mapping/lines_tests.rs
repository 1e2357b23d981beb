//! Lines made of the record itself, lines beside the list, and lines that are sent once.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::evaluate_tests::{flow_with, map};
use super::flow::Mapped;
use crate::config::reader::Item;

const LINES: &str = r#"
[options.updates]
type = "bool"
default = false
help = { en = "Updates", fr = "Mises à jour" }

[fields]
number = { const = "1" }
total = { sum = "lines", of = "target.amount" }
code = { from = "code", only_create = "!option.updates" }

[children.lines]
from = "source"
only_create = "!option.updates"

[children.lines.fields]
name = { from = "code" }
amount = { from = "total" }

[[children.lines.append]]
when = "dec_or_zero(source.word) != 0"
[children.lines.append.fields]
name = { const = "Freight" }
amount = { from = "word" }

[[children.lines.append]]
[children.lines.append.fields]
name = { const = "Fee" }
amount = { const = "0.5" }
"#;

fn lines(record: Value) -> (Value, Value) {
    let mut body = map(LINES, record).expect("mapped").body;
    (body["lines"].take(), body["total"].take())
}

#[test]
fn a_record_without_lines_is_its_own_line_and_others_stand_beside_it() {
    let (made, total) = lines(json!({"code": "A", "total": "10", "word": "2.25"}));
    let expected = json!([
        {"name": "A", "amount": "10"},
        {"name": "Freight", "amount": "2.25"},
        {"name": "Fee", "amount": "0.5"},
    ]);
    assert_eq!((made, total), (expected, json!("12.75")));
    let (made, total) = lines(json!({"code": "A", "total": "10", "word": null}));
    assert_eq!(made.as_array().map(Vec::len), Some(2));
    assert_eq!(total, "10.5");
}

#[test]
fn a_line_beside_the_list_says_which_it_is_when_it_is_wrong() {
    let rules = LINES.replace(
        "{ from = \"word\" }",
        "{ from = \"short\", on_missing = \"error\" }",
    );
    let record = json!({"code": "A", "total": "1", "word": "1", "short": null});
    let rejection = map(&rules, record).expect_err("refused");
    assert_eq!(rejection.field.as_deref(), Some("lines[2].amount"));
    assert_eq!(
        rejection.text("en"),
        "lines 2: `amount` needs a value, and `source.short` is empty"
    );
}

#[test]
fn an_option_says_whether_fields_and_lines_belong_to_the_target_once_sent() {
    let once = |updates: bool| -> BTreeSet<String> {
        let flow = flow_with(&[("updates", Item::Bool(updates))], LINES);
        let record = json!({"code": "A", "total": "1", "word": null});
        let facts = super::facts::Facts::default();
        let mapped = flow.map(&record, &facts, &super::evaluate_tests::run());
        mapped.expect("mapped").create_only
    };
    let both = BTreeSet::from(["code".to_owned(), "lines".to_owned()]);
    assert_eq!(once(false), both);
    assert_eq!(once(true), BTreeSet::new());
}

#[test]
fn a_linked_record_is_looked_at_only_where_the_flow_says() {
    let rules = "update_when = \"source.open && option.updates\"\n".to_owned() + LINES;
    for (updates, open, expected) in [
        (true, true, true),
        (true, false, false),
        (false, true, false),
    ] {
        let flow = flow_with(&[("updates", Item::Bool(updates))], &rules);
        let reason = flow
            .not_updated(&json!({"open": open}))
            .expect("it can be told");
        assert_eq!(reason.is_none(), expected);
        if let Some(reason) = reason {
            let words = "`update_when` does not hold: source.open && option.updates";
            assert_eq!(reason, words);
        }
    }
}

#[test]
fn a_sum_that_chooses_lines_leaves_those_beside_the_list_out() {
    let rules = LINES.replace(
        "of = \"target.amount\" }",
        "of = \"target.amount\", where = \"line.code == 'A'\" }",
    );
    let Mapped { body, .. } =
        map(&rules, json!({"code": "A", "total": "10", "word": "2"})).expect("mapped");
    assert_eq!(body["total"], "10");
}
