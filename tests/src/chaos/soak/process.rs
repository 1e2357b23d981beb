//! The resident memory of a process, looked at now and then.

use std::time::Duration;

#[derive(Default)]
pub struct Memory {
    seen: Vec<(Duration, u64)>,
}

impl Memory {
    /// Elsewhere than on Linux nothing is seen.
    pub fn look(&mut self, process: u32, at: Duration) {
        let status = std::fs::read_to_string(format!("/proc/{process}/status"));
        let resident = status.ok().and_then(|status| {
            let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        });
        self.seen
            .extend(resident.map(|kilobytes| (at, kilobytes << 10)));
    }

    /// The most that was held in the second third of the time, and in the last.
    pub fn settled_and_last(&self, whole: Duration) -> Option<(u64, u64)> {
        let most = |from: Duration, to: Duration| {
            let seen = self.seen.iter().filter(|(at, _)| (from..to).contains(at));
            seen.map(|(_, bytes)| *bytes).max()
        };
        let third = whole / 3;
        Some((most(third, third * 2)?, most(third * 2, Duration::MAX)?))
    }
}
