//! How connectors come into an installation, become another version, and go.
//!
//! ```text
//! source.rs       a file, an address, oci.rs: a registry
//! trust.rs        keys of publishers, signatures
//! lock.rs         which files are connectors, by their digests
//! permissions.rs  what a version may do more than another
//! offer.rs        what a person is shown before they agree
//! install.rs      a version beside the others
//! upgrade.rs      another version in the place of the current one; rollback.rs: back, and out
//! rehearsal.rs    both versions on the same tapes and records; reading.rs: what they read
//! trial.rs        the first calls of a new version, and the way back by itself
//! newest.rs       what the configured source has
//! ```
//!
//! Invariant: nothing that was not shown and agreed to becomes current, and nothing unsigned unless told.

pub mod install;
pub mod lock;
pub mod newest;
mod oci;
pub mod offer;
pub mod permissions;
mod reading;
pub mod rehearsal;
mod rollback;
mod source;
pub mod trial;
pub mod trust;
mod upgrade;
mod version;

pub use offer::{Consent, Offer};
