//! One run of one flow: read, match, resolve, map, plan, write, write back, report, move the cursor.
//!
//! This is the only module that changes both systems and the store, so the order of steps here is the
//! promise we make: an intent is durable before a create leaves, a link before the cursor passes its
//! record, and every record read is settled in exactly one way.
//!
//! Invariant: no vendor's name, no wasmtime type and no sled type appears here.
//! Invariant: no spawn, no unbiased select, no clock, no hash-map iteration: same world, same run.

mod call;
pub mod crash_point;
mod gate;
pub mod item;
mod ladder;
pub mod plan;
mod plan_report;
mod recognise;
mod reference;
mod report;
pub mod retry;
mod settle;
mod tally;
pub mod verify;
pub mod world;
mod write_back;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::catalogue::Catalogue;
use crate::connector::Connector;
use crate::mapping::{Facts, Flow};
use crate::model::manifest::{ChangeSource, EntitySpec};
use crate::model::run::{RunId, RunStatus};
use crate::model::{ConnectionId, Entry, Fault, FlowName, LinkSet, NativeId, TenantId, Text};
use crate::store::{Change, Lease, LeaseScope, Store, StoreError};

pub use item::Settled;
pub use plan_report::{PlanReport, PlannedAction, PlannedRecord};
pub use tally::{Notice, RecordOutcome, RunSummary};

use call::Pace;
use item::{Item, Step};
use tally::Tally;
use world::World;

/// Records asked for at once. One page is settled before the next is read.
pub const PAGE_RECORDS_MAX: u32 = 500;
/// A run holds its flows this long without a sign of life.
pub const LEASE_TTL: Duration = Duration::from_secs(60);
/// References may lead to flows that have references: this deep.
pub const REFERENCE_DEPTH_MAX: usize = 4;
const _: () = assert!(
    PAGE_RECORDS_MAX <= 1_000,
    "one page is one store transaction"
);

/// One end of a flow, ready to be called.
#[derive(Clone)]
pub struct Endpoint {
    pub connection: ConnectionId,
    pub entity: String,
    pub connector: Arc<dyn Connector>,
}

impl Endpoint {
    /// What the connector says of this end's entity. A flow is compiled against it, so it is there.
    pub fn spec(&self) -> &EntitySpec {
        self.connector
            .manifest()
            .entity(&self.entity)
            .expect("a compiled flow names an entity of its connector")
    }
}

/// A flow of a tenant, bound to its two connections.
#[derive(Clone)]
pub struct FlowInstance {
    pub flow: Flow,
    pub set: LinkSet,
    pub source: Endpoint,
    pub target: Endpoint,
}

impl FlowInstance {
    pub fn name(&self) -> &FlowName {
        self.flow.name()
    }
}

/// Which records a run is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// What changed since the cursor, or all that match.
    Changes,
    /// As `Changes`, from the beginning of history.
    FromStart,
    Records(Vec<NativeId>),
}

/// Whether a run writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Run,
    Plan,
}

/// Why a page was asked for: what another flow needs passes the filter of this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    ByFlow,
    ByReference,
}

/// What ends a run before its end.
#[derive(Debug, thiserror::Error)]
pub enum Halt {
    /// The surroundings, or something a person must set. Nothing is lost; the next run goes on here.
    #[error("connection `{connection}`: {fault}")]
    Fault {
        connection: ConnectionId,
        fault: Box<Fault>,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Ours: please report.
    #[error("{0}")]
    Bug(String),
}

/// Hears what a run does while it does it.
pub trait Observer: Send + Sync {
    fn notice(&self, notice: &Notice);
}

/// The flows of one tenant with what they need to run.
pub struct Engine {
    pub tenant: TenantId,
    pub flows: BTreeMap<FlowName, Arc<FlowInstance>>,
    pub store: Arc<dyn Store>,
    pub world: Arc<dyn World>,
    pub observer: Arc<dyn Observer>,
    /// Who holds the leases, for people: `liaison run, process 4711`.
    pub holder: String,
    /// For what is written into systems (tickets), in the installation's language.
    pub words: Catalogue,
}

impl Engine {
    /// Runs one flow once.
    ///
    /// Errors are ours only (an unknown flow, the store); faults of systems end the run in order and
    /// stand in its summary.
    pub async fn run(&self, name: &FlowName, selection: Selection) -> Result<RunSummary, Halt> {
        let flow = self.flow(name)?;
        let mut job = Job::start(self, Mode::Run, &flow).await?;
        let end = job.go(&flow, selection).await;
        job.finish(&flow, end).await
    }

    /// Says what `run` would do, field by field, and writes nothing.
    pub async fn plan(&self, name: &FlowName, selection: Selection) -> Result<PlanReport, Halt> {
        let flow = self.flow(name)?;
        let mut job = Job::start(self, Mode::Plan, &flow).await?;
        let end = job.go(&flow, selection).await;
        job.release().await?;
        let stopped = match end {
            Ok(()) => None,
            Err(Halt::Fault { connection, fault }) => Some((connection, *fault)),
            Err(other) => return Err(other),
        };
        Ok(PlanReport::new(
            name.clone(),
            job.planned,
            job.tallies,
            stopped,
        ))
    }

    fn flow(&self, name: &FlowName) -> Result<Arc<FlowInstance>, Halt> {
        let found = self.flows.get(name).cloned();
        found.ok_or_else(|| Halt::Bug(format!("flow `{name}` is not loaded")))
    }
}

/// One run in hand.
struct Job<'a> {
    engine: &'a Engine,
    mode: Mode,
    run: RunId,
    /// Of this flow and of every flow its references may run.
    leases: BTreeMap<FlowName, Lease>,
    facts: Facts,
    pace: Pace,
    tallies: BTreeMap<FlowName, Tally>,
    planned: Vec<PlannedRecord>,
    depth: usize,
}

impl Job<'_> {
    /// The loop of the product.
    async fn go(&mut self, flow: &FlowInstance, selection: Selection) -> Result<(), Halt> {
        if self.mode == Mode::Run {
            self.resolve_open_intents(flow).await?;
        }
        if let Selection::Records(ids) = selection {
            let entries = self.read(flow, &ids).await?;
            return self.settle_page(flow, entries, Asked::ByFlow).await;
        }
        self.revisit_parked(flow).await?;
        let keeps_cursor = matches!(flow.source.spec().changes, ChangeSource::Stamp(_));
        let mut at = match selection {
            Selection::Changes if keeps_cursor => self.cursor(flow).await?,
            _ => None,
        };
        loop {
            let page = self.changes(flow, at.as_deref()).await?;
            crash_point::pass("page-read");
            self.settle_page(flow, page.entries, Asked::ByFlow).await?;
            crash_point::pass("before-page");
            if keeps_cursor && let Some(next) = &page.next {
                self.commit_cursor(flow, next).await?;
            }
            crash_point::pass("after-page");
            match page.next {
                Some(next) if page.more => at = Some(next),
                _ => return Ok(()),
            }
        }
    }

    /// Settles every record of a page, each on its own.
    async fn settle_page(
        &mut self,
        flow: &FlowInstance,
        entries: Vec<Entry>,
        asked: Asked,
    ) -> Result<(), Halt> {
        let mut items = self.open_items(flow, entries, asked).await?;
        let end = self.settle_items(flow, &mut items).await;
        if end.is_err() {
            for item in &mut items {
                if !matches!(item.step, Step::Done(_)) {
                    item.step = Step::NotReached;
                }
            }
        }
        self.count(flow, &items);
        end
    }

    async fn settle_items(&mut self, flow: &FlowInstance, items: &mut [Item]) -> Result<(), Halt> {
        self.resolve_references(flow, items).await?;
        self.map(flow, items);
        self.recognise(flow, items).await?;
        if self.mode == Mode::Plan {
            self.note_plan(flow, items);
            return Ok(());
        }
        self.write(flow, items).await?;
        self.write_back(flow, items).await?;
        self.report(flow, items).await?;
        self.settle_rest(flow, items).await
    }

    async fn cursor(&self, flow: &FlowInstance) -> Result<Option<Vec<u8>>, Halt> {
        Ok(self
            .engine
            .store
            .cursor(&self.engine.tenant, flow.name())
            .await?)
    }

    async fn commit_cursor(&mut self, flow: &FlowInstance, cursor: &[u8]) -> Result<(), Halt> {
        if self.mode == Mode::Plan {
            return Ok(());
        }
        let change = Change::PutCursor {
            tenant: self.engine.tenant.clone(),
            flow: flow.name().clone(),
            cursor: cursor.to_vec(),
        };
        self.commit(flow, vec![change]).await
    }

    /// Records that wait, or that a person wants tried again, come first: a stamp never shows them again.
    async fn revisit_parked(&mut self, flow: &FlowInstance) -> Result<(), Halt> {
        let parked = self
            .engine
            .store
            .parked_list(&self.engine.tenant, Some(flow.name()))
            .await?;
        let shows_again = !matches!(flow.source.spec().changes, ChangeSource::Stamp(_));
        let ids: Vec<NativeId> = parked
            .into_iter()
            .filter(|record| gate::wants_visit(record, shows_again))
            .map(|record| record.id)
            .collect();
        for chunk in ids.chunks(PAGE_RECORDS_MAX as usize) {
            let entries = self.read(flow, chunk).await?;
            self.settle_page(flow, entries, Asked::ByFlow).await?;
        }
        Ok(())
    }

    /// All changes in one durable transaction under this flow's lease.
    async fn commit(&self, flow: &FlowInstance, changes: Vec<Change>) -> Result<(), Halt> {
        if changes.is_empty() {
            return Ok(());
        }
        let lease = self
            .leases
            .get(flow.name())
            .ok_or_else(|| Halt::Bug(format!("no lease on flow `{}`", flow.name())))?;
        Ok(self.engine.store.commit(lease, changes).await?)
    }
}

impl<'a> Job<'a> {
    /// Takes the leases of the flow and of every flow it may run for a reference.
    async fn start(engine: &'a Engine, mode: Mode, flow: &FlowInstance) -> Result<Job<'a>, Halt> {
        let mut job = Job {
            engine,
            mode,
            run: RunId(world::run_name(&*engine.world)),
            leases: BTreeMap::new(),
            facts: Facts::default(),
            pace: Pace::default(),
            tallies: BTreeMap::new(),
            planned: Vec::new(),
            depth: 0,
        };
        if mode == Mode::Plan {
            return Ok(job);
        }
        let mut names: Vec<FlowName> = engine.reachable(flow.name());
        names.sort();
        for name in names {
            let scope = LeaseScope::flow(&engine.tenant, &name);
            let now = engine.world.now();
            match engine
                .store
                .claim(&scope, &engine.holder, now, LEASE_TTL)
                .await
            {
                Ok(lease) => {
                    job.leases.insert(name, lease);
                }
                Err(error) => {
                    job.release().await?;
                    return Err(error.into());
                }
            }
        }
        let begun = Tally::start(job.engine.world.now());
        let run = begun.as_run(&job.run, &engine.tenant, flow.name(), RunStatus::Running);
        job.tallies.insert(flow.name().clone(), begun);
        job.commit(flow, vec![Change::PutRun(Box::new(run))])
            .await?;
        Ok(job)
    }

    async fn release(&mut self) -> Result<(), Halt> {
        for lease in std::mem::take(&mut self.leases).into_values() {
            self.engine.store.release(&lease).await?;
        }
        Ok(())
    }

    /// Writes the run's end for every flow that took part, and gives the leases back.
    async fn finish(
        mut self,
        flow: &FlowInstance,
        end: Result<(), Halt>,
    ) -> Result<RunSummary, Halt> {
        let stopped = match end {
            Ok(()) => None,
            Err(Halt::Fault { connection, fault }) => Some((connection, *fault)),
            Err(Halt::Bug(words)) => Some((flow.source.connection.clone(), Fault::internal(words))),
            Err(Halt::Store(error)) => return Err(Halt::Store(error)),
        };
        let now = self.engine.world.now();
        let fault = stopped.as_ref().map(|(_, fault)| fault.clone());
        let tallies = std::mem::take(&mut self.tallies);
        for (name, tally) in &tallies {
            let main = name == flow.name();
            let run = tally.ended(
                &self.run,
                &self.engine.tenant,
                name,
                now,
                if main { fault.clone() } else { None },
            );
            let instance = self.engine.flow(name)?;
            self.commit(&instance, vec![Change::PutRun(Box::new(run))])
                .await?;
        }
        self.release().await?;
        Ok(RunSummary::new(
            self.run.clone(),
            flow.name().clone(),
            now,
            tallies,
            stopped,
        ))
    }
}

impl Engine {
    /// The flow and every flow its references lead to.
    fn reachable(&self, name: &FlowName) -> Vec<FlowName> {
        let mut found = vec![name.clone()];
        let mut next = 0;
        while next < found.len() {
            if let Some(flow) = self.flows.get(&found[next]) {
                for reference in flow.flow.references() {
                    if self.flows.contains_key(&reference) && !found.contains(&reference) {
                        found.push(reference);
                    }
                }
            }
            next += 1;
        }
        found
    }
}

/// A text of ours, from the host's catalogue.
fn words(key: &str, args: Vec<(&str, String)>, english: impl Into<String>) -> Text {
    Text::new(key, args, english)
}
