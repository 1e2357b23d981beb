//! Walks by the time of the last change, and what users asked for.

use super::*;
use std::collections::BTreeSet;

const NOON: &str = "2026-03-05T12:00:00Z";

/// So many quotes, one every `apart` seconds up to this one; of 0, all in the same second.
fn quotes(company: &Company, count: i64, last_s: i64, apart: i64) {
    for at in 0..count {
        company.document(
            "Quote",
            &format!("Q-{at:05}"),
            last_s - (count - 1 - at) * apart,
        );
    }
}

fn since(at_s: i64) -> Option<Cursor> {
    Some(cursor::encode(&json!({"since": at_s})))
}

#[track_caller]
fn all_once(shown: &[String], count: usize) {
    let distinct: BTreeSet<&String> = shown.iter().collect();
    assert_eq!((distinct.len(), shown.len()), (count, count));
}

#[test]
fn a_run_asks_from_where_the_last_one_began_less_the_overlap() {
    let company = Company::with(json!({"actions": false}));
    let noon = second(NOON);
    quotes(&company, 3, noon, 60);
    let (shown, next) = walk(&company, "quote", since(noon - 60), 500).unwrap();
    assert_eq!(shown, ["Q-00001", "Q-00002"]);
    assert_eq!(
        company.sent_to("export_documents_request"),
        ["modified", "created"].map(|event| format!("<options><documentType>Quote</documentType><onlyChecked>false</onlyChecked><onlyUnexported>false</onlyUnexported><eventInRange><eventType>{event}</eventType><after>2026-03-05T11:58:59Z</after><before>2026-03-05T14:10:00Z</before></eventInRange></options>"))
    );
    // 14:00 less ten minutes: of the three, none is that young.
    assert_eq!(next, since(second("2026-03-05T13:50:00Z")));
    let (shown, _) = walk(&company, "quote", next, 500).unwrap();
    assert_eq!(shown, [""; 0]);
}

#[test]
fn the_earlier_of_two_clocks_is_the_one_that_counts() {
    let company = Company::with(json!({"actions": false}));
    *company.date.borrow_mut() = Some("Thu, 05 Mar 2026 13:00:00 GMT");
    let (_, next) = walk(&company, "quote", since(second(NOON)), 500).unwrap();
    assert_eq!(next, since(second("2026-03-05T12:50:00Z")));
    *company.date.borrow_mut() = Some("Thu, 05 Mar 2026 15:00:00 GMT");
    let (_, next) = walk(&company, "quote", since(second(NOON)), 500).unwrap();
    assert_eq!(next, since(second("2026-03-05T13:50:00Z")));
}

#[test]
fn five_hundred_fit_one_reply_and_one_more_halves_the_window() {
    for ends in [Ends::HalfOpen, Ends::BothOut, Ends::BothIn] {
        for (count, requests) in [(499, 1), (500, 1), (501, 3)] {
            let company = Company::with(json!({"actions": false}));
            company.ends.set(ends);
            quotes(&company, count, second("2026-03-05T13:59:59Z"), 7);
            let (shown, _) = walk(
                &company,
                "quote",
                since(second("2026-03-05T12:55:00Z")),
                500,
            )
            .unwrap();
            // The edge of two windows is in both.
            assert!(shown.len() <= usize::try_from(count).unwrap() + 2);
            let distinct: BTreeSet<&String> = shown.iter().collect();
            assert_eq!(distinct.len(), usize::try_from(count).unwrap());
            assert!(company.asked().len() >= requests && company.asked().len() <= requests + 4);
        }
    }
}

#[test]
fn five_hundred_of_one_second_are_shown_and_more_are_a_fault_in_words() {
    let noon = second(NOON);
    for (count, neighbours, ends, expected) in [
        (500, false, Ends::HalfOpen, true),
        (500, true, Ends::HalfOpen, true),
        (500, true, Ends::BothOut, true),
        (500, false, Ends::BothIn, true),
        (501, false, Ends::HalfOpen, false),
        (501, true, Ends::HalfOpen, false),
        (501, false, Ends::BothOut, false),
        (501, false, Ends::BothIn, false),
    ] {
        let company = Company::with(json!({"actions": false}));
        company.ends.set(ends);
        quotes(&company, count, noon, 0);
        if neighbours {
            company.document("Quote", "Q-before", noon - 1);
            company.document("Quote", "Q-after", noon + 1);
        }
        let told = walk(&company, "quote", since(noon - 3_600), 500);
        let all = usize::try_from(count).unwrap() + if neighbours { 2 } else { 0 };
        match told {
            Ok((shown, _)) => {
                assert!(expected, "{count}");
                let distinct: BTreeSet<&String> = shown.iter().collect();
                assert_eq!(distinct.len(), all);
            }
            Err(fault) => {
                assert!(!expected, "{count} {neighbours}: {fault:?}");
                assert_eq!(fault.kind, FaultKind::Misconfigured);
                assert_eq!(fault.scope, FaultScope::WholeEntity);
                assert_eq!(fault.message.key, "channelonline-too-many-at-once");
                let words = &fault.message.fallback;
                // Where both ends are counted in, the second before shows them first.
                let near = words.contains("2026-03-05T11:59:59Z") && ends == Ends::BothIn;
                assert!(words.contains("2026-03-05T12:00:00Z") || near, "{words}");
                assert_eq!(fault.vendor_code.as_deref(), Some("507"));
            }
        }
    }
}

#[test]
fn documents_that_nobody_changed_since_they_were_made_are_shown_once() {
    let noon = second(NOON);
    for (new_is_changed, count, apart, walks) in [
        (false, 3, 60, 2),
        (true, 3, 60, 1),
        (false, 500, 0, 2),
        (true, 500, 0, 1),
        (false, 501, 7, 2),
        (true, 501, 7, 1),
    ] {
        let company = Company::with(json!({"actions": false}));
        company.new_is_changed.set(new_is_changed);
        for at in 0..count {
            company.new_document("Quote", &format!("Q-{at:05}"), noon - at * apart);
        }
        company.document("Quote", "Q-changed", noon - 30);
        let (shown, _) = walk(&company, "quote", since(noon - 7_200), 1_000).unwrap();
        let distinct: BTreeSet<&String> = shown.iter().collect();
        let all = usize::try_from(count).unwrap() + 1;
        assert_eq!(distinct.len(), all, "{new_is_changed} {count}");
        // The edge of two windows is in both.
        assert!(shown.len() <= all + 2);
        let sent = company.sent_to("export_documents_request");
        let kinds: BTreeSet<bool> = sent.iter().map(|one| one.contains("created")).collect();
        assert_eq!(kinds.len(), walks, "{new_is_changed} {count}");
        let (products, _) = walk(&company, "product", since(noon - 7_200), 500).unwrap();
        assert!(products.is_empty());
    }
}

#[test]
fn pages_are_cut_within_a_second_and_nothing_is_left_out_or_shown_twice() {
    for (count, apart, limit) in [
        (450, 0, 100),
        (450, 1, 7),
        (1_203, 3, 500),
        (20, 0, 20),
        (21, 0, 20),
    ] {
        let company = Company::with(json!({"actions": false}));
        quotes(&company, count, second(NOON), apart);
        let (shown, _) = walk(&company, "quote", since(second(NOON) - 7_200), limit).unwrap();
        let distinct: BTreeSet<&String> = shown.iter().collect();
        assert_eq!(distinct.len(), usize::try_from(count).unwrap());
        if apart == 0 {
            assert_eq!(shown.len(), distinct.len());
        }
    }
}

#[test]
fn a_page_of_documents_with_many_lines_holds_what_the_host_takes() {
    fn values(value: &Value) -> usize {
        1 + match value {
            Value::Array(all) => all.iter().map(values).sum(),
            Value::Object(all) => all.len() + all.values().map(values).sum::<usize>(),
            _ => 0,
        }
    }
    let company = Company::with(json!({"actions": false}));
    let line = "<product lineItemId=\"1\" productType=\"Hardware\"><partNumber>LAT-5450</partNumber><quantity>2</quantity><price>1389.00</price></product>";
    let inner = format!("<itemList>{}</itemList>", line.repeat(20));
    for at in 0..300 {
        company.document_with("Quote", &format!("Q-{at:05}"), second(NOON) - at, &inner);
    }
    let (mut at, mut shown, mut most) = (since(second(NOON) - 7_200), BTreeSet::new(), 0);
    loop {
        let page = ChannelOnline
            .changes(&company, "quote", at, &[], 500)
            .unwrap();
        let count = page.entries.iter().map(|entry| values(&body(entry))).sum();
        assert!(count < 250_000, "{count} values");
        most = most.max(count);
        shown.extend(page.entries.into_iter().map(|entry| entry.id));
        at = page.next;
        if !page.more {
            break;
        }
    }
    assert_eq!(shown.len(), 300);
    assert!(most > 100_000, "{most} values");
}

#[test]
fn a_first_run_over_years_takes_few_calls() {
    let company = Company::with(json!({"actions": false}));
    // 5,000 documents in a year and a half.
    quotes(&company, 5_000, second(NOON), 9_500);
    let (shown, _) = walk(&company, "quote", None, 500).unwrap();
    let distinct: BTreeSet<&String> = shown.iter().collect();
    assert_eq!(distinct.len(), 5_000);
    let calls = company.asked().len();
    assert!(calls < 90, "{calls} calls");
    let narrowed = Company::with(json!({"actions": false, "first_day": "2026-01-01"}));
    quotes(&narrowed, 5_000, second(NOON), 9_500);
    let (shown, _) = walk(&narrowed, "quote", None, 500).unwrap();
    let fresh = |at: &i64| second(NOON) - (4_999 - at) * 9_500 >= second("2025-12-31T23:59:59Z");
    assert_eq!(shown.len(), (0..5_000).filter(fresh).count());
}

#[test]
fn the_filter_of_a_flow_is_where_a_first_run_begins() {
    let company = Company::with(json!({"actions": false}));
    quotes(&company, 100, second(NOON), 86_400);
    let from = filter::condition(
        "modified_at",
        Comparison::Ge,
        &[json!("2026-03-01T12:00:00Z")],
    );
    let page = ChannelOnline
        .changes(&company, "quote", None, &[from], 500)
        .unwrap();
    assert_eq!(page.entries.len(), 5);
    assert_eq!(company.asked().len(), 1);
}

#[test]
fn a_window_that_gets_no_answer_is_shorter_the_next_time() {
    let company = Company::with(json!({"actions": false}));
    let (host, noon) = (&company as &dyn Host, second(NOON));
    let length = |at: usize| {
        let sent = company.sent_to("export_documents_request");
        let bound = |name: &str| {
            let rest = sent[at].split(name).nth(1).unwrap();
            second(rest.split('<').next().unwrap())
        };
        bound("<before>") - bound("<after>")
    };
    struct Dead<'a>(&'a Company);
    impl Host for Dead<'_> {
        fn settings_json(&self) -> String {
            self.0.settings_json()
        }
        fn log(&self, level: liaison_sdk::host::LogLevel, message: &str) {
            self.0.log(level, message);
        }
        fn now_ms(&self) -> u64 {
            self.0.now_ms()
        }
        fn monotonic_ms(&self) -> u64 {
            self.0.monotonic_ms()
        }
        fn sleep_ms(&self, _: u32) {}
        fn random(&self, count: u32) -> Vec<u8> {
            self.0.random(count)
        }
        fn memory_get(&self, key: &str) -> Option<Vec<u8>> {
            self.0.memory_get(key)
        }
        fn memory_set(&self, key: &str, value: &[u8]) -> Result<(), String> {
            self.0.memory_set(key, value)
        }
        fn memory_delete(&self, key: &str) {
            self.0.memory_delete(key);
        }
        fn note(&self, token: &str, note: &[u8]) -> Result<(), String> {
            self.0.note(token, note)
        }
        fn placeholder(
            &self,
            name: &str,
            encoder: liaison_sdk::host::Encoder,
        ) -> Result<String, String> {
            self.0.placeholder(name, encoder)
        }
        fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
            self.0.send(request)?;
            Err(HttpError::NoAnswer {
                detail: "reset".to_owned(),
            })
        }
    }
    quotes(&company, 3, noon, 60);
    let at = since(noon - 80_000);
    let fault = ChannelOnline
        .changes(&Dead(&company), "quote", at.clone(), &[], 500)
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unavailable);
    assert_eq!(company.asked().len(), 3);
    let (shown, _) = walk(&company, "quote", at, 500).unwrap();
    assert_eq!(shown.len(), 3);
    assert!(length(3) <= length(0) / 2 + 1);
    assert_eq!(host.memory_get("narrow-quote-q"), None);
}

#[test]
fn what_users_asked_for_comes_first_whatever_its_age_and_once() {
    let company = Company::new();
    let noon = second(NOON);
    quotes(&company, 3, noon, 60);
    company.document("Quote", "Q-77", second("2020-01-01T00:00:00Z"));
    company.document("SalesOrder", "S-9", noon);
    company.action("A-1", "export_document", "Q-77", "");
    company.action("A-1", "export_document", "Q-77", "");
    company.action("A-2", "export_document", "Q-00002", "");
    company.action("A-3", "export_document", "S-9", "");
    company.action("A-4", "export_customer", "Q-00001", "");
    // Named by its system id.
    company.action("A-5", "query_opportunities", "977", "");
    let page = ChannelOnline
        .changes(&company, "quote", since(noon - 600), &[], 500)
        .unwrap();
    assert_eq!(ids(&page.entries), ["Q-77", "Q-00002"]);
    assert!(page.more);
    let first = body(&page.entries[0]);
    assert_eq!(first["requested_action"], "A-1");
    assert_eq!(first["requested_type"], "export_document");
    assert_eq!(first["requested_by"], "ann@acme.example");
    assert_eq!(first["requested_at"], "2026-03-05T13:00:00Z");
    assert_eq!(first["requested_argument"], Value::Null);
    assert_eq!(first["requested_all_contacts"], true);
    let (rest, _) = walk(&company, "quote", page.next, 500).unwrap();
    assert_eq!(rest, ["Q-00000", "Q-00001"]);
    let (orders, _) = walk(&company, "sales_order", since(noon - 600), 500).unwrap();
    assert_eq!(orders, ["S-9"]);
    // Of no use to anybody else.
    let (products, _) = walk(&company, "product", since(noon - 600), 500).unwrap();
    assert!(products.is_empty());
}

#[test]
fn who_presses_again_is_shown_by_the_last_wish_of_its_kind_and_a_list_stands_before_nothing() {
    let company = Company::new();
    for number in ["Q-1", "Q-2"] {
        company.document("Quote", number, second("2020-01-01T00:00:00Z"));
    }
    // Ids are numbers, whatever their texts say of their order.
    for id in ["8", "9", "10"] {
        company.action(id, "export_document", "Q-1", "");
    }
    company.action("11", "query_services", "Q-1", "");
    company.action("12", "export_document", "Q-1", "");
    company.action("13", "query_services", "Q-2", "");
    company.action("14", "export_document", "Q-2", "");
    let page = ChannelOnline
        .changes(&company, "quote", since(second(NOON)), &[], 500)
        .unwrap();
    let shown = page.entries.iter().map(|entry| {
        let body = body(entry);
        format!(
            "{} {} {}",
            entry.id, body["requested_action"], body["requested_type"]
        )
    });
    assert_eq!(
        shown.collect::<Vec<String>>(),
        [
            r#"Q-1 "12" "export_document""#,
            r#"Q-2 "14" "export_document""#
        ]
    );
}

#[test]
fn many_wishes_take_many_pages_and_none_is_forgotten() {
    let company = Company::new();
    for at in 0..80 {
        company.document("Quote", &format!("Q-{at}"), second("2020-01-01T00:00:00Z"));
        company.action(
            &format!("A-{at:02}"),
            "export_document",
            &format!("Q-{at}"),
            "",
        );
    }
    let (shown, _) = walk(&company, "quote", since(second(NOON)), 500).unwrap();
    all_once(&shown, 80);
}

#[test]
fn documents_are_read_where_nobody_can_ask_what_was_pressed() {
    for code in ["102", "201", "404", "999"] {
        let company = Company::new();
        quotes(&company, 1, second(NOON), 1);
        company
            .refuses
            .borrow_mut()
            .push(("export_actions_request", code));
        let (shown, _) = walk(&company, "quote", since(second(NOON)), 500).unwrap();
        assert_eq!(shown, ["Q-00000"], "{code}");
        assert!(company.lines().contains("what users press"));
    }
    for (code, kind) in [
        ("101", FaultKind::Unauthorized),
        ("503", FaultKind::Unavailable),
    ] {
        let company = Company::new();
        company
            .refuses
            .borrow_mut()
            .push(("export_actions_request", code));
        let fault = walk(&company, "quote", since(second(NOON)), 500).unwrap_err();
        assert_eq!(fault.kind, kind);
    }
}

#[test]
fn customers_and_their_contacts_are_walked_alike() {
    let company = Company::new();
    let noon = second(NOON);
    company.customer(
        "NW0042",
        "5001",
        "Northwind",
        noon,
        "<contact contactId=\"7001\"/><contact contactId=\"7002\"/>",
    );
    company.customer(
        "AL0001",
        "5002",
        "Alma",
        noon - 90_000,
        "<contact contactId=\"7003\"/>",
    );
    company.action("A-1", "import_contacts", "5002", "<options><importAllContacts>false</importAllContacts></options><contact contactId=\"7003\"/>");
    let page = ChannelOnline
        .changes(&company, "customer", since(noon - 60), &[], 500)
        .unwrap();
    assert_eq!(ids(&page.entries), ["AL0001"]);
    let alma = body(&page.entries[0]);
    assert_eq!(alma["requested_contacts"], json!(["AL0001/7003"]));
    assert_eq!(alma["requested_all_contacts"], false);
    let (rest, _) = walk(&company, "customer", page.next, 500).unwrap();
    assert_eq!(rest, ["NW0042"]);
    let page = ChannelOnline
        .changes(&company, "contact", since(noon - 60), &[], 500)
        .unwrap();
    assert_eq!(ids(&page.entries), ["AL0001/7003"]);
    assert_eq!(body(&page.entries[0])["requested_action"], "A-1");
    let (rest, _) = walk(&company, "contact", page.next, 1).unwrap();
    assert_eq!(rest, ["NW0042/7001", "NW0042/7002"]);
}

#[test]
fn a_query_shows_all_there_is_and_says_so() {
    let company = Company::new();
    quotes(&company, 700, second(NOON), 3_600);
    let (mut at, mut shown, mut complete) = (None, BTreeSet::new(), false);
    loop {
        let page = ChannelOnline
            .query(&company, "quote", &[], at, 500)
            .unwrap();
        shown.extend(page.entries.into_iter().map(|entry| entry.id));
        complete |= page.complete;
        at = page.next;
        if !page.more {
            break;
        }
    }
    assert_eq!((shown.len(), complete), (700, true));
    let few = filter::condition(
        "id",
        Comparison::IsIn,
        &[json!("Q-00007"), json!("Q-00003"), json!("Q-9")],
    );
    let page = ChannelOnline
        .query(&company, "quote", &[few], None, 500)
        .unwrap();
    assert_eq!(ids(&page.entries), ["Q-00003", "Q-00007"]);
}
