//! People at both screens: all from one seed.

use std::collections::BTreeMap;

use liaison_tests::online::Online;
use serde_json::{Value, json};

use super::ledger::{is_ours, text};
use crate::chaos::dice::Dice;

const CLIENTS: [&str; 4] = ["BOREALE", "MUN-ROB", "CAFE-QUAI", "VERMONT"];
const SUPPLIERS: [&str; 3] = ["SCIERIE-LSJ", "QUINCA-PRO", "TEXTILE-QC"];
const PRODUCTS: [&str; 4] = ["TABLE-180", "CHAISE-S", "LIVRAISON", "TABLE-240"];
/// Calls after which somebody changes an estimate that a run is at.
const MEANWHILE_MAX: u64 = 8;

pub struct People {
    dice: Dice,
    made: u64,
    pub edits: u64,
    /// What people wrote on an estimate at QuickBooks' screens, by its id: nothing may wipe out the last of it.
    pub written: BTreeMap<String, Vec<String>>,
    pub story: Vec<String>,
}

impl People {
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed, "people"),
            made: 0,
            edits: 0,
            written: BTreeMap::new(),
            story: Vec::new(),
        }
    }

    pub fn tell(&mut self, line: String) {
        self.story.push(line);
    }

    /// What somebody does in a morning.
    pub fn work(&mut self, shop: &Online) {
        for _ in 0..=self.dice.below(4) {
            match self.dice.below(10) {
                0..=2 => self.orders(shop, "sales-orders"),
                3 => self.orders(shop, "purchase-orders"),
                4 => self.moves(shop, "sales-orders", "ship"),
                5 => self.moves(shop, "purchase-orders", "receive"),
                6 | 7 => self.changes_an_order(shop),
                _ => self.estimates(shop),
            }
        }
    }

    fn orders(&mut self, shop: &Online, entity: &str) {
        self.made += 1;
        let (whom, price, names): (_, _, &[&str]) = match entity {
            "sales-orders" => ("client", "unit-price", &CLIENTS),
            _ => ("supplier", "unit-cost", &SUPPLIERS),
        };
        let count = 1 + self.dice.below(2);
        let mut lines = Vec::new();
        for (nth, product) in (0..count).zip(PRODUCTS) {
            let mut line = json!({"product": product, "quantity-ordered": 1 + self.dice.below(9)});
            line[price] = json!(10 + nth);
            lines.push(line);
        }
        let mut record =
            json!({"code": format!("H-{}", self.made), "status": "open", "products": lines});
        record[whom] = json!(self.dice.pick(names));
        self.in_workshop(
            shop,
            json!({"do": "create", "entity": entity, "record": record}),
        );
    }

    /// Goods of an order leave, or come.
    fn moves(&mut self, shop: &Online, entity: &str, deed: &str) {
        let part = if deed == "ship" {
            "shipping"
        } else {
            "receiving"
        };
        if let Some(order) = self.an_order(shop, entity, part) {
            self.in_workshop(shop, json!({"do": deed, "order": order["code"]}));
        }
    }

    fn changes_an_order(&mut self, shop: &Online) {
        let Some(order) = self.an_order(shop, "sales-orders", "shipping") else {
            return;
        };
        let mut lines = order["products"].clone();
        lines[0]["quantity-ordered"] = json!(1 + self.dice.below(20));
        for line in lines.as_array_mut().into_iter().flatten() {
            if let Some(line) = line.as_object_mut() {
                line.remove("quantity-shipped");
            }
        }
        let action = json!({"do": "edit", "entity": "sales-orders", "id": order["id"], "set": {"products": lines}});
        self.in_workshop(shop, action);
    }

    /// One of ours of which nothing was moved yet.
    fn an_order(&mut self, shop: &Online, entity: &str, part: &str) -> Option<Value> {
        let mut rows = shop.workshop(entity);
        rows.retain(|row| text(row, "code").starts_with("H-") && row[part].is_null());
        self.dice.pick(&rows).cloned()
    }

    /// Somebody writes an estimate at QuickBooks' screens.
    fn estimates(&mut self, shop: &Online) {
        let id = |entity: &str, name: &str| {
            let rows = shop.books(entity);
            let named =
                |row: &&Value| text(row, "DisplayName") == name || text(row, "Name") == name;
            rows.iter().find(named).map(|row| row["Id"].clone())
        };
        let quantity = 1 + self.dice.below(9);
        let line = json!({"DetailType": "SalesItemLineDetail", "Amount": 20 * quantity,
            "SalesItemLineDetail": {"ItemRef": {"value": id("Item", "LIVRAISON")}, "Qty": quantity, "UnitPrice": 20}});
        self.made += 1;
        let record = json!({"CustomerRef": {"value": id("Customer", "BOREALE")}, "DocNumber": format!("Q-{}", self.made),
            "Line": [line]});
        self.in_quickbooks(
            shop,
            json!({"do": "create", "entity": "Estimate", "record": record}),
        );
    }

    /// Somebody writes on an estimate of ours while a run is at it: between what it reads and what it writes.
    pub fn works_meanwhile(&mut self, shop: &Online) {
        if !self.dice.per_mille(600) {
            return;
        }
        // What is sent again soon is an order that changes.
        self.changes_an_order(shop);
        let mut rows = shop.books("Estimate");
        rows.retain(is_ours);
        let Some(row) = self.dice.pick(&rows) else {
            return;
        };
        self.made += 1;
        let (id, words) = (text(row, "Id").to_owned(), format!("By hand {}", self.made));
        let edit = json!({"do": "edit", "entity": "Estimate", "id": id, "set": {"CustomerMemo": {"value": words}}});
        let after = 1 + self.dice.below(MEANWHILE_MAX);
        let plan = json!({"do": "plan", "route": "", "after": after, "action": edit});
        self.in_quickbooks(shop, plan);
        self.written.entry(id).or_default().push(words);
    }

    fn in_workshop(&mut self, shop: &Online, action: Value) {
        self.tell(format!("person in Fusion Operations: {action}"));
        shop.in_workshop(action);
        self.edits += 1;
    }

    fn in_quickbooks(&mut self, shop: &Online, action: Value) {
        self.tell(format!("person in QuickBooks: {action}"));
        shop.at_quickbooks(action);
        self.edits += 1;
    }
}
