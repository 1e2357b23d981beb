//! The entity `task`: how it is walked, read, found and written.

use std::collections::BTreeMap;

use liaison_sdk::contract::Query;
use liaison_sdk::http::encode;
use liaison_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::manifest::{OVERLAP_S, PAGE_MAX, SERVED};

const BEGINNING: &str = "1970-01-01T00:00:00.000Z";

/// The cursor.
#[derive(Default, Deserialize, Serialize)]
struct Place {
    /// Since when tasks are asked for.
    from: Option<String>,
    /// How far this walk has come.
    after: Option<String>,
    /// The newest change it saw.
    seen: Option<String>,
}

/// One answer of the list.
struct Listed {
    tasks: Vec<Value>,
    next: Option<String>,
}

/// Tasks that changed, the deleted among them, in the order of change.
pub fn changes(
    api: &Api,
    since: Option<&[u8]>,
    filter: &[Condition],
    limit: u32,
) -> Result<Page, Fault> {
    let Place { from, after, seen } = cursor::decode(since)?;
    let start = from.unwrap_or_else(|| BEGINNING.to_owned());
    let mut asked = served(filter);
    asked.push(("modified_since".to_owned(), start.clone()));
    let listed = list(api, asked, after.as_deref(), limit)?;
    let newest = listed
        .tasks
        .last()
        .and_then(|task| text_of(task, "modified_at"))
        .or(seen);
    let is_whole = start == BEGINNING;
    let place = match listed.next.clone() {
        Some(after) => Place {
            from: Some(start),
            after: Some(after),
            seen: newest,
        },
        // The next run begins a little before the newest change: the API stamps a task before it shows it.
        None => Place {
            from: Some(newest.and_then(|at| before(&at)).unwrap_or(start)),
            ..Place::default()
        },
    };
    Ok(page(listed, Some(place), is_whole))
}

/// Live tasks that match.
pub fn query(
    api: &Api,
    filter: &[Condition],
    at: Option<&[u8]>,
    limit: u32,
) -> Result<Page, Fault> {
    let Place { after, .. } = cursor::decode(at)?;
    let listed = list(api, served(filter), after.as_deref(), limit)?;
    let place = listed.next.clone().map(|after| Place {
        after: Some(after),
        ..Place::default()
    });
    Ok(page(listed, place, true))
}

pub fn read(api: &Api, ids: &[String]) -> Result<Vec<Option<Entry>>, Fault> {
    let asked = vec![("ids".to_owned(), ids.join(","))];
    let listed = list(api, asked, None, PAGE_MAX)?;
    let entries = listed.tasks.into_iter().map(entry);
    let found: BTreeMap<String, Entry> = entries.map(|entry| (entry.id.clone(), entry)).collect();
    Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
}

pub fn find(api: &Api, query: &Query) -> Result<Vec<Entry>, Fault> {
    let wanted: Vec<(&str, Value)> = query
        .iter()
        .map(|(field, json)| (field.as_str(), filter::value(json)))
        .collect();
    let key = |(field, value): &(&str, Value)| {
        let value = value.as_str().filter(|_| SERVED.contains(field))?;
        Some(((*field).to_owned(), value.to_owned()))
    };
    let keys: Vec<_> = wanted.iter().filter_map(key).collect();
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let listed = list(api, keys.clone(), after.as_deref(), PAGE_MAX)?;
        let fits = |task: &Value| wanted.iter().all(|(field, value)| task[field] == *value);
        found.extend(listed.tasks.into_iter().filter(fits).map(entry));
        after = listed.next;
        if after.is_none() {
            return Ok(found);
        }
    }
}

/// What the API made of it.
pub fn write(api: &Api, operation: &Operation) -> Outcome {
    let id = operation.id.as_deref().unwrap_or_default();
    let path = format!("v1/tasks/{}", encode(id));
    let body = filter::value(&operation.body);
    // Without the version the record was read at, somebody else's edit would be overwritten.
    let version = operation
        .version
        .as_ref()
        .map_or("*".to_owned(), |version| format!("\"{version}\""));
    let task = match operation.action {
        Action::Create => api.send(
            Method::Post,
            "v1/tasks",
            ("idempotency-key", &operation.token),
            Some(&body),
        )?,
        Action::Update => api.send(Method::Patch, &path, ("if-match", &version), Some(&body))?,
        Action::Delete => api.send(Method::Delete, &path, ("if-match", &version), None)?,
    };
    Ok(applied(id, task))
}

/// The task as the API now has it is the base of the next comparison.
fn applied(id: &str, task: Option<Value>) -> Applied {
    let Some(made) = task.map(entry) else {
        return Applied {
            id: id.to_owned(),
            version: None,
            body: None,
            ext: Vec::new(),
        };
    };
    Applied {
        id: made.id,
        version: made.version,
        body: Some(made.body),
        ext: Vec::new(),
    }
}

fn list(
    api: &Api,
    mut asked: Vec<(String, String)>,
    after: Option<&str>,
    limit: u32,
) -> Result<Listed, Fault> {
    asked.extend(after.map(|after| ("after".to_owned(), after.to_owned())));
    asked.push(("limit".to_owned(), limit.min(PAGE_MAX).to_string()));
    let pairs: Vec<String> = asked
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    let mut answer = api.get(&format!("v1/tasks?{}", pairs.join("&")))?;
    Ok(Listed {
        next: text_of(&answer, "next"),
        tasks: match answer["tasks"].take() {
            Value::Array(tasks) => tasks,
            _ => Vec::new(),
        },
    })
}

/// The conditions the API can serve; the host checks all of them again.
fn served(conditions: &[Condition]) -> Vec<(String, String)> {
    let own = conditions
        .iter()
        .filter(|condition| condition.op == Comparison::Eq);
    let own = own.filter(|condition| SERVED.contains(&condition.field.as_str()));
    let pair = |condition: &Condition| {
        let value = filter::value(condition.values.first()?);
        Some((condition.field.clone(), value.as_str()?.to_owned()))
    };
    own.filter_map(pair).collect()
}

fn page(listed: Listed, place: Option<Place>, is_whole: bool) -> Page {
    Page {
        more: listed.next.is_some(),
        complete: is_whole && listed.next.is_none(),
        next: place.map(|place| cursor::encode(&place)),
        entries: listed.tasks.into_iter().map(entry).collect(),
        ext: Vec::new(),
    }
}

fn entry(mut task: Value) -> Entry {
    let id = text_of(&task, "id").unwrap_or_default();
    let version = Some(task["version"].to_string());
    let deleted = task["deleted"] == json!(true);
    if let Value::Object(fields) = &mut task {
        fields.retain(|field, _| !["version", "deleted"].contains(&field.as_str()));
    }
    Entry {
        id,
        version,
        deleted,
        body: task.to_string(),
        ext: Vec::new(),
    }
}

fn before(instant: &str) -> Option<String> {
    let at = date::parse_instant(instant)?;
    Some(date::instant(at - i64::from(OVERLAP_S) * 1000))
}

fn text_of(value: &Value, field: &str) -> Option<String> {
    value[field].as_str().map(str::to_owned)
}
