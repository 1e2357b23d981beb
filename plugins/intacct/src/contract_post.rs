//! Posting: the day of it, and the lines of a contract that is in progress.

use crate::api::Api;
use crate::assumed::{DRAFT, FUNCTIONS_MAX, IN_PROGRESS};
use crate::contract_lines;
use crate::envelope::{Binding, Function, Repeats};
use crate::operation;
use crate::question::RECORD_NUMBER;
use crate::reply::{text_of, Status};
use crate::stamp;
use crate::tables::CONTRACT_LINE;
use liaison_sdk::prelude::*;

/// The day of posting that a body gives.
pub fn posting_date(body: &Map<String, Value>) -> Result<Option<String>, Fault> {
    match body.get("gl_posting_date") {
        None => Ok(None),
        Some(value) if filter::is_empty(value) => Ok(None),
        Some(value) => {
            let day = value.as_str().and_then(stamp::day_to_wire);
            let day = day.ok_or_else(|| crate::field::unfit("gl_posting_date", value))?;
            Ok(Some(day))
        }
    }
}

/// Posts the lines that are still drafts; the contract is in progress. One that is refused stays a draft, for a person
/// to see: the contract is live, and refusing it now would only have it made again.
pub fn post_lines(
    api: &Api,
    contract_id: &str,
    control: &str,
    posting_date: Option<&str>,
) -> Result<(), Fault> {
    let lines = contract_lines::there(api, contract_id)?;
    let drafts: Vec<&str> = lines
        .iter()
        .filter(|line| text_of(line, "STATE") == DRAFT)
        .map(|line| text_of(line, RECORD_NUMBER))
        .collect();
    for some in cursor::chunks(&drafts, FUNCTIONS_MAX) {
        let functions: Vec<Function> = some
            .iter()
            .map(|number| Function {
                control_id: format!("{control}-post-{number}"),
                xml: operation::post_xml(CONTRACT_LINE.object, number, posting_date),
            })
            .collect();
        let told = api.tell(&functions, Repeats::Refused, Binding::EachItself)?;
        for (number, told) in some.iter().zip(told) {
            if told.status != Status::Success {
                let why = api.refused(CONTRACT_LINE.entity, &told.troubles);
                if !is_for_good(&why) {
                    return Err(why);
                }
                api.host().warn(&format!(
                    "line {number} of a contract stays a draft: {}",
                    why.vendor_code.unwrap_or_default()
                ));
            }
        }
    }
    Ok(())
}

/// Whether a person must mend the record itself.
pub fn is_for_good(fault: &Fault) -> bool {
    matches!(
        fault.kind,
        FaultKind::Rejected | FaultKind::MissingReference | FaultKind::NotFound | FaultKind::Exists
    )
}

/// The state that a posted contract has.
pub fn is_posted(state: &str) -> bool {
    state == IN_PROGRESS
}
