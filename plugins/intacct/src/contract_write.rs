//! A new contract: the header as a draft, its lines, then posted.
//!
//! The contract's id comes from Intacct's sequence and stands only in the answer, so the draft carries an id of ours.
//! Whatever is interrupted goes on where it was: the draft is found by our id, lines that are there are not made
//! again, what is posted is not posted again. When Intacct refuses a line or the posting, the draft is taken away, so
//! that the next try, which comes under another token, does not make a second one.

use crate::api::Api;
use crate::assumed::{DRAFT, FUNCTIONS_MAX, IN_PROGRESS};
use crate::contract_lines::{self, Failure, Line, Owner};
use crate::drift;
use crate::envelope::{Binding, Function, Repeats};
use crate::field::{same, Kind};
use crate::operation::{self, Silence};
use crate::question::RECORD_NUMBER;
use crate::records;
use crate::refusal;
use crate::reply::{text_of, Row, Status};
use crate::stamp;
use crate::table::{needed, EXTERNAL_ID};
use crate::tables::{CONTRACT, CONTRACT_LINE};
use crate::write::{existing, CONTRACT_WORDS};
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// How far a contract has come.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
struct Note {
    /// The draft, once it is made or found.
    record_no: Option<String>,
    /// This operation has sent it off: whatever carries our id from then on is its own.
    began: bool,
    /// The draft is being taken away.
    undoing: bool,
    /// How many drafts were taken away: a function that was completed is never carried out again under its id.
    generation: u32,
    /// Until when the gateway may still be working on the draft.
    until_ms: Option<u64>,
}

/// One new contract.
struct New<'a> {
    api: &'a Api<'a>,
    operation: &'a Operation,
    body: Map<String, Value>,
    header: Vec<crate::field::Part>,
    lines: Vec<Line>,
    marker: String,
    as_draft: bool,
    posting_date: Option<String>,
    note: Note,
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
        let aside = [&CONTRACT_WORDS[..], &[EXTERNAL_ID]].concat();
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

    fn control(&self) -> String {
        match self.note.generation {
            0 => self.operation.token.clone(),
            n => format!("{}-{n}", self.operation.token),
        }
    }

    fn save(&self) -> Result<(), Fault> {
        operation::note(self.api, self.operation, &self.note)
    }

    /// The contract that carries our id, or that we noted.
    fn found(&self) -> Result<Option<Row>, Fault> {
        let rows = operation::marked(self.api, &CONTRACT, &[&self.marker])?;
        let row = match operation::one_marked(self.api, &rows, &self.marker)? {
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
    fn is_ours(&self) -> bool {
        self.note.began || self.marker == self.operation.token
    }

    /// A draft that stood there under the flow's own id before is posted only if it says the same.
    fn check_same(&self, row: &Row) -> Result<(), Fault> {
        let shape = CONTRACT.shape(self.api)?;
        let rows = std::slice::from_ref(row);
        let entries = records::entries(self.api, &CONTRACT, &shape, rows)?;
        let before = entries.first().map(|entry| filter::value(&entry.body));
        let before = before.unwrap_or_default();
        let differs = |fields: &[&str], ours: &Map<String, Value>, theirs: &Value| {
            let other = fields.iter().find(|name| {
                let field = CONTRACT_LINE.field(name).or_else(|| CONTRACT.field(name));
                let kind = field.map_or(Kind::Text, |field| field.kind);
                let own = ours.get(**name).filter(|value| !filter::is_empty(value));
                own.is_some_and(|own| !same(kind, own, &theirs[**name]))
            });
            other.map(|name| (*name).to_owned())
        };
        let mut other = differs(&["name", "begin_date", "end_date"], &self.body, &before);
        let lines = before["lines"].as_array().cloned().unwrap_or_default();
        for (line, theirs) in self.lines.iter().zip(&lines) {
            let place = line.number - 1;
            let field = differs(
                &["item_id", "quantity", "price", "flat_amount"],
                &line.body,
                theirs,
            );
            other = other.or(field.map(|field| format!("lines[{place}].{field}")));
        }
        match other {
            None => Ok(()),
            Some(field) => Err(fault::rejected(text!(
                "intacct-draft-differs",
                "Sage Intacct has draft {contract} with this external_id already, and its {field} is another: delete the draft, or make it alike",
                contract = text_of(row, "CONTRACTID"),
                field = field
            ))
            .field(&field)),
        }
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

    /// What a person must mend in the source is refused with nothing left behind; for what passes by itself, or what
    /// an administrator must set, the draft stays and is gone on with.
    fn taken_away(&mut self, fault: Fault) -> Fault {
        // A draft that stood there under the flow's own id before is found again by the next try.
        if !is_for_good(&fault) || !self.is_ours() {
            return fault;
        }
        self.note.undoing = true;
        if let Err(unnoted) = self.save() {
            return unnoted;
        }
        // Another record's existence is no reason to link this one to it.
        let fault = Fault {
            kind: match fault.kind {
                FaultKind::Exists => FaultKind::Rejected,
                kind => kind,
            },
            existing: None,
            ..fault
        };
        match self.undo() {
            Ok(()) => fault,
            Err(other) if other.message.key == "intacct-draft-left" => Fault {
                vendor_code: fault.vendor_code,
                vendor_text: fault.vendor_text,
                field: fault.field,
                ..fault::rejected(text!(
                    "intacct-draft-left-why",
                    "{reason}. The draft of the contract could not be taken away: delete it in Sage Intacct before this is tried again",
                    reason = fault.message.fallback
                ))
            },
            Err(other) => other,
        }
    }

    /// Takes our draft away, with its lines.
    fn undo(&mut self) -> Result<(), Fault> {
        let rows = operation::marked(self.api, &CONTRACT, &[&self.marker])?;
        let row = operation::one_marked(self.api, &rows, &self.marker)?;
        if let Some(row) = row.filter(|row| text_of(row, "STATE") == DRAFT) {
            let number = text_of(row, RECORD_NUMBER);
            let lines = contract_lines::there(self.api, text_of(row, "CONTRACTID"))?;
            let lines: Vec<&str> = lines.iter().map(|l| text_of(l, RECORD_NUMBER)).collect();
            let mut functions: Vec<Function> = cursor::chunks(&lines, 100)
                .filter(|lines| !lines.is_empty())
                .enumerate()
                .map(|(at, lines)| Function {
                    control_id: format!("{}-undo-lines-{at}", self.control()),
                    xml: operation::delete_xml(CONTRACT_LINE.object, lines),
                })
                .collect();
            functions.push(Function {
                control_id: format!("{}-undo", self.control()),
                xml: operation::delete_xml(CONTRACT.object, &[number]),
            });
            let told = self
                .api
                .tell(&functions, Repeats::Allowed, Binding::AllOrNone)?;
            let failed = told.iter().find(|told| told.status != Status::Success);
            if let Some(failed) = failed {
                let why = self.api.refused(CONTRACT.entity, &failed.troubles);
                return Err(fault::rejected(text!(
                    "intacct-draft-left",
                    "The draft of the contract could not be taken away: delete it in Sage Intacct before this is tried again"
                ))
                .vendor_text(&why.vendor_text.unwrap_or_default()));
            }
        }
        self.note = Note {
            generation: self.note.generation + 1,
            ..Note::default()
        };
        self.save()
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

/// Whether a person must mend the record itself.
fn is_for_good(fault: &Fault) -> bool {
    matches!(
        fault.kind,
        FaultKind::Rejected | FaultKind::MissingReference | FaultKind::NotFound | FaultKind::Exists
    )
}

fn draft_lines(body: &str) -> usize {
    let body = filter::value(body);
    let lines = body["lines"].as_array().map(Vec::as_slice);
    let drafts = lines.unwrap_or_default().iter();
    drafts.filter(|line| line["state"] == DRAFT).count()
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

/// After something was sent, a question that failed leaves open what became of it.
fn seen_or_unsure(fault: Fault) -> Fault {
    match fault.scope {
        FaultScope::OneRecord => fault,
        _ => operation::unsure(fault),
    }
}

/// The state that a posted contract has.
pub fn is_posted(state: &str) -> bool {
    state == IN_PROGRESS
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
