//! ChannelOnline: the XML document-export service, and what is assumed beside it.
//!
//! Real, as public clients of the service show it: `POST /REQUEST` with who asks in the body, 200 for errors
//! too, error 105, error 507 above 500 documents, quotes and sales orders by window, number or mark, free
//! text with characters that XML forbids, connections dropped when calls come too fast (a switch). Assumed, in
//! a folder of its own (`assumed/`): customers and contacts both ways, reference lists, write-backs into
//! documents, what users pressed. Where two ways are thinkable, there is a switch (`switches.rs`).
//!
//! Assumed of the real part, where the reference is silent:
//! - Another path is a page of HTML with 404, a GET a 405, another content type than `text/xml` error 201.
//! - An agent is checked before the credentials; unknown elements and ones that stand twice are error 201.
//! - A window takes a document by any event of the type, an end at the second; a new document has no
//!   `modified` event. Without window and number all documents of the type are meant.
//! - Elements that hold nothing are left out; deleted documents are shown with `deleted` true.
//! - Amounts have two decimals, unit prices as many as they need; what is cancelled counts no more in the totals.
//!
//! Invariants: nothing here reads a clock, opens a socket or is random; no password appears in an answer, a
//! route or a state; faults that any vendor may show (5xx, an answer lost) live outside.

mod access;
mod assumed;
mod book;
mod bulk;
mod control;
mod customer;
mod document;
mod document_xml;
mod documents;
mod envelope;
mod kept;
mod people;
mod refusal;
mod seed;
mod switches;
mod time;
mod window;
mod wire;

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use self::access::Access;
use self::book::Books;
use self::envelope::{DOCUMENTS, Refused};
use self::refusal::Refusal;
use self::switches::Switches;
use self::wire::Xml;
use crate::plan::Plan;
use crate::simulator::{CLOSED, NowMs, Request, Response, Simulator};

const PATH: &str = "/REQUEST";

const NOT_FOUND: &str = "<html><head><title>404 Not Found</title></head><body></body></html>";

/// A company with nothing in it and nobody let in; `seed` brings them.
pub fn new() -> ChannelOnline {
    ChannelOnline {
        access: Access::default(),
        books: Books::new(),
        switches: Switches::default(),
        memory: assumed::Memory::new(),
        plan: Plan::default(),
        last_call: None,
    }
}

pub struct ChannelOnline {
    access: Access,
    books: Books,
    switches: Switches,
    memory: assumed::Memory,
    plan: Plan,
    /// Dropped ones as well: who hammers stays outside.
    last_call: Option<NowMs>,
}

impl ChannelOnline {
    fn answer(&mut self, request: &Request, now: NowMs) -> Response {
        if request.path != PATH {
            return wire::respond(404, "text/html", NOT_FOUND.to_owned());
        }
        if request.method != "POST" {
            return wire::respond(405, "text/html", String::new());
        }
        if self.comes_too_soon(now) {
            return wire::respond(CLOSED, "text/xml", String::new());
        }
        let mut response = self.answer_post(request, now);
        response.delay_ms = self.switches.work_ms;
        response
    }

    fn comes_too_soon(&mut self, now: NowMs) -> bool {
        let before = self.last_call.replace(now);
        before.is_some_and(|before| (0..self.switches.pace_ms).contains(&(now - before)))
    }

    fn answer_post(&mut self, request: &Request, now: NowMs) -> Response {
        let root = |verb: &str| format!("{verb}_response");
        if !is_xml(request) {
            let refusal = Refusal::xml("Content-Type must be text/xml");
            return refusal.response(&root(DOCUMENTS), "7.0");
        }
        let verbs = [&[DOCUMENTS][..], &assumed::VERBS].concat();
        let asked = match envelope::read(&request.body, &verbs, &self.access, &self.switches) {
            Ok(asked) => asked,
            Err(Refused {
                verb,
                version,
                refusal,
            }) => return refusal.response(&root(&verb), version),
        };
        let root = root(&asked.verb);
        let mut xml = Xml::answer(&root, asked.version);
        let done = match asked.verb.as_str() {
            DOCUMENTS => documents::export(self, &asked, &mut xml),
            _ => assumed::answer(self, &asked, now, &mut xml),
        };
        match done {
            Ok(()) => xml.response(&root),
            Err(refusal) => refusal.response(&root, asked.version),
        }
    }
}

fn is_xml(request: &Request) -> bool {
    let mut headers = request.headers.iter();
    let header = headers.find(|(name, _)| name == "content-type");
    header.is_some_and(|(_, value)| {
        let kind = value.split(';').next().unwrap_or_default();
        kind.trim().eq_ignore_ascii_case("text/xml")
    })
}

impl Simulator for ChannelOnline {
    fn name(&self) -> &'static str {
        "channelonline"
    }

    fn handle(&mut self, request: &Request, now: NowMs) -> Response {
        let response = self.answer(request, now);
        if !self.plan.is_empty() && response.status != CLOSED {
            let route = self.route(request);
            for action in self.plan.due(&route) {
                if let Err(cause) = control::control(self, &action, now) {
                    self.plan.failed(cause);
                }
            }
        }
        response
    }

    /// The vendor counts time between calls, not calls together.
    fn lane(&self, _: &Request) -> Option<String> {
        None
    }

    fn route(&self, request: &Request) -> String {
        let verb = envelope::verb(&request.body).unwrap_or("unreadable");
        format!("{} {verb}", request.method)
    }

    fn seed(&mut self, seed: &Value, now: NowMs) -> Result<Value, String> {
        seed::seed(self, seed, now)
    }

    fn state(&self) -> Value {
        let books = &self.books;
        json!({
            "company": self.access.shortcut,
            "users": self.access.show(),
            "switches": self.switches.show(),
            "plan": self.plan.show(),
            "remembered": self.memory.len(),
            "reference": books.reference,
            "customers": books.customers.values().collect::<Vec<_>>(),
            "documents": books.documents.values().collect::<Vec<_>>(),
            "actions": books.actions.values().collect::<Vec<_>>(),
        })
    }

    fn control(&mut self, action: &Value, now: NowMs) -> Result<Value, String> {
        control::control(self, action, now)
    }
}
