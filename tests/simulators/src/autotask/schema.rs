//! The entities and fields of the tenant, read once from the data table `entities.txt`.
//!
//! Everything that treats entities alike (query, metadata, validation, routes) is driven from here;
//! what one entity does differently lives in a file of its own noun.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::cell::Kind;

/// Place of an entity in the schema; also of its table in the database.
pub type EntityId = usize;
/// Place of a field in its entity; 0 is always `id`.
pub type FieldId = usize;

pub struct Schema {
    pub entities: Vec<Entity>,
    by_name: HashMap<String, EntityId>,
}

#[derive(Debug)]
pub struct Entity {
    pub name: &'static str,
    /// The name in error texts, from the SOAP days.
    pub soap: &'static str,
    pub parent: Option<Parent>,
    /// What may be written, where it may be written.
    pub verbs: Vec<&'static str>,
    /// Label of `udfType` whose definitions belong here.
    pub udf: Option<&'static str>,
    pub udf_flag: bool,
    pub webhook: bool,
    /// An inactive row is no valid reference.
    pub refuse_inactive: bool,
    pub fields: Vec<Field>,
    by_name: HashMap<String, FieldId>,
}

/// How a child hangs on its parent: `/{entity}/{id}/{word}`, through field `key`.
#[derive(Debug)]
pub struct Parent {
    pub entity: &'static str,
    pub word: &'static str,
    pub key: FieldId,
    /// Rows are written at the entity's own root as well.
    pub root_too: bool,
}

#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub length: usize,
    pub required: bool,
    pub read_only: bool,
    pub queryable: bool,
    pub reference: Option<&'static str>,
    pub picklist: Option<Picklist>,
    pub default: Option<&'static str>,
    pub indexed: bool,
    pub date_only: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picklist {
    /// Values in `picklists.txt` or seeded.
    Own,
    /// The same, each value belonging to a value of another field.
    Under(&'static str),
    /// The ids of another entity.
    Ids(&'static str),
}

/// The one schema.
pub fn schema() -> &'static Schema {
    static SCHEMA: LazyLock<Schema> = LazyLock::new(|| read(include_str!("entities.txt")));
    &SCHEMA
}

impl Schema {
    /// An entity by name, in any case.
    pub fn find(&self, name: &str) -> Option<EntityId> {
        self.by_name.get(&name.to_ascii_lowercase()).copied()
    }

    /// An entity that the code itself names.
    pub fn known(&self, name: &str) -> EntityId {
        self.find(name)
            .unwrap_or_else(|| panic!("`{name}` is in entities.txt"))
    }

    /// The child of `parent` under the route word.
    pub fn child(&self, parent: &str, word: &str) -> Option<EntityId> {
        self.entities.iter().position(|entity| {
            entity.parent.as_ref().is_some_and(|p| {
                p.entity.eq_ignore_ascii_case(parent) && p.word.eq_ignore_ascii_case(word)
            })
        })
    }
}

impl Entity {
    /// A field by name, in any case.
    pub fn find(&self, name: &str) -> Option<FieldId> {
        self.by_name.get(&name.to_ascii_lowercase()).copied()
    }

    /// A field that the code itself names.
    pub fn known(&self, name: &str) -> FieldId {
        self.find(name)
            .unwrap_or_else(|| panic!("`{}.{name}` is in entities.txt", self.name))
    }

    pub fn is_written_at_root(&self) -> bool {
        self.parent.as_ref().is_none_or(|parent| parent.root_too)
    }

    pub fn allows(&self, verb: &str) -> bool {
        self.verbs.contains(&verb)
    }
}

fn read(text: &'static str) -> Schema {
    let mut entities: Vec<Entity> = Vec::new();
    let mut keys: Vec<Option<&str>> = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
    {
        match line.strip_prefix("= ") {
            Some(head) => {
                let (entity, key) = read_entity(head);
                entities.push(entity);
                keys.push(key);
            }
            None => {
                let field = read_field(line).unwrap_or_else(|| panic!("entities.txt: {line}"));
                let entity = entities.last_mut().expect("a field follows an entity");
                entity
                    .by_name
                    .insert(field.name.to_ascii_lowercase(), entity.fields.len());
                entity.fields.push(field);
            }
        }
    }
    for (entity, key) in entities.iter_mut().zip(keys) {
        let key = key.map(|key| entity.known(key));
        if let (Some(parent), Some(key)) = (&mut entity.parent, key) {
            parent.key = key;
        }
    }
    let by_name = entities
        .iter()
        .enumerate()
        .map(|(at, entity)| (entity.name.to_ascii_lowercase(), at))
        .collect();
    Schema { entities, by_name }
}

fn read_entity(head: &'static str) -> (Entity, Option<&'static str>) {
    let mut words = head.split_whitespace();
    let (name, soap) = (
        words.next().expect("a name"),
        words.next().expect("a SOAP name"),
    );
    let mut entity = Entity {
        name,
        soap,
        parent: None,
        verbs: Vec::new(),
        udf: None,
        udf_flag: true,
        webhook: false,
        refuse_inactive: false,
        fields: Vec::new(),
        by_name: HashMap::new(),
    };
    let mut key = None;
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("parent" | "under", path) => {
                let parts: Vec<_> = path.split('/').collect();
                entity.parent = Some(Parent {
                    entity: parts[0],
                    word: parts[1],
                    key: 0,
                    root_too: word.starts_with("under"),
                });
                key = Some(parts[2]);
            }
            ("verbs", verbs) => {
                entity.verbs = verbs.split(',').filter(|verb| !verb.is_empty()).collect()
            }
            ("udf", label) => entity.udf = Some(label),
            ("udf-flag-false", _) => entity.udf_flag = false,
            ("webhook", _) => entity.webhook = true,
            ("refuse-inactive", _) => entity.refuse_inactive = true,
            (other, _) => panic!("entities.txt: `{other}` in {head}"),
        }
    }
    (entity, key)
}

fn read_field(line: &'static str) -> Option<Field> {
    let mut words = line.split_whitespace();
    let (name, kind, flags) = (words.next()?, words.next()?, words.next()?);
    let (kind, length) = match kind.split_once('(') {
        Some((kind, length)) => (kind, length.trim_end_matches(')').parse().ok()?),
        None => (kind, 0),
    };
    let mut field = Field {
        name,
        kind: Kind::parse(kind)?,
        length,
        required: flags.contains('R'),
        read_only: flags.contains('O'),
        queryable: !flags.contains('N'),
        reference: None,
        picklist: None,
        default: None,
        indexed: false,
        date_only: false,
    };
    for word in words {
        if let Some(entity) = word.strip_prefix("->") {
            field.reference = Some(entity);
        } else if let Some(other) = word.strip_prefix("picklist<") {
            field.picklist = Some(Picklist::Under(other));
        } else if let Some(entity) = word.strip_prefix("picklist@") {
            field.picklist = Some(Picklist::Ids(entity));
        } else if let Some(value) = word.strip_prefix("default=") {
            field.default = Some(value);
        } else {
            match word {
                "picklist" => field.picklist = Some(Picklist::Own),
                "indexed" => field.indexed = true,
                "date-only" => field.date_only = true,
                _ => return None,
            }
        }
    }
    Some(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_of_the_table_is_read() {
        let schema = schema();
        for entity in &schema.entities {
            assert_eq!(entity.fields[0].name, "id", "{}", entity.name);
            if let Some(parent) = &entity.parent {
                assert_ne!(parent.key, 0, "{}", entity.name);
            }
        }
        let invoices = &schema.entities[schema.known("invoices")];
        let writable: Vec<_> = invoices
            .fields
            .iter()
            .filter(|f| !f.read_only)
            .map(|f| f.name)
            .collect();
        assert_eq!(writable, ["invoiceNumber", "paidDate", "webServiceDate"]);
        let items = &schema.entities[schema.known("BillingItems")];
        let writable: Vec<_> = items
            .fields
            .iter()
            .filter(|f| !f.read_only)
            .map(|f| f.name)
            .collect();
        assert_eq!(writable, ["webServiceDate"]);
        assert_eq!(
            schema.child("companies", "contacts"),
            schema.find("Contacts")
        );
    }
}
