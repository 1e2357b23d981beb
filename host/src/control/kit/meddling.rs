//! The fault layer of the kit: what goes wrong between a connector and its system.

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::connector::egress::SendError;
use crate::connector::meddle::{Answer, Meddler, Meddling};
use crate::model::FaultKind;

/// What `Retry-After` says. Longer than a connector may sit out by itself.
pub const RETRY_AFTER_S: u64 = 45;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// 401.
    Refused,
    /// 429 with `Retry-After`.
    TooMany,
    /// 500, the system did nothing.
    Broken,
    /// 503.
    Closed,
    /// No connection at all.
    CutBefore,
    /// The system did what it was asked, and the connection breaks.
    CutAfter,
    /// The same, and no answer comes in time.
    Slow,
    /// The same, and the answer is no answer.
    Garbage,
    Empty,
    Huge,
}

impl Trouble {
    pub const ALL: [Self; 10] = [
        Self::Refused,
        Self::TooMany,
        Self::Broken,
        Self::Closed,
        Self::CutBefore,
        Self::CutAfter,
        Self::Slow,
        Self::Garbage,
        Self::Empty,
        Self::Huge,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "unauthorized",
            Self::TooMany => "throttled",
            Self::Broken => "error-500",
            Self::Closed => "error-503",
            Self::CutBefore => "cut-before",
            Self::CutAfter => "cut-after",
            Self::Slow => "slow",
            Self::Garbage => "garbage",
            Self::Empty => "empty",
            Self::Huge => "huge",
        }
    }

    /// What a call that only reads may call it.
    pub fn of_reads(self) -> &'static [FaultKind] {
        match self {
            Self::Refused => &[FaultKind::Unauthorized],
            Self::TooMany => &[FaultKind::Throttled],
            Self::Broken
            | Self::Closed
            | Self::CutBefore
            | Self::CutAfter
            | Self::Slow
            | Self::Garbage
            | Self::Empty
            | Self::Huge => &[FaultKind::Unavailable],
        }
    }

    /// What a write may call it when every request meets it.
    pub fn of_writes(self) -> &'static [FaultKind] {
        match self {
            Self::Refused => &[FaultKind::Unauthorized],
            Self::TooMany => &[FaultKind::Throttled],
            Self::CutBefore => &[FaultKind::Unavailable],
            Self::Closed => &[FaultKind::Unavailable, FaultKind::OutcomeUnknown],
            Self::Broken
            | Self::CutAfter
            | Self::Slow
            | Self::Garbage
            | Self::Empty
            | Self::Huge => &[FaultKind::OutcomeUnknown, FaultKind::Unavailable],
        }
    }

    /// The system did what it was asked.
    pub fn is_after(self) -> bool {
        match self {
            Self::CutAfter | Self::Slow | Self::Garbage | Self::Empty | Self::Huge => true,
            Self::Refused | Self::TooMany | Self::Broken | Self::Closed | Self::CutBefore => false,
        }
    }

    fn answer(self) -> Answer {
        let status = |status: StatusCode, body: &'static str| {
            let mut response = Response::new(Bytes::from_static(body.as_bytes()));
            *response.status_mut() = status;
            response
        };
        match self {
            Self::Refused => Ok(status(StatusCode::UNAUTHORIZED, "")),
            Self::TooMany => {
                let mut response = status(StatusCode::TOO_MANY_REQUESTS, "");
                let after = http::HeaderValue::from(RETRY_AFTER_S);
                response.headers_mut().insert("retry-after", after);
                Ok(response)
            }
            Self::Broken => Ok(status(StatusCode::INTERNAL_SERVER_ERROR, "Server Error")),
            Self::Closed => Ok(status(
                StatusCode::SERVICE_UNAVAILABLE,
                "Service Unavailable",
            )),
            Self::CutBefore => Err(SendError::Refused),
            Self::CutAfter => Err(SendError::Cut("connection reset".to_owned())),
            Self::Slow => Err(SendError::NoAnswer(Duration::from_secs(30))),
            Self::Garbage => Ok(status(StatusCode::OK, "\u{1}<<{garbage%%\u{2}")),
            Self::Empty => Ok(status(StatusCode::OK, "")),
            Self::Huge => Err(SendError::ResponseTooLarge {
                bytes_max: 10 << 20,
            }),
        }
    }
}

/// Which requests meet it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    All,
    /// From 0.
    Only(usize),
}

#[derive(Default)]
pub struct Layer(Mutex<State>);

#[derive(Default)]
struct State {
    trouble: Option<(Trouble, Which)>,
    requests: usize,
}

impl Layer {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// From here on this goes wrong, and requests are counted anew.
    pub fn set(&self, trouble: Option<(Trouble, Which)>) {
        *self.state() = State {
            trouble,
            ..State::default()
        };
    }

    pub fn requests(&self) -> usize {
        self.state().requests
    }
}

impl Meddler for Layer {
    fn meddle(&self, _: &http::Request<Bytes>) -> Meddling {
        let mut state = self.state();
        let nth = state.requests;
        state.requests += 1;
        let Some((trouble, which)) = state.trouble else {
            return Meddling::Pass;
        };
        let is_meant = match which {
            Which::All => true,
            Which::Only(only) => only == nth,
        };
        if !is_meant {
            return Meddling::Pass;
        }
        match trouble.is_after() {
            true => Meddling::Afterwards(trouble.answer()),
            false => Meddling::Instead(trouble.answer()),
        }
    }

    /// Patience is not what is tried.
    fn sleep(&self, wanted: Duration) -> Duration {
        wanted / 100
    }
}
