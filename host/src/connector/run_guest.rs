//! Runs one call of a guest in a store of its own, and says how it ended.
//!
//! Invariant: a store serves one call. After a trap or a time-out wasmtime forbids its further use, and
//! after a good call it holds what one tenant's data left in linear memory.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::{Store, Trap, UpdateDeadline, WasmBacktrace};

use super::budget::{CpuMeter, Metered, OutOfCpu};
use super::guest::{Guest, GuestPre};
use super::guest_host::{Broken, GuestHost};
use super::host_calls::GuestState;
use super::limits::{COPIED_BYTES_MAX, HANDLES_MAX, Limits, WALL_EXTENSION_MAX};
use super::marks::Marks;
use crate::model::Text;
use crate::model::text::words;

/// Frames of a backtrace that a person still reads.
const BACKTRACE_LINES_MAX: usize = 24;

/// What the caller does with the instance.
pub type Action<R> = Box<
    dyn for<'a> FnOnce(
            &'a mut Store<GuestState>,
            &'a Guest,
        ) -> Pin<Box<dyn Future<Output = wasmtime::Result<R>> + Send + 'a>>
        + Send,
>;

/// How a call ended that did not end well.
#[derive(Debug)]
pub enum GuestEnd {
    Trapped {
        reason: String,
        last_words: Option<String>,
        backtrace: Option<String>,
    },
    OutOfCpu(Duration),
    OutOfTime(Duration),
    /// The system must call first; the call is made again then.
    Waits,
    /// Something of ours did not answer.
    HostFailed(String),
    /// Ours or wasmtime's, in a host function.
    HostPanicked(String),
}

impl GuestEnd {
    /// What a person reads. What the guest said last is its author's, and stays as it is.
    pub fn text(&self) -> Text {
        match self {
            Self::Trapped {
                reason,
                last_words,
                backtrace,
            } => {
                let said = match last_words {
                    None => Text::plain(reason.as_str()),
                    Some(said) => words!(
                        "connector-last-words",
                        "{reason}; its last words: {said}",
                        reason = reason,
                        said = said
                    ),
                };
                match backtrace {
                    None => said,
                    Some(backtrace) => words!(
                        "connector-backtrace",
                        "{said}\n{backtrace}",
                        backtrace = backtrace;
                        said = said
                    ),
                }
            }
            Self::OutOfCpu(most) => words!(
                "connector-out-of-cpu",
                "it used its {ms} ms of processor time",
                ms = most.as_millis()
            ),
            Self::OutOfTime(most) => words!(
                "connector-out-of-time",
                "it took longer than {ms} ms",
                ms = most.as_millis()
            ),
            Self::Waits => words!("connector-waits", "it waits for the system's next call"),
            Self::HostFailed(what) => words!(
                "connector-host-failed",
                "the host could not serve it: {what}",
                what = what
            ),
            Self::HostPanicked(what) => words!(
                "connector-host-panicked",
                "the host panicked while serving it: {what}",
                what = what
            ),
        }
    }
}

impl fmt::Display for GuestEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().fallback)
    }
}

pub async fn run_guest<R: Send + 'static>(
    guest: &GuestPre,
    host: Arc<dyn GuestHost>,
    marks: &Marks,
    limits: &Limits,
    action: Action<R>,
) -> Result<R, GuestEnd> {
    let meter = CpuMeter::start();
    let store = store(guest, host, limits, Arc::clone(&meter));
    let guest = guest.clone();
    let call = Metered::new(meter, async move {
        let mut store = store;
        let instance = guest.instantiate(&mut store).await;
        let result = match instance {
            Ok(instance) => action(&mut store, &instance).await,
            Err(error) => Err(error),
        };
        result.map_err(|error| (error, store.data().budget.refused))
    });
    let ended = within_wall_time(call, marks, limits.wall_max).await;
    match ended {
        None => Err(GuestEnd::OutOfTime(limits.wall_max)),
        Some(Err(panic)) => Err(GuestEnd::HostPanicked(panic)),
        Some(Ok(Err((error, refused)))) => Err(end_of(&error, refused, marks)),
        Some(Ok(Ok(result))) => Ok(result),
    }
}

fn store(
    guest: &GuestPre,
    host: Arc<dyn GuestHost>,
    limits: &Limits,
    meter: Arc<CpuMeter>,
) -> Store<GuestState> {
    let cpu_max = limits.cpu_max;
    let mut store = Store::new(guest.engine(), GuestState::new(host, limits));
    store.limiter(|state| &mut state.budget);
    store.set_hostcall_fuel(COPIED_BYTES_MAX);
    store.set_max_component_handles(HANDLES_MAX);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| {
        if meter.used() > cpu_max {
            return Err(wasmtime::Error::new(OutOfCpu(cpu_max)));
        }
        Ok(UpdateDeadline::Yield(1))
    });
    store
}

/// None when the time is up; then the call and its store are gone. Time at our own gate is added, and
/// all of the time at the relay, which has an end of its own.
async fn within_wall_time<F: Future>(
    call: F,
    marks: &Marks,
    wall_max: Duration,
) -> Option<F::Output> {
    let started = Instant::now();
    let mut call = std::pin::pin!(call);
    loop {
        let allowed = wall_max + marks.waited().min(WALL_EXTENSION_MAX) + marks.parked();
        let left = allowed.saturating_sub(started.elapsed());
        if left.is_zero() {
            return None;
        }
        if let Ok(output) = tokio::time::timeout(left, &mut call).await {
            return Some(output);
        }
    }
}

fn end_of(error: &wasmtime::Error, refused: Option<&'static str>, marks: &Marks) -> GuestEnd {
    if let Some(OutOfCpu(most)) = error.downcast_ref::<OutOfCpu>() {
        return GuestEnd::OutOfCpu(*most);
    }
    let mut reason = match error.downcast_ref::<Broken>() {
        Some(Broken::Host(words)) => return GuestEnd::HostFailed(words.clone()),
        Some(Broken::Waits) => return GuestEnd::Waits,
        Some(Broken::Guest(words)) => words.clone(),
        None => match error.downcast_ref::<Trap>() {
            Some(trap) => trap.to_string(),
            None => error.root_cause().to_string(),
        },
    };
    if let Some(what) = refused {
        reason = format!("{reason} (it had asked for more {what} than it gets)");
    }
    let backtrace = error.downcast_ref::<WasmBacktrace>().map(|backtrace| {
        backtrace
            .to_string()
            .lines()
            .take(BACKTRACE_LINES_MAX)
            .collect::<Vec<_>>()
            .join("\n")
    });
    GuestEnd::Trapped {
        reason,
        last_words: marks.last_words(),
        backtrace,
    }
}
