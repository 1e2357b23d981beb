//! Bodies as QuickBooks takes them: whole new objects, sparse changes, and whole objects where something is emptied.

use crate::custom::Custom;
use crate::field::{snake, Field, Kind, Lines, ADD, MOD};
use crate::names::Names;
use crate::table::Table;
use crate::told::{note_and_mark, note_of};
use liaison_sdk::prelude::*;

/// What bodies are filled in from.
pub struct Means<'a> {
    pub names: &'a Names,
    pub custom: &'a Custom,
    /// Today, for the stock that a new item begins with.
    pub today: &'a str,
}

/// Read-only at QuickBooks: never sent back.
const NEVER_SENT: [&str; 3] = ["MetaData", "domain", "status"];
const SUBTOTAL: &str = "SubTotalLineDetail";
const GROUP: &str = "GroupLineDetail";
const TEXT_ONLY: &str = "DescriptionOnly";

/// Whether a change can only be made on top of the record as it is: lists and objects are replaced whole, and only a
/// whole object empties a field.
pub fn needs_current(table: &Table, body: &Value) -> bool {
    table.fields().any(|field| {
        let mut names = field.names().into_iter();
        if !names.any(|name| body.get(name.as_str()).is_some()) {
            return false;
        }
        let lies_within = field.wire.contains('.')
            || matches!(
                field.kind,
                Kind::Lines(_) | Kind::Custom | Kind::Links(..) | Kind::Mark | Kind::Note(_)
            );
        lies_within || is_emptied(field, body)
    })
}

/// Whether a field is given and empty; of a reference, where neither id nor name is left.
fn is_emptied(field: &Field, body: &Value) -> bool {
    let names = field.names();
    let given = names.iter().any(|name| body.get(name.as_str()).is_some());
    given && names.iter().all(|name| is_nothing(&body[name.as_str()]))
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// A new object, marked by `token` where it can be.
pub fn create(table: &Table, body: &Value, token: &str, means: &Means) -> Result<Value, Fault> {
    refuse_strangers(table, body, true)?;
    for field in table
        .fields()
        .filter(|field| field.required && field.is_on(ADD))
    {
        if !field
            .names()
            .iter()
            .any(|name| !is_nothing(&body[name.as_str()]))
        {
            return Err(missing(&field.names()[0]));
        }
    }
    let mut raw = json!({});
    fill(table, body, &mut raw, &Value::Null, means)?;
    if table.has_kinds() {
        kind_of_item(table, body, &mut raw, means)?;
    }
    let own_mark = table.field("external_guid").is_some() && body["external_guid"].is_null();
    if own_mark {
        let note = raw["PrivateNote"].as_str().unwrap_or_default().to_owned();
        raw["PrivateNote"] = json!(note_of(&note, Some(token)));
    }
    let no_lines = raw["Line"].as_array().is_none_or(Vec::is_empty);
    if table.is_transaction() && no_lines {
        return Err(missing("lines"));
    }
    Ok(raw)
}

/// A change: sparse where that does, else the whole object with what is new.
pub fn update(
    table: &Table,
    id: &str,
    version: &str,
    body: &Value,
    current: Option<&Value>,
    means: &Means,
) -> Result<Value, Fault> {
    refuse_strangers(table, body, false)?;
    let emptied = table
        .fields()
        .any(|field| field.is_on(MOD) && is_emptied(field, body));
    let now = current.unwrap_or(&Value::Null);
    let mut raw = match emptied && now.is_object() {
        true => whole(now),
        false => json!({"sparse": true}),
    };
    fill(table, body, &mut raw, now, means)?;
    raw["Id"] = json!(id);
    raw["SyncToken"] = json!(version);
    Ok(raw)
}

/// The object as it is, to be sent back.
fn whole(current: &Value) -> Value {
    let mut raw = current.clone();
    if let Some(map) = raw.as_object_mut() {
        map.retain(|name, _| !NEVER_SENT.contains(&name.as_str()));
        map.insert("sparse".to_owned(), json!(false));
    }
    if let Some(lines) = raw.get_mut("Line").and_then(Value::as_array_mut) {
        lines.retain(|line| line["DetailType"].as_str() != Some(SUBTOTAL));
    }
    raw
}

/// A field that cannot be given here is a mistake of the flow.
fn refuse_strangers(table: &Table, body: &Value, is_new: bool) -> Result<(), Fault> {
    let names = body.as_object().into_iter().flat_map(Map::keys);
    for name in names {
        let nothing = is_new && is_nothing(&body[name.as_str()]);
        if !nothing && name != "id" && !table.takes(name, is_new) {
            return Err(fault::rejected(text!(
                "qbo-not-taken",
                "QuickBooks does not let {field} of {entity} be given here",
                field = name,
                entity = table.entity
            ))
            .field(name));
        }
    }
    Ok(())
}

fn fill(
    table: &Table,
    body: &Value,
    raw: &mut Value,
    current: &Value,
    means: &Means,
) -> Result<(), Fault> {
    let mut lists: Vec<(&Field, &'static Lines)> = Vec::new();
    for field in table.fields().filter(|field| field.is_on(ADD | MOD)) {
        let given = field
            .names()
            .iter()
            .any(|name| body.get(name.as_str()).is_some());
        if !given {
            continue;
        }
        match field.kind {
            Kind::Lines(lines) => lists.push((field, lines)),
            Kind::Mark | Kind::Note(_) => note(table, body, raw, current)?,
            Kind::Custom => {
                if let Some(given) = body[field.name].as_object() {
                    raw["CustomField"] = means.custom.put(given, &current["CustomField"])?;
                }
            }
            Kind::Links(kind, _) => links(field, kind, &body[field.name], raw, current)?,
            _ => {
                // The rest of an object stays as it is.
                if let (Some((object, _)), true) =
                    (field.wire.split_once('.'), raw[first(field)].is_null())
                {
                    if current[object].is_object() {
                        raw[object] = current[object].clone();
                    }
                }
                put(field, body, raw, "", means)?;
            }
        }
    }
    if !lists.is_empty() {
        raw["Line"] = Value::Array(all_lines(&lists, body, &current["Line"], means)?);
    }
    if let Some(given) = body.get("parent_id").or(body.get("parent_name")) {
        let has = !is_nothing(given) || !is_nothing(&body["parent_name"]);
        match table.object {
            "Item" => raw["SubItem"] = json!(has),
            "Customer" if body["job"].is_null() => raw["Job"] = json!(has),
            _ => {}
        }
    }
    Ok(())
}

fn first(field: &Field) -> &'static str {
    field.wire.split('.').next().unwrap_or_default()
}

/// The note of a person and our mark share a property.
fn note(table: &Table, body: &Value, raw: &mut Value, current: &Value) -> Result<(), Fault> {
    let there = current["PrivateNote"].as_str().unwrap_or_default();
    let (note, mark) = note_and_mark(there);
    let text = |name: &str, kept: &str| match body.get(name) {
        None => Ok(kept.to_owned()),
        Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(unfit(other, name)),
    };
    let note = text("memo", note)?;
    let mark = text("external_guid", mark.unwrap_or_default())?;
    let mark = Some(mark.as_str()).filter(|mark| !mark.is_empty());
    let max = table.fields().find_map(|field| match field.kind {
        Kind::Note(max) => Some(max as usize),
        _ => None,
    });
    let room = max.unwrap_or(usize::MAX).saturating_sub(80);
    raw["PrivateNote"] = json!(note_of(&text::shorten(&note, room), mark));
    Ok(())
}

fn links(
    field: &Field,
    kind: &str,
    given: &Value,
    raw: &mut Value,
    current: &Value,
) -> Result<(), Fault> {
    let others = current["LinkedTxn"].as_array().into_iter().flatten();
    let mut list: Vec<Value> = others
        .filter(|link| link["TxnType"].as_str() != Some(kind))
        .cloned()
        .collect();
    for id in given.as_array().into_iter().flatten() {
        let id = id.as_str().ok_or_else(|| unfit(id, field.name))?;
        list.push(json!({"TxnId": id, "TxnType": kind}));
    }
    raw["LinkedTxn"] = Value::Array(list);
    Ok(())
}

/// The lines of the lists that are given, and those of the others as they are.
fn all_lines(
    lists: &[(&Field, &'static Lines)],
    body: &Value,
    current: &Value,
    means: &Means,
) -> Result<Vec<Value>, Fault> {
    let there: Vec<&Value> = current.as_array().into_iter().flatten().collect();
    let mut rows = Vec::new();
    for (field, lines) in lists {
        let given = body[field.name].as_array().into_iter().flatten();
        for (nth, line) in given.enumerate() {
            let row = one_line(lines, line, &there, means)
                .map_err(|fault| in_line(fault, field.name, nth))?;
            rows.push(row);
        }
    }
    for row in there {
        let detail = row["DetailType"].as_str().unwrap_or_default();
        let given = lists.iter().any(|(_, lines)| lines.word(detail).is_some());
        if !given && detail != SUBTOTAL {
            rows.push(row.clone());
        }
    }
    Ok(rows)
}

fn in_line(mut fault: Fault, list: &str, nth: usize) -> Fault {
    let inner = fault.field.take().unwrap_or_default();
    fault.field = Some(
        format!("{list}[{nth}].{inner}")
            .trim_end_matches('.')
            .to_owned(),
    );
    fault
}

fn one_line(lines: &Lines, line: &Value, there: &[&Value], means: &Means) -> Result<Value, Fault> {
    let before = line["id"].as_str().and_then(|id| {
        there.iter().find(|row| {
            row["Id"].as_str() == Some(id)
                && row["DetailType"]
                    .as_str()
                    .is_some_and(|detail| lines.word(detail).is_some())
        })
    });
    let word = line["kind"].as_str();
    let kept = before.and_then(|row| row["DetailType"].as_str());
    let detail = match (word, kept) {
        (None, Some(kept)) => kept,
        _ => lines
            .detail(word)
            .ok_or_else(|| unfit(&line["kind"], "kind"))?,
    };
    let mut row = before.map_or_else(|| json!({}), |row| (*row).clone());
    row["DetailType"] = json!(detail);
    if detail != TEXT_ONLY && !row[detail].is_object() {
        row[detail] = json!({});
    }
    let mut from: Option<(&str, &Value)> = None;
    for field in lines.fields.iter().filter(|field| field.is_on(ADD | MOD)) {
        let given = field
            .names()
            .iter()
            .any(|name| line.get(name.as_str()).is_some());
        match field.kind {
            _ if !given => {}
            Kind::From(kind, _) => from = Some((kind, &line[field.name])),
            Kind::FromLine(_) => {}
            _ => {
                put(field, line, &mut row, detail, means)?;
            }
        }
    }
    if let Some((kind, Value::String(id))) = from {
        let mut link = json!({"TxnId": id, "TxnType": kind});
        if let Some(part) = line["purchase_order_line_id"].as_str() {
            link["TxnLineId"] = json!(part);
        }
        row["LinkedTxn"] = json!([link]);
    }
    if detail == GROUP {
        let item = row[GROUP]["ItemRef"].take();
        let count = row[GROUP]["Qty"].take();
        row[GROUP] = json!({"GroupItemRef": item, "Quantity": count});
        return Ok(row);
    }
    amount(line, &mut row, detail, before.is_some());
    Ok(row)
}

/// `Amount` must be quantity times rate; it is worked out where the flow gives none.
fn amount(line: &Value, row: &mut Value, detail: &str, was_there: bool) {
    if !line["amount"].is_null() || detail == "ItemAdjustmentLineDetail" {
        return;
    }
    let touched = ["quantity", "rate"]
        .iter()
        .any(|name| line.get(*name).is_some());
    if was_there && !touched {
        return;
    }
    let quantity = decimal::parse(&row[detail]["Qty"]);
    let rate = decimal::parse(&row[detail]["UnitPrice"]);
    if let (Some(quantity), Some(rate)) = (quantity, rate) {
        let product = quantity.checked_mul(rate).map(decimal::cents);
        if let Some(number) =
            product.and_then(|amount| decimal::to_number(&json!(amount.to_string())))
        {
            row["Amount"] = number;
        }
    }
}

/// Puts a field's value where it stands.
fn put(
    field: &Field,
    body: &Value,
    raw: &mut Value,
    detail: &str,
    means: &Means,
) -> Result<(), Fault> {
    let value = match is_emptied(field, body) {
        true => None,
        false => Some(on_wire(field, body, means)?),
    };
    let mut at = raw;
    let steps: Vec<&str> = field
        .wire
        .split('.')
        .map(|step| if step == "*" { detail } else { step })
        .collect();
    let (last, objects) = steps.split_last().expect("a path has a step");
    for step in objects {
        if !at[*step].is_object() {
            if value.is_none() {
                return Ok(());
            }
            at[*step] = json!({});
        }
        at = &mut at[*step];
    }
    match value {
        Some(value) => at[*last] = value,
        None => {
            if let Some(map) = at.as_object_mut() {
                map.remove(*last);
            }
        }
    }
    Ok(())
}

fn on_wire(field: &Field, body: &Value, means: &Means) -> Result<Value, Fault> {
    let value = &body[field.name];
    let fits = match (field.kind, value) {
        (Kind::Reference(entity), _) => {
            let (id, name) = (&body[field.id_name()], &body[field.full_name()]);
            let id = match (id.as_str().filter(|id| !id.is_empty()), name.as_str()) {
                (Some(id), _) => id.to_owned(),
                (None, Some(name)) => means.names.id(field, entity, name)?,
                _ => return Err(unfit(id, &field.id_name())),
            };
            Some(json!({"value": id}))
        }
        (Kind::Named, _) => {
            let name = &body[field.full_name()];
            let text = name
                .as_str()
                .ok_or_else(|| unfit(name, &field.full_name()))?;
            Some(json!({"value": text, "name": text}))
        }
        (Kind::Text(max), Value::String(text)) => {
            let max = if max == 0 { usize::MAX } else { max as usize };
            match (field.prose, text.chars().count() > max) {
                (true, true) => Some(json!(text::shorten(text, max))),
                (false, true) => return Err(too_long(field.name, text, max)),
                _ => Some(value.clone()),
            }
        }
        (Kind::Flag, Value::Bool(_)) | (Kind::Whole, Value::Number(_)) => Some(value.clone()),
        (Kind::Day, Value::String(day)) => date::day_number(day).map(|_| value.clone()),
        (Kind::Decimal, Value::String(_)) => decimal::to_number(value),
        (Kind::Word(words), Value::String(word)) => {
            let known = words.iter().find(|known| snake(known) == *word);
            known.map(|word| json!(word))
        }
        _ => None,
    };
    fits.ok_or_else(|| unfit(value, field.name))
}

/// A new item says what it is; one that is kept in stock begins with some of it.
fn kind_of_item(table: &Table, body: &Value, raw: &mut Value, means: &Means) -> Result<(), Fault> {
    let word = body["kind"].as_str().unwrap_or_default();
    if word.is_empty() {
        return Err(missing("kind"));
    }
    let kind = table.kinds.iter().find(|kind| snake(kind) == word);
    let kind = kind.ok_or_else(|| unfit(&body["kind"], "kind"))?;
    raw["Type"] = json!(kind);
    if *kind == crate::assumed::INVENTORY {
        let own = [
            ("TrackQtyOnHand", json!(true)),
            ("QtyOnHand", json!(0)),
            ("InvStartDate", json!(means.today)),
        ];
        for (name, value) in own {
            if raw[name].is_null() {
                raw[name] = value;
            }
        }
    }
    Ok(())
}

fn missing(name: &str) -> Fault {
    fault::rejected(text!(
        "qbo-missing",
        "QuickBooks needs {field}",
        field = name
    ))
    .field(name)
}

/// The fault for a value that the field cannot hold.
pub fn unfit(value: &Value, field: &str) -> Fault {
    fault::rejected(text!(
        "qbo-unfit",
        "{value} does not fit {field}",
        value = value,
        field = field
    ))
    .field(field)
}

/// The fault for a text beyond what QuickBooks takes.
pub fn too_long(field: &str, text: &str, max: usize) -> Fault {
    fault::rejected(text!(
        "qbo-too-long",
        "{field} has {length} characters; QuickBooks takes {max}",
        field = field,
        length = text.chars().count(),
        max = max
    ))
    .field(field)
}
