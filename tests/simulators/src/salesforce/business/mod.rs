//! What single objects ask for beyond their fields: one file per object, one door for all.

mod contract;
mod line;
mod opportunity;
mod person;
mod price;
mod task;

use super::refusal::Fault;
use super::table::Row;
use super::writes::{Draft, Hand, Writer};

/// Checks a record about to be saved and fills what follows from it.
pub fn before(writer: &mut Writer<'_>, draft: &mut Draft) -> Result<(), Fault> {
    match draft.object.as_str() {
        "Contact" | "User" => person::before(draft),
        "Contract" => contract::before(writer, draft)?,
        "Opportunity" => opportunity::before(writer, draft)?,
        "OpportunityLineItem" => line::before(writer, draft)?,
        "PricebookEntry" => price::before(writer, draft)?,
        "Task" => task::before(draft),
        _ => {}
    }
    if writer.hand != Hand::Seed {
        person::check_owner(writer, draft)?;
        person::check_record_type(writer, draft)?;
    }
    Ok(())
}

/// What follows elsewhere once the record stands.
pub fn after(writer: &mut Writer<'_>, draft: &Draft) -> Result<(), Fault> {
    match draft.object.as_str() {
        "OpportunityLineItem" => line::after(writer, draft),
        "Product2" => price::product_renamed(writer, draft),
        _ => {}
    }
    Ok(())
}

/// Whether a record may go.
pub fn before_delete(writer: &mut Writer<'_>, object: &str, row: &Row) -> Result<(), Fault> {
    match object {
        "Account" => contract::before_account_delete(writer, row),
        "Contract" => contract::before_delete(writer, row),
        "OpportunityLineItem" => writer.check_held(row.text("OpportunityId")),
        "PricebookEntry" => price::before_delete(writer, row),
        "Pricebook2" if row.flag("IsStandard") => Err(Fault::no_access()),
        _ => Ok(()),
    }
}

pub fn after_delete(writer: &mut Writer<'_>, object: &str, row: &Row) {
    if object == "OpportunityLineItem" {
        opportunity::sum(writer, row.text("OpportunityId"));
    }
}
