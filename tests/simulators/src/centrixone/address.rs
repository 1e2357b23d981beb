//! The URL of a request: one page per object, with the credentials in the path.
//!
//! `/API_WEB/{EN|FR}/{Object}-{Account}-{APIKey}-{BasicFilter}.awp`. An API key and an external id in
//! the filter may both contain hyphens, so the path is read against the account and key that are known.
//!
//! Invariant: nothing made here from a path, an error or a route, contains the account's key.

use super::object::Object;
use super::refusal::Refusal;
use crate::percent::{Plus, decode};
use crate::simulator::Request;

/// Account number and API key, as issued by the vendor's support.
#[derive(Clone, Default)]
pub struct Credentials {
    pub account: String,
    pub api_key: String,
}

/// What a path names, once the credentials in it were right.
#[derive(Debug, PartialEq, Eq)]
pub struct Address {
    pub object: Object,
    /// The basic filter, not yet read.
    pub filter: String,
}

impl Address {
    pub fn of(path: &str, known: &Credentials) -> Result<Self, Refusal> {
        let page = page(path).ok_or_else(Refusal::unknown_object)?;
        let (object, rest) = page.split_once('-').unwrap_or((&page, ""));
        let object = Object::named(object).ok_or_else(Refusal::unknown_object)?;
        let filter = credentials_left(rest, known).ok_or_else(Refusal::credentials)?;
        Ok(Self {
            object,
            filter: filter.to_owned(),
        })
    }
}

/// The object a path begins with, whoever asks: all that may be counted of it.
pub fn object_word(path: &str) -> &'static str {
    let page = page(path).unwrap_or_default();
    let name = page.split('-').next().unwrap_or_default();
    Object::named(name).map_or("other", Object::name)
}

/// The last segment, decoded and without `.awp`; none unless the page is one of the API's.
fn page(path: &str) -> Option<String> {
    let rest = path.strip_prefix("/API_WEB/")?;
    let page = rest
        .strip_prefix("EN/")
        .or_else(|| rest.strip_prefix("FR/"))?;
    if page.contains('/') {
        return None;
    }
    decode(page, Plus::Kept)?
        .strip_suffix(".awp")
        .map(str::to_owned)
}

/// What follows `{Account}-{APIKey}-`.
fn credentials_left<'a>(text: &'a str, known: &Credentials) -> Option<&'a str> {
    if known.account.is_empty() || known.api_key.is_empty() {
        return None;
    }
    text.strip_prefix(&known.account)?
        .strip_prefix('-')?
        .strip_prefix(&known.api_key)?
        .strip_prefix('-')
}

/// The query's pairs, decoded. A parameter given twice is refused.
pub fn query(request: &Request) -> Result<Vec<(String, String)>, Refusal> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in request.query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = decode(name, Plus::Space).zip(decode(value, Plus::Space));
        let (name, value) =
            decoded.ok_or_else(|| Refusal::bad("the query is not valid percent-encoding"))?;
        if pairs.iter().any(|(known, _)| *known == name) {
            return Err(Refusal::bad(format!("parameter {name} is given twice")));
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}
