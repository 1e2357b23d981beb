//! The kinds of cards, each a table of fields.

use crate::assumed;
use crate::card::{Access, CardKind};
use crate::field::{field, Kind};

/// A customer.
pub const CUSTOMER: CardKind = CardKind {
    entity: "customer",
    interface: "Customer",
    status: "CuStatus",
    access: Access::Full,
    fields: &[
        field("number", "Number", "CuNumber", Kind::Text),
        field("name", "Name", "CuName", Kind::Text),
        field("sort_key", "Search word", "CuSortKey", Kind::Text),
        field("address", "Address", "CuAddress", Kind::Text),
        field("city", "City", "CuCity", Kind::Text),
        field(
            "province",
            "Province",
            assumed::CUSTOMER_PROVINCE,
            Kind::Text,
        ),
        field("postal_code", "Postal code", "CuPostalCode", Kind::Text),
        field(
            "country",
            "Country (ISO code)",
            "CuISOCountryCode",
            Kind::Text,
        ),
        field("care_of", "Care of", "CuCareOf", Kind::Text),
        field("phone", "Telephone", "CuPhoneNumber", Kind::Text).at("Ph_Number"),
        field("fax", "Fax", "CuPhoneNumber", Kind::Text).at("Ph_Fax"),
        field("mobile", "Mobile", "CuPhoneNumber", Kind::Text).at(assumed::MOBILE_SLOT),
        field("email", "E-mail", "CuEMail", Kind::Text).at("EMail_One"),
        field("web", "Web site", "CuWebAddress", Kind::Text),
        field("language", "Language", "CuLanguage", Kind::Language),
        field(
            "term_number",
            "Payment term",
            "CuTermNumber",
            Kind::OtherNumber,
        ),
        // Acomba goes by the number; the position is what links go by.
        field(
            "term_id",
            "Payment term (card)",
            "CuTermCP",
            Kind::CardOf("term"),
        )
        .read_only(),
        field("tax_group", "Tax group", "CuTaxGroupNumber", Kind::Text),
        field("price_level", "Price list", "CuPriceLevel", Kind::Word),
        field(
            "salesperson_number",
            "Salesperson",
            assumed::CUSTOMER_SALESPERSON,
            Kind::OtherNumber,
        ),
        field(
            "territory_number",
            "Territory",
            assumed::CUSTOMER_TERRITORY,
            Kind::OtherNumber,
        ),
        field(
            "discount",
            "Discount (%)",
            assumed::CUSTOMER_DISCOUNT,
            Kind::Quantity,
        ),
        field(
            "invoiced_to_id",
            "Invoiced to",
            "CuInvoicedToCP",
            Kind::CardOf("customer"),
        ),
        field("active", "Active", "CuActive", Kind::Flag),
        field("modified_at", "Modified", assumed::MODIFIED_AT, Kind::Stamp).read_only(),
    ],
};

/// A supplier.
pub const SUPPLIER: CardKind = CardKind {
    entity: "supplier",
    interface: "Supplier",
    status: assumed::SUPPLIER_STATUS,
    access: Access::Full,
    fields: &[
        field("number", "Number", "SuNumber", Kind::Text),
        field("name", "Name", "SuName", Kind::Text),
        field("sort_key", "Search word", "SuSortKey", Kind::Text),
        field("address", "Address", "SuAddress", Kind::Text),
        field("city", "City", "SuCity", Kind::Text),
        field("postal_code", "Postal code", "SuPostalCode", Kind::Text),
        field(
            "country",
            "Country (ISO code)",
            "SuISOCountryCode",
            Kind::Text,
        ),
        field("phone", "Telephone", "SuPhoneNumber", Kind::Text).at("Ph_Number"),
        field("fax", "Fax", "SuPhoneNumber", Kind::Text).at("Ph_Fax"),
        field("email", "E-mail", "SuEMail", Kind::Text).at("EMail_One"),
        field(
            "term_number",
            "Payment term",
            "SuPaymentTermNumber",
            Kind::OtherNumber,
        ),
        field("active", "Active", "SuActive", Kind::Flag),
    ],
};

/// A product.
pub const PRODUCT: CardKind = CardKind {
    entity: "product",
    interface: "Product",
    status: "PrStatus",
    access: Access::Full,
    fields: &[
        field("number", "Number", "PrNumber", Kind::Text),
        field("description", "Description", "PrDescription", Kind::Text).at(assumed::MAIN_TEXT),
        field("price", "Selling price", "PrSellingPrice", Kind::Money).at(assumed::BASE_PRICE),
        field(
            "group_number",
            "Product group",
            "PrProductGroupNumber",
            Kind::OtherNumber,
        ),
        field("upc", "UPC", "PrUPC", Kind::Text),
        field("unit", "Unit", "PrLongUnitCode", Kind::Text),
        field("active", "Active", "PrActive", Kind::Flag),
        field(
            "quantity_on_hand",
            "Quantity on hand",
            "PrQtyOnHand",
            Kind::Quantity,
        )
        .read_only(),
    ],
};

/// A product group.
pub const PRODUCT_GROUP: CardKind = CardKind {
    entity: "product_group",
    interface: "ProductGroup",
    status: "PGStatus",
    access: Access::Listed,
    fields: &[
        field("number", "Number", "PGNumber", Kind::Number).read_only(),
        field("description", "Description", "PGDescription", Kind::Text).read_only(),
    ],
};

/// A payment term of customers.
pub const TERM: CardKind = CardKind {
    entity: "term",
    interface: "CustomerTerm",
    status: "CTStatus",
    access: Access::ReadOnly,
    fields: &[
        field("number", "Number", "CTNumber", Kind::Number).read_only(),
        field("description", "Description", "CTDescription", Kind::Text).read_only(),
    ],
};

/// A tax.
pub const TAX: CardKind = CardKind {
    entity: "tax",
    interface: "Tax",
    status: "TaStatus",
    access: Access::ReadOnly,
    fields: &[
        field("number", "Number", "TaNumber", Kind::Text).read_only(),
        field(
            "description",
            "Description",
            assumed::TAX_DESCRIPTION,
            Kind::Text,
        )
        .read_only(),
    ],
};

/// A tax group.
pub const TAX_GROUP: CardKind = CardKind {
    entity: "tax_group",
    interface: "TaxGroup",
    status: "TGStatus",
    access: Access::ReadOnly,
    fields: &[
        field("number", "Number", "TGNumber", Kind::Text).read_only(),
        field("description", "Description", "TGDescription", Kind::Text).read_only(),
    ],
};

/// A salesperson.
pub const SALESPERSON: CardKind = CardKind {
    entity: "salesperson",
    interface: assumed::SALESPERSON,
    status: assumed::SALESPERSON_STATUS,
    access: Access::Listed,
    fields: &[
        field(
            "number",
            "Number",
            assumed::SALESPERSON_NUMBER,
            Kind::Number,
        )
        .read_only(),
        field("name", "Name", assumed::SALESPERSON_NAME, Kind::Text).read_only(),
        field("active", "Active", assumed::SALESPERSON_ACTIVE, Kind::Flag).read_only(),
    ],
};

/// A territory.
pub const TERRITORY: CardKind = CardKind {
    entity: "territory",
    interface: assumed::TERRITORY,
    status: assumed::TERRITORY_STATUS,
    access: Access::Listed,
    fields: &[
        field("number", "Number", assumed::TERRITORY_NUMBER, Kind::Number).read_only(),
        field(
            "description",
            "Description",
            assumed::TERRITORY_DESCRIPTION,
            Kind::Text,
        )
        .read_only(),
    ],
};

/// All of them.
pub const KINDS: [&CardKind; 9] = [
    &CUSTOMER,
    &SUPPLIER,
    &PRODUCT,
    &PRODUCT_GROUP,
    &TERM,
    &TAX,
    &TAX_GROUP,
    &SALESPERSON,
    &TERRITORY,
];
