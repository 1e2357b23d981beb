//! Every command as a typed request, with its answer.
//!
//! The command line calls [`super::Control::answer`] in its own process; a service that holds the
//! installation will answer the same requests over its loopback door.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::chaos::{ChaosReport, ChaosWish};
use super::kit::KitReport;
use super::matches::MatchReport;
use super::reset::ResetReport;
use super::service::{ServiceReport, ServiceWish};
use super::shipping::lock::{State, short};
use super::shipping::trust::TrustedKey;
use super::shipping::{Consent, Offer};
use super::tapes::{ReplayReport, TapeRow};
use crate::config::Problem;
use crate::engine::verify::VerifySummary;
use crate::engine::{PlanReport, RunSummary};
use crate::mapping::TestReport;
use crate::model::run::{Event, Parked, ParkedKind, Run};
use crate::model::{
    ConnectionId, Finding, FlowName, Link, Manifest, NativeId, Side, TenantId, Text,
};
use crate::store::{VerifyReport, export};

/// Which flow, of which tenant. The tenant may be left out where there is only one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowRef {
    pub tenant: Option<TenantId>,
    pub flow: FlowName,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    ConnectorList {
        /// With what the configured source has that is newer.
        #[serde(default)]
        newer: bool,
    },
    /// Of the host and of what is current.
    Versions,
    ConnectorInspect {
        name: String,
    },
    /// From a file, an address or a registry, beside whatever is there.
    ConnectorInstall {
        source: String,
        consent: Consent,
    },
    /// In the place of what is current. Without a source it is looked for where the installation says.
    ConnectorUpgrade {
        name: String,
        source: Option<String>,
        consent: Consent,
    },
    /// To what was current before, or to this version.
    ConnectorRollback {
        name: String,
        to: Option<String>,
    },
    /// One version, or all.
    ConnectorRemove {
        name: String,
        version: Option<String>,
    },
    TrustAdd {
        name: String,
        /// The key itself, or its file.
        key: String,
    },
    TrustList,
    TrustRemove {
        name: String,
    },
    TapeList {
        tenant: Option<TenantId>,
        connection: Option<ConnectionId>,
    },
    /// Writes a tape in clear.
    TapeExport {
        name: String,
        file: PathBuf,
        /// With what stood in the records.
        unmasked: bool,
    },
    Check {
        tenant: Option<TenantId>,
    },
    CheckList {
        tenant: Option<TenantId>,
        code: String,
    },
    /// Files, secrets and steps of a connection; the files go into this folder.
    ConnectionSetup {
        tenant: TenantId,
        connection: ConnectionId,
        folder: PathBuf,
        /// Files that are there and say something else are replaced.
        #[serde(default)]
        force: bool,
    },
    FlowList {
        tenant: Option<TenantId>,
    },
    FlowPacks,
    FlowCheck {
        tenant: Option<TenantId>,
    },
    /// The tests of a flow (`PACK/FLOW`, or one that the tenant keeps as a file), or of all that ship.
    FlowTest {
        name: Option<String>,
        tenant: Option<TenantId>,
    },
    FlowAdd {
        pack: String,
        tenant: Option<TenantId>,
        name: Option<FlowName>,
    },
    Plan {
        flow: FlowRef,
        records: Vec<NativeId>,
        since: Option<String>,
    },
    Run {
        flow: FlowRef,
        records: Vec<NativeId>,
        since: Option<String>,
        plan: Option<String>,
    },
    Verify {
        flow: FlowRef,
    },
    Status {
        tenant: Option<TenantId>,
    },
    /// Looks at everything again; hard: links are compared with what natural keys say.
    Reset {
        flow: FlowRef,
        hard: bool,
        /// Else it only says what it would do.
        apply: bool,
    },
    /// The machine keeps `liaison serve` running.
    Service {
        name: String,
        wish: ServiceWish,
    },
    /// The service leaves the flow alone until it is resumed.
    Pause {
        flow: FlowRef,
    },
    Resume {
        flow: FlowRef,
    },
    Log {
        tenant: Option<TenantId>,
        flow: Option<FlowName>,
        record: Option<NativeId>,
        limit: usize,
    },
    QuarantineList {
        tenant: Option<TenantId>,
        flow: Option<FlowName>,
    },
    QuarantineShow {
        flow: FlowRef,
        record: NativeId,
    },
    /// One record, or all of the flow.
    QuarantineRetry {
        flow: FlowRef,
        record: Option<NativeId>,
    },
    QuarantineDrop {
        flow: FlowRef,
        record: NativeId,
    },
    /// Pairs whose sides disagree.
    ConflictList {
        tenant: Option<TenantId>,
        flow: Option<FlowName>,
    },
    /// The next run takes what this side says, if both still say the same.
    ConflictResolve {
        flow: FlowRef,
        record: NativeId,
        take: Side,
    },
    LinkList {
        flow: FlowRef,
        after: Option<NativeId>,
        limit: usize,
    },
    LinkShow {
        flow: FlowRef,
        id: NativeId,
    },
    /// By the id of either side, as below.
    LinkAdd {
        flow: FlowRef,
        source: NativeId,
        target: NativeId,
    },
    LinkRemove {
        flow: FlowRef,
        id: NativeId,
    },
    /// Takes back what a person last did to the link of a record.
    LinkUndo {
        flow: FlowRef,
        id: NativeId,
    },
    /// Pairs what is there on both sides, for a file that a person edits. Who asks reads and writes it: a
    /// service can write nowhere but into the installation, and as another user.
    LinkMatch {
        flow: FlowRef,
        /// Its name, for what is told.
        file: String,
    },
    /// Links the rows of that file that say `link`.
    LinkMatchApply {
        flow: FlowRef,
        file: String,
        csv: String,
    },
    LinkExport {
        flow: FlowRef,
    },
    /// `source,target` lines with a heading.
    LinkImport {
        flow: FlowRef,
        csv: String,
        apply: bool,
    },
    SecretSet {
        tenant: Option<TenantId>,
        connection: ConnectionId,
        name: String,
        value: Sealed,
    },
    SecretList {
        tenant: Option<TenantId>,
    },
    SecretRemove {
        tenant: Option<TenantId>,
        connection: ConnectionId,
        name: String,
    },
    /// Runs the flow under faults and kills against simulators, in a copy of the installation.
    Chaos {
        flow: FlowRef,
        wish: ChaosWish,
    },
    StoreVerify,
    StoreBackup {
        file: Option<PathBuf>,
    },
    StoreRestore {
        file: PathBuf,
    },
    StoreExport {
        file: PathBuf,
    },
    StoreImport {
        file: PathBuf,
        apply: bool,
    },
}

/// A secret value on its way in. Never printed, never serialised.
#[derive(Clone, PartialEq, Default)]
pub struct Sealed(pub String);

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed(redacted)")
    }
}

impl Serialize for Sealed {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("a secret is never serialised"))
    }
}

impl<'de> Deserialize<'de> for Sealed {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "answer")]
pub enum Answer {
    Connectors(Vec<ConnectorRow>),
    Versions(Versions),
    Connector(Box<Inspected>),
    /// It was there already, just so.
    Installed(ConnectorRow),
    Offer(Box<Offer>),
    RolledBack {
        from: String,
        now: Box<ConnectorRow>,
    },
    Removed {
        name: String,
        versions: Vec<String>,
    },
    Trusted(Vec<TrustedKey>),
    Tapes(Vec<TapeRow>),
    TapeExported {
        file: String,
        masked: bool,
    },
    Replayed(Box<ReplayReport>),
    Tested(Box<KitReport>),
    Check(CheckReport),
    CheckList(CheckList),
    Setup(SetupReport),
    Flows(Vec<FlowRow>),
    Packs(Vec<PackRow>),
    FlowsChecked {
        flows: usize,
        /// What is right but probably not meant: names that nothing uses.
        warnings: Vec<Problem>,
    },
    FlowTests {
        reports: BTreeMap<String, TestReport>,
        /// Flows that ship whose connectors are not installed.
        left_out: Vec<String>,
    },
    FlowAdded {
        tenant: TenantId,
        name: FlowName,
        file: String,
    },
    Plan(PlanReport),
    Run(RunSummary),
    Verify(VerifySummary),
    Status(Vec<StatusRow>),
    Log(Vec<Event>),
    Quarantine(Vec<Parked>),
    Parked(Box<Parked>),
    Reset(Box<ResetReport>),
    Service(ServiceReport),
    Retried {
        records: usize,
    },
    ConflictResolved {
        record: NativeId,
        take: Side,
    },
    Dropped {
        record: NativeId,
        /// What our report left in the source, which keeps the record from being selected.
        marker: Option<String>,
    },
    Links(Vec<Link>),
    Link {
        link: Box<Link>,
        history: Vec<Event>,
    },
    LinkAdded {
        source: NativeId,
        target: NativeId,
    },
    LinkRemoved {
        source: NativeId,
        target: NativeId,
    },
    LinkUndone {
        /// Linked again; else the link is gone.
        linked: bool,
        source: NativeId,
        target: NativeId,
    },
    Matched(Box<MatchReport>),
    LinkCsv {
        csv: String,
        links: u64,
    },
    LinksImported {
        applied: bool,
        new: u64,
        same: u64,
        refused: Vec<Text>,
        /// Lines of a match file that still say `review`.
        undecided: u64,
    },
    SecretKept {
        connection: ConnectionId,
        name: String,
        short: bool,
    },
    Secrets(Vec<SecretRow>),
    SecretRemoved {
        existed: bool,
    },
    Chaos(ChaosReport),
    StoreVerified(VerifyReport),
    StoreWritten {
        file: String,
        counts: Option<export::Counts>,
    },
    Switched {
        tenant: TenantId,
        flow: FlowName,
        paused: bool,
        /// It was the other way before.
        changed: bool,
    },
    StoreRestored {
        counts: export::Counts,
        /// Links of the store it replaces, where that one could still be read.
        replaced_links: Option<u64>,
        replaced_parked: Option<u64>,
        kept_aside: Option<String>,
    },
    StoreImported {
        applied: bool,
        counts: export::Counts,
    },
}

/// What runs here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Versions {
    pub liaison: String,
    /// The newest that it speaks.
    pub contract: String,
    pub connectors: Vec<InUse>,
}

/// What connections use that name no version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InUse {
    pub name: String,
    pub version: String,
    pub contract: String,
}

/// A connector as it is, and the versions of it that are installed.
#[derive(Debug, Clone, Serialize)]
pub struct Inspected {
    #[serde(flatten)]
    pub manifest: Manifest,
    pub contract: String,
    pub sha256: String,
    pub versions: Vec<ConnectorRow>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ConnectorRow {
    pub name: String,
    pub version: String,
    pub vendor: String,
    pub file: String,
    pub sha256: String,
    /// Of the contract that it was built for.
    pub contract: String,
    /// None for a file that is not installed.
    pub state: Option<State>,
    pub signer: Option<String>,
    pub source: String,
    pub installed_at: Option<Timestamp>,
    /// Why it was withdrawn.
    pub why: Option<Text>,
    /// What the configured source has.
    pub newer: Option<String>,
    pub entities: Vec<String>,
    /// A file that does not load says why.
    pub refused: Option<Text>,
}

impl ConnectorRow {
    /// Its version, with its digest's first digits where another of these rows is the same version in other bytes.
    pub fn version_among(&self, rows: &[Self]) -> String {
        let is_twin = |other: &Self| {
            other.name == self.name && other.version == self.version && other.sha256 != self.sha256
        };
        match rows.iter().any(is_twin) {
            true => format!("{} ({})", self.version, short(&self.sha256)),
            false => self.version.clone(),
        }
    }
}

/// What a person does before a connection works.
#[derive(Clone, Serialize)]
pub struct SetupReport {
    pub connection: ConnectionId,
    /// Where the system finds us.
    pub address: String,
    pub files: Vec<SetupFile>,
    pub secrets: Vec<SetupSecret>,
    pub steps: Vec<Text>,
}

#[derive(Debug, Clone, Serialize)]
pub struct SetupFile {
    pub path: String,
    pub purpose: Text,
}

/// Made up just now, and shown this once.
#[derive(Clone, Serialize)]
pub struct SetupSecret {
    pub name: String,
    pub value: String,
}

impl std::fmt::Debug for SetupReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self
            .secrets
            .iter()
            .map(|secret| secret.name.as_str())
            .collect();
        write!(
            f,
            "SetupReport({}, {:?}, secrets {names:?})",
            self.connection, self.files
        )
    }
}

/// The records that a check found.
#[derive(Debug, Clone, Serialize)]
pub struct CheckList {
    pub code: String,
    /// Names of fields, as the system has them.
    pub fields: Vec<String>,
    /// Values in the order of the fields.
    pub rows: Vec<Vec<String>>,
}

/// What the doctor says of one place.
#[derive(Debug, Clone, Serialize)]
pub struct CheckReport {
    pub places: Vec<CheckPlace>,
}

#[derive(Debug, Clone, Serialize)]
pub struct CheckPlace {
    pub tenant: TenantId,
    /// `connection autotask`, `flow invoices`.
    pub place: Text,
    pub findings: Vec<Finding>,
}

impl CheckReport {
    pub fn worst(&self) -> Option<crate::model::Level> {
        self.places
            .iter()
            .flat_map(|place| &place.findings)
            .map(|finding| finding.level)
            .max()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FlowRow {
    pub tenant: TenantId,
    pub flow: FlowName,
    /// In the language of who asks.
    pub title: String,
    pub source: String,
    pub target: String,
    pub enabled: bool,
    pub origin: Text,
    pub schedule: String,
    /// Why its file cannot be read. Of such a flow only the name is known.
    pub problem: Option<Text>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PackRow {
    pub name: String,
    pub source: String,
    pub target: String,
    pub description: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct StatusRow {
    pub tenant: TenantId,
    pub flow: FlowName,
    pub enabled: bool,
    pub paused: bool,
    pub last_run: Option<Run>,
    pub last_success: Option<Timestamp>,
    pub parked: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SecretRow {
    pub tenant: TenantId,
    pub connection: ConnectionId,
    pub name: String,
}

/// The word of the catalogue for a kind of parked record.
pub fn parked_word(kind: ParkedKind) -> &'static str {
    match kind {
        ParkedKind::Quarantined => "quarantined",
        ParkedKind::Waiting => "waiting",
        ParkedKind::Conflict => "conflict",
    }
}
