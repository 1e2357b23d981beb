//! Calls to connectors: patient where waiting helps, and in batches that fit the vendor's pace.

use std::collections::BTreeMap;
use std::future::Future;

use serde_json::Value;

use crate::model::{ConnectionId, Entry, Fault, NativeId, Operation, Outcome, Page, Scope};

use super::crash_point::{self, Site};
use super::retry::{self, Disposition, disposition};
use super::tally::Notice;
use super::{Endpoint, FlowInstance, Halt, Job, LEASE_TTL, PAGE_RECORDS_MAX, words};

/// A `write` call should take about this long: well under the host's wall limit, yet few calls.
const WRITE_CALL_MS_GOAL: u64 = 8_000;
const WRITE_BATCH_FIRST: usize = 8;
/// Parcels of one exchange at a system that calls us.
const CALLED_BATCH_MAX: usize = 100;

/// How many operations fit into one `write` call, learnt per connection and entity.
#[derive(Default)]
pub(super) struct Pace {
    batches: BTreeMap<(ConnectionId, String), usize>,
    leases_renewed_ms: Option<u64>,
}

impl Pace {
    fn batch(&self, end: &Endpoint) -> usize {
        let key = (end.connection.clone(), end.entity.clone());
        if end.connector.is_called() {
            // It says itself how much it takes to a call.
            return end.spec().write_batch().min(CALLED_BATCH_MAX);
        }
        let learnt = self.batches.get(&key).copied().unwrap_or(WRITE_BATCH_FIRST);
        learnt.min(end.spec().write_batch())
    }

    fn learn(&mut self, end: &Endpoint, operations: usize, took_ms: u64) {
        let key = (end.connection.clone(), end.entity.clone());
        let batch = self.batches.entry(key).or_insert(WRITE_BATCH_FIRST);
        if took_ms > 2 * WRITE_CALL_MS_GOAL {
            *batch = (operations / 2).max(1);
        } else if took_ms < WRITE_CALL_MS_GOAL && operations >= *batch {
            *batch = (*batch * 2).min(1_000);
        }
    }
}

impl Job<'_> {
    /// Calls until it works or the patience of a run ends.
    async fn patiently<T, F, C>(
        &mut self,
        end: &Endpoint,
        site: Site,
        mut call: C,
    ) -> Result<T, Halt>
    where
        C: FnMut() -> F,
        F: Future<Output = Result<T, Fault>>,
    {
        let world = &*self.engine.world;
        let (mut tried, mut waited_ms) = (1, 0);
        loop {
            self.keep_leases().await?;
            crash_point::before(site);
            let answer = self.holding(call()).await;
            crash_point::after(site);
            let fault = match answer {
                Ok(answer) => return Ok(answer),
                Err(fault) => fault,
            };
            let Some(wait_ms) = retry::wait_ms(&fault, tried, waited_ms, world.random()[0]) else {
                return Err(halt(end, fault));
            };
            self.keep_leases().await?;
            self.wait(end, &fault, wait_ms).await;
            self.may_go_on()?;
            tried += 1;
            waited_ms += wait_ms;
        }
    }

    pub(super) async fn wait(&self, end: &Endpoint, fault: &Fault, wait_ms: u64) {
        self.engine.observer.notice(&Notice::Waiting {
            connection: end.connection.clone(),
            wait_ms,
            message: fault.message.clone(),
        });
        self.engine.world.sleep_ms(wait_ms).await;
    }

    pub(super) async fn changes(
        &mut self,
        flow: &FlowInstance,
        at: Option<&[u8]>,
    ) -> Result<Page, Halt> {
        let (end, filter) = (&flow.source, flow.flow.filter());
        self.patiently(end, Site::Changes, || {
            end.connector
                .changes(&end.entity, at, filter, PAGE_RECORDS_MAX)
        })
        .await
    }

    /// The records with these ids, in the same order and number.
    pub(super) async fn read_end(
        &mut self,
        end: &Endpoint,
        ids: &[NativeId],
    ) -> Result<Vec<Option<Entry>>, Halt> {
        let each = self.read_each(end, ids).await?.into_iter();
        each.map(|entry| entry.map_err(|fault| halt(end, fault)))
            .collect()
    }

    /// As `read_end`; an id that the system refuses answers for itself.
    pub(super) async fn read_each(
        &mut self,
        end: &Endpoint,
        ids: &[NativeId],
    ) -> Result<Vec<Result<Option<Entry>, Fault>>, Halt> {
        self.ask_each(end, Site::Read, ids, |chunk| {
            end.connector.read(&end.entity, chunk)
        })
        .await
    }

    /// For each query the records that fit. A query that the system refuses answers for itself.
    pub(super) async fn find_each(
        &mut self,
        end: &Endpoint,
        queries: &[Query],
    ) -> Result<Vec<Result<Vec<Entry>, Fault>>, Halt> {
        self.ask_each(end, Site::Find, queries, |chunk| {
            end.connector.find(&end.entity, chunk)
        })
        .await
    }

    /// Asks in batches of the vendor's size. A batch that is refused for one of its questions is asked
    /// one by one, so that one bad record never stops the others.
    async fn ask_each<'q, Q, A, F>(
        &mut self,
        end: &Endpoint,
        site: Site,
        questions: &'q [Q],
        ask: impl Fn(&'q [Q]) -> F,
    ) -> Result<Vec<Result<A, Fault>>, Halt>
    where
        F: Future<Output = Result<Vec<A>, Fault>>,
    {
        let mut answers = Vec::with_capacity(questions.len());
        for chunk in questions.chunks(end.spec().read_batch()) {
            match self.ask_one_batch(end, site, chunk, &ask).await {
                Ok(part) => answers.extend(part.into_iter().map(Ok)),
                Err(Halt::Fault { fault, .. }) if chunk.len() > 1 && of_one_question(&fault) => {
                    let mut broken = 0;
                    for question in chunk.chunks(1) {
                        match self.ask_one_batch(end, site, question, &ask).await {
                            Ok(part) => answers.extend(part.into_iter().map(Ok)),
                            Err(Halt::Fault { fault, .. }) if of_one_question(&fault) => {
                                broken += usize::from(!is_refused(&fault));
                                answers.push(Err(*fault));
                            }
                            Err(other) => return Err(other),
                        }
                    }
                    if broken == chunk.len() {
                        // It fails at every question: that is not about them.
                        return Err(halt(end, *fault));
                    }
                }
                Err(Halt::Fault { fault, .. }) if chunk.len() == 1 && of_one_question(&fault) => {
                    answers.push(Err(*fault));
                }
                Err(other) => return Err(other),
            }
        }
        Ok(answers)
    }

    async fn ask_one_batch<'q, Q, A, F>(
        &mut self,
        end: &Endpoint,
        site: Site,
        chunk: &'q [Q],
        ask: &impl Fn(&'q [Q]) -> F,
    ) -> Result<Vec<A>, Halt>
    where
        F: Future<Output = Result<Vec<A>, Fault>>,
    {
        let part = self.patiently(end, site, || ask(chunk)).await?;
        if part.len() == chunk.len() {
            Ok(part)
        } else {
            let sentence = "it answered another number of questions than it was asked";
            let short = words("engine-answers-short", vec![], sentence);
            Err(halt(end, Fault::internal(short)))
        }
    }

    /// One page of a walk over all records of an entity.
    pub(super) async fn query(&mut self, end: &Endpoint, at: Option<&[u8]>) -> Result<Page, Halt> {
        self.patiently(end, Site::Find, || {
            end.connector.query(&end.entity, &[], at, PAGE_RECORDS_MAX)
        })
        .await
    }

    pub(super) fn write_batch(&self, end: &Endpoint) -> usize {
        self.pace.batch(end)
    }

    /// One `write` call and the repeats that are surely harmless. Every outcome left over is final
    /// for this run: applied, or a fault to act on.
    pub(super) async fn write_call(
        &mut self,
        end: &Endpoint,
        operations: &[Operation],
    ) -> Result<Vec<Outcome>, Halt> {
        self.keep_leases().await?;
        let mut outcomes = self.timed_write(end, operations).await;
        if operations.len() > 1 && outcomes.iter().any(is_for_isolation) {
            outcomes = self.write_one_by_one(end, operations, outcomes).await;
        }
        let (mut tried, mut waited_ms) = (1, 0);
        loop {
            let again: Vec<usize> = (0..outcomes.len())
                .filter(|&place| matches!(&outcomes[place], Err(fault) if waits(fault)))
                .collect();
            let Some(&first) = again.first() else {
                return Ok(outcomes);
            };
            let Err(fault) = outcomes[first].clone() else {
                return Ok(outcomes);
            };
            let chance = self.engine.world.random()[0];
            let Some(wait_ms) = retry::wait_ms(&fault, tried, waited_ms, chance) else {
                return Ok(outcomes);
            };
            self.keep_leases().await?;
            self.wait(end, &fault, wait_ms).await;
            if self.engine.world.stopping() {
                return Ok(outcomes);
            }
            self.keep_leases().await?;
            tried += 1;
            waited_ms += wait_ms;
            let repeat: Vec<Operation> = again
                .iter()
                .map(|&place| operations[place].clone())
                .collect();
            let repeat = self.with_notes(repeat).await?;
            let answers = self.timed_write(end, &repeat).await;
            let before = again.len();
            for (place, answer) in again.into_iter().zip(answers) {
                outcomes[place] = answer;
            }
            let still = outcomes
                .iter()
                .filter(|outcome| matches!(outcome, Err(fault) if waits(fault)));
            if still.count() < before {
                // A slow system is not a dead one.
                (tried, waited_ms) = (1, 0);
            }
        }
    }

    /// A `write` call of updates. An update sets fields to values, so one whose answer was lost goes
    /// out once more, alone: sent twice it does no harm.
    pub(super) async fn update_call(
        &mut self,
        end: &Endpoint,
        operations: &[Operation],
    ) -> Result<Vec<Outcome>, Halt> {
        let mut outcomes = self.write_call(end, operations).await?;
        for (operation, outcome) in operations.iter().zip(&mut outcomes) {
            if is_silence(outcome) {
                let again = std::slice::from_ref(operation);
                let repeat = self.write_call(end, again).await?.remove(0);
                // Another version may be our own first try: then it is still unknown.
                let moved = |fault: &Fault| retry::disposition(fault) == Disposition::Reread;
                if repeat.as_ref().is_err_and(moved) {
                    continue;
                }
                *outcome = repeat;
                if is_silence(outcome) {
                    // Not each of them in turn when the system answers nobody.
                    break;
                }
            }
        }
        Ok(outcomes)
    }

    /// Operations that go out again carry what the connector noted on the way the first time.
    pub(super) async fn with_notes(
        &self,
        mut operations: Vec<Operation>,
    ) -> Result<Vec<Operation>, Halt> {
        let tenant = &self.engine.tenant;
        for intent in self.engine.store.intents(tenant, None).await? {
            let of_intent = |operation: &&mut Operation| operation.token == intent.token;
            if let Some(operation) = operations.iter_mut().find(of_intent) {
                operation.resume = intent.progress;
            }
        }
        Ok(operations)
    }

    async fn timed_write(&mut self, end: &Endpoint, operations: &[Operation]) -> Vec<Outcome> {
        let begun = self.engine.world.monotonic_ms();
        crash_point::before(Site::Write);
        let outcomes = self
            .holding(end.connector.write(&end.entity, operations))
            .await;
        crash_point::after(Site::Write);
        let took = self.engine.world.monotonic_ms().saturating_sub(begun);
        // How long a system takes to call says nothing of how many operations it bears.
        if !end.connector.is_called() {
            self.pace.learn(end, operations.len(), took);
        }
        self.note_answered(end, operations, &outcomes);
        if outcomes.len() == operations.len() {
            return outcomes;
        }
        // Contradictory answers prove nothing about what was written.
        let sentence = "it answered another number of operations than it was given";
        let mut fault = Fault::internal(words("engine-outcomes-short", vec![], sentence));
        fault.kind = crate::model::FaultKind::OutcomeUnknown;
        vec![Err(fault); operations.len()]
    }

    /// A connector that failed on a batch as a whole gets the records one at a time, so that one bad
    /// record never stops the others.
    async fn write_one_by_one(
        &mut self,
        end: &Endpoint,
        operations: &[Operation],
        mut outcomes: Vec<Outcome>,
    ) -> Vec<Outcome> {
        for (place, operation) in operations.iter().enumerate() {
            if is_for_isolation(&outcomes[place]) {
                // A lease that is lost is told by the commit that follows; without one nothing is sent.
                if self.keep_leases().await.is_err() {
                    break;
                }
                outcomes[place] = self
                    .timed_write(end, std::slice::from_ref(operation))
                    .await
                    .remove(0);
            }
        }
        outcomes
    }

    /// Renews the leases when a quarter of their life is over, so that no write starts near the end.
    async fn keep_leases(&mut self) -> Result<(), Halt> {
        let now_ms = self.engine.world.monotonic_ms();
        let last = *self.pace.leases_renewed_ms.get_or_insert(now_ms);
        if now_ms.saturating_sub(last) < renew_after_ms() {
            return Ok(());
        }
        self.renew_leases().await
    }

    /// Waits for a call, however slow, and keeps the leases alive meanwhile.
    async fn holding<T>(&mut self, call: impl Future<Output = T>) -> T {
        let world = &*self.engine.world;
        let mut call = std::pin::pin!(call);
        loop {
            tokio::select! {
                biased;
                answer = &mut call => return answer,
                () = world.beat_ms(renew_after_ms()) => {
                    // What is in hand is not thrown away for a lease that is lost: the commit tells.
                    let _ = self.renew_leases().await;
                }
            }
        }
    }

    async fn renew_leases(&mut self) -> Result<(), Halt> {
        let now = self.engine.world.now();
        crash_point::before(Site::Renewals);
        for lease in self.leases.values() {
            self.engine.store.renew(lease, now, LEASE_TTL).await?;
        }
        crash_point::after(Site::Renewals);
        self.pace.leases_renewed_ms = Some(self.engine.world.monotonic_ms());
        Ok(())
    }
}

/// Leases are renewed when they are this old; a test that kills at a renewal cannot wait for one.
fn renew_after_ms() -> u64 {
    let quarter = LEASE_TTL.as_millis() as u64 / 4;
    #[cfg(feature = "fault-injection")]
    if let Some(wanted) = std::env::var("LIAISON_RENEW_AFTER_MS")
        .ok()
        .and_then(|ms| ms.parse().ok())
    {
        return wanted;
    }
    quarter
}

/// The fields that must all be equal.
pub(super) type Query = Vec<(String, Value)>;

/// A fault that one question of a batch may have brought upon the others: it says nothing about the
/// system as a whole.
pub(super) fn of_one_question(fault: &Fault) -> bool {
    is_refused(fault) || disposition(fault) == Disposition::Isolate
}

/// The system refuses this very question, or somebody holds this very record.
fn is_refused(fault: &Fault) -> bool {
    let held = matches!(
        disposition(fault),
        Disposition::Quarantine | Disposition::RetryThenWait
    );
    fault.scope == Scope::Record && held
}

pub(super) fn halt(end: &Endpoint, fault: Fault) -> Halt {
    Halt::Fault {
        connection: end.connection.clone(),
        fault: Box::new(fault),
    }
}

fn waits(fault: &Fault) -> bool {
    matches!(
        disposition(fault),
        Disposition::RetryThenStop | Disposition::RetryThenWait
    )
}

/// The update may have been carried out; no answer came.
pub(super) fn is_silence(outcome: &Outcome) -> bool {
    matches!(outcome, Err(fault) if disposition(fault) == Disposition::AskLadder)
}

/// So many updates of one call may stay without an answer before the system counts as silent.
const SILENT_UPDATES_MAX: usize = 1;

/// The system answers other updates of this call: what stays without an answer is about its record.
pub(super) fn answers_others(outcomes: &[Outcome]) -> bool {
    let silent = outcomes.iter().filter(|outcome| is_silence(outcome));
    silent.count() <= SILENT_UPDATES_MAX
}

fn is_for_isolation(outcome: &Outcome) -> bool {
    matches!(outcome, Err(fault) if disposition(fault) == Disposition::Isolate)
}
