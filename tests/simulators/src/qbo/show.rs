//! A record as an answer shows it: what is kept, the names of what it refers to, and what is computed.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::company::{Company, Id, Row};
use super::effects;
use super::preferences;
use super::schema::{Class, Field, FieldKind, Kind, entity, shape};
use super::time;
use super::value::{Values, number, text};

pub fn record(company: &Company, kind: Kind, row: &Row) -> Values {
    let mut shown = Values::new();
    for (name, value) in &row.values {
        let field = kind.field(name);
        let value = field.map_or_else(|| value.clone(), |field| filled(company, field, value));
        shown.insert(name.clone(), value);
    }
    computed(company, kind, row, &mut shown);
    shown.insert("domain".to_owned(), "QBO".into());
    shown.insert("sparse".to_owned(), false.into());
    shown.insert("Id".to_owned(), row.id.as_str().into());
    shown.insert("SyncToken".to_owned(), row.sync_token.to_string().into());
    shown.insert("MetaData".to_owned(), meta_data(company, row));
    shown
}

pub fn meta_data(company: &Company, row: &Row) -> Value {
    json!({
        "CreateTime": time::seconds(row.created, &company.zone),
        "LastUpdatedTime": time::seconds(row.updated, &company.zone),
    })
}

/// What an answer says of a record that is no more.
pub fn deleted(company: &Company, id: &Id, at: Option<i64>) -> Value {
    let mut shown = json!({ "domain": "QBO", "status": "Deleted", "Id": id.as_str() });
    if let Some(at) = at {
        shown["MetaData"] = json!({ "LastUpdatedTime": time::seconds(at, &company.zone) });
    }
    shown
}

/// The value with the names of what it refers to.
fn filled(company: &Company, field: &Field, value: &Value) -> Value {
    match (&field.kind, value) {
        (FieldKind::Reference(kinds), Value::Object(reference)) => {
            let id = text(reference, "value");
            let name = kinds.iter().find_map(|kind| {
                let kind = entity(kind)?;
                Some(company.shown_name(kind, company.get(kind, id)?))
            });
            match name {
                Some(name) => json!({ "value": id, "name": name }),
                None => value.clone(),
            }
        }
        (FieldKind::Object(of), Value::Object(object)) => {
            Value::Object(parts(company, shape(of), object))
        }
        (FieldKind::List(of), Value::Array(rows)) => rows
            .iter()
            .map(|row| match row {
                Value::Object(row) => Value::Object(parts(company, shape(of), row)),
                other => other.clone(),
            })
            .collect(),
        _ => value.clone(),
    }
}

fn parts(company: &Company, fields: &[Field], values: &Values) -> Values {
    let shown = values.iter().map(|(name, value)| {
        let field = fields.iter().find(|field| field.name == *name);
        let value = field.map_or_else(|| value.clone(), |field| filled(company, field, value));
        (name.clone(), value)
    });
    shown.collect()
}

/// What is never kept, but follows from other records.
fn computed(company: &Company, kind: Kind, row: &Row, shown: &mut Values) {
    let mut set = |name: &str, value: Value| {
        shown.insert(name.to_owned(), value);
    };
    if kind.class == Class::List && kind.field("FullyQualifiedName").is_some() {
        set("FullyQualifiedName", company.full_name(kind, row).into());
    }
    let owed = |name: &'static str| {
        let balance = company.balances.get(&(name, row.id.clone()));
        number(balance.copied().unwrap_or(Decimal::ZERO))
    };
    match kind.name.as_str() {
        "Customer" => {
            set("Level", company.level(kind, row).into());
            set("Balance", owed("Customer"));
            set("BalanceWithJobs", owed("Customer"));
        }
        "Vendor" => set("Balance", owed("Vendor")),
        "Item" => {
            let level = company.level(kind, row);
            if level > 0 {
                set("Level", level.into());
            }
            if text(&row.values, "Type") == "Inventory" {
                let stock = company.stock.get(&row.id).copied();
                set("QtyOnHand", number(stock.unwrap_or_default()));
            }
        }
        "Invoice" | "Bill" => {
            set("Balance", number(effects::open(row)));
            set("HomeBalance", number(effects::open(row)));
        }
        "SalesReceipt" => set("Balance", number(Decimal::ZERO)),
        "Preferences" => preferences::shown(company, shown),
        _ => {}
    }
    let fields = match kind.name.as_str() {
        "Invoice" | "Estimate" | "SalesReceipt" => &company.sales_fields,
        "PurchaseOrder" => &company.purchase_fields,
        _ => return,
    };
    shown.insert(
        "CustomField".to_owned(),
        custom_fields(fields, row.values.get("CustomField")),
    );
    links(company, kind, row, shown);
}

/// Every field that the company defined, with what the record says in it.
fn custom_fields(defined: &[String], given: Option<&Value>) -> Value {
    let given = given.and_then(Value::as_array).into_iter().flatten();
    let said = |id: &str| {
        let mut given = given.clone();
        given
            .find(|field| field["DefinitionId"] == id)
            .map(|field| field["StringValue"].clone())
    };
    let shown = (1..).zip(defined).map(|(at, name)| {
        let id = at.to_string();
        let value = said(&id).filter(|value| !value.is_null());
        let mut field = json!({ "DefinitionId": id, "Name": name, "Type": "StringType" });
        if let Some(value) = value {
            field["StringValue"] = value;
        }
        field
    });
    shown.collect()
}

/// Links are shown on both sides.
fn links(company: &Company, kind: Kind, row: &Row, shown: &mut Values) {
    let from = company.linked_from(kind, &row.id);
    if from.is_empty() && shown.get("LinkedTxn").is_some() {
        return;
    }
    let mut all = match shown.get("LinkedTxn") {
        Some(Value::Array(own)) => own.clone(),
        _ => Vec::new(),
    };
    let others = from
        .iter()
        .map(|(kind, id)| json!({ "TxnId": id.as_str(), "TxnType": kind }));
    all.extend(others);
    shown.insert("LinkedTxn".to_owned(), all.into());
}
