//! The real clock and real chance.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::engine::world::World;

pub struct RealWorld {
    begun: Instant,
    stopping: AtomicBool,
    stop: Notify,
}

impl Default for RealWorld {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            stopping: AtomicBool::new(false),
            stop: Notify::new(),
        }
    }
}

impl RealWorld {
    /// Runs finish what they have in hand and begin nothing more.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.stop.notify_waiters();
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
        let stopped = self.stop.notified();
        if self.stopping() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(ms)) => {}
            () = stopped => {}
        }
    }

    async fn beat_ms(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    fn stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }
}

/// Who holds a lease, for people.
pub fn holder(doing: &str) -> String {
    format!("liaison {doing}, process {}", std::process::id())
}
