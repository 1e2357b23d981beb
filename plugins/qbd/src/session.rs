//! One visit of the Web Connector, as it stands between two of its calls, and the names of message sets.

use crate::digest::{digest, short};
use crate::identity::{get, set};
use crate::message::SET_ID_MAX;
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const SESSION: &str = "session";
const ANSWERED: &str = "answered";
const SPENT: &str = "spent";
const UNSURE: &str = "unsure";
/// A visit that was silent for so long is over.
const SILENT_MS_MAX: u64 = 30 * 60_000;
/// One parcel is out at a time; a few of earlier runs may stand beside it.
const UNSURE_KEPT_MAX: usize = 20;
/// Sets that came to nothing, whose names are not used again. QuickBooks forgets each with the next one anyway.
const SPENT_MAX: usize = 200;

/// Where a visit stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Logged in, nothing asked for yet.
    #[default]
    Greeted,
    /// It may ask for the next message.
    Ready,
    /// A message is with QuickBooks.
    Sent,
    /// It was told to go.
    Closing,
}

/// What is with QuickBooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Out {
    /// A parcel of the relay.
    Parcel {
        key: String,
        /// The name under which QuickBooks remembers it, where it writes.
        set: Option<String>,
    },
    /// A question that only keeps the visit open.
    Nothing,
    /// Which company file is open.
    Identity,
    /// The same, where that visit is refused: the words for the person are in the session.
    Refused,
}

/// One visit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    pub ticket: String,
    pub phase: Phase,
    pub out: Option<Out>,
    pub last_ms: u64,
    /// The right company file is open.
    pub known: bool,
    /// What `getLastError` says.
    pub words: String,
    /// Which file was asked for.
    pub path: String,
    /// A failed connection was answered with another file already.
    pub retried: bool,
    pub answered: u32,
    /// Pauses in a row.
    pub pauses: u32,
}

impl Session {
    /// The visit with this ticket, while it lasts.
    pub fn of(host: &dyn Host, ticket: &str) -> Option<Self> {
        let session: Self = get(host, SESSION)?;
        let lasts = host.now_ms().saturating_sub(session.last_ms) <= SILENT_MS_MAX;
        (lasts && !ticket.is_empty() && session.ticket == ticket).then_some(session)
    }

    /// Whether anybody is here at all.
    pub fn is_any(host: &dyn Host) -> bool {
        host.memory_get(SESSION).is_some()
    }

    pub fn save(&mut self, host: &dyn Host) -> Result<(), String> {
        self.last_ms = host.now_ms();
        set(host, SESSION, self)
    }

    pub fn forget(host: &dyn Host) {
        host.memory_delete(SESSION);
    }
}

/// The set whose answer is saved, and which QuickBooks may forget.
pub fn answered(host: &dyn Host) -> Option<String> {
    get(host, ANSWERED)
}

/// Only to be called when the answer is durable.
pub fn remember_answered(host: &dyn Host, set_id: &str) -> Result<(), String> {
    set(host, ANSWERED, &set_id)
}

/// The name under which QuickBooks is to remember the set of this parcel: the same whenever it is asked for, until
/// a set under it has come to nothing. Then QuickBooks would only repeat its refusal.
pub fn set_id(host: &dyn Host, key: &str) -> String {
    let spent: Vec<String> = get(host, SPENT).unwrap_or_default();
    let name = |n: usize| format!("L{}", short(digest(&[key, &n.to_string()])));
    let free = (0..=spent.len()).map(name).find(|id| !spent.contains(id));
    let id = free.expect("there are more names than spent ones");
    debug_assert!(id.len() <= SET_ID_MAX);
    id
}

/// The set under this name has come to nothing.
pub fn remember_spent(host: &dyn Host, set_id: &str) -> Result<(), String> {
    let mut spent: Vec<String> = get(host, SPENT).unwrap_or_default();
    if !spent.iter().any(|known| known == set_id) {
        spent.push(set_id.to_owned());
        let over = spent.len().saturating_sub(SPENT_MAX);
        spent.drain(..over);
    }
    set(host, SPENT, &spent)
}

/// How often this parcel has come back without anybody knowing what became of it, this time included.
pub fn count_unsure(host: &dyn Host, key: &str) -> Result<u32, String> {
    let mut known: BTreeMap<String, u32> = get(host, UNSURE).unwrap_or_default();
    let count = known.entry(key.to_owned()).or_default();
    *count += 1;
    let count = *count;
    // A parcel may have gone without an answer: with its run, say.
    while known.len() > UNSURE_KEPT_MAX {
        let Some(other) = known.keys().find(|known| *known != key).cloned() else {
            break;
        };
        known.remove(&other);
    }
    set(host, UNSURE, &known)?;
    Ok(count)
}

/// Whether it came back so: QuickBooks is asked whether it remembers the set before that leaves again.
pub fn is_unsure(host: &dyn Host, key: &str) -> bool {
    let known: Option<BTreeMap<String, u32>> = get(host, UNSURE);
    known.is_some_and(|known| known.contains_key(key))
}

/// It has its answer.
pub fn forget_unsure(host: &dyn Host, key: &str) -> Result<(), String> {
    let mut known: BTreeMap<String, u32> = get(host, UNSURE).unwrap_or_default();
    match known.remove(key) {
        Some(_) => set(host, UNSURE, &known),
        None => Ok(()),
    }
}
