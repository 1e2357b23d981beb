//! Tokens: how long they live, when their values change, and what ends a connection.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{CLIENT, Lab, REDIRECT, REFRESH, json_of};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// `error` of a refusal, with its status.
fn denied(lab: &mut Lab, form: &str) -> (u16, String) {
    let response = lab.token_response(form);
    let error = json_of(&response)["error"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (response.status, error)
}

fn refresh(value: &str) -> String {
    format!("grant_type=refresh_token&refresh_token={value}")
}

#[test]
fn a_refresh_token_keeps_its_value_for_a_day() {
    for (rotation, old_s, after, changes, old_works) in [
        ("daily", 0, HOUR, false, true),
        ("daily", 0, DAY, true, false),
        ("daily", 86_400, DAY, true, true),
        ("always", 0, HOUR, true, false),
        ("always", 60, HOUR, true, true),
        ("never", 0, 90 * DAY, false, true),
    ] {
        let mut lab = Lab::new();
        lab.set("refresh_rotates", rotation);
        lab.set("old_refresh_token_s", old_s);
        lab.now += after;
        let answer = lab.refresh(REFRESH);
        let newest = answer["refresh_token"].as_str().unwrap().to_owned();
        let case = format!("{rotation} {old_s} {after}");
        assert_eq!(newest != REFRESH, changes, "{case}");
        assert_eq!(answer["expires_in"], 3600);
        let again = lab.token_response(&refresh(REFRESH)).status;
        assert_eq!(again == 200, old_works, "{case}");
        assert_eq!(lab.token_response(&refresh(&newest)).status, 200, "{case}");
    }
}

#[test]
fn the_value_before_ends_with_its_time() {
    let mut lab = Lab::new();
    lab.set("old_refresh_token_s", 86_400);
    lab.now += DAY;
    let newest = lab.refresh(REFRESH)["refresh_token"].clone();
    // Whose answer was lost gets the newest value again.
    assert_eq!(lab.refresh(REFRESH)["refresh_token"], newest);
    lab.now += DAY;
    let dead = (400, "invalid_grant".to_owned());
    assert_eq!(denied(&mut lab, &refresh(REFRESH)), dead);
}

#[test]
fn a_refresh_token_dies_unused_and_of_age() {
    let dead = (400, "invalid_grant".to_owned());
    let mut lab = Lab::with("refresh_rotates", "never");
    lab.now += 100 * DAY;
    assert_eq!(denied(&mut lab, &refresh(REFRESH)), dead);

    let mut lab = Lab::with("refresh_rotates", "never");
    let mut refreshes = 0;
    while lab.token_response(&refresh(REFRESH)).status == 200 {
        refreshes += 1;
        lab.now += 90 * DAY;
    }
    assert_eq!(refreshes, 21, "five years of 90 days each");
}

#[test]
fn what_is_wrong_about_a_request_for_tokens_is_said() {
    for (form, error) in [
        (
            "grant_type=refresh_token&refresh_token=AB11no",
            "invalid_grant",
        ),
        ("grant_type=refresh_token", "invalid_grant"),
        (
            "grant_type=authorization_code&code=no&redirect_uri=x",
            "invalid_grant",
        ),
        ("grant_type=client_credentials", "unsupported_grant_type"),
        ("refresh_token=AB11", "invalid_request"),
        ("grant_type=%zz", "invalid_request"),
    ] {
        let mut lab = Lab::new();
        assert_eq!(denied(&mut lab, form), (400, error.to_owned()), "{form}");
    }
    let mut lab = Lab::new();
    let wrong = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:no")));
    let form = "application/x-www-form-urlencoded";
    for headers in [
        vec![("content-type", form)],
        vec![("content-type", form), ("authorization", wrong.as_str())],
        vec![("content-type", form), ("authorization", "Basic %%%")],
    ] {
        let path = "/oauth2/v1/tokens/bearer";
        let response = lab.raw("POST", path, &headers, &refresh(REFRESH));
        assert_eq!(response.status, 401);
        assert_eq!(json_of(&response)["error"], "invalid_client");
    }
}

#[test]
fn a_person_signs_in_and_the_code_is_good_once() {
    let mut lab = Lab::new();
    let page = format!(
        "/connect/oauth2?client_id={CLIENT}&response_type=code&scope=com.intuit.quickbooks.accounting&redirect_uri={REDIRECT}&state=a%20b"
    );
    let response = lab.raw("GET", &page, &[], "");
    let to = response.headers.iter().find(|(name, _)| name == "location");
    let (_, query) = to.unwrap().1.split_once('?').unwrap();
    let (code, rest) = query
        .strip_prefix("code=")
        .unwrap()
        .split_once('&')
        .unwrap();
    assert_eq!(
        (response.status, rest),
        (302, "state=a%20b&realmId=9130347000000001")
    );
    let form = |uri: &str| format!("grant_type=authorization_code&code={code}&redirect_uri={uri}");
    let answer = lab.token_response(&form(REDIRECT));
    assert_eq!(answer.status, 200);
    let fresh = json_of(&answer)["refresh_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(fresh.starts_with("AB11") && fresh.len() == 50);
    let dead = (400, "invalid_grant".to_owned());
    assert_eq!(denied(&mut lab, &form(REDIRECT)), dead, "a code works once");
    assert_eq!(
        denied(&mut lab, &refresh(REFRESH)),
        dead,
        "the connection before ended"
    );
    lab.refresh(&fresh);

    let made = |lab: &mut Lab| {
        let made =
            lab.act(json!({ "do": "authorize", "client_id": CLIENT, "redirect_uri": REDIRECT }));
        made["code"].as_str().unwrap().to_owned()
    };
    let code = made(&mut lab);
    let elsewhere =
        format!("grant_type=authorization_code&code={code}&redirect_uri=https://x.example");
    assert_eq!(denied(&mut lab, &elsewhere), dead);
    let code = made(&mut lab);
    lab.now += 600_000;
    let late = format!("grant_type=authorization_code&code={code}&redirect_uri={REDIRECT}");
    assert_eq!(denied(&mut lab, &late), dead);
    for wrong in [
        "response_type=token",
        "state=",
        "scope=openid",
        "redirect_uri=https://x.example",
    ] {
        let (name, _) = wrong.split_once('=').unwrap();
        let kept = page.split('&').filter(|part| !part.starts_with(name));
        let kept = kept.collect::<Vec<_>>().join("&");
        assert_eq!(
            lab.raw("GET", &format!("{kept}&{wrong}"), &[], "").status,
            400,
            "{wrong}"
        );
    }
}

#[test]
fn an_access_token_lives_an_hour_and_says_so_in_lower_case() {
    let mut lab = Lab::new();
    lab.now += HOUR - 1;
    lab.get("preferences");
    lab.now += 1;
    let response = lab.send("GET", "preferences", "");
    let body = json_of(&response);
    let challenge = response
        .headers
        .iter()
        .find(|(name, _)| name == "www-authenticate");
    assert_eq!(
        challenge.unwrap().1,
        "Bearer realm=\"Intuit\", error=\"invalid_token\""
    );
    assert_eq!(
        (
            response.status,
            &body["fault"]["error"][0]["code"],
            &body["fault"]["type"]
        ),
        (401, &json!("3200"), &json!("AUTHENTICATION"))
    );
    lab.refresh(REFRESH);
    lab.get("preferences");
}

#[test]
fn a_token_is_of_one_company_and_ends_with_its_connection() {
    let mut lab = Lab::new();
    let bearer = format!("Bearer {}", lab.token);
    let headers = [("authorization", bearer.as_str())];
    let other = lab.raw("GET", "/v3/company/1/preferences", &headers, "");
    assert_eq!(
        (other.status, &json_of(&other)["fault"]["error"][0]["code"]),
        (403, &json!("3100"))
    );
    for ending in ["disconnect", "end_tokens"] {
        let mut lab = Lab::new();
        lab.act(json!({ "do": ending }));
        assert_eq!(lab.send("GET", "preferences", "").status, 401, "{ending}");
        let refreshed = lab.token_response(&refresh(REFRESH)).status;
        assert_eq!(refreshed == 200, ending == "end_tokens", "{ending}");
    }
    let mut lab = Lab::new();
    let basic = format!(
        "Basic {}",
        STANDARD.encode(format!("{CLIENT}:simulated-client-secret"))
    );
    let headers = [
        ("authorization", basic.as_str()),
        ("content-type", "application/json"),
    ];
    for (token, status) in [("no", 400), (REFRESH, 200), (REFRESH, 400)] {
        let body = json!({ "token": token }).to_string();
        let response = lab.raw("POST", "/v2/oauth2/tokens/revoke", &headers, &body);
        assert_eq!(response.status, status);
    }
    assert_eq!(lab.send("GET", "preferences", "").status, 401);
}

#[test]
fn calls_are_limited_by_the_minute_by_the_second_and_at_once() {
    let throttled = |lab: &mut Lab, target: &str| {
        let response = lab.send(
            if target == "batch" { "POST" } else { "GET" },
            target,
            r#"{"BatchItemRequest":[]}"#,
        );
        if response.status == 429 {
            assert_eq!(json_of(&response)["fault"]["error"][0]["code"], "3001");
        }
        response.status == 429
    };
    for (switch, most, target, wait) in [
        ("per_minute", 500, "preferences", 60_000),
        ("per_second", 10, "preferences", 1_000),
        ("batches_per_minute", 40, "batch", 60_000),
    ] {
        let mut lab = Lab::with(switch, most);
        for call in 0..most {
            assert!(!throttled(&mut lab, target), "{switch}: call {call}");
        }
        assert!(throttled(&mut lab, target), "{switch}");
        lab.now += wait - 1;
        assert!(throttled(&mut lab, target), "{switch}");
        lab.now += 1;
        assert!(!throttled(&mut lab, target), "{switch}");
    }
    let mut lab = Lab::new();
    lab.in_flight = 10;
    assert!(!throttled(&mut lab, "preferences"));
    lab.in_flight = 11;
    assert!(throttled(&mut lab, "preferences"));
    lab.in_flight = 1;
    lab.act(json!({ "do": "other_calls", "count": 499 }));
    assert!(
        throttled(&mut lab, "preferences"),
        "other apps count as well"
    );
}
