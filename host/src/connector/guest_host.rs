//! The imports of a guest as one trait: the whole of what it can see and do.
//!
//! Live calls implement it over a connection ([`super::live`]), `describe` over nothing
//! ([`Silent`]), and a tape ([`super::tape`]) over what was recorded. A guest cannot tell which one it has.
//!
//! Invariant: no wasmtime type appears here, so an implementation needs no engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::egress::SendError;
use super::marks::Marks;
use super::relay::{Parcel, Taken, Waiting};
use crate::model::text::words;

/// How a line is meant; see `log` in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

/// How a secret's value is written where its placeholder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoder {
    Plain,
    Xml,
    Json,
    Url,
    Basic,
}

/// How a secret signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Hs256,
}

/// What the guest asked for beside the request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestTimeouts {
    pub connect: Option<Duration>,
    pub first_byte: Option<Duration>,
}

/// Ends the instance. A denial is no breakage: that goes to the guest as a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Broken {
    /// The guest asked for what the contract rules out.
    #[error("{0}")]
    Guest(String),
    /// Something of ours did not answer.
    #[error("{0}")]
    Host(String),
    /// The system must call before the call can go on.
    #[error("it waits for the system's next call")]
    Waits,
}

pub type HostResult<T> = Result<T, Broken>;

#[async_trait]
pub trait GuestHost: Send + Sync {
    /// The connection's settings as one JSON object.
    fn settings(&self) -> HostResult<String>;
    fn log(&self, level: LogLevel, message: &str);
    fn now_ms(&self) -> HostResult<u64>;
    fn monotonic_ms(&self) -> HostResult<u64>;
    async fn sleep_ms(&self, ms: u32) -> HostResult<()>;
    fn random(&self, count: u32) -> HostResult<Vec<u8>>;
    async fn memory_get(&self, key: &str) -> HostResult<Option<Vec<u8>>>;
    /// `None` deletes. The inner error is for the guest.
    async fn memory_set(&self, key: &str, value: Option<Vec<u8>>)
    -> HostResult<Result<(), String>>;
    async fn note_progress(&self, token: &str, note: Vec<u8>) -> HostResult<Result<(), String>>;
    fn placeholder(&self, name: &str, encoder: Encoder) -> HostResult<Result<String, String>>;
    /// Whether what came in from outside is the secret.
    fn matches(&self, name: &str, presented: &str) -> HostResult<Result<bool, String>>;
    fn sign(
        &self,
        name: &str,
        algorithm: Algorithm,
        bytes: &[u8],
    ) -> HostResult<Result<Vec<u8>, String>>;
    async fn moment(&self) -> HostResult<String>;
    async fn exchange(&self, parcels: Vec<Parcel>) -> HostResult<Result<Vec<Vec<u8>>, String>>;
    async fn relay_open(&self, session: &str) -> HostResult<Result<(), String>>;
    async fn relay_pending(
        &self,
        session: &str,
        wait_ms: u32,
    ) -> HostResult<Result<Waiting, String>>;
    async fn relay_take(&self, session: &str) -> HostResult<Result<Option<Taken>, String>>;
    async fn relay_seal(
        &self,
        session: &str,
        key: &str,
        bytes: Vec<u8>,
    ) -> HostResult<Result<(), String>>;
    async fn relay_answer(
        &self,
        session: &str,
        key: &str,
        bytes: Vec<u8>,
    ) -> HostResult<Result<(), String>>;
    async fn relay_put_back(&self, session: &str, key: &str) -> HostResult<Result<(), String>>;
    async fn relay_close(&self, session: &str) -> HostResult<()>;
    /// Sends one request and collects the answer whole.
    async fn send(
        &self,
        request: http::Request<Bytes>,
        timeouts: RequestTimeouts,
    ) -> Result<http::Response<Bytes>, SendError>;
}

/// The host during `describe`: it listens, and that is all. A manifest that depended on settings,
/// time or chance would not be the same at the next load.
pub struct Silent {
    /// Whose manifest it is, for the log lines.
    pub file: String,
    pub marks: Arc<Marks>,
    pub lines: AtomicUsize,
}

/// Lines that `describe` may log.
const DESCRIBE_LINES_MAX: usize = 100;

impl Silent {
    fn refuse<T>(&self, what: &str) -> HostResult<T> {
        Err(Broken::Guest(format!(
            "`describe` may only log, and it called {what}"
        )))
    }
}

#[async_trait]
impl GuestHost for Silent {
    fn settings(&self) -> HostResult<String> {
        self.refuse("settings.get")
    }

    fn log(&self, level: LogLevel, message: &str) {
        if self.lines.fetch_add(1, Ordering::Relaxed) >= DESCRIBE_LINES_MAX {
            return;
        }
        let line = super::scrub::for_log(message);
        tracing::debug!(target: "liaison::guest", file = %self.file, ?level, "{line}");
        if level == LogLevel::Error {
            self.marks.said(&line);
        }
    }

    fn now_ms(&self) -> HostResult<u64> {
        self.refuse("clock.now-ms")
    }

    fn monotonic_ms(&self) -> HostResult<u64> {
        self.refuse("clock.monotonic-ms")
    }

    async fn sleep_ms(&self, _ms: u32) -> HostResult<()> {
        self.refuse("clock.sleep-ms")
    }

    fn random(&self, _count: u32) -> HostResult<Vec<u8>> {
        self.refuse("random.bytes")
    }

    async fn memory_get(&self, _key: &str) -> HostResult<Option<Vec<u8>>> {
        self.refuse("memory.get")
    }

    async fn memory_set(
        &self,
        _key: &str,
        _value: Option<Vec<u8>>,
    ) -> HostResult<Result<(), String>> {
        self.refuse("memory.set")
    }

    async fn note_progress(&self, _token: &str, _note: Vec<u8>) -> HostResult<Result<(), String>> {
        self.refuse("progress.note")
    }

    fn placeholder(&self, _name: &str, _encoder: Encoder) -> HostResult<Result<String, String>> {
        self.refuse("secrets.placeholder")
    }

    fn matches(&self, _name: &str, _presented: &str) -> HostResult<Result<bool, String>> {
        self.refuse("secrets.matches")
    }

    fn sign(&self, _: &str, _: Algorithm, _: &[u8]) -> HostResult<Result<Vec<u8>, String>> {
        self.refuse("secrets.sign")
    }

    async fn moment(&self) -> HostResult<String> {
        self.refuse("relay.moment")
    }

    async fn exchange(&self, _parcels: Vec<Parcel>) -> HostResult<Result<Vec<Vec<u8>>, String>> {
        self.refuse("relay.exchange")
    }

    async fn relay_open(&self, _session: &str) -> HostResult<Result<(), String>> {
        self.refuse("relay.open")
    }

    async fn relay_pending(
        &self,
        _session: &str,
        _wait_ms: u32,
    ) -> HostResult<Result<Waiting, String>> {
        self.refuse("relay.pending")
    }

    async fn relay_take(&self, _session: &str) -> HostResult<Result<Option<Taken>, String>> {
        self.refuse("relay.take")
    }

    async fn relay_seal(
        &self,
        _session: &str,
        _key: &str,
        _bytes: Vec<u8>,
    ) -> HostResult<Result<(), String>> {
        self.refuse("relay.seal")
    }

    async fn relay_answer(
        &self,
        _session: &str,
        _key: &str,
        _bytes: Vec<u8>,
    ) -> HostResult<Result<(), String>> {
        self.refuse("relay.answer")
    }

    async fn relay_put_back(&self, _session: &str, _key: &str) -> HostResult<Result<(), String>> {
        self.refuse("relay.put-back")
    }

    async fn relay_close(&self, _session: &str) -> HostResult<()> {
        self.refuse("relay.close")
    }

    async fn send(
        &self,
        _request: http::Request<Bytes>,
        _timeouts: RequestTimeouts,
    ) -> Result<http::Response<Bytes>, SendError> {
        Err(SendError::Denied(words!(
            "denied-describe",
            "`describe` may only log"
        )))
    }
}
