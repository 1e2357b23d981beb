//! A call as the resources see it, whether it came by itself or within another, and its reply.

use serde_json::Value;

use super::id::Id;
use super::refusal::{Fault, Refusal};
use super::time::Stamp;
use crate::percent::{Plus, decode};

pub type Headers = Vec<(String, String)>;

#[derive(Debug, Clone)]
pub struct Call {
    pub method: String,
    /// What follows the version in the path, decoded.
    pub segments: Vec<String>,
    pub query: Vec<(String, String)>,
    pub headers: Headers,
    pub body: Option<Value>,
}

/// In whose name a call is made, and how its sender wants it.
#[derive(Debug, Clone)]
pub struct Who {
    pub user: Id,
    /// 59 of `v59.0`.
    pub version: u32,
    pub now: Stamp,
}

#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Headers,
    pub body: Option<Value>,
}

impl Call {
    /// `path` starts after the version; both still percent-encoded.
    pub fn new(method: &str, path: &str, query: &str) -> Option<Self> {
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        let segments = segments.map(|segment| decode(segment, Plus::Kept));
        Some(Self {
            method: method.to_owned(),
            segments: segments.collect::<Option<_>>()?,
            query: form(query)?,
            headers: Vec::new(),
            body: None,
        })
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The body as a map of fields.
    pub fn object(&self) -> Result<&serde_json::Map<String, Value>, Fault> {
        let body = self.body.as_ref().and_then(Value::as_object);
        body.ok_or_else(|| {
            Fault::unreadable(
                "The HTTP entity body is required, but this request has no entity body.",
            )
        })
    }

    /// A part of a header like `Sforce-Query-Options: batchSize=200`.
    pub fn option(&self, header: &str, name: &str) -> Option<&str> {
        let mut parts = self.header(header)?.split(',');
        parts.find_map(|part| {
            let (key, value) = part.split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn allows_duplicates(&self) -> bool {
        let wish = self.option("sforce-duplicate-rule-header", "allowSave");
        wish.is_some_and(|wish| wish.eq_ignore_ascii_case("true"))
    }
}

impl Who {
    pub fn version_text(&self) -> String {
        format!("{}.0", self.version)
    }
}

impl Reply {
    pub fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Some(body),
        }
    }

    pub fn ok(body: Value) -> Self {
        Self::new(200, body)
    }

    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: None,
        }
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.status, refusal.body())
    }
}

pub fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    let mut headers = headers.iter();
    let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// `a=1&b=2`; `None` where the encoding is broken.
pub fn form(text: &str) -> Option<Vec<(String, String)>> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decode(key, Plus::Space)?, decode(value, Plus::Space)?))
    });
    pairs.collect()
}
