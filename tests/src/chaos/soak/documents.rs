//! What ChannelOnline and Autotask must hold of each other when nothing is left to do.

use std::collections::BTreeMap;

use liaison_tests::control;
use liaison_tests::reseller::marker;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::company::Company;
use super::counter::Counter;
use crate::chaos::aside::{Aside, aside};
use crate::chaos::truth::Wrong;

struct Books<'a> {
    counter: &'a Counter,
    aside: Aside,
    customers: Vec<Value>,
    documents: Vec<Value>,
    companies: Vec<Value>,
    contacts: Vec<Value>,
    opportunities: Vec<Value>,
    quotes: Vec<Value>,
    items: Vec<Value>,
    wrong: Vec<Wrong>,
}

pub fn compare(company: &Company, counter: &Counter) -> Vec<Wrong> {
    let of_counter = |of: &str| {
        let rows = control(&company.channelonline, &json!({"do": "rows", "of": of}));
        rows.as_array().cloned().unwrap_or_default()
    };
    let of_service = |entity: &str| {
        let rows = (company.lab).in_autotask(json!({"do": "rows", "entity": entity}));
        rows.as_array().cloned().unwrap_or_default()
    };
    let mut books = Books {
        counter,
        aside: aside(&company.lab, company.tenant, "sales"),
        customers: of_counter("customers"),
        documents: of_counter("documents"),
        companies: of_service("Companies"),
        contacts: of_service("Contacts"),
        opportunities: of_service("Opportunities"),
        quotes: of_service("Quotes"),
        items: of_service("QuoteItems"),
        wrong: Vec::new(),
    };
    for id in counter.customers.keys() {
        books.customer(*id);
    }
    for id in &counter.documents {
        books.document(*id);
    }
    books.wrong
}

impl Books<'_> {
    fn finds(&mut self, what: &'static str, words: String) {
        self.wrong.push(Wrong::new(what, words));
    }

    /// In Autotask once, with its contact once and the same phone.
    fn customer(&mut self, id: u64) {
        let customer = found(&self.customers, "customerId", &json!(id));
        let Some(customer) = customer.first().cloned() else {
            return self.finds("lost", format!("customer {id} is gone"));
        };
        let (name, number) = (&customer["companyName"], text(&customer, "customerNumber"));
        let companies = found(&self.companies, "companyName", name);
        match companies.as_slice() {
            [] => {
                let reason = self.reason("customers", &number);
                let words =
                    format!("customer {number} {name}: no company, stands aside as {reason:?}");
                self.finds("lost", words);
            }
            [one] => {
                if marker(one) != number {
                    let words = format!("company {name} carries {:?}, not {number}", marker(one));
                    self.finds("wrong", words);
                }
                if one["phone"] != customer["phone"] {
                    let words = format!(
                        "customer {number}: {} at the counter, {} in Autotask",
                        customer["phone"], one["phone"]
                    );
                    self.finds("lost", words);
                }
            }
            several => {
                let words = format!("customer {number} {name}: {} companies", several.len());
                self.finds("duplicated", words);
            }
        }
        for contact in customer["contacts"].as_array().into_iter().flatten() {
            let there = found(&self.contacts, "emailAddress", &contact["email"]);
            match there.len() {
                0 => self.finds(
                    "lost",
                    format!("contact {} is not in Autotask", contact["email"]),
                ),
                1 => {}
                many => self.finds(
                    "duplicated",
                    format!("contact {} is {many} times in Autotask", contact["email"]),
                ),
            }
        }
    }

    fn reason(&self, flow: &str, id: &str) -> Option<&String> {
        self.aside.get(&(flow.to_owned(), id.to_owned()))
    }

    /// Exported: one opportunity with one quote that has its lines, and the document says so. Else: nothing of it.
    fn document(&mut self, id: u64) {
        let document = found(&self.documents, "documentId", &json!(id));
        let Some(document) = document.first().cloned() else {
            return self.finds("lost", format!("document {id} is gone"));
        };
        let number = text(&document, "documentNumber");
        let is_quote = document["documentType"] == json!("Quote");
        let (flow, word) = match is_quote {
            true => ("quotes", "quote"),
            false => ("orders", "order"),
        };
        let quotes = found(&self.quotes, "externalQuoteNumber", &json!(number));
        let marks = [format!("{word} {number}"), format!("sales_order {number}")];
        let opportunities = self.opportunities.iter();
        let opportunities =
            opportunities.filter(|row| marks.iter().any(|mark| marker(row) == mark));
        let opportunities: Vec<Value> = opportunities.cloned().collect();
        let title = format!("{word} {number}");
        let Some(is_current) = self.counter.exported.get(&id).copied() else {
            if !quotes.is_empty() || !opportunities.is_empty() {
                self.finds(
                    "wrong",
                    format!("{title}: in Autotask, and nobody exported it"),
                );
            }
            return;
        };
        for (what, count) in [
            ("opportunities", opportunities.len()),
            ("quotes", quotes.len()),
        ] {
            if count > 1 {
                self.finds("duplicated", format!("{title}: {count} {what} in Autotask"));
            }
        }
        let (Some(quote), Some(opportunity)) = (quotes.first(), opportunities.first()) else {
            let reason = self.reason(flow, &number);
            let words = format!(
                "{title}: {} opportunities, {} quotes in Autotask; stands aside as {reason:?}",
                opportunities.len(),
                quotes.len()
            );
            return self.finds("lost", words);
        };
        if quote["opportunityID"] != opportunity["id"] {
            let words = format!(
                "{title}: its quote is of opportunity {}, its opportunity is {}",
                quote["opportunityID"], opportunity["id"]
            );
            self.finds("wrong", words);
        }
        let shown = &document["customFields"]["Autotask Opportunity ID"];
        if document["exported"] != json!(true) || *shown != json!(opportunity["id"].to_string()) {
            let words = format!(
                "{title}: is opportunity {}, and the document shows {shown}, exported {}, {}",
                opportunity["id"], document["exported"], document["exportMessage"]
            );
            self.finds("lost", words);
        }
        if is_current {
            let here = quantities(document["lines"].as_array(), "quantity");
            let there = found(&self.items, "quoteID", &quote["id"]);
            let there = quantities(Some(&there), "quantity");
            if here != there {
                let words = format!("{title}: {here:?} at the counter, {there:?} in Autotask");
                self.finds("wrong", words);
            }
        }
    }
}

/// How often each quantity stands there.
fn quantities(lines: Option<&Vec<Value>>, field: &str) -> BTreeMap<Decimal, u64> {
    let mut counts = BTreeMap::new();
    for line in lines.into_iter().flatten() {
        let value = &line[field];
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let quantity = text.parse::<Decimal>().unwrap_or_default().normalize();
        *counts.entry(quantity).or_default() += 1;
    }
    counts
}

fn found(rows: &[Value], field: &str, value: &Value) -> Vec<Value> {
    let found = rows.iter().filter(|row| row[field] == *value);
    found.cloned().collect()
}

fn text(row: &Value, field: &str) -> String {
    row[field].as_str().unwrap_or_default().to_owned()
}
