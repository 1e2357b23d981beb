//! The host as a connector sees it: one trait, several implementations.
//!
//! Invariant: this is the only way out. A connector that goes around it cannot be replayed, tested
//! by script, or measured natively.

use crate::contract::Fault;
use crate::fault;
use crate::relay::{NoRelay, Relay};
use serde::de::DeserializeOwned;

pub use crate::contract::bindings::liaison::connector::log::Level as LogLevel;
pub use crate::contract::bindings::liaison::connector::secrets::{Algorithm, Encoder};

/// The imports of the contract and of `wasi:http`, as one trait.
pub trait Host {
    /// The connection's settings as one JSON object in text.
    fn settings_json(&self) -> String;
    /// One line for the one who is looking. Never a record's contents.
    fn log(&self, level: LogLevel, message: &str);
    /// Milliseconds since the Unix epoch, UTC.
    fn now_ms(&self) -> u64;
    /// Milliseconds since an arbitrary start; never goes backwards.
    fn monotonic_ms(&self) -> u64;
    /// Waits. At most 30,000.
    fn sleep_ms(&self, ms: u32);
    /// At most 4,096 random bytes.
    fn random(&self, count: u32) -> Vec<u8>;
    /// What this connection remembers under `key`.
    fn memory_get(&self, key: &str) -> Option<Vec<u8>>;
    /// Remembers. Losing it must only cost time.
    ///
    /// # Errors
    /// The host's words, when the value or the number of keys is beyond its limits.
    fn memory_set(&self, key: &str, value: &[u8]) -> Result<(), String>;
    /// Forgets.
    fn memory_delete(&self, key: &str);
    /// Notes how far the write operation `token` has come; durable before it returns.
    ///
    /// # Errors
    /// The host's words: then the next step must not be taken.
    fn note(&self, token: &str, note: &[u8]) -> Result<(), String>;
    /// What to write where the secret `name` must stand.
    ///
    /// # Errors
    /// Which secret is not set.
    fn placeholder(&self, name: &str, encoder: Encoder) -> Result<String, String>;
    /// Sends one request and collects the answer whole, whatever its status.
    ///
    /// # Errors
    /// [`HttpError`]: whether the request surely never left, or may have been carried out.
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError>;
    /// Whether `presented`, which came in from outside, is the secret `name`.
    ///
    /// # Errors
    /// Which secret is not set; or that this host lets nobody in.
    fn matches(&self, _name: &str, _presented: &str) -> Result<bool, String> {
        Err("this host lets nobody in".to_owned())
    }
    /// The signature of these bytes by the secret `name`, which stays with the host.
    ///
    /// # Errors
    /// Which secret is not set, or why it cannot sign.
    fn sign(&self, _name: &str, _algorithm: Algorithm, _bytes: &[u8]) -> Result<Vec<u8>, String> {
        Err("this host signs nothing".to_owned())
    }
    /// What a connector of a system that calls us exchanges messages through.
    fn relay(&self) -> &dyn Relay {
        &NoRelay
    }
}

impl dyn Host + '_ {
    /// The settings as the connector's own type.
    ///
    /// # Errors
    /// `misconfigured`, naming the setting, when they do not fit it.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_str(&self.settings_json()).map_err(|e| {
            fault::misconfigured(crate::text!(
                "sdk-settings",
                "The settings cannot be used: {reason}",
                reason = e
            ))
        })
    }

    /// A line at `info`.
    pub fn info(&self, message: &str) {
        self.log(LogLevel::Info, message);
    }

    /// A line at `warn`: odd, and nothing was lost.
    pub fn warn(&self, message: &str) {
        self.log(LogLevel::Warn, message);
    }

    /// A line at `debug`.
    pub fn debug(&self, message: &str) {
        self.log(LogLevel::Debug, message);
    }
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Create, or a query in a body.
    Post,
    /// Replace.
    Put,
    /// Change in part.
    Patch,
    /// Delete.
    Delete,
}

impl Method {
    /// As it stands on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One request. How long it may take is the host's to say.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The absolute URL.
    pub url: String,
    /// Names and values; a name may come twice.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

/// One answer, collected whole.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// Names and values as they came.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }

    /// The body as text, with a mark where it is not UTF-8.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

/// Why there is no answer. The one thing that matters for a write is whether it may have happened.
#[derive(Clone, Debug, PartialEq)]
pub enum HttpError {
    /// The request surely never reached the system.
    NotSent {
        /// What stood in the way.
        why: NotSent,
        /// In words, for the log.
        detail: String,
    },
    /// The request left, or may have left, and no usable answer came.
    NoAnswer {
        /// In words, for the log.
        detail: String,
    },
}

/// Why a request never left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// Our host does not allow it: not granted, a private address.
    Denied,
    /// Our host's rate limit is used up.
    Throttled,
    /// The system cannot be reached: no such name, refused, no route, a wrong certificate.
    Unreachable,
    /// The request itself makes no sense: a URL that is none.
    Invalid,
}
