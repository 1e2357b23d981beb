//! What an answer of Fusion Operations means when it is no success.
//!
//! Only the statuses are documented. The body of a refusal is assumed to be `{"error", "message"}`; what is
//! none is quoted as it is.

use crate::assumed::{ERROR, INVALID_JSON, MESSAGE, THROTTLED_WAIT_MS};
use liaison_sdk::prelude::*;

/// The vendor's code and words, as they are.
pub fn words(answer: &Answer) -> (String, String) {
    let told = answer.json().unwrap_or_default();
    let text = |name: &str| told[name].as_str().map(str::to_owned);
    let code = text(ERROR).unwrap_or_else(|| answer.status().to_string());
    (code, text(MESSAGE).unwrap_or_else(|| answer.excerpt()))
}

/// Whether a body is a refusal, whatever status came with it.
pub fn is_refusal(body: &Value) -> bool {
    body[ERROR].is_string() && body[MESSAGE].is_string()
}

fn quoted(fault: Fault, answer: &Answer) -> Fault {
    let (code, text) = words(answer);
    fault.vendor_code(&code).vendor_text(&text)
}

/// The fault of a request for a token that was no success.
pub fn of_authorization(answer: &Answer) -> Fault {
    let fault = match answer.status() {
        400 | 401 | 403 => unauthorized(),
        404 | 405 => no_such_address("authorization"),
        _ => return answer.rubbish(),
    };
    quoted(fault, answer)
}

fn unauthorized() -> Fault {
    fault::unauthorized(text!(
        "fusion-unauthorized",
        "Fusion Operations refuses the API key or its secret"
    ))
}

/// A token that was just given is refused.
pub fn of_fresh_token(answer: &Answer) -> Fault {
    let fault = fault::unauthorized(text!(
        "fusion-token-refused",
        "Fusion Operations refuses the token that it gave a moment ago; see the setting `token_in`"
    ));
    quoted(fault, answer)
}

/// The fault of a read that was no success.
pub fn of_read(answer: &Answer, resource: &str) -> Fault {
    let fault = match answer.status() {
        403 => forbidden(resource),
        404 | 405 => no_such_address(resource),
        400 | 422 => fault::internal(text!(
            "fusion-question-refused",
            "Fusion Operations does not understand what it is asked for in {resource}",
            resource = resource
        ))
        .scope(FaultScope::WholeEntity),
        _ => return quoted(answer.rubbish(), answer),
    };
    quoted(fault, answer)
}

/// The fault of a write that was no success.
pub fn of_write(answer: &Answer, resource: &str, about: About) -> Fault {
    let (_, said) = words(answer);
    let rejected = || {
        fault::rejected(text!(
            "fusion-rejected",
            "Fusion Operations refuses this record: {reason}",
            reason = said
        ))
    };
    let fault = match (answer.status(), about) {
        (400, _) if said.to_lowercase().contains(INVALID_JSON) => fault::internal(text!(
            "fusion-invalid-json",
            "Fusion Operations cannot read what this connector sent"
        )),
        (403, _) => forbidden(resource),
        (404, About::Record) => gone(resource),
        (404 | 405, _) => no_such_address(resource),
        (409, _) => fault::rejected(text!(
            "fusion-duplicate",
            "Fusion Operations already has such a record: {reason}",
            reason = said
        )),
        (422, _) => fault::missing_reference(text!(
            "fusion-missing-reference",
            "Fusion Operations does not have what this record refers to: {reason}",
            reason = said
        )),
        (423, _) => fault::locked(text!(
            "fusion-locked",
            "Somebody holds this record in Fusion Operations: {reason}",
            reason = said
        )),
        (408 | 500..=599, _) => answer.lost(),
        (400..=499, _) => rejected(),
        // A page, a redirect, a body that was cut: it may have been carried out.
        _ => answer.lost(),
    };
    quoted(fault, answer)
}

/// What a write is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    List,
    Record,
}

/// No record of this id.
pub fn gone(resource: &str) -> Fault {
    fault::not_found(text!(
        "fusion-gone",
        "Fusion Operations has no such record in {resource}",
        resource = resource
    ))
}

fn forbidden(resource: &str) -> Fault {
    fault::misconfigured(text!(
        "fusion-forbidden",
        "The API key may not do this with {resource}; give it the right, or ask for it in the setting `scopes`",
        resource = resource
    ))
    .scope(FaultScope::WholeEntity)
}

fn no_such_address(resource: &str) -> Fault {
    fault::misconfigured(text!(
        "fusion-no-such-address",
        "Fusion Operations has no {resource} at this address; see the settings `base_url`, `path_prefix` and `wire_names`",
        resource = resource
    ))
    .scope(FaultScope::WholeEntity)
}

/// An answer that is JSON of another shape than assumed: waiting would not mend it.
pub fn out_of_shape(resource: &str, answer: &Answer) -> Fault {
    let fault = fault::misconfigured(text!(
        "fusion-out-of-shape",
        "Fusion Operations answers for {resource} in a form that this connector does not know",
        resource = resource
    ))
    .scope(FaultScope::WholeEntity);
    fault
        .vendor_code(&answer.status().to_string())
        .vendor_text(&answer.excerpt())
}

/// A fault on its way out: after a 429 that names no wait the window must pass, and no words hold the token.
pub fn finished(mut fault: Fault, token: Option<&str>) -> Fault {
    if fault.kind == FaultKind::Throttled && fault.wait_ms.is_none() {
        fault.wait_ms = Some(THROTTLED_WAIT_MS);
    }
    if let Some(token) = token.filter(|token| !token.is_empty()) {
        let encoded = liaison_sdk::http::encode(token);
        let clean = |text: &mut String| {
            *text = text.replace(token, "…").replace(&encoded, "…");
        };
        fault.vendor_text.iter_mut().for_each(clean);
        clean(&mut fault.message.fallback);
        fault
            .message
            .args
            .iter_mut()
            .for_each(|(_, value)| clean(value));
    }
    fault
}

#[cfg(test)]
mod tests {
    use super::*;
    use FaultKind as K;
    use FaultScope as S;

    fn answer(status: u16, body: &str) -> Answer {
        Answer(HttpResponse {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn every_refusal_of_a_write_has_its_kind_and_reach() {
        let told = r#"{"error":"E1","message":"Unknown product P9"}"#;
        for (status, body, about, kind, scope) in [
            (400, told, About::List, K::Rejected, S::OneRecord),
            (
                400,
                r#"{"error":"E0","message":"Invalid JSON"}"#,
                About::List,
                K::Internal,
                S::OneRecord,
            ),
            (403, told, About::List, K::Misconfigured, S::WholeEntity),
            (404, told, About::Record, K::NotFound, S::OneRecord),
            (404, told, About::List, K::Misconfigured, S::WholeEntity),
            (405, told, About::Record, K::Misconfigured, S::WholeEntity),
            (409, told, About::List, K::Rejected, S::OneRecord),
            (413, told, About::List, K::Rejected, S::OneRecord),
            (422, told, About::List, K::MissingReference, S::OneRecord),
            (423, told, About::Record, K::Locked, S::OneRecord),
            (500, told, About::List, K::OutcomeUnknown, S::OneRecord),
            (501, told, About::List, K::OutcomeUnknown, S::OneRecord),
            (302, told, About::List, K::OutcomeUnknown, S::OneRecord),
            (200, told, About::List, K::OutcomeUnknown, S::OneRecord),
        ] {
            let fault = of_write(&answer(status, body), "sales-orders", about);
            assert_eq!(
                (fault.kind, fault.scope),
                (kind, scope),
                "{status} {about:?}"
            );
            let said: Value = serde_json::from_str(body).unwrap();
            assert_eq!(fault.vendor_code.as_deref(), said["error"].as_str());
            assert_eq!(fault.vendor_text.as_deref(), said["message"].as_str());
        }
    }

    #[test]
    fn every_refusal_of_a_read_has_its_kind_and_reach() {
        for (status, kind, scope) in [
            (400, K::Internal, S::WholeEntity),
            (403, K::Misconfigured, S::WholeEntity),
            (404, K::Misconfigured, S::WholeEntity),
            (302, K::Unavailable, S::WholeConnection),
            (500, K::Unavailable, S::WholeConnection),
        ] {
            let fault = of_read(&answer(status, "<h1>No</h1> way"), "clients");
            assert_eq!((fault.kind, fault.scope), (kind, scope), "{status}");
            assert_eq!(fault.vendor_code, Some(status.to_string()));
            assert_eq!(fault.vendor_text.as_deref(), Some("No way"));
        }
    }

    #[test]
    fn a_key_is_refused_and_an_address_is_wrong() {
        for (status, kind) in [
            (401, K::Unauthorized),
            (403, K::Unauthorized),
            (404, K::Misconfigured),
            (500, K::Unavailable),
        ] {
            assert_eq!(of_authorization(&answer(status, "")).kind, kind, "{status}");
        }
    }

    #[test]
    fn no_words_hold_the_token() {
        let fault = fault::rejected(text!("k", "at {url}", url = "?access_token=T0K&x"));
        let fault = finished(fault.vendor_text("GET ?access_token=T0K"), Some("T0K"));
        assert!(!format!("{fault:?}").contains("T0K"), "{fault:?}");
        let waits = finished(fault::throttled(text!("k", "later")), None);
        assert_eq!(waits.wait_ms, Some(THROTTLED_WAIT_MS));
        let named = finished(fault::throttled(text!("k", "later")).wait_ms(9), None);
        assert_eq!(named.wait_ms, Some(9));
    }
}
