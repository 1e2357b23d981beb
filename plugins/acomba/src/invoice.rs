//! An invoice as Acomba's `Transaction`, on the way out.
//!
//! Acomba computes neither taxes nor totals: every line is given, and refused when the sum is wrong.
//! An invoice is never edited afterwards, so whatever is doubtful is refused before it is sent.

use crate::assumed::{FREIGHT_LINE, INVOICE_DATE};
use crate::description::pieces;
use crate::document::{FIELDS, INVOICE};
use crate::field::{one_line, storable, whole_number};
use crate::{amount, card};
use liaison_sdk::prelude::*;
use liaison_sdk::{text, Decimal};

/// The type of a line with a product, a group or a comment.
pub const GOODS_LINE: &str = "IL_Invoice";
/// The type of a line with a tax.
pub const TAX_LINE: &str = "IL_Tax";
/// Freight and taxes are numbered from here up; goods stay below.
const FIRST_CHARGE_LINE: usize = 991;

/// A document as it goes out.
#[derive(Debug)]
pub struct Document {
    /// The `Transaction`.
    pub card: Value,
    /// For each of its lines, the part of the body it comes from, e.g. `lines[2]` or `freight`.
    pub origins: Vec<String>,
}

/// The document for a body.
pub fn document(body: &Map<String, Value>) -> Result<Document, Fault> {
    let mut document = Map::new();
    let (mut lines, mut origins) = (Vec::new(), Vec::new());
    let (mut subtotal, mut taxed) = (Decimal::ZERO, Decimal::ZERO);
    document.insert("InInvoiceType".to_owned(), json!(INVOICE.of_type));
    document.insert(
        "InCustomerSupplierCP".to_owned(),
        customer(body.get("customer_id"))?,
    );
    document.insert("InReference".to_owned(), reference(body.get("reference"))?);
    if let Some(words) = text_of(body.get("description"), "description")? {
        document.insert(
            "InDescription".to_owned(),
            json!(one_line(words, "description")?),
        );
    }
    if let Some(day) = text_of(body.get("date"), "date")? {
        document.insert(INVOICE_DATE.to_owned(), json!(checked_day(day)?));
    }
    for (at, line) in parts(body.get("lines"), "lines")?.iter().enumerate() {
        let origin = format!("lines[{at}]");
        subtotal += goods(&mut lines, line, &origin)?;
        origins.resize(lines.len(), origin);
    }
    if lines.len() >= FIRST_CHARGE_LINE {
        return Err(refuse(
            text!(
                "acomba-too-many-lines",
                "The invoice has {count} lines with its long descriptions cut; Acomba takes {max}",
                count = lines.len(),
                max = FIRST_CHARGE_LINE - 1
            ),
            "lines",
        ));
    }
    let mut charge_number = FIRST_CHARGE_LINE..;
    let mut charge = |kind: &str, amount: Decimal| json!({"ILType": kind, "ILLineNumber": charge_number.next(), "ILTotalAmount": amount::to_wire(amount)});
    if let Some(freight) =
        amount::read(body.get("freight"), "freight")?.filter(|freight| !freight.is_zero())
    {
        subtotal += freight;
        lines.push(charge(FREIGHT_LINE, freight));
        origins.push("freight".to_owned());
    }
    for (at, tax) in parts(body.get("taxes"), "taxes")?.iter().enumerate() {
        let (code, sum) = (format!("taxes[{at}].code"), format!("taxes[{at}].amount"));
        let number = text_of(tax.get("code"), &code)?.ok_or_else(|| missing(&code))?;
        let tax = amount::read(tax.get("amount"), &sum)?.ok_or_else(|| missing(&sum))?;
        taxed += tax;
        let mut line = charge(TAX_LINE, tax);
        line["ILProductNumber"] = json!(one_line(number, &code)?);
        lines.push(line);
        origins.push(format!("taxes[{at}]"));
    }
    let subtotal = amount::read(body.get("subtotal"), "subtotal")?.unwrap_or(subtotal);
    let total = amount::read(body.get("total"), "total")?.unwrap_or(subtotal + taxed);
    document.insert("Lines".to_owned(), Value::Array(lines));
    document.insert("InInvoiceSubTotal".to_owned(), amount::to_wire(subtotal));
    document.insert("InInvoiceTotal".to_owned(), amount::to_wire(total));
    unknown_field(body)?;
    Ok(Document {
        card: Value::Object(document),
        origins,
    })
}

/// Adds the lines of one line of a body, and gives its amount.
fn goods(lines: &mut Vec<Value>, line: &Value, at: &str) -> Result<Decimal, Fault> {
    let name = |field: &str| format!("{at}.{field}");
    let words = text_of(line.get("description"), &name("description"))?.unwrap_or_default();
    let mut pieces = pieces(&storable(words, &name("description"))?).into_iter();
    let mut amount = Decimal::ZERO;
    match line.get("kind").and_then(Value::as_str) {
        Some("comment") => {}
        Some("product") => {
            let mut product = json!({"ILType": GOODS_LINE, "ILLineNumber": lines.len() + 1});
            what(&mut product, line, at)?;
            if let Some(piece) = pieces.next() {
                product["ILDescription"] = json!(piece);
            }
            for (field, properties) in [
                ("quantity", &["ILInvoicedQty", "ILOrderedQty"][..]),
                ("price", &["ILSellingPrice"]),
                ("amount", &["ILTotalAmount"]),
            ] {
                let value = amount::read(line.get(field), &name(field))?
                    .ok_or_else(|| missing(&name(field)))?;
                properties
                    .iter()
                    .for_each(|property| product[*property] = amount::to_wire(value));
                amount = value;
            }
            lines.push(product);
        }
        _ => {
            return Err(refuse(
                text!(
                    "acomba-line-kind",
                    "{field} must be product or comment",
                    field = name("kind")
                ),
                &name("kind"),
            ))
        }
    }
    for piece in pieces {
        lines.push(json!({"ILType": GOODS_LINE, "ILLineNumber": lines.len() + 1, "ILProductNumber": "",
            "ILDescription": piece, "ILInvoicedQty": 0, "ILOrderedQty": 0, "ILSellingPrice": 0, "ILTotalAmount": 0}));
    }
    Ok(amount)
}

/// Which product, or else which group, a line sells. With neither, Acomba would take it for a comment.
fn what(product: &mut Value, line: &Value, at: &str) -> Result<(), Fault> {
    let (number, group) = (format!("{at}.product_number"), format!("{at}.group_number"));
    let product_number = text_of(line.get("product_number"), &number)?.unwrap_or_default();
    let group_number = line
        .get("group_number")
        .filter(|value| !filter::is_empty(value));
    if product_number.is_empty() && group_number.is_none() {
        return Err(refuse(
            text!(
                "acomba-neither-product-nor-group",
                "{line} has neither a product nor a product group, so Acomba would take it for a comment",
                line = at
            ),
            &group,
        ));
    }
    product["ILProductNumber"] = json!(one_line(product_number, &number)?);
    if let Some(value) = group_number {
        product["ILProductGroupNumber"] = whole_number(value, &group)?;
    }
    Ok(())
}

fn customer(value: Option<&Value>) -> Result<Value, Fault> {
    let value = value
        .filter(|value| !filter::is_empty(value))
        .ok_or_else(|| missing("customer_id"))?;
    match whole_number(value, "customer_id")? {
        position if position == 0 => Err(missing("customer_id")),
        position => Ok(position),
    }
}

/// The reference is how a lost answer is found again, and how Acomba refuses a second one.
fn reference(value: Option<&Value>) -> Result<Value, Fault> {
    match text_of(value, "reference")?.map(str::trim).filter(|text| !text.is_empty()) {
        Some(reference) => one_line(reference, "reference").map(Value::String),
        None => Err(refuse(
            text!(
                "acomba-no-reference",
                "An invoice needs a reference, or it could be entered twice without anybody noticing"
            ),
            "reference",
        )),
    }
}

fn checked_day(day: &str) -> Result<&str, Fault> {
    match date::day_number(day) {
        Some(_) => Ok(day),
        None => Err(refuse(
            text!(
                "acomba-no-day",
                "{value} in {field} is no day",
                value = day,
                field = "date"
            ),
            "date",
        )),
    }
}

fn unknown_field(body: &Map<String, Value>) -> Result<(), Fault> {
    match body.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        Some(name) => Err(card::no_field(INVOICE.entity, name)),
        None => Ok(()),
    }
}

fn text_of<'a>(value: Option<&'a Value>, field: &str) -> Result<Option<&'a str>, Fault> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(refuse(
            text!(
                "acomba-unfit",
                "{value} does not fit {field}",
                value = other,
                field = field
            ),
            field,
        )),
    }
}

fn parts<'a>(value: Option<&'a Value>, field: &str) -> Result<&'a [Value], Fault> {
    match value {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(parts)) => Ok(parts),
        Some(_) => Err(refuse(
            text!("acomba-no-list", "{field} must be a list", field = field),
            field,
        )),
    }
}

fn missing(field: &str) -> Fault {
    refuse(
        text!("acomba-missing", "{field} is missing", field = field),
        field,
    )
}

fn refuse(message: Text, field: &str) -> Fault {
    fault::rejected(message).field(field)
}
