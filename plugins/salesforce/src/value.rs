//! Both directions between a field of Salesforce and the same field of a body.

use crate::id;
use crate::refusal_words as say;
use crate::shape::{Column, Kind, Shape, TYPE_NAME};
use crate::table::{KEY, OBJECT, RECORD_TYPE};
use liaison_sdk::prelude::*;
use liaison_sdk::serde_json::Number;
use std::str::FromStr;

/// Which field of an object plays which part.
pub const ID: &str = "Id";
pub const STAMP: &str = "SystemModstamp";
pub const IS_DELETED: &str = "IsDeleted";
/// What moves when a person or the API edits, and stays when the system does: what an update must present.
pub const EDITED: &str = "LastModifiedDate";

/// A row as a record; none when it has no id.
pub fn entry(shape: &Shape, key_field: &str, names_object: bool, row: &Value) -> Option<Entry> {
    let id = id::full(row[ID].as_str()?)?;
    let mut body = Map::new();
    for column in &shape.columns {
        if let Some(value) = at(row, column.name()) {
            match column.name() {
                ID => {}
                TYPE_NAME => drop(body.insert(RECORD_TYPE.to_owned(), value.clone())),
                name => drop(body.insert(name.to_owned(), read(column.kind(), value))),
            }
            if column.name() == key_field {
                body.insert(KEY.to_owned(), read(column.kind(), value));
            }
        }
    }
    body.insert("id".to_owned(), json!(id));
    if names_object {
        body.insert(OBJECT.to_owned(), json!(shape.object));
    }
    Some(Entry {
        id,
        version: row.get(EDITED).and_then(instant_of),
        deleted: row[IS_DELETED].as_bool().unwrap_or(false),
        body: Value::Object(body).to_string(),
        ext: Vec::new(),
    })
}

/// What stands in a row under a name or, over a dot, within what it refers to: null where it refers to nothing,
/// none where it was not read.
pub fn at<'r>(row: &'r Value, name: &str) -> Option<&'r Value> {
    match name.split_once('.') {
        None => row.get(name),
        Some((parent, field)) => match row.get(parent)? {
            Value::Null => Some(&Value::Null),
            parent => parent.get(field),
        },
    }
}

/// The vendor's value as the contract writes it.
pub fn read(kind: Kind, value: &Value) -> Value {
    match kind {
        _ if value.is_null() => Value::Null,
        Kind::Bool => value.as_bool().map_or(Value::Null, Value::Bool),
        // `23.0`, `3.5E8` and 23 are the same number, whichever way it comes.
        Kind::Decimal => decimal::parse(value)
            .map_or(Value::Null, |number| json!(number.normalize().to_string())),
        Kind::Int => whole_number(value).unwrap_or(Value::Null),
        Kind::Instant => instant_of(value).map_or(Value::Null, |text| json!(text)),
        Kind::Reference => match value.as_str().and_then(id::full) {
            Some(id) => json!(id),
            None => value.clone(),
        },
        Kind::Date | Kind::Text | Kind::Words => value.clone(),
    }
}

/// `2011-07-07T00:37:00.000+0000`, which is no RFC 3339, as one.
pub fn instant_of(value: &Value) -> Option<String> {
    date::parse_instant(value.as_str()?).map(date::instant)
}

/// A whole number, which the vendor may write `12.0`.
fn whole_number(value: &Value) -> Option<Value> {
    let number = decimal::parse(value)?.normalize();
    let whole = Number::from_str(&number.to_string()).ok()?;
    number.is_integer().then_some(Value::Number(whole))
}

/// A value of a body as the vendor takes it; its field is named by the caller.
pub fn write(column: &Column, value: &Value) -> Result<Value, Fault> {
    let unfit = || {
        let shown = liaison_sdk::text::shorten(&value.to_string(), 80);
        let words = format!("{shown} is not for {}", column.name());
        say::value_unfit(&words).field(column.name())
    };
    let trimmed = value.as_str().map(str::trim);
    Ok(match column.kind() {
        _ if value.is_null() => Value::Null,
        Kind::Text | Kind::Words => match value {
            Value::String(_) => value.clone(),
            Value::Number(number) => json!(number.to_string()),
            _ => return Err(unfit()),
        },
        // Other kinds of field are emptied by null.
        _ if trimmed == Some("") => Value::Null,
        Kind::Bool => match (value, trimmed) {
            (Value::Bool(_), _) => value.clone(),
            (_, Some("true")) => json!(true),
            (_, Some("false")) => json!(false),
            _ => return Err(unfit()),
        },
        Kind::Decimal => decimal::to_number(value).ok_or_else(unfit)?,
        Kind::Int => whole_number(value).ok_or_else(unfit)?,
        Kind::Date => {
            let day = trimmed.and_then(|text| text.get(..10));
            let day = day.filter(|day| date::day_number(day).is_some());
            json!(day.ok_or_else(unfit)?)
        }
        Kind::Instant => json!(instant_of(value).ok_or_else(unfit)?),
        Kind::Reference => json!(trimmed.and_then(id::full).ok_or_else(unfit)?),
    })
}

/// A value that is looked for, in the one form that `read` gives: for comparing.
pub fn wanted(kind: Kind, value: &Value) -> Value {
    match (kind, value) {
        (Kind::Text | Kind::Words, Value::Number(number)) => json!(number.to_string()),
        (Kind::Bool, Value::String(text)) => match text.as_str() {
            "true" => json!(true),
            "false" => json!(false),
            _ => Value::Null,
        },
        (Kind::Date, Value::String(text)) => json!(text.get(..10).unwrap_or(text)),
        (Kind::Text | Kind::Words, _) => value.clone(),
        (kind, _) => read(kind, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: Kind) -> Column {
        Column("F__c".to_owned(), kind, 31)
    }

    fn parsed(json: &str) -> Value {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn every_kind_is_read_into_one_form() {
        for (kind, told, expected) in [
            (Kind::Decimal, "23.0", json!("23")),
            (Kind::Decimal, "3.5E8", json!("350000000")),
            (Kind::Decimal, "0.10", json!("0.1")),
            (
                Kind::Decimal,
                "12345678901234567.89",
                json!("12345678901234567.89"),
            ),
            (Kind::Decimal, "\"17.25\"", json!("17.25")),
            (Kind::Decimal, "null", Value::Null),
            (Kind::Int, "12.0", json!(12)),
            (Kind::Int, "12", json!(12)),
            (Kind::Bool, "true", json!(true)),
            (Kind::Date, "\"2010-01-01\"", json!("2010-01-01")),
            (
                Kind::Instant,
                "\"2011-07-07T00:37:00.000+0000\"",
                json!("2011-07-07T00:37:00Z"),
            ),
            (
                Kind::Instant,
                "\"2011-07-07T00:37:00Z\"",
                json!("2011-07-07T00:37:00Z"),
            ),
            (Kind::Instant, "\"soon\"", Value::Null),
            (Kind::Words, "\"four;six\"", json!("four;six")),
            (
                Kind::Reference,
                "\"001D000000IRFma\"",
                json!("001D000000IRFmaIAH"),
            ),
            (Kind::Text, "\"14:05:00.000Z\"", json!("14:05:00.000Z")),
        ] {
            let read = read(kind, &parsed(told));
            assert_eq!(read.to_string(), expected.to_string(), "{kind:?} {told}");
        }
    }

    #[test]
    fn every_kind_is_written_as_the_vendor_takes_it() {
        for (kind, given, expected) in [
            (Kind::Decimal, json!("17.250"), "17.250"),
            (Kind::Decimal, json!(""), "null"),
            (Kind::Int, json!("12"), "12"),
            (Kind::Int, json!(12), "12"),
            (Kind::Bool, json!("true"), "true"),
            (Kind::Date, json!("2026-03-05"), "\"2026-03-05\""),
            (Kind::Date, json!("2026-03-05T10:00:00Z"), "\"2026-03-05\""),
            (
                Kind::Instant,
                json!("2026-03-05T10:00:00-05:00"),
                "\"2026-03-05T15:00:00Z\"",
            ),
            (
                Kind::Reference,
                json!("001D000000IRFma"),
                "\"001D000000IRFmaIAH\"",
            ),
            (Kind::Text, json!(""), "\"\""),
            (Kind::Text, json!(4711), "\"4711\""),
            (Kind::Text, Value::Null, "null"),
        ] {
            let written = write(&column(kind), &given).unwrap();
            assert_eq!(written.to_string(), expected, "{kind:?} {given}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_field() {
        for (kind, given) in [
            (Kind::Decimal, json!("much")),
            (Kind::Int, json!("1.5")),
            (Kind::Bool, json!("yes")),
            (Kind::Date, json!("2026-02-30")),
            (Kind::Date, json!("é026-02-300")),
            (Kind::Instant, json!("soon")),
            (Kind::Reference, json!("4711")),
            (Kind::Reference, json!("a00B000000FSjVUIB1")),
            (Kind::Text, json!({"a": 1})),
        ] {
            let fault = write(&column(kind), &given).expect_err("refused");
            assert_eq!(fault.kind, FaultKind::Rejected, "{kind:?} {given}");
            assert_eq!(fault.field.as_deref(), Some("F__c"));
        }
    }

    #[test]
    fn a_row_becomes_a_record() {
        let told = json!({"fields": [
            {"name": "Id", "type": "id"}, {"name": "Name", "type": "string"}, {"name": "BillingAddress", "type": "address"},
            {"name": "IsDeleted", "type": "boolean"}, {"name": "LastModifiedDate", "type": "datetime"},
            {"name": "ERP__c", "type": "string"}]});
        let shape = Shape::of("Account", &told).unwrap();
        let row = json!({"attributes": {"type": "Account"}, "Id": "001D000000IRFma", "Name": "A", "IsDeleted": true,
            "LastModifiedDate": "2026-03-05T14:00:00.000+0000", "ERP__c": "7", "Other__c": "not ours"});
        let entry = entry(&shape, "ERP__c", false, &row).unwrap();
        assert_eq!(entry.id, "001D000000IRFmaIAH");
        assert_eq!(entry.version.as_deref(), Some("2026-03-05T14:00:00Z"));
        assert!(entry.deleted);
        let expected = json!({"id": "001D000000IRFmaIAH", "Name": "A", "IsDeleted": true, "ERP__c": "7", "liaison_key": "7",
            "LastModifiedDate": "2026-03-05T14:00:00Z"});
        assert_eq!(filter::value(&entry.body), expected);
        assert!(super::entry(&shape, "", true, &json!({"Name": "no id"})).is_none());
    }
}
