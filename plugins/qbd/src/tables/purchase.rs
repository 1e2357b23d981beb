//! Purchase orders and bills.

use super::address;
use super::order::*;
use crate::field::*;
use crate::table::{Shape, Table, Variant};

const BILLABLE: Field = word(
    "billable",
    "Billable",
    "BillableStatus",
    &["Billable", "NotBillable", "HasBeenBilled"],
);
const LINE_CUSTOMER: Field = reference(
    "customer",
    "Customer or job",
    "CustomerRef",
    "customer",
    209,
);
const LINE_SALES_REP: Field = reference(
    "sales_rep",
    "Sales representative",
    "SalesRepRef",
    "sales_rep",
    5,
);

pub const PURCHASE_ORDER: Table = Table {
    custom: "PurchaseOrder",
    deleted: &["PurchaseOrder"],
    iterates: true,
    owner: Some(("vendor_id", "EntityFilter")),
    keys: &["number", "vendor_id"],
    ..Table::of(
        "purchase_order",
        Shape::Transaction,
        "PurchaseOrder",
        &[Variant::of(
            "PurchaseOrder",
            &[
                reference("vendor", "Vendor", "VendorRef", "vendor", 41).required(),
                CLASS,
                reference("site", "Site", "InventorySiteRef", "site", 31).choice("destination"),
                reference("ship_to", "Whom it is sent to", "ShipToEntityRef", "", 209)
                    .choice("destination"),
                TEMPLATE,
                DATE,
                text("number", "Number", "RefNumber", 11),
                group("VendorAddress", address!("vendor_")),
                group("ShipAddress", address!("ship_")),
                TERMS,
                DUE_DATE,
                day("expected_date", "Expected", "ExpectedDate"),
                SHIP_METHOD,
                FOB,
                amount("total", "Total", "TotalAmount").read_only(),
                CURRENCY,
                MANUALLY_CLOSED.mod_only(),
                flag("fully_received", "Received in full", "IsFullyReceived").read_only(),
                MEMO,
                prose("vendor_message", "Message to the vendor", "VendorMsg", 99),
                TO_PRINT,
                TO_EMAIL,
                TAX_INCLUDED,
                TAX_CODE,
                text("other1", "Other 1", "Other1", 25),
                OTHER2,
                EXCHANGE_RATE,
                EXTERNAL_GUID,
                linked(),
                lines(
                    "lines",
                    "Lines",
                    "PurchaseOrderLine",
                    &Lines {
                        fields: &[
                            ITEM,
                            text(
                                "part_number",
                                "Manufacturer's part number",
                                "ManufacturerPartNumber",
                                31,
                            ),
                            DESCRIPTION,
                            QUANTITY,
                            UNIT,
                            price("rate", "Rate", "Rate"),
                            CLASS,
                            AMOUNT,
                            TAX_AMOUNT,
                            BIN,
                            LINE_CUSTOMER,
                            SERVICE_DATE,
                            TAX_CODE,
                            quantity("received_quantity", "Received quantity", "ReceivedQuantity")
                                .read_only(),
                            quantity(
                                "unbilled_quantity",
                                "Quantity received and not billed",
                                "UnbilledQuantity",
                            )
                            .read_only(),
                            flag("billed", "Billed", "IsBilled").read_only(),
                            MANUALLY_CLOSED.mod_only(),
                            ACCOUNT,
                            OTHER1,
                            OTHER2,
                            custom(),
                        ],
                        group: Some(("PurchaseOrderLineGroup", GROUP)),
                        required: true,
                    },
                ),
            ],
        )],
    )
};

pub const BILL: Table = Table {
    custom: "Bill",
    deleted: &["Bill"],
    iterates: true,
    owner: Some(("vendor_id", "EntityFilter")),
    keys: &["number", "vendor_id"],
    ..Table::of(
        "bill",
        Shape::Transaction,
        "Bill",
        &[Variant::of(
            "Bill",
            &[
                reference("vendor", "Vendor", "VendorRef", "vendor", 41).required(),
                group("VendorAddress", address!("vendor_")),
                reference(
                    "ap_account",
                    "Payables account",
                    "APAccountRef",
                    "account",
                    159,
                ),
                DATE,
                DUE_DATE,
                amount("total", "Amount due", "AmountDue").read_only(),
                CURRENCY,
                text("number", "Number", "RefNumber", 20),
                TERMS,
                MEMO,
                TAX_INCLUDED,
                TAX_CODE,
                flag("paid", "Paid", "IsPaid").read_only(),
                EXCHANGE_RATE,
                EXTERNAL_GUID,
                linked(),
                links(
                    "purchase_order_ids",
                    "Purchase orders billed whole",
                    "PurchaseOrder",
                    "purchase_order",
                ),
                lines(
                    "expense_lines",
                    "Expenses",
                    "ExpenseLine",
                    &Lines {
                        fields: &[
                            reference("account", "Account", "AccountRef", "account", 159),
                            AMOUNT,
                            TAX_AMOUNT,
                            MEMO,
                            LINE_CUSTOMER,
                            CLASS,
                            TAX_CODE,
                            BILLABLE,
                            LINE_SALES_REP,
                            custom(),
                        ],
                        group: None,
                        required: false,
                    },
                ),
                lines(
                    "lines",
                    "Lines",
                    "ItemLine",
                    &Lines {
                        fields: &[
                            ITEM,
                            SITE,
                            BIN,
                            SERIAL,
                            LOT,
                            DESCRIPTION,
                            QUANTITY,
                            UNIT,
                            price("rate", "Cost", "Cost"),
                            AMOUNT,
                            TAX_AMOUNT,
                            LINE_CUSTOMER,
                            CLASS,
                            TAX_CODE,
                            BILLABLE,
                            ACCOUNT,
                            group(
                                "LinkToTxn",
                                &[
                                    id_of(
                                        "purchase_order_id",
                                        "Purchase order of the line",
                                        "TxnID",
                                        "purchase_order",
                                    )
                                    .add_only()
                                    .write_only(),
                                    id_of(
                                        "purchase_order_line_id",
                                        "Line of the purchase order",
                                        "TxnLineID",
                                        "",
                                    )
                                    .add_only()
                                    .write_only(),
                                ],
                            ),
                            LINE_SALES_REP,
                            custom(),
                        ],
                        group: Some(("ItemGroupLine", GROUP)),
                        required: false,
                    },
                ),
                amount("open_amount", "Open amount", "OpenAmount").read_only(),
            ],
        )],
    )
};
