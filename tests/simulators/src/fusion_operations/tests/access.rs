//! Keys, tokens, scopes, and the minute that all integrations share.

use serde_json::{Value, json};

use super::{BASIC, Lab, header, json_of, refusal, text};

#[test]
fn a_token_is_had_with_a_body_or_without_one() {
    let mut lab = Lab::new();
    for body in ["", "{}", "{\"scopes\":[\"productions_write\"]}"] {
        let response = lab.ask_token(body);
        assert_eq!(response.status, 200);
        assert_eq!(json_of(&response)["expires"], "2026-03-05T21:01:00Z");
    }
    for (body, message) in [
        ("{", "Invalid JSON"),
        ("[]", "An object is expected"),
        ("{\"scopes\":\"all\"}", "scopes must be a list of texts"),
    ] {
        assert_eq!(refusal(&lab.ask_token(body)), (400, message.to_owned()));
    }
}

#[test]
fn a_wrong_key_or_none_makes_no_token() {
    let mut lab = Lab::new();
    for header in [
        None,
        Some("Basic"),
        Some("Basic !"),
        Some("Basic a2V5OnNlY3JldA=="),
        Some("Bearer ZnVzaW9uLWtleS0wMDAxOmZ1c2lvbi1zZWNyZXQtMDAwMQ=="),
    ] {
        let headers: Vec<_> = header
            .iter()
            .map(|value| ("authorization", *value))
            .collect();
        let response = lab.send("POST", "/api/v1/authorization", &headers, "");
        assert_eq!(response.status, 401, "{header:?}");
    }
    lab.control(json!({ "do": "add_key", "key": "key", "secret": "secret" }));
    let headers = [("authorization", "basic a2V5OnNlY3JldA==")];
    assert_eq!(
        lab.send("POST", "/api/v1/authorization", &headers, "")
            .status,
        200
    );
    lab.control(json!({ "do": "revoke_key", "key": "key" }));
    assert_eq!(
        lab.send("POST", "/api/v1/authorization", &headers, "")
            .status,
        401
    );
}

#[test]
fn a_token_lives_two_hours_and_no_longer() {
    let mut lab = Lab::new();
    lab.later(7_199);
    lab.get("clients/");
    lab.later(1);
    let expected = (401, "Invalid or expired token".to_owned());
    assert_eq!(lab.refused("GET", "clients/", &Value::Null), expected);
    lab.token = lab.new_token();
    lab.get("clients/");
    lab.control(json!({ "do": "end_tokens" }));
    assert_eq!(lab.refused("GET", "clients/", &Value::Null), expected);
}

#[test]
fn the_life_of_a_token_can_be_set() {
    let mut lab = Lab::with("token_life_s", 10);
    lab.token = lab.new_token();
    lab.later(10);
    assert_eq!(lab.refused("GET", "clients/", &Value::Null).0, 401);
}

#[test]
fn a_token_is_shown_in_the_query_or_as_bearer() {
    let mut lab = Lab::new();
    let bearer = format!("Bearer {}", lab.token);
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(
        lab.send("GET", "/api/v1/clients/", &headers, "").status,
        200
    );
    let wrong = "/api/v1/clients/?access_token=wrong";
    assert_eq!(
        lab.send("GET", wrong, &headers, "").status,
        401,
        "the query goes first"
    );
    let basic = [("authorization", BASIC)];
    assert_eq!(lab.send("GET", "/api/v1/clients/", &basic, "").status, 401);
    lab.set("bearer", false);
    assert_eq!(
        lab.send("GET", "/api/v1/clients/", &headers, "").status,
        401
    );
}

#[test]
fn the_current_token_is_shown_and_revoked() {
    let mut lab = Lab::new();
    let token = lab.token.clone();
    assert_eq!(lab.get("authorization")["token"], token);
    let basic = [("authorization", BASIC)];
    let shown = lab.send("GET", "/api/v1/authorization", &basic, "");
    assert_eq!(json_of(&shown)["token"], token);
    lab.done(204, "DELETE", "authorization", Value::Null);
    assert_eq!(lab.refused("GET", "authorization", &Value::Null).0, 401);
    assert_eq!(
        lab.send("GET", "/api/v1/authorization", &basic, "").status,
        404
    );
    assert_eq!(lab.refused("PUT", "authorization", &Value::Null).0, 405);
}

#[test]
fn tokens_live_beside_one_another_unless_the_switch_says_otherwise() {
    let mut lab = Lab::new();
    assert_ne!(lab.new_token(), lab.token);
    lab.get("clients/");
    lab.set("one_token", true);
    lab.new_token();
    assert_eq!(lab.refused("GET", "clients/", &Value::Null).0, 401);
}

#[test]
fn scopes_bind_only_where_they_are_checked() {
    let scoped = |lab: &mut Lab, scope: &str| {
        let response = lab.ask_token(&json!({ "scopes": [scope] }).to_string());
        lab.token = json_of(&response)["token"].as_str().unwrap().to_owned();
    };
    let mut lab = Lab::new();
    scoped(&mut lab, "productions_write");
    lab.get("clients/");
    lab.set("scopes_checked", true);
    let table = [
        ("productions_write", "GET", "production-orders/", 200),
        ("productions_write", "GET", "clients/", 403),
        ("clients_read", "GET", "clients/", 200),
        ("clients_read", "POST", "clients/", 403),
        ("clients_write", "GET", "clients/", 200),
        ("clients_write", "POST", "clients/", 400),
        (
            "sales_orders_read",
            "GET",
            "sales-orders/CV-1001/files",
            200,
        ),
        ("sales_orders_read", "GET", "inventory/TABLE-180", 403),
        (
            "inventory_movements_read",
            "GET",
            "inventory/TABLE-180",
            200,
        ),
    ];
    for (scope, method, path, status) in table {
        scoped(&mut lab, scope);
        let response = lab.call(method, path, "{}");
        assert_eq!(
            response.status,
            status,
            "{scope} {method} {path}: {}",
            text(&response)
        );
    }
}

#[test]
fn the_hundred_and_twenty_first_call_of_a_minute_waits() {
    let mut lab = Lab::new();
    lab.later(60);
    for _ in 0..60 {
        lab.get("product-families/");
    }
    lab.later(10);
    for _ in 0..60 {
        lab.get("product-families/");
    }
    lab.later(20);
    let response = lab.call("GET", "product-families/", "");
    assert_eq!(
        (response.status, header(&response, "retry-after")),
        (429, Some("30"))
    );
    // Asking for a token is a call too, and one that is refused is none.
    assert_eq!(lab.ask_token("").status, 429);
    lab.later(29);
    assert_eq!(
        header(&lab.call("GET", "clients/", ""), "retry-after"),
        Some("1")
    );
    lab.later(1);
    lab.get("clients/");
}

#[test]
fn other_integrations_use_up_the_same_minute() {
    let mut lab = Lab::new();
    lab.control(json!({ "do": "other_calls", "count": 119 }));
    let response = lab.call("GET", "clients/", "");
    assert_eq!(
        (response.status, header(&response, "retry-after")),
        (429, Some("60"))
    );
    lab.later(60);
    lab.get("clients/");
    lab.set("calls_per_minute", 1);
    assert_eq!(lab.call("GET", "clients/", "").status, 429);
}

#[test]
fn a_call_without_a_good_token_costs_nothing() {
    let mut lab = Lab::with("calls_per_minute", 2);
    for _ in 0..5 {
        assert_eq!(lab.send("GET", "/api/v1/clients/", &[], "").status, 401);
    }
    lab.get("clients/");
    assert_eq!(lab.call("GET", "clients/", "").status, 429);
}
