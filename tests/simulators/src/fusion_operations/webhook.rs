//! What the company's webhooks would send. The payload is assumed; a test carries it to the receiver.
//!
//! Invariant: nothing here opens a socket, and only as much waits as a test may reasonably take.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::assumed;
use super::resource::Resource;
use super::switches::Switches;
use super::time::{self, Stamp};

/// The oldest are forgotten: a receiver that was never there has missed them.
const WAITING_MAX: usize = 1_000;

#[derive(Debug, Default)]
pub struct Webhooks {
    waiting: VecDeque<Value>,
}

impl Webhooks {
    /// Only some kinds of record have a trigger.
    pub fn happened(&mut self, resource: Resource, deed: &str, id: &str, code: &str, now: Stamp) {
        let mut entities = assumed::WEBHOOK_ENTITIES.iter();
        if let Some((_, entity)) = entities.find(|(word, _)| *word == resource.word()) {
            self.add(&format!("{entity}.{deed}"), id, code, now);
        }
    }

    /// Goods came into a warehouse.
    pub fn received(&mut self, id: &str, product: &str, now: Stamp) {
        self.add(assumed::WEBHOOK_RECEIVED, id, product, now);
    }

    fn add(&mut self, event: &str, id: &str, code: &str, now: Stamp) {
        if self.waiting.len() == WAITING_MAX {
            self.waiting.pop_front();
        }
        let at = time::written(now);
        self.waiting
            .push_back(json!({ "event": event, "id": id, "code": code, "timestamp": at }));
    }

    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Forgets what came after so many.
    pub fn forget_after(&mut self, count: usize) {
        self.waiting.truncate(count);
    }

    /// All that wait, in the order in which they arrive.
    pub fn take(&mut self, switches: &Switches) -> Vec<Value> {
        let mut taken: Vec<Value> = self.waiting.drain(..).collect();
        if switches.webhooks_reversed {
            taken.reverse();
        }
        let times = if switches.webhooks_twice { 2 } else { 1 };
        let each = taken.into_iter();
        each.flat_map(|one| std::iter::repeat_n(one, times))
            .collect()
    }
}
