//! A simulated business system as a child process, and the little HTTP needed to steer it.
//!
//! Speaks only to loopback, to simulators it started, with bodies it wrote itself: thirty lines of
//! HTTP/1.1 suffice and save a dependency. Never a way to reach anything else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

const ANSWER_S_MAX: u64 = 10;

/// Ends with this value.
pub struct Simulator {
    /// `127.0.0.1:PORT`
    pub address: String,
    child: Child,
}

impl Simulator {
    /// Starts `liaison-sim VENDOR` on a free port and waits until it answers.
    pub fn start(program: &Path, vendor: &str, seed: &Path) -> Result<Self> {
        let mut child = Command::new(program)
            .args([vendor, "--listen", "127.0.0.1:0", "--seed"])
            .arg(seed)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("could not start {}", program.display()))?;
        let mut line = String::new();
        let mut output =
            BufReader::new(child.stdout.take().context("the simulator has no output")?);
        output.read_line(&mut line)?;
        let mut simulator = Self {
            address: String::new(),
            child,
        };
        let url = line.trim().strip_prefix("listening on ");
        let url = url.with_context(|| {
            format!(
                "the {vendor} simulator did not start: it said `{}`",
                line.trim()
            )
        })?;
        simulator.address = url
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        Ok(simulator)
    }

    /// Sends JSON to one of its `/_sim/` paths and returns the answer's body.
    pub fn post(&self, path: &str, body: &str) -> Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(ANSWER_S_MAX)))?;
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .context("the simulator's answer has no body")?;
        let status = head.split_whitespace().nth(1).unwrap_or_default();
        ensure!(
            status.starts_with('2'),
            "the simulator answered {status} to POST {path}: {body}"
        );
        Ok(body.to_owned())
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It may have ended by itself, which is what we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
