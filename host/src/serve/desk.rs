//! What the parts of the service share.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::entry::Entry;
use super::newest::Newest;
use super::random;
use crate::control::timetable::{ConnectionKey, FlowKey, Timetable};
use crate::control::{Control, ControlError};
use crate::engine::{Notice, Observer};
use crate::model::{ConnectionId, TenantId, Text};
use crate::schedule::{Agenda, Asked, Ending, Limits, Outlook};

/// Runs at once, of all tenants together.
const RUNS_MAX: u32 = 4;
/// Runs at once on one connection: so the vendor's limits hold across flows.
const RUNS_PER_CONNECTION: u32 = 1;

pub struct Desk {
    pub control: Control,
    /// What a caller of the door must show.
    pub token: String,
    /// What only our own pages know.
    pub form_token: String,
    pub entry: Entry,
    agenda: Mutex<Agenda<FlowKey, ConnectionKey>>,
    pub timetable: tokio::sync::Mutex<Timetable>,
    /// Connectors that the configured source has.
    pub newest: Newest,
    /// The connections whose systems call us, with the files in force, and the number of these files.
    called: Mutex<(u64, BTreeMap<ConnectionKey, Control>)>,
    /// Something has happened that the agenda must hear of.
    pub wake: Notify,
    /// Flows that could not even begin, with the reason.
    unable: Mutex<BTreeMap<FlowKey, (Timestamp, Text)>>,
    /// Runs that have ended since the service began.
    runs: Mutex<BTreeMap<FlowKey, u64>>,
}

impl Desk {
    pub fn new(control: Control, token: String, entry: Entry) -> Result<Self, ControlError> {
        let mut seed = DefaultHasher::new();
        control.home().root().hash(&mut seed);
        Ok(Self {
            agenda: Mutex::new(Agenda::new(seed.finish())),
            timetable: tokio::sync::Mutex::new(Timetable::new(control.clone())),
            newest: Newest::default(),
            called: Mutex::default(),
            control,
            form_token: random()?,
            entry,
            token,
            wake: Notify::new(),
            unable: Mutex::default(),
            runs: Mutex::default(),
        })
    }

    pub fn agenda(&self) -> MutexGuard<'_, Agenda<FlowKey, ConnectionKey>> {
        // An agenda is whole between any two calls.
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what the files and the switches say now.
    pub async fn refresh(&self) -> Result<(), ControlError> {
        let mut timetable = self.timetable.lock().await;
        if timetable.refresh().await? {
            let mut called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
            *called = (called.0 + 1, timetable.all_called());
        }
        let plans = timetable.plans()?;
        let connections = plans.iter().flat_map(|plan| plan.connections.clone());
        let limits = Limits {
            runs_max: RUNS_MAX,
            by_connection: connections.map(|key| (key, RUNS_PER_CONNECTION)).collect(),
        };
        let mut agenda = self.agenda();
        agenda.set(plans, limits, Timestamp::now());
        agenda.arrive(self.control.relay.open());
        Ok(())
    }

    /// For a system that calls this connection: the files in force, and their number. None when there is no such
    /// connection, or its system does not call.
    pub fn called(&self, tenant: &TenantId, connection: &ConnectionId) -> Option<(Control, u64)> {
        let called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        let control = called.1.get(&(tenant.clone(), connection.clone()))?;
        Some((control.clone(), called.0))
    }

    /// A flow that waited for a system goes on, unless it is held still or its hours are over.
    pub fn resume(&self, key: &FlowKey) {
        self.agenda().resume(key, Timestamp::now());
        self.wake.notify_one();
    }

    /// A person wants the flow to run now.
    pub fn request(&self, key: &FlowKey) -> Asked {
        let asked = self.agenda().request(key, Timestamp::now());
        self.wake.notify_one();
        asked
    }

    pub fn ended(&self, key: &FlowKey, ending: Ending, why: Option<Text>) {
        let now = Timestamp::now();
        self.agenda().ended(key, ending, now);
        let mut unable = self.unable.lock().unwrap_or_else(PoisonError::into_inner);
        match why {
            Some(why) => unable.insert(key.clone(), (now, why)),
            None => unable.remove(key),
        };
        drop(unable);
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        *runs.entry(key.clone()).or_default() += 1;
        drop(runs);
        self.control.relay.stir_all();
        self.wake.notify_one();
    }

    pub fn is_running(&self, key: &FlowKey) -> bool {
        self.agenda().outlook(key, Timestamp::now()) == Some(Outlook::Running)
    }

    pub fn flows(&self) -> Vec<FlowKey> {
        self.agenda().flows().cloned().collect()
    }

    /// How often each flow has run since the service began.
    pub fn runs(&self) -> BTreeMap<FlowKey, u64> {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.clone()
    }

    /// Why a flow's last try did not even begin.
    pub fn unable(&self, key: &FlowKey) -> Option<(Timestamp, Text)> {
        let unable = self.unable.lock().unwrap_or_else(PoisonError::into_inner);
        unable.get(key).cloned()
    }
}

/// For requests whose progress nobody follows; a run's waits stand in the log.
pub struct Unheard;

impl Observer for Unheard {
    fn notice(&self, notice: &Notice) {
        if let Notice::Waiting {
            connection,
            wait_ms,
            message,
        } = notice
        {
            tracing::info!(%connection, wait_ms, "waiting: {}", message.fallback);
        }
    }
}
