//! Windows and blackouts, in words of local time.

use super::cron_tests::{at, zone};
use super::{Gate, Window, WindowError};

const TORONTO: &str = "America/Toronto";
const WORKDAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri"];

#[track_caller]
fn window(from: &str, to: &str, days: Option<&[&str]>) -> Window {
    Window::parse(from, to, days, zone(TORONTO)).expect("a window")
}

#[track_caller]
fn check(gate: &Gate, moment: &str, opens: &str) {
    let opens_at = gate.next_open(at(moment));
    assert_eq!(opens_at, Some(at(opens)), "opens after {moment}");
    assert_eq!(gate.is_open(at(moment)), moment == opens, "{moment}");
}

#[track_caller]
fn closes(gate: &Gate, moment: &str, expected: Option<&str>) {
    assert_eq!(
        gate.closes(at(moment)),
        expected.map(at),
        "closes after {moment}"
    );
}

#[test]
fn a_window_of_workdays() {
    let gate = Gate {
        window: Some(window("06:00", "22:00", Some(WORKDAYS))),
        blackouts: Vec::new(),
    };
    // 2026-03-06 is a Friday; on the Sunday clocks go forward.
    check(&gate, "2026-03-06T05:59:59-05:00", "2026-03-06T06:00-05:00");
    check(&gate, "2026-03-06T06:00-05:00", "2026-03-06T06:00-05:00");
    check(&gate, "2026-03-06T21:59-05:00", "2026-03-06T21:59-05:00");
    check(&gate, "2026-03-06T22:00-05:00", "2026-03-09T06:00-04:00");
    closes(
        &gate,
        "2026-03-06T06:00-05:00",
        Some("2026-03-06T22:00-05:00"),
    );
}

#[test]
fn across_midnight_the_day_is_the_one_it_begins_on() {
    let gate = Gate {
        window: Some(window("22:00", "02:00", Some(&["fri"]))),
        blackouts: Vec::new(),
    };
    check(&gate, "2026-01-09T01:00-05:00", "2026-01-09T22:00-05:00");
    check(&gate, "2026-01-10T01:59-05:00", "2026-01-10T01:59-05:00");
    check(&gate, "2026-01-10T02:00-05:00", "2026-01-16T22:00-05:00");
    closes(
        &gate,
        "2026-01-09T23:00-05:00",
        Some("2026-01-10T02:00-05:00"),
    );
}

#[test]
fn a_backup_shuts_what_the_window_opens() {
    let gate = Gate {
        window: None,
        blackouts: vec![
            window("23:30", "01:00", None),
            window("01:00", "03:30", Some(&["sun"])),
        ],
    };
    check(&gate, "2026-01-07T12:00-05:00", "2026-01-07T12:00-05:00");
    closes(
        &gate,
        "2026-01-07T12:00-05:00",
        Some("2026-01-07T23:30-05:00"),
    );
    check(&gate, "2026-01-08T00:30-05:00", "2026-01-08T01:00-05:00");
    // One follows the other; on 2026-03-08 the second one is an hour shorter, on 2026-11-01 longer.
    check(&gate, "2026-03-07T23:45-05:00", "2026-03-08T03:30-04:00");
    check(&gate, "2026-10-31T23:45-04:00", "2026-11-01T03:30-05:00");
}

#[test]
fn a_repeated_hour_belongs_to_the_window_both_times() {
    let gate = Gate {
        window: None,
        blackouts: vec![window("01:00", "01:45", None)],
    };
    check(&gate, "2026-11-01T01:00-04:00", "2026-11-01T01:45-05:00");
    check(&gate, "2026-11-01T01:44-05:00", "2026-11-01T01:45-05:00");
    check(&gate, "2027-11-07T01:10-04:00", "2027-11-07T01:45-05:00");
    check(&gate, "2027-11-08T01:10-05:00", "2027-11-08T01:45-05:00");
}

#[test]
fn a_skipped_hour_leaves_a_window_out_or_cuts_it() {
    let gate = |from, to| Gate {
        window: Some(window(from, to, None)),
        blackouts: Vec::new(),
    };
    check(
        &gate("02:15", "02:45"),
        "2026-03-08T01:00-05:00",
        "2026-03-09T02:15-04:00",
    );
    check(
        &gate("02:15", "03:15"),
        "2027-03-14T01:00-05:00",
        "2027-03-14T03:00-04:00",
    );
    closes(
        &gate("01:30", "02:30"),
        "2027-03-14T01:30-05:00",
        Some("2027-03-14T03:00-04:00"),
    );
}

#[test]
fn whole_days_follow_one_another() {
    let all = |days| Gate {
        window: Some(window("00:00", "24:00", days)),
        blackouts: Vec::new(),
    };
    closes(&all(None), "2026-01-07T12:00-05:00", None);
    closes(&Gate::default(), "2026-01-07T12:00-05:00", None);
    closes(
        &all(Some(WORKDAYS)),
        "2026-01-07T12:00-05:00",
        Some("2026-01-10T00:00-05:00"),
    );
}

#[test]
fn a_gate_that_never_opens_is_told() {
    let gate = |to| Gate {
        window: Some(window("06:00", "22:00", None)),
        blackouts: vec![window("05:00", to, None)],
    };
    assert_eq!(gate("22:00").next_open(at("2026-01-07T12:00Z")), None);
    assert!(gate("21:59").next_open(at("2026-01-07T12:00Z")).is_some());
    // In summer the blackout covers the window, in winter it leaves it free.
    let zones_apart = Gate {
        window: Some(window("02:00", "03:00", None)),
        blackouts: vec![
            Window::parse("06:00", "07:00", None::<&[&str]>, zone("UTC")).expect("a window"),
        ],
    };
    check(&zones_apart, "2026-04-01T00:00Z", "2026-11-01T07:00Z");
}

#[test]
fn what_is_no_window_says_why() {
    let read = |from: &str, to: &str, days: Option<&[&str]>| {
        Window::parse(from, to, days, zone("UTC")).map(|_| ())
    };
    let time = |found: &str| {
        Err(WindowError::Time {
            found: found.into(),
        })
    };
    assert_eq!(read("6:00", "22:30", None), Ok(()));
    assert_eq!(read("06:00", "24:00", Some(&["Mon", " sun "])), Ok(()));
    for none in ["24:00", "6", "6:0", "25:00", "06:60", "+6:00", "6h00", ""] {
        assert_eq!(read(none, "22:00", None), time(none), "{none}");
    }
    let found = "monday".to_owned();
    assert_eq!(
        read("06:00", "22:00", Some(&["monday"])),
        Err(WindowError::Day { found })
    );
    assert_eq!(read("06:00", "22:00", Some(&[])), Err(WindowError::NoDays));
    let found = "Canada/Chicoutimi".to_owned();
    assert_eq!(super::parse_zone(&found), Err(WindowError::Zone { found }));
}
