//! The five fields of cron, and which minutes of a wall clock they mean.

use std::fmt;

use jiff::civil::{Date, DateTime};

/// Feb 29 on a given weekday comes every 28 years, 40 across a century that has no leap day.
const YEARS_AHEAD: i16 = 40;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Minute, hour, day of month, month, day of week, as Vixie's cron reads them.
///
/// A field is a list of `*`, `N`, `N-M`, each with `/STEP` if wanted; `N/STEP` goes on to the end of the field.
/// Months and weekdays have English names of three letters; Sunday is 0 and 7, and may end a range
/// (`sat-sun`). A day must match both of its fields if one of them begins with `*`, else either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    day_rule: DayRule,
    /// The hour field begins with `*`.
    pub(super) hours_open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayRule {
    Both,
    Either,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CronField {
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
}

/// Why five fields are none. `item` is the part between commas that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    #[error("{found} fields instead of 5")]
    FieldCount { found: usize },
    /// Neither a number nor a name of this field.
    #[error("{field:?}: `{item}` is no value")]
    Value { field: CronField, item: String },
    #[error("{field:?}: `{item}` is not within {min}-{max}")]
    OutOfRange {
        field: CronField,
        item: String,
        min: u32,
        max: u32,
    },
    #[error("{field:?}: `{item}` ends before it begins")]
    Backwards { field: CronField, item: String },
    /// The step is no whole number above 0, or larger than its field.
    #[error("{field:?}: `{item}` has no step that works")]
    Step { field: CronField, item: String },
    /// Every field is right and no such day exists: `0 0 30 2 *`.
    #[error("there is no such day")]
    NeverComes,
}

impl Cron {
    /// Reads five fields divided by spaces, names in lower case.
    pub(super) fn parse(text: &str) -> Result<Self, CronError> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(CronError::FieldCount {
                found: fields.len(),
            });
        };
        let weekdays = CronField::Weekday.read(weekday)?;
        let cron = Self {
            text: fields.join(" "),
            minutes: CronField::Minute.read(minute)?,
            hours: CronField::Hour.read(hour)?,
            days: CronField::Day.read(day)?,
            months: CronField::Month.read(month)?,
            weekdays: (weekdays | weekdays >> 7) & 0b111_1111,
            day_rule: match day.starts_with('*') || weekday.starts_with('*') {
                true => DayRule::Both,
                false => DayRule::Either,
            },
            hours_open: hour.starts_with('*'),
        };
        let any = cron.at_or_after(DateTime::constant(2000, 1, 1, 0, 0, 0, 0));
        any.map(|_| cron).ok_or(CronError::NeverComes)
    }

    /// The first minute at or after `from` (which is a whole minute) that the fields mean, on a clock whose
    /// hands nobody moves; `None` beyond 40 years.
    pub(super) fn at_or_after(&self, from: DateTime) -> Option<DateTime> {
        let last_year = from.year().saturating_add(YEARS_AHEAD);
        let mut date = from.date();
        let mut earliest = (from.hour(), from.minute());
        while date.year() <= last_year {
            if !has(self.months, date.month()) {
                date = date.last_of_month().tomorrow().ok()?;
                earliest = (0, 0);
                continue;
            }
            if self.is_day(date)
                && let Some((hour, minute)) = self.time_from(earliest)
            {
                return Some(date.at(hour, minute, 0, 0));
            }
            date = date.tomorrow().ok()?;
            earliest = (0, 0);
        }
        None
    }

    fn is_day(&self, date: Date) -> bool {
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, date.weekday().to_sunday_zero_offset());
        match self.day_rule {
            DayRule::Both => day && weekday,
            DayRule::Either => day || weekday,
        }
    }

    fn time_from(&self, (hour, minute): (i8, i8)) -> Option<(i8, i8)> {
        let this_hour = first_from(self.minutes, minute).filter(|_| has(self.hours, hour));
        if let Some(minute) = this_hour {
            return Some((hour, minute));
        }
        let hour = first_from(self.hours, hour + 1)?;
        Some((hour, first_from(self.minutes, 0)?))
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn has(set: u64, value: i8) -> bool {
    set & (1 << value) != 0
}

fn first_from(set: u64, value: i8) -> Option<i8> {
    let rest = set & (u64::MAX << value);
    // At most 63, as the set has 64 places.
    (rest != 0).then(|| rest.trailing_zeros() as i8)
}

impl CronField {
    /// The values a number may have, and the last one that `*` means.
    fn range(self) -> (u32, u32, u32) {
        match self {
            Self::Minute => (0, 59, 59),
            Self::Hour => (0, 23, 23),
            Self::Day => (1, 31, 31),
            Self::Month => (1, 12, 12),
            Self::Weekday => (0, 7, 6),
        }
    }

    fn names(self) -> (&'static [&'static str], u32) {
        match self {
            Self::Month => (&MONTHS, 1),
            Self::Weekday => (&WEEKDAYS, 0),
            Self::Minute | Self::Hour | Self::Day => (&[], 0),
        }
    }

    fn read(self, text: &str) -> Result<u64, CronError> {
        text.split(',')
            .try_fold(0, |set, item| Ok(set | self.item(item)?))
    }

    fn item(self, item: &str) -> Result<u64, CronError> {
        let (min, max, star_end) = self.range();
        let (range, step) = match item.split_once('/') {
            None => (item, None),
            Some((range, step)) => (range, Some(self.step(step, item)?)),
        };
        let (from, to) = match range.split_once('-') {
            None if range == "*" => (min, star_end),
            None => {
                let value = self.value(range, item)?;
                let to = if step.is_some() {
                    star_end.max(value)
                } else {
                    value
                };
                (value, to)
            }
            Some((from, to)) => {
                let (from, to) = (self.value(from, item)?, self.value(to, item)?);
                // Sunday ends a week as well as it begins one.
                let is_sunday = self == Self::Weekday && to == 0 && from > 0;
                (from, if is_sunday { max } else { to })
            }
        };
        if from > to {
            return Err(CronError::Backwards {
                field: self,
                item: item.to_owned(),
            });
        }
        let values = (from..=to).step_by(step.unwrap_or(1));
        Ok(values.fold(0, |set, value| set | 1 << value))
    }

    fn value(self, text: &str, item: &str) -> Result<u32, CronError> {
        let (min, max, _) = self.range();
        let (names, first) = self.names();
        let named = (first..).zip(names).find(|(_, name)| **name == text);
        if let Some((value, _)) = named {
            return Ok(value);
        }
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let item = || item.to_owned();
        if !is_number {
            return Err(CronError::Value {
                field: self,
                item: item(),
            });
        }
        let value = text.parse().ok();
        value
            .filter(|value| (min..=max).contains(value))
            .ok_or_else(|| CronError::OutOfRange {
                field: self,
                item: item(),
                min,
                max,
            })
    }

    fn step(self, text: &str, item: &str) -> Result<usize, CronError> {
        let (_, max, _) = self.range();
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let step = text.parse().ok().filter(|_| is_number);
        step.filter(|step| (1..=max as usize).contains(step))
            .ok_or_else(|| CronError::Step {
                field: self,
                item: item.to_owned(),
            })
    }
}
