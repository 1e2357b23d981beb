//! Answers who asks in the source, from what was found in the target.
//!
//! Nothing is linked and nothing remembered: what somebody asks stands in the source until it is answered there, so
//! after a crash it is answered again, with the same words.

use serde_json::Value;

use super::item::{Item, Settled, Step};
use super::words;
use crate::mapping::Mapped;

/// What was mapped is the answer. Where the rules give nothing, there is none.
pub(super) fn decide(items: &mut [Item]) {
    let mapped = items.iter_mut().filter(|item| item.step == Step::Candidate);
    for item in mapped {
        let answer = item.mapped.as_ref().map(Mapped::create_body);
        item.step = match answer.filter(says_something) {
            Some(answer) => Step::WriteBack {
                settled: Settled::Updated,
                target: Some(answer),
            },
            None => {
                let sentence = "the flow has no answer to it";
                item.note = Some(words("engine-no-answer", vec![], sentence));
                Step::Done(Settled::Filtered)
            }
        };
    }
}

fn says_something(answer: &Value) -> bool {
    let mut fields = answer.as_object().into_iter().flatten();
    fields.any(|(_, value)| value.as_array().is_none_or(|list| !list.is_empty()))
}
