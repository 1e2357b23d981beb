//! A draft that does not become a contract: taken away when it is ours and Intacct refuses it, left alone when it is not.

use crate::assumed::DRAFT;
use crate::contract_lines;
use crate::contract_post::is_for_good;
use crate::contract_write::{New, Note};
use crate::envelope::{Binding, Function, Repeats};
use crate::field::{same, Kind};
use crate::operation;
use crate::question::RECORD_NUMBER;
use crate::records;
use crate::reply::{culprit, text_of, Row};
use crate::silence::Step;
use crate::tables::{CONTRACT, CONTRACT_LINE};
use liaison_sdk::prelude::*;

impl New<'_> {
    /// A draft that stood there under the flow's own id before is posted only if it says the same.
    pub fn check_same(&self, row: &Row) -> Result<(), Fault> {
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

    /// What a person must mend in the source is refused with nothing left behind; for what passes by itself, or what
    /// an administrator must set, the draft stays and is gone on with.
    pub fn taken_away(&mut self, fault: Fault) -> Fault {
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
    pub fn undo(&mut self) -> Result<(), Fault> {
        let rows = operation::marked(self.api, &CONTRACT, &[&self.marker])?;
        let row = operation::one_marked(self.api, &CONTRACT, &rows, &self.marker)?;
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
            let told = self.tell(Step::Undo, &functions, Repeats::Allowed, Binding::AllOrNone)?;
            if let Some(at) = culprit(&told) {
                let why = self.api.refused(CONTRACT.entity, &told[at].troubles);
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
}
