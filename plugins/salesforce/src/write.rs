//! Creates, updates and deletions: up to 200 records a request, each with an outcome of its own.
//!
//! A create carries a key, the flow's or the operation's token, where the object has a field for it; with the
//! token it is an upsert, so that the vendor itself keeps it from happening twice. An update that says at which
//! version it was read is sent only if the record is still at it. Afterwards the records are read once more,
//! because Salesforce trims, computes and runs the org's own automation.

use crate::api::{Api, Call, Request};
use crate::assumed::CHANGED_ALONE;
use crate::lookup;
use crate::manifest::BATCH;
use crate::record::{self, Again, Job, Todo};
use crate::refusal::{self, About, Asked};
use crate::refusal_words as say;
use crate::repeat;
use crate::shape::{forget, shape, with_shape};
use crate::soql;
use crate::stamps::{self, Seen};
use crate::table::Table;
use liaison_sdk::http::encode;
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// A job and its place among the operations.
type Placed = (usize, Job);

/// Carries out the operations; one outcome each.
pub fn write(api: &Api, table: &'static Table, operations: &[Operation]) -> Vec<Outcome> {
    let bodies: Vec<_> = operations.iter().map(record::body_of).collect();
    let objects = record::objects(api, table, operations, &bodies);
    let mut outcomes: Vec<Option<Outcome>> = vec![None; operations.len()];
    let mut jobs: Vec<Placed> = Vec::new();
    for (place, operation) in operations.iter().enumerate() {
        match job(api, operation, &bodies[place], &objects[place]) {
            Ok(job) => jobs.push((place, job)),
            Err(fault) => outcomes[place] = Some(Err(fault)),
        }
    }
    jobs.retain(|(place, job)| {
        let nothing_to_do = job.record.is_empty() && matches!(job.todo, Todo::Update(_));
        if let (true, Some(id)) = (nothing_to_do, job.id()) {
            outcomes[*place] = Some(Ok(applied(id)));
        }
        !nothing_to_do
    });
    repeat::before(api, operations, &mut jobs, &mut outcomes);
    let seen = stamps::check(api, &mut jobs, &mut outcomes);
    if let [(place, job)] = jobs.as_slice() {
        if let (Todo::Update(id), Some(Seen { at: Some(at) })) = (&job.todo, seen.get(place)) {
            if !is_split(job) {
                let outcome = stamps::update_unless_changed(api, job, id, at);
                outcomes[*place] = Some(outcome.map(|()| applied(id)));
                jobs.clear();
            }
        }
    }
    let blind: Vec<usize> = repeat::risky(&jobs);
    send_all(api, jobs, &mut outcomes);
    repeat::after(api, operations, &blind, &outcomes);
    let unset = || Err(say::refused_silently());
    let mut outcomes: Vec<Outcome> = outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(unset))
        .collect();
    read_back(api, table, operations, &mut outcomes);
    outcomes
}

fn job(
    api: &Api,
    operation: &Operation,
    body: &Result<Map<String, Value>, Fault>,
    object: &Result<String, Fault>,
) -> Result<Job, Fault> {
    let (body, object) = (body.as_ref(), object.as_ref());
    let (body, object) = (body.map_err(Clone::clone)?, object.map_err(Clone::clone)?);
    let key_field = api.settings.key_field_of(object);
    match operation.action {
        Action::Create => with_shape(api, object, |shape| {
            record::create(shape, key_field, &operation.token, body)
        }),
        Action::Update => with_shape(api, object, |shape| {
            let id = record::id_of(operation, object)?;
            record::update(shape, key_field, id, operation.version.clone(), body)
        }),
        Action::Delete => Ok(Job {
            object: object.clone(),
            todo: Todo::Delete(record::id_of(operation, object)?),
            record: Map::new(),
            version: operation.version.clone(),
            again: Again::Harmless,
            own_key: None,
        }),
    }
}

/// Whether an update goes out in two: a field that must be changed alone comes after the others.
fn is_split(job: &Job) -> bool {
    job.record.len() > 1 && alone(job).is_some()
}

fn alone(job: &Job) -> Option<&'static str> {
    let (_, field) = CHANGED_ALONE
        .into_iter()
        .find(|(object, field)| job.object == *object && job.record.contains_key(*field))?;
    matches!(job.todo, Todo::Update(_)).then_some(field)
}

/// Sends the jobs, those of one kind and object together; what must be changed alone comes last.
fn send_all(api: &Api, jobs: Vec<Placed>, outcomes: &mut [Option<Outcome>]) {
    let mut later: Vec<Placed> = Vec::new();
    let mut groups: BTreeMap<(u8, String, Option<String>), Vec<Placed>> = BTreeMap::new();
    for (place, mut job) in jobs {
        if let (true, Some(field)) = (is_split(&job), alone(&job)) {
            let mut last = job.clone();
            last.record.retain(|name, _| name == field);
            job.record.remove(field);
            later.push((place, last));
        }
        groups.entry(kind_of(&job)).or_default().push((place, job));
    }
    for group in groups.into_values() {
        send_group(api, group, outcomes);
    }
    // Only where the rest went well: else the record is not as the flow wants it to be when it is activated.
    later.retain(|(place, _)| matches!(outcomes[*place], Some(Ok(_))));
    if !later.is_empty() {
        send_group(api, later, outcomes);
    }
}

/// Jobs of one kind share a request: creates first, deletions last.
fn kind_of(job: &Job) -> (u8, String, Option<String>) {
    let object = job.object.clone();
    match &job.todo {
        Todo::Create => (0, object, None),
        Todo::Upsert(field) => (1, object, Some(field.clone())),
        Todo::Update(_) => (2, object, None),
        Todo::Delete(_) => (3, object, None),
    }
}

fn send_group(api: &Api, group: Vec<Placed>, outcomes: &mut [Option<Outcome>]) {
    let mut waiting: Vec<&[Placed]> = cursor::chunks(&group, BATCH as usize).rev().collect();
    while let Some(part) = waiting.pop() {
        match send(api, part) {
            Ok(answers) => {
                for ((place, job), answer) in part.iter().zip(answers) {
                    outcomes[*place] = Some(of_answer(api, job, &answer));
                }
            }
            // The envelope was refused for one of its records, so nothing was written: which one is found by
            // halves.
            Err(fault) if part.len() > 1 && is_of_one(&fault) => {
                let (first, second) = part.split_at(part.len() / 2);
                waiting.extend([second, first]);
            }
            Err(fault) => {
                for (place, _) in part {
                    outcomes[*place] = Some(Err(fault.clone()));
                }
                if fault.scope != FaultScope::WholeConnection {
                    continue;
                }
                // Nobody is there for the rest either; it was not sent.
                for (place, _) in waiting.drain(..).flatten() {
                    outcomes[*place] = Some(Err(fault.clone()));
                }
            }
        }
    }
}

fn is_of_one(fault: &Fault) -> bool {
    use FaultKind as K;
    let refused = matches!(
        fault.kind,
        K::Rejected | K::MissingReference | K::Exists | K::Ambiguous | K::NotFound | K::Internal
    );
    refused && (fault.scope == FaultScope::OneRecord || fault.kind == K::Internal)
}

/// One request for jobs of one kind: an answer for each.
fn send(api: &Api, part: &[Placed]) -> Result<Vec<Value>, Fault> {
    let Some((_, first)) = part.first() else {
        return Ok(Vec::new());
    };
    let about = about(first);
    let (method, path) = match &first.todo {
        Todo::Create => (Method::Post, "composite/sobjects".to_owned()),
        Todo::Upsert(field) => (
            Method::Patch,
            format!("composite/sobjects/{}/{}", first.object, encode(field)),
        ),
        Todo::Update(_) => (Method::Patch, "composite/sobjects".to_owned()),
        Todo::Delete(_) => {
            let ids: Vec<&str> = part.iter().filter_map(|(_, job)| job.id()).collect();
            let ids = ids.join(",");
            let path = format!("composite/sobjects?ids={ids}&allOrNone=false");
            (Method::Delete, path)
        }
    };
    let records: Vec<Value> = part.iter().map(|(_, job)| job.sent()).collect();
    let body = json!({"allOrNone": false, "records": records});
    let mut headers = Vec::new();
    if api.settings.saves_duplicates() {
        headers.push(("Sforce-Duplicate-Rule-Header", "allowSave=true".to_owned()));
    }
    let answer = api.send(&Request {
        call: Call::Write,
        method,
        path,
        headers,
        body: (method != Method::Delete).then_some(&body),
    })?;
    if !answer.is_success() {
        let fault = refusal::of_write(&answer, &about);
        if fault.kind == FaultKind::Misconfigured {
            // What the person mends counts at once.
            forget(api, &first.object);
        }
        return Err(fault);
    }
    match answer.json() {
        Some(Value::Array(answers)) if answers.len() == part.len() => Ok(answers),
        _ => Err(answer.lost()),
    }
}

impl Job {
    /// The record that is changed.
    pub fn id(&self) -> Option<&str> {
        match &self.todo {
            Todo::Update(id) | Todo::Delete(id) => Some(id),
            Todo::Create | Todo::Upsert(_) => None,
        }
    }

    fn sent(&self) -> Value {
        let mut record = self.record.clone();
        record.insert("attributes".to_owned(), json!({"type": self.object}));
        if let Todo::Update(id) = &self.todo {
            record.insert("id".to_owned(), json!(id));
        }
        Value::Object(record)
    }
}

fn about(job: &Job) -> About {
    About::new(
        &job.object,
        match job.todo {
            Todo::Create | Todo::Upsert(_) => Asked::Create,
            Todo::Update(_) | Todo::Delete(_) => Asked::Change,
        },
    )
}

/// What became of one record. A success may bring words along; it is one nevertheless.
fn of_answer(api: &Api, job: &Job, answer: &Value) -> Outcome {
    let id = answer["id"].as_str().and_then(crate::id::full);
    match (answer["success"].as_bool(), id.as_deref().or(job.id())) {
        (Some(true), Some(id)) => Ok(applied(id)),
        // It was done, and which record it became nobody said.
        (Some(true), None) => Err(fault::outcome_unknown(text!(
            "salesforce-untold",
            "Salesforce took the record and does not say which one it became; liaison looks for it"
        ))),
        _ => {
            let fault = refusal::of_item(answer, &about(job));
            if fault.kind == FaultKind::Misconfigured {
                forget(api, &job.object);
            }
            match (&job.todo, fault.kind) {
                // Deleting what is gone is no mistake.
                (Todo::Delete(id), FaultKind::NotFound) => Ok(applied(id)),
                (_, FaultKind::Exists) => with_existing(api, job, fault),
                _ => Err(fault),
            }
        }
    }
}

pub fn applied(id: &str) -> Applied {
    Applied {
        id: id.to_owned(),
        version: None,
        body: None,
        ext: Vec::new(),
    }
}

/// With the id of what is already there, looked for where the refusal does not tell it. What holds the key that
/// this operation has for itself alone is what it made before.
fn with_existing(api: &Api, job: &Job, mut fault: Fault) -> Outcome {
    let words = fault.vendor_text.as_deref().unwrap_or_default();
    let mut names = job.record.keys();
    let named = names.find(|name| Some(*name) == fault.field.as_ref() || is_named(words, name));
    let key = api.settings.key_field_of(&job.object);
    let is_key = named.map_or(job.record.contains_key(key), |name| name == key);
    let field = named.cloned().unwrap_or_else(|| key.to_owned());
    if fault.existing.is_none() {
        fault.existing = holder(api, job, &field).ok().flatten();
    } else if named.is_none() && job.own_key.is_some() {
        // It names a record and no field: it may be another that has, say, the same number.
        let ours = holder(api, job, &field).ok().flatten();
        if ours != fault.existing {
            return Err(fault);
        }
    }
    match (&fault.existing, &job.own_key) {
        (Some(id), Some(_)) if is_key => Ok(applied(id)),
        _ => Err(fault),
    }
}

/// Whether a refusal's words hold a field's name, and not only one that begins or ends like it.
fn is_named(words: &str, name: &str) -> bool {
    let mut parts = words.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    // A standard field's name may be a word like any other.
    name.contains('_') && parts.any(|part| part == name)
}

/// The one record that holds what a job writes into this field; none where there is none, or it cannot be asked.
pub fn holder(api: &Api, job: &Job, field: &str) -> Result<Option<String>, Fault> {
    let shape = shape(api, &job.object)?;
    let (Some(column), Some(value)) = (shape.column(field), job.record.get(field)) else {
        return Ok(None);
    };
    let Some(clause) = soql::among(column, std::slice::from_ref(value)) else {
        return Ok(None);
    };
    let question = format!("SELECT Id FROM {} WHERE {clause} LIMIT 2", job.object);
    let answer = api.send(&Request::get(&format!("query?q={}", encode(&question))))?;
    if !answer.is_success() {
        return Err(refusal::of_read(&answer, &shape.about(Asked::Read)));
    }
    let told = answer.json_or_unavailable()?;
    match told["records"].as_array().map(Vec::as_slice) {
        Some([]) => Ok(None),
        Some([only]) => {
            let id = only["Id"].as_str().and_then(crate::id::full);
            id.map(Some).ok_or_else(|| answer.rubbish())
        }
        Some(_) => Err(say::several(&job.object).field(field)),
        None => Err(answer.rubbish()),
    }
}

/// The records as Salesforce has them now. Where they cannot be read they are written all the same.
fn read_back(api: &Api, table: &Table, operations: &[Operation], outcomes: &mut [Outcome]) {
    let written = operations.iter().zip(outcomes.iter());
    let ids: Vec<String> = written
        .filter(|(operation, _)| operation.action != Action::Delete)
        .filter_map(|(_, outcome)| outcome.as_ref().ok().map(|applied| applied.id.clone()))
        .collect();
    if ids.is_empty() {
        return;
    }
    let objects = match crate::object::of_ids(api, table, &ids) {
        Ok(objects) => objects,
        Err(fault) => return api.host().debug(&fault.message.fallback),
    };
    let mut by_object: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (id, object) in ids.iter().zip(objects) {
        if let Some(object) = object {
            by_object.entry(object).or_default().push(json!(id));
        }
    }
    for (object, ids) in by_object {
        match lookup::with_ids(api, table, &object, &ids) {
            Ok(entries) => entries.into_iter().for_each(|entry| {
                let same = outcomes.iter_mut().flatten().filter(|a| a.id == entry.id);
                for applied in same {
                    applied.version.clone_from(&entry.version);
                    applied.body = Some(entry.body.clone());
                }
            }),
            Err(fault) => api.host().debug(&fault.message.fallback),
        }
    }
}
