//! Queries: every field that the user may see, of the rows that fit.
//!
//! A query stands in an address, which must not be too long. Where an object has so many fields that it would
//! be, only ids are asked for, with what only a query can show (what stands over a dot), and the records by their
//! ids in a body.

use crate::api::{Api, Call, Request};
use crate::assumed::{QUERY_BYTES_MAX, VALUES_A_QUERY};
use crate::refusal::{self, About, Asked};
use crate::shape::{forget, is_stale, shape, Shape};
use crate::value::{ID, IS_DELETED, STAMP};
use liaison_sdk::http::encode;
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How many rows of a look-up come at once, at least the vendor's own minimum.
const ROWS_A_PAGE: u32 = 200;

/// Which rows are there to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    Living,
    /// The same, in small pages: how many there are nobody knows.
    Few,
    /// Those in the recycle bin too.
    All,
}

/// Rows of an object.
pub struct Rows {
    pub shape: Rc<Shape>,
    pub rows: Vec<Value>,
    /// How many rows the vendor gave, and the last of them: some of them may have gone since.
    pub count: usize,
    pub last: Option<Value>,
    /// Nothing follows.
    pub done: bool,
    next: Option<String>,
    /// The query asked for little more than ids.
    thin: bool,
    pub told_at_ms: i64,
}

/// The rows that fit; what follows the object's name in the query is made for its shape. Where the shape that
/// is remembered is not right any more, it is asked for again, once.
pub fn select(
    api: &Api,
    object: &str,
    among: Among,
    tail: &dyn Fn(&Shape) -> Result<String, Fault>,
) -> Result<Rows, Fault> {
    match attempt(api, object, among, tail) {
        Err(fault) if is_stale(api, object, &fault) => {
            forget(api, object);
            attempt(api, object, among, tail)
        }
        other => other,
    }
}

fn attempt(
    api: &Api,
    object: &str,
    among: Among,
    tail: &dyn Fn(&Shape) -> Result<String, Fault>,
) -> Result<Rows, Fault> {
    let shape = shape(api, object)?;
    let tail = tail(&shape)?;
    let all: Vec<&str> = shape.columns.iter().map(|column| column.name()).collect();
    let whole = question(&all, object, &tail);
    if encode(&whole).len() <= QUERY_BYTES_MAX {
        return ask(api, &shape, among, &whole);
    }
    let few = [ID, STAMP, IS_DELETED];
    let few = few.into_iter().filter(|name| shape.has(name));
    let few: Vec<&str> = few.chain(shape.names_over_a_dot()).collect();
    let thin = ask(api, &shape, among, &question(&few, object, &tail))?;
    let mut whole = fill(api, thin)?;
    whole.thin = true;
    Ok(whole)
}

fn question(columns: &[&str], object: &str, tail: &str) -> String {
    format!("SELECT {} FROM {object} {tail}", columns.join(","))
        .trim_end()
        .to_owned()
}

fn ask(api: &Api, shape: &Rc<Shape>, among: Among, question: &str) -> Result<Rows, Fault> {
    let resource = match among {
        Among::Living | Among::Few => "query",
        Among::All => "queryAll",
    };
    let path = format!("{resource}?q={}", encode(question));
    page(api, shape, among, &path)
}

fn page(api: &Api, shape: &Rc<Shape>, among: Among, path: &str) -> Result<Rows, Fault> {
    let about = About::new(&shape.object, Asked::Read);
    let size = format!("batchSize={ROWS_A_PAGE}");
    let answer = api.send(&Request {
        headers: match among {
            Among::Few => vec![("Sforce-Query-Options", size)],
            Among::Living | Among::All => Vec::new(),
        },
        ..Request::get(path)
    })?;
    if !answer.is_success() {
        return Err(refusal::of_read(&answer, &about));
    }
    let mut told = answer.json_or_unavailable()?;
    let Value::Array(rows) = told["records"].take() else {
        return Err(answer.rubbish());
    };
    Ok(Rows {
        shape: Rc::clone(shape),
        count: rows.len(),
        last: rows.last().cloned(),
        rows,
        done: told["done"].as_bool().unwrap_or(true),
        next: told["nextRecordsUrl"].as_str().map(str::to_owned),
        thin: false,
        told_at_ms: answer.answered_at_ms().unwrap_or_else(|| api.now_ms()),
    })
}

/// All rows that fit what is looked for: a look-up that finds very many is none.
pub fn select_all(
    api: &Api,
    object: &str,
    tail: &dyn Fn(&Shape) -> Result<String, Fault>,
) -> Result<Rows, Fault> {
    let most = |shape: &Shape| shape.rows_max().saturating_mul(2);
    let all = select_at_most(api, object, &most, tail)?;
    all.ok_or_else(|| too_many(object))
}

/// The fault for what finds more than can be shown.
pub fn too_many(object: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-too-many-found",
        "Too many records of {object} fit what is looked for; look for something that fewer have",
        object = object
    ))
}

/// All rows that fit, page after page; none where after so many there are still more.
pub fn select_at_most(
    api: &Api,
    object: &str,
    most: &dyn Fn(&Shape) -> usize,
    tail: &dyn Fn(&Shape) -> Result<String, Fault>,
) -> Result<Option<Rows>, Fault> {
    let mut all = select(api, object, Among::Few, tail)?;
    let most = most(&all.shape);
    let mut next = all.next.take().filter(|_| !all.done);
    while let Some(path) = next {
        // A page elsewhere than in the API is none.
        if !path.starts_with("/services/data/") || all.rows.len() > most {
            return Ok(None);
        }
        let told = page(api, &all.shape, Among::Few, &path)?;
        next = told.next.clone().filter(|_| !told.done);
        let more = match all.thin {
            true => fill(api, told)?,
            false => told,
        };
        all.rows.extend(more.rows);
    }
    all.done = true;
    Ok(Some(all))
}

/// Rows with little more than their ids, made whole. What was deleted stays as it is.
fn fill(api: &Api, mut thin: Rows) -> Result<Rows, Fault> {
    let living = thin
        .rows
        .iter()
        .filter(|row| row[IS_DELETED] != json!(true));
    let ids: Vec<String> = living
        .filter_map(|row| row[ID].as_str().map(str::to_owned))
        .collect();
    let mut whole = BTreeMap::new();
    let most = thin.shape.rows_max().min(VALUES_A_QUERY);
    for ids in cursor::chunks(&ids, most) {
        for row in retrieve(api, &thin.shape, ids)? {
            if let Some(id) = row[ID].as_str() {
                whole.insert(id.to_owned(), row);
            }
        }
    }
    let shape = Rc::clone(&thin.shape);
    let filled = thin.rows.into_iter().filter_map(|mut row| {
        let id = row[ID].as_str()?;
        match (row[IS_DELETED] == json!(true), whole.remove(id)) {
            (true, _) => Some(row),
            (false, Some(mut whole)) => {
                for parent in shape.parents() {
                    whole[parent] = row[parent].take();
                }
                Some(whole)
            }
            // What went away in between is told by the next run.
            (false, None) => None,
        }
    });
    thin.rows = filled.collect();
    Ok(thin)
}

/// Records by their ids, in a body.
fn retrieve(api: &Api, shape: &Shape, ids: &[String]) -> Result<Vec<Value>, Fault> {
    let fields: Vec<&str> = shape.own_names().collect();
    let body = json!({"ids": ids, "fields": fields});
    let answer = api.send(&Request {
        call: Call::Read,
        method: Method::Post,
        body: Some(&body),
        ..Request::get(&format!("composite/sobjects/{}", shape.object))
    })?;
    if !answer.is_success() {
        return Err(refusal::of_read(&answer, &shape.about(Asked::Read)));
    }
    match answer.json_or_unavailable()? {
        Value::Array(rows) => Ok(rows),
        _ => Err(answer.rubbish()),
    }
}
