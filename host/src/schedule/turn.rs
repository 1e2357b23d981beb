//! What goes into an agenda and comes out of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::flow::Cause;

/// The agenda wants to be asked at least this often, so that a clock that was set, or a machine that slept, is
/// noticed within the minute.
pub const WAKE_S_MAX: i64 = 60;

/// How much may run at once. A limit of 0 counts as 1, or its flows would wait for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits<C> {
    /// Runs of all tenants together.
    pub runs_max: u32,
    /// Runs on one connection; one that is not named has no limit.
    pub by_connection: BTreeMap<C, u32>,
}

/// What to do now, and when to ask again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn<F> {
    /// In the order in which they should start. The agenda counts them as running from now on.
    pub start: Vec<Start<F>>,
    /// The next start that the clock alone brings.
    pub next: Option<Timestamp>,
    /// After `now`, and at most [`WAKE_S_MAX`] after it.
    pub wake: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start<F> {
    pub flow: F,
    pub cause: Cause,
    /// Since when it should have run; of several missed occurrences the first.
    pub due: Timestamp,
    /// When the gate closes: the run should come to its end by then and be reported [`super::Ending::Unfinished`] if
    /// there was more. `None`: not within a week, or a person asked.
    pub until: Option<Timestamp>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It runs at the next turn, or when the run in progress has ended.
    Queued,
    /// Somebody asked before; one run serves both.
    AlreadyQueued,
    Unknown,
}

/// What a flow waits for, for a status page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outlook {
    Running,
    /// Due; it waits for a connection or for a flow that goes first.
    Queued {
        due: Timestamp,
    },
    At {
        due: Timestamp,
        start: Timestamp,
    },
    /// Its schedule is [`super::Schedule::Manual`].
    Manual,
    Paused,
    /// Its gate does not open within a year.
    Never,
}
