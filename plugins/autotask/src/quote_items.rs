//! The lines of a quote: what a body says of them, and what is added, changed and removed.
//!
//! A line is known by its key ([`crate::quote_line`]). Lines without one are a person's and stay, unless one is just
//! what is to be added: then somebody only took its key away. A line that sells something else than before is another
//! line: Autotask does not say that a line may change what it sells.

use crate::api::{row_id, Api};
use crate::quote_line::{split, type_of, with_key, KEY_MAX};
use crate::quote_write::Clock;
use crate::table::{differs, kept, plain_text, Column};
use crate::tables::QUOTE_ITEM;
use liaison_sdk::prelude::*;
use liaison_sdk::Decimal;
use std::collections::BTreeSet;

/// Fields of a line that are no column's, or come from Autotask.
const ASIDE: [&str; 5] = ["id", "key", "kind", "description", "sort_order"];
/// The columns of what is sold.
const TARGETS: [&str; 7] = [
    "product_id",
    "service_id",
    "service_bundle_id",
    "labor_id",
    "charge_id",
    "expense_id",
    "shipping_id",
];
/// What Autotask demands and a line mostly does not say.
const DEFAULTS: [(&str, i64); 3] = [
    ("unitDiscount", 0),
    ("percentageDiscount", 0),
    ("lineDiscount", 0),
];

/// A line that is to be there.
#[derive(Debug)]
pub struct Line {
    /// Where it stands in the body.
    place: String,
    key: String,
    kind: i64,
    /// The column of what is sold, and its id.
    target: Option<(&'static str, Value)>,
    fields: Vec<(&'static Column, Value)>,
    description: String,
}

/// The lines of a body; none where it does not speak of them.
///
/// # Errors
/// `rejected` for the first line that cannot be one.
pub fn of_body(api: &Api, quote: &Map<String, Value>) -> Result<Option<Vec<Line>>, Fault> {
    let given = match quote.get("lines") {
        None => return Ok(None),
        Some(Value::Null) => return Ok(Some(Vec::new())),
        Some(Value::Array(lines)) => lines,
        Some(_) => return Err(unusable("lines")),
    };
    let mut keys = BTreeSet::new();
    let mut lines = Vec::new();
    for (at, given) in given.iter().enumerate() {
        let place = format!("lines[{at}]");
        let line = match given {
            Value::Object(given) => of_one(api, &place, given)?,
            _ => return Err(unusable(&place)),
        };
        if !keys.insert(line.key.clone()) {
            return Err(fault::rejected(text!(
                "line-key-twice",
                "Two lines of the quote have the key {key}",
                key = line.key
            ))
            .field(&format!("{place}.key")));
        }
        lines.push(line);
    }
    Ok(Some(lines))
}

fn of_one(api: &Api, place: &str, given: &Map<String, Value>) -> Result<Line, Fault> {
    let text = |field: &str| given.get(field).map(plain_text).unwrap_or_default();
    let at = |field: &str| format!("{place}.{field}");
    let key = text("key").trim().to_owned();
    if key.is_empty() {
        return Err(missing(&at("key")));
    }
    if key.chars().count() > KEY_MAX as usize || key.contains(['[', ']', '\n']) {
        return Err(unusable(&at("key")));
    }
    let kind = text("kind");
    if kind.is_empty() {
        return Err(missing(&at("kind")));
    }
    let Some((number, wanted)) = type_of(&kind) else {
        return Err(unusable(&at("kind")));
    };
    if given.get("quantity").is_none_or(filter::is_empty) {
        return Err(missing(&at("quantity")));
    }
    let mut fields = Vec::new();
    let mut target = None;
    for (field, value) in given {
        if ASIDE.contains(&field.as_str()) {
            continue;
        }
        let Some(column) = QUOTE_ITEM.column(field) else {
            return Err(unusable(&at(field)));
        };
        if filter::is_empty(value) {
            fields.extend(emptied(column).map(|empty| (column, empty)));
            continue;
        }
        let value = QUOTE_ITEM
            .vendor_value(api, column, value)
            .map_err(|fault| {
                let named = at(field);
                fault.field(&named)
            })?;
        if !TARGETS.contains(&field.as_str()) {
            fields.push((column, value));
        } else if Some(field.as_str()) == wanted {
            target = Some((column.vendor, value));
        } else {
            return Err(fault::rejected(text!(
                "line-of-another-kind",
                "A line of the kind {kind} does not take {field}",
                kind = kind,
                field = field
            ))
            .field(&at(field)));
        }
    }
    if let (Some(wanted), None) = (wanted, &target) {
        return Err(missing(&at(wanted)));
    }
    Ok(Line {
        place: place.to_owned(),
        description: with_key(&text("description"), &key),
        key,
        kind: number,
        target,
        fields,
    })
}

/// What a field that a line leaves empty becomes; none where Autotask's own value stays.
fn emptied(column: &Column) -> Option<Value> {
    match column.field {
        "unit_discount" | "percentage_discount" | "line_discount" => Some(json!(0)),
        "period" | "tax_category_id" => Some(Value::Null),
        _ => None,
    }
}

fn missing(field: &str) -> Fault {
    fault::rejected(text!(
        "line-needs",
        "A line of a quote needs {field}",
        field = field
    ))
    .field(field)
}

fn unusable(field: &str) -> Fault {
    fault::rejected(text!(
        "value-unusable",
        "The value of {field} cannot be written to Autotask",
        field = field
    ))
    .field(field)
}

impl Line {
    /// Whether an item of Autotask sells what this line sells.
    fn sells_the_same(&self, item: &Value) -> bool {
        let target = self.target.as_ref();
        item["quoteItemType"].as_i64() == Some(self.kind)
            && target.is_none_or(|(column, id)| plain_text(&item[*column]) == plain_text(id))
    }

    /// Whether an item without a key is this line without its key.
    fn is_unmarked(&self, item: &Value) -> bool {
        let described = plain_text(&item["description"]);
        self.sells_the_same(item)
            && described.trim() == split(&self.description).0.trim()
            && self.fields.iter().all(|(c, value)| kept(c, value, item))
    }

    /// What of it an item does not show.
    fn differing(&self, item: &Value) -> Map<String, Value> {
        let mut request: Map<String, Value> = self
            .fields
            .iter()
            .filter(|(column, value)| differs(column, value, item))
            .map(|(column, value)| (column.vendor.to_owned(), value.clone()))
            .collect();
        if plain_text(&item["description"]).trim() != self.description {
            request.insert("description".to_owned(), json!(self.description));
        }
        request
    }

    fn whole(&self, quote_id: i64) -> Value {
        let mut request: Map<String, Value> = self
            .fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(column, value)| (column.vendor.to_owned(), value.clone()))
            .collect();
        if let Some((column, id)) = &self.target {
            request.insert((*column).to_owned(), id.clone());
        }
        for (column, value) in [
            ("quoteID", json!(quote_id)),
            ("quoteItemType", json!(self.kind)),
            ("description", json!(self.description)),
        ] {
            request.insert(column.to_owned(), value);
        }
        for (column, value) in DEFAULTS {
            request.entry(column).or_insert(json!(value));
        }
        request.entry("isOptional").or_insert(json!(false));
        Value::Object(request)
    }

    /// A refusal of this line, in its own place and words.
    fn refused(&self, fault: Fault) -> Fault {
        let fault = QUOTE_ITEM.own_words(fault);
        match (fault.kind, fault.field.clone()) {
            (FaultKind::Rejected | FaultKind::MissingReference, Some(field)) => {
                let named = format!("{}.{field}", self.place);
                fault.field(&named)
            }
            (FaultKind::Rejected | FaultKind::MissingReference, None) => fault.field(&self.place),
            _ => fault,
        }
    }
}

/// The lines that a quote has.
///
/// # Errors
/// Those of the query.
pub fn there(api: &Api, quote_id: i64) -> Result<Vec<Value>, Fault> {
    api.all_in(QUOTE_ITEM.path, "quoteID", &[json!(quote_id)])
}

/// Makes the lines of a quote, which has those that are `there`, what they are to be.
///
/// # Errors
/// Those of the requests, with the line they are about; the clock's when the call has gone on for long.
pub fn settle(
    api: &Api,
    quote_id: i64,
    lines: &[Line],
    mut there: Vec<Value>,
    clock: Clock,
) -> Result<(), Fault> {
    let base = QUOTE_ITEM.address(&json!({"quoteID": quote_id}));
    for line in lines {
        let item = take(&mut there, line);
        clock.check()?;
        let sent = match item {
            Some(item) => {
                let mut request = line.differing(&item);
                if request.is_empty() {
                    continue;
                }
                request.insert("id".to_owned(), item["id"].clone());
                api.write(Method::Patch, &base, &Value::Object(request))
            }
            None => api.write(Method::Post, &base, &line.whole(quote_id)),
        };
        sent.map_err(|fault| line.refused(fault))?;
    }
    // What is left and carries a key is of lines that are no more, or that sell something else now.
    for item in there {
        let described = plain_text(&item["description"]);
        if let (Some(_), Some(id)) = (split(&described).1, row_id(&item)) {
            clock.check()?;
            api.delete(&format!("{base}/{id}"))?;
        }
    }
    Ok(())
}

/// Takes the item of a line out of those that are there.
fn take(there: &mut Vec<Value>, line: &Line) -> Option<Value> {
    let own = |item: &Value| {
        let described = plain_text(&item["description"]);
        split(&described).1 == Some(line.key.as_str()) && line.sells_the_same(item)
    };
    let unmarked = |item: &Value| {
        let described = plain_text(&item["description"]);
        split(&described).1.is_none() && line.is_unmarked(item)
    };
    let at = there
        .iter()
        .position(own)
        .or_else(|| there.iter().position(unmarked))?;
    Some(there.remove(at))
}

/// What was sent must show: a line's quantity and price decide what a customer pays.
///
/// # Errors
/// `rejected` for the first line that Autotask took and did not keep.
pub fn check(api: &Api, lines: &[Line], quote: &Value) -> Result<(), Fault> {
    let shown = quote["lines"].as_array().map(Vec::as_slice);
    let shown = shown.unwrap_or_default();
    for line in lines {
        let Some(own) = shown.iter().find(|shown| shown["key"] == line.key.as_str()) else {
            return Err(not_kept(&line.place));
        };
        for (column, value) in &line.fields {
            let (sent, has) = (decimal::parse(value), decimal::parse(&own[column.field]));
            let (Some(sent), Some(has)) = (sent, has) else {
                continue;
            };
            if sent == has {
                continue;
            }
            let place = format!("{}.{}", line.place, column.field);
            let counts = matches!(column.field, "quantity" | "unit_price");
            if counts && (sent - has).abs() >= Decimal::new(1, 2) {
                return Err(not_kept(&place));
            }
            api.host.warn(&format!("Autotask keeps another {place}"));
        }
    }
    Ok(())
}

fn not_kept(field: &str) -> Fault {
    fault::rejected(text!(
        "not-kept",
        "Autotask accepted the change of {field} but did not keep it",
        field = field
    ))
    .field(field)
}
