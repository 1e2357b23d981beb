//! Which of Autotask's columns is which field of our entities. Only data.

mod billing;
mod goods;
mod party;
mod sales;

pub use billing::{BILLING_CODE, INVOICE, TICKET, TICKET_CATEGORY};
pub use goods::{
    LABOR, PAYMENT_TERM, PRODUCT, SERVICE, SERVICE_BUNDLE, SHIPPING_TYPE, TAX_CATEGORY, TAX_REGION,
};
pub use party::{COMPANY, CONTACT, COUNTRY, RESOURCE};
pub use sales::{OPPORTUNITY, QUOTE, QUOTE_ITEM};

use crate::table::{Kind, Table};
use liaison_sdk::prelude::*;
use Comparison::{Eq, Ge, Gt, IsIn, Le, Lt};

const RANGE: &[Comparison] = &[Ge, Gt, Le, Lt];
const ONE_OR_MANY: &[Comparison] = &[Eq, IsIn];
const IDS: &[Comparison] = &[IsIn, Gt, Ge];
const MADE_AND_CHANGED: &[Action] = &[Action::Create, Action::Update];

/// The table of every entity that has one.
pub static ALL: [&Table; 18] = [
    &INVOICE,
    &BILLING_CODE,
    &COMPANY,
    &CONTACT,
    &RESOURCE,
    &COUNTRY,
    &PRODUCT,
    &SERVICE,
    &SERVICE_BUNDLE,
    &LABOR,
    &OPPORTUNITY,
    &QUOTE,
    &TICKET,
    &TICKET_CATEGORY,
    &PAYMENT_TERM,
    &SHIPPING_TYPE,
    &TAX_REGION,
    &TAX_CATEGORY,
];

/// Picklists that are needed beside those of the columns.
const OTHER_PICKLISTS: &[(&str, &str)] = &[
    ("BillingItems", "billingItemType"),
    ("QuoteItems", "quoteItemType"),
    ("Tickets", "priority"),
];

/// The picklists of a table worth remembering.
pub fn picklists(path: &str) -> Vec<&'static str> {
    let columns = ALL
        .iter()
        .copied()
        .chain([&QUOTE_ITEM])
        .filter(|table| table.path == path)
        .flat_map(|table| table.columns);
    let own = columns
        .filter(|c| matches!(c.kind, Kind::Label | Kind::CompanyType))
        .map(|c| c.vendor);
    own.chain(
        OTHER_PICKLISTS
            .iter()
            .filter(|(table, _)| *table == path)
            .map(|(_, field)| *field),
    )
    .collect()
}

/// The table of an entity.
///
/// # Errors
/// `internal` when there is none of this name.
pub fn table(entity: &str) -> Result<&'static Table, Fault> {
    ALL.iter()
        .find(|table| table.entity == entity)
        .copied()
        .ok_or_else(|| fault::no_such_entity(entity))
}
