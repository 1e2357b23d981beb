//! The company file: every object, by id and by name, and what was deleted.
//!
//! References are kept as ids, so a rename shows everywhere at once. Quantities that follow from other
//! objects (stock, balances, totals) are not kept: `stock.rs` and `answer.rs` work them out.
//!
//! Invariants: no two objects of one name space share a full name; every id that was ever given out is
//! unique; a change of an object changes its edit sequence.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

use super::data_ext::{Definition, Extension};
use super::kind::{self, Kind};
use super::message_set::Stored;
use super::status::Status;
use super::xml::Element;

/// Ids in the order they were given out.
pub type Serial = u32;

#[derive(Debug, Clone)]
pub struct Object {
    pub serial: Serial,
    pub id: String,
    pub kind: &'static Kind,
    /// Unix seconds.
    pub created: i64,
    pub modified: i64,
    pub edit_sequence: i64,
    /// A list element's own name, without its parents'.
    pub name: String,
    pub parent: Option<Serial>,
    pub is_active: bool,
    /// What QuickBooks counts transactions by.
    pub txn_number: u32,
    pub fields: Vec<Element>,
    pub lines: Vec<Line>,
    pub extensions: Vec<Extension>,
    /// Other transactions this one is linked to.
    pub links: Vec<Serial>,
    pub is_voided: bool,
}

#[derive(Debug, Clone)]
pub struct Line {
    pub id: String,
    /// `SalesOrderLine`, `ExpenseLine` …
    pub element: &'static str,
    pub fields: Vec<Element>,
    pub extensions: Vec<Extension>,
    /// The line of an order that this one takes over.
    pub source: Option<(Serial, String)>,
    /// How much of it others took over, in quantity, and in quantity by bills alone.
    pub taken: Decimal,
    pub billed: Decimal,
    /// The lines of a group.
    pub inside: Vec<Line>,
}

#[derive(Debug, Clone)]
pub struct Deleted {
    pub kind: &'static Kind,
    pub id: String,
    pub created: i64,
    pub deleted: i64,
    /// A list element's full name, a transaction's number.
    pub name: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Company {
    pub path: String,
    pub name: String,
    pub fields: Vec<Element>,
    pub extensions: Vec<Extension>,
    pub definitions: Vec<Definition>,
    pub deleted: Vec<Deleted>,
    /// Message sets by application and id, with their answers.
    pub message_sets: HashMap<(String, String), Stored>,
    /// What another user has open: nobody else may change it.
    pub locked: Vec<Serial>,
    objects: BTreeMap<Serial, Object>,
    by_id: HashMap<String, Serial>,
    by_name: HashMap<NameKey, Serial>,
    given_out: u32,
    txn_count: u32,
    forgotten_definitions: Vec<(String, String)>,
}

type NameKey = (&'static str, Option<Serial>, String);

impl Company {
    pub fn new(path: &str, name: &str) -> Self {
        Self {
            path: path.to_owned(),
            name: name.to_owned(),
            fields: Vec::new(),
            extensions: Vec::new(),
            definitions: Vec::new(),
            deleted: Vec::new(),
            message_sets: HashMap::new(),
            locked: Vec::new(),
            objects: BTreeMap::new(),
            by_id: HashMap::new(),
            by_name: HashMap::new(),
            given_out: 0,
            txn_count: 0,
            forgotten_definitions: Vec::new(),
        }
    }

    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Object> {
        self.objects.values()
    }

    pub fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Object> {
        self.all().filter(move |object| object.kind.name == kind)
    }

    pub fn object(&self, serial: Serial) -> Option<&Object> {
        self.objects.get(&serial)
    }

    pub fn by_id(&self, id: &str) -> Option<&Object> {
        self.object(*self.by_id.get(id)?)
    }

    /// For changes that leave id, name and parent alone.
    pub fn edit(&mut self, serial: Serial) -> Option<&mut Object> {
        self.objects.get_mut(&serial)
    }

    /// Stands for `Parent:Child` in a name space; case does not matter.
    pub fn by_full_name(&self, space: &'static str, full_name: &str) -> Option<&Object> {
        let mut found = None;
        for part in full_name.split(':') {
            let key = (space, found, part.to_lowercase());
            found = Some(*self.by_name.get(&key)?);
        }
        self.object(found?)
    }

    pub fn full_name(&self, object: &Object) -> String {
        match object.parent.and_then(|parent| self.object(parent)) {
            Some(parent) => format!("{}:{}", self.full_name(parent), object.name),
            None => object.name.clone(),
        }
    }

    pub fn depth(&self, object: &Object) -> usize {
        let parent = object.parent.and_then(|parent| self.object(parent));
        parent.map_or(0, |parent| self.depth(parent) + 1)
    }

    /// Whether `object` is `ancestor` or stands somewhere below it.
    pub fn is_within(&self, object: &Object, ancestor: Serial) -> bool {
        object.serial == ancestor
            || object
                .parent
                .and_then(|parent| self.object(parent))
                .is_some_and(|parent| self.is_within(parent, ancestor))
    }

    fn name_key(kind: &'static Kind, parent: Option<Serial>, name: &str) -> NameKey {
        (kind.space, parent, name.to_lowercase())
    }

    /// Whether a name can be given to the object `to` (none: a new one).
    pub fn check_name(
        &self,
        kind: &'static Kind,
        parent: Option<Serial>,
        name: &str,
        to: Option<Serial>,
    ) -> Result<(), Status> {
        if name.trim().is_empty() {
            return Err(Status::missing("Name"));
        }
        if name.contains(':') {
            return Err(Status::new(
                3090,
                format!(
                    "There was an error when storing \"{name}\" in the \"Name\" field. QuickBooks error \
                     message: List element names cannot contain a colon."
                ),
            ));
        }
        match self.by_name.get(&Self::name_key(kind, parent, name)) {
            Some(other) if Some(*other) != to => Err(Status::name_in_use(name)),
            _ => Ok(()),
        }
    }

    /// An id nobody had: a list element's has the high bit set.
    pub fn next_id(&mut self, is_list: bool, now_s: i64) -> (Serial, String) {
        self.given_out += 1;
        let serial = self.given_out;
        let shown = if is_list {
            serial | 0x8000_0000
        } else {
            serial
        };
        (serial, format!("{shown:X}-{now_s}"))
    }

    /// An object with nothing in it yet, to be filled and given to [`Company::put`].
    pub fn blank(&mut self, kind: &'static Kind, now_s: i64) -> Object {
        let (serial, id) = self.next_id(kind.is_list, now_s);
        if !kind.is_list {
            self.txn_count += 1;
        }
        Object {
            serial,
            id,
            kind,
            created: now_s,
            modified: now_s,
            edit_sequence: now_s,
            name: String::new(),
            parent: None,
            is_active: true,
            txn_number: self.txn_count,
            fields: Vec::new(),
            lines: Vec::new(),
            extensions: Vec::new(),
            links: Vec::new(),
            is_voided: false,
        }
    }

    /// Takes a new object in, or a changed one back.
    pub fn put(&mut self, object: Object) {
        if let Some(before) = self.objects.get(&object.serial) {
            self.by_name
                .remove(&Self::name_key(before.kind, before.parent, &before.name));
        }
        if object.kind.is_list {
            let key = Self::name_key(object.kind, object.parent, &object.name);
            self.by_name.insert(key, object.serial);
        }
        self.by_id.insert(object.id.clone(), object.serial);
        self.objects.insert(object.serial, object);
    }

    /// Stamps a change.
    pub fn touch(&mut self, serial: Serial, now_s: i64) {
        if let Some(object) = self.objects.get_mut(&serial) {
            object.modified = now_s;
            object.edit_sequence = now_s.max(object.edit_sequence + 1);
        }
    }

    pub fn remove(&mut self, serial: Serial, now_s: i64) -> Option<Deleted> {
        let object = self.objects.get(&serial)?.clone();
        let deleted = Deleted {
            kind: object.kind,
            id: object.id.clone(),
            created: object.created,
            deleted: now_s,
            name: if object.kind.is_list {
                Some(self.full_name(&object))
            } else {
                object.get("RefNumber").map(str::to_owned)
            },
        };
        self.by_name
            .remove(&Self::name_key(object.kind, object.parent, &object.name));
        self.by_id.remove(&object.id);
        self.objects.remove(&serial);
        self.deleted.push(deleted.clone());
        Some(deleted)
    }

    /// Whether anything refers to a list element.
    pub fn is_used(&self, object: &Object) -> bool {
        let refers = |fields: &[Element]| fields.iter().any(|field| mentions(field, &object.id));
        self.all().any(|other| {
            other.parent == Some(object.serial)
                || refers(&other.fields)
                || other.all_lines().any(|line| refers(&line.fields))
        })
    }

    /// The next number of a kind of transaction: one after the largest so far.
    pub fn next_number(&self, kind: &'static Kind) -> String {
        let numbers = self
            .of(kind.name)
            .filter_map(|object| object.get("RefNumber")?.parse().ok());
        (numbers.max().unwrap_or(0_u64) + 1).to_string()
    }

    pub fn forget_definition(&mut self, owner: &str, name: &str) {
        self.definitions
            .retain(|known| known.owner != owner || known.name != name);
        self.forgotten_definitions
            .push((owner.to_owned(), name.to_owned()));
    }

    /// A definition that was deleted and made again: adding values under it fails.
    pub fn was_remade(&self, owner: &str, name: &str) -> bool {
        let mut forgotten = self.forgotten_definitions.iter();
        forgotten.any(|(known_owner, known)| known_owner == owner && known == name)
    }

    /// How many there are of each kind.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for object in self.all() {
            *counts.entry(object.kind.name).or_default() += 1;
        }
        counts
    }

    /// The list element a text names: an id, or a full name in the space of that kind.
    pub fn find<'a>(&'a self, kind_name: &'a str, key: &str) -> Option<&'a Object> {
        let kind = kind::named(kind_name)?;
        let is_it = |object: &&Object| object.kind == kind;
        let by_number = |object: &&Object| object.get("RefNumber") == Some(key);
        self.by_id(key)
            .filter(is_it)
            .or_else(|| self.by_full_name(kind.space, key).filter(is_it))
            .or_else(|| self.of(kind_name).find(by_number))
    }
}

impl Object {
    pub fn field(&self, name: &str) -> Option<&Element> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.field(name).map(|field| field.text.as_str())
    }

    pub fn is_true(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1"))
    }

    /// The id a reference field points to.
    pub fn reference(&self, name: &str) -> Option<&str> {
        self.field(name)?.get("ListID")
    }

    pub fn set(&mut self, field: Element) {
        set(&mut self.fields, field);
    }

    /// Lines and the lines inside groups.
    pub fn all_lines(&self) -> impl Iterator<Item = &Line> {
        self.lines
            .iter()
            .flat_map(|line| std::iter::once(line).chain(line.inside.iter()))
    }

    pub fn all_lines_mut(&mut self) -> Vec<&mut Line> {
        let mut lines = Vec::new();
        for line in &mut self.lines {
            if line.inside.is_empty() {
                lines.push(line);
            } else {
                lines.extend(line.inside.iter_mut());
            }
        }
        lines
    }
}

impl Line {
    pub fn field(&self, name: &str) -> Option<&Element> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.field(name).map(|field| field.text.as_str())
    }

    pub fn number(&self, name: &str) -> Option<Decimal> {
        super::value::number(self.get(name))
    }

    pub fn item(&self) -> Option<&str> {
        self.field("ItemRef")?.get("ListID")
    }

    pub fn set(&mut self, field: Element) {
        set(&mut self.fields, field);
    }

    /// How much there is to take over: the quantity, or 1 where a line has an amount alone.
    pub fn whole(&self) -> Decimal {
        let alone = self.number("Amount").map(|_| Decimal::ONE);
        self.number("Quantity").or(alone).unwrap_or_default()
    }

    /// What nobody took over yet of an order's line.
    pub fn open(&self) -> Decimal {
        match self.get("IsManuallyClosed") {
            Some("true" | "1") => Decimal::ZERO,
            _ => (self.whole() - self.taken).max(Decimal::ZERO),
        }
    }
}

fn set(fields: &mut Vec<Element>, field: Element) {
    fields.retain(|known| known.name != field.name);
    fields.push(field);
}

fn mentions(element: &Element, id: &str) -> bool {
    element.name == "ListID" && element.text == id
        || element.children.iter().any(|child| mentions(child, id))
}
