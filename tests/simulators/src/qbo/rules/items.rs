//! Products, services and categories: the accounts each type needs.

use super::super::company::{Company, Row};
use super::super::refusal::Refusal;
use super::super::value::{Values, flag, reference, text};

pub fn complete(company: &Company, values: &mut Values, old: Option<&Row>) -> Result<(), Refusal> {
    let kind = text(values, "Type").to_owned();
    if kind.is_empty() {
        return Err(Refusal::missing("Type"));
    }
    if let Some(old) = old {
        if text(&old.values, "Type") != kind {
            return Err(Refusal::business("You can't change the type of an item."));
        }
        // From the day it is kept, only transactions move a quantity.
        values.shift_remove("QtyOnHand");
    }
    match kind.as_str() {
        "Inventory" => {
            for name in ["AssetAccountRef", "IncomeAccountRef", "ExpenseAccountRef"] {
                if reference(values, name).is_none() {
                    return Err(Refusal::missing(name));
                }
            }
            if flag(values, "TrackQtyOnHand") != Some(true) {
                return Err(Refusal::missing("TrackQtyOnHand"));
            }
            if old.is_none() && !values.contains_key("QtyOnHand") {
                return Err(Refusal::missing("QtyOnHand"));
            }
            if !values.contains_key("InvStartDate") {
                return Err(Refusal::missing("InvStartDate"));
            }
            is_of(company, values, "AssetAccountRef", &["Other Current Asset"])?;
            is_of(
                company,
                values,
                "ExpenseAccountRef",
                &["Cost of Goods Sold"],
            )?;
        }
        "Service" | "NonInventory" => {
            let names = ["IncomeAccountRef", "ExpenseAccountRef"];
            if names.iter().all(|name| reference(values, name).is_none()) {
                return Err(Refusal::missing("IncomeAccountRef"));
            }
            values.insert("TrackQtyOnHand".to_owned(), false.into());
            values.shift_remove("QtyOnHand");
        }
        _ => {
            values.shift_remove("QtyOnHand");
        }
    }
    is_of(
        company,
        values,
        "IncomeAccountRef",
        &["Income", "Other Income"],
    )
}

fn is_of(company: &Company, values: &Values, name: &str, types: &[&str]) -> Result<(), Refusal> {
    let account = reference(values, name).and_then(|id| company.own("Account", id));
    match account {
        Some(account) if !types.contains(&text(&account.values, "AccountType")) => {
            Err(Refusal::business(&format!(
                "The account of {name} must be of type {}.",
                types.join(" or ")
            )))
        }
        _ => Ok(()),
    }
}
