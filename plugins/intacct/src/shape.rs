//! Which fields this company's objects have: modules, dimensions and custom fields differ, and a query that names a
//! field which is not there fails whole.

use crate::api::Api;
use crate::assumed::SHAPE_MS;
use crate::question::lookup;
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The fields of one object.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Shape {
    /// Empty where the company does not tell.
    fields: BTreeSet<String>,
    custom: BTreeSet<String>,
    read_ms: u64,
}

impl Shape {
    /// Whether the object has this field; one that stands in another object is believed.
    pub fn has(&self, wire: &str) -> bool {
        self.fields.is_empty() || wire.contains('.') || self.fields.contains(wire)
    }

    /// Whether a custom field is there. Unknown counts as there: then the gateway itself says so.
    pub fn has_custom(&self, wire: &str) -> bool {
        self.fields.is_empty() || self.fields.contains(&wire.to_uppercase())
    }

    /// The custom fields.
    pub fn custom(&self) -> impl Iterator<Item = &str> {
        self.custom.iter().map(String::as_str)
    }

    /// Whether the company tells its fields at all.
    pub fn is_told(&self) -> bool {
        !self.fields.is_empty()
    }
}

fn key(object: &str, definition: Option<&str>) -> String {
    format!("shape {object} {}", definition.unwrap_or_default())
}

/// The fields as remembered, or as asked for. Where the company does not tell them, every field is tried.
pub fn of(api: &Api, object: &str, definition: Option<&str>) -> Result<Shape, Fault> {
    let now_ms = api.host().now_ms();
    let remembered = api.host().memory_get(&key(object, definition));
    let remembered: Option<Shape> = remembered.and_then(|text| serde_json::from_slice(&text).ok());
    match remembered {
        Some(shape) if now_ms.saturating_sub(shape.read_ms) < SHAPE_MS => Ok(shape),
        _ => ask(api, object, definition),
    }
}

/// The fields, asked anew.
pub fn ask(api: &Api, object: &str, definition: Option<&str>) -> Result<Shape, Fault> {
    let described = match api.ask_one(object, lookup(object, definition)) {
        Ok(outcome) => outcome.described,
        Err(fault) if fault.scope == FaultScope::WholeConnection => return Err(fault),
        Err(_) => Vec::new(),
    };
    let custom = described.iter().filter(|field| field.is_custom);
    let shape = Shape {
        custom: custom.map(|field| field.id.clone()).collect(),
        fields: described.iter().map(|field| field.id.clone()).collect(),
        read_ms: api.host().now_ms(),
    };
    let text = serde_json::to_vec(&shape).unwrap_or_default();
    if api
        .host()
        .memory_set(&key(object, definition), &text)
        .is_err()
    {
        api.host()
            .debug("the fields of an object are not remembered");
    }
    Ok(shape)
}

/// Forgets, when the company turned out to be otherwise.
pub fn forget(api: &Api, object: &str, definition: Option<&str>) {
    api.host().memory_delete(&key(object, definition));
}
