//! What a connector, or the host on its behalf, says when something did not work.

use serde::{Deserialize, Serialize};

use super::Text;

/// The kinds of the contract, in its order, and one of the host's; see `wit/connector.wit` for what each means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    Unauthorized,
    Misconfigured,
    Rejected,
    MissingReference,
    Exists,
    Ambiguous,
    Conflict,
    Locked,
    NotFound,
    Throttled,
    Unavailable,
    OutsideWindow,
    OutcomeUnknown,
    Internal,
    Other,
    /// The host's own: the system must call us before the call can go on, and it is made again then.
    AwaitsCall,
}

/// The name under which a fault carries why a request was denied.
const DENIED: &str = "denied";
/// The name under which a fault carries where its call is kept.
const TAPE: &str = "tape";

/// How far a fault reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    Record,
    Entity,
    Connection,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", .message.fallback)]
pub struct Fault {
    pub kind: FaultKind,
    pub scope: Scope,
    pub message: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existing: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ext: Vec<(String, String)>,
}

impl Fault {
    pub fn new(kind: FaultKind, scope: Scope, message: Text) -> Self {
        Self {
            kind,
            scope,
            message,
            vendor_code: None,
            vendor_text: None,
            field: None,
            wait_ms: None,
            existing: None,
            ext: Vec::new(),
        }
    }

    /// Adds why the host let a request of the connector's not go out; the connector itself never learns it.
    pub fn deny(&mut self, reason: Text) {
        self.ext.push((DENIED.to_owned(), reason.fallback.clone()));
        self.message.texts.push((DENIED.to_owned(), reason));
    }

    pub fn denial(&self) -> Option<&Text> {
        let mut texts = self.message.texts.iter();
        texts
            .find(|(name, _)| name == DENIED)
            .map(|(_, reason)| reason)
    }

    /// Adds the name of the tape that its call is kept on.
    pub fn kept_on(&mut self, tape: String) {
        self.ext.push((TAPE.to_owned(), tape));
    }

    pub fn tape(&self) -> Option<&str> {
        let mut ext = self.ext.iter();
        ext.find(|(name, _)| name == TAPE)
            .map(|(_, tape)| tape.as_str())
    }

    /// A refusal of one record, by us or by the system.
    pub fn rejected(message: Text) -> Self {
        Self::new(FaultKind::Rejected, Scope::Record, message)
    }

    /// A defect in a connector: reaches the whole connection, since nothing it says can be trusted.
    pub fn internal(message: impl Into<Text>) -> Self {
        Self::new(FaultKind::Internal, Scope::Connection, message.into())
    }
}
