//! Named places where a test can kill the process.
//!
//! `LIAISON_CRASH_AT=name:n` aborts at the n-th visit of that place; it works only in a build with
//! the feature `fault-injection`, which releases never have. The list is public so that the crash
//! suite visits every one and fails on a name it does not know.

/// Every crash point, in the order a record passes them.
pub const NAMES: [&str; 10] = [
    "page-read",
    "before-intents",
    "after-intents",
    "after-write",
    "after-links",
    "before-write-back",
    "after-write-back",
    "after-report",
    "before-page",
    "after-page",
];

/// Passes the named place, or dies there when a test asked for it.
#[cfg(feature = "fault-injection")]
pub fn pass(name: &'static str) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static VISITS: AtomicU64 = AtomicU64::new(0);
    debug_assert!(
        NAMES.contains(&name),
        "crash point {name} is not in the list"
    );
    let Ok(wanted) = std::env::var("LIAISON_CRASH_AT") else {
        return;
    };
    let (wanted_name, nth) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if wanted_name != name {
        return;
    }
    let visit = VISITS.fetch_add(1, Ordering::SeqCst) + 1;
    if nth.parse() == Ok(visit) {
        eprintln!("crash point {name}:{visit}");
        std::process::abort();
    }
}

#[cfg(not(feature = "fault-injection"))]
#[inline]
pub fn pass(_name: &'static str) {}
