//! QuickBooks Online: Intuit's sign-in and the REST API v3 of one company, in JSON.
//!
//! Written from the reference and the vendor's public pages: rotating refresh tokens, faults with their codes,
//! SyncToken, `requestid`, the query language, the change feed, batches, limits, webhooks. Where two ways are
//! thinkable, or a company's set-up decides, there is a switch (`switches.rs`).
//!
//! Assumed, where the reference is silent:
//! - Ids come from one count for all transactions, one for customers, vendors and employees, one a list else.
//! - `=` and `like` do not regard capitals; without `orderby`, transactions come newest first and lists by name.
//! - A deactivated record carries ` (deleted)` behind its name, which is free again.
//! - Only successes are kept for a `requestid`; a batch is kept whole.
//! - The change feed takes a moment's own second, and fills its 1000 objects in the order of the entities asked for.
//! - A full update keeps an item's type and a transaction's date; a sparse one replaces parts whole.
//! - Answers in XML, reports and attachments are not there; JSON comes whatever is accepted.
//!
//! Invariants: nothing here reads a clock, opens a socket or is random; no token or secret appears in a state, a
//! route or a log; faults that any vendor may show (5xx, an answer lost) live outside.

mod access;
mod batch;
mod bulk;
mod check;
mod company;
mod control;
mod effects;
mod feed;
mod kept;
mod limits;
mod preferences;
mod query;
mod refusal;
mod rules;
mod schema;
mod seed;
mod show;
mod summary;
mod switches;
mod time;
mod value;
mod webhook;
mod wire;
mod writes;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use self::access::Access;
use self::company::Company;
use self::kept::Kept;
use self::limits::Limits;
use self::refusal::{GateRefusal, Refusal};
use self::schema::{Class, Kind, entities, entity};
use self::writes::{Deed, Hand, Options};
use crate::percent::{Plus, decode};
use crate::plan::Plan;
use crate::simulator::{Errand, NowMs, Request, Response, Simulator};

const TOKEN: &str = "/oauth2/v1/tokens/bearer";
const REVOKE: &str = "/v2/oauth2/tokens/revoke";
const AUTHORIZE: &str = "/connect/oauth2";
const DISCOVERY: [&str; 2] = [
    "/.well-known/openid_configuration",
    "/.well-known/openid_sandbox_configuration",
];
const COMPANY: &str = "/v3/company/";
const NOT_FOUND: &str = "<html><head><title>404 Not Found</title></head><body></body></html>";

/// A company with nothing in it and nobody let in; `seed` brings them.
pub fn new() -> QuickBooksOnline {
    let mut company = Company::new();
    seed::singles(&mut company);
    QuickBooksOnline {
        access: Access::default(),
        company,
        limits: Limits::default(),
        kept: Kept::default(),
        plan: Plan::default(),
        answered: 0,
    }
}

pub struct QuickBooksOnline {
    access: Access,
    company: Company,
    limits: Limits,
    kept: Kept,
    plan: Plan,
    answered: u64,
}

/// The parameters of a request's address.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter();
        let found = all.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

impl QuickBooksOnline {
    fn answer(&mut self, request: &Request, now: NowMs) -> Response {
        let Some(parameters) = wire::form(&request.query) else {
            return wire::respond(400, "text/html", NOT_FOUND.to_owned());
        };
        let parameters = Parameters(parameters);
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", TOKEN) => self.access.token(&self.company.switches, request, now),
            ("POST", REVOKE) => self.access.revoke(request),
            ("GET", AUTHORIZE) => self.sign_in(&parameters, now),
            ("GET", path) if DISCOVERY.contains(&path) => wire::json(200, &discovery(request)),
            (_, path) => match path
                .strip_prefix(COMPANY)
                .and_then(|rest| rest.split_once('/'))
            {
                Some((realm, rest)) => self.company_call(request, realm, rest, &parameters, now),
                None => wire::respond(404, "text/html", NOT_FOUND.to_owned()),
            },
        }
    }

    /// The person at the page agrees at once.
    fn sign_in(&mut self, parameters: &Parameters, now: NowMs) -> Response {
        let get = |name: &str| parameters.get(name).unwrap_or_default();
        let asked = get("response_type") == "code"
            && get("scope")
                .split(' ')
                .any(|scope| scope == "com.intuit.quickbooks.accounting")
            && !get("state").is_empty();
        let redirect = get("redirect_uri");
        let realm = self.company.realm.clone();
        let code = match asked {
            true => self.access.code(get("client_id"), &realm, redirect, now),
            false => Err("response_type, scope or state is wrong".to_owned()),
        };
        match code {
            Ok(code) => {
                let state = encoded(get("state"));
                let joint = if redirect.contains('?') { '&' } else { '?' };
                let to = format!("{redirect}{joint}code={code}&state={state}&realmId={realm}");
                let mut response = wire::respond(302, "text/html", String::new());
                response.headers.push(("location".to_owned(), to));
                response
            }
            Err(words) => wire::respond(400, "text/html", format!("<html>{words}</html>")),
        }
    }

    fn company_call(
        &mut self,
        request: &Request,
        realm: &str,
        rest: &str,
        parameters: &Parameters,
        now: NowMs,
    ) -> Response {
        let gate = |refusal: GateRefusal| wire::json(refusal.status, &refusal.json(now));
        match self.access.realm(request, now) {
            None => {
                let mut response = gate(GateRefusal::TOKEN);
                let challenge = "Bearer realm=\"Intuit\", error=\"invalid_token\"";
                let header = ("www-authenticate".to_owned(), challenge.to_owned());
                response.headers.push(header);
                return response;
            }
            Some(of) if of != realm || realm != self.company.realm => {
                return gate(GateRefusal::COMPANY);
            }
            Some(_) => {}
        }
        let switches = &self.company.switches;
        let is_batch = rest == "batch";
        if !self
            .limits
            .allow(switches, is_batch, request.in_flight, now)
        {
            return gate(GateRefusal::THROTTLED);
        }
        let mut response = self.routed(request, rest, parameters, now);
        response.delay_ms = self.company.switches.work_ms;
        response
    }

    fn routed(
        &mut self,
        request: &Request,
        rest: &str,
        parameters: &Parameters,
        now: NowMs,
    ) -> Response {
        let method = request.method.as_str();
        let parts: Vec<&str> = rest.split('/').collect();
        let kind = parts.first().and_then(|name| path_entity(name));
        let known = matches!(
            (method, parts.as_slice()),
            ("GET" | "POST", ["query"]) | ("POST", ["batch"]) | ("GET", ["cdc"])
        ) || matches!(
            (method, kind, parts.len()),
            ("GET", Some(_), 1 | 2) | ("POST", Some(_), 1)
        );
        if !known {
            return wire::respond(404, "text/html", NOT_FOUND.to_owned());
        }
        if method == "POST" && !has_its_type(request, rest) {
            return wire::respond(415, "text/html", String::new());
        }
        let done = match self.company.switches.expired {
            true => Err(Refusal::company_status()),
            false => match method {
                "GET" => self.read(&parts, kind, parameters, now),
                _ if rest == "query" => {
                    let text = String::from_utf8_lossy(&request.body);
                    query::answer(&self.company, &text).map(|answer| one("QueryResponse", answer))
                }
                _ => self.repeatable(request, kind, parameters, now),
            },
        };
        self.stamped(done, now)
    }

    fn stamped(&self, done: Result<Map<String, Value>, Refusal>, now: NowMs) -> Response {
        let (status, mut body) = match done {
            Ok(body) => (200, body),
            Err(refusal) => {
                let status = match self.company.switches.faults_as_200 {
                    true => 200,
                    false => refusal.status,
                };
                (status, one("Fault", refusal.json()))
            }
        };
        if !body.contains_key("time") {
            let time = time::millis(now, &self.company.zone);
            body.insert("time".to_owned(), time.into());
        }
        wire::json(status, &body.into())
    }

    fn read(
        &mut self,
        parts: &[&str],
        kind: Option<Kind>,
        parameters: &Parameters,
        now: NowMs,
    ) -> Result<Map<String, Value>, Refusal> {
        let company = &self.company;
        let Some(kind) = kind else {
            return match parts {
                ["cdc"] => {
                    let (entities, since) =
                        (parameters.get("entities"), parameters.get("changedSince"));
                    let answer = feed::answer(company, entities, since, now)?;
                    Ok(one("CDCResponse", answer))
                }
                _ => {
                    let text = parameters.get("query").unwrap_or_default();
                    Ok(one("QueryResponse", query::answer(company, text)?))
                }
            };
        };
        let id = match (kind.class, parts.get(1)) {
            (Class::Single, _) => "1".to_owned(),
            (_, Some(id)) => decode(id, Plus::Kept).unwrap_or_default(),
            (_, None) => return Err(Refusal::unsupported_operation("read without id")),
        };
        let row = company.get(kind, &id);
        let row = row.ok_or_else(|| writes::gone(company, kind, &id))?;
        let shown = show::record(company, kind, row);
        Ok(one(&kind.name, shown.into()))
    }

    /// A write, done once for its `requestid`.
    fn repeatable(
        &mut self,
        request: &Request,
        kind: Option<Kind>,
        parameters: &Parameters,
        now: NowMs,
    ) -> Result<Map<String, Value>, Refusal> {
        let switches = &self.company.switches;
        let id = parameters.get("requestid").filter(|id| !id.is_empty());
        if let Some(id) = id {
            let length = id.chars().count();
            if length > switches.request_id_length {
                let most = switches.request_id_length;
                return Err(Refusal::length("requestid", most, length));
            }
            if let Some(Value::Object(before)) = self.kept.find(id, switches.request_id_s, now) {
                return Ok(before);
            }
        }
        let body: Value = serde_json::from_slice(&request.body)
            .map_err(|cause| Refusal::unknown_property(&format!("{cause}")))?;
        let body = body.as_object();
        let body = body.ok_or_else(|| Refusal::unknown_property("the body is no object"))?;
        let mut answer = match kind {
            None => one(
                "BatchItemResponse",
                batch::answer(&mut self.company, body, now)?,
            ),
            Some(kind) => {
                let deed = deed(parameters, body)?;
                let options = Options {
                    hand: Hand::Client,
                    duplicate_numbers: parameters.get("include") == Some("allowduplicatedocnum"),
                };
                let shown = writes::write(&mut self.company, kind, deed, body, options, now)?;
                one(&kind.name, shown)
            }
        };
        let time = time::millis(now, &self.company.zone);
        answer.insert("time".to_owned(), time.into());
        if let Some(id) = id {
            self.kept.keep(id, &answer.clone().into(), now);
        }
        Ok(answer)
    }
}

fn deed(parameters: &Parameters, body: &Map<String, Value>) -> Result<Deed, Refusal> {
    let includes_void = parameters.get("include") == Some("void");
    match parameters.get("operation") {
        Some("delete") => Ok(Deed::Delete),
        Some("void") => Ok(Deed::Void),
        Some("update") if includes_void => Ok(Deed::Void),
        Some("update") if body.get("Id").is_none_or(Value::is_null) => Err(Refusal::missing("Id")),
        None | Some("update" | "create") => Ok(Deed::Save),
        Some(other) => Err(Refusal::unsupported_operation(other)),
    }
}

/// Paths write the name of an entity in lower case.
fn path_entity(name: &str) -> Option<Kind> {
    let kind = entity(name)?;
    (kind.name.to_lowercase() == name).then_some(kind)
}

fn one(name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value)])
}

fn has_its_type(request: &Request, rest: &str) -> bool {
    let kind = wire::header(request, "content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match rest {
        "query" => ["application/text", "text/plain"].contains(&kind),
        _ => kind == "application/json",
    }
}

fn discovery(request: &Request) -> Value {
    let at = |path: &str| format!("{}{path}", request.origin);
    json!({
        "issuer": at(""), "authorization_endpoint": at(AUTHORIZE), "token_endpoint": at(TOKEN),
        "revocation_endpoint": at(REVOKE), "response_types_supported": ["code"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "scopes_supported": ["com.intuit.quickbooks.accounting"],
    })
}

/// Percent-encoding of everything but letters, digits and `-._~`.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

impl Simulator for QuickBooksOnline {
    fn name(&self) -> &'static str {
        "qbo"
    }

    fn handle(&mut self, request: &Request, now: NowMs) -> Response {
        let mut response = self.answer(request, now);
        self.answered += 1;
        let id = format!("1-{:08x}-{:024x}", now / 1000, self.answered);
        response.headers.push(("intuit_tid".to_owned(), id));
        if !self.plan.is_empty() {
            let route = self.route(request);
            for action in self.plan.due(&route) {
                if let Err(cause) = control::control(self, &action, now) {
                    self.plan.failed(cause);
                }
            }
        }
        response
    }

    /// The vendor counts calls at once by company.
    fn lane(&self, request: &Request) -> Option<String> {
        let rest = request.path.strip_prefix(COMPANY)?;
        Some(rest.split('/').next().unwrap_or_default().to_owned())
    }

    /// `POST token`, `GET query Invoice`, `POST invoice`, `POST invoice delete`, `GET invoice`.
    fn route(&self, request: &Request) -> String {
        let method = &request.method;
        let path = request.path.as_str();
        let rest = path
            .strip_prefix(COMPANY)
            .and_then(|rest| rest.split_once('/'));
        let Some((_, rest)) = rest else {
            let word = match path {
                TOKEN => "token",
                REVOKE => "revoke",
                AUTHORIZE => "sign-in",
                path if DISCOVERY.contains(&path) => "discovery",
                _ => "other",
            };
            return format!("{method} {word}");
        };
        let parameters = Parameters(wire::form(&request.query).unwrap_or_default());
        let first = rest.split('/').next().unwrap_or_default();
        match first {
            "batch" | "cdc" => format!("{method} {first}"),
            "query" => {
                let body = String::from_utf8_lossy(&request.body).into_owned();
                let text = parameters.get("query").unwrap_or(&body);
                let kind = query::asked_for(text).map_or("unreadable", |kind| kind.name.as_str());
                format!("{method} query {kind}")
            }
            name if path_entity(name).is_some() => match parameters.get("operation") {
                Some(word @ ("delete" | "void")) => format!("{method} {name} {word}"),
                _ => format!("{method} {name}"),
            },
            _ => format!("{method} other"),
        }
    }

    fn seed(&mut self, seed: &Value, now: NowMs) -> Result<Value, String> {
        seed::seed(self, seed, now)
    }

    fn state(&self) -> Value {
        let company = &self.company;
        let mut state = json!({
            "realm": company.realm,
            "access": self.access.show(),
            "switches": company.switches.show(),
            "plan": self.plan.show(),
            "kept_answers": self.kept.len(),
            "repeated_answers": self.kept.repeated,
            "throttled": self.limits.refused,
            "webhooks_waiting": company.webhooks.waiting(),
        });
        for kind in entities() {
            let rows = company.rows(kind);
            state[&kind.name] = rows.map(|row| show::record(company, kind, row)).collect();
        }
        state
    }

    fn control(&mut self, action: &Value, now: NowMs) -> Result<Value, String> {
        control::control(self, action, now)
    }

    fn errand(&mut self, action: &Value, _: NowMs) -> Option<Errand> {
        control::errand(self, action)
    }
}
