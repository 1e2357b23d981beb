//! People at both desks: all from one seed.

use liaison_tests::reseller::{BETON, CHOSEN, Customer, NAMED, NORTHWIND, Reseller, text};
use serde_json::{Value, json};

use crate::chaos::dice::Dice;

const PRODUCTS: [&str; 7] = [
    "LAT-5450",
    "20XW004QUS",
    "OPT-7020",
    "WD22TB4",
    "27UP650",
    "CHAISE-ERG",
    "INSTALL",
];
/// Quotes that somebody exports before anything else.
const OPEN: usize = 3;
/// What somebody types to find a service, and one that is chosen.
const LISTED: [&str; 3] = ["", "géré", "service:602"];
/// Without these a document is refused.
const REFUSED: [(&str, &str); 2] = [
    ("paymentTerms", ""),
    ("salesPerson", "annie.gagne@boreale.example"),
];

/// A quote, or an order that it became.
#[derive(Debug, Clone)]
pub struct Document {
    pub id: u64,
    pub is_order: bool,
    /// Somebody pressed Export to Autotask on it.
    pub asked: bool,
    /// It lacks something, for good.
    pub is_bad: bool,
    /// An order of it is the deal's last word.
    pub ordered: bool,
}

pub struct People {
    dice: Dice,
    pub documents: Vec<Document>,
    /// Who is there on both sides, or somebody wants it there.
    pub customers: Vec<Customer>,
    made: u64,
    pub edits: u64,
    pub story: Vec<String>,
}

impl People {
    /// A day on which nothing goes wrong comes first: two customers are linked.
    pub fn new(seed: u64, desk: &Reseller) -> Self {
        let northwind = desk.customer(NORTHWIND.name, NORTHWIND.email);
        let customers = vec![northwind, desk.shares(BETON)];
        Self {
            dice: Dice::new(seed, "people"),
            documents: Vec::new(),
            customers,
            made: 0,
            edits: 0,
            story: Vec::new(),
        }
    }

    pub fn tell(&mut self, line: String) {
        self.story.push(line);
    }

    /// There is something to do from the first hour.
    pub fn opens(&mut self, desk: &Reseller) {
        for _ in 0..OPEN {
            self.quotes(desk);
            let at = self.documents.len() - 1;
            if !self.documents[at].asked {
                self.exports(desk, at);
            }
        }
    }

    /// What both desks do in a morning, and that somebody waits for an answer.
    pub fn work(&mut self, desk: &Reseller) {
        for _ in 0..1 + self.dice.below(3) {
            self.one_works(desk);
        }
        let actions = desk.rows("actions");
        if actions
            .iter()
            .all(|action| text(action, "status") != "pending")
        {
            self.asks(desk);
        }
    }

    pub fn one_works(&mut self, desk: &Reseller) {
        self.edits += 1;
        match self.dice.below(22) {
            0..=4 => self.quotes(desk),
            5 | 6 => self.orders(desk),
            7 | 8 => self.rewrites(desk),
            9 | 10 => self.adds_a_line(desk),
            11 | 12 => self.changes_a_line(desk),
            13 => self.removes_a_line(desk),
            14 | 15 => self.asks(desk),
            16 => self.wins_a_customer(desk),
            17 | 18 => self.edits_a_customer(desk),
            19 | 20 => self.asks_for_a_list(desk),
            _ => self.quotes_badly(desk),
        }
    }

    /// Who wanted a document in Autotask says so once more, so that what changed since goes there.
    pub fn go_home(&mut self, desk: &Reseller) {
        for customer in self.customers.clone() {
            self.presses(desk, "export_customer", customer.id);
        }
        for at in 0..self.documents.len() {
            let document = &self.documents[at];
            if document.asked && !document.ordered {
                self.exports(desk, at);
            }
        }
    }

    fn sells(&mut self, desk: &Reseller, action: &Value) -> Value {
        let done = desk.sells(action);
        self.tell(format!("sales: {action}: {done}"));
        done
    }

    fn presses(&mut self, desk: &Reseller, kind: &str, subject: u64) {
        let action = desk.presses(kind, subject);
        self.tell(format!("sales: {kind} {subject}, action {action}"));
    }

    fn exports(&mut self, desk: &Reseller, at: usize) {
        self.documents[at].asked = true;
        self.presses(desk, "export_document", self.documents[at].id);
    }

    /// A document of which people may still change something.
    fn a_document(&mut self) -> Option<usize> {
        let open = self.documents.iter().enumerate();
        let open = open.filter(|(_, one)| !one.is_bad && !one.ordered);
        let open: Vec<usize> = open.map(|(at, _)| at).collect();
        self.dice.pick(&open).copied()
    }

    fn a_line(&mut self) -> Value {
        let product = self.dice.pick(&PRODUCTS).copied().unwrap_or(PRODUCTS[0]);
        let (quantity, price) = (1 + self.dice.below(9), 10 + self.dice.below(90));
        json!({"product": product, "quantity": quantity.to_string(), "price": format!("{price}.25")})
    }

    fn writes(&mut self, desk: &Reseller, also: &Value) -> usize {
        let customers = self.customers.clone();
        let customer = self.dice.pick(&customers).expect("two from the beginning");
        let lines: Vec<Value> = (0..1 + self.dice.below(3)).map(|_| self.a_line()).collect();
        let mut document = json!({"lines": lines});
        for (field, value) in also.as_object().into_iter().flatten() {
            document[field] = value.clone();
        }
        let id = desk.quotes(customer, &document);
        self.tell(format!(
            "sales: quote {id} of {}: {document}",
            customer.number
        ));
        self.documents.push(Document {
            id,
            is_order: false,
            asked: false,
            is_bad: false,
            ordered: false,
        });
        self.documents.len() - 1
    }

    fn quotes(&mut self, desk: &Reseller) {
        self.made += 1;
        let mut also = json!({"description": format!("D-{}", self.made)});
        if self.dice.per_mille(300) {
            also["customFields"] = json!({NAMED: format!("Deal {}", self.made)});
        }
        if self.dice.per_mille(300) {
            also["shippingHandling"] = json!("35.00");
        }
        let at = self.writes(desk, &also);
        self.exports_mostly(desk, at);
    }

    fn exports_mostly(&mut self, desk: &Reseller, at: usize) {
        if self.dice.per_mille(700) {
            self.exports(desk, at);
        }
    }

    fn quotes_badly(&mut self, desk: &Reseller) {
        let (field, value) = self.dice.pick(&REFUSED).copied().unwrap_or(REFUSED[0]);
        let at = self.writes(desk, &json!({ field: value }));
        self.documents[at].is_bad = true;
        self.exports(desk, at);
    }

    /// What is in Autotask becomes an order, which from then on is the deal's last word.
    fn orders(&mut self, desk: &Reseller) {
        let sent = self.documents.iter().enumerate();
        let sent = sent.filter(|(_, one)| {
            let chosen = || desk.document(one.id)["customFields"].clone();
            !one.is_order && !one.ordered && !one.is_bad && !text(&chosen(), CHOSEN).is_empty()
        });
        let sent: Vec<usize> = sent.map(|(at, _)| at).collect();
        let Some(at) = self.dice.pick(&sent).copied() else {
            return;
        };
        let set = json!({"stage": "closed_won", "probability": 100});
        let order = json!({"do": "order_from_quote", "id": self.documents[at].id, "set": set});
        let made = self.sells(desk, &order);
        self.documents[at].ordered = true;
        self.documents.push(Document {
            id: made["documentId"].as_u64().expect("an id"),
            is_order: true,
            asked: false,
            is_bad: false,
            ordered: false,
        });
        let at = self.documents.len() - 1;
        self.exports(desk, at);
    }

    fn rewrites(&mut self, desk: &Reseller) {
        let Some(at) = self.a_document() else { return };
        self.made += 1;
        let set = json!({"description": format!("R-{}", self.made), "purchaseOrder": format!("BC-{}", self.made)});
        let id = self.documents[at].id;
        self.sells(desk, &json!({"do": "edit_document", "id": id, "set": set}));
        self.exports_mostly(desk, at);
    }

    fn adds_a_line(&mut self, desk: &Reseller) {
        let Some(at) = self.a_document() else { return };
        let (id, line) = (self.documents[at].id, self.a_line());
        self.sells(
            desk,
            &json!({"do": "add_line", "document": id, "line": line}),
        );
        self.exports_mostly(desk, at);
    }

    /// A line of a document, and how many there are.
    fn one_of_its_lines(&mut self, desk: &Reseller, at: usize) -> Option<(Value, usize)> {
        let document = desk.document(self.documents[at].id);
        let lines = document["lines"].as_array().cloned().unwrap_or_default();
        let line = self.dice.pick(&lines)?;
        Some((line["lineItemId"].clone(), lines.len()))
    }

    fn changes_a_line(&mut self, desk: &Reseller) {
        let Some(at) = self.a_document() else { return };
        let Some((line, _)) = self.one_of_its_lines(desk, at) else {
            return;
        };
        let set = match self.dice.below(3) {
            0 => json!({"quantity": (10 + self.dice.below(20)).to_string()}),
            1 => json!({"price": format!("{}.75", 100 + self.dice.below(90))}),
            _ => json!({"note": format!("N-{}", self.edits)}),
        };
        let id = self.documents[at].id;
        let edit = json!({"do": "edit_line", "document": id, "line": line, "set": set});
        self.sells(desk, &edit);
        self.exports_mostly(desk, at);
    }

    fn removes_a_line(&mut self, desk: &Reseller) {
        let Some(at) = self.a_document() else { return };
        let Some((line, 2..)) = self.one_of_its_lines(desk, at) else {
            return;
        };
        let id = self.documents[at].id;
        let remove = json!({"do": "remove_line", "document": id, "line": line});
        self.sells(desk, &remove);
        self.exports_mostly(desk, at);
    }

    fn asks(&mut self, desk: &Reseller) {
        if let Some(at) = self.a_document() {
            self.exports(desk, at);
        }
    }

    /// Somebody looks through the services of Autotask, or puts one onto the document.
    fn asks_for_a_list(&mut self, desk: &Reseller) {
        let Some(at) = self.a_document() else { return };
        let id = self.documents[at].id;
        let words = self.dice.pick(&LISTED).copied().unwrap_or_default();
        let action = desk.asks("query_services", id, words);
        self.tell(format!("sales: list “{words}” on {id}, action {action}"));
        self.exports_mostly(desk, at);
    }

    fn wins_a_customer(&mut self, desk: &Reseller) {
        self.made += 1;
        let (name, email) = (
            format!("Client {} & fils", self.made),
            format!("client{}@clients.example", self.made),
        );
        let customer = desk.customer(&name, &email);
        self.tell(format!("sales: {customer:?} {name}"));
        self.presses(desk, "export_customer", customer.id);
        self.customers.push(customer);
    }

    /// Each side edits what the other does not, so that it is known what must be so.
    fn edits_a_customer(&mut self, desk: &Reseller) {
        let customers = self.customers.clone();
        let Some(customer) = self.dice.pick(&customers) else {
            return;
        };
        let number = format!("418 555-{:04}", self.edits);
        let linked = desk.row("customers", customer.id);
        let company = text(&linked["externalIds"], "autotask").parse::<i64>();
        match (self.dice.below(3), company) {
            (0, Ok(id)) => {
                let update = json!({"do": "update", "entity": "Companies", "id": id, "fields": {"fax": number}});
                desk.books(&update);
                self.tell(format!("office: {update}"));
            }
            (1, _) => {
                let set = json!({"mobilePhone": number});
                let edit = json!({"do": "edit_contact", "id": customer.contact, "set": set});
                self.sells(desk, &edit);
            }
            _ => {
                let set = json!({"web": format!("https://w{}.example", self.edits)});
                let edit = json!({"do": "edit_customer", "id": customer.id, "set": set});
                self.sells(desk, &edit);
            }
        }
    }
}
