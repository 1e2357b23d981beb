//! The envelope: its order, its attributes, the control block, transport.

use super::{LOGIN, Lab, control_block, first_error, function, request, root, text};
use crate::sage_intacct::{PATH, PINNED_PATH};

const SESSION: &str = "<function controlid=\"s\"><getAPISession/></function>";

#[track_caller]
fn control_failure(lab: &mut Lab, body: &str) -> String {
    let response = lab.send(PATH, body);
    assert_eq!(response.status, 200);
    let answer = root(&response);
    let control = answer.child("control").unwrap();
    assert_eq!(
        control.get("status"),
        Some("failure"),
        "{}",
        text(&response)
    );
    assert!(answer.child("operation").is_none());
    first_error(&answer)
}

#[test]
fn an_envelope_out_of_its_schema_is_a_control_failure() {
    let mut lab = Lab::new();
    let control = control_block(false);
    let good = request(&control, "", LOGIN, SESSION);
    let cases = [
        ("no XML", "hello".to_owned()),
        ("nothing", String::new()),
        ("cut off", good[..good.len() - 5].to_owned()),
        ("another root", good.replace("request>", "query>")),
        ("no control", good.replace(&control, "")),
        (
            "password before sender",
            good.replace(
                "<senderid>liaison-partner</senderid><password>sender-secret-0001</password>",
                "<password>sender-secret-0001</password><senderid>liaison-partner</senderid>",
            ),
        ),
        (
            "uniqueid after dtdversion",
            good.replace("<uniqueid>false</uniqueid>", "").replace(
                "<includewhitespace>",
                "<uniqueid>false</uniqueid><includewhitespace>",
            ),
        ),
        (
            "uniqueid is no flag",
            good.replace("<uniqueid>false", "<uniqueid>no"),
        ),
        (
            "unknown version",
            good.replace("<dtdversion>3.0", "<dtdversion>4.0"),
        ),
        (
            "no version",
            good.replace("<dtdversion>3.0</dtdversion>", ""),
        ),
        (
            "unknown element",
            good.replace("<uniqueid>", "<colour>red</colour><uniqueid>"),
        ),
        (
            "two senders",
            good.replace("<password>sender", "<senderid>b</senderid><password>sender"),
        ),
        ("long control id", good.replace("run-1", &"x".repeat(257))),
        (
            "content before authentication",
            good.replace(
                &format!("<authentication>{LOGIN}</authentication><content>{SESSION}</content>"),
                &format!("<content>{SESSION}</content><authentication>{LOGIN}</authentication>"),
            ),
        ),
        (
            "transaction is no flag",
            good.replace("<operation>", "<operation transaction=\"yes\">"),
        ),
        (
            "attribute of operation",
            good.replace("<operation>", "<operation colour=\"red\">"),
        ),
        (
            "attribute of request",
            good.replace("<request>", "<request version=\"3\">"),
        ),
        (
            "function without an id",
            good.replace(" controlid=\"s\"", ""),
        ),
        (
            "function without a call",
            good.replace("<getAPISession/>", ""),
        ),
        (
            "two calls in a function",
            good.replace("<getAPISession/>", "<getAPISession/><getAPISession/>"),
        ),
        (
            "unknown function",
            good.replace("getAPISession", "makeCoffee"),
        ),
        ("no function", good.replace(SESSION, "")),
        (
            "user after company",
            good.replace(
                "<userid>svc_liaison</userid><companyid>ACME</companyid>",
                "<companyid>ACME</companyid><userid>svc_liaison</userid>",
            ),
        ),
        (
            "login and session",
            good.replace(LOGIN, &format!("{LOGIN}<sessionid>x</sessionid>")),
        ),
        ("oauth", good.replace(LOGIN, "<oauth>x</oauth>")),
        ("another encoding", good.replace("UTF-8", "ISO-8859-1")),
        (
            "a document type",
            good.replace("<request>", "<!DOCTYPE request><request>"),
        ),
        ("an entity", good.replace("run-1", "&xxe;")),
    ];
    for (case, body) in cases {
        assert_ne!(body, good, "{case} changes nothing");
        let error = control_failure(&mut lab, &body);
        assert!(
            error.starts_with("XL03000003: XML Parse schema error"),
            "{case}: {error}"
        );
        assert!(
            error.contains("line") && error.contains("column"),
            "{case}: {error}"
        );
    }
}

#[test]
fn every_complaint_has_an_error_of_its_own_and_its_place() {
    let mut lab = Lab::new();
    let body = request(&control_block(false), " colour=\"red\"", LOGIN, SESSION)
        .replace("<dtdversion>3.0", "<dtdversion>9");
    let answer = root(&lab.send(PATH, &body));
    assert_eq!(super::errornos(&answer), ["XL03000003", "XL03000003"]);
    assert!(
        first_error(&answer).contains("line 2"),
        "{}",
        first_error(&answer)
    );
}

#[test]
fn what_the_schema_lets_out_may_be_left_out() {
    let mut lab = Lab::new();
    let good = request(&control_block(false), "", LOGIN, SESSION);
    for (left_out, instead) in [
        ("<uniqueid>false</uniqueid>", ""),
        ("<includewhitespace>false</includewhitespace>", ""),
        ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", ""),
        ("<controlid>run-1</controlid>", "<controlid></controlid>"),
        (
            "</login>",
            "<clientid></clientid><locationid></locationid></login>",
        ),
        (
            "</authentication>",
            "</authentication><preferences></preferences>",
        ),
        (
            "</control>",
            "<showadditionalerrorinfo>true</showadditionalerrorinfo></control>",
        ),
    ] {
        let response = lab.send(PATH, &good.replace(left_out, instead));
        let answer = root(&response);
        let result = answer.child("operation").unwrap().child("result").unwrap();
        assert_eq!(result.get("status"), Some("success"), "{left_out}");
    }
}

#[test]
fn the_control_block_comes_back_and_white_space_is_the_default() {
    let mut lab = Lab::new();
    let body = request(&control_block(false), "", LOGIN, SESSION);
    let answer = lab.send(PATH, &body);
    assert!(
        !text(&answer)
            .trim_start_matches(|c| c != '\n')
            .trim()
            .contains('\n')
    );
    let control = root(&answer).child("control").unwrap().clone();
    for (name, value) in [
        ("status", "success"),
        ("senderid", "liaison-partner"),
        ("controlid", "run-1"),
        ("uniqueid", "false"),
        ("dtdversion", "3.0"),
    ] {
        assert_eq!(control.get(name), Some(value), "{name}");
    }
    let spaced = body.replace("<includewhitespace>false</includewhitespace>", "");
    assert!(text(&lab.send(PATH, &spaced)).contains("\n  <control>\n    <status>"));
    let header = &answer.headers[0];
    assert_eq!(header.1, "text/xml; encoding=\"UTF-8\"");
}

#[test]
fn the_control_block_decides_who_may_speak() {
    let mut lab = Lab::new();
    let good = request(&control_block(false), "", LOGIN, SESSION);
    for (case, body, expected) in [
        (
            "sender",
            good.replace("liaison-partner", "Liaison-Partner"),
            "XL03000006: Incorrect Intacct XML Partner ID or password.",
        ),
        (
            "password",
            good.replace("sender-secret-0001", "x"),
            "XL03000006: Incorrect Intacct XML Partner ID or password.",
        ),
        (
            "no password",
            good.replace("<password>sender-secret-0001</password>", ""),
            "XL03000006: Incorrect Intacct XML Partner ID or password.",
        ),
        (
            "policy",
            good.replace(
                "<includewhitespace>",
                "<policyid>nightly</policyid><includewhitespace>",
            ),
            "XL03000006: nightly is not a valid transport policy.",
        ),
    ] {
        assert_eq!(control_failure(&mut lab, &body), expected, "{case}");
    }
}

#[test]
fn transport_is_a_post_of_xml_to_the_gateway() {
    let mut lab = Lab::new();
    let good = request(&control_block(false), "", LOGIN, SESSION);
    for kind in [
        "application/xml",
        "text/xml",
        "x-intacct-xml-request",
        "application/x-intacct-xml-request",
        "application/xml; charset=UTF-8",
        "text/xml;charset=\"utf-8\"",
    ] {
        assert_eq!(
            lab.send_as("POST", PATH, kind, &good, 1).status,
            200,
            "{kind}"
        );
    }
    for (method, path, kind, status) in [
        ("GET", PATH, "application/xml", 405),
        ("PUT", PATH, "application/xml", 405),
        ("POST", PATH, "application/json", 415),
        ("POST", PATH, "application/xml; charset=iso-8859-1", 415),
        ("POST", "/", "application/xml", 404),
        ("POST", "/ia/xml/xmlgw.phtml/", "application/xml", 404),
    ] {
        let response = lab.send_as(method, path, kind, &good, 1);
        assert_eq!(response.status, status, "{method} {path} {kind}");
    }
    let bare = root(&lab.send_as("GET", PATH, "application/xml", "", 1));
    assert!(bare.child("control").unwrap().child("senderid").is_none());
}

#[test]
fn more_calls_at_once_than_the_tier_allows_are_429() {
    let mut lab = Lab::with("concurrent_calls_max", 2);
    let good = request(&control_block(false), "", LOGIN, SESSION);
    assert_eq!(lab.send_as("POST", PATH, "text/xml", &good, 2).status, 200);
    let response = lab.send_as("POST", PATH, "text/xml", &good, 3);
    assert_eq!(response.status, 429);
    assert_eq!(
        first_error(&root(&response)),
        "GW-0010: API rate limit exceeded"
    );
}

#[test]
fn several_operations_are_answered_one_by_one() {
    let mut lab = Lab::new();
    let auth = lab.auth();
    let read = function(
        "r",
        "<read><object>ITEM</object><keys>1</keys><fields>ITEMID</fields></read>",
    );
    let operation = format!(
        "<operation><authentication>{auth}</authentication><content>{read}</content></operation>"
    );
    let body = format!(
        "<request>{}{operation}{operation}</request>",
        control_block(false)
    );
    let answer = root(&lab.send(PINNED_PATH, &body));
    assert_eq!(answer.all("operation").count(), 2);
}

#[test]
fn additional_error_info_is_there_when_asked_for() {
    let mut lab = Lab::new();
    let auth = lab.auth();
    let call = function("r", "<read><object>NOTHING</object><keys>1</keys></read>");
    let body = request(&control_block(false), "", &auth, &call);
    assert!(!text(&lab.send(PINNED_PATH, &body)).contains("additionalinfo"));
    let more = body.replace(
        "</control>",
        "<showadditionalerrorinfo>true</showadditionalerrorinfo></control>",
    );
    let answer = text(&lab.send(PINNED_PATH, &more));
    assert!(answer.contains("<additionalinfo><errorid>") && answer.contains("messageid=\"IA."));
}
