//! What must be so when everybody has gone home, by the books of both vendors.

use std::collections::BTreeMap;

use liaison_tests::reseller::{CHOSEN, OUTCOME, Reseller, marker, text};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::people::{Document, People};
use crate::chaos::truth::Wrong;

/// What of Autotask a flow might write.
pub const TABLES: [&str; 8] = [
    "Services",
    "Companies",
    "Contacts",
    "Products",
    "Opportunities",
    "Quotes",
    "QuoteItems",
    "QuoteLocations",
];
/// Opportunities and quotes that ship with the simulated Autotask.
const SHIPPED: (usize, usize) = (5, 2);
/// Active and closed, as Autotask keeps them.
const STATUS: (i64, i64) = (1, 3);

/// What is sold, how many, at which price.
type Line = (String, Decimal, Decimal);

pub struct Ledger<'a> {
    desk: &'a Reseller,
    people: &'a People,
    tables: BTreeMap<&'static str, Vec<Value>>,
    customers: Vec<Value>,
    wrong: Vec<Wrong>,
}

pub fn compare(desk: &Reseller, people: &People) -> Vec<Wrong> {
    let mut ledger = Ledger {
        desk,
        people,
        tables: TABLES.map(|entity| (entity, desk.table(entity))).into(),
        customers: desk.rows("customers"),
        wrong: Vec::new(),
    };
    for document in &people.documents {
        ledger.document(document);
    }
    ledger.nothing_else();
    ledger.each_once();
    for customer in &people.customers {
        ledger.customer(customer.id, customer.contact);
    }
    ledger.everybody_is_answered();
    ledger.wrong
}

impl Ledger<'_> {
    fn finds(&mut self, what: &'static str, words: String) {
        self.wrong.push(Wrong::new(what, words));
    }

    fn of(&self, entity: &str, field: &str, says: &Value) -> Vec<Value> {
        let rows = self.tables[entity].iter();
        rows.filter(|row| row[field] == *says).cloned().collect()
    }

    /// One document: under one opportunity with one quote, or not because nobody wanted it, or it says why not.
    fn document(&mut self, document: &Document) {
        let shown = self.desk.document(document.id);
        let title = format!("document {}", text(&shown, "documentNumber"));
        let chosen = text(&shown["customFields"], CHOSEN).to_owned();
        let outcome = text(&shown["customFields"], OUTCOME).to_owned();
        if !document.asked || document.is_bad {
            if !chosen.is_empty() {
                self.finds("wrong", format!("{title}: is under opportunity {chosen}"));
            }
            let told = (shown["exported"] == json!(false)) && !outcome.is_empty();
            if !document.asked && shown["exported"] == json!(true) {
                self.finds(
                    "wrong",
                    format!("{title}: nobody exported it, and it says so: {outcome}"),
                );
            }
            if document.is_bad && !told {
                self.finds("lost", format!("{title}: is refused and does not say so"));
            }
            return;
        }
        if shown["exported"] != json!(true) || outcome.is_empty() {
            let words = format!(
                "{title}: was exported and says “{outcome}”, {}",
                shown["exported"]
            );
            self.finds("lost", words);
        }
        let id = chosen.parse::<i64>().map_or(Value::Null, Value::from);
        let Some(opportunity) = self.of("Opportunities", "id", &id).pop() else {
            let words = format!("{title}: has no opportunity (“{chosen}”); it says “{outcome}”");
            return self.finds("lost", words);
        };
        let quotes = self.of("Quotes", "opportunityID", &id);
        let [quote] = quotes.as_slice() else {
            let what = if quotes.is_empty() {
                "lost"
            } else {
                "duplicated"
            };
            let words = format!("{title}: {} quotes under opportunity {id}", quotes.len());
            return self.finds(what, words);
        };
        // The order of a deal has the last word.
        if document.ordered {
            return;
        }
        self.header(&title, document, &shown, &opportunity, quote);
        let (here, there) = (lines_here(&shown), self.lines_there(quote));
        if here != there {
            let words = format!("{title}: {here:?} here, {there:?} in Autotask");
            self.finds("wrong", words);
        }
    }

    fn header(
        &mut self,
        title: &str,
        document: &Document,
        shown: &Value,
        opportunity: &Value,
        quote: &Value,
    ) {
        let status = match document.is_order {
            true => STATUS.1,
            false => STATUS.0,
        };
        let company = self
            .customers
            .iter()
            .find(|one| one["customerId"] == shown["customerId"]);
        let company = company.map_or("", |one| text(&one["externalIds"], "autotask"));
        for (what, is, should) in [
            (
                "status",
                opportunity["status"].to_string(),
                status.to_string(),
            ),
            (
                "company",
                opportunity["companyID"].to_string(),
                company.to_owned(),
            ),
            (
                "probability",
                opportunity["probability"].to_string(),
                shown["probability"].to_string(),
            ),
            (
                "description",
                text(opportunity, "description").to_owned(),
                text(shown, "description").to_owned(),
            ),
            (
                "name of the quote",
                text(quote, "name").to_owned(),
                text(shown, "description").to_owned(),
            ),
            (
                "order number",
                text(quote, "purchaseOrderNumber").to_owned(),
                text(shown, "purchaseOrder").to_owned(),
            ),
        ] {
            if is != should {
                let words =
                    format!("{title}: {what} is “{is}” in Autotask and should be “{should}”");
                self.finds("wrong", words);
            }
        }
    }

    /// What was sold, by part number; freight has none.
    fn lines_there(&self, quote: &Value) -> Vec<Line> {
        let mut lines: Vec<Line> = (self.of("QuoteItems", "quoteID", &quote["id"]).iter())
            .map(|line| {
                let product = self.of("Products", "id", &line["productID"]).pop();
                let service = self.of("Services", "id", &line["serviceID"]).pop();
                let of_service = service.as_ref().map_or("", |service| text(service, "sku"));
                let part = product.as_ref().map_or(of_service, |product| {
                    text(product, "manufacturerProductName")
                });
                (
                    part.to_owned(),
                    decimal(&line["quantity"]),
                    decimal(&line["unitPrice"]),
                )
            })
            .collect();
        lines.sort();
        lines
    }

    /// Nothing stands in Autotask that nobody sent.
    fn nothing_else(&mut self) {
        let deals = self.people.documents.iter();
        let sent = deals
            .filter(|one| one.asked && !one.is_bad && !one.is_order)
            .count();
        let (opportunities, quotes) = (
            self.tables["Opportunities"].len(),
            self.tables["Quotes"].len(),
        );
        let counted = (opportunities, quotes);
        let expected = (SHIPPED.0 + sent, SHIPPED.1 + sent);
        if counted != expected {
            let words =
                format!("opportunities and quotes are {counted:?} and should be {expected:?}");
            self.finds("duplicated", words);
        }
    }

    /// No two records say that they are the same one.
    fn each_once(&mut self) {
        let rows = |entity: &str| self.tables[entity].iter();
        let contacts = self.customers.iter().flat_map(|customer| {
            let contacts = customer["contacts"].as_array().into_iter().flatten();
            contacts.map(|one| {
                format!(
                    "{} {}",
                    customer["customerId"],
                    text(one, "email").to_lowercase()
                )
            })
        });
        let chosen = self.people.documents.iter().flat_map(|document| {
            let shown = self.desk.document(document.id);
            let lines = shown["lines"].as_array().cloned().unwrap_or_default();
            let chosen = lines
                .into_iter()
                .filter(|line| !text(line, "externalId").is_empty());
            chosen.map(move |line| format!("{} {}", document.id, text(&line, "externalId")))
        });
        let lists: [(&str, Vec<String>); 8] = [
            ("services on a document", chosen.collect()),
            (
                "opportunities",
                rows("Opportunities")
                    .map(|row| marker(row).to_owned())
                    .collect(),
            ),
            (
                "companies",
                rows("Companies")
                    .map(|row| marker(row).to_owned())
                    .collect(),
            ),
            (
                "contacts of Autotask",
                rows("Contacts")
                    .map(|row| text(row, "externalID").to_owned())
                    .collect(),
            ),
            (
                "e-mails of a company",
                rows("Contacts")
                    .filter(|row| !text(row, "emailAddress").is_empty())
                    .map(|row| {
                        format!(
                            "{} {}",
                            row["companyID"],
                            text(row, "emailAddress").to_lowercase()
                        )
                    })
                    .collect(),
            ),
            (
                "products",
                rows("Products")
                    .map(|row| text(row, "sku").to_owned())
                    .collect(),
            ),
            (
                "customers",
                self.customers
                    .iter()
                    .map(|row| text(row, "companyName").to_owned())
                    .collect(),
            ),
            ("e-mails of a customer", contacts.collect()),
        ];
        for (what, names) in lists {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            for name in names
                .into_iter()
                .filter(|name| !name.is_empty() && !SHIPPED_TWICE.contains(&name.as_str()))
            {
                *counts.entry(name).or_default() += 1;
            }
            for (name, count) in counts.into_iter().filter(|(_, count)| *count > 1) {
                self.finds(
                    "duplicated",
                    format!("{what}: {name} is there {count} times"),
                );
            }
        }
    }

    /// A customer and its contact are there, and both sides say the same.
    fn customer(&mut self, id: u64, contact: u64) {
        let here = self.desk.row("customers", id);
        let title = format!("customer {}", text(&here, "customerNumber"));
        let company = text(&here["externalIds"], "autotask").parse::<i64>();
        let company = company.map_or(Value::Null, Value::from);
        let Some(there) = self.of("Companies", "id", &company).pop() else {
            return self.finds("lost", format!("{title}: has no company: {here}"));
        };
        let mut contacts = here["contacts"].as_array().into_iter().flatten();
        let mine = contacts
            .find(|one| one["contactId"] == json!(contact))
            .cloned()
            .unwrap_or_default();
        let person = text(&mine["externalIds"], "autotask").parse::<i64>();
        let person = person.map_or(Value::Null, Value::from);
        let Some(person) = self.of("Contacts", "id", &person).pop() else {
            return self.finds("lost", format!("{title}: its contact is not there: {mine}"));
        };
        for (what, is, should) in [
            ("id", marker(&there), text(&here, "customerNumber")),
            ("fax", text(&there, "fax"), text(&here, "fax")),
            ("web", text(&there, "webAddress"), text(&here, "web")),
            (
                "mobile",
                text(&person, "mobilePhone"),
                text(&mine, "mobilePhone"),
            ),
        ] {
            if is != should {
                let words = format!("{title}: {what} is “{is}” in Autotask, “{should}” here");
                self.finds("wrong", words);
            }
        }
    }

    /// Nothing that somebody pressed is left open, and the last answer is the right one.
    fn everybody_is_answered(&mut self) {
        let actions = self.desk.rows("actions");
        let mut last: BTreeMap<u64, Value> = BTreeMap::new();
        for action in &actions {
            if text(action, "status") == "pending" {
                self.finds("lost", format!("nobody was answered: {action}"));
            }
            let subject = text(action, "subjectId").parse().unwrap_or_default();
            last.insert(subject, action.clone());
        }
        for document in &self.people.documents {
            let Some(action) = last.get(&document.id) else {
                continue;
            };
            let right = if document.is_bad {
                "failure"
            } else {
                "success"
            };
            // The quote of an order was asked for before, whatever came of it then.
            if text(action, "status") != right && !document.ordered {
                self.finds("wrong", format!("the answer should be {right}: {action}"));
            }
        }
        for customer in &self.people.customers {
            if let Some(action) = last
                .get(&customer.id)
                .filter(|one| text(one, "status") != "success")
            {
                self.finds("wrong", format!("the answer should be success: {action}"));
            }
        }
    }
}

/// E-mails of two companies of one name in the seed, and one that two contacts of a customer share.
const SHIPPED_TWICE: [&str; 1] = ["5007 fx@vergers.example"];

fn lines_here(document: &Value) -> Vec<Line> {
    let lines = document["lines"].as_array().into_iter().flatten();
    let mut lines: Vec<Line> = lines
        .map(|line| {
            let quantity = decimal(&line["quantity"]) - decimal(&line["cancelled"]);
            let part = text(&line["product"], "partNumber").to_owned();
            (part, quantity.normalize(), decimal(&line["price"]))
        })
        .collect();
    let freight = decimal(&document["shippingHandling"]);
    if !freight.is_zero() {
        lines.push((String::new(), Decimal::ONE, freight));
    }
    lines.sort();
    lines
}

fn decimal(value: &Value) -> Decimal {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    text.parse::<Decimal>().unwrap_or_default().normalize()
}
