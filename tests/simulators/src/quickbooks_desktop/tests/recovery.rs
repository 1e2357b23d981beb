//! Message set ids: the same bytes give the stored answer, other bytes 9001, chaining deletes.

use super::lab::{Lab, set};
use crate::quickbooks_desktop::message_set::run;

const STOP: &str = "onError=\"stopOnError\"";

fn customer(name: &str) -> String {
    format!(
        "<CustomerAddRq requestID=\"q\"><CustomerAdd><Name>{name}</Name></CustomerAdd></CustomerAddRq>"
    )
}

fn with(new: &str, old: &str, requests: &str) -> String {
    let attribute = |name: &str, id: &str| match id {
        "" => String::new(),
        id => format!(" {name}=\"{id}\""),
    };
    set(
        &format!(
            "{STOP}{}{}",
            attribute("newMessageSetID", new),
            attribute("oldMessageSetID", old)
        ),
        requests,
    )
}

impl Lab {
    /// messageSetStatusCode, and the status of the first request.
    fn codes(&mut self, text: &str) -> (Option<String>, Option<String>) {
        let answer = self.raw(text).unwrap();
        let first = answer
            .children
            .first()
            .and_then(|rs| rs.attribute("statusCode"));
        (
            answer.attribute("messageSetStatusCode").map(str::to_owned),
            first.map(str::to_owned),
        )
    }
}

fn some(set: &str, first: &str) -> (Option<String>, Option<String>) {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    (text(set), text(first))
}

#[test]
fn the_same_bytes_are_answered_again_and_not_run_again() {
    let mut lab = Lab::new();
    let text = with("N-1", "", &customer("Once"));
    let first = lab.raw(&text).unwrap();
    lab.reconnect();
    let again = lab.raw(&text).unwrap();
    assert_eq!(
        first, again,
        "the answer is the stored one, times and ids included"
    );
    assert_eq!(first.attribute("newMessageSetID"), Some("N-1"));
    assert_eq!(
        lab.books
            .company()
            .of("Customer")
            .filter(|c| c.name == "Once")
            .count(),
        1
    );
    // Without ids the name is in use.
    assert_eq!(lab.codes(&set(STOP, &customer("Once"))), some("", "3100"));
}

#[test]
fn ids_chain_are_checked_and_deleted() {
    let mut lab = Lab::new();
    let one = with("N-1", "", &customer("One"));
    let two = with("N-2", "N-1", &customer("Two"));
    for (text, set_code, first) in [
        (one.clone(), "0", "0"),
        (with("N-1", "", &customer("Other")), "9001", ""),
        (with("N-1", "N-1", ""), "0", "0"),
        (with("N-9", "N-9", ""), "9002", ""),
        (two.clone(), "0", "0"),
        (two, "0", "0"),
        // N-1 is gone with the chaining: the same bytes run again.
        (one, "0", "3100"),
        (with("", "N-2", ""), "0", ""),
        (with("", "N-2", ""), "600", ""),
        (with("", "ClearAllMessageSets", ""), "0", ""),
        (with("N-1", "N-1", ""), "9002", ""),
        (
            with("a-message-set-id-of-24-c", "", &customer("Long")),
            "9004",
            "",
        ),
        (
            with("a-message-set-id-of-23-", "", &customer("Fits")),
            "0",
            "0",
        ),
    ] {
        assert_eq!(lab.codes(&text), some(set_code, first), "{text}");
    }
    assert!(lab.books.company().find("Customer", "Long").is_none());
}

#[test]
fn records_are_one_applications_and_one_company_files() {
    let mut lab = Lab::new();
    let text = with("N-1", "", &customer("Mine"));
    lab.raw(&text).unwrap();
    lab.session = lab.books.begin("another", "", false).unwrap();
    assert_eq!(lab.codes(&text), some("0", "3100"));
    let path = "C:\\other.qbw";
    let other = crate::quickbooks_desktop::company::Company::new(path, "Other");
    lab.books.files.insert(path.to_owned(), other);
    lab.books.open = Some(path.to_owned());
    lab.reconnect();
    assert_eq!(lab.codes(&text), some("0", "0"));
}

#[test]
fn a_set_that_cannot_be_read_is_not_stored() {
    let mut lab = Lab::new();
    lab.raw(&with("N-1", "", "<CustomerAddRq/>")).unwrap_err();
    assert_eq!(
        lab.codes(&with("N-1", "", &customer("Later"))),
        some("0", "0")
    );
}

#[test]
fn a_crash_inside_a_set_leaves_what_was_done_and_no_record() {
    let mut lab = Lab::new();
    let text = with(
        "N-1",
        "",
        &format!("{}{}", customer("One"), customer("Two")),
    );
    let refusal = run(&mut lab.books, &text, lab.now, &mut lab.session, Some(1)).unwrap_err();
    assert_eq!(refusal.hresult, "0x80040402");
    let has = |lab: &Lab, name: &str| lab.books.company().find("Customer", name).is_some();
    assert!(has(&lab, "One") && !has(&lab, "Two"));
    lab.reconnect();
    assert_eq!(lab.codes(&text), some("0", "3100"));
}
