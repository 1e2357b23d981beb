//! Which company stands behind the bridge's alias, and that it is still the same one.
//!
//! An alias leads to a folder, and somebody may put another company's folder there: a copy, a
//! restored backup, last year's. Writing into it would be silent and for good, so the company's own
//! identity is compared before anything is written. A folder that moved keeps its identity.

use crate::assumed;
use crate::bridge::Bridge;
use crate::refusal::Trouble;
use liaison_sdk::prelude::*;
use liaison_sdk::text;

/// Under which name the identity seen at first contact is remembered.
pub const REMEMBERED: &str = "company-unique-id";

/// What the bridge says of the company behind the alias.
pub struct Company {
    info: Value,
}

impl Company {
    /// Asks the bridge.
    pub fn ask(bridge: &Bridge) -> Result<Self, Trouble> {
        Ok(Self {
            info: bridge.info()?,
        })
    }

    /// Its identity, where the bridge can tell.
    pub fn unique_id(&self) -> Option<String> {
        match &self.info[assumed::COMPANY_UNIQUE_ID] {
            Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A property of the answer by its path (`CurrentUser/UsNumber`), for people.
    pub fn told(&self, path: &str) -> String {
        match self.info.pointer(&format!("/{path}")) {
            None | Some(Value::Null) => "?".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// Whether this interface's cards carry a modification stamp that can be walked by.
    pub fn has_stamps(&self, interface: &str) -> bool {
        match &self.info["Capabilities"]["changes"][interface] {
            Value::String(how) => !matches!(how.as_str(), "" | "none" | "scan"),
            Value::Bool(yes) => *yes,
            _ => false,
        }
    }

    /// Compares the identity with the one set, or else the one remembered, or remembers it.
    pub fn compare(&self, bridge: &Bridge) -> Identity {
        let Some(found) = self.unique_id() else {
            return match &bridge.settings.company_unique_id {
                Some(expected) => Identity::Another {
                    expected: expected.clone(),
                    found: "?".to_owned(),
                },
                None => Identity::Untold,
            };
        };
        let host = bridge.host();
        let remembered = || {
            host.memory_get(REMEMBERED)
                .and_then(|bytes| String::from_utf8(bytes).ok())
        };
        match bridge
            .settings
            .company_unique_id
            .clone()
            .or_else(remembered)
        {
            Some(expected) if expected.trim() == found => Identity::Same(found),
            Some(expected) => Identity::Another { expected, found },
            None => {
                if let Err(words) = host.memory_set(REMEMBERED, found.as_bytes()) {
                    host.warn(&format!(
                        "the company's identity could not be remembered: {words}"
                    ));
                }
                Identity::Same(found)
            }
        }
    }
}

/// What comparing identities gave.
pub enum Identity {
    /// The company this connection is for.
    Same(String),
    /// Another company: nothing may be written, nor read into the other system.
    Another {
        /// Set by the operator, or seen at first contact.
        expected: String,
        /// What stands there now.
        found: String,
    },
    /// The bridge does not tell, and nobody set one.
    Untold,
}

/// Asks once and makes sure that it is the right company.
pub fn guard(bridge: &Bridge) -> Result<Company, Fault> {
    let company = Company::ask(bridge)?;
    match company.compare(bridge) {
        Identity::Same(_) => Ok(company),
        Identity::Another { expected, found } => Err(another(bridge, &expected, &found)),
        Identity::Untold => {
            bridge.host().warn("the bridge tells no identity of the company, so a swapped folder would not be noticed");
            Ok(company)
        }
    }
}

fn another(bridge: &Bridge, expected: &str, found: &str) -> Fault {
    fault::misconfigured(text!(
        "acomba-another-company",
        "The folder of `{company}` holds another company ({found}) than this connection is for ({expected}); nothing was sent",
        company = bridge.settings.company,
        found = found,
        expected = expected
    ))
}
