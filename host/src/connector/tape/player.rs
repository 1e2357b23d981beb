//! Gives a guest the answers of a tape, as long as it asks what was asked then.
//!
//! Requests go out beside the guest, so that nobody knows which of a request and a look at the clock comes
//! first: each is held against its own kind. What a guest logs has no answer and changes nothing; it is
//! compared, and only told.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::Notify;

use super::difference::{Difference, difference};
use super::file::{Answer, Step};
use super::on_tape::OnTape;
use super::taped_host::{LOG, SEND};
use crate::connector::guest_host::Broken;

/// Where the component does otherwise than the tape.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Departure {
    /// The step of the tape, from 1; one more than there are when the tape was at its end.
    pub step: usize,
    /// What the tape has there; none at its end.
    pub then: Option<Asked>,
    /// What the component asked; none when it never asked.
    pub now: Option<Asked>,
    /// Where the two differ, when they are the same import.
    pub difference: Option<Difference>,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Asked {
    pub import: String,
    pub asked: Value,
}

/// How far a replay came.
#[derive(Debug)]
pub struct Played {
    /// For each step whether it was asked.
    pub seen: Vec<bool>,
    pub departure: Option<Departure>,
    /// The first line that was logged otherwise.
    pub log: Option<Departure>,
    /// It came to where the tape has no answer.
    pub ran_out: bool,
}

pub struct Player {
    steps: Vec<Step>,
    /// The end is missing.
    cut: bool,
    state: Mutex<State>,
    answered: Notify,
}

#[derive(Default)]
struct State {
    seen: Vec<bool>,
    requests_answered: usize,
    departure: Option<Departure>,
    log: Option<Departure>,
    ran_out: bool,
}

/// What is compared with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Request,
    Log,
    Other,
}

fn kind(import: &str) -> Kind {
    match import {
        SEND => Kind::Request,
        LOG => Kind::Log,
        _ => Kind::Other,
    }
}

impl Player {
    pub fn new(steps: Vec<Step>, cut: bool) -> Self {
        let state = State {
            seen: vec![false; steps.len()],
            ..State::default()
        };
        Self {
            steps,
            cut,
            state: Mutex::new(state),
            answered: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came of it, once the guest has ended.
    pub fn played(&self) -> Played {
        let mut state = self.state();
        if state.departure.is_none() && !state.ran_out {
            state.departure = self.never_asked(&state.seen);
        }
        if state.log.is_none() && state.departure.is_none() && !state.ran_out {
            let left =
                |nth: &usize| !state.seen[*nth] && kind(&self.steps[*nth].import) == Kind::Log;
            state.log = (0..self.steps.len())
                .find(left)
                .map(|nth| self.departure(nth, None));
        }
        Played {
            seen: state.seen.clone(),
            departure: state.departure.clone(),
            log: state.log.clone(),
            ran_out: state.ran_out,
        }
    }

    fn never_asked(&self, seen: &[bool]) -> Option<Departure> {
        let left = |nth: &usize| !seen[*nth] && kind(&self.steps[*nth].import) != Kind::Log;
        (0..self.steps.len())
            .find(left)
            .map(|nth| self.departure(nth, None))
    }

    fn departure(&self, nth: usize, now: Option<Asked>) -> Departure {
        let then = self.steps.get(nth).map(|step| Asked {
            import: step.import.clone(),
            asked: step.asked.clone(),
        });
        let difference = match (&then, &now) {
            (Some(then), Some(now)) if then.import == now.import => {
                difference(&then.asked, &now.asked)
            }
            _ => None,
        };
        Departure {
            step: nth + 1,
            then,
            now,
            difference,
        }
    }

    /// A line of the log: there is nothing to answer.
    pub fn logged(&self, asked: Value) {
        let mut state = self.state();
        if state.departure.is_some() || state.ran_out {
            return;
        }
        let next = self.next(&state.seen, Kind::Log);
        let same = next.is_some_and(|nth| self.steps[nth].asked == asked);
        if let Some(nth) = next {
            state.seen[nth] = true;
        }
        let past_the_end = next.is_none() && self.cut;
        if !same && !past_the_end && state.log.is_none() {
            let now = Asked {
                import: LOG.to_owned(),
                asked,
            };
            let nth = next.unwrap_or(self.steps.len());
            state.log = Some(self.departure(nth, Some(now)));
        }
    }

    /// The answer to what is answered at once.
    pub fn at_once<T: OnTape>(&self, import: &str, asked: Value) -> Result<T, Broken> {
        let nth = self.find(import, asked)?;
        self.answer(nth)
    }

    /// The answer to what takes time.
    pub async fn in_time<T: OnTape>(&self, import: &str, asked: Value) -> Result<T, Broken> {
        let nth = self.find(import, asked)?;
        if kind(import) == Kind::Request {
            self.wait_for_turn(nth).await;
        }
        self.answer(nth)
    }

    fn next(&self, seen: &[bool], wanted: Kind) -> Option<usize> {
        (0..self.steps.len()).find(|nth| !seen[*nth] && kind(&self.steps[*nth].import) == wanted)
    }

    /// The step that this question is.
    fn find(&self, import: &str, asked: Value) -> Result<usize, Broken> {
        let mut state = self.state();
        if state.departure.is_some() || state.ran_out {
            return Err(stopped());
        }
        let next = self.next(&state.seen, kind(import));
        let Some(next) = next else {
            if self.cut {
                state.ran_out = true;
            } else {
                let import = import.to_owned();
                let now = Some(Asked { import, asked });
                // Where it should have gone on otherwise is more to the point than the end.
                let nth = match self.never_asked(&state.seen) {
                    Some(left) => left.step - 1,
                    None => self.steps.len(),
                };
                state.departure = Some(self.departure(nth, now));
            }
            return Err(stopped());
        };
        // Requests that were on their way together may be made in another order.
        let beside = (next + 1..self.steps.len())
            .filter(|nth| kind(&self.steps[*nth].import) == Kind::Request)
            .take_while(|nth| self.steps[*nth].beside)
            .filter(|nth| kind(import) == Kind::Request && !state.seen[*nth]);
        let fits =
            |nth: &usize| self.steps[*nth].import == import && self.steps[*nth].asked == asked;
        let found = std::iter::once(next).chain(beside).find(fits);
        match found {
            Some(nth) => {
                state.seen[nth] = true;
                Ok(nth)
            }
            None => {
                let import = import.to_owned();
                let now = Some(Asked { import, asked });
                state.departure = Some(self.departure(next, now));
                Err(stopped())
            }
        }
    }

    /// Answers come in the order in which they came.
    async fn wait_for_turn(&self, nth: usize) {
        let own = self.turn(nth);
        loop {
            let answered = self.answered.notified();
            let is_there = {
                let state = self.state();
                state.requests_answered >= own || state.departure.is_some()
            };
            if is_there {
                return;
            }
            answered.await;
        }
    }

    fn turn(&self, nth: usize) -> usize {
        let is_request = |step: &&Step| kind(&step.import) == Kind::Request;
        if self.steps[nth].answer.is_none() {
            // Last, after all that were answered.
            let answered = |step: &&Step| is_request(step) && step.answer.is_some();
            return self.steps.iter().filter(answered).count();
        }
        self.steps[nth]
            .turn
            .unwrap_or_else(|| self.steps[..nth].iter().filter(is_request).count())
    }

    fn answer<T: OnTape>(&self, nth: usize) -> Result<T, Broken> {
        let step = &self.steps[nth];
        let mut state = self.state();
        let told = match &step.answer {
            Some(Answer::Answered(value)) => T::of_tape(value).ok_or_else(|| {
                Broken::Host(format!("the answer of step {} is of another kind", nth + 1))
            }),
            Some(Answer::Broke(broken)) => Err(broken.clone()),
            None => {
                state.ran_out = true;
                Err(stopped())
            }
        };
        if kind(&step.import) == Kind::Request {
            state.requests_answered += 1;
            drop(state);
            self.answered.notify_waiters();
        }
        told
    }
}

fn stopped() -> Broken {
    Broken::Guest("the replay stops here".to_owned())
}
