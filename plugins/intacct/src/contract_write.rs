//! A new contract: the header as a draft, its lines, then posted.
//!
//! The contract's id comes from Intacct's sequence and stands only in the answer, so the draft carries an id of ours.
//! Whatever is interrupted goes on where it was: the draft is found by our id, lines that are there are not made
//! again, what is posted is not posted again, and what had no answer is not sent again while Intacct may still be working on
//! it. When Intacct refuses a line or the posting, the draft is taken away, so that the next try, which comes under another
//! token, does not make a second one.

use crate::api::Api;
use crate::assumed::{DRAFT, IN_PROGRESS};
use crate::contract_lines::{self, Failure, Line, Owner};
use crate::contract_pairs::{self, Pairs, There, Unmarked};
use crate::contract_post::{self, post_lines, posting_date, Unposted};
use crate::create::existing;
use crate::drift;
use crate::envelope::{Binding, Function, Repeats};
use crate::operation;
use crate::question::RECORD_NUMBER;
use crate::records;
use crate::refusal;
use crate::reply::{text_of, Outcome as Told, Row, Status};
use crate::silence::{self, Sent, Step};
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
    /// What left last, where it has no answer yet.
    pub sent: Option<Sent>,
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
                None => return Ok(None),
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

    /// Takes a step that changes something, unless the same one had no answer and may still come about.
    pub fn tell(
        &mut self,
        step: Step,
        functions: &[Function],
        repeats: Repeats,
        binding: Binding,
    ) -> Result<Vec<Told>, Fault> {
        if let Some(waits) = self
            .note
            .sent
            .as_ref()
            .and_then(|sent| sent.waits(self.api, step))
        {
            return Err(waits);
        }
        self.note.sent = Some(Sent::now(self.api, step));
        self.save()?;
        let told = self.api.tell(functions, repeats, binding);
        if told.as_ref().is_err_and(silence::is_open) {
            return told;
        }
        self.note.sent = None;
        // What was done is seen by the next try. What was not is sent again without a wait.
        let is_done = |told: &Vec<Told>| told.iter().all(|told| told.status == Status::Success);
        if !told.as_ref().is_ok_and(is_done) {
            self.save()?;
        }
        told
    }

    fn make_header(&mut self) -> Result<Row, Fault> {
        self.note.began = true;
        let function = Function {
            control_id: format!("{}-header", self.control()),
            xml: operation::create_xml(CONTRACT.object, &self.header),
        };
        let told = self
            .tell(
                Step::Create,
                &[function],
                Repeats::Refused,
                Binding::EachItself,
            )?
            .remove(0);
        let made = told.status == Status::Success;
        if made {
            self.note.record_no = operation::record_no(&told);
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
        let state = text_of(&row, "STATE");
        let (is_draft, is_ours) = (state == DRAFT, self.is_ours());
        if is_draft && !is_ours {
            self.check_same(&row)?;
        }
        let mut there = self.there(&contract_id)?;
        match is_draft || is_ours && state == IN_PROGRESS {
            true => self.make_lines(&contract_id, is_draft, &mut there)?,
            false if is_ours => {}
            // Somebody else's posted contract is linked, and nothing in it is changed.
            false => self.check_lines(&contract_id, &there)?,
        }
        let mut unposted = Unposted::new();
        if !self.as_draft {
            if is_draft {
                self.post(&number)?;
            }
            if is_draft || is_ours && state == IN_PROGRESS {
                unposted = self.post_lines(&there)?;
            }
        }
        self.finished(&number, &contract_id, &unposted)
    }

    /// The lines of the contract; not asked for where the body has none.
    fn there(&self, contract_id: &str) -> Result<Vec<There>, Fault> {
        if self.lines.is_empty() {
            return Ok(Vec::new());
        }
        let rows = contract_lines::there(self.api, contract_id)?;
        let unmarked = match self.is_ours() && contract_lines::are_marked(self.api)? {
            true => Unmarked::AreNot,
            false => Unmarked::MayBeOurs,
        };
        Ok(contract_pairs::of_rows(
            self.api,
            &rows,
            Some(&self.marker),
            unmarked,
        ))
    }

    fn pairs(&self, there: &[There]) -> Pairs {
        contract_pairs::pair(&self.lines, there)
    }

    fn check_lines(&self, contract_id: &str, there: &[There]) -> Result<(), Fault> {
        match self.pairs(there).missing(&self.lines).len() {
            0 => Ok(()),
            missing => Err(fault::rejected(text!(
                "intacct-lines-missing",
                "Contract {contract} of Sage Intacct has this external_id, is posted, was not made by this record, and lacks {missing} of its lines: add them in Intacct, or empty the field that carries the external_id there so that a contract is made",
                contract = contract_id,
                missing = missing
            ))
            .field("lines")),
        }
    }

    /// Posts the lines that are this record's; what somebody added as a draft is his.
    fn post_lines(&mut self, there: &[There]) -> Result<Unposted, Fault> {
        let pairs = self.pairs(there);
        let drafts = pairs.going_on(&self.lines, there);
        let drafts = drafts.filter(|(_, there)| there.state == DRAFT);
        let drafts: Vec<String> = drafts.map(|(_, there)| there.record_no.clone()).collect();
        let (api, control, day) = (self.api, self.control(), self.posting_date.clone());
        post_lines(api, &drafts, &control, day.as_deref(), &mut |functions| {
            self.tell(
                Step::PostLines,
                functions,
                Repeats::Refused,
                Binding::EachItself,
            )
        })
    }

    /// Whether this operation made the draft.
    pub fn is_ours(&self) -> bool {
        self.note.began || self.marker == self.operation.token
    }

    /// Makes what is missing; `there` is then what there is.
    fn make_lines(
        &mut self,
        contract_id: &str,
        is_draft: bool,
        there: &mut Vec<There>,
    ) -> Result<(), Fault> {
        let missing = self.pairs(there).missing(&self.lines);
        if missing.is_empty() {
            return Ok(());
        }
        let (api, control, marker) = (self.api, self.control(), self.marker.clone());
        let owner = Owner {
            contract_id,
            marker: &marker,
            control: &control,
            as_drafts: true,
        };
        let made =
            contract_lines::make(api, &missing, &owner, &mut |functions, repeats, binding| {
                self.tell(Step::Lines, functions, repeats, binding)
            });
        let fault = match made {
            Ok(()) => None,
            Err(Failure::Request(fault)) => return Err(fault),
            Err(Failure::Line(fault)) => Some(fault),
        };
        if fault.is_some() || !self.as_draft {
            *there = self.there(contract_id)?;
        }
        match fault {
            // One that failed may have failed because all were made before.
            Some(_) if self.pairs(there).missing(&self.lines).is_empty() => Ok(()),
            Some(fault) if is_draft => Err(self.taken_away(fault)),
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }

    fn post(&mut self, number: &str) -> Result<(), Fault> {
        let function = Function {
            control_id: format!("{}-post", self.control()),
            xml: operation::post_xml(CONTRACT.object, number, self.posting_date.as_deref()),
        };
        let told = self
            .tell(
                Step::Post,
                &[function],
                Repeats::Refused,
                Binding::EachItself,
            )?
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
    fn finished(&self, number: &str, contract_id: &str, unposted: &Unposted) -> Outcome {
        let read = records::all_with(self.api, &CONTRACT, RECORD_NUMBER, &[number])
            .and_then(|(rows, shape)| records::entries(self.api, &CONTRACT, &shape, &rows));
        let entry = read.ok().and_then(|entries| entries.into_iter().next());
        let Some(entry) = entry else {
            return Ok(operation::bare(contract_id));
        };
        let mut applied = operation::applied(entry);
        drift::look(self.api, applied.version.as_deref());
        contract_post::tell_unposted(&mut applied, unposted);
        Ok(applied)
    }
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
