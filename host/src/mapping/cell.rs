//! What a rule gives: absent, empty and a value are three things.

use rhai::Dynamic;
use rust_decimal::Decimal;
use serde_json::Value;

use super::decimal;
use super::expression;
use super::schema::Kind;

#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// The rule gives nothing: the field is left alone.
    Missing,
    /// As a record has it; null empties the field.
    Json(Value),
    Number(Decimal),
    /// Written in the flow file; never counts as empty, whatever it is.
    Fixed(Value),
}

impl Cell {
    pub fn of(value: Option<&Value>) -> Self {
        value.map_or(Self::Missing, |value| Self::Json(value.clone()))
    }

    /// None for what is no plain value.
    pub fn of_dynamic(value: &Dynamic) -> Option<Self> {
        match value.as_decimal() {
            Ok(number) => Some(Self::Number(decimal::plain(number))),
            Err(_) => expression::to_json(value).map(Self::Json),
        }
    }

    /// Whether `on_missing` and the next of `first_of` have their turn.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Missing => true,
            Self::Json(value) => value.is_null() || value.as_str() == Some(""),
            Self::Number(_) | Self::Fixed(_) => false,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Json(Value::Null) | Self::Fixed(Value::Null))
    }

    pub fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Json(value) | Self::Fixed(value) => decimal::of_json(value),
            Self::Missing => None,
        }
    }

    /// As people read it.
    pub fn print(&self) -> String {
        match self {
            Self::Missing => String::new(),
            Self::Number(number) => number.to_string(),
            Self::Json(value) | Self::Fixed(value) => {
                expression::plain(&expression::to_dynamic(value)).unwrap_or_default()
            }
        }
    }

    pub fn to_dynamic(&self) -> Dynamic {
        match self {
            Self::Missing => Dynamic::UNIT,
            Self::Number(number) => Dynamic::from_decimal(*number),
            Self::Json(value) | Self::Fixed(value) => expression::to_dynamic(value),
        }
    }

    /// As the target's field holds it; none where there is nothing.
    pub fn into_json(self, kind: &Kind) -> Option<Value> {
        let value = match self {
            Self::Missing => return None,
            Self::Json(value) | Self::Fixed(value) => value,
            Self::Number(number) => match kind {
                Kind::Number => whole(number).unwrap_or_else(|| Value::from(number.to_string())),
                _ => Value::from(number.to_string()),
            },
        };
        Some(match (value, kind) {
            (Value::Number(number), Kind::Text | Kind::Decimal) => Value::from(number.to_string()),
            (Value::String(text), Kind::Number) => decimal::parse(&text)
                .and_then(whole)
                .unwrap_or(Value::String(text)),
            (value, _) => value,
        })
    }
}

fn whole(number: Decimal) -> Option<Value> {
    use rust_decimal::prelude::ToPrimitive;
    number
        .is_integer()
        .then(|| number.to_i64())
        .flatten()
        .map(Value::from)
}
