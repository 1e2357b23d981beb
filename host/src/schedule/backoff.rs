//! How a run ended, and when it is tried again.

use jiff::{SignedDuration, Timestamp};

/// A server that restarts is back after a minute or two.
pub const BACKOFF_S_FIRST: u64 = 60;
/// A system that was away for a night is found again within the hour.
pub const BACKOFF_S_MAX: u64 = 60 * 60;
/// A vendor's own "come back later" is believed up to a day.
const RETRY_AFTER_S_MAX: u64 = 24 * 60 * 60;
/// A run that was cut off begins again when the gate opens, not in the same breath.
const RESUME_S: u64 = 10;

/// How a run ended, as far as the next one depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It went through, also with records in quarantine; or a person stopped it. By the schedule.
    Done,
    /// A system could not be reached, was locked or throttled, or somebody else holds the flow's lease. The
    /// flow is tried again 1, 2, 4 … at most 60 minutes after the end, *instead of* its schedule, until
    /// a run goes through: a daily flow does not lose its day, one of every 10 seconds does not hammer.
    Unavailable {
        /// What the system asked for, if it was longer.
        retry_after_s: Option<u64>,
    },
    /// A person must act: settings, rights, a password. By the schedule, though not sooner than the
    /// same back-off, so that no account is locked by our tries.
    Refused,
    /// The gate closed before it was through (see [`super::Start::until`]), or its connector was taken back: again as
    /// soon as the gate is open.
    Unfinished,
}

/// The next try after a run that did not go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Again {
    /// When the last run ended.
    pub(super) from: Timestamp,
    pub(super) wait: SignedDuration,
    pub(super) rule: AgainRule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AgainRule {
    InsteadOfSchedule,
    NotBefore,
}

impl Again {
    pub(super) fn at(&self) -> Timestamp {
        self.from.checked_add(self.wait).unwrap_or(Timestamp::MAX)
    }
}

impl Ending {
    /// `failures` in a row, this one included.
    pub(super) fn again(self, from: Timestamp, failures: u32) -> Option<Again> {
        let (wait_s, rule) = match self {
            Self::Done => return None,
            Self::Unavailable { retry_after_s } => {
                let asked_s = retry_after_s.unwrap_or(0).min(RETRY_AFTER_S_MAX);
                (
                    backoff_s(failures).max(asked_s),
                    AgainRule::InsteadOfSchedule,
                )
            }
            Self::Refused => (backoff_s(failures), AgainRule::NotBefore),
            Self::Unfinished => (RESUME_S, AgainRule::InsteadOfSchedule),
        };
        let wait = super::next::interval(wait_s);
        Some(Again { from, wait, rule })
    }

    pub(super) fn is_failure(self) -> bool {
        match self {
            Self::Done | Self::Unfinished => false,
            Self::Unavailable { .. } | Self::Refused => true,
        }
    }
}

fn backoff_s(failures: u32) -> u64 {
    let doublings = failures.saturating_sub(1).min(16);
    (BACKOFF_S_FIRST << doublings).min(BACKOFF_S_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_an_hour() {
        let minutes: Vec<u64> = (1..=9).map(|n| backoff_s(n) / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(backoff_s(u32::MAX), BACKOFF_S_MAX);
    }

    #[test]
    fn a_vendors_wish_counts_when_it_is_longer_and_no_longer_than_a_day() {
        let wait = |retry_after_s| {
            let ending = Ending::Unavailable { retry_after_s };
            let again = ending.again(Timestamp::UNIX_EPOCH, 1).expect("again");
            again.wait.as_secs()
        };
        assert_eq!(wait(None), 60);
        assert_eq!(wait(Some(5)), 60);
        assert_eq!(wait(Some(300)), 300);
        assert_eq!(wait(Some(u64::MAX)), 86_400);
    }
}
