//! Reading: two objects as one record, ids and keys, and filters that fail.

use super::*;

fn read(host: &ScriptHost, entity: &str, ids: &[&str]) -> Vec<Option<Entry>> {
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let entries = CentrixOne.read(host, entity, &ids).unwrap();
    host.assert_done();
    entries
}

#[test]
fn an_account_and_its_oldest_contact_are_one_record() {
    let host = host()
        .has_list()
        .gets("Accounts", "A88", json!([account(88)]))
        .gets(
            "Contacts",
            "A88,S7",
            json!([
                contact(1250, 88, "2025-06-01"),
                contact(1234, 88, "2024-02-01"),
                contact(1230, 88, "2025-01-01")
            ]),
        );
    let entry = read(&host, "customer", &["88"]).remove(0).unwrap();
    assert_eq!(
        (entry.id.as_str(), primary(&entry.version)),
        ("88", Some("1234"))
    );
    assert_eq!(
        body(&entry),
        json!({"id": "88", "name": "Compagnie 88", "care_of": "Julie Tremblay", "contact_firstname": "Julie",
            "contact_name": "Tremblay", "contact_id": "1234", "external_id": "acomba:88", "address1": "100 rue Principale",
            "address2": null, "city": "Alma", "state": "QC", "zip": "G8B 1A1", "country": "CA", "email": "info@atelier.example",
            "phone1": "418 555-0100", "fax": null, "cell": "418 555-0102", "website": "https://atelier.example",
            "language": "fr", "rep_id": "501", "lists": [{"list_id": "7"}], "created_at": "2024-02-01T15:00:00Z",
            "modified_at": "2026-03-05T19:00:00Z", "price_list": "1", "payment_term": "Net 30",
            "customer_number": "10005", "discount": "2.5", "territory": "Saguenay", "protected": true})
    );
    let sent = host.sent.borrow();
    assert!(sent.iter().all(|r| r
        .headers
        .contains(&("Accept".to_owned(), "application/json".to_owned()))));
}

#[test]
fn what_a_whole_record_does_not_tell_is_empty() {
    let mut emptied = contact(1234, 88, "2024-02-01");
    emptied.as_object_mut().unwrap().remove("email");
    let host = host()
        .has_list()
        .gets(
            "Accounts",
            "A88",
            json!([{"id": 88, "name": "Compagnie 88"}]),
        )
        .gets("Contacts", "A88,S7", json!([emptied]));
    let body = body(&read(&host, "customer", &["88"]).remove(0).unwrap());
    for field in ["email", "territory"] {
        assert_eq!(body.get(field), Some(&Value::Null), "{field}");
    }
}

#[test]
fn the_oldest_contact_is_by_creation_then_by_id() {
    let untold = |id: i64| {
        let mut contact = contact(id, 88, "2024-01-01");
        contact.as_object_mut().unwrap().remove("created");
        contact
    };
    for (contacts, expected) in [
        (
            vec![contact(9, 88, "2024-02-01"), contact(4, 88, "2024-02-01")],
            "4",
        ),
        (
            vec![contact(4, 88, "2024-02-02"), contact(9, 88, "2024-02-01")],
            "9",
        ),
        (vec![untold(4), contact(9, 88, "2024-02-01")], "9"),
        (vec![untold(9), untold(4)], "4"),
    ] {
        let host = host()
            .has_list()
            .gets("Accounts", "A88", json!([account(88)]))
            .gets("Contacts", "A88,S7", json!(contacts));
        let entry = read(&host, "customer", &["88"]).remove(0).unwrap();
        assert_eq!(primary(&entry.version), Some(expected), "{contacts:?}");
    }
}

#[test]
fn the_link_is_seen_on_whichever_contact_carries_it() {
    let mut older = contact(10, 88, "2020-01-01");
    older["external_id"] = json!("");
    let host = host()
        .has_list()
        .gets("Accounts", "A88", json!([account(88)]))
        .gets(
            "Contacts",
            "A88,S7",
            json!([contact(1234, 88, "2024-02-01"), older]),
        );
    let entry = read(&host, "customer", &["88"]).remove(0).unwrap();
    assert_eq!(primary(&entry.version), Some("10"));
    assert_eq!(body(&entry)["external_id"], "acomba:88");
}

#[test]
fn order_and_number_are_kept_and_what_is_no_id_costs_nothing() {
    let host = host()
        .has_list()
        .gets("Accounts", "A5,A88", json!([account(88)]))
        .gets(
            "Contacts",
            "A88,S7",
            json!([contact(1234, 88, "2024-02-01")]),
        );
    let entries = read(&host, "customer", &["x", "88", "5"]);
    let found: Vec<Option<&str>> = entries
        .iter()
        .map(|entry| entry.as_ref().map(|entry| entry.id.as_str()))
        .collect();
    assert_eq!(found, [None, Some("88"), None]);
    assert_eq!(read(&super::host(), "customer", &["x"]), [None]);
}

#[test]
fn contacts_that_cannot_be_asked_for_by_account_are_read_by_list() {
    let by_list = |host: ScriptHost| {
        let everybody = json!([
            contact(1234, 88, "2024-02-01"),
            contact(1250, 88, "2025-02-01"),
            contact(1300, 99, "2024-02-01")
        ]);
        let of_88 = json!([everybody[0], everybody[1]]);
        host.gets_few("Contacts", "S7", everybody)
            .gets("Contacts", "C1234,C1250,S7", of_88)
    };
    let accounts = |host: ScriptHost| {
        host.has_list()
            .gets("Accounts", "A88", json!([account(88)]))
    };
    for host in [
        by_list(accounts(host()).reply(&get("Contacts", "A88,S7"), plain(400, "Unknown filter"))),
        by_list(accounts(host()).reply(
            &get("Contacts", "A88,S7"),
            plain(500, "Internal Server Error"),
        )),
        by_list(accounts(host()).gets("Contacts", "A88,S7", json!([]))),
    ] {
        let entries = read(&host, "customer", &["88"]);
        assert_eq!(primary(&entries[0].as_ref().unwrap().version), Some("1234"));
    }
}

#[test]
fn a_filter_that_fails_on_a_missing_record_is_answered_from_everything() {
    let host = host()
        .reply(
            &get("Users", "U501,U502"),
            plain(500, "Internal Server Error"),
        )
        .gets(
            "Users",
            "all",
            json!([{"id": 501, "username": "7@12345", "active": false}]),
        );
    let entries = read(&host, "user", &["501", "502"]);
    assert!(entries[0].is_some() && entries[1].is_none());
}

#[test]
fn customers_are_found_by_our_id_in_one_request() {
    let host = host()
        .gets(
            "Contacts",
            "Eacomba:57,Eacomba:88",
            json!([contact(1234, 88, "2024-02-01")]),
        )
        .has_list()
        .gets("Accounts", "A88", json!([account(88)]))
        .gets(
            "Contacts",
            "A88,S7",
            json!([contact(1234, 88, "2024-02-01")]),
        );
    let query = |id: &str| vec![("external_id".to_owned(), json!(id).to_string())];
    let found = CentrixOne
        .find(
            &host,
            "customer",
            &[query("acomba:88"), query("acomba:57"), query("")],
        )
        .unwrap();
    host.assert_done();
    let found: Vec<Vec<&str>> = found.iter().map(|entries| ids(entries)).collect();
    assert_eq!(found, [vec!["88"], vec![], vec![]]);
}

#[test]
fn customers_are_found_by_number_and_name_in_the_whole_list() {
    let contacts = || {
        json!([
            contact(1234, 88, "2024-02-01"),
            contact(1300, 99, "2024-02-01")
        ])
    };
    let accounts = || json!([account(88), {"id": 99, "name": "Autre"}]);
    let host = host()
        .gets("Contacts", "Eacomba:99", json!([contacts()[1]]))
        .has_list()
        .gets_customers(json!([accounts()[1]]), json!([contacts()[1]]))
        .looks_for_names(contacts(), accounts())
        .gets_customers(accounts(), contacts());
    let query = |field: &str, value: &str| vec![(field.to_owned(), json!(value).to_string())];
    let queries = [
        query("customer_number", "10005"),
        query("name", "autre"),
        query("name", "Compagnie"),
        query("external_id", "acomba:99"),
    ];
    let found = CentrixOne.find(&host, "customer", &queries).unwrap();
    host.assert_done();
    let found: Vec<Vec<&str>> = found.iter().map(|entries| ids(entries)).collect();
    assert_eq!(found, [vec!["88"], vec!["99"], vec![], vec!["99"]]);
    let fault = CentrixOne
        .find(&super::host(), "customer", &[query("city", "Alma")])
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.key.as_str()),
        (FaultKind::Internal, "centrixone-no-key")
    );
}

#[test]
fn an_id_of_ours_with_a_comma_is_looked_for_in_everything() {
    let host = host().gets(
        "Users",
        "all",
        json!([{"id": 501, "external_id": "sp:7,8"}, {"id": 502}]),
    );
    let query = vec![("external_id".to_owned(), "\"sp:7,8\"".to_owned())];
    let found = CentrixOne.find(&host, "user", &[query]).unwrap();
    host.assert_done();
    assert_eq!(ids(&found[0]), ["501"]);
}

#[test]
fn small_entities_are_found_by_what_people_call_them() {
    let stages = json!([
        {"id": 9, "main": "won", "percent": 100, "label_fr": "Facture", "label_en": "Invoice", "protected": true},
        {"id": 8, "main": "advanced", "percent": 90, "label_fr": "Commande", "label_en": "Order"}]);
    let host = host().gets("Stages", "all", stages);
    let query = |fields: &[(&str, Value)]| {
        let field = |(name, value): &(&str, Value)| ((*name).to_owned(), value.to_string());
        fields.iter().map(field).collect::<Vec<_>>()
    };
    let found = CentrixOne
        .find(
            &host,
            "stage",
            &[
                query(&[("label_fr", json!("facture"))]),
                query(&[("percent", json!(90)), ("label_en", json!("Order"))]),
                query(&[("percent", json!(100)), ("label_en", json!("Order"))]),
            ],
        )
        .unwrap();
    host.assert_done();
    let found: Vec<Vec<&str>> = found.iter().map(|entries| ids(entries)).collect();
    assert_eq!(found, [vec!["9"], vec!["8"], vec![]]);
}

#[test]
fn a_query_asks_for_just_what_it_names() {
    let condition = filter::condition(
        "external_id",
        Comparison::IsIn,
        &[json!("acomba-tx:1"), json!("acomba-tx:2")],
    );
    let host = host().gets(
        "Opportunities",
        "Eacomba-tx:1,Eacomba-tx:2",
        json!([{"id": 7002, "external_id": "acomba-tx:2", "total": 345.0}, {"id": 7001, "external_id": "acomba-tx:1"}]),
    ).gets("Stages", "all", json!([]));
    let page = CentrixOne
        .query(&host, "opportunity", &[condition], None, 1)
        .unwrap();
    host.assert_done();
    assert_eq!(
        (ids(&page.entries), page.more, page.complete),
        (vec!["7001"], true, false)
    );
    let host = super::host()
        .gets_few("Opportunities", "all", json!([{"id": 7001}, {"id": 7002}]))
        .gets("Opportunities", "O7002", json!([{"id": 7002}]))
        .gets("Stages", "all", json!([]));
    let page = CentrixOne
        .query(&host, "opportunity", &[], page.next, 1)
        .unwrap();
    assert_eq!(
        (ids(&page.entries), page.more, page.complete),
        (vec!["7002"], false, true)
    );
}

#[test]
fn settings_decide_the_address() {
    let settings = json!({"account": "A7", "base_url": "https://api.vsmcentrix.com/", "language": "FR", "list": " prospects "});
    let host = ScriptHost::new(settings)
        .on(
            "GET https://api.vsmcentrix.com/API_WEB/FR/Lists-A7-[api_key:Encoder::Url]-all.awp",
            answer("Lists", lists()),
        )
        .on(
            "GET /FR/Contacts-A7-[api_key:Encoder::Url]-S3.awp?fields=id,account_id,company,modified",
            answer("Contacts", json!([])),
        );
    CentrixOne.query(&host, "customer", &[], None, 10).unwrap();
    host.assert_done();
    for account in ["", "12-5", "1/2"] {
        let host = ScriptHost::new(json!({"account": account}));
        let fault = CentrixOne
            .read(&host, "user", &["1".to_owned()])
            .unwrap_err();
        assert_eq!(fault.kind, FaultKind::Misconfigured, "{account}");
    }
}

#[test]
fn a_read_that_fails_is_told_in_the_hosts_terms() {
    let with_wait = [("Retry-After", "120"), ("Content-Type", "text/plain")];
    for (reply, kind, wait_ms) in [
        (page(), FaultKind::Unavailable, None),
        (
            whole(503, &with_wait, "Service Unavailable"),
            FaultKind::Throttled,
            Some(120_000),
        ),
        (
            plain(401, "Invalid account or API key"),
            FaultKind::Unauthorized,
            None,
        ),
        (plain(403, "No"), FaultKind::Misconfigured, None),
        (plain(404, "Unknown object"), FaultKind::Misconfigured, None),
        (
            plain(500, "Internal Server Error"),
            FaultKind::Unavailable,
            None,
        ),
        (
            Reply::Json(200, json!({"Result": "Failure"})),
            FaultKind::Unavailable,
            None,
        ),
        (
            Reply::Json(200, json!({"Result": "Success"})),
            FaultKind::Unavailable,
            None,
        ),
    ] {
        let host = host().reply(&get("Lists", "all"), reply);
        let fault = CentrixOne.query(&host, "list", &[], None, 10).unwrap_err();
        host.assert_done();
        assert_eq!((fault.kind, fault.wait_ms), (kind, wait_ms), "{fault:?}");
        assert_no_address(&fault);
    }
    let host = (0..3).fold(host(), |host, _| host.reply(&get("Lists", "all"), lost()));
    let fault = CentrixOne.query(&host, "list", &[], None, 10).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unavailable);
    assert_no_address(&fault);
}

#[test]
fn a_missing_list_is_a_clear_error() {
    let host = host().gets("Lists", "all", json!([{"id": 3, "name": "Prospects"}]));
    let fault = CentrixOne
        .query(&host, "customer", &[], None, 10)
        .unwrap_err();
    assert_eq!(
        (
            fault.kind,
            fault.message.key.as_str(),
            fault.message.args[0].1.as_str()
        ),
        (FaultKind::Misconfigured, "centrixone-no-list", "Acomba")
    );
}
