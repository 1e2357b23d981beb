//! What holds of reading, at a live system.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::laboratory::{Laboratory, PAGE_RECORDS, PAGES_MAX, told};
use super::manifest::all;
use super::schema;
use super::{Found, Sheet};
use crate::model::manifest::EntitySpec;
use crate::model::{Comparison, Condition, Entry, FaultKind, Level, NativeId};

/// Records that are looked at one by one.
const LOOKED_AT_MAX: usize = 4;

/// What the doctor says; none when it cannot say anything.
pub async fn doctor(laboratory: &Laboratory) -> Result<Found, String> {
    match laboratory.connector.check().await {
        Ok(findings) => {
            let errors = findings
                .iter()
                .filter(|finding| finding.level == Level::Error);
            Ok(all(errors
                .map(|finding| format!("{}: {}", finding.code, finding.message.fallback))
                .collect()))
        }
        Err(fault) => Err(told(&fault)),
    }
}

pub async fn check(sheet: &mut Sheet, laboratory: &Laboratory, entity: &EntitySpec) {
    let about = Some(entity.name.as_str());
    let operations = entity.operations;
    if !operations.query && !operations.changes {
        sheet.skips("walk-shows-each-once", about, "it offers no walk");
        return;
    }
    let walked = laboratory.walk(entity, None, PAGES_MAX).await;
    let entries = match walked {
        Ok((entries, _)) => entries,
        Err(fault) => {
            sheet.tells("walk-shows-each-once", about, Err(told(&fault)));
            return;
        }
    };
    sheet.tells("walk-shows-each-once", about, each_once(&entries));
    if operations.changes && operations.query {
        let found = changes_once(laboratory, entity).await;
        sheet.tells("changes-show-each-once", about, found);
    }
    let live: Vec<&Entry> = entries.iter().filter(|entry| !entry.deleted).collect();
    if live.is_empty() {
        sheet.skips("found-reads-same", about, "the system has no such record");
        return;
    }
    let misfits = live
        .iter()
        .flat_map(|entry| {
            let found = schema::misfits(&entry.body, &entity.schema);
            found
                .into_iter()
                .map(|what| format!("{}: {what}", entry.id))
        })
        .take(5);
    sheet.tells("bodies-fit-schema", about, all(misfits.collect()));
    let some: Vec<&Entry> = live.iter().copied().take(LOOKED_AT_MAX).collect();
    if operations.read {
        let found = reads_same(laboratory, entity, &some).await;
        sheet.tells("found-reads-same", about, found);
        let found = absent_is_none(laboratory, entity, some[0]).await;
        sheet.tells("absent-is-none", about, found);
    }
    if operations.find {
        let found = finds_by_key(laboratory, entity, &live).await;
        sheet.tells("key-finds-record", about, found);
    }
    if !entity.filters.is_empty() {
        let found = filters_lose_nothing(laboratory, entity, &live).await;
        sheet.tells("filter-loses-nothing", about, found);
    }
}

fn each_once(entries: &[Entry]) -> Found {
    let mut seen = BTreeSet::new();
    let twice = entries.iter().filter(|entry| !seen.insert(&entry.id));
    all(twice
        .map(|entry| format!("{} was shown twice", entry.id))
        .collect())
}

/// The walk over changes, from the start.
async fn changes_once(laboratory: &Laboratory, entity: &EntitySpec) -> Found {
    let (mut found, mut at): (Vec<Entry>, Option<Vec<u8>>) = (Vec::new(), None);
    for _ in 0..PAGES_MAX {
        let page = laboratory
            .connector
            .changes(&entity.name, at.as_deref(), &[], PAGE_RECORDS)
            .await
            .map_err(|fault| told(&fault))?;
        found.extend(page.entries);
        if !page.more {
            break;
        }
        at = page.next;
    }
    each_once(&found)
}

/// What is in both must be the same; a list may show less of a record than the record itself.
pub fn differ(found: &Value, read: &Value) -> Option<String> {
    let (found, read) = (found.as_object()?, read.as_object()?);
    found.iter().find_map(|(name, value)| {
        let other = read.get(name)?;
        (other != value).then(|| format!("`{name}` was {value} and is read as {other}"))
    })
}

async fn reads_same(laboratory: &Laboratory, entity: &EntitySpec, some: &[&Entry]) -> Found {
    // Backwards, so that an answer in the system's own order shows.
    let ids: Vec<NativeId> = some.iter().rev().map(|entry| entry.id.clone()).collect();
    let mut read = Vec::new();
    for ids in ids.chunks(entity.read_batch()) {
        let some = laboratory.connector.read(&entity.name, ids).await;
        read.extend(some.map_err(|fault| told(&fault))?);
    }
    let mut problems = Vec::new();
    for (found, read) in some.iter().rev().zip(read) {
        match read {
            None => problems.push(format!("{} was found and cannot be read", found.id)),
            Some(read) => {
                if let Some(words) = differ(&found.body, &read.body) {
                    problems.push(format!("{}: {words}", found.id));
                }
                if let (Some(before), Some(now)) = (&found.version, &read.version)
                    && before != now
                {
                    problems.push(format!("{}: version {before}, read as {now}", found.id));
                }
            }
        }
    }
    all(problems)
}

/// Digits of a number that no record has. A small one may be somebody's.
const NOBODY_DIGITS: usize = 9;

/// An id of the system's own form that no record has.
pub fn nobody(of: &NativeId) -> Option<NativeId> {
    let of = of.as_str();
    let raised: String = match of.chars().all(|c| c.is_ascii_digit()) {
        true => "9".repeat(of.len().max(NOBODY_DIGITS)),
        false => of
            .chars()
            .map(|c| if c.is_ascii_digit() { '9' } else { c })
            .collect(),
    };
    NativeId::parse(&raised)
        .ok()
        .filter(|raised| raised.as_str() != of)
}

async fn absent_is_none(laboratory: &Laboratory, entity: &EntitySpec, one: &Entry) -> Found {
    let Some(id) = nobody(&one.id) else {
        return Ok(());
    };
    match laboratory.read(entity, &id).await {
        Ok(None) => Ok(()),
        Ok(Some(entry)) if entry.deleted => Ok(()),
        Ok(Some(_)) => Err(format!("{id}, which no record has, is read all the same")),
        Err(fault) => Err(format!(
            "{id}, which no record has, is a fault: {}",
            told(&fault)
        )),
    }
}

async fn finds_by_key(laboratory: &Laboratory, entity: &EntitySpec, live: &[&Entry]) -> Found {
    let mut problems = Vec::new();
    for key in &entity.keys {
        let holder = live
            .iter()
            .find(|entry| entry.body.get(key).is_some_and(|value| !is_empty(value)));
        let Some(holder) = holder else { continue };
        let query = vec![(key.clone(), holder.body[key].clone())];
        match laboratory.connector.find(&entity.name, &[query]).await {
            Err(fault) => problems.push(format!("`{key}`: {}", told(&fault))),
            Ok(found) => {
                let found = found
                    .into_iter()
                    .flatten()
                    .any(|entry| entry.id == holder.id);
                if !found {
                    problems.push(format!(
                        "`{key}` = {} does not find {}",
                        holder.body[key], holder.id
                    ));
                }
            }
        }
    }
    all(problems)
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value == ""
}

async fn filters_lose_nothing(
    laboratory: &Laboratory,
    entity: &EntitySpec,
    live: &[&Entry],
) -> Found {
    let mut problems = Vec::new();
    // By field, so that the same record is not looked for in the same way twice.
    let filters: BTreeMap<&String, &Vec<Comparison>> = entity
        .filters
        .iter()
        .map(|(field, ops)| (field, ops))
        .collect();
    for (field, ops) in filters {
        let holder = live.iter().find(|entry| {
            let value = entry.body.get(field);
            value.is_some_and(|value| !is_empty(value) && !value.is_array() && !value.is_object())
        });
        let (Some(holder), true) = (holder, ops.contains(&Comparison::Eq)) else {
            continue;
        };
        let condition = Condition {
            field: field.clone(),
            op: Comparison::Eq,
            values: vec![holder.body[field].clone()],
        };
        if let Err(words) = shows(laboratory, entity, &condition, &holder.id).await {
            problems.push(words);
        }
    }
    all(problems)
}

/// Whether a walk with this condition shows the record.
async fn shows(
    laboratory: &Laboratory,
    entity: &EntitySpec,
    condition: &Condition,
    id: &NativeId,
) -> Found {
    let filter = std::slice::from_ref(condition);
    let mut at: Option<Vec<u8>> = None;
    for _ in 0..PAGES_MAX {
        let connector = &laboratory.connector;
        let page = match entity.operations.query {
            true => {
                connector
                    .query(&entity.name, filter, at.as_deref(), PAGE_RECORDS)
                    .await
            }
            false => {
                connector
                    .changes(&entity.name, at.as_deref(), filter, PAGE_RECORDS)
                    .await
            }
        };
        let page = page.map_err(|fault| match fault.kind {
            FaultKind::Internal => format!("`{}`: a defect: {}", condition.field, told(&fault)),
            _ => format!("`{}`: {}", condition.field, told(&fault)),
        })?;
        if page.entries.iter().any(|entry| entry.id == *id) {
            return Ok(());
        }
        if !page.more {
            return Err(format!(
                "`{}` = {} loses {id}, which has that value",
                condition.field, condition.values[0]
            ));
        }
        at = page.next;
    }
    Ok(())
}
