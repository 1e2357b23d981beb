//! A company's books from JSON, as `--seed` takes them: `company`, `userAgents`, `users`, `switches`,
//! `products`, `reference`, `customers`, `documents`, and `actions` of the control plane at the end.

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::access::User;
use super::book::{Books, Reference};
use super::customer::Customer;
use super::document::{Document, Line, Product};
use super::{ChannelOnline, control};
use crate::simulator::NowMs;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Seed {
    #[serde(rename = "//")]
    _note: String,
    company: Company,
    user_agents: Vec<String>,
    users: Vec<User>,
    switches: Map<String, Value>,
    products: Vec<Product>,
    reference: Map<String, Value>,
    customers: Vec<Customer>,
    documents: Vec<Value>,
    actions: Vec<Value>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Company {
    shortcut: String,
    /// A name of the IANA list; the offsets of events follow it.
    time_zone: String,
}

pub fn seed(site: &mut ChannelOnline, given: &Value, now: NowMs) -> Result<Value, String> {
    if !given.is_object() {
        return Err("a seed is an object".to_owned());
    }
    let seed: Seed = serde_json::from_value(given.clone()).map_err(|e| e.to_string())?;
    if !seed.company.shortcut.is_empty() {
        site.access.shortcut = seed.company.shortcut;
    }
    if !seed.company.time_zone.is_empty() {
        site.books.zone = TimeZone::get(&seed.company.time_zone).map_err(|e| e.to_string())?;
    }
    site.access.agents.extend(seed.user_agents);
    site.access.users.extend(seed.users);
    for (name, value) in &seed.switches {
        site.switches.set(name, value)?;
    }
    for product in seed.products {
        let part = product.part_number.clone();
        site.books.products.insert(part, Arc::new(product));
    }
    for (kind, rows) in seed.reference {
        let rows: Vec<Reference> =
            serde_json::from_value(rows).map_err(|e| format!("{kind}: {e}"))?;
        let list = site.books.reference.get_mut(kind.as_str());
        list.ok_or_else(|| format!("no list `{kind}`"))?
            .extend(rows);
    }
    for (at, customer) in seed.customers.into_iter().enumerate() {
        let added = site.books.add_customer(customer, now);
        added.map_err(|e| format!("customer {at}: {e}"))?;
    }
    for (at, given) in seed.documents.iter().enumerate() {
        let added = add_document(&mut site.books, given, now);
        added.map_err(|e| format!("document {at}: {e}"))?;
    }
    for (at, action) in seed.actions.iter().enumerate() {
        control::control(site, action, now).map_err(|e| format!("action {at}: {e}"))?;
    }
    Ok(json!({
        "customers": site.books.customers.len(),
        "documents": site.books.documents.len(),
    }))
}

/// A line as JSON: `product` is a part number of the catalogue or a product in full; cost and price are
/// those of the product where they are left out, the quantity is 1.
pub fn line(books: &Books, given: &Value) -> Result<Line, String> {
    let mut given = given.as_object().ok_or("a line is an object")?.clone();
    let product = match given.shift_remove("product") {
        Some(Value::String(part)) => {
            let found = books.products.get(&part).cloned();
            found.ok_or_else(|| format!("no product `{part}`"))?
        }
        Some(product) => Arc::new(serde_json::from_value(product).map_err(|e| e.to_string())?),
        None => return Err("a line needs a `product`".to_owned()),
    };
    for (name, otherwise) in [
        ("quantity", "1".to_owned()),
        ("cost", product.cost.to_string()),
        ("price", product.price.to_string()),
    ] {
        if !given.contains_key(name) {
            given.insert(name.to_owned(), Value::String(otherwise));
        }
    }
    let line: Line = serde_json::from_value(Value::Object(given)).map_err(|e| e.to_string())?;
    Ok(Line { product, ..line })
}

/// Takes a document as JSON: id, number, revision, status and `created` event where it has none.
pub fn add_document(books: &mut Books, given: &Value, now: NowMs) -> Result<u64, String> {
    let mut given = given.as_object().ok_or("a document is an object")?.clone();
    let lines = match given.shift_remove("lines") {
        None => Vec::new(),
        Some(Value::Array(lines)) => lines,
        Some(_) => return Err("`lines` is a list".to_owned()),
    };
    let mut document: Document =
        serde_json::from_value(Value::Object(given)).map_err(|e| e.to_string())?;
    for given in &lines {
        document.put_line(line(books, given)?);
    }
    put_document(books, document, now)
}

pub fn put_document(books: &mut Books, mut document: Document, now: NowMs) -> Result<u64, String> {
    let customer = books.customer(document.customer_id)?;
    if let Some(id) = document.contact_id
        && customer.contact(id).is_none()
    {
        return Err(format!("no contact {id} at this customer"));
    }
    if document.document_id == 0 {
        document.document_id = books.numbers.document;
    }
    let id = document.document_id;
    if books.documents.contains_key(&id) {
        return Err(format!("there is a document {id} already"));
    }
    let kind = document.document_type;
    if document.document_number.is_empty() {
        let letters = if kind.shown() == "Quote" { "Q" } else { "SO" };
        document.document_number = books.new_document_number(letters);
    }
    document.revision_number = document.revision_number.max(1);
    if document.status.is_empty() {
        kind.statuses()[0].clone_into(&mut document.status);
    }
    check_status(&document)?;
    if document.events.is_empty() {
        let by = document.sales_person.clone();
        document.event("created", &by, now);
    }
    books.numbers.document = books.numbers.document.max(id + 1);
    books.documents.insert(id, document);
    Ok(id)
}

pub fn check_status(document: &Document) -> Result<(), String> {
    let statuses = document.document_type.statuses();
    if statuses.contains(&document.status.as_str()) {
        Ok(())
    } else {
        Err(format!("the status is one of {statuses:?}"))
    }
}
