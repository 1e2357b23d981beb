//! The functions of an operation: in document order, each for itself or all together, each once.

use std::collections::BTreeMap;

use super::act::{Act, Hand};
use super::envelope::{Control, Function, Operation};
use super::refusal::{self, Refusal};
use super::session::Caller;
use super::wire::{self, Element};
use super::{SageIntacct, legacy, lookup, query, read, reply, schema, verbs, write};
use crate::simulator::{NowMs, Request};

const GENERIC: [&str; 18] = [
    "clearallmea",
    "clearlastactivemea",
    "create",
    "delete",
    "deliver",
    "hold",
    "inspect",
    "lookup",
    "post",
    "query",
    "read",
    "readByName",
    "readByQuery",
    "readMore",
    "renew",
    "resume",
    "uncancel",
    "update",
];

/// Whether the schema knows a function.
pub fn is_known(name: &str) -> bool {
    name == "getAPISession" || GENERIC.contains(&name) || legacy::is_known(name)
}

/// What a function came to, where it succeeded.
pub enum Done {
    Nothing,
    /// `data`, or what a legacy function has in its place.
    Elements(Vec<Element>),
    /// The whole answer, without the envelope: content type and body.
    Bare(&'static str, String),
}

/// A failure; `data` is what came of it nevertheless.
pub struct Failed {
    pub refusal: Refusal,
    pub data: Option<Element>,
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            data: None,
        }
    }
}

pub enum Output {
    Result(Element),
    Bare(&'static str, String),
}

/// The functions that were done, by sender and control id, with their results.
#[derive(Default)]
pub struct Memory(BTreeMap<(String, String), Element>);

impl Memory {
    pub fn forget(&mut self) {
        self.0.clear();
    }
}

pub fn run(
    site: &mut SageIntacct,
    control: &Control,
    operation: &Operation,
    caller: &Caller,
    request: &Request,
    now: NowMs,
) -> Vec<Output> {
    let before = site.company.clone();
    let mut outputs = Vec::new();
    let mut remembered: Vec<((String, String), Element)> = Vec::new();
    for (at, function) in operation.functions.iter().enumerate() {
        let key = (control.sender.clone(), function.id.clone());
        let mut here = remembered.iter().filter(|(known, _)| *known == key);
        let earlier = site
            .memory
            .0
            .get(&key)
            .or(here.next().map(|(_, result)| result));
        let earlier = earlier.filter(|_| control.unique).cloned();
        let outcome = match earlier {
            Some(result) if site.switches.duplicate_reply == "replay" => {
                outputs.push(Output::Result(result));
                continue;
            }
            Some(_) => Err(Refusal::new(
                &site.switches.duplicate_errorno,
                format!(
                    "The function with the controlid '{}' was already processed.",
                    function.id
                ),
            )
            .into()),
            None => one(site, control, operation, function, caller, request, now),
        };
        match outcome {
            Ok(Done::Bare(kind, body)) => outputs.push(Output::Bare(kind, body)),
            Ok(done) => {
                let elements = match done {
                    Done::Elements(elements) => elements,
                    Done::Nothing | Done::Bare(..) => Vec::new(),
                };
                let result = result("success", function, elements);
                if control.unique {
                    remembered.push((key, result.clone()));
                }
                outputs.push(Output::Result(result));
            }
            Err(failed) => {
                let errors = reply::errors(&failed.refusal, control.more_about_errors);
                let elements = failed.data.into_iter().chain([errors]).collect();
                let culprit = result("failure", function, elements);
                if operation.transaction {
                    site.company = before;
                    return aborted(operation, at, culprit, control.more_about_errors);
                }
                outputs.push(Output::Result(culprit));
            }
        }
    }
    site.memory.0.extend(remembered);
    outputs
}

/// The results of a transaction that was rolled back: one failure, all others aborted.
fn aborted(operation: &Operation, at: usize, culprit: Element, more: bool) -> Vec<Output> {
    let text = "The entire transaction in this operation has been rolled back due to an error.";
    let refusal = Refusal::new(refusal::ROLLED_BACK, text);
    let mut culprit = Some(culprit);
    let results = operation.functions.iter().enumerate().map(|(n, function)| {
        let own = if n == at { culprit.take() } else { None };
        Output::Result(
            own.unwrap_or_else(|| result("aborted", function, vec![reply::errors(&refusal, more)])),
        )
    });
    results.collect()
}

fn result(status: &str, function: &Function, rest: Vec<Element>) -> Element {
    let mut children = vec![
        Element::leaf("status", status),
        Element::leaf("function", &function.call.name),
        Element::leaf("controlid", &function.id),
    ];
    children.extend(rest);
    Element::with("result", children)
}

fn one(
    site: &mut SageIntacct,
    control: &Control,
    operation: &Operation,
    function: &Function,
    caller: &Caller,
    request: &Request,
    now: NowMs,
) -> Result<Done, Failed> {
    let call = &function.call;
    let name = call.name.as_str();
    if name == "getAPISession" {
        return get_session(site, operation, call, caller, request, now).map_err(Failed::from);
    }
    if control.dtd == "2.1" && GENERIC.contains(&name) {
        let text = format!("The function {name} is not part of dtdversion 2.1");
        return Err(Refusal::new(refusal::SCHEMA, text).into());
    }
    let sets = &mut site.result_sets;
    let mut act = Act {
        company: &mut site.company,
        switches: &site.switches,
        hand: Hand::Api,
        user: caller.user.clone(),
        entity: caller.entity.clone(),
        now,
    };
    let session = caller.session.as_deref();
    Ok(match name {
        "query" => query::query(&act, call)?,
        "read" => read::read(&act, call)?,
        "readByName" => read::by_name(&act, call)?,
        "readByQuery" => read::by_query(&act, call, session, sets)?,
        "readMore" => read::more(&act, call, session, sets)?,
        "lookup" => lookup::lookup(&act, call)?,
        "inspect" => lookup::inspect(&act, call)?,
        "create" => return write::create_all(&mut act, call),
        "update" => return write::update_all(&mut act, call),
        "delete" => write::delete_all(&mut act, call)?,
        name if GENERIC.contains(&name) => verbs::run(&mut act, name, call)?,
        _ => legacy::run(&mut act, call)?,
    })
}

fn get_session(
    site: &mut SageIntacct,
    operation: &Operation,
    call: &Element,
    caller: &Caller,
    request: &Request,
    now: NowMs,
) -> Result<Done, Refusal> {
    let failed = |text: &str| Refusal::new("Get API Session Failed", text);
    if operation.functions.len() > 1 {
        return Err(failed("getAPISession must be the only function"));
    }
    let entity = match call.children.as_slice() {
        [] => caller.entity.clone(),
        [one] if one.name == "locationid" => one.text.trim().to_owned(),
        _ => return Err(failed("getAPISession takes a locationid only")),
    };
    let known = entity.is_empty() || site.company.by_id("LOCATIONENTITY", &entity).is_some();
    if !known {
        return Err(failed(&format!("Invalid location '{entity}'")));
    }
    let id = site.access.open(&caller.user, &entity, now);
    let api = Element::with(
        "api",
        vec![
            Element::leaf("sessionid", id),
            Element::leaf("endpoint", site.endpoint(request)),
            Element::leaf("locationid", entity),
        ],
    );
    Ok(Done::Elements(vec![Element::with("data", vec![api])]))
}

/// Whether the user may do it and the company has it.
pub fn permit(act: &Act<'_>, verb: &str, object: &schema::Object) -> Result<(), Refusal> {
    if act.hand != Hand::Api {
        return Ok(());
    }
    if act.switches.not_subscribed.contains(&object.module) {
        return Err(Refusal::no_object("WS", &object.name));
    }
    if act.switches.forbids(verb, &object.name) {
        return Err(Refusal::no_permission(verb, &object.name));
    }
    Ok(())
}

/// What a request does, for counting: `create CONTRACTDETAIL`, each thing once.
pub fn words(body: &[u8]) -> String {
    let document = std::str::from_utf8(body).ok().map(wire::parse);
    let Some(Ok(document)) = document else {
        return "unreadable".to_owned();
    };
    let mut words: Vec<String> = Vec::new();
    for operation in document.root.all("operation") {
        let contents = operation.all("content");
        let functions = contents.flat_map(|content| content.children.iter());
        for call in functions.flat_map(|function| function.children.first()) {
            let object = match call.get("object") {
                Some(object) => object.to_owned(),
                None if GENERIC.contains(&call.name.as_str()) => {
                    let first = call.children.first();
                    first.map_or_else(String::new, |child| child.name.clone())
                }
                None => String::new(),
            };
            let word = match call.name.as_str() {
                "readMore" => "readMore".to_owned(),
                name => format!("{name} {}", object.to_uppercase())
                    .trim()
                    .to_owned(),
            };
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }
    words.join(" + ")
}
