//! `Last-Modified` and `If-Modified-Since`, per result set and to the second.

use serde_json::json;

use super::{ATELIER, HARVEY, Lab, PERRON, START, header, text};

/// Reads a set, then says whether it counts as changed once `act` has been done a while later.
#[track_caller]
fn changes(object: &str, filter: &str, act: impl FnOnce(&mut Lab)) -> bool {
    let mut lab = Lab::new();
    let page = Lab::page(object, filter);
    let first = lab.send("GET", &page, &[], "");
    let stamp = header(&first, "last-modified").unwrap().to_owned();
    let headers = [("if-modified-since", stamp.as_str())];
    let again = lab.send("GET", &page, &headers, "");
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(header(&again, "last-modified"), Some(stamp.as_str()));
    lab.later(90);
    act(&mut lab);
    let after = lab.send("GET", &page, &headers, "");
    assert!([200, 304].contains(&after.status), "{}", text(&after));
    after.status == 200
}

#[test]
fn a_set_changes_with_what_is_in_it_and_what_leaves_it() {
    let edit = |id: i64| {
        move |lab: &mut Lab| {
            drop(lab.post("Contacts", &json!([{ "id": id, "phone2": "418 555-0999" }])))
        }
    };
    assert!(changes("Contacts", "S7", edit(ATELIER)));
    assert!(
        !changes("Contacts", "S7", edit(PERRON)),
        "he is in the other list"
    );
    assert!(changes("Contacts", "all", edit(PERRON)));
    assert!(!changes("Contacts", "C1234", edit(HARVEY)));

    let act = |action: serde_json::Value| move |lab: &mut Lab| drop(lab.control(action));
    let leave = json!({ "do": "move", "contact": HARVEY, "from": 7 });
    assert!(
        changes("Contacts", "S7", act(leave.clone())),
        "left the set"
    );
    assert!(
        changes("Contacts", "C1242,S7", act(leave.clone())),
        "the set is empty now"
    );
    assert!(!changes("Contacts", "C1234,S7", act(leave)));
    let join = json!({ "do": "move", "contact": PERRON, "to": 7 });
    assert!(changes("Contacts", "S7", act(join)));
    let gone = json!({ "do": "delete", "entity": "Contacts", "id": HARVEY, "force": true });
    assert!(changes("Contacts", "S7", act(gone.clone())));
    assert!(changes("Contacts", "C1242", act(gone)));
    let merged = json!({ "do": "merge", "keep": ATELIER, "merged": [1235] });
    assert!(changes("Contacts", "C1235", act(merged)));
    let emptied =
        json!({ "do": "edit", "entity": "Contacts", "id": HARVEY, "set": { "phone1": "" } });
    assert!(changes(
        "Contacts",
        "S7?filters=%09phone1%09%3C%3E%09%09",
        act(emptied)
    ));
    assert!(
        !changes("Contacts", "S99", edit(ATELIER)),
        "a set that never held anything"
    );
}

#[test]
fn an_account_changes_with_its_primary_contact() {
    let act = |action: serde_json::Value| move |lab: &mut Lab| drop(lab.control(action));
    let leave = json!({ "do": "move", "contact": ATELIER, "from": 7, "to": 8 });
    assert!(changes("Accounts", "A88", act(leave.clone())));
    assert!(!changes("Accounts", "A89", act(leave)));
    let other = json!({ "do": "edit", "entity": "Contacts", "id": ATELIER, "set": { "city": "Jonquière" } });
    assert!(
        !changes("Accounts", "A88", act(other)),
        "the account itself is as it was"
    );
}

#[test]
fn a_change_in_the_second_of_the_last_read_is_not_seen() {
    let mut lab = Lab::new();
    let page = Lab::page("Contacts", "S7");
    lab.now = START + 120_000;
    lab.post("Contacts", &json!([{ "id": ATELIER, "phone2": "1" }]));
    let first = lab.send("GET", &page, &[], "");
    let stamp = header(&first, "last-modified").unwrap().to_owned();
    for (ms, status) in [(999, 304), (1000, 200)] {
        lab.now = START + 120_000 + ms;
        lab.post("Contacts", &json!([{ "id": ATELIER, "phone2": "2" }]));
        let answer = lab.send("GET", &page, &[("if-modified-since", &stamp)], "");
        assert_eq!(answer.status, status, "{ms} ms later");
    }
}

#[test]
fn a_header_that_is_no_http_date_is_ignored() {
    let mut lab = Lab::new();
    for wrong in ["2027-01-01T00:00:00Z", "soon", ""] {
        let answer = lab.send(
            "GET",
            &Lab::page("Contacts", "all"),
            &[("if-modified-since", wrong)],
            "",
        );
        assert_eq!(answer.status, 200, "{wrong}");
    }
}
