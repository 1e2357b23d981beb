//! What the settings say that flows need of the org, and what stops where it is not there.

use crate::assumed::KEY_LENGTH_MIN;
use crate::doctor::{finding, object_settings, Told};
use crate::expected::{list, Expected, Part};
use crate::settings::Settings;
use liaison_sdk::prelude::*;

/// An object that the settings name and nobody sees.
pub fn object_missing(object: &str, fault: &Fault) -> Finding {
    let message = match fault.message.key == "salesforce-not-a-name" {
        true => fault.message.clone(),
        false => text!(
            "salesforce-wanted-object",
            "Salesforce does not show the object {object} to the integration user. Without it its records can be neither read nor written: the flows that use it, a mirror of it for instance, stop",
            object = object
        ),
    };
    finding(Level::Error, "object-missing", message)
        .place(object_settings(object))
        .fix(remedy(object))
}

/// What a setting names and the object does not have.
pub fn missing(expected: &Expected) -> Finding {
    let object = expected.object;
    let (code, message, name) = match &expected.part {
        Part::Itself | Part::Field("") => (
            "object-missing",
            text!(
                "salesforce-expected-object",
                "Salesforce does not show the object {object}; flows that use it stop",
                object = object
            ),
            object,
        ),
        Part::Field(field) => (
            "field-missing",
            text!(
                "salesforce-expected-field",
                "{object} has no field {field} that the integration user can see; a flow that reads or writes it stops",
                object = object,
                field = field
            ),
            *field,
        ),
        Part::Value(field, value) => (
            "picklist-value-missing",
            text!(
                "salesforce-expected-value",
                "The picklist {field} of {object} has no active value {value}; a record that is given it is refused, and none is found by it",
                object = object,
                field = field,
                value = value
            ),
            *field,
        ),
        Part::RecordType(name) => (
            "record-type-missing",
            text!(
                "salesforce-expected-record-type",
                "{object} has no active record type {name} that the integration user may use; no record is found by it, and one that is given it is refused",
                object = object,
                name = name
            ),
            *name,
        ),
    };
    finding(Level::Error, code, message)
        .place(object_manager(object))
        .fix(remedy(name))
}

/// A field of ours that the integration user sees and may not write.
pub fn closed(object: &str, name: &str, told: &Value) -> Option<Finding> {
    let field = list(told, "fields").find(|field| field["name"] == name)?;
    let is_open = |flag: &str| field[flag] != json!(false);
    if is_open("createable") && is_open("updateable") {
        return None;
    }
    let message = text!(
        "salesforce-wanted-closed",
        "The integration user sees {field} of {object} and may not write it; a flow that writes it stops",
        object = object,
        field = name
    );
    let closed = finding(Level::Error, "field-closed", message).place(object_settings(object));
    Some(closed.fix(text!(
        "salesforce-fix-closed",
        "Grant edit access to {field} in the integration user's permission set",
        field = name
    )))
}

/// The field that our key goes into. Without it a create whose answer is lost needs a person. Where `key_fields` names
/// it, flows find records by it: then it is an error.
pub fn key_field(settings: &Settings, object: &str, told: &Value) -> Option<Finding> {
    let name = settings.key_field_of(object);
    if name.is_empty() || told["createable"] == json!(false) {
        return None;
    }
    let mut keyed = settings.key_fields();
    let is_named = keyed.any(|(known, _)| known.eq_ignore_ascii_case(object));
    let mut level = match is_named {
        true => Level::Error,
        false => Level::Warning,
    };
    let (code, message) = match list(told, "fields").find(|field| field["name"] == name) {
        None if is_named => (
            "key-field-missing",
            text!(
                "salesforce-key-field-wanted",
                "{object} has no field {field} that the integration user can see, and `key_fields` names it. Without it the mirror of {object} cannot be written",
                object = object,
                field = name
            ),
        ),
        None => (
            "key-field-missing",
            text!(
                "salesforce-key-field-missing",
                "{object} has no field {field}; a record whose creation is not confirmed would go into quarantine instead of being recognised",
                object = object,
                field = name
            ),
        ),
        Some(field) => {
            let lacks = lacks(field);
            match lacks.as_slice() {
                [] => return None,
                // A flow's own keys may be shorter than a token.
                ["26 characters"] => level = Level::Warning,
                _ => {}
            }
            let lacks = lacks.join(", ");
            let message = match field["createable"] == json!(true) {
                false => text!(
                    "salesforce-key-field-closed",
                    "The field {field} of {object} is not what a key must be ({lacks}). Without that no record of {object} can be created",
                    object = object,
                    field = name,
                    lacks = lacks
                ),
                true => text!(
                    "salesforce-key-field-weak",
                    "The field {field} of {object} is not what a key must be ({lacks}), so it cannot keep a record from being created twice",
                    object = object,
                    field = name,
                    lacks = lacks
                ),
            };
            ("key-field-weak", message)
        }
    };
    let place = text!(
        "salesforce-place-fields",
        "Salesforce: Setup > Object Manager > {object} > Fields & Relationships",
        object = object
    );
    let fix = match namespace(name) {
        Some(_) => remedy(name),
        None => text!(
            "salesforce-fix-key-field",
            "Add {field} as Text(64), External ID, Unique and case-sensitive, and grant the integration user edit access to it",
            field = name
        ),
    };
    Some(finding(level, code, message).place(place).fix(fix))
}

/// What a field lacks to be a key, in the words of Salesforce's own pages.
fn lacks(field: &Value) -> Vec<&'static str> {
    let long_enough = field["length"]
        .as_u64()
        .is_none_or(|length| length >= KEY_LENGTH_MIN);
    let wanted = [
        (field["type"] == "string", "Text"),
        (long_enough, "26 characters"),
        (field["externalId"] == json!(true), "External ID"),
        (field["unique"] == json!(true), "Unique"),
        (field["createable"] == json!(true), "Edit Access"),
    ];
    let missing = wanted.into_iter().filter(|(is_so, _)| !is_so);
    missing.map(|(_, name)| name).collect()
}

/// What to do where something of this name is not there.
fn remedy(name: &str) -> Text {
    match namespace(name) {
        Some(namespace) => text!(
            "salesforce-fix-package",
            "It comes with the package whose namespace is {namespace}: install it (Setup > Installed Packages), or name your own in the settings and in the flow's options; then grant it in the integration user's permission set",
            namespace = namespace
        ),
        None => text!(
            "salesforce-fix-expected",
            "Add it (`liaison connection setup` makes what `fields` and `record_types` name), or correct its name in the settings; then grant it in the integration user's permission set"
        ),
    }
}

/// The package that something came with: `ns__Name__c`.
fn namespace(name: &str) -> Option<&str> {
    let (namespace, rest) = name.split_once("__")?;
    rest.contains("__").then_some(namespace)
}

pub fn object_manager(object: &str) -> Text {
    text!(
        "salesforce-place-object-manager",
        "Salesforce: Setup > Object Manager > {object}",
        object = object
    )
}
