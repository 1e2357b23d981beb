//! What an update of a contract changes beside its header: its lines, and posting a draft.
//!
//! Lines are added and, as far as Intacct lets them, changed; they are never removed. A contract is posted by setting
//! its state; every other state is reached only in Intacct's own pages.

use crate::api::Api;
use crate::assumed::DRAFT;
use crate::contract_lines::{self, Failure, Line, Owner};
use crate::contract_pairs::{self, Pairs, There, Unmarked};
use crate::contract_post::{asks_to_post, is_posted, post_lines, posting_date, Unposted};
use crate::envelope::{Binding, Function, Repeats};
use crate::lookup;
use crate::operation;
use crate::reply::{culprit, Status};
use crate::silence::{self, Step};
use crate::table::EXTERNAL_ID;
use crate::tables::{CONTRACT, CONTRACT_LINE};
use crate::update::number;
use liaison_sdk::prelude::*;

/// Fields of a body that are not the header's.
pub const ASIDE: [&str; 5] = [
    "lines",
    "as_draft",
    "header_only",
    "gl_posting_date",
    "state",
];

/// Whether the wanted state can be reached from here.
pub fn check(
    api: &Api,
    body: &Map<String, Value>,
    before: &Map<String, Value>,
) -> Result<(), Fault> {
    let has = before
        .get("state")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let wanted = body.get("state").and_then(Value::as_str).unwrap_or(has);
    let can_be = asks_to_post(wanted) && (has == DRAFT || is_posted(has));
    if wanted != has && !can_be {
        return Err(fault::rejected(text!(
            "intacct-state",
            "A contract that is {has} cannot be made {wanted} from outside: Sage Intacct lets a contract be cancelled, renewed or closed in its own pages only (Contracts > Contracts)",
            has = has,
            wanted = wanted
        ))
        .field("state"));
    }
    let whole = Whole::of(api, body, before)?;
    if body.contains_key("lines") && whole.pairs.left_over > 0 {
        let go_on = whole.pairs.left_over + whole.going_on().count();
        return Err(fault::rejected(text!(
            "intacct-fewer-lines",
            "The contract has {there} lines in Sage Intacct and would have {wanted}: a line of a contract is never removed from outside; cancel it in Intacct",
            there = go_on,
            wanted = whole.lines.len()
        ))
        .field("lines"));
    }
    for (line, there) in whole.going_on() {
        changed(api, line.at, &given(body, line.at), &now(before, there))?;
    }
    Ok(())
}

/// The lines of the body with those that the contract has.
struct Whole {
    lines: Vec<Line>,
    there: Vec<There>,
    pairs: Pairs,
}

impl Whole {
    fn of(
        api: &Api,
        body: &Map<String, Value>,
        before: &Map<String, Value>,
    ) -> Result<Self, Fault> {
        let lines = contract_lines::of_body(api, &with_dates(body, before))?;
        let mark = before.get(EXTERNAL_ID).and_then(Value::as_str);
        let there = contract_pairs::of_record(before, mark);
        Ok(Self {
            pairs: contract_pairs::pair(&lines, &there),
            lines,
            there,
        })
    }

    fn going_on(&self) -> impl Iterator<Item = (&Line, &There)> {
        self.pairs.going_on(&self.lines, &self.there)
    }
}

/// A line as the contract has it.
fn now(before: &Map<String, Value>, there: &There) -> Map<String, Value> {
    let lines = before.get("lines").and_then(Value::as_array);
    let line = lines.and_then(|lines| lines.get(there.at)?.as_object());
    line.cloned().unwrap_or_default()
}

/// What new lines have from the contract.
fn with_dates(body: &Map<String, Value>, before: &Map<String, Value>) -> Map<String, Value> {
    let mut whole = body.clone();
    for name in ["begin_date", "end_date", "location_id"] {
        if let (false, Some(value)) = (whole.contains_key(name), before.get(name)) {
            whole.insert(name.to_owned(), value.clone());
        }
    }
    whole
}

/// A line as the body has it, without what it takes over.
fn given(body: &Map<String, Value>, at: usize) -> Map<String, Value> {
    let lines = body.get("lines").and_then(Value::as_array);
    let line = lines.and_then(|lines| lines.get(at)?.as_object());
    line.cloned().unwrap_or_default()
}

fn changed(
    api: &Api,
    at: usize,
    given: &Map<String, Value>,
    now: &Map<String, Value>,
) -> Result<Vec<crate::field::Part>, Fault> {
    let is_draft = now.get("state").and_then(Value::as_str) == Some(DRAFT);
    let aside = ["contract_id", EXTERNAL_ID, "state"];
    let told = CONTRACT_LINE.changes(api, given, now, is_draft, &aside);
    told.map_err(|fault| {
        let field = fault.field.clone().unwrap_or_default();
        fault.field(&format!("lines[{at}].{field}"))
    })
}

/// What the rest of an update did.
#[derive(Default)]
pub struct Rest {
    /// Whether anything was done.
    pub done: bool,
    pub unposted: Unposted,
}

/// Does the rest.
pub fn rest(
    api: &Api,
    operation: &Operation,
    body: &Map<String, Value>,
    entry: &Entry,
) -> Result<Rest, Fault> {
    let before = filter::value(&entry.body);
    let before = before.as_object().cloned().unwrap_or_default();
    let is_draft = before.get("state").and_then(Value::as_str) == Some(DRAFT);
    let mut rest = Rest::default();
    if body.contains_key("lines") {
        let whole = Whole::of(api, body, &before)?;
        rest.done |= change_lines(api, operation, body, &before, &whole)?;
        rest.done |= add_lines(api, operation, body, &before, entry, &whole)?;
    }
    let wanted = body.get("state").and_then(Value::as_str);
    if is_draft && wanted.is_some_and(asks_to_post) {
        rest.unposted = post(api, operation, body, entry)?;
        rest.done = true;
    }
    Ok(rest)
}

fn change_lines(
    api: &Api,
    operation: &Operation,
    body: &Map<String, Value>,
    before: &Map<String, Value>,
    whole: &Whole,
) -> Result<bool, Fault> {
    let mut functions = Vec::new();
    for (line, there) in whole.going_on() {
        let parts = changed(api, line.at, &given(body, line.at), &now(before, there))?;
        if !parts.is_empty() && !there.record_no.is_empty() {
            functions.push(Function {
                control_id: format!("{}-line-{}", operation.token, line.at + 1),
                xml: operation::update_xml(CONTRACT_LINE.object, &there.record_no, &parts),
            });
        }
    }
    for some in cursor::chunks(&functions, crate::assumed::LINES_MAX) {
        let told = api.tell(some, Repeats::Allowed, Binding::AllOrNone)?;
        if let Some(at) = culprit(&told) {
            return Err(api.refused(CONTRACT_LINE.entity, &told[at].troubles));
        }
    }
    Ok(!functions.is_empty())
}

fn add_lines(
    api: &Api,
    operation: &Operation,
    body: &Map<String, Value>,
    before: &Map<String, Value>,
    entry: &Entry,
    whole: &Whole,
) -> Result<bool, Fault> {
    let new = whole.pairs.missing(&whole.lines);
    if new.is_empty() {
        return Ok(false);
    }
    let text = |of: &Map<String, Value>, name: &str| {
        let text = of.get(name).and_then(Value::as_str).map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    // One that was adopted gets our id by this very update.
    let marker = text(before, EXTERNAL_ID).or_else(|| text(body, EXTERNAL_ID));
    let marker = marker.unwrap_or_else(|| operation.token.clone());
    let owner = Owner {
        contract_id: &entry.id,
        marker: &marker,
        control: &operation.token,
        as_drafts: text(before, "state").as_deref() == Some(DRAFT),
    };
    let made = contract_lines::make(api, &new, &owner, &mut |functions, repeats, binding| {
        silence::take(api, &entry.id, Step::Lines, || {
            api.tell(functions, repeats, binding)
        })
    });
    let fault = match made {
        Ok(()) => return Ok(true),
        Err(Failure::Request(fault)) => return Err(fault),
        Err(Failure::Line(fault)) => fault,
    };
    // One that failed may have failed because all were made before.
    let now = lookup::read(api, &CONTRACT, std::slice::from_ref(&entry.id))?;
    let now = now.into_iter().next().flatten();
    let now = now
        .map(|entry| filter::value(&entry.body))
        .unwrap_or_default();
    let now = now.as_object().cloned().unwrap_or_default();
    let whole = Whole::of(api, body, &now)?;
    match whole.pairs.missing(&whole.lines).is_empty() {
        true => Ok(true),
        false => Err(fault),
    }
}

fn post(
    api: &Api,
    operation: &Operation,
    body: &Map<String, Value>,
    entry: &Entry,
) -> Result<Unposted, Fault> {
    let day = posting_date(body)?;
    let function = Function {
        control_id: format!("{}-post", operation.token),
        xml: operation::post_xml(CONTRACT.object, &number(entry), day.as_deref()),
    };
    let told = silence::take(api, &entry.id, Step::Post, || {
        api.tell(&[function], Repeats::Refused, Binding::EachItself)
    })?
    .remove(0);
    if told.status != Status::Success {
        return Err(operation::refused(api, &CONTRACT, body, &told.troubles));
    }
    let before = filter::value(&entry.body);
    let mark = before[EXTERNAL_ID].as_str();
    let rows = contract_lines::there(api, &entry.id)?;
    let drafts = contract_pairs::of_rows(api, &rows, mark, Unmarked::MayBeOurs).into_iter();
    let drafts = drafts.filter(|line| line.state == DRAFT);
    let drafts: Vec<String> = drafts.map(|line| line.record_no).collect();
    post_lines(
        api,
        &drafts,
        &operation.token,
        day.as_deref(),
        &mut |functions| {
            silence::take(api, &entry.id, Step::PostLines, || {
                api.tell(functions, Repeats::Refused, Binding::EachItself)
            })
        },
    )
}
