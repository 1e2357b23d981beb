//! Platform events that were published; nobody is subscribed here, so a test asks for them.

use serde_json::{Value, json};

use super::time::{self, Stamp};
use super::writes::Values;

/// No test asks for more.
const KEPT_MAX: usize = 10_000;

#[derive(Debug, Clone, Default)]
pub struct Events {
    published: Vec<Value>,
    count: u64,
}

impl Events {
    /// Gives the replay id, which only grows.
    pub fn publish(&mut self, event: &str, given: &Values, user: &str, now: Stamp) -> u64 {
        self.count += 1;
        if self.published.len() < KEPT_MAX {
            let mut payload = given.clone();
            payload.shift_remove("attributes");
            payload.insert("CreatedById".to_owned(), user.into());
            payload.insert("CreatedDate".to_owned(), time::written_z(now).into());
            self.published.push(json!({
                "channel": format!("/event/{event}"),
                "data": { "payload": payload, "event": { "replayId": self.count } },
            }));
        }
        self.count
    }

    pub fn take(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.published)
    }
}
