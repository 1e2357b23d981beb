//! A component against a tape: what it asks is held against what was asked, and its result against the result.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::difference::{Difference, difference};
use super::file::{Answer, End, Step, Tape};
use super::player::{Departure, Played, Player};
use super::taped_host::TapedHost;
use crate::connector::guest::GuestPre;
use crate::connector::marks::Marks;
use crate::connector::run_guest::{GuestEnd, run_guest};

/// What came of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Asked the same, and returned the same to the byte.
    Same,
    /// The same until where the recording was cut off.
    SameSoFar,
    /// It asked something else.
    Departed,
    /// It asked the same and returned something else.
    ReturnedOtherwise,
}

#[derive(Debug, Clone, Serialize)]
pub struct Replayed {
    pub verdict: Verdict,
    pub steps: Vec<SeenStep>,
    pub departure: Option<Departure>,
    /// The first line that it logs otherwise: told, and no departure.
    pub log: Option<Departure>,
    /// Between the results.
    pub difference: Option<Difference>,
    /// What it returned now.
    pub outcome: Value,
}

/// A step of the tape.
#[derive(Debug, Clone, Serialize)]
pub struct SeenStep {
    pub import: String,
    pub asked: Value,
    /// None where the recording was cut off.
    pub answered: Option<Value>,
    /// The replay came here.
    pub seen: bool,
}

pub(in crate::connector) async fn replay(guest: &GuestPre, tape: &Tape) -> Replayed {
    let player = Arc::new(Player::new(tape.steps.clone(), tape.label.cut));
    let marks = Arc::new(Marks::default());
    let host = Arc::new(TapedHost::Playing {
        player: Arc::clone(&player),
        marks: Arc::clone(&marks),
    });
    let action = tape.call.clone().action();
    let returned = run_guest(guest, host, &marks, &tape.label.limits, action).await;
    let end = match returned {
        Ok(result) => End::Returned { result },
        Err(end) => End::from(&end),
    };
    judged(tape, &end, player.played())
}

fn judged(tape: &Tape, end: &End, played: Played) -> Replayed {
    let Played {
        seen,
        departure,
        log,
        ran_out,
    } = played;
    let outcome = end.outcome();
    let difference = difference(&tape.end.outcome(), &outcome);
    let verdict = match (&departure, &difference) {
        (Some(_), _) => Verdict::Departed,
        (None, _) if ran_out && (tape.label.cut || tape.end.is_from_outside()) => {
            Verdict::SameSoFar
        }
        (None, None) => Verdict::Same,
        (None, Some(_)) => Verdict::ReturnedOtherwise,
    };
    let difference = difference.filter(|_| verdict == Verdict::ReturnedOtherwise);
    let step = |(step, seen): (&Step, bool)| SeenStep {
        import: step.import.clone(),
        asked: step.asked.clone(),
        answered: step.answer.as_ref().map(|answer| match answer {
            Answer::Answered(value) => value.clone(),
            Answer::Broke(broken) => Value::from(broken.to_string()),
        }),
        seen,
    };
    Replayed {
        verdict,
        steps: tape.steps.iter().zip(seen).map(step).collect(),
        departure,
        log,
        difference,
        outcome,
    }
}

impl From<&GuestEnd> for End {
    fn from(end: &GuestEnd) -> Self {
        match end {
            GuestEnd::Trapped {
                reason, last_words, ..
            } => Self::Trapped {
                reason: reason.clone(),
                last_words: last_words.clone(),
            },
            GuestEnd::OutOfCpu(_) => Self::OutOfCpu,
            GuestEnd::OutOfTime(_) => Self::OutOfTime,
            GuestEnd::Waits => Self::Waits,
            GuestEnd::HostFailed(what) => Self::HostFailed { what: what.clone() },
            GuestEnd::HostPanicked(what) => Self::HostPanicked { what: what.clone() },
        }
    }
}
