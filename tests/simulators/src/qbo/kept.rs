//! What was answered to a `requestid`, so that a repeated request is not done again.
//!
//! The id alone counts: the same id with another body gets the first answer, as clients of the real vendor
//! found out. Refusals are not kept. How long an answer is kept is a switch.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::simulator::NowMs;

#[derive(Debug, Default)]
pub struct Kept {
    answers: BTreeMap<String, (NowMs, Value)>,
    /// How many requests got an answer of before.
    pub repeated: u64,
}

impl Kept {
    pub fn find(&mut self, id: &str, lives_s: i64, now: NowMs) -> Option<Value> {
        let lives_ms = lives_s.saturating_mul(1000);
        self.answers.retain(|_, (at, _)| now - *at < lives_ms);
        let found = self.answers.get(id).map(|(_, answer)| answer.clone());
        self.repeated += u64::from(found.is_some());
        found
    }

    pub fn keep(&mut self, id: &str, answer: &Value, now: NowMs) {
        self.answers.insert(id.to_owned(), (now, answer.clone()));
    }

    pub fn clear(&mut self) {
        self.answers.clear();
    }

    pub fn len(&self) -> usize {
        self.answers.len()
    }
}
