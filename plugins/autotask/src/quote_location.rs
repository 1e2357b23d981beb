//! The addresses of quotes. Autotask keeps them in a table of their own, from which nothing is ever deleted.
//!
//! A location has no place for our id. So a try that comes after another takes one with the same text that no quote
//! uses: it is what the interrupted one left, and any other would do as well. A first try does not look: as many
//! locations as the customer has quotes have the same text.

use crate::api::{row_id, Api};
use crate::quote::{BILL_TO, PARTS, SHIP_TO};
use crate::search::{any_of, blank, test, Clause, Op};
use crate::table::plain_text;
use crate::tables::QUOTE;
use crate::write::no_item_id;
use liaison_sdk::prelude::*;
use std::collections::BTreeSet;

const PATH: &str = "QuoteLocations";
/// The newest locations of the same text that are looked at: three columns of quotes may name each, and one query
/// takes 500 alternatives.
const LOOKED_AT_MAX: usize = 150;

/// The text of an address, part by part as in [`PARTS`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place(pub [String; 5]);

impl Place {
    /// A row's.
    pub fn of_row(row: &Value) -> Self {
        Self(PARTS.map(|(part, _)| plain_text(&row[part]).trim().to_owned()))
    }

    /// Whether nothing stands in it.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(String::is_empty)
    }

    fn parts(&self) -> impl Iterator<Item = (&'static str, &String)> {
        PARTS.iter().map(|(part, _)| *part).zip(&self.0)
    }
}

/// A location with this text that no quote uses, else a new one.
///
/// # Errors
/// Those of the requests; `outcome-unknown` when the answer was lost, and the next try finds it.
pub fn unused_or_new(api: &Api, place: &Place) -> Result<i64, Fault> {
    match unused(api, place)? {
        Some(id) => Ok(id),
        None => new(api, place),
    }
}

/// A new location with this text.
///
/// # Errors
/// As for [`unused_or_new`].
pub fn new(api: &Api, place: &Place) -> Result<i64, Fault> {
    let mut request: Map<String, Value> = place
        .parts()
        .filter(|(_, text)| !text.is_empty())
        .map(|(part, text)| (part.to_owned(), json!(text)))
        .collect();
    // A request must say something.
    request.entry("address1").or_insert(json!(""));
    api.write(Method::Post, PATH, &Value::Object(request))?
        .ok_or_else(no_item_id)
}

fn unused(api: &Api, place: &Place) -> Result<Option<i64>, Fault> {
    let clauses: Vec<Clause> = place
        .parts()
        .flat_map(|(part, text)| match text.is_empty() {
            true => blank(part),
            false => vec![test(Op::Eq, part, json!(text))],
        })
        .collect();
    let mut ids: Vec<i64> = Vec::new();
    api.each_page(PATH, &clauses, |rows| {
        let same = rows.iter().filter(|row| Place::of_row(row) == *place);
        ids.extend(same.filter_map(row_id));
        Ok(())
    })?;
    let newest: Vec<Value> = ids
        .iter()
        .rev()
        .take(LOOKED_AT_MAX)
        .map(|id| json!(id))
        .collect();
    if newest.is_empty() {
        return Ok(None);
    }
    let columns = [BILL_TO.column, SHIP_TO.column, "soldToLocationID"];
    let named = Clause::Or(
        columns
            .iter()
            .map(|column| any_of(column, &newest))
            .collect(),
    );
    let mut used: BTreeSet<i64> = BTreeSet::new();
    api.each_page(QUOTE.path, &[named], |rows| {
        let ids = rows
            .iter()
            .flat_map(|row| columns.iter().filter_map(|column| row[*column].as_i64()));
        used.extend(ids);
        Ok(())
    })?;
    let free = newest.iter().filter_map(Value::as_i64);
    Ok(free.rev().find(|id| !used.contains(id)))
}

/// Gives a location another text.
///
/// # Errors
/// The fault of the write.
pub fn change(api: &Api, id: i64, place: &Place) -> Result<(), Fault> {
    let mut request: Map<String, Value> = place
        .parts()
        .map(|(part, text)| (part.to_owned(), json!(text)))
        .collect();
    request.insert("id".to_owned(), json!(id));
    api.write(Method::Patch, PATH, &Value::Object(request))
        .map(drop)
}
