//! The paths before v1, as clients of 2016 to 2018 used them.

use serde_json::{Value, json};

use super::{BASIC, Lab, json_of, order_of_the_reference};

#[test]
fn a_client_of_2017_gets_through_its_day() {
    let mut lab = Lab::new();
    let headers = [
        ("authorization", BASIC),
        ("content-type", "application/json"),
    ];
    let body = "{\"scopes\":[\"productions_write\"]}";
    let response = lab.send("POST", "/api/authorization", &headers, body);
    lab.token = json_of(&response)["token"].as_str().unwrap().to_owned();

    let machines = lab.get("/api/machines");
    assert_eq!(
        (&machines[1]["code"], &machines[1]["notes"]),
        (
            &json!("M2"),
            &json!("{\"state\":\"idle\",\"program\":\"rive-22\"}")
        )
    );
    let notes = json!({ "notes": "{\"state\":\"busy\"}" });
    let machine = lab.done(200, "POST", "/api/machines/M2/notes", notes);
    assert_eq!(machine["notes"], "{\"state\":\"busy\"}");

    let order = lab.post("/api/production-orders/", order_of_the_reference());
    let path = format!("/api/production-orders/{}", order["id"].as_str().unwrap());
    lab.post(&format!("{path}/activate"), Value::Null);
    let id = order["id"].as_str().unwrap();
    let order = lab.done(
        200,
        "POST",
        &format!("/api/machines/M2/production-orders/{id}"),
        Value::Null,
    );
    assert_eq!(
        order["machines"],
        json!([{ "code": "M1" }, { "code": "M2" }])
    );
    let started = lab.codes("/api/production-orders/?running-status=started");
    assert!(started.contains(&"V23076 - Week 47".to_owned()));
    lab.post(
        &format!("{path}/notify"),
        json!({ "short-message": "x", "message": "y" }),
    );
    // An update is a POST on the item.
    let order = lab.done(200, "POST", &path, json!({ "status": 1 }));
    assert_eq!(order["status"], "completed");
    assert_eq!(lab.count("production-orders"), 5);
}

#[test]
fn old_paths_serve_the_same_records_by_the_same_rules() {
    let mut lab = Lab::new();
    for word in [
        "sales-orders",
        "clients",
        "purchase-orders",
        "products",
        "downtimes",
    ] {
        let old = lab.get(&format!("/api/{word}"));
        assert_eq!(old, lab.get(&format!("{word}/")), "{word}");
        assert_eq!(old, lab.get(&format!("/api/{word}/")), "{word}");
    }
    assert_eq!(lab.refused("POST", "/api/clients/", &json!({})).0, 400);
}

#[test]
fn what_is_old_is_not_in_v1() {
    let mut lab = Lab::new();
    for (method, path, status) in [
        ("GET", "machines", 404),
        ("POST", "machines/M1/notes", 404),
        ("POST", "machines/M1/production-orders/OF-2603", 404),
        ("POST", "production-orders/OF-2601/notify", 404),
        ("POST", "production-orders/OF-2601", 405),
    ] {
        assert_eq!(lab.refused(method, path, &json!({})).0, status, "{path}");
    }
    lab.set("post_changes", true);
    let order = lab.done(
        200,
        "POST",
        "production-orders/OF-2603",
        json!({ "notes": "x" }),
    );
    assert_eq!(order["notes"], "x");
}

#[test]
fn old_paths_may_be_gone() {
    let mut lab = Lab::with("old_api", false);
    assert_eq!(lab.refused("GET", "/api/clients/", &Value::Null).0, 404);
    let headers = [("authorization", BASIC)];
    assert_eq!(
        lab.send("POST", "/api/authorization", &headers, "").status,
        404
    );
    lab.get("clients/");
}
