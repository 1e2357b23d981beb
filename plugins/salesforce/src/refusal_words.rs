//! What refusals are called, each with what a person does next.

use liaison_sdk::prelude::*;

pub fn session_ended() -> Fault {
    fault::unauthorized(text!(
        "salesforce-session-ended",
        "Salesforce ended the session; liaison logs in again by itself, and if that does not help the integration user must be looked at"
    ))
}

pub fn too_many_at_once() -> Fault {
    fault::throttled(text!(
        "salesforce-too-many-at-once",
        "Too many long calls run in the org at once; liaison waits and tries again"
    ))
}

pub fn day_used_up() -> Fault {
    fault::throttled(text!(
        "salesforce-day-used-up",
        "The org has used up its API calls of the last 24 hours; liaison waits. Find out which integration calls so often (Setup > System Overview), or buy more calls"
    ))
}

pub fn api_disabled() -> Fault {
    fault::misconfigured(text!(
        "salesforce-api-disabled",
        "The org's edition has no API; it needs Enterprise, Unlimited, Performance or Developer Edition, or the API add-on"
    ))
}

pub fn switched_off() -> Fault {
    fault::unavailable(text!(
        "salesforce-switched-off",
        "Salesforce has switched the API off for now, for maintenance or a move of the org; liaison tries again later"
    ))
}

pub fn version_retired() -> Fault {
    fault::misconfigured(text!(
        "salesforce-version-retired",
        "Salesforce no longer has this version of the API; leave the setting `api_version` out or set a newer one"
    ))
}

pub fn down() -> Fault {
    fault::unavailable(text!(
        "salesforce-down",
        "Salesforce failed at this; liaison tries again later. If it stays, ask Salesforce with the number in its words"
    ))
}

pub fn too_slow(object: &str) -> Fault {
    fault::unavailable(text!(
        "salesforce-too-slow",
        "Salesforce took too long over {object}; liaison tries again. If it stays, narrow the flow's filter",
        object = object
    ))
    .scope(FaultScope::WholeEntity)
}

pub fn walk_forgotten(object: &str) -> Fault {
    fault::unavailable(text!(
        "salesforce-walk-forgotten",
        "Salesforce has forgotten where the reading of {object} was; liaison reads again",
        object = object
    ))
    .scope(FaultScope::WholeEntity)
}

pub fn storage_full() -> Fault {
    fault::misconfigured(text!(
        "salesforce-storage-full",
        "The org's storage is full; delete what is not needed or buy more (Setup > Storage Usage)"
    ))
}

pub fn forbidden(object: &str) -> Fault {
    fault::misconfigured(text!(
        "salesforce-forbidden",
        "The integration user may not do this with {object}; give it the permission in its permission set (Setup > Permission Sets > Object Settings)",
        object = object
    ))
    .scope(FaultScope::WholeEntity)
}

pub fn record_closed(object: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-record-closed",
        "The integration user may not change this {object}; give it the record by sharing, or, if an activated contract is read-only in the org, the permissions of an administrator",
        object = object
    ))
}

pub fn reference_closed() -> Fault {
    fault::rejected(text!(
        "salesforce-reference-closed",
        "The record refers to one that the integration user may not see or use; share that one with the user, then try again"
    ))
}

pub fn owner_cannot_read(object: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-owner-cannot-read",
        "The new owner may not read {object}; give that user the permission, or choose another owner",
        object = object
    ))
}

pub fn owner_inactive() -> Fault {
    fault::rejected(text!(
        "salesforce-owner-inactive",
        "The owner is an inactive user; choose an active one or activate the user, then try again"
    ))
}

pub fn record_type_closed(object: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-record-type-closed",
        "The integration user may not use this record type of {object}; assign the record type to the user's permission set",
        object = object
    ))
    .field("RecordTypeId")
}

pub fn no_object(object: &str) -> Fault {
    fault::misconfigured(text!(
        "salesforce-no-object",
        "Salesforce has no object {object}, or the integration user may not see it; compare the API name (Setup > Object Manager) and give the user the object in its permission set",
        object = object
    ))
    .scope(FaultScope::WholeEntity)
}

pub fn no_field(object: &str, field: &str) -> Fault {
    fault::misconfigured(text!(
        "salesforce-no-field",
        "{object} has no field {field}, or the integration user may not see it; compare the API name (Setup > Object Manager), and grant the field in the permission set (field-level security)",
        object = object,
        field = liaison_sdk::text::shorten(field, 200)
    ))
    .scope(FaultScope::WholeEntity)
}

pub fn field_closed(object: &str, field: &str) -> Fault {
    fault::misconfigured(text!(
        "salesforce-field-closed",
        "The integration user may not write {field} of {object}; grant edit access to the field in the permission set, or take it out of the flow if Salesforce computes it",
        object = object,
        field = liaison_sdk::text::shorten(field, 200)
    ))
    .scope(FaultScope::WholeEntity)
}

pub fn required(words: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-required",
        "Salesforce wants a field that is empty: {reason}. Fill it in the source, or give it a value in the flow",
        reason = sentence(words)
    ))
}

pub fn not_in_picklist(words: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-not-in-picklist",
        "The value is not in the picklist: {reason}. Add it to the picklist, or translate it in the flow's table",
        reason = sentence(words)
    ))
}

pub fn too_long(words: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-too-long",
        "A text is too long for its field: {reason}. Shorten it in the source, or let the flow cut it (`truncate`)",
        reason = sentence(words)
    ))
}

pub fn out_of_range(words: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-out-of-range",
        "A number is too large for its field: {reason}. Correct it in the source, or make the field larger",
        reason = sentence(words)
    ))
}

pub fn no_email(words: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-no-email",
        "That is no e-mail address for Salesforce: {reason}. Correct it in the source",
        reason = sentence(words)
    ))
}

pub fn value_unfit(words: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-value-unfit",
        "A value does not fit its field: {reason}. Correct it in the source, or convert it in the flow",
        reason = sentence(words)
    ))
}

pub fn validation_rule(words: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-validation-rule",
        "A validation rule of the org refuses the record: {reason}. Correct the record, or ask the administrator about the rule",
        reason = sentence(words)
    ))
}

pub fn integrity(words: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-integrity",
        "The record contradicts another: {reason}. For a line, see that its price book entry is active and of the opportunity's price book",
        reason = sentence(words)
    ))
}

pub fn no_standard_price() -> Fault {
    fault::missing_reference(text!(
        "salesforce-no-standard-price",
        "The product has no price in the standard price book yet; add it there first, then try again"
    ))
}

pub fn trigger(words: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-trigger",
        "A trigger or automation of the org refuses the record: {reason}. Ask the administrator of the org",
        reason = sentence(words)
    ))
}

pub fn locked_row() -> Fault {
    fault::locked(text!(
        "salesforce-locked-row",
        "Somebody else is writing this record or its parent at this moment; liaison tries again"
    ))
}

pub fn locked_by_process(object: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-locked-by-process",
        "This {object} is locked: it is in approval, or it is an activated contract, whose account and currency never change. Unlock it or finish the approval, then try again",
        object = object
    ))
}

pub fn activation(words: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-activation",
        "The status cannot be set like this: {reason}. Create a contract as a draft and activate it by an update of its status; an activated one never goes back",
        reason = sentence(words)
    ))
}

pub fn duplicate_rule(words: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-duplicate-rule",
        "A duplicate rule of the org takes this for a record that is already there: {reason}. Link the two (liaison link add), merge them, or set `save_duplicates`",
        reason = sentence(words)
    ))
}

pub fn several(object: &str) -> Fault {
    fault::ambiguous(text!(
        "salesforce-several",
        "Several records of {object} have this external id; make the field unique, or correct one of them",
        object = object
    ))
}

pub fn exists(object: &str, id: &str) -> Fault {
    let words = text!(
        "salesforce-exists",
        "{object} {id} has this value already, in a field that must be unique; liaison takes that record, or one of the two must be corrected",
        object = object,
        id = id
    );
    fault::exists(words, id)
}

pub fn exists_somewhere(object: &str) -> Fault {
    fault::of(
        FaultKind::Exists,
        text!(
            "salesforce-exists-somewhere",
            "A record of {object} has this value already, in a field that must be unique; find it in Salesforce and link it (liaison link add), or correct one of the two",
            object = object
        ),
    )
}

pub fn gone(object: &str) -> Fault {
    fault::not_found(text!(
        "salesforce-gone",
        "Salesforce has no such {object} any more; it was deleted or merged. Restore it from the Recycle Bin, or remove the link",
        object = object
    ))
}

pub fn dangling(words: &str) -> Fault {
    fault::missing_reference(text!(
        "salesforce-dangling",
        "The record refers to one that Salesforce does not have: {reason}. Restore that one, or correct the reference",
        reason = sentence(words)
    ))
}

pub fn nothing_there(object: &str) -> Fault {
    fault::misconfigured(text!(
        "salesforce-nothing-there",
        "Salesforce has nothing at this address for {object}; see the settings `api_version` and `login_url`, the API name of the object, and the integration user's permissions",
        object = object
    ))
    .scope(FaultScope::WholeEntity)
}

pub fn key_field_gone(object: &str) -> Fault {
    fault::misconfigured(text!(
        "salesforce-key-field-gone",
        "The field for liaison's key is no longer an External ID of {object}, or the integration user may not see it; put it back, or name another in `key_field`",
        object = object
    ))
    .scope(FaultScope::WholeEntity)
}

pub fn no_record_types(object: &str) -> Fault {
    fault::misconfigured(text!(
        "salesforce-no-record-types",
        "{object} has no record types in this org, or the integration user may not see them; take `record_type` out of the flow, or add record types in Salesforce",
        object = object
    ))
    .scope(FaultScope::WholeEntity)
    .field("record_type")
}

pub fn no_record_type(object: &str, name: &str, known: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-no-record-type",
        "{object} has no record type {name} that the integration user may use (it may use: {known}); assign it in the permission set, or correct the developer name in the flow",
        object = object,
        name = liaison_sdk::text::shorten(name, 80),
        known = known
    ))
}

pub fn malformed_id() -> Fault {
    fault::internal(text!(
        "salesforce-malformed-id",
        "Salesforce takes an id for none; please report it with the vendor's words"
    ))
}

pub fn question_refused(object: &str) -> Fault {
    fault::internal(text!(
        "salesforce-question-refused",
        "Salesforce does not understand what it is asked about {object}; please report it with the vendor's words",
        object = object
    ))
    .scope(FaultScope::WholeEntity)
}

pub fn refused(words: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-refused",
        "Salesforce refuses the record: {reason}. Correct it in the source, or ask the administrator of the org",
        reason = sentence(words)
    ))
}

pub fn refused_silently() -> Fault {
    fault::rejected(text!(
        "salesforce-refused-silently",
        "Salesforce refuses the record and does not say why; try it by hand in Salesforce"
    ))
}

pub fn changed() -> Fault {
    fault::conflict(text!(
        "salesforce-changed",
        "The record has changed in Salesforce since it was read; liaison reads it again"
    ))
}

/// The vendor's words within a sentence of ours: in one line, without the full stop at their end.
fn sentence(words: &str) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    let words = liaison_sdk::text::shorten(&words.join(" "), 400);
    words.trim_end_matches('.').to_owned()
}
