//! Walks: `changes` in the order of the modification stamp, `query` in the order of ids.
//!
//! A stamp has seconds, and a bulk load stamps thousands of records alike, so a place is a stamp *and* an id:
//! the next page begins right after the last record, among those of its second first. Deletions are rows of the
//! recycle bin and come in the same order. A walk needs no cursor of the vendor's, which would be forgotten
//! after two days.
//!
//! Invariant: a run begins earlier than the run before it began, by the overlap; what was committed late is
//! seen then.

use crate::api::Api;
use crate::assumed::{OVERLAP_S, VALUES_A_QUERY};
use crate::lines;
use crate::object;
use crate::select::{select, Among, Rows};
use crate::shape::{shape, Shape};
use crate::soql::{self, quote};
use crate::table::{Table, OBJECT};
use crate::value::{self, ID, IS_DELETED, STAMP};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// When a page took the vendor too long, a smaller one is tried, down to this.
const LIMIT_AFTER_TIMEOUT: u32 = 50;

/// Where a walk through changes is. Between two runs only `object` and `since` stand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Place {
    object: String,
    /// Only what changed since this instant; none on a first run.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// When the walk began, by the vendor's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    began_ms: Option<i64>,
    /// The stamp and the id of the last record shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<(String, String)>,
}

/// What changed since a cursor.
pub fn changes(
    api: &Api,
    table: &'static Table,
    since: Option<&[u8]>,
    filter: &[Condition],
    limit: u32,
) -> Result<Page, Fault> {
    let object = object::of_filter(api, table, filter)?;
    let kept: Place = cursor::decode(since)?;
    let place = match kept.object == object {
        true => kept,
        // Another object's place, or none: from the start.
        false => Place {
            object: object.clone(),
            ..Place::default()
        },
    };
    let key_field = api.settings.key_field_of(&object).to_owned();
    let looks = shape(api, &object)?;
    let bins = looks.has(IS_DELETED);
    let among = match place.since.is_some() && bins {
        true => Among::All,
        false => Among::Living,
    };
    let limit = fitting(table, &looks, limit);
    let tail = |shape: &Shape, limit: u32| {
        let fits = soql::conditions(shape, &key_field, filter, &[OBJECT])?.clauses;
        let mut wheres: Vec<String> = after(&place).into_iter().collect();
        wheres.extend(match (among, fits.is_empty()) {
            (_, true) => None,
            // A record that is gone is told, whatever it held.
            (Among::All, _) => Some(format!("({IS_DELETED} = TRUE OR ({}))", fits.join(" AND "))),
            (Among::Living | Among::Few, _) => Some(fits.join(" AND ")),
        });
        Ok(format!(
            "{}ORDER BY {STAMP} ASC, {ID} ASC LIMIT {limit}",
            where_all(&wheres)
        ))
    };
    let (rows, limit) = patiently(api, &object, among, limit, &tail)?;
    let began_ms = place.began_ms.unwrap_or(rows.told_at_ms);
    let all = entries(&rows, &key_field, table, &[]);
    let count = all.len();
    let shown = lines::fitting(api, table, all)?;
    let (last, full) = match shown.len() < count {
        // The page goes on after what is shown of it.
        true => (shown.last().map(place_of_entry), true),
        false => (
            rows.last.as_ref().map(place_of),
            is_full(&object, &rows, limit)?,
        ),
    };
    let next = match last.filter(|_| full) {
        // A walk that ended here would pass over what follows.
        Some(last) if last.is_none() || last == place.after => return Err(stuck(&object)),
        Some(after) => Place {
            began_ms: Some(began_ms),
            after,
            ..place.clone()
        },
        None => Place {
            since: Some(date::instant(began_ms - i64::from(OVERLAP_S) * 1_000)),
            object: object.clone(),
            ..Place::default()
        },
    };
    let more = next.after.is_some();
    Ok(Page {
        entries: shown,
        complete: !more && place.since.is_none() && filter.iter().all(|c| c.field == OBJECT),
        next: Some(cursor::encode(&next)),
        more,
        ext: Vec::new(),
    })
}

/// As many rows as are wanted and fit.
fn fitting(table: &Table, shape: &Shape, limit: u32) -> u32 {
    let most = u32::try_from(shape.rows_max()).unwrap_or(u32::MAX);
    let most = match lines::has_lines(table) {
        true => most.min(lines::ROWS_MAX),
        false => most,
    };
    limit.clamp(1, most)
}

/// Whether another page follows.
fn is_full(object: &str, rows: &Rows, limit: u32) -> Result<bool, Fault> {
    match (rows.done, rows.count) {
        (false, 0) => Err(stuck(object)),
        (false, _) => Ok(true),
        (true, count) => Ok(count >= limit as usize),
    }
}

/// The vendor's rows lead nowhere new.
fn stuck(object: &str) -> Fault {
    fault::internal(text!(
        "salesforce-walk-stuck",
        "Salesforce shows records of {object} in an order that leads nowhere; please report it",
        object = object
    ))
    .scope(FaultScope::WholeEntity)
}

/// What comes after a place, in SOQL.
fn after(place: &Place) -> Option<String> {
    match (&place.after, &place.since) {
        (Some((stamp, id)), _) => Some(format!(
            "({STAMP} > {stamp} OR ({STAMP} = {stamp} AND {ID} > {}))",
            quote(id)
        )),
        (None, Some(since)) => Some(format!("{STAMP} >= {since}")),
        (None, None) => None,
    }
}

fn place_of(row: &Value) -> Option<(String, String)> {
    let stamp = value::instant_of(&row[STAMP])?;
    Some((stamp, crate::id::full(row[ID].as_str()?)?))
}

fn place_of_entry(entry: &Entry) -> Option<(String, String)> {
    let body = filter::value(&entry.body);
    Some((value::instant_of(&body[STAMP])?, entry.id.clone()))
}

/// A page, or a smaller one where the vendor took too long over it.
fn patiently(
    api: &Api,
    object: &str,
    among: Among,
    limit: u32,
    tail: &dyn Fn(&Shape, u32) -> Result<String, Fault>,
) -> Result<(Rows, u32), Fault> {
    match select(api, object, among, &|shape| tail(shape, limit)) {
        Err(fault) if is_too_slow(&fault) && limit > LIMIT_AFTER_TIMEOUT => {
            let limit = LIMIT_AFTER_TIMEOUT;
            let rows = select(api, object, among, &|shape| tail(shape, limit))?;
            Ok((rows, limit))
        }
        other => Ok((other?, limit)),
    }
}

fn is_too_slow(fault: &Fault) -> bool {
    let code = fault.vendor_code.as_deref();
    matches!(code, Some("QUERY_TIMEOUT" | "REQUEST_RUNNING_TOO_LONG"))
}

/// Rows as records, less those that do not fit.
fn entries(rows: &Rows, key_field: &str, table: &Table, left: &[Condition]) -> Vec<Entry> {
    let names_object = table.object.is_none();
    rows.rows
        .iter()
        .filter_map(|row| value::entry(&rows.shape, key_field, names_object, row))
        .filter(|entry| left.is_empty() || filter::fits(&filter::value(&entry.body), left))
        .collect()
}

/// Where a walk through a filter is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Spot {
    /// Which part of a long list of values.
    part: usize,
    /// The last id shown.
    after: Option<String>,
}

/// The records that fit a filter.
pub fn query(
    api: &Api,
    table: &'static Table,
    filter: &[Condition],
    at: Option<&[u8]>,
    limit: u32,
) -> Result<Page, Fault> {
    let object = object::of_filter(api, table, filter)?;
    let key_field = api.settings.key_field_of(&object).to_owned();
    let spot: Spot = cursor::decode(at)?;
    let (filter, parts) = part_of(filter, spot.part);
    let limit = fitting(table, &*shape(api, &object)?, limit);
    let tail = |shape: &Shape, limit: u32| {
        let mut wheres = soql::conditions(shape, &key_field, &filter, &[OBJECT])?.clauses;
        wheres.extend(
            spot.after
                .as_ref()
                .map(|id| format!("{ID} > {}", quote(id))),
        );
        Ok(format!(
            "{}ORDER BY {ID} ASC LIMIT {limit}",
            where_all(&wheres)
        ))
    };
    let (rows, limit) = patiently(api, &object, Among::Living, limit, &tail)?;
    let left = soql::conditions(&rows.shape, &key_field, &filter, &[OBJECT])?.left;
    let all = entries(&rows, &key_field, table, &left);
    let count = all.len();
    let shown = lines::fitting(api, table, all)?;
    let (last, full) = match shown.len() < count {
        true => (shown.last().map(|entry| Some(entry.id.clone())), true),
        false => (
            rows.last
                .as_ref()
                .map(|row| row[ID].as_str().and_then(crate::id::full)),
            is_full(&object, &rows, limit)?,
        ),
    };
    let last = last.filter(|_| full);
    if last
        .as_ref()
        .is_some_and(|last| last.is_none() || *last == spot.after)
    {
        return Err(stuck(&object));
    }
    let next = match (last.is_some(), spot.part + 1 < parts) {
        (true, _) => Some(Spot {
            part: spot.part,
            after: last.flatten(),
        }),
        (false, true) => Some(Spot {
            part: spot.part + 1,
            after: None,
        }),
        (false, false) => None,
    };
    Ok(Page {
        entries: shown,
        more: next.is_some(),
        complete: next.is_none(),
        next: next.map(|spot| cursor::encode(&spot)),
        ext: Vec::new(),
    })
}

/// The filter with one part of its longest list of values, and how many parts there are: a list of the ids of a
/// page's parents would not fit into one address.
fn part_of(filter: &[Condition], part: usize) -> (Vec<Condition>, usize) {
    let mut filter = filter.to_vec();
    let longest = filter
        .iter_mut()
        .filter(|condition| condition.op == Comparison::IsIn)
        .max_by_key(|condition| condition.values.len());
    let Some(condition) = longest.filter(|condition| condition.values.len() > VALUES_A_QUERY)
    else {
        return (filter, 1);
    };
    condition.values.sort_unstable();
    condition.values.dedup();
    let parts = condition.values.len().div_ceil(VALUES_A_QUERY);
    let values = condition.values.chunks(VALUES_A_QUERY).nth(part);
    condition.values = values.map(<[Json]>::to_vec).unwrap_or_default();
    (filter, parts)
}

fn where_all(wheres: &[String]) -> String {
    match wheres.is_empty() {
        true => String::new(),
        false => format!("WHERE {} ", wheres.join(" AND ")),
    }
}
