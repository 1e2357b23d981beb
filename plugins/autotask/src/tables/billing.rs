//! Invoices and tickets, and what they name. Only data.

use super::{IDS, ONE_OR_MANY, RANGE};
use crate::table::{column, Kind, Table};
use liaison_sdk::prelude::*;
use Comparison::{Empty, Eq, Ge, IsIn, Le, NotEmpty};

pub static INVOICE: Table = Table::new(
    "invoice",
    "Invoices",
    &[
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
)
.writes(&[Action::Update]);

pub static BILLING_CODE: Table = Table::new(
    "billing_code",
    "BillingCodes",
    &[
        column("id", "id", Kind::Id).filter(&[IsIn]),
        column("name", "name", Kind::Text).filter(&[Eq]),
        column("external_number", "externalNumber", Kind::Text),
        column("active", "isActive", Kind::Bool).filter(&[Eq]),
        column("use_type", "useType", Kind::Label),
        column("unit_price", "unitPrice", Kind::Decimal),
        column("description", "description", Kind::Text),
    ],
);

pub static TICKET: Table = Table::new(
    "ticket",
    "Tickets",
    &[
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
)
.writes(&[Action::Create, Action::Update]);

pub static TICKET_CATEGORY: Table = Table::new(
    "ticket_category",
    "TicketCategories",
    &[
        column("id", "id", Kind::Id).filter(&[IsIn]),
        column("name", "name", Kind::Text).filter(&[Eq]),
        column("active", "isActive", Kind::Bool).filter(&[Eq]),
        column("api_only", "isApiOnly", Kind::Bool),
    ],
);
