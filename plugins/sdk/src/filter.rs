//! Conditions, tested here: for what the system cannot filter, and to notice when it did not.

use crate::contract::{Comparison, Condition};
use crate::decimal;
use serde_json::Value;
use std::cmp::Ordering;

/// Whether a body fits all conditions. A field that is absent counts as empty; text is compared
/// without regard to case for `eq`, `starts-with` and `contains`, as most systems do.
pub fn fits(body: &Value, conditions: &[Condition]) -> bool {
    conditions.iter().all(|condition| fits_one(body, condition))
}

/// Whether a body fits one condition. A comparison of a later contract fits everything: the host
/// checks every condition again.
pub fn fits_one(body: &Value, condition: &Condition) -> bool {
    let actual = body.get(&condition.field).unwrap_or(&Value::Null);
    let wanted: Vec<Value> = condition.values.iter().map(|json| value(json)).collect();
    let first = wanted.first().unwrap_or(&Value::Null);
    let order = || compare(actual, first);
    match condition.op {
        Comparison::Eq => same(actual, first),
        Comparison::NotEq => !same(actual, first),
        Comparison::Lt => order() == Some(Ordering::Less),
        Comparison::Le => matches!(order(), Some(Ordering::Less | Ordering::Equal)),
        Comparison::Gt => order() == Some(Ordering::Greater),
        Comparison::Ge => matches!(order(), Some(Ordering::Greater | Ordering::Equal)),
        Comparison::IsIn => wanted.iter().any(|wanted| same(actual, wanted)),
        Comparison::NotIn => !wanted.iter().any(|wanted| same(actual, wanted)),
        Comparison::Empty => is_empty(actual),
        Comparison::NotEmpty => !is_empty(actual),
        Comparison::StartsWith => plain(actual).starts_with(&plain(first)),
        Comparison::Contains => plain(actual).contains(&plain(first)),
        Comparison::Other => true,
    }
}

/// A condition's JSON value; what is no JSON counts as text.
pub fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|_| Value::String(json.to_owned()))
}

/// Null, or text of nothing but spaces.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.to_lowercase() == b.to_lowercase(),
        _ => a == b || compare(a, b) == Some(Ordering::Equal),
    }
}

/// Numbers (in either form) by value, other text by its characters, which orders days and instants.
fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (decimal::parse(a), decimal::parse(b)) {
        return Some(a.cmp(&b));
    }
    let (a, b) = (a.as_str()?, b.as_str()?);
    match (crate::date::parse_instant(a), crate::date::parse_instant(b)) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => Some(a.cmp(b)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_lowercase(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A condition, for tests and for what a connector asks of itself.
pub fn condition(field: &str, op: Comparison, values: &[Value]) -> Condition {
    Condition {
        field: field.to_owned(),
        op,
        values: values.iter().map(Value::to_string).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn conditions_are_tested_by_meaning() {
        let body = json!({"id": "9", "name": "Ünal", "total": "10.50", "date": "2026-03-05", "number": null, "on": true});
        for (field, op, values, expected) in [
            ("id", Comparison::Gt, vec![json!("10")], false),
            ("id", Comparison::IsIn, vec![json!("8"), json!("9")], true),
            ("id", Comparison::IsIn, vec![], false),
            ("name", Comparison::Eq, vec![json!("ünal")], true),
            ("name", Comparison::StartsWith, vec![json!("ü")], true),
            ("total", Comparison::Ge, vec![json!("10.5")], true),
            (
                "date",
                Comparison::Lt,
                vec![json!("2026-03-06T00:00:00Z")],
                true,
            ),
            ("number", Comparison::Empty, vec![], true),
            ("absent", Comparison::NotEmpty, vec![], false),
            ("on", Comparison::Eq, vec![json!(false)], false),
        ] {
            assert_eq!(
                fits_one(&body, &condition(field, op, &values)),
                expected,
                "{field} {op:?} {values:?}"
            );
        }
    }
}
