//! What a call leaves behind while it runs: did anything leave, is it waiting at our own gate, what
//! was denied. Read when the call ends in a way that tells nothing by itself.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::model::Text;

#[derive(Debug, Default)]
pub struct Marks {
    left: AtomicBool,
    /// Requests between "about to leave" and "we know".
    in_flight: AtomicUsize,
    waited: Mutex<Waited>,
    /// At the relay.
    parked: Mutex<Waited>,
    /// Passwords that were presented from outside and were not the one.
    misses: AtomicUsize,
    /// The last request that was denied, in words for a person.
    denial: Mutex<Option<Text>>,
    /// The last line the guest logged as an error: its panic message, when it trapped.
    last_words: Mutex<Option<String>>,
    /// The name under which the call was kept.
    tape: Mutex<Option<String>>,
}

#[derive(Debug, Default)]
struct Waited {
    done: Duration,
    since: Vec<Instant>,
}

impl Waited {
    fn total(&self) -> Duration {
        let first = self.since.iter().min();
        self.done + first.map_or(Duration::ZERO, Instant::elapsed)
    }
}

impl Marks {
    /// Whether some request of this call may have been carried out.
    pub fn may_have_left(&self) -> bool {
        self.left.load(Ordering::SeqCst) || self.in_flight.load(Ordering::SeqCst) > 0
    }

    /// A request is about to leave. Dropped without [`Leaving::stayed`], it counts as one that left: so
    /// does a call that is cut off in the middle.
    pub fn leaving(&self) -> Leaving<'_> {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
        Leaving {
            marks: self,
            stayed: false,
        }
    }

    /// Time spent at our own gate, which does not count against the call.
    pub fn waited(&self) -> Duration {
        lock(&self.waited).total()
    }

    pub fn waiting(&self) -> Waiting<'_> {
        Waiting::begin(&self.waited)
    }

    /// Time spent on a system that must call first: the call's deadlines stand still.
    pub fn parked(&self) -> Duration {
        lock(&self.parked).total()
    }

    pub fn parking(&self) -> Waiting<'_> {
        Waiting::begin(&self.parked)
    }

    pub fn missed(&self) {
        self.misses.fetch_add(1, Ordering::SeqCst);
    }

    pub fn misses(&self) -> usize {
        self.misses.load(Ordering::SeqCst)
    }

    pub fn denied(&self, reason: Text) {
        *lock(&self.denial) = Some(reason);
    }

    pub fn denial(&self) -> Option<Text> {
        lock(&self.denial).clone()
    }

    pub fn kept_as(&self, tape: Option<String>) {
        *lock(&self.tape) = tape;
    }

    pub fn tape(&self) -> Option<String> {
        lock(&self.tape).clone()
    }

    pub fn said(&self, words: &str) {
        *lock(&self.last_words) = Some(words.to_owned());
    }

    pub fn last_words(&self) -> Option<String> {
        lock(&self.last_words).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it holds a mark")
}

pub struct Leaving<'a> {
    marks: &'a Marks,
    stayed: bool,
}

impl Leaving<'_> {
    /// The request surely never left.
    pub fn stayed(mut self) {
        self.stayed = true;
    }
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        // First the lasting mark, then the passing one: no moment between shows neither.
        if !self.stayed {
            self.marks.left.store(true, Ordering::SeqCst);
        }
        self.marks.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

pub struct Waiting<'a> {
    on: &'a Mutex<Waited>,
    since: Instant,
}

impl<'a> Waiting<'a> {
    fn begin(on: &'a Mutex<Waited>) -> Self {
        let since = Instant::now();
        lock(on).since.push(since);
        Self { on, since }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut waited = lock(self.on);
        if let Some(at) = waited.since.iter().position(|since| *since == self.since) {
            waited.since.swap_remove(at);
            // Waits that overlap count once, from the first to the last.
            if waited.since.is_empty() {
                waited.done += self.since.elapsed();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_stayed_leaves_no_mark_and_takes_none_back() {
        let marks = Marks::default();
        let first = marks.leaving();
        assert!(marks.may_have_left(), "cut off now, it may have left");
        drop(marks.leaving()); // a second one left meanwhile
        first.stayed();
        assert!(marks.may_have_left());

        let marks = Marks::default();
        marks.leaving().stayed();
        assert!(!marks.may_have_left());
    }

    #[test]
    fn time_at_the_relay_is_told_apart_from_time_at_the_gate() {
        let marks = Marks::default();
        let parked = marks.parking();
        std::thread::sleep(Duration::from_millis(5));
        drop(parked);
        assert!(marks.parked() >= Duration::from_millis(5));
        assert_eq!(marks.waited(), Duration::ZERO);
        assert_eq!(marks.misses(), 0);
        marks.missed();
        assert_eq!(marks.misses(), 1);
    }
}
