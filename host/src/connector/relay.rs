//! Exchanges with a system that cannot be called, as the sandbox asks for them.
//!
//! [`Relay`] is implemented by `control` over the store. Here stands who may ask for what: the half that
//! works records exchanges, the half that is called opens sessions and carries parcels.

use std::time::Duration;

use async_trait::async_trait;

use super::guest_host::HostResult;
use crate::model::{ConnectionId, TenantId, Token};

/// Seconds that a call waits for answers before its instance ends, unless the connection says otherwise.
pub const RELAY_WAIT: Duration = Duration::from_secs(60);
/// A session's name, as the contract says.
const SESSION_BYTES_MAX: usize = 128;
/// `pending` waits at most so long, as the contract says.
pub const PENDING_WAIT_MAX: Duration = Duration::from_secs(30);

/// Whose parcels.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub tenant: TenantId,
    pub connection: ConnectionId,
}

/// What a call is made for: decides what of the relay it may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// It reads, on behalf of a run, a plan or a check. `call` is the same when it is made again.
    Reading {
        purpose: String,
        call: String,
    },
    Writing {
        purpose: String,
        tokens: Vec<Token>,
    },
    /// The system calls.
    Inbound,
    /// Nothing that a system could take part in.
    Other,
}

/// A message for the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    pub key: String,
    pub payload: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub parcels: u32,
    pub more: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub key: String,
    pub payload: Vec<u8>,
    pub sealed: Option<Vec<u8>>,
}

/// Held for as long as something is at work that may bring parcels.
pub type AtWork = Box<dyn Send + Sync>;

/// What is settled, so that the answers it came from may be forgotten.
#[derive(Debug, Clone, Copy)]
pub enum Settled<'a> {
    /// One call that reads: it returned a fault, and the next one asks anew.
    Call { purpose: &'a str, call: &'a str },
    /// All that was read for this purpose.
    Readings { purpose: &'a str },
    /// These operations.
    Writes { tokens: &'a [Token] },
    /// All of this purpose; but for operations that are still open.
    All { purpose: &'a str, open: &'a [Token] },
}

/// An inner error is a word for the guest; see `relay` in the contract.
#[async_trait]
pub trait Relay: Send + Sync {
    fn work(&self, line: &Line, purpose: &str) -> AtWork;

    /// What a call that reads was told when it was made before and is not settled.
    async fn moment(&self, line: &Line, purpose: &str, call: &str) -> HostResult<Option<Token>>;

    async fn forget(&self, line: &Line, settled: Settled<'_>) -> HostResult<()>;

    /// The answers, in order. [`super::guest_host::Broken::Waits`] when they do not come within `wait`.
    async fn exchange(
        &self,
        line: &Line,
        asker: &Errand,
        moment: &Token,
        parcels: Vec<Parcel>,
        wait: Duration,
    ) -> HostResult<Result<Vec<Vec<u8>>, String>>;

    async fn open(&self, line: &Line, session: &str) -> HostResult<Result<(), String>>;
    async fn pending(
        &self,
        line: &Line,
        session: &str,
        wait: Duration,
    ) -> HostResult<Result<Waiting, String>>;
    async fn take(&self, line: &Line, session: &str) -> HostResult<Result<Option<Taken>, String>>;
    async fn seal(
        &self,
        line: &Line,
        session: &str,
        key: &str,
        bytes: Vec<u8>,
    ) -> HostResult<Result<(), String>>;
    async fn answer(
        &self,
        line: &Line,
        session: &str,
        key: &str,
        bytes: Vec<u8>,
    ) -> HostResult<Result<(), String>>;
    async fn put_back(
        &self,
        line: &Line,
        session: &str,
        key: &str,
    ) -> HostResult<Result<(), String>>;
    async fn close(&self, line: &Line, session: &str) -> HostResult<()>;
}

pub fn check_session(session: &str) -> Result<(), String> {
    let is_name = (1..=SESSION_BYTES_MAX).contains(&session.len())
        && session.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    match is_name {
        true => Ok(()),
        false => Err(format!(
            "a session is named by 1 to {SESSION_BYTES_MAX} printable ASCII characters"
        )),
    }
}

/// Where nothing of the kind is offered: in tests of other things.
pub struct NoRelay;

const NOT_OFFERED: &str = "there is no relay here";

#[async_trait]
impl Relay for NoRelay {
    fn work(&self, _: &Line, _: &str) -> AtWork {
        Box::new(())
    }

    async fn moment(&self, _: &Line, _: &str, _: &str) -> HostResult<Option<Token>> {
        Ok(None)
    }

    async fn forget(&self, _: &Line, _: Settled<'_>) -> HostResult<()> {
        Ok(())
    }

    async fn exchange(
        &self,
        _: &Line,
        _: &Errand,
        _: &Token,
        _: Vec<Parcel>,
        _: Duration,
    ) -> HostResult<Result<Vec<Vec<u8>>, String>> {
        Ok(Err(NOT_OFFERED.to_owned()))
    }

    async fn open(&self, _: &Line, _: &str) -> HostResult<Result<(), String>> {
        Ok(Err(NOT_OFFERED.to_owned()))
    }

    async fn pending(&self, _: &Line, _: &str, _: Duration) -> HostResult<Result<Waiting, String>> {
        Ok(Err(NOT_OFFERED.to_owned()))
    }

    async fn take(&self, _: &Line, _: &str) -> HostResult<Result<Option<Taken>, String>> {
        Ok(Err(NOT_OFFERED.to_owned()))
    }

    async fn seal(&self, _: &Line, _: &str, _: &str, _: Vec<u8>) -> HostResult<Result<(), String>> {
        Ok(Err(NOT_OFFERED.to_owned()))
    }

    async fn answer(
        &self,
        _: &Line,
        _: &str,
        _: &str,
        _: Vec<u8>,
    ) -> HostResult<Result<(), String>> {
        Ok(Err(NOT_OFFERED.to_owned()))
    }

    async fn put_back(&self, _: &Line, _: &str, _: &str) -> HostResult<Result<(), String>> {
        Ok(Err(NOT_OFFERED.to_owned()))
    }

    async fn close(&self, _: &Line, _: &str) -> HostResult<()> {
        Ok(())
    }
}
