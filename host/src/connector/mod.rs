//! The business system behind a connection, as the engine sees it.
//!
//! wasmtime lives in this folder and nowhere else. What a guest needs kept is asked of [`Shelf`] (memory,
//! progress) and of [`relay::Relay`] (parcels), which `control` implements over the store.
//!
//! Invariant: a connector never receives a secret, only a placeholder for one.
//! Invariant: nothing here knows what a flow is.

pub mod bindings;
pub mod budget;
pub mod cache;
pub mod compile;
pub mod convert;
pub mod egress;
pub mod engine;
pub mod escaped;
pub mod guest;
pub mod guest_host;
pub mod host_calls;
pub mod inbound;
pub mod instance;
mod known;
pub mod limits;
pub mod live;
pub mod load;
pub mod marks;
pub mod meddle;
pub mod placeholder;
pub mod relay;
pub mod run_guest;
pub mod runtime;
pub mod scrub;
pub mod settings;
mod signing;
pub mod tape;
#[cfg(test)]
mod test_server;

use async_trait::async_trait;
use serde_json::Value;

pub use compile::{Compiler, compile_component_main};
pub use limits::LimitOverrides;
pub use load::{LoadError, precheck};
pub use runtime::{AskedHost, ConnectError, ConnectionSpec, Loaded, Runtime};

use self::inbound::{InboundRequest, InboundResponse, Preparation};
use crate::model::{Condition, Fault, Finding, Manifest, NativeId, Operation, Outcome, Page};
use crate::model::{ConnectionId, Entry, TenantId, Token};

/// How the keys of a connection's memory begin that are the host's own: no component reads or writes them.
pub const HOST_KEYS: &str = "liaison:";

/// A connection that is ready to be called. Implemented by wasm, and by native code in tests and in
/// the bench's yardstick.
#[async_trait]
pub trait Connector: Send + Sync {
    fn manifest(&self) -> &Manifest;

    async fn check(&self) -> Result<Vec<Finding>, Fault>;

    async fn changes(
        &self,
        entity: &str,
        since: Option<&[u8]>,
        filter: &[Condition],
        limit: u32,
    ) -> Result<Page, Fault>;

    /// The records with these ids, in the same order and number.
    async fn read(&self, entity: &str, ids: &[NativeId]) -> Result<Vec<Option<Entry>>, Fault>;

    /// For each query the records that fit, in the same order and number.
    async fn find(
        &self,
        entity: &str,
        queries: &[Vec<(String, Value)>],
    ) -> Result<Vec<Vec<Entry>>, Fault>;

    async fn query(
        &self,
        entity: &str,
        filter: &[Condition],
        at: Option<&[u8]>,
        limit: u32,
    ) -> Result<Page, Fault>;

    /// One outcome for each operation, in the same order. A call that fails as a whole (a trap, a
    /// time-out) gives every operation the same fault, of kind `outcome-unknown` if it may have left.
    async fn write(&self, entity: &str, operations: &[Operation]) -> Vec<Outcome>;

    /// The connector's words for people in this language, as a Fluent resource.
    async fn catalogue(&self, lang: &str) -> Result<Option<String>, Fault>;

    // ---- systems that call us: what follows is nothing for the others ----

    /// The system cannot be called: what it is asked waits until it calls.
    fn is_called(&self) -> bool {
        false
    }

    /// What follows is done for this purpose, from its beginning: a call that is made as it was made before
    /// is the same call.
    fn begin(&self, _purpose: &str) {}

    /// What was read so far is settled: from here on the same question is a new one.
    async fn read_is_settled(&self) -> Result<(), Fault> {
        Ok(())
    }

    /// What became of these operations is settled.
    async fn writes_are_settled(&self, _tokens: &[Token]) -> Result<(), Fault> {
        Ok(())
    }

    /// The purpose is fulfilled; only these operations are still open.
    async fn ended(&self, _open: &[Token]) -> Result<(), Fault> {
        Ok(())
    }

    /// The operation was handed over and is not settled: sent again it is the same one.
    async fn is_under_way(&self, _token: &Token) -> Result<bool, Fault> {
        Ok(false)
    }

    /// The system calls. None when the connector has no door for it.
    async fn inbound(&self, _request: InboundRequest) -> Option<Result<InboundResponse, Fault>> {
        None
    }

    /// What a person must do first; `address` is where the system finds us. None when there is nothing.
    async fn prepare(&self, _address: &str) -> Option<Result<Preparation, Fault>> {
        None
    }
}

/// What a guest needs kept. Implemented by `control` over the store.
#[async_trait]
pub trait Shelf: Send + Sync {
    async fn memory_get(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
    ) -> Result<Option<Vec<u8>>, String>;
    /// `None` deletes. Durable before it returns.
    async fn memory_set(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
        value: Option<Vec<u8>>,
    ) -> Result<(), String>;
    /// Durable before it returns.
    async fn note_progress(
        &self,
        tenant: &TenantId,
        token: &Token,
        note: Vec<u8>,
    ) -> Result<(), String>;
}
