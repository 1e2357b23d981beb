//! One flow of the agenda: what it should do, what it has done, and when it is due.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::backoff::{Again, AgainRule, Ending};
use super::gate::Gate;
use super::jitter::jitter;
use super::next::interval;
use super::parse::Schedule;

/// A flow as the files and the store say it is. `F` names a flow (its tenant included), `C` a connection.
#[derive(Debug, Clone)]
pub struct FlowPlan<F, C> {
    pub flow: F,
    pub schedule: Schedule,
    /// In which `cron` reads the clock. Windows carry their own.
    pub zone: TimeZone,
    pub gate: Gate,
    /// Flows that go first when they are due at the same time. Unknown ones and cycles are ignored.
    pub depends_on: Vec<F>,
    /// Of which a run takes one place each.
    pub connections: Vec<C>,
    /// Those whose systems call us: by itself the flow starts only while they are here.
    pub called: Vec<C>,
    pub switch: Switch,
    /// The newest run in the store, read once: when the agenda first sees the flow.
    pub past: Option<Past>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    On,
    /// Nothing by itself; a person's request still counts. When it is switched on again, what it missed is
    /// made up for once.
    Paused,
}

/// The newest run of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    pub started: Timestamp,
    /// `None`: the process was killed under it. It goes on after ten seconds, not at once, or a run that kills
    /// the process would do so without a pause.
    pub ended: Option<Ended>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    pub at: Timestamp,
    pub ending: Ending,
    /// Runs in a row that ended [`Ending::Unavailable`] or [`Ending::Refused`], this one included.
    pub failures: u32,
}

/// Why a run starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    Schedule,
    /// After a run that did not go through.
    Retry,
    /// A person asked.
    Request,
    /// What it waited for is there.
    Resume,
}

impl Cause {
    /// Whether something asks for the flow now, whatever its schedule says.
    pub fn is_asked(self) -> bool {
        matches!(self, Self::Request | Self::Resume)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    Ready { due: Timestamp, cause: Cause },
    Until { due: Timestamp, at: Timestamp },
    Never,
}

/// What the agenda knows of a flow beyond its plan.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    /// Occurrences up to here are dealt with.
    served: Timestamp,
    again: Option<Again>,
    failures: u32,
    /// Window and blackouts leave nothing open all year. Kept, because to find that out takes as long as to
    /// plan hundreds of flows.
    is_shut: bool,
    pub(super) requested: Option<Timestamp>,
    /// What asked was no person, but what it waited for.
    pub(super) is_resumed: bool,
    /// Its number in the queue of those that are due and wait for room or for another flow. It keeps it when
    /// its gate closes over the wait.
    pub(super) queued: Option<u64>,
}

impl Memory {
    pub(super) fn new<F, C>(plan: &FlowPlan<F, C>, now: Timestamp) -> Self {
        let served = match (&plan.past, &plan.schedule) {
            (Some(past), _) => past.started,
            // A flow that never ran is due at once.
            (None, Schedule::Every(seconds)) => now
                .checked_sub(interval(*seconds))
                .unwrap_or(Timestamp::MIN),
            (None, Schedule::Manual | Schedule::Cron(_)) => now,
        };
        let ended = plan.past.map(|past| {
            past.ended.unwrap_or(Ended {
                at: now,
                ending: Ending::Unfinished,
                failures: 0,
            })
        });
        Self {
            served,
            again: ended.and_then(|ended| ended.ending.again(ended.at, ended.failures)),
            failures: ended.map_or(0, |ended| ended.failures),
            is_shut: plan.gate.next_open(now).is_none(),
            requested: None,
            is_resumed: false,
            queued: None,
        }
    }

    /// After an edit of the files. Times of day before the edit were never promised.
    pub(super) fn follow<F, C>(
        &mut self,
        old: &FlowPlan<F, C>,
        new: &FlowPlan<F, C>,
        now: Timestamp,
    ) {
        let changed = old.schedule != new.schedule || old.zone != new.zone;
        if changed && matches!(new.schedule, Schedule::Cron(_)) {
            self.served = now;
        }
        if old.gate != new.gate {
            self.is_shut = new.gate.next_open(now).is_none();
        }
    }

    /// Cuts back what lies ahead of a clock that was set back. An occurrence that was served under the old
    /// time is not served twice, and no more than one is left out.
    pub(super) fn mind_the_clock<F, C>(&mut self, plan: &FlowPlan<F, C>, now: Timestamp) {
        if self.served > now {
            self.served = match &plan.schedule {
                Schedule::Manual | Schedule::Every(_) => now,
                Schedule::Cron(_) => {
                    let next = plan.schedule.next_after(now, &plan.zone);
                    next.map_or(now, |next| next.min(self.served))
                }
            };
        }
        if let Some(again) = &mut self.again {
            again.from = again.from.min(now);
        }
        self.requested = self.requested.map(|asked| asked.min(now));
    }

    pub(super) fn start<F, C>(&mut self, plan: &FlowPlan<F, C>, now: Timestamp) {
        let due = plan.schedule.next_after(self.served, &plan.zone);
        if let Some(due) = due.filter(|due| *due <= now) {
            self.served = plan.schedule.served_by(due, now);
        }
        self.again = None;
        self.requested = None;
        self.is_resumed = false;
        self.queued = None;
    }

    pub(super) fn end(&mut self, ending: Ending, now: Timestamp) {
        self.failures = match ending.is_failure() {
            true => self.failures.saturating_add(1),
            false => 0,
        };
        self.again = ending.again(now, self.failures);
    }

    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// What it waits for, were there no other flows.
    pub(super) fn wait<F: ToString, C>(
        &self,
        plan: &FlowPlan<F, C>,
        seed: u64,
        now: Timestamp,
    ) -> Wait {
        let due = self.due(plan).filter(|_| plan.switch == Switch::On);
        if let Some(asked) = self.requested {
            return Wait::Ready {
                due: due.map_or(asked, |due| due.min(asked)),
                cause: match self.is_resumed {
                    true => Cause::Resume,
                    false => Cause::Request,
                },
            };
        }
        let Some(due) = due.filter(|_| !self.is_shut) else {
            return Wait::Never;
        };
        let at = match self.start_at(plan, due, seed) {
            Some(at) if at <= now => plan.gate.next_open(now),
            at => at,
        };
        match at {
            None => Wait::Never,
            Some(at) if at > now => Wait::Until { due, at },
            Some(_) => Wait::Ready {
                due,
                cause: match self.again.map(|again| again.rule) {
                    Some(AgainRule::InsteadOfSchedule) => Cause::Retry,
                    Some(AgainRule::NotBefore) | None => Cause::Schedule,
                },
            },
        }
    }

    /// Ready, if all it waits for is its jitter.
    pub(super) fn at_once<F, C>(&self, plan: &FlowPlan<F, C>, now: Timestamp) -> Option<Wait> {
        let due = self.due(plan).filter(|due| *due <= now)?;
        let cause = match self.again.map(|again| again.rule) {
            Some(AgainRule::InsteadOfSchedule) => Cause::Retry,
            Some(AgainRule::NotBefore) | None => Cause::Schedule,
        };
        plan.gate.is_open(now).then_some(Wait::Ready { due, cause })
    }

    fn due<F, C>(&self, plan: &FlowPlan<F, C>) -> Option<Timestamp> {
        let occurrence = plan.schedule.next_after(self.served, &plan.zone)?;
        Some(match &self.again {
            None => occurrence,
            Some(again) => match again.rule {
                AgainRule::InsteadOfSchedule => again.at(),
                AgainRule::NotBefore => occurrence.max(again.at()),
            },
        })
    }

    /// When it starts if nothing else is in the way: the gate is open then, and the jitter has passed, unless
    /// the jitter would carry it past the end of a short window.
    fn start_at<F: ToString, C>(
        &self,
        plan: &FlowPlan<F, C>,
        due: Timestamp,
        seed: u64,
    ) -> Option<Timestamp> {
        let open = plan.gate.next_open(due)?;
        let pause = match (&self.again, &plan.schedule) {
            (Some(again), _) => again.wait,
            (None, Schedule::Every(seconds)) => interval(*seconds),
            (None, Schedule::Manual | Schedule::Cron(_)) => plan
                .schedule
                .next_after(due, &plan.zone)
                .map_or(SignedDuration::MAX, |next| next.duration_since(due)),
        };
        let late = open.checked_add(jitter(seed, &plan.flow.to_string(), due, pause));
        Some(
            late.ok()
                .filter(|late| plan.gate.is_open(*late))
                .unwrap_or(open),
        )
    }
}
