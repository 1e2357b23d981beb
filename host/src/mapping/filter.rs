//! Conditions on fields, as they are also pushed to the systems; always checked again here.

use std::cmp::Ordering;

use serde_json::Value;

use super::decimal;
use super::schema::{Kind, Record};
use crate::model::{Comparison, Condition};

/// The first condition the record does not meet.
pub fn first_unmet<'a>(
    conditions: &'a [Condition],
    record: &Value,
    fields: &Record,
) -> Option<&'a Condition> {
    conditions
        .iter()
        .find(|condition| !holds(condition, record, fields))
}

fn holds(condition: &Condition, record: &Value, fields: &Record) -> bool {
    let found = record.get(&condition.field).unwrap_or(&Value::Null);
    let kind = fields
        .fields
        .get(&condition.field)
        .map_or(&Kind::Any, |field| &field.kind);
    let empty = found.is_null() || found.as_str() == Some("");
    let order = |value: &Value| compare(found, value, kind);
    let first = condition.values.first().unwrap_or(&Value::Null);
    let any = |wanted: Ordering| {
        condition
            .values
            .iter()
            .any(|value| order(value) == Some(wanted))
    };
    let text = |test: fn(&str, &str) -> bool| match (found.as_str(), first.as_str()) {
        (Some(found), Some(wanted)) => test(found, wanted),
        _ => false,
    };
    match condition.op {
        Comparison::Empty => empty,
        Comparison::NotEmpty => !empty,
        Comparison::Eq => order(first) == Some(Ordering::Equal),
        Comparison::NotEq => order(first) != Some(Ordering::Equal),
        Comparison::IsIn => any(Ordering::Equal),
        Comparison::NotIn => !any(Ordering::Equal),
        Comparison::Lt => order(first) == Some(Ordering::Less),
        Comparison::Le => matches!(order(first), Some(Ordering::Less | Ordering::Equal)),
        Comparison::Gt => order(first) == Some(Ordering::Greater),
        Comparison::Ge => matches!(order(first), Some(Ordering::Greater | Ordering::Equal)),
        Comparison::StartsWith => text(|found, wanted| found.starts_with(wanted)),
        Comparison::Contains => text(|found, wanted| found.contains(wanted)),
    }
}

/// None where the two cannot be compared; an empty field compares with nothing but itself.
fn compare(a: &Value, b: &Value, kind: &Kind) -> Option<Ordering> {
    match kind {
        Kind::Decimal | Kind::Number => Some(decimal::of_json(a)?.cmp(&decimal::of_json(b)?)),
        Kind::Instant => {
            let instant = |value: &Value| value.as_str()?.parse::<jiff::Timestamp>().ok();
            Some(instant(a)?.cmp(&instant(b)?))
        }
        _ => match (a, b) {
            (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
            (a, b) => (a == b).then_some(Ordering::Equal),
        },
    }
}

/// Why the record is left aside, for a listing: `number is not empty`.
pub fn reason(condition: &Condition, record: &Value, lang: &str) -> String {
    let field = &condition.field;
    let found = record.get(field).unwrap_or(&Value::Null);
    let print = |value: &Value| match value {
        Value::String(text) => format!("“{text}”"),
        other => other.to_string(),
    };
    let wanted = condition
        .values
        .iter()
        .map(print)
        .collect::<Vec<_>>()
        .join(", ");
    let french = lang == "fr";
    let shown = match found {
        Value::Null if french => "vide".to_owned(),
        Value::Null => "empty".to_owned(),
        found => print(found),
    };
    let rule = match (condition.op, french) {
        (Comparison::Empty, false) => return format!("{field} is not empty"),
        (Comparison::Empty, true) => return format!("{field} n'est pas vide"),
        (Comparison::NotEmpty, false) => return format!("{field} is empty"),
        (Comparison::NotEmpty, true) => return format!("{field} est vide"),
        (Comparison::Eq, false) => format!("not {wanted}"),
        (Comparison::Eq, true) => format!("non {wanted}"),
        (Comparison::NotEq | Comparison::NotIn, _) => String::new(),
        (Comparison::IsIn, false) => format!("not one of {wanted}"),
        (Comparison::IsIn, true) => format!("aucun de {wanted}"),
        (Comparison::Lt, false) => format!("not below {wanted}"),
        (Comparison::Lt, true) => format!("pas inférieur à {wanted}"),
        (Comparison::Le, false) => format!("above {wanted}"),
        (Comparison::Le, true) => format!("supérieur à {wanted}"),
        (Comparison::Gt, false) => format!("not above {wanted}"),
        (Comparison::Gt, true) => format!("pas supérieur à {wanted}"),
        (Comparison::Ge, false) => format!("below {wanted}"),
        (Comparison::Ge, true) => format!("inférieur à {wanted}"),
        (Comparison::StartsWith, false) => format!("does not start with {wanted}"),
        (Comparison::StartsWith, true) => format!("ne commence pas par {wanted}"),
        (Comparison::Contains, false) => format!("does not contain {wanted}"),
        (Comparison::Contains, true) => format!("ne contient pas {wanted}"),
    };
    let is = if french { "est" } else { "is" };
    if rule.is_empty() {
        format!("{field} {is} {shown}")
    } else {
        format!("{field} {is} {shown}, {rule}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(op: Comparison, values: Value, record: Value, expected: bool) {
        let schema = json!({"properties": {
            "total": {"type": ["string", "null"], "format": "decimal"},
            "at": {"type": ["string", "null"], "format": "date-time"},
        }});
        let fields = Record::of_entity(&schema);
        let field = record
            .as_object()
            .and_then(|o| o.keys().next().cloned())
            .unwrap();
        let values = values.as_array().unwrap().clone();
        let condition = Condition { field, op, values };
        assert_eq!(
            holds(&condition, &record, &fields),
            expected,
            "{condition:?} {record}"
        );
    }

    #[test]
    fn conditions_compare_by_the_kind_of_the_field() {
        use Comparison::*;
        check(Eq, json!(["10"]), json!({"total": "10.00"}), true);
        check(Gt, json!(["9"]), json!({"total": "10"}), true);
        check(
            Ge,
            json!(["2026-01-01T00:00:00Z"]),
            json!({"at": "2026-01-01T01:00:00+01:00"}),
            true,
        );
        check(
            Lt,
            json!(["2026-01-01T00:00:00Z"]),
            json!({"at": null}),
            false,
        );
        check(Empty, json!([]), json!({"name": ""}), true);
        check(NotEmpty, json!([]), json!({"name": null}), false);
        check(IsIn, json!(["a", "b"]), json!({"name": "b"}), true);
        check(NotEq, json!(["a"]), json!({"name": null}), true);
        check(Eq, json!([true]), json!({"active": true}), true);
        check(StartsWith, json!(["AT-"]), json!({"name": "AT-1"}), true);
        check(Contains, json!(["x"]), json!({"name": "abc"}), false);
    }
}
