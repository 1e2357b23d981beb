//! The one choke point: every request of every connector leaves through [`Door::send`].
//!
//! ```text
//! parse ─ scheme, host ─ asked AND granted ─ address ─ secrets in ─ sizes ─ gate ─ send ─ collect ─ secrets out
//! ```
//!
//! Each attempt, allowed or refused, is one event of the target `liaison::egress`, with the path and
//! without the query.
//!
//! Invariant: nothing else in this crate makes a request on behalf of a guest.
//! Invariant: no header, body or query string reaches a log line.

pub mod address;
pub mod answer;
pub mod dial;
pub mod gate;
pub mod hosts;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::Url;

pub use answer::SendError;

use self::dial::Dialler;
use self::gate::Gate;
use self::hosts::{HostPattern, Origin};
use super::guest_host::RequestTimeouts;
use super::limits::{GATE_WAIT_MAX, Limits};
use super::marks::Marks;
use super::placeholder::{self, BoundSecret, Nonce, Outgoing};
use super::scrub::Scrubber;
use crate::model::text::words;
use crate::model::{ConnectionId, TenantId};

/// A guest may ask for a longer time-out than ours, but not for more than a call may take.
const REQUEST_TIMEOUT_MIN: Duration = Duration::from_millis(1);

/// Headers that describe the transport, which is ours, or that a guest has no business to set.
const OURS: [HeaderName; 4] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::ACCEPT_ENCODING,
    header::TRANSFER_ENCODING,
];

/// One connection's way out. Shared by all its instances.
pub struct Door {
    pub tenant: TenantId,
    pub connection: ConnectionId,
    /// What the manifest asks for.
    pub asked: Vec<HostPattern>,
    /// What the operator granted. Power is the overlap.
    pub granted: Vec<HostPattern>,
    /// Plain http is allowed.
    pub insecure: bool,
    pub secrets: Vec<BoundSecret>,
    pub scrubber: Scrubber,
    pub gate: Arc<Gate>,
    pub dialler: Dialler,
    pub limits: Limits,
}

impl Door {
    pub async fn send(
        &self,
        request: http::Request<Bytes>,
        timeouts: RequestTimeouts,
        nonce: &Nonce,
        marks: &Marks,
    ) -> Result<http::Response<Bytes>, SendError> {
        let attempt = Attempt::of(&request, nonce);
        let result = self.send_checked(request, timeouts, nonce, marks).await;
        self.audit(&attempt, &result);
        if let Err(SendError::Denied(reason)) = &result {
            marks.denied(reason.clone());
        } else if let Err(SendError::Prohibited(prohibited)) = &result {
            marks.denied(prohibited.text());
        }
        result
    }

    async fn send_checked(
        &self,
        request: http::Request<Bytes>,
        timeouts: RequestTimeouts,
        nonce: &Nonce,
        marks: &Marks,
    ) -> Result<http::Response<Bytes>, SendError> {
        let (head, body) = request.into_parts();
        let (url, origin) = self.admit(&head.uri)?;
        let mut headers = head.headers;
        OURS.iter().for_each(|name| drop(headers.remove(name)));
        let outgoing = placeholder::fill(
            Outgoing { url, headers, body },
            &origin,
            &self.secrets,
            nonce,
        )
        .map_err(SendError::Denied)?;
        self.check_sizes(&outgoing)?;

        let waiting = marks.waiting();
        let slot = self.gate.enter(GATE_WAIT_MAX).await?;
        drop(waiting);
        let timeout = self.timeout(timeouts);
        let client = self
            .dialler
            .client(origin.port)
            .map_err(|e| SendError::from_client(&e, timeout))?;
        let request = client
            .request(head.method, outgoing.url)
            .headers(outgoing.headers)
            .body(outgoing.body)
            .timeout(timeout);

        // From here on a call that is cut off counts as one whose request left.
        let leaving = marks.leaving();
        let answer = self.exchange(request, timeout).await;
        if answer.as_ref().is_err_and(|error| !error.may_have_left()) {
            leaving.stayed();
        }
        drop(slot);
        answer
    }

    /// Decides whether such a request may go at all. The URL that comes out is the one that is sent.
    fn admit(&self, uri: &http::Uri) -> Result<(Url, Origin), SendError> {
        let url = Url::parse(&uri.to_string()).map_err(|error| {
            SendError::Denied(words!(
                "denied-url",
                "the URL cannot be parsed: {error}",
                error = error
            ))
        })?;
        let has_user = uri
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'));
        if has_user {
            return Err(SendError::Denied(hosts::no_user()));
        }
        let origin = Origin::of(&url, self.insecure).map_err(SendError::Denied)?;
        if !self.asked.iter().any(|pattern| pattern.matches(&origin)) {
            return Err(SendError::Denied(words!(
                "denied-not-asked",
                "the manifest does not ask for the host {host}",
                host = origin
            )));
        }
        if !self.granted.iter().any(|pattern| pattern.matches(&origin)) {
            return Err(SendError::Denied(words!(
                "denied-not-granted",
                "the host {host} is not granted to this connection",
                host = origin
            )));
        }
        if let Some(ip) = origin.ip() {
            let address = SocketAddr::new(ip, origin.port);
            self.dialler
                .check_literal(address)
                .map_err(SendError::Prohibited)?;
        }
        Ok((url, origin))
    }

    fn check_sizes(&self, outgoing: &Outgoing) -> Result<(), SendError> {
        let Limits {
            header_bytes_max,
            request_bytes_max,
            ..
        } = self.limits;
        if outgoing.body.len() > request_bytes_max {
            return Err(SendError::RequestTooLarge {
                bytes_max: request_bytes_max,
            });
        }
        if header_bytes(&outgoing.headers) > header_bytes_max {
            return Err(SendError::RequestHeadersTooLarge {
                bytes_max: header_bytes_max,
            });
        }
        Ok(())
    }

    /// The guest's own time-out where it set one, within what a call may take.
    fn timeout(&self, timeouts: RequestTimeouts) -> Duration {
        let wanted = timeouts.first_byte.unwrap_or(self.limits.request_timeout);
        wanted.clamp(REQUEST_TIMEOUT_MIN, self.limits.wall_max)
    }

    async fn exchange(
        &self,
        request: reqwest::RequestBuilder,
        timeout: Duration,
    ) -> Result<http::Response<Bytes>, SendError> {
        // The client's errors name the URL, and by now secrets stand in it.
        let failed = |error: reqwest::Error| SendError::from_client(&error.without_url(), timeout);
        let mut answer = request.send().await.map_err(failed)?;
        let Limits {
            header_bytes_max,
            response_bytes_max,
            ..
        } = self.limits;
        if header_bytes(answer.headers()) > header_bytes_max {
            return Err(SendError::ResponseHeadersTooLarge {
                bytes_max: header_bytes_max,
            });
        }
        // What we cannot decode we cannot search for secrets, so it does not get in.
        if let Some(coding) = answer.headers().get(header::CONTENT_ENCODING) {
            let coding = String::from_utf8_lossy(coding.as_bytes()).into_owned();
            if !coding.eq_ignore_ascii_case("identity") {
                // The system's own words: an echo of what it was sent may stand there too.
                let (clean, _) = self.scrubber.text(&coding);
                return Err(SendError::Encoded(super::scrub::for_log(&clean)));
            }
        }
        let mut body = BytesMut::new();
        // Once the answer has begun, whatever goes wrong goes wrong after sending.
        while let Some(chunk) = answer.chunk().await.map_err(|error| {
            if error.is_timeout() {
                SendError::NoAnswer(timeout)
            } else {
                SendError::Cut(error.without_url().to_string())
            }
        })? {
            if body.len() + chunk.len() > response_bytes_max {
                return Err(SendError::ResponseTooLarge {
                    bytes_max: response_bytes_max,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(self.scrubbed(answer.status(), answer.headers(), &body.freeze()))
    }

    fn scrubbed(
        &self,
        status: http::StatusCode,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> http::Response<Bytes> {
        let (clean, mut found) = self.scrubber.bytes(body);
        let body = match clean {
            std::borrow::Cow::Borrowed(_) => body.clone(),
            std::borrow::Cow::Owned(clean) => Bytes::from(clean),
        };
        let mut response = http::Response::new(body);
        *response.status_mut() = status;
        for (name, value) in headers {
            // The body may have another length now, and it comes whole in any case.
            if matches!(
                *name,
                header::CONTENT_LENGTH | header::TRANSFER_ENCODING | header::CONNECTION
            ) {
                continue;
            }
            if self.scrubber.is_in_name(name.as_str()) {
                found += 1;
                continue;
            }
            let (clean, hits) = self.scrubber.bytes(value.as_bytes());
            found += hits;
            if let Ok(value) = HeaderValue::from_bytes(&clean) {
                response.headers_mut().append(name, value);
            }
        }
        if found > 0 {
            tracing::warn!(target: "liaison::egress", tenant = %self.tenant, connection = %self.connection,
                found, "the system's answer held secrets; they were taken out");
        }
        response
    }

    fn audit(&self, attempt: &Attempt, result: &Result<http::Response<Bytes>, SendError>) {
        let ms = u64::try_from(attempt.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Attempt {
            method, host, path, ..
        } = attempt;
        let (tenant, connection) = (&self.tenant, &self.connection);
        match result {
            Ok(answer) => {
                tracing::info!(target: "liaison::egress", %tenant, %connection, %method, host,
                path, status = answer.status().as_u16(), bytes = answer.body().len(), ms, "answered")
            }
            Err(error) => {
                tracing::warn!(target: "liaison::egress", %tenant, %connection, %method, host,
                path, outcome = error.code(), ms, "{error}")
            }
        }
    }
}

/// What the audit line says of a request, taken before anything is put into it.
struct Attempt {
    started: Instant,
    method: http::Method,
    host: String,
    path: String,
}

impl Attempt {
    fn of(request: &http::Request<Bytes>, nonce: &Nonce) -> Self {
        // As it would be sent: a guest can make a URI whose parts read otherwise than the whole.
        let (host, path) = match Url::parse(&request.uri().to_string()) {
            Ok(url) => {
                let port = url.port().map(|port| format!(":{port}"));
                let host = url.host_str().unwrap_or_default().to_owned();
                (
                    host + port.as_deref().unwrap_or_default(),
                    url.path().to_owned(),
                )
            }
            Err(_) => (String::new(), request.uri().path().to_owned()),
        };
        Self {
            started: Instant::now(),
            method: request.method().clone(),
            host: super::scrub::for_log(&nonce.hide(&host)),
            path: super::scrub::for_log(&nonce.hide(&path)),
        }
    }
}

/// As they stand on the wire: name, colon, space, value, line end.
fn header_bytes(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum()
}
