//! API keys, the tokens made from them, and the minute that all integrations of a company share.
//!
//! Invariant: neither keys nor tokens appear in a state, a route or a refusal.

use std::collections::{BTreeSet, VecDeque};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::assumed;
use super::base64;
use super::refusal::Refusal;
use super::resource::Resource;
use super::switches::Switches;
use super::time;
use crate::simulator::{NowMs, Request};

const MINUTE_MS: i64 = 60_000;

#[derive(Debug, Default)]
pub struct Access {
    keys: Vec<(String, String)>,
    tokens: Vec<Token>,
    /// Tokens made so far, so that no two are alike.
    made: u64,
    calls: VecDeque<NowMs>,
}

#[derive(Debug, Clone)]
pub struct Token {
    pub text: String,
    key: String,
    ends: NowMs,
    /// None: every scope.
    scopes: Option<BTreeSet<String>>,
}

impl Access {
    pub fn add_key(&mut self, key: &str, secret: &str) {
        self.keys.push((key.to_owned(), secret.to_owned()));
    }

    /// The administrator takes a key back; its tokens end with it.
    pub fn revoke_key(&mut self, key: &str) -> Result<(), String> {
        let before = self.keys.len();
        self.keys.retain(|(known, _)| known != key);
        self.tokens.retain(|token| token.key != key);
        (self.keys.len() < before)
            .then_some(())
            .ok_or_else(|| "no such API key".to_owned())
    }

    pub fn end_tokens(&mut self) {
        self.tokens.clear();
    }

    pub fn make(
        &mut self,
        key: String,
        scopes: Option<BTreeSet<String>>,
        switches: &Switches,
        now: NowMs,
    ) -> Token {
        if switches.one_token {
            self.tokens.retain(|token| token.key != key);
        }
        self.tokens.retain(|token| token.ends > now);
        self.made += 1;
        let life_ms = i64::try_from(switches.token_life_s.saturating_mul(1000)).unwrap_or(i64::MAX);
        let token = Token {
            text: hex(&format!("token {} {key} {now}", self.made), 20),
            key,
            ends: now.saturating_add(life_ms),
            scopes,
        };
        self.tokens.push(token.clone());
        token
    }

    /// The key that a Basic header proves.
    pub fn basic(&self, request: &Request) -> Result<String, Refusal> {
        let given = authorization(request)
            .and_then(|(scheme, value)| (scheme.eq_ignore_ascii_case("basic")).then_some(value))
            .and_then(base64::decode)
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let (key, secret) = given
            .as_deref()
            .and_then(|text| text.split_once(':'))
            .ok_or_else(Refusal::key)?;
        let known = self.keys.iter().any(|(k, s)| k == key && s == secret);
        known.then(|| key.to_owned()).ok_or_else(Refusal::key)
    }

    /// The living token that a request shows; the parameter goes before the header.
    pub fn token(
        &self,
        request: &Request,
        query: &[(String, String)],
        switches: &Switches,
        now: NowMs,
    ) -> Result<&Token, Refusal> {
        let parameter = query.iter().find(|(name, _)| name == "access_token");
        let header = || {
            let (scheme, value) = authorization(request)?;
            (switches.bearer && scheme.eq_ignore_ascii_case("bearer")).then_some(value)
        };
        let text = parameter.map(|(_, value)| value.as_str()).or_else(header);
        let mut tokens = self.tokens.iter();
        tokens
            .find(|token| Some(token.text.as_str()) == text && token.ends > now)
            .ok_or_else(Refusal::token)
    }

    /// The newest living token of a key.
    pub fn newest(&self, key: &str, now: NowMs) -> Option<&Token> {
        let mut tokens = self.tokens.iter().rev();
        tokens.find(|token| token.key == key && token.ends > now)
    }

    pub fn revoke(&mut self, text: &str) {
        self.tokens.retain(|token| token.text != text);
    }

    /// Counts one call, or refuses it.
    pub fn count_call(&mut self, switches: &Switches, now: NowMs) -> Result<(), Refusal> {
        while self.calls.front().is_some_and(|at| at + MINUTE_MS <= now) {
            self.calls.pop_front();
        }
        if (self.calls.len() as u64) < switches.calls_per_minute {
            self.calls.push_back(now);
            return Ok(());
        }
        let free_at = self.calls.front().map_or(now, |at| at + MINUTE_MS);
        Err(Refusal::too_many(((free_at - now + 999) / 1000).max(1)))
    }

    /// What the company's other integrations do in this moment.
    pub fn other_calls(&mut self, count: u64, now: NowMs) {
        self.calls.extend((0..count).map(|_| now));
    }
}

impl Token {
    pub fn ends(&self) -> String {
        time::written(time::stamp(self.ends))
    }

    pub fn allows(&self, resource: Resource, method: &str) -> Result<(), Refusal> {
        let deed = if method == "GET" { "read" } else { "write" };
        let wanted = scope(resource.word(), deed);
        let Some(scopes) = &self.scopes else {
            return Ok(());
        };
        let seen = scopes.contains(assumed::SCOPE_SEEN)
            && assumed::SCOPE_SEEN_COVERS.contains(&resource.word());
        let held = scopes.contains(&wanted)
            || deed == "read" && scopes.contains(&scope(resource.word(), "write"));
        (seen || held)
            .then_some(())
            .ok_or_else(|| Refusal::scope(&wanted))
    }
}

/// Reads `{"scopes":["productions_write"]}`, or nothing at all: every scope.
pub fn scopes(body: &[u8]) -> Result<Option<BTreeSet<String>>, Refusal> {
    if body.is_empty() {
        return Ok(None);
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| Refusal::invalid_json())?;
    let body = body
        .as_object()
        .ok_or_else(|| Refusal::invalid("An object is expected"))?;
    let Some(scopes) = body.get("scopes") else {
        return Ok(None);
    };
    let words = scopes.as_array().map(|all| all.iter().map(Value::as_str));
    let words = words.and_then(|all| all.map(|word| word.map(str::to_owned)).collect());
    words
        .map(Some)
        .ok_or_else(|| Refusal::invalid("scopes must be a list of texts"))
}

fn scope(word: &str, deed: &str) -> String {
    format!("{}_{deed}", word.replace('-', "_"))
}

fn authorization(request: &Request) -> Option<(&str, &str)> {
    let mut headers = request.headers.iter();
    let (_, value) = headers.find(|(name, _)| name == "authorization")?;
    value
        .split_once(' ')
        .map(|(scheme, value)| (scheme, value.trim()))
}

/// The first bytes of a hash: opaque, and the same on every machine.
pub fn hex(text: &str, bytes: usize) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter()
        .take(bytes)
        .map(|b| format!("{b:02x}"))
        .collect()
}
