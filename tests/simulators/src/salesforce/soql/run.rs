//! A bound query over the records: which rows, in which order, shown how.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::ast::{Function, Operator};
use super::bound::{Bound, Column, Operand, Sorted, Test, Way, folded};
use crate::salesforce::kind::Kind;
use crate::salesforce::number;
use crate::salesforce::org::Org;
use crate::salesforce::schema::Object;
use crate::salesforce::show;
use crate::salesforce::table::Row;
use crate::salesforce::time::{self, Stamp};

/// Whether deleted rows are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Live,
    All,
}

pub struct Runner<'a> {
    pub org: &'a Org,
    pub scope: Scope,
    pub now: Stamp,
    pub version: &'a str,
}

impl<'a> Runner<'a> {
    /// The rows of a query as they are shown; one row of nothing but a count for `COUNT()`.
    pub fn rows(&self, query: &Bound) -> Vec<Value> {
        let found = self.found(query, None);
        let is_grouped = !query.group_by.is_empty()
            || query
                .columns
                .iter()
                .any(|column| matches!(column, Column::Aggregate { .. }));
        if is_grouped {
            return self.grouped(query, &found);
        }
        let Some(object) = self.org.schema.object(&query.object) else {
            return Vec::new();
        };
        let cut = cut(found, query);
        cut.iter()
            .map(|row| self.shown(object, query, row))
            .collect()
    }

    /// How many rows a query has, for `COUNT()`.
    pub fn count(&self, query: &Bound) -> usize {
        cut(self.found(query, None), query).len()
    }

    fn found(
        &self,
        query: &Bound,
        below: Option<(&Arc<crate::salesforce::field::Field>, &str)>,
    ) -> Vec<&'a Arc<Row>> {
        let table = self.org.table(&query.object);
        let candidates: Vec<&'a Arc<Row>> = match below {
            Some((by, id)) => table.all_having(by, &id.into()),
            None => table.rows().collect(),
        };
        let prepared = query.test.as_ref().map(|test| self.prepared(test));
        let mut found: Vec<_> = candidates
            .into_iter()
            .filter(|row| self.scope == Scope::All || !row.deleted)
            .filter(|row| {
                prepared
                    .as_ref()
                    .is_none_or(|test| test.holds(self.org, row, self.now))
            })
            .collect();
        if query.order.is_empty() {
            return found;
        }
        let key = |row: &Row| -> Vec<Value> {
            let ways = query.order.iter().map(|sorted| &sorted.way);
            ways.map(|way| value(self.org, row, way)).collect()
        };
        let mut keyed: Vec<_> = found.drain(..).map(|row| (key(row), row)).collect();
        keyed.sort_by(|(x, a), (y, b)| compare(&query.order, x, y).then_with(|| a.id.cmp(&b.id)));
        keyed.into_iter().map(|(_, row)| row).collect()
    }

    fn shown(&self, object: &Object, query: &Bound, row: &Arc<Row>) -> Value {
        let mut shown = Map::new();
        shown.insert(
            "attributes".to_owned(),
            show::attributes(&object.name, &row.id, self.version),
        );
        for column in &query.columns {
            match column {
                Column::Field(way) => self.put(&mut shown, row, way, 0),
                Column::Children { name, by, query } => {
                    let found = self.found(query, Some((by, &row.id)));
                    let child = self.org.schema.object(&query.object);
                    let rows: Vec<Value> = cut(found, query)
                        .iter()
                        .filter_map(|row| child.map(|child| self.shown(child, query, row)))
                        .collect();
                    let value = match rows.len() {
                        0 => Value::Null,
                        count => json!({ "totalSize": count, "done": true, "records": rows }),
                    };
                    shown.insert(name.clone(), value);
                }
                Column::CountAll | Column::Aggregate { .. } => {}
            }
        }
        Value::Object(shown)
    }

    /// One column in its place, within its parents.
    fn put(&self, shown: &mut Map<String, Value>, row: &Arc<Row>, way: &Way, depth: usize) {
        let Some(step) = way.steps.get(depth) else {
            shown.insert(
                way.field.name.clone(),
                show::value(self.org, row, &way.field),
            );
            return;
        };
        let parent = self.org.find(row.text(&step.by));
        let place = shown.entry(step.name.clone()).or_insert(Value::Null);
        let Some((object, parent)) = parent else {
            return;
        };
        if place.is_null() {
            *place =
                json!({ "attributes": show::attributes(&object.name, &parent.id, self.version) });
        }
        if let Some(place) = place.as_object_mut() {
            self.put(place, parent, way, depth + 1);
        }
    }

    fn grouped(&self, query: &Bound, found: &[&Arc<Row>]) -> Vec<Value> {
        let mut groups: BTreeMap<Vec<String>, Vec<&Arc<Row>>> = BTreeMap::new();
        if query.group_by.is_empty() {
            groups.insert(Vec::new(), Vec::new());
        }
        for row in found {
            let key = query
                .group_by
                .iter()
                .map(|way| value(self.org, row, way).to_string().to_lowercase());
            groups.entry(key.collect()).or_default().push(row);
        }
        let rows = groups.values().map(|rows| {
            let mut shown = Map::new();
            shown.insert(
                "attributes".to_owned(),
                json!({ "type": "AggregateResult" }),
            );
            for column in &query.columns {
                match column {
                    Column::Field(way) => {
                        let first = rows.first().map(|row| value(self.org, row, way));
                        shown.insert(way.field.name.clone(), first.unwrap_or_default());
                    }
                    Column::CountAll => drop(shown.insert("expr0".to_owned(), rows.len().into())),
                    Column::Aggregate {
                        function,
                        way,
                        name,
                    } => {
                        let values: Vec<Value> =
                            rows.iter().map(|row| value(self.org, row, way)).collect();
                        shown.insert(name.clone(), self.aggregate(*function, way, &values));
                    }
                    Column::Children { .. } => {}
                }
            }
            Value::Object(shown)
        });
        rows.skip(query.offset)
            .take(query.limit.unwrap_or(usize::MAX))
            .collect()
    }

    fn aggregate(&self, function: Function, way: &Way, values: &[Value]) -> Value {
        let values: Vec<&Value> = values.iter().filter(|value| !value.is_null()).collect();
        let numbers: Vec<Decimal> = values
            .iter()
            .filter_map(|value| number::read(value))
            .collect();
        let shown = |number: Decimal| number::double(number, self.org.switches.exponents);
        match function {
            Function::Count => values.len().into(),
            Function::CountDistinct => {
                let different: HashSet<String> = values
                    .iter()
                    .map(|value| value.to_string().to_lowercase())
                    .collect();
                different.len().into()
            }
            Function::Sum if numbers.is_empty() => Value::Null,
            Function::Sum => shown(numbers.iter().sum()),
            Function::Avg if numbers.is_empty() => Value::Null,
            Function::Avg => {
                let count = Decimal::from(numbers.len());
                let sum: Decimal = numbers.iter().sum();
                shown(sum.checked_div(count).unwrap_or_default())
            }
            Function::Min | Function::Max => {
                let kind = way.field.kind;
                let by = |a: &&&Value, b: &&&Value| ordering(kind, a, b);
                let found = match function {
                    Function::Min => values.iter().min_by(by),
                    _ => values.iter().max_by(by),
                };
                match found {
                    Some(value) if kind.is_number() => {
                        number::read(value).map_or(Value::Null, shown)
                    }
                    Some(value) => Value::clone(value),
                    None => Value::Null,
                }
            }
        }
    }

    /// A test whose sub-queries have been run.
    fn prepared<'t>(&self, test: &'t Test) -> Prepared<'t> {
        match test {
            Test::All(each) => Prepared::All(each.iter().map(|one| self.prepared(one)).collect()),
            Test::Any(each) => Prepared::Any(each.iter().map(|one| self.prepared(one)).collect()),
            Test::Not(inner) => Prepared::Not(Box::new(self.prepared(inner))),
            Test::InRows {
                way,
                negated,
                query,
            } => {
                let column = query.columns.iter().find_map(|column| match column {
                    Column::Field(way) => Some(way),
                    _ => None,
                });
                let found = cut(self.found(query, None), query);
                let ids = found.iter().filter_map(|row| {
                    let value = column.map(|column| value(self.org, row, column))?;
                    value.as_str().map(str::to_owned)
                });
                Prepared::InIds {
                    way,
                    negated: *negated,
                    ids: ids.collect(),
                }
            }
            test => Prepared::Plain(test),
        }
    }
}

/// The order of two rows by their sort keys.
fn compare(order: &[Sorted], a: &[Value], b: &[Value]) -> Ordering {
    for (sorted, (x, y)) in order.iter().zip(a.iter().zip(b)) {
        let by_null = match (x.is_null(), y.is_null()) {
            (true, true) => continue,
            (true, false) => Some(Ordering::Less),
            (false, true) => Some(Ordering::Greater),
            (false, false) => None,
        };
        let found = match by_null {
            Some(first) if sorted.nulls_last => first.reverse(),
            Some(first) => first,
            None => {
                let by_value = ordering(sorted.way.field.kind, x, y);
                if sorted.descending {
                    by_value.reverse()
                } else {
                    by_value
                }
            }
        };
        if found != Ordering::Equal {
            return found;
        }
    }
    Ordering::Equal
}

fn cut<'a>(found: Vec<&'a Arc<Row>>, query: &Bound) -> Vec<&'a Arc<Row>> {
    let rows = found.into_iter().skip(query.offset);
    rows.take(query.limit.unwrap_or(usize::MAX)).collect()
}

enum Prepared<'t> {
    All(Vec<Prepared<'t>>),
    Any(Vec<Prepared<'t>>),
    Not(Box<Prepared<'t>>),
    InIds {
        way: &'t Way,
        negated: bool,
        ids: HashSet<String>,
    },
    Plain(&'t Test),
}

impl Prepared<'_> {
    fn holds(&self, org: &Org, row: &Row, now: Stamp) -> bool {
        match self {
            Self::All(each) => each.iter().all(|one| one.holds(org, row, now)),
            Self::Any(each) => each.iter().any(|one| one.holds(org, row, now)),
            Self::Not(inner) => !inner.holds(org, row, now),
            Self::InIds { way, negated, ids } => {
                let value = value(org, row, way);
                value.as_str().is_some_and(|id| ids.contains(id)) != *negated
            }
            Self::Plain(test) => test.holds(org, row, now),
        }
    }
}

impl Test {
    /// Sub-queries never hold here: the runner has run them before.
    pub fn holds(&self, org: &Org, row: &Row, now: Stamp) -> bool {
        match self {
            Self::All(each) => each.iter().all(|one| one.holds(org, row, now)),
            Self::Any(each) => each.iter().any(|one| one.holds(org, row, now)),
            Self::Not(inner) => !inner.holds(org, row, now),
            Self::InRows { .. } => false,
            Self::Null(way) => value(org, row, way).is_null(),
            Self::Order(way, operator, operand) => {
                ordered(&value(org, row, way), way, *operator, operand)
            }
            Self::OneOf {
                way,
                negated,
                texts,
                has_null,
            } => {
                let value = value(org, row, way);
                let is_in = match as_operand(&value) {
                    Some(operand) => texts.contains(&folded(&way.field, &operand)),
                    None => *has_null,
                };
                is_in != *negated
            }
            Self::Like(way, pattern) => value(org, row, way)
                .as_str()
                .is_some_and(|text| pattern.fits(text)),
            Self::Within(way, operator, relative) => {
                let (first, after) = relative.days(time::today(now, &org.zone));
                let text = |day| match way.field.kind {
                    Kind::Datetime => time::written(time::start_of(day, &org.zone)),
                    _ => day.to_string(),
                };
                let (first, after) = (text(first), text(after));
                let value = value(org, row, way);
                let Some(value) = value.as_str() else {
                    return *operator == Operator::NotEqual;
                };
                let (first, after) = (first.as_str(), after.as_str());
                match operator {
                    Operator::Equal | Operator::Like => first <= value && value < after,
                    Operator::NotEqual => value < first || after <= value,
                    Operator::Less => value < first,
                    Operator::LessOrEqual => value < after,
                    Operator::Greater => value >= after,
                    Operator::GreaterOrEqual => value >= first,
                }
            }
            Self::Includes {
                way,
                negated,
                lists,
            } => {
                let value = value(org, row, way);
                let chosen: Vec<&str> = value
                    .as_str()
                    .map(|text| text.split(';').collect())
                    .unwrap_or_default();
                let is_in = lists
                    .iter()
                    .any(|list| list.iter().all(|one| chosen.contains(&one.as_str())));
                is_in != *negated
            }
        }
    }
}

fn ordered(value: &Value, way: &Way, operator: Operator, operand: &Operand) -> bool {
    let Some(mine) = as_operand(value) else {
        return operator == Operator::NotEqual;
    };
    let order = match (&mine, operand) {
        (Operand::Number(a), Operand::Number(b)) => a.cmp(b),
        (Operand::Boolean(a), Operand::Boolean(b)) => a.cmp(b),
        (a, b) => folded(&way.field, a).cmp(&folded(&way.field, b)),
    };
    match operator {
        Operator::Equal | Operator::Like => order == Ordering::Equal,
        Operator::NotEqual => order != Ordering::Equal,
        Operator::Less => order == Ordering::Less,
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::Greater => order == Ordering::Greater,
        Operator::GreaterOrEqual => order != Ordering::Less,
    }
}

fn as_operand(value: &Value) -> Option<Operand> {
    match value {
        Value::String(text) => Some(Operand::Text(text.clone())),
        Value::Bool(flag) => Some(Operand::Boolean(*flag)),
        Value::Number(_) => number::read(value).map(Operand::Number),
        _ => None,
    }
}

fn ordering(kind: Kind, a: &Value, b: &Value) -> Ordering {
    if kind.is_number() {
        return number::read(a).cmp(&number::read(b));
    }
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        _ => {
            let (a, b) = (
                a.as_str().unwrap_or_default(),
                b.as_str().unwrap_or_default(),
            );
            match kind.is_text() {
                true => a.to_lowercase().cmp(&b.to_lowercase()),
                false => a.cmp(b),
            }
        }
    }
}

/// The stored value at the end of a way; null where a reference on it is empty.
fn value(org: &Org, row: &Row, way: &Way) -> Value {
    let Some((first, rest)) = way.steps.split_first() else {
        return show::raw(row, &way.field);
    };
    let mut at = org.find(row.text(&first.by));
    for step in rest {
        at = at.and_then(|(_, row)| org.find(row.text(&step.by)));
    }
    at.map_or(Value::Null, |(_, row)| show::raw(row, &way.field))
}
