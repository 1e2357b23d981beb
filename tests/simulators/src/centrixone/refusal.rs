//! Every way CentrixOne says no: an HTTP status and a plain text, nothing else.
//!
//! The texts are assumed; a client may show them and must not key logic on them.

use crate::simulator::Response;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub text: String,
}

impl Refusal {
    fn new(status: u16, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { status, text }
    }

    /// The request itself is wrong.
    pub fn bad(cause: impl std::fmt::Display) -> Self {
        Self::new(400, format!("Bad request: {cause}"))
    }

    pub fn credentials() -> Self {
        Self::new(401, "Invalid account or API key")
    }

    /// A protection rule stands in the way.
    pub fn protected(text: impl Into<String>) -> Self {
        Self::new(403, text)
    }

    pub fn read_only(field: &str) -> Self {
        Self::protected(format!("Field {field} is read-only"))
    }

    pub fn unknown_object() -> Self {
        Self::new(404, "Unknown object")
    }

    pub fn method() -> Self {
        Self::new(405, "Method not allowed")
    }

    pub fn external_id_used() -> Self {
        Self::new(409, "External ID already used")
    }

    /// What the vendor answers when an id in a POST names nothing.
    pub fn missing_record() -> Self {
        Self::new(500, "Internal Server Error")
    }

    pub fn response(self) -> Response {
        let mut headers = vec![(
            "content-type".to_owned(),
            "text/plain; charset=utf-8".to_owned(),
        )];
        if self.status == 405 {
            headers.push(("allow".to_owned(), "GET, POST".to_owned()));
        }
        Response {
            status: self.status,
            headers,
            body: self.text.into_bytes(),
            delay_ms: 0,
        }
    }
}

impl From<Refusal> for String {
    fn from(refusal: Refusal) -> Self {
        refusal.text
    }
}
