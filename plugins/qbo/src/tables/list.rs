//! The small lists and the company.

use crate::field::*;
use crate::table::{Kind, Table};

const NAME: Field = text("name", "Name", "Name", 0);
const FULL_NAME: Field = text("full_name", "Full name", "FullyQualifiedName", 0);
const ACTIVE: Field = flag("active", "Active", "Active");

pub const ACCOUNT: Table = Table {
    keys: &["full_name", "name", "account_number"],
    ..Table::of(
        "account",
        Kind::ReadOnly,
        "Account",
        &[
            NAME,
            FULL_NAME,
            ACTIVE,
            reference("parent", "Account above it", "ParentRef", "account"),
            text(
                "account_type",
                "Type of account, in QuickBooks' words",
                "AccountType",
                0,
            ),
            text(
                "account_subtype",
                "Subtype, in QuickBooks' words",
                "AccountSubType",
                0,
            ),
            text("account_number", "Account number", "AcctNum", 0),
            prose("description", "Description", "Description", 0),
            number("balance", "Balance", "CurrentBalance"),
            named("currency", "Currency", "CurrencyRef"),
        ],
    )
};

pub const TERMS: Table = Table {
    keys: &["name"],
    ..Table::of(
        "terms",
        Kind::ReadOnly,
        "Term",
        &[
            NAME,
            ACTIVE,
            whole("due_days", "Days until due", "DueDays"),
            whole("discount_days", "Days with discount", "DiscountDays"),
            whole(
                "due_day_of_month",
                "Due on this day of the month",
                "DayOfMonthDue",
            ),
            number("discount_percent", "Discount in percent", "DiscountPercent"),
        ],
    )
};

pub const CLASS: Table = Table {
    keys: &["full_name", "name"],
    ..Table::of(
        "class",
        Kind::ReadOnly,
        "Class",
        &[
            NAME,
            FULL_NAME,
            ACTIVE,
            reference("parent", "Class above it", "ParentRef", "class"),
        ],
    )
};

/// A location, which the API calls a department.
pub const LOCATION: Table = Table {
    keys: &["full_name", "name"],
    ..Table::of(
        "location",
        Kind::ReadOnly,
        "Department",
        &[
            NAME,
            FULL_NAME,
            ACTIVE,
            reference("parent", "Location above it", "ParentRef", "location"),
        ],
    )
};

pub const PAYMENT_METHOD: Table = Table {
    keys: &["name"],
    ..Table::of(
        "payment_method",
        Kind::ReadOnly,
        "PaymentMethod",
        &[NAME, ACTIVE],
    )
};

pub const TAX_CODE: Table = Table {
    keys: &["name"],
    ..Table::of(
        "sales_tax_code",
        Kind::ReadOnly,
        "TaxCode",
        &[
            NAME,
            ACTIVE,
            flag("taxable", "Taxable", "Taxable"),
            prose("description", "Description", "Description", 0),
        ],
    )
};

/// A custom field of sales forms or of purchase orders, as the preferences name it.
pub const CUSTOM_FIELD: Table = Table {
    keys: &["name", "sales_name", "purchase_name"],
    ..Table::of(
        "custom_field",
        Kind::ReadOnly,
        crate::custom::DEFINITIONS,
        &[
            NAME,
            text(
                "sales_name",
                "Name, where sales forms have it",
                "SalesName",
                0,
            ),
            text(
                "purchase_name",
                "Name, where purchase orders have it",
                "PurchaseName",
                0,
            ),
        ],
    )
};

pub const COMPANY: Table = Table {
    keys: &["name"],
    ..Table::of(
        "company",
        Kind::ReadOnly,
        "CompanyInfo",
        &[
            text("name", "Name", "CompanyName", 0),
            text("legal_name", "Legal name", "LegalName", 0),
            text("country", "Country", "Country", 0),
            text("email", "E-mail", "Email.Address", 0),
        ],
    )
};
