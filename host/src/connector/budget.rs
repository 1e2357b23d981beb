//! What a running call has used: memory, tables, processor time.
//!
//! Processor time is measured where it is spent. A guest runs only while the future of its call is
//! polled, so what the polling thread computes inside `poll` is its time; the time between two polls (the
//! vendor's answer, a sleep) is not, nor is what a busy machine makes it wait. The epoch tick looks at
//! that meter, on the same thread, and decides.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use cpu_time::ThreadTime;
use wasmtime::ResourceLimiter;

use super::limits::{CORE_INSTANCES_MAX, Limits, MEMORIES_MAX, TABLES_MAX};

/// Sums what all memories and tables of one store hold. wasmtime's own `StoreLimits` bounds each
/// of them, so two memories would get twice the limit.
#[derive(Debug)]
pub struct Budget {
    memory_bytes: usize,
    memory_bytes_max: usize,
    table_elements: usize,
    table_elements_max: usize,
    /// A growth that was refused: tells an out-of-memory trap from any other.
    pub refused: Option<&'static str>,
}

impl Budget {
    pub fn new(limits: &Limits) -> Self {
        Self {
            memory_bytes: 0,
            memory_bytes_max: limits.memory_bytes_max,
            table_elements: 0,
            table_elements_max: limits.table_elements_max,
            refused: None,
        }
    }

    /// The most linear memory the instance held; memories never shrink.
    pub fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }
}

impl ResourceLimiter for Budget {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self
            .memory_bytes
            .saturating_add(desired.saturating_sub(current));
        if total > self.memory_bytes_max {
            self.refused = Some("memory");
            return Ok(false);
        }
        self.memory_bytes = total;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self
            .table_elements
            .saturating_add(desired.saturating_sub(current));
        if total > self.table_elements_max {
            self.refused = Some("table elements");
            return Ok(false);
        }
        self.table_elements = total;
        Ok(true)
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES_MAX
    }

    fn memories(&self) -> usize {
        MEMORIES_MAX
    }

    fn tables(&self) -> usize {
        TABLES_MAX
    }
}

/// Microseconds of processor time a call has used, and when the current poll began.
#[derive(Debug)]
pub struct CpuMeter {
    used_us: AtomicU64,
    /// On the clock of the thread that polls; 0 while nobody does.
    poll_began_us: AtomicU64,
}

impl CpuMeter {
    pub fn start() -> Arc<Self> {
        Arc::new(Self {
            used_us: AtomicU64::new(0),
            poll_began_us: AtomicU64::new(0),
        })
    }

    /// What this thread has computed in its life.
    fn now_us() -> u64 {
        // At least 1, so that 0 can mean "not polled".
        u64::try_from(ThreadTime::now().as_duration().as_micros())
            .unwrap_or(u64::MAX)
            .max(1)
    }

    /// While a poll goes on, only its own thread can tell.
    pub fn used(&self) -> Duration {
        let began = self.poll_began_us.load(Ordering::Relaxed);
        let running = if began == 0 {
            0
        } else {
            Self::now_us().saturating_sub(began)
        };
        Duration::from_micros(self.used_us.load(Ordering::Relaxed) + running)
    }

    fn enter(&self) {
        self.poll_began_us.store(Self::now_us(), Ordering::Relaxed);
    }

    fn leave(&self) {
        let began = self.poll_began_us.swap(0, Ordering::Relaxed);
        self.used_us
            .fetch_add(Self::now_us().saturating_sub(began), Ordering::Relaxed);
    }
}

/// The processor budget is spent. Travels through wasmtime as an error and is found again by type.
#[derive(Debug, thiserror::Error)]
#[error("the call used its {} ms of processor time", .0.as_millis())]
pub struct OutOfCpu(pub Duration);

/// A future whose polls are metered, and whose panics end the call and not the process.
pub struct Metered<F> {
    inner: Pin<Box<F>>,
    meter: Arc<CpuMeter>,
}

impl<F: Future> Metered<F> {
    pub fn new(meter: Arc<CpuMeter>, inner: F) -> Self {
        Self {
            inner: Box::pin(inner),
            meter,
        }
    }
}

impl<F: Future> Future for Metered<F> {
    /// The error is what the panic said.
    type Output = Result<F::Output, String>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.meter.enter();
        // After a panic the store is dropped with this future and never entered again.
        let polled =
            std::panic::catch_unwind(AssertUnwindSafe(|| self.inner.as_mut().poll(context)));
        self.meter.leave();
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(panic) => Poll::Ready(Err(panic_words(panic.as_ref()))),
        }
    }
}

fn panic_words(panic: &(dyn std::any::Any + Send)) -> String {
    let words = panic
        .downcast_ref::<&str>()
        .map(|words| (*words).to_owned());
    words
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_are_summed() {
        let mut budget = Budget::new(&Limits {
            memory_bytes_max: 100,
            ..Limits::LEAN
        });
        assert!(budget.memory_growing(0, 60, None).unwrap());
        assert!(
            !budget.memory_growing(0, 60, None).unwrap(),
            "a second memory shares the limit"
        );
        assert_eq!(budget.refused, Some("memory"));
        assert!(budget.memory_growing(60, 100, None).unwrap());
        assert_eq!(budget.memory_bytes(), 100);
    }

    #[test]
    fn tables_are_summed() {
        let mut budget = Budget::new(&Limits {
            table_elements_max: 10,
            ..Limits::LEAN
        });
        assert!(budget.table_growing(0, 6, None).unwrap());
        assert!(!budget.table_growing(0, 5, None).unwrap());
        assert_eq!(budget.refused, Some("table elements"));
    }

    #[tokio::test]
    async fn waiting_is_not_processor_time() {
        let meter = CpuMeter::start();
        let call = async {
            tokio::time::sleep(Duration::from_millis(60)).await;
            // Stands for a guest that computes, on a machine that has no time for it.
            std::thread::sleep(Duration::from_millis(60));
            let began = ThreadTime::now();
            while began.elapsed() < Duration::from_millis(20) {}
        };
        Metered::new(Arc::clone(&meter), call).await.unwrap();
        assert!(meter.used() >= Duration::from_millis(20));
        assert!(
            meter.used() < Duration::from_millis(60),
            "{:?}",
            meter.used()
        );
    }

    #[tokio::test]
    async fn a_panic_ends_the_call_only() {
        let call = Metered::new(CpuMeter::start(), async { panic!("on purpose") });
        assert_eq!(call.await, Err("on purpose".to_owned()));
    }
}
