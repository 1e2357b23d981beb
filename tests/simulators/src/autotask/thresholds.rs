//! Limits: calls in a rolling hour for the whole tenant, and calls at a time per entity.
//!
//! From half the quota answers take longer, at the quota calls are refused; the steps and the words of
//! the refusal are not confirmed, so the status is a switch.

use std::collections::VecDeque;

use serde_json::json;

use super::Autotask;
use super::answer::{Refusal, json_response};
use crate::simulator::{NowMs, Response};

const WINDOW_MS: i64 = 60 * 60 * 1000;
/// Calls are counted together within this much time, so that a busy hour stays small.
const BUCKET_MS: i64 = 1000;
/// Third-party figures: half a second from 50 %, a second from 75 %.
const LATENCY_MS: [(u64, u64); 2] = [(75, 1000), (50, 500)];

#[derive(Debug, Default)]
pub struct Quota {
    /// When, and how many calls.
    calls: VecDeque<(NowMs, u64)>,
    total: u64,
}

impl Quota {
    pub fn used(&mut self, now: NowMs) -> u64 {
        while let Some((at, count)) = self.calls.front()
            && *at <= now - WINDOW_MS
        {
            self.total -= count;
            self.calls.pop_front();
        }
        self.total
    }

    fn add(&mut self, now: NowMs, count: u64) {
        self.total += count;
        match self.calls.back_mut() {
            Some((at, calls)) if now - *at < BUCKET_MS => *calls += count,
            _ => self.calls.push_back((now, count)),
        }
    }

    /// As if this many calls had been made just now and no others.
    pub fn set_used(&mut self, now: NowMs, count: u64) {
        *self = Self::default();
        if count > 0 {
            self.add(now, count);
        }
    }
}

impl Autotask {
    /// Counts a call in; the delay it suffers, or its refusal. A refused call does not count.
    pub(super) fn spend_call(&mut self, now: NowMs) -> Result<u64, Response> {
        let (used, limit) = (self.quota.used(now), self.switches.request_limit);
        if used >= limit {
            let text = format!(
                "The number of external requests has exceeded the threshold of {limit} in 60 minutes."
            ); // text unconfirmed
            return Err(self.refused_for_now(self.switches.quota_status, &text));
        }
        self.quota.add(now, 1);
        if self.switches.latency.is("off") {
            return Ok(0);
        }
        let percent = used * 100 / limit.max(1);
        Ok(LATENCY_MS
            .iter()
            .find(|(from, _)| percent >= *from)
            .map_or(0, |(_, ms)| *ms))
    }

    /// Refuses a call beyond the number of threads.
    pub(super) fn check_threads(&self, in_flight: usize) -> Result<(), Response> {
        if in_flight as u64 <= self.switches.thread_limit {
            return Ok(());
        }
        let text = "Itgenatr005: the thread threshold has been exceeded for this integration and endpoint."; // reported in part
        Err(self.refused_for_now(self.switches.thread_status, text))
    }

    fn refused_for_now(&self, status: u16, text: &str) -> Response {
        let mut response = Refusal {
            status,
            errors: vec![text.to_owned()],
        }
        .response();
        if self.switches.retry_after_s > 0 {
            response.headers.push((
                "retry-after".to_owned(),
                self.switches.retry_after_s.to_string(),
            ));
        }
        response
    }

    pub(super) fn threshold_information(&mut self, now: NowMs) -> Response {
        let body = json!({
            "externalRequestThreshold": self.switches.request_limit,
            "requestThresholdTimeframe": 60,
            "currentTimeframeRequestCount": self.quota.used(now),
        });
        json_response(200, body.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_leave_the_window_after_an_hour() {
        let mut quota = Quota::default();
        quota.set_used(0, 9_000);
        quota.add(WINDOW_MS / 2, 10);
        assert_eq!(quota.used(WINDOW_MS - 1), 9_010);
        assert_eq!(quota.used(WINDOW_MS), 10);
        assert_eq!(quota.used(WINDOW_MS * 2), 0);
    }

    #[test]
    fn latency_from_half_and_refusal_at_the_limit() {
        let mut autotask = super::super::new();
        for (used, expected) in [
            (0, 0),
            (4_999, 0),
            (5_000, 500),
            (7_500, 1000),
            (9_999, 1000),
        ] {
            autotask.quota.set_used(0, used);
            assert_eq!(
                autotask.spend_call(1).map_err(|r| r.status),
                Ok(expected),
                "{used}"
            );
        }
        assert_eq!(autotask.spend_call(2).map_err(|r| r.status), Err(429));
        autotask.switches.set("quotaStatus", &json!(503)).unwrap();
        assert_eq!(autotask.spend_call(2).map_err(|r| r.status), Err(503));
        assert_eq!(
            autotask.spend_call(2 + WINDOW_MS).map_err(|r| r.status),
            Ok(0)
        );
    }
}
