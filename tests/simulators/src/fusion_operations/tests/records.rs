//! Every resource of v1 through its verbs, and what comes back.

use serde_json::{Value, json};

use super::{Lab, NOW, header, order_of_the_reference, sales_order};

#[test]
fn each_path_takes_the_verbs_of_the_list_and_no_others() {
    let all = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    let list = "GET, POST";
    let one = "GET, PUT, DELETE";
    let table = [
        ("sales-orders/", list),
        ("sales-orders/CV-1001", one),
        ("sales-orders/CV-1001/files", list),
        ("purchase-orders/", list),
        ("purchase-orders/CA-501", one),
        ("purchase-orders/CA-501/files", list),
        ("production-orders/", list),
        ("production-orders/OF-2601", one),
        ("production-orders/OF-2601/files", list),
        ("production-orders/OF-2601/problem", "POST"),
        ("production-orders/OF-2601/activate", "POST"),
        ("clients/", list),
        ("clients/NORDIK", one),
        ("suppliers/", list),
        ("suppliers/QUINCA-PRO", one),
        ("products/", list),
        ("products/TABLE-180", one),
        ("products/TABLE-180/files", list),
        ("products/TABLE-180/bom", "POST"),
        ("product-families/", list),
        ("product-families/TABLES", "PUT, DELETE"),
        ("machines/M1/counter", "POST"),
        ("machines/M1/downtime", "POST"),
        ("productions/", list),
        ("productions/x", "PUT, DELETE"),
        ("downtimes/", "GET"),
        ("punch-clocks/", "GET"),
        ("inventory/TABLE-180", "GET"),
        ("inventory-movements/", list),
        ("inventory-movements/x", one),
        ("task-durations/", list),
        ("task-durations/x", "GET, PATCH, DELETE"),
        ("reports/worker-labor-time", "GET"),
        ("changes-feed-channels/", "GET"),
        ("products/TABLE-180/files/x", one),
    ];
    let mut lab = Lab::with("calls_per_minute", 10_000);
    for (path, verbs) in table {
        for method in all {
            let response = lab.call(method, path, "[]");
            if verbs.split(", ").any(|verb| verb == method) {
                assert_ne!(response.status, 405, "{method} {path}");
            } else {
                assert_eq!(response.status, 405, "{method} {path}");
                assert_eq!(header(&response, "allow"), Some(verbs), "{path}");
            }
        }
    }
}

#[test]
fn lists_end_in_a_slash_and_items_do_not() {
    let mut lab = Lab::new();
    for path in [
        "sales-orders",
        "sales-orders/CV-1001/",
        "sales-orders//CV-1001",
        "sales-orders/CV-1001/lines",
        "changes-feed-channels",
        "inventory/",
        "machines/",
        "workers/",
        "warehouses/",
        "shipments/",
        "files/",
        "problems/",
        "downtimes/x",
        "clients/NORDIK/files",
        "",
        "/api/v2/sales-orders/",
        "/sales-orders/",
        "/",
        "sales-orders/%zz",
    ] {
        assert_eq!(lab.refused("GET", path, &Value::Null).0, 404, "{path}");
    }
    lab.set("exact_slash", false);
    lab.get("sales-orders");
    lab.get("sales-orders/CV-1001/");
}

#[test]
fn the_production_order_of_the_reference_comes_back_as_stored() {
    let mut lab = Lab::new();
    let stored = lab.post("production-orders/", order_of_the_reference());
    let id = stored["id"].as_str().unwrap().to_owned();
    let expected = json!({
        "id": id, "code": "V23076 - Week 47", "description": "", "notes": "",
        "start-date": "2017-04-01T02:15:15Z", "due-date": "2017-04-25T22:15:15Z",
        "products": [{ "product": "TABLE-180", "quantity-ordered": 500, "quantity-produced": 0, "observations": "" }],
        "workers-assigned": [{ "number": 1, "name": "Julie Tremblay" }, { "number": 2, "name": "Marc-André Gagné" }],
        "machines": [{ "code": "M1" }], "status": "open", "running-status": "notstarted",
        "tags": [], "custom-fields": {}, "created-at": NOW, "updated-at": NOW,
    });
    assert_eq!(stored, expected);
    assert_eq!(lab.get(&format!("production-orders/{id}")), expected);
    assert_eq!(
        lab.get("production-orders/V23076%20-%20Week%2047"),
        expected
    );
    let listed = lab.get("production-orders/");
    assert_eq!(listed.as_array().unwrap().last(), Some(&expected));
}

#[test]
fn every_resource_with_a_list_is_made_read_changed_and_deleted() {
    let production =
        json!({ "production-order": "OF-2603", "start-date": NOW, "product": "TABLE-240" });
    let task = json!({ "worker": { "number": 1 }, "production-order": "OF-2603", "start-date": NOW, "duration-seconds": "60" });
    let table = [
        (
            "clients",
            json!({ "code": "N", "name": "N" }),
            json!({ "phone": "1" }),
        ),
        (
            "suppliers",
            json!({ "code": "N", "name": "N" }),
            json!({ "email": "a@b.example" }),
        ),
        (
            "products",
            json!({ "code": "N", "name": "N" }),
            json!({ "unit": "kg" }),
        ),
        (
            "product-families",
            json!({ "code": "N" }),
            json!({ "name": "N" }),
        ),
        (
            "sales-orders",
            sales_order("N"),
            json!({ "observations": "x" }),
        ),
        (
            "purchase-orders",
            json!({ "code": "N", "supplier": "QUINCA-PRO", "products": [] }),
            json!({ "status": "closed" }),
        ),
        (
            "production-orders",
            order_of_the_reference(),
            json!({ "notes": "x" }),
        ),
        ("productions", production, json!({ "quantity-produced": 1 })),
        (
            "inventory-movements",
            json!({ "product": "PROTO-01", "quantity": 1, "type": "in" }),
            json!({ "lot": "L1" }),
        ),
        ("task-durations", task, json!({ "operation": "x" })),
    ];
    let mut lab = Lab::new();
    for (word, body, change) in table {
        let before = lab.count(word);
        let made = lab.post(&format!("{word}/"), body);
        assert_eq!(
            (&made["created-at"], &made["updated-at"]),
            (&json!(NOW), &json!(NOW))
        );
        let path = format!("{word}/{}", made["id"].as_str().unwrap());
        let verb = if word == "task-durations" {
            "PATCH"
        } else {
            "PUT"
        };
        lab.later(1);
        let changed = lab.done(200, verb, &path, change.clone());
        for (name, value) in change.as_object().unwrap() {
            assert_eq!(&changed[name], value, "{word}");
        }
        assert_eq!(changed["created-at"], NOW);
        assert_eq!(changed["updated-at"], "2026-03-05T19:01:01Z");
        // What was read can be sent back whole.
        let same = lab.done(200, verb, &path, changed.clone());
        assert_eq!(same, changed, "{word}");
        lab.done(204, "DELETE", &path, Value::Null);
        assert_eq!(lab.refused("DELETE", &path, &Value::Null).0, 404, "{word}");
        assert_eq!(lab.count(word), before, "{word}");
        lab.later(-1);
    }
}

#[test]
fn references_follow_the_code_of_what_they_mean() {
    let mut lab = Lab::new();
    lab.put("clients/NORDIK", json!({ "code": "NORDIK-SPA" }));
    assert_eq!(lab.get("sales-orders/CV-1001")["client"], "NORDIK-SPA");
    lab.put("products/TABLE-180", json!({ "code": "TABLE 180" }));
    let order = lab.get("sales-orders/CV-1001");
    assert_eq!(order["products"][0]["product"], "TABLE 180");
    assert_eq!(order["shipping"]["products"][0]["product"], "TABLE 180");
    assert_eq!(lab.refused("GET", "clients/NORDIK", &Value::Null).0, 404);
}

#[test]
fn codes_with_odd_characters_are_reached_encoded() {
    let mut lab = Lab::new();
    for (path, code) in [
        ("products/CHAISE-S%2F6", "CHAISE-S/6"),
        ("products/TABLETTE%2030%22", "TABLETTE 30\""),
        ("inventory/CHAISE-S%2F6", "CHAISE-S/6"),
        (
            "production-orders/OF-2602%20-%20Semaine%209",
            "OF-2602 - Semaine 9",
        ),
    ] {
        let shown = lab.get(path);
        assert!(shown["code"] == code || shown["product"] == code, "{path}");
    }
    // A plus in a path is a plus.
    assert_eq!(
        lab.refused("GET", "products/TABLETTE+30%22", &Value::Null)
            .0,
        404
    );
}

#[test]
fn a_put_changes_what_it_names_and_null_clears() {
    let mut lab = Lab::new();
    let before = lab.get("clients/BOREALE");
    let after = lab.put(
        "clients/BOREALE",
        json!({ "phone": null, "custom-fields": { "Région": null, "Quickbooks Customer": "B" } }),
    );
    assert!(after.get("phone").is_none());
    assert_eq!(
        after["custom-fields"],
        json!({ "Quickbooks Customer": "B" })
    );
    assert_eq!(
        (&after["address"], &after["email"]),
        (&before["address"], &before["email"])
    );
    let lines = json!([{ "product": "CHAISE-S", "quantity-ordered": 1 }]);
    let order = lab.put("sales-orders/CV-1003", json!({ "products": lines }));
    assert_eq!(
        order["products"].as_array().unwrap().len(),
        1,
        "a list is replaced"
    );
}

#[test]
fn numbers_come_as_text_or_number_and_go_as_numbers() {
    let mut lab = Lab::new();
    for (sent, read) in [
        (json!("500"), "500"),
        (json!(500), "500"),
        (json!("12.50"), "12.5"),
        (json!(0.1), "0.1"),
        (json!("0"), "0"),
        (json!(1e3), "1000"),
        (json!("0.0185"), "0.0185"),
    ] {
        let shown = lab.put("products/PROTO-01", json!({ "price": sent }));
        assert_eq!(shown["price"].to_string(), read);
    }
}

#[test]
fn a_date_without_z_is_in_the_companys_zone() {
    let mut lab = Lab::new();
    for (sent, read) in [
        ("2026-03-20T09:00:00Z", "2026-03-20T09:00:00Z"),
        ("2026-03-20T09:00:00", "2026-03-20T13:00:00Z"),
        ("2026-01-20T09:00:00", "2026-01-20T14:00:00Z"),
    ] {
        let shown = lab.put("sales-orders/CV-1003", json!({ "due-date": sent }));
        assert_eq!(shown["due-date"], read);
    }
}

#[test]
fn files_belong_to_their_record() {
    let mut lab = Lab::new();
    let body =
        json!({ "name": "plan.pdf", "content-type": "application/pdf", "content": "JVBERi0=" });
    for owner in [
        "sales-orders/CV-1001",
        "purchase-orders/CA-501",
        "production-orders/OF-2604",
        "products/PROTO-01",
    ] {
        let files = format!("{owner}/files");
        assert_eq!(lab.get(&files), json!([]));
        let id = lab.post(&files, body.clone())["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let listed = lab.get(&files);
        assert_eq!(listed[0]["name"], "plan.pdf");
        assert!(listed[0].get("content").is_none());
        let path = format!("{files}/{id}");
        assert_eq!(lab.get(&path)["content"], "JVBERi0=");
        assert_eq!(lab.put(&path, json!({ "name": "b.pdf" }))["name"], "b.pdf");
        assert_eq!(lab.refused("PUT", &path, &json!({ "content": "?" })).0, 400);
        let other = format!("sales-orders/CV-1002/files/{id}");
        assert_eq!(lab.refused("GET", &other, &Value::Null).0, 404);
        lab.done(204, "DELETE", &path, Value::Null);
        assert_eq!(lab.get(&files), json!([]));
    }
    lab.post("sales-orders/CV-1003/files", body);
    lab.done(204, "DELETE", "sales-orders/CV-1003", Value::Null);
    assert_eq!(lab.count("files"), 0);
}

#[test]
fn ids_are_opaque_and_never_given_twice() {
    let mut lab = Lab::new();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..5 {
        let made = lab.post("clients/", json!({ "code": "N", "name": "N" }));
        let id = made["id"].as_str().unwrap().to_owned();
        assert!(id.len() == 24 && id.parse::<i64>().is_err());
        lab.done(204, "DELETE", "clients/N", Value::Null);
        assert!(seen.insert(id));
    }
}
