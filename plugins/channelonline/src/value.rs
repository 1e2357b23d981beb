//! Values as they cross: texts, flags, amounts, instants.

use liaison_sdk::prelude::*;

/// A text without blanks around it; nothing is null.
pub fn some(text: &str) -> Value {
    match text.trim() {
        "" => Value::Null,
        text => json!(text),
    }
}

/// Yes or no, in every way the vendor writes it; null where it says neither.
pub fn flag(text: &str) -> Value {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "y" => json!(true),
        "false" | "0" | "no" | "n" => json!(false),
        _ => Value::Null,
    }
}

/// An amount, with the places it came with; null where it is none.
pub fn amount(text: &str) -> Value {
    let plain = text.trim().trim_start_matches('$').trim_end_matches('%');
    decimal::to_body(&json!(plain.trim()))
}

/// A whole number; null where it is none.
pub fn whole(text: &str) -> Value {
    text.trim()
        .parse::<i64>()
        .map_or(Value::Null, |number| json!(number))
}

/// An instant with whatever offset, in UTC; null where it is none.
pub fn instant(text: &str) -> Value {
    date::parse_instant(text).map_or(Value::Null, |ms| json!(date::instant(ms)))
}

/// A text of a body; nothing where it has none.
pub fn text_in<'a>(body: &'a Map<String, Value>, name: &str) -> &'a str {
    body.get(name)
        .and_then(Value::as_str)
        .map(str::trim)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_every_form_and_never_guessed() {
        for (text, flagged, number, at) in [
            ("true", json!(true), Value::Null, Value::Null),
            ("N", json!(false), Value::Null, Value::Null),
            (" 12.50 ", Value::Null, json!("12.50"), Value::Null),
            ("8.25%", Value::Null, json!("8.25"), Value::Null),
            ("$1", Value::Null, json!("1"), Value::Null),
            ("1,250.00", Value::Null, Value::Null, Value::Null),
            ("03/01/2026", Value::Null, Value::Null, Value::Null),
            ("", Value::Null, Value::Null, Value::Null),
            (
                "2026-03-01T15:42:10-05:00",
                Value::Null,
                Value::Null,
                json!("2026-03-01T20:42:10Z"),
            ),
        ] {
            assert_eq!(flag(text), flagged, "{text}");
            assert_eq!(amount(text), number, "{text}");
            assert_eq!(instant(text), at, "{text}");
        }
        assert_eq!((whole("3"), whole("3.5")), (json!(3), Value::Null));
        assert_eq!((some(" a "), some("  ")), (json!("a"), Value::Null));
    }
}
