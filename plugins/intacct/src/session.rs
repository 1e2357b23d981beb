//! The session: opened with user and password, kept in the connection's memory, renewed before it ends.

use crate::assumed::{SESSION_AGE_MS_MAX, SESSION_MARGIN_MS};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

const KEY: &str = "session";

/// An open session.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Session {
    pub id: String,
    /// Where requests of this session go.
    pub endpoint: String,
    /// By our clock.
    opened_ms: u64,
    /// By our clock, as the gateway told it; it moves with every call.
    until_ms: Option<i64>,
    /// The connection it is of: another user must not go on with it.
    of: String,
}

impl Session {
    pub fn new(id: &str, endpoint: &str, now_ms: u64, of: String) -> Self {
        Self {
            id: id.to_owned(),
            endpoint: endpoint.to_owned(),
            opened_ms: now_ms,
            until_ms: None,
            of,
        }
    }

    /// The remembered session, where it can be used.
    pub fn remembered(host: &dyn Host, of: &str) -> Option<Self> {
        let session: Self = serde_json::from_slice(&host.memory_get(KEY)?).ok()?;
        let now_ms = host.now_ms();
        let age_ms = now_ms.checked_sub(session.opened_ms)?;
        let ends = session.until_ms.unwrap_or(i64::MAX);
        let now = i64::try_from(now_ms).unwrap_or(i64::MAX);
        let usable = session.of == of
            && age_ms < SESSION_AGE_MS_MAX
            && ends > now.saturating_add(SESSION_MARGIN_MS);
        usable.then_some(session)
    }

    /// Remembers. Losing it costs one request.
    pub fn remember(&self, host: &dyn Host) {
        let text = serde_json::to_vec(self).unwrap_or_default();
        if host.memory_set(KEY, &text).is_err() {
            host.debug("the session is not remembered");
        }
    }

    pub fn forget(host: &dyn Host) {
        host.memory_delete(KEY);
    }

    /// The end that a reply tells, when the gateway's clock says `now_ms`. Remembered where it moved much.
    pub fn lasts(&mut self, host: &dyn Host, now_ms: Option<i64>, until_ms: Option<i64>) {
        let (Some(now), Some(until)) = (now_ms, until_ms) else {
            return;
        };
        let ours = i64::try_from(host.now_ms()).unwrap_or(i64::MAX);
        // Its own clock may be wrong, the distance is not.
        let until = ours.saturating_add((until - now).max(0));
        let moved = self
            .until_ms
            .is_none_or(|known| (until - known).abs() > SESSION_MARGIN_MS);
        if moved {
            self.until_ms = Some(until);
            self.remember(host);
        }
    }
}
