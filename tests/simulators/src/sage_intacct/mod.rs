//! Sage Intacct: the XML gateway (Web Services 3.0), with what contracts and their invoices need.
//!
//! Seen in recorded replies or documented: the envelope and its order, the three levels of failure and
//! their numbers, sessions with an endpoint of their own, the generic functions with the casing of their
//! answers, `query` with its operators, `aborted`, a multi-object `create` that succeeds by half, labels
//! and codes, the fields and states of the objects, an order entry document whose edit re-creates its
//! invoice. What is assumed stands in `assumed.rs`, or is a switch (`switches.rs`); every field on the
//! wire stands in `objects.txt`.
//!
//! Not simulated: REST, asynchronous processing (any policy is refused), smart events and webhooks,
//! `oauth`, consoles, gzip, revenue and expense schedules, usage and project billing.
//!
//! Invariants: nothing here reads a clock, opens a socket or is random; no password and no session id
//! appears in a state or a route; faults that any vendor may show live outside.

mod act;
mod assumed;
mod bulk;
mod company;
mod contract;
mod control;
mod customer;
mod envelope;
mod filter;
mod functions;
mod gateway;
mod invoicing;
mod legacy;
mod line;
mod lookup;
mod path;
mod query;
mod query_text;
mod read;
mod receivable;
mod refusal;
mod reply;
mod schedule;
mod schema;
mod seed;
mod session;
mod shelf;
mod show;
mod switches;
mod time;
mod value;
mod verbs;
mod wire;
mod write;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use self::act::{Act, Hand};
use self::company::Company;
use self::functions::Memory;
use self::read::ResultSet;
use self::session::Access;
use self::switches::Switches;
use crate::plan::Plan;
use crate::simulator::{NowMs, Request, Response, Simulator};

/// Where the first request goes.
const PATH: &str = "/ia/xml/xmlgw.phtml";
/// Where a session's requests go.
const PINNED_PATH: &str = "/na12/ia/xml/xmlgw.phtml";

/// A company with nothing in it and nobody let in; `seed` brings them.
pub fn new() -> SageIntacct {
    SageIntacct {
        company: Company::new(),
        access: Access::default(),
        switches: Switches::default(),
        memory: Memory::default(),
        plan: Plan::default(),
        result_sets: BTreeMap::new(),
    }
}

pub struct SageIntacct {
    company: Company,
    access: Access,
    switches: Switches,
    memory: Memory,
    plan: Plan,
    /// What `readMore` goes on with, by session and result id.
    result_sets: BTreeMap<(String, String), ResultSet>,
}

impl SageIntacct {
    fn act(&mut self, hand: Hand, user: &str, now: NowMs) -> Act<'_> {
        Act {
            company: &mut self.company,
            switches: &self.switches,
            hand,
            user: user.to_owned(),
            entity: String::new(),
            now,
        }
    }
}

impl Simulator for SageIntacct {
    fn name(&self) -> &'static str {
        "sage-intacct"
    }

    fn handle(&mut self, request: &Request, now: NowMs) -> Response {
        let response = self.answer(request, now);
        if !self.plan.is_empty() {
            for action in self.plan.due(&functions::words(&request.body)) {
                if let Err(cause) = control::control(self, &action, now) {
                    self.plan.failed(cause);
                }
            }
        }
        response
    }

    /// The vendor counts the calls of an application to a company; there is one of each here.
    fn lane(&self, _: &Request) -> Option<String> {
        Some("gateway".to_owned())
    }

    fn route(&self, request: &Request) -> String {
        format!("{} {}", request.method, functions::words(&request.body))
    }

    fn seed(&mut self, seed: &Value, now: NowMs) -> Result<Value, String> {
        seed::seed(self, seed, now)
    }

    fn state(&self) -> Value {
        let mut state = Map::new();
        state.insert("company".to_owned(), json!(self.company.id));
        state.insert("switches".to_owned(), self.switches.show());
        state.insert("sessions".to_owned(), json!(self.access.count()));
        state.insert("plan".to_owned(), self.plan.show());
        for object in schema::objects() {
            let rows = self.company.rows(&object.name);
            let rows: Vec<Value> = rows
                .map(|row| show::as_json(&self.company, object, row))
                .collect();
            state.insert(object.name.clone(), rows.into());
        }
        Value::Object(state)
    }

    fn control(&mut self, action: &Value, now: NowMs) -> Result<Value, String> {
        control::control(self, action, now)
    }
}
