//! One entity: its object at QuickBooks, its fields, and what can be done with it.

use crate::assumed::FILTERS;
use crate::field::{self, Field, Kind as FieldKind, ADD, MOD};
use crate::tables::TABLES;
use liaison_sdk::prelude::*;

/// One entity.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub entity: &'static str,
    pub kind: Kind,
    /// The object's name, as it stands in answers; in paths it is in small letters.
    pub object: &'static str,
    pub own: &'static [Field],
    /// Further fields: the addresses.
    pub parts: &'static [&'static [Field]],
    /// Words of the property `Type`, where records are of kinds.
    pub kinds: &'static [&'static str],
    /// Fields by which records are found.
    pub keys: &'static [&'static str],
    /// The field by which a new record is recognised when the answer was lost.
    pub marker: Option<&'static str>,
}

/// What QuickBooks lets us do with an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Made, changed and made inactive, never deleted.
    List,
    /// Made, changed and deleted.
    Transaction,
    /// Changed by an adjustment of its own.
    Stock,
    /// Read for mapping.
    ReadOnly,
}

/// The entity of this name.
pub fn named(entity: &str) -> Result<&'static Table, Fault> {
    let table = TABLES.iter().copied().find(|table| table.entity == entity);
    table.ok_or_else(|| fault::no_such_entity(entity))
}

impl Table {
    pub const fn of(
        entity: &'static str,
        kind: Kind,
        object: &'static str,
        own: &'static [Field],
    ) -> Self {
        Self {
            entity,
            kind,
            object,
            own,
            parts: &[],
            kinds: &[],
            keys: &[],
            marker: None,
        }
    }

    /// The word in the path.
    pub fn path(&self) -> String {
        self.object.to_lowercase()
    }

    pub fn fields(&self) -> impl Iterator<Item = &'static Field> {
        let parts = self.parts.iter().flat_map(|part| part.iter());
        self.own.iter().chain(parts)
    }

    /// The field that has this name in bodies.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields()
            .find(|field| field.names().iter().any(|known| known == name))
    }

    pub fn is_transaction(&self) -> bool {
        self.kind == Kind::Transaction
    }

    pub fn creates(&self) -> bool {
        matches!(self.kind, Kind::List | Kind::Transaction)
    }

    pub fn updates(&self) -> bool {
        self.kind != Kind::ReadOnly
    }

    /// Whether what is new is known only by reading all: the small lists, and the stock, of which nothing says that
    /// the item's stamp moves with it.
    pub fn is_scanned(&self) -> bool {
        matches!(self.kind, Kind::ReadOnly | Kind::Stock)
    }

    /// Whether records have a code, as the setting `item_code_field` says.
    pub fn has_code(&self) -> bool {
        self.object == "Item"
    }

    pub fn has_kinds(&self) -> bool {
        !self.kinds.is_empty()
    }

    /// Whether inactive records are left out unless they are asked for.
    pub fn has_active(&self) -> bool {
        self.field("active").is_some()
    }

    /// The property of QuickBooks by which a field can be asked for.
    pub fn asked_by(&self, name: &str) -> Option<&'static str> {
        match name {
            "id" => return Some("Id"),
            "updated_at" => return Some("MetaData.LastUpdatedTime"),
            "created_at" => return Some("MetaData.CreateTime"),
            _ => {}
        }
        let field = self.field(name)?;
        let known = FILTERS
            .iter()
            .any(|(object, wire)| *object == self.object && *wire == field.wire);
        // A reference is asked for by its id.
        let whole = !matches!(field.kind, FieldKind::Reference(_)) || field.id_name() == name;
        (known && whole).then_some(field.wire)
    }

    /// The JSON Schema of its bodies.
    pub fn schema(&self) -> Value {
        let mut properties = Map::new();
        let mut own = |name: &str, schema: Value| {
            properties.insert(name.to_owned(), schema);
        };
        own(
            "id",
            json!({"type": "string", "x-liaison-read-only": true, "x-liaison-title": "Id"}),
        );
        if self.has_kinds() {
            let words = self.kinds.iter().map(|word| json!(field::snake(word)));
            own(
                "kind",
                json!({"type": "string", "enum": words.collect::<Vec<_>>(), "x-liaison-title": "Kind",
                    "description": "Set when the record is made."}),
            );
        }
        let stamp = |title: &str| {
            json!({"type": ["string", "null"], "format": "date-time", "x-liaison-read-only": true,
                "x-liaison-stamp": true, "x-liaison-title": title})
        };
        own("created_at", stamp("Created"));
        own("updated_at", stamp("Changed"));
        if self.is_transaction() {
            let state = |title: &str, words: &str| json!({"type": "boolean", "x-liaison-read-only": true, "x-liaison-title": title, "description": words});
            own(
                "voided",
                state("Voided", "Amounts are 0 and the private note says so."),
            );
            own(
                "cancelled",
                state("Cancelled", "Voided, or an estimate that was rejected."),
            );
        }
        if self.has_code() {
            own(
                "code",
                json!({"type": ["string", "null"], "x-liaison-read-only": true, "x-liaison-title": "Code",
                    "description": "What the setting `item_code_field` names: name, full_name or sku."}),
            );
        }
        for field in self.fields() {
            field.schemas(&mut properties);
        }
        if !self.updates() {
            for schema in properties.values_mut() {
                schema["x-liaison-read-only"] = json!(true);
            }
        }
        json!({"type": "object", "properties": properties})
    }

    /// The names that a new record, or a change, may hold.
    pub fn takes(&self, name: &str, is_new: bool) -> bool {
        let message = if is_new { ADD } else { MOD };
        match self.field(name) {
            Some(field) => field.is_on(message),
            None => name == "kind" && self.has_kinds() && is_new,
        }
    }
}
