//! Up to 200 records in one call. The status is 200 even where every item fails, and an item's errors carry
//! `statusCode`, not `errorCode`.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::api::Api;
use super::call::{Call, Reply};
use super::id::{self, Id};
use super::records::{external_id, ids_having};
use super::refusal::{Fault, Refusal};
use super::schema::Object;
use super::show;

const RECORDS_MAX: usize = 200;
const READ_MAX: usize = 2_000;
const READ_BY_URL_MAX: usize = 800;
/// Runs of one type in one call.
const RUNS_MAX: usize = 10;
const UPSERTS_SINCE: u32 = 46;

pub fn answer(api: &mut Api<'_>, rest: &[&str], call: &Call) -> Result<Reply, Refusal> {
    match (call.method.as_str(), rest) {
        ("POST", []) => {
            let records = records(call)?;
            check_runs(&records)?;
            each(api, call, &records, create_one)
        }
        ("PATCH", []) => {
            let records = records(call)?;
            check_runs(&records)?;
            let mut seen = HashSet::new();
            each(api, call, &records, |api, call, record| {
                update_one(api, call, record, &mut seen)
            })
        }
        ("PATCH", [object, field]) if api.who.version >= UPSERTS_SINCE => {
            upsert(api, call, object, field)
        }
        ("DELETE", []) => delete(api, call),
        ("GET", [object]) => {
            let split = |name| {
                call.parameter(name)
                    .map(|list: &str| list.split(',').map(str::to_owned).collect())
            };
            let (ids, fields) = (
                split("ids").unwrap_or_default(),
                split("fields").unwrap_or_default(),
            );
            read(api, object, ids, fields, READ_BY_URL_MAX)
        }
        ("POST", [object]) => {
            let body = call.object()?;
            let (ids, fields) = (texts(body.get("ids"))?, texts(body.get("fields"))?);
            read(api, object, ids, fields, READ_MAX)
        }
        (_, [] | [_] | [_, _]) => Err(Refusal::method()),
        _ => Err(Refusal::not_found()),
    }
}

/// What became of one record; an id where it went well, and whether it was created where that is told.
type Outcome = Result<(Id, Option<bool>), Fault>;

fn records(call: &Call) -> Result<Vec<Map<String, Value>>, Fault> {
    let records = call.object()?.get("records").and_then(Value::as_array);
    let records = records.ok_or_else(|| Fault::unreadable("The request has no list of records"))?;
    too_many(records.len(), RECORDS_MAX)?;
    let each = records.iter().map(|record| record.as_object().cloned());
    each.collect::<Option<_>>()
        .ok_or_else(|| Fault::unreadable("A record is an object"))
}

fn too_many(count: usize, most: usize) -> Result<(), Fault> {
    match count > most {
        true => {
            let message = format!(
                "record limit reached. cannot submit more than {most} records in this call"
            );
            Err(Fault::new("EXCEEDED_MAX_SIZE_REQUEST", message))
        }
        false => Ok(()),
    }
}

fn kind(record: &Map<String, Value>) -> &str {
    let kind = record
        .get("attributes")
        .map(|attributes| &attributes["type"]);
    kind.and_then(Value::as_str).unwrap_or_default()
}

fn check_runs(records: &[Map<String, Value>]) -> Result<(), Fault> {
    let mut runs = 0;
    let mut last = None;
    for record in records {
        if last != Some(kind(record)) {
            runs += 1;
            last = Some(kind(record));
        }
    }
    match runs > RUNS_MAX {
        true => Err(Fault::new(
            "INVALID_INPUT",
            format!("Cannot have more than {RUNS_MAX} chunks in a single operation."),
        )),
        false => Ok(()),
    }
}

fn each(
    api: &mut Api<'_>,
    call: &Call,
    records: &[Map<String, Value>],
    mut deed: impl FnMut(&mut Api<'_>, &Call, &Map<String, Value>) -> Outcome,
) -> Result<Reply, Refusal> {
    let all_or_none = call
        .object()?
        .get("allOrNone")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let mark = api.org.mark();
    let outcomes: Vec<Outcome> = records
        .iter()
        .map(|record| deed(api, call, record))
        .collect();
    Ok(settled(api, outcomes, all_or_none, mark))
}

/// The answer, and the good ones undone where all or none were wanted.
fn settled(api: &mut Api<'_>, mut outcomes: Vec<Outcome>, all_or_none: bool, mark: usize) -> Reply {
    if all_or_none && outcomes.iter().any(Result::is_err) {
        api.org.undo_to(mark);
        for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_ok()) {
            let message = "Record rolled back because not all records were valid and the request was using AllOrNone header";
            *outcome = Err(Fault::new("ALL_OR_NONE_OPERATION_ROLLED_BACK", message));
        }
    }
    let shown = outcomes.into_iter().map(|outcome| match outcome {
        Ok((id, None)) => json!({ "id": id, "success": true, "errors": [] }),
        Ok((id, Some(created))) => {
            json!({ "id": id, "success": true, "errors": [], "created": created })
        }
        Err(fault) => json!({ "success": false, "errors": [fault.as_item()] }),
    });
    Reply::ok(shown.collect())
}

fn object_of(api: &Api<'_>, record: &Map<String, Value>) -> Result<Object, Fault> {
    let kind = kind(record);
    let object = api.org.schema.visible(kind).filter(|object| !object.event);
    object.cloned().ok_or_else(|| {
        let message = format!("sObject type '{kind}' is not supported.");
        Fault::new("INVALID_TYPE", message)
    })
}

fn create_one(api: &mut Api<'_>, call: &Call, record: &Map<String, Value>) -> Outcome {
    let object = object_of(api, record)?;
    let id = api.writer(call).create(&object.name, record)?;
    Ok((id, None))
}

fn update_one(
    api: &mut Api<'_>,
    call: &Call,
    record: &Map<String, Value>,
    seen: &mut HashSet<Id>,
) -> Outcome {
    let object = object_of(api, record)?;
    let mut record = record.clone();
    let given = ["id", "Id", "ID"]
        .iter()
        .find_map(|key| record.shift_remove(*key));
    let given = given.as_ref().and_then(Value::as_str).unwrap_or_default();
    if given.is_empty() {
        let message = "Id not specified in an update call";
        return Err(Fault::new("MISSING_ARGUMENT", message).with(&["Id"]));
    }
    let id = id::read(given).ok_or_else(|| Fault::malformed_id(given))?;
    if !seen.insert(id.clone()) {
        return Err(Fault::new(
            "DUPLICATE_VALUE",
            format!("duplicate id specified: {}", id::short(&id)),
        ));
    }
    api.writer(call)
        .update(&object.name, &id, &record)
        .map_err(dangling)?;
    Ok((id, None))
}

/// In a collection an unknown id is a reference to nothing, not a missing resource.
fn dangling(fault: Fault) -> Fault {
    match fault.code.as_str() {
        "NOT_FOUND" => Fault::cross_reference(&["Id"]),
        _ => fault,
    }
}

fn upsert(api: &mut Api<'_>, call: &Call, object: &str, field: &str) -> Result<Reply, Refusal> {
    let object = api.object(object)?;
    let field = external_id(&object, field)?;
    let records = records(call)?;
    let mut seen = HashSet::new();
    each(api, call, &records, |api, call, record| {
        let mut record = record.clone();
        if record.keys().any(|key| key.eq_ignore_ascii_case("id")) {
            return Err(Fault::new(
                "INVALID_FIELD",
                "The Id field should not be specified in the sobject data.",
            ));
        }
        let key = record
            .keys()
            .find(|key| key.eq_ignore_ascii_case(&field.name))
            .cloned();
        let value = key
            .and_then(|key| record.shift_remove(&key))
            .unwrap_or_default();
        let Some(folded) = field.folded(&value) else {
            return Err(Fault::missing(&[&field.name]));
        };
        if !seen.insert(folded) {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            return Err(Fault::new(
                "DUPLICATE_VALUE",
                format!("Duplicate external id specified: {text}"),
            ));
        }
        let found = ids_having(api, &object, &field, &value);
        match found.as_slice() {
            [id] => {
                api.writer(call).update(&object.name, id, &record)?;
                Ok((id.clone(), Some(false)))
            }
            [] => {
                record.insert(field.name.clone(), value);
                let id = api.writer(call).create(&object.name, &record)?;
                Ok((id, Some(true)))
            }
            _ => {
                let message = format!(
                    "More than one record found for external id field: {}",
                    field.name
                );
                Err(Fault::new("DUPLICATE_EXTERNAL_ID", message))
            }
        }
    })
}

fn delete(api: &mut Api<'_>, call: &Call) -> Result<Reply, Refusal> {
    let ids = call.parameter("ids").unwrap_or_default();
    let ids: Vec<&str> = ids.split(',').filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return Err(Fault::new("MISSING_ARGUMENT", "The ids parameter is missing").into());
    }
    too_many(ids.len(), RECORDS_MAX)?;
    let all_or_none = call.parameter("allOrNone") == Some("true");
    let mark = api.org.mark();
    let mut outcomes = Vec::new();
    for text in ids {
        outcomes.push(delete_one(api, call, text));
    }
    Ok(settled(api, outcomes, all_or_none, mark))
}

fn delete_one(api: &mut Api<'_>, call: &Call, text: &str) -> Outcome {
    let id = id::read(text).ok_or_else(|| Fault::malformed_id(text))?;
    let object = api
        .org
        .schema
        .by_prefix(id::prefix(&id))
        .filter(|object| !object.hidden);
    let object = object
        .ok_or_else(|| Fault::cross_reference(&[]))?
        .name
        .clone();
    api.writer(call).delete(&object, &id).map_err(dangling)?;
    Ok((id, None))
}

fn texts(value: Option<&Value>) -> Result<Vec<String>, Fault> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    let texts = list.map(|one| one.as_str().map(str::to_owned));
    texts
        .collect::<Option<_>>()
        .ok_or_else(|| Fault::unreadable("A list of texts is wanted"))
}

fn read(
    api: &Api<'_>,
    object: &str,
    ids: Vec<String>,
    fields: Vec<String>,
    most: usize,
) -> Result<Reply, Refusal> {
    let object = api.object(object)?;
    too_many(ids.len(), most)?;
    if ids.is_empty() || fields.is_empty() {
        return Err(Fault::new("MISSING_ARGUMENT", "ids and fields are both required").into());
    }
    for name in &fields {
        let field = object
            .visible(name)
            .filter(|field| show::is_there(api.org, &object, field));
        field.ok_or_else(|| Fault::no_column(name, &object.name))?;
    }
    let version = api.who.version_text();
    let rows = ids.iter().map(|text| {
        let row = id::read(text).and_then(|id| api.org.live(&object.name, &id));
        row.map_or(Value::Null, |row| {
            show::record(api.org, &object, row, &version, |field| {
                field.name == "Id"
                    || fields
                        .iter()
                        .any(|name| name.eq_ignore_ascii_case(&field.name))
            })
        })
    });
    Ok(Reply::ok(rows.collect()))
}
