//! Shipments within sales orders, receptions within purchase orders, and the stock they move.

use serde_json::{Value, json};

use super::{Lab, NOW, sales_order};

fn shipping(quantity: i64) -> Value {
    json!({ "shipping": { "date": NOW, "tracking": "T1", "products": [{ "product": "TABLE-180", "quantity": quantity }] } })
}

#[test]
fn a_shipment_takes_goods_out_and_shows_on_its_lines() {
    let mut lab = Lab::new();
    lab.post("sales-orders/", sales_order("N"));
    assert!(lab.get("sales-orders/N").get("shipping").is_none());
    assert_eq!(lab.stock("TABLE-180"), ("5".into(), "7".into()));
    let order = lab.put("sales-orders/N", shipping(3));
    assert_eq!(order["products"][0]["quantity-shipped"], 3);
    let shipment = json!({ "date": NOW, "tracking": "T1", "products": [{ "product": "TABLE-180", "quantity": 3 }] });
    assert_eq!(order["shipping"], shipment);
    assert_eq!(lab.movements("N"), ["out 3"]);
    assert_eq!(lab.stock("TABLE-180"), ("2".into(), "4".into()));
    // Nothing changes a status by itself.
    assert_eq!(order["status"], "open");
}

#[test]
fn an_order_has_one_shipment_which_is_changed_and_not_added_to() {
    let mut lab = Lab::new();
    lab.post("sales-orders/", sales_order("N"));
    lab.put("sales-orders/N", shipping(3));
    let movement = movement_of(&mut lab, "N");
    lab.later(60);
    // Sent again, by a client that lost the answer.
    lab.put("sales-orders/N", shipping(3));
    assert_eq!(movement_of(&mut lab, "N"), movement);
    lab.put(
        "sales-orders/N",
        json!({ "shipping": { "status": "delivered" } }),
    );
    assert_eq!(lab.get("sales-orders/N")["shipping"]["tracking"], "T1");
    lab.put("sales-orders/N", shipping(4));
    let changed = movement_of(&mut lab, "N");
    assert_eq!(
        (&changed["id"], &changed["quantity"]),
        (&movement["id"], &json!(4))
    );
    assert_ne!(changed["updated-at"], movement["updated-at"]);
    assert_eq!(lab.stock("TABLE-180").0, "1");
    assert_eq!(
        lab.control(json!({ "do": "summary" }))["shipments"]["alike"],
        0
    );
    lab.put("sales-orders/N", json!({ "shipping": null }));
    assert_eq!(lab.movements("N"), [] as [&str; 0]);
    assert_eq!(lab.stock("TABLE-180").0, "5");
    lab.done(204, "DELETE", "sales-orders/N", Value::Null);
}

#[track_caller]
fn movement_of(lab: &mut Lab, document: &str) -> Value {
    let rows = lab.get("inventory-movements/");
    let rows = rows.as_array().unwrap().iter();
    let own: Vec<_> = rows.filter(|row| row["document"] == document).collect();
    assert_eq!(own.len(), 1, "{own:?}");
    own[0].clone()
}

#[test]
fn a_movement_of_an_order_is_changed_by_its_order_alone() {
    let mut lab = Lab::new();
    lab.post("sales-orders/", sales_order("N"));
    lab.put("sales-orders/N", shipping(1));
    let movement = movement_of(&mut lab, "N");
    assert_eq!(movement["origin"], "Principal");
    assert_eq!(movement["date"], NOW);
    let path = format!("inventory-movements/{}", movement["id"].as_str().unwrap());
    assert_eq!(lab.refused("PUT", &path, &json!({ "quantity": 9 })).0, 409);
    assert_eq!(lab.refused("DELETE", &path, &Value::Null).0, 409);
    lab.put("sales-orders/N", json!({ "code": "N2" }));
    assert_eq!(movement_of(&mut lab, "N2")["id"], movement["id"]);
}

#[test]
fn a_shipment_of_another_product_or_of_a_cancelled_order_is_refused() {
    let mut lab = Lab::new();
    let other = json!({ "shipping": { "products": [{ "product": "CHAISE-S", "quantity": 1 }] } });
    assert_eq!(lab.refused("PUT", "sales-orders/CV-1003", &other).0, 422);
    let own = json!({ "shipping": { "products": [{ "product": "TABLE-240", "quantity": 1 }] } });
    let refused = lab.refused("PUT", "sales-orders/CV-1005", &own);
    assert_eq!(refused, (409, "The order is cancelled".to_owned()));
    // The line under a shipment cannot go, the order may be cancelled after it.
    let lines = json!({ "products": [{ "product": "LIVRAISON", "quantity-ordered": 4 }] });
    assert_eq!(lab.refused("PUT", "sales-orders/CV-1001", &lines).0, 422);
    lab.put("sales-orders/CV-1001", json!({ "status": "cancelled" }));
}

#[test]
fn partial_shipments_made_at_the_screen_add_up_though_one_is_shown() {
    let mut lab = Lab::new();
    let order = lab.get("sales-orders/CV-1002");
    let shipped: Vec<_> = order["products"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| &l["quantity-shipped"])
        .collect();
    assert_eq!(
        shipped,
        [24, 2, 1],
        "the first line of a product is filled first"
    );
    assert_eq!(order["shipping"]["observations"], "Deuxième envoi");
    assert_eq!(lab.movements("CV-1002"), ["out 12", "out 14", "out 1"]);
    lab.control(json!({ "do": "ship", "order": "CV-1002", "tracking": "X" }));
    let order = lab.get("sales-orders/CV-1002");
    let shipped: Vec<_> = order["products"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| &l["quantity-shipped"])
        .collect();
    assert_eq!(shipped, [24, 6, 3]);
    assert_eq!(order["shipping"]["tracking"], "X");
    assert_eq!(lab.movements("CV-1002").len(), 5);
    assert_eq!(lab.count("shipments"), 7);
    lab.control_refused(json!({ "do": "ship", "order": "CV-1002" }));
    // The API reaches the newest only.
    lab.put(
        "sales-orders/CV-1002",
        json!({ "shipping": { "tracking": "Y" } }),
    );
    assert_eq!(lab.count("shipments"), 7);
}

#[test]
fn more_than_was_ordered_may_be_shipped_and_stock_may_fall_below_nothing() {
    let mut lab = Lab::new();
    lab.post("sales-orders/", sales_order("N"));
    lab.put("sales-orders/N", shipping(9));
    assert_eq!(lab.stock("TABLE-180"), ("-4".into(), "3".into()));
    assert_eq!(
        lab.get("sales-orders/N")["products"][0]["quantity-shipped"],
        9
    );
}

#[test]
fn where_an_order_has_many_shipments_they_are_a_list_with_ids() {
    let mut lab = Lab::with("many_shipments", true);
    let order = lab.get("sales-orders/CV-1002");
    let shipments = order["shipping"].as_array().unwrap().clone();
    assert_eq!(shipments.len(), 2);
    let mut third = shipments.clone();
    third.push(json!({ "products": [{ "product": "TABLE-180", "quantity": 2 }] }));
    let order = lab.put("sales-orders/CV-1002", json!({ "shipping": third }));
    assert_eq!(order["products"][2]["quantity-shipped"], 3);
    assert_eq!(order["shipping"][0]["id"], shipments[0]["id"]);
    // A list is all of them.
    let order = lab.put(
        "sales-orders/CV-1002",
        json!({ "shipping": [{ "id": shipments[1]["id"] }] }),
    );
    assert_eq!(order["shipping"], json!([shipments[1]]));
    assert_eq!(lab.movements("CV-1002"), ["out 14", "out 1"]);
    for wrong in [json!({}), json!([{ "id": "x" }]), json!([{}])] {
        let body = json!({ "shipping": wrong });
        assert_eq!(
            lab.refused("PUT", "sales-orders/CV-1002", &body).0,
            400,
            "{body}"
        );
    }
    assert_eq!(lab.get("sales-orders/CV-1003")["shipping"], json!([]));
}

#[test]
fn a_reception_brings_goods_in() {
    let mut lab = Lab::new();
    let reception = json!({ "date": NOW, "products": [{ "product": "TISSU-GRIS", "quantity": 50.5, "lot": "T9", "warehouse": "Cour" }] });
    let order = lab.put("purchase-orders/CA-503", json!({ "receiving": reception }));
    assert_eq!(
        order["products"][0]["quantity-received"].to_string(),
        "50.5"
    );
    assert_eq!(order["receiving"], reception);
    let stock = lab.get("inventory/TISSU-GRIS");
    let cour = json!({ "warehouse": "Cour", "lot": "T9", "quantity": 50.5 });
    assert!(
        stock["locations"].as_array().unwrap().contains(&cour),
        "{stock}"
    );
    assert_eq!(lab.movements("CA-503"), ["in 50.5"]);
    lab.control(json!({ "do": "receive", "order": "CA-503" }));
    assert_eq!(lab.movements("CA-503"), ["in 50.5", "in 29.5"]);
    assert_eq!(
        lab.get("purchase-orders/CA-503")["products"][0]["quantity-received"],
        80
    );
}

#[test]
fn stock_is_the_sum_of_movements_by_warehouse_and_lot() {
    let mut lab = Lab::new();
    let stock = lab.get("inventory/BOIS-ERABLE");
    // 1487.5 received, 900 of it carried inside, 13 tables of 42.5 and 27 chairs of 6.25 made of it.
    assert_eq!(
        stock,
        json!({
            "product": "BOIS-ERABLE", "quantity": 766.25, "quantity-reserved": 0,
            "locations": [
                { "warehouse": "Cour", "lot": "E-0128", "quantity": 587.5 },
                { "warehouse": "Principal", "quantity": -721.25 },
                { "warehouse": "Principal", "lot": "E-0128", "quantity": 900 },
            ],
        })
    );
    let id = lab.get("products/BOIS-ERABLE")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(lab.get(&format!("inventory/{id}")), stock);
    lab.post(
        "inventory-movements/",
        json!({ "product": "BOIS-ERABLE", "quantity": 587.5, "type": "out", "origin": "Cour", "lot": "E-0128" }),
    );
    let locations = lab.get("inventory/BOIS-ERABLE")["locations"].clone();
    assert_eq!(
        locations.as_array().unwrap().len(),
        2,
        "an empty place is none"
    );
}

#[test]
fn quantity_on_orders_is_what_can_still_be_fulfilled() {
    let mut lab = Lab::new();
    // CV-1002 wants 2 more, CV-0950 is archived and its ASN was not sent: 1.
    assert_eq!(lab.stock("TABLE-180").1, "3");
    // CV-1002: 4 of 30; CV-0951 is archived with its ASN sent.
    assert_eq!(lab.stock("CHAISE-S").1, "4");
    // CV-1003 open, CV-1005 cancelled.
    assert_eq!(lab.stock("TABLE-240").1, "2");
    lab.put("sales-orders/CV-1003", json!({ "status": "closed" }));
    assert_eq!(lab.stock("TABLE-240").1, "2");
    lab.put("sales-orders/CV-1003", json!({ "status": "cancelled" }));
    assert_eq!(lab.stock("TABLE-240").1, "0");
    lab.put("sales-orders/CV-0950", json!({ "asn-sent": true }));
    let to_send = lab.control(json!({ "do": "stock_to_send" }));
    let row = to_send
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["product"] == "TABLE-180");
    assert_eq!(
        row,
        Some(&json!({ "product": "TABLE-180", "in-stock": 5, "on-orders": 2, "to-send": 3 }))
    );
}
