//! A corner of the tooling API: a custom field made by a client. Nobody sees it until its field-level
//! security says so (`{"do": "field_access", …}`).

use serde_json::{Value, json};

use super::api::Api;
use super::call::{Call, Reply};
use super::declared::custom_field;
use super::field::Access;
use super::id;
use super::refusal::{Fault, Refusal};

/// A field's type in metadata, and in a describe.
const TYPES: [(&str, &str); 17] = [
    ("Text", "string"),
    ("TextArea", "textarea"),
    ("LongTextArea", "textarea"),
    ("Html", "textarea"),
    ("Number", "double"),
    ("Currency", "currency"),
    ("Percent", "percent"),
    ("Checkbox", "boolean"),
    ("Date", "date"),
    ("DateTime", "datetime"),
    ("Time", "time"),
    ("Email", "email"),
    ("Phone", "phone"),
    ("Url", "url"),
    ("Picklist", "picklist"),
    ("MultiselectPicklist", "multipicklist"),
    ("Lookup", "reference"),
];

pub fn answer(api: &mut Api<'_>, rest: &[&str], call: &Call) -> Result<Reply, Refusal> {
    match (call.method.as_str(), rest) {
        ("POST", ["sobjects", "CustomField"]) => Ok(create_field(api, call)?),
        (_, ["sobjects", "CustomField", ..]) => Err(Refusal::method()),
        _ => Err(Refusal::not_found()),
    }
}

fn create_field(api: &mut Api<'_>, call: &Call) -> Result<Reply, Fault> {
    let body = call.object()?;
    let full = body
        .get("FullName")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let meta = body.get("Metadata").cloned().unwrap_or_default();
    let wrong =
        |message: String| Fault::new("FIELD_INTEGRITY_EXCEPTION", message).with(&["FullName"]);
    let (object, name) = full
        .split_once('.')
        .ok_or_else(|| wrong(format!("Not a full name: {full}")))?;
    let object = api
        .org
        .schema
        .visible(object)
        .ok_or_else(|| wrong(format!("No such object: {object}")))?;
    let (object, id_count) = (object.name.clone(), object.fields().count() as u64);
    if api
        .org
        .schema
        .object(&object)
        .is_some_and(|object| object.field(name).is_some())
    {
        let message = format!("There is already a field named {name} on {object}.");
        return Err(Fault::new("DUPLICATE_DEVELOPER_NAME", message));
    }
    let kind = meta["type"].as_str().unwrap_or_default();
    let word = TYPES
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, word)| *word);
    let word = word.ok_or_else(|| wrong(format!("No such type: {kind}")))?;
    let mut declared = json!({ "name": name, "type": word });
    for (from, to) in [
        ("label", "label"),
        ("length", "length"),
        ("precision", "precision"),
        ("scale", "scale"),
        ("externalId", "externalId"),
        ("unique", "unique"),
        ("caseSensitive", "caseSensitive"),
        ("required", "required"),
        ("referenceTo", "to"),
    ] {
        if let Some(value) = meta.get(from).filter(|value| !value.is_null()) {
            declared[to] = value.clone();
        }
    }
    let mut field = custom_field(&declared).map_err(wrong)?;
    field.access = Access::Hidden;
    let done = api.org.redeclare(&object, api.who.now, |schema| {
        let object = schema.object_mut(&object).ok_or("no such object")?;
        object.put(field);
        Ok(())
    });
    done.map_err(|message| Fault::new("UNKNOWN_EXCEPTION", message))?;
    let id = id::minted("00N", id_count);
    Ok(Reply::new(
        201,
        json!({ "id": id, "success": true, "errors": [], "warnings": [], "infos": [] }),
    ))
}
