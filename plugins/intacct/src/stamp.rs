//! Days and times as Intacct writes them: `03/02/2026`, `03/02/2026 14:00:00`.
//!
//! A plain day has no zone and is never shifted. A time has none either; in which one it is meant is the
//! connection's setting.

use liaison_sdk::date;

/// A day of ours for the wire; none when there is no such day.
pub fn day_to_wire(day: &str) -> Option<String> {
    date::day_number(day)?;
    let mut parts = day.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    Some(format!("{month}/{day}/{year}"))
}

/// A day of the wire, in either of the two forms that are seen; what follows it is dropped.
pub fn day_from_wire(text: &str) -> Option<String> {
    let text = text.split([' ', 'T']).next()?.trim();
    if date::day_number(text).is_some() {
        return Some(text.to_owned());
    }
    let mut parts = text.splitn(3, '/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    let ours = format!("{year}-{month:0>2}-{day:0>2}");
    date::day_number(&ours).map(|_| ours)
}

/// A time of the wire in milliseconds since the epoch. Without a zone it is `offset_minutes` from UTC.
pub fn instant_from_wire(text: &str, offset_minutes: i64) -> Option<i64> {
    let text = text.trim();
    if text.contains('-') && text.contains('T') {
        return date::parse_instant(text);
    }
    let (day, time) = text.split_once(' ').unwrap_or((text, "00:00:00"));
    let local = date::parse_instant(&format!("{}T{}Z", day_from_wire(day)?, time.trim()))?;
    Some(local - offset_minutes * 60_000)
}

/// A time for the wire, whole seconds.
pub fn instant_to_wire(ms: i64, offset_minutes: i64) -> String {
    let local = ms + offset_minutes * 60_000;
    let text = date::instant(local - local.rem_euclid(1_000));
    let (day, time) = text.split_once('T').unwrap_or((&text, "00:00:00Z"));
    let day = day_to_wire(day).unwrap_or_default();
    format!("{day} {}", time.trim_end_matches('Z'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_go_both_ways_and_are_never_shifted() {
        for (ours, wire) in [("2026-03-02", "03/02/2026"), ("2024-02-29", "02/29/2024")] {
            assert_eq!(day_to_wire(ours).as_deref(), Some(wire));
            assert_eq!(day_from_wire(wire).as_deref(), Some(ours));
        }
        for (wire, ours) in [
            ("3/2/2026", Some("2026-03-02")),
            ("2026-03-02", Some("2026-03-02")),
            ("03/02/2026 23:59:59", Some("2026-03-02")),
            ("2026-03-02T00:00:00Z", Some("2026-03-02")),
            ("04-22-2024", None),
            ("13/01/2026", None),
            ("", None),
        ] {
            assert_eq!(day_from_wire(wire).as_deref(), ours, "{wire}");
        }
        for no_day in ["2026-02-30", "04/22/2024", "04-22-2024", ""] {
            assert_eq!(day_to_wire(no_day), None, "{no_day}");
        }
    }

    #[test]
    fn times_have_the_zone_of_the_setting() {
        let noon = date::parse_instant("2017-07-24T12:00:00Z").unwrap();
        for (wire, offset, expected) in [
            ("07/24/2017 12:00:00", 0, Some(noon)),
            ("07/24/2017 04:00:00", -480, Some(noon)),
            ("2017-07-24T12:00:00Z", -480, Some(noon)),
            ("2017-07-24T04:00:00-08:00", 0, Some(noon)),
            ("07/24/2017", 0, Some(noon - 43_200_000)),
            ("soon", 0, None),
        ] {
            assert_eq!(instant_from_wire(wire, offset), expected, "{wire}");
        }
        assert_eq!(instant_to_wire(noon + 999, 0), "07/24/2017 12:00:00");
        assert_eq!(instant_to_wire(noon, -480), "07/24/2017 04:00:00");
    }
}
