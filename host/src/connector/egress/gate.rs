//! How fast and how many at once: one gate a connection, shared by all its instances and by every run of the process.
//!
//! "At most N in any window" is kept exactly, with the times of the last N requests. A bucket that
//! refills would let twice as many through at the edge of two windows, and vendors count.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::SendError;
use crate::connector::relay::Line;
use crate::model::manifest::RateLimit;

/// A longer memory would cost more than a vendor's limit is worth.
const REQUESTS_REMEMBERED_MAX: u32 = 100_000;

/// The gates of a process. A vendor counts what all runs send, and what the run before sent a moment ago.
#[derive(Debug, Default)]
pub struct Gates(Mutex<BTreeMap<Line, Arc<Gate>>>);

impl Gates {
    /// The gate of a connection; another one from when its limits are others.
    pub fn of(&self, line: &Line, rates: &[RateLimit], concurrency: u32) -> Arc<Gate> {
        let mut gates = self
            .0
            .lock()
            .expect("nothing panics while it holds the gates");
        if let Some(gate) = gates.get(line)
            && gate.keeps(rates, concurrency)
        {
            return Arc::clone(gate);
        }
        let gate = Arc::new(Gate::new(rates, concurrency));
        gates.insert(line.clone(), Arc::clone(&gate));
        gate
    }
}

#[derive(Debug)]
pub struct Gate {
    rates: Vec<RateLimit>,
    concurrency: u32,
    slots: Semaphore,
    windows: Mutex<Vec<Window>>,
}

#[derive(Debug)]
struct Window {
    limit: RateLimit,
    left_at: VecDeque<Instant>,
}

impl Gate {
    pub fn new(rates: &[RateLimit], concurrency: u32) -> Self {
        let windows = rates.iter().map(|limit| Window {
            limit: *limit,
            left_at: VecDeque::new(),
        });
        let slots = usize::try_from(concurrency.max(1)).expect("a u32 fits in usize");
        Self {
            rates: rates.to_vec(),
            concurrency,
            slots: Semaphore::new(slots.min(Semaphore::MAX_PERMITS)),
            windows: Mutex::new(windows.collect()),
        }
    }

    fn keeps(&self, rates: &[RateLimit], concurrency: u32) -> bool {
        self.rates == rates && self.concurrency == concurrency
    }

    /// Waits for a free slot and for every rate, but not longer than `wait_max` in all.
    pub async fn enter(&self, wait_max: Duration) -> Result<SemaphorePermit<'_>, SendError> {
        let give_up_at = Instant::now() + wait_max;
        let slot = tokio::time::timeout_at(give_up_at, self.slots.acquire())
            .await
            .map_err(|_| SendError::LimitReached { wait: None })?
            .expect("the semaphore is never closed");
        loop {
            let now = Instant::now();
            let Some(free_at) = self.reserve(now) else {
                return Ok(slot);
            };
            if free_at > give_up_at {
                return Err(SendError::LimitReached {
                    wait: Some(free_at - now),
                });
            }
            tokio::time::sleep_until(free_at).await;
        }
    }

    /// Counts a request if every window has room, else says when to ask again.
    fn reserve(&self, now: Instant) -> Option<Instant> {
        let mut windows = self
            .windows
            .lock()
            .expect("nothing panics while it holds the windows");
        let free_at = windows
            .iter_mut()
            .filter_map(|window| window.full_until(now))
            .max();
        if free_at.is_none() {
            windows
                .iter_mut()
                .for_each(|window| window.left_at.push_back(now));
        }
        free_at
    }
}

impl Window {
    fn full_until(&mut self, now: Instant) -> Option<Instant> {
        let length = Duration::from_secs(u64::from(self.limit.window_s));
        while self
            .left_at
            .front()
            .is_some_and(|first| *first + length <= now)
        {
            self.left_at.pop_front();
        }
        let most = self.limit.requests.clamp(1, REQUESTS_REMEMBERED_MAX) as usize;
        let full = self.left_at.len() >= most;
        full.then(|| self.left_at.front().copied().map(|first| first + length))
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(requests: u32, window_s: u32) -> Gate {
        Gate::new(&[RateLimit { requests, window_s }], 10)
    }

    /// When each of `count` requests leaves, in seconds, if each goes as soon as it may.
    fn schedule(gate: &Gate, count: usize) -> Vec<u64> {
        let start = Instant::now();
        let mut now = start;
        (0..count)
            .map(|_| {
                while let Some(free_at) = gate.reserve(now) {
                    now = free_at;
                }
                (now - start).as_secs()
            })
            .collect()
    }

    #[test]
    fn no_window_ever_holds_more_than_its_limit() {
        assert_eq!(schedule(&gate(3, 10), 9), [0, 0, 0, 10, 10, 10, 20, 20, 20]);
    }

    #[test]
    fn the_tightest_of_several_rates_decides() {
        let rates = [
            RateLimit {
                requests: 2,
                window_s: 1,
            },
            RateLimit {
                requests: 3,
                window_s: 60,
            },
        ];
        assert_eq!(schedule(&Gate::new(&rates, 1), 5), [0, 0, 1, 60, 60]);
    }

    #[tokio::test]
    async fn a_wait_that_is_too_long_is_told_at_once() {
        let gate = gate(1, 3_600);
        drop(gate.enter(Duration::from_secs(30)).await.unwrap());
        let start = Instant::now();
        let error = gate
            .enter(Duration::from_secs(30))
            .await
            .map(drop)
            .unwrap_err();
        assert!(
            matches!(error, SendError::LimitReached { wait: Some(wait) } if wait.as_secs() > 3_500)
        );
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn slots_are_held_until_the_answer_is_there() {
        let gate = Gate::new(&[], 2);
        let _first = gate.enter(Duration::from_secs(1)).await.unwrap();
        let second = gate.enter(Duration::from_secs(1)).await.unwrap();
        assert!(gate.enter(Duration::from_millis(20)).await.is_err());
        drop(second);
        assert!(gate.enter(Duration::from_secs(1)).await.is_ok());
    }

    #[tokio::test]
    async fn all_runs_of_a_connection_pass_by_one_gate_until_its_limits_change() {
        let line = |connection: &str| Line {
            tenant: "shop".parse().unwrap(),
            connection: connection.parse().unwrap(),
        };
        let gates = Gates::default();
        let first = gates.of(&line("books"), &[], 1);
        let _in_hand = first.enter(Duration::from_secs(1)).await.unwrap();
        let moment = Duration::from_millis(20);
        assert!(
            gates
                .of(&line("books"), &[], 1)
                .enter(moment)
                .await
                .is_err()
        );
        assert!(gates.of(&line("crm"), &[], 1).enter(moment).await.is_ok());
        assert!(gates.of(&line("books"), &[], 2).enter(moment).await.is_ok());
    }
}
