//! The rules of a lease, the same for every backend: who may take it, who still has it.
//!
//! Invariant: pure. The moment is given; where the row is kept is the backend's business.
//! Invariant: a fence only grows, also across a release.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::guard::{self, Guard};

/// What is kept of a lease. The row outlives its holder, because of the fence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    pub fence: u64,
    /// None once it is given back.
    pub holder: Option<String>,
    pub until: Timestamp,
}

impl Held {
    /// The row after `holder` has taken the lease, or the name of whoever still has it.
    pub fn claim(
        before: Option<&Self>,
        holder: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Self, String> {
        if let Some(Self {
            holder: Some(other),
            until,
            ..
        }) = before
            && *until > now
            && guard::holds(Guard::Overlap)
        {
            return Err(other.clone());
        }
        let fence = before.map_or(0, |held| held.fence) + 1;
        Ok(Self {
            fence,
            holder: Some(holder.to_owned()),
            until: after(now, ttl),
        })
    }

    /// Whether a lease with this fence still gives the right to write. Time alone does not end it:
    /// an expired lease nobody has taken over harms nobody, and the fence stops it once one has.
    pub fn admits(&self, fence: u64) -> bool {
        (self.holder.is_some() && self.fence == fence) || !guard::holds(Guard::Overlap)
    }

    pub fn renewed(self, now: Timestamp, ttl: Duration) -> Self {
        Self {
            until: after(now, ttl),
            ..self
        }
    }

    pub fn released(self) -> Self {
        Self {
            holder: None,
            ..self
        }
    }

    /// Free for the next one who asks. For a lease whose holder was a process that is gone.
    pub fn expired(self) -> Self {
        Self {
            until: Timestamp::MIN,
            ..self
        }
    }
}

fn after(now: Timestamp, ttl: Duration) -> Timestamp {
    now.checked_add(ttl).unwrap_or(Timestamp::MAX)
}
