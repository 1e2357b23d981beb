//! The entities, as the reference has their objects.

mod contract;
mod document;
mod list;
mod party;

pub use contract::{CONTRACT, CONTRACT_LINE};
pub use document::{CONTRACT_INVOICE, ORDER_TRANSACTION};
pub use list::{ENTITY, ITEM, PAYMENT_TERM, USER};
pub use party::{CONTACT, CUSTOMER};

use crate::table::Table;
use liaison_sdk::prelude::*;

/// Every entity.
pub const TABLES: [&Table; 10] = [
    &CUSTOMER,
    &CONTACT,
    &ITEM,
    &CONTRACT,
    &CONTRACT_LINE,
    &CONTRACT_INVOICE,
    &ORDER_TRANSACTION,
    &PAYMENT_TERM,
    &ENTITY,
    &USER,
];

/// The entity of this name.
pub fn named(entity: &str) -> Result<&'static Table, Fault> {
    let found = TABLES.into_iter().find(|table| table.entity == entity);
    found.ok_or_else(|| fault::no_such_entity(entity))
}
