//! Checks of a flow on the systems themselves, run by the doctor: every record of one list must find
//! its counterpart.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::LANGUAGES;
use super::facts::Need;
use super::filter;
use super::flow::FlowSide;
use super::rule::{Path, Root};
use super::schema;
use super::template::Message;
use crate::model::{Condition, Finding, Level, Text};

/// `[[check]]`. The doctor queries `each` where there is one, asks `need` for every record (once with
/// none where there is no `each`), and takes `finding` where the answer is no record.
#[derive(Debug, Clone)]
pub struct CheckRule {
    pub code: String,
    pub each: Option<EachRule>,
    /// None: what `each` lists is itself what is wrong.
    pub(super) expected: Option<Expected>,
    /// Fields of what `each` lists, for whoever mends the records in bulk.
    pub list: Vec<String>,
    pub(super) message: Message,
    /// Over the record that is there but for its capitals, as `each`.
    pub(super) case: Option<Message>,
    pub(super) place: Option<Message>,
    pub(super) fix: Option<Message>,
    pub(super) options: Arc<Map<String, Value>>,
}

/// Where the counterpart stands, and by what it is found.
#[derive(Debug, Clone)]
pub struct Expected {
    pub side: FlowSide,
    pub entity: String,
    pub by: String,
    pub key: Path,
}

#[derive(Debug, Clone)]
pub struct EachRule {
    pub side: FlowSide,
    pub entity: String,
    pub filter: Vec<Condition>,
    pub(super) fields: schema::Record,
}

impl EachRule {
    /// Whether the record is one of those to be checked; the system may not have filtered.
    pub fn covers(&self, record: &Value) -> bool {
        filter::first_unmet(&self.filter, record, &self.fields).is_none()
    }
}

impl CheckRule {
    /// What must be there; none where there is nothing to ask for, which is a finding too.
    pub fn need(&self, each: Option<&Value>) -> Option<Need> {
        let expected = self.expected.as_ref()?;
        let value = print(self.find(expected.key.root, &expected.key.fields, each)?);
        if value.is_empty() {
            return None;
        }
        let (entity, by) = (expected.entity.clone(), expected.by.clone());
        Some(Need::Lookup {
            side: expected.side,
            entity,
            by,
            value,
            several: false,
        })
    }

    /// What `each` lists is itself what is wrong.
    pub fn expects_nothing(&self) -> bool {
        self.expected.is_none()
    }

    /// A record of `each` as a line of the list.
    pub fn line(&self, each: &Value) -> Vec<String> {
        let fields = self.list.iter();
        fields
            .map(|field| print(each.get(field).unwrap_or(&Value::Null)))
            .collect()
    }

    pub fn finding(&self, each: Option<&Value>) -> Finding {
        self.found(&self.message, each)
    }

    /// What is wrong where these records answered to a value: nothing, but where capitals count, that all
    /// of them are written otherwise.
    pub fn finding_of_case(&self, wanted: &str, answered: &[Value]) -> Option<Finding> {
        let (case, expected) = (self.case.as_ref()?, self.expected.as_ref()?);
        let shown = |record: &Value| {
            record
                .get(&expected.by)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let exact = |record: &&Value| shown(record).as_deref() == Some(wanted);
        let first = answered.first()?;
        (!answered.iter().any(|record| exact(&record))).then(|| self.found(case, Some(first)))
    }

    fn found(&self, message: &Message, each: Option<&Value>) -> Finding {
        let fill = |message: &Message| {
            Text::in_languages(LANGUAGES.map(|lang| {
                let words = message.in_language(lang).fill(|path| {
                    let root = path.first().and_then(|root| Root::parse(root));
                    let value = root.and_then(|root| self.find(root, &path[1..], each));
                    value.map(print).unwrap_or_default()
                });
                (lang.to_owned(), words)
            }))
        };
        Finding {
            level: match self.expected {
                Some(_) => Level::Error,
                None => Level::Warning,
            },
            code: self.code.clone(),
            message: fill(message),
            place: self.place.as_ref().map(fill),
            fix: self.fix.as_ref().map(fill),
        }
    }

    fn find<'a>(
        &'a self,
        root: Root,
        path: &[String],
        each: Option<&'a Value>,
    ) -> Option<&'a Value> {
        let (first, rest) = path.split_first()?;
        let start = match root {
            Root::Option => self.options.get(first)?,
            _ => each?.get(first)?,
        };
        rest.iter().try_fold(start, |value, field| value.get(field))
    }
}

fn print(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(print).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
