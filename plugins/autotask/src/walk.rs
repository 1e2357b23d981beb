//! Walks over a table by id, one page a call.
//!
//! Autotask answers in the order of ids and knows no other; so "everything beyond id N" is a place
//! that survives a crash, whatever changes meanwhile.

use crate::api::{Api, ROWS_MAX};
use crate::search::{beyond, test, Clause, Op, OR_MAX};
use crate::table::{seconds, Table};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// A walk by modification stamp begins this long before the last one did.
pub const OVERLAP_S: u32 = 300;
/// Documents a page: their lines come along, and must fit a guest's memory.
pub const DOCUMENTS_MAX: usize = 200;

/// A place in a walk.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Place {
    /// The last id seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<i64>,
    /// Which slice of an overlong list of values.
    #[serde(default, skip_serializing_if = "is_zero")]
    slice: usize,
    /// Only what changed since then (a walk by stamp).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since_ms: Option<i64>,
    /// When this walk began: the next one starts there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    began_ms: Option<i64>,
}

fn is_zero(slice: &usize) -> bool {
    *slice == 0
}

/// What a page of a walk found.
pub struct Step {
    pub rows: Vec<Value>,
    pub next: Option<Cursor>,
    pub more: bool,
}

/// One page of all records that fit.
///
/// # Errors
/// Those of the query.
pub fn matching(
    api: &Api,
    table: &Table,
    filter: &[Condition],
    at: Option<&[u8]>,
    limit: u32,
) -> Result<Step, Fault> {
    let place: Place = cursor::decode(at)?;
    let Some(clauses) = asked(api, table, filter)? else {
        return Ok(nothing());
    };
    let (rows, next) = step(api, table, &clauses, place, limit)?;
    Ok(Step {
        rows,
        more: next.is_some(),
        next: next.map(|place| cursor::encode(&place)),
    })
}

/// One page of all records that changed since the walk before began, the tenant's own company (id 0)
/// left out.
///
/// # Errors
/// Those of the query.
pub fn stamped(
    api: &Api,
    table: &Table,
    stamp: &str,
    filter: &[Condition],
    at: Option<&[u8]>,
    limit: u32,
) -> Result<Step, Fault> {
    let mut place: Place = cursor::decode(at)?;
    place.after = place.after.or(Some(0));
    let Some(mut clauses) = asked(api, table, filter)? else {
        return Ok(Step {
            next: Some(cursor::encode(&Place {
                since_ms: place.since_ms,
                ..Place::default()
            })),
            ..nothing()
        });
    };
    if let Some(since_ms) = place.since_ms {
        clauses.push(test(
            Op::Gte,
            stamp,
            seconds(since_ms - i64::from(OVERLAP_S) * 1000),
        ));
    }
    let begun = place.began_ms;
    let (rows, next) = step(api, table, &clauses, place, limit)?;
    let began_ms = begun.unwrap_or_else(|| api.now_ms());
    let more = next.is_some();
    let next = match next {
        Some(next) => Place {
            began_ms: Some(began_ms),
            ..next
        },
        None => Place {
            since_ms: Some(began_ms),
            ..Place::default()
        },
    };
    Ok(Step {
        rows,
        more,
        next: Some(cursor::encode(&next)),
    })
}

/// The conditions Autotask can serve; the rest is the host's. None: no record can fit.
fn asked(api: &Api, table: &Table, filter: &[Condition]) -> Result<Option<Vec<Clause>>, Fault> {
    let mut clauses = Vec::new();
    for condition in filter {
        let Some(column) = table
            .column(&condition.field)
            .filter(|c| c.filters.contains(&condition.op))
        else {
            continue;
        };
        match table.clauses(api, column, condition)? {
            Some(more) => clauses.extend(more),
            None => return Ok(None),
        }
    }
    Ok(Some(clauses))
}

/// One request, and where to go on; none at the end.
fn step(
    api: &Api,
    table: &Table,
    clauses: &[Clause],
    place: Place,
    limit: u32,
) -> Result<(Vec<Value>, Option<Place>), Fault> {
    let most = match table.entity {
        "invoice" | "quote" => DOCUMENTS_MAX,
        _ => ROWS_MAX,
    };
    let (mut clauses, slices) = sliced(clauses, place.slice);
    clauses.push(beyond(place.after));
    let (rows, after) = api.rows(table.path, &clauses, most.min(limit as usize))?;
    let next = match after {
        Some(after) => Some(Place {
            after: Some(after),
            ..place
        }),
        None if place.slice + 1 < slices => Some(Place {
            slice: place.slice + 1,
            after: None,
            ..place
        }),
        None => None,
    };
    Ok((rows, next))
}

/// The clauses with the longest list cut to this slice, and how many slices there are. Shorter lists
/// that leave it no room are left to the host, which tests every condition again.
fn sliced(clauses: &[Clause], slice: usize) -> (Vec<Clause>, usize) {
    let is_list = |c: &Clause| matches!(c, Clause::Test { op: Op::In, .. });
    let total: usize = clauses.iter().map(Clause::alternatives).sum();
    let longest = (0..clauses.len())
        .filter(|&at| is_list(&clauses[at]))
        .max_by_key(|&at| clauses[at].alternatives());
    let (Some(longest), true) = (longest, total > OR_MAX) else {
        return (clauses.to_vec(), 1);
    };
    let Clause::Test {
        field, udf, value, ..
    } = &clauses[longest]
    else {
        return (clauses.to_vec(), 1);
    };
    let mut rest: Vec<Clause> = clauses
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != longest)
        .map(|(_, c)| c.clone())
        .collect();
    if total - clauses[longest].alternatives() > OR_MAX / 2 {
        rest.retain(|c| !is_list(c));
    }
    let size = OR_MAX - rest.iter().map(Clause::alternatives).sum::<usize>();
    let values = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let part: Vec<Value> = values
        .iter()
        .skip(slice * size)
        .take(size)
        .cloned()
        .collect();
    rest.push(Clause::Test {
        op: Op::In,
        field: field.clone(),
        udf: *udf,
        value: Value::Array(part),
    });
    (rest, values.len().div_ceil(size))
}

fn nothing() -> Step {
    Step {
        rows: Vec::new(),
        next: None,
        more: false,
    }
}
