//! What users pressed, and finishing it.

use crate::envelope::Request;
use crate::value::{flag, instant, some};
use liaison_sdk::prelude::*;
use liaison_sdk::xml::{escape, leaf, Element};

pub const EXPORT_CUSTOMER: &str = "export_customer";
pub const IMPORT_CUSTOMER: &str = "import_customer";
pub const IMPORT_CONTACTS: &str = "import_contacts";
pub const EXPORT_DOCUMENT: &str = "export_document";
pub const QUERY_OPPORTUNITIES: &str = "query_opportunities";
pub const QUERY_SERVICES: &str = "query_services";

/// All that users can press.
pub const TYPES: [&str; 6] = [
    EXPORT_CUSTOMER,
    IMPORT_CUSTOMER,
    IMPORT_CONTACTS,
    EXPORT_DOCUMENT,
    QUERY_OPPORTUNITIES,
    QUERY_SERVICES,
];
/// Of a document.
pub const OF_DOCUMENTS: [&str; 3] = [EXPORT_DOCUMENT, QUERY_OPPORTUNITIES, QUERY_SERVICES];
/// Of a customer.
pub const OF_CUSTOMERS: [&str; 3] = [EXPORT_CUSTOMER, IMPORT_CUSTOMER, IMPORT_CONTACTS];

/// The element of an action.
pub const ELEMENT: &str = "action";

/// What a user pressed and that is not finished.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pressed {
    pub id: String,
    pub kind: String,
    /// The record it was pressed on, by its number or its system id.
    pub subject: String,
    pub argument: Value,
    pub by: Value,
    pub at: Value,
    pub all_contacts: bool,
    /// System ids of contacts.
    pub contacts: Vec<String>,
}

impl Pressed {
    /// Its place among all: the time at which it was pressed, and its id, a number that grows, as wide as any.
    pub fn place(&self) -> (String, String) {
        let at = self.at.as_str().unwrap_or_default();
        (at.to_owned(), format!("{:0>20}", self.id))
    }

    /// Whether it asks for just what another of the same record asks for.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        let what = |one: &Self| {
            let (kind, argument) = (one.kind.clone(), one.argument.clone());
            (kind, argument, one.all_contacts, one.contacts.clone())
        };
        what(self) == what(other)
    }

    /// Whether a user only asked for a list to choose from.
    pub fn is_query(&self) -> bool {
        [QUERY_OPPORTUNITIES, QUERY_SERVICES].contains(&self.kind.as_str())
    }
}

/// Asks for what is not finished.
pub fn waiting() -> Request {
    Request {
        root: "export_actions_request",
        inner: "<options/>".to_owned(),
    }
}

/// An action of a reply; none where it has no id.
pub fn read(element: &Element) -> Option<Pressed> {
    let id = either(element, "actionId");
    let options = element.child("options").unwrap_or(element);
    let all = either(options, "importAllContacts");
    let contacts = element.children.iter().flat_map(|child| match child.name {
        "contact" => vec![child],
        _ => child.all("contact").collect(),
    });
    let contacts = contacts.map(|contact| match contact.attribute("contactId") {
        "" => contact.text.trim(),
        id => id,
    });
    (!id.is_empty()).then(|| Pressed {
        id: id.to_owned(),
        kind: either(element, "type").to_owned(),
        subject: either(element, "subjectId").to_owned(),
        argument: some(either(element, "argument")),
        by: some(either(element, "requestedBy")),
        at: instant(either(element, "requestedAt")),
        all_contacts: flag(all) != json!(false),
        contacts: contacts
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}

/// An attribute, or the child of that name.
fn either<'a>(element: &'a Element, name: &'a str) -> &'a str {
    match element.attribute(name).trim() {
        "" => element.text_of(name),
        value => value,
    }
}

/// One of what a query found.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub id: String,
    pub name: String,
}

/// Finishes an action.
pub fn finish(id: &str, status: &str, message: &str, choices: &[Choice]) -> Request {
    let mut inner = format!(
        "<actions><action actionId=\"{}\" status=\"{}\">",
        escape(id),
        escape(status)
    );
    leaf(&mut inner, "message", message);
    if !choices.is_empty() {
        inner.push_str("<results>");
        for choice in choices {
            inner.push_str(&format!(
                "<result id=\"{}\" name=\"{}\"/>",
                escape(&choice.id),
                escape(&choice.name)
            ));
        }
        inner.push_str("</results>");
    }
    inner.push_str("</action></actions>");
    Request {
        root: "complete_actions_request",
        inner,
    }
}
