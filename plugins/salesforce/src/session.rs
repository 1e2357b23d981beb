//! The token: asked for at the login host, kept in the connection's memory, good until the vendor says no.
//!
//! There is no "expires in": a token lives as long as it is used, and ends with a 401.
//!
//! Invariant: no token stands in an address, a message or a log.

use crate::assertion::{signed, Claims};
use crate::assumed::{TokenRefusal, CONCURRENT_WAIT_MS, TOKEN_WORDS};
use crate::settings::{Auth, Settings};
use crate::signing;
use liaison_sdk::host::Encoder;
use liaison_sdk::http::{encode, placeholder, Body};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// The secret of the app.
pub const CONSUMER_SECRET: &str = "consumer_secret";
/// Where the session is remembered between calls.
pub const MEMORY: &str = "session";
const TOKEN_PATH: &str = "services/oauth2/token";

/// A token and where it is good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    pub token: String,
    /// The address of every call but the token's own.
    pub instance: String,
    /// Which login it came from.
    of: String,
    /// The org's id; empty where the login did not tell it.
    #[serde(default)]
    org: String,
}

/// The session that this connection remembers, if it is of this login.
pub fn remembered(host: &dyn Host, settings: &Settings) -> Option<Session> {
    let session: Session = serde_json::from_slice(&host.memory_get(MEMORY)?).ok()?;
    (session.of == login_of(settings)).then_some(session)
}

/// A new session, remembered.
pub fn begin(host: &dyn Host, settings: &Settings) -> Result<Session, Fault> {
    let form = form(host, settings)?;
    let client = Client::new(host, settings.login_url()).header("Accept", "application/json");
    let body = Body {
        content_type: "application/x-www-form-urlencoded",
        bytes: form.into_bytes(),
    };
    let answer = client
        .send(Method::Post, TOKEN_PATH, Some(body))
        .map_err(|error| fault::unread(&error))?;
    let session = granted(&answer, settings)?;
    // Where it cannot be kept the next call asks for another.
    let _ = host.memory_set(MEMORY, &cursor::encode(&session));
    Ok(session)
}

/// The id of the org that this connection logs in to.
pub fn organization(host: &dyn Host, settings: &Settings) -> Result<Option<String>, Fault> {
    let known = remembered(host, settings).map(|session| session.org);
    let org = match known.filter(|org| !org.is_empty()) {
        Some(org) => org,
        None => begin(host, settings)?.org,
    };
    Ok(Some(org).filter(|org| !org.is_empty()))
}

fn form(host: &dyn Host, settings: &Settings) -> Result<String, Fault> {
    match settings.auth() {
        Auth::ClientCredentials => Ok(format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            encode(&settings.consumer_key),
            placeholder(host, CONSUMER_SECRET, Encoder::Url)?
        )),
        Auth::Jwt if settings.user_name().is_empty() => Err(fault::misconfigured(text!(
            "salesforce-no-user-name",
            "With `auth` = jwt the setting `user_name` must name the integration user"
        ))),
        Auth::Jwt => {
            let claims = Claims {
                consumer_key: &settings.consumer_key,
                user_name: settings.user_name(),
                audience: settings.audience(),
                now_ms: host.now_ms(),
            };
            let assertion = signed(&claims, |bytes| signing::rs256(host, bytes))?;
            Ok(form_of_assertion(&assertion))
        }
    }
}

fn form_of_assertion(assertion: &str) -> String {
    let grant = encode("urn:ietf:params:oauth:grant-type:jwt-bearer");
    format!("grant_type={grant}&assertion={}", encode(assertion))
}

fn login_of(settings: &Settings) -> String {
    format!(
        "{} {:?} {} {}",
        settings.login_url(),
        settings.auth(),
        settings.consumer_key,
        settings.user_name()
    )
}

/// The session in an answer of the token endpoint.
fn granted(answer: &Answer, settings: &Settings) -> Result<Session, Fault> {
    let told = answer.json().unwrap_or_default();
    if let (true, Some(token)) = (answer.is_success(), told["access_token"].as_str()) {
        let instance = told["instance_url"]
            .as_str()
            .unwrap_or_else(|| settings.login_url());
        let secure = instance.starts_with("https://");
        if !secure && settings.login_url().starts_with("https://") {
            return Err(fault::unavailable(text!(
                "salesforce-instance-insecure",
                "Salesforce names an address of its API that is not https; nothing is sent there. Compare the setting `login_url`"
            ))
            .vendor_text(instance));
        }
        return Ok(Session {
            token: token.to_owned(),
            instance: instance.trim_end_matches('/').to_owned(),
            of: login_of(settings),
            org: org_in(&told).unwrap_or_default(),
        });
    }
    Err(refused(answer, &told))
}

/// The org in the address of the user, `…/id/ORG/USER`.
fn org_in(told: &Value) -> Option<String> {
    let mut parts = told["id"].as_str()?.rsplit('/');
    crate::id::full(parts.nth(1)?)
}

/// Why there is no token, with what to do about it.
fn refused(answer: &Answer, told: &Value) -> Fault {
    let Some(code) = told["error"].as_str() else {
        return match answer.status() {
            429 | 503 => answer.busy(0),
            404 | 405 => fault::misconfigured(text!(
                "salesforce-no-login-here",
                "There is no Salesforce login at this address; set `login_url` to the org's own domain, https://NAME.my.salesforce.com"
            ))
            .vendor_code(&answer.status().to_string())
            .vendor_text(&answer.excerpt()),
            _ => answer.rubbish(),
        };
    };
    let words = told["error_description"].as_str().unwrap_or_default();
    let plain = words.to_lowercase();
    let known = TOKEN_WORDS
        .into_iter()
        .find(|(part, _)| plain.contains(&part.to_lowercase()));
    let fault = match known {
        Some((_, why)) => of_words(why),
        None => of_code(code),
    };
    fault.vendor_code(code).vendor_text(words)
}

fn of_words(why: TokenRefusal) -> Fault {
    match why {
        TokenRefusal::NotApproved => fault::unauthorized(text!(
            "salesforce-not-approved",
            "The integration user may not use the app; in Salesforce, set the app's permitted users to admin-approved and give the user a permission set that holds the app"
        )),
        TokenRefusal::Audience => fault::misconfigured(text!(
            "salesforce-audience",
            "Salesforce does not take the audience of the assertion; set `audience` to https://login.salesforce.com, or to https://test.salesforce.com for a sandbox"
        )),
        TokenRefusal::Domain => fault::misconfigured(text!(
            "salesforce-domain",
            "Client credentials work at the org's own domain only; set `login_url` to https://NAME.my.salesforce.com (Setup > My Domain)"
        )),
        TokenRefusal::Clock => fault::misconfigured(text!(
            "salesforce-clock",
            "Salesforce takes the assertion for expired; set this machine's clock right"
        )),
        TokenRefusal::Signature => fault::unauthorized(text!(
            "salesforce-signature",
            "Salesforce does not know the key that signed; upload the certificate of the secret `private_key` to the app"
        )),
        TokenRefusal::User => fault::unauthorized(text!(
            "salesforce-user-locked",
            "The integration user is inactive or locked; unlock it in Salesforce (Setup > Users)"
        )),
        TokenRefusal::Address => fault::unauthorized(text!(
            "salesforce-ip-restricted",
            "Salesforce does not let the integration user in from this machine's address; add the address to the login ranges of its profile, or relax the IP restrictions of the app"
        )),
        TokenRefusal::RunAs => fault::unauthorized(text!(
            "salesforce-no-run-as",
            "The app has no run-as user; name one in the app's client credentials flow"
        )),
        TokenRefusal::TooOften => fault::throttled(text!(
            "salesforce-login-rate",
            "The integration user logged in too often; Salesforce lets it in again in a while"
        ))
        .wait_ms(CONCURRENT_WAIT_MS),
        TokenRefusal::Later => fault::unavailable(text!(
            "salesforce-login-later",
            "Salesforce cannot log anybody in just now; liaison tries again"
        )),
    }
}

fn of_code(code: &str) -> Fault {
    match code {
        "invalid_client_id" => fault::unauthorized(text!(
            "salesforce-consumer-key",
            "Salesforce does not know the consumer key; compare the setting `consumer_key` with the app. A new app needs some minutes before it works"
        )),
        "invalid_client" => fault::unauthorized(text!(
            "salesforce-consumer-secret",
            "Salesforce refuses the consumer secret; compare the secret `consumer_secret` with the app"
        )),
        "unsupported_grant_type" => fault::misconfigured(text!(
            "salesforce-flow-off",
            "The app does not allow this way to log in; enable the flow that the setting `auth` names (client credentials, or JWT bearer) in the app"
        )),
        "temporarily_unavailable" | "server_error" => of_words(TokenRefusal::Later),
        _ => fault::unauthorized(text!(
            "salesforce-login-refused",
            "Salesforce refuses the login; compare the consumer key, the secret and the integration user with the app (Setup > External Client App Manager)"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FaultKind as K;

    fn settings(auth: &str) -> Settings {
        serde_json::from_value(
            json!({"consumer_key": "K", "auth": auth, "user_name": "u@example.com",
            "login_url": "https://acme.my.salesforce.com"}),
        )
        .unwrap()
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer(HttpResponse {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn every_refusal_says_whose_turn_it_is() {
        for (status, code, words, kind, key) in [
            (
                400,
                "invalid_grant",
                "user hasn't approved this consumer",
                K::Unauthorized,
                "salesforce-not-approved",
            ),
            (
                400,
                "invalid_grant",
                "audience is invalid",
                K::Misconfigured,
                "salesforce-audience",
            ),
            (
                400,
                "invalid_grant",
                "request not supported on this domain",
                K::Misconfigured,
                "salesforce-domain",
            ),
            (
                400,
                "invalid_grant",
                "expired authorization code",
                K::Misconfigured,
                "salesforce-clock",
            ),
            (
                400,
                "invalid_grant",
                "invalid assertion",
                K::Unauthorized,
                "salesforce-signature",
            ),
            (
                400,
                "invalid_grant",
                "user is locked",
                K::Unauthorized,
                "salesforce-user-locked",
            ),
            (
                400,
                "invalid_grant",
                "inactive user",
                K::Unauthorized,
                "salesforce-user-locked",
            ),
            (
                400,
                "invalid_grant",
                "IP restricted",
                K::Unauthorized,
                "salesforce-ip-restricted",
            ),
            (
                400,
                "invalid_grant",
                "no client credentials user enabled",
                K::Unauthorized,
                "salesforce-no-run-as",
            ),
            (
                400,
                "invalid_grant",
                "login rate exceeded",
                K::Throttled,
                "salesforce-login-rate",
            ),
            (
                400,
                "unknown_error",
                "retry your request",
                K::Unavailable,
                "salesforce-login-later",
            ),
            (
                400,
                "invalid_grant",
                "authentication failure",
                K::Unauthorized,
                "salesforce-login-refused",
            ),
            (
                400,
                "invalid_grant",
                "authentication failure - Invalid Password",
                K::Unauthorized,
                "salesforce-login-refused",
            ),
            (
                400,
                "invalid_grant",
                "expired access/refresh token",
                K::Unauthorized,
                "salesforce-login-refused",
            ),
            (
                400,
                "invalid_client_id",
                "client identifier invalid",
                K::Unauthorized,
                "salesforce-consumer-key",
            ),
            (
                400,
                "invalid_client",
                "invalid client credentials",
                K::Unauthorized,
                "salesforce-consumer-secret",
            ),
            (
                400,
                "unsupported_grant_type",
                "grant type not supported",
                K::Misconfigured,
                "salesforce-flow-off",
            ),
            (
                503,
                "server_error",
                "",
                K::Unavailable,
                "salesforce-login-later",
            ),
        ] {
            let body = json!({"error": code, "error_description": words}).to_string();
            let fault = granted(&answer(status, &body), &settings("jwt")).expect_err(words);
            assert_eq!(
                (fault.kind, fault.message.key.as_str()),
                (kind, key),
                "{words}"
            );
            assert_eq!(fault.scope, FaultScope::WholeConnection, "{words}");
            assert_eq!(fault.vendor_code.as_deref(), Some(code));
            assert_eq!(fault.vendor_text.as_deref(), Some(words));
        }
    }

    #[test]
    fn what_is_no_answer_of_a_login_is_told_apart() {
        for (status, body, kind) in [
            (404, "<html>Not found</html>", K::Misconfigured),
            (405, "", K::Misconfigured),
            (500, "<html>Oops</html>", K::Unavailable),
            (503, "<html>Maintenance</html>", K::Unavailable),
            (200, "<html>Log in</html>", K::Unavailable),
            (200, "{}", K::Unavailable),
            (302, "", K::Unavailable),
        ] {
            let fault = granted(&answer(status, body), &settings("jwt")).expect_err(body);
            assert_eq!(fault.kind, kind, "{status} {body}");
        }
    }

    #[test]
    fn the_token_is_good_where_the_vendor_says() {
        for (body, expected) in [
            (
                json!({"access_token": "T", "instance_url": "https://acme.my.salesforce.com/"}),
                "https://acme.my.salesforce.com",
            ),
            (
                json!({"access_token": "T", "instance_url": "https://a.example", "api_instance_url": "https://api.example"}),
                "https://a.example",
            ),
            (
                json!({"access_token": "T"}),
                "https://acme.my.salesforce.com",
            ),
        ] {
            let session = granted(&answer(200, &body.to_string()), &settings("jwt")).unwrap();
            assert_eq!(session.instance, expected);
        }
        let insecure =
            json!({"access_token": "T", "instance_url": "http://evil.example"}).to_string();
        let fault = granted(&answer(200, &insecure), &settings("jwt")).expect_err("insecure");
        assert!(!format!("{fault:?}").contains("\"T\""));
    }

    #[test]
    fn an_assertion_goes_out_without_a_secret() {
        assert_eq!(
            form_of_assertion("a.b.c"),
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b.c"
        );
    }
}
