//! `Last-Modified` as a place in time: what to send back in `If-Modified-Since`.
//!
//! It has seconds. What changes in the very second of the stamp, after our read, leaves the stamp as
//! it is and would be answered 304 for ever. So while that second may still be running, the stamp is
//! kept one second earlier, and the next read comes back whole.

use crate::assumed::{STAMP_SETTLED_MS, STAMP_SETTLED_OUR_CLOCK_MS};
use liaison_sdk::prelude::*;

const DAY_MS: i64 = 86_400_000;

/// The stamp to keep of an answer; none when it has no readable one.
pub fn to_keep(answer: &Answer, now_ms: u64) -> Option<String> {
    let stamp = answer.0.header("last-modified")?.trim();
    let at_ms = date::parse_http(stamp)?;
    let (clock_ms, settled_ms) = match answer.answered_at_ms() {
        Some(theirs) => (theirs, STAMP_SETTLED_MS),
        None => (
            i64::try_from(now_ms).unwrap_or(i64::MAX),
            STAMP_SETTLED_OUR_CLOCK_MS,
        ),
    };
    match clock_ms - at_ms >= settled_ms {
        true => Some(stamp.to_owned()),
        false => Some(http_date(at_ms - 1_000)),
    }
}

/// `Thu, 05 Mar 2026 14:00:00 GMT`.
pub fn http_date(ms: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    // The epoch was a Thursday.
    let weekday = DAYS[usize::try_from(ms.div_euclid(DAY_MS).rem_euclid(7)).unwrap_or(0)];
    let text = date::instant(ms - ms.rem_euclid(1_000));
    let (year, month, day) = (&text[..4], &text[5..7], &text[8..10]);
    let month = MONTHS[month.parse::<usize>().map_or(0, |month| month - 1)];
    format!("{weekday}, {day} {month} {year} {} GMT", &text[11..19])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_http_wants_them() {
        for text in [
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Thu, 05 Mar 2026 19:00:00 GMT",
            "Thu, 29 Feb 2024 23:59:59 GMT",
            "Wed, 31 Dec 2025 12:00:00 GMT",
        ] {
            assert_eq!(http_date(date::parse_http(text).unwrap()), text);
        }
    }

    #[test]
    fn a_stamp_whose_second_may_still_run_is_kept_a_second_earlier() {
        let now_ms = 1_772_719_200_000; // 2026-03-05T14:00:00Z
        for (stamp, date, expected) in [
            ("14:00:00", Some("14:00:02"), Some("14:00:00")),
            ("14:00:00", Some("14:00:01"), Some("13:59:59")),
            ("14:00:00", Some("13:00:00"), Some("13:59:59")),
            ("13:55:00", None, Some("13:55:00")),
            ("13:55:01", None, Some("13:55:00")),
            ("soon", Some("14:00:02"), None),
        ] {
            let header =
                |name: &str, time: &str| (name.to_owned(), format!("Thu, 05 Mar 2026 {time} GMT"));
            let mut headers = vec![header("Last-Modified", stamp)];
            headers.extend(date.map(|time| header("Date", time)));
            let answer = Answer(HttpResponse {
                status: 200,
                headers,
                body: Vec::new(),
            });
            let expected = expected.map(|time| format!("Thu, 05 Mar 2026 {time} GMT"));
            assert_eq!(to_keep(&answer, now_ms), expected, "{stamp} {date:?}");
        }
    }
}
