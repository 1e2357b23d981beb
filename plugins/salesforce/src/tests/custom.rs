//! `custom-object`: a flow alone names the object.

use super::*;

const P1: &str = "a00B000000FSjVUIA1";
const P2: &str = "a00B000000FSjVVIA1";
const PROJECT: &str = "Id,Name,Ref__c,Liaison_Key__c,IsDeleted,LastModifiedDate,SystemModstamp";

fn custom() -> ScriptHost {
    custom_with(settings())
}

fn custom_with(settings: Value) -> ScriptHost {
    let host = with(settings);
    let told = described(&[
        field("Name", "string"),
        field("Ref__c", "string"),
        key_field("Liaison_Key__c"),
    ]);
    remember(&host, "ns__Project__c", &told);
    host.memory_set("prefixes", br#"{"a00":"ns__Project__c","001":"Account"}"#)
        .unwrap();
    host
}

fn project(id: &str, reference: &str) -> Value {
    let stamp = "2026-03-05T13:00:00.000+0000";
    json!({"Id": id, "Name": "P", "Ref__c": reference, "Liaison_Key__c": null, "IsDeleted": false,
        "LastModifiedDate": stamp, "SystemModstamp": stamp})
}

fn select(tail: &str) -> String {
    q(&format!("SELECT {PROJECT} FROM ns__Project__c {tail}"))
}

fn is_project() -> Condition {
    filter::condition("object", Comparison::Eq, &[json!("ns__Project__c")])
}

#[test]
fn a_filter_names_the_object_and_each_record_says_it() {
    let host = custom()
        .on(
            &select("ORDER BY SystemModstamp ASC, Id ASC LIMIT 500"),
            rows(vec![project(P1, "1")]),
        )
        .on(
            &select("WHERE Ref__c = '1' ORDER BY Id ASC LIMIT 500"),
            rows(vec![project(P1, "1")]),
        );
    let page = Salesforce
        .changes(&host, "custom-object", None, &[is_project()], 500)
        .unwrap();
    assert!(page.complete, "the object is no condition");
    assert_eq!(body(&page.entries[0])["object"], "ns__Project__c");
    assert_eq!(read_cursor(&page.next)["object"], "ns__Project__c");
    let filter = [
        is_project(),
        filter::condition("Ref__c", Comparison::Eq, &[json!("1")]),
    ];
    let page = Salesforce
        .query(&host, "custom-object", &filter, None, 500)
        .unwrap();
    host.assert_done();
    assert_eq!(ids(&page.entries), [P1]);
}

#[test]
fn an_object_that_is_not_named_is_asked_for_unless_there_is_only_one() {
    let fault = Salesforce
        .changes(&custom(), "custom-object", None, &[], 500)
        .unwrap_err();
    assert_eq!(
        (fault.kind, fault.message.key.as_str()),
        (FaultKind::Misconfigured, "salesforce-which-object")
    );
    for name in ["x FROM User", "", "Réf__c", "1__c"] {
        let filter = [filter::condition("object", Comparison::Eq, &[json!(name)])];
        let fault = Salesforce
            .query(&custom(), "custom-object", &filter, None, 5)
            .unwrap_err();
        assert_eq!(fault.message.key, "salesforce-not-a-name", "{name}");
    }
    let mut one = settings();
    one["custom_objects"] = json!(["ns__Project__c"]);
    let host = custom_with(one).on(&select("ORDER BY Id ASC LIMIT 5"), rows(vec![]));
    Salesforce
        .query(&host, "custom-object", &[], None, 5)
        .unwrap();
    host.assert_done();
}

#[test]
fn ids_name_their_object() {
    let host = custom()
        .on(
            &back(&[A1]),
            rows(vec![row(A1, "Acme", "2026-03-05T13:00:00")]),
        )
        .on(
            &select(&format!("WHERE Id IN ('{P1}','{P2}')")),
            rows(vec![project(P2, "2")]),
        );
    let asked = [P1, A1, P2].map(str::to_owned);
    let found = Salesforce.read(&host, "custom-object", &asked).unwrap();
    host.assert_done();
    let objects: Vec<Option<Value>> = found
        .iter()
        .map(|e| e.as_ref().map(|e| body(e)["object"].clone()))
        .collect();
    assert_eq!(
        objects,
        [None, Some(json!("Account")), Some(json!("ns__Project__c"))]
    );
}

#[test]
fn a_prefix_that_is_not_known_is_asked_for() {
    let host = custom().on(
        "GET /services/data/v62.0/sobjects",
        json!({"sobjects": [{"name": "Log", "keyPrefix": null}, {"name": "Other__c", "keyPrefix": "a01"}]}),
    );
    let found = Salesforce
        .read(&host, "custom-object", &["a02B000000FSjVU".to_owned()])
        .unwrap();
    host.assert_done();
    assert_eq!(found, [None]);
}

#[test]
fn look_ups_name_the_object_in_the_key_or_beside_it() {
    let host = custom()
        .on(&select("WHERE (Name = 'P' AND Ref__c = '3')"), rows(vec![]))
        .on(
            &select("WHERE Ref__c IN ('1','2')"),
            rows(vec![project(P2, "2")]),
        );
    let query = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(field, value)| ((*field).to_owned(), json!(value).to_string()))
            .collect()
    };
    let found = Salesforce
        .find(
            &host,
            "custom-object",
            &[
                query(&[("key", "ns__Project__c.Ref__c:1")]),
                query(&[("object", "ns__Project__c"), ("Ref__c", "2")]),
                query(&[("key", "ns__Project__c.Name+Ref__c:P+3")]),
                query(&[("object", "ns__Project__c"), ("Name", "")]),
            ],
        )
        .unwrap();
    host.assert_done();
    let found: Vec<Vec<&str>> = found.iter().map(|entries| ids(entries)).collect();
    assert_eq!(found, [vec![], vec![P2], vec![], vec![]]);
}

#[test]
fn a_look_up_without_an_object_fails_for_itself() {
    let query = vec![("key".to_owned(), "\"Ref__c:1\"".to_owned())];
    let fault = Salesforce
        .find(&custom(), "custom-object", &[query])
        .unwrap_err();
    assert_eq!(fault.message.key, "salesforce-which-object");
}

#[test]
fn records_are_made_and_changed_by_object() {
    let path = "PATCH /services/data/v62.0/composite/sobjects";
    let host = custom()
        .on(
            &format!("{path}/ns__Project__c/Liaison_Key__c"),
            json!([{"id": P1, "success": true, "errors": [], "created": true}]),
        )
        .on(path, json!([{"id": P2, "success": true, "errors": []}]))
        .on(
            &select(&format!("WHERE Id IN ('{P1}','{P2}')")),
            rows(vec![project(P1, "1"), project(P2, "2")]),
        );
    let outcomes = write(
        &host,
        "custom-object",
        &[
            create(json!({"object": "ns__Project__c", "Ref__c": "1"})),
            update(P2, None, json!({"object": "ns__Project__c", "Ref__c": "2"})),
        ],
    );
    assert_eq!((told(&outcomes[0]), told(&outcomes[1])), (Ok(P1), Ok(P2)));
    assert_eq!(
        host.body(0)["records"],
        json!([{"attributes": {"type": "ns__Project__c"}, "Ref__c": "1", "Liaison_Key__c": TOKEN}])
    );
    assert_eq!(
        host.body(1)["records"],
        json!([{"attributes": {"type": "ns__Project__c"}, "id": P2, "Ref__c": "2"}])
    );
    let applied = outcomes[0].as_ref().unwrap();
    assert_eq!(
        filter::value(applied.body.as_ref().unwrap())["object"],
        "ns__Project__c"
    );
}

#[test]
fn as_many_records_as_the_manifest_says_are_one_query() {
    let described = Salesforce.describe();
    let batch = |entity: &str| {
        let spec = described.entities.iter().find(|spec| spec.name == entity);
        spec.expect("it is described").read_batch
    };
    // Of an object with 900 fields fewer go into one answer.
    assert_eq!((batch("custom-object"), batch("account")), (200, 100));
    let ids: Vec<String> = (0..batch("custom-object"))
        .map(|at| crate::id::full(&format!("a00B0000000{at:04}")).unwrap())
        .collect();
    let among: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
    let told = ids.iter().map(|id| project(id, "1")).collect();
    let host = custom().on(
        &select(&format!("WHERE Id IN ({})", among.join(","))),
        rows(told),
    );
    let found = Salesforce.read(&host, "custom-object", &ids).unwrap();
    host.assert_done();
    assert!(found.iter().all(Option::is_some));
}
