//! The real clock and real chance.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::engine::world::World;

#[derive(Clone)]
pub struct RealWorld {
    begun: Instant,
    /// One for the whole process.
    stop: Arc<Stop>,
    /// When what is done here must stop, though the process goes on.
    until: Option<Timestamp>,
}

#[derive(Default)]
struct Stop {
    asked: AtomicBool,
    told: Notify,
}

impl Default for RealWorld {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            stop: Arc::default(),
            until: None,
        }
    }
}

impl RealWorld {
    /// Runs finish what they have in hand and begin nothing more.
    pub fn stop(&self) {
        self.stop.asked.store(true, Ordering::SeqCst);
        self.stop.told.notify_waiters();
    }

    /// The same world for one who must be through by then.
    pub fn until(&self, until: Option<Timestamp>) -> Self {
        Self {
            until,
            ..self.clone()
        }
    }

    fn is_late(&self) -> bool {
        self.until.is_some_and(|until| self.now() >= until)
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
        let stopped = self.stop.told.notified();
        if self.stopping() {
            return;
        }
        let left = self
            .until
            .and_then(|until| Duration::try_from(until.duration_since(self.now())).ok());
        let sleeps = Duration::from_millis(ms).min(left.unwrap_or(Duration::MAX));
        tokio::select! {
            () = tokio::time::sleep(sleeps) => {}
            () = stopped => {}
        }
    }

    async fn beat_ms(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    fn stopping(&self) -> bool {
        self.stop.asked.load(Ordering::SeqCst) || self.is_late()
    }
}

/// Who holds a lease, for people.
pub fn holder(doing: &str) -> String {
    format!("liaison {doing}, process {}", std::process::id())
}
