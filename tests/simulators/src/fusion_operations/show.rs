//! A record as an answer shows it: names of the wire, codes for references, times in UTC, and what is
//! counted from other records.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::book::{Record, Values};
use super::company::{Company, decimal, lines, number, text};
use super::resource::Resource;
use super::schema::{Field, Kind};
use super::time;

pub fn record(company: &Company, resource: Resource, record: &Record) -> Value {
    let schema = &company.schema;
    let mut shown = Map::new();
    shown.insert(schema.common("id").to_owned(), json!(record.id));
    let values = with_counted(company, resource, record);
    shown.extend(shape(company, resource.word(), &values));
    for (meaning, at) in [
        ("created-at", record.created),
        ("updated-at", record.updated),
    ] {
        shown.insert(schema.common(meaning).to_owned(), time::written(at).into());
    }
    Value::Object(shown)
}

pub fn shape(company: &Company, name: &str, values: &Values) -> Values {
    let fields = company.schema.shape(name).iter();
    let shown = fields.filter_map(|field| {
        let value = match values.get(&field.meaning) {
            Some(value) => plain(company, field, value),
            None => empty(company, field)?,
        };
        Some((field.wire.clone(), value))
    });
    shown.collect()
}

/// Lists are shown empty; of anything else nothing is shown, or `null`.
fn empty(company: &Company, field: &Field) -> Option<Value> {
    match field.kind {
        Kind::List(_) | Kind::Tags | Kind::References(_) => Some(json!([])),
        Kind::Custom => Some(json!({})),
        Kind::Parts(_) if company.switches.many_shipments => Some(json!([])),
        _ => company.switches.nulls_shown.then_some(Value::Null),
    }
}

fn plain(company: &Company, field: &Field, value: &Value) -> Value {
    let key = |to: Resource, id: &Value| {
        let id = id.as_str().unwrap_or_default();
        let key = company.key(to, id);
        match (to, key) {
            (Resource::Workers, Some(key)) => Value::Number(key.parse().expect("its number")),
            (_, key) => key.into(),
        }
    };
    match &field.kind {
        Kind::Time => time::written(value.as_i64().unwrap_or_default()).into(),
        Kind::Reference(to) => key(*to, value),
        Kind::References(to) => {
            let all = value.as_array().into_iter().flatten();
            all.map(|id| key(*to, id)).collect()
        }
        Kind::Object(of) => nested(company, of, value),
        Kind::List(of) => {
            let rows = value.as_array().into_iter().flatten();
            rows.map(|row| nested(company, of, row)).collect()
        }
        Kind::Parts(of) => {
            let parts = value.as_array().map(Vec::as_slice).unwrap_or_default();
            if !company.switches.many_shipments {
                return parts.last().map(|part| nested(company, of, part)).into();
            }
            let id = company.schema.common("id");
            let with_id = parts.iter().map(|part| {
                let mut shown = Map::new();
                shown.insert(id.to_owned(), part["id"].clone());
                shown.extend(
                    nested(company, of, part)
                        .as_object()
                        .cloned()
                        .unwrap_or_default(),
                );
                Value::Object(shown)
            });
            with_id.collect()
        }
        _ => value.clone(),
    }
}

fn nested(company: &Company, of: &str, value: &Value) -> Value {
    let mut values = value.as_object().cloned().unwrap_or_default();
    if of == "worker-named" {
        let worker = company.book(Resource::Workers).get(text(&values, "number"));
        if let Some(name) = worker.and_then(|worker| worker.values.get("name")) {
            values.insert("name".to_owned(), name.clone());
        }
    }
    Value::Object(shape(company, of, &values))
}

/// The values with what is never stored: what was shipped, received, made, and how long it took.
fn with_counted(company: &Company, resource: Resource, record: &Record) -> Values {
    let mut values = record.values.clone();
    let (column, moved) = match resource {
        Resource::SalesOrders => ("quantity-shipped", moved(&record.values, "shipping")),
        Resource::PurchaseOrders => ("quantity-received", moved(&record.values, "receiving")),
        Resource::ProductionOrders => {
            let made = company.produced.range((record.id.clone(), String::new())..);
            let made = made.take_while(|((order, _), _)| *order == record.id);
            let made = made.map(|((_, product), made)| (product.clone(), *made));
            ("quantity-produced", made.collect())
        }
        Resource::Productions => {
            if let Some(seconds) = seconds(&record.values) {
                values.insert("duration-seconds".to_owned(), number(seconds));
            }
            return values;
        }
        _ => return values,
    };
    let counts = spread(&record.values, moved);
    let rows = values.get_mut("products").and_then(Value::as_array_mut);
    for (row, count) in rows.into_iter().flatten().zip(counts) {
        row[column] = number(count);
    }
    values
}

/// How long a production record took: as told, else from its start to its end.
pub fn seconds(values: &Values) -> Option<Decimal> {
    if values.contains_key("duration-seconds") {
        return Some(decimal(values, "duration-seconds"));
    }
    let start = values.get("start-date")?.as_i64()?;
    Some((values.get("end-date")?.as_i64()? - start).into())
}

/// Quantities by product over all shipments, or receptions, of an order.
pub fn moved(order: &Values, parts: &str) -> BTreeMap<String, Decimal> {
    let mut sums = BTreeMap::new();
    for line in lines(order, parts).flat_map(|part| lines(part, "products")) {
        let product = text(line, "product").to_owned();
        *sums.entry(product).or_insert(Decimal::ZERO) += decimal(line, "quantity");
    }
    sums
}

/// A product's quantity over the lines that order it, in their order; the last takes what is over.
fn spread(order: &Values, mut sums: BTreeMap<String, Decimal>) -> Vec<Decimal> {
    let rows: Vec<&Values> = lines(order, "products").collect();
    let each = rows.iter().enumerate().map(|(at, row)| {
        let product = text(row, "product");
        let is_last = !rows[at + 1..]
            .iter()
            .any(|row| text(row, "product") == product);
        let Some(left) = sums.get_mut(product) else {
            return Decimal::ZERO;
        };
        let share = match is_last {
            true => *left,
            false => (*left).min(decimal(row, "quantity-ordered")),
        };
        *left -= share;
        share
    });
    each.collect()
}
