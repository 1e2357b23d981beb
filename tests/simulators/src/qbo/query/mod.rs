//! The query language: `select * from Invoice where … orderby … startposition … maxresults …`.

mod parse;
mod words;

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use self::parse::{Condition, Operator, Query, Select};
use super::company::{Company, Id, Row};
use super::refusal::Refusal;
use super::schema::{Class, Field, FieldKind, Kind, entity, shape};
use super::show;
use super::time;
use super::value::{as_decimal, flag, parse as decimal, text};
use crate::simulator::NowMs;

/// No answer holds more.
pub const RESULTS_MAX: usize = 1_000;

/// The entity a query asks for, for counting; its words are checked elsewhere.
pub fn asked_for(text: &str) -> Option<Kind> {
    let mut words = text.split_whitespace();
    words.find(|word| word.eq_ignore_ascii_case("from"))?;
    entity(words.next()?)
}

/// The `QueryResponse` to a query.
pub fn answer(company: &Company, text: &str) -> Result<Value, Refusal> {
    let query = parse::query(text)?;
    let kind = entity(&query.entity).ok_or_else(|| {
        Refusal::query(&format!(
            "Invalid context declaration '{}'. Entity not found.",
            query.entity
        ))
    })?;
    if query.max_results.is_some_and(|most| most > RESULTS_MAX) {
        return Err(Refusal::query(&format!(
            "maxresults must not be more than {RESULTS_MAX}"
        )));
    }
    if query.start_position == Some(0) {
        return Err(Refusal::query("startposition must be at least 1"));
    }
    let conditions: Vec<Compiled> = query
        .conditions
        .iter()
        .map(|condition| Compiled::new(company, kind, condition))
        .collect::<Result<_, _>>()?;
    let order: Vec<(Column, bool)> = query
        .order
        .iter()
        .map(|(path, down)| Ok((Column::find(kind, path)?, *down)))
        .collect::<Result<_, Refusal>>()?;
    let says_activity = query
        .conditions
        .iter()
        .any(|condition| condition.path.eq_ignore_ascii_case("Active"));
    let mut rows: Vec<&Row> = company
        .rows(kind)
        .filter(|row| says_activity || flag(&row.values, "Active") != Some(false))
        .filter(|row| {
            conditions
                .iter()
                .all(|condition| condition.holds(company, kind, row))
        })
        .collect();
    sort(company, kind, &mut rows, &order);
    page(company, kind, &query, &rows)
}

fn page(company: &Company, kind: Kind, query: &Query, rows: &[&Row]) -> Result<Value, Refusal> {
    if query.select == Select::Count {
        return Ok(json!({ "totalCount": rows.len() }));
    }
    let start = query.start_position.unwrap_or(1);
    let most = query.max_results.unwrap_or(company.switches.query_default);
    let rows = rows.iter().skip(start - 1).take(most);
    let shown: Vec<Value> = match &query.select {
        Select::Fields(paths) => {
            let columns = paths.iter().map(|path| Column::find(kind, path));
            let columns: Vec<Column> = columns.collect::<Result<_, _>>()?;
            rows.map(|row| selected(company, kind, row, &columns))
                .collect()
        }
        _ => rows
            .map(|row| show::record(company, kind, row).into())
            .collect(),
    };
    if shown.is_empty() {
        return Ok(json!({}));
    }
    let count = shown.len();
    let mut answer = Map::new();
    answer.insert(kind.name.clone(), shown.into());
    answer.insert("startPosition".to_owned(), start.into());
    answer.insert("maxResults".to_owned(), count.into());
    answer.insert("totalCount".to_owned(), count.into());
    Ok(answer.into())
}

fn selected(company: &Company, kind: Kind, row: &Row, columns: &[Column]) -> Value {
    let whole = show::record(company, kind, row);
    let mut shown = Map::new();
    for column in columns {
        if let Some(value) = whole.get(column.name()) {
            shown.insert(column.name().to_owned(), value.clone());
        }
    }
    shown.insert("domain".to_owned(), "QBO".into());
    shown.insert("sparse".to_owned(), true.into());
    shown.into()
}

/// Transactions come newest first and lists by name, unless a query orders them.
fn sort(company: &Company, kind: Kind, rows: &mut [&Row], order: &[(Column, bool)]) {
    if order.is_empty() {
        match kind.class {
            Class::Transaction => rows.reverse(),
            Class::List => {
                rows.sort_by_cached_key(|row| text(&row.values, kind.name_field()).to_lowercase())
            }
            Class::Single => {}
        }
        return;
    }
    rows.sort_by(|left, right| {
        let ordered = order.iter().map(|(column, down)| {
            let by = column.cell(company, kind, left);
            let by = by.compare(&column.cell(company, kind, right));
            if *down { by.reverse() } else { by }
        });
        ordered
            .reduce(|first, next| first.then(next))
            .unwrap_or(Ordering::Equal)
    });
}

/// A field that a query names: at the top of a record, or inside a part of it.
#[derive(Debug, Clone)]
struct Column {
    path: Vec<&'static str>,
    kind: FieldKind,
}

impl Column {
    fn find(kind: Kind, path: &str) -> Result<Self, Refusal> {
        let unknown = || {
            Refusal::query(&format!(
                "Property {path} not found for Entity {}",
                kind.name
            ))
        };
        let mut fields: &'static [Field] = &kind.fields;
        let mut found: Vec<&'static str> = Vec::new();
        let mut of = FieldKind::Any;
        for part in path.split('.') {
            let mut all = fields.iter();
            let field = all.find(|field| field.name.eq_ignore_ascii_case(part));
            let field = field.ok_or_else(unknown)?;
            found.push(&field.name);
            of = field.kind.clone();
            fields = match &field.kind {
                FieldKind::Object(name) => shape(name),
                _ => &[],
            };
        }
        Ok(Self {
            path: found,
            kind: of,
        })
    }

    fn name(&self) -> &'static str {
        self.path[0]
    }

    fn compared(self, path: &str) -> Result<Self, Refusal> {
        match self.kind {
            FieldKind::List(_) | FieldKind::Object(_) | FieldKind::Any => {
                Err(Refusal::query(&format!("Property {path} is not queryable")))
            }
            _ => Ok(self),
        }
    }

    fn cell(&self, company: &Company, kind: Kind, row: &Row) -> Cell {
        match self.path.as_slice() {
            ["Id"] => return Cell::Id(row.id.clone()),
            ["SyncToken"] => return Cell::Number(row.sync_token.into()),
            ["MetaData", "CreateTime"] => return Cell::second(row.created),
            ["MetaData", "LastUpdatedTime"] => return Cell::second(row.updated),
            _ => {}
        }
        let mut value = row.values.get(self.name()).cloned();
        // What is computed is not among the values.
        if value.is_none() || self.name() == "QtyOnHand" {
            let field = kind.field(self.name());
            if field.is_some_and(|field| field.kept || field.name == "QtyOnHand") {
                value = show::record(company, kind, row).get(self.name()).cloned();
            }
        }
        for part in &self.path[1..] {
            value = value.and_then(|value| value.get(part).cloned());
        }
        self.read(company, value.as_ref())
    }

    fn read(&self, company: &Company, value: Option<&Value>) -> Cell {
        let Some(value) = value else {
            return Cell::None;
        };
        match (&self.kind, value) {
            (FieldKind::Reference(_) | FieldKind::Free, value) => match value["value"].as_str() {
                Some(id) => Cell::Id(Id::new(id)),
                None => Cell::None,
            },
            (FieldKind::Time, Value::String(text)) => {
                time::moment(text, &company.zone).map_or(Cell::None, Cell::second)
            }
            (_, Value::String(text)) => Cell::Text(text.to_lowercase()),
            (_, Value::Bool(flag)) => Cell::Flag(*flag),
            (_, value) => as_decimal(value).map_or(Cell::None, Cell::Number),
        }
    }

    /// A value of a query, in the form of the column.
    fn asked(&self, company: &Company, value: &str) -> Result<Cell, Refusal> {
        let wrong = || {
            Refusal::query(&format!(
                "value {value} is not of the type of {}",
                self.path.join(".")
            ))
        };
        match (&self.kind, self.path.as_slice()) {
            (_, ["Id"]) | (FieldKind::Reference(_) | FieldKind::Free, _) => {
                Ok(Cell::Id(Id::new(value)))
            }
            (FieldKind::Time, _) => {
                let at = time::moment(value, &company.zone);
                at.map(Cell::second).ok_or_else(wrong)
            }
            (FieldKind::Date, _) => {
                let day = time::date(value).ok_or_else(wrong)?;
                Ok(Cell::Text(day.to_string()))
            }
            (FieldKind::Number | FieldKind::Whole, _) | (_, ["SyncToken"]) => {
                decimal(value).map(Cell::Number).ok_or_else(wrong)
            }
            (FieldKind::Flag, _) => match value.to_lowercase().as_str() {
                "true" => Ok(Cell::Flag(true)),
                "false" => Ok(Cell::Flag(false)),
                _ => Err(wrong()),
            },
            _ => Ok(Cell::Text(value.to_lowercase())),
        }
    }
}

/// A value that can be compared; texts without regard to capitals.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    None,
    Text(String),
    Number(Decimal),
    Flag(bool),
    Id(Id),
    /// In whole seconds: changes of the same second are told apart by nobody.
    Second(i64),
}

impl Cell {
    fn second(at: NowMs) -> Self {
        Self::Second(at.div_euclid(1000))
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) => left.cmp(right),
            (Self::Flag(left), Self::Flag(right)) => left.cmp(right),
            (Self::Id(left), Self::Id(right)) => left.cmp(right),
            (Self::Second(left), Self::Second(right)) => left.cmp(right),
            (Self::None, Self::None) => Ordering::Equal,
            (Self::None, _) => Ordering::Less,
            (_, Self::None) => Ordering::Greater,
            _ => Ordering::Equal,
        }
    }
}

struct Compiled {
    column: Column,
    operator: Operator,
    values: Vec<Cell>,
}

impl Compiled {
    fn new(company: &Company, kind: Kind, condition: &Condition) -> Result<Self, Refusal> {
        let column = Column::find(kind, &condition.path)?.compared(&condition.path)?;
        let values = condition.values.iter();
        let values = values.map(|value| match condition.operator {
            Operator::Like => Ok(Cell::Text(value.to_lowercase())),
            _ => column.asked(company, value),
        });
        Ok(Self {
            operator: condition.operator,
            values: values.collect::<Result<_, _>>()?,
            column,
        })
    }

    fn holds(&self, company: &Company, kind: Kind, row: &Row) -> bool {
        let cell = self.column.cell(company, kind, row);
        if cell == Cell::None {
            return false;
        }
        let is = |wanted: &[Ordering]| {
            let mut values = self.values.iter();
            values.any(|value| wanted.contains(&cell.compare(value)))
        };
        match self.operator {
            Operator::Is => is(&[Ordering::Equal]),
            Operator::Less => is(&[Ordering::Less]),
            Operator::More => is(&[Ordering::Greater]),
            Operator::LessOrIs => is(&[Ordering::Less, Ordering::Equal]),
            Operator::MoreOrIs => is(&[Ordering::Greater, Ordering::Equal]),
            Operator::Like => match (&cell, &self.values[..]) {
                (Cell::Text(text), [Cell::Text(pattern)]) => like(text, pattern),
                (Cell::Id(id), [Cell::Text(pattern)]) => like(id.as_str(), pattern),
                _ => false,
            },
        }
    }
}

/// `%` stands for any run of characters.
fn like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('%');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn percent_signs_stand_for_anything() {
        for (text, pattern, found) in [
            ("chaise", "chaise", true),
            ("chaise", "cha%", true),
            ("chaise", "%ise", true),
            ("chaise", "%ai%", true),
            ("chaise", "c%a%e", true),
            ("chaise", "%", true),
            ("chaise", "chai", false),
            ("chaise", "%x%", false),
            ("aa", "a%a%a", false),
            ("", "", true),
        ] {
            assert_eq!(like(text, pattern), found, "{text} like {pattern}");
        }
    }
}
