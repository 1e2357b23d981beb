//! Describing an entity as a table of fields.
//!
//! ```ignore
//! EntitySpec::new("company", text!("entity-company", "Company"))
//!     .fields(&[id("id"), string("name").max(100), reference("parent_id", "company"), decimal("total").read_only()])
//!     .operations(Operations::READ | Operations::QUERY)
//!     .filter("id", &[Comparison::IsIn])
//!     .keys(&["id", "name"])
//!     .build()
//! ```

use crate::contract::{
    ChangeSource, Comparison, Entity, FieldFilter, Idempotency, Operations, Text,
};
use serde_json::{json, Map, Value};

/// One field of a body.
#[derive(Clone, Debug)]
pub struct Field {
    name: &'static str,
    schema: Map<String, Value>,
    nullable: bool,
}

fn typed(name: &'static str, schema: Value) -> Field {
    match schema {
        Value::Object(schema) => Field {
            name,
            schema,
            nullable: true,
        },
        _ => unreachable!("every constructor below gives an object"),
    }
}

/// The native id: a string that is never null and never written.
pub fn id(name: &'static str) -> Field {
    typed(name, json!({"type": "string"}))
        .required()
        .read_only()
}

/// Text.
pub fn string(name: &'static str) -> Field {
    typed(name, json!({"type": "string"}))
}

/// Yes or no.
pub fn boolean(name: &'static str) -> Field {
    typed(name, json!({"type": "boolean"}))
}

/// A whole number that is no id and no amount.
pub fn integer(name: &'static str) -> Field {
    typed(name, json!({"type": "integer"}))
}

/// Money, a rate or a quantity: a decimal string.
pub fn decimal(name: &'static str) -> Field {
    typed(name, json!({"type": "string", "format": "decimal"}))
}

/// A day.
pub fn date(name: &'static str) -> Field {
    typed(name, json!({"type": "string", "format": "date"}))
}

/// An instant.
pub fn instant(name: &'static str) -> Field {
    typed(name, json!({"type": "string", "format": "date-time"}))
}

/// The native id of a record of another entity.
pub fn reference(name: &'static str, entity: &str) -> Field {
    typed(name, json!({"type": "string", "x-liaison-ref": entity}))
}

/// One of these words.
pub fn one_of(name: &'static str, words: &[&str]) -> Field {
    let mut values: Vec<Value> = words.iter().map(|word| json!(word)).collect();
    values.push(Value::Null);
    typed(name, json!({"type": "string", "enum": values}))
}

/// Texts by name.
pub fn text_map(name: &'static str) -> Field {
    typed(
        name,
        json!({"type": "object", "additionalProperties": {"type": ["string", "null"]}}),
    )
}

/// A list of parts, e.g. an invoice's lines.
pub fn list(name: &'static str, fields: &[Field]) -> Field {
    typed(name, json!({"type": "array", "items": object(fields)})).required()
}

impl Field {
    /// Never null.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.nullable = false;
        self
    }

    /// Set by the system.
    #[must_use]
    pub fn read_only(self) -> Self {
        self.with("x-liaison-read-only", json!(true))
    }

    /// Set by the system at each write: when, and by whom. That one of these moved is no change of the record.
    #[must_use]
    pub fn stamp(self) -> Self {
        self.read_only().with("x-liaison-stamp", json!(true))
    }

    /// At most this many characters.
    #[must_use]
    pub fn max(self, characters: u32) -> Self {
        self.with("maxLength", json!(characters))
    }

    /// What people call it.
    #[must_use]
    pub fn title(self, title: &str) -> Self {
        self.with("x-liaison-title", json!(title))
    }

    /// What a person must know about it.
    #[must_use]
    pub fn description(self, description: &str) -> Self {
        self.with("description", json!(description))
    }

    /// Any other keyword of JSON Schema.
    #[must_use]
    pub fn with(mut self, keyword: &str, value: Value) -> Self {
        self.schema.insert(keyword.to_owned(), value);
        self
    }
}

/// The JSON Schema of an object with these fields.
pub fn object(fields: &[Field]) -> Value {
    let mut properties = Map::new();
    for field in fields {
        let mut schema = field.schema.clone();
        if field.nullable {
            let kind = schema.remove("type").unwrap_or(Value::Null);
            schema.insert("type".to_owned(), json!([kind, "null"]));
        }
        properties.insert(field.name.to_owned(), Value::Object(schema));
    }
    json!({"type": "object", "properties": properties})
}

/// A setting that nobody sets: the host fills in what the options of flows name in the system, for the doctor.
///
/// A list of `{"object": entity or name, "field": name or null, "written": bool, "by": ["FLOW.OPTION"]}`.
pub fn named(name: &'static str) -> Field {
    typed(name, json!({"type": "array", "items": {"type": "object"}}))
        .with("x-liaison-named", json!(true))
        .description("Filled in by liaison: what options of flows name.")
}

/// The JSON Schema of a connection's settings: these fields, none other, `required` ones by name.
pub fn settings(fields: &[Field], required: &[&str]) -> String {
    let mut schema = object(fields);
    schema["required"] = json!(required);
    schema["additionalProperties"] = json!(false);
    schema.to_string()
}

/// Builds an [`Entity`] of the manifest.
pub struct EntitySpec(Entity, Value);

impl EntitySpec {
    /// An entity that offers nothing yet: batches of 100, no changes, no keys.
    pub fn new(name: &str, title: Text) -> Self {
        let entity = Entity {
            name: name.to_owned(),
            title,
            schema: String::new(),
            operations: Operations::empty(),
            idempotency: Vec::new(),
            changes: ChangeSource::Unavailable,
            filters: Vec::new(),
            keys: Vec::new(),
            read_batch: 100,
            write_batch: 100,
            ext: Vec::new(),
        };
        Self(entity, object(&[]))
    }

    /// The body.
    #[must_use]
    pub fn fields(mut self, fields: &[Field]) -> Self {
        self.1 = object(fields);
        self
    }

    /// What it offers.
    #[must_use]
    pub fn operations(mut self, operations: Operations) -> Self {
        self.0.operations |= operations;
        self
    }

    /// How `changes` knows what is new; offers `changes`.
    #[must_use]
    pub fn changes(mut self, source: ChangeSource) -> Self {
        self.0.changes = source;
        self.operations(Operations::CHANGES)
    }

    /// One more rung of the ladder for creates, strongest first.
    #[must_use]
    pub fn idempotency(mut self, rung: Idempotency) -> Self {
        self.0.idempotency.push(rung);
        self
    }

    /// What the system can filter this field by.
    #[must_use]
    pub fn filter(mut self, field: &str, ops: &[Comparison]) -> Self {
        self.0.filters.push(FieldFilter {
            field: field.to_owned(),
            ops: ops.to_vec(),
        });
        self
    }

    /// The fields by which `find` can look a record up.
    #[must_use]
    pub fn keys(mut self, keys: &[&str]) -> Self {
        self.0.keys = keys.iter().map(|&key| key.to_owned()).collect();
        self
    }

    /// The most ids or queries for one `read` or `find`, and operations for one `write`.
    #[must_use]
    pub fn batches(mut self, read: u32, write: u32) -> Self {
        (self.0.read_batch, self.0.write_batch) = (read, write);
        self
    }

    /// The entity.
    #[must_use]
    pub fn build(mut self) -> Entity {
        self.0.schema = self.1.to_string();
        self.0
    }
}
