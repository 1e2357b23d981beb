//! Production orders at work: activation, records, problems, machines, time.

use serde_json::{Value, json};

use super::{Lab, NOW};
use crate::simulator::Simulator;

#[test]
fn activation_starts_an_open_order() {
    let mut lab = Lab::new();
    let order = lab.post("production-orders/OF-2603/activate", Value::Null);
    assert_eq!(
        (&order["running-status"], &order["updated-at"]),
        (&json!("started"), &json!(NOW))
    );
    lab.post("production-orders/OF-2603/activate", Value::Null);
    for code in ["OF-2601", "OF-2604"] {
        let path = format!("production-orders/{code}/activate");
        assert_eq!(lab.refused("POST", &path, &Value::Null).0, 409, "{code}");
    }
    // Nobody else's to write.
    let order = lab.put(
        "production-orders/OF-2603",
        json!({ "running-status": "notstarted" }),
    );
    assert_eq!(order["running-status"], "started");
}

#[test]
fn a_status_is_written_as_a_number_and_read_as_a_word() {
    let mut lab = Lab::new();
    for (sent, read) in [
        (json!(1), "completed"),
        (json!(0), "open"),
        (json!("1"), "completed"),
        (json!(2), "cancelled"),
        (json!("open"), "open"),
    ] {
        let order = lab.put("production-orders/OF-2603", json!({ "status": sent }));
        assert_eq!(order["status"], read);
    }
}

#[test]
fn a_problem_is_told_to_an_order() {
    let mut lab = Lab::new();
    let body = json!({ "short-message": "Plus de vernis", "message": "La chaudière est vide" });
    let problem = lab.post("production-orders/OF-2601/problem", body);
    assert_eq!(problem["production-order"], "OF-2601");
    assert_eq!(lab.count("problems"), 1);
    assert_eq!(
        lab.refused("POST", "production-orders/OF-2601/problem", &json!({}))
            .0,
        400
    );
}

#[test]
fn work_raises_what_its_order_has_made_and_moves_goods() {
    let mut lab = Lab::new();
    let made = |lab: &mut Lab| {
        let order = lab.get("production-orders/OF-2603");
        (
            order["products"][0]["quantity-produced"].clone(),
            order["running-status"].clone(),
        )
    };
    assert_eq!(made(&mut lab), (json!(0), json!("notstarted")));
    let record = lab.post(
        "productions/",
        json!({
            "production-order": "OF-2603", "product": "TABLE-240", "operation": "Assemblage", "section": "Montage",
            "worker": { "number": "1" }, "machine": "M1", "start-date": "2026-03-05T08:00:00", "end-date": "2026-03-05T09:30:00",
            "quantity-produced": "1", "quantity-rejected": 1,
        }),
    );
    assert_eq!(
        record["worker"],
        json!({ "number": 1, "name": "Julie Tremblay" })
    );
    assert_eq!(record["start-date"], "2026-03-05T13:00:00Z");
    assert_eq!(record["duration-seconds"], 5400);
    assert_eq!(made(&mut lab), (json!(1), json!("started")));
    assert_eq!(lab.get("production-orders/OF-2603")["updated-at"], NOW);
    // One good and one bad of 61 feet each.
    assert_eq!(
        lab.movements("OF-2603"),
        ["in 1", "out 122", "out 0.48", "out 2400"]
    );
    let path = format!("productions/{}", record["id"].as_str().unwrap());
    let changed = lab.put(&path, json!({ "quantity-produced": 2, "quantity-rejected": 0, "end-date": "2026-03-05T15:00:00Z" }));
    assert_eq!(changed["duration-seconds"], 7200);
    assert_eq!(made(&mut lab).0, json!(2));
    assert_eq!(lab.stock("TABLE-240").0, "2");
    lab.done(204, "DELETE", &path, Value::Null);
    assert_eq!(made(&mut lab).0, json!(0));
    assert_eq!(lab.movements("OF-2603"), [] as [&str; 0]);
}

#[test]
fn work_on_what_the_order_does_not_make_is_refused() {
    let mut lab = Lab::new();
    for (change, status) in [
        (json!({ "product": "CHAISE-S" }), 422),
        (json!({ "worker": { "number": 77 } }), 422),
        (json!({ "machine": "M9" }), 422),
        (json!({ "production-order": "OF-9" }), 422),
        (json!({ "production-order": null }), 400),
        (json!({ "end-date": "2026-03-01T00:00:00Z" }), 400),
        (json!({ "product": null, "quantity-produced": 1 }), 400),
        (json!({ "worker": {} }), 400),
        (json!({ "worker": 1 }), 400),
    ] {
        let mut body =
            json!({ "production-order": "OF-2603", "product": "TABLE-240", "start-date": NOW });
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        assert_eq!(
            lab.refused("POST", "productions/", &body).0,
            status,
            "{change}"
        );
    }
    assert_eq!(lab.count("productions"), 6);
}

#[test]
fn seeded_work_shows_on_its_orders() {
    let mut lab = Lab::new();
    let order = lab.get("production-orders/OF-2601");
    assert_eq!(
        (&order["status"], &order["products"][0]["quantity-produced"]),
        (&json!("completed"), &json!(12))
    );
    let order = lab.get("production-orders/OF-2602%20-%20Semaine%209");
    assert_eq!(order["products"][0]["quantity-produced"], 27);
    assert_eq!(order["products"][1]["quantity-produced"], 0);
}

#[test]
fn a_bill_of_materials_is_set_as_a_whole() {
    let mut lab = Lab::new();
    let bill = json!({ "products": [{ "product": "BOIS-ERABLE", "quantity": "2.50" }] });
    let product = lab.post("products/PROTO-01/bom", bill);
    assert_eq!(
        product["bom"],
        json!([{ "product": "BOIS-ERABLE", "quantity": 2.5 }])
    );
    let product = lab.put("products/PROTO-01", json!({ "bom": [] }));
    assert_ne!(product["bom"], json!([]), "only by its own path");
    for wrong in [
        json!({}),
        json!({ "products": [{ "product": "X", "quantity": 1 }] }),
        json!([]),
    ] {
        assert!(
            lab.refused("POST", "products/PROTO-01/bom", &wrong).0 >= 400,
            "{wrong}"
        );
    }
}

#[test]
fn machines_take_counts_and_downtimes() {
    let mut lab = Lab::new();
    let counted = lab.post("machines/CNC%203/counter", json!({ "quantity": 40 }));
    assert_eq!(
        (&counted["machine"], &counted["date"]),
        (&json!("CNC 3"), &json!(NOW))
    );
    lab.post(
        "machines/M1/downtime",
        json!({ "reason": "Panne", "end-date": NOW }),
    );
    let listed = lab.get("downtimes/");
    assert_eq!(
        (&listed[1]["machine"], &listed[1]["reason"]),
        (&json!("M1"), &json!("Panne"))
    );
}

#[test]
fn the_labour_report_adds_up_by_worker_and_day_of_the_company() {
    let mut lab = Lab::new();
    let rows = lab.get("reports/worker-labor-time");
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 8);
    // Night work that began at half past eight in the evening is of that evening.
    let night = rows
        .iter()
        .find(|row| row["worker"]["number"] == 12)
        .unwrap();
    assert_eq!(
        night,
        &json!({
            "worker": { "number": 12, "name": "Thi Mai Nguyen" }, "date": "2026-02-24T05:00:00Z",
            "production-order": "OF-2602 - Semaine 9", "operation": "Assemblage", "section": "Montage",
            "duration-seconds": 16200,
        })
    );
    let told = rows.iter().filter(|row| row["worker"]["number"] == 2);
    let told: Vec<_> = told
        .map(|row| row["duration-seconds"].as_i64().unwrap())
        .collect();
    assert_eq!(told, [28_800, 27_000], "told, else from start to end");
    // Work that goes on has no length yet.
    let running = rows
        .iter()
        .find(|row| row["worker"]["number"] == 4)
        .unwrap();
    assert_eq!(running["duration-seconds"], 0);
}

#[test]
fn the_labour_report_is_of_what_began_between_two_moments() {
    let mut lab = Lab::new();
    for (query, count) in [
        ("start-date=2026-02-24T12:30:00Z", 4),
        ("start-date=2026-02-24T12:30:01Z", 3),
        ("end-date=2026-02-09T13:05:00Z", 2),
        (
            "start-date=2026-02-11T00:00:00&end-date=2026-02-12T00:00:00",
            1,
        ),
    ] {
        let rows = lab.get(&format!("reports/worker-labor-time?{query}"));
        assert_eq!(rows.as_array().unwrap().len(), count, "{query}");
    }
    let wrong = "reports/worker-labor-time?start-date=2026-02-24";
    assert_eq!(lab.refused("GET", wrong, &Value::Null).0, 400);
}

#[test]
fn a_task_duration_is_patched() {
    let mut lab = Lab::new();
    let id = lab.get("task-durations/")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("task-durations/{id}");
    let changed = lab.done(200, "PATCH", &path, json!({ "duration-seconds": 1600 }));
    assert_eq!(
        (&changed["duration-seconds"], &changed["operation"]),
        (&json!(1600), &json!("Réglage"))
    );
    assert_eq!(lab.get(&path), changed);
}

#[test]
fn shipping_of_a_production_order_is_kept_and_moves_nothing() {
    let mut lab = Lab::new();
    let before = lab.site.state()["inventory"].clone();
    let shipping = json!({ "date": NOW, "products": [{ "product": "TABLE-240", "quantity": 1 }] });
    let order = lab.put("production-orders/OF-2603", json!({ "shipping": shipping }));
    assert_eq!(order["shipping"], shipping);
    assert_eq!(lab.site.state()["inventory"], before);
}
