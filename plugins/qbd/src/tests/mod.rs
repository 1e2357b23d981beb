//! Whole conversations, both halves over one store, and what must hold in all of them.

mod conversation;
mod hostile;
mod lookup;
mod manifest;
mod office;
mod power;
mod setup;
mod stock;
mod valid;
mod words;

use liaison_sdk::prelude::*;

const TOKEN: &str = "01JQ5V0000000000000000TEST";
const OWNER: &str = "{11111111-1111-1111-1111-111111111111}";
const FILE: &str = "{22222222-2222-2222-2222-222222222222}";

fn operation(
    token: &str,
    action: Action,
    id: Option<&str>,
    version: Option<&str>,
    body: &Value,
) -> Operation {
    Operation {
        token: token.to_owned(),
        action,
        id: id.map(str::to_owned),
        version: version.map(str::to_owned),
        body: body.to_string(),
        resume: None,
        ext: Vec::new(),
    }
}
