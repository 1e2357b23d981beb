//! Salesforce: its token endpoint, its REST data API, the SOAP messages it sends out.
//!
//! Recorded from real orgs or documented: the shapes of answers and errors, ids and their suffix, datetimes,
//! locators, `created` of upserts, collections with `statusCode`, composites and graphs, conditional requests,
//! `Sforce-Limit-Info`, the life of a contract, outbound messages, the trap of a published event's `errors`.
//!
//! Assumed, because no public source says or two disagree:
//! - An activated contract is open to the integration user but for its account, and never goes back
//!   (`INVALID_STATUS`); `activated_locked` closes it. Activation takes the status alone. `ActivatedDate` is the
//!   platform's, `EndDate` is start and term less a day.
//! - A literal that does not fit its field is `INVALID_QUERY_FILTER_OPERATOR`.
//! - An amount given for an opportunity with lines is ignored, not refused.
//! - A line needs a price; unit and total price together are refused. Entries show their product's new name.
//! - Texts lose the spaces around them; numbers are rounded to the field's scale, half away from zero; a stored
//!   datetime has whole seconds. Numbers from ten million on are written with an exponent, as Java does.
//! - An assertion may lie at most six minutes ahead, and is checked in this order: form, app, signature,
//!   audience, time, approval, user. A session belongs to one token; a new one ends none.
//! - Every call in hand counts as long-running for the concurrent limit, as nothing here runs 20 seconds.
//! - A locator keeps its rows as they were; ten are open for a user. Sub-queries are cut after 200 rows.
//! - In a collection an unknown id is `INVALID_CROSS_REFERENCE_KEY`; an id or external id given twice fails the
//!   second time; too many records are `EXCEEDED_MAX_SIZE_REQUEST`.
//! - An account goes with its contacts, opportunities and contracts; other references are emptied, required
//!   ones refuse (`DELETE_FAILED`).
//! - Sorting and texts compare by lower case, not by a language.
//! - Texts of messages that the reference marks as general knowledge.
//!
//! Not simulated: Bulk, streaming, metadata SOAP, person accounts, gzip; of sharing only that a
//! record may be read and not written; of several currencies only the field, where a seed declares it.
//!
//! Invariants: nothing here reads a clock or is random, and only an errand opens a socket (`post`); no secret
//! and no token appears in a state or a route; faults that any vendor may show live outside.

mod access;
mod api;
mod batch;
mod business;
mod button;
mod call;
mod callout;
mod collections;
mod composite;
mod conditional;
mod control;
mod declared;
mod describe;
mod door;
mod events;
mod field;
mod graph;
mod id;
mod jwt;
mod key;
mod kind;
mod limits;
mod number;
mod org;
mod outbound;
mod people;
mod query;
mod records;
mod reference;
mod refusal;
mod replication;
mod rules;
mod schema;
mod seed;
mod shipped;
mod show;
mod soql;
mod switches;
mod table;
mod time;
mod tooling;
mod value;
mod versions;
mod writes;

#[cfg(test)]
mod tests;

use serde_json::Value;

use self::access::Access;
use self::limits::Usage;
use self::org::Org;
use self::query::Locators;
use crate::simulator::{Errand, NowMs, Request, Response, Simulator};

/// An org with what Salesforce ships, and no app; `seed` brings them.
pub fn new() -> Salesforce {
    let mut org = Org::new();
    shipped::ship(&mut org).expect("what ships fits the schema that ships");
    org.settle();
    Salesforce {
        org,
        access: Access::default(),
        locators: Locators::default(),
        usage: Usage::default(),
    }
}

pub struct Salesforce {
    org: Org,
    access: Access,
    locators: Locators,
    usage: Usage,
}

impl Simulator for Salesforce {
    fn name(&self) -> &'static str {
        "salesforce"
    }

    fn handle(&mut self, request: &Request, now: NowMs) -> Response {
        door::answer(self, request, now)
    }

    /// Data calls of the org together.
    fn lane(&self, request: &Request) -> Option<String> {
        request
            .path
            .starts_with("/services/data/")
            .then(|| "api".to_owned())
    }

    fn route(&self, request: &Request) -> String {
        format!("{} {}", request.method, door::word(&request.path))
    }

    fn seed(&mut self, seed: &Value, now: NowMs) -> Result<Value, String> {
        seed::seed(self, seed, now)
    }

    fn state(&self) -> Value {
        control::state(self)
    }

    fn control(&mut self, action: &Value, now: NowMs) -> Result<Value, String> {
        control::control(self, action, now)
    }

    fn errand(&mut self, action: &Value, now: NowMs) -> Option<Errand> {
        control::errand(self, action, now)
    }
}
