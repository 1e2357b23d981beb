//! SOQL: the subset that the reference names, and no more; what is beyond it is a malformed query.
//!
//! Besides: `IN (SELECT …)`, and the object's own name before a field.

mod ast;
mod bound;
mod dates;
mod like;
mod parser;
mod run;
mod token;

use serde_json::Value;

pub use self::run::Scope;

use self::bound::{Binder, Column, Test};
use self::run::Runner;
use super::org::Org;
use super::refusal::Fault;
use super::table::Row;
use super::time::Stamp;

/// SOQL is no longer than this.
const LENGTH_MAX: usize = 100_000;

/// What a query finds.
pub enum Found {
    Count(usize),
    Rows(Vec<Value>),
}

/// Runs a query; `version` is what the links in its rows say.
pub fn run(org: &Org, text: &str, scope: Scope, now: Stamp, version: &str) -> Result<Found, Fault> {
    if text.chars().count() > LENGTH_MAX {
        return Err(Fault::new(
            "QUERY_TOO_COMPLICATED",
            "SOQL statements cannot be longer than 100000 characters.",
        ));
    }
    let query = parser::query(text)?;
    let binder = Binder {
        org,
        text,
        sees_all: false,
    };
    let bound = binder.query(&query)?;
    let runner = Runner {
        org,
        scope,
        now,
        version,
    };
    Ok(match bound.columns.as_slice() {
        [Column::CountAll] if bound.group_by.is_empty() => Found::Count(runner.count(&bound)),
        _ => Found::Rows(runner.rows(&bound)),
    })
}

/// A condition over the fields of an object, bound.
pub struct Condition(Test);

impl Condition {
    pub fn holds(&self, org: &Org, row: &Row, now: Stamp) -> bool {
        self.0.holds(org, row, now)
    }
}

pub fn condition(org: &Org, object: &str, text: &str) -> Result<Condition, Fault> {
    let condition = parser::condition(text)?;
    let declared = org.schema.object(object).ok_or_else(Fault::not_found)?;
    let binder = Binder {
        org,
        text,
        sees_all: true,
    };
    binder.test(declared, &condition).map(Condition)
}
