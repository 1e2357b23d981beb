//! The token: asked for once, kept, renewed once.

use super::*;
use liaison_sdk::host::Encoder;

const LOG_IN: &str = "POST https://acme.my.salesforce.com/services/oauth2/token";

fn fresh(settings: Value) -> ScriptHost {
    let host = ScriptHost::new(settings);
    remember(&host, "Account", &account());
    host
}

fn granted(token: &str) -> Value {
    json!({"access_token": token, "instance_url": INSTANCE, "scope": "api", "token_type": "Bearer",
        "id": "https://login.salesforce.com/id/00Dxx0000001gPLEAY/005xx000001Sv6AAAS"})
}

fn read_one() -> String {
    back(&[A1])
}

fn read(host: &ScriptHost) -> Result<usize, FaultKind> {
    let found = Salesforce.read(host, "account", &[A1.to_owned()]);
    host.assert_done();
    let told = format!("{found:?} {:?}", host.lines.borrow());
    assert!(!told.contains("T0K") && !told.contains("N3W"), "{told}");
    found
        .map(|entries| entries.iter().flatten().count())
        .map_err(|fault| fault.kind)
}

fn one() -> Value {
    rows(vec![row(A1, "Acme", "2026-03-05T13:00:00")])
}

fn bearers(host: &ScriptHost) -> Vec<Option<String>> {
    let header = |request: &HttpRequest| {
        let found = request
            .headers
            .iter()
            .find(|(name, _)| name == "Authorization");
        found.map(|(_, value)| value.clone())
    };
    host.sent.borrow().iter().map(header).collect()
}

#[test]
fn a_token_is_asked_for_with_client_credentials_and_kept() {
    let host = fresh(settings())
        .on(LOG_IN, granted("T0K"))
        .on(&read_one(), one())
        .on(&read_one(), one());
    assert_eq!(
        Salesforce
            .read(&host, "account", &[A1.to_owned()])
            .unwrap()
            .len(),
        1
    );
    assert_eq!(read(&host), Ok(1));
    let sent = host.sent.borrow();
    let form = String::from_utf8(sent[0].body.clone()).unwrap();
    let secret = host.placeholder("consumer_secret", Encoder::Url).unwrap();
    assert_eq!(
        form,
        format!("grant_type=client_credentials&client_id=KEY&client_secret={secret}")
    );
    let kind = sent[0]
        .headers
        .iter()
        .find(|(name, _)| name == "Content-Type");
    assert_eq!(kind.unwrap().1, "application/x-www-form-urlencoded");
    drop(sent);
    assert_eq!(bearers(&host)[0], None);
    assert_eq!(bearers(&host)[2].as_deref(), Some("Bearer T0K"));
}

#[test]
fn a_session_that_ended_is_renewed_once() {
    let host = host()
        .reply(&read_one(), ended())
        .on(LOG_IN, granted("N3W"))
        .on(&read_one(), one());
    assert_eq!(read(&host), Ok(1));
    assert_eq!(bearers(&host)[2].as_deref(), Some("Bearer N3W"));
    // The next call uses it.
    let kept: Value = serde_json::from_slice(&host.memory.borrow()["session"]).unwrap();
    assert_eq!(kept["token"], "N3W");
}

#[test]
fn a_new_token_that_is_refused_ends_it() {
    let host = host()
        .reply(&read_one(), ended())
        .on(LOG_IN, granted("N3W"))
        .reply(&read_one(), ended());
    assert_eq!(read(&host), Err(FaultKind::Unauthorized));
    assert!(!host.memory.borrow().contains_key("session"));
}

#[test]
fn what_a_token_does_not_cure_is_not_tried_again() {
    for words in [
        "This session is not valid for use with the REST API",
        "Connected app is not attached to Agent",
    ] {
        let host = host().reply(&read_one(), refusal(401, "INVALID_SESSION_ID", words));
        assert_eq!(read(&host), Err(FaultKind::Unauthorized), "{words}");
    }
}

#[test]
fn a_write_is_sent_again_after_a_401_and_never_twice() {
    let sent = json!([{"id": A1, "success": true, "errors": []}]);
    let path = "PATCH /services/data/v62.0/composite/sobjects/Account/Liaison_Key__c";
    let host = host()
        .reply(path, ended())
        .on(LOG_IN, granted("N3W"))
        .on(path, sent)
        .on(&read_one(), one());
    let outcomes = write(&host, "account", &[create(json!({"Name": "Acme"}))]);
    assert_eq!(told(&outcomes[0]), Ok(A1));
}

#[test]
fn a_login_that_fails_in_the_middle_says_so() {
    let host = host().reply(&read_one(), ended()).reply(
        LOG_IN,
        Reply::Json(
            400,
            json!({"error": "invalid_grant", "error_description": "inactive user"}),
        ),
    );
    assert_eq!(read(&host), Err(FaultKind::Unauthorized));
}

#[test]
fn a_session_of_another_login_is_not_used() {
    let mut other = settings();
    other["consumer_key"] = json!("OTHER");
    let host = with(other)
        .on(LOG_IN, granted("N3W"))
        .on(&read_one(), one());
    assert_eq!(read(&host), Ok(1));
}

#[test]
fn a_call_beside_this_one_may_have_renewed_it_already() {
    // The memory holds the newer session by the time the older one is refused.
    let host = host().reply(&read_one(), ended()).on(&read_one(), one());
    let api = crate::api::Api::open(&host).unwrap();
    let request = crate::api::Request::get("limits");
    drop((api, request));
    let swap = Swapping(host);
    let found = Salesforce.read(&swap, "account", &[A1.to_owned()]).unwrap();
    assert_eq!(found.len(), 1);
    swap.0.assert_done();
    assert_eq!(bearers(&swap.0)[1].as_deref(), Some("Bearer N3W"));
}

/// A host in whose memory another call puts a newer session while this one's request is on its way.
struct Swapping(ScriptHost);

impl Host for Swapping {
    fn settings_json(&self) -> String {
        self.0.settings_json()
    }
    fn log(&self, level: liaison_sdk::host::LogLevel, message: &str) {
        self.0.log(level, message);
    }
    fn now_ms(&self) -> u64 {
        self.0.now_ms()
    }
    fn monotonic_ms(&self) -> u64 {
        self.0.monotonic_ms()
    }
    fn sleep_ms(&self, ms: u32) {
        self.0.sleep_ms(ms);
    }
    fn random(&self, count: u32) -> Vec<u8> {
        self.0.random(count)
    }
    fn memory_get(&self, key: &str) -> Option<Vec<u8>> {
        self.0.memory_get(key)
    }
    fn memory_set(&self, key: &str, value: &[u8]) -> Result<(), String> {
        self.0.memory_set(key, value)
    }
    fn memory_delete(&self, key: &str) {
        self.0.memory_delete(key);
    }
    fn note(&self, token: &str, note: &[u8]) -> Result<(), String> {
        self.0.note(token, note)
    }
    fn placeholder(&self, name: &str, encoder: Encoder) -> Result<String, String> {
        self.0.placeholder(name, encoder)
    }
    fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = self.0.send(request);
        remember_session(&self.0, "N3W");
        answer
    }
}

#[test]
fn a_secret_that_is_not_set_is_named() {
    let host = fresh(settings());
    host.unset.borrow_mut().push("consumer_secret".to_owned());
    let fault = Salesforce
        .read(&host, "account", &[A1.to_owned()])
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Misconfigured);
    assert_eq!(fault.message.args[0].1, "consumer_secret");
}

#[test]
fn a_jwt_is_signed_by_the_host_and_the_key_is_never_here() {
    let mut jwt = settings();
    jwt["auth"] = json!("jwt");
    let fault = |host: &ScriptHost| {
        let fault = Salesforce.read(host, "account", &[A1.to_owned()]);
        let fault = fault.unwrap_err();
        assert!(host.sent.borrow().is_empty());
        (fault.kind, fault.message.key)
    };
    let misconfigured = |key: &str| (FaultKind::Misconfigured, key.to_owned());
    let nobody = fresh(jwt.clone());
    assert_eq!(fault(&nobody), misconfigured("salesforce-no-user-name"));
    jwt["user_name"] = json!("integration@example.com");
    let keyless = fresh(jwt.clone());
    keyless.unset.borrow_mut().push("private_key".to_owned());
    assert_eq!(fault(&keyless), misconfigured("salesforce-cannot-sign"));

    let host = fresh(jwt).on(LOG_IN, granted("T0K")).on(&read_one(), one());
    assert_eq!(read(&host), Ok(1));
    let sent = host.sent.borrow();
    let form = String::from_utf8(sent[0].body.clone()).expect("a form");
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    let assertion = form.strip_prefix(grant).expect("an assertion");
    let parts: Vec<&str> = assertion.split('.').collect();
    assert_eq!(parts.len(), 3, "{assertion}");
    // What this host signs with, `[private_key:Algorithm::Rs256]`, and then the first two parts.
    assert!(
        parts[2].starts_with("W3ByaXZhdGVfa2V5OkFsZ29yaXRobTo6UnMyNTZd"),
        "{assertion}"
    );
}

#[test]
fn every_call_says_who_we_are_and_goes_to_the_instance() {
    let host = host().on(&read_one(), one());
    assert_eq!(read(&host), Ok(1));
    let sent = host.sent.borrow();
    assert!(sent[0].url.starts_with(INSTANCE));
    let client = (
        "Sforce-Call-Options".to_owned(),
        "client=liaison".to_owned(),
    );
    assert!(sent[0].headers.contains(&client));
}

#[test]
fn an_org_that_moved_is_found_by_a_new_login() {
    let unreachable = Reply::Error(HttpError::NotSent {
        why: liaison_sdk::host::NotSent::Unreachable,
        detail: "no such name".to_owned(),
    });
    for reply in [
        unreachable,
        whole(302, &[("Location", "https://elsewhere.example")], ""),
    ] {
        let host = host().reply(&read_one(), reply);
        assert_eq!(read(&host), Err(FaultKind::Unavailable));
        let host = host.on(LOG_IN, granted("N3W")).on(&read_one(), one());
        assert_eq!(read(&host), Ok(1));
    }
}

#[test]
fn which_org_it_is_the_login_tells_once() {
    let host = fresh(settings()).on(LOG_IN, granted("T0K"));
    // A session of a version that did not keep it.
    remember_session(&host, "0LD");
    let settings = crate::settings::Settings::of(&host).unwrap();
    for _ in 0..2 {
        let org = crate::session::organization(&host, &settings).unwrap();
        assert_eq!(org.as_deref(), Some("00Dxx0000001gPLEAY"));
    }
    host.assert_done();
}
