//! Who may call: Intuit's sign-in, its tokens, and how their values change.
//!
//! A refresh answers with the refresh token to use from now on: the same one within a day, a new one after
//! (switches `refresh_rotates`, `old_refresh_token_s`). Tokens follow from a count, so nothing is random.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::switches::{Rotation, Switches};
use super::wire;
use crate::simulator::{NowMs, Request, Response};

const DAY_MS: i64 = 86_400_000;
/// By policy a connection ends after five years.
const HARD_END_MS: i64 = 5 * 365 * DAY_MS;
/// A code is used at once, or never.
const CODE_MS: i64 = 600_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    pub client_id: String,
    pub client_secret: String,
    #[serde(default)]
    pub redirect_uris: Vec<String>,
}

#[derive(Debug, Clone)]
struct Code {
    client_id: String,
    realm: String,
    redirect_uri: String,
    until: NowMs,
}

/// What a person agreed to, of one app and one company.
#[derive(Debug, Clone)]
struct Grant {
    client_id: String,
    realm: String,
    refresh: String,
    /// When this value was first given, and when the grant was.
    issued: NowMs,
    since: NowMs,
    used: NowMs,
    /// Values before this one, with the moment of their end.
    old: Vec<(String, NowMs)>,
}

#[derive(Debug, Clone)]
struct Token {
    client_id: String,
    realm: String,
    until: NowMs,
}

#[derive(Debug, Default)]
pub struct Access {
    pub apps: Vec<App>,
    codes: BTreeMap<String, Code>,
    grants: Vec<Grant>,
    tokens: BTreeMap<String, Token>,
    issued: u64,
}

/// An OAuth refusal.
struct Denied(u16, &'static str, &'static str);

impl Access {
    /// A connection that was made before, by its refresh token.
    pub fn granted(&mut self, client_id: &str, realm: &str, refresh: &str, now: NowMs) {
        self.grants.push(Grant {
            client_id: client_id.to_owned(),
            realm: realm.to_owned(),
            refresh: refresh.to_owned(),
            issued: now,
            since: now,
            used: now,
            old: Vec::new(),
        });
    }

    /// A person agrees at the sign-in page.
    pub fn code(
        &mut self,
        client_id: &str,
        realm: &str,
        redirect_uri: &str,
        now: NowMs,
    ) -> Result<String, String> {
        let app = self.apps.iter().find(|app| app.client_id == client_id);
        let app = app.ok_or("no such app")?;
        if !app.redirect_uris.iter().any(|uri| uri == redirect_uri) {
            return Err("the app does not have this redirect URI".to_owned());
        }
        let code = self.value("code", now);
        self.codes.insert(
            code.clone(),
            Code {
                client_id: client_id.to_owned(),
                realm: realm.to_owned(),
                redirect_uri: redirect_uri.to_owned(),
                until: now + CODE_MS,
            },
        );
        Ok(code)
    }

    /// A person disconnects the app, or its access tokens end before their time.
    pub fn revoke_all(&mut self) {
        self.grants.clear();
        self.tokens.clear();
    }

    pub fn end_tokens(&mut self) {
        self.tokens.clear();
    }

    /// The company and the app of a request's token.
    pub fn realm(&self, request: &Request, now: NowMs) -> Option<&str> {
        let token = self.tokens.get(bearer(request)?)?;
        (now < token.until).then_some(token.realm.as_str())
    }

    /// How many of each there are; no value leaves here.
    pub fn show(&self) -> Value {
        json!({
            "apps": self.apps.iter().map(|app| &app.client_id).collect::<Vec<_>>(),
            "connections": self.grants.len(),
            "access_tokens": self.tokens.len(),
        })
    }

    pub fn token(&mut self, switches: &Switches, request: &Request, now: NowMs) -> Response {
        match self.exchange(switches, request, now) {
            Ok(body) => wire::json(200, &body),
            Err(Denied(status, error, description)) => wire::json(
                status,
                &json!({ "error": error, "error_description": description }),
            ),
        }
    }

    fn exchange(
        &mut self,
        switches: &Switches,
        request: &Request,
        now: NowMs,
    ) -> Result<Value, Denied> {
        let client_id = self.client(request)?;
        let kind = wire::header(request, "content-type").unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(Denied(400, "invalid_request", "the body is no form"));
        }
        let form = wire::form(&String::from_utf8_lossy(&request.body)).ok_or(Denied(
            400,
            "invalid_request",
            "malformed form",
        ))?;
        let field = |name: &str| {
            let mut all = form.iter();
            let found = all.find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        match field("grant_type").as_str() {
            "authorization_code" => {
                self.redeem(&client_id, &field("code"), &field("redirect_uri"), now)?;
                let at = self.grants.len() - 1;
                Ok(self.issue(switches, at, now))
            }
            "refresh_token" => self.refresh(switches, &client_id, &field("refresh_token"), now),
            "" => Err(Denied(400, "invalid_request", "grant_type is missing")),
            _ => Err(Denied(400, "unsupported_grant_type", "no such grant")),
        }
    }

    fn redeem(
        &mut self,
        client_id: &str,
        code: &str,
        redirect_uri: &str,
        now: NowMs,
    ) -> Result<(), Denied> {
        // Once: a code that was shown is gone, right or wrong.
        let code = self.codes.remove(code);
        let code = code.filter(|code| {
            code.client_id == client_id && code.redirect_uri == redirect_uri && now < code.until
        });
        let code = code.ok_or(Denied(400, "invalid_grant", "Invalid authorization code"))?;
        let refresh = self.refresh_value(now);
        // Who connects again ends the connection before.
        self.grants
            .retain(|grant| grant.client_id != client_id || grant.realm != code.realm);
        self.granted(client_id, &code.realm, &refresh, now);
        Ok(())
    }

    fn refresh(
        &mut self,
        switches: &Switches,
        client_id: &str,
        value: &str,
        now: NowMs,
    ) -> Result<Value, Denied> {
        let invalid = Denied(400, "invalid_grant", "Incorrect or invalid refresh token");
        let alive = |grant: &Grant| {
            let newest = grant.refresh == value;
            let older = grant
                .old
                .iter()
                .any(|(old, end)| old == value && now < *end);
            grant.client_id == client_id
                && (newest || older)
                && now < grant.used + switches.refresh_token_s.saturating_mul(1000)
                && now < grant.since + HARD_END_MS
        };
        let at = self.grants.iter().position(alive).ok_or(invalid)?;
        let newest = self.grants[at].refresh == value;
        let due = match switches.refresh_rotates {
            Rotation::Daily => now - self.grants[at].issued >= DAY_MS,
            Rotation::Always => true,
            Rotation::Never => false,
        };
        if due && newest {
            let new = self.refresh_value(now);
            let grant = &mut self.grants[at];
            let old = std::mem::replace(&mut grant.refresh, new);
            let end = now + switches.old_refresh_token_s.saturating_mul(1000);
            grant.old.retain(|(_, end)| now < *end);
            grant.old.push((old, end));
            grant.issued = now;
        }
        self.grants[at].used = now;
        Ok(self.issue(switches, at, now))
    }

    fn issue(&mut self, switches: &Switches, at: usize, now: NowMs) -> Value {
        let access = self.value("access", now);
        let grant = &self.grants[at];
        let seconds = switches.access_token_s;
        let token = Token {
            client_id: grant.client_id.clone(),
            realm: grant.realm.clone(),
            until: now + seconds.saturating_mul(1000),
        };
        let answer = json!({
            "access_token": access, "token_type": "bearer", "expires_in": seconds,
            "refresh_token": grant.refresh, "x_refresh_token_expires_in": switches.refresh_token_s,
            "x_refresh_token_hard_expires_in": (grant.since + HARD_END_MS - now) / 1000,
        });
        self.tokens.retain(|_, token| now < token.until);
        self.tokens.insert(access, token);
        answer
    }

    /// `POST …/revoke`: one of the two tokens ends the connection.
    pub fn revoke(&mut self, request: &Request) -> Response {
        let client_id = match self.client(request) {
            Ok(client_id) => client_id,
            Err(Denied(status, error, _)) => return wire::json(status, &json!({ "error": error })),
        };
        // In JSON, or as clients of the vendor also send it, in a form.
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let form = wire::form(&String::from_utf8_lossy(&request.body)).unwrap_or_default();
        let mut fields = form.iter();
        let in_form = fields.find(|(name, _)| name == "token");
        let in_form = in_form.map(|(_, token)| token.as_str());
        let given = body["token"].as_str().or(in_form).unwrap_or_default();
        let access = self.tokens.get(given).cloned();
        let realm = access.map(|token| (token.client_id, token.realm));
        let found = self.grants.iter().position(|grant| {
            grant.client_id == client_id
                && (grant.refresh == given
                    || realm == Some((grant.client_id.clone(), grant.realm.clone())))
        });
        let Some(at) = found else {
            return wire::json(400, &json!({ "error": "invalid_token" }));
        };
        let gone = self.grants.remove(at);
        self.tokens
            .retain(|_, token| token.client_id != gone.client_id || token.realm != gone.realm);
        wire::respond(200, "application/json", String::new())
    }

    /// HTTP Basic, and nothing else.
    fn client(&self, request: &Request) -> Result<String, Denied> {
        let denied = || Denied(401, "invalid_client", "unknown client or wrong secret");
        let header = wire::header(request, "authorization").ok_or_else(denied)?;
        let basic = header.strip_prefix("Basic ").ok_or_else(denied)?;
        let bytes = STANDARD.decode(basic).map_err(|_| denied())?;
        let pair = String::from_utf8(bytes).map_err(|_| denied())?;
        let (id, secret) = pair.split_once(':').ok_or_else(denied)?;
        let mut apps = self.apps.iter();
        let known = apps.any(|app| app.client_id == id && app.client_secret == secret);
        known.then(|| id.to_owned()).ok_or_else(denied)
    }

    fn refresh_value(&mut self, now: NowMs) -> String {
        let value = self.value("refresh", now);
        format!("AB11{}", &value[..46])
    }

    fn value(&mut self, what: &str, now: NowMs) -> String {
        self.issued += 1;
        let digest = Sha256::digest(format!("{what} {} {now}", self.issued));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn bearer(request: &Request) -> Option<&str> {
    wire::header(request, "authorization")?.strip_prefix("Bearer ")
}
