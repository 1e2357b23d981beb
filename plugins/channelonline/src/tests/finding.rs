//! Looking records up by what people know of them.

use super::*;
use liaison_sdk::contract::Query;

fn company() -> Company {
    let company = Company::new();
    let contact = |id: &str, email: &str| {
        format!("<contact contactId=\"{id}\"><email>{email}</email></contact>")
    };
    company.customer(
        "NW0042",
        "5001",
        "Northwind",
        second("2026-03-01T00:00:00Z"),
        &(contact("7001", "Joe@northwind.example")
            + "<externalId system=\"autotask\">29</externalId>"),
    );
    company.customer(
        "NW0043",
        "5002",
        "Northwind",
        second("2026-03-02T00:00:00Z"),
        &contact("7002", "joe@northwind.example"),
    );
    company.document("Quote", "Q-1", 100);
    company.lists.borrow_mut().insert(
        "personnel",
        "<row id=\"1\" name=\"Ann\" email=\"ann@acme.example\"/>".to_owned(),
    );
    company
}

fn query(fields: &[(&str, &str)]) -> Query {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), json!(value).to_string());
    fields.iter().map(pair).collect()
}

#[test]
fn records_are_found_by_what_people_know_of_them() {
    for (entity, fields, expected, calls) in [
        ("customer", &[("number", "NW0043")][..], &["NW0043"][..], 1),
        ("customer", &[("system_id", "5001")], &["NW0042"], 1),
        (
            "customer",
            &[("name", "Northwind")],
            &["NW0042", "NW0043"],
            1,
        ),
        ("customer", &[("name", "Nobody")], &[], 1),
        ("customer", &[("name", "")], &[], 0),
        ("customer", &[("external_id", "29")], &["NW0042"], 1),
        ("customer", &[("external_id", "30")], &[], 1),
        (
            "contact",
            &[("email", "JOE@northwind.example")],
            &["NW0042/7001", "NW0043/7002"],
            1,
        ),
        (
            "contact",
            &[
                ("email", "joe@northwind.example"),
                ("customer_id", "NW0043"),
            ],
            &["NW0043/7002"],
            1,
        ),
        (
            "contact",
            &[
                ("email", "ann@northwind.example"),
                ("customer_id", "NW0043"),
            ],
            &[],
            1,
        ),
        (
            "contact",
            &[("email", "x@y.example"), ("customer_id", "NONE")],
            &[],
            1,
        ),
        ("quote", &[("number", "Q-1")], &["Q-1"], 2),
        ("sales_order", &[("number", "Q-1")], &[], 2),
        (
            "sales_rep",
            &[("email", "ANN@acme.example")],
            &["ann@acme.example"],
            1,
        ),
        ("sales_rep", &[("name", "Max")], &[], 1),
        ("product", &[("number", "x")], &[], 0),
    ] {
        let company = company();
        let found = ChannelOnline
            .find(&company, entity, &[query(fields)])
            .unwrap();
        assert_eq!(ids(&found[0]), expected, "{entity} {fields:?}");
        assert_eq!(
            company.asked().len(),
            calls,
            "{entity} {fields:?} {:?}",
            company.asked()
        );
    }
}

#[test]
fn one_search_serves_all_queries() {
    let company = company();
    let queries = [
        query(&[("external_id", "29")]),
        query(&[("external_id", "7")]),
        query(&[("name", "Northwind")]),
    ];
    let found = ChannelOnline.find(&company, "customer", &queries).unwrap();
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0, 2]);
    assert_eq!(company.asked().len(), 2);
}

#[test]
fn contacts_are_asked_for_by_their_customers() {
    let company = company();
    let of = filter::condition(
        "customer_id",
        Comparison::IsIn,
        &[json!("NW0043"), json!("NW0042")],
    );
    let page = ChannelOnline
        .query(&company, "contact", &[of], None, 500)
        .unwrap();
    assert_eq!(ids(&page.entries), ["NW0042/7001", "NW0043/7002"]);
    assert!(page.complete && company.asked().len() == 2);
}
