//! What a failure of the gateway means.
//!
//! A failure is a cascade: the precise cause first, the general sentence last. The cause goes to the person, all
//! of it to the log. One number stands for several things, so the words decide beside it.

use crate::reply::Trouble;
use liaison_sdk::prelude::*;

/// Why a request was not carried out at all.
#[derive(Clone, Debug)]
pub enum Refused {
    /// The session is over: a new one helps.
    Session,
    Fault(Box<Fault>),
}

fn all_words(troubles: &[Trouble]) -> String {
    let words: Vec<String> = troubles.iter().map(Trouble::words).collect();
    words.join(" / ")
}

/// The cause: the first that says something.
fn cause(troubles: &[Trouble]) -> Trouble {
    let first = troubles.iter().find(|t| !t.words().is_empty());
    first.or(troubles.first()).cloned().unwrap_or_default()
}

/// The cause in words; where it has none, its number.
fn reason(troubles: &[Trouble]) -> String {
    let cause = cause(troubles);
    match cause.words() {
        words if words.is_empty() => cause.number,
        words => words,
    }
}

fn quoted(fault: Fault, troubles: &[Trouble]) -> Fault {
    let cause = cause(troubles);
    let words = cause.words();
    let fault = match words.is_empty() {
        true => fault,
        false => fault.vendor_text(&words),
    };
    match cause.number.is_empty() {
        true => fault,
        false => fault.vendor_code(&cause.number),
    }
}

fn has(troubles: &[Trouble], number: &str) -> bool {
    troubles
        .iter()
        .any(|t| t.number.eq_ignore_ascii_case(number))
}

fn is_offline(words: &str) -> bool {
    words.contains("temporarily off-line") || words.contains("try again later")
}

fn offline() -> Fault {
    fault::unavailable(text!(
        "intacct-offline",
        "Sage Intacct is off-line for a while; it will be tried again"
    ))
}

/// Over the limit of calls in hand.
pub fn throttled() -> Fault {
    fault::throttled(text!(
        "intacct-throttled",
        "Sage Intacct has more calls of this company in hand than its performance tier allows; it will be tried again. If this lasts, see Company > Setup > API usage, and give other integrations fewer calls at once"
    ))
    .wait_ms(2_000)
}

/// The failure of a whole request, at the level of control or of authentication: nothing was carried out.
pub fn of_request(troubles: &[Trouble]) -> Refused {
    let words = all_words(troubles).to_lowercase();
    let said = |part: &str| words.contains(part);
    let reason = reason(troubles);
    if said("invalid session") || said("session has expired") || said("session timed out") {
        return Refused::Session;
    }
    let fault = if is_offline(&words) {
        offline()
    } else if has(troubles, "GW-0010") || said("rate limit exceeded") {
        throttled()
    } else if has(troubles, "GW-0001") {
        fault::unavailable(text!(
            "intacct-gateway",
            "The gateway of Sage Intacct cannot process requests now; it will be tried again"
        ))
    } else if said("partner id or password") {
        fault::unauthorized(text!(
            "intacct-sender-refused",
            "Sage Intacct refuses the Web Services sender: compare the setting `sender_id` and the secret `sender_password`, letter by letter, with what Sage issued"
        ))
    } else if said("web services authorization") {
        fault::misconfigured(text!(
            "intacct-sender-unauthorised",
            "The company does not authorise this Web Services sender: an administrator adds it under Company > Setup > Company > Security > Web Services authorizations"
        ))
    } else if said("sign-in information is incorrect") || has(troubles, "XMLGW_JPP0002") {
        fault::unauthorized(text!(
            "intacct-login-refused",
            "Sage Intacct refuses the sign-in: compare the settings `company_id` and `user_id` and the secret `user_password`; see in Intacct whether the user is active and allowed web services"
        ))
    } else if has(troubles, "PL04000055") || said("has expired") && said("company") {
        fault::misconfigured(text!(
            "intacct-company-closed",
            "The company cannot be used: {reason}. Sage can open it again",
            reason = reason
        ))
    } else if has(troubles, "GW-0011") || has(troubles, "invalidRequest") {
        fault::misconfigured(text!(
            "intacct-company-unknown",
            "Sage Intacct does not know this company, or the company or the sender is inactive: compare the settings `company_id` and `sender_id`"
        ))
    } else if said("transport policy") {
        fault::misconfigured(text!(
            "intacct-policy",
            "Sage Intacct asks for a transport policy that this connector does not use: {reason}",
            reason = reason
        ))
    } else if has(troubles, "XL03000003") {
        fault::internal(text!(
            "intacct-schema",
            "Sage Intacct cannot read what this connector sent: {reason}. Please report it",
            reason = reason
        ))
    } else if has(troubles, "Get API Session Failed") {
        fault::misconfigured(text!(
            "intacct-no-session",
            "Sage Intacct opens no session: {reason}. See whether the entity of the setting `entity_id` exists and the user may work in it",
            reason = reason
        ))
    } else {
        fault::misconfigured(text!(
            "intacct-refused",
            "Sage Intacct refuses the request: {reason}",
            reason = reason
        ))
    };
    Refused::Fault(Box::new(quoted(fault, troubles)))
}

/// What a duplicate is a duplicate of.
#[derive(Clone, Debug, PartialEq)]
pub struct Duplicate {
    pub object: String,
    pub value: String,
}

/// "Another Contact with the given value(s) X already exists".
pub fn duplicate(troubles: &[Trouble]) -> Option<Duplicate> {
    let first = troubles.iter().find(|t| {
        let words = t.words();
        t.number.eq_ignore_ascii_case("BL34000061") || words.contains("with the given value(s)")
    })?;
    let words = first.words();
    let after = words.split("Another ").nth(1).unwrap_or_default();
    let (object, rest) = after
        .split_once(" with the given value")
        .unwrap_or(("", ""));
    let value = rest.trim_start_matches("(s)").trim();
    let value = value.split(" already exists").next().unwrap_or_default();
    Some(Duplicate {
        object: object.trim().to_owned(),
        value: value.trim_matches(['\'', '"', ' ']).to_owned(),
    })
}

/// The failure of a function on `entity`.
pub fn of_function(entity: &str, troubles: &[Trouble]) -> Fault {
    let numbers: Vec<&str> = troubles.iter().map(|t| t.number.as_str()).collect();
    // Words have been seen in the place of a number.
    let low = format!("{} / {}", all_words(troubles), numbers.join(" / ")).to_lowercase();
    let said = |part: &str| low.contains(part);
    let reason = reason(troubles);
    let fault = if is_offline(&low) {
        offline()
    } else if said("do not have permission") {
        fault::misconfigured(text!(
            "intacct-permission",
            "The Web Services user may not do this with {entity}: {reason}. An administrator gives the permission under Company > Admin > Users > Subscriptions",
            entity = entity,
            reason = reason
        ))
        .scope(FaultScope::WholeEntity)
    } else if said("object definition") && said("not found") {
        fault::misconfigured(text!(
            "intacct-no-object",
            "The company has no {entity}: the application is not subscribed, or the user may not see it (Company > Admin > Subscriptions)",
            entity = entity
        ))
        .scope(FaultScope::WholeEntity)
    } else if said("invalid fields list") || said("is not a valid field") {
        fault::misconfigured(text!(
            "intacct-no-field-there",
            "The company's {entity} lacks a field that is asked for: {reason}",
            entity = entity,
            reason = reason
        ))
        .scope(FaultScope::WholeEntity)
    } else if let Some(duplicate) = duplicate(troubles) {
        fault::of(
            FaultKind::Exists,
            text!(
                "intacct-duplicate",
                "Sage Intacct already has a {object} {value}",
                object = match duplicate.object.is_empty() {
                    true => entity,
                    false => &duplicate.object,
                },
                value = duplicate.value
            ),
        )
    } else if is_missing_reference(&low) {
        fault::missing_reference(text!(
            "intacct-missing-reference",
            "Sage Intacct does not have, or not active, what this {entity} refers to: {reason}",
            entity = entity,
            reason = reason
        ))
    } else if said("locked by") || said("being edited by") || said("in use by another") {
        fault::locked(text!(
            "intacct-locked",
            "Somebody is working on this {entity} in Sage Intacct: {reason}",
            entity = entity,
            reason = reason
        ))
    } else if said("cannot find") || said("does not exist") && said("key") {
        fault::not_found(text!(
            "intacct-gone",
            "Sage Intacct does not have this {entity} any more: {reason}",
            entity = entity,
            reason = reason
        ))
    } else {
        fault::rejected(text!(
            "intacct-rejected",
            "Sage Intacct refuses this {entity}: {reason}",
            entity = entity,
            reason = reason
        ))
    };
    quoted(fault, troubles)
}

/// Whether what was asked for is not for this user, or not in this company: asking again soon changes nothing.
pub fn is_not_for_us(fault: &Fault) -> bool {
    matches!(
        fault.message.key.as_str(),
        "intacct-permission" | "intacct-no-object"
    )
}

/// "Invalid Customer 'X' specified.", "Item X does not exist", "Term X is inactive".
fn is_missing_reference(low: &str) -> bool {
    let invalid = low.contains("invalid ") && low.contains(" specified");
    let unknown = low.contains(" does not exist") && !low.contains("key");
    let inactive = low.contains(" is inactive") || low.contains(" is not active");
    invalid || unknown || inactive
}

/// The value that a refusal quotes: `Invalid Customer 'X' specified.`
pub fn quoted_value(words: &str) -> Option<&str> {
    let after = words.split(['\'', '"']).nth(1)?;
    (!after.is_empty()).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(number: &str, words: &str) -> Trouble {
        Trouble {
            number: number.to_owned(),
            description2: words.to_owned(),
            ..Trouble::default()
        }
    }

    #[test]
    fn refusals_of_a_request_have_their_kind_and_next_step() {
        for (number, words, kind, key) in [
            (
                "XL03000003",
                "XML Parse schema error: line 3",
                FaultKind::Internal,
                "intacct-schema",
            ),
            (
                "XL03000006",
                "Incorrect Intacct XML Partner ID or password.",
                FaultKind::Unauthorized,
                "intacct-sender-refused",
            ),
            (
                "XL03000006",
                "x is not a valid transport policy.",
                FaultKind::Misconfigured,
                "intacct-policy",
            ),
            (
                "XL03000006",
                "Sign-in information is incorrect",
                FaultKind::Unauthorized,
                "intacct-login-refused",
            ),
            (
                "XL03000006",
                "Invalid Web Services Authorization",
                FaultKind::Misconfigured,
                "intacct-sender-unauthorised",
            ),
            (
                "XMLGW_JPP0002",
                "Sign-in information is incorrect. Please check your request.",
                FaultKind::Unauthorized,
                "intacct-login-refused",
            ),
            (
                "PL04000055",
                "This company is a demo company and has expired.",
                FaultKind::Misconfigured,
                "intacct-company-closed",
            ),
            (
                "GW-0010",
                "API rate limit exceeded",
                FaultKind::Throttled,
                "intacct-throttled",
            ),
            (
                "GW-0011",
                "Invalid Request [Request ID: x]",
                FaultKind::Misconfigured,
                "intacct-company-unknown",
            ),
            (
                "invalidRequest",
                "Invalid Request",
                FaultKind::Misconfigured,
                "intacct-company-unknown",
            ),
            (
                "GW-0001",
                "Unable to process request",
                FaultKind::Unavailable,
                "intacct-gateway",
            ),
            (
                "",
                "The Service is Temporarily Off-line Please Try Again Later",
                FaultKind::Unavailable,
                "intacct-offline",
            ),
            (
                "Get API Session Failed",
                "no such location",
                FaultKind::Misconfigured,
                "intacct-no-session",
            ),
            (
                "ZZ",
                "who knows",
                FaultKind::Misconfigured,
                "intacct-refused",
            ),
        ] {
            let Refused::Fault(fault) = of_request(&[trouble(number, words)]) else {
                panic!("{number}")
            };
            assert_eq!(
                (fault.kind, fault.message.key.as_str()),
                (kind, key),
                "{number} {words}"
            );
            let connection = FaultScope::WholeConnection;
            assert!(
                fault.scope == connection || kind == FaultKind::Internal,
                "{number}"
            );
            assert_eq!(fault.vendor_text.as_deref(), Some(words));
        }
        let over = trouble("XL03000006", "Invalid session id");
        assert!(matches!(of_request(&[over]), Refused::Session));
    }

    #[test]
    fn refusals_of_a_function_have_their_kind_and_reach() {
        let (one, whole) = (FaultScope::OneRecord, FaultScope::WholeEntity);
        for (number, words, kind, scope) in [
            ("BL01001973", "Could not create Contract record!", FaultKind::Rejected, one),
            ("BL01001973", "Cannot find customer with key 9 to delete.", FaultKind::NotFound, one),
            ("BL34000061", "Another Customer with the given value(s) C1 already exists Use a unique value instead.", FaultKind::Exists, one),
            ("BL03000018", "The e-mail is in an illegal format", FaultKind::Rejected, one),
            ("BL03000018", "Invalid Customer 'X' specified.", FaultKind::MissingReference, one),
            ("BL03002128", "Transaction line 1 is wrong", FaultKind::Rejected, one),
            ("DL02000001", "There was an error processing the request.", FaultKind::Rejected, one),
            ("", "You do not have permission for API create of CONTRACT", FaultKind::Misconfigured, whole),
            ("Query Failed", "Object definition CONTRACT not found", FaultKind::Misconfigured, whole),
            ("Invalid fields list LIAISON_ID", "", FaultKind::Misconfigured, whole),
            ("", "Date is not valid: '04-22-2024'", FaultKind::Rejected, one),
            ("", "The Service is Temporarily Off-line", FaultKind::Unavailable, FaultScope::WholeConnection),
            ("XL03000008", "The function was already processed", FaultKind::Rejected, one),
        ] {
            let fault = of_function("contract", &[trouble(number, words)]);
            assert_eq!((fault.kind, fault.scope), (kind, scope), "{number} {words}");
        }
    }

    #[test]
    fn the_cause_of_a_cascade_is_shown() {
        let cascade = [
            trouble("BL34000061", ""),
            trouble("BL03000018", "Invalid Item 'P9' specified."),
            trouble("BL01001973", "Could not create Contract Line record!"),
        ];
        let fault = of_function("contract_line", &cascade[1..]);
        assert_eq!(fault.vendor_code.as_deref(), Some("BL03000018"));
        assert_eq!(
            fault.vendor_text.as_deref(),
            Some("Invalid Item 'P9' specified.")
        );
        assert_eq!(quoted_value("Invalid Item 'P9' specified."), Some("P9"));
        assert_eq!(cause(&cascade[..2]).number, "BL03000018");
    }

    #[test]
    fn a_duplicate_names_what_is_taken() {
        let contact = trouble(
            "BL34000061",
            "Another Contact with the given value(s) Ann(CC1) already exists Use a unique value instead.",
        );
        let found = duplicate(&[contact]).unwrap();
        assert_eq!(
            (found.object.as_str(), found.value.as_str()),
            ("Contact", "Ann(CC1)")
        );
        assert_eq!(
            duplicate(&[trouble("BL01001973", "Could not create")]),
            None
        );
    }
}
