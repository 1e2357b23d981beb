//! Every way Salesforce says no: an array of `{message, errorCode, fields}` under an HTTP status.
//!
//! Items of a collection say the same with `statusCode` in the place of `errorCode`. The token endpoint
//! has a form of its own (`access`).

use serde_json::{Map, Value, json};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub code: String,
    pub message: String,
    /// Left out of some answers, empty in others.
    pub fields: Option<Vec<String>>,
}

/// An answer that is a refusal.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub status: u16,
    pub faults: Vec<Fault>,
}

impl Fault {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            fields: None,
        }
    }

    pub fn with(mut self, fields: &[&str]) -> Self {
        self.fields = Some(fields.iter().map(|field| (*field).to_owned()).collect());
        self
    }

    pub fn not_found() -> Self {
        Self::new("NOT_FOUND", "The requested resource does not exist")
    }

    pub fn deleted() -> Self {
        Self::new("ENTITY_IS_DELETED", "entity is deleted").with(&[])
    }

    pub fn no_column(field: &str, object: &str) -> Self {
        let message = format!("No such column '{field}' on sobject of type {object}");
        Self::new("INVALID_FIELD", message)
    }

    pub fn read_only(field: &str) -> Self {
        let message = format!(
            "Unable to create/update fields: {field}. Please check the security settings of this field \
             and verify that it is read/write for your profile or permission set."
        );
        Self::new("INVALID_FIELD_FOR_INSERT_UPDATE", message).with(&[field])
    }

    pub fn missing(fields: &[&str]) -> Self {
        let message = format!("Required fields are missing: [{}]", fields.join(", "));
        Self::new("REQUIRED_FIELD_MISSING", message).with(fields)
    }

    pub fn cross_reference(fields: &[&str]) -> Self {
        Self::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id").with(fields)
    }

    pub fn malformed_id(id: &str) -> Self {
        let message = format!("Record ID: id value of incorrect type: {id}");
        Self::new("MALFORMED_ID", message).with(&["Id"])
    }

    pub fn unreadable(message: impl Into<String>) -> Self {
        Self::new("JSON_PARSER_ERROR", message)
    }

    pub fn integrity(message: &str, fields: &[&str]) -> Self {
        Self::new("FIELD_INTEGRITY_EXCEPTION", message).with(fields)
    }

    pub fn no_access() -> Self {
        let message = "insufficient access rights on object id";
        Self::new("INSUFFICIENT_ACCESS_OR_READONLY", message).with(&[])
    }

    pub fn lock_row() -> Self {
        let message = "unable to obtain exclusive access to this record";
        Self::new("UNABLE_TO_LOCK_ROW", message).with(&[])
    }

    fn status(&self) -> u16 {
        match self.code.as_str() {
            "INVALID_SESSION_ID" => 401,
            "REQUEST_LIMIT_EXCEEDED"
            | "API_DISABLED_FOR_ORG"
            | "API_CURRENTLY_DISABLED"
            | "INSUFFICIENT_ACCESS"
            | "FORBIDDEN" => 403,
            "NOT_FOUND" | "ENTITY_IS_DELETED" => 404,
            "METHOD_NOT_ALLOWED" => 405,
            "UNSUPPORTED_API_VERSION" => 410,
            "PRECONDITION_FAILED" => 412,
            "URI_TOO_LONG" => 414,
            "UNSUPPORTED_MEDIA_TYPE" => 415,
            "UNKNOWN_EXCEPTION" => 500,
            "SERVER_UNAVAILABLE" => 503,
            _ => 400,
        }
    }

    fn shown(&self, code: &str) -> Value {
        let mut shown = Map::new();
        shown.insert("message".to_owned(), self.message.clone().into());
        shown.insert(code.to_owned(), self.code.clone().into());
        if let Some(fields) = &self.fields {
            shown.insert("fields".to_owned(), json!(fields));
        }
        Value::Object(shown)
    }

    /// As an item of a collection shows it; `fields` is always there.
    pub fn as_item(&self) -> Value {
        let fields = self.fields.clone().unwrap_or_default();
        json!({ "statusCode": self.code, "message": self.message, "fields": fields })
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        let status = fault.status();
        Self {
            status,
            faults: vec![fault],
        }
    }
}

impl Refusal {
    pub fn body(&self) -> Value {
        let faults = self.faults.iter();
        faults.map(|fault| fault.shown("errorCode")).collect()
    }

    pub fn method() -> Self {
        Fault::new(
            "METHOD_NOT_ALLOWED",
            "HTTP Method not allowed. Allowed are GET, POST, PATCH, DELETE",
        )
        .into()
    }

    pub fn not_found() -> Self {
        Fault::not_found().into()
    }
}

impl From<Fault> for String {
    fn from(fault: Fault) -> Self {
        format!("{}: {}", fault.code, fault.message)
    }
}
