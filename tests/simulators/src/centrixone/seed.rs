//! Records to start with, as they stand in the vendor's database: ids, stamps and active users included.
//!
//! `{"account":"12345","api_key":"…","switches":{…},"Lists":[…],"Contacts":[…]}`. Objects are read in
//! the order in which they depend on one another; a record without an id takes the next.

use serde_json::{Map, Value};

use super::object::Object;
use super::table::Row;
use super::value::Hand;
use super::{Centrixone, time};
use crate::simulator::NowMs;

pub fn seed(site: &mut Centrixone, seed: &Value, now: NowMs) -> Result<Value, String> {
    let seed = seed.as_object().ok_or("a seed is an object")?;
    let known = ["//", "account", "api_key", "switches"];
    let is_known = |key: &str| known.contains(&key) || Object::named(key).is_some();
    if let Some(key) = seed.keys().find(|key| !is_known(key)) {
        return Err(format!("a seed has no `{key}`"));
    }
    for (key, place) in [
        ("account", &mut site.credentials.account),
        ("api_key", &mut site.credentials.api_key),
    ] {
        if let Some(value) = seed.get(key) {
            *place = value
                .as_str()
                .ok_or_else(|| format!("`{key}` is a text"))?
                .to_owned();
        }
    }
    let switches = seed.get("switches").and_then(Value::as_object);
    for (name, value) in switches.into_iter().flatten() {
        site.switches.set(name, value)?;
    }
    if site.crm.opened == 0 {
        site.crm.opened = time::stamp(now);
    }
    let mut counts = Map::new();
    for object in Object::ALL {
        let records = match seed.get(object.name()) {
            None => continue,
            Some(records) => records
                .as_array()
                .ok_or_else(|| format!("`{}` is a list", object.name()))?,
        };
        for (at, record) in records.iter().enumerate() {
            plant(site, object, record, now)
                .map_err(|cause| format!("{} {at}: {cause}", object.name()))?;
        }
        counts.insert(object.name().to_owned(), records.len().into());
    }
    Ok(Value::Object(counts))
}

/// One record as it stands. `created` and `modified` are now unless they are given.
pub fn plant(
    site: &mut Centrixone,
    object: Object,
    record: &Value,
    now: NowMs,
) -> Result<i64, String> {
    let mut given = record.as_object().ok_or("a record is an object")?.clone();
    let now = time::stamp(now);
    let id = match given.shift_remove("id") {
        Some(id) => id.as_i64().ok_or("`id` is a whole number")?,
        None => site.crm.table(object).next_id(),
    };
    if site.crm.get(object, id).is_some() {
        return Err(format!("id {id} is there already"));
    }
    let mut row = Row::new(id, now);
    let mut stamp = |name: &str| match given.shift_remove(name) {
        Some(text) => text
            .as_str()
            .and_then(time::parse)
            .map(Some)
            .ok_or_else(|| format!("`{name}` is a time with an offset")),
        None => Ok(None),
    };
    row.created = stamp("created")?.unwrap_or(now);
    row.modified = stamp("modified")?.unwrap_or(row.created);
    // Accounts that a contact's company makes on the way are as old as the contact.
    let at = row.modified;
    Ok(site
        .writer(Hand::Seed, at)
        .finish(object, None, row, &given)?)
}
