//! POST and PATCH: cards are reserved, compared, changed; documents are only ever added.

use serde_json::{Map, Value, json};

use super::company::{BRIDGE_USER, Company};
use super::document;
use super::error::{Code, Refusal};
use super::interface::{Interface, Writable};
use super::reads;
use super::value::{Cell, Hand, Values, find, given};
use super::wire::{self, Query};
use crate::simulator::{NowMs, Request, Response};

pub fn may_create(interface: &Interface) -> bool {
    interface.writable != Writable::Never
}

/// A document's own kind decides later: an invoice is never edited.
pub fn may_patch(interface: &Interface) -> bool {
    interface.writable != Writable::Never
}

pub fn create(
    company: &mut Company,
    interface: &'static Interface,
    request: &Request,
    now: NowMs,
) -> Result<Response, Refusal> {
    let mut query = Query::of(request)?;
    let unique =
        interface.writable == Writable::Documents && query.take_flag("unique_reference")?;
    query.finish()?;
    let body = wire::json_object(request)?;
    let created = match interface.writable {
        Writable::Documents => create_document(company, interface, &body, unique, now),
        Writable::Cards | Writable::Never => create_card(company, interface, &body, now),
    };
    created
        .map(|body| wire::answer(201, &body))
        .map_err(|refusal| refusal.at(interface.name, "AddCard"))
}

fn create_card(
    company: &mut Company,
    interface: &'static Interface,
    body: &Map<String, Value>,
    now: NowMs,
) -> Result<Value, Refusal> {
    let given = given(interface.fields, body, Hand::Bridge, "")?;
    let property = interface.number.unwrap_or_default();
    let number = find(&given, property)
        .map(Cell::key)
        .filter(|number| !number.is_empty());
    let number = number.ok_or_else(|| {
        Refusal::new(Code::NumberMissing, format!("`{property}` is required")).field(property)
    })?;
    check_number_free(company, interface, &number)?;
    let mut values = Values::default();
    company.write(interface, given, &mut values)?;
    let card_pos = company.add(interface, values, Vec::new(), BRIDGE_USER, now);
    Ok(written(company, interface, card_pos))
}

/// ReserveCardNumber.
fn check_number_free(
    company: &Company,
    interface: &'static Interface,
    number: &str,
) -> Result<(), Refusal> {
    match company.store(interface.name).find(number) {
        Some(holder) => Err(Refusal::new(
            Code::NumberTaken,
            format!("number `{number}` belongs to card {}", holder.card_pos),
        )
        .at(interface.name, "ReserveCardNumber")
        .card(holder.card_pos)
        .field(interface.number.unwrap_or_default())),
        None => Ok(()),
    }
}

/// What a write answers: where the card is, its number, its hash.
fn written(company: &Company, interface: &'static Interface, card_pos: i32) -> Value {
    let card = company
        .store(interface.name)
        .get(card_pos)
        .expect("the card was just written");
    let property = interface.number.unwrap_or_default();
    json!({ "CardPos": card_pos, property: card.values.text(property), "Hash": card.hash(interface) })
}

pub fn patch(
    company: &mut Company,
    interface: &'static Interface,
    card_pos: i32,
    request: &Request,
    now: NowMs,
) -> Result<Response, Refusal> {
    Query::of(request)?.finish()?;
    let card = reads::live(company, interface, card_pos, "ReserveCard")?;
    if interface.writable == Writable::Documents {
        return Err(match card.values.text("InInvoiceType") {
            word if document::is_open_kind(word) => Refusal::new(
                Code::NotSupported,
                "this bridge does not edit quotes, orders and contracts",
            ),
            _ => Refusal::new(
                Code::NotAllowed,
                "an invoice cannot be changed once it is created",
            ),
        }
        .at(interface.name, "ModifyCard")
        .card(card_pos));
    }
    let given = given(
        interface.fields,
        &wire::json_object(request)?,
        Hand::Bridge,
        "",
    )
    .map_err(|refusal| refusal.at(interface.name, "ModifyCard"))?;
    let expected = if_match(request)?;
    if let Some(holder) = company.store(interface.name).reserved.get(&card_pos) {
        let message = format!("{} {card_pos} is reserved by `{holder}`", interface.name);
        return Err(Refusal::new(Code::CardReserved, message)
            .at(interface.name, "ReserveCard")
            .card(card_pos));
    }
    let hash = card.hash(interface);
    if expected.is_some_and(|expected| expected != hash) {
        let message = format!("{} {card_pos} is not what was read", interface.name);
        return Err(Refusal::new(Code::ChangedSinceRead, message)
            .at(interface.name, "ReserveCard")
            .card(card_pos));
    }
    let refused = |refusal: Refusal| {
        let own_card = refusal.card_pos.is_none();
        let refusal = refusal.at(interface.name, "ModifyCard");
        if own_card {
            refusal.card(card_pos)
        } else {
            refusal
        }
    };
    let property = interface.number.unwrap_or_default();
    if let Some(number) = find(&given, property).map(Cell::key) {
        if number.is_empty() {
            return Err(refused(
                Refusal::new(Code::NumberMissing, format!("`{property}` is required"))
                    .field(property),
            ));
        }
        if number != card.values.text(property) {
            check_number_free(company, interface, &number)?;
        }
    }
    let mut values = card.values.clone();
    company
        .write(interface, given, &mut values)
        .map_err(refused)?;
    company.modify(interface, card_pos, BRIDGE_USER, now, |card| {
        card.values = values
    });
    Ok(wire::answer(200, &written(company, interface, card_pos)))
}

/// `"<Hash>"`, quoted as HTTP wants it.
fn if_match(request: &Request) -> Result<Option<&str>, Refusal> {
    let Some(raw) = wire::header(request, "if-match") else {
        return Ok(None);
    };
    let hash = raw
        .trim()
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .filter(|hash| !hash.is_empty());
    hash.map(Some)
        .ok_or_else(|| Refusal::bad("If-Match must be one hash in double quotes").field("If-Match"))
}

fn create_document(
    company: &mut Company,
    interface: &'static Interface,
    body: &Map<String, Value>,
    unique: bool,
    now: NowMs,
) -> Result<Value, Refusal> {
    // Before all other checks: "it is there already" must win over "its customer is inactive now".
    if unique {
        check_reference_unused(company, interface, body)?;
    }
    let document = document::build(company, body, Hand::Bridge, now)?;
    let card_pos = add_document(company, interface, document, BRIDGE_USER, now)?;
    let card = company
        .store(interface.name)
        .get(card_pos)
        .expect("the document was just added");
    Ok(json!({
        "CardPos": card_pos, "InInvoiceNumber": card.values.text("InInvoiceNumber"), "InInvoicePrefix": card.values.text("InInvoicePrefix"),
        "InInvoiceType": card.values.text("InInvoiceType"), "Hash": card.hash(interface),
    }))
}

fn check_reference_unused(
    company: &Company,
    interface: &'static Interface,
    body: &Map<String, Value>,
) -> Result<(), Refusal> {
    let told = |name: &str| {
        body.get(name)
            .map(|value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            })
            .unwrap_or_default()
    };
    let reference = told("InReference");
    if reference.is_empty() {
        return Err(Refusal::bad("`unique_reference=1` needs `InReference`").field("InReference"));
    }
    let mut same = company
        .store(interface.name)
        .with_value("InReference", &reference, 0);
    let same = same.find(|card| {
        let holds = |name: &&str| {
            card.values
                .get(name)
                .is_some_and(|cell| cell.key() == told(name))
        };
        card.is_live(interface) && ["InInvoiceType", "InCustomerSupplierCP"].iter().all(holds)
    });
    match same {
        Some(card) => Err(Refusal::new(
            Code::DuplicateReference,
            format!("reference `{reference}` is on document {}", card.card_pos),
        )
        .card(card.card_pos)
        .field("InReference")),
        None => Ok(()),
    }
}

/// Numbers a document and adds it, whoever made it.
pub fn add_document(
    company: &mut Company,
    interface: &'static Interface,
    document: document::Document,
    by: &str,
    now: NowMs,
) -> Result<i32, Refusal> {
    let mut values = document.values;
    let invoicing_type = match values.get("InInvoiceType") {
        Some(Cell::Name(name)) => *name,
        _ => return Err(Refusal::bad("`InInvoiceType` is required").field("InInvoiceType")),
    };
    let number = values.text("InInvoiceNumber").to_owned();
    if number.is_empty() {
        let number = company.take_number(invoicing_type);
        values.set("InInvoiceNumber", Cell::text(&number));
        if invoicing_type == "ITp_Invoice" {
            values.set("InInvoicePrefix", Cell::text(&company.invoice_prefix));
        }
    } else {
        check_document_number_free(company, &values, None)?;
    }
    Ok(company.add(interface, values, document.lines, by, now))
}

/// A number is unique for its type and customer only. `own` is the document that may have it already.
pub fn check_document_number_free(
    company: &Company,
    values: &Values,
    own: Option<i32>,
) -> Result<(), Refusal> {
    let number = values.text("InInvoiceNumber");
    let store = company.store("Transaction");
    let mut same = store.with_value("InInvoiceNumber", number, 0);
    let same = same.find(|card| {
        let holds = |name: &&str| card.values.get(name) == values.get(name);
        card.is_live(store.interface)
            && own != Some(card.card_pos)
            && ["InInvoiceType", "InCustomerSupplierCP"].iter().all(holds)
    });
    match same {
        Some(holder) => Err(Refusal::new(
            Code::NumberTaken,
            format!(
                "document number `{number}` belongs to card {}",
                holder.card_pos
            ),
        )
        .card(holder.card_pos)
        .field("InInvoiceNumber")),
        None => Ok(()),
    }
}
