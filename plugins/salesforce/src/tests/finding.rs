//! `find`: by any field, as few requests as there are fields.

use super::*;

fn find(host: &ScriptHost, entity: &str, queries: &[&[(&str, Value)]]) -> Vec<Vec<String>> {
    let queries: Vec<Vec<(String, String)>> = queries
        .iter()
        .map(|query| {
            query
                .iter()
                .map(|(field, value)| ((*field).to_owned(), value.to_string()))
                .collect()
        })
        .collect();
    let found = Salesforce.find(host, entity, &queries).unwrap();
    host.assert_done();
    found
        .into_iter()
        .map(|entries| entries.into_iter().map(|entry| entry.id).collect())
        .collect()
}

fn where_is(condition: &str) -> String {
    q(&format!("SELECT {COLUMNS} FROM Account WHERE {condition}"))
}

const STAMP: &str = "2026-03-05T13:00:00";

#[test]
fn queries_of_one_field_go_together_and_come_back_in_order() {
    let host = host().on(
        &where_is(r"Name IN ('Acme','Beta','O\'Neil \\ Co')"),
        rows(vec![
            row(A1, "ACME", STAMP),
            row(A2, "O'Neil \\ Co", STAMP),
            row(A3, "acme", STAMP),
        ]),
    );
    let found = find(
        &host,
        "account",
        &[
            &[("Name", json!("O'Neil \\ Co"))],
            &[("Name", json!("Acme"))],
            &[("Name", json!("Beta"))],
            &[("Name", json!("Acme"))],
        ],
    );
    assert_eq!(found, [vec![A2], vec![A1, A3], vec![], vec![A1, A3]]);
}

#[test]
fn a_look_up_by_nothing_finds_nothing_and_asks_nothing() {
    let found = find(
        &host(),
        "account",
        &[
            &[("Name", Value::Null)],
            &[("Name", json!("  "))],
            &[("key", json!("Name:"))],
            &[],
            &[("id", json!(""))],
        ],
    );
    assert_eq!(found, vec![Vec::<String>::new(); 5]);
}

#[test]
fn several_fields_must_all_be_so() {
    let host = host().on(
        &where_is("(Name = 'Acme' AND OwnerId = '005xx000001Sv6AAAS') OR (Name = 'Beta' AND OwnerId = '005xx000001Sv6AAAS')"),
        rows(vec![row(A1, "Acme", STAMP)]),
    );
    let owner = || ("OwnerId", json!("005xx000001Sv6A"));
    let found = find(
        &host,
        "account",
        &[
            &[("Name", json!("Acme")), owner()],
            &[("Name", json!("Beta")), owner()],
        ],
    );
    assert_eq!(found, [vec![A1], vec![]]);
}

#[test]
fn our_key_is_looked_for_where_the_org_keeps_it() {
    let mut held = row(A1, "Acme", STAMP);
    held["ERP__c"] = json!("tok-1");
    let mut settings = settings();
    settings["key_fields"] = json!({"Account": "ERP__c"});
    let host = with(settings).on(
        &q("SELECT Id,Name,ERP__c,IsDeleted,LastModifiedDate,SystemModstamp FROM Account WHERE ERP__c = 'tok-1'"),
        rows(vec![held]),
    );
    remember(
        &host,
        "Account",
        &described(&[field("Name", "string"), key_field("ERP__c")]),
    );
    let queries = [vec![("liaison_key".to_owned(), "\"tok-1\"".to_owned())]];
    let found = Salesforce.find(&host, "account", &queries).unwrap();
    host.assert_done();
    assert_eq!(body(&found[0][0])["liaison_key"], "tok-1");
}

#[test]
fn without_a_field_for_our_key_nobody_can_tell_and_only_that_question_fails() {
    let host = host().on(
        "GET /services/data/v62.0/sobjects/Account/describe",
        described(&[field("Name", "string")]),
    );
    remember(&host, "Account", &described(&[field("Name", "string")]));
    let queries = [vec![("liaison_key".to_owned(), format!("\"{TOKEN}\""))]];
    let fault = Salesforce.find(&host, "account", &queries).unwrap_err();
    host.assert_done();
    // `rejected` of one record: the engine puts the create into quarantine and says that it may exist.
    assert_eq!(
        (fault.kind, fault.scope),
        (FaultKind::Rejected, FaultScope::OneRecord)
    );
    assert_eq!(fault.message.key, "salesforce-no-key-field");
}

#[test]
fn any_field_is_a_key_by_its_name() {
    let mut told = row(A1, "Acme", STAMP);
    told["Num__c"] = json!(7.0);
    let columns = "Id,Num__c,IsDeleted,LastModifiedDate,SystemModstamp";
    let host = host().on(
        &q(&format!(
            "SELECT {columns} FROM Account WHERE Num__c IN (7,8)"
        )),
        rows(vec![told]),
    );
    remember(&host, "Account", &described(&[field("Num__c", "double")]));
    let found = find(
        &host,
        "account",
        &[
            &[("key", json!("Num__c:7.00"))],
            &[("key", json!("Num__c:8"))],
            &[("key", json!("Contact.Num__c:7"))],
        ],
    );
    assert_eq!(found, [vec![A1], vec![], vec![]]);
}

#[test]
fn a_field_that_cannot_be_searched_is_said() {
    let mut long = field("Description", "textarea");
    long["filterable"] = json!(false);
    let told = described(&[long]);
    let host = host();
    remember(&host, "Account", &told);
    let queries = [vec![("key".to_owned(), "\"Description:x\"".to_owned())]];
    let fault = Salesforce.find(&host, "account", &queries).unwrap_err();
    assert_eq!(fault.message.key, "salesforce-not-searchable");
}

#[test]
fn many_values_go_in_several_requests() {
    let names: Vec<String> = (0..450).map(|n| format!("N{n:03}")).collect();
    let part = |range: std::ops::Range<usize>| {
        let names: Vec<String> = names[range]
            .iter()
            .map(|name| format!("'{name}'"))
            .collect();
        where_is(&format!("Name IN ({})", names.join(",")))
    };
    let host = host()
        .on(&part(0..200), rows(vec![]))
        .on(&part(200..400), rows(vec![row(A1, "N300", STAMP)]))
        .on(&part(400..450), rows(vec![]));
    let queries: Vec<Vec<(String, String)>> = names
        .iter()
        .map(|name| vec![("Name".to_owned(), json!(name).to_string())])
        .collect();
    let found = Salesforce.find(&host, "account", &queries).unwrap();
    host.assert_done();
    assert_eq!(
        found.iter().filter(|entries| !entries.is_empty()).count(),
        1
    );
    assert_eq!(found[300][0].id, A1);
}

#[test]
fn long_values_never_make_an_address_too_long() {
    let names: Vec<String> = (0..40)
        .map(|n| format!("{n:02}{}", "é".repeat(250)))
        .collect();
    let queries: Vec<Vec<(String, String)>> = names
        .iter()
        .map(|name| vec![("Name".to_owned(), json!(name).to_string())])
        .collect();
    let host = host();
    // 40 names of 1.5 kB each, percent-encoded, in requests of at most 12 kB.
    let mut host = host;
    for chunk in names.chunks(3) {
        let quoted: Vec<String> = chunk.iter().map(|name| format!("'{name}'")).collect();
        let condition = match quoted.as_slice() {
            [one] => format!("Name = {one}"),
            _ => format!("Name IN ({})", quoted.join(",")),
        };
        host = host.on(&where_is(&condition), rows(vec![]));
    }
    Salesforce.find(&host, "account", &queries).unwrap();
    host.assert_done();
    assert!(host
        .sent
        .borrow()
        .iter()
        .all(|request| request.url.len() < 13_000));
}
