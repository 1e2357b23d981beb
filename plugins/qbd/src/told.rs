//! From an answer's element to a record.

use crate::field::{snake, Field, Kind, Lines, READ};
use crate::settings::{ItemCode, Settings};
use crate::table::{Table, Variant};
use crate::xml::Element;
use liaison_sdk::prelude::*;
use liaison_sdk::Decimal;

/// How much an answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// A query: custom fields and links too.
    Whole,
    /// The answer to a write, which leaves those out even where there are some.
    Written,
}

/// A record as an answer tells it; none where the element is none of the entity's.
pub fn entry(
    table: &Table,
    settings: &Settings,
    element: &Element<'_>,
    telling: Telling,
) -> Option<Entry> {
    let variant = table.told_by(element.name)?;
    let id = element.text_of(table.id());
    if id.is_empty() {
        return None;
    }
    let mut body = Map::new();
    body.insert("id".to_owned(), json!(id));
    if table.has_kinds() {
        body.insert("kind".to_owned(), json!(variant.word));
    }
    body.insert(
        "created_at".to_owned(),
        instant(element.text_of("TimeCreated")),
    );
    body.insert(
        "updated_at".to_owned(),
        instant(element.text_of("TimeModified")),
    );
    fill(variant.fields, element, telling, &mut body);
    for other in table.variants.iter().filter(|_| table.has_kinds()) {
        untold(other.fields, &mut body);
    }
    if !table.custom.is_empty() && telling == Telling::Whole {
        body.insert("custom_fields".to_owned(), custom(element, "DataExtRet"));
    }
    if table.has_state() {
        state(&mut body);
    }
    if table.has_code() {
        let code = code(settings, &body);
        body.insert("code".to_owned(), code);
    }
    if table.entity == "item" && variant_has_sides(variant) {
        let both = element.child("SalesAndPurchase").is_some();
        body.insert("sides".to_owned(), json!(if both { "both" } else { "one" }));
    }
    let version = element.text_of("EditSequence");
    Some(Entry {
        id: id.to_owned(),
        version: (!version.is_empty()).then(|| version.to_owned()),
        deleted: false,
        body: Value::Object(body).to_string(),
        ext: Vec::new(),
    })
}

/// What an answer does not tell is empty, so that it can be asked about.
fn untold(fields: &[Field], body: &mut Map<String, Value>) {
    for field in fields.iter().filter(|field| field.is_on(READ)) {
        for name in field.names() {
            body.entry(name).or_insert(Value::Null);
        }
    }
}

fn variant_has_sides(variant: &Variant) -> bool {
    variant
        .fields
        .iter()
        .any(|field| matches!(field.kind, Kind::GroupMod(_)))
}

/// A body that has no id of its own: the company, a definition.
pub fn body(fields: &[Field], element: &Element<'_>) -> Map<String, Value> {
    let mut body = Map::new();
    fill(fields, element, Telling::Whole, &mut body);
    body
}

fn fill(fields: &[Field], element: &Element<'_>, telling: Telling, body: &mut Map<String, Value>) {
    for field in fields {
        match field.kind {
            Kind::Group(inner) | Kind::GroupMod(inner) => {
                match element.child(field.wire) {
                    Some(held) => fill(inner, held, telling, body),
                    // The other side of an item may have told some of these.
                    None => untold(inner, body),
                }
            }
            _ if !field.is_on(READ) => {}
            Kind::Reference(..) => {
                let held = element.child(field.wire);
                let text = |name| held.map_or(Value::Null, |held| some(held.text_of(name)));
                body.insert(field.id_name(), text("ListID"));
                body.insert(field.full_name(), text("FullName"));
            }
            Kind::Lines(lines) => {
                body.insert(field.name.to_owned(), parts(field, lines, element, telling));
            }
            Kind::Linked if telling == Telling::Whole => {
                let linked = element.all("LinkedTxn").map(link);
                body.insert(field.name.to_owned(), linked.collect());
            }
            Kind::Links(kind, _) if telling == Telling::Whole => {
                let linked = element.all("LinkedTxn");
                let linked = linked.filter(|linked| linked.text_of("TxnType") == kind);
                let ids = linked.map(|linked| json!(linked.text_of("TxnID")));
                body.insert(field.name.to_owned(), ids.collect());
            }
            Kind::Linked | Kind::Links(..) => {}
            Kind::Custom if telling == Telling::Whole => {
                body.insert(field.name.to_owned(), custom(element, "DataExtRet"));
            }
            Kind::Custom => {}
            Kind::Words => {
                let words = element
                    .all(field.wire)
                    .map(|held| json!(snake(held.text.trim())));
                body.insert(field.name.to_owned(), words.collect());
            }
            _ => {
                let told = element
                    .child(field.wire)
                    .map(|held| value(field, &held.text));
                let value = told.unwrap_or(Value::Null);
                if !(value.is_null() && body.contains_key(field.name)) {
                    body.insert(field.name.to_owned(), value);
                }
            }
        }
    }
}

fn some(text: &str) -> Value {
    match text {
        "" => Value::Null,
        text => json!(text),
    }
}

fn value(field: &Field, text: &str) -> Value {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Value::Null;
    }
    match field.kind {
        Kind::Flag => json!(matches!(trimmed, "true" | "1")),
        Kind::Whole => trimmed
            .parse::<i64>()
            .map_or(Value::Null, |number| json!(number)),
        Kind::Amount | Kind::Price | Kind::Quantity | Kind::Percent | Kind::Float => {
            decimal::to_body(&json!(trimmed.trim_start_matches('+')))
        }
        Kind::Duration => seconds(trimmed).map_or(Value::Null, |seconds| json!(seconds)),
        Kind::Word(_) => json!(snake(trimmed)),
        Kind::Text(_) => json!(text),
        _ => json!(trimmed),
    }
}

/// A time with its offset, as an instant.
fn instant(text: &str) -> Value {
    date::parse_instant(text).map_or(Value::Null, |ms| json!(date::instant(ms)))
}

/// `PT8H30M0S` in seconds.
fn seconds(text: &str) -> Option<i64> {
    let mut rest = text.strip_prefix("PT")?;
    let mut total = 0;
    for (unit, worth) in [('H', 3600), ('M', 60), ('S', 1)] {
        if let Some((number, after)) = rest.split_once(unit) {
            total += number.parse::<i64>().ok()? * worth;
            rest = after;
        }
    }
    rest.is_empty().then_some(total)
}

fn link(linked: &Element<'_>) -> Value {
    json!({
        "id": linked.text_of("TxnID"), "kind": snake(linked.text_of("TxnType")),
        "number": some(linked.text_of("RefNumber")), "date": some(linked.text_of("TxnDate")),
        "amount": decimal::to_body(&json!(linked.text_of("Amount"))),
    })
}

fn custom(element: &Element<'_>, name: &str) -> Value {
    let own = element
        .all(name)
        .filter(|ext| ext.text_of("OwnerID") == "0");
    let pairs = own.map(|ext| {
        let value = ext
            .child("DataExtValue")
            .map_or("", |value| value.text.as_ref());
        (ext.text_of("DataExtName").to_owned(), some(value))
    });
    Value::Object(pairs.collect())
}

/// Lines in their order, groups unfolded: first the group, then what it holds.
fn parts(field: &Field, lines: &Lines, element: &Element<'_>, telling: Telling) -> Value {
    let wire = format!("{}Ret", field.wire);
    let group = lines
        .group
        .map(|(wire, fields)| (format!("{wire}Ret"), fields));
    let mut out = Vec::new();
    for held in &element.children {
        if held.name == wire {
            out.push(line(lines, held, None, telling));
        }
        if let Some((_, fields)) = group.as_ref().filter(|(wire, _)| held.name == wire) {
            let id = held.text_of("TxnLineID");
            let mut body = Map::new();
            body.insert("id".to_owned(), some(id));
            body.insert("kind".to_owned(), json!("group"));
            body.insert("group_line_id".to_owned(), Value::Null);
            fill(fields, held, telling, &mut body);
            untold(lines.fields, &mut body);
            out.push(Value::Object(body));
            let inner = held
                .all(&format!("{}Ret", field.wire))
                .map(|held| line(lines, held, Some(id), telling))
                .collect::<Vec<_>>();
            out.extend(inner);
        }
    }
    Value::Array(out)
}

fn line(lines: &Lines, held: &Element<'_>, group: Option<&str>, telling: Telling) -> Value {
    let mut body = Map::new();
    body.insert("id".to_owned(), some(held.text_of("TxnLineID")));
    if lines.group.is_some() {
        let kind = if held.child("ItemRef").is_some() {
            "item"
        } else {
            "text"
        };
        body.insert("kind".to_owned(), json!(kind));
        body.insert(
            "group_line_id".to_owned(),
            group.map_or(Value::Null, |id| json!(id)),
        );
    }
    fill(lines.fields, held, telling, &mut body);
    Value::Object(body)
}

/// Whether a transaction still stands.
fn state(body: &mut Map<String, Value>) {
    let is = |name: &str| body.get(name) == Some(&json!(true));
    let zero = |name: &str| {
        let amount = body.get(name).and_then(decimal::parse);
        amount.is_none_or(|amount| amount == Decimal::ZERO)
    };
    let memo = body.get("memo").and_then(Value::as_str).unwrap_or_default();
    let voided = memo.starts_with("VOID:") && zero("total") && zero("subtotal");
    let closed = is("manually_closed") && !is("fully_invoiced") && !is("fully_received");
    let inactive = body.get("active") == Some(&json!(false));
    body.insert("voided".to_owned(), json!(voided));
    body.insert("cancelled".to_owned(), json!(voided || closed || inactive));
}

fn code(settings: &Settings, body: &Map<String, Value>) -> Value {
    let of = |name: &str| body.get(name).cloned().unwrap_or(Value::Null);
    match settings.item_code() {
        ItemCode::Name => of("name"),
        ItemCode::FullName => of("full_name"),
        ItemCode::PartNumber => of("part_number"),
        ItemCode::BarCode => of("bar_code"),
        ItemCode::Custom(name) => {
            let fields = body
                .get("custom_fields")
                .and_then(|fields| fields.get(name));
            fields.cloned().unwrap_or(Value::Null)
        }
    }
}
