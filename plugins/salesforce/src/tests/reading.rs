//! `read` and `query`.

use super::*;

fn read(host: &ScriptHost, ids: &[&str]) -> Vec<Option<String>> {
    let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
    let found = Salesforce.read(host, "account", &ids).unwrap();
    host.assert_done();
    found.into_iter().map(|entry| Some(entry?.id)).collect()
}

#[test]
fn records_are_read_by_their_ids_in_one_query() {
    let host = host().on(
        &back(&[A1, A2, A3]),
        rows(vec![
            row(A3, "c", "2026-03-05T13:00:00"),
            row(A1, "a", "2026-03-05T13:00:00"),
        ]),
    );
    // An old screen's fifteen characters, one twice, and what is no id or of a wrong check letter.
    let asked = [A1, &A3[..15], "4711", A2, A1, "a00B000000FSjVUIB1", " "];
    assert_eq!(
        read(&host, &asked),
        [
            Some(A1.to_owned()),
            Some(A3.to_owned()),
            None,
            None,
            Some(A1.to_owned()),
            None,
            None
        ]
    );
}

#[test]
fn nothing_is_asked_for_nothing() {
    assert_eq!(read(&host(), &["4711"]), [None]);
    assert_eq!(read(&host(), &[]), Vec::<Option<String>>::new());
}

#[test]
fn all_pages_of_a_query_are_read() {
    let next = "/services/data/v62.0/query/01gB000003OCxSPIA1-1";
    let first = json!({"done": false, "nextRecordsUrl": next, "records": [row(A1, "a", "2026-03-05T13:00:00")]});
    let host = host().on(&back(&[A1, A2]), first).on(
        &format!("GET {INSTANCE}{next}"),
        rows(vec![row(A2, "b", "2026-03-05T13:00:00")]),
    );
    assert_eq!(
        read(&host, &[A1, A2]),
        [Some(A1.to_owned()), Some(A2.to_owned())]
    );
}

#[test]
fn a_next_page_elsewhere_is_none() {
    let first = json!({"done": false, "nextRecordsUrl": "https://evil.example/services/data/x", "records": []});
    let host = host().on(&back(&[A1]), first);
    let fault = Salesforce
        .read(&host, "account", &[A1.to_owned()])
        .unwrap_err();
    assert_eq!(fault.message.key, "salesforce-too-many-found");
}

fn query(host: &ScriptHost, filter: &[Condition], at: Option<Cursor>, limit: u32) -> Page {
    let page = Salesforce
        .query(host, "account", filter, at, limit)
        .unwrap();
    host.assert_done();
    page
}

#[test]
fn a_walk_goes_by_ids() {
    let by_owner = filter::condition("OwnerId", Comparison::Eq, &[json!("005xx000001Sv6A")]);
    let name = filter::condition("Name", Comparison::NotEq, &[json!("b")]);
    let question = |after: &str| {
        q(&format!(
            "SELECT {COLUMNS} FROM Account WHERE OwnerId = '005xx000001Sv6AAAS'{after} ORDER BY Id ASC LIMIT 2"
        ))
    };
    let stamp = "2026-03-05T13:00:00";
    let host = host()
        .on(
            &question(""),
            rows(vec![row(A1, "a", stamp), row(A2, "b", stamp)]),
        )
        .on(
            &question(&format!(" AND Id > '{A2}'")),
            rows(vec![row(A3, "c", stamp)]),
        );
    let filter = [by_owner, name];
    let page = Salesforce
        .query(&host, "account", &filter, None, 2)
        .unwrap();
    // What the vendor cannot serve is left out here.
    assert_eq!(ids(&page.entries), [A1]);
    assert!(page.more && !page.complete);
    let page = query(&host, &filter, page.next, 2);
    assert_eq!(ids(&page.entries), [A3]);
    assert!(!page.more && page.complete && page.next.is_none());
}

#[test]
fn a_long_list_of_parents_is_asked_in_parts() {
    let id = |n: usize| crate::id::full(&format!("006D0000000{n:04}")).unwrap();
    let many: Vec<Value> = (0..450).map(|n| json!(id(n))).collect();
    let filter = [filter::condition("OwnerId", Comparison::IsIn, &many)];
    let part = |range: std::ops::Range<usize>| {
        let ids: Vec<String> = range.map(|n| format!("'{}'", id(n))).collect();
        q(&format!(
            "SELECT {COLUMNS} FROM Account WHERE OwnerId IN ({}) ORDER BY Id ASC LIMIT 500",
            ids.join(",")
        ))
    };
    let stamp = "2026-03-05T13:00:00";
    let host = host()
        .on(&part(0..200), rows(vec![row(A3, "c", stamp)]))
        .on(&part(200..400), rows(vec![]))
        .on(&part(400..450), rows(vec![row(A1, "a", stamp)]));
    let (mut found, mut at, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = Salesforce
            .query(&host, "account", &filter, at, 500)
            .unwrap();
        found.extend(page.entries.into_iter().map(|entry| entry.id));
        pages += 1;
        at = page.next;
        if !page.more {
            break;
        }
    }
    host.assert_done();
    assert_eq!((found, pages), (vec![A3.to_owned(), A1.to_owned()], 3));
}

#[test]
fn a_page_of_a_proxy_is_no_list() {
    for reply in [
        page(),
        whole(200, &[], "{\"records\": 7}"),
        whole(500, &[], "<h1>Oops</h1>"),
    ] {
        let host = host().reply(&back(&[A1]), reply);
        let fault = Salesforce
            .read(&host, "account", &[A1.to_owned()])
            .unwrap_err();
        assert_eq!(
            (fault.kind, fault.scope),
            (FaultKind::Unavailable, FaultScope::WholeConnection)
        );
    }
}

#[test]
fn an_entity_that_is_none_is_said() {
    let host = host();
    let fault = Salesforce.read(&host, "lead", &[]).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Internal);
    let outcomes = write(&host, "user", &[create(json!({}))]);
    assert_eq!(told(&outcomes[0]).unwrap_err().1, "sdk-not-offered");
}

#[test]
fn record_types_go_by_their_names() {
    let mut told = described(&[
        field("Name", "string"),
        field("RecordTypeId", "reference"),
        read_only("HasOpportunityLineItem", "boolean"),
    ]);
    told["recordTypeInfos"] = json!([
        {"developerName": "Contract", "recordTypeId": "012D0000000abcd", "available": true, "active": true, "master": false},
        {"developerName": "Hidden", "recordTypeId": "012D0000000abce", "available": false, "active": true},
        {"developerName": "Master", "recordTypeId": "012000000000000AAA", "available": true, "active": true, "master": true}]);
    let columns =
        "Id,Name,RecordTypeId,HasOpportunityLineItem,IsDeleted,LastModifiedDate,SystemModstamp,RecordType.DeveloperName";
    let o1 = "006D000000IRFmaIAH";
    let contract = json!({"Id": o1, "Name": "O", "RecordTypeId": "012D0000000abcd", "IsDeleted": false,
        "HasOpportunityLineItem": false, "RecordType": {"attributes": {"type": "RecordType"}, "DeveloperName": "Contract"}});
    let mut plain = contract.clone();
    (plain["Id"], plain["RecordType"]) = (json!("006D000000IRFmbIAH"), Value::Null);
    let select = |tail: &str| q(&format!("SELECT {columns} FROM Opportunity {tail}"));
    let host = host()
        .on(
            &select("WHERE RecordType.DeveloperName = 'Contract' ORDER BY Id ASC LIMIT 5"),
            rows(vec![contract.clone(), plain]),
        )
        .on(
            &select("WHERE RecordType.DeveloperName = 'contract'"),
            rows(vec![contract.clone()]),
        )
        .on(
            "POST /services/data/v62.0/composite/sobjects",
            json!([{"id": o1, "success": true, "errors": []}]),
        )
        .on(&select(&format!("WHERE Id = '{o1}'")), rows(vec![contract]));
    remember(&host, "Opportunity", &told);
    let filter = [filter::condition(
        "record_type",
        Comparison::Eq,
        &[json!("Contract")],
    )];
    let page = Salesforce
        .query(&host, "opportunity", &filter, None, 5)
        .unwrap();
    let names: Vec<Value> = page
        .entries
        .iter()
        .map(|entry| body(entry)["record_type"].clone())
        .collect();
    assert_eq!(names, [json!("Contract"), Value::Null]);
    let key = vec![("key".to_owned(), "\"record_type:contract\"".to_owned())];
    let found = Salesforce.find(&host, "opportunity", &[key]).unwrap();
    assert_eq!(ids(&found[0]), [o1]);
    let new = create(json!({"Name": "O", "record_type": "Contract"}));
    let outcomes = write(&host, "opportunity", &[new]);
    assert_eq!(told_id(&outcomes[0]), o1);
    let type_id = crate::id::full("012D0000000abcd").unwrap();
    assert_eq!(host.body(2)["records"][0]["RecordTypeId"], type_id);
    for name in ["Hidden", "Master", "Nope"] {
        let host = super::host().on(
            "GET /services/data/v62.0/sobjects/Opportunity/describe",
            told.clone(),
        );
        remember(&host, "Opportunity", &told);
        let outcomes = write(
            &host,
            "opportunity",
            &[create(json!({"record_type": name}))],
        );
        let fault = outcomes[0].as_ref().unwrap_err();
        assert_eq!(fault.message.key, "salesforce-no-record-type", "{name}");
        assert!(fault.message.fallback.contains("(it may use: Contract)"));
    }
}

fn told_id(outcome: &Outcome) -> &str {
    told(outcome).unwrap()
}

#[test]
fn an_org_without_record_types_says_so() {
    let host = host().on(
        "GET /services/data/v62.0/sobjects/Account/describe",
        account(),
    );
    let filter = [filter::condition(
        "record_type",
        Comparison::Eq,
        &[json!("X")],
    )];
    let fault = Salesforce
        .query(&host, "account", &filter, None, 5)
        .unwrap_err();
    host.assert_done();
    assert_eq!(fault.message.key, "salesforce-no-record-types");
}

#[test]
fn a_look_up_that_finds_everything_is_no_look_up() {
    let next = "/services/data/v62.0/query/01gB000003OCxSPIA1-200";
    let page = |rows: Vec<Value>| json!({"done": false, "nextRecordsUrl": next, "records": rows});
    let many = vec![row(A1, "a", "2026-03-05T13:00:00"); 2_000];
    let host = host()
        .on(
            &q(&format!("SELECT {COLUMNS} FROM Account WHERE Name = 'a'")),
            page(many.clone()),
        )
        .on(&format!("GET {INSTANCE}{next}"), page(many.clone()))
        .on(&format!("GET {INSTANCE}{next}"), page(many));
    let query = vec![("Name".to_owned(), "\"a\"".to_owned())];
    let fault = Salesforce.find(&host, "account", &[query]).unwrap_err();
    host.assert_done();
    assert_eq!(
        (fault.kind, fault.scope, fault.message.key.as_str()),
        (
            FaultKind::Rejected,
            FaultScope::OneRecord,
            "salesforce-too-many-found"
        )
    );
    let sent = host.sent.borrow();
    let small = (
        "Sforce-Query-Options".to_owned(),
        "batchSize=200".to_owned(),
    );
    assert!(sent.iter().all(|request| request.headers.contains(&small)));
}
