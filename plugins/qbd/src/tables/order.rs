//! Sales orders, invoices and estimates.

use super::address;
use crate::field::*;
use crate::table::{Shape, Table, Variant};

pub(super) const EXTERNAL_GUID: Field = guid("external_guid", "Our mark", "ExternalGUID");
pub(super) const CLASS: Field = reference("class", "Class", "ClassRef", "class", 159);
pub(super) const TEMPLATE: Field = reference("template", "Template", "TemplateRef", "", 31);
pub(super) const DATE: Field = day("date", "Date", "TxnDate");
pub(super) const DUE_DATE: Field = day("due_date", "Due date", "DueDate");
pub(super) const TERMS: Field = reference("terms", "Terms", "TermsRef", "terms", 31);
pub(super) const FOB: Field = text("fob", "FOB", "FOB", 13);
pub(super) const SHIP_METHOD: Field = reference(
    "ship_method",
    "Ship method",
    "ShipMethodRef",
    "ship_method",
    15,
);
pub(super) const MEMO: Field = prose("memo", "Memo", "Memo", 4095);
pub(super) const TO_PRINT: Field = flag("to_be_printed", "To be printed", "IsToBePrinted");
pub(super) const TO_EMAIL: Field = flag("to_be_emailed", "To be e-mailed", "IsToBeEmailed");
pub(super) const TAX_INCLUDED: Field = flag("tax_included", "Prices hold the tax", "IsTaxIncluded");
pub(super) const CURRENCY: Field =
    reference("currency", "Currency", "CurrencyRef", "", 64).read_only();
pub(super) const EXCHANGE_RATE: Field = float("exchange_rate", "Exchange rate", "ExchangeRate");
pub(super) const MANUALLY_CLOSED: Field =
    flag("manually_closed", "Closed by hand", "IsManuallyClosed");
pub(super) const TAX_CODE: Field = reference(
    "sales_tax_code",
    "Sales tax code",
    "SalesTaxCodeRef",
    "sales_tax_code",
    3,
);

pub(super) const ITEM: Field = reference("item", "Item", "ItemRef", "item", 159);
pub(super) const DESCRIPTION: Field = prose("description", "Description", "Desc", 4095);
pub(super) const QUANTITY: Field = quantity("quantity", "Quantity", "Quantity");
pub(super) const UNIT: Field = text("unit", "Unit", "UnitOfMeasure", 31);
pub(super) const AMOUNT: Field = amount("amount", "Amount", "Amount");
pub(super) const TAX_AMOUNT: Field = amount("tax_amount", "Tax", "TaxAmount");
pub(super) const SITE: Field = reference("site", "Site", "InventorySiteRef", "site", 31);
pub(super) const BIN: Field = reference(
    "site_location",
    "Location within the site",
    "InventorySiteLocationRef",
    "site",
    31,
);
pub(super) const SERIAL: Field =
    text("serial_number", "Serial number", "SerialNumber", 4095).choice("lot");
pub(super) const LOT: Field = text("lot_number", "Lot number", "LotNumber", 40).choice("lot");
pub(super) const SERVICE_DATE: Field = day("service_date", "Date of service", "ServiceDate");
pub(super) const ACCOUNT: Field = reference(
    "account",
    "Account instead of the item's",
    "OverrideItemAccountRef",
    "account",
    159,
)
.write_only();
pub(super) const OTHER1: Field = text("other1", "Other 1", "Other1", 29);
pub(super) const OTHER2: Field = text("other2", "Other 2", "Other2", 29);
const RATE: Field = price("rate", "Rate", "Rate").choice("rate");
const RATE_PERCENT: Field =
    percent("rate_percent", "Rate in percent", "RatePercent").choice("rate");

/// A group's own fields; the rest it shares with lines.
pub(super) const GROUP: &[Field] = &[
    reference("item", "Item", "ItemGroupRef", "item", 31),
    prose("description", "Description", "Desc", 4095).read_only(),
    QUANTITY,
    UNIT,
];

const CUSTOMER: Field = reference(
    "customer",
    "Customer or job",
    "CustomerRef",
    "customer",
    209,
)
.required();
const NUMBER: Field = text("number", "Number", "RefNumber", 11);
const PO_NUMBER: Field = text("po_number", "Customer's purchase order", "PONumber", 25);
const SALES_REP: Field = reference(
    "sales_rep",
    "Sales representative",
    "SalesRepRef",
    "sales_rep",
    5,
);
const SHIP_DATE: Field = day("ship_date", "Ship date", "ShipDate");
const SUBTOTAL: Field = amount("subtotal", "Subtotal", "Subtotal").read_only();
const TAX_ITEM: Field = reference(
    "sales_tax_item",
    "Sales tax item",
    "ItemSalesTaxRef",
    "item",
    31,
);
const TAX_PERCENT: Field = percent(
    "sales_tax_percent",
    "Sales tax in percent",
    "SalesTaxPercentage",
)
.read_only();
const TAX_TOTAL: Field = amount("tax_total", "Tax", "SalesTaxTotal").read_only();
const TOTAL: Field = amount("total", "Total", "TotalAmount").read_only();
const MESSAGE: Field = reference(
    "customer_message",
    "Message to the customer",
    "CustomerMsgRef",
    "",
    101,
);
const CUSTOMER_TAX_CODE: Field = reference(
    "customer_tax_code",
    "Customer's sales tax code",
    "CustomerSalesTaxCodeRef",
    "sales_tax_code",
    3,
);
const OTHER: Field = text("other", "Other", "Other", 29);

pub const SALES_ORDER: Table = Table {
    custom: "SalesOrder",
    deleted: &["SalesOrder"],
    iterates: true,
    owner: Some(("customer_id", "EntityFilter")),
    keys: &["number", "customer_id"],
    ..Table::of(
        "sales_order",
        Shape::Transaction,
        "SalesOrder",
        &[Variant::of(
            "SalesOrder",
            &[
                CUSTOMER,
                CLASS,
                TEMPLATE,
                DATE,
                NUMBER,
                group("BillAddress", address!("bill_")),
                group("ShipAddress", address!("ship_")),
                PO_NUMBER,
                TERMS,
                DUE_DATE,
                SALES_REP,
                FOB,
                SHIP_DATE,
                SHIP_METHOD,
                SUBTOTAL,
                TAX_ITEM,
                TAX_PERCENT,
                TAX_TOTAL,
                TOTAL,
                CURRENCY,
                MANUALLY_CLOSED,
                flag("fully_invoiced", "Invoiced in full", "IsFullyInvoiced").read_only(),
                MEMO,
                MESSAGE,
                TO_PRINT,
                TO_EMAIL,
                TAX_INCLUDED,
                CUSTOMER_TAX_CODE,
                OTHER,
                EXCHANGE_RATE,
                EXTERNAL_GUID,
                linked(),
                lines(
                    "lines",
                    "Lines",
                    "SalesOrderLine",
                    &Lines {
                        fields: &[
                            ITEM,
                            DESCRIPTION,
                            QUANTITY,
                            UNIT,
                            RATE,
                            RATE_PERCENT,
                            CLASS,
                            AMOUNT,
                            TAX_AMOUNT,
                            SITE,
                            BIN,
                            SERIAL,
                            LOT,
                            TAX_CODE,
                            quantity("invoiced_quantity", "Invoiced quantity", "Invoiced")
                                .read_only(),
                            MANUALLY_CLOSED,
                            OTHER1,
                            OTHER2,
                            custom(),
                        ],
                        group: Some(("SalesOrderLineGroup", GROUP)),
                        required: true,
                    },
                ),
            ],
        )],
    )
};

pub const INVOICE: Table = Table {
    custom: "Invoice",
    deleted: &["Invoice"],
    iterates: true,
    owner: Some(("customer_id", "EntityFilter")),
    keys: &["number", "customer_id"],
    ..Table::of(
        "invoice",
        Shape::Transaction,
        "Invoice",
        &[Variant::of(
            "Invoice",
            &[
                CUSTOMER,
                CLASS,
                reference(
                    "ar_account",
                    "Receivables account",
                    "ARAccountRef",
                    "account",
                    159,
                ),
                TEMPLATE,
                DATE,
                NUMBER,
                group("BillAddress", address!("bill_")),
                group("ShipAddress", address!("ship_")),
                flag("pending", "Pending", "IsPending"),
                PO_NUMBER,
                TERMS,
                DUE_DATE,
                SALES_REP,
                FOB,
                SHIP_DATE,
                SHIP_METHOD,
                SUBTOTAL,
                TAX_ITEM,
                TAX_PERCENT,
                TAX_TOTAL,
                amount("applied_amount", "Payments and credits", "AppliedAmount").read_only(),
                amount("balance", "Balance", "BalanceRemaining").read_only(),
                CURRENCY,
                MEMO,
                flag("paid", "Paid", "IsPaid").read_only(),
                MESSAGE,
                TO_PRINT,
                TO_EMAIL,
                TAX_INCLUDED,
                CUSTOMER_TAX_CODE,
                OTHER,
                EXCHANGE_RATE,
                EXTERNAL_GUID,
                linked(),
                links(
                    "sales_order_ids",
                    "Sales orders invoiced whole",
                    "SalesOrder",
                    "sales_order",
                ),
                lines(
                    "lines",
                    "Lines",
                    "InvoiceLine",
                    &Lines {
                        fields: &[
                            ITEM,
                            DESCRIPTION,
                            QUANTITY,
                            UNIT,
                            RATE,
                            RATE_PERCENT,
                            CLASS,
                            AMOUNT,
                            TAX_AMOUNT,
                            SITE,
                            BIN,
                            SERIAL,
                            LOT,
                            SERVICE_DATE,
                            TAX_CODE,
                            ACCOUNT,
                            OTHER1,
                            OTHER2,
                            group(
                                "LinkToTxn",
                                &[
                                    id_of(
                                        "sales_order_id",
                                        "Sales order of the line",
                                        "TxnID",
                                        "sales_order",
                                    )
                                    .add_only()
                                    .write_only(),
                                    id_of(
                                        "sales_order_line_id",
                                        "Line of the sales order",
                                        "TxnLineID",
                                        "",
                                    )
                                    .add_only()
                                    .write_only(),
                                ],
                            ),
                            custom(),
                        ],
                        group: Some(("InvoiceLineGroup", GROUP)),
                        required: false,
                    },
                ),
            ],
        )],
    )
};

pub const ESTIMATE: Table = Table {
    custom: "Estimate",
    deleted: &["Estimate"],
    iterates: true,
    owner: Some(("customer_id", "EntityFilter")),
    keys: &["number", "customer_id"],
    ..Table::of(
        "estimate",
        Shape::Transaction,
        "Estimate",
        &[Variant::of(
            "Estimate",
            &[
                CUSTOMER,
                CLASS,
                TEMPLATE,
                DATE,
                NUMBER,
                group("BillAddress", address!("bill_")),
                group("ShipAddress", address!("ship_")),
                flag("active", "Active", "IsActive"),
                PO_NUMBER,
                TERMS,
                DUE_DATE,
                SALES_REP,
                FOB,
                SUBTOTAL,
                TAX_ITEM,
                TAX_PERCENT,
                TAX_TOTAL,
                TOTAL,
                CURRENCY,
                MEMO,
                MESSAGE,
                TO_EMAIL,
                TAX_INCLUDED,
                CUSTOMER_TAX_CODE,
                OTHER,
                EXCHANGE_RATE,
                EXTERNAL_GUID,
                linked(),
                lines(
                    "lines",
                    "Lines",
                    "EstimateLine",
                    &Lines {
                        fields: &[
                            ITEM,
                            DESCRIPTION,
                            QUANTITY,
                            UNIT,
                            RATE,
                            RATE_PERCENT,
                            CLASS,
                            AMOUNT,
                            TAX_AMOUNT,
                            SITE,
                            BIN,
                            TAX_CODE,
                            price("markup_rate", "Markup", "MarkupRate").choice("markup"),
                            percent("markup_percent", "Markup in percent", "MarkupRatePercent")
                                .choice("markup"),
                            ACCOUNT.add_only().write_only(),
                            OTHER1,
                            OTHER2,
                            custom(),
                        ],
                        group: Some(("EstimateLineGroup", GROUP)),
                        required: true,
                    },
                ),
            ],
        )],
    )
};
