//! A connector's JSON Schema as the check of a flow needs it: fields, their kinds and their limits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::decimal;
use crate::model::{Word, kind};

/// The fields of a record, of a line, or of a namespace of an expression.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// Shared: every rule of a flow has the names of all that it may use.
    pub fields: Arc<BTreeMap<String, Field>>,
    pub required: BTreeSet<String>,
    /// Fields that are not listed may be there as well.
    pub open: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub kind: Kind,
    /// The only values, where they are listed.
    pub words: Vec<String>,
    pub length_max: Option<u64>,
    pub read_only: bool,
    /// Its system sets it at each write: when, and by whom.
    pub stamp: bool,
    /// It can be emptied.
    pub nullable: bool,
    /// The entity whose id it holds.
    pub reference: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Not said; anything is accepted.
    Any,
    Text,
    /// A decimal as text, as records have it.
    Decimal,
    /// A number of an expression, or a whole JSON number.
    Number,
    Bool,
    Date,
    Instant,
    List(Box<Field>),
    Record(Record),
}

impl Kind {
    /// With its article, for messages.
    pub fn words(&self) -> Word {
        match self {
            Self::Any => kind::ANYTHING,
            Self::Text => kind::TEXT,
            Self::Decimal => kind::DECIMAL,
            Self::Number => kind::NUMBER,
            Self::Bool => kind::TRUE_OR_FALSE,
            Self::Date => kind::DATE,
            Self::Instant => kind::INSTANT,
            Self::List(_) => kind::LIST,
            Self::Record(_) => kind::RECORD,
        }
    }

    /// Whether a value of this kind can become one of that kind without an expression.
    pub fn becomes(&self, target: &Self) -> bool {
        match (self, target) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::List(a), Self::List(b)) => a.kind.becomes(&b.kind),
            (Self::Record(_), Self::Record(_)) => true,
            (Self::Text, Self::Decimal | Self::Number | Self::Date | Self::Instant) => true,
            (Self::Decimal | Self::Number | Self::Date | Self::Instant, Self::Text) => true,
            (Self::Decimal | Self::Number, Self::Decimal | Self::Number) => true,
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        }
    }
}

impl Field {
    pub fn of_kind(kind: Kind) -> Self {
        Self {
            kind,
            words: Vec::new(),
            length_max: None,
            read_only: false,
            stamp: false,
            nullable: true,
            reference: None,
        }
    }

    fn of_schema(schema: &Value) -> Self {
        let words = schema["enum"].as_array().into_iter().flatten();
        Self {
            kind: kind_of(schema),
            words: words.filter_map(Value::as_str).map(str::to_owned).collect(),
            length_max: schema["maxLength"].as_u64(),
            read_only: schema["x-liaison-read-only"].as_bool().unwrap_or(false),
            stamp: schema["x-liaison-stamp"].as_bool().unwrap_or(false),
            nullable: match &schema["type"] {
                Value::String(_) => false,
                Value::Array(kinds) => kinds.iter().any(|kind| kind == "null"),
                _ => true,
            },
            reference: schema["x-liaison-ref"].as_str().map(str::to_owned),
        }
    }

    /// What is wrong with this value for this field, if anything. Null is the field emptied.
    pub fn refuses(&self, value: &Value) -> Option<Refused> {
        let right_kind = match (&self.kind, value) {
            (_, Value::Null) | (Kind::Any, _) => true,
            (Kind::Decimal, value) => value.as_str().and_then(decimal::parse).is_some(),
            (Kind::Date, Value::String(text)) => {
                text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10
            }
            (Kind::Instant, Value::String(text)) => text.parse::<jiff::Timestamp>().is_ok(),
            (Kind::Text, Value::String(_))
            | (Kind::Number, Value::Number(_))
            | (Kind::Bool, Value::Bool(_))
            | (Kind::List(_), Value::Array(_))
            | (Kind::Record(_), Value::Object(_)) => true,
            _ => false,
        };
        if !right_kind {
            return Some(Refused::Kind(self.kind.words()));
        }
        let text = value.as_str()?;
        if let Some(max) = self.length_max
            && text.chars().count() as u64 > max
        {
            return Some(Refused::Length(max));
        }
        let listed = self.words.is_empty() || self.words.iter().any(|word| word == text);
        (!listed).then(|| Refused::Word(self.words.clone()))
    }
}

/// Why a field does not take a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    Kind(Word),
    Length(u64),
    Word(Vec<String>),
}

impl Record {
    /// The fields of an entity. Every record has an `id`, said or not.
    pub fn of_entity(schema: &Value) -> Self {
        let mut record = Self::of_schema(schema);
        let id = || Field {
            read_only: true,
            ..Field::of_kind(Kind::Text)
        };
        let fields = Arc::make_mut(&mut record.fields);
        fields.entry("id".to_owned()).or_insert_with(id);
        record
    }

    fn of_schema(schema: &Value) -> Self {
        let properties = schema["properties"].as_object();
        let fields = properties
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name.clone(), Field::of_schema(schema)))
            .collect();
        let required = schema["required"].as_array().into_iter().flatten();
        let required = required
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let more = &schema["additionalProperties"];
        let open = more
            .as_bool()
            .unwrap_or(more.is_object() || properties.is_none());
        Self {
            fields: Arc::new(fields),
            required,
            open,
        }
    }

    /// A namespace of these fields and no others.
    pub fn closed<K: Into<String>>(fields: impl IntoIterator<Item = (K, Field)>) -> Self {
        let fields = fields
            .into_iter()
            .map(|(name, field)| (name.into(), field))
            .collect();
        Self {
            fields: Arc::new(fields),
            required: BTreeSet::new(),
            open: false,
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }
}

fn kind_of(schema: &Value) -> Kind {
    // `["string", "null"]`: every field may be emptied, so null says nothing about the kind.
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let mut kinds = kinds.into_iter().filter(|kind| *kind != "null");
    let (Some(kind), None) = (kinds.next(), kinds.next()) else {
        return if schema["properties"].is_object() {
            Kind::Record(Record::of_schema(schema))
        } else {
            Kind::Any
        };
    };
    match (kind, schema["format"].as_str()) {
        ("string", Some("decimal")) => Kind::Decimal,
        ("string", Some("date")) => Kind::Date,
        ("string", Some("date-time")) => Kind::Instant,
        ("string", _) => Kind::Text,
        ("integer" | "number", _) => Kind::Number,
        ("boolean", _) => Kind::Bool,
        ("array", _) => Kind::List(Box::new(Field::of_schema(&schema["items"]))),
        ("object", _) => Kind::Record(Record::of_schema(schema)),
        _ => Kind::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_refuses_what_it_cannot_hold() {
        let schema = json!({"properties": {
            "total": {"type": ["string", "null"], "format": "decimal"},
            "kind": {"type": "string", "enum": ["a", "b"]},
            "name": {"type": "string", "maxLength": 3},
            "date": {"type": "string", "format": "date"},
        }});
        let record = Record::of_entity(&schema);
        let refused = |field: &str, value: Value| record.fields[field].refuses(&value);
        assert_eq!(refused("total", json!("1.50")), None);
        assert_eq!(refused("total", Value::Null), None);
        assert_eq!(
            refused("total", json!("abc")),
            Some(Refused::Kind(kind::DECIMAL))
        );
        assert_eq!(
            refused("total", json!(1.5)),
            Some(Refused::Kind(kind::DECIMAL))
        );
        assert_eq!(
            refused("kind", json!("c")),
            Some(Refused::Word(vec!["a".to_owned(), "b".to_owned()]))
        );
        assert_eq!(refused("name", json!("été")), None, "characters, not bytes");
        assert_eq!(refused("name", json!("four")), Some(Refused::Length(3)));
        assert_eq!(
            refused("date", json!("2026-02-30")),
            Some(Refused::Kind(kind::DATE))
        );
        assert!(record.fields["id"].read_only);
    }
}
