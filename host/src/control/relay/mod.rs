//! Where the two halves of a connector meet whose system calls us: sessions, who is at work, who waits.
//!
//! What must outlive the process stands in the store (`over_store.rs`); what is here ends with it, and a
//! session that was open then is none any more.

mod over_store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::watch;

use crate::connector::relay::{AtWork, Line};
use crate::model::{ConnectionId, FlowName, TenantId};
use crate::store::Lease;

pub use over_store::{StoreRelay, Withdrawal};

/// A system that says nothing for so long is gone, whatever it calls its session.
const SILENCE_MAX: Duration = Duration::from_secs(600);

/// What a running service does for systems that call.
#[async_trait]
pub trait Callers: Send + Sync {
    /// The system is here: what is due for it starts.
    async fn arrived(&self, line: &Line);
    /// An answer came, and the run that asked for it has ended meanwhile.
    fn answered(&self, line: &Line, flow: &FlowName);
    /// Flows are about to start that may bring parcels.
    fn brings_more(&self, line: &Line) -> bool;
}

/// All connections whose systems call us.
#[derive(Default)]
pub struct Hub {
    lines: Mutex<BTreeMap<Line, Arc<LineState>>>,
    service: OnceLock<Arc<dyn Callers>>,
}

/// One of them.
pub struct LineState {
    session: Mutex<Option<Session>>,
    /// By purpose, how many.
    at_work: Mutex<BTreeMap<String, usize>>,
    /// Keys of parcels whose answer somebody waits for.
    awaited: Mutex<BTreeMap<String, usize>>,
    /// Changes whenever one who waits should look again.
    changed: watch::Sender<u64>,
    /// The lease under which this connection's parcels are written, one change after the other.
    lease: tokio::sync::Mutex<Option<(Lease, Instant)>>,
}

struct Session {
    name: String,
    /// The parcel that is out.
    out: Option<Out>,
    last_heard: Instant,
}

struct Out {
    key: String,
    /// It had left in a session before this one.
    was_sealed: bool,
}

impl Hub {
    /// From now on systems can call.
    pub fn serve(&self, service: Arc<dyn Callers>) {
        // One service a process.
        let _ = self.service.set(service);
    }

    pub fn is_served(&self) -> bool {
        self.service.get().is_some()
    }

    fn service(&self) -> Option<&Arc<dyn Callers>> {
        self.service.get()
    }

    pub fn line(&self, line: &Line) -> Arc<LineState> {
        let mut lines = locked(&self.lines);
        let state = lines.entry(line.clone());
        Arc::clone(state.or_insert_with(|| {
            Arc::new(LineState {
                session: Mutex::default(),
                at_work: Mutex::default(),
                awaited: Mutex::default(),
                changed: watch::Sender::new(0),
                lease: tokio::sync::Mutex::new(None),
            })
        }))
    }

    /// The connections whose systems are here.
    pub fn open(&self) -> Vec<(TenantId, ConnectionId)> {
        let lines = locked(&self.lines);
        let open = lines.iter().filter(|(_, state)| state.is_open());
        open.map(|(line, _)| (line.tenant.clone(), line.connection.clone()))
            .collect()
    }

    /// Whoever waits looks again.
    pub fn stir_all(&self) {
        locked(&self.lines).values().for_each(|state| state.stir());
    }
}

impl LineState {
    pub fn stir(&self) {
        self.changed
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn is_open(&self) -> bool {
        let session = locked(&self.session);
        session
            .as_ref()
            .is_some_and(|session| session.last_heard.elapsed() < SILENCE_MAX)
    }

    /// Somebody works for this purpose.
    fn works(&self, purpose: &str) -> bool {
        locked(&self.at_work).contains_key(purpose)
    }

    fn is_busy(&self) -> bool {
        !locked(&self.at_work).is_empty()
    }

    fn is_awaited(&self, key: &str) -> bool {
        locked(&self.awaited).contains_key(key)
    }

    /// Until the answer is dropped, somebody works for this purpose.
    pub fn work(self: &Arc<Self>, purpose: &str) -> AtWork {
        count(&self.at_work, purpose);
        Box::new(Working {
            line: Arc::clone(self),
            purpose: purpose.to_owned(),
        })
    }

    fn await_all(self: &Arc<Self>, keys: Vec<String>) -> Awaiting {
        keys.iter().for_each(|key| count(&self.awaited, key));
        Awaiting {
            line: Arc::clone(self),
            keys,
        }
    }
}

struct Working {
    line: Arc<LineState>,
    purpose: String,
}

impl Drop for Working {
    fn drop(&mut self) {
        discount(&self.line.at_work, &self.purpose);
        self.line.stir();
    }
}

struct Awaiting {
    line: Arc<LineState>,
    keys: Vec<String>,
}

impl Drop for Awaiting {
    fn drop(&mut self) {
        self.keys
            .iter()
            .for_each(|key| discount(&self.line.awaited, key));
    }
}

fn count(counts: &Mutex<BTreeMap<String, usize>>, name: &str) {
    *locked(counts).entry(name.to_owned()).or_default() += 1;
}

fn discount(counts: &Mutex<BTreeMap<String, usize>>, name: &str) {
    let mut counts = locked(counts);
    if let Some(count) = counts.get_mut(name) {
        *count -= 1;
        if *count == 0 {
            counts.remove(name);
        }
    }
}

/// None of what is behind these locks can be left half done.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a run of this flow is called as a purpose. Runs by a schedule and by a person are one purpose: the one
/// goes on where the other was.
pub fn run_purpose(flow: &FlowName) -> String {
    format!("run {flow}")
}

/// The flow whose run it is.
fn flow_of(purpose: &str) -> Option<FlowName> {
    FlowName::parse(purpose.strip_prefix("run ")?).ok()
}
