//! What an org knows of its objects and fields: the standard ones from `objects.txt`, custom ones added by a
//! seed, a person or the tooling API.
//!
//! Names are found without regard to capitals and shown as they were declared.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::declared;
use super::field::Field;
use super::kind::Kind;
use super::time::Stamp;

#[derive(Debug, Clone)]
pub struct Object {
    pub name: String,
    pub label: String,
    pub plural: String,
    pub prefix: String,
    pub custom: bool,
    /// Made and changed by nobody outside: what the platform ships.
    pub read_only: bool,
    pub deletable: bool,
    /// A platform event: published, never kept.
    pub event: bool,
    /// Whether the integration user sees it at all.
    pub hidden: bool,
    /// When its fields last changed, for conditional describes.
    pub changed: Stamp,
    fields: Vec<Arc<Field>>,
    by_name: HashMap<String, usize>,
}

impl Object {
    pub fn new(name: &str, label: &str, plural: &str, prefix: &str) -> Self {
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            plural: plural.to_owned(),
            prefix: prefix.to_owned(),
            custom: name.ends_with("__c") || name.ends_with("__e"),
            read_only: false,
            deletable: true,
            event: name.ends_with("__e"),
            hidden: false,
            changed: 0,
            fields: Vec::new(),
            by_name: HashMap::new(),
        }
    }

    /// All fields, those hidden from the integration user too.
    pub fn fields(&self) -> impl Iterator<Item = &Arc<Field>> {
        self.fields.iter()
    }

    /// A field whoever asks.
    pub fn field(&self, name: &str) -> Option<&Arc<Field>> {
        self.by_name
            .get(&name.to_ascii_lowercase())
            .and_then(|at| self.fields.get(*at))
    }

    /// A field that the integration user sees.
    pub fn visible(&self, name: &str) -> Option<&Arc<Field>> {
        self.field(name).filter(|field| !field.is_hidden())
    }

    /// The reference field of a relationship: `Owner` → `OwnerId`.
    pub fn relationship(&self, name: &str) -> Option<&Arc<Field>> {
        let mut fields = self.fields.iter();
        fields.find(|field| {
            field
                .relationship
                .as_ref()
                .is_some_and(|known| known.eq_ignore_ascii_case(name))
        })
    }

    pub fn name_field(&self) -> Option<&Arc<Field>> {
        self.fields.iter().find(|field| field.name_field)
    }

    /// Adds a field, or puts it in the place of one of that name.
    pub fn put(&mut self, field: Field) {
        let key = field.name.to_ascii_lowercase();
        match self.by_name.get(&key) {
            Some(at) => self.fields[*at] = Arc::new(field),
            None => {
                self.by_name.insert(key, self.fields.len());
                self.fields.push(Arc::new(field));
            }
        }
    }
}

#[derive(Debug, Clone)]
pub struct Schema {
    objects: BTreeMap<String, Object>,
}

impl Schema {
    /// The standard objects.
    pub fn standard() -> Self {
        let mut schema = Self {
            objects: BTreeMap::new(),
        };
        for object in declared::standard() {
            schema.put(object);
        }
        schema
    }

    pub fn put(&mut self, object: Object) {
        self.objects
            .insert(object.name.to_ascii_lowercase(), object);
    }

    /// An object whoever asks.
    pub fn object(&self, name: &str) -> Option<&Object> {
        self.objects.get(&name.to_ascii_lowercase())
    }

    /// An object that the integration user sees.
    pub fn visible(&self, name: &str) -> Option<&Object> {
        self.object(name).filter(|object| !object.hidden)
    }

    pub fn object_mut(&mut self, name: &str) -> Option<&mut Object> {
        self.objects.get_mut(&name.to_ascii_lowercase())
    }

    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    pub fn by_prefix(&self, prefix: &str) -> Option<&Object> {
        self.objects.values().find(|object| object.prefix == prefix)
    }

    /// The objects and reference fields that point to `object`.
    pub fn pointing_to(&self, object: &str) -> Vec<(&Object, &Arc<Field>)> {
        let each = self.objects.values().flat_map(|from| {
            let fields = from.fields();
            fields.map(move |field| (from, field))
        });
        each.filter(|(_, field)| field.to.iter().any(|to| to == object))
            .collect()
    }

    /// The child object and its reference field of `SELECT … FROM name` below `parent`.
    pub fn children(&self, parent: &str, name: &str) -> Option<(&Object, &Arc<Field>)> {
        let mut pointing = self.pointing_to(parent).into_iter();
        pointing.find(|(_, field)| {
            field
                .children
                .as_ref()
                .is_some_and(|known| known.eq_ignore_ascii_case(name))
        })
    }

    /// A key prefix for one more custom object: a00, a01 …
    pub fn free_prefix(&self, event: bool) -> String {
        let first = if event { 'e' } else { 'a' };
        let mut numbers = (0..1296_u32).map(|n| {
            let digit = |n: u32| char::from_digit(n, 36).unwrap_or('0');
            format!("{first}{}{}", digit(n / 36), digit(n % 36))
        });
        numbers
            .find(|prefix| self.by_prefix(prefix).is_none() && prefix != "e00")
            .unwrap_or_else(|| "azZ".to_owned())
    }

    /// Sets the values of a picklist that rows of another object define.
    pub fn set_picklist(
        &mut self,
        object: &str,
        field: &str,
        values: Vec<String>,
        default: Option<String>,
    ) {
        if let Some(object) = self.object_mut(object)
            && let Some(old) = object.field(field)
        {
            let mut new = Field::clone(old);
            new.values = values;
            new.default = default.map(Value::String);
            object.put(new);
        }
    }
}

/// The fields that every object has.
pub fn system_fields(object: &mut Object) {
    let kept = |name: &str, kind: Kind| Field {
        required: true,
        defaulted: true,
        ..Field::new(name, kind).kept()
    };
    let by = |name: &str, way: &str| Field {
        to: vec!["User".to_owned()],
        relationship: Some(way.to_owned()),
        ..kept(name, Kind::Reference)
    };
    object.put(kept("Id", Kind::Id));
    object.put(kept("IsDeleted", Kind::Boolean));
    object.put(kept("CreatedDate", Kind::Datetime));
    object.put(by("CreatedById", "CreatedBy"));
    object.put(kept("LastModifiedDate", Kind::Datetime));
    object.put(by("LastModifiedById", "LastModifiedBy"));
    object.put(kept("SystemModstamp", Kind::Datetime));
}
