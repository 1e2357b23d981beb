//! Relative days: `TODAY`, `LAST_N_DAYS:3` …, each a span of days of the org's zone.

use jiff::{ToSpan, civil::Date};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relative {
    Today,
    Yesterday,
    Tomorrow,
    ThisWeek,
    LastWeek,
    NextWeek,
    ThisMonth,
    LastMonth,
    NextMonth,
    ThisYear,
    LastYear,
    NextYear,
    LastDays(i64),
    NextDays(i64),
}

impl Relative {
    /// A word that stands alone.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word.to_ascii_uppercase().as_str() {
            "TODAY" => Self::Today,
            "YESTERDAY" => Self::Yesterday,
            "TOMORROW" => Self::Tomorrow,
            "THIS_WEEK" => Self::ThisWeek,
            "LAST_WEEK" => Self::LastWeek,
            "NEXT_WEEK" => Self::NextWeek,
            "THIS_MONTH" => Self::ThisMonth,
            "LAST_MONTH" => Self::LastMonth,
            "NEXT_MONTH" => Self::NextMonth,
            "THIS_YEAR" => Self::ThisYear,
            "LAST_YEAR" => Self::LastYear,
            "NEXT_YEAR" => Self::NextYear,
            "LAST_90_DAYS" => Self::LastDays(90),
            "NEXT_90_DAYS" => Self::NextDays(90),
            _ => return None,
        })
    }

    /// A word that takes a number.
    pub fn counted(word: &str, n: i64) -> Option<Self> {
        match word.to_ascii_uppercase().as_str() {
            "LAST_N_DAYS" => Some(Self::LastDays(n)),
            "NEXT_N_DAYS" => Some(Self::NextDays(n)),
            _ => None,
        }
    }

    /// The first day and the day after the last.
    pub fn days(self, today: Date) -> (Date, Date) {
        // More days than the calendar has end at its ends.
        let day = |days: i64| {
            let far = if days < 0 { Date::MIN } else { Date::MAX };
            let span = jiff::Span::new().try_days(days);
            span.and_then(|span| today.checked_add(span)).unwrap_or(far)
        };
        let from =
            |first: Date, span: jiff::Span| (first, first.checked_add(span).unwrap_or(first));
        let week = |weeks: i64| {
            let sunday = day(-i64::from(today.weekday().to_sunday_zero_offset()) + 7 * weeks);
            from(sunday, 7.days())
        };
        let month = |months: i64| {
            let first = today.first_of_month().checked_add(months.months());
            from(first.unwrap_or(today), 1.month())
        };
        let year = |years: i64| {
            let first = today.first_of_year().checked_add(years.years());
            from(first.unwrap_or(today), 1.year())
        };
        match self {
            Self::Today => (today, day(1)),
            Self::Yesterday => (day(-1), today),
            Self::Tomorrow => (day(1), day(2)),
            Self::ThisWeek => week(0),
            Self::LastWeek => week(-1),
            Self::NextWeek => week(1),
            Self::ThisMonth => month(0),
            Self::LastMonth => month(-1),
            Self::NextMonth => month(1),
            Self::ThisYear => year(0),
            Self::LastYear => year(-1),
            Self::NextYear => year(1),
            // Today is within, as the platform has it.
            Self::LastDays(n) => (day(n.saturating_neg()), day(1)),
            Self::NextDays(n) => (day(1), day(n.saturating_add(1))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn spans_of_days() {
        // A Thursday.
        let today = date(2026, 3, 5);
        for (relative, first, after) in [
            (Relative::Today, date(2026, 3, 5), date(2026, 3, 6)),
            (Relative::ThisWeek, date(2026, 3, 1), date(2026, 3, 8)),
            (Relative::LastMonth, date(2026, 2, 1), date(2026, 3, 1)),
            (Relative::NextYear, date(2027, 1, 1), date(2028, 1, 1)),
            (Relative::LastDays(3), date(2026, 3, 2), date(2026, 3, 6)),
            (Relative::LastDays(i64::MAX), Date::MIN, date(2026, 3, 6)),
            (Relative::NextDays(i64::MAX), date(2026, 3, 6), Date::MAX),
        ] {
            assert_eq!(relative.days(today), (first, after), "{relative:?}");
        }
    }
}
