//! Opportunities and their quotes. Only data.

use super::{MADE_AND_CHANGED, ONE_OR_MANY};
use crate::table::{column, Kind, Table};
use liaison_sdk::prelude::*;
use Comparison::{Eq, Ge, Gt, IsIn};

pub static OPPORTUNITY: Table = Table::new(
    "opportunity",
    "Opportunities",
    &[
        column("id", "id", Kind::Id).filter(&[IsIn, Gt]),
        column("title", "title", Kind::Text)
            .writable()
            .max(128)
            .filter(&[Eq]),
        column("company_id", "companyID", Kind::Ref("company"))
            .writable()
            .filter(ONE_OR_MANY),
        column("contact_id", "contactID", Kind::Ref("contact")).writable(),
        column("owner_id", "ownerResourceID", Kind::Ref("resource")).writable(),
        column("status", "status", Kind::Label)
            .writable()
            .filter(ONE_OR_MANY),
        // The system values keep their number: 0 not ready to buy, 1 active, 2 lost, 3 closed, 4 implemented.
        column("status_id", "status", Kind::Ref("opportunity_status")),
        column("stage", "stage", Kind::Label).writable(),
        column("category", "opportunityCategoryID", Kind::Label).writable(),
        column("lead_source", "leadSource", Kind::Label).writable(),
        column("loss_reason", "lossReason", Kind::Label).writable(),
        column("win_reason", "winReason", Kind::Label).writable(),
        column("probability", "probability", Kind::Integer).writable(),
        column("amount", "amount", Kind::Decimal).writable(),
        column("cost", "cost", Kind::Decimal).writable(),
        column("use_quote_totals", "useQuoteTotals", Kind::Bool).writable(),
        column("start_date", "startDate", Kind::Day).writable(),
        column("projected_close_date", "projectedCloseDate", Kind::Day).writable(),
        column("create_date", "createDate", Kind::Day).writable(),
        column("closed_date", "closedDate", Kind::Day).writable(),
        column("lost_date", "lostDate", Kind::Day).writable(),
        column("description", "description", Kind::CutText(8000)).writable(),
        column("next_step", "nextStep", Kind::CutText(500)).writable(),
        column("modified_at", "lastActivity", Kind::Instant).filter(&[Ge]),
        column("udf", "userDefinedFields", Kind::UdfMap),
        column("external_id", "", Kind::Marker).writable(),
    ],
)
.writes(MADE_AND_CHANGED)
.marker("external_id")
.needs(&["title", "company_id", "stage", "status", "probability"])
.stamp("lastActivity");

/// The header; its addresses and lines are other tables'.
pub static QUOTE: Table = Table::new(
    "quote",
    "Quotes",
    &[
        column("id", "id", Kind::Id).filter(&[IsIn, Gt]),
        column("opportunity_id", "opportunityID", Kind::Ref("opportunity"))
            .fixed()
            .filter(ONE_OR_MANY),
        column("company_id", "companyID", Kind::Ref("company"))
            .fixed()
            .filter(ONE_OR_MANY),
        column("contact_id", "contactID", Kind::Ref("contact")).writable(),
        column("name", "name", Kind::Text)
            .writable()
            .max(100)
            .filter(&[Eq]),
        column("number", "quoteNumber", Kind::Integer),
        column("external_number", "externalQuoteNumber", Kind::Text)
            .writable()
            .max(50)
            .filter(&[Eq]),
        column("active", "isActive", Kind::Bool)
            .writable()
            .filter(&[Eq]),
        column("primary", "primaryQuote", Kind::Bool).writable(),
        column("effective_date", "effectiveDate", Kind::Day).writable(),
        column("expiration_date", "expirationDate", Kind::Day).writable(),
        column("description", "description", Kind::CutText(2000)).writable(),
        column("comment", "comment", Kind::CutText(1000)).writable(),
        column("purchase_order", "purchaseOrderNumber", Kind::Text)
            .writable()
            .max(50),
        column("payment_term_id", "paymentTerm", Kind::Ref("payment_term")).writable(),
        column("payment_type", "paymentType", Kind::Label).writable(),
        column(
            "shipping_type_id",
            "shippingType",
            Kind::Ref("shipping_type"),
        )
        .writable(),
        column("tax_region_id", "taxRegionID", Kind::Ref("tax_region")).writable(),
        column("approval_status", "approvalStatus", Kind::Label),
        column(
            "bill_to_location_id",
            "billToLocationID",
            Kind::Ref("quote_location"),
        ),
        column(
            "ship_to_location_id",
            "shipToLocationID",
            Kind::Ref("quote_location"),
        ),
        column(
            "sold_to_location_id",
            "soldToLocationID",
            Kind::Ref("quote_location"),
        ),
        column("created_at", "createDate", Kind::Instant),
        column("modified_at", "lastActivityDate", Kind::Instant).filter(&[Ge]),
    ],
)
.writes(MADE_AND_CHANGED)
.marker("external_number")
.needs(&["opportunity_id", "name", "external_number"])
.stamp("lastActivityDate");

/// A line of a quote; no entity of its own. Its kind and key are [`crate::quote_line`]'s.
pub static QUOTE_ITEM: Table = Table::new(
    "quote_line",
    "QuoteItems",
    &[
        column("id", "id", Kind::Id),
        column("name", "name", Kind::CutText(100)).writable(),
        column("quantity", "quantity", Kind::Decimal).writable(),
        column("unit_price", "unitPrice", Kind::Decimal).writable(),
        column("unit_cost", "unitCost", Kind::Decimal).writable(),
        column("unit_discount", "unitDiscount", Kind::Decimal).writable(),
        column("percentage_discount", "percentageDiscount", Kind::Decimal).writable(),
        column("line_discount", "lineDiscount", Kind::Decimal).writable(),
        column("optional", "isOptional", Kind::Bool).writable(),
        column("taxable", "isTaxable", Kind::Bool).writable(),
        column(
            "tax_category_id",
            "taxCategoryID",
            Kind::Ref("tax_category"),
        )
        .writable(),
        column("period", "periodType", Kind::Label).writable(),
        column("product_id", "productID", Kind::Ref("product")).writable(),
        column("service_id", "serviceID", Kind::Ref("service")).writable(),
        column(
            "service_bundle_id",
            "serviceBundleID",
            Kind::Ref("service_bundle"),
        )
        .writable(),
        column("labor_id", "laborID", Kind::Ref("labor")).writable(),
        column("charge_id", "chargeID", Kind::Ref("billing_code")).writable(),
        column("expense_id", "expenseID", Kind::Ref("billing_code")).writable(),
        column("shipping_id", "shippingID", Kind::Ref("shipping_type")).writable(),
        column("sort_order", "sortOrderID", Kind::Integer),
    ],
)
.below("Quotes", "quoteID", "Items");
