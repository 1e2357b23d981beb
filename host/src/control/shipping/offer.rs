//! What a person is shown before a connector comes in, and what they say to it.

use serde::{Deserialize, Serialize};

use super::permissions::Difference;
use super::rehearsal::Rehearsal;
use super::source::Plain;
use super::trust::Signed;
use crate::model::manifest::{HostUse, Limits, SecretUse};
use crate::model::{ConnectionId, FlowName, TenantId, Text};

/// What the operator has said, by flags or at the terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Consent {
    /// Else it is only shown.
    pub yes: bool,
    /// To exactly these bytes.
    pub agreed: Option<String>,
    /// Powers more than before.
    pub permissions: bool,
    pub unsigned: bool,
    /// A version that is older than the current one.
    pub older: bool,
    /// What its check or the rehearsal found.
    pub findings: bool,
    /// Without TLS, on this machine.
    pub plain_http: bool,
}

impl Consent {
    pub(super) fn plain(&self) -> Plain {
        match self.plain_http {
            true => Plain::OnThisMachine,
            false => Plain::Refused,
        }
    }
}

/// A connector at the door.
#[derive(Debug, Clone, Serialize)]
pub struct Offer {
    pub name: String,
    pub version: String,
    pub title: Text,
    pub vendor: String,
    pub contract: String,
    pub sha256: String,
    pub bytes: u64,
    pub source: String,
    pub signed: Signed,
    pub hosts: Vec<HostUse>,
    pub secrets: Vec<SecretUse>,
    pub is_called: bool,
    pub limits: Limits,
    pub memory_bytes_max: usize,
    /// It is in: else it was only shown.
    pub applied: bool,
    /// What connections use now that name no version.
    pub current: Option<String>,
    pub upgrade: Option<Upgrade>,
}

/// What an upgrade means here.
#[derive(Debug, Clone, Serialize)]
pub struct Upgrade {
    pub from: String,
    pub difference: Difference,
    pub connections: Vec<Checked>,
    pub rehearsal: Rehearsal,
}

/// A connection with the new version in the place of the old one.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    pub tenant: TenantId,
    pub connection: ConnectionId,
    /// Why it could not be connected, or what its check finds that the old one's does not.
    pub problems: Vec<Text>,
}

/// A flow that a connector is needed for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Needing {
    pub tenant: TenantId,
    pub flow: FlowName,
    pub connection: ConnectionId,
}

impl Upgrade {
    /// Whether anything was found that the old version does not show.
    pub fn is_clean(&self) -> bool {
        self.connections
            .iter()
            .all(|checked| checked.problems.is_empty())
            && self.rehearsal.is_same()
    }
}
