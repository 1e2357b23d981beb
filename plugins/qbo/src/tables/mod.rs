//! The entities.

mod item;
mod list;
mod party;
mod purchase;
mod sale;

use crate::table::Table;

pub use item::{INVENTORY_ADJUSTMENT, STOCK};

/// All entities.
pub const TABLES: [&Table; 19] = [
    &party::CUSTOMER,
    &party::VENDOR,
    &party::EMPLOYEE,
    &item::ITEM,
    &item::STOCK,
    &list::ACCOUNT,
    &list::TERMS,
    &list::CLASS,
    &list::LOCATION,
    &list::PAYMENT_METHOD,
    &list::TAX_CODE,
    &sale::INVOICE,
    &sale::SALES_RECEIPT,
    &sale::ESTIMATE,
    &purchase::PURCHASE_ORDER,
    &purchase::BILL,
    &item::INVENTORY_ADJUSTMENT,
    &list::CUSTOM_FIELD,
    &list::COMPANY,
];

/// The fields of an address, their names beginning alike.
macro_rules! address {
    ($prefix:literal, $wire:literal) => {
        [
            prose(
                concat!($prefix, "line1"),
                "Address, line 1",
                concat!($wire, ".Line1"),
                500,
            ),
            prose(
                concat!($prefix, "line2"),
                "Address, line 2",
                concat!($wire, ".Line2"),
                500,
            ),
            prose(
                concat!($prefix, "line3"),
                "Address, line 3",
                concat!($wire, ".Line3"),
                500,
            ),
            prose(
                concat!($prefix, "line4"),
                "Address, line 4",
                concat!($wire, ".Line4"),
                500,
            ),
            prose(
                concat!($prefix, "line5"),
                "Address, line 5",
                concat!($wire, ".Line5"),
                500,
            ),
            prose(
                concat!($prefix, "city"),
                "City",
                concat!($wire, ".City"),
                255,
            ),
            prose(
                concat!($prefix, "state"),
                "State or province",
                concat!($wire, ".CountrySubDivisionCode"),
                255,
            ),
            text(
                concat!($prefix, "postal_code"),
                "Postal code",
                concat!($wire, ".PostalCode"),
                31,
            ),
            prose(
                concat!($prefix, "country"),
                "Country",
                concat!($wire, ".Country"),
                255,
            ),
        ]
    };
}
use address;
