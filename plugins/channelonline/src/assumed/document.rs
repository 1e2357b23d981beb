//! What documents are assumed to tell beside what is public, how one is asked for by its system id, and writing back.

use crate::envelope::{self, Kind, Request};
use crate::value::some;
use liaison_sdk::prelude::*;
use liaison_sdk::xml::{escape, leaf, Element};

/// Asks for one document by its system id. Where the service does not know the option, it is said so.
pub fn by_system_id(kind: Kind, system_id: &str) -> Request {
    let mut which = String::new();
    leaf(&mut which, "documentId", system_id);
    envelope::documents(kind, &which)
}

/// The terms that were selected on a document.
pub fn payment_terms(document: &Element) -> Value {
    let terms = document.child("paymentTerms");
    terms.map_or(Value::Null, |terms| match terms.text.trim() {
        "" => some(terms.text_of("description")),
        name => some(name),
    })
}

/// The document's own carrier and service.
pub fn shipping(document: &Element) -> Option<(Value, Value)> {
    let method = document.child("shippingMethod")?;
    let either = |name: &str| match method.attribute(name).trim() {
        "" => some(method.text_of(name)),
        value => some(value),
    };
    let found = (either("carrier"), either("service"));
    (found != (Value::Null, Value::Null)).then_some(found)
}

/// Custom fields by their names, of a document as of a line.
pub fn custom_fields(element: &Element) -> Map<String, Value> {
    let list = element.child("customFields");
    let fields = list.into_iter().flat_map(|list| list.all("customField"));
    fields
        .map(|field| (field.attribute("name").trim().to_owned(), some(&field.text)))
        .filter(|(name, _)| !name.is_empty())
        .collect()
}

/// The document's contact, by its system id.
pub fn contact<'a>(document: &'a Element<'a>) -> Option<&'a Element<'a>> {
    document.child("contact")
}

/// The external id of a line.
pub fn external_id(line: &Element, system: &str) -> Value {
    let mut ids = line.all("externalId");
    let ours = ids.find(|id| {
        let of = id.attribute("system");
        of.is_empty() || of.eq_ignore_ascii_case(system)
    });
    match ours {
        Some(id) => some(&id.text),
        None => some(line.attribute("externalId")),
    }
}

/// What is written back to a document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update {
    pub custom_fields: Vec<(String, String)>,
    pub exported: Option<bool>,
    pub message: Option<String>,
    pub add: Vec<NewLine>,
    /// By their ids.
    pub remove: Vec<String>,
}

/// A line to add.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewLine {
    pub product_type: String,
    pub part_number: String,
    pub description: String,
    pub quantity: String,
    pub cost: String,
    pub price: String,
    pub external_id: String,
}

impl Update {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Writes back to the document with this system id, as it was at this revision.
pub fn update(system_id: &str, revision: &str, update: &Update, system: &str) -> Request {
    let mut inner = format!(
        "<documents><document documentId=\"{}\" revisionNumber=\"{}\">",
        escape(system_id),
        escape(revision)
    );
    for (name, value) in &update.custom_fields {
        inner.push_str(&format!(
            "<customField name=\"{}\">{}</customField>",
            escape(name),
            escape(value)
        ));
    }
    if let Some(exported) = update.exported {
        leaf(&mut inner, "exported", &exported.to_string());
    }
    if let Some(message) = &update.message {
        leaf(&mut inner, "message", message);
    }
    for id in &update.remove {
        inner.push_str(&format!("<removeLine lineItemId=\"{}\"/>", escape(id)));
    }
    for line in &update.add {
        inner.push_str(&format!(
            "<addLine productType=\"{}\">",
            escape(&line.product_type)
        ));
        for (name, value) in [
            ("partNumber", &line.part_number),
            ("descriptionLine1", &line.description),
            ("quantity", &line.quantity),
            ("cost", &line.cost),
            ("price", &line.price),
        ] {
            if !value.is_empty() {
                leaf(&mut inner, name, value);
            }
        }
        inner.push_str(&format!(
            "<externalId system=\"{}\">{}</externalId></addLine>",
            escape(system),
            escape(&line.external_id)
        ));
    }
    inner.push_str("</document></documents>");
    Request {
        root: "update_documents_request",
        inner,
    }
}
