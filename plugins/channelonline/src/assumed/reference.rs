//! The lists of a company: categories, manufacturers, people, terms, shipping methods, custom fields.

use crate::entity;
use crate::envelope::Request;
use crate::value::flag;
use liaison_sdk::prelude::*;
use liaison_sdk::xml::{leaf, Element};

/// One row of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub id: String,
    pub name: String,
    pub active: bool,
    pub parent: String,
    pub email: String,
}

/// The list of an entity; none where it is no list.
pub fn kind_of(name: &str) -> Option<&'static str> {
    Some(match name {
        entity::CATEGORY => "categories",
        entity::MANUFACTURER => "manufacturers",
        entity::SALES_REP => "personnel",
        entity::PAYMENT_TERM => "paymentTerms",
        entity::SHIPPING_METHOD => "shippingMethods",
        entity::DOCUMENT_CUSTOM_FIELD => "documentCustomFields",
        _ => return None,
    })
}

/// Asks for a list.
pub fn request(kind: &str) -> Request {
    let mut inner = String::from("<options>");
    leaf(&mut inner, "kind", kind);
    inner.push_str("</options>");
    Request {
        root: "export_reference_request",
        inner,
    }
}

/// The rows below an element: whatever has an id, since what a row is called is not known.
pub fn rows(element: &Element) -> Vec<Row> {
    let either = |name: &str| match element.attribute(name).trim() {
        "" => element.text_of(name).to_owned(),
        value => value.to_owned(),
    };
    let id = either("id");
    if id.is_empty() {
        return element.children.iter().flat_map(rows).collect();
    }
    let name = match either("name") {
        name if name.is_empty() => element.text.trim().to_owned(),
        name => name,
    };
    vec![Row {
        id,
        name,
        active: flag(&either("active")) != json!(false),
        parent: either("parentId"),
        email: either("email"),
    }]
}
