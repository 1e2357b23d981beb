//! What an opportunity sells: its lines are records of an object of their own, and an opportunity shows them as a
//! list, as a document of any other system does.
//!
//! Invariant: a list that is there is whole. Where the user may not see lines there is no list, and no empty one.
//! A page that would be too long with its lists has fewer opportunities, and always one.

use crate::api::Api;
use crate::select::{select_at_most, too_many};
use crate::shape::Shape;
use crate::soql;
use crate::table::Table;
use crate::value;
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// The list, in an opportunity.
pub const LINES: &str = "lines";
/// The entity of the lines.
pub const LINE: &str = "opportunity-line";
/// Opportunities of a page.
pub const ROWS_MAX: u32 = 100;
/// JSON values of a page with its lines: the host takes 250,000 in one answer.
const VALUES_MAX: usize = 200_000;

const OBJECT: &str = "OpportunityLineItem";
const PARENT: &str = "OpportunityId";
const HAS_LINES: &str = "HasOpportunityLineItem";
const CREATED: &str = "CreatedDate";
/// Opportunities whose lines are asked for together.
const PARENTS_A_QUERY: usize = 50;

/// Whether records of this entity show lines.
pub fn has_lines(table: &Table) -> bool {
    table.object == Some("Opportunity")
}

/// As many of these records as fit into one answer with their lines, at least the first.
pub fn fitting(api: &Api, table: &Table, mut rest: Vec<Entry>) -> Result<Vec<Entry>, Fault> {
    if !has_lines(table) {
        return Ok(rest);
    }
    let (mut shown, mut room): (Vec<Entry>, usize) = (Vec::new(), VALUES_MAX);
    let mut step = PARENTS_A_QUERY;
    while !rest.is_empty() {
        let count = step.min(rest.len());
        let mut part = rest[..count].to_vec();
        let one = shown.is_empty() && count == 1;
        let whole = &mut part.iter_mut().collect::<Vec<_>>();
        let given = give(api, whole, (!one).then_some(room))?;
        let values: usize = part
            .iter()
            .map(|entry| cursor::json_values(&entry.body))
            .sum();
        match (given && (one || values <= room), shown.is_empty()) {
            (true, _) => {
                room = room.saturating_sub(values);
                shown.append(&mut part);
                rest.drain(..count);
            }
            (false, false) => break,
            (false, true) if one => return Err(too_many(OBJECT)),
            (false, true) => step = count / 2,
        }
    }
    Ok(shown)
}

/// The same records with their lines, in the order in which they were made.
pub fn with_lines(api: &Api, table: &Table, mut entries: Vec<&mut Entry>) -> Result<(), Fault> {
    if !has_lines(table) {
        return Ok(());
    }
    for part in entries.chunks_mut(PARENTS_A_QUERY) {
        if !give(api, part, None)? {
            return Err(too_many(OBJECT));
        }
    }
    Ok(())
}

/// Gives records their lines. False, and none given, where these have more JSON values than there is room for.
fn give(api: &Api, entries: &mut [&mut Entry], room: Option<usize>) -> Result<bool, Fault> {
    let mut told: Vec<(&mut Entry, Map<String, Value>)> = Vec::new();
    for entry in entries.iter_mut().filter(|entry| !entry.deleted) {
        if let Value::Object(body) = filter::value(&entry.body) {
            told.push((entry, body));
        }
    }
    let asked = told
        .iter()
        .filter(|(_, body)| body.get(HAS_LINES) != Some(&json!(false)));
    let mut ids: Vec<Value> = asked.map(|(entry, _)| json!(entry.id)).collect();
    ids.sort_unstable_by(|a, b| a.as_str().cmp(&b.as_str()));
    ids.dedup();
    let lines = match of(api, &ids, room)? {
        Found::Hidden => return Ok(true),
        Found::TooMany => return Ok(false),
        Found::Lines(lines) => lines,
    };
    for (entry, mut body) in told {
        let lines = lines.get(&entry.id).cloned().unwrap_or_default();
        body.insert(LINES.to_owned(), Value::Array(lines));
        entry.body = Value::Object(body).to_string();
    }
    Ok(true)
}

/// What there is of lines.
enum Found {
    /// By the opportunity's id.
    Lines(BTreeMap<String, Vec<Value>>),
    /// The user may not see any.
    Hidden,
    TooMany,
}

/// The lines of these opportunities.
fn of(api: &Api, ids: &[Value], room: Option<usize>) -> Result<Found, Fault> {
    if ids.is_empty() {
        return Ok(Found::Lines(BTreeMap::new()));
    }
    let tail = |shape: &Shape| {
        let wanted = soql::among(shape.named(PARENT)?, ids);
        Ok(format!("WHERE {}", wanted.unwrap_or_default()))
    };
    let most = |shape: &Shape| match room {
        // A name and a value each.
        Some(room) => room / (2 * shape.columns.len()).max(1),
        None => usize::MAX,
    };
    let rows = match select_at_most(api, OBJECT, &most, &tail) {
        Err(fault) if is_hidden(&fault) => return Ok(Found::Hidden),
        Err(fault) => return Err(fault),
        Ok(None) => return Ok(Found::TooMany),
        Ok(Some(rows)) => rows,
    };
    let key_field = api.settings.key_field_of(OBJECT).to_owned();
    let mut lines: Vec<(String, String, String, Value)> = Vec::new();
    for row in &rows.rows {
        let Some(entry) = value::entry(&rows.shape, &key_field, false, row) else {
            continue;
        };
        let line = filter::value(&entry.body);
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        lines.push((text(PARENT), text(CREATED), entry.id, line));
    }
    lines.sort_by(|a, b| (&a.0, &a.1, &a.2).cmp(&(&b.0, &b.1, &b.2)));
    let mut of: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (parent, _, _, line) in lines {
        of.entry(parent).or_default().push(line);
    }
    Ok(Found::Lines(of))
}

/// The object or what leads from it to the opportunity is not there for this user.
fn is_hidden(fault: &Fault) -> bool {
    let ours = ["salesforce-no-object", "salesforce-no-field"];
    ours.contains(&fault.message.key.as_str())
        || fault.vendor_code.as_deref() == Some("INVALID_TYPE")
}
