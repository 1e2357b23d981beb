//! What a write sends of a body: an operation becomes a job for one object.

use crate::assumed::ONE_OF_TWO;
use crate::object;
use crate::refusal_words as say;
use crate::shape::{Column, Shape, RECORD_TYPE_ID};
use crate::soql::no_key_field;
use crate::table::{Table, KEY, LOOKUP, OBJECT, RECORD_TYPE};
use crate::{id, value};
use liaison_sdk::prelude::*;

/// One operation, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub object: String,
    pub todo: Todo,
    /// The record without its id.
    pub record: Map<String, Value>,
    pub version: Option<String>,
    pub again: Again,
    /// The field that holds the operation's own token.
    pub own_key: Option<String>,
}

/// What sending it a second time would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// Nothing: the vendor keeps it from happening twice, or it sets what is set.
    Harmless,
    /// A second record. Whether there is a first one is told by this field.
    LookBy(String),
    /// A second record, and nothing tells whether there is a first one.
    Blind,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Todo {
    Create,
    /// A create that the vendor itself keeps from happening twice, by this field.
    Upsert(String),
    Update(String),
    Delete(String),
}

/// A body as an object.
pub fn body_of(operation: &Operation) -> Result<Map<String, Value>, Fault> {
    match serde_json::from_str(&operation.body) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(Value::Null) if operation.action == Action::Delete => Ok(Map::new()),
        Err(_) if operation.action == Action::Delete => Ok(Map::new()),
        Ok(other) => Err(no_body(&other.to_string())),
        Err(error) => Err(no_body(&error.to_string())),
    }
}

fn no_body(reason: &str) -> Fault {
    fault::internal(text!(
        "salesforce-body",
        "The record is no JSON object: {reason}",
        reason = liaison_sdk::text::shorten(reason, 80)
    ))
}

/// The id of the record that an operation changes.
pub fn id_of(operation: &Operation, object: &str) -> Result<String, Fault> {
    let id = operation.id.as_deref().and_then(|id| id::full(id.trim()));
    id.ok_or_else(|| say::gone(object))
}

/// A new record. Its key is the flow's or, left out, the operation's token.
pub fn create(
    shape: &Shape,
    key_field: &str,
    token: &str,
    body: &Map<String, Value>,
) -> Result<Job, Fault> {
    let mut record = Map::new();
    let mut replaceable = true;
    for (name, given) in body.iter().filter(|(_, value)| !filter::is_empty(value)) {
        if is_ours(name) {
            continue;
        }
        let column = target(shape, key_field, name)?;
        if !column.is_createable() {
            return Err(say::field_closed(&shape.object, column.name()).field(name));
        }
        replaceable &= column.is_updateable();
        record.insert(
            column.name().to_owned(),
            written(shape, column, name, given)?,
        );
    }
    one_of_two(shape, &record)?;
    let (mut todo, mut again, mut own_key) = (Todo::Create, Again::Blind, None);
    if let Some(column) = shape
        .column(key_field)
        .filter(|column| column.is_createable())
    {
        let is_token = !record.contains_key(key_field);
        if is_token {
            record.insert(key_field.to_owned(), json!(token));
            own_key = Some(key_field.to_owned());
        }
        again = match (column.is_unique(), column.is_filterable()) {
            (true, _) => Again::Harmless,
            (false, true) => Again::LookBy(key_field.to_owned()),
            (false, false) => Again::Blind,
        };
        // An upsert by a key of the flow's would overwrite a record that nobody has looked at. Where the key is
        // unique, a plain create is refused instead, with the id of that record. A field that only a create may
        // set makes an upsert of what is there fail.
        if column.is_external() && replaceable && (is_token || !column.is_unique()) {
            todo = Todo::Upsert(key_field.to_owned());
            again = Again::Harmless;
        }
    }
    Ok(Job {
        object: shape.object.clone(),
        todo,
        record,
        version: None,
        again,
        own_key,
    })
}

/// The fields that an update sets; null empties one.
pub fn update(
    shape: &Shape,
    key_field: &str,
    id: String,
    version: Option<String>,
    body: &Map<String, Value>,
) -> Result<Job, Fault> {
    let mut record = Map::new();
    for (name, given) in body.iter().filter(|(name, _)| !is_ours(name)) {
        let column = target(shape, key_field, name)?;
        if !column.is_updateable() {
            return Err(say::field_closed(&shape.object, column.name()).field(name));
        }
        record.insert(
            column.name().to_owned(),
            written(shape, column, name, given)?,
        );
    }
    one_of_two(shape, &record)?;
    Ok(Job {
        object: shape.object.clone(),
        todo: Todo::Update(id),
        record,
        version,
        again: Again::Harmless,
        own_key: None,
    })
}

/// The field that a field of a body goes into.
fn target<'s>(shape: &'s Shape, key_field: &str, name: &str) -> Result<&'s Column, Fault> {
    match name {
        KEY if !shape.has(key_field) => Err(no_key_field(shape, key_field)),
        KEY => shape.named(key_field),
        RECORD_TYPE => shape
            .column(RECORD_TYPE_ID)
            .ok_or_else(|| say::no_record_types(&shape.object)),
        _ => shape.named(name),
    }
}

fn written(shape: &Shape, column: &Column, name: &str, given: &Value) -> Result<Value, Fault> {
    if name != RECORD_TYPE || filter::is_empty(given) {
        return value::write(column, given);
    }
    let wanted = given.as_str().unwrap_or_default().trim();
    let types = shape.record_types.iter();
    let found = types
        .clone()
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    found.map(|(_, id)| json!(id)).ok_or_else(|| {
        let known: Vec<&str> = types.map(|(name, _)| name.as_str()).collect();
        say::no_record_type(&shape.object, wanted, &known.join(", ")).field(RECORD_TYPE)
    })
}

/// What the vendor does not keep: the id, and what only says which object or record is meant.
fn is_ours(name: &str) -> bool {
    matches!(name, "id" | OBJECT | LOOKUP)
}

fn one_of_two(shape: &Shape, record: &Map<String, Value>) -> Result<(), Fault> {
    let given = |name: &str| record.get(name).is_some_and(|value| !value.is_null());
    for (object, one, other) in ONE_OF_TWO {
        if shape.object == object && given(one) && given(other) {
            return Err(fault::rejected(text!(
                "salesforce-one-of-two",
                "A record of {object} sets {one} or {other}, not both; let the flow write one of them",
                object = object,
                one = one,
                other = other
            ))
            .field(other));
        }
    }
    Ok(())
}

/// The object that each operation is about.
pub fn objects(
    api: &crate::api::Api,
    table: &Table,
    operations: &[Operation],
    bodies: &[Result<Map<String, Value>, Fault>],
) -> Vec<Result<String, Fault>> {
    let ids: Vec<String> = operations
        .iter()
        .filter(|operation| operation.action != Action::Create)
        .filter_map(|operation| id::full(operation.id.as_deref()?.trim()))
        .collect();
    let known = object::of_ids(api, table, &ids);
    let of_id = |operation: &Operation| {
        let id = id_of(operation, table.object.unwrap_or(table.entity))?;
        let objects = known.as_ref().map_err(Clone::clone)?;
        let place = ids.iter().position(|other| *other == id);
        let object = place.and_then(|place| objects.get(place).cloned().flatten());
        object.ok_or_else(|| say::gone(table.entity))
    };
    let each = operations.iter().zip(bodies);
    each.map(|(operation, body)| match (operation.action, body) {
        (_, Err(fault)) => Err(fault.clone()),
        (Action::Create, Ok(body)) => object::of_value(api, table, body.get(OBJECT)),
        (_, Ok(_)) => of_id(operation),
    })
    .collect()
}
