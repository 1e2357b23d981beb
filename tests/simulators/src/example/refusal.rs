//! Every way the API says no: a status, and `{"error": {"code", "message", …}}`.

use serde_json::{Map, Value, json};

use super::ok;
use crate::simulator::Response;

/// What a client that was too fast is told to wait.
const RETRY_AFTER_S: u32 = 1;

#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
    field: Option<String>,
    /// The task that has the number already.
    existing: Option<String>,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            field: None,
            existing: None,
        }
    }

    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(400, "bad_request", message)
    }

    pub fn key() -> Self {
        Self::new(401, "unknown_key", "This API key is not known")
    }

    pub fn read_only() -> Self {
        Self::new(403, "read_only", "This account may read and not write")
    }

    pub fn no_such_page() -> Self {
        Self::new(404, "no_such_page", "There is no such page")
    }

    pub fn no_such_task(id: &str) -> Self {
        Self::new(404, "not_found", format!("There is no task {id}"))
    }

    pub fn method() -> Self {
        Self::new(405, "method", "This page does not take that method")
    }

    pub fn number_taken(number: &str, existing: &str) -> Self {
        Self {
            field: Some("number".to_owned()),
            existing: Some(existing.to_owned()),
            ..Self::new(
                409,
                "number_taken",
                format!("Number {number} is taken by task {existing}"),
            )
        }
    }

    pub fn changed(version: u64) -> Self {
        Self::new(
            412,
            "changed",
            format!("The task was changed since; it is at version {version}"),
        )
    }

    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.to_owned()),
            ..Self::new(422, "invalid", message)
        }
    }

    pub fn other_body() -> Self {
        Self::new(
            422,
            "key_reused",
            "This Idempotency-Key came with another body",
        )
    }

    pub fn locked(id: &str) -> Self {
        Self::new(423, "locked", format!("Somebody has task {id} open"))
    }

    pub fn no_precondition() -> Self {
        Self::new(
            428,
            "no_version",
            "If-Match with the task's version is missing",
        )
    }

    pub fn too_many() -> Self {
        Self::new(429, "too_many", "Too many requests in this second")
    }

    pub fn response(self) -> Response {
        let mut error = Map::new();
        error.insert("code".to_owned(), json!(self.code));
        error.insert("message".to_owned(), json!(self.message));
        for (name, value) in [("field", self.field), ("existing", self.existing)] {
            if let Some(value) = value {
                error.insert(name.to_owned(), Value::String(value));
            }
        }
        let mut response = ok(self.status, &json!({ "error": error }));
        if self.status == 429 {
            let header = ("retry-after".to_owned(), RETRY_AFTER_S.to_string());
            response.headers.push(header);
        }
        response
    }
}

impl From<Refusal> for String {
    fn from(refusal: Refusal) -> Self {
        refusal.message
    }
}
