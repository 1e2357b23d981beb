//! An entity as a table of fields, and records between the two forms.

use crate::api::Api;
use crate::field::{from_wire, same, Field, Kind, Part, Writing};
use crate::question::RECORD_NUMBER;
use crate::reply::{text_of, Row};
use crate::settings::is_field;
use crate::shape::{self, Shape};
use liaison_sdk::prelude::*;

/// Our id on a record; the field that carries it has its name from the settings.
pub const EXTERNAL_ID: &str = "external_id";
/// Custom fields by their ids.
pub const CUSTOM: &str = "custom_fields";
/// The parts of a document or a contract.
pub const LINES: &str = "lines";
/// When a record was last changed.
pub const MODIFIED: &str = "WHENMODIFIED";

/// Which transaction definition the documents of an entity have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Definition {
    /// It is no document.
    None,
    Invoices,
    Orders,
}

/// How records are recognised when an answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// By our id in a custom field.
    ByMarker,
    /// By their own id, which the flow gives.
    ById,
    /// Nothing is created.
    Never,
}

/// One entity.
#[derive(Debug)]
pub struct Table {
    pub entity: &'static str,
    pub object: &'static str,
    /// The field with the id.
    pub id: &'static str,
    pub fields: &'static [Field],
    /// Fields of the parts, where records have such.
    pub lines: &'static [Field],
    /// By what records can be looked up, beside the id.
    pub keys: &'static [&'static str],
    pub definition: Definition,
    pub recognised: Recognised,
    pub updates: bool,
    /// Whether changes can be asked for by time.
    pub has_stamp: bool,
}

impl Table {
    pub fn creates(&self) -> bool {
        self.recognised != Recognised::Never
    }

    /// The transaction definition of this connection.
    pub fn definition(&self, api: &Api) -> Option<String> {
        match self.definition {
            Definition::None => None,
            Definition::Invoices => Some(api.settings.invoice_definition().to_owned()),
            Definition::Orders => api.settings.order_definition().map(str::to_owned),
        }
    }

    pub fn shape(&self, api: &Api) -> Result<Shape, Fault> {
        shape::of(api, self.object, self.definition(api).as_deref())
    }

    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether our id can stand on its records.
    pub fn can_be_marked(&self) -> bool {
        self.recognised == Recognised::ByMarker
    }

    /// Whether it does here: documents of every definition have no custom fields in common.
    pub fn is_marked(&self, api: &Api) -> bool {
        let defined = self.definition == Definition::None || self.definition(api).is_some();
        self.can_be_marked() && defined
    }

    /// What stands on the wire for a field, custom ones included.
    pub fn wire(&self, api: &Api, name: &str) -> Option<(String, Kind)> {
        if name == "id" {
            return Some((self.id.to_owned(), Kind::Text));
        }
        if name == EXTERNAL_ID && self.is_marked(api) {
            return Some((self.marker(api), Kind::Text));
        }
        if let Some(custom) = name.strip_prefix("custom_fields.") {
            return is_field(custom).then(|| (custom.to_uppercase(), Kind::Text));
        }
        let field = self.field(name)?;
        Some((field.wire.to_owned(), field.kind))
    }

    /// The fields to ask for: all that this company has.
    pub fn select(&self, api: &Api, shape: &Shape) -> Vec<String> {
        let mut select: Vec<String> = vec![RECORD_NUMBER.to_owned(), self.id.to_owned()];
        if self.has_stamp {
            select.push(MODIFIED.to_owned());
        }
        let fields = self.fields.iter().map(|field| field.wire);
        select.extend(fields.filter(|wire| shape.has(wire)).map(str::to_owned));
        let marker = self.marker(api);
        if self.is_marked(api) && shape.has_custom(&marker) {
            select.push(marker);
        }
        select.extend(shape.custom().map(str::to_owned));
        let mut seen = std::collections::BTreeSet::new();
        select.retain(|wire| seen.insert(wire.clone()));
        select
    }

    /// A row as a record. Lines, where there are any, are put in by the caller.
    pub fn entry(&self, api: &Api, shape: &Shape, row: &Row) -> Option<Entry> {
        let id = text_of(row, self.id);
        if id.is_empty() {
            return None;
        }
        let mut body = Map::new();
        body.insert("id".to_owned(), json!(id));
        for field in self.fields {
            if let Some(value) = field.value_in(row, api.offset) {
                body.insert(field.name.to_owned(), value);
            }
        }
        let marker = self.marker(api);
        if let Some(text) = row.get(&marker).filter(|_| self.is_marked(api)) {
            body.insert(EXTERNAL_ID.to_owned(), from_wire(Kind::Text, text, 0));
        }
        let custom = custom_fields(shape, &marker, row);
        if !custom.is_empty() {
            body.insert(CUSTOM.to_owned(), Value::Object(custom));
        }
        let version = text_of(row, MODIFIED);
        Some(Entry {
            id: id.to_owned(),
            version: (!version.is_empty()).then(|| version.to_owned()),
            deleted: false,
            body: Value::Object(body).to_string(),
            ext: Vec::new(),
        })
    }

    /// The parts of a new record, checked. Fields in `aside` are the caller's.
    pub fn new_parts(
        &self,
        api: &Api,
        body: &Map<String, Value>,
        aside: &[&str],
    ) -> Result<Vec<Part>, Fault> {
        let parts = parts_of(api, self.entity, self.fields, body, aside, "")?;
        for field in self.fields.iter().filter(|field| field.needed) {
            if body.get(field.name).is_none_or(filter::is_empty) {
                return Err(needed(self.entity, field.name));
            }
        }
        Ok(parts)
    }

    /// The custom field that carries our id.
    pub fn marker(&self, api: &Api) -> String {
        api.settings.marker(self.entity)
    }

    /// Our id as it stands on a record.
    pub fn mark(&self, api: &Api, id: &Value) -> Part {
        let text = id.as_str().unwrap_or_default().trim().to_owned();
        (self.marker(api), text)
    }

    /// What an update changes of a record, and whether Intacct still lets it.
    pub fn changes(
        &self,
        api: &Api,
        body: &Map<String, Value>,
        before: &Map<String, Value>,
        is_draft: bool,
        aside: &[&str],
    ) -> Result<Vec<Part>, Fault> {
        let mut parts = Vec::new();
        for (name, value) in body {
            if name == "id" || aside.contains(&name.as_str()) {
                continue;
            }
            if name == CUSTOM {
                let known = before.get(CUSTOM);
                for (wire, text) in custom_parts(value)? {
                    let was = known.and_then(|known| known.get(&wire));
                    let was = was.unwrap_or(&Value::Null);
                    if was.as_str().unwrap_or_default() != text {
                        parts.push((wire, text));
                    }
                }
                continue;
            }
            let was = before.get(name).unwrap_or(&Value::Null);
            if name == EXTERNAL_ID && self.is_marked(api) {
                match filter::is_empty(was) {
                    // A record that was adopted gets it late.
                    true if !filter::is_empty(value) => parts.push(self.mark(api, value)),
                    true => {}
                    false if same(Kind::Text, value, was) => {}
                    false => return Err(marker_stays()),
                }
                continue;
            }
            let field = self
                .field(name)
                .ok_or_else(|| no_field(self.entity, name))?;
            if same(field.kind, value, was) {
                continue;
            }
            may_change(self.entity, field, is_draft)?;
            parts.push(field.put(value, api)?);
        }
        self.fill(api, before, &mut parts)?;
        Ok(parts)
    }
}

impl Table {
    /// Whether an update reaches into an inner object or replaces it is not published: so whatever of it is known goes
    /// along as it is.
    fn fill(
        &self,
        api: &Api,
        before: &Map<String, Value>,
        parts: &mut Vec<Part>,
    ) -> Result<(), Fault> {
        let outer = |wire: &str| wire.split_once('.').map(|(outer, _)| outer.to_owned());
        let touched: Vec<String> = parts.iter().filter_map(|(wire, _)| outer(wire)).collect();
        for field in self.fields.iter().filter(|f| f.writing == Writing::Any) {
            let inside = outer(field.wire).is_some_and(|outer| touched.contains(&outer));
            let told = parts.iter().any(|(wire, _)| wire == field.wire);
            let now = before
                .get(field.name)
                .filter(|value| !filter::is_empty(value));
            if let (true, false, Some(now)) = (inside, told, now) {
                parts.push(field.put(now, api)?);
            }
        }
        Ok(())
    }
}

/// The parts that a body gives, empty ones left out.
pub fn parts_of(
    api: &Api,
    entity: &str,
    fields: &'static [Field],
    body: &Map<String, Value>,
    aside: &[&str],
    place: &str,
) -> Result<Vec<Part>, Fault> {
    let mut parts = Vec::new();
    for (name, value) in body {
        if name == "id" || aside.contains(&name.as_str()) || filter::is_empty(value) {
            continue;
        }
        if name == CUSTOM {
            let given = custom_parts(value)?.into_iter();
            parts.extend(given.filter(|(_, text)| !text.is_empty()));
            continue;
        }
        let field = fields.iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| no_field(entity, &format!("{place}{name}")))?;
        // A body that was read and is sent to a new record may hold what is set by the system.
        if field.writing != Writing::Never {
            parts.push(field.put(value, api).map_err(|fault| {
                let name = format!("{place}{}", fault.field.as_deref().unwrap_or(name));
                fault.field(&name)
            })?);
        }
    }
    // The order of the table, whatever that of the body was.
    let at = |wire: &str| {
        fields
            .iter()
            .position(|f| f.wire == wire)
            .unwrap_or(usize::MAX)
    };
    parts.sort_by_key(|(wire, _)| at(wire));
    Ok(parts)
}

/// The custom fields of a row, but that with our id.
pub fn custom_fields(shape: &Shape, marker: &str, row: &Row) -> Map<String, Value> {
    let others = shape.custom().filter(|wire| *wire != marker);
    let told = others.filter_map(|wire| {
        let value = from_wire(Kind::Text, row.get(wire)?, 0);
        Some((wire.to_owned(), value))
    });
    told.collect()
}

pub fn custom_parts(value: &Value) -> Result<Vec<Part>, Fault> {
    let unfit = || crate::field::unfit(CUSTOM, value);
    let mut parts = Vec::new();
    for (wire, value) in value.as_object().into_iter().flatten() {
        let text = match value {
            Value::Null => String::new(),
            Value::String(text) => text.trim().to_owned(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            _ => return Err(unfit()),
        };
        if !is_field(wire) {
            return Err(no_field("custom_fields", wire));
        }
        parts.push((wire.to_uppercase(), text));
    }
    Ok(parts)
}

/// Whether Intacct still lets a field be changed, in words where it does not.
pub fn may_change(entity: &str, field: &Field, is_draft: bool) -> Result<(), Fault> {
    let refusal = match field.writing {
        Writing::Any => return Ok(()),
        Writing::Draft if is_draft => return Ok(()),
        Writing::Draft => text!(
            "intacct-posted",
            "The {entity} is posted, and Intacct lets {field} be changed on a draft only; change it in Intacct, or leave it to be set when the record is made",
            entity = entity,
            field = field.name
        ),
        Writing::Once => text!(
            "intacct-only-once",
            "{field} is set when the {entity} is made and never changed after that",
            field = field.name,
            entity = entity
        ),
        Writing::Never => text!(
            "intacct-read-only",
            "{field} is set by Sage Intacct and cannot be written",
            field = field.name
        ),
    };
    Err(fault::rejected(refusal).field(field.name))
}

fn marker_stays() -> Fault {
    fault::rejected(text!(
        "intacct-marker-stays",
        "external_id is how liaison recognises what it made; it is set once and never changed"
    ))
    .field(EXTERNAL_ID)
}

pub fn needed(entity: &str, field: &str) -> Fault {
    fault::rejected(text!(
        "intacct-needed",
        "A {entity} needs {field}",
        entity = entity,
        field = field
    ))
    .field(field)
}

pub fn no_field(entity: &str, field: &str) -> Fault {
    fault::rejected(text!(
        "intacct-no-field",
        "{entity} has no field {field}",
        entity = entity,
        field = field
    ))
    .field(field)
}
