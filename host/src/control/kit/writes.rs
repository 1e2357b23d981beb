//! What holds of writing, at a live system that may be written to.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::given::{Given, Sample, filled, fresh_number};
use super::laboratory::{Laboratory, PAGES_MAX, change, create, token, told};
use super::laws::{differ, nobody};
use super::manifest::all;
use super::{Found, Sheet};
use crate::model::manifest::{EntitySpec, Idempotency};
use crate::model::{Action, Applied, Entry, FaultKind, NativeId, Token};

/// A record of a sample, with what tells it from every other.
pub struct Fresh {
    pub body: Value,
    pub unique: Value,
}

/// A body for a new record. A marker that the sample lacks is the operation's token, as the host gives it.
pub fn fresh(sample: &Sample, entity: &EntitySpec, token: &Token) -> Fresh {
    let mut body = filled(&sample.create, &fresh_number());
    for rung in &entity.idempotency {
        if let Idempotency::Marker(field) | Idempotency::HiddenMarker(field) = rung
            && body.get(field).is_none()
        {
            body[field.as_str()] = Value::from(token.as_str());
        }
    }
    Fresh {
        unique: body[&sample.unique].clone(),
        body,
    }
}

/// The records that say so of themselves, by a look at all there are.
pub async fn having(
    laboratory: &Laboratory,
    entity: &EntitySpec,
    field: &str,
    value: &Value,
) -> Result<Vec<Entry>, String> {
    let is_it = |entry: &Entry| !entry.deleted && entry.body.get(field) == Some(value);
    if entity.operations.find && entity.keys.iter().any(|key| key == field) {
        let query = vec![(field.to_owned(), value.clone())];
        let found = laboratory.connector.find(&entity.name, &[query]).await;
        let found = found.map_err(|fault| told(&fault))?;
        return Ok(found.into_iter().flatten().filter(is_it).collect());
    }
    let walked = laboratory.walk(entity, None, 10 * PAGES_MAX).await;
    let (entries, whole) = walked.map_err(|fault| told(&fault))?;
    match whole {
        true => Ok(entries.into_iter().filter(is_it).collect()),
        false => Err(format!(
            "there are too many records to look for `{field}` among them"
        )),
    }
}

pub async fn check(sheet: &mut Sheet, laboratory: &Laboratory, entity: &EntitySpec, given: &Given) {
    let operations = entity.operations;
    if !operations.create && !operations.update && !operations.delete {
        return;
    }
    let about = Some(entity.name.as_str());
    let Some(sample) = given.records.get(&entity.name) else {
        sheet.skips("created-is-readable", about, "no sample record was given");
        return;
    };
    if !operations.create {
        sheet.skips("created-is-readable", about, "records cannot be created");
        return;
    }
    let made = made(laboratory, entity, sample).await;
    let (applied, fresh) = match made {
        Ok(made) => made,
        Err(words) => {
            sheet.tells("created-is-readable", about, Err(words));
            return;
        }
    };
    let found = is_readable(laboratory, entity, &applied, &fresh.body).await;
    sheet.tells("created-is-readable", about, found);
    let found = creates_once(laboratory, entity, sample).await;
    sheet.tells("token-creates-once", about, found);
    if operations.query || operations.changes {
        let found = walks_under_inserts(laboratory, entity, sample).await;
        sheet.tells("walk-bears-inserts", about, found);
    }
    if operations.update {
        update(sheet, laboratory, entity, sample, &applied).await;
    }
    if operations.update && operations.read {
        let found = refusal_stops_nobody(laboratory, entity, sample, &applied.id).await;
        sheet.tells("refusal-stops-no-other", about, found);
    }
    if operations.delete {
        let found = deletes(laboratory, entity, &applied).await;
        sheet.tells("deleted-is-gone", about, found);
    }
}

/// One record more.
pub async fn made(
    laboratory: &Laboratory,
    entity: &EntitySpec,
    sample: &Sample,
) -> Result<(Applied, Fresh), String> {
    let token = token();
    let fresh = fresh(sample, entity, &token);
    let outcome = laboratory.write(entity, create(token, &fresh.body)).await;
    let applied = outcome.map_err(|fault| told(&fault))?;
    Ok((applied, fresh))
}

/// What was asked and is there; the system may have added to it.
async fn is_readable(
    laboratory: &Laboratory,
    entity: &EntitySpec,
    applied: &Applied,
    asked: &Value,
) -> Found {
    let read = laboratory.read(entity, &applied.id).await;
    let read = read.map_err(|fault| told(&fault))?;
    let Some(read) = read else {
        return Err(format!("{} was written and cannot be read", applied.id));
    };
    let asked = Value::Object(of_schema(asked, entity));
    let mut problems: Vec<String> = differ(&asked, &read.body).into_iter().collect();
    if let Some(answered) = &applied.body {
        problems
            .extend(differ(answered, &read.body).map(|words| format!("in the answer, {words}")));
    }
    if let (Some(before), Some(now)) = (&applied.version, &read.version)
        && before != now
    {
        problems.push(format!("version {before} in the answer, read as {now}"));
    }
    all(problems)
}

/// Fields with plain values: lists come back with more in them than was asked.
fn of_schema(asked: &Value, entity: &EntitySpec) -> Map<String, Value> {
    let properties = &entity.schema["properties"];
    let fields = asked.as_object().cloned().unwrap_or_default();
    fields
        .into_iter()
        .filter(|(name, value)| {
            let write_only = properties[name.as_str()]["x-liaison-write-only"] == true;
            !value.is_array() && !value.is_object() && !write_only
        })
        .collect()
}

async fn creates_once(laboratory: &Laboratory, entity: &EntitySpec, sample: &Sample) -> Found {
    let token = token();
    let fresh = fresh(sample, entity, &token);
    let operation = create(token, &fresh.body);
    let first = laboratory.write(entity, operation.clone()).await;
    let first = first.map_err(|fault| told(&fault))?;
    for rung in &entity.idempotency {
        match rung {
            Idempotency::NativeKey(_) | Idempotency::Upsert => {
                match laboratory.write(entity, operation).await {
                    Ok(again) if again.id == first.id => {}
                    Ok(again) => {
                        return Err(format!(
                            "sent again it made {} beside {}",
                            again.id, first.id
                        ));
                    }
                    Err(fault) if fault.kind == FaultKind::Exists => {
                        if fault.existing.as_deref() != Some(first.id.as_str()) {
                            return Err(format!("`exists` does not name {}", first.id));
                        }
                    }
                    Err(fault) => return Err(format!("sent again: {}", told(&fault))),
                }
                break;
            }
            Idempotency::Marker(field) | Idempotency::HiddenMarker(field) => {
                let marked = having(laboratory, entity, field, &fresh.body[field.as_str()]).await?;
                let ids: Vec<&NativeId> = marked.iter().map(|entry| &entry.id).collect();
                if ids != [&first.id] {
                    return Err(format!(
                        "by its marker `{field}` are found {ids:?}, not {}",
                        first.id
                    ));
                }
                break;
            }
            Idempotency::Other(_) => {}
        }
    }
    let there = having(laboratory, entity, &sample.unique, &fresh.unique).await?;
    match there.len() {
        1 => Ok(()),
        count => Err(format!("there are {count} such records")),
    }
}

async fn walks_under_inserts(
    laboratory: &Laboratory,
    entity: &EntitySpec,
    sample: &Sample,
) -> Found {
    let before = laboratory.walk(entity, None, PAGES_MAX).await;
    let (before, whole) = before.map_err(|fault| told(&fault))?;
    let first = laboratory
        .page(entity, None, 2)
        .await
        .map_err(|fault| told(&fault))?;
    made(laboratory, entity, sample).await?;
    let mut seen = first.entries;
    if first.more {
        let rest = laboratory.walk(entity, first.next, PAGES_MAX).await;
        let (rest, _) = rest.map_err(|fault| told(&fault))?;
        seen.extend(rest);
    }
    let old: BTreeSet<&NativeId> = before.iter().map(|entry| &entry.id).collect();
    let mut ids = BTreeSet::new();
    let twice = seen
        .iter()
        .filter(|entry| !ids.insert(&entry.id) && old.contains(&entry.id));
    let mut problems: Vec<String> = twice
        .map(|entry| format!("{} was shown twice", entry.id))
        .collect();
    if whole {
        let lost = old.iter().filter(|id| !ids.contains(*id));
        problems.extend(lost.take(3).map(|id| format!("{id} was not shown")));
    }
    all(problems)
}

async fn update(
    sheet: &mut Sheet,
    laboratory: &Laboratory,
    entity: &EntitySpec,
    sample: &Sample,
    applied: &Applied,
) {
    let about = Some(entity.name.as_str());
    let Some(update) = &sample.update else {
        sheet.skips("update-is-readable", about, "the sample has no update");
        return;
    };
    let read = match laboratory.read(entity, &applied.id).await {
        Ok(Some(read)) => read,
        Ok(None) => {
            sheet.tells(
                "update-is-readable",
                about,
                Err("it cannot be read".to_owned()),
            );
            return;
        }
        Err(fault) => {
            sheet.tells("update-is-readable", about, Err(told(&fault)));
            return;
        }
    };
    let body = filled(update, &fresh_number());
    let first = change(Action::Update, &applied.id, read.version.clone(), &body);
    let found = match laboratory.write(entity, first).await {
        Ok(applied) => is_readable(laboratory, entity, &applied, &body).await,
        Err(fault) => Err(told(&fault)),
    };
    sheet.tells("update-is-readable", about, found);
    if read.version.is_none() {
        sheet.skips(
            "stale-version-conflicts",
            about,
            "its records have no version",
        );
        return;
    }
    let body = filled(update, &fresh_number());
    let stale = change(Action::Update, &applied.id, read.version, &body);
    let found = match laboratory.write(entity, stale).await {
        Err(fault) if fault.kind == FaultKind::Conflict => Ok(()),
        Err(fault) => Err(told(&fault)),
        Ok(_) => Err("an update at a version that is gone was carried out".to_owned()),
    };
    sheet.tells("stale-version-conflicts", about, found);
}

/// One operation on what is not there, and one that is right.
async fn refusal_stops_nobody(
    laboratory: &Laboratory,
    entity: &EntitySpec,
    sample: &Sample,
    id: &NativeId,
) -> Found {
    if entity.write_batch() < 2 {
        return Ok(());
    }
    let Some(nobody) = nobody(id) else {
        return Ok(());
    };
    let update = sample
        .update
        .clone()
        .unwrap_or_else(|| Value::Object(Map::new()));
    let wrong = change(
        Action::Update,
        &nobody,
        None,
        &filled(&update, &fresh_number()),
    );
    let token = token();
    let fresh = fresh(sample, entity, &token);
    let operations = [wrong, create(token, &fresh.body)];
    let outcomes = laboratory.connector.write(&entity.name, &operations).await;
    match outcomes.as_slice() {
        [Err(_), Ok(_)] => Ok(()),
        [Ok(_), _] => Err(format!("{nobody}, which no record has, was updated")),
        [Err(_), Err(fault)] => Err(format!("the second was not carried out: {}", told(fault))),
        other => Err(format!("{} outcomes to 2 operations", other.len())),
    }
}

async fn deletes(laboratory: &Laboratory, entity: &EntitySpec, applied: &Applied) -> Found {
    let version = match laboratory.read(entity, &applied.id).await {
        Ok(read) => read.and_then(|read| read.version),
        Err(fault) => return Err(told(&fault)),
    };
    let nothing = Value::Object(Map::new());
    let operation = change(Action::Delete, &applied.id, version, &nothing);
    laboratory
        .write(entity, operation)
        .await
        .map_err(|fault| told(&fault))?;
    match laboratory.read(entity, &applied.id).await {
        Ok(None) => Ok(()),
        Ok(Some(entry)) if entry.deleted => Ok(()),
        Ok(Some(_)) => Err(format!("{} was deleted and is read", applied.id)),
        // That this is no fault is a law of its own.
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(()),
        Err(fault) => Err(told(&fault)),
    }
}
