//! The clock of the computer QuickBooks runs on: local times, with the offset QuickBooks reports.
//!
//! QuickBooks writes local time with the zone's offset of winter, in summer too. A filter that sends the
//! string back, or none at all, therefore means what it says; one that computes with the offset is an
//! hour off in summer.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::value;

#[derive(Debug, Clone)]
pub struct Clock {
    zone: TimeZone,
    /// The offset of a winter day, in minutes.
    standard_minutes: i64,
}

impl Clock {
    pub fn new(zone: &str) -> Result<Self, String> {
        let zone = TimeZone::get(zone).map_err(|e| format!("zone `{zone}`: {e}"))?;
        let january = Timestamp::from_second(1_767_960_000).map_err(|e| e.to_string())?;
        let july = Timestamp::from_second(1_783_598_400).map_err(|e| e.to_string())?;
        let minutes = |at| i64::from(zone.to_offset(at).seconds() / 60);
        Ok(Self {
            standard_minutes: minutes(january).min(minutes(july)),
            zone,
        })
    }

    pub fn wall(&self, seconds: i64) -> DateTime {
        let at = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
        self.zone.to_datetime(at)
    }

    pub fn today(&self, seconds: i64) -> Date {
        self.wall(seconds).date()
    }

    /// As answers carry it: `2026-03-05T14:00:00-05:00`.
    pub fn text(&self, seconds: i64) -> String {
        let wall = self.wall(seconds);
        let (sign, minutes) = if self.standard_minutes < 0 {
            ('-', -self.standard_minutes)
        } else {
            ('+', self.standard_minutes)
        };
        format!(
            "{}{sign}{:02}:{:02}",
            wall.strftime("%Y-%m-%dT%H:%M:%S"),
            minutes / 60,
            minutes % 60
        )
    }

    /// A moment out of a filter, as QuickBooks' own wall clock. A day alone is its first moment, or, as
    /// the end of a range, its last.
    pub fn limit(&self, text: &str, is_end: bool) -> Option<DateTime> {
        let (wall, offset) = value::date_time(text)?;
        if is_end && !text.contains('T') {
            return wall.date().at(23, 59, 59, 0).into();
        }
        let shift = offset.map_or(0, |offset| self.standard_minutes - offset);
        wall.checked_add(jiff::Span::new().minutes(shift)).ok()
    }
}

/// The range a `DateMacro` stands for; weeks begin on Sunday, the fiscal year in January.
pub fn date_macro(word: &str, today: Date) -> Option<(Option<Date>, Option<Date>)> {
    let days = |n: i64| jiff::Span::new().days(n);
    let shift = |date: Date, span: jiff::Span| date.checked_add(span).unwrap_or(date);
    match word {
        "All" => return Some((None, None)),
        "Today" => return Some((Some(today), Some(today))),
        "Yesterday" => {
            let yesterday = shift(today, days(-1));
            return Some((Some(yesterday), Some(yesterday)));
        }
        _ => {}
    }
    let to_date = word.ends_with("ToDate");
    let base = word.strip_suffix("ToDate").unwrap_or(word);
    let (which, unit) = ["This", "Last", "Next"]
        .iter()
        .find_map(|which| Some((*which, base.strip_prefix(which)?)))?;
    let months = |n: i64| jiff::Span::new().months(n);
    let (start, length) = match unit {
        "Week" | "FourWeeks" => {
            let back = i64::from(today.weekday().to_sunday_zero_offset());
            let length = if unit == "Week" { 7 } else { 28 };
            (shift(today, days(-back)), days(length))
        }
        "Month" => (today.first_of_month(), months(1)),
        "CalendarQuarter" | "FiscalQuarter" => {
            let first = (today.month() - 1) / 3 * 3 + 1;
            (Date::new(today.year(), first, 1).ok()?, months(3))
        }
        "CalendarYear" | "FiscalYear" => (today.first_of_year(), months(12)),
        _ => return None,
    };
    let start = match (which, unit) {
        ("Last", _) => shift(start, length.negate()),
        ("Next", "FourWeeks") => shift(start, days(7)),
        ("Next", _) => shift(start, length),
        _ => start,
    };
    let end = if !to_date {
        shift(shift(start, length), days(-1))
    } else if which == "This" {
        today
    } else {
        shift(today, length.negate())
    };
    Some((Some(start), Some(end)))
}

#[cfg(test)]
mod tests {
    use super::{Clock, date_macro};

    #[test]
    fn summer_is_written_with_winters_offset_and_read_back_the_same() {
        let clock = Clock::new("America/Toronto").unwrap();
        // 2026-07-01 12:00 UTC is 08:00 on the wall.
        let seconds = 1_782_907_200;
        assert_eq!(clock.text(seconds), "2026-07-01T08:00:00-05:00");
        let wall = clock.wall(seconds);
        assert_eq!(clock.limit("2026-07-01T08:00:00-05:00", false), Some(wall));
        assert_eq!(clock.limit("2026-07-01T08:00:00", false), Some(wall));
        assert_ne!(clock.limit("2026-07-01T08:00:00-04:00", false), Some(wall));
    }

    #[test]
    fn date_macros() {
        let today = jiff::civil::date(2026, 3, 5);
        for (word, from, to) in [
            ("ThisMonth", "2026-03-01", "2026-03-31"),
            ("LastMonthToDate", "2026-02-01", "2026-02-05"),
            ("ThisWeek", "2026-03-01", "2026-03-07"),
            ("NextCalendarQuarter", "2026-04-01", "2026-06-30"),
            ("LastFiscalYear", "2025-01-01", "2025-12-31"),
            ("NextFourWeeks", "2026-03-08", "2026-04-04"),
        ] {
            let (start, end) = date_macro(word, today).unwrap();
            assert_eq!(
                (start.unwrap().to_string(), end.unwrap().to_string()),
                (from.into(), to.into()),
                "{word}"
            );
        }
    }
}
