//! One record on its way through a page.

use serde_json::Value;

use crate::mapping::{Mapped, Rejection};
use crate::model::link::Circles;
use crate::model::run::{Dispute, Parked, ParkedKind};
use crate::model::{Entry, Fault, Fingerprint, Link, NativeId, Text};

use super::plan::FieldChange;

/// How a record was settled; one of the run's counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settled {
    Created,
    Adopted,
    Updated,
    Unchanged,
    Filtered,
    Waiting,
    Conflict,
    Quarantined,
    Held,
}

/// Why a record is refused: what is parked, reported and shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Stable and kebab-case.
    pub code: String,
    pub message: Text,
    pub fault: Option<Fault>,
    pub kind: RefusalKind,
    pub dispute: Option<Dispute>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// It cannot be written as it is; people outside are told.
    Rejected,
    /// It may go through later by itself; nobody is told.
    Waiting,
    /// The sides disagree; a person decides.
    Conflict,
    /// It is written, but something around it failed; parked without a report.
    Afterwards,
}

impl RefusalKind {
    /// How the record stands aside for it.
    pub fn parked(self) -> ParkedKind {
        match self {
            Self::Rejected | Self::Afterwards => ParkedKind::Quarantined,
            Self::Waiting => ParkedKind::Waiting,
            Self::Conflict => ParkedKind::Conflict,
        }
    }
}

impl Refusal {
    pub fn rejected(code: &str, message: Text) -> Self {
        Self {
            code: code.to_owned(),
            message,
            fault: None,
            kind: RefusalKind::Rejected,
            dispute: None,
        }
    }

    pub fn conflict(code: &str, message: Text) -> Self {
        Self {
            code: code.to_owned(),
            message,
            fault: None,
            kind: RefusalKind::Conflict,
            dispute: None,
        }
    }

    /// The same, with what both sides say.
    pub fn about(self, dispute: Dispute) -> Self {
        Self {
            dispute: Some(dispute),
            ..self
        }
    }

    /// A fault of a connector about this record, in its words and the vendor's.
    pub fn from_fault(fault: Fault) -> Self {
        let code = fault
            .vendor_code
            .clone()
            .unwrap_or_else(|| fault_code(&fault));
        let message = fault.message.clone();
        Self {
            code,
            message,
            fault: Some(fault),
            kind: RefusalKind::Rejected,
            dispute: None,
        }
    }

    pub fn waiting(self) -> Self {
        Self {
            kind: RefusalKind::Waiting,
            ..self
        }
    }

    pub fn afterwards(self) -> Self {
        Self {
            kind: RefusalKind::Afterwards,
            ..self
        }
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        let kind = if rejection.waiting {
            RefusalKind::Waiting
        } else {
            RefusalKind::Rejected
        };
        let mut refusal = Self::rejected(&rejection.code, Text::in_languages(rejection.messages));
        refusal.kind = kind;
        refusal
    }
}

fn fault_code(fault: &Fault) -> String {
    serde_json::to_value(fault.kind)
        .ok()
        .and_then(|kind| kind.as_str().map(str::to_owned))
        .unwrap_or_else(|| "other".to_owned())
}

/// What is to be done with the target.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    Create {
        body: Value,
    },
    /// It is already there, recognised by the named rule.
    Adopt {
        entry: Entry,
        by: String,
    },
    Update {
        changes: Vec<FieldChange>,
    },
    /// Linked and equal; only the source's fingerprint moved.
    Unchanged,
}

/// Where a record stands within its page.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "a page holds few items, each moved once; whether the lint fires depends on serde_json's features"
)]
pub enum Step {
    /// To be mapped.
    Candidate,
    /// Linked, and gone from the source.
    Gone,
    /// To be written.
    Decided(Decision),
    /// Linked; what was born in the target goes back to the source.
    /// `target` is the record there, where it is known already; of a flow that answers, the answer.
    WriteBack {
        settled: Settled,
        target: Option<Value>,
    },
    /// To be parked, and people told.
    Refused(Refusal),
    /// A rejection whose report or its marker is still to be finished.
    ReportPending,
    Done(Settled),
    /// Behind a fault of the surroundings.
    NotReached,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub entry: Entry,
    /// Of the source record without what we write back into it.
    pub fingerprint: Fingerprint,
    pub title: String,
    pub link: Option<Link>,
    pub parked: Option<Parked>,
    pub mapped: Option<Mapped>,
    /// Grows when a linked record is deliberately created again.
    pub generation: u32,
    pub step: Step,
    /// What a person should know about how it was settled.
    pub note: Option<Text>,
}

impl Item {
    pub fn id(&self) -> &NativeId {
        &self.entry.id
    }

    /// How often it was written lately, of its link or of the one that was given up.
    pub fn circles(&self) -> Circles {
        match (&self.link, &self.parked) {
            (Some(link), _) => link.circles.clone(),
            (None, Some(parked)) => parked.circles.clone(),
            (None, None) => Circles::default(),
        }
    }

    pub fn done(&mut self, settled: Settled) {
        self.step = Step::Done(settled);
    }

    pub fn refuse(&mut self, refusal: Refusal) {
        self.step = Step::Refused(refusal);
    }
}
