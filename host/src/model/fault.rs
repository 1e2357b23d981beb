//! What a connector, or the host on its behalf, says when something did not work.

use serde::{Deserialize, Serialize};

/// The key of a text that carries its languages itself: the arguments are the words by language.
pub const FLOW_TEXT: &str = "flow-text";

/// Words for a person: a key of a message catalogue, its arguments, and the same in English.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Text {
    pub key: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<(String, String)>,
    pub fallback: String,
}

impl Text {
    /// A text that stands in no catalogue, in English only.
    pub fn plain(words: impl Into<String>) -> Self {
        Self {
            key: String::new(),
            args: Vec::new(),
            fallback: words.into(),
        }
    }

    /// A text that a flow file gives in several languages.
    pub fn in_languages(words: impl IntoIterator<Item = (String, String)>) -> Self {
        let args: Vec<(String, String)> = words.into_iter().collect();
        let english = args.iter().find(|(lang, _)| lang == "en").or(args.first());
        let fallback = english.map(|(_, words)| words.clone()).unwrap_or_default();
        Self {
            key: FLOW_TEXT.to_owned(),
            args,
            fallback,
        }
    }

    /// The words in a language as far as the text itself knows it; catalogues know more.
    pub fn in_language(&self, lang: &str) -> &str {
        let own = self
            .args
            .iter()
            .find(|(name, _)| self.key == FLOW_TEXT && name == lang);
        own.map_or(self.fallback.as_str(), |(_, words)| words.as_str())
    }

    pub fn new(key: &str, args: Vec<(&str, String)>, fallback: impl Into<String>) -> Self {
        let args = args
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Self {
            key: key.to_owned(),
            args,
            fallback: fallback.into(),
        }
    }
}

/// The kinds of the contract, in its order; see `wit/connector.wit` for what each means.
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
}

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

    /// A refusal of one record, by us or by the system.
    pub fn rejected(message: Text) -> Self {
        Self::new(FaultKind::Rejected, Scope::Record, message)
    }

    /// A defect in a connector: reaches the whole connection, since nothing it says can be trusted.
    pub fn internal(words: impl Into<String>) -> Self {
        Self::new(FaultKind::Internal, Scope::Connection, Text::plain(words))
    }
}
