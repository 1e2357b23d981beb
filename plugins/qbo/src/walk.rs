//! Walks: pages of a query, and what changed.
//!
//! A query is paged by position, and positions move when records go. Each page therefore begins with the last record
//! of the one before: where that is not there any more the walk steps back, so that no record is passed over.

use crate::api::{Api, Told};
use crate::assumed::{CHANGES_MAX, INVENTORY, LOOK_BACK_S, OVERLAP_S, PAGE_MAX};
use crate::question::Question;
use crate::table::{Kind, Table};
use crate::told;
use liaison_sdk::contract::{Condition, Cursor};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// Where a walk is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    /// Changes are asked for since then; none while all records are walked.
    #[serde(skip_serializing_if = "Option::is_none")]
    since_ms: Option<i64>,
    /// Where the next run begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    from_ms: Option<i64>,
    /// Of the changes: the last that was shown, by stamp and id.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<(i64, String)>,
    /// Of the walk: the part of the question, the place of the last record in it, and its id.
    #[serde(default)]
    part: usize,
    #[serde(default)]
    at: u32,
    #[serde(default)]
    last: String,
}

/// What is new.
pub fn changes(
    api: &Api,
    table: &'static Table,
    since: Option<&[u8]>,
    filter: &[Condition],
    limit: u32,
) -> Result<Page, Fault> {
    let place: Place = cursor::decode(since)?;
    let Some(since_ms) = place.since_ms else {
        return whole(api, table, place, filter, limit);
    };
    let oldest_ms = api.now_ms() - LOOK_BACK_S * 1_000;
    if table.is_scanned() || since_ms < oldest_ms {
        return whole(api, table, Place::default(), filter, limit);
    }
    let told = api.changes(table, &date::instant(since_ms))?;
    if told.rows.len() >= CHANGES_MAX {
        // There may be more than an answer holds, and nothing says which are missing.
        return whole(api, table, Place::default(), filter, limit);
    }
    changed(api, table, place, told, limit)
}

fn changed(
    api: &Api,
    table: &'static Table,
    place: Place,
    told: Told,
    limit: u32,
) -> Result<Page, Fault> {
    let from_ms = place.from_ms.unwrap_or_else(|| begin_ms(&told));
    let mut rows: Vec<((i64, String), Value)> = told
        .rows
        .into_iter()
        .filter_map(|row| {
            let id = row["Id"].as_str()?.to_owned();
            Some(((told::stamp_ms(&row), id), row))
        })
        .filter(|(key, _)| place.after.as_ref().is_none_or(|after| key > after))
        .collect();
    rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = match (more, rows.last()) {
        (true, Some((last, _))) => Place {
            from_ms: Some(from_ms),
            after: Some(last.clone()),
            ..place
        },
        _ => Place {
            since_ms: Some(from_ms),
            ..Place::default()
        },
    };
    let rows = rows.iter().map(|(_, row)| row);
    Ok(Page {
        entries: rows
            .filter_map(|row| told::entry(table, &api.settings, row))
            .collect(),
        next: Some(cursor::encode(&next)),
        more,
        complete: false,
        ext: Vec::new(),
    })
}

/// A walk over all records, after which changes are asked for.
fn whole(
    api: &Api,
    table: &'static Table,
    place: Place,
    filter: &[Condition],
    limit: u32,
) -> Result<Page, Fault> {
    let mut page = step(api, table, &place, filter, limit)?;
    page.complete = !page.more && filter.is_empty();
    Ok(page)
}

/// A walk over records that match.
pub fn query(
    api: &Api,
    table: &'static Table,
    filter: &[Condition],
    at: Option<&[u8]>,
    limit: u32,
) -> Result<Page, Fault> {
    let place: Place = cursor::decode(at)?;
    let mut page = step(api, table, &place, filter, limit)?;
    if !page.more {
        page.next = None;
        page.complete = filter.is_empty();
    }
    Ok(page)
}

fn step(
    api: &Api,
    table: &'static Table,
    place: &Place,
    filter: &[Condition],
    limit: u32,
) -> Result<Page, Fault> {
    let question = Question::filtered(table, filter);
    if question.impossible {
        return Ok(Page {
            complete: false,
            ..cursor::last_page()
        });
    }
    let mut place = place.clone();
    let (rows, is_full, at) = loop {
        // One more than is shown: the last record of the page before.
        let (from, most) = match place.at {
            0 => (1, limit.clamp(1, PAGE_MAX)),
            at => (at, limit.clamp(1, PAGE_MAX - 1) + 1),
        };
        let told = api.page(table, &question, place.part, from, most)?;
        if place.from_ms.is_none() {
            place.from_ms = Some(begin_ms(&told));
        }
        let is_full = told.rows.len() >= most as usize;
        let seen = u32::try_from(told.rows.len()).unwrap_or(u32::MAX);
        let end = from + seen.saturating_sub(1);
        if place.at == 0 {
            break (told.rows, is_full, end);
        }
        match after(&told.rows, &place.last) {
            // Further back all of it was shown: what was not stands behind it.
            Some(fresh) if is_full && fresh == told.rows.len() => place.at = end,
            Some(fresh) => {
                // Where it moved, positions moved with it.
                break (told.rows[fresh..].to_vec(), is_full, end);
            }
            // What was before it is gone: further back there is something that was shown.
            None if place.at > 1 => place.at = place.at.saturating_sub(most).max(1),
            None => break (told.rows, is_full, end),
        }
    };
    let shown = rows.iter().filter(|row| is_of(table, row));
    let entries = shown
        .filter_map(|row| told::entry(table, &api.settings, row))
        .collect();
    let next = match (is_full, rows.last().and_then(|row| row["Id"].as_str())) {
        (true, Some(last)) => Place {
            at,
            last: last.to_owned(),
            ..place.clone()
        },
        _ if place.part + 1 < question.parts() => Place {
            part: place.part + 1,
            at: 0,
            last: String::new(),
            ..place.clone()
        },
        _ => return Ok(last(table, entries, place.from_ms)),
    };
    Ok(Page {
        entries,
        next: Some(cursor::encode(&next)),
        more: true,
        complete: false,
        ext: Vec::new(),
    })
}

fn last(table: &Table, entries: Vec<Entry>, from_ms: Option<i64>) -> Page {
    let next = Place {
        since_ms: from_ms,
        ..Place::default()
    };
    Page {
        entries,
        next: (!table.is_scanned()).then(|| cursor::encode(&next) as Cursor),
        more: false,
        complete: false,
        ext: Vec::new(),
    }
}

/// Where what was not shown yet begins in a page that should begin with the last record shown; none where nothing of
/// what was shown is in it.
fn after(rows: &[Value], last: &str) -> Option<usize> {
    let ids: Vec<&str> = rows
        .iter()
        .map(|row| row["Id"].as_str().unwrap_or_default())
        .collect();
    if let Some(place) = ids.iter().position(|id| *id == last) {
        return Some(place + 1);
    }
    // The last one itself is gone: ids grow, so what is smaller was shown.
    let numbers: Option<Vec<u64>> = ids.iter().map(|id| id.parse().ok()).collect();
    let (numbers, last) = (numbers?, last.parse::<u64>().ok()?);
    let grows = numbers.windows(2).all(|pair| pair[0] < pair[1]);
    match numbers.first() {
        Some(first) if grows && *first < last => {
            Some(numbers.iter().take_while(|id| **id <= last).count())
        }
        _ => None,
    }
}

/// Where the next run begins: a little before this answer was given.
fn begin_ms(told: &Told) -> i64 {
    (told.at_ms - i64::from(OVERLAP_S) * 1_000).div_euclid(1_000) * 1_000
}

/// Whether a row is one of this entity.
pub fn is_of(table: &Table, row: &Value) -> bool {
    table.kind != Kind::Stock || row["Type"].as_str() == Some(INVENTORY)
}
