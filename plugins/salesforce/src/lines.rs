//! What an opportunity sells: its lines are records of an object of their own, and an opportunity shows them as a
//! list, as a document of any other system does.
//!
//! Invariant: a list that is there is whole. Where the user may not see lines there is no list, and no empty one.

use crate::api::Api;
use crate::select::select_all;
use crate::soql;
use crate::table::Table;
use crate::value;
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// The list, in an opportunity.
pub const LINES: &str = "lines";
/// The entity of the lines.
pub const LINE: &str = "opportunity-line";
/// Opportunities of a page: the host takes 250,000 JSON values in one answer.
pub const ROWS_MAX: u32 = 100;

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

/// The same records with their lines, in the order in which they were made.
pub fn with_lines(api: &Api, table: &Table, entries: Vec<&mut Entry>) -> Result<(), Fault> {
    if !has_lines(table) {
        return Ok(());
    }
    let mut told: Vec<(&mut Entry, Map<String, Value>)> = Vec::new();
    for entry in entries.into_iter().filter(|entry| !entry.deleted) {
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
    let Some(lines) = of(api, &ids)? else {
        return Ok(());
    };
    for (entry, mut body) in told {
        let lines = lines.get(&entry.id).cloned().unwrap_or_default();
        body.insert(LINES.to_owned(), Value::Array(lines));
        entry.body = Value::Object(body).to_string();
    }
    Ok(())
}

/// The lines of these opportunities; none where the user may not see any.
fn of(api: &Api, ids: &[Value]) -> Result<Option<BTreeMap<String, Vec<Value>>>, Fault> {
    let mut lines: Vec<(String, String, String, Value)> = Vec::new();
    let key_field = api.settings.key_field_of(OBJECT).to_owned();
    for ids in cursor::chunks(ids, PARENTS_A_QUERY) {
        let rows = select_all(api, OBJECT, &|shape| {
            let wanted = soql::among(shape.named(PARENT)?, ids);
            Ok(format!("WHERE {}", wanted.unwrap_or_default()))
        });
        let rows = match rows {
            Err(fault) if is_hidden(&fault) => return Ok(None),
            other => other?,
        };
        for row in &rows.rows {
            let Some(entry) = value::entry(&rows.shape, &key_field, false, row) else {
                continue;
            };
            let line = filter::value(&entry.body);
            let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            lines.push((text(PARENT), text(CREATED), entry.id, line));
        }
    }
    lines.sort_by(|a, b| (&a.0, &a.1, &a.2).cmp(&(&b.0, &b.1, &b.2)));
    let mut of: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (parent, _, _, line) in lines {
        of.entry(parent).or_default().push(line);
    }
    Ok(Some(of))
}

/// The object or what leads from it to the opportunity is not there for this user.
fn is_hidden(fault: &Fault) -> bool {
    let ours = ["salesforce-no-object", "salesforce-no-field"];
    ours.contains(&fault.message.key.as_str())
        || fault.vendor_code.as_deref() == Some("INVALID_TYPE")
}
