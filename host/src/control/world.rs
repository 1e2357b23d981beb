//! The real clock and real chance.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::engine::world::World;

pub struct RealWorld {
    begun: Instant,
}

impl Default for RealWorld {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
        }
    }
}

#[async_trait]
impl World for RealWorld {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        bytes
    }

    async fn sleep_ms(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

/// Who holds a lease, for people.
pub fn holder(doing: &str) -> String {
    format!("liaison {doing}, process {}", std::process::id())
}
