//! What passes between a system that calls and the connector's door, and what a person must prepare.

use http::{HeaderName, HeaderValue, StatusCode};

use super::{Nonsense, nonsense, quote, text};
use crate::connector::bindings::{inbound as wit, setup};
use crate::connector::inbound::{InboundRequest, InboundResponse, Preparation, PreparedFile};
use crate::model::Manifest;

/// Headers of an answer.
const HEADERS_MAX: usize = 100;
/// Files, secrets and steps of a preparation; and the length of a file's name.
const PREPARED_MAX: usize = 50;
const FILE_NAME_BYTES_MAX: usize = 100;

pub fn request(request: InboundRequest) -> wit::Request {
    wit::Request {
        method: request.method,
        path: request.path,
        query: request.query,
        headers: request.headers,
        body: request.body,
        ext: Vec::new(),
    }
}

pub fn response(response: wit::Response, is_refused: bool) -> Result<InboundResponse, Nonsense> {
    if StatusCode::from_u16(response.status).is_err() || response.status < 200 {
        return Err(nonsense(format!("the status {}", response.status)));
    }
    if response.headers.len() > HEADERS_MAX {
        return Err(nonsense(format!("more than {HEADERS_MAX} headers")));
    }
    for (name, value) in &response.headers {
        let is_header = HeaderName::try_from(name.as_str()).is_ok()
            && HeaderValue::try_from(value.as_str()).is_ok();
        if !is_header {
            return Err(nonsense(format!(
                "the header `{}`, which is none",
                quote(name)
            )));
        }
    }
    Ok(InboundResponse {
        status: response.status,
        headers: response.headers,
        body: response.body,
        is_refused,
    })
}

pub fn preparation(
    prepared: setup::Preparation,
    manifest: &Manifest,
) -> Result<Preparation, Nonsense> {
    let lists = [
        prepared.files.len(),
        prepared.generate.len(),
        prepared.steps.len(),
    ];
    if lists.into_iter().any(|count| count > PREPARED_MAX) {
        return Err(nonsense(format!("more than {PREPARED_MAX} things to do")));
    }
    for file in &prepared.files {
        if !is_plain_name(&file.name) {
            return Err(nonsense(format!(
                "a file named `{}`, which is no plain name",
                quote(&file.name)
            )));
        }
    }
    for name in &prepared.generate {
        if !manifest.secrets.iter().any(|secret| secret.name == *name) {
            return Err(nonsense(format!(
                "the secret `{}`, which its manifest does not declare",
                quote(name)
            )));
        }
    }
    let files = prepared.files.into_iter().map(|file| PreparedFile {
        name: file.name,
        content: file.content,
        purpose: text(file.purpose),
    });
    Ok(Preparation {
        files: files.collect(),
        generate: prepared.generate,
        steps: prepared.steps.into_iter().map(text).collect(),
    })
}

/// A name that leads nowhere else, on any system.
fn is_plain_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._- ".contains(c);
    (1..=FILE_NAME_BYTES_MAX).contains(&name.len())
        && name.chars().all(plain)
        && !name.starts_with(['.', ' '])
        && !name.ends_with(['.', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_preparation_has_a_plain_name() {
        for (name, plain) in [
            ("liaison.qwc", true),
            ("Read me.txt", true),
            ("", false),
            ("..", false),
            ("../key", false),
            ("a/b", false),
            ("a\\b", false),
            ("C:x", false),
            ("a.", false),
            (&"n".repeat(101), false),
        ] {
            assert_eq!(is_plain_name(name), plain, "{name}");
        }
    }

    #[test]
    fn an_answer_that_is_none_is_refused() {
        let answer = |status, name: &str, value: &str| wit::Response {
            status,
            headers: vec![(name.to_owned(), value.to_owned())],
            body: Vec::new(),
            ext: Vec::new(),
        };
        assert!(response(answer(200, "content-type", "text/xml"), false).is_ok());
        for (status, name, value) in [
            (99, "a", "b"),
            (101, "a", "b"),
            (1_000, "a", "b"),
            (200, "a b", "c"),
            (200, "a", "b\r\nc: d"),
        ] {
            assert!(
                response(answer(status, name, value), false).is_err(),
                "{status} {name}"
            );
        }
    }
}
