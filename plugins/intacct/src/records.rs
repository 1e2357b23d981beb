//! Rows of an entity, page by page, and records with their lines.
//!
//! A page begins after the last record number of the one before, never at an offset: each offset would be a new
//! query, and rows that move meanwhile would be passed over.

use crate::api::Api;
use crate::assumed::{IN_MAX, OWNERS_MAX, ROWS_MAX, VALUES_MAX};
use crate::contract_post::{unposted_of, Unposted, UNPOSTED};
use crate::field::Field;
use crate::invoice_contracts;
use crate::question::{greater, one_of, Question, RECORD_NUMBER};
use crate::reply::{text_of, Row};
use crate::shape::{self, Shape};
use crate::table::{custom_fields, Definition, Table, CUSTOM, LINES};
use crate::tables::{CONTRACT, CONTRACT_INVOICE, CONTRACT_LINE};
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// Pages of one walk within a call; more would be a gateway that goes round.
const PAGES_MAX: usize = 200;

/// Some rows of an entity.
pub struct Rows {
    pub rows: Vec<Row>,
    /// Whether there are more after the last one.
    pub more: bool,
    pub shape: Shape,
}

impl Rows {
    /// The record number of the last row, in the gateway's order, whatever that is.
    pub fn last(&self) -> Option<&str> {
        self.number_of(self.rows.len())
    }

    /// The record number of the last of the first so many rows.
    pub fn number_of(&self, count: usize) -> Option<&str> {
        let last = self.rows.get(count.checked_sub(1)?)?;
        Some(text_of(last, RECORD_NUMBER)).filter(|text| !text.is_empty())
    }
}

/// At most `limit` rows that fit, after a record number.
pub fn some(
    api: &Api,
    table: &'static Table,
    filter: &[String],
    after: Option<&str>,
    limit: u32,
) -> Result<Rows, Fault> {
    let definition = table.definition(api);
    match once(api, table, filter, after, limit) {
        // A field was taken away since it was last looked.
        Err(fault) if fault.message.key == "intacct-no-field-there" => {
            shape::forget(api, table.object, definition.as_deref());
            once(api, table, filter, after, limit)
        }
        answered => answered,
    }
}

fn once(
    api: &Api,
    table: &'static Table,
    filter: &[String],
    after: Option<&str>,
    limit: u32,
) -> Result<Rows, Fault> {
    let shape = table.shape(api)?;
    let mut filter = filter.to_vec();
    if let (Some(definition), true) = (table.definition(api), shape.has("DOCPARID")) {
        filter.push(crate::question::equal("DOCPARID", &definition));
    }
    let question = Question {
        object: table.object,
        definition: table.definition(api),
        select: table.select(api, &shape),
        filter,
        rows: limit.clamp(1, ROWS_MAX),
        private: api.settings.private(),
        ..Question::default()
    };
    let (rows, more) = page(api, table.entity, question, after)?;
    Ok(Rows { rows, more, shape })
}

/// One page of a question.
fn page(
    api: &Api,
    entity: &str,
    mut question: Question,
    after: Option<&str>,
) -> Result<(Vec<Row>, bool), Fault> {
    if let Some(after) = after {
        question.filter.push(greater(RECORD_NUMBER, after));
    }
    let outcome = api.ask_one(entity, question.xml())?;
    let full = outcome.rows.len() >= question.rows.clamp(1, ROWS_MAX) as usize;
    let more = outcome.remaining.map_or(full, |remaining| remaining > 0);
    let last = outcome.rows.last().map(|row| text_of(row, RECORD_NUMBER));
    if more && (last.is_none() || last == after || last == Some("")) {
        return Err(goes_round(entity));
    }
    Ok((outcome.rows, more))
}

pub fn goes_round(entity: &str) -> Fault {
    fault::unavailable(text!(
        "intacct-round",
        "Sage Intacct gives the same page of {entity} again",
        entity = entity
    ))
}

/// Every row of a question.
pub fn every(api: &Api, entity: &str, question: &Question) -> Result<Vec<Row>, Fault> {
    let mut rows: Vec<Row> = Vec::new();
    for _ in 0..PAGES_MAX {
        let after = rows
            .last()
            .map(|row| text_of(row, RECORD_NUMBER).to_owned());
        let (found, more) = page(api, entity, question.clone(), after.as_deref())?;
        rows.extend(found);
        if !more {
            return Ok(rows);
        }
    }
    Err(too_many(entity))
}

fn too_many(entity: &str) -> Fault {
    fault::unavailable(text!(
        "intacct-too-many",
        "Sage Intacct gives more {entity} than can be read in one call",
        entity = entity
    ))
}

/// Every row that has one of these values in a field.
pub fn all_with(
    api: &Api,
    table: &'static Table,
    wire: &str,
    values: &[&str],
) -> Result<(Vec<Row>, Shape), Fault> {
    let mut rows = Vec::new();
    for values in cursor::chunks(values, IN_MAX).filter(|values| !values.is_empty()) {
        let filter = [one_of(wire, values)];
        let mut after: Option<String> = None;
        let mut pages = 0;
        loop {
            let found = some(api, table, &filter, after.as_deref(), ROWS_MAX)?;
            after = found.last().map(str::to_owned);
            let more = found.more;
            rows.extend(found.rows);
            if !more {
                break;
            }
            pages += 1;
            if pages == PAGES_MAX {
                return Err(too_many(table.entity));
            }
        }
    }
    Ok((rows, table.shape(api)?))
}

/// The records of rows, with their lines.
pub fn entries(
    api: &Api,
    table: &'static Table,
    shape: &Shape,
    rows: &[Row],
) -> Result<Vec<Entry>, Fault> {
    let mut lines = match table.lines.is_empty() || rows.is_empty() {
        true => BTreeMap::new(),
        false => lines_of(api, table, rows)?,
    };
    let mut entries = Vec::new();
    for row in rows {
        let Some(mut entry) = table.entry(api, shape, row) else {
            continue;
        };
        if !table.lines.is_empty() {
            let own = lines.remove(owner_in(table, row)).unwrap_or_default();
            let mut body = filter::value(&entry.body);
            body[LINES] = Value::Array(own);
            if table.entity == CONTRACT.entity {
                body[UNPOSTED] = unposted_of(&body, &Unposted::new());
            }
            entry.body = body.to_string();
        }
        entries.push(entry);
    }
    if table.entity == CONTRACT_INVOICE.entity {
        invoice_contracts::give(api, &mut entries)?;
    }
    Ok(entries)
}

/// As many of these rows as fit into one answer with their lines, at least the first, and how many these are.
pub fn fitting(
    api: &Api,
    table: &'static Table,
    shape: &Shape,
    rows: &[Row],
) -> Result<(Vec<Entry>, usize), Fault> {
    if table.lines.is_empty() {
        return Ok((entries(api, table, shape, rows)?, rows.len()));
    }
    let mut shown = Vec::new();
    let (mut used, mut values, mut step) = (0, 0, OWNERS_MAX);
    while used < rows.len() {
        let end = rows.len().min(used + step);
        let expected = values / used.max(1) * (end - used);
        if values + expected > VALUES_MAX {
            break;
        }
        let part = entries(api, table, shape, &rows[used..end])?;
        let more: usize = part
            .iter()
            .map(|entry| cursor::json_values(&entry.body))
            .sum();
        if values + more > VALUES_MAX {
            if used > 0 {
                break;
            }
            if end > 1 {
                step = end / 2;
                continue;
            }
        }
        shown.extend(part);
        values += more;
        used = end;
    }
    Ok((shown, used))
}

/// By what lines know their record.
fn owner_in<'a>(table: &Table, row: &'a Row) -> &'a str {
    match table.definition {
        Definition::None => text_of(row, table.id),
        _ => text_of(row, RECORD_NUMBER),
    }
}

/// The lines of records, by what they know their record by.
fn lines_of(
    api: &Api,
    table: &'static Table,
    rows: &[Row],
) -> Result<BTreeMap<String, Vec<Value>>, Fault> {
    let owners: Vec<&str> = rows.iter().map(|row| owner_in(table, row)).collect();
    let (found, shape, owner) = match table.definition {
        Definition::None => {
            let (rows, shape) = all_with(api, &CONTRACT_LINE, "CONTRACTID", &owners)?;
            (rows, shape, "CONTRACTID")
        }
        _ => {
            let (rows, shape) = document_lines(api, table, &owners)?;
            (rows, shape, "DOCHDRNO")
        }
    };
    let marker = CONTRACT_LINE.marker(api);
    let mut lines: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in &found {
        let mut line = line(table.lines, row, api.offset);
        if let Some(marker) = row.get(&marker).filter(|text| !text.is_empty()) {
            line[crate::table::EXTERNAL_ID] = json!(marker);
        }
        let custom = custom_fields(&shape, &marker, row);
        if !custom.is_empty() {
            line[CUSTOM] = Value::Object(custom);
        }
        let owner = text_of(row, owner).to_owned();
        lines.entry(owner).or_default().push(line);
    }
    Ok(lines)
}

fn line(fields: &[Field], row: &Row, offset: i64) -> Value {
    let values = fields
        .iter()
        .filter_map(|field| Some((field.name.to_owned(), field.value_in(row, offset)?)));
    Value::Object(values.collect())
}

fn document_lines(
    api: &Api,
    table: &'static Table,
    owners: &[&str],
) -> Result<(Vec<Row>, Shape), Fault> {
    const OBJECT: &str = "SODOCUMENTENTRY";
    let definition = table.definition(api);
    let shape = shape::of(api, OBJECT, definition.as_deref())?;
    let mut select = vec![RECORD_NUMBER.to_owned(), "DOCHDRNO".to_owned()];
    let wires = table.lines.iter().map(|field| field.wire);
    let more = wires.filter(|wire| *wire != RECORD_NUMBER && shape.has(wire));
    select.extend(more.map(str::to_owned));
    select.extend(shape.custom().map(str::to_owned));
    let mut rows = Vec::new();
    for owners in cursor::chunks(owners, IN_MAX) {
        let question = Question {
            object: OBJECT,
            definition: definition.clone(),
            select: select.clone(),
            filter: vec![one_of("DOCHDRNO", owners)],
            rows: ROWS_MAX,
            private: api.settings.private(),
            ..Question::default()
        };
        rows.extend(every(api, table.entity, &question)?);
    }
    Ok((rows, shape))
}
