//! Tests of the whole connector: against a small QuickBooks Online with a memory.

mod calls;
mod manifest;
mod office;
mod reading;
mod refusals;
mod tokens;
mod words;
mod writing;

use crate::QuickBooksOnline;
use liaison_sdk::prelude::*;
use office::{Office, Trouble};

const TOKEN: &str = "01J9ZZZZZZZZZZZZZZZZZZZZZZ";

fn operation(action: Action, id: Option<&str>, version: Option<&str>, body: Value) -> Operation {
    Operation {
        token: TOKEN.to_owned(),
        action,
        id: id.map(str::to_owned),
        version: version.map(str::to_owned),
        body: body.to_string(),
        resume: None,
        ext: Vec::new(),
    }
}

fn create(body: Value) -> Operation {
    operation(Action::Create, None, None, body)
}

fn update(id: &str, version: &str, body: Value) -> Operation {
    operation(Action::Update, Some(id), Some(version), body)
}

fn write(office: &Office, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
    QuickBooksOnline.write(office, entity, operations)
}

fn write_one(office: &Office, entity: &str, operation: Operation) -> Outcome {
    write(office, entity, &[operation]).remove(0)
}

fn body_of(entry: &Entry) -> Value {
    filter::value(&entry.body)
}

/// What a fault is, in short.
fn told(outcome: &Outcome) -> Result<&str, (FaultKind, &str, Option<&str>)> {
    match outcome {
        Ok(applied) => Ok(&applied.id),
        Err(fault) => Err((fault.kind, &fault.message.key, fault.field.as_deref())),
    }
}
