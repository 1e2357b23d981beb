//! Sign-ins, sessions, endpoints, entities.

use serde_json::json;

use super::{LOGIN, Lab, control_block, first_error, function, request, root, text};
use crate::sage_intacct::{PATH, PINNED_PATH};

const READ: &str = "<read><object>ITEM</object><keys>1</keys><fields>ITEMID</fields></read>";

/// The failed authentication of an answer: its error, and the block itself.
#[track_caller]
fn denied(lab: &mut Lab, path: &str, body: &str) -> String {
    let response = lab.send(path, body);
    assert_eq!(response.status, 200);
    let answer = root(&response);
    assert_eq!(
        answer.child("control").unwrap().get("status"),
        Some("success")
    );
    let operation = answer.child("operation").unwrap();
    let authentication = operation.child("authentication").unwrap();
    assert_eq!(
        authentication.get("status"),
        Some("failure"),
        "{}",
        text(&response)
    );
    assert!(operation.child("result").is_none());
    assert!(authentication.child("sessiontimeout").is_none());
    first_error(operation)
}

#[test]
fn a_sign_in_must_be_right() {
    let mut lab = Lab::new();
    let good = request(&control_block(false), "", LOGIN, &function("r", READ));
    let wrong = "XL03000006: Sign-in information is incorrect";
    for (from, to, expected) in [
        ("svc_liaison", "svc_other", wrong),
        ("svc_liaison", "SVC_LIAISON", wrong),
        ("intacct-user-0001", "x", wrong),
        (
            "</login>",
            "<locationid>999</locationid></login>",
            "XL03000006: Invalid location '999' for the sign-in",
        ),
        (
            "</login>",
            "<locationid>110</locationid></login>",
            "XL03000006: Invalid location '110' for the sign-in",
        ),
    ] {
        assert_eq!(
            denied(&mut lab, PATH, &good.replace(from, to)),
            expected,
            "{to}"
        );
    }
    assert_eq!(
        lab.send(PATH, &good).status,
        200,
        "a sign-in may call without a session"
    );
}

#[test]
fn an_unknown_company_and_a_wrong_password_have_two_forms() {
    let mut lab = Lab::new();
    let good = request(&control_block(false), "", LOGIN, &function("r", READ));
    let company = good.replace("ACME", "ACNE");
    for (switch, value, body, status, errorno) in [
        ("bad_company", "GW-0011", &company, 400, "GW-0011"),
        (
            "bad_company",
            "invalidRequest",
            &company,
            400,
            "invalidRequest",
        ),
        (
            "bad_login",
            "XMLGW_JPP0002",
            &good.replace("user-0001", "x"),
            401,
            "XMLGW_JPP0002",
        ),
    ] {
        lab.set(switch, value);
        let response = lab.send(PATH, body);
        assert_eq!(response.status, status, "{value}");
        let answer = root(&response);
        assert!(first_error(&answer).starts_with(errorno));
        assert_eq!(
            answer.child("control").unwrap().children.len(),
            1,
            "a bare control block"
        );
    }
}

#[test]
fn a_session_comes_with_another_endpoint_and_works_there_only() {
    let mut lab = Lab::new();
    let body = request(
        &control_block(false),
        "",
        LOGIN,
        &function("s", "<getAPISession/>"),
    );
    let answer = root(&lab.send(PATH, &body));
    let data = answer
        .child("operation")
        .unwrap()
        .child("result")
        .unwrap()
        .child("data")
        .unwrap();
    let api = data.child("api").unwrap();
    assert_eq!(
        api.get("endpoint"),
        Some("http://intacct/na12/ia/xml/xmlgw.phtml")
    );
    assert_eq!(api.get("locationid"), Some(""));
    let auth = lab.auth();
    let read = request(&control_block(false), "", &auth, &function("r", READ));
    assert_eq!(
        denied(&mut lab, PATH, &read),
        "XL03000006: Invalid session. The session belongs to another endpoint."
    );
    lab.set("endpoint_pinned", false);
    assert!(text(&lab.send(PATH, &read)).contains("SUB-PRO"));
    lab.set("endpoint", "https://evil.example/x");
    assert!(text(&lab.send(PATH, &body)).contains("<endpoint>https://evil.example/x</endpoint>"));
}

#[test]
fn a_session_slides_and_ends() {
    let mut lab = Lab::new();
    let auth = lab.auth();
    let read = request(&control_block(false), "", &auth, &function("r", READ));
    for _ in 0..3 {
        lab.later(119 * 60);
        assert!(text(&lab.send(PINNED_PATH, &read)).contains("SUB-PRO"));
    }
    lab.later(120 * 60);
    let error = denied(&mut lab, PINNED_PATH, &read);
    assert!(error.starts_with("XL03000006: Invalid session"), "{error}");
    let unknown = read.replace(&lab.session.clone(), "x");
    assert!(denied(&mut lab, PINNED_PATH, &unknown).contains("Invalid session"));
    let answer = root(&lab.send(PINNED_PATH, &unknown));
    let authentication = answer
        .child("operation")
        .unwrap()
        .child("authentication")
        .unwrap()
        .clone();
    assert_eq!(
        authentication.get("userid"),
        Some(""),
        "who it was is not said"
    );
}

#[test]
fn sessions_end_together_when_the_administrator_says_so() {
    let mut lab = Lab::new();
    lab.control(json!({ "do": "end_sessions" }));
    let auth = lab.auth();
    let read = request(&control_block(false), "", &auth, &function("r", READ));
    assert!(denied(&mut lab, PINNED_PATH, &read).contains("Invalid session"));
}

#[test]
fn the_authentication_block_tells_times_with_their_offset() {
    let mut lab = Lab::new();
    let block = |lab: &mut Lab| {
        let operation = lab.operation(false, "", &function("r", READ));
        let block = operation.child("authentication").unwrap();
        let text = |name: &str| block.get(name).unwrap().to_owned();
        (text("sessiontimestamp"), text("sessiontimeout"))
    };
    lab.later(60);
    let (stamp, ends) = block(&mut lab);
    assert_eq!(stamp, "2026-03-02T10:02:00-08:00");
    assert_eq!(ends, "2026-03-02T12:02:00-08:00");
    lab.set("session_offset_minutes", 330);
    lab.set("session_time_is_now", false);
    let (stamp, _) = block(&mut lab);
    assert_eq!(stamp, "2026-03-02T23:31:00+05:30", "when the session began");
}

#[test]
fn a_session_is_opened_alone() {
    let mut lab = Lab::new();
    let both = function("s", "<getAPISession/>") + &function("r", READ);
    let results = lab.results(false, "", &both);
    assert!(first_error(&results[0]).starts_with("Get API Session Failed"));
    assert_eq!(results[1].get("status"), Some("success"));
    assert!(
        lab.refused("<getAPISession><locationid>999</locationid></getAPISession>")
            .contains("999")
    );
}

#[test]
fn a_session_moves_to_an_entity_and_back() {
    let mut lab = Lab::new();
    lab.session = lab.new_session("200");
    let operation = lab.operation(false, "", &function("r", READ));
    assert_eq!(
        operation.child("authentication").unwrap().get("locationid"),
        Some("200")
    );
    let moved = |lab: &mut Lab, call: &str| {
        let data = lab.data(call);
        let api = data.child("api").unwrap();
        let text = |name: &str| api.get(name).unwrap().to_owned();
        (text("sessionid"), text("locationid"))
    };
    assert_eq!(
        moved(&mut lab, "<getAPISession/>").1,
        "200",
        "it stays where it is"
    );
    let (top, location) = moved(
        &mut lab,
        "<getAPISession><locationid></locationid></getAPISession>",
    );
    assert_eq!(location, "");
    assert_ne!(top, lab.session);
}

#[test]
fn a_sender_must_be_let_in_by_the_company() {
    let mut lab = Lab::new();
    lab.control(json!({ "do": "authorise_sender", "sender": "liaison-partner", "value": false }));
    let auth = lab.auth();
    for (auth, path) in [(LOGIN, PATH), (auth.as_str(), PINNED_PATH)] {
        let body = request(&control_block(false), "", auth, &function("r", READ));
        assert!(denied(&mut lab, path, &body).contains("Invalid Web Services Authorization"));
    }
}

#[test]
fn a_changed_password_keeps_sessions_and_refuses_sign_ins() {
    let mut lab = Lab::new();
    lab.control(json!({ "do": "change_password", "user": "svc_liaison", "password": "new" }));
    lab.ok(READ);
    let body = request(&control_block(false), "", LOGIN, &function("r", READ));
    assert!(denied(&mut lab, PATH, &body).contains("Sign-in"));
}

#[test]
fn the_same_run_gives_the_same_session_ids_and_none_twice() {
    let (mut one, mut other) = (Lab::new(), Lab::new());
    assert_eq!(one.session, other.session);
    let (a, b) = (one.new_session(""), other.new_session(""));
    assert_eq!(a, b);
    assert_ne!(a, one.session);
}
