//! The first calls of a new version, and the way back by itself.
//!
//! After an upgrade the new version is on trial for its first calls. It goes back to what it replaced when a call
//! traps or runs out of processor time, when too many of the calls end in a fault that is the connector's own
//! doing, or when its system refuses far more of what it writes than before. That a system cannot be reached, or
//! that somebody has a record open, says nothing about the connector.
//!
//! A run that is in hand when that happens is stopped: its next run goes on with the old version, and records
//! that the new one failed over are not set aside for it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::Control;
use super::super::home::Home;
use super::lock::{Entry, Lock, State};
use crate::connector::Connector;
use crate::connector::inbound::{InboundRequest, InboundResponse, Preparation};
use crate::engine::retry::CALL_WAIT_MS_MAX;
use crate::model::text::words;
use crate::model::{
    Condition, Entry as Record, Fault, FaultKind, Finding, Manifest, NativeId, Operation, Outcome,
    Page, Scope, Text, Token,
};
use crate::owner_only;

/// So many calls without a reason to go back, and it stays.
pub const CALLS: u32 = 200;
/// Fewer internal faults than this may be a record that no version can bear.
pub const INTERNAL_FAULTS_MIN: u32 = 3;
/// Of a hundred calls.
pub const INTERNAL_FAULTS_SHARE: u32 = 10;

/// Fewer refused records than this may be bad ones.
pub const REFUSED_MIN: u32 = 5;
/// Of a hundred records that are written, so many more than before.
pub const REFUSED_JUMP: u32 = 50;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    pub calls: u32,
    /// Those that went well: what fails throughout proves nothing.
    pub fine: u32,
    pub traps: u32,
    pub internal_faults: u32,
    /// Records that it was to write.
    pub written: u32,
    /// Those of them that its system refused.
    pub refused: u32,
    /// Of a hundred, as it was with the version before it.
    pub refused_before: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    GoesOn,
    Stays,
    GoesBack,
}

impl Counts {
    pub fn verdict(&self) -> Verdict {
        let many = self.internal_faults >= INTERNAL_FAULTS_MIN
            && self.internal_faults * 100 >= self.calls * INTERNAL_FAULTS_SHARE;
        let most = (self.refused_before + REFUSED_JUMP).min(100);
        let jumped = self.refused >= REFUSED_MIN && self.refused * 100 >= self.written * most;
        match self.traps > 0 || many || jumped {
            true => Verdict::GoesBack,
            false if self.fine >= CALLS => Verdict::Stays,
            false => Verdict::GoesOn,
        }
    }

    fn note(&mut self, call: &Call) {
        self.calls += 1;
        self.fine += u32::from(call.is_fine);
        self.written += call.written;
        self.refused += call.refused;
        match call.seen {
            Seen::Fine => {}
            Seen::InternalFault => self.internal_faults += 1,
            Seen::Trap => self.traps += 1,
        }
    }
}

/// What one call showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Call {
    seen: Seen,
    /// Without any fault.
    is_fine: bool,
    written: u32,
    refused: u32,
}

impl Call {
    fn of(fault: Option<&Fault>) -> Self {
        Self {
            seen: fault.map_or(Seen::Fine, seen),
            is_fine: fault.is_none(),
            written: 0,
            refused: 0,
        }
    }

    fn of_write(outcomes: &[Outcome]) -> Self {
        let faults = || outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            seen: faults().map(seen).max().unwrap_or(Seen::Fine),
            is_fine: faults().next().is_none(),
            written: count(outcomes.len()),
            refused: count(faults().filter(|fault| is_refusal(fault)).count()),
        }
    }
}

/// The system took the record for wrong, which may be what the connector made of it. What is wrong with the whole
/// connection (a password that expired) is not.
fn is_refusal(fault: &Fault) -> bool {
    let of_all = matches!(fault.scope, Scope::Connection);
    !of_all
        && matches!(
            fault.kind,
            FaultKind::Rejected
                | FaultKind::Misconfigured
                | FaultKind::Unauthorized
                | FaultKind::NotFound
                | FaultKind::Other
        )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Fine,
    InternalFault,
    Trap,
}

/// What a fault says about the connector itself.
fn seen(fault: &Fault) -> Seen {
    let ended = fault.message.key == "connector-ended";
    let outside = [
        "connector-out-of-time",
        "connector-host-failed",
        "connector-waits",
    ];
    let why = fault.message.texts.iter().find(|(name, _)| name == "why");
    let from_outside = why.is_some_and(|(_, why)| outside.contains(&why.key.as_str()));
    match (ended, fault.kind) {
        (true, _) if !from_outside => Seen::Trap,
        (false, FaultKind::Internal) => Seen::InternalFault,
        _ => Seen::Fine,
    }
}

/// Whether a run was stopped because the version that it used goes out of use: the next one uses another.
pub fn is_withdrawal(fault: &Fault) -> bool {
    fn says_so(text: &Text) -> bool {
        ["journal-withdrawn", "trial-over"].contains(&text.key.as_str())
            || text.texts.iter().any(|(_, inner)| says_so(inner))
    }
    says_so(&fault.message)
}

/// With which the run stops; it is of no use to wait for this within the run.
fn withdrawn(message: Text) -> Fault {
    Fault {
        wait_ms: Some(CALL_WAIT_MS_MAX + 1),
        ..Fault::new(FaultKind::Unavailable, Scope::Connection, message)
    }
}

/// All trials of an installation; they outlast a process.
#[derive(Clone, Default)]
pub struct Trials(Arc<Mutex<BTreeMap<String, Counts>>>);

impl Trials {
    /// With what of a hundred records was refused until now.
    pub fn begin(&self, home: &Home, sha256: &str, refused_before: u32) {
        let fresh = Counts {
            refused_before,
            ..Counts::default()
        };
        self.change(home, |counts| {
            counts.insert(sha256.to_owned(), fresh);
        });
    }

    fn note(&self, home: &Home, sha256: &str, call: &Call) -> Counts {
        self.change(home, |counts| {
            let counts = counts.entry(sha256.to_owned()).or_default();
            counts.note(call);
            *counts
        })
    }

    fn change<T>(&self, home: &Home, change: impl FnOnce(&mut BTreeMap<String, Counts>) -> T) -> T {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.is_empty() {
            let kept = std::fs::read(home.trials()).ok();
            *counts = kept
                .and_then(|kept| serde_json::from_slice(&kept).ok())
                .unwrap_or_default();
        }
        let changed = change(&mut counts);
        // Without the file a new process begins to count anew: the trial takes longer.
        if let Ok(text) = serde_json::to_vec(&*counts)
            && let Err(cause) = owner_only::replace(&home.trials(), &text)
        {
            tracing::warn!("the counts of a connector's trial are not kept: {cause}");
        }
        changed
    }
}

/// A connection whose connector is on trial.
pub struct OnTrial {
    inner: Arc<dyn Connector>,
    control: Control,
    entry: Entry,
    withdrawn: Mutex<Option<Text>>,
    is_over: AtomicBool,
}

/// What becomes of a version that did badly.
enum Way {
    Back(Box<Entry>),
    /// There is nothing to go back to.
    None,
    /// It has passed, or a person has chosen it: it is not on trial any more.
    Passed,
    /// Another connection of it has gone back a moment ago.
    Gone,
}

impl OnTrial {
    pub fn new(inner: Arc<dyn Connector>, control: &Control, entry: Entry) -> Self {
        Self {
            inner,
            control: control.clone(),
            entry,
            withdrawn: Mutex::default(),
            is_over: AtomicBool::new(false),
        }
    }

    fn is_withdrawn(&self) -> Option<Fault> {
        let message = self
            .withdrawn
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        message.clone().map(withdrawn)
    }

    /// What a call showed. When that ends the trial badly, the fault with which the run stops.
    async fn learn(&self, call: Call, fault: Option<&Fault>) -> Option<Fault> {
        if self.is_over.load(Ordering::Relaxed) {
            return None;
        }
        let (home, entry) = (&self.control.home, &self.entry);
        let counts = self.control.trials.note(home, &entry.sha256, &call);
        match counts.verdict() {
            Verdict::GoesOn => None,
            Verdict::Stays => {
                self.is_over.store(true, Ordering::Relaxed);
                let passed = Lock::change(home, |lock| {
                    lock.passed(&entry.name, &entry.sha256);
                    Ok(())
                });
                if let Err(error) = passed {
                    tracing::error!("{}", error.message.fallback);
                }
                None
            }
            Verdict::GoesBack => self.go_back(counts, fault).await,
        }
    }

    async fn go_back(&self, counts: Counts, fault: Option<&Fault>) -> Option<Fault> {
        let (home, entry) = (&self.control.home, &self.entry);
        let cause = fault.map(|fault| fault.message.clone()).unwrap_or_default();
        let why = words!(
            "trial-failed",
            "of {calls} calls {traps} ended early and {faults} in a fault of its own, of {written} records {refused} were refused; the last: {cause}",
            calls = counts.calls,
            traps = counts.traps,
            faults = counts.internal_faults,
            written = counts.written,
            refused = counts.refused;
            cause = cause
        );
        // Not to one that cannot be loaded.
        let before = Lock::read(home).ok();
        let before = before.and_then(|lock| lock.before(&entry.name).cloned());
        let can_go = match &before {
            Some(before) => self.control.load_entry(before).await.is_ok(),
            None => false,
        };
        let way = Lock::change(home, |lock| {
            let state = lock
                .current(&entry.name)
                .filter(|current| current.sha256 == entry.sha256);
            Ok(match state.map(|current| current.state) {
                None => Way::Gone,
                Some(State::OnTrial) if !can_go => Way::None,
                Some(State::OnTrial) => match lock.go_back(&entry.name, Some(&why)) {
                    Some(now) => Way::Back(Box::new(now)),
                    None => Way::None,
                },
                Some(_) => Way::Passed,
            })
        });
        let text = match way {
            Ok(Way::Back(now)) => {
                let text = words!(
                    "journal-withdrawn",
                    "connector {name} {version} was withdrawn, and {now} is current again: {why}",
                    name = entry.name,
                    version = entry.version,
                    now = now.version;
                    why = why
                );
                self.control
                    .tell_users(&entry.name, "connector-withdrawn", text.clone())
                    .await;
                text
            }
            Ok(Way::Gone) => words!(
                "trial-over",
                "connector {name} {version} was withdrawn; the next run goes on with what is current",
                name = entry.name,
                version = entry.version
            ),
            Ok(Way::Passed) => {
                self.is_over.store(true, Ordering::Relaxed);
                return None;
            }
            // Then what it says is what is known, and who looks after it is told once.
            Ok(Way::None) => {
                self.is_over.store(true, Ordering::Relaxed);
                let text = words!(
                    "journal-no-way-back",
                    "connector {name} {version} does badly, and nothing that it could go back to can be loaded: {why}",
                    name = entry.name,
                    version = entry.version;
                    why = why
                );
                self.control
                    .tell_users(&entry.name, "connector-does-badly", text)
                    .await;
                return None;
            }
            Err(error) => {
                tracing::error!("{}", error.message.fallback);
                return None;
            }
        };
        *self
            .withdrawn
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(text.clone());
        Some(withdrawn(text))
    }

    /// One call: not made any more once it is withdrawn.
    async fn call<T: Send>(
        &self,
        made: impl Future<Output = Result<T, Fault>> + Send,
    ) -> Result<T, Fault> {
        if let Some(fault) = self.is_withdrawn() {
            return Err(fault);
        }
        let made = made.await;
        let fault = made.as_ref().err();
        match self.learn(Call::of(fault), fault).await {
            Some(stop) if made.is_err() => Err(stop),
            _ => made,
        }
    }
}

#[async_trait]
impl Connector for OnTrial {
    fn manifest(&self) -> &Manifest {
        self.inner.manifest()
    }

    async fn check(&self) -> Result<Vec<Finding>, Fault> {
        self.call(self.inner.check()).await
    }

    async fn changes(
        &self,
        entity: &str,
        since: Option<&[u8]>,
        filter: &[Condition],
        limit: u32,
    ) -> Result<Page, Fault> {
        self.call(self.inner.changes(entity, since, filter, limit))
            .await
    }

    async fn read(&self, entity: &str, ids: &[NativeId]) -> Result<Vec<Option<Record>>, Fault> {
        self.call(self.inner.read(entity, ids)).await
    }

    async fn find(
        &self,
        entity: &str,
        queries: &[Vec<(String, Value)>],
    ) -> Result<Vec<Vec<Record>>, Fault> {
        self.call(self.inner.find(entity, queries)).await
    }

    async fn query(
        &self,
        entity: &str,
        filter: &[Condition],
        at: Option<&[u8]>,
        limit: u32,
    ) -> Result<Page, Fault> {
        self.call(self.inner.query(entity, filter, at, limit)).await
    }

    async fn write(&self, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        if let Some(fault) = self.is_withdrawn() {
            // Nothing has left: they are written by the next run.
            return operations.iter().map(|_| Err(fault.clone())).collect();
        }
        let outcomes = self.inner.write(entity, operations).await;
        let faults = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        let worst = faults.max_by_key(|fault| (seen(fault), is_refusal(fault)));
        let stop = self.learn(Call::of_write(&outcomes), worst).await;
        let Some(stop) = stop else {
            return outcomes;
        };
        // What it says was not written may be there: nobody believes it any more, and the version before it finds out.
        let unknown = Fault::new(
            FaultKind::OutcomeUnknown,
            Scope::Record,
            stop.message.clone(),
        );
        let told = |outcome: Outcome| match outcome {
            Err(fault) if fault.kind == FaultKind::Internal || is_refusal(&fault) => {
                Err(unknown.clone())
            }
            outcome => outcome,
        };
        outcomes.into_iter().map(told).collect()
    }

    async fn catalogue(&self, lang: &str) -> Result<Option<String>, Fault> {
        // Asked at every connection: it would use up the trial.
        self.inner.catalogue(lang).await
    }

    fn is_called(&self) -> bool {
        self.inner.is_called()
    }

    fn begin(&self, purpose: &str) {
        self.inner.begin(purpose);
    }

    async fn read_is_settled(&self) -> Result<(), Fault> {
        self.inner.read_is_settled().await
    }

    async fn writes_are_settled(&self, tokens: &[Token]) -> Result<(), Fault> {
        self.inner.writes_are_settled(tokens).await
    }

    async fn ended(&self, open: &[Token]) -> Result<(), Fault> {
        self.inner.ended(open).await
    }

    async fn is_under_way(&self, token: &Token) -> Result<bool, Fault> {
        self.inner.is_under_way(token).await
    }

    async fn inbound(&self, request: InboundRequest) -> Option<Result<InboundResponse, Fault>> {
        let made = self.inner.inbound(request).await?;
        let fault = made.as_ref().err();
        self.learn(Call::of(fault), fault).await;
        Some(made)
    }

    async fn prepare(&self, address: &str) -> Option<Result<Preparation, Fault>> {
        self.inner.prepare(address).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trap_or_a_share_of_faults_leads_back() {
        for (calls, traps, internal_faults, expected) in [
            (1, 0, 0, Verdict::GoesOn),
            (1, 1, 0, Verdict::GoesBack),
            (199, 1, 0, Verdict::GoesBack),
            (2, 0, 2, Verdict::GoesOn),
            (3, 0, 3, Verdict::GoesBack),
            (30, 0, 3, Verdict::GoesBack),
            (31, 0, 3, Verdict::GoesOn),
            (199, 0, 19, Verdict::GoesOn),
            (200, 0, 19, Verdict::Stays),
            (200, 0, 20, Verdict::GoesBack),
        ] {
            let counts = Counts {
                calls,
                fine: calls,
                traps,
                internal_faults,
                ..Counts::default()
            };
            assert_eq!(counts.verdict(), expected, "{counts:?}");
        }
    }

    #[test]
    fn what_fails_throughout_passes_no_trial() {
        let mut counts = Counts::default();
        let down = Fault::new(FaultKind::Unavailable, Scope::Connection, Text::plain("no"));
        (0..2 * CALLS).for_each(|_| counts.note(&Call::of(Some(&down))));
        assert_eq!(counts.verdict(), Verdict::GoesOn);
        (0..CALLS).for_each(|_| counts.note(&Call::of(None)));
        assert_eq!(counts.verdict(), Verdict::Stays);
    }

    #[test]
    fn a_password_that_expired_refuses_no_record() {
        let expired = Fault::new(
            FaultKind::Unauthorized,
            Scope::Connection,
            Text::plain("no"),
        );
        assert_eq!(Call::of_write(&[Err(expired)]).refused, 0);
    }

    #[test]
    fn far_more_refusals_than_before_lead_back() {
        for (written, refused, refused_before, expected) in [
            (4, 4, 0, Verdict::GoesOn),
            (5, 5, 0, Verdict::GoesBack),
            (100, 49, 0, Verdict::GoesOn),
            (100, 50, 0, Verdict::GoesBack),
            (100, 69, 20, Verdict::GoesOn),
            (100, 70, 20, Verdict::GoesBack),
            (100, 99, 90, Verdict::GoesOn),
        ] {
            let counts = Counts {
                calls: 20,
                written,
                refused,
                refused_before,
                ..Counts::default()
            };
            assert_eq!(counts.verdict(), expected, "{counts:?}");
        }
    }

    #[test]
    fn a_write_counts_each_of_its_records() {
        let fault = |kind| Err(Fault::new(kind, Scope::Record, Text::plain("no")));
        let outcomes = [
            fault(FaultKind::Rejected),
            fault(FaultKind::Locked),
            fault(FaultKind::Internal),
        ];
        let expected = Call {
            seen: Seen::InternalFault,
            is_fine: false,
            written: 3,
            refused: 1,
        };
        assert_eq!(Call::of_write(&outcomes), expected);
    }

    #[test]
    fn a_fault_counts_when_it_is_the_connectors_own() {
        let ended = |why: &str| {
            let why = Text::new(why, vec![], "why");
            words!("connector-ended", "connector `{connector}` did not finish `{call}`: {why}",
                connector = "erp", call = "write"; why = why)
        };
        let fault = |kind, message| Fault::new(kind, Scope::Record, message);
        for (case, fault, expected) in [
            (
                "a trap",
                fault(FaultKind::Internal, ended("connector-last-words")),
                Seen::Trap,
            ),
            (
                "a trap after the request left",
                fault(FaultKind::OutcomeUnknown, ended("x")),
                Seen::Trap,
            ),
            (
                "processor time",
                fault(FaultKind::Internal, ended("connector-out-of-cpu")),
                Seen::Trap,
            ),
            (
                "a slow system",
                fault(FaultKind::Unavailable, ended("connector-out-of-time")),
                Seen::Fine,
            ),
            (
                "nonsense",
                fault(FaultKind::Internal, Text::plain("nonsense")),
                Seen::InternalFault,
            ),
            (
                "refused",
                fault(FaultKind::Rejected, Text::plain("no")),
                Seen::Fine,
            ),
            (
                "down",
                fault(FaultKind::Unavailable, Text::plain("503")),
                Seen::Fine,
            ),
        ] {
            assert_eq!(seen(&fault), expected, "{case}");
        }
    }

    #[test]
    fn counts_outlast_the_process() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("data")).expect("made");
        let home = Home::new(folder.path());
        let first = Trials::default();
        first.begin(&home, "aa", 7);
        first.note(&home, "aa", &Call::of(None));
        let failed = Fault::new(FaultKind::Internal, Scope::Record, Text::plain("nonsense"));
        let counts = Trials::default().note(&home, "aa", &Call::of(Some(&failed)));
        let expected = Counts {
            calls: 2,
            fine: 1,
            internal_faults: 1,
            refused_before: 7,
            ..Counts::default()
        };
        assert_eq!(counts, expected);
    }
}
