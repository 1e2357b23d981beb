//! Creates that the vendor would carry out twice: those of an object without a unique field for our key.
//!
//! The host may send a create again under its token, because where the org has the field that is an upsert.
//! Where it has none, a note tells the second time from the first: it is written before the create leaves, and
//! wiped when the create was surely not carried out. With the note a create looks for what the first one made,
//! or, where nothing can be looked for, is refused and left to a person.

use crate::api::Api;
use crate::record::{Again, Job};
use crate::write::{applied, holder};
use liaison_sdk::prelude::*;

const LEFT: &[u8] = b"left";
const WIPED: &[u8] = b"";

/// Settles what was sent before, and notes what is about to be.
pub fn before(
    api: &Api,
    operations: &[Operation],
    jobs: &mut Vec<(usize, Job)>,
    outcomes: &mut [Option<Outcome>],
) {
    jobs.retain(|(place, job)| {
        let operation = &operations[*place];
        let left_before = operation.resume.as_deref() == Some(LEFT);
        let settled = match (&job.again, left_before) {
            (Again::Harmless, _) => return true,
            (Again::Blind, true) => Some(Err(may_exist(&job.object))),
            (Again::LookBy(field), true) => match holder(api, job, field) {
                Ok(found) => found.map(|id| Ok(applied(&id))),
                Err(fault) => Some(Err(fault)),
            },
            (_, false) => None,
        };
        let noted = || api.host().note(&operation.token, LEFT);
        let settled = settled.or_else(|| noted().err().map(|words| Err(not_noted(&words))));
        outcomes[*place] = settled;
        outcomes[*place].is_none()
    });
}

/// The places of those that must not be sent twice.
pub fn risky(jobs: &[(usize, Job)]) -> Vec<usize> {
    let risky = jobs.iter().filter(|(_, job)| job.again != Again::Harmless);
    risky.map(|(place, _)| *place).collect()
}

/// Wipes the notes of those that were surely not carried out.
pub fn after(api: &Api, operations: &[Operation], places: &[usize], outcomes: &[Option<Outcome>]) {
    for place in places {
        let refused = match &outcomes[*place] {
            Some(Err(fault)) => fault.kind != FaultKind::OutcomeUnknown,
            Some(Ok(_)) => false,
            None => true,
        };
        if refused {
            // Where it cannot be wiped the next try is left to a person: on the safe side.
            let _ = api.host().note(&operations[*place].token, WIPED);
        }
    }
}

fn may_exist(object: &str) -> Fault {
    fault::rejected(text!(
        "salesforce-may-exist",
        "This record may have been created already, and {object} has no field for liaison's key by which to tell; look in Salesforce. If it is there, link it (liaison link add); if not, retry. Add the field, and it does not happen again (liaison check says which)",
        object = object
    ))
}

fn not_noted(words: &str) -> Fault {
    fault::unavailable(text!(
        "salesforce-not-noted",
        "liaison could not note that it is about to create a record, so it did not; it tries again"
    ))
    .vendor_text(words)
}
