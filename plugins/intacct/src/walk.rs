//! Walks: what changed, and what fits a filter.
//!
//! A walk of changes asks for everything since a time, in the order of record numbers. What changes while it goes on
//! is seen by the next one, which begins at this one's beginning by the gateway's clock, less an overlap. After the
//! records themselves come what only the receivables show (payments), and what was deleted: each since a time of its own,
//! which stays where it is while the company or the user's permissions do not let it be asked.

use crate::api::Api;
use crate::assumed::{FROM_ORDER_ENTRY, OVERLAP_S, ROWS_MAX};
use crate::deletion;
use crate::lookup;
use crate::manifest::READS_WITH_LINES_MAX;
use crate::question::{at_least, equal, Question};
use crate::records;
use crate::refusal;
use crate::reply::text_of;
use crate::roll;
use crate::stamp;
use crate::table::{Definition, Table, MODIFIED};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// Which part of a walk of changes.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
enum Part {
    #[default]
    Records,
    Receivables,
    Deletions,
}

/// Where a walk is.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
struct Place {
    /// Milliseconds since the epoch; none for everything.
    since: Option<i64>,
    /// The same for what only receivables show, and for what was deleted; none for nothing yet.
    paid_since: Option<i64>,
    deleted_since: Option<i64>,
    /// What could not be asked in this walk.
    payments_refused: bool,
    deletions_refused: bool,
    /// When this walk began, by the gateway's clock.
    began: Option<i64>,
    /// The last record number, or the last time of a deletion.
    after: Option<String>,
    /// Within one second, the last key of a deletion.
    key: Option<String>,
    part: Part,
    /// Whether the ids of what was shown are written down, by which a deletion is known.
    rolled: bool,
}

/// The latest instant after which a filter wants changes: where a first walk begins.
fn floor(filter: &[Condition]) -> Option<i64> {
    let bounds = filter.iter().filter(|condition| {
        condition.field == "modified_at" && matches!(condition.op, Comparison::Ge | Comparison::Gt)
    });
    let at = |condition: &Condition| {
        let value = filter::value(condition.values.first()?);
        date::parse_instant(value.as_str()?)
    };
    bounds.filter_map(at).max()
}

/// What changed since a cursor.
pub fn changes(
    api: &Api,
    table: &'static Table,
    since: Option<&[u8]>,
    filter: &[Condition],
    limit: u32,
) -> Result<Page, Fault> {
    let place = begin(api, table, cursor::decode(since)?, filter);
    let limit = limit.clamp(1, ROWS_MAX);
    let (entries, step) = match place.part {
        Part::Records => changed(api, table, place, limit)?,
        Part::Receivables => paid(api, table, place, limit)?,
        Part::Deletions => deleted(api, table, place, limit)?,
    };
    let more = matches!(step, Step::On(_));
    let place = match step {
        Step::On(place) => place,
        Step::Over(place) => next_run(table, place, api.now_ms()),
    };
    Ok(Page {
        entries,
        more,
        complete: !more && place_is_whole(since, filter, table),
        next: Some(cursor::encode(&place)),
        ext: Vec::new(),
    })
}

/// Whether a walk that began here has shown every record.
fn place_is_whole(since: Option<&[u8]>, filter: &[Condition], table: &Table) -> bool {
    let place: Place = cursor::decode(since).unwrap_or_default();
    let by_time = place.since.is_some() || table.has_stamp && floor(filter).is_some();
    !by_time
}

/// A place as it is gone on from.
fn begin(api: &Api, table: &Table, mut place: Place, filter: &[Condition]) -> Place {
    // One of an older make has one time for all.
    place.paid_since = place.paid_since.or(place.since);
    place.deleted_since = place.deleted_since.or(place.since);
    let begins = place.part == Part::Records && place.after.is_none();
    if begins && !place.rolled && roll::is_needed(table) && api.settings.deletions() {
        // Nothing was written down of what was shown so far: it is shown once more.
        place.since = None;
    }
    if place.since.is_none() && table.has_stamp {
        place.since = floor(filter);
    }
    place.rolled |= begins;
    place
}

/// Where the walk after this one begins.
fn next_run(table: &Table, place: Place, now_ms: i64) -> Place {
    let began = place.began.unwrap_or(now_ms) - i64::from(OVERLAP_S) * 1_000;
    let began = table.has_stamp.then_some(began);
    // One that was refused from the first walk on begins there.
    let time = |refused: bool, since: Option<i64>| match refused {
        true => since.or(began),
        false => began,
    };
    Place {
        since: began,
        paid_since: time(place.payments_refused, place.paid_since),
        deleted_since: time(place.deletions_refused, place.deleted_since),
        rolled: place.rolled,
        ..Place::default()
    }
}

/// Whether a walk goes on, and where.
enum Step {
    On(Place),
    Over(Place),
}

type Stepped = Result<(Vec<Entry>, Step), Fault>;

fn changed(api: &Api, table: &'static Table, place: Place, limit: u32) -> Stepped {
    let filter: Vec<String> = place
        .since
        .map(|ms| at_least(MODIFIED, &stamp::instant_to_wire(ms, api.offset)))
        .into_iter()
        .collect();
    let rows = records::some(api, table, &filter, place.after.as_deref(), limit)?;
    let began = place.began.or(Some(api.now_ms()));
    let (entries, used) = records::fitting(api, table, &rows.shape, &rows.rows)?;
    if api.settings.deletions() {
        roll::write(api, table, &rows.rows[..used]);
    }
    let here = Place { began, ..place };
    let step = match rows.more || used < rows.rows.len() {
        true => Step::On(Place {
            after: rows.number_of(used).map(str::to_owned),
            ..here
        }),
        false => after_records(api, table, here),
    };
    Ok((entries, step))
}

/// What follows the records.
fn after_records(api: &Api, table: &Table, place: Place) -> Step {
    let has_receivables = matches!(table.definition, Definition::Invoices | Definition::Orders);
    match has_receivables && place.paid_since.is_some() {
        true => Step::On(Place {
            part: Part::Receivables,
            after: None,
            ..place
        }),
        false => after_receivables(api, place),
    }
}

fn after_receivables(api: &Api, place: Place) -> Step {
    let place = Place {
        after: None,
        ..place
    };
    match place.deleted_since {
        // What is not looked for today may be looked for one day.
        Some(_) if !api.settings.deletions() => Step::Over(Place {
            deletions_refused: true,
            ..place
        }),
        Some(_) => Step::On(Place {
            part: Part::Deletions,
            ..place
        }),
        None => Step::Over(place),
    }
}

/// Documents whose receivable changed: a payment may touch nothing else.
fn paid(api: &Api, table: &'static Table, place: Place, limit: u32) -> Stepped {
    let since = place.paid_since.unwrap_or_default();
    // Each is a document with its lines.
    let limit = limit.min(READS_WITH_LINES_MAX);
    let mut filter = vec![
        equal("MODULEKEY", FROM_ORDER_ENTRY),
        at_least(MODIFIED, &stamp::instant_to_wire(since, api.offset)),
    ];
    if let Some(after) = &place.after {
        filter.push(crate::question::greater("RECORDNO", after));
    }
    let question = Question {
        object: "ARINVOICE",
        select: vec!["RECORDNO".to_owned(), "DOCHDRKEY".to_owned()],
        filter,
        rows: limit,
        private: api.settings.private(),
        ..Question::default()
    };
    let outcome = match api.ask_one("receivable", question.xml()) {
        Ok(outcome) => outcome,
        Err(fault) if refusal::is_not_for_us(&fault) => {
            api.host().warn(&format!(
                "payments are not seen: {}",
                fault.message.fallback
            ));
            let place = Place {
                payments_refused: true,
                ..place
            };
            return Ok((Vec::new(), after_receivables(api, place)));
        }
        Err(fault) => return Err(fault),
    };
    let mut documents: Vec<&str> = outcome
        .rows
        .iter()
        .map(|row| text_of(row, "DOCHDRKEY"))
        .filter(|key| !key.is_empty())
        .collect();
    documents.sort_unstable();
    documents.dedup();
    let entries = match documents.is_empty() {
        true => Vec::new(),
        false => {
            let (rows, shape) = records::all_with(api, table, "RECORDNO", &documents)?;
            records::entries(api, table, &shape, &rows)?
        }
    };
    let full = outcome.rows.len() >= limit as usize;
    let more = outcome.remaining.map_or(full, |remaining| remaining > 0);
    let last = outcome.rows.last().map(|row| text_of(row, "RECORDNO"));
    let step = match (more, last) {
        (true, Some(last)) if Some(last) != place.after.as_deref() => Step::On(Place {
            after: Some(last.to_owned()),
            ..place
        }),
        (true, _) => return Err(records::goes_round("receivable")),
        _ => after_receivables(api, place),
    };
    Ok((entries, step))
}

fn deleted(api: &Api, table: &'static Table, place: Place, limit: u32) -> Stepped {
    let since = || stamp::instant_to_wire(place.deleted_since.unwrap_or_default(), 0);
    let at = deletion::Place {
        time: place.after.clone().unwrap_or_else(since),
        key: place.key.clone(),
    };
    let found = deletion::since(api, table, &at, limit)?;
    let step = match found.next {
        Some(next) => Step::On(Place {
            after: Some(next.time),
            key: next.key,
            ..place
        }),
        None => Step::Over(Place {
            deletions_refused: found.is_refused,
            ..place
        }),
    };
    Ok((found.entries, step))
}

/// The records that fit a filter.
pub fn query(
    api: &Api,
    table: &'static Table,
    filter: &[Condition],
    at: Option<&[u8]>,
    limit: u32,
) -> Result<Page, Fault> {
    let place: Place = cursor::decode(at)?;
    if filter
        .iter()
        .any(|c| c.op == Comparison::IsIn && c.values.is_empty())
    {
        return Ok(cursor::last_page());
    }
    let conditions: Vec<String> = filter
        .iter()
        .filter_map(|condition| lookup::condition(api, table, condition))
        .collect();
    let rows = records::some(api, table, &conditions, place.after.as_deref(), limit)?;
    let (mut entries, used) = records::fitting(api, table, &rows.shape, &rows.rows)?;
    entries.retain(|entry| filter::fits(&filter::value(&entry.body), &known(table, filter)));
    let more = rows.more || used < rows.rows.len();
    let next = more.then(|| {
        cursor::encode(&Place {
            after: rows.number_of(used).map(str::to_owned),
            ..Place::default()
        })
    });
    Ok(Page {
        entries,
        more,
        complete: !more,
        next,
        ext: Vec::new(),
    })
}

/// The conditions on fields that stand in a body as they are called; others are the host's.
fn known(table: &Table, filter: &[Condition]) -> Vec<Condition> {
    let plain =
        |condition: &&Condition| condition.field == "id" || table.field(&condition.field).is_some();
    filter.iter().filter(plain).cloned().collect()
}
