//! **Assumed.** Nothing in this folder is public: it is the smallest API that the seed needs, in the real
//! envelope, as section 5 of the reference proposes it. Should the vendor tell more, this folder goes.
//!
//! What the reference leaves open, and how it is here:
//!
//! - Records stand in a list element, as real documents do: `customers`, `documents`, `actions`; in requests
//!   they may stand without it. Answers to writes: `results/result`, one per record in the request's order.
//! - `export_customers`: `modifiedInRange` takes a customer whose contact was modified as well. Several
//!   selectors at once are refused; none gives all. `includeContacts` is true where it is absent.
//! - Customers in: an element that is absent stays, one that is empty clears, an `externalId` likewise.
//!   Addresses are replaced kind by kind. An unknown `customerId` fails (404); an external id or a number that
//!   nobody has goes on to the next way of matching, and a new customer gets that number. Several customers
//!   of one name, or one already linked to another id of the same system, fail (409).
//! - Contacts: by `contactId`, external id, e-mail whatever its case, within the customer; else they are new.
//! - `requestId` keeps what succeeded, for ever, whatever the record says the second time; a failure is
//!   not kept.
//! - Reference rows: `rows kind=`/`row id= name= active= parentId= email=`.
//! - Documents: any revision but the present one fails (409), and so does nothing half: all of a document's
//!   write-back or none of it. Lines make a revision and a `modified` event by the caller; custom fields and
//!   the export mark do not (a switch has it otherwise). A custom field must be in the lists.
//! - A scalar may be an attribute or a child in write-backs and completions.
//! - Actions: every unfinished one each time, oldest first. Done again with the same outcome: `unchanged`;
//!   with another: 409.
//! - Everything that writes needs a user with full rights (102).

mod action;
mod customers_in;
mod customers_out;
mod import;
mod reference;
mod write_back;

use std::collections::BTreeMap;

use super::ChannelOnline;
use super::document::{Document, Line};
use super::document_xml;
use super::envelope::Envelope;
use super::refusal::Refusal;
use super::switches::Switches;
use super::wire::{Element, Xml};
use crate::simulator::NowMs;

pub use self::action::{TYPES as ACTION_TYPES, UserAction};

pub const VERBS: [&str; 6] = [
    "export_customers",
    "import_customers",
    "export_reference",
    "update_documents",
    "export_actions",
    "complete_actions",
];

/// Answers by `requestId`.
pub type Memory = BTreeMap<String, String>;

pub fn answer(
    site: &mut ChannelOnline,
    asked: &Envelope,
    now: NowMs,
    xml: &mut Xml,
) -> Result<(), Refusal> {
    match asked.verb.as_str() {
        "export_customers" => return customers_out::export(site, asked, xml),
        "export_reference" => return reference::export(site, asked, xml),
        "export_actions" => return action::export(site, asked, xml),
        _ => site.access.may_write(&asked.user)?,
    }
    let (list, one): (&str, &str) = match asked.verb.as_str() {
        "import_customers" => ("customers", "customer"),
        "update_documents" => ("documents", "document"),
        _ => ("actions", "action"),
    };
    let records = listed(&asked.root, list, one)?;
    xml.open("results", &[]);
    for record in records {
        match asked.verb.as_str() {
            "import_customers" => customers_in::import(site, record, now, xml),
            "update_documents" => write_back::update(site, record, &asked.user, now, xml),
            _ => action::complete(site, record, xml),
        }
    }
    xml.close("results");
    Ok(())
}

/// The records of a request, in their list element or without it.
fn listed<'a>(root: &'a Element, list: &str, one: &str) -> Result<Vec<&'a Element>, Refusal> {
    let mut records = Vec::new();
    for child in &root.children {
        let found = match child.name.as_str() {
            "authentication" | "options" => continue,
            name if name == list => child.children.as_slice(),
            _ => std::slice::from_ref(child),
        };
        if let Some(odd) = found.iter().find(|record| record.name != one) {
            return Err(Refusal::xml(format!(
                "Unexpected element {} in {}",
                odd.name, root.name
            )));
        }
        records.extend(found);
    }
    if records.is_empty() {
        return Err(Refusal::xml(format!("{} holds no {one}", root.name)));
    }
    Ok(records)
}

/// A scalar of a record: an attribute, or a child.
fn scalar<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    element.attribute(name).or_else(|| element.get(name))
}

fn number(element: &Element, name: &str) -> Result<Option<u64>, Refusal> {
    let Some(text) = scalar(element, name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    match text.trim().parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(Refusal::invalid(format!(
            "{name} must be a number, not {text}"
        ))),
    }
}

/// `result` of a record that was refused.
fn failed(attributes: &[(&str, &str)], refusal: &Refusal, xml: &mut Xml) {
    let attributes = [attributes, &[("status", "failed")]].concat();
    xml.open("result", &attributes);
    refusal.write(xml);
    xml.close("result");
}

/// What a document says beyond the real reply.
pub fn document_extras(document: &Document, switches: &Switches, xml: &mut Xml) {
    if let Some(id) = document.contact_id {
        xml.empty("contact", &[("contactId", &id.to_string())]);
    }
    xml.leaf("paymentTerms", &document.payment_terms);
    if let Some(shipping) = document.shipping_method.as_ref()
        && switches.shipping_in_head
    {
        xml.open("shippingMethod", &[]);
        xml.leaf("carrier", &shipping.carrier);
        xml.leaf("service", &shipping.service);
        xml.close("shippingMethod");
    }
    document_xml::custom_fields(&document.custom_fields, xml);
}

/// What a line says beyond the real reply.
pub fn line_extras(line: &Line, xml: &mut Xml) {
    xml.some("externalId", &line.external_id);
}
