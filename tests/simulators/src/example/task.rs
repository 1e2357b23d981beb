//! One task, and what its fields may hold.

use std::str::FromStr;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::refusal::Refusal;
use crate::simulator::NowMs;

const TITLE_CHARACTERS_MAX: usize = 120;
const DETAILS_CHARACTERS_MAX: usize = 4_000;
const WORD_CHARACTERS_MAX: usize = 80;
const STATUSES: [&str; 3] = ["open", "done", "cancelled"];

#[derive(Debug, Clone)]
pub struct Task {
    pub id: u64,
    pub fields: Map<String, Value>,
    pub created: NowMs,
    pub modified: NowMs,
    /// Counts up with every change.
    pub version: u64,
    pub deleted: bool,
    /// Somebody has it open on the screen.
    pub locked: bool,
}

/// `t-17`
pub fn name(id: u64) -> String {
    format!("t-{id}")
}

impl Task {
    pub fn new(id: u64, given: &Value, now: NowMs) -> Result<Self, Refusal> {
        let mut fields = Map::new();
        for field in ["number", "title", "details", "customer", "due_on", "price"] {
            fields.insert(field.to_owned(), Value::Null);
        }
        fields.insert("status".to_owned(), json!("open"));
        let mut task = Self {
            id,
            fields,
            created: now,
            modified: now,
            version: 1,
            deleted: false,
            locked: false,
        };
        task.set(given)?;
        match task.fields["title"] {
            Value::Null => Err(Refusal::invalid("title", "A task has a title")),
            _ => Ok(task),
        }
    }

    /// Sets what is given; all of it or nothing.
    pub fn set(&mut self, given: &Value) -> Result<(), Refusal> {
        let given = given
            .as_object()
            .ok_or_else(|| Refusal::bad("the body is no object"))?;
        let mut fields = self.fields.clone();
        for (field, value) in given {
            fields.insert(field.clone(), checked(field, value)?);
        }
        self.fields = fields;
        Ok(())
    }

    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.as_str()
    }

    /// As an answer shows it.
    pub fn show(&self) -> Value {
        let mut shown = Map::new();
        shown.insert("id".to_owned(), json!(name(self.id)));
        shown.extend(self.fields.clone());
        shown.insert("created_at".to_owned(), json!(stamp(self.created)));
        shown.insert("modified_at".to_owned(), json!(stamp(self.modified)));
        shown.insert("version".to_owned(), json!(self.version));
        shown.insert("deleted".to_owned(), json!(self.deleted));
        Value::Object(shown)
    }
}

/// `2026-03-05T14:00:00.000Z`
pub fn stamp(at: NowMs) -> String {
    let at = jiff::Timestamp::from_millisecond(at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{at:.3}")
}

fn checked(field: &str, value: &Value) -> Result<Value, Refusal> {
    let refused = |message: &str| Err(Refusal::invalid(field, message));
    let short = |most: usize| match value {
        Value::Null => Ok(Value::Null),
        Value::String(text) if text.chars().count() <= most => {
            let text = text.trim();
            Ok(if text.is_empty() {
                Value::Null
            } else {
                json!(text)
            })
        }
        Value::String(_) => Err(Refusal::invalid(
            field,
            format!("{field} has at most {most} characters"),
        )),
        _ => Err(Refusal::invalid(field, format!("{field} is a text"))),
    };
    match field {
        "title" => match short(TITLE_CHARACTERS_MAX)? {
            Value::Null => refused("A task has a title"),
            title => Ok(title),
        },
        "details" => short(DETAILS_CHARACTERS_MAX),
        "number" | "customer" => short(WORD_CHARACTERS_MAX),
        "status" => match value.as_str() {
            Some(word) if STATUSES.contains(&word) => Ok(value.clone()),
            _ => refused("status is open, done or cancelled"),
        },
        "due_on" => match value {
            Value::Null => Ok(Value::Null),
            Value::String(text) if jiff::civil::Date::strptime("%Y-%m-%d", text).is_ok() => {
                Ok(value.clone())
            }
            _ => refused("due_on is a date such as 2026-03-05"),
        },
        "price" => match value {
            Value::Null => Ok(Value::Null),
            Value::String(text) => match Decimal::from_str(text) {
                Ok(price) if price >= Decimal::ZERO && price.scale() <= 2 => {
                    Ok(json!(format!("{price:.2}")))
                }
                _ => refused("price is an amount such as 12.50"),
            },
            _ => refused("price is an amount as text, such as \"12.50\""),
        },
        _ => refused("there is no such field"),
    }
}
