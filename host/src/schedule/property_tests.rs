//! What holds for every agenda, tried on thousands of them.
//!
//! A case is a handful of flows with random schedules, gates, order and limits, and a life: runs of random
//! length and end, requests, and (where the property allows it) a clock that jumps. Time passes by going
//! from event to event, so that months take milliseconds.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::agenda_tests::{Plan, limits, plan};
use super::cron_tests::{at, zone};
use super::{Agenda, Ending, Gate, Schedule, Start, Switch, Window};

const FLOWS: [&str; 5] = ["a", "b", "c", "d", "e"];
const CONNECTIONS: [&str; 3] = ["crm", "erp", "bank"];
const ZONES: [&str; 4] = [
    "America/Toronto",
    "UTC",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
];
const SCHEDULES: [&str; 11] = [
    "manual",
    "every 10s",
    "every 7m",
    "every 1h",
    "every 1d",
    "cron * * * * *",
    "cron 30 * * * *",
    "cron 30 2 * * *",
    "cron 15,45 1-3 * * mon-fri",
    "cron 0 6 1,15 * sun",
    "cron */7 */3 * * *",
];
/// Not far from a change of clocks in Toronto, of 2026 or 2027, or from nothing at all.
const BEGINNINGS: [&str; 5] = [
    "2026-03-07T22:00Z",
    "2026-10-31T22:00Z",
    "2027-03-13T22:00Z",
    "2027-11-06T22:00Z",
    "2026-07-01T12:34:56.789Z",
];

#[derive(Debug, Clone)]
struct Case {
    seed: u64,
    begin: Timestamp,
    plans: Vec<Plan>,
    limits: Vec<(&'static str, u32)>,
    runs_max: u32,
    steps: Vec<Step>,
}

/// What happens beside the agenda's own wishes, one before each turn.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// Of the run that starts next.
    run_s: i64,
    ending: Ending,
    request: Option<usize>,
    jump_s: i64,
}

fn any_window() -> impl Strategy<Value = Window> {
    let hour = || {
        (0..24_u32, prop::sample::select(vec![0_u32, 30]))
            .prop_map(|(h, m)| format!("{h:02}:{m:02}"))
    };
    let days =
        prop::sample::subsequence(vec!["mon", "tue", "wed", "thu", "fri", "sat", "sun"], 1..=7);
    let any_zone = prop::sample::select(ZONES.to_vec());
    (hour(), hour(), days, any_zone).prop_map(|(from, to, days, name)| {
        Window::parse(&from, &to, Some(&days), zone(name)).expect("a window")
    })
}

fn any_plan(flow: &'static str) -> impl Strategy<Value = Plan> {
    let gate = (
        prop::option::of(any_window()),
        prop::collection::vec(any_window(), 0..2),
    );
    (
        prop::sample::select(SCHEDULES.to_vec()),
        prop::sample::select(ZONES.to_vec()),
        gate,
        prop::sample::subsequence(FLOWS.to_vec(), 0..=2),
        prop::sample::subsequence(CONNECTIONS.to_vec(), 0..=2),
        prop::bool::weighted(0.1),
    )
        .prop_map(
            move |(schedule, zone_name, gate, depends_on, connections, paused)| Plan {
                zone: zone(zone_name),
                gate: Gate {
                    window: gate.0,
                    blackouts: gate.1,
                },
                depends_on,
                connections,
                switch: if paused { Switch::Paused } else { Switch::On },
                ..plan(flow, schedule)
            },
        )
}

fn any_step() -> impl Strategy<Value = Step> {
    let ending = prop_oneof![
        6 => Just(Ending::Done),
        1 => prop::option::of(0..100_000_u64)
            .prop_map(|retry_after_s| Ending::Unavailable { retry_after_s }),
        1 => Just(Ending::Refused),
        1 => Just(Ending::Unfinished),
    ];
    let run_s = prop_oneof![4 => 0..120_i64, 1 => 0..30_000_i64];
    let request = prop::option::weighted(0.1, 0..FLOWS.len());
    let far = 5 * 365 * 86_400_i64;
    let jump_s = prop_oneof![12 => Just(0_i64), 1 => -7_200..7_200_i64, 1 => -far..far];
    (run_s, ending, request, jump_s).prop_map(|(run_s, ending, request, jump_s)| Step {
        run_s,
        ending,
        request,
        jump_s,
    })
}

fn any_case() -> impl Strategy<Value = Case> {
    (
        any::<u64>(),
        prop::sample::select(BEGINNINGS.to_vec()),
        FLOWS.map(any_plan),
        prop::collection::vec(0..3_u32, CONNECTIONS.len()),
        1..5_u32,
        prop::collection::vec(any_step(), 40),
    )
        .prop_map(|(seed, begin, plans, room, runs_max, steps)| Case {
            seed,
            begin: at(begin),
            plans: plans.to_vec(),
            limits: CONNECTIONS.into_iter().zip(room).collect(),
            runs_max,
            steps,
        })
}

/// An agenda with the world around it.
struct Life {
    agenda: Agenda<&'static str, &'static str>,
    plans: BTreeMap<&'static str, Plan>,
    limits: BTreeMap<&'static str, u32>,
    runs_max: usize,
    now: Timestamp,
    /// Flows that run, with the seconds that they still take and how they will end.
    running: BTreeMap<&'static str, (i64, Ending)>,
}

impl Life {
    fn new(case: &Case) -> Self {
        let mut agenda = Agenda::new(case.seed);
        let mut given = limits(&case.limits);
        given.runs_max = case.runs_max;
        agenda.set(case.plans.clone(), given, case.begin);
        Self {
            agenda,
            plans: case
                .plans
                .iter()
                .map(|plan| (plan.flow, plan.clone()))
                .collect(),
            limits: case.limits.iter().copied().collect(),
            runs_max: case.runs_max as usize,
            now: case.begin,
            running: BTreeMap::new(),
        }
    }

    /// Takes a turn, checks what always holds, and goes to the next event.
    fn turn(
        &mut self,
        run_s: i64,
        ending: Ending,
    ) -> Result<Vec<Start<&'static str>>, TestCaseError> {
        let turn = self.agenda.turn(self.now);
        prop_assert!(turn.wake > self.now, "it wakes later than now");
        prop_assert!(turn.wake <= self.now + SignedDuration::from_mins(1));
        prop_assert!(turn.next.is_none_or(|next| next >= turn.wake));
        for start in &turn.start {
            self.check_start(start)?;
            self.running.insert(start.flow, (run_s, ending));
        }
        prop_assert!(self.running.len() <= self.runs_max);
        for (connection, room) in &self.limits {
            let users = self.running.keys();
            let users = users.filter(|flow| self.plans[*flow].connections.contains(connection));
            prop_assert!(users.count() <= (*room).max(1) as usize, "{connection}");
        }
        let again = self.agenda.clone().turn(self.now);
        prop_assert!(again.start.is_empty(), "asked twice, started once");
        self.pass_time(turn.next);
        Ok(turn.start)
    }

    fn check_start(&self, start: &Start<&'static str>) -> Result<(), TestCaseError> {
        prop_assert!(
            !self.running.contains_key(start.flow),
            "{} runs",
            start.flow
        );
        prop_assert!(start.due <= self.now);
        let plan = &self.plans[start.flow];
        if !start.cause.is_asked() {
            prop_assert!(plan.gate.is_open(self.now), "{} is shut out", start.flow);
            prop_assert!(plan.switch == Switch::On);
            prop_assert!(plan.schedule != Schedule::Manual);
            if let Some(until) = start.until {
                prop_assert!(until > self.now && !plan.gate.is_open(until));
            }
        }
        Ok(())
    }

    /// Up to the next end of a run or to what the agenda waits for; an hour if there is neither.
    fn pass_time(&mut self, next: Option<Timestamp>) {
        let wait_ms = next.map(|next| next.duration_since(self.now).as_millis() as i64);
        let run_ms = self
            .running
            .values()
            .map(|(left_s, _)| left_s * 1_000)
            .min();
        let passed_ms = [wait_ms, run_ms]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(3_600_000);
        self.now += SignedDuration::from_millis(passed_ms);
        // Whole seconds, rounded up: a run may end a little earlier than it said.
        let passed_s = (passed_ms + 999) / 1_000;
        let (agenda, now) = (&mut self.agenda, self.now);
        self.running.retain(|flow, (left_s, ending)| {
            *left_s -= passed_s;
            let goes_on = *left_s > 0;
            if !goes_on {
                agenda.ended(flow, *ending, now);
            }
            goes_on
        });
    }
}

/// A failure prints its case; no file is left in the source tree.
fn quiet() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12_000, ..quiet() })]

    /// With every kind of end, requests and a clock that jumps by up to five years: no flow runs beside
    /// itself, limits and gates hold, and the agenda never asks to be woken at once.
    #[test]
    fn no_overlap_and_no_busy_loop(case in any_case()) {
        let mut life = Life::new(&case);
        for step in &case.steps {
            let jumped = life.now.checked_add(SignedDuration::from_secs(step.jump_s));
            life.now = jumped.expect("in this century");
            if let Some(flow) = step.request {
                life.agenda.request(&FLOWS[flow], life.now);
            }
            life.turn(step.run_s, step.ending)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 7_000, ..quiet() })]

    /// Between two starts lies an occurrence that the first did not serve, whatever was missed meanwhile: while
    /// a run took long, a gate was closed or the clock went ahead. So a backlog is never more than one run.
    #[test]
    fn never_more_than_one_run_is_made_up_for(case in any_case(), off_s in 0..100_000_000_i64) {
        let mut life = Life::new(&case);
        let mut last: BTreeMap<&str, Timestamp> = BTreeMap::new();
        for (n, step) in case.steps.iter().enumerate() {
            if n == case.steps.len() / 2 {
                life.now += SignedDuration::from_secs(off_s);
            }
            let now = life.now;
            for start in life.turn(step.run_s, Ending::Done)? {
                let before = last.insert(start.flow, now);
                let plan = &life.plans[start.flow];
                let Some(before) = before else { continue };
                let enough = match &plan.schedule {
                    Schedule::Manual => false,
                    // The beat is kept, so a late start may be followed by one in time: two are never in one
                    // interval of the beat, which only three starts show.
                    Schedule::Every(_) => start.due > before,
                    Schedule::Cron(_) => {
                        let next = plan.schedule.next_after(before, &plan.zone);
                        next.is_some_and(|next| next <= now && next == start.due)
                    }
                };
                prop_assert!(enough, "{} after {before}: {start:?}", start.flow);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..quiet() })]

    /// Each flow that is switched on, has a schedule and a gate that opens does start, however the others crowd
    /// the connections and whatever the order; also after the clock was set back by years.
    #[test]
    fn every_flow_has_its_turn(case in any_case(), back_s in 0..100_000_000_i64) {
        let mut life = Life::new(&case);
        let some = case.steps.iter().take(case.steps.len() / 2);
        for step in some {
            life.turn(step.run_s, step.ending)?;
        }
        life.now -= SignedDuration::from_secs(back_s);
        let now = life.now;
        let mut missing: BTreeSet<&str> = life
            .plans
            .values()
            .filter(|plan| plan.switch == Switch::On && plan.schedule != Schedule::Manual)
            .filter(|plan| plan.gate.next_open(now).is_some())
            .map(|plan| plan.flow)
            .collect();
        // Runs are shorter than the shortest window; longer ones may straddle it each time. Their length is
        // what makes the days pass. A window and a blackout in two zones may leave room in winter only.
        for step in case.steps.iter().cycle() {
            if missing.is_empty() {
                break;
            }
            for start in life.turn(600 + step.run_s % 300, Ending::Done)? {
                missing.remove(start.flow);
            }
            let waited = life.now.duration_since(now);
            prop_assert!(missing.is_empty() || waited.as_hours() < 24 * 800, "{missing:?} wait since {now}");
        }
    }
}
