//! When sessions run: at each poll's interval on a thread of its own, or at once when told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::poll::Poll;
use super::session;
use super::transcript::Transcript;
use crate::quickbooks_desktop::Site;
use crate::shell::lock;

/// How exactly intervals are kept.
const TICK: Duration = Duration::from_millis(5);

/// Runs one session now, after the one that may be running.
pub fn run_now(site: &Site, poll: usize) -> Result<Transcript, String> {
    let _alone = lock(&site.one_session);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|e| e.to_string())?;
    let chosen = lock(&site.connector).polls.get(poll).cloned();
    let chosen = chosen.ok_or_else(|| format!("no poll {poll}"))?;
    let transcript = runtime.block_on(session::run(site, &chosen));
    // The runtime's clean-up must not wait for a connection that hangs.
    runtime.shutdown_background();
    let mut connector = lock(&site.connector);
    let same = |poll: &&mut Poll| poll.url == chosen.url && poll.username == chosen.username;
    if let Some(poll) = connector.polls.get_mut(poll).filter(same) {
        if let Some(seconds) = transcript.least {
            poll.least_ms = seconds * poll.second_ms;
        }
        let pause = match transcript.postpone {
            Some(seconds) => seconds * poll.second_ms,
            None => poll.interval_ms().unwrap_or_default(),
        };
        poll.due_at = site.now() + i64::try_from(pause).unwrap_or(i64::MAX / 2);
    }
    connector.keep(transcript.clone());
    Ok(transcript)
}

/// The thread that keeps the intervals; dropping it waits for the thread's end.
pub struct Timer {
    is_stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Timer {
    pub fn start(site: &Arc<Site>) -> Result<Self, String> {
        let is_stopping = Arc::clone(&site.is_stopping);
        let site = Arc::clone(site);
        let thread = std::thread::Builder::new()
            .name("web-connector".to_owned())
            .spawn(move || {
                while !site.is_stopping.load(Ordering::Relaxed) {
                    match due(&site) {
                        // What a session could not do is in its transcript.
                        Some(poll) => drop(run_now(&site, poll)),
                        None => std::thread::sleep(TICK),
                    }
                }
            })
            .map_err(|e| e.to_string())?;
        Ok(Self {
            is_stopping,
            thread: Some(thread),
        })
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.is_stopping.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn due(site: &Site) -> Option<usize> {
    let now = site.now();
    let connector = lock(&site.connector);
    let mut polls = connector.polls.iter();
    polls.position(|poll| poll.every_ms.is_some() && poll.due_at <= now)
}
