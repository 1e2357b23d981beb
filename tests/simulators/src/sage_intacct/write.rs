//! `create`, `update` and `delete`, and the same by people and by a seed.
//!
//! A record is read, completed, checked and kept, or nothing of it is.

use super::act::{Act, Hand};
use super::company::Row;
use super::functions::{Done, Failed, permit};
use super::refusal::Refusal;
use super::schema::{self, Access, Kind, Object};
use super::wire::Element;
use super::{contract, customer, invoicing, line, receivable, value};

/// Most records of one `create` or `update`, and most keys of one `delete`.
const RECORDS_MAX: usize = 100;

/// What an element says about an object: its leaves by dotted name, and the lists within.
#[derive(Debug, Default)]
pub struct Given {
    pub values: Vec<(String, String)>,
    pub lists: Vec<Element>,
}

impl Given {
    fn read(object: &'static Object, element: &Element) -> Self {
        let mut given = Self::default();
        given.collect(object, "", element);
        given
    }

    fn collect(&mut self, object: &'static Object, prefix: &str, element: &Element) {
        for child in &element.children {
            let name = format!("{prefix}{}", child.name);
            let kind = object.field(&name).map(|field| field.kind);
            if kind == Some(Kind::List) {
                self.lists.push(child.clone());
            } else if !child.children.is_empty() {
                self.collect(object, &format!("{name}."), child);
            } else if !(child.text.is_empty() && is_container(object, &name)) {
                self.values.push((name, child.text.clone()));
            }
        }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.values.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Takes out what stands under a name: the display contact of a customer.
    pub fn take(&mut self, name: &str) -> Option<Element> {
        let prefix = format!("{name}.");
        let (inner, rest) = std::mem::take(&mut self.values)
            .into_iter()
            .partition(|(known, _)| known.starts_with(&prefix));
        self.values = rest;
        let inner: Vec<(String, String)> = inner;
        let leaves: Vec<Element> = inner
            .into_iter()
            .map(|(known, text)| Element::leaf(&known[prefix.len()..], text))
            .collect();
        (!leaves.is_empty()).then(|| Element::with(name, leaves))
    }

    fn apply(
        &self,
        act: &Act<'_>,
        object: &'static Object,
        row: &mut Row,
        old: Option<&Row>,
    ) -> Result<(), Refusal> {
        let docparid = row.get("DOCPARID").to_owned();
        let offset = act.switches.modified_offset_minutes;
        for (name, text) in &self.values {
            let Some(field) = act.company.field(object, name, Some(&docparid)) else {
                if act.switches.unknown_fields_refused || act.hand != Hand::Api {
                    let text = format!("{name} is not a valid field of {}", object.name);
                    return Err(Refusal::general(text));
                }
                continue;
            };
            let text = match field.kind {
                Kind::Text => text.as_str(),
                _ => text.trim(),
            };
            let value = match text {
                "" => String::new(),
                text => value::parse(field, text, offset).map_err(Refusal::illegal)?,
            };
            let same = old.is_some_and(|old| old.get(name) == value);
            if field.read_only && act.hand != Hand::Seed {
                if same || name == "RECORDNO" && old.is_some() {
                    continue;
                }
                if act.switches.read_only_fields_refused {
                    let text = format!("{name} is read-only and cannot be set");
                    return Err(Refusal::general(text));
                }
                continue;
            }
            if field.fixed && old.is_some() && !same {
                return Err(Refusal::general(format!("{name} cannot be changed")));
            }
            match (&field.default, value.is_empty()) {
                (Some(default), true) if old.is_some() => row.set(name, default.as_str()),
                _ => row.set(name, value),
            }
        }
        Ok(())
    }
}

/// Whether a name without text holds others: `<MAILADDRESS/>`.
fn is_container(object: &Object, name: &str) -> bool {
    let prefix = format!("{name}.");
    let owned = object.relation(name).is_some_and(|relation| relation.owned);
    owned
        || object
            .fields
            .iter()
            .any(|field| field.name.starts_with(&prefix))
}

/// A new record; its key.
pub fn create(
    act: &mut Act<'_>,
    object: &'static Object,
    element: &Element,
) -> Result<i64, Refusal> {
    let before = act.company.clone();
    let made = build(act, object, element);
    made.map_err(|refusal| {
        *act.company = before;
        refusal.so(format!("Could not create {} record!", object.title))
    })
}

fn build(act: &mut Act<'_>, object: &'static Object, element: &Element) -> Result<i64, Refusal> {
    if object.access != Access::Write && act.hand == Hand::Api {
        return Err(Refusal::general(format!(
            "create is not supported for {}",
            object.name
        )));
    }
    let mut given = Given::read(object, element);
    let mut row = Row::default();
    let contact = given
        .take("DISPLAYCONTACT")
        .filter(|_| object.name == "CUSTOMER");
    given.apply(act, object, &mut row, None)?;
    row.key = match act.hand {
        Hand::Seed => row.key_of("RECORDNO").unwrap_or_default(),
        Hand::Api | Hand::Person => 0,
    };
    for field in &object.fields {
        if let Some(default) = &field.default {
            row.fill(&field.name, default);
        }
    }
    if let Some(id) = &object.id
        && !row.has(id)
        && let Some(next) = act.company.next_id(&object.name)
    {
        row.set(id, next);
    }
    required(act, object, &row)?;
    references(act, object, None, &row)?;
    if let Some(id) = &object.id
        && act.company.by_id(&object.name, row.get(id)).is_some()
    {
        return Err(Refusal::duplicate(&object.title, row.get(id)));
    }
    match object.name.as_str() {
        "CUSTOMER" => customer::complete(act, &mut row, contact.as_ref(), &given)?,
        "CONTRACT" => contract::check(act, None, &mut row)?,
        "CONTRACTDETAIL" => line::check(act, None, &mut row)?,
        "ARINVOICE" => receivable::complete(act, &mut row, &given)?,
        _ => {}
    }
    let key = act.insert(object, row);
    match object.name.as_str() {
        "CONTACT" => customer::new_version(act, key),
        "CONTRACTDETAIL" => line::after(act, key),
        "ARINVOICE" => receivable::items(act, key, &given)?,
        "GENINVOICEPREVIEW" => invoicing::preview(act, key),
        "GENINVOICERUN" => invoicing::run(act, key)?,
        _ => {}
    }
    Ok(key)
}

/// Changes what an element names; what it leaves out stays.
pub fn update(
    act: &mut Act<'_>,
    object: &'static Object,
    element: &Element,
) -> Result<i64, Refusal> {
    let before = act.company.clone();
    let changed = change(act, object, element);
    changed.map_err(|refusal| {
        *act.company = before;
        refusal.so(format!("Could not update {} record!", object.title))
    })
}

fn change(act: &mut Act<'_>, object: &'static Object, element: &Element) -> Result<i64, Refusal> {
    if object.access == Access::Read && act.hand == Hand::Api {
        return Err(Refusal::general(format!(
            "update is not supported for {}",
            object.name
        )));
    }
    let mut given = Given::read(object, element);
    let old = find(act, object, &given)?;
    if object.name == "CONTRACT" && act.switches.contract_update_repeats && act.hand == Hand::Api {
        let mut repeated = ["BEGINDATE", "TERMNAME", "LOCATIONID"].into_iter();
        if let Some(name) = repeated.find(|name| given.get(name).is_none()) {
            return Err(Refusal::missing(name));
        }
    }
    let contact = given
        .take("DISPLAYCONTACT")
        .filter(|_| object.name == "CUSTOMER");
    let mut row = old.clone();
    given.apply(act, object, &mut row, Some(&old))?;
    required(act, object, &row)?;
    references(act, object, Some(&old), &row)?;
    match object.name.as_str() {
        "CUSTOMER" => customer::change(act, &mut row, contact.as_ref(), &given)?,
        "CONTRACT" => contract::check(act, Some(&old), &mut row)?,
        "CONTRACTDETAIL" => line::check(act, Some(&old), &mut row)?,
        "ARINVOICE" => receivable::check_change(&old)?,
        _ => {}
    }
    let key = row.key;
    act.put(object, row);
    match object.name.as_str() {
        "CONTACT" => customer::new_version(act, key),
        "CONTRACTDETAIL" => line::after(act, key),
        "SODOCUMENT" => invoicing::mirror_again(act, key),
        _ => {}
    }
    Ok(key)
}

/// The record that an update is about: by `RECORDNO`, or by its business id.
fn find(act: &Act<'_>, object: &'static Object, given: &Given) -> Result<Row, Refusal> {
    let id_field = object.id.as_deref();
    let id = id_field
        .and_then(|field| given.get(field))
        .unwrap_or_default();
    let number = given.get("RECORDNO").map(str::trim).unwrap_or_default();
    let found = if number.is_empty() {
        act.company
            .by_id(&object.name, id)
            .filter(|_| !id.is_empty())
    } else {
        let key = number.parse().ok();
        key.and_then(|key| act.company.get(&object.name, key))
    };
    let found = found.filter(|row| act.sees(object, row, true));
    found.cloned().ok_or_else(|| {
        let key = if number.is_empty() { id } else { number };
        Refusal::general(format!(
            "Cannot find {} with key '{key}' to update.",
            object.title.to_lowercase()
        ))
    })
}

fn required(act: &Act<'_>, object: &'static Object, row: &Row) -> Result<(), Refusal> {
    if act.hand == Hand::Seed && object.access == Access::Read && object.id.is_none() {
        return Ok(());
    }
    let own = object.fields.iter().filter(|field| field.required);
    let custom = act.company.custom_fields(object, None);
    let custom = custom.filter(|field| field.required && act.hand == Hand::Api);
    let id = object.id.iter().map(String::as_str);
    let names = own.chain(custom).map(|field| field.name.as_str()).chain(id);
    match names.into_iter().find(|name| !row.has(name)) {
        None => Ok(()),
        Some(name) => Err(Refusal::missing(name)),
    }
}

/// Every id that is new in a record must name something.
fn references(
    act: &Act<'_>,
    object: &'static Object,
    old: Option<&Row>,
    row: &Row,
) -> Result<(), Refusal> {
    for field in &object.fields {
        let (Some(other), value) = (&field.reference, row.get(&field.name)) else {
            continue;
        };
        if value.is_empty() || old.is_some_and(|old| old.get(&field.name) == value) {
            continue;
        }
        let other = schema::known(other);
        let found = act.company.by_id(&other.name, value);
        if !found.is_some_and(|found| act.sees(other, found, true)) {
            return Err(Refusal::invalid(&other.title, value));
        }
    }
    Ok(())
}

/// Deletes one record, with what belongs to it.
pub fn delete(act: &mut Act<'_>, object: &'static Object, key: i64) -> Result<(), Refusal> {
    let title = object.title.to_lowercase();
    let missing = || Refusal::general(format!("Cannot find {title} with key {key} to delete."));
    let row = act
        .company
        .get(&object.name, key)
        .ok_or_else(missing)?
        .clone();
    if !act.sees(object, &row, true) {
        return Err(missing());
    }
    match object.name.as_str() {
        "CONTRACT" => contract::before_delete(act, &row)?,
        "CONTRACTDETAIL" => line::before_delete(act, &row)?,
        "ARINVOICE" => receivable::before_delete(act, &row)?,
        "CONTACT" => customer::before_contact_goes(act, &row)?,
        _ => {}
    }
    if let Some(id) = &object.id
        && let Some(user) = user_of(act, object, row.get(id))
    {
        let text = format!("{} {} is used by {user}", object.title, row.get(id));
        return Err(Refusal::general(text));
    }
    act.remove(object, key);
    Ok(())
}

/// Who refers to a record by its business id.
fn user_of(act: &Act<'_>, object: &Object, id: &str) -> Option<String> {
    let mut fields = schema::objects().iter().flat_map(|other| {
        let fields = other.fields.iter();
        let fields = fields.filter(|field| field.reference.as_deref() == Some(&object.name));
        fields.map(move |field| (other, field))
    });
    fields.find_map(|(other, field)| {
        let row = act.company.rows_with(&other.name, &field.name, id).next()?;
        Some(format!("{} {}", other.title, row.key))
    })
}

fn object_of(element: &Element) -> Result<&'static Object, Refusal> {
    schema::object(&element.name).ok_or_else(|| Refusal::no_object("WS", &element.name))
}

pub fn create_all(act: &mut Act<'_>, call: &Element) -> Result<Done, Failed> {
    many(act, call, |act, element| {
        let object = object_of(element)?;
        permit(act, "create", object)?;
        create(act, object, element).map(|key| (object, key))
    })
}

pub fn update_all(act: &mut Act<'_>, call: &Element) -> Result<Done, Failed> {
    many(act, call, |act, element| {
        let object = object_of(element)?;
        permit(act, "update", object)?;
        update(act, object, element).map(|key| (object, key))
    })
}

/// Each record for itself: those that can be written are, even where others are refused.
fn many(
    act: &mut Act<'_>,
    call: &Element,
    mut write: impl FnMut(&mut Act<'_>, &Element) -> Result<(&'static Object, i64), Refusal>,
) -> Result<Done, Failed> {
    if call.children.is_empty() || call.children.len() > RECORDS_MAX {
        let text = format!("{} takes 1 to {RECORDS_MAX} records", call.name);
        return Err(Refusal::general(text).into());
    }
    let mut written = Vec::new();
    let mut complaints = Vec::new();
    for element in &call.children {
        match write(act, element) {
            Ok((object, key)) => written.push(made(act, object, key)),
            Err(refusal) => complaints.extend(refusal.0),
        }
    }
    let mut data = Element::new("data");
    data.set("listtype", "objects");
    data.set("count", written.len());
    data.children = written;
    if complaints.is_empty() {
        return Ok(Done::Elements(vec![data]));
    }
    Err(Failed {
        refusal: Refusal(complaints),
        data: Some(data),
    })
}

/// What the answer says about a written record: its keys, under its name in small letters.
pub fn made(act: &Act<'_>, object: &'static Object, key: i64) -> Element {
    let mut children = vec![Element::leaf("RECORDNO", key)];
    if let (Some(id), Some(row)) = (&object.id, act.company.get(&object.name, key)) {
        children.push(Element::leaf(id.as_str(), row.get(id)));
    }
    Element::with(object.name.to_lowercase(), children)
}

pub fn delete_all(act: &mut Act<'_>, call: &Element) -> Result<Done, Refusal> {
    let name = call.get("object").unwrap_or_default().trim();
    let object = schema::object(name).ok_or_else(|| Refusal::no_object("WS", name))?;
    permit(act, "delete", object)?;
    if object.access != Access::Write {
        let text = format!("delete is not supported for {}", object.name);
        return Err(Refusal::general(text));
    }
    let keys = call
        .get("keys")
        .unwrap_or_default()
        .split(',')
        .map(str::trim);
    let keys: Vec<&str> = keys.filter(|key| !key.is_empty()).collect();
    if keys.is_empty() || keys.len() > RECORDS_MAX {
        let text = format!("delete takes 1 to {RECORDS_MAX} keys");
        return Err(Refusal::general(text));
    }
    let before = act.company.clone();
    for key in keys {
        let number = key.parse().unwrap_or_default();
        if let Err(refusal) = delete(act, object, number) {
            *act.company = before;
            return Err(refusal);
        }
    }
    Ok(Done::Nothing)
}
