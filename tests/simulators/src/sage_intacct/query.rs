//! `query`: select, filter, order and page; labels in, labels out.
//!
//! Each offset is a query of its own, and without `orderby` rows come in no order that means anything.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::act::Act;
use super::company::Row;
use super::filter::{Filter, Test};
use super::functions::{Done, permit};
use super::path::{self, Path};
use super::refusal::Refusal;
use super::schema::{self, Kind, Object};
use super::wire::Element;
use super::{show, value};

const PAGE_SIZE_MAX: usize = 2000;
const PAGE_SIZE: usize = 100;
const VALUES_MAX: usize = 1000;

enum Column {
    Plain(Path),
    /// `count`, `avg`, `min`, `max` or `sum` of a field.
    Aggregate(&'static str, Path),
}

pub fn query(act: &Act<'_>, call: &Element) -> Result<Done, Refusal> {
    let known = [
        "object", "docparid", "select", "filter", "orderby", "options", "pagesize", "offset",
    ];
    only(call, &known)?;
    let name = call.get("object").unwrap_or_default().trim();
    let object = schema::object(name).ok_or_else(|| Refusal::no_object("Query Failed", name))?;
    permit(act, "query", object)?;
    let docparid = call.get("docparid").filter(|id| !id.is_empty());
    let query = Query {
        act,
        object,
        docparid,
    };
    let columns = query.select(call.child("select"))?;
    let filter = query.filter(call.child("filter"))?;
    let orders = query.orders(call.child("orderby"))?;
    let options = Options::read(call.child("options"))?;
    let size = number(call, "pagesize", PAGE_SIZE)?;
    if !(1..=PAGE_SIZE_MAX).contains(&size) {
        return Err(Refusal::query(format!(
            "pagesize must be between 1 and {PAGE_SIZE_MAX}"
        )));
    }
    let offset = number(call, "offset", 0)?;

    let mut rows: Vec<&Row> = act
        .company
        .rows(&object.name)
        .filter(|row| act.sees(object, row, options.private))
        .filter(|row| docparid.is_none_or(|id| row.get("DOCPARID") == id))
        .filter(|row| filter.takes(act.company, row, options.ignore_case))
        .collect();
    rows.sort_by(|left, right| query.order(&orders, left, right));
    let found = query.shown(&columns, &rows);
    let total = found.len();
    let page: Vec<Element> = found.into_iter().skip(offset).take(size).collect();
    if let Some(format) = options.bare {
        let (kind, body) = show::bare(&page, format);
        return Ok(Done::Bare(kind, body));
    }
    let mut data = Element::new("data");
    data.set("listtype", &object.name);
    data.set("totalcount", total);
    data.set("offset", offset);
    data.set("count", page.len());
    data.set("numremaining", total.saturating_sub(offset + page.len()));
    data.children = page;
    Ok(Done::Elements(vec![data]))
}

/// Refuses children that nobody knows.
fn only(element: &Element, known: &[&str]) -> Result<(), Refusal> {
    let mut all = element.children.iter();
    match all.find(|child| !known.contains(&child.name.as_str())) {
        None => Ok(()),
        Some(child) => Err(Refusal::query(format!(
            "<{}> is not expected in <{}>",
            child.name, element.name
        ))),
    }
}

fn number(call: &Element, name: &str, otherwise: usize) -> Result<usize, Refusal> {
    match call.get(name).map(str::trim) {
        None | Some("") => Ok(otherwise),
        Some(text) => text
            .parse()
            .map_err(|_| Refusal::query(format!("{name} must be a whole number"))),
    }
}

#[derive(Default)]
struct Options {
    ignore_case: bool,
    private: bool,
    bare: Option<&'static str>,
}

impl Options {
    fn read(element: Option<&Element>) -> Result<Self, Refusal> {
        let mut options = Self::default();
        let Some(element) = element else {
            return Ok(options);
        };
        only(element, &["caseinsensitive", "showprivate", "returnformat"])?;
        for child in &element.children {
            let flag = || match child.text.trim() {
                "true" => Ok(true),
                "false" | "" => Ok(false),
                _ => Err(Refusal::query(format!(
                    "{} must be true or false",
                    child.name
                ))),
            };
            match child.name.as_str() {
                "caseinsensitive" => options.ignore_case = flag()?,
                "showprivate" => options.private = flag()?,
                _ => options.bare = format(&child.text)?,
            }
        }
        Ok(options)
    }
}

/// `None` is the ordinary envelope.
pub fn format(word: &str) -> Result<Option<&'static str>, Refusal> {
    match word.trim() {
        "" | "xml" => Ok(None),
        "json" => Ok(Some("json")),
        "csv" => Ok(Some("csv")),
        other => Err(Refusal::query(format!("Invalid return format {other}"))),
    }
}

struct Query<'a> {
    act: &'a Act<'a>,
    object: &'static Object,
    docparid: Option<&'a str>,
}

impl Query<'_> {
    fn path(&self, name: &str) -> Result<Path, Refusal> {
        path::resolve(self.act.company, self.object, name, self.docparid).ok_or_else(|| {
            let text = format!("{} is not a field of {}", name.trim(), self.object.name);
            Refusal::new("Invalid fields list", text)
        })
    }

    fn select(&self, select: Option<&Element>) -> Result<Vec<Column>, Refusal> {
        let select = select.filter(|select| !select.children.is_empty());
        let select = select.ok_or_else(|| Refusal::query("select needs one field or more"))?;
        let columns = select.children.iter().map(|child| {
            let word = match child.name.as_str() {
                "field" => return self.path(&child.text).map(Column::Plain),
                "count" => "COUNT",
                "avg" => "AVG",
                "min" => "MIN",
                "max" => "MAX",
                "sum" => "SUM",
                other => {
                    return Err(Refusal::query(format!(
                        "<{other}> is not expected in <select>"
                    )));
                }
            };
            self.path(&child.text)
                .map(|path| Column::Aggregate(word, path))
        });
        columns.collect()
    }

    fn filter(&self, filter: Option<&Element>) -> Result<Filter, Refusal> {
        match filter.map(|filter| filter.children.as_slice()) {
            None => Ok(Filter::All),
            Some([one]) => self.condition(one),
            Some(_) => Err(Refusal::query("filter takes exactly one operator")),
        }
    }

    fn condition(&self, element: &Element) -> Result<Filter, Refusal> {
        let name = element.name.as_str();
        if let "and" | "or" = name {
            if element.children.len() < 2 {
                let text = format!("<{name}> needs two conditions or more");
                return Err(Refusal::query(text));
            }
            let all = element.children.iter().map(|child| self.condition(child));
            let all = all.collect::<Result<_, _>>()?;
            return Ok(if name == "and" {
                Filter::And(all)
            } else {
                Filter::Or(all)
            });
        }
        let (test, least, most) = match name {
            "equalto" => (Test::Equal, 1, 1),
            "notequalto" => (Test::NotEqual, 1, 1),
            "lessthan" => (Test::Less, 1, 1),
            "lessthanorequalto" => (Test::LessOrEqual, 1, 1),
            "greaterthan" => (Test::Greater, 1, 1),
            "greaterthanorequalto" => (Test::GreaterOrEqual, 1, 1),
            "between" => (Test::Between, 2, 2),
            "in" => (Test::In, 1, VALUES_MAX),
            "notin" => (Test::NotIn, 1, VALUES_MAX),
            "like" => (Test::Like, 1, 1),
            "notlike" => (Test::NotLike, 1, 1),
            "isnull" => (Test::IsNull, 0, 0),
            "isnotnull" => (Test::IsNotNull, 0, 0),
            other => return Err(Refusal::query(format!("Unknown operator <{other}>"))),
        };
        only(element, &["field", "value"])?;
        let mut fields = element.all("field");
        let (Some(field), None) = (fields.next(), fields.next()) else {
            return Err(Refusal::query(format!("<{name}> takes exactly one field")));
        };
        let path = self.path(&field.text)?;
        let texts: Vec<&str> = element.all("value").map(|one| one.text.as_str()).collect();
        if !(least..=most).contains(&texts.len()) {
            let text = format!("<{name}> takes {least} to {most} values");
            return Err(Refusal::query(text));
        }
        let pattern = matches!(test, Test::Like | Test::NotLike);
        let offset = self.act.switches.modified_offset_minutes;
        let values = texts.into_iter().map(|text| {
            if pattern || path.field.kind == Kind::Text {
                return Ok(text.to_owned());
            }
            value::parse(&path.field, text, offset).map_err(Refusal::query)
        });
        let values: Vec<String> = values.collect::<Result<_, _>>()?;
        Ok(Filter::Compare {
            path,
            test,
            values,
            codes: false,
        })
    }

    fn orders(&self, orderby: Option<&Element>) -> Result<Vec<(Path, bool)>, Refusal> {
        let Some(orderby) = orderby else {
            return Ok(Vec::new());
        };
        only(orderby, &["order"])?;
        let orders = orderby.children.iter().map(|order| {
            only(order, &["field", "ascending", "descending"])?;
            let path = self.path(order.get("field").unwrap_or_default())?;
            match (order.child("ascending"), order.child("descending")) {
                (Some(_), Some(_)) => Err(Refusal::query("an order goes one way")),
                (_, down) => Ok((path, down.is_some())),
            }
        });
        orders.collect()
    }

    fn order(&self, orders: &[(Path, bool)], left: &Row, right: &Row) -> Ordering {
        let company = &*self.act.company;
        for (path, down) in orders {
            let (a, b) = (path.value(company, left), path.value(company, right));
            let order = value::compare(path.field.kind, &a, &b);
            let order = if *down { order.reverse() } else { order };
            if order.is_ne() {
                return order;
            }
        }
        shuffled(left.key).cmp(&shuffled(right.key))
    }

    fn shown(&self, columns: &[Column], rows: &[&Row]) -> Vec<Element> {
        let company = &*self.act.company;
        let offset = self.act.switches.modified_offset_minutes;
        let aggregates = columns
            .iter()
            .any(|column| matches!(column, Column::Aggregate(..)));
        let mut groups: Vec<(Vec<String>, Vec<&Row>)> = Vec::new();
        for &row in rows {
            let plain = columns.iter().filter_map(|column| match column {
                Column::Plain(path) => Some(path.value(company, row).into_owned()),
                Column::Aggregate(..) => None,
            });
            let plain: Vec<String> = plain.collect();
            let group = match aggregates {
                true => groups.iter_mut().find(|(key, _)| *key == plain),
                false => None,
            };
            match group {
                Some((_, group)) => group.push(row),
                None => groups.push((plain, vec![row])),
            }
        }
        if groups.is_empty()
            && aggregates
            && columns.iter().all(|c| matches!(c, Column::Aggregate(..)))
        {
            groups.push((Vec::new(), Vec::new()));
        }
        let record = |(plain, group): (Vec<String>, Vec<&Row>)| {
            let mut plain = plain.into_iter();
            let children = columns.iter().map(|column| match column {
                Column::Plain(path) => {
                    let kept = plain.next().unwrap_or_default();
                    let text = value::show(&path.field, &kept, offset);
                    Element::leaf(path.name.as_str(), text)
                }
                Column::Aggregate(word, path) => {
                    let kept = self.aggregate(word, path, &group);
                    let text = match *word {
                        "MIN" | "MAX" => value::show(&path.field, &kept, offset),
                        _ => kept,
                    };
                    Element::leaf(format!("{word}.{}", path.name), text)
                }
            });
            Element::with(self.object.name.as_str(), children.collect())
        };
        groups.into_iter().map(record).collect()
    }

    fn aggregate(&self, word: &str, path: &Path, rows: &[&Row]) -> String {
        let company = &*self.act.company;
        let values = rows.iter().map(|row| path.value(company, row).into_owned());
        let values: Vec<String> = values.filter(|value| !value.is_empty()).collect();
        let order = |a: &&String, b: &&String| value::compare(path.field.kind, a, b);
        let sum = || -> Decimal { values.iter().filter_map(|v| value::decimal(v)).sum() };
        match word {
            "COUNT" => values.len().to_string(),
            "MIN" => values.iter().min_by(order).cloned().unwrap_or_default(),
            "MAX" => values.iter().max_by(order).cloned().unwrap_or_default(),
            "SUM" => sum().to_string(),
            _ if values.is_empty() => String::new(),
            _ => (sum() / Decimal::from(values.len()))
                .round_dp(6)
                .to_string(),
        }
    }
}

/// An order that no caller may count on, the same each time.
fn shuffled(key: i64) -> u32 {
    let low = u32::try_from(key & 0xffff_ffff).unwrap_or_default();
    low.wrapping_mul(2_654_435_761)
}
