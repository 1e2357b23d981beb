//! What was born in the target (its number, its id) goes back into the source.
//!
//! The link is durable before, with the write-back still open in it; it is confirmed there once the
//! source has taken it. A crash in between writes the same values again, never a second record.

use serde_json::{Value, json};

use crate::model::{Action, Link, NativeId, Operation, Outcome, Token};
use crate::store::Change;

use super::call::{answers_others, halt, is_silence};
use super::crash_point::Site;
use super::item::{Item, Refusal, Settled, Step};
use super::retry::{Disposition, disposition};
use super::{Endpoint, FlowInstance, Halt, Job, words};

impl Job<'_> {
    pub(super) async fn write_back(
        &mut self,
        flow: &FlowInstance,
        items: &mut [Item],
    ) -> Result<(), Halt> {
        self.fetch_targets(flow, items).await?;
        let mut bodies: Vec<(usize, Value)> = Vec::new();
        let run = self.run_info();
        for (place, item) in items.iter_mut().enumerate() {
            let Step::WriteBack {
                settled,
                target: Some(target),
            } = &item.step
            else {
                continue;
            };
            let body = match flow.flow.answers() {
                true => Ok(Some(target.clone())),
                false => flow.flow.write_back(&item.entry.body, target, &run),
            };
            match body {
                Ok(Some(body)) => bodies.push((place, body)),
                Ok(None) => item.step = Step::Done(*settled),
                Err(rejection) => item.refuse(Refusal::from(rejection).afterwards()),
            }
        }
        let mut stopped = None;
        while !bodies.is_empty() {
            let batch = self.write_batch(&flow.source).min(bodies.len());
            let chunk: Vec<(usize, Value)> = bodies.drain(..batch).collect();
            let operations: Vec<Operation> = chunk
                .iter()
                .map(|(place, body)| self.source_update(flow, &items[*place], body))
                .collect();
            let outcomes = self.update_call(&flow.source, &operations).await?;
            let answers_others = answers_others(&outcomes);
            let mut changes = Vec::new();
            for ((place, body), outcome) in chunk.into_iter().zip(outcomes) {
                let item = &mut items[place];
                if answers_others
                    && let Err(fault) = &outcome
                    && is_silence(&outcome)
                {
                    item.refuse(Refusal::from_fault(fault.clone()).waiting());
                    continue;
                }
                if let Some(fault) = self.confirm(flow, item, body, outcome, &mut changes) {
                    stopped.get_or_insert(halt(&flow.source, fault));
                }
            }
            self.commit(flow, Site::WrittenBack, changes).await?;
            if let Some(halt) = stopped {
                return Err(halt);
            }
        }
        Ok(())
    }

    /// Reads the targets that are not known from the write itself. One that is gone is a conflict.
    async fn fetch_targets(&mut self, flow: &FlowInstance, items: &mut [Item]) -> Result<(), Halt> {
        let unknown: Vec<(usize, NativeId)> = items
            .iter()
            .enumerate()
            .filter(|(_, item)| matches!(item.step, Step::WriteBack { target: None, .. }))
            .filter_map(|(place, item)| Some((place, flow.far(item.link.as_ref()?).id.clone())))
            .collect();
        let ids: Vec<NativeId> = unknown.iter().map(|(_, id)| id.clone()).collect();
        let entries = self.read_each(&flow.target, &ids).await?;
        for ((place, id), entry) in unknown.into_iter().zip(entries) {
            let item = &mut items[place];
            let entry = match entry {
                Ok(entry) => entry,
                Err(fault) => {
                    item.refuse(Refusal::from_fault(fault).waiting());
                    continue;
                }
            };
            match entry.filter(|entry| !entry.deleted) {
                Some(entry) => {
                    let body = entry.into_body();
                    if let Step::WriteBack { target, .. } = &mut item.step {
                        *target = Some(body);
                    }
                }
                None => item.refuse(gone(&flow.target, &id)),
            }
        }
        Ok(())
    }

    pub(super) fn source_update(
        &self,
        flow: &FlowInstance,
        item: &Item,
        body: &Value,
    ) -> Operation {
        let body = body.to_string();
        let (end, takes_wishes) = (&flow.source, flow.flow.takes_wishes());
        Operation {
            token: self.change_token(end, item.link.as_ref(), &["write-back", &body]),
            action: Action::Update,
            id: Some(item.entry.id.clone()),
            // What somebody asks for between our reading and this is not to be taken for answered.
            version: (item.entry.version.clone()).filter(|_| takes_wishes),
            body,
            resume: None,
        }
    }

    /// The intent that the link owes, taken away.
    pub(super) fn write_back_done(&self, flow: &FlowInstance, link: &Link) -> Option<Change> {
        let token = flow.near(link).base.as_ref()?.get("owed")?.as_str()?;
        let token = Token::parse(token).ok()?;
        Some(Change::RemoveIntent {
            tenant: self.engine.tenant.clone(),
            token,
        })
    }

    /// Notes in the link what the source has taken. Answers the fault that must end the run.
    fn confirm(
        &self,
        flow: &FlowInstance,
        item: &mut Item,
        body: Value,
        outcome: Outcome,
        changes: &mut Vec<Change>,
    ) -> Option<crate::model::Fault> {
        let settled = match &item.step {
            Step::WriteBack { settled, .. } => *settled,
            _ => Settled::Adopted,
        };
        match outcome {
            Ok(_) => {
                if let Some(link) = &mut item.link {
                    changes.extend(self.write_back_done(flow, link));
                    flow.near_mut(link).base = Some(json!({ "written": body }));
                    link.updated_at = self.engine.world.now();
                    changes.push(Change::PutLink(Box::new(link.clone())));
                }
                if flow.flow.answers() {
                    let message = words("engine-answered", vec![], "answered who asked");
                    changes.push(self.event(flow, item.id(), "answered", message));
                }
                if item.parked.take().is_some() {
                    changes.push(self.unpark(flow, &item.entry.id));
                }
                item.done(settled);
                None
            }
            Err(fault) => match disposition(&fault) {
                Disposition::RetryThenStop
                | Disposition::Stop
                | Disposition::AskLadder
                | Disposition::AwaitCall => {
                    item.step = Step::NotReached;
                    Some(fault)
                }
                Disposition::RetryThenWait | Disposition::Reread => {
                    item.refuse(Refusal::from_fault(fault).waiting());
                    None
                }
                // Here the write is all there is to do: who asks must hear that it failed.
                Disposition::Quarantine | Disposition::Adopt | Disposition::Isolate
                    if flow.flow.answers() =>
                {
                    item.refuse(Refusal::from_fault(fault));
                    None
                }
                Disposition::Quarantine | Disposition::Adopt | Disposition::Isolate => {
                    let mut refusal = Refusal::from_fault(fault).afterwards();
                    refusal.code = "write-back-refused".to_owned();
                    item.refuse(refusal);
                    None
                }
            },
        }
    }
}

/// The record at the other end of a link is not there.
pub(super) fn gone(end: &Endpoint, id: &NativeId) -> Refusal {
    let (entity, connection) = (end.entity.clone(), end.connection.to_string());
    let sentence = format!(
        "it is linked to {entity} {id}, which is no longer in {connection}. Restore that one; or part the \
         two with `liaison link remove`, and the next run makes it anew"
    );
    let args = vec![
        ("entity", entity),
        ("id", id.to_string()),
        ("connection", connection),
    ];
    Refusal::conflict("target-gone", words("engine-target-gone", args, sentence))
}
