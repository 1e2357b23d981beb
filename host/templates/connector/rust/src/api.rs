//! The API's rules: its key, its answers, its refusals.

use liaison_sdk::http::Body;
use liaison_sdk::prelude::*;
use serde::Deserialize;

use crate::manifest::{API_KEY, ENTITY};

#[derive(Deserialize)]
struct Settings {
    base_url: String,
}

/// The API with the connection's key.
pub struct Api<'a>(Client<'a>);

/// `{"error": {…}}`
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    code: Option<String>,
    message: Option<String>,
    field: Option<String>,
    existing: Option<String>,
}

impl<'a> Api<'a> {
    /// Errors when this connector has no such entity, or the connection is not complete.
    pub fn open(host: &'a dyn Host, entity: &str) -> Result<Self, Fault> {
        if entity != ENTITY {
            return Err(fault::no_such_entity(entity));
        }
        let settings: Settings = host.settings()?;
        // The key is a placeholder; the host puts the value in as the request leaves.
        let client = Client::new(host, &settings.base_url).secret_header("x-api-key", API_KEY)?;
        Ok(Self(client))
    }

    /// The client sends a read again that gets no answer.
    pub fn get(&self, path: &str) -> Result<Value, Fault> {
        let answer = self.0.read(Method::Get, path, None)?;
        match answer.status() {
            200 => answer.json_or_unavailable(),
            500.. => Err(answer.rubbish()),
            _ => Err(refused(&answer)),
        }
    }

    /// A write is sent once: only the host knows whether it may be sent again. `None` where the answer is empty.
    pub fn send(
        &self,
        method: Method,
        path: &str,
        header: (&str, &str),
        body: Option<&Value>,
    ) -> Result<Option<Value>, Fault> {
        let client = self.0.clone().header(header.0, header.1);
        let answer = match body {
            Some(body) => client.write(method, path, Some(body))?,
            None => {
                let sent = client.send(method, path, Some(Body::default()));
                sent.map_err(|error| fault::unwritten(&error))?
            }
        };
        match answer.status() {
            204 => Ok(None),
            200..=299 => answer.json().map(Some).ok_or_else(|| answer.lost()),
            503 => Err(answer.busy(client.host().now_ms())),
            // A server that fell over its own work may have done it.
            500.. => Err(answer.lost()),
            _ => Err(refused(&answer)),
        }
    }
}

fn refused(answer: &Answer) -> Fault {
    let error = answer
        .json()
        .and_then(|body| serde_json::from_value(body.get("error")?.clone()).ok());
    let refusal: Refusal = error.unwrap_or_default();
    let mut fault = match answer.status() {
        401 => fault::unauthorized(text!("{{name}}-unauthorized", "The API refuses the key")),
        403 => fault::misconfigured(text!(
            "{{name}}-read-only",
            "The account may read and not write"
        )),
        404 => fault::not_found(text!("{{name}}-not-found", "The API has no such task")),
        409 => fault::exists(
            text!(
                "{{name}}-exists",
                "A task with this number is there already"
            ),
            refusal.existing.as_deref().unwrap_or_default(),
        ),
        412 => fault::conflict(text!(
            "{{name}}-changed",
            "The task changed since it was read"
        )),
        423 => fault::locked(text!("{{name}}-locked", "Somebody has the task open")),
        429 => fault::throttled(text!("{{name}}-throttled", "The API asks for fewer calls")),
        _ => fault::rejected(text!(
            "{{name}}-rejected",
            "The API refuses the task as it is"
        )),
    };
    fault.vendor_code = refusal.code.or_else(|| Some(answer.status().to_string()));
    fault.vendor_text = refusal.message;
    fault.field = refusal.field;
    fault
}
