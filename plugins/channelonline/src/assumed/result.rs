//! What became of a record that was written.

use crate::reply::Trouble;
use liaison_sdk::xml::Element;

/// The element of a result.
pub const ELEMENT: &str = "result";

/// The result of one record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// Which record it is of: the `requestId`, or the id that was sent.
    pub of: String,
    pub status: String,
    pub trouble: Option<Trouble>,
    pub customer_id: String,
    pub customer_number: String,
    /// System ids, in the order in which the contacts were sent.
    pub contact_ids: Vec<String>,
    pub revision: String,
}

/// A result of a reply.
pub fn read(element: &Element) -> Option<Told> {
    let either = |name: &str| match element.attribute(name).trim() {
        "" => element.text_of(name).to_owned(),
        value => value.to_owned(),
    };
    let status = either("status");
    let failed = status.eq_ignore_ascii_case("failed") || status.eq_ignore_ascii_case("failure");
    let trouble = Trouble::of(element).or_else(|| failed.then(Trouble::default));
    Some(Told {
        of: either("ref"),
        trouble,
        status,
        customer_id: either("customerId"),
        customer_number: either("customerNumber"),
        contact_ids: contact_ids(element),
        revision: either("revisionNumber"),
    })
}

fn contact_ids(element: &Element) -> Vec<String> {
    let mut found = Vec::new();
    for child in &element.children {
        match child.name {
            "contact" | "contactId" => {
                let id = match child.attribute("contactId").trim() {
                    "" => match child.text_of("contactId") {
                        "" => child.text.trim(),
                        id => id,
                    },
                    id => id,
                };
                found.extend((!id.is_empty()).then(|| id.to_owned()));
            }
            _ => found.extend(contact_ids(child)),
        }
    }
    found
}
