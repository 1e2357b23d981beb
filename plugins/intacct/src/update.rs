//! Updates of records, many functions to a request, each by itself: read first, what changes is set, nothing when nothing
//! does. What Intacct no longer lets us change is told in words.

use crate::api::Api;
use crate::assumed::DRAFT;
use crate::contract_post::{tell_unposted, Unposted};
use crate::contract_update::{self, Rest};
use crate::envelope::{Binding, Function, Repeats};
use crate::field::Part;
use crate::lookup;
use crate::operation;
use crate::reply::Status;
use crate::table::Table;
use crate::tables::CONTRACT;
use crate::write::Done;
use liaison_sdk::prelude::*;

/// A change on its way.
struct Change<'a> {
    at: usize,
    operation: &'a Operation,
    body: Map<String, Value>,
    before: Entry,
    parts: Vec<Part>,
    /// What Intacct said of lines that it did not post.
    unposted: Unposted,
}

/// Carries out updates of one entity.
pub fn update(api: &Api, table: &'static Table, operations: &[(usize, &Operation)]) -> Done {
    let ids: Vec<String> = operations
        .iter()
        .map(|(_, operation)| operation.id.clone().unwrap_or_default())
        .collect();
    let found = match lookup::read(api, table, &ids) {
        Ok(found) => found,
        Err(fault) => {
            let failed = operations.iter().map(|(at, _)| (*at, Err(fault.clone())));
            return failed.collect();
        }
    };
    let mut done: Done = Vec::new();
    let mut changes: Vec<Change> = Vec::new();
    for (&(at, operation), before) in operations.iter().zip(found) {
        match planned(api, table, at, operation, before) {
            Ok(change) => changes.push(change),
            Err(fault) => done.push((at, Err(fault))),
        }
    }
    let functions: Vec<Function> = changes
        .iter()
        .filter(|change| !change.parts.is_empty())
        .map(|change| Function {
            control_id: format!("{}-update", change.operation.token),
            xml: operation::update_xml(table.object, &number(&change.before), &change.parts),
        })
        .collect();
    let answers = match functions.is_empty() {
        true => Vec::new(),
        // Setting the same twice does no harm, and one that was set back must not be refused as a repeat.
        false => match api.tell(&functions, Repeats::Allowed, Binding::EachItself) {
            Ok(told) => told,
            Err(fault) => {
                done.extend(changes.iter().map(|c| (c.at, Err(fault.clone()))));
                return done;
            }
        },
    };
    let mut answers = answers.into_iter();
    let mut sent: Vec<Change> = Vec::new();
    for change in changes {
        let answer = match change.parts.is_empty() {
            true => None,
            false => answers.next(),
        };
        let refused = answer.filter(|told| told.status != Status::Success);
        match refused {
            Some(told) => {
                let fault = operation::refused(api, table, &change.body, &told.troubles);
                done.push((change.at, Err(fault)));
            }
            None => sent.push(change),
        }
    }
    let mut changed: Vec<Change> = Vec::new();
    for mut change in sent {
        // The header is set; then what stands in records of its own.
        let more = match table.entity == CONTRACT.entity {
            true => contract_update::rest(api, change.operation, &change.body, &change.before),
            false => Ok(Rest::default()),
        };
        match more {
            Err(fault) => done.push((change.at, Err(fault))),
            Ok(rest) if !rest.done && change.parts.is_empty() => {
                let mut applied = operation::applied(change.before);
                told(table, &mut applied, &rest.unposted);
                done.push((change.at, Ok(applied)));
            }
            Ok(rest) => {
                change.unposted = rest.unposted;
                changed.push(change);
            }
        }
    }
    done.extend(as_they_are(api, table, changed));
    done
}

/// What an outcome tells beside the record.
fn told(table: &Table, applied: &mut Applied, unposted: &Unposted) {
    if table.entity == CONTRACT.entity {
        tell_unposted(applied, unposted);
    }
}

fn as_they_are(api: &Api, table: &'static Table, changed: Vec<Change>) -> Done {
    if changed.is_empty() {
        return Done::new();
    }
    let ids: Vec<String> = changed.iter().map(|c| c.before.id.clone()).collect();
    let now = lookup::read(api, table, &ids).unwrap_or_default();
    let mut now = now.into_iter();
    changed
        .into_iter()
        .map(|change| {
            let entry = now.next().flatten();
            let mut applied = match entry {
                Some(entry) => operation::applied(entry),
                None => operation::bare(&change.before.id),
            };
            told(table, &mut applied, &change.unposted);
            (change.at, Ok(applied))
        })
        .collect()
}

/// The record number of a record.
pub fn number(entry: &Entry) -> String {
    let body = filter::value(&entry.body);
    body["record_no"].as_str().unwrap_or(&entry.id).to_owned()
}

fn planned<'a>(
    api: &Api,
    table: &'static Table,
    at: usize,
    operation: &'a Operation,
    before: Option<Entry>,
) -> Result<Change<'a>, Fault> {
    let body = operation::body(operation)?;
    let before = before.ok_or_else(|| {
        fault::not_found(text!(
            "intacct-not-there",
            "Sage Intacct has no {entity} {id} any more, or the user may not see it",
            entity = table.entity,
            id = operation.id.as_deref().unwrap_or_default()
        ))
    })?;
    if let (Some(read_at), Some(now)) = (&operation.version, &before.version) {
        if read_at != now {
            return Err(fault::conflict(text!(
                "intacct-changed",
                "The record has changed in Sage Intacct since it was read"
            )));
        }
    }
    let fields = filter::value(&before.body);
    let fields = fields.as_object().cloned().unwrap_or_default();
    let is_draft = fields.get("state").and_then(Value::as_str) == Some(DRAFT);
    let aside: &[&str] = match table.entity == CONTRACT.entity {
        true => &contract_update::ASIDE,
        false => &[],
    };
    let parts = table.changes(api, &body, &fields, is_draft, aside)?;
    if table.entity == CONTRACT.entity {
        contract_update::check(api, &body, &fields)?;
    }
    Ok(Change {
        at,
        operation,
        body,
        before,
        parts,
        unposted: Unposted::new(),
    })
}
