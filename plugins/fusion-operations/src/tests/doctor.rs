//! The doctor: from the outside in, each finding with a place and a remedy.

use super::*;

const LISTS: [&str; 8] = [
    "clients",
    "suppliers",
    "products",
    "sales-orders",
    "purchase-orders",
    "production-orders",
    "productions",
    "task-durations",
];

fn check(host: &ScriptHost) -> Vec<(Level, String)> {
    let findings = FusionOperations.check(host).unwrap();
    host.assert_done();
    for finding in &findings {
        let mended = finding.place.is_some() && finding.fix.is_some();
        assert!(mended || finding.level == Level::Ok, "{finding:?}");
        assert!(!format!("{finding:?}").contains("T0K"), "{finding:?}");
    }
    let sent = host.sent.borrow();
    let reads = sent
        .iter()
        .all(|request| request.method == Method::Get || request.url.ends_with("/authorization"));
    assert!(reads, "the doctor only reads");
    findings.into_iter().map(|f| (f.level, f.code)).collect()
}

fn found(expected: &[(Level, &str)]) -> Vec<(Level, String)> {
    let owned = |(level, code): &(Level, &str)| (*level, (*code).to_owned());
    expected.iter().map(owned).collect()
}

fn authorized() -> ScriptHost {
    // No token is held: the one that is asked for serves.
    ScriptHost::new(json!({})).on(AUTHORIZE, json!({"token": "T0K"}))
}

/// All lists, of which some answer otherwise.
fn lists(others: Vec<(&str, Reply)>) -> ScriptHost {
    let mut others: std::collections::BTreeMap<&str, Reply> = others.into_iter().collect();
    LISTS.into_iter().fold(authorized(), |host, list| {
        let reply = others.remove(list).unwrap_or(Reply::Json(200, json!([])));
        host.reply(&get(&format!("{list}/?page=1&per-page=1")), reply)
    })
}

#[test]
fn an_empty_company_is_well() {
    assert_eq!(check(&lists(vec![])), found(&[(Level::Ok, "connected")]));
}

#[test]
fn what_is_missing_or_other_than_assumed_is_found() {
    let product =
        json!([{"id": "p1", "code": "P1", "name": "x", "updated-at": "2026-03-05T14:00:00Z"}]);
    let other = json!([{"id": "c1", "number": "7", "name": "A", "updated-at": "2026-03-05T14:00:00"}, {"id": "c2"}]);
    let host = lists(vec![
        ("clients", Reply::Json(200, other)),
        ("suppliers", refusal(403, "scope", "No right")),
        ("products", Reply::Json(200, product)),
        ("purchase-orders", refusal(404, "path", "Nothing here")),
        (
            "sales-orders",
            Reply::Json(
                200,
                json!([{"id": "o1", "code": "1", "client": "A", "status": "open",
            "updated-at": "2026-03-05T14:00:00Z", "products": [{"item": "P1"}]}]),
            ),
        ),
    ])
    .reply(&get("inventory/p1"), refusal(404, "x", "y"));
    let findings = FusionOperations.check(&host).unwrap();
    host.assert_done();
    let told: Vec<(&str, &str)> = findings
        .iter()
        .map(|f| (f.code.as_str(), f.message.fallback.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("connected", "Fusion Operations accepts the API key"),
            ("fields-missing", "clients does not tell what this connector expects there: code"),
            ("permission-missing", "Fusion Operations does not show its suppliers: No right"),
            ("fields-missing", "sales-orders does not tell what this connector expects there: products.product"),
            ("resource-unreadable", "Fusion Operations does not show its purchase-orders: Nothing here"),
            ("stock-missing", "Fusion Operations does not tell the stock of product p1: 404"),
            ("lists-whole", "Fusion Operations sends its lists whole, whatever part is asked for. That works; large companies need more time and memory"),
            ("zone-unset", "Fusion Operations tells times without a zone; they are the company's own, and are taken for UTC"),
        ]
    );
}

#[test]
fn a_list_without_ids_or_stamps_is_found() {
    let host = lists(vec![(
        "productions",
        Reply::Json(200, json!([{"key": "t1"}])),
    )]);
    let findings = FusionOperations.check(&host).unwrap();
    assert_eq!(
        findings[1].message.fallback,
        "productions does not tell what this connector expects there: id, worker.number, production-order, updated-at"
    );
}

#[test]
fn what_hides_the_rest_stands_alone() {
    for (reply, level, code) in [
        (
            refusal(401, "key", "Unknown key"),
            Level::Error,
            "credentials-refused",
        ),
        (whole(404, &[], "Not found"), Level::Error, "address"),
        (page(), Level::Error, "unreachable"),
        (whole(500, &[], "Oops"), Level::Error, "unreachable"),
        (
            whole(429, &[("Retry-After", "60")], ""),
            Level::Warning,
            "throttled",
        ),
    ] {
        let host = with(json!({})).reply(AUTHORIZE, reply);
        assert_eq!(check(&host), found(&[(level, code)]));
    }
    let unset = with(json!({}));
    unset.unset.borrow_mut().push("api_key".to_owned());
    assert_eq!(check(&unset), found(&[(Level::Error, "address")]));
    for settings in [
        json!({"utc_offset": "x"}),
        json!({"wire_names": {"x": "y"}}),
    ] {
        assert_eq!(
            check(&ScriptHost::new(settings)),
            found(&[(Level::Error, "connection-incomplete")])
        );
    }
}

#[test]
fn it_stops_when_nobody_answers_any_more() {
    let host = authorized()
        .on(&get("clients/?page=1&per-page=1"), json!([]))
        .reply(&get("suppliers/?page=1&per-page=1"), page());
    assert_eq!(
        check(&host),
        found(&[(Level::Ok, "connected"), (Level::Error, "unreachable")])
    );
}
