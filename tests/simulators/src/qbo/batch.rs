//! `POST /batch`: at most 30 items, each by itself, in their order.

use serde_json::{Map, Value};

use super::company::Company;
use super::query;
use super::refusal::Refusal;
use super::schema::{Kind, entity};
use super::value::Values;
use super::writes::{self, Deed, Hand, Options};
use crate::simulator::NowMs;

const ITEMS_MAX: usize = 30;
/// What an item may hold beside its entity.
const WORDS: [&str; 4] = ["bId", "operation", "Query", "optionsData"];

/// The `BatchItemResponse` list.
pub fn answer(company: &mut Company, body: &Values, now: NowMs) -> Result<Value, Refusal> {
    let items = body.get("BatchItemRequest").and_then(Value::as_array);
    let items = items.ok_or_else(|| Refusal::missing("BatchItemRequest"))?;
    if items.len() > ITEMS_MAX {
        return Err(Refusal::too_many_items(ITEMS_MAX));
    }
    let answers = items.iter().map(|item| {
        let item = item.as_object().cloned().unwrap_or_default();
        let mut answer = match one(company, &item, now) {
            Ok(answer) => answer,
            Err(refusal) => Map::from_iter([("Fault".to_owned(), refusal.json())]),
        };
        let id = item.get("bId").cloned().unwrap_or_default();
        answer.insert("bId".to_owned(), id);
        Value::Object(answer)
    });
    Ok(answers.collect())
}

fn one(company: &mut Company, item: &Values, now: NowMs) -> Result<Values, Refusal> {
    if let Some(Value::String(text)) = item.get("Query") {
        let answer = query::answer(company, text)?;
        return Ok(Map::from_iter([("QueryResponse".to_owned(), answer)]));
    }
    let (kind, body) = named(item)?;
    let has_id = body.get("Id").is_some_and(|id| !id.is_null());
    let deed = match (item.get("operation").and_then(Value::as_str), has_id) {
        (Some("create"), false) | (Some("update"), true) => Deed::Save,
        (Some("update"), false) => return Err(Refusal::missing("Id")),
        (Some("create"), true) => return Err(Refusal::unsupported_operation("create with Id")),
        (Some("delete"), _) => Deed::Delete,
        (Some("void"), _) => Deed::Void,
        (Some(other), _) => return Err(Refusal::unsupported_operation(other)),
        (None, _) => return Err(Refusal::missing("operation")),
    };
    let options = Options {
        hand: Hand::Client,
        duplicate_numbers: item
            .get("optionsData")
            .and_then(Value::as_str)
            .is_some_and(|said| said.contains("allowduplicatedocnum")),
    };
    let shown = writes::write(company, kind, deed, body, options, now)?;
    Ok(Map::from_iter([(kind.name.clone(), shown)]))
}

/// The one entity of an item.
fn named(item: &Values) -> Result<(Kind, &Values), Refusal> {
    let mut others = item
        .iter()
        .filter(|(name, _)| !WORDS.contains(&name.as_str()));
    let (name, body) = others
        .next()
        .ok_or_else(|| Refusal::missing("an entity or Query"))?;
    let kind = entity(name).filter(|kind| kind.name == *name);
    match (kind, body.as_object()) {
        (Some(kind), Some(body)) if others.next().is_none() => Ok((kind, body)),
        _ => Err(Refusal::unknown_property(name)),
    }
}
