//! Named places where a test can kill the process: before and after every durable write and every
//! outgoing call of the engine.
//!
//! `LIAISON_CRASH_AT=NAME:N` kills at the N-th visit of that place, `NAME:*` at every visit; it works
//! only in a build with the feature `fault-injection`, which releases never have. Such a build also has
//! the hidden command `crash-points`, which prints the names, so that a suite visits every one and
//! fails when one is never reached.

/// One row a site: its variant and its name, in the order a record passes them, as far as there is one.
macro_rules! sites {
    ($($(#[$about:meta])* $site:ident = $name:literal,)*) => {
        /// Something that must be whole or not at all.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Site { $($(#[$about])* $site,)* }

        impl Site {
            pub const ALL: &[Self] = &[$(Self::$site,)*];

            fn name(self) -> &'static str {
                match self { $(Self::$site => $name,)* }
            }
        }
    };
}

sites! {
    /// The leases of a run.
    Claims = "claims",
    Renewals = "renewals",
    RunBegins = "run-begins",
    Resolved = "resolved",
    /// A call to a connector, as are the next two and `Write`; the others are transactions of the store.
    Changes = "changes",
    Read = "read",
    Find = "find",
    Adopted = "adopted",
    Intents = "intents",
    Write = "write",
    Outcomes = "outcomes",
    Updating = "updating",
    Updated = "updated",
    WrittenBack = "written-back",
    Parked = "parked",
    ReportIntent = "report-intent",
    ReportMade = "report-made",
    ReportKnown = "report-known",
    MarkerWritten = "marker-written",
    ReportFailed = "report-failed",
    Settled = "settled",
    Gone = "gone",
    Cursor = "cursor",
    RunEnds = "run-ends",
    Releases = "releases",
    /// What a connector keeps between calls. What it notes on the way of one operation has no place of
    /// its own: it is written inside a `write` call.
    Memory = "memory",
    /// What waits for a system that calls us: stored, given out, sealed, answered, put back, forgotten.
    RelayParcels = "relay-parcels",
    RelayTaken = "relay-taken",
    RelaySealed = "relay-sealed",
    RelayAnswered = "relay-answered",
    RelayPutBack = "relay-put-back",
    RelayForgotten = "relay-forgotten",
}

/// The names of all places: `before-intents`, `after-intents` …
pub fn names() -> Vec<String> {
    let sites = Site::ALL.iter().map(|site| site.name());
    sites
        .flat_map(|site| [format!("before-{site}"), format!("after-{site}")])
        .collect()
}

/// Passes the place before a site, or dies there when a test asked for it.
pub fn before(site: Site) {
    pass("before", site);
}

/// Passes the place after a site.
pub fn after(site: Site) {
    pass("after", site);
}

#[cfg(feature = "fault-injection")]
fn pass(when: &str, site: Site) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static VISITS: AtomicU64 = AtomicU64::new(0);
    let Ok(wanted) = std::env::var("LIAISON_CRASH_AT") else {
        return;
    };
    let (name, nth) = wanted.split_once(':').unwrap_or((&wanted, "1"));
    if name
        .strip_prefix(when)
        .and_then(|rest| rest.strip_prefix('-'))
        != Some(site.name())
    {
        return;
    }
    let visit = VISITS.fetch_add(1, Ordering::SeqCst) + 1;
    if nth == "*" || nth.parse() == Ok(visit) {
        eprintln!("crash point {name}, visit {visit}");
        die();
    }
}

#[cfg(not(feature = "fault-injection"))]
fn pass(_when: &str, _site: Site) {}

/// Without a last word, as `kill -9` or a power cut would have it.
#[cfg(all(feature = "fault-injection", unix))]
fn die() -> ! {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    // The signal may take a moment to arrive.
    std::process::abort()
}

#[cfg(all(feature = "fault-injection", not(unix)))]
fn die() -> ! {
    std::process::abort()
}
