//! What QuickBooks tells, as bodies.

use crate::assumed::{MARK, REJECTED, VOIDED};
use crate::field::{snake, Field, Kind, Lines, READ};
use crate::settings::Settings;
use crate::table::Table;
use liaison_sdk::prelude::*;

/// A record, as an entry.
pub fn entry(table: &Table, settings: &Settings, raw: &Value) -> Option<Entry> {
    let id = raw["Id"].as_str()?.to_owned();
    if is_deleted(raw) {
        return Some(Entry {
            body: json!({"id": id}).to_string(),
            id,
            version: None,
            deleted: true,
            ext: Vec::new(),
        });
    }
    Some(Entry {
        body: body(table, settings, raw).to_string(),
        id,
        version: raw["SyncToken"].as_str().map(str::to_owned),
        deleted: false,
        ext: Vec::new(),
    })
}

/// Whether it is told as gone.
pub fn is_deleted(raw: &Value) -> bool {
    raw["status"].as_str() == Some("Deleted")
}

/// A record's body.
pub fn body(table: &Table, settings: &Settings, raw: &Value) -> Value {
    let mut body = Map::new();
    let mut own = |name: &str, value: Value| {
        body.insert(name.to_owned(), value);
    };
    own("id", raw["Id"].clone());
    if table.has_kinds() {
        own(
            "kind",
            raw["Type"]
                .as_str()
                .map_or(Value::Null, |kind| json!(snake(kind))),
        );
    }
    own("created_at", instant(&raw["MetaData"]["CreateTime"]));
    own("updated_at", instant(&raw["MetaData"]["LastUpdatedTime"]));
    if table.is_transaction() {
        let note = raw["PrivateNote"].as_str().unwrap_or_default();
        let total = decimal::parse(&raw["TotalAmt"]);
        let voided = note.starts_with(VOIDED) && total.is_some_and(|total| total.is_zero());
        let rejected = raw["TxnStatus"].as_str() == Some(REJECTED);
        own("voided", json!(voided));
        own("cancelled", json!(voided || rejected));
    }
    for field in table.fields().filter(|field| field.is_on(READ)) {
        put(field, raw, "", &mut body);
    }
    if table.has_code() {
        let code = body.get(settings.code_field()).cloned().unwrap_or_default();
        body.insert("code".to_owned(), code);
    }
    Value::Object(body)
}

/// When a record changed.
pub fn stamp_ms(raw: &Value) -> i64 {
    let stamp = raw["MetaData"]["LastUpdatedTime"].as_str();
    stamp.and_then(date::parse_instant).unwrap_or_default()
}

fn instant(value: &Value) -> Value {
    let ms = value.as_str().and_then(date::parse_instant);
    ms.map_or(Value::Null, |ms| json!(date::instant(ms)))
}

/// What stands at a path; `*` is the line's kind of detail.
fn at<'a>(raw: &'a Value, path: &str, detail: &str) -> &'a Value {
    path.split('.').fold(raw, |value, step| match step {
        "*" => &value[detail],
        step => &value[step],
    })
}

fn put(field: &Field, raw: &Value, detail: &str, body: &mut Map<String, Value>) {
    let value = at(raw, field.wire, detail);
    let text = |value: &Value| match value {
        Value::String(text) if !text.is_empty() => json!(text),
        Value::Number(number) => json!(number.to_string()),
        _ => Value::Null,
    };
    let told = match field.kind {
        Kind::Reference(_) => {
            body.insert(field.id_name(), text(&value["value"]));
            body.insert(field.full_name(), text(&value["name"]));
            return;
        }
        Kind::Named => {
            body.insert(field.full_name(), text(&value["value"]));
            return;
        }
        Kind::Text(_) => text(value),
        Kind::Flag => value.as_bool().map_or(Value::Null, |flag| json!(flag)),
        Kind::Whole => match decimal::parse(value).map(|d| d.normalize().to_string()) {
            Some(digits) => digits
                .parse::<i64>()
                .map_or(Value::Null, |whole| json!(whole)),
            None => Value::Null,
        },
        Kind::Day => {
            let day = value.as_str().and_then(|day| day.get(..10));
            day.filter(|day| date::day_number(day).is_some())
                .map_or(Value::Null, |day| json!(day))
        }
        Kind::Decimal => decimal::to_body(value),
        Kind::Word(words) => {
            let known = words.iter().find(|word| value.as_str() == Some(**word));
            known.map_or(Value::Null, |word| json!(snake(word)))
        }
        Kind::Lines(lines) => Value::Array(list(lines, value)),
        Kind::Links(kind, _) => json!(linked_ids(value, kind)),
        Kind::From(kind, _) => linked_ids(value, kind)
            .into_iter()
            .next()
            .map_or(Value::Null, Value::String),
        Kind::FromLine(kind) => {
            let links = value.as_array().into_iter().flatten();
            let mut own = links.filter(|link| link["TxnType"].as_str() == Some(kind));
            own.next()
                .map_or(Value::Null, |link| text(&link["TxnLineId"]))
        }
        Kind::Linked => {
            let links = value.as_array().into_iter().flatten();
            let links = links.filter(|link| link["TxnId"].is_string());
            let links =
                links.map(|link| json!({"id": link["TxnId"], "kind": text(&link["TxnType"])}));
            Value::Array(links.collect())
        }
        Kind::Custom => {
            let fields = value.as_array().into_iter().flatten();
            let named = fields.filter_map(|field| {
                let name = field["Name"].as_str()?.to_owned();
                Some((name, text(&field["StringValue"])))
            });
            Value::Object(named.collect())
        }
        Kind::Mark => note_and_mark(value.as_str().unwrap_or_default())
            .1
            .map_or(Value::Null, |mark| json!(mark)),
        Kind::Note(_) => match note_and_mark(value.as_str().unwrap_or_default()).0 {
            "" => Value::Null,
            note => json!(note),
        },
    };
    body.insert(field.name.to_owned(), told);
}

fn list(lines: &Lines, raw: &Value) -> Vec<Value> {
    let rows = raw.as_array().into_iter().flatten();
    let ours = rows.filter_map(|row| {
        let detail = row["DetailType"].as_str()?;
        let word = lines.word(detail)?;
        let mut line = Map::new();
        line.insert("id".to_owned(), row.get("Id").cloned().unwrap_or_default());
        if lines.details.len() > 1 {
            line.insert("kind".to_owned(), json!(word));
        }
        let is_group = detail == "GroupLineDetail";
        for field in lines.fields.iter().filter(|field| field.is_on(READ)) {
            put(field, row, detail, &mut line);
            if is_group && field.name == "item" {
                // A group names its item otherwise.
                let item = &row[detail]["GroupItemRef"];
                line.insert(field.id_name(), item["value"].clone());
                line.insert(field.full_name(), item["name"].clone());
            }
            if is_group && field.name == "quantity" && row[detail]["Quantity"].is_number() {
                line.insert(
                    "quantity".to_owned(),
                    decimal::to_body(&row[detail]["Quantity"]),
                );
            }
        }
        Some(Value::Object(line))
    });
    ours.collect()
}

fn linked_ids(value: &Value, kind: &str) -> Vec<String> {
    let links = value.as_array().into_iter().flatten();
    let own = links.filter(|link| link["TxnType"].as_str() == Some(kind));
    let mut ids: Vec<String> = Vec::new();
    for id in own.filter_map(|link| link["TxnId"].as_str()) {
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    ids
}

/// The private note of a person, and our mark in its last line.
pub fn note_and_mark(note: &str) -> (&str, Option<&str>) {
    let (rest, last) = note.rsplit_once('\n').unwrap_or(("", note));
    match last.trim().strip_prefix(MARK) {
        Some(mark) if !mark.trim().is_empty() => (rest.trim_end(), Some(mark.trim())),
        _ => (note, None),
    }
}

/// The private note that holds both; nothing where there is neither.
pub fn note_of(note: &str, mark: Option<&str>) -> String {
    match (note.is_empty(), mark) {
        (_, None) => note.to_owned(),
        (true, Some(mark)) => format!("{MARK}{mark}"),
        (false, Some(mark)) => format!("{note}\n{MARK}{mark}"),
    }
}
