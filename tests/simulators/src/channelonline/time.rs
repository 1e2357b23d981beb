//! ChannelOnline's clock: whole seconds, shown with the offset of the company's zone, asked for in UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::simulator::NowMs;

/// A moment as it is kept.
pub fn whole_seconds(now: NowMs) -> NowMs {
    now.div_euclid(1000) * 1000
}

fn timestamp(at: NowMs) -> Timestamp {
    Timestamp::from_millisecond(whole_seconds(at)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `2026-03-01T20:00:00Z`
pub fn utc(at: NowMs) -> String {
    timestamp(at).to_string()
}

/// `2026-03-01T15:00:00-05:00`
pub fn with_offset(at: NowMs, zone: &TimeZone) -> String {
    let at = timestamp(at).to_zoned_datetime(zone.clone());
    at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A moment of a request: ISO 8601 in UTC, marked by `Z`.
pub fn asked(text: &str) -> Option<NowMs> {
    text.ends_with('Z').then(|| any(text)).flatten()
}

/// A moment with any offset.
pub fn any(text: &str) -> Option<NowMs> {
    let at: Timestamp = text.parse().ok()?;
    Some(at.as_millisecond())
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{any, asked, utc, with_offset};

    #[test]
    fn moments_are_shown_with_the_offset_of_their_season() {
        let zone = TimeZone::get("America/Toronto").unwrap();
        for (at, shown) in [
            ("2026-03-01T20:00:00Z", "2026-03-01T15:00:00-05:00"),
            ("2026-07-01T20:00:00.900Z", "2026-07-01T16:00:00-04:00"),
        ] {
            let at = any(at).unwrap();
            assert_eq!(with_offset(at, &zone), shown);
            assert_eq!(any(shown), any(&utc(at)));
        }
    }

    #[test]
    fn a_request_names_moments_in_utc() {
        for (text, taken) in [
            ("2026-03-01T00:00:00Z", true),
            ("2026-03-01T00:00:00.500Z", true),
            ("2026-03-01T00:00:00-05:00", false),
            ("2026-03-01T00:00:00", false),
            ("2026-03-01", false),
            ("03/01/2026", false),
            ("Z", false),
            ("", false),
        ] {
            assert_eq!(asked(text).is_some(), taken, "{text}");
        }
    }
}
