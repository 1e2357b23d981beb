//! The first place where two values differ, in words that lead there.

use serde::Serialize;
use serde_json::Value;

/// Characters shown of each side.
const SHOWN_CHARS_MAX: usize = 120;
/// Of these, before the place where two texts part.
const BEFORE_CHARS: usize = 40;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// `headers[2][1]`, `ok.entries[0].body.name`; empty when the whole is another.
    pub place: String,
    pub then: String,
    pub now: String,
}

/// None when they are equal.
pub fn difference(then: &Value, now: &Value) -> Option<Difference> {
    at(String::new(), then, now)
}

fn at(place: String, then: &Value, now: &Value) -> Option<Difference> {
    if then == now {
        return None;
    }
    match (then, now) {
        (Value::Object(before), Value::Object(after)) => {
            let names = before.keys().chain(after.keys());
            names
                .filter_map(|name| {
                    let inner = match place.is_empty() {
                        true => name.clone(),
                        false => format!("{place}.{name}"),
                    };
                    match (before.get(name), after.get(name)) {
                        (Some(then), Some(now)) => at(inner, then, now),
                        (then, now) => Some(one_sided(inner, then, now)),
                    }
                })
                .next()
        }
        (Value::Array(before), Value::Array(after)) => {
            let longest = before.len().max(after.len());
            (0..longest)
                .filter_map(|nth| {
                    let inner = format!("{place}[{nth}]");
                    match (before.get(nth), after.get(nth)) {
                        (Some(then), Some(now)) => at(inner, then, now),
                        (then, now) => Some(one_sided(inner, then, now)),
                    }
                })
                .next()
        }
        (Value::String(before), Value::String(after)) => Some(of_texts(place, before, after)),
        _ => Some(one_sided(place, Some(then), Some(now))),
    }
}

/// A body is JSON as text: what differs in it is more to the point than where its text parts.
fn of_texts(place: String, then: &str, now: &str) -> Difference {
    let object = |text: &str| {
        let value: Option<Value> = serde_json::from_str(text).ok();
        value.filter(|value| value.is_object() || value.is_array())
    };
    if let (Some(before), Some(after)) = (object(then), object(now))
        && let Some(found) = at(place.clone(), &before, &after)
    {
        return found;
    }
    let same = then
        .chars()
        .zip(now.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let around = |text: &str| -> String {
        let from = same.saturating_sub(BEFORE_CHARS);
        let shown: String = text.chars().skip(from).take(SHOWN_CHARS_MAX).collect();
        let dots = |missing: bool| if missing { "…" } else { "" };
        let is_longer = text.chars().nth(from + SHOWN_CHARS_MAX).is_some();
        format!("{}{shown}{}", dots(from > 0), dots(is_longer))
    };
    Difference {
        place,
        then: around(then),
        now: around(now),
    }
}

fn one_sided(place: String, then: Option<&Value>, now: Option<&Value>) -> Difference {
    let shown = |value: Option<&Value>| value.map(shortened).unwrap_or_else(|| "-".to_owned());
    Difference {
        place,
        then: shown(then),
        now: shown(now),
    }
}

/// A value on one line, not too long to read.
pub fn shortened(value: &Value) -> String {
    let whole = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match whole.char_indices().nth(SHOWN_CHARS_MAX) {
        None => whole,
        Some((at, _)) => format!("{}…", &whole[..at]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_place_that_differs_is_named() {
        for (then, now, place) in [
            (json!({"a": 1}), json!({"a": 2}), "a"),
            (
                json!({"a": [1, {"b": "x"}]}),
                json!({"a": [1, {"b": "y"}]}),
                "a[1].b",
            ),
            (json!({"a": 1, "b": 2}), json!({"a": 1}), "b"),
            (json!([1]), json!([1, 2]), "[1]"),
            (
                json!({"body": r#"{"n": {"m": 1}}"#}),
                json!({"body": r#"{"n": {"m": 2}}"#}),
                "body.n.m",
            ),
            (json!("a"), json!(1), ""),
        ] {
            let found = difference(&then, &now).unwrap();
            assert_eq!(found.place, place, "{then} {now}");
            assert_ne!(found.then, found.now);
        }
        assert_eq!(difference(&json!([1]), &json!([1])), None);
    }

    #[test]
    fn of_long_texts_the_place_where_they_part_is_shown() {
        let (then, now) = (
            format!("{}then{}", "x".repeat(500), "y".repeat(500)),
            format!("{}now", "x".repeat(500)),
        );
        let found = difference(&json!(then), &json!(now)).unwrap();
        assert!(
            found.then.starts_with("…x")
                && found.then.contains("then")
                && found.then.ends_with('…')
        );
        assert!(found.now.ends_with("now"), "{}", found.now);
    }

    #[test]
    fn the_same_json_written_otherwise_is_a_difference() {
        let found = difference(&json!(r#"{"a":1}"#), &json!(r#"{"a": 1}"#));
        assert!(found.is_some());
    }
}
