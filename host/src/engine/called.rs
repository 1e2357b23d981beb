//! What a run must mind at a system that calls us: which call is which, what is settled, and tokens that are
//! the same when the same change is sent again.
//!
//! A call that waits too long ends, and with it the run; the next run makes the same calls again and finds
//! the answers that came meanwhile. So nothing is forgotten before it is settled, and nothing that is
//! settled is found again.

use std::sync::{Arc, PoisonError};

use sha2::{Digest, Sha256};

use crate::model::{Fault, FaultKind, Link, Operation, Outcome, Token};
use crate::store::Intent;

use super::call::{halt, is_silence};
use super::{Endpoint, FlowInstance, Halt, Job, Mode, RecordOutcome, Settled, world};

impl Job<'_> {
    /// Tells the connectors on whose behalf they are called.
    pub(super) fn tell_purpose(&mut self, flow: &FlowInstance, flows: &[Arc<FlowInstance>]) {
        let doing = match self.mode {
            Mode::Run => "run",
            Mode::Plan => "plan",
        };
        let purpose = format!("{doing} {}", flow.name());
        for end in flows.iter().flat_map(|flow| [&flow.source, &flow.target]) {
            let known = self
                .called
                .iter()
                .any(|other| other.connection == end.connection);
            if end.connector.is_called() && !known {
                end.connector.begin(&purpose);
                self.called.push(end.clone());
            }
        }
    }

    /// What was read so far has led to what is on the disk now.
    pub(super) async fn read_is_settled(&self) -> Result<(), Halt> {
        if self.mode == Mode::Plan {
            // A plan that is made again begins at its beginning.
            return Ok(());
        }
        for end in &self.called {
            let settled = end.connector.read_is_settled().await;
            settled.map_err(|fault| halt(end, fault))?;
        }
        Ok(())
    }

    /// Remembers which operations of a call have their outcome. An answer that tells nothing is kept as long as its
    /// intent is open: asked once more, the same would be done once more.
    pub(super) fn note_answered(
        &self,
        end: &Endpoint,
        operations: &[Operation],
        outcomes: &[Outcome],
    ) {
        if !end.connector.is_called() {
            return;
        }
        let answered = operations.iter().zip(outcomes);
        let answered =
            answered.filter(|(_, outcome)| !awaits_call(outcome) && !is_silence(outcome));
        let mut all = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(answered.map(|(operation, _)| operation.token.clone()));
    }

    /// What became of them is on the disk.
    pub(super) async fn writes_are_settled(&self) -> Result<(), Halt> {
        let tokens = {
            let mut all = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *all)
        };
        if tokens.is_empty() {
            return Ok(());
        }
        for end in &self.called {
            let settled = end.connector.writes_are_settled(&tokens).await;
            settled.map_err(|fault| halt(end, fault))?;
        }
        Ok(())
    }

    /// At the end: unless it goes on where it was, the next one asks everything anew.
    pub(super) async fn forget(&self, end: Result<(), Halt>) -> Result<(), Halt> {
        let goes_on = match &end {
            Ok(()) => false,
            Err(Halt::Fault { fault, .. }) => fault.kind == FaultKind::AwaitsCall,
            // A record that is not there now may be there when it is asked for again.
            Err(Halt::NoRecord { .. }) => false,
            Err(Halt::Stopped | Halt::Store(_) | Halt::Bug(_)) => true,
        };
        if goes_on || self.called.is_empty() {
            return end;
        }
        let open = self.engine.store.intents(&self.engine.tenant, None).await?;
        let open: Vec<Token> = open.into_iter().map(|intent| intent.token).collect();
        for called in &self.called {
            let ended = called.connector.ended(&open).await;
            ended.map_err(|fault| halt(called, fault))?;
        }
        end
    }

    /// The token of a change that needs no intent. Where the system calls us it is the same as long as the link
    /// and the change are, so that the operation is known again; elsewhere it is new.
    pub(super) fn change_token(
        &self,
        end: &Endpoint,
        link: Option<&Link>,
        parts: &[&str],
    ) -> Token {
        let Some(link) = link.filter(|_| end.connector.is_called()) else {
            return world::token(&*self.engine.world);
        };
        let mut digest = Sha256::new();
        let set = link.set.to_string();
        let stamp = link.updated_at.to_string();
        let of_link = [
            set.as_str(),
            link.left.id.as_str(),
            link.right.id.as_str(),
            &stamp,
            &end.entity,
        ];
        for part in of_link.iter().chain(parts) {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Token::of_digest(&digest.finalize().into())
    }

    /// A create that an earlier run handed over, and whose answer this one has: it is this run's.
    pub(super) fn count_created(&mut self, flow: &FlowInstance, intent: &Intent, link: &Link) {
        if flow.is_paired() || flow.flow.has_write_back() || !flow.target.connector.is_called() {
            // It has its turn in a page.
            return;
        }
        let fingerprint = serde_json::from_value(intent.context["fingerprint"].clone());
        let Ok(fingerprint) = fingerprint else {
            return;
        };
        let record = (flow.name().clone(), intent.source.clone());
        self.visited.insert(record, fingerprint);
        let begun = super::Tally::start(self.engine.world.now());
        let every_outcome = self.every_outcome;
        let tally = self.tallies.entry(flow.name().clone()).or_insert(begun);
        tally.counts.read += 1;
        tally.counts.created += 1;
        tally
            .settled
            .insert(intent.source.clone(), Settled::Created);
        if every_outcome {
            tally.outcomes.push(RecordOutcome {
                flow: flow.name().clone(),
                id: intent.source.clone(),
                title: intent.context["title"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                settled: Settled::Created,
                target: Some(flow.far(link).id.clone()),
                message: None,
                vendor_text: None,
            });
        }
    }
}

pub(super) fn awaits_call(outcome: &Outcome) -> bool {
    matches!(outcome, Err(fault) if is_awaited(fault))
}

pub(super) fn is_awaited(fault: &Fault) -> bool {
    fault.kind == FaultKind::AwaitsCall
}
