//! Notes what a guest asks and is told, up to a size.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::file::{Answer, Step};

/// What one tape may hold of what was asked and answered. Two answers of the largest size, with room.
pub const TAPE_BYTES_MAX: usize = 24 << 20;
/// What a step costs beside its texts.
const STEP_BYTES: usize = 64;

#[derive(Default)]
pub struct Recorder(Mutex<Reel>);

#[derive(Default)]
struct Reel {
    steps: Vec<Step>,
    bytes: usize,
    cut: bool,
    /// Requests that were made, and among them those that were answered.
    requests: usize,
    requests_answered: usize,
}

/// Where an answer belongs. None when the tape is full.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    step: usize,
    /// The how manieth request it is.
    request: Option<usize>,
}

/// What was noted.
pub struct Recorded {
    pub steps: Vec<Step>,
    pub cut: bool,
}

impl Recorder {
    fn reel(&self) -> MutexGuard<'_, Reel> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing more is noted.
    pub fn is_full(&self) -> bool {
        self.reel().cut
    }

    pub fn asked(&self, import: &str, asked: Value) -> Option<Place> {
        let mut reel = self.reel();
        reel.take(STEP_BYTES + size(&asked))?;
        let is_request = import == super::taped_host::SEND;
        let beside = is_request && reel.requests > reel.requests_answered;
        let request = is_request.then_some(reel.requests);
        reel.requests += usize::from(is_request);
        reel.steps.push(Step {
            import: import.to_owned(),
            asked,
            answer: None,
            beside,
            turn: None,
        });
        Some(Place {
            step: reel.steps.len() - 1,
            request,
        })
    }

    pub fn answered(&self, place: Option<Place>, answer: Answer) {
        let Some(place) = place else { return };
        let mut reel = self.reel();
        if let Some(request) = place.request {
            let turn = reel.requests_answered;
            reel.requests_answered += 1;
            reel.steps[place.step].turn = (turn != request).then_some(turn);
        }
        let bytes = match &answer {
            Answer::Answered(value) => size(value),
            Answer::Broke(_) => STEP_BYTES,
        };
        if reel.take(bytes).is_some() {
            reel.steps[place.step].answer = Some(answer);
        }
    }

    /// What was noted until now.
    pub fn recorded(&self) -> Recorded {
        let mut reel = self.reel();
        Recorded {
            steps: std::mem::take(&mut reel.steps),
            cut: reel.cut,
        }
    }
}

impl Reel {
    /// None, once and for all, when there is no room: a tape with a hole in it would say what is not so.
    fn take(&mut self, bytes: usize) -> Option<()> {
        self.cut |= self.bytes + bytes > TAPE_BYTES_MAX;
        if self.cut {
            return None;
        }
        self.bytes += bytes;
        Some(())
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| name.len() + size(value))
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered() -> Answer {
        Answer::Answered(Value::from("x"))
    }

    #[test]
    fn a_full_tape_holds_the_beginning_and_no_hole() {
        let recorder = Recorder::default();
        let half = Value::from("x".repeat(TAPE_BYTES_MAX / 2 - 1_000));
        for _ in 0..3 {
            let place = recorder.asked("log.write", half.clone());
            recorder.answered(place, answered());
        }
        recorder.asked("log.write", Value::from("small"));
        let recorded = recorder.recorded();
        assert!(recorded.cut);
        assert_eq!(recorded.steps.len(), 2);
        assert!(recorded.steps.iter().all(|step| step.answer.is_some()));
    }

    #[test]
    fn requests_that_were_answered_out_of_turn_say_so() {
        let recorder = Recorder::default();
        let [first, second] = ["a", "b"].map(|it| recorder.asked("http.send", Value::from(it)));
        recorder.answered(second, answered());
        recorder.answered(first, answered());
        let third = recorder.asked("http.send", Value::from("c"));
        recorder.answered(third, answered());
        let steps = recorder.recorded().steps;
        let told: Vec<_> = steps.iter().map(|step| (step.beside, step.turn)).collect();
        assert_eq!(told, [(false, Some(1)), (true, Some(0)), (false, None)]);
    }
}
