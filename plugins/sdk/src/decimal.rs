//! Exact decimals: text in JSON bodies, [`Decimal`] in sums, never a binary float.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Number, Value};
use std::str::FromStr;

/// The number in a JSON value (a number, or a string that holds one), exactly as it was written.
pub fn parse(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => from_text(&number.to_string()),
        Value::String(text) => from_text(text.trim()),
        _ => None,
    }
}

/// The number in a text; exponents are understood. More than 28 digits are refused, not rounded.
pub fn from_text(text: &str) -> Option<Decimal> {
    match text.contains(['e', 'E']) {
        true => Decimal::from_scientific(text).ok(),
        false => Decimal::from_str_exact(text).ok(),
    }
}

/// A vendor's number as the contract writes it: a decimal string with the places the vendor gave;
/// null stays null, what is no number becomes null.
pub fn to_body(value: &Value) -> Value {
    parse(value).map_or(Value::Null, |d| Value::String(d.to_string()))
}

/// A decimal string of the contract as a JSON number with the same digits, for vendors that want one.
pub fn to_number(value: &Value) -> Option<Value> {
    let text = parse(value)?.to_string();
    Number::from_str(&text).ok().map(Value::Number)
}

/// Rounded half-up (away from zero) to cents, always with two places.
pub fn cents(amount: Decimal) -> Decimal {
    rounded(amount, 2)
}

/// Rounded half-up (away from zero), always with this many places.
pub fn rounded(amount: Decimal, places: u32) -> Decimal {
    let mut rounded = amount.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(places);
    rounded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        for (json, expected) in [
            ("386.6450", "386.6450"),
            ("0.0000", "0.0000"),
            ("1E-2", "0.01"),
            ("\" 12.5 \"", "12.5"),
            ("-3", "-3"),
        ] {
            assert_eq!(
                to_body(&serde_json::from_str(json).unwrap()),
                Value::String(expected.into()),
                "{json}"
            );
        }
        assert_eq!(to_body(&Value::Null), Value::Null);
        assert_eq!(
            to_number(&Value::String("17.250".into()))
                .unwrap()
                .to_string(),
            "17.250"
        );
    }

    #[test]
    fn cents_round_half_away_from_zero() {
        for (amount, expected) in [
            ("11.0833", "11.08"),
            ("2.675", "2.68"),
            ("-2.675", "-2.68"),
            ("5", "5.00"),
        ] {
            assert_eq!(cents(from_text(amount).unwrap()).to_string(), expected);
        }
    }
}
