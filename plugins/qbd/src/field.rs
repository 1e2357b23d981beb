//! One field of an entity: its name here, its element there, what it holds, and in which messages it stands.
//!
//! A list of fields is in the order of the schema: that order is binding in every message.

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
    /// Its name in bodies. Of a reference, what stands before `_id` and `_name`; of a group, nothing.
    pub name: &'static str,
    pub title: &'static str,
    /// Its element. Of lines, what stands before `Add`, `Mod` and `Ret`.
    pub wire: &'static str,
    pub kind: Kind,
    /// In which messages it stands.
    pub on: u8,
    /// A new record needs it.
    pub required: bool,
    /// A change needs it too, even one that leaves it as it is.
    pub always: bool,
    /// Prose: what is too long is cut, and what the code page lacks is replaced. Anything else is refused.
    pub prose: bool,
    /// Of the fields with the same word only one may be given.
    pub choice: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// At most so many characters; 0 for no limit.
    Text(u32),
    Flag,
    Whole,
    Day,
    /// No decimals or exactly two.
    Amount,
    /// Up to five decimals; more are rounded.
    Price,
    /// Up to five decimals.
    Quantity,
    Percent,
    /// An exchange rate.
    Float,
    /// Seconds here, `PT8H30M0S` there.
    Duration,
    /// One of these elements' words, as we write them: `hourly_regular` for `HourlyRegular`.
    Word(&'static [&'static str]),
    Guid,
    /// A record of this entity by id and by full name of at most so many characters.
    Reference(&'static str, u32),
    /// An id that stands alone, of this entity.
    Id(&'static str),
    /// An element that holds fields, which are ours directly.
    Group(&'static [Field]),
    /// The same, with `Mod` at the end of the element's name in changes.
    GroupMod(&'static [Field]),
    /// A list of parts.
    Lines(&'static Lines),
    /// Ids of the transactions of this kind and entity that a new one takes its lines from.
    Links(&'static str, &'static str),
    /// What QuickBooks has linked to the transaction.
    Linked,
    /// Custom fields of a line, by name.
    Custom,
    /// A list of words.
    Words,
}

/// The parts of a record.
#[derive(Clone, Copy, Debug)]
pub struct Lines {
    pub fields: &'static [Field],
    /// What a group of items is called, where lines may be groups, and its fields.
    pub group: Option<(&'static str, &'static [Field])>,
    /// A new record needs at least one.
    pub required: bool,
}

const fn field(name: &'static str, title: &'static str, wire: &'static str, kind: Kind) -> Field {
    Field {
        name,
        title,
        wire,
        kind,
        on: READ | ADD | MOD,
        required: false,
        always: false,
        prose: false,
        choice: "",
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

pub const fn amount(name: &'static str, title: &'static str, wire: &'static str) -> Field {
    field(name, title, wire, Kind::Amount)
}

pub const fn price(name: &'static str, title: &'static str, wire: &'static str) -> Field {
    field(name, title, wire, Kind::Price)
}

pub const fn quantity(name: &'static str, title: &'static str, wire: &'static str) -> Field {
    field(name, title, wire, Kind::Quantity)
}

pub const fn percent(name: &'static str, title: &'static str, wire: &'static str) -> Field {
    field(name, title, wire, Kind::Percent)
}

pub const fn float(name: &'static str, title: &'static str, wire: &'static str) -> Field {
    field(name, title, wire, Kind::Float)
}

pub const fn duration(name: &'static str, title: &'static str, wire: &'static str) -> Field {
    field(name, title, wire, Kind::Duration)
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
    max: u32,
) -> Field {
    field(name, title, wire, Kind::Reference(entity, max))
}

pub const fn id_of(
    name: &'static str,
    title: &'static str,
    wire: &'static str,
    entity: &'static str,
) -> Field {
    field(name, title, wire, Kind::Id(entity))
}

pub const fn guid(name: &'static str, title: &'static str, wire: &'static str) -> Field {
    field(name, title, wire, Kind::Guid).add_only()
}

pub const fn group(wire: &'static str, fields: &'static [Field]) -> Field {
    field("", "", wire, Kind::Group(fields))
}

pub const fn group_mod(wire: &'static str, fields: &'static [Field]) -> Field {
    field("", "", wire, Kind::GroupMod(fields))
}

pub const fn lines(
    name: &'static str,
    title: &'static str,
    wire: &'static str,
    lines: &'static Lines,
) -> Field {
    field(name, title, wire, Kind::Lines(lines))
}

pub const fn links(
    name: &'static str,
    title: &'static str,
    kind: &'static str,
    entity: &'static str,
) -> Field {
    field(name, title, "LinkToTxnID", Kind::Links(kind, entity)).add_only()
}

pub const fn linked() -> Field {
    field("linked", "Linked transactions", "LinkedTxn", Kind::Linked).read_only()
}

pub const fn custom() -> Field {
    field("custom_fields", "Custom fields", "DataExt", Kind::Custom).add_only()
}

pub const fn words(name: &'static str, title: &'static str, wire: &'static str) -> Field {
    field(name, title, wire, Kind::Words).read_only()
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

    /// Needed in new records and in every change.
    pub const fn always(mut self) -> Self {
        self.required = true;
        self.always = true;
        self
    }

    pub const fn choice(mut self, word: &'static str) -> Self {
        self.choice = word;
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
            Kind::Reference(..) => vec![self.id_name(), self.full_name()],
            Kind::Group(fields) | Kind::GroupMod(fields) => {
                fields.iter().flat_map(Field::names).collect()
            }
            _ => vec![self.name.to_owned()],
        }
    }

    /// Its schema: as many properties as it has names.
    pub fn schemas(&self, properties: &mut Map<String, Value>) {
        let limit = |max: u32| if max == 0 { Value::Null } else { json!(max) };
        let schema = match self.kind {
            Kind::Group(fields) | Kind::GroupMod(fields) => {
                fields.iter().for_each(|field| field.schemas(properties));
                return;
            }
            Kind::Reference(entity, max) => {
                let id =
                    json!({"type": ["string", "null"], "x-liaison-ref": entity_or_null(entity)});
                self.insert(properties, self.id_name(), id, self.title);
                let name = json!({"type": ["string", "null"], "maxLength": limit(max)});
                self.insert(properties, self.full_name(), name, self.title);
                return;
            }
            Kind::Text(max) => json!({"type": ["string", "null"], "maxLength": limit(max)}),
            Kind::Flag => json!({"type": ["boolean", "null"]}),
            Kind::Whole | Kind::Duration => json!({"type": ["integer", "null"]}),
            Kind::Day => json!({"type": ["string", "null"], "format": "date"}),
            Kind::Amount | Kind::Price | Kind::Quantity | Kind::Percent | Kind::Float => {
                json!({"type": ["string", "null"], "format": "decimal"})
            }
            Kind::Word(words) => {
                let words = words.iter().map(|word| json!(snake(word)));
                let words: Vec<Value> = words.chain([Value::Null]).collect();
                json!({"type": ["string", "null"], "enum": words})
            }
            Kind::Guid => json!({"type": ["string", "null"]}),
            Kind::Id(entity) => {
                json!({"type": ["string", "null"], "x-liaison-ref": entity_or_null(entity)})
            }
            Kind::Lines(lines) => {
                json!({"type": "array", "items": {"type": "object", "properties": lines.schema()}})
            }
            Kind::Links(_, entity) => {
                json!({"type": "array", "items": {"type": "string", "x-liaison-ref": entity}})
            }
            Kind::Linked => json!({"type": "array", "items": {"type": "object", "properties": {
                "id": {"type": "string"},
                "kind": {"type": ["string", "null"]},
                "number": {"type": ["string", "null"]},
                "date": {"type": ["string", "null"], "format": "date"},
                "amount": {"type": ["string", "null"], "format": "decimal"},
            }}}),
            Kind::Words => json!({"type": "array", "items": {"type": "string"}}),
            Kind::Custom => {
                json!({"type": "object", "additionalProperties": {"type": ["string", "null"]}})
            }
        };
        self.insert(properties, self.name.to_owned(), schema, self.title);
    }

    /// Two fields may share a name, one in answers and one in messages.
    fn insert(
        &self,
        properties: &mut Map<String, Value>,
        name: String,
        mut schema: Value,
        title: &str,
    ) {
        let object = schema.as_object_mut().expect("every schema is an object");
        object.retain(|_, value| !value.is_null());
        object.insert("x-liaison-title".to_owned(), json!(title));
        if !self.is_on(ADD | MOD) {
            object.insert("x-liaison-read-only".to_owned(), json!(true));
        }
        match properties.get_mut(&name) {
            Some(there) if self.is_on(ADD | MOD) => *there = schema,
            Some(_) => {}
            None => {
                properties.insert(name, schema);
            }
        }
    }
}

fn entity_or_null(entity: &str) -> Value {
    match entity {
        "" => Value::Null,
        entity => json!(entity),
    }
}

impl Lines {
    /// The properties of a line.
    pub fn schema(&self) -> Map<String, Value> {
        let mut properties = Map::new();
        properties.insert(
            "id".to_owned(),
            json!({"type": ["string", "null"], "x-liaison-title": "Line",
                "description": "In a change: the line that is meant; none for a new line."}),
        );
        if let Some((_, fields)) = self.group {
            properties.insert(
                "kind".to_owned(),
                json!({"type": ["string", "null"], "enum": ["item", "group", "text", null], "x-liaison-title": "Kind",
                    "description": "group: a group of items, which QuickBooks unfolds into lines of their own; text: a line without an item."}),
            );
            properties.insert(
                "group_line_id".to_owned(),
                json!({"type": ["string", "null"], "x-liaison-title": "Line of the group it belongs to"}),
            );
            fields
                .iter()
                .for_each(|field| field.schemas(&mut properties));
        }
        self.fields
            .iter()
            .for_each(|field| field.schemas(&mut properties));
        properties
    }
}

/// `HourlyRegular` as we write it: `hourly_regular`.
pub fn snake(word: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    for letter in word.chars() {
        if letter.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
        before = letter;
    }
    out
}
