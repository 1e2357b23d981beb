//! Control actions that wait for a request, for any vendor: a record that changes between two calls.
//!
//! `{"do": "plan", "route": "query CONTRACT", "after": 1, "action": {…}}`: once that many requests with
//! these words in their route are answered, the action is done.

use serde_json::{Value, json};

#[derive(Debug)]
struct Planned {
    route: String,
    left: u64,
    action: Value,
}

#[derive(Debug, Default)]
pub struct Plan {
    waiting: Vec<Planned>,
    /// What could not be done when its time came.
    failures: Vec<String>,
}

impl Plan {
    pub fn add(&mut self, route: String, after: u64, action: Value) {
        self.waiting.push(Planned {
            route,
            left: after,
            action,
        });
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The actions whose time has come with this request.
    pub fn due(&mut self, words: &str) -> Vec<Value> {
        let mut due = Vec::new();
        self.waiting.retain_mut(|planned| {
            if !words.contains(&planned.route) {
                return true;
            }
            planned.left = planned.left.saturating_sub(1);
            if planned.left == 0 {
                due.push(planned.action.clone());
            }
            planned.left > 0
        });
        due
    }

    pub fn failed(&mut self, cause: String) {
        self.failures.push(cause);
    }

    pub fn show(&self) -> Value {
        json!({ "waiting": self.waiting.len(), "failures": self.failures })
    }
}
