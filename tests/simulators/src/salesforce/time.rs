//! Salesforce's clock: whole seconds, always UTC, written with an offset without a colon.
//!
//! A datetime is kept as it is shown, so two of them compare as texts.

use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime, civil};

use crate::simulator::NowMs;

/// Seconds since the Unix epoch.
pub type Stamp = i64;

pub const DAY_S: i64 = 86_400;
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S";

pub fn stamp(now: NowMs) -> Stamp {
    now.div_euclid(1000)
}

fn in_zone(stamp: Stamp, zone: TimeZone) -> ZonedDateTime {
    Timestamp::from_second(stamp)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned_datetime(zone)
}

/// `2011-07-07T00:37:00.000+0000`
pub fn written(stamp: Stamp) -> String {
    let time = in_zone(stamp, TimeZone::UTC);
    format!("{}.000+0000", time.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// `2011-07-07T00:37:00.000Z`, as events and SOAP write it.
pub fn written_z(stamp: Stamp) -> String {
    let time = in_zone(stamp, TimeZone::UTC);
    format!("{}.000Z", time.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// A day with a time and an offset, `Z`, `+05:00` or `+0500`; what is finer than a second is dropped.
pub fn read(text: &str) -> Option<Stamp> {
    if text.len() < 20 || text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    let at = text.len() - 5;
    let without_colon = text.get(at..).is_some_and(|end| {
        end.starts_with(['+', '-']) && end[1..].bytes().all(|b| b.is_ascii_digit())
    });
    let text = if without_colon {
        format!("{}:{}", &text[..at + 3], &text[at + 3..])
    } else {
        text.to_owned()
    };
    let read = Timestamp::from_str(&text).ok();
    read.map(|time| time.as_millisecond().div_euclid(1000))
}

/// `2026-03-05`, and a day that exists.
pub fn date(text: &str) -> Option<civil::Date> {
    (text.len() == 10).then(|| civil::Date::strptime("%Y-%m-%d", text).ok())?
}

pub fn today(now: Stamp, zone: &TimeZone) -> civil::Date {
    in_zone(now, zone.clone()).date()
}

/// When a day begins.
pub fn start_of(day: civil::Date, zone: &TimeZone) -> Stamp {
    let start = zone.to_timestamp(day.at(0, 0, 0, 0));
    start.map_or(0, |time| time.as_second())
}

/// `Thu, 05 Mar 2026 19:00:00 GMT`
pub fn http_date(stamp: Stamp) -> String {
    format!("{} GMT", in_zone(stamp, TimeZone::UTC).strftime(HTTP_DATE))
}

pub fn read_http_date(text: &str) -> Option<Stamp> {
    let date = civil::DateTime::strptime(HTTP_DATE, text.strip_suffix(" GMT")?).ok()?;
    let time = TimeZone::UTC.to_timestamp(date).ok();
    time.map(|time| time.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datetime_is_read_in_every_form_and_written_in_one() {
        for text in [
            "2011-07-07T00:37:00Z",
            "2011-07-07T00:37:00.000+0000",
            "2011-07-06T20:37:00-04:00",
            "2011-07-06T20:37:00.999-0400",
        ] {
            assert_eq!(
                read(text).map(written).as_deref(),
                Some("2011-07-07T00:37:00.000+0000"),
                "{text}"
            );
        }
        for wrong in [
            "",
            "2011-07-07",
            "2011-07-07T00:37:00",
            "2011-07-07 00:37:00Z",
            "2011-13-07T00:37:00Z",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn http_dates_go_both_ways() {
        let text = "Thu, 05 Mar 2026 19:00:00 GMT";
        assert_eq!(read_http_date(text).map(http_date).as_deref(), Some(text));
        assert_eq!(read_http_date("2026-03-05T19:00:00Z"), None);
    }

    #[test]
    fn a_date_is_a_day_that_exists() {
        assert!(date("2026-02-28").is_some());
        assert!(date("2026-02-30").is_none() && date("2026-2-3").is_none());
    }
}
