//! People at the counter: customers, quotes and orders of ChannelOnline, and what they press.

use std::collections::{BTreeMap, BTreeSet};

use liaison_tests::control;
use serde_json::{Value, json};

use super::company::Company;
use crate::chaos::dice::Dice;

/// Most of what comes to life comes to life early, so that memory can be compared later.
const CUSTOMERS_MAX: u64 = 20;
const DOCUMENTS_MAX: u64 = 60;
const PRODUCTS: [&str; 4] = ["LAT-5450", "WD22TB4", "USW-24-POE", "U7-PRO"];
const TERMS: [&str; 3] = ["Net 30 jours", "Payable sur réception", "Net 60 jours"];
const PEOPLE: [&str; 2] = ["marie.roy@boreale.example", "etienne.cote@boreale.example"];

pub struct Counter {
    dice: Dice,
    /// Customers of ours with a contact: their ids.
    pub customers: BTreeMap<u64, u64>,
    /// Documents of ours.
    pub documents: BTreeSet<u64>,
    /// Those that somebody exported, and whether they say now what they said then.
    pub exported: BTreeMap<u64, bool>,
    pub edits: u64,
}

impl Counter {
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed, "counter"),
            customers: BTreeMap::new(),
            documents: BTreeSet::new(),
            exported: BTreeMap::new(),
            edits: 0,
        }
    }

    /// One thing that one of them does.
    pub fn work(&mut self, company: &Company) {
        self.edits += 1;
        match self.dice.below(10) {
            0 | 1 => self.meets_a_customer(company),
            2..=4 => self.quotes(company),
            5 | 6 => self.changes_a_document(company),
            7 => self.exports_again(company),
            8 => self.changes_a_phone(company),
            _ => self.changes_a_phone_in_autotask(company),
        }
    }

    /// Everything that was ever exported goes as it is now.
    pub fn go_home(&mut self, company: &Company) {
        for id in self.customers.keys() {
            press(company, "export_customer", *id);
        }
        for id in self.exported.keys().copied().collect::<Vec<_>>() {
            self.exports(company, id);
        }
    }

    fn meets_a_customer(&mut self, company: &Company) {
        let count = self.customers.len() as u64;
        if count >= CUSTOMERS_MAX {
            return;
        }
        let name = format!("Comptoir {count} inc.");
        let phone = format!("418 555-{:04}", self.dice.below(10_000));
        let customer = json!({"companyName": name, "phone": phone, "terms": TERMS[0]});
        let made = does(
            company,
            json!({"do": "create_customer", "customer": customer}),
        );
        let id = made["customerId"].as_u64().expect("an id");
        let contact = json!({"firstName": "Luce", "lastName": format!("Boivin {count}"), "primary": true,
            "email": format!("luce@comptoir-{count}.example"), "workPhone": phone});
        let made = does(
            company,
            json!({"do": "create_contact", "customer": id, "contact": contact}),
        );
        let contact = made["contactId"].as_u64().expect("an id");
        self.customers.insert(id, contact);
        press(company, "export_customer", id);
    }

    fn quotes(&mut self, company: &Company) {
        let known: Vec<(u64, u64)> = self.customers.iter().map(|(id, of)| (*id, *of)).collect();
        let Some((customer, contact)) = self.dice.pick(&known).copied() else {
            return;
        };
        if self.documents.len() as u64 >= DOCUMENTS_MAX {
            return;
        }
        let lines: Vec<Value> = (0..=self.dice.below(3)).map(|_| self.a_line()).collect();
        let (kind, status) = match self.dice.below(4) {
            0 => ("SalesOrder", "Open"),
            _ => ("Quote", "Open"),
        };
        let document = json!({"documentType": kind, "customerId": customer, "contactId": contact, "status": status,
            "stage": "proposal", "probability": 60, "salesPerson": self.dice.pick(&PEOPLE),
            "paymentTerms": self.dice.pick(&TERMS), "description": "Au comptoir", "lines": lines});
        let made = does(
            company,
            json!({"do": "create_document", "document": document}),
        );
        let id = made["documentId"].as_u64().expect("an id");
        self.documents.insert(id);
        if self.dice.per_mille(800) {
            self.exports(company, id);
        }
    }

    fn a_line(&mut self) -> Value {
        let quantity = (1 + self.dice.below(9)).to_string();
        json!({"product": self.dice.pick(&PRODUCTS), "quantity": quantity})
    }

    fn a_document(&mut self) -> Option<u64> {
        let all: Vec<u64> = self.documents.iter().copied().collect();
        self.dice.pick(&all).copied()
    }

    fn changes_a_document(&mut self, company: &Company) {
        let Some(id) = self.a_document() else { return };
        let line = self.a_line();
        does(
            company,
            json!({"do": "add_line", "document": id, "line": line}),
        );
        if let Some(current) = self.exported.get_mut(&id) {
            *current = false;
            if self.dice.per_mille(700) {
                self.exports(company, id);
            }
        }
    }

    fn exports_again(&mut self, company: &Company) {
        if let Some(id) = self.a_document() {
            self.exports(company, id);
        }
    }

    fn exports(&mut self, company: &Company, id: u64) {
        press(company, "export_document", id);
        self.exported.insert(id, true);
    }

    fn changes_a_phone(&mut self, company: &Company) {
        let known: Vec<u64> = self.customers.keys().copied().collect();
        let phone = format!("418 555-{:04}", self.dice.below(10_000));
        if let Some(id) = self.dice.pick(&known) {
            does(
                company,
                json!({"do": "edit_customer", "id": id, "set": {"phone": phone}}),
            );
        }
    }

    fn changes_a_phone_in_autotask(&mut self, company: &Company) {
        let companies = company
            .lab
            .in_autotask(json!({"do": "rows", "entity": "Companies"}));
        let ours = companies.as_array().into_iter().flatten();
        let ours: Vec<&Value> = ours
            .filter(|row| {
                row["companyName"]
                    .as_str()
                    .is_some_and(|name| name.starts_with("Comptoir "))
            })
            .collect();
        let phone = format!("418 555-{:04}", self.dice.below(10_000));
        if let Some(row) = self.dice.pick(&ours) {
            company.lab.in_autotask(
                json!({"do": "update", "entity": "Companies", "id": row["id"],
                "fields": {"phone": phone}}),
            );
        }
    }
}

fn does(company: &Company, action: Value) -> Value {
    control(&company.channelonline, &action)
}

fn press(company: &Company, kind: &str, subject: u64) {
    does(
        company,
        json!({"do": "press", "type": kind, "subjectId": subject, "requestedBy": PEOPLE[0]}),
    );
}
