//! Makes the records of the target that look-ups ask for and do not find.
//!
//! Such a record stands for no record of the source, so it has no link: from then on it is found by the
//! key that it was made for. What is sent is on the disk before it leaves, as with every create, and an
//! unanswered one goes down the same ladder, with that key as its last rung.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::mapping::{FlowSide, Need};
use crate::model::{Action, Applied, Entity, NativeId, Text, with_id};
use crate::store::{Change, Intent, IntentKind};

use super::call::halt;
use super::crash_point::Site;
use super::item::RefusalKind;
use super::ladder::{Climb, interrupted};
use super::plan_report::{PlannedAction, PlannedRecord, new_fields};
use super::settle::{operation, overlay};
use super::world;
use super::{Endpoint, FlowInstance, Halt, Job, Mode, words};

/// A record to be made, by what it is looked up by, and the first record of the source that needs it.
struct Wanted {
    need: Need,
    by: String,
    value: String,
    body: String,
    for_record: NativeId,
}

impl Job<'_> {
    /// Answers each need with the record that was made for it, or with why there is none.
    pub(super) async fn make_needed(
        &mut self,
        flow: &FlowInstance,
        needs: Vec<(Need, NativeId)>,
    ) -> Result<(), Halt> {
        let mut by_entity: BTreeMap<String, BTreeMap<(String, String), Wanted>> = BTreeMap::new();
        for (need, for_record) in needs {
            let Need::Create {
                entity,
                by,
                value,
                body,
            } = need.clone()
            else {
                continue;
            };
            // Two lines that lack the same thing lack it once.
            let key = (by.clone(), value.clone());
            let of_entity = by_entity.entry(entity).or_default();
            of_entity.entry(key).or_insert(Wanted {
                need,
                by,
                value,
                body,
                for_record,
            });
        }
        for (entity, wanted) in by_entity {
            let end = Endpoint {
                entity,
                ..flow.target.clone()
            };
            let mut wanted: Vec<Wanted> = wanted.into_values().collect();
            if self.mode == Mode::Plan {
                self.plan_needed(flow, &end, wanted);
                continue;
            }
            while !wanted.is_empty() {
                let batch = self.write_batch(&end).min(wanted.len());
                self.may_go_on()?;
                let chunk: Vec<Wanted> = wanted.drain(..batch).collect();
                self.make_chunk(flow, &end, &chunk).await?;
            }
            let facts = self.facts_mut(flow);
            facts.forget_absent_of(FlowSide::Target, &end.entity);
        }
        Ok(())
    }

    async fn make_chunk(
        &mut self,
        flow: &FlowInstance,
        end: &Endpoint,
        chunk: &[Wanted],
    ) -> Result<(), Halt> {
        let open = self.engine.store.intents(&self.engine.tenant, None).await?;
        let mut left_open = Vec::new();
        let mut fresh = Vec::new();
        for wanted in chunk {
            // A flow that asked for the very same, and never heard: its bytes, its token.
            let asked = open.iter().find(|intent| is_for(intent, end, wanted));
            match asked {
                Some(intent) => left_open.push((wanted, intent.clone())),
                None => fresh.push((wanted, self.intent_for(flow, end, wanted)?)),
            }
        }
        let intents: Vec<Intent> = fresh.iter().map(|(_, intent)| intent.clone()).collect();
        self.put_intents(flow, &intents).await?;
        let operations: Vec<_> = intents.iter().map(operation).collect();
        let outcomes = match operations.is_empty() {
            true => Vec::new(),
            false => self.write_call(end, &operations).await?,
        };
        let mut climbed = Vec::new();
        for ((wanted, intent), outcome) in fresh.into_iter().zip(outcomes) {
            let climb = match outcome {
                Ok(applied) => Climb::Created(applied),
                Err(fault) => self.after_create_fault(flow, &intent, fault).await?,
            };
            climbed.push((wanted, intent, climb));
        }
        for (wanted, intent) in left_open {
            let climb = self.climb(flow, &intent, interrupted()).await?;
            climbed.push((wanted, intent, climb));
        }
        let mut changes = Vec::new();
        let mut stopped = None;
        for (wanted, intent, climb) in climbed {
            match climb {
                Climb::Created(applied) => {
                    changes.push(self.drop_intent(&intent));
                    changes.push(self.made_event(flow, end, wanted, &applied));
                    let record = record_of(end, &wanted.body, &applied);
                    self.facts_mut(flow).put_made(&wanted.need, record);
                }
                Climb::Existing(id) => {
                    changes.push(self.drop_intent(&intent));
                    let found = self.read_each(end, std::slice::from_ref(&id)).await?;
                    let found = found.into_iter().find_map(|entry| entry.ok().flatten());
                    let record = match found {
                        Some(entry) => entry.into_body(),
                        None => record_of(end, &wanted.body, &Applied::bare(id)),
                    };
                    self.facts_mut(flow).put_made(&wanted.need, record);
                }
                Climb::Refused(refusal) => {
                    changes.push(self.drop_intent(&intent));
                    let later = refusal.kind == RefusalKind::Waiting;
                    self.facts_mut(flow)
                        .put_not_made(&wanted.need, refusal.message, later);
                }
                // The intent stays open: whoever asks for the same again goes on with it.
                Climb::Unanswered(fault) => {
                    self.facts_mut(flow)
                        .put_not_made(&wanted.need, fault.message, true);
                }
                Climb::Stop(fault) => {
                    stopped.get_or_insert(halt(end, fault));
                }
                Climb::SurelyNotWritten(fault) => {
                    changes.push(self.drop_intent(&intent));
                    stopped.get_or_insert(halt(end, fault));
                }
            }
        }
        self.commit(flow, Site::Outcomes, changes).await?;
        stopped.map_or(Ok(()), Err)
    }

    fn intent_for(
        &self,
        flow: &FlowInstance,
        end: &Endpoint,
        wanted: &Wanted,
    ) -> Result<Intent, Halt> {
        let entity = Entity::parse(&end.entity).map_err(|error| Halt::Bug(error.to_string()))?;
        Ok(Intent {
            token: world::token(&*self.engine.world),
            kind: IntentKind::Needed,
            tenant: self.engine.tenant.clone(),
            flow: flow.name().clone(),
            set: flow.set.clone(),
            source: wanted.for_record.clone(),
            connection: end.connection.clone(),
            entity,
            action: Action::Create,
            target: None,
            version: None,
            body: wanted.body.clone(),
            generation: 0,
            created_at: self.engine.world.now(),
            sent: true,
            progress: None,
            context: json!({ "by": wanted.by, "value": wanted.value }),
        })
    }

    fn made_event(
        &self,
        flow: &FlowInstance,
        end: &Endpoint,
        wanted: &Wanted,
        applied: &Applied,
    ) -> Change {
        let (entity, value) = (&end.entity, &wanted.value);
        let sentence = format!("created what it needs: {entity} “{value}” ({})", applied.id);
        let args = vec![
            ("entity", entity.clone()),
            ("value", value.clone()),
            ("id", applied.id.to_string()),
        ];
        let message = words("engine-made-needed", args, sentence);
        self.event(flow, &wanted.for_record, "created-needed", message)
    }

    /// In a plan a record stands in for each that would be made.
    fn plan_needed(&mut self, flow: &FlowInstance, end: &Endpoint, wanted: Vec<Wanted>) {
        for wanted in wanted {
            let stand_in = format!("(new {} {})", end.entity, wanted.value);
            let Ok(id) = NativeId::parse(&stand_in) else {
                let message = Text::plain(stand_in);
                self.facts_mut(flow)
                    .put_not_made(&wanted.need, message, false);
                continue;
            };
            let record = record_of(end, &wanted.body, &Applied::bare(id.clone()));
            self.facts_mut(flow).put_made(&wanted.need, record);
            self.planned.push(PlannedRecord {
                flow: flow.name().clone(),
                id,
                title: format!("{} “{}”", end.entity, wanted.value),
                action: PlannedAction::Create,
                target: None,
                fields: new_fields(&body_of(&wanted.body)),
                message: None,
                then: Vec::new(),
            });
        }
    }
}

/// Whether an open intent is for the very record that is wanted.
fn is_for(intent: &Intent, end: &Endpoint, wanted: &Wanted) -> bool {
    intent.kind == IntentKind::Needed
        && intent.connection == end.connection
        && intent.entity.as_str() == end.entity
        && intent.context["by"].as_str() == Some(&wanted.by)
        && intent.context["value"].as_str() == Some(&wanted.value)
}

/// The record as a look-up finds it: every field there is, what was sent, and what the vendor answered.
fn record_of(end: &Endpoint, body: &str, applied: &Applied) -> Value {
    let sent = overlay(&body_of(body), applied.body.as_ref(), &applied.id);
    let fields = end.spec().schema["properties"].as_object();
    let fields = fields.into_iter().flatten();
    let mut whole: serde_json::Map<String, Value> = fields
        .map(|(name, _)| (name.clone(), Value::Null))
        .collect();
    whole.extend(sent.as_object().cloned().unwrap_or_default());
    with_id(Value::Object(whole), &applied.id)
}

fn body_of(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or(Value::Null)
}
