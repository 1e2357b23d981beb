//! One record: made, read, changed, deleted, or found by an external id.

use std::sync::Arc;

use serde_json::{Value, json};

use super::api::Api;
use super::call::{Call, Reply};
use super::conditional::{self, Verdict};
use super::field::Field;
use super::id::{self, Id};
use super::number;
use super::refusal::{Fault, Refusal};
use super::schema::Object;
use super::show;
use super::writes::Values;

/// Upserts tell whether they created from this version on.
const TELLS_CREATED: u32 = 46;

pub fn create(api: &mut Api<'_>, object: &str, call: &Call) -> Result<Reply, Refusal> {
    let object = api.object(object)?;
    let given = call.object()?;
    if object.event {
        return Ok(published(api, &object, given));
    }
    let id = api.writer(call).create(&object.name, given)?;
    Ok(created(
        api,
        &object,
        &id,
        json!({ "id": id, "success": true, "errors": [] }),
    ))
}

fn created(api: &Api<'_>, object: &Object, id: &str, body: Value) -> Reply {
    let place = show::url(&object.name, id, &api.who.version_text());
    Reply::new(201, body).with("location", place)
}

/// A platform event: success, and an entry among the errors that is none.
fn published(api: &mut Api<'_>, object: &Object, given: &Values) -> Reply {
    let replay = api
        .org
        .events
        .publish(&object.name, given, &api.who.user, api.who.now);
    let id = id::minted(&object.prefix, replay);
    let errors = match api.who.version >= TELLS_CREATED {
        true => {
            json!([{ "statusCode": "OPERATION_ENQUEUED", "message": format!("232fd30e-0a71-4c3f-9f52-{replay:012}"), "fields": [] }])
        }
        false => json!([]),
    };
    Reply::new(201, json!({ "id": id, "success": true, "errors": errors }))
}

/// `POST …/X/Id`: an upsert whose external id is the id itself, and empty.
pub fn create_by_null_id(api: &mut Api<'_>, object: &str, call: &Call) -> Result<Reply, Refusal> {
    let object = api.object(object)?;
    let id = api.writer(call).create(&object.name, call.object()?)?;
    let body = upserted(api, &id, true);
    Ok(created(api, &object, &id, body))
}

pub fn by_id(api: &mut Api<'_>, object: &str, text: &str, call: &Call) -> Result<Reply, Refusal> {
    let object = api.object(object)?;
    let id = match id::read(text) {
        Some(id) => id,
        None if id::looks_like_one(text) => return Err(Fault::malformed_id(text).into()),
        None => {
            let message =
                format!("Provided external ID field does not exist or is not accessible: {text}");
            return Err(Fault::new("NOT_FOUND", message).into());
        }
    };
    match call.method.as_str() {
        "GET" => get(api, &object, &id, call),
        "PATCH" => {
            if let Some(row) = api.org.live(&object.name, &id) {
                conditional::may_change(&object, row, call)?;
            }
            api.writer(call).update(&object.name, &id, call.object()?)?;
            Ok(Reply::empty(204))
        }
        "DELETE" => {
            api.writer(call).delete(&object.name, &id)?;
            Ok(Reply::empty(204))
        }
        _ => Err(Refusal::method()),
    }
}

fn get(api: &Api<'_>, object: &Object, id: &str, call: &Call) -> Result<Reply, Refusal> {
    let row = api
        .org
        .table(&object.name)
        .get(id)
        .ok_or_else(Refusal::not_found)?;
    if row.deleted {
        return Err(Fault::deleted().into());
    }
    let headers = conditional::of(object, row);
    if conditional::unchanged(object, row, call) == Verdict::NotModified {
        let mut reply = Reply::empty(304);
        reply.headers = headers;
        return Ok(reply);
    }
    let wanted: Option<Vec<Arc<Field>>> = match call.parameter("fields") {
        None => None,
        Some(list) => {
            let names = list
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty());
            let fields = names.map(|name| {
                let field = object
                    .visible(name)
                    .filter(|field| show::is_there(api.org, object, field));
                field
                    .cloned()
                    .ok_or_else(|| Fault::no_column(name, &object.name))
            });
            Some(fields.collect::<Result<_, _>>()?)
        }
    };
    let is_wanted = |field: &Field| match &wanted {
        None => true,
        Some(wanted) => field.name == "Id" || wanted.iter().any(|one| one.name == field.name),
    };
    let mut reply = Reply::ok(show::record(
        api.org,
        object,
        row,
        &api.who.version_text(),
        is_wanted,
    ));
    reply.headers = headers;
    Ok(reply)
}

pub fn by_external_id(
    api: &mut Api<'_>,
    object: &str,
    field: &str,
    value: &str,
    call: &Call,
) -> Result<Reply, Refusal> {
    let object = api.object(object)?;
    let field = external_id(&object, field)?;
    let found = ids_having(api, &object, &field, &value.into());
    if found.len() > 1 {
        let version = api.who.version_text();
        let urls = found
            .iter()
            .map(|id| Value::from(show::url(&object.name, id, &version)));
        return Ok(Reply::new(300, urls.collect()));
    }
    let found = found.into_iter().next();
    match (call.method.as_str(), found) {
        ("PATCH", found) => upsert(api, &object, &field, value, found, call),
        ("GET" | "DELETE", None) => Err(Refusal::not_found()),
        ("GET", Some(id)) => get(api, &object, &id, call),
        ("DELETE", Some(id)) => {
            api.writer(call).delete(&object.name, &id)?;
            Ok(Reply::empty(204))
        }
        _ => Err(Refusal::method()),
    }
}

fn upsert(
    api: &mut Api<'_>,
    object: &Object,
    field: &Field,
    value: &str,
    found: Option<Id>,
    call: &Call,
) -> Result<Reply, Refusal> {
    let given = call.object()?;
    for key in given.keys() {
        if key.eq_ignore_ascii_case(&field.name) || key.eq_ignore_ascii_case("Id") {
            let message = format!("The {key} field should not be specified in the sobject data.");
            return Err(Fault::new("INVALID_FIELD", message).into());
        }
    }
    match found {
        Some(id) => {
            if let Some(row) = api.org.live(&object.name, &id) {
                conditional::may_change(object, row, call)?;
            }
            api.writer(call).update(&object.name, &id, given)?;
            if api.who.version < TELLS_CREATED || api.org.switches.upsert_update_204 {
                return Ok(Reply::empty(204));
            }
            Ok(Reply::ok(upserted(api, &id, false)))
        }
        None if call
            .parameter("updateOnly")
            .is_some_and(|only| only == "true") =>
        {
            Err(Refusal::not_found())
        }
        None => {
            let mut given = given.clone();
            given.insert(field.name.clone(), value.into());
            let id = api.writer(call).create(&object.name, &given)?;
            let body = upserted(api, &id, true);
            Ok(created(api, object, &id, body))
        }
    }
}

fn upserted(api: &Api<'_>, id: &str, created: bool) -> Value {
    let mut body = json!({ "id": id, "success": true, "errors": [] });
    if api.who.version >= TELLS_CREATED {
        body["created"] = created.into();
    }
    body
}

/// A field that records are found by.
pub fn external_id(object: &Object, name: &str) -> Result<Arc<Field>, Fault> {
    let field = object.visible(name).filter(|field| field.external_id);
    field.cloned().ok_or_else(|| {
        let message =
            format!("Provided external ID field does not exist or is not accessible: {name}");
        Fault::new("NOT_FOUND", message)
    })
}

/// The live records that hold a value in it.
pub fn ids_having(api: &Api<'_>, object: &Object, field: &Field, value: &Value) -> Vec<Id> {
    let value = match (field.kind.is_number(), number::read(value)) {
        (true, Some(number)) => number::kept(number),
        _ => value.clone(),
    };
    let rows = api.org.table(&object.name).having(field, &value);
    rows.iter().map(|row| row.id.clone()).collect()
}
