//! Records as they are kept: JSON objects with the names of the wire, and numbers without loss.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Number, Value};

pub type Values = Map<String, Value>;

pub fn text<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub fn flag(values: &Values, name: &str) -> Option<bool> {
    values.get(name).and_then(Value::as_bool)
}

/// The id that a reference names.
pub fn reference<'a>(values: &'a Values, name: &str) -> Option<&'a str> {
    values.get(name)?.get("value")?.as_str()
}

pub fn object<'a>(values: &'a Values, name: &str) -> Option<&'a Values> {
    values.get(name).and_then(Value::as_object)
}

pub fn list<'a>(values: &'a Values, name: &str) -> impl Iterator<Item = &'a Values> + use<'a> {
    let rows = values.get(name).and_then(Value::as_array);
    rows.into_iter().flatten().filter_map(Value::as_object)
}

pub fn decimal(values: &Values, name: &str) -> Option<Decimal> {
    values.get(name).and_then(as_decimal)
}

pub fn as_decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => parse(&number.to_string()),
        _ => None,
    }
}

/// Nothing larger is calculated with, so that sums and products cannot fail.
pub fn parse(text: &str) -> Option<Decimal> {
    let number: Decimal = match text.parse() {
        Ok(number) => number,
        Err(_) => Decimal::from_scientific(text).ok()?,
    };
    (number.abs() <= Decimal::from(10_000_000_000_i64)).then(|| number.round_dp(9))
}

pub fn number(decimal: Decimal) -> Value {
    let written = decimal.normalize().to_string();
    let number: Result<Number, _> = serde_json::from_str(&written);
    number.expect("a decimal is a number").into()
}

/// To cents, half away from zero.
pub fn money(decimal: Decimal) -> Decimal {
    decimal.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}
