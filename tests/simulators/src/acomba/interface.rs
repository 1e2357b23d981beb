//! The interfaces and their properties: the one table that says what a card of each kind holds.
//!
//! Names are the SDK's. Lengths are assumptions (only the 90 of a line description is known), chosen so
//! that the 17-digit customer number fits and a long company name does not. Names marked `assumed` have
//! no public source: `CuProvince`, `CuDiscount`, `CuSalespersonNumber`, `CuTerritoryNumber`, `InDate`,
//! `InSalespersonNumber`, `InTerritoryNumber`, `InDiscount`, `ILProductGroupNumber`, the `XxStatus` of the
//! reference tables, and all of `Salesperson` and `Territory`.

use super::error::Code;

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// At most so many characters.
    Text(usize),
    Int,
    /// A COM double on the other side; here an exact decimal of at most 4 places.
    Amount,
    /// `YYYY-MM-DD`.
    Date,
    CardPos,
    Flag,
    /// SDK names; the first is what a blank card holds.
    Name(&'static [&'static str]),
    /// Indexed properties travel as objects keyed by the index.
    TextBy(&'static [&'static str], usize),
    AmountBy(&'static [&'static str]),
    CardPosBy(&'static [&'static str]),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Set,
    Read,
    /// Read, and outside the hash, because it moves with every sale.
    Stock,
    /// Known to the simulator, never on the wire (the reference shows no property for it).
    Hidden,
}

#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    pub access: Access,
}

/// A property that names a card of another interface, by number, by position, or by both.
#[derive(Debug)]
pub struct Reference {
    pub number: Option<&'static str>,
    pub position: Option<&'static str>,
    pub to: &'static str,
    pub unknown: Code,
    pub required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writable {
    Cards,
    Documents,
    Never,
}

#[derive(Debug)]
pub struct Interface {
    pub name: &'static str,
    /// The property of key index 1; none for a singleton.
    pub number: Option<&'static str>,
    pub status: &'static str,
    pub active: Option<&'static str>,
    /// Customers and products start at 2, users and singletons at 1.
    pub card_pos_first: i32,
    pub writable: Writable,
    /// Whether cards carry a modification stamp, so that `changes` works.
    pub stamped: bool,
    /// Properties that can be looked up without a walk.
    pub indexed: &'static [&'static str],
    pub references: &'static [Reference],
    pub fields: &'static [Field],
}

pub fn named(name: &str) -> Option<&'static Interface> {
    ALL.iter().copied().find(|interface| interface.name == name)
}

/// In the order in which they can be seeded: a card only refers to what stands before it.
pub static ALL: &[&Interface] = &[
    &USER, &CONTROL_CUSTOMER, &TAX, &TAX_GROUP, &PRODUCT_GROUP, &CUSTOMER_TERM, &SALESPERSON, &TERRITORY, &CUSTOMER, &SUPPLIER,
    &PRODUCT, &TRANSACTION,
];

const fn set(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, access: Access::Set }
}
const fn read(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, access: Access::Read }
}
const fn stock(name: &'static str) -> Field {
    Field { name, kind: Kind::Amount, access: Access::Stock }
}
const fn hidden(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, access: Access::Hidden }
}
const fn table(name: &'static str, number: &'static str, status: &'static str, indexed: &'static [&'static str], fields: &'static [Field]) -> Interface {
    Interface {
        name, number: Some(number), status, active: None, card_pos_first: 2, writable: Writable::Never, stamped: false, indexed, references: &[], fields,
    }
}

const PHONES: &[&str] = &["Ph_Number", "Ph_Fax", "Ph_User1", "Ph_User2"];
const EMAILS: &[&str] = &["EMail_One", "EMail_Two", "EMail_Three"];
const PRICE_LEVELS: &[&str] = &["PL_1", "PL_2", "PL_3", "PL_4", "PL_5", "PL_6"];
const STATEMENTS: &[&str] = &["ST_Min", "ST_None", "ST_OpenItem", "ST_BalanceForward"];
const PRICES: &[&str] = &["0,1", "0,2", "0,3", "0,4", "0,5", "0,6"];
pub const INVOICING_TYPES: &[&str] = &["ITp_Invoice", "ITp_Quotation", "ITp_Order", "ITp_OpenOrder", "ITp_Credit", "ITp_Contract"];
pub const LINE_TYPES: &[&str] = &["IL_Invoice", "IL_Freight", "IL_Tax"];

pub static USER: Interface = Interface {
    card_pos_first: 1,
    ..table("User", "UsNumber", "UsStatus", &["UsNumber"], &[
        read("UsNumber", Kind::Text(20)), read("UsName", Kind::Text(50)), read("UsStatus", Kind::Int),
    ])
};

pub static CONTROL_CUSTOMER: Interface = Interface {
    card_pos_first: 1,
    number: None,
    ..table("ControlCustomer", "", "CCStatus", &[], &[
        // (receivable offset, 13) is the GL account of freight revenue.
        read("CCARCharterCP", Kind::CardPosBy(&["0,13", "1,13", "2,13", "3,13"])), read("CCStatus", Kind::Int),
    ])
};

pub static TAX: Interface = table("Tax", "TaNumber", "TaStatus", &["TaNumber"], &[
    read("TaNumber", Kind::Text(15)), read("TaDescription", Kind::Text(50)), read("TaCollectedTaxesCharterCP", Kind::CardPos),
    hidden("TaRate", Kind::Amount), read("TaStatus", Kind::Int),
]);

pub static TAX_GROUP: Interface = table("TaxGroup", "TGNumber", "TGStatus", &["TGNumber"], &[
    read("TGNumber", Kind::Text(15)), read("TGDescription", Kind::Text(50)),
    hidden("TGTaxNumbers", Kind::TextBy(&["1", "2", "3", "4"], 15)), read("TGStatus", Kind::Int),
]);

pub static PRODUCT_GROUP: Interface = table("ProductGroup", "PGNumber", "PGStatus", &["PGNumber"], &[
    read("PGNumber", Kind::Int), read("PGDescription", Kind::Text(50)), read("PGStatus", Kind::Int),
]);

pub static CUSTOMER_TERM: Interface = table("CustomerTerm", "CTNumber", "CTStatus", &["CTNumber"], &[
    read("CTNumber", Kind::Int), read("CTDescription", Kind::Text(50)), read("CTType", Kind::Int), read("CTPercent", Kind::Amount),
    read("CTNumberOfDays", Kind::Int), read("CTDueDays", Kind::Int), read("CTNumberOfPayments", Kind::Int), read("CTPeriodicity", Kind::Int),
    read("CTDaysBetweenPayments", Kind::Int), read("CTFirstPayment", Kind::Amount), read("CTNumberOfSchedules", Kind::Int),
    read("CTEqualPayments", Kind::Flag), read("CTStatus", Kind::Int),
]);

pub static SALESPERSON: Interface = Interface {
    active: Some("SPActive"),
    ..table("Salesperson", "SPNumber", "SPStatus", &["SPNumber"], &[
        read("SPNumber", Kind::Int), read("SPName", Kind::Text(50)), read("SPActive", Kind::Flag), read("SPStatus", Kind::Int),
    ])
};

pub static TERRITORY: Interface = table("Territory", "TENumber", "TEStatus", &["TENumber"], &[
    read("TENumber", Kind::Int), read("TEDescription", Kind::Text(50)), read("TEStatus", Kind::Int),
]);

pub static CUSTOMER: Interface = Interface {
    name: "Customer",
    number: Some("CuNumber"),
    status: "CuStatus",
    active: Some("CuActive"),
    card_pos_first: 2,
    writable: Writable::Cards,
    stamped: true,
    indexed: &["CuNumber"],
    references: &[
        Reference { number: Some("CuTermNumber"), position: Some("CuTermCP"), to: "CustomerTerm", unknown: Code::TermUnknown, required: false },
        Reference { number: Some("CuTaxGroupNumber"), position: Some("CuTaxGroupCP"), to: "TaxGroup", unknown: Code::TaxUnknown, required: false },
        Reference { number: Some("CuSalespersonNumber"), position: None, to: "Salesperson", unknown: Code::SalespersonUnknown, required: false },
        Reference { number: Some("CuTerritoryNumber"), position: None, to: "Territory", unknown: Code::TerritoryUnknown, required: false },
        Reference { number: None, position: Some("CuInvoicedToCP"), to: "Customer", unknown: Code::CustomerUnknown, required: false },
    ],
    fields: &[
        set("CuNumber", Kind::Text(20)), set("CuName", Kind::Text(50)), set("CuSortKey", Kind::Text(20)), set("CuAddress", Kind::Text(60)),
        set("CuCity", Kind::Text(40)), set("CuProvince", Kind::Text(30)), set("CuPostalCode", Kind::Text(10)), set("CuISOCountryCode", Kind::Text(3)),
        set("CuCareOf", Kind::Text(50)), set("CuWebAddress", Kind::Text(80)), set("CuPhoneNumber", Kind::TextBy(PHONES, 25)),
        set("CuPhoneDescription", Kind::TextBy(PHONES, 20)), set("CuEMail", Kind::TextBy(EMAILS, 80)), set("CuLanguage", Kind::Int),
        set("CuTermNumber", Kind::Int), set("CuTermCP", Kind::CardPos), set("CuReceivable", Kind::Int), set("CuInvoicedToCP", Kind::CardPos),
        set("CuTaxGroupNumber", Kind::Text(15)), set("CuTaxGroupCP", Kind::CardPos), set("CuPriceLevel", Kind::Name(PRICE_LEVELS)),
        set("CuSalespersonNumber", Kind::Int), set("CuTerritoryNumber", Kind::Int), set("CuDiscount", Kind::Amount),
        set("CuOrderAllowed", Kind::Flag), set("CuBoAllowed", Kind::Flag), set("CuStatement", Kind::Name(STATEMENTS)), set("CuInterest", Kind::Int),
        set("CuProjectNumber", Kind::Text(20)), set("CuActive", Kind::Flag), read("CuStatus", Kind::Int),
    ],
};

pub static SUPPLIER: Interface = Interface {
    name: "Supplier",
    number: Some("SuNumber"),
    status: "SuStatus",
    active: Some("SuActive"),
    card_pos_first: 2,
    writable: Writable::Cards,
    stamped: true,
    indexed: &["SuNumber"],
    references: &[],
    fields: &[
        set("SuNumber", Kind::Text(20)), set("SuSortKey", Kind::Text(20)), set("SuName", Kind::Text(50)), set("SuAddress", Kind::Text(60)),
        set("SuCity", Kind::Text(40)), set("SuPostalCode", Kind::Text(10)), set("SuISOCountryCode", Kind::Text(3)),
        set("SuEMail", Kind::TextBy(EMAILS, 80)), set("SuPhoneNumber", Kind::TextBy(PHONES, 25)), set("SuPaymentTermNumber", Kind::Int),
        set("SuActive", Kind::Flag), read("SuStatus", Kind::Int),
    ],
};

pub static PRODUCT: Interface = Interface {
    name: "Product",
    number: Some("PrNumber"),
    status: "PrStatus",
    active: Some("PrActive"),
    card_pos_first: 2,
    writable: Writable::Cards,
    stamped: true,
    indexed: &["PrNumber"],
    references: &[Reference {
        number: Some("PrProductGroupNumber"), position: Some("PrProductGroupCP"), to: "ProductGroup", unknown: Code::ProductGroupUnknown, required: true,
    }],
    fields: &[
        set("PrNumber", Kind::Text(20)), set("PrDescription", Kind::TextBy(&["1", "2", "3"], 90)), set("PrSortKey", Kind::Text(20)),
        set("PrSellingPrice", Kind::AmountBy(PRICES)), set("PrProductGroupNumber", Kind::Int), set("PrProductGroupCP", Kind::CardPos),
        set("PrUPC", Kind::Text(20)), set("PrLongUnitCode", Kind::Text(20)), set("PrLocation", Kind::Text(20)), stock("PrQtyOnHand"),
        stock("PrAvailableQty"), stock("PrTotalOnHand"), stock("PrTotalAvailableQty"), set("PrMaximumQty", Kind::Amount),
        read("PrProductSuppliersCP", Kind::CardPosBy(&["1", "2", "3"])), set("PrActive", Kind::Flag), read("PrStatus", Kind::Int),
    ],
};

pub static TRANSACTION: Interface = Interface {
    name: "Transaction",
    number: Some("InInvoiceNumber"),
    status: "InStatus",
    active: Some("InTransactionActive"),
    card_pos_first: 2,
    writable: Writable::Documents,
    stamped: true,
    indexed: &["InReference", "InInvoiceNumber", "InCustomerSupplierCP", "InInvoiceType"],
    references: &[],
    fields: &[
        set("InInvoiceType", Kind::Name(INVOICING_TYPES)), set("InInvoiceNumber", Kind::Text(15)), read("InInvoicePrefix", Kind::Text(5)),
        set("InCustomerSupplierCP", Kind::CardPos), read("InInvoicedToCP", Kind::CardPos), read("InReceivableOffset", Kind::Int),
        read("InTaxGroupCP", Kind::CardPos), read("InTaxGroupNumber", Kind::Text(15)), set("InReference", Kind::Text(20)),
        set("InDescription", Kind::Text(60)), set("InDate", Kind::Date), set("InSalespersonNumber", Kind::Int), set("InTerritoryNumber", Kind::Int),
        set("InDiscount", Kind::Amount), set("InCurrentDay", Kind::Flag), set("InTransactionActive", Kind::Flag),
        set("InInvoiceSubTotal", Kind::Amount), set("InInvoiceTotal", Kind::Amount), set("InSales_Taxes", Kind::AmountBy(&["991"])),
        set("InTermNumber", Kind::Int), read("InTermType", Kind::Int), read("InTermDescription", Kind::Text(50)), read("InTermPercent", Kind::Amount),
        read("InNumberOfDays", Kind::Int), read("InDueDays", Kind::Int), read("InNumberOfPayments", Kind::Int), read("InPeriodicity", Kind::Int),
        read("InDaysBetweenPayments", Kind::Int), read("InFirstPayment", Kind::Amount), read("InNumberOfSchedules", Kind::Int),
        read("InEqualPayments", Kind::Flag), read("TANumLines", Kind::Int), read("InStatus", Kind::Int),
    ],
};

/// The term's property and the document's: copied one by one when a document is created.
pub const TERM_COPIES: &[(&str, &str)] = &[
    ("CTType", "InTermType"), ("CTDescription", "InTermDescription"), ("CTPercent", "InTermPercent"), ("CTNumberOfDays", "InNumberOfDays"),
    ("CTDueDays", "InDueDays"), ("CTNumberOfPayments", "InNumberOfPayments"), ("CTPeriodicity", "InPeriodicity"),
    ("CTDaysBetweenPayments", "InDaysBetweenPayments"), ("CTFirstPayment", "InFirstPayment"), ("CTNumberOfSchedules", "InNumberOfSchedules"),
    ("CTEqualPayments", "InEqualPayments"),
];

/// The line arrays of `Transaction`.
pub static LINE_FIELDS: &[Field] = &[
    set("ILType", Kind::Name(LINE_TYPES)), set("ILLineNumber", Kind::Int), set("ILProductNumber", Kind::Text(20)), set("ILProductCP", Kind::CardPos),
    set("ILProductGroupNumber", Kind::Int), set("ILProductGroupCP", Kind::CardPos), set("ILDescription", Kind::Text(90)),
    set("ILSellingPrice", Kind::Amount), set("ILOrderedQty", Kind::Amount), set("ILInvoicedQty", Kind::Amount), set("ILTotalAmount", Kind::Amount),
    read("ILCharterCP", Kind::CardPos), set("ILProjectNumber", Kind::Text(20)), set("ILTaxesIncluded", Kind::Flag),
    read("ILProductCPLinkedToSerialNumber", Kind::CardPos),
];
