//! Values that a client gives, read into the form in which they are kept, or refused in Salesforce's words.

use serde_json::Value;

use super::field::Field;
use super::id;
use super::kind::Kind;
use super::number;
use super::org::Org;
use super::refusal::Fault;
use super::time;

/// One value of one field; null and the empty text empty it.
pub fn read(org: &Org, field: &Field, given: &Value) -> Result<Value, Fault> {
    if given.is_null() {
        return Ok(Value::Null);
    }
    if field.kind.is_number() {
        return read_number(field, given);
    }
    if field.kind == Kind::Boolean {
        return match given {
            Value::Bool(_) => Ok(given.clone()),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true.into()),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false.into()),
            _ => Err(unreadable("boolean", given)),
        };
    }
    let text = match given {
        Value::String(text) => text.clone(),
        Value::Number(number) if field.kind.is_text() => number.to_string(),
        _ => return Err(unreadable(field.kind.word(), given)),
    };
    let text = match org.switches.texts_trimmed {
        true => text.trim(),
        false => text.as_str(),
    };
    if text.is_empty() {
        return Ok(Value::Null);
    }
    match field.kind {
        Kind::Date => match time::date(text) {
            Some(_) => Ok(text.into()),
            None => Err(unreadable("date", given)),
        },
        Kind::Datetime => match time::read(text) {
            Some(stamp) => Ok(time::written(stamp).into()),
            None => Err(unreadable("datetime", given)),
        },
        Kind::Reference | Kind::Id => reference(org, field, text),
        Kind::Picklist | Kind::Multipicklist => picked(field, text),
        Kind::Email if !is_email(text) => {
            let message = format!("{}: invalid email address: {text}", field.label);
            Err(Fault::new("INVALID_EMAIL_ADDRESS", message).with(&[&field.name]))
        }
        _ => sized(field, text),
    }
}

fn unreadable(kind: &str, given: &Value) -> Fault {
    let (token, text) = match given {
        Value::String(text) => ("VALUE_STRING", text.clone()),
        Value::Number(number) => ("VALUE_NUMBER", number.to_string()),
        Value::Bool(flag) => ("VALUE_TRUE", flag.to_string()),
        Value::Array(_) => ("START_ARRAY", "[".to_owned()),
        _ => ("START_OBJECT", "{".to_owned()),
    };
    Fault::unreadable(format!(
        "Cannot deserialize instance of {kind} from {token} value {text} or request may be missing a required field"
    ))
}

fn read_number(field: &Field, given: &Value) -> Result<Value, Fault> {
    if given.as_str().is_some_and(|text| text.trim().is_empty()) {
        return Ok(Value::Null);
    }
    let read = number::read(given).ok_or_else(|| unreadable(field.kind.word(), given))?;
    let rounded = number::rounded(read, field.scale);
    let digits = rounded.trunc().abs().normalize().to_string();
    let whole_digits = if digits == "0" { 0 } else { digits.len() };
    if whole_digits > (field.precision.saturating_sub(field.scale)) as usize {
        let message = format!(
            "{}: value outside of valid range on numeric field: {read}",
            field.label
        );
        return Err(Fault::new("NUMBER_OUTSIDE_VALID_RANGE", message).with(&[&field.name]));
    }
    Ok(number::kept(rounded))
}

fn reference(org: &Org, field: &Field, text: &str) -> Result<Value, Fault> {
    let wrong = || {
        let message = format!("{}: id value of incorrect type: {text}", field.label);
        Fault::new("MALFORMED_ID", message).with(&[&field.name])
    };
    let id = id::read(text).ok_or_else(wrong)?;
    if field.kind == Kind::Id {
        return Ok(id.into());
    }
    let object = org.schema.by_prefix(id::prefix(&id));
    if !object.is_some_and(|object| field.to.contains(&object.name)) {
        return Err(wrong());
    }
    match org.find(&id) {
        Some((_, row)) if !row.deleted => Ok(id.into()),
        _ => Err(Fault::cross_reference(&[&field.name])),
    }
}

fn picked(field: &Field, text: &str) -> Result<Value, Fault> {
    let each: Vec<&str> = match field.kind {
        Kind::Multipicklist => text
            .split(';')
            .map(str::trim)
            .filter(|one| !one.is_empty())
            .collect(),
        _ => vec![text],
    };
    if field.restricted {
        for one in &each {
            if !field.values.iter().any(|known| known == one) {
                let message = format!(
                    "{}: bad value for restricted picklist field: {one}",
                    field.label
                );
                let code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST";
                return Err(Fault::new(code, message).with(&[&field.name]));
            }
        }
    }
    sized(field, &each.join(";"))
}

fn sized(field: &Field, text: &str) -> Result<Value, Fault> {
    if field.length > 0 && text.chars().count() > field.length as usize {
        let message = format!(
            "{}: data value too large: {text} (max length={})",
            field.label, field.length
        );
        return Err(Fault::new("STRING_TOO_LONG", message).with(&[&field.name]));
    }
    Ok(text.into())
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_word =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    is_word(local)
        && is_word(domain)
        && domain.split('.').count() > 1
        && domain.split('.').all(is_word)
}
