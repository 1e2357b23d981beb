//! The lists of a company, each of which comes whole, and what users pressed as records of their own.

use crate::api::Api;
use crate::assumed::action::Pressed;
use crate::assumed::reference::{self, Row};
use crate::entity;
use crate::pressed;
use crate::reply;
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All records of a list, in the order of their ids.
pub fn all(api: &Api, name: &str) -> Result<Vec<Entry>, Fault> {
    let mut entries: Vec<Entry> = match reference::kind_of(name) {
        Some(kind) => rows(api, name, kind)?,
        None if name == entity::ACTION => pressed::waiting(api)?.iter().map(of_action).collect(),
        None => return Err(fault::no_such_entity(name)),
    };
    entries.sort_by(|a, b| a.id.cmp(&b.id));
    entries.dedup_by(|a, b| a.id == b.id);
    Ok(entries)
}

fn rows(api: &Api, name: &str, kind: &str) -> Result<Vec<Entry>, Fault> {
    // What a row is called is not known, so the reply is read as a whole.
    let request = reference::request(kind);
    let found = api.ask_few(name, &request, reply::ROOT, &|root| {
        Some(reference::rows(root))
    })?;
    let rows: Vec<Row> = found.into_iter().flatten().collect();
    let names: BTreeMap<String, String> = rows
        .iter()
        .map(|row| (row.id.clone(), row.name.clone()))
        .collect();
    Ok(rows.iter().map(|row| of_row(name, row, &names)).collect())
}

fn of_action(one: &Pressed) -> Entry {
    entry(json!({
        "id": one.id,
        "type": one.kind,
        "subject_id": if one.subject.is_empty() { Value::Null } else { json!(one.subject) },
        "argument": one.argument,
        "requested_by": one.by,
        "requested_at": one.at,
        "import_all_contacts": one.all_contacts,
        "contacts": one.contacts,
    }))
}

fn of_row(name: &str, row: &Row, names: &BTreeMap<String, String>) -> Entry {
    let text = |text: &str| crate::value::some(text);
    let mut body = json!({"id": row.id, "name": text(&row.name), "active": row.active});
    match name {
        entity::CATEGORY => {
            body["parent_id"] = text(&row.parent);
            let parent = names.get(&row.parent).map(String::as_str);
            body["parent_name"] = text(parent.unwrap_or_default());
        }
        entity::SALES_REP => {
            // Documents name people by their e-mail alone.
            if !row.email.is_empty() {
                body["id"] = json!(row.email.to_lowercase());
            }
            body["email"] = text(&row.email);
            body["system_id"] = json!(row.id);
        }
        _ => {}
    }
    entry(body)
}

fn entry(body: Value) -> Entry {
    Entry {
        id: body["id"].as_str().unwrap_or_default().to_owned(),
        version: None,
        deleted: false,
        body: body.to_string(),
        ext: Vec::new(),
    }
}

/// Where a walk through a list is: the last id shown.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Place {
    after: String,
}

/// The records of a list that fit, after a place.
pub fn page(
    api: &Api,
    name: &str,
    filter: &[Condition],
    at: Option<&[u8]>,
    limit: u32,
) -> Result<Page, Fault> {
    let place: Place = cursor::decode(at)?;
    let mut entries = all(api, name)?;
    entries.retain(|entry| {
        entry.id > place.after && filter::fits(&filter::value(&entry.body), filter)
    });
    let more = entries.len() > limit as usize;
    entries.truncate(limit.max(1) as usize);
    let last = entries.last().map(|entry| entry.id.clone());
    Ok(Page {
        next: last
            .filter(|_| more)
            .map(|after| cursor::encode(&Place { after })),
        entries,
        more,
        // What waits is never all there is of it.
        complete: !more && name != entity::ACTION,
        ext: Vec::new(),
    })
}
