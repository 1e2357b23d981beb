//! `fields.txt` as shapes: what each record holds, and how each field is called on the wire.
//!
//! A seed, or a test, may correct names (`{"sales-orders.client": "customer"}`) without a new build.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::resource::Resource;

#[derive(Debug, Clone)]
pub struct Schema {
    shapes: BTreeMap<String, Vec<Field>>,
}

#[derive(Debug, Clone)]
pub struct Field {
    /// What the code calls it.
    pub meaning: String,
    pub wire: String,
    pub kind: Kind,
    pub required: bool,
    pub source: Source,
    pub default: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Anyone,
    /// The vendor; a seed may set it.
    Vendor,
    /// Other records; never stored.
    Others,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Text,
    Number,
    Quantity,
    Flag,
    Time,
    Tags,
    Custom,
    /// Of a production order: a number as written, a word as read.
    Status,
    Word(Vec<String>),
    Reference(Resource),
    References(Resource),
    Object(String),
    List(String),
    /// Shipments or receptions.
    Parts(String),
}

impl Schema {
    pub fn shipped() -> Arc<Self> {
        Arc::new(Self::read(include_str!("fields.txt")).expect("the shipped table is well formed"))
    }

    fn read(text: &str) -> Result<Self, String> {
        let mut shapes: BTreeMap<String, Vec<Field>> = BTreeMap::new();
        let mut shape = String::new();
        for (at, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                [first, ..] if first.starts_with('#') => {}
                ["shape", name] => {
                    shape = (*name).to_owned();
                    shapes.insert(shape.clone(), Vec::new());
                }
                [meaning, wire, kind, marks, "A" | "C" | "D"] => {
                    let field = Field::read(meaning, wire, kind, marks);
                    let fields = shapes.get_mut(&shape);
                    fields
                        .zip(field)
                        .map(|(fields, field)| fields.push(field))
                        .ok_or_else(|| format!("line {}: {line}", at + 1))?;
                }
                _ => return Err(format!("line {}: {line}", at + 1)),
            }
        }
        Ok(Self { shapes })
    }

    /// Names come from the shipped table, so a missing one is a mistake of ours.
    pub fn shape(&self, name: &str) -> &[Field] {
        let fields = self.shapes.get(name);
        fields.unwrap_or_else(|| panic!("no shape `{name}` in fields.txt"))
    }

    pub fn field(&self, shape: &str, meaning: &str) -> Option<&Field> {
        let mut fields = self.shape(shape).iter();
        fields.find(|field| field.meaning == meaning)
    }

    /// How a field of every record is called.
    pub fn common(&self, meaning: &str) -> &str {
        let field = self.field("common", meaning);
        &field.expect("a field of every record").wire
    }

    /// Corrects names: `shape.meaning` to the name on the wire.
    pub fn renamed(&self, names: &Value) -> Result<Arc<Self>, String> {
        let mut schema = self.clone();
        for (place, wire) in names.as_object().ok_or("`names` is an object")? {
            let wire = wire
                .as_str()
                .ok_or_else(|| format!("name `{place}` is a text"))?;
            let (shape, meaning) = place.split_once('.').unwrap_or((place, ""));
            let fields = schema.shapes.get_mut(shape).map(Vec::as_mut_slice);
            let fields = fields.unwrap_or_default();
            if fields
                .iter()
                .any(|field| field.wire == wire && field.meaning != meaning)
            {
                return Err(format!("two fields of `{shape}` would be called `{wire}`"));
            }
            let field = fields.iter_mut().find(|field| field.meaning == meaning);
            field.ok_or_else(|| format!("no field `{place}`"))?.wire = wire.to_owned();
        }
        Ok(Arc::new(schema))
    }
}

impl Field {
    fn read(meaning: &str, wire: &str, kind: &str, marks: &str) -> Option<Self> {
        let (word, of) = kind.split_once(':').unwrap_or((kind, ""));
        let kind = match word {
            "text" => Kind::Text,
            "number" => Kind::Number,
            "quantity" => Kind::Quantity,
            "flag" => Kind::Flag,
            "time" => Kind::Time,
            "tags" => Kind::Tags,
            "custom" => Kind::Custom,
            "status" => Kind::Status,
            "word" => Kind::Word(of.split('|').map(str::to_owned).collect()),
            "ref" => Kind::Reference(Resource::named(of)?),
            "refs" => Kind::References(Resource::named(of)?),
            "object" => Kind::Object(of.to_owned()),
            "list" => Kind::List(of.to_owned()),
            "parts" => Kind::Parts(of.to_owned()),
            _ => return None,
        };
        let mut field = Self {
            meaning: meaning.to_owned(),
            wire: wire.to_owned(),
            kind,
            required: false,
            source: Source::Anyone,
            default: None,
        };
        for mark in marks.split(',') {
            match mark.split_once(':').unwrap_or((mark, "")) {
                ("required", _) => field.required = true,
                ("kept", _) => field.source = Source::Vendor,
                ("computed", _) => field.source = Source::Others,
                ("default", value) => field.default = Some(value.to_owned()),
                // The key of its resource (`Resource::key`); said for the reader of the table.
                ("unique" | "-", _) => {}
                _ => return None,
            }
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Kind, Schema};
    use crate::fusion_operations::resource::Resource;

    #[test]
    fn every_shape_that_is_named_is_there_and_names_are_hyphenated() {
        let schema = Schema::shipped();
        for resource in Resource::ALL {
            assert!(!schema.shape(resource.word()).is_empty());
        }
        for (shape, fields) in &schema.shapes {
            for field in fields {
                if let Kind::Object(of) | Kind::List(of) | Kind::Parts(of) = &field.kind {
                    schema.shape(of);
                }
                let plain = |c: char| c.is_ascii_lowercase() || c == '-';
                assert!(field.wire.chars().all(plain), "{shape}.{}", field.wire);
            }
        }
    }

    #[test]
    fn a_wrong_line_or_name_is_refused() {
        for text in [
            "a a text - A",
            "shape s\n a a colour - A",
            "shape s\n a a text odd A",
            "shape s\n a a text -",
            "shape s\n a a ref:colours - A",
        ] {
            assert!(Schema::read(text).is_err(), "{text}");
        }
        let schema = Schema::shipped();
        for names in [
            json!([]),
            json!({ "clients.colour": "x" }),
            json!({ "colours.code": "x" }),
            json!({ "clients.code": 1 }),
            json!({ "clients.code": "name" }),
        ] {
            assert!(schema.renamed(&names).is_err(), "{names}");
        }
    }
}
