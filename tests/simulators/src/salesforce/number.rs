//! Numbers: read as decimals, rounded as the field says, shown as Java prints a double.

use std::str::FromStr;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Number, Value};

/// What a stored or given number is worth; a text with a number in it is one.
pub fn read(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => parse(&number.to_string()),
        Value::String(text) => parse(text.trim()),
        _ => None,
    }
}

pub fn parse(text: &str) -> Option<Decimal> {
    Decimal::from_str(text)
        .or_else(|_| Decimal::from_scientific(text))
        .ok()
}

pub fn rounded(number: Decimal, scale: u32) -> Decimal {
    number.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero)
}

/// As it is kept.
pub fn kept(number: Decimal) -> Value {
    literal(&number.normalize().to_string())
}

/// As a field of kind `int` is shown.
pub fn whole(number: Decimal) -> Value {
    number.to_i64().map_or(Value::Null, Value::from)
}

/// As a double is shown: always with a fraction; with an exponent from 10⁷ up and below 10⁻³.
pub fn double(number: Decimal, exponents: bool) -> Value {
    let number = number.normalize();
    let plain = number.to_string();
    let size = number.abs();
    let is_large = size >= Decimal::from(10_000_000_u32);
    let is_small = !size.is_zero() && size < Decimal::new(1, 3);
    if exponents && (is_large || is_small) {
        return literal(&with_exponent(&plain));
    }
    match plain.contains('.') {
        true => literal(&plain),
        false => literal(&format!("{plain}.0")),
    }
}

fn with_exponent(plain: &str) -> String {
    let (sign, plain) = plain
        .strip_prefix('-')
        .map_or(("", plain), |rest| ("-", rest));
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let all = format!("{whole}{fraction}");
    let first = all.find(|digit| digit != '0').unwrap_or(0);
    let exponent = whole.len() as i64 - 1 - first as i64;
    let digits = all[first..].trim_end_matches('0');
    let (head, tail) = digits.split_at(digits.len().min(1));
    let tail = if tail.is_empty() { "0" } else { tail };
    format!("{sign}{head}.{tail}E{exponent}")
}

/// JSON text with exponents as Java writes them, `3.5E8`, where the writer here says `3.5e+8`.
pub fn as_java(json: &str) -> String {
    let mut written = String::with_capacity(json.len());
    let (mut in_text, mut escaped, mut after_digit, mut after_e) = (false, false, false, false);
    for letter in json.chars() {
        if in_text {
            in_text = escaped || letter != '"';
            escaped = !escaped && letter == '\\';
        } else if letter == '"' {
            in_text = true;
        } else if letter == 'e' && after_digit {
            written.push('E');
            after_e = true;
            continue;
        }
        if letter != '+' || !after_e {
            written.push(letter);
        }
        after_e = false;
        after_digit = letter.is_ascii_digit();
    }
    written
}

fn literal(text: &str) -> Value {
    Number::from_str(text).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_look_like_javas() {
        for (text, shown) in [
            ("23", "23.0"),
            ("23.50", "23.5"),
            ("0", "0.0"),
            ("-4.25", "-4.25"),
            ("350000000", "3.5E8"),
            ("12345678.9", "1.23456789E7"),
            ("9999999.99", "9999999.99"),
            ("-10000000", "-1.0E7"),
            ("0.00025", "2.5E-4"),
        ] {
            assert_eq!(
                as_java(&double(parse(text).unwrap(), true).to_string()),
                shown
            );
        }
        assert_eq!(
            double(parse("350000000").unwrap(), false).to_string(),
            "350000000.0"
        );
        assert_eq!(parse("3.5E8"), parse("350000000"));
        let json = r#"{"a":3.5e+8,"1e+5":"\\\"2e+3","b":[true,1.0e-4]}"#;
        assert_eq!(
            as_java(json),
            r#"{"a":3.5E8,"1e+5":"\\\"2e+3","b":[true,1.0E-4]}"#
        );
    }
}
