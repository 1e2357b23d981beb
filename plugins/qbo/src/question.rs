//! Queries in QuickBooks' own language, from conditions.

use crate::assumed::{STOCK_ONLY, WITH_INACTIVE};
use crate::field::Kind as FieldKind;
use crate::table::{Kind, Table};
use liaison_sdk::contract::Condition;
use liaison_sdk::prelude::*;

/// Values of one list in a condition.
pub const VALUES_MAX: usize = 100;

/// What is asked of one entity; a long list of values is asked for in parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    conditions: Vec<String>,
    /// A property and the values it may have.
    many: Option<(&'static str, Vec<String>)>,
    /// Nothing can fit.
    pub impossible: bool,
}

impl Question {
    /// All records.
    pub fn of(table: &Table) -> Self {
        let mut question = Self::default();
        if table.has_active() {
            question.conditions.push(WITH_INACTIVE.to_owned());
        }
        if table.kind == Kind::Stock {
            question.conditions.push(STOCK_ONLY.to_owned());
        }
        question
    }

    /// Those that fit, as far as QuickBooks can tell: the rest is the host's.
    pub fn filtered(table: &Table, filter: &[Condition]) -> Self {
        let mut question = Self::of(table);
        for condition in filter {
            question.add(table, condition);
        }
        question
    }

    fn add(&mut self, table: &Table, condition: &Condition) {
        let Some(wire) = table.asked_by(&condition.field) else {
            return;
        };
        let values: Vec<Value> = condition
            .values
            .iter()
            .map(|json| filter::value(json))
            .collect();
        let text = |value: &Value| literal(table, &condition.field, value);
        let compare = match condition.op {
            Comparison::IsIn => {
                let values: Vec<String> = values.iter().filter_map(text).collect();
                self.impossible |= values.is_empty();
                if wire == "Active" {
                    return;
                }
                if self.many.is_none() {
                    self.many = Some((wire, values));
                }
                return;
            }
            Comparison::Eq => "=",
            // QuickBooks' stamps have seconds, the host's may have more.
            Comparison::Gt | Comparison::Ge => ">=",
            Comparison::Lt | Comparison::Le => "<=",
            _ => return,
        };
        let Some(value) = values.first().and_then(text) else {
            // Nothing is equal to nothing here: left to the host.
            return;
        };
        if wire == "Active" {
            self.conditions
                .retain(|condition| condition != WITH_INACTIVE);
        }
        self.conditions.push(format!("{wire} {compare} {value}"));
    }

    /// The same, with a property that has one of these values.
    pub fn among(mut self, wire: &'static str, values: Vec<String>) -> Self {
        self.impossible |= values.is_empty();
        self.many = Some((wire, values));
        self
    }

    /// The same, with one more condition.
    pub fn and(mut self, condition: String) -> Self {
        self.conditions.push(condition);
        self
    }

    /// In how many parts it is asked.
    pub fn parts(&self) -> usize {
        let many = self.many.as_ref().map_or(0, |(_, values)| values.len());
        many.div_ceil(VALUES_MAX).max(1)
    }

    /// The query for one part.
    pub fn text(&self, table: &Table, part: usize, from: u32, most: u32) -> String {
        let mut conditions = self.conditions.clone();
        if let Some((wire, values)) = &self.many {
            let chunk = cursor::chunks(values, VALUES_MAX).nth(part).unwrap_or(&[]);
            conditions.push(match chunk {
                [only] => format!("{wire} = {only}"),
                list => format!("{wire} IN ({})", list.join(", ")),
            });
        }
        let limits = match conditions.is_empty() {
            true => String::new(),
            false => format!(" where {}", conditions.join(" AND ")),
        };
        let object = table.object;
        format!("select * from {object}{limits} orderby Id startposition {from} maxresults {most}")
    }
}

/// A text in quotes.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A value as the query language writes it; none where it cannot be asked for.
fn literal(table: &Table, name: &str, value: &Value) -> Option<String> {
    match (value, table.field(name).map(|field| field.kind)) {
        (Value::Bool(flag), _) => Some(flag.to_string()),
        (Value::String(text), _) if name.ends_with("_at") => {
            Some(quoted(&date::instant(date::parse_instant(text)?)))
        }
        (Value::String(text), Some(FieldKind::Day)) => {
            let day = text.get(..10)?;
            date::day_number(day).map(|_| quoted(day))
        }
        (Value::String(text), _) => Some(quoted(text)),
        (Value::Number(number), _) => Some(quoted(&number.to_string())),
        _ => None,
    }
}
