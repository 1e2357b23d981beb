//! What a scheduler must know of the flows, and the runs that it starts.
//!
//! The files of a tenant are taken over when they are right; while they are not, what was taken over last
//! stays, and the problem is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::engine::{Observer, RunSummary};
use crate::model::run::{Event, Run, RunStatus};
use crate::model::text::words;
use crate::model::{ConnectionId, Fault, FaultKind, FlowName, TenantId};
use jiff::Timestamp;

use crate::schedule::{Ended, Ending, FlowPlan, Past, Switch};
use crate::store::{Change, LeaseScope};

use super::files::Texts;
use super::request::{Answer, FlowRef, Request};
use super::shipping::trial::is_withdrawal;
use super::tenants::OpenTenant;
use super::{Blame, Control, ControlError};
use crate::engine::world::World;

/// A flow of an installation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlowKey {
    pub tenant: TenantId,
    pub flow: FlowName,
}

impl fmt::Display for FlowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tenant, self.flow)
    }
}

pub type ConnectionKey = (TenantId, ConnectionId);
pub type Plan = FlowPlan<FlowKey, ConnectionKey>;

/// What a service works from.
pub struct Timetable {
    control: Control,
    tenants: BTreeMap<TenantId, Kept>,
}

/// One tenant, as it was when its files were last right.
struct Kept {
    stamp: Stamp,
    texts: Arc<Texts>,
    plans: Vec<Plan>,
    /// The connections that something comes in for.
    called: BTreeSet<ConnectionId>,
    /// What is wrong with the files as they are now.
    problem: Option<Arc<ControlError>>,
}

/// The files of a tenant, told apart by when they were written.
#[derive(Debug, Clone, PartialEq, Default)]
struct Stamp(Vec<(std::path::PathBuf, Option<SystemTime>, u64)>);

impl Timetable {
    pub fn new(control: Control) -> Self {
        Self {
            control,
            tenants: BTreeMap::new(),
        }
    }

    /// Looks whether files have changed. Answers whether anything is different now.
    pub async fn refresh(&mut self) -> Result<bool, ControlError> {
        let ids = self.control.home.tenant_ids()?;
        let before = self.tenants.len();
        self.tenants.retain(|id, _| ids.contains(id));
        let mut changed = self.tenants.len() != before;
        for id in ids {
            let stamp = self.stamp(&id);
            if self
                .tenants
                .get(&id)
                .is_some_and(|kept| kept.stamp == stamp)
            {
                continue;
            }
            changed = true;
            let taken = self.take_over(&id, &stamp).await;
            let problem = match taken {
                Ok(kept) => {
                    self.tenants.insert(id.clone(), kept);
                    continue;
                }
                Err(problem) => Arc::new(problem),
            };
            self.tell(&id, &problem).await;
            let kept = self.tenants.entry(id).or_insert_with(|| Kept {
                stamp: Stamp::default(),
                texts: Arc::default(),
                plans: Vec::new(),
                called: BTreeSet::new(),
                problem: None,
            });
            kept.stamp = stamp;
            kept.problem = Some(problem);
        }
        Ok(changed)
    }

    /// All flows with what the files say of them.
    pub fn plans(&self) -> Result<Vec<Plan>, ControlError> {
        let paused = self.control.paused()?;
        let plans = self.tenants.values().flat_map(|kept| kept.plans.clone());
        Ok(plans
            .map(|mut plan| {
                let key = (plan.flow.tenant.clone(), plan.flow.flow.clone());
                if paused.contains(&key) {
                    plan.switch = Switch::Paused;
                }
                plan
            })
            .collect())
    }

    /// Every connection that something comes in for, with its files in force.
    pub fn all_called(&self) -> BTreeMap<ConnectionKey, Control> {
        let tenants = self.tenants.iter();
        tenants
            .flat_map(|(id, kept)| {
                let control = self.control.with_files(Arc::clone(&kept.texts));
                let called = kept.called.iter();
                called.map(move |connection| ((id.clone(), connection.clone()), control.clone()))
            })
            .collect()
    }

    /// Tenants whose files are wrong as they are now.
    pub fn problems(&self) -> Vec<(TenantId, Arc<ControlError>)> {
        let wrong = self.tenants.iter();
        wrong
            .filter_map(|(id, kept)| Some((id.clone(), kept.problem.clone()?)))
            .collect()
    }

    /// Every tenant, with its files that are in force.
    pub fn in_force(&self) -> Vec<(TenantId, Control)> {
        let tenants = self.tenants.iter();
        tenants
            .map(|(id, kept)| (id.clone(), self.control.with_files(Arc::clone(&kept.texts))))
            .collect()
    }

    /// For a run of this flow: with the files that are in force.
    pub fn runner(&self, key: &FlowKey) -> Control {
        match self.tenants.get(&key.tenant) {
            Some(kept) => self.control.with_files(Arc::clone(&kept.texts)),
            None => self.control.clone(),
        }
    }

    fn stamp(&self, id: &TenantId) -> Stamp {
        let home = &self.control.home;
        // A secret that is new may be the one that was missing.
        let mut files = vec![home.tenant(id), self.control.secrets.file(id)];
        // So may a connector, and a new version of one is for both halves of it.
        files.push(home.lock());
        let listed = std::fs::read_dir(home.flows(id)).into_iter();
        files.extend(listed.flatten().flatten().map(|entry| entry.path()));
        files.sort();
        let told = files.into_iter().map(|path| {
            let about = std::fs::metadata(&path).ok();
            let written = about.as_ref().and_then(|about| about.modified().ok());
            (path, written, about.map_or(0, |about| about.len()))
        });
        Stamp(told.collect())
    }

    async fn take_over(&self, id: &TenantId, stamp: &Stamp) -> Result<Kept, ControlError> {
        let texts = Arc::new(self.control.texts_of(id)?);
        let control = self.control.with_files(Arc::clone(&texts));
        let open = control.open_tenant(id, None).await?;
        let first_time = !self.tenants.contains_key(id);
        let mut problem = None;
        for made in open.flows.values() {
            if let Err(error) = made
                && !error.problems.is_empty()
            {
                match first_time {
                    // There is nothing older to go on with: the other flows run.
                    true => problem = Some(Arc::new(error.clone())),
                    false => return Err(error.clone()),
                }
            }
        }
        if let Some(problem) = &problem {
            self.tell(id, problem).await;
        }
        Ok(Kept {
            stamp: stamp.clone(),
            plans: control.plans_of(&open).await?,
            called: control.reached_of(&open).await,
            texts,
            problem,
        })
    }

    /// Into the journal and the log: nobody looks at the files of a service all day.
    async fn tell(&self, id: &TenantId, problem: &ControlError) {
        let message = words!(
            "service-files-wrong",
            "the files of tenant `{tenant}` are wrong, so what was last right stays in force: {what}",
            tenant = id;
            what = problem.in_short()
        );
        tracing::error!(tenant = %id, "{}", message.fallback);
        let event = Change::AddEvent(Box::new(Event {
            at: self.control.world.now(),
            tenant: id.clone(),
            flow: None,
            run: None,
            record: None,
            kind: "files-wrong".to_owned(),
            message,
        }));
        if let Err(error) = self
            .control
            .commit(LeaseScope::admin(id), vec![event])
            .await
        {
            tracing::error!("{}", error.message.fallback);
        }
    }
}

impl Control {
    /// The connections that something comes in for, also those that lack something yet: a password, say.
    async fn reached_of(&self, open: &OpenTenant) -> BTreeSet<ConnectionId> {
        let mut called = BTreeSet::new();
        for (id, connection) in &open.tenant.connections {
            let loaded = self.loaded_for(connection).await;
            if loaded.is_ok_and(|(loaded, _)| loaded.has_door()) {
                called.insert(id.clone());
            }
        }
        called
    }

    async fn plans_of(&self, open: &OpenTenant) -> Result<Vec<Plan>, ControlError> {
        let tenant = &open.tenant;
        let key = |flow: &FlowName| FlowKey {
            tenant: tenant.id.clone(),
            flow: flow.clone(),
        };
        let mut plans = Vec::new();
        for (name, made) in &open.flows {
            let flow = &tenant.flows[name];
            let Ok(file) = self.flow_file(tenant, flow) else {
                continue;
            };
            let (uses, ends, called) = match made {
                Ok(made) => {
                    let ends = [&made.source, &made.target];
                    let called = ends.iter().filter(|end| end.connector.is_called());
                    let called: Vec<ConnectionId> =
                        called.map(|end| end.connection.clone()).collect();
                    (
                        made.flow.uses(),
                        ends.map(|end| end.connection.clone()),
                        called,
                    )
                }
                Err(_) => continue,
            };
            let runs = self.store().await?.runs(&tenant.id, Some(name), 1).await?;
            let on_tenant = |end: &ConnectionId| (tenant.id.clone(), end.clone());
            plans.push(Plan {
                flow: key(name),
                schedule: flow.schedule.clone().unwrap_or(file.schedule),
                zone: flow.zone.clone(),
                gate: flow.gate.clone(),
                depends_on: uses.iter().map(key).collect(),
                connections: ends.iter().map(&on_tenant).collect(),
                called: called.iter().map(&on_tenant).collect(),
                switch: Switch::On,
                past: runs.first().map(past),
            });
        }
        Ok(plans)
    }

    /// The newest runs of a flow, newest first.
    pub async fn recent_runs(&self, key: &FlowKey, limit: usize) -> Result<Vec<Run>, ControlError> {
        let store = self.store().await?;
        Ok(store.runs(&key.tenant, Some(&key.flow), limit).await?)
    }

    /// What people call a tenant; its id while its file cannot be read.
    pub fn tenant_title(&self, id: &TenantId) -> String {
        self.read_tenant(id)
            .map_or_else(|_| id.to_string(), |tenant| tenant.title)
    }

    /// One run as the scheduler wants it, and what it means for the next one.
    pub async fn run_scheduled(
        &self,
        key: &FlowKey,
        until: Option<Timestamp>,
        observer: Arc<dyn Observer>,
    ) -> (Result<Answer, ControlError>, Ending) {
        let request = Request::Run {
            flow: FlowRef {
                tenant: Some(key.tenant.clone()),
                flow: key.flow.clone(),
            },
            records: Vec::new(),
            since: None,
            plan: None,
        };
        let in_time = Self {
            world: Arc::new(self.world.until(until)),
            ..self.clone()
        };
        let answer = in_time.answer_at_once(request, observer).await;
        let ending = match &answer {
            Ok(Answer::Run(summary)) => match &summary.stopped {
                // The system's call goes on with it, or the schedule.
                Some((_, fault)) if fault.kind == FaultKind::AwaitsCall => Ending::Done,
                Some((_, fault)) => of_fault(fault),
                None if summary.cut_short && until.is_some_and(|end| self.world.now() >= end) => {
                    self.tell_of_the_window(key, summary).await;
                    Ending::Unfinished
                }
                None => Ending::Done,
            },
            Ok(_) => Ending::Done,
            Err(error) if error.blame == Blame::Surroundings => Ending::Unavailable {
                retry_after_s: None,
            },
            Err(_) => Ending::Refused,
        };
        (answer, ending)
    }

    /// Into the journal: the page shows an interrupted run, and people ask why.
    async fn tell_of_the_window(&self, key: &FlowKey, summary: &RunSummary) {
        let event = Change::AddEvent(Box::new(Event {
            at: self.world.now(),
            tenant: key.tenant.clone(),
            flow: Some(key.flow.clone()),
            run: Some(summary.run.clone()),
            record: None,
            kind: "window-closed".to_owned(),
            message: words!(
                "service-window-closed",
                "the hours in which this flow may run are over; the next run goes on here"
            ),
        }));
        if let Err(error) = self
            .commit(LeaseScope::flow(&key.tenant, &key.flow), vec![event])
            .await
        {
            tracing::error!("{}", error.message.fallback);
        }
    }
}

fn past(run: &Run) -> Past {
    let ended = run.ended_at.map(|at| {
        let ending = match (&run.fault, run.status) {
            (_, RunStatus::Waiting) => Ending::Done,
            (Some(fault), _) => of_fault(fault),
            (None, RunStatus::Failed) => Ending::Refused,
            (None, _) => Ending::Done,
        };
        Ended {
            at,
            ending,
            failures: u32::from(ending != Ending::Done),
        }
    });
    Past {
        started: run.started_at,
        ended,
    }
}

fn of_fault(fault: &Fault) -> Ending {
    match fault.kind {
        FaultKind::Unauthorized | FaultKind::Misconfigured => Ending::Refused,
        // Its connector is another one by now.
        _ if is_withdrawal(fault) => Ending::Unfinished,
        _ => Ending::Unavailable {
            retry_after_s: fault.wait_ms.map(|ms| ms.div_ceil(1_000)),
        },
    }
}
