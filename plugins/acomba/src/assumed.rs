//! Every name on the wire that no public source confirms, in one place.
//!
//! The bridge carries the property names of Acomba's SDK. Most are known from public code; these are
//! not, and the bridge has its own table from wire name to SDK property. When a name turns out to be
//! wrong, it is mended here and nowhere else.

/// The company's own identity in the answer of `info`: the same after its folder has been moved.
pub const COMPANY_UNIQUE_ID: &str = "CompanyUniqueID";
/// When a card was last modified, to the second, with an offset.
pub const MODIFIED_AT: &str = "ModifiedAt";
/// The bridge's hash of a card's mapped properties: what `If-Match` presents.
pub const HASH: &str = "Hash";

/// A customer's province; SDK code in public shows street, city, postal code and country only.
pub const CUSTOMER_PROVINCE: &str = "CuProvince";
/// The number of a customer's salesperson.
pub const CUSTOMER_SALESPERSON: &str = "CuSalespersonNumber";
/// The number of a customer's territory.
pub const CUSTOMER_TERRITORY: &str = "CuTerritoryNumber";
/// A customer's discount, in percent.
pub const CUSTOMER_DISCOUNT: &str = "CuDiscount";
/// The interface of salespeople. That each has a whole number, a name and an active flag is confirmed
/// by what other gateways show; none of the names is.
pub const SALESPERSON: &str = "Salesperson";
/// A salesperson's number.
pub const SALESPERSON_NUMBER: &str = "SPNumber";
/// A salesperson's full name, in one property.
pub const SALESPERSON_NAME: &str = "SPName";
/// Whether a salesperson is active.
pub const SALESPERSON_ACTIVE: &str = "SPActive";
/// The status of a salesperson's card, by analogy with `CuStatus`.
pub const SALESPERSON_STATUS: &str = "SPStatus";
/// The interface of territories.
pub const TERRITORY: &str = "Territory";
/// A territory's number.
pub const TERRITORY_NUMBER: &str = "TENumber";
/// A territory's description.
pub const TERRITORY_DESCRIPTION: &str = "TEDescription";
/// The status of a territory's card, by analogy with `CuStatus`.
pub const TERRITORY_STATUS: &str = "TEStatus";
/// The slot of `CuPhoneNumber` that holds a mobile number.
pub const MOBILE_SLOT: &str = "Ph_User1";
/// The status of a supplier's card, by analogy with `CuStatus`.
pub const SUPPLIER_STATUS: &str = "SuStatus";
/// The index of `PrSellingPrice` that holds the base price.
pub const BASE_PRICE: &str = "0,1";
/// The index of `PrDescription` that holds the main text.
pub const MAIN_TEXT: &str = "1";
/// A tax's description.
pub const TAX_DESCRIPTION: &str = "TaDescription";

/// The types of documents that are no invoice. That Acomba has each of them is confirmed; of the
/// identifiers only `ITp_Invoice` is.
pub const QUOTE_TYPE: &str = "ITp_Quotation";
/// An order.
pub const ORDER_TYPE: &str = "ITp_Order";
/// An order that is delivered and invoiced bit by bit.
pub const OPEN_ORDER_TYPE: &str = "ITp_OpenOrder";
/// A repeating quote, of companies with the module for automatic billing.
pub const CONTRACT_TYPE: &str = "ITp_Contract";
/// A credit, which no entity shows.
pub const CREDIT_TYPE: &str = "ITp_Credit";
/// The number of a document's salesperson.
pub const DOCUMENT_SALESPERSON: &str = "InSalespersonNumber";
/// A document's discount; in percent, like the customer's that it begins with.
pub const DOCUMENT_DISCOUNT: &str = "InDiscount";

/// A document's date.
pub const INVOICE_DATE: &str = "InDate";
/// What stands before a document's number in companies that have such a prefix.
pub const INVOICE_PREFIX: &str = "InInvoicePrefix";
/// The type of a freight line; the numeric 7 is confirmed, the identifier is not.
pub const FREIGHT_LINE: &str = "IL_Freight";

/// The index of documents by type and number. It leads to the first document with that number; the
/// natural key has the customer as well, so there could be a second.
pub const DOCUMENT_NUMBER_INDEX: u32 = 1;

/// How many decimals the bridge takes in a number.
pub const DECIMALS_MAX: u32 = 4;
/// How many digits survive in the binary doubles of Acomba's COM interface.
pub const DIGITS_MAX: usize = 15;
/// The time before every stamp: where a walk by modification starts.
pub const BEFORE_ALL: &str = "1970-01-01T00:00:00Z";
