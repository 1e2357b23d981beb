//! What the two halves say to each other through the relay.
//!
//! Both forms are a line of JSON and, after it, XML as it is: a page of orders would grow by a third in quotes.

use crate::digest::{digest, short};
use crate::message::{answered, unreadable, Answered};
use crate::status::{set_fault, unanswered};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// A message set for QuickBooks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ask {
    /// Whether it must be done once and only once.
    pub writes: bool,
    /// It makes sense in this visit only: the rest of a list that was begun in it.
    pub visit: Option<String>,
    #[serde(skip)]
    pub requests: String,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Given {
    pub visit: String,
    /// The code with which it came back unanswered.
    pub hresult: Option<String>,
    pub words: Option<String>,
    /// It was meant for a visit that is over, and did not leave.
    pub over: bool,
    #[serde(skip)]
    pub xml: String,
}

fn packed<T: Serialize>(head: &T, xml: &str) -> Vec<u8> {
    let head = serde_json::to_string(head).expect("a head is plain strings");
    format!("{head}\n{xml}").into_bytes()
}

fn unpacked<'a, T: for<'b> Deserialize<'b>>(bytes: &'a [u8]) -> Option<(T, &'a str)> {
    let (head, xml) = std::str::from_utf8(bytes).ok()?.split_once('\n')?;
    Some((serde_json::from_str(head).ok()?, xml))
}

impl Ask {
    pub fn packed(&self) -> Vec<u8> {
        packed(self, &self.requests)
    }

    pub fn unpacked(bytes: &[u8]) -> Option<Self> {
        let (ask, xml) = unpacked::<Self>(bytes)?;
        Some(Self {
            requests: xml.to_owned(),
            ..ask
        })
    }
}

impl Given {
    pub fn packed(&self) -> Vec<u8> {
        packed(self, &self.xml)
    }

    pub fn unpacked(bytes: &[u8]) -> Option<Self> {
        let (given, xml) = unpacked::<Self>(bytes)?;
        Some(Self {
            xml: xml.to_owned(),
            ..given
        })
    }

    /// What QuickBooks answered; else the fault that the whole set is.
    pub fn answered(&self) -> Result<Answered<'_>, Fault> {
        if let Some(hresult) = &self.hresult {
            return Err(unanswered(
                hresult,
                self.words.as_deref().unwrap_or_default(),
            ));
        }
        let answered = answered(&self.xml).map_err(|_| unreadable())?;
        let unsure = answered.outcomes.is_empty();
        match answered.set_status.and_then(set_fault).filter(|_| unsure) {
            Some(fault) => Err(fault),
            None => Ok(answered),
        }
    }
}

impl Given {
    /// The same for what only reads: whatever broke off may be asked again.
    pub fn read(&self) -> Result<Answered<'_>, Fault> {
        self.answered().map_err(|mut fault| {
            if fault.kind == FaultKind::OutcomeUnknown {
                fault.kind = FaultKind::Unavailable;
                fault.scope = FaultScope::WholeConnection;
            }
            fault
        })
    }
}

/// Reads may be asked again in every call; the moment keeps a later call from an earlier answer.
pub fn read(host: &dyn Host, requests: &[Ask]) -> Result<Vec<Given>, Fault> {
    let moment = host.relay().moment();
    let parcel = |ask: &Ask| {
        let payload = ask.packed();
        let text = String::from_utf8_lossy(&payload).into_owned();
        Parcel {
            key: format!("{moment}.{}", short(digest(&[&text]))),
            payload,
        }
    };
    exchange(host, &requests.iter().map(parcel).collect::<Vec<_>>())
}

/// The one set of a read.
pub fn read_one(host: &dyn Host, requests: String) -> Result<Given, Fault> {
    let ask = Ask {
        requests,
        ..Ask::default()
    };
    let mut given = read(host, &[ask])?;
    given.pop().ok_or_else(unreadable)
}

/// Writes are named by their operation, so that the same one is known again whoever makes the call.
pub fn write(host: &dyn Host, sets: &[(String, String)]) -> Result<Vec<Given>, Fault> {
    let parcel = |(token, requests): &(String, String)| {
        let ask = Ask {
            writes: true,
            requests: requests.clone(),
            visit: None,
        };
        Parcel {
            key: format!("w.{token}"),
            payload: ask.packed(),
        }
    };
    exchange(host, &sets.iter().map(parcel).collect::<Vec<_>>())
}

fn exchange(host: &dyn Host, parcels: &[Parcel]) -> Result<Vec<Given>, Fault> {
    if parcels.is_empty() {
        return Ok(Vec::new());
    }
    let answers = host.relay().exchange(parcels).map_err(|words| {
        fault::unavailable(text!(
            "qbd-relay",
            "Nothing can be left for the Web Connector: {reason}",
            reason = words
        ))
    })?;
    let given: Option<Vec<Given>> = answers.iter().map(|bytes| Given::unpacked(bytes)).collect();
    given
        .filter(|given| given.len() == parcels.len())
        .ok_or_else(unreadable)
}
