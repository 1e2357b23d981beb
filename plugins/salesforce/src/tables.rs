//! The objects that an entity stands for, field by field: section 13 of the vendor's reference. `maybe` marks
//! what an org has only with a feature (record types, several currencies, codes of states and countries).

use crate::table::*;

/// Every entity.
pub static ALL: [Table; 11] = [
    ACCOUNT,
    CONTACT,
    OPPORTUNITY,
    OPPORTUNITY_LINE,
    PRODUCT,
    PRICE_BOOK,
    PRICE_BOOK_ENTRY,
    CONTRACT,
    USER,
    RECORD_TYPE,
    CUSTOM_OBJECT,
];

/// A customer, a supplier, any company.
const ACCOUNT: Table = Table {
    entity: "account",
    object: Some("Account"),
    fields: ACCOUNT_FIELDS,
    keys: &["Name", "AccountNumber"],
    writable: true,
};

const ACCOUNT_FIELDS: &[Spec] = &[
    text("Name", 255).must(),
    text("AccountNumber", 40),
    picklist("Type"),
    of("ParentId", "account"),
    text("BillingStreet", 255),
    text("BillingCity", 40),
    text("BillingState", 80),
    text("BillingPostalCode", 20),
    text("BillingCountry", 80),
    text("BillingStateCode", 10).maybe(),
    text("BillingCountryCode", 10).maybe(),
    text("ShippingStreet", 255),
    text("ShippingCity", 40),
    text("ShippingState", 80),
    text("ShippingPostalCode", 20),
    text("ShippingCountry", 80),
    text("ShippingStateCode", 10).maybe(),
    text("ShippingCountryCode", 10).maybe(),
    text("Phone", 40),
    text("Fax", 40),
    text("Website", 255),
    picklist("Industry"),
    number("AnnualRevenue"),
    int("NumberOfEmployees"),
    long_text("Description", 32_000),
    of("OwnerId", "user"),
    picklist("AccountSource"),
    text("Sic", 20),
    text("Site", 80),
    text("TickerSymbol", 20),
    picklist("Rating"),
    picklist("Ownership"),
    of("MasterRecordId", "account").ro(),
    of("RecordTypeId", "record-type").maybe(),
    text("CurrencyIsoCode", 3).maybe(),
    yes_no("IsDeleted").ro(),
    instant("CreatedDate").ro(),
    of("CreatedById", "user").ro(),
    instant("LastModifiedDate").stamp(),
    of("LastModifiedById", "user").stamp(),
    instant("SystemModstamp").stamp(),
];

/// A person.
const CONTACT: Table = Table {
    entity: "contact",
    object: Some("Contact"),
    fields: CONTACT_FIELDS,
    keys: &["Email", "Name", "LastName"],
    writable: true,
};

const CONTACT_FIELDS: &[Spec] = &[
    text("LastName", 80).must(),
    text("FirstName", 40),
    picklist("Salutation"),
    text("Name", 121).ro(),
    of("AccountId", "account"),
    text("Email", 80),
    text("Phone", 40),
    text("MobilePhone", 40),
    text("HomePhone", 40),
    text("OtherPhone", 40),
    text("AssistantPhone", 40),
    text("Fax", 40),
    text("Title", 128),
    text("Department", 80),
    text("MailingStreet", 255),
    text("MailingCity", 40),
    text("MailingState", 80),
    text("MailingPostalCode", 20),
    text("MailingCountry", 80),
    text("MailingStateCode", 10).maybe(),
    text("MailingCountryCode", 10).maybe(),
    text("OtherStreet", 255),
    text("OtherCity", 40),
    text("OtherState", 80),
    text("OtherPostalCode", 20),
    text("OtherCountry", 80),
    text("OtherStateCode", 10).maybe(),
    text("OtherCountryCode", 10).maybe(),
    of("ReportsToId", "contact"),
    picklist("LeadSource"),
    day("Birthdate"),
    long_text("Description", 32_000),
    of("OwnerId", "user"),
    yes_no("HasOptedOutOfEmail"),
    yes_no("DoNotCall"),
    of("RecordTypeId", "record-type").maybe(),
    text("CurrencyIsoCode", 3).maybe(),
    yes_no("IsDeleted").ro(),
    instant("CreatedDate").ro(),
    of("CreatedById", "user").ro(),
    instant("LastModifiedDate").stamp(),
    of("LastModifiedById", "user").stamp(),
    instant("SystemModstamp").stamp(),
];

/// A sale that may come, or came.
const OPPORTUNITY: Table = Table {
    entity: "opportunity",
    object: Some("Opportunity"),
    fields: OPPORTUNITY_FIELDS,
    keys: &["Name"],
    writable: true,
};

const OPPORTUNITY_FIELDS: &[Spec] = &[
    text("Name", 120).must(),
    picklist("StageName").must(),
    day("CloseDate").must(),
    of("AccountId", "account"),
    number("Amount").note("The sum of the lines, and then read-only, once there are lines."),
    number("Probability"),
    number("ExpectedRevenue").ro(),
    picklist("Type"),
    text("NextStep", 255),
    picklist("LeadSource"),
    long_text("Description", 32_000),
    other_id("CampaignId"),
    of("Pricebook2Id", "price-book").note("It cannot change while there are lines."),
    yes_no("HasOpportunityLineItem").ro(),
    picklist("ForecastCategoryName"),
    picklist("ForecastCategory").ro(),
    yes_no("IsClosed").ro(),
    yes_no("IsWon").ro(),
    of("OwnerId", "user"),
    of("ContractId", "contract").maybe(),
    int("FiscalYear").ro(),
    int("FiscalQuarter").ro(),
    text("Fiscal", 6).ro(),
    of("RecordTypeId", "record-type").maybe(),
    text("CurrencyIsoCode", 3).maybe(),
    yes_no("IsDeleted").ro(),
    instant("CreatedDate").ro(),
    of("CreatedById", "user").ro(),
    instant("LastModifiedDate").stamp(),
    of("LastModifiedById", "user").stamp(),
    instant("SystemModstamp").stamp(),
];

/// What an opportunity is about: a product with quantity and price (OpportunityLineItem).
const OPPORTUNITY_LINE: Table = Table {
    entity: "opportunity-line",
    object: Some("OpportunityLineItem"),
    fields: OPPORTUNITY_LINE_FIELDS,
    keys: &["OpportunityId", "ProductCode"],
    writable: true,
};

const OPPORTUNITY_LINE_FIELDS: &[Spec] = &[
    of("OpportunityId", "opportunity")
        .must()
        .note("Set by the create only."),
    of("PricebookEntryId", "price-book-entry")
        .note("Set by the create only; it must belong to the opportunity's price book."),
    of("Product2Id", "product").note("Set by the create only."),
    number("Quantity").must(),
    number("UnitPrice").note("Write this or TotalPrice, not both."),
    number("TotalPrice").note("Write this or UnitPrice, not both."),
    number("Discount"),
    number("ListPrice").ro(),
    number("Subtotal").ro(),
    day("ServiceDate"),
    text("Description", 255),
    int("SortOrder"),
    text("Name", 376).ro(),
    text("ProductCode", 255).ro(),
    text("CurrencyIsoCode", 3).maybe(),
    yes_no("IsDeleted").ro(),
    instant("CreatedDate").ro(),
    of("CreatedById", "user").ro(),
    instant("LastModifiedDate").stamp(),
    of("LastModifiedById", "user").stamp(),
    instant("SystemModstamp").stamp(),
];

/// What is sold (Product2).
const PRODUCT: Table = Table {
    entity: "product",
    object: Some("Product2"),
    fields: PRODUCT_FIELDS,
    keys: &["ProductCode", "Name", "StockKeepingUnit"],
    writable: true,
};

const PRODUCT_FIELDS: &[Spec] = &[
    text("Name", 255).must(),
    text("ProductCode", 255),
    long_text("Description", 4_000),
    yes_no("IsActive"),
    picklist("Family"),
    text("StockKeepingUnit", 180),
    picklist("QuantityUnitOfMeasure"),
    text("ExternalId", 255),
    text("DisplayUrl", 1_000),
    yes_no("IsArchived").ro(),
    of("RecordTypeId", "record-type").maybe(),
    text("CurrencyIsoCode", 3).maybe(),
    yes_no("IsDeleted").ro(),
    instant("CreatedDate").ro(),
    of("CreatedById", "user").ro(),
    instant("LastModifiedDate").stamp(),
    of("LastModifiedById", "user").stamp(),
    instant("SystemModstamp").stamp(),
];

/// A list of prices (Pricebook2). The standard one is there from the start.
const PRICE_BOOK: Table = Table {
    entity: "price-book",
    object: Some("Pricebook2"),
    fields: PRICE_BOOK_FIELDS,
    keys: &["Name"],
    writable: true,
};

const PRICE_BOOK_FIELDS: &[Spec] = &[
    text("Name", 255).must(),
    yes_no("IsActive"),
    yes_no("IsStandard").ro(),
    text("Description", 255),
    yes_no("IsArchived").ro(),
    yes_no("IsDeleted").ro(),
    instant("CreatedDate").ro(),
    of("CreatedById", "user").ro(),
    instant("LastModifiedDate").stamp(),
    of("LastModifiedById", "user").stamp(),
    instant("SystemModstamp").stamp(),
];

/// The price of a product in a price book.
const PRICE_BOOK_ENTRY: Table = Table {
    entity: "price-book-entry",
    object: Some("PricebookEntry"),
    fields: PRICE_BOOK_ENTRY_FIELDS,
    keys: &["Product2Id", "Pricebook2Id", "ProductCode"],
    writable: true,
};

const PRICE_BOOK_ENTRY_FIELDS: &[Spec] = &[
    of("Pricebook2Id", "price-book")
        .must()
        .note("Set by the create only."),
    of("Product2Id", "product")
        .must()
        .note("Set by the create only. A price in the standard price book comes first."),
    number("UnitPrice").must(),
    yes_no("IsActive"),
    yes_no("UseStandardPrice"),
    text("Name", 255).ro(),
    text("ProductCode", 255).ro(),
    text("CurrencyIsoCode", 3).maybe(),
    yes_no("IsDeleted").ro(),
    instant("CreatedDate").ro(),
    of("CreatedById", "user").ro(),
    instant("LastModifiedDate").stamp(),
    of("LastModifiedById", "user").stamp(),
    instant("SystemModstamp").stamp(),
];

/// A contract with an account.
const CONTRACT: Table = Table {
    entity: "contract",
    object: Some("Contract"),
    fields: CONTRACT_FIELDS,
    keys: &["ContractNumber", "Name"],
    writable: true,
};

const CONTRACT_FIELDS: &[Spec] = &[
    of("AccountId", "account")
        .must()
        .note("It never changes once the contract is activated."),
    picklist("Status").note("A new contract is a draft; activating it is an update."),
    picklist("StatusCode")
        .ro()
        .note("Draft, InApproval or Activated, whatever the org calls its statuses."),
    day("StartDate"),
    int("ContractTerm").note("Months."),
    day("EndDate").note("Computed, unless the org has switched that off."),
    text("ContractNumber", 30).ro(),
    text("Name", 80),
    of("OwnerId", "user"),
    picklist("OwnerExpirationNotice"),
    text("BillingStreet", 255),
    text("BillingCity", 40),
    text("BillingState", 80),
    text("BillingPostalCode", 20),
    text("BillingCountry", 80),
    text("BillingStateCode", 10).maybe(),
    text("BillingCountryCode", 10).maybe(),
    text("ShippingStreet", 255),
    text("ShippingCity", 40),
    text("ShippingState", 80),
    text("ShippingPostalCode", 20),
    text("ShippingCountry", 80),
    text("ShippingStateCode", 10).maybe(),
    text("ShippingCountryCode", 10).maybe(),
    of("Pricebook2Id", "price-book").maybe(),
    of("CompanySignedId", "user"),
    day("CompanySignedDate"),
    of("CustomerSignedId", "contact"),
    text("CustomerSignedTitle", 40),
    day("CustomerSignedDate"),
    long_text("SpecialTerms", 4_000),
    long_text("Description", 32_000),
    of("ActivatedById", "user").ro(),
    instant("ActivatedDate").ro(),
    instant("LastApprovedDate").ro(),
    of("RecordTypeId", "record-type").maybe(),
    text("CurrencyIsoCode", 3).maybe(),
    yes_no("IsDeleted").ro(),
    instant("CreatedDate").ro(),
    of("CreatedById", "user").ro(),
    instant("LastModifiedDate").stamp(),
    of("LastModifiedById", "user").stamp(),
    instant("SystemModstamp").stamp(),
];

/// Who works in the org. Never deleted, only deactivated.
const USER: Table = Table {
    entity: "user",
    object: Some("User"),
    fields: USER_FIELDS,
    keys: &["Username", "Email", "Name", "FederationIdentifier"],
    writable: false,
};

const USER_FIELDS: &[Spec] = &[
    text("Username", 80),
    text("LastName", 80),
    text("FirstName", 40),
    text("Name", 121),
    text("Email", 128),
    text("Alias", 8),
    yes_no("IsActive"),
    other_id("ProfileId"),
    other_id("UserRoleId"),
    picklist("TimeZoneSidKey"),
    picklist("LocaleSidKey"),
    picklist("LanguageLocaleKey"),
    picklist("EmailEncodingKey"),
    picklist("UserType"),
    text("FederationIdentifier", 512),
    of("ManagerId", "user"),
    instant("CreatedDate").ro(),
    of("CreatedById", "user").ro(),
    instant("LastModifiedDate").stamp(),
    of("LastModifiedById", "user").stamp(),
    instant("SystemModstamp").stamp(),
];

/// A kind of record of an object; ids differ from org to org, names need not.
const RECORD_TYPE: Table = Table {
    entity: "record-type",
    object: Some("RecordType"),
    fields: RECORD_TYPE_FIELDS,
    keys: &["DeveloperName", "Name"],
    writable: false,
};

const RECORD_TYPE_FIELDS: &[Spec] = &[
    text("Name", 80),
    text("DeveloperName", 80),
    text("NamespacePrefix", 15),
    picklist("SobjectType"),
    yes_no("IsActive"),
    text("Description", 255),
    other_id("BusinessProcessId"),
    instant("CreatedDate").ro(),
    of("CreatedById", "user").ro(),
    instant("LastModifiedDate").stamp(),
    of("LastModifiedById", "user").stamp(),
    instant("SystemModstamp").stamp(),
];

/// Any other object, named by the flow.
const CUSTOM_OBJECT: Table = Table {
    entity: "custom-object",
    object: None,
    fields: CUSTOM_OBJECT_FIELDS,
    keys: &["Name"],
    writable: true,
};

const CUSTOM_OBJECT_FIELDS: &[Spec] = &[
    text("Name", 255),
    of("OwnerId", "user").maybe(),
    of("RecordTypeId", "record-type").maybe(),
    text("CurrencyIsoCode", 3).maybe(),
    yes_no("IsDeleted").ro(),
    instant("CreatedDate").ro(),
    of("CreatedById", "user").ro(),
    instant("LastModifiedDate").stamp(),
    of("LastModifiedById", "user").stamp(),
    instant("SystemModstamp").stamp(),
];
