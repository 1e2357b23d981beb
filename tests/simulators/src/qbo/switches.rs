//! Where two ways of the vendor are thinkable, and what a company's set-up decides: `{"do": "set", …}`.
//!
//! A connector must bear every value. Defaults are the reference's.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// When a refresh answers with a new value of the refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// Once the value is a day old.
    Daily,
    Always,
    Never,
}

/// In which order the change feed shows what changed; the reference does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedOrder {
    NewestFirst,
    OldestFirst,
    Id,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switches {
    pub refresh_rotates: Rotation,
    /// How long the value before still works once there is a new one. The reference: not at all; the vendor's
    /// page once said a day.
    pub old_refresh_token_s: i64,
    pub access_token_s: i64,
    /// A refresh token dies after so long without use.
    pub refresh_token_s: i64,
    /// Requests within 60 s, of the company. 0 in these four: no limit.
    pub per_minute: usize,
    /// Requests within a second, of the company: the newer text of the limit of calls at once.
    pub per_second: usize,
    /// Requests in hand together, of the company.
    pub at_once: usize,
    pub batches_per_minute: usize,
    /// How long the answer to a `requestid` is kept; unconfirmed.
    pub request_id_s: i64,
    /// Longer ones are refused; unconfirmed.
    pub request_id_length: usize,
    /// The company gives its own numbers: an omitted one stays empty.
    pub custom_txn_numbers: bool,
    pub warn_duplicate_numbers: bool,
    /// Of one vendor.
    pub warn_duplicate_bill_numbers: bool,
    /// Nothing is written on or before this day.
    pub book_close_date: Option<String>,
    /// Plus and Advanced in the United States.
    pub inventory_adjustments: bool,
    /// A sold or bought line without tax code is refused, as outside the United States.
    pub tax_code_required: bool,
    /// A bill that names a purchase order's lines closes them.
    pub bill_closes_order: bool,
    /// The subscription ended: error 6190 to everything.
    pub expired: bool,
    /// Faults of the company come with status 200.
    pub faults_as_200: bool,
    /// References show an item's name with its categories.
    pub full_item_names: bool,
    /// Objects of a query that says nothing of it.
    pub query_default: usize,
    pub feed_order: FeedOrder,
    /// How long the company takes for a request.
    pub work_ms: u64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            refresh_rotates: Rotation::Daily,
            old_refresh_token_s: 0,
            access_token_s: 3_600,
            refresh_token_s: 100 * 86_400,
            per_minute: 500,
            per_second: 0,
            at_once: 10,
            batches_per_minute: 40,
            request_id_s: 86_400,
            request_id_length: 50,
            custom_txn_numbers: false,
            warn_duplicate_numbers: true,
            warn_duplicate_bill_numbers: true,
            book_close_date: None,
            inventory_adjustments: true,
            tax_code_required: false,
            bill_closes_order: true,
            expired: false,
            faults_as_200: false,
            full_item_names: true,
            query_default: 100,
            feed_order: FeedOrder::NewestFirst,
            work_ms: 0,
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
