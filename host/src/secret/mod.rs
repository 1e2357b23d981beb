//! Names of secrets → their values.
//!
//! A flow, a connector and a log know the *name* of a secret (`crm/password`). Its value lives in a
//! sealed file, a systemd credential or, in development, the environment; it is asked for when a
//! connection is made and put into a request by the egress door, nowhere else.
//!
//! Invariant: a value never reaches a `Display`, a log line, the store or a guest.

pub mod store;
pub mod value;

pub use store::{SecretError, SecretName, SecretStore, Source};
pub use value::SecretValue;
