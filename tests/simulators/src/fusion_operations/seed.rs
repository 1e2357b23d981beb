//! Records to start with, as they stand in the vendor's database: ids and stamps included.
//!
//! `{"company": {"name","zone","warehouse"}, "api_keys": [{"key","secret"}], "switches": {…},
//! "names": {…}, "custom-fields": {"sales-orders": ["…"]}, "workers": […], "sales-orders": […], …}`.
//! Records are written with the names of the wire and read in the order in which they refer to one
//! another. `shipping` and `receiving` may be a list: several shipments of one order.

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::FusionOperations;
use super::resource::Resource;
use super::time::{self, Stamp};
use super::value::Hand;
use super::writes::Draft;
use crate::simulator::NowMs;

pub fn seed(site: &mut FusionOperations, seed: &Value, now: NowMs) -> Result<Value, String> {
    let seed = seed.as_object().ok_or("a seed is an object")?;
    let known = [
        "//",
        "company",
        "api_keys",
        "switches",
        "names",
        "custom-fields",
    ];
    let is_known = |key: &str| known.contains(&key) || is_seeded(key).is_some();
    if let Some(key) = seed.keys().find(|key| !is_known(key)) {
        return Err(format!("a seed has no `{key}`"));
    }
    if let Some(company) = seed.get("company") {
        company_itself(site, company)?;
    }
    for key in rows(seed, "api_keys")? {
        match (key["key"].as_str(), key["secret"].as_str()) {
            (Some(key), Some(secret)) => site.access.add_key(key, secret),
            _ => return Err("an API key has `key` and `secret`".to_owned()),
        }
    }
    let switches = seed.get("switches").and_then(Value::as_object);
    for (name, value) in switches.into_iter().flatten() {
        site.company.switches.set(name, value)?;
    }
    if let Some(names) = seed.get("names") {
        site.company.schema = site.company.schema.renamed(names)?;
    }
    if let Some(fields) = seed.get("custom-fields") {
        define_custom_fields(site, fields)?;
    }
    let news = site.company.webhooks.waiting();
    let mut counts = Map::new();
    for resource in Resource::ALL {
        let word = resource.word();
        if is_seeded(word).is_none() {
            continue;
        }
        let records = rows(seed, word)?;
        for (at, record) in records.iter().enumerate() {
            plant(site, resource, record, now).map_err(|cause| format!("{word} {at}: {cause}"))?;
        }
        if !records.is_empty() {
            counts.insert(word.to_owned(), records.len().into());
        }
    }
    // A database that is filled is no news.
    site.company.webhooks.forget_after(news);
    Ok(Value::Object(counts))
}

/// One record as it stands. `created-at` is now unless it is given; `updated-at` then as well.
pub fn plant(
    site: &mut FusionOperations,
    resource: Resource,
    record: &Value,
    now: NowMs,
) -> Result<String, String> {
    let mut given = record.as_object().ok_or("a record is an object")?.clone();
    let company = &mut site.company;
    let id = match given.shift_remove(company.schema.common("id")) {
        Some(id) => Some(id.as_str().ok_or("an id is a text")?.to_owned()),
        None => None,
    };
    if let Some(id) = id
        .as_deref()
        .filter(|id| company.book(resource).get(id).is_some())
    {
        return Err(format!("id {id} is there already"));
    }
    let mut stamp = |meaning: &str| -> Result<Option<Stamp>, String> {
        let Some(text) = given.shift_remove(company.schema.common(meaning)) else {
            return Ok(None);
        };
        let read = text
            .as_str()
            .and_then(|text| time::read(text, &company.zone));
        read.map(Some)
            .ok_or_else(|| format!("`{meaning}` is a date"))
    };
    let draft = Draft {
        id,
        created: stamp("created-at")?,
        updated: stamp("updated-at")?,
        ..Draft::default()
    };
    // What follows from a record is as old as the record.
    let at = draft.updated.or(draft.created).unwrap_or(time::stamp(now));
    Ok(company.create(resource, Hand::Seed, &given, draft, at)?)
}

pub fn define_custom_fields(site: &mut FusionOperations, fields: &Value) -> Result<(), String> {
    for (word, names) in fields.as_object().ok_or("`custom-fields` is an object")? {
        let resource = Resource::named(word).ok_or_else(|| format!("no resource `{word}`"))?;
        let defined = site.company.custom_fields.entry(resource).or_default();
        for name in names
            .as_array()
            .ok_or("custom fields are a list of names")?
        {
            let name = name.as_str().ok_or("a custom field has a name")?;
            defined.insert(name.to_owned());
        }
    }
    Ok(())
}

fn company_itself(site: &mut FusionOperations, given: &Value) -> Result<(), String> {
    for (key, value) in given.as_object().ok_or("`company` is an object")? {
        let text = value.as_str().ok_or_else(|| format!("`{key}` is a text"))?;
        match key.as_str() {
            "name" => site.company.name = text.to_owned(),
            "warehouse" => site.company.warehouse = text.to_owned(),
            "zone" => site.company.zone = TimeZone::get(text).map_err(|e| e.to_string())?,
            _ => return Err(format!("a company has no `{key}`")),
        }
    }
    Ok(())
}

/// Files belong to a record; they are made by the API.
fn is_seeded(word: &str) -> Option<Resource> {
    Resource::named(word).filter(|resource| *resource != Resource::Files)
}

fn rows<'a>(seed: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], String> {
    match seed.get(name) {
        None => Ok(&[]),
        Some(Value::Array(rows)) => Ok(rows),
        Some(_) => Err(format!("`{name}` is a list")),
    }
}
