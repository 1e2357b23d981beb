//! What can be sold, and the lists that documents name. Only data.

use super::MADE_AND_CHANGED;
use crate::table::{column, Kind, Table};
use liaison_sdk::prelude::*;
use Comparison::{Eq, Gt, IsIn};

pub static PRODUCT: Table = Table::new(
    "product",
    "Products",
    &[
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
            .max(50)
            .filter(&[Eq]),
        column("manufacturer", "manufacturerName", Kind::Text)
            .writable()
            .max(100)
            .filter(&[Eq]),
        column("manufacturer_part", "manufacturerProductName", Kind::Text)
            .writable()
            .max(50)
            .filter(&[Eq]),
        column("vendor_part", "vendorProductNumber", Kind::Text)
            .writable()
            .max(50),
        column("category", "productCategory", Kind::Label).writable(),
        column("period", "periodType", Kind::Label).writable(),
        column("msrp", "msrp", Kind::Decimal).writable(),
        column("unit_price", "unitPrice", Kind::Decimal).writable(),
        column("unit_cost", "unitCost", Kind::Decimal).writable(),
        column(
            "billing_code_id",
            "productBillingCodeID",
            Kind::Ref("billing_code"),
        )
        .writable(),
        column("default_vendor_id", "defaultVendorID", Kind::Ref("company")).writable(),
        column("link", "link", Kind::Text).writable().max(500),
        column("serialized", "isSerialized", Kind::Bool).writable(),
        column("active", "isActive", Kind::Bool)
            .writable()
            .filter(&[Eq]),
        column("erp_id", "", Kind::ErpId(None)).writable(),
    ],
)
.writes(MADE_AND_CHANGED)
.marker("external_product_id")
.needs(&["name", "billing_code_id"]);

pub static SERVICE: Table = Table::new(
    "service",
    "Services",
    &[
        column("id", "id", Kind::Id).filter(&[IsIn]),
        column("name", "name", Kind::Text).filter(&[Eq]),
        column("description", "description", Kind::Text),
        column("invoice_description", "invoiceDescription", Kind::Text),
        column("sku", "sku", Kind::Text),
        column("period", "periodType", Kind::Label),
        column("unit_price", "unitPrice", Kind::Decimal),
        column("unit_cost", "unitCost", Kind::Decimal),
        column(
            "billing_code_id",
            "billingCodeID",
            Kind::Ref("billing_code"),
        ),
        column("active", "isActive", Kind::Bool).filter(&[Eq]),
        column("modified_at", "lastModifiedDate", Kind::Instant),
    ],
);

pub static SERVICE_BUNDLE: Table = Table::new(
    "service_bundle",
    "ServiceBundles",
    &[
        column("id", "id", Kind::Id).filter(&[IsIn]),
        column("name", "name", Kind::Text).filter(&[Eq]),
        column("description", "description", Kind::Text),
        column("invoice_description", "invoiceDescription", Kind::Text),
        column("sku", "sku", Kind::Text),
        column("period", "periodType", Kind::Label),
        column("unit_price", "unitPrice", Kind::Decimal),
        column("unit_cost", "unitCost", Kind::Decimal),
        column(
            "billing_code_id",
            "billingCodeID",
            Kind::Ref("billing_code"),
        ),
        column("active", "isActive", Kind::Bool).filter(&[Eq]),
        column("modified_at", "lastModifiedDate", Kind::Instant),
    ],
);

/// Labour on a quote is a role.
pub static LABOR: Table = Table::new(
    "labor",
    "Roles",
    &[
        column("id", "id", Kind::Id).filter(&[IsIn]),
        column("name", "name", Kind::Text).filter(&[Eq]),
        column("description", "description", Kind::Text),
        column("rate", "hourlyRate", Kind::Decimal),
        column("factor", "hourlyFactor", Kind::Decimal),
        column("active", "isActive", Kind::Bool).filter(&[Eq]),
        column("system", "isSystemRole", Kind::Bool),
    ],
);

pub static SHIPPING_TYPE: Table = Table::new(
    "shipping_type",
    "ShippingTypes",
    &[
        column("id", "id", Kind::Id).filter(&[IsIn]),
        column("name", "name", Kind::Text).filter(&[Eq]),
        column("description", "description", Kind::Text),
        column(
            "billing_code_id",
            "billingCodeID",
            Kind::Ref("billing_code"),
        ),
        column("active", "isActive", Kind::Bool).filter(&[Eq]),
    ],
);

pub static PAYMENT_TERM: Table = Table::new(
    "payment_term",
    "PaymentTerms",
    &[
        column("id", "id", Kind::Id).filter(&[IsIn]),
        column("name", "name", Kind::Text).filter(&[Eq]),
        column("days", "paymentDueInDays", Kind::Integer),
        column("active", "isActive", Kind::Bool).filter(&[Eq]),
    ],
);

pub static TAX_REGION: Table = Table::new(
    "tax_region",
    "TaxRegions",
    &[
        column("id", "id", Kind::Id).filter(&[IsIn]),
        column("name", "name", Kind::Text).filter(&[Eq]),
        column("active", "isActive", Kind::Bool).filter(&[Eq]),
    ],
);

pub static TAX_CATEGORY: Table = Table::new(
    "tax_category",
    "TaxCategories",
    &[
        column("id", "id", Kind::Id).filter(&[IsIn]),
        column("name", "name", Kind::Text).filter(&[Eq]),
        column("description", "description", Kind::Text),
        column("active", "isActive", Kind::Bool).filter(&[Eq]),
    ],
);
