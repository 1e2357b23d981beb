//! How often the company may be called: by the minute, by the second, and at once.

use std::collections::VecDeque;

use super::switches::Switches;
use crate::simulator::NowMs;

const MINUTE_MS: i64 = 60_000;

#[derive(Debug, Default)]
pub struct Limits {
    calls: VecDeque<NowMs>,
    batches: VecDeque<NowMs>,
    /// How many were refused.
    pub refused: u64,
}

impl Limits {
    /// Counts a call, unless it is one too many.
    pub fn allow(
        &mut self,
        switches: &Switches,
        is_batch: bool,
        at_once: usize,
        now: NowMs,
    ) -> bool {
        forget(&mut self.calls, now);
        forget(&mut self.batches, now);
        let over = |most: usize, count: usize| most > 0 && count >= most;
        let within_second = self.calls.iter().rev();
        let within_second = within_second.take_while(|at| now - **at < 1000).count();
        let refused = over(switches.per_minute, self.calls.len())
            || over(switches.per_second, within_second)
            || (switches.at_once > 0 && at_once > switches.at_once)
            || (is_batch && over(switches.batches_per_minute, self.batches.len()));
        if refused {
            self.refused += 1;
            return false;
        }
        self.calls.push_back(now);
        if is_batch {
            self.batches.push_back(now);
        }
        true
    }

    /// Calls of the company's other apps, in this moment.
    pub fn other_calls(&mut self, count: u64, now: NowMs) {
        self.calls.extend((0..count).map(|_| now));
    }
}

fn forget(calls: &mut VecDeque<NowMs>, now: NowMs) {
    while calls.front().is_some_and(|at| now - at >= MINUTE_MS) {
        calls.pop_front();
    }
}
