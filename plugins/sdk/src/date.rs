//! Instants and days, in UTC, without a clock.

const DAY_MS: i64 = 86_400_000;

/// Milliseconds since the epoch of an RFC 3339 instant; without a zone it counts as UTC, a bare
/// date as its midnight.
pub fn parse_instant(text: &str) -> Option<i64> {
    let text = text.trim();
    let day = day_number(text.get(..10)?)?;
    let Some(rest) = text.get(10..).filter(|rest| !rest.is_empty()) else {
        return Some(day * DAY_MS);
    };
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(zone_at);
    let mut parts = time.split(':');
    let hour: i64 = parts.next()?.parse().ok()?;
    let minute: i64 = parts.next()?.parse().ok()?;
    let (second, fraction) = match parts.next() {
        Some(seconds) => seconds.split_once('.').unwrap_or((seconds, "")),
        None => ("0", ""),
    };
    let second: i64 = second.parse().ok()?;
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let in_range =
        (0..24).contains(&hour) && (0..60).contains(&minute) && (0..61).contains(&second);
    let local =
        in_range.then_some(day * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + millis)?;
    Some(local - offset_minutes(zone)? * 60_000)
}

/// Milliseconds since the epoch of an HTTP date: `Thu, 05 Mar 2026 14:00:00 GMT`.
pub fn parse_http(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut words = text.split_whitespace().skip(1);
    let day = words.next()?;
    let month = words.next()?;
    let (year, time) = (words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    parse_instant(&format!("{year}-{month:02}-{day:0>2}T{time}Z"))
}

/// The minutes of a zone: `Z`, empty, `+02:00`, `-0500`.
pub fn offset_minutes(zone: &str) -> Option<i64> {
    if zone.is_empty() || zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits: String = zone
        .strip_prefix(['+', '-'])?
        .chars()
        .filter(|c| *c != ':')
        .collect();
    let (hours, minutes) = (
        digits.get(..2)?,
        digits.get(2..).filter(|m| !m.is_empty()).unwrap_or("0"),
    );
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// `2026-03-05T14:00:00Z`; with milliseconds only where there are any.
pub fn instant(ms: i64) -> String {
    let (day, rest) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
    let (hour, minute, second, millis) = (
        rest / 3_600_000,
        rest / 60_000 % 60,
        rest / 1000 % 60,
        rest % 1000,
    );
    let fraction = if millis == 0 {
        String::new()
    } else {
        format!(".{millis:03}")
    };
    format!(
        "{}T{hour:02}:{minute:02}:{second:02}{fraction}Z",
        day_text(day)
    )
}

/// `2026-03-05`: the UTC day of an instant.
pub fn day(ms: i64) -> String {
    day_text(ms.div_euclid(DAY_MS))
}

/// The day meant by an instant that stands for midnight in a zone nobody is sure of: the nearest
/// midnight of `zone_minutes`. Daylight saving moves such a stamp by an hour, which the rounding
/// absorbs.
pub fn nearest_day(ms: i64, zone_minutes: i64) -> String {
    day(ms + zone_minutes * 60_000 + DAY_MS / 2)
}

/// Days since the epoch of `YYYY-MM-DD`; none when there is no such day.
pub fn day_number(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let (year, month, day): (i64, i64, i64) =
        (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    // Days from civil, after Howard Hinnant: years start in March so that the leap day comes last.
    let shifted = year - i64::from(month <= 2);
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let number = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100
        + day_of_year
        - 719_468;
    ((1..=12).contains(&month) && day_text(number) == text).then_some(number)
}

fn day_text(number: i64) -> String {
    let shifted = number + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    format!(
        "{:04}-{month:02}-{day:02}",
        year_of_era + era * 400 + i64::from(month <= 2)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_every_form_and_written_in_one() {
        for (text, expected) in [
            ("2025-09-05T09:47:15.227Z", "2025-09-05T09:47:15.227Z"),
            ("2025-09-05T09:47:15.2Z", "2025-09-05T09:47:15.200Z"),
            ("2022-12-02T00:00:00", "2022-12-02T00:00:00Z"),
            ("2024-02-29T23:30:00-05:00", "2024-03-01T04:30:00Z"),
            ("2026-01-01", "2026-01-01T00:00:00Z"),
            ("1969-12-31T23:59Z", "1969-12-31T23:59:00Z"),
        ] {
            assert_eq!(
                parse_instant(text).map(instant).as_deref(),
                Some(expected),
                "{text}"
            );
        }
        for text in [
            "",
            "2025-13-01",
            "2025-02-29",
            "2025-02-01T25:00:00Z",
            "yesterday",
            "2025-02-01Tx",
            "é025-02-011",
        ] {
            assert_eq!(parse_instant(text), None, "{text}");
        }
    }

    #[test]
    fn a_midnight_of_any_zone_means_its_day() {
        for (text, zone, expected) in [
            ("2025-09-05T00:00:00Z", 0, "2025-09-05"),
            ("2025-09-05T05:00:00Z", 0, "2025-09-05"),
            ("2025-09-04T22:00:00Z", 0, "2025-09-05"),
            ("2025-09-05T04:00:00Z", -300, "2025-09-05"),
            ("2025-09-05T00:00:00Z", -300, "2025-09-05"),
            ("2025-09-04T11:00:00Z", 780, "2025-09-05"),
        ] {
            assert_eq!(
                nearest_day(parse_instant(text).unwrap(), zone),
                expected,
                "{text} {zone}"
            );
        }
    }
}
