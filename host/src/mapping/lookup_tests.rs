//! Look-ups that create what is missing, and look-ups in lists that are at hand.

use serde_json::{Value, json};

use super::evaluate_tests::{flow, flow_with, lookup, map, run};
use super::facts::{Facts, Need};
use super::flow::{Flow, FlowSide};
use super::rejection::Rejection;
use crate::config::reader::Item;
use crate::model::Text;

const CREATES: &str = r#"
[options.create]
type = "bool"
default = true
help = { en = "Create", fr = "Créer" }

[fields]
number = { const = "1" }
code = { from = "lookup.code.id" }

[lookup.code]
in = "target.code"
by = "number"
from = "code"
on_missing = "create"

[lookup.code.create]
when = "option.create"

[lookup.code.create.fields]
number = { from = "code" }
name = { from = "short" }
"#;

fn absent() -> (Need, Facts) {
    let asked = lookup(FlowSide::Target, "number", "x");
    let mut facts = Facts::default();
    facts.put_lookup(&asked, None);
    (asked, facts)
}

fn wanted(body: &Value) -> Need {
    Need::Create {
        entity: "code".to_owned(),
        by: "number".to_owned(),
        value: "x".to_owned(),
        body: body.to_string(),
    }
}

fn mapped(flow: &Flow, record: &Value, facts: &Facts) -> Result<Value, Rejection> {
    flow.map(record, facts, &run()).map(|mapped| mapped.body)
}

#[test]
fn what_a_look_up_misses_is_made_from_its_own_rules() {
    let flow = flow(CREATES);
    let record = json!({"code": "x", "short": "X"});
    let (asked, mut facts) = absent();
    assert_eq!(flow.needs(&record, &Facts::default()), Ok(vec![asked]));
    let need = wanted(&json!({"number": "x", "name": "X"}));
    assert_eq!(flow.needs(&record, &facts), Ok(vec![need.clone()]));
    facts.put_made(&need, json!({"id": "9", "number": "x", "name": "X"}));
    assert_eq!(flow.needs(&record, &facts), Ok(vec![]));
    let body = mapped(&flow, &record, &facts).expect("mapped");
    assert_eq!(body, json!({"number": "1", "code": "9"}));
}

#[test]
fn where_it_may_not_create_the_record_is_refused_by_the_value() {
    let off = flow_with(&[("create", Item::Bool(false))], CREATES);
    let (_, facts) = absent();
    let rejection = off
        .needs(&json!({"code": "x", "short": "X"}), &facts)
        .expect_err("refused");
    let shown = (rejection.code.as_str(), rejection.text("en"));
    assert_eq!(shown, ("lookup-missing", "there is no code “x”"));
}

#[test]
fn what_the_system_says_against_it_refuses_the_record_or_lets_it_wait() {
    let flow = flow(CREATES);
    let record = json!({"code": "x", "short": "X"});
    for later in [false, true] {
        let (_, mut facts) = absent();
        let need = wanted(&json!({"number": "x", "name": "X"}));
        facts.put_not_made(&need, Text::plain("the name is taken"), later);
        let rejection = flow.needs(&record, &facts).expect_err("refused");
        assert_eq!(rejection.code, "lookup-create-refused");
        assert_eq!(rejection.waiting, later);
        let words = "code “x” could not be created: the name is taken";
        assert_eq!(rejection.text("en"), words);
    }
}

#[test]
fn nothing_is_made_for_a_record_that_is_refused_anyway() {
    let rules = format!(
        "{CREATES}
[[reject]]
when = 'source.open'
code = 'is-open'
message = {{ en = 'It is open', fr = 'Ouvert' }}"
    );
    let (_, facts) = absent();
    let record = json!({"code": "x", "short": "X", "open": true});
    let rejection = flow(&rules).needs(&record, &facts).expect_err("refused");
    assert_eq!(rejection.code, "is-open");
}

const AMONG: &str = r#"
[lookup.other]
in = "target.code"
by = "code"
from = "code"
on_missing = "empty"

[lookup.entry]
among = "lookup.other.lines"
where = "each.code == source.short"
on_missing = "error"

[fields]
number = { const = "1" }
code = { from = "lookup.entry.name" }
total = { sum = "lookup.other.lines", of = "each.amount", where = "each.code != source.short" }

[children.lines]
from = "lookup.other.lines"
where = "line.code != source.short"

[children.lines.values]
same = { sum = "source.lines", of = "each.amount", where = "each.code == line.code" }

[children.lines.fields]
name = { from = "name" }
amount = { expr = "value.same" }
"#;

/// The target record, where the other one is this.
fn among(other: Value, record: Value) -> Result<Value, Rejection> {
    let mut facts = Facts::default();
    let asked = lookup(FlowSide::Target, "code", "x");
    facts.put_lookup(
        &asked,
        Some(json!({"id": "7", "code": "x", "lines": other})),
    );
    mapped(&flow(AMONG), &record, &facts)
}

#[test]
fn entries_of_a_record_that_was_looked_up_are_found_added_up_and_mapped() {
    let other = json!([
        {"name": "A", "code": "a", "amount": "1.50"},
        {"name": "B", "code": "b", "amount": "2"},
        {"name": "B again", "code": "b", "amount": "4"},
    ]);
    let own = json!([
        {"code": "a", "amount": "10"}, {"code": "b", "amount": "20"}, {"code": "a", "amount": "5"},
    ]);
    let record = json!({"code": "x", "short": "b", "lines": own});
    let body = among(other, record).expect("mapped");
    assert_eq!(body["code"], "B", "the first that fits");
    assert_eq!(body["total"], "1.50");
    assert_eq!(body["lines"], json!([{"name": "A", "amount": "15"}]));
}

#[test]
fn an_entry_that_is_not_there_refuses_the_record_in_words() {
    let record = json!({"code": "x", "short": "z", "lines": []});
    let rejection = among(json!([]), record).expect_err("refused");
    assert_eq!(rejection.code, "lookup-missing");
    assert_eq!(
        rejection.text("en"),
        "no entry of `lookup.other.lines` fits: each.code == source.short"
    );
}

#[test]
fn the_lines_of_a_record_that_is_not_there_are_none() {
    let rules = AMONG.replace("on_missing = \"error\"", "on_missing = \"empty\"");
    let mut facts = Facts::default();
    facts.put_lookup(&lookup(FlowSide::Target, "code", "x"), None);
    let record = json!({"code": "x", "short": "z", "lines": []});
    let body = mapped(&flow(&rules), &record, &facts).expect("mapped");
    assert_eq!(body, json!({"number": "1", "total": "0", "lines": []}));
}

#[test]
fn a_line_is_compared_with_the_lines_of_its_own_record() {
    let rules = r#"
[fields]
number = { const = "1" }

[children.lines]
from = "lines"

[children.lines.lookup.first]
among = "source.lines"
where = "each.code == line.code"
on_missing = "error"

[children.lines.fields]
name = { from = "lookup.first.name" }
"#;
    let lines = json!([
        {"name": "A", "code": "a"}, {"name": "B", "code": "b"}, {"name": "C", "code": "a"},
    ]);
    let body = map(rules, json!({"lines": lines})).expect("mapped").body;
    assert_eq!(
        body["lines"],
        json!([{"name": "A"}, {"name": "B"}, {"name": "A"}])
    );
}
