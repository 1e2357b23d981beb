//! AcoBridge as a set of calls: where it is, how an answer is read, what one page holds.
//!
//! The bridge is a small service beside Acomba with one thread for Acomba's SDK. It answers one call
//! after the other, so nothing here asks twice what one call can tell.
//!
//! Invariant: a POST or PATCH is sent once. A GET is sent once more when its answer was lost.

use crate::assumed;
use crate::document::INTERFACE;
use crate::refusal::{self, Asked, Trouble};
use liaison_sdk::http::encode;
use liaison_sdk::prelude::*;
use liaison_sdk::text;
use serde::Deserialize;

/// The secret that goes in `X-Api-Key`.
pub const API_KEY: &str = "api_key";
/// The most cards the bridge gives in one page.
pub const PAGE_CARDS_MAX: u32 = 1_000;

/// How soon an answer is lost when the connection was stale.
const SOON_MS: u64 = 2_000;

/// What the operator sets for a connection.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// Where the bridge listens, e.g. `https://srv-acomba:8443`.
    pub base_url: String,
    /// The company's alias in the bridge's configuration.
    pub company: String,
    /// The one company this connection may write to.
    #[serde(default)]
    pub company_unique_id: Option<String>,
}

/// The bridge, for one company.
pub struct Bridge<'a> {
    client: Client<'a>,
    /// What the operator set.
    pub settings: Settings,
}

/// One page of cards.
pub struct Cards {
    /// The cards, in the order of the walk.
    pub items: Vec<Value>,
    /// Another page follows. A page may be empty all the same: dead cards are left out of it.
    pub more: bool,
    /// The whole answer, without the cards.
    answer: Value,
}

impl Cards {
    /// How many cards the interface has, dead ones included, where the answer says so.
    pub fn in_all(&self) -> Option<u64> {
        self.answer["NumCards"].as_u64()
    }

    /// After which position the next page of a walk by position starts.
    pub fn next_card_pos(&self) -> Result<u64, Fault> {
        match (
            self.answer["next_after_card_pos"].as_u64(),
            self.items.last(),
        ) {
            (Some(next), _) => Ok(next),
            (None, Some(last)) => card_pos(last),
            (None, None) => Err(out_of_shape("next_after_card_pos")),
        }
    }

    /// After which moment and position the next page of a walk by modification starts.
    pub fn next_stamp(&self) -> Result<Option<(String, u64)>, Fault> {
        let place = match (&self.answer["next_cursor"], self.items.last()) {
            (Value::Object(cursor), _) => {
                Some((&cursor["modified_at"], cursor["card_pos"].as_u64()))
            }
            (_, Some(last)) => Some((&last[assumed::MODIFIED_AT], last["CardPos"].as_u64())),
            (_, None) => None,
        };
        match place {
            Some((Value::String(at), Some(card_pos))) => Ok(Some((at.clone(), card_pos))),
            Some(_) => Err(out_of_shape(assumed::MODIFIED_AT)),
            None => Ok(None),
        }
    }
}

impl<'a> Bridge<'a> {
    /// The bridge of this connection. Sends nothing.
    pub fn open(host: &'a dyn Host) -> Result<Self, Fault> {
        let mut settings: Settings = host.settings()?;
        settings.company = settings.company.trim().to_owned();
        settings.company_unique_id = settings
            .company_unique_id
            .filter(|id| !id.trim().is_empty());
        let base = settings
            .base_url
            .trim()
            .trim_end_matches('/')
            .trim_end_matches("/v1");
        let client =
            Client::new(host, &format!("{base}/v1")).secret_header("X-Api-Key", API_KEY)?;
        Ok(Self {
            client: client.header("Accept", "application/json"),
            settings,
        })
    }

    /// The host behind it.
    pub fn host(&self) -> &'a dyn Host {
        self.client.host()
    }

    /// Whether the bridge itself is there. Answered without Acomba's SDK.
    pub fn health(&self) -> Result<Value, Trouble> {
        self.get("health")
    }

    /// What the bridge says of the company: versions, capabilities, identity.
    pub fn info(&self) -> Result<Value, Trouble> {
        self.get(&self.path("info"))
    }

    /// One card, whatever its type.
    pub fn card(&self, interface: &str, card_pos: u64) -> Result<Value, Trouble> {
        self.get(&self.path(&format!("{interface}/{card_pos}")))
    }

    /// The card whose number is this, by Acomba's index 1.
    pub fn card_by_number(
        &self,
        interface: &str,
        property: &str,
        number: &str,
    ) -> Result<Value, Trouble> {
        self.get(&self.path(&format!("{interface}/key/1?{property}={}", encode(number))))
    }

    /// The first document of a type with this number.
    pub fn document_by_number(&self, of_type: &str, number: &str) -> Result<Value, Trouble> {
        let index = assumed::DOCUMENT_NUMBER_INDEX;
        let number = encode(number);
        self.get(&self.path(&format!(
            "{INTERFACE}/key/{index}?InInvoiceType={of_type}&InInvoiceNumber={number}"
        )))
    }

    /// The cards after a position, in ascending order, at most `limit`.
    pub fn cards_after(
        &self,
        interface: &str,
        card_pos: u64,
        limit: u32,
        dead: Dead,
    ) -> Result<Cards, Trouble> {
        let dead = if dead == Dead::Included {
            "&include_deleted=1"
        } else {
            ""
        };
        self.page(&format!(
            "{interface}?after_card_pos={card_pos}&limit={limit}{dead}"
        ))
    }

    /// The cards modified after a moment (and, at that very moment, after a position).
    pub fn cards_modified(
        &self,
        interface: &str,
        after: (&str, u64),
        limit: u32,
    ) -> Result<Cards, Trouble> {
        let (at, card_pos) = (encode(after.0), after.1);
        self.page(&format!(
            "{interface}/changes?modified_at={at}&card_pos={card_pos}&limit={limit}"
        ))
    }

    /// The documents of a type with this reference.
    pub fn documents_by_reference(&self, of_type: &str, reference: &str) -> Result<Cards, Trouble> {
        self.page(&format!(
            "{INTERFACE}?InInvoiceType={of_type}&InReference={}",
            encode(reference)
        ))
    }

    /// Adds a card. The bridge remembers the key for seven days and answers a repeat as the first time.
    pub fn add(
        &self,
        interface: &str,
        idempotency_key: &str,
        card: &Value,
    ) -> Result<Value, Trouble> {
        let reference = if interface == INTERFACE {
            "?unique_reference=1"
        } else {
            ""
        };
        let client = self
            .client
            .clone()
            .header("Idempotency-Key", idempotency_key);
        self.write(
            &client,
            Method::Post,
            &format!("{interface}{reference}"),
            card,
        )
    }

    /// Changes a card, if it still is as it was when its hash was read.
    pub fn modify(
        &self,
        interface: &str,
        card_pos: u64,
        hash: Option<&str>,
        card: &Value,
    ) -> Result<Value, Trouble> {
        let client = match hash {
            Some(hash) => self
                .client
                .clone()
                .header("If-Match", &format!("\"{hash}\"")),
            None => self.client.clone(),
        };
        self.write(
            &client,
            Method::Patch,
            &format!("{interface}/{card_pos}"),
            card,
        )
    }

    fn path(&self, rest: &str) -> String {
        format!("{}/{rest}", encode(&self.settings.company))
    }

    fn get(&self, path: &str) -> Result<Value, Trouble> {
        let started_ms = self.host().monotonic_ms();
        let answer = match self.client.send(Method::Get, path, None) {
            // A kept connection that the bridge has closed in the meantime ends like this, and at once. What
            // took long would take as long again, and the call ends after a minute.
            Err(HttpError::NoAnswer { .. })
                if self.host().monotonic_ms() < started_ms + SOON_MS =>
            {
                self.client.send(Method::Get, path, None)
            }
            other => other,
        };
        let answer = answer.map_err(|error| Trouble::from(fault::unread(&error)))?;
        match answer.json() {
            Some(body) if answer.is_success() && body.is_object() => Ok(body),
            _ => Err(self.refused(&answer, Asked::Read)),
        }
    }

    fn write(
        &self,
        client: &Client,
        method: Method,
        path: &str,
        card: &Value,
    ) -> Result<Value, Trouble> {
        let body = liaison_sdk::http::Body {
            content_type: "application/json",
            bytes: card.to_string().into_bytes(),
        };
        let answer = client
            .send(method, &self.path(path), Some(body))
            .map_err(|error| Trouble::from(fault::unwritten(&error)))?;
        match answer.json() {
            Some(body) if answer.is_success() && body.is_object() => Ok(body),
            _ => Err(self.refused(&answer, Asked::Write)),
        }
    }

    fn refused(&self, answer: &Answer, asked: Asked) -> Trouble {
        refusal::trouble(answer, asked, &self.settings.company, self.host().now_ms())
    }

    fn page(&self, rest: &str) -> Result<Cards, Trouble> {
        let mut page = self.get(&self.path(rest))?;
        let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) else {
            return Err(Trouble::from(out_of_shape("items")));
        };
        Ok(Cards {
            more: page["has_more"].as_bool().unwrap_or(false),
            items,
            answer: page,
        })
    }
}

/// Whether a walk shows cards that Acomba has given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead {
    /// With `Status` other than 0 as well.
    Included,
    /// Live cards only.
    LeftOut,
}

/// The fault for an answer that is JSON and lacks what it must have.
pub fn out_of_shape(property: &str) -> Fault {
    fault::unavailable(text!(
        "acomba-out-of-shape",
        "The answer lacks `{property}`: is this address an AcoBridge of version 1?",
        property = property
    ))
}

/// A card's position, from the card.
pub fn card_pos(card: &Value) -> Result<u64, Fault> {
    card["CardPos"]
        .as_u64()
        .filter(|&pos| pos > 0)
        .ok_or_else(|| out_of_shape("CardPos"))
}
