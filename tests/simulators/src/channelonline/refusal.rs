//! Every way the service says no: HTTP 200 with one error. Codes 105 and 507 are real; the others are assumed
//! as the reference proposes them, and so are all words but those of the two.

use super::wire::Xml;
use crate::simulator::Response;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: u16,
    pub text: String,
}

impl Refusal {
    fn new(code: u16, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { code, text }
    }

    pub fn user_agent() -> Self {
        Self::new(105, "Invalid User Agent")
    }

    pub fn too_many(what: &str, most: usize) -> Self {
        let text = format!(
            "The number of {what} is limited to {most}. Please narrow your search filters."
        );
        Self::new(507, text)
    }

    pub fn credentials() -> Self {
        Self::new(101, "Invalid credentials")
    }

    pub fn permission(text: impl Into<String>) -> Self {
        Self::new(102, text)
    }

    /// A body that is no XML, or no request.
    pub fn xml(text: impl Into<String>) -> Self {
        Self::new(201, text)
    }

    pub fn not_found(text: impl Into<String>) -> Self {
        Self::new(404, text)
    }

    pub fn conflict(text: impl Into<String>) -> Self {
        Self::new(409, text)
    }

    pub fn invalid(text: impl Into<String>) -> Self {
        Self::new(422, text)
    }

    pub fn busy() -> Self {
        Self::new(503, "Service is busy. Please try again later.")
    }

    pub fn write(&self, xml: &mut Xml) {
        xml.leaf_with("error", &[("code", &self.code.to_string())], &self.text);
    }

    pub fn response(&self, root: &str, version: &str) -> Response {
        let mut xml = Xml::answer(root, version);
        self.write(&mut xml);
        xml.response(root)
    }
}
