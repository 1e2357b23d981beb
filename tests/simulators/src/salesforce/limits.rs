//! API calls of the last 24 hours, counted for the whole org.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::org::Org;
use super::time::{DAY_S, Stamp};

#[derive(Debug, Default)]
pub struct Usage {
    /// When, and how many calls then.
    calls: VecDeque<(Stamp, u64)>,
    used: u64,
}

impl Usage {
    pub fn count(&mut self, calls: u64, now: Stamp) {
        while let Some((at, count)) = self.calls.front().copied() {
            if at > now - DAY_S {
                break;
            }
            self.used -= count;
            self.calls.pop_front();
        }
        self.used += calls;
        match self.calls.back_mut() {
            Some((at, count)) if *at == now => *count += calls,
            _ => self.calls.push_back((now, calls)),
        }
    }

    /// Whether one more call may be made.
    pub fn has_room(&self, org: &Org) -> bool {
        self.used < org.switches.daily_api_requests
    }

    /// `Sforce-Limit-Info`
    pub fn info(&self, org: &Org) -> String {
        let (used, max) = (self.used, org.switches.daily_api_requests);
        let more = if org.switches.limit_info_long {
            "; api-bursts=1/750; per-app-api-usage=17/250(appName=liaison)"
        } else {
            ""
        };
        format!("api-usage={used}/{max}{more}")
    }

    /// `GET …/limits`
    pub fn limits(&self, org: &Org) -> Value {
        let max = org.switches.daily_api_requests;
        let whole = |max: u64| json!({ "Max": max, "Remaining": max });
        json!({
            "DailyApiRequests": { "Max": max, "Remaining": max.saturating_sub(self.used) },
            "DailyAsyncApexExecutions": whole(250_000),
            "DailyBulkApiBatches": whole(15_000),
            "DailyBulkV2QueryJobs": whole(10_000),
            "DailyStreamingApiEvents": whole(10_000),
            "DataStorageMB": whole(1_024),
            "FileStorageMB": whole(1_024),
            "HourlyPublishedPlatformEvents": whole(50_000),
        })
    }
}
