//! Fusion Operations (formerly Prodsmart), Autodesk's manufacturing system: its v1 API, and the paths before.
//!
//! Documented: the paths and verbs of v1, Basic key and secret for a token of two hours, `access_token` in
//! the query, 120 calls a minute for the whole company and the 429 with `Retry-After`, `Invalid JSON`, the
//! form of dates and the company's zone where there is no `Z`, shipping within sales orders and receiving
//! within purchase orders. Read in public client code: hyphenated keys, bare arrays, the body of a
//! production order, `running-status`, numbers sent as text or number, workers by number. All else is
//! assumed and stands in three places: `assumed.rs`, `fields.txt`, `switches.rs`.
//!
//! There is no path for workers, warehouses, shipments, receptions or custom field definitions; a person
//! makes them (`control.rs`). The beta v2, on Autodesk's platform, is not simulated: it could not be read.
//!
//! Invariants: nothing here reads a clock, opens a socket or is random; no key and no token appears in a
//! state or a route; stock is the sum of movements; faults that any vendor may show live outside.

mod access;
mod answer;
mod assumed;
mod base64;
mod book;
mod company;
mod control;
mod place;
mod refusal;
mod report;
mod resource;
mod schema;
mod seed;
mod show;
mod stock;
mod summary;
mod switches;
mod time;
mod value;
mod webhook;
mod writes;

#[cfg(test)]
mod tests;

use serde_json::Value;

use self::access::Access;
use self::company::Company;
use self::place::Place;
use self::refusal::Refusal;
use crate::simulator::{NowMs, Request, Response, Simulator};

/// A company with nothing in it and no API key; `seed` brings them.
pub fn new() -> FusionOperations {
    FusionOperations {
        company: Company::new(),
        access: Access::default(),
    }
}

pub struct FusionOperations {
    company: Company,
    access: Access,
}

impl Simulator for FusionOperations {
    fn name(&self) -> &'static str {
        "fusion-operations"
    }

    fn handle(&mut self, request: &Request, now: NowMs) -> Response {
        self.answer(request, now).unwrap_or_else(Refusal::response)
    }

    /// The vendor documents no limit on concurrent calls.
    fn lane(&self, _: &Request) -> Option<String> {
        None
    }

    fn route(&self, request: &Request) -> String {
        let place = Place::of(&request.path, &self.company.switches);
        let word = place.map_or_else(|| "other".to_owned(), |(_, place)| place.word());
        format!("{} {word}", request.method)
    }

    fn seed(&mut self, seed: &Value, now: NowMs) -> Result<Value, String> {
        seed::seed(self, seed, now)
    }

    fn state(&self) -> Value {
        summary::state(&self.company)
    }

    fn control(&mut self, action: &Value, now: NowMs) -> Result<Value, String> {
        control::control(self, action, now)
    }
}
