//! One field as somebody gives it: checked against its kind and its writer, then kept in plain form.
//!
//! A field left out is unchanged; an empty text clears it. Amounts stay the numbers they were sent as:
//! no binary float is made of them.

use serde_json::{Map, Value, json};

use super::crm::Crm;
use super::object::{Field, Kind, LINE, Object, Writer};
use super::refusal::Refusal;
use super::table::Row;
use super::time;

/// Whose hand writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    Api,
    /// At the vendor's screen.
    Person,
    /// A rule inside the CRM that acts for people.
    Automation,
    Seed,
}

/// Puts the given fields into `row`. `id` is not a field; the caller took it out.
pub fn apply(
    crm: &Crm,
    object: Object,
    hand: Hand,
    given: &Map<String, Value>,
    row: &mut Row,
) -> Result<(), Refusal> {
    for (name, value) in given {
        let field = object
            .field(name)
            .ok_or_else(|| Refusal::bad(format!("unknown field {name}")))?;
        let allowed = match field.writer {
            Writer::Anyone => true,
            Writer::Api => matches!(hand, Hand::Api | Hand::Seed),
            Writer::Nobody => false,
        };
        if !allowed {
            return Err(Refusal::read_only(name));
        }
        let plain = match field.kind {
            Kind::Custom { numbered, named } => {
                let kept = row.values.get(name).and_then(Value::as_object);
                let kept = kept.cloned().unwrap_or_default();
                custom(name, numbered, named, hand, value, kept)?
            }
            Kind::Lines => lines(crm, value)?,
            _ => plain(crm, field, name, value)?,
        };
        row.set(name, plain);
    }
    Ok(())
}

/// None clears the field.
fn plain(crm: &Crm, field: &Field, name: &str, value: &Value) -> Result<Option<Value>, Refusal> {
    let must_be = |what: &str| Refusal::bad(format!("{name} must be {what}"));
    if value.as_str() == Some("") && !matches!(field.kind, Kind::Flag | Kind::Lists) {
        return Ok(None);
    }
    let kept = match field.kind {
        Kind::Text | Kind::Moment => value.as_str().ok_or_else(|| must_be("text"))?.into(),
        Kind::Iso(least, most) => {
            let code = value.as_str().filter(|text| {
                (least..=most).contains(&text.len())
                    && text.bytes().all(|byte| byte.is_ascii_uppercase())
            });
            code.ok_or_else(|| must_be("an ISO code"))?.into()
        }
        Kind::Flag => value
            .as_bool()
            .ok_or_else(|| must_be("true or false"))?
            .into(),
        Kind::Amount => match value {
            Value::Number(number) => Value::Number(number.clone()),
            _ => return Err(must_be("a number")),
        },
        Kind::Date => {
            let date = value.as_str().filter(|text| time::is_date(text));
            date.ok_or_else(|| must_be("a date like 2026-03-05"))?
                .into()
        }
        Kind::Reference(object) => {
            // A category at the top says `"parent_id": null` when it is read, so it may say so again.
            if value.is_null() && name == "parent_id" {
                return Ok(None);
            }
            let id = value.as_i64().ok_or_else(|| must_be("an id"))?;
            crm.get(object, id).ok_or_else(Refusal::missing_record)?;
            id.into()
        }
        Kind::Lists => list_ids(crm, value)?,
        Kind::Custom { .. } | Kind::Lines => {
            unreachable!("these two are read where the row is at hand")
        }
    };
    Ok(Some(kept))
}

fn list_ids(crm: &Crm, value: &Value) -> Result<Value, Refusal> {
    let wrong = || Refusal::bad("lists must be an array of list ids");
    let mut ids = Vec::new();
    for id in value.as_array().ok_or_else(wrong)? {
        let id = id.as_i64().ok_or_else(wrong)?;
        if crm.get(Object::Lists, id).is_none() {
            return Err(Refusal::bad(format!("list {id} does not exist")));
        }
        ids.push(id);
    }
    if ids.is_empty() {
        return Err(Refusal::bad("lists is required"));
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(json!(ids))
}

fn custom(
    field: &str,
    numbered: u32,
    named: &[&str],
    hand: Hand,
    value: &Value,
    mut kept: Map<String, Value>,
) -> Result<Option<Value>, Refusal> {
    let given = value
        .as_object()
        .ok_or_else(|| Refusal::bad(format!("{field} must be an object")))?;
    for (key, value) in given {
        let is_named = named.contains(&key.as_str());
        let is_numbered = !key.starts_with(['0', '+'])
            && key.parse().is_ok_and(|key| (1..=numbered).contains(&key));
        if !is_named && !is_numbered {
            return Err(Refusal::bad(format!("unknown field {field}.{key}")));
        }
        if is_named && matches!(hand, Hand::Person | Hand::Automation) {
            return Err(Refusal::read_only(key));
        }
        let text = value
            .as_str()
            .ok_or_else(|| Refusal::bad(format!("{field}.{key} must be text")))?;
        if text.is_empty() {
            kept.shift_remove(key);
        } else {
            kept.insert(key.clone(), text.into());
        }
    }
    Ok((!kept.is_empty()).then_some(Value::Object(kept)))
}

fn lines(crm: &Crm, value: &Value) -> Result<Option<Value>, Refusal> {
    let given = value
        .as_array()
        .ok_or_else(|| Refusal::bad("lines must be an array"))?;
    let mut lines = Vec::new();
    for (at, line) in given.iter().enumerate() {
        let line = line
            .as_object()
            .ok_or_else(|| Refusal::bad(format!("lines[{at}] must be an object")))?;
        let mut kept = Map::new();
        for (key, value) in line {
            let name = format!("lines[{at}].{key}");
            let field = LINE.iter().find(|field| field.name == key);
            let field = field.ok_or_else(|| Refusal::bad(format!("unknown field {name}")))?;
            if let Some(value) = plain(crm, field, &name, value)? {
                kept.insert(key.clone(), value);
            }
        }
        lines.push(Value::Object(kept));
    }
    Ok((!lines.is_empty()).then_some(Value::Array(lines)))
}
