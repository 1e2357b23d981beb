//! Records by id and by key.

use crate::api::Api;
use crate::assumed::{PAGE_MAX, US_TAX_CODES};
use crate::custom;
use crate::question::{quoted, Question};
use crate::table::{Kind, Table};
use crate::told;
use crate::walk::is_of;
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// The records with these ids.
pub fn read(api: &Api, table: &'static Table, ids: &[String]) -> Result<Vec<Option<Entry>>, Fault> {
    let rows = raw(api, table, ids)?;
    let entry = |id: &String| told::entry(table, &api.settings, rows.get(id.as_str())?);
    Ok(ids.iter().map(entry).collect())
}

/// The same as QuickBooks has them, by id.
pub fn raw(
    api: &Api,
    table: &'static Table,
    ids: &[String],
) -> Result<BTreeMap<String, Value>, Fault> {
    // Ids are digits, but for those of the tax codes that every US company has, and of custom fields, which are ours.
    let is_id = |id: &String| {
        let digits = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
        digits || US_TAX_CODES.contains(&id.as_str()) || table.object == custom::DEFINITIONS
    };
    let mut known: Vec<String> = ids.iter().filter(|id| is_id(id)).cloned().collect();
    known.sort();
    known.dedup();
    let mut rows = BTreeMap::new();
    if known.is_empty() {
        return Ok(rows);
    }
    let values = known.iter().map(|id| quoted(id)).collect();
    for row in all(api, table, &Question::of(table).among("Id", values))? {
        if let Some(id) = row["Id"].as_str() {
            rows.insert(id.to_owned(), row.clone());
        }
    }
    Ok(rows)
}

/// For each query the records that fit.
pub fn find(api: &Api, table: &'static Table, queries: &[Query]) -> Result<Vec<Vec<Entry>>, Fault> {
    // What is asked by one field is one list of values.
    let mut by_field: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for query in queries {
        let name = wanted_field(table, query)?;
        let given = query.iter().find(|(known, _)| known == name);
        let value = given
            .map(|(_, json)| filter::value(json))
            .unwrap_or_default();
        let text = match value {
            Value::String(text) => text,
            Value::Null => continue,
            other => other.to_string(),
        };
        by_field
            .entry(asked_name(api, name))
            .or_default()
            .push(text);
    }
    let mut asked: Vec<(&Table, String)> = Vec::new();
    let mut rows: Vec<Value> = Vec::new();
    for (name, mut values) in by_field {
        values.sort();
        values.dedup();
        match (name, table.asked_by(name)) {
            (_, Some(wire)) => {
                let values = values.iter().map(|value| quoted(value)).collect();
                let question = Question::of(table).among(wire, values);
                let parts = 0..question.parts();
                asked.extend(parts.map(|part| (table, question.text(table, part, 1, PAGE_MAX))));
            }
            (name, None) if is_small(table, name) => {
                rows.extend(all(api, table, &Question::of(table))?);
            }
            (_, None) => return Err(no_key(table, name)),
        }
    }
    let found = api.queries(&asked)?;
    // A customer may have more documents than an answer holds.
    if found.iter().any(|rows| rows.len() >= PAGE_MAX as usize) {
        return Err(too_many(table));
    }
    rows.extend(found.into_iter().flatten());
    let mut bodies: BTreeMap<String, (Value, Entry)> = BTreeMap::new();
    for row in rows.iter().filter(|row| is_of(table, row)) {
        if let Some(entry) = told::entry(table, &api.settings, row) {
            let body = told::body(table, &api.settings, row);
            bodies.insert(entry.id.clone(), (body, entry));
        }
    }
    let fitting = |query: &Query| {
        let conditions: Vec<_> = query
            .iter()
            .map(|(name, json)| filter::condition(name, Comparison::Eq, &[filter::value(json)]))
            .collect();
        let fits = bodies
            .values()
            .filter(|(body, _)| filter::fits(body, &conditions));
        fits.map(|(_, entry)| entry.clone()).collect()
    };
    Ok(queries.iter().map(fitting).collect())
}

/// The field that QuickBooks is asked by: a code is another field.
fn asked_name(api: &Api, name: &'static str) -> &'static str {
    match name {
        "code" => api.settings.code_field(),
        "item_name" => "full_name",
        name => name,
    }
}

/// The field of a query by which it is asked.
fn wanted_field(table: &Table, query: &Query) -> Result<&'static str, Fault> {
    const STRONGEST: [&str; 13] = [
        "id",
        "number",
        "full_name",
        "item_name",
        "code",
        "name",
        "sales_name",
        "purchase_name",
        "sku",
        "account_number",
        "company_name",
        "customer_id",
        "vendor_id",
    ];
    let given = |name: &&&str| query.iter().any(|(known, _)| known == **name);
    let can = |name: &&&str| match **name {
        "code" => table.has_code(),
        "item_name" => table.field("item_name").is_some(),
        // A small list is read whole where QuickBooks cannot be asked.
        name => table.asked_by(name).is_some() || is_small(table, name),
    };
    let found = STRONGEST.iter().filter(can).find(given);
    let names: Vec<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
    found
        .copied()
        .ok_or_else(|| no_key(table, &names.join(", ")))
}

fn is_small(table: &Table, name: &str) -> bool {
    table.kind == Kind::ReadOnly && table.field(name).is_some()
}

fn no_key(table: &Table, names: &str) -> Fault {
    fault::internal(text!(
        "qbo-no-key",
        "{entity} cannot be looked up by {fields}",
        entity = table.entity,
        fields = names
    ))
}

fn too_many(table: &Table) -> Fault {
    fault::ambiguous(text!(
        "qbo-too-many",
        "More than a thousand records of {entity} fit",
        entity = table.entity
    ))
}

/// All records that a question gives.
pub fn all(api: &Api, table: &'static Table, question: &Question) -> Result<Vec<Value>, Fault> {
    if question.impossible {
        return Ok(Vec::new());
    }
    let mut rows: Vec<Value> = Vec::new();
    for part in 0..question.parts() {
        let mut from = 1;
        loop {
            let told = api.page(table, question, part, from, PAGE_MAX)?;
            let is_full = told.rows.len() >= PAGE_MAX as usize;
            rows.extend(told.rows);
            if !is_full {
                break;
            }
            from += PAGE_MAX;
        }
    }
    Ok(rows)
}
