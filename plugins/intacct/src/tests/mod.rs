//! Whole calls, against a small company with a memory.

mod company;
mod contract_updates;
mod contracts;
mod deletions;
mod doctor;
mod failures;
mod reading;
mod schema;
mod words;
mod writing;

use crate::Intacct;
use company::Company;
use liaison_sdk::prelude::*;

const TOKEN: &str = "01J9ZZZZZZZZZZZZZZZZZZZZZZ";

fn create(body: Value) -> Operation {
    Operation {
        token: TOKEN.to_owned(),
        action: Action::Create,
        id: None,
        version: None,
        body: body.to_string(),
        resume: None,
        ext: Vec::new(),
    }
}

fn create_as(token: &str, body: Value) -> Operation {
    Operation {
        token: token.to_owned(),
        ..create(body)
    }
}

fn update(id: &str, version: Option<&str>, body: Value) -> Operation {
    Operation {
        action: Action::Update,
        id: Some(id.to_owned()),
        version: version.map(str::to_owned),
        ..create(body)
    }
}

fn body(entry: &Entry) -> Value {
    filter::value(&entry.body)
}

fn ids(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.id.as_str()).collect()
}

/// Writes, and makes sure that no session and no password got out.
#[track_caller]
fn write(company: &Company, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
    let outcomes = Intacct.write(company, entity, operations);
    assert_eq!(outcomes.len(), operations.len());
    let told = format!("{outcomes:?} {:?}", company.log.borrow());
    assert!(
        !told.contains("password:") && !told.contains("sessionid"),
        "{told}"
    );
    outcomes
}

#[track_caller]
fn write_one(company: &Company, entity: &str, operation: Operation) -> Outcome {
    write(company, entity, &[operation]).remove(0)
}

/// The id, or the kind of fault, the key of its sentence and its field.
fn told(outcome: &Outcome) -> Result<&str, (FaultKind, &str, Option<&str>)> {
    match outcome {
        Ok(applied) => Ok(&applied.id),
        Err(fault) => Err((
            fault.kind,
            fault.message.key.as_str(),
            fault.field.as_deref(),
        )),
    }
}

fn contract(lines: usize) -> Value {
    let lines: Vec<Value> = (0..lines)
        .map(|at| json!({"item_id": if at % 2 == 0 { "P1" } else { "P2" }, "quantity": "2", "price": "100.50", "description": format!("line {}", at + 1)}))
        .collect();
    json!({"customer_id": "C1", "name": "Alma 2026", "begin_date": "2026-03-01", "end_date": "2027-02-28",
        "term": "Net 30", "billing_frequency": "Monthly", "bill_to_contact": "Alma(CC1)", "lines": lines})
}
