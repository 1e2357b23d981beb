//! By what QuickBooks and we know each other again, and what we remember of each other's visits.

use crate::digest::{guid, of_bytes};
use liaison_sdk::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const IDENTITY: &str = "identity";
const COMPANY: &str = "company";
const SEEN: &str = "seen";
const TROUBLE: &str = "trouble";
const PROBE: &str = "probe";

/// The marks in the `.qwc` file. They never change, or QuickBooks would take us for another application and the
/// company file for another company's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub owner: String,
    pub file: String,
}

/// What a visit told about QuickBooks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Company {
    pub path: String,
    pub name: String,
    pub product: String,
    pub country: String,
    pub version: String,
}

/// When the Web Connector last called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    pub at_ms: u64,
    pub client: String,
}

/// Why the last visit came to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trouble {
    pub at_ms: u64,
    /// `password`, `company`, `version`, `hresult`.
    pub kind: String,
    pub code: String,
    pub words: String,
}

pub fn get<T: DeserializeOwned>(host: &dyn Host, key: &str) -> Option<T> {
    serde_json::from_slice(&host.memory_get(key)?).ok()
}

pub fn set<T: Serialize>(host: &dyn Host, key: &str, value: &T) -> Result<(), String> {
    let bytes = serde_json::to_vec(value).map_err(|e| e.to_string())?;
    match host.memory_get(key).is_some_and(|known| known == bytes) {
        true => Ok(()),
        false => host.memory_set(key, &bytes),
    }
}

/// The marks; none before the connection was set up.
pub fn identity(host: &dyn Host) -> Option<Identity> {
    get(host, IDENTITY)
}

/// The marks, made up where there are none.
pub fn identity_or_new(host: &dyn Host) -> Result<Identity, String> {
    if let Some(known) = identity(host) {
        return Ok(known);
    }
    let new = || guid(of_bytes(&host.random(16)));
    let identity = Identity {
        owner: new(),
        file: new(),
    };
    set(host, IDENTITY, &identity)?;
    Ok(identity)
}

pub fn company(host: &dyn Host) -> Option<Company> {
    get(host, COMPANY)
}

pub fn remember_company(host: &dyn Host, company: &Company) -> Result<(), String> {
    set(host, COMPANY, company)
}

pub fn seen(host: &dyn Host) -> Option<Seen> {
    get(host, SEEN)
}

pub fn remember_seen(host: &dyn Host, client: &str) -> Result<(), String> {
    set(
        host,
        SEEN,
        &Seen {
            at_ms: host.now_ms(),
            client: client.to_owned(),
        },
    )
}

/// With a new password nobody has called yet.
pub fn forget_calls(host: &dyn Host) {
    for key in [SEEN, TROUBLE] {
        if host.memory_get(key).is_some() {
            host.memory_delete(key);
        }
    }
}

pub fn trouble(host: &dyn Host) -> Option<Trouble> {
    get(host, TROUBLE)
}

pub fn remember_trouble(host: &dyn Host, kind: &str, code: &str, words: &str) {
    let trouble = Trouble {
        at_ms: host.now_ms(),
        kind: kind.to_owned(),
        code: code.to_owned(),
        words: liaison_sdk::text::shorten(words, 1_000),
    };
    // It is only what the doctor would say; the visit goes on without.
    if let Err(words) = set(host, TROUBLE, &trouble) {
        host.warn(&words);
    }
}

/// A visit went well: what stood in the way is gone.
pub fn forget_trouble(host: &dyn Host) {
    if host.memory_get(TROUBLE).is_some() {
        host.memory_delete(TROUBLE);
    }
    if host.memory_get(PROBE).is_some() {
        host.memory_delete(PROBE);
    }
}

/// The doctor wants the next visit to try QuickBooks, even with nothing to do.
pub fn ask_for_probe(host: &dyn Host) {
    if let Err(words) = host.memory_set(PROBE, b"1") {
        host.warn(&words);
    }
}

pub fn is_probe_asked(host: &dyn Host) -> bool {
    host.memory_get(PROBE).is_some()
}
