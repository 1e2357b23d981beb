//! A stretch of the day, on some days of the week.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::wall::{first_moment, last_moment};

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Two weeks and a day: the one stretch of a week may fall into the gap of a change of clocks.
const DAYS_AHEAD: usize = 15;

/// From a time to a time, on the given days, in one time zone; used for what is allowed and for what is
/// not (a blackout).
///
/// The days are those on which it begins. Where `to` is not after `from` it ends on the next day, so `22:00` to
/// `06:00` crosses midnight and `00:00` to `00:00` is the whole day. It lasts from the first reading of `from` to
/// the last reading of `to` when clocks go back; a time that clocks skip stands for the end of the gap.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    from: Time,
    to: Time,
    /// Bit 0 is Monday.
    days: u8,
    zone: TimeZone,
}

/// Why a window is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// No time of the form `06:00`; `24:00` is one for `to`.
    #[error("`{found}` is no time of day")]
    Time { found: String },
    /// None of `mon` `tue` `wed` `thu` `fri` `sat` `sun`.
    #[error("`{found}` is no day of the week")]
    Day { found: String },
    /// An empty list of days: such a window never opens. Left out, it means all days.
    #[error("there are no days")]
    NoDays,
    /// No zone of the IANA database, such as `America/Toronto`.
    #[error("`{found}` is no time zone")]
    Zone { found: String },
}

/// One occasion of a window: from `start`, up to and without `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

impl Window {
    /// `days` left out means every day.
    pub fn parse<S: AsRef<str>>(
        from: &str,
        to: &str,
        days: Option<&[S]>,
        zone: TimeZone,
    ) -> Result<Self, WindowError> {
        let days = match days {
            None => 0b111_1111,
            Some(words) => words
                .iter()
                .try_fold(0, |set, word| Ok(set | parse_day(word.as_ref())?))?,
        };
        if days == 0 {
            return Err(WindowError::NoDays);
        }
        Ok(Self {
            from: parse_time(from)?,
            to: match to.trim() {
                "24:00" => Time::midnight(),
                to => parse_time(to)?,
            },
            days,
            zone,
        })
    }

    /// The occasion that `moment` lies in; of two that overlap the one that ends later.
    pub(super) fn covering(&self, moment: Timestamp) -> Option<Stretch> {
        let today = self.zone.to_datetime(moment).date();
        [today.yesterday().ok(), Some(today)]
            .into_iter()
            .flatten()
            .filter_map(|date| self.on(date))
            .filter(|stretch| stretch.start <= moment && moment < stretch.end)
            .max_by_key(|stretch| stretch.end)
    }

    /// When it begins the next time after `moment`.
    pub(super) fn next_start(&self, moment: Timestamp) -> Option<Timestamp> {
        let today = self.zone.to_datetime(moment).date();
        today
            .series(Span::new().days(1))
            .take(DAYS_AHEAD)
            .filter_map(|date| self.on(date))
            .map(|stretch| stretch.start)
            .find(|start| *start > moment)
    }

    /// The occasion that begins on this day.
    fn on(&self, date: Date) -> Option<Stretch> {
        if self.days & bit(date.weekday()) == 0 {
            return None;
        }
        let last_date = match self.to > self.from {
            true => date,
            false => date.tomorrow().ok()?,
        };
        let start = first_moment(&self.zone, date.to_datetime(self.from))?;
        let end = last_moment(&self.zone, last_date.to_datetime(self.to))?;
        (start < end).then_some(Stretch { start, end })
    }
}

/// A time zone by its IANA name, such as `America/Toronto`.
pub fn parse_zone(name: &str) -> Result<TimeZone, WindowError> {
    TimeZone::get(name.trim()).map_err(|_| WindowError::Zone {
        found: name.to_owned(),
    })
}

fn parse_time(text: &str) -> Result<Time, WindowError> {
    let number = |digits: &str| -> Option<i8> {
        let is_number = digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|_| is_number)
    };
    let time = text.trim().split_once(':').and_then(|(hour, minute)| {
        let minute = Some(minute).filter(|minute| minute.len() == 2)?;
        Time::new(number(hour)?, number(minute)?, 0, 0).ok()
    });
    time.ok_or_else(|| WindowError::Time {
        found: text.to_owned(),
    })
}

fn parse_day(text: &str) -> Result<u8, WindowError> {
    let word = text.trim().to_ascii_lowercase();
    let known = WEEKDAYS.iter().find(|(name, _)| *name == word);
    known
        .map(|(_, day)| bit(*day))
        .ok_or_else(|| WindowError::Day {
            found: text.to_owned(),
        })
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}
