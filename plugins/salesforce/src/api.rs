//! Salesforce as a set of calls.
//!
//! Invariants: a write is carried out at most once by one operation; it is sent again only after a 401, which
//! says that it was not. A session that ended is renewed once.

use crate::assumed::NOT_CURED_BY_A_TOKEN;
use crate::refusal::{self, Refusal};
use crate::session::{self, Session};
use crate::settings::Settings;
use crate::shape::Shape;
use crate::usage;
use liaison_sdk::prelude::*;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Salesforce, for one org.
pub struct Api<'a> {
    host: &'a dyn Host,
    pub settings: Settings,
    session: RefCell<Option<Session>>,
    /// What objects look like, as far as this call knows.
    pub shapes: RefCell<BTreeMap<String, Rc<Shape>>>,
    /// Those that were asked for in this call.
    pub asked: RefCell<BTreeSet<String>>,
}

/// What may be done about a lost answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Read,
    Write,
}

/// One request beneath the version.
pub struct Request<'r> {
    pub call: Call,
    pub method: Method,
    /// From the version on, or from `/services` on.
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<&'r Value>,
}

impl Request<'_> {
    /// A read of this path.
    pub fn get(path: &str) -> Self {
        Request {
            call: Call::Read,
            method: Method::Get,
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
        }
    }
}

impl<'a> Api<'a> {
    /// The API of this connection. Sends nothing.
    pub fn open(host: &'a dyn Host) -> Result<Self, Fault> {
        let settings = Settings::of(host)?;
        usage::allow(host, settings.stop_at_percent())?;
        Ok(Self {
            host,
            settings,
            session: RefCell::default(),
            shapes: RefCell::default(),
            asked: RefCell::default(),
        })
    }

    pub fn host(&self) -> &'a dyn Host {
        self.host
    }

    /// The host's clock, in milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        i64::try_from(self.host.now_ms()).unwrap_or(i64::MAX)
    }

    /// A path beneath the version that the settings name.
    pub fn path(&self, path: &str) -> String {
        match path.starts_with("/services/") {
            true => path.to_owned(),
            false => format!("/services/data/v{}/{path}", self.settings.version()),
        }
    }

    /// One request with a session; whatever the answer's status, but for a session that ended.
    pub fn send(&self, request: &Request) -> Result<Answer, Fault> {
        let first = self.session()?;
        let answer = self.send_in(&first, request)?;
        if answer.status() != 401 || is_hopeless(&answer) {
            return self.told(answer);
        }
        let second = self.renewed(&first)?;
        let answer = self.send_in(&second, request)?;
        self.told(answer)
    }

    fn told(&self, answer: Answer) -> Result<Answer, Fault> {
        if (300..400).contains(&answer.status()) && answer.0.header("location").is_some() {
            // The next call logs in anew, and learns where the org is now.
            self.host.memory_delete(session::MEMORY);
        }
        if answer.status() != 401 {
            return Ok(answer);
        }
        self.host.memory_delete(session::MEMORY);
        let fault = match is_hopeless(&answer) {
            true => fault::unauthorized(text!(
                "salesforce-session-useless",
                "Salesforce gives a token that its API does not take; let the app ask for the scope `api`, and see whether the user may use the API (permission API Enabled)"
            )),
            false => fault::unauthorized(text!(
                "salesforce-session-refused",
                "Salesforce refuses the token that it gave a moment ago; see whether the integration user is active and may use the API (permission API Enabled)"
            )),
        };
        Err(refusal::quoted(fault, &answer))
    }

    fn send_in(&self, session: &Session, request: &Request) -> Result<Answer, Fault> {
        let mut client = Client::new(self.host, &session.instance)
            .header("Authorization", &format!("Bearer {}", session.token))
            .header("Accept", "application/json")
            // What a change says of who made it.
            .header("Sforce-Call-Options", "client=liaison");
        for (name, value) in &request.headers {
            client = client.header(name, value);
        }
        let path = self.path(&request.path);
        let answer = match request.call {
            Call::Read => client.read(request.method, &path, request.body),
            Call::Write => client.write(request.method, &path, request.body),
        };
        let answer = answer.inspect_err(|fault| {
            // An org that moved has another address, which only a new login names.
            if fault.message.key == "sdk-unreachable" {
                self.host.memory_delete(session::MEMORY);
            }
        })?;
        usage::watch(self.host, &answer);
        Ok(answer)
    }

    fn session(&self) -> Result<Session, Fault> {
        if let Some(session) = self.session.borrow().clone() {
            return Ok(session);
        }
        let session = match session::remembered(self.host, &self.settings) {
            Some(session) => session,
            None => session::begin(self.host, &self.settings)?,
        };
        *self.session.borrow_mut() = Some(session.clone());
        Ok(session)
    }

    /// Another session than the one that ended: a call beside this one may have begun it already.
    fn renewed(&self, ended: &Session) -> Result<Session, Fault> {
        let other = session::remembered(self.host, &self.settings);
        let session = match other.filter(|other| other.token != ended.token) {
            Some(session) => session,
            None => session::begin(self.host, &self.settings)?,
        };
        *self.session.borrow_mut() = Some(session.clone());
        Ok(session)
    }

    /// Logs in whether a session is held or not.
    pub fn log_in(&self) -> Result<(), Fault> {
        let session = session::begin(self.host, &self.settings)?;
        *self.session.borrow_mut() = Some(session);
        Ok(())
    }
}

fn is_hopeless(answer: &Answer) -> bool {
    answer.status() == 401
        && Refusal::all_of(&answer.json().unwrap_or_default())
            .iter()
            .any(|refusal| {
                NOT_CURED_BY_A_TOKEN
                    .iter()
                    .any(|words| refusal.message.contains(words))
            })
}
