//! What an operation of the contract carries.

use crate::assumed::action::Choice;
use crate::entity::OUTCOMES;
use crate::pressed::Verdict;
use crate::value::text_in;
use liaison_sdk::prelude::*;

/// The body of an operation.
pub fn body(operation: &Operation) -> Result<Map<String, Value>, Fault> {
    serde_json::from_str(&operation.body).map_err(|error| {
        fault::internal(text!(
            "channelonline-body",
            "The record is no JSON object: {reason}",
            reason = error
        ))
    })
}

/// The id of what an operation changes.
pub fn id<'a>(operation: &'a Operation, entity: &str) -> Result<&'a str, Fault> {
    match (operation.action, operation.id.as_deref()) {
        (Action::Update, Some(id)) => Ok(id),
        (Action::Delete, _) => Err(fault::not_offered(entity, "delete")),
        _ => Err(fault::not_offered(entity, "create")),
    }
}

/// The outcome that a body tells under these names; none where it tells none.
pub fn outcome(
    body: &Map<String, Value>,
    [status, message, choices]: [&str; 3],
) -> Result<Option<Verdict>, Fault> {
    let told = text_in(body, status);
    if told.is_empty() {
        // Words and a list without an outcome would finish nothing, and whoever asked would wait on.
        let listed = body.get(choices).and_then(Value::as_array);
        if listed.is_some_and(|list| !list.is_empty()) {
            return Err(fault::rejected(text!(
                "channelonline-no-outcome",
                "An action is finished with a status, and this says none"
            ))
            .field(status));
        }
        return Ok(None);
    }
    if !OUTCOMES.contains(&told) {
        return Err(fault::rejected(text!(
            "channelonline-outcome",
            "An outcome is success or failure, not {value}",
            value = told
        ))
        .field(status));
    }
    let choices = body.get(choices).and_then(Value::as_array);
    let choice = |one: &Value| Choice {
        id: one["id"].as_str().unwrap_or_default().to_owned(),
        name: one["name"].as_str().unwrap_or_default().to_owned(),
    };
    Ok(Some(Verdict {
        status: told.to_owned(),
        message: text_in(body, message).to_owned(),
        choices: choices.into_iter().flatten().map(choice).collect(),
        action: Some(text_in(body, "export_action").to_owned()).filter(|id| !id.is_empty()),
    }))
}

/// The fault for a value that a field cannot hold.
pub fn unfit(field: &str, value: &Value) -> Fault {
    fault::rejected(text!(
        "channelonline-unfit",
        "{value} does not fit {field}",
        value = value,
        field = field
    ))
    .field(field)
}

/// The service answered, and said nothing of this record.
pub fn untold(entity: &str) -> Fault {
    fault::outcome_unknown(text!(
        "channelonline-untold",
        "ChannelOnline answered and did not say what became of this {entity}",
        entity = entity
    ))
}

/// What was written, where nothing more is known of it.
pub fn applied(id: &str, version: Option<String>) -> Applied {
    Applied {
        id: id.to_owned(),
        version,
        body: None,
        ext: Vec::new(),
    }
}
