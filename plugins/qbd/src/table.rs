//! The shape of an entity: one table each, which reading, writing, look-ups and the manifest share.

use crate::field::{Field, READ};
use crate::tables::TABLES;
use liaison_sdk::prelude::*;

/// The id of the one company: a flow can name it without knowing the file.
pub const SINGLE_ID: &str = "company";

/// One entity.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    pub entity: &'static str,
    pub shape: Shape,
    /// What is asked: `Item` for `ItemQueryRq`.
    pub query: &'static str,
    /// The kinds of records that such a query answers with; most entities have one.
    pub variants: &'static [Variant],
    /// What `DataExtAdd` calls it, where records carry custom fields.
    pub custom: &'static str,
    /// What deleted records of it are called.
    pub deleted: &'static [&'static str],
    /// Whether a query may be read in parts.
    pub iterates: bool,
    /// Which record of another entity, by its field, a query may ask for: `EntityFilter`.
    pub owner: Option<(&'static str, &'static str)>,
    /// Fields, besides the id, by which records can be looked up.
    pub keys: &'static [&'static str],
    /// A change of it is a transaction of its own, which moves it: `InventoryAdjustmentAdd`.
    pub adjusts: bool,
}

/// How records are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A list with full names, told by `FullName`.
    Tree,
    /// A list without.
    List,
    /// A transaction with a number.
    Transaction,
    /// A transaction without one.
    Unnumbered,
    /// One record that is always there.
    Single,
    /// The definitions of custom fields.
    Definitions,
}

/// One kind of record of an entity.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// Its word in the field `kind`; nothing where the entity has but one.
    pub word: &'static str,
    /// Before `Add`, `Mod` and `Ret`.
    pub wire: &'static str,
    pub fields: &'static [Field],
    pub adds: bool,
    pub changes: bool,
}

/// The entity of this name.
pub fn named(entity: &str) -> Result<&'static Table, Fault> {
    let table = TABLES.iter().copied().find(|table| table.entity == entity);
    table.ok_or_else(|| fault::no_such_entity(entity))
}

impl Variant {
    /// One that can be read, made and changed.
    pub const fn of(wire: &'static str, fields: &'static [Field]) -> Self {
        Self {
            word: "",
            wire,
            fields,
            adds: true,
            changes: true,
        }
    }

    pub const fn word(mut self, word: &'static str) -> Self {
        self.word = word;
        self
    }

    pub const fn read_only(mut self) -> Self {
        self.adds = false;
        self.changes = false;
        self
    }

    pub const fn no_changes(mut self) -> Self {
        self.changes = false;
        self
    }
}

impl Table {
    pub const fn of(
        entity: &'static str,
        shape: Shape,
        query: &'static str,
        variants: &'static [Variant],
    ) -> Self {
        Self {
            entity,
            shape,
            query,
            variants,
            custom: "",
            deleted: &[],
            iterates: false,
            owner: None,
            keys: &[],
            adjusts: false,
        }
    }

    pub fn is_transaction(&self) -> bool {
        matches!(self.shape, Shape::Transaction | Shape::Unnumbered)
    }

    pub fn is_list(&self) -> bool {
        matches!(self.shape, Shape::Tree | Shape::List)
    }

    /// `TxnID` or `ListID`.
    pub fn id(&self) -> &'static str {
        match self.is_transaction() {
            true => "TxnID",
            false => "ListID",
        }
    }

    pub fn adds(&self) -> bool {
        self.variants.iter().any(|variant| variant.adds)
    }

    pub fn changes(&self) -> bool {
        self.adjusts || self.variants.iter().any(|variant| variant.changes)
    }

    /// Whether records have a code, as the setting `item_code_field` says.
    pub fn has_code(&self) -> bool {
        ["item", "stock"].contains(&self.entity)
    }

    /// The fields that every change must hold.
    pub fn always(&self) -> impl Iterator<Item = &'static Field> {
        let fields = self.variants.iter().flat_map(|variant| variant.fields);
        fields.filter(|field| field.always)
    }

    pub fn has_kinds(&self) -> bool {
        self.variants.len() > 1
    }

    /// Whether records say when they were made and changed.
    pub fn has_stamps(&self) -> bool {
        self.is_list() || self.is_transaction()
    }

    /// Whether what is new is known only by reading all. Nothing says that a record's stamp moves with its stock.
    pub fn is_scanned(&self) -> bool {
        self.adjusts || !self.has_stamps()
    }

    /// Whether records can be told apart as cancelled.
    pub fn has_state(&self) -> bool {
        self.is_transaction() && self.shape == Shape::Transaction
    }

    /// The JSON Schema of its bodies.
    pub fn schema(&self) -> Value {
        let mut properties = Map::new();
        let mut own = |name: &str, schema: Value| {
            properties.insert(name.to_owned(), schema);
        };
        own("id", self.id_schema());
        if self.has_kinds() {
            let words = self.variants.iter().map(|variant| json!(variant.word));
            own(
                "kind",
                json!({"type": "string", "enum": words.collect::<Vec<_>>(), "x-liaison-title": "Kind",
                    "description": "Set when the record is made, and never changed."}),
            );
        }
        if self.has_stamps() {
            let stamp = |title: &str| {
                json!({"type": ["string", "null"], "format": "date-time",
                    "x-liaison-read-only": true, "x-liaison-title": title})
            };
            own("created_at", stamp("Created"));
            own("updated_at", stamp("Changed"));
        }
        if self.has_state() {
            let state = |title: &str, words: &str| json!({"type": "boolean", "x-liaison-read-only": true, "x-liaison-title": title, "description": words});
            own(
                "voided",
                state("Voided", "Amounts are 0 and the memo begins with VOID:."),
            );
            own(
                "cancelled",
                state(
                    "Cancelled",
                    "Voided, closed by hand before it was invoiced or received in full, or inactive.",
                ),
            );
        }
        if self.entity == "item" {
            own(
                "sides",
                json!({"type": ["string", "null"], "enum": ["one", "both", null], "x-liaison-title": "Sold, bought, or both",
                    "description": "one: sold or bought only, with `account`; both: with `income_account` and `expense_account`. Of services, other charges and what is not kept in stock."}),
            );
        }
        if self.has_code() {
            own(
                "code",
                json!({"type": ["string", "null"], "x-liaison-read-only": true, "x-liaison-title": "Code",
                    "description": "What the setting `item_code_field` names: name, full_name, part_number, bar_code or a custom field."}),
            );
        }
        for variant in self.variants {
            for field in variant.fields {
                field.schemas(&mut properties);
            }
        }
        if !self.custom.is_empty() {
            own_custom(&mut properties, self.adds());
        }
        json!({"type": "object", "properties": properties})
    }

    fn id_schema(&self) -> Value {
        let mut schema = json!({"type": "string", "x-liaison-read-only": true});
        if self.shape == Shape::Single {
            schema["description"] = json!(format!(
                "Always `{SINGLE_ID}`: the one record is found by it."
            ));
        }
        schema
    }

    /// The variant that answers with this element.
    pub fn told_by(&self, element: &str) -> Option<&'static Variant> {
        let wire = element.strip_suffix("Ret")?;
        self.variants.iter().find(|variant| variant.wire == wire)
    }

    /// Whether a field of a body has anything to do with reading at all.
    pub fn reads(&self, name: &str) -> bool {
        let fields = self.variants.iter().flat_map(|variant| variant.fields);
        fields
            .filter(|field| field.is_on(READ))
            .any(|field| field.names().iter().any(|known| known == name))
    }
}

fn own_custom(properties: &mut Map<String, Value>, writes: bool) {
    let mut schema = json!({"type": "object", "additionalProperties": {"type": ["string", "null"]},
        "x-liaison-title": "Custom fields", "description": "By name, as QuickBooks writes it: case matters."});
    if !writes {
        schema["x-liaison-read-only"] = json!(true);
    }
    properties.insert("custom_fields".to_owned(), schema);
}
