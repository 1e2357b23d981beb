//! Creates and updates.
//!
//! The vendor promises nothing about repeats, so a create looks first whether its code is there already: the
//! flow's, or the operation's token where the flow gives none. A shipment or a reception is data within its
//! order, of which there is one, so it is looked at too. Updates read the record first, send what changes,
//! and send nothing when nothing does.

use crate::api::Api;
use crate::field::text_of;
use crate::lookup::{code_of, rows_by_code, same_code};
use crate::reference::{self, Codes};
use crate::refusal;
use crate::table::{id_of, Table};
use liaison_sdk::prelude::*;
use std::collections::BTreeSet;

/// Carries out the operations; one outcome each.
pub fn write(api: &Api, table: &'static Table, operations: &[Operation]) -> Vec<Outcome> {
    let mut codes = Codes::default();
    let mut bodies: Vec<Result<Map<String, Value>, Fault>> = operations
        .iter()
        .map(|operation| body(api, table, operation, &mut codes))
        .collect();
    let mut known = match known(api, table, operations, &bodies) {
        Ok(known) => known,
        Err(fault) => {
            // What was refused for itself keeps its own reason; updates need no search.
            for (body, operation) in bodies.iter_mut().zip(operations) {
                if body.is_ok() && operation.action == Action::Create {
                    *body = Err(fault.clone());
                }
            }
            Vec::new()
        }
    };
    let mut outcomes = Vec::new();
    for (operation, body) in operations.iter().zip(bodies) {
        let row = body.and_then(|body| match (operation.action, table.part) {
            (Action::Create, Some(part)) => create_part(api, table, part, &body),
            (Action::Create, None) => create(api, table, &body, &mut known),
            _ => update(api, table, operation, &body),
        });
        outcomes.push(row.map(|row| applied(api, table, row)));
    }
    with_ids(api, table, outcomes)
}

/// A body that refers by code, and has one where records of the entity have.
fn body(
    api: &Api,
    table: &Table,
    operation: &Operation,
    codes: &mut Codes,
) -> Result<Map<String, Value>, Fault> {
    if operation.action == Action::Delete {
        return Err(fault::rejected(text!(
            "fusion-no-delete",
            "This connector deletes nothing in Fusion Operations; cancel or archive the record there"
        )));
    }
    let mut body: Map<String, Value> = serde_json::from_str(&operation.body).map_err(|error| {
        fault::internal(text!(
            "fusion-body",
            "The record is no JSON object: {reason}",
            reason = error
        ))
    })?;
    codes.put(api, table, &mut body)?;
    if operation.action == Action::Create && table.has_code() {
        let given = body.get("code").and_then(text_of);
        let code = given.unwrap_or_else(|| operation.token.clone());
        body.insert("code".to_owned(), json!(code));
        // What cannot be sent need not be searched.
        table.new_row(&api.profile, &body)?;
    }
    Ok(body)
}

/// The rows that carry the codes of the creates already.
fn known(
    api: &Api,
    table: &'static Table,
    operations: &[Operation],
    bodies: &[Result<Map<String, Value>, Fault>],
) -> Result<Vec<Value>, Fault> {
    let code = |(operation, body): (&Operation, &Result<Map<String, Value>, Fault>)| match operation
        .action
    {
        Action::Create => text_of(body.as_ref().ok()?.get("code")?),
        _ => None,
    };
    let codes: BTreeSet<String> = operations.iter().zip(bodies).filter_map(code).collect();
    match codes.is_empty() || table.part.is_some() {
        true => Ok(Vec::new()),
        false => rows_by_code(api, table, &codes),
    }
}

fn create(
    api: &Api,
    table: &'static Table,
    body: &Map<String, Value>,
    known: &mut Vec<Value>,
) -> Result<Value, Fault> {
    let code = body.get("code").and_then(text_of).unwrap_or_default();
    let has_code =
        |row: &&Value| code_of(api, table, row).is_some_and(|other| same_code(&other, &code));
    if let Some(id) = known.iter().find(has_code).and_then(id_of) {
        return Err(there(table, &code, &id));
    }
    let row = table.new_row(&api.profile, body)?;
    let search = || -> Result<Option<Value>, Fault> {
        let rows = rows_by_code(api, table, &BTreeSet::from([code.clone()]))?;
        Ok(rows.into_iter().find(|row| has_code(&row)))
    };
    let made = match api.create(table, row) {
        Ok(Some(row)) => row,
        // It was carried out and nothing is told of it.
        Ok(None) => match search() {
            Ok(Some(row)) => row,
            Ok(None) | Err(_) => return Err(untold()),
        },
        Err(fault) if fault.message.key == "fusion-duplicate" => {
            let there = search().ok().and_then(|row| id_of(&row?));
            return Err(match there {
                Some(id) => Fault {
                    existing: Some(id),
                    kind: FaultKind::Exists,
                    ..fault.field("code")
                },
                None => fault,
            });
        }
        Err(fault) => return Err(with_field(table, body, fault)),
    };
    known.push(made.clone());
    Ok(made)
}

/// Shipping or receiving data, put into an order that has none.
fn create_part(
    api: &Api,
    table: &'static Table,
    part: &'static str,
    body: &Map<String, Value>,
) -> Result<Value, Fault> {
    let owner = table.owner().unwrap_or("id");
    let id = body.get(owner).and_then(text_of).ok_or_else(|| {
        fault::rejected(text!(
            "fusion-needs-order",
            "A {entity} belongs to an order; {field} is missing",
            entity = table.entity,
            field = owner
        ))
        .field(owner)
    })?;
    let before = api.item(table, &id)?.ok_or_else(|| {
        fault::missing_reference(text!(
            "fusion-no-such-order",
            "Fusion Operations has no order {id}",
            id = id
        ))
        .field(owner)
    })?;
    if table.part_of(&api.profile, part, &before).is_some() {
        return Err(fault::exists(
            text!(
                "fusion-moved-already",
                "The order {id} has its {entity} already; there is one an order",
                id = id,
                entity = table.entity
            ),
            &id,
        ));
    }
    let body: Map<String, Value> = body
        .iter()
        .filter(|(name, value)| !filter::is_empty(value) && !is_read_only(table, name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let changed = table.changed(&api.profile, &body, &before)?;
    let mut row = before.as_object().cloned().unwrap_or_default();
    row.extend(changed.clone());
    let row = Value::Object(row);
    if table.part_of(&api.profile, part, &row).is_none() {
        return Err(fault::rejected(text!(
            "fusion-nothing-moved",
            "A {entity} needs a date or lines",
            entity = table.entity
        ))
        .field("date"));
    }
    put(api, table, &id, &before, changed).map_err(|fault| with_field(table, &body, fault))
}

fn is_read_only(table: &Table, name: &str) -> bool {
    let field = table.fields.iter().find(|field| field.name == name);
    field.is_some_and(|field| field.read_only)
}

fn update(
    api: &Api,
    table: &'static Table,
    operation: &Operation,
    body: &Map<String, Value>,
) -> Result<Value, Fault> {
    let id = operation.id.as_deref().unwrap_or_default();
    let gone = || refusal::gone(api.resource(table));
    let before = api.item(table, id)?.ok_or_else(gone)?;
    // Of an order without the part there is no shipment to change.
    let entry = table.entry(&api.profile, &before).ok_or_else(gone)?;
    if let (Some(read_at), Some(now)) = (&operation.version, &entry.version) {
        if read_at != now {
            return Err(fault::conflict(text!(
                "fusion-changed",
                "The record has changed in Fusion Operations since it was read"
            )));
        }
    }
    let changed = table.changed(&api.profile, body, &before)?;
    if changed.is_empty() {
        return Ok(before);
    }
    put(api, table, id, &before, changed).map_err(|fault| with_field(table, body, fault))
}

/// Changes a record, and what it is then.
fn put(
    api: &Api,
    table: &'static Table,
    id: &str,
    before: &Value,
    changed: Map<String, Value>,
) -> Result<Value, Fault> {
    let told = api.update(table, id, before, changed)?;
    match told.filter(|row| id_of(row).as_deref() == Some(id)) {
        Some(row) => Ok(row),
        // It was carried out; that it cannot be read does not undo it.
        None => Ok(api
            .item(table, id)
            .ok()
            .flatten()
            .unwrap_or_else(|| json!({ "id": id }))),
    }
}

/// A record as the answer tells it. Without a body where it tells only the id.
fn applied(api: &Api, table: &Table, row: Value) -> Applied {
    let told = row.as_object().is_some_and(|row| row.len() > 1);
    let entry = table.entry(&api.profile, &row).filter(|_| told);
    Applied {
        id: id_of(&row).unwrap_or_default(),
        version: entry.as_ref().and_then(|entry| entry.version.clone()),
        body: entry.map(|entry| entry.body),
        ext: Vec::new(),
    }
}

/// The outcomes with ids beside codes, as records are read. What was written is written, whatever fails here.
fn with_ids(api: &Api, table: &'static Table, mut outcomes: Vec<Outcome>) -> Vec<Outcome> {
    let entry = |applied: &Applied| {
        Some(Entry {
            id: applied.id.clone(),
            version: None,
            deleted: false,
            body: applied.body.clone()?,
            ext: Vec::new(),
        })
    };
    let mut entries: Vec<Entry> = outcomes.iter().flatten().filter_map(entry).collect();
    if entries.is_empty() || reference::give_ids(api, table, &mut entries).is_err() {
        return outcomes;
    }
    let mut bodies = entries.into_iter().map(|entry| entry.body);
    for applied in outcomes
        .iter_mut()
        .flatten()
        .filter(|applied| applied.body.is_some())
    {
        applied.body = bodies.next();
    }
    outcomes
}

/// The field that a refusal is about, where the vendor names its value.
fn with_field(table: &Table, body: &Map<String, Value>, fault: Fault) -> Fault {
    if fault.kind != FaultKind::MissingReference || fault.field.is_some() {
        return fault;
    }
    let words = fault.vendor_text.clone().unwrap_or_default();
    let said = |value: &Value| text_of(value).is_some_and(|code| words.contains(&code));
    let header = table
        .references
        .iter()
        .find(|r| body.get(r.code).is_some_and(said));
    if let Some(reference) = header {
        return fault.field(reference.code);
    }
    let lines = body.get("lines").and_then(Value::as_array);
    let line = lines
        .into_iter()
        .flatten()
        .position(|line| line.get("product_code").is_some_and(said));
    match line {
        Some(at) => fault.field(&format!("lines[{at}].product_code")),
        None => fault,
    }
}

fn there(table: &Table, code: &str, id: &str) -> Fault {
    fault::exists(
        text!(
            "fusion-there",
            "Fusion Operations already has a {entity} with the code {code}",
            entity = table.entity,
            code = code
        ),
        id,
    )
    .field("code")
}

fn untold() -> Fault {
    fault::outcome_unknown(text!(
        "fusion-untold",
        "Fusion Operations accepted the record and does not tell which one it became"
    ))
}
