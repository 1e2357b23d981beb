//! A new document of Order Entry. It has no generic form, so it goes by the function of the old kind: small letters, a
//! strict order of elements, days in three parts, custom fields in a list.

use crate::api::Api;
use crate::field::{unfit, Part};
use crate::table::{custom_parts, needed, no_field, CUSTOM, EXTERNAL_ID, LINES};
use crate::tables::ORDER_TRANSACTION;
use crate::xml::{escape, leaf};
use liaison_sdk::prelude::*;

/// How a value stands in a function of the old kind.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Text,
    Amount,
    /// Year, month and day.
    Day,
    /// The name of a contact, within an element.
    Contact,
}

type Place = (&'static str, &'static str, Form);

/// What stands before the currency, in the order of the schema.
const BEFORE: &[Place] = &[
    ("document_date", "datecreated", Form::Day),
    ("posting_date", "dateposted", Form::Day),
    ("customer_id", "customerid", Form::Text),
    ("document_no", "documentno", Form::Text),
    ("reference", "referenceno", Form::Text),
    ("term", "termname", Form::Text),
    ("due_date", "datedue", Form::Day),
    ("message", "message", Form::Text),
    ("ship_to_contact", "shipto", Form::Contact),
    ("bill_to_contact", "billto", Form::Contact),
];

/// A line, in the order of the schema.
const LINE: &[Place] = &[
    ("item_id", "itemid", Form::Text),
    ("description", "itemdesc", Form::Text),
    ("warehouse_id", "warehouseid", Form::Text),
    ("quantity", "quantity", Form::Amount),
    ("unit", "unit", Form::Text),
    ("price", "price", Form::Amount),
    ("location_id", "locationid", Form::Text),
    ("department_id", "departmentid", Form::Text),
];

/// Fields that only a new document takes and nothing tells, of its header and of its lines.
pub const ONLY_NEW: [&str; 4] = [
    "reference",
    "ship_to_contact",
    "bill_to_contact",
    "exchange_rate_type",
];
pub const ONLY_NEW_OF_LINES: [&str; 1] = ["warehouse_id"];

/// Whether a new document takes a field.
pub fn takes(name: &str) -> bool {
    let more = ["currency", "state", "exchange_rate_type"];
    more.contains(&name) || BEFORE.iter().any(|(own, ..)| *own == name)
}

/// Whether a line of a new document takes a field.
pub fn line_takes(name: &str) -> bool {
    LINE.iter().any(|(own, ..)| *own == name)
}

/// Intacct's own rates.
const RATE_TYPE: &str = "Intacct Daily Rate";

/// The function that makes the document.
pub fn xml(api: &Api, body: &Map<String, Value>, marker: &str) -> Result<String, Fault> {
    let definition = api.settings.order_definition().ok_or_else(|| {
        fault::misconfigured(text!(
            "intacct-no-definition",
            "Which transaction definition new documents have is not set: name it in the setting `order_definition`, like Sales Order"
        ))
        .scope(FaultScope::WholeEntity)
    })?;
    known(body, "")?;
    for field in ["customer_id", "document_date"] {
        require(body, field, field)?;
    }
    let mut out = String::from("<create_sotransaction>");
    leaf(&mut out, "transactiontype", definition);
    places(&mut out, BEFORE, body, "")?;
    if let Some(currency) = text(body, "currency", "")? {
        leaf(&mut out, "currency", &currency);
        let rates = text(body, "exchange_rate_type", "")?;
        leaf(
            &mut out,
            "exchratetype",
            rates.as_deref().unwrap_or(RATE_TYPE),
        );
    }
    let mark = [(ORDER_TRANSACTION.marker(api), marker.to_owned())];
    custom(&mut out, mark.into_iter().chain(custom_of(body)?));
    if let Some(state) = text(body, "state", "")? {
        leaf(&mut out, "state", &state);
    }
    lines(&mut out, body)?;
    out.push_str("</create_sotransaction>");
    Ok(out)
}

fn lines(out: &mut String, body: &Map<String, Value>) -> Result<(), Fault> {
    let given = body.get(LINES).and_then(Value::as_array);
    let given = given.filter(|lines| !lines.is_empty());
    let given = given.ok_or_else(|| needed(ORDER_TRANSACTION.entity, LINES))?;
    out.push_str("<sotransitems>");
    for (at, line) in given.iter().enumerate() {
        let place = format!("lines[{at}].");
        let line = line.as_object().ok_or_else(|| unfit(LINES, line))?;
        known(line, &place)?;
        for field in ["item_id", "quantity"] {
            require(line, field, &format!("{place}{field}"))?;
        }
        out.push_str("<sotransitem>");
        places(out, LINE, line, &place)?;
        custom(out, custom_of(line)?);
        out.push_str("</sotransitem>");
    }
    out.push_str("</sotransitems>");
    Ok(())
}

fn require(body: &Map<String, Value>, field: &str, place: &str) -> Result<(), Fault> {
    match body.get(field).is_none_or(filter::is_empty) {
        true => Err(needed(ORDER_TRANSACTION.entity, place)),
        false => Ok(()),
    }
}

/// Whether every field is one of a document's. What is set by Intacct may stand in a body that was read.
fn known(body: &Map<String, Value>, place: &str) -> Result<(), Fault> {
    let (fields, written) = match place {
        "" => (ORDER_TRANSACTION.fields, BEFORE),
        _ => (ORDER_TRANSACTION.lines, LINE),
    };
    for name in body.keys() {
        let of_header = ["id", EXTERNAL_ID, CUSTOM, LINES, "exchange_rate_type"];
        let known = fields.iter().any(|field| field.name == name)
            || written.iter().any(|(own, ..)| own == name)
            || of_header.contains(&name.as_str());
        if !known {
            return Err(no_field(
                ORDER_TRANSACTION.entity,
                &format!("{place}{name}"),
            ));
        }
    }
    Ok(())
}

fn places(
    out: &mut String,
    places: &[Place],
    body: &Map<String, Value>,
    at: &str,
) -> Result<(), Fault> {
    for (name, element, form) in places {
        let Some(text) = text(body, name, at)? else {
            continue;
        };
        let misfit = || unfit(&format!("{at}{name}"), &json!(text));
        match form {
            Form::Text => leaf(out, element, &text),
            Form::Amount => {
                let number = decimal::from_text(&text).ok_or_else(misfit)?;
                leaf(out, element, &number.to_string());
            }
            Form::Day => {
                date::day_number(&text).ok_or_else(misfit)?;
                let parts: Vec<&str> = text.splitn(3, '-').collect();
                out.push_str(&format!("<{element}>"));
                for (name, part) in ["year", "month", "day"].into_iter().zip(parts) {
                    leaf(out, name, part);
                }
                out.push_str(&format!("</{element}>"));
            }
            Form::Contact => {
                out.push_str(&format!(
                    "<{element}><contactname>{}</contactname></{element}>",
                    escape(&text)
                ));
            }
        }
    }
    Ok(())
}

/// A value as text; none where it is empty.
fn text(body: &Map<String, Value>, name: &str, at: &str) -> Result<Option<String>, Fault> {
    match body.get(name) {
        None => Ok(None),
        Some(value) if filter::is_empty(value) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(other) => Err(unfit(&format!("{at}{name}"), other)),
    }
}

/// The custom fields that a body gives.
fn custom_of(body: &Map<String, Value>) -> Result<Vec<Part>, Fault> {
    let given = body.get(CUSTOM).map(custom_parts).transpose()?;
    let given = given.unwrap_or_default().into_iter();
    Ok(given.filter(|(_, text)| !text.is_empty()).collect())
}

fn custom(out: &mut String, fields: impl IntoIterator<Item = Part>) {
    let mut fields = fields.into_iter().peekable();
    if fields.peek().is_none() {
        return;
    }
    out.push_str("<customfields>");
    for (name, value) in fields {
        out.push_str("<customfield>");
        leaf(out, "customfieldname", &name);
        leaf(out, "customfieldvalue", &value);
        out.push_str("</customfield>");
    }
    out.push_str("</customfields>");
}
