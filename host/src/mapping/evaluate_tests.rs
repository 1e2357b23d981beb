//! What rules do with a record, rule by rule, on two small systems made up for it.

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::compile::{Binding, FlowEnds, compile};
use super::facts::{Facts, LinkAnswer, Need, Wanted};
use super::flow::{End, Flow, FlowSide, Identity, Mapped, RunInfo};
use super::rejection::Rejection;
use super::shipped_tests::rendered;
use crate::config::flow::FlowFile;
use crate::config::reader::Item;
use crate::config::tenant::{OptionValues, TableValues};
use crate::config::{At, SourceText};
use crate::model::{FlowName, Manifest, NativeId, Text};

pub(super) fn manifest(name: &str) -> Manifest {
    let text = |extra: Value| {
        let mut schema = json!({"type": ["string", "null"]});
        for (key, value) in extra.as_object().expect("an object") {
            schema[key] = value.clone();
        }
        schema
    };
    let decimal = || text(json!({"format": "decimal"}));
    let line = json!({"type": "object", "properties": {
        "name": text(json!({})), "amount": decimal(), "quantity": decimal(), "code": text(json!({})),
    }});
    let entity = |name: &str, schema: Value| {
        json!({
            "name": name, "title": {"key": "", "fallback": name}, "schema": schema,
            "operations": {"read": true, "find": true, "query": true, "changes": true,
                "create": true, "update": true, "delete": false},
            "idempotency": [], "changes": "scan", "filters": [], "keys": ["code", "number"],
            "read_batch": 1, "write_batch": 1,
        })
    };
    let item = json!({
        "type": "object",
        "required": ["id", "number"],
        "properties": {
            "id": {"type": "string", "x-liaison-read-only": true},
            "number": {"type": "string"},
            "short": text(json!({"maxLength": 5})),
            "word": text(json!({"enum": ["a", "b", null]})),
            "day": text(json!({"format": "date"})),
            "parent": text(json!({"x-liaison-ref": "item"})),
            "total": decimal(),
            "count": {"type": ["integer", "null"]},
            "open": {"type": ["boolean", "null"]},
            "code": text(json!({})),
            "address": {"type": ["object", "null"], "additionalProperties": false, "properties": {
                "street": text(json!({"maxLength": 10})), "city": text(json!({})),
            }},
            "custom": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
            "lines": {"type": "array", "items": line},
        },
    });
    let code = json!({"type": "object", "properties": {
        "code": text(json!({})), "number": text(json!({})), "name": text(json!({})),
        "lines": {"type": "array", "items": line},
    }});
    serde_json::from_value(json!({
        "name": name, "version": "1.0.0", "title": {"key": "", "fallback": name}, "vendor": "",
        "settings": {}, "secrets": [], "hosts": [], "limits": {"rates": [], "concurrency": 1},
        "entities": [entity("item", item), entity("code", code)],
    }))
    .expect("a manifest")
}

pub(super) fn flow(rules: &str) -> Flow {
    flow_among("items", &["others"], rules)
}

/// A flow of this name in a tenant that also has these.
fn flow_among(name: &str, others: &[&str], rules: &str) -> Flow {
    compiled(name, others, rules, &[])
}

/// A flow of a tenant that sets these options.
pub(super) fn flow_with(options: &[(&str, Item)], rules: &str) -> Flow {
    compiled("items", &["others"], rules, options)
}

fn compiled(name: &str, others: &[&str], rules: &str, given: &[(&str, Item)]) -> Flow {
    let text = format!(
        r#"format = 1
title = {{ en = "Items", fr = "Articles" }}
source = {{ connector = "left", entity = "item" }}
target = {{ connector = "right", entity = "item" }}
mode = "one_way"
operations = ["create", "update"]
{rules}"#
    );
    let text = SourceText::new("items.toml", text);
    let mut options = OptionValues::none(&text);
    options.values.extend(given.iter().map(|(name, item)| {
        let name = At::new((*name).to_owned(), 0..0);
        (name, At::new(item.clone(), 0..0))
    }));
    let end = |connector: &str| End {
        connector: connector.to_owned(),
        entity: "item".to_owned(),
    };
    let ends = FlowEnds {
        source: end("left"),
        target: end("right"),
    };
    let binding = Binding {
        name: FlowName::parse(name).expect("a valid name"),
        source: &manifest("left"),
        target: &manifest("right"),
        options: &options,
        tables: &TableValues::none(&text),
        flows: &others
            .iter()
            .map(|name| ((*name).to_owned(), ends.clone()))
            .collect(),
    };
    compile(&FlowFile::read(&text), &binding).unwrap_or_else(|wrong| panic!("{}", rendered(&wrong)))
}

pub(super) fn run() -> RunInfo {
    RunInfo {
        now: "2026-01-05T12:00:00Z".parse().expect("an instant"),
        count: 1,
    }
}

pub(super) fn map(rules: &str, record: Value) -> Result<Mapped, Rejection> {
    flow(rules).map(&record, &Facts::default(), &run())
}

#[track_caller]
pub(super) fn gives(rules: &str, record: Value, expected: Value) {
    let rules = format!("[fields]\nnumber = {{ const = \"1\" }}\n{rules}");
    let mut body = map(&rules, record).unwrap_or_else(|r| panic!("{r:?}")).body;
    body.as_object_mut().expect("an object").remove("number");
    assert_eq!(body, expected, "{rules}");
}

#[track_caller]
pub(super) fn refuses(rules: &str, record: Value, code: &str, field: &str, words: &str) {
    let rules = format!("[fields]\nnumber = {{ const = \"1\" }}\n{rules}");
    let rejection = map(&rules, record).expect_err("it is refused");
    assert_eq!(
        (rejection.code.as_str(), rejection.text("en")),
        (code, words)
    );
    assert_eq!(rejection.field.as_deref().unwrap_or(""), field);
    assert!(!rejection.text("fr").is_empty());
}

#[test]
fn absent_null_and_value_are_three_things() {
    let rule = r#"code = { from = "code" }"#;
    gives(rule, json!({}), json!({}));
    gives(rule, json!({"code": null}), json!({"code": null}));
    gives(rule, json!({"code": ""}), json!({"code": ""}));
    gives(rule, json!({"code": "x"}), json!({"code": "x"}));
    let rule = r#"code = { from = "code", on_missing = "skip" }"#;
    gives(rule, json!({"code": null}), json!({}));
    gives(rule, json!({"code": ""}), json!({}));
    let rule = r#"code = { from = "code", on_missing = "default", default = "z" }"#;
    gives(rule, json!({}), json!({"code": "z"}));
    gives(rule, json!({"code": "x"}), json!({"code": "x"}));
    let rule = r#"code = { from = "code", on_missing = "error" }"#;
    refuses(
        rule,
        json!({"code": null}),
        "missing-value",
        "code",
        "`code` needs a value, and `source.code` is empty",
    );
    let mapped = map(
        "[fields]\nnumber = { const = \"1\" }\ncode = { from = \"code\" }",
        json!({"code": null}),
    );
    assert_eq!(
        mapped.expect("mapped").create_body(),
        json!({"number": "1"})
    );
}

#[test]
fn a_field_the_system_demands_is_never_left_out() {
    let rule = "[fields]\nnumber = { from = \"code\" }";
    for record in [json!({}), json!({"code": null}), json!({"code": ""})] {
        let rejection = map(rule, record).expect_err("it is refused");
        assert_eq!(rejection.code, "missing-value");
    }
}

#[test]
fn the_first_that_has_something_wins_and_a_constant_always_has() {
    let rule = r#"code = { first_of = [{ from = "code" }, { from = "short" }, { expr = "source.word" }] }"#;
    gives(
        rule,
        json!({"code": null, "short": "", "word": "a"}),
        json!({"code": "a"}),
    );
    gives(
        rule,
        json!({"code": "x", "short": "y"}),
        json!({"code": "x"}),
    );
    gives(
        rule,
        json!({"code": null, "short": null, "word": null}),
        json!({"code": null}),
    );
    let rule = r#"code = { first_of = [{ const = "", when = "source.open" }, { from = "code" }] }"#;
    gives(
        rule,
        json!({"open": true, "code": "x"}),
        json!({"code": ""}),
    );
    gives(
        rule,
        json!({"open": false, "code": "x"}),
        json!({"code": "x"}),
    );
}

#[test]
fn a_condition_chooses_between_value_else_and_nothing() {
    let rule = r#"code = { from = "code", when = "source.open", else = "closed" }"#;
    gives(
        rule,
        json!({"open": true, "code": "x"}),
        json!({"code": "x"}),
    );
    gives(
        rule,
        json!({"open": false, "code": "x"}),
        json!({"code": "closed"}),
    );
    let rule = r#"code = { from = "code", when = "source.open" }"#;
    gives(rule, json!({"open": false, "code": "x"}), json!({}));
    refuses(
        rule,
        json!({"open": null}),
        "expression-failed",
        "",
        "rule `fields.code` could not be computed: true or false is needed, and this is an empty field (items.toml:9:33)",
    );
}

#[test]
fn numbers_keep_their_digits_until_a_rule_rounds_them() {
    gives(
        r#"total = { from = "total" }"#,
        json!({"total": "1.2500"}),
        json!({"total": "1.2500"}),
    );
    gives(
        r#"total = { from = "total", decimal = 1 }"#,
        json!({"total": "1.25"}),
        json!({"total": "1.3"}),
    );
    gives(
        r#"total = { from = "total", decimal = 2 }"#,
        json!({"total": "-1.005"}),
        json!({"total": "-1.01"}),
    );
    gives(
        r#"total = { from = "total", decimal = 2 }"#,
        json!({"total": "7"}),
        json!({"total": "7.00"}),
    );
    gives(
        r#"total = { from = "total", decimal = 2 }"#,
        json!({"total": null}),
        json!({"total": null}),
    );
    gives(
        r#"total = { from = "total", decimal = 2, zero = "omit" }"#,
        json!({"total": "0.004"}),
        json!({}),
    );
    gives(
        r#"total = { expr = "dec(source.total) * 9.975 / 100" }"#,
        json!({"total": "448.35"}),
        json!({"total": "44.7229125"}),
    );
    gives(
        r#"count = { expr = "dec(source.total) * 2" }"#,
        json!({"total": "1.5"}),
        json!({"count": 3}),
    );
    gives(
        r#"total = { from = "count" }"#,
        json!({"count": 3}),
        json!({"total": "3"}),
    );
    refuses(
        r#"total = { from = "code", decimal = 2 }"#,
        json!({"code": "12,50"}),
        "wrong-value",
        "total",
        "`total` must be a decimal, and this is “12,50”",
    );
    refuses(
        r#"count = { expr = "dec(source.total)" }"#,
        json!({"total": "1.5"}),
        "wrong-value",
        "count",
        "`count` must be a number, and this is “1.5”",
    );
}

#[test]
fn what_does_not_fit_is_refused_and_only_a_rule_may_cut() {
    refuses(
        r#"short = { from = "code" }"#,
        json!({"code": "abcdef"}),
        "too-long",
        "short",
        "`short` takes at most 5 characters: “abcdef”",
    );
    gives(
        r#"short = { from = "code", truncate = 5 }"#,
        json!({"code": "abcdef"}),
        json!({"short": "abcd…"}),
    );
    gives(
        r#"short = { from = "code", truncate = 5 }"#,
        json!({"code": "éèàùç"}),
        json!({"short": "éèàùç"}),
    );
    refuses(
        r#"word = { from = "code" }"#,
        json!({"code": "c"}),
        "wrong-value",
        "word",
        "`word` cannot be “c”; it is one of a, b",
    );
    refuses(
        r#"day = { from = "code" }"#,
        json!({"code": "5 janvier"}),
        "wrong-value",
        "day",
        "`day` must be a date, and this is “5 janvier”",
    );
}

#[test]
fn a_table_translates_and_an_unknown_word_is_an_error() {
    let rules = |on_missing: &str| {
        format!(
            r#"code = {{ map = "t", from = "code"{on_missing} }}
[tables.t]
help = {{ en = "x", fr = "x" }}
rows = {{ a = "1" }}"#
        )
    };
    gives(&rules(""), json!({"code": "a"}), json!({"code": "1"}));
    gives(&rules(""), json!({"code": null}), json!({"code": null}));
    gives(
        &rules(", on_missing = \"skip\""),
        json!({"code": "b"}),
        json!({}),
    );
    gives(
        &rules(", on_missing = \"default\", default = \"9\""),
        json!({"code": "b"}),
        json!({"code": "9"}),
    );
    refuses(
        &rules(""),
        json!({"code": "b"}),
        "no-table-row",
        "code",
        "the table `t` has no row “b”",
    );
}

fn link(wanted: Wanted) -> Need {
    Need::Link {
        flow: "others".to_owned(),
        id: NativeId::parse("7").expect("an id"),
        wanted,
    }
}

fn id(text: &str) -> NativeId {
    NativeId::parse(text).expect("an id")
}

#[test]
fn a_reference_is_asked_for_and_translated() {
    let flow = flow(
        "[fields]\nnumber = { const = \"1\" }\nparent = { ref = \"others\", from = \"parent\", on_missing = \"create\" }",
    );
    let record = json!({"parent": "7"});
    let mut facts = Facts::default();
    assert_eq!(flow.needs(&record, &facts), Ok(vec![link(Wanted::Made)]));
    // "There is none yet" does not answer "create it".
    facts.put_known_link("others", &id("7"), LinkAnswer::Missing);
    assert_eq!(flow.needs(&record, &facts), Ok(vec![link(Wanted::Made)]));
    facts.put_link("others", &id("7"), LinkAnswer::Linked(id("70")));
    assert_eq!(flow.needs(&record, &facts), Ok(vec![]));
    let mapped = flow.map(&record, &facts, &run()).expect("mapped");
    assert_eq!(mapped.body["parent"], "70");
    facts.put_link(
        "others",
        &id("7"),
        LinkAnswer::Failed {
            title: "item 7".to_owned(),
            message: Text::plain("no name"),
        },
    );
    let rejection = flow.map(&record, &facts, &run()).expect_err("refused");
    assert_eq!(
        (rejection.code.as_str(), rejection.text("en")),
        ("reference-failed", "item 7: no name")
    );
    assert_eq!(
        flow.references(),
        [FlowName::parse("others").expect("a valid name")]
    );
}

#[test]
fn a_flow_in_the_same_folder_is_meant_first() {
    let rules = r#"
[fields]
number = { const = "1" }
parent = { ref = "others", from = "parent", on_missing = "error" }"#;
    for (name, others, meant) in [
        ("crm/items", &["others", "crm/others"][..], "crm/others"),
        ("crm/items", &["others"], "others"),
        ("items", &["others", "crm/others"], "others"),
    ] {
        let flow = flow_among(name, others, rules);
        let meant = FlowName::parse(meant).expect("a valid name");
        assert_eq!(flow.uses(), [meant], "{name} among {others:?}");
    }
}

#[test]
fn a_missing_reference_does_what_its_rule_says() {
    let with = |on_missing: &str| {
        flow(&format!(
            "[fields]\nnumber = {{ const = \"1\" }}\nparent = {{ ref = \"others\", from = \"parent\", {on_missing} }}"
        ))
    };
    let record = json!({"parent": "7"});
    let mut facts = Facts::default();
    facts.put_link("others", &id("7"), LinkAnswer::Missing);
    let map = |flow: &Flow| flow.map(&record, &facts, &run());
    let waits = map(&with("on_missing = \"wait\"")).expect_err("it waits");
    assert!(
        waits.waiting && waits.code == "reference-missing",
        "{waits:?}"
    );
    let words = "code = \"not-yet\", message = { en = \"Not yet\", fr = \"Pas encore\" }";
    let says_why = map(&with(&format!("on_missing = \"wait\", {words}"))).expect_err("it waits");
    assert!(
        says_why.waiting && says_why.code == "not-yet" && says_why.text("en") == "Not yet",
        "{says_why:?}"
    );
    let refused = map(&with("on_missing = \"error\"")).expect_err("it is refused");
    assert!(!refused.waiting, "{refused:?}");
    assert_eq!(
        map(&with("on_missing = \"skip\"")).expect("mapped").body,
        json!({"number": "1"})
    );
    let body = map(&with("on_missing = \"default\", default = \"0\""))
        .expect("mapped")
        .body;
    assert_eq!(body, json!({"number": "1", "parent": "0"}));
}

/// A record that is refused for another reason never makes another flow create something.
#[test]
fn nothing_is_created_for_a_record_that_is_refused() {
    let flow = flow(
        r#"[[reject]]
when = "source.open"
code = "is-open"
message = { en = "It is open", fr = "C'est ouvert" }
[fields]
number = { const = "1" }
parent = { ref = "others", from = "parent", on_missing = "create" }"#,
    );
    let facts = Facts::default();
    let rejection = flow
        .needs(&json!({"parent": "7", "open": true}), &facts)
        .expect_err("refused");
    assert_eq!(
        (rejection.code.as_str(), rejection.text("fr")),
        ("is-open", "C'est ouvert")
    );
    let needs = flow.needs(&json!({"parent": "7", "open": false}), &facts);
    assert_eq!(needs, Ok(vec![link(Wanted::Made)]));
}

const LOOKUPS: &str = r#"
[lookup.a]
in = "source.code"
by = "code"
from = "code"
on_missing = "empty"

[lookup.b]
in = "target.code"
first_of = [
  { by = "number", from = "lookup.a.number" },
  { by = "code", from = "code" },
]
on_missing = "error"
code = "no-code"
message = { en = "No code “{source.code}” ({lookup.a.name})", fr = "Pas de code « {source.code} »" }

[fields]
number = { from = "lookup.b.number" }
code = { expr = "if_else(is_empty(lookup.a), 'none', lookup.a.name)" }
"#;

pub(super) fn lookup(side: FlowSide, by: &str, value: &str) -> Need {
    let (entity, by, value) = ("code".to_owned(), by.to_owned(), value.to_owned());
    Need::Lookup {
        side,
        entity,
        by,
        value,
        several: false,
    }
}

#[test]
fn look_ups_are_asked_for_in_turn_and_only_while_needed() {
    let flow = flow(LOOKUPS);
    let record = json!({"code": "x"});
    let mut facts = Facts::default();
    let first = lookup(FlowSide::Source, "code", "x");
    assert_eq!(flow.needs(&record, &facts), Ok(vec![first.clone()]));
    facts.put_lookup(&first, Some(json!({"id": "1", "number": "5", "name": "X"})));
    let second = lookup(FlowSide::Target, "number", "5");
    assert_eq!(flow.needs(&record, &facts), Ok(vec![second.clone()]));
    let found = json!({"id": "2", "number": "55"});
    let mut there = facts.clone();
    there.put_lookup(&second, Some(found));
    let mapped = flow.map(&record, &there, &run()).expect("mapped");
    assert_eq!(mapped.body, json!({"number": "55", "code": "X"}));
    facts.put_lookup(&second, None);
    let third = lookup(FlowSide::Target, "code", "x");
    assert_eq!(flow.needs(&record, &facts), Ok(vec![third.clone()]));
    facts.put_lookup(&third, None);
    let rejection = flow.needs(&record, &facts).expect_err("refused");
    assert_eq!(
        (rejection.code.as_str(), rejection.text("en")),
        ("no-code", "No code “x” (X)")
    );
    let unresolved = flow
        .map(&record, &Facts::default(), &run())
        .expect_err("not resolved");
    assert_eq!(unresolved.code, "not-resolved");
}

#[test]
fn an_empty_look_up_is_a_record_whose_every_field_is_empty() {
    let flow = flow(LOOKUPS);
    let record = json!({"code": "x"});
    let mut facts = Facts::default();
    facts.put_lookup(&lookup(FlowSide::Source, "code", "x"), None);
    facts.put_lookup(
        &lookup(FlowSide::Target, "code", "x"),
        Some(json!({"id": "2", "number": "9"})),
    );
    let mapped = flow.map(&record, &facts, &run()).expect("mapped");
    assert_eq!(mapped.body, json!({"number": "9", "code": "none"}));
}

const LINES: &str = r#"
[fields]
number = { const = "1" }
total = { sum = "lines", of = "target.amount" }

[values]
all = { sum = "lines", of = "line.amount" }

[children.lines]
from = "lines"
title = "{line.name}"
where = "line.code != 'skip'"

[children.lines.fields]
name = { from = "name", on_missing = "error" }
amount = { from = "amount", decimal = 2 }
code = { expr = "line.code" }

[[reject]]
when = "value.all > 1000"
code = "too-much"
message = { en = "{value.all} is too much", fr = "{value.all}, c'est trop" }
"#;

#[test]
fn lines_are_chosen_mapped_and_added_up() {
    let record = json!({"lines": [
        {"name": "A", "amount": "1.005", "code": "x"},
        {"name": "B", "amount": "2", "code": null},
        {"name": "C", "amount": "990", "code": "skip"},
    ]});
    let body = map(LINES, record).expect("mapped").body;
    assert_eq!(body["total"], "3.01");
    assert_eq!(
        body["lines"],
        json!([
            {"name": "A", "amount": "1.01", "code": "x"},
            {"name": "B", "amount": "2.00"},
        ])
    );
}

#[test]
fn every_reason_is_told_at_once_and_says_which_line() {
    let record = json!({"lines": [
        {"name": "A", "amount": "1", "code": "x"},
        {"name": null, "amount": "1000", "code": "x"},
        {"name": "C", "amount": "abc", "code": "x"},
    ]});
    let rejection = map(LINES, record).expect_err("refused");
    assert_eq!(rejection.code, "wrong-value");
    let words = rejection.text("en");
    assert!(
        words.contains("lines 3 “C”: `amount` must be a decimal"),
        "{words}"
    );
    assert!(words.contains("lines 2: `name` needs a value"), "{words}");
    assert_eq!(words.lines().count(), 2, "each reason once: {words}");
}

#[test]
fn an_expression_that_fails_names_its_rule_and_its_place() {
    refuses(
        r#"code = { expr = "upper(source.code) + source.short" }"#,
        json!({"code": "x"}),
        "expression-failed",
        "",
        "rule `fields.code` could not be computed: the field `short` is not there (items.toml:9:46)",
    );
}

#[test]
fn texts_are_in_the_language_of_what_is_written() {
    let flow = flow(
        r#"[fields]
number = { const = "1" }
code = { expr = "text('hello')" }
[texts]
hello = { en = "Hello {source.code}", fr = "Bonjour {source.code}" }"#,
    );
    let record = json!({"code": "x"});
    let code = |flow: &Flow| {
        flow.map(&record, &Facts::default(), &run())
            .expect("mapped")
            .body["code"]
            .clone()
    };
    assert_eq!(code(&flow), "Hello x");
    assert_eq!(code(&flow.in_language("fr")), "Bonjour x");
}

#[test]
fn what_the_flow_leaves_aside_says_why() {
    let flow = flow(
        r#"when = "source.code != 'no'"
marker = "short"
filter = [{ field = "short", op = "empty" }, { field = "total", op = "gt", value = "5" }]
[[identity]]
natural = ["number"]
[[identity]]
marker = { source = "code", target = "id" }
[fields]
number = { const = "1" }"#,
    );
    let record = json!({"id": "3", "short": "T1", "total": "10.0", "code": "no"});
    assert_eq!(
        flow.filtered(&record).as_deref(),
        Some("short is not empty")
    );
    assert_eq!(flow.filtered_but_marker(&record), None);
    let excluded = flow.excluded(&record).expect("it can be told");
    assert_eq!(
        excluded.as_deref(),
        Some("`when` does not hold: source.code != 'no'")
    );
    assert_eq!(flow.record_title(&record, "en"), "item 3");
    assert!(matches!(
        flow.identities()[..],
        [Identity::Natural { .. }, Identity::Marker { .. }]
    ));
}

fn line() -> impl Strategy<Value = Value> {
    (-10_000_000_i64..10_000_000, 0_u32..5, "[a-zé]{0,4}", any::<bool>()).prop_map(
        |(amount, places, name, skip)| {
            let code = if skip { "skip" } else { "x" };
            json!({"name": format!("n{name}"), "amount": Decimal::new(amount, places).to_string(), "code": code})
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The sum is exact: in ten-thousandths, as whole numbers.
    #[test]
    fn a_sum_is_exact(lines in prop::collection::vec(line(), 0..40)) {
        let rules = "[values]\nall = { sum = \"lines\", of = \"line.amount\" }\n[fields]\nnumber = { const = \"1\" }\ntotal = { expr = \"value.all\" }";
        let body = map(rules, json!({"lines": lines})).expect("mapped").body;
        let units: i128 = lines.iter().map(|line| {
            let mut number: Decimal = line["amount"].as_str().expect("text").parse().expect("a decimal");
            number.rescale(4);
            number.mantissa()
        }).sum();
        let expected = super::decimal::plain(Decimal::from_i128_with_scale(units, 4)).to_string();
        prop_assert_eq!(body["total"].as_str(), Some(expected.as_str()));
    }

    /// Same record in, same result out, by fingerprint too; and the record is not touched.
    #[test]
    fn mapping_is_pure(lines in prop::collection::vec(line(), 0..12)) {
        let flow = flow(LINES);
        let record = json!({"id": "1", "lines": lines});
        let before = super::fingerprint(&record);
        let first = flow.map(&record, &Facts::default(), &run());
        let second = flow.clone().map(&record.clone(), &Facts::default(), &run());
        prop_assert_eq!(&first, &second);
        prop_assert_eq!(before, super::fingerprint(&record));
        if let (Ok(first), Ok(second)) = (first, second) {
            prop_assert_eq!(super::fingerprint(&first.body), super::fingerprint(&second.body));
        }
    }
}
