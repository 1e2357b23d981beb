//! Autotask's query language: what we send, and whether the rows that come back fit it.
//!
//! Autotask drops an operator it does not know without a word and answers with a wider result. So
//! only the operators of [`Op`] can be written at all, and every row is tested here again.
//!
//! Invariant: a clause that leaves this module can be sent; nothing here sends it.

use liaison_sdk::prelude::*;
use std::cmp::Ordering;

/// The most values of an `in` and members of an `or` in one query, together.
pub const OR_MAX: usize = 500;

/// The operators Autotask knows and we use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Eq,
    NotEq,
    Gt,
    Gte,
    Lt,
    Lte,
    BeginsWith,
    Contains,
    Exist,
    NotExist,
    In,
}

impl Op {
    fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::NotEq => "noteq",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::BeginsWith => "beginsWith",
            Self::Contains => "contains",
            Self::Exist => "exist",
            Self::NotExist => "notExist",
            Self::In => "in",
        }
    }
}

/// One member of a filter; the members of a filter are all required.
#[derive(Clone, Debug, PartialEq)]
pub enum Clause {
    Test {
        op: Op,
        field: String,
        udf: bool,
        value: Value,
    },
    Or(Vec<Clause>),
}

/// Whether a row fits what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    Yes,
    /// It differs only in letters beyond ASCII, which the vendor's collation may take for equal.
    Doubtful,
    /// The filter was not applied.
    No,
}

/// A test of a plain field.
pub fn test(op: Op, field: &str, value: Value) -> Clause {
    Clause::Test {
        op,
        field: field.to_owned(),
        udf: false,
        value,
    }
}

/// A test of a user-defined field. At most one may stand in a query.
pub fn udf(op: Op, name: &str, value: Value) -> Clause {
    Clause::Test {
        op,
        field: name.to_owned(),
        udf: true,
        value,
    }
}

/// A field that is one of these values.
pub fn any_of(field: &str, values: &[Value]) -> Clause {
    match values {
        [value] => test(Op::Eq, field, value.clone()),
        _ => test(Op::In, field, json!(values)),
    }
}

/// Text that is null or nothing: Autotask has both.
pub fn blank(field: &str) -> Vec<Clause> {
    vec![Clause::Or(vec![
        test(Op::NotExist, field, Value::Null),
        test(Op::Eq, field, json!("")),
    ])]
}

/// The opposite of [`blank`].
pub fn not_blank(field: &str) -> Vec<Clause> {
    vec![
        test(Op::Exist, field, Value::Null),
        test(Op::NotEq, field, json!("")),
    ]
}

/// Ids beyond `after`; from the start with none. Id 0 exists.
pub fn beyond(after: Option<i64>) -> Clause {
    match after {
        Some(id) => test(Op::Gt, "id", json!(id)),
        None => test(Op::Gte, "id", json!(0)),
    }
}

impl Clause {
    /// As it stands in a request.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Or(members) => {
                json!({"op": "or", "items": members.iter().map(Self::to_json).collect::<Vec<_>>()})
            }
            Self::Test {
                op,
                field,
                udf,
                value,
            } => {
                let mut out = json!({"op": op.name(), "field": field});
                if !matches!(op, Op::Exist | Op::NotExist) {
                    out["value"] = value.clone();
                }
                if *udf {
                    out["udf"] = json!(true);
                }
                out
            }
        }
    }

    /// How many of the 500 alternatives of a query it uses.
    pub fn alternatives(&self) -> usize {
        match self {
            Self::Or(members) => members.iter().map(|m| m.alternatives().max(1)).sum(),
            Self::Test {
                op: Op::In, value, ..
            } => value.as_array().map_or(0, Vec::len),
            Self::Test { .. } => 0,
        }
    }

    /// Whether a row of Autotask fits.
    pub fn fit(&self, row: &Value) -> Fit {
        match self {
            Self::Or(members) => members
                .iter()
                .map(|m| m.fit(row))
                .min_by_key(|fit| *fit as u8)
                .unwrap_or(Fit::No),
            Self::Test {
                op,
                field,
                udf,
                value,
            } => {
                let actual = if *udf {
                    udf_value(row, field)
                } else {
                    row.get(field)
                };
                // A column that a tenant's rows do not show cannot be tested.
                match actual {
                    None if !udf => Fit::Yes,
                    actual => fit_value(*op, actual.unwrap_or(&Value::Null), value),
                }
            }
        }
    }
}

/// The value of a user-defined field; names are case-insensitive, and the list may be missing.
pub fn udf_value<'a>(row: &'a Value, name: &str) -> Option<&'a Value> {
    let fields = row.get("userDefinedFields")?.as_array()?;
    fields
        .iter()
        .find(|f| {
            f["name"]
                .as_str()
                .is_some_and(|n| n.eq_ignore_ascii_case(name))
        })?
        .get("value")
}

fn fit_value(op: Op, actual: &Value, wanted: &Value) -> Fit {
    let equal = |wanted: &Value| equal(actual, wanted);
    let order = order(actual, wanted);
    let plain = |yes: bool| if yes { Fit::Yes } else { Fit::No };
    match op {
        Op::Eq => equal(wanted),
        Op::In => wanted
            .as_array()
            .into_iter()
            .flatten()
            .map(equal)
            .min_by_key(|fit| *fit as u8)
            .unwrap_or(Fit::No),
        Op::NotEq => plain(equal(wanted) != Fit::Yes),
        Op::Gt => plain(order == Some(Ordering::Greater)),
        Op::Gte => plain(matches!(order, Some(Ordering::Greater | Ordering::Equal))),
        Op::Lt => plain(order == Some(Ordering::Less)),
        Op::Lte => plain(matches!(order, Some(Ordering::Less | Ordering::Equal))),
        Op::BeginsWith => fit_text(actual, wanted, |a, w| a.starts_with(w)),
        Op::Contains => fit_text(actual, wanted, |a, w| a.contains(w)),
        Op::Exist => plain(!actual.is_null()),
        Op::NotExist => plain(actual.is_null()),
    }
}

fn equal(actual: &Value, wanted: &Value) -> Fit {
    match (actual, wanted) {
        (Value::String(_), Value::String(_)) => fit_text(actual, wanted, |a, w| a == w),
        _ if actual == wanted || order(actual, wanted) == Some(Ordering::Equal) => Fit::Yes,
        _ => Fit::No,
    }
}

/// SQL Server's way with text: case and spaces at the end do not count.
fn fit_text(actual: &Value, wanted: &Value, test: impl Fn(&str, &str) -> bool) -> Fit {
    let plain = |value: &Value| value.as_str().map(|text| text.trim_end().to_lowercase());
    let (Some(actual), Some(wanted)) = (plain(actual), plain(wanted)) else {
        return Fit::No;
    };
    match test(&actual, &wanted) {
        true => Fit::Yes,
        false if wanted.is_empty() || (actual.is_ascii() && wanted.is_ascii()) => Fit::No,
        false => Fit::Doubtful,
    }
}

fn order(a: &Value, b: &Value) -> Option<Ordering> {
    if let (Value::Number(_), Value::Number(_)) = (a, b) {
        return Some(decimal::parse(a)?.cmp(&decimal::parse(b)?));
    }
    match (
        date::parse_instant(a.as_str()?),
        date::parse_instant(b.as_str()?),
    ) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => Some(a.as_str()?.cmp(b.as_str()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_tested_again() {
        let row = json!({"id": 7, "name": "Élan ", "invoiceNumber": "", "none": null, "at": "2026-01-02T05:00:00.000Z",
            "userDefinedFields": [{"name": "Erp", "value": "57"}]});
        for (clause, expected) in [
            (test(Op::Gt, "id", json!(6)), Fit::Yes),
            (test(Op::Gt, "id", json!(7)), Fit::No),
            (test(Op::In, "id", json!([1, 7])), Fit::Yes),
            (test(Op::In, "id", json!([])), Fit::No),
            (test(Op::Eq, "name", json!("élan")), Fit::Yes),
            (test(Op::Eq, "name", json!("Elan")), Fit::Doubtful),
            (test(Op::Eq, "invoiceNumber", json!("x")), Fit::No),
            (test(Op::Gte, "at", json!("2026-01-02T05:00:00Z")), Fit::Yes),
            (test(Op::Lt, "at", json!("2026-01-02T05:00:00Z")), Fit::No),
            (
                test(Op::Gte, "none", json!("2026-01-02T05:00:00Z")),
                Fit::No,
            ),
            (udf(Op::Contains, "ERP", json!("7")), Fit::Yes),
            (udf(Op::Eq, "other", json!("7")), Fit::No),
            (
                test(Op::Eq, "column of a later version", json!(1)),
                Fit::Yes,
            ),
            (blank("invoiceNumber").remove(0), Fit::Yes),
            (blank("none").remove(0), Fit::Yes),
            (blank("name").remove(0), Fit::No),
        ] {
            assert_eq!(clause.fit(&row), expected, "{clause:?}");
        }
    }

    #[test]
    fn clauses_are_written_as_autotask_reads_them() {
        assert_eq!(
            blank("invoiceNumber")[0].to_json(),
            json!({"op": "or", "items": [{"op": "notExist", "field": "invoiceNumber"},
                {"op": "eq", "field": "invoiceNumber", "value": ""}]})
        );
        assert_eq!(
            udf(Op::Eq, "E", json!("1")).to_json(),
            json!({"op": "eq", "field": "E", "udf": true, "value": "1"})
        );
        assert_eq!(blank("n")[0].alternatives(), 2);
        assert_eq!(any_of("id", &[json!(1), json!(2)]).alternatives(), 2);
    }
}
