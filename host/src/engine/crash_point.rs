//! Named places where a test can kill the process: before and after every durable write and every
//! outgoing call of the engine.
//!
//! `LIAISON_CRASH_AT=NAME:N` kills at the N-th visit of that place, `NAME:*` at every visit; it works
//! only in a build with the feature `fault-injection`, which releases never have. Such a build also has
//! the hidden command `crash-points`, which prints the names, so that a suite visits every one and
//! fails when one is never reached.

/// Something that must be whole or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// A call to a connector.
    Changes,
    Read,
    Find,
    Write,
    /// A transaction of the store.
    RunBegins,
    Resolved,
    Adopted,
    Intents,
    Outcomes,
    Updating,
    Updated,
    WrittenBack,
    Parked,
    ReportIntent,
    ReportMade,
    ReportKnown,
    MarkerWritten,
    ReportFailed,
    Settled,
    Gone,
    Cursor,
    RunEnds,
}

impl Site {
    /// In the order a record passes them, as far as there is one.
    pub const ALL: [Self; 22] = [
        Self::RunBegins,
        Self::Resolved,
        Self::Changes,
        Self::Read,
        Self::Find,
        Self::Adopted,
        Self::Intents,
        Self::Write,
        Self::Outcomes,
        Self::Updating,
        Self::Updated,
        Self::WrittenBack,
        Self::Parked,
        Self::ReportIntent,
        Self::ReportMade,
        Self::ReportKnown,
        Self::MarkerWritten,
        Self::ReportFailed,
        Self::Settled,
        Self::Gone,
        Self::Cursor,
        Self::RunEnds,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Read => "read",
            Self::Find => "find",
            Self::Write => "write",
            Self::RunBegins => "run-begins",
            Self::Resolved => "resolved",
            Self::Adopted => "adopted",
            Self::Intents => "intents",
            Self::Outcomes => "outcomes",
            Self::Updating => "updating",
            Self::Updated => "updated",
            Self::WrittenBack => "written-back",
            Self::Parked => "parked",
            Self::ReportIntent => "report-intent",
            Self::ReportMade => "report-made",
            Self::ReportKnown => "report-known",
            Self::MarkerWritten => "marker-written",
            Self::ReportFailed => "report-failed",
            Self::Settled => "settled",
            Self::Gone => "gone",
            Self::Cursor => "cursor",
            Self::RunEnds => "run-ends",
        }
    }
}

/// The names of all places: `before-intents`, `after-intents` …
pub fn names() -> Vec<String> {
    let sites = Site::ALL.into_iter().map(Site::name);
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
