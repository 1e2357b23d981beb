//! Texts of qbXML as values: whether one has the form of its type, and numbers and dates out and in.
//!
//! Invariant: money and quantities are decimals, never floats.

use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use rust_decimal::{Decimal, RoundingStrategy};

use super::notation::Leaf;

/// Whether a text has the form of its type. Most types take an empty text: the wish to clear.
pub fn has_form(kind: &Leaf, text: &str) -> bool {
    match kind {
        Leaf::Text => true,
        Leaf::Id => text.chars().count() <= 36,
        Leaf::Amount => text.is_empty() || digits(text, 13, Some(2)),
        Leaf::Number => text.is_empty() || digits(text, 10, None),
        Leaf::Date => text.is_empty() || date(text).is_some(),
        Leaf::DateTime => text.is_empty() || date_time(text).is_some(),
        Leaf::Duration => text.is_empty() || minutes(text).is_some(),
        Leaf::Int => text.parse::<i64>().is_ok(),
        Leaf::Bool => matches!(text, "" | "true" | "false" | "1" | "0"),
        Leaf::Guid => text == "0" || is_guid(text),
        Leaf::Float => text.is_empty() || Decimal::from_str(text).is_ok(),
        Leaf::Enum(values) => values.iter().any(|value| value == text),
    }
}

/// A sign, whole digits, and exactly `places` decimals, or up to five when none is said.
fn digits(text: &str, whole_max: usize, places: Option<usize>) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    (1..=whole_max).contains(&whole.len())
        && all_digits(whole)
        && fraction.is_none_or(|fraction| {
            all_digits(fraction)
                && match places {
                    Some(places) => fraction.len() == places,
                    None => (1..=5).contains(&fraction.len()),
                }
        })
}

fn is_guid(text: &str) -> bool {
    let Some(text) = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
    else {
        return false;
    };
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.concat().bytes().all(|b| b.is_ascii_hexdigit())
}

pub fn date(text: &str) -> Option<Date> {
    let well_formed = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    if well_formed { text.parse().ok() } else { None }
}

/// A moment as qbXML writes it: date, perhaps hours, minutes, seconds, perhaps an offset in minutes.
pub fn date_time(text: &str) -> Option<(DateTime, Option<i64>)> {
    let (day, time) = match text.split_once('T') {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let mut parts = day.split('-').map(|part| short_number(part, 4));
    let (year, month, of_month) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || day.split('-').next()?.len() != 4 {
        return None;
    }
    let day = Date::new(
        year,
        i8::try_from(month).ok()?,
        i8::try_from(of_month).ok()?,
    )
    .ok()?;
    let Some(time) = time else {
        return Some((day.at(0, 0, 0, 0), None));
    };
    let (clock, offset) = match time.find(['+', '-']) {
        Some(at) => (&time[..at], Some(&time[at..])),
        None => (time, None),
    };
    let numbers: Vec<i16> = clock
        .split(':')
        .map(|p| short_number(p, 2))
        .collect::<Option<_>>()?;
    if numbers.len() > 3 || offset.is_some() && numbers.len() != 3 {
        return None;
    }
    let part = |at: usize| i8::try_from(numbers.get(at).copied().unwrap_or_default()).ok();
    let (hour, minute, second) = (part(0)?, part(1)?, part(2)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let offset = match offset {
        None => None,
        Some(text) => {
            let (hours, minutes) = text[1..].split_once(':')?;
            let minutes =
                i64::from(short_number(hours, 2)?) * 60 + i64::from(short_number(minutes, 2)?);
            Some(if text.starts_with('-') {
                -minutes
            } else {
                minutes
            })
        }
    };
    Some((day.at(hour, minute, second, 0), offset))
}

fn short_number(text: &str, longest: usize) -> Option<i16> {
    let well_formed =
        (1..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if well_formed { text.parse().ok() } else { None }
}

/// `PT8H30M0S` as whole minutes.
pub fn minutes(text: &str) -> Option<i64> {
    let (text, sign) = match text.strip_prefix('-') {
        Some(text) => (text, -1),
        None => (text.strip_prefix('+').unwrap_or(text), 1),
    };
    let mut rest = text.strip_prefix("PT")?;
    let mut seconds = 0;
    let mut any = false;
    for (unit, factor) in [('H', 3600), ('M', 60), ('S', 1)] {
        if let Some((number, after)) = rest.split_once(unit) {
            if number.is_empty() || number.len() > 9 || !number.bytes().all(|b| b.is_ascii_digit())
            {
                return None;
            }
            seconds += number.parse::<i64>().ok()? * factor;
            (rest, any) = (after, true);
        }
    }
    (any && rest.is_empty()).then_some(sign * seconds / 60)
}

/// A decimal out of a text that the reader let through; an empty one is none.
pub fn number(text: Option<&str>) -> Option<Decimal> {
    Decimal::from_str(text?.trim_start_matches('+')).ok()
}

/// Money: two decimals.
pub fn amount(value: Decimal) -> String {
    let rounded = value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    format!(
        "{:.2}",
        if rounded.is_zero() {
            Decimal::ZERO
        } else {
            rounded
        }
    )
}

/// A quantity or a price: up to five decimals, no zeros behind.
pub fn quantity(value: Decimal) -> String {
    value
        .round_dp_with_strategy(5, RoundingStrategy::MidpointAwayFromZero)
        .normalize()
        .to_string()
}

/// A price: at least two decimals.
pub fn price(value: Decimal) -> String {
    let text = quantity(value);
    let places = text
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len());
    if places < 2 {
        format!("{value:.2}")
    } else {
        text
    }
}

/// What QuickBooks' store keeps of a text: Windows-1252, anything else becomes `?`.
pub fn stored_text(text: &str) -> String {
    text.chars()
        .map(|c| if in_windows_1252(c) { c } else { '?' })
        .collect()
}

pub fn in_windows_1252(c: char) -> bool {
    matches!(c, '\0'..='\u{7f}' | '\u{a0}'..='\u{ff}') || "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ".contains(c)
}

#[cfg(test)]
mod tests {
    use super::has_form;
    use crate::quickbooks_desktop::notation::Leaf;

    #[test]
    fn forms() {
        let cases: [(Leaf, &[&str], &[&str]); 8] = [
            (
                Leaf::Amount,
                &["", "1", "-1.50", "+12.00"],
                &["1.5", "1.234", "1e3", ".50", "12345678901234"],
            ),
            (
                Leaf::Number,
                &["", "1", "1.23456", "-2"],
                &["1.234567", "1.", "12345678901", "1,5"],
            ),
            (
                Leaf::Date,
                &["", "2026-02-28"],
                &["2026-02-30", "2026-2-3", "2026-02-28Z", "28.02.2026"],
            ),
            (
                Leaf::DateTime,
                &[
                    "",
                    "2026-02-28",
                    "2026-2-8T7",
                    "2026-02-28T10:11:12",
                    "2026-02-28T10:11:12-05:00",
                ],
                &[
                    "2026-02-28T10:11:12Z",
                    "2026-02-28 10:11",
                    "2026-13-01",
                    "2026-02-28T10:11-05:00",
                ],
            ),
            (
                Leaf::Duration,
                &["", "PT8H30M0S", "PT90M", "-PT1S"],
                &["PT", "8:30", "PT8.5H", "PT30M8H", "P1D"],
            ),
            (Leaf::Int, &["0", "-5", "+7"], &["", "1.0", "--1", "x"]),
            (Leaf::Bool, &["", "true", "0"], &["True", "yes", "2"]),
            (
                Leaf::Guid,
                &["0", "{90A44FB7-33D9-4815-AC85-AC86A7E7D1EB}"],
                &[
                    "",
                    "1",
                    "90A44FB7-33D9-4815-AC85-AC86A7E7D1EB",
                    "{90A44FB7-33D9-4815-AC85}",
                ],
            ),
        ];
        for (kind, good, bad) in cases {
            for text in good {
                assert!(has_form(&kind, text), "{kind:?} refused {text:?}");
            }
            for text in bad {
                assert!(!has_form(&kind, text), "{kind:?} took {text:?}");
            }
        }
    }
}
