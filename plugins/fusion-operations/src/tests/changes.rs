//! Walks: what is asked for, what is remembered, and what is never concluded.

use super::company::{Company, Ways};
use super::*;
use std::collections::BTreeSet;

const WAYS: Ways = Ways {
    knows_pages: true,
    searches: true,
    refuses_duplicates: true,
    replaces: false,
};

fn changes(host: &ScriptHost, since: Option<Cursor>, limit: u32) -> Page {
    let page = FusionOperations
        .changes(host, "customer", since, &[], limit)
        .unwrap();
    host.assert_done();
    page
}

/// Asks on until the walk ends: the ids of each page, and the last page.
fn walk(host: &ScriptHost, mut since: Option<Cursor>, limit: u32) -> (Vec<Vec<String>>, Page) {
    let mut shown = Vec::new();
    loop {
        let page = FusionOperations
            .changes(host, "customer", since, &[], limit)
            .unwrap();
        shown.push(page.entries.iter().map(|entry| entry.id.clone()).collect());
        if !page.more {
            return (shown, page);
        }
        since = page.next;
    }
}

fn row(id: &str, stamp: &str) -> Value {
    json!({"id": id, "code": id, "updated-at": stamp})
}

fn rows(ids: &[&str]) -> Value {
    ids.iter()
        .map(|id| row(id, "2026-03-05T13:00:00Z"))
        .collect()
}

fn at(page: u32, size: u32) -> String {
    get(&format!("clients/?page={page}&per-page={size}"))
}

const DATED: &[(&str, &str)] = &[("Date", "Thu, 05 Mar 2026 15:00:00 GMT")];

#[test]
fn the_next_run_begins_where_this_one_began_by_the_vendors_clock_less_the_overlap() {
    for (headers, since) in [
        (DATED, "2026-03-05T14%3A55%3A00Z"),
        (&[], "2026-03-05T13%3A55%3A00Z"),
    ] {
        let body = rows(&["a"]).to_string();
        let host = host()
            .reply(&at(1, 100), whole(200, headers, &body))
            .on(&at(2, 100), json!([]));
        let (shown, last) = walk(&host, None, 500);
        host.assert_done();
        assert_eq!(shown, [vec!["a".to_owned()], vec![]]);
        assert!(last.complete);
        let host = super::host().on(
            &get(&format!(
                "clients/?page=1&per-page=100&updated-since={since}"
            )),
            json!([]),
        );
        let page = changes(&host, last.next, 500);
        assert!(
            !page.more && !page.complete,
            "a part shows nothing by absence"
        );
    }
}

#[test]
fn a_vendor_that_ignores_the_stamp_is_filtered_here() {
    let first = host().on(&at(1, 100), json!([]));
    let cursor = changes(&first, None, 500).next;
    let stamps = [
        ("old", "2026-03-05T13:54:59Z"),
        ("new", "2026-03-05T13:55:00Z"),
        ("odd", "yesterday"),
        // In whose zone? Nobody knows, so it is shown.
        ("zoneless", "2026-03-01T00:00:00"),
    ];
    let rows: Value = stamps.iter().map(|(id, stamp)| row(id, stamp)).collect();
    let host = host().on(
        "GET &updated-since=2026-03-05T13%3A55%3A00Z&access_token=T0K",
        rows,
    );
    let page = changes(&host, cursor, 500);
    assert_eq!(ids(&page.entries), ["new", "odd", "zoneless"]);
}

#[test]
fn a_stamp_without_a_zone_is_the_companys() {
    let settings = json!({"utc_offset": "-05:00"});
    let first = with(settings.clone()).on(&at(1, 100), json!([]));
    let cursor = changes(&first, None, 500).next;
    // Since 13:55 UTC: 08:55 in winter; an hour less in summer, which the offset does not tell.
    let rows: Value = [
        ("old", "07:54:59"),
        ("summer", "07:55:00"),
        ("new", "08:55:00"),
    ]
    .iter()
    .map(|(id, time)| row(id, &format!("2026-03-05T{time}")))
    .collect();
    let host = with(settings).on(
        "GET &updated-since=2026-03-05T13%3A55%3A00Z&access_token=T0K",
        rows,
    );
    assert_eq!(ids(&changes(&host, cursor, 500).entries), ["summer", "new"]);
}

#[test]
fn a_flow_may_say_from_when_on() {
    let floor = filter::condition(
        "updated_at",
        Comparison::Ge,
        &[json!("2026-01-01T00:00:00Z")],
    );
    let host = with(json!({})).on(
        // Few orders a page: what they refer to is looked up in the same call.
        &get("sales-orders/?page=1&per-page=25&updated-since=2026-01-01T00%3A00%3A00Z"),
        json!([]),
    );
    let page = FusionOperations
        .changes(&host, "sales_order", None, &[floor], 500)
        .unwrap();
    host.assert_done();
    assert!(!page.complete);
}

#[test]
fn where_full_pages_meet_the_seam_is_looked_at() {
    let host = host()
        .on(&at(1, 2), rows(&["a", "b"]))
        .on(&at(2, 2), rows(&["c"]))
        .on(&at(2, 1), rows(&["b"]))
        .on(&at(3, 2), json!([]));
    let (shown, last) = walk(&host, None, 2);
    host.assert_done();
    assert_eq!(shown.concat(), ["a", "b", "c"]);
    assert!(last.complete);
}

#[test]
fn a_list_that_moved_is_read_again_from_the_page_before() {
    // `a` is deleted after the first page: `c` moves to where `b` was.
    let host = host()
        .on(&at(1, 2), rows(&["a", "b"]))
        .on(&at(2, 2), rows(&["d"]))
        .on(&at(2, 1), rows(&["c"]))
        .on(&at(1, 2), rows(&["b", "c"]))
        .on(&at(2, 2), rows(&["d"]))
        .on(&at(2, 1), rows(&["c"]))
        .on(&at(3, 2), json!([]));
    let (shown, last) = walk(&host, None, 2);
    host.assert_done();
    assert_eq!(shown.concat(), ["a", "b", "b", "c", "d"]);
    assert!(last.complete);
}

#[test]
fn a_list_that_never_rests_is_read_to_its_end_and_proves_nothing() {
    let mut host = host().on(&at(1, 2), rows(&["a", "b"]));
    for _ in 0..5 {
        host = host
            .on(&at(2, 2), rows(&["c"]))
            .on(&at(2, 1), rows(&["z"]))
            .on(&at(1, 2), rows(&["a", "b"]));
    }
    let host = host
        .on(&at(2, 2), rows(&["c"]))
        .on(&at(2, 1), rows(&["z"]))
        .on(&at(3, 2), json!([]));
    let (shown, last) = walk(&host, None, 2);
    host.assert_done();
    assert!(shown.concat().contains(&"c".to_owned()));
    assert!(!last.complete);
    assert_eq!(host.lines.borrow().len(), 1);
    // So the next run looks at everything again.
    let host = super::host().on(&at(1, 100), json!([]));
    changes(&host, last.next, 500);
}

#[test]
fn a_vendor_with_smaller_pages_is_read_to_its_end() {
    let host = host()
        .on(&at(1, 100), rows(&["a", "b"]))
        .on(&at(2, 100), rows(&["c", "d"]))
        .on(&at(3, 100), rows(&["e"]))
        .on(&at(4, 100), json!([]));
    let (shown, last) = walk(&host, None, 500);
    host.assert_done();
    assert_eq!(shown.concat(), ["a", "b", "c", "d", "e"]);
    assert!(last.complete);
}

#[test]
fn a_vendor_that_knows_no_pages_is_shown_in_ours() {
    // More than was asked for: it comes whole, in whatever order.
    let all = || rows(&["d", "a", "c", "e", "b"]);
    let host = host()
        .on(&at(1, 2), all())
        .on(&at(1, 2), all())
        .on(&at(1, 2), all());
    let (shown, last) = walk(&host, None, 2);
    host.assert_done();
    assert_eq!(shown, [vec!["a", "b"], vec!["c", "d"], vec!["e"]]);
    assert!(last.complete);
    // No more than was asked for: the second page is the first again.
    let host = super::host()
        .on(&at(1, 100), rows(&["a", "b"]))
        .on(&at(2, 100), rows(&["a", "b"]))
        .on(&at(1, 100), rows(&["a", "b"]));
    let (shown, last) = walk(&host, None, 500);
    host.assert_done();
    assert_eq!(shown.concat(), ["a", "b"]);
    assert!(last.complete);
}

#[test]
fn a_vendor_that_repeats_its_last_page_is_read_to_its_end() {
    let host = host()
        .on(&at(1, 2), rows(&["a", "b"]))
        .on(&at(2, 2), rows(&["c"]))
        .on(&at(2, 1), rows(&["b"]))
        .on(&at(3, 2), rows(&["c"]))
        .on(&at(2, 2), rows(&["c"]));
    let (shown, _) = walk(&host, None, 2);
    host.assert_done();
    assert_eq!(shown.concat(), ["a", "b", "c"]);
}

#[test]
fn the_shown_ids_are_strings_the_contract_can_carry() {
    let rows = json!([{"id": 7, "code": "A"}, {"code": "B"}, {"id": "", "code": "C"}, {"id": "a\nb", "code": "D"},
        {"id": "x".repeat(257), "code": "E"}]);
    let host = host().on(&at(1, 100), rows);
    let page = changes(&host, None, 500);
    assert_eq!(ids(&page.entries), ["7"]);
}

#[test]
fn a_cursor_fits_the_contract() {
    let long = "x".repeat(256);
    let host = host().on(&at(1, 1), rows(&[&long]));
    let page = changes(&host, None, 1);
    assert!(page.next.unwrap().len() <= 4_096);
    let fault = FusionOperations
        .changes(&super::host(), "customer", Some(b"{".to_vec()), &[], 1)
        .unwrap_err();
    assert_eq!(fault.message.key, "sdk-cursor");
}

#[test]
fn a_query_asks_for_what_the_vendor_may_know_and_checks_it_all() {
    let orders = json!([{"id": "w1", "code": "W1", "running-status": "started", "description": "Table"},
        {"id": "w2", "code": "W2", "running-status": "notstarted", "description": "Table"},
        {"id": "w3", "code": "W3", "running-status": "started", "description": "Chair"}]);
    let filter = [
        filter::condition("running_status", Comparison::Eq, &[json!("started")]),
        filter::condition("description", Comparison::Eq, &[json!("Table")]),
    ];
    let host = host().on(
        &get("production-orders/?page=1&per-page=100&running-status=started"),
        orders,
    );
    let page = FusionOperations
        .query(&host, "work_order", &filter, None, 500)
        .unwrap();
    host.assert_done();
    assert_eq!(ids(&page.entries), ["w1"]);
    assert!(page.more && page.next.is_some());
}

#[test]
fn a_query_by_ids_reads_these_records_page_by_page() {
    let filter = [filter::condition(
        "id",
        Comparison::IsIn,
        &[json!("c1"), json!("c2"), json!("c3")],
    )];
    let host = host()
        .on(&get("clients/c1"), row("c1", "x"))
        .reply(&get("clients/c2"), refusal(404, "x", "y"))
        .on(&get("clients/c3"), row("c3", "x"));
    let page = FusionOperations
        .query(&host, "customer", &filter, None, 2)
        .unwrap();
    assert_eq!((ids(&page.entries), page.more), (vec!["c1"], true));
    let page = FusionOperations
        .query(&host, "customer", &filter, page.next, 2)
        .unwrap();
    host.assert_done();
    assert_eq!(
        (ids(&page.entries), page.more, page.complete),
        (vec!["c3"], false, true)
    );
}

#[test]
fn a_query_by_a_reference_knows_the_ids_first() {
    let filter = [filter::condition(
        "customer_id",
        Comparison::Eq,
        &[json!("c1")],
    )];
    let mut other = order("o2");
    other["client"] = json!("BELL");
    let host = with(json!({}))
        .on(
            &get("sales-orders/?page=1&per-page=25"),
            json!([order("o1"), other]),
        )
        .on(
            &search("clients", "ALMA"),
            json!([{"id": "c1", "code": "ALMA"}]),
        )
        .on(
            &search("clients", "BELL"),
            json!([{"id": "c2", "code": "BELL"}]),
        )
        .on(&search("products", "P1"), json!([]))
        .on(&search("products", "P2"), json!([]));
    let page = FusionOperations
        .query(&host, "sales_order", &filter, None, 500)
        .unwrap();
    host.assert_done();
    assert_eq!(ids(&page.entries), ["o1"]);
}

#[test]
fn rows_that_move_to_the_end_while_the_list_is_read_hide_no_other() {
    // Ordered by stamp: whoever is written between two pages moves to the end.
    for moved in [&["a"][..], &["b"], &["a", "b"], &["b", "a"]] {
        let company = Company::new(WAYS, json!({"resolve_ids": false}));
        *company.by_stamp.borrow_mut() = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let (mut seen, mut at) = (BTreeSet::new(), None);
        let last = loop {
            let page = FusionOperations
                .changes(&company, "customer", at, &[], 2)
                .unwrap();
            let first = seen.is_empty();
            seen.extend(page.entries.iter().map(|entry| entry.id.clone()));
            if first {
                moved.iter().for_each(|id| company.touch(id));
            }
            if !page.more {
                break page;
            }
            at = page.next;
        };
        let all = ["a", "b", "c", "d"].map(str::to_owned);
        assert_eq!(seen, BTreeSet::from(all), "{moved:?}");
        assert!(last.complete, "{moved:?}");
    }
}
