//! The agenda told as days in the life of a few flows.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::cron_tests::{at, zone};
use super::{
    Agenda, Asked, Cause, Ended, Ending, FlowPlan, Gate, Limits, Outlook, Past, Schedule, Switch,
    Turn, Window,
};

const TORONTO: &str = "America/Toronto";
const DONE: Ending = Ending::Done;
const AWAY: Ending = Ending::Unavailable {
    retry_after_s: None,
};

pub(super) type Plan = FlowPlan<&'static str, &'static str>;

pub(super) fn plan(flow: &'static str, schedule: &str) -> Plan {
    FlowPlan {
        flow,
        schedule: Schedule::parse(schedule).expect(schedule),
        zone: zone(TORONTO),
        gate: Gate::default(),
        depends_on: Vec::new(),
        connections: Vec::new(),
        called: Vec::new(),
        switch: Switch::On,
        past: None,
    }
}

fn last_run(started: &str) -> Option<Past> {
    let ended = Some(Ended {
        at: at(started) + SignedDuration::from_mins(1),
        ending: DONE,
        failures: 0,
    });
    Some(Past {
        started: at(started),
        ended,
    })
}

fn daily(from: &str, to: &str) -> Window {
    Window::parse(from, to, None::<&[&str]>, zone(TORONTO)).expect("a window")
}

pub(super) fn limits(by_connection: &[(&'static str, u32)]) -> Limits<&'static str> {
    Limits {
        runs_max: 8,
        by_connection: by_connection.iter().copied().collect::<BTreeMap<_, _>>(),
    }
}

/// An agenda and the time. A turn is taken after each step, as a service does.
struct Day {
    agenda: Agenda<&'static str, &'static str>,
    now: Timestamp,
}

impl Day {
    fn new(now: &str, plans: Vec<Plan>, by_connection: &[(&'static str, u32)]) -> Self {
        let mut agenda = Agenda::new(7);
        agenda.set(plans, limits(by_connection), at(now));
        Self {
            agenda,
            now: at(now),
        }
    }

    #[track_caller]
    fn turn(&mut self) -> Turn<&'static str> {
        let turn = self.agenda.turn(self.now);
        assert!(turn.wake > self.now, "no busy loop");
        assert!(turn.wake <= self.now + SignedDuration::from_mins(1));
        turn
    }

    /// What starts now.
    #[track_caller]
    fn starts(&mut self, expected: &[&str]) {
        let started: Vec<_> = self.turn().start.iter().map(|start| start.flow).collect();
        assert_eq!(started, expected, "at {}", self.now);
    }

    /// Follows the agenda's own wishes up to a moment: what starts on the way, each flow ended at once.
    #[track_caller]
    fn until(&mut self, end: &str, expected: &[(&str, &str)]) {
        let end = at(end);
        let mut started = Vec::new();
        while self.now < end {
            let turn = self.turn();
            for start in &turn.start {
                let local = self.now.to_zoned_datetime(zone(TORONTO));
                started.push((start.flow, local.strftime("%d %H:%M").to_string()));
                self.agenda.ended(&start.flow, DONE, self.now);
            }
            let next = turn.next.filter(|_| turn.start.is_empty());
            self.now = next.map_or(turn.wake, |next| next.max(turn.wake)).min(end);
        }
        let expected: Vec<_> = expected
            .iter()
            .map(|(flow, time)| (*flow, (*time).to_owned()))
            .collect();
        assert_eq!(started, expected);
    }

    fn ends(&mut self, flow: &'static str, ending: Ending) {
        self.agenda.ended(&flow, ending, self.now);
    }

    fn later(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    fn jump(&mut self, moment: &str) {
        self.now = at(moment);
    }

    #[track_caller]
    fn outlook(&self, flow: &'static str) -> Outlook {
        self.agenda.outlook(&flow, self.now).expect(flow)
    }
}

#[test]
fn a_week_around_the_change_of_clocks() {
    let mut flow = plan("invoices", "cron 30 2 * * *");
    flow.past = last_run("2026-03-06T02:30-05:00");
    Day::new("2026-03-06T12:00-05:00", vec![flow], &[]).until(
        "2026-03-10T12:00-04:00",
        &[
            ("invoices", "07 02:30"),
            ("invoices", "08 03:00"),
            ("invoices", "09 02:30"),
            ("invoices", "10 02:30"),
        ],
    );
    let flow = plan("invoices", "cron 30 1 * * *");
    Day::new("2027-11-06T12:00-04:00", vec![flow], &[]).until(
        "2027-11-08T12:00-05:00",
        &[("invoices", "07 01:30"), ("invoices", "08 01:30")],
    );
}

#[test]
fn every_interval_begins_at_once_and_keeps_its_beat() {
    let mut day = Day::new(
        "2026-01-07T12:00-05:00",
        vec![plan("stock", "every 15m")],
        &[],
    );
    day.until(
        "2026-01-07T13:00-05:00",
        &[
            ("stock", "07 12:00"),
            ("stock", "07 12:15"),
            ("stock", "07 12:30"),
            ("stock", "07 12:45"),
        ],
    );
}

#[test]
fn after_a_weekend_off_one_run_is_made_up_for() {
    let mut hourly = plan("stock", "every 1h");
    hourly.past = last_run("2026-01-09T17:00-05:00");
    let mut nightly = plan("invoices", "cron 0 3 * * *");
    nightly.past = last_run("2026-01-09T03:00-05:00");
    let never = plan("new", "cron 0 3 * * *");
    let mut day = Day::new("2026-01-12T08:00-05:00", vec![hourly, nightly, never], &[]);
    day.until(
        "2026-01-12T09:30-05:00",
        &[
            // What is due longest goes first.
            ("stock", "12 08:00"),
            ("invoices", "12 08:00"),
            // On its old beat, the full hour.
            ("stock", "12 09:00"),
        ],
    );
    assert!(
        matches!(day.outlook("new"), Outlook::At { due, .. } if due == at("2026-01-13T03:00-05:00"))
    );
}

#[test]
fn a_closed_window_makes_up_for_one_run_when_it_opens() {
    let mut flow = plan("stock", "every 2h");
    flow.gate.window = Some(daily("06:00", "22:00"));
    flow.gate.blackouts = vec![daily("12:30", "13:30")];
    flow.past = last_run("2026-01-07T19:00-05:00");
    Day::new("2026-01-07T20:00-05:00", vec![flow], &[]).until(
        "2026-01-08T14:00-05:00",
        &[
            ("stock", "07 21:00"),
            ("stock", "08 06:00"),
            ("stock", "08 07:00"),
            ("stock", "08 09:00"),
            ("stock", "08 11:00"),
            ("stock", "08 13:30"),
        ],
    );
}

#[test]
fn a_run_is_told_when_the_gate_closes_and_goes_on_when_it_opens() {
    let mut flow = plan("stock", "every 1h");
    flow.gate.window = Some(daily("06:00", "22:00"));
    let mut day = Day::new("2026-01-07T21:50-05:00", vec![flow], &[]);
    day.later(60);
    let turn = day.turn();
    assert_eq!(turn.start[0].until, Some(at("2026-01-07T22:00-05:00")));
    day.jump("2026-01-07T22:00:05-05:00");
    day.ends("stock", Ending::Unfinished);
    day.starts(&[]);
    day.until("2026-01-08T06:30-05:00", &[("stock", "08 06:00")]);
}

#[test]
fn a_flow_never_runs_beside_itself_and_a_request_is_queued_once() {
    let mut day = Day::new(
        "2026-01-07T12:00-05:00",
        vec![plan("stock", "every 10s")],
        &[],
    );
    day.later(1);
    day.starts(&["stock"]);
    day.later(3600);
    day.starts(&[]);
    assert_eq!(day.agenda.request(&"stock", day.now), Asked::Queued);
    assert_eq!(day.agenda.request(&"stock", day.now), Asked::AlreadyQueued);
    assert_eq!(day.agenda.request(&"unknown", day.now), Asked::Unknown);
    day.starts(&[]);
    assert_eq!(day.outlook("stock"), Outlook::Running);
    day.ends("stock", DONE);
    // The request and all that was missed are one run.
    day.starts(&["stock"]);
    day.ends("stock", DONE);
    day.starts(&[]);
}

#[test]
fn a_backfill_takes_the_flows_place_and_leaves_its_schedule_alone() {
    let plans = ["stock", "items"].map(|flow| FlowPlan {
        connections: vec!["erp"],
        ..plan(flow, "every 1h")
    });
    let mut day = Day::new("2026-01-07T12:00-05:00", plans.to_vec(), &[("erp", 1)]);
    assert!(!day.agenda.claim(&"unknown"));
    assert!(day.agenda.claim(&"stock"));
    assert!(!day.agenda.claim(&"stock"));
    day.later(3600);
    day.starts(&[]);
    day.ends("stock", AWAY);
    day.starts(&["items"]);
    day.ends("items", DONE);
    day.starts(&["stock"]);
}

#[test]
fn a_person_opens_every_gate_but_no_schedule_does() {
    let mut closed = plan("closed", "every 1h");
    closed.gate.window = Some(daily("22:00", "23:00"));
    closed.gate.blackouts = vec![daily("00:00", "24:00")];
    let mut paused = plan("paused", "every 1h");
    paused.switch = Switch::Paused;
    let plans = vec![closed, paused, plan("by-hand", "manual")];
    let mut day = Day::new("2026-01-07T12:00-05:00", plans, &[]);
    day.until("2026-01-09T12:00-05:00", &[]);
    assert_eq!(day.outlook("closed"), Outlook::Never);
    assert_eq!(day.outlook("paused"), Outlook::Paused);
    assert_eq!(day.outlook("by-hand"), Outlook::Manual);
    for flow in ["closed", "paused", "by-hand"] {
        day.agenda.request(&flow, day.now);
    }
    let starts = day.turn().start;
    assert_eq!(starts.len(), 3);
    assert!(
        starts
            .iter()
            .all(|start| start.cause == Cause::Request && start.until.is_none())
    );
}

#[test]
fn who_depends_waits_for_those_that_are_due_with_it() {
    let mut invoices = plan("invoices", "cron 0 6 * * *");
    invoices.depends_on = vec!["items", "zz-customers"];
    let mut items = plan("items", "cron 0 6 * * *");
    items.depends_on = vec!["zz-customers"];
    let customers = plan("zz-customers", "cron 0 6 * * *");
    let mut day = Day::new(
        "2026-01-07T05:00-05:00",
        vec![invoices, items, customers],
        &[],
    );
    // All three are past their jitter.
    day.jump("2026-01-07T06:01-05:00");
    day.starts(&["zz-customers"]);
    day.later(600);
    day.starts(&[]);
    day.ends("zz-customers", AWAY);
    day.starts(&["items"]);
    // It waited once: the other's retry is not due with it, and does not keep it any longer.
    day.later(100);
    day.ends("items", DONE);
    day.starts(&["invoices", "zz-customers"]);
}

#[test]
fn who_depends_does_not_wait_for_what_cannot_start() {
    let mut invoices = plan("invoices", "every 1h");
    invoices.depends_on = vec!["paused", "closed", "manual", "gone"];
    let mut paused = plan("paused", "every 1h");
    paused.switch = Switch::Paused;
    let mut closed = plan("closed", "every 1h");
    closed.gate.window = Some(daily("22:00", "23:00"));
    let plans = vec![invoices, paused, closed, plan("manual", "manual")];
    let mut day = Day::new("2026-01-07T12:00-05:00", plans, &[]);
    day.later(60);
    day.starts(&["invoices"]);
}

#[test]
fn asked_for_together_they_still_go_in_order() {
    let mut invoices = plan("invoices", "manual");
    invoices.depends_on = vec!["customers"];
    let mut day = Day::new(
        "2026-01-07T12:00-05:00",
        vec![invoices, plan("customers", "manual")],
        &[],
    );
    day.agenda.request(&"invoices", day.now);
    day.later(2);
    day.agenda.request(&"customers", day.now);
    day.starts(&["customers"]);
    day.ends("customers", DONE);
    day.starts(&["invoices"]);
}

#[test]
fn a_circle_of_dependence_stops_nobody() {
    let names = ["a", "b", "c"];
    let plans = (0..3).map(|n| FlowPlan {
        depends_on: vec![names[(n + 1) % 3], names[n]],
        ..plan(names[n], "every 1h")
    });
    let mut day = Day::new("2026-01-07T12:00-05:00", plans.collect(), &[]);
    day.later(60);
    assert_eq!(day.turn().start.len(), 3);
}

#[test]
fn a_connection_takes_as_many_as_it_may_and_who_waited_longest_is_next() {
    let on_erp = |flow, schedule: &str| FlowPlan {
        connections: vec!["erp"],
        ..plan(flow, schedule)
    };
    let plans = vec![
        on_erp("a", "every 10s"),
        on_erp("b", "every 1h"),
        on_erp("c", "every 1h"),
        plan("free", "every 1h"),
    ];
    let mut day = Day::new("2026-01-07T12:00-05:00", plans, &[("erp", 1)]);
    day.later(60);
    day.starts(&["a", "free"]);
    day.later(60);
    day.ends("a", DONE);
    day.starts(&["b"]);
    assert!(matches!(day.outlook("c"), Outlook::Queued { .. }));
    day.later(60);
    day.agenda.request(&"free", day.now);
    day.ends("b", DONE);
    day.starts(&["c"]);
    day.ends("free", DONE);
    day.starts(&["free"]);
    day.ends("c", DONE);
    day.starts(&["a"]);
}

#[test]
fn a_flow_between_two_busy_systems_gets_its_turn() {
    let on = |flow, connections: &[&'static str]| FlowPlan {
        connections: connections.to_vec(),
        ..plan(flow, "every 10s")
    };
    let both = on("z-both", &["crm", "erp"]);
    let plans = vec![on("a", &["crm"]), on("b", &["erp"]), both];
    let mut day = Day::new("2026-01-07T12:00-05:00", plans, &[("crm", 1), ("erp", 1)]);
    day.later(5);
    day.starts(&["a", "b"]);
    // The two never end together, and are due again whenever they end.
    day.later(30);
    day.ends("a", DONE);
    day.later(60);
    // `b` was there before: no reason to keep `a` back.
    day.starts(&["a"]);
    day.later(30);
    day.ends("b", DONE);
    day.later(60);
    // Now `a` has overtaken.
    day.starts(&[]);
    day.ends("a", DONE);
    day.starts(&["z-both"]);
}

#[test]
fn a_place_in_the_queue_outlives_a_closed_window() {
    let on_erp = |flow, schedule: &str| FlowPlan {
        connections: vec!["erp"],
        ..plan(flow, schedule)
    };
    let mut narrow = on_erp("z-narrow", "every 1d");
    narrow.gate.window = Some(daily("12:00", "12:30"));
    let plans = vec![on_erp("a", "every 1h"), on_erp("b", "every 1h"), narrow];
    let mut day = Day::new("2026-01-07T12:10-05:00", plans, &[("erp", 1)]);
    day.later(61);
    day.starts(&["a"]);
    day.jump("2026-01-07T13:30-05:00");
    day.ends("a", DONE);
    day.starts(&["b"]);
    day.jump("2026-01-08T11:30-05:00");
    day.ends("b", DONE);
    day.starts(&["a"]);
    day.jump("2026-01-08T12:05-05:00");
    // `b` is in the queue since yesterday, though after `z-narrow`.
    day.ends("a", DONE);
    day.starts(&["z-narrow"]);
}

#[test]
fn jitter_carries_no_start_past_the_end_of_its_window() {
    for seed in 0..50 {
        let mut flow = plan("stock", "every 1h");
        flow.gate.window = Some(daily("06:00", "22:00"));
        flow.past = last_run("2026-01-07T20:59:40-05:00");
        let mut agenda = Agenda::new(seed);
        agenda.set(vec![flow], limits(&[]), at("2026-01-07T21:50-05:00"));
        let next = agenda
            .turn(at("2026-01-07T21:50-05:00"))
            .next
            .expect("a start");
        assert!(next >= at("2026-01-07T21:59:40-05:00"), "{next}");
        assert!(next < at("2026-01-07T22:00-05:00"), "{next}");
    }
}

#[test]
fn a_system_that_is_away_is_tried_ever_less_often_and_a_day_is_not_lost() {
    let mut day = Day::new(
        "2026-01-07T05:59-05:00",
        vec![plan("nightly", "cron 0 6 * * *")],
        &[],
    );
    let mut tries = Vec::new();
    while tries.len() < 9 {
        let turn = day.turn();
        if let [start] = &turn.start[..] {
            tries.push((start.cause, day.now));
            let ending = if tries.len() < 9 { AWAY } else { DONE };
            day.ends("nightly", ending);
            continue;
        }
        day.now = turn.wake;
    }
    let minutes: Vec<i64> = tries
        .windows(2)
        .map(|pair| pair[1].1.duration_since(pair[0].1).as_mins())
        .collect();
    let cause: Vec<_> = tries.iter().map(|(cause, _)| *cause).collect();
    assert_eq!(cause[0], Cause::Schedule);
    assert!(cause[1..].iter().all(|cause| *cause == Cause::Retry));
    for (found, wait) in minutes.iter().zip([1, 2, 4, 8, 16, 32, 60, 60]) {
        assert!((wait..=wait + 1).contains(found), "{minutes:?}");
    }
    assert_eq!(day.agenda.failures(&"nightly"), 0);
    assert!(
        matches!(day.outlook("nightly"), Outlook::At { due, .. } if due == at("2026-01-08T06:00-05:00"))
    );
}

#[test]
fn a_wrong_password_is_not_tried_again_soon() {
    let plans = vec![
        plan("nightly", "cron 0 6 * * *"),
        plan("often", "every 10s"),
    ];
    let mut day = Day::new("2026-01-07T06:00-05:00", plans, &[]);
    day.later(2);
    day.starts(&["often"]);
    day.ends("often", Ending::Refused);
    day.later(55);
    day.starts(&[]);
    day.later(10);
    day.starts(&["often"]);
    day.ends("often", Ending::Refused);
    day.agenda.request(&"nightly", day.now);
    day.starts(&["nightly"]);
    day.ends("nightly", Ending::Refused);
    assert!(
        matches!(day.outlook("nightly"), Outlook::At { due, .. } if due == at("2026-01-08T06:00-05:00"))
    );
}

#[test]
fn a_run_under_which_the_process_died_goes_on_after_ten_seconds() {
    let mut flow = plan("nightly", "cron 0 6 * * *");
    flow.past = Some(Past {
        started: at("2026-01-07T06:00-05:00"),
        ended: None,
    });
    let mut day = Day::new("2026-01-07T06:30-05:00", vec![flow], &[]);
    day.starts(&[]);
    day.later(12);
    let turn = day.turn();
    assert_eq!(turn.start[0].cause, Cause::Retry);
}

#[test]
fn a_clock_set_back_neither_stops_the_schedule_nor_repeats_it() {
    let plans = vec![
        plan("often", "every 15m"),
        plan("nightly", "cron 0 6 * * *"),
    ];
    let mut day = Day::new("2026-01-07T05:50-05:00", plans, &[]);
    day.until(
        "2026-01-07T06:10-05:00",
        &[
            ("often", "07 05:50"),
            ("nightly", "07 06:00"),
            ("often", "07 06:05"),
        ],
    );
    // An hour back: six o'clock comes again, and is not served again.
    day.jump("2026-01-07T05:40-05:00");
    day.until(
        "2026-01-07T06:20-05:00",
        &[("often", "07 05:55"), ("often", "07 06:10")],
    );
    // Four years back, as with an empty battery: one night at most is left out.
    day.jump("2022-01-07T12:00-05:00");
    day.until("2022-01-07T12:20-05:00", &[("often", "07 12:15")]);
    day.turn();
    day.jump("2022-01-09T05:59-05:00");
    day.ends("often", DONE);
    day.until(
        "2022-01-09T06:02-05:00",
        &[
            ("often", "09 05:59"),
            ("nightly", "09 06:00"),
            ("often", "09 06:00"),
        ],
    );
    // And forward again: one of each.
    day.jump("2026-01-07T12:00-05:00");
    day.until(
        "2026-01-07T12:05-05:00",
        &[("often", "07 12:00"), ("nightly", "07 12:00")],
    );
}

#[test]
fn an_edit_of_the_files_keeps_what_is_known() {
    let mut day = Day::new(
        "2026-01-07T12:00-05:00",
        vec![plan("stock", "every 1h")],
        &[],
    );
    day.later(60);
    day.starts(&["stock"]);
    let set = |day: &mut Day, plans| day.agenda.set(plans, limits(&[]), day.now);
    set(&mut day, vec![plan("stock", "every 15m")]);
    assert_eq!(day.outlook("stock"), Outlook::Running);
    day.ends("stock", DONE);
    day.until("2026-01-07T12:20-05:00", &[("stock", "07 12:15")]);
    // Nine has passed: the new time was never promised.
    set(&mut day, vec![plan("stock", "cron 0 9 * * *")]);
    day.until("2026-01-08T10:00-05:00", &[("stock", "08 09:00")]);
    set(&mut day, Vec::new());
    assert_eq!(day.agenda.outlook(&"stock", day.now), None);
    day.starts(&[]);
}

#[test]
fn a_flow_whose_system_calls_us_starts_when_it_is_here_and_without_jitter() {
    let called = Plan {
        connections: vec!["crm", "pad"],
        called: vec!["pad"],
        ..plan("notes", "every 15 min")
    };
    let stay = Plan {
        connections: vec!["erp"],
        ..plan("stock", "every 15 min")
    };
    let mut day = Day::new("2026-03-02T08:00:00Z", vec![called, stay], &[]);
    // The other one has its jitter at most; this one waits for the call, however long.
    day.later(600);
    day.starts(&["stock"]);
    assert!(!day.agenda.is_busy(&"pad", day.now));
    day.later(3_000);
    day.starts(&[]);
    day.ends("stock", DONE);
    day.agenda.arrive(["pad"]);
    assert!(day.agenda.is_busy(&"pad", day.now), "about to start");
    assert!(!day.agenda.is_busy(&"other", day.now));
    let started: Vec<_> = day.turn().start.iter().map(|start| start.flow).collect();
    assert!(started.contains(&"notes"), "{started:?}");
    assert!(day.agenda.is_busy(&"pad", day.now), "it runs");
    day.ends("notes", DONE);
    assert!(!day.agenda.is_busy(&"pad", day.now), "not due again");
    // Gone, it is waited for again.
    day.agenda.arrive([]);
    day.later(3_600);
    let started: Vec<_> = day.turn().start.iter().map(|start| start.flow).collect();
    assert!(!started.contains(&"notes"), "{started:?}");
}

#[test]
fn what_waited_for_a_call_goes_on_unless_it_is_held_still() {
    let manual = |switch, gate| Plan {
        called: vec!["pad"],
        switch,
        gate,
        ..plan("notes", "manual")
    };
    let closed = Gate {
        window: Some(daily("20:00", "21:00")),
        ..Gate::default()
    };
    let open = Gate {
        window: Some(daily("09:00", "11:00")),
        ..Gate::default()
    };
    let until = "2026-03-02T16:00:00Z";
    for (switch, gate, goes_on) in [
        (Switch::On, Gate::default(), Some(None)),
        (Switch::Paused, Gate::default(), None),
        (Switch::On, closed, None),
        // Its window ends it, as one that started by itself.
        (Switch::On, open.clone(), Some(Some(until))),
    ] {
        let mut day = Day::new("2026-03-02T15:00:00Z", vec![manual(switch, gate)], &[]);
        day.agenda.resume(&"notes", day.now);
        let started = day.turn().start;
        let started = started.first().map(|start| start.until);
        let until = |text: &str| text.parse().expect("a moment");
        assert_eq!(started, goes_on.map(|end| end.map(until)), "{switch:?}");
    }
    // One that a person wants besides is not ended.
    let mut day = Day::new("2026-03-02T15:00:00Z", vec![manual(Switch::On, open)], &[]);
    day.agenda.resume(&"notes", day.now);
    day.agenda.request(&"notes", day.now);
    assert_eq!(day.turn().start[0].until, None);
}
