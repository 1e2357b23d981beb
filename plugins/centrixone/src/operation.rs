//! What an operation of the contract carries.

use liaison_sdk::prelude::*;

/// The body of an operation.
pub fn body(operation: &Operation) -> Result<Map<String, Value>, Fault> {
    serde_json::from_str(&operation.body).map_err(|error| {
        fault::internal(text!(
            "centrixone-body",
            "The record is no JSON object: {reason}",
            reason = error
        ))
    })
}

/// The fault for a record that another operation of the same call is about.
pub fn twice(entity: &str) -> Fault {
    fault::rejected(text!(
        "centrixone-twice",
        "The same {entity} stands twice among the records of this call",
        entity = entity
    ))
}
