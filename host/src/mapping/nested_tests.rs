//! Names within records, names that options give, and keys that are compared and not written.

use serde_json::{Value, json};

use super::evaluate_tests::{flow, flow_with, gives, map, refuses, run};
use super::facts::Facts;
use crate::config::reader::Item;

const NAMED: &str = r#"
[options.from]
type = "string"
help = { en = "From", fr = "De" }
[options.to]
type = "string"
help = { en = "To", fr = "Vers" }

[fields]
number = { const = "1" }
custom."{option.to}" = { from = "custom.{option.from}" }
code = { first_of = [{ from = "custom.{option.from}", on_missing = "error" }, { from = "code" }] }
"#;

/// What the flow makes of the record, where the options name these fields.
fn named(from: Option<&str>, to: Option<&str>, record: Value) -> Value {
    let options = [("from", from), ("to", to)]
        .into_iter()
        .filter_map(|(name, given)| Some((name, Item::Text(given?.to_owned()))));
    let options: Vec<(&str, Item)> = options.collect();
    let mapped = flow_with(&options, NAMED).map(&record, &Facts::default(), &run());
    let mut body = mapped.unwrap_or_else(|r| panic!("{r:?}")).body;
    body.as_object_mut().expect("an object").remove("number");
    body
}

#[test]
fn an_option_names_the_field_and_while_it_does_not_the_rule_is_off() {
    let record = || json!({"code": "C", "custom": {"P.O. No": "77", "po": "78"}});
    assert_eq!(
        named(Some("P.O. No"), Some("My.Field"), record()),
        json!({"custom": {"My.Field": "77"}, "code": "77"})
    );
    assert_eq!(named(None, Some("x"), record()), json!({"code": "C"}));
    assert_eq!(named(Some(""), Some("x"), record()), json!({"code": "C"}));
    assert_eq!(named(Some("po"), None, record()), json!({"code": "78"}));
    // A field that the record does not have is no field at all.
    gives(
        r#"code = { from = "custom.po" }"#,
        json!({"custom": {}}),
        json!({}),
    );
}

#[test]
fn fields_within_a_record_are_put_together_and_checked_where_they_stand() {
    let rule = r#"address.street = { from = "code" }
address.city = { from = "address.city" }"#;
    gives(
        rule,
        json!({"code": "1 rue A", "address": {"city": "Alma"}}),
        json!({"address": {"street": "1 rue A", "city": "Alma"}}),
    );
    gives(
        rule,
        json!({"code": null, "address": null}),
        json!({"address": {"street": null}}),
    );
    gives("", json!({}), json!({}));
    refuses(
        rule,
        json!({"code": "a street too long", "address": {}}),
        "too-long",
        "address.street",
        "`address.street` takes at most 10 characters: “a street too long”",
    );
}

#[test]
fn what_is_empty_within_a_record_is_left_out_of_a_new_one() {
    let rules = r#"[fields]
number = { const = "1" }
address.street = { from = "code" }
address.city = { from = "short" }"#;
    let created = |record: Value| map(rules, record).expect("mapped").create_body();
    assert_eq!(
        created(json!({"code": "1 rue A", "short": null})),
        json!({"number": "1", "address": {"street": "1 rue A"}})
    );
    assert_eq!(
        created(json!({"code": null, "short": null})),
        json!({"number": "1"})
    );
}

#[test]
fn what_is_written_back_within_a_record_is_no_change_of_it() {
    let flow = flow(
        r#"[fields]
number = { const = "1" }
[write_back]
custom.theirs = { from = "target.id" }"#,
    );
    let record = |theirs: &str, ours: &str| json!({"custom": {"theirs": theirs, "ours": ours}});
    let rest = |theirs, ours| flow.without_written_back(&record(theirs, ours));
    assert_eq!(rest("1", "a"), rest("2", "a"));
    assert_ne!(rest("1", "a"), rest("1", "b"));
    let written = flow.write_back(&record("", "a"), &json!({"id": "9"}), &run());
    assert_eq!(written, Ok(Some(json!({"custom": {"theirs": "9"}}))));
}

#[test]
fn a_key_may_be_compared_without_being_written() {
    let flow = flow(
        r#"[fields]
number = { const = "1" }
[[identity]]
natural = ["number"]
[[identity]]
natural = ["code", "number"]
[identity.values]
code = { expr = "upper(source.code)" }"#,
    );
    let mapped = flow.map(&json!({"code": "x"}), &Facts::default(), &run());
    let mapped = mapped.expect("mapped");
    assert_eq!(mapped.body, json!({"number": "1"}));
    assert_eq!(mapped.key(0, "code"), None);
    assert_eq!(mapped.key(1, "code"), Some(&json!("X")));
    assert_eq!(mapped.key(1, "number"), Some(&json!("1")));
    let empty = flow.map(&json!({"code": ""}), &Facts::default(), &run());
    assert_eq!(empty.expect("mapped").key(1, "code"), Some(&json!("")));
}
