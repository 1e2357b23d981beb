//! Prices: the standard one first, one of a product and book, gone only when nobody sells by it.

use std::sync::Arc;

use crate::salesforce::refusal::Fault;
use crate::salesforce::table::Row;
use crate::salesforce::writes::{Draft, Hand, Writer, delete_failed};

pub fn before(writer: &Writer<'_>, draft: &mut Draft) -> Result<(), Fault> {
    let (book, product) = (
        draft.row.text("Pricebook2Id").to_owned(),
        draft.row.text("Product2Id").to_owned(),
    );
    let is_standard = writer
        .org
        .live("Pricebook2", &book)
        .is_some_and(|book| book.flag("IsStandard"));
    if draft.row.flag("UseStandardPrice") && draft.gives("UnitPrice") && writer.hand == Hand::Api {
        let message = "A price that follows the standard price cannot have a price of its own";
        return Err(Fault::integrity(message, &["UnitPrice"]));
    }
    let standard = standard_entry(writer, &product);
    if draft.is_new() && !book.is_empty() && !product.is_empty() {
        if !is_standard && standard.is_none() {
            let message = "Before creating a custom price, create a standard price.";
            return Err(Fault::new("STANDARD_PRICE_NOT_DEFINED", message).with(&[]));
        }
        let mut entries = writer.org.table("PricebookEntry").live();
        let same = |entry: &&Arc<Row>| {
            entry.text("Pricebook2Id") == book && entry.text("Product2Id") == product
        };
        if entries.any(|entry| same(&entry)) {
            let message = "This price definition already exists in this price book";
            return Err(Fault::new("DUPLICATE_VALUE", message).with(&[]));
        }
    }
    if draft.row.flag("UseStandardPrice")
        && let Some(standard) = standard
    {
        draft
            .row
            .set("UnitPrice", standard.get("UnitPrice").clone());
    }
    if let Some(product) = writer.org.live("Product2", &product) {
        draft.row.set("Name", product.get("Name").clone());
        draft
            .row
            .set("ProductCode", product.get("ProductCode").clone());
    }
    Ok(())
}

fn standard_entry(writer: &Writer<'_>, product: &str) -> Option<Arc<Row>> {
    let mut entries = writer.org.table("PricebookEntry").live();
    let found = entries.find(|entry| {
        let book = writer.org.live("Pricebook2", entry.text("Pricebook2Id"));
        entry.text("Product2Id") == product && book.is_some_and(|book| book.flag("IsStandard"))
    });
    found.cloned()
}

/// Entries show the name and the code of their product.
pub fn product_renamed(writer: &mut Writer<'_>, draft: &Draft) {
    if draft.is_new() || !(draft.changes("Name") || draft.changes("ProductCode")) {
        return;
    }
    let entries = writer.org.table("PricebookEntry").live();
    let ids: Vec<String> = entries
        .filter(|entry| entry.text("Product2Id") == draft.row.id)
        .map(|entry| entry.id.clone())
        .collect();
    for id in ids {
        writer.follow("PricebookEntry", &id, |row| {
            row.set("Name", draft.row.get("Name").clone());
            row.set("ProductCode", draft.row.get("ProductCode").clone());
        });
    }
}

pub fn before_delete(writer: &Writer<'_>, row: &Row) -> Result<(), Fault> {
    let mut lines = writer.org.table("OpportunityLineItem").live();
    match lines.any(|line| line.text("PricebookEntryId") == row.id) {
        true => Err(delete_failed("Opportunity Products")),
        false => Ok(()),
    }
}
