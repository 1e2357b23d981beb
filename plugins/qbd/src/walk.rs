//! Lists in parts: what changed, and what matches.
//!
//! QuickBooks keeps the place in a list only for one visit. A walk that is asked on in a later one begins again where
//! it began; what it shows twice, the host knows again. The place between runs is the newest time QuickBooks itself
//! has told, never our clock's.

use crate::assumed::OVERLAP_S;
use crate::lookup::{self, entries, one};
use crate::message::records;
use crate::parcel::{read, Ask};
use crate::question::{deleted, narrowed, Question};
use crate::settings::Settings;
use crate::table::{Shape, Table};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// Records of one answer: a page of long orders stays well under a tenth of what an answer may have.
const TRANSACTIONS_MAX: u32 = 100;
const LIST_MAX: u32 = 300;
/// How often a walk begins again because its visit ended, before it is left to the next run.
const RESTARTS_MAX: u32 = 5;
/// A place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Place {
    /// From when on, by the wall clock of QuickBooks' computer.
    from: Option<String>,
    /// The newest time seen in this walk.
    newest: Option<String>,
    /// The list that QuickBooks keeps, and the visit in which it does.
    iterator: Option<(String, String)>,
    restarts: u32,
}

/// What changed since.
pub fn changes(
    host: &dyn Host,
    table: &Table,
    settings: &Settings,
    since: Option<&[u8]>,
    filter: &[Condition],
    limit: u32,
) -> Result<Page, Fault> {
    if table.is_scanned() {
        return query(host, table, settings, &[], since, limit);
    }
    let place: Place = cursor::decode(since)?;
    // Only where the first walk begins; later ones go on from what they have seen.
    let wished = filter
        .iter()
        .filter(|c| c.field == "updated_at")
        .cloned()
        .collect::<Vec<_>>();
    let mut question = match place.from {
        None => Question {
            from: narrowed(table, &wished).from,
            ..Question::default()
        },
        Some(_) => Question {
            from: place.from.clone(),
            ..Question::default()
        },
    };
    question.page = Some(limit.clamp(1, page_max(table)));
    page(host, table, settings, place, question, Ends::NextRun)
}

/// What matches.
pub fn query(
    host: &dyn Host,
    table: &Table,
    settings: &Settings,
    filter: &[Condition],
    at: Option<&[u8]>,
    limit: u32,
) -> Result<Page, Fault> {
    if !table.has_stamps() {
        return whole(host, table, settings);
    }
    let place: Place = cursor::decode(at)?;
    let mut question = narrowed(table, filter);
    question.page = Some(limit.clamp(1, page_max(table)));
    page(host, table, settings, place, question, Ends::Here)
}

fn page_max(table: &Table) -> u32 {
    match table.is_transaction() {
        true => TRANSACTIONS_MAX,
        false => LIST_MAX,
    }
}

fn whole(host: &dyn Host, table: &Table, settings: &Settings) -> Result<Page, Fault> {
    let entries = lookup::all(host, table, settings)?;
    Ok(Page {
        entries,
        ..cursor::last_page()
    })
}

/// What a walk leaves behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    NextRun,
    Here,
}

fn page(
    host: &dyn Host,
    table: &Table,
    settings: &Settings,
    mut place: Place,
    mut question: Question,
    ends: Ends,
) -> Result<Page, Fault> {
    let first = place.iterator.is_none();
    let visit = place.iterator.as_ref().map(|(_, visit)| visit.clone());
    question.iterator = place
        .iterator
        .as_ref()
        .map(|(iterator, _)| iterator.clone());
    let mut requests = question.request(table, 1);
    if let (true, Ends::NextRun, Some(from)) = (first, ends, &place.from) {
        requests += &deleted(table, from, 2).unwrap_or_default();
    }
    let given = read(
        host,
        &[Ask {
            requests,
            visit,
            writes: false,
        }],
    )?;
    let given = given
        .into_iter()
        .next()
        .ok_or_else(crate::message::unreadable)?;
    if given.over {
        return again(place);
    }
    let answered = given.read()?;
    let outcome = one(&answered)?;
    // The place is no longer kept. Whatever else it may be, the beginning will say it too.
    if !first && outcome.failed() {
        return again(place);
    }
    let mut found = entries(table, settings, outcome)?;
    for element in records(outcome) {
        let stamp = wall_clock(element.text_of("TimeModified"));
        place.newest = place.newest.max(stamp);
    }
    for outcome in answered
        .outcomes
        .iter()
        .skip(1)
        .filter(|outcome| !outcome.failed())
    {
        found.extend(records(outcome).filter_map(|element| tombstone(table, element)));
    }
    let left: u32 = outcome
        .element
        .attribute("iteratorRemainingCount")
        .trim()
        .parse()
        .unwrap_or(0);
    let iterator = outcome.element.attribute("iteratorID");
    let more = table.iterates && left > 0 && !iterator.is_empty();
    let asked_for_all = question.from.is_none() && place.restarts == 0 && is_open(&question);
    let next = match (more, ends) {
        (true, _) => {
            place.iterator = Some((iterator.to_owned(), given.visit.clone()));
            Some(place)
        }
        (false, Ends::NextRun) => {
            let newest = place
                .newest
                .and_then(|newest| before(&newest, i64::from(OVERLAP_S)));
            // Nothing new: the place stays.
            let from = newest.max(place.from);
            from.map(|from| Place {
                from: Some(from),
                ..Place::default()
            })
        }
        (false, Ends::Here) => None,
    };
    Ok(Page {
        entries: found,
        next: next.map(|place| cursor::encode(&place)),
        more,
        complete: !more && asked_for_all,
        ext: Vec::new(),
    })
}

/// Whether a question leaves nothing out.
fn is_open(question: &Question) -> bool {
    let Question {
        ids,
        names,
        numbers,
        name_part,
        to,
        date_from,
        date_to,
        owners,
        active,
        ..
    } = question;
    ids.is_empty()
        && names.is_empty()
        && numbers.is_empty()
        && owners.is_empty()
        && [name_part, to, date_from, date_to]
            .iter()
            .all(|limit| limit.is_none())
        && active.is_none()
}

/// The visit in which the list was kept is over: from where the walk began.
fn again(place: Place) -> Result<Page, Fault> {
    if place.restarts >= RESTARTS_MAX {
        return Err(fault::unavailable(text!(
            "qbd-visits-too-short",
            "The visits of the Web Connector end before a list is read through"
        ))
        .scope(FaultScope::WholeEntity));
    }
    let place = Place {
        from: place.from,
        restarts: place.restarts + 1,
        ..Place::default()
    };
    Ok(Page {
        next: Some(cursor::encode(&place)),
        more: true,
        complete: false,
        ..cursor::last_page()
    })
}

/// A time without its offset, which is wrong for part of the year: QuickBooks filters by the wall clock.
fn wall_clock(stamp: &str) -> Option<String> {
    let text = stamp.get(..19)?;
    date::parse_instant(text).map(|_| text.to_owned())
}

fn before(wall: &str, seconds: i64) -> Option<String> {
    let ms = date::parse_instant(wall)?;
    let text = date::instant(ms - seconds * 1_000);
    text.get(..19).map(str::to_owned)
}

fn tombstone(table: &Table, element: &crate::xml::Element<'_>) -> Option<Entry> {
    let id = element.text_of(table.id());
    if id.is_empty() {
        return None;
    }
    let mut body = json!({ "id": id });
    let (field, name) = match table.shape {
        Shape::Transaction => ("number", "RefNumber"),
        _ => ("full_name", "FullName"),
    };
    if table.reads(field) {
        body[field] = json!(element.text_of(name));
    }
    Some(Entry {
        id: id.to_owned(),
        version: None,
        deleted: true,
        body: body.to_string(),
        ext: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_between_runs_is_on_their_clock() {
        assert_eq!(
            wall_clock("2026-03-05T14:00:09-08:00").as_deref(),
            Some("2026-03-05T14:00:09")
        );
        assert_eq!(wall_clock("rubbish"), None);
        assert_eq!(
            before("2026-03-05T01:00:00", 3_900).as_deref(),
            Some("2026-03-04T23:55:00")
        );
    }
}
