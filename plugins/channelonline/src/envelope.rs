//! Requests as the service takes them: the envelope that every request has, and the export of documents.

use crate::settings::Settings;
use liaison_sdk::date;
use liaison_sdk::xml::{escape, leaf};

/// The version of the schema that is spoken.
pub const VERSION: &str = "7.0";

/// A request: its root's name, and what follows the authentication.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub root: &'static str,
    pub inner: String,
}

/// The whole document. The password is a placeholder, written as it stands.
pub fn document(settings: &Settings, password: &str, request: &Request) -> String {
    let root = request.root;
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><{root} schemaVersion=\"{VERSION}\"><authentication>"
    );
    leaf(&mut out, "shortcut", settings.shortcut.trim());
    leaf(&mut out, "email", settings.email.trim());
    out.push_str(&format!("<password>{password}</password>"));
    out.push_str(&format!(
        "<userAgent version=\"{VERSION}\">{}</userAgent></authentication>{}</{root}>",
        escape(settings.user_agent.trim()),
        request.inner
    ));
    out
}

/// The two kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Quote,
    SalesOrder,
}

impl Kind {
    /// As a request names it, with a space. Replies write it without.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Quote => "Quote",
            Self::SalesOrder => "Sales Order",
        }
    }

    /// The entity of its documents.
    pub fn entity(self) -> &'static str {
        match self {
            Self::Quote => crate::entity::QUOTE,
            Self::SalesOrder => crate::entity::SALES_ORDER,
        }
    }

    /// The kind that a document's attribute names, however it is spaced.
    pub fn of_reply(text: &str) -> Option<Self> {
        let bare: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
        [Self::Quote, Self::SalesOrder]
            .into_iter()
            .find(|kind| bare.eq_ignore_ascii_case(&kind.wire().replace(' ', "")))
    }
}

/// A span of whole seconds since the epoch: `from` belongs to it, `to` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: i64,
    pub to: i64,
}

impl Span {
    /// As `after` and `before`, so that every second of the span is in it whether the service counts its two
    /// ends in or not.
    pub fn wide(self) -> String {
        bounds(self.from - 1, self.to)
    }

    /// Where the service counts `after` in and `before` out: this span and nothing else.
    pub fn exact(self) -> String {
        bounds(self.from, self.to)
    }
}

fn bounds(after: i64, before: i64) -> String {
    let mut out = String::new();
    leaf(&mut out, "after", &date::instant(after * 1000));
    leaf(&mut out, "before", &date::instant(before * 1000));
    out
}

const EXPORT_DOCUMENTS: &str = "export_documents_request";

/// The documents of a kind that were changed within these bounds.
pub fn documents_changed(kind: Kind, bounds: &str) -> Request {
    documents_with(kind, "modified", bounds)
}

/// The documents of a kind that were made within these bounds.
pub fn documents_made(kind: Kind, bounds: &str) -> Request {
    documents_with(kind, "created", bounds)
}

fn documents_with(kind: Kind, event: &str, bounds: &str) -> Request {
    let range = format!("<eventInRange><eventType>{event}</eventType>{bounds}</eventInRange>");
    documents(kind, &range)
}

/// The document of a kind with this number.
pub fn document_numbered(kind: Kind, number: &str) -> Request {
    let mut which = String::new();
    leaf(&mut which, "documentNumber", number);
    documents(kind, &which)
}

/// The documents of a kind that this option chooses.
pub fn documents(kind: Kind, which: &str) -> Request {
    let mut inner = String::from("<options>");
    leaf(&mut inner, "documentType", kind.wire());
    // Neither is a cursor: whether a delivery that failed takes an export mark back is not known.
    leaf(&mut inner, "onlyChecked", "false");
    leaf(&mut inner, "onlyUnexported", "false");
    inner.push_str(which);
    inner.push_str("</options>");
    Request {
        root: EXPORT_DOCUMENTS,
        inner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liaison_sdk::prelude::*;

    fn settings() -> Settings {
        serde_json::from_value(
            json!({"shortcut": "acme", "email": "svc@acme.example", "user_agent": "A & B"}),
        )
        .unwrap()
    }

    #[test]
    fn a_request_is_what_the_service_takes_to_the_byte() {
        let span = Span {
            from: date::parse_instant("2026-03-01T00:00:01Z").unwrap() / 1000,
            to: date::parse_instant("2026-03-02T00:00:00Z").unwrap() / 1000,
        };
        let request = documents_changed(Kind::SalesOrder, &span.wide());
        assert_eq!(
            document(&settings(), "[password:Xml]", &request),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><export_documents_request schemaVersion=\"7.0\">\
             <authentication><shortcut>acme</shortcut><email>svc@acme.example</email><password>[password:Xml]</password>\
             <userAgent version=\"7.0\">A &amp; B</userAgent></authentication>\
             <options><documentType>Sales Order</documentType><onlyChecked>false</onlyChecked><onlyUnexported>false</onlyUnexported>\
             <eventInRange><eventType>modified</eventType><after>2026-03-01T00:00:00Z</after><before>2026-03-02T00:00:00Z</before></eventInRange>\
             </options></export_documents_request>"
        );
        assert_eq!(
            document_numbered(Kind::Quote, "Q<1>").inner,
            "<options><documentType>Quote</documentType><onlyChecked>false</onlyChecked><onlyUnexported>false</onlyUnexported>\
             <documentNumber>Q&lt;1&gt;</documentNumber></options>"
        );
        assert_eq!(
            span.exact(),
            "<after>2026-03-01T00:00:01Z</after><before>2026-03-02T00:00:00Z</before>"
        );
    }

    #[test]
    fn the_kind_of_a_reply_is_known_with_and_without_its_space() {
        for (text, kind) in [
            ("Quote", Some(Kind::Quote)),
            ("SalesOrder", Some(Kind::SalesOrder)),
            ("Sales Order", Some(Kind::SalesOrder)),
            ("Invoice", None),
            ("", None),
        ] {
            assert_eq!(Kind::of_reply(text), kind, "{text}");
        }
    }
}
