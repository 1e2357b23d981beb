//! Looking records up by their keys, many at a time.

use crate::api::Api;
use crate::erp_id::Role;
use crate::search::{udf, Clause, Op};
use crate::table::{plain_text, Kind, Table};
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// For each query the records that fit.
///
/// Queries by the same fields go together in one request; a company's ERP id, which may be a part of its
/// field, costs one request each.
///
/// # Errors
/// Those of the queries.
pub fn find(api: &Api, table: &'static Table, queries: &[Query]) -> Result<Vec<Vec<Entry>>, Fault> {
    let conditions: Vec<Vec<Condition>> = queries.iter().map(equalities).collect();
    let mut rows: BTreeMap<i64, Value> = BTreeMap::new();
    let mut together: BTreeMap<Vec<&str>, Vec<&[Condition]>> = BTreeMap::new();
    for query in &conditions {
        if query.iter().any(|c| is_part_of_udf(table, &c.field)) {
            fetch(api, table, query, &mut rows)?;
            continue;
        }
        let asks_nothing = query.iter().any(|c| {
            c.values
                .iter()
                .all(|json| filter::is_empty(&filter::value(json)))
        });
        if !asks_nothing {
            let fields = query.iter().map(|c| c.field.as_str()).collect();
            together.entry(fields).or_default().push(query);
        }
    }
    for (fields, queries) in together {
        // What fits one field of one query and another's other is sorted out below.
        for queries in cursor::chunks(&queries, crate::search::OR_MAX / fields.len().max(1)) {
            let of_field = |at: usize| {
                let mut values: Vec<Json> = Vec::new();
                for value in queries.iter().flat_map(|query| &query[at].values) {
                    if !values.contains(value) {
                        values.push(value.clone());
                    }
                }
                values
            };
            let conditions: Vec<Condition> = fields
                .iter()
                .enumerate()
                .map(|(at, field)| Condition {
                    field: (*field).to_owned(),
                    op: Comparison::IsIn,
                    values: of_field(at),
                })
                .collect();
            fetch(api, table, &conditions, &mut rows)?;
        }
    }
    let rows: Vec<Value> = rows.into_values().collect();
    let entries = crate::entries(api, table, &rows)?;
    let bodies: Vec<Value> = entries
        .iter()
        .map(|entry| filter::value(&entry.body))
        .collect();
    let fitting = |query: &Vec<Condition>| {
        let fits = entries
            .iter()
            .zip(&bodies)
            .filter(|(_, body)| !query.is_empty() && filter::fits(body, query));
        fits.map(|(entry, _)| entry.clone()).collect()
    };
    Ok(conditions.iter().map(fitting).collect())
}

/// The conditions of a query of `find`.
pub fn equalities(query: &Query) -> Vec<Condition> {
    let equal = |(field, value): &(String, Json)| Condition {
        field: field.clone(),
        op: Comparison::Eq,
        values: vec![value.clone()],
    };
    query.iter().map(equal).collect()
}

fn is_part_of_udf(table: &Table, field: &str) -> bool {
    table
        .column(field)
        .is_some_and(|c| matches!(c.kind, Kind::ErpId(Some(_))))
}

/// Adds the rows that fit, as far as Autotask can tell.
fn fetch(
    api: &Api,
    table: &Table,
    query: &[Condition],
    rows: &mut BTreeMap<i64, Value>,
) -> Result<(), Fault> {
    let mut clauses: Vec<Clause> = Vec::new();
    for condition in query {
        let Some(column) = table.column(&condition.field) else {
            return Err(fault::internal(text!(
                "no-such-key",
                "Records cannot be looked up by {field}",
                field = condition.field
            ))
            .field(&condition.field));
        };
        // A look-up by nothing would find everything that has nothing there.
        if condition
            .values
            .iter()
            .any(|json| filter::is_empty(&filter::value(json)))
            && condition.values.len() == 1
        {
            return Ok(());
        }
        match column.kind {
            Kind::ErpId(_) | Kind::Marker => {
                let clause = match column.kind {
                    Kind::ErpId(role) => erp_clause(api, role, condition),
                    _ => udf_clause(&api.settings.marker_field, condition),
                };
                // Autotask takes one condition on a user-defined field; the other is tested here.
                if !clauses
                    .iter()
                    .any(|c| matches!(c, Clause::Test { udf: true, .. }))
                {
                    clauses.push(clause);
                }
            }
            _ => match table.clauses(api, column, condition)? {
                Some(more) => clauses.extend(more),
                None => return Ok(()),
            },
        }
    }
    if clauses.is_empty() {
        return Ok(());
    }
    for row in api.all(table.path, &clauses)? {
        rows.insert(crate::api::row_id(&row).unwrap_or_default(), row);
    }
    Ok(())
}

fn udf_clause(name: &str, condition: &Condition) -> Clause {
    let values: Vec<Value> = condition
        .values
        .iter()
        .map(|json| json!(plain_text(&filter::value(json))))
        .collect();
    match values.as_slice() {
        [value] => udf(Op::Eq, name, value.clone()),
        _ => udf(Op::In, name, json!(values)),
    }
}

/// One role's id is a part of the field, so the field only has to contain it.
fn erp_clause(api: &Api, role: Option<Role>, condition: &Condition) -> Clause {
    let values: Vec<Value> = condition
        .values
        .iter()
        .map(|json| json!(plain_text(&filter::value(json))))
        .collect();
    match (role, values.as_slice()) {
        (Some(_), [value, ..]) => udf(Op::Contains, &api.settings.id_field, value.clone()),
        _ => udf_clause(&api.settings.id_field, condition),
    }
}
