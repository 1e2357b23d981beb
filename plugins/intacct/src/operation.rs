//! What writes have in common: bodies, control ids, what was made, and silence.

use crate::api::Api;
use crate::field::{elements, Part};
use crate::question::RECORD_NUMBER;
use crate::records;
use crate::refusal;
use crate::reply::{text_of, Outcome as Told, Row, Trouble};
use crate::table::{Table, EXTERNAL_ID};
use crate::tables::CONTRACT;
use liaison_sdk::prelude::*;
use serde::Serialize;

/// The record of an operation.
pub fn body(operation: &Operation) -> Result<Map<String, Value>, Fault> {
    serde_json::from_str(&operation.body).map_err(|error| {
        fault::internal(text!(
            "intacct-body",
            "The record is no JSON object: {reason}",
            reason = error
        ))
    })
}

/// Our id of a new record: the flow's, or else the operation's own.
pub fn marker(operation: &Operation, body: &Map<String, Value>) -> String {
    let given = body.get(EXTERNAL_ID).and_then(Value::as_str).map(str::trim);
    let given = given.filter(|id| !id.is_empty());
    given.unwrap_or(&operation.token).to_owned()
}

pub fn create_xml(object: &str, parts: &[Part]) -> String {
    format!("<create><{object}>{}</{object}></create>", elements(parts))
}

pub fn update_xml(object: &str, record_no: &str, parts: &[Part]) -> String {
    let key = [(RECORD_NUMBER.to_owned(), record_no.to_owned())];
    let whole = [&key, parts].concat();
    format!("<update><{object}>{}</{object}></update>", elements(&whole))
}

pub fn post_xml(object: &str, record_no: &str, posting_date: Option<&str>) -> String {
    let mut parts = vec![(RECORD_NUMBER.to_owned(), record_no.to_owned())];
    parts.extend(posting_date.map(|day| ("GLPOSTINGDATE".to_owned(), day.to_owned())));
    format!("<post><{object}>{}</{object}></post>", elements(&parts))
}

pub fn delete_xml(object: &str, record_nos: &[&str]) -> String {
    let parts = [
        ("object".to_owned(), object.to_owned()),
        ("keys".to_owned(), record_nos.join(",")),
    ];
    format!("<delete>{}</delete>", elements(&parts))
}

/// The record number that a reply to a create tells.
pub fn record_no(told: &Told) -> Option<String> {
    let row = told.rows.first()?;
    Some(text_of(row, RECORD_NUMBER).to_owned()).filter(|text| !text.is_empty())
}

/// A record as it is now.
pub fn applied(entry: Entry) -> Applied {
    Applied {
        id: entry.id,
        version: entry.version,
        body: Some(entry.body),
        ext: Vec::new(),
    }
}

/// A record of which only the id is told.
pub fn bare(id: &str) -> Applied {
    Applied {
        id: id.to_owned(),
        version: None,
        body: None,
        ext: Vec::new(),
    }
}

/// The rows that carry these ids of ours. An id that two records carry is theirs who made the second.
pub fn marked(api: &Api, table: &'static Table, markers: &[&str]) -> Result<Vec<Row>, Fault> {
    let wire = table.marker(api);
    if !table.shape(api)?.has_custom(&wire) {
        return Err(no_marker(table.entity, &wire));
    }
    let (rows, _) = records::all_with(api, table, &wire, markers)?;
    Ok(rows)
}

/// The one row with this id of ours.
pub fn one_marked<'a>(
    api: &Api,
    table: &Table,
    rows: &'a [Row],
    marker: &str,
) -> Result<Option<&'a Row>, Fault> {
    let wire = table.marker(api);
    let own = rows.iter().filter(|row| text_of(row, &wire) == marker);
    match renewed(table, own.collect()).as_slice() {
        [_, _, ..] => Err(fault::ambiguous(text!(
            "intacct-marked-twice",
            "Several records of Sage Intacct carry liaison's id {id}; leave it on one",
            id = marker
        ))
        .field(EXTERNAL_ID)),
        found => Ok(found.first().copied()),
    }
}

/// A renewal may carry on the id of the contract that it renews: of those that carry one, the first is meant.
pub fn renewed<'a>(table: &Table, rows: Vec<&'a Row>) -> Vec<&'a Row> {
    let is_first = |row: &&Row| text_of(row, "PARENTID").is_empty();
    match table.entity == CONTRACT.entity && rows.iter().any(is_first) {
        true => rows.into_iter().filter(is_first).collect(),
        false => rows,
    }
}

pub fn no_marker(entity: &str, wire: &str) -> Fault {
    fault::misconfigured(text!(
        "intacct-no-marker",
        "The company's {entity} has no custom field {field}, by which liaison recognises what it made, so it makes none: add it under Customization Services > Custom Fields, or name another in the setting `marker_field`",
        entity = entity,
        field = wire
    ))
    .scope(FaultScope::WholeEntity)
}

/// The fault of a create that failed, with the field where a value is quoted.
pub fn refused(api: &Api, table: &Table, body: &Map<String, Value>, troubles: &[Trouble]) -> Fault {
    let fault = api.refused(table.entity, troubles);
    match with_field(body, &fault) {
        Some(field) => fault.field(&field),
        None => fault,
    }
}

/// The field whose value a refusal quotes.
pub fn with_field(body: &Map<String, Value>, fault: &Fault) -> Option<String> {
    let words = fault.vendor_text.as_deref()?;
    let value = refusal::quoted_value(words)?;
    let fitting = body
        .iter()
        .find(|(name, own)| *name != "id" && own.as_str().map(str::trim) == Some(value));
    fitting.map(|(name, _)| name.clone())
}

/// Notes how far an operation has come; without that the next step is not taken.
pub fn note<T: Serialize>(api: &Api, operation: &Operation, note: &T) -> Result<(), Fault> {
    let text = serde_json::to_vec(note).unwrap_or_default();
    // Something was made by now: the host must not take it for nothing.
    api.host().note(&operation.token, &text).map_err(|words| {
        fault::outcome_unknown(text!(
            "intacct-unnoted",
            "How far the contract has come cannot be noted, so nothing more is done"
        ))
        .vendor_text(&words)
    })
}

/// The fault where something was sent and whether it is there cannot be looked up: the host must not take it for
/// nothing done.
pub fn unsure(fault: Fault) -> Fault {
    Fault {
        vendor_code: fault.vendor_code,
        vendor_text: fault.vendor_text,
        ..fault::outcome_unknown(text!(
            "intacct-unsure",
            "Whether Sage Intacct has this record by now cannot be seen: {reason}",
            reason = fault.message.fallback
        ))
    }
}

/// Two new records of one call must not be the same.
pub fn twice(entity: &str) -> Fault {
    fault::rejected(text!(
        "intacct-twice",
        "Two new records of {entity} have the same external_id",
        entity = entity
    ))
    .field(EXTERNAL_ID)
}
