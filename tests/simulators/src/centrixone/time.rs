//! CentrixOne's clock: whole seconds, written for people in Québec's offset and for HTTP in GMT.
//!
//! The zone is a POSIX rule, so no zone database is read.

use std::str::FromStr;
use std::sync::OnceLock;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::simulator::NowMs;

/// Seconds since the Unix epoch. The vendor knows nothing finer, so two changes may share one.
pub type Stamp = i64;

const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S";

pub fn stamp(now: NowMs) -> Stamp {
    now.div_euclid(1000)
}

fn in_zone(stamp: Stamp, zone: TimeZone) -> ZonedDateTime {
    Timestamp::from_second(stamp)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned_datetime(zone)
}

/// `2026-03-05T14:00:00-05:00`
pub fn written(stamp: Stamp) -> String {
    static QUEBEC: OnceLock<TimeZone> = OnceLock::new();
    let quebec = QUEBEC
        .get_or_init(|| TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").expect("a valid POSIX rule"));
    in_zone(stamp, quebec.clone())
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

/// RFC 3339 with an offset.
pub fn parse(text: &str) -> Option<Stamp> {
    Timestamp::from_str(text)
        .ok()
        .map(|at| stamp(at.as_millisecond()))
}

/// `Thu, 05 Mar 2026 19:00:00 GMT`
pub fn http_date(stamp: Stamp) -> String {
    let date = in_zone(stamp, TimeZone::UTC);
    format!("{} GMT", date.strftime(HTTP_DATE))
}

/// None for anything else: such a header is ignored, as HTTP asks.
pub fn parse_http_date(text: &str) -> Option<Stamp> {
    let date = jiff::civil::DateTime::strptime(HTTP_DATE, text.strip_suffix(" GMT")?).ok()?;
    TimeZone::UTC
        .to_timestamp(date)
        .ok()
        .map(|at| at.as_second())
}

/// `2026-03-05`, and a day that exists.
pub fn is_date(text: &str) -> bool {
    text.len() == 10 && jiff::civil::Date::strptime("%Y-%m-%d", text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{http_date, is_date, parse, parse_http_date, written};

    #[test]
    fn stamps_follow_summer_time() {
        for text in ["2026-03-05T14:00:00-05:00", "2026-07-05T14:00:00-04:00"] {
            assert_eq!(written(parse(text).unwrap()), text);
        }
    }

    #[test]
    fn http_dates_go_both_ways() {
        let text = "Thu, 05 Mar 2026 19:00:00 GMT";
        let stamp = parse("2026-03-05T14:00:00-05:00");
        assert_eq!(parse_http_date(text), stamp);
        assert_eq!(http_date(stamp.unwrap()), text);
        for wrong in ["yesterday", "2026-03-05T19:00:00Z", ""] {
            assert_eq!(parse_http_date(wrong), None);
        }
    }

    #[test]
    fn a_date_is_a_day_that_exists() {
        assert!(is_date("2026-02-28"));
        assert!(!is_date("2026-02-30") && !is_date("2026-2-3") && !is_date("05/03/2026"));
    }
}
