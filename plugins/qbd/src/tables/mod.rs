//! The entities, every list of fields in the order of the schema of qbXML 13.0.
//!
//! The order was read from the reference and is checked against the public schema by the tests: a field in the
//! wrong place fails a whole message set without a word about where.

mod item;
mod list;
mod order;
mod party;
mod purchase;
mod time;

pub use time::INVENTORY_ADJUSTMENT;

use crate::table::Table;

/// All entities.
pub const TABLES: [&Table; 23] = [
    &party::CUSTOMER,
    &party::VENDOR,
    &party::EMPLOYEE,
    &item::ITEM,
    &item::STOCK,
    &list::ACCOUNT,
    &list::TERMS,
    &list::CLASS,
    &list::PAYROLL_ITEM,
    &list::SALES_TAX_CODE,
    &list::SHIP_METHOD,
    &list::SALES_REP,
    &list::PRICE_LEVEL,
    &list::SITE,
    &order::SALES_ORDER,
    &order::INVOICE,
    &order::ESTIMATE,
    &purchase::PURCHASE_ORDER,
    &purchase::BILL,
    &time::TIME_ENTRY,
    &time::INVENTORY_ADJUSTMENT,
    &list::COMPANY,
    &list::CUSTOM_FIELD,
];

/// The fields of an address, their names beginning alike.
macro_rules! address {
    ($prefix:literal) => {
        &[
            prose(concat!($prefix, "line1"), "Address, line 1", "Addr1", 41),
            prose(concat!($prefix, "line2"), "Address, line 2", "Addr2", 41),
            prose(concat!($prefix, "line3"), "Address, line 3", "Addr3", 41),
            prose(concat!($prefix, "line4"), "Address, line 4", "Addr4", 41),
            prose(concat!($prefix, "line5"), "Address, line 5", "Addr5", 41),
            prose(concat!($prefix, "city"), "City", "City", 31),
            prose(concat!($prefix, "state"), "State or province", "State", 21),
            text(
                concat!($prefix, "postal_code"),
                "Postal code",
                "PostalCode",
                13,
            ),
            prose(concat!($prefix, "country"), "Country", "Country", 31),
            prose(concat!($prefix, "note"), "Note of the address", "Note", 41),
        ]
    };
}
use address;
