//! The small lists, the company, and the definitions of custom fields.

use super::address;
use crate::field::*;
use crate::table::{Shape, Table, Variant};

const ACCOUNT_TYPES: &[&str] = &[
    "AccountsPayable",
    "AccountsReceivable",
    "Bank",
    "CostOfGoodsSold",
    "CreditCard",
    "Equity",
    "Expense",
    "FixedAsset",
    "Income",
    "LongTermLiability",
    "NonPosting",
    "OtherAsset",
    "OtherCurrentAsset",
    "OtherCurrentLiability",
    "OtherExpense",
    "OtherIncome",
];

pub const ACCOUNT: Table = Table {
    deleted: &["Account"],
    keys: &["full_name", "name", "account_number"],
    ..Table::of(
        "account",
        Shape::Tree,
        "Account",
        &[Variant::of(
            "Account",
            &[
                text("name", "Name", "Name", 31),
                text("full_name", "Full name", "FullName", 159),
                flag("active", "Active", "IsActive"),
                reference("parent", "Account above it", "ParentRef", "account", 159),
                whole("level", "Level", "Sublevel"),
                word(
                    "account_type",
                    "Type of account",
                    "AccountType",
                    ACCOUNT_TYPES,
                ),
                text("account_number", "Account number", "AccountNumber", 7),
                prose("description", "Description", "Desc", 200),
                amount("balance", "Balance", "Balance"),
                reference("currency", "Currency", "CurrencyRef", "", 64),
            ],
        )
        .read_only()],
    )
};

pub const TERMS: Table = Table {
    deleted: &["StandardTerms", "DateDrivenTerms"],
    keys: &["name"],
    ..Table::of(
        "terms",
        Shape::List,
        "Terms",
        &[
            Variant::of(
                "StandardTerms",
                &[
                    TERMS_NAME,
                    ACTIVE,
                    whole("due_days", "Days until due", "StdDueDays"),
                    whole("discount_days", "Days with discount", "StdDiscountDays"),
                    DISCOUNT,
                ],
            )
            .word("standard")
            .read_only(),
            Variant::of(
                "DateDrivenTerms",
                &[
                    TERMS_NAME,
                    ACTIVE,
                    whole(
                        "due_day_of_month",
                        "Due on this day of the month",
                        "DayOfMonthDue",
                    ),
                    whole(
                        "due_next_month_days",
                        "Days before that make it the next month",
                        "DueNextMonthDays",
                    ),
                    whole(
                        "discount_day_of_month",
                        "Discount until this day of the month",
                        "DiscountDayOfMonth",
                    ),
                    DISCOUNT,
                ],
            )
            .word("date_driven")
            .read_only(),
        ],
    )
};
const TERMS_NAME: Field = text("name", "Name", "Name", 31);
const ACTIVE: Field = flag("active", "Active", "IsActive");
const DISCOUNT: Field = percent("discount_percent", "Discount in percent", "DiscountPct");

pub const CLASS: Table = Table {
    deleted: &["Class"],
    keys: &["full_name", "name"],
    ..Table::of(
        "class",
        Shape::Tree,
        "Class",
        &[Variant::of(
            "Class",
            &[
                text("name", "Name", "Name", 31),
                text("full_name", "Full name", "FullName", 159),
                ACTIVE,
                reference("parent", "Class above it", "ParentRef", "class", 159),
                whole("level", "Level", "Sublevel"),
            ],
        )
        .read_only()],
    )
};

const WAGE_TYPES: &[&str] = &[
    "Bonus",
    "Commission",
    "HourlyOvertime",
    "HourlyRegular",
    "HourlySick",
    "HourlyVacation",
    "SalaryRegular",
    "SalarySick",
    "SalaryVacation",
];

pub const PAYROLL_ITEM: Table = Table {
    deleted: &["PayrollItemWage"],
    keys: &["name"],
    ..Table::of(
        "payroll_item",
        Shape::List,
        "PayrollItemWage",
        &[Variant::of(
            "PayrollItemWage",
            &[
                text("name", "Name", "Name", 31),
                ACTIVE,
                word("wage_type", "Type of wage", "WageType", WAGE_TYPES),
                reference(
                    "expense_account",
                    "Expense account",
                    "ExpenseAccountRef",
                    "account",
                    159,
                ),
            ],
        )
        .read_only()],
    )
};

pub const SALES_TAX_CODE: Table = Table {
    deleted: &["SalesTaxCode"],
    keys: &["name"],
    ..Table::of(
        "sales_tax_code",
        Shape::List,
        "SalesTaxCode",
        &[Variant::of(
            "SalesTaxCode",
            &[
                text("name", "Name", "Name", 3),
                ACTIVE,
                flag("taxable", "Taxable", "IsTaxable"),
                prose("description", "Description", "Desc", 31),
                reference(
                    "purchase_tax_item",
                    "Tax item on purchases",
                    "ItemPurchaseTaxRef",
                    "item",
                    31,
                ),
                reference(
                    "sales_tax_item",
                    "Tax item on sales",
                    "ItemSalesTaxRef",
                    "item",
                    31,
                ),
            ],
        )
        .read_only()],
    )
};

pub const SHIP_METHOD: Table = Table {
    deleted: &["ShipMethod"],
    keys: &["name"],
    ..Table::of(
        "ship_method",
        Shape::List,
        "ShipMethod",
        &[Variant::of(
            "ShipMethod",
            &[text("name", "Name", "Name", 15).required(), ACTIVE],
        )
        .no_changes()],
    )
};

pub const SALES_REP: Table = Table {
    deleted: &["SalesRep"],
    keys: &["initial"],
    ..Table::of(
        "sales_rep",
        Shape::List,
        "SalesRep",
        &[Variant::of(
            "SalesRep",
            &[
                text("initial", "Initials", "Initial", 5),
                ACTIVE,
                reference("entity", "Who it is", "SalesRepEntityRef", "", 209),
            ],
        )
        .read_only()],
    )
};

pub const PRICE_LEVEL: Table = Table {
    deleted: &["PriceLevel"],
    keys: &["name"],
    ..Table::of(
        "price_level",
        Shape::List,
        "PriceLevel",
        &[Variant::of(
            "PriceLevel",
            &[
                text("name", "Name", "Name", 31),
                ACTIVE,
                percent("percent", "Percent", "PriceLevelFixedPercentage"),
            ],
        )
        .read_only()],
    )
};

pub const SITE: Table = Table {
    deleted: &["InventorySite"],
    keys: &["name"],
    ..Table::of(
        "site",
        Shape::List,
        "InventorySite",
        &[Variant::of(
            "InventorySite",
            &[
                text("name", "Name", "Name", 31),
                ACTIVE,
                reference("parent", "Site above it", "ParentSiteRef", "site", 31),
                flag("default", "Default site", "IsDefaultSite"),
                prose("description", "Description", "SiteDesc", 100),
            ],
        )
        .read_only()],
    )
};

pub const COMPANY: Table = Table::of(
    "company",
    Shape::Single,
    "Company",
    &[Variant::of(
        "Company",
        &[
            flag("sample", "A sample company", "IsSampleCompany"),
            text("name", "Name", "CompanyName", 59),
            text("legal_name", "Legal name", "LegalCompanyName", 59),
            group("Address", address!("")),
            text("phone", "Telephone", "Phone", 51),
            text("fax", "Fax", "Fax", 51),
            text("email", "E-mail", "Email", 1023),
            text("tax_form", "Tax form", "TaxForm", 0),
            // From the host's answer, which comes in the same message set.
            text("country", "Country of QuickBooks: US, CA, UK", "Country", 2),
            text("product", "Edition", "ProductName", 255),
            text("version", "Version", "MajorVersion", 5),
            text(
                "file_id",
                "Id of the company file, once it was seen; the record's own id is always `company`",
                "",
                0,
            ),
        ],
    )
    .read_only()],
);

pub const CUSTOM_FIELD: Table = Table {
    keys: &["name", "lower_name"],
    ..Table::of(
        "custom_field",
        Shape::Definitions,
        "DataExtDef",
        &[Variant::of(
            "DataExtDef",
            &[
                text("name", "Name; case matters", "DataExtName", 31),
                // Ours: a name of another case is found by it.
                text("lower_name", "Name in small letters", "", 31),
                text("type", "Type", "DataExtType", 0),
                words("objects", "What has it", "AssignToObject"),
            ],
        )
        .read_only()],
    )
};
