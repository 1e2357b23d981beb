//! Every way Fusion Operations says no.
//!
//! Documented are the words `Invalid JSON`, the 401 and the 429 with its `Retry-After`; the shape and the
//! other texts are assumed, so a client may show them and must not key logic on them.

use serde_json::json;

use super::assumed;
use crate::simulator::Response;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub message: String,
    pub headers: Vec<(&'static str, String)>,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            headers: Vec::new(),
        }
    }

    pub fn invalid_json() -> Self {
        Self::new(400, "invalid-json", "Invalid JSON")
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "validation", message)
    }

    pub fn token() -> Self {
        Self::new(401, "unauthorized", "Invalid or expired token")
    }

    pub fn key() -> Self {
        Self::new(401, "unauthorized", "Invalid API key or secret")
    }

    pub fn scope(scope: &str) -> Self {
        Self::new(403, "forbidden", format!("Scope {scope} is required"))
    }

    pub fn not_found() -> Self {
        Self::new(404, "not-found", "Not found")
    }

    pub fn method(allowed: &[&str]) -> Self {
        Self {
            headers: vec![("allow", allowed.join(", "))],
            ..Self::new(405, "method-not-allowed", "Method not allowed")
        }
    }

    pub fn taken(field: &str, value: &str) -> Self {
        let message = format!("{field} {value} already exists");
        Self::new(409, "duplicate", message)
    }

    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "conflict", message)
    }

    pub fn unknown(place: &str, value: &str) -> Self {
        let message = format!("{place}: {value} does not exist");
        Self::new(422, "unknown-reference", message)
    }

    pub fn not_on_order(product: &str) -> Self {
        let message = format!("Product {product} is not on the order");
        Self::new(422, "unknown-reference", message)
    }

    pub fn too_many(retry_after_s: i64) -> Self {
        Self {
            headers: vec![("retry-after", retry_after_s.to_string())],
            ..Self::new(429, "too-many-requests", "Too many requests")
        }
    }

    pub fn response(self) -> Response {
        let body = json!({ "error": self.code, "message": self.message });
        let kind = ("content-type".to_owned(), assumed::CONTENT_TYPE.to_owned());
        let more = self.headers.into_iter();
        Response {
            status: self.status,
            headers: std::iter::once(kind)
                .chain(more.map(|(name, value)| (name.to_owned(), value)))
                .collect(),
            body: body.to_string().into_bytes(),
            delay_ms: 0,
        }
    }
}

impl From<Refusal> for String {
    fn from(refusal: Refusal) -> Self {
        format!("{} {}", refusal.status, refusal.message)
    }
}
