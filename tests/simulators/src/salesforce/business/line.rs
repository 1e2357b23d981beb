//! A product on an opportunity: its entry is in the opportunity's price book, its price is given one way.

use rust_decimal::Decimal;
use serde_json::Value;

use super::opportunity;
use crate::salesforce::number;
use crate::salesforce::refusal::Fault;
use crate::salesforce::table::Row;
use crate::salesforce::writes::{Draft, Hand, Writer, decimal};

pub fn before(writer: &mut Writer<'_>, draft: &mut Draft) -> Result<(), Fault> {
    // A line is written with its opportunity.
    writer.check_held(draft.row.text("OpportunityId"))?;
    if draft.is_new() {
        priced_by_an_entry(writer, draft)?;
    }
    if draft.gives("UnitPrice") && draft.gives("TotalPrice") && writer.hand == Hand::Api {
        let message = "UnitPrice and TotalPrice cannot both be given";
        return Err(Fault::integrity(message, &["TotalPrice"]));
    }
    let Some(quantity) = decimal(&draft.row, "Quantity") else {
        return Err(Fault::missing(&["Quantity"]));
    };
    if quantity.is_zero() {
        return Err(Fault::integrity("Quantity must be nonzero", &["Quantity"]));
    }
    let discount = decimal(&draft.row, "Discount").unwrap_or_default();
    let share = (Decimal::ONE_HUNDRED - discount) / Decimal::ONE_HUNDRED;
    let unit = match decimal(&draft.row, "TotalPrice") {
        Some(total) if draft.gives("TotalPrice") => {
            let per_unit = total.checked_div(quantity * share).unwrap_or_default();
            number::rounded(per_unit, 2)
        }
        _ => match decimal(&draft.row, "UnitPrice") {
            Some(unit) => unit,
            None if writer.org.switches.line_price_defaulted || writer.hand != Hand::Api => {
                decimal(&draft.row, "ListPrice").unwrap_or_default()
            }
            None => return Err(Fault::missing(&["UnitPrice"])),
        },
    };
    let row = &mut draft.row;
    row.set("UnitPrice", number::kept(unit));
    row.set(
        "Subtotal",
        number::kept(number::rounded(unit * quantity, 2)),
    );
    if !draft.given.contains("TotalPrice") || !row.has("TotalPrice") {
        row.set(
            "TotalPrice",
            number::kept(number::rounded(unit * quantity * share, 2)),
        );
    }
    Ok(())
}

fn priced_by_an_entry(writer: &mut Writer<'_>, draft: &mut Draft) -> Result<(), Fault> {
    let opportunity = writer
        .org
        .live("Opportunity", draft.row.text("OpportunityId"));
    let Some(opportunity) = opportunity.cloned() else {
        return Err(Fault::missing(&["OpportunityId"]));
    };
    let entry = match writer
        .org
        .live("PricebookEntry", draft.row.text("PricebookEntryId"))
    {
        Some(entry) => entry.clone(),
        None => entry_of_product(writer, &opportunity, draft.row.text("Product2Id"))?,
    };
    if !entry.flag("IsActive") {
        return Err(Fault::integrity(
            "pricebook entry has been inactivated",
            &["PricebookEntryId"],
        ));
    }
    let book = opportunity.text("Pricebook2Id").to_owned();
    if book.is_empty() {
        let chosen = entry.get("Pricebook2Id").clone();
        writer.follow("Opportunity", &opportunity.id, |row| {
            row.set("Pricebook2Id", chosen)
        });
    } else if book != entry.text("Pricebook2Id") {
        let message =
            "pricebook entry is in a different pricebook than the one assigned to the opportunity";
        return Err(Fault::integrity(message, &["PricebookEntryId"]));
    }
    let row = &mut draft.row;
    let product = writer.org.live("Product2", entry.text("Product2Id"));
    let product_name = product
        .map(|product| product.text("Name").to_owned())
        .unwrap_or_default();
    row.set("PricebookEntryId", entry.id.clone());
    row.set("Product2Id", entry.get("Product2Id").clone());
    row.set("ProductCode", entry.get("ProductCode").clone());
    row.set("ListPrice", entry.get("UnitPrice").clone());
    row.set(
        "Name",
        format!("{} {product_name}", opportunity.text("Name")),
    );
    Ok(())
}

/// The entry of a product in the opportunity's price book.
fn entry_of_product(
    writer: &Writer<'_>,
    opportunity: &Row,
    product: &str,
) -> Result<std::sync::Arc<Row>, Fault> {
    if product.is_empty() {
        return Err(Fault::missing(&["PricebookEntryId"]));
    }
    let mut entries = writer.org.table("PricebookEntry").live();
    let found = entries.find(|entry| {
        entry.text("Product2Id") == product
            && entry.get("Pricebook2Id") == opportunity.get("Pricebook2Id")
    });
    let message = "The product has no entry in the price book of the opportunity";
    found
        .cloned()
        .ok_or_else(|| Fault::integrity(message, &["Product2Id"]))
}

pub fn after(writer: &mut Writer<'_>, draft: &Draft) {
    let opportunity: &Value = draft.row.get("OpportunityId");
    opportunity::sum(writer, opportunity.as_str().unwrap_or_default());
}
