//! Finishing what a user asked for, by its own id.

use crate::api::Api;
use crate::entity::ACTION;
use crate::operation;
use crate::pressed;
use liaison_sdk::prelude::*;

/// Carries out an operation on an action.
pub fn write(api: &Api, operation: &Operation) -> Outcome {
    let id = operation::id(operation, ACTION)?;
    let body = operation::body(operation)?;
    let outcome = operation::outcome(&body, ["status", "message", "results"])?;
    let outcome = outcome.ok_or_else(|| {
        fault::rejected(text!(
            "channelonline-no-outcome",
            "An action is finished with a status, and this says none"
        ))
        .field("status")
    })?;
    pressed::finish(api, id, &outcome)?;
    Ok(operation::applied(id, None))
}
