//! One field of an entity: its name here, its path in QuickBooks' JSON, and what it holds.
//!
//! Names are those of the connector to QuickBooks Desktop wherever both have the thing.

use liaison_sdk::prelude::*;

/// The field stands in answers.
pub const READ: u8 = 1;
/// It may stand in a new record.
pub const ADD: u8 = 2;
/// It may be changed later.
pub const MOD: u8 = 4;

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in bodies; of a reference, what stands before `_id` and `_name`.
    pub name: &'static str,
    pub title: &'static str,
    /// Its path. In lines `*` stands for the object that is named like the line's kind of detail.
    pub wire: &'static str,
    pub kind: Kind,
    /// In which messages it stands.
    pub on: u8,
    /// A new record needs it.
    pub required: bool,
    /// Prose: what is too long is cut. Anything else is refused.
    pub prose: bool,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// At most so many characters; 0 for no limit.
    Text(u32),
    Flag,
    Whole,
    Day,
    /// Money, a price, a quantity.
    Decimal,
    /// One of these words of QuickBooks, as we write them: `non_inventory` for `NonInventory`.
    Word(&'static [&'static str]),
    /// A record of this entity, by id and by name.
    Reference(&'static str),
    /// A reference whose value is the name itself.
    Named,
    /// A list of parts.
    Lines(&'static Lines),
    /// Ids of the linked transactions of this kind and entity.
    Links(&'static str, &'static str),
    /// The line of a transaction of this kind from which a line comes: the transaction.
    From(&'static str, &'static str),
    /// The same: its line.
    FromLine(&'static str),
    /// What QuickBooks has linked to the transaction.
    Linked,
    /// Custom fields, by name.
    Custom,
    /// Our mark, the last line of the private note.
    Mark,
    /// The private note without our mark.
    Note(u32),
}

/// The parts of a record.
#[derive(Clone, Copy, Debug)]
pub struct Lines {
    pub fields: &'static [Field],
    /// The kinds of detail that stand in this list, and our words for them; the first is that of a new line.
    pub details: &'static [(&'static str, &'static str)],
}

const fn field(name: &'static str, title: &'static str, wire: &'static str, kind: Kind) -> Field {
    Field {
        name,
        title,
        wire,
        kind,
        on: READ | ADD | MOD,
        required: false,
        prose: false,
    }
}

pub const fn text(name: &'static str, title: &'static str, wire: &'static str, max: u32) -> Field {
    field(name, title, wire, Kind::Text(max))
}

/// Text that is cut where it is too long.
pub const fn prose(name: &'static str, title: &'static str, wire: &'static str, max: u32) -> Field {
    let mut field = field(name, title, wire, Kind::Text(max));
    field.prose = true;
    field
}

pub const fn flag(name: &'static str, title: &'static str, wire: &'static str) -> Field {
    field(name, title, wire, Kind::Flag)
}

pub const fn whole(name: &'static str, title: &'static str, wire: &'static str) -> Field {
    field(name, title, wire, Kind::Whole)
}

pub const fn day(name: &'static str, title: &'static str, wire: &'static str) -> Field {
    field(name, title, wire, Kind::Day)
}

pub const fn number(name: &'static str, title: &'static str, wire: &'static str) -> Field {
    field(name, title, wire, Kind::Decimal)
}

pub const fn word(
    name: &'static str,
    title: &'static str,
    wire: &'static str,
    words: &'static [&'static str],
) -> Field {
    field(name, title, wire, Kind::Word(words))
}

/// A reference: `name_id` and `name_name`. The id wins where both are given.
pub const fn reference(
    name: &'static str,
    title: &'static str,
    wire: &'static str,
    entity: &'static str,
) -> Field {
    field(name, title, wire, Kind::Reference(entity))
}

/// A reference by name alone: `name_name`.
pub const fn named(name: &'static str, title: &'static str, wire: &'static str) -> Field {
    field(name, title, wire, Kind::Named)
}

pub const fn lines(name: &'static str, title: &'static str, lines: &'static Lines) -> Field {
    field(name, title, "Line", Kind::Lines(lines))
}

pub const fn links(
    name: &'static str,
    title: &'static str,
    kind: &'static str,
    entity: &'static str,
) -> Field {
    field(name, title, "LinkedTxn", Kind::Links(kind, entity))
}

pub const fn from(
    name: &'static str,
    title: &'static str,
    kind: &'static str,
    entity: &'static str,
) -> Field {
    field(name, title, "LinkedTxn", Kind::From(kind, entity))
}

pub const fn from_line(name: &'static str, title: &'static str, kind: &'static str) -> Field {
    field(name, title, "LinkedTxn", Kind::FromLine(kind))
}

pub const fn linked() -> Field {
    field("linked", "Linked transactions", "LinkedTxn", Kind::Linked).read_only()
}

pub const fn custom() -> Field {
    field(
        "custom_fields",
        "Custom fields",
        "CustomField",
        Kind::Custom,
    )
}

pub const fn mark() -> Field {
    field("external_guid", "Our mark", "PrivateNote", Kind::Mark)
}

pub const fn note(max: u32) -> Field {
    let mut field = field("memo", "Memo", "PrivateNote", Kind::Note(max));
    field.prose = true;
    field
}

impl Field {
    pub const fn read_only(mut self) -> Self {
        self.on = READ;
        self
    }

    /// Written once, with the new record.
    pub const fn add_only(mut self) -> Self {
        self.on = READ | ADD;
        self
    }

    /// Not in a new record.
    pub const fn mod_only(mut self) -> Self {
        self.on = READ | MOD;
        self
    }

    /// Never told in answers.
    pub const fn write_only(mut self) -> Self {
        self.on &= ADD | MOD;
        self
    }

    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub const fn is_on(&self, message: u8) -> bool {
        self.on & message != 0
    }

    pub fn id_name(&self) -> String {
        format!("{}_id", self.name)
    }

    pub fn full_name(&self) -> String {
        format!("{}_name", self.name)
    }

    /// The names it has in a body.
    pub fn names(&self) -> Vec<String> {
        match self.kind {
            Kind::Reference(_) => vec![self.id_name(), self.full_name()],
            Kind::Named => vec![self.full_name()],
            _ => vec![self.name.to_owned()],
        }
    }

    /// Its schema: as many properties as it has names.
    pub fn schemas(&self, properties: &mut Map<String, Value>) {
        let text = |max: u32| match max {
            0 => json!({"type": ["string", "null"]}),
            max => json!({"type": ["string", "null"], "maxLength": max}),
        };
        let schema = match self.kind {
            Kind::Reference(entity) => {
                let id = json!({"type": ["string", "null"], "x-liaison-ref": entity});
                self.insert(properties, self.id_name(), id);
                self.insert(properties, self.full_name(), text(0));
                return;
            }
            Kind::Named => {
                self.insert(properties, self.full_name(), text(0));
                return;
            }
            // Prose is cut here, so no length is refused.
            Kind::Text(_) | Kind::Note(_) if self.prose => text(0),
            Kind::Text(max) | Kind::Note(max) => text(max),
            Kind::Flag => json!({"type": ["boolean", "null"]}),
            Kind::Whole => json!({"type": ["integer", "null"]}),
            Kind::Day => json!({"type": ["string", "null"], "format": "date"}),
            Kind::Decimal => json!({"type": ["string", "null"], "format": "decimal"}),
            Kind::Word(words) => {
                let words = words.iter().map(|word| json!(snake(word)));
                let words: Vec<Value> = words.chain([Value::Null]).collect();
                json!({"type": ["string", "null"], "enum": words})
            }
            Kind::From(_, entity) => {
                json!({"type": ["string", "null"], "x-liaison-ref": entity})
            }
            Kind::FromLine(_) => text(0),
            Kind::Lines(lines) => {
                json!({"type": "array", "items": {"type": "object", "properties": lines.schema()}})
            }
            Kind::Links(_, entity) => {
                json!({"type": "array", "items": {"type": "string", "x-liaison-ref": entity}})
            }
            Kind::Linked => json!({"type": "array", "items": {"type": "object", "properties": {
                "id": {"type": "string"},
                "kind": {"type": ["string", "null"]},
            }}}),
            Kind::Custom => {
                json!({"type": "object", "additionalProperties": {"type": ["string", "null"]},
                "description": "By name, as QuickBooks writes it: case matters."})
            }
            Kind::Mark => {
                let mut schema = text(60);
                schema["description"] =
                    json!("Stands as the last line of the private note and is found by it.");
                schema
            }
        };
        self.insert(properties, self.name.to_owned(), schema);
    }

    fn insert(&self, properties: &mut Map<String, Value>, name: String, mut schema: Value) {
        schema["x-liaison-title"] = json!(self.title);
        if !self.is_on(ADD | MOD) {
            schema["x-liaison-read-only"] = json!(true);
        }
        properties.insert(name, schema);
    }
}

impl Lines {
    /// The properties of a line.
    fn schema(&self) -> Map<String, Value> {
        let mut properties = Map::new();
        properties.insert(
            "id".to_owned(),
            json!({"type": ["string", "null"], "x-liaison-title": "Line",
                "description": "In a change: the line that is meant; none for a new line."}),
        );
        if self.details.len() > 1 {
            let words = self.details.iter().map(|(_, word)| json!(word));
            let words: Vec<Value> = words.chain([Value::Null]).collect();
            properties.insert(
                "kind".to_owned(),
                json!({"type": ["string", "null"], "enum": words, "x-liaison-title": "Kind",
                    "description": "group: a group of items; text: a line without an item; discount: one on the whole document."}),
            );
        }
        for field in self.fields {
            field.schemas(&mut properties);
        }
        properties
    }

    /// Our word for a kind of detail, where it stands in this list.
    pub fn word(&self, detail: &str) -> Option<&'static str> {
        let found = self.details.iter().find(|(wire, _)| *wire == detail)?;
        Some(found.1)
    }

    /// The kind of detail that is meant by our word; none given is the first.
    pub fn detail(&self, word: Option<&str>) -> Option<&'static str> {
        match word {
            None => self.details.first().map(|(wire, _)| *wire),
            Some(word) => self
                .details
                .iter()
                .find(|(_, known)| *known == word)
                .map(|(wire, _)| *wire),
        }
    }
}

/// `NonInventory` as we write it: `non_inventory`.
pub fn snake(word: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    for letter in word.chars() {
        if letter.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            out.push('_');
        }
        out.push(match letter {
            ' ' => '_',
            letter => letter.to_ascii_lowercase(),
        });
        before = letter;
    }
    out
}
