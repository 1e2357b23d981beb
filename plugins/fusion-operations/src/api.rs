//! Fusion Operations as a set of calls: a token for two hours, lists as bare arrays, records by id.
//!
//! The token stands in the address, so no address goes into a message or a log.
//!
//! Invariants: a POST or PUT is carried out at most once; it is sent again only after a 401, which says that
//! it was not.

use crate::assumed::*;
use crate::profile::Profile;
use crate::refusal::{self, About};
use crate::settings::{Settings, TokenIn, Updates};
use crate::table::{id_of, Table};
use liaison_sdk::host::Encoder;
use liaison_sdk::http;
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// The secret: key and secret of the API, joined by a colon.
pub const API_KEY: &str = "api_key";
/// Where the token is remembered between calls.
pub const MEMORY: &str = "token";

/// Fusion Operations, for one company.
pub struct Api<'a> {
    client: Client<'a>,
    pub settings: Settings,
    pub profile: Profile,
    token: RefCell<Option<Token>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Token {
    token: String,
    until_ms: u64,
    /// Which system and rights it is for.
    of: String,
}

/// Rows of a list, and when the vendor told them.
pub struct List {
    pub rows: Vec<Value>,
    pub told_at_ms: i64,
}

impl<'a> Api<'a> {
    /// The API of this connection. Sends nothing.
    pub fn open(host: &'a dyn Host) -> Result<Self, Fault> {
        let settings = Settings::of(host)?;
        let client = Client::new(host, &settings.base()).header("Accept", "application/json");
        Ok(Self {
            client,
            profile: settings.profile()?,
            settings,
            token: RefCell::default(),
        })
    }

    pub fn host(&self) -> &'a dyn Host {
        self.client.host()
    }

    /// The word in the path.
    pub fn resource(&self, table: &'static Table) -> &str {
        self.profile.named(table.entity, table.resource)
    }

    /// One list, cut by these parameters (or not, if the vendor does not know them).
    pub fn list(
        &self,
        table: &'static Table,
        parameters: &[(String, String)],
    ) -> Result<List, Fault> {
        let resource = self.resource(table);
        let answer = self.send(
            Call::Read,
            Method::Get,
            &format!("{resource}/"),
            parameters,
            None,
        )?;
        if !answer.is_success() {
            return Err(self.out(refusal::of_read(&answer, resource)));
        }
        let told_at_ms = answer.answered_at_ms().unwrap_or_else(|| self.now_ms());
        match answer
            .json_or_unavailable()
            .map_err(|fault| self.out(fault))?
        {
            Value::Array(rows) => Ok(List { rows, told_at_ms }),
            body if refusal::is_refusal(&body) => {
                let (code, text) = refusal::words(&answer);
                Err(self.out(answer.rubbish().vendor_code(&code).vendor_text(&text)))
            }
            _ => Err(self.out(refusal::out_of_shape(resource, &answer))),
        }
    }

    /// One record by its id. The vendor also finds some by their code: that is none.
    pub fn item(&self, table: &'static Table, id: &str) -> Result<Option<Value>, Fault> {
        let row = self.object(self.resource(table), id)?;
        Ok(row.filter(|row| id_of(row).as_deref() == Some(id)))
    }

    /// What stands at this id of a resource.
    pub fn object(&self, resource: &str, id: &str) -> Result<Option<Value>, Fault> {
        let path = format!("{resource}/{}", http::encode(id));
        let answer = self.send(Call::Read, Method::Get, &path, &[], None)?;
        if answer.status() == 404 {
            return Ok(None);
        }
        if !answer.is_success() {
            return Err(self.out(refusal::of_read(&answer, resource)));
        }
        let body = answer
            .json_or_unavailable()
            .map_err(|fault| self.out(fault))?;
        match body.is_object() && !refusal::is_refusal(&body) {
            true => Ok(Some(body)),
            false => Err(self.out(refusal::out_of_shape(resource, &answer))),
        }
    }

    /// Makes a record: what the vendor stored, where its answer tells.
    pub fn create(
        &self,
        table: &'static Table,
        row: Map<String, Value>,
    ) -> Result<Option<Value>, Fault> {
        let path = format!("{}/", self.resource(table));
        self.write(table, Method::Post, &path, row, About::List)
    }

    /// Changes a record.
    pub fn update(
        &self,
        table: &'static Table,
        id: &str,
        before: &Value,
        changed: Map<String, Value>,
    ) -> Result<Option<Value>, Fault> {
        let mut row = match (self.settings.updates(), before) {
            (Updates::Whole, Value::Object(before)) => before.clone(),
            _ => Map::new(),
        };
        row.extend(changed);
        row.retain(|property, _| !NEVER_SENT.contains(&property.as_str()));
        let path = format!("{}/{}", self.resource(table), http::encode(id));
        self.write(table, Method::Put, &path, row, About::Record)
    }

    fn write(
        &self,
        table: &'static Table,
        method: Method,
        path: &str,
        row: Map<String, Value>,
        about: About,
    ) -> Result<Option<Value>, Fault> {
        let answer = self.send(Call::Write, method, path, &[], Some(&Value::Object(row)))?;
        let fault = || self.out(refusal::of_write(&answer, self.resource(table), about));
        if !answer.is_success() {
            return Err(fault());
        }
        match answer.json() {
            Some(body) if refusal::is_refusal(&body) => Err(fault()),
            Some(body) => Ok(Some(body).filter(|body| id_of(body).is_some())),
            None if answer.0.body.is_empty() => Ok(None),
            None => Err(fault()),
        }
    }

    fn send(
        &self,
        call: Call,
        method: Method,
        path: &str,
        parameters: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<Answer, Fault> {
        for token_age in [Age::Any, Age::Fresh] {
            let token = self.token(token_age)?;
            let mut parameters = parameters.to_vec();
            let client = match self.settings.token_in() {
                TokenIn::Header => self
                    .client
                    .clone()
                    .header("Authorization", &format!("Bearer {token}")),
                TokenIn::Query => {
                    parameters.push((TOKEN_PARAMETER.to_owned(), token));
                    self.client.clone()
                }
            };
            let pairs = parameters
                .iter()
                .map(|(name, value)| format!("{name}={}", http::encode(value)));
            let query = pairs.collect::<Vec<_>>().join("&");
            let path = match query.is_empty() {
                true => path.to_owned(),
                false => format!("{path}?{query}"),
            };
            let answer = match call {
                Call::Read => client.read(method, &path, body),
                Call::Write => client.write(method, &path, body),
            };
            let answer = answer.map_err(|fault| self.out(fault))?;
            match (answer.status(), token_age) {
                (401, Age::Any) => self.forget(),
                (401, Age::Fresh) => {
                    let fault = self.out(refusal::of_fresh_token(&answer));
                    self.forget();
                    return Err(fault);
                }
                _ => return Ok(answer),
            }
        }
        unreachable!("with a fresh token every answer returns")
    }

    /// The token, remembered or new.
    fn token(&self, age: Age) -> Result<String, Fault> {
        let of = format!(
            "{} {}",
            self.settings.base(),
            self.settings.scopes().join(" ")
        );
        let fits = |token: &Token| token.of == of && self.host().now_ms() < token.until_ms;
        if age == Age::Any {
            let remembered = || serde_json::from_slice(&self.host().memory_get(MEMORY)?).ok();
            let held = self.token.borrow().clone().or_else(remembered);
            if let Some(token) = held.filter(fits) {
                *self.token.borrow_mut() = Some(token.clone());
                return Ok(token.token);
            }
        }
        let token = Token {
            token: self.authorize()?,
            until_ms: self.host().now_ms().saturating_add(TOKEN_LIFE_MS),
            of,
        };
        // Where it cannot be kept the next call asks for another.
        let _ = self.host().memory_set(MEMORY, &cursor::encode(&token));
        *self.token.borrow_mut() = Some(token.clone());
        Ok(token.token)
    }

    /// Asks for a token whether one is held or not.
    pub fn renew(&self) -> Result<(), Fault> {
        self.token(Age::Fresh).map(drop)
    }

    /// Asks for a token. Asking twice does no harm.
    fn authorize(&self) -> Result<String, Fault> {
        let key = http::placeholder(self.host(), API_KEY, Encoder::Basic)?;
        let client = self
            .client
            .clone()
            .header("Authorization", &format!("Basic {key}"));
        let scopes = self.settings.scopes();
        let body = json!({ SCOPES: scopes });
        let body = (!scopes.is_empty()).then_some(&body);
        let client = client.header("Content-Type", "application/json");
        let answer = client.read(Method::Post, AUTHORIZATION, body);
        let answer = answer.map_err(|fault| refusal::finished(fault, None))?;
        let told = answer.json().filter(|_| answer.is_success());
        let token = told.as_ref().and_then(|body| body[TOKEN].as_str());
        match token.filter(|token| !token.trim().is_empty()) {
            Some(token) => Ok(token.to_owned()),
            // The answer may hold a token under another name, so it is not quoted.
            None if told.as_ref().is_some_and(|body| !refusal::is_refusal(body)) => {
                Err(fault::misconfigured(text!(
                    "fusion-no-token",
                    "Fusion Operations accepts the API key and gives no token"
                )))
            }
            None => Err(refusal::of_authorization(&answer)),
        }
    }

    fn forget(&self) {
        self.token.borrow_mut().take();
        self.host().memory_delete(MEMORY);
    }

    fn out(&self, fault: Fault) -> Fault {
        let token = self.token.borrow();
        refusal::finished(fault, token.as_ref().map(|token| token.token.as_str()))
    }

    fn now_ms(&self) -> i64 {
        i64::try_from(self.host().now_ms()).unwrap_or(i64::MAX)
    }
}

/// What may be done about a lost answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Read,
    Write,
}

/// How old a token may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Age {
    Any,
    Fresh,
}
