//! What every refusal becomes, for a read and for a write.

use super::*;
use FaultKind as K;

#[test]
fn every_refusal_has_its_kind_and_the_vendors_words() {
    for (status, code, kind_word, read, written) in [
        (
            400,
            "120",
            "AuthorizationFault",
            K::Misconfigured,
            K::Misconfigured,
        ),
        (400, "500", "ValidationFault", K::Internal, K::Internal),
        (
            400,
            "610",
            "ValidationFault",
            K::MissingReference,
            K::MissingReference,
        ),
        (400, "2010", "ValidationFault", K::Internal, K::Internal),
        (400, "2020", "ValidationFault", K::Rejected, K::Rejected),
        (400, "2050", "ValidationFault", K::Rejected, K::Rejected),
        (
            400,
            "2500",
            "ValidationFault",
            K::MissingReference,
            K::MissingReference,
        ),
        (429, "003001", "ThrottlingFault", K::Throttled, K::Throttled),
        (400, "3001", "ThrottlingFault", K::Throttled, K::Throttled),
        (400, "4001", "ValidationFault", K::Internal, K::Internal),
        (400, "5010", "ValidationFault", K::Conflict, K::Conflict),
        (400, "6000", "ValidationFault", K::Rejected, K::Rejected),
        (400, "6140", "ValidationFault", K::Rejected, K::Rejected),
        (
            400,
            "6190",
            "ValidationFault",
            K::Misconfigured,
            K::Misconfigured,
        ),
        (400, "6210", "ValidationFault", K::Rejected, K::Rejected),
        (400, "6240", "ValidationFault", K::Rejected, K::Rejected),
        (400, "6540", "ValidationFault", K::Rejected, K::Rejected),
        (200, "6000", "ValidationFault", K::Rejected, K::Rejected),
        (
            500,
            "10000",
            "SystemFault",
            K::Unavailable,
            K::OutcomeUnknown,
        ),
        (400, "77", "SystemFault", K::Unavailable, K::OutcomeUnknown),
        (
            400,
            "77",
            "AuthenticationFault",
            K::Unauthorized,
            K::Unauthorized,
        ),
    ] {
        let mut body = office::refusal(code, "Words of Intuit");
        body["Fault"]["type"] = json!(kind_word);
        let office = Office::new();
        for _ in 0..3 {
            office.trouble("GET query", Trouble::Answer(status, body.clone()));
        }
        let fault = QuickBooksOnline
            .read(&office, "invoice", &["5".to_owned()])
            .expect_err(code);
        assert_eq!(fault.kind, read, "{code} read");
        let office = Office::new();
        office.trouble("POST invoice", Trouble::Answer(status, body.clone()));
        let fault = write_one(&office, "invoice", create(invoice())).expect_err(code);
        assert_eq!(fault.kind, written, "{code} written");
        if status != 429 {
            assert_eq!(fault.vendor_code.as_deref(), Some(code));
            assert_eq!(fault.vendor_text.as_deref(), Some("Words of Intuit"));
        }
        if written == K::Throttled {
            assert_eq!(fault.wait_ms, Some(60_000));
        }
    }
}

fn invoice() -> Value {
    json!({"customer_id": "1", "lines": [{"item_id": "2", "quantity": "1", "rate": "2"}]})
}

#[test]
fn what_surely_did_not_leave_is_unavailable_and_what_was_lost_is_unknown() {
    for (trouble, kind) in [
        (Trouble::Unsent, K::Unavailable),
        (Trouble::Lost, K::OutcomeUnknown),
        (Trouble::Answer(504, json!("gateway")), K::OutcomeUnknown),
        (Trouble::Answer(200, json!("page")), K::OutcomeUnknown),
        (Trouble::Answer(200, json!({})), K::OutcomeUnknown),
    ] {
        let office = Office::new();
        office.trouble("POST invoice", trouble.clone());
        let fault = write_one(&office, "invoice", create(invoice())).expect_err("trouble");
        assert_eq!(fault.kind, kind, "{trouble:?}");
    }
}

/// The token is good, and not for this company: no record is at fault.
#[test]
fn the_gate_that_lets_nobody_in_stops_the_connection() {
    let body = json!({"fault": {"error": [{"message": "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403",
        "detail": "", "code": "3100"}], "type": "AUTHORIZATION"}});
    let mut other = body.clone();
    other["fault"]["error"][0]["code"] = json!("77");
    for body in [body, other] {
        let office = Office::new();
        office.trouble("POST invoice", Trouble::Answer(403, body));
        let fault = write_one(&office, "invoice", create(invoice())).expect_err("refused");
        assert_eq!(
            (fault.kind, fault.scope, fault.message.key.as_str()),
            (
                K::Misconfigured,
                FaultScope::WholeConnection,
                "qbo-no-such-address"
            )
        );
    }
}

#[test]
fn the_field_at_fault_has_our_name() {
    let mut body = office::refusal("2050", "too long");
    body["Fault"]["Error"][0]["element"] = json!("DocNumber");
    let office = Office::new();
    office.trouble("POST invoice", Trouble::Answer(400, body));
    let fault = write_one(&office, "invoice", create(invoice())).expect_err("refused");
    assert_eq!(fault.field.as_deref(), Some("number"));
    assert!(office
        .lines
        .borrow()
        .iter()
        .any(|line| line.contains("intuit_tid 1-abc")));
}

#[test]
fn a_plan_without_inventory_adjustments_is_said() {
    let office = Office::new();
    office.trouble(
        "POST inventoryadjustment",
        Trouble::Answer(400, office::refusal("500", "not supported")),
    );
    let body = json!({"account_id": "4", "lines": [{"item_id": "2", "quantity_difference": "1"}]});
    let fault = write_one(&office, "inventory_adjustment", create(body)).expect_err("refused");
    assert_eq!(
        (fault.kind, fault.message.key.as_str()),
        (K::Misconfigured, "qbo-not-allowed")
    );
}
