//! `write`: one request an operation, one after the other, after one look at the company.
//!
//! Invariant: nothing is sent before the company's identity was compared, and no request that may
//! have been carried out is sent again.

use crate::bridge::Bridge;
use crate::card::{self, Access, CardKind};
use crate::company;
use crate::document;
use crate::entity::Entity;
use crate::{invoice, invoice_names, lookup};
use liaison_sdk::prelude::*;
use liaison_sdk::text;

/// A call ends after 60 seconds, and with it every outcome that was not handed back. The host gives each
/// request 30, so nothing new is begun after this long.
const BEGIN_MS_MAX: u64 = 25_000;

/// One call of `write`, and since when.
struct Call<'a> {
    bridge: &'a Bridge<'a>,
    started_ms: u64,
}

impl Call<'_> {
    fn is_late(&self) -> bool {
        self.bridge
            .host()
            .monotonic_ms()
            .saturating_sub(self.started_ms)
            > BEGIN_MS_MAX
    }
}

/// Carries out the operations; one outcome each.
pub fn write(bridge: &Bridge, entity: Entity, operations: &[Operation]) -> Vec<Outcome> {
    let call = Call {
        bridge,
        started_ms: bridge.host().monotonic_ms(),
    };
    if let Err(fault) = company::guard(bridge) {
        return operations.iter().map(|_| Err(fault.clone())).collect();
    }
    let mut not_sent: Option<Fault> = None;
    operations
        .iter()
        .map(|operation| {
            if let Some(fault) = &not_sent {
                return Err(fault.clone());
            }
            if call.is_late() {
                return Err(later());
            }
            let outcome = apply(&call, entity, operation);
            not_sent = outcome.as_ref().err().and_then(ends_the_call);
            outcome
        })
        .collect()
}

/// What the operations after this fault get without being sent: what holds for the whole connection
/// holds for them, and behind a lost answer every further request would be lost as well, because the
/// bridge has one thread.
fn ends_the_call(fault: &Fault) -> Option<Fault> {
    match (fault.kind, fault.scope) {
        (FaultKind::OutcomeUnknown, _) => Some(fault::unavailable(text!(
            "acomba-after-lost-answer",
            "Not sent: the bridge did not answer the request before this one"
        ))),
        (_, FaultScope::WholeConnection) => Some(fault.clone()),
        _ => None,
    }
}

fn later() -> Fault {
    fault::throttled(text!(
        "acomba-later",
        "Not sent yet: the requests before this one took the time of the call"
    ))
    .wait_ms(0)
}

fn apply(call: &Call, entity: Entity, operation: &Operation) -> Outcome {
    let body: Map<String, Value> = serde_json::from_str(&operation.body).map_err(|e| {
        fault::internal(text!(
            "acomba-body",
            "The record is no JSON object: {reason}",
            reason = e
        ))
    })?;
    match (entity, operation.action) {
        (Entity::Card(kind), Action::Create) if kind.access == Access::Full => add(call, kind, operation, &body),
        (Entity::Card(kind), Action::Update) if kind.access == Access::Full => modify(call, kind, operation, &body),
        (Entity::Document(kind), Action::Create) if kind.access == Access::Full => enter(call, entity, operation, &body),
        (Entity::Document(kind), Action::Update) if kind.access == Access::Full => Err(fault::rejected(text!(
            "acomba-invoice-is-final",
            "Acomba does not let an invoice be changed; correct it by a credit in Acomba"
        ))),
        (_, Action::Delete) => Err(fault::rejected(text!(
            "acomba-no-delete",
            "Nothing is deleted in Acomba, because its positions identify records; set the card inactive instead"
        ))),
        _ => Err(fault::not_offered(entity.name(), "write")),
    }
}

fn add(
    call: &Call,
    kind: &'static CardKind,
    operation: &Operation,
    body: &Map<String, Value>,
) -> Outcome {
    let card = kind.card(body, Action::Create)?;
    let answer = call
        .bridge
        .add(kind.interface, &operation.token, &card)
        .map_err(|t| t.in_our_names(|wire| kind.name_of(wire)))?;
    applied(call, Entity::Card(kind), &answer)
}

fn modify(
    call: &Call,
    kind: &'static CardKind,
    operation: &Operation,
    body: &Map<String, Value>,
) -> Outcome {
    let id = operation.id.as_deref().unwrap_or_default();
    let card_pos = lookup::position(id).ok_or_else(|| {
        fault::not_found(text!(
            "acomba-no-position",
            "“{id}” is no position of a card",
            id = id
        ))
    })?;
    let card = kind.card(body, Action::Update)?;
    let answer = call
        .bridge
        .modify(
            kind.interface,
            card_pos,
            operation.version.as_deref(),
            &card,
        )
        .map_err(|t| renumbered(t.in_our_names(|wire| kind.name_of(wire))))?;
    applied(call, Entity::Card(kind), &answer)
}

/// Another card's number in the way of a new number is no record to adopt.
fn renumbered(fault: Fault) -> Fault {
    match fault.kind {
        FaultKind::Exists => Fault {
            kind: FaultKind::Rejected,
            existing: None,
            ..fault
        },
        _ => fault,
    }
}

fn enter(call: &Call, entity: Entity, operation: &Operation, body: &Map<String, Value>) -> Outcome {
    let document = invoice::document(body)?;
    let answer = call
        .bridge
        .add(document::INTERFACE, &operation.token, &document.card)
        .map_err(|t| t.in_our_names(|wire| invoice_names::name_of(wire, &document.origins)))?;
    // An invoice is final, so there is nothing to compare later: the answer's number is enough.
    told(entity, &answer).map(done)
}

/// The answer tells the position, the hash and little more, so the card is read once again. It counts
/// only when nobody changed it in between; and when it cannot be read, or there
/// is no time left for it, the write still happened.
fn applied(call: &Call, entity: Entity, answer: &Value) -> Outcome {
    let told = told(entity, answer)?;
    let card_pos = lookup::position(&told.id).filter(|_| !call.is_late());
    let read = card_pos.and_then(|card_pos| call.bridge.card(entity.interface(), card_pos).ok());
    let same = read.filter(|card| told.version.is_none() || card::hash(card) == told.version);
    let entry = same
        .and_then(|card| entity.entry(&card).ok().flatten())
        .unwrap_or(told);
    Ok(done(entry))
}

/// What the answer says of the card. Without a position it is open which card it was, so the host
/// must look.
fn told(entity: Entity, answer: &Value) -> Result<Entry, Fault> {
    entity.entry(answer).ok().flatten().ok_or_else(|| {
        fault::outcome_unknown(text!(
            "acomba-no-position-told",
            "The bridge carried it out without telling the card's position"
        ))
    })
}

fn done(entry: Entry) -> Applied {
    Applied {
        id: entry.id,
        version: entry.version,
        body: Some(entry.body),
        ext: Vec::new(),
    }
}
