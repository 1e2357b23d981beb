//! The stored pair of records that are the same thing.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ConnectionId, Entity, FlowName, NativeId, TenantId};

/// Which links belong together: a tenant, the two ends and a role. A flow's name is no part of it, so
/// a copied or renamed flow keeps its links.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LinkSet {
    pub tenant: TenantId,
    pub left: (ConnectionId, Entity),
    pub right: (ConnectionId, Entity),
    /// `main` unless one source has two targets of one entity.
    pub role: String,
}

impl LinkSet {
    /// The connection and entity of one side.
    pub fn end(&self, side: Side) -> &(ConnectionId, Entity) {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }
}

impl std::fmt::Display for LinkSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            tenant,
            left,
            right,
            role,
        } = self;
        write!(
            f,
            "{tenant}: {}.{} = {}.{} ({role})",
            left.0, left.1, right.0, right.1
        )
    }
}

/// The two ends of a link set. A flow's source is `Left` unless the flow says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    Left,
    Right,
}

impl Side {
    pub fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// Hash of a record in canonical form; equal means nothing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fingerprint(pub [u8; 16]);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkState {
    Linked,
    /// Both sides disagree about the pairing; a person decides. Nothing is written.
    Conflict,
    /// No longer the same thing; kept for its history.
    Tombstoned,
}

/// What is known of one end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkSide {
    pub id: NativeId,
    pub version: Option<String>,
    /// Of the record as last seen (left) or last written (right).
    pub fingerprint: Option<Fingerprint>,
    /// The mapped fields as the vendor returned them after our last write; only for flows that may update.
    pub base: Option<Value>,
}

impl LinkSide {
    pub fn new(id: NativeId) -> Self {
        Self {
            id,
            version: None,
            fingerprint: None,
            base: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    pub set: LinkSet,
    pub left: LinkSide,
    pub right: LinkSide,
    pub state: LinkState,
    /// Grows with every deliberate re-create of the same source record.
    pub generation: u32,
    /// The flow that made it, a person, or an import: for its history.
    pub cause: Cause,
    pub created_at: jiff::Timestamp,
    pub updated_at: jiff::Timestamp,
    /// What was lately written, so that writing in circles is noticed.
    #[serde(default, skip_serializing_if = "Circles::is_empty")]
    pub circles: Circles,
}

/// The last contents that were written into the right side, and how often one of them came again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Circles {
    pub recent: Vec<Fingerprint>,
    pub repeats: u32,
    /// When the first of these repeats was written.
    pub since: Option<jiff::Timestamp>,
}

impl Circles {
    pub fn is_empty(&self) -> bool {
        self.recent.is_empty()
    }
}

impl Link {
    pub fn side(&self, side: Side) -> &LinkSide {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    pub fn side_mut(&mut self, side: Side) -> &mut LinkSide {
        match side {
            Side::Left => &mut self.left,
            Side::Right => &mut self.right,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Created by this flow.
    Created(FlowName),
    /// Recognised as already there by this flow, and by which identity rule.
    Adopted(FlowName, String),
    Person,
    Import,
}
