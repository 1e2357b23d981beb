//! Every refusal of the reference: its kind, its reach, its sentence, its field.

use super::*;
use crate::refusal::{self, About, Asked, Refusal};
use FaultKind as K;
use FaultScope as S;

fn answer(status: u16, body: &Value) -> Answer {
    Answer(HttpResponse {
        status,
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
    })
}

fn page_of(status: u16) -> Answer {
    Answer(HttpResponse {
        status,
        headers: Vec::new(),
        body: b"<html>Down</html>".to_vec(),
    })
}

fn item(code: &str, message: &str, fields: &[&str]) -> Value {
    json!({"success": false, "errors": [{"statusCode": code, "message": message, "fields": fields}]})
}

#[test]
fn every_refused_record_has_its_kind_reach_and_sentence() {
    let create = About::new("Account", Asked::Create);
    for (code, message, fields, kind, scope, key, field) in [
        ("REQUIRED_FIELD_MISSING", "Required fields are missing: [Website__c]", &["Website__c"][..], K::Rejected, S::OneRecord, "required", Some("Website__c")),
        ("INVALID_FIELD", "No such column 'FavoritePet__c' on sobject of type Account", &[], K::Misconfigured, S::WholeEntity, "no-field", Some("FavoritePet__c")),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: EndDate. Please check the security settings of this field", &[], K::Misconfigured, S::WholeEntity, "field-closed", Some("EndDate")),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Rating: bad value for restricted picklist field: Terrible", &["Rating"], K::Rejected, S::OneRecord, "not-in-picklist", Some("Rating")),
        ("STRING_TOO_LONG", "Account Name: data value too large: xx (max length=255)", &["Name"], K::Rejected, S::OneRecord, "too-long", Some("Name")),
        ("NUMBER_OUTSIDE_VALID_RANGE", "Annual Revenue: value outside of valid range", &["AnnualRevenue"], K::Rejected, S::OneRecord, "out-of-range", Some("AnnualRevenue")),
        ("INVALID_EMAIL_ADDRESS", "Email: invalid email address: x", &["Email"], K::Rejected, S::OneRecord, "no-email", Some("Email")),
        ("JSON_PARSER_ERROR", "Cannot deserialize", &[], K::Rejected, S::OneRecord, "value-unfit", None),
        ("INVALID_TYPE_ON_FIELD_IN_RECORD", "Amount: value not of required type: x", &["Amount"], K::Rejected, S::OneRecord, "value-unfit", Some("Amount")),
        ("DUPLICATE_VALUE", "duplicate value found: Ext__c duplicates value on record with id: 001D000000IRFma", &[], K::Exists, S::OneRecord, "exists", None),
        ("DUPLICATE_VALUE", "Doppelter Wert in Datensatz 001D000000IRFma", &[], K::Exists, S::OneRecord, "exists", None),
        ("DUPLICATE_VALUE", "duplicate value found: <unknown>", &[], K::Exists, S::OneRecord, "exists-somewhere", None),
        ("DUPLICATE_EXTERNAL_ID", "more than one record found for external id field", &["Ext__c"], K::Ambiguous, S::OneRecord, "several", Some("Ext__c")),
        ("DUPLICATES_DETECTED", "Use one of these records?", &[], K::Rejected, S::OneRecord, "duplicate-rule", None),
        ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", &[], K::Locked, S::OneRecord, "locked-row", None),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Ask Ann first.", &["Name"], K::Rejected, S::OneRecord, "validation-rule", Some("Name")),
        ("FIELD_INTEGRITY_EXCEPTION", "field integrity exception: PricebookEntryId (pricebook entry is in a different pricebook than the one assigned to the opportunity)", &["PricebookEntryId"], K::Rejected, S::OneRecord, "integrity", Some("PricebookEntryId")),
        ("STANDARD_PRICE_NOT_DEFINED", "No standard price defined for this product", &[], K::MissingReference, S::OneRecord, "no-standard-price", None),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "MyTrigger: execution of BeforeInsert caused by: System.NullPointerException", &[], K::Rejected, S::OneRecord, "trigger", None),
        // A trigger that only met a lock: another time it works.
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "MyTrigger: System.DmlException: UNABLE_TO_LOCK_ROW, unable to obtain", &[], K::Locked, S::OneRecord, "locked-row", None),
        ("APEX_ERROR", "System.LimitException", &[], K::Rejected, S::OneRecord, "trigger", None),
        ("ENTITY_IS_LOCKED", "the entity is locked for editing", &[], K::Rejected, S::OneRecord, "locked-by-process", None),
        ("FAILED_ACTIVATION", "Choose a valid contract status and save your changes.", &[], K::Rejected, S::OneRecord, "activation", Some("Status")),
        ("INVALID_STATUS", "invalid status", &[], K::Rejected, S::OneRecord, "activation", Some("Status")),
        ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", &["OwnerId"], K::MissingReference, S::OneRecord, "dangling", Some("OwnerId")),
        ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", &[], K::MissingReference, S::OneRecord, "dangling", None),
        ("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", &[], K::Rejected, S::OneRecord, "record-closed", None),
        ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "insufficient access rights on cross-reference id", &[], K::Rejected, S::OneRecord, "reference-closed", None),
        ("INSUFFICIENT_ACCESS", "no", &[], K::Misconfigured, S::WholeEntity, "forbidden", None),
        ("INACTIVE_OWNER_OR_USER", "operation performed with inactive user", &[], K::Rejected, S::OneRecord, "owner-inactive", None),
        ("UNAVAILABLE_RECORDTYPE_EXCEPTION", "x", &[], K::Rejected, S::OneRecord, "record-type-closed", Some("RecordTypeId")),
        ("TRANSFER_REQUIRES_READ", "x", &[], K::Rejected, S::OneRecord, "owner-cannot-read", None),
        ("MALFORMED_ID", "Record ID: id value of incorrect type: a00B000000FSjVUIB1", &["Id"], K::Internal, S::OneRecord, "malformed-id", Some("Id")),
        ("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", &[], K::Misconfigured, S::WholeConnection, "storage-full", None),
        ("ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back because not all records were valid", &[], K::Unavailable, S::OneRecord, "down", None),
        ("UNKNOWN_EXCEPTION", "An unexpected error occurred. ErrorId 1", &[], K::Unavailable, S::OneRecord, "down", None),
        ("SOMETHING_NEW", "Nobody knows this one.", &["X__c"], K::Rejected, S::OneRecord, "refused", Some("X__c")),
    ] {
        let fault = refusal::of_item(&item(code, message, fields), &create);
        assert_eq!(
            (fault.kind, fault.scope, fault.message.key.as_str()),
            (kind, scope, format!("salesforce-{key}").as_str()),
            "{code} {message}"
        );
        assert_eq!(fault.field.as_deref(), field, "{code} {message}");
        assert_eq!(fault.vendor_code.as_deref(), Some(code));
        assert_eq!(fault.vendor_text.as_deref(), Some(message));
    }
}

#[test]
fn what_is_refused_of_a_change_may_be_gone() {
    let change = About::new("Account", Asked::Change);
    for (code, fields, kind) in [
        ("ENTITY_IS_DELETED", &[][..], K::NotFound),
        ("NOT_FOUND", &[], K::NotFound),
        ("INVALID_CROSS_REFERENCE_KEY", &[], K::NotFound),
        ("INVALID_CROSS_REFERENCE_KEY", &["Id"], K::NotFound),
        (
            "INVALID_CROSS_REFERENCE_KEY",
            &["OwnerId"],
            K::MissingReference,
        ),
    ] {
        assert_eq!(
            refusal::of_item(&item(code, "x", fields), &change).kind,
            kind,
            "{code}"
        );
    }
    let create = About::new("Contact", Asked::Create);
    assert_eq!(
        refusal::of_item(&item("ENTITY_IS_DELETED", "x", &[]), &create).kind,
        K::MissingReference
    );
}

#[test]
fn every_refused_read_has_its_kind_and_reach() {
    let read = About::new("Account", Asked::Read);
    for (status, code, message, kind, scope, wait_ms) in [
        (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", K::Throttled, S::WholeConnection, Some(900_000)),
        (403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", K::Throttled, S::WholeConnection, Some(30_000)),
        (403, "API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner", K::Misconfigured, S::WholeConnection, None),
        (403, "API_CURRENTLY_DISABLED", "x", K::Unavailable, S::WholeConnection, Some(600_000)),
        (403, "INSUFFICIENT_ACCESS", "x", K::Misconfigured, S::WholeEntity, None),
        (403, "FORBIDDEN", "x", K::Misconfigured, S::WholeEntity, None),
        (403, "SOMETHING_NEW", "x", K::Misconfigured, S::WholeEntity, None),
        (400, "MALFORMED_QUERY", "unexpected token: SELEKT", K::Internal, S::WholeEntity, None),
        (400, "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: x", K::Internal, S::WholeEntity, None),
        (400, "INVALID_TYPE", "sObject type 'X' is not supported.", K::Misconfigured, S::WholeEntity, None),
        (400, "INVALID_FIELD", "\nSELECT Bacon__c FROM Account LIMIT 2\n       ^\nERROR at Row:1:Column:8\nNo such column 'Bacon__c' on entity 'Account'. If you", K::Misconfigured, S::WholeEntity, None),
        (400, "INVALID_QUERY_LOCATOR", "invalid query locator", K::Unavailable, S::WholeEntity, None),
        (400, "QUERY_TIMEOUT", "x", K::Unavailable, S::WholeEntity, None),
        (400, "REQUEST_RUNNING_TOO_LONG", "x", K::Unavailable, S::WholeEntity, None),
        (400, "SOMETHING_NEW", "x", K::Internal, S::WholeEntity, None),
        (404, "NOT_FOUND", "The requested resource does not exist", K::Misconfigured, S::WholeEntity, None),
        (405, "METHOD_NOT_ALLOWED", "x", K::Internal, S::WholeEntity, None),
        (410, "UNSUPPORTED_API_VERSION", "x", K::Misconfigured, S::WholeConnection, None),
        (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred. ErrorId 1", K::Unavailable, S::WholeConnection, None),
        (500, "SOMETHING_NEW", "x", K::Unavailable, S::WholeConnection, None),
        (503, "SERVER_UNAVAILABLE", "x", K::Unavailable, S::WholeConnection, None),
    ] {
        let told = answer(status, &json!([{"errorCode": code, "message": message}]));
        let fault = refusal::of_read(&told, &read);
        assert_eq!((fault.kind, fault.scope, fault.wait_ms), (kind, scope, wait_ms), "{status} {code}");
    }
    for (status, kind) in [
        (403, K::Misconfigured),
        (404, K::Misconfigured),
        (414, K::Internal),
        (431, K::Internal),
        (302, K::Unavailable),
        (500, K::Unavailable),
    ] {
        assert_eq!(
            refusal::of_read(&page_of(status), &read).kind,
            kind,
            "{status}"
        );
    }
}

#[test]
fn a_write_that_broke_on_the_way_may_have_been_carried_out() {
    let create = About::new("Account", Asked::Create);
    for (status, code, kind) in [
        (500, "UNKNOWN_EXCEPTION", K::OutcomeUnknown),
        (500, "REQUEST_RUNNING_TOO_LONG", K::OutcomeUnknown),
        (408, "X", K::OutcomeUnknown),
        (503, "SERVER_UNAVAILABLE", K::Unavailable),
        (403, "REQUEST_LIMIT_EXCEEDED", K::Throttled),
        (400, "JSON_PARSER_ERROR", K::Rejected),
        (404, "NOT_FOUND", K::Misconfigured),
    ] {
        let told = answer(status, &json!([{"errorCode": code, "message": "x"}]));
        assert_eq!(
            refusal::of_write(&told, &create).kind,
            kind,
            "{status} {code}"
        );
    }
    for (status, kind) in [
        (200, K::OutcomeUnknown),
        (302, K::OutcomeUnknown),
        (500, K::OutcomeUnknown),
        (420, K::OutcomeUnknown),
        (300, K::Ambiguous),
        (403, K::Misconfigured),
        (404, K::Misconfigured),
        (412, K::Conflict),
        (415, K::Internal),
    ] {
        assert_eq!(
            refusal::of_write(&page_of(status), &create).kind,
            kind,
            "{status}"
        );
    }
}

#[test]
fn a_refusal_is_found_in_every_shape() {
    let one = |code: &str| {
        vec![Refusal {
            code: code.to_owned(),
            message: "m".to_owned(),
            fields: vec!["F".to_owned()],
        }]
    };
    for body in [
        json!([{"message": "m", "errorCode": "C", "fields": ["F"]}]),
        json!({"errorCode": "C", "fields": ["F"], "message": "m"}),
        json!({"success": false, "errors": [{"statusCode": "C", "message": "m", "fields": ["F"]}]}),
        json!([{"success": false, "errors": [{"statusCode": "C", "message": "m", "fields": ["F"]}]}]),
        json!({"body": [{"errorCode": "C", "message": "m", "fields": ["F"]}], "httpStatusCode": 400, "referenceId": "r"}),
        json!({"statusCode": 400, "result": [{"errorCode": "C", "message": "m", "fields": ["F"]}]}),
    ] {
        assert_eq!(Refusal::all_of(&body), one("C"), "{body}");
    }
    for body in [
        json!(null),
        json!("x"),
        json!([]),
        json!({}),
        json!({"error": "invalid_grant"}),
        json!([7]),
    ] {
        assert!(Refusal::all_of(&body).is_empty(), "{body}");
    }
}

#[test]
fn words_of_the_vendor_stand_in_one_line_and_end_once() {
    let about = About::new("Account", Asked::Create);
    let long = format!("Line one.\n  Line two {}", "x".repeat(600));
    let fault = refusal::of_item(
        &item("FIELD_CUSTOM_VALIDATION_EXCEPTION", &long, &[]),
        &about,
    );
    assert!(fault
        .message
        .fallback
        .contains("record: Line one. Line two xxx"));
    assert!(fault.message.fallback.chars().count() < 600);
    assert!(fault.vendor_text.unwrap().starts_with("Line one.\n"));
}

#[test]
fn nobody_is_asked_for_the_rest_when_nobody_is_there() {
    let operations = vec![create(json!({"Name": "a"})); 401];
    let host = host().reply(
        "PATCH /services/data/v62.0/composite/sobjects/Account/Liaison_Key__c",
        refusal(
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "TotalRequests Limit exceeded.",
        ),
    );
    let outcomes = write(&host, "account", &operations);
    assert!(outcomes
        .iter()
        .all(|outcome| told(outcome) == Err((K::Throttled, "salesforce-day-used-up"))));
}

#[test]
fn near_the_end_of_the_day_nothing_is_sent() {
    let host = host().reply(
        &back(&[A1]),
        whole(
            200,
            &[("Sforce-Limit-Info", "api-usage=4900/5000")],
            &rows(vec![]).to_string(),
        ),
    );
    Salesforce.read(&host, "account", &[A1.to_owned()]).unwrap();
    let fault = Salesforce
        .read(&host, "account", &[A1.to_owned()])
        .unwrap_err();
    host.assert_done();
    assert_eq!(
        (fault.kind, fault.message.key.as_str()),
        (K::Throttled, "salesforce-share-used-up")
    );
    host.now_ms.set(host.now_ms.get() + 900_000);
    let host = host
        .on(
            "GET /services/data/v62.0/sobjects/Account/describe",
            account(),
        )
        .on(&back(&[A1]), rows(vec![]));
    Salesforce.read(&host, "account", &[A1.to_owned()]).unwrap();
    host.assert_done();
}
