//! Who is let in, what is no request, and the two versions.

use serde_json::json;

use super::{AUTHENTICATION, Lab, START, error, options, request, root, text};
use crate::simulator::{CLOSED, Request, Simulator};

const QUOTES: &str = "<options><documentType>Quote</documentType></options>";

#[test]
fn a_refusal_is_200_with_one_error_on_the_wire() {
    let mut lab = Lab::new();
    let body = request("export_documents", QUOTES).replace(">liaison<", ">somebody<");
    let response = lab.post(&body);
    assert_eq!(response.status, 200);
    assert_eq!(
        response.headers,
        [("content-type".to_owned(), "text/xml".to_owned())]
    );
    assert_eq!(
        text(&response),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<export_documents_response version=\"7.0\">\
         <error code=\"105\">Invalid User Agent</error></export_documents_response>"
    );
}

#[test]
fn every_part_of_the_authentication_counts() {
    for (old, new, expected) in [
        (
            "<userAgent version=\"7.0\">liaison</userAgent>",
            "",
            "105: Invalid User Agent",
        ),
        (
            ">liaison</userAgent>",
            ">other</userAgent>",
            "105: Invalid User Agent",
        ),
        ("boreale<", "acme<", "101: Invalid credentials"),
        (
            "liaison@boreale.example",
            "marie.roy@boreale.example",
            "101: Invalid credentials",
        ),
        (
            "col-password-0001",
            "col-password-0002",
            "101: Invalid credentials",
        ),
        ("col-password-0001", "", "101: Invalid credentials"),
        ("liaison@boreale.example", "LIAISON@boreale.example", ""),
        (AUTHENTICATION, "", "201: Missing element authentication"),
        (
            "<shortcut>boreale</shortcut>",
            "",
            "101: Invalid credentials",
        ),
        (
            "<shortcut>boreale</shortcut>",
            "<shortcut>boreale</shortcut><company>x</company>",
            "201: Unexpected element company in authentication",
        ),
    ] {
        let mut lab = Lab::new();
        let body = request("export_documents", QUOTES);
        assert!(body.contains(old), "{old}");
        let answer =
            root(&text(&lab.post(&body.replacen(old, new, 1))).replace(['\u{b}', '\u{1}'], ""));
        match expected {
            "" => assert!(answer.child("documents").is_some()),
            expected => assert_eq!(error(&answer), expected, "{old} -> {new}"),
        }
    }
}

#[test]
fn what_is_no_request_is_error_201() {
    let documents = "export_documents_response";
    for (body, tag, expected) in [
        ("", documents, "201: Invalid XML: `<` expected at byte 0"),
        (
            "<a",
            documents,
            "201: Invalid XML: white space expected at byte 2",
        ),
        (
            "<a>&nbsp;</a>",
            documents,
            "201: Invalid XML: no entity `&nbsp;`",
        ),
        (
            "<a>\u{b}</a>",
            documents,
            "201: Invalid XML: character U+000B is not allowed",
        ),
        (
            "<export_invoices_request/>",
            documents,
            "201: Unknown request export_invoices_request",
        ),
        (
            "<export_documents/>",
            documents,
            "201: Unknown request export_documents",
        ),
        (
            "<export_documents_request/>",
            documents,
            "201: Unsupported schemaVersion",
        ),
        (
            "<export_documents_request schemaVersion=\"6.0\"/>",
            documents,
            "201: Unsupported schemaVersion",
        ),
        (
            "<export_customers_request schemaVersion=\"4.0\"/>",
            "export_customers_response",
            "201: Unsupported schemaVersion",
        ),
    ] {
        let response = Lab::new().post(body);
        assert_eq!(response.status, 200, "{body}");
        let answer = root(&text(&response));
        assert_eq!(
            (answer.name.as_str(), error(&answer).as_str()),
            (tag, expected),
            "{body}"
        );
    }
    let mut lab = Lab::new();
    let response = lab.post(&"<a>".repeat(100_000));
    assert!(text(&response).contains("<error code=\"201\">"));
}

#[test]
fn other_doors_are_shut() {
    let mut lab = Lab::new();
    let body = request("export_documents", QUOTES).into_bytes();
    for (method, path, content_type, status, said) in [
        ("POST", "/REQUEST", "text/xml", 200, "<documents>"),
        (
            "POST",
            "/REQUEST",
            "Text/XML; charset=utf-8",
            200,
            "<documents>",
        ),
        (
            "POST",
            "/REQUEST",
            "application/xml",
            200,
            "<error code=\"201\">Content-Type must be text/xml</error>",
        ),
        ("POST", "/REQUEST", "", 200, "<error code=\"201\">"),
        ("POST", "/request", "text/xml", 404, "404 Not Found"),
        ("GET", "/REQUEST", "text/xml", 405, ""),
    ] {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: String::new(),
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.clone(),
            origin: String::new(),
            in_flight: 1,
        };
        let response = lab.site.handle(&request, START);
        let body = String::from_utf8(response.body).unwrap();
        assert_eq!(response.status, status, "{method} {path} {content_type}");
        assert!(
            body.contains(said),
            "{method} {path} {content_type}: {body}"
        );
    }
}

#[test]
fn the_older_version_has_no_agent_and_no_type() {
    let mut lab = Lab::new();
    let window = "<eventInRange><eventType>created</eventType><after>2026-09-20T00:00:00Z</after>\
        <before>2026-10-01T00:00:00Z</before></eventInRange>";
    let body = request("export_documents", &options(window))
        .replace("7.0\">", "4.0\">")
        .replace("<userAgent version=\"4.0\">liaison</userAgent>", "");
    let answer = text(&lab.post(&body));
    assert!(
        answer.contains("<export_documents_response version=\"4.0\">"),
        "{answer}"
    );
    assert_eq!(
        super::numbers(&root(&answer)),
        ["Q-10009", "SO-20001", "SO-20002"]
    );
    let typed = body.replace("<options>", "<options><documentType>Quote</documentType>");
    let answer = root(&text(&lab.post(&typed)));
    assert_eq!(
        error(&answer),
        "201: Unexpected element documentType in options"
    );
}

#[test]
fn credentials_may_be_revoked_and_rights_taken_in_mid_run() {
    let ask = |lab: &mut Lab| lab.ask("export_reference", &options("<kind>paymentTerms</kind>"));
    let user = "liaison@boreale.example";
    let steps = [
        (
            json!({"do": "edit_user", "email": user, "set": {"active": false}}),
            "101: Invalid credentials",
        ),
        (
            json!({"do": "edit_user", "email": user, "set": {"active": true}}),
            "",
        ),
        (
            json!({"do": "edit_user", "email": user, "set": {"password": "new"}}),
            "101: Invalid credentials",
        ),
        (
            json!({"do": "edit_user", "email": user, "set": {"password": "col-password-0001"}}),
            "",
        ),
        (
            json!({"do": "remove_agent", "name": "liaison"}),
            "105: Invalid User Agent",
        ),
        (json!({"do": "register_agent", "name": "liaison"}), ""),
        (
            json!({"do": "set", "switch": "enabled", "value": false}),
            "102: The integration is not enabled for this company",
        ),
        (json!({"do": "set", "switch": "enabled", "value": true}), ""),
        (
            json!({"do": "set", "switch": "busy", "value": true}),
            "503: Service is busy. Please try again later.",
        ),
    ];
    let mut lab = Lab::new();
    assert!(ask(&mut lab).child("rows").is_some());
    for (action, expected) in steps {
        lab.control(action.clone());
        let answer = ask(&mut lab);
        match expected {
            "" => assert!(answer.child("rows").is_some(), "{action}"),
            expected => assert_eq!(error(&answer), expected, "{action}"),
        }
    }
}

#[test]
fn calls_that_come_too_fast_are_dropped_by_the_requests_clock() {
    let mut lab = Lab::new();
    let body = request("export_documents", QUOTES);
    // The switch is off: nothing is too fast.
    assert_eq!(lab.post(&body).status, 200);
    assert_eq!(lab.post(&body).status, 200);
    lab.set("pace_ms", json!(2000));
    for (wait_ms, status) in [
        (1999, CLOSED),
        // A dropped call counts as a call.
        (1000, CLOSED),
        (2000, 200),
        (2000, 200),
        (1, CLOSED),
        (60_000, 200),
    ] {
        lab.now += wait_ms;
        let response = lab.post(&body);
        assert_eq!(response.status, status, "after {wait_ms} ms");
        assert_eq!(response.body.is_empty(), status == CLOSED);
    }
}

#[test]
fn a_route_names_what_is_asked_and_no_secret() {
    let lab = Lab::new();
    let route = |method: &str, body: &str| {
        lab.site.route(&Request {
            method: method.to_owned(),
            path: "/REQUEST".to_owned(),
            query: String::new(),
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            origin: String::new(),
            in_flight: 1,
        })
    };
    for (body, expected) in [
        (request("export_documents", ""), "POST export_documents"),
        (request("import_customers", ""), "POST import_customers"),
        (
            format!("<!-- é{} --><x_request/>", "é".repeat(300)),
            "POST unreadable",
        ),
        (String::new(), "POST unreadable"),
        ("<a>".to_owned(), "POST unreadable"),
    ] {
        assert_eq!(route("POST", &body), expected, "{body}");
    }
}
