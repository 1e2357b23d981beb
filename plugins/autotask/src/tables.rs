//! Which of Autotask's columns is which field of our entities. Only data.

use crate::erp_id::Role;
use crate::table::{column, Kind, Table};
use liaison_sdk::prelude::*;
use Comparison::{Empty, Eq, Ge, Gt, IsIn, Le, Lt, NotEmpty};

const RANGE: &[Comparison] = &[Ge, Gt, Le, Lt];
const ONE_OR_MANY: &[Comparison] = &[Eq, IsIn];
const IDS: &[Comparison] = &[IsIn, Gt, Ge];

pub static INVOICE: Table = Table {
    entity: "invoice",
    path: "Invoices",
    columns: &[
        column("id", "id", Kind::Id).filter(IDS),
        column("number", "invoiceNumber", Kind::Text)
            .writable()
            .max(100)
            .filter(&[Empty, NotEmpty, Eq]),
        column("company_id", "companyID", Kind::Ref("company")).filter(ONE_OR_MANY),
        column("date", "invoiceDateTime", Kind::Day).filter(&[Ge, Le]),
        column("due_date", "dueDate", Kind::Day),
        column("created_at", "createDateTime", Kind::Instant).filter(RANGE),
        column("voided", "isVoided", Kind::Bool).filter(&[Eq]),
        column("order_number", "orderNumber", Kind::Text),
        column("comments", "comments", Kind::Text),
        column("total", "invoiceTotal", Kind::Decimal),
        column("tax_total", "totalTaxValue", Kind::Decimal),
        column("tax_region", "taxRegionName", Kind::Text),
        column("payment_term_id", "paymentTerm", Kind::Ref("payment_term")),
        column("exported_at", "webServiceDate", Kind::Instant).writable(),
    ],
};

pub static BILLING_CODE: Table = Table {
    entity: "billing_code",
    path: "BillingCodes",
    columns: &[
        column("id", "id", Kind::Id).filter(&[IsIn]),
        column("name", "name", Kind::Text).filter(&[Eq]),
        column("external_number", "externalNumber", Kind::Text),
        column("active", "isActive", Kind::Bool).filter(&[Eq]),
        column("use_type", "useType", Kind::Label),
        column("unit_price", "unitPrice", Kind::Decimal),
        column("description", "description", Kind::Text),
    ],
};

pub static COMPANY: Table = Table {
    entity: "company",
    path: "Companies",
    columns: &[
        column("id", "id", Kind::Id).filter(&[IsIn, Gt]),
        column("name", "companyName", Kind::Text)
            .writable()
            .max(100)
            .filter(&[Eq]),
        column("number", "companyNumber", Kind::Text)
            .writable()
            .max(50),
        column("type", "companyType", Kind::CompanyType)
            .writable()
            .filter(ONE_OR_MANY),
        column("active", "isActive", Kind::Bool)
            .writable()
            .filter(&[Eq]),
        column("phone", "phone", Kind::Text).writable().max(25),
        column("fax", "fax", Kind::Text).writable().max(25),
        column("address1", "address1", Kind::Text)
            .writable()
            .max(128),
        column("address2", "address2", Kind::Text)
            .writable()
            .max(128),
        column("city", "city", Kind::Text).writable().max(30),
        column("state", "state", Kind::Text).writable().max(40),
        column("postal_code", "postalCode", Kind::Text)
            .writable()
            .max(10),
        column("web", "webAddress", Kind::Text).writable().max(255),
        column("tax_region_id", "taxRegionID", Kind::Ref("tax_region")).writable(),
        column("tax_exempt", "isTaxExempt", Kind::Bool).writable(),
        column("parent_id", "parentCompanyID", Kind::Ref("company")).writable(),
        column("bill_to_attention", "billToAttention", Kind::Text)
            .writable()
            .max(50),
        column("modified_at", "lastTrackedModifiedDateTime", Kind::Instant).filter(&[Ge]),
        column("udf", "userDefinedFields", Kind::UdfMap),
        column("erp_customer_id", "", Kind::ErpId(Some(Role::Customer))).writable(),
        column("erp_supplier_id", "", Kind::ErpId(Some(Role::Supplier))).writable(),
    ],
};

pub static PRODUCT: Table = Table {
    entity: "product",
    path: "Products",
    columns: &[
        column("id", "id", Kind::Id).filter(&[IsIn, Gt]),
        column("name", "name", Kind::Text)
            .writable()
            .max(100)
            .filter(&[Eq]),
        column("description", "description", Kind::Text)
            .writable()
            .max(2000),
        column("sku", "sku", Kind::Text)
            .writable()
            .max(50)
            .filter(&[Eq]),
        column("internal_product_id", "internalProductID", Kind::Text)
            .writable()
            .max(50),
        column("external_product_id", "externalProductID", Kind::Text)
            .writable()
            .max(50),
        column("manufacturer", "manufacturerName", Kind::Text)
            .writable()
            .max(100),
        column("manufacturer_part", "manufacturerProductName", Kind::Text)
            .writable()
            .max(50),
        column("vendor_part", "vendorProductNumber", Kind::Text)
            .writable()
            .max(50),
        column("unit_price", "unitPrice", Kind::Decimal).writable(),
        column("unit_cost", "unitCost", Kind::Decimal).writable(),
        column(
            "billing_code_id",
            "productBillingCodeID",
            Kind::Ref("billing_code"),
        )
        .writable(),
        column("active", "isActive", Kind::Bool)
            .writable()
            .filter(&[Eq]),
        column("erp_id", "", Kind::ErpId(None)).writable(),
    ],
};

pub static TICKET: Table = Table {
    entity: "ticket",
    path: "Tickets",
    columns: &[
        column("id", "id", Kind::Id).filter(&[IsIn]),
        column("number", "ticketNumber", Kind::Text),
        column("title", "title", Kind::CutText(255)).writable(),
        column("description", "description", Kind::CutText(8000)).writable(),
        column("category", "ticketCategory", Kind::Category).writable(),
        column("company_id", "companyID", Kind::Ref("company")).writable(),
        column("external_id", "externalID", Kind::Text)
            .writable()
            .max(50),
        column("status", "status", Kind::Label).writable(),
        // The system values keep their number whatever a tenant calls them: 1 new, 5 complete.
        column("status_id", "status", Kind::Ref("ticket_status")),
        column("created_at", "createDate", Kind::Instant),
    ],
};

pub static TICKET_CATEGORY: Table = Table {
    entity: "ticket_category",
    path: "TicketCategories",
    columns: &[
        column("id", "id", Kind::Id).filter(&[IsIn]),
        column("name", "name", Kind::Text).filter(&[Eq]),
        column("active", "isActive", Kind::Bool).filter(&[Eq]),
        column("api_only", "isApiOnly", Kind::Bool),
    ],
};

pub static PAYMENT_TERM: Table = Table {
    entity: "payment_term",
    path: "PaymentTerms",
    columns: &[
        column("id", "id", Kind::Id).filter(&[IsIn]),
        column("name", "name", Kind::Text).filter(&[Eq]),
        column("days", "paymentDueInDays", Kind::Integer),
    ],
};

/// Every entity.
pub static ALL: [&Table; 7] = [
    &INVOICE,
    &BILLING_CODE,
    &COMPANY,
    &PRODUCT,
    &TICKET,
    &TICKET_CATEGORY,
    &PAYMENT_TERM,
];

/// Picklists that are needed beside those of the columns.
const OTHER_PICKLISTS: &[(&str, &str)] =
    &[("BillingItems", "billingItemType"), ("Tickets", "priority")];

/// The picklists of a table worth remembering.
pub fn picklists(path: &str) -> Vec<&'static str> {
    let columns = ALL
        .iter()
        .filter(|table| table.path == path)
        .flat_map(|table| table.columns);
    let own = columns
        .filter(|c| matches!(c.kind, Kind::Label | Kind::CompanyType))
        .map(|c| c.vendor);
    own.chain(
        OTHER_PICKLISTS
            .iter()
            .filter(|(table, _)| *table == path)
            .map(|(_, field)| *field),
    )
    .collect()
}

/// The table of an entity.
///
/// # Errors
/// `internal` when there is none of this name.
pub fn table(entity: &str) -> Result<&'static Table, Fault> {
    ALL.iter()
        .find(|table| table.entity == entity)
        .copied()
        .ok_or_else(|| fault::no_such_entity(entity))
}
