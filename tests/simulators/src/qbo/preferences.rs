//! What the company chose, as `Preferences` shows it; the switches decide.

use serde_json::{Value, json};

use super::company::Company;
use super::value::Values;

pub fn shown(company: &Company, shown: &mut Values) {
    let switches = &company.switches;
    let mut accounting = json!({
        "UseAccountNumbers": false, "TrackDepartments": true, "ClassTrackingPerTxn": false,
        "ClassTrackingPerTxnLine": true, "CustomerTerminology": "Customers",
    });
    if let Some(day) = &switches.book_close_date {
        accounting["BookCloseDate"] = day.as_str().into();
    }
    let mut sales = json!({
        "AllowDeposit": true, "AllowEstimates": true, "AllowShipping": true, "AllowServiceDate": false,
        "CustomTxnNumbers": switches.custom_txn_numbers, "ETransactionEnabledStatus": "Enabled",
    });
    let custom = custom_fields(
        "SalesFormsPrefs",
        "UseSalesCustom",
        "SalesCustomName",
        &company.sales_fields,
    );
    if let Some(custom) = custom {
        sales["CustomField"] = custom;
    }
    let mut purchases = json!({ "BillableExpenseTracking": true, "TrackingByCustomer": true });
    let custom = custom_fields(
        "PurchasePrefs",
        "UsePurchaseNameCustom",
        "PurchaseCustomName",
        &company.purchase_fields,
    );
    if let Some(custom) = custom {
        purchases["POCustomField"] = custom;
    }
    let all = [
        ("AccountingInfoPrefs", accounting),
        (
            "ProductAndServicesPrefs",
            json!({ "ForSales": true, "ForPurchase": true, "QuantityWithPriceAndRate": true, "QuantityOnHand": true }),
        ),
        ("SalesFormsPrefs", sales),
        ("VendorAndPurchasesPrefs", purchases),
        ("TaxPrefs", json!({ "UsingSalesTax": true })),
        (
            "CurrencyPrefs",
            json!({ "MultiCurrencyEnabled": false, "HomeCurrency": { "value": "CAD" } }),
        ),
        (
            "OtherPrefs",
            json!({ "NameValue": [{
                "Name": "SalesFormsPrefs.WarnDuplicateTransactionNumber",
                "Value": switches.warn_duplicate_numbers.to_string(),
            }] }),
        ),
    ];
    for (name, value) in all {
        shown.insert(name.to_owned(), value);
    }
}

/// The two lists of switches and names, as the vendor nests them.
fn custom_fields(group: &str, uses: &str, named: &str, defined: &[String]) -> Option<Value> {
    if defined.is_empty() {
        return None;
    }
    let uses: Vec<Value> = (1..=3)
        .map(|at| {
            json!({ "Name": format!("{group}.{uses}{at}"), "Type": "BooleanType", "BooleanValue": at <= defined.len() })
        })
        .collect();
    let names: Vec<Value> = (1..)
        .zip(defined)
        .map(|(at, name)| {
            json!({ "Name": format!("{group}.{named}{at}"), "Type": "StringType", "StringValue": name })
        })
        .collect();
    Some(json!([{ "CustomField": uses }, { "CustomField": names }]))
}
