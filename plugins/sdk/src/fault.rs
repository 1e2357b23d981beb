//! Faults, one constructor a kind, each with the scope it usually has.
//!
//! ```ignore
//! return Err(fault::rejected(text!("no-lines", "Invoice {id} has no lines", id = id)).field("lines"));
//! ```

use crate::contract::{Fault, FaultKind, FaultScope, Text};
use crate::host::{HttpError, NotSent};

/// A fault of any kind, whose scope is one record. The named constructors read better.
pub fn of(kind: FaultKind, message: Text) -> Fault {
    Fault {
        kind,
        scope: FaultScope::OneRecord,
        message,
        vendor_code: None,
        vendor_text: None,
        field: None,
        wait_ms: None,
        existing: None,
        ext: Vec::new(),
    }
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident = $kind:ident, $scope:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(message: Text) -> Fault {
            of(FaultKind::$kind, message).scope(FaultScope::$scope)
        }
    )*};
}

constructors! {
    /// The credentials are refused.
    unauthorized = Unauthorized, WholeConnection;
    /// Something a person must set.
    misconfigured = Misconfigured, WholeConnection;
    /// The system refuses this record as it is.
    rejected = Rejected, OneRecord;
    /// The record refers to something the system does not have.
    missing_reference = MissingReference, OneRecord;
    /// Several records fit where one was wanted.
    ambiguous = Ambiguous, OneRecord;
    /// The record changed since it was read.
    conflict = Conflict, OneRecord;
    /// Somebody holds the record for a while.
    locked = Locked, OneRecord;
    /// There is no such record.
    not_found = NotFound, OneRecord;
    /// Too many calls. Say how long to wait with [`FaultExt::wait_ms`].
    throttled = Throttled, WholeConnection;
    /// The system is down, slow or answers rubbish; surely nothing was written.
    unavailable = Unavailable, WholeConnection;
    /// The system is closed at this hour.
    outside_window = OutsideWindow, WholeConnection;
    /// The request left and no answer came.
    outcome_unknown = OutcomeUnknown, OneRecord;
    /// A defect in the connector.
    internal = Internal, OneRecord;
}

/// A record with this key is already there, under the id `existing`.
pub fn exists(message: Text, existing: &str) -> Fault {
    let mut fault = of(FaultKind::Exists, message);
    fault.existing = Some(existing.to_owned());
    fault
}

/// The entity exists but does not offer this.
pub fn not_offered(entity: &str, operation: &str) -> Fault {
    internal(crate::text!(
        "sdk-not-offered",
        "This connector does not offer {operation} on {entity}",
        operation = operation,
        entity = entity
    ))
}

/// The connector has no entity of this name.
pub fn no_such_entity(entity: &str) -> Fault {
    internal(crate::text!(
        "sdk-no-entity",
        "This connector has no entity {entity}",
        entity = entity
    ))
}

/// A read got no answer: try later.
pub fn unread(error: &HttpError) -> Fault {
    match error {
        HttpError::NotSent { why, detail } => unsent(*why, detail),
        HttpError::NoAnswer { detail } => {
            unavailable(crate::text!("sdk-no-answer", "The system did not answer"))
                .vendor_text(detail)
        }
    }
}

/// A write got no answer: unless it surely never left, nobody knows what became of it.
pub fn unwritten(error: &HttpError) -> Fault {
    match error {
        HttpError::NotSent { why, detail } => unsent(*why, detail),
        HttpError::NoAnswer { detail } => outcome_unknown(crate::text!(
            "sdk-outcome-unknown",
            "The request left and no answer came; it may have been carried out"
        ))
        .vendor_text(detail),
    }
}

fn unsent(why: NotSent, detail: &str) -> Fault {
    let fault = match why {
        NotSent::Denied => misconfigured(crate::text!(
            "sdk-denied",
            "The host does not allow this request: see the granted hosts of the connection"
        )),
        NotSent::Throttled => throttled(crate::text!(
            "sdk-own-limit",
            "The connection's own rate limit is used up"
        )),
        NotSent::Unreachable => unavailable(crate::text!(
            "sdk-unreachable",
            "The system cannot be reached"
        )),
        NotSent::Invalid => misconfigured(crate::text!(
            "sdk-bad-url",
            "The address of the system is not a usable URL"
        )),
    };
    fault.vendor_text(detail)
}

/// Adds what a fault carries beside its message.
pub trait FaultExt: Sized {
    /// The vendor's code, verbatim.
    fn vendor_code(self, code: &str) -> Self;
    /// The vendor's words, verbatim, bounded to 2,000 characters.
    fn vendor_text(self, text: &str) -> Self;
    /// The field at fault, in the entity's own names.
    fn field(self, field: &str) -> Self;
    /// How long to wait before the next try.
    fn wait_ms(self, ms: u64) -> Self;
    /// How far it reaches, where that is not the usual.
    fn scope(self, scope: FaultScope) -> Self;
}

impl FaultExt for Fault {
    fn vendor_code(mut self, code: &str) -> Self {
        self.vendor_code = Some(code.to_owned());
        self
    }

    fn vendor_text(mut self, text: &str) -> Self {
        self.vendor_text = Some(crate::text::shorten(text, 2_000));
        self
    }

    fn field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    fn wait_ms(mut self, ms: u64) -> Self {
        self.wait_ms = Some(ms);
        self
    }

    fn scope(mut self, scope: FaultScope) -> Self {
        self.scope = scope;
        self
    }
}
