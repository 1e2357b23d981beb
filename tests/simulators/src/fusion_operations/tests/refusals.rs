//! What is refused, in which words; and that a refused call changes nothing.

use serde_json::{Value, json};

use super::{Lab, order_of_the_reference, refusal, sales_order};
use crate::simulator::Simulator;

#[test]
fn a_body_that_is_no_json_is_told_so() {
    let mut lab = Lab::new();
    for body in ["", "{", "{'code': 1}", "code=1", "\u{feff}{}"] {
        let response = lab.call("POST", "sales-orders/", body);
        assert_eq!(
            refusal(&response),
            (400, "Invalid JSON".to_owned()),
            "{body}"
        );
    }
    let response = lab.call("POST", "sales-orders/", "[]");
    assert_eq!(
        refusal(&response),
        (400, "An object is expected".to_owned())
    );
}

/// The order, with one thing changed.
fn order_with(path: &str, value: Value) -> Value {
    let mut order = sales_order("N");
    match order.pointer_mut(path) {
        Some(place) => *place = value,
        None => {
            let (parent, name) = path.rsplit_once('/').unwrap();
            order.pointer_mut(parent).unwrap()[name] = value;
        }
    }
    order
}

#[test]
fn a_wrong_order_is_refused_with_its_place() {
    let mut lab = Lab::new();
    let before = lab.site.state();
    let table = [
        ("/code", json!(5), 400, "code must be a text"),
        ("/code", json!(""), 400, "code is required"),
        ("/code", Value::Null, 400, "code is required"),
        (
            "/code",
            json!("CV-1001"),
            409,
            "code CV-1001 already exists",
        ),
        ("/client", Value::Null, 400, "client is required"),
        (
            "/client",
            json!("NOBODY"),
            422,
            "client: NOBODY does not exist",
        ),
        (
            "/client",
            json!("nordik"),
            422,
            "client: nordik does not exist",
        ),
        (
            "/client",
            json!({ "code": "NORDIK" }),
            400,
            "client must be a code",
        ),
        ("/colour", json!("red"), 400, "Unknown key colour"),
        ("/start_date", json!("x"), 400, "Unknown key start_date"),
        (
            "/status",
            json!("shipped"),
            400,
            "status must be one of open, in-progress, closed, cancelled, archived",
        ),
        (
            "/due-date",
            json!("2026-03-20"),
            400,
            "due-date must be a date like 2017-04-01T02:15:15Z",
        ),
        (
            "/due-date",
            json!("2026-03-20T00:00:00.000Z"),
            400,
            "due-date must be a date like 2017-04-01T02:15:15Z",
        ),
        (
            "/due-date",
            json!(1_772_737_200),
            400,
            "due-date must be a date like 2017-04-01T02:15:15Z",
        ),
        (
            "/asn-sent",
            json!("yes"),
            400,
            "asn-sent must be true or false",
        ),
        ("/tags", json!("a"), 400, "tags must be a list of texts"),
        ("/tags", json!([1]), 400, "tags must be a list of texts"),
        (
            "/custom-fields",
            json!([]),
            400,
            "custom-fields must be an object",
        ),
        (
            "/custom-fields",
            json!({ "po client": "x" }),
            422,
            "custom-fields: po client does not exist",
        ),
        (
            "/custom-fields",
            json!({ "PO Client": 7 }),
            400,
            "custom-fields.PO Client must be a text",
        ),
        (
            "/production-orders",
            json!(["OF-9"]),
            422,
            "production-orders: OF-9 does not exist",
        ),
        ("/products", json!({}), 400, "products must be a list"),
        (
            "/products",
            json!(["TABLE-180"]),
            400,
            "products[0] must be an object",
        ),
        (
            "/products/0/product",
            json!("X"),
            422,
            "products[0].product: X does not exist",
        ),
        (
            "/products/0/product",
            Value::Null,
            400,
            "products[0].product is required",
        ),
        (
            "/products/0/quantity-ordered",
            json!("many"),
            400,
            "products[0].quantity-ordered must be a number",
        ),
        (
            "/products/0/quantity-ordered",
            json!(-1),
            400,
            "products[0].quantity-ordered must be 0 or more",
        ),
        (
            "/products/0/quantity-ordered",
            json!(1e13),
            400,
            "products[0].quantity-ordered must be a number",
        ),
        (
            "/products/0/colour",
            json!("red"),
            400,
            "Unknown key products[0].colour",
        ),
        (
            "/products/0/id",
            json!("x"),
            400,
            "Unknown key products[0].id",
        ),
        ("/shipping", json!([]), 400, "shipping must be an object"),
        ("/shipping", json!({}), 400, "shipping.products is required"),
        (
            "/shipping",
            json!({ "products": [{ "product": "CHAISE-S", "quantity": 1 }] }),
            422,
            "Product CHAISE-S is not on the order",
        ),
    ];
    for (path, value, status, message) in table {
        let body = order_with(path, value);
        assert_eq!(
            lab.refused("POST", "sales-orders/", &body),
            (status, message.to_owned()),
            "{path}"
        );
    }
    assert_eq!(lab.site.state(), before);
}

#[test]
fn products_workers_and_machines_must_exist_before_a_production_order() {
    let mut lab = Lab::new();
    for (path, value, message) in [
        (
            "/products/0/product",
            json!("Prod1"),
            "products[0].product: Prod1 does not exist",
        ),
        (
            "/workers-assigned/0/number",
            json!(99),
            "workers-assigned[0].number: 99 does not exist",
        ),
        (
            "/machines/0/code",
            json!("M9"),
            "machines[0].code: M9 does not exist",
        ),
    ] {
        let mut order = order_of_the_reference();
        *order.pointer_mut(path).unwrap() = value;
        let refused = lab.refused("POST", "production-orders/", &order);
        assert_eq!(refused, (422, message.to_owned()));
    }
    let mut order = order_of_the_reference();
    order["status"] = json!(7);
    assert_eq!(lab.refused("POST", "production-orders/", &order).0, 400);
}

#[test]
fn every_code_is_taken_once() {
    let mut lab = Lab::new();
    for (word, body) in [
        ("clients", json!({ "code": "NORDIK", "name": "N" })),
        ("suppliers", json!({ "code": "QUINCA-PRO", "name": "N" })),
        ("products", json!({ "code": "TABLE-180", "name": "N" })),
        ("product-families", json!({ "code": "TABLES" })),
        ("sales-orders", sales_order("CV-1001")),
        (
            "purchase-orders",
            json!({ "code": "CA-501", "supplier": "QUINCA-PRO", "products": [] }),
        ),
        (
            "production-orders",
            json!({ "code": "OF-2601", "products": [] }),
        ),
    ] {
        assert_eq!(
            lab.refused("POST", &format!("{word}/"), &body).0,
            409,
            "{word}"
        );
    }
    assert_eq!(
        lab.refused("PUT", "clients/NORDIK", &json!({ "code": "boreale" }))
            .0,
        409
    );
    lab.put("clients/NORDIK", json!({ "code": "NORDIK" }));
}

#[test]
fn what_others_use_is_not_deleted() {
    let mut lab = Lab::new();
    for path in [
        "clients/NORDIK",
        "suppliers/SCIERIE-LSJ",
        "products/TABLE-180",
        "product-families/TABLES",
        "production-orders/OF-2601",
        "sales-orders/CV-1001",
        "purchase-orders/CA-501",
    ] {
        let expected = (409, "It is in use".to_owned());
        assert_eq!(
            lab.refused("DELETE", path, &Value::Null),
            expected,
            "{path}"
        );
    }
    for path in [
        "sales-orders/CV-1006",
        "clients/boreale",
        "products/PROTO-01",
    ] {
        lab.done(204, "DELETE", path, Value::Null);
    }
}

#[test]
fn a_record_that_is_not_there_is_not_found() {
    let mut lab = Lab::new();
    for (method, path) in [
        ("GET", "sales-orders/CV-9999"),
        ("PUT", "sales-orders/CV-9999"),
        ("DELETE", "clients/NOBODY"),
        ("GET", "inventory/NOTHING"),
        ("POST", "production-orders/OF-9/activate"),
        ("POST", "production-orders/OF-9/problem"),
        ("POST", "products/NOTHING/bom"),
        ("POST", "machines/M9/counter"),
        ("GET", "products/NOTHING/files"),
        ("GET", "products/TABLE-180/files/x"),
        ("PATCH", "task-durations/x"),
    ] {
        assert_eq!(
            lab.refused(method, path, &json!({})),
            (404, "Not found".to_owned())
        );
    }
}

#[test]
fn a_movement_says_what_its_type_needs() {
    let mut lab = Lab::new();
    for (body, status) in [
        (json!({ "type": "in", "quantity": 1 }), 201),
        (json!({ "type": "out", "quantity": "1" }), 201),
        (json!({ "type": "adjustment", "quantity": -3 }), 201),
        (
            json!({ "type": "transfer", "quantity": 1, "origin": "A", "destination": "B" }),
            201,
        ),
        (json!({ "type": "in", "quantity": -1 }), 400),
        (json!({ "type": "in", "quantity": 0 }), 400),
        (json!({ "type": "adjustment", "quantity": 0 }), 400),
        (
            json!({ "type": "transfer", "quantity": 1, "origin": "A" }),
            400,
        ),
        (json!({ "type": "sale", "quantity": 1 }), 400),
        (json!({ "quantity": 1 }), 400),
        (json!({ "type": "in" }), 400),
    ] {
        let mut body = body;
        body["product"] = json!("PROTO-01");
        let response = lab.call("POST", "inventory-movements/", &body.to_string());
        assert_eq!(response.status, status, "{body}");
    }
}
