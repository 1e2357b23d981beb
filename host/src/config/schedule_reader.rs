//! When flows run: `schedule`, `zone`, `window` and `blackout`, with their problems in words.

use jiff::tz::TimeZone;

use super::problem::words;
use super::reader::Section;
use super::source::At;
use crate::model::Text;
use crate::schedule::{
    self, CronError, CronField, Gate, Schedule, ScheduleError, Window, WindowError,
};

/// `schedule`, in a flow file and in a tenant's flow.
pub(super) fn schedule(section: &Section<'_>) -> Option<Schedule> {
    let written = section.text("schedule")?;
    match Schedule::parse(&written.value) {
        Ok(schedule) => Some(schedule),
        Err(error) => {
            let help = words!(
                "problem-schedule-help",
                "write `manual`, `every 15 minutes`, or `cron 0 6 * * mon-fri` (minute, hour, day, month, weekday)"
            );
            let span = &written.span;
            section
                .reader
                .problem(span, "bad-schedule", why_no_schedule(&error), Some(help));
            None
        }
    }
}

/// `zone`; left out it is the one given, a wrong one is told.
pub(super) fn zone(section: &Section<'_>, otherwise: &TimeZone) -> TimeZone {
    let Some(written) = section.text("zone") else {
        return otherwise.clone();
    };
    match schedule::parse_zone(&written.value) {
        Ok(zone) => zone,
        Err(error) => {
            tell(section, &written, &error);
            otherwise.clone()
        }
    }
}

/// `window` and `blackout` of a flow.
pub(super) fn gate(section: &Section<'_>, zone: &TimeZone) -> Gate {
    Gate {
        window: section
            .table("window")
            .and_then(|table| window(&table, zone)),
        blackouts: blackouts(section, zone),
    }
}

pub(super) fn blackouts(section: &Section<'_>, zone: &TimeZone) -> Vec<Window> {
    let tables = section.tables("blackout");
    tables
        .iter()
        .filter_map(|table| window(table, zone))
        .collect()
}

fn window(section: &Section<'_>, zone: &TimeZone) -> Option<Window> {
    let (from, to) = (section.need_text("from"), section.need_text("to"));
    let days = section.texts("days");
    let zone = self::zone(section, zone);
    section.done();
    let (from, to) = (from?, to?);
    let words: Option<Vec<&str>> = days
        .as_ref()
        .map(|days| days.iter().map(|day| day.value.as_str()).collect());
    match Window::parse(&from.value, &to.value, words.as_deref(), zone) {
        Ok(window) => Some(window),
        Err(error) => {
            let wrong = match &error {
                WindowError::Time { found } if *found == from.value => &from,
                WindowError::Day { found } => days
                    .iter()
                    .flatten()
                    .find(|day| day.value == *found)
                    .unwrap_or(&to),
                _ => &to,
            };
            tell(section, wrong, &error);
            None
        }
    }
}

fn tell(section: &Section<'_>, place: &At<String>, error: &WindowError) {
    let message = match error {
        WindowError::Time { found } => words!(
            "problem-no-time",
            "`{found}` is no time of day, such as 06:30",
            found = found
        ),
        WindowError::Day { found } => words!(
            "problem-no-day",
            "`{found}` is no day of the week: write mon, tue, wed, thu, fri, sat or sun",
            found = found
        ),
        WindowError::NoDays => words!(
            "problem-no-days",
            "`days` is empty, so this would never be; leave it out for every day"
        ),
        WindowError::Zone { found } => words!(
            "problem-no-zone",
            "`{found}` is no time zone, such as America/Toronto",
            found = found
        ),
    };
    section
        .reader
        .problem(&place.span, "bad-window", message, None);
}

fn why_no_schedule(error: &ScheduleError) -> Text {
    match error {
        ScheduleError::Kind { word } => words!(
            "problem-schedule-kind",
            "`{word}` is no kind of schedule",
            word = word
        ),
        ScheduleError::AfterManual { rest } => words!(
            "problem-schedule-manual",
            "`manual` stands alone; `{rest}` is too much",
            rest = rest
        ),
        ScheduleError::Interval { found } => words!(
            "problem-schedule-interval",
            "`{found}` is no interval, such as 15 minutes",
            found = found
        ),
        ScheduleError::Unit { unit } => words!(
            "problem-schedule-unit",
            "`{unit}` is no unit of time: write seconds, minutes, hours or days",
            unit = unit
        ),
        ScheduleError::OutOfRange { seconds, min, max } => words!(
            "problem-schedule-range",
            "{seconds} seconds are not between {min} and {max}",
            seconds = seconds,
            min = min,
            max = max
        ),
        ScheduleError::Cron(error) => why_no_cron(error),
    }
}

fn why_no_cron(error: &CronError) -> Text {
    match error {
        CronError::FieldCount { found } => words!(
            "problem-cron-fields",
            "after `cron` stand five fields, and here are {found}",
            found = found
        ),
        CronError::Value { field, item }
        | CronError::OutOfRange { field, item, .. }
        | CronError::Backwards { field, item }
        | CronError::Step { field, item } => words!(
            "problem-cron-item",
            "`{item}` cannot stand in the {field} of a `cron`",
            item = item;
            field = of(*field)
        ),
        CronError::NeverComes => words!("problem-cron-never", "there is no such day"),
    }
}

fn of(field: CronField) -> Text {
    match field {
        CronField::Minute => words!("cron-minute", "minute"),
        CronField::Hour => words!("cron-hour", "hour"),
        CronField::Day => words!("cron-day", "day of the month"),
        CronField::Month => words!("cron-month", "month"),
        CronField::Weekday => words!("cron-weekday", "day of the week"),
    }
}
