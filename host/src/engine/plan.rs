//! Decides what to write, and nothing else.
//!
//! Two-sided from the start: both sides as they are, both as they were after the last write, and a
//! policy. One-way is a policy that never answers with changes for the left.
//!
//! Invariant: no I/O, no clock, no store. Same sides in, same plan out.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::verify::says;

/// Both sides of one pair in the target's fields. `None` means it was not read.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// What the source now asks the target to be.
    pub left: &'a Value,
    /// The target as it is.
    pub right: Option<&'a Value>,
    /// What the source asked for at the last write.
    pub left_base: Option<&'a Value>,
    /// The target as it was after the last write.
    pub right_base: Option<&'a Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// The source rules what it changed; what it did not change stays as the target has it.
    OneWay,
    /// The target is to say what the source asks, whatever was sent before.
    Target,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    pub field: String,
    pub from: Option<Value>,
    pub to: Value,
}

/// What to write on each side; empty means nothing to do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    pub left: Vec<FieldChange>,
    pub right: Vec<FieldChange>,
}

/// `create_only` names the fields that are set once and then belong to the target.
pub fn plan(sides: Sides<'_>, create_only: &BTreeSet<String>, policy: Policy) -> Plan {
    match policy {
        Policy::OneWay => Plan {
            left: Vec::new(),
            right: one_way(sides, create_only),
        },
        Policy::Target => Plan {
            left: Vec::new(),
            right: as_asked(sides, create_only),
        },
    }
}

fn one_way(sides: Sides<'_>, create_only: &BTreeSet<String>) -> Vec<FieldChange> {
    let empty = Map::new();
    let wanted = sides.left.as_object().unwrap_or(&empty);
    wanted
        .iter()
        .filter(|(field, _)| !create_only.contains(*field))
        .filter_map(|(field, to)| {
            let asked_before = sides.left_base.and_then(|base| base.get(field));
            if asked_before == Some(to) {
                return None;
            }
            let now = sides
                .right
                .or(sides.right_base)
                .and_then(|side| side.get(field));
            let from = now.or(asked_before);
            if now == Some(to) {
                return None;
            }
            Some(FieldChange {
                field: field.clone(),
                from: from.cloned(),
                to: to.clone(),
            })
        })
        .collect()
}

/// Fields that the target does not show (an account, a note of the write) go along with those that differ, and
/// alone are no reason to write.
fn as_asked(sides: Sides<'_>, create_only: &BTreeSet<String>) -> Vec<FieldChange> {
    let empty = Map::new();
    let wanted = sides.left.as_object().unwrap_or(&empty);
    let shown = |field: &String| sides.right.and_then(|target| target.get(field));
    let changes: Vec<FieldChange> = wanted
        .iter()
        .filter(|(field, _)| !create_only.contains(*field))
        .filter(|(field, to)| shown(field).is_none_or(|now| !says(Some(now), to)))
        .map(|(field, to)| FieldChange {
            field: field.clone(),
            from: shown(field).cloned(),
            to: to.clone(),
        })
        .collect();
    match changes.iter().any(|change| change.from.is_some()) {
        true => changes,
        false => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn compared_with_the_target_whatever_differs_is_written_with_what_it_does_not_show() {
        for (left, right, expected) in [
            (
                json!({"quantity": "5"}),
                json!({"quantity": "5.00"}),
                vec![],
            ),
            (
                json!({"quantity": "5"}),
                json!({"quantity": "4"}),
                vec!["quantity"],
            ),
            (
                json!({"quantity": "5", "account": "a1"}),
                json!({"quantity": "5"}),
                vec![],
            ),
            (
                json!({"quantity": "5", "account": "a1"}),
                json!({"quantity": null}),
                vec!["account", "quantity"],
            ),
            (
                json!({"quantity": "5", "number": "1"}),
                json!({"quantity": "4", "number": "2"}),
                vec!["quantity"],
            ),
        ] {
            let sides = Sides {
                left: &left,
                right: Some(&right),
                // What was sent before is nothing to go by.
                left_base: Some(&left),
                right_base: Some(&left),
            };
            let create_only = BTreeSet::from(["number".to_owned()]);
            let plan = plan(sides, &create_only, Policy::Target);
            let mut fields: Vec<&str> = plan
                .right
                .iter()
                .map(|change| change.field.as_str())
                .collect();
            fields.sort_unstable();
            assert_eq!(fields, expected, "{left} {right}");
        }
    }

    /// left, left_base, right → fields to write
    fn check(left: Value, base: Option<Value>, right: Option<Value>, expected: &[&str]) {
        let sides = Sides {
            left: &left,
            right: right.as_ref(),
            left_base: base.as_ref(),
            right_base: None,
        };
        let create_only = BTreeSet::from(["number".to_owned()]);
        let plan = plan(sides, &create_only, Policy::OneWay);
        let fields: Vec<&str> = plan
            .right
            .iter()
            .map(|change| change.field.as_str())
            .collect();
        assert_eq!(fields, expected);
        assert!(plan.left.is_empty(), "one-way never writes on the left");
    }

    #[test]
    fn what_the_source_did_not_change_is_not_written() {
        check(json!({"name": "A"}), Some(json!({"name": "A"})), None, &[]);
    }

    #[test]
    fn what_the_source_changed_is_written() {
        check(
            json!({"name": "B", "city": "Alma"}),
            Some(json!({"name": "A", "city": "Alma"})),
            None,
            &["name"],
        );
    }

    #[test]
    fn an_edit_in_the_target_stays_when_the_source_did_not_move() {
        check(
            json!({"name": "A"}),
            Some(json!({"name": "A"})),
            Some(json!({"name": "edited"})),
            &[],
        );
    }

    #[test]
    fn what_the_target_already_has_is_not_written_again() {
        check(
            json!({"name": "B"}),
            Some(json!({"name": "A"})),
            Some(json!({"name": "B"})),
            &[],
        );
    }

    #[test]
    fn a_field_set_once_belongs_to_the_target() {
        check(
            json!({"number": "2"}),
            Some(json!({"number": "1"})),
            None,
            &[],
        );
    }

    #[test]
    fn an_emptied_field_is_written_as_null() {
        check(
            json!({"fax": null}),
            Some(json!({"fax": "1"})),
            None,
            &["fax"],
        );
    }

    /// Small worlds: few fields and few values, so that they meet often.
    mod any {
        use super::*;
        use proptest::prelude::*;

        const FIELDS: [&str; 4] = ["name", "city", "fax", "number"];

        fn value() -> impl Strategy<Value = Value> {
            prop_oneof![
                Just(Value::Null),
                Just(json!("")),
                Just(json!("a")),
                Just(json!("b")),
                Just(json!("1.50")),
            ]
        }

        fn record() -> impl Strategy<Value = Value> {
            proptest::collection::btree_map(proptest::sample::select(&FIELDS[..]), value(), 0..=4)
                .prop_map(|fields| {
                    let pairs = fields.into_iter();
                    Value::Object(
                        pairs
                            .map(|(name, value)| (name.to_owned(), value))
                            .collect(),
                    )
                })
        }

        fn changes(left: &Value, base: Option<&Value>, right: Option<&Value>) -> Vec<FieldChange> {
            let create_only = BTreeSet::from(["number".to_owned()]);
            let sides = Sides {
                left,
                right,
                left_base: base,
                right_base: None,
            };
            let plan = plan(sides, &create_only, Policy::OneWay);
            assert!(plan.left.is_empty(), "one-way never writes on the left");
            plan.right
        }

        /// What a vendor makes of it: some trim what they store.
        fn stored(change: &FieldChange, trims: bool) -> Value {
            match &change.to {
                Value::String(text) if trims => json!(text.trim_end_matches('0')),
                value => value.clone(),
            }
        }

        proptest! {
            #![proptest_config(ProptestConfig::with_cases(20_000))]

            /// GetPut: a source that did not move asks for nothing, whatever the target was edited to.
            #[test]
            fn what_did_not_move_is_not_written(left in record(), right in record()) {
                prop_assert_eq!(changes(&left, Some(&left), Some(&right)), vec![]);
            }

            /// Once written it is at rest, also when the vendor stores what it got in its own way.
            #[test]
            fn it_converges(
                left in record(),
                base in proptest::option::of(record()),
                right in record(),
                trims: bool,
            ) {
                let mut after = right.clone();
                for change in changes(&left, base.as_ref(), Some(&right)) {
                    after[change.field.as_str()] = stored(&change, trims);
                }
                prop_assert_eq!(changes(&left, Some(&left), Some(&after)), vec![]);
            }

            /// PutGet: afterwards the target has what the source newly asked for.
            #[test]
            fn what_moved_arrives(left in record(), base in record(), right in record()) {
                let mut after = right.clone();
                for change in changes(&left, Some(&base), Some(&right)) {
                    after[change.field.as_str()] = change.to.clone();
                }
                for (field, wanted) in left.as_object().expect("a record") {
                    let moved = base.get(field) != Some(wanted) && field != "number";
                    if moved {
                        prop_assert_eq!(after.get(field), Some(wanted));
                    }
                }
            }

            /// A field that belongs to the target, or that the source did not touch, keeps its value; and
            /// whatever is overwritten stands in the plan.
            #[test]
            fn nothing_owned_is_lost(left in record(), base in record(), right in record()) {
                for change in changes(&left, Some(&base), Some(&right)) {
                    prop_assert_ne!(change.field.as_str(), "number");
                    prop_assert_ne!(left.get(&change.field), base.get(&change.field));
                    let overwritten = right.get(&change.field).or(base.get(&change.field));
                    prop_assert_eq!(change.from.as_ref(), overwritten);
                }
            }

            /// The order of fields is nobody's business.
            #[test]
            fn the_order_of_fields_does_not_matter(left in record(), base in record()) {
                let turned: Map<String, Value> = left
                    .as_object()
                    .expect("a record")
                    .iter()
                    .rev()
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect();
                let sorted = |mut changes: Vec<FieldChange>| {
                    changes.sort_by(|one, other| one.field.cmp(&other.field));
                    changes
                };
                prop_assert_eq!(
                    sorted(changes(&left, Some(&base), None)),
                    sorted(changes(&Value::Object(turned), Some(&base), None))
                );
            }
        }
    }
}
