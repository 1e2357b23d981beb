//! The query engine: a filter in JSON, checked against an entity, run over its table.
//!
//! Faithful to what hurts: an operator that the vendor does not know is dropped without a word and the
//! result is wider. Like SQL, a comparison with an empty field is never true, `noteq` included.
//!
//! Rows come by id. A filter that pins ids or an indexed reference visits only those rows; any other
//! starts at the page's id and stops when the page is full.

use std::cmp::Ordering;

use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::cell::{Cell, Kind};
use super::schema::{Entity, FieldId};
use super::table::{Row, Table};

/// The vendor's page size, most and default.
pub const PAGE_ROWS_MAX: usize = 500;
/// Conditions joined by `or`, the values of `in` among them.
const OR_CONDITIONS_MAX: usize = 500;

/// A query that has been understood.
#[derive(Debug)]
pub struct Query {
    pub rows_max: usize,
    pub included: Included,
    tests: Vec<Test>,
}

/// Which fields of a row are answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Included {
    All,
    Only { fields: Vec<FieldId>, udfs: bool },
}

#[derive(Debug)]
enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Field {
        field: FieldId,
        op: Op,
        values: Vec<Wanted>,
    },
    Udf {
        name: String,
        op: Op,
        values: Vec<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Eq,
    NotEq,
    Gt,
    Gte,
    Lt,
    Lte,
    BeginsWith,
    EndsWith,
    Contains,
    Exist,
    NotExist,
    In,
    NotIn,
}

/// A value of a condition, as the field's kind compares it.
#[derive(Debug, Clone, PartialEq)]
enum Wanted {
    /// Equal to nothing: null, or text against a `long`.
    Nothing,
    Bool(bool),
    Int(i64),
    Amount(i64),
    Time(i64),
    /// Lower-case.
    Text(String),
}

/// What a query may name beyond the entity's fields.
pub struct Context<'a> {
    pub entity: &'a Entity,
    pub udf_names: &'a [String],
    pub zone: &'a TimeZone,
}

/// The rows of one page, and whether others follow.
pub struct Page<'t> {
    pub rows: Vec<&'t Row>,
    pub more: bool,
}

impl Query {
    /// Reads the body of a query; the error is the vendor's text.
    pub fn parse(body: &Value, context: &Context<'_>) -> Result<Self, String> {
        let body = body.as_object().ok_or(NO_MODEL)?;
        let rows_max = rows_max(property(body, "MaxRecords"))?;
        let included = included(property(body, "IncludeFields"), context)?;
        let filter = property(body, "filter")
            .and_then(Value::as_array)
            .filter(|filter| !filter.is_empty());
        let mut reader = Reader {
            context,
            or_conditions: 0,
            udf_conditions: 0,
        };
        let tests = reader.tests(filter.ok_or(NO_FILTER)?)?;
        if reader.or_conditions > OR_CONDITIONS_MAX {
            return Err(TOO_MANY_ORS.to_owned());
        }
        if reader.udf_conditions > 1 {
            return Err(TOO_MANY_UDFS.to_owned());
        }
        Ok(Self {
            rows_max,
            included,
            tests,
        })
    }

    /// The page of matching rows whose id is above `after`.
    pub fn page<'t>(&self, table: &'t Table, after: i64) -> Page<'t> {
        let mut rows: Vec<&Row> = Vec::new();
        for row in self.candidates(table, after) {
            if self.matches(row) {
                if rows.len() == self.rows_max {
                    return Page { rows, more: true };
                }
                rows.push(row);
            }
        }
        Page { rows, more: false }
    }

    pub fn count(&self, table: &Table) -> usize {
        self.candidates(table, i64::MIN)
            .filter(|row| self.matches(row))
            .count()
    }

    fn matches(&self, row: &Row) -> bool {
        self.tests.iter().all(|test| test.holds(row))
    }

    /// Every row that can match, by id, above `after`.
    fn candidates<'t>(
        &self,
        table: &'t Table,
        after: i64,
    ) -> Box<dyn Iterator<Item = &'t Row> + 't> {
        if let Some(ids) = self.pinned_ids(table) {
            return Box::new(
                ids.into_iter()
                    .filter(move |id| *id > after)
                    .filter_map(|id| table.get(id)),
            );
        }
        let (floor, ceiling) = self.id_bounds();
        Box::new(
            table
                .after(after.max(floor))
                .take_while(move |row| row.id <= ceiling),
        )
    }

    /// The only ids that can match, ascending, when the filter says so.
    fn pinned_ids(&self, table: &Table) -> Option<Vec<i64>> {
        let mut best: Option<Vec<i64>> = None;
        for test in &self.tests {
            let Test::Field {
                field,
                op: Op::Eq | Op::In,
                values,
            } = test
            else {
                continue;
            };
            let keys = values.iter().filter_map(|value| match value {
                Wanted::Int(key) => Some(*key),
                _ => None,
            });
            let mut ids: Vec<i64> = if *field == 0 {
                keys.collect()
            } else if table.has_index(*field) {
                keys.flat_map(|key| table.ids_by(*field, key).unwrap_or_default())
                    .copied()
                    .collect()
            } else {
                continue;
            };
            ids.sort_unstable();
            ids.dedup();
            if best.as_ref().is_none_or(|best| ids.len() < best.len()) {
                best = Some(ids);
            }
        }
        best
    }

    /// Ids that can match lie above the first and up to the second.
    fn id_bounds(&self) -> (i64, i64) {
        let (mut floor, mut ceiling) = (i64::MIN, i64::MAX);
        for test in &self.tests {
            let Test::Field {
                field: 0,
                op,
                values,
            } = test
            else {
                continue;
            };
            let Some(Wanted::Int(id)) = values.first() else {
                continue;
            };
            match op {
                Op::Gt => floor = floor.max(*id),
                Op::Gte => floor = floor.max(id.saturating_sub(1)),
                Op::Lt => ceiling = ceiling.min(id.saturating_sub(1)),
                Op::Lte => ceiling = ceiling.min(*id),
                _ => {}
            }
        }
        (floor, ceiling)
    }
}

struct Reader<'a> {
    context: &'a Context<'a>,
    or_conditions: usize,
    udf_conditions: usize,
}

impl Reader<'_> {
    fn tests(&mut self, items: &[Value]) -> Result<Vec<Test>, String> {
        let tests: Result<Vec<_>, _> = items.iter().map(|item| self.test(item)).collect();
        Ok(tests?.into_iter().flatten().collect())
    }

    /// One condition or group; none when its operator is unknown.
    fn test(&mut self, item: &Value) -> Result<Option<Test>, String> {
        let item = item.as_object().ok_or(NO_MODEL)?;
        let word = property(item, "op")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_ascii_lowercase();
        if word == "and" || word == "or" {
            let items = property(item, "items")
                .and_then(Value::as_array)
                .map_or(&[][..], Vec::as_slice);
            let tests = self.tests(items)?;
            if word == "or" {
                self.or_conditions += items.len();
            }
            return Ok(match (word.as_str(), tests.is_empty()) {
                (_, true) => None,
                ("or", false) => Some(Test::Any(tests)),
                _ => Some(Test::All(tests)),
            });
        }
        // The quirk that matters most: `ne`, `like`, `isnull` … vanish and the result grows.
        let Some(op) = Op::parse(&word) else {
            return Ok(None);
        };
        let name = property(item, "field")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let value = property(item, "value").unwrap_or(&Value::Null);
        let given: Vec<&Value> = match (op, value) {
            (Op::Exist | Op::NotExist, _) => Vec::new(),
            (Op::In | Op::NotIn, Value::Array(values)) => values.iter().collect(),
            (Op::In | Op::NotIn, _) => return Err(NOT_A_LIST.to_owned()),
            (_, value) => vec![value],
        };
        if op == Op::In {
            self.or_conditions += given.len();
        }
        if property(item, "udf").is_some_and(|udf| udf == &Value::Bool(true)) {
            return self.udf(name, op, &given).map(Some);
        }
        self.field(name, op, &given).map(Some)
    }

    fn field(&self, name: &str, op: Op, given: &[&Value]) -> Result<Test, String> {
        let entity = self.context.entity;
        let field = entity
            .find(name)
            .filter(|field| entity.fields[*field].queryable);
        let field = field.ok_or_else(|| unknown_field(name, entity))?;
        let kind = entity.fields[field].kind;
        let textual = matches!(op, Op::BeginsWith | Op::EndsWith | Op::Contains);
        let read = |value: &&Value| {
            if textual {
                Ok(Wanted::text(value))
            } else {
                Wanted::read(kind, value, self.context.zone)
            }
        };
        let values = given.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Test::Field { field, op, values })
    }

    fn udf(&mut self, name: &str, op: Op, given: &[&Value]) -> Result<Test, String> {
        self.udf_conditions += 1;
        let known = self
            .context
            .udf_names
            .iter()
            .find(|known| known.eq_ignore_ascii_case(name));
        let name = known
            .ok_or_else(|| unknown_field(name, self.context.entity))?
            .clone();
        let values = given
            .iter()
            .map(|value| text_of(value).to_lowercase())
            .collect();
        Ok(Test::Udf { name, op, values })
    }
}

impl Op {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Eq,
            "noteq" => Self::NotEq,
            "gt" => Self::Gt,
            "gte" => Self::Gte,
            "lt" => Self::Lt,
            "lte" => Self::Lte,
            "beginswith" => Self::BeginsWith,
            "endswith" => Self::EndsWith,
            "contains" => Self::Contains,
            "exist" => Self::Exist,
            "notexist" => Self::NotExist,
            "in" => Self::In,
            "notin" => Self::NotIn,
            _ => return None,
        })
    }

    /// Whether a comparison that came out so satisfies the operator.
    fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Eq | Self::In => ordering.is_eq(),
            Self::NotEq | Self::NotIn => ordering.is_ne(),
            Self::Gt => ordering.is_gt(),
            Self::Gte => ordering.is_ge(),
            Self::Lt => ordering.is_lt(),
            Self::Lte => ordering.is_le(),
            Self::BeginsWith | Self::EndsWith | Self::Contains | Self::Exist | Self::NotExist => {
                false
            }
        }
    }

    fn accepts_text(self, text: &str, wanted: &str) -> bool {
        match self {
            Self::BeginsWith => text.starts_with(wanted),
            Self::EndsWith => text.ends_with(wanted),
            Self::Contains => text.contains(wanted),
            _ => self.accepts(text.cmp(wanted)),
        }
    }
}

impl Wanted {
    fn read(kind: Kind, value: &Value, zone: &TimeZone) -> Result<Self, String> {
        if value.is_null() {
            return Ok(Self::Nothing);
        }
        let cell = match (kind, value) {
            (Kind::Boolean, Value::Bool(truth)) => return Ok(Self::Bool(*truth)),
            (Kind::Boolean, _) => return Err(conversion_failed(value, "bit")),
            (Kind::Text, _) => return Ok(Self::text(value)),
            _ => Cell::read(kind, value, zone),
        };
        match (cell, kind) {
            (Ok(Cell::Int(number)), _) => Ok(Self::Int(number)),
            (Ok(Cell::Amount(amount)), _) => Ok(Self::Amount(amount)),
            (Ok(Cell::Time(at)), _) => Ok(Self::Time(at)),
            (Ok(_), _) | (Err(_), Kind::Long) => Ok(Self::Nothing),
            (Err(_), Kind::Short | Kind::Integer) => Err(conversion_failed(value, "int")),
            (Err(_), Kind::Datetime) => Err(conversion_failed(value, "datetime")),
            (Err(_), _) => Err(conversion_failed(value, "numeric")),
        }
    }

    fn text(value: &Value) -> Self {
        if value.is_null() {
            Self::Nothing
        } else {
            Self::Text(text_of(value).to_lowercase())
        }
    }

    fn compare(&self, cell: &Cell) -> Option<Ordering> {
        match (cell, self) {
            (Cell::Bool(cell), Self::Bool(wanted)) => Some(cell.cmp(wanted)),
            (Cell::Int(cell), Self::Int(wanted)) => Some(cell.cmp(wanted)),
            (Cell::Amount(cell), Self::Amount(wanted)) => Some(cell.cmp(wanted)),
            (Cell::Time(cell), Self::Time(wanted)) => Some(cell.cmp(wanted)),
            (Cell::Text(cell), Self::Text(wanted)) => {
                Some(cell.to_lowercase().as_str().cmp(wanted))
            }
            _ => None,
        }
    }
}

impl Test {
    fn holds(&self, row: &Row) -> bool {
        match self {
            Self::All(tests) => tests.iter().all(|test| test.holds(row)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(row)),
            Self::Field { field, op, values } => field_holds(row.get(*field), *op, values),
            Self::Udf { name, op, values } => udf_holds(row.udf(name), *op, values),
        }
    }
}

fn field_holds(cell: &Cell, op: Op, values: &[Wanted]) -> bool {
    let compares = |value: &Wanted| match (op, value) {
        (Op::BeginsWith | Op::EndsWith | Op::Contains, Wanted::Text(wanted)) => {
            op.accepts_text(&cell.plain().to_lowercase(), wanted)
        }
        _ => value
            .compare(cell)
            .is_some_and(|ordering| op.accepts(ordering)),
    };
    match op {
        Op::Exist => !cell.is_null(),
        Op::NotExist => cell.is_null(),
        _ if cell.is_null() => false,
        Op::NotIn => values.iter().all(compares),
        _ => values.iter().any(compares),
    }
}

fn udf_holds(value: Option<&str>, op: Op, wanted: &[String]) -> bool {
    let Some(value) = value.map(str::to_lowercase) else {
        return op == Op::NotExist;
    };
    match op {
        Op::Exist => true,
        Op::NotExist => false,
        Op::NotIn => wanted.iter().all(|wanted| op.accepts_text(&value, wanted)),
        _ => wanted.iter().any(|wanted| op.accepts_text(&value, wanted)),
    }
}

/// A property in any case, as the vendor's JSON reader finds it.
pub fn property<'v>(map: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    map.iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

fn rows_max(given: Option<&Value>) -> Result<usize, String> {
    match given {
        None | Some(Value::Null) => Ok(PAGE_ROWS_MAX),
        Some(given) => {
            let rows = text_of(given)
                .parse()
                .ok()
                .filter(|rows| (1..=PAGE_ROWS_MAX).contains(rows));
            rows.ok_or_else(|| "maxCountOfRecordsToReturn must be between 1 and 500".to_owned())
        }
    }
}

fn included(given: Option<&Value>, context: &Context<'_>) -> Result<Included, String> {
    let names = given
        .and_then(Value::as_array)
        .filter(|names| !names.is_empty());
    let Some(names) = names else {
        return Ok(Included::All);
    };
    let (mut fields, mut udfs) = (Vec::new(), false);
    for name in names.iter().map(text_of) {
        match context.entity.find(&name) {
            Some(field) => fields.push(field),
            None if name.eq_ignore_ascii_case("userDefinedFields") => udfs = true,
            None => return Err(unknown_field(&name, context.entity)),
        }
    }
    fields.sort_unstable();
    fields.dedup();
    Ok(Included::Only { fields, udfs })
}

fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn unknown_field(name: &str, entity: &Entity) -> String {
    format!("Unable to find {name} in the {} Entity", entity.soap)
}

fn conversion_failed(value: &Value, kind: &str) -> String {
    format!(
        "Conversion failed when converting varchar '{}' to data type {kind}.",
        text_of(value)
    )
}

/// Reported only as "names queryModel".
pub const NO_MODEL: &str = "Value cannot be null. Parameter name: queryModel";
const NO_FILTER: &str = "Query filter is required and must contain at least one condition."; // text unconfirmed
const NOT_A_LIST: &str = "The value of an 'in' or 'notIn' condition must be an array."; // text unconfirmed
const TOO_MANY_ORS: &str =
    "Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions.";
const TOO_MANY_UDFS: &str = "Queries are limited to one user-defined field condition."; // text unconfirmed
