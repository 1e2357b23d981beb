//! Customers with their contacts: how they are asked for, what they look like, how they are written.

use crate::envelope::Request;
use crate::value::{flag, instant, some};
use liaison_sdk::prelude::*;
use liaison_sdk::xml::{escape, leaf, Element};

/// The kinds of accounts. Documented for files.
pub const TYPES: [&str; 6] = [
    "lead", "prospect", "customer", "vendor", "partner", "generic",
];

/// The element of a customer.
pub const ELEMENT: &str = "customer";

/// Which customers are asked for.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    Number(&'a str),
    SystemId(&'a str),
    /// Exactly this name.
    Name(&'a str),
    /// `after` and `before`.
    ChangedWithin(&'a str),
}

/// Asks for customers and all their contacts.
pub fn request(which: Which) -> Request {
    let mut inner = String::from("<options>");
    match which {
        Which::Number(number) => leaf(&mut inner, "customerNumber", number),
        Which::SystemId(id) => leaf(&mut inner, "customerId", id),
        Which::Name(name) => leaf(&mut inner, "companyName", name),
        Which::ChangedWithin(bounds) => {
            inner.push_str(&format!("<modifiedInRange>{bounds}</modifiedInRange>"));
        }
    }
    leaf(&mut inner, "includeContacts", "true");
    inner.push_str("</options>");
    Request {
        root: "export_customers_request",
        inner,
    }
}

/// The texts of a customer, and their elements.
pub const TEXTS: [(&str, &str); 5] = [
    ("name", "companyName"),
    ("phone", "phone"),
    ("fax", "fax"),
    ("web", "web"),
    ("payment_terms", "terms"),
];
/// The texts of a contact, and their elements.
pub const CONTACT_TEXTS: [(&str, &str); 6] = [
    ("first_name", "firstName"),
    ("last_name", "lastName"),
    ("title", "title"),
    ("email", "email"),
    ("work_phone", "workPhone"),
    ("mobile_phone", "mobilePhone"),
];
/// The kinds of addresses, and what the names of their fields begin with.
pub const ADDRESSES: [(&str, &str); 2] = [("billing", ""), ("shipping", "shipping_")];
/// The parts of an address, and their elements.
pub const ADDRESS_PARTS: [(&str, &str); 6] = [
    ("address_line_1", "line1"),
    ("address_line_2", "line2"),
    ("city", "city"),
    ("state", "state"),
    ("postal_code", "postalCode"),
    ("country", "country"),
];

/// A customer of a reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    pub number: String,
    pub system_id: String,
    pub modified_ms: Option<i64>,
    /// All but what users pressed.
    pub body: Map<String, Value>,
    pub contacts: Vec<Contact>,
}

/// A contact of a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    pub system_id: String,
    pub body: Map<String, Value>,
}

/// The id of a contact: a contact is read with its customer alone.
pub fn contact_id(number: &str, system_id: &str) -> String {
    format!("{number}/{system_id}")
}

/// The customer's number and the contact's system id.
pub fn parts_of(contact_id: &str) -> Option<(&str, &str)> {
    let (number, system_id) = contact_id.rsplit_once('/')?;
    (!number.is_empty() && !system_id.is_empty()).then_some((number, system_id))
}

/// A customer of a reply; none where it has no number.
pub fn read(element: &Element, system: &str) -> Option<Customer> {
    let number = element.attribute("customerNumber").trim();
    if number.is_empty() {
        return None;
    }
    let system_id = element.attribute("customerId").trim();
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("id", json!(number));
    put("number", json!(number));
    put("system_id", some(system_id));
    put("active", active(element));
    put("type", some(element.attribute("type")));
    for (name, wire) in TEXTS {
        put(name, text(element, wire));
    }
    for (kind, prefix) in ADDRESSES {
        let address = element
            .all("address")
            .find(|address| address.attribute("type").eq_ignore_ascii_case(kind));
        for (name, wire) in ADDRESS_PARTS {
            let value = address.map_or(Value::Null, |address| text(address, wire));
            put(&format!("{prefix}{name}"), value);
        }
    }
    let external = external_id(element, system);
    put("external_id", external.clone());
    let modified = instant(element.attribute("modified"));
    put("modified_at", modified.clone());
    let nested = element.children.iter().flat_map(|child| match child.name {
        "contact" => vec![child],
        "contacts" => child.all("contact").collect(),
        _ => Vec::new(),
    });
    let contacts: Vec<Contact> = nested
        .filter_map(|contact| read_contact(contact, number, &body, system))
        .collect();
    let short: Vec<Value> = contacts.iter().map(Contact::short).collect();
    body.insert("contacts".to_owned(), json!(short));
    Some(Customer {
        number: number.to_owned(),
        system_id: system_id.to_owned(),
        modified_ms: modified.as_str().and_then(date::parse_instant),
        body,
        contacts,
    })
}

fn read_contact(
    element: &Element,
    number: &str,
    customer: &Map<String, Value>,
    system: &str,
) -> Option<Contact> {
    let system_id = element.attribute("contactId").trim();
    if system_id.is_empty() {
        return None;
    }
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    let of_customer = |name: &str| customer.get(name).cloned().unwrap_or_default();
    put("id", json!(contact_id(number, system_id)));
    put("system_id", json!(system_id));
    put("customer_id", json!(number));
    put("customer_name", of_customer("name"));
    put("customer_external_id", of_customer("external_id"));
    for (name, wire) in CONTACT_TEXTS {
        put(name, text(element, wire));
    }
    put("active", active(element));
    put(
        "primary",
        json!(flag(element.attribute("primary")) == json!(true)),
    );
    put("external_id", external_id(element, system));
    put("modified_at", instant(element.attribute("modified")));
    Some(Contact {
        system_id: system_id.to_owned(),
        body,
    })
}

impl Contact {
    /// As it stands on its customer.
    fn short(&self) -> Value {
        let names = [
            "id",
            "first_name",
            "last_name",
            "email",
            "work_phone",
            "external_id",
            "active",
            "primary",
        ];
        let parts = names.map(|name| (name.to_owned(), self.body[name].clone()));
        Value::Object(parts.into_iter().collect())
    }
}

fn text(element: &Element, name: &str) -> Value {
    some(element.text_of(name))
}

/// What is not said to be inactive is active.
fn active(element: &Element) -> Value {
    json!(flag(element.attribute("active")) != json!(false))
}

fn external_id(element: &Element, system: &str) -> Value {
    let ours = element
        .all("externalId")
        .find(|id| id.attribute("system").eq_ignore_ascii_case(system));
    ours.map_or(Value::Null, |id| some(&id.text))
}

/// How a customer is recognised and what becomes of it. There is a third, `create`, which makes a second one of
/// what is there: it is never sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Import {
    Upsert,
    Update,
}

/// Whom a write is about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Whom<'a> {
    pub system_id: &'a str,
    pub number: &'a str,
}

fn address_fields(prefix: &str) -> [String; 6] {
    ADDRESS_PARTS.map(|(name, _)| format!("{prefix}{name}"))
}

/// Whether a body has any part of an address.
pub fn names_address(body: &Map<String, Value>) -> bool {
    let mut fields = ADDRESSES
        .iter()
        .flat_map(|(_, prefix)| address_fields(prefix));
    fields.any(|field| body.contains_key(&field))
}

/// Gives each address of which a body has a part the other parts as they are: an address that comes replaces the
/// one that is there.
pub fn complete_addresses(body: &mut Map<String, Value>, there: &Map<String, Value>) {
    for (_, prefix) in ADDRESSES {
        let fields = address_fields(prefix);
        if !fields.iter().any(|field| body.contains_key(field)) {
            continue;
        }
        for field in fields {
            if let (false, Some(value)) = (body.contains_key(&field), there.get(&field)) {
                body.insert(field, value.clone());
            }
        }
    }
}

/// Writes a customer: what its body does not name stays as it is.
pub fn import(
    request_id: &str,
    import: Import,
    whom: Whom,
    body: &Map<String, Value>,
    contact: Option<&str>,
    system: &str,
) -> Request {
    let mut inner = format!(
        "<customers><customer requestId=\"{}\" action=\"{}\"",
        escape(request_id),
        match import {
            Import::Upsert => "upsert",
            Import::Update => "update",
        }
    );
    attribute(&mut inner, "customerId", whom.system_id);
    attribute(&mut inner, "customerNumber", whom.number);
    attribute(&mut inner, "active", &wire(body.get("active")));
    attribute(&mut inner, "type", &wire(body.get("type")));
    inner.push('>');
    texts(&mut inner, &TEXTS, body);
    for (kind, prefix) in ADDRESSES {
        let parts = ADDRESS_PARTS.iter().filter_map(|(name, element)| {
            let value = body.get(&format!("{prefix}{name}"))?;
            Some((*element, wire(Some(value))))
        });
        let parts: Vec<(&str, String)> = parts.collect();
        if parts.is_empty() {
            continue;
        }
        inner.push_str(&format!("<address type=\"{kind}\">"));
        for (element, value) in parts {
            leaf(&mut inner, element, &value);
        }
        inner.push_str("</address>");
    }
    external(&mut inner, body, system);
    inner.push_str(contact.unwrap_or_default());
    inner.push_str("</customer></customers>");
    Request {
        root: "import_customers_request",
        inner,
    }
}

/// A contact as it goes with its customer; a new one has no system id.
pub fn contact(system_id: &str, body: &Map<String, Value>, system: &str) -> String {
    let mut out = String::from("<contact");
    attribute(&mut out, "contactId", system_id);
    attribute(&mut out, "active", &wire(body.get("active")));
    attribute(&mut out, "primary", &wire(body.get("primary")));
    out.push('>');
    texts(&mut out, &CONTACT_TEXTS, body);
    external(&mut out, body, system);
    out.push_str("</contact>");
    out
}

fn attribute(out: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        out.push_str(&format!(" {name}=\"{}\"", escape(value)));
    }
}

fn texts(out: &mut String, fields: &[(&str, &str)], body: &Map<String, Value>) {
    for (name, element) in fields {
        if let Some(value) = body.get(*name) {
            leaf(out, element, &wire(Some(value)));
        }
    }
}

fn external(out: &mut String, body: &Map<String, Value>, system: &str) {
    if let Some(value) = body.get("external_id") {
        out.push_str(&format!(
            "<externalId system=\"{}\">{}</externalId>",
            escape(system),
            escape(&wire(Some(value)))
        ));
    }
}

/// A value on the wire; nothing for what is empty.
fn wire(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
