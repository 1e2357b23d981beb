//! The vendor's one form of time: `2017-04-01T02:15:15Z`, and without `Z` in the company's own zone.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::simulator::NowMs;

/// Seconds since the Unix epoch.
pub type Stamp = i64;

const FORM: &str = "%Y-%m-%dT%H:%M:%S";

pub fn stamp(now: NowMs) -> Stamp {
    now.div_euclid(1000)
}

pub fn written(stamp: Stamp) -> String {
    let at = Timestamp::from_second(stamp).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// None for any other form. An hour that a change of clocks skips or repeats is read as people mean it.
pub fn read(text: &str, company: &TimeZone) -> Option<Stamp> {
    let (civil, zone) = match text.strip_suffix('Z') {
        Some(civil) => (civil, TimeZone::UTC),
        None => (text, company.clone()),
    };
    // The form has fixed places; the parser alone would take `2017-4-1`.
    let fixed = civil.len() == 19
        && civil
            .bytes()
            .all(|b| b.is_ascii_digit() || b"-T:".contains(&b));
    let civil = DateTime::strptime(FORM, civil).ok().filter(|_| fixed)?;
    Some(zone.to_timestamp(civil).ok()?.as_second())
}

/// The start of the day, in the company's zone, that a moment falls on.
pub fn day(stamp: Stamp, company: &TimeZone) -> Stamp {
    let at = Timestamp::from_second(stamp).unwrap_or_default();
    let midnight = company.to_datetime(at).date().at(0, 0, 0, 0);
    let midnight = company.to_timestamp(midnight);
    midnight.map_or(stamp, |midnight| midnight.as_second())
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{read, written};

    #[test]
    fn a_time_without_z_is_the_companys() {
        let quebec = TimeZone::get("America/Toronto").unwrap();
        for (text, utc) in [
            ("2017-04-01T02:15:15Z", "2017-04-01T02:15:15Z"),
            ("2017-04-01T02:15:15", "2017-04-01T06:15:15Z"),
            ("2017-01-01T02:15:15", "2017-01-01T07:15:15Z"),
            // Skipped, and repeated.
            ("2026-03-08T02:30:00", "2026-03-08T07:30:00Z"),
            ("2026-11-01T01:30:00", "2026-11-01T05:30:00Z"),
        ] {
            assert_eq!(
                read(text, &quebec).map(written).as_deref(),
                Some(utc),
                "{text}"
            );
        }
        for wrong in [
            "",
            "2017-04-01",
            "2017-4-1T02:15:15Z",
            "2017-04-01 02:15:15",
            "2017-04-01T02:15Z",
            "2017-04-01T02:15:15.000Z",
            "2017-04-01T02:15:15+02:00",
            "2017-02-30T00:00:00Z",
            "01/04/2017",
        ] {
            assert_eq!(read(wrong, &quebec), None, "{wrong}");
        }
    }
}
