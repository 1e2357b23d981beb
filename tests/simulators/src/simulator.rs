//! What every simulated vendor is: a pure state machine behind a thin HTTP shell.
//!
//! `handle` does no I/O and reads no clock, so the seeded whole-engine simulation calls it without
//! sockets, and the shell (`shell.rs`) serves the same object over loopback. Faults that any vendor
//! can show (an answer lost after the work was done, a 429, HTML with status 200) live in one layer
//! in front of all simulators (`fault.rs`), never inside a vendor.
//!
//! Invariant: simulators share no code with connectors, or they would share their mistakes.

use serde_json::Value;

/// An instant in milliseconds since the Unix epoch, UTC. Given by the caller, never read.
pub type NowMs = i64;

/// One HTTP request as the vendor sees it. Header names are lower-case.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    /// The path as sent, still percent-encoded, without the query.
    pub path: String,
    /// The raw query string without `?`; empty when there is none.
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// `scheme://host:port` under which the simulator was reached, for absolute links in answers.
    pub origin: String,
    /// Requests of the same lane (see [`Simulator::lane`]) in hand at this moment, this one included.
    pub in_flight: usize,
}

/// One HTTP answer. `delay_ms` is how long the vendor takes before it answers; where `status` is [`CLOSED`],
/// it closes the connection without a byte.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub delay_ms: u64,
}

/// No status at all: the vendor drops the connection.
pub const CLOSED: u16 = 0;

/// A vendor in miniature.
pub trait Simulator: Send {
    /// `autotask`, `acomba` …: the word on the command line.
    fn name(&self) -> &'static str;
    /// Answers one request. Strict: refuses what the vendor refuses, in the vendor's words.
    fn handle(&mut self, request: &Request, now: NowMs) -> Response;
    /// The resource whose concurrent calls the vendor limits; the shell counts them per lane.
    fn lane(&self, request: &Request) -> Option<String>;
    /// A short stable name of the route a request takes (`POST Invoices/query`), for counting.
    fn route(&self, request: &Request) -> String;
    /// Adds records given as JSON (the vendor's own field names), as a person at the vendor's screen would.
    fn seed(&mut self, seed: &Value, now: NowMs) -> Result<Value, String>;
    /// Everything the vendor holds, as JSON, for tests to compare with.
    fn state(&self) -> Value;
    /// Acts as a person or as time would: void an invoice, reserve a card, set a switch. `{"do": "…", …}`.
    fn control(&mut self, action: &Value, now: NowMs) -> Result<Value, String>;
    /// A control action that makes calls of its own (a vendor that polls): work for the shell to do without
    /// holding the vendor's lock. `None` for all others, which `control` does.
    fn errand(&mut self, _action: &Value, _now: NowMs) -> Option<Errand> {
        None
    }
}

/// The rest of a control action, done apart from its simulator.
pub type Errand = Box<dyn FnOnce() -> Result<Value, String> + Send>;
