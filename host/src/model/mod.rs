//! The plain types everyone speaks in.
//!
//! Invariant: no I/O, no async, no clock, no wasmtime type. Everything here is data that can be
//! compared, printed and stored.

pub mod fault;
pub mod finding;
pub mod fold;
pub mod id;
pub mod kind;
pub mod link;
pub mod manifest;
pub mod record;
pub mod run;
pub mod text;

pub use fault::{Fault, FaultKind, Scope};
pub use finding::{Finding, Level};
pub use id::{ConnectionId, Entity, FlowName, NativeId, TenantId, Token};
pub use link::{Fingerprint, Link, LinkSet, LinkSide, LinkState, Side};
pub use manifest::Manifest;
pub use record::{
    Action, Applied, Comparison, Condition, Entry, Operation, Outcome, Page, with_id,
};
pub use text::{Text, Word};
