//! What left and has no answer yet.
//!
//! The gateway may cut an answer off and go on working, and whoever asks meanwhile does not see what it makes. So the time
//! is noted before anything that changes something leaves: whatever becomes of the answer, or of us, the same step is not
//! taken again while it is not seen and its time is not over. A create is noted with its operation. An update comes under
//! another token when it is planned anew, so that it is kept in the connection's memory, by its contract.

use crate::api::Api;
use crate::operation;
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where updates of contracts are kept, and how many: each is forgotten when it is answered or over.
const KEY: &str = "unanswered";
const CONTRACTS_MAX: usize = 500;

/// Which step it was.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub enum Step {
    Create,
    Lines,
    Post,
    PostLines,
    Undo,
}

/// Something that left.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Sent {
    step: Step,
    at_ms: u64,
}

impl Sent {
    pub fn now(api: &Api, step: Step) -> Self {
        Self {
            step,
            at_ms: api.host().now_ms(),
        }
    }

    /// The fault while the gateway may still be working on this step.
    pub fn waits(&self, api: &Api, step: Step) -> Option<Fault> {
        let window_ms = api.settings.still_working_ms();
        let over_ms = self.at_ms.saturating_add(window_ms);
        // Our clock may have been set back: nobody waits longer than from now on.
        let left_ms = over_ms.saturating_sub(api.host().now_ms()).min(window_ms);
        if left_ms == 0 || self.step != step {
            return None;
        }
        let waits = fault::unavailable(text!(
            "intacct-still-working",
            "Sage Intacct did not answer and may still be working on this; what became of it is seen in {minutes} minutes",
            minutes = left_ms.div_ceil(60_000)
        ));
        Some(waits.scope(FaultScope::OneRecord).wait_ms(left_ms))
    }

    fn is_over(&self, api: &Api) -> bool {
        self.waits(api, self.step).is_none()
    }
}

/// Whether a change surely had no effect: only an answer that never came leaves that open.
pub fn is_open(fault: &Fault) -> bool {
    fault.kind == FaultKind::OutcomeUnknown
}

/// What is noted of a create of one function.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Noted {
    pub sent: Option<Sent>,
}

impl Noted {
    pub fn of(operation: &Operation) -> Self {
        let text = operation.resume.as_deref().unwrap_or_default();
        serde_json::from_slice(text).unwrap_or_default()
    }

    pub fn waits(&self, api: &Api) -> Option<Fault> {
        self.sent.as_ref()?.waits(api, Step::Create)
    }

    pub fn note(api: &Api, operation: &Operation, sent: Option<Sent>) -> Result<(), Fault> {
        operation::note(api, operation, &Self { sent })
    }
}

type Contracts = BTreeMap<String, Sent>;

fn contracts(api: &Api) -> Contracts {
    let text = api.host().memory_get(KEY).unwrap_or_default();
    let mut known: Contracts = serde_json::from_slice(&text).unwrap_or_default();
    known.retain(|_, sent| !sent.is_over(api));
    known
}

fn keep(api: &Api, contracts: &Contracts) -> Result<(), Fault> {
    let text = serde_json::to_vec(contracts).unwrap_or_default();
    // Nothing has left yet.
    let refused = |words: String| {
        fault::unavailable(text!(
            "intacct-unkept",
            "What is sent to a contract cannot be kept in mind, so nothing is sent"
        ))
        .scope(FaultScope::OneRecord)
        .vendor_text(&words)
    };
    api.host().memory_set(KEY, &text).map_err(refused)
}

/// Takes a step of an update of a contract that is there, unless the same one had no answer and may still come about.
pub fn take<T>(
    api: &Api,
    contract_id: &str,
    step: Step,
    send: impl FnOnce() -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut known = contracts(api);
    if let Some(waits) = known
        .get(contract_id)
        .and_then(|sent| sent.waits(api, step))
    {
        return Err(waits);
    }
    known.insert(contract_id.to_owned(), Sent::now(api, step));
    while known.len() > CONTRACTS_MAX {
        let oldest = known.iter().min_by_key(|(_, sent)| sent.at_ms);
        let Some(oldest) = oldest.map(|(id, _)| id.clone()) else {
            break;
        };
        known.remove(&oldest);
    }
    keep(api, &known)?;
    let told = send();
    if !told.as_ref().is_err_and(is_open) {
        let mut known = contracts(api);
        known.remove(contract_id);
        if keep(api, &known).is_err() {
            api.host()
                .warn("an answered step is still kept as unanswered");
        }
    }
    told
}
