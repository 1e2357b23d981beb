//! What is in stock: a change of it is an inventory adjustment of one item.

use crate::api::Api;
use crate::custom::Custom;
use crate::emit::{self, Means};
use crate::lookup;
use crate::names::Names;
use crate::table::Table;
use crate::tables::{INVENTORY_ADJUSTMENT, STOCK};
use crate::walk::is_of;
use crate::write::{applied, gone, stale};
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// The most characters of a `requestid`.
const REQUEST_ID_MAX: usize = 36;

/// Adjusts the stock of items.
pub fn write(api: &Api, operations: &[Operation]) -> Vec<Outcome> {
    match adjust(api, operations) {
        Ok(outcomes) => outcomes,
        Err(fault) => operations.iter().map(|_| Err(fault.clone())).collect(),
    }
}

fn adjust(api: &Api, operations: &[Operation]) -> Result<Vec<Outcome>, Fault> {
    let table: &'static Table = &STOCK;
    let bodies: Vec<Value> = operations
        .iter()
        .map(|op| filter::value(&op.body))
        .collect();
    let names = Names::of(api, table, &bodies)?;
    let ids: Vec<String> = operations.iter().filter_map(|op| op.id.clone()).collect();
    let items = lookup::raw(api, table, &ids)?;
    let mut stopped: Option<Fault> = None;
    let mut done: Vec<Result<String, Fault>> = Vec::new();
    for (operation, body) in operations.iter().zip(&bodies) {
        let outcome = match &stopped {
            Some(fault) => Err(fault.clone()),
            None => one(api, operation, body, &items, &names),
        };
        if let Err(fault) = &outcome {
            if fault.scope == FaultScope::WholeConnection {
                stopped = Some(fault.clone());
            }
        }
        done.push(outcome);
    }
    let changed: Vec<String> = done.iter().flatten().cloned().collect();
    // The adjustments are made: where the items cannot be read again, their ids are what there is to tell.
    let items = lookup::raw(api, table, &changed).unwrap_or_default();
    let tell = |id: String| match items.get(&id) {
        Some(item) => applied(api, table, item),
        None => Applied {
            id,
            version: None,
            body: None,
            ext: Vec::new(),
        },
    };
    Ok(done.into_iter().map(|done| done.map(tell)).collect())
}

/// Adjusts one item; its id.
fn one(
    api: &Api,
    operation: &Operation,
    body: &Value,
    items: &BTreeMap<String, Value>,
    names: &Names,
) -> Result<String, Fault> {
    if operation.action != Action::Update {
        return Err(fault::not_offered(STOCK.entity, "create or delete"));
    }
    let id = operation.id.clone().unwrap_or_default();
    let item = items.get(&id).filter(|item| is_of(&STOCK, item));
    let item = item.ok_or_else(|| gone(&STOCK, &id))?;
    let there = item["SyncToken"].as_str();
    if operation
        .version
        .as_deref()
        .is_some_and(|version| Some(version) != there)
    {
        return Err(stale());
    }
    let wanted = decimal::parse(&body["quantity"]);
    if wanted.is_none() || wanted == decimal::parse(&item["QtyOnHand"]) {
        return Ok(id);
    }
    let mut adjustment = json!({
        "lines": [{"item_id": id, "new_quantity": body["quantity"]}],
    });
    for name in ["account_id", "account_name", "date", "memo"] {
        if let Some(value) = body.get(name) {
            adjustment[name] = value.clone();
        }
    }
    let custom = Custom::default();
    let means = Means {
        names,
        custom: &custom,
        today: "",
    };
    let object = emit::create(&INVENTORY_ADJUSTMENT, &adjustment, &operation.token, &means)?;
    // The quantity is part of the name: another one is another request.
    let quantity = wanted
        .map(|d| d.normalize().to_string())
        .unwrap_or_default();
    let request_id: String = format!("{}-{quantity}", operation.token)
        .chars()
        .take(REQUEST_ID_MAX)
        .collect();
    api.write(&INVENTORY_ADJUSTMENT, "", Some(&request_id), &object)?;
    Ok(id)
}
