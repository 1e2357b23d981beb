//! The ways of the vendor that a client must bear both.

use serde_json::{Value, json};

use super::{Lab, seed, text};
use crate::simulator::Simulator;

#[test]
fn an_empty_field_is_left_out_or_null() {
    let mut lab = Lab::new();
    assert!(lab.get("clients/CAFE-QUAI").get("email").is_none());
    lab.set("nulls_shown", true);
    let client = lab.get("clients/CAFE-QUAI");
    assert_eq!(
        (client.get("email"), client.get("address")),
        (Some(&Value::Null), Some(&Value::Null))
    );
    assert_eq!(
        (&client["tags"], &client["custom-fields"]),
        (&json!([]), &json!({}))
    );
    let order = lab.get("sales-orders/CV-1003");
    assert_eq!(order.get("shipping"), Some(&Value::Null));
    // What was read can be sent back whole.
    for path in [
        "clients/CAFE-QUAI",
        "sales-orders/CV-1003",
        "sales-orders/CV-1001",
    ] {
        let read = lab.get(path);
        let mut written = lab.put(path, read.clone());
        written["updated-at"] = read["updated-at"].clone();
        assert_eq!(written, read, "{path}");
    }
}

#[test]
fn a_put_may_be_the_whole_record() {
    let mut lab = Lab::with("put_replaces", true);
    assert_eq!(
        lab.refused("PUT", "clients/BOREALE", &json!({ "phone": "1" }))
            .0,
        400
    );
    let client = lab.put("clients/BOREALE", json!({ "code": "BOREALE", "name": "B" }));
    assert!(client.get("email").is_none() && client["custom-fields"] == json!({}));
    // What the vendor keeps stays, and a shipment that went out.
    let lines = json!([{ "product": "TABLE-180", "quantity-ordered": 8 }, { "product": "LIVRAISON", "quantity-ordered": 4 }]);
    let order = lab.put(
        "sales-orders/CV-1001",
        json!({ "code": "CV-1001", "client": "NORDIK", "products": lines }),
    );
    assert_eq!(
        (&order["products"][0]["quantity-shipped"], &order["status"]),
        (&json!(8), &json!("open"))
    );
    let order = json!({ "code": "OF-2601", "products": [{ "product": "TABLE-180", "quantity-ordered": 12 }] });
    assert_eq!(
        lab.put("production-orders/OF-2601", order)["running-status"],
        "started"
    );
}

#[test]
fn each_switch_changes_what_it_says() {
    let client = json!({ "code": "N", "name": "N", "colour": "red" });
    let fields = json!({ "code": "N", "name": "N", "custom-fields": { "New": "x" } });
    let plain = json!({ "code": "N", "name": "N" });
    for (switch, value, method, path, body, status, otherwise) in [
        ("keys_checked", false, "POST", "clients/", &client, 201, 400),
        (
            "custom_fields_checked",
            false,
            "POST",
            "clients/",
            &fields,
            201,
            422,
        ),
        ("created_201", false, "POST", "clients/", &plain, 200, 201),
        (
            "deleted_204",
            false,
            "DELETE",
            "sales-orders/CV-1006",
            &Value::Null,
            200,
            204,
        ),
    ] {
        let response = Lab::new().call(method, path, &body.to_string());
        assert_eq!(response.status, otherwise, "{switch}: {}", text(&response));
        let response = Lab::with(switch, value).call(method, path, &body.to_string());
        assert_eq!(response.status, status, "{switch}: {}", text(&response));
    }
    let mut lab = Lab::with("token_expires_shown", false);
    let token = lab.ask_token("");
    assert!(!text(&token).contains("expires"));
    let mut lab = Lab::with("production_moves_stock", false);
    let work = json!({ "production-order": "OF-2603", "product": "TABLE-240", "start-date": super::NOW, "quantity-produced": 1 });
    lab.post("productions/", work);
    assert_eq!(lab.stock("TABLE-240").0, "0");
}

#[test]
fn corrected_names_reach_bodies_answers_and_seeds() {
    let mut lab = Lab::new();
    lab.control(json!({ "do": "rename_fields", "names": {
        "sales-orders.client": "customer", "sales-order-line.quantity-ordered": "quantity",
        "common.id": "uuid", "shipment.tracking": "tracking-number",
    } }));
    let order = lab.get("sales-orders/CV-1001");
    assert_eq!(
        (&order["customer"], &order["products"][0]["quantity"]),
        (&json!("NORDIK"), &json!(8))
    );
    assert!(order.get("client").is_none() && order["uuid"].is_string());
    assert_eq!(order["shipping"]["tracking-number"], "PUR-339201");
    let mut written = lab.put("sales-orders/CV-1001", order.clone());
    written["updated-at"] = order["updated-at"].clone();
    assert_eq!(written, order);
    lab.control(json!({ "do": "ship", "order": "CV-1003", "tracking-number": "Z" }));
    assert_eq!(
        lab.refused(
            "PUT",
            "sales-orders/CV-1001",
            &json!({ "client": "NORDIK" })
        )
        .0,
        400
    );

    let mut seed = seed();
    seed["names"] = json!({ "products.unit": "standard-unit" });
    let wrong = super::super::new().seed(&seed, super::START).unwrap_err();
    assert_eq!(wrong, "products 0: 400 Unknown key unit");
}
