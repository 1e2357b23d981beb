//! Assumed (5.3): reference lists by kind, in flat rows.

use super::super::ChannelOnline;
use super::super::book::KINDS;
use super::super::envelope::{self, Envelope};
use super::super::refusal::Refusal;
use super::super::wire::{Xml, flag};

pub fn export(site: &ChannelOnline, asked: &Envelope, xml: &mut Xml) -> Result<(), Refusal> {
    envelope::only(&asked.root, &["authentication", "options"])?;
    let options = asked.root.child("options");
    let kind = options
        .and_then(|options| options.get("kind"))
        .map(str::trim);
    if let Some(options) = options {
        envelope::only(options, &["kind"])?;
    }
    let kind = kind.and_then(|kind| KINDS.iter().find(|known| **known == kind));
    let kind = kind.ok_or_else(|| Refusal::invalid(format!("kind must be one of {KINDS:?}")))?;
    let rows = site.books.rows(kind);
    if rows.is_empty() {
        return Ok(());
    }
    xml.open("rows", &[("kind", kind)]);
    for row in rows {
        let (id, parent) = (row.id.to_string(), row.parent_id.map(|id| id.to_string()));
        let mut attributes: Vec<(&str, &str)> = vec![
            ("id", id.as_str()),
            ("name", &row.name),
            ("active", flag(row.active)),
        ];
        if let Some(parent) = &parent {
            attributes.push(("parentId", parent));
        }
        if !row.email.is_empty() {
            attributes.push(("email", &row.email));
        }
        xml.empty("row", &attributes);
    }
    xml.close("rows");
    Ok(())
}
