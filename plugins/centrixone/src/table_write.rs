//! Creates and updates of everything but customers.
//!
//! What is there is read first: the small entities whole, opportunities by their ids of ours. So a
//! create that was carried out already becomes an edit, and a record that somebody else made is named
//! instead of made twice.

use crate::api::{external_id_of, id_of, parse_id, Api};
use crate::assumed::*;
use crate::batch::{Call, Row};
use crate::book::Book;
use crate::stage::{self, Asked, Stages};
use crate::table::{Table, OPPORTUNITY};
use crate::table_rules::Known;
use crate::{field, list, lookup, missing, operation, opportunity};
use liaison_sdk::prelude::*;
use std::collections::BTreeSet;

/// What an operation comes to before anything is sent.
enum Step {
    Send(Row),
    /// The record is already as it should be.
    Nothing(i64),
    Refused(Fault),
}

/// Carries out the operations; one outcome each.
pub fn write(api: &Api, table: &'static Table, operations: &[Operation]) -> Vec<Outcome> {
    let call = Call::new(api);
    let steps = match prepare(&call, table, operations) {
        Ok(steps) => steps,
        Err(fault) => return operations.iter().map(|_| Err(fault.clone())).collect(),
    };
    let rows: Vec<Row> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Send(row) => Some(row.clone()),
            _ => None,
        })
        .collect();
    let mut sent = call.send(table.object, &rows).into_iter();
    let results: Vec<Result<i64, Fault>> = steps
        .into_iter()
        .map(|step| match step {
            Step::Refused(fault) => Err(fault),
            Step::Nothing(id) => Ok(id),
            Step::Send(row) => {
                let result = sent.next().unwrap_or(Ok(0));
                result.map_err(|fault| in_our_terms(table, &row, fault))
            }
        })
        .collect();
    outcomes(api, table, results)
}

fn prepare(
    call: &Call,
    table: &'static Table,
    operations: &[Operation],
) -> Result<Vec<Step>, Fault> {
    let api = call.api;
    let bodies: Vec<Result<Map<String, Value>, Fault>> = operations
        .iter()
        .map(|operation| body(table, operation))
        .collect();
    if !bodies.iter().any(Result::is_ok) {
        let refused =
            |body: Result<_, Fault>| Step::Refused(body.err().unwrap_or_else(nothing_known));
        return Ok(bodies.into_iter().map(refused).collect());
    }
    let rows = match table.small {
        true => api.rows(table.object, ALL)?,
        false => there(api, table, operations, &bodies)?,
    };
    let book = match table.is(&OPPORTUNITY) {
        true => customers(api, &bodies)?,
        false => Book::default(),
    };
    let known = Known {
        account: api.settings.account(),
        rows: &rows,
    };
    if table.is(&OPPORTUNITY) && bodies.iter().flatten().any(stage::is_asked) {
        // Where they cannot be read, no record need try.
        api.stages()?;
    }
    let mut stages = Stages::new(call);
    let mut keys = BTreeSet::new();
    let step = |(operation, body): (&Operation, Result<Map<String, Value>, Fault>)| {
        let step = body.and_then(|body| match table.is(&OPPORTUNITY) {
            true => opportunity_step(operation, body, &known, &book, &mut stages),
            false => step(table, operation, body, &known),
        });
        match step {
            Ok(Step::Send(row)) if !keys.insert(key(&row)) => {
                Step::Refused(operation::twice(table.entity))
            }
            Ok(step) => step,
            Err(fault) => Step::Refused(fault),
        }
    };
    Ok(operations.iter().zip(bodies).map(step).collect())
}

/// What a row is about: two of the same in one array would be one record twice.
fn key(row: &Row) -> String {
    let about = |property: &str| row.body.get(property).map(Value::to_string);
    let like = || {
        let values = row.like.iter().filter_map(|property| about(property));
        values.collect::<Vec<_>>().join(" ").to_lowercase()
    };
    about(ID)
        .or_else(|| about(EXTERNAL_ID))
        .unwrap_or_else(like)
}

fn body(table: &Table, operation: &Operation) -> Result<Map<String, Value>, Fault> {
    if operation.action == Action::Delete {
        return Err(no_delete(table));
    }
    let mut body = operation::body(operation)?;
    body.remove("id");
    Ok(body)
}

/// The opportunities that must be known: those that carry the ids of ours of the creates, and those
/// whose stage an update tells half of.
fn there(
    api: &Api,
    table: &Table,
    operations: &[Operation],
    bodies: &[Result<Map<String, Value>, Fault>],
) -> Result<Vec<Value>, Fault> {
    let ours = |(operation, body): (&Operation, &Result<Map<String, Value>, Fault>)| {
        let given = body.as_ref().ok()?.get(EXTERNAL_ID).and_then(Value::as_str);
        let id = given
            .filter(|id| !id.trim().is_empty())
            .unwrap_or(&operation.token);
        (operation.action == Action::Create).then(|| id.trim().to_owned())
    };
    let halves = operations
        .iter()
        .zip(bodies)
        .filter_map(|(operation, body)| {
            let half = operation.action == Action::Update && stage::is_half(body.as_ref().ok()?);
            half.then(|| parse_id(operation.id.as_deref()?)).flatten()
        });
    let halves: Vec<i64> = halves.collect();
    let ids: Vec<String> = operations.iter().zip(bodies).filter_map(ours).collect();
    let mut rows = match ids.is_empty() {
        true => Vec::new(),
        false => api.by_external_id(table.object, &ids)?,
    };
    if !halves.is_empty() {
        rows.extend(api.by_id(table.object, &halves)?);
    }
    Ok(rows)
}

fn customers(api: &Api, bodies: &[Result<Map<String, Value>, Fault>]) -> Result<Book, Fault> {
    let accounts = bodies.iter().flatten().filter_map(opportunity::customer_of);
    let accounts: Vec<i64> = accounts.collect();
    match accounts.is_empty() {
        true => Ok(Book::default()),
        false => Book::some(api, list::id(api)?, &accounts),
    }
}

fn step(
    table: &'static Table,
    operation: &Operation,
    body: Map<String, Value>,
    known: &Known,
) -> Result<Step, Fault> {
    if operation.action == Action::Create {
        return known.create(table, body, &operation.token).map(Step::Send);
    }
    let id = record_id(table, operation)?;
    let before = known
        .row(id)
        .ok_or_else(|| fault::not_found(missing::message(table.object, id)))?;
    let row = known.update(table, body, id, before)?;
    Ok(row.map_or(Step::Nothing(id), Step::Send))
}

fn opportunity_step(
    operation: &Operation,
    mut body: Map<String, Value>,
    known: &Known,
    book: &Book,
    stages: &mut Stages,
) -> Result<Step, Fault> {
    let asked = Asked::take(&mut body, operation.action)?;
    let mut row = opportunity::row(body, operation.action, book)?;
    if operation.action == Action::Create {
        let ours = row
            .entry(EXTERNAL_ID)
            .or_insert_with(|| json!(operation.token))
            .clone();
        let is_ours = |other: &&Value| external_id_of(other).as_deref() == ours.as_str();
        let made = known.rows.iter().find(is_ours);
        if let Some(id) = made.and_then(id_of) {
            row.insert(ID.to_owned(), json!(id));
        }
        row.extend(stages.id(&asked, made)?);
        return Ok(Step::Send(Row::of(row)));
    }
    let id = record_id(&OPPORTUNITY, operation)?;
    row.extend(stages.id(&asked, known.row(id))?);
    if row.is_empty() {
        return Ok(Step::Nothing(id));
    }
    row.insert(ID.to_owned(), json!(id));
    Ok(Step::Send(Row::of(row)))
}

fn record_id(table: &Table, operation: &Operation) -> Result<i64, Fault> {
    let id = operation.id.as_deref().unwrap_or_default();
    parse_id(id).ok_or_else(|| {
        fault::not_found(text!(
            "centrixone-no-such-id",
            "“{id}” is no id of a {entity} of CentrixOne",
            id = id,
            entity = table.entity
        ))
    })
}

/// A fault of the wire with our names; and where the vendor does not let us make a thing, how a person
/// makes it.
fn in_our_terms(table: &Table, row: &Row, fault: Fault) -> Fault {
    let refused = matches!(
        fault.vendor_code.as_deref(),
        Some("400" | "403" | "404" | "405")
    );
    let by_hand =
        matches!(table.object, Object::Lists | Object::Stages) && !row.body.contains_key(ID);
    if refused && by_hand {
        let reason = fault.vendor_text.clone().unwrap_or_default();
        return Fault {
            vendor_code: fault.vendor_code,
            vendor_text: fault.vendor_text,
            ..fault::rejected(text!(
                "centrixone-make-by-hand",
                "CentrixOne does not let a {entity} be made over its API: {reason}. Make it in CentrixOne by hand, named exactly so, and run the flow again",
                entity = table.entity,
                reason = reason
            ))
        };
    }
    // A line's properties are called alike on both sides.
    field::renamed(fault, |wire| field::name_of(table.fields.iter(), wire))
}

/// What was written is read once more: CentrixOne's answers tell ids only. When that fails, it was
/// written all the same.
fn outcomes(api: &Api, table: &Table, results: Vec<Result<i64, Fault>>) -> Vec<Outcome> {
    let ids: Vec<i64> = results.iter().flatten().copied().collect();
    let rows = match ids.is_empty() {
        true => Vec::new(),
        false => api.by_id(table.object, &ids).unwrap_or_default(),
    };
    let entries = lookup::entries(api, table, rows).unwrap_or_default();
    let applied = |id: i64| {
        let id = id.to_string();
        let entry = entries.iter().find(|entry| entry.id == id);
        Applied {
            version: None,
            body: entry.map(|entry| entry.body.clone()),
            id,
            ext: Vec::new(),
        }
    };
    results
        .into_iter()
        .map(|result| result.map(applied))
        .collect()
}

fn no_delete(table: &Table) -> Fault {
    match table.object {
        Object::Users | Object::RevenueCategories => fault::rejected(text!(
            "centrixone-deactivate",
            "A {entity} is never deleted in CentrixOne, because other records refer to it; set `active` to false instead",
            entity = table.entity
        )),
        _ => fault::rejected(text!(
            "centrixone-stays",
            "A {entity} cannot be deleted in CentrixOne over its API; leave it, or remove it there by hand",
            entity = table.entity
        )),
    }
}

fn nothing_known() -> Fault {
    fault::internal(text!("centrixone-nothing", "There is nothing to write"))
}
