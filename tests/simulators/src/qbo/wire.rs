//! HTTP as the vendor writes it: JSON, with an id of each answer for its support.

use serde_json::Value;

use crate::percent::{Plus, decode};
use crate::simulator::{Request, Response};

pub fn respond(status: u16, content_type: &str, body: String) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body: body.into_bytes(),
        delay_ms: 0,
    }
}

pub fn json(status: u16, body: &Value) -> Response {
    respond(status, "application/json;charset=UTF-8", body.to_string())
}

pub fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut headers = request.headers.iter();
    headers
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
}

/// The pairs of a form or of a query, decoded.
pub fn form(text: &str) -> Option<Vec<(String, String)>> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decode(key, Plus::Space)?, decode(value, Plus::Space)?))
    });
    pairs.collect()
}
