//! `export_documents_request`: the service that is public. How a document looks stands in `document_xml.rs`.

use super::ChannelOnline;
use super::document::{Document, DocumentType};
use super::document_xml;
use super::envelope::{self, Envelope};
use super::refusal::Refusal;
use super::window::Window;
use super::wire::{Element, Xml};

/// What a request asks for.
struct Wanted {
    /// Empty for a type that is never exported.
    types: Vec<DocumentType>,
    only_checked: bool,
    only_unexported: bool,
    pick: Pick,
}

enum Pick {
    All,
    Number(String),
    Id(u64),
    Event(String, Window),
}

pub fn export(site: &mut ChannelOnline, asked: &Envelope, xml: &mut Xml) -> Result<(), Refusal> {
    let wanted = read(site, asked)?;
    let created_too = site.switches.created_is_modified;
    let documents = site.books.documents.values();
    let found: Vec<&Document> = documents
        .filter(|document| wanted.takes(document, created_too))
        .collect();
    let most = site.switches.records_max;
    if found.len() > most {
        return Err(Refusal::too_many("documents", most));
    }
    if found.is_empty() {
        return Ok(());
    }
    xml.open("documents", &[]);
    for document in &found {
        document_xml::write(document, &site.books, &site.switches, xml);
    }
    xml.close("documents");
    if wanted.only_unexported && site.switches.reading_marks_exported {
        let ids: Vec<u64> = found.iter().map(|document| document.document_id).collect();
        for id in ids {
            if let Some(document) = site.books.documents.get_mut(&id) {
                document.exported = true;
            }
        }
    }
    Ok(())
}

fn read(site: &ChannelOnline, asked: &Envelope) -> Result<Wanted, Refusal> {
    envelope::only(&asked.root, &["authentication", "options"])?;
    let none = Element::new("options");
    let options = asked.root.child("options").unwrap_or(&none);
    let is_old = asked.version != "7.0";
    let known = [
        "onlyChecked",
        "onlyUnexported",
        "eventInRange",
        "documentNumber",
        // Assumed: an action names a document by its system id.
        "documentId",
        "documentType",
    ];
    // The last of them is not known to the older version.
    let known = &known[..known.len() - usize::from(is_old)];
    envelope::only(options, known)?;
    let types = match options.get("documentType").map(str::trim) {
        None if is_old => vec![DocumentType::Quote, DocumentType::SalesOrder],
        Some("Quote") => vec![DocumentType::Quote],
        Some("Sales Order") => vec![DocumentType::SalesOrder],
        // Taken, and gives nothing.
        Some("Invoice") => Vec::new(),
        Some(other) => return Err(Refusal::invalid(format!("Invalid documentType {other}"))),
        None => return Err(Refusal::invalid("documentType is missing")),
    };
    let numbered = options.get("documentNumber");
    let pick = match (numbered, options.child("eventInRange")) {
        (None, None) if options.get("documentId").is_some() => {
            let id = options.get("documentId").unwrap_or_default().trim();
            Pick::Id(id.parse().unwrap_or_default())
        }
        (Some(_), Some(_)) => {
            return Err(Refusal::xml(
                "documentNumber and eventInRange exclude each other",
            ));
        }
        (Some(number), None) => Pick::Number(number.trim().to_owned()),
        (None, Some(range)) => {
            let window = Window::read(range, &["eventType"], site.switches.window_ends)?;
            match range.get("eventType").map(str::trim) {
                Some(kind @ ("created" | "modified")) => Pick::Event(kind.to_owned(), window),
                _ => return Err(Refusal::invalid("eventType must be created or modified")),
            }
        }
        (None, None) => Pick::All,
    };
    Ok(Wanted {
        types,
        only_checked: envelope::flag(options, "onlyChecked", false)?,
        only_unexported: envelope::flag(options, "onlyUnexported", false)?,
        pick,
    })
}

impl Wanted {
    fn takes(&self, document: &Document, created_is_modified: bool) -> bool {
        if !self.types.contains(&document.document_type)
            || self.only_checked && !document.checked
            || self.only_unexported && document.exported
        {
            return false;
        }
        match &self.pick {
            Pick::All => true,
            Pick::Number(number) => document.document_number == *number,
            Pick::Id(id) => document.document_id == *id,
            Pick::Event(kind, window) => document.events.iter().any(|event| {
                let counts = event.kind == *kind
                    || created_is_modified && kind == "modified" && event.kind == "created";
                counts && window.holds(event.when)
            }),
        }
    }
}
