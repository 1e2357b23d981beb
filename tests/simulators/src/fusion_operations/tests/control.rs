//! Seeds, what people do, what tests may ask.

use serde_json::{Value, json};

use super::{Lab, START, sales_order, seed};
use crate::simulator::Simulator;

#[test]
fn the_seed_holds_what_a_flow_meets() {
    let lab = Lab::new();
    let state = lab.site.state();
    for (entity, count) in [
        ("workers", 5),
        ("machines", 3),
        ("products", 13),
        ("clients", 6),
        ("sales-orders", 8),
        ("purchase-orders", 4),
        ("shipments", 6),
        ("receptions", 3),
        ("productions", 6),
        ("inventory", 13),
    ] {
        assert_eq!(state[entity].as_array().unwrap().len(), count, "{entity}");
    }
    let units: std::collections::BTreeSet<_> = state["products"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["unit"].as_str())
        .collect();
    assert!(units.len() >= 8 && units.contains(&None), "{units:?}");
    let summary = Lab::new().control(json!({ "do": "summary" }));
    assert_eq!(summary["shipments"]["orders_with_several"], 1);
    assert_eq!(summary["receptions"]["orders_with_several"], 1);
    for (place, counts) in summary.as_object().unwrap() {
        assert!(
            counts.is_number() || counts["alike"] == 0,
            "{place}: {counts}"
        );
    }
}

#[test]
fn no_key_and_no_token_is_in_a_state() {
    let mut lab = Lab::new();
    lab.get("clients/");
    let state = lab.site.state().to_string();
    for secret in ["fusion-key-0001", "fusion-secret-0001", &lab.token] {
        assert!(!state.contains(secret));
    }
}

#[test]
fn what_is_made_twice_is_counted() {
    let mut lab = Lab::new();
    lab.post("sales-orders/", sales_order("N1"));
    lab.later(5);
    lab.post("sales-orders/", sales_order("N2"));
    let movement = json!({ "product": "PROTO-01", "quantity": 1, "type": "in", "date": super::NOW, "document": "R-1" });
    let work = json!({ "production-order": "OF-2603", "start-date": super::NOW, "worker": { "number": 1 }, "duration-seconds": 60 });
    for _ in 0..3 {
        lab.post("inventory-movements/", movement.clone());
        lab.post("productions/", work.clone());
    }
    let summary = lab.control(json!({ "do": "summary" }));
    assert_eq!(
        summary["sales-orders"],
        json!({ "count": 10, "alike": 1 }),
        "under another code, and later"
    );
    assert_eq!(summary["inventory-movements"]["alike"], 2);
    assert_eq!(summary["productions"]["alike"], 2);
    for tracking in ["A", "A"] {
        lab.control(
            json!({ "do": "ship", "order": "N1", "date": super::NOW, "tracking": tracking,
            "products": [{ "product": "TABLE-180", "quantity": 1 }] }),
        );
    }
    let summary = lab.control(json!({ "do": "summary" }));
    assert_eq!(
        summary["shipments"],
        json!({ "count": 8, "alike": 1, "orders_with_several": 2 })
    );
}

#[test]
fn people_make_what_has_no_path() {
    let mut lab = Lab::new();
    lab.control(
        json!({ "do": "create", "entity": "workers", "record": { "number": 20, "name": "Zoé" } }),
    );
    lab.control(json!({ "do": "create", "entity": "punch-clocks", "record": { "worker": { "number": 20 }, "check-in": super::NOW } }));
    let punched = lab.get("punch-clocks/");
    assert_eq!(punched[3]["worker"], json!({ "number": 20, "name": "Zoé" }));
    lab.control(json!({ "do": "edit", "entity": "workers", "id": "20", "set": { "number": 21 } }));
    assert_eq!(lab.get("punch-clocks/")[3]["worker"]["number"], 21);
    assert!(
        lab.control_refused(json!({ "do": "delete", "entity": "workers", "id": "21" }))
            .contains("in use")
    );
    lab.control(json!({ "do": "define_custom_fields", "fields": { "suppliers": ["Terms"] } }));
    lab.put(
        "suppliers/QUINCA-PRO",
        json!({ "custom-fields": { "Terms": "Net 30" } }),
    );
    let rows = lab.control(json!({ "do": "rows", "entity": "machines" }));
    assert_eq!(rows.as_array().unwrap().len(), 3);
    assert_eq!(
        lab.control(json!({ "do": "count", "entity": "machines" })),
        json!({ "count": 3 })
    );
}

#[test]
fn a_wrong_action_is_refused_and_leaves_no_trace() {
    let mut lab = Lab::new();
    let before = lab.site.state();
    for action in [
        json!("set"),
        json!({}),
        json!({ "do": "explode" }),
        json!({ "do": "set", "switch": "colour", "value": true }),
        json!({ "do": "set", "switch": "bearer", "value": 1 }),
        json!({ "do": "set", "switch": "token_life_s", "value": true }),
        json!({ "do": "rows", "entity": "operations" }),
        json!({ "do": "rows", "entity": "clients", "ids": "x" }),
        json!({ "do": "end_tokens", "of": "x" }),
        json!({ "do": "ship", "order": "CV-9999" }),
        json!({ "do": "ship", "order": "CV-1001" }),
        json!({ "do": "ship", "order": "CV-1005" }),
        json!({ "do": "edit", "entity": "clients", "id": "NOBODY", "set": {} }),
        json!({ "do": "create", "entity": "clients", "record": { "code": "NORDIK", "name": "x" } }),
        json!({ "do": "revoke_key", "key": "other" }),
        json!({ "do": "rename_fields", "names": { "clients.colour": "x" } }),
        json!({ "do": "bulk", "entity": "workers", "count": 1 }),
    ] {
        lab.control_refused(action);
    }
    assert_eq!(lab.site.state(), before);
}

#[test]
fn a_wrong_seed_is_refused() {
    for (seed, cause) in [
        (json!([]), "a seed is an object"),
        (json!({ "Clients": [] }), "a seed has no `Clients`"),
        (json!({ "files": [] }), "a seed has no `files`"),
        (json!({ "clients": {} }), "`clients` is a list"),
        (
            json!({ "clients": [{ "code": "A" }] }),
            "clients 0: 400 name is required",
        ),
        (json!({ "company": { "zone": "Mars" } }), "Mars"),
        (
            json!({ "company": { "colour": "x" } }),
            "a company has no `colour`",
        ),
        (
            json!({ "api_keys": [{ "key": "x" }] }),
            "an API key has `key` and `secret`",
        ),
        (
            json!({ "switches": { "colour": true } }),
            "no switch `colour`",
        ),
        (
            json!({ "custom-fields": { "colours": [] } }),
            "no resource `colours`",
        ),
        (
            json!({ "product-families": [{ "id": "a", "code": "A" }, { "id": "a", "code": "B" }] }),
            "product-families 1: id a is there already",
        ),
        (
            json!({ "product-families": [{ "code": "A", "created-at": "hier" }] }),
            "product-families 0: `created-at` is a date",
        ),
    ] {
        let refused = super::super::new().seed(&seed, START).unwrap_err();
        assert!(refused.contains(cause), "{refused}");
    }
    let mut whole = seed();
    whole["production-orders"][0]["products"][0]["quantity-produced"] = json!(3);
    let refused = super::super::new().seed(&whole, START).unwrap_err();
    assert!(refused.contains("comes of other records"), "{refused}");
}

#[test]
fn webhooks_tell_of_five_entities_and_of_goods_that_came_in() {
    let mut lab = Lab::new();
    assert_eq!(
        lab.control(json!({ "do": "take_webhooks" })),
        json!([]),
        "a seed is no news"
    );
    let order = lab.post("sales-orders/", sales_order("N"));
    lab.put("clients/NORDIK", json!({ "phone": "1" }));
    lab.put("products/TABLE-180", json!({ "price": 1 }));
    lab.control(json!({ "do": "receive", "order": "CA-504" }));
    let events = |taken: &Value| -> Vec<String> {
        let each = taken.as_array().unwrap().iter();
        each.map(|one| {
            format!(
                "{} {}",
                one["event"].as_str().unwrap(),
                one["code"].as_str().unwrap()
            )
        })
        .collect()
    };
    let taken = lab.control(json!({ "do": "take_webhooks" }));
    assert_eq!(
        events(&taken),
        [
            "sales-order.created N",
            "client.updated NORDIK",
            "purchase-order.updated CA-504",
            "inventory-movement.received BOIS-MERISIER",
        ]
    );
    assert_eq!(
        taken[0],
        json!({ "event": "sales-order.created", "id": order["id"], "code": "N", "timestamp": super::NOW })
    );
    assert_eq!(lab.control(json!({ "do": "take_webhooks" })), json!([]));
    lab.set("webhooks_twice", true);
    lab.set("webhooks_reversed", true);
    lab.put("suppliers/QUINCA-PRO", json!({ "phone": "1" }));
    lab.post("production-orders/OF-2603/activate", Value::Null);
    let (order, supplier) = (
        "production-order.updated OF-2603",
        "supplier.updated QUINCA-PRO",
    );
    let taken = lab.control(json!({ "do": "take_webhooks" }));
    assert_eq!(events(&taken), [order, order, supplier, supplier]);
}

#[test]
fn bulk_makes_what_benchmarks_need() {
    let mut lab = Lab::new();
    for entity in [
        "clients",
        "suppliers",
        "products",
        "sales-orders",
        "purchase-orders",
        "production-orders",
    ] {
        let before = lab.count(entity);
        let made = lab.control(json!({ "do": "bulk", "entity": entity, "count": 120 }));
        assert_eq!(lab.count(entity), before + 120, "{entity}");
        let first = lab.get(&format!("{entity}/B000001"));
        let same = first.get("id") == made.get("first_id");
        assert!(same, "{entity}: {first} {made}");
        lab.control(json!({ "do": "bulk", "entity": entity, "count": 1, "from": 121 }));
    }
}
