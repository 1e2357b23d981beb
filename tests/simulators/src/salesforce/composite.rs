//! Several calls in one, later ones with what earlier ones answered; counted as one call.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::api::Api;
use super::call::{Call, Reply};
use super::reference::{Answered, names};
use super::refusal::{Fault, Refusal};
use super::versions;

const CALLS_MAX: usize = 25;
/// Calls that are collections or queries.
const WIDE_MAX: usize = 5;
const HALTED: &str =
    "The transaction was rolled back since another operation in the same transaction failed.";

/// A call within a composite.
pub struct Part {
    pub method: String,
    pub url: String,
    pub reference: String,
    pub body: Option<Value>,
    pub headers: Vec<(String, String)>,
}

impl Part {
    pub fn read(given: &Value) -> Result<Self, Fault> {
        let text = |name: &str| {
            let value = given[name].as_str().filter(|text| !text.is_empty());
            value
                .map(str::to_owned)
                .ok_or_else(|| Fault::unreadable(format!("A subrequest has no {name}")))
        };
        let headers = given["httpHeaders"].as_object().into_iter().flatten();
        Ok(Self {
            method: text("method")?.to_uppercase(),
            url: text("url")?,
            reference: text("referenceId")?,
            body: given.get("body").filter(|body| !body.is_null()).cloned(),
            headers: headers
                .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                .collect(),
        })
    }

    /// What it asks for after the version.
    pub fn path(&self) -> &str {
        self.url.split_once(".0/").map_or("", |(_, path)| path)
    }

    /// The earlier calls that it names.
    pub fn needs(&self) -> Vec<String> {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        let all = names(&self.url).into_iter().chain(names(&body));
        all.map(str::to_owned).collect()
    }

    /// Makes the call.
    pub fn answer(&self, api: &mut Api<'_>, answered: &Answered) -> Reply {
        let mark = api.org.mark();
        let made = self
            .call(answered)
            .map_err(Refusal::from)
            .and_then(|call| api.answer(&call));
        made.unwrap_or_else(|refusal| {
            api.org.undo_to(mark);
            refusal.into()
        })
    }

    fn call(&self, answered: &Answered) -> Result<Call, Fault> {
        let url = answered.in_text(&self.url)?;
        let body = self
            .body
            .as_ref()
            .map(|body| answered.in_value(body))
            .transpose()?;
        let mut call = inner_call(&self.method, &url)?;
        call.headers = self.headers.clone();
        call.body = body;
        Ok(call)
    }
}

/// A call from its address: `/services/data/v59.0/sobjects/…`, or from the version on.
pub fn inner_call(method: &str, url: &str) -> Result<Call, Fault> {
    let path = url
        .strip_prefix("/services/data")
        .unwrap_or(url)
        .trim_start_matches('/');
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let (version, path) = path.split_once('/').unwrap_or((path, ""));
    if versions::read(version)
        .is_none_or(|version| !(versions::OLDEST..=versions::NEWEST).contains(&version))
    {
        return Err(Fault::not_found());
    }
    Call::new(method, path, query).ok_or_else(Fault::not_found)
}

pub fn parts(body: &Map<String, Value>) -> Result<Vec<Part>, Fault> {
    let list = body.get("compositeRequest").and_then(Value::as_array);
    let list = list.filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| Fault::unreadable("The request has no compositeRequest"))?;
    let parts: Vec<Part> = list.iter().map(Part::read).collect::<Result<_, _>>()?;
    let mut seen = HashSet::new();
    match parts.iter().find(|part| !seen.insert(&part.reference)) {
        Some(part) => Err(Fault::unreadable(format!(
            "Duplicate referenceId: {}",
            part.reference
        ))),
        None => Ok(parts),
    }
}

pub fn answer(api: &mut Api<'_>, call: &Call) -> Result<Reply, Refusal> {
    let body = call.object()?;
    let parts = parts(body)?;
    check_size(&parts)?;
    let all_or_none = body
        .get("allOrNone")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let mark = api.org.mark();
    let mut answered = Answered::default();
    let mut replies: Vec<Reply> = Vec::new();
    let mut failed: HashSet<&str> = HashSet::new();
    let mut stopped = None;
    for (at, part) in parts.iter().enumerate() {
        let needs_failed = part
            .needs()
            .iter()
            .any(|name| failed.contains(name.as_str()));
        let reply = match stopped.is_some() || needs_failed {
            true => halted(HALTED),
            false => part.answer(api, &answered),
        };
        if reply.status >= 300 {
            failed.insert(&part.reference);
            if all_or_none && stopped.is_none() {
                stopped = Some(at);
            }
        } else {
            answered.add(&part.reference, reply.body.as_ref());
        }
        replies.push(reply);
    }
    if let Some(bad) = stopped {
        api.org.undo_to(mark);
        for (at, reply) in replies.iter_mut().enumerate() {
            if at != bad {
                *reply = halted(HALTED);
            }
        }
    }
    let shown = parts
        .iter()
        .zip(replies)
        .map(|(part, reply)| shown(part, reply));
    Ok(Reply::ok(
        json!({ "compositeResponse": shown.collect::<Vec<_>>() }),
    ))
}

fn check_size(parts: &[Part]) -> Result<(), Fault> {
    let is_wide = |part: &&Part| {
        part.path().starts_with("query") || part.path().starts_with("composite/sobjects")
    };
    let allowed = ["sobjects", "query", "queryAll", "composite/sobjects"];
    if parts.len() > CALLS_MAX {
        return Err(Fault::unreadable(format!(
            "A composite has at most {CALLS_MAX} subrequests"
        )));
    }
    if parts.iter().filter(is_wide).count() > WIDE_MAX {
        return Err(Fault::unreadable(format!(
            "A composite has at most {WIDE_MAX} queries and collections"
        )));
    }
    match parts
        .iter()
        .find(|part| !allowed.iter().any(|way| part.path().starts_with(way)))
    {
        Some(part) => Err(Fault::unreadable(format!(
            "Not allowed in a composite: {}",
            part.url
        ))),
        None => Ok(()),
    }
}

pub fn halted(message: &str) -> Reply {
    Refusal::from(Fault::new("PROCESSING_HALTED", message)).into()
}

pub fn shown(part: &Part, reply: Reply) -> Value {
    let headers = reply.headers.iter().filter(|(name, _)| name == "location");
    let headers: Map<String, Value> = headers
        .map(|(_, value)| ("Location".to_owned(), value.clone().into()))
        .collect();
    json!({
        "body": reply.body,
        "httpHeaders": headers,
        "httpStatusCode": reply.status,
        "referenceId": part.reference,
    })
}
