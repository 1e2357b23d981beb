//! Our id of a record: by it a create that is repeated finds what is there instead of making a second one.
//!
//! It is what the flow gives, else the operation's token. It stands in a column of Autotask's that is meant for such
//! ids (contacts, products, quotes), else in a user-defined field (companies, opportunities).
//!
//! Invariant: nothing of a table with a marker is made before Autotask has said that nothing carries it.

use crate::api::Api;
use crate::search::{any_of, udf, udf_value, Op};
use crate::table::{plain_text, Kind, Table};
use crate::write::body_of;
use liaison_sdk::prelude::*;

/// Our id of a new record; none where the table keeps none.
pub fn of(table: &Table, op: &Operation, body: &Map<String, Value>) -> Option<String> {
    let given = body.get(table.marker?).map(plain_text).unwrap_or_default();
    match given.trim() {
        "" => Some(op.token.clone()),
        given => Some(given.to_owned()),
    }
}

fn of_create(table: &Table, op: &Operation) -> Option<String> {
    match op.action {
        Action::Create => of(table, op, &body_of(op).ok()?),
        _ => None,
    }
}

/// The records that carry the ids of what is to be made.
///
/// # Errors
/// `misconfigured` where the tenant has no field for them, else those of the query.
pub fn made_before(
    api: &Api,
    table: &Table,
    operations: &[Operation],
) -> Result<Vec<Value>, Fault> {
    let markers: Vec<Value> = operations
        .iter()
        .filter_map(|op| of_create(table, op))
        .map(|marker| json!(marker))
        .collect();
    let column = table.marker.and_then(|field| table.column(field));
    let (Some(column), false) = (column, markers.is_empty()) else {
        return Ok(Vec::new());
    };
    if column.kind != Kind::Marker {
        return api.all(table.path, &[any_of(column.vendor, &markers)]);
    }
    let name = &api.settings.marker_field;
    let clause = match markers.as_slice() {
        [one] => udf(Op::Eq, name, one.clone()),
        _ => udf(Op::In, name, json!(markers)),
    };
    api.all(table.path, &[clause])
        .map_err(|fault| match fault.message.key == "no-such-field" {
            true => no_field(table, name),
            false => fault,
        })
}

fn no_field(table: &Table, name: &str) -> Fault {
    fault::misconfigured(text!(
        "no-marker-field",
        "{table} of Autotask have no user-defined field {name}, by which liaison knows again what it made, so it makes none: add the field (Admin > User-Defined Fields, type Text), or name another in the setting marker_field",
        table = table.path,
        name = name
    ))
    .scope(FaultScope::WholeEntity)
}

/// The one row that carries this id.
///
/// # Errors
/// `ambiguous` when several do.
pub fn found<'a>(
    api: &Api,
    table: &Table,
    rows: &'a [Value],
    marker: &str,
) -> Result<Option<&'a Value>, Fault> {
    let column = table.marker.and_then(|field| table.column(field));
    let Some(column) = column else {
        return Ok(None);
    };
    let shown = |row: &Value| match column.kind {
        Kind::Marker => udf_value(row, &api.settings.marker_field).map(plain_text),
        _ => row.get(column.vendor).map(plain_text),
    };
    let carries = |row: &&Value| shown(row).is_some_and(|shown| shown.trim() == marker);
    let mut carrying = rows.iter().filter(carries);
    match (carrying.next(), carrying.next()) {
        (Some(_), Some(_)) => Err(fault::ambiguous(text!(
            "marked-twice",
            "Several records of Autotask carry the id {id}: leave it on one of them",
            id = marker
        ))
        .field(column.field)),
        (found, _) => Ok(found),
    }
}

/// Two new records of one batch with the same id would be one too many.
///
/// # Errors
/// `rejected` for the later one.
pub fn once(table: &Table, before: &[Operation], op: &Operation) -> Result<(), Fault> {
    let Some(marker) = of_create(table, op) else {
        return Ok(());
    };
    let taken = |other: &Operation| {
        other.token != op.token && of_create(table, other).as_deref() == Some(&marker)
    };
    match before.iter().any(taken) {
        false => Ok(()),
        true => Err(fault::rejected(text!(
            "same-id-twice",
            "Two new records were to carry the same id {id}",
            id = marker
        ))
        .field(table.marker.unwrap_or_default())),
    }
}
