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

/// Until the child has ended; it is not waited for yet.
#[cfg(target_os = "linux")]
fn watch(child: &Child) -> (Option<Duration>, Option<u64>) {
    /// The high-water mark is the kernel's; it is only gone once the child is.
    const LOOK_EVERY: Duration = Duration::from_millis(5);
    /// Of `/proc`, on every machine that Rust has a standard library for.
    const TICKS_PER_S: u64 = 100;

    let file = |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", child.id()));
    let mut peak_bytes = None;
    loop {
        let Ok(stat) = file("stat") else {
            return (None, peak_bytes);
        };
        // The name in parentheses may hold anything; what follows it are plain fields.
        let fields: Vec<&str> = stat
            .rsplit_once(") ")
            .map(|(_, rest)| rest.split(' ').collect())
            .unwrap_or_default();
        if fields.first() == Some(&"Z") {
            let ticks: u64 = fields[11..13].iter().flat_map(|t| t.parse::<u64>()).sum();
            let processor = Duration::from_millis(ticks * 1_000 / TICKS_PER_S);
            return (Some(processor), peak_bytes);
        }
        let kilobytes = file("status").ok().and_then(|status| {
            let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        });
        peak_bytes = kilobytes.map(|kilobytes| kilobytes << 10).or(peak_bytes);
        std::thread::sleep(LOOK_EVERY);
    }
}

#[cfg(not(target_os = "linux"))]
fn watch(_child: &Child) -> (Option<Duration>, Option<u64>) {
    (None, None)
}
