//! Writing back to documents: custom fields, the export flag with its words, lines of services.

use crate::api::Api;
use crate::assumed::document::{self, NewLine, Update};
use crate::assumed::result;
use crate::customer_write::OUTCOME;
use crate::document::{parts_of_version, Document};
use crate::envelope::Kind;
use crate::operation;
use crate::pressed::{self, Verdict, NOBODY};
use crate::refusal;
use crate::source;
use crate::value::text_in;
use liaison_sdk::prelude::*;

/// The custom fields of a record, by their names.
const CUSTOM: &str = "custom_fields";

/// Carries out an operation on a document.
pub fn write(api: &Api, kind: Kind, operation: &Operation) -> Outcome {
    let number = operation::id(operation, kind.entity())?;
    let body = operation::body(operation)?;
    let outcome = operation::outcome(&body, OUTCOME)?;
    let mut update = update_of(api, &body)?;
    let waiting = match &outcome {
        Some(_) => pressed::waiting(api)?,
        None => Vec::new(),
    };
    let version = operation.version.as_deref().and_then(parts_of_version);
    // A line that is added twice stands there twice.
    let needs_lines = !update.add.is_empty();
    let there = match version.is_none() || needs_lines {
        true => Some(document_there(api, kind, number)?),
        false => None,
    };
    if let Some(document) = &there {
        // A service and a bundle may have the same id.
        let on_it = |line: &NewLine| {
            let left = |one: &Value| {
                decimal::parse(&one["quantity_left"]).is_none_or(|left| !left.is_zero())
            };
            document.lines().iter().filter(|one| left(one)).any(|one| {
                one["external_id"] == json!(line.external_id)
                    && (one["product_type"].is_null()
                        || one["product_type"] == json!(line.product_type))
            })
        };
        update.add.retain(|line| !on_it(line));
        let ids: Vec<&str> = document
            .lines()
            .iter()
            .filter_map(|line| line["id"].as_str())
            .collect();
        update.remove.retain(|id| ids.contains(&id.as_str()));
    }
    let at = match (version, &there) {
        (Some((system_id, revision)), _) => (system_id.to_owned(), revision.to_owned()),
        (None, Some(document)) => (document.system_id.clone(), document.revision.clone()),
        (None, None) => return Err(gone(kind, number)),
    };
    let finished = match &outcome {
        Some(outcome) => {
            let on_it = pressed::on(&waiting, kind.entity(), [number, &at.0]);
            outcome.finishes(on_it)
        }
        None => Vec::new(),
    };
    if let Some(outcome) = &outcome {
        // What only a list was asked for of is not exported by it. An outcome that comes again, as its answer was lost,
        // was shown before its action was finished.
        let comes_again =
            outcome.action.as_deref().is_some_and(|id| id != NOBODY) && finished.is_empty();
        let is_query = !finished.is_empty() && finished.iter().all(|one| one.is_query());
        if !is_query && !comes_again {
            show(api, outcome, &mut update);
        }
    }
    let version = match update.is_empty() {
        true => None,
        false => Some(send(api, kind, number, &at, &update, version.is_some())?),
    };
    if let Some(outcome) = &outcome {
        for one in finished {
            pressed::finish(api, &one.id, outcome)?;
        }
    }
    Ok(operation::applied(number, version))
}

/// Tells an outcome on a document, and finishes what a user asked for.
pub fn tell(api: &Api, kind: Kind, number: &str, outcome: &Verdict) -> Result<(), Fault> {
    let mut body = json!({"export_status": outcome.status, "export_message": outcome.message});
    body["export_action"] = outcome.action.as_ref().map_or(Value::Null, |id| json!(id));
    let operation = Operation {
        token: String::new(),
        action: Action::Update,
        id: Some(number.to_owned()),
        version: None,
        body: body.to_string(),
        resume: None,
        ext: Vec::new(),
    };
    write(api, kind, &operation).map(|_| ())
}

/// What an outcome shows on the document.
fn show(api: &Api, outcome: &Verdict, update: &mut Update) {
    update.exported.get_or_insert(outcome.is_success());
    update.message = Some(outcome.message.clone());
    if let Some(field) = api.settings.outcome_field() {
        let words = match outcome.message.as_str() {
            "" => &outcome.status,
            words => words,
        };
        update
            .custom_fields
            .push((field.to_owned(), words.to_owned()));
    }
}

/// What a body sets.
fn update_of(api: &Api, body: &Map<String, Value>) -> Result<Update, Fault> {
    let mut update = Update::default();
    for (name, field) in [
        ("opportunity_name", api.settings.opportunity_name_field()),
        ("opportunity_id", api.settings.opportunity_id_field()),
    ] {
        if body.contains_key(name) {
            let value = text_in(body, name).to_owned();
            update.custom_fields.push((field.to_owned(), value));
        }
    }
    if let Some(fields) = body.get(CUSTOM).filter(|fields| !fields.is_null()) {
        let fields = fields
            .as_object()
            .ok_or_else(|| operation::unfit(CUSTOM, fields))?;
        for (name, value) in fields {
            let text = match value {
                Value::String(text) => text.trim().to_owned(),
                Value::Null => String::new(),
                other => return Err(operation::unfit(CUSTOM, other)),
            };
            update.custom_fields.push((name.clone(), text));
        }
    }
    update.exported = body.get("exported").and_then(Value::as_bool);
    // Words without an outcome are shown all the same.
    let words = body.get("export_message").filter(|words| !words.is_null());
    update.message = words.and_then(Value::as_str).map(str::to_owned);
    let listed = |name: &str| {
        let list = body.get(name).and_then(Value::as_array);
        list.into_iter().flatten().cloned().collect::<Vec<Value>>()
    };
    for line in listed("add_lines") {
        update.add.push(new_line(&line)?);
    }
    for id in listed("remove_lines") {
        let text = id
            .as_str()
            .ok_or_else(|| operation::unfit("remove_lines", &id))?;
        update.remove.push(text.to_owned());
    }
    Ok(update)
}

fn new_line(line: &Value) -> Result<NewLine, Fault> {
    let unfit = || operation::unfit("add_lines", line);
    let body = line.as_object().ok_or_else(unfit)?;
    let number = |name: &str| match body.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(value) => decimal::parse(value)
            .map(|number| number.to_string())
            .ok_or_else(unfit),
    };
    let text = |name: &str| text_in(body, name).to_owned();
    let line = NewLine {
        product_type: text("product_type"),
        part_number: text("part_number"),
        description: text("description"),
        quantity: number("quantity")?,
        cost: number("cost")?,
        price: number("price")?,
        external_id: text("external_id"),
    };
    let whole = [&line.product_type, &line.quantity, &line.external_id]
        .iter()
        .all(|text| !text.is_empty());
    whole.then_some(line).ok_or_else(unfit)
}

fn document_there(api: &Api, kind: Kind, number: &str) -> Result<Document, Fault> {
    let found = source::document_numbered(api, kind, number)?;
    found
        .filter(|document| !document.deleted)
        .ok_or_else(|| gone(kind, number))
}

fn gone(kind: Kind, number: &str) -> Fault {
    fault::not_found(text!(
        "channelonline-document-gone",
        "ChannelOnline has no {entity} {number}",
        entity = kind.entity(),
        number = number
    ))
}

/// Sends the update of a document as it was at this revision; its new version. Where the host named no version, one
/// that came in between is of no matter, and it is sent once more.
fn send(
    api: &Api,
    kind: Kind,
    number: &str,
    at: &(String, String),
    update: &Update,
    is_bound: bool,
) -> Result<String, Fault> {
    match send_once(api, kind, at, update) {
        Err(fault) if fault.kind == FaultKind::Conflict && !is_bound => {
            let document = document_there(api, kind, number)?;
            let at = (document.system_id.clone(), document.revision.clone());
            send_once(api, kind, &at, update)
        }
        sent => sent,
    }
}

fn send_once(
    api: &Api,
    kind: Kind,
    (system_id, revision): &(String, String),
    update: &Update,
) -> Result<String, Fault> {
    let system = api.settings.external_system();
    let request = document::update(system_id, revision, update, system);
    let entity = kind.entity();
    let results = api
        .tell(&request, result::ELEMENT, &result::read)?
        .map_err(|trouble| refusal::of(entity, &trouble))?;
    if let Some(trouble) = results.iter().find_map(|told| told.trouble.as_ref()) {
        return Err(refusal::of(entity, trouble));
    }
    let mut revisions = results.iter().map(|told| told.revision.as_str());
    let told = revisions.find(|told| !told.is_empty());
    Ok(format!("{system_id}/{}", told.unwrap_or(revision)))
}
