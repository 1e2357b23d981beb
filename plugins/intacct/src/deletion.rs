//! What was deleted, by the audit trail.
//!
//! Whether the trail names a record by its id or by its record number is not published. So a name counts as that of
//! a deleted record only when no record has it any more; one that names nothing of ours changes nothing.

use crate::api::Api;
use crate::assumed::*;
use crate::question::{at_least, equal, one_of, Question};
use crate::records;
use crate::reply::text_of;
use crate::table::Table;
use liaison_sdk::prelude::*;
use std::collections::BTreeSet;

/// Where it is remembered that the trail may not be read, and for how long.
const REFUSED: &str = "audit-refused";

/// Deletions since a time.
#[derive(Default)]
pub struct Found {
    pub entries: Vec<Entry>,
    /// The time to go on from, where there are more.
    pub next: Option<String>,
}

/// The question for deletions of an object since a time of the wire.
pub fn question(object: &str, since: &str, rows: u32) -> Question {
    let lower = object.to_lowercase();
    Question {
        object: AUDIT,
        select: [AUDIT_TYPE, AUDIT_KEY, AUDIT_MODE, AUDIT_TIME]
            .map(str::to_owned)
            .to_vec(),
        filter: vec![
            // Comparison minds the case, and which one the trail writes is not published.
            one_of(AUDIT_TYPE, &[object, &lower]),
            equal(AUDIT_MODE, AUDIT_DELETED[0]),
            at_least(AUDIT_TIME, since),
        ],
        order: AUDIT_TIME,
        rows,
        ..Question::default()
    }
}

/// The deletions of an entity's records.
pub fn since(api: &Api, table: &'static Table, since: &str, limit: u32) -> Result<Found, Fault> {
    if is_refused(api) {
        return Ok(Found::default());
    }
    let outcome = match api.ask_one("audit trail", question(table.object, since, limit).xml()) {
        Ok(outcome) => outcome,
        Err(fault) if fault.scope == FaultScope::WholeConnection => return Err(fault),
        Err(fault) => {
            refuse(api, &fault);
            return Ok(Found::default());
        }
    };
    let full = outcome.rows.len() >= limit as usize;
    let more = outcome.remaining.map_or(full, |remaining| remaining > 0);
    let last = outcome.rows.last().map(|row| text_of(row, AUDIT_TIME));
    let next = last.filter(|_| more).map(str::to_owned);
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
    })
}

/// Those of these names that no record has any more.
fn gone(api: &Api, table: &'static Table, names: &[&str]) -> Result<Vec<Entry>, Fault> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let (rows, _) = records::all_with(api, table, table.id, names)?;
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
        ..question("CONTRACT", "", 1)
    };
    api.ask_one("audit trail", question.xml()).map(|_| ())
}
