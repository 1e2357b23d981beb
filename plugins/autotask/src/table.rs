//! What a table of columns can do: describe itself, read rows, ask for rows, and be written.

use crate::api::{id_numbers, Api};
use crate::assumed;
use crate::erp_id::{ErpIds, Role};
use crate::search::{self, any_of, test, Clause, Op};
use liaison_sdk::prelude::*;
use schema::Field;
use std::collections::BTreeMap;

/// The labels of `companyType`, in lower case.
pub const COMPANY_TYPES: &[&str] = &[
    "customer",
    "lead",
    "prospect",
    "dead",
    "cancellation",
    "vendor",
    "partner",
];

/// Labels of a picklist in one sentence: enough to choose from.
const LABELS_MAX: usize = 30;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The record's own id.
    Id,
    /// The id of another entity's record.
    Ref(&'static str),
    Text,
    /// Text that is cut, visibly, to what Autotask takes.
    CutText(u32),
    Bool,
    /// Yes or no, which Autotask writes 1 or 0.
    Flag,
    Decimal,
    Integer,
    /// A day, stored as midnight of some zone.
    Day,
    Instant,
    /// A picklist, by label.
    Label,
    /// The picklist of company types, by label in lower case.
    CompanyType,
    /// A ticket category, by name.
    Category,
    /// The user-defined field that holds the ERP's id: one role's part of it, or all of it.
    ErpId(Option<Role>),
    /// The user-defined field that holds our id, by which a record that was made is known again.
    Marker,
    /// All user-defined fields, by name.
    UdfMap,
}

/// One column of Autotask and the field it is here.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub field: &'static str,
    pub vendor: &'static str,
    pub kind: Kind,
    pub writable: bool,
    /// Set when the record is made, and never after.
    pub fixed: bool,
    pub filters: &'static [Comparison],
    pub max: u32,
}

/// A column that can only be read.
pub const fn column(field: &'static str, vendor: &'static str, kind: Kind) -> Column {
    Column {
        field,
        vendor,
        kind,
        writable: false,
        fixed: false,
        filters: &[],
        max: 0,
    }
}

impl Column {
    pub const fn writable(mut self) -> Self {
        self.writable = true;
        self
    }

    /// Written when the record is made, and never after.
    pub const fn fixed(mut self) -> Self {
        self.fixed = true;
        self.writable()
    }

    /// What Autotask can filter it by.
    pub const fn filter(mut self, filters: &'static [Comparison]) -> Self {
        self.filters = filters;
        self
    }

    pub const fn max(mut self, characters: u32) -> Self {
        self.max = characters;
        self
    }

    /// Its place in the entity's schema.
    pub fn schema(&self) -> Field {
        let field = match self.kind {
            Kind::Id => schema::id(self.field),
            Kind::Ref("ticket_status" | "quote_location") => schema::string(self.field),
            Kind::Ref(entity) => schema::reference(self.field, entity),
            Kind::Bool | Kind::Flag => schema::boolean(self.field),
            Kind::Decimal => schema::decimal(self.field),
            Kind::Integer => schema::integer(self.field),
            Kind::Day => schema::date(self.field),
            Kind::Instant => schema::instant(self.field),
            Kind::CompanyType => schema::one_of(self.field, COMPANY_TYPES),
            Kind::UdfMap => schema::text_map(self.field),
            Kind::Text
            | Kind::CutText(_)
            | Kind::Label
            | Kind::Category
            | Kind::ErpId(_)
            | Kind::Marker => schema::string(self.field),
        };
        let field = if self.max > 0 {
            field.max(self.max)
        } else {
            field
        };
        if self.writable {
            field
        } else {
            field.read_only()
        }
    }
}

/// One entity as a table of Autotask.
#[derive(Debug)]
pub struct Table {
    pub entity: &'static str,
    pub path: &'static str,
    pub columns: &'static [Column],
    /// What may be done to its records.
    pub writes: &'static [Action],
    /// The field that carries our id, by which a create that is repeated finds what is there.
    pub marker: Option<&'static str>,
    /// The fields without which Autotask makes none.
    pub needs: &'static [&'static str],
    /// The column that moves when a record changes.
    pub stamp: Option<&'static str>,
    /// Where its records are written below another table's.
    pub parent: Option<Parent>,
}

/// The table below whose records another's are written.
#[derive(Clone, Copy, Debug)]
pub struct Parent {
    pub path: &'static str,
    /// The column with the parent's id.
    pub column: &'static str,
    /// The last part of the address.
    pub child: &'static str,
}

impl Table {
    /// One that can only be read.
    pub const fn new(entity: &'static str, path: &'static str, columns: &'static [Column]) -> Self {
        Self {
            entity,
            path,
            columns,
            writes: &[],
            marker: None,
            needs: &[],
            stamp: None,
            parent: None,
        }
    }

    pub const fn writes(mut self, actions: &'static [Action]) -> Self {
        self.writes = actions;
        self
    }

    pub const fn marker(mut self, field: &'static str) -> Self {
        self.marker = Some(field);
        self
    }

    pub const fn needs(mut self, fields: &'static [&'static str]) -> Self {
        self.needs = fields;
        self
    }

    pub const fn stamp(mut self, column: &'static str) -> Self {
        self.stamp = Some(column);
        self
    }

    pub const fn below(
        mut self,
        path: &'static str,
        column: &'static str,
        child: &'static str,
    ) -> Self {
        self.parent = Some(Parent {
            path,
            column,
            child,
        });
        self
    }

    /// Where a record is written: below its parent's address, which its row or its request names.
    pub fn address(&self, row: &Value) -> String {
        match self.parent {
            Some(parent) => format!(
                "{}/{}/{}",
                parent.path,
                plain_text(&row[parent.column]),
                parent.child
            ),
            None => self.path.to_owned(),
        }
    }

    /// The column of a field.
    pub fn column(&self, field: &str) -> Option<&'static Column> {
        self.columns.iter().find(|c| c.field == field)
    }

    /// A fault in this entity's own words: Autotask's name of a field becomes ours.
    pub fn own_words(&self, mut fault: Fault) -> Fault {
        let plain = |name: &str| name.replace(' ', "").to_lowercase();
        if let Some(named) = fault.field.clone() {
            let named = named.as_str();
            let own = self
                .columns
                .iter()
                .find(|c| !c.vendor.is_empty() && plain(c.vendor) == plain(named));
            if let Some(column) = own {
                reword(&mut fault.message, named, column.field);
                fault.field = Some(column.field.to_owned());
            }
        }
        fault
    }

    /// Rows of Autotask as bodies, in their order.
    ///
    /// # Errors
    /// When a picklist or the categories cannot be read.
    pub fn bodies(&self, api: &Api, rows: &[Value]) -> Result<Vec<Map<String, Value>>, Fault> {
        let mut labels: BTreeMap<&str, BTreeMap<i64, String>> = BTreeMap::new();
        for column in self.columns {
            let values: Vec<i64> = rows
                .iter()
                .filter_map(|row| row[column.vendor].as_i64())
                .collect();
            if values.is_empty() {
                continue;
            }
            match column.kind {
                Kind::Label | Kind::CompanyType => {
                    labels.insert(
                        column.vendor,
                        api.labels(self.path, column.vendor, &values)?,
                    );
                }
                Kind::Category => {
                    labels.insert(column.vendor, crate::ticket::category_names(api, &values)?);
                }
                _ => {}
            }
        }
        Ok(rows
            .iter()
            .map(|row| self.body(api, row, &labels))
            .collect())
    }

    fn body(
        &self,
        api: &Api,
        row: &Value,
        labels: &BTreeMap<&str, BTreeMap<i64, String>>,
    ) -> Map<String, Value> {
        let mut body = Map::new();
        let erp = search::udf_value(row, &api.settings.id_field)
            .and_then(Value::as_str)
            .unwrap_or_default();
        for column in self.columns {
            let Some(raw) = row.get(column.vendor).or_else(|| no_column(column)) else {
                continue;
            };
            let label = || {
                raw.as_i64()
                    .and_then(|value| labels.get(column.vendor)?.get(&value).cloned())
            };
            let value = match column.kind {
                Kind::Id | Kind::Ref(_) => id_text(raw),
                Kind::Text | Kind::CutText(_) => text_value(raw),
                Kind::Bool | Kind::Flag => bool_value(raw),
                Kind::Decimal => decimal::to_body(raw),
                Kind::Integer => raw.clone(),
                Kind::Day => day_value(raw, api.settings.zone_minutes()),
                Kind::Instant => instant_value(raw),
                Kind::Label | Kind::Category => json!(label()),
                Kind::CompanyType => json!(label().map(|l| l.to_lowercase())),
                Kind::ErpId(None) => text_value(&json!(erp)),
                // The type stands before the ERP ids in the table, so it is known by now.
                Kind::ErpId(Some(role)) => {
                    let own = Role::of_type(body.get("type").and_then(Value::as_str));
                    json!(ErpIds::unpack(erp, own).get(role))
                }
                Kind::Marker => search::udf_value(row, &api.settings.marker_field)
                    .map_or(Value::Null, text_value),
                Kind::UdfMap => udf_map(raw),
            };
            body.insert(column.field.to_owned(), value);
        }
        body
    }

    /// A condition as clauses that are all required. `Ok(None)`: no record can fit.
    ///
    /// # Errors
    /// When a picklist or the categories cannot be read.
    pub fn clauses(
        &self,
        api: &Api,
        column: &Column,
        condition: &Condition,
    ) -> Result<Option<Vec<Clause>>, Fault> {
        let values: Vec<Value> = condition
            .values
            .iter()
            .map(|json| filter::value(json))
            .collect();
        let first = values.first().unwrap_or(&Value::Null);
        let name = column.vendor;
        let text_column = matches!(column.kind, Kind::Text | Kind::CutText(_));
        let clauses = match (column.kind, condition.op) {
            (_, Comparison::Empty) if text_column => search::blank(name),
            (_, Comparison::NotEmpty) if text_column => search::not_blank(name),
            (_, Comparison::Empty) => vec![test(Op::NotExist, name, Value::Null)],
            (_, Comparison::NotEmpty) => vec![test(Op::Exist, name, Value::Null)],
            (_, Comparison::Eq) if first.is_null() && text_column => search::blank(name),
            (_, Comparison::Eq) if first.is_null() => vec![test(Op::NotExist, name, Value::Null)],
            (Kind::Day, op) => {
                return Ok(day_clauses(name, op, first, api.settings.zone_minutes()))
            }
            (Kind::Instant, op) => {
                return Ok(instant_clause(name, op, first).map(|clause| vec![clause]))
            }
            (kind, op) => {
                let wanted = self.vendor_values(api, column, kind, &values)?;
                if wanted.is_empty() {
                    return Ok(None);
                }
                match op {
                    Comparison::Eq | Comparison::IsIn => vec![any_of(name, &wanted)],
                    op => match operator(op) {
                        Some(op) => vec![test(op, name, wanted[0].clone())],
                        None => Vec::new(),
                    },
                }
            }
        };
        Ok(Some(clauses))
    }

    fn vendor_values(
        &self,
        api: &Api,
        column: &Column,
        kind: Kind,
        values: &[Value],
    ) -> Result<Vec<Value>, Fault> {
        Ok(match kind {
            Kind::Id | Kind::Ref(_) | Kind::Integer => {
                let texts: Vec<String> = values.iter().map(plain_text).collect();
                id_numbers(texts.iter().map(String::as_str))
            }
            Kind::Label | Kind::CompanyType => {
                let choices = api.choices(self.path, column.vendor)?;
                let wanted = |c: &&crate::api::Choice| {
                    values.iter().any(|v| same_label(&plain_text(v), &c.label))
                };
                choices
                    .iter()
                    .filter(wanted)
                    .map(|c| json!(c.value))
                    .collect()
            }
            Kind::Category => {
                let names: Vec<String> = values.iter().map(plain_text).collect();
                crate::ticket::category_ids(api, &names)?
                    .into_values()
                    .map(|id| json!(id))
                    .collect()
            }
            Kind::Flag => values
                .iter()
                .filter_map(Value::as_bool)
                .map(|yes| json!(i64::from(yes)))
                .collect(),
            _ => values.iter().filter(|v| !v.is_null()).cloned().collect(),
        })
    }

    /// A field's value as Autotask takes it.
    ///
    /// # Errors
    /// `rejected` when it has no such form, naming the field.
    pub fn vendor_value(&self, api: &Api, column: &Column, value: &Value) -> Result<Value, Fault> {
        let wrong = || {
            fault::rejected(text!(
                "value-unusable",
                "The value of {field} cannot be written to Autotask",
                field = column.field
            ))
            .field(column.field)
        };
        if filter::is_empty(value) {
            let empty = if column.vendor == "invoiceNumber" {
                json!(assumed::INVOICE_NUMBER_EMPTY)
            } else {
                Value::Null
            };
            return Ok(empty);
        }
        match column.kind {
            Kind::Text => Ok(json!(plain_text(value))),
            Kind::CutText(max) => Ok(json!(text::shorten(&plain_text(value), max as usize))),
            Kind::Bool => value.as_bool().map(Value::Bool).ok_or_else(wrong),
            Kind::Flag => value
                .as_bool()
                .map(|yes| json!(i64::from(yes)))
                .ok_or_else(wrong),
            Kind::Decimal => decimal::to_number(value).ok_or_else(wrong),
            Kind::Ref(_) | Kind::Integer => plain_text(value)
                .parse::<i64>()
                .map(|number| json!(number))
                .map_err(|_| wrong()),
            Kind::Day => value
                .as_str()
                .filter(|d| date::day_number(d).is_some())
                .map(midnight)
                .ok_or_else(wrong),
            Kind::Instant => value
                .as_str()
                .and_then(date::parse_instant)
                .map(seconds)
                .ok_or_else(wrong),
            Kind::Label | Kind::CompanyType => self.picked(api, column, &plain_text(value)),
            Kind::Category => {
                crate::ticket::category_id(api, &plain_text(value)).map(|id| json!(id))
            }
            Kind::Id | Kind::ErpId(_) | Kind::Marker | Kind::UdfMap => Err(wrong()),
        }
    }

    /// The number of a picklist's label.
    fn picked(&self, api: &Api, column: &Column, label: &str) -> Result<Value, Fault> {
        let fault = match api.choice(self.path, column.vendor, label)? {
            Some(choice) if choice.active => return Ok(json!(choice.value)),
            Some(choice) => fault::rejected(text!(
                "picklist-inactive",
                "“{value}” is inactive in Autotask's list of {field}: activate it there or choose another",
                value = choice.label,
                field = column.field
            )),
            None => {
                let choices = api.choices(self.path, column.vendor)?;
                let mut labels: Vec<&str> = choices
                    .iter()
                    .filter(|c| c.active)
                    .map(|c| c.label.as_str())
                    .take(LABELS_MAX + 1)
                    .collect();
                if labels.len() > LABELS_MAX {
                    labels[LABELS_MAX] = "…";
                }
                fault::rejected(text!(
                    "picklist-unknown",
                    "Autotask's list of {field} has no “{value}”; it has: {labels}",
                    field = column.field,
                    value = label,
                    labels = labels.join(", ")
                ))
            }
        };
        Err(fault.field(column.field))
    }
}

/// Puts another name of a field into a sentence.
fn reword(message: &mut Text, from: &str, to: &str) {
    for (name, value) in &mut message.args {
        if name == "field" && value == from {
            message.fallback = message.fallback.replace(from, to);
            to.clone_into(value);
        }
    }
}

/// Whether a row shows what was sent. Autotask may tidy text and round stamps; it may not keep the
/// old value.
pub fn kept(column: &Column, sent: &Value, row: &Value) -> bool {
    let Some(actual) = row.get(column.vendor) else {
        return true;
    };
    let plain = |v: &Value| -> String {
        plain_text(v)
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let near = |tolerance_ms| match (instant_ms(sent), instant_ms(actual)) {
        (Some(sent), Some(actual)) => (sent - actual).abs() <= tolerance_ms,
        (sent, actual) => sent == actual,
    };
    match column.kind {
        Kind::Instant => near(assumed::STAMP_TOLERANCE_MS),
        // Midnight of some zone.
        Kind::Day => near(HALF_A_DAY_MS),
        Kind::Decimal if is_kept_by_autotask(column, actual, row) => true,
        Kind::Decimal => decimal::parse(sent) == decimal::parse(actual),
        Kind::Bool | Kind::Flag => bool_value(actual) == bool_value(sent),
        _ => plain(sent) == plain(actual),
    }
}

/// Whether a row must be written to show this, to the letter. One that does not tell the column is not known to show
/// anything.
pub fn differs(column: &Column, wanted: &Value, row: &Value) -> bool {
    let Some(actual) = row.get(column.vendor) else {
        return !wanted.is_null();
    };
    match column.kind {
        Kind::Decimal => decimal::parse(wanted) != decimal::parse(actual),
        Kind::Text | Kind::CutText(_) => plain_text(wanted).trim() != plain_text(actual).trim(),
        _ => !kept(column, wanted, row),
    }
}

/// Numbers that are not ours to say: a cost that the API user may not see reads as nothing and is ignored on write, and
/// the totals of an opportunity are its quote's where it says so.
fn is_kept_by_autotask(column: &Column, actual: &Value, row: &Value) -> bool {
    match column.vendor {
        "unitCost" => actual.is_null(),
        "amount" | "cost" => row["useQuoteTotals"] == true,
        _ => false,
    }
}

/// A text as it stands, null as nothing, anything else as JSON.
pub fn plain_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Text of a row; blank is null.
pub fn text_value(raw: &Value) -> Value {
    if filter::is_empty(raw) {
        Value::Null
    } else {
        json!(plain_text(raw))
    }
}

/// An id of a row as text. 0 is an id.
pub fn id_text(raw: &Value) -> Value {
    if raw.is_null() {
        Value::Null
    } else {
        json!(plain_text(raw))
    }
}

/// A day of a row.
pub fn day_value(raw: &Value, zone_minutes: i64) -> Value {
    instant_ms(raw).map_or(Value::Null, |ms| json!(date::nearest_day(ms, zone_minutes)))
}

fn instant_value(raw: &Value) -> Value {
    instant_ms(raw).map_or(Value::Null, |ms| json!(date::instant(ms)))
}

const HALF_A_DAY_MS: i64 = 43_200_000;

fn instant_ms(raw: &Value) -> Option<i64> {
    raw.as_str().and_then(date::parse_instant)
}

/// Some tables have 1 and 0 where others have true and false.
fn bool_value(raw: &Value) -> Value {
    match raw.as_i64() {
        Some(number) => json!(number != 0),
        None => raw.clone(),
    }
}

fn udf_map(raw: &Value) -> Value {
    let fields = raw.as_array().into_iter().flatten();
    let named =
        fields.filter_map(|f| Some((f["name"].as_str()?.to_owned(), text_value(&f["value"]))));
    Value::Object(named.collect())
}

/// The ERP's id and ours have no column of their own; they are always known, be they empty.
fn no_column(column: &Column) -> Option<&'static Value> {
    matches!(column.kind, Kind::ErpId(_) | Kind::Marker).then_some(&Value::Null)
}

/// Labels are compared without case and spaces around.
pub fn same_label(value: &str, label: &str) -> bool {
    value.trim().to_lowercase() == label.trim().to_lowercase()
}

fn operator(op: Comparison) -> Option<Op> {
    Some(match op {
        Comparison::NotEq => Op::NotEq,
        Comparison::Lt => Op::Lt,
        Comparison::Le => Op::Lte,
        Comparison::Gt => Op::Gt,
        Comparison::Ge => Op::Gte,
        Comparison::StartsWith => Op::BeginsWith,
        Comparison::Contains => Op::Contains,
        _ => return None,
    })
}

/// The instants that [`date::nearest_day`] takes for a day: half a day to either side of midnight.
fn day_clauses(
    name: &str,
    op: Comparison,
    value: &Value,
    zone_minutes: i64,
) -> Option<Vec<Clause>> {
    const DAY_MS: i64 = 86_400_000;
    let day = date::day_number(value.as_str()?)?;
    let start = day * DAY_MS - DAY_MS / 2 - zone_minutes * 60_000;
    let from = |ms| test(Op::Gte, name, seconds(ms));
    let before = |ms| test(Op::Lt, name, seconds(ms));
    Some(match op {
        Comparison::Eq => vec![from(start), before(start + DAY_MS)],
        Comparison::Ge => vec![from(start)],
        Comparison::Gt => vec![from(start + DAY_MS)],
        Comparison::Lt => vec![before(start)],
        Comparison::Le => vec![before(start + DAY_MS)],
        _ => Vec::new(),
    })
}

/// Autotask is asked in whole seconds, rather one too many than one too few.
fn instant_clause(name: &str, op: Comparison, value: &Value) -> Option<Clause> {
    let ms = date::parse_instant(value.as_str()?)?;
    Some(match op {
        Comparison::Ge | Comparison::Gt => test(Op::Gte, name, seconds(ms)),
        Comparison::Le | Comparison::Lt => test(Op::Lte, name, seconds(ms + 999)),
        _ => return None,
    })
}

/// An instant as Autotask likes it: without milliseconds.
pub fn seconds(ms: i64) -> Value {
    json!(date::instant(ms.div_euclid(1000) * 1000))
}

fn midnight(day: &str) -> Value {
    json!(format!("{day}T00:00:00Z"))
}
