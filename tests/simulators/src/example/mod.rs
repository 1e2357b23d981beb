//! A small task list with a REST API, such as many a young product has: what the connectors of the guide
//! speak to.
//!
//! There is no vendor behind it, so every rule is ours: an API key in `X-Api-Key`, pages, a filter by time of
//! change, `Idempotency-Key` on creates, `If-Match` on changes, one shape for all refusals.
//!
//! ```text
//! GET    /v1/account                                          whose key it is
//! GET    /v1/tasks ?modified_since &number &customer &status &ids &limit &after
//! POST   /v1/tasks                 Idempotency-Key            201 with the task; the same key again: the same answer
//! GET    /v1/tasks/{id}
//! PATCH  /v1/tasks/{id}            If-Match                   412 when somebody was faster
//! DELETE /v1/tasks/{id}            If-Match
//! ```
//!
//! Invariants: nothing here reads a clock, opens a socket or is random; the key appears in no answer and no
//! state.

mod control;
mod list;
mod refusal;
mod store;
mod task;

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use self::refusal::Refusal;
use self::store::Store;
use crate::simulator::{NowMs, Request, Response, Simulator};

/// An account with nothing in it and no key; `seed` brings them.
pub fn new() -> Example {
    Example {
        api_key: String::new(),
        account: String::new(),
        store: Store::default(),
        switches: Switches::default(),
        window: Window::default(),
    }
}

pub struct Example {
    api_key: String,
    account: String,
    store: Store,
    switches: Switches,
    window: Window,
}

/// What a test can turn.
struct Switches {
    /// The account's plan lets it read only.
    read_only: bool,
    /// Requests in one second; more are a 429.
    requests_per_second: u64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            read_only: false,
            requests_per_second: 200,
        }
    }
}

/// Requests of the second that is running.
#[derive(Default)]
struct Window {
    second: i64,
    requests: u64,
}

impl Window {
    fn takes(&mut self, now: NowMs, most: u64) -> bool {
        let second = now.div_euclid(1000);
        if second != self.second {
            *self = Self {
                second,
                requests: 0,
            };
        }
        self.requests += 1;
        self.requests <= most
    }
}

impl Example {
    fn answer(&mut self, request: &Request, now: NowMs) -> Result<Response, Refusal> {
        if !self.window.takes(now, self.switches.requests_per_second) {
            return Err(Refusal::too_many());
        }
        if self.api_key.is_empty() || header(request, "x-api-key") != Some(self.api_key.as_str()) {
            return Err(Refusal::key());
        }
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["v1", "account"]) => Ok(ok(
                200,
                &json!({"name": self.account, "read_only": self.switches.read_only}),
            )),
            ("GET", ["v1", "tasks"]) => list::page(&self.store, &request.query),
            ("GET", ["v1", "tasks", id]) => Ok(whole(200, self.store.live(id)?)),
            (_, ["v1", "tasks"] | ["v1", "tasks", _]) if self.switches.read_only => {
                Err(Refusal::read_only())
            }
            ("POST", ["v1", "tasks"]) => self.create(request, now),
            ("PATCH", ["v1", "tasks", id]) => {
                let given = body(request)?;
                let at = precondition(request)?;
                self.store
                    .update(id, at, &given, now)
                    .map(|task| whole(200, task))
            }
            ("DELETE", ["v1", "tasks", id]) => {
                let at = precondition(request)?;
                self.store
                    .delete(id, at, now)
                    .map(|_| ok(204, &Value::Null))
            }
            (_, ["v1", "account"] | ["v1", "tasks"] | ["v1", "tasks", _]) => Err(Refusal::method()),
            _ => Err(Refusal::no_such_page()),
        }
    }

    fn create(&mut self, request: &Request, now: NowMs) -> Result<Response, Refusal> {
        let key = header(request, "idempotency-key")
            .ok_or_else(|| Refusal::bad("Idempotency-Key is missing"))?;
        let given = body(request)?;
        let (task, is_repeat) = self.store.create(key, &given, now)?;
        let mut response = whole(201, task);
        if is_repeat {
            let header = ("idempotent-replayed".to_owned(), "true".to_owned());
            response.headers.push(header);
        }
        Ok(response)
    }
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut headers = request.headers.iter();
    headers
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

fn body(request: &Request) -> Result<Value, Refusal> {
    serde_json::from_slice(&request.body).map_err(|_| Refusal::bad("the body is no JSON"))
}

/// The version in `If-Match`, with or without its quotes.
fn precondition(request: &Request) -> Result<&str, Refusal> {
    header(request, "if-match")
        .map(|version| version.trim_matches('"'))
        .ok_or_else(Refusal::no_precondition)
}

fn ok(status: u16, body: &Value) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: match body {
            Value::Null => Vec::new(),
            body => body.to_string().into_bytes(),
        },
        delay_ms: 0,
    }
}

/// A task with its version as `ETag`.
fn whole(status: u16, task: &task::Task) -> Response {
    let mut response = ok(status, &task.show());
    let etag = ("etag".to_owned(), format!("\"{}\"", task.version));
    response.headers.push(etag);
    response
}

impl Simulator for Example {
    fn name(&self) -> &'static str {
        "example"
    }

    fn handle(&mut self, request: &Request, now: NowMs) -> Response {
        self.answer(request, now).unwrap_or_else(Refusal::response)
    }

    fn lane(&self, _: &Request) -> Option<String> {
        None
    }

    fn route(&self, request: &Request) -> String {
        let mut parts = request.path.trim_matches('/').split('/').skip(1);
        let page = parts.next().unwrap_or_default();
        let one = if parts.next().is_some() { "/{id}" } else { "" };
        format!("{} {page}{one}", request.method)
    }

    fn seed(&mut self, seed: &Value, now: NowMs) -> Result<Value, String> {
        control::seed(self, seed, now)
    }

    fn state(&self) -> Value {
        json!({"account": self.account, "tasks": self.store.rows()})
    }

    fn control(&mut self, action: &Value, now: NowMs) -> Result<Value, String> {
        control::control(self, action, now)
    }
}
