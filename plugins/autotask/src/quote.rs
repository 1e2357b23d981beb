//! Quotes with their addresses and lines.
//!
//! A quote row is only a header. Its addresses are `QuoteLocations`, its lines `QuoteItems`. All of it is asked for a
//! page at a time.

use crate::api::{row_id, Api};
use crate::quote_line;
use crate::search::{any_of, OR_MAX};
use crate::table::text_value;
use crate::tables::{QUOTE, QUOTE_ITEM};
use liaison_sdk::prelude::*;
use schema::Field;
use std::collections::BTreeMap;

/// The parts of an address: Autotask's name of each and what it takes.
pub const PARTS: [(&str, u32); 5] = [
    ("address1", 50),
    ("address2", 50),
    ("city", 50),
    ("state", 50),
    ("postalCode", 20),
];

/// One of a quote's addresses: the column that names its location, and the fields it is here.
#[derive(Debug)]
pub struct Address {
    pub column: &'static str,
    pub fields: [&'static str; 5],
}

pub static BILL_TO: Address = Address {
    column: "billToLocationID",
    fields: [
        "bill_to_address1",
        "bill_to_address2",
        "bill_to_city",
        "bill_to_state",
        "bill_to_postal_code",
    ],
};

pub static SHIP_TO: Address = Address {
    column: "shipToLocationID",
    fields: [
        "ship_to_address1",
        "ship_to_address2",
        "ship_to_city",
        "ship_to_state",
        "ship_to_postal_code",
    ],
};

/// The fields a quote has beside its header's.
pub fn fields() -> Vec<Field> {
    let addresses = [&BILL_TO, &SHIP_TO].into_iter().flat_map(|address| {
        let parts = address.fields.into_iter().zip(PARTS);
        parts.map(|(field, (_, max))| schema::string(field).max(max))
    });
    let mut fields: Vec<Field> = addresses.collect();
    fields.push(schema::list("lines", &quote_line::fields()));
    fields
}

/// Whole quotes from header rows.
///
/// # Errors
/// Those of the queries; without rows there are none.
pub fn entries(api: &Api, rows: &[Value]) -> Result<Vec<Entry>, Fault> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut lines = lines(api, rows)?;
    let locations = locations(api, rows)?;
    let bodies = QUOTE.bodies(api, rows)?;
    let entry = |(row, mut body): (&Value, Map<String, Value>)| {
        for address in [&BILL_TO, &SHIP_TO] {
            let location = row[address.column]
                .as_i64()
                .and_then(|id| locations.get(&id));
            for (field, (part, _)) in address.fields.into_iter().zip(PARTS) {
                let value = location.map_or(Value::Null, |location| text_value(&location[part]));
                body.insert(field.to_owned(), value);
            }
        }
        let mut own = row_id(row)
            .and_then(|id| lines.remove(&id))
            .unwrap_or_default();
        own.sort_by_key(|(place, _)| *place);
        body.insert(
            "lines".to_owned(),
            own.into_iter().map(|(_, line)| line).collect(),
        );
        crate::entry(body)
    };
    Ok(rows.iter().zip(bodies).map(entry).collect())
}

/// A line and its place: the order that a person gave it, then its id.
type Placed = ((i64, i64), Value);

fn lines(api: &Api, quotes: &[Value]) -> Result<BTreeMap<i64, Vec<Placed>>, Fault> {
    let ids: Vec<Value> = quotes
        .iter()
        .filter_map(row_id)
        .map(|id| json!(id))
        .collect();
    let mut lines: BTreeMap<i64, Vec<Placed>> = BTreeMap::new();
    for ids in cursor::chunks(&ids, OR_MAX) {
        api.each_page(QUOTE_ITEM.path, &[any_of("quoteID", ids)], |rows| {
            let bodies = QUOTE_ITEM.bodies(api, &rows)?;
            for (row, mut body) in rows.iter().zip(bodies) {
                quote_line::complete(&mut body, row);
                let place = (
                    row["sortOrderID"].as_i64().unwrap_or_default(),
                    row_id(row).unwrap_or_default(),
                );
                if let Some(quote) = row["quoteID"].as_i64() {
                    let of_quote = lines.entry(quote).or_default();
                    of_quote.push((place, Value::Object(body)));
                }
            }
            Ok(())
        })?;
    }
    Ok(lines)
}

/// The locations of these quotes, by id.
///
/// # Errors
/// Those of the query.
pub fn locations(api: &Api, quotes: &[Value]) -> Result<BTreeMap<i64, Value>, Fault> {
    let mut ids: Vec<i64> = [&BILL_TO, &SHIP_TO]
        .into_iter()
        .flat_map(|address| quotes.iter().filter_map(|row| row[address.column].as_i64()))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let ids: Vec<Value> = ids.into_iter().map(|id| json!(id)).collect();
    let rows = api.all_in("QuoteLocations", "id", &ids)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row_id(&row)?, row)))
        .collect())
}
