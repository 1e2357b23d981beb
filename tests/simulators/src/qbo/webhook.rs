//! What the vendor would tell of changes: signed bodies, in the old form and in the new one.
//!
//! Invariant: nothing here opens a socket, and only as much waits as a test may reasonably take.

use std::collections::VecDeque;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::company::Company;
use super::time;
use crate::simulator::NowMs;

/// The oldest are forgotten: a receiver that was never there has missed them.
const WAITING_MAX: usize = 10_000;
/// Entities that have webhooks, as far as the flows know them.
const TOLD: [&str; 13] = [
    "Account",
    "Bill",
    "Class",
    "Customer",
    "Department",
    "Employee",
    "Estimate",
    "Invoice",
    "Item",
    "PurchaseOrder",
    "SalesReceipt",
    "TimeActivity",
    "Vendor",
];

#[derive(Debug, Clone)]
struct Event {
    entity: String,
    id: String,
    deed: &'static str,
    at: NowMs,
}

#[derive(Debug, Default)]
pub struct Webhooks {
    /// The verifier token of the app.
    pub verifier: String,
    waiting: VecDeque<Event>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// `eventNotifications`
    Old,
    CloudEvents,
}

/// How what waits is told.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Telling {
    pub form: Form,
    /// Every body comes twice.
    pub twice: bool,
    /// The newest comes first.
    pub reversed: bool,
    /// One body for all, not one a change.
    pub together: bool,
    /// The signature is of another secret.
    pub forged: bool,
    /// All but so many are lost on the way.
    pub only: Option<usize>,
}

impl Default for Telling {
    fn default() -> Self {
        Self {
            form: Form::Old,
            twice: false,
            reversed: false,
            together: true,
            forged: false,
            only: None,
        }
    }
}

/// A body with the value of its header `intuit-signature`.
#[derive(Debug, Clone)]
pub struct Message {
    pub body: String,
    pub signature: String,
}

impl Webhooks {
    pub fn happened(&mut self, entity: &str, id: &str, deed: &'static str, at: NowMs) {
        if !TOLD.contains(&entity) {
            return;
        }
        if self.waiting.len() == WAITING_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Event {
            entity: entity.to_owned(),
            id: id.to_owned(),
            deed,
            at,
        });
    }

    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub fn forget(&mut self) {
        self.waiting.clear();
    }
}

/// All that wait, as they arrive.
pub fn take(company: &mut Company, telling: Telling) -> Vec<Message> {
    let mut events: Vec<Event> = company.webhooks.waiting.drain(..).collect();
    if telling.reversed {
        events.reverse();
    }
    if let Some(only) = telling.only {
        events.truncate(only);
    }
    let bodies: Vec<&[Event]> = match telling.together {
        _ if events.is_empty() => Vec::new(),
        true => vec![&events[..]],
        false => events.chunks(1).collect(),
    };
    let secret = match telling.forged {
        true => "a secret of somebody else",
        false => company.webhooks.verifier.as_str(),
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let times = if telling.twice { 2 } else { 1 };
    let messages = bodies.into_iter().map(|events| {
        let body = body(company, events, telling.form).to_string();
        let signature = STANDARD.encode(hmac::sign(&key, body.as_bytes()));
        Message { body, signature }
    });
    messages
        .flat_map(|message| std::iter::repeat_n(message, times))
        .collect()
}

fn body(company: &Company, events: &[Event], form: Form) -> Value {
    match form {
        Form::Old => {
            let entities: Vec<Value> = events
                .iter()
                .map(|event| {
                    json!({
                        "name": event.entity, "id": event.id, "operation": event.deed,
                        "lastUpdated": time::utc_millis(event.at),
                    })
                })
                .collect();
            json!({ "eventNotifications": [{
                "realmId": company.realm, "dataChangeEvent": { "entities": entities },
            }] })
        }
        Form::CloudEvents => events
            .iter()
            .map(|event| {
                let entity = event.entity.to_lowercase();
                let deed = match event.deed {
                    "Create" => "created",
                    "Update" => "updated",
                    "Delete" => "deleted",
                    "Void" => "voided",
                    other => other,
                };
                json!({
                    "specversion": "1.0", "id": event_id(company, event), "source": "intuit.liaison-simulator",
                    "type": format!("qbo.{entity}.{deed}.v1"), "datacontenttype": "application/json",
                    "time": time::utc_millis(event.at), "intuitentityid": event.id,
                    "intuitaccountid": company.realm, "data": {},
                })
            })
            .collect(),
    }
}

/// The same event keeps its id however often it is told.
fn event_id(company: &Company, event: &Event) -> String {
    let Event {
        entity,
        id,
        deed,
        at,
    } = event;
    let digest = Sha256::digest(format!("{} {entity} {id} {deed} {at}", company.realm));
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    hex[..32].to_owned()
}
