//! What must be so when everybody has gone home, by the books of both vendors.

use std::collections::BTreeMap;

use liaison_tests::online::Online;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::people::People;
use crate::chaos::aside::Aside;
use crate::chaos::truth::Wrong;

/// What Fusion Operations sent says so, before the order's code.
const OURS: &str = "Fusion Operations ";
/// What stands before the number of a pulled estimate.
pub const PULLED: &str = "EST-";

/// Which record of Fusion Operations becomes which of QuickBooks.
struct Row {
    flow: &'static str,
    entity: &'static str,
    /// What of the order must be there: goods were moved.
    part: Option<&'static str>,
    kind: &'static str,
    /// Where its lines must say the same: their kind, and the name of their price on the other side.
    lines: Option<(&'static str, &'static str)>,
}

const ROWS: [Row; 4] = [
    Row {
        flow: "estimates",
        entity: "sales-orders",
        part: None,
        kind: "Estimate",
        lines: Some(("SalesItemLineDetail", "unit-price")),
    },
    Row {
        flow: "invoices",
        entity: "sales-orders",
        part: Some("shipping"),
        kind: "Invoice",
        lines: None,
    },
    Row {
        flow: "purchase_orders",
        entity: "purchase-orders",
        part: None,
        kind: "PurchaseOrder",
        lines: Some(("ItemBasedExpenseLineDetail", "unit-cost")),
    },
    Row {
        flow: "bills",
        entity: "purchase-orders",
        part: Some("receiving"),
        kind: "Bill",
        lines: None,
    },
];

pub fn compare(shop: &Online, people: &People, aside: &Aside) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for row in &ROWS {
        row.compare(shop, aside, &mut wrong);
    }
    pulled(shop, aside, &mut wrong);
    written(shop, people, &mut wrong);
    names(shop, &mut wrong);
    wrong
}

pub fn is_ours(row: &Value) -> bool {
    text(row, "PrivateNote").starts_with(OURS)
}

/// Everything that was sent.
pub fn ours(shop: &Online) -> Vec<Value> {
    let all = ROWS.iter().flat_map(|row| shop.books(row.kind));
    all.filter(is_ours).collect()
}

pub fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_default()
}

/// The order's code that a document names.
fn code_of(row: &Value) -> Option<&str> {
    let note = text(row, "PrivateNote").lines().next()?;
    note.strip_prefix(OURS)
}

impl Row {
    fn compare(&self, shop: &Online, aside: &Aside, wrong: &mut Vec<Wrong>) {
        let there = shop.books(self.kind);
        let items: BTreeMap<String, String> = shop
            .books("Item")
            .iter()
            .map(|item| (text(item, "Id").to_owned(), text(item, "Name").to_owned()))
            .collect();
        for order in shop.workshop(self.entity) {
            let (code, id) = (text(&order, "code"), text(&order, "id"));
            let found: Vec<&Value> = there
                .iter()
                .filter(|row| code_of(row) == Some(code))
                .collect();
            let is_pulled = self.flow == "estimates" && code.starts_with(PULLED);
            if is_pulled && !found.is_empty() {
                let words = format!("{code} came from QuickBooks and was sent back");
                wrong.push(Wrong::new("duplicated", words));
            }
            let moved = self.part.is_none_or(|part| !order[part].is_null());
            if text(&order, "status") == "cancelled" || !moved || is_pulled {
                continue;
            }
            let reason = aside.get(&(self.flow.to_owned(), id.to_owned()));
            let kind = self.kind;
            match (found.as_slice(), reason) {
                ([], None) => wrong.push(Wrong::new(
                    "lost",
                    format!("{kind} {code}: not in QuickBooks, and nobody says why"),
                )),
                // Nothing that somebody did here is a reason.
                ([], Some(reason)) if code.starts_with("H-") => wrong.push(Wrong::new(
                    "lost",
                    format!("{kind} {code}: not in QuickBooks, it stands aside as {reason}"),
                )),
                ([] | [_], Some(_)) => {}
                ([one], None) => wrong.extend(self.lines(&order, one, &items)),
                (several, _) => wrong.push(Wrong::new(
                    "duplicated",
                    format!("{kind} {code}: {} times in QuickBooks", several.len()),
                )),
            }
        }
    }

    /// The same goods, as many, at the same price: of those orders that people here wrote.
    fn lines(
        &self,
        order: &Value,
        document: &Value,
        items: &BTreeMap<String, String>,
    ) -> Option<Wrong> {
        let (detail, price) = self.lines?;
        let code = text(order, "code");
        if !code.starts_with("H-") {
            return None;
        }
        let lines = order["products"].as_array().into_iter().flatten();
        let mut here: Vec<(String, Decimal, Decimal)> = lines
            .map(|line| {
                let product = text(line, "product").to_owned();
                (
                    product,
                    number(&line["quantity-ordered"]),
                    number(&line[price]),
                )
            })
            .collect();
        let lines = document["Line"].as_array().into_iter().flatten();
        let mut there: Vec<(String, Decimal, Decimal)> = lines
            .filter(|line| text(line, "DetailType") == detail)
            .map(|line| {
                let line = &line[detail];
                let item = items.get(text(&line["ItemRef"], "value"));
                (
                    item.cloned().unwrap_or_default(),
                    number(&line["Qty"]),
                    number(&line["UnitPrice"]),
                )
            })
            .collect();
        here.sort();
        there.sort();
        let kind = self.kind;
        let words = || format!("{kind} {code}: {here:?} here, {there:?} in QuickBooks");
        (here != there).then(|| Wrong::new("wrong", words()))
    }
}

fn number(value: &Value) -> Decimal {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    text.parse::<Decimal>().unwrap_or_default().normalize()
}

/// Estimates that people wrote in QuickBooks are orders of the workshop, once.
fn pulled(shop: &Online, aside: &Aside, wrong: &mut Vec<Wrong>) {
    let orders = shop.workshop("sales-orders");
    for estimate in shop.books("Estimate").iter().filter(|row| !is_ours(row)) {
        let code = format!("{PULLED}{}", text(estimate, "DocNumber"));
        let made = orders.iter().filter(|order| text(order, "code") == code);
        let id = text(estimate, "Id").to_owned();
        let known = aside.contains_key(&("pulled_estimates".to_owned(), id));
        match made.count() {
            0 if known || text(estimate, "TxnStatus") == "Rejected" => {}
            0 => wrong.push(Wrong::new(
                "lost",
                format!("estimate {code}: no order of the workshop, and nobody says why"),
            )),
            1 => {}
            many => wrong.push(Wrong::new(
                "duplicated",
                format!("estimate {code}: {many} orders of the workshop"),
            )),
        }
    }
}

/// What somebody wrote on an estimate while it was sent again is still there, once everybody has written.
fn written(shop: &Online, people: &People, wrong: &mut Vec<Wrong>) {
    let state = shop.quickbooks.with(|simulator| simulator.state());
    if state["plan"]["waiting"] != json!(0) {
        let words = format!("somebody never came to write: {}", state["plan"]);
        wrong.push(Wrong::new("wrong", words));
    }
    for estimate in shop.books("Estimate") {
        let there = text(&estimate["CustomerMemo"], "value");
        let written = people.written.get(text(&estimate, "Id"));
        if written.is_some_and(|written| !written.iter().any(|words| words == there)) {
            let id = &estimate["Id"];
            let words = format!("estimate {id}: {written:?} was written, and there is {there:?}");
            wrong.push(Wrong::new("wrong", words));
        }
    }
}

/// Nobody and nothing is there twice.
fn names(shop: &Online, wrong: &mut Vec<Wrong>) {
    for (entity, field) in [
        ("Customer", "DisplayName"),
        ("Vendor", "DisplayName"),
        ("Item", "FullyQualifiedName"),
    ] {
        let mut count: BTreeMap<String, u64> = BTreeMap::new();
        for row in shop.books(entity) {
            *count.entry(text(&row, field).to_owned()).or_default() += 1;
        }
        for (name, count) in count.into_iter().filter(|(_, count)| *count > 1) {
            let words = format!("{entity} {name}: {count} times in QuickBooks");
            wrong.push(Wrong::new("duplicated", words));
        }
    }
    let mut count: BTreeMap<(String, String), u64> = BTreeMap::new();
    for entity in ["clients", "suppliers", "products"] {
        for row in shop.workshop(entity) {
            let key = (entity.to_owned(), text(&row, "code").to_owned());
            *count.entry(key).or_default() += 1;
        }
    }
    for ((entity, code), count) in count.into_iter().filter(|(_, count)| *count > 1) {
        let words = format!("{entity} {code}: {count} times in the workshop");
        wrong.push(Wrong::new("duplicated", words));
    }
}

/// What the ledger says of books in which nobody stands aside.
pub fn words(shop: &Online, people: &People, aside: &Aside) -> Vec<String> {
    let found = compare(shop, people, aside).into_iter();
    found
        .map(|wrong| json!([wrong.what, wrong.words]).to_string())
        .collect()
}
