//! QuickBooks Online's clock: whole seconds with the offset of the vendor's zone, dates of the company's day.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::simulator::NowMs;

fn at(now: NowMs, zone: &TimeZone) -> jiff::ZonedDateTime {
    let at = Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_zoned_datetime(zone.clone())
}

/// `2024-01-02T03:04:05-08:00`
pub fn seconds(now: NowMs, zone: &TimeZone) -> String {
    at(now, zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// `2024-01-02T03:04:05.678-08:00`, as answers are stamped.
pub fn millis(now: NowMs, zone: &TimeZone) -> String {
    at(now, zone)
        .strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
        .to_string()
}

/// `2024-01-02T11:04:05.678Z`, as webhooks are stamped.
pub fn utc_millis(now: NowMs) -> String {
    at(now, &TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

pub fn today(now: NowMs, zone: &TimeZone) -> Date {
    at(now, zone).date()
}

pub fn date(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

pub fn days_after(day: Date, days: i64) -> Date {
    day.saturating_add(days.days())
}

/// A moment with an offset, one without (of the vendor's zone), or a day from its start.
pub fn moment(text: &str, zone: &TimeZone) -> Option<NowMs> {
    if let Some(day) = date(text) {
        let start = day.to_zoned_datetime(zone.clone()).ok()?;
        return Some(start.timestamp().as_millisecond());
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_millisecond());
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    let civil = civil.to_zoned_datetime(zone.clone()).ok()?;
    Some(civil.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{moment, seconds};

    #[test]
    fn moments_are_read_in_every_form_and_written_in_one() {
        let zone = TimeZone::get("America/Los_Angeles").unwrap();
        for (text, written) in [
            ("2026-01-02T03:04:05-08:00", "2026-01-02T03:04:05-08:00"),
            ("2026-01-02T11:04:05.900Z", "2026-01-02T03:04:05-08:00"),
            ("2026-07-02", "2026-07-02T00:00:00-07:00"),
            ("2026-07-02T01:02:03", "2026-07-02T01:02:03-07:00"),
        ] {
            let read = moment(text, &zone).map(|at| seconds(at, &zone));
            assert_eq!(read.as_deref(), Some(written), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "2026-01-02 25:00"] {
            assert_eq!(moment(text, &zone), None, "{text}");
        }
    }
}
