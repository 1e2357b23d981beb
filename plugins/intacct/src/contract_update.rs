//! What an update of a contract changes beside its header: its lines, and posting a draft.
//!
//! Lines are added and, as far as Intacct lets them, changed; they are never removed. A contract is posted by setting
//! its state; every other state is reached only in Intacct's own pages.

use crate::api::Api;
use crate::assumed::DRAFT;
use crate::contract_lines::{self, Failure, Owner};
use crate::contract_post::{is_posted, post_lines, posting_date};
use crate::envelope::{Binding, Function, Repeats};
use crate::operation;
use crate::reply::Status;
use crate::table::EXTERNAL_ID;
use crate::tables::{CONTRACT, CONTRACT_LINE};
use crate::update::number;
use liaison_sdk::prelude::*;

/// Fields of a body that are not the header's.
pub const ASIDE: [&str; 5] = [
    "lines",
    "as_draft",
    "header_only",
    "gl_posting_date",
    "state",
];

/// Whether the wanted state can be reached from here.
pub fn check(
    api: &Api,
    body: &Map<String, Value>,
    before: &Map<String, Value>,
) -> Result<(), Fault> {
    let has = before
        .get("state")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let wanted = body.get("state").and_then(Value::as_str).unwrap_or(has);
    if wanted != has && !(has == DRAFT && is_posted(wanted)) {
        return Err(fault::rejected(text!(
            "intacct-state",
            "A contract that is {has} cannot be made {wanted} from outside: Sage Intacct lets a contract be cancelled, renewed or closed in its own pages only (Contracts > Contracts)",
            has = has,
            wanted = wanted
        ))
        .field("state"));
    }
    let lines = contract_lines::of_body(api, &with_dates(body, before))?;
    let there = ours(before).len();
    if body.contains_key("lines") && lines.len() < there {
        return Err(fault::rejected(text!(
            "intacct-fewer-lines",
            "The contract has {there} lines in Sage Intacct and would have {wanted}: a line of a contract is never removed from outside; cancel it in Intacct",
            there = there,
            wanted = lines.len()
        ))
        .field("lines"));
    }
    let pairs = lines.iter().zip(ours(before));
    for (line, now) in pairs {
        changed(api, line.number, &given(body, line.number), &now)?;
    }
    Ok(())
}

/// What new lines have from the contract.
fn with_dates(body: &Map<String, Value>, before: &Map<String, Value>) -> Map<String, Value> {
    let mut whole = body.clone();
    for name in ["begin_date", "end_date", "location_id"] {
        if let (false, Some(value)) = (whole.contains_key(name), before.get(name)) {
            whole.insert(name.to_owned(), value.clone());
        }
    }
    whole
}

/// The lines that are the flow's: those with our id, where any has one; else all.
fn ours(before: &Map<String, Value>) -> Vec<Value> {
    let lines = before.get("lines").and_then(Value::as_array);
    let lines = lines.cloned().unwrap_or_default();
    let mark = before.get(EXTERNAL_ID).and_then(Value::as_str);
    let own = |line: &&Value| {
        let id = line[EXTERNAL_ID].as_str();
        mark.is_some_and(|mark| id.is_some_and(|id| id.starts_with(&format!("{mark}-"))))
    };
    let marked: Vec<Value> = lines.iter().filter(own).cloned().collect();
    let first = mark.map(|mark| contract_lines::marker_of(mark, 1));
    // Where only later lines have it, the first ones were made before the company had the field.
    let from_first = |line: &Value| line[EXTERNAL_ID].as_str() == first.as_deref();
    match first.is_some() && marked.iter().any(from_first) {
        true => marked,
        false => lines,
    }
}

/// A line as the body has it, without what it takes over.
fn given(body: &Map<String, Value>, number: usize) -> Map<String, Value> {
    let lines = body.get("lines").and_then(Value::as_array);
    let line = lines.and_then(|lines| lines.get(number - 1)?.as_object());
    line.cloned().unwrap_or_default()
}

fn changed(
    api: &Api,
    number: usize,
    given: &Map<String, Value>,
    now: &Value,
) -> Result<Vec<crate::field::Part>, Fault> {
    let now = now.as_object().cloned().unwrap_or_default();
    let is_draft = now.get("state").and_then(Value::as_str) == Some(DRAFT);
    let aside = ["contract_id", EXTERNAL_ID, "state"];
    let told = CONTRACT_LINE.changes(api, given, &now, is_draft, &aside);
    told.map_err(|fault| {
        let field = fault.field.clone().unwrap_or_default();
        fault.field(&format!("lines[{}].{field}", number - 1))
    })
}

/// Does the rest; whether anything was done.
pub fn rest(
    api: &Api,
    operation: &Operation,
    body: &Map<String, Value>,
    entry: &Entry,
) -> Result<bool, Fault> {
    let before = filter::value(&entry.body);
    let before = before.as_object().cloned().unwrap_or_default();
    let is_draft = before.get("state").and_then(Value::as_str) == Some(DRAFT);
    let mut done = change_lines(api, operation, body, &before)?;
    done |= add_lines(api, operation, body, &before, entry, is_draft)?;
    let wanted = body.get("state").and_then(Value::as_str);
    if is_draft && wanted.is_some_and(is_posted) {
        post(api, operation, body, entry)?;
        done = true;
    }
    Ok(done)
}

fn change_lines(
    api: &Api,
    operation: &Operation,
    body: &Map<String, Value>,
    before: &Map<String, Value>,
) -> Result<bool, Fault> {
    if !body.contains_key("lines") {
        return Ok(false);
    }
    let mut functions = Vec::new();
    for (at, now) in ours(before).iter().enumerate() {
        let parts = changed(api, at + 1, &given(body, at + 1), now)?;
        let record_no = now["record_no"].as_str().unwrap_or_default();
        if !parts.is_empty() && !record_no.is_empty() {
            functions.push(Function {
                control_id: format!("{}-line-{}", operation.token, at + 1),
                xml: operation::update_xml(CONTRACT_LINE.object, record_no, &parts),
            });
        }
    }
    for some in cursor::chunks(&functions, crate::assumed::LINES_MAX) {
        let told = api.tell(some, Repeats::Allowed, Binding::AllOrNone)?;
        if let Some(refused) = told.iter().find(|told| told.status == Status::Failure) {
            return Err(api.refused(CONTRACT_LINE.entity, &refused.troubles));
        }
    }
    Ok(!functions.is_empty())
}

fn add_lines(
    api: &Api,
    operation: &Operation,
    body: &Map<String, Value>,
    before: &Map<String, Value>,
    entry: &Entry,
    is_draft: bool,
) -> Result<bool, Fault> {
    let lines = contract_lines::of_body(api, &with_dates(body, before))?;
    let there = ours(before).len();
    let new: Vec<&contract_lines::Line> = lines.iter().skip(there).collect();
    if new.is_empty() {
        return Ok(false);
    }
    let marker = before.get(EXTERNAL_ID).and_then(Value::as_str);
    let owner = Owner {
        contract_id: &entry.id,
        marker: marker.unwrap_or(&operation.token),
        control: &operation.token,
        as_drafts: is_draft,
    };
    match contract_lines::make(api, &new, &owner) {
        Ok(()) => Ok(true),
        Err(Failure::Request(fault) | Failure::Line(fault)) => Err(fault),
    }
}

fn post(
    api: &Api,
    operation: &Operation,
    body: &Map<String, Value>,
    entry: &Entry,
) -> Result<(), Fault> {
    let day = posting_date(body)?;
    let function = Function {
        control_id: format!("{}-post", operation.token),
        xml: operation::post_xml(CONTRACT.object, &number(entry), day.as_deref()),
    };
    let told = api
        .tell(&[function], Repeats::Refused, Binding::EachItself)?
        .remove(0);
    if told.status != Status::Success {
        return Err(operation::refused(api, &CONTRACT, body, &told.troubles));
    }
    post_lines(api, &entry.id, &operation.token, day.as_deref())
}
