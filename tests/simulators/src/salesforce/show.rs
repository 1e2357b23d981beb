//! Records as answers show them.

use serde_json::{Map, Value, json};

use super::field::Field;
use super::id;
use super::kind::Kind;
use super::number;
use super::org::Org;
use super::schema::Object;
use super::table::Row;

/// The value of a field as it is kept; booleans are never null.
pub fn raw(row: &Row, field: &Field) -> Value {
    match (field.kind, field.name.as_str()) {
        (Kind::Id, "Id") => row.id.clone().into(),
        (_, "IsDeleted") => row.deleted.into(),
        (Kind::Boolean, name) => row.flag(name).into(),
        (_, name) => row.get(name).clone(),
    }
}

/// The value of a field as it is shown.
pub fn value(org: &Org, row: &Row, field: &Field) -> Value {
    let raw = raw(row, field);
    match field.kind {
        Kind::Int => number::read(&raw).map_or(Value::Null, number::whole),
        kind if kind.is_number() => {
            let number = number::read(&raw);
            number.map_or(Value::Null, |number| {
                number::double(number, org.switches.exponents)
            })
        }
        Kind::Address => address(org, row, &field.name),
        _ => raw,
    }
}

/// The compound of an address; null where no part is there.
fn address(org: &Org, row: &Row, name: &str) -> Value {
    let way = name.strip_suffix("Address").unwrap_or(name);
    let mut parts = Map::new();
    for (shown, part) in [
        ("city", "City"),
        ("country", "Country"),
        ("geocodeAccuracy", "GeocodeAccuracy"),
        ("latitude", "Latitude"),
        ("longitude", "Longitude"),
        ("postalCode", "PostalCode"),
        ("state", "State"),
        ("street", "Street"),
    ] {
        let value = match row.get(&format!("{way}{part}")) {
            Value::Number(given) => number::parse(&given.to_string())
                .map_or(Value::Null, |given| {
                    number::double(given, org.switches.exponents)
                }),
            value => value.clone(),
        };
        parts.insert(shown.to_owned(), value);
    }
    match parts.values().all(Value::is_null) {
        true => Value::Null,
        false => Value::Object(parts),
    }
}

/// Whether the org has a field at all: record types appear with the first of the object.
pub fn is_there(org: &Org, object: &Object, field: &Field) -> bool {
    field.name != "RecordTypeId" || {
        let mut types = org.table("RecordType").live();
        types.any(|kind| kind.text("SobjectType").eq_ignore_ascii_case(&object.name))
    }
}

/// `version` is the number as in paths: `59.0`.
pub fn attributes(object: &str, id: &str, version: &str) -> Value {
    json!({ "type": object, "url": url(object, id, version) })
}

pub fn url(object: &str, id: &str, version: &str) -> String {
    format!("/services/data/v{version}/sobjects/{object}/{id}")
}

/// A record with the fields that `wanted` lets through.
pub fn record(
    org: &Org,
    object: &Object,
    row: &Row,
    version: &str,
    wanted: impl Fn(&Field) -> bool,
) -> Value {
    let mut shown = Map::new();
    shown.insert(
        "attributes".to_owned(),
        attributes(&object.name, &row.id, version),
    );
    for field in object.fields() {
        if !field.is_hidden() && is_there(org, object, field) && wanted(field) {
            shown.insert(field.name.clone(), value(org, row, field));
        }
    }
    Value::Object(shown)
}

/// Everything a record holds, for the control plane: hidden fields too, no links, nothing empty.
pub fn whole(org: &Org, object: &Object, row: &Row) -> Value {
    let mut shown = Map::new();
    for field in object.fields().filter(|field| field.kind != Kind::Address) {
        let value = value(org, row, field);
        if !value.is_null() {
            shown.insert(field.name.clone(), value);
        }
    }
    shown.insert(
        "Id".to_owned(),
        id::read(&row.id).unwrap_or_default().into(),
    );
    Value::Object(shown)
}
