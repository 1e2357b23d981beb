//! One value of a row: the vendor's types, how JSON becomes one and how one is written back.
//!
//! Amounts are decimals of four places kept as ten-thousandths, as captured payloads show them
//! (`386.6450`). Times are milliseconds UTC.
//!
//! Invariant: no binary floating point; a number goes from its text to an integer and back.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::simulator::NowMs;

/// The metadata types of the vendor, as far as they behave differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Short,
    Integer,
    Long,
    Double,
    Decimal,
    Boolean,
    Datetime,
    Text,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    /// Ten-thousandths.
    Amount(i64),
    Time(NowMs),
    Text(Box<str>),
}

/// How a datetime shows its milliseconds; reports differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Millis {
    /// Only when they are not zero.
    Auto,
    Always,
    Never,
}

impl Kind {
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "short" => Self::Short,
            "integer" => Self::Integer,
            "long" => Self::Long,
            "double" => Self::Double,
            "decimal" => Self::Decimal,
            "boolean" => Self::Boolean,
            "datetime" => Self::Datetime,
            "string" => Self::Text,
            _ => return None,
        })
    }

    /// The word in metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Integer => "integer",
            Self::Long => "long",
            Self::Double => "double",
            Self::Decimal => "decimal",
            Self::Boolean => "boolean",
            Self::Datetime => "datetime",
            Self::Text => "string",
        }
    }
}

impl Cell {
    /// Reads a JSON value as a written field of this kind. `zone` gives a date without time its midnight.
    pub fn read(kind: Kind, value: &Value, zone: &TimeZone) -> Result<Self, Unreadable> {
        if value.is_null() {
            return Ok(Self::Null);
        }
        let cell = match kind {
            Kind::Short | Kind::Integer | Kind::Long => {
                scalar(value).and_then(|text| whole(&text)).map(Self::Int)
            }
            Kind::Double | Kind::Decimal => {
                if value.is_boolean() {
                    None
                } else {
                    scalar(value)
                        .and_then(|text| ten_thousandths(&text))
                        .map(Self::Amount)
                }
            }
            Kind::Boolean => boolean(value).map(Self::Bool),
            Kind::Datetime => value
                .as_str()
                .and_then(|text| time(text, zone))
                .map(Self::Time),
            Kind::Text => scalar(value).map(|text| Self::Text(text.into())),
        };
        cell.ok_or_else(|| Unreadable {
            value: value.clone(),
        })
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Null, or text without a character.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Null) || matches!(self, Self::Text(text) if text.is_empty())
    }

    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// `true` and 1: `Contacts.isActive` is an integer, everywhere else it is a boolean.
    pub fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true) | Self::Int(1))
    }

    /// Appends the JSON form.
    pub fn write(&self, millis: Millis, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Self::Int(number) => out.push_str(&number.to_string()),
            Self::Amount(amount) => out.push_str(&amount_text(*amount)),
            Self::Time(at) => {
                out.push('"');
                out.push_str(&time_text(*at, millis));
                out.push('"');
            }
            Self::Text(text) => write_text(text, out),
        }
    }

    /// The form in messages and for text operators on fields that are no text.
    pub fn plain(&self) -> String {
        match self {
            Self::Text(text) => text.to_string(),
            Self::Time(at) => time_text(*at, Millis::Auto),
            other => {
                let mut out = String::new();
                other.write(Millis::Auto, &mut out);
                out
            }
        }
    }
}

/// A value that does not fit the kind of its field.
#[derive(Debug, Clone, PartialEq)]
pub struct Unreadable {
    pub value: Value,
}

impl Unreadable {
    /// What the vendor's JSON reader says of it.
    pub fn message(&self, field: &str) -> String {
        match &self.value {
            Value::Bool(truth) => {
                let first = if *truth { 't' } else { 'f' };
                format!(
                    "Unexpected character encountered while parsing value: {first}. Path '{field}'."
                )
            }
            Value::String(text) => format!(
                "Could not convert string to the type of the field: {text}. Path '{field}'."
            ),
            other => {
                let first = other.to_string().chars().next().unwrap_or('?');
                format!(
                    "Unexpected character encountered while parsing value: {first}. Path '{field}'."
                )
            }
        }
    }
}

/// Appends `text` as a JSON string.
pub fn write_text(text: &str, out: &mut String) {
    out.push_str(&serde_json::to_string(text).expect("text is always JSON"));
}

/// Numbers and strings as text; the vendor takes `"12"` for 12 and 12 for `"12"`.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => number.as_i64().map(|n| n != 0),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A whole number, also when it is written with a fraction of zeros.
pub fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let (digits, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.bytes().any(|b| b != b'0') {
        None
    } else {
        digits.parse().ok()
    }
}

/// `a × b ÷ divisor` in ten-thousandths, half away from zero.
pub fn product(a: i64, b: i64, divisor: i64) -> i64 {
    let exact = i128::from(a) * i128::from(b);
    let half = i128::from(divisor / 2) * exact.signum();
    i64::try_from((exact + half) / i128::from(divisor)).unwrap_or(i64::MAX)
}

/// A decimal text as ten-thousandths, the fifth place rounded half away from zero.
pub fn ten_thousandths(text: &str) -> Option<i64> {
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: String = [before, after].concat();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let all: i128 = digits.parse().ok()?;
    // `all` counts units of 10^-scale; we want units of 10^-4.
    let scale = i32::try_from(after.len()).ok()?.checked_sub(exponent)?;
    let shift = 4 - scale;
    let amount = if shift >= 0 {
        all.checked_mul(10_i128.checked_pow(u32::try_from(shift).ok()?)?)?
    } else {
        match 10_i128.checked_pow(shift.unsigned_abs()) {
            Some(divisor) => (all + divisor / 2) / divisor,
            None => 0,
        }
    };
    let amount = i64::try_from(amount).ok()?;
    Some(if negative { -amount } else { amount })
}

/// `-12.5000`.
pub fn amount_text(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let size = amount.unsigned_abs();
    format!("{sign}{}.{:04}", size / 10_000, size % 10_000)
}

/// An instant, or a date, which is its midnight in `zone`. A time without offset is UTC.
pub fn time(text: &str, zone: &TimeZone) -> Option<NowMs> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(instant.as_millisecond());
    }
    if text.len() <= 10 {
        return midnight(text.parse().ok()?, zone);
    }
    let wall: jiff::civil::DateTime = text.parse().ok()?;
    Some(
        wall.to_zoned_datetime(TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_millisecond(),
    )
}

/// The start of a day in a zone.
pub fn midnight(day: Date, zone: &TimeZone) -> Option<NowMs> {
    Some(
        day.to_zoned_datetime(zone.clone())
            .ok()?
            .timestamp()
            .as_millisecond(),
    )
}

/// The day of an instant in a zone.
pub fn day(at: NowMs, zone: &TimeZone) -> Date {
    jiff::Timestamp::from_millisecond(at)
        .unwrap_or_default()
        .to_zoned_datetime(zone.clone())
        .date()
}

/// `2025-09-05T09:47:15.227Z`.
pub fn time_text(at: NowMs, millis: Millis) -> String {
    let instant = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    let with = match millis {
        Millis::Auto => at.rem_euclid(1000) != 0,
        Millis::Always => true,
        Millis::Never => false,
    };
    let format = if with {
        "%Y-%m-%dT%H:%M:%S.%3fZ"
    } else {
        "%Y-%m-%dT%H:%M:%SZ"
    };
    instant.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_keep_four_places_and_never_pass_through_floats() {
        let table = [
            ("386.645", "386.6450"),
            ("0", "0.0000"),
            ("-0.0001", "-0.0001"),
            ("52.77749", "52.7775"),
            ("52.77744", "52.7774"),
            ("-52.77745", "-52.7775"),
            ("1e2", "100.0000"),
            ("2.5E-3", "0.0025"),
            ("90071992547409.9301", "90071992547409.9301"),
        ];
        for (given, expected) in table {
            assert_eq!(
                ten_thousandths(given).map(amount_text).as_deref(),
                Some(expected),
                "{given}"
            );
        }
        for wrong in ["", "abc", "1.2.3", "--1", "1e", "1e999999999999"] {
            assert_eq!(ten_thousandths(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_are_read_and_written_as_the_vendor_does() {
        let montreal = TimeZone::get("America/Toronto").unwrap();
        let table = [
            ("2026-01-05", "2026-01-05T05:00:00Z"),
            ("2026-07-05", "2026-07-05T04:00:00Z"),
            ("2026-01-05T10:00:00Z", "2026-01-05T10:00:00Z"),
            ("2026-01-05T10:00:00.227Z", "2026-01-05T10:00:00.227Z"),
            ("2026-01-05T10:00:00", "2026-01-05T10:00:00Z"),
            ("2026-01-05T10:00:00-05:00", "2026-01-05T15:00:00Z"),
        ];
        for (given, expected) in table {
            let at = time(given, &montreal).unwrap();
            assert_eq!(time_text(at, Millis::Auto), expected, "{given}");
        }
        assert_eq!(time_text(0, Millis::Always), "1970-01-01T00:00:00.000Z");
        assert_eq!(time_text(7, Millis::Never), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_boolean_in_an_integer_field_is_the_parse_error_of_the_vendor() {
        let wrong = Cell::read(Kind::Integer, &json!(true), &TimeZone::UTC).unwrap_err();
        assert!(
            wrong
                .message("isActive")
                .starts_with("Unexpected character encountered while parsing value: t")
        );
        assert_eq!(
            Cell::read(Kind::Integer, &json!("12"), &TimeZone::UTC),
            Ok(Cell::Int(12))
        );
        assert_eq!(
            Cell::read(Kind::Text, &json!(12), &TimeZone::UTC),
            Ok(Cell::Text("12".into()))
        );
    }
}
