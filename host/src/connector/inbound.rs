//! What comes in from a system that calls, and what a person must prepare for it.

use crate::model::Text;

/// A request as the guest gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundRequest {
    pub method: String,
    /// What follows the connection in the path.
    pub path: String,
    pub query: Option<String>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// A password that was presented was not the one.
    pub is_refused: bool,
}

/// What `liaison connection setup` hands to a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Preparation {
    pub files: Vec<PreparedFile>,
    /// Secrets to be made up anew.
    pub generate: Vec<String>,
    pub steps: Vec<Text>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PreparedFile {
    /// Without any folder.
    pub name: String,
    pub content: Vec<u8>,
    pub purpose: Text,
}
