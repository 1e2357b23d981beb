//! The account's people, and its seed.
//!
//! ```text
//! {"do": "create", "task": {…}}              {"do": "edit", "id": "t-1", "set": {…}}
//! {"do": "delete", "id": "t-1"}              {"do": "lock", "id": "t-1", "on": true}
//! {"do": "rows"}                             {"do": "set", "switch": "read_only", "value": true}
//! ```

use serde_json::{Value, json};

use super::Example;
use super::task::name;
use crate::simulator::NowMs;

/// `{"account": "…", "api_key": "…", "tasks": […]}`; a task's `modified_at` is how it was left.
pub fn seed(example: &mut Example, seed: &Value, now: NowMs) -> Result<Value, String> {
    let seed = seed.as_object().ok_or("the seed is an object")?;
    let mut made = 0;
    for (key, value) in seed {
        match key.as_str() {
            "//" => {}
            "account" => example.account = text(value, key)?,
            "api_key" => example.api_key = text(value, key)?,
            "tasks" => {
                for task in value.as_array().ok_or("`tasks` is a list")? {
                    example.store.add(task, now).map_err(String::from)?;
                    made += 1;
                }
            }
            _ => return Err(format!("a seed has no `{key}`")),
        }
    }
    Ok(json!({ "tasks": made }))
}

pub fn control(example: &mut Example, action: &Value, now: NowMs) -> Result<Value, String> {
    let id = || text(&action["id"], "id");
    match action["do"].as_str().unwrap_or_default() {
        "create" => {
            let id = example.store.add(&action["task"], now);
            Ok(json!({"id": name(id.map_err(String::from)?)}))
        }
        "edit" => {
            let task = example.store.update(&id()?, "*", &action["set"], now);
            Ok(task.map_err(String::from)?.show())
        }
        "delete" => {
            let task = example.store.delete(&id()?, "*", now);
            Ok(task.map_err(String::from)?.show())
        }
        "lock" => {
            let on = action["on"].as_bool().ok_or("`on` is true or false")?;
            example.store.lock(&id()?, on).map_err(String::from)?;
            Ok(Value::Null)
        }
        "rows" => Ok(example.store.rows()),
        "set" => {
            let value = &action["value"];
            match action["switch"].as_str().unwrap_or_default() {
                "read_only" => {
                    example.switches.read_only = value.as_bool().ok_or("true or false")?;
                }
                "requests_per_second" => {
                    example.switches.requests_per_second = value.as_u64().ok_or("a number")?;
                }
                other => return Err(format!("no switch `{other}`")),
            }
            Ok(Value::Null)
        }
        other => Err(format!("no action `{other}`")),
    }
}

fn text(value: &Value, what: &str) -> Result<String, String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("`{what}` is a text"))
}
