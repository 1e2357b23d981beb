//! Which object is meant: the table's own, or the one that the flow names.
//!
//! The manifest is made before any setting is known, so it cannot hold an org's custom objects. They share one
//! entity, `custom-object`, and each call says which it means: a condition or a value of `object`, the
//! object before a look-up's key, or an id, whose first three characters only one object of the org has.

use crate::api::Api;
use crate::id;
use crate::refusal::{About, Asked};
use crate::settings::{is_name, not_a_name};
use crate::table::{Table, OBJECT};
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

const MEMORY: &str = "prefixes";

/// The object of a filter.
pub fn of_filter(api: &Api, table: &Table, filter: &[Condition]) -> Result<String, Fault> {
    let named = filter
        .iter()
        .find(|condition| condition.field == OBJECT && condition.op == Comparison::Eq)
        .and_then(|condition| condition.values.first())
        .map(|json| filter::value(json));
    of_value(api, table, named.as_ref())
}

/// The object that a value of `object` names, or the only one there is.
pub fn of_value(api: &Api, table: &Table, named: Option<&Value>) -> Result<String, Fault> {
    if let Some(object) = table.object {
        return Ok(object.to_owned());
    }
    match (named.and_then(Value::as_str), api.settings.custom_objects()) {
        (Some(object), _) if is_name(object) => Ok(object.to_owned()),
        (Some(object), _) => Err(not_a_name(object)),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(fault::misconfigured(text!(
            "salesforce-which-object",
            "The flow does not say which custom object it means; add the condition `object` = its API name to the filter, give `object` a constant value, or name the one object in the setting `custom_objects`"
        ))
        .scope(FaultScope::WholeEntity)
        .field(OBJECT)),
    }
}

/// The object of each id; none where no object of the org has such ids.
pub fn of_ids(api: &Api, table: &Table, ids: &[String]) -> Result<Vec<Option<String>>, Fault> {
    if let Some(object) = table.object {
        return Ok(vec![Some(object.to_owned()); ids.len()]);
    }
    let known = remembered(api).unwrap_or_default();
    let is_known = |id: &String| known.contains_key(id::prefix(id));
    let known = match ids.iter().all(is_known) {
        true => known,
        false => ask(api)?,
    };
    let found = ids.iter().map(|id| known.get(id::prefix(id)).cloned());
    Ok(found.collect())
}

fn remembered(api: &Api) -> Option<BTreeMap<String, String>> {
    serde_json::from_slice(&api.host().memory_get(MEMORY)?).ok()
}

/// All objects of the org by the prefix of their ids.
fn ask(api: &Api) -> Result<BTreeMap<String, String>, Fault> {
    let told = api.get("sobjects", &About::new("sobjects", Asked::Read))?;
    let objects = told["sobjects"].as_array().into_iter().flatten();
    let pair = |object: &Value| {
        let prefix = object["keyPrefix"].as_str()?;
        Some((prefix.to_owned(), object["name"].as_str()?.to_owned()))
    };
    let all: BTreeMap<String, String> = objects.filter_map(pair).collect();
    // Where it is too large to be kept it is asked for each time.
    let _ = api.host().memory_set(MEMORY, &cursor::encode(&all));
    Ok(all)
}
