//! Create, update, delete and void: the checks in the vendor's order, then the company's rules.

use rust_decimal::Decimal;
use serde_json::Value;

use super::check;
use super::company::{Company, Id, Row};
use super::refusal::Refusal;
use super::rules;
use super::schema::{Class, Kind};
use super::show;
use super::value::{Values, flag};
use crate::simulator::NowMs;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Or an update, where the body names an id.
    Save,
    Delete,
    Void,
}

/// Who writes: a person needs no SyncToken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    Client,
    Person,
}

#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub hand: Hand,
    /// `include=allowduplicatedocnum`
    pub duplicate_numbers: bool,
}

/// What is shown of the record afterwards.
pub fn write(
    company: &mut Company,
    kind: Kind,
    deed: Deed,
    body: &Values,
    options: Options,
    now: NowMs,
) -> Result<Value, Refusal> {
    if !kind.writable && options.hand == Hand::Client {
        return Err(Refusal::unsupported_operation(&format!("on {}", kind.name)));
    }
    match deed {
        Deed::Save if body.get("Id").is_none_or(Value::is_null) => {
            create(company, kind, body, None, options, now)
        }
        Deed::Save => update(company, kind, body, options, now),
        Deed::Delete => delete(company, kind, body, options, now),
        Deed::Void => void(company, kind, body, options, now),
    }
}

/// A new record by a person's hand, with an id that is given.
pub fn plant(
    company: &mut Company,
    kind: Kind,
    body: &Values,
    id: Option<Id>,
    now: NowMs,
) -> Result<Value, Refusal> {
    let options = Options {
        hand: Hand::Person,
        duplicate_numbers: false,
    };
    create(company, kind, body, id, options, now)
}

fn create(
    company: &mut Company,
    kind: Kind,
    body: &Values,
    id: Option<Id>,
    options: Options,
    now: NowMs,
) -> Result<Value, Refusal> {
    if kind.is("InventoryAdjustment") && !company.switches.inventory_adjustments {
        return Err(Refusal::unsupported_operation("create InventoryAdjustment"));
    }
    let mut values = check::cleaned(company, &kind.fields, body)?;
    values.retain(|_, value| !value.is_null());
    strip(&mut values);
    if kind.class == Class::List && !values.contains_key("Active") {
        values.insert("Active".to_owned(), true.into());
    }
    check::required(&kind.fields, &values, "")?;
    rules::complete(company, kind, &mut values, None, options, now)?;
    let id = match id {
        Some(id) => {
            company.took_id(kind, &id);
            id
        }
        None => company.next_id(kind),
    };
    rules::numbered(company, kind, &mut values);
    rules::opening_stock(company, kind, &id, &mut values);
    let row = Row {
        id: id.clone(),
        sync_token: 0,
        created: now,
        updated: now,
        values,
        paid: Decimal::ZERO,
        deposited: false,
    };
    let others = rules::named_by(&row);
    company.put(kind, row);
    rules::refresh(company, &others, now);
    happened(company, kind, &id, "Create", now);
    Ok(shown(company, kind, &id))
}

fn update(
    company: &mut Company,
    kind: Kind,
    body: &Values,
    options: Options,
    now: NowMs,
) -> Result<Value, Refusal> {
    let mut given = check::cleaned(company, &kind.fields, body)?;
    let row = current(company, kind, body, options)?;
    let sparse = flag(&given, "sparse") == Some(true) || options.hand == Hand::Person;
    strip(&mut given);
    let mut values = match sparse {
        true => row.values.clone(),
        false => rules::survivors(kind, &row.values),
    };
    for (name, value) in given {
        values.insert(name, value);
    }
    values.retain(|_, value| !value.is_null());
    if kind.class == Class::List && !values.contains_key("Active") {
        values.insert("Active".to_owned(), true.into());
    }
    check::required(&kind.fields, &values, "")?;
    rules::complete(company, kind, &mut values, Some(&row), options, now)?;
    let id = row.id.clone();
    let mut others = rules::named_by(&row);
    let row = Row {
        sync_token: row.sync_token + 1,
        updated: now,
        values,
        ..row
    };
    others.extend(rules::named_by(&row));
    company.put(kind, row);
    rules::refresh(company, &others, now);
    happened(company, kind, &id, "Update", now);
    Ok(shown(company, kind, &id))
}

fn delete(
    company: &mut Company,
    kind: Kind,
    body: &Values,
    options: Options,
    now: NowMs,
) -> Result<Value, Refusal> {
    if kind.class != Class::Transaction {
        return Err(Refusal::unsupported_operation(&format!(
            "delete on {}",
            kind.name
        )));
    }
    let row = current(company, kind, body, options)?;
    rules::may_change(company, &row)?;
    let others = rules::named_by(&row);
    company.remove(kind, &row.id, now);
    rules::refresh(company, &others, now);
    happened(company, kind, &row.id, "Delete", now);
    Ok(show::deleted(company, &row.id, None))
}

fn void(
    company: &mut Company,
    kind: Kind,
    body: &Values,
    options: Options,
    now: NowMs,
) -> Result<Value, Refusal> {
    if !kind.is_any(&["Invoice", "SalesReceipt"]) {
        return Err(Refusal::unsupported_operation(&format!(
            "void on {}",
            kind.name
        )));
    }
    let mut row = current(company, kind, body, options)?;
    rules::may_change(company, &row)?;
    rules::voided(&mut row);
    row.sync_token += 1;
    row.updated = now;
    let id = row.id.clone();
    company.put(kind, row);
    happened(company, kind, &id, "Void", now);
    Ok(shown(company, kind, &id))
}

/// The record that a body names, unless somebody else changed it.
fn current(company: &Company, kind: Kind, body: &Values, options: Options) -> Result<Row, Refusal> {
    let id = match body.get("Id") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => return Err(Refusal::missing("Id")),
    };
    let token = match body.get("SyncToken") {
        Some(Value::String(token)) => Some(token.clone()),
        Some(Value::Number(token)) => Some(token.to_string()),
        _ => None,
    };
    if token.is_none() && options.hand == Hand::Client {
        return Err(Refusal::missing("SyncToken"));
    }
    let row = company
        .get(kind, &id)
        .ok_or_else(|| gone(company, kind, &id))?;
    if token.is_some_and(|token| token != row.sync_token.to_string()) {
        return Err(Refusal::stale());
    }
    Ok(row.clone())
}

pub fn gone(company: &Company, kind: Kind, id: &str) -> Refusal {
    let deleted = company.book(kind).gone.iter();
    let was_there = deleted.map(|gone| gone.id.as_str()).any(|gone| gone == id);
    Refusal::not_found(if was_there {
        "Another user has deleted this transaction."
    } else {
        "Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees."
    })
}

/// What says which record is meant is no part of it.
fn strip(values: &mut Values) {
    for name in ["Id", "SyncToken", "sparse", "domain", "status", "MetaData"] {
        values.shift_remove(name);
    }
}

fn happened(company: &mut Company, kind: Kind, id: &Id, deed: &'static str, now: NowMs) {
    let name = kind.name.as_str();
    company.webhooks.happened(name, id.as_str(), deed, now);
}

fn shown(company: &Company, kind: Kind, id: &Id) -> Value {
    let row = company.get(kind, id.as_str());
    row.map_or(Value::Null, |row| show::record(company, kind, row).into())
}
