//! Who asks too much, or guesses: slowed, and then sent away.
//!
//! Invariant: the moment is given; nothing here sleeps.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::connector::relay::Line;

/// Requests of one address to one connection: so many at once, and so many a second in the long run. A system
/// that works through thousands of records in one visit stays far below.
const BURST: f64 = 2_000.0;
const REQUESTS_A_SECOND: f64 = 500.0;
/// Under way at once, of one address and of all.
const AT_ONCE_OF_ADDRESS: usize = 4;
const AT_ONCE_OF_LINE: usize = 16;
/// Wrong passwords that cost nothing: people mistype.
const MISSES_FREE: f64 = 3.0;
/// The answer to the next one comes so much later, and twice as late each time.
const DELAY_MS_FIRST: u64 = 250;
const DELAY_MAX: Duration = Duration::from_secs(8);
/// From this many on nobody listens to the address for a while.
const MISSES_MAX: f64 = 10.0;
/// So many misses are forgotten a minute.
const FORGIVEN_A_MINUTE: f64 = 2.0;
/// Addresses remembered; the one that was quiet the longest is forgotten first.
const REMEMBERED_MAX: usize = 4_096;

#[derive(Default)]
pub struct Brake {
    callers: Mutex<BTreeMap<(Line, IpAddr), Caller>>,
    at_once: Mutex<BTreeMap<Line, usize>>,
}

struct Caller {
    /// Requests it may make now.
    room: f64,
    misses: f64,
    at_once: usize,
    last: Instant,
}

/// One request under way.
pub struct Admitted {
    brake: Arc<Brake>,
    of: (Line, IpAddr),
}

/// How long the caller should stay away.
#[derive(Debug, PartialEq, Eq)]
pub struct Busy {
    pub retry_after: Duration,
}

impl Brake {
    /// Lets a request in, or says when to come back.
    pub fn admit(
        self: &Arc<Self>,
        line: &Line,
        address: IpAddr,
        now: Instant,
    ) -> Result<Admitted, Busy> {
        let of = (line.clone(), one_caller(address));
        let mut callers = locked(&self.callers);
        forget_the_quiet(&mut callers);
        let caller = callers.entry(of.clone()).or_insert(Caller {
            room: BURST,
            misses: 0.0,
            at_once: 0,
            last: now,
        });
        caller.pass_time(now);
        if caller.misses >= MISSES_MAX {
            let minutes = (caller.misses - MISSES_MAX + 1.0) / FORGIVEN_A_MINUTE;
            return Err(Busy::for_s(minutes * 60.0));
        }
        if caller.room < 1.0 || caller.at_once >= AT_ONCE_OF_ADDRESS {
            return Err(Busy::for_s(1.0));
        }
        let mut at_once = locked(&self.at_once);
        let of_line = at_once.entry(line.clone()).or_default();
        if *of_line >= AT_ONCE_OF_LINE {
            return Err(Busy::for_s(1.0));
        }
        *of_line += 1;
        caller.at_once += 1;
        caller.room -= 1.0;
        let brake = Arc::clone(self);
        Ok(Admitted { brake, of })
    }
}

impl Caller {
    fn pass_time(&mut self, now: Instant) {
        let passed_s = now.saturating_duration_since(self.last).as_secs_f64();
        self.last = now;
        self.room = (self.room + passed_s * REQUESTS_A_SECOND).min(BURST);
        self.misses = (self.misses - passed_s / 60.0 * FORGIVEN_A_MINUTE).max(0.0);
    }
}

impl Admitted {
    /// It showed a wrong password. Answers how long its answer must wait.
    pub fn missed(&self, now: Instant) -> Duration {
        let mut callers = locked(&self.brake.callers);
        let Some(caller) = callers.get_mut(&self.of) else {
            return DELAY_MAX;
        };
        caller.pass_time(now);
        caller.misses += 1.0;
        let over = caller.misses - MISSES_FREE;
        if over <= 0.0 {
            return Duration::ZERO;
        }
        let doubled = (over.floor() as u32).min(16);
        Duration::from_millis(DELAY_MS_FIRST << doubled).min(DELAY_MAX)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        if let Some(caller) = locked(&self.brake.callers).get_mut(&self.of) {
            caller.at_once = caller.at_once.saturating_sub(1);
        }
        let mut at_once = locked(&self.brake.at_once);
        if let Some(of_line) = at_once.get_mut(&self.of.0) {
            *of_line = of_line.saturating_sub(1);
        }
    }
}

impl Busy {
    fn for_s(seconds: f64) -> Self {
        Self {
            retry_after: Duration::from_secs(seconds.ceil() as u64),
        }
    }
}

/// Whoever has one IPv6 address has all of its network.
pub fn one_caller(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = u128::from(address) & (u128::MAX << 64);
            IpAddr::V6(network.into())
        }
    }
}

fn forget_the_quiet(callers: &mut BTreeMap<(Line, IpAddr), Caller>) {
    if callers.len() < REMEMBERED_MAX {
        return;
    }
    let idle = callers.iter().filter(|(_, caller)| caller.at_once == 0);
    let quiet = idle.min_by_key(|(_, caller)| caller.last);
    if let Some(key) = quiet.map(|(key, _)| key.clone()) {
        callers.remove(&key);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ConnectionId, TenantId};

    fn line() -> Line {
        Line {
            tenant: TenantId::parse("demo").expect("an id"),
            connection: ConnectionId::parse("pad").expect("an id"),
        }
    }

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V6(std::net::Ipv6Addr::LOCALHOST);

    #[test]
    fn wrong_passwords_are_slowed_and_then_nobody_listens_for_a_while() {
        let (brake, start) = (Arc::new(Brake::default()), Instant::now());
        let mut delays = Vec::new();
        for _ in 0..10 {
            let admitted = brake.admit(&line(), HERE, start).expect("let in");
            delays.push(admitted.missed(start).as_millis());
        }
        assert_eq!(
            delays,
            [0, 0, 0, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]
        );
        let busy = brake.admit(&line(), HERE, start).err().expect("sent away");
        assert_eq!(busy.retry_after, Duration::from_secs(30));
        // Another address is not meant, and the one that waited is heard again.
        assert!(brake.admit(&line(), THERE, start).is_ok());
        let later = start + busy.retry_after;
        assert!(brake.admit(&line(), HERE, later).is_ok());
    }

    #[test]
    fn all_addresses_of_one_network_are_one_caller() {
        let (brake, start) = (Arc::new(Brake::default()), Instant::now());
        let address = |last: u16| IpAddr::from([0x2001, 0xdb8, 7, 7, 0, 0, 0, last]);
        for last in 0..10 {
            let admitted = brake.admit(&line(), address(last), start).expect("let in");
            admitted.missed(start);
        }
        assert!(brake.admit(&line(), address(99), start).is_err());
        let other = IpAddr::from([0x2001, 0xdb8, 7, 8, 0, 0, 0, 1]);
        assert!(brake.admit(&line(), other, start).is_ok());
    }

    #[test]
    fn so_many_at_once_and_so_many_a_second() {
        let (brake, start) = (Arc::new(Brake::default()), Instant::now());
        let held: Vec<_> = (0..AT_ONCE_OF_ADDRESS)
            .map(|_| brake.admit(&line(), HERE, start).expect("let in"))
            .collect();
        assert!(brake.admit(&line(), HERE, start).is_err());
        drop(held);
        for _ in AT_ONCE_OF_ADDRESS..BURST as usize {
            assert!(brake.admit(&line(), HERE, start).is_ok());
        }
        assert!(
            brake.admit(&line(), HERE, start).is_err(),
            "the burst is over"
        );
        assert!(
            brake
                .admit(&line(), HERE, start + Duration::from_secs(1))
                .is_ok()
        );
    }
}
