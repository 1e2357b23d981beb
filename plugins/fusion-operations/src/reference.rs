//! Ids beside codes: the vendor refers by code, links go by id.

use crate::api::Api;
use crate::field::text_of;
use crate::lookup;
use crate::table::{id_of, named, Reference, Table};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where ids are remembered, and how long: a walk through orders meets the same products again and again.
const MEMORY: &str = "ids-of-";
const MEMORY_MS: u64 = 300_000;
/// Orders of one page, whose references must be looked up within one call.
pub const ENTRIES_A_PAGE: u32 = 25;

/// Whether ids must be looked up for what this table refers to.
pub fn needs_ids(api: &Api, table: &Table) -> bool {
    let on_lines = table
        .lines
        .is_some_and(|lines| !lines.references.is_empty());
    api.settings.resolve_ids() && (on_lines || !table.references.is_empty())
}

/// Gives each entry the ids that its codes stand for; null where no record, or more than one, has the code.
pub fn give_ids(api: &Api, table: &'static Table, entries: &mut [Entry]) -> Result<(), Fault> {
    let on_lines = table.lines.map_or(&[][..], |lines| lines.references);
    if !needs_ids(api, table) {
        return Ok(());
    }
    let mut bodies: Vec<Value> = entries
        .iter()
        .map(|entry| filter::value(&entry.body))
        .collect();
    let mut codes: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    let mut collect = |references: &'static [Reference], part: &Value| {
        for reference in references {
            let code = part.get(reference.code).and_then(text_of);
            codes.entry(reference.entity).or_default().extend(code);
        }
    };
    for body in &bodies {
        collect(table.references, body);
        let lines = body["lines"].as_array().into_iter().flatten();
        lines.for_each(|line| collect(on_lines, line));
    }
    let mut ids = BTreeMap::new();
    for (entity, codes) in codes.into_iter().filter(|(_, codes)| !codes.is_empty()) {
        ids.insert(entity, ids_of(api, named(entity)?, codes)?);
    }
    let give = |references: &[Reference], part: &mut Value| {
        for reference in references {
            let Some(code) = part.get(reference.code) else {
                continue;
            };
            let known = text_of(code).and_then(|code| ids.get(reference.entity)?.get(&code));
            part[reference.name] = known.map_or(Value::Null, |id| json!(id));
        }
    };
    for (entry, body) in entries.iter_mut().zip(&mut bodies) {
        give(table.references, body);
        let lines = body.get_mut("lines").and_then(Value::as_array_mut);
        lines
            .into_iter()
            .flatten()
            .for_each(|line| give(on_lines, line));
        entry.body = body.to_string();
    }
    Ok(())
}

/// The ids that codes stand for, as remembered. Not remembered is what a code does not stand for.
#[derive(Serialize, Deserialize)]
struct Remembered {
    of: String,
    since_ms: u64,
    ids: BTreeMap<String, String>,
}

/// The one id of each code, where there is one.
fn ids_of(
    api: &Api,
    target: &'static Table,
    codes: BTreeSet<String>,
) -> Result<BTreeMap<String, String>, Fault> {
    let host = api.host();
    let key = format!("{MEMORY}{}", target.entity);
    let (of, now_ms) = (api.settings.base(), host.now_ms());
    let bytes = host.memory_get(&key).unwrap_or_default();
    let known: Option<Remembered> = serde_json::from_slice(&bytes).ok();
    let mut known = known
        .filter(|known| known.of == of && now_ms < known.since_ms + MEMORY_MS)
        .unwrap_or(Remembered {
            of,
            since_ms: now_ms,
            ids: BTreeMap::new(),
        });
    let unknown: BTreeSet<String> = codes
        .into_iter()
        .filter(|code| !known.ids.contains_key(code))
        .collect();
    if unknown.is_empty() {
        return Ok(known.ids);
    }
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in lookup::rows_by_code(api, target, &unknown)? {
        if let (Some(code), Some(id)) = (lookup::code_of(api, target, &row), id_of(&row)) {
            found.entry(code).or_default().insert(id);
        }
    }
    for (code, mut ids) in found {
        match (ids.pop_first(), ids.is_empty()) {
            (Some(id), true) => known.ids.insert(code, id),
            _ => known.ids.remove(&code),
        };
    }
    // Where there are too many to keep, they are looked up again.
    let _ = host.memory_set(&key, &cursor::encode(&known));
    Ok(known.ids)
}

/// Codes by entity and id, for the length of a call.
#[derive(Default)]
pub struct Codes(BTreeMap<(&'static str, String), String>);

impl Codes {
    /// Puts codes in the place of ids. An id wins over a code beside it, because only links know better.
    pub fn put(
        &mut self,
        api: &Api,
        table: &Table,
        body: &mut Map<String, Value>,
    ) -> Result<(), Fault> {
        if table.part.is_none() {
            self.put_in(api, table.references, body)?;
        }
        for reference in table.references {
            body.remove(reference.name);
        }
        let Some(lines) = &table.lines else {
            return Ok(());
        };
        let given = body.get_mut("lines").and_then(Value::as_array_mut);
        for (at, line) in given.into_iter().flatten().enumerate() {
            if let Some(line) = line.as_object_mut() {
                let placed = |fault: Fault| {
                    let field = fault.field.clone().unwrap_or_default();
                    fault.field(&format!("lines[{at}].{field}"))
                };
                self.put_in(api, lines.references, line).map_err(placed)?;
            }
        }
        Ok(())
    }

    fn put_in(
        &mut self,
        api: &Api,
        references: &'static [Reference],
        part: &mut Map<String, Value>,
    ) -> Result<(), Fault> {
        for reference in references {
            match part.remove(reference.name) {
                None => {}
                Some(Value::Null) => {
                    part.entry(reference.code).or_insert(Value::Null);
                }
                Some(id) => {
                    let id =
                        text_of(&id).ok_or_else(|| crate::field::unfit(&id, reference.name))?;
                    let code = self.code(api, reference, &id)?;
                    part.insert(reference.code.to_owned(), json!(code));
                }
            }
        }
        Ok(())
    }

    fn code(&mut self, api: &Api, reference: &Reference, id: &str) -> Result<String, Fault> {
        let key = (reference.entity, id.to_owned());
        if let Some(code) = self.0.get(&key) {
            return Ok(code.clone());
        }
        let target = named(reference.entity)?;
        let row = api.item(target, id)?;
        let code = row.and_then(|row| lookup::code_of(api, target, &row));
        let code = code.ok_or_else(|| {
            fault::missing_reference(text!(
                "fusion-no-such-reference",
                "Fusion Operations has no {entity} {id}, or it has no code",
                entity = reference.entity,
                id = id
            ))
            .field(reference.name)
        })?;
        self.0.insert(key, code.clone());
        Ok(code)
    }
}
