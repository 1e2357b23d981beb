//! `changes`: whole sets or 304, and our own pages over them.

use super::*;

const STAMP: &str = "Thu, 05 Mar 2026 13:00:00 GMT";
const LATER: &str = "Thu, 05 Mar 2026 13:30:00 GMT";

/// A set with its stamp, long enough ago to be settled.
fn set(object: &str, rows: Value, stamp: &str) -> Reply {
    let headers = [
        ("Content-Type", "application/json"),
        ("Last-Modified", stamp),
        ("Date", "Thu, 05 Mar 2026 14:00:00 GMT"),
    ];
    whole(200, &headers, &answer(object, rows).to_string())
}

/// A read of a few fields that is answered with a stamp.
trait Stamped {
    fn few(self, object: &str, filter: &str, rows: Value, stamp: &str) -> Self;
}

impl Stamped for ScriptHost {
    fn few(self, object: &str, filter: &str, rows: Value, stamp: &str) -> Self {
        let reply = set(object, few(object, &rows), stamp);
        self.reply(&get_few(object, filter), reply)
    }
}

fn unchanged() -> Reply {
    whole(304, &[], "")
}

fn since(host: &ScriptHost, at: usize) -> Option<String> {
    let sent = host.sent.borrow();
    let mut headers = sent[at].headers.iter();
    let found = headers.find(|(name, _)| name == "If-Modified-Since");
    found.map(|(_, value)| value.clone())
}

fn changes(host: &ScriptHost, entity: &str, cursor: Option<Cursor>, limit: u32) -> Page {
    let page = CentrixOne
        .changes(host, entity, cursor, &[], limit)
        .unwrap();
    host.assert_done();
    page
}

/// The cursor of a finished run over two customers.
fn a_run() -> Page {
    let host = host()
        .has_list()
        .few(
            "Contacts",
            "S7",
            json!([
                contact(1234, 88, "2024-02-01"),
                contact(1300, 99, "2024-02-01")
            ]),
            STAMP,
        )
        .few(
            "Accounts",
            "all",
            json!([account(88), account(99), account(100)]),
            LATER,
        )
        .gets_customers(
            json!([account(88), account(99)]),
            json!([
                contact(1234, 88, "2024-02-01"),
                contact(1300, 99, "2024-02-01")
            ]),
        );
    let page = changes(&host, "customer", None, 500);
    assert_eq!((since(&host, 1), since(&host, 2)), (None, None));
    page
}

#[test]
fn a_first_run_shows_everything_and_keeps_a_stamp_for_each_address() {
    let page = a_run();
    assert_eq!(
        (ids(&page.entries), page.more, page.complete),
        (vec!["88", "99"], false, true)
    );
    let cursor = filter::value(std::str::from_utf8(page.next.as_deref().unwrap()).unwrap());
    assert_eq!(cursor["stamps"], json!([STAMP, LATER]));
    assert!(!cursor.to_string().contains("api_key"));
}

#[test]
fn nothing_new_costs_no_record_and_says_nothing_of_absence() {
    let first = a_run();
    let host = host()
        .has_list()
        .reply(&get_few("Contacts", "S7"), unchanged())
        .reply(&get_few("Accounts", "all"), unchanged());
    let page = changes(&host, "customer", first.next.clone(), 500);
    assert_eq!(
        (since(&host, 1).as_deref(), since(&host, 2).as_deref()),
        (Some(STAMP), Some(LATER))
    );
    assert_eq!(
        (page.entries.len(), page.more, page.complete),
        (0, false, false)
    );
    assert_eq!(page.next, first.next);
}

#[test]
fn one_changed_set_brings_the_other_along() {
    let first = a_run();
    let host = host()
        .has_list()
        .reply(&get_few("Contacts", "S7"), unchanged())
        .few("Accounts", "all", json!([account(88)]), LATER)
        .few(
            "Contacts",
            "S7",
            json!([contact(1234, 88, "2024-02-01")]),
            STAMP,
        )
        .gets_customers(
            json!([account(88)]),
            json!([contact(1234, 88, "2024-02-01")]),
        );
    let page = changes(&host, "customer", first.next, 500);
    assert_eq!(
        (since(&host, 3), ids(&page.entries), page.complete),
        (None, vec!["88"], true)
    );
}

#[test]
fn pages_go_on_after_an_id_and_keep_the_stamps_of_the_first() {
    let users = |ids: &[i64]| json!(ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>());
    let host1 = host().reply(
        &get("Users", "all"),
        set("Users", users(&[30, 10, 20]), STAMP),
    );
    let first = changes(&host1, "user", None, 2);
    assert_eq!(
        (ids(&first.entries), first.more, first.complete),
        (vec!["10", "20"], true, false)
    );
    // In between one was added before the place, and one behind it.
    let host2 = host().reply(
        &get("Users", "all"),
        set("Users", users(&[30, 10, 20, 5, 40]), LATER),
    );
    let second = changes(&host2, "user", first.next, 2);
    assert_eq!(since(&host2, 0), None);
    assert_eq!(
        (ids(&second.entries), second.more, second.complete),
        (vec!["30", "40"], false, true)
    );
    // So the next run is told of both.
    let host3 = host().reply(&get("Users", "all"), unchanged());
    changes(&host3, "user", second.next, 2);
    assert_eq!(since(&host3, 0).as_deref(), Some(STAMP));
}

#[test]
fn a_stamp_whose_second_still_runs_brings_the_set_once_more() {
    let headers = [
        ("Content-Type", "application/json"),
        ("Last-Modified", "Thu, 05 Mar 2026 14:00:00 GMT"),
        ("Date", "Thu, 05 Mar 2026 14:00:00 GMT"),
    ];
    let young = whole(200, &headers, &answer("Users", json!([])).to_string());
    let first = changes(&host().reply(&get("Users", "all"), young), "user", None, 2);
    let host = host().reply(&get("Users", "all"), unchanged());
    changes(&host, "user", first.next, 2);
    assert_eq!(
        since(&host, 0).as_deref(),
        Some("Thu, 05 Mar 2026 13:59:59 GMT")
    );
}

#[test]
fn stamps_of_another_list_or_system_count_for_nothing() {
    let first = a_run();
    let host = ScriptHost::new(json!({"account": "12345", "list": "Prospects"}))
        .has_list()
        .few("Contacts", "S3", json!([]), STAMP)
        .few("Accounts", "all", json!([]), STAMP);
    let page = changes(&host, "customer", first.next, 500);
    assert_eq!(
        (since(&host, 1), since(&host, 2), page.complete),
        (None, None, true)
    );
}

#[test]
fn a_set_without_a_stamp_is_read_whole_every_time() {
    let rows = || json!([{"id": 9, "percent": 100}]);
    let first = changes(&host().gets("Stages", "all", rows()), "stage", None, 10);
    let host = host().gets("Stages", "all", rows());
    let page = changes(&host, "stage", first.next, 10);
    assert_eq!((since(&host, 0), ids(&page.entries)), (None, vec!["9"]));
}

#[test]
fn contacts_without_a_company_are_left_out_and_counted() {
    let mut person = contact(1400, 1, "2024-02-01");
    person["account_id"] = Value::Null;
    let host = host()
        .has_list()
        .gets_few(
            "Contacts",
            "S7",
            json!([person, contact(1234, 88, "2024-02-01")]),
        )
        .gets_few("Accounts", "all", json!([account(88)]))
        .gets_customers(
            json!([account(88)]),
            json!([contact(1234, 88, "2024-02-01")]),
        );
    let page = changes(&host, "customer", None, 10);
    assert_eq!(ids(&page.entries), ["88"]);
    assert!(host
        .lines
        .borrow()
        .concat()
        .contains("1 contacts of the list have no company"));
}

#[test]
fn a_customer_of_the_list_whose_account_is_not_shown_is_shown_all_the_same() {
    let contacts = || {
        json!([
            contact(1234, 88, "2024-02-01"),
            contact(1300, 99, "2024-02-01")
        ])
    };
    let host = host()
        .has_list()
        .gets_few("Contacts", "S7", contacts())
        .gets_few("Accounts", "all", json!([account(88)]))
        .gets("Accounts", "A88,A99", json!([account(88)]))
        .gets("Contacts", "A88,A99,S7", contacts());
    let page = changes(&host, "customer", None, 10);
    assert_eq!(
        (ids(&page.entries), page.complete),
        (vec!["88", "99"], true)
    );
    let untold = body(&page.entries[1]);
    assert_eq!(untold["name"], "Compagnie 99");
    // What nobody told is not said to be empty.
    assert_eq!(untold.get("territory"), None);
}

#[test]
fn customers_come_in_pages_too() {
    let contacts = |ids: &[i64]| {
        json!(ids
            .iter()
            .map(|&id| contact(id * 10, id, "2024-02-01"))
            .collect::<Vec<_>>())
    };
    let accounts = |ids: &[i64]| json!(ids.iter().map(|&id| account(id)).collect::<Vec<_>>());
    let host1 = host()
        .has_list()
        .gets_few("Contacts", "S7", contacts(&[88, 99, 100]))
        .gets_few("Accounts", "all", accounts(&[88, 99, 100]))
        .gets_customers(accounts(&[88, 99]), contacts(&[88, 99]));
    let first = changes(&host1, "customer", None, 2);
    assert_eq!(
        (ids(&first.entries), first.more, first.complete),
        (vec!["88", "99"], true, false)
    );
    // Its last page may not be the list's by now.
    let host2 = host()
        .has_list()
        .gets_few("Contacts", "S7", contacts(&[88, 99, 100]))
        .gets_customers(accounts(&[100]), contacts(&[100]));
    let second = changes(&host2, "customer", first.next, 2);
    assert_eq!(
        (ids(&second.entries), second.more, second.complete),
        (vec!["100"], false, true)
    );
}
