//! Lists: bare arrays, and the controls that are only assumed.

use serde_json::{Value, json};

use super::Lab;

#[test]
fn a_list_is_a_bare_array_of_all_in_the_order_of_creation() {
    let mut lab = Lab::new();
    for (word, count) in [
        ("clients", 6),
        ("suppliers", 3),
        ("products", 13),
        ("product-families", 5),
        ("sales-orders", 8),
        ("purchase-orders", 4),
        ("production-orders", 4),
        ("productions", 6),
        ("task-durations", 2),
        ("downtimes", 1),
        ("punch-clocks", 3),
    ] {
        let rows = lab.get(&format!("{word}/"));
        assert_eq!(rows.as_array().unwrap().len(), count, "{word}");
    }
    assert_eq!(lab.get("changes-feed-channels/"), json!([]));
    assert_eq!(
        lab.codes("suppliers/"),
        ["SCIERIE-LSJ", "QUINCA-PRO", "TEXTILE-QC"]
    );
}

#[test]
fn running_status_selects_production_orders() {
    let mut lab = Lab::new();
    let started = lab.codes("production-orders/?running-status=started");
    assert_eq!(started, ["OF-2601", "OF-2602 - Semaine 9"]);
    let waiting = lab.codes("production-orders/?running-status=notstarted");
    assert_eq!(waiting, ["OF-2603", "OF-2604"]);
    let wrong = "production-orders/?running-status=stopped";
    assert_eq!(lab.refused("GET", wrong, &Value::Null).0, 400);
    // It means nothing elsewhere.
    assert_eq!(lab.codes("suppliers/?running-status=started").len(), 3);
}

#[test]
fn pages_are_of_a_hundred_at_most() {
    let mut lab = Lab::new();
    lab.control(json!({ "do": "bulk", "entity": "clients", "count": 250, "prefix": "C" }));
    for (query, count) in [
        ("", 256),
        ("?page=1", 100),
        ("?page=3", 56),
        ("?page=4", 0),
        ("?per-page=7", 7),
        ("?page=37&per-page=7", 4),
        ("?page=3&per-page=100", 56),
    ] {
        assert_eq!(
            lab.codes(&format!("clients/{query}")).len(),
            count,
            "{query}"
        );
    }
    for query in [
        "page=0",
        "page=x",
        "page=-1",
        "per-page=0",
        "per-page=101",
        "page=",
    ] {
        let path = format!("clients/?{query}");
        assert_eq!(lab.refused("GET", &path, &Value::Null).0, 400, "{query}");
    }
}

#[test]
fn updated_since_takes_in_its_own_second_and_reads_the_companys_zone() {
    let mut lab = Lab::new();
    for (since, codes) in [
        ("2026-03-04T19:45:00Z", vec!["CV-1002", "CV-1006"]),
        ("2026-03-04T19:45:01Z", vec!["CV-1006"]),
        ("2026-03-04T16:00:00", vec!["CV-1006"]),
        ("2026-03-04T16:00:01", vec![]),
    ] {
        let path = format!("sales-orders/?updated-since={since}");
        assert_eq!(lab.codes(&path), codes, "{since}");
    }
    for since in ["yesterday", "2026-03-04", "2026-03-04T16:00:00%2B00:00", ""] {
        let path = format!("sales-orders/?updated-since={since}");
        assert_eq!(lab.refused("GET", &path, &Value::Null).0, 400, "{since}");
    }
}

#[test]
fn a_server_without_list_controls_sends_everything_every_time() {
    let mut lab = Lab::with("list_controls", false);
    let all = lab.codes("sales-orders/");
    for query in [
        "page=2",
        "per-page=1",
        "updated-since=2030-01-01T00:00:00Z",
        "page=x",
    ] {
        assert_eq!(lab.codes(&format!("sales-orders/?{query}")), all, "{query}");
    }
}

#[test]
fn unknown_parameters_do_nothing_unless_they_are_checked() {
    let mut lab = Lab::new();
    assert_eq!(lab.codes("sales-orders/?code=CV-1001").len(), 8);
    assert_eq!(
        lab.refused("GET", "sales-orders/?a=%zz", &Value::Null).0,
        400
    );
    lab.set("parameters_checked", true);
    for path in [
        "sales-orders/?code=CV-1001",
        "sales-orders/CV-1001?page=1",
        "clients/?running-status=started",
        "sales-orders/?start-date=2026-01-01T00:00:00Z",
    ] {
        assert_eq!(lab.refused("GET", path, &Value::Null).0, 400, "{path}");
    }
    lab.get("sales-orders/?page=1&per-page=2&updated-since=2026-01-01T00:00:00Z");
    lab.set("list_controls", false);
    assert_eq!(
        lab.refused("GET", "sales-orders/?page=1", &Value::Null).0,
        400
    );
}
