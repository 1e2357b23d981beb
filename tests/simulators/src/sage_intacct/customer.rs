//! Customers with their display contact, and the versions of contacts.
//!
//! A contact keeps its name for ever; every change makes a version, and a contract keeps the one it was
//! written with.

use super::act::Act;
use super::company::Row;
use super::refusal::Refusal;
use super::schema::known;
use super::wire::Element;
use super::write::{self, Given};

/// The three other contacts of a customer: the field with the name, and the one with the key.
const OTHERS: [(&str, &str); 3] = [
    ("CONTACTINFO.CONTACTNAME", "CONTACTKEY"),
    ("BILLTO.CONTACTNAME", "BILLTOKEY"),
    ("SHIPTO.CONTACTNAME", "SHIPTOKEY"),
];

/// A new customer: its display contact is made with it.
pub fn complete(
    act: &mut Act<'_>,
    row: &mut Row,
    contact: Option<&Element>,
    given: &Given,
) -> Result<(), Refusal> {
    let contact = contact.ok_or_else(|| Refusal::missing("DISPLAYCONTACT.PRINTAS"))?;
    let mut contact = contact.clone();
    if contact.get("CONTACTNAME").is_none_or(str::is_empty) {
        contact.children.retain(|child| child.name != "CONTACTNAME");
        let name = format!("{}(C{})", row.get("NAME"), row.get("CUSTOMERID"));
        contact.children.push(Element::leaf("CONTACTNAME", name));
    }
    let key = write::create(act, known("CONTACT"), &contact)?;
    row.set("DISPLAYCONTACTKEY", key.to_string());
    row.set("ENTITY", format!("C{}", row.get("CUSTOMERID")));
    keys(act, row);
    contact_list(act, given)
}

pub fn change(
    act: &mut Act<'_>,
    row: &mut Row,
    contact: Option<&Element>,
    given: &Given,
) -> Result<(), Refusal> {
    if let Some(contact) = contact {
        let mut contact = contact.clone();
        let key = row.get("DISPLAYCONTACTKEY").to_owned();
        contact.children.push(Element::leaf("RECORDNO", key));
        write::update(act, known("CONTACT"), &contact)?;
    }
    keys(act, row);
    contact_list(act, given)
}

fn keys(act: &Act<'_>, row: &mut Row) {
    for (name, key) in OTHERS {
        let contact = act.company.by_id("CONTACT", row.get(name));
        let found = contact.map_or_else(String::new, |contact| contact.key.to_string());
        row.set(key, found);
    }
}

/// The named contacts of a list must exist; the list itself is not kept.
fn contact_list(act: &Act<'_>, given: &Given) -> Result<(), Refusal> {
    for list in &given.lists {
        for entry in &list.children {
            let name = entry
                .child("CONTACT")
                .and_then(|contact| contact.get("NAME"));
            let name = name.unwrap_or_default();
            if entry.get("CATEGORYNAME").is_none_or(str::is_empty) {
                return Err(Refusal::missing("CATEGORYNAME"));
            }
            if act.company.by_id("CONTACT", name).is_none() {
                return Err(Refusal::invalid("Contact", name));
            }
        }
    }
    Ok(())
}

/// Keeps what a contact is now as a version of its own.
pub fn new_version(act: &mut Act<'_>, key: i64) {
    let Some(contact) = act.company.get("CONTACT", key).cloned() else {
        return;
    };
    let mut version = Row::default();
    for field in &known("CONTACTVERSION").fields {
        if contact.has(&field.name) {
            version.set(&field.name, contact.get(&field.name));
        }
    }
    version.set("CONTACTKEY", key.to_string());
    let version = act.company.insert(known("CONTACTVERSION"), version);
    let mut contact = contact;
    contact.set("VERSIONKEY", version.to_string());
    act.company.put(known("CONTACT"), contact);
}

/// The contact that a contract takes where it names none.
pub fn default_contact(act: &Act<'_>, customer: &Row, kind: &str) -> Option<String> {
    let own = customer.get(kind);
    if !own.is_empty() {
        return Some(own.to_owned());
    }
    let key = customer
        .key_of("CONTACTKEY")
        .or_else(|| customer.key_of("DISPLAYCONTACTKEY"))?;
    let contact = act.company.get("CONTACT", key)?;
    Some(contact.get("CONTACTNAME").to_owned())
}

pub fn before_contact_goes(act: &Act<'_>, contact: &Row) -> Result<(), Refusal> {
    let key = contact.key.to_string();
    let mut users = act.company.rows_with("CUSTOMER", "DISPLAYCONTACTKEY", &key);
    match users.next() {
        None => Ok(()),
        Some(customer) => Err(Refusal::general(format!(
            "Contact {} is the display contact of Customer {}",
            contact.get("CONTACTNAME"),
            customer.get("CUSTOMERID")
        ))),
    }
}
