//! What must be so when everybody has gone home, by the books of both vendors.

use liaison_tests::control;
use liaison_tests::workshop::Sides;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::people::ELSEWHERE;
use crate::chaos::aside::Aside;
use crate::chaos::truth::Wrong;

/// Which record of Fusion Operations becomes which of QuickBooks.
pub struct Row {
    flow: &'static str,
    entity: &'static str,
    /// What of the order must be there: goods were moved.
    part: Option<&'static str>,
    pub kind: &'static str,
    /// Where its lines must say the same, and the name of their price on the other side.
    lines: Option<(&'static str, &'static str, &'static str)>,
}

pub const KINDS: [Row; 4] = [
    Row {
        flow: "sales_orders",
        entity: "sales-orders",
        part: None,
        kind: "SalesOrder",
        lines: Some(("SalesOrderLineRet", "unit-price", "Rate")),
    },
    Row {
        flow: "purchase_orders",
        entity: "purchase-orders",
        part: None,
        kind: "PurchaseOrder",
        lines: Some(("PurchaseOrderLineRet", "unit-cost", "Rate")),
    },
    Row {
        flow: "invoices",
        entity: "sales-orders",
        part: Some("shipping"),
        kind: "Invoice",
        lines: None,
    },
    Row {
        flow: "bills",
        entity: "purchase-orders",
        part: Some("receiving"),
        kind: "Bill",
        lines: None,
    },
];

pub fn compare(shop: Sides, aside: &Aside) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for row in &KINDS {
        row.compare(shop, aside, &mut wrong);
    }
    pulled(shop, aside, &mut wrong);
    elsewhere(shop, &mut wrong);
    wrong
}

fn rows_of(shop: Sides, kind: &str) -> Vec<Value> {
    let rows = control(shop.quickbooks, &json!({"do": "rows", "kind": kind}));
    rows.as_array().cloned().unwrap_or_default()
}

fn orders_of(shop: Sides, entity: &str) -> Vec<Value> {
    let rows = control(shop.fusion, &json!({"do": "rows", "entity": entity}));
    rows.as_array().cloned().unwrap_or_default()
}

impl Row {
    fn compare(&self, shop: Sides, aside: &Aside, wrong: &mut Vec<Wrong>) {
        let there = rows_of(shop, self.kind);
        for order in orders_of(shop, self.entity) {
            let (code, id) = (
                order["code"].as_str().unwrap_or_default(),
                order["id"].as_str().unwrap_or_default(),
            );
            let moved = self.part.is_none_or(|part| !order[part].is_null());
            if order["status"] == json!("cancelled") || !moved {
                continue;
            }
            let found: Vec<&Value> = there
                .iter()
                .filter(|row| row["RefNumber"] == order["code"])
                .collect();
            let reason = aside.get(&(self.flow.to_owned(), id.to_owned()));
            match (found.as_slice(), reason) {
                ([], None) => wrong.push(Wrong::new(
                    "lost",
                    format!(
                        "{} {code}: not in QuickBooks, and nobody says why",
                        self.kind
                    ),
                )),
                // Nothing that somebody did here is a reason.
                ([], Some(reason)) if code.starts_with("H-") => {
                    wrong.push(Wrong::new(
                        "lost",
                        format!(
                            "{} {code}: not in QuickBooks, it stands aside as {reason}",
                            self.kind
                        ),
                    ));
                }
                ([], Some(_)) | ([_], Some(_)) => {}
                ([one], None) => wrong.extend(self.lines(&order, one)),
                (several, _) => wrong.push(Wrong::new(
                    "duplicated",
                    format!(
                        "{} {code}: {} times in QuickBooks",
                        self.kind,
                        several.len()
                    ),
                )),
            }
        }
    }

    /// The same goods, as many, at the same price.
    fn lines(&self, order: &Value, document: &Value) -> Option<Wrong> {
        let (key, price, their_price) = self.lines?;
        let sorted = |lines: &Value, names: [&str; 3]| {
            let mut all: Vec<(String, Decimal, Decimal)> = (lines.as_array().into_iter().flatten())
                .map(|line| {
                    (
                        text(line, names[0]),
                        number(&line[names[1]]),
                        number(&line[names[2]]),
                    )
                })
                .collect();
            all.sort();
            all
        };
        let here = sorted(&order["products"], ["product", "quantity-ordered", price]);
        let mut named = document[key].clone();
        for line in named.as_array_mut().into_iter().flatten() {
            line["item"] = line["ItemRef"]["FullName"].clone();
        }
        let there = sorted(&named, ["item", "Quantity", their_price]);
        let words = || {
            format!(
                "{} {}: {here:?} here, {there:?} in QuickBooks",
                self.kind, order["code"]
            )
        };
        (here != there).then(|| Wrong::new("wrong", words()))
    }
}

fn text(row: &Value, key: &str) -> String {
    row[key].as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> Decimal {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    text.parse::<Decimal>().unwrap_or_default().normalize()
}

/// Estimates become orders of the workshop, once.
fn pulled(shop: Sides, aside: &Aside, wrong: &mut Vec<Wrong>) {
    let orders = orders_of(shop, "sales-orders");
    for estimate in rows_of(shop, "Estimate") {
        let number = text(&estimate, "RefNumber");
        let made = orders
            .iter()
            .filter(|order| order["code"] == estimate["RefNumber"])
            .count();
        let known = aside.contains_key(&("pulled_estimates".to_owned(), text(&estimate, "TxnID")));
        match made {
            0 if known => {}
            0 => wrong.push(Wrong::new(
                "lost",
                format!("estimate {number}: no order of the workshop, and nobody says why"),
            )),
            1 => {}
            many => wrong.push(Wrong::new(
                "duplicated",
                format!("estimate {number}: {many} orders of the workshop"),
            )),
        }
    }
}

/// Another company's file has received nothing.
fn elsewhere(shop: Sides, wrong: &mut Vec<Wrong>) {
    control(
        shop.quickbooks,
        &json!({"do": "open", "path": ELSEWHERE, "name": "Autre inc."}),
    );
    for kind in [
        "SalesOrder",
        "PurchaseOrder",
        "Invoice",
        "Bill",
        "Customer",
        "Vendor",
        "ItemNonInventory",
    ] {
        let count = shop.count(kind);
        if count > 0 {
            wrong.push(Wrong::new(
                "wrong",
                format!("another company's file has received {count} {kind}"),
            ));
        }
    }
}
