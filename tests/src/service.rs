//! A running `liaison serve` in a test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use crate::{Lab, program};

/// Longer than any state takes to come.
const STATE_MAX: Duration = Duration::from_secs(60);

pub struct Service {
    child: Child,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    log: Option<std::thread::JoinHandle<String>>,
}

impl Service {
    /// Starts one on a free port and waits until it serves.
    pub fn start(lab: &Lab, environment: &[(&str, &str)]) -> Self {
        let started = Self::start_and_hear(&program(), lab, environment, false);
        started.expect("nobody else has the store")
    }

    /// The same of another file than the one that was built.
    pub fn start_of(program: &Path, lab: &Lab) -> Self {
        let started = Self::start_and_hear(program, lab, &[], false);
        started.expect("nobody else has the store")
    }

    /// Starts one that systems can call as well: see `free_address`. A command that found no service may have the
    /// store for a moment still.
    pub fn start_called(lab: &Lab, environment: &[(&str, &str)]) -> Self {
        until("a service that has the store", || {
            Self::start_and_hear(&program(), lab, environment, true)
        })
    }

    /// None while another process has the store.
    fn start_and_hear(
        program: &Path,
        lab: &Lab,
        environment: &[(&str, &str)],
        is_called: bool,
    ) -> Option<Self> {
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("LIAISON_HOME", lab.home())
            .env_remove("LIAISON_LANG")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("target/debug/liaison is built by `cargo xtask test`");
        let mut lines = BufReader::new(child.stderr.take().expect("it was asked for"));
        let mut first = String::new();
        lines.read_line(&mut first).expect("the service speaks");
        if first.contains("has the store at") {
            child.wait().expect("it can be waited for");
            return None;
        }
        let url = first
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .unwrap_or_else(|| panic!("no address in: {first}"));
        let url = url.trim_end_matches(';').to_owned();
        while is_called && !first.contains("/in/TENANT/CONNECTION") {
            let read = lines.read_line(&mut first).expect("the service speaks");
            assert!(read > 0, "the service ended: {first}");
        }
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            // What is no text is no sentence of ours.
            while matches!(lines.read_line(&mut log), Ok(bytes) if bytes > 0) {}
            log
        });
        Some(Self {
            child,
            url,
            log: Some(log),
        })
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    pub fn has_died(&mut self) -> bool {
        self.child.try_wait().expect("it can be asked").is_some()
    }

    pub fn kill(mut self) {
        self.die();
    }

    /// One that has ended cannot be killed, and need not.
    pub fn die(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// As a service manager ends it; answers its exit code and what it said.
    #[cfg(unix)]
    pub fn stop(mut self) -> (Option<i32>, String) {
        let process = self.process().to_string();
        let sent = Command::new("kill").args(["-TERM", &process]).status();
        assert!(sent.expect("kill can be run").success());
        let ended = self.child.wait().expect("it can be waited for");
        let log = self.log.take().expect("it is taken once");
        (ended.code(), log.join().expect("the reader does not panic"))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.die();
    }
}

/// One plain request to a service: status and body.
pub fn ask(url: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    ask_as(url, url.trim_start_matches("http://"), method, path, body)
}

/// The same, to the name that a browser was given for it.
pub fn ask_as(url: &str, name: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("the service listens");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {name}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream
        .write_all(request.as_bytes())
        .expect("it can be asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head
        .split_whitespace()
        .nth(1)
        .and_then(|word| word.parse().ok());
    (status.expect("a status"), body.to_owned())
}

/// Waits until something is so.
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < STATE_MAX, "{what} did not come to pass");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An address that stays free until the service takes it: below the ports that systems hand out by themselves, since
/// every other test asks for those all the time, and each number once.
pub fn free_address() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let of_this_process = 20_000 + (std::process::id() % 100) as u16 * 100;
    (0..100)
        .map(|_| {
            let port = of_this_process + NEXT.fetch_add(1, Ordering::Relaxed) % 100;
            format!("127.0.0.1:{port}")
        })
        .find(|address| std::net::TcpListener::bind(address).is_ok())
        .expect("one of a hundred ports is free")
}
