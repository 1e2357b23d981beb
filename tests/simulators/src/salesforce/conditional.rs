//! Conditional requests on one record: entity tags on accounts alone, dates on all.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::call::{Call, Headers};
use super::refusal::Fault;
use super::schema::Object;
use super::table::Row;
use super::time::{self, Stamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Send,
    NotModified,
}

/// What a GET says of the record's state.
pub fn of(object: &Object, row: &Row) -> Headers {
    let mut headers = vec![("last-modified".to_owned(), time::http_date(modified(row)))];
    if has_tags(object) {
        headers.push(("etag".to_owned(), tag(row)));
    }
    headers
}

fn has_tags(object: &Object) -> bool {
    object.name == "Account"
}

fn modified(row: &Row) -> Stamp {
    time::read(row.text("LastModifiedDate")).unwrap_or(0)
}

fn tag(row: &Row) -> String {
    let hash = Sha256::digest(format!("{} {}", row.id, row.text("SystemModstamp")));
    format!("\"{}-gzip\"", STANDARD.encode(&hash[..20]))
}

fn lists(header: &str, tag: &str) -> bool {
    header.trim() == "*" || header.split(',').any(|one| one.trim() == tag)
}

/// Whether a GET's condition says that its sender has this state already. A malformed date is ignored.
pub fn unchanged(object: &Object, row: &Row, call: &Call) -> Verdict {
    if has_tags(object)
        && let Some(tags) = call.header("if-none-match")
    {
        return if lists(tags, &tag(row)) {
            Verdict::NotModified
        } else {
            Verdict::Send
        };
    }
    since(call, modified(row))
}

/// `If-Modified-Since` alone.
pub fn since(call: &Call, modified: Stamp) -> Verdict {
    match call
        .header("if-modified-since")
        .and_then(time::read_http_date)
    {
        Some(since) if modified <= since => Verdict::NotModified,
        _ => Verdict::Send,
    }
}

/// Whether a change's condition holds; a malformed date is refused.
pub fn may_change(object: &Object, row: &Row, call: &Call) -> Result<(), Fault> {
    let failed = || {
        Fault::new(
            "PRECONDITION_FAILED",
            "The precondition of the request failed",
        )
    };
    if has_tags(object) {
        if let Some(tags) = call.header("if-match")
            && !lists(tags, &tag(row))
        {
            return Err(failed());
        }
        if let Some(tags) = call.header("if-none-match")
            && lists(tags, &tag(row))
        {
            return Err(failed());
        }
    }
    let date = |name: &str| match call.header(name) {
        None => Ok(None),
        Some(text) => match time::read_http_date(text) {
            Some(date) => Ok(Some(date)),
            None => Err(Fault::new(
                "INVALID_HEADER_VALUE",
                format!("{name}: not an HTTP date: {text}"),
            )),
        },
    };
    if date("if-unmodified-since")?.is_some_and(|since| modified(row) > since) {
        return Err(failed());
    }
    if date("if-modified-since")?.is_some_and(|since| modified(row) <= since) {
        return Err(failed());
    }
    Ok(())
}
