//! What the host uses and what the neighbours feel, while somebody misbehaves.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use liaison::connector::Connector;

/// How often memory is looked at: a hoard takes a millisecond a megabyte and more.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// What the good connector is asked for.
const RECORDS: u32 = 20;

/// The most memory this process had since it was asked last.
pub struct MemoryWatch {
    peak_bytes: Arc<AtomicU64>,
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl MemoryWatch {
    pub fn start() -> Self {
        let peak_bytes = Arc::new(AtomicU64::new(0));
        let done = Arc::new(AtomicBool::new(false));
        let (peak, end) = (Arc::clone(&peak_bytes), Arc::clone(&done));
        let thread = std::thread::spawn(move || {
            while !end.load(Ordering::Relaxed) {
                if let Some(bytes) = resident_bytes() {
                    peak.fetch_max(bytes, Ordering::Relaxed);
                }
                std::thread::sleep(LOOK_EVERY);
            }
        });
        Self {
            peak_bytes,
            done,
            thread: Some(thread),
        }
    }

    pub fn forget(&self) {
        self.peak_bytes.store(0, Ordering::Relaxed);
    }

    pub fn peak_bytes(&self) -> u64 {
        let now = resident_bytes().unwrap_or(0);
        self.peak_bytes.load(Ordering::Relaxed).max(now)
    }
}

impl Drop for MemoryWatch {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// None where the system does not tell.
#[cfg(target_os = "linux")]
pub fn resident_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    // The page size of every Linux we build for, but large-page kernels of ARM.
    Some(pages * 4096)
}

#[cfg(not(target_os = "linux"))]
pub fn resident_bytes() -> Option<u64> {
    None
}

/// A flow of somebody else, in the same process: one page after the other, as fast as it gets them.
pub struct Neighbour {
    took: Arc<Mutex<Vec<(Instant, Duration)>>>,
    failed: Arc<Mutex<Option<String>>>,
    done: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl Neighbour {
    pub fn start(connector: Arc<dyn Connector>) -> Self {
        let took = Arc::new(Mutex::new(Vec::new()));
        let failed = Arc::new(Mutex::new(None));
        let done = Arc::new(AtomicBool::new(false));
        let (times, words, end) = (Arc::clone(&took), Arc::clone(&failed), Arc::clone(&done));
        let task = tokio::spawn(async move {
            while !end.load(Ordering::Relaxed) {
                let begun = Instant::now();
                match connector.changes("customer", None, &[], RECORDS).await {
                    Ok(page) if !page.entries.is_empty() => {}
                    Ok(_) => *words.lock().expect("nobody panics") = Some("no records".to_owned()),
                    Err(fault) => *words.lock().expect("nobody panics") = Some(fault.to_string()),
                }
                let mut times = times.lock().expect("nobody panics");
                times.push((begun, begun.elapsed()));
            }
        });
        Self {
            took,
            failed,
            done,
            task,
        }
    }

    /// Why a call failed, if one has since this was asked last.
    pub fn failure(&self) -> Option<String> {
        self.failed.lock().expect("nobody panics").take()
    }

    /// How long calls took that began at or after this moment, sorted.
    pub fn since(&self, moment: Instant) -> Vec<Duration> {
        let took = self.took.lock().expect("nobody panics");
        let mut took: Vec<Duration> = took
            .iter()
            .filter(|(begun, _)| *begun >= moment)
            .map(|(_, took)| *took)
            .collect();
        took.sort();
        took
    }

    pub fn forget(&self) {
        self.took.lock().expect("nobody panics").clear();
    }

    /// Ends with its last call: threads that go away under a call make it panic.
    pub async fn stop(self) -> Result<(), String> {
        self.done.store(true, Ordering::Relaxed);
        self.task.await.map_err(|error| error.to_string())
    }
}

/// The 95th of a hundred; zero of none.
pub fn p95(sorted: &[Duration]) -> Duration {
    let at = (sorted.len() * 95 / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}
