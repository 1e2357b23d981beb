//! What an object looks like to the integration user: its fields, as `describe` tells them.
//!
//! Which custom fields an org has, and which of all fields this user may see, only Salesforce knows. So every
//! query names the fields that `describe` shows, and nothing else. A description is large and rarely changes:
//! what is needed of it is kept in the connection's memory and asked for again "if modified since".

use crate::api::{Api, Call, Request};
use crate::assumed::DESCRIBE_MS;
use crate::description;
use crate::refusal::{self, About, Asked};
use crate::refusal_words as say;
use crate::settings::{is_name, not_a_name};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// An object, as this user sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    pub object: String,
    pub columns: Vec<Column>,
    /// The record types that this user may use: developer name and id.
    #[serde(default)]
    pub record_types: Vec<(String, String)>,
    /// When it was last known to be so.
    at_ms: u64,
    /// What the vendor said about when it last changed.
    modified: Option<String>,
}

/// A field: name, kind, and what holds of it. A tuple, because hundreds of them are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column(pub String, pub Kind, pub u8);

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    #[serde(rename = "t")]
    Text,
    /// Several words of a picklist in one text.
    #[serde(rename = "w")]
    Words,
    #[serde(rename = "r")]
    Reference,
    #[serde(rename = "b")]
    Bool,
    #[serde(rename = "i")]
    Int,
    #[serde(rename = "n")]
    Decimal,
    #[serde(rename = "d")]
    Date,
    #[serde(rename = "s")]
    Instant,
}

/// The field that says of which record type a record is, and the path to that type's name.
pub const RECORD_TYPE_ID: &str = "RecordTypeId";
pub const TYPE_NAME: &str = "RecordType.DeveloperName";

/// Fields of all rows of a page. The host takes 250,000 JSON values in one answer, a name and a value each; a
/// guest has 64 MiB.
const CELLS_MAX: usize = 60_000;

const CREATEABLE: u8 = 1;
const UPDATEABLE: u8 = 2;
const EXTERNAL: u8 = 4;
const UNIQUE: u8 = 8;
const FILTERABLE: u8 = 16;

impl Column {
    pub fn name(&self) -> &str {
        &self.0
    }

    pub fn kind(&self) -> Kind {
        self.1
    }

    pub fn is_createable(&self) -> bool {
        self.2 & CREATEABLE != 0
    }

    pub fn is_updateable(&self) -> bool {
        self.2 & UPDATEABLE != 0
    }

    /// An upsert can go by it.
    pub fn is_external(&self) -> bool {
        self.2 & EXTERNAL != 0
    }

    pub fn is_unique(&self) -> bool {
        self.2 & UNIQUE != 0
    }

    pub fn is_filterable(&self) -> bool {
        self.2 & FILTERABLE != 0
    }

    /// A field of a description; none for what is only a view of others (an address) or too large for a
    /// record (a file).
    fn of(field: &Value) -> Option<Self> {
        let kind = match field["type"].as_str()? {
            "id" | "reference" => Kind::Reference,
            "boolean" => Kind::Bool,
            "int" => Kind::Int,
            "double" | "currency" | "percent" | "long" => Kind::Decimal,
            "date" => Kind::Date,
            "datetime" => Kind::Instant,
            "multipicklist" => Kind::Words,
            "address" | "location" | "base64" | "anyType" | "complexvalue" => return None,
            _ => Kind::Text,
        };
        let flags = [
            ("createable", CREATEABLE),
            ("updateable", UPDATEABLE),
            ("externalId", EXTERNAL),
            ("unique", UNIQUE),
            ("filterable", FILTERABLE),
        ];
        let holds = flags
            .into_iter()
            .filter(|(name, _)| field[*name].as_bool().unwrap_or(*name == "filterable"));
        let mut bits = holds.fold(0, |bits, (_, bit)| bits | bit);
        if field["type"] == "time" {
            // Its literals stand without quotes; it is left to us.
            bits &= !FILTERABLE;
        }
        Some(Self(field["name"].as_str()?.to_owned(), kind, bits))
    }
}

impl Shape {
    /// From a description.
    pub fn of(object: &str, told: &Value) -> Option<Self> {
        let fields = told["fields"].as_array()?;
        let mut columns: Vec<Column> = fields.iter().filter_map(Column::of).collect();
        if columns.iter().any(|column| column.name() == RECORD_TYPE_ID) {
            columns.push(Column(TYPE_NAME.to_owned(), Kind::Text, FILTERABLE));
        }
        let types = told["recordTypeInfos"].as_array().into_iter().flatten();
        let usable = types.filter(|kind| {
            let is = |flag: &str, usual: bool| kind[flag].as_bool().unwrap_or(usual);
            is("available", true) && is("active", true) && !is("master", false)
        });
        let pair = |kind: &Value| {
            let id = crate::id::full(kind["recordTypeId"].as_str()?)?;
            Some((kind["developerName"].as_str()?.to_owned(), id))
        };
        Some(Self {
            object: object.to_owned(),
            columns,
            record_types: usable.filter_map(pair).collect(),
            at_ms: 0,
            modified: None,
        })
    }

    /// How many rows fit into the memory of a guest and into one answer to the host: of an object with hundreds
    /// of fields, fewer.
    pub fn rows_max(&self) -> usize {
        (CELLS_MAX / self.columns.len().max(1)).clamp(20, 2_000)
    }

    /// The names of the fields of its own, without what is read of other objects.
    pub fn own_names(&self) -> impl Iterator<Item = &str> {
        let names = self.columns.iter().map(Column::name);
        names.filter(|name| !name.contains('.'))
    }

    /// The names of what is read of other objects.
    pub fn names_over_a_dot(&self) -> impl Iterator<Item = &str> {
        let names = self.columns.iter().map(Column::name);
        names.filter(|name| name.contains('.'))
    }

    /// Where in a row those objects stand.
    pub fn parents(&self) -> impl Iterator<Item = &str> {
        let names = self.names_over_a_dot();
        names.filter_map(|name| name.split_once('.').map(|(parent, _)| parent))
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.0 == name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.column(name).is_some()
    }

    /// The column of a field that a flow names.
    pub fn named(&self, name: &str) -> Result<&Column, Fault> {
        self.column(name)
            .ok_or_else(|| say::no_field(&self.object, name).field(name))
    }

    pub fn about(&self, asked: Asked) -> About {
        About::new(&self.object, asked)
    }
}

/// What an object looks like, as it is remembered or as the vendor tells it.
pub fn shape(api: &Api, object: &str) -> Result<Rc<Shape>, Fault> {
    if let Some(shape) = api.shapes.borrow().get(object) {
        return Ok(Rc::clone(shape));
    }
    let host = api.host();
    let kept = remembered(host, object);
    let now_ms = host.now_ms();
    let shape = match kept {
        Some(shape) if now_ms.saturating_sub(shape.at_ms) < DESCRIBE_MS => shape,
        kept => {
            let shape = ask(api, object, kept)?;
            let shape = Shape {
                at_ms: now_ms,
                ..shape
            };
            api.asked.borrow_mut().insert(object.to_owned());
            // Where it is too large to be kept it is asked for each time.
            let _ = host.memory_set(&key(object), &cursor::encode(&shape));
            shape
        }
    };
    let shape = Rc::new(shape);
    let mut shapes = api.shapes.borrow_mut();
    shapes.insert(object.to_owned(), Rc::clone(&shape));
    Ok(shape)
}

/// What is made of an object's shape. Where the one that is remembered does not serve it is asked for again, once:
/// a field may have been added or granted since.
pub fn with_shape<T>(
    api: &Api,
    object: &str,
    make: impl Fn(&Shape) -> Result<T, Fault>,
) -> Result<T, Fault> {
    match make(&*shape(api, object)?) {
        Err(fault) if is_stale(api, object, &fault) => {
            forget(api, object);
            make(&*shape(api, object)?)
        }
        other => other,
    }
}

/// Whether a refusal may come from a shape that is not right any more: it is about fields, and the shape was not
/// asked for in this very call.
pub fn is_stale(api: &Api, object: &str, fault: &Fault) -> bool {
    let told = fault.vendor_code.as_deref().unwrap_or_default();
    let ours = [
        "salesforce-no-field",
        "salesforce-no-key-field",
        "salesforce-field-closed",
        "salesforce-no-record-types",
        "salesforce-no-record-type",
    ];
    let is_about_fields = ["INVALID_FIELD", "INVALID_TYPE"].contains(&told)
        || ours.contains(&fault.message.key.as_str());
    is_about_fields && !api.asked.borrow().contains(object)
}

/// Drops what is remembered of an object: a field was taken away or hidden since.
pub fn forget(api: &Api, object: &str) {
    api.shapes.borrow_mut().remove(object);
    api.host().memory_delete(&key(object));
}

fn key(object: &str) -> String {
    format!("describe:{object}")
}

fn remembered(host: &dyn Host, object: &str) -> Option<Shape> {
    let shape: Shape = serde_json::from_slice(&host.memory_get(&key(object))?).ok()?;
    (shape.object == object).then_some(shape)
}

fn ask(api: &Api, object: &str, kept: Option<Shape>) -> Result<Shape, Fault> {
    if !is_name(object) {
        return Err(not_a_name(object));
    }
    let since = kept.as_ref().and_then(|shape| shape.modified.clone());
    let about = About::new(object, Asked::Read);
    let answer = api.send(&Request {
        call: Call::Read,
        headers: since
            .map(|since| ("If-Modified-Since", since))
            .into_iter()
            .collect(),
        ..Request::get(&format!("sobjects/{object}/describe"))
    })?;
    match (answer.status(), kept) {
        (304, Some(shape)) => return Ok(shape),
        (404, _) => return Err(refusal::quoted(say::no_object(object), &answer)),
        _ if !answer.is_success() => return Err(refusal::of_read(&answer, &about)),
        _ => {}
    }
    let told = description::of(&answer)?;
    let shape = Shape::of(object, &told).ok_or_else(|| answer.rubbish())?;
    Ok(Shape {
        modified: answer.0.header("last-modified").map(str::to_owned),
        ..shape
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_field_has_its_kind() {
        for (told, kind, filterable) in [
            ("id", Some(Kind::Reference), true),
            ("reference", Some(Kind::Reference), true),
            ("string", Some(Kind::Text), true),
            ("textarea", Some(Kind::Text), true),
            ("picklist", Some(Kind::Text), true),
            ("combobox", Some(Kind::Text), true),
            ("phone", Some(Kind::Text), true),
            ("email", Some(Kind::Text), true),
            ("url", Some(Kind::Text), true),
            ("encryptedstring", Some(Kind::Text), true),
            ("time", Some(Kind::Text), false),
            ("multipicklist", Some(Kind::Words), true),
            ("boolean", Some(Kind::Bool), true),
            ("int", Some(Kind::Int), true),
            ("double", Some(Kind::Decimal), true),
            ("currency", Some(Kind::Decimal), true),
            ("percent", Some(Kind::Decimal), true),
            ("date", Some(Kind::Date), true),
            ("datetime", Some(Kind::Instant), true),
            // Views of other fields, and what is too large for a record.
            ("address", None, true),
            ("location", None, true),
            ("base64", None, true),
            ("anyType", None, true),
        ] {
            let column = Column::of(&json!({"name": "F__c", "type": told}));
            assert_eq!(column.as_ref().map(Column::kind), kind, "{told}");
            assert!(
                column.is_none_or(|column| column.is_filterable() == filterable),
                "{told}"
            );
        }
    }

    #[test]
    fn pages_of_wide_objects_are_short() {
        for (columns, rows) in [
            (0, 2_000),
            (30, 2_000),
            (120, 500),
            (600, 100),
            (900, 66),
            (9_000, 20),
        ] {
            let shape = Shape {
                columns: vec![Column("F".to_owned(), Kind::Text, 0); columns],
                ..Shape::default()
            };
            assert_eq!(shape.rows_max(), rows, "{columns}");
        }
    }

    #[test]
    fn a_shape_is_kept_small_and_whole() {
        let key = json!({"name": "K__c", "type": "string", "createable": true, "updateable": true, "externalId": true,
            "unique": true, "filterable": true});
        let long =
            json!({"name": "L__c", "type": "textarea", "createable": true, "filterable": false});
        let shape =
            Shape::of("X__c", &json!({"fields": [key, long, {"name": "no type"}]})).unwrap();
        let bytes = cursor::encode(&shape);
        let kept: Shape = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(kept, shape);
        let (key, long) = (shape.column("K__c").unwrap(), shape.column("L__c").unwrap());
        assert!(key.is_external() && key.is_unique() && key.is_updateable() && key.is_filterable());
        assert!(long.is_createable() && !long.is_updateable() && !long.is_filterable());
        assert_eq!(shape.columns.len(), 2);
        let many: Vec<Value> = (0..900)
            .map(|n| json!({"name": format!("ns__A_Field_Of_A_Package_{n}__c"), "type": "string"}))
            .collect();
        let shape = Shape::of("X__c", &json!({ "fields": many })).unwrap();
        assert!(
            cursor::encode(&shape).len() < 64 << 10,
            "the memory takes 64 KiB"
        );
    }
}
