//! What a run would do, record by record and field by field.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::mapping::canonical;
use crate::model::run::Counts;
use crate::model::{ConnectionId, Fault, FlowName, NativeId, Text};

use super::gate::is_to_be_told;
use super::item::{Decision, Item, Refusal, Settled, Step};
use super::plan::FieldChange;
use super::recognise::differences;
use super::tally::Tally;
use super::{FlowInstance, Job, words};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlannedAction {
    Create,
    Adopt,
    Update,
    /// The pair is complete but the source does not show it.
    WriteBack,
    /// Who asks is answered in the source.
    Answer,
    Refuse,
    Wait,
    Conflict,
    /// Asked for by id, and nothing to do: the message says why.
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedField {
    pub field: String,
    pub from: Option<Value>,
    pub to: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedRecord {
    pub flow: FlowName,
    pub id: NativeId,
    pub title: String,
    pub action: PlannedAction,
    /// The record in the target, where there is one already.
    pub target: Option<NativeId>,
    pub fields: Vec<PlannedField>,
    pub message: Option<Text>,
    /// What else the run would write because of it: fields of the source, a report.
    pub then: Vec<Text>,
}

impl PlannedRecord {
    /// The id its references map to: the real one, or a stand-in for what is yet to be created.
    pub(super) fn target_or_stand_in(&self) -> Option<NativeId> {
        match self.action {
            PlannedAction::Create => {
                let stand_in = format!("(new from {} {})", self.flow, self.id);
                NativeId::parse(&stand_in).ok()
            }
            PlannedAction::Adopt | PlannedAction::Update | PlannedAction::WriteBack => {
                self.target.clone()
            }
            PlannedAction::Refuse
            | PlannedAction::Wait
            | PlannedAction::Conflict
            | PlannedAction::Answer
            | PlannedAction::Nothing => None,
        }
    }

    pub(super) fn refused(&self) -> Option<Text> {
        match self.action {
            PlannedAction::Refuse | PlannedAction::Wait | PlannedAction::Conflict => {
                self.message.clone()
            }
            PlannedAction::Create
            | PlannedAction::Adopt
            | PlannedAction::Update
            | PlannedAction::WriteBack
            | PlannedAction::Answer
            | PlannedAction::Nothing => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanReport {
    pub flow: FlowName,
    /// Names exactly this plan: `run --plan HASH` refuses when the world has moved.
    pub hash: String,
    pub records: Vec<PlannedRecord>,
    /// What needs nothing: unchanged, filtered, held.
    pub counts: BTreeMap<FlowName, Counts>,
    /// The options that lead to this very plan again: ` --record 155 --tenant acme`.
    #[serde(default)]
    pub options: String,
    /// What kept the plan from being whole.
    pub stopped: Option<(ConnectionId, Fault)>,
}

impl PlanReport {
    pub(super) fn new(
        flow: FlowName,
        records: Vec<PlannedRecord>,
        tallies: BTreeMap<FlowName, Tally>,
        stopped: Option<(ConnectionId, Fault)>,
    ) -> Self {
        // A pair that both sides have changed is met twice and planned once.
        let mut met: BTreeMap<(FlowName, NativeId), PlannedRecord> = BTreeMap::new();
        let mut records = records;
        records.retain(|record| {
            let key = (record.flow.clone(), record.id.clone());
            met.insert(key, record.clone()).as_ref() != Some(record)
        });
        let hash = hash(&records);
        let counts = tallies
            .into_iter()
            .map(|(name, tally)| (name, tally.counts))
            .collect();
        Self {
            flow,
            hash,
            records,
            counts,
            options: String::new(),
            stopped,
        }
    }
}

/// 16 hexadecimal digits over everything the plan would write.
fn hash(records: &[PlannedRecord]) -> String {
    let mut digest = Sha256::new();
    for record in records {
        // Sentences and titles speak a language; what is written does not.
        let silent = PlannedRecord {
            title: String::new(),
            message: None,
            then: Vec::new(),
            ..record.clone()
        };
        let value = serde_json::to_value(silent).unwrap_or(Value::Null);
        digest.update(canonical::text(&value).as_bytes());
        digest.update(b"\n");
    }
    digest
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl Job<'_> {
    /// Takes the page's decisions down instead of carrying them out.
    pub(super) fn note_plan(&mut self, flow: &FlowInstance, items: &mut [Item]) {
        for item in items.iter_mut() {
            let planned = match &item.step {
                Step::Decided(Decision::Create { body }) => planned(
                    flow,
                    item,
                    PlannedAction::Create,
                    None,
                    new_fields(body),
                    None,
                ),
                Step::Decided(Decision::Adopt { entry, .. }) => {
                    let compared = item.mapped.as_ref().filter(|_| flow.flow.compares_target());
                    let changes = compared.map_or_else(Vec::new, |m| differences(m, entry));
                    let fields = changes.iter().map(changed_field).collect();
                    let id = Some(entry.id.clone());
                    planned(flow, item, PlannedAction::Adopt, id, fields, None)
                }
                Step::Decided(Decision::Update { changes }) => {
                    let target = item.link.as_ref().map(|link| flow.far(link).id.clone());
                    let fields = changes.iter().map(changed_field).collect();
                    planned(flow, item, PlannedAction::Update, target, fields, None)
                }
                Step::WriteBack {
                    target: Some(answer),
                    ..
                } if flow.flow.answers() => {
                    let fields = new_fields(answer);
                    planned(flow, item, PlannedAction::Answer, None, fields, None)
                }
                Step::WriteBack { .. } => {
                    let target = item.link.as_ref().map(|link| flow.far(link).id.clone());
                    planned(
                        flow,
                        item,
                        PlannedAction::WriteBack,
                        target,
                        Vec::new(),
                        None,
                    )
                }
                Step::Refused(refusal) => refused(flow, item, refusal),
                Step::ReportPending => {
                    let message = item.parked.as_ref().map(|parked| parked.message.clone());
                    planned(flow, item, PlannedAction::Refuse, None, Vec::new(), message)
                }
                Step::Decided(Decision::Unchanged) if is_to_be_told(flow, item) => {
                    let target = item.link.as_ref().map(|link| flow.far(link).id.clone());
                    let action = PlannedAction::WriteBack;
                    planned(flow, item, action, target, Vec::new(), None)
                }
                Step::Decided(Decision::Unchanged) => {
                    item.done(Settled::Unchanged);
                    continue;
                }
                // Noted already, as the pair that it is.
                Step::Done(Settled::Updated) => continue,
                Step::Done(_) if self.every_outcome => {
                    let note = item.note.clone();
                    planned(flow, item, PlannedAction::Nothing, None, Vec::new(), note)
                }
                Step::Candidate | Step::Gone | Step::Done(_) | Step::NotReached => continue,
            };
            self.planned.push(planned);
        }
    }
}

/// An update that is noted by itself: of a pair, whichever side it is on.
pub(super) fn update(
    flow: &FlowInstance,
    id: &NativeId,
    title: String,
    target: &NativeId,
    changes: &[FieldChange],
) -> PlannedRecord {
    PlannedRecord {
        flow: flow.name().clone(),
        id: id.clone(),
        title,
        action: PlannedAction::Update,
        target: Some(target.clone()),
        fields: changes.iter().map(changed_field).collect(),
        message: None,
        then: Vec::new(),
    }
}

fn refused(flow: &FlowInstance, item: &Item, refusal: &Refusal) -> PlannedRecord {
    use super::item::RefusalKind;
    let action = match refusal.kind {
        RefusalKind::Rejected | RefusalKind::Afterwards => PlannedAction::Refuse,
        RefusalKind::Waiting => PlannedAction::Wait,
        RefusalKind::Conflict => PlannedAction::Conflict,
    };
    planned(
        flow,
        item,
        action,
        None,
        Vec::new(),
        Some(refusal.message.clone()),
    )
}

fn planned(
    flow: &FlowInstance,
    item: &Item,
    action: PlannedAction,
    target: Option<NativeId>,
    fields: Vec<PlannedField>,
    message: Option<Text>,
) -> PlannedRecord {
    PlannedRecord {
        flow: flow.name().clone(),
        id: item.entry.id.clone(),
        title: item.title.clone(),
        action,
        target,
        fields,
        message,
        then: then(flow, action),
    }
}

/// What a run writes besides the target record.
fn then(flow: &FlowInstance, action: PlannedAction) -> Vec<Text> {
    match action {
        PlannedAction::Create | PlannedAction::Adopt | PlannedAction::WriteBack
            if flow.flow.has_write_back() =>
        {
            let fields: Vec<String> = flow.flow.written_back_fields().into_iter().collect();
            let fields = fields.join(", ");
            let english = format!("then writes into the source: {fields}");
            vec![words("plan-writes-back", vec![("fields", fields)], english)]
        }
        PlannedAction::Refuse => {
            let rule = flow.flow.report().into_iter();
            rule.map(|rule| {
                let entity = rule.entity.clone();
                if flow.flow.marker().is_none() {
                    let english = format!("reports it in the source ({entity})");
                    return words("plan-only-reports", vec![("entity", entity)], english);
                }
                let english = format!(
                    "reports it in the source ({entity}) and writes the number of the report there"
                );
                words("plan-reports", vec![("entity", entity)], english)
            })
            .collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn new_fields(body: &Value) -> Vec<PlannedField> {
    let fields = body.as_object().into_iter().flatten();
    fields
        .map(|(field, to)| PlannedField {
            field: field.clone(),
            from: None,
            to: to.clone(),
        })
        .collect()
}

fn changed_field(change: &FieldChange) -> PlannedField {
    PlannedField {
        field: change.field.clone(),
        from: change.from.clone(),
        to: change.to.clone(),
    }
}
