//! An invoice as Acomba has it, on the way back: what we call its properties, its lines as they are.
//!
//! A long description that went out as several lines comes back as several lines: nothing on the
//! wire says which comment belongs to which product.

use crate::assumed::{FREIGHT_LINE, INVOICE_DATE, INVOICE_PREFIX};
use crate::bridge::card_pos;
use crate::invoice::{GOODS_LINE, INVOICE_TYPE, TAX_LINE};
use crate::{amount, card};
use liaison_sdk::prelude::*;
use liaison_sdk::Decimal;

/// The fields of an invoice.
pub const FIELDS: [&str; 12] = [
    "id",
    "number",
    "prefix",
    "customer_id",
    "reference",
    "description",
    "date",
    "subtotal",
    "total",
    "freight",
    "lines",
    "taxes",
];

/// The properties that are ours by another name only.
const TEXTS: [(&str, &str); 5] = [
    ("number", "InInvoiceNumber"),
    ("prefix", INVOICE_PREFIX),
    ("reference", "InReference"),
    ("description", "InDescription"),
    ("date", INVOICE_DATE),
];

const HEADER_NAMES: [(&str, &str); 8] = [
    TEXTS[0],
    TEXTS[2],
    TEXTS[3],
    TEXTS[4],
    ("customer_id", "InCustomerSupplierCP"),
    ("subtotal", "InInvoiceSubTotal"),
    ("total", "InInvoiceTotal"),
    ("lines", "Lines"),
];

const LINE_NAMES: [(&str, &str); 7] = [
    ("product_number", "ILProductNumber"),
    ("group_number", "ILProductGroupNumber"),
    ("description", "ILDescription"),
    ("quantity", "ILInvoicedQty"),
    ("quantity", "ILOrderedQty"),
    ("price", "ILSellingPrice"),
    ("amount", "ILTotalAmount"),
];

/// The schema's fields.
pub fn schema_fields() -> Vec<schema::Field> {
    let line = [
        schema::one_of("kind", &["product", "comment"]).title("Kind"),
        schema::string("product_number").title("Product"),
        schema::string("group_number").title("Product group"),
        schema::string("description")
            .title("Description")
            .description(
                "Of any length: what is longer than 90 characters goes on in comment lines.",
            ),
        schema::decimal("quantity").title("Quantity"),
        schema::decimal("price").title("Unit price"),
        schema::decimal("amount").title("Amount"),
    ];
    let tax = [
        schema::string("code").title("Tax"),
        schema::decimal("amount").title("Amount"),
    ];
    vec![
        schema::id("id"),
        schema::string("number")
            .read_only()
            .title("Number")
            .description("Acomba gives it."),
        schema::string("prefix").read_only().title("Prefix"),
        schema::reference("customer_id", "customer").title("Customer"),
        schema::string("reference")
            .title("Reference")
            .description("The other system's number: by it a lost answer is found again."),
        schema::string("description").title("Description"),
        schema::date("date").title("Date"),
        schema::decimal("subtotal").title("Total before taxes"),
        schema::decimal("total").title("Total"),
        schema::decimal("freight").title("Freight"),
        schema::list("lines", &line).title("Lines"),
        schema::list("taxes", &tax).title("Taxes"),
    ]
}

/// A document as the host gets it; none when it is a quote, an order or a credit.
pub fn entry(document: &Value) -> Result<Option<Entry>, Fault> {
    let id = card_pos(document)?.to_string();
    if document["InInvoiceType"]
        .as_str()
        .is_some_and(|kind| kind != INVOICE_TYPE)
    {
        return Ok(None);
    }
    let version = card::hash(document);
    let deleted = card::is_dead(document, "InStatus");
    Ok(Some(Entry {
        version,
        deleted,
        body: body(document, &id).to_string(),
        id,
        ext: Vec::new(),
    }))
}

/// What a property of the wire is called in our bodies: `Lines[2].ILDescription` is a field of the part
/// of the body that the document's third line comes from.
pub fn name_of(wire: &str, origins: &[String]) -> Option<String> {
    let last = wire.rsplit(['.', '/']).next()?.split('[').next()?;
    if let Some((name, _)) = HEADER_NAMES.iter().find(|(_, property)| *property == last) {
        return Some((*name).to_owned());
    }
    let (name, _) = LINE_NAMES.iter().find(|(_, property)| *property == last)?;
    let at = wire
        .split(['[', ']'])
        .nth(1)
        .and_then(|digits| digits.parse::<usize>().ok());
    let origin = at
        .and_then(|at| origins.get(at))
        .map_or("lines", String::as_str);
    Some(match (origin.starts_with("taxes"), *name) {
        (true, "product_number") => format!("{origin}.code"),
        (false, _) if origin == "freight" => origin.to_owned(),
        (_, name) => format!("{origin}.{name}"),
    })
}

/// A body holds what the document tells; the answer to an addition tells little.
fn body(document: &Value, id: &str) -> Value {
    let mut body = Map::from_iter([("id".to_owned(), json!(id))]);
    for (name, property) in TEXTS {
        if let Some(value) = document.get(property) {
            body.insert(name.to_owned(), text(value));
        }
    }
    if let Some(customer) = document.get("InCustomerSupplierCP") {
        body.insert("customer_id".to_owned(), number(customer));
    }
    for (name, property) in [
        ("subtotal", "InInvoiceSubTotal"),
        ("total", "InInvoiceTotal"),
    ] {
        if let Some(value) = document.get(property) {
            body.insert(name.to_owned(), amount::money_from_wire(value));
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
        body.insert("lines".to_owned(), of(GOODS_LINE).map(goods).collect());
        body.insert("taxes".to_owned(), of(TAX_LINE).map(tax).collect());
        let freight: Vec<Decimal> = of(FREIGHT_LINE)
            .filter_map(|line| decimal::parse(&line["ILTotalAmount"]))
            .collect();
        let sum = (!freight.is_empty()).then(|| amount::money(freight.into_iter().sum()));
        body.insert("freight".to_owned(), sum.unwrap_or(Value::Null));
    }
    Value::Object(body)
}

fn goods(line: &Value) -> Value {
    let (product, group) = (
        text(&line["ILProductNumber"]),
        number(&line["ILProductGroupNumber"]),
    );
    // A line that bears money is no comment, whatever it lacks.
    let bears_money =
        decimal::parse(&line["ILTotalAmount"]).is_some_and(|amount| !amount.is_zero());
    let kind = if product.is_null() && group.is_null() && !bears_money {
        "comment"
    } else {
        "product"
    };
    json!({
        "kind": kind,
        "product_number": product,
        "group_number": group,
        "description": text(&line["ILDescription"]),
        "quantity": amount::plain_from_wire(&line["ILInvoicedQty"]),
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
