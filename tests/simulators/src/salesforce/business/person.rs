//! Names of people, owners that can own, record types that fit.

use crate::salesforce::refusal::Fault;
use crate::salesforce::writes::{Draft, Writer};

/// First and last name make the name.
pub fn before(draft: &mut Draft) {
    let row = &mut draft.row;
    let name = format!("{} {}", row.text("FirstName"), row.text("LastName"));
    row.set("Name", name.trim().to_owned());
}

pub fn check_owner(writer: &Writer<'_>, draft: &Draft) -> Result<(), Fault> {
    if !draft.gives("OwnerId") {
        return Ok(());
    }
    let owner = draft.row.text("OwnerId");
    let is_active = writer
        .org
        .live("User", owner)
        .is_some_and(|user| user.flag("IsActive"));
    if is_active || owner.is_empty() {
        return Ok(());
    }
    let message = format!(
        "operation performed with inactive user [{owner}] as owner of {}",
        draft.object.to_lowercase()
    );
    Err(Fault::new("INACTIVE_OWNER_OR_USER", message).with(&["OwnerId"]))
}

pub fn check_record_type(writer: &Writer<'_>, draft: &Draft) -> Result<(), Fault> {
    if !draft.gives("RecordTypeId") || !draft.row.has("RecordTypeId") {
        return Ok(());
    }
    let id = draft.row.text("RecordTypeId");
    let fits = writer.org.live("RecordType", id).is_some_and(|kind| {
        kind.text("SobjectType").eq_ignore_ascii_case(&draft.object) && kind.flag("IsActive")
    });
    if fits {
        return Ok(());
    }
    let message = format!(
        "Record Type ID: this ID value isn't valid for the user: {}",
        crate::salesforce::id::short(id)
    );
    Err(Fault::new("INVALID_CROSS_REFERENCE_KEY", message).with(&["RecordTypeId"]))
}
