//! The lines of a contract: what a body gives, what is there already, and what is sent.
//!
//! Lines are records of their own. Up to a hundred go in one request and stand or fall together, so of a request that
//! broke off there are all or none; where lines can carry our id, each is known by itself.

use crate::api::Api;
use crate::assumed::LINES_MAX;
use crate::envelope::{Binding, Function, Repeats};
use crate::field::Part;
use crate::operation::{create_xml, with_field};
use crate::records;
use crate::reply::{culprit, Outcome as Told, Row, Trouble};
use crate::table::{needed, parts_of, EXTERNAL_ID};
use crate::tables::CONTRACT_LINE;
use liaison_sdk::prelude::*;

/// A line that is to be there.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its place in the body.
    pub at: usize,
    /// What it is marked with, counted from one.
    pub number: usize,
    pub body: Map<String, Value>,
    parts: Vec<Part>,
}

impl Line {
    pub fn item(&self) -> &str {
        let item = self.body.get("item_id").and_then(Value::as_str);
        item.map_or("", str::trim)
    }

    pub fn numbered(&self, number: usize) -> Self {
        Self {
            number,
            ..self.clone()
        }
    }
}

/// The lines of a body, checked. What a line does not say it has from the contract.
pub fn of_body(api: &Api, contract: &Map<String, Value>) -> Result<Vec<Line>, Fault> {
    let given = match contract.get("lines") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(lines)) => lines,
        Some(other) => return Err(crate::field::unfit("lines", other)),
    };
    let mut lines = Vec::new();
    for (at, given) in given.iter().enumerate() {
        let place = format!("lines[{at}]");
        let Value::Object(given) = given else {
            return Err(crate::field::unfit(&place, given));
        };
        let mut body = given.clone();
        for inherited in ["begin_date", "end_date", "location_id"] {
            let own = contract
                .get(inherited)
                .filter(|value| !filter::is_empty(value));
            if let (Some(value), true) = (own, body.get(inherited).is_none_or(filter::is_empty)) {
                body.insert(inherited.to_owned(), value.clone());
            }
        }
        if body.get("billing_method").is_none_or(filter::is_empty) {
            body.insert("billing_method".to_owned(), json!("Fixed price"));
        }
        if body.get("item_id").is_none_or(filter::is_empty) {
            return Err(needed(CONTRACT_LINE.entity, &format!("{place}.item_id")));
        }
        let aside = ["contract_id", EXTERNAL_ID];
        let prefix = format!("{place}.");
        let fields = CONTRACT_LINE.fields;
        let parts = parts_of(api, CONTRACT_LINE.entity, fields, &body, &aside, &prefix)?;
        lines.push(Line {
            at,
            number: at + 1,
            body,
            parts,
        });
    }
    Ok(lines)
}

/// Whether lines can carry our id. Where the company does not tell its fields they do not.
pub fn are_marked(api: &Api) -> Result<bool, Fault> {
    let shape = CONTRACT_LINE.shape(api)?;
    Ok(shape.is_told() && shape.has_custom(&CONTRACT_LINE.marker(api)))
}

/// Our id of a line.
pub fn marker_of(contract: &str, number: usize) -> String {
    format!("{contract}-{number}")
}

/// The lines that a contract has.
pub fn there(api: &Api, contract_id: &str) -> Result<Vec<Row>, Fault> {
    let (rows, _) = records::all_with(api, &CONTRACT_LINE, "CONTRACTID", &[contract_id])?;
    Ok(rows)
}

/// For which contract, and by which ids.
pub struct Owner<'a> {
    pub contract_id: &'a str,
    /// Our id of the contract.
    pub marker: &'a str,
    /// What the control ids begin with.
    pub control: &'a str,
    /// Whether the lines are made as drafts.
    pub as_drafts: bool,
}

/// Why lines were not made.
pub enum Failure {
    /// The request failed: what became of it is the fault's to say.
    Request(Fault),
    /// A line was refused, and with it those that went along.
    Line(Fault),
}

/// Sends one request of lines.
pub type Send<'a> = dyn FnMut(&[Function], Repeats, Binding) -> Result<Vec<Told>, Fault> + 'a;

/// Makes lines.
pub fn make(api: &Api, lines: &[Line], owner: &Owner, send: &mut Send) -> Result<(), Failure> {
    let marked = are_marked(api).map_err(Failure::Request)?;
    for some in cursor::chunks(lines, LINES_MAX) {
        let functions: Vec<Function> = some
            .iter()
            .map(|line| function(api, line, owner, marked))
            .collect();
        let told =
            send(&functions, Repeats::Refused, Binding::AllOrNone).map_err(Failure::Request)?;
        if let Some(at) = culprit(&told) {
            return Err(Failure::Line(refused(api, &some[at], &told[at].troubles)));
        }
    }
    Ok(())
}

fn function(api: &Api, line: &Line, owner: &Owner, marked: bool) -> Function {
    let mut parts = vec![("CONTRACTID".to_owned(), owner.contract_id.to_owned())];
    if owner.as_drafts {
        parts.push(("STATE".to_owned(), crate::assumed::DRAFT.to_owned()));
    }
    parts.extend(line.parts.iter().cloned());
    if marked {
        let own = marker_of(owner.marker, line.number);
        parts.push(CONTRACT_LINE.mark(api, &json!(own)));
    }
    Function {
        control_id: format!("{}-line-{}", owner.control, line.number),
        xml: create_xml(CONTRACT_LINE.object, &parts),
    }
}

fn refused(api: &Api, line: &Line, troubles: &[Trouble]) -> Fault {
    let fault = api.refused(CONTRACT_LINE.entity, troubles);
    let at = line.at;
    let field = match with_field(&line.body, &fault) {
        Some(field) => format!("lines[{at}].{field}"),
        None => format!("lines[{at}]"),
    };
    fault.field(&field)
}
