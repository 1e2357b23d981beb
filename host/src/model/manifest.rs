//! What a connector declares about itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Comparison, Text};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub name: String,
    pub version: String,
    pub title: Text,
    pub vendor: String,
    /// JSON Schema of the connection's settings.
    pub settings: Value,
    pub secrets: Vec<SecretUse>,
    pub hosts: Vec<HostUse>,
    pub limits: Limits,
    pub entities: Vec<EntitySpec>,
}

impl Manifest {
    pub fn entity(&self, name: &str) -> Option<&EntitySpec> {
        self.entities.iter().find(|entity| entity.name == name)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretUse {
    pub name: String,
    pub title: Text,
    pub required: bool,
    pub hosts: Vec<String>,
    pub places: Vec<Place>,
}

/// Where a secret may stand in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    Header(String),
    Path,
    Query(String),
    Body,
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostUse {
    pub pattern: String,
    pub reason: Text,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub rates: Vec<RateLimit>,
    pub concurrency: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    pub requests: u32,
    pub window_s: u32,
}

/// How the system keeps a create from happening twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Idempotency {
    /// The vendor remembers a key for this many seconds.
    NativeKey(u32),
    Upsert,
    Marker(String),
    HiddenMarker(String),
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeSource {
    /// Modification stamp, overlap in seconds.
    Stamp(u32),
    Matching,
    Scan,
    Unavailable,
    Other(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Operations {
    pub read: bool,
    pub find: bool,
    pub query: bool,
    pub changes: bool,
    pub create: bool,
    pub update: bool,
    pub delete: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntitySpec {
    pub name: String,
    pub title: Text,
    pub schema: Value,
    pub operations: Operations,
    pub idempotency: Vec<Idempotency>,
    pub changes: ChangeSource,
    pub filters: Vec<(String, Vec<Comparison>)>,
    pub keys: Vec<String>,
    pub read_batch: u32,
    pub write_batch: u32,
}

impl EntitySpec {
    /// Whether the system itself can serve this condition.
    pub fn serves(&self, field: &str, op: Comparison) -> bool {
        self.filters
            .iter()
            .any(|(name, ops)| name == field && ops.contains(&op))
    }

    /// The most operations for one `write` call, at least 1.
    pub fn write_batch(&self) -> usize {
        self.write_batch.clamp(1, 1_000) as usize
    }

    /// The most ids or queries for one `read` or `find` call, at least 1.
    pub fn read_batch(&self) -> usize {
        self.read_batch.clamp(1, 10_000) as usize
    }
}
