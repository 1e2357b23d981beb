//! Links, intents, cursors, parked records, runs, events and connector memory.
//!
//! The trait speaks the domain's words; `conformance.rs` is its specification, and every backend
//! passes it. All writing goes through [`Store::commit`]: one list of changes, one transaction, one
//! sync, under a lease whose fence is checked where the write lands.
//!
//! Invariant: when `commit` has returned `Ok`, its changes survive a power cut. When it has returned
//! an error, none of them is visible, or the store is poisoned and the process must end.
//! Invariant: live links of a set are one to one; the store refuses a second partner.

#[cfg(test)]
pub mod conformance;
mod disk;
pub mod export;
mod lease;
mod line;
pub mod memory;
pub mod sled;

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::run::{Event, Parked, Run, RunId};
use crate::model::{
    Action, ConnectionId, Entity, FlowName, Link, LinkSet, NativeId, Side, TenantId, Token,
};

/// What a lease protects: one link set, or one administrative task, of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LeaseScope(String);

impl LeaseScope {
    /// For a flow whose ends are not known (any more): what still stands under its name.
    pub fn flow(tenant: &TenantId, flow: &FlowName) -> Self {
        Self(format!("{tenant}/flow/{flow}"))
    }

    /// For every flow over these two ends: a copied or renamed flow writes the same pairs, so it
    /// never runs beside the one it was copied from.
    pub fn set(set: &LinkSet) -> Self {
        Self(format!("{}/set/{set}", set.tenant))
    }

    /// For what a person does outside a run: import links, drop a parked record.
    pub fn admin(tenant: &TenantId) -> Self {
        Self(format!("{tenant}/admin"))
    }

    /// For what a connector keeps: its memory.
    pub fn connection(tenant: &TenantId, connection: &ConnectionId) -> Self {
        Self(format!("{tenant}/connection/{connection}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whose data a lease on this scope may change.
    pub fn tenant(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }
}

/// The right to write until a moment. The fence only grows; a stale one is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub scope: LeaseScope,
    pub fence: u64,
}

/// What an open intent is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntentKind {
    /// Writing the target record of a flow.
    Target,
    /// Writing something born in the target into the source.
    WriteBack,
    /// Creating the report of a rejection (a ticket).
    Report,
    /// Creating a record of the target that a look-up asks for.
    Needed,
}

/// A note saved before a remote write, so that a crash can be understood afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    pub token: Token,
    pub kind: IntentKind,
    pub tenant: TenantId,
    pub flow: FlowName,
    /// The link set it will change, and the source record it is for.
    pub set: LinkSet,
    pub source: NativeId,
    /// Where it goes.
    pub connection: ConnectionId,
    pub entity: Entity,
    pub action: Action,
    /// The record it updates; none for a create.
    pub target: Option<NativeId>,
    pub version: Option<String>,
    /// The exact bytes that leave, also when they leave again.
    pub body: String,
    /// Grows with every deliberate re-create of the same source record.
    pub generation: u32,
    pub created_at: Timestamp,
    /// It has left at least once: the target may hold it.
    pub sent: bool,
    /// What the guest noted on the way (`progress.note`).
    pub progress: Option<Vec<u8>>,
    /// What the engine needs to go on after the answer (JSON, the engine's own).
    pub context: serde_json::Value,
}

/// One change. A list of them is one transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Inserts the link, or replaces the one of the same set and left id (whose right id is free again).
    /// Fails with [`StoreError::LinkTaken`] when the right id already belongs to another live link of the set.
    /// A tombstoned link is kept and exported, but it is not live: it is not found and holds no right id.
    PutLink(Box<Link>),
    /// Takes the live link of this left id away (its history stays in the events).
    /// Removing what is not there is no error, here and below.
    RemoveLink {
        set: LinkSet,
        left: NativeId,
    },
    PutIntent(Box<Intent>),
    RemoveIntent {
        tenant: TenantId,
        token: Token,
    },
    PutCursor {
        tenant: TenantId,
        flow: FlowName,
        cursor: Vec<u8>,
    },
    RemoveCursor {
        tenant: TenantId,
        flow: FlowName,
    },
    PutParked(Box<Parked>),
    RemoveParked {
        tenant: TenantId,
        flow: FlowName,
        id: NativeId,
    },
    PutRun(Box<Run>),
    AddEvent(Box<Event>),
    PutMemory {
        tenant: TenantId,
        connection: ConnectionId,
        key: String,
        value: Vec<u8>,
    },
    RemoveMemory {
        tenant: TenantId,
        connection: ConnectionId,
        key: String,
    },
}

impl Change {
    /// Whose data it changes.
    pub fn tenant(&self) -> &TenantId {
        match self {
            Self::PutLink(link) => &link.set.tenant,
            Self::RemoveLink { set, .. } => &set.tenant,
            Self::PutIntent(intent) => &intent.tenant,
            Self::PutParked(parked) => &parked.tenant,
            Self::PutRun(run) => &run.tenant,
            Self::AddEvent(event) => &event.tenant,
            Self::RemoveIntent { tenant, .. }
            | Self::PutCursor { tenant, .. }
            | Self::RemoveCursor { tenant, .. }
            | Self::RemoveParked { tenant, .. }
            | Self::PutMemory { tenant, .. }
            | Self::RemoveMemory { tenant, .. } => tenant,
        }
    }

    /// What holds for every change whatever the backend: it stays inside the lease's tenant, and the
    /// texts that become part of a key are short and, where they stand in its middle, plain.
    fn check(&self, lease: &Lease) -> Result<(), StoreError> {
        if self.tenant().as_str() != lease.scope.tenant() {
            let scope = lease.scope.as_str().to_owned();
            return Err(StoreError::ForeignTenant {
                scope,
                tenant: self.tenant().clone(),
            });
        }
        let refused = match self {
            Self::PutLink(link) if link.set.role.chars().any(char::is_control) => {
                "a role with control characters"
            }
            Self::PutLink(link) if link.set.role.len() > ROLE_BYTES_MAX => "a role over 64 bytes",
            Self::PutRun(run) if run.id.0.len() > RUN_ID_BYTES_MAX => "a run id over 64 bytes",
            Self::PutMemory { key, .. } if key.len() > MEMORY_KEY_BYTES_MAX => {
                "a memory key over 512 bytes"
            }
            _ => return Ok(()),
        };
        Err(StoreError::Refused { what: refused })
    }
}

/// Limits of the texts that stand in keys and have no type of their own that limits them. A key
/// stands in every page of the store that leads to it.
const ROLE_BYTES_MAX: usize = 64;
const RUN_ID_BYTES_MAX: usize = 64;
const MEMORY_KEY_BYTES_MAX: usize = 512;

/// How much history is kept. The oldest goes first, a little with every commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Events of one tenant. 200,000 are some months of a busy flow and about 60 MB on disk.
    pub events_max: u64,
    /// Runs of one flow. 2,000 are three weeks at a run every quarter of an hour.
    pub runs_max: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            events_max: 200_000,
            runs_max: 2_000,
        }
    }
}

/// The most rows of old history one new row takes away, so that no commit is long.
const DROPPED_PER_ROW_MAX: usize = 2;

/// Which events to list; newest first.
#[derive(Debug, Clone, Default)]
pub struct EventQuery {
    pub flow: Option<FlowName>,
    pub record: Option<NativeId>,
    pub run: Option<RunId>,
    pub limit: usize,
}

impl EventQuery {
    fn wants(&self, event: &Event) -> bool {
        fn fits<T: PartialEq>(wanted: &Option<T>, found: &Option<T>) -> bool {
            wanted.is_none() || wanted == found
        }
        fits(&self.flow, &event.flow)
            && fits(&self.record, &event.record)
            && fits(&self.run, &event.run)
    }
}

#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Takes the lease, or says who has it. An expired one is taken over with a higher fence.
    async fn claim(
        &self,
        scope: &LeaseScope,
        holder: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Lease, StoreError>;
    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<(), StoreError>;
    /// Gives the lease back. Releasing a stale one is no error and changes nothing.
    async fn release(&self, lease: &Lease) -> Result<(), StoreError>;

    /// Makes all changes durable in one transaction, or none. All of them belong to the lease's tenant.
    /// A commit whose future is dropped may still happen.
    async fn commit(&self, lease: &Lease, changes: Vec<Change>) -> Result<(), StoreError>;

    /// The live links of these ids on one side, in the same order and number.
    async fn links(
        &self,
        set: &LinkSet,
        side: Side,
        ids: &[NativeId],
    ) -> Result<Vec<Option<Link>>, StoreError>;
    /// Live links of a set in order of the left id, after `after`.
    async fn link_page(
        &self,
        set: &LinkSet,
        after: Option<&NativeId>,
        limit: usize,
    ) -> Result<Vec<Link>, StoreError>;
    /// The sets that hold a link, in order.
    async fn link_sets(&self, tenant: &TenantId) -> Result<Vec<LinkSet>, StoreError>;

    /// Open intents in order of creation; of one flow, or of the tenant.
    async fn intents(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
    ) -> Result<Vec<Intent>, StoreError>;
    /// Adds the guest's note to an open intent. Durable before it returns.
    async fn note_progress(
        &self,
        tenant: &TenantId,
        token: &Token,
        note: Vec<u8>,
    ) -> Result<(), StoreError>;

    async fn cursor(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    /// Parked records with these ids, in the same order and number.
    async fn parked(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
        ids: &[NativeId],
    ) -> Result<Vec<Option<Parked>>, StoreError>;
    async fn parked_list(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
    ) -> Result<Vec<Parked>, StoreError>;

    /// The newest runs first, by their id.
    async fn runs(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
        limit: usize,
    ) -> Result<Vec<Run>, StoreError>;
    async fn events(&self, tenant: &TenantId, query: &EventQuery)
    -> Result<Vec<Event>, StoreError>;

    async fn memory_get(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    /// The tenants that have anything kept here, in order.
    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError>;

    /// Every change that would build this store anew, in a fixed order and as of one moment: commits
    /// wait until it is through. Leases are left out. An error of `out` ends it and is handed back.
    async fn dump(
        &self,
        out: &mut (dyn FnMut(Change) -> Result<(), StoreError> + Send),
    ) -> Result<(), StoreError>;

    /// Whether the disk has room for a run. Asked at its start, so that it does not stop half-way.
    async fn check_space(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Reads everything and checks it: pairs agree, formats known, nothing dangling.
    async fn verify(&self) -> Result<VerifyReport, StoreError>;
}

/// What `store verify` found. Counts by kind, and each disagreement in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyReport {
    pub links: u64,
    pub intents: u64,
    pub parked: u64,
    pub runs: u64,
    pub events: u64,
    pub problems: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the store of this installation is gone: `{path}`")]
    Missing { path: String },
    #[error("`{scope}` is in use by {holder}")]
    LeaseHeld { scope: String, holder: String },
    #[error("the lease on `{scope}` has passed to another holder")]
    LeaseLost { scope: String },
    #[error("the lease on `{scope}` gives no right to write for tenant `{tenant}`")]
    ForeignTenant { scope: String, tenant: TenantId },
    #[error("{side:?} record {id} of {set} already belongs to another link")]
    LinkTaken {
        set: Box<LinkSet>,
        side: Side,
        id: NativeId,
    },
    #[error("there is no open intent {token}")]
    NoIntent { token: Token },
    #[error("another liaison process has the store at `{path}` open")]
    Locked { path: String },
    #[error("the store at `{path}` does not open: {reason}")]
    Unreadable { path: String, reason: String },
    #[error("the store at `{path}` has format {found}; this version knows up to {known}")]
    NewerFormat {
        path: String,
        found: u32,
        known: u32,
    },
    #[error("too little free space for the store at `{path}`: {free} bytes free, {wanted} wanted")]
    NoSpace {
        path: String,
        free: u64,
        wanted: u64,
    },
    #[error(
        "the store at `{path}` could not be written; it takes no more writes until the process restarts"
    )]
    Poisoned { path: String },
    #[error("input and output on the store at `{path}`")]
    Io {
        path: String,
        #[source]
        cause: std::io::Error,
    },
    #[error("two halves of the store disagree: {what}")]
    Inconsistent { what: String },
    #[error("the store does not take {what}")]
    Refused { what: &'static str },
    #[error("the store is not empty: it holds records of tenant `{tenant}`")]
    NotEmpty { tenant: TenantId },
    #[error("line {line} of the export: {reason}")]
    BadExport { line: usize, reason: String },
}
