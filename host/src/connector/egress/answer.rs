//! Why there is no answer, and whether the request may have been carried out all the same.
//!
//! That second question decides between "try again" and a duplicate invoice, so every variant
//! answers it, and the codes of `wasi:http` that a guest sees are kept apart in the same way.

use std::error::Error;
use std::io;
use std::time::Duration;

use wasmtime_wasi_http::Error as HttpError;

use super::dial::{Prohibited, Unresolved};
use crate::model::Text;
use crate::model::text::words;

#[derive(Debug, thiserror::Error)]
pub enum SendError {
    // ---- surely not sent ----
    #[error("denied: {}", .0.fallback)]
    Denied(Text),
    #[error("denied: {0}")]
    Prohibited(Prohibited),
    #[error("{0}")]
    Unresolved(Unresolved),
    #[error("the connection was refused")]
    Refused,
    #[error("no connection within the time-out")]
    ConnectTimeout,
    #[error("the server's certificate is not trusted: {0}")]
    Certificate(String),
    #[error("no connection: {0}")]
    NoConnection(String),
    #[error("the connection's own rate or concurrency limit is reached")]
    LimitReached { wait: Option<Duration> },
    #[error("the request's body is over {bytes_max} bytes")]
    RequestTooLarge { bytes_max: usize },
    #[error("the request's headers are over {bytes_max} bytes")]
    RequestHeadersTooLarge { bytes_max: usize },

    // ---- sent: it may have been carried out ----
    #[error("no answer within {} ms", .0.as_millis())]
    NoAnswer(Duration),
    #[error("the connection broke before the answer was complete: {0}")]
    Cut(String),
    #[error("the answer's body is over {bytes_max} bytes")]
    ResponseTooLarge { bytes_max: usize },
    #[error("the answer's headers are over {bytes_max} bytes")]
    ResponseHeadersTooLarge { bytes_max: usize },
    #[error("the answer is encoded as `{0}`, which was not asked for")]
    Encoded(String),
}

impl SendError {
    /// Whether the system may have carried the request out.
    pub fn may_have_left(&self) -> bool {
        match self {
            Self::Denied(_)
            | Self::Prohibited(_)
            | Self::Unresolved(_)
            | Self::Refused
            | Self::ConnectTimeout
            | Self::Certificate(_)
            | Self::NoConnection(_)
            | Self::LimitReached { .. }
            | Self::RequestTooLarge { .. }
            | Self::RequestHeadersTooLarge { .. } => false,
            Self::NoAnswer(_)
            | Self::Cut(_)
            | Self::ResponseTooLarge { .. }
            | Self::ResponseHeadersTooLarge { .. }
            | Self::Encoded(_) => true,
        }
    }

    /// A word for the audit line.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Denied(_) => "denied",
            Self::Prohibited(_) => "address-prohibited",
            Self::Unresolved(_) => "dns",
            Self::Refused => "refused",
            Self::ConnectTimeout => "connect-timeout",
            Self::Certificate(_) => "certificate",
            Self::NoConnection(_) => "no-connection",
            Self::LimitReached { .. } => "limit-reached",
            Self::RequestTooLarge { .. } => "request-too-large",
            Self::RequestHeadersTooLarge { .. } => "request-headers-too-large",
            Self::NoAnswer(_) => "no-answer",
            Self::Cut(_) => "cut",
            Self::ResponseTooLarge { .. } => "response-too-large",
            Self::ResponseHeadersTooLarge { .. } => "response-headers-too-large",
            Self::Encoded(_) => "encoded",
        }
    }

    /// What the guest sees. Every code of the first group means "not sent", every code of the second
    /// "perhaps".
    pub fn into_wasi(self) -> HttpError {
        match self {
            Self::Denied(_) => HttpError::HttpRequestDenied,
            Self::Prohibited(_) => HttpError::DestinationIpProhibited,
            Self::Unresolved(unresolved) => HttpError::DnsError {
                rcode: Some(unresolved.reason),
                info_code: None,
            },
            Self::Refused => HttpError::ConnectionRefused,
            // Not `ConnectionTimeout`: guests cannot know that ours never comes after the first byte.
            Self::ConnectTimeout => HttpError::DestinationUnavailable,
            Self::Certificate(_) => HttpError::TlsCertificateError,
            Self::NoConnection(_) => HttpError::DestinationUnavailable,
            Self::LimitReached { .. } => HttpError::ConnectionLimitReached,
            Self::RequestTooLarge { bytes_max } => {
                HttpError::HttpRequestBodySize(Some(bytes_max as u64))
            }
            Self::RequestHeadersTooLarge { bytes_max } => {
                HttpError::HttpRequestHeaderSectionSize(u32::try_from(bytes_max).ok())
            }
            Self::NoAnswer(_) => HttpError::HttpResponseTimeout,
            Self::Cut(_) => HttpError::HttpResponseIncomplete,
            Self::ResponseTooLarge { bytes_max } => {
                HttpError::HttpResponseBodySize(Some(bytes_max as u64))
            }
            Self::ResponseHeadersTooLarge { bytes_max } => {
                HttpError::HttpResponseHeaderSectionSize(u32::try_from(bytes_max).ok())
            }
            Self::Encoded(coding) => HttpError::HttpResponseContentCoding(Some(coding)),
        }
    }

    /// Sorts what the client reports. What it does not call a failure to connect counts as sent.
    pub fn from_client(error: &reqwest::Error, timeout: Duration) -> Self {
        let prohibited = find::<Prohibited>(error).map(|p| {
            Self::Prohibited(Prohibited {
                host: p.host.clone(),
                address: p.address,
                what: p.what,
            })
        });
        let unresolved = find::<Unresolved>(error).map(|u| {
            Self::Unresolved(Unresolved {
                host: u.host.clone(),
                reason: u.reason.clone(),
            })
        });
        if let Some(known) = prohibited.or(unresolved) {
            return known;
        }
        if error.is_builder() {
            return Self::Denied(words!("denied-invalid", "the request is not valid"));
        }
        if !error.is_connect() {
            return if error.is_timeout() {
                Self::NoAnswer(timeout)
            } else {
                Self::Cut(innermost(error))
            };
        }
        if error.is_timeout() {
            return Self::ConnectTimeout;
        }
        if find::<io::Error>(error).is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused)
        {
            return Self::Refused;
        }
        let words = innermost(error);
        if words.contains("certificate") {
            Self::Certificate(words)
        } else {
            Self::NoConnection(words)
        }
    }
}

/// The first error of this type in the chain, also inside an `io::Error`.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
