//! Records as they cross between the host and a connector.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Fault, NativeId, Token};

/// One record as the system has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub id: NativeId,
    pub version: Option<String>,
    pub deleted: bool,
    pub body: Value,
}

/// A body with the id of its record in it.
pub fn with_id(mut body: Value, id: &NativeId) -> Value {
    if let Value::Object(fields) = &mut body {
        fields.insert("id".to_owned(), Value::from(id.as_str()));
    }
    body
}

impl Entry {
    /// The body as rules see it: with the record's id.
    pub fn into_body(self) -> Value {
        with_id(self.body, &self.id)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub entries: Vec<Entry>,
    pub next: Option<Vec<u8>>,
    pub more: bool,
    pub complete: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    Eq,
    NotEq,
    Lt,
    Le,
    Gt,
    Ge,
    IsIn,
    NotIn,
    Empty,
    NotEmpty,
    StartsWith,
    Contains,
}

/// One condition on a field; a list of them is an AND.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    pub field: String,
    pub op: Comparison,
    pub values: Vec<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Create,
    Update,
    Delete,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    pub token: Token,
    pub action: Action,
    pub id: Option<NativeId>,
    pub version: Option<String>,
    /// The exact bytes that leave, also when they leave again.
    pub body: String,
    pub resume: Option<Vec<u8>>,
}

/// What the system did.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    pub id: NativeId,
    pub version: Option<String>,
    /// The record as the system now has it, where its answer holds it.
    pub body: Option<Value>,
}

impl Applied {
    /// Where nothing but the id is known.
    pub fn bare(id: NativeId) -> Self {
        Self {
            id,
            version: None,
            body: None,
        }
    }
}

impl From<Entry> for Applied {
    /// A record that was found, as if we had just written it.
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            version: entry.version,
            body: Some(entry.body),
        }
    }
}

pub type Outcome = Result<Applied, Fault>;
