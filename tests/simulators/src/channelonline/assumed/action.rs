//! Assumed (5.6): what users pressed, and what became of it.

use serde::{Deserialize, Serialize};

use super::super::ChannelOnline;
use super::super::envelope::{self, Envelope};
use super::super::kept::moment;
use super::super::refusal::Refusal;
use super::super::time;
use super::super::wire::{Element, Xml, flag};
use super::{failed, number, scalar};
use crate::simulator::NowMs;

/// The links that a user may press.
pub const TYPES: [&str; 6] = [
    "export_customer",
    "import_customer",
    "import_contacts",
    "export_document",
    "query_opportunities",
    "query_services",
];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct UserAction {
    pub action_id: u64,
    #[serde(rename = "type")]
    pub kind: String,
    /// The customer or the document; empty where there is none yet.
    pub subject_id: String,
    pub argument: String,
    pub requested_by: String,
    #[serde(with = "moment")]
    pub requested_at: NowMs,
    pub import_all_contacts: bool,
    /// Whom the user chose, by contact id or e-mail.
    pub contacts: Vec<String>,
    /// `pending`, `success` or `failure`.
    pub status: String,
    /// What the pop-up says.
    pub message: String,
    /// What a query gives to choose from.
    pub results: Vec<Choice>,
    /// How often it was offered.
    pub deliveries: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Choice {
    pub id: String,
    pub name: String,
}

impl Default for UserAction {
    fn default() -> Self {
        Self {
            action_id: 0,
            kind: String::new(),
            subject_id: String::new(),
            argument: String::new(),
            requested_by: String::new(),
            requested_at: 0,
            import_all_contacts: true,
            contacts: Vec::new(),
            status: "pending".to_owned(),
            message: String::new(),
            results: Vec::new(),
            deliveries: 0,
        }
    }
}

pub fn export(site: &mut ChannelOnline, asked: &Envelope, xml: &mut Xml) -> Result<(), Refusal> {
    envelope::only(&asked.root, &["authentication", "options"])?;
    if let Some(options) = asked.root.child("options") {
        envelope::only(options, &[])?;
    }
    let most = site.switches.records_max;
    let actions = site.books.actions.values_mut();
    let pending = actions.filter(|action| action.status == "pending");
    let mut pending = pending.take(most).peekable();
    if pending.peek().is_none() {
        return Ok(());
    }
    xml.open("actions", &[]);
    for action in pending {
        action.deliveries += 1;
        let (id, at) = (action.action_id.to_string(), time::utc(action.requested_at));
        let attributes: [(&str, &str); 6] = [
            ("actionId", id.as_str()),
            ("type", &action.kind),
            ("subjectId", &action.subject_id),
            ("argument", &action.argument),
            ("requestedBy", &action.requested_by),
            ("requestedAt", &at),
        ];
        xml.open("action", &attributes);
        xml.open("options", &[]);
        xml.leaf("importAllContacts", flag(action.import_all_contacts));
        for contact in &action.contacts {
            xml.leaf("contact", contact);
        }
        xml.close("options");
        xml.close("action");
    }
    xml.close("actions");
    Ok(())
}

pub fn complete(site: &mut ChannelOnline, element: &Element, xml: &mut Xml) {
    let id = scalar(element, "actionId").unwrap_or_default();
    let attributes = [("ref", id), ("actionId", id)];
    match completed(site, element) {
        Err(refusal) => failed(&attributes, &refusal, xml),
        Ok(status) => {
            let attributes = [&attributes[..], &[("status", status)]].concat();
            xml.empty("result", &attributes);
        }
    }
}

fn completed(site: &mut ChannelOnline, element: &Element) -> Result<&'static str, Refusal> {
    let id = number(element, "actionId")?;
    let action = id.and_then(|id| site.books.actions.get_mut(&id));
    let action = action.ok_or_else(|| Refusal::not_found("Action not found"))?;
    let status = scalar(element, "status").unwrap_or_default();
    if !["success", "failure"].contains(&status) {
        return Err(Refusal::invalid("status must be success or failure"));
    }
    let results = element.child("results");
    let results = results.map(|results| results.children.as_slice());
    let results: Vec<Choice> = results
        .unwrap_or_default()
        .iter()
        .map(|result| Choice {
            id: scalar(result, "id").unwrap_or_default().to_owned(),
            name: scalar(result, "name").unwrap_or(&result.text).to_owned(),
        })
        .collect();
    if !results.is_empty() && !action.kind.starts_with("query_") {
        return Err(Refusal::invalid("Only queries have results"));
    }
    let outcome = UserAction {
        status: status.to_owned(),
        message: scalar(element, "message").unwrap_or_default().to_owned(),
        results,
        ..action.clone()
    };
    if action.status == "pending" {
        *action = outcome;
        Ok("completed")
    } else if *action == outcome {
        Ok("unchanged")
    } else {
        Err(Refusal::conflict(format!(
            "Action {} is finished already",
            action.action_id
        )))
    }
}
