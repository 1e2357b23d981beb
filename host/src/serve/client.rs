//! How a command asks a running service.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::door::{Sign, sign};
use crate::control::home::Home;
use crate::control::{Blame, ControlError, Request};
use crate::model::Text;
use crate::model::text::words;

/// A service that does not say "here" within this is none.
const HERE_MAX: Duration = Duration::from_secs(2);

pub struct Client {
    sign: Sign,
    http: reqwest::Client,
}

/// What the service says of a request.
pub struct Reply {
    pub exit: u8,
    /// For stdout.
    pub out: String,
    /// For stderr.
    pub err: String,
    /// For the file that the command writes.
    pub csv: Option<String>,
    /// What a person agrees to who says yes to what was shown.
    pub agree: Option<String>,
}

/// Whether the service must answer this, because it has the store; the rest is done in this process.
pub fn needs_store(request: &Request) -> bool {
    !matches!(
        request,
        Request::SecretSet { .. }
            | Request::SecretList { .. }
            | Request::SecretRemove { .. }
            | Request::FlowPacks
            | Request::TrustAdd { .. }
            | Request::TrustList
            | Request::TrustRemove { .. }
            | Request::TapeList { .. }
            | Request::TapeExport { .. }
            | Request::Chaos { .. }
            | Request::Service { .. }
            // Refused while a service has the store.
            | Request::StoreRestore { .. }
    )
}

/// What the service says before it answers.
pub enum Heard<'w> {
    /// How far it is; the next one takes its place.
    Progress(&'w str),
    /// A sentence that stays.
    Said(&'w str),
}

impl Client {
    /// The service of this installation, if one runs.
    pub async fn find(home: &Home) -> Option<Self> {
        let sign = sign(home)?;
        let http = reqwest::Client::builder().no_proxy().build().ok()?;
        let client = Self { sign, http };
        let health = client.http.get(client.url("healthz")).timeout(HERE_MAX);
        let answer = health.send().await.ok()?;
        // Another program may have the port by now.
        let ours = answer.headers().get("x-liaison-process")?.to_str().ok()?
            == client.sign.process.to_string();
        ours.then_some(client)
    }

    pub fn address(&self) -> SocketAddr {
        self.sign.address
    }

    pub fn process(&self) -> u32 {
        self.sign.process
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.sign.address)
    }

    /// Asks, and hears how far it is meanwhile.
    pub async fn ask(
        &self,
        request: &Request,
        lang: &str,
        json: bool,
        mut heard: impl FnMut(Heard<'_>),
    ) -> Result<Reply, ControlError> {
        let body = json!({ "request": request, "lang": lang, "json": json });
        let sent = self
            .http
            .post(self.url("api/v1/requests"))
            .bearer_auth(&self.sign.token)
            .json(&body);
        let mut answer = sent.send().await.map_err(|cause| lost(&cause))?;
        if !answer.status().is_success() {
            let status = answer.status();
            let words = answer.text().await.unwrap_or_default();
            return Err(ControlError::bug(format!(
                "the service answers {status}: {words}"
            )));
        }
        let mut pending = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|cause| lost(&cause))? {
            // Only the new piece is searched: a line may be megabytes long.
            let mut searched = pending.len();
            pending.extend_from_slice(&piece);
            while let Some(end) = (pending[searched..].iter()).position(|byte| *byte == b'\n') {
                let line: Vec<u8> = pending.drain(..=searched + end).collect();
                searched = 0;
                let said: Value = serde_json::from_slice(&line)
                    .map_err(|cause| ControlError::bug(cause.to_string()))?;
                if let Some(words) = said["progress"].as_str() {
                    heard(Heard::Progress(words));
                } else if let Some(words) = said["said"].as_str() {
                    heard(Heard::Said(words));
                } else if let Some(reply) = reply(&said) {
                    return Ok(reply);
                }
            }
        }
        Err(ended())
    }
}

fn reply(said: &Value) -> Option<Reply> {
    let exit = u8::try_from(said["exit"].as_u64()?).ok()?;
    let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    let answer = &said["answer"];
    Some(Reply {
        exit,
        out: match answer {
            Value::Null => text("out"),
            answer => format!("{answer:#}\n"),
        },
        err: text("err"),
        csv: said["csv"].as_str().map(str::to_owned),
        agree: said["agree"].as_str().map(str::to_owned),
    })
}

/// Paths mean the same in another process.
pub fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

fn lost(cause: &reqwest::Error) -> ControlError {
    ended().cause(Text::plain(cause.to_string()))
}

fn ended() -> ControlError {
    let message = words!("error-service-gone", "the service ended before it answered");
    ControlError::new("service-gone", Blame::Surroundings, message).hint(
        "service-gone",
        vec![],
        "`liaison status` says how far it came; nothing is lost",
    )
}
