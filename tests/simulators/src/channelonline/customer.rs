//! Customers (accounts) and their contacts.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::kept::{amount, moment};
use crate::simulator::NowMs;

/// What an account may be.
pub const TYPES: [&str; 6] = [
    "lead", "prospect", "customer", "vendor", "partner", "generic",
];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Customer {
    pub customer_id: u64,
    pub customer_number: String,
    pub company_name: String,
    pub active: bool,
    #[serde(rename = "type")]
    pub kind: String,
    /// The last change of the customer itself; contacts have their own.
    #[serde(with = "moment")]
    pub modified: NowMs,
    pub phone: String,
    pub fax: String,
    pub web: String,
    pub addresses: Vec<Address>,
    pub terms: String,
    pub price_profile: String,
    #[serde(with = "amount")]
    pub tax_rate: Decimal,
    /// By system.
    pub external_ids: BTreeMap<String, String>,
    pub contacts: Vec<Contact>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Address {
    /// `billing` or `shipping`.
    #[serde(rename = "type")]
    pub kind: String,
    pub line1: String,
    pub line2: String,
    pub city: String,
    pub state: String,
    pub postal_code: String,
    pub country: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Contact {
    pub contact_id: u64,
    pub active: bool,
    pub primary: bool,
    #[serde(with = "moment")]
    pub modified: NowMs,
    pub first_name: String,
    pub last_name: String,
    pub title: String,
    pub email: String,
    pub work_phone: String,
    pub mobile_phone: String,
    /// By system.
    pub external_ids: BTreeMap<String, String>,
}

impl Default for Customer {
    fn default() -> Self {
        Self {
            customer_id: 0,
            customer_number: String::new(),
            company_name: String::new(),
            active: true,
            kind: "customer".to_owned(),
            modified: 0,
            phone: String::new(),
            fax: String::new(),
            web: String::new(),
            addresses: Vec::new(),
            terms: String::new(),
            price_profile: String::new(),
            tax_rate: Decimal::ZERO,
            external_ids: BTreeMap::new(),
            contacts: Vec::new(),
        }
    }
}

impl Default for Contact {
    fn default() -> Self {
        Self {
            contact_id: 0,
            active: true,
            primary: false,
            modified: 0,
            first_name: String::new(),
            last_name: String::new(),
            title: String::new(),
            email: String::new(),
            work_phone: String::new(),
            mobile_phone: String::new(),
            external_ids: BTreeMap::new(),
        }
    }
}

impl Customer {
    pub fn contact(&self, id: u64) -> Option<&Contact> {
        let mut contacts = self.contacts.iter();
        contacts.find(|contact| contact.contact_id == id)
    }

    pub fn contact_mut(&mut self, id: u64) -> Result<&mut Contact, String> {
        let mut contacts = self.contacts.iter_mut();
        let found = contacts.find(|contact| contact.contact_id == id);
        found.ok_or_else(|| format!("no contact {id}"))
    }

    /// The address of a kind, or the billing one.
    pub fn address(&self, kind: &str) -> Option<&Address> {
        let find = |kind: &str| self.addresses.iter().find(|address| address.kind == kind);
        find(kind).or_else(|| find("billing"))
    }
}
