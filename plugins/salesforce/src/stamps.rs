//! Whether a record is still as it was read, before it is changed.
//!
//! A collection takes no conditional header, so the stamps of all records of a batch are read first. A change
//! of a single record is also sent "if unmodified since" the moment when its stamp was read, by the vendor's
//! own clock, so that nothing gets in between.

use crate::api::{Api, Call, Request};
use crate::record::Job;
use crate::refusal::{self, Asked};
use crate::refusal_words as say;
use crate::shape::shape;
use crate::soql;
use crate::value::{instant_of, EDITED, ID};
use liaison_sdk::http::encode;
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// A record that was looked at and found as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When, as an HTTP date of the vendor's.
    pub at: Option<String>,
}

/// Takes out the jobs whose record has changed or is gone. What was looked at, by place.
pub fn check(
    api: &Api,
    jobs: &mut Vec<(usize, Job)>,
    outcomes: &mut [Option<Outcome>],
) -> BTreeMap<usize, Seen> {
    let mut by_object: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (_, job) in jobs.iter() {
        if let (Some(id), Some(_)) = (job.id(), &job.version) {
            let ids = by_object.entry(job.object.clone()).or_default();
            ids.push(json!(id));
        }
    }
    let mut told = BTreeMap::new();
    for (object, ids) in by_object {
        told.insert(object.clone(), stamps(api, &object, &ids));
    }
    let mut seen = BTreeMap::new();
    jobs.retain(|(place, job)| {
        let (Some(id), Some(version)) = (job.id(), &job.version) else {
            return true;
        };
        let outcome = match told.get(&job.object) {
            None | Some(Ok(None)) => return true,
            Some(Err(fault)) => Err(fault.clone()),
            Some(Ok(Some((stamps, at)))) => match stamps.get(id) {
                None => Err(say::gone(&job.object)),
                Some(stamp) if is_same(stamp.as_deref(), version) => {
                    seen.insert(*place, Seen { at: at.clone() });
                    return true;
                }
                Some(_) => Err(say::changed()),
            },
        };
        outcomes[*place] = Some(outcome);
        false
    });
    seen
}

/// Seconds are all that a stamp has.
fn is_same(stamp: Option<&str>, version: &str) -> bool {
    let ms = |text: &str| date::parse_instant(text);
    match (stamp.and_then(ms), ms(version)) {
        (Some(stamp), Some(version)) => stamp == version,
        // What has no stamp, or another kind of version, tells nothing.
        _ => true,
    }
}

type Stamps = (BTreeMap<String, Option<String>>, Option<String>);

/// The stamps of these records; none where the object has none.
fn stamps(api: &Api, object: &str, ids: &[Value]) -> Result<Option<Stamps>, Fault> {
    let shape = shape(api, object)?;
    if !shape.has(EDITED) {
        return Ok(None);
    }
    let among = soql::among(shape.named(ID)?, ids).unwrap_or_default();
    let question = format!("SELECT {ID},{EDITED} FROM {object} WHERE {among}");
    let answer = api.send(&Request::get(&format!("query?q={}", encode(&question))))?;
    if !answer.is_success() {
        return Err(refusal::of_read(&answer, &shape.about(Asked::Read)));
    }
    let told = answer.json_or_unavailable()?;
    let rows = told["records"].as_array().into_iter().flatten();
    let stamp = |row: &Value| {
        let id = crate::id::full(row[ID].as_str()?)?;
        Some((id, instant_of(&row[EDITED])))
    };
    let at = answer.0.header("date").map(|date| date.trim().to_owned());
    Ok(Some((rows.filter_map(stamp).collect(), at)))
}

/// Changes one record, unless somebody changed it since its stamp was read.
pub fn update_unless_changed(api: &Api, job: &Job, id: &str, at: &str) -> Result<(), Fault> {
    let body = Value::Object(job.record.clone());
    let mut headers = vec![("If-Unmodified-Since", at.to_owned())];
    if api.settings.saves_duplicates() {
        headers.push(("Sforce-Duplicate-Rule-Header", "allowSave=true".to_owned()));
    }
    let answer = api.send(&Request {
        call: Call::Write,
        method: Method::Patch,
        path: format!("sobjects/{}/{id}", job.object),
        headers,
        body: Some(&body),
    })?;
    let about = refusal::About::new(&job.object, Asked::Change);
    match answer.status() {
        412 => Err(refusal::quoted(say::changed(), &answer)),
        200..=299 => Ok(()),
        _ => Err(refusal::of_write(&answer, &about)),
    }
}
