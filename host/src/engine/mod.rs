//! One run of one flow: read, match, resolve, map, plan, write, write back, report, move the cursor.
//!
//! This is the only module that changes both systems and the store, so the order of steps here is the
//! promise we make: an intent is durable before a create leaves, a link before the cursor passes its
//! record, and every record read is settled in exactly one way.
//!
//! Invariant: no vendor's name, no wasmtime type and no sled type appears here.
//! Invariant: no spawn, no unbiased select, no clock, no hash-map iteration: same world, same run.

mod answer;
#[cfg(test)]
mod answer_tests;
mod call;
mod called;
mod ceiling;
mod count;
#[cfg(test)]
mod count_tests;
pub mod crash_point;
mod flow_instance;
mod form;
mod gate;
mod gone;
mod image;
#[cfg(test)]
mod image_tests;
pub mod item;
mod ladder;
mod needed;
#[cfg(test)]
mod needed_tests;
#[cfg(test)]
mod on_demand_tests;
mod pair;
mod pair_base;
mod pair_begun;
mod pair_tell;
mod park;
pub mod plan;
pub mod plan_pair;
mod plan_report;
mod recognise;
mod reference;
#[cfg(test)]
mod reference_tests;
mod report;
pub mod retry;
#[cfg(test)]
mod reverse_tests;
mod settle;
pub mod survey;
mod tally;
#[cfg(test)]
mod two_systems;
pub mod verify;
mod walk;
pub mod world;
mod write_back;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::catalogue::Catalogue;
use crate::mapping::Facts;
use crate::model::manifest::ChangeSource;
use crate::model::run::{Parked, RunId, RunStatus};
use crate::model::{
    ConnectionId, Entry, Fault, Fingerprint, FlowName, LinkSet, NativeId, TenantId, Text, Token,
};
use crate::store::{Change, IntentKind, Lease, LeaseScope, Store, StoreError};

pub use flow_instance::{BothWays, Endpoint, FlowInstance, Way};
pub use gate::BEING_LINKED;
pub use gone::{TOO_MANY_GONE, gone_fingerprint};
pub use item::Settled;
pub use ladder::MAY_EXIST;
pub use plan_report::{PlanReport, PlannedAction, PlannedField, PlannedRecord};
pub use tally::{Notice, RecordOutcome, RunSummary};

use call::Pace;
use crash_point::Site;
use gate::source_fingerprint;
use item::{Item, Step};
use tally::Tally;
use walk::Walk;
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

/// Why a page was asked for: what another flow needs passes the filter of this one, and what a person names needs
/// no other wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Flow,
    Person,
    Reference,
    /// The source is owed an answer.
    Owed,
}

impl Asked {
    /// Out of the flow's own turn, which may still come.
    fn is_early(self) -> bool {
        matches!(self, Self::Reference | Self::Owed)
    }
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
    /// A person named records that the source does not have.
    #[error("connection `{connection}` has no {entity} {missing:?}")]
    NoRecord {
        connection: ConnectionId,
        entity: String,
        missing: Vec<NativeId>,
    },
    /// The process was asked to stop. Nothing is lost; the next run goes on here.
    #[error("the run was asked to stop")]
    Stopped,
    /// Ours: please report.
    #[error("{0}")]
    Bug(String),
}

/// Hears what a run does while it does it.
pub trait Observer: Send + Sync {
    fn notice(&self, notice: &Notice);

    /// How far a long command has come.
    fn said(&self, _words: &Text) {}

    /// Whether anybody still wants the answer.
    fn is_heard(&self) -> bool {
        true
    }
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
        let end = job.both_ways(&flow, selection).await;
        job.finish(&flow, end).await
    }

    /// Says what `run` would do, field by field, and writes nothing.
    pub async fn plan(&self, name: &FlowName, selection: Selection) -> Result<PlanReport, Halt> {
        let flow = self.flow(name)?;
        let mut job = Job::start(self, Mode::Plan, &flow).await?;
        let end = job.both_ways(&flow, selection).await;
        let end = job.forget(end).await;
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
    /// On the pairs of this flow and of every flow its references may run.
    leases: BTreeMap<LinkSet, Lease>,
    /// Creates that were sent, never answered, and are not there: left open for the next run.
    unanswered: BTreeSet<(LinkSet, NativeId, IntentKind)>,
    /// By the two systems that a flow joins, in its direction: what is source to one flow is target to
    /// another.
    facts: BTreeMap<(ConnectionId, ConnectionId), Facts>,
    no_facts: Facts,
    pace: Pace,
    tallies: BTreeMap<FlowName, Tally>,
    planned: Vec<PlannedRecord>,
    depth: usize,
    /// Records whose source is gone that this run has dealt with.
    gone: BTreeMap<FlowName, u64>,
    /// Records whose image in a mirror somebody deleted.
    images: BTreeSet<(LinkSet, NativeId)>,
    /// Given to a record that is created.
    last_moment_ms: Option<i64>,
    /// The last number that each flow gave to a record.
    counts: BTreeMap<FlowName, u64>,
    /// Settled out of their turn: revisited, finished or needed by another flow.
    visited: BTreeMap<(FlowName, NativeId), Fingerprint>,
    /// A person named the records and wants to hear of each.
    every_outcome: bool,
    /// The ends whose systems call us, once each.
    called: Vec<Endpoint>,
    /// Operations that have their outcome, which the next transaction settles.
    answered: Mutex<Vec<Token>>,
}

impl Job<'_> {
    /// The flow, and then its way back where it has one. Records that a person names are the source's.
    async fn both_ways(&mut self, flow: &FlowInstance, selection: Selection) -> Result<(), Halt> {
        self.go(flow, selection.clone()).await?;
        match (&flow.way, selection) {
            (Way::There(both), selection @ (Selection::Changes | Selection::FromStart)) => {
                let begun = Tally::start(self.engine.world.now());
                let name = both.back.name().clone();
                self.tallies.entry(name).or_insert(begun);
                self.go(&both.back, selection).await?;
                self.make_images(flow).await
            }
            _ => Ok(()),
        }
    }

    /// The loop of the product.
    async fn go(&mut self, flow: &FlowInstance, selection: Selection) -> Result<(), Halt> {
        if self.mode == Mode::Run {
            self.resolve_open_intents(flow).await?;
        }
        if let Selection::Records(ids) = selection {
            self.every_outcome = true;
            let entries = self.read_asked(flow, &ids).await?;
            return self.settle_page(flow, entries, Asked::Person).await;
        }
        self.revisit_parked(flow).await?;
        let stamped = matches!(flow.source.spec().changes, ChangeSource::Stamp(_));
        // A run from another day on says nothing about what lies before it.
        let keeps_cursor = stamped && selection == Selection::Changes;
        let mut walk = Walk::from(match selection {
            Selection::Changes if keeps_cursor => self.cursor(flow).await?,
            _ => None,
        });
        // Absence means something only where all was shown.
        let mut shown = (flow.flow.gone().asked && walk.at().is_none()).then(BTreeSet::new);
        loop {
            let page = self.changes(flow, walk.at()).await?;
            let more = walk.pass(&page);
            let complete = page.complete;
            if let Some(shown) = &mut shown {
                shown.extend(page.entries.iter().map(|entry| entry.id.clone()));
            }
            let fresh = self.not_yet_settled(flow, page.entries);
            self.settle_page(flow, fresh, Asked::Flow).await?;
            let more = more.map_err(|fault| call::halt(&flow.source, fault))?;
            if keeps_cursor && let Some(next) = &page.next {
                self.commit_cursor(flow, next).await?;
            }
            self.read_is_settled().await?;
            if !more {
                return match shown {
                    Some(shown) if complete => self.settle_absent(flow, &shown).await,
                    _ => Ok(()),
                };
            }
            self.may_go_on()?;
        }
    }

    /// Between two things that belong together less than what they are made of.
    fn may_go_on(&self) -> Result<(), Halt> {
        match self.engine.world.stopping() {
            true => Err(Halt::Stopped),
            false => Ok(()),
        }
    }

    /// Settles every record of a page, each on its own.
    async fn settle_page(
        &mut self,
        flow: &FlowInstance,
        entries: Vec<Entry>,
        asked: Asked,
    ) -> Result<(), Halt> {
        let entries = once_each(entries);
        if asked.is_early() {
            self.settled_before(flow, &entries);
        }
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
        if asked.is_early() {
            self.settled_halfway(flow, &items);
        }
        end
    }

    /// Only what was owed is done where the source has moved since: their turn still comes.
    fn settled_halfway(&mut self, flow: &FlowInstance, items: &[Item]) {
        for item in items {
            let link = item.link.as_ref();
            if link.is_some_and(|link| flow.near(link).fingerprint != Some(item.fingerprint)) {
                let record = (flow.name().clone(), item.id().clone());
                self.visited.remove(&record);
            }
        }
    }

    async fn settle_items(&mut self, flow: &FlowInstance, items: &mut [Item]) -> Result<(), Halt> {
        match self.mirror(flow)? {
            Some(ways) => self.settle_deleted_images(flow, &ways, items).await?,
            None => self.settle_gone(flow, items).await?,
        }
        self.settle_pairs(flow, items).await?;
        self.map(flow, items).await?;
        match flow.flow.answers() {
            true => answer::decide(items),
            false => self.recognise(flow, items).await?,
        }
        if self.mode == Mode::Plan {
            self.note_plan(flow, items);
            return Ok(());
        }
        // A target that fails half-way stops neither what is owed to the source nor the reports.
        let written = self.write(flow, items).await;
        if let Err(Halt::Store(error)) = written {
            return Err(Halt::Store(error));
        }
        let written = match written {
            Ok(()) => self.settle_pairs(flow, items).await,
            halted => halted,
        };
        if let Err(Halt::Store(error)) = written {
            return Err(Halt::Store(error));
        }
        let written_back = self.write_back(flow, items).await;
        if let Err(Halt::Store(error)) = written_back {
            return Err(Halt::Store(error));
        }
        self.report(flow, items).await?;
        self.settle_rest(flow, items).await?;
        written.and(written_back)
    }

    /// The records that a person named. One that is not there is told before anything is written.
    async fn read_asked(
        &mut self,
        flow: &FlowInstance,
        ids: &[NativeId],
    ) -> Result<Vec<Entry>, Halt> {
        let found = self.read_end(&flow.source, ids).await?;
        let missing: Vec<NativeId> = ids
            .iter()
            .zip(&found)
            .filter(|(_, entry)| entry.is_none())
            .map(|(id, _)| id.clone())
            .collect();
        if missing.is_empty() {
            Ok(found.into_iter().flatten().collect())
        } else {
            let entity = flow.source.entity.clone();
            Err(Halt::NoRecord {
                connection: flow.source.connection.clone(),
                entity,
                missing,
            })
        }
    }

    /// Remembers records that were settled out of their turn, so that their turn does not count twice.
    fn settled_before(&mut self, flow: &FlowInstance, entries: &[Entry]) {
        let name = flow.name();
        self.visited.extend(entries.iter().map(|entry| {
            let as_it_was = source_fingerprint(&flow.flow, &entry.body);
            ((name.clone(), entry.id.clone()), as_it_was)
        }));
    }

    /// One that was edited since has its turn all the same.
    fn not_yet_settled(&self, flow: &FlowInstance, entries: Vec<Entry>) -> Vec<Entry> {
        entries
            .into_iter()
            .filter(|entry| {
                let key = (flow.name().clone(), entry.id.clone());
                let as_it_is = source_fingerprint(&flow.flow, &entry.body);
                self.visited.get(&key) != Some(&as_it_is)
            })
            .collect()
    }

    async fn cursor(&self, flow: &FlowInstance) -> Result<Option<Vec<u8>>, Halt> {
        let kept = self
            .engine
            .store
            .cursor(&self.engine.tenant, flow.name())
            .await?;
        Ok(kept.and_then(|kept| of_these_rules(flow, &kept)))
    }

    async fn commit_cursor(&mut self, flow: &FlowInstance, cursor: &[u8]) -> Result<(), Halt> {
        if self.mode == Mode::Plan {
            return Ok(());
        }
        let change = Change::PutCursor {
            tenant: self.engine.tenant.clone(),
            flow: flow.name().clone(),
            cursor: with_rules(flow, cursor),
        };
        self.commit(flow, Site::Cursor, vec![change]).await
    }

    /// Records that wait, or that a person wants tried again, come first: a stamp never shows them again.
    async fn revisit_parked(&mut self, flow: &FlowInstance) -> Result<(), Halt> {
        let parked = self
            .engine
            .store
            .parked_list(&self.engine.tenant, Some(flow.name()))
            .await?;
        let ids: Vec<NativeId> = parked
            .into_iter()
            .filter(|record| gate::wants_visit(record, flow))
            .map(|record| record.id)
            .collect();
        self.revisit(flow, &ids).await
    }

    async fn revisit(&mut self, flow: &FlowInstance, ids: &[NativeId]) -> Result<(), Halt> {
        for chunk in ids.chunks(PAGE_RECORDS_MAX as usize) {
            self.may_go_on()?;
            let found = self.read_each(&flow.source, chunk).await?;
            let gone = self.drop_gone(flow, chunk, &found).await?;
            let mut entries: Vec<Entry> = found.into_iter().flatten().flatten().collect();
            entries.extend(gone);
            self.settled_before(flow, &entries);
            self.settle_page(flow, entries, Asked::Flow).await?;
            self.read_is_settled().await?;
        }
        Ok(())
    }

    /// Parked records that the source no longer has leave the quarantine, with a line in the journal. What
    /// becomes of a linked one is for the flow to say: these are handed back.
    async fn drop_gone(
        &self,
        flow: &FlowInstance,
        ids: &[NativeId],
        found: &[Result<Option<Entry>, Fault>],
    ) -> Result<Vec<Entry>, Halt> {
        let gone = ids.iter().zip(found);
        let gone = gone.filter(|(_, entry)| matches!(entry, Ok(None)));
        let gone: Vec<NativeId> = gone.map(|(id, _)| id.clone()).collect();
        if gone.is_empty() {
            return Ok(Vec::new());
        }
        let links = self
            .engine
            .store
            .links(&flow.set, flow.side(), &gone)
            .await?;
        let mut changes = Vec::new();
        let mut linked = Vec::new();
        let is_image = self.mirror(flow)?.is_some();
        let (tenant, store) = (&self.engine.tenant, &self.engine.store);
        let aside = store.parked(tenant, flow.name(), &gone).await?;
        for ((id, link), aside) in gone.into_iter().zip(links).zip(aside) {
            if link.is_some() {
                // That an image is deleted its system has said, or it is not.
                let known = |aside: &Parked| aside.retry && aside.code == ceiling::IN_CIRCLES;
                if !is_image || aside.as_ref().is_some_and(known) {
                    linked.push(gone::gone_entry(id));
                }
                continue;
            }
            changes.push(self.unpark(flow, &id));
            let message = words("engine-gone", vec![], "it is no longer in the source");
            changes.push(self.event(flow, &id, "source-gone", message));
        }
        if self.mode == Mode::Run {
            self.commit(flow, Site::Gone, changes).await?;
        }
        Ok(linked)
    }

    /// All changes in one durable transaction under this flow's lease.
    async fn commit(
        &self,
        flow: &FlowInstance,
        site: Site,
        changes: Vec<Change>,
    ) -> Result<(), Halt> {
        if changes.is_empty() {
            return self.writes_are_settled().await;
        }
        let lease = self
            .leases
            .get(&flow.set)
            .ok_or_else(|| Halt::Bug(format!("no lease on flow `{}`", flow.name())))?;
        crash_point::before(site);
        self.engine.store.commit(lease, changes).await?;
        crash_point::after(site);
        self.writes_are_settled().await
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
            unanswered: BTreeSet::new(),
            facts: BTreeMap::new(),
            no_facts: Facts::default(),
            pace: Pace::default(),
            tallies: BTreeMap::new(),
            planned: Vec::new(),
            gone: BTreeMap::new(),
            images: BTreeSet::new(),
            last_moment_ms: None,
            counts: BTreeMap::new(),
            depth: 0,
            visited: BTreeMap::new(),
            every_outcome: false,
            called: Vec::new(),
            answered: Mutex::default(),
        };
        let flows = engine.reachable(flow.name());
        job.tell_purpose(flow, &flows);
        if mode == Mode::Plan {
            return Ok(job);
        }
        // In one order for everybody, so that two runs never hold what the other waits for.
        let sets: BTreeSet<LinkSet> = flows.into_iter().map(|flow| flow.set.clone()).collect();
        crash_point::before(Site::Claims);
        for set in sets {
            let scope = LeaseScope::set(&set);
            let now = engine.world.now();
            match engine
                .store
                .claim(&scope, &engine.holder, now, LEASE_TTL)
                .await
            {
                Ok(lease) => {
                    job.leases.insert(set, lease);
                }
                Err(error) => {
                    job.release().await?;
                    return Err(error.into());
                }
            }
        }
        crash_point::after(Site::Claims);
        let begun = Tally::start(job.engine.world.now());
        let run = begun.as_run(&job.run, &engine.tenant, flow.name(), RunStatus::Running);
        job.tallies.insert(flow.name().clone(), begun);
        let begins = vec![Change::PutRun(Box::new(run))];
        if let Err(halt) = job.commit(flow, Site::RunBegins, begins).await {
            // Told by what was wrong first.
            let _ = job.release().await;
            return Err(halt);
        }
        Ok(job)
    }

    async fn release(&mut self) -> Result<(), Halt> {
        crash_point::before(Site::Releases);
        for lease in std::mem::take(&mut self.leases).into_values() {
            self.engine.store.release(&lease).await?;
        }
        crash_point::after(Site::Releases);
        Ok(())
    }

    /// Writes the run's end for every flow that took part, and gives the leases back.
    async fn finish(
        mut self,
        flow: &FlowInstance,
        end: Result<(), Halt>,
    ) -> Result<RunSummary, Halt> {
        let end = self.forget(end).await;
        let stopped = match end {
            Ok(()) => None,
            Err(Halt::Fault { connection, fault }) => Some((connection, *fault)),
            Err(Halt::Stopped) => {
                for tally in self.tallies.values_mut() {
                    tally.cut_short = true;
                }
                None
            }
            Err(other) => {
                // Told by whoever asked for the run; the leases must not wait for their end.
                let now = self.engine.world.now();
                if let Some(tally) = self.tallies.get(flow.name()) {
                    let (run, tenant) = (&self.run, &self.engine.tenant);
                    // A person's slip is no failure of the flow.
                    let run = match &other {
                        Halt::NoRecord { .. } => tally.ended(run, tenant, flow.name(), now, None),
                        _ => tally.failed(run, tenant, flow.name(), now),
                    };
                    let ended = vec![Change::PutRun(Box::new(run))];
                    let _ = self.commit(flow, Site::RunEnds, ended).await;
                }
                let _ = self.release().await;
                return Err(other);
            }
        };
        let now = self.engine.world.now();
        let fault = stopped.as_ref().map(|(_, fault)| fault.clone());
        let tallies = std::mem::take(&mut self.tallies);
        let mut ended = Ok(());
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
            let ends = vec![Change::PutRun(Box::new(run))];
            ended = ended.and(self.commit(&instance, Site::RunEnds, ends).await);
        }
        self.let_moments_pass().await;
        self.release().await?;
        ended?;
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
    /// The other direction of a flow that has one.
    fn partner(&self, flow: &FlowInstance) -> Option<Arc<FlowInstance>> {
        match &flow.way {
            Way::Only => {
                let reverse = |other: &&Arc<FlowInstance>| matches!(&other.way, Way::Reverse(of) if of == flow.name());
                self.flows.values().find(reverse).cloned()
            }
            Way::Reverse(of) => self.flows.get(of).cloned(),
            Way::There(both) => Some(Arc::clone(&both.back)),
            Way::Back(there) => self.flows.get(there).cloned(),
        }
    }

    /// The flow, its other direction, and every flow its references lead to.
    fn reachable(&self, name: &FlowName) -> Vec<Arc<FlowInstance>> {
        let mut found: Vec<Arc<FlowInstance>> = self.flows.get(name).cloned().into_iter().collect();
        found.extend(found.first().and_then(|flow| self.partner(flow)));
        let mut next = 0;
        while next < found.len() {
            for reference in found[next].flow.references() {
                if let Some(flow) = self.flows.get(&reference)
                    && !found.iter().any(|known| known.name() == &reference)
                {
                    found.push(flow.clone());
                }
            }
            next += 1;
        }
        found
    }
}

/// A cursor says how far records were read under certain rules: under other rules they are read again
/// from the beginning, and where the new rule changes no field, nothing is written.
fn with_rules(flow: &FlowInstance, cursor: &[u8]) -> Vec<u8> {
    let Fingerprint(rules) = flow.flow.rules_fingerprint();
    [&rules[..], cursor].concat()
}

fn of_these_rules(flow: &FlowInstance, kept: &[u8]) -> Option<Vec<u8>> {
    let Fingerprint(rules) = flow.flow.rules_fingerprint();
    kept.strip_prefix(&rules[..]).map(<[u8]>::to_vec)
}

/// A page that lists a record twice has it settled once.
fn once_each(entries: Vec<Entry>) -> Vec<Entry> {
    let mut seen = BTreeSet::new();
    entries
        .into_iter()
        .filter(|entry| seen.insert(entry.id.clone()))
        .collect()
}

/// A text of ours, from the host's catalogue.
fn words(key: &str, args: Vec<(&str, String)>, english: impl Into<String>) -> Text {
    Text::new(key, args, english)
}
