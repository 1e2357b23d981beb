//! Where two ways of the vendor are thinkable, and what a company's set-up decides: `{"do": "set", …}`.
//!
//! A connector must bear every value. Defaults are the reference's form.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Whether the ends of a window belong to it. The reference does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowEnds {
    /// `after` belongs to it, `before` does not.
    HalfOpen,
    Inclusive,
    Exclusive,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switches {
    /// The integration is licensed and on. Off: error 102.
    pub enabled: bool,
    /// Error 503 to everything.
    pub busy: bool,
    /// A call sooner than this after the one before is dropped without an answer, by the request's clock;
    /// 0 drops none. The real service: about 2000.
    pub pace_ms: i64,
    /// How long the service takes for a request.
    pub work_ms: u64,
    /// Records in one reply.
    pub records_max: usize,
    pub window_ends: WindowEnds,
    /// A new document counts as modified as well.
    pub created_is_modified: bool,
    /// A document that was read under `onlyUnexported` is exported from then on.
    pub reading_marks_exported: bool,
    /// Every note holds a character that XML forbids.
    pub control_characters: bool,
    /// A document says its shipping method in its head; off, its lines do.
    pub shipping_in_head: bool,
    /// A written custom field or export mark makes a revision and a `modified` event.
    pub write_back_makes_revision: bool,
    /// An import that leaves a company or a contact without work phone fails.
    pub work_phone_required: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            enabled: true,
            busy: false,
            pace_ms: 0,
            work_ms: 0,
            records_max: 500,
            window_ends: WindowEnds::HalfOpen,
            created_is_modified: false,
            reading_marks_exported: false,
            control_characters: false,
            shipping_in_head: true,
            write_back_makes_revision: false,
            work_phone_required: false,
        }
    }
}

impl Switches {
    pub fn set(&mut self, name: &str, value: &Value) -> Result<(), String> {
        let mut all = self.show();
        let switch = all.get_mut(name);
        *switch.ok_or_else(|| format!("no switch `{name}`"))? = value.clone();
        *self = serde_json::from_value(all).map_err(|e| format!("switch `{name}`: {e}"))?;
        Ok(())
    }

    pub fn show(&self) -> Value {
        json!(self)
    }
}
