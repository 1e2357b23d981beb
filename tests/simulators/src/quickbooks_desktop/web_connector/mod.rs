//! The Web Connector: polls endpoints, takes message sets to QuickBooks, brings the answers back.
//!
//! `poll.rs` what it polls, `qwc.rs` the file that says so, `soap.rs` and `transport.rs` the wire,
//! `session.rs` one session from `serverVersion` to `closeConnection`, `fault.rs` what goes wrong in it,
//! `transcript.rs` what happened, `timer.rs` when.
//!
//! Invariant: one session at a time, as on a real machine.

pub mod fault;
pub mod poll;
pub mod qwc;
pub mod session;
pub mod soap;
pub mod timer;
pub mod transcript;
pub mod transport;

use std::fmt;

use self::fault::Fault;
use self::poll::Poll;
use self::transcript::Transcript;

/// How many past sessions are kept, and how many of them with the texts that went over the wire.
const SESSIONS_KEPT: usize = 200;
const TEXTS_KEPT: usize = 10;

#[derive(Default)]
pub struct WebConnector {
    pub polls: Vec<Poll>,
    pub faults: Vec<Fault>,
    pub sessions: Vec<Transcript>,
    /// Of all sessions ever, kept or not.
    pub session_count: u64,
}

impl WebConnector {
    pub fn keep(&mut self, transcript: Transcript) {
        self.session_count += 1;
        self.sessions.push(transcript);
        if let Some(old) = self.sessions.len().checked_sub(TEXTS_KEPT + 1) {
            for set in &mut self.sessions[old].sets {
                set.request.clear();
                set.answer.clear();
            }
        }
        if self.sessions.len() > SESSIONS_KEPT {
            self.sessions.remove(0);
        }
    }
}

/// What the Web Connector shows its user: `QBWC1041: …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionError {
    pub code: Option<u16>,
    pub text: String,
}

impl SessionError {
    pub fn new(code: u16, text: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            text: text.into(),
        }
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "QBWC{code}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}
