//! Writes: new records one by one, each under its own `requestid`; changes and deletions thirty in a call.
//!
//! A batch has one `requestid` for all of it, and what is sent again is not the same batch: new records therefore go
//! alone. Changes are safe by their `SyncToken`, whoever sends them twice.

use crate::api::Api;
use crate::assumed::{BATCH_MAX, PAGE_MAX, WRITING_MS_MAX};
use crate::custom::Custom;
use crate::emit::{self, Means};
use crate::lookup;
use crate::names::Names;
use crate::question::{quoted, Question};
use crate::table::Table;
use crate::told;
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// Carries out the operations.
pub fn write(api: &Api, table: &'static Table, operations: &[Operation]) -> Vec<Outcome> {
    match prepared(api, table, operations) {
        Ok(outcomes) => outcomes,
        Err(fault) => operations.iter().map(|_| Err(fault.clone())).collect(),
    }
}

fn prepared(
    api: &Api,
    table: &'static Table,
    operations: &[Operation],
) -> Result<Vec<Outcome>, Fault> {
    let bodies: Vec<Value> = operations
        .iter()
        .map(|op| filter::value(&op.body))
        .collect();
    let names = Names::of(api, table, &bodies)?;
    let custom = Custom::of(api, table, &bodies)?;
    let today = date::day(api.now_ms());
    let means = Means {
        names: &names,
        custom: &custom,
        today: &today,
    };
    let current = current(api, table, operations, &bodies)?;
    let mut outcomes: Vec<Option<Outcome>> = operations.iter().map(|_| None).collect();
    let mut changes: Vec<Change> = Vec::new();
    let began_ms = api.host().monotonic_ms();
    let mut stopped: Option<Fault> = None;
    for (nth, (operation, body)) in operations.iter().zip(&bodies).enumerate() {
        if operation.action == Action::Create {
            let outcome = match &stopped {
                Some(fault) => Err(fault.clone()),
                None => create(api, table, operation, body, &means),
            };
            if let Err(fault) = &outcome {
                if fault.scope == FaultScope::WholeConnection {
                    stopped = Some(fault.clone());
                }
            }
            if api.host().monotonic_ms().saturating_sub(began_ms) > WRITING_MS_MAX {
                stopped = stopped.or_else(|| Some(out_of_time()));
            }
            outcomes[nth] = Some(outcome);
            continue;
        }
        match change(table, operation, body, &current, &means) {
            Ok((kind, object)) => changes.push(Change { nth, kind, object }),
            Err(fault) => outcomes[nth] = Some(Err(fault)),
        }
    }
    for part in cursor::chunks(&changes, BATCH_MAX) {
        let sent = match &stopped {
            Some(fault) => part.iter().map(|_| Err(fault.clone())).collect(),
            None => send(api, table, part, began_ms),
        };
        for (change, sent) in part.iter().zip(sent) {
            if let Err(fault) = &sent {
                if fault.scope == FaultScope::WholeConnection {
                    stopped = Some(fault.clone());
                }
            }
            let outcome = match sent {
                Ok(raw) => Ok(applied(api, table, &raw)),
                Err(fault) => Err(explained(api, table, &operations[change.nth], fault)),
            };
            outcomes[change.nth] = Some(outcome);
        }
    }
    let outcomes = outcomes.into_iter();
    Ok(outcomes
        .map(|outcome| outcome.expect("every operation was decided"))
        .collect())
}

struct Change {
    nth: usize,
    kind: &'static str,
    object: Value,
}

/// The records that a change is made on top of, or whose version nobody told.
fn current(
    api: &Api,
    table: &'static Table,
    operations: &[Operation],
    bodies: &[Value],
) -> Result<BTreeMap<String, Value>, Fault> {
    let needed = operations
        .iter()
        .zip(bodies)
        .filter(|(operation, body)| match operation.action {
            Action::Create => false,
            Action::Delete => operation.version.is_none(),
            Action::Update => operation.version.is_none() || emit::needs_current(table, body),
        });
    let ids: Vec<String> = needed
        .filter_map(|(operation, _)| operation.id.clone())
        .collect();
    lookup::raw(api, table, &ids)
}

/// The object of a change or deletion.
fn change(
    table: &'static Table,
    operation: &Operation,
    body: &Value,
    current: &BTreeMap<String, Value>,
    means: &Means,
) -> Result<(&'static str, Value), Fault> {
    let deletes = operation.action == Action::Delete;
    let offered = if deletes {
        table.is_transaction()
    } else {
        table.updates()
    };
    if !offered {
        return Err(fault::not_offered(
            table.entity,
            if deletes { "delete" } else { "update" },
        ));
    }
    let id = operation.id.clone().unwrap_or_default();
    let now = current.get(&id);
    let wanted = operation.version.is_none() || (!deletes && emit::needs_current(table, body));
    if wanted && now.is_none() {
        return Err(gone(table, &id));
    }
    let there = now.and_then(|now| now["SyncToken"].as_str());
    let version = match (operation.version.as_deref(), there) {
        (Some(read_at), Some(there)) if read_at != there => return Err(stale()),
        (Some(version), _) | (None, Some(version)) => version,
        (None, None) => return Err(gone(table, &id)),
    };
    if deletes {
        return Ok(("delete", json!({"Id": id, "SyncToken": version})));
    }
    let object = emit::update(table, &id, version, body, now, means)?;
    Ok(("update", object))
}

fn send(
    api: &Api,
    table: &'static Table,
    part: &[Change],
    began_ms: u64,
) -> Vec<Result<Value, Fault>> {
    if part.len() == 1 || !api.may_batch() {
        return one_by_one(api, table, part, began_ms);
    }
    let items: Vec<(&'static str, Value)> = part
        .iter()
        .map(|change| (change.kind, change.object.clone()))
        .collect();
    match api.batch(table, &items) {
        Ok(outcomes) => outcomes,
        Err(fault) => part.iter().map(|_| Err(fault.clone())).collect(),
    }
}

fn one_by_one(
    api: &Api,
    table: &'static Table,
    part: &[Change],
    began_ms: u64,
) -> Vec<Result<Value, Fault>> {
    let mut stopped: Option<Fault> = None;
    let one = |change: &Change| {
        if let Some(fault) = &stopped {
            return Err(fault.clone());
        }
        let operation = if change.kind == "delete" {
            "delete"
        } else {
            ""
        };
        let sent = api.write(table, operation, None, &change.object);
        let is_late = api.host().monotonic_ms().saturating_sub(began_ms) > WRITING_MS_MAX;
        stopped = match &sent {
            Err(fault) if fault.scope == FaultScope::WholeConnection => Some(fault.clone()),
            _ => is_late.then(out_of_time),
        };
        sent
    };
    part.iter().map(one).collect()
}

fn create(
    api: &Api,
    table: &'static Table,
    operation: &Operation,
    body: &Value,
    means: &Means,
) -> Outcome {
    if !table.creates() {
        return Err(fault::not_offered(table.entity, "create"));
    }
    let object = emit::create(table, body, &operation.token, means)?;
    match api.write(table, "", Some(&operation.token), &object) {
        Ok(raw) => Ok(applied(api, table, &raw)),
        Err(fault) if fault.vendor_code.as_deref() == Some("6140") => {
            taken_number(api, table, operation, body, &object, fault)
        }
        Err(fault) if fault.vendor_code.as_deref() == Some("6240") => {
            Err(taken_name(api, table, &object, fault))
        }
        Err(fault) => Err(explained(api, table, operation, fault)),
    }
}

/// A number that is taken may be taken by this very record, whose answer was lost, or by a document of the same customer or
/// vendor. One of another is a stranger's.
fn taken_number(
    api: &Api,
    table: &'static Table,
    operation: &Operation,
    body: &Value,
    object: &Value,
    fault: Fault,
) -> Outcome {
    let Some(number) = body["number"].as_str() else {
        return Err(fault);
    };
    let question = Question::of(table).and(format!("DocNumber = {}", quoted(number)));
    let Ok(rows) = lookup::all(api, table, &question) else {
        return Err(fault);
    };
    let mark = body["external_guid"].as_str().unwrap_or(&operation.token);
    let own = rows.iter().find(|row| {
        let note = row["PrivateNote"].as_str().unwrap_or_default();
        told::note_and_mark(note).1 == Some(mark)
    });
    if let Some(own) = own {
        return Ok(applied(api, table, own));
    }
    let is_of_same = |row: &&Value| {
        let mut parties = ["CustomerRef", "VendorRef"].iter();
        parties.any(|party| object[*party].is_object() && same_reference(object, row, party))
    };
    Err(only_one(fault, rows.iter().filter(is_of_same)))
}

/// A name that is taken is taken by a record of the kind that has the same parent, or by a stranger.
fn taken_name(api: &Api, table: &'static Table, object: &Value, fault: Fault) -> Fault {
    let Some(wire) = table.asked_by("name") else {
        return fault;
    };
    let Some(name) = object[wire].as_str() else {
        return fault;
    };
    let question = Question::of(table).among(wire, vec![quoted(name)]);
    let query = question.text(table, 0, 1, PAGE_MAX);
    let Ok(told) = api.query(table, &query) else {
        return fault;
    };
    let has_same_parent = |row: &&Value| same_reference(object, row, "ParentRef");
    only_one(fault, told.rows.iter().filter(has_same_parent))
}

fn same_reference(a: &Value, b: &Value, name: &str) -> bool {
    a[name]["value"] == b[name]["value"]
}

/// The fault names the record that is there, where it can be one only.
fn only_one<'a>(fault: Fault, mut rows: impl Iterator<Item = &'a Value>) -> Fault {
    match (rows.next(), rows.next()) {
        (Some(only), None) => existing(fault, only),
        _ => fault,
    }
}

/// What a refusal does not say by itself: whether it is the record that is missing.
fn explained(api: &Api, table: &'static Table, operation: &Operation, fault: Fault) -> Fault {
    match (fault.vendor_code.as_deref(), operation.action) {
        (Some("610"), Action::Update | Action::Delete) => {
            let id = operation.id.clone().unwrap_or_default();
            match lookup::raw(api, table, std::slice::from_ref(&id)) {
                Ok(rows) if rows.is_empty() => gone(table, &id),
                _ => fault,
            }
        }
        _ => fault,
    }
}

fn existing(mut fault: Fault, row: &Value) -> Fault {
    if let Some(id) = row["Id"].as_str() {
        fault.kind = FaultKind::Exists;
        fault.existing = Some(id.to_owned());
    }
    fault
}

/// What was written, as it now is.
pub fn applied(api: &Api, table: &'static Table, raw: &Value) -> Applied {
    let entry = told::entry(table, &api.settings, raw).filter(|entry| !entry.deleted);
    Applied {
        id: raw["Id"].as_str().unwrap_or_default().to_owned(),
        version: entry.as_ref().and_then(|entry| entry.version.clone()),
        body: entry.map(|entry| entry.body),
        ext: Vec::new(),
    }
}

/// The version is not the one that was read.
pub fn stale() -> Fault {
    fault::conflict(text!(
        "qbo-changed-meanwhile",
        "Somebody changed the record in QuickBooks meanwhile"
    ))
}

/// There is no such record.
pub fn gone(table: &Table, id: &str) -> Fault {
    fault::not_found(text!(
        "qbo-gone",
        "QuickBooks has no {entity} with the id {id}",
        entity = table.entity,
        id = id
    ))
}

fn out_of_time() -> Fault {
    fault::throttled(text!(
        "qbo-out-of-time",
        "QuickBooks answers slowly; this record was not sent yet and has its turn in a moment"
    ))
    .scope(FaultScope::OneRecord)
    .wait_ms(1_000)
}
