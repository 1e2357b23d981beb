//! Who may call: apps, sessions, and the token endpoint with the form of its errors.
//!
//! A token ends with the idleness of its session, never by a date; only a 401 tells. Tokens follow from a
//! count, so nothing here is random.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::call::form;
use super::declared::Given;
use super::id::{self, Id};
use super::jwt::Assertion;
use super::key::PublicKey;
use super::org::Org;
use super::time::stamp;
use crate::simulator::{NowMs, Request, Response};

const AUDIENCES: [&str; 2] = [
    "https://login.salesforce.com",
    "https://test.salesforce.com",
];
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// Where the instance is, and where one logs in, when the two differ: names of the same machine.
const INSTANCE_HOST: &str = "localhost";

#[derive(Debug, Clone)]
struct App {
    client_id: String,
    client_secret: Option<String>,
    key: Option<PublicKey>,
    /// Usernames that an administrator pre-authorised.
    approved: Vec<String>,
    run_as: Option<String>,
    /// Refresh tokens that live, each with its username.
    refresh: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
struct Session {
    user: Id,
    used: NowMs,
}

#[derive(Debug, Default)]
pub struct Access {
    apps: Vec<App>,
    audiences: Vec<String>,
    /// Passwords with their security tokens, for the flow that is closed by default.
    passwords: BTreeMap<String, String>,
    locked: Vec<String>,
    sessions: BTreeMap<String, Session>,
    issued: u64,
}

/// An OAuth refusal: always 400.
struct Denied(&'static str, String);

fn denied(error: &'static str, description: &str) -> Denied {
    Denied(error, description.to_owned())
}

impl Access {
    pub fn add_app(&mut self, given: &Value) -> Result<(), String> {
        let mut given = Given::new("an app", given)?;
        let key = given.text_or_none("public_key")?;
        let mut refresh = BTreeMap::new();
        for token in given
            .take("refresh_tokens")
            .iter()
            .filter_map(Value::as_array)
            .flatten()
        {
            let mut token = Given::new("a refresh token", token)?;
            refresh.insert(token.text("token")?, token.text("user")?);
            token.finish()?;
        }
        let app = App {
            client_id: given.text("client_id")?,
            client_secret: given.text_or_none("client_secret")?,
            key: key.map(|pem| PublicKey::from_pem(&pem)).transpose()?,
            approved: given.texts("approved_users")?,
            run_as: given.text_or_none("run_as")?,
            refresh,
        };
        given.finish()?;
        self.apps.retain(|old| old.client_id != app.client_id);
        self.apps.push(app);
        Ok(())
    }

    pub fn add_audience(&mut self, audience: &str) {
        self.audiences.push(audience.to_owned());
    }

    pub fn set_password(&mut self, username: &str, password: &str) {
        self.passwords
            .insert(username.to_owned(), password.to_owned());
    }

    /// Whether an administrator lets a user use an app.
    pub fn approve(
        &mut self,
        client_id: &str,
        username: &str,
        approved: bool,
    ) -> Result<(), String> {
        let app = self.apps.iter_mut().find(|app| app.client_id == client_id);
        let app = app.ok_or("no such app")?;
        app.approved.retain(|known| known != username);
        if approved {
            app.approved.push(username.to_owned());
        }
        Ok(())
    }

    pub fn lock_user(&mut self, username: &str, locked: bool) {
        self.locked.retain(|known| known != username);
        if locked {
            self.locked.push(username.to_owned());
        }
    }

    /// Every session ends.
    pub fn end_sessions(&mut self) {
        self.sessions.clear();
    }

    /// The user of a request's session, whose idleness starts anew.
    pub fn user(&mut self, request: &Request, idle_s: u64, now: NowMs) -> Option<Id> {
        let token = bearer(request)?;
        let idle_ms = i64::try_from(idle_s)
            .unwrap_or(i64::MAX)
            .saturating_mul(1000);
        let session = self.sessions.get_mut(token)?;
        if now - session.used >= idle_ms {
            self.sessions.remove(token);
            return None;
        }
        session.used = session.used.max(now);
        Some(session.user.clone())
    }

    /// `POST …/token`
    pub fn token(&mut self, org: &Org, request: &Request, now: NowMs) -> Response {
        match self.granted(org, request, now) {
            Ok(body) => oauth(200, &body),
            Err(Denied(error, description)) => oauth(
                400,
                &json!({ "error": error, "error_description": description }),
            ),
        }
    }

    fn granted(&mut self, org: &Org, request: &Request, now: NowMs) -> Result<Value, Denied> {
        let text = String::from_utf8_lossy(&request.body).into_owned();
        let form = form(&text).ok_or_else(|| denied("invalid_request", "malformed request"))?;
        let field = |name: &str| {
            form.iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        let (client_id, client_secret) = client(request, &field);
        let long = |user: &Id, access: &mut Self| {
            let mut body = access.issue(org, user, request, now);
            let signature = STANDARD.encode(Sha256::digest(format!("{user}{now}")));
            body["issued_at"] = now.to_string().into();
            body["signature"] = signature.into();
            body
        };
        match field("grant_type") {
            Some(JWT_BEARER) => {
                let user =
                    self.asserted(org, request, field("assertion").unwrap_or_default(), now)?;
                Ok(self.issue(org, &user, request, now))
            }
            Some("client_credentials") => {
                if org.switches.instance_elsewhere && !request.origin.contains(INSTANCE_HOST) {
                    return Err(denied(
                        "invalid_grant",
                        "request not supported on this domain",
                    ));
                }
                let app = self.app(&client_id, client_secret.as_deref())?;
                let run_as = app.run_as.clone();
                let run_as = run_as
                    .ok_or_else(|| denied("invalid_grant", "no client credentials user enabled"))?;
                let user = self.person(org, &run_as)?;
                Ok(long(&user, self))
            }
            Some("refresh_token") => {
                self.app(&client_id, client_secret.as_deref())?;
                let given = field("refresh_token").unwrap_or_default();
                let app = self.apps.iter_mut().find(|app| app.client_id == client_id);
                let found = app.and_then(|app| Some((app.refresh.get(given)?.clone(), app)));
                let (username, app) =
                    found.ok_or_else(|| denied("invalid_grant", "expired access/refresh token"))?;
                let mut next = None;
                if org.switches.refresh_rotates {
                    let count = self.issued + 1;
                    let token = format!(
                        "5Aep861{}",
                        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("refresh {count}")))
                    );
                    app.refresh.remove(given);
                    app.refresh.insert(token.clone(), username.clone());
                    next = Some(token);
                }
                let user = self.person(org, &username)?;
                let mut body = long(&user, self);
                if let Some(next) = next {
                    body["refresh_token"] = next.into();
                }
                Ok(body)
            }
            Some("password") => {
                self.app(&client_id, client_secret.as_deref())?;
                let username = field("username").unwrap_or_default();
                let known = self.passwords.get(username).map(String::as_str);
                if !org.switches.password_flow || known.is_none() || known != field("password") {
                    return Err(denied("invalid_grant", "authentication failure"));
                }
                let user = self.person(org, username)?;
                Ok(long(&user, self))
            }
            _ => Err(denied("unsupported_grant_type", "grant type not supported")),
        }
    }

    /// The user for whom an assertion asks.
    fn asserted(&self, org: &Org, request: &Request, text: &str, now: NowMs) -> Result<Id, Denied> {
        let grant = |description: &str| denied("invalid_grant", description);
        let assertion = Assertion::read(text).ok_or_else(|| grant("invalid assertion"))?;
        let app = self
            .apps
            .iter()
            .find(|app| app.client_id == assertion.claim("iss"));
        let app = app.ok_or_else(|| denied("invalid_client_id", "client identifier invalid"))?;
        if !app
            .key
            .as_ref()
            .is_some_and(|key| assertion.is_signed_by(key))
        {
            return Err(grant("invalid assertion"));
        }
        let audience = assertion.claim("aud").trim_end_matches('/');
        let mine = self.audiences.iter().map(String::as_str).chain(AUDIENCES);
        if audience != request.origin && !mine.into_iter().any(|known| known == audience) {
            return Err(grant("audience is invalid"));
        }
        if !assertion.is_in_time(stamp(now)) {
            return Err(grant("expired authorization code"));
        }
        let username = assertion.claim("sub");
        if !app
            .approved
            .iter()
            .any(|approved| approved.eq_ignore_ascii_case(username))
        {
            return Err(grant("user hasn't approved this consumer"));
        }
        self.person(org, username)
    }

    fn app(&self, client_id: &str, secret: Option<&str>) -> Result<&App, Denied> {
        let app = self.apps.iter().find(|app| app.client_id == client_id);
        let app = app.ok_or_else(|| denied("invalid_client_id", "client identifier invalid"))?;
        match &app.client_secret {
            Some(known) if secret != Some(known) => {
                Err(denied("invalid_client", "invalid client credentials"))
            }
            _ => Ok(app),
        }
    }

    /// A user who may log in.
    fn person(&self, org: &Org, username: &str) -> Result<Id, Denied> {
        let grant = |description: &str| denied("invalid_grant", description);
        let mut users = org.table("User").live();
        let user = users.find(|user| user.text("Username").eq_ignore_ascii_case(username));
        let user = user.ok_or_else(|| grant("authentication failure"))?;
        if !user.flag("IsActive") {
            return Err(grant("inactive user"));
        }
        if self
            .locked
            .iter()
            .any(|locked| locked.eq_ignore_ascii_case(username))
        {
            return Err(grant("user is locked"));
        }
        if org.switches.ip_restricted {
            return Err(grant("ip restricted"));
        }
        Ok(user.id.clone())
    }

    fn issue(&mut self, org: &Org, user: &Id, request: &Request, now: NowMs) -> Value {
        self.issued += 1;
        let secret = Sha256::digest(format!("session {} of {user}", self.issued));
        let token = format!(
            "{}!AQ4AQ{}",
            id::short(&org.id),
            URL_SAFE_NO_PAD.encode(secret)
        );
        let (user, used) = (user.clone(), now);
        let session = Session {
            user: user.clone(),
            used,
        };
        self.sessions.insert(token.clone(), session);
        json!({
            "access_token": token,
            "scope": "api",
            "instance_url": instance(org, &request.origin),
            "id": format!("{}/id/{}/{user}", request.origin, org.id),
            "token_type": "Bearer",
        })
    }

    /// `POST …/revoke`
    pub fn revoke(&mut self, request: &Request) -> Response {
        let text = String::from_utf8_lossy(&request.body).into_owned();
        let form = form(&text).unwrap_or_default();
        for (_, token) in form.iter().filter(|(key, _)| key == "token") {
            self.sessions.remove(token);
            self.apps
                .iter_mut()
                .for_each(|app| drop(app.refresh.remove(token)));
        }
        Response {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
            delay_ms: 0,
        }
    }
}

/// Consumer key and secret, from the form or from HTTP Basic.
fn client<'a>(
    request: &Request,
    field: &impl Fn(&str) -> Option<&'a str>,
) -> (String, Option<String>) {
    let basic = super::call::header(&request.headers, "authorization")
        .and_then(|value| value.strip_prefix("Basic "));
    let pair = basic
        .and_then(|value| STANDARD.decode(value).ok())
        .and_then(|value| String::from_utf8(value).ok());
    if let Some((key, secret)) = pair.as_deref().and_then(|pair| pair.split_once(':')) {
        return (key.to_owned(), Some(secret.to_owned()));
    }
    let text = |name| field(name).map(str::to_owned);
    (text("client_id").unwrap_or_default(), text("client_secret"))
}

fn bearer(request: &Request) -> Option<&str> {
    let value = super::call::header(&request.headers, "authorization")?;
    value
        .strip_prefix("Bearer ")
        .or_else(|| value.strip_prefix("OAuth "))
}

/// Where data calls go.
fn instance(org: &Org, origin: &str) -> String {
    if !org.switches.instance_elsewhere {
        return origin.to_owned();
    }
    let (scheme, rest) = origin.split_once("://").unwrap_or(("http", origin));
    match rest.rsplit_once(':') {
        Some((_, port)) => format!("{scheme}://{INSTANCE_HOST}:{port}"),
        None => format!("{scheme}://{INSTANCE_HOST}"),
    }
}

/// Whether a data call came to where it belongs.
pub fn is_instance(org: &Org, origin: &str) -> bool {
    instance(org, origin) == origin
}

fn oauth(status: u16, body: &Value) -> Response {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Response {
        status,
        headers: vec![
            header("content-type", "application/json;charset=UTF-8"),
            header(
                "cache-control",
                "no-cache,must-revalidate,max-age=0,no-store,private",
            ),
        ],
        body: body.to_string().into_bytes(),
        delay_ms: 0,
    }
}
