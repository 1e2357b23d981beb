//! Conditions on fields, as they are also pushed to the systems; always checked again here.

use std::cmp::Ordering;

use serde_json::Value;

use super::decimal;
use super::schema::{Kind, Record};
use crate::catalogue::Catalogue;
use crate::model::text::words;
use crate::model::{Comparison, Condition, Text, Word};

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
    Catalogue::new(lang).text(&unmet(condition, record))
}

fn unmet(condition: &Condition, record: &Value) -> Text {
    let field = &condition.field;
    let found = match record.get(field).unwrap_or(&Value::Null) {
        Value::Null => EMPTY.into(),
        found => shown(found),
    };
    let wanted = Text::listed(condition.values.iter().map(shown));
    match condition.op {
        Comparison::Empty => words!("filter-empty", "{field} is not empty", field = field),
        Comparison::NotEmpty => words!("filter-not-empty", "{field} is empty", field = field),
        Comparison::NotEq | Comparison::NotIn => {
            words!("filter-is", "{field} is {found}", field = field; found = found)
        }
        Comparison::Eq => words!(
            "filter-eq",
            "{field} is {found}, not {wanted}",
            field = field;
            found = found,
            wanted = wanted
        ),
        Comparison::IsIn => words!(
            "filter-in",
            "{field} is {found}, not one of {wanted}",
            field = field;
            found = found,
            wanted = wanted
        ),
        Comparison::Lt => words!(
            "filter-lt",
            "{field} is {found}, not below {wanted}",
            field = field;
            found = found,
            wanted = wanted
        ),
        Comparison::Le => words!(
            "filter-le",
            "{field} is {found}, above {wanted}",
            field = field;
            found = found,
            wanted = wanted
        ),
        Comparison::Gt => words!(
            "filter-gt",
            "{field} is {found}, not above {wanted}",
            field = field;
            found = found,
            wanted = wanted
        ),
        Comparison::Ge => words!(
            "filter-ge",
            "{field} is {found}, below {wanted}",
            field = field;
            found = found,
            wanted = wanted
        ),
        Comparison::StartsWith => words!(
            "filter-starts",
            "{field} is {found}, does not start with {wanted}",
            field = field;
            found = found,
            wanted = wanted
        ),
        Comparison::Contains => words!(
            "filter-contains",
            "{field} is {found}, does not contain {wanted}",
            field = field;
            found = found,
            wanted = wanted
        ),
    }
}

const EMPTY: Word = Word::new("filter-nothing", "empty");

fn shown(value: &Value) -> Text {
    match value {
        Value::String(text) => words!("quoted", "“{value}”", value = text),
        other => Text::plain(other.to_string()),
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
