//! `changes`: in the order of stamps and ids, with an overlap, deletions among them.

use super::*;

const ORDER: &str = "ORDER BY SystemModstamp ASC, Id ASC LIMIT";

fn first(tail: &str) -> String {
    q(&format!("SELECT {COLUMNS} FROM Account {tail}"))
}

fn later(tail: &str) -> String {
    q_all(&format!("SELECT {COLUMNS} FROM Account {tail}"))
}

fn dated(body: Value) -> Reply {
    whole(
        200,
        &[("Date", "Thu, 05 Mar 2026 14:00:30 GMT")],
        &body.to_string(),
    )
}

#[track_caller]
fn changes(host: &ScriptHost, since: Option<Cursor>, filter: &[Condition], limit: u32) -> Page {
    let page = Salesforce
        .changes(host, "account", since, filter, limit)
        .unwrap();
    host.assert_done();
    page
}

#[test]
fn a_first_run_shows_all_and_remembers_when_it_began_less_the_overlap() {
    let host = host().reply(
        &first(&format!("{ORDER} 500")),
        dated(rows(vec![row(A1, "Acme", "2026-03-05T13:00:00")])),
    );
    let page = changes(&host, None, &[], 500);
    assert_eq!(ids(&page.entries), [A1]);
    assert!(page.complete && !page.more);
    assert_eq!(
        read_cursor(&page.next),
        json!({"object": "Account", "since": "2026-03-05T13:50:30Z"})
    );
    assert_eq!(
        body(&page.entries[0]),
        json!({"id": A1, "Name": "Acme", "AnnualRevenue": "350000000", "OwnerId": "005xx000001Sv6AAAS",
            "Liaison_Key__c": null, "liaison_key": null, "IsDeleted": false,
            "LastModifiedDate": "2026-03-05T13:00:00Z", "SystemModstamp": "2026-03-05T13:00:00Z"})
    );
}

#[test]
fn a_full_page_goes_on_after_its_last_record_among_those_of_the_same_second() {
    let stamp = "2026-03-05T13:00:00";
    let host = host()
        .reply(&first(&format!("{ORDER} 2")), dated(rows(vec![row(A1, "a", stamp), row(A2, "b", stamp)])))
        .on(
            &first(&format!("WHERE (SystemModstamp > {stamp}Z OR (SystemModstamp = {stamp}Z AND Id > '{A2}')) {ORDER} 2")),
            rows(vec![row(A3, "c", stamp)]),
        );
    let page = Salesforce.changes(&host, "account", None, &[], 2).unwrap();
    assert!(page.more && !page.complete);
    assert_eq!(ids(&page.entries), [A1, A2]);
    let page = changes(&host, page.next, &[], 2);
    assert_eq!(ids(&page.entries), [A3]);
    assert!(!page.more && page.complete);
    // When the walk began, not when it ended.
    assert_eq!(read_cursor(&page.next)["since"], "2026-03-05T13:50:30Z");
}

#[test]
fn a_short_page_that_is_not_done_goes_on_too() {
    let half = json!({"totalSize": 9, "done": false, "nextRecordsUrl": "/services/data/v62.0/query/01gB000003OCxSPIA1-200",
        "records": [row(A1, "a", "2026-03-05T13:00:00")]});
    let host = host().on(&first(&format!("{ORDER} 500")), half);
    let page = changes(&host, None, &[], 500);
    assert!(page.more);
    assert_eq!(
        read_cursor(&page.next)["after"],
        json!(["2026-03-05T13:00:00Z", A1])
    );
}

#[test]
fn a_later_run_looks_among_the_deleted_too() {
    let since = cursor::encode(&json!({"object": "Account", "since": "2026-03-05T13:50:30Z"}));
    let mut gone = row(A2, "Gone", "2026-03-05T13:55:00");
    gone["IsDeleted"] = json!(true);
    let host = host().on(
        &later(&format!(
            "WHERE SystemModstamp >= 2026-03-05T13:50:30Z {ORDER} 500"
        )),
        rows(vec![row(A1, "Acme", "2026-03-05T13:54:00"), gone]),
    );
    let page = changes(&host, Some(since), &[], 500);
    let deleted: Vec<bool> = page.entries.iter().map(|entry| entry.deleted).collect();
    assert_eq!(deleted, [false, true]);
    assert!(
        !page.complete,
        "a part of all records says nothing by absence"
    );
}

#[test]
fn conditions_are_the_vendors_and_deletions_come_whatever_they_hold() {
    let filter = [
        filter::condition("Name", Comparison::StartsWith, &[json!("O'N_")]),
        filter::condition("AnnualRevenue", Comparison::Ge, &[json!("100.50")]),
        // Left to the host: the vendor compares text without regard to case.
        filter::condition("Name", Comparison::NotEq, &[json!("x")]),
    ];
    let fits = r"Name LIKE 'O\'N\_%' AND AnnualRevenue >= 100.5";
    let since = cursor::encode(&json!({"object": "Account", "since": "2026-03-05T13:50:30Z"}));
    let host = host()
        .on(&first(&format!("WHERE {fits} {ORDER} 500")), rows(vec![]))
        .on(
            &later(&format!("WHERE SystemModstamp >= 2026-03-05T13:50:30Z AND (IsDeleted = TRUE OR ({fits})) {ORDER} 500")),
            rows(vec![]),
        );
    let page = Salesforce
        .changes(&host, "account", None, &filter, 500)
        .unwrap();
    assert!(!page.complete);
    changes(&host, Some(since), &filter, 500);
}

#[test]
fn an_object_without_a_bin_is_read_among_the_living() {
    let told = json!({"fields": [read_only("Id", "id"), field("Name", "string"), read_only("SystemModstamp", "datetime")]});
    let since = cursor::encode(&json!({"object": "User", "since": "2026-03-05T13:50:30Z"}));
    let host = host().on(
        &q(&format!("SELECT Id,Name,SystemModstamp FROM User WHERE SystemModstamp >= 2026-03-05T13:50:30Z {ORDER} 500")),
        rows(vec![json!({"Id": "005xx000001Sv6AAAS", "Name": "Ann", "SystemModstamp": "2026-03-05T13:55:00.000+0000"})]),
    );
    remember(&host, "User", &told);
    let page = Salesforce
        .changes(&host, "user", Some(since), &[], 500)
        .unwrap();
    host.assert_done();
    assert_eq!(ids(&page.entries), ["005xx000001Sv6AAAS"]);
    assert_eq!(page.entries[0].version, None);
}

#[test]
fn a_page_that_takes_the_vendor_too_long_is_made_smaller() {
    let host = host()
        .reply(
            &first(&format!("{ORDER} 500")),
            refusal(
                400,
                "QUERY_TIMEOUT",
                "Your query request was running for too long.",
            ),
        )
        .on(
            &first(&format!("{ORDER} 50")),
            rows(vec![row(A1, "a", "2026-03-05T13:00:00")]),
        );
    let page = changes(&host, None, &[], 500);
    assert_eq!(ids(&page.entries), [A1]);
    assert!(!page.more);
}

#[test]
fn a_vendor_whose_clock_is_not_told_goes_by_ours() {
    let host = host().on(&first(&format!("{ORDER} 500")), rows(vec![]));
    let page = changes(&host, None, &[], 500);
    assert_eq!(read_cursor(&page.next)["since"], "2026-03-05T13:50:00Z");
}

#[test]
fn a_cursor_of_another_object_or_of_nobody() {
    let host = host().on(&first(&format!("{ORDER} 500")), rows(vec![]));
    let other = cursor::encode(&json!({"object": "Contact", "since": "2026-03-05T13:50:30Z"}));
    changes(&host, Some(other), &[], 500);
    let host = super::host();
    let fault = Salesforce
        .changes(&host, "account", Some(b"x".to_vec()), &[], 500)
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Internal);
}

#[test]
fn a_field_that_was_hidden_since_is_asked_for_no_more() {
    let told = described(&[field("Name", "string")]);
    let host = host()
        .reply(
            &first(&format!("{ORDER} 500")),
            refusal(
                400,
                "INVALID_FIELD",
                "No such column 'AnnualRevenue' on entity 'Account'.",
            ),
        )
        .on("GET /services/data/v62.0/sobjects/Account/describe", told)
        .on(
            &q(&format!(
                "SELECT Id,Name,IsDeleted,LastModifiedDate,SystemModstamp FROM Account {ORDER} 500"
            )),
            rows(vec![]),
        );
    changes(&host, None, &[], 500);
}

#[test]
fn a_field_that_was_added_since_is_found() {
    let mut fields = account();
    fields["fields"]
        .as_array_mut()
        .unwrap()
        .push(field("New__c", "string"));
    let filter = [filter::condition("New__c", Comparison::Eq, &[json!("x")])];
    let host = host()
        .on("GET /services/data/v62.0/sobjects/Account/describe", fields)
        .on(
            &q(&format!(
                "SELECT {COLUMNS},New__c FROM Account WHERE New__c = 'x' {ORDER} 500"
            )),
            rows(vec![]),
        );
    changes(&host, None, &filter, 500);
}

#[test]
fn a_field_that_nobody_has_stops_the_flow_and_is_named() {
    let filter = [filter::condition(
        "Nowhere__c",
        Comparison::Eq,
        &[json!("x")],
    )];
    let host = host().on(
        "GET /services/data/v62.0/sobjects/Account/describe",
        account(),
    );
    let fault = Salesforce
        .changes(&host, "account", None, &filter, 500)
        .unwrap_err();
    host.assert_done();
    assert_eq!(
        (fault.kind, fault.scope),
        (FaultKind::Misconfigured, FaultScope::WholeEntity)
    );
    assert_eq!(fault.field.as_deref(), Some("Nowhere__c"));
}

#[test]
fn a_description_is_asked_for_and_then_asked_whether_it_changed() {
    let describe = "GET /services/data/v62.0/sobjects/Account/describe";
    let changed = "Wed, 04 Mar 2026 08:00:00 GMT";
    let query = first(&format!("{ORDER} 500"));
    let host = ScriptHost::new(settings())
        .reply(
            describe,
            whole(200, &[("Last-Modified", changed)], &account().to_string()),
        )
        .on(&query, rows(vec![]))
        .on(&query, rows(vec![]))
        .reply(describe, whole(304, &[], ""))
        .on(&query, rows(vec![]));
    remember_session(&host, "T0K");
    for wait_ms in [0, 599_000, 1_000] {
        host.now_ms.set(host.now_ms.get() + wait_ms);
        Salesforce
            .changes(&host, "account", None, &[], 500)
            .unwrap();
    }
    host.assert_done();
    let sent = host.sent.borrow();
    let condition = ("If-Modified-Since".to_owned(), changed.to_owned());
    assert!(sent[3].headers.contains(&condition));
    assert!(!sent[0]
        .headers
        .iter()
        .any(|(name, _)| name == "If-Modified-Since"));
}

#[test]
fn an_object_with_too_many_fields_for_an_address_is_read_in_two_steps() {
    let many: Vec<Value> = (0..600)
        .map(|n| field(&format!("Quite_A_Long_Field_Name_{n}__c"), "string"))
        .collect();
    let mut gone = row(A2, "", "2026-03-05T13:56:00");
    gone["IsDeleted"] = json!(true);
    let thin = |id: &str| json!({"Id": id, "SystemModstamp": "2026-03-05T13:55:00.000+0000", "IsDeleted": false});
    let since = cursor::encode(&json!({"object": "Account", "since": "2026-03-05T13:50:30Z"}));
    let host = host()
        .on(
            &q_all(&format!("SELECT Id,SystemModstamp,IsDeleted FROM Account WHERE SystemModstamp >= 2026-03-05T13:50:30Z {ORDER} 4")),
            rows(vec![thin(A1), thin(A3), gone]),
        )
        .on(
            "POST /services/data/v62.0/composite/sobjects/Account",
            json!([row(A1, "Acme", "2026-03-05T13:55:00"), null]),
        );
    remember(&host, "Account", &described(&many));
    let page = Salesforce
        .changes(&host, "account", Some(since), &[], 4)
        .unwrap();
    host.assert_done();
    // The one that went away in between is told by the next run.
    assert_eq!(ids(&page.entries), [A1, A2]);
    assert_eq!(host.body(1)["ids"], json!([A1, A3]));
    assert_eq!(host.body(1)["fields"].as_array().unwrap().len(), 604);
    assert!(!page.more);
}

#[test]
fn such_an_object_has_its_record_types_all_the_same() {
    let mut fields: Vec<Value> = (0..600)
        .map(|n| field(&format!("Quite_A_Long_Field_Name_{n}__c"), "string"))
        .collect();
    fields.push(field("RecordTypeId", "reference"));
    let thin = |id: &str, kind: Value| json!({"Id": id, "SystemModstamp": "2026-03-05T13:55:00.000+0000", "IsDeleted": false, "RecordType": kind});
    let order = json!({"attributes": {"type": "RecordType"}, "DeveloperName": "Sales_Order"});
    let host = host()
        .on(
            &q(&format!("SELECT Id,SystemModstamp,IsDeleted,RecordType.DeveloperName FROM Account {ORDER} 5")),
            rows(vec![thin(A1, order), thin(A2, Value::Null)]),
        )
        .on(
            "POST /services/data/v62.0/composite/sobjects/Account",
            json!([row(A1, "Acme", "2026-03-05T13:55:00"), row(A2, "B", "2026-03-05T13:55:00")]),
        );
    remember(&host, "Account", &described(&fields));
    let page = Salesforce.changes(&host, "account", None, &[], 5).unwrap();
    host.assert_done();
    let sent = host.body(1);
    let asked = sent["fields"].as_array().unwrap();
    assert!(!asked.contains(&json!("RecordType.DeveloperName")));
    let kinds: Vec<Value> = page
        .entries
        .iter()
        .map(|entry| body(entry)["record_type"].clone())
        .collect();
    assert_eq!(kinds, [json!("Sales_Order"), Value::Null]);
}

#[test]
fn rows_that_lead_nowhere_never_end_a_walk() {
    let stamp = "2026-03-05T13:00:00";
    let at = cursor::encode(
        &json!({"object": "Account", "began_ms": 1, "after": [format!("{stamp}Z"), A2]}),
    );
    let next = first(&format!("WHERE (SystemModstamp > {stamp}Z OR (SystemModstamp = {stamp}Z AND Id > '{A2}')) {ORDER} 1"));
    let mut unstamped = row(A3, "c", stamp);
    unstamped["SystemModstamp"] = Value::Null;
    for shown in [row(A2, "the same again", stamp), unstamped] {
        let host = host().on(&next, rows(vec![shown]));
        let fault = Salesforce
            .changes(&host, "account", Some(at.clone()), &[], 1)
            .unwrap_err();
        assert_eq!(fault.message.key, "salesforce-walk-stuck");
    }
    let host = host().on(
        &first(&format!("WHERE Id > '{A2}' ORDER BY Id ASC LIMIT 1")),
        rows(vec![row(A2, "the same again", stamp)]),
    );
    let at = cursor::encode(&json!({"part": 0, "after": A2}));
    let fault = Salesforce
        .query(&host, "account", &[], Some(at), 1)
        .unwrap_err();
    assert_eq!(fault.message.key, "salesforce-walk-stuck");
}

#[test]
fn a_page_without_rows_that_is_not_the_last_is_none() {
    let host = host().on(
        &first(&format!("{ORDER} 500")),
        json!({"totalSize": 9, "done": false, "records": []}),
    );
    let fault = Salesforce
        .changes(&host, "account", None, &[], 500)
        .unwrap_err();
    assert_eq!(fault.message.key, "salesforce-walk-stuck");
}
