//! Records made, changed and deleted, whoever does it: the API, a person, a seed.
//!
//! The order is the platform's: locks, the values themselves, what an object asks for (`business`), required
//! fields, the administrator's rules, uniqueness, then the record stands and what depends on it follows.
//! Each write is whole or leaves no trace.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::business;
use super::field::{Access, Field};
use super::id::Id;
use super::kind::Kind;
use super::number;
use super::org::Org;
use super::outbound;
use super::refusal::Fault;
use super::rules;
use super::schema::Object;
use super::show;
use super::table::Row;
use super::time::{self, Stamp};
use super::value;

pub type Values = Map<String, Value>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    Api,
    /// Somebody at the screen, who is an administrator.
    Person,
    /// A record as it stands in the database: stamps and states included.
    Seed,
    /// What follows from another write.
    Platform,
}

pub struct Writer<'a> {
    pub org: &'a mut Org,
    pub hand: Hand,
    pub user: Id,
    pub now: Stamp,
    /// `Sforce-Duplicate-Rule-Header: allowSave=true`
    pub allow_save: bool,
}

/// A record about to be saved.
pub struct Draft {
    pub object: String,
    pub old: Option<Arc<Row>>,
    pub row: Row,
    /// Declared names of the fields that this write gives.
    pub given: BTreeSet<String>,
}

impl Draft {
    pub fn is_new(&self) -> bool {
        self.old.is_none()
    }

    pub fn gives(&self, field: &str) -> bool {
        self.given.contains(field)
    }

    /// Whether a field is other than before.
    pub fn changes(&self, field: &str) -> bool {
        let old = self.old.as_ref().map(|old| old.get(field));
        old.unwrap_or(&Value::Null) != self.row.get(field)
    }
}

impl Writer<'_> {
    pub fn create(&mut self, object: &str, given: &Values) -> Result<Id, Fault> {
        self.whole(|writer| {
            writer.take_a_turn()?;
            writer.save(object, None, given)
        })
    }

    pub fn update(&mut self, object: &str, id: &str, given: &Values) -> Result<(), Fault> {
        let old = self.existing(object, id)?;
        self.whole(|writer| {
            writer.check_locks(&old)?;
            writer.save(object, Some(old), given)
        })?;
        Ok(())
    }

    pub fn delete(&mut self, object: &str, id: &str) -> Result<(), Fault> {
        let old = self.existing(object, id)?;
        self.whole(|writer| {
            writer.check_locks(&old)?;
            let schema = Arc::clone(&writer.org.schema);
            if !schema.object(object).is_some_and(|object| object.deletable) {
                return Err(Fault::no_access());
            }
            writer.delete_with_children(object, &old, &mut BTreeSet::new())
        })
    }

    /// Runs a write; what it did is undone where it fails.
    fn whole<T>(&mut self, write: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let mark = self.org.mark();
        let done = write(self);
        if done.is_err() {
            self.org.undo_to(mark);
        }
        done
    }

    fn existing(&self, object: &str, id: &str) -> Result<Arc<Row>, Fault> {
        match self.org.table(object).get(id) {
            None => Err(Fault::not_found()),
            Some(row) if row.deleted => Err(Fault::deleted()),
            Some(row) => Ok(Arc::clone(row)),
        }
    }

    fn check_locks(&mut self, row: &Row) -> Result<(), Fault> {
        self.take_a_turn()?;
        self.check_held(&row.id)
    }

    /// Now and then a test wants a row to be locked by somebody who is not there.
    fn take_a_turn(&mut self) -> Result<(), Fault> {
        let (before, then) = self.org.lock_writes;
        match (self.hand, before, then) {
            (Hand::Api, 0, 0) => Ok(()),
            (Hand::Api, 0, then) => {
                self.org.lock_writes.1 = then - 1;
                Err(Fault::lock_row())
            }
            (Hand::Api, before, _) => {
                self.org.lock_writes.0 = before - 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether another transaction, an approval or the sharing rules keep a record from the user.
    pub fn check_held(&self, id: &str) -> Result<(), Fault> {
        if self.hand != Hand::Api {
            return Ok(());
        }
        if self.org.held.contains(id) {
            return Err(Fault::lock_row());
        }
        if self.org.read_only.contains(id) {
            return Err(Fault::no_access());
        }
        match self.org.in_approval.contains(id) {
            true => {
                let message = "the entity is locked for editing";
                Err(Fault::new("ENTITY_IS_LOCKED", message).with(&[]))
            }
            false => Ok(()),
        }
    }

    fn save(&mut self, object: &str, old: Option<Arc<Row>>, given: &Values) -> Result<Id, Fault> {
        let schema = Arc::clone(&self.org.schema);
        let object = schema.object(object).ok_or_else(Fault::not_found)?;
        if object.read_only && !matches!(self.hand, Hand::Seed) {
            return Err(Fault::no_access());
        }
        let changes = self.read(object, given, old.is_none())?;
        let mut draft = Draft {
            object: object.name.clone(),
            row: match &old {
                Some(old) => Row::clone(old),
                None => self.blank(object, given),
            },
            old,
            given: changes
                .iter()
                .map(|(field, _)| field.name.clone())
                .collect(),
        };
        for (field, value) in changes {
            draft.row.set(&field.name, value);
        }
        if draft.is_new() {
            self.defaults(object, &mut draft);
        }
        business::before(self, &mut draft)?;
        if self.hand != Hand::Seed {
            check_required(object, &draft)?;
            if self.hand != Hand::Platform {
                rules::check(self.org, &draft, self.allow_save, self.now)?;
            }
        }
        self.check_unique(object, &draft.row)?;
        self.stamp(&mut draft, given);
        let id = draft.row.id.clone();
        self.org.put(&object.name, draft.row.clone());
        outbound::noticed(self.org, self.hand, &draft, self.now);
        business::after(self, &draft)?;
        Ok(id)
    }

    /// A record without values, under its id.
    fn blank(&mut self, object: &Object, given: &Values) -> Row {
        let named = given.get("Id").and_then(Value::as_str);
        let named = named
            .filter(|_| self.hand == Hand::Seed)
            .and_then(super::id::read);
        Row::new(named.unwrap_or_else(|| self.org.new_id(&object.prefix)))
    }

    /// Given values as they are kept, by declared field.
    fn read(
        &self,
        object: &Object,
        given: &Values,
        is_new: bool,
    ) -> Result<Vec<(Arc<Field>, Value)>, Fault> {
        let mut changes = Vec::new();
        for (key, value) in given {
            if key == "attributes" {
                continue;
            }
            let field = match self.hand {
                Hand::Api => object
                    .visible(key)
                    .filter(|field| show::is_there(self.org, object, field)),
                _ => object.field(key),
            };
            let Some(field) = field else {
                let way = object.relationship(key).filter(|field| !field.is_hidden());
                let way = way.filter(|_| value.is_object() || value.is_null());
                let way = way.ok_or_else(|| Fault::no_column(key, &object.name))?;
                changes.push((Arc::clone(way), self.by_external_id(way, value)?));
                continue;
            };
            if self.hand == Hand::Seed {
                if !matches!(field.name.as_str(), "Id" | "IsDeleted") {
                    changes.push((Arc::clone(field), value::read(self.org, field, value)?));
                }
                continue;
            }
            if field.kind == Kind::Id {
                let message = "The Id field should not be specified in the sobject data.";
                return Err(Fault::new("INVALID_FIELD", message));
            }
            if !self.may_write(object, field, is_new) {
                return Err(Fault::read_only(&field.name));
            }
            changes.push((Arc::clone(field), value::read(self.org, field, value)?));
        }
        Ok(changes)
    }

    fn may_write(&self, object: &Object, field: &Field, is_new: bool) -> bool {
        if self.hand == Hand::Api && field.access != Access::Write {
            return false;
        }
        writable(self.org, object, field, is_new) || self.hand == Hand::Platform
    }

    /// `"Account": {"Ext__c": "C-1"}` in the place of `AccountId`.
    fn by_external_id(&self, way: &Field, given: &Value) -> Result<Value, Fault> {
        let Some(given) = given.as_object() else {
            return Ok(Value::Null);
        };
        let mut keys = given.iter().filter(|(key, _)| *key != "attributes");
        let (Some((key, value)), None) = (keys.next(), keys.next()) else {
            return Err(Fault::unreadable(
                "A relationship names its record by one external id",
            ));
        };
        let parent = way.to.iter().find_map(|to| self.org.schema.visible(to));
        let parent = parent.ok_or_else(|| Fault::no_column(key, &way.name))?;
        let field = parent.visible(key).filter(|field| field.external_id);
        let field = field.ok_or_else(|| Fault::no_column(key, &parent.name))?;
        let found = self.org.table(&parent.name).having(field, value);
        match found.as_slice() {
            [one] => Ok(one.id.clone().into()),
            [] => {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_lowercase);
                let message = format!(
                    "Foreign key external ID: {value} not found for field {} in entity {}",
                    field.name, parent.name
                );
                Err(Fault::new("INVALID_FIELD", message))
            }
            _ => {
                let message = format!(
                    "More than one record found for external id field: {}",
                    field.name
                );
                Err(Fault::new("DUPLICATE_EXTERNAL_ID", message).with(&[&field.name]))
            }
        }
    }

    fn defaults(&mut self, object: &Object, draft: &mut Draft) {
        for field in object.fields() {
            if draft.row.has(&field.name) {
                continue;
            }
            if let Some((form, first)) = &field.auto {
                let number = self.org.next_number(&object.name, &field.name, *first);
                draft.row.set(&field.name, numbered(form, number));
            } else if field.name == "OwnerId" {
                draft.row.set("OwnerId", self.user.clone());
            } else if let Some(default) = &field.default
                && !draft.gives(&field.name)
            {
                draft.row.set(&field.name, default.clone());
            }
        }
        if object.custom && !draft.row.has("Name") && !object.event {
            // A custom object without a name shows its id in its place.
            draft
                .row
                .set("Name", super::id::short(&draft.row.id).to_owned());
        }
    }

    fn check_unique(&self, object: &Object, row: &Row) -> Result<(), Fault> {
        for field in object.fields().filter(|field| field.unique) {
            let same = self
                .org
                .table(&object.name)
                .having(field, row.get(&field.name));
            if let Some(other) = same.iter().find(|other| other.id != row.id) {
                return Err(duplicate(field, &other.id));
            }
        }
        Ok(())
    }

    fn stamp(&self, draft: &mut Draft, given: &Values) {
        let (now, user) = (time::written(self.now), self.user.clone());
        let is_new = draft.is_new();
        let row = &mut draft.row;
        if self.hand == Hand::Seed {
            let or = |row: &mut Row, name: &str, value: Value| {
                if !row.has(name) {
                    row.set(name, value);
                }
            };
            or(row, "CreatedDate", now.into());
            let created = row.get("CreatedDate").clone();
            or(row, "LastModifiedDate", created);
            let modified = row.get("LastModifiedDate").clone();
            or(row, "SystemModstamp", modified);
            or(row, "CreatedById", user.clone().into());
            or(row, "LastModifiedById", user.into());
            row.deleted = given.get("IsDeleted") == Some(&Value::Bool(true));
            return;
        }
        if is_new {
            row.set("CreatedDate", now.clone());
            row.set("CreatedById", user.clone());
        }
        if self.hand != Hand::Platform || is_new {
            row.set("LastModifiedDate", now.clone());
            row.set("LastModifiedById", user);
        }
        row.set("SystemModstamp", now);
    }

    /// Sets fields that Salesforce keeps itself, as a consequence of another write.
    pub fn follow(&mut self, object: &str, id: &str, set: impl FnOnce(&mut Row)) {
        if let Some(row) = self.org.live(object, id) {
            let mut row = Row::clone(row);
            set(&mut row);
            if self.hand != Hand::Seed {
                let now = time::written(self.now);
                row.set("LastModifiedDate", now.clone());
                row.set("LastModifiedById", self.user.clone());
                row.set("SystemModstamp", now);
            }
            self.org.put(object, row);
        }
    }

    fn delete_with_children(
        &mut self,
        object: &str,
        row: &Row,
        gone: &mut BTreeSet<Id>,
    ) -> Result<(), Fault> {
        if !gone.insert(row.id.clone()) {
            return Ok(());
        }
        business::before_delete(self, object, row)?;
        let schema = Arc::clone(&self.org.schema);
        for (child, field) in schema.pointing_to(object) {
            let rows = self
                .org
                .table(&child.name)
                .having(field, &row.id.clone().into());
            let rows: Vec<Arc<Row>> = rows.into_iter().cloned().collect();
            for below in rows {
                if field.cascade {
                    self.delete_with_children(&child.name, &below, gone)?;
                } else if field.required {
                    return Err(delete_failed(&child.plural));
                } else if !gone.contains(&below.id) {
                    let mut below = Row::clone(&below);
                    below.set(&field.name, Value::Null);
                    below.set("SystemModstamp", time::written(self.now));
                    self.org.put(&child.name, below);
                }
            }
        }
        let mut row = Row::clone(row);
        let now = time::written(self.now);
        row.deleted = true;
        row.set("LastModifiedDate", now.clone());
        row.set("LastModifiedById", self.user.clone());
        row.set("SystemModstamp", now);
        self.org.put(object, row.clone());
        business::after_delete(self, object, &row);
        Ok(())
    }
}

/// Whether a field is open to writes, field permissions aside.
pub fn writable(org: &Org, object: &Object, field: &Field, is_new: bool) -> bool {
    if object.name == "Contract" && field.name == "EndDate" {
        return org.switches.contract_end_written;
    }
    if is_new {
        field.createable
    } else {
        field.updateable
    }
}

pub fn delete_failed(plural: &str) -> Fault {
    let message = format!(
        "Your attempt to delete this record could not be completed because it is associated with the following: {plural}"
    );
    Fault::new("DELETE_FAILED", message).with(&[])
}

pub fn duplicate(field: &Field, other: &str) -> Fault {
    let message = format!(
        "duplicate value found: {} duplicates value on record with id: {}",
        field.name,
        super::id::short(other)
    );
    Fault::new("DUPLICATE_VALUE", message).with(&[&field.name])
}

fn check_required(object: &Object, draft: &Draft) -> Result<(), Fault> {
    let missing: Vec<&str> = object
        .fields()
        .filter(|field| {
            field.required && !field.calculated && (field.createable || field.updateable)
        })
        .filter(|field| !draft.row.has(&field.name))
        .map(|field| field.name.as_str())
        .collect();
    match missing.as_slice() {
        [] => Ok(()),
        missing => Err(Fault::missing(missing)),
    }
}

/// `T-{0000}` with 7 → `T-0007`.
fn numbered(form: &str, number: u64) -> String {
    match (form.find('{'), form.find('}')) {
        (Some(open), Some(close)) if open < close => {
            let width = close - open - 1;
            format!("{}{number:0width$}{}", &form[..open], &form[close + 1..])
        }
        _ => format!("{form}{number}"),
    }
}

/// A stored number, nothing where there is none.
pub fn decimal(row: &Row, field: &str) -> Option<rust_decimal::Decimal> {
    number::read(row.get(field))
}
