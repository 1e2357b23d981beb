//! Tokens that change under way.

use super::*;

fn refreshes(office: &Office) -> Vec<String> {
    let sent = office.sent.borrow();
    let tokens = sent
        .iter()
        .filter(|(asked, _)| asked.contains("tokens.example"));
    let forms = tokens.map(|(_, form)| form.as_str().unwrap_or_default().to_owned());
    forms
        .map(|form| form.rsplit_once('=').unwrap().1.to_owned())
        .collect()
}

fn read(office: &Office) -> Result<(), Fault> {
    QuickBooksOnline
        .read(office, "invoice", &["1".to_owned()])
        .map(drop)
}

const SECRET: &str = "[refresh_token:Encoder::Url]";

#[test]
fn a_token_is_asked_for_once_and_the_newest_refresh_token_comes_next() {
    let office = Office::new();
    read(&office).unwrap();
    read(&office).unwrap();
    assert_eq!(refreshes(&office), [SECRET]);
    office.pass(3_600);
    read(&office).unwrap();
    assert_eq!(refreshes(&office), [SECRET, "R1"]);
}

#[test]
fn the_secret_that_comes_back_stays_the_secret() {
    let office = Office::new();
    office.same_refresh.set(true);
    read(&office).unwrap();
    office.pass(3_600);
    read(&office).unwrap();
    office.same_refresh.set(false);
    office.pass(3_600);
    read(&office).unwrap();
    office.same_refresh.set(true);
    office.pass(3_600);
    read(&office).unwrap();
    let asked = refreshes(&office);
    assert_eq!(asked[..3], [SECRET, SECRET, SECRET]);
    assert!(asked[3].starts_with('R') && asked.len() == 4, "{asked:?}");
}

#[test]
fn a_token_that_is_not_taken_is_renewed_once_and_the_call_made_again() {
    let office = Office::new();
    read(&office).unwrap();
    *office.access.borrow_mut() = "other".to_owned();
    read(&office).unwrap();
    assert_eq!(refreshes(&office).len(), 2);
    office.forget_requests();
    for _ in 0..2 {
        office.trouble("GET query", Trouble::Answer(401, json!({})));
    }
    let fault = read(&office).expect_err("refused twice");
    assert_eq!(fault.kind, FaultKind::Unauthorized);
    assert_eq!(office.sent.borrow().len(), 3);
}

#[test]
fn tokens_that_cannot_be_kept_are_not_used() {
    let office = Office::new();
    read(&office).unwrap();
    office.pass(3_600);
    office.forget_requests();
    office.forgetful.set(true);
    assert_eq!(
        read(&office).expect_err("not kept").message.key,
        "qbo-tokens-not-kept"
    );
    assert!(office.asked().iter().all(|asked| !asked.contains("query")));
    // What was kept is still good: what was not kept was not used.
    office.forgetful.set(false);
    read(&office).unwrap();
}

#[test]
fn a_lost_answer_of_the_token_is_asked_for_again_with_the_same_token() {
    let office = Office::new();
    read(&office).unwrap();
    office.pass(3_600);
    office.forget_requests();
    office.trouble("tokens.example", Trouble::Lost);
    read(&office).unwrap();
    assert_eq!(refreshes(&office), ["R1", "R1"]);
}

#[test]
fn where_the_newest_is_refused_the_one_before_and_then_the_secret_are_tried() {
    let office = Office::new();
    read(&office).unwrap();
    office.pass(3_600);
    read(&office).unwrap();
    office.pass(3_600);
    office.forget_requests();
    let newest = "R2".to_owned();
    office
        .refresh
        .borrow_mut()
        .retain(|token| *token != newest && token != "R1");
    read(&office).unwrap();
    assert_eq!(refreshes(&office), ["R2", "R1", SECRET]);
    office.pass(3_600);
    office.refresh.borrow_mut().clear();
    let fault = read(&office).expect_err("dead");
    assert_eq!(
        (fault.kind, fault.message.key.as_str()),
        (FaultKind::Unauthorized, "qbo-connect-again")
    );
}

#[test]
fn a_new_secret_comes_before_what_is_remembered() {
    let office = Office::new();
    read(&office).unwrap();
    office.forget_requests();
    *office.secret.borrow_mut() = Some("R9".to_owned());
    office.refresh.borrow_mut().push("R9".to_owned());
    read(&office).unwrap();
    assert_eq!(refreshes(&office), [SECRET]);
}

#[test]
fn without_a_secret_a_person_is_told_to_connect() {
    let office = Office::new();
    *office.secret.borrow_mut() = None;
    let fault = read(&office).expect_err("not connected");
    assert_eq!(fault.message.key, "qbo-not-connected");
}

#[test]
fn a_refused_client_stops_and_a_busy_endpoint_waits() {
    for (status, body, kind, key) in [
        (
            401,
            json!({"error": "invalid_client"}),
            FaultKind::Unauthorized,
            "qbo-client-refused",
        ),
        (
            400,
            json!({"error": "unsupported_grant_type"}),
            FaultKind::Misconfigured,
            "qbo-token-refused",
        ),
        (200, json!({}), FaultKind::Unavailable, "sdk-rubbish"),
        (503, json!({}), FaultKind::Unavailable, "sdk-busy"),
    ] {
        let office = Office::new();
        for _ in 0..2 {
            office.trouble("tokens.example", Trouble::Answer(status, body.clone()));
        }
        let fault = read(&office).expect_err(key);
        assert_eq!((fault.kind, fault.message.key.as_str()), (kind, key));
    }
}

#[test]
fn while_somebody_renews_the_others_wait_for_what_that_gives() {
    let office = Office::new();
    read(&office).unwrap();
    office.pass(3_600);
    office.forget_requests();
    let held = json!({"at_ms": office.now_ms.get(), "by": "another"});
    office
        .memory_set("renewing", held.to_string().as_bytes())
        .unwrap();
    let began = office.now_ms.get();
    read(&office).unwrap();
    // One who is not heard of for longer than an answer takes is gone.
    assert!(office.now_ms.get() - began >= 30_000, "it waited");
    assert_eq!(refreshes(&office), ["R1"]);
}

#[test]
fn one_who_asks_again_says_that_he_still_renews() {
    let office = Office::new();
    office.trouble("tokens.example", Trouble::Slow(30_000));
    read(&office).unwrap();
    let words = office.words.borrow();
    let at_ms = |nth: usize| words[nth]["at_ms"].as_u64().unwrap();
    assert_eq!(words.len(), 2);
    assert!(at_ms(1) - at_ms(0) >= 30_000, "{words:?}");
    assert!(office.memory_get("renewing").is_none(), "taken back");
}

/// One who was taken for gone comes back: somebody else has the word and, with it, the refresh token.
#[test]
fn who_lost_the_word_leaves_it_and_waits_for_what_the_other_gets() {
    let office = Office::new();
    read(&office).unwrap();
    office.pass(3_600);
    let mut tokens: Value = serde_json::from_slice(&office.memory.borrow()["tokens"]).unwrap();
    office.refresh.borrow_mut().clear();
    *office.access.borrow_mut() = "theirs".to_owned();
    tokens["access"] = json!("theirs");
    tokens["access_until_ms"] = json!(office.now_ms.get() + 3_600_000);
    let held = json!({"at_ms": office.now_ms.get() + 30_000, "by": "another"});
    let none = ("nothing", json!(null));
    let theirs = [
        none.clone(),
        ("renewing", held.clone()),
        none,
        ("tokens", tokens),
    ];
    let theirs = theirs.map(|(key, value)| (key.to_owned(), value.to_string().into_bytes()));
    office.meanwhile.borrow_mut().extend(theirs);
    office.trouble("tokens.example", Trouble::Slow(30_000));
    read(&office).unwrap();
    let word = office.memory_get("renewing").expect("the other's word");
    assert_eq!(serde_json::from_slice::<Value>(&word).unwrap(), held);
}

#[test]
fn of_two_who_see_that_nobody_renews_one_does() {
    let office = Office::new();
    read(&office).unwrap();
    office.pass(3_600);
    office.forget_requests();
    let mut tokens: Value = serde_json::from_slice(&office.memory.borrow()["tokens"]).unwrap();
    *office.access.borrow_mut() = "theirs".to_owned();
    tokens["access"] = json!("theirs");
    tokens["access_until_ms"] = json!(office.now_ms.get() + 3_600_000);
    let held = json!({"at_ms": office.now_ms.get(), "by": "another"});
    let theirs = [("renewing", held), ("tokens", tokens)];
    let theirs = theirs.map(|(key, value)| (key.to_owned(), value.to_string().into_bytes()));
    office.meanwhile.borrow_mut().extend(theirs);
    read(&office).unwrap();
    assert_eq!(refreshes(&office), Vec::<String>::new());
}
