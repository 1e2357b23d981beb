//! What the exports return, as it stands on a tape, and whether it is worth keeping.

use serde::Serialize;
use serde_json::{Value, json};

use super::bytes;
use crate::connector::bindings::{inbound, types as wit};

pub trait Returned {
    fn to_tape(&self) -> Value;

    /// A fault that the next try does not settle by itself.
    fn is_failure(&self) -> bool {
        false
    }
}

fn plain(value: &impl Serialize) -> Value {
    bytes::readable(serde_json::to_value(value).expect("the contract's types are plain values"))
}

/// `{"ok": …}` or `{"fault": …}`.
fn either(result: Result<Value, Value>) -> Value {
    match result {
        Ok(value) => json!({ "ok": value }),
        Err(fault) => json!({ "fault": fault }),
    }
}

impl<T: Serialize> Returned for Result<T, wit::Fault> {
    fn to_tape(&self) -> Value {
        either(self.as_ref().map(plain).map_err(plain))
    }

    fn is_failure(&self) -> bool {
        self.as_ref().is_err_and(stays)
    }
}

impl Returned for Vec<wit::Outcome> {
    fn to_tape(&self) -> Value {
        self.iter()
            .map(|outcome| either(outcome.as_ref().map(plain).map_err(plain)))
            .collect()
    }

    fn is_failure(&self) -> bool {
        self.iter()
            .any(|outcome| outcome.as_ref().is_err_and(stays))
    }
}

impl Returned for Option<String> {
    fn to_tape(&self) -> Value {
        plain(self)
    }
}

impl Returned for inbound::Response {
    fn to_tape(&self) -> Value {
        let Self {
            status,
            headers,
            body,
            ext,
        } = self;
        json!({"status": status, "headers": headers, "body": bytes::marked(body), "ext": ext})
    }
}

/// Whether it is still there when the call is made again a little later.
fn stays(fault: &wit::Fault) -> bool {
    match fault.kind {
        wit::FaultKind::Throttled
        | wit::FaultKind::Unavailable
        | wit::FaultKind::OutsideWindow
        | wit::FaultKind::Locked
        | wit::FaultKind::Conflict => false,
        wit::FaultKind::Unauthorized
        | wit::FaultKind::Misconfigured
        | wit::FaultKind::Rejected
        | wit::FaultKind::MissingReference
        | wit::FaultKind::Exists
        | wit::FaultKind::Ambiguous
        | wit::FaultKind::NotFound
        | wit::FaultKind::OutcomeUnknown
        | wit::FaultKind::Internal
        | wit::FaultKind::Other => true,
    }
}
