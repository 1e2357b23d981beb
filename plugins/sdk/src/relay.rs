//! Systems that call us: the relay as a trait, and what such a connector implements beside `Connector`.
//!
//! Two halves meet in the host's durable store. The half that works (the functions of `Connector`) records calls
//! [`Relay::exchange`]; the half that is called ([`Called::handle`]) opens a session, takes parcels out and brings
//! answers in.

use crate::host::Host;

/// A message for the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// 1 to 128 printable ASCII characters; derives from token, cursor, moment or what is asked for.
    pub key: String,
    /// At most 1 MiB.
    pub payload: Vec<u8>,
}

/// What waits for the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Parcels without an answer.
    pub parcels: u32,
    /// Flows are at work that may bring more.
    pub more: bool,
}

/// A parcel on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its name.
    pub key: String,
    /// What the working half said.
    pub payload: Vec<u8>,
    /// The bytes in which it left before.
    pub sealed: Option<Vec<u8>>,
}

/// The interface `relay` of the contract. The meaning of every call stands there.
///
/// # Errors
/// Of every function: a word for a person.
#[allow(
    clippy::missing_errors_doc,
    reason = "one sentence for all of them stands above"
)]
pub trait Relay {
    /// Sends parcels and gives their answers. Ends the instance while it waits.
    fn exchange(&self, parcels: &[Parcel]) -> Result<Vec<Vec<u8>>, String>;
    /// A token of this call of `system`.
    fn moment(&self) -> String;
    /// The system is here.
    fn open(&self, session: &str) -> Result<(), String>;
    /// What waits.
    fn pending(&self, session: &str, wait_ms: u32) -> Result<Waiting, String>;
    /// The oldest parcel without an answer.
    fn take(&self, session: &str) -> Result<Option<Taken>, String>;
    /// Fixes the bytes in which the parcel leaves.
    fn seal(&self, session: &str, key: &str, bytes: &[u8]) -> Result<(), String>;
    /// The system's answer.
    fn answer(&self, session: &str, key: &str, bytes: &[u8]) -> Result<(), String>;
    /// The parcel surely did not arrive.
    fn put_back(&self, session: &str, key: &str) -> Result<(), String>;
    /// The visit is over.
    fn close(&self, session: &str);
}

/// What a host without a relay gives.
pub struct NoRelay;

fn none<T>() -> Result<T, String> {
    Err("this host has no relay".to_owned())
}

impl Relay for NoRelay {
    fn exchange(&self, _: &[Parcel]) -> Result<Vec<Vec<u8>>, String> {
        none()
    }
    fn moment(&self) -> String {
        String::new()
    }
    fn open(&self, _: &str) -> Result<(), String> {
        none()
    }
    fn pending(&self, _: &str, _: u32) -> Result<Waiting, String> {
        none()
    }
    fn take(&self, _: &str) -> Result<Option<Taken>, String> {
        none()
    }
    fn seal(&self, _: &str, _: &str, _: &[u8]) -> Result<(), String> {
        none()
    }
    fn answer(&self, _: &str, _: &str, _: &[u8]) -> Result<(), String> {
        none()
    }
    fn put_back(&self, _: &str, _: &str) -> Result<(), String> {
        none()
    }
    fn close(&self, _: &str) {}
}

/// A request that the system sends us.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InboundRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// What follows the connection in the path.
    pub path: String,
    /// What follows `?`.
    pub query: Option<String>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// At most 10 MiB.
    pub body: Vec<u8>,
}

/// What it gets.
#[derive(Clone, Debug, PartialEq)]
pub struct InboundResponse {
    /// The status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A connector whose system calls us.
pub trait Called {
    /// Answers one request of the system.
    fn handle(&self, host: &dyn Host, request: InboundRequest) -> InboundResponse;
}
