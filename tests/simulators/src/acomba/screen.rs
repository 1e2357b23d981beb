//! What people do with documents at Acomba's screen: revise a quote, make an order or an invoice of it.
//!
//! The bridge offers none of this; it only adds documents and sees afterwards what became of them. A
//! conversion makes a new card and leaves the old one inactive. Nothing on the wire names the old card:
//! reference, description, customer and lines are copied, and that is all the lineage there is. Whether the
//! real Acomba keeps the card instead is not public, so `keep_card_pos` plays that answer.
//!
//! Invariant: an invoice or a credit never changes once it is there.

use serde_json::{Map, Value, json};

use super::action::Action;
use super::card::Card;
use super::company::Company;
use super::document::{self, FROM_CUSTOMER};
use super::error::Refusal;
use super::interface::{self, Access, Field, Interface, LINE_FIELDS, TERM_COPIES, TRANSACTION};
use super::time;
use super::value::{Cell, Hand, Values, field_json};
use super::writes;
use crate::simulator::NowMs;

/// The header's properties that the screen works out again after every change.
const COMPUTED: &[&str] = &[
    "InInvoiceSubTotal",
    "InInvoiceTotal",
    "InSales_Taxes",
    "TANumLines",
];

/// A person may open a card only while nobody else has it open.
pub fn check_free(
    company: &Company,
    interface: &Interface,
    card_pos: i32,
    by: &str,
) -> Result<(), String> {
    let holder = company.store(interface.name).reserved.get(&card_pos);
    match holder.filter(|holder| *holder != by) {
        Some(holder) => Err(format!(
            "{} {card_pos} is reserved by `{holder}`",
            interface.name
        )),
        None => Ok(()),
    }
}

/// A live document that this person may open.
fn open<'a>(company: &'a Company, card_pos: i32, by: &str) -> Result<&'a Card, String> {
    check_free(company, &TRANSACTION, card_pos, by)?;
    let card = company.store("Transaction").live(card_pos);
    Ok(card.ok_or_else(|| format!("document {card_pos} does not exist any more"))?)
}

/// Changes a quote, an order or a contract: header properties, and all lines when `set` has `Lines`.
///
/// The screen then works out taxes and totals again.
pub fn edit(
    company: &mut Company,
    card_pos: i32,
    set: &Map<String, Value>,
    by: &str,
    now: NowMs,
) -> Result<(), String> {
    let card = open(company, card_pos, by)?;
    let kind = card.values.text("InInvoiceType");
    if !document::is_open_kind(kind) {
        return Err(format!(
            "document {card_pos} is of kind {kind}, which cannot be changed once it is created"
        ));
    }
    if set.contains_key("InInvoiceType") {
        return Err("a document changes its kind by `convert_document`".to_owned());
    }
    let told = |refusal: Refusal| refusal.message;
    let body = typed(card, set);
    let document = document::build(company, &body, Hand::Screen, now).map_err(told)?;
    if document.values.text("InInvoiceNumber").is_empty() {
        return Err("a document keeps its number or gets another".to_owned());
    }
    writes::check_document_number_free(company, &document.values, Some(card_pos)).map_err(told)?;
    company.modify(&TRANSACTION, card_pos, by, now, |card| {
        card.values = document.values;
        card.lines = document.lines;
    });
    Ok(())
}

/// The document as it stands on the screen after the person's changes, before the screen computes.
fn typed(card: &Card, set: &Map<String, Value>) -> Map<String, Value> {
    let moved = set.contains_key("InCustomerSupplierCP");
    // Another customer brings his own terms, taxes and salesperson.
    let left_out = |name: &str| {
        COMPUTED.contains(&name)
            || TERM_COPIES.iter().any(|(_, ours)| *ours == name)
            || (moved && FROM_CUSTOMER.iter().any(|(_, ours)| *ours == name))
    };
    let mut body = json_of(TRANSACTION.fields, &card.values, left_out);
    // A new discount changes the totals of all goods; a line's own total is forgotten.
    let discounted = set.contains_key("InDiscount");
    let lines = card
        .lines
        .iter()
        .filter(|line| line.text("ILType") != "IL_Tax");
    let lines = lines.map(|line| {
        let goods = line.text("ILType") == "IL_Invoice";
        let known = line.card_pos("ILProductCP") != 0;
        // A product of the inventory shows the number it has today.
        json_of(LINE_FIELDS, line, |name| {
            (name == "ILTotalAmount" && goods && discounted) || (name == "ILProductNumber" && known)
        })
        .into()
    });
    body.insert("Lines".into(), lines.collect::<Vec<Value>>().into());
    body.extend(set.clone());
    body
}

fn json_of(
    fields: &'static [Field],
    values: &Values,
    left_out: impl Fn(&str) -> bool,
) -> Map<String, Value> {
    let kept = fields
        .iter()
        .filter(|field| field.access != Access::Hidden && !left_out(field.name));
    kept.map(|field| (field.name.to_owned(), field_json(field, values)))
        .collect()
}

/// What each kind may become. A credit is written against an invoice, not made of it.
fn may_become(from: &str, to: &str) -> bool {
    match from {
        "ITp_Quotation" => matches!(to, "ITp_Order" | "ITp_OpenOrder" | "ITp_Invoice"),
        "ITp_OpenOrder" => matches!(to, "ITp_Order" | "ITp_Invoice"),
        "ITp_Order" | "ITp_Contract" => to == "ITp_Invoice",
        _ => false,
    }
}

/// A quote becomes an order, an order an invoice: a new card of the other kind, and the old one inactive.
pub fn convert(company: &mut Company, action: &Action, now: NowMs) -> Result<Value, String> {
    let to = action.text("to")?;
    let to = *interface::INVOICING_TYPES
        .iter()
        .find(|name| **name == to)
        .ok_or("`to` must be an invoicing type")?;
    let positions = action.card_positions(company, &TRANSACTION)?;
    let [card_pos] = positions[..] else {
        return Err("`card_pos` must be one document".to_owned());
    };
    let by = action.by();
    let card = open(company, card_pos, by)?;
    let from = card.values.text("InInvoiceType").to_owned();
    if !may_become(&from, to) {
        return Err(format!("{from} does not become {to}"));
    }
    if card.values.int("InTransactionActive") == 0 {
        return Err(format!(
            "document {card_pos} is not active; it may have been converted already"
        ));
    }
    let customer = card.values.card_pos("InCustomerSupplierCP");
    let customers = company.store("Customer");
    if customers
        .live(customer)
        .is_none_or(|card| card.values.int("CuActive") == 0)
    {
        return Err(format!("customer {customer} is not active"));
    }
    let (mut values, mut lines) = (card.values.clone(), card.lines.clone());
    let number = company.take_number(to);
    values.set("InInvoiceType", Cell::Name(to));
    values.set("InInvoiceNumber", Cell::text(&number));
    values.set("InDate", Cell::text(&time::today(now)));
    if to == "ITp_Invoice" {
        values.set("InInvoicePrefix", Cell::text(&company.invoice_prefix));
        lines.iter_mut().for_each(invoice_what_was_ordered);
    }
    if action.flag("keep_card_pos") {
        company.modify(&TRANSACTION, card_pos, by, now, |card| {
            card.values = values;
            card.lines = lines;
        });
        return Ok(answer(company, card_pos));
    }
    let new = company.add(&TRANSACTION, values, lines, by, now);
    // A contract is invoiced again and again.
    if from != "ITp_Contract" {
        company.modify(&TRANSACTION, card_pos, by, now, |old| {
            old.values.set("InTransactionActive", Cell::Int(0));
        });
    }
    Ok(answer(company, new))
}

fn invoice_what_was_ordered(line: &mut Values) {
    if line.amount("ILInvoicedQty").is_zero() {
        line.set("ILInvoicedQty", Cell::Amount(line.amount("ILOrderedQty")));
    }
}

/// Where a document is and what it is called, for the one who made it.
pub fn answer(company: &Company, card_pos: i32) -> Value {
    let card = company.store("Transaction").get(card_pos);
    let text = |name| card.map(|card| card.values.text(name));
    json!({
        "CardPos": card_pos, "InInvoiceType": text("InInvoiceType"), "InInvoiceNumber": text("InInvoiceNumber"),
    })
}
