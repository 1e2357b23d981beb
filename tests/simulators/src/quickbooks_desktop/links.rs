//! Transactions that take over an order's lines: invoices of sales orders, bills and receipts of purchase
//! orders.
//!
//! Invariant: an order's line knows how much of it was taken over; whoever takes or gives back goes
//! through [`apply`], so both sides always agree.

use rust_decimal::Decimal;

use super::company::{Company, Line, Object, Serial};
use super::data_ext;
use super::lines;
use super::references;
use super::status::Status;
use super::value;
use super::xml::Element;

/// The open lines of a whole order, as lines of `taker`; none when it is closed or empty.
pub fn whole_order(
    company: &mut Company,
    taker: &Object,
    order_id: &str,
    now_s: i64,
) -> Result<Vec<Line>, Status> {
    let order = order(company, taker, order_id)?;
    if order.is_true("IsManuallyClosed") || order.is_voided {
        return Ok(Vec::new());
    }
    let mut taken = Vec::new();
    for source in order.all_lines().filter(|line| line.inside.is_empty()) {
        let quantity = source.open();
        if quantity.is_zero() {
            continue;
        }
        let given = source
            .get("Quantity")
            .map(|_| Element::leaf("Quantity", value::quantity(quantity)));
        let given = given.into_iter().collect();
        taken.push(follow(company, taker, &order, source, given, now_s)?);
    }
    Ok(taken)
}

/// One line with `LinkToTxn`: the named line of the order, with what the request says over it.
pub fn one_line(
    company: &mut Company,
    taker: &Object,
    request: &Element,
    link: &Element,
    now_s: i64,
) -> Result<Line, Status> {
    if request.child("ItemRef").is_some() {
        let text = "An item cannot be named together with a linked line.";
        return Err(Status::bad_value("ItemRef", "", text));
    }
    let order = order(company, taker, link.get("TxnID").unwrap_or_default())?;
    let line_id = link.get("TxnLineID").unwrap_or_default();
    let source = order.all_lines().find(|line| line.id == line_id);
    let source = source.ok_or_else(|| Status::not_found(line_id))?;
    if source.open().is_zero() {
        let text = "The linked line is closed.";
        return Err(Status::bad_value("TxnLineID", line_id, text));
    }
    let mut given = references::resolve(company, request, taker.kind)?.children;
    if request.child("Quantity").is_none() && source.get("Quantity").is_some() {
        given.push(Element::leaf("Quantity", value::quantity(source.open())));
    }
    let mut line = follow(company, taker, &order, source, given, now_s)?;
    for extension in request.all("DataExt") {
        let value = data_ext::Extension::read(extension);
        data_ext::check_line(company, taker.kind, &value)?;
        data_ext::set(&mut line.extensions, value);
    }
    Ok(line)
}

fn order(company: &Company, taker: &Object, id: &str) -> Result<Object, Status> {
    references::check_id(id, "LinkToTxnID")?;
    let found = company.by_id(id).ok_or_else(|| Status::not_found(id))?;
    let party = if taker.kind.name == "Invoice" {
        "CustomerRef"
    } else {
        "VendorRef"
    };
    if Some(found.kind.name) != taker.kind.fulfils() {
        let text = format!(
            "A {} cannot be linked to a {}.",
            taker.kind.name, found.kind.name
        );
        return Err(Status::bad_value("LinkToTxnID", id, &text));
    }
    if found.reference(party) != taker.reference(party) {
        let text = "The linked transaction belongs to somebody else.";
        return Err(Status::bad_value("LinkToTxnID", id, text));
    }
    Ok(found.clone())
}

/// A new line that continues an order's: its fields, then those given.
fn follow(
    company: &mut Company,
    taker: &Object,
    order: &Object,
    source: &Line,
    given: Vec<Element>,
    now_s: i64,
) -> Result<Line, Status> {
    let element = match taker.kind.name {
        "Invoice" => "InvoiceLine",
        _ => "ItemLine",
    };
    let mut fields: Vec<Element> = source.fields.clone();
    for field in &mut fields {
        // A purchase line's rate is a bill line's cost.
        if field.name == "Rate" && element == "ItemLine" {
            "Cost".clone_into(&mut field.name);
        }
    }
    let by_quantity = source.get("Quantity").is_some();
    fields.retain(|field| field.name != "Amount" || !by_quantity);
    let names: Vec<&str> = given.iter().map(|field| field.name.as_str()).collect();
    if names.contains(&"Amount") && !names.contains(&"Rate") && !names.contains(&"Cost") {
        fields.retain(|field| field.name != "Rate" && field.name != "Cost");
    }
    let mut line = lines::build(
        company,
        taker.kind,
        element,
        &Element::with("line", fields),
        now_s,
    )?;
    line.fields
        .retain(|field| field.name != "Amount" || !by_quantity);
    lines::overlay(&mut line, taker.kind, &Element::with("line", given));
    lines::complete(company, taker.kind, &mut line);
    line.extensions.clone_from(&source.extensions);
    line.source = Some((order.serial, source.id.clone()));
    Ok(line)
}

/// Takes over what a transaction's lines say, or (`back`) gives it back.
pub fn apply(company: &mut Company, serial: Serial, back: bool, now_s: i64) {
    let Some(taker) = company.object(serial).cloned() else {
        return;
    };
    let mut orders: Vec<Serial> = Vec::new();
    for line in taker.all_lines() {
        let Some((order, line_id)) = &line.source else {
            continue;
        };
        let quantity = line.whole();
        let quantity = if back { -quantity } else { quantity };
        let Some(object) = company.edit(*order) else {
            continue;
        };
        for source in object.all_lines_mut() {
            if source.id == *line_id {
                source.taken = (source.taken + quantity).max(Decimal::ZERO);
                if taker.kind.name == "Bill" {
                    source.billed = (source.billed + quantity).max(Decimal::ZERO);
                }
            }
        }
        if !orders.contains(order) {
            orders.push(*order);
        }
    }
    for order in orders {
        connect(company, serial, order, back);
        company.touch(order, now_s);
    }
}

fn connect(company: &mut Company, one: Serial, other: Serial, apart: bool) {
    for (here, there) in [(one, other), (other, one)] {
        if let Some(object) = company.edit(here) {
            object.links.retain(|known| *known != there);
            if !apart {
                object.links.push(there);
            }
        }
    }
}

/// Whether every line with a quantity was taken over.
pub fn is_fulfilled(order: &Object) -> bool {
    let mut any = false;
    for line in order.all_lines().filter(|line| line.inside.is_empty()) {
        let quantity = line.whole();
        if !quantity.is_zero() {
            any = true;
            if line.taken < quantity {
                return false;
            }
        }
    }
    any
}
