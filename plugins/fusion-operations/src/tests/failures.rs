//! The token, and every answer that is none.

use super::*;

/// What a read comes to.
fn read(replies: Vec<Reply>) -> Result<usize, (FaultKind, Option<u64>, Option<String>)> {
    let host = replies
        .into_iter()
        .fold(host(), |host, reply| host.reply(&first("clients"), reply));
    let page = FusionOperations.changes(&host, "customer", None, &[], 500);
    host.assert_done();
    match page {
        Ok(page) => Ok(page.entries.len()),
        Err(fault) => {
            assert!(!format!("{fault:?}").contains("T0K"), "{fault:?}");
            Err((fault.kind, fault.wait_ms, fault.vendor_text))
        }
    }
}

#[test]
fn a_read_is_tried_again_and_then_explained() {
    use FaultKind as K;
    let ok = || Reply::Json(200, json!([{"id": "c1"}]));
    let wait = |seconds: &str| whole(429, &[("Retry-After", seconds)], "Slow down");
    let words = |text: &str| Some(text.to_owned());
    assert_eq!(read(vec![lost(), whole(503, &[], ""), ok()]), Ok(1));
    assert_eq!(read(vec![wait("2"), ok()]), Ok(1));
    assert_eq!(
        read(vec![wait("45")]),
        Err((K::Throttled, Some(45_000), words("Slow down")))
    );
    // Without a word of how long: the window.
    let mute = || whole(429, &[], "Slow down");
    assert_eq!(
        read(vec![mute(), mute(), mute()]),
        Err((K::Throttled, Some(60_000), words("Slow down")))
    );
    assert_eq!(
        read(vec![page()]),
        Err((K::Unavailable, None, words("We will be back")))
    );
    assert_eq!(
        read(vec![whole(200, &[], r#"[{"id": "c1"}, {"id""#)]),
        Err((K::Unavailable, None, words(r#"[{"id": "c1"}, {"id""#)))
    );
    assert_eq!(
        read(vec![refusal(200, "E7", "Busy")]),
        Err((K::Unavailable, None, words("Busy")))
    );
    assert_eq!(
        read(vec![refusal(403, "scope", "No right")]),
        Err((K::Misconfigured, None, words("No right")))
    );
    let shape = read(vec![Reply::Json(200, json!({"clients": []}))]);
    assert_eq!(shape.unwrap_err().0, K::Misconfigured);
    let lost_thrice = read(vec![lost(), lost(), lost()]).unwrap_err();
    assert_eq!(
        (lost_thrice.0, lost_thrice.2.as_deref()),
        (K::Unavailable, Some("reset at /api/v1/x?access_token=…"))
    );
}

#[test]
fn a_token_is_asked_for_once_and_remembered() {
    let host = ScriptHost::new(json!({}))
        .on(AUTHORIZE, json!({"token": "T0K"}))
        .on(&first("clients"), json!([]));
    FusionOperations
        .changes(&host, "customer", None, &[], 1_000)
        .unwrap();
    host.assert_done();
    let (basic, body) = {
        let sent = host.sent.borrow();
        (sent[0].headers.clone(), sent[0].body.clone())
    };
    let key = (
        "Authorization".to_owned(),
        "Basic [api_key:Encoder::Basic]".to_owned(),
    );
    assert!(basic.contains(&key) && body.is_empty(), "{basic:?}");
    // The next call has it still.
    let next = ScriptHost::new(json!({})).on(&first("clients"), json!([]));
    next.memory.replace(host.memory.borrow().clone());
    FusionOperations
        .changes(&next, "customer", None, &[], 1_000)
        .unwrap();
    next.assert_done();
    // After its two hours, not.
    let late = ScriptHost::new(json!({}))
        .on(AUTHORIZE, json!({"token": "T0K"}))
        .on(&first("clients"), json!([]));
    late.memory.replace(host.memory.borrow().clone());
    late.now_ms.set(late.now_ms.get() + 110 * 60_000);
    FusionOperations
        .changes(&late, "customer", None, &[], 1_000)
        .unwrap();
    late.assert_done();
}

#[test]
fn a_token_of_another_address_or_of_other_scopes_is_none() {
    for settings in [
        json!({"base_url": "https://other.example"}),
        json!({"scopes": ["productions_write"]}),
    ] {
        let host = with(settings.clone())
            .on("POST /api/v1/authorization", json!({"token": "N3W"}))
            .on(
                "GET /api/v1/clients/?page=1&per-page=100&access_token=N3W",
                json!([]),
            );
        FusionOperations
            .changes(&host, "customer", None, &[], 500)
            .unwrap();
        host.assert_done();
        let scopes = match settings.get("scopes") {
            Some(scopes) => json!({ "scopes": scopes }).to_string(),
            None => String::new(),
        };
        assert_eq!(host.sent.borrow()[0].body, scopes.into_bytes());
    }
}

#[test]
fn a_token_that_has_ended_is_renewed_under_way() {
    let new = "access_token=N3W";
    let host = host()
        .reply(&first("clients"), refusal(401, "token", "Expired"))
        .on(AUTHORIZE, json!({"token": "N3W"}))
        .on(
            &format!("GET /clients/?page=1&per-page=100&{new}"),
            json!([]),
        );
    FusionOperations
        .changes(&host, "customer", None, &[], 500)
        .unwrap();
    host.assert_done();
    // A write, too: 401 says that it was not carried out.
    let host = super::host()
        .on(&search("clients", "A"), json!([]))
        .reply(&post("clients"), refusal(401, "token", "Expired"))
        .on(AUTHORIZE, json!({"token": "N3W"}))
        .on(
            &format!("POST /clients/?{new}"),
            json!({"id": "c1", "code": "A"}),
        );
    assert_eq!(
        told(&write(&host, "customer", create(json!({"code": "A"})))),
        Ok("c1")
    );
}

#[test]
fn a_new_token_that_is_refused_stops_the_connection() {
    let host = host()
        .reply(&first("clients"), refusal(401, "token", "Expired"))
        .on(AUTHORIZE, json!({"token": "N3W"}))
        .reply(
            "GET access_token=N3W",
            refusal(401, "token", "Unknown token N3W"),
        );
    let fault = FusionOperations
        .changes(&host, "customer", None, &[], 500)
        .unwrap_err();
    host.assert_done();
    assert_eq!(
        (
            fault.kind,
            fault.scope,
            fault.vendor_code.as_deref(),
            fault.vendor_text.as_deref()
        ),
        (
            FaultKind::Unauthorized,
            FaultScope::WholeConnection,
            Some("token"),
            Some("Unknown token …")
        )
    );
    assert!(host.memory.borrow().get("token").is_none());
}

#[test]
fn without_a_token_nothing_is_sent() {
    use FaultKind as K;
    for (reply, kind) in [
        (refusal(401, "key", "Unknown key"), K::Unauthorized),
        (refusal(200, "key", "Unknown key"), K::Unavailable),
        (Reply::Json(200, json!({"value": "T0K"})), K::Misconfigured),
        (page(), K::Unavailable),
        (whole(404, &[], "Not found"), K::Misconfigured),
    ] {
        let host = ScriptHost::new(json!({})).reply(AUTHORIZE, reply);
        let outcome = write(&host, "customer", create(json!({"code": "A"})));
        assert_eq!(outcome.unwrap_err().kind, kind);
    }
    let host = ScriptHost::new(json!({}));
    host.unset.borrow_mut().push("api_key".to_owned());
    let outcome = write(&host, "customer", create(json!({"code": "A"})));
    assert_eq!(outcome.unwrap_err().kind, K::Misconfigured);
}

#[test]
fn what_becomes_of_a_create_that_is_not_answered_well() {
    use FaultKind as K;
    for (reply, kind, text) in [
        (
            lost(),
            K::OutcomeUnknown,
            "reset at /api/v1/x?access_token=…",
        ),
        (page(), K::OutcomeUnknown, "We will be back"),
        (
            whole(201, &[], r#"{"id": "c"#),
            K::OutcomeUnknown,
            r#"{"id": "c"#,
        ),
        (whole(500, &[], "Oops"), K::OutcomeUnknown, "Oops"),
        (
            whole(502, &[], "Bad gateway"),
            K::OutcomeUnknown,
            "Bad gateway",
        ),
        (whole(503, &[], "Closed"), K::Unavailable, "Closed"),
        (
            whole(429, &[("Retry-After", "5")], "Slow"),
            K::Throttled,
            "Slow",
        ),
        (
            refusal(400, "invalid", "name is required"),
            K::Rejected,
            "name is required",
        ),
        (
            refusal(403, "scope", "No right"),
            K::Misconfigured,
            "No right",
        ),
        (
            Reply::Error(HttpError::NotSent {
                why: liaison_sdk::host::NotSent::Unreachable,
                detail: "refused".to_owned(),
            }),
            K::Unavailable,
            "refused",
        ),
    ] {
        let host = host()
            .on(&search("clients", "A"), json!([]))
            .reply(&post("clients"), reply);
        let fault = write(&host, "customer", create(json!({"code": "A"}))).unwrap_err();
        assert_eq!(
            (fault.kind, fault.vendor_text.as_deref()),
            (kind, Some(text))
        );
    }
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    for (settings, key, named) in [
        (
            json!({"utc_offset": "Montreal"}),
            "fusion-offset",
            "Montreal",
        ),
        (
            json!({"wire_names": {"sales_order.custommer_code": "market", "sales_order": "orders"}}),
            "fusion-unknown-names",
            "sales_order.custommer_code",
        ),
        (json!({"scopes": "all"}), "sdk-settings", "string"),
    ] {
        let fault = FusionOperations
            .read(&ScriptHost::new(settings), "customer", &["c1".to_owned()])
            .unwrap_err();
        assert_eq!(
            (fault.kind, fault.message.key.as_str()),
            (FaultKind::Misconfigured, key)
        );
        assert!(
            fault.message.fallback.contains(named),
            "{}",
            fault.message.fallback
        );
    }
}
