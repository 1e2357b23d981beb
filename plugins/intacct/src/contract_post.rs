//! Posting: the day of it, and the lines of a contract that is in progress.

use crate::api::Api;
use crate::assumed::{DRAFT, FUNCTIONS_MAX, IN_PROGRESS, LIVE_TOO};
use crate::envelope::Function;
use crate::operation;
use crate::reply::{Outcome as Told, Status};
use crate::stamp;
use crate::table::LINES;
use crate::tables::CONTRACT_LINE;
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// The field of an outcome that tells which lines of a live contract are drafts, and why. Empty where all are posted.
pub const UNPOSTED: &str = "unposted_lines";

/// What Intacct said of lines that it did not post, by their record numbers.
pub type Unposted = BTreeMap<String, String>;

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

/// Sends one request of postings.
pub type Send<'a> = dyn FnMut(&[Function]) -> Result<Vec<Told>, Fault> + 'a;

/// Posts draft lines of a contract that is in progress. One that is refused stays a draft, for a person to see: the
/// contract is live, and refusing it now would only have it made again. What was said of it is told with the outcome.
pub fn post_lines(
    api: &Api,
    record_nos: &[String],
    control: &str,
    posting_date: Option<&str>,
    send: &mut Send,
) -> Result<Unposted, Fault> {
    let mut unposted = Unposted::new();
    for some in cursor::chunks(record_nos, FUNCTIONS_MAX).filter(|some| !some.is_empty()) {
        let functions: Vec<Function> = some
            .iter()
            .map(|number| Function {
                control_id: format!("{control}-post-{number}"),
                xml: operation::post_xml(CONTRACT_LINE.object, number, posting_date),
            })
            .collect();
        for (number, told) in some.iter().zip(send(&functions)?) {
            if told.status == Status::Success {
                continue;
            }
            let why = api.refused(CONTRACT_LINE.entity, &told.troubles);
            if !is_for_good(&why) {
                return Err(why);
            }
            api.host().warn(&format!(
                "line {number} of a contract stays a draft: {}",
                why.vendor_code.as_deref().unwrap_or_default()
            ));
            let words = why.vendor_text.unwrap_or(why.message.fallback);
            unposted.insert(number.clone(), words);
        }
    }
    Ok(unposted)
}

/// Tells with a contract which of its lines are drafts while it is live, each with what Intacct said of it.
pub fn tell_unposted(applied: &mut Applied, unposted: &Unposted) {
    let Some(text) = &applied.body else {
        return;
    };
    let mut body = filter::value(text);
    body[UNPOSTED] = unposted_of(&body, unposted);
    applied.body = Some(body.to_string());
}

/// The lines of a contract that are drafts though it is live, one a line; null where there is none.
pub fn unposted_of(body: &Value, unposted: &Unposted) -> Value {
    let is_draft = body["state"] == DRAFT;
    let lines = body[LINES].as_array().into_iter().flatten();
    let drafts = lines.filter(|line| !is_draft && line["state"] == DRAFT);
    let told: Vec<String> = drafts
        .map(|line| {
            let number = line["record_no"].as_str().unwrap_or_default();
            let item = line["item_id"].as_str().unwrap_or(number);
            match unposted.get(number) {
                Some(words) => format!("{item}: {words}"),
                None => format!("{item}: {DRAFT}"),
            }
        })
        .collect();
    match told.is_empty() {
        true => Value::Null,
        false => json!(told.join("\n")),
    }
}

/// Whether a person must mend the record itself.
pub fn is_for_good(fault: &Fault) -> bool {
    matches!(
        fault.kind,
        FaultKind::Rejected | FaultKind::MissingReference | FaultKind::NotFound | FaultKind::Exists
    )
}

/// Whether this state is the one that posting gives.
pub fn asks_to_post(wanted: &str) -> bool {
    wanted.trim().eq_ignore_ascii_case(IN_PROGRESS)
}

/// Whether a contract in this state was posted and not cancelled: asking such a one to be posted asks for nothing.
pub fn is_posted(state: &str) -> bool {
    state == IN_PROGRESS || LIVE_TOO.contains(&state)
}
