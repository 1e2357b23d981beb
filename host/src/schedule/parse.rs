//! The text of a schedule.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::cron::{Cron, CronError};

/// Ten seconds: a system that is asked more often is being polled to death, and a run has its own cost
/// (lease, cursor, a call or two). Whoever needs it sooner wants a webhook.
pub const EVERY_S_MIN: u64 = 10;
/// A year and a day. Longer is a typing error.
pub const EVERY_S_MAX: u64 = 366 * 24 * 60 * 60;

/// When a flow runs by itself.
///
/// Text: `manual`; `every N UNIT` with `s`, `m`, `h`, `d` or the words `seconds`, `minutes`, `hours`, `days`
/// (`every 15m`, `every 15 minutes`, `every hour`); `cron` and five fields (see [`Cron`]). Case and spaces
/// do not matter. A day of `every` is 24 hours, also when the clocks change; for a time of day there is
/// `cron`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Schedule {
    /// Only when a person asks.
    #[default]
    Manual,
    /// Seconds from one start to the next, between [`EVERY_S_MIN`] and [`EVERY_S_MAX`].
    Every(u64),
    /// Minutes of the wall clock, in the flow's time zone.
    Cron(Cron),
}

/// Why a text is no schedule. The values are what a message needs; [`fmt::Display`] is for developers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The first word is none of `manual`, `every`, `cron`; also for an empty text.
    #[error("`{word}` is no kind of schedule")]
    Kind { word: String },
    /// `manual` stands alone.
    #[error("`{rest}` after `manual`")]
    AfterManual { rest: String },
    /// After `every`: nothing, or no whole number above 0 and unit.
    #[error("`{found}` is no number and unit")]
    Interval { found: String },
    #[error("`{unit}` is no unit of time")]
    Unit { unit: String },
    #[error("{seconds} s is not between {min} s and {max} s")]
    OutOfRange { seconds: u64, min: u64, max: u64 },
    #[error("{0}")]
    Cron(CronError),
}

impl Schedule {
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let text = text.trim().to_ascii_lowercase();
        let (kind, rest) = text
            .split_once(char::is_whitespace)
            .unwrap_or((text.as_str(), ""));
        let rest = rest.trim();
        match kind {
            "manual" if rest.is_empty() => Ok(Self::Manual),
            "manual" => Err(ScheduleError::AfterManual {
                rest: rest.to_owned(),
            }),
            "every" => interval(rest).map(Self::Every),
            "cron" => Cron::parse(rest)
                .map(Self::Cron)
                .map_err(ScheduleError::Cron),
            _ => Err(ScheduleError::Kind {
                word: kind.to_owned(),
            }),
        }
    }
}

/// `15m`, `15 minutes`, `minute`: seconds.
fn interval(text: &str) -> Result<u64, ScheduleError> {
    let digits = text.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
    let unit = unit.trim();
    let none = || ScheduleError::Interval {
        found: text.to_owned(),
    };
    let number: u64 = match number {
        "" if unit.is_empty() => return Err(none()),
        "" => 1,
        number => number.parse().map_err(|_| none())?,
    };
    if number == 0 || unit.is_empty() {
        return Err(none());
    }
    let unit_s = match unit {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 60 * 60,
        "d" | "day" | "days" => 24 * 60 * 60,
        _ => {
            return Err(ScheduleError::Unit {
                unit: unit.to_owned(),
            });
        }
    };
    let seconds = number.saturating_mul(unit_s);
    match (EVERY_S_MIN..=EVERY_S_MAX).contains(&seconds) {
        true => Ok(seconds),
        false => Err(ScheduleError::OutOfRange {
            seconds,
            min: EVERY_S_MIN,
            max: EVERY_S_MAX,
        }),
    }
}

/// The text that gives the same schedule when it is read again: `every 15m`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manual => f.write_str("manual"),
            Self::Every(seconds) => {
                let units = [(24 * 60 * 60, 'd'), (60 * 60, 'h'), (60, 'm'), (1, 's')];
                let whole = units.iter().find(|(unit_s, _)| seconds % unit_s == 0);
                let (unit_s, unit) = whole.expect("every number is whole in seconds");
                write!(f, "every {}{unit}", seconds / unit_s)
            }
            Self::Cron(cron) => write!(f, "cron {cron}"),
        }
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;
    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Schedule {
    type Error = ScheduleError;
    fn try_from(text: String) -> Result<Self, ScheduleError> {
        Self::parse(&text)
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> String {
        schedule.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str, shown: &str) {
        let schedule = Schedule::parse(text).expect(text);
        assert_eq!(schedule.to_string(), shown);
        assert_eq!(Schedule::parse(shown), Ok(schedule));
    }

    #[test]
    fn a_schedule_is_read_and_shown() {
        reads("manual", "manual");
        reads("  Manual ", "manual");
        reads("every 15 minutes", "every 15m");
        reads("every 15m", "every 15m");
        reads("every 90 s", "every 90s");
        reads("every 120s", "every 2m");
        reads("every hour", "every 1h");
        reads("every 1 day", "every 1d");
        reads("every 10s", "every 10s");
        reads("cron 0 6 * * 1-5", "cron 0 6 * * 1-5");
        reads("CRON  0   6 * JAN Mon-Fri", "cron 0 6 * jan mon-fri");
    }

    #[test]
    fn what_is_no_schedule_says_why() {
        let word = |word: &str| ScheduleError::Kind { word: word.into() };
        assert_eq!(Schedule::parse(""), Err(word("")));
        assert_eq!(Schedule::parse("hourly"), Err(word("hourly")));
        let rest = "now".to_owned();
        assert_eq!(
            Schedule::parse("manual now"),
            Err(ScheduleError::AfterManual { rest })
        );
        for none in ["every", "every 15", "every 0 minutes"] {
            let error = Schedule::parse(none).expect_err(none);
            assert!(matches!(error, ScheduleError::Interval { .. }), "{none}");
        }
        for unit in ["every 15 fortnights", "every -5 m", "every 1.5h"] {
            let error = Schedule::parse(unit).expect_err(unit);
            assert!(matches!(error, ScheduleError::Unit { .. }), "{unit}");
        }
        for range in ["every 9s", "every 367d", "every 18446744073709551615d"] {
            let error = Schedule::parse(range).expect_err(range);
            assert!(matches!(error, ScheduleError::OutOfRange { .. }), "{range}");
        }
    }

    #[test]
    fn a_schedule_travels_as_its_text() {
        let json = serde_json::to_string(&Schedule::Every(900)).expect("JSON");
        assert_eq!(json, r#""every 15m""#);
        assert!(serde_json::from_str::<Schedule>(r#""every second thursday""#).is_err());
    }
}
