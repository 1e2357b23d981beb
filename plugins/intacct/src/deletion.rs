//! What was deleted, by the audit trail.
//!
//! The trail names a record by its record number, which the [`roll`] turns into its id; a name that is an id counts as well,
//! since that it is always the number is not published. An id counts as that of a deleted record only when no record
//! has it any more; one that names nothing of ours changes nothing.

use crate::api::Api;
use crate::assumed::*;
use crate::question::{at_least, equal, greater, one_of, Question};
use crate::records;
use crate::refusal;
use crate::reply::text_of;
use crate::roll;
use crate::stamp;
use crate::table::Table;
use liaison_sdk::prelude::*;
use std::collections::BTreeSet;

/// Where it is remembered that the trail may not be read, and for how long.
const REFUSED: &str = "audit-refused";

/// Where the trail is read on: after a time, or within one second after a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub time: String,
    pub key: Option<String>,
}

/// Deletions from a place on.
#[derive(Default)]
pub struct Found {
    pub entries: Vec<Entry>,
    /// Where to go on, where there is more.
    pub next: Option<Place>,
    /// The trail may not be read, or is not there: nothing is known of this time.
    pub is_refused: bool,
}

/// The question for deletions of an object since a time of the wire.
pub fn question(object: &str, place: &Place, rows: u32) -> Question {
    let lower = object.to_lowercase();
    let (since, order) = match &place.key {
        None => (vec![at_least(AUDIT_TIME, &place.time)], AUDIT_TIME),
        // More of one second than fit a page: by what they name.
        Some(key) => {
            let after = (!key.is_empty()).then(|| greater(AUDIT_KEY, key));
            let within = [equal(AUDIT_TIME, &place.time)].into_iter();
            (within.chain(after).collect(), AUDIT_KEY)
        }
    };
    let which = [
        // Comparison minds the case, and which one the trail writes is not published.
        one_of(AUDIT_TYPE, &[object, &lower]),
        equal(AUDIT_MODE, AUDIT_DELETED[0]),
    ];
    Question {
        object: AUDIT,
        select: [AUDIT_TYPE, AUDIT_KEY, AUDIT_MODE, AUDIT_TIME]
            .map(str::to_owned)
            .to_vec(),
        filter: which.into_iter().chain(since).collect(),
        order,
        rows,
        ..Question::default()
    }
}

/// The deletions of an entity's records.
pub fn since(api: &Api, table: &'static Table, place: &Place, limit: u32) -> Result<Found, Fault> {
    let refused = || Found {
        is_refused: true,
        ..Found::default()
    };
    if is_refused(api) {
        return Ok(refused());
    }
    let question = question(table.object, place, limit);
    let outcome = match api.ask_one("audit trail", question.xml()) {
        Ok(outcome) => outcome,
        Err(fault) if refusal::is_not_for_us(&fault) => {
            refuse(api, &fault);
            return Ok(refused());
        }
        Err(fault) => return Err(fault),
    };
    let full = outcome.rows.len() >= limit as usize;
    let more = outcome.remaining.map_or(full, |remaining| remaining > 0);
    let last = |wire: &str| outcome.rows.last().map(|row| text_of(row, wire));
    let next = next(place, more, last(AUDIT_TIME), last(AUDIT_KEY))?;
    let named: BTreeSet<&str> = outcome
        .rows
        .iter()
        .filter(|row| AUDIT_DELETED.contains(&text_of(row, AUDIT_MODE)))
        .map(|row| text_of(row, AUDIT_KEY))
        .filter(|key| !key.is_empty())
        .collect();
    Ok(Found {
        entries: gone(api, table, &named.into_iter().collect::<Vec<_>>())?,
        next,
        is_refused: false,
    })
}

/// Where to go on after a page that ended with this time and key.
fn next(
    place: &Place,
    more: bool,
    time: Option<&str>,
    key: Option<&str>,
) -> Result<Option<Place>, Fault> {
    let at = |time: &str| stamp::instant_from_wire(time, 0);
    let same_second = |time: &str| at(time) == at(&place.time);
    Ok(match (&place.key, more, time, key) {
        (None, false, ..) => None,
        (None, true, Some(time), _) if !same_second(time) => Some(Place {
            time: time.to_owned(),
            key: None,
        }),
        (None, true, ..) => Some(Place {
            key: Some(String::new()),
            ..place.clone()
        }),
        (Some(before), true, _, Some(key)) if key != before => Some(Place {
            key: Some(key.to_owned()),
            ..place.clone()
        }),
        (Some(_), true, ..) => return Err(records::goes_round("audit trail")),
        // That second is over.
        (Some(_), false, ..) => at(&place.time).map(|ms| Place {
            time: stamp::instant_to_wire(ms + 1_000, 0),
            key: None,
        }),
    })
}

/// What these names name that no record is any more.
fn gone(api: &Api, table: &'static Table, names: &[&str]) -> Result<Vec<Entry>, Fault> {
    let ids = roll::of(api, table, names);
    let ids = ids.iter().map(String::as_str).chain(names.iter().copied());
    let names: BTreeSet<&str> = ids.collect();
    let names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let (rows, _) = records::all_with(api, table, table.id, &names)?;
    let there: BTreeSet<&str> = rows.iter().map(|row| text_of(row, table.id)).collect();
    let missing = names.iter().filter(|name| !there.contains(*name));
    Ok(missing
        .map(|name| Entry {
            id: (*name).to_owned(),
            version: None,
            deleted: true,
            body: json!({ "id": name }).to_string(),
            ext: Vec::new(),
        })
        .collect())
}

fn is_refused(api: &Api) -> bool {
    let text = api.host().memory_get(REFUSED);
    let at: Option<u64> = text.and_then(|text| serde_json::from_slice(&text).ok());
    at.is_some_and(|at| api.host().now_ms().saturating_sub(at) < SHAPE_MS)
}

fn refuse(api: &Api, fault: &Fault) {
    api.host().warn(&format!(
        "deletions are not seen, the audit trail cannot be read: {}",
        fault.message.fallback
    ));
    let now = api.host().now_ms().to_string();
    if api.host().memory_set(REFUSED, now.as_bytes()).is_err() {
        api.host().debug("that is not remembered");
    }
}

/// Whether the trail can be read: for the doctor.
pub fn probe(api: &Api) -> Result<(), Fault> {
    api.host().memory_delete(REFUSED);
    let question = Question {
        filter: vec![equal(AUDIT_MODE, AUDIT_DELETED[0])],
        rows: 1,
        ..question(
            "CONTRACT",
            &Place {
                time: String::new(),
                key: None,
            },
            1,
        )
    };
    api.ask_one("audit trail", question.xml()).map(|_| ())
}
