//! The statuses QuickBooks answers a request with, in its words.

/// A request's outcome other than 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub code: u16,
    pub message: String,
}

/// QuickBooks could not run a set at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub hresult: String,
    pub message: String,
}

pub fn severity(code: u16) -> &'static str {
    match code {
        0..500 => "Info",
        500..1000 => "Warn",
        _ => "Error",
    }
}

impl Refusal {
    pub fn new(hresult: &str, message: impl Into<String>) -> Self {
        Self {
            hresult: hresult.to_owned(),
            message: message.into(),
        }
    }

    /// The same text whatever is wrong: QuickBooks names no place.
    pub fn parse() -> Self {
        Self::new(
            "0x80040400",
            "QuickBooks found an error when parsing the provided XML text stream.",
        )
    }
}

impl Status {
    pub fn new(code: u16, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    pub fn no_match() -> Self {
        Self::new(
            1,
            "A query request did not find a matching object in QuickBooks",
        )
    }

    pub fn key_not_found(key: &str) -> Self {
        Self::new(
            500,
            format!(
                "The query request has not been fully completed. There was a required element (\"{key}\") \
                 that could not be found in QuickBooks."
            ),
        )
    }

    pub fn bad_request_id() -> Self {
        Self::new(1060, "The request ID is invalid.")
    }

    pub fn bad_id(id: &str, field: &str) -> Self {
        Self::new(
            3000,
            format!("The given object ID \"{id}\" in the field \"{field}\" is invalid."),
        )
    }

    pub fn too_long(field: &str, text: &str, longest: usize) -> Self {
        let shown: String = text.chars().take(40).collect();
        Self::new(
            3070,
            format!(
                "The string \"{shown}\" in the field \"{field}\" is too long. The maximum length is {longest}."
            ),
        )
    }

    pub fn name_in_use(name: &str) -> Self {
        Self::new(
            3100,
            format!("The name \"{name}\" of the list element is already in use."),
        )
    }

    pub fn not_found(id: &str) -> Self {
        Self::new(
            3120,
            format!(
                "Object \"{id}\" specified in the request cannot be found. QuickBooks error message: Invalid \
                 argument. The specified record does not exist in the list."
            ),
        )
    }

    pub fn no_parent(name: &str, list: &str) -> Self {
        Self::new(
            3130,
            format!("There is an invalid reference to a parent \"{name}\" in the {list} list."),
        )
    }

    pub fn bad_reference(what: &str, name: &str, place: &str) -> Self {
        Self::new(
            3140,
            format!(
                "There is an invalid reference to QuickBooks {what} \"{name}\" in the {place}. QuickBooks \
                 error message: Invalid argument. The specified record does not exist in the list."
            ),
        )
    }

    pub fn missing(field: &str) -> Self {
        Self::new(3150, format!("There is a missing element: \"{field}\"."))
    }

    pub fn in_use(id: &str) -> Self {
        Self::new(
            3160,
            format!(
                "Cannot delete the object specified by the id = \"{id}\". QuickBooks error message: This list \
                 element cannot be deleted because it has a balance or it is used in a transaction."
            ),
        )
    }

    pub fn list_locked(id: &str) -> Self {
        Self::new(
            3170,
            format!(
                "There was an error when modifying the object specified by the id = \"{id}\". QuickBooks \
                 error message: This list has been modified by another user."
            ),
        )
    }

    pub fn txn_locked(id: &str) -> Self {
        Self::new(
            3175,
            format!(
                "There was an error adding, modifying or deleting \"{id}\" because it is already in use. \
                 QuickBooks error message: The transaction could not be locked. It is in use by another user."
            ),
        )
    }

    pub fn not_saved(list: &str, element: &str, cause: &str) -> Self {
        Self::new(
            3180,
            format!(
                "There was an error when saving a {list} list, element \"{element}\". QuickBooks error \
                 message: {cause}"
            ),
        )
    }

    pub fn cannot_clear(field: &str) -> Self {
        Self::new(
            3190,
            format!("Cannot clear the element in the {field} field."),
        )
    }

    pub fn stale(sequence: &str) -> Self {
        Self::new(
            3200,
            format!("The provided edit sequence \"{sequence}\" is out-of-date."),
        )
    }

    pub fn bad_value(field: &str, value: &str, cause: &str) -> Self {
        Self::new(
            3210,
            format!(
                "The \"{field}\" field has an invalid value \"{value}\". QuickBooks error message: {cause}"
            ),
        )
    }

    pub fn not_processed() -> Self {
        Self::new(3231, "The request has not been processed.")
    }

    pub fn not_here() -> Self {
        Self::new(
            3250,
            "This feature is not enabled or not available in this version of QuickBooks.",
        )
    }

    pub fn no_permission() -> Self {
        Self::new(
            3260,
            "Insufficient permission level to perform this action.",
        )
    }

    pub fn read_only() -> Self {
        Self::new(
            3263,
            "This application has read-only access to this company file.",
        )
    }

    pub fn unknown_macro(name: &str) -> Self {
        Self::new(9100, format!("The macro \"{name}\" has not been defined."))
    }
}
