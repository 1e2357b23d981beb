//! Every refusal: status, code, number, text in the company's language.

use serde_json::{Value, json};

use super::super::error::{Code, Language, ROWS, Refusal};
use super::{ATELIER, Lab, invoice};

#[test]
fn every_refusal_has_a_number_from_9000_and_both_texts() {
    let mut numbers: Vec<u16> = ROWS.iter().map(|row| row.aco_error).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), ROWS.len(), "no number twice");
    let mut codes: Vec<usize> = ROWS.iter().map(|row| row.code as usize).collect();
    codes.sort_unstable();
    assert!(codes.into_iter().eq(0..=Code::VersionMismatch as usize), "one row for every code");
    for row in ROWS {
        assert!(row.aco_error >= 9000 && row.http >= 400, "{}", row.wire);
        let text = |language| Refusal::new(row.code, "x").body(language, "r")["error"]["aco_message"].as_str().unwrap().to_owned();
        assert_ne!(text(Language::French), text(Language::English), "{}", row.wire);
    }
}

/// Sends one request after one action and checks the refusal.
#[track_caller]
fn check(action: &Value, method: &str, target: &str, body: &str, status: u16, code: &str) {
    let mut lab = Lab::new();
    if !action.is_null() {
        lab.control(action);
    }
    let response = lab.send(method, target, &[("idempotency-key", "k")], body);
    let (got, error) = super::parts(&response);
    let error = &error["error"];
    assert_eq!((got, error["code"].as_str().unwrap_or_default()), (status, code), "{method} {target} {body}: {error}");
    assert!(error["aco_error"].as_u64().unwrap() >= 9000);
    for member in ["message", "interface", "operation", "card_pos", "aco_message", "field", "retryable", "request_id"] {
        assert!(error.get(member).is_some(), "{member} is missing in {error}");
    }
    let waits = response.headers.iter().any(|(name, _)| name == "retry-after");
    assert_eq!(waits, error["retryable"] == true, "{code}: Retry-After and retryable go together");
}

#[test]
fn reads_are_refused_in_the_bridges_words() {
    let none = Value::Null;
    for (target, status, code) in [
        ("/v1/acme/Nothing", 400, "bad_request"),
        ("/v1/acme/Customer/abc", 400, "bad_request"),
        ("/v1/acme/Customer?limit=1001", 400, "bad_request"),
        ("/v1/acme/Customer?limit=0", 400, "bad_request"),
        ("/v1/acme/Customer?CuActive=1", 400, "bad_request"),
        ("/v1/acme/Customer?InReference=x", 400, "bad_request"),
        ("/v1/acme/Transaction?InInvoiceType=Facture", 400, "bad_request"),
        ("/v1/acme/Customer/changes?modified_at=yesterday", 400, "bad_request"),
        ("/v1/acme/Customer/changes?modified_at=2026-03-05T14:00:00+01:00", 400, "bad_request"),
        ("/v1/acme/Customer/key/1", 400, "bad_request"),
        ("/v1/acme/Customer/key/2?CuNumber=x", 400, "bad_request"),
        ("/v1/acme/ControlCustomer/key/1?CCNumber=x", 400, "bad_request"),
        ("/v1/nobody/Customer", 403, "forbidden"),
        ("/v1/autre/Customer", 403, "forbidden"),
        ("/v1/acme/Customer/9999", 404, "card_not_found"),
        ("/v1/acme/Customer/key/1?CuNumber=INCONNU", 404, "key_not_found"),
        ("/v1/acme/Customer/key/1?CuNumber=ANCIEN-01", 404, "key_not_found"),
        ("/v1/acme/Customer/13", 410, "card_deleted"),
        ("/v1/acme/Tax/changes", 501, "not_supported"),
    ] {
        check(&none, "GET", target, "", status, code);
    }
}

#[test]
fn the_company_is_refused_step_by_step() {
    for (action, status, code) in [
        (json!({ "do": "move_company_folder", "to": "E:\\ailleurs" }), 404, "company_not_found"),
        (json!({ "do": "exclusive" }), 423, "company_locked"),
        (json!({ "do": "queue_full" }), 429, "queue_full"),
        (json!({ "do": "closed_window", "retry_after_s": 90 }), 503, "closed_window"),
        (json!({ "do": "set_window", "opens": "18:00", "closes": "22:00" }), 503, "closed_window"),
        (json!({ "do": "sdk_not_started" }), 503, "sdk_not_started"),
        (json!({ "do": "change_password", "password": "nouveau" }), 503, "login_failed"),
        (json!({ "do": "licence_limit" }), 503, "licence_limit"),
        (json!({ "do": "version_mismatch" }), 503, "version_mismatch"),
    ] {
        check(&action, "GET", "/v1/acme/info", "", status, code);
        check(&action, "POST", "/v1/acme/Customer", r#"{"CuNumber":"N"}"#, status, code);
    }
    check(&json!({ "do": "changes_support", "on": false }), "GET", "/v1/acme/Customer/changes", "", 501, "not_supported");
}

#[test]
fn card_writes_are_refused_in_the_bridges_words() {
    let none = Value::Null;
    let long = format!(r#"{{"CuNumber":"N","CuName":"{}"}}"#, "x".repeat(51));
    for (method, target, body, status, code) in [
        ("DELETE", "/v1/acme/Customer/2", "", 405, "not_allowed"),
        ("PUT", "/v1/acme/Customer/2", "{}", 405, "not_allowed"),
        ("POST", "/v1/acme/Tax", r#"{"TaNumber":"X"}"#, 405, "not_allowed"),
        ("PATCH", "/v1/acme/ProductGroup/2", "{}", 405, "not_allowed"),
        ("POST", "/v1/acme/Customer", "{", 400, "bad_request"),
        ("POST", "/v1/acme/Customer", "[]", 400, "bad_request"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"N","CuColour":"red"}"#, 400, "bad_request"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"N","CuStatus":0}"#, 400, "bad_request"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"N","CuActive":2}"#, 400, "bad_request"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"N","CuTermNumber":1.0}"#, 400, "bad_request"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"N","CuTermNumber":1,"CuTermCP":4}"#, 400, "bad_request"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"N","CuDiscount":1.00001}"#, 400, "bad_request"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"N","CuName":null}"#, 400, "bad_request"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"N","CuEMail":{"EMail_Four":"x"}}"#, 400, "bad_request"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"N","CuPriceLevel":"PL_99"}"#, 400, "bad_request"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"MUN-ROB"}"#, 409, "number_taken"),
        ("POST", "/v1/acme/Customer", r#"{"CuName":"Sans numéro"}"#, 422, "sdk_rejected"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"N","CuName":"Łódź"}"#, 422, "sdk_rejected"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"N","CuSalespersonNumber":77}"#, 422, "sdk_rejected"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"N","CuTerritoryNumber":77}"#, 422, "sdk_rejected"),
        ("POST", "/v1/acme/Customer", &long, 422, "field_too_long"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"N","CuTermNumber":9}"#, 422, "term_unknown"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"N","CuTaxGroupNumber":"HST"}"#, 422, "tax_unknown"),
        ("POST", "/v1/acme/Customer", r#"{"CuNumber":"N","CuInvoicedToCP":999}"#, 422, "customer_unknown"),
        ("POST", "/v1/acme/Product", r#"{"PrNumber":"N","PrProductGroupNumber":999}"#, 422, "product_group_unknown"),
        ("POST", "/v1/acme/Product", r#"{"PrNumber":"N"}"#, 422, "product_group_unknown"),
        ("PATCH", "/v1/acme/Customer/9999", "{}", 404, "card_not_found"),
        ("PATCH", "/v1/acme/Customer/13", "{}", 410, "card_deleted"),
        ("PATCH", "/v1/acme/Customer/10", r#"{"CuCity":"Alma"}"#, 423, "card_reserved"),
        ("PATCH", "/v1/acme/Customer/2", r#"{"CuNumber":"MUN-ROB"}"#, 409, "number_taken"),
        ("PATCH", "/v1/acme/Customer/2", r#"{"CuNumber":""}"#, 422, "sdk_rejected"),
        ("PATCH", "/v1/acme/Transaction/5", "{}", 405, "not_allowed"),
        ("PATCH", "/v1/acme/Transaction/2", "{}", 501, "not_supported"),
        ("DELETE", "/v1/acme/Transaction/5", "", 405, "not_allowed"),
    ] {
        check(&none, method, target, body, status, code);
    }
}

#[test]
fn documents_are_refused_in_the_bridges_words() {
    let none = Value::Null;
    let lines = |lines: Value| json!({ "Lines": lines });
    let one = |line: Value| json!({ "Lines": [line], "InCustomerSupplierCP": 8 });
    let drop_totals = |document: &mut Value| {
        for name in ["InInvoiceSubTotal", "InInvoiceTotal"] {
            document.as_object_mut().unwrap().remove(name);
        }
    };
    for (change, status, code) in [
        (json!({ "InCustomerSupplierCP": 0 }), 422, "customer_unknown"),
        (json!({ "InCustomerSupplierCP": 9999 }), 422, "customer_unknown"),
        (json!({ "InCustomerSupplierCP": 13 }), 422, "customer_unknown"),
        (json!({ "InCustomerSupplierCP": 9 }), 422, "customer_inactive"),
        (json!({ "InTermNumber": 44 }), 422, "term_unknown"),
        (json!({ "InSalespersonNumber": 44 }), 422, "sdk_rejected"),
        (json!({ "InInvoiceSubTotal": 345.01 }), 422, "unbalanced"),
        (json!({ "InInvoiceTotal": 396.65 }), 422, "unbalanced"),
        (json!({ "InSales_Taxes": { "991": 51.65 } }), 422, "unbalanced"),
        (json!({ "InInvoiceType": "Facture" }), 400, "bad_request"),
        (json!({ "InDate": "2026-02-30" }), 400, "bad_request"),
        (json!({ "InInvoicedToCP": 3 }), 400, "bad_request"),
        (lines(json!([])), 400, "bad_request"),
        (lines(json!([{ "ILType": "IL_Invoice" }])), 400, "bad_request"),
        (lines(json!([{ "ILType": "IL_Invoice", "ILLineNumber": 1, "ILProductGroupNumber": 600, "ILTotalAmount": 1 }])), 422, "taxes_missing"),
        (lines(json!([{ "ILType": "IL_Invoice", "ILLineNumber": 1, "ILProductGroupNumber": 600, "ILTotalAmount": 1 },
            { "ILType": "IL_Tax", "ILLineNumber": 991, "ILProductNumber": "TPS", "ILTotalAmount": 0.05 }])), 422, "taxes_missing"),
        (one(json!({ "ILType": "IL_Tax", "ILLineNumber": 991, "ILProductNumber": "HST", "ILTotalAmount": 1 })), 422, "tax_unknown"),
        (one(json!({ "ILType": "IL_Invoice", "ILLineNumber": 1, "ILProductGroupNumber": 601, "ILTotalAmount": 1 })), 422, "product_group_unknown"),
        (one(json!({ "ILType": "IL_Invoice", "ILLineNumber": 1, "ILProductNumber": "INCONNU", "ILTotalAmount": 1 })), 422, "product_group_unknown"),
        (one(json!({ "ILType": "IL_Invoice", "ILLineNumber": 1, "ILProductNumber": "VIEUX-PIII", "ILTotalAmount": 1 })), 422, "product_group_unknown"),
        (one(json!({ "ILType": "IL_Invoice", "ILLineNumber": 1, "ILDescription": "Travaux", "ILTotalAmount": 1 })), 422, "product_group_unknown"),
        (one(json!({ "ILType": "IL_Invoice", "ILLineNumber": 1 })), 422, "sdk_rejected"),
        (one(json!({ "ILType": "IL_Invoice", "ILLineNumber": 1, "ILProductCP": 999 })), 422, "sdk_rejected"),
        (one(json!({ "ILType": "IL_Invoice", "ILLineNumber": 991, "ILDescription": "x" })), 422, "sdk_rejected"),
        (one(json!({ "ILType": "IL_Freight", "ILLineNumber": 2, "ILTotalAmount": 1 })), 422, "sdk_rejected"),
        (one(json!({ "ILType": "IL_Invoice", "ILLineNumber": 1, "ILDescription": "x".repeat(91) })), 422, "field_too_long"),
        (one(json!({ "ILType": "IL_Invoice", "ILLineNumber": 1, "ILDescription": "prêt ✓" })), 422, "sdk_rejected"),
    ] {
        let mut document = invoice();
        let change = change.as_object().unwrap();
        if change.contains_key("Lines") {
            drop_totals(&mut document);
        }
        document.as_object_mut().unwrap().extend(change.clone());
        check(&none, "POST", "/v1/acme/Transaction", &document.to_string(), status, code);
    }
}

#[test]
fn keys_open_only_their_company_and_health_needs_none() {
    let mut lab = Lab::new();
    lab.key = "wrong";
    assert_eq!(lab.get("/v1/acme/info").0, 401);
    assert_eq!(lab.get("/v1/health"), (200, json!({ "status": "ok", "queue": 0 })));
    lab.key = "autre-key-0001";
    assert_eq!(lab.get("/v1/acme/info").0, 403);
    assert_eq!(lab.get("/v1/autre/info").1["CompanyName"], "Quincaillerie Bélanger ltée");
}

#[test]
fn texts_follow_the_companys_language() {
    let mut lab = Lab::new();
    let target = format!("/v1/acme/Customer/{}", ATELIER + 9000);
    assert_eq!(lab.get(&target).1["error"]["aco_message"], "Fiche introuvable.");
    lab.control(&json!({ "do": "language", "language": "en" }));
    assert_eq!(lab.get(&target).1["error"]["aco_message"], "Card not found.");
}

#[test]
fn every_post_needs_a_short_idempotency_key() {
    let mut lab = Lab::new();
    for key in [None, Some(String::new()), Some("k".repeat(65))] {
        let headers: Vec<_> = key.iter().map(|key| ("idempotency-key", key.as_str())).collect();
        assert_eq!(lab.send("POST", "/v1/acme/Customer", &headers, r#"{"CuNumber":"N"}"#).status, 400);
    }
}
