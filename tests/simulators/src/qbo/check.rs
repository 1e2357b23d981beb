//! What a client sends, against the table of entities: names, forms, lengths and references.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::company::Company;
use super::refusal::Refusal;
use super::schema::{Field, FieldKind, entity, shape};
use super::time;
use super::value::{Values, flag, number, parse};

/// The fields that the vendor does not set by itself, in its own form. What is emptied stays as null.
pub fn cleaned(company: &Company, fields: &[Field], given: &Values) -> Result<Values, Refusal> {
    clean(company, fields, given, "")
}

fn clean(
    company: &Company,
    fields: &[Field],
    given: &Values,
    above: &str,
) -> Result<Values, Refusal> {
    let mut cleaned = Values::new();
    for (name, value) in given {
        let field = fields.iter().find(|field| field.name == *name);
        let field = field.ok_or_else(|| Refusal::unknown_property(name))?;
        if field.kept {
            continue;
        }
        let value = match value {
            Value::Null => Value::Null,
            Value::String(text) if text.is_empty() => Value::Null,
            value => one(company, field, value, &path(above, name))?,
        };
        if !value.is_null() || above.is_empty() {
            cleaned.insert(name.clone(), value);
        }
    }
    Ok(cleaned)
}

fn path(above: &str, name: &str) -> String {
    if above.is_empty() {
        name.to_owned()
    } else {
        format!("{above}.{name}")
    }
}

fn one(company: &Company, field: &Field, value: &Value, path: &str) -> Result<Value, Refusal> {
    match &field.kind {
        FieldKind::Any => Ok(value.clone()),
        FieldKind::Text(most) => {
            let text = scalar(value).ok_or_else(|| Refusal::unknown_property(path))?;
            let length = text.chars().count();
            if length > *most {
                return Err(Refusal::length(path, *most, length));
            }
            Ok(text.into())
        }
        FieldKind::Number => {
            let text = scalar(value).and_then(|text| parse(&text));
            let found = text.ok_or_else(|| Refusal::number(path, value))?;
            Ok(number(found))
        }
        FieldKind::Whole => {
            let found = scalar(value).and_then(|text| text.parse::<i64>().ok());
            Ok(found.ok_or_else(|| Refusal::number(path, value))?.into())
        }
        FieldKind::Flag => match scalar(value).as_deref() {
            Some("true") => Ok(true.into()),
            Some("false") => Ok(false.into()),
            _ => Err(Refusal::enumeration(path, value)),
        },
        FieldKind::Date => {
            let found = value.as_str().and_then(|text| day(text, &company.zone));
            Ok(found.ok_or_else(|| Refusal::date(path, value))?.into())
        }
        FieldKind::Time => {
            let text = value.as_str().unwrap_or_default();
            match time::moment(text, &company.zone) {
                Some(at) => Ok(time::seconds(at, &company.zone).into()),
                None => Err(Refusal::date(path, value)),
            }
        }
        FieldKind::Word(words) => {
            let text = value.as_str().unwrap_or_default();
            if words.iter().any(|word| word == text) {
                Ok(text.into())
            } else {
                Err(Refusal::enumeration(path, value))
            }
        }
        FieldKind::Free => {
            let id = reference(value, path)?;
            Ok(serde_json::json!({ "value": id }))
        }
        FieldKind::Reference(kinds) => {
            let id = reference(value, path)?;
            refers(company, kinds, &id, path)?;
            Ok(serde_json::json!({ "value": id }))
        }
        FieldKind::Object(of) => {
            let object = value.as_object();
            let object = object.ok_or_else(|| Refusal::unknown_property(path))?;
            Ok(clean(company, shape(of), object, path)?.into())
        }
        FieldKind::List(of) => {
            let rows = value.as_array();
            let rows = rows.ok_or_else(|| Refusal::unknown_property(path))?;
            let rows = rows.iter().map(|row| {
                let row = row.as_object();
                let row = row.ok_or_else(|| Refusal::unknown_property(path))?;
                let row = clean(company, shape(of), row, path)?;
                required(shape(of), &row, path)?;
                Ok(Value::Object(row))
            });
            Ok(Value::Array(rows.collect::<Result<_, Refusal>>()?))
        }
    }
}

/// The first field that must be there and is not.
pub fn required(fields: &[Field], values: &Values, above: &str) -> Result<(), Refusal> {
    for field in fields.iter().filter(|field| field.required) {
        let missing = match values.get(&field.name) {
            None | Some(Value::Null) => true,
            Some(Value::Array(rows)) => rows.is_empty(),
            Some(_) => false,
        };
        if missing {
            return Err(Refusal::missing(&path(above, &field.name)));
        }
    }
    Ok(())
}

/// Numbers and flags may come as texts, and texts as numbers.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A day; of a moment, its day in the vendor's zone.
fn day(text: &str, zone: &TimeZone) -> Option<String> {
    if let Some(day) = time::date(text) {
        return Some(day.to_string());
    }
    let at = time::moment(text, zone)?;
    Some(time::today(at, zone).to_string())
}

fn reference(value: &Value, path: &str) -> Result<String, Refusal> {
    let object = value.as_object();
    let object = object.ok_or_else(|| Refusal::unknown_property(path))?;
    for name in object.keys() {
        if !["value", "name", "type"].contains(&name.as_str()) {
            return Err(Refusal::unknown_property(name));
        }
    }
    let id = object.get("value").and_then(scalar).unwrap_or_default();
    if id.is_empty() {
        return Err(Refusal::missing(&format!("{path}.value")));
    }
    Ok(id)
}

fn refers(company: &Company, kinds: &[String], id: &str, path: &str) -> Result<(), Refusal> {
    let mut found = kinds
        .iter()
        .filter_map(|kind| company.get(entity(kind)?, id));
    match found.next() {
        None => {
            let what = kinds.first().map_or("", String::as_str);
            let what = match what {
                "Customer" | "Vendor" | "Employee" => "Names",
                "Item" => "Items",
                "Account" => "Accounts",
                other => other,
            };
            Err(Refusal::reference(what, id, path))
        }
        Some(row) if flag(&row.values, "Active") == Some(false) => Err(Refusal::inactive(path)),
        Some(_) => Ok(()),
    }
}
