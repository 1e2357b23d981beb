//! Quotes and sales orders with their lines.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::kept::{amount, moment, shared};
use crate::simulator::NowMs;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DocumentType {
    #[default]
    Quote,
    SalesOrder,
}

impl DocumentType {
    /// In a reply, without a space.
    pub fn shown(self) -> &'static str {
        match self {
            Self::Quote => "Quote",
            Self::SalesOrder => "SalesOrder",
        }
    }

    pub fn statuses(self) -> &'static [&'static str] {
        match self {
            Self::Quote => &["Open", "Lost", "Expired", "Hold"],
            Self::SalesOrder => &[
                "Submitted",
                "Open",
                "BackOrder",
                "Partial Ship",
                "Shipped",
                "Delivered",
            ],
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Document {
    pub document_id: u64,
    pub document_number: String,
    pub document_type: DocumentType,
    pub revision_number: u64,
    pub status: String,
    pub stage: String,
    pub probability: u8,
    pub deleted: bool,
    pub description: String,
    pub events: Vec<Event>,
    pub customer_id: u64,
    pub contact_id: Option<u64>,
    /// People by their e-mail.
    pub sales_person: String,
    pub account_manager: String,
    pub purchase_order: String,
    pub notes: Vec<Note>,
    #[serde(with = "amount")]
    pub shipping_handling: Decimal,
    #[serde(with = "amount")]
    pub misc_amount: Decimal,
    /// Empty where nobody selected any.
    pub payment_terms: String,
    pub shipping_method: Option<Shipping>,
    pub custom_fields: BTreeMap<String, String>,
    /// The server's own mark, and what was said with it.
    pub exported: bool,
    pub export_message: String,
    /// Ticked by a user.
    pub checked: bool,
    pub last_line_id: u64,
    pub lines: Vec<Line>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Event {
    /// `created`, `ordered` or `modified`.
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(with = "moment")]
    pub when: NowMs,
    /// An e-mail.
    pub user: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Note {
    /// `Internal`, `External` or `Shipping`.
    #[serde(rename = "type")]
    pub kind: String,
    pub text: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Shipping {
    pub carrier: String,
    pub service: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Line {
    /// Never given twice on one document.
    pub line_item_id: u64,
    #[serde(with = "amount")]
    pub quantity: Decimal,
    #[serde(with = "amount")]
    pub cancelled: Decimal,
    #[serde(with = "amount")]
    pub cost: Decimal,
    #[serde(with = "amount")]
    pub price: Decimal,
    pub status: String,
    pub note: String,
    pub cost_center: String,
    pub external_id: String,
    pub custom_fields: BTreeMap<String, String>,
    pub shipping: Option<Box<Shipping>>,
    pub serial_numbers: Vec<String>,
    #[serde(with = "shared")]
    pub product: Arc<Product>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Product {
    /// `Hardware`, `Software`, `Service`, `Service Bundle`, `Labor` …
    pub product_type: String,
    pub part_number: String,
    pub manufacturer: String,
    pub manufacturer_id: String,
    pub description_line1: String,
    pub description_line2: String,
    pub category: String,
    pub sub_category: String,
    pub upc: String,
    pub taxable: bool,
    pub dropship: bool,
    #[serde(with = "amount")]
    pub cost: Decimal,
    #[serde(with = "amount")]
    pub price: Decimal,
    #[serde(with = "amount")]
    pub weight: Decimal,
    pub supplier: Option<Supplier>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Supplier {
    pub name: String,
    pub account_number: String,
    pub sku: String,
    pub inventory: u64,
    #[serde(with = "amount")]
    pub msrp: Decimal,
}

impl Default for Product {
    fn default() -> Self {
        Self {
            product_type: "Hardware".to_owned(),
            part_number: String::new(),
            manufacturer: String::new(),
            manufacturer_id: String::new(),
            description_line1: String::new(),
            description_line2: String::new(),
            category: String::new(),
            sub_category: String::new(),
            upc: String::new(),
            taxable: true,
            dropship: false,
            cost: Decimal::ZERO,
            price: Decimal::ZERO,
            weight: Decimal::ZERO,
            supplier: None,
        }
    }
}

/// The amounts at the foot of a document.
pub struct Totals {
    pub cost: Decimal,
    pub sub_total: Decimal,
    pub tax: Decimal,
    pub total: Decimal,
}

impl Document {
    pub fn event(&mut self, kind: &str, user: &str, now: NowMs) {
        self.events.push(Event {
            kind: kind.to_owned(),
            when: super::time::whole_seconds(now),
            user: user.to_owned(),
        });
    }

    /// What a person's save does: another revision, and it says who and when.
    pub fn revise(&mut self, user: &str, now: NowMs) {
        self.revision_number += 1;
        self.event("modified", user, now);
    }

    /// Puts a line at the end under an id that no line had.
    pub fn add_line(&mut self, mut line: Line) -> u64 {
        self.last_line_id += 1;
        line.line_item_id = self.last_line_id;
        self.lines.push(line);
        self.last_line_id
    }

    /// The same under the id that it has, if it has one.
    pub fn put_line(&mut self, line: Line) {
        if line.line_item_id == 0 {
            self.add_line(line);
        } else {
            self.last_line_id = self.last_line_id.max(line.line_item_id);
            self.lines.push(line);
        }
    }

    pub fn line_mut(&mut self, id: u64) -> Result<&mut Line, String> {
        let mut lines = self.lines.iter_mut();
        let found = lines.find(|line| line.line_item_id == id);
        found.ok_or_else(|| format!("no line {id}"))
    }

    /// What is cancelled counts no more.
    pub fn totals(&self, tax_rate: Decimal) -> Totals {
        let (mut cost, mut sub_total, mut taxable) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
        for line in &self.lines {
            let quantity = line.quantity - line.cancelled;
            let price = quantity * line.price;
            cost += quantity * line.cost;
            sub_total += price;
            if line.product.taxable {
                taxable += price;
            }
        }
        let (cost, sub_total) = (cost.round_dp(2), sub_total.round_dp(2));
        let tax = (taxable * tax_rate / Decimal::ONE_HUNDRED).round_dp(2);
        Totals {
            cost,
            sub_total,
            tax,
            total: sub_total + tax + self.shipping_handling + self.misc_amount,
        }
    }
}
