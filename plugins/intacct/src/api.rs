//! Calls to the gateway: a session, requests of functions, and what each function answered.
//!
//! A question may be asked again; what changes something is sent once, and once more only when the gateway has
//! said that it did not even begin: a session that is over.

use crate::envelope::{self, Binding, Function, Repeats, Sender};
use crate::refusal::{self, Refused};
use crate::reply::{self, Outcome, Reply, Status, Trouble};
use crate::session::Session;
use crate::settings::Settings;
use liaison_sdk::host::Encoder;
use liaison_sdk::http::{self, Body};
use liaison_sdk::prelude::*;
use std::cell::{Cell, RefCell};

/// The names of the secrets.
pub const SENDER_PASSWORD: &str = "sender_password";
pub const USER_PASSWORD: &str = "user_password";

/// Attempts at a question, and the first wait.
const TRIES: u32 = 3;
const WAIT_MS_FIRST: u32 = 1_000;

/// A connection to one company.
pub struct Api<'a> {
    host: &'a dyn Host,
    pub settings: Settings,
    /// The zone of times without one, in minutes from UTC.
    pub offset: i64,
    session: RefCell<Option<Session>>,
    now_ms: Cell<Option<i64>>,
}

/// What is sent: a question, or something that changes the company.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Question,
    Change,
}

impl<'a> Api<'a> {
    /// Opens nothing yet.
    pub fn open(host: &'a dyn Host) -> Result<Self, Fault> {
        let settings = Settings::of(host)?;
        Ok(Self {
            host,
            offset: settings.offset()?,
            settings,
            session: RefCell::default(),
            now_ms: Cell::default(),
        })
    }

    pub fn host(&self) -> &'a dyn Host {
        self.host
    }

    /// The gateway's own time, as its last reply told it; ours where it told none.
    pub fn now_ms(&self) -> i64 {
        let ours = i64::try_from(self.host.now_ms()).unwrap_or(i64::MAX);
        self.now_ms.get().unwrap_or(ours)
    }

    /// Asks; one outcome each, in the same order. A function that failed is an outcome too.
    pub fn ask(&self, functions: &[Function]) -> Result<Vec<Outcome>, Fault> {
        let mut wait_ms = WAIT_MS_FIRST;
        for attempt in 1.. {
            match self.send(
                functions,
                Repeats::Allowed,
                Binding::EachItself,
                Sort::Question,
            ) {
                Err(fault) if attempt < TRIES && is_passing(&fault) => {
                    self.host.sleep_ms(wait_ms);
                    wait_ms *= 2;
                }
                answered => return answered,
            }
        }
        unreachable!("the last attempt returns")
    }

    /// Asks one thing, of an entity that a failure is told of.
    pub fn ask_one(&self, entity: &str, xml: String) -> Result<Outcome, Fault> {
        let function = Function {
            control_id: "question".to_owned(),
            xml,
        };
        let outcome = self.ask(&[function])?.remove(0);
        match outcome.status {
            Status::Success => Ok(outcome),
            _ => Err(self.refused(entity, &outcome.troubles)),
        }
    }

    /// Changes; one outcome each, in the same order.
    pub fn tell(
        &self,
        functions: &[Function],
        repeats: Repeats,
        binding: Binding,
    ) -> Result<Vec<Outcome>, Fault> {
        self.send(functions, repeats, binding, Sort::Change)
    }

    /// The fault of a function that failed; all that was said goes to the log.
    pub fn refused(&self, entity: &str, troubles: &[Trouble]) -> Fault {
        for trouble in troubles {
            self.host.debug(&format!("{entity}: {}", trouble.number));
        }
        refusal::of_function(entity, troubles)
    }

    /// A new session, whatever is remembered.
    pub fn renew(&self) -> Result<(), Fault> {
        Session::forget(self.host);
        let session = self.new_session()?;
        *self.session.borrow_mut() = Some(session);
        Ok(())
    }

    fn session(&self) -> Result<Session, Fault> {
        if let Some(session) = self.session.borrow().as_ref() {
            return Ok(session.clone());
        }
        let remembered = Session::remembered(self.host, &self.settings.fingerprint())
            .filter(|session| self.settings.trusts(&session.endpoint));
        match remembered {
            Some(session) => *self.session.borrow_mut() = Some(session),
            None => self.renew()?,
        }
        self.session.borrow().clone().ok_or_else(no_session)
    }

    fn new_session(&self) -> Result<Session, Fault> {
        let password = http::placeholder(self.host, USER_PASSWORD, Encoder::Xml)?;
        let settings = &self.settings;
        let login = envelope::login(
            &settings.user_id,
            &settings.company_id,
            &password,
            settings.entity(),
        );
        let function = Function {
            control_id: "session".to_owned(),
            xml: "<getAPISession/>".to_owned(),
        };
        let (repeats, binding) = (Repeats::Allowed, Binding::EachItself);
        let body = self.document(&login, &[function], repeats, binding)?;
        let reply = self.post(settings.gateway(), body, Sort::Question)?;
        let mut outcomes = match self.outcomes(reply) {
            Ok(outcomes) => outcomes,
            Err(Refused::Fault(fault)) => return Err(*fault),
            Err(Refused::Session) => return Err(no_session()),
        };
        let outcome = outcomes.pop().ok_or_else(no_session)?;
        if outcome.status != Status::Success {
            return Err(match refusal::of_request(&outcome.troubles) {
                Refused::Fault(fault) => *fault,
                Refused::Session => no_session(),
            });
        }
        let row = outcome.rows.first().cloned().unwrap_or_default();
        let id = reply::text_of(&row, "SESSIONID");
        let endpoint = match reply::text_of(&row, "ENDPOINT") {
            "" => settings.gateway(),
            endpoint => endpoint,
        };
        if id.is_empty() {
            return Err(no_session());
        }
        if !settings.trusts(endpoint) {
            return Err(fault::misconfigured(text!(
                "intacct-endpoint",
                "Sage Intacct names {endpoint} for the session, which is no address of the vendor's; if it is right, set `session_url` to it and grant its host",
                endpoint = endpoint
            )));
        }
        let session = Session::new(id, endpoint, self.host.now_ms(), settings.fingerprint());
        session.remember(self.host);
        Ok(session)
    }

    fn send(
        &self,
        functions: &[Function],
        repeats: Repeats,
        binding: Binding,
        sort: Sort,
    ) -> Result<Vec<Outcome>, Fault> {
        for renewed in [false, true] {
            let session = self.session()?;
            let authentication = envelope::session(&session.id);
            let body = self.document(&authentication, functions, repeats, binding)?;
            let reply = self.post(&session.endpoint, body, sort)?;
            match self.outcomes(reply) {
                Ok(outcomes) => return matched(functions, outcomes, sort),
                Err(Refused::Fault(fault)) => return Err(*fault),
                // Nothing was carried out, so once more is safe, even of a change.
                Err(Refused::Session) if !renewed => self.renew()?,
                Err(Refused::Session) => return Err(no_session()),
            }
        }
        Err(no_session())
    }

    fn document(
        &self,
        authentication: &str,
        functions: &[Function],
        repeats: Repeats,
        binding: Binding,
    ) -> Result<String, Fault> {
        let password = http::placeholder(self.host, SENDER_PASSWORD, Encoder::Xml)?;
        let sender = Sender {
            id: &self.settings.sender_id,
            password: &password,
        };
        Ok(envelope::document(
            &sender,
            authentication,
            functions,
            repeats,
            binding,
        ))
    }

    /// What a reply tells of its functions.
    fn outcomes(&self, reply: Reply) -> Result<Vec<Outcome>, Refused> {
        match reply {
            Reply::Control(troubles) | Reply::Door(troubles) => Err(refusal::of_request(&troubles)),
            Reply::Results {
                now_ms,
                until_ms,
                outcomes,
            } => {
                if now_ms.is_some() {
                    self.now_ms.set(now_ms);
                }
                if let Some(session) = self.session.borrow_mut().as_mut() {
                    session.lasts(self.host, now_ms, until_ms);
                }
                Ok(outcomes)
            }
        }
    }

    /// One request, once. XML is the judge, not the status; where there is none, the status is.
    fn post(&self, url: &str, body: String, sort: Sort) -> Result<Reply, Fault> {
        let body = Body {
            content_type: "application/xml",
            bytes: body.into_bytes(),
        };
        let unheard = |error: &HttpError| match sort {
            Sort::Question => fault::unread(error),
            Sort::Change => fault::unwritten(error),
        };
        let answer = Client::new(self.host, url)
            .send(Method::Post, url, Some(body))
            .map_err(|error| unheard(&error))?;
        let status = answer.status();
        if self.now_ms.get().is_none() {
            self.now_ms.set(answer.answered_at_ms());
        }
        let read = reply::read(&answer.0.text());
        match (status, read) {
            (429, _) => Err(match answer.busy(self.host.now_ms()).wait_ms {
                Some(ms) => refusal::throttled().wait_ms(ms),
                None => refusal::throttled(),
            }
            .vendor_code("GW-0010")),
            // Seen of one client: the session is over.
            (498, None) => Ok(Reply::Door(vec![Trouble {
                description: "Invalid session".to_owned(),
                ..Trouble::default()
            }])),
            // The gateway says that it failed; whether before or after, nobody knows.
            (500.., Some(Reply::Control(_))) if sort == Sort::Change => Err(answer.lost()),
            (_, Some(reply)) => Ok(reply),
            (_, None) => Err(match sort {
                Sort::Question => answer.rubbish(),
                Sort::Change => answer.lost(),
            }),
        }
    }
}

fn is_passing(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Unavailable | FaultKind::Throttled)
        && fault.message.key != "sdk-unreachable"
        && fault.wait_ms.unwrap_or(0) <= 10_000
}

/// An outcome for each function, in their order. One that has none: nobody knows what became of it.
fn matched(
    functions: &[Function],
    outcomes: Vec<Outcome>,
    sort: Sort,
) -> Result<Vec<Outcome>, Fault> {
    let in_order = outcomes.len() == functions.len()
        && outcomes
            .iter()
            .zip(functions)
            .all(|(outcome, function)| outcome.control_id == function.control_id);
    if in_order {
        return Ok(outcomes);
    }
    let by_id = |function: &Function| {
        let mut fitting = outcomes
            .iter()
            .filter(|outcome| outcome.control_id == function.control_id);
        fitting.next().cloned().ok_or_else(|| untold(sort))
    };
    functions.iter().map(by_id).collect()
}

fn untold(sort: Sort) -> Fault {
    let message = text!(
        "intacct-untold",
        "Sage Intacct answered and did not say what became of the request"
    );
    match sort {
        Sort::Question => fault::unavailable(message),
        Sort::Change => fault::outcome_unknown(message),
    }
}

fn no_session() -> Fault {
    fault::unavailable(text!(
        "intacct-session-lost",
        "Sage Intacct refuses the session that it has just opened; it will be tried again"
    ))
}
