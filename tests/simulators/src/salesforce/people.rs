//! What people at Salesforce's screens do to records: administrators, whom field security does not bind.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Salesforce;
use super::button::Button;
use super::declared::Given;
use super::id::{self, Id};
use super::refusal::Fault;
use super::seed::resolved;
use super::table::Row;
use super::time::{self, Stamp};
use super::writes::{Hand, Values, Writer};

/// An action on records, its arguments read.
pub enum Deed {
    Create(String, Values),
    Edit(Id, Values),
    Delete(Id),
    Undelete(Id),
    Purge(Vec<Id>),
    Activate(Id),
    Press(Id, Button),
    Submit(Id),
    Decide(Id, String),
    Merge(Id, Vec<Id>),
}

/// Who does it, and how long ago: a transaction may be committed long after its stamps.
pub struct By {
    pub user: Id,
    pub ago_s: Stamp,
}

impl Deed {
    /// `None` where the word is no deed of people.
    pub fn read(
        site: &Salesforce,
        word: &str,
        given: &mut Given<'_>,
    ) -> Result<Option<Self>, String> {
        Ok(Some(match word {
            "create" => {
                let object = given.text("entity")?;
                let record = fields(given, "record")?;
                Self::Create(object.clone(), resolved(site, &object, &record)?)
            }
            "edit" => {
                let id = record(site, given)?;
                let object = object_of(site, &id)?;
                let set = fields(given, "set")?;
                Self::Edit(id, resolved(site, &object, &set)?)
            }
            "delete" => Self::Delete(record(site, given)?),
            "undelete" => Self::Undelete(record(site, given)?),
            "purge" => {
                let ids = given.texts("ids")?;
                Self::Purge(
                    ids.iter()
                        .map(|id| named(site, id))
                        .collect::<Result<_, _>>()?,
                )
            }
            "press" => {
                let id = record(site, given)?;
                let (object, name) = (object_of(site, &id)?, given.text("button")?);
                let mut buttons = site.org.buttons.iter();
                let button = buttons.find(|button| button.object == object && button.name == name);
                let button = button.ok_or_else(|| format!("{object} has no button `{name}`"))?;
                Self::Press(id, button.clone())
            }
            "activate" => Self::Activate(record(site, given)?),
            "submit" => Self::Submit(record(site, given)?),
            "decide" => Self::Decide(record(site, given)?, given.text("status")?),
            "merge" => {
                let keep = named(site, &given.text("keep")?)?;
                let merged = given.texts("merged")?;
                Self::Merge(
                    keep,
                    merged
                        .iter()
                        .map(|id| named(site, id))
                        .collect::<Result<_, _>>()?,
                )
            }
            _ => return Ok(None),
        }))
    }

    pub fn carry_out(self, site: &mut Salesforce, by: By, now: Stamp) -> Result<Value, String> {
        let mark = site.org.mark();
        let done = self.done(site, by, now);
        if done.is_err() {
            site.org.undo_to(mark);
        }
        site.org.settle();
        done
    }

    fn done(self, site: &mut Salesforce, by: By, now: Stamp) -> Result<Value, String> {
        let mut writer = Writer {
            org: &mut site.org,
            hand: Hand::Person,
            user: by.user,
            now: now - by.ago_s,
            allow_save: true,
        };
        match self {
            Self::Create(object, record) => {
                return Ok(json!({ "id": writer.create(&object, &record)? }));
            }
            Self::Edit(id, set) => edit(&mut writer, &id, &set)?,
            Self::Delete(id) => {
                let object = kind(&writer, &id)?;
                writer.delete(&object, &id)?;
            }
            Self::Undelete(id) => undelete(&mut writer, &id)?,
            Self::Purge(ids) => return Ok(json!({ "purged": purge(&mut writer, &ids) })),
            Self::Press(id, button) => {
                let set = button.pressed(writer.now);
                edit(&mut writer, &id, &set)?;
            }
            Self::Activate(id) => edit(&mut writer, &id, &one("Status", "Activated"))?,
            Self::Submit(id) => {
                edit(&mut writer, &id, &one("Status", "In Approval Process"))?;
                writer.org.in_approval.insert(id);
            }
            Self::Decide(id, status) => {
                writer.org.in_approval.remove(&id);
                edit(&mut writer, &id, &one("Status", &status))?;
            }
            Self::Merge(keep, merged) => merge(&mut writer, &keep, &merged)?,
        }
        Ok(json!({ "done": true }))
    }
}

/// A record by its id or its name in the seed.
pub fn named(site: &Salesforce, text: &str) -> Result<Id, String> {
    let alias = text.strip_prefix('@').unwrap_or(text);
    match site.org.aliases.get(alias) {
        Some(id) => Ok(id.clone()),
        None => id::read(text).ok_or_else(|| format!("no record `{text}`")),
    }
}

fn record(site: &Salesforce, given: &mut Given<'_>) -> Result<Id, String> {
    named(site, &given.text("id")?)
}

fn object_of(site: &Salesforce, id: &str) -> Result<String, String> {
    let object = site.org.schema.by_prefix(id::prefix(id));
    object
        .map(|object| object.name.clone())
        .ok_or_else(|| format!("no object has the id {id}"))
}

fn fields(given: &mut Given<'_>, name: &str) -> Result<Values, String> {
    match given.take(name) {
        Some(Value::Object(map)) => Ok(map),
        _ => Err(format!("`{name}` must be an object")),
    }
}

fn one(field: &str, value: &str) -> Values {
    let mut values = Values::new();
    values.insert(field.to_owned(), value.into());
    values
}

fn kind(writer: &Writer<'_>, id: &str) -> Result<String, Fault> {
    let object = writer.org.schema.by_prefix(id::prefix(id));
    object
        .map(|object| object.name.clone())
        .ok_or_else(Fault::not_found)
}

fn edit(writer: &mut Writer<'_>, id: &str, set: &Values) -> Result<(), Fault> {
    let object = kind(writer, id)?;
    writer.update(&object, id, set)
}

/// Out of the recycle bin, and what went with it in the same moment.
fn undelete(writer: &mut Writer<'_>, id: &str) -> Result<(), Fault> {
    let object = kind(writer, id)?;
    let found = writer.org.table(&object).get(id).cloned();
    let row = found
        .filter(|row| row.deleted)
        .ok_or_else(Fault::not_found)?;
    let gone = row.text("LastModifiedDate").to_owned();
    let schema = Arc::clone(&writer.org.schema);
    restore(writer, &object, &row);
    for (child, field) in schema.pointing_to(&object) {
        if field.cascade {
            let rows = writer.org.table(&child.name).all_having(field, &id.into());
            let rows: Vec<Arc<Row>> = rows
                .into_iter()
                .filter(|row| row.deleted)
                .cloned()
                .collect();
            for below in rows
                .iter()
                .filter(|below| below.text("LastModifiedDate") == gone)
            {
                undelete(writer, &below.id)?;
            }
        }
    }
    Ok(())
}

fn restore(writer: &mut Writer<'_>, object: &str, row: &Row) {
    let mut row = row.clone();
    let now = time::written(writer.now);
    row.deleted = false;
    row.set("LastModifiedDate", now.clone());
    row.set("LastModifiedById", writer.user.clone());
    row.set("SystemModstamp", now);
    writer.org.put(object, row);
}

/// Takes records out of the recycle bin for good; all of them where none are named.
fn purge(writer: &mut Writer<'_>, ids: &[Id]) -> usize {
    let wanted: BTreeSet<&Id> = ids.iter().collect();
    let schema = Arc::clone(&writer.org.schema);
    let mut count = 0;
    for object in schema.objects() {
        let rows = writer.org.table(&object.name).rows();
        let gone: Vec<Id> = rows
            .filter(|row| row.deleted && (wanted.is_empty() || wanted.contains(&row.id)))
            .map(|row| row.id.clone())
            .collect();
        count += gone.len();
        gone.iter()
            .for_each(|id| writer.org.purge(&object.name, id));
    }
    count
}

/// The others go into one: what refers to them refers to it, and they say where they went.
fn merge(writer: &mut Writer<'_>, keep: &str, merged: &[Id]) -> Result<(), Fault> {
    let object = kind(writer, keep)?;
    if writer.org.live(&object, keep).is_none() || !matches!(object.as_str(), "Account" | "Contact")
    {
        return Err(Fault::not_found());
    }
    let schema = Arc::clone(&writer.org.schema);
    for gone in merged {
        let row = writer
            .org
            .live(&object, gone)
            .cloned()
            .ok_or_else(Fault::not_found)?;
        for (child, field) in schema.pointing_to(&object) {
            let rows = writer
                .org
                .table(&child.name)
                .having(field, &gone.clone().into());
            let ids: Vec<Id> = rows.iter().map(|row| row.id.clone()).collect();
            for id in ids {
                writer.follow(&child.name, &id, |row| row.set(&field.name, keep));
            }
        }
        let mut row = Row::clone(&row);
        let now = time::written(writer.now);
        row.deleted = true;
        row.set("MasterRecordId", keep);
        row.set("LastModifiedDate", now.clone());
        row.set("LastModifiedById", writer.user.clone());
        row.set("SystemModstamp", now);
        writer.org.put(&object, row);
    }
    writer.follow(&object, keep, |_| {});
    Ok(())
}
