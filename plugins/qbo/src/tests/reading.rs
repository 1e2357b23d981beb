//! Walks, changes, records by id and by key.

use super::*;
use liaison_sdk::contract::Query;

/// Walks until there is no more; ids in the order shown, pages, and the cursor at the end.
fn walk(
    office: &Office,
    entity: &str,
    mut since: Option<Cursor>,
    limit: u32,
    between: impl Fn(usize),
) -> (Vec<String>, Vec<Page>, Option<Cursor>) {
    let (mut ids, mut pages) = (Vec::new(), Vec::new());
    loop {
        let page = QuickBooksOnline
            .changes(office, entity, since, &[], limit)
            .unwrap();
        ids.extend(page.entries.iter().map(|entry| entry.id.clone()));
        since = page.next.clone();
        let more = page.more;
        pages.push(page);
        if !more {
            return (ids, pages, since);
        }
        between(pages.len());
    }
}

fn invoices(office: &Office, count: usize) {
    for nth in 0..count {
        office.add(
            "Invoice",
            json!({"DocNumber": nth.to_string(), "CustomerRef": {"value": "1"}, "TotalAmt": 10.0}),
        );
    }
}

fn numbers(from: u64, to: u64) -> Vec<String> {
    (from..=to).map(|id| id.to_string()).collect()
}

#[test]
fn a_first_walk_shows_each_once_in_as_few_calls_as_pages() {
    let office = Office::new();
    invoices(&office, 25);
    let (ids, pages, _) = walk(&office, "invoice", None, 10, |_| {});
    assert_eq!(ids, numbers(1, 25));
    let complete: Vec<bool> = pages.iter().map(|page| page.complete).collect();
    assert_eq!(complete, [false, false, true]);
    let queries = office
        .asked()
        .iter()
        .filter(|asked| asked.contains("query"))
        .count();
    assert_eq!(queries, 3);
}

#[test]
fn nothing_is_passed_over_when_records_go_and_come_during_the_walk() {
    for (after, gone) in [
        (1, vec!["3"]),
        (1, vec!["10"]),
        (1, vec!["9", "10"]),
        (1, vec!["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]),
        // One step back there is a page that was shown, to its last record.
        (2, vec!["20"]),
        (2, vec!["8", "20"]),
    ] {
        let office = Office::new();
        invoices(&office, 25);
        let (ids, _, _) = walk(&office, "invoice", None, 10, |page| {
            if page == after {
                gone.iter().for_each(|id| office.remove("Invoice", id));
                invoices(&office, 1);
            }
        });
        for id in 10 * after + 1..=25 {
            assert!(ids.contains(&id.to_string()), "{gone:?}: {id} in {ids:?}");
        }
        let mut once = ids.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), ids.len(), "{gone:?}: {ids:?}");
    }
}

#[test]
fn after_the_first_walk_changes_are_asked_for_deletions_too() {
    let office = Office::new();
    invoices(&office, 5);
    office.pass(3_600);
    let (_, _, since) = walk(&office, "invoice", None, 100, |_| {});
    office.pass(3_600);
    office.edit("Invoice", "2", |row| row["DocNumber"] = json!("X"));
    office.pass(60);
    office.remove("Invoice", "4");
    office.pass(600);
    office.forget_requests();
    let (ids, pages, since) = walk(&office, "invoice", since, 100, |_| {});
    assert_eq!(ids, ["2", "4"]);
    assert!(pages[0].entries[1].deleted && !pages[0].complete);
    assert_eq!(
        office
            .asked()
            .iter()
            .filter(|asked| asked.contains("cdc?entities=Invoice"))
            .count(),
        1
    );
    office.pass(3_600);
    assert_eq!(
        walk(&office, "invoice", since, 100, |_| {}).0,
        Vec::<String>::new()
    );
}

#[test]
fn more_changes_than_a_page_holds_come_in_pages() {
    let office = Office::new();
    invoices(&office, 9);
    let (_, _, since) = walk(&office, "invoice", None, 100, |_| {});
    office.pass(3_600);
    for id in 1..=9 {
        office.edit("Invoice", &id.to_string(), |row| {
            row["DocNumber"] = json!(format!("X{id}"))
        });
        office.pass(if id % 2 == 0 { 1 } else { 0 });
    }
    let (mut ids, pages, _) = walk(&office, "invoice", since, 2, |_| {});
    ids.sort();
    assert_eq!((ids, pages.len()), (numbers(1, 9), 5));
}

#[test]
fn beyond_the_look_back_or_an_answers_size_all_are_walked_again() {
    let office = Office::new();
    invoices(&office, 3);
    let (_, _, since) = walk(&office, "invoice", None, 100, |_| {});
    office.pass(31 * 86_400);
    let (ids, pages, _) = walk(&office, "invoice", since, 100, |_| {});
    assert_eq!((ids, pages[0].complete), (numbers(1, 3), true));

    let office = Office::new();
    let (_, _, since) = walk(&office, "invoice", None, 100, |_| {});
    office.pass(3_600);
    invoices(&office, 1_001);
    let (ids, pages, _) = walk(&office, "invoice", since, 500, |_| {});
    assert_eq!(ids.len(), 1_001);
    assert!(pages.last().unwrap().complete);
}

#[test]
fn small_lists_are_read_whole_with_the_inactive() {
    let office = Office::new();
    office.add("Account", json!({"Name": "Sales", "AccountType": "Income"}));
    office.add("Account", json!({"Name": "Old", "Active": false}));
    let (ids, pages, next) = walk(&office, "account", None, 100, |_| {});
    assert_eq!((ids.len(), next), (2, None));
    assert_eq!(body_of(&pages[0].entries[1])["active"], json!(false));
    office.add("TaxCode", json!({"Name": "TAX", "Active": true}));
    office.rows.borrow_mut().get_mut("TaxCode").unwrap()[0]["Id"] = json!("TAX");
    let read = QuickBooksOnline
        .read(&office, "sales_tax_code", &["TAX".to_owned()])
        .unwrap();
    assert_eq!(read[0].as_ref().unwrap().id, "TAX");
}

#[test]
fn records_read_in_our_names() {
    let office = Office::new();
    let id = office.add("Bill", json!({
        "VendorRef": {"value": "7", "name": "Acier Alma"}, "TxnDate": "2026-03-05", "DocNumber": "R-12", "TotalAmt": 30.5,
        "PrivateNote": "Dock 3\nliaison:01ABC", "MetaData": {},
        "Line": [
            {"Id": "1", "DetailType": "ItemBasedExpenseLineDetail", "Amount": 25.5, "Description": "Steel",
                "ItemBasedExpenseLineDetail": {"ItemRef": {"value": "9", "name": "Raw:Steel"}, "Qty": 3, "UnitPrice": 8.5, "BillableStatus": "NotBillable"},
                "LinkedTxn": [{"TxnId": "5", "TxnType": "PurchaseOrder", "TxnLineId": "2"}]},
            {"Id": "2", "DetailType": "AccountBasedExpenseLineDetail", "Amount": 5.0,
                "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "31", "name": "Freight"}}},
            {"Id": "3", "DetailType": "SubTotalLineDetail", "Amount": 30.5}]}));
    let entry = QuickBooksOnline
        .read(&office, "bill", &[id, "99".to_owned(), "none".to_owned()])
        .unwrap();
    assert!(entry[1].is_none() && entry[2].is_none());
    let entry = entry[0].clone().unwrap();
    assert_eq!(entry.version.as_deref(), Some("0"));
    let body = body_of(&entry);
    for (path, expected) in [
        ("/vendor_id", json!("7")),
        ("/vendor_name", json!("Acier Alma")),
        ("/date", json!("2026-03-05")),
        ("/number", json!("R-12")),
        ("/total", json!("30.5")),
        ("/memo", json!("Dock 3")),
        ("/external_guid", json!("01ABC")),
        ("/due_date", Value::Null),
        ("/voided", json!(false)),
        ("/lines/0/item_name", json!("Raw:Steel")),
        ("/lines/0/quantity", json!("3")),
        ("/lines/0/rate", json!("8.5")),
        ("/lines/0/billable", json!("not_billable")),
        ("/lines/0/purchase_order_id", json!("5")),
        ("/lines/0/purchase_order_line_id", json!("2")),
        ("/expense_lines/0/account_id", json!("31")),
        ("/created_at", json!("2026-03-05T14:00:00Z")),
    ] {
        assert_eq!(body.pointer(path), Some(&expected), "{path} of {body}");
    }
    assert_eq!(
        (
            body["lines"].as_array().unwrap().len(),
            body["expense_lines"].as_array().unwrap().len()
        ),
        (1, 1)
    );
}

#[test]
fn keys_find_records_many_queries_in_one_call() {
    let office = Office::new();
    office.add("Item", json!({"Name": "Bolt", "FullyQualifiedName": "Parts:Small:Bolt", "Type": "Inventory", "Sku": "B-1"}));
    office.add(
        "Item",
        json!({"Name": "Bolt", "FullyQualifiedName": "Bolt", "Type": "Service"}),
    );
    office.add("Customer", json!({"DisplayName": "O'Neil", "Active": true}));
    office.add("CompanyInfo", json!({"CompanyName": "Alma inc."}));
    let q =
        |name: &str, value: &str| -> Query { vec![(name.to_owned(), json!(value).to_string())] };
    for (entity, query, expected) in [
        ("item", q("full_name", "Parts:Small:Bolt"), vec!["1"]),
        ("item", q("name", "bolt"), vec!["1", "2"]),
        ("item", q("code", "Bolt"), vec!["1", "2"]),
        ("item", q("sku", "B-1"), vec!["1"]),
        ("item", q("name", "Nut"), vec![]),
        ("stock", q("name", "Bolt"), vec!["1"]),
        ("customer", q("name", "O'Neil"), vec!["3"]),
        ("company", q("name", "Alma inc."), vec!["4"]),
        ("company", q("name", "Another"), vec![]),
    ] {
        let found = QuickBooksOnline
            .find(&office, entity, std::slice::from_ref(&query))
            .unwrap();
        let ids: Vec<&str> = found[0].iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids, expected, "{entity} {query:?}");
    }
    office.forget_requests();
    let queries = [
        q("full_name", "Bolt"),
        q("full_name", "Nut"),
        q("name", "Bolt"),
    ];
    let found = QuickBooksOnline.find(&office, "item", &queries).unwrap();
    let sizes: Vec<usize> = found.iter().map(Vec::len).collect();
    assert_eq!((sizes, office.sent.borrow().len()), (vec![1, 0, 2], 1));
}

/// It was found among the last week's alone, so that an older one was told as absent: a walk tells.
#[test]
fn our_mark_is_read_and_no_key() {
    let office = Office::new();
    let note = json!({"PrivateNote": "liaison:M1", "MetaData": {}});
    office.add("Invoice", note);
    office.pass(8 * 86_400);
    let page = QuickBooksOnline
        .query(&office, "invoice", &[], None, 100)
        .unwrap();
    assert_eq!(body_of(&page.entries[0])["external_guid"], json!("M1"));
    let query: Query = vec![("external_guid".to_owned(), json!("M1").to_string())];
    let fault = QuickBooksOnline
        .find(&office, "invoice", &[query])
        .unwrap_err();
    assert_eq!(fault.message.key, "qbo-no-key");
}

#[test]
fn custom_fields_are_records_by_the_form_that_has_them() {
    let office = Office::new();
    let named = |word: &str, number: u32, name: &str| json!({"Name": format!("{word}{number}"), "Type": "StringType", "StringValue": name});
    office.add(
        "Preferences",
        json!({"SalesFormsPrefs": {"CustomField": [{"CustomField": [
            named("SalesFormsPrefs.SalesCustomName", 1, "Route"), named("SalesFormsPrefs.SalesCustomName", 3, "Order")]}]},
            "VendorAndPurchasesPrefs": {"POCustomField": [{"CustomField": [named("PurchasePrefs.PurchaseCustomName", 1, "Order")]}]}}),
    );
    let (ids, _, _) = walk(&office, "custom_field", None, 2, |_| {});
    assert_eq!(ids, ["sales-3", "sales-1", "purchase-1"]);
    for (key, name, expected) in [
        ("name", "Order", vec!["purchase-1", "sales-3"]),
        ("sales_name", "Order", vec!["sales-3"]),
        ("sales_name", "route", vec!["sales-1"]),
        ("purchase_name", "Order", vec!["purchase-1"]),
        ("purchase_name", "Route", vec![]),
    ] {
        let query: Query = vec![(key.to_owned(), json!(name).to_string())];
        let found = QuickBooksOnline
            .find(&office, "custom_field", &[query])
            .unwrap();
        let ids: Vec<&str> = found[0].iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids, expected, "{key} {name}");
    }
    let read = QuickBooksOnline
        .read(&office, "custom_field", &["sales-1".to_owned()])
        .unwrap();
    assert_eq!(body_of(read[0].as_ref().unwrap())["name"], json!("Route"));
}

#[test]
fn many_long_names_are_asked_for_in_a_body() {
    let office = Office::new();
    let name = |nth: usize| format!("{nth} {}", "à".repeat(95));
    for nth in 0..100 {
        office.add("Customer", json!({"DisplayName": name(nth)}));
    }
    let queries: Vec<Query> = (0..100)
        .map(|nth| vec![("name".to_owned(), json!(name(nth)).to_string())])
        .collect();
    let found = QuickBooksOnline
        .find(&office, "customer", &queries)
        .unwrap();
    assert!(found.iter().all(|rows| rows.len() == 1));
    assert!(office
        .asked()
        .contains(&"POST query?minorversion=75".to_owned()));
}

#[test]
fn filters_are_served_where_quickbooks_can() {
    let office = Office::new();
    invoices(&office, 3);
    office.add(
        "Invoice",
        json!({"DocNumber": "9", "CustomerRef": {"value": "2"}, "TxnDate": "2026-02-01"}),
    );
    for (filter, expected) in [
        (
            filter::condition("customer_id", Comparison::IsIn, &[json!("2"), json!("3")]),
            1,
        ),
        (filter::condition("customer_id", Comparison::IsIn, &[]), 0),
        (
            filter::condition("number", Comparison::Eq, &[json!("1")]),
            1,
        ),
        (
            filter::condition("date", Comparison::Ge, &[json!("2026-01-01")]),
            1,
        ),
        (
            filter::condition("memo", Comparison::Eq, &[json!("left to the host")]),
            4,
        ),
    ] {
        let page = QuickBooksOnline
            .query(&office, "invoice", std::slice::from_ref(&filter), None, 100)
            .unwrap();
        assert_eq!(
            (page.entries.len(), page.more),
            (expected, false),
            "{filter:?}"
        );
    }
}

#[test]
fn a_long_list_of_parents_is_asked_for_in_parts() {
    let office = Office::new();
    invoices(&office, 3);
    let values: Vec<Value> = (0..250).map(|nth| json!((nth + 1).to_string())).collect();
    let filter = [filter::condition("customer_id", Comparison::IsIn, &values)];
    let (mut at, mut shown, mut calls) = (None, 0, 0);
    loop {
        let page = QuickBooksOnline
            .query(&office, "invoice", &filter, at, 100)
            .unwrap();
        shown += page.entries.len();
        calls += 1;
        at = page.next;
        if !page.more {
            break;
        }
    }
    assert_eq!((shown, calls), (3, 3));
}
