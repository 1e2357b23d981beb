//! Assumed (5.1): customers with their contacts, out.

use std::collections::BTreeMap;

use super::super::ChannelOnline;
use super::super::customer::{Contact, Customer};
use super::super::envelope::{self, Envelope};
use super::super::refusal::Refusal;
use super::super::time;
use super::super::window::Window;
use super::super::wire::{Element, Xml, flag};

pub fn export(site: &ChannelOnline, asked: &Envelope, xml: &mut Xml) -> Result<(), Refusal> {
    envelope::only(&asked.root, &["authentication", "options"])?;
    let none = Element::new("options");
    let options = asked.root.child("options").unwrap_or(&none);
    let selectors = [
        "customerNumber",
        "customerId",
        "companyName",
        "modifiedInRange",
    ];
    envelope::only(options, &[&selectors[..], &["includeContacts"]].concat())?;
    let with_contacts = envelope::flag(options, "includeContacts", true)?;
    let mut given = options
        .children
        .iter()
        .filter(|option| selectors.contains(&option.name.as_str()));
    let selector = given.next();
    if given.next().is_some() {
        return Err(Refusal::xml("Selectors of customers exclude each other"));
    }
    let window = selector
        .filter(|selector| selector.name == "modifiedInRange")
        .map(|selector| Window::read(selector, &[], site.switches.window_ends))
        .transpose()?;
    let wanted = |customer: &&Customer| {
        let Some(selector) = selector else {
            return true;
        };
        let text = selector.text.trim();
        match selector.name.as_str() {
            "customerNumber" => customer.customer_number == text,
            "customerId" => customer.customer_id.to_string() == text,
            "companyName" => customer.company_name == text,
            _ => window
                .as_ref()
                .is_some_and(|window| touched_in(customer, window)),
        }
    };
    let found: Vec<&Customer> = site.books.customers.values().filter(wanted).collect();
    let most = site.switches.records_max;
    if found.len() > most {
        return Err(Refusal::too_many("customers", most));
    }
    if !found.is_empty() {
        xml.open("customers", &[]);
        for customer in found {
            write(customer, with_contacts, xml);
        }
        xml.close("customers");
    }
    Ok(())
}

fn touched_in(customer: &Customer, window: &Window) -> bool {
    let mut contacts = customer.contacts.iter();
    window.holds(customer.modified) || contacts.any(|contact| window.holds(contact.modified))
}

fn write(customer: &Customer, with_contacts: bool, xml: &mut Xml) {
    let (id, modified) = (
        customer.customer_id.to_string(),
        time::utc(customer.modified),
    );
    let attributes: [(&str, &str); 5] = [
        ("customerId", id.as_str()),
        ("customerNumber", &customer.customer_number),
        ("active", flag(customer.active)),
        ("type", &customer.kind),
        ("modified", &modified),
    ];
    xml.open("customer", &attributes);
    xml.leaf("companyName", &customer.company_name);
    xml.leaf("phone", &customer.phone);
    xml.leaf("fax", &customer.fax);
    xml.leaf("web", &customer.web);
    for address in &customer.addresses {
        xml.open("address", &[("type", &address.kind)]);
        for (name, text) in [
            ("line1", &address.line1),
            ("line2", &address.line2),
            ("city", &address.city),
            ("state", &address.state),
            ("postalCode", &address.postal_code),
            ("country", &address.country),
        ] {
            xml.leaf(name, text);
        }
        xml.close("address");
    }
    xml.leaf("terms", &customer.terms);
    external_ids(&customer.external_ids, xml);
    if with_contacts {
        for contact in &customer.contacts {
            write_contact(contact, xml);
        }
    }
    xml.close("customer");
}

fn write_contact(contact: &Contact, xml: &mut Xml) {
    let (id, modified) = (contact.contact_id.to_string(), time::utc(contact.modified));
    let attributes: [(&str, &str); 4] = [
        ("contactId", id.as_str()),
        ("active", flag(contact.active)),
        ("primary", flag(contact.primary)),
        ("modified", &modified),
    ];
    xml.open("contact", &attributes);
    for (name, text) in [
        ("firstName", &contact.first_name),
        ("lastName", &contact.last_name),
        ("title", &contact.title),
        ("email", &contact.email),
        ("workPhone", &contact.work_phone),
        ("mobilePhone", &contact.mobile_phone),
    ] {
        xml.leaf(name, text);
    }
    external_ids(&contact.external_ids, xml);
    xml.close("contact");
}

fn external_ids(ids: &BTreeMap<String, String>, xml: &mut Xml) {
    for (system, id) in ids {
        xml.leaf_with("externalId", &[("system", system)], id);
    }
}
