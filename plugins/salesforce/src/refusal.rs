//! What an answer of Salesforce means when it is no success: by the vendor's code, which is more exact than
//! the status. The sentences, with what to do next, stand in `refusal_words.rs`.
//!
//! The same refusal comes in several shapes: an array with `errorCode`, an item of a collection whose
//! `errors` have `statusCode`, a body within a composite answer, a page of a proxy.

use crate::assumed::*;
use crate::id;
use crate::refusal_words as say;
use liaison_sdk::prelude::*;

/// One refusal as the vendor words it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    pub code: String,
    pub message: String,
    pub fields: Vec<String>,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The object's API name, for people.
    pub object: String,
    pub asked: Asked,
}

/// What a request was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Read,
    Create,
    /// An update or a deletion: of a record that should be there.
    Change,
}

impl About {
    pub fn new(object: &str, asked: Asked) -> Self {
        Self {
            object: object.to_owned(),
            asked,
        }
    }
}

impl Refusal {
    /// All that a body holds, wherever in it.
    pub fn all_of(body: &Value) -> Vec<Self> {
        match body {
            Value::Array(parts) => parts.iter().flat_map(Self::all_of).collect(),
            Value::Object(part) => {
                let code = ["errorCode", "statusCode"].into_iter().find_map(|name| {
                    let code = part.get(name)?.as_str()?;
                    Some(code.to_owned())
                });
                match code {
                    Some(code) => vec![Self::of(code, part)],
                    None => ["errors", "body", "result"]
                        .into_iter()
                        .filter_map(|name| part.get(name))
                        .flat_map(Self::all_of)
                        .collect(),
                }
            }
            _ => Vec::new(),
        }
    }

    fn of(code: String, part: &Map<String, Value>) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let fields = part.get("fields").and_then(Value::as_array);
        Self {
            code,
            message: part.get("message").and_then(text).unwrap_or_default(),
            fields: fields.into_iter().flatten().filter_map(text).collect(),
        }
    }

    /// The field at fault: told beside the words, or in them.
    fn field(&self) -> Option<String> {
        let named = self.fields.first().cloned();
        named.or_else(|| {
            let quoted = self.message.split("No such column '").nth(1);
            let listed = self.message.split("fields: ").nth(1);
            let end = |c: char| !c.is_ascii_alphanumeric() && c != '_';
            let name = quoted.or(listed)?.split(end).next()?;
            (!name.is_empty()).then(|| name.to_owned())
        })
    }

    /// Whether it names no field but the record's own id.
    fn is_about_the_record(&self) -> bool {
        self.fields
            .iter()
            .all(|field| field.eq_ignore_ascii_case("id"))
    }

    /// The id that is already there: the words around it are of the integration user's language.
    fn existing(&self) -> Option<String> {
        id::within(&self.message)
    }
}

/// The fault of a read that was no success.
pub fn of_read(answer: &Answer, about: &About) -> Fault {
    let body = answer.json().unwrap_or_default();
    if let Some(refusal) = Refusal::all_of(&body).first() {
        return meaning(refusal, about, answer.status());
    }
    let fault = match answer.status() {
        403 => say::forbidden(&about.object),
        404 | 405 | 410 => say::nothing_there(&about.object),
        414 | 431 | 400 => say::question_refused(&about.object),
        _ => return answer.rubbish(),
    };
    quoted(fault, answer)
}

/// The fault of a write that was no success as a whole.
pub fn of_write(answer: &Answer, about: &About) -> Fault {
    let body = answer.json().unwrap_or_default();
    let told = Refusal::all_of(&body);
    match (answer.status(), told.first()) {
        // Whatever the words: it broke somewhere on the way.
        (408 | 500..=599, Some(refusal)) if !is_surely_undone(refusal) => {
            quoted(answer.lost(), answer)
        }
        (_, Some(refusal)) => meaning(refusal, about, answer.status()),
        (300, None) => quoted(say::several(&about.object), answer),
        (403, None) => quoted(say::forbidden(&about.object), answer),
        (404 | 405 | 410, None) => quoted(say::nothing_there(&about.object), answer),
        (412, None) => quoted(say::changed(), answer),
        (400 | 409 | 414 | 415 | 431, None) => quoted(say::question_refused(&about.object), answer),
        // A page, a redirect, a body that was cut: it may have been carried out.
        _ => quoted(answer.lost(), answer),
    }
}

/// Codes that say that the request was turned away at the door.
fn is_surely_undone(refusal: &Refusal) -> bool {
    matches!(
        refusal.code.as_str(),
        "SERVER_UNAVAILABLE" | "REQUEST_LIMIT_EXCEEDED" | "API_CURRENTLY_DISABLED"
    )
}

/// The fault of one refused item, whose siblings may have been carried out.
pub fn of_item(item: &Value, about: &About) -> Fault {
    match Refusal::all_of(item).first() {
        Some(refusal) => meaning(refusal, about, 200),
        None => {
            say::refused_silently().vendor_text(&liaison_sdk::text::shorten(&item.to_string(), 200))
        }
    }
}

/// What one refusal means: the kind and reach of a fault, and its sentence.
fn meaning(refusal: &Refusal, about: &About, status: u16) -> Fault {
    let object = about.object.as_str();
    let words = refusal.message.trim();
    let write = about.asked != Asked::Read;
    let fault = match refusal.code.as_str() {
        "INVALID_SESSION_ID" | "INVALID_AUTH_HEADER" => say::session_ended(),
        "REQUEST_LIMIT_EXCEEDED" if words.starts_with("Concurrent") => {
            say::too_many_at_once().wait_ms(CONCURRENT_WAIT_MS)
        }
        "REQUEST_LIMIT_EXCEEDED" => say::day_used_up().wait_ms(DAY_USED_UP_WAIT_MS),
        "API_DISABLED_FOR_ORG" => say::api_disabled(),
        "API_CURRENTLY_DISABLED" => say::switched_off().wait_ms(SWITCHED_OFF_WAIT_MS),
        "UNSUPPORTED_API_VERSION" => say::version_retired(),
        "SERVER_UNAVAILABLE" => say::down(),
        "UNKNOWN_EXCEPTION" | "ALL_OR_NONE_OPERATION_ROLLED_BACK" | "PROCESSING_HALTED" => {
            match write {
                true => say::down().scope(FaultScope::OneRecord),
                false => say::down(),
            }
        }
        "QUERY_TIMEOUT" | "REQUEST_RUNNING_TOO_LONG" => say::too_slow(object),
        "INVALID_QUERY_LOCATOR" => say::walk_forgotten(object),
        "STORAGE_LIMIT_EXCEEDED" => say::storage_full(),

        "INSUFFICIENT_ACCESS" | "FORBIDDEN" => say::forbidden(object),
        "INSUFFICIENT_ACCESS_OR_READONLY" => say::record_closed(object),
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY" => say::reference_closed(),
        "TRANSFER_REQUIRES_READ" => say::owner_cannot_read(object),
        "INACTIVE_OWNER_OR_USER" => say::owner_inactive(),
        "UNAVAILABLE_RECORDTYPE_EXCEPTION" => say::record_type_closed(object),

        "INVALID_TYPE" => say::no_object(object),
        "INVALID_FIELD" => say::no_field(object, refusal.field().as_deref().unwrap_or(words)),
        "INVALID_FIELD_FOR_INSERT_UPDATE" => {
            say::field_closed(object, refusal.field().as_deref().unwrap_or(words))
        }

        "REQUIRED_FIELD_MISSING" => say::required(words),
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" => say::not_in_picklist(words),
        "STRING_TOO_LONG" => say::too_long(words),
        "NUMBER_OUTSIDE_VALID_RANGE" => say::out_of_range(words),
        "INVALID_EMAIL_ADDRESS" => say::no_email(words),
        "JSON_PARSER_ERROR" | "INVALID_TYPE_ON_FIELD_IN_RECORD" => say::value_unfit(words),
        "FIELD_CUSTOM_VALIDATION_EXCEPTION" => say::validation_rule(words),
        "FIELD_INTEGRITY_EXCEPTION" => say::integrity(words),
        "STANDARD_PRICE_NOT_DEFINED" => say::no_standard_price(),
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" | "APEX_ERROR" if words.contains(LOCK_INSIDE) => {
            say::locked_row()
        }
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" | "APEX_ERROR" => say::trigger(words),
        "UNABLE_TO_LOCK_ROW" => say::locked_row(),
        "ENTITY_IS_LOCKED" => say::locked_by_process(object),
        "FAILED_ACTIVATION" | "INVALID_STATUS" => say::activation(words).field("Status"),
        "DUPLICATES_DETECTED" => say::duplicate_rule(words),
        "DUPLICATE_EXTERNAL_ID" => say::several(object),
        "DUPLICATE_VALUE" => match refusal.existing() {
            Some(id) => say::exists(object, &id),
            None => say::exists_somewhere(object),
        },

        "INVALID_CROSS_REFERENCE_KEY" | "INVALID_ID_FIELD"
            if about.asked == Asked::Change && refusal.is_about_the_record() =>
        {
            say::gone(object)
        }
        "INVALID_CROSS_REFERENCE_KEY" | "INVALID_ID_FIELD" => say::dangling(words),
        "ENTITY_IS_DELETED" => match about.asked {
            Asked::Create => say::dangling(words),
            _ => say::gone(object),
        },
        "NOT_FOUND" if words.contains(EXTERNAL_ID_GONE) => say::key_field_gone(object),
        "NOT_FOUND" if about.asked == Asked::Change => say::gone(object),
        "NOT_FOUND" => say::nothing_there(object),
        "MALFORMED_ID" => say::malformed_id(),
        "MALFORMED_QUERY"
        | "INVALID_QUERY_FILTER_OPERATOR"
        | "ILLEGAL_QUERY_PARAMETER_VALUE"
        | "METHOD_NOT_ALLOWED" => say::question_refused(object),
        _ => match (write, status) {
            (true, _) => say::refused(words),
            (false, 403) => say::forbidden(object),
            (false, 404) => say::nothing_there(object),
            (false, 500..=599) => say::down(),
            (false, _) => say::question_refused(object),
        },
    };
    let fault = fault.vendor_code(&refusal.code).vendor_text(words);
    match (refusal.field(), fault.field.is_some()) {
        (Some(field), false) => fault.field(&field),
        _ => fault,
    }
}

/// With the vendor's code and words.
pub fn quoted(fault: Fault, answer: &Answer) -> Fault {
    let body = answer.json().unwrap_or_default();
    match Refusal::all_of(&body).into_iter().next() {
        Some(refusal) => fault
            .vendor_code(&refusal.code)
            .vendor_text(refusal.message.trim()),
        None => fault
            .vendor_code(&answer.status().to_string())
            .vendor_text(&answer.excerpt()),
    }
}
