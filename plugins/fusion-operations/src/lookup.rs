//! `read` by id and `find` by key.

use crate::api::Api;
use crate::assumed::{CODE, PER_PAGE_MAX};
use crate::field::{text_of, Kind};
use crate::reference;
use crate::table::{id_of, Table};
use crate::walk;
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Up to so many codes are asked for one by one; for more the list is read.
const CODES_ONE_BY_ONE: usize = 10;

/// The query parameter that cuts a list by this field.
pub fn parameter(api: &Api, table: &Table, field: &str) -> Option<String> {
    let usual = table.parameter(field)?;
    let key = format!("query.{}.{field}", table.entity);
    Some(api.profile.named(&key, usual).to_owned())
}

/// The rows with these ids, in no order.
pub fn rows(api: &Api, table: &'static Table, ids: &[String]) -> Result<Vec<Value>, Fault> {
    let wanted: BTreeSet<&String> = ids.iter().filter(|id| !id.trim().is_empty()).collect();
    if !table.has_item && !wanted.is_empty() {
        let mut rows = walk::all(api, table, &Vec::new())?;
        let id = |row: &Value| table.record_id(&api.profile, row);
        rows.retain(|row| id(row).is_some_and(|id| wanted.contains(&id)));
        return Ok(rows);
    }
    let mut rows = Vec::new();
    for id in wanted {
        rows.extend(api.item(table, id)?);
    }
    Ok(rows)
}

/// The records with these ids, in the same order and number.
pub fn read(api: &Api, table: &'static Table, ids: &[String]) -> Result<Vec<Option<Entry>>, Fault> {
    let mut entries = table.entries(&api.profile, &rows(api, table, ids)?);
    reference::give_ids(api, table, &mut entries)?;
    let by_id: BTreeMap<&str, &Entry> = entries
        .iter()
        .map(|entry| (entry.id.as_str(), entry))
        .collect();
    Ok(ids
        .iter()
        .map(|id| by_id.get(id.as_str()).map(|&entry| entry.clone()))
        .collect())
}

/// The code of a row.
pub fn code_of(api: &Api, table: &Table, row: &Value) -> Option<String> {
    let name = match table.part {
        Some(_) => table.keys[1],
        None => "code",
    };
    row.get(api.profile.wire(table.entity, name, CODE))
        .and_then(text_of)
}

/// Whether two codes name the same record.
pub fn same_code(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

/// The rows with these codes, and perhaps others. Nobody knows whether the vendor can search by code: when
/// an answer holds another code it cannot, and the whole list is read.
pub fn rows_by_code(
    api: &Api,
    table: &'static Table,
    codes: &BTreeSet<String>,
) -> Result<Vec<Value>, Fault> {
    if codes.len() > CODES_ONE_BY_ONE {
        return walk::all(api, table, &Vec::new());
    }
    let name = parameter(api, table, "code").unwrap_or_else(|| CODE.to_owned());
    let mut found = Vec::new();
    for code in codes {
        let wanted = vec![(name.clone(), code.clone())];
        let step = walk::step(api, table, &wanted, walk::Place::default(), PER_PAGE_MAX)?;
        let is_it =
            |row: &Value| code_of(api, table, row).is_some_and(|found| same_code(&found, code));
        if !step.rows.iter().all(is_it) {
            return walk::all(api, table, &Vec::new());
        }
        found.extend(step.rows);
    }
    Ok(found)
}

/// How a query can be asked.
enum Key {
    Id(String),
    Code(String),
    /// Everything must be read.
    Other,
    /// A look-up by nothing finds nothing.
    Nothing,
}

fn key_of(table: &Table, query: &Query) -> Result<Key, Fault> {
    let value = |wanted: &str| {
        let (_, json) = query.iter().find(|(field, _)| field == wanted)?;
        Some(text_of(&filter::value(json)))
    };
    let asked = |field: Option<&str>| field.and_then(value);
    if let Some(id) = asked(Some("id")).or_else(|| asked(table.owner())) {
        return Ok(id.map_or(Key::Nothing, Key::Id));
    }
    let code = match table.part {
        Some(_) => Some(table.keys[1]),
        None => table.has_code().then_some("code"),
    };
    if let Some(code) = asked(code) {
        return Ok(code.map_or(Key::Nothing, Key::Code));
    }
    match table.keys.iter().find_map(|key| value(key)) {
        Some(value) => Ok(value.map_or(Key::Nothing, |_| Key::Other)),
        None => {
            let fields: Vec<&str> = query.iter().map(|(field, _)| field.as_str()).collect();
            Err(fault::internal(text!(
                "fusion-no-key",
                "{entity} cannot be looked up by {fields}",
                entity = table.entity,
                fields = fields.join(", ")
            )))
        }
    }
}

/// The records that fit each query, in the same order. What can be asked for together is.
pub fn find(api: &Api, table: &'static Table, queries: &[Query]) -> Result<Vec<Vec<Entry>>, Fault> {
    let (mut ids, mut codes, mut everything) = (Vec::new(), BTreeSet::new(), false);
    let mut nothing = Vec::new();
    for query in queries {
        let key = key_of(table, query)?;
        nothing.push(matches!(key, Key::Nothing));
        match key {
            Key::Id(id) => ids.push(id),
            Key::Code(code) => {
                codes.insert(code);
            }
            Key::Other => everything = true,
            Key::Nothing => {}
        }
    }
    let mut found = match everything {
        true => walk::all(api, table, &Vec::new())?,
        false => {
            let mut found = rows(api, table, &ids)?;
            if !codes.is_empty() {
                found.extend(rows_by_code(api, table, &codes)?);
            }
            found
        }
    };
    found.sort_by_cached_key(id_of);
    found.dedup_by_key(|row| id_of(row));
    let mut entries = table.entries(&api.profile, &found);
    let bodies: Vec<Value> = entries
        .iter()
        .map(|entry| filter::value(&entry.body))
        .collect();
    let wanted = |body: &Value| {
        let asked = queries
            .iter()
            .zip(&nothing)
            .filter(|(_, nothing)| !**nothing);
        asked
            .into_iter()
            .any(|(query, _)| fits(table, body, &equalities(table, query)))
    };
    let mut keep = bodies.iter().map(wanted);
    entries.retain(|_| keep.next().unwrap_or(false));
    reference::give_ids(api, table, &mut entries)?;
    let fitting = |(query, nothing): (&Query, &bool)| match nothing {
        true => Vec::new(),
        false => {
            let wanted =
                |entry: &&Entry| fits(table, &filter::value(&entry.body), &all_equalities(query));
            entries.iter().filter(wanted).cloned().collect()
        }
    };
    Ok(queries.iter().zip(&nothing).map(fitting).collect())
}

/// Whether a body has these values; of a list, whether it holds the one that is looked for.
fn fits(table: &Table, body: &Value, equalities: &[Condition]) -> bool {
    equalities.iter().all(|condition| {
        let field = table.fields.iter().find(|f| f.name == condition.field);
        if field.is_none_or(|field| field.kind != Kind::Words) {
            return filter::fits_one(body, condition);
        }
        let wanted = condition.values.first().map(|json| filter::value(json));
        let wanted = wanted.as_ref().and_then(text_of).unwrap_or_default();
        let words = body[&condition.field].as_array().into_iter().flatten();
        words
            .filter_map(text_of)
            .any(|word| same_code(&word, &wanted))
    })
}

/// The conditions that can be told before ids of references are known.
fn equalities(table: &Table, query: &Query) -> Vec<Condition> {
    let mut conditions = all_equalities(query);
    conditions.retain(|c| !table.references.iter().any(|r| r.name == c.field));
    conditions
}

fn all_equalities(query: &Query) -> Vec<Condition> {
    let equal = |(field, json): &(String, Json)| Condition {
        field: field.clone(),
        op: Comparison::Eq,
        values: vec![json.clone()],
    };
    query.iter().map(equal).collect()
}
