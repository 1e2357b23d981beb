//! Customers and projects, vendors, employees. They share one name space: no two of them have one name.

use super::address;
use crate::assumed::NAME_MAX;
use crate::field::*;
use crate::table::{Kind, Table};

const NAME: Field = text("name", "Name", "DisplayName", NAME_MAX);
const ACTIVE: Field = flag("active", "Active", "Active");
const COMPANY_NAME: Field = text("company_name", "Company", "CompanyName", 100);
const FIRST_NAME: Field = text("first_name", "First name", "GivenName", 25);
const MIDDLE_NAME: Field = text("middle_name", "Middle name", "MiddleName", 15);
const LAST_NAME: Field = text("last_name", "Last name", "FamilyName", 25);
const PHONE: Field = text("phone", "Telephone", "PrimaryPhone.FreeFormNumber", 30);
const EMAIL: Field = text("email", "E-mail", "PrimaryEmailAddr.Address", 100);
const BALANCE: Field = number("balance", "Balance", "Balance").read_only();
const CURRENCY: Field = named("currency", "Currency", "CurrencyRef").add_only();
const BILL: [Field; 9] = address!("bill_", "BillAddr");
const SHIP: [Field; 9] = address!("ship_", "ShipAddr");
/// Vendors have one address, which has no word before it.
const OWN: [Field; 9] = address!("", "BillAddr");

pub const CUSTOMER: Table = Table {
    keys: &["name", "full_name", "company_name"],
    parts: &[&BILL, &SHIP],
    marker: Some("name"),
    ..Table::of(
        "customer",
        Kind::List,
        "Customer",
        &[
            NAME.required(),
            text(
                "full_name",
                "Full name, Customer:Project",
                "FullyQualifiedName",
                0,
            )
            .read_only(),
            ACTIVE,
            reference(
                "parent",
                "Customer of which this is a part",
                "ParentRef",
                "customer",
            ),
            flag("job", "A sub-customer or project", "Job"),
            whole("level", "Level; 0 for a customer", "Level").read_only(),
            COMPANY_NAME,
            FIRST_NAME,
            MIDDLE_NAME,
            LAST_NAME,
            PHONE,
            EMAIL,
            reference("terms", "Terms", "SalesTermRef", "terms"),
            text("account_number", "Account number", "AcctNum", 99),
            flag("taxable", "Taxable", "Taxable"),
            prose("notes", "Notes", "Notes", 2000),
            BALANCE,
            number("total_balance", "Balance with parts", "BalanceWithJobs").read_only(),
            CURRENCY,
        ],
    )
};

pub const VENDOR: Table = Table {
    keys: &["name", "company_name"],
    parts: &[&OWN],
    marker: Some("name"),
    ..Table::of(
        "vendor",
        Kind::List,
        "Vendor",
        &[
            NAME.required(),
            ACTIVE,
            COMPANY_NAME,
            FIRST_NAME,
            MIDDLE_NAME,
            LAST_NAME,
            PHONE,
            EMAIL,
            reference("terms", "Terms", "TermRef", "terms"),
            text(
                "account_number",
                "Our account with the vendor",
                "AcctNum",
                99,
            ),
            flag("eligible_for_1099", "Eligible for 1099", "Vendor1099"),
            BALANCE,
            CURRENCY,
        ],
    )
};

pub const EMPLOYEE: Table = Table {
    keys: &["name"],
    ..Table::of(
        "employee",
        Kind::ReadOnly,
        "Employee",
        &[NAME, ACTIVE, FIRST_NAME, LAST_NAME],
    )
};
