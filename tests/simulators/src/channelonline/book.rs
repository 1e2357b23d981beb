//! What a company keeps in ChannelOnline. The JSON of seeds and control actions has these names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::customer::Customer;
use super::document::{Document, Product};
use crate::simulator::NowMs;

pub use super::assumed::UserAction;

/// A row of a reference list. `email` is of personnel, `parent_id` of sub-categories.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Reference {
    pub id: u64,
    pub name: String,
    pub active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<u64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
}

impl Default for Reference {
    fn default() -> Self {
        Self {
            id: 0,
            name: String::new(),
            active: true,
            parent_id: None,
            email: String::new(),
        }
    }
}

/// The lists there are.
pub const KINDS: [&str; 6] = [
    "categories",
    "manufacturers",
    "personnel",
    "paymentTerms",
    "shippingMethods",
    "documentCustomFields",
];

pub struct Books {
    pub zone: TimeZone,
    pub customers: BTreeMap<u64, Customer>,
    pub documents: BTreeMap<u64, Document>,
    /// The catalogue, by part number; documents keep what a product was when it was put on them.
    pub products: BTreeMap<String, Arc<Product>>,
    pub reference: BTreeMap<&'static str, Vec<Reference>>,
    pub actions: BTreeMap<u64, UserAction>,
    pub numbers: Numbers,
}

/// The next number of each kind.
pub struct Numbers {
    pub customer: u64,
    pub contact: u64,
    pub document: u64,
    pub action: u64,
    /// Of customer numbers and of document numbers, without their letters.
    pub customer_number: u64,
    pub document_number: u64,
}

impl Books {
    pub fn new() -> Self {
        Self {
            zone: TimeZone::UTC,
            customers: BTreeMap::new(),
            documents: BTreeMap::new(),
            products: BTreeMap::new(),
            reference: KINDS.iter().map(|kind| (*kind, Vec::new())).collect(),
            actions: BTreeMap::new(),
            numbers: Numbers {
                customer: 5001,
                contact: 7001,
                document: 900_001,
                action: 1,
                customer_number: 1,
                document_number: 10_001,
            },
        }
    }

    pub fn rows(&self, kind: &str) -> &[Reference] {
        self.reference.get(kind).map_or(&[], Vec::as_slice)
    }

    /// Whether an active row of a list has this name.
    pub fn lists(&self, kind: &str, name: &str) -> bool {
        let mut rows = self.rows(kind).iter();
        rows.any(|row| row.active && row.name == name)
    }

    /// First and last name of the person with this e-mail, as far as the lists know.
    pub fn person(&self, email: &str) -> (String, String) {
        let mut rows = self.rows("personnel").iter();
        let row = rows.find(|row| row.email.eq_ignore_ascii_case(email));
        let name = row.map_or("", |row| row.name.as_str());
        let (first, last) = name.split_once(' ').unwrap_or(("", name));
        (first.to_owned(), last.to_owned())
    }

    pub fn customer(&self, id: u64) -> Result<&Customer, String> {
        let found = self.customers.get(&id);
        found.ok_or_else(|| format!("no customer {id}"))
    }

    pub fn customer_mut(&mut self, id: u64) -> Result<&mut Customer, String> {
        let found = self.customers.get_mut(&id);
        found.ok_or_else(|| format!("no customer {id}"))
    }

    pub fn document_mut(&mut self, id: u64) -> Result<&mut Document, String> {
        let found = self.documents.get_mut(&id);
        found.ok_or_else(|| format!("no document {id}"))
    }

    /// The customer that a contact belongs to.
    pub fn customer_of(&self, contact: u64) -> Result<u64, String> {
        let mut customers = self.customers.values();
        let found = customers.find(|customer| customer.contact(contact).is_some());
        found
            .map(|customer| customer.customer_id)
            .ok_or_else(|| format!("no contact {contact}"))
    }

    /// First letters of the first and last word of the name, and four digits: the wizard's rule.
    pub fn new_customer_number(&mut self, company_name: &str) -> String {
        let words = company_name.split_whitespace();
        let letters: Vec<char> = words
            .filter_map(|word| word.chars().next().filter(|c| c.is_alphanumeric()))
            .flat_map(char::to_uppercase)
            .collect();
        let first = letters.first().copied().unwrap_or('X');
        let last = letters.last().copied().unwrap_or('X');
        let taken: BTreeSet<&str> = self
            .customers
            .values()
            .map(|customer| customer.customer_number.as_str())
            .collect();
        loop {
            let number = format!("{first}{last}{:04}", self.numbers.customer_number);
            self.numbers.customer_number += 1;
            if !taken.contains(number.as_str()) {
                return number;
            }
        }
    }

    pub fn new_document_number(&mut self, letters: &str) -> String {
        loop {
            let number = format!("{letters}-{}", self.numbers.document_number);
            self.numbers.document_number += 1;
            let mut documents = self.documents.values();
            if !documents.any(|document| document.document_number == number) {
                return number;
            }
        }
    }

    /// Takes a customer in whole: ids and a number where it has none, itself and its contacts stamped
    /// where they are not.
    pub fn add_customer(&mut self, mut customer: Customer, now: NowMs) -> Result<u64, String> {
        if customer.company_name.is_empty() {
            return Err("a customer needs a company name".to_owned());
        }
        if customer.customer_id == 0 {
            customer.customer_id = self.numbers.customer;
        }
        let id = customer.customer_id;
        if self.customers.contains_key(&id) {
            return Err(format!("there is a customer {id} already"));
        }
        let mut others = self.customers.values();
        let number = &customer.customer_number;
        if !number.is_empty() && others.any(|other| other.customer_number == *number) {
            return Err(format!("there is a customer {number} already"));
        }
        if number.is_empty() {
            customer.customer_number = self.new_customer_number(&customer.company_name);
        }
        if customer.modified == 0 {
            customer.modified = now;
        }
        for contact in &mut customer.contacts {
            if contact.contact_id == 0 {
                contact.contact_id = self.numbers.contact;
            }
            if contact.modified == 0 {
                contact.modified = now;
            }
            self.numbers.contact = self.numbers.contact.max(contact.contact_id + 1);
        }
        self.numbers.customer = self.numbers.customer.max(id + 1);
        self.customers.insert(id, customer);
        Ok(id)
    }
}
