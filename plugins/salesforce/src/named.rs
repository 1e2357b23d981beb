//! What the options of the tenant's flows name in the org, as the host tells it, and what of it is not there.

use crate::doctor::{finding, object_settings, Told};
use crate::expected::list;
use crate::tables;
use crate::wanted::object_manager;
use liaison_sdk::prelude::*;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// An object or a field of it, and who names it.
#[derive(Clone, Debug, Deserialize)]
pub struct Named {
    /// An entity of ours, or an API name.
    object: String,
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    written: bool,
    /// Options, as `FLOW.OPTION`.
    #[serde(default)]
    by: Vec<String>,
}

/// What is named, by the object's API name. Of a field of whatever object a flow names there is nothing to say.
pub fn by_object(named: &[Named]) -> BTreeMap<&str, Vec<&Named>> {
    let mut objects: BTreeMap<&str, Vec<&Named>> = BTreeMap::new();
    for one in named {
        let mut tables = tables::ALL.iter();
        let object = match tables.find(|table| table.entity == one.object) {
            Some(table) => table.object,
            None => Some(one.object.as_str()),
        };
        if let Some(object) = object {
            objects.entry(object).or_default().push(one);
        }
    }
    objects
}

/// An object that nobody sees, and options name.
pub fn object_missing(object: &str, named: &[&Named]) -> Finding {
    let is_written = named.iter().any(|one| one.written);
    let options = named.iter().flat_map(|one| &one.by);
    let options: BTreeSet<&str> = options.map(String::as_str).collect();
    let options: Vec<&str> = options.into_iter().collect();
    finding(
        level(is_written),
        "object-missing",
        text!(
            "salesforce-named-object",
            "Salesforce does not show the object {object} to the integration user, and options of flows name it or its fields: {options}",
            object = object,
            options = options.join(", ")
        ),
    )
    .place(object_settings(object))
    .fix(remedy())
}

/// What is not right with the fields of an object that options name.
pub fn fields(object: &str, named: &[&Named], told: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (mut unwritten, mut unread, mut closed) = (Vec::new(), Vec::new(), Vec::new());
    for one in named {
        // What stands over a dot is another object's.
        let Some(name) = one.field.as_deref().filter(|name| !name.contains('.')) else {
            continue;
        };
        let shown = format!("{name} ({})", one.by.join(", "));
        match list(told, "fields").find(|field| field["name"] == name) {
            None if one.written => unwritten.push(shown),
            None => unread.push(shown),
            Some(field) => {
                let is_closed = |flag: &str| field[flag] == json!(false);
                if one.written && is_closed("createable") && is_closed("updateable") {
                    closed.push(shown);
                }
            }
        }
    }
    let mut tell = |fields: Vec<String>, level, code, words: &dyn Fn(String) -> Text| {
        if !fields.is_empty() {
            let told = finding(level, code, words(fields.join(", ")));
            findings.push(told.place(object_manager(object)).fix(remedy()));
        }
    };
    tell(unwritten, level(true), "field-missing", &|fields| {
        text!(
            "salesforce-named-unwritten",
            "{object} does not have these fields, or does not show them to the integration user, and options of flows name them: {fields}. The flows write them, and stop or refuse each record",
            object = object,
            fields = fields
        )
    });
    tell(unread, level(false), "field-missing", &|fields| {
        text!(
            "salesforce-named-unread",
            "{object} does not have these fields, or does not show them to the integration user, and options of flows name them: {fields}. The flows read them: they count as empty, or the flow stops where it looks for records by one",
            object = object,
            fields = fields
        )
    });
    tell(closed, level(true), "field-closed", &|fields| {
        text!(
            "salesforce-named-closed",
            "The integration user sees these fields of {object} and may not write them, and options of flows name them: {fields}. The flows write them, and stop or refuse each record",
            object = object,
            fields = fields
        )
    });
    findings
}

fn level(is_written: bool) -> Level {
    match is_written {
        true => Level::Error,
        false => Level::Warning,
    }
}

fn remedy() -> Text {
    text!(
        "salesforce-fix-named",
        "Correct the names in the flows' options (an empty one stands for none); or add what is missing, or install the package it comes with, and grant it in the integration user's permission set"
    )
}
