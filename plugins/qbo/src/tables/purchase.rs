//! Purchase orders and bills.

use super::address;
use super::sale::*;
use crate::field::*;
use crate::table::{Kind, Table};

const VENDOR: Field = reference("vendor", "Vendor", "VendorRef", "vendor").required();
const AP_ACCOUNT: Field = reference("ap_account", "Payables account", "APAccountRef", "account");
const BILLABLE: Field = word(
    "billable",
    "Billable",
    "*.BillableStatus",
    &["Billable", "NotBillable", "HasBeenBilled"],
);
const LINE_CUSTOMER: Field = reference(
    "customer",
    "Customer or project",
    "*.CustomerRef",
    "customer",
);
const VENDOR_ADDRESS: [Field; 9] = address!("vendor_", "VendorAddr");
const SHIP: [Field; 9] = address!("ship_", "ShipAddr");
const LINE_DETAILS: &[(&str, &str)] = &[
    ("ItemBasedExpenseLineDetail", "item"),
    ("GroupLineDetail", "group"),
    ("DescriptionOnly", "text"),
];

const EXPENSES: Field = lines(
    "expense_lines",
    "Expenses",
    &Lines {
        fields: &[
            reference("account", "Account", "*.AccountRef", "account"),
            AMOUNT,
            prose("memo", "Memo", "Description", 4000),
            LINE_CUSTOMER,
            CLASS,
            TAX_CODE,
            BILLABLE,
        ],
        details: &[("AccountBasedExpenseLineDetail", "expense")],
    },
);

pub const PURCHASE_ORDER: Table = Table {
    keys: &["number", "vendor_id"],
    parts: &[&VENDOR_ADDRESS, &SHIP],
    ..Table::of(
        "purchase_order",
        Kind::Transaction,
        "PurchaseOrder",
        &[
            VENDOR,
            AP_ACCOUNT,
            DATE,
            NUMBER,
            DUE_DATE,
            SHIP_METHOD,
            word("status", "State", "POStatus", &["Open", "Closed"]),
            LOCATION,
            prose("vendor_message", "Message to the vendor", "Memo", 4000),
            NOTE,
            MARK,
            TAX_TOTAL,
            TOTAL,
            CURRENCY,
            EXCHANGE_RATE,
            CUSTOM,
            LINKED,
            EXPENSES,
            lines(
                "lines",
                "Lines",
                &Lines {
                    fields: &[
                        ITEM,
                        DESCRIPTION,
                        QUANTITY,
                        RATE,
                        AMOUNT,
                        LINE_CUSTOMER,
                        CLASS,
                        TAX_CODE,
                        BILLABLE,
                    ],
                    details: LINE_DETAILS,
                },
            ),
        ],
    )
};

pub const BILL: Table = Table {
    keys: &["number", "vendor_id"],
    parts: &[&VENDOR_ADDRESS],
    ..Table::of(
        "bill",
        Kind::Transaction,
        "Bill",
        &[
            VENDOR,
            AP_ACCOUNT,
            DATE,
            DUE_DATE,
            NUMBER,
            TERMS,
            LOCATION,
            NOTE,
            MARK,
            TAX_TOTAL,
            TOTAL,
            BALANCE,
            CURRENCY,
            EXCHANGE_RATE,
            LINKED,
            links(
                "purchase_order_ids",
                "Purchase orders that it bills",
                "PurchaseOrder",
                "purchase_order",
            ),
            EXPENSES,
            lines(
                "lines",
                "Lines",
                &Lines {
                    fields: &[
                        ITEM,
                        DESCRIPTION,
                        QUANTITY,
                        RATE,
                        AMOUNT,
                        LINE_CUSTOMER,
                        CLASS,
                        TAX_CODE,
                        BILLABLE,
                        from(
                            "purchase_order_id",
                            "Purchase order of the line",
                            "PurchaseOrder",
                            "purchase_order",
                        ),
                        from_line(
                            "purchase_order_line_id",
                            "Line of the purchase order",
                            "PurchaseOrder",
                        ),
                    ],
                    details: LINE_DETAILS,
                },
            ),
        ],
    )
};
