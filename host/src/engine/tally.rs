//! Counts what a run does, and tells whoever watches.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::run::{Counts, Run, RunId, RunStatus};
use crate::model::{ConnectionId, Fault, FaultKind, FlowName, NativeId, TenantId, Text};

use super::item::{Item, Settled, Step};
use super::{FlowInstance, Job, Mode};

/// Outcomes kept for the summary; the journal has them all.
const OUTCOMES_MAX: usize = 1_000;

/// How one record came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordOutcome {
    pub flow: FlowName,
    pub id: NativeId,
    pub title: String,
    pub settled: Settled,
    /// The record in the target, where it is known.
    pub target: Option<NativeId>,
    pub message: Option<Text>,
    /// The vendor's own words.
    pub vendor_text: Option<String>,
}

/// What a run tells while it goes on.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// The counts of a flow so far.
    Progress { flow: FlowName, counts: Counts },
    Waiting {
        connection: ConnectionId,
        wait_ms: u64,
        message: Text,
    },
}

#[derive(Debug, Clone)]
pub(super) struct Tally {
    started_at: Timestamp,
    pub counts: Counts,
    pub outcomes: Vec<RecordOutcome>,
    /// How each record came out, where the run may have to be made again until a system calls.
    pub settled: BTreeMap<NativeId, Settled>,
    /// The process was asked to stop before the flow was through.
    pub cut_short: bool,
}

impl Tally {
    pub fn start(now: Timestamp) -> Self {
        Self {
            started_at: now,
            counts: Counts::default(),
            outcomes: Vec::new(),
            settled: BTreeMap::new(),
            cut_short: false,
        }
    }

    pub fn as_run(&self, id: &RunId, tenant: &TenantId, flow: &FlowName, status: RunStatus) -> Run {
        Run {
            id: id.clone(),
            tenant: tenant.clone(),
            flow: flow.clone(),
            started_at: self.started_at,
            ended_at: None,
            status,
            counts: self.counts,
            fault: None,
        }
    }

    /// Ended by an error of ours or of the command.
    pub fn failed(&self, id: &RunId, tenant: &TenantId, flow: &FlowName, now: Timestamp) -> Run {
        Run {
            ended_at: Some(now),
            ..self.as_run(id, tenant, flow, RunStatus::Failed)
        }
    }

    pub fn ended(
        &self,
        id: &RunId,
        tenant: &TenantId,
        flow: &FlowName,
        now: Timestamp,
        fault: Option<Fault>,
    ) -> Run {
        let status = status(&self.counts, self.end(fault.as_ref()));
        Run {
            ended_at: Some(now),
            fault,
            ..self.as_run(id, tenant, flow, status)
        }
    }
}

impl Tally {
    fn end(&self, fault: Option<&Fault>) -> End {
        match fault {
            _ if self.cut_short => End::Stopped,
            Some(fault) if fault.kind == FaultKind::AwaitsCall => End::Waits,
            Some(_) => End::Stopped,
            None => End::Through,
        }
    }
}

/// How far a run came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Through,
    /// Until a system calls.
    Waits,
    Stopped,
}

fn status(counts: &Counts, end: End) -> RunStatus {
    if !counts.add_up() {
        RunStatus::Failed
    } else if end == End::Waits {
        RunStatus::Waiting
    } else if end == End::Stopped || counts.not_reached > 0 {
        RunStatus::Interrupted
    } else if counts.quarantined + counts.conflict + counts.waiting + counts.held > 0 {
        RunStatus::CompletedWithProblems
    } else {
        RunStatus::Completed
    }
}

/// What a run did: its own flow first, then the flows that its references ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    pub run: RunId,
    pub flow: FlowName,
    pub status: RunStatus,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    pub counts: BTreeMap<FlowName, Counts>,
    /// Every record that a person should hear of, and all records of a run by id.
    pub outcomes: Vec<RecordOutcome>,
    /// Records of the flow that stand aside, from this run and earlier ones.
    pub aside: u64,
    /// The flow only answers: who was refused asks again.
    #[serde(default)]
    pub answers: bool,
    /// What ended it early, and on which connection.
    pub stopped: Option<(ConnectionId, Fault)>,
    /// It was asked to stop before it was through.
    pub cut_short: bool,
    /// How each record came out, where a system only calls us.
    #[serde(skip)]
    settled: BTreeMap<FlowName, BTreeMap<NativeId, Settled>>,
}

impl RunSummary {
    pub(super) fn new(
        run: RunId,
        flow: FlowName,
        now: Timestamp,
        tallies: BTreeMap<FlowName, Tally>,
        stopped: Option<(ConnectionId, Fault)>,
    ) -> Self {
        let started_at = tallies
            .values()
            .map(|tally| tally.started_at)
            .min()
            .unwrap_or(now);
        let worst = tallies
            .values()
            .map(|tally| {
                let fault = stopped.as_ref().map(|(_, fault)| fault);
                status(&tally.counts, tally.end(fault))
            })
            .max();
        let status = worst.unwrap_or(RunStatus::Completed);
        let cut_short = tallies.values().any(|tally| tally.cut_short);
        let counts = tallies
            .iter()
            .map(|(name, tally)| (name.clone(), tally.counts))
            .collect();
        let settled = tallies
            .iter()
            .map(|(name, tally)| (name.clone(), tally.settled.clone()))
            .collect();
        let outcomes = tallies
            .into_values()
            .flat_map(|tally| tally.outcomes)
            .collect();
        Self {
            run,
            flow,
            status,
            started_at,
            ended_at: now,
            counts,
            outcomes,
            aside: 0,
            answers: false,
            stopped,
            cut_short,
            settled,
        }
    }

    /// A run that was made again once a system had called tells of all its attempts: what an earlier one wrote
    /// is written, though the last one found it unchanged or had no reason to look at it.
    #[must_use]
    pub fn going_on_from(mut self, earlier: Self) -> Self {
        self.started_at = earlier.started_at;
        for (flow, records) in earlier.settled {
            let counts = self.counts.entry(flow.clone()).or_default();
            let now = self.settled.entry(flow.clone()).or_default();
            for (id, settled) in records {
                let found = now.get(&id).copied();
                let writes = matches!(
                    settled,
                    Settled::Created | Settled::Adopted | Settled::Updated
                );
                let stays = matches!(found, None | Some(Settled::Unchanged | Settled::Updated));
                if !writes || !stays {
                    continue;
                }
                match found {
                    Some(found) => *counts.of(found) -= 1,
                    None => counts.read += 1,
                }
                *counts.of(settled) += 1;
                for outcome in &mut self.outcomes {
                    if outcome.flow == flow && outcome.id == id {
                        outcome.settled = settled;
                    }
                }
                now.insert(id, settled);
            }
        }
        self
    }
}

impl Job<'_> {
    /// Counts a page whose records are all settled or not reached.
    pub(super) fn count(&mut self, flow: &FlowInstance, items: &[Item]) {
        let now = self.engine.world.now();
        let tally = self
            .tallies
            .entry(flow.name().clone())
            .or_insert_with(|| Tally::start(now));
        for item in items {
            tally.counts.read += 1;
            let settled = match &item.step {
                Step::Done(settled) => *settled,
                _ if self.mode == Mode::Plan => continue,
                // Behind a fault.
                _ => {
                    tally.counts.not_reached += 1;
                    continue;
                }
            };
            *tally.counts.of(settled) += 1;
            if !self.called.is_empty() {
                tally.settled.insert(item.id().clone(), settled);
            }
            let quiet = !matches!(
                settled,
                Settled::Waiting | Settled::Conflict | Settled::Quarantined
            );
            if tally.outcomes.len() < OUTCOMES_MAX && (!quiet || self.every_outcome) {
                tally.outcomes.push(outcome(flow, item, settled));
            }
        }
        let notice = Notice::Progress {
            flow: flow.name().clone(),
            counts: tally.counts,
        };
        self.engine.observer.notice(&notice);
    }
}

impl Counts {
    fn of(&mut self, settled: Settled) -> &mut u64 {
        match settled {
            Settled::Created => &mut self.created,
            Settled::Adopted => &mut self.adopted,
            Settled::Updated => &mut self.updated,
            Settled::Unchanged => &mut self.unchanged,
            Settled::Filtered => &mut self.filtered,
            Settled::Waiting => &mut self.waiting,
            Settled::Conflict => &mut self.conflict,
            Settled::Quarantined => &mut self.quarantined,
            Settled::Held => &mut self.held,
        }
    }
}

fn outcome(flow: &FlowInstance, item: &Item, settled: Settled) -> RecordOutcome {
    let fault = item
        .parked
        .as_ref()
        .and_then(|parked| parked.fault.as_ref());
    RecordOutcome {
        flow: flow.name().clone(),
        id: item.entry.id.clone(),
        title: item.title.clone(),
        settled,
        target: item.link.as_ref().map(|link| flow.far(link).id.clone()),
        message: item.note.clone(),
        vendor_text: fault.and_then(|fault| fault.vendor_text.clone()),
    }
}
