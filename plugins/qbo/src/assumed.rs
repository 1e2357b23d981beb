//! What no primary source confirms, each in one place. The reference tells what is sure; `README.md` lists these for people.

/// The base since August 2025; lower numbers are ignored.
pub const MINOR_VERSION: &str = "75";

/// How long QuickBooks is taken to remember a `requestid` and its answer. It is not documented, so a transaction is looked for
/// by its mark before it is sent again, and a customer, vendor or item is refused by its name where it is there.
pub const REQUEST_ID_KEPT_S: u32 = 86_400;

/// How far a walk over changes looks back behind the answer of the last one: how long a change may take to be told.
pub const OVERLAP_S: u32 = 120;

/// How far back changes can be asked for is 30 days; a day is kept for slow clocks.
pub const LOOK_BACK_S: i64 = 29 * 86_400;

/// Objects in one answer about changes. One that holds so many may lack some.
pub const CHANGES_MAX: usize = 1_000;

/// Records in one page of a query.
pub const PAGE_MAX: u32 = 1_000;

/// Operations or queries in one batch.
pub const BATCH_MAX: usize = 30;

/// Only `Item` and the like are documented to be left out while inactive; it is taken for true of every list.
pub const WITH_INACTIVE: &str = "Active IN (true, false)";

/// What stands before our mark in the last line of the private note.
pub const MARK: &str = "liaison:";

/// What the private note of a voided transaction begins with; its total is 0.
pub const VOIDED: &str = "Voided";

/// States of an estimate.
pub const ESTIMATE_STATES: [&str; 4] = ["Accepted", "Closed", "Pending", "Rejected"];
/// The state in which nothing comes of it.
pub const REJECTED: &str = "Rejected";

/// The display name's length.
pub const NAME_MAX: u32 = 500;

/// How long before its end an access token is renewed, in seconds.
pub const RENEW_BEFORE_S: u64 = 300;

/// How long an access token lives where its answer does not say.
pub const ACCESS_LIFE_S: u64 = 86_400;

/// How long a renewal by somebody else is waited for: longer than the host waits for one answer of Intuit's, which is 30 s.
pub const RENEWAL_WAIT_MS: u32 = 35_000;

/// How long to wait where QuickBooks asks for fewer calls and does not say how long.
pub const THROTTLED_MS: u64 = 60_000;

/// By what may be asked for, beside `Id` and the stamps. The reference's query language does not list it.
pub const FILTERS: &[(&str, &str)] = &[
    ("Customer", "DisplayName"),
    ("Customer", "FullyQualifiedName"),
    ("Customer", "CompanyName"),
    ("Customer", "Active"),
    ("Vendor", "DisplayName"),
    ("Vendor", "CompanyName"),
    ("Vendor", "Active"),
    ("Employee", "DisplayName"),
    ("Item", "Name"),
    ("Item", "FullyQualifiedName"),
    ("Item", "Sku"),
    ("Item", "Active"),
    ("Account", "Name"),
    ("Account", "FullyQualifiedName"),
    ("Account", "AcctNum"),
    ("Term", "Name"),
    ("Class", "Name"),
    ("Class", "FullyQualifiedName"),
    ("Department", "Name"),
    ("Department", "FullyQualifiedName"),
    ("PaymentMethod", "Name"),
    ("TaxCode", "Name"),
    ("Invoice", "DocNumber"),
    ("Invoice", "CustomerRef"),
    ("Invoice", "TxnDate"),
    ("SalesReceipt", "DocNumber"),
    ("SalesReceipt", "CustomerRef"),
    ("SalesReceipt", "TxnDate"),
    ("Estimate", "DocNumber"),
    ("Estimate", "CustomerRef"),
    ("Estimate", "TxnDate"),
    ("PurchaseOrder", "DocNumber"),
    ("PurchaseOrder", "VendorRef"),
    ("PurchaseOrder", "TxnDate"),
    ("Bill", "DocNumber"),
    ("Bill", "VendorRef"),
    ("Bill", "TxnDate"),
    ("InventoryAdjustment", "DocNumber"),
    ("InventoryAdjustment", "TxnDate"),
];

/// Items that are kept in stock.
pub const STOCK_ONLY: &str = "Type = 'Inventory'";
/// The same word in a record.
pub const INVENTORY: &str = "Inventory";

/// The tax codes that every US company has; their names are their ids, whether a query lists them or not.
pub const US_TAX_CODES: [&str; 2] = ["TAX", "NON"];

/// How the names of custom fields stand in the preferences: this and the field's number, with the name as its value.
pub const CUSTOM_FIELDS: &[(&str, &str)] = &[
    ("Invoice", "SalesCustomName"),
    ("SalesReceipt", "SalesCustomName"),
    ("Estimate", "SalesCustomName"),
    ("PurchaseOrder", "PurchaseCustomName"),
];
/// A custom field's value is no longer.
pub const CUSTOM_VALUE_MAX: usize = 31;
/// Where the preferences say whether numbers may be given.
pub const CUSTOM_NUMBERS: &str = "/SalesFormsPrefs/CustomTxnNumbers";

/// How long one call of `write` begins new requests; it has 60 seconds in all.
pub const WRITING_MS_MAX: u64 = 40_000;

/// Intuit's page on which a developer gets tokens for an app.
pub const PLAYGROUND: &str = "https://developer.intuit.com/app/developer/playground";
