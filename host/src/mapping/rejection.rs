//! Why the flow itself refuses a record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::LANGUAGES;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Stable and kebab-case.
    pub code: String,
    /// The rule, as `lines[2].group_number`.
    pub field: Option<String>,
    /// By language.
    pub messages: BTreeMap<String, String>,
    /// It may go through later by itself (`on_missing = "wait"`).
    pub waiting: bool,
}

impl Rejection {
    /// The words in a language; English where there are none.
    pub fn text(&self, lang: &str) -> &str {
        let words = self.messages.get(lang).or_else(|| self.messages.get("en"));
        words.map_or(self.code.as_str(), String::as_str)
    }

    pub(super) fn new(code: &str, field: Option<String>, words: [String; LANGUAGES.len()]) -> Self {
        let messages = LANGUAGES
            .iter()
            .map(|lang| (*lang).to_owned())
            .zip(words)
            .collect();
        Self {
            code: code.to_owned(),
            field,
            messages,
            waiting: false,
        }
    }
}
