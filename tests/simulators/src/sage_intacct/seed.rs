//! Records to start with, as they stand in the company: keys, stamps and states included.
//!
//! `{"company": {…}, "senders": […], "users": […], "switches": {…}, "sequences": {…}, "definitions": {…},
//! "custom_fields": {…}, "CUSTOMER": […], …, "actions": […]}`. Actions (`control.rs`) come last: invoices
//! and payments are made by them.

use serde_json::{Map, Value, json};

use super::act::Hand;
use super::company::{CustomField, Sequence};
use super::schema::{self, Field, Kind, Object, known};
use super::session::{Sender, User};
use super::{SageIntacct, control, write};
use crate::simulator::NowMs;

/// Objects before those that refer to them; all others come after.
const FIRST: [&str; 17] = [
    "LOCATION",
    "LOCATIONENTITY",
    "DEPARTMENT",
    "PROJECT",
    "CLASS",
    "VENDOR",
    "EMPLOYEE",
    "CUSTTYPE",
    "TERRITORY",
    "ARTERM",
    "CONTRACTBILLINGTEMPLATE",
    "CONTRACTREVENUETEMPLATE",
    "ITEM",
    "CONTACT",
    "CUSTOMER",
    "CONTRACT",
    "CONTRACTDETAIL",
];

const SETTINGS: [&str; 9] = [
    "//",
    "company",
    "senders",
    "users",
    "switches",
    "sequences",
    "definitions",
    "custom_fields",
    "actions",
];

pub fn seed(site: &mut SageIntacct, seed: &Value, now: NowMs) -> Result<Value, String> {
    let seed = seed.as_object().ok_or("a seed is an object")?;
    for key in seed.keys() {
        let is_object = schema::object(key).is_some_and(|object| object.name == *key);
        if !is_object && !SETTINGS.contains(&key.as_str()) {
            return Err(format!("a seed has no `{key}`"));
        }
    }
    settings(site, seed)?;
    let first = FIRST.iter().map(|name| known(name));
    let rest = schema::objects()
        .iter()
        .filter(|object| !FIRST.contains(&object.name.as_str()));
    let mut counts = Map::new();
    for object in first.chain(rest) {
        let Some(records) = seed.get(&object.name) else {
            continue;
        };
        let records = records
            .as_array()
            .ok_or_else(|| format!("`{}` is a list", object.name))?;
        for (at, record) in records.iter().enumerate() {
            plant(site, object, record, now)
                .map_err(|cause| format!("{} {at}: {cause}", object.name))?;
        }
        counts.insert(object.name.clone(), records.len().into());
    }
    let actions = seed.get("actions").and_then(Value::as_array);
    for (at, action) in actions.into_iter().flatten().enumerate() {
        control::control(site, action, now).map_err(|cause| format!("action {at}: {cause}"))?;
    }
    Ok(Value::Object(counts))
}

fn plant(
    site: &mut SageIntacct,
    object: &'static Object,
    record: &Value,
    now: NowMs,
) -> Result<(), String> {
    let element = control::element(&object.name, record)?;
    let mut act = site.act(Hand::Seed, "admin", now);
    write::create(&mut act, object, &element)?;
    // An entity is a location too.
    let id = record.get("LOCATIONID").and_then(Value::as_str);
    if object.name == "LOCATIONENTITY"
        && let Some(id) = id
        && act.company.by_id("LOCATION", id).is_none()
    {
        let location = json!({ "LOCATIONID": id, "NAME": record["NAME"] });
        let element = control::element("LOCATION", &location)?;
        write::create(&mut act, known("LOCATION"), &element)?;
    }
    Ok(())
}

fn settings(site: &mut SageIntacct, seed: &Map<String, Value>) -> Result<(), String> {
    if let Some(company) = seed.get("company") {
        site.company.id = text(company, "id")?;
        if company.get("base_currency").is_some() {
            site.company.base_currency = text(company, "base_currency")?;
        }
    }
    for sender in list(seed, "senders")? {
        site.access.senders.push(Sender {
            id: text(sender, "id")?,
            password: text(sender, "password")?,
            authorised: sender["authorised"].as_bool().unwrap_or(true),
        });
    }
    for user in list(seed, "users")? {
        site.access.users.push(User {
            id: text(user, "id")?,
            password: text(user, "password")?,
        });
    }
    for (name, value) in map(seed, "switches")? {
        site.switches.set(name, value)?;
    }
    for (name, value) in map(seed, "sequences")? {
        sequence(site, name, value)?;
    }
    for (name, value) in map(seed, "definitions")? {
        let receivable = value["receivable"].as_bool();
        let receivable =
            receivable.ok_or_else(|| format!("definition `{name}` needs `receivable`"))?;
        site.company.definitions.insert(name.clone(), receivable);
    }
    for (name, fields) in map(seed, "custom_fields")? {
        let object = schema::object(name).ok_or_else(|| format!("no object `{name}`"))?;
        for field in fields.as_array().into_iter().flatten() {
            custom_field(site, object, field)?;
        }
    }
    Ok(())
}

fn text(value: &Value, name: &str) -> Result<String, String> {
    let text = value.get(name).and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| format!("`{name}` must be a text"))
}

fn list<'a>(seed: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], String> {
    match seed.get(name) {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(format!("`{name}` is a list")),
    }
}

fn map<'a>(
    seed: &'a Map<String, Value>,
    name: &str,
) -> Result<impl Iterator<Item = (&'a String, &'a Value)>, String> {
    match seed.get(name) {
        None => Ok(None.into_iter().flatten()),
        Some(Value::Object(map)) => Ok(Some(map.iter()).into_iter().flatten()),
        Some(_) => Err(format!("`{name}` is an object")),
    }
}

/// Sets a sequence, or takes it away (`null`).
pub fn sequence(site: &mut SageIntacct, name: &str, given: &Value) -> Result<(), String> {
    if given.is_null() {
        site.company.sequences.remove(name);
        return Ok(());
    }
    let sequence = Sequence {
        prefix: text(given, "prefix")?,
        width: given["width"]
            .as_u64()
            .and_then(|width| usize::try_from(width).ok())
            .filter(|width| *width <= 12)
            .ok_or("`width` is at most 12")?,
        next: given["next"].as_u64().unwrap_or(1),
    };
    site.company.sequences.insert(name.to_owned(), sequence);
    Ok(())
}

/// `{"id": "SFDC_ID", "kind": "TEXT", "required": false, "max": 80, "values": […], "docparid": "…"}`
pub fn custom_field(
    site: &mut SageIntacct,
    object: &'static Object,
    given: &Value,
) -> Result<(), String> {
    let id = text(given, "id")?;
    let kind = given.get("kind").and_then(Value::as_str).unwrap_or("TEXT");
    let kind = Kind::named(kind).ok_or_else(|| format!("no kind `{kind}`"))?;
    let mut field = Field::new(&id, kind);
    field.custom = true;
    field.required = given["required"].as_bool().unwrap_or_default();
    let max = given["max"].as_u64();
    field.max = max.and_then(|max| usize::try_from(max).ok());
    let values = given["values"].as_array().into_iter().flatten();
    field.values = values
        .filter_map(Value::as_str)
        .map(|label| (label.to_owned(), label.to_owned()))
        .collect();
    let custom = CustomField {
        field,
        docparid: given["docparid"].as_str().map(str::to_owned),
    };
    let all = site.company.custom.entry(object.name.clone()).or_default();
    if object.field(&id).is_some() || all.iter().any(|one| one.field.name == id) {
        return Err(format!("{} has a field {id} already", object.name));
    }
    all.push(custom);
    Ok(())
}
