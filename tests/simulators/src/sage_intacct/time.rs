//! Intacct's clock: whole seconds, written `MM/DD/YYYY HH:MM:SS` without a zone, and plain days.
//!
//! Inside, a day is `2026-03-02` and a time `2026-03-02T09:55:00`, UTC: texts that sort as they run.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, Timestamp, ToSpan};

use crate::simulator::NowMs;

const DAY_SHOWN: &str = "%m/%d/%Y";
const TIME_SHOWN: &str = "%m/%d/%Y %H:%M:%S";
const TIME_KEPT: &str = "%Y-%m-%dT%H:%M:%S";

fn utc(now: NowMs) -> DateTime {
    let at = Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH);
    TimeZone::UTC.to_datetime(at)
}

/// The kept form of a moment.
pub fn stamp(now: NowMs) -> String {
    utc(now).strftime(TIME_KEPT).to_string()
}

pub fn today(now: NowMs) -> Date {
    utc(now).date()
}

/// `2026-03-02T10:00:00-08:00`, for the authentication block of a reply.
pub fn with_offset(now: NowMs, minutes: i64) -> String {
    let seconds = i32::try_from(minutes * 60).unwrap_or_default();
    let offset = Offset::from_seconds(seconds).unwrap_or(Offset::UTC);
    let at = Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH);
    let local = offset.to_datetime(at).strftime(TIME_KEPT);
    format!("{local}{}", offset_text(minutes))
}

fn offset_text(minutes: i64) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `mm/dd/yyyy`, and a day that exists. Dashes are refused, in either order.
pub fn parse_day(text: &str) -> Option<Date> {
    let mut parts = text.split('/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    if parts.next().is_some() || !digits(month, 2) || !digits(day, 2) || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// `mm/dd/yyyy hh:mm:ss`, or a day at midnight; `minutes` is how far the company's clock is from UTC.
pub fn parse_time(text: &str, minutes: i64) -> Option<String> {
    let at = match text.split_once(' ') {
        None => parse_day(text)?.at(0, 0, 0, 0),
        Some((day, time)) => {
            let time = jiff::civil::Time::strptime("%H:%M:%S", time).ok()?;
            parse_day(day)?.to_datetime(time)
        }
    };
    let at = at.checked_sub(Span::new().minutes(minutes)).ok()?;
    Some(at.strftime(TIME_KEPT).to_string())
}

pub fn show_day(kept: &str) -> String {
    day(kept).map_or_else(
        || kept.to_owned(),
        |day| day.strftime(DAY_SHOWN).to_string(),
    )
}

pub fn show_time(kept: &str, minutes: i64) -> String {
    let at = DateTime::strptime(TIME_KEPT, kept).ok();
    let at = at.and_then(|at| at.checked_add(Span::new().minutes(minutes)).ok());
    at.map_or_else(|| kept.to_owned(), |at| at.strftime(TIME_SHOWN).to_string())
}

/// A kept day.
pub fn day(kept: &str) -> Option<Date> {
    kept.parse().ok()
}

pub fn plus_days(day: Date, days: i64) -> Date {
    day.checked_add(days.days()).unwrap_or(day)
}

pub fn plus_months(day: Date, months: i64) -> Date {
    day.checked_add(months.months()).unwrap_or(day)
}

pub fn plus_years(day: Date, years: i64) -> Date {
    day.checked_add(years.years()).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::{parse_day, parse_time, show_time, with_offset};

    #[test]
    fn a_day_is_month_day_year_with_slashes_and_exists() {
        assert_eq!(parse_day("03/02/2026").unwrap().to_string(), "2026-03-02");
        assert_eq!(parse_day("3/2/2026").unwrap().to_string(), "2026-03-02");
        for wrong in [
            "2026-03-02",
            "03-02-2026",
            "13/01/2026",
            "02/30/2026",
            "03/02/26",
            "03/02/2026/1",
            "",
            "today",
        ] {
            assert_eq!(parse_day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_go_both_ways_at_an_offset() {
        let kept = parse_time("03/02/2026 09:55:00", -480).unwrap();
        assert_eq!(kept, "2026-03-02T17:55:00");
        assert_eq!(show_time(&kept, -480), "03/02/2026 09:55:00");
        assert_eq!(parse_time("03/02/2026 9h", 0), None);
        assert_eq!(with_offset(0, -480), "1969-12-31T16:00:00-08:00");
    }
}
