//! Calls to the service.
//!
//! A question may be asked again; what changes something is sent once. How fast calls follow one another is the
//! host's to keep, by the rate in the manifest or the connection's own limits.

use crate::assumed::action::Pressed;
use crate::envelope::{self, Request};
use crate::refusal;
use crate::reply::{self, Reply, Trouble};
use crate::settings::Settings;
use liaison_sdk::host::Encoder;
use liaison_sdk::http::{self, Body};
use liaison_sdk::prelude::*;
use liaison_sdk::xml::Element;
use std::cell::{Cell, OnceCell};

/// The name of the secret.
pub const PASSWORD: &str = "password";

/// Attempts at a question, and the first wait: calls that come too fast are dropped.
const TRIES: u32 = 3;
const WAIT_MS_FIRST: u32 = 2_500;

/// A connection to one company.
pub struct Api<'a> {
    host: &'a dyn Host,
    pub settings: Settings,
    /// The service's own time at its last answer, and ours.
    told: Cell<Option<(i64, i64)>>,
    /// What users pressed, as it was when it was first asked for: once for all records of a call.
    pressed: OnceCell<Vec<Pressed>>,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows<T> {
    All(Vec<T>),
    /// More than one reply holds.
    TooMany,
}

/// What is sent: a question, or something that changes the company.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Question,
    Change,
}

impl<'a> Api<'a> {
    /// Sends nothing yet.
    pub fn open(host: &'a dyn Host) -> Result<Self, Fault> {
        Ok(Self {
            host,
            settings: Settings::of(host)?,
            told: Cell::default(),
            pressed: OnceCell::new(),
        })
    }

    pub fn host(&self) -> &'a dyn Host {
        self.host
    }

    /// The service's own time, as its last answer told it; ours where it told none.
    pub fn now_ms(&self) -> i64 {
        self.told
            .get()
            .map_or_else(|| self.our_ms(), |(theirs, _)| theirs)
    }

    /// What users pressed; `ask` asks for it, where nobody has yet.
    pub fn pressed(
        &self,
        ask: impl FnOnce() -> Result<Vec<Pressed>, Fault>,
    ) -> Result<Vec<Pressed>, Fault> {
        if let Some(all) = self.pressed.get() {
            return Ok(all.clone());
        }
        let all = ask()?;
        Ok(self.pressed.get_or_init(|| all).clone())
    }

    /// How far ahead of ours the service's clock is, where it told.
    pub fn ahead_ms(&self) -> Option<i64> {
        self.told.get().map(|(theirs, ours)| theirs - ours)
    }

    fn our_ms(&self) -> i64 {
        i64::try_from(self.host.now_ms()).unwrap_or(i64::MAX)
    }

    /// Asks for what concerns `entity`; what `row` makes of each element of this name.
    pub fn ask<T>(
        &self,
        entity: &str,
        request: &Request,
        name: &str,
        row: &dyn Fn(&Element) -> Option<T>,
    ) -> Result<Rows<T>, Fault> {
        let mut wait_ms = WAIT_MS_FIRST;
        for attempt in 1.. {
            match self.send(request, Sort::Question, name, row) {
                Ok(Reply::Rows(rows)) => return Ok(Rows::All(rows)),
                Ok(Reply::Error(trouble)) if refusal::is_too_many(&trouble) => {
                    return Ok(Rows::TooMany)
                }
                Ok(Reply::Error(trouble)) => return Err(self.refused(entity, &trouble)),
                Err(fault) if attempt < TRIES && is_passing(&fault) => {
                    self.host.sleep_ms(wait_ms);
                    wait_ms *= 2;
                }
                Err(fault) => return Err(fault),
            }
        }
        unreachable!("the last attempt returns")
    }

    /// Asks for what one reply surely holds.
    pub fn ask_few<T>(
        &self,
        entity: &str,
        request: &Request,
        name: &str,
        row: &dyn Fn(&Element) -> Option<T>,
    ) -> Result<Vec<T>, Fault> {
        match self.ask(entity, request, name, row)? {
            Rows::All(rows) => Ok(rows),
            Rows::TooMany => Err(refusal::of(
                entity,
                &Trouble {
                    code: refusal::TOO_MANY.to_owned(),
                    words: String::new(),
                },
            )),
        }
    }

    /// Changes; what `row` makes of each element of this name, or why nothing was changed.
    pub fn tell<T>(
        &self,
        request: &Request,
        name: &str,
        row: &dyn Fn(&Element) -> Option<T>,
    ) -> Result<Result<Vec<T>, Trouble>, Fault> {
        Ok(match self.send(request, Sort::Change, name, row)? {
            Reply::Rows(rows) => Ok(rows),
            Reply::Error(trouble) => Err(trouble),
        })
    }

    fn refused(&self, entity: &str, trouble: &Trouble) -> Fault {
        self.host.debug(&format!("{entity}: {}", trouble.code));
        refusal::of_question(entity, trouble)
    }

    /// One request, once. XML is the judge, not the status; where there is none, the status is.
    fn send<T>(
        &self,
        request: &Request,
        sort: Sort,
        name: &str,
        row: &dyn Fn(&Element) -> Option<T>,
    ) -> Result<Reply<T>, Fault> {
        let password = http::placeholder(self.host, PASSWORD, Encoder::Xml)?;
        let body = Body {
            content_type: "text/xml",
            bytes: envelope::document(&self.settings, &password, request).into_bytes(),
        };
        let address = self.settings.address();
        let answer = Client::new(self.host, address)
            .send(Method::Post, address, Some(body))
            .map_err(|error| match sort {
                Sort::Question => fault::unread(&error),
                Sort::Change => fault::unwritten(&error),
            })?;
        if let Some(theirs) = answer.answered_at_ms() {
            self.told.set(Some((theirs, self.our_ms())));
        }
        let text = reply::decoded(&answer.0.body);
        match (answer.status(), reply::read(request.root, &text, name, row)) {
            (_, Some(reply)) => Ok(reply),
            (429, None) => Err(answer.busy(self.host.now_ms())),
            (503, None) => Err(answer.busy(self.host.now_ms())),
            (_, None) => Err(match sort {
                Sort::Question => answer.rubbish(),
                Sort::Change => answer.lost(),
            }),
        }
    }
}

/// Whether asking again at once may help.
fn is_passing(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Unavailable | FaultKind::Throttled)
        && fault.message.key != "sdk-unreachable"
        && fault.wait_ms.unwrap_or(0) <= 10_000
}

/// Whether a question got no answer, which a smaller one may.
pub fn is_unanswered(fault: &Fault) -> bool {
    fault.message.key == "sdk-no-answer"
}
