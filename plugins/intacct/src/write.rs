//! Who carries out which operation: contracts one by one, everything else many functions to a request.

use crate::api::Api;
use crate::assumed::FUNCTIONS_MAX;
use crate::contract_write;
use crate::create::create;
use crate::table::Table;
use crate::tables::CONTRACT;
use crate::update::update;
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// Outcomes by the place of their operation.
pub type Done = Vec<(usize, Outcome)>;

/// Carries out the operations; one outcome each.
pub fn write(api: &Api, table: &'static Table, operations: &[Operation]) -> Vec<Outcome> {
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    let mut creates = Vec::new();
    let mut updates = Vec::new();
    for (at, operation) in operations.iter().enumerate() {
        match operation.action {
            Action::Create if table.entity == CONTRACT.entity => {
                outcomes.insert(at, contract_write::create(api, operation));
            }
            Action::Create => creates.push((at, operation)),
            Action::Update if table.updates => updates.push((at, operation)),
            Action::Update => {
                outcomes.insert(at, Err(fault::not_offered(table.entity, "update")));
            }
            Action::Delete => {
                outcomes.insert(at, Err(stays()));
            }
        }
    }
    for some in cursor::chunks(&creates, FUNCTIONS_MAX) {
        outcomes.extend(create(api, table, some));
    }
    for some in cursor::chunks(&updates, FUNCTIONS_MAX) {
        outcomes.extend(update(api, table, some));
    }
    let lost = || Err(fault::not_offered(table.entity, "write"));
    (0..operations.len())
        .map(|at| outcomes.remove(&at).unwrap_or_else(lost))
        .collect()
}

fn stays() -> Fault {
    fault::rejected(text!(
        "intacct-no-delete",
        "This connector deletes nothing that stands in Sage Intacct; make the record inactive, or delete it there"
    ))
}
