//! A child process with what it used: time on the wall, processor time, memory at its peak.
//!
//! Read from `/proc` while the child runs and once more between its end and our wait, so that nothing
//! of its own children or of this process is in it. Elsewhere than on Linux only the wall is measured.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub struct Used {
    pub wall: Duration,
    pub processor: Option<Duration>,
    pub peak_bytes: Option<u64>,
    pub exit: i32,
    pub out: String,
    pub err: String,
}

pub fn run(command: &mut Command) -> Used {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let out = collect(child.stdout.take());
    let err = collect(child.stderr.take());
    let (processor, peak_bytes) = watch(&child);
    let status = child.wait().expect("the child can be waited for");
    let wall = started.elapsed();
    Used {
        wall,
        processor,
        peak_bytes,
        exit: status.code().unwrap_or(-1),
        out: out.join().expect("the reader does not panic"),
        err: err.join().expect("the reader does not panic"),
    }
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    let mut pipe = pipe.expect("it was asked for");
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What the child said before its pipe broke is as good as all.
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// What a process has used so far. Measured on Linux only.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    pub processor: Option<Duration>,
    pub peak_bytes: Option<u64>,
}

impl Spent {
    pub fn of_this() -> Self {
        Self::of(std::process::id())
    }

    pub fn since(self, before: &Self) -> Self {
        let processor = self.processor.zip(before.processor);
        Self {
            processor: processor.map(|(now, before)| now.saturating_sub(before)),
            ..self
        }
    }

    #[cfg(target_os = "linux")]
    pub fn of(process: u32) -> Self {
        let file = |name: &str| std::fs::read_to_string(format!("/proc/{process}/{name}")).ok();
        Self {
            processor: file("stat").map(|stat| processor_of(&fields(&stat))),
            peak_bytes: file("status").and_then(|status| peak_bytes_of(&status)),
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub fn of(_process: u32) -> Self {
        Self::default()
    }
}

/// Of `/proc/PID/stat`. The name in parentheses may hold anything; what follows it are plain fields.
#[cfg(target_os = "linux")]
fn fields(stat: &str) -> Vec<&str> {
    stat.rsplit_once(") ")
        .map(|(_, rest)| rest.split(' ').collect())
        .unwrap_or_default()
}

#[cfg(target_os = "linux")]
fn processor_of(fields: &[&str]) -> Duration {
    /// Of `/proc`, on every machine that Rust has a standard library for.
    const TICKS_PER_S: u64 = 100;
    let ticks = fields.get(11..13).into_iter().flatten();
    let ticks: u64 = ticks.flat_map(|ticks| ticks.parse::<u64>()).sum();
    Duration::from_millis(ticks * 1_000 / TICKS_PER_S)
}

#[cfg(target_os = "linux")]
fn peak_bytes_of(status: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes = line.split_whitespace().nth(1)?.parse::<u64>().ok()?;
    Some(kilobytes << 10)
}

/// Until the child has ended; it is not waited for yet.
#[cfg(target_os = "linux")]
fn watch(child: &Child) -> (Option<Duration>, Option<u64>) {
    /// The high-water mark is the kernel's; it is only gone once the child is.
    const LOOK_EVERY: Duration = Duration::from_millis(5);
    let file = |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", child.id()));
    let mut peak_bytes = None;
    loop {
        let Ok(stat) = file("stat") else {
            return (None, peak_bytes);
        };
        let fields = fields(&stat);
        if fields.first() == Some(&"Z") {
            return (Some(processor_of(&fields)), peak_bytes);
        }
        let peak = file("status")
            .ok()
            .and_then(|status| peak_bytes_of(&status));
        peak_bytes = peak.or(peak_bytes);
        std::thread::sleep(LOOK_EVERY);
    }
}

#[cfg(not(target_os = "linux"))]
fn watch(_child: &Child) -> (Option<Duration>, Option<u64>) {
    (None, None)
}
