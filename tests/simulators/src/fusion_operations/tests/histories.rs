//! Whatever clients and people do in whatever order: the books agree with one another, and nothing breaks.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Lab, sales_order, text};
use crate::fusion_operations::company::to_decimal;
use crate::simulator::Simulator;

/// SplitMix64: the same dice on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % count as u64).unwrap()
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let at = self.below(all.len());
        &all[at]
    }
}

const PRODUCTS: [&str; 3] = ["TABLE-180", "CHAISE-S", "BOIS-ERABLE"];

fn one_deed(lab: &mut Lab, dice: &mut Dice) {
    let code = format!("H{}", dice.below(6));
    let product = *dice.pick(&PRODUCTS);
    let quantity = dice.below(9);
    let lines =
        json!([{ "product": product, "quantity": quantity, "lot": dice.pick(&["A", "B"]) }]);
    let order = match dice.below(2) {
        0 => sales_order(&code),
        _ => json!({ "code": code, "client": "NORDIK", "products": [
            { "product": "CHAISE-S", "quantity-ordered": quantity }, { "product": "TABLE-180", "quantity-ordered": 2 },
            { "product": "CHAISE-S", "quantity-ordered": 3 },
        ] }),
    };
    let sales = format!("sales-orders/{code}");
    let bought = format!("purchase-orders/CA-{}", 501 + dice.below(4));
    let state = lab.site.state();
    let mut any = |word: &str| -> String {
        let rows = state[word].as_array().unwrap();
        let id = rows
            .get(dice.below(rows.len().max(1)))
            .map_or(Value::Null, |row| row["id"].clone());
        format!("{word}/{}", id.as_str().unwrap_or("none"))
    };
    let (work, movement) = (any("productions"), any("inventory-movements"));
    let (method, path, body) = match dice.below(12) {
        0 | 1 => ("POST", "sales-orders/".to_owned(), order),
        2 => ("PUT", sales, json!({ "shipping": { "products": lines } })),
        3 => ("PUT", sales, json!({ "shipping": null })),
        4 => ("PUT", sales, order),
        5 => ("DELETE", sales, Value::Null),
        6 => ("PUT", bought, json!({ "receiving": { "products": lines } })),
        7 => (
            "POST",
            "productions/".to_owned(),
            json!({ "production-order": "OF-2601", "product": "TABLE-180", "start-date": super::NOW, "quantity-produced": quantity }),
        ),
        8 => (
            "PUT",
            work,
            json!({ "quantity-produced": quantity, "quantity-rejected": dice.below(3) }),
        ),
        9 => ("DELETE", work, Value::Null),
        10 => ("DELETE", movement, Value::Null),
        _ => {
            let _ = lab
                .site
                .control(&json!({ "do": "ship", "order": code }), lab.now);
            return;
        }
    };
    let response = lab.call(method, &path, &body.to_string());
    assert!(
        response.status < 500,
        "{method} {path}: {}",
        text(&response)
    );
}

fn sum(rows: &Value, keep: impl Fn(&Value) -> bool, quantity: &str) -> Decimal {
    let rows = rows.as_array().unwrap().iter();
    rows.filter(|row| keep(row))
        .filter_map(|row| to_decimal(&row[quantity]))
        .sum()
}

fn check_books(state: &Value, seed: u64) {
    let movements = &state["inventory-movements"];
    let codes = |word: &str| -> BTreeSet<String> {
        let rows = state[word].as_array().unwrap().iter();
        rows.filter_map(|row| row["code"].as_str().map(str::to_owned))
            .collect()
    };
    let orders: BTreeSet<String> = ["sales-orders", "purchase-orders", "production-orders"]
        .iter()
        .flat_map(|word| codes(word))
        .collect();
    for movement in movements.as_array().unwrap() {
        let document = movement["document"].as_str();
        assert!(
            document.is_none_or(|code| orders.contains(code)),
            "seed {seed}: {movement}"
        );
    }
    for (word, column, kind) in [
        ("sales-orders", "quantity-shipped", "out"),
        ("purchase-orders", "quantity-received", "in"),
    ] {
        for order in state[word].as_array().unwrap() {
            let on_lines = sum(&order["products"], |_| true, column);
            let own = |row: &Value| row["document"] == order["code"] && row["type"] == kind;
            assert_eq!(
                on_lines,
                sum(movements, own, "quantity"),
                "seed {seed}: {order}"
            );
        }
    }
    for order in state["production-orders"].as_array().unwrap() {
        let made = sum(&order["products"], |_| true, "quantity-produced");
        let own = |row: &Value| row["production-order"] == order["code"];
        assert_eq!(
            made,
            sum(&state["productions"], own, "quantity-produced"),
            "seed {seed}"
        );
    }
    let mut levels: BTreeMap<&str, Decimal> = BTreeMap::new();
    for movement in movements.as_array().unwrap() {
        let quantity = to_decimal(&movement["quantity"]).unwrap();
        let product = movement["product"].as_str().unwrap();
        *levels.entry(product).or_default() += match movement["type"].as_str().unwrap() {
            "out" => -quantity,
            "transfer" => Decimal::ZERO,
            _ => quantity,
        };
    }
    for stock in state["inventory"].as_array().unwrap() {
        let expected = levels
            .get(stock["product"].as_str().unwrap())
            .copied()
            .unwrap_or_default();
        assert_eq!(
            to_decimal(&stock["quantity"]),
            Some(expected),
            "seed {seed}: {stock}"
        );
        assert_eq!(
            sum(&stock["locations"], |_| true, "quantity"),
            expected,
            "seed {seed}"
        );
    }
}

#[test]
fn the_books_agree_after_any_history() {
    for seed in 0..20 {
        let mut lab = Lab::with("calls_per_minute", 1_000_000);
        let mut dice = Dice(seed);
        for _ in 0..60 {
            lab.later(1);
            one_deed(&mut lab, &mut dice);
        }
        check_books(&lab.site.state(), seed);
    }
}

/// Puts something else in one place of a body.
fn spoil(value: &mut Value, dice: &mut Dice) {
    let deeper = dice.below(3) > 0;
    match value {
        Value::Object(map) if deeper && !map.is_empty() => {
            let at = dice.below(map.len());
            spoil(map.values_mut().nth(at).unwrap(), dice);
        }
        Value::Array(rows) if deeper && !rows.is_empty() => {
            let at = dice.below(rows.len());
            spoil(&mut rows[at], dice);
        }
        _ => {
            let odd = [
                json!(null),
                json!(true),
                json!(""),
                json!("NaN"),
                json!("é\u{0}\u{1F600}"),
                json!(-1),
                json!(1e300),
                json!("79228162514264337593543950335"),
                json!(0.000_000_000_000_000_001),
                json!([]),
                json!([[]]),
                json!({}),
                json!({ "id": 1 }),
                json!("9999-12-31T23:59:59"),
                json!("0000-01-01T00:00:00Z"),
            ];
            *value = dice.pick(&odd).clone();
        }
    }
}

#[test]
fn no_body_breaks_it_and_what_it_takes_it_can_show() {
    let mut dice = Dice(7);
    let work = json!({ "production-order": "OF-2603", "product": "TABLE-240", "start-date": super::NOW,
        "end-date": super::NOW, "quantity-produced": 1, "worker": { "number": 1 } });
    let movement = json!({ "product": "PROTO-01", "quantity": 1, "type": "in", "lot": "L", "date": super::NOW });
    let mut shipped = sales_order("N");
    shipped["shipping"] =
        json!({ "date": super::NOW, "products": [{ "product": "TABLE-180", "quantity": 1 }] });
    let bodies = [
        ("POST", "sales-orders/", shipped),
        (
            "POST",
            "production-orders/",
            super::order_of_the_reference(),
        ),
        ("POST", "productions/", work),
        ("POST", "inventory-movements/", movement),
        (
            "POST",
            "products/PROTO-01/bom",
            json!({ "products": [{ "product": "CHAISE-S", "quantity": 1 }] }),
        ),
        (
            "POST",
            "products/PROTO-01/files",
            json!({ "name": "a", "content": "Zm9v" }),
        ),
        (
            "PUT",
            "clients/BOREALE",
            json!({ "address": { "city": "Alma" }, "custom-fields": { "Région": "x" }, "tags": ["a"] }),
        ),
        (
            "POST",
            "machines/M1/downtime",
            json!({ "start-date": super::NOW, "reason": "x" }),
        ),
        ("POST", "authorization", json!({ "scopes": ["a"] })),
    ];
    let mut taken = 0;
    for _ in 0..60 {
        let mut lab = Lab::with("calls_per_minute", 1_000_000);
        for (method, path, body) in &bodies {
            let mut body = body.clone();
            spoil(&mut body, &mut dice);
            let response = lab.call(method, path, &body.to_string());
            assert!(response.status < 500, "{path} {body}: {}", text(&response));
            taken += usize::from(response.status < 300);
        }
        lab.site.state();
        lab.get("reports/worker-labor-time");
        lab.control(json!({ "do": "summary" }));
    }
    assert!(taken > 40, "some are harmless: {taken}");
}
