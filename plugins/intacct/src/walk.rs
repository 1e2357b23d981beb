//! Walks: what changed, and what fits a filter.
//!
//! A walk of changes asks for everything since a time, in the order of record numbers. What changes while it goes on
//! is seen by the next one, which begins at this one's beginning by the gateway's clock, less an overlap. After the
//! records themselves come what only the receivables show (payments), and what was deleted.

use crate::api::Api;
use crate::assumed::{FROM_ORDER_ENTRY, OVERLAP_S, ROWS_MAX};
use crate::deletion;
use crate::lookup;
use crate::question::{at_least, equal, Question};
use crate::records;
use crate::reply::text_of;
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
struct Place {
    /// Milliseconds since the epoch; none for everything.
    since: Option<i64>,
    /// When this walk began, by the gateway's clock.
    began: Option<i64>,
    /// The last record number, or the last time of a deletion.
    after: Option<String>,
    part: Part,
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
    let mut place: Place = cursor::decode(since)?;
    if place.since.is_none() && table.has_stamp {
        place.since = floor(filter);
    }
    let limit = limit.clamp(1, ROWS_MAX);
    let (entries, next) = match place.part {
        Part::Records => changed(api, table, place.clone(), limit)?,
        Part::Receivables => paid(api, table, place.clone(), limit)?,
        Part::Deletions => deleted(api, table, place.clone(), limit)?,
    };
    let more = next.is_some();
    let place = next.unwrap_or_else(|| next_run(table, &place, api.now_ms()));
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

fn next_run(table: &Table, place: &Place, now_ms: i64) -> Place {
    let began = place.began.unwrap_or(now_ms);
    Place {
        since: table
            .has_stamp
            .then(|| began - i64::from(OVERLAP_S) * 1_000),
        ..Place::default()
    }
}

type Step = (Vec<Entry>, Option<Place>);

fn changed(api: &Api, table: &'static Table, place: Place, limit: u32) -> Result<Step, Fault> {
    let filter: Vec<String> = place
        .since
        .map(|ms| at_least(MODIFIED, &stamp::instant_to_wire(ms, api.offset)))
        .into_iter()
        .collect();
    let rows = records::some(api, table, &filter, place.after.as_deref(), limit)?;
    let began = place.began.or(Some(api.now_ms()));
    let entries = records::entries(api, table, &rows.shape, &rows.rows)?;
    let here = Place { began, ..place };
    let next = match rows.more {
        true => Some(Place {
            after: rows.last().map(str::to_owned),
            ..here
        }),
        false => after_records(api, table, here),
    };
    Ok((entries, next))
}

/// What follows the records: only for a walk that began somewhere.
fn after_records(api: &Api, table: &Table, place: Place) -> Option<Place> {
    place.since?;
    let part = match table.definition {
        Definition::Invoices | Definition::Orders => Part::Receivables,
        Definition::None if api.settings.deletions() => Part::Deletions,
        Definition::None => return None,
    };
    Some(Place {
        part,
        after: None,
        ..place
    })
}

/// Documents whose receivable changed: a payment may touch nothing else.
fn paid(api: &Api, table: &'static Table, place: Place, limit: u32) -> Result<Step, Fault> {
    let since = place.since.unwrap_or_default();
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
    let then = Place {
        part: Part::Deletions,
        after: None,
        ..place.clone()
    };
    let then = api.settings.deletions().then_some(then);
    let outcome = match api.ask_one("receivable", question.xml()) {
        Ok(outcome) => outcome,
        Err(fault) if fault.scope == FaultScope::WholeConnection => return Err(fault),
        Err(fault) => {
            api.host().warn(&format!(
                "payments are not seen: {}",
                fault.message.fallback
            ));
            return Ok((Vec::new(), then));
        }
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
    let next = match (more, last) {
        (true, Some(last)) if Some(last) != place.after.as_deref() => Some(Place {
            after: Some(last.to_owned()),
            ..place.clone()
        }),
        _ => then,
    };
    Ok((entries, next))
}

fn deleted(api: &Api, table: &'static Table, place: Place, limit: u32) -> Result<Step, Fault> {
    let since = match &place.after {
        Some(time) => time.clone(),
        None => stamp::instant_to_wire(place.since.unwrap_or_default(), 0),
    };
    let found = deletion::since(api, table, &since, limit)?;
    let next = found.next.filter(|next| *next != since).map(|time| Place {
        after: Some(time),
        ..place
    });
    Ok((found.entries, next))
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
    let mut entries = records::entries(api, table, &rows.shape, &rows.rows)?;
    entries.retain(|entry| filter::fits(&filter::value(&entry.body), &known(table, filter)));
    let next = rows.more.then(|| {
        cursor::encode(&Place {
            after: rows.last().map(str::to_owned),
            ..Place::default()
        })
    });
    Ok(Page {
        entries,
        more: rows.more,
        complete: !rows.more,
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
