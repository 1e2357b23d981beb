//! Whole calls, against a small company with a memory.

mod changes;
mod company;
mod doctor;
mod finding;
mod manifest;
mod reading;
mod words;
mod writing;

use crate::ChannelOnline;
use company::{Company, Ends};
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

#[track_caller]
fn read_one(company: &Company, entity: &str, id: &str) -> Entry {
    let found = ChannelOnline.read(company, entity, &[id.to_owned()]);
    found.unwrap().remove(0).expect("it is there")
}

#[track_caller]
fn write_one(company: &Company, entity: &str, operation: Operation) -> Outcome {
    let mut outcomes = ChannelOnline.write(company, entity, &[operation]);
    assert_eq!(outcomes.len(), 1);
    let told = format!("{outcomes:?} {}", company.lines());
    assert!(!told.contains("[password"), "{told}");
    outcomes.remove(0)
}

/// The id, or the kind of fault and the key of its sentence.
fn told(outcome: &Outcome) -> Result<&str, (FaultKind, &str)> {
    match outcome {
        Ok(applied) => Ok(&applied.id),
        Err(fault) => Err((fault.kind, fault.message.key.as_str())),
    }
}

fn second(text: &str) -> i64 {
    date::parse_instant(text).unwrap() / 1000
}

/// A walk to its end: the ids in order, and the last cursor.
#[track_caller]
fn walk(
    company: &Company,
    entity: &str,
    since: Option<Cursor>,
    limit: u32,
) -> Result<(Vec<String>, Option<Cursor>), Fault> {
    let (mut at, mut shown) = (since, Vec::new());
    for _ in 0..2_000 {
        let page = ChannelOnline.changes(company, entity, at.clone(), &[], limit)?;
        assert!(page.entries.len() <= limit as usize);
        shown.extend(page.entries.iter().map(|entry| entry.id.clone()));
        let next = page.next;
        if !page.more {
            return Ok((shown, next));
        }
        assert!(next != at, "the cursor leads nowhere new");
        assert!(next.as_ref().is_some_and(|next| next.len() <= 4_096));
        at = next;
    }
    panic!("the walk does not end");
}
