//! What happened in one session: its steps, its message sets, how it ended, figures.

use std::time::Duration;

use serde_json::{Value, json};

#[derive(Debug, Clone, Default)]
pub struct Transcript {
    pub app_name: String,
    pub url: String,
    pub ticket: String,
    pub steps: Vec<Step>,
    pub sets: Vec<Set>,
    /// SOAP calls that were answered.
    pub round_trips: u64,
    pub noops: u64,
    pub in_quickbooks: Duration,
    pub lasted: Duration,
    pub ended: Option<Ending>,
    /// The endpoint's wishes, in its own seconds.
    pub postpone: Option<u64>,
    pub least: Option<u64>,
}

#[derive(Debug, Clone)]
pub struct Step {
    pub name: String,
    /// What came back, shortened.
    pub note: String,
}

#[derive(Debug, Clone, Default)]
pub struct Set {
    pub requests: Vec<String>,
    pub request: String,
    pub answer: String,
    pub hresult: String,
    pub is_replay: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// `closeConnection` was answered, with this text.
    Closed(String),
    /// The endpoint said none, nvu or busy, or refused the client's version.
    Refused(String),
    /// The endpoint's getLastError, shown to the user; the connection was closed.
    Told(String),
    /// QuickBooks could not be reached.
    NoQuickBooks(String),
    Postponed(u64),
    /// A call failed: nothing was closed.
    Error(super::SessionError),
    PowerLost(String),
    /// A person stopped a session that went on too long.
    Stopped,
}

impl Ending {
    fn show(&self) -> (&'static str, String) {
        match self {
            Self::Closed(text) => ("closed", text.clone()),
            Self::Refused(text) => ("refused", text.clone()),
            Self::Told(text) => ("told", text.clone()),
            Self::NoQuickBooks(text) => ("no_quickbooks", text.clone()),
            Self::Postponed(seconds) => ("postponed", seconds.to_string()),
            Self::Error(error) => ("error", error.to_string()),
            Self::PowerLost(step) => ("power_lost", step.clone()),
            Self::Stopped => ("stopped", String::new()),
        }
    }
}

impl Transcript {
    pub fn requests(&self) -> usize {
        self.sets.iter().map(|set| set.requests.len()).sum()
    }

    /// Figures alone, for the list of sessions.
    pub fn summary(&self) -> Value {
        let (ended, detail) = self
            .ended
            .as_ref()
            .map_or(("running", String::new()), Ending::show);
        json!({
            "app_name": self.app_name,
            "url": self.url,
            "ended": ended,
            "detail": detail,
            "step_count": self.steps.len(),
            "message_sets": self.sets.len(),
            "replayed": self.sets.iter().filter(|set| set.is_replay).count(),
            "requests": self.requests(),
            "round_trips": self.round_trips,
            "noops": self.noops,
            "quickbooks_ms": u64::try_from(self.in_quickbooks.as_millis()).unwrap_or(u64::MAX),
            "ms": u64::try_from(self.lasted.as_millis()).unwrap_or(u64::MAX),
        })
    }

    pub fn show(&self) -> Value {
        let mut shown = self.summary();
        shown["ticket"] = json!(self.ticket);
        shown["steps"] = self
            .steps
            .iter()
            .enumerate()
            .map(|(at, step)| json!({"n": at + 1, "at": step.name, "note": step.note}))
            .collect();
        shown["sets"] = self
            .sets
            .iter()
            .map(|set| {
                json!({
                    "requests": set.requests, "request": set.request, "answer": set.answer,
                    "hresult": set.hresult, "replayed": set.is_replay,
                })
            })
            .collect();
        shown
    }
}
