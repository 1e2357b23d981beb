//! Records by their ids, and by what they hold.

use crate::api::Api;
use crate::assumed::{QUERY_BYTES_MAX, VALUES_A_QUERY};
use crate::id;
use crate::object;
use crate::select::select_all;
use crate::shape::{Column, Kind, Shape};
use crate::soql;
use crate::table::{Table, LOOKUP, OBJECT};
use crate::value::{self, ID};
use liaison_sdk::contract::Query;
use liaison_sdk::http::encode;
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// Queries of several fields in one request.
const PAIRS_A_QUERY: usize = 50;
/// What the values of one request may be long, percent-encoded: the fields stand in the address as well.
const VALUES_BYTES_MAX: usize = QUERY_BYTES_MAX / 2;

/// The records with these ids.
pub fn read(api: &Api, table: &'static Table, ids: &[String]) -> Result<Vec<Option<Entry>>, Fault> {
    // What is no id would break the query for all of them.
    let full: Vec<Option<String>> = ids.iter().map(|id| id::full(id.trim())).collect();
    let known: Vec<String> = full.iter().flatten().cloned().collect();
    let objects = object::of_ids(api, table, &known)?;
    let mut by_object: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (id, object) in known.iter().zip(objects) {
        if let Some(object) = object {
            by_object.entry(object).or_default().push(json!(id));
        }
    }
    let mut found = BTreeMap::new();
    for (object, ids) in by_object {
        for entry in with_ids(api, table, &object, &ids)? {
            found.insert(entry.id.clone(), entry);
        }
    }
    let entry = |id: &Option<String>| id.as_ref().and_then(|id| found.get(id).cloned());
    Ok(full.iter().map(entry).collect())
}

/// The records of one object with these ids.
pub fn with_ids(
    api: &Api,
    table: &Table,
    object: &str,
    ids: &[Value],
) -> Result<Vec<Entry>, Fault> {
    let key_field = api.settings.key_field_of(object);
    let names_object = table.object.is_none();
    let mut entries = Vec::new();
    let mut ids = ids.to_vec();
    ids.sort_unstable_by(|a, b| a.as_str().cmp(&b.as_str()));
    ids.dedup();
    for ids in cursor::chunks(&ids, VALUES_A_QUERY) {
        let rows = select_all(api, object, &|shape| {
            let wanted = soql::among(shape.named(ID)?, ids);
            Ok(format!("WHERE {}", wanted.unwrap_or_default()))
        })?;
        let found = rows.rows.iter();
        entries.extend(
            found.filter_map(|row| value::entry(&rows.shape, key_field, names_object, row)),
        );
    }
    Ok(entries)
}

/// One query: the object, and fields with what they must hold.
#[derive(Clone, Debug, PartialEq)]
struct Wanted {
    object: String,
    pairs: Vec<(String, Value)>,
    /// A look-up by nothing finds nothing.
    nothing: bool,
}

/// The records that fit each query, in the same order.
pub fn find(api: &Api, table: &'static Table, queries: &[Query]) -> Result<Vec<Vec<Entry>>, Fault> {
    let wanted: Vec<Wanted> = queries
        .iter()
        .map(|query| wanted(api, table, query))
        .collect::<Result<_, _>>()?;
    let mut found: Vec<Vec<Entry>> = vec![Vec::new(); queries.len()];
    let mut by_object: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, one) in wanted.iter().enumerate().filter(|(_, one)| !one.nothing) {
        by_object.entry(&one.object).or_default().push(place);
    }
    for (object, places) in by_object {
        let asked: Vec<&Wanted> = places.iter().map(|place| &wanted[*place]).collect();
        let answers = find_in(api, table, object, &asked)?;
        for (place, entries) in places.into_iter().zip(answers) {
            found[place] = entries;
        }
    }
    Ok(found)
}

/// What a query means.
fn wanted(api: &Api, table: &Table, query: &Query) -> Result<Wanted, Fault> {
    let mut named = None;
    let mut pairs = Vec::new();
    let mut nothing = query.is_empty();
    for (field, json) in query {
        let value = filter::value(json);
        match field.as_str() {
            OBJECT if table.object.is_none() => named = Some(value),
            LOOKUP => {
                let (object, more) = parse_key(value.as_str().unwrap_or_default())?;
                named = object.map(|object| json!(object)).or(named);
                nothing |= more.iter().any(|(_, value)| filter::is_empty(value));
                pairs.extend(more);
            }
            _ => {
                nothing |= filter::is_empty(&value);
                pairs.push((field.clone(), value));
            }
        }
    }
    if let (Some(only), Some(named)) = (table.object, &named) {
        nothing |= named.as_str() != Some(only);
    }
    let by_id = pairs.iter().find(|(field, _)| field == "id");
    let id = by_id.and_then(|(_, value)| id::full(value.as_str()?.trim()));
    let object = match (table.object, &named, &id) {
        // An id names its object.
        (None, None, Some(id)) => object::of_ids(api, table, std::slice::from_ref(id))?
            .pop()
            .flatten(),
        (None, None, None) if by_id.is_some() => None,
        _ if nothing && named.is_none() && table.object.is_none() => None,
        _ => Some(object::of_value(api, table, named.as_ref())?),
    };
    Ok(Wanted {
        nothing: nothing || object.is_none() || pairs.is_empty(),
        object: object.unwrap_or_default(),
        pairs,
    })
}

/// The object that a key names, and its fields with their values.
type Key = (Option<String>, Vec<(String, Value)>);

/// `FIELD:VALUE`, `OBJECT.FIELD:VALUE`, and several fields as `A+B:VALUE+VALUE`.
fn parse_key(key: &str) -> Result<Key, Fault> {
    let unreadable = || {
        fault::rejected(text!(
            "salesforce-key-unreadable",
            "{key} is no key for a look-up; it must read FIELD:VALUE, or OBJECT.FIELD:VALUE for a custom object",
            key = liaison_sdk::text::shorten(key, 80)
        ))
        .field(LOOKUP)
    };
    let (path, value) = key.split_once(':').ok_or_else(unreadable)?;
    let (object, fields) = match path.split_once('.') {
        Some((object, fields)) => (Some(object.trim().to_owned()), fields),
        None => (None, path),
    };
    let fields: Vec<&str> = fields.split('+').map(str::trim).collect();
    let values: Vec<&str> = value.splitn(fields.len(), '+').collect();
    if fields.len() != values.len() || fields.iter().any(|field| field.is_empty()) {
        return Err(unreadable());
    }
    let pairs = fields.into_iter().zip(values);
    let pairs = pairs.map(|(field, value)| (field.to_owned(), json!(value)));
    Ok((object, pairs.collect()))
}

fn find_in(
    api: &Api,
    table: &Table,
    object: &str,
    asked: &[&Wanted],
) -> Result<Vec<Vec<Entry>>, Fault> {
    let key_field = api.settings.key_field_of(object).to_owned();
    let names_object = table.object.is_none();
    let parts = parts(asked);
    let mut rows: BTreeMap<String, (Value, Entry)> = BTreeMap::new();
    let mut shape = None;
    for part in &parts {
        let found = select_all(api, object, &|shape| {
            Ok(format!("WHERE {}", clause_of(shape, &key_field, part)?))
        })?;
        for row in &found.rows {
            if let Some(entry) = value::entry(&found.shape, &key_field, names_object, row) {
                rows.insert(entry.id.clone(), (row.clone(), entry));
            }
        }
        shape = Some(found.shape);
    }
    let Some(shape) = shape else {
        return Ok(vec![Vec::new(); asked.len()]);
    };
    let mut answers = Vec::new();
    for one in asked {
        let mut pairs = Vec::new();
        for (field, value) in &one.pairs {
            pairs.push((soql::column(&shape, &key_field, field)?, value));
        }
        let fits = |row: &Value| {
            pairs
                .iter()
                .all(|(column, value)| is_same(column, row, value))
        };
        let fitting = rows.values().filter(|(row, _)| fits(row));
        answers.push(fitting.map(|(_, entry)| entry.clone()).collect());
    }
    Ok(answers)
}

/// Whether a row's field holds what is looked for; text without regard to case, as the vendor compares.
fn is_same(column: &Column, row: &Value, wanted: &Value) -> bool {
    let told = value::at(row, column.name()).unwrap_or(&Value::Null);
    let told = value::read(column.kind(), told);
    let wanted = value::wanted(column.kind(), wanted);
    match (column.kind(), told.as_str(), wanted.as_str()) {
        (Kind::Text | Kind::Words, Some(told), Some(wanted)) => {
            told.trim().to_lowercase() == wanted.trim().to_lowercase()
        }
        _ => told == wanted,
    }
}

/// The queries of one request.
type Part<'w> = Vec<&'w Wanted>;

/// The queries in parts that each fit into a request: those of the same single field together.
fn parts<'w>(asked: &[&'w Wanted]) -> Vec<Part<'w>> {
    let mut by_fields: BTreeMap<Vec<&str>, Vec<&'w Wanted>> = BTreeMap::new();
    for one in asked {
        let fields = one.pairs.iter().map(|(field, _)| field.as_str());
        by_fields.entry(fields.collect()).or_default().push(one);
    }
    let mut parts = Vec::new();
    for (fields, queries) in by_fields {
        let most = match fields.len() {
            1 => VALUES_A_QUERY,
            _ => PAIRS_A_QUERY,
        };
        let mut part: Part = Vec::new();
        let mut bytes = 0;
        for query in queries {
            let length = length_of(query);
            let full = part.len() >= most || bytes + length > VALUES_BYTES_MAX;
            if full && !part.is_empty() {
                parts.push(std::mem::take(&mut part));
                bytes = 0;
            }
            bytes += length;
            part.push(query);
        }
        parts.push(part);
    }
    parts
}

fn length_of(query: &Wanted) -> usize {
    let pairs = query.pairs.iter();
    let lengths = pairs.map(|(field, value)| field.len() + encode(&value.to_string()).len() + 12);
    lengths.sum()
}

fn clause_of(shape: &Shape, key_field: &str, part: &Part) -> Result<String, Fault> {
    let column = |field: &str| {
        let column = soql::column(shape, key_field, field)?;
        match column.is_filterable() {
            true => Ok(column),
            false => Err(fault::misconfigured(text!(
                "salesforce-not-searchable",
                "Salesforce cannot search {object} by {field}; look the record up by another field",
                object = shape.object,
                field = field
            ))
            .scope(FaultScope::WholeEntity)
            .field(field)),
        }
    };
    if let [(field, _)] = part
        .first()
        .map(|one| one.pairs.as_slice())
        .unwrap_or_default()
    {
        let values: Vec<Value> = part
            .iter()
            .filter_map(|one| one.pairs.first().map(|(_, value)| value.clone()))
            .collect();
        if let Some(clause) = soql::among(column(field)?, &values) {
            return Ok(clause);
        }
    }
    let mut clauses = Vec::new();
    for one in part {
        let mut all = Vec::new();
        for (field, value) in &one.pairs {
            let column = column(field)?;
            all.extend(soql::among(column, std::slice::from_ref(value)));
        }
        clauses.push(format!("({})", all.join(" AND ")));
    }
    Ok(clauses.join(" OR "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_fields_and_perhaps_an_object() {
        for (key, object, pairs) in [
            ("ERP_Id__c:4711", None, vec![("ERP_Id__c", "4711")]),
            (
                "My__c.Key__c:a:b.c",
                Some("My__c"),
                vec![("Key__c", "a:b.c")],
            ),
            (
                "SobjectType+DeveloperName:Opportunity+Contract",
                None,
                vec![
                    ("SobjectType", "Opportunity"),
                    ("DeveloperName", "Contract"),
                ],
            ),
            ("Name:", None, vec![("Name", "")]),
        ] {
            let (told_object, told) = parse_key(key).unwrap();
            assert_eq!(told_object.as_deref(), object, "{key}");
            let expected: Vec<(String, Value)> = pairs
                .into_iter()
                .map(|(f, v)| (f.to_owned(), json!(v)))
                .collect();
            assert_eq!(told, expected, "{key}");
        }
        for key in ["", "4711", ":x", "A+B:x", "My__c.:x"] {
            assert!(parse_key(key).is_err(), "{key}");
        }
    }
}
