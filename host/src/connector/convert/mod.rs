//! Contract types ⇄ the model's, with everything a guest says checked on the way in.
//!
//! A guest is somebody else's code. What it returns is parsed here once, and what does not hold
//! together becomes one fault of kind `internal` that says which part and why.
//!
//! Invariant: nothing a guest returned reaches the engine without passing this folder.

pub mod answers;
pub mod called;
pub mod manifest;
pub mod outcomes;

use serde_json::Value;

use super::bindings::types as wit;
use super::limits::JSON_VALUES_MAX;
use super::scrub::for_log;
use crate::model::text::words;
use crate::model::{
    Action, Comparison, Condition, Fault, FaultKind, Finding, Level, NativeId, Operation, Scope,
    Text,
};

/// The guest contradicts the contract or itself. The text completes "the connector returned …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the connector returned {0}")]
pub struct Nonsense(pub String);

impl Nonsense {
    /// What exactly is for the connector's author, and stays in English.
    pub fn text(&self) -> Text {
        words!(
            "connector-nonsense",
            "the connector returned {what}",
            what = self.0
        )
    }
}

impl From<Nonsense> for Fault {
    fn from(nonsense: Nonsense) -> Self {
        Self::internal(nonsense.text())
    }
}

/// The most of a guest's own words that an error repeats.
const QUOTE_CHARS_MAX: usize = 80;
/// A message for a person; vendors answer with pages.
const TEXT_BYTES_MAX: usize = 16 << 10;
/// A key, a code, the name of a field; one argument of a message.
const WORD_BYTES_MAX: usize = 1 << 10;
/// Arguments of a message, and what `ext` holds.
const PAIRS_MAX: usize = 32;

pub(super) fn nonsense(words: impl Into<String>) -> Nonsense {
    Nonsense(words.into())
}

pub(super) fn quote(raw: &str) -> String {
    raw.chars()
        .take(QUOTE_CHARS_MAX)
        .flat_map(char::escape_debug)
        .collect()
}

pub fn native_id(raw: &str, of: &str) -> Result<NativeId, Nonsense> {
    NativeId::parse(raw).map_err(|error| {
        nonsense(format!(
            "an id {of} that is none: {}",
            quote(error.rule.english)
        ))
    })
}

/// A record's body: a JSON object.
pub fn body(raw: &str, of: &str) -> Result<Value, Nonsense> {
    let value = json(raw, of)?;
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(nonsense(format!("a body {of} that is no JSON object"))),
    }
}

pub fn json(raw: &str, of: &str) -> Result<Value, Nonsense> {
    bounded(std::iter::once(raw))?;
    serde_json::from_str(raw)
        .map_err(|error| nonsense(format!("JSON {of} that does not parse: {error}")))
}

/// That all of an answer's JSON together is small enough to be parsed. Before it is.
pub(super) fn bounded<'a>(texts: impl Iterator<Item = &'a str>) -> Result<(), Nonsense> {
    let mut left = JSON_VALUES_MAX;
    for text in texts {
        left = left
            .checked_sub(values_at_most(text))
            .ok_or_else(|| nonsense(format!("more than {JSON_VALUES_MAX} JSON values at once")))?;
    }
    Ok(())
}

/// How many values a JSON text holds, keys included. Of a text that is none, at least as many as a parser
/// makes before it notices.
fn values_at_most(text: &str) -> usize {
    let mut values = 1;
    let (mut in_string, mut escaped) = (false, false);
    for byte in text.bytes() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else {
            in_string = byte == b'"';
            values += usize::from(matches!(byte, b',' | b':' | b'[' | b'{'));
        }
    }
    values
}

pub fn text(text: wit::Text) -> Text {
    Text {
        key: word(text.key),
        args: pairs(text.args),
        texts: Vec::new(),
        fallback: cut(text.fallback),
    }
}

/// The same where it is one line in a list: nothing in it steers a terminal or begins a line of its own.
pub(super) fn line(raw: wit::Text) -> Text {
    let mut line = text(raw);
    line.fallback = for_log(&line.fallback);
    for (_, value) in &mut line.args {
        *value = for_log(value);
    }
    line
}

fn pairs(pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    pairs
        .into_iter()
        .take(PAIRS_MAX)
        .map(|(name, value)| (word(name), word(value)))
        .collect()
}

fn cut(words: String) -> String {
    cut_to(words, TEXT_BYTES_MAX)
}

pub(super) fn word(words: String) -> String {
    cut_to(words, WORD_BYTES_MAX)
}

fn cut_to(mut words: String, bytes_max: usize) -> String {
    if words.len() > bytes_max {
        let end = (0..=bytes_max)
            .rev()
            .find(|at| words.is_char_boundary(*at))
            .unwrap_or(0);
        words.truncate(end);
        words.push('…');
    }
    words
}

pub fn fault(fault: wit::Fault) -> Fault {
    Fault {
        kind: fault_kind(fault.kind),
        scope: match fault.scope {
            wit::FaultScope::OneRecord => Scope::Record,
            wit::FaultScope::WholeEntity => Scope::Entity,
            wit::FaultScope::WholeConnection => Scope::Connection,
        },
        message: text(fault.message),
        vendor_code: fault.vendor_code.map(word),
        vendor_text: fault.vendor_text.map(cut),
        field: fault.field.map(word),
        wait_ms: fault.wait_ms,
        // Adopting needs a usable id; `exists` without one is still "exists".
        existing: fault.existing.filter(|id| NativeId::parse(id).is_ok()),
        ext: pairs(fault.ext),
    }
}

fn fault_kind(kind: wit::FaultKind) -> FaultKind {
    match kind {
        wit::FaultKind::Unauthorized => FaultKind::Unauthorized,
        wit::FaultKind::Misconfigured => FaultKind::Misconfigured,
        wit::FaultKind::Rejected => FaultKind::Rejected,
        wit::FaultKind::MissingReference => FaultKind::MissingReference,
        wit::FaultKind::Exists => FaultKind::Exists,
        wit::FaultKind::Ambiguous => FaultKind::Ambiguous,
        wit::FaultKind::Conflict => FaultKind::Conflict,
        wit::FaultKind::Locked => FaultKind::Locked,
        wit::FaultKind::NotFound => FaultKind::NotFound,
        wit::FaultKind::Throttled => FaultKind::Throttled,
        wit::FaultKind::Unavailable => FaultKind::Unavailable,
        wit::FaultKind::OutsideWindow => FaultKind::OutsideWindow,
        wit::FaultKind::OutcomeUnknown => FaultKind::OutcomeUnknown,
        wit::FaultKind::Internal => FaultKind::Internal,
        wit::FaultKind::Other => FaultKind::Other,
    }
}

pub fn findings(findings: Vec<wit::Finding>) -> Result<Vec<Finding>, Nonsense> {
    findings
        .into_iter()
        .map(|finding| {
            let is_code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if finding.code.is_empty() || !finding.code.chars().all(is_code) {
                return Err(nonsense(format!(
                    "a finding whose code is not kebab-case: {}",
                    quote(&finding.code)
                )));
            }
            Ok(Finding {
                level: match finding.level {
                    wit::Level::Ok => Level::Ok,
                    wit::Level::Warning => Level::Warning,
                    wit::Level::Error => Level::Error,
                },
                code: finding.code,
                message: text(finding.message),
                place: finding.place.map(text),
                fix: finding.fix.map(text),
            })
        })
        .collect()
}

/// None for `other`: a comparison of a later contract, which we cannot evaluate.
pub fn comparison(op: wit::Comparison) -> Option<Comparison> {
    Some(match op {
        wit::Comparison::Eq => Comparison::Eq,
        wit::Comparison::NotEq => Comparison::NotEq,
        wit::Comparison::Lt => Comparison::Lt,
        wit::Comparison::Le => Comparison::Le,
        wit::Comparison::Gt => Comparison::Gt,
        wit::Comparison::Ge => Comparison::Ge,
        wit::Comparison::IsIn => Comparison::IsIn,
        wit::Comparison::NotIn => Comparison::NotIn,
        wit::Comparison::Empty => Comparison::Empty,
        wit::Comparison::NotEmpty => Comparison::NotEmpty,
        wit::Comparison::StartsWith => Comparison::StartsWith,
        wit::Comparison::Contains => Comparison::Contains,
        wit::Comparison::Other => return None,
    })
}

// ---- towards the guest ----------------------------------------------------------------------------

pub fn to_conditions(conditions: &[Condition]) -> Vec<wit::Condition> {
    conditions
        .iter()
        .map(|condition| wit::Condition {
            field: condition.field.clone(),
            op: to_comparison(condition.op),
            values: condition.values.iter().map(Value::to_string).collect(),
        })
        .collect()
}

fn to_comparison(op: Comparison) -> wit::Comparison {
    match op {
        Comparison::Eq => wit::Comparison::Eq,
        Comparison::NotEq => wit::Comparison::NotEq,
        Comparison::Lt => wit::Comparison::Lt,
        Comparison::Le => wit::Comparison::Le,
        Comparison::Gt => wit::Comparison::Gt,
        Comparison::Ge => wit::Comparison::Ge,
        Comparison::IsIn => wit::Comparison::IsIn,
        Comparison::NotIn => wit::Comparison::NotIn,
        Comparison::Empty => wit::Comparison::Empty,
        Comparison::NotEmpty => wit::Comparison::NotEmpty,
        Comparison::StartsWith => wit::Comparison::StartsWith,
        Comparison::Contains => wit::Comparison::Contains,
    }
}

pub fn to_queries(queries: &[Vec<(String, Value)>]) -> Vec<Vec<(String, String)>> {
    let field = |(name, value): &(String, Value)| (name.clone(), value.to_string());
    queries
        .iter()
        .map(|query| query.iter().map(field).collect())
        .collect()
}

pub fn to_operations(operations: &[Operation]) -> Vec<wit::Operation> {
    operations
        .iter()
        .map(|operation| wit::Operation {
            token: operation.token.to_string(),
            action: match operation.action {
                Action::Create => wit::Action::Create,
                Action::Update => wit::Action::Update,
                Action::Delete => wit::Action::Delete,
            },
            id: operation.id.as_ref().map(ToString::to_string),
            version: operation.version.clone(),
            body: operation.body.clone(),
            resume: operation.resume.clone(),
            ext: Vec::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_outside_strings() {
        for (text, values) in [
            ("1", 1),
            ("[1,2]", 3),
            (r#"{"a":[1,{"b":2}]}"#, 7),
            (r#"{"a":"x,y:[{,"}"#, 3),
            (r#"{"a":"\",,","b":"\\"}"#, 5),
            ("[[[[", 5),
        ] {
            assert_eq!(values_at_most(text), values, "{text}");
        }
        let list = format!("[{}]", vec!["0"; JSON_VALUES_MAX].join(","));
        assert!(json(&list, "of a test").is_err());
        let halves = vec!["0"; JSON_VALUES_MAX / 2].join(",");
        let half = format!("[{halves}]");
        assert!(bounded(std::iter::once(half.as_str())).is_ok());
        assert!(bounded([half.as_str(), &half].into_iter()).is_err());
    }

    #[test]
    fn a_fault_has_a_length() {
        let long = || "w".repeat(1 << 20);
        let pair = || (long(), long());
        let raw = wit::Fault {
            kind: wit::FaultKind::Rejected,
            scope: wit::FaultScope::OneRecord,
            message: wit::Text {
                key: long(),
                args: (0..100).map(|_| pair()).collect(),
                fallback: long(),
            },
            vendor_code: Some(long()),
            vendor_text: Some(long()),
            field: Some(long()),
            wait_ms: None,
            existing: Some(long()),
            ext: (0..100).map(|_| pair()).collect(),
        };
        let bytes = format!("{:?}", fault(raw)).len();
        assert!(bytes < 200 << 10, "{bytes}");
    }
}
