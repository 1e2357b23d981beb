//! Simulated systems as child processes, and the little HTTP by which they are steered.
//!
//! Invariant: speaks to loopback only, to processes that it started.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::control::{Blame, ControlError};
use crate::model::Text;
use crate::model::text::words;

const PROGRAM: &str = "liaison-sim";
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// The program that simulates, and what it can.
pub struct Simulators {
    program: PathBuf,
    vendors: Vec<String>,
}

/// What a connection to a simulator needs; `{url}` stands for its address.
pub struct Access {
    pub settings: Map<String, Value>,
    pub secrets: Map<String, Value>,
}

impl Simulators {
    /// The program named, else the one beside this program, else the one in the path.
    pub async fn find(named: Option<PathBuf>) -> Result<Self, ControlError> {
        let name = format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
        let beside = || {
            let me = std::env::current_exe().ok()?;
            Some(me.parent()?.join(&name)).filter(|path| path.is_file())
        };
        let program = named
            .or_else(beside)
            .unwrap_or_else(|| PathBuf::from(&name));
        let listed = said(Command::new(&program).arg("--list")).await;
        let Ok(listed) = listed else {
            let path = program.display().to_string();
            let english = format!("`{path}` does not run");
            return Err(ControlError::command("no-simulator", vec![("path", path)], english)
                .hint(
                    "simulator",
                    vec![],
                    "put liaison-sim beside liaison, or name it with --simulator; it is built with \
                     `cargo build --release -p liaison-simulators`",
                )
                .cause(Text::plain(listed.err().unwrap_or_default())));
        };
        let vendors = listed.lines().map(str::to_owned).collect();
        Ok(Self { program, vendors })
    }

    pub fn vendors(&self) -> String {
        self.vendors.join(", ")
    }

    /// None where there is no simulator for this connector.
    pub async fn access(&self, connector: &str) -> Result<Option<Access>, ControlError> {
        if !self.vendors.iter().any(|vendor| vendor == connector) {
            return Ok(None);
        }
        let mut command = Command::new(&self.program);
        let text = said(command.args([connector, "--print-connection"]))
            .await
            .map_err(|cause| failed(connector, cause))?;
        let read: Value =
            serde_json::from_str(&text).map_err(|cause| failed(connector, cause.to_string()))?;
        let part = |name: &str| read[name].as_object().cloned().unwrap_or_default();
        Ok(Some(Access {
            settings: part("settings"),
            secrets: part("secrets"),
        }))
    }

    /// Starts one, with the person's records where there are some for it.
    pub async fn start(
        &self,
        connector: &str,
        data: Option<&Path>,
    ) -> Result<Simulator, ControlError> {
        let mut command = Command::new(&self.program);
        // It ends with its input, so also when we are killed.
        command.args([connector, "--listen", "127.0.0.1:0", "--while-stdin"]);
        let own = data.map(|data| data.join(format!("{connector}.json")));
        match own.filter(|file| file.is_file()) {
            Some(file) => command.arg("--seed").arg(file),
            None => command.arg("--demo"),
        };
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .kill_on_drop(true)
            .spawn()
            .map_err(|cause| failed(connector, cause.to_string()))?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            let read = BufReader::new(out).read_line(&mut line).await;
            read.map_err(|cause| failed(connector, cause.to_string()))?;
        }
        let Some(url) = line.trim().strip_prefix("listening on ") else {
            let output = child.wait_with_output().await;
            let words = output.map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
            return Err(failed(connector, words.unwrap_or_default()));
        };
        Ok(Simulator {
            connector: connector.to_owned(),
            url: url.to_owned(),
            client: client().map_err(|cause| failed(connector, cause))?,
            _child: child,
        })
    }
}

/// One that runs. Ends with this value.
pub struct Simulator {
    connector: String,
    pub url: String,
    client: reqwest::Client,
    _child: Child,
}

impl Simulator {
    /// `127.0.0.1:PORT`
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://").trim_end_matches('/')
    }

    /// All its records.
    pub async fn books(&self) -> Result<Value, ControlError> {
        self.get("state").await
    }

    /// Calls so far.
    pub async fn calls(&self) -> Result<u64, ControlError> {
        let requests = self.get("requests").await?;
        Ok(requests["total"].as_u64().unwrap_or(0))
    }

    pub async fn set_faults(&self, rules: &[Value]) -> Result<(), ControlError> {
        let body = Value::from(rules.to_vec()).to_string();
        let request = self.client.post(self.place("faults")).body(body);
        self.ask(request).await.map(drop)
    }

    /// How often each rule has struck.
    pub async fn struck(&self) -> Result<Vec<u64>, ControlError> {
        let report = self.get("faults").await?;
        let rules = report.as_array().into_iter().flatten();
        Ok(rules
            .map(|rule| rule["fired"].as_u64().unwrap_or(0))
            .collect())
    }

    async fn get(&self, what: &str) -> Result<Value, ControlError> {
        self.ask(self.client.get(self.place(what))).await
    }

    fn place(&self, what: &str) -> String {
        format!("{}/_sim/{what}", self.url.trim_end_matches('/'))
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Result<Value, ControlError> {
        let failed = |cause: reqwest::Error| failed(&self.connector, cause.to_string());
        let answer = request
            .send()
            .await
            .and_then(|answer| answer.error_for_status());
        let bytes = answer.map_err(failed)?.bytes().await.map_err(failed)?;
        serde_json::from_slice(&bytes)
            .map_err(|cause| self::failed(&self.connector, cause.to_string()))
    }
}

fn client() -> Result<reqwest::Client, String> {
    let client = reqwest::Client::builder().no_proxy().timeout(ANSWER_MAX);
    client.build().map_err(|cause| cause.to_string())
}

/// What a short-lived command printed.
async fn said(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().await;
    let output = output.map_err(|cause| cause.to_string())?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

fn failed(connector: &str, cause: String) -> ControlError {
    let message = words!(
        "error-simulator",
        "the simulator of {connector} does not work",
        connector = connector
    );
    ControlError::new("simulator", Blame::Surroundings, message).cause(Text::plain(cause))
}
