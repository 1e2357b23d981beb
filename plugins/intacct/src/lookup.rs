//! Reading by id, and finding by keys.

use crate::api::Api;
use crate::field::Kind;
use crate::operation;
use crate::question::{self, equal};
use crate::records;
use crate::reply::{text_of, Row};
use crate::stamp;
use crate::table::Table;
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// Records of one query that a person could still tell apart.
const FOUND_MAX: u32 = 50;

/// The records with these ids.
pub fn read(api: &Api, table: &'static Table, ids: &[String]) -> Result<Vec<Option<Entry>>, Fault> {
    let wanted: Vec<&str> = ids.iter().map(String::as_str).collect();
    let (rows, shape) = records::all_with(api, table, table.id, &wanted)?;
    let entries = records::entries(api, table, &shape, &rows)?;
    let mut by_id: BTreeMap<&str, &Entry> = BTreeMap::new();
    for entry in &entries {
        by_id.entry(entry.id.as_str()).or_insert(entry);
    }
    let found = ids
        .iter()
        .map(|id| by_id.get(id.as_str()).copied().cloned());
    Ok(found.collect())
}

/// For each query the records that fit.
pub fn find(api: &Api, table: &'static Table, queries: &[Query]) -> Result<Vec<Vec<Entry>>, Fault> {
    match by_one_key(api, table, queries)? {
        Some((wire, values)) => find_by_key(api, table, &wire, &values),
        None => queries
            .iter()
            .map(|query| find_one(api, table, query))
            .collect(),
    }
}

/// The one field that all queries ask for, and their values.
fn by_one_key(
    api: &Api,
    table: &'static Table,
    queries: &[Query],
) -> Result<Option<(String, Vec<String>)>, Fault> {
    let mut wire: Option<String> = None;
    let mut values = Vec::new();
    for query in queries {
        let [(name, value)] = query.as_slice() else {
            return Ok(None);
        };
        let (own, kind) = key(api, table, name)?;
        if wire.get_or_insert_with(|| own.clone()) != &own {
            return Ok(None);
        }
        match value_of(api, kind, &filter::value(value)).filter(|value| !value.is_empty()) {
            Some(value) => values.push(value),
            None => return Ok(None),
        }
    }
    Ok(wire.map(|wire| (wire, values)))
}

fn find_by_key(
    api: &Api,
    table: &'static Table,
    wire: &str,
    values: &[String],
) -> Result<Vec<Vec<Entry>>, Fault> {
    let wanted: Vec<&str> = values.iter().map(String::as_str).collect();
    let (rows, shape) = records::all_with(api, table, wire, &wanted)?;
    let mut found = Vec::new();
    for value in values {
        let fitting = rows.iter().filter(|row| text_of(row, wire) == value);
        let mut fitting: Vec<&Row> = fitting.collect();
        if wire == table.marker(api) {
            fitting = operation::renewed(table, fitting);
        }
        let fitting: Vec<Row> = fitting.into_iter().cloned().collect();
        found.push(records::entries(api, table, &shape, &fitting)?);
    }
    Ok(found)
}

fn find_one(api: &Api, table: &'static Table, query: &Query) -> Result<Vec<Entry>, Fault> {
    let mut conditions = Vec::new();
    for (name, value) in query {
        let (wire, kind) = key(api, table, name)?;
        match value_of(api, kind, &filter::value(value)).filter(|value| !value.is_empty()) {
            Some(value) => conditions.push(equal(&wire, &value)),
            // Nothing is looked for by nothing.
            None => return Ok(Vec::new()),
        }
    }
    if conditions.is_empty() {
        return Ok(Vec::new());
    }
    let rows = records::some(api, table, &conditions, None, FOUND_MAX)?;
    records::entries(api, table, &rows.shape, &rows.rows)
}

fn key(api: &Api, table: &'static Table, name: &str) -> Result<(String, Kind), Fault> {
    let known = name == "id" || name.starts_with("custom_fields.") || table.keys.contains(&name);
    let wire = table.wire(api, name).filter(|_| known);
    wire.ok_or_else(|| {
        fault::internal(text!(
            "intacct-no-key",
            "{entity} cannot be looked up by {field}",
            entity = table.entity,
            field = name
        ))
    })
}

/// A value of a condition as it stands on the wire.
pub fn value_of(api: &Api, kind: Kind, value: &Value) -> Option<String> {
    match (kind, value) {
        (Kind::Day, Value::String(day)) => stamp::day_to_wire(day.get(..10)?),
        (Kind::Stamp, Value::String(text)) => {
            let ms = date::parse_instant(text)?;
            Some(stamp::instant_to_wire(ms, api.offset))
        }
        (Kind::Words, _) => None,
        (_, Value::String(text)) => Some(text.trim().to_owned()),
        (_, Value::Bool(_) | Value::Number(_)) => Some(value.to_string()),
        _ => None,
    }
}

/// A condition as the gateway takes it; none where it is left to the host.
pub fn condition(api: &Api, table: &'static Table, condition: &Condition) -> Option<String> {
    let (wire, kind) = table.wire(api, &condition.field)?;
    let values: Option<Vec<String>> = condition
        .values
        .iter()
        .map(|json| value_of(api, kind, &filter::value(json)))
        .collect();
    let values = values?;
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let one = || values.first().copied().filter(|value| !value.is_empty());
    // An amount is compared as a number there; text in the order of whatever collation.
    let ordered = matches!(kind, Kind::Day | Kind::Stamp | Kind::Amount | Kind::Whole);
    Some(match condition.op {
        Comparison::Eq => equal(&wire, one()?),
        Comparison::NotEq => return None,
        Comparison::IsIn if (1..=1_000).contains(&values.len()) => question::one_of(&wire, &values),
        Comparison::Gt if ordered && kind != Kind::Stamp => question::greater(&wire, one()?),
        // Stamps have whole seconds there.
        Comparison::Ge | Comparison::Gt if ordered => question::at_least(&wire, one()?),
        Comparison::Lt if ordered && kind != Kind::Stamp => question::less(&wire, one()?),
        Comparison::Le | Comparison::Lt if ordered => question::at_most(&wire, one()?),
        Comparison::Empty => question::is_unset(&wire),
        Comparison::NotEmpty => question::is_set(&wire),
        _ => return None,
    })
}
