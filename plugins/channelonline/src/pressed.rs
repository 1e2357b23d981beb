//! What users pressed, put onto the records it concerns, and finished when its outcome is told.
//!
//! It is offered until it is finished, so a record that was asked for is shown by every run until then; by the
//! action's id the same wish is known again.

use crate::api::Api;
use crate::assumed::action::{self, Choice, Pressed};
use crate::assumed::code;
use crate::assumed::customer::contact_id;
use crate::assumed::result;
use crate::entity;
use crate::refusal;
use liaison_sdk::prelude::*;

/// Stands for the action where nobody asked.
pub const NOBODY: &str = "-";

/// What is not finished, each once, the oldest first. A service that has no such queue is one
/// where nothing was pressed: documents are read all the same.
pub fn waiting(api: &Api) -> Result<Vec<Pressed>, Fault> {
    api.pressed(|| ask(api))
}

fn ask(api: &Api) -> Result<Vec<Pressed>, Fault> {
    if !api.settings.actions() {
        return Ok(Vec::new());
    }
    let asked = api.ask_few(
        entity::ACTION,
        &action::waiting(),
        action::ELEMENT,
        &action::read,
    );
    let mut all: Vec<Pressed> = Vec::new();
    match asked {
        Ok(found) => {
            for one in found {
                if !all.iter().any(|known| known.id == one.id) {
                    all.push(one);
                }
            }
        }
        Err(fault) if is_no_queue(&fault) => {
            api.host().warn(&format!(
                "what users press cannot be asked for: {}",
                fault.message.fallback
            ));
        }
        Err(fault) => return Err(fault),
    }
    all.sort_by_key(Pressed::place);
    Ok(all)
}

fn is_no_queue(fault: &Fault) -> bool {
    match fault.kind {
        FaultKind::Misconfigured => fault.scope == FaultScope::WholeEntity,
        FaultKind::Internal | FaultKind::NotFound => true,
        _ => false,
    }
}

/// What can be pressed on an entity's records.
pub fn kinds(entity: &str) -> &'static [&'static str] {
    match entity {
        entity::QUOTE | entity::SALES_ORDER => &action::OF_DOCUMENTS,
        entity::CUSTOMER | entity::CONTACT => &action::OF_CUSTOMERS,
        _ => &[],
    }
}

/// What waits on an entity's record with these ids, the oldest first.
pub fn on<'a>(
    waiting: &'a [Pressed],
    entity: &'a str,
    ids: [&'a str; 2],
) -> impl Iterator<Item = &'a Pressed> {
    waiting.iter().filter(move |one| {
        kinds(entity).contains(&one.kind.as_str())
            && !one.subject.is_empty()
            && ids.contains(&one.subject.as_str())
    })
}

/// The wish that a record shows, of those that wait on it: the oldest, and where somebody pressed the same again before
/// asking for anything else, the last of these. One answer is an answer to all of them. A list stands before nothing
/// else: where no flow answers lists, exports go all the same.
pub fn shown<'a>(on_record: impl Iterator<Item = &'a Pressed>) -> Option<&'a Pressed> {
    let (lists, wishes): (Vec<&Pressed>, Vec<&Pressed>) = on_record.partition(|one| one.is_query());
    let mut first = if wishes.is_empty() { lists } else { wishes }.into_iter();
    let oldest = first.next()?;
    let again = first.take_while(|one| one.asks_the_same(oldest));
    Some(again.last().unwrap_or(oldest))
}

/// Puts a wish onto a record; nulls where there is none.
pub fn put(body: &mut Map<String, Value>, pressed: Option<&Pressed>, customer: Option<&str>) {
    let text = |of: fn(&Pressed) -> Value| pressed.map_or(Value::Null, of);
    for (name, value) in [
        ("requested_action", text(|one| json!(one.id))),
        ("requested_type", text(|one| json!(one.kind))),
        ("requested_by", text(|one| one.by.clone())),
        ("requested_at", text(|one| one.at.clone())),
        ("requested_argument", text(|one| one.argument.clone())),
        (
            "requested_all_contacts",
            text(|one| json!(one.all_contacts)),
        ),
    ] {
        body.insert(name.to_owned(), value);
    }
    let contacts = pressed.map_or(&[][..], |one| &one.contacts);
    let ids = contacts
        .iter()
        .map(|id| customer.map_or_else(|| id.clone(), |number| contact_id(number, id)));
    body.insert(
        "requested_contacts".to_owned(),
        json!(ids.collect::<Vec<String>>()),
    );
}

/// Puts onto a contact what was asked for of its customer, if it is one of those that were chosen.
pub fn put_on_contact(body: &mut Map<String, Value>, pressed: Option<&Pressed>, system_id: &str) {
    let chosen = pressed.filter(|one| {
        one.contacts.is_empty() && one.all_contacts || one.contacts.iter().any(|id| id == system_id)
    });
    let text = |of: fn(&Pressed) -> Value| chosen.map_or(Value::Null, of);
    body.insert("requested_action".to_owned(), text(|one| json!(one.id)));
    body.insert("requested_type".to_owned(), text(|one| json!(one.kind)));
}

/// The outcome of what a user asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// `success` or `failure`.
    pub status: String,
    pub message: String,
    pub choices: Vec<Choice>,
    /// The one it is of, and with it of those before that asked the same; none for every one of the record.
    pub action: Option<String>,
}

impl Verdict {
    pub fn is_success(&self) -> bool {
        self.status == entity::OUTCOMES[0]
    }

    /// The actions it finishes, of those that wait on a record, the oldest first.
    pub fn finishes<'a>(&self, on_record: impl Iterator<Item = &'a Pressed>) -> Vec<&'a Pressed> {
        let mut all: Vec<&Pressed> = on_record.collect();
        let Some(id) = &self.action else { return all };
        let Some(last) = all.iter().position(|one| one.id == *id) else {
            return Vec::new();
        };
        // What was pressed later may want what we have not read.
        all.truncate(last + 1);
        let named = all[last];
        all.retain(|one| one.asks_the_same(named));
        all
    }
}

/// Finishes an action. One that is not there any more is finished.
pub fn finish(api: &Api, id: &str, outcome: &Verdict) -> Result<(), Fault> {
    let request = action::finish(id, &outcome.status, &outcome.message, &outcome.choices);
    let told = api.tell(&request, result::ELEMENT, &result::read)?;
    let trouble = match told {
        Ok(results) => results.into_iter().find_map(|told| told.trouble),
        Err(trouble) => Some(trouble),
    };
    match trouble {
        Some(trouble) if trouble.code != code::NOT_FOUND => {
            Err(refusal::of(entity::ACTION, &trouble))
        }
        _ => Ok(()),
    }
}
