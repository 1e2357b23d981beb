//! What QuickBooks and a person's browser call: webhooks, and the page after a company was connected.
//!
//! A webhook is a hint: it may be late, come twice, out of order or never. It lets flows that wait for a call begin, which
//! then ask for changes. A stranger learns nothing here.

use crate::manifest::VERIFIER;
use crate::session;
use crate::settings::Settings;
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// Where webhooks go.
pub const WEBHOOK: &str = "/webhook";
/// Where Intuit sends the browser back to.
pub const CALLBACK: &str = "/connect";
/// What a person's visit is known by.
pub const MEMORY: &str = "connect";

const SIGNATURE: &str = "intuit-signature";
/// What can be signed at once, and so what can be checked.
const SIGNED_BYTES_MAX: usize = 64 << 10;
/// When somebody last rang with more than can be checked.
const UNSIGNED: &str = "unsigned";
const UNSIGNED_PAUSE_MS: u64 = 60_000;
const THANKS: &str = "Thank you.";

/// A visit to Intuit's page that is under way.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Visit {
    pub state: String,
    pub redirect: String,
}

/// Answers a request.
pub fn handle(host: &dyn Host, request: &InboundRequest) -> InboundResponse {
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", WEBHOOK) => webhook(host, request),
        ("GET", CALLBACK) => connect(host, request),
        _ => page(404, "There is nothing here."),
    }
}

fn webhook(host: &dyn Host, request: &InboundRequest) -> InboundResponse {
    if request.body.len() > SIGNED_BYTES_MAX {
        // It cannot be checked, and Intuit gives up a hook that refuses: it is a hint all the same, at most one a minute,
        // whoever rings.
        return match rings_again(host) {
            true => hint(host, request),
            false => page(200, THANKS),
        };
    }
    let presented = request.headers.iter().find(|(name, _)| name == SIGNATURE);
    let expected = match host.sign(VERIFIER, Algorithm::Hs256, &request.body) {
        Ok(signature) => base64(&signature),
        Err(words) => {
            host.warn(&words);
            return page(503, "Not set up.");
        }
    };
    let right = presented.is_some_and(|(_, value)| same(value.trim(), &expected));
    if !right {
        return page(401, "The signature is not right.");
    }
    hint(host, request)
}

/// Whether nobody rang unsigned within a minute.
fn rings_again(host: &dyn Host) -> bool {
    let now_ms = host.now_ms();
    let last = host.memory_get(UNSIGNED).unwrap_or_default();
    let last: Option<u64> = serde_json::from_slice(&last).ok();
    let lately = last.is_some_and(|at_ms| now_ms.saturating_sub(at_ms) < UNSIGNED_PAUSE_MS);
    !lately && host.memory_set(UNSIGNED, &cursor::encode(&now_ms)).is_ok()
}

/// Lets the flows begin that wait for a call, where it is of our company.
fn hint(host: &dyn Host, request: &InboundRequest) -> InboundResponse {
    let settings = match Settings::of(host) {
        Ok(settings) => settings,
        Err(_) => return page(503, "Not set up."),
    };
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let concerns = companies(&body)
        .iter()
        .any(|company| company == settings.company());
    if concerns {
        // Opening a visit is how flows that are due with a call begin.
        let visit = "webhook";
        match host.relay().open(visit) {
            Ok(()) => host.relay().close(visit),
            Err(words) => host.warn(&words),
        }
    }
    page(200, THANKS)
}

/// The companies that a webhook tells of, in the old form and the new one.
fn companies(body: &Value) -> Vec<String> {
    let old = body["eventNotifications"].as_array().into_iter().flatten();
    let old = old.map(|event| &event["realmId"]);
    let new = body.as_array().into_iter().flatten();
    let new = new.map(|event| &event["intuitaccountid"]);
    old.chain(new)
        .filter_map(|company| company.as_str().map(str::to_owned))
        .collect()
}

fn connect(host: &dyn Host, request: &InboundRequest) -> InboundResponse {
    let query = request.query.as_deref().unwrap_or_default();
    let given = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(known, _)| *known == name);
        found.map(|(_, value)| decoded(value)).unwrap_or_default()
    };
    let visit: Visit = host
        .memory_get(MEMORY)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    if visit.state.is_empty() || !same(&given("state"), &visit.state) {
        return page(
            403,
            "This visit is not known. Run `liaison connection setup` and open the page it names.",
        );
    }
    let Ok(settings) = Settings::of(host) else {
        return page(503, "The settings cannot be used.");
    };
    if given("realmId") != settings.company() {
        return page(409, "This is another company than the connection's `company_id`. Choose the right one, or correct the setting.");
    }
    match session::redeem(host, &settings, &given("code"), &visit.redirect) {
        Ok(_) => {
            host.memory_delete(MEMORY);
            page(200, "The company is connected. You may close this page; `liaison check` says whether all is well.")
        }
        Err(fault) => {
            host.warn(&fault.message.fallback);
            page(
                502,
                "Intuit gave no token. Run `liaison connection setup` and try again.",
            )
        }
    }
}

fn page(status: u16, words: &str) -> InboundResponse {
    InboundResponse {
        status,
        headers: vec![(
            "content-type".to_owned(),
            "text/plain; charset=utf-8".to_owned(),
        )],
        body: words.as_bytes().to_vec(),
    }
}

/// Compared in a time that tells nothing about where they differ.
fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let differing = a
        .iter()
        .zip(b)
        .fold(0u8, |differing, (a, b)| differing | (a ^ b));
    a.len() == b.len() && differing == 0
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let part = |nth: usize| u32::from(group.get(nth).copied().unwrap_or_default());
        let bits = part(0) << 16 | part(1) << 8 | part(2);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            out.push(if place > group.len() {
                '='
            } else {
                char::from(letter)
            });
        }
    }
    out
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [
                    rest.next().unwrap_or_default(),
                    rest.next().unwrap_or_default(),
                ];
                let digits = std::str::from_utf8(&digits).unwrap_or_default();
                bytes.push(u8::from_str_radix(digits, 16).unwrap_or(b'?'));
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
