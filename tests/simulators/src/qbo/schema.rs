//! The entities with their fields, as `entities.txt` says.

use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// At most so many characters.
    Text(usize),
    Number,
    Whole,
    Flag,
    Date,
    Time,
    /// Kept as it comes.
    Any,
    Word(Vec<String>),
    /// A reference to a record of one of these entities.
    Reference(Vec<String>),
    /// A reference to something that has no entity.
    Free,
    Object(String),
    List(String),
}

#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub kind: FieldKind,
    pub required: bool,
    /// Set by the vendor alone.
    pub kept: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Has a name, is deactivated and never deleted.
    List,
    Transaction,
    /// One a company.
    Single,
}

#[derive(Debug)]
pub struct Entity {
    pub name: String,
    pub class: Class,
    pub writable: bool,
    pub in_change_feed: bool,
    pub fields: Vec<Field>,
}

pub type Kind = &'static Entity;

#[derive(Debug, Default)]
pub struct Schema {
    entities: Vec<Entity>,
    shapes: BTreeMap<String, Vec<Field>>,
}

static SHIPPED: LazyLock<Schema> = LazyLock::new(|| {
    let read = Schema::read(include_str!("entities.txt"));
    read.unwrap_or_else(|line| panic!("entities.txt, {line}"))
});

/// Every entity, in the order of the table.
pub fn entities() -> &'static [Entity] {
    &SHIPPED.entities
}

/// Queries and paths write names in any case.
pub fn entity(name: &str) -> Option<Kind> {
    let mut all = SHIPPED.entities.iter();
    all.find(|entity| entity.name.eq_ignore_ascii_case(name))
}

/// Of names that our own code writes.
pub fn own(name: &'static str) -> Kind {
    entity(name).unwrap_or_else(|| panic!("no entity `{name}` in entities.txt"))
}

/// Names of shapes come from the table itself.
pub fn shape(name: &str) -> &'static [Field] {
    let fields = SHIPPED.shapes.get(name);
    fields.unwrap_or_else(|| panic!("no shape `{name}` in entities.txt"))
}

impl Entity {
    pub fn field(&'static self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub fn is_any(&self, names: &[&str]) -> bool {
        names.contains(&self.name.as_str())
    }

    /// Those whose records take their ids from one count.
    pub fn id_family(&'static self) -> &'static str {
        match self.class {
            Class::Transaction => "transactions",
            Class::List if self.has_display_name() => "names",
            Class::List | Class::Single => &self.name,
        }
    }

    /// Customers, vendors and employees share one set of names.
    pub fn has_display_name(&self) -> bool {
        self.is_any(&["Customer", "Vendor", "Employee"])
    }

    /// The field that names a record of a list.
    pub fn name_field(&self) -> &'static str {
        if self.has_display_name() {
            "DisplayName"
        } else {
            "Name"
        }
    }
}

impl Schema {
    fn read(text: &str) -> Result<Self, String> {
        let mut schema = Self::default();
        let mut target: Option<String> = None;
        for (at, line) in text.lines().enumerate() {
            let wrong = || format!("line {}: {line}", at + 1);
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                [first, ..] if first.starts_with('#') => {}
                ["shape", name] => {
                    schema.shapes.insert((*name).to_owned(), Vec::new());
                    target = Some((*name).to_owned());
                }
                ["shape", name, base] => {
                    let base = base.strip_prefix('+').ok_or_else(wrong)?;
                    let fields = schema.shapes.get(base).ok_or_else(wrong)?.clone();
                    schema.shapes.insert((*name).to_owned(), fields);
                    target = Some((*name).to_owned());
                }
                ["entity", name, class] => {
                    let entity = schema.entity(name, class).ok_or_else(wrong)?;
                    schema.entities.push(entity);
                    target = None;
                }
                [name, kind, marks] => {
                    let field = Field::read(name, kind, marks).ok_or_else(wrong)?;
                    let fields = match &target {
                        Some(shape) => schema.shapes.get_mut(shape),
                        None => schema.entities.last_mut().map(|entity| &mut entity.fields),
                    };
                    fields.ok_or_else(wrong)?.push(field);
                }
                _ => return Err(wrong()),
            }
        }
        Ok(schema)
    }

    /// `txn:Form+SalesForm` begins with the fields of these shapes.
    fn entity(&self, name: &str, class: &str) -> Option<Entity> {
        let mut marks = class.split(',');
        let (class, bases) = {
            let first = marks.next()?;
            first.split_once(':').unwrap_or((first, ""))
        };
        let mut fields = self.shapes.get("Common")?.clone();
        for base in bases.split('+').filter(|base| !base.is_empty()) {
            fields.extend(self.shapes.get(base)?.iter().cloned());
        }
        let mut entity = Entity {
            name: name.to_owned(),
            class: match class {
                "list" => Class::List,
                "txn" => Class::Transaction,
                "single" => Class::Single,
                _ => return None,
            },
            writable: true,
            in_change_feed: true,
            fields,
        };
        for mark in marks {
            match mark {
                "read" => entity.writable = false,
                "nocdc" => entity.in_change_feed = false,
                _ => return None,
            }
        }
        Some(entity)
    }
}

impl Field {
    fn read(name: &str, kind: &str, marks: &str) -> Option<Self> {
        let (word, of) = kind.split_once(':').unwrap_or((kind, ""));
        let words = |by: char| of.split(by).map(|word| word.replace('~', " ")).collect();
        let kind = match word {
            "text" => FieldKind::Text(of.parse().ok()?),
            "number" => FieldKind::Number,
            "whole" => FieldKind::Whole,
            "flag" => FieldKind::Flag,
            "date" => FieldKind::Date,
            "time" => FieldKind::Time,
            "any" => FieldKind::Any,
            "word" => FieldKind::Word(words('|')),
            "ref" => FieldKind::Reference(words('+')),
            "free" => FieldKind::Free,
            "object" => FieldKind::Object(of.to_owned()),
            "list" => FieldKind::List(of.to_owned()),
            _ => return None,
        };
        let (required, kept) = match marks {
            "-" => (false, false),
            "required" => (true, false),
            "kept" => (false, true),
            _ => return None,
        };
        let name = name.to_owned();
        Some(Self {
            name,
            kind,
            required,
            kept,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{FieldKind, Schema, entities, entity, shape};

    #[test]
    fn what_the_table_names_is_there() {
        let check = |fields: &[super::Field]| {
            for field in fields {
                match &field.kind {
                    FieldKind::Object(of) | FieldKind::List(of) => {
                        assert!(!shape(of).is_empty(), "{of}")
                    }
                    FieldKind::Reference(of) => of.iter().for_each(|of| {
                        assert!(entity(of).is_some(), "{}: {of}", field.name);
                    }),
                    _ => {}
                }
            }
        };
        for entity in entities() {
            check(&entity.fields);
        }
        for fields in super::SHIPPED.shapes.values() {
            check(fields);
        }
    }

    #[test]
    fn a_wrong_line_is_refused() {
        for text in [
            "a text:1 -",
            "shape s\n a colour -",
            "shape s\n a text -",
            "shape s\n a text:1 odd",
            "shape s +t",
            "entity E list",
            "shape Common\nentity E colour",
            "shape Common\nentity E list,odd",
        ] {
            assert!(Schema::read(text).is_err(), "{text}");
        }
    }
}
