//! Records by their ids and by what they are called. All that is looked for in one call goes out in one message set.

use crate::identity;
use crate::message::{records, Answered, Outcome};
use crate::parcel::{read_one, Given};
use crate::question::Question;
use crate::settings::{ItemCode, Settings};
use crate::status::fault_of;
use crate::table::{Shape, Table, SINGLE_ID};
use crate::told::{self, Telling};
use crate::xml::Element;
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// Nothing was found: by a filter, and by a key.
const NOTHING: [i32; 2] = [1, 500];
/// An id that is none of this company's.
const NO_ID: [i32; 2] = [3000, 3120];

/// The records in an answer; a query that found nothing is no failure.
pub fn entries(
    table: &Table,
    settings: &Settings,
    outcome: &Outcome<'_>,
) -> Result<Vec<Entry>, Fault> {
    if outcome.failed() && !NOTHING.contains(&outcome.code) {
        return Err(fault_of(outcome.code, &outcome.message).scope(reach(outcome.code)));
    }
    let entry = |element: &Element<'_>| match table.shape {
        Shape::Definitions => definition(table, element),
        _ => told::entry(table, settings, element, Telling::Whole),
    };
    Ok(records(outcome).filter_map(entry).collect())
}

/// A refused question is refused for all that would ask it.
fn reach(code: i32) -> FaultScope {
    match fault_of(code, "").scope {
        FaultScope::OneRecord => FaultScope::WholeEntity,
        wider => wider,
    }
}

fn definition(table: &Table, element: &Element<'_>) -> Option<Entry> {
    let mut body = told::body(table.variants[0].fields, element);
    let name = element.text_of("DataExtName").to_owned();
    if name.is_empty() || element.text_of("OwnerID") != "0" {
        return None;
    }
    body.insert("id".to_owned(), json!(name));
    body.insert("lower_name".to_owned(), json!(name.to_lowercase()));
    Some(plain(name, body))
}

fn plain(id: String, body: Map<String, Value>) -> Entry {
    Entry {
        id,
        version: None,
        deleted: false,
        body: Value::Object(body).to_string(),
        ext: Vec::new(),
    }
}

/// The company, from what QuickBooks tells of itself and of the file.
pub fn company(host: &dyn Host, table: &Table) -> Result<Vec<Entry>, Fault> {
    let requests = format!(
        "{}<HostQueryRq requestID=\"2\"/>",
        Question::default().request(table, 1)
    );
    let given = read_one(host, requests)?;
    let answered = given.read()?;
    let mut body = Map::new();
    for outcome in &answered.outcomes {
        if outcome.failed() {
            return Err(fault_of(outcome.code, &outcome.message));
        }
        for element in records(outcome) {
            for (name, value) in told::body(table.variants[0].fields, element) {
                if body.get(&name).is_none_or(Value::is_null) {
                    body.insert(name, value);
                }
            }
        }
    }
    let file = identity::identity(host).map(|identity| identity.file);
    body.insert("file_id".to_owned(), json!(file));
    body.insert("id".to_owned(), json!(SINGLE_ID));
    Ok(vec![plain(SINGLE_ID.to_owned(), body)])
}

/// All records, where there are few and no ids to ask by.
pub fn all(host: &dyn Host, table: &Table, settings: &Settings) -> Result<Vec<Entry>, Fault> {
    if table.shape == Shape::Single {
        return company(host, table);
    }
    let given = read_one(host, Question::default().request(table, 1))?;
    let answered = given.read()?;
    one(&answered).and_then(|outcome| entries(table, settings, outcome))
}

pub fn one<'a, 'b>(answered: &'b Answered<'a>) -> Result<&'b Outcome<'a>, Fault> {
    answered
        .outcomes
        .first()
        .ok_or_else(crate::message::unreadable)
}

/// The records with these ids.
pub fn read(
    host: &dyn Host,
    table: &Table,
    settings: &Settings,
    ids: &[String],
) -> Result<Vec<Option<Entry>>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = match table.shape {
        Shape::Single | Shape::Definitions => all(host, table, settings)?,
        _ => by_ids(host, table, settings, ids)?,
    };
    let mut found: BTreeMap<String, Entry> = found
        .into_iter()
        .map(|entry| (entry.id.clone(), entry))
        .collect();
    let mut seen: BTreeMap<String, Entry> = BTreeMap::new();
    Ok(ids
        .iter()
        .map(|id| {
            let entry = found.remove(id).or_else(|| seen.get(id).cloned())?;
            seen.insert(id.clone(), entry.clone());
            Some(entry)
        })
        .collect())
}

/// Whether QuickBooks would look at an id at all.
fn may_be_id(id: &str) -> bool {
    id.len() <= 36 && id.is_ascii()
}

fn by_ids(
    host: &dyn Host,
    table: &Table,
    settings: &Settings,
    ids: &[String],
) -> Result<Vec<Entry>, Fault> {
    let mut wanted: Vec<String> = ids.iter().filter(|id| may_be_id(id)).cloned().collect();
    wanted.sort();
    wanted.dedup();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let given = read_one(host, Question::of_ids(&wanted).request(table, 1))?;
    let answered = given.read()?;
    let outcome = one(&answered)?;
    if !NO_ID.contains(&outcome.code) {
        return entries(table, settings, outcome);
    }
    // One id that is none spoils the whole question, so each is asked for by itself.
    let requests = wanted.iter().enumerate();
    let requests =
        requests.map(|(at, id)| Question::of_ids(std::slice::from_ref(id)).request(table, at + 1));
    let given = read_one(host, requests.collect())?;
    let answered = given.read()?;
    let mut found = Vec::new();
    for outcome in answered
        .outcomes
        .iter()
        .filter(|outcome| !NO_ID.contains(&outcome.code))
    {
        found.extend(entries(table, settings, outcome)?);
    }
    Ok(found)
}

/// For each query the records that fit.
pub fn find(
    host: &dyn Host,
    table: &Table,
    settings: &Settings,
    queries: &[Query],
) -> Result<Vec<Vec<Entry>>, Fault> {
    if queries.is_empty() {
        return Ok(Vec::new());
    }
    if matches!(table.shape, Shape::Single | Shape::Definitions) {
        let all = all(host, table, settings)?;
        return Ok(queries.iter().map(|query| fitting(&all, query)).collect());
    }
    let asked: Vec<Route> = queries
        .iter()
        .map(|query| route(table, settings, query))
        .collect::<Result<_, _>>()?;
    let ids = scanned(host, table, &asked, queries, settings)?;
    let mut requests = String::new();
    for (at, route) in asked.iter().enumerate() {
        let question = match route {
            Route::Ask(question) => Some((**question).clone()),
            Route::Scan if ids[at].is_empty() => None,
            Route::Scan => Some(Question::of_ids(&ids[at])),
            Route::Nothing => None,
        };
        if let Some(question) = question {
            requests += &question.request(table, at + 1);
        }
    }
    let mut found = vec![Vec::new(); queries.len()];
    if requests.is_empty() {
        return Ok(found);
    }
    let given = read_one(host, requests)?;
    for outcome in &given.read()?.outcomes {
        let at = outcome
            .element
            .attribute("requestID")
            .parse::<usize>()
            .unwrap_or(0);
        let (Some(query), Some(slot)) = (
            queries.get(at.wrapping_sub(1)),
            found.get_mut(at.wrapping_sub(1)),
        ) else {
            return Err(crate::message::unreadable());
        };
        if NO_ID.contains(&outcome.code) {
            continue;
        }
        *slot = fitting(&entries(table, settings, outcome)?, query);
    }
    Ok(found)
}

/// How a query is answered.
enum Route {
    Ask(Box<Question>),
    /// By reading the whole list, of each record only what is compared.
    Scan,
    /// Nothing can fit it.
    Nothing,
}

fn route(table: &Table, settings: &Settings, query: &Query) -> Result<Route, Fault> {
    let of = |field: &str| {
        let found = query.iter().find(|(name, _)| name == field);
        found.and_then(|(_, json)| filter::value(json).as_str().map(str::to_owned))
    };
    let ask = |question: Question| Ok(Route::Ask(Box::new(question)));
    let default = Question::default;
    if query
        .iter()
        .any(|(_, json)| filter::is_empty(&filter::value(json)))
    {
        return Ok(Route::Nothing);
    }
    if let Some(id) = of("id") {
        return match may_be_id(&id) {
            true => ask(Question::of_ids(&[id])),
            false => Ok(Route::Nothing),
        };
    }
    if table.shape == Shape::Tree {
        if let Some(name) = of("full_name") {
            return ask(Question {
                names: vec![name],
                ..default()
            });
        }
    }
    let by_name =
        of("name").or_else(|| of("code").filter(|_| settings.item_code() == ItemCode::Name));
    match (table.shape, by_name) {
        (Shape::Tree, Some(name)) => {
            return ask(Question {
                name_part: Some(name),
                ..default()
            })
        }
        (Shape::List, Some(name)) => {
            return ask(Question {
                names: vec![name],
                ..default()
            })
        }
        _ => {}
    }
    if let Some(name) = of("code").filter(|_| settings.item_code() == ItemCode::FullName) {
        return ask(Question {
            names: vec![name],
            ..default()
        });
    }
    if let Some(number) = of("number").filter(|_| table.shape == Shape::Transaction) {
        return ask(Question {
            numbers: vec![number],
            ..default()
        });
    }
    if table.is_transaction() {
        let owners: Vec<String> = table
            .owner
            .and_then(|(field, _)| of(field))
            .into_iter()
            .collect();
        let date = of("date");
        if !owners.is_empty() || date.is_some() {
            return ask(Question {
                owners,
                date_from: date.clone(),
                date_to: date,
                ..default()
            });
        }
    }
    let known = query
        .iter()
        .any(|(field, _)| table.keys.contains(&field.as_str()));
    match table.is_list() && known {
        true => Ok(Route::Scan),
        false => {
            let fields: Vec<&str> = query.iter().map(|(field, _)| field.as_str()).collect();
            Err(fault::internal(text!(
                "qbd-no-key",
                "{entity} cannot be looked up by {fields}",
                entity = table.entity,
                fields = fields.join(", ")
            )))
        }
    }
}

/// The ids that a scan finds for each query that needs one.
fn scanned(
    host: &dyn Host,
    table: &Table,
    asked: &[Route],
    queries: &[Query],
    settings: &Settings,
) -> Result<Vec<Vec<String>>, Fault> {
    let mut ids = vec![Vec::new(); queries.len()];
    if !asked.iter().any(|route| matches!(route, Route::Scan)) {
        return Ok(ids);
    }
    let elements = vec![
        "ListID",
        "Name",
        "FullName",
        "Initial",
        "CompanyName",
        "AccountNumber",
        "ManufacturerPartNumber",
        "BarCodeValue",
        "DataExtRet",
    ];
    let question = Question {
        elements,
        ..Question::default()
    };
    let given: Given = read_one(host, question.request(table, 1))?;
    let answered = given.read()?;
    let all = entries(table, settings, one(&answered)?)?;
    for (at, query) in queries.iter().enumerate() {
        if matches!(asked[at], Route::Scan) {
            ids[at] = fitting_of_known(&all, query, table)
                .into_iter()
                .map(|entry| entry.id)
                .collect();
        }
    }
    Ok(ids)
}

/// A scan tells only some fields; what it does not tell is compared when the record is read whole.
fn fitting_of_known(entries: &[Entry], query: &Query, table: &Table) -> Vec<Entry> {
    let scanned = |field: &str| table.keys.contains(&field);
    let known: Query = query
        .iter()
        .filter(|(field, _)| scanned(field))
        .cloned()
        .collect();
    fitting(entries, &known)
}

fn fitting(entries: &[Entry], query: &Query) -> Vec<Entry> {
    let conditions: Vec<Condition> = query
        .iter()
        .map(|(field, json)| Condition {
            field: field.clone(),
            op: Comparison::Eq,
            values: vec![json.clone()],
        })
        .collect();
    let fits = |entry: &&Entry| filter::fits(&filter::value(&entry.body), &conditions);
    entries.iter().filter(fits).cloned().collect()
}
