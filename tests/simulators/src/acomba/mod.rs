//! Acomba behind its bridge: "AcoBridge v1" over a card store with the SDK's semantics.
//!
//! Acomba has no HTTP API. The bridge is a small program on the customer's server that turns each route
//! into the SDK calls of the same meaning, so names on the wire are the SDK's own. This simulator is that
//! bridge with the card files behind it; several companies can stand behind one bridge.
//!
//! Assumed, because no public source says: `CompanyUniqueID` and `CompanyName` in `info` (the id stays with
//! the company file when its folder moves, and differs for another company); the shape of a `changes` page
//! (`items`, `has_more`, `next_cursor`); text lengths and names marked in `interface.rs`; that a tax group
//! knows its taxes; that a product needs a group; that totals left out are the sums of the lines; that
//! `InDiscount` is a percentage and line totals are net of it; that documents can be listed by number; that
//! a contract needs the automatic-billing module; that a number shown beside a position follows its card.
//!
//! Invariants: a card never changes position; no binary float touches an amount; nothing here reads a
//! clock, opens a socket or is random; faults any vendor may show (a lost answer) live outside.

mod action;
mod bridge;
mod bulk;
mod card;
mod code_page;
mod company;
mod control;
mod document;
mod error;
// Its tables are read by column, so they are laid out by hand.
#[rustfmt::skip]
mod interface;
mod kept_result;
mod line;
mod reads;
mod screen;
mod seed;
mod time;
mod value;
mod wire;
mod writes;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use self::bridge::Bridge;
use self::wire::Route;
use crate::simulator::{NowMs, Request, Response, Simulator};

/// A bridge with no company yet; `seed` brings them.
pub fn new() -> Acomba {
    Acomba {
        bridge: Bridge::default(),
    }
}

pub struct Acomba {
    bridge: Bridge,
}

impl Simulator for Acomba {
    fn name(&self) -> &'static str {
        "acomba"
    }

    fn handle(&mut self, request: &Request, now: NowMs) -> Response {
        self.bridge.handle(request, now)
    }

    /// One STA thread per bridge; only health is answered without it.
    fn lane(&self, request: &Request) -> Option<String> {
        (request.path != "/v1/health").then(|| "sdk".to_owned())
    }

    fn route(&self, request: &Request) -> String {
        let word =
            Route::of(&request.path).map_or_else(|_| "other".to_owned(), |route| route.word());
        format!("{} {word}", request.method)
    }

    fn seed(&mut self, seed: &Value, now: NowMs) -> Result<Value, String> {
        seed::seed(&mut self.bridge, seed, now)
    }

    fn state(&self) -> Value {
        let companies: Map<_, _> = self
            .bridge
            .aliases
            .keys()
            .map(|alias| (alias.clone(), control::company_state(&self.bridge, alias)))
            .collect();
        json!({ "companies": companies, "kept_results": self.bridge.kept.len() })
    }

    fn control(&mut self, action: &Value, now: NowMs) -> Result<Value, String> {
        control::control(&mut self.bridge, action, now)
    }
}
