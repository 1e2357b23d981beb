//! What QuickBooks says of itself and of the company: host, company, preferences.

use super::company::Company;
use super::data_ext;
use super::notation::TABLE;
use super::switches::Switches;
use super::xml::Element;

/// The lists whose capacity a host tells.
const LISTS: [&str; 19] = [
    "Account",
    "BillingRate",
    "Class",
    "CustomerMsg",
    "CustomerType",
    "Entity",
    "Item",
    "JobType",
    "PaymentMethod",
    "PayrollItem",
    "PriceLevel",
    "SalesRep",
    "SalesTaxCode",
    "ShipMethod",
    "Template",
    "Terms",
    "ToDo",
    "Vehicle",
    "VendorType",
];

pub fn host(switches: &Switches, request: &Element) -> Element {
    let product = match switches.edition.as_str() {
        "Enterprise" => "QuickBooks Enterprise Solutions 24.0".to_owned(),
        edition => format!("QuickBooks {edition} 2021"),
    };
    let mut children = vec![
        Element::leaf("ProductName", product),
        Element::leaf(
            "MajorVersion",
            if switches.edition == "Enterprise" {
                "34"
            } else {
                "31"
            },
        ),
        Element::leaf("MinorVersion", "0"),
        Element::leaf("Country", &switches.country),
    ];
    let known = [
        "1.0", "1.1", "2.0", "2.1", "3.0", "4.0", "4.1", "5.0", "6.0", "7.0", "8.0", "9.0", "10.0",
        "11.0", "12.0", "13.0", "14.0", "15.0", "16.0",
    ];
    let newest = switches.dialect.newest;
    let known = known
        .iter()
        .filter(|text| super::notation::version(text).is_ok_and(|v| v <= newest));
    children.extend(known.map(|text| Element::leaf("SupportedQBXMLVersion", text)));
    children.push(Element::leaf("IsAutomaticLogin", switches.unattended));
    let mode = if switches.multi_user {
        "MultiUser"
    } else {
        "SingleUser"
    };
    children.push(Element::leaf("QBFileMode", mode));
    if request.child("IncludeListMetaData").is_some() {
        let lists = LISTS.iter().map(|list| {
            let capacity = vec![Element::leaf("MaxCapacity", "14500")];
            Element::with(format!("{list}MetaData"), capacity)
        });
        children.push(Element::with("ListMetaData", lists.collect()));
    }
    only_wanted(Element::with("HostRet", children), request)
}

pub fn company(company: &Company, request: &Element) -> Element {
    let mut children = vec![
        Element::leaf("IsSampleCompany", false),
        Element::leaf("CompanyName", &company.name),
        Element::leaf("LegalCompanyName", &company.name),
        Element::leaf("FirstMonthFiscalYear", "January"),
        Element::leaf("FirstMonthIncomeTaxYear", "January"),
        Element::leaf("TaxForm", "OtherOrNone"),
    ];
    children.extend(company.fields.iter().cloned());
    let owners: Vec<String> = request
        .all("OwnerID")
        .map(|owner| owner.text.clone())
        .collect();
    children.extend(data_ext::answers(&company.extensions, &owners));
    let mut answer = Element::with("CompanyRet", children);
    if let Some(row) = TABLE.row("CompanyRet") {
        super::answer::arrange(&mut answer, &row.parts);
    }
    only_wanted(answer, request)
}

pub fn preferences(company: &Company, switches: &Switches, request: &Element) -> Element {
    let group = |name: &str, leaves: &[(&str, &str)]| {
        let leaves = leaves.iter().map(|(name, text)| Element::leaf(*name, text));
        Element::with(name, leaves.collect())
    };
    let named = |name: &str, kind: &str, wanted: &str| {
        let found = company
            .of(kind)
            .find(|object| wanted.is_empty() || object.name == wanted);
        found.map(|found| {
            let parts = vec![
                Element::leaf("ListID", &found.id),
                Element::leaf("FullName", &found.name),
            ];
            Element::with(name, parts)
        })
    };
    let mut children = vec![
        group(
            "AccountingPreferences",
            &[
                ("IsUsingAccountNumbers", "false"),
                ("IsRequiringAccounts", "true"),
                ("IsUsingClassTracking", "true"),
                ("IsUsingAuditTrail", "true"),
                ("IsAssigningJournalEntryNumbers", "true"),
            ],
        ),
        group(
            "FinanceChargePreferences",
            &[
                ("GracePeriod", "0"),
                ("IsAssessingForOverdueCharges", "false"),
                ("CalculateChargesFrom", "DueDate"),
                ("IsMarkedToBePrinted", "false"),
            ],
        ),
        group(
            "JobsAndEstimatesPreferences",
            &[
                ("IsUsingEstimates", "true"),
                ("IsUsingProgressInvoicing", "false"),
                ("IsPrintingItemsWithZeroAmounts", "false"),
            ],
        ),
        group(
            "MultiCurrencyPreferences",
            &[("IsMultiCurrencyOn", "false")],
        ),
        group(
            "MultiLocationInventoryPreferences",
            &[
                ("IsMultiLocationInventoryAvailable", "false"),
                ("IsMultiLocationInventoryEnabled", "false"),
            ],
        ),
        group(
            "PurchasesAndVendorsPreferences",
            &[
                ("IsUsingInventory", "true"),
                ("DaysBillsAreDue", "10"),
                ("IsAutomaticallyUsingDiscounts", "false"),
            ],
        ),
        group(
            "ReportsPreferences",
            &[
                ("AgingReportBasis", "AgeFromDueDate"),
                ("SummaryReportBasis", "Accrual"),
            ],
        ),
        group(
            "SalesAndCustomersPreferences",
            &[
                ("IsTrackingReimbursedExpensesAsIncome", "false"),
                ("IsAutoApplyingPayments", "true"),
            ],
        ),
    ];
    let tax = [
        named("DefaultItemSalesTaxRef", "ItemSalesTax", ""),
        Some(Element::leaf("PaySalesTax", "Monthly")),
        named("DefaultTaxableSalesTaxCodeRef", "SalesTaxCode", "Tax"),
        named("DefaultNonTaxableSalesTaxCodeRef", "SalesTaxCode", "Non"),
    ];
    if let Some(tax) = tax.into_iter().collect::<Option<Vec<_>>>() {
        children.push(Element::with("SalesTaxPreferences", tax));
    }
    children.push(group(
        "TimeTrackingPreferences",
        &[("FirstDayOfWeek", "Monday")],
    ));
    let automatic = if switches.unattended { "true" } else { "false" };
    children.push(group(
        "CurrentAppAccessRights",
        &[
            ("IsAutomaticLoginAllowed", automatic),
            ("IsPersonalDataAccessAllowed", "false"),
        ],
    ));
    children.push(group(
        "ItemsAndInventoryPreferences",
        &[("EnhancedInventoryReceivingEnabled", "false")],
    ));
    only_wanted(Element::with("PreferencesRet", children), request)
}

fn only_wanted(mut answer: Element, request: &Element) -> Element {
    let wanted: Vec<&str> = request
        .all("IncludeRetElement")
        .map(|e| e.text.as_str())
        .collect();
    if !wanted.is_empty() {
        answer
            .children
            .retain(|child| wanted.contains(&child.name.as_str()));
    }
    answer
}
