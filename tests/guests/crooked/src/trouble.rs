//! What went wrong with a request, and what is said of it: the truth, or what breaks a law.

use liaison_sdk::prelude::*;

use crate::breaks;

/// What the shelf said.
pub enum Said {
    Json(Value),
    Done,
    Missing,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Trouble {
    None,
    Unauthorized,
    Throttled,
    Error500,
    Error503,
    CutBefore,
    CutAfter,
    Slow,
    Garbage,
    Empty,
    Huge,
}

impl Trouble {
    pub fn of(answer: &Result<Answer, HttpError>) -> Self {
        match answer {
            Ok(answer) => match answer.status() {
                401 => Self::Unauthorized,
                429 => Self::Throttled,
                500 => Self::Error500,
                503 => Self::Error503,
                200 | 201 if answer.0.body.is_empty() => Self::Empty,
                200 | 201 if answer.json().is_none() => Self::Garbage,
                _ => Self::None,
            },
            Err(HttpError::NotSent { .. }) => Self::CutBefore,
            Err(HttpError::NoAnswer { detail }) => {
                let detail = detail.to_lowercase();
                let has = |word: &str| detail.contains(word);
                match (has("timeout"), has("size")) {
                    (true, _) => Self::Slow,
                    (_, true) => Self::Huge,
                    _ => Self::CutAfter,
                }
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unauthorized => "unauthorized",
            Self::Throttled => "throttled",
            Self::Error500 => "error-500",
            Self::Error503 => "error-503",
            Self::CutBefore => "cut-before",
            Self::CutAfter => "cut-after",
            Self::Slow => "slow",
            Self::Garbage => "garbage",
            Self::Empty => "empty",
            Self::Huge => "huge",
        }
    }

    pub fn is_after(self) -> bool {
        matches!(
            self,
            Self::CutAfter | Self::Slow | Self::Garbage | Self::Empty | Self::Huge
        )
    }

    /// Of this trouble something is said that is not so.
    pub fn is_untrue(self) -> bool {
        breaks(&format!("truth-{}", self.name()))
    }

    pub fn as_read(self, answer: Result<Answer, HttpError>) -> Result<Said, Fault> {
        if self != Self::None && breaks(&format!("read-{}", self.name())) {
            return Err(fault::rejected(text!("odd", "It says what is not so")));
        }
        match (self, answer) {
            (Self::None, Ok(answer)) => Ok(said(answer)),
            (Self::Throttled, Ok(answer)) => Err(answer.busy(0)),
            (Self::Unauthorized, _) => Err(refused()),
            (_, Ok(answer)) => Err(answer.rubbish()),
            (_, Err(error)) => Err(fault::unread(&error)),
        }
    }

    pub fn as_write(self, answer: Result<Answer, HttpError>) -> Result<Said, Fault> {
        if self != Self::None && breaks(&format!("write-{}", self.name())) {
            return Err(match self.is_after() {
                true => fault::exists(text!("odd", "It says that it is there"), "none"),
                false => fault::rejected(text!("odd", "It says what is not so")),
            });
        }
        if self.is_untrue() && self.is_after() {
            let words = text!("odd", "It says that nothing was written");
            return Err(fault::unavailable(words));
        }
        match (self, answer) {
            (Self::None, Ok(answer)) if answer.status() == 412 => {
                Err(fault::conflict(text!("stale", "It changed meanwhile")))
            }
            (Self::None, Ok(answer)) => Ok(said(answer)),
            (Self::Throttled | Self::Error503, Ok(answer)) => Err(answer.busy(0)),
            (Self::Unauthorized, _) => Err(refused()),
            (_, Ok(answer)) => Err(answer.lost()),
            (_, Err(error)) => Err(fault::unwritten(&error)),
        }
    }

    /// What is said of a trouble before which nothing was done.
    pub fn honest(self) -> Fault {
        match self {
            Self::Unauthorized => refused(),
            Self::Throttled => fault::throttled(text!("busy", "Too many calls")).wait_ms(60_000),
            _ => fault::unavailable(text!("away", "It is not there")),
        }
    }
}

fn refused() -> Fault {
    fault::unauthorized(text!("refused", "The key is refused"))
}

fn said(answer: Answer) -> Said {
    match (answer.status(), answer.json()) {
        (404, _) => Said::Missing,
        (200..=299, Some(value)) => Said::Json(value),
        _ => Said::Done,
    }
}
