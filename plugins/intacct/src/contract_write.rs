//! A new contract: the header as a draft, its lines, then posted.
//!
//! The contract's id comes from Intacct's sequence and stands only in the answer, so the draft carries an id of ours.
//! Whatever is interrupted goes on where it was: the draft is found by our id, lines that are there are not made
//! again, what is posted is not posted again. When Intacct refuses a line or the posting, the draft is taken away, so
//! that the next try, which comes under another token, does not make a second one.

use crate::api::Api;
use crate::assumed::DRAFT;
use crate::contract_lines::{self, Failure, Line, Owner};
use crate::contract_post::{post_lines, posting_date};
use crate::create::existing;
use crate::drift;
use crate::envelope::{Binding, Function, Repeats};
use crate::operation::{self, Silence};
use crate::question::RECORD_NUMBER;
use crate::records;
use crate::refusal;
use crate::reply::{text_of, Row, Status};
use crate::table::{needed, EXTERNAL_ID};
use crate::tables::CONTRACT;
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// What stands in a contract's body beside its header.
const ASIDE: [&str; 4] = ["lines", "as_draft", "header_only", "gl_posting_date"];

/// How far a contract has come.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Note {
    /// The draft, once it is made or found.
    pub record_no: Option<String>,
    /// This operation has sent it off: whatever carries our id from then on is its own.
    pub began: bool,
    /// The draft is being taken away.
    pub undoing: bool,
    /// How many drafts were taken away: a function that was completed is never carried out again under its id.
    pub generation: u32,
    /// Until when the gateway may still be working on the draft.
    pub until_ms: Option<u64>,
}

/// One new contract.
pub struct New<'a> {
    pub api: &'a Api<'a>,
    pub operation: &'a Operation,
    pub body: Map<String, Value>,
    pub header: Vec<crate::field::Part>,
    pub lines: Vec<Line>,
    pub marker: String,
    pub as_draft: bool,
    pub posting_date: Option<String>,
    pub note: Note,
}

/// Makes a contract, or goes on with one.
pub fn create(api: &Api, operation: &Operation) -> Outcome {
    let mut new = New::of(api, operation)?;
    if new.note.undoing {
        new.undo()?;
    }
    let row = match new.found()? {
        Some(row) => row,
        None => new.make_header()?,
    };
    new.go_on(row)
}

fn flag(body: &Map<String, Value>, name: &str) -> Result<Option<bool>, Fault> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(other) => Err(crate::field::unfit(name, other)),
    }
}

/// What the reference says a contract needs beside single fields.
fn check_dates(body: &Map<String, Value>) -> Result<(), Fault> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::trim);
    let end = text("end_date").filter(|day| !day.is_empty());
    let evergreen = text("term_type").is_some_and(|kind| kind.eq_ignore_ascii_case("Evergreen"));
    if !evergreen && end.is_none() {
        return Err(needed(CONTRACT.entity, "end_date"));
    }
    if let (Some(begin), Some(end)) = (text("begin_date"), end) {
        if end < begin {
            return Err(fault::rejected(text!(
                "intacct-ends-first",
                "The contract ends on {end}, before it begins on {begin}",
                end = end,
                begin = begin
            ))
            .field("end_date"));
        }
    }
    Ok(())
}

impl<'a> New<'a> {
    /// Whatever can be refused without Intacct is refused before anything is made.
    fn of(api: &'a Api<'a>, operation: &'a Operation) -> Result<Self, Fault> {
        let body = operation::body(operation)?;
        let resume = operation.resume.as_deref().unwrap_or_default();
        let header_only = flag(&body, "header_only")?.unwrap_or(api.settings.header_only());
        let as_draft = flag(&body, "as_draft")?.unwrap_or(api.settings.as_draft());
        let marker = operation::marker(operation, &body);
        let aside = [&ASIDE[..], &[EXTERNAL_ID]].concat();
        let mut header = CONTRACT.new_parts(api, &body, &aside)?;
        check_dates(&body)?;
        header.push(("STATE".to_owned(), DRAFT.to_owned()));
        header.push(CONTRACT.mark(api, &json!(marker)));
        let lines = match header_only {
            true => Vec::new(),
            false => contract_lines::of_body(api, &body)?,
        };
        Ok(Self {
            posting_date: posting_date(&body)?,
            api,
            operation,
            body,
            header,
            lines,
            marker,
            as_draft,
            note: serde_json::from_slice(resume).unwrap_or_default(),
        })
    }

    pub fn control(&self) -> String {
        match self.note.generation {
            0 => self.operation.token.clone(),
            n => format!("{}-{n}", self.operation.token),
        }
    }

    pub fn save(&self) -> Result<(), Fault> {
        operation::note(self.api, self.operation, &self.note)
    }

    /// The contract that carries our id, or that we noted.
    fn found(&self) -> Result<Option<Row>, Fault> {
        let rows = operation::marked(self.api, &CONTRACT, &[&self.marker])?;
        let row = match operation::one_marked(self.api, &CONTRACT, &rows, &self.marker)? {
            Some(row) => row.clone(),
            None => match &self.note.record_no {
                // Somebody emptied our field, or took the draft away.
                Some(number) => self.by_number(number)?.ok_or_else(draft_gone)?,
                None => {
                    let silence = Silence {
                        until_ms: self.note.until_ms,
                    };
                    return match silence.fault(self.api.host().now_ms()) {
                        Some(waits) => Err(waits),
                        None => Ok(None),
                    };
                }
            },
        };
        let wanted = self.body.get("customer_id").and_then(Value::as_str);
        let has = text_of(&row, "CUSTOMERID");
        if wanted.is_some_and(|wanted| wanted.trim() != has) {
            return Err(other_customer(text_of(&row, "CONTRACTID"), has));
        }
        Ok(Some(row))
    }

    fn by_number(&self, number: &str) -> Result<Option<Row>, Fault> {
        let (rows, _) = records::all_with(self.api, &CONTRACT, RECORD_NUMBER, &[number])?;
        Ok(rows.into_iter().next())
    }

    fn make_header(&mut self) -> Result<Row, Fault> {
        self.note.began = true;
        self.save()?;
        let function = Function {
            control_id: format!("{}-header", self.control()),
            xml: operation::create_xml(CONTRACT.object, &self.header),
        };
        let told = self
            .api
            .tell(&[function], Repeats::Refused, Binding::EachItself);
        let told = match told {
            Ok(mut told) => told.remove(0),
            Err(fault) => {
                self.note.until_ms = operation::silent_until(self.api, &fault);
                if self.note.until_ms.is_some() {
                    self.save()?;
                }
                return Err(fault);
            }
        };
        let made = told.status == Status::Success;
        if made {
            self.note.record_no = operation::record_no(&told);
            self.note.until_ms = None;
            self.save()?;
        }
        // One that failed may have failed because it is there.
        if let Some(row) = self.found().map_err(seen_or_unsure)? {
            return Ok(row);
        }
        if made {
            return Err(fault::outcome_unknown(text!(
                "intacct-header-untold",
                "Sage Intacct made the contract and does not show it"
            )));
        }
        let fault = operation::refused(self.api, &CONTRACT, &self.body, &told.troubles);
        Err(match refusal::duplicate(&told.troubles) {
            Some(_) => self.taken(fault),
            None => fault,
        })
    }

    /// A contract id that a person typed in may be there: then it is linked, if it is the customer's.
    fn taken(&self, fault: Fault) -> Fault {
        let fault = existing(self.api, &CONTRACT, &self.body, fault);
        let Some(id) = fault.existing.as_deref() else {
            return fault;
        };
        let row = records::all_with(self.api, &CONTRACT, "CONTRACTID", &[id]);
        let has = row.ok().and_then(|(rows, _)| rows.into_iter().next());
        let has = has.map(|row| text_of(&row, "CUSTOMERID").to_owned());
        let wanted = self.body.get("customer_id").and_then(Value::as_str);
        match has {
            Some(has) if wanted.is_some_and(|wanted| wanted.trim() != has) => {
                other_customer(id, &has)
            }
            _ => fault,
        }
    }

    /// From the draft on: what is missing is made, what is a draft is posted.
    fn go_on(&mut self, row: Row) -> Outcome {
        let number = text_of(&row, RECORD_NUMBER).to_owned();
        let contract_id = text_of(&row, "CONTRACTID").to_owned();
        if self.note.record_no.as_deref() != Some(&number) {
            self.note.record_no = Some(number.clone());
            self.save()?;
        }
        let mut is_draft = text_of(&row, "STATE") == DRAFT;
        if is_draft && !self.is_ours() {
            self.check_same(&row)?;
        }
        // Lines come before posting, so a posted contract has them.
        if is_draft && !self.lines.is_empty() {
            self.make_lines(&contract_id)?;
        }
        if is_draft && !self.as_draft {
            self.post(&number)?;
            is_draft = false;
        }
        if !is_draft && !self.as_draft && !self.lines.is_empty() {
            post_lines(
                self.api,
                &contract_id,
                &self.control(),
                self.posting_date.as_deref(),
            )?;
        }
        self.finished(&number, &contract_id)
    }

    /// Whether this operation made the draft.
    pub fn is_ours(&self) -> bool {
        self.note.began || self.marker == self.operation.token
    }

    fn make_lines(&mut self, contract_id: &str) -> Result<(), Fault> {
        let there = contract_lines::there(self.api, contract_id)?;
        let missing = contract_lines::missing(self.api, &self.lines, &there, &self.marker)?;
        if missing.is_empty() {
            return Ok(());
        }
        let control = self.control();
        let owner = Owner {
            contract_id,
            marker: &self.marker,
            control: &control,
            as_drafts: true,
        };
        let fault = match contract_lines::make(self.api, &missing, &owner) {
            Ok(()) => return Ok(()),
            Err(Failure::Request(fault)) => return Err(fault),
            Err(Failure::Line(fault)) => fault,
        };
        // One that failed may have failed because all were made before.
        let there = contract_lines::there(self.api, contract_id)?;
        if contract_lines::missing(self.api, &self.lines, &there, &self.marker)?.is_empty() {
            return Ok(());
        }
        Err(self.taken_away(fault))
    }

    fn post(&mut self, number: &str) -> Result<(), Fault> {
        let function = Function {
            control_id: format!("{}-post", self.control()),
            xml: operation::post_xml(CONTRACT.object, number, self.posting_date.as_deref()),
        };
        let told = self
            .api
            .tell(&[function], Repeats::Refused, Binding::EachItself)?
            .remove(0);
        if told.status == Status::Success {
            return Ok(());
        }
        let now = self.by_number(number)?.ok_or_else(draft_gone)?;
        if text_of(&now, "STATE") != DRAFT {
            return Ok(());
        }
        let fault = operation::refused(self.api, &CONTRACT, &self.body, &told.troubles);
        Err(self.taken_away(fault))
    }

    /// The contract as it is now. That it cannot be read does not undo it.
    fn finished(&self, number: &str, contract_id: &str) -> Outcome {
        let read = records::all_with(self.api, &CONTRACT, RECORD_NUMBER, &[number])
            .and_then(|(rows, shape)| records::entries(self.api, &CONTRACT, &shape, &rows));
        let entry = read.ok().and_then(|entries| entries.into_iter().next());
        let Some(entry) = entry else {
            return Ok(operation::bare(contract_id));
        };
        let mut applied = operation::applied(entry);
        drift::look(self.api, applied.version.as_deref());
        let draft_lines = draft_lines(applied.body.as_deref().unwrap_or_default());
        if draft_lines > 0 && !self.as_draft {
            let told = ("draft_lines".to_owned(), draft_lines.to_string());
            applied.ext.push(told);
        }
        Ok(applied)
    }
}

fn draft_lines(body: &str) -> usize {
    let body = filter::value(body);
    let lines = body["lines"].as_array().map(Vec::as_slice);
    let drafts = lines.unwrap_or_default().iter();
    drafts.filter(|line| line["state"] == DRAFT).count()
}

/// After something was sent, a question that failed leaves open what became of it.
fn seen_or_unsure(fault: Fault) -> Fault {
    match fault.scope {
        FaultScope::OneRecord => fault,
        _ => operation::unsure(fault),
    }
}

fn draft_gone() -> Fault {
    fault::rejected(text!(
        "intacct-draft-gone",
        "The draft of this contract was deleted in Sage Intacct before it was finished; try it again to make it anew"
    ))
}

fn other_customer(contract_id: &str, customer: &str) -> Fault {
    fault::rejected(text!(
        "intacct-other-customer",
        "Contract {contract} of Sage Intacct is customer {customer}'s, not this one's: correct the contract id or the customer",
        contract = contract_id,
        customer = customer
    ))
    .field("customer_id")
}
