//! An opportunity shows its products as a list.

use super::*;

const O1: &str = "006D000000IRFmaIAH";
const O2: &str = "006D000000IRFmbIAH";
const O3: &str = "006D000000IRFmcIAH";
const L1: &str = "00kD000000IRFmaIAH";
const L2: &str = "00kD000000IRFmbIAH";
const L3: &str = "00kD000000IRFmcIAH";
const OPPORTUNITY: &str =
    "Id,Name,HasOpportunityLineItem,IsDeleted,LastModifiedDate,SystemModstamp";
const LINE: &str =
    "Id,OpportunityId,UnitPrice,Template__c,CreatedDate,IsDeleted,LastModifiedDate,SystemModstamp";
const STAMP: &str = "2026-03-05T13:00:00.000+0000";

fn org() -> ScriptHost {
    let host = host();
    let opportunity = described(&[
        field("Name", "string"),
        read_only("HasOpportunityLineItem", "boolean"),
    ]);
    remember(&host, "Opportunity", &opportunity);
    host
}

fn with_lines() -> ScriptHost {
    let host = org();
    let line = described(&[
        field("OpportunityId", "reference"),
        field("UnitPrice", "currency"),
        field("Template__c", "string"),
        read_only("CreatedDate", "datetime"),
    ]);
    remember(&host, "OpportunityLineItem", &line);
    host
}

fn opportunity(id: &str, has_lines: bool) -> Value {
    json!({"Id": id, "Name": "O", "HasOpportunityLineItem": has_lines, "IsDeleted": false,
        "LastModifiedDate": STAMP, "SystemModstamp": STAMP})
}

fn line(id: &str, of: &str, made: &str, price: f64) -> Value {
    json!({"Id": id, "OpportunityId": of, "UnitPrice": price, "Template__c": "Monthly", "IsDeleted": false,
        "CreatedDate": format!("{made}.000+0000"), "LastModifiedDate": STAMP, "SystemModstamp": STAMP})
}

fn opportunities(ids: &[&str]) -> String {
    q(&format!(
        "SELECT {OPPORTUNITY} FROM Opportunity WHERE {}",
        ids_are(ids)
    ))
}

fn lines_of(condition: &str) -> String {
    q(&format!(
        "SELECT {LINE} FROM OpportunityLineItem WHERE {condition}"
    ))
}

/// The ids of the lines of each record; none where it has no list.
fn shown(entries: &[Entry]) -> Vec<Option<Vec<String>>> {
    let lines = entries.iter().map(|entry| body(entry)["lines"].clone());
    lines
        .map(|lines| {
            let each = lines.as_array()?.iter();
            Some(
                each.map(|line| line["id"].as_str().unwrap().to_owned())
                    .collect(),
            )
        })
        .collect()
}

#[test]
fn its_lines_come_in_the_order_in_which_they_were_made() {
    let of = format!("OpportunityId IN ('{O1}','{O3}')");
    let host = with_lines()
        .on(
            &opportunities(&[O1, O2, O3]),
            rows(vec![
                opportunity(O1, true),
                opportunity(O2, false),
                opportunity(O3, true),
            ]),
        )
        .on(
            &lines_of(&of),
            rows(vec![
                line(L3, O1, "2026-01-02T10:00:00", 1.0),
                line(L2, O3, "2026-01-01T10:00:00", 2.5),
                line(L1, O1, "2026-01-01T10:00:00", 3.0),
            ]),
        );
    let ids = [O1, O2, O3].map(str::to_owned);
    let found = Salesforce.read(&host, "opportunity", &ids).unwrap();
    host.assert_done();
    let found: Vec<Entry> = found.into_iter().flatten().collect();
    let lists = shown(&found);
    assert_eq!(lists[0].as_deref().unwrap(), [L1, L3]);
    assert_eq!(lists[1].as_deref().unwrap(), [""; 0]);
    assert_eq!(lists[2].as_deref().unwrap(), [L2]);
    let line = &body(&found[2])["lines"][0];
    assert_eq!(line["UnitPrice"], "2.5");
    assert_eq!(line["Template__c"], "Monthly");
}

#[test]
fn a_walk_shows_them_too_in_pages_that_leave_room_for_them() {
    let changes = q(&format!(
        "SELECT {OPPORTUNITY} FROM Opportunity ORDER BY SystemModstamp ASC, Id ASC LIMIT 100"
    ));
    let host = with_lines()
        .on(&changes, rows(vec![opportunity(O1, true)]))
        .on(
            &lines_of(&format!("OpportunityId = '{O1}'")),
            rows(vec![line(L1, O1, "2026-01-01T10:00:00", 1.0)]),
        );
    let page = Salesforce
        .changes(&host, "opportunity", None, &[], 500)
        .unwrap();
    host.assert_done();
    assert_eq!(shown(&page.entries)[0].as_deref().unwrap(), [L1]);
}

#[test]
fn where_nobody_has_products_nothing_is_asked() {
    let host = with_lines().on(&opportunities(&[O2]), rows(vec![opportunity(O2, false)]));
    let query = vec![("id".to_owned(), json!(O2).to_string())];
    let found = Salesforce.find(&host, "opportunity", &[query]).unwrap();
    host.assert_done();
    assert_eq!(shown(&found[0])[0].as_deref().unwrap(), [""; 0]);
}

#[test]
fn lines_that_the_user_may_not_see_are_no_empty_list() {
    let host = org()
        .on(&opportunities(&[O1]), rows(vec![opportunity(O1, true)]))
        .reply(
            "GET /services/data/v62.0/sobjects/OpportunityLineItem/describe",
            whole(
                404,
                &[],
                r#"[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]"#,
            ),
        );
    let found = Salesforce
        .read(&host, "opportunity", &[O1.to_owned()])
        .unwrap();
    host.assert_done();
    let found: Vec<Entry> = found.into_iter().flatten().collect();
    assert_eq!(shown(&found), [None]);
}

/// So many lines of an opportunity.
fn many(of: &str, count: usize) -> Vec<Value> {
    let one = |n: usize| {
        let id = crate::id::full(&format!("00kD{n:011}")).unwrap();
        line(&id, of, "2026-01-01T10:00:00", 1.0)
    };
    (0..count).map(one).collect()
}

#[test]
fn a_page_ends_before_its_lines_are_too_many_and_the_next_goes_on_there() {
    let changes = |after: &str| {
        q(&format!("SELECT {OPPORTUNITY} FROM Opportunity {after}ORDER BY SystemModstamp ASC, Id ASC LIMIT 100"))
    };
    let of = |ids: &[&str]| match ids {
        [one] => lines_of(&format!("OpportunityId = '{one}'")),
        _ => lines_of(&format!("OpportunityId IN ('{}')", ids.join("','"))),
    };
    let all = vec![
        opportunity(O1, true),
        opportunity(O2, true),
        opportunity(O3, true),
    ];
    // 6,000 lines of nine fields each are more than half of what the host takes.
    let most = 6_000;
    let both = [many(O1, most), many(O2, most), many(O3, 1)].concat();
    let after =
        format!("WHERE (SystemModstamp > 2026-03-05T13:00:00Z OR (SystemModstamp = 2026-03-05T13:00:00Z AND Id > '{O1}')) ");
    let host = with_lines()
        .on(&changes(""), rows(all.clone()))
        .on(&of(&[O1, O2, O3]), rows(both))
        .on(&of(&[O1]), rows(many(O1, most)))
        .on(&of(&[O2]), rows(many(O2, most)))
        .on(&changes(&after), rows(all[1..].to_vec()))
        .on(&of(&[O2, O3]), rows([many(O2, most), many(O3, 1)].concat()));
    let first = Salesforce
        .changes(&host, "opportunity", None, &[], 500)
        .unwrap();
    let counts = |page: &Page| -> Vec<usize> {
        let lists = shown(&page.entries).into_iter();
        lists.map(|lines| lines.unwrap().len()).collect()
    };
    assert_eq!(counts(&first), [most]);
    assert!(first.more && !first.complete);
    assert!(first.entries[0].body.matches([',', ':', '[', '{']).count() < 250_000);
    let second = Salesforce
        .changes(&host, "opportunity", first.next, &[], 500)
        .unwrap();
    host.assert_done();
    assert_eq!(counts(&second), [most, 1]);
    assert!(!second.more);
}

#[test]
fn a_walk_through_a_filter_is_cut_likewise() {
    let question = |after: &str| {
        q(&format!(
            "SELECT {OPPORTUNITY} FROM Opportunity {after}ORDER BY Id ASC LIMIT 2"
        ))
    };
    let most = 6_000;
    let host = with_lines()
        .on(
            &question(""),
            rows(vec![opportunity(O1, true), opportunity(O2, true)]),
        )
        .on(
            &lines_of(&format!("OpportunityId IN ('{O1}','{O2}')")),
            rows([many(O1, most), many(O2, most)].concat()),
        )
        .on(
            &lines_of(&format!("OpportunityId = '{O1}'")),
            rows(many(O1, most)),
        )
        .on(
            &lines_of(&format!("OpportunityId = '{O2}'")),
            rows(many(O2, most)),
        );
    let page = Salesforce
        .query(&host, "opportunity", &[], None, 2)
        .unwrap();
    host.assert_done();
    assert_eq!(ids(&page.entries), [O1]);
    assert_eq!(read_cursor(&page.next)["after"], O1);
}

#[test]
fn one_opportunity_shows_all_its_lines_however_many() {
    let next = |n: usize| format!("/services/data/v62.0/query/01gB000003OCxSPIA1-{n}");
    let lines = many(O1, 6_300);
    let part = |n: usize, done: bool| {
        let rows = &lines[n * 2_100..(n + 1) * 2_100];
        json!({"done": done, "nextRecordsUrl": next(n), "records": rows})
    };
    let host = with_lines()
        .on(&opportunities(&[O1]), rows(vec![opportunity(O1, true)]))
        .on(
            &lines_of(&format!("OpportunityId = '{O1}'")),
            part(0, false),
        )
        .on(&format!("GET {}", next(0)), part(1, false))
        .on(&format!("GET {}", next(1)), part(2, true));
    let found = Salesforce
        .read(&host, "opportunity", &[O1.to_owned()])
        .unwrap();
    host.assert_done();
    let found: Vec<Entry> = found.into_iter().flatten().collect();
    assert_eq!(shown(&found)[0].as_ref().unwrap().len(), 6_300);
}
