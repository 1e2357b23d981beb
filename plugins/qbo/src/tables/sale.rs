//! Invoices, sales receipts and estimates.

use super::address;
use crate::assumed::ESTIMATE_STATES;
use crate::field::*;
use crate::table::{Kind, Table};

pub(super) const DATE: Field = day("date", "Date", "TxnDate");
pub(super) const DUE_DATE: Field = day("due_date", "Due date", "DueDate");
pub(super) const NUMBER: Field = text("number", "Number", "DocNumber", 21);
pub(super) const TERMS: Field = reference("terms", "Terms", "SalesTermRef", "terms");
pub(super) const SHIP_METHOD: Field = named("ship_method", "Ship method", "ShipMethodRef");
pub(super) const TOTAL: Field = number("total", "Total", "TotalAmt").read_only();
pub(super) const TAX_TOTAL: Field = number("tax_total", "Tax", "TxnTaxDetail.TotalTax").read_only();
pub(super) const BALANCE: Field = number("balance", "Balance", "Balance").read_only();
pub(super) const CURRENCY: Field = named("currency", "Currency", "CurrencyRef").add_only();
pub(super) const EXCHANGE_RATE: Field = number("exchange_rate", "Exchange rate", "ExchangeRate");
pub(super) const LOCATION: Field = reference("location", "Location", "DepartmentRef", "location");
pub(super) const NOTE: Field = note(4000);
pub(super) const MARK: Field = mark();
pub(super) const LINKED: Field = linked();
pub(super) const CUSTOM: Field = custom();

pub(super) const ITEM: Field = reference("item", "Item", "*.ItemRef", "item");
pub(super) const DESCRIPTION: Field = prose("description", "Description", "Description", 4000);
pub(super) const QUANTITY: Field = number("quantity", "Quantity", "*.Qty");
pub(super) const RATE: Field = number("rate", "Rate", "*.UnitPrice");
pub(super) const AMOUNT: Field = number("amount", "Amount", "Amount");
pub(super) const TAX_CODE: Field = reference(
    "sales_tax_code",
    "Sales tax code",
    "*.TaxCodeRef",
    "sales_tax_code",
);
pub(super) const CLASS: Field = reference("class", "Class", "*.ClassRef", "class");

const CUSTOMER: Field =
    reference("customer", "Customer or project", "CustomerRef", "customer").required();
const SHIP_DATE: Field = day("ship_date", "Ship date", "ShipDate");
const TRACKING: Field = text("tracking_number", "Tracking number", "TrackingNum", 0);
const MESSAGE: Field = prose(
    "customer_message",
    "Message to the customer",
    "CustomerMemo.value",
    1000,
);
const EMAIL: Field = text("email", "E-mail", "BillEmail.Address", 100);
const BILL: [Field; 9] = address!("bill_", "BillAddr");
const SHIP: [Field; 9] = address!("ship_", "ShipAddr");

const LINES: Field = lines(
    "lines",
    "Lines",
    &Lines {
        fields: &[
            ITEM,
            DESCRIPTION,
            QUANTITY,
            RATE,
            AMOUNT,
            day("service_date", "Date of service", "*.ServiceDate"),
            TAX_CODE,
            CLASS,
        ],
        details: &[
            ("SalesItemLineDetail", "item"),
            ("GroupLineDetail", "group"),
            ("DescriptionOnly", "text"),
            ("DiscountLineDetail", "discount"),
        ],
    },
);

pub const INVOICE: Table = Table {
    keys: &["number", "customer_id"],
    parts: &[&BILL, &SHIP],
    ..Table::of(
        "invoice",
        Kind::Transaction,
        "Invoice",
        &[
            CUSTOMER,
            DATE,
            NUMBER,
            TERMS,
            DUE_DATE,
            SHIP_DATE,
            SHIP_METHOD,
            TRACKING,
            LOCATION,
            EMAIL,
            MESSAGE,
            NOTE,
            MARK,
            TAX_TOTAL,
            TOTAL,
            BALANCE,
            CURRENCY,
            EXCHANGE_RATE,
            CUSTOM,
            LINKED,
            links(
                "estimate_ids",
                "Estimates that it invoices",
                "Estimate",
                "estimate",
            ),
            LINES,
        ],
    )
};

pub const SALES_RECEIPT: Table = Table {
    keys: &["number", "customer_id"],
    parts: &[&BILL, &SHIP],
    ..Table::of(
        "sales_receipt",
        Kind::Transaction,
        "SalesReceipt",
        &[
            CUSTOMER,
            DATE,
            NUMBER,
            SHIP_DATE,
            SHIP_METHOD,
            TRACKING,
            LOCATION,
            EMAIL,
            reference(
                "payment_method",
                "Payment method",
                "PaymentMethodRef",
                "payment_method",
            ),
            reference(
                "deposit_account",
                "Account of the deposit",
                "DepositToAccountRef",
                "account",
            ),
            MESSAGE,
            NOTE,
            MARK,
            TAX_TOTAL,
            TOTAL,
            BALANCE,
            CURRENCY,
            EXCHANGE_RATE,
            CUSTOM,
            LINKED,
            LINES,
        ],
    )
};

pub const ESTIMATE: Table = Table {
    keys: &["number", "customer_id"],
    parts: &[&BILL, &SHIP],
    ..Table::of(
        "estimate",
        Kind::Transaction,
        "Estimate",
        &[
            CUSTOMER,
            DATE,
            NUMBER,
            TERMS,
            DUE_DATE,
            SHIP_DATE,
            SHIP_METHOD,
            TRACKING,
            day("expiration_date", "Good until", "ExpirationDate"),
            word("status", "State", "TxnStatus", &ESTIMATE_STATES),
            LOCATION,
            EMAIL,
            MESSAGE,
            NOTE,
            MARK,
            TAX_TOTAL,
            TOTAL,
            CURRENCY,
            EXCHANGE_RATE,
            CUSTOM,
            LINKED,
            LINES,
        ],
    )
};
