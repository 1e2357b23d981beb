//! Whoever does not belong here gets the protocol's refusal, and it costs nothing.

use super::office::{host, Company, Office, PASSWORD};
use super::operation;
use crate::message::set_id_of;
use crate::QuickBooksDesktop;
use liaison_sdk::prelude::*;
use liaison_sdk::relay_testing::{Ended, RelayHost};

fn waiting(host: &RelayHost) {
    let body = json!({"name": "Alma"});
    let asked = host.system("M1", |host| {
        QuickBooksDesktop.write(
            host,
            "customer",
            &[operation(super::TOKEN, Action::Create, None, None, &body)],
        )
    });
    assert!(matches!(asked, Err(Ended::Waiting)));
}

fn login(office: &Office<'_>, password: &str) -> (String, String) {
    let greeted = office
        .call(
            "authenticate",
            &[("strUserName", "liaison"), ("strPassword", password)],
        )
        .unwrap();
    let (ticket, word) = greeted.split_once('|').unwrap();
    (ticket.to_owned(), word.to_owned())
}

fn send(office: &Office<'_>, ticket: &str, told: &str) -> String {
    let parameters = [
        ("ticket", ticket),
        ("strHCPResponse", told),
        ("qbXMLMajorVers", "13"),
        ("qbXMLMinorVers", "0"),
    ];
    office.call("sendRequestXML", &parameters).unwrap()
}

fn receive(office: &Office<'_>, ticket: &str, response: &str) -> String {
    office
        .call(
            "receiveResponseXML",
            &[("ticket", ticket), ("response", response)],
        )
        .unwrap()
}

fn last_error(office: &Office<'_>, ticket: &str) -> String {
    office.call("getLastError", &[("ticket", ticket)]).unwrap()
}

#[test]
fn nobody_without_the_password_gets_in() {
    let host = host(json!({}));
    waiting(&host);
    let office = Office::new(&host);
    for _ in 0..50 {
        let (ticket, word) = login(&office, "guess");
        assert_eq!((word.as_str(), ticket.len()), ("nvu", 38));
        assert_eq!(send(&office, &ticket, &Company::new().told()), "");
    }
    assert_eq!(
        office
            .call(
                "authenticate",
                &[("strUserName", "root"), ("strPassword", PASSWORD)]
            )
            .unwrap()
            .split('|')
            .nth(1),
        Some("nvu")
    );
    assert_eq!(
        (host.misses.get(), host.opened.get(), host.unanswered()),
        (50, 0, 1)
    );
    // Another computer has a new password, and the old one is dead.
    host.set_secret("password", "the-next-one");
    assert_eq!(login(&office, PASSWORD).1, "nvu");
    assert_eq!(login(&office, "the-next-one").1, "");
}

#[test]
fn an_unknown_replayed_or_ended_ticket_gets_nothing() {
    let host = host(json!({}));
    waiting(&host);
    let office = Office::new(&host);
    let (ticket, word) = login(&office, PASSWORD);
    assert_eq!(word, "");
    for stranger in ["", "{00000000-0000-0000-0000-000000000000}", "x"] {
        assert_eq!(send(&office, stranger, &Company::new().told()), "");
        assert_eq!(receive(&office, stranger, "<QBXML/>"), "-1");
        assert!(last_error(&office, stranger).contains("not known"));
        assert_eq!(
            office
                .call("connectionError", &[("ticket", stranger)])
                .unwrap(),
            "done"
        );
        assert_eq!(
            office
                .call("closeConnection", &[("ticket", stranger)])
                .unwrap(),
            "OK"
        );
    }
    let (second, _) = login(&office, PASSWORD);
    assert_eq!(
        send(&office, &ticket, &Company::new().told()),
        "",
        "the first visit ended with the second"
    );
    assert!(send(&office, &second, &Company::new().told()).contains("CustomerAdd"));
    host.now_ms.set(host.now_ms.get() + 31 * 60_000);
    assert_eq!(
        receive(&office, &second, "<QBXML/>"),
        "-1",
        "silent for too long"
    );
    assert_eq!(host.unanswered(), 1);
}

#[test]
fn calls_out_of_order_end_the_visit_and_lose_nothing() {
    let host = host(json!({}));
    waiting(&host);
    let office = Office::new(&host);
    let (ticket, _) = login(&office, PASSWORD);
    assert_eq!(receive(&office, &ticket, "<QBXML/>"), "-1");
    let (ticket, _) = login(&office, PASSWORD);
    assert!(send(&office, &ticket, &Company::new().told()).contains("CustomerAdd"));
    assert_eq!(
        send(&office, &ticket, ""),
        "",
        "asked twice: the answer was lost"
    );
    assert!(last_error(&office, &ticket).contains("cleared up"));
    let closed = office.call("closeConnection", &[("ticket", &ticket)]);
    assert!(!closed.unwrap().is_empty());
    let mut company = Company::new();
    office.visit(&mut company).unwrap();
    assert_eq!((company.records.len(), host.unanswered()), (1, 0));
}

#[test]
fn a_wrong_company_file_receives_nothing() {
    let host = host(json!({}));
    waiting(&host);
    let office = Office::new(&host);
    let mut other = Company::new();
    other.file_id = "{33333333-3333-3333-3333-333333333333}".to_owned();
    let marked = other.told();
    let unmarked = marked.replace("DataExtRet", "Nothing");
    // A question that asks for nothing, since an empty first answer crashes the Web Connector.
    for (told, documents) in [(marked.as_str(), 1), (unmarked.as_str(), 2)] {
        let words = office.visit_with(&mut other, told).unwrap();
        assert!(words.contains("not the one"), "{words}");
        assert_eq!(
            (other.documents, other.records.len(), host.unanswered()),
            (documents, 0, 1)
        );
    }
    // Where the Web Connector tells nothing, only who is there is asked.
    let words = office.visit_with(&mut other, "").unwrap();
    assert!(words.contains("not the one"), "{words}");
    assert_eq!((other.documents, other.records.len()), (3, 0));
    let findings = host
        .system("C", |host| QuickBooksDesktop.check(host))
        .unwrap()
        .unwrap();
    assert_eq!(findings[0].code, "wrong-company");
    let mut right = Company::new();
    assert_eq!(office.visit_with(&mut right, "").unwrap(), "OK");
    assert_eq!((right.records.len(), host.unanswered()), (1, 0));
}

#[test]
fn who_waits_to_read_hears_that_another_company_file_is_open() {
    let host = host(json!({}));
    let office = Office::new(&host);
    let key = vec![("name".to_owned(), json!("Alma").to_string())];
    let find =
        |host: &dyn Host| QuickBooksDesktop.find(host, "customer", std::slice::from_ref(&key));
    assert!(matches!(host.system("F", find), Err(Ended::Waiting)));
    let mut other = Company::new();
    other.file_id = "{33333333-3333-3333-3333-333333333333}".to_owned();
    office.visit_with(&mut other, "").unwrap();
    let fault = host.system("F", find).unwrap().unwrap_err();
    assert_eq!(fault.kind, FaultKind::Misconfigured);
    assert!(fault.vendor_text.unwrap().contains("not the one"));
}

#[test]
fn an_old_quickbooks_and_a_connection_without_marks_get_nothing() {
    let host = host(json!({}));
    waiting(&host);
    let office = Office::new(&host);
    let (ticket, _) = login(&office, PASSWORD);
    let told = Company::new().told();
    let parameters = [
        ("ticket", ticket.as_str()),
        ("strHCPResponse", &told),
        ("qbXMLMajorVers", "12"),
        ("qbXMLMinorVers", "9"),
    ];
    let asked = office.call("sendRequestXML", &parameters).unwrap();
    assert!(
        asked.contains("<HostQueryRq") && !asked.contains("CustomerAdd"),
        "{asked}"
    );
    assert_eq!(receive(&office, &ticket, "<QBXML/>"), "-1");
    assert!(last_error(&office, &ticket).contains("13.0"));
    host.memory.borrow_mut().remove("identity");
    let (ticket, _) = login(&office, PASSWORD);
    assert!(!send(&office, &ticket, &told).contains("CustomerAdd"));
    assert_eq!(receive(&office, &ticket, "<QBXML/>"), "-1");
    assert!(last_error(&office, &ticket).contains("setup"));
    assert_eq!(host.unanswered(), 1);
}

#[test]
fn bombs_and_giants_are_refused_before_anything_else() {
    let host = host(json!({}));
    let office = Office::new(&host);
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"xxxxxxxxxx\"><!ENTITY c \"&b;&b;&b;&b;\">]><a>&c;</a>";
    let deep = "<a>".repeat(100_000);
    let giant = format!("<a>{}</a>", "x".repeat(9 << 20));
    for (body, status) in [
        (bomb, 500),
        (deep.as_str(), 413),
        (giant.as_str(), 413),
        ("", 500),
        ("<a/>", 500),
        ("\u{0}", 500),
    ] {
        assert_eq!(office.post(body).unwrap().status, status);
    }
    waiting(&host);
    let (_, word) = login(&office, PASSWORD);
    assert_eq!(word, "");
    // Within a visit long bodies are honest ones; these are not.
    let before = host.steps();
    assert_eq!(office.post(&deep).unwrap().status, 500);
    assert_eq!(office.post(&giant).unwrap().status, 500);
    assert_eq!(host.steps(), before, "nothing was written");
    for method in ["PUT", "DELETE"] {
        let request = InboundRequest {
            method: method.to_owned(),
            ..InboundRequest::default()
        };
        assert_eq!(QuickBooksDesktop.handle(&host, request).status, 405);
    }
}

#[test]
fn nothing_due_is_none_and_flows_at_work_keep_the_visit_open() {
    let host = host(json!({}));
    let office = Office::new(&host);
    let mut company = Company::new();
    assert_eq!(office.visit(&mut company).unwrap(), "none");
    assert_eq!(company.documents, 0);
    host.more.set(true);
    // The first answer is a real question, then pauses, then a question that ends it.
    assert_eq!(office.visit(&mut company).unwrap(), "OK");
    assert_eq!(company.documents, 2);
}

#[test]
fn every_code_without_an_answer_has_its_consequence() {
    for (hresult, kind) in [
        ("0x80040400", Some(FaultKind::Internal)),
        ("0x80040420", Some(FaultKind::Misconfigured)),
        ("0x80040414", None),
        ("0x80040402", None),
        ("0x8004ffff", None),
    ] {
        let host = host(json!({}));
        waiting(&host);
        let office = Office::new(&host);
        let (ticket, _) = login(&office, PASSWORD);
        let first = send(&office, &ticket, &Company::new().told());
        let parameters = [
            ("ticket", ticket.as_str()),
            ("response", ""),
            ("hresult", hresult),
            ("message", "words"),
        ];
        office.call("receiveResponseXML", &parameters).unwrap();
        let body = json!({"name": "Alma"});
        let again = host.system("M1", |host| {
            QuickBooksDesktop.write(
                host,
                "customer",
                &[operation(super::TOKEN, Action::Create, None, None, &body)],
            )
        });
        match (kind, again) {
            (Some(kind), Ok(outcomes)) => assert_eq!(outcomes[0].as_ref().unwrap_err().kind, kind),
            (None, Err(Ended::Waiting)) => {
                let (ticket, _) = login(&office, PASSWORD);
                let next = send(&office, &ticket, &Company::new().told());
                match hresult {
                    // It was not done, and goes out again in the same bytes.
                    "0x80040414" => assert_eq!(next, first),
                    // It may have been done: QuickBooks is asked whether it remembers it.
                    _ => {
                        assert!(!next.contains("CustomerAdd"), "{hresult}: {next}");
                        assert_eq!(set_id_of(&next), set_id_of(&first), "{hresult}");
                    }
                }
            }
            (kind, again) => panic!("{hresult}: {kind:?} {again:?}"),
        }
    }
}

/// QuickBooks broke off in the middle of a set. What it answers when it is asked whether it remembers that, and what
/// is then known of the record.
#[test]
fn a_set_that_broke_off_is_asked_about_and_never_done_again() {
    let remembered = "<QBXML><QBXMLMsgsRs messageSetStatusCode=\"0\"><CustomerAddRs requestID=\"1\" statusCode=\"0\" statusSeverity=\"Info\" statusMessage=\"Status OK\"><CustomerRet><ListID>80000001-1</ListID><EditSequence>1</EditSequence><Name>Alma</Name></CustomerRet></CustomerAddRs></QBXMLMsgsRs></QBXML>";
    let unknown = "<QBXML><QBXMLMsgsRs messageSetStatusCode=\"9002\"></QBXMLMsgsRs></QBXML>";
    for (answer, wanted) in [
        (remembered, None),
        (unknown, Some(FaultKind::OutcomeUnknown)),
    ] {
        let host = host(json!({}));
        waiting(&host);
        let office = Office::new(&host);
        let (ticket, _) = login(&office, PASSWORD);
        send(&office, &ticket, &Company::new().told());
        let parameters = [
            ("ticket", ticket.as_str()),
            ("response", ""),
            ("hresult", "0x80040402"),
            ("message", "words"),
        ];
        office.call("receiveResponseXML", &parameters).unwrap();
        let (ticket, _) = login(&office, PASSWORD);
        let check = send(&office, &ticket, &Company::new().told());
        assert!(!check.contains("CustomerAdd"), "{check}");
        receive(&office, &ticket, answer);
        let body = json!({"name": "Alma"});
        let outcome = host.system("M1", |host| {
            QuickBooksDesktop.write(
                host,
                "customer",
                &[operation(super::TOKEN, Action::Create, None, None, &body)],
            )
        });
        let outcome = outcome.unwrap().remove(0);
        assert_eq!(outcome.as_ref().err().map(|fault| fault.kind), wanted);
        if let Ok(applied) = outcome {
            assert_eq!(applied.id, "80000001-1");
        }
    }
}

#[test]
fn what_stays_unknown_is_told_a_person_in_the_end() {
    let host = host(json!({}));
    waiting(&host);
    let office = Office::new(&host);
    for _ in 0..3 {
        let (ticket, _) = login(&office, PASSWORD);
        send(&office, &ticket, &Company::new().told());
        assert!(["-1", "100"].contains(&receive(&office, &ticket, "<rubbish").as_str()));
    }
    let body = json!({"name": "Alma"});
    let outcome = host.system("M1", |host| {
        QuickBooksDesktop.write(
            host,
            "customer",
            &[operation(super::TOKEN, Action::Create, None, None, &body)],
        )
    });
    assert_eq!(
        outcome.unwrap()[0].as_ref().unwrap_err().kind,
        FaultKind::OutcomeUnknown
    );
}
