//! Queries in pages: a locator keeps what is left, for two days, a few at a time for each user.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::api::Api;
use super::call::{Call, Reply};
use super::id::{self, Id};
use super::refusal::{Fault, Refusal};
use super::soql::{self, Found, Scope};
use super::time::Stamp;

const BATCH: usize = 2_000;
const BATCH_MIN: usize = 200;

#[derive(Debug, Default)]
pub struct Locators {
    open: VecDeque<Locator>,
    count: u64,
}

#[derive(Debug)]
struct Locator {
    id: Id,
    user: Id,
    made: Stamp,
    rows: Vec<Value>,
    batch: usize,
}

impl Locators {
    fn open(&mut self, user: &str, rows: Vec<Value>, batch: usize, most: u64, now: Stamp) -> Id {
        let mine = self
            .open
            .iter()
            .filter(|locator| locator.user == user)
            .count();
        if mine as u64 >= most.max(1)
            && let Some(oldest) = self.open.iter().position(|locator| locator.user == user)
        {
            self.open.remove(oldest);
        }
        self.count += 1;
        let id = id::minted("01g", self.count);
        let user = user.to_owned();
        self.open.push_back(Locator {
            id: id.clone(),
            user,
            made: now,
            rows,
            batch,
        });
        id
    }

    /// Time, or Salesforce, closes them all.
    pub fn close(&mut self) {
        self.open.clear();
    }
}

/// `GET …/query?q=…`
pub fn first(api: &mut Api<'_>, call: &Call, way: &str, scope: Scope) -> Result<Reply, Refusal> {
    let text = call.parameter("q").filter(|text| !text.trim().is_empty());
    let Some(text) = text else {
        return Err(Fault::new(
            "MALFORMED_QUERY",
            "SOQL statements cannot be empty or null.",
        )
        .into());
    };
    let wished = call.option("sforce-query-options", "batchSize");
    let wished = wished
        .and_then(|wish| wish.parse::<usize>().ok())
        .unwrap_or(BATCH);
    let batch = wished.clamp(BATCH_MIN, BATCH);
    let version = api.who.version_text();
    match soql::run(api.org, text.trim(), scope, api.who.now, &version)? {
        Found::Count(count) => Ok(Reply::ok(
            json!({ "totalSize": count, "done": true, "records": [] }),
        )),
        Found::Rows(mut rows) => {
            rows.iter_mut().for_each(|row| cut_children(api, row, way));
            let whole = rows.len();
            let length = page_length(api, &rows, batch);
            if length == whole {
                return Ok(Reply::ok(
                    json!({ "totalSize": whole, "done": true, "records": rows }),
                ));
            }
            let page: Vec<Value> = rows[..length].to_vec();
            let locator = keep(api, rows, batch);
            let next = next_url(&version, way, &locator, length);
            Ok(Reply::ok(
                json!({ "totalSize": whole, "done": false, "nextRecordsUrl": next, "records": page }),
            ))
        }
    }
}

fn keep(api: &mut Api<'_>, rows: Vec<Value>, batch: usize) -> Id {
    let most = api.org.switches.open_locators;
    let (user, now) = (api.who.user.clone(), api.who.now);
    api.locators.open(&user, rows, batch, most, now)
}

fn next_url(version: &str, way: &str, locator: &str, at: usize) -> String {
    format!("/services/data/v{version}/{way}/{locator}-{at}")
}

/// How many rows fit in a page: rows of sub-queries count, and the server may send fewer than asked.
fn page_length(api: &Api<'_>, rows: &[Value], batch: usize) -> usize {
    let most = match api.org.switches.page_rows {
        0 => usize::MAX,
        most => usize::try_from(most).unwrap_or(usize::MAX),
    };
    let mut weight = 0;
    for (at, row) in rows.iter().enumerate() {
        weight += 1 + children(row);
        if at > 0 && (weight > batch || at >= most) {
            return at;
        }
    }
    rows.len()
}

fn children(row: &Value) -> usize {
    let columns = row.as_object().into_iter().flatten();
    let lists = columns.filter_map(|(_, value)| value["records"].as_array());
    lists.map(Vec::len).sum()
}

/// Sub-query rows beyond the limit go behind a locator of their own.
fn cut_children(api: &mut Api<'_>, row: &mut Value, way: &str) {
    let most = usize::try_from(api.org.switches.child_rows)
        .unwrap_or(usize::MAX)
        .max(1);
    let version = api.who.version_text();
    for (_, value) in row.as_object_mut().into_iter().flatten() {
        let Some(rows) = value["records"].as_array().filter(|rows| rows.len() > most) else {
            continue;
        };
        let (page, all) = (rows[..most].to_vec(), rows.clone());
        let locator = keep(api, all, most);
        value["done"] = false.into();
        value["nextRecordsUrl"] = next_url(&version, way, &locator, most).into();
        value["records"] = page.into();
    }
}

/// `GET …/query/01g…-2000`; the same page again for the same locator.
pub fn next(api: &mut Api<'_>, way: &str, text: &str) -> Result<Reply, Refusal> {
    let stale = || Refusal::from(Fault::new("INVALID_QUERY_LOCATOR", "invalid query locator"));
    let (id, at) = text.split_once('-').ok_or_else(stale)?;
    let id = id::read(id).ok_or_else(stale)?;
    let at: usize = at.parse().map_err(|_| stale())?;
    let life = i64::try_from(api.org.switches.locator_life_s).unwrap_or(i64::MAX);
    let locator = api.locators.open.iter().find(|locator| {
        locator.id == id && locator.user == api.who.user && api.who.now - locator.made < life
    });
    let locator = locator.ok_or_else(stale)?;
    let rest = locator
        .rows
        .get(at..)
        .filter(|rest| !rest.is_empty())
        .ok_or_else(stale)?;
    let length = page_length(api, rest, locator.batch);
    let mut body = json!({ "totalSize": locator.rows.len(), "done": length == rest.len() });
    if length < rest.len() {
        body["nextRecordsUrl"] = next_url(&api.who.version_text(), way, &id, at + length).into();
    }
    body["records"] = rest[..length].to_vec().into();
    Ok(Reply::ok(body))
}
