//! Documents of Order Entry: contract invoices, and transactions of any definition.
//!
//! Their id is the document's. The receivable's record number is none: editing the document makes that anew.

use crate::field::{field, Field, Kind};
use crate::table::{Definition, Recognised, Table};

const FIELDS: &[Field] = &[
    field("record_no", "RECORDNO", Kind::Text).read_only(),
    field("document_no", "DOCNO", Kind::Text).read_only(),
    field("definition", "DOCPARID", Kind::Text).read_only(),
    field("state", "STATE", Kind::Text).read_only(),
    field("customer_id", "CUSTVENDID", Kind::Of("customer")).read_only(),
    field("customer_name", "CUSTVENDNAME", Kind::Text).read_only(),
    // CONTRACTID is the old sales contract, not ours.
    field("contract_id", "CNCONTRACTID", Kind::Of("contract")).read_only(),
    field("contract_name", "CNCONTRACTNAME", Kind::Text).read_only(),
    // On documents WHENCREATED is the day of the document.
    field("document_date", "WHENCREATED", Kind::Day).read_only(),
    field("posting_date", "WHENPOSTED", Kind::Day).read_only(),
    field("due_date", "WHENDUE", Kind::Day).read_only(),
    field("term", "TERM.NAME", Kind::Of("payment_term")).read_only(),
    field("po_number", "PONUMBER", Kind::Text).read_only(),
    field("message", "MESSAGE", Kind::Text).read_only(),
    field("currency", "CURRENCY", Kind::Text).read_only(),
    field("base_currency", "BASECURR", Kind::Text).read_only(),
    field("subtotal", "SUBTOTAL", Kind::Amount).read_only(),
    field("total", "TOTAL", Kind::Amount).read_only(),
    field("currency_subtotal", "TRX_SUBTOTAL", Kind::Amount).read_only(),
    field("currency_total", "TRX_TOTAL", Kind::Amount).read_only(),
    field("paid", "TOTALPAID", Kind::Amount).read_only(),
    field("currency_paid", "TRX_TOTALPAID", Kind::Amount).read_only(),
    field("currency_due", "TRX_TOTALDUE", Kind::Amount).read_only(),
    field("payment_status", "PAYMENTSTATUS", Kind::Text).read_only(),
    field("receivable_record_no", "PRRECORDKEY", Kind::Text).read_only(),
    field("created_at", "AUWHENCREATED", Kind::Stamp).read_only(),
    field("modified_at", "WHENMODIFIED", Kind::Stamp).read_only(),
];

const LINES: &[Field] = &[
    field("record_no", "RECORDNO", Kind::Text).read_only(),
    field("line_no", "LINE_NO", Kind::Whole).read_only(),
    field("item_id", "ITEMID", Kind::Of("item")).read_only(),
    field("item_name", "ITEMNAME", Kind::Text).read_only(),
    field("description", "ITEMDESC", Kind::Text).read_only(),
    field("unit", "UNIT", Kind::Text).read_only(),
    field("quantity", "UIQTY", Kind::Amount).read_only(),
    field("price", "UIPRICE", Kind::Amount).read_only(),
    field("amount", "UIVALUE", Kind::Amount).read_only(),
    field("currency_amount", "TRX_VALUE", Kind::Amount).read_only(),
    field("location_id", "LOCATIONID", Kind::Text).read_only(),
    field("department_id", "DEPARTMENTID", Kind::Text).read_only(),
    field("service_begin_date", "SERVICEPERIODSTARTDATE", Kind::Day).read_only(),
    field("service_end_date", "SERVICEPERIODENDDATE", Kind::Day).read_only(),
];

pub const CONTRACT_INVOICE: Table = Table {
    entity: "contract_invoice",
    object: "SODOCUMENT",
    id: "DOCID",
    fields: FIELDS,
    lines: LINES,
    keys: &["record_no", "document_no", "contract_id", "customer_id"],
    definition: Definition::Invoices,
    recognised: Recognised::Never,
    updates: false,
    has_stamp: true,
};

pub const ORDER_TRANSACTION: Table = Table {
    entity: "order_transaction",
    object: "SODOCUMENT",
    id: "DOCID",
    fields: FIELDS,
    lines: LINES,
    keys: &[
        "record_no",
        "document_no",
        "customer_id",
        "po_number",
        "external_id",
    ],
    definition: Definition::Orders,
    recognised: Recognised::ByMarker,
    updates: false,
    has_stamp: true,
};
