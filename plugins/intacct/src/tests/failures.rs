//! What cannot be asked: settings, secrets, doors, pages instead of answers.

use super::company::{Accident, Company};
use super::*;

fn read(company: &Company) -> Result<(), (FaultKind, String)> {
    let read = Intacct.read(company, "item", &["P1".to_owned()]);
    read.map(|_| ())
        .map_err(|fault| (fault.kind, fault.message.key))
}

#[test]
fn questions_are_asked_again_and_then_given_up() {
    for accident in [
        Accident::LostBefore,
        Accident::LostAfter,
        Accident::Page(503),
        Accident::Page(200),
        Accident::Cut,
        Accident::Gateway(429, "GW-0010", "API rate limit exceeded"),
        Accident::Gateway(500, "GW-0001", "Unable to process request"),
        Accident::Gateway(200, "", "The Service is Temporarily Off-line"),
    ] {
        let company = Company::new();
        company.accident(1, accident);
        company.accident(2, accident);
        assert_eq!(read(&company), Ok(()), "{accident:?}");
        let company = Company::new();
        for at in 1..9 {
            company.accident(at, accident);
        }
        let kind = match accident {
            Accident::Gateway(429, ..) => FaultKind::Throttled,
            _ => FaultKind::Unavailable,
        };
        assert_eq!(
            read(&company).map_err(|(kind, _)| kind),
            Err(kind),
            "{accident:?}"
        );
        assert_eq!(company.sent(), 4, "{accident:?}");
    }
}

#[test]
fn a_refused_door_is_not_knocked_at_again() {
    for (status, number, words, kind, key) in [
        (
            401,
            "XMLGW_JPP0002",
            "Sign-in information is incorrect",
            FaultKind::Unauthorized,
            "intacct-login-refused",
        ),
        (
            200,
            "XL03000006",
            "Sign-in information is incorrect",
            FaultKind::Unauthorized,
            "intacct-login-refused",
        ),
        (
            200,
            "XL03000006",
            "Incorrect Intacct XML Partner ID or password.",
            FaultKind::Unauthorized,
            "intacct-sender-refused",
        ),
        (
            400,
            "GW-0011",
            "Invalid Request [Request ID: 1]",
            FaultKind::Misconfigured,
            "intacct-company-unknown",
        ),
        (
            400,
            "invalidRequest",
            "Invalid Request",
            FaultKind::Misconfigured,
            "intacct-company-unknown",
        ),
        (
            200,
            "PL04000055",
            "This company is a demo company and has expired.",
            FaultKind::Misconfigured,
            "intacct-company-closed",
        ),
    ] {
        let company = Company::new();
        company.accident(0, Accident::Gateway(status, number, words));
        assert_eq!(read(&company), Err((kind, key.to_owned())), "{number}");
        assert_eq!(company.sent(), 1);
    }
}

#[test]
fn a_missing_secret_is_named() {
    for name in ["sender_password", "user_password"] {
        let company = Company::new();
        company.unset.borrow_mut().push(name.to_owned());
        assert_eq!(
            read(&company),
            Err((FaultKind::Misconfigured, "sdk-no-secret".to_owned())),
            "{name}"
        );
        assert_eq!(company.sent(), 0);
    }
}

#[test]
fn a_session_elsewhere_is_refused() {
    for (endpoint, expected) in [
        ("https://eu03.intacct.com/ia/xml/xmlgw.phtml", Ok(())),
        ("", Ok(())),
        (
            "https://intacct.com.evil.example/x",
            Err("intacct-endpoint"),
        ),
        ("http://na12.intacct.com/x", Err("intacct-endpoint")),
    ] {
        let company = Company::new();
        *company.endpoint.borrow_mut() = endpoint.to_owned();
        let told = read(&company).map_err(|(_, key)| key);
        assert_eq!(
            told.as_ref().map_err(String::as_str),
            expected.as_ref().map(|_| &()).map_err(|e| *e),
            "{endpoint}"
        );
    }
}

#[test]
fn passwords_stand_in_the_body_as_placeholders_for_xml_alone() {
    let company = Company::new();
    read(&company).unwrap();
    let requests = company.requests.borrow();
    assert!(requests[0].contains("<password>[sender_password:Encoder::Xml]</password><controlid>"));
    assert!(requests[0].contains("<password>[user_password:Encoder::Xml]</password></login>"));
    assert!(requests[1..]
        .iter()
        .all(|r| !r.contains("user_password") && r.contains("<sessionid>S1</sessionid>")));
    assert!(company
        .urls
        .borrow()
        .iter()
        .all(|url| !url.contains("password")));
}

#[test]
fn an_entity_is_worked_in_where_one_is_set() {
    let company = Company::with(json!({"entity_id": "E100"}));
    read(&company).unwrap();
    assert!(
        company.requests.borrow()[0].contains("</password><locationid>E100</locationid></login>")
    );
}

#[test]
fn an_object_that_is_not_there_stops_its_entity_only() {
    let company = Company::new();
    company.fields.borrow_mut().remove("CONTRACT");
    let fault = Intacct
        .read(&company, "contract", &["CN-1".to_owned()])
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.scope),
        (FaultKind::Misconfigured, FaultScope::WholeEntity)
    );
    assert_eq!(fault.message.key, "intacct-no-object");
    assert!(read(&company).is_ok());
}

#[test]
fn a_cursor_of_another_make_is_refused() {
    let company = Company::new();
    let fault = Intacct
        .changes(&company, "item", Some(b"x".to_vec()), &[], 5)
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Internal);
}
