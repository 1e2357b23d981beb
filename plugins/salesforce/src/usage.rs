//! The org's daily allowance of calls, as each answer tells it: `Sforce-Limit-Info: api-usage=10018/100000`.
//!
//! The allowance is shared by all integrations of the org. Near its end we stop by ourselves, so that the
//! others can go on, and look again a while later.

use crate::assumed::DAY_USED_UP_WAIT_MS;
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

const HEADER: &str = "Sforce-Limit-Info";
/// From here on it is remembered and said.
const WORTH_SAYING_PERCENT: u64 = 80;
const MEMORY: &str = "usage";

/// Calls that the org has used of those it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    pub used: u64,
    pub allowed: u64,
    #[serde(default)]
    at_ms: u64,
}

impl Usage {
    /// What an answer tells.
    pub fn of(answer: &Answer) -> Option<Self> {
        parse(answer.0.header(HEADER)?)
    }

    pub fn percent(&self) -> u64 {
        (self.used.saturating_mul(100)) / self.allowed.max(1)
    }
}

/// Whatever else the header may hold.
fn parse(header: &str) -> Option<Usage> {
    let part = header
        .split([';', ','])
        .find_map(|part| part.trim().strip_prefix("api-usage="))?;
    let (used, allowed) = part.split_once('/')?;
    let number = |text: &str| text.trim().parse().ok();
    Some(Usage {
        used: number(used)?,
        allowed: number(allowed)?,
        at_ms: 0,
    })
}

/// Takes note of an answer.
pub fn watch(host: &dyn Host, answer: &Answer) {
    let Some(usage) = Usage::of(answer) else {
        return;
    };
    let known = remembered(host);
    if usage.percent() >= WORTH_SAYING_PERCENT {
        let now_ms = host.now_ms();
        // Once a percent: what is remembered is on the disk before the answer counts. And once a wait, which begins
        // with it.
        let is_news = known.is_none_or(|known| {
            known.percent() != usage.percent()
                || now_ms >= known.at_ms.saturating_add(DAY_USED_UP_WAIT_MS)
        });
        if !is_news {
            return;
        }
        let usage = Usage {
            at_ms: now_ms,
            ..usage
        };
        host.warn(&format!(
            "the org has used {} of its {} API calls of the last 24 hours",
            usage.used, usage.allowed
        ));
        // Losing it costs a call.
        let _ = host.memory_set(MEMORY, &cursor::encode(&usage));
    } else if known.is_some() {
        host.memory_delete(MEMORY);
    }
}

fn remembered(host: &dyn Host) -> Option<Usage> {
    serde_json::from_slice(&host.memory_get(MEMORY)?).ok()
}

/// Whether calls may go out.
pub fn allow(host: &dyn Host, stop_at_percent: u32) -> Result<(), Fault> {
    let Some(usage) = remembered(host) else {
        return Ok(());
    };
    let again_ms = usage.at_ms.saturating_add(DAY_USED_UP_WAIT_MS);
    let wait_ms = again_ms.saturating_sub(host.now_ms());
    let share = u64::from(stop_at_percent);
    if share >= 100 || usage.percent() < share || wait_ms == 0 || wait_ms > DAY_USED_UP_WAIT_MS {
        return Ok(());
    }
    Err(fault::throttled(text!(
        "salesforce-share-used-up",
        "The org has used {used} of its {allowed} API calls of the last 24 hours; liaison waits so that other integrations can go on (setting `stop_at_percent`)",
        used = usage.used,
        allowed = usage.allowed
    ))
    .wait_ms(wait_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use liaison_sdk::testing::ScriptHost;

    #[test]
    fn the_header_is_read_whatever_else_it_holds() {
        for (header, expected) in [
            ("api-usage=10018/100000", Some((10_018, 100_000))),
            ("api-usage=18/5000; api-bursts=1/750", Some((18, 5_000))),
            (
                "per-app-api-usage=17/250(appName=a); api-usage=25/5000",
                Some((25, 5_000)),
            ),
            (
                "api-usage=25/5000,per-app-api-usage=17/250(appName=a)",
                Some((25, 5_000)),
            ),
            ("api-usage=x/5000", None),
            ("api-usage=5", None),
            ("", None),
        ] {
            let usage = parse(header).map(|usage| (usage.used, usage.allowed));
            assert_eq!(usage, expected, "{header}");
        }
    }

    fn told(host: &ScriptHost, header: &str) {
        let answer = Answer(HttpResponse {
            status: 200,
            headers: vec![("sforce-limit-info".to_owned(), header.to_owned())],
            body: Vec::new(),
        });
        watch(host, &answer);
    }

    #[test]
    fn near_the_end_we_wait_and_then_look_again() {
        let host = ScriptHost::new(json!({}));
        told(&host, "api-usage=949/1000");
        assert!(allow(&host, 95).is_ok());
        assert_eq!(host.lines.borrow().len(), 1);
        told(&host, "api-usage=950/1000");
        let fault = allow(&host, 95).expect_err("used up");
        assert_eq!(
            (fault.kind, fault.wait_ms),
            (FaultKind::Throttled, Some(900_000))
        );
        assert!(allow(&host, 100).is_ok() && allow(&host, 96).is_ok());
        host.now_ms.set(host.now_ms.get() + 900_000);
        assert!(allow(&host, 95).is_ok());
        told(&host, "api-usage=10/1000");
        assert!(host.memory.borrow().is_empty());
    }

    #[test]
    fn it_is_said_and_kept_once_a_percent() {
        let host = ScriptHost::new(json!({}));
        for used in 8_000..8_100 {
            told(&host, &format!("api-usage={used}/10000"));
            host.now_ms.set(host.now_ms.get() + 1_000);
        }
        assert_eq!(host.lines.borrow().len(), 1);
        assert_eq!(remembered(&host).unwrap().used, 8_000);
        told(&host, "api-usage=8100/10000");
        assert_eq!(host.lines.borrow().len(), 2);
        // A wait that is over begins again where nothing changed.
        told(&host, "api-usage=9500/10000");
        host.now_ms.set(host.now_ms.get() + DAY_USED_UP_WAIT_MS);
        assert!(allow(&host, 95).is_ok());
        told(&host, "api-usage=9501/10000");
        assert!(allow(&host, 95).is_err());
    }
}
