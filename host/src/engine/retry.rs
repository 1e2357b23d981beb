//! What happens after a fault: the only place that decides it.

use crate::model::{Fault, FaultKind, Scope};

/// Tries of one call before the run gives up, the first included.
pub const CALL_TRIES_MAX: u32 = 4;
/// The longest a run waits for one call to become possible. A person at a terminal is watching, and a
/// lease that was renewed before the wait still holds after it.
pub const CALL_WAIT_MS_MAX: u64 = 40_000;
const CALL_WAIT_MS_FIRST: u64 = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// The surroundings: wait and try again, then end the run; the record is not reached.
    RetryThenStop,
    /// Only this record is held by somebody: try again, then let it wait for the next run.
    RetryThenWait,
    /// Waiting does not help; a person must act before anything of this connection can go on.
    Stop,
    /// The record cannot be written as it is.
    Quarantine,
    /// It is already there: `existing` names it.
    Adopt,
    /// It changed since it was read: read again and plan again.
    Reread,
    /// It may have been carried out: down the ladder, never blindly again.
    AskLadder,
    /// The connector failed on this batch: try the records one by one, and quarantine the culprit.
    Isolate,
    /// The system must call us first. The run ends, its record waits, and when the answer is there the same
    /// call is made again.
    AwaitCall,
}

pub fn disposition(fault: &Fault) -> Disposition {
    match fault.kind {
        FaultKind::Unauthorized | FaultKind::Misconfigured | FaultKind::OutsideWindow => {
            Disposition::Stop
        }
        FaultKind::Throttled | FaultKind::Unavailable | FaultKind::Locked => match fault.scope {
            Scope::Record => Disposition::RetryThenWait,
            Scope::Entity | Scope::Connection => Disposition::RetryThenStop,
        },
        FaultKind::Rejected
        | FaultKind::MissingReference
        | FaultKind::Ambiguous
        | FaultKind::NotFound
        | FaultKind::Other
            if fault.scope == Scope::Connection =>
        {
            Disposition::Stop
        }
        FaultKind::Rejected
        | FaultKind::MissingReference
        | FaultKind::Ambiguous
        | FaultKind::NotFound
        | FaultKind::Other => Disposition::Quarantine,
        FaultKind::Exists if fault.existing.is_some() => Disposition::Adopt,
        FaultKind::Exists => Disposition::Quarantine,
        FaultKind::Conflict => Disposition::Reread,
        FaultKind::OutcomeUnknown => Disposition::AskLadder,
        FaultKind::Internal => Disposition::Isolate,
        FaultKind::AwaitsCall => Disposition::AwaitCall,
    }
}

/// How long to wait before try number `tried + 1`, or `None` when the patience of a run ends.
/// `chance` is 0 to 255 and spreads the waits of many hosts.
pub fn wait_ms(fault: &Fault, tried: u32, waited_ms: u64, chance: u8) -> Option<u64> {
    let retryable = matches!(
        disposition(fault),
        Disposition::RetryThenStop | Disposition::RetryThenWait
    );
    if !retryable || tried >= CALL_TRIES_MAX {
        return None;
    }
    let backoff = CALL_WAIT_MS_FIRST << (2 * tried.saturating_sub(1)).min(16);
    let spread = backoff / 4 * u64::from(chance) / 255;
    let wait = fault.wait_ms.unwrap_or(backoff).max(1) + spread;
    (waited_ms + wait <= CALL_WAIT_MS_MAX).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Text;

    fn fault(kind: FaultKind, scope: Scope) -> Fault {
        Fault::new(kind, scope, Text::plain("x"))
    }

    #[test]
    fn one_locked_card_waits_and_a_locked_company_stops() {
        assert_eq!(
            disposition(&fault(FaultKind::Locked, Scope::Record)),
            Disposition::RetryThenWait
        );
        assert_eq!(
            disposition(&fault(FaultKind::Locked, Scope::Connection)),
            Disposition::RetryThenStop
        );
    }

    #[test]
    fn patience_ends() {
        let down = fault(FaultKind::Unavailable, Scope::Connection);
        assert_eq!(wait_ms(&down, 1, 0, 0), Some(500));
        assert_eq!(wait_ms(&down, 2, 500, 0), Some(2_000));
        assert_eq!(wait_ms(&down, 4, 0, 0), None);
        let long = Fault {
            wait_ms: Some(600_000),
            ..down
        };
        assert_eq!(wait_ms(&long, 1, 0, 0), None);
    }

    #[test]
    fn a_refusal_is_never_tried_again_by_itself() {
        assert_eq!(
            wait_ms(&fault(FaultKind::Rejected, Scope::Record), 1, 0, 0),
            None
        );
    }
}
