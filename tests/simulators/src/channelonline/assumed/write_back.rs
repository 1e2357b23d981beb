//! Assumed (5.4): what is written into a document: custom fields, the export mark, lines of services.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::super::ChannelOnline;
use super::super::document::{Document, Line, Product};
use super::super::kept;
use super::super::refusal::Refusal;
use super::super::wire::{Element, Xml};
use super::{failed, number, scalar};
use crate::simulator::NowMs;

/// What may be put on a document from outside.
const PUT_FROM_OUTSIDE: [&str; 3] = ["Service", "Service Bundle", "Labor"];

pub fn update(site: &mut ChannelOnline, element: &Element, user: &str, now: NowMs, xml: &mut Xml) {
    let id = scalar(element, "documentId").unwrap_or_default();
    let attributes = [("ref", id), ("documentId", id)];
    match changed(site, element) {
        Err(refusal) => failed(&attributes, &refusal, xml),
        Ok(Changed {
            mut document,
            what,
            added,
        }) => {
            let makes_revision = match what {
                What::Nothing => false,
                What::Marks => site.switches.write_back_makes_revision,
                What::Lines => true,
            };
            if makes_revision {
                document.revise(user, now);
            }
            let status = match what {
                What::Nothing => "unchanged",
                What::Marks | What::Lines => "updated",
            };
            let revision = document.revision_number.to_string();
            let more = [("status", status), ("revisionNumber", revision.as_str())];
            xml.open("result", &[&attributes[..], &more].concat());
            for (id, external) in added {
                let line = [("lineItemId", id.to_string()), ("externalId", external)];
                let line = line.each_ref().map(|(name, value)| (*name, value.as_str()));
                xml.empty("line", &line);
            }
            xml.close("result");
            site.books.documents.insert(document.document_id, document);
        }
    }
}

enum What {
    Nothing,
    /// Custom fields, the export mark.
    Marks,
    Lines,
}

struct Changed {
    document: Document,
    what: What,
    /// Ids of new lines with their external ids.
    added: Vec<(u64, String)>,
}

fn changed(site: &ChannelOnline, element: &Element) -> Result<Changed, Refusal> {
    let id = number(element, "documentId")?;
    let before = id.and_then(|id| site.books.documents.get(&id));
    let before = before
        .filter(|document| !document.deleted)
        .ok_or_else(|| Refusal::not_found("Document not found"))?;
    let revision = number(element, "revisionNumber")?;
    let revision = revision.ok_or_else(|| Refusal::invalid("revisionNumber is required"))?;
    if revision != before.revision_number {
        return Err(Refusal::conflict(format!(
            "Document {} is at revision {}",
            before.document_number, before.revision_number
        )));
    }
    let mut document = before.clone();
    let mut added = Vec::new();
    if let Some(message) = element.attribute("message") {
        message.clone_into(&mut document.export_message);
    }
    if let Some(value) = element.attribute("exported") {
        document.exported = flag(value)?;
    }
    for child in &element.children {
        match child.name.as_str() {
            "documentId" | "revisionNumber" => {}
            "customField" => {
                let name = scalar(child, "name").unwrap_or_default();
                if !site.books.lists("documentCustomFields", name) {
                    return Err(Refusal::invalid(format!("No custom field {name}")));
                }
                let fields = &mut document.custom_fields;
                fields.insert(name.to_owned(), child.text.clone());
            }
            "exported" => {
                document.exported = flag(&child.text)?;
                if let Some(message) = child.attribute("message") {
                    message.clone_into(&mut document.export_message);
                }
            }
            "message" => document.export_message.clone_from(&child.text),
            "addLine" => {
                let line = line(child)?;
                let external = line.external_id.clone();
                added.push((document.add_line(line), external));
            }
            "removeLine" => {
                let id = number(child, "lineItemId")?;
                let count = document.lines.len();
                document.lines.retain(|line| Some(line.line_item_id) != id);
                if document.lines.len() == count {
                    return Err(Refusal::not_found("Line not found"));
                }
            }
            other => {
                return Err(Refusal::invalid(format!("Unexpected {other} in document")));
            }
        }
    }
    // A field that was never there and one that is empty are the same.
    document
        .custom_fields
        .retain(|name, value| !value.is_empty() || before.custom_fields.contains_key(name));
    let what = if document.lines != before.lines {
        What::Lines
    } else if document != *before {
        What::Marks
    } else {
        What::Nothing
    };
    Ok(Changed {
        document,
        what,
        added,
    })
}

fn line(element: &Element) -> Result<Line, Refusal> {
    let known = [
        "productType",
        "partNumber",
        "descriptionLine1",
        "quantity",
        "cost",
        "price",
        "externalId",
    ];
    let names = element.children.iter().map(|child| &child.name);
    let mut names = names.chain(element.attributes.iter().map(|(name, _)| name));
    if let Some(odd) = names.find(|name| !known.contains(&name.as_str())) {
        return Err(Refusal::invalid(format!("Unexpected {odd} in addLine")));
    }
    let text = |name: &str| scalar(element, name).unwrap_or_default().to_owned();
    let amount = |name: &str, otherwise: Decimal| match text(name).as_str() {
        "" => Ok(otherwise),
        text => kept::decimal(text)
            .ok_or_else(|| Refusal::invalid(format!("{name} must be an amount, not {text}"))),
    };
    let product_type = text("productType");
    if !PUT_FROM_OUTSIDE.contains(&product_type.as_str()) {
        return Err(Refusal::invalid(format!(
            "productType must be one of {PUT_FROM_OUTSIDE:?}"
        )));
    }
    if text("descriptionLine1").is_empty() {
        return Err(Refusal::invalid("descriptionLine1 is required"));
    }
    let (cost, price) = (
        amount("cost", Decimal::ZERO)?,
        amount("price", Decimal::ZERO)?,
    );
    let quantity = amount("quantity", Decimal::ONE)?;
    if quantity <= Decimal::ZERO {
        return Err(Refusal::invalid("quantity must be above 0"));
    }
    Ok(Line {
        quantity,
        cost,
        price,
        external_id: text("externalId"),
        product: Arc::new(Product {
            product_type,
            part_number: text("partNumber"),
            description_line1: text("descriptionLine1"),
            cost,
            price,
            ..Product::default()
        }),
        ..Line::default()
    })
}

fn flag(text: &str) -> Result<bool, Refusal> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Refusal::invalid("exported must be true or false")),
    }
}
