//! A person at the vendor's screen: the same rules as the API's, and those that bind people only.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::control::Action;
use super::object::Object;
use super::table::Row;
use super::time::Stamp;
use super::value::Hand;
use super::{Centrixone, rules, stage, time};
use crate::simulator::NowMs;

pub enum Deed {
    Create {
        object: Object,
        record: Map<String, Value>,
        by: Hand,
    },
    Edit {
        object: Object,
        id: i64,
        set: Map<String, Value>,
        by: Hand,
    },
    Delete {
        object: Object,
        id: i64,
        forced: bool,
    },
    Move {
        contact: i64,
        from: Option<i64>,
        to: Option<i64>,
    },
    Merge {
        keep: i64,
        merged: Vec<i64>,
    },
    RenameStage {
        id: i64,
        labels: Map<String, Value>,
        forced: bool,
    },
}

impl Deed {
    pub fn read(word: &str, action: &mut Action) -> Result<Self, String> {
        Ok(match word {
            "create" => Self::Create {
                object: action.object()?,
                record: action.map("record")?,
                by: action.by()?,
            },
            "edit" => Self::Edit {
                object: action.object()?,
                id: action.number("id")?,
                set: action.map("set")?,
                by: action.by()?,
            },
            "delete" => Self::Delete {
                object: action.object()?,
                id: action.number("id")?,
                forced: action.flag_or("force", false)?,
            },
            "move" => Self::Move {
                contact: action.number("contact")?,
                from: action.number_or_none("from")?,
                to: action.number_or_none("to")?,
            },
            "merge" => Self::Merge {
                keep: action.number("keep")?,
                merged: action.numbers("merged")?.ok_or("`merged` is missing")?,
            },
            "activate" => Self::Edit {
                object: Object::Users,
                id: action.number("id")?,
                set: Map::from_iter([("active".to_owned(), action.flag_or("on", true)?.into())]),
                by: Hand::Person,
            },
            "rename_user" => Self::Edit {
                object: Object::Users,
                id: action.number("id")?,
                set: those_given(action, ["username", "full_name"]),
                by: Hand::Person,
            },
            "rename_stage" => Self::RenameStage {
                id: action.number("id")?,
                labels: those_given(action, ["label_fr", "label_en"]),
                forced: action.flag_or("force", false)?,
            },
            other => return Err(format!("no such action: `{other}`")),
        })
    }

    pub fn carry_out(self, site: &mut Centrixone, now: NowMs) -> Result<Value, String> {
        let now = time::stamp(now);
        match self {
            Self::Create { object, record, by } => {
                let id = site.writer(by, now).write(object, None, &record)?;
                Ok(json!({ "id": id }))
            }
            Self::Edit {
                object,
                id,
                set,
                by,
            } => {
                row(site, object, id)?;
                site.writer(by, now).write(object, Some(id), &set)?;
                Ok(json!({ "id": id }))
            }
            Self::Delete { object, id, forced } => delete(site, object, id, forced, now),
            Self::Move { contact, from, to } => change_lists(site, contact, from, to, now),
            Self::Merge { keep, merged } => merge(site, keep, &merged, now),
            Self::RenameStage { id, labels, forced } => {
                let old = row(site, Object::Stages, id)?;
                if forced && stage::is_acombas(&old) {
                    // Support can do it; without its old self there is no label to protect.
                    site.writer(Hand::Person, now).finish(
                        Object::Stages,
                        None,
                        edited(old, now),
                        &labels,
                    )?;
                } else {
                    site.writer(Hand::Person, now)
                        .write(Object::Stages, Some(id), &labels)?;
                }
                Ok(json!({ "id": id }))
            }
        }
    }
}

fn those_given<const N: usize>(action: &mut Action, names: [&str; N]) -> Map<String, Value> {
    let given = names.into_iter();
    given
        .filter_map(|name| Some((name.to_owned(), action.take(name)?)))
        .collect()
}

fn row(site: &Centrixone, object: Object, id: i64) -> Result<Row, String> {
    let row = site.crm.get(object, id).cloned();
    row.ok_or_else(|| format!("{} has no record {id}", object.name()))
}

fn edited(mut row: Row, now: Stamp) -> Row {
    row.modified = now;
    row
}

/// An account takes its contacts with it.
fn delete(
    site: &mut Centrixone,
    object: Object,
    id: i64,
    forced: bool,
    now: Stamp,
) -> Result<Value, String> {
    let row = row(site, object, id)?;
    rules::may_delete(&site.crm, object, &row, forced)?;
    if object == Object::Accounts {
        let contacts: Vec<i64> = site.crm.contacts_of(id).map(|row| row.id).collect();
        for contact in contacts {
            site.crm.remove(Object::Contacts, contact, now);
        }
    }
    site.crm.remove(object, id, now);
    Ok(json!({ "id": id }))
}

/// `from` and `to`: moved; `to` alone: copied; `from` alone: taken out.
fn change_lists(
    site: &mut Centrixone,
    contact: i64,
    from: Option<i64>,
    to: Option<i64>,
    now: Stamp,
) -> Result<Value, String> {
    let mut lists = row(site, Object::Contacts, contact)?.lists();
    if let Some(from) = from
        && !lists.remove(&from)
    {
        return Err(format!("contact {contact} is not in list {from}"));
    }
    lists.extend(to);
    let set = Map::from_iter([("lists".to_owned(), json!(lists))]);
    site.writer(Hand::Person, now)
        .write(Object::Contacts, Some(contact), &set)?;
    Ok(json!({ "lists": lists }))
}

/// The surviving contact takes the others' lists, whatever it had empty, and their opportunities.
fn merge(site: &mut Centrixone, keep: i64, merged: &[i64], now: Stamp) -> Result<Value, String> {
    let mut survivor = row(site, Object::Contacts, keep)?;
    let mut others = Vec::new();
    for id in merged {
        if *id == keep {
            return Err("a contact is not merged into itself".to_owned());
        }
        others.push(row(site, Object::Contacts, *id)?);
    }
    for contact in others.iter().chain([&survivor]) {
        rules::may_merge(&site.crm, &site.switches, contact)?;
    }
    let mut lists: BTreeSet<i64> = survivor.lists();
    for other in &others {
        lists.extend(other.lists());
        for (name, value) in &other.values {
            survivor
                .values
                .entry(name.clone())
                .or_insert_with(|| value.clone());
        }
    }
    survivor.set("lists", Some(json!(lists)));
    for other in &others {
        site.crm.remove(Object::Contacts, other.id, now);
    }
    site.crm.put(Object::Contacts, edited(survivor, now), now);
    let opportunities = site.crm.table(Object::Opportunities).rows();
    let moved: Vec<Row> = opportunities
        .filter(|row| {
            row.number("contact_id")
                .is_some_and(|id| merged.contains(&id))
        })
        .cloned()
        .collect();
    for mut opportunity in moved {
        opportunity.set("contact_id", Some(keep.into()));
        site.crm
            .put(Object::Opportunities, edited(opportunity, now), now);
    }
    Ok(json!({ "id": keep }))
}
