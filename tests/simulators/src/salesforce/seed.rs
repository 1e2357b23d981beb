//! What an org starts with: declarations, apps, and records as they stand in the database.
//!
//! `{"org": {"zone"}, "switches": {…}, "objects": […], "fields": {"Contract": […]}, "apps": […],
//! "audiences": […], "passwords": {…}, "rules": […], "buttons": […], "outbound_messages": […], "records": {"Account": […]}}`.
//! Records are read in the order in which they are written, and stamps may be given. `"@": "boreale"` names a
//! record; `"@boreale"` in a reference means it.

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::Salesforce;
use super::button::Button;
use super::declared::{self, Given};
use super::id::{self, Id};
use super::outbound::Outbound;
use super::rules::Rule;
use super::shipped;
use super::time::{self, Stamp};
use super::writes::{Hand, Values, Writer};
use crate::simulator::NowMs;

pub fn seed(site: &mut Salesforce, seed: &Value, now: NowMs) -> Result<Value, String> {
    let mut given = Given::new("a seed", seed)?;
    let now = time::stamp(now);
    if let Some(org) = given.take("org") {
        let mut org = Given::new("`org`", &org)?;
        if let Some(zone) = org.text_or_none("zone")? {
            site.org.zone = TimeZone::get(&zone).map_err(|e| e.to_string())?;
        }
        org.finish()?;
    }
    let switches = map(given.take("switches"), "switches")?;
    for (name, value) in &switches {
        site.org.switches.set(name, value)?;
    }
    for object in list(given.take("objects"), "objects")? {
        declare_object(site, &object, now)?;
    }
    for (object, fields) in map(given.take("fields"), "fields")? {
        for field in list(Some(fields), "fields")? {
            declare_field(site, &object, &field, now)?;
        }
    }
    for app in list(given.take("apps"), "apps")? {
        site.access.add_app(&app)?;
    }
    for audience in given.texts("audiences")? {
        site.access.add_audience(&audience);
    }
    for (username, password) in map(given.take("passwords"), "passwords")? {
        site.access
            .set_password(&username, password.as_str().unwrap_or_default());
    }
    let mut counts = Map::new();
    for (object, records) in map(given.take("records"), "records")? {
        let records = list(Some(records), &object)?;
        for (at, record) in records.iter().enumerate() {
            plant(site, &object, record, now).map_err(|cause| format!("{object} {at}: {cause}"))?;
        }
        counts.insert(object, records.len().into());
    }
    shipped::metadata_changed(&mut site.org, now)?;
    for rule in list(given.take("rules"), "rules")? {
        let rule = Rule::read(&site.org, &rule)?;
        site.org.rules.push(rule);
    }
    for button in list(given.take("buttons"), "buttons")? {
        let button = Button::read(&site.org, &button)?;
        site.org.buttons.push(button);
    }
    for message in list(given.take("outbound_messages"), "outbound_messages")? {
        Outbound::declare(&mut site.org, &message)?;
    }
    site.org.settle();
    given.finish()?;
    Ok(Value::Object(counts))
}

fn map(value: Option<Value>, name: &str) -> Result<Map<String, Value>, String> {
    match value {
        None => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map),
        Some(_) => Err(format!("`{name}` is an object")),
    }
}

fn list(value: Option<Value>, name: &str) -> Result<Vec<Value>, String> {
    match value {
        None => Ok(Vec::new()),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(format!("`{name}` is a list")),
    }
}

pub fn declare_object(site: &mut Salesforce, given: &Value, now: Stamp) -> Result<(), String> {
    let schema = std::sync::Arc::clone(&site.org.schema);
    let object = declared::object(given, |event| schema.free_prefix(event))?;
    if let Some(other) = schema
        .by_prefix(&object.prefix)
        .filter(|other| other.name != object.name)
    {
        return Err(format!("prefix {} is {}'s", object.prefix, other.name));
    }
    let name = object.name.clone();
    site.org.redeclare(&name, now, |schema| {
        schema.put(object);
        Ok(())
    })
}

pub fn declare_field(
    site: &mut Salesforce,
    object: &str,
    given: &Value,
    now: Stamp,
) -> Result<(), String> {
    let field = declared::custom_field(given)?;
    site.org.redeclare(object, now, |schema| {
        let object = schema
            .object_mut(object)
            .ok_or_else(|| format!("no object `{object}`"))?;
        object.put(field);
        Ok(())
    })
}

/// One record as it stands; gives its id.
pub fn plant(
    site: &mut Salesforce,
    object: &str,
    record: &Value,
    now: Stamp,
) -> Result<Id, String> {
    let mut given = record.as_object().ok_or("a record is an object")?.clone();
    let alias = given.shift_remove("@");
    let alias = alias.as_ref().and_then(Value::as_str).map(str::to_owned);
    given.shift_remove("//");
    if let Some(id) = given.get("Id") {
        let id = id.as_str().and_then(id::read).ok_or("not an id")?;
        if site.org.find(&id).is_some() {
            return Err(format!("id {id} is there already"));
        }
    }
    let given = resolved(site, object, &given)?;
    let user = id::minted("005", 0);
    let mut writer = Writer {
        org: &mut site.org,
        hand: Hand::Seed,
        user,
        now,
        allow_save: true,
    };
    let id = writer.create(object, &given)?;
    if let Some(alias) = alias {
        site.org.aliases.insert(alias, id.clone());
    }
    Ok(id)
}

/// Fields in which `@name` is replaced by the id of the record of that name.
pub fn resolved(site: &Salesforce, object: &str, given: &Values) -> Result<Values, String> {
    let declared = site.org.schema.object(object);
    let declared = declared.ok_or_else(|| format!("no object `{object}`"))?;
    let mut done = Values::new();
    for (key, value) in given {
        let is_reference = declared
            .field(key)
            .is_some_and(|field| !field.to.is_empty());
        let alias = value
            .as_str()
            .and_then(|text| text.strip_prefix('@'))
            .filter(|_| is_reference);
        let value = match alias {
            None => value.clone(),
            Some(alias) => {
                let id = site.org.aliases.get(alias);
                id.cloned()
                    .ok_or_else(|| format!("no record `@{alias}`"))?
                    .into()
            }
        };
        done.insert(key.clone(), value);
    }
    Ok(done)
}
