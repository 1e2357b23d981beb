//! A message set from its text to its answer: recovery by message set id, then request by request.
//!
//! Invariants: a set that cannot be read changes nothing; a set that was stored under an id is never run
//! again, its answer is given again.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::query::Outcome;
use super::quickbooks::QuickBooks;
use super::reader::{self, Message, MessageSet};
use super::session::Session;
use super::status::{self, Refusal, Status};
use super::xml::Element;
use crate::simulator::NowMs;

/// Longer message set ids are refused with 9004.
const ID_LENGTH_MAX: usize = 23;
const REQUEST_ID_LENGTH_MAX: usize = 50;
const CLEAR_ALL: &str = "ClearAllMessageSets";

/// A set that ran, with what was answered.
#[derive(Debug, Clone)]
pub struct Stored {
    checksum: [u8; 32],
    answer: Vec<Element>,
}

/// What was run, for the figures of a session.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Ran {
    pub answer: String,
    pub requests: Vec<String>,
    /// The answer was given again, nothing ran.
    pub is_replay: bool,
}

/// Runs one message set. `crash_after` requests QuickBooks dies: what they did stays, nothing is stored.
pub fn run(
    books: &mut QuickBooks,
    text: &str,
    now: NowMs,
    session: &mut Session,
    crash_after: Option<usize>,
) -> Result<Ran, Refusal> {
    let set = reader::read(text, &books.switches.dialect).map_err(|_| Refusal::parse())?;
    let requests = set
        .requests
        .iter()
        .map(|request| request.row.name.clone())
        .collect();
    let mut answer = Element::new("QBXMLMsgsRs");
    let mut is_replay = false;
    let ids = [&set.old_id, &set.new_id].into_iter().flatten();
    if ids.clone().any(|id| id.chars().count() > ID_LENGTH_MAX) {
        answer.set("messageSetStatusCode", 9004);
    } else {
        let checksum = Sha256::digest(text.as_bytes()).into();
        let code = match recover(books, &set, checksum, session) {
            Recovery::Run => {
                answer.children = run_requests(books, &set, now, session, crash_after)?;
                store(books, &set, checksum, session, &answer.children);
                0
            }
            Recovery::Replay(children) => {
                is_replay = true;
                answer.children = children;
                0
            }
            Recovery::Only(code) => code,
        };
        if let Some(id) = &set.new_id {
            answer.set("newMessageSetID", id);
        }
        if ids.clone().next().is_some() {
            answer.set("messageSetStatusCode", code);
        }
    }
    if set.status_only {
        answer
            .children
            .iter_mut()
            .for_each(|response| response.children.clear());
    }
    let mut text = "<?xml version=\"1.0\" ?>\n".to_owned();
    Element::with("QBXML", vec![answer]).write(&mut text);
    Ok(Ran {
        answer: text,
        requests,
        is_replay,
    })
}

enum Recovery {
    Run,
    Replay(Vec<Element>),
    Only(u16),
}

fn recover(
    books: &mut QuickBooks,
    set: &MessageSet,
    checksum: [u8; 32],
    session: &Session,
) -> Recovery {
    let Some(company) = books.files.get_mut(&session.path) else {
        return Recovery::Run;
    };
    let key = |id: &String| (session.application.clone(), id.clone());
    let sets = &mut company.message_sets;
    let known = set
        .new_id
        .as_ref()
        .and_then(|id| sets.get(&key(id)))
        .cloned();
    if set.requests.is_empty() && set.new_id.is_some() && set.new_id == set.old_id {
        return known.map_or(Recovery::Only(9002), |stored| {
            Recovery::Replay(stored.answer)
        });
    }
    let mut deleted = true;
    match &set.old_id {
        Some(id) if id == CLEAR_ALL => {
            sets.retain(|(application, _), _| *application != session.application);
        }
        Some(id) if Some(id) != set.new_id.as_ref() => deleted = sets.remove(&key(id)).is_some(),
        _ => {}
    }
    match known {
        // "Clear all" took the new id along.
        _ if set.old_id.as_deref() == Some(CLEAR_ALL) => Recovery::Run,
        Some(stored) if stored.checksum == checksum => Recovery::Replay(stored.answer),
        Some(_) => Recovery::Only(9001),
        None if set.new_id.is_none() && !deleted => Recovery::Only(600),
        None => Recovery::Run,
    }
}

fn store(
    books: &mut QuickBooks,
    set: &MessageSet,
    checksum: [u8; 32],
    session: &Session,
    answer: &[Element],
) {
    if let (Some(id), Some(company)) = (&set.new_id, books.files.get_mut(&session.path)) {
        let key = (session.application.clone(), id.clone());
        let answer = answer.to_vec();
        company
            .message_sets
            .insert(key, Stored { checksum, answer });
    }
}

fn run_requests(
    books: &mut QuickBooks,
    set: &MessageSet,
    now: NowMs,
    session: &mut Session,
    crash_after: Option<usize>,
) -> Result<Vec<Element>, Refusal> {
    let mut macros = HashMap::new();
    let mut failed = false;
    let mut answers = Vec::new();
    for (at, message) in set.requests.iter().enumerate() {
        if crash_after == Some(at) {
            return Err(Refusal::new(
                "0x80040402",
                "An unexpected error occurred in QuickBooks.",
            ));
        }
        let outcome = if failed && set.stop_on_error {
            Status::not_processed().into()
        } else {
            let outcome = one(books, message, now, session, &mut macros);
            failed |= outcome
                .status
                .as_ref()
                .is_some_and(|status| status.code >= 1000);
            outcome
        };
        answers.push(response(&message.element, outcome));
    }
    if crash_after.is_some() {
        return Err(Refusal::new(
            "0x80040402",
            "An unexpected error occurred in QuickBooks.",
        ));
    }
    Ok(answers)
}

fn one(
    books: &mut QuickBooks,
    message: &Message,
    now: NowMs,
    session: &mut Session,
    macros: &mut HashMap<String, String>,
) -> Outcome {
    let id = message.element.attribute("requestID").unwrap_or_default();
    if id.chars().count() > REQUEST_ID_LENGTH_MAX {
        return Status::bad_request_id().into();
    }
    if let Some(status) = &message.too_long {
        return status.clone().into();
    }
    let mut element = message.element.clone();
    if let Err(status) = use_macros(&mut element, macros) {
        return status.into();
    }
    let definition = element
        .children
        .first()
        .and_then(|content| content.attribute("defMacro"));
    let definition = definition.map(str::to_owned);
    let message = Message {
        element,
        row: message.row,
        too_long: None,
    };
    let outcome = books
        .answer(&message, now, session)
        .unwrap_or_else(Outcome::from);
    if let (Some(name), Some(made)) = (definition, outcome.children.first()) {
        let id = made.get("TxnID").or(made.get("ListID")).unwrap_or_default();
        macros.insert(name, id.to_owned());
    }
    outcome
}

fn use_macros(element: &mut Element, macros: &HashMap<String, String>) -> Result<(), Status> {
    if let Some(name) = element.attribute("useMacro") {
        let id = macros
            .get(name)
            .ok_or_else(|| Status::unknown_macro(name))?;
        element.text.clone_from(id);
    }
    element
        .children
        .iter_mut()
        .try_for_each(|child| use_macros(child, macros))
}

fn response(request: &Element, outcome: Outcome) -> Element {
    let name = request.name.strip_suffix("Rq").unwrap_or(&request.name);
    let mut response = Element::with(format!("{name}Rs"), outcome.children);
    if let Some(id) = request.attribute("requestID") {
        response.set("requestID", id);
    }
    let (code, message) = match outcome.status {
        Some(status) => (status.code, status.message),
        None => (0, "Status OK".to_owned()),
    };
    response.set("statusCode", code);
    response.set("statusSeverity", status::severity(code));
    response.set("statusMessage", message);
    for (name, value) in outcome.attributes {
        response.set(name, value);
    }
    response
}
