//! Something between a connector and its system that lets things go wrong on purpose: the conformance kit.
//!
//! It stands where the host sends, so that it works for any address and under TLS, and a guest cannot tell it
//! from the real thing.

use std::time::Duration;

use bytes::Bytes;

use super::egress::SendError;

pub type Answer = Result<http::Response<Bytes>, SendError>;

/// What becomes of one request.
pub enum Meddling {
    Pass,
    /// The system never sees it.
    Instead(Answer),
    /// The system does what it was asked, and this is what is heard of it.
    Afterwards(Answer),
}

pub trait Meddler: Send + Sync {
    fn meddle(&self, request: &http::Request<Bytes>) -> Meddling;

    /// How long a guest that wants to sleep so long sleeps.
    fn sleep(&self, wanted: Duration) -> Duration {
        wanted
    }
}
