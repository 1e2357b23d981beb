//! What the bridge refuses, in the terms the host acts on.
//!
//! Acomba's own numbers have no public list, so nothing here depends on one: the bridge's code
//! decides, Acomba's number and words travel along verbatim.

use liaison_sdk::prelude::*;
use liaison_sdk::text;

/// Whether a lost or unreadable answer leaves something open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nothing can have changed.
    Read,
    /// Something may have been carried out.
    Write,
}

/// A fault, and the bridge's word for it where a caller can do something about it.
#[derive(Debug)]
pub struct Trouble {
    /// The bridge's code; empty when the answer had none.
    pub code: String,
    /// The same for the host. `field` still has the wire's name: see [`Trouble::in_our_names`].
    pub fault: Fault,
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self {
            code: String::new(),
            fault,
        }
    }
}

impl From<Trouble> for Fault {
    fn from(trouble: Trouble) -> Self {
        Self {
            field: None,
            ..trouble.fault
        }
    }
}

impl Trouble {
    /// There is no such card, or no longer.
    pub fn is_absence(&self) -> bool {
        matches!(
            self.code.as_str(),
            "card_not_found" | "key_not_found" | "card_deleted"
        )
    }

    /// The fault, its field called as in our bodies.
    pub fn in_our_names(self, name_of: impl Fn(&str) -> Option<String>) -> Fault {
        let field = self.fault.field.as_deref().and_then(name_of);
        Fault {
            field,
            ..self.fault
        }
    }
}

/// The trouble behind an answer that is no success.
pub fn trouble(answer: &Answer, asked: Asked, company: &str, now_ms: u64) -> Trouble {
    let body = answer.json().unwrap_or(Value::Null);
    let error = &body["error"];
    let Some(code) = error["code"].as_str() else {
        return Trouble::from(wordless(answer, asked));
    };
    let words = ["aco_message", "message"]
        .iter()
        .find_map(|name| error[*name].as_str())
        .unwrap_or_default();
    let existing = error["card_pos"].as_u64().map(|pos| pos.to_string());
    let mut fault = match code {
        "number_taken" | "duplicate_reference" if existing.is_some() => {
            taken(code, words, &existing.unwrap_or_default())
        }
        _ => refusal(code, words, company)
            .unwrap_or_else(|| by_status(answer.status(), asked, words)),
    };
    if let Some(ms) = answer.busy(now_ms).wait_ms {
        fault = fault.wait_ms(ms);
    }
    if let Some(field) = error["field"].as_str() {
        fault = fault.field(field);
    }
    let number = match &error["aco_error"] {
        Value::Null => code.to_owned(),
        Value::String(text) => text.clone(),
        number => number.to_string(),
    };
    Trouble {
        code: code.to_owned(),
        fault: fault.vendor_code(&number).vendor_text(words),
    }
}

/// An answer without the bridge's error: a proxy's page, a crash, a page of something else.
fn wordless(answer: &Answer, asked: Asked) -> Fault {
    match (answer.status(), asked) {
        (401 | 403, _) => unauthorized().vendor_text(&answer.excerpt()),
        (_, Asked::Read) => answer.rubbish(),
        (_, Asked::Write) => answer.lost(),
    }
}

fn taken(code: &str, words: &str, existing: &str) -> Fault {
    match code {
        "number_taken" => fault::exists(
            text!(
                "acomba-number-taken",
                "Acomba already has this number, on card {card}: {reason}",
                card = existing,
                reason = words
            ),
            existing,
        ),
        _ => fault::exists(
            text!(
                "acomba-duplicate-reference",
                "Acomba already has an invoice with this reference for this customer, on card {card}",
                card = existing
            ),
            existing,
        ),
    }
}

fn unauthorized() -> Fault {
    fault::unauthorized(text!(
        "acomba-unauthorized",
        "The bridge refuses the API key"
    ))
}

/// The codes of the bridge, one by one.
fn refusal(code: &str, words: &str, company: &str) -> Option<Fault> {
    Some(match code {
        "unauthorized" => unauthorized(),
        "forbidden" => fault::unauthorized(text!(
            "acomba-forbidden",
            "The API key is not allowed to use the company `{company}` of the bridge",
            company = company
        )),
        "bad_request" => fault::internal(text!(
            "acomba-bad-request",
            "The bridge does not understand the request: {reason}",
            reason = words
        )),
        "card_not_found" | "key_not_found" => {
            fault::not_found(text!("acomba-not-found", "Acomba has no such card"))
        }
        "card_deleted" => fault::not_found(text!(
            "acomba-deleted",
            "The card has been deleted in Acomba"
        )),
        "company_not_found" => fault::misconfigured(text!(
            "acomba-company-not-found",
            "Acomba finds no company in the folder of `{company}`: it may have been moved",
            company = company
        )),
        "not_allowed" => fault::rejected(text!(
            "acomba-not-allowed",
            "Acomba does not allow this: invoices are never edited and cards never deleted"
        )),
        "changed_since_read" => fault::conflict(text!(
            "acomba-changed",
            "The card has been changed in Acomba since it was read"
        )),
        "card_reserved" => fault::locked(text!(
            "acomba-reserved",
            "Somebody has the card open in Acomba"
        )),
        "company_locked" => fault::locked(text!(
            "acomba-company-locked",
            "Acomba has the company locked for itself (reindexing, restoring, closing the year)"
        ))
        .scope(FaultScope::WholeConnection),
        "queue_full" => fault::throttled(text!(
            "acomba-queue-full",
            "The bridge has too many requests waiting"
        )),
        "closed_window" => fault::outside_window(text!(
            "acomba-closed-window",
            "The bridge is closed at this hour, so that the files of Acomba can be backed up"
        )),
        "sdk_not_started" => fault::unavailable(text!(
            "acomba-sdk-not-started",
            "The bridge cannot start Acomba's SDK: {reason}",
            reason = words
        )),
        "login_failed" => fault::misconfigured(text!(
            "acomba-login-failed",
            "Acomba refuses the user or the password of the bridge: {reason}",
            reason = words
        )),
        "licence_limit" => fault::misconfigured(text!(
            "acomba-licence-limit",
            "Acomba has no licence left for the bridge: {reason}",
            reason = words
        )),
        "version_mismatch" => fault::misconfigured(text!(
            "acomba-version-mismatch",
            "The SDK of the bridge does not fit the version of Acomba: {reason}",
            reason = words
        )),
        _ => return None,
    })
}

/// Codes this connector does not know: the status decides.
fn by_status(status: u16, asked: Asked, words: &str) -> Fault {
    match (status, asked) {
        (401 | 403, _) => unauthorized(),
        (423, _) => fault::locked(text!(
            "acomba-locked",
            "Acomba holds this for a while: {reason}",
            reason = words
        )),
        (429, _) => fault::throttled(text!(
            "acomba-throttled",
            "The bridge asks for fewer requests"
        )),
        (400..=499, _) => fault::rejected(text!(
            "acomba-rejected",
            "Acomba refuses this record: {reason}",
            reason = words
        )),
        (501, _) => fault::internal(text!(
            "acomba-not-supported",
            "The bridge does not offer this: {reason}",
            reason = words
        )),
        (_, Asked::Read) | (503, _) => fault::unavailable(text!(
            "acomba-unavailable",
            "The bridge cannot serve at the moment: {reason}",
            reason = words
        )),
        (_, Asked::Write) => fault::outcome_unknown(text!(
            "acomba-outcome-unknown",
            "The bridge failed while it had the request; Acomba may have carried it out: {reason}",
            reason = words
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FaultKind as K;
    use FaultScope as S;

    fn answered(status: u16, body: &str, retry_after: Option<&str>) -> Answer {
        let headers = retry_after
            .map(|value| ("Retry-After".to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        Answer(HttpResponse {
            status,
            headers,
            body: body.as_bytes().to_vec(),
        })
    }

    fn of(status: u16, code: &str, asked: Asked) -> Trouble {
        let body = json!({"error": {"code": code, "message": "m", "aco_error": 9004, "aco_message": "Fiche réservée.",
            "card_pos": 41, "field": "CuName", "retryable": true}});
        trouble(
            &answered(status, &body.to_string(), Some("120")),
            asked,
            "acme",
            0,
        )
    }

    #[test]
    fn every_code_of_the_bridge_has_its_kind_and_reach() {
        for (status, code, kind, scope) in [
            (400, "bad_request", K::Internal, S::OneRecord),
            (401, "unauthorized", K::Unauthorized, S::WholeConnection),
            (403, "forbidden", K::Unauthorized, S::WholeConnection),
            (404, "card_not_found", K::NotFound, S::OneRecord),
            (404, "key_not_found", K::NotFound, S::OneRecord),
            (
                404,
                "company_not_found",
                K::Misconfigured,
                S::WholeConnection,
            ),
            (405, "not_allowed", K::Rejected, S::OneRecord),
            (409, "number_taken", K::Exists, S::OneRecord),
            (409, "duplicate_reference", K::Exists, S::OneRecord),
            (410, "card_deleted", K::NotFound, S::OneRecord),
            (412, "changed_since_read", K::Conflict, S::OneRecord),
            (422, "customer_inactive", K::Rejected, S::OneRecord),
            (422, "sdk_rejected", K::Rejected, S::OneRecord),
            (423, "card_reserved", K::Locked, S::OneRecord),
            (423, "company_locked", K::Locked, S::WholeConnection),
            (429, "queue_full", K::Throttled, S::WholeConnection),
            (503, "closed_window", K::OutsideWindow, S::WholeConnection),
            (503, "sdk_not_started", K::Unavailable, S::WholeConnection),
            (503, "login_failed", K::Misconfigured, S::WholeConnection),
            (503, "licence_limit", K::Misconfigured, S::WholeConnection),
            (
                503,
                "version_mismatch",
                K::Misconfigured,
                S::WholeConnection,
            ),
            (418, "teapot", K::Rejected, S::OneRecord),
        ] {
            let trouble = of(status, code, Asked::Write);
            assert_eq!(
                (trouble.fault.kind, trouble.fault.scope),
                (kind, scope),
                "{code}"
            );
            assert_eq!(trouble.fault.vendor_code.as_deref(), Some("9004"), "{code}");
            assert_eq!(
                trouble.fault.vendor_text.as_deref(),
                Some("Fiche réservée."),
                "{code}"
            );
            assert_eq!(trouble.fault.wait_ms, Some(120_000), "{code}");
            assert_eq!(trouble.code, code);
            let existing = (kind == K::Exists).then(|| "41".to_owned());
            assert_eq!(trouble.fault.existing, existing, "{code}");
        }
    }

    #[test]
    fn an_answer_without_sense_is_unavailable_for_a_read_and_unknown_for_a_write() {
        for (status, body, read, write) in [
            (
                200,
                "<html>maintenance</html>",
                K::Unavailable,
                K::OutcomeUnknown,
            ),
            (200, "[]", K::Unavailable, K::OutcomeUnknown),
            (
                502,
                "<h1>Bad gateway</h1>",
                K::Unavailable,
                K::OutcomeUnknown,
            ),
            (404, "nothing here", K::Unavailable, K::OutcomeUnknown),
            (
                500,
                r#"{"error":{"code":"crash","message":"COM"}}"#,
                K::Unavailable,
                K::OutcomeUnknown,
            ),
            (
                503,
                r#"{"error":{"code":"starting","message":"later"}}"#,
                K::Unavailable,
                K::Unavailable,
            ),
            (
                401,
                "<html>who are you</html>",
                K::Unauthorized,
                K::Unauthorized,
            ),
        ] {
            for (asked, kind) in [(Asked::Read, read), (Asked::Write, write)] {
                assert_eq!(
                    trouble(&answered(status, body, None), asked, "acme", 0)
                        .fault
                        .kind,
                    kind,
                    "{body} {asked:?}"
                );
            }
        }
    }

    #[test]
    fn a_taken_number_without_its_card_is_only_refused() {
        let body = r#"{"error":{"code":"number_taken","aco_message":"Déjà utilisé.","card_pos":null,"aco_error":null}}"#;
        let fault = trouble(&answered(409, body, None), Asked::Write, "acme", 0).fault;
        assert_eq!(
            (fault.kind, fault.vendor_code.as_deref()),
            (K::Rejected, Some("number_taken"))
        );
    }
}
