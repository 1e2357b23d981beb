//! People at both screens, and what goes wrong: all from one seed.

use liaison_tests::control;
use liaison_tests::workshop::Sides;
use serde_json::{Value, json};

use crate::chaos::dice::Dice;

const CLIENTS: [&str; 4] = ["BOREALE", "MUN-ROB", "CAFE-QUAI", "VERMONT"];
const SUPPLIERS: [&str; 3] = ["SCIERIE-LSJ", "QUINCA-PRO", "TEXTILE-QC"];
const PRODUCTS: [&str; 4] = ["TABLE-180", "CHAISE-S", "LIVRAISON", "TABLE-240"];
/// Another company file on the same computer.
pub const ELSEWHERE: &str = "C:\\Comptabilite\\autre.qbw";
const OURS: &str = "C:\\Comptabilite\\boreal.qbw";

pub struct People {
    dice: Dice,
    weather: Dice,
    /// Places where the service can die.
    points: Vec<String>,
    made: u64,
    pub edits: u64,
    pub story: Vec<String>,
}

impl People {
    /// With the places where the service can die.
    pub fn new(seed: u64, points: Vec<String>) -> Self {
        Self {
            dice: Dice::new(seed, "people"),
            weather: Dice::new(seed, "weather"),
            points,
            made: 0,
            edits: 0,
            story: Vec::new(),
        }
    }

    pub fn tell(&mut self, line: String) {
        self.story.push(line);
    }

    /// Calls to Fusion Operations that go wrong now and then.
    pub fn storm(&mut self, shop: Sides) {
        let seed = self.weather.next() % 1_000;
        let rule = |probability: f64, action: Value| json!({"probability": probability, "seed": seed, "action": action});
        let status = |status: u16, when: &str| json!({"status": {"status": status, "when": when, "headers": {}, "body": "{}"}});
        let rules = json!([
            rule(0.02, json!("drop_before")),
            rule(0.02, json!("drop_after")),
            rule(0.02, status(503, "before")),
            rule(0.01, status(500, "after")),
            rule(0.01, json!("truncate")),
            rule(0.01, json!("html")),
        ]);
        shop.fusion.set_faults(&rules).expect("valid faults");
    }

    pub fn go_home(&mut self, shop: Sides) {
        shop.fusion.set_faults(&json!([])).expect("no faults");
        control(shop.quickbooks, &json!({"do": "clear_faults"}));
    }

    /// What somebody does in a morning.
    pub fn work(&mut self, shop: Sides) {
        for _ in 0..self.dice.below(4) {
            self.one_works(shop);
        }
    }

    pub fn one_works(&mut self, shop: Sides) {
        match self.dice.below(10) {
            0..=2 => self.orders(shop, "sales-orders"),
            3 => self.orders(shop, "purchase-orders"),
            4 => self.moves(shop, "sales-orders", "ship"),
            5 => self.moves(shop, "purchase-orders", "receive"),
            6 | 7 => self.changes_an_order(shop),
            _ => self.estimates(shop),
        }
    }

    fn orders(&mut self, shop: Sides, entity: &str) {
        self.made += 1;
        let code = format!("H-{}", self.made);
        let lines: Vec<Value> = (0..=self.dice.below(2)).filter_map(|nth| {
            let product = PRODUCTS.get(usize::try_from(nth).ok()?)?;
            let quantity = 1 + self.dice.below(9);
            Some(match entity {
                "sales-orders" => json!({"product": product, "quantity-ordered": quantity, "unit-price": 10 + nth}),
                _ => json!({"product": product, "quantity-ordered": quantity, "unit-cost": 5 + nth}),
            })
        }).collect();
        let record = match entity {
            "sales-orders" => {
                json!({"code": code, "client": self.dice.pick(&CLIENTS), "status": "open", "products": lines})
            }
            _ => {
                json!({"code": code, "supplier": self.dice.pick(&SUPPLIERS), "status": "open", "products": lines})
            }
        };
        self.in_fusion(
            shop,
            json!({"do": "create", "entity": entity, "record": record}),
        );
    }

    /// Goods of an order leave, or come.
    fn moves(&mut self, shop: Sides, entity: &str, deed: &str) {
        let part = if deed == "ship" {
            "shipping"
        } else {
            "receiving"
        };
        let Some(order) = self.an_order(shop, entity, part) else {
            return;
        };
        self.in_fusion(shop, json!({"do": deed, "order": order["code"]}));
    }

    fn changes_an_order(&mut self, shop: Sides) {
        let Some(order) = self.an_order(shop, "sales-orders", "shipping") else {
            return;
        };
        let mut lines = order["products"].clone();
        lines[0]["quantity-ordered"] = json!(1 + self.dice.below(20));
        let lines: Vec<Value> = lines
            .as_array()
            .into_iter()
            .flatten()
            .map(|line| {
                let mut line = line.clone();
                if let Some(line) = line.as_object_mut() {
                    line.remove("quantity-shipped");
                }
                line
            })
            .collect();
        let action = json!({"do": "edit", "entity": "sales-orders", "id": order["id"], "set": {"products": lines}});
        self.in_fusion(shop, action);
    }

    /// One of ours of which nothing was moved yet.
    fn an_order(&mut self, shop: Sides, entity: &str, part: &str) -> Option<Value> {
        let rows = control(shop.fusion, &json!({"do": "rows", "entity": entity}));
        let ours = |row: &&Value| {
            row["code"]
                .as_str()
                .is_some_and(|code| code.starts_with("H-"))
                && row[part].is_null()
        };
        let rows: Vec<Value> = rows
            .as_array()
            .into_iter()
            .flatten()
            .filter(ours)
            .cloned()
            .collect();
        self.dice.pick(&rows).cloned()
    }

    fn estimates(&mut self, shop: Sides) {
        self.made += 1;
        let number = format!("Q-{}", self.made);
        let record = json!({"CustomerRef": "Simard & fils", "RefNumber": number,
            "EstimateLineAdd": [{"ItemRef": "Welding", "Quantity": (1 + self.dice.below(9)).to_string()}]});
        let action = json!({"do": "add", "kind": "Estimate", "record": record});
        self.tell(format!("person in QuickBooks: {action}"));
        control(shop.quickbooks, &action);
        self.edits += 1;
    }

    fn in_fusion(&mut self, shop: Sides, action: Value) {
        self.tell(format!("person in Fusion Operations: {action}"));
        control(shop.fusion, &action);
        self.edits += 1;
    }

    pub fn next_flow(&mut self) -> &'static str {
        self.dice
            .pick(&super::FLOWS)
            .copied()
            .unwrap_or("sales_orders")
    }

    /// What happens to the computer in the next session.
    pub fn next_fault(&mut self, shop: Sides) {
        let set = 1 + self.weather.below(3);
        let fault = match self.weather.below(10) {
            0..=3 => return,
            4..=6 => json!({"die_at": 2 + self.weather.below(50)}),
            7 => json!({"at_set": set, "crash_after": self.weather.below(2)}),
            8 => {
                let ran = self.weather.per_mille(500);
                json!({"at_set": set, "hresult": "0x80040402", "message": "broke off", "ran": ran})
            }
            // That one is told of what was not done.
            _ => {
                json!({"at_set": set, "hresult": "0x80040401", "message": "no answer", "ran": false})
            }
        };
        let mut action = fault;
        action["do"] = json!("fault");
        self.tell(format!("QuickBooks: {action}"));
        control(shop.quickbooks, &action);
    }

    /// Where the service is to die next, if it is.
    pub fn next_death(&mut self) -> Option<String> {
        if !self.weather.per_mille(500) {
            return None;
        }
        let point = self.weather.pick(&self.points)?.clone();
        let point = format!("{point}:{}", 1 + self.weather.below(6));
        self.tell(format!("the service dies at {point}"));
        Some(point)
    }

    /// Somebody works in another company, and the Web Connector is asked meanwhile.
    pub fn opens_another_file(&mut self, shop: Sides) -> bool {
        let opens = self.dice.per_mille(120);
        if opens {
            self.tell("QuickBooks: another company file".to_owned());
            control(
                shop.quickbooks,
                &json!({"do": "open", "path": ELSEWHERE, "name": "Autre inc."}),
            );
        }
        opens
    }

    pub fn opens_our_file(&mut self, shop: Sides) {
        control(shop.quickbooks, &json!({"do": "open", "path": OURS}));
    }
}
