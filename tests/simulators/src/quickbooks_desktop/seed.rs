//! Objects to start with, and all objects as they are.
//!
//! A seed is `{"company": {"name", "path", "fields"}, "switches": {…}, "custom_fields": [{"name",
//! "objects", "type", "owner"}], "Customer": [{…}], …}`. Objects carry the names of the vendor's `…Add`
//! request, references by full name; kinds no request adds take the names of their answers.

use serde_json::{Map, Value, json};

use super::answer::{Wanted, Writer};
use super::as_json;
use super::company::{Company, Object, Serial};
use super::data_ext;
use super::edit::Edited;
use super::kind::{self, KINDS, Kind};
use super::notation::TABLE;
use super::quickbooks::QuickBooks;
use super::status::Status;
use super::switches::Switches;
use super::xml::Element;
use crate::simulator::NowMs;

/// Adds what a seed holds, lists first; answers with the ids by kind.
pub fn seed(books: &mut QuickBooks, seed: &Value, now: NowMs) -> Result<Value, String> {
    let seed = seed.as_object().ok_or("a seed is an object")?;
    for name in seed.keys() {
        let known = ["company", "switches", "custom_fields"].contains(&name.as_str());
        if !known && kind::named(name).is_none() {
            return Err(format!("a seed has no `{name}`"));
        }
    }
    if let Some(switches) = seed.get("switches") {
        let switches = switches.as_object().ok_or("`switches` is an object")?;
        for (name, value) in switches {
            books.switches.set(name, value)?;
        }
    }
    if let Some(company) = seed.get("company") {
        describe(books, company)?;
    }
    for field in rows(seed.get("custom_fields"))? {
        define(books.company_mut(), field)?;
    }
    let mut ids = Map::new();
    for kind in &KINDS {
        let mut of_kind = Vec::new();
        for record in rows(seed.get(kind.name))? {
            let serial =
                add(books, kind, record, now).map_err(|e| format!("{}: {e}", kind.name))?;
            of_kind.extend(
                books
                    .company()
                    .object(serial)
                    .map(|object| json!(object.id)),
            );
        }
        if !of_kind.is_empty() {
            ids.insert(kind.name.to_owned(), Value::Array(of_kind));
        }
    }
    Ok(Value::Object(ids))
}

fn rows(value: Option<&Value>) -> Result<&[Value], String> {
    match value {
        None => Ok(&[]),
        Some(value) => {
            let rows = value.as_array().ok_or("a kind's objects are an array")?;
            Ok(rows)
        }
    }
}

/// Gives the open company file its name, path and address.
fn describe(books: &mut QuickBooks, value: &Value) -> Result<(), String> {
    let value = value.as_object().ok_or("`company` is an object")?;
    let mut company = books
        .files
        .remove(&books.company().path.clone())
        .ok_or("no company")?;
    if let Some(name) = value.get("name").and_then(Value::as_str) {
        name.clone_into(&mut company.name);
    }
    if let Some(path) = value.get("path").and_then(Value::as_str) {
        path.clone_into(&mut company.path);
    }
    if let Some(fields) = value.get("fields").and_then(Value::as_object) {
        company.fields = as_json::to_children(fields)?;
    }
    books.open = Some(company.path.clone());
    books.files.insert(company.path.clone(), company);
    Ok(())
}

/// A custom field, defined as a person would.
pub fn define(company: &mut Company, field: &Value) -> Result<Value, String> {
    let name = field["name"]
        .as_str()
        .ok_or("a custom field has a `name`")?;
    let mut children = vec![
        Element::leaf("OwnerID", field["owner"].as_str().unwrap_or("0")),
        Element::leaf("DataExtName", name),
        Element::leaf(
            "DataExtType",
            field["type"].as_str().unwrap_or("STR255TYPE"),
        ),
    ];
    let objects = field["objects"]
        .as_array()
        .ok_or("a custom field has `objects`")?;
    let objects = objects.iter().filter_map(Value::as_str);
    children.extend(objects.map(|object| Element::leaf("AssignToObject", object)));
    let made = data_ext::define(company, &Element::with("DataExtDefAdd", children));
    made.map(|_| json!({"defined": name}))
        .map_err(|status| status.message)
}

/// Adds one object as a person would.
pub fn add(
    books: &mut QuickBooks,
    kind: &'static Kind,
    record: &Value,
    now: NowMs,
) -> Result<Serial, String> {
    let record = record.as_object().ok_or("a record is an object")?;
    let request = Element::with(format!("{}Add", kind.name), as_json::to_children(record)?);
    let now_s = now.div_euclid(1000);
    let path = books.company().path.clone();
    let mut editor = books.editor(&path, now_s).ok_or("no company")?;
    let Edited { serial, warning } = editor.add(kind, &request).map_err(said)?;
    if let Some(status) = warning {
        return Err(said(status));
    }
    keep_by_hand(books.company_mut(), serial, &request)?;
    Ok(serial)
}

/// What only a person can set: custom fields of the header, and that something is paid.
pub fn keep_by_hand(
    company: &mut Company,
    serial: Serial,
    request: &Element,
) -> Result<(), String> {
    let kind = company.object(serial).map(|object| object.kind);
    let mut extensions = Vec::new();
    for field in request.all("DataExt") {
        let mut value = data_ext::Extension::read(field);
        let definition = data_ext::check(company, kind, &value).map_err(said)?;
        value.kind.clone_from(&definition.kind);
        extensions.push(value);
    }
    if let Some(object) = company.edit(serial) {
        for value in extensions {
            data_ext::set(&mut object.extensions, value);
        }
        if let Some(paid) = request.child("IsPaid") {
            object.set(paid.clone());
        }
    }
    Ok(())
}

pub fn said(status: Status) -> String {
    format!("{}: {}", status.code, status.message)
}

/// Objects of one company as JSON.
pub struct Shown<'a> {
    writer: Writer<'a>,
    wanted: Wanted,
}

impl<'a> Shown<'a> {
    pub fn new(company: &'a Company, switches: &'a Switches) -> Self {
        let mut wanted = Wanted::everything();
        let owners = company
            .definitions
            .iter()
            .map(|definition| definition.owner.clone());
        wanted.owners.extend(owners.filter(|owner| owner != "0"));
        Self {
            writer: Writer::new(company, &switches.clock),
            wanted,
        }
    }

    pub fn one(&self, object: &Object) -> Value {
        let answer = self.writer.write(object, &self.wanted);
        let parts = TABLE.row(&answer.name).map_or(&[][..], |row| &row.parts);
        as_json::from_element(&answer, parts)
    }
}

/// Everything: company, counts, objects by kind, what was deleted.
pub fn state(books: &QuickBooks) -> Value {
    let company = books.company();
    let shown = Shown::new(company, &books.switches);
    let mut state = Map::new();
    state.insert(
        "company".to_owned(),
        json!({
            "name": company.name,
            "path": company.path,
            "open": books.open,
            "files": books.files.keys().collect::<Vec<_>>(),
            "private": company.extensions.iter().map(|e| {
                json!({"owner": e.owner, "name": e.name, "value": e.value})
            }).collect::<Vec<_>>(),
            "message_sets": company.message_sets.len(),
        }),
    );
    state.insert("switches".to_owned(), books.switches.show());
    state.insert("counts".to_owned(), json!(company.counts()));
    for kind in &KINDS {
        let objects: Vec<Value> = company
            .of(kind.name)
            .map(|object| shown.one(object))
            .collect();
        if !objects.is_empty() {
            state.insert(kind.name.to_owned(), Value::Array(objects));
        }
    }
    let deleted = company
        .deleted
        .iter()
        .map(|deleted| json!({"kind": deleted.kind.name, "id": deleted.id, "name": deleted.name}));
    state.insert("deleted".to_owned(), deleted.collect());
    Value::Object(state)
}
