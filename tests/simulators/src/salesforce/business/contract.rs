//! The life of a contract: drafted, activated once and for all, its account then locked.

use jiff::ToSpan;

use crate::salesforce::refusal::Fault;
use crate::salesforce::table::Row;
use crate::salesforce::time;
use crate::salesforce::writes::{Draft, Hand, Writer, decimal, delete_failed};
use rust_decimal::prelude::ToPrimitive;

pub const ACTIVATED: &str = "Activated";

pub fn before(writer: &Writer<'_>, draft: &mut Draft) -> Result<(), Fault> {
    let was_active = draft
        .old
        .as_ref()
        .is_some_and(|old| old.text("StatusCode") == ACTIVATED);
    if was_active && writer.hand != Hand::Seed {
        still_open(writer, draft)?;
    }
    if draft.is_new() && !draft.row.has("Status") {
        draft.row.set("Status", default_status(writer));
    }
    let code = category(writer, draft.row.text("Status"));
    if writer.hand != Hand::Seed {
        match (was_active, code == ACTIVATED) {
            (false, true) => activation(writer, draft)?,
            (true, false) => {
                let message = "Status: the contract is activated and cannot go back";
                return Err(Fault::new("INVALID_STATUS", message).with(&["Status"]));
            }
            _ => {}
        }
    }
    draft.row.set("StatusCode", code);
    if !writer.org.switches.contract_end_written {
        let end = end(&draft.row);
        draft.row.set("EndDate", end);
    }
    Ok(())
}

fn still_open(writer: &Writer<'_>, draft: &Draft) -> Result<(), Fault> {
    if writer.hand == Hand::Api && writer.org.switches.activated_locked {
        return Err(Fault::no_access());
    }
    match ["AccountId", "CurrencyIsoCode"]
        .iter()
        .find(|field| draft.changes(field))
    {
        Some(field) => {
            let message = "the entity is locked for editing";
            Err(Fault::new("ENTITY_IS_LOCKED", message).with(&[field]))
        }
        None => Ok(()),
    }
}

fn activation(writer: &Writer<'_>, draft: &mut Draft) -> Result<(), Fault> {
    let refused = || {
        let message = "Choose a valid contract status and save your changes. Ask your administrator for details.";
        Fault::new("FAILED_ACTIVATION", message).with(&["Status"])
    };
    if draft.is_new() {
        return Err(refused());
    }
    if writer.hand == Hand::Api {
        if !writer.org.switches.may_activate_contracts {
            return Err(Fault::no_access());
        }
        if writer.org.switches.activation_alone && draft.given.len() > 1 {
            return Err(refused());
        }
    }
    draft.row.set("ActivatedDate", time::written(writer.now));
    draft.row.set("ActivatedById", writer.user.clone());
    Ok(())
}

fn default_status(writer: &Writer<'_>) -> String {
    let mut statuses = writer.org.table("ContractStatus").live();
    let default = statuses.find(|status| status.flag("IsDefault"));
    default.map_or_else(
        || "Draft".to_owned(),
        |status| status.text("ApiName").to_owned(),
    )
}

/// What a status means to the platform.
fn category(writer: &Writer<'_>, status: &str) -> String {
    let mut statuses = writer.org.table("ContractStatus").live();
    let found = statuses.find(|row| row.text("ApiName") == status);
    found.map_or_else(
        || "Draft".to_owned(),
        |row| row.text("StatusCode").to_owned(),
    )
}

/// The last day: the term in months from the start, less one day.
fn end(row: &Row) -> Option<String> {
    let start = time::date(row.text("StartDate"))?;
    let months = decimal(row, "ContractTerm")?.to_i64()?;
    let after = start.checked_add(months.months()).ok()?;
    Some(after.yesterday().ok()?.to_string())
}

pub fn before_delete(writer: &Writer<'_>, row: &Row) -> Result<(), Fault> {
    let is_active = row.text("StatusCode") == ACTIVATED;
    if is_active && writer.hand == Hand::Api && !writer.org.switches.may_delete_activated {
        return Err(Fault::no_access());
    }
    Ok(())
}

/// Activated contracts and won opportunities keep their account.
pub fn before_account_delete(writer: &Writer<'_>, account: &Row) -> Result<(), Fault> {
    if !writer.org.switches.account_deletion_guarded || writer.hand != Hand::Api {
        return Ok(());
    }
    let of = |row: &Row| row.text("AccountId") == account.id;
    let mut contracts = writer.org.table("Contract").live();
    if contracts.any(|row| of(row) && row.text("StatusCode") == ACTIVATED) {
        return Err(delete_failed("Contracts"));
    }
    let mut opportunities = writer.org.table("Opportunity").live();
    if opportunities.any(|row| of(row) && row.flag("IsWon")) {
        return Err(delete_failed("Opportunities"));
    }
    Ok(())
}
