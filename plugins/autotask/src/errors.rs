//! What an answer of Autotask means.
//!
//! Every refusal is a 500 with words and no code, so the words decide: a sentence of the catalogue
//! is final, an unexpected error is not. The words go to the person verbatim.

use crate::assumed;
use liaison_sdk::prelude::*;

/// Whether the request may have changed something: decides what a server fault means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    Read,
    Write,
}

/// The fault an answer stands for, or none for a success.
pub fn fault_of(answer: &Answer, intent: Intent) -> Option<Fault> {
    let body = answer.json();
    let words = body.as_ref().map(error_words).unwrap_or_default();
    if answer.is_success() && words.is_empty() {
        return None;
    }
    let fault = match answer.status() {
        401 => fault::unauthorized(text!(
            "credentials-refused",
            "Autotask refuses the API user's name or secret"
        )),
        403 => no_permission(),
        404 => fault::misconfigured(text!(
            "no-such-address",
            "There is no such address at Autotask: see the setting base_url"
        )),
        405 => fault::internal(text!("wrong-method", "Autotask does not allow this call")),
        _ if words.is_empty() => return Some(broken(answer, intent)),
        _ if server_fault(body.as_ref(), &words) => broken(answer, intent),
        _ => refusal(&words.join(" "), intent),
    };
    let quoted = if words.is_empty() {
        answer.excerpt()
    } else {
        words.join(" · ")
    };
    Some(
        fault
            .vendor_code(&answer.status().to_string())
            .vendor_text(quoted.trim()),
    )
}

/// The strings of `errors`; objects with a `message` are tolerated.
fn error_words(body: &Value) -> Vec<String> {
    let errors = body.get("errors").and_then(Value::as_array);
    let words = errors
        .into_iter()
        .flatten()
        .filter_map(|e| e.as_str().or_else(|| e.get("message")?.as_str()));
    words
        .map(|w| w.trim().to_owned())
        .filter(|w| !w.is_empty())
        .collect()
}

fn server_fault(body: Option<&Value>, words: &[String]) -> bool {
    let numbered = body
        .and_then(|b| b.get("errorId"))
        .is_some_and(|id| !id.is_null());
    numbered
        || words
            .iter()
            .any(|w| w.contains("unexpected error has occurred"))
}

fn broken(answer: &Answer, intent: Intent) -> Fault {
    match intent {
        Intent::Read => answer.rubbish(),
        Intent::Write => answer.lost(),
    }
}

fn no_permission() -> Fault {
    fault::misconfigured(text!(
        "no-permission",
        "The API user may not do this: see the security level of the API user in Autotask"
    ))
    .scope(FaultScope::WholeEntity)
}

/// The refusals of the catalogue, most telling first.
fn refusal(words: &str, intent: Intent) -> Fault {
    let lower = words.to_lowercase();
    let has = |part: &str| lower.contains(part);
    if has("integrationcode is invalid") {
        return fault::unauthorized(text!(
            "integration-code-invalid",
            "Autotask refuses the integration code"
        ));
    }
    if has("zone information could not be determined") {
        return fault::unauthorized(text!(
            "zone-unknown",
            "Autotask knows no such API user, so its zone is unknown"
        ));
    }
    if has("thread threshold") || has("itgenatr005") {
        return fault::throttled(text!(
            "too-many-threads",
            "Too many calls to Autotask at once"
        ))
        .wait_ms(u64::from(assumed::THREADS_WAIT_MS));
    }
    if has("threshold") {
        return fault::throttled(text!(
            "quota-used-up",
            "The hourly quota of Autotask calls is used up"
        ))
        .wait_ms(assumed::QUOTA_WAIT_MS);
    }
    if has("no matching records found") {
        return fault::not_found(text!(
            "no-such-record",
            "Autotask has no such record, or hides it from the API user"
        ));
    }
    if has("adequate permissions") || has("required permissions") {
        return no_permission();
    }
    if let Some(field) = between(words, "Unable to find ", " in the ") {
        return fault::misconfigured(text!(
            "no-such-field",
            "Autotask has no field {field}",
            field = field
        ))
        .field(&field)
        .scope(FaultScope::WholeEntity);
    }
    if let Some(field) = between(words, "Reference value on field: ", " of type") {
        return fault::missing_reference(text!(
            "reference-invalid",
            "What {field} refers to does not exist in Autotask or is inactive",
            field = field
        ))
        .field(&field);
    }
    if let Some(field) = between(words, "does not reference an existing entity for ", " ") {
        return fault::missing_reference(text!(
            "reference-invalid",
            "What {field} refers to does not exist in Autotask or is inactive",
            field = field
        ))
        .field(&field);
    }
    if has("queries are limited")
        || has("maxcountofrecords")
        || has("conversion failed")
        || has("unexpected character")
    {
        return fault::internal(text!("query-refused", "Autotask refuses the query"));
    }
    match intent {
        Intent::Read => fault::internal(text!("query-refused", "Autotask refuses the query"))
            .scope(FaultScope::WholeEntity),
        Intent::Write => match refused_field(words) {
            Some(field) => field_refused(&lower, &field).field(&field),
            None => fault::rejected(text!(
                "record-refused",
                "Autotask refuses the record as it is"
            )),
        },
    }
}

/// A refusal that names a field, in words of its own where it says why.
fn field_refused(lower: &str, field: &str) -> Fault {
    let has = |part: &str| lower.contains(part);
    fault::rejected(if has("required field") || has(" is required") {
        text!(
            "field-demanded",
            "Autotask demands {field}, and the record has none",
            field = field
        )
    } else if has("picklist value") {
        text!(
            "picklist-refused",
            "The value of {field} is not in Autotask's list, or is inactive there",
            field = field
        )
    } else if has("maximum length") {
        text!(
            "too-long",
            "{field} is longer than Autotask takes",
            field = field
        )
    } else {
        text!(
            "field-refused",
            "Autotask refuses {field} of the record",
            field = field
        )
    })
}

/// The field a refused write names, as Autotask calls it.
fn refused_field(words: &str) -> Option<String> {
    between(words, "for the required field ", " ")
        .or_else(|| between(words, "(field:", ")"))
        .or_else(|| {
            words
                .contains("Picklist value")
                .then(|| between(words, "does not exist for ", " "))?
        })
        .or_else(|| {
            words
                .contains(" is required")
                .then(|| between(words, "", " is required"))?
        })
        .map(|field| {
            field
                .rsplit(": ")
                .next()
                .unwrap_or_default()
                .trim_end_matches('.')
                .to_owned()
        })
        .filter(|field| !field.is_empty())
}

/// What stands between two marks; up to the end when the second is missing.
fn between(words: &str, before: &str, after: &str) -> Option<String> {
    let rest = words.get(words.find(before)? + before.len()..)?;
    Some(rest.split(after).next().unwrap_or(rest).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer(HttpResponse {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        })
    }

    fn errors(words: &[&str]) -> String {
        json!({ "errors": words }).to_string()
    }

    #[test]
    fn the_words_decide() {
        use FaultKind::*;
        for (words, kind, field) in [
            ("IntegrationCode is invalid.", Unauthorized, None),
            ("Zone information could not be determined", Unauthorized, None),
            ("The logged in Resource does not have the adequate permissions to update this entity type.", Misconfigured, None),
            ("You have exceeded the thread threshold. Itgenatr005", Throttled, None),
            ("The request threshold was exceeded.", Throttled, None),
            ("Value does not exist for the required field resourceID", Rejected, Some("resourceID")),
            ("Value does not exist for the required field AccountID. ; on record number [1].", Rejected, Some("AccountID")),
            ("Ticket: Queue ID is required.", Rejected, Some("Queue ID")),
            ("queueID is required", Rejected, Some("queueID")),
            ("Picklist value [3] does not exist for priority", Rejected, Some("priority")),
            ("String value exceeds maximum length (field:description).  ", Rejected, Some("description")),
            ("Reference value on field: contactID of type: Contact does not exist or is invalid.", MissingReference, Some("contactID")),
            ("Value does not reference an existing entity for taskType . ", MissingReference, Some("taskType")),
            ("The given allocation code is not an active general allocation code", Rejected, None),
            ("No message. No matching records found. The logged in Resource may not have the required permissions to delete the data.", NotFound, None),
            ("Unable to find ERPConnector_ERPInternalId in the Account Entity", Misconfigured, Some("ERPConnector_ERPInternalId")),
        ] {
            let fault = fault_of(&answer(500, &errors(&[words])), Intent::Write).unwrap();
            assert_eq!((fault.kind, fault.field.as_deref()), (kind, field), "{words}");
            assert_eq!(fault.vendor_text.as_deref(), Some(words.trim()));
        }
    }

    #[test]
    fn the_status_decides_where_there_are_no_known_words() {
        use FaultKind::*;
        let unexpected = r#"{"errors":["An unexpected error has occurred.  If the problem persists, …"],"errorId":57492}"#;
        for (status, body, read, write) in [
            (401, "", Unauthorized, Unauthorized),
            (403, r#"{"errors":["no"]}"#, Misconfigured, Misconfigured),
            (404, "<html>IIS</html>", Misconfigured, Misconfigured),
            (405, r#"{"Message":"…"}"#, Internal, Internal),
            (500, unexpected, Unavailable, OutcomeUnknown),
            (500, "<html>Service</html>", Unavailable, OutcomeUnknown),
            (500, r#"{"errors":[]}"#, Unavailable, OutcomeUnknown),
            (
                500,
                r#"{"errors":[{"message":"queueID is required"}]}"#,
                Internal,
                Rejected,
            ),
            (
                200,
                r#"{"errors":["queueID is required"]}"#,
                Internal,
                Rejected,
            ),
        ] {
            let of = |intent| fault_of(&answer(status, body), intent).unwrap().kind;
            assert_eq!(
                (of(Intent::Read), of(Intent::Write)),
                (read, write),
                "{status} {body}"
            );
        }
        assert_eq!(
            fault_of(&answer(200, r#"{"itemId":4}"#), Intent::Write),
            None
        );
    }
}
