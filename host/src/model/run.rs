//! Runs, their counts and what stays behind.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::link::Circles;
use super::{Fault, Fingerprint, FlowName, NativeId, Side, TenantId, Text};

/// `R` and 25 characters, sortable by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId(pub String);

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How records were settled. Every record read is counted once: `read` must equal the sum of the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    pub read: u64,
    pub created: u64,
    pub adopted: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub filtered: u64,
    pub waiting: u64,
    pub conflict: u64,
    pub quarantined: u64,
    /// Still in quarantine from an earlier run and not tried again.
    pub held: u64,
    /// Behind a transient fault; the next run begins with them.
    pub not_reached: u64,
}

impl Counts {
    pub fn written(&self) -> u64 {
        self.created + self.adopted + self.updated
    }

    pub fn settled(&self) -> u64 {
        self.created
            + self.adopted
            + self.updated
            + self.unchanged
            + self.filtered
            + self.waiting
            + self.conflict
            + self.quarantined
            + self.held
    }

    /// Whether every record read is accounted for.
    pub fn add_up(&self) -> bool {
        self.read == self.settled() + self.not_reached
    }
}

/// In order of how much it asks of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunStatus {
    Running,
    /// Every record is settled and none needs a person.
    Completed,
    /// Some records are in quarantine, in conflict or waiting.
    CompletedWithProblems,
    /// A system must call us before it goes on; the run is made again then, and goes on there.
    Waiting,
    /// A fault of the surroundings ended it early; nothing is lost.
    Interrupted,
    /// Something of ours is wrong: counts that do not add up, a ceiling.
    Failed,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub id: RunId,
    pub tenant: TenantId,
    pub flow: FlowName,
    pub started_at: jiff::Timestamp,
    pub ended_at: Option<jiff::Timestamp>,
    pub status: RunStatus,
    pub counts: Counts,
    /// Why it was interrupted or failed.
    pub fault: Option<Fault>,
}

/// Why a record stands aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParkedKind {
    /// It cannot be written as it is.
    Quarantined,
    /// Its reference has no link yet.
    Waiting,
    /// The two sides disagree; a person decides.
    Conflict,
}

impl ParkedKind {
    /// As the journal calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quarantined => "quarantined",
            Self::Waiting => "waiting",
            Self::Conflict => "conflict",
        }
    }
}

/// What told people outside about a parked record (for Autotask: a ticket).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub id: NativeId,
    /// What was written into the source's marker field, e.g. the ticket number.
    pub marker: Option<String>,
    /// The marker of the report before, which the source may still show.
    #[serde(default)]
    pub replaces: Option<String>,
}

impl Report {
    pub fn new(id: NativeId) -> Self {
        Self {
            id,
            marker: None,
            replaces: None,
        }
    }

    /// A report in the place of another, whose marker stays ours until the new one is written.
    pub fn after(id: NativeId, before: Option<&Self>) -> Self {
        let replaces = before.and_then(|old| old.marker.clone().or_else(|| old.replaces.clone()));
        Self {
            id,
            marker: None,
            replaces,
        }
    }

    /// Whether what the source shows was written by us.
    pub fn wrote(&self, shown: &str) -> bool {
        self.marker.as_deref() == Some(shown) || self.replaces.as_deref() == Some(shown)
    }
}

/// Fields that both sides changed, as they were when the pair was set aside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dispute {
    pub fields: Vec<Disputed>,
    /// The side that a person chose. It counts as long as the values are still these.
    pub choice: Option<Side>,
}

/// By the target's name of the field; what the source asks for, and what the target has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Disputed {
    pub field: String,
    pub source: Value,
    pub target: Value,
}

/// A record that stands aside until a person, a change of the record or a retry brings it back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parked {
    pub tenant: TenantId,
    pub flow: FlowName,
    pub id: NativeId,
    /// What a person calls the record: `invoice 1205`.
    pub title: String,
    pub kind: ParkedKind,
    /// Stable and kebab-case.
    pub code: String,
    pub message: Text,
    pub fault: Option<Fault>,
    /// Of the source record when it was parked: another value means it changed.
    pub fingerprint: Fingerprint,
    /// Of what its system sets at each write, as it stood after our own: another value means that somebody wrote
    /// the record, be it only to ask for it once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamps: Option<Fingerprint>,
    pub attempts: u32,
    pub first_at: jiff::Timestamp,
    pub last_at: jiff::Timestamp,
    pub report: Option<Report>,
    /// It was refused, and people outside are still to be told.
    #[serde(default)]
    pub unreported: bool,
    /// A person asked for one more try.
    pub retry: bool,
    /// Of a pair whose sides both changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<Dispute>,
    /// Of a record whose link was given up, to go on with the next one.
    #[serde(default, skip_serializing_if = "Circles::is_empty")]
    pub circles: Circles,
}

/// One line of the journal. Never holds record contents, but for a value that a rule overwrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub at: jiff::Timestamp,
    pub tenant: TenantId,
    pub flow: Option<FlowName>,
    pub run: Option<RunId>,
    /// The source record, where it is about one.
    pub record: Option<NativeId>,
    /// Stable and kebab-case: `created`, `adopted`, `quarantined`, `link-removed` …
    pub kind: String,
    pub message: Text,
}
