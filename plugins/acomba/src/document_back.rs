//! A document as Acomba has it, on the way back: what we call its properties, its lines as they are.
//!
//! A long description that went out as several lines comes back as several lines: nothing on the
//! wire says which comment belongs to which product.

use crate::assumed::{
    DOCUMENT_DISCOUNT, DOCUMENT_SALESPERSON, FREIGHT_LINE, INVOICE_DATE, INVOICE_PREFIX,
    MODIFIED_AT,
};
use crate::bridge::card_pos;
use crate::document::{DocumentKind, INVOICE};
use crate::invoice::{GOODS_LINE, TAX_LINE};
use crate::{amount, card};
use liaison_sdk::prelude::*;
use liaison_sdk::Decimal;

/// How a property becomes a field.
type Ours = fn(&Value) -> Value;

/// The properties of the header that are ours by another name, and how each is read.
const HEADER: [(&str, &str, Ours); 13] = [
    ("number", "InInvoiceNumber", text),
    ("prefix", INVOICE_PREFIX, text),
    ("customer_id", "InCustomerSupplierCP", number),
    ("invoiced_to_id", "InInvoicedToCP", number),
    ("salesperson_number", DOCUMENT_SALESPERSON, number),
    ("reference", "InReference", text),
    ("description", "InDescription", text),
    ("date", INVOICE_DATE, text),
    ("active", "InTransactionActive", flag),
    ("discount", DOCUMENT_DISCOUNT, amount::plain_from_wire),
    ("subtotal", "InInvoiceSubTotal", amount::money_from_wire),
    ("total", "InInvoiceTotal", amount::money_from_wire),
    ("modified_at", MODIFIED_AT, instant),
];

/// A document as the host gets it; none when it is of another kind.
pub fn entry(kind: &DocumentKind, document: &Value) -> Result<Option<Entry>, Fault> {
    let id = card_pos(document)?.to_string();
    let of_type = document["InInvoiceType"].as_str();
    // The answer to an addition may leave the type out, and only invoices are added.
    let is_untold_invoice = of_type.is_none() && kind.of_type == INVOICE.of_type;
    if of_type != Some(kind.of_type) && !is_untold_invoice {
        return Ok(None);
    }
    let version = card::hash(document);
    let deleted = card::is_dead(document, "InStatus");
    Ok(Some(Entry {
        version,
        deleted,
        body: body(kind, document, &id).to_string(),
        id,
        ext: Vec::new(),
    }))
}

/// A body holds what the document tells; the answer to an addition tells little.
fn body(kind: &DocumentKind, document: &Value, id: &str) -> Value {
    let mut body = Map::from_iter([("id".to_owned(), json!(id))]);
    if document.get("InInvoiceType").is_some() {
        body.insert("type".to_owned(), json!(kind.entity));
    }
    for (name, property, ours) in HEADER {
        if let Some(value) = document.get(property) {
            body.insert(name.to_owned(), ours(value));
        }
    }
    if let Some(Value::Array(lines)) = document.get("Lines") {
        let mut lines: Vec<&Value> = lines.iter().collect();
        lines.sort_by_key(|line| line["ILLineNumber"].as_i64().unwrap_or(i64::MAX));
        let of = |kind: &'static str| {
            lines
                .iter()
                .copied()
                .filter(move |line| line["ILType"] == kind)
        };
        body.insert(
            "lines".to_owned(),
            of(GOODS_LINE).map(|line| goods(kind, line)).collect(),
        );
        body.insert("taxes".to_owned(), of(TAX_LINE).map(tax).collect());
        let freight: Vec<Decimal> = of(FREIGHT_LINE)
            .filter_map(|line| decimal::parse(&line["ILTotalAmount"]))
            .collect();
        let sum = (!freight.is_empty()).then(|| amount::money(freight.into_iter().sum()));
        body.insert("freight".to_owned(), sum.unwrap_or(Value::Null));
    }
    Value::Object(body)
}

fn goods(document: &DocumentKind, line: &Value) -> Value {
    let (product, group) = (
        text(&line["ILProductNumber"]),
        number(&line["ILProductGroupNumber"]),
    );
    // A line that bears money is no comment, whatever it lacks.
    let bears_money =
        decimal::parse(&line["ILTotalAmount"]).is_some_and(|amount| !amount.is_zero());
    let group_id = number(&line["ILProductGroupCP"]);
    let sells = !product.is_null() || !group.is_null() || !group_id.is_null();
    let kind = if !sells && !bears_money {
        "comment"
    } else {
        "product"
    };
    json!({
        "kind": kind,
        "product_number": product,
        "product_id": number(&line["ILProductCP"]),
        "group_number": group,
        "group_id": group_id,
        "description": text(&line["ILDescription"]),
        "quantity": amount::plain_from_wire(&line[document.quantity]),
        "price": amount::money_from_wire(&line["ILSellingPrice"]),
        "amount": amount::money_from_wire(&line["ILTotalAmount"]),
    })
}

fn tax(line: &Value) -> Value {
    json!({"code": text(&line["ILProductNumber"]), "amount": amount::money_from_wire(&line["ILTotalAmount"])})
}

fn text(value: &Value) -> Value {
    match value {
        Value::String(text) if !text.is_empty() => json!(text),
        Value::Number(number) => json!(number.to_string()),
        _ => Value::Null,
    }
}

/// The number or position of another card, 0 for none.
fn number(value: &Value) -> Value {
    match text(value) {
        Value::String(text) if text != "0" => json!(text),
        _ => Value::Null,
    }
}

/// 1 or 0.
fn flag(value: &Value) -> Value {
    Value::Bool(!number(value).is_null())
}

fn instant(value: &Value) -> Value {
    let ms = value.as_str().and_then(date::parse_instant);
    ms.map_or(Value::Null, |ms| json!(date::instant(ms)))
}
