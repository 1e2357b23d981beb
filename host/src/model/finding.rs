//! What the doctor found.

use serde::{Deserialize, Serialize};

use super::Text;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    Ok,
    Warning,
    Error,
}

/// What is wrong, where to click, and which value to set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub level: Level,
    /// Stable and kebab-case: `udf-missing`.
    pub code: String,
    pub message: Text,
    pub place: Option<Text>,
    pub fix: Option<Text>,
}

impl Finding {
    /// A request of a connector's that the host did not let out.
    pub fn denied(reason: Text) -> Self {
        Self {
            level: Level::Error,
            code: "denied".to_owned(),
            message: reason,
            place: None,
            fix: None,
        }
    }
}
