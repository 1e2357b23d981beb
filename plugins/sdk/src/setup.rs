//! What a person must do before a connection works: files, made-up secrets, steps.

use crate::contract::{Ext, Fault, Text};
use crate::host::Host;

/// A file for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct SetupFile {
    /// A plain file name.
    pub name: String,
    /// What is in it.
    pub content: Vec<u8>,
    /// What to do with it.
    pub purpose: Text,
}

/// What a person must do before the connection works.
#[derive(Clone, Debug, PartialEq)]
pub struct Preparation {
    /// Files to write.
    pub files: Vec<SetupFile>,
    /// Secrets that the host makes up anew.
    pub generate: Vec<String>,
    /// What to do next, in order.
    pub steps: Vec<Text>,
    /// What a later contract adds.
    pub ext: Ext,
}

/// A connector that prepares a person.
pub trait Prepared {
    /// Files, secrets and steps; the same files again when called again. `address` is empty where no system calls.
    ///
    /// # Errors
    /// What a person must set first.
    fn prepare(&self, host: &dyn Host, address: &str) -> Result<Preparation, Fault>;
}
