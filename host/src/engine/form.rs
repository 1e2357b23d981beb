//! Whether a value is another's form: what a system makes of what it is given, and no person's edit.

use rust_decimal::Decimal;
use serde_json::Value;

use super::plan_pair::empty;
use crate::model::fold::fold;

/// A system trims, changes case and punctuation, cuts what is too long, writes numbers and instants its own
/// way, or leaves a field empty. Anything else, where it was asked for another value, is somebody's edit.
pub(super) fn is_form_of(asked: &Value, found: &Value) -> bool {
    let (Value::String(asked), Value::String(found)) = (asked, found) else {
        // Numbers and flags have one form each; what is empty or nested is its system's business.
        let plain = |value: &Value| value.is_number() || value.is_boolean();
        return asked == found || !plain(asked) || !plain(found);
    };
    if asked == found || found.trim().is_empty() || asked.trim().is_empty() {
        return true;
    }
    let numbers = (asked.parse::<Decimal>(), found.parse::<Decimal>());
    if let (Ok(asked), Ok(found)) = numbers {
        return asked == found;
    }
    let instants = (
        asked.parse::<jiff::Timestamp>(),
        found.parse::<jiff::Timestamp>(),
    );
    if let (Ok(asked), Ok(found)) = instants {
        return asked == found;
    }
    let (asked, found) = (letters(asked), letters(found));
    !found.is_empty() && asked.starts_with(&found)
}

/// Whether what is found is the beginning of what was asked: a system cut it, or somebody shortened it.
pub(super) fn is_cut(asked: &Value, found: &Value) -> bool {
    let (Value::String(one), Value::String(other)) = (asked, found) else {
        return false;
    };
    let same_number = one
        .parse::<Decimal>()
        .ok()
        .is_some_and(|number| other.parse().ok() == Some(number));
    let same_instant = (one.parse::<jiff::Timestamp>().ok())
        .is_some_and(|instant| other.parse().ok() == Some(instant));
    let shorter = letters(other).len() < letters(one).len();
    shorter && !same_number && !same_instant && is_form_of(asked, found)
}

/// Whether a value stands where nothing was asked: what a person filled in meanwhile, or the system of
/// itself. Zero, no and an empty list are its ways of writing nothing.
pub(super) fn fills(asked: Option<&Value>, found: &Value) -> bool {
    empty(asked)
        && !empty(Some(found))
        && match found {
            Value::Bool(flag) => *flag,
            Value::Number(number) => number.as_f64() != Some(0.0),
            Value::String(text) => text
                .parse::<Decimal>()
                .map_or(true, |number| !number.is_zero()),
            Value::Array(list) => !list.is_empty(),
            _ => true,
        }
}

fn letters(text: &str) -> String {
    let mut letters = fold(text);
    letters.retain(char::is_alphanumeric);
    letters
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_system_makes_of_a_value_is_told_from_an_edit() {
        for (asked, found, form) in [
            (json!("Alma"), json!("Alma"), true),
            (json!(" Alma "), json!("Alma"), true),
            (json!("Québec"), json!("QUEBEC"), true),
            (json!("418 555-0100"), json!("(418) 555-0100"), true),
            (json!("G8B1A1"), json!("G8B 1A1"), true),
            (json!("12.50"), json!("12.5"), true),
            (json!("12.50"), json!("12.51"), false),
            (
                json!("A very long description"),
                json!("A very long des"),
                true,
            ),
            (json!("Alma"), json!("Roberval"), false),
            (json!("Alma"), json!("Alma et Roberval"), false),
            (json!("G7H 7K9"), json!("G8H 2L6"), false),
            (json!("Alma"), json!(null), true),
            (json!("Alma"), json!(""), true),
            (json!(null), json!("Alma"), true),
            (json!(true), json!(false), false),
            (
                json!("2026-10-05T13:00:00Z"),
                json!("2026-10-05T13:00:00.000Z"),
                true,
            ),
            (
                json!("2026-10-05T13:00:00Z"),
                json!("2026-10-05T13:00:01Z"),
                false,
            ),
            (json!("Alma"), json!("!"), false),
        ] {
            assert_eq!(is_form_of(&asked, &found), form, "{asked} {found}");
        }
    }

    #[test]
    fn a_value_that_was_cut_is_told_from_one_that_was_only_spelt_otherwise() {
        for (asked, found, cut) in [
            (json!("Alma"), json!("Al"), true),
            (json!("Alma Alma"), json!(" Alma"), true),
            (json!("Alma"), json!(" ALMA "), false),
            (json!("418 555-0100"), json!("4185550100"), false),
            (json!("12.50"), json!("12.5"), false),
            (
                json!("2026-10-05T13:00:00.000Z"),
                json!("2026-10-05T13:00:00Z"),
                false,
            ),
            (json!("Alma"), json!("Roberval"), false),
            (json!(true), json!(true), false),
        ] {
            assert_eq!(is_cut(&asked, &found), cut, "{asked} {found}");
        }
    }

    #[test]
    fn what_stands_where_nothing_was_asked_is_told_from_nothing() {
        for (asked, found, filled) in [
            (None, json!("FR"), true),
            (Some(json!(null)), json!("FR"), true),
            (Some(json!("EN")), json!("FR"), false),
            (None, json!(""), false),
            (None, json!(null), false),
            (None, json!("0.00"), false),
            (None, json!("0.01"), true),
            (None, json!(false), false),
            (None, json!(true), true),
            (None, json!([]), false),
            (None, json!(["a"]), true),
        ] {
            assert_eq!(fills(asked.as_ref(), &found), filled, "{asked:?} {found}");
        }
    }
}
