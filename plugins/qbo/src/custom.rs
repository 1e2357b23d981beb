//! Custom fields: by name here, by number there. The preferences tell which is which.

use crate::api::Api;
use crate::assumed::{CUSTOM_FIELDS, CUSTOM_VALUE_MAX};
use crate::table::{Kind, Table};
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// What is asked for the preferences.
pub const PREFERENCES: Table = Table::of("preferences", Kind::ReadOnly, "Preferences", &[]);

/// How the definitions of custom fields are named as records.
pub const DEFINITIONS: &str = "CustomField";

/// The custom fields that the preferences name, as records.
pub fn definitions(preferences: &Value) -> Vec<Value> {
    let forms = [
        ("SalesCustomName", "sales", "SalesName"),
        ("PurchaseCustomName", "purchase", "PurchaseName"),
    ];
    let of_form = |(word, form, property): (&str, &str, &str)| {
        let mut names = BTreeMap::new();
        collect(preferences, word, &mut names);
        let rows = names.into_iter().map(|(name, number)| {
            json!({"Id": format!("{form}-{number}"), "Name": name, property: name})
        });
        rows.collect::<Vec<Value>>()
    };
    forms.into_iter().flat_map(of_form).collect()
}

/// The numbers of an entity's custom fields, by name.
#[derive(Debug, Default)]
pub struct Custom(BTreeMap<String, String>);

/// The company's preferences.
pub fn preferences(api: &Api) -> Result<Value, Fault> {
    let told = api.query(&PREFERENCES, "select * from Preferences")?;
    Ok(told.rows.into_iter().next().unwrap_or_default())
}

impl Custom {
    /// Those of this entity; asked for only where a body has any.
    pub fn of(api: &Api, table: &Table, bodies: &[Value]) -> Result<Self, Fault> {
        let any = |body: &Value| {
            body["custom_fields"]
                .as_object()
                .is_some_and(|map| !map.is_empty())
        };
        if !bodies.iter().any(any) {
            return Ok(Self::default());
        }
        let word = CUSTOM_FIELDS
            .iter()
            .find(|(object, _)| *object == table.object);
        let mut found = BTreeMap::new();
        if let Some((_, word)) = word {
            collect(&preferences(api)?, word, &mut found);
        }
        Ok(Self(found))
    }

    /// The list with these values; fields that are not given stay as they are.
    pub fn put(&self, given: &Map<String, Value>, current: &Value) -> Result<Value, Fault> {
        let mut list: Vec<Value> = current.as_array().cloned().unwrap_or_default();
        for (name, value) in given {
            let there = list
                .iter()
                .position(|field| field["Name"].as_str() == Some(name));
            let number = match there {
                Some(at) => list.remove(at)["DefinitionId"].as_str().map(str::to_owned),
                None => self.0.get(name).cloned(),
            };
            let Some(number) = number else {
                return Err(fault::rejected(text!(
                    "qbo-no-custom-field",
                    "QuickBooks has no custom field {name} on this form; case matters. It has: {known}",
                    name = name,
                    known = self.0.keys().cloned().collect::<Vec<_>>().join(", ")
                ))
                .field("custom_fields"));
            };
            let text = match value {
                Value::Null => "",
                Value::String(text) => text,
                other => return Err(crate::emit::unfit(other, "custom_fields")),
            };
            if text.chars().count() > CUSTOM_VALUE_MAX {
                return Err(crate::emit::too_long(
                    "custom_fields",
                    text,
                    CUSTOM_VALUE_MAX,
                ));
            }
            list.push(json!({"DefinitionId": number, "Name": name, "Type": "StringType", "StringValue": text}));
        }
        Ok(Value::Array(list))
    }
}

/// Every property whose `Name` ends in the word and a number names a field.
fn collect(value: &Value, word: &str, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| collect(value, word, found)),
        Value::Object(map) => {
            let name = map.get("Name").and_then(Value::as_str).unwrap_or_default();
            let title = map.get("StringValue").and_then(Value::as_str);
            if let (Some((_, number)), Some(title)) = (name.split_once(word), title) {
                if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) {
                    found.insert(title.to_owned(), number.to_owned());
                }
            }
            map.values().for_each(|value| collect(value, word, found));
        }
        _ => {}
    }
}
