//! All flows of an installation, and which of them start now.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use jiff::{SignedDuration, Timestamp};

use super::backoff::Ending;
use super::flow::{Cause, FlowPlan, Memory, Switch, Wait};
use super::jitter::JITTER_S_MAX;
use super::order::before;
use super::parse::Schedule;
use super::turn::{Asked, Limits, Outlook, Start, Turn, WAKE_S_MAX};

/// Flows due within this of each other are due at the same time. A person who asks for several by one click
/// asks in some order; a flow may start as late as its jitter.
const SAME_TIME: SignedDuration = SignedDuration::from_secs(JITTER_S_MAX);

/// What the scheduler of a service does next; see the module's page for the rules.
///
/// The caller's part: [`Agenda::turn`] at [`Turn::wake`] and after every other call, run what it starts, and report
/// each end with [`Agenda::ended`].
#[derive(Debug, Clone)]
pub struct Agenda<F, C> {
    seed: u64,
    limits: Limits<C>,
    flows: BTreeMap<F, Entry<F, C>>,
    running: BTreeMap<F, Running<C>>,
    /// Connections whose systems have called and are here.
    here: BTreeSet<C>,
    /// Numbers what happens, since the clock may jump.
    count: u64,
}

#[derive(Debug, Clone)]
struct Entry<F, C> {
    plan: FlowPlan<F, C>,
    /// Of `depends_on` what is no cycle.
    before: Vec<F>,
    memory: Memory,
}

#[derive(Debug, Clone)]
struct Running<C> {
    /// The one it had in the queue.
    number: u64,
    connections: Vec<C>,
    kind: RunKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunKind {
    /// The agenda started it.
    Planned,
    /// See [`Agenda::claim`].
    Beside,
}

impl<F: Clone + Ord + Display, C: Clone + Ord> Agenda<F, C> {
    /// `seed` decides the jitter. It should stay the same for an installation.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            limits: Limits {
                runs_max: u32::MAX,
                by_connection: BTreeMap::new(),
            },
            flows: BTreeMap::new(),
            running: BTreeMap::new(),
            here: BTreeSet::new(),
            count: 0,
        }
    }

    /// Takes over what the files say now. A flow that was there keeps what the agenda knows of it, one that is
    /// gone is forgotten; a run in progress keeps its places until it has ended.
    pub fn set(&mut self, plans: Vec<FlowPlan<F, C>>, limits: Limits<C>, now: Timestamp) {
        let depends_on = plans
            .iter()
            .map(|plan| (plan.flow.clone(), plan.depends_on.clone()))
            .collect();
        let mut known = std::mem::take(&mut self.flows);
        let entries = plans.into_iter().map(|plan| {
            let memory = match known.remove(&plan.flow) {
                None => Memory::new(&plan, now),
                Some(Entry {
                    plan: old, memory, ..
                }) => {
                    let mut memory = memory;
                    memory.follow(&old, &plan, now);
                    memory
                }
            };
            let before = before(&plan.flow, &depends_on);
            (
                plan.flow.clone(),
                Entry {
                    plan,
                    before,
                    memory,
                },
            )
        });
        self.flows = entries.collect();
        self.limits = limits;
    }

    /// A person wants the flow to run: now, whatever its schedule, window, blackouts and switch say, though not
    /// beside itself and not beyond the limits.
    pub fn request(&mut self, flow: &F, now: Timestamp) -> Asked {
        let Some(entry) = self.flows.get_mut(flow) else {
            return Asked::Unknown;
        };
        if entry.memory.requested.is_some() {
            // What a person wants is not cut short where a resumed run would be.
            entry.memory.is_resumed = false;
            return Asked::AlreadyQueued;
        }
        entry.memory.requested = Some(now);
        Asked::Queued
    }

    /// The systems that are here, of those that call us. What is due for one starts without its jitter: nobody
    /// knows how long it stays.
    pub fn arrive(&mut self, here: impl IntoIterator<Item = C>) {
        self.here = here.into_iter().collect();
    }

    /// The flows on this connection.
    pub fn on(&self, connection: &C) -> Vec<F> {
        let on = self.flows.iter();
        on.filter(|(_, entry)| entry.plan.connections.contains(connection))
            .map(|(flow, _)| flow.clone())
            .collect()
    }

    /// What a flow waited for is there: it goes on now, unless it is paused or its gate is closed.
    pub fn resume(&mut self, flow: &F, now: Timestamp) {
        let Some(entry) = self.flows.get_mut(flow) else {
            return;
        };
        let may = entry.plan.switch == Switch::On && entry.plan.gate.is_open(now);
        if may && entry.memory.requested.is_none() {
            entry.memory.requested = Some(now);
            entry.memory.is_resumed = true;
        }
    }

    /// News of a system that we call ourselves: its flows that run by themselves ask for it now. One that does badly
    /// keeps its back-off.
    pub fn hint(&mut self, connection: &C, now: Timestamp) {
        let on = self.flows.values_mut().filter(|entry| {
            let plan = &entry.plan;
            plan.connections.contains(connection) && !plan.called.contains(connection)
        });
        for Entry { plan, memory, .. } in on {
            let by_itself = plan.schedule != Schedule::Manual && plan.switch == Switch::On;
            if by_itself
                && plan.gate.is_open(now)
                && memory.failures() == 0
                && memory.requested.is_none()
            {
                memory.requested = Some(now);
                memory.is_resumed = true;
            }
        }
    }

    /// Whether a flow on this connection runs, or would start now if there were room.
    pub fn is_busy(&self, connection: &C, now: Timestamp) -> bool {
        let runs = self.running.values();
        let starts = self.flows.iter().filter(|(flow, entry)| {
            entry.plan.connections.contains(connection) && !self.running.contains_key(flow)
        });
        runs.into_iter()
            .any(|run| run.connections.contains(connection))
            || starts
                .into_iter()
                .any(|(_, entry)| matches!(self.wait(entry, now), Wait::Ready { .. }))
    }

    /// Takes the flow's places for a run that something else starts, such as a backfill or a run of one record.
    /// Limits and order are not asked, and how it ends changes nothing for the schedule. `false`: the flow is
    /// running, or unknown.
    pub fn claim(&mut self, flow: &F) -> bool {
        let entry = self.flows.get(flow);
        let Some(entry) = entry.filter(|_| !self.running.contains_key(flow)) else {
            return false;
        };
        self.count += 1;
        let running = Running {
            number: self.count,
            connections: entry.plan.connections.clone(),
            kind: RunKind::Beside,
        };
        self.running.insert(flow.clone(), running);
        true
    }

    /// A run has ended. For a flow that is not running nothing happens.
    pub fn ended(&mut self, flow: &F, ending: Ending, now: Timestamp) {
        let run = self.running.remove(flow);
        let was_planned = run.is_some_and(|run| run.kind == RunKind::Planned);
        if let Some(entry) = self.flows.get_mut(flow).filter(|_| was_planned) {
            entry.memory.end(ending, now);
        }
    }

    /// Failures in a row, for the store (see [`super::Ended`]).
    pub fn flows(&self) -> impl Iterator<Item = &F> {
        self.flows.keys()
    }

    pub fn failures(&self, flow: &F) -> u32 {
        let entry = self.flows.get(flow);
        entry.map_or(0, |entry| entry.memory.failures())
    }

    /// Decides. To ask again at the same `now` starts nothing twice.
    pub fn turn(&mut self, now: Timestamp) -> Turn<F> {
        for entry in self.flows.values_mut() {
            entry.memory.mind_the_clock(&entry.plan, now);
        }
        let waits = self.waits(now);
        let start = self
            .queue(&waits, now)
            .into_iter()
            .fold(Decision::default(), |decision, flow| {
                self.decide(decision, flow, &waits, now)
            })
            .start;
        let times = waits.values().filter_map(|wait| match wait {
            Wait::Until { at, .. } => Some(*at),
            Wait::Ready { .. } | Wait::Never => None,
        });
        let next = times.min();
        let latest = now
            .checked_add(SignedDuration::from_secs(WAKE_S_MAX))
            .unwrap_or(Timestamp::MAX);
        Turn {
            start,
            next,
            wake: next.map_or(latest, |next| next.min(latest)),
        }
    }

    pub fn outlook(&self, flow: &F, now: Timestamp) -> Option<Outlook> {
        let Entry { plan, memory, .. } = self.flows.get(flow)?;
        if self.running.contains_key(flow) {
            return Some(Outlook::Running);
        }
        Some(match memory.wait(plan, self.seed, now) {
            Wait::Ready { due, .. } => Outlook::Queued { due },
            Wait::Until { due, at } => Outlook::At { due, start: at },
            Wait::Never if plan.schedule == Schedule::Manual => Outlook::Manual,
            Wait::Never if plan.switch == Switch::Paused => Outlook::Paused,
            Wait::Never => Outlook::Never,
        })
    }

    /// Of all flows that do not run.
    fn waits(&self, now: Timestamp) -> BTreeMap<F, Wait> {
        let idle = self
            .flows
            .iter()
            .filter(|(flow, _)| !self.running.contains_key(flow));
        idle.map(|(flow, entry)| (flow.clone(), self.wait(entry, now)))
            .collect()
    }

    /// What a flow waits for, its systems' calls included.
    fn wait(&self, entry: &Entry<F, C>, now: Timestamp) -> Wait {
        let Entry { plan, memory, .. } = entry;
        let wait = memory.wait(plan, self.seed, now);
        let cause = match wait {
            Wait::Ready { cause, .. } => cause,
            Wait::Until { .. } => Cause::Schedule,
            Wait::Never => return wait,
        };
        if plan.called.is_empty() || cause.is_asked() {
            return wait;
        }
        match plan.called.iter().all(|called| self.here.contains(called)) {
            true => memory.at_once(plan, now).unwrap_or(wait),
            false => Wait::Never,
        }
    }

    /// The flows that are ready, requests first, then by how long they are in the queue. New ones come at
    /// its end, in the order in which they are due.
    fn queue(&mut self, waits: &BTreeMap<F, Wait>, now: Timestamp) -> Vec<F> {
        let mut ready: Vec<_> = waits
            .iter()
            .filter_map(|(flow, wait)| match wait {
                Wait::Ready { due, cause } => Some((*due, *cause, flow)),
                Wait::Until { .. } | Wait::Never => None,
            })
            .collect();
        ready.sort_by_key(|(due, ..)| *due);
        for (flow, entry) in &mut self.flows {
            let is_due = match waits.get(flow) {
                Some(Wait::Ready { .. }) => true,
                Some(Wait::Until { due, .. }) => *due <= now,
                Some(Wait::Never) | None => false,
            };
            entry.memory.queued = entry.memory.queued.filter(|_| is_due);
        }
        let mut queue: Vec<_> = ready
            .into_iter()
            .filter_map(|(_, cause, flow)| {
                let memory = &mut self.flows.get_mut(flow)?.memory;
                let number = *memory.queued.get_or_insert_with(|| {
                    self.count += 1;
                    self.count
                });
                Some((!cause.is_asked(), number, flow.clone()))
            })
            .collect();
        queue.sort();
        queue.into_iter().map(|(.., flow)| flow).collect()
    }

    fn decide(
        &mut self,
        mut decision: Decision<F, C>,
        flow: F,
        waits: &BTreeMap<F, Wait>,
        now: Timestamp,
    ) -> Decision<F, C> {
        let (Some(entry), Some(Wait::Ready { due, cause })) =
            (self.flows.get(&flow), waits.get(&flow))
        else {
            return decision;
        };
        let (due, cause) = (*due, *cause);
        if self.waits_for_another(entry, due, waits, now) {
            return decision;
        }
        let connections = &entry.plan.connections;
        let blockers = self.blockers(entry);
        let is_full = self.running.len() >= self.limits.runs_max.max(1) as usize;
        let is_held = decision.held_flows.contains(&flow)
            || connections.iter().any(|used| decision.held.contains(used));
        if is_full || is_held || !blockers.is_empty() {
            // It was overtaken: something in its way came after it. Until it has had its turn nothing more
            // may, or a flow between two busy systems might never find both free. As long as only what
            // came before is in its way (a backfill of hours), others go on beside it.
            if blockers.last() > entry.memory.queued.as_ref() {
                decision.held.extend(connections.iter().cloned());
                decision.held_flows.extend(entry.before.iter().cloned());
            }
            return decision;
        }
        decision.start.push(Start {
            until: match cause {
                Cause::Request => None,
                Cause::Schedule | Cause::Retry | Cause::Resume => entry.plan.gate.closes(now),
            },
            flow: flow.clone(),
            cause,
            due,
        });
        self.begin(flow, now);
        decision
    }

    fn begin(&mut self, flow: F, now: Timestamp) {
        let Some(entry) = self.flows.get_mut(&flow) else {
            return;
        };
        let running = Running {
            number: entry.memory.queued.unwrap_or(self.count),
            connections: entry.plan.connections.clone(),
            kind: RunKind::Planned,
        };
        entry.memory.start(&entry.plan, now);
        self.running.insert(flow, running);
    }

    /// A flow that goes first was due no later, has not started, and will within the minute. One that is paused,
    /// shut out by its window or in its back-off keeps nobody waiting.
    fn waits_for_another(
        &self,
        entry: &Entry<F, C>,
        due: Timestamp,
        waits: &BTreeMap<F, Wait>,
        now: Timestamp,
    ) -> bool {
        let with_it = |other: Timestamp| other <= now && other.duration_since(due) <= SAME_TIME;
        entry.before.iter().any(|before| match waits.get(before) {
            Some(Wait::Ready { due, .. }) => with_it(*due),
            Some(Wait::Until { due, at }) => with_it(*due) && at.duration_since(now) <= SAME_TIME,
            Some(Wait::Never) | None => false,
        })
    }

    /// The numbers of the runs in the flow's way: those it comes after, and all on a full connection.
    fn blockers(&self, entry: &Entry<F, C>) -> BTreeSet<u64> {
        let before = entry
            .before
            .iter()
            .filter_map(|flow| self.running.get(flow));
        let mut blockers: BTreeSet<u64> = before.map(|run| run.number).collect();
        for connection in &entry.plan.connections {
            let Some(limit) = self.limits.by_connection.get(connection) else {
                continue;
            };
            let users = self.running.values();
            let users: Vec<u64> = users
                .filter(|run| run.connections.contains(connection))
                .map(|run| run.number)
                .collect();
            if users.len() >= (*limit).max(1) as usize {
                blockers.extend(users);
            }
        }
        blockers
    }
}

/// What one turn has decided so far.
struct Decision<F, C> {
    start: Vec<Start<F>>,
    /// Connections on which nothing more starts before somebody who was overtaken.
    held: BTreeSet<C>,
    held_flows: BTreeSet<F>,
}

impl<F, C> Default for Decision<F, C> {
    fn default() -> Self {
        Self {
            start: Vec::new(),
            held: BTreeSet::new(),
            held_flows: BTreeSet::new(),
        }
    }
}
