//! What rows become, and by what records are found.

use super::*;

/// Reads one record whose row is this.
fn read(host: ScriptHost, entity: &str, resource: &str, row: Value) -> Entry {
    let id = row["id"].as_str().unwrap().to_owned();
    let host = host.on(&get(&format!("{resource}/{id}")), row);
    let mut found = FusionOperations.read(&host, entity, &[id]).unwrap();
    host.assert_done();
    found.remove(0).expect("there is a record")
}

/// What of a record is not empty.
fn told(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            fields.map(|(name, value)| (name, told(value))).collect()
        }
        Value::Array(values) => values.into_iter().map(told).collect(),
        value => value,
    }
}

#[test]
fn a_field_that_the_vendor_leaves_out_is_empty() {
    let row = json!({"id": "o1", "code": "SO-1", "products": [{"product": "P1"}]});
    let read = body(&read(host(), "sales_order", "sales-orders", row));
    for field in ["tags", "due_date", "observations", "custom_fields"] {
        assert_eq!(read.get(field), Some(&Value::Null), "{field}");
    }
    for field in ["quantity", "unit_price", "due_date"] {
        assert_eq!(read["lines"][0].get(field), Some(&Value::Null), "{field}");
    }
}

#[test]
fn a_sales_order_is_told_in_our_terms() {
    let entry = read(host(), "sales_order", "sales-orders", order("o1"));
    assert_eq!(entry.version.as_deref(), Some("2026-03-04T12:00:00Z"));
    assert_eq!(
        told(body(&entry)),
        json!({"id": "o1", "code": "SO-o1", "customer_code": "ALMA", "status": "open", "creation_date": "2026-03-01",
            "document_date": "2026-03-02", "due_date": "2026-03-20", "observations": "Call first",
            "custom_fields": {"Route": "7"}, "tags": ["QuickBooks"], "created_at": "2026-03-01T10:00:00Z",
            "updated_at": "2026-03-04T12:00:00Z",
            "lines": [
                {"product_code": "P1", "quantity": "10", "quantity_shipped": "0", "unit_price": "12.50", "observations": "red"},
                {"product_code": "P2", "quantity": "2.5", "quantity_shipped": "0", "unit_price": "4"}]})
    );
}

#[test]
fn the_documented_production_order_is_told_whole() {
    let row = json!({"id": "w1", "code": "V23076 - Week 47", "description": "", "notes": "",
        "start-date": "2017-04-01T02:15:15Z", "due-date": "2017-04-25T22:15:15Z",
        "products": [{"product": "Prod1", "quantity-ordered": "500", "quantity-produced": 20, "observations": ""}],
        "workers-assigned": [{"number": "1"}, {"number": 2}], "machines": [{"code": "M1"}],
        "status": "completed", "running-status": "started"});
    let entry = read(host(), "work_order", "production-orders", row);
    assert_eq!(
        told(body(&entry)),
        json!({"id": "w1", "code": "V23076 - Week 47",
            "starts_at": "2017-04-01T02:15:15Z", "due_at": "2017-04-25T22:15:15Z",
            "lines": [{"product_code": "Prod1", "quantity": "500", "quantity_produced": "20"}],
            "worker_numbers": ["1", "2"], "machine_codes": ["M1"], "status": "completed", "running_status": "started"})
    );
}

#[test]
fn a_shipment_is_what_was_moved_beside_what_was_ordered() {
    let entry = read(host(), "shipment", "sales-orders", shipped("o1"));
    let told = told(body(&entry));
    assert_eq!(
        (
            &told["sales_order_id"],
            &told["sales_order_code"],
            &told["date"],
            &told["tracking"]
        ),
        (
            &json!("o1"),
            &json!("SO-o1"),
            &json!("2026-03-05"),
            &json!("1Z")
        )
    );
    assert_eq!(
        told["lines"],
        json!([
            {"product_code": "P1", "quantity": "6", "lot": "A", "warehouse": "W", "quantity_ordered": "10",
                "unit_price": "12.50", "observations": "red"},
            // The second lot of the same line: what was ordered counts once.
            {"product_code": "P1", "quantity": "4", "lot": "B", "warehouse": "W",
                "unit_price": "12.50", "observations": "red"},
            {"product_code": "P2", "quantity": "2.5", "quantity_ordered": "2.5", "unit_price": "4"}])
    );
}

#[test]
fn an_order_of_which_nothing_was_moved_is_no_shipment() {
    for shipping in [
        Value::Null,
        json!({}),
        json!({"status": "pending", "date": null, "products": []}),
    ] {
        let mut row = order("o1");
        row["shipping"] = shipping.clone();
        let host = host().on(&get("sales-orders/o1"), row);
        let found = FusionOperations.read(&host, "shipment", &["o1".to_owned()]);
        assert_eq!(found.unwrap(), [None], "{shipping}");
    }
}

#[test]
fn a_reception_without_goods_named_is_the_order_itself() {
    let row = json!({"id": "q1", "code": "PO-1", "supplier": "ACIER", "status": "closed", "updated-at": "2026-03-04T12:00:00Z",
        "products": [{"product": "P1", "quantity-ordered": 10, "quantity-received": 10, "unit-cost": 3.1}],
        "receiving": {"date": "2026-03-04"}});
    let entry = read(host(), "reception", "purchase-orders", row);
    let told = told(body(&entry));
    assert_eq!(
        (&told["purchase_order_id"], &told["date"]),
        (&json!("q1"), &json!("2026-03-04"))
    );
    assert_eq!(
        told["lines"],
        json!([{"product_code": "P1", "quantity_ordered": "10", "unit_cost": "3.1"}])
    );
}

#[test]
fn a_time_record_has_a_duration_even_where_the_vendor_leaves_it_out() {
    let row = |duration: Value| {
        json!({"id": "t1", "production-order": "W-1", "operation": "Weld", "section": "Shop",
            "worker": {"number": 7, "name": "Marie"}, "start-date": "2026-03-05T08:00:00Z",
            "end-date": "2026-03-05T09:30:00Z", "duration-seconds": duration})
    };
    for (duration, expected) in [(json!(60), 60), (Value::Null, 5_400)] {
        // There is no GET for one of them.
        let host = host().on(&first("productions"), json!([row(duration)]));
        let host = host.on(&second("productions"), json!([]));
        let found = FusionOperations
            .read(&host, "time_record", &["t1".to_owned(), "t9".to_owned()])
            .unwrap();
        host.assert_done();
        assert_eq!(found[1], None);
        let told = body(found[0].as_ref().unwrap());
        assert_eq!(told["duration_s"], json!(expected));
        assert_eq!(
            (
                &told["worker_number"],
                &told["worker_name"],
                &told["work_order_code"],
                &told["section"]
            ),
            (&json!("7"), &json!("Marie"), &json!("W-1"), &json!("Shop"))
        );
    }
}

#[test]
fn workers_are_who_made_something() {
    let made = |id: &str, worker: Value| json!({"id": id, "worker": worker, "updated-at": "2026-03-05T13:00:00Z"});
    let marie = || json!({"number": 7, "name": "Marie"});
    let rows = json!([
        made("t1", marie()),
        made("t2", json!({"number": "8", "name": "Luc"})),
        made("t3", marie()),
        made("t4", Value::Null)
    ]);
    let scripted = || host().on(&first("productions"), rows.clone());
    let page = FusionOperations
        .changes(&scripted(), "worker", None, &[], 500)
        .unwrap();
    assert_eq!(ids(&page.entries), ["7", "8"]);
    assert_eq!(
        (page.entries[0].version.as_deref(), body(&page.entries[0])),
        (None, json!({"id": "7", "number": "7", "name": "Marie"}))
    );
    let end = || scripted().on(&second("productions"), json!([]));
    let read = FusionOperations
        .read(&end(), "worker", &["8".to_owned(), "9".to_owned()])
        .unwrap();
    assert_eq!(body(read[0].as_ref().unwrap())["name"], "Luc");
    assert_eq!(read[1], None);
    let found = FusionOperations
        .find(&end(), "worker", &[by("name", json!("marie"))])
        .unwrap();
    assert_eq!(ids(&found[0]), ["7"]);
    // Who has made nothing yet is not seen, so nothing follows from absence.
    let host = end();
    let page = FusionOperations
        .changes(&host, "worker", None, &[], 500)
        .unwrap();
    let last = FusionOperations
        .changes(&host, "worker", page.next, &[], 500)
        .unwrap();
    assert!(!last.more && !last.complete);
}

#[test]
fn a_record_that_is_only_called_so_is_none() {
    // Orders are also addressed by code: an id that is gone may be another's code.
    let host = host().on(&get("sales-orders/7"), order("o1")).reply(
        &get("sales-orders/8"),
        refusal(404, "not-found", "No such order"),
    );
    let found = FusionOperations.read(&host, "sales_order", &["8".to_owned(), "7".to_owned()]);
    assert_eq!(found.unwrap(), [None, None]);
    host.assert_done();
}

#[test]
fn ids_go_into_a_path_as_one_word() {
    let host = host().reply(&get("clients/a%2Fb%3F"), refusal(404, "x", "y"));
    let found = FusionOperations.read(&host, "customer", &["a/b?".to_owned()]);
    assert_eq!(found.unwrap(), [None]);
}

fn by(field: &str, value: Value) -> Vec<(String, Json)> {
    vec![(field.to_owned(), value.to_string())]
}

#[test]
fn a_code_is_searched_or_else_the_list_is_read() {
    let (mine, other) = (
        json!({"id": "c1", "code": "ALMA"}),
        json!({"id": "c2", "code": "BETA"}),
    );
    let searched = host().on(&search("clients", "ALMA"), json!([mine.clone()]));
    let not_there = host().on(&search("clients", "ALMA"), json!([]));
    let ignored = host()
        .on(
            &search("clients", "ALMA"),
            json!([other.clone(), mine.clone()]),
        )
        .on(&first("clients"), json!([other.clone(), mine.clone()]))
        .on(&second("clients"), json!([]));
    for (host, expected) in [
        (searched, &["c1"][..]),
        (not_there, &[]),
        (ignored, &["c1"]),
    ] {
        let found = FusionOperations
            .find(&host, "customer", &[by("code", json!("ALMA"))])
            .unwrap();
        host.assert_done();
        assert_eq!(ids(&found[0]), expected);
    }
}

#[test]
fn queries_of_one_call_share_what_is_read() {
    let rows = json!([{"id": "c1", "code": "A", "name": "Alma"}, {"id": "c2", "code": "B", "name": "Bell"},
        {"id": "c3", "code": "C", "name": "alma"}]);
    let host = host()
        .on(&first("clients"), rows)
        .on(&second("clients"), json!([]));
    let queries = [
        by("name", json!("Alma")),
        by("name", Value::Null),
        by("code", json!("B")),
        by("name", json!("Zed")),
    ];
    let found = FusionOperations.find(&host, "customer", &queries).unwrap();
    host.assert_done();
    let found: Vec<Vec<&str>> = found.iter().map(|entries| ids(entries)).collect();
    assert_eq!(found, [vec!["c1", "c3"], vec![], vec!["c2"], vec![]]);
}

#[test]
fn a_shipment_is_found_by_its_order() {
    let host = host()
        .on(&get("sales-orders/o1"), shipped("o1"))
        .on(&get("sales-orders/o2"), order("o2"))
        .on(&search("sales-orders", "SO-o3"), json!([shipped("o3")]));
    let queries = [
        by("sales_order_id", json!("o1")),
        by("sales_order_id", json!("o2")),
        by("sales_order_code", json!("SO-o3")),
    ];
    let found = FusionOperations.find(&host, "shipment", &queries).unwrap();
    host.assert_done();
    let found: Vec<Vec<&str>> = found.iter().map(|entries| ids(entries)).collect();
    assert_eq!(found, [vec!["o1"], vec![], vec!["o3"]]);
}

#[test]
fn an_order_is_found_by_any_of_its_work_orders() {
    let of = |id: &str, works: Value| {
        let mut row = order(id);
        row["production-orders"] = works;
        row
    };
    let rows = json!([
        of("o1", json!(["W-1", "W-2"])),
        of("o2", json!(["W-20"])),
        order("o3")
    ]);
    let host = host()
        .on(&first("sales-orders"), rows)
        .on(&second("sales-orders"), json!([]));
    let queries = ["w-2", "W-20", "W-3"].map(|code| by("work_order_codes", json!(code)));
    let found = FusionOperations
        .find(&host, "sales_order", &queries)
        .unwrap();
    host.assert_done();
    let found: Vec<Vec<&str>> = found.iter().map(|entries| ids(entries)).collect();
    assert_eq!(found, [vec!["o1"], vec!["o2"], vec![]]);
}

#[test]
fn a_customer_is_found_by_what_quickbooks_calls_it() {
    let rows = json!([
        {"id": "c1", "code": "ALMA", "custom-fields": {"Quickbooks Customer": "Alma Inc.:Plant"}},
        {"id": "c2", "code": "BELL", "custom-fields": {"Route": "7"}}]);
    let host = host()
        .on(&first("clients"), rows)
        .on(&second("clients"), json!([]));
    let query = by("quickbooks_customer", json!("Alma Inc.:Plant"));
    let found = FusionOperations.find(&host, "customer", &[query]).unwrap();
    host.assert_done();
    assert_eq!(ids(&found[0]), ["c1"]);
    assert_eq!(
        body(&found[0][0])["quickbooks_customer"],
        json!("Alma Inc.:Plant")
    );
}

#[test]
fn what_cannot_be_looked_up_is_said() {
    let fault = FusionOperations
        .find(&host(), "sales_order", &[by("observations", json!("x"))])
        .unwrap_err();
    assert_eq!(fault.message.key, "fusion-no-key");
    let fault = FusionOperations.read(&host(), "invoice", &[]).unwrap_err();
    assert_eq!(fault.message.key, "sdk-no-entity");
}

#[test]
fn codes_get_the_ids_they_stand_for() {
    let host = with(json!({}))
        .on(&get("sales-orders/o1"), order("o1"))
        .on(
            &search("clients", "ALMA"),
            json!([{"id": "c1", "code": "ALMA"}]),
        )
        .on(
            &search("products", "P1"),
            json!([{"id": "p1", "code": "P1"}]),
        )
        // Two of one code stand for nothing.
        .on(
            &search("products", "P2"),
            json!([{"id": "p2", "code": "P2"}, {"id": "p3", "code": "P2"}]),
        );
    let found = FusionOperations
        .read(&host, "sales_order", &["o1".to_owned()])
        .unwrap();
    host.assert_done();
    let told = body(found[0].as_ref().unwrap());
    assert_eq!(
        (
            &told["customer_id"],
            &told["lines"][0]["product_id"],
            &told["lines"][1]["product_id"]
        ),
        (&json!("c1"), &json!("p1"), &Value::Null)
    );
}

#[test]
fn what_codes_stand_for_is_remembered_for_a_while() {
    let again = |host: ScriptHost| {
        let host = host
            .on(&get("sales-orders/o1"), order("o1"))
            .on(&search("products", "P2"), json!([]));
        let found = FusionOperations
            .read(&host, "sales_order", &["o1".to_owned()])
            .unwrap();
        host.assert_done();
        body(found[0].as_ref().unwrap())["lines"][0]["product_id"].clone()
    };
    let host = with(json!({}));
    let known = |since_ms: u64| {
        let of = "https://fusionoperations.autodesk.com/api/v1";
        json!({"of": of, "since_ms": since_ms, "ids": {"ALMA": "c1", "P1": "p1"}}).to_string()
    };
    let now_ms = host.now_ms.get();
    for entity in ["customer", "product"] {
        let key = format!("ids-of-{entity}");
        host.memory_set(&key, known(now_ms - 299_999).as_bytes())
            .unwrap();
    }
    assert_eq!(again(host), "p1");
    let host = with(json!({}));
    host.memory_set("ids-of-customer", known(now_ms).as_bytes())
        .unwrap();
    host.memory_set("ids-of-product", known(now_ms - 300_000).as_bytes())
        .unwrap();
    let host = host
        .on(&get("sales-orders/o1"), order("o1"))
        .on(
            &search("products", "P1"),
            json!([{"id": "p9", "code": "P1"}]),
        )
        .on(&search("products", "P2"), json!([]));
    let found = FusionOperations
        .read(&host, "sales_order", &["o1".to_owned()])
        .unwrap();
    host.assert_done();
    assert_eq!(
        body(found[0].as_ref().unwrap())["lines"][0]["product_id"],
        "p9"
    );
    // The one that was found stays known, the one that was not is asked for again.
    let next = with(json!({}));
    next.memory.replace(host.memory.borrow().clone());
    assert_eq!(again(next), "p9");
}

#[test]
fn many_codes_are_read_from_the_list() {
    let mut row = order("o1");
    let line = |n: u32| json!({"product": format!("P{n}"), "quantity-ordered": 1});
    row["products"] = (0..11).map(line).collect();
    let products: Value = (0..11)
        .map(|n| json!({"id": format!("p{n}"), "code": format!("P{n}")}))
        .collect();
    let host = with(json!({}))
        .on(&get("sales-orders/o1"), row)
        .on(&search("clients", "ALMA"), json!([]))
        .on(&first("products"), products)
        .on(&second("products"), json!([]));
    let found = FusionOperations
        .read(&host, "sales_order", &["o1".to_owned()])
        .unwrap();
    host.assert_done();
    let told = body(found[0].as_ref().unwrap());
    assert_eq!(
        (&told["customer_id"], &told["lines"][10]["product_id"]),
        (&Value::Null, &json!("p10"))
    );
}

#[test]
fn names_of_the_settings_win() {
    let host = with(json!({"resolve_ids": false, "path_prefix": "/api",
        "wire_names": {"sales_order": "orders", "sales_order.customer_code": "buyer.market", "sales_order.lines": "items",
            "sales_order.lines.quantity": "qty"}}));
    let of = "https://fusionoperations.autodesk.com/api ";
    let token = json!({"token": "T0K", "until_ms": u64::MAX, "of": of}).to_string();
    host.memory_set("token", token.as_bytes()).unwrap();
    let row = json!({"id": "o1", "code": "1", "buyer": {"market": "ALMA"}, "items": [{"product": "P1", "qty": 3}]});
    let host = host.on("GET autodesk.com/api/orders/o1?access_token=T0K", row);
    let found = FusionOperations
        .read(&host, "sales_order", &["o1".to_owned()])
        .unwrap();
    let told = told(body(found[0].as_ref().unwrap()));
    assert_eq!(
        (&told["customer_code"], &told["lines"]),
        (
            &json!("ALMA"),
            &json!([{"product_code": "P1", "quantity": "3"}])
        )
    );
}

#[test]
fn the_token_may_stand_in_a_header() {
    let host =
        with(json!({"token_in": "header"})).reply("GET /api/v1/clients/c1", refusal(404, "x", "y"));
    let found = FusionOperations.read(&host, "customer", &["c1".to_owned()]);
    assert_eq!(found.unwrap(), [None]);
    let bearer = ("Authorization".to_owned(), "Bearer T0K".to_owned());
    assert!(host.sent.borrow()[0].headers.contains(&bearer));
}
