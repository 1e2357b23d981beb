//! One run in words: how it ended, how many, how long.

use jiff::Timestamp;

use super::Context;
use super::parts::Mark;
pub use crate::model::run::Counts;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Completed,
    CompletedWithProblems,
    /// Until a system calls.
    Waiting,
    Interrupted,
    Failed,
}

impl Status {
    pub(super) fn mark(self) -> Mark {
        match self {
            Self::Completed => Mark::Good,
            Self::CompletedWithProblems | Self::Waiting => Mark::Warning,
            Self::Interrupted => Mark::Stopped,
            Self::Failed => Mark::Bad,
        }
    }

    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Completed => "page-status-completed",
            Self::CompletedWithProblems => "page-status-problems",
            Self::Waiting => "page-status-waiting",
            Self::Interrupted => "page-status-interrupted",
            Self::Failed => "page-status-failed",
        }
    }
}

impl Counts {
    /// All that is not nought, most telling first.
    pub(super) fn words(&self, c: &Context) -> String {
        let parts = [
            ("page-n-created", self.created),
            ("page-n-adopted", self.adopted),
            ("page-n-updated", self.updated),
            ("page-n-quarantined", self.quarantined),
            ("page-n-conflict", self.conflict),
            ("page-n-waiting", self.waiting),
            ("page-n-held", self.held),
            ("page-n-not-reached", self.not_reached),
            ("page-n-unchanged", self.unchanged),
            ("page-n-filtered", self.filtered),
        ];
        let said: Vec<String> = parts
            .iter()
            .filter(|(_, n)| *n > 0)
            .map(|(key, n)| c.count(key, *n))
            .collect();
        if said.is_empty() {
            return c.word("page-n-none");
        }
        said.join(", ")
    }
}

/// One of the last runs. `ended` is missing while it runs, or where the process was killed under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunBar {
    pub run: String,
    pub started: Timestamp,
    pub ended: Option<Timestamp>,
    pub status: Status,
    pub counts: Counts,
}
