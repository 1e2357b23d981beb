//! Assumed (5.2): customers with their contacts, in. One record is taken whole or not at all.

use super::super::ChannelOnline;
use super::super::book::Books;
use super::super::customer::{Contact, Customer};
use super::super::refusal::Refusal;
use super::super::time;
use super::super::wire::{Element, Xml};
use super::{failed, import, number};
use crate::simulator::NowMs;

pub fn import(site: &mut ChannelOnline, element: &Element, now: NowMs, xml: &mut Xml) {
    let request = element.attribute("requestId").unwrap_or_default();
    if let Some(stored) = site.memory.get(request) {
        xml.raw(stored);
        return;
    }
    match taken(site, element, now) {
        Err(refusal) => failed(&[("ref", request)], &refusal, xml),
        Ok(done) => {
            let written = done.written(&site.books, request);
            xml.raw(&written);
            if !request.is_empty() {
                site.memory.insert(request.to_owned(), written);
            }
        }
    }
}

struct Done {
    status: &'static str,
    customer: u64,
    /// In the order of the request.
    contacts: Vec<u64>,
}

impl Done {
    fn written(&self, books: &Books, request: &str) -> String {
        let mut xml = Xml::fragment();
        let number = books.customers.get(&self.customer);
        let number = number.map_or("", |customer| customer.customer_number.as_str());
        let id = self.customer.to_string();
        let attributes: [(&str, &str); 4] = [
            ("ref", request),
            ("status", self.status),
            ("customerId", &id),
            ("customerNumber", number),
        ];
        xml.open("result", &attributes);
        for id in &self.contacts {
            xml.empty("contact", &[("contactId", &id.to_string())]);
        }
        xml.close("result");
        xml.written()
    }
}

fn taken(site: &mut ChannelOnline, element: &Element, now: NowMs) -> Result<Done, Refusal> {
    let action = element.attribute("action").unwrap_or("upsert");
    let found = match action {
        "create" => None,
        "upsert" | "update" => matched(&site.books, element)?,
        other => return Err(Refusal::invalid(format!("Invalid action {other}"))),
    };
    if found.is_none() && action == "update" {
        return Err(Refusal::not_found("Customer not found"));
    }
    let now = time::whole_seconds(now);
    let before = found.map(|id| site.books.customers[&id].clone());
    let mut customer = before.clone().unwrap_or_else(|| Customer {
        modified: now,
        ..Customer::default()
    });
    import::apply_customer(element, &mut customer)?;
    let mut next = site.books.numbers.contact;
    let contacts = contacts(element, &mut customer, &mut next, now)?;
    check(site, &customer)?;
    let (id, status) = match before {
        None => {
            let added = site.books.add_customer(customer, now);
            (added.map_err(Refusal::conflict)?, "created")
        }
        Some(before) if before == customer => (before.customer_id, "unchanged"),
        Some(before) => {
            let own = |customer: &Customer| Customer {
                contacts: Vec::new(),
                ..customer.clone()
            };
            if own(&before) != own(&customer) {
                customer.modified = now;
            }
            site.books.customers.insert(before.customer_id, customer);
            (before.customer_id, "updated")
        }
    };
    site.books.numbers.contact = site.books.numbers.contact.max(next);
    Ok(Done {
        status,
        customer: id,
        contacts,
    })
}

/// By id, external id, number, exact name.
fn matched(books: &Books, element: &Element) -> Result<Option<u64>, Refusal> {
    if let Some(id) = number(element, "customerId")? {
        return match books.customers.contains_key(&id) {
            true => Ok(Some(id)),
            false => Err(Refusal::not_found(format!("Customer {id} not found"))),
        };
    }
    let ids: Vec<(&str, &str)> = external_ids(element).collect();
    let linked = |customer: &&Customer| {
        let known = &customer.external_ids;
        ids.iter()
            .any(|(system, id)| known.get(*system).is_some_and(|known| known == id))
    };
    if let Some(customer) = books.customers.values().find(linked) {
        return Ok(Some(customer.customer_id));
    }
    let given = element.attribute("customerNumber").unwrap_or_default();
    let name = element.get("companyName").unwrap_or_default();
    let by_number: Vec<&Customer> = books
        .customers
        .values()
        .filter(|customer| !given.is_empty() && customer.customer_number == given)
        .collect();
    let by_name = || -> Vec<&Customer> {
        let all = books.customers.values();
        all.filter(|customer| !name.is_empty() && customer.company_name == name)
            .collect()
    };
    let found = if by_number.is_empty() {
        by_name()
    } else {
        by_number
    };
    let customer = match found.as_slice() {
        [] => return Ok(None),
        [customer] => customer,
        _ => {
            return Err(Refusal::conflict(format!(
                "Several customers are named {name}"
            )));
        }
    };
    for (system, id) in ids {
        let other = customer.external_ids.get(system);
        if let Some(other) = other.filter(|other| *other != id) {
            return Err(Refusal::conflict(format!(
                "Customer {} is linked to {system} {other}",
                customer.customer_id
            )));
        }
    }
    Ok(Some(customer.customer_id))
}

fn external_ids(element: &Element) -> impl Iterator<Item = (&str, &str)> {
    let ids = element.children.iter();
    ids.filter(|child| child.name == "externalId" && !child.text.is_empty())
        .filter_map(|child| Some((child.attribute("system")?, child.text.as_str())))
}

fn contacts(
    element: &Element,
    customer: &mut Customer,
    next: &mut u64,
    now: NowMs,
) -> Result<Vec<u64>, Refusal> {
    let mut ids = Vec::new();
    for given in element.all("contact") {
        let at = contact_at(customer, given)?;
        let mut contact = match at {
            Some(at) => customer.contacts[at].clone(),
            None => Contact::default(),
        };
        import::apply_contact(given, &mut contact)?;
        let id = match at {
            Some(at) if customer.contacts[at] == contact => contact.contact_id,
            Some(at) => {
                contact.modified = now;
                let id = contact.contact_id;
                customer.contacts[at] = contact;
                id
            }
            None => {
                let id = *next;
                *next += 1;
                contact.contact_id = id;
                contact.modified = now;
                customer.contacts.push(contact);
                id
            }
        };
        if given.attribute("primary") == Some("true") {
            only_primary(customer, id, now);
        }
        ids.push(id);
    }
    Ok(ids)
}

/// A customer has one primary contact at most.
fn only_primary(customer: &mut Customer, id: u64, now: NowMs) {
    for other in &mut customer.contacts {
        if other.primary && other.contact_id != id {
            other.primary = false;
            other.modified = now;
        }
    }
}

/// By id, external id, e-mail.
fn contact_at(customer: &Customer, given: &Element) -> Result<Option<usize>, Refusal> {
    let find = |wanted: &dyn Fn(&Contact) -> bool| customer.contacts.iter().position(wanted);
    if let Some(id) = number(given, "contactId")? {
        let at = find(&|contact| contact.contact_id == id);
        return at
            .map(Some)
            .ok_or_else(|| Refusal::not_found(format!("Contact {id} not found at this customer")));
    }
    let by_external_id = find(&|contact| {
        let known = &contact.external_ids;
        external_ids(given).any(|(system, id)| known.get(system).is_some_and(|known| known == id))
    });
    let email = given.get("email").unwrap_or_default().to_lowercase();
    let by_email = || find(&|contact| !email.is_empty() && contact.email.to_lowercase() == email);
    Ok(by_external_id.or_else(by_email))
}

fn check(site: &ChannelOnline, customer: &Customer) -> Result<(), Refusal> {
    let books = &site.books;
    let mut others = books.customers.values();
    let number = &customer.customer_number;
    let taken = others.any(|other| {
        other.customer_id != customer.customer_id
            && !number.is_empty()
            && other.customer_number == *number
    });
    if taken {
        return Err(Refusal::conflict(format!(
            "Customer number {number} is taken"
        )));
    }
    let terms = &customer.terms;
    if !terms.is_empty() && !books.lists("paymentTerms", terms) {
        return Err(Refusal::invalid(format!("No payment terms {terms}")));
    }
    let lacking = customer.phone.is_empty()
        || customer
            .contacts
            .iter()
            .any(|contact| contact.work_phone.is_empty());
    if site.switches.work_phone_required && lacking {
        return Err(Refusal::invalid("Work phone is required"));
    }
    Ok(())
}
