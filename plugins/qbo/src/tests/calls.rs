//! Who calls us: webhooks, and a person's browser; what a person must do; the doctor.

use super::*;

fn post(body: &str, signature: &str) -> InboundRequest {
    InboundRequest {
        method: "POST".to_owned(),
        path: "/webhook".to_owned(),
        headers: vec![("intuit-signature".to_owned(), signature.to_owned())],
        body: body.as_bytes().to_vec(),
        ..InboundRequest::default()
    }
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = text.bytes().map(|b| format!("{b:08b}")).collect();
    let letters = bits.as_bytes().chunks(6).map(|chunk| {
        let group = format!("{:0<6}", std::str::from_utf8(chunk).unwrap());
        char::from(LETTERS[usize::from_str_radix(&group, 2).unwrap()])
    });
    let mut out: String = letters.collect();
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

#[test]
fn a_webhook_of_our_company_with_the_right_signature_is_a_hint() {
    let old = json!({"eventNotifications": [{"realmId": office::COMPANY, "dataChangeEvent": {"entities": [{"name": "Invoice", "id": "1"}]}}]});
    let new = json!([{"specversion": "1.0", "type": "qbo.invoice.created.v1", "intuitentityid": "1", "intuitaccountid": office::COMPANY}]);
    let other = json!([{"intuitaccountid": "1"}]);
    for (body, right, status, hints) in [
        (&old, true, 200, 1),
        (&new, true, 200, 1),
        (&other, true, 200, 0),
        (&old, false, 401, 0),
    ] {
        let office = Office::new();
        let text = body.to_string();
        let signature = match right {
            true => base64(&format!("webhook_verifier:{text}")),
            false => base64("somebody else"),
        };
        let answer = QuickBooksOnline.handle(&office, post(&text, &signature));
        assert_eq!(answer.status, status, "{text}");
        // A host without a relay says so where a visit is opened.
        assert_eq!(office.lines.borrow().len(), hints, "{text}");
    }
}

/// More than can be signed at once cannot be checked. Refused it would come again until Intuit gives up the hook.
#[test]
fn a_webhook_too_long_to_be_checked_rings_once_a_minute() {
    let event = json!({"intuitaccountid": office::COMPANY, "data": "x".repeat(1_000)});
    let long = json!(vec![event; 70]).to_string();
    let office = Office::new();
    for (passed_s, hints) in [(0, 1), (1, 1), (60, 2)] {
        office.pass(passed_s);
        let answer = QuickBooksOnline.handle(&office, post(&long, ""));
        assert_eq!(answer.status, 200);
        assert_eq!(office.lines.borrow().len(), hints, "after {passed_s} s");
    }
    let other = long.replace(office::COMPANY, "7");
    office.pass(60);
    QuickBooksOnline.handle(&office, post(&other, ""));
    assert_eq!(office.lines.borrow().len(), 2, "another company's");
}

#[test]
fn a_persons_visit_connects_the_company() {
    let office = Office::new();
    *office.secret.borrow_mut() = None;
    let prepared = QuickBooksOnline
        .prepare(&office, "https://sync.example/in/t/qbo")
        .unwrap();
    let page = prepared.steps[1].args[0].1.clone();
    assert!(
        page.contains("redirect_uri=https%3A%2F%2Fsync.example%2Fin%2Ft%2Fqbo%2Fconnect"),
        "{page}"
    );
    let state = page.rsplit_once("state=").unwrap().1.to_owned();
    assert_eq!(
        QuickBooksOnline
            .prepare(&office, "https://sync.example/in/t/qbo")
            .unwrap(),
        prepared
    );
    let visit = |state: &str, company: &str, code: &str| InboundRequest {
        method: "GET".to_owned(),
        path: "/connect".to_owned(),
        query: Some(format!("code={code}&state={state}&realmId={company}")),
        ..InboundRequest::default()
    };
    for (request, status) in [
        (visit("other", office::COMPANY, "good-code"), 403),
        (visit(&state, "7", "good-code"), 409),
        (visit(&state, office::COMPANY, "bad-code"), 502),
        (visit(&state, office::COMPANY, "good-code"), 200),
        (visit(&state, office::COMPANY, "good-code"), 403),
    ] {
        assert_eq!(
            QuickBooksOnline.handle(&office, request.clone()).status,
            status,
            "{request:?}"
        );
    }
    QuickBooksOnline
        .read(&office, "invoice", &["1".to_owned()])
        .unwrap();
}

#[test]
fn nobody_else_finds_anything() {
    for (method, path) in [
        ("GET", "/"),
        ("POST", "/connect"),
        ("GET", "/webhook"),
        ("POST", "/"),
    ] {
        let request = InboundRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            ..InboundRequest::default()
        };
        assert_eq!(
            QuickBooksOnline.handle(&Office::new(), request).status,
            404,
            "{method} {path}"
        );
    }
}

#[test]
fn the_doctor_says_what_a_person_must_set() {
    const BILLS: &str = "bills-without-numbers";
    let whole = |numbers: bool| {
        let office = Office::new();
        office.add("CompanyInfo", json!({"CompanyName": "Alma inc."}));
        office.add(
            "Preferences",
            json!({"SalesFormsPrefs": {"CustomTxnNumbers": numbers}}),
        );
        office
    };
    let dead = whole(true);
    dead.refresh.borrow_mut().clear();
    let old = whole(true);
    QuickBooksOnline.check(&old).unwrap();
    old.pass(90 * 86_400);
    old.trouble("tokens", Trouble::Answer(503, json!({})));
    old.trouble("tokens", Trouble::Answer(503, json!({})));
    for (office, expected) in [
        (
            whole(true),
            vec!["connected", "no-numbers-by-quickbooks", BILLS],
        ),
        (
            whole(false),
            vec!["connected", "numbers-by-quickbooks", BILLS],
        ),
        (dead, vec!["not-connected"]),
        (old, vec!["not-reached"]),
        (
            Office::new().set("company_id", json!("Alma")),
            vec!["not-set"],
        ),
    ] {
        let findings = QuickBooksOnline.check(&office).unwrap();
        let codes: Vec<&str> = findings
            .iter()
            .map(|finding| finding.code.as_str())
            .collect();
        assert_eq!(codes, expected);
    }
}

#[test]
fn without_an_address_a_person_brings_the_first_token() {
    let prepared = QuickBooksOnline.prepare(&Office::new(), "").unwrap();
    let keys: Vec<&str> = prepared
        .steps
        .iter()
        .map(|step| step.key.as_str())
        .collect();
    assert_eq!(
        keys,
        [
            "qbo-step-playground",
            "qbo-step-tokens",
            "qbo-step-company",
            "qbo-step-check"
        ]
    );
}
