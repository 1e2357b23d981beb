//! Reading: the records a filter selects, or 304 when nothing in that set changed.
//!
//! Time is known to the second, so a change in the same second as the last read is not seen by
//! `If-Modified-Since`; the vendor is like that, and a client has to live with it.

use serde_json::{Value, json};

use super::address;
use super::crm::Crm;
use super::filter::{self, Filter};
use super::object::Object;
use super::refusal::Refusal;
use super::table::Row;
use super::{time, wire};
use crate::simulator::{Request, Response};

pub fn get(
    crm: &Crm,
    object: Object,
    basic_filter: &str,
    request: &Request,
) -> Result<Response, Refusal> {
    let mut filter = Filter::parse(object, basic_filter)?;
    let mut wanted = None;
    for (name, value) in address::query(request)? {
        match name.as_str() {
            "fields" => wanted = filter::fields(object, &value)?,
            "filters" => filter.narrow(object, &value)?,
            _ => return Err(Refusal::bad(format!("unknown parameter {name}"))),
        }
    }
    let table = crm.table(object);
    let matches = |row: &Row| filter.matches(object, row);
    let rows: Vec<&Row> = match filter.ids(object) {
        Some(ids) => ids
            .into_iter()
            .filter_map(|id| table.get(id))
            .filter(|row| matches(row))
            .collect(),
        None => table.rows().filter(|row| matches(row)).collect(),
    };
    let last_change = rows
        .iter()
        .map(|row| row.modified)
        .chain(table.last_departure(matches))
        .max()
        .unwrap_or(crm.opened);
    let seen = wire::header(request, "if-modified-since").and_then(time::parse_http_date);
    if seen.is_some_and(|seen| seen >= last_change) {
        return Ok(wire::not_modified(last_change));
    }
    let lists = filter.lists(object);
    let records = rows.into_iter().map(|row| {
        let named = |name: &str| wanted.as_ref().is_none_or(|wanted| wanted.contains(name));
        let mut record = wire::record(object, row, named);
        // Asked for by list, a contact shows the data of those lists only.
        if !lists.is_empty() && record.contains_key("lists") {
            let shown: Vec<i64> = row.lists().intersection(&lists).copied().collect();
            record.insert("lists".to_owned(), json!(shown));
        }
        Value::Object(record)
    });
    Ok(wire::success(object, records.collect(), Some(last_change)))
}
