//! Stock: a page of products, a request each, and what is on orders.

use super::*;

fn product(id: &str) -> Value {
    json!({"id": id, "code": format!("C-{id}"), "name": "x", "tags": ["QuickBooks"], "custom-fields": {"QB item": "A:B"}})
}

fn orders() -> Value {
    json!([{"id": "o1", "code": "1", "status": "open", "products": [
        {"product": "C-p1", "quantity-ordered": 4, "quantity-shipped": 1},
        {"product": "C-p2", "quantity-ordered": 9, "quantity-shipped": 0}]},
        {"id": "o2", "code": "2", "status": "cancelled", "products": [{"product": "C-p1", "quantity-ordered": 100}]}])
}

fn with_orders(host: ScriptHost) -> ScriptHost {
    host.on(&first("sales-orders"), orders())
        .on(&second("sales-orders"), json!([]))
}

#[test]
fn the_quantity_to_send_is_what_is_there_less_what_is_on_orders() {
    let host = with_orders(host().on(&get("products/p1"), product("p1"))).on(
        &get("inventory/p1"),
        json!({"product": "C-p1", "quantity": 10.50, "quantity-reserved": 2,
            "locations": [{"warehouse": "W", "lot": "L", "quantity": "10.50"}]}),
    );
    let found = FusionOperations
        .read(&host, "stock", &["p1".to_owned()])
        .unwrap();
    host.assert_done();
    assert_eq!(
        body(found[0].as_ref().unwrap()),
        json!({"id": "p1", "product_id": "p1", "product_code": "C-p1", "quantity": "10.5", "reserved": "2", "on_orders": "3",
            "available": "7.5", "locations": [{"warehouse": "W", "lot": "L", "quantity": "10.50"}], "tags": ["QuickBooks"],
            "custom_fields": {"QB item": "A:B"}})
    );
}

#[test]
fn a_walk_reads_the_orders_once_and_passes_over_what_is_not_stocked() {
    let host = with_orders(host().on(
        &get("products/?page=1&per-page=20"),
        json!([product("p1"), product("p2"), product("p3")]),
    ))
    .on(&get("inventory/p1"), json!({"quantity": 1}))
    .on(&get("inventory/p2"), json!({"quantity": 9}))
    .reply(&get("inventory/p3"), refusal(404, "x", "y"))
    // The next page: what is on orders is remembered.
    .on(&get("products/?page=2&per-page=20"), json!([product("p4")]))
    .on(&get("inventory/p4"), json!({"quantity": 0}))
    .on(&get("products/?page=3&per-page=20"), json!([]));
    let (mut shown, mut since) = (Vec::new(), None);
    loop {
        let page = FusionOperations
            .changes(&host, "stock", since, &[], 500)
            .unwrap();
        shown.extend(page.entries.iter().map(body));
        since = page.next;
        if !page.more {
            assert!(page.complete);
            break;
        }
    }
    host.assert_done();
    let sums: Vec<_> = shown
        .iter()
        .map(|stock| {
            (
                stock["id"].as_str().unwrap(),
                stock["available"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(sums, [("p1", "-2"), ("p2", "0"), ("p4", "0")]);
}

#[test]
fn stock_is_found_by_its_products_code() {
    let host = with_orders(
        host()
            .on(&search("products", "C-p1"), json!([product("p1")]))
            .on(&get("products/p1"), product("p1")),
    )
    .on(&get("inventory/p1"), json!({"quantity": 3}));
    let query = vec![("product_code".to_owned(), json!("C-p1").to_string())];
    let found = FusionOperations.find(&host, "stock", &[query]).unwrap();
    host.assert_done();
    assert_eq!(ids(&found[0]), ["p1"]);
}

#[test]
fn a_query_by_product_asks_for_no_other() {
    let filter = [filter::condition(
        "product_id",
        Comparison::IsIn,
        &[json!("p1")],
    )];
    let host = with_orders(host().on(&get("products/p1"), product("p1")))
        .on(&get("inventory/p1"), json!({"quantity": 3}));
    let page = FusionOperations
        .query(&host, "stock", &filter, None, 500)
        .unwrap();
    host.assert_done();
    assert_eq!((ids(&page.entries), page.more), (vec!["p1"], false));
}
