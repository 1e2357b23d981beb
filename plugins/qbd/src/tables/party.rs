//! Customers and their jobs, vendors, employees. They share one name space: no two parties have one name.

use super::address;
use crate::field::*;
use crate::table::{Shape, Table, Variant};

const JOB_STATES: &[&str] = &[
    "Awarded",
    "Closed",
    "InProgress",
    "None",
    "NotAwarded",
    "Pending",
];

pub const CUSTOMER: Table = Table {
    custom: "Customer",
    deleted: &["Customer"],
    iterates: true,
    keys: &["full_name", "name", "company_name", "account_number"],
    ..Table::of(
        "customer",
        Shape::Tree,
        "Customer",
        &[Variant::of("Customer", CUSTOMER_FIELDS)],
    )
};

const CUSTOMER_FIELDS: &[Field] = &[
    text("name", "Name", "Name", 41).required(),
    text("full_name", "Full name, Customer:Job", "FullName", 209).read_only(),
    flag("active", "Active", "IsActive"),
    reference("class", "Class", "ClassRef", "class", 159),
    reference(
        "parent",
        "Customer of which this is a job",
        "ParentRef",
        "customer",
        209,
    ),
    whole("level", "Level; 0 for a customer", "Sublevel").read_only(),
    text("company_name", "Company", "CompanyName", 41),
    text("salutation", "Salutation", "Salutation", 15),
    text("first_name", "First name", "FirstName", 25),
    text("middle_name", "Middle name", "MiddleName", 5),
    text("last_name", "Last name", "LastName", 25),
    text("job_title", "Job title", "JobTitle", 41),
    group("BillAddress", address!("bill_")),
    group("ShipAddress", address!("ship_")),
    text("phone", "Telephone", "Phone", 21),
    text("alt_phone", "Other telephone", "AltPhone", 21),
    text("fax", "Fax", "Fax", 21),
    text("email", "E-mail", "Email", 1023),
    text("cc", "Copies to", "Cc", 1023),
    text("contact", "Contact", "Contact", 41),
    text("alt_contact", "Other contact", "AltContact", 41),
    reference(
        "customer_type",
        "Type of customer",
        "CustomerTypeRef",
        "",
        159,
    ),
    reference("terms", "Terms", "TermsRef", "terms", 31),
    reference(
        "sales_rep",
        "Sales representative",
        "SalesRepRef",
        "sales_rep",
        5,
    ),
    amount("balance", "Balance", "Balance").read_only(),
    amount("total_balance", "Balance with jobs", "TotalBalance").read_only(),
    reference(
        "sales_tax_code",
        "Sales tax code",
        "SalesTaxCodeRef",
        "sales_tax_code",
        3,
    ),
    reference(
        "sales_tax_item",
        "Sales tax item",
        "ItemSalesTaxRef",
        "item",
        31,
    ),
    word(
        "sales_tax_country",
        "Sales tax country",
        "SalesTaxCountry",
        &["Australia", "Canada", "UK", "US"],
    ),
    text("resale_number", "Resale number", "ResaleNumber", 15),
    text("account_number", "Account number", "AccountNumber", 99),
    amount("credit_limit", "Credit limit", "CreditLimit"),
    reference(
        "payment_method",
        "Preferred payment method",
        "PreferredPaymentMethodRef",
        "",
        31,
    ),
    word("job_status", "State of the job", "JobStatus", JOB_STATES),
    day("job_start_date", "Start of the job", "JobStartDate"),
    day(
        "job_projected_end_date",
        "Projected end of the job",
        "JobProjectedEndDate",
    ),
    day("job_end_date", "End of the job", "JobEndDate"),
    prose("job_description", "Description of the job", "JobDesc", 99),
    reference("job_type", "Type of job", "JobTypeRef", "", 159),
    prose("notes", "Notes", "Notes", 4095),
    word(
        "delivery_method",
        "Preferred way of sending",
        "PreferredDeliveryMethod",
        &["None", "Email", "Fax"],
    ),
    reference(
        "price_level",
        "Price level",
        "PriceLevelRef",
        "price_level",
        31,
    ),
    guid("external_guid", "Our mark", "ExternalGUID"),
    text(
        "tax_registration_number",
        "Tax registration number",
        "TaxRegistrationNumber",
        30,
    ),
    reference("currency", "Currency", "CurrencyRef", "", 64),
];

pub const VENDOR: Table = Table {
    custom: "Vendor",
    deleted: &["Vendor"],
    iterates: true,
    keys: &["name", "company_name", "account_number"],
    ..Table::of(
        "vendor",
        Shape::List,
        "Vendor",
        &[Variant::of("Vendor", VENDOR_FIELDS)],
    )
};

const VENDOR_FIELDS: &[Field] = &[
    text("name", "Name", "Name", 41).required(),
    flag("active", "Active", "IsActive"),
    reference("class", "Class", "ClassRef", "class", 159),
    text("company_name", "Company", "CompanyName", 41),
    text("salutation", "Salutation", "Salutation", 15),
    text("first_name", "First name", "FirstName", 25),
    text("middle_name", "Middle name", "MiddleName", 5),
    text("last_name", "Last name", "LastName", 25),
    text("job_title", "Job title", "JobTitle", 41),
    group("VendorAddress", address!("")),
    group("ShipAddress", address!("ship_")),
    text("phone", "Telephone", "Phone", 21),
    text("alt_phone", "Other telephone", "AltPhone", 21),
    text("fax", "Fax", "Fax", 21),
    text("email", "E-mail", "Email", 1023),
    text("cc", "Copies to", "Cc", 1023),
    text("contact", "Contact", "Contact", 41),
    text("alt_contact", "Other contact", "AltContact", 41),
    text("name_on_check", "Name on cheques", "NameOnCheck", 41),
    text(
        "account_number",
        "Our account with the vendor",
        "AccountNumber",
        99,
    ),
    prose("notes", "Notes", "Notes", 4095),
    reference("vendor_type", "Type of vendor", "VendorTypeRef", "", 159),
    reference("terms", "Terms", "TermsRef", "terms", 31),
    amount("credit_limit", "Credit limit", "CreditLimit"),
    text("tax_ident", "Tax identification", "VendorTaxIdent", 15),
    flag(
        "eligible_for_1099",
        "Eligible for 1099",
        "IsVendorEligibleFor1099",
    ),
    amount("balance", "Balance", "Balance").read_only(),
    guid("external_guid", "Our mark", "ExternalGUID"),
    reference(
        "sales_tax_code",
        "Sales tax code",
        "SalesTaxCodeRef",
        "sales_tax_code",
        3,
    ),
    text(
        "tax_registration_number",
        "Tax registration number",
        "TaxRegistrationNumber",
        30,
    ),
    reference("currency", "Currency", "CurrencyRef", "", 64),
];

pub const EMPLOYEE: Table = Table {
    custom: "Employee",
    deleted: &["Employee"],
    keys: &["name", "account_number"],
    ..Table::of(
        "employee",
        Shape::List,
        "Employee",
        &[Variant::of("Employee", EMPLOYEE_FIELDS)],
    )
};

const EMPLOYEE_FIELDS: &[Field] = &[
    text("name", "Name: first, middle and last", "Name", 41).read_only(),
    flag("active", "Active", "IsActive"),
    text("salutation", "Salutation", "Salutation", 15),
    text("first_name", "First name", "FirstName", 25),
    text("middle_name", "Middle name", "MiddleName", 5),
    text("last_name", "Last name", "LastName", 25),
    text("job_title", "Job title", "JobTitle", 41),
    text("department", "Department", "Department", 31),
    prose("description", "Description", "Description", 64),
    group(
        "EmployeeAddress",
        &[
            prose("line1", "Address, line 1", "Addr1", 41),
            prose("line2", "Address, line 2", "Addr2", 41),
            prose("city", "City", "City", 31),
            prose("state", "State or province", "State", 21),
            text("postal_code", "Postal code", "PostalCode", 13),
        ],
    ),
    text("print_as", "Name on cheques", "PrintAs", 41),
    text("phone", "Telephone", "Phone", 21),
    text("mobile", "Mobile", "Mobile", 21),
    text("alt_phone", "Other telephone", "AltPhone", 21),
    text("fax", "Fax", "Fax", 21),
    text("email", "E-mail", "Email", 1023),
    word(
        "employee_type",
        "Type of employee",
        "EmployeeType",
        &["Officer", "Owner", "Regular", "Statutory"],
    ),
    day("hired_date", "Hired", "HiredDate"),
    day("released_date", "Released", "ReleasedDate"),
    text("account_number", "Account number", "AccountNumber", 99),
    prose("notes", "Notes", "Notes", 4095),
    guid("external_guid", "Our mark", "ExternalGUID"),
];
