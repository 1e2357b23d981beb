//! One value: from the wire into the form that is kept, and back.
//!
//! Kept: days and times as texts that sort, labels for enumerations, numbers as written, `true` or `false`.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::schema::{Field, Kind};
use super::time;

/// Reads a value that is not empty. The error is the vendor's sentence.
pub fn parse(field: &Field, text: &str, offset_minutes: i64) -> Result<String, String> {
    let name = &field.name;
    let illegal = || format!("The value '{text}' provided for {name} is not valid.");
    match field.kind {
        Kind::Text | Kind::List => {
            if field.max.is_some_and(|most| text.chars().count() > most) {
                return Err(format!("The value of {name} is too long."));
            }
            if name.contains("EMAIL") && !is_address(text) {
                return Err(format!("The e-mail address '{text}' is not valid."));
            }
            Ok(text.to_owned())
        }
        Kind::Integer => match text.parse::<i64>() {
            Ok(number) => Ok(number.to_string()),
            Err(_) => Err(illegal()),
        },
        Kind::Decimal | Kind::Percent | Kind::Currency => {
            let number = decimal(text).ok_or_else(illegal)?;
            if field.kind == Kind::Currency && number.scale() > 2 && !number.fract().is_zero() {
                return Ok(number.round_dp(2).to_string());
            }
            Ok(number.to_string())
        }
        Kind::Boolean => match text {
            "true" | "T" => Ok("true".to_owned()),
            "false" | "F" => Ok("false".to_owned()),
            _ => Err(illegal()),
        },
        Kind::Date => time::parse_day(text)
            .map(|day| day.to_string())
            .ok_or_else(|| format!("Date is not valid: '{text}'")),
        Kind::Timestamp => time::parse_time(text, offset_minutes)
            .ok_or_else(|| format!("Date is not valid: '{text}'")),
        Kind::Enum => {
            let known = field.values.iter().any(|(label, _)| label == text);
            // The application of a contract is written as its code and read as its label.
            let coded = (name == "APPLICATION")
                .then(|| field.values.iter().find(|(_, code)| code == text))
                .flatten();
            match coded {
                Some((label, _)) => Ok(label.clone()),
                None if known => Ok(text.to_owned()),
                None => Err(illegal()),
            }
        }
    }
}

/// Digits with at most one dot and a sign; no thousands separator, no exponent.
pub fn decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let number: Decimal = plain.then(|| text.parse().ok()).flatten()?;
    (number.abs() <= Decimal::from(MOST)).then_some(number)
}

/// No number is larger, so that sums and products of them cannot fail.
const MOST: i64 = 1_000_000_000_000;

fn is_address(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else {
        return false;
    };
    !name.is_empty() && host.contains('.') && !text.contains([' ', ','])
}

/// How a kept value stands in an answer.
pub fn show(field: &Field, kept: &str, offset_minutes: i64) -> String {
    match field.kind {
        _ if kept.is_empty() => String::new(),
        Kind::Date => time::show_day(kept),
        Kind::Timestamp => time::show_time(kept, offset_minutes),
        _ => kept.to_owned(),
    }
}

/// Orders two kept values; empty ones first.
pub fn compare(kind: Kind, left: &str, right: &str) -> Ordering {
    match kind {
        Kind::Integer | Kind::Decimal | Kind::Currency | Kind::Percent => {
            decimal(left).cmp(&decimal(right))
        }
        _ => left.cmp(right),
    }
}

#[cfg(test)]
mod tests {
    use super::{compare, parse};
    use crate::sage_intacct::schema::{Field, Kind, known};

    #[test]
    fn values_are_read_by_their_kind() {
        let cases = [
            (Kind::Integer, "12", Some("12")),
            (Kind::Integer, "1.5", None),
            (Kind::Decimal, "1,250.00", None),
            (Kind::Decimal, "1e3", None),
            (Kind::Decimal, "-12.345", Some("-12.345")),
            (Kind::Currency, "12.345", Some("12.34")),
            (Kind::Boolean, "true", Some("true")),
            (Kind::Boolean, "yes", None),
            (Kind::Date, "02/28/2026", Some("2026-02-28")),
            (Kind::Date, "02-28-2026", None),
            (Kind::Date, "02/28/2026 10:00:00", None),
        ];
        for (kind, text, kept) in cases {
            let read = parse(&Field::new("X", kind), text, 0).ok();
            assert_eq!(read.as_deref(), kept, "{kind:?} {text}");
        }
    }

    #[test]
    fn labels_go_in_and_codes_do_not_but_for_the_application() {
        let contract = known("CONTRACT");
        let field = |name| contract.field(name).unwrap();
        assert!(parse(field("BILLINGFREQUENCY"), "Monthly", 0).is_ok());
        assert!(parse(field("BILLINGFREQUENCY"), "M", 0).is_err());
        assert!(parse(field("STATE"), "in progress", 0).is_err());
        assert_eq!(
            parse(field("APPLICATION"), "C", 0).as_deref(),
            Ok("Contracts")
        );
    }

    #[test]
    fn numbers_compare_as_numbers() {
        assert!(compare(Kind::Integer, "9", "10").is_lt());
        assert!(compare(Kind::Text, "9", "10").is_gt());
        assert!(compare(Kind::Decimal, "1.50", "1.5").is_eq());
        assert!(compare(Kind::Date, "", "2026-01-01").is_lt());
    }
}
