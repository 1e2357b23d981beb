//! The doctor for what quotes need: what a person must set in Autotask before documents can be sent there.

use crate::api::{Api, Choice};
use crate::assumed::QUOTE_ITEM_TYPES;
use crate::doctor::{may_not, udf_field, with_fix};
use liaison_sdk::prelude::*;
use std::collections::BTreeSet;

/// What the flows need of each table.
const RIGHTS: [(&str, &[&str]); 15] = [
    ("Companies", &["Query", "Create", "Update"]),
    ("Contacts", &["Query", "Create", "Update"]),
    ("Products", &["Query", "Create", "Update"]),
    ("BillingCodes", &["Query"]),
    ("Opportunities", &["Query", "Create", "Update"]),
    ("Quotes", &["Query", "Create", "Update"]),
    ("QuoteItems", &["Query", "Create", "Update", "Delete"]),
    ("QuoteLocations", &["Query", "Create", "Update"]),
    ("Resources", &["Query"]),
    ("Services", &["Query"]),
    ("ServiceBundles", &["Query"]),
    ("Roles", &["Query"]),
    ("PaymentTerms", &["Query"]),
    ("ShippingTypes", &["Query"]),
    ("TaxRegions", &["Query"]),
];

/// Lists of which a document names one value, and where each is kept.
const LISTS: [(&str, &str); 4] = [
    ("Opportunities", "status"),
    ("Opportunities", "stage"),
    ("Opportunities", "opportunityCategoryID"),
    ("Products", "productCategory"),
];

/// All findings.
///
/// # Errors
/// Those of the questions that do not say what is wrong.
pub fn check(api: &Api, found: &mut Vec<Finding>) -> Result<(), Fault> {
    let refused = may_not(api, &RIGHTS, found)?;
    marker_fields(api, &refused, found)?;
    owner(api, &refused, found)?;
    lists(api, &refused, found)?;
    line_kinds(api, &refused, found)
}

/// Without the field for our id nothing is made.
fn marker_fields(
    api: &Api,
    refused: &BTreeSet<&str>,
    found: &mut Vec<Finding>,
) -> Result<(), Fault> {
    let places = [
        (
            "Companies",
            text!(
                "place-udf-companies",
                "Admin > Application-Wide (Shared) Features > User-Defined Fields > Organizations"
            ),
        ),
        (
            "Opportunities",
            text!(
                "place-udf-opportunities",
                "Admin > Application-Wide (Shared) Features > User-Defined Fields > Opportunities"
            ),
        ),
    ];
    for (table, place) in places {
        if !refused.contains(table) {
            udf_field(api, table, &api.settings.marker_field, place, found)?;
        }
    }
    Ok(())
}

/// New opportunities need an owner where the flow names none.
fn owner(api: &Api, refused: &BTreeSet<&str>, found: &mut Vec<Finding>) -> Result<(), Fault> {
    if refused.contains("Resources") {
        return Ok(());
    }
    match crate::company::owner(api) {
        Ok(_) => Ok(()),
        Err(fault) if fault.kind == FaultKind::Misconfigured => {
            found.push(with_fix(
                Level::Warning,
                "owner-missing",
                fault.message,
                text!("place-settings", "The settings of this connection"),
                text!(
                    "fix-owner",
                    "Write the e-mail address of an active user into company_owner, or let every flow name an owner"
                ),
            ));
            Ok(())
        }
        Err(fault) => Err(fault),
    }
}

fn active(choices: &[Choice]) -> usize {
    choices.iter().filter(|choice| choice.active).count()
}

fn lists(api: &Api, refused: &BTreeSet<&str>, found: &mut Vec<Finding>) -> Result<(), Fault> {
    for (table, column) in LISTS {
        if refused.contains(table) || active(&api.choices_now(table, column)?) > 0 {
            continue;
        }
        found.push(with_fix(
            Level::Warning,
            "list-empty",
            text!(
                "list-empty",
                "Autotask's list {list} of {table} has no active value, so no document can name one",
                list = column,
                table = table
            ),
            text!(
                "place-lists",
                "Admin > Features & Settings > CRM (or Products & Services)"
            ),
            text!(
                "fix-list",
                "Add or activate values of {list}",
                list = column
            ),
        ));
    }
    Ok(())
}

/// The numbers of the kinds of lines are reported, not documented: a tenant's own labels say whether they hold.
fn line_kinds(api: &Api, refused: &BTreeSet<&str>, found: &mut Vec<Finding>) -> Result<(), Fault> {
    if refused.contains("QuoteItems") {
        return Ok(());
    }
    let choices = api.choices_now("QuoteItems", "quoteItemType")?;
    // A tenant that does not tell its list contradicts nothing.
    if choices.is_empty() {
        return Ok(());
    }
    let absent: Vec<String> = QUOTE_ITEM_TYPES
        .iter()
        .filter(|(number, _, target)| {
            target.is_some() && !choices.iter().any(|choice| choice.value == *number)
        })
        .map(|(number, kind, _)| format!("{kind} ({number})"))
        .collect();
    if absent.is_empty() {
        return Ok(());
    }
    let has: Vec<String> = choices
        .iter()
        .map(|choice| format!("{} ({})", choice.label, choice.value))
        .collect();
    found.push(with_fix(
        Level::Warning,
        "line-kinds-differ",
        text!(
            "line-kinds-differ",
            "Autotask's kinds of quote items are not numbered as expected: it has no {absent}; it has {has}",
            absent = absent.join(", "),
            has = has.join(", ")
        ),
        text!("place-support", "Whoever looks after this connector"),
        text!(
            "fix-line-kinds",
            "Report these numbers; lines of the kinds named are refused until then"
        ),
    ));
    Ok(())
}
