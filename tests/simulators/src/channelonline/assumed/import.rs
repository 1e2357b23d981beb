//! Assumed (5.2): what an imported element changes in a customer or a contact. Nothing here is stored.

use std::collections::BTreeMap;

use super::super::customer::{Address, Contact, Customer, TYPES};
use super::super::refusal::Refusal;
use super::super::wire::Element;

pub fn apply_customer(element: &Element, customer: &mut Customer) -> Result<(), Refusal> {
    for (name, value) in &element.attributes {
        match name.as_str() {
            "customerId" | "action" | "requestId" | "modified" => {}
            "customerNumber" if value.is_empty() => {}
            "customerNumber" => customer.customer_number.clone_from(value),
            "active" => customer.active = flag(name, value)?,
            "type" if TYPES.contains(&value.as_str()) => customer.kind.clone_from(value),
            "type" => return Err(Refusal::invalid(format!("Invalid account type {value}"))),
            _ => return Err(unexpected(name, "customer")),
        }
    }
    for child in &element.children {
        let text = child.text.clone();
        match child.name.as_str() {
            "companyName" => customer.company_name = text,
            "phone" => customer.phone = text,
            "fax" => customer.fax = text,
            "web" => customer.web = text,
            "terms" => customer.terms = text,
            "address" => apply_address(child, customer)?,
            "externalId" => external_id(child, &mut customer.external_ids)?,
            "contact" => {}
            other => return Err(unexpected(other, "customer")),
        }
    }
    if customer.company_name.is_empty() {
        return Err(Refusal::invalid("companyName is required"));
    }
    Ok(())
}

fn apply_address(element: &Element, customer: &mut Customer) -> Result<(), Refusal> {
    let kind = element.attribute("type").unwrap_or("billing");
    if !["billing", "shipping"].contains(&kind) {
        return Err(Refusal::invalid(format!("Invalid address type {kind}")));
    }
    let mut address = Address {
        kind: kind.to_owned(),
        ..Address::default()
    };
    for child in &element.children {
        let field = match child.name.as_str() {
            "line1" => &mut address.line1,
            "line2" => &mut address.line2,
            "city" => &mut address.city,
            "state" => &mut address.state,
            "postalCode" => &mut address.postal_code,
            "country" => &mut address.country,
            other => return Err(unexpected(other, "address")),
        };
        field.clone_from(&child.text);
    }
    let mut there = customer.addresses.iter_mut();
    match there.find(|there| there.kind == kind) {
        Some(there) => *there = address,
        None => customer.addresses.push(address),
    }
    Ok(())
}

pub fn apply_contact(element: &Element, contact: &mut Contact) -> Result<(), Refusal> {
    for (name, value) in &element.attributes {
        match name.as_str() {
            "contactId" | "modified" => {}
            "active" => contact.active = flag(name, value)?,
            "primary" => contact.primary = flag(name, value)?,
            _ => return Err(unexpected(name, "contact")),
        }
    }
    for child in &element.children {
        let field = match child.name.as_str() {
            "firstName" => &mut contact.first_name,
            "lastName" => &mut contact.last_name,
            "title" => &mut contact.title,
            "email" => &mut contact.email,
            "workPhone" => &mut contact.work_phone,
            "mobilePhone" => &mut contact.mobile_phone,
            "externalId" => {
                external_id(child, &mut contact.external_ids)?;
                continue;
            }
            other => return Err(unexpected(other, "contact")),
        };
        field.clone_from(&child.text);
    }
    if contact.first_name.is_empty() && contact.last_name.is_empty() {
        return Err(Refusal::invalid("A contact needs a name"));
    }
    let email = &contact.email;
    if !email.is_empty() && (!email.contains('@') || email.contains(' ')) {
        return Err(Refusal::invalid(format!("Invalid e-mail address {email}")));
    }
    Ok(())
}

fn external_id(element: &Element, ids: &mut BTreeMap<String, String>) -> Result<(), Refusal> {
    let system = element.attribute("system").unwrap_or_default();
    if system.is_empty() {
        return Err(Refusal::invalid("externalId needs a system"));
    }
    if element.text.is_empty() {
        ids.remove(system);
    } else {
        ids.insert(system.to_owned(), element.text.clone());
    }
    Ok(())
}

fn flag(name: &str, value: &str) -> Result<bool, Refusal> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Refusal::invalid(format!("{name} must be true or false"))),
    }
}

fn unexpected(name: &str, place: &str) -> Refusal {
    Refusal::invalid(format!("Unexpected {name} in {place}"))
}
