//! What a person gets, and what the doctor says on the way.

use super::office::{host, Company, Office};
use crate::xml::parse;
use crate::QuickBooksDesktop;
use liaison_sdk::prelude::*;
use liaison_sdk::relay_testing::RelayHost;

#[test]
fn the_file_is_as_the_web_connector_wants_it_and_stays_the_same() {
    let host = RelayHost::new(
        json!({"app_name": "liaison & Acme", "poll_seconds": 300, "edition": "enterprise"}),
        &[],
    );
    let prepare = || {
        QuickBooksDesktop
            .prepare(&host, "https://sync.example/in/acme/books")
            .unwrap()
    };
    let first = prepare();
    assert_eq!(prepare(), first);
    assert_eq!(
        (
            first.generate.as_slice(),
            first.steps.len(),
            first.files.len()
        ),
        (&["password".to_owned()][..], 5, 1)
    );
    let text = String::from_utf8(first.files[0].content.clone()).unwrap();
    assert!(text.starts_with("<?xml version=\"1.0\"?>"));
    let root = parse(&text).unwrap();
    assert_eq!(root.name, "QBWCXML");
    for (name, value) in [
        ("AppName", "liaison & Acme"),
        ("AppID", ""),
        ("AppURL", "https://sync.example/in/acme/books/qbwc"),
        ("AppSupport", "https://sync.example/in/acme/books/qbwc"),
        ("UserName", "liaison"),
        ("QBType", "QBFS"),
        ("UnattendedModePref", "umpRequired"),
        ("AuthFlags", "0x8"),
        ("IsReadOnly", "false"),
    ] {
        assert_eq!(root.text_of(name), value, "{name}");
        assert!(root.child(name).is_some(), "{name}");
    }
    for mark in ["OwnerID", "FileID"] {
        assert_eq!(root.text_of(mark).len(), 38, "{mark}");
    }
    assert_ne!(root.text_of("OwnerID"), root.text_of("FileID"));
    assert!(root.text_of("AppDescription").len() <= 80);
    assert_eq!(
        root.child("Scheduler").unwrap().text_of("RunEveryNSeconds"),
        "300"
    );
    assert!(!text.contains("password") && root.child("Style").is_none());
    let fault = QuickBooksDesktop
        .prepare(&host, "http://192.0.2.1/in/a/b")
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Misconfigured);
}

fn codes(findings: &[Finding]) -> Vec<(&str, Level)> {
    findings
        .iter()
        .map(|finding| (finding.code.as_str(), finding.level))
        .collect()
}

#[test]
fn the_doctor_goes_from_the_outside_in_and_leaves_nothing_behind() {
    let bare = RelayHost::new(json!({}), &[]);
    let findings = QuickBooksDesktop.check(&bare).unwrap();
    assert_eq!(codes(&findings), [("not-set-up", Level::Error)]);
    let host = host(json!({}));
    let findings = QuickBooksDesktop.check(&host).unwrap();
    assert_eq!(codes(&findings), [("never-called", Level::Error)]);
    let office = Office::new(&host);
    let mut company = Company::new();
    office.visit(&mut company).unwrap();
    let findings = office
        .carried_out(&mut company, "C1", |host| QuickBooksDesktop.check(host))
        .unwrap();
    let ok = |code| (code, Level::Ok);
    assert_eq!(
        codes(&findings),
        [
            ok("connected"),
            ok("authorised"),
            ok("readable"),
            ok("writable")
        ]
    );
    assert!(company.records.is_empty());
    company
        .refusals
        .push(("CustomerAdd", 3263, "read-only access"));
    company
        .refusals
        .push(("SalesOrderQuery", 3250, "not in this edition"));
    let findings = office
        .carried_out(&mut company, "C2", |host| QuickBooksDesktop.check(host))
        .unwrap();
    assert_eq!(
        codes(&findings)[3..],
        [
            ("not-writable", Level::Error),
            ("no-sales-orders", Level::Warning)
        ]
    );
    host.now_ms.set(host.now_ms.get() + 60 * 60_000);
    assert_eq!(
        codes(&QuickBooksDesktop.check(&host).unwrap()),
        [("silent", Level::Error)]
    );
    assert!(findings
        .iter()
        .all(|f| f.level == Level::Ok || f.fix.is_some()));
}

#[test]
fn an_old_computer_that_goes_on_calling_hides_nothing() {
    let host = host(json!({}));
    let office = Office::new(&host);
    let mut company = Company::new();
    let guess = |password: &str| {
        let parameters = [("strUserName", "liaison"), ("strPassword", password)];
        office.call("authenticate", &parameters).unwrap();
    };
    guess("the old one");
    let found = QuickBooksDesktop.check(&host).unwrap();
    assert_eq!(codes(&found), [("password-refused", Level::Error)]);
    office.visit(&mut company).unwrap();
    guess("the old one");
    let check = |host: &dyn Host| QuickBooksDesktop.check(host);
    assert!(
        host.system("C1", check).is_err(),
        "it asks the one that calls rightly"
    );
    let found = office.carried_out(&mut company, "C1", check).unwrap();
    assert_eq!(codes(&found)[0], ("connected", Level::Ok));
    // With another password it is the only one that calls, and says nothing of the new one.
    QuickBooksDesktop
        .prepare(&host, "https://sync.example/in/demo/qb")
        .unwrap();
    guess("the old one");
    let found = QuickBooksDesktop.check(&host).unwrap();
    assert_eq!(codes(&found), [("password-refused", Level::Error)]);
}

#[test]
fn a_closed_quickbooks_is_told_and_tried_again() {
    let host = host(json!({"unattended": true}));
    let office = Office::new(&host);
    let mut company = Company::new();
    office.visit(&mut company).unwrap();
    assert!(
        host.system("C1", |host| QuickBooksDesktop.check(host))
            .is_err(),
        "it waits for a visit"
    );
    let greeted = office
        .call(
            "authenticate",
            &[
                ("strUserName", "liaison"),
                ("strPassword", super::office::PASSWORD),
            ],
        )
        .unwrap();
    let ticket = greeted.split('|').next().unwrap().to_owned();
    let refused = [
        ("ticket", ticket.as_str()),
        ("hresult", "0x80040420"),
        ("message", "not allowed"),
    ];
    assert_eq!(office.call("connectionError", &refused).unwrap(), "done");
    office
        .call("closeConnection", &[("ticket", &ticket)])
        .unwrap();
    let findings = host
        .system("C2", |host| QuickBooksDesktop.check(host))
        .unwrap()
        .unwrap();
    assert_eq!(codes(&findings), [("no-access", Level::Error)]);
    assert!(findings[0]
        .fix
        .as_ref()
        .unwrap()
        .fallback
        .contains("even if QuickBooks is not running"));
    office.visit(&mut company).unwrap();
    let findings = office
        .carried_out(&mut company, "C3", |host| QuickBooksDesktop.check(host))
        .unwrap();
    assert_eq!(findings.len(), 4);
    // The path is known now, so QuickBooks can be opened by itself.
    let seen = host.memory.borrow()["company"].clone();
    assert!(String::from_utf8(seen).unwrap().contains("Acme.qbw"));
}
