//! What the kit is given to work with: settings, secrets and sample records.
//!
//! ```text
//! {"settings": {"base_url": "{url}"}, "secrets": {"api_key": "…"},
//!  "records": {"customer": {"create": {"name": "Client {n}"}, "update": {"city": "Alma"}, "unique": "name"}},
//!  "waived": [{"check": "…", "entity": "…", "why": "…"}]}
//! ```
//!
//! `{url}` is the server's address, `{n}` a number that was never used before. `"rate": {"requests": 100000, "window_s": 60}`
//! stands for the manifest's rates, where the server takes more calls than the real system: the kit makes thousands.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::control::error::{ControlError, Doing};
use crate::model::Text;
use crate::model::manifest::RateLimit;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    #[serde(default)]
    pub settings: Map<String, Value>,
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// Patterns that are granted beside what the manifest asks for.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// By entity.
    #[serde(default)]
    pub records: BTreeMap<String, Sample>,
    #[serde(default)]
    pub waived: Vec<Waiver>,
    /// In place of the manifest's.
    #[serde(default)]
    pub rate: Option<RateLimit>,
    /// Of the server, where it is at an address of its own.
    #[serde(skip)]
    pub private: Option<SocketAddr>,
    #[serde(skip)]
    pub insecure: bool,
}

/// Records that the system takes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// A whole record.
    pub create: Value,
    /// Fields to change in it.
    #[serde(default)]
    pub update: Option<Value>,
    /// The field that `{n}` makes different in every record.
    pub unique: String,
}

/// A check that is known to fail, and why that is right.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// `*` for all of an entity.
    pub check: String,
    /// Of all entities, where none is named.
    #[serde(default)]
    pub entity: Option<String>,
    pub why: String,
}

impl Waiver {
    pub fn covers(&self, name: &str, about: Option<&str>) -> bool {
        let is_it = self.check == name || self.check == "*";
        is_it
            && self
                .entity
                .as_deref()
                .is_none_or(|entity| Some(entity) == about)
    }
}

impl Given {
    pub fn read(file: &Path, server: Option<&str>) -> Result<Self, ControlError> {
        let text = std::fs::read_to_string(file)
            .map_err(|cause| ControlError::io(Doing::Read, file, cause))?;
        let text = match server {
            Some(server) => text.replace("{url}", server.trim_end_matches('/')),
            None => text,
        };
        let mut given: Self = serde_json::from_str(&text).map_err(|error| {
            let path = file.display().to_string();
            let english = format!("`{path}` does not say what the kit needs");
            ControlError::command("kit-settings", vec![("path", path)], english)
                .cause(Text::plain(error.to_string()))
        })?;
        if let Some(server) = server {
            let url = reqwest::Url::parse(server).map_err(|error| {
                let english = format!("`{server}` is no URL");
                ControlError::command("kit-server", vec![("server", server.to_owned())], english)
                    .cause(Text::plain(error.to_string()))
            })?;
            given.insecure = url.scheme() == "http";
            let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
            let ip = host.parse().ok();
            let port = url.port_or_known_default();
            given.private = ip.zip(port).map(|(ip, port)| SocketAddr::new(ip, port));
            let shown = match url.port() {
                Some(port) => format!("{host}:{port}"),
                None => host.to_owned(),
            };
            given.hosts.push(shown);
        }
        Ok(given)
    }
}

static NUMBERS: AtomicU64 = AtomicU64::new(0);

/// A number that no record of this server had: from the clock, since a server may outlive many runs of the kit.
pub fn fresh_number() -> String {
    let seconds = jiff::Timestamp::now().as_second().unsigned_abs() % 1_000_000;
    let nth = NUMBERS.fetch_add(1, Ordering::Relaxed) % 1_000;
    format!("{seconds:06}{nth:03}")
}

/// The value with the number in the place of `{n}`.
pub fn filled(value: &Value, number: &str) -> Value {
    match value {
        Value::String(text) => Value::from(text.replace("{n}", number)),
        Value::Array(items) => items.iter().map(|item| filled(item, number)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), filled(value, number)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}
