//! Tokens: how one comes by them, how one does not, when they end.

use serde_json::{Value, json};

use super::{
    CLIENT, Lab, ORIGIN, SECRET, USER, assertion, encoded, header, json_of, refusal, text,
};

const JWT: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";

fn claims(lab: &Lab) -> Value {
    json!({ "iss": CLIENT, "sub": USER, "aud": "https://login.salesforce.com", "exp": lab.now / 1000 + 120 })
}

fn form(head: &Value, claims: &Value) -> String {
    format!("grant_type={JWT}&assertion={}", assertion(head, claims))
}

#[test]
fn a_signed_assertion_gives_a_token_that_says_no_end() {
    let mut lab = Lab::new();
    let claims = claims(&lab);
    let body = lab.token(&form(&json!({ "alg": "RS256" }), &claims));
    let keys: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        keys,
        ["access_token", "scope", "instance_url", "id", "token_type"]
    );
    assert_eq!(
        (&body["instance_url"], &body["token_type"]),
        (&json!(ORIGIN), &json!("Bearer"))
    );
    let id = body["id"].as_str().unwrap();
    let parts: Vec<_> = id.rsplit('/').take(2).collect();
    assert_eq!(parts.map_len(), [18, 18]);
    lab.token = body["access_token"].as_str().unwrap().to_owned();
    assert!(lab.token.starts_with("00D") && lab.token.contains('!'));
    lab.get("limits");
    let path = id.strip_prefix(ORIGIN).unwrap().to_owned();
    let bearer = format!("Bearer {}", lab.token);
    let who = json_of(&lab.raw("GET", &path, &[("authorization", &bearer)], ""));
    assert_eq!(who["username"], USER);
    let info = json_of(&lab.raw(
        "GET",
        "/services/oauth2/userinfo",
        &[("authorization", &bearer)],
        "",
    ));
    assert_eq!(info["organization_id"].as_str().unwrap().len(), 18);
    let other = path.replace("005", "006");
    assert_eq!(
        lab.raw("GET", &other, &[("authorization", &bearer)], "")
            .status,
        403
    );
}

trait Lengths {
    fn map_len(&self) -> Vec<usize>;
}

impl Lengths for Vec<&str> {
    fn map_len(&self) -> Vec<usize> {
        self.iter().map(|part| part.len()).collect()
    }
}

#[test]
fn an_assertion_is_checked_in_every_part() {
    let mut lab = Lab::new();
    let good = claims(&lab);
    let head = json!({ "alg": "RS256" });
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        form(&head, &claims)
    };
    let now = lab.now / 1000;
    let mut forged = assertion(&head, &good);
    forged.truncate(forged.len() - 6);
    forged.push_str("AAAAAA");
    for (form, error, description) in [
        (
            with("aud", json!("https://example.com")),
            "invalid_grant",
            "audience is invalid",
        ),
        (
            with("iss", json!("other")),
            "invalid_client_id",
            "client identifier invalid",
        ),
        (
            with("exp", json!(now - 1)),
            "invalid_grant",
            "expired authorization code",
        ),
        (
            with("exp", json!(now)),
            "invalid_grant",
            "expired authorization code",
        ),
        (
            with("exp", json!(lab.now + 120_000)),
            "invalid_grant",
            "expired authorization code",
        ),
        (
            with("exp", Value::Null),
            "invalid_grant",
            "expired authorization code",
        ),
        (
            with("sub", json!("sophie.bouchard@boreale.example")),
            "invalid_grant",
            "user hasn't approved this consumer",
        ),
        (
            form(&json!({ "alg": "HS256" }), &good),
            "invalid_grant",
            "invalid assertion",
        ),
        (
            format!("grant_type={JWT}&assertion=a.b"),
            "invalid_grant",
            "invalid assertion",
        ),
        (
            format!("grant_type={JWT}"),
            "invalid_grant",
            "invalid assertion",
        ),
        (
            format!("grant_type={JWT}&assertion={forged}"),
            "invalid_grant",
            "invalid assertion",
        ),
        (
            "grant_type=magic".to_owned(),
            "unsupported_grant_type",
            "grant type not supported",
        ),
        (
            String::new(),
            "unsupported_grant_type",
            "grant type not supported",
        ),
    ] {
        assert_eq!(
            lab.token_refused(&form),
            (error.to_owned(), description.to_owned()),
            "{form}"
        );
    }
}

#[test]
fn the_org_itself_and_the_sandbox_are_audiences_too() {
    let mut lab = Lab::new();
    for audience in [
        "https://test.salesforce.com",
        ORIGIN,
        "https://login.salesforce.com/",
    ] {
        let mut claims = claims(&lab);
        claims["aud"] = audience.into();
        lab.token(&form(&json!({ "alg": "RS256", "typ": "JWT" }), &claims));
    }
}

#[test]
fn a_certificate_stands_for_its_key() {
    let mut lab = Lab::new();
    let certificate = include_str!("app.crt");
    lab.control(json!({ "do": "add_app", "app": { "client_id": CLIENT, "public_key": certificate, "approved_users": [USER] } }));
    let claims = claims(&lab);
    lab.token(&form(&json!({ "alg": "RS256" }), &claims));
    let wrong = json!({ "do": "add_app", "app": { "client_id": CLIENT, "public_key": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----" } });
    assert!(lab.control_refused(wrong).contains("neither"));
}

#[test]
fn users_who_may_not_log_in() {
    for (action, description) in [
        (
            json!({ "do": "edit", "id": "@integration", "set": { "IsActive": false } }),
            "inactive user",
        ),
        (json!({ "do": "lock_user", "user": USER }), "user is locked"),
        (
            json!({ "do": "set", "switch": "ip_restricted", "value": true }),
            "ip restricted",
        ),
        (
            json!({ "do": "approve", "client_id": CLIENT, "user": USER, "approved": false }),
            "user hasn't approved this consumer",
        ),
    ] {
        let mut lab = Lab::new();
        lab.control(action);
        let claims = claims(&lab);
        let (_, said) = lab.token_refused(&form(&json!({ "alg": "RS256" }), &claims));
        assert_eq!(said, description);
    }
}

#[test]
fn client_credentials_come_in_the_form_or_as_basic() {
    let mut lab = Lab::new();
    let body = lab.token(&format!(
        "grant_type=client_credentials&client_id={CLIENT}&client_secret={SECRET}"
    ));
    assert_eq!(body["issued_at"], lab.now.to_string());
    assert!(body["signature"].is_string() && body.get("expires_in").is_none());
    let basic = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("{CLIENT}:{SECRET}"),
    );
    let basic = format!("Basic {basic}");
    let response = lab.raw(
        "POST",
        "/services/oauth2/token",
        &[("authorization", &basic)],
        "grant_type=client_credentials",
    );
    assert_eq!(response.status, 200);
    let wrong = format!("grant_type=client_credentials&client_id={CLIENT}&client_secret=no");
    assert_eq!(lab.token_refused(&wrong).0, "invalid_client");
    assert_eq!(
        lab.token_refused("grant_type=client_credentials&client_id=no")
            .0,
        "invalid_client_id"
    );
}

#[test]
fn the_login_host_is_not_the_instance() {
    let mut lab = Lab::new();
    let claims = claims(&lab);
    lab.set("instance_elsewhere", true);
    let body = lab.token(&form(&json!({ "alg": "RS256" }), &claims));
    assert_eq!(body["instance_url"], "http://localhost:8443");
    let form = format!("grant_type=client_credentials&client_id={CLIENT}&client_secret={SECRET}");
    assert_eq!(
        lab.token_refused(&form).1,
        "request not supported on this domain"
    );
    lab.token = body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(
        refusal(&lab.send("GET", "limits", &[], "")),
        (401, "INVALID_SESSION_ID".to_owned())
    );
}

#[test]
fn a_refresh_token_may_die_with_its_use() {
    let mut lab = Lab::new();
    let form = |token: &str| {
        format!(
            "grant_type=refresh_token&client_id={CLIENT}&client_secret={SECRET}&refresh_token={token}"
        )
    };
    let first = "5Aep861simulatedRefreshToken";
    assert!(lab.token(&form(first)).get("refresh_token").is_none());
    lab.set("refresh_rotates", true);
    let next = lab.token(&form(first))["refresh_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let dead = (
        "invalid_grant".to_owned(),
        "expired access/refresh token".to_owned(),
    );
    assert_eq!(lab.token_refused(&form(first)), dead);
    lab.token(&form(&next));
}

#[test]
fn passwords_are_closed_unless_the_org_is_old() {
    let mut lab = Lab::new();
    lab.site.access.set_password(USER, "secret+token");
    let form = format!(
        "grant_type=password&client_id={CLIENT}&client_secret={SECRET}&username={}&password={}",
        encoded(USER),
        encoded("secret+token")
    );
    assert_eq!(lab.token_refused(&form).1, "authentication failure");
    lab.set("password_flow", true);
    lab.token(&form);
}

#[test]
fn a_session_ends_with_idleness_and_every_call_renews_it() {
    let mut lab = Lab::new();
    for _ in 0..3 {
        lab.later(7_199);
        lab.get("limits");
    }
    lab.later(7_200);
    let response = lab.send("GET", "limits", &[], "");
    assert_eq!(response.status, 401);
    assert_eq!(
        text(&response),
        r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#
    );
    assert_eq!(header(&response, "www-authenticate"), Some("Token"));
    assert_eq!(header(&response, "sforce-limit-info"), None);
    lab.token = lab.login();
    lab.get("limits");
    lab.control(json!({ "do": "end_sessions" }));
    assert_eq!(lab.refused("GET", "limits", Value::Null).0, 401);
}

#[test]
fn some_sessions_no_token_cures() {
    let mut lab = Lab::with("session_not_for_rest", true);
    lab.token = lab.login();
    let response = lab.send("GET", "limits", &[], "");
    assert_eq!(
        (response.status, json_of(&response)[0]["message"].clone()),
        (
            401,
            json!("This session is not valid for use with the REST API")
        )
    );
}

#[test]
fn a_revoked_token_is_dead() {
    let mut lab = Lab::new();
    let form = format!("token={}", encoded(&lab.token));
    let response = lab.raw("POST", "/services/oauth2/revoke", &[], &form);
    assert_eq!((response.status, response.body.len()), (200, 0));
    assert_eq!(lab.refused("GET", "limits", Value::Null).0, 401);
}
