//! Reads what is there on both sides and has no link yet, for `link match`. Writes nothing.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::mapping::Identity;
use crate::matching::{Candidate, Sides};
use crate::model::run::Counts;
use crate::model::{Entry, Fault, FlowName, NativeId, Side};

use super::tally::Notice;
use super::walk::Walk;
use super::{Endpoint, Engine, FlowInstance, Halt, Job, Mode, call};

/// Parts of one key, so that `a` and `bc` are not `ab` and `c`.
const BETWEEN_PARTS: &str = "\u{1f}";

/// Both sides as they are.
#[derive(Debug, Default)]
pub struct Survey {
    pub candidates: Sides<Vec<Candidate>>,
    /// Records that have their link already.
    pub linked: Sides<u64>,
    /// Source records that are none of this flow's, by its filter.
    pub filtered: u64,
}

/// Which records are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    Unlinked,
    All,
}

/// One way to tell that two records are the same.
enum Key {
    /// The target's id or a field of it, as a field of the source keeps it.
    Marker { source: String, target: String },
    /// Fields of the target, as the flow makes them of the source.
    Natural(Vec<String>),
}

impl Engine {
    /// Reads every record of both ends. For a source with a stamp that is the walk of a first run.
    pub async fn survey(&self, name: &FlowName, among: Among) -> Result<Survey, Halt> {
        let flow = self.flow(name)?;
        let mut job = Job::start(self, Mode::Plan, &flow).await?;
        let keys = keys_of(&flow);
        let mut survey = Survey::default();
        let mut end = job.survey_source(&flow, &keys, among, &mut survey).await;
        if end.is_ok() {
            end = job.survey_target(&flow, &keys, among, &mut survey).await;
        }
        job.forget(end).await?;
        Ok(survey)
    }

    /// Of these records of one end, those that are not there, or of which the system will not hear: then
    /// with what it says.
    pub async fn missing(
        &self,
        name: &FlowName,
        side: Side,
        ids: &[NativeId],
    ) -> Result<Vec<(NativeId, Option<Fault>)>, Halt> {
        let flow = self.flow(name)?;
        let mut job = Job::start(self, Mode::Plan, &flow).await?;
        let end = match side == flow.side() {
            true => &flow.source,
            false => &flow.target,
        };
        let (found, end) = match job.read_each(end, ids).await {
            Ok(found) => (found, Ok(())),
            Err(halt) => (Vec::new(), Err(halt)),
        };
        job.forget(end).await?;
        let absent = (ids.iter().zip(found)).filter_map(|(id, entry)| match entry {
            Ok(Some(entry)) if !entry.deleted => None,
            Ok(_) => Some((id.clone(), None)),
            Err(fault) => Some((id.clone(), Some(fault))),
        });
        Ok(absent.collect())
    }
}

impl Job<'_> {
    async fn survey_source(
        &mut self,
        flow: &FlowInstance,
        keys: &[Key],
        among: Among,
        survey: &mut Survey,
    ) -> Result<(), Halt> {
        let wanted = compared(flow, keys);
        let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        let mut walk = Walk::from(None);
        let mut seen = BTreeSet::new();
        loop {
            let page = self.changes(flow, walk.at()).await?;
            let more = walk.pass(&page);
            let fresh: Vec<Entry> = (page.entries.into_iter())
                .filter(|entry| !entry.deleted && seen.insert(entry.id.clone()))
                .collect();
            let mut entries = self.among(flow, flow.side(), fresh, among, survey).await?;
            let before = entries.len();
            entries.retain(|entry| {
                flow.flow.filtered(&entry.body).is_none()
                    && matches!(flow.flow.excluded(&entry.body), Ok(None))
            });
            survey.filtered += (before - entries.len()) as u64;
            let bodies: Vec<Value> = entries.iter().map(|entry| entry.body.clone()).collect();
            // Look-ups are answered here; what a record lacks is no matter.
            self.map_bodies(flow, &bodies, &[]).await?;
            for entry in entries {
                let (facts, run) = (self.facts_of(flow), self.run_info());
                let made = flow.flow.some_fields(&entry.body, facts, &run, &wanted);
                let key = |key: &Key| match key {
                    Key::Marker { source, .. } => text(entry.body.get(source)),
                    Key::Natural(fields) => joined(&made, fields),
                };
                let lang = self.engine.words.lang();
                let title = flow.flow.record_title(&entry.body, lang);
                let keys = keys.iter().map(key).collect();
                let candidate = candidate(flow, &entry.id, title, keys, &made);
                survey.candidates.source.push(candidate);
            }
            self.show_progress(flow, survey);
            if !more.map_err(|fault| call::halt(&flow.source, fault))? {
                return Ok(());
            }
            self.may_go_on()?;
        }
    }

    async fn survey_target(
        &mut self,
        flow: &FlowInstance,
        keys: &[Key],
        among: Among,
        survey: &mut Survey,
    ) -> Result<(), Halt> {
        let end: &Endpoint = &flow.target;
        let mut walk = Walk::from(None);
        let mut seen = BTreeSet::new();
        loop {
            let page = self.query(end, walk.at()).await?;
            let more = walk.pass(&page);
            let fresh: Vec<Entry> = (page.entries.into_iter())
                .filter(|entry| !entry.deleted && seen.insert(entry.id.clone()))
                .collect();
            for entry in self
                .among(flow, flow.side().other(), fresh, among, survey)
                .await?
            {
                let empty = Map::new();
                let body = entry.body.as_object().unwrap_or(&empty);
                let key = |key: &Key| match key {
                    Key::Marker { target, .. } if target == "id" => Some(entry.id.to_string()),
                    Key::Marker { target, .. } => text(body.get(target)),
                    Key::Natural(fields) => joined(body, fields),
                };
                let named = flow.flow.likeness().name.as_ref();
                let title = named.and_then(|field| text(body.get(field)));
                let title = title.unwrap_or_else(|| entry.id.to_string());
                let keys = keys.iter().map(key).collect();
                let candidate = candidate(flow, &entry.id, title, keys, body);
                survey.candidates.target.push(candidate);
            }
            self.show_progress(flow, survey);
            if !more.map_err(|fault| call::halt(end, fault))? {
                return Ok(());
            }
            self.may_go_on()?;
        }
    }

    /// Those to look at; what is linked is counted.
    async fn among(
        &self,
        flow: &FlowInstance,
        side: Side,
        entries: Vec<Entry>,
        among: Among,
        survey: &mut Survey,
    ) -> Result<Vec<Entry>, Halt> {
        let ids: Vec<NativeId> = entries.iter().map(|entry| entry.id.clone()).collect();
        let links = self.engine.store.links(&flow.set, side, &ids).await?;
        let linked = match side == flow.side() {
            true => &mut survey.linked.source,
            false => &mut survey.linked.target,
        };
        let mut free = Vec::with_capacity(entries.len());
        for (entry, link) in entries.into_iter().zip(links) {
            *linked += u64::from(link.is_some());
            if link.is_none() || among == Among::All {
                free.push(entry);
            }
        }
        Ok(free)
    }

    fn show_progress(&self, flow: &FlowInstance, survey: &Survey) {
        let found = survey.candidates.source.len() + survey.candidates.target.len();
        let counts = Counts {
            read: found as u64 + survey.linked.source + survey.linked.target + survey.filtered,
            ..Counts::default()
        };
        self.engine.observer.notice(&Notice::Progress {
            flow: flow.name().clone(),
            counts,
        });
    }
}

fn keys_of(flow: &FlowInstance) -> Vec<Key> {
    let of_runs = flow
        .flow
        .identities()
        .into_iter()
        .map(|identity| match identity {
            Identity::Marker {
                source_field,
                target_field,
            } => Key::Marker {
                source: source_field,
                target: target_field,
            },
            Identity::Natural { fields, .. } => Key::Natural(fields),
        });
    let more = flow.flow.likeness().keys.iter();
    of_runs
        .chain(more.map(|field| Key::Natural(vec![field.clone()])))
        .collect()
}

/// All fields of the target that are looked at.
fn compared(flow: &FlowInstance, keys: &[Key]) -> Vec<String> {
    let like = flow.flow.likeness();
    let of_keys = keys.iter().flat_map(|key| match key {
        Key::Natural(fields) => fields.clone(),
        Key::Marker { .. } => Vec::new(),
    });
    let others = [&like.name, &like.phone, &like.email, &like.postal_code];
    of_keys
        .chain(others.into_iter().flatten().cloned())
        .collect()
}

fn candidate(
    flow: &FlowInstance,
    id: &NativeId,
    title: String,
    keys: Vec<Option<String>>,
    body: &Map<String, Value>,
) -> Candidate {
    let like = flow.flow.likeness();
    let of = |field: &Option<String>| text(body.get(field.as_ref()?));
    Candidate {
        id: id.to_string(),
        title,
        keys,
        name: of(&like.name),
        phone: of(&like.phone),
        email: of(&like.email),
        postal_code: of(&like.postal_code),
    }
}

/// None where a part is empty.
fn joined(body: &Map<String, Value>, fields: &[String]) -> Option<String> {
    let parts: Option<Vec<String>> = fields.iter().map(|field| text(body.get(field))).collect();
    parts.map(|parts| parts.join(BETWEEN_PARTS))
}

fn text(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}
