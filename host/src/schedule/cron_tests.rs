//! What cron means, in words of local time.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{CronError, CronField, Schedule, ScheduleError, parse_zone};

const TORONTO: &str = "America/Toronto";

#[track_caller]
pub(super) fn zone(name: &str) -> TimeZone {
    parse_zone(name).expect(name)
}

/// `2026-03-08T01:30-05:00`
#[track_caller]
pub(super) fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

/// The occurrences after the first moment; each is written with its offset, so that a repeated hour shows.
#[track_caller]
fn follow(schedule: &str, zone_name: &str, after: &str, expected: &[&str]) {
    let (schedule, zone) = (Schedule::parse(schedule).expect(schedule), zone(zone_name));
    let mut moment = at(after);
    let shown: Vec<String> = (0..expected.len())
        .map_while(|_| {
            moment = schedule.next_after(moment, &zone)?;
            let local = moment.to_zoned_datetime(zone.clone());
            Some(local.strftime("%a %Y-%m-%d %H:%M %:z").to_string())
        })
        .collect();
    assert_eq!(shown, expected, "{schedule} in {zone_name}");
}

#[test]
fn a_fixed_hour_that_clocks_skip_comes_right_after_the_gap() {
    // Forward: 2026-03-08 and 2027-03-14, 02:00 to 03:00.
    follow(
        "cron 30 2 * * *",
        TORONTO,
        "2026-03-07T02:00-05:00",
        &[
            "Sat 2026-03-07 02:30 -05:00",
            "Sun 2026-03-08 03:00 -04:00",
            "Mon 2026-03-09 02:30 -04:00",
        ],
    );
    follow(
        "cron 0,15,30 2,3 * * *",
        TORONTO,
        "2027-03-14T01:00-05:00",
        // The three of the gap and the one at its end are one.
        &[
            "Sun 2027-03-14 03:00 -04:00",
            "Sun 2027-03-14 03:15 -04:00",
            "Sun 2027-03-14 03:30 -04:00",
            "Mon 2027-03-15 02:00 -04:00",
        ],
    );
    follow(
        "cron 0 6 * * 1-5",
        TORONTO,
        "2026-03-06T07:00-05:00",
        &["Mon 2026-03-09 06:00 -04:00", "Tue 2026-03-10 06:00 -04:00"],
    );
}

#[test]
fn a_fixed_hour_that_comes_twice_counts_once() {
    // Back: 2026-11-01 and 2027-11-07, 02:00 to 01:00.
    follow(
        "cron 30 1 * * *",
        TORONTO,
        "2026-10-31T12:00-04:00",
        &["Sun 2026-11-01 01:30 -04:00", "Mon 2026-11-02 01:30 -05:00"],
    );
    follow(
        "cron */20 1,2 * * *",
        TORONTO,
        "2027-11-07T00:00-04:00",
        &[
            "Sun 2027-11-07 01:00 -04:00",
            "Sun 2027-11-07 01:20 -04:00",
            "Sun 2027-11-07 01:40 -04:00",
            "Sun 2027-11-07 02:00 -05:00",
            "Sun 2027-11-07 02:20 -05:00",
        ],
    );
    // Asked within the second reading.
    follow(
        "cron 45 1 * * *",
        TORONTO,
        "2026-11-01T01:10-05:00",
        &["Mon 2026-11-02 01:45 -05:00"],
    );
}

#[test]
fn every_hour_means_the_hours_that_there_are() {
    follow(
        "cron 30 * * * *",
        TORONTO,
        "2026-03-08T00:45-05:00",
        &[
            "Sun 2026-03-08 01:30 -05:00",
            "Sun 2026-03-08 03:30 -04:00",
            "Sun 2026-03-08 04:30 -04:00",
        ],
    );
    follow(
        "cron 30 * * * *",
        TORONTO,
        "2026-11-01T00:45-04:00",
        &[
            "Sun 2026-11-01 01:30 -04:00",
            "Sun 2026-11-01 01:30 -05:00",
            "Sun 2026-11-01 02:30 -05:00",
        ],
    );
    // The change itself is an occurrence.
    follow(
        "cron 0 * * * *",
        TORONTO,
        "2027-11-07T01:30-04:00",
        &["Sun 2027-11-07 01:00 -05:00", "Sun 2027-11-07 02:00 -05:00"],
    );
    follow(
        "cron 0 * * * *",
        TORONTO,
        "2027-03-14T01:30-05:00",
        &["Sun 2027-03-14 03:00 -04:00"],
    );
    // Half an hour is enough in Lord Howe.
    follow(
        "cron 15 * * * *",
        "Australia/Lord_Howe",
        "2026-04-05T01:00+11:00",
        &["Sun 2026-04-05 01:15 +11:00", "Sun 2026-04-05 02:15 +10:30"],
    );
}

#[test]
fn days_that_are_rare_come() {
    follow(
        "cron 0 0 29 2 *",
        "UTC",
        "2026-01-01T00:00Z",
        &["Tue 2028-02-29 00:00 +00:00", "Sun 2032-02-29 00:00 +00:00"],
    );
    follow(
        "cron 0 0 29 2 *",
        "UTC",
        "2096-03-01T00:00Z",
        &["Fri 2104-02-29 00:00 +00:00"],
    );
    follow(
        "cron 0 12 31 * *",
        "UTC",
        "2026-01-31T12:00Z",
        &["Tue 2026-03-31 12:00 +00:00", "Sun 2026-05-31 12:00 +00:00"],
    );
    // A Samoan who looked forward to that Friday.
    follow(
        "cron 0 9 * * fri",
        "Pacific/Apia",
        "2011-12-29T12:00-10:00",
        &["Sat 2011-12-31 00:00 +14:00", "Fri 2012-01-06 09:00 +14:00"],
    );
}

#[test]
fn a_day_matches_either_of_two_fields_or_both_if_one_is_a_star() {
    let either = &["Fri 2026-02-06 00:00 +00:00", "Fri 2026-02-13 00:00 +00:00"];
    follow("cron 0 0 13 * fri", "UTC", "2026-02-01T00:00Z", either);
    follow(
        "cron 0 0 13 * 1",
        "UTC",
        "2026-01-05T00:00Z",
        &[
            "Mon 2026-01-12 00:00 +00:00",
            "Tue 2026-01-13 00:00 +00:00",
            "Mon 2026-01-19 00:00 +00:00",
        ],
    );
    // `*/2` begins with a star: odd days that are Saturdays.
    follow(
        "cron 0 0 */2 * 6",
        "UTC",
        "2026-01-01T00:00Z",
        &["Sat 2026-01-03 00:00 +00:00", "Sat 2026-01-17 00:00 +00:00"],
    );
}

#[test]
fn lists_ranges_steps_and_names() {
    let hours = |texts: [&str; 2], expected: &[&str]| {
        for text in texts {
            let schedule = format!("cron {text}");
            follow(&schedule, "UTC", "2026-01-01T00:00Z", expected);
        }
    };
    hours(
        ["0 8-18/5 * * *", "0 8,13,18 * * *"],
        &["Thu 2026-01-01 08:00 +00:00", "Thu 2026-01-01 13:00 +00:00"],
    );
    hours(
        ["40/10 3 * * *", "40,50 3 * * *"],
        &["Thu 2026-01-01 03:40 +00:00", "Thu 2026-01-01 03:50 +00:00"],
    );
    hours(
        ["0 0 * * sat-sun", "0 0 * * 6,7"],
        &[
            "Sat 2026-01-03 00:00 +00:00",
            "Sun 2026-01-04 00:00 +00:00",
            "Sat 2026-01-10 00:00 +00:00",
        ],
    );
    hours(
        ["0 0 1 Feb,aug-SEP *", "0 0 1 2,8-9 *"],
        &[
            "Sun 2026-02-01 00:00 +00:00",
            "Sat 2026-08-01 00:00 +00:00",
            "Tue 2026-09-01 00:00 +00:00",
        ],
    );
}

#[test]
fn what_is_no_cron_says_where() {
    use CronField::{Day, Hour, Minute, Month, Weekday};
    let item = |text: &str| text.to_owned();
    let value = |field, text| CronError::Value {
        field,
        item: item(text),
    };
    let step = |field, text| CronError::Step {
        field,
        item: item(text),
    };
    let range = |field, text, min, max| {
        let item = item(text);
        CronError::OutOfRange {
            field,
            item,
            min,
            max,
        }
    };
    let rows = [
        ("", CronError::FieldCount { found: 0 }),
        ("0 6 * *", CronError::FieldCount { found: 4 }),
        ("0 0 6 * * *", CronError::FieldCount { found: 6 }),
        ("@daily", CronError::FieldCount { found: 1 }),
        ("60 * * * *", range(Minute, "60", 0, 59)),
        ("0 1,24 * * *", range(Hour, "24", 0, 23)),
        ("0 0 0 * *", range(Day, "0", 1, 31)),
        ("0 0 * 13 *", range(Month, "13", 1, 12)),
        ("0 0 * * 8", range(Weekday, "8", 0, 7)),
        ("0 0 * * 99999999999", range(Weekday, "99999999999", 0, 7)),
        ("a * * * *", value(Minute, "a")),
        ("1,,2 * * * *", value(Minute, "")),
        ("0 0 * janvier *", value(Month, "janvier")),
        ("0 0 l * *", value(Day, "l")),
        ("0 0 * * -1", value(Weekday, "-1")),
        (
            "0 18-6 * * *",
            CronError::Backwards {
                field: Hour,
                item: item("18-6"),
            },
        ),
        ("*/0 * * * *", step(Minute, "*/0")),
        ("*/60 * * * *", step(Minute, "*/60")),
        ("*/+5 * * * *", step(Minute, "*/+5")),
        ("1/ * * * *", step(Minute, "1/")),
        ("0 0 30 2 *", CronError::NeverComes),
        ("0 0 31 4,6,9,11 *", CronError::NeverComes),
    ];
    for (text, error) in rows {
        let found = Schedule::parse(&format!("cron {text}"));
        assert_eq!(found, Err(ScheduleError::Cron(error)), "{text}");
    }
}

#[test]
fn every_counts_from_the_last_one_also_when_clocks_change() {
    follow(
        "every 12h",
        TORONTO,
        "2026-03-07T20:00-05:00",
        &["Sun 2026-03-08 09:00 -04:00", "Sun 2026-03-08 21:00 -04:00"],
    );
    follow("manual", TORONTO, "2026-03-07T20:00-05:00", &[]);
    let none = Schedule::Manual.next_after(at("2026-03-07T20:00Z"), &TimeZone::UTC);
    assert_eq!(none, None);
}
