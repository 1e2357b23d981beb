//! What became of an export, as a record that a flow can make: its report on what was refused.
//!
//! Its id is what it is of: the kind of the record, the record, and the action that is finished with it.

use crate::api::Api;
use crate::customer_write;
use crate::document_write;
use crate::entity::{self, CLOSED, CUSTOMER, OPEN, OUTCOMES, QUOTE, SALES_ORDER};
use crate::envelope::Kind;
use crate::operation;
use crate::pressed::{self, Verdict, NOBODY};
use crate::value::text_in;
use liaison_sdk::prelude::*;

/// What an outcome is of.
struct Subject<'a> {
    kind: &'a str,
    id: &'a str,
    action: &'a str,
}

impl<'a> Subject<'a> {
    fn parse(id: &'a str) -> Option<Self> {
        let (kind, rest) = id.split_once('/')?;
        let (id, action) = rest.rsplit_once('/')?;
        [CUSTOMER, QUOTE, SALES_ORDER]
            .contains(&kind)
            .then_some(Self { kind, id, action })
    }

    fn name(&self) -> String {
        format!("{}/{}/{}", self.kind, self.id, self.action)
    }

    /// The record, where `status` is as said.
    fn entry(&self, status: &str) -> Entry {
        let action = match self.action {
            NOBODY => Value::Null,
            id => json!(id),
        };
        let body = json!({"id": self.name(), "subject_type": self.kind, "subject_id": self.id,
            "action_id": action, "status": status});
        Entry {
            id: self.name(),
            version: None,
            deleted: false,
            body: body.to_string(),
            ext: Vec::new(),
        }
    }
}

/// The outcomes with these ids. One of an action is closed once that is finished.
pub fn read(api: &Api, ids: &[String]) -> Result<Vec<Entry>, Fault> {
    let subjects: Vec<Subject> = ids.iter().filter_map(|id| Subject::parse(id)).collect();
    let waiting = match subjects.iter().any(|subject| subject.action != NOBODY) {
        true => pressed::waiting(api)?,
        false => Vec::new(),
    };
    let status = |subject: &Subject| match subject.action {
        NOBODY => OPEN,
        id if waiting.iter().any(|one| one.id == id) => OPEN,
        _ => CLOSED,
    };
    Ok(subjects
        .iter()
        .map(|subject| subject.entry(status(subject)))
        .collect())
}

/// Tells an outcome where the user looks.
pub fn write(api: &Api, operation: &Operation) -> Outcome {
    let body = operation::body(operation)?;
    let made;
    let subject = match (operation.action, operation.id.as_deref()) {
        (Action::Update, Some(id)) => Subject::parse(id),
        (Action::Create, _) => {
            made = match text_in(&body, "action_id") {
                "" => NOBODY,
                id => id,
            };
            Some(Subject {
                kind: text_in(&body, "subject_type"),
                id: text_in(&body, "subject_id"),
                action: made,
            })
        }
        _ => return Err(fault::not_offered(entity::EXPORT_RESULT, "delete")),
    };
    let subject = subject
        .filter(|subject| !subject.id.is_empty())
        .ok_or_else(|| {
            fault::rejected(text!(
                "channelonline-no-subject",
                "An outcome must say of which record it is: subject_type and subject_id"
            ))
            .field("subject_id")
        })?;
    let words = [text_in(&body, "title"), text_in(&body, "description")];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let outcome = Verdict {
        status: match text_in(&body, "outcome") {
            "" => OUTCOMES[1].to_owned(),
            told => told.to_owned(),
        },
        message: words.join(": "),
        choices: Vec::new(),
        // Where nobody asked, nothing that somebody asks meanwhile is finished with it.
        action: Some(subject.action.to_owned()),
    };
    match subject.kind {
        CUSTOMER => customer_write::tell(api, subject.id, &outcome)?,
        QUOTE => document_write::tell(api, Kind::Quote, subject.id, &outcome)?,
        SALES_ORDER => document_write::tell(api, Kind::SalesOrder, subject.id, &outcome)?,
        other => {
            return Err(fault::rejected(text!(
                "channelonline-subject-kind",
                "An outcome is of a quote, a sales_order or a customer, not of {kind}",
                kind = other
            ))
            .field("subject_type"))
        }
    }
    let status = match subject.action {
        NOBODY => OPEN,
        _ => CLOSED,
    };
    let entry = subject.entry(status);
    Ok(Applied {
        id: entry.id,
        version: None,
        body: Some(entry.body),
        ext: Vec::new(),
    })
}
