//! What an answer of CentrixOne means when it is no success.
//!
//! A success is 2xx, JSON, and says so itself. Everything else is words in plain text, or a page of
//! the web server. The words go to the person verbatim, except for what looks like our own address:
//! the key stands in it.

use crate::assumed::{EXTENSION, RESULT, ROOT, SUCCESS};
use liaison_sdk::prelude::*;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What a failed POST leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// The vendor refused what it was sent. Of several rows some may have been written all the same.
    Refused,
    /// 500: by the vendor's own account, something that a row refers to does not exist.
    Broken,
    /// A page instead of an answer, with a status that says success.
    Rubbish,
    /// Nobody knows.
    Lost,
    /// Surely nothing was written, and the next request would fare no better.
    Closed,
}

/// Why a POST failed.
#[derive(Clone, Debug)]
pub struct Trouble {
    pub left: Left,
    pub status: u16,
    pub fault: Fault,
}

/// Whether an answer is what the vendor calls a success: its properties, unread.
pub fn success(answer: &Answer) -> Option<BTreeMap<String, &RawValue>> {
    let json = answer.0.header("content-type").is_some_and(|value| {
        let kind = value.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json")
    });
    if !json || !answer.is_success() {
        return None;
    }
    let body: BTreeMap<String, &RawValue> = serde_json::from_slice(&answer.0.body).ok()?;
    let result = serde_json::from_str::<Value>(body.get(RESULT)?.get()).ok()?;
    (result == SUCCESS).then_some(body)
}

/// The fault of a read that was no success.
pub fn of_read(answer: &Answer) -> Fault {
    let fault = match answer.status() {
        401 => unauthorized(),
        403 => fault::misconfigured(text!(
            "centrixone-read-refused",
            "CentrixOne does not let this API key read these records; ask its support to allow it"
        ))
        .scope(FaultScope::WholeEntity),
        404 => no_such_object(),
        400 => fault::internal(text!(
            "centrixone-filter-refused",
            "CentrixOne does not understand what it is asked for"
        ))
        .scope(FaultScope::WholeEntity),
        _ => return clean(answer.rubbish()),
    };
    quoted(fault, answer)
}

/// The trouble of a POST that was no success.
pub fn of_write(answer: &Answer, now_ms: u64) -> Trouble {
    let status = answer.status();
    let words = clean_words(&answer.excerpt());
    let (left, fault) = match status {
        401 => (Left::Closed, unauthorized()),
        404 => (Left::Closed, no_such_object()),
        429 | 503 => return closed(busy(answer, now_ms), status),
        400 => (Left::Refused, invalid(&words)),
        403 => (Left::Refused, forbidden(&words)),
        405 => (
            Left::Refused,
            fault::rejected(text!(
                "centrixone-not-allowed",
                "CentrixOne does not allow this: {reason}. Nothing can be deleted there; deactivate it instead",
                reason = words
            )),
        ),
        409 => (
            Left::Refused,
            fault::rejected(text!(
                "centrixone-duplicate",
                "CentrixOne already has such a record: {reason}",
                reason = words
            )),
        ),
        500 => (
            Left::Broken,
            fault::unavailable(text!(
                "centrixone-broken",
                "CentrixOne failed on this record, although everything it refers to exists: {reason}",
                reason = words
            ))
            .scope(FaultScope::OneRecord),
        ),
        408 | 501..=599 => (Left::Lost, answer.lost()),
        402..=499 => (
            Left::Refused,
            fault::rejected(text!(
                "centrixone-rejected",
                "CentrixOne refuses this record: {reason}",
                reason = words
            )),
        ),
        _ => (Left::Rubbish, answer.lost()),
    };
    Trouble {
        left,
        status,
        fault: quoted(fault, answer),
    }
}

/// The trouble of a POST that got no answer.
pub fn unanswered(error: &HttpError) -> Trouble {
    let left = match error {
        HttpError::NotSent { .. } => Left::Closed,
        HttpError::NoAnswer { .. } => Left::Lost,
    };
    Trouble {
        left,
        status: 0,
        fault: clean(fault::unwritten(error)),
    }
}

/// A trouble that holds for every request.
pub fn closed(fault: Fault, status: u16) -> Trouble {
    Trouble {
        left: Left::Closed,
        status,
        fault,
    }
}

/// A fault of the SDK's client, in this vendor's terms: 503 with `Retry-After` is a request to wait,
/// and no words of it may hold our address.
pub fn of_client(fault: Fault) -> Fault {
    let waits = fault.kind == FaultKind::Unavailable && fault.wait_ms.is_some();
    let fault = match waits {
        true => Fault {
            kind: FaultKind::Throttled,
            ..fault
        },
        false => fault,
    };
    clean(fault)
}

fn busy(answer: &Answer, now_ms: u64) -> Fault {
    of_client(answer.busy(now_ms))
}

fn unauthorized() -> Fault {
    fault::unauthorized(text!(
        "centrixone-unauthorized",
        "CentrixOne refuses the account number or the API key"
    ))
}

fn no_such_object() -> Fault {
    fault::misconfigured(text!(
        "centrixone-no-such-object",
        "CentrixOne has no such address: see the setting `base_url`, or the vendor names this kind of object otherwise"
    ))
    .scope(FaultScope::WholeEntity)
}

/// `Bad request: lists is required`.
fn invalid(words: &str) -> Fault {
    let fault = fault::rejected(text!(
        "centrixone-rejected",
        "CentrixOne refuses this record: {reason}",
        reason = words
    ));
    let field = words
        .strip_suffix(" is required")
        .and_then(|before| before.rsplit(' ').next());
    match field {
        Some(field) => fault.field(field),
        None => fault,
    }
}

/// The three protections, each with what a person can do.
fn forbidden(words: &str) -> Fault {
    let lower = words.to_lowercase();
    if lower.contains("read-only") {
        let fault = fault::rejected(text!(
            "centrixone-field-protected",
            "CentrixOne does not let this API key write the field: {reason}. Ask its support to let the key write the fields of the accounting system",
            reason = words
        ));
        let field = lower
            .strip_prefix("field ")
            .and_then(|rest| rest.split(' ').next());
        return match field {
            Some(field) => fault.field(field),
            None => fault,
        };
    }
    if lower.contains("protected") {
        return fault::rejected(text!(
            "centrixone-protected",
            "CentrixOne protects this: {reason}. The list, its contacts and the stages of the accounting system can be neither renamed nor deleted",
            reason = words
        ));
    }
    fault::rejected(text!(
        "centrixone-forbidden",
        "CentrixOne does not allow this: {reason}. Give the API's user group the permission “Primary (Acomba) contact: write”; in one-way mode, or at security level 2, only its support can open these records",
        reason = words
    ))
}

fn quoted(fault: Fault, answer: &Answer) -> Fault {
    clean(
        fault
            .vendor_code(&answer.status().to_string())
            .vendor_text(&answer.excerpt()),
    )
}

fn clean(mut fault: Fault) -> Fault {
    fault.vendor_text = fault.vendor_text.map(|words| clean_words(&words));
    fault
}

/// The words without whatever looks like our address: account and key stand in it.
pub fn clean_words(words: &str) -> String {
    let root = ROOT.to_lowercase();
    let clean: Vec<&str> = words
        .split(' ')
        .map(|word| {
            let lower = word.to_lowercase();
            match lower.contains(&root) || lower.contains(EXTENSION) {
                true => "…",
                false => word,
            }
        })
        .collect();
    clean.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use FaultKind as K;
    use FaultScope as S;

    fn answer(status: u16, kind: &str, body: &str) -> Answer {
        Answer(HttpResponse {
            status,
            headers: vec![("Content-Type".to_owned(), kind.to_owned())],
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn only_json_that_says_success_is_one() {
        let good = r#"{"Result":"Success","Contacts":[]}"#;
        for (status, kind, body, expected) in [
            (200, "application/json", good, true),
            (201, "Application/JSON; charset=utf-8", good, true),
            (200, "text/html", good, false),
            (200, "application/json", r#"{"Result":"Failure"}"#, false),
            (200, "application/json", "[]", false),
            (200, "application/json", "<html>", false),
            (500, "application/json", good, false),
        ] {
            let found = success(&answer(status, kind, body)).is_some();
            assert_eq!(found, expected, "{status} {kind} {body}");
        }
    }

    #[test]
    fn every_status_of_a_write_leaves_what_it_leaves() {
        for (status, words, left, kind, scope, field) in [
            (
                400,
                "Bad request: lists is required",
                Left::Refused,
                K::Rejected,
                S::OneRecord,
                Some("lists"),
            ),
            (
                400,
                "Bad request",
                Left::Refused,
                K::Rejected,
                S::OneRecord,
                None,
            ),
            (
                401,
                "Invalid account or API key",
                Left::Closed,
                K::Unauthorized,
                S::WholeConnection,
                None,
            ),
            (
                403,
                "Field customer_number is read-only",
                Left::Refused,
                K::Rejected,
                S::OneRecord,
                Some("customer_number"),
            ),
            (
                403,
                "Primary contact is not writable",
                Left::Refused,
                K::Rejected,
                S::OneRecord,
                None,
            ),
            (
                403,
                "Protected list: contact cannot be deleted",
                Left::Refused,
                K::Rejected,
                S::OneRecord,
                None,
            ),
            (
                404,
                "Unknown object",
                Left::Closed,
                K::Misconfigured,
                S::WholeEntity,
                None,
            ),
            (
                405,
                "Method not allowed",
                Left::Refused,
                K::Rejected,
                S::OneRecord,
                None,
            ),
            (
                409,
                "External ID already used",
                Left::Refused,
                K::Rejected,
                S::OneRecord,
                None,
            ),
            (
                413,
                "Too large",
                Left::Refused,
                K::Rejected,
                S::OneRecord,
                None,
            ),
            (
                500,
                "Internal Server Error",
                Left::Broken,
                K::Unavailable,
                S::OneRecord,
                None,
            ),
            (
                502,
                "Bad gateway",
                Left::Lost,
                K::OutcomeUnknown,
                S::OneRecord,
                None,
            ),
            (
                503,
                "Service Unavailable",
                Left::Closed,
                K::Unavailable,
                S::WholeConnection,
                None,
            ),
            (
                429,
                "Slow down",
                Left::Closed,
                K::Throttled,
                S::WholeConnection,
                None,
            ),
            (
                200,
                "<html>WebDev</html>",
                Left::Rubbish,
                K::OutcomeUnknown,
                S::OneRecord,
                None,
            ),
        ] {
            let trouble = of_write(&answer(status, "text/plain", words), 0);
            let fault = &trouble.fault;
            assert_eq!(
                (
                    trouble.left,
                    fault.kind,
                    fault.scope,
                    fault.field.as_deref()
                ),
                (left, kind, scope, field),
                "{status} {words}"
            );
            assert_eq!(
                fault.vendor_code.as_deref(),
                Some(status.to_string().as_str())
            );
            let quoted = fault.vendor_text.as_deref();
            assert!(
                quoted == Some(words) || status == 200,
                "{words}: {quoted:?}"
            );
        }
    }

    #[test]
    fn a_503_that_says_how_long_is_a_request_to_wait() {
        let mut busy = answer(503, "text/plain", "Service Unavailable");
        busy.0
            .headers
            .push(("Retry-After".to_owned(), "120".to_owned()));
        let fault = of_write(&busy, 0).fault;
        assert_eq!((fault.kind, fault.wait_ms), (K::Throttled, Some(120_000)));
    }

    #[test]
    fn our_own_address_is_never_quoted() {
        let page = "<p>Page https://api.centrix.one/API_WEB/EN/Contacts-1-KEY-all.awp not available, /api_web/x or contacts-1-KEY-all.AWP?a either</p>";
        let fault = of_write(&answer(200, "text/html", page), 0).fault;
        assert_eq!(
            fault.vendor_text.as_deref(),
            Some("Page … not available, … or … either")
        );
        let error = HttpError::NoAnswer {
            detail: "reset: https://x/API_WEB/EN/Contacts-1-KEY-all.awp".to_owned(),
        };
        assert_eq!(
            unanswered(&error).fault.vendor_text.as_deref(),
            Some("reset: …")
        );
    }
}
