//! Creates of records that are one function each, many to a request, each by itself.
//!
//! A create looks for our id first, sends, and looks again for whatever failed: by the gateway's rule a function that
//! it has completed is not carried out again under the same id, and how it says so is not published. What Intacct numbers
//! itself is not sent again while it may still be working on it; where records have an id of their own it refuses a second.

use crate::api::Api;
use crate::document_write;
use crate::drift;
use crate::envelope::{Binding, Function, Repeats};
use crate::operation;
use crate::question::RECORD_NUMBER;
use crate::records;
use crate::refusal;
use crate::reply::{text_of, Outcome as Told, Row, Status, Trouble};
use crate::silence::{self, Noted, Sent, Step};
use crate::table::{Recognised, Table, EXTERNAL_ID};
use crate::tables::{CONTACT, CONTRACT_LINE, CUSTOMER, ORDER_TRANSACTION};
use crate::write::Done;
use liaison_sdk::prelude::*;
use std::collections::BTreeSet;

/// A new record on its way.
struct New<'a> {
    at: usize,
    operation: &'a Operation,
    body: Map<String, Value>,
    marker: String,
    xml: String,
}

/// Carries out creates of one entity.
pub fn create(api: &Api, table: &'static Table, operations: &[(usize, &Operation)]) -> Done {
    let mut done: Done = Vec::new();
    let mut news: Vec<New> = Vec::new();
    let mut seen = BTreeSet::new();
    for &(at, operation) in operations {
        match prepared(api, table, at, operation) {
            Ok(new) if !seen.insert(new.marker.clone()) => {
                done.push((at, Err(operation::twice(table.entity))));
            }
            Ok(new) => news.push(new),
            Err(fault) => done.push((at, Err(fault))),
        }
    }
    if table.can_be_marked() && !news.is_empty() {
        match there(api, table, &news) {
            Ok(found) => take_out(&mut news, &mut done, found),
            Err(fault) => {
                done.extend(news.iter().map(|new| (new.at, Err(fault.clone()))));
                return done;
            }
        }
    }
    // While the gateway may still be working on it, what is not there may yet come.
    news.retain(|new| {
        let waits = Noted::of(new.operation).waits(api);
        done.extend(waits.clone().map(|fault| (new.at, Err(fault))));
        waits.is_none()
    });
    if !news.is_empty() {
        done.extend(send_new(api, table, news));
    }
    done
}

fn prepared<'a>(
    api: &Api,
    table: &'static Table,
    at: usize,
    operation: &'a Operation,
) -> Result<New<'a>, Fault> {
    let mut body = operation::body(operation)?;
    let marker = match table.recognised {
        Recognised::ByMarker => operation::marker(operation, &body),
        _ => {
            let id = table.fields.iter().find(|field| field.wire == table.id);
            let id = id.and_then(|field| body.get(field.name)?.as_str());
            id.map_or_else(|| operation.token.clone(), str::to_owned)
        }
    };
    defaults(table, &mut body);
    let xml = match table.entity == ORDER_TRANSACTION.entity {
        true => document_write::xml(api, &body, &marker)?,
        false => {
            let mut parts = table.new_parts(api, &body, &[EXTERNAL_ID])?;
            if table.can_be_marked() {
                parts.push(table.mark(api, &json!(marker)));
            }
            operation::create_xml(table.object, &parts)
        }
    };
    Ok(New {
        at,
        operation,
        body,
        marker,
        xml,
    })
}

/// What Intacct asks for and the record nearly always has otherwise.
fn defaults(table: &Table, body: &mut Map<String, Value>) {
    let (name, value) = match table.entity {
        entity if entity == CUSTOMER.entity => ("print_as", body.get("name").cloned()),
        entity if entity == CONTACT.entity => ("print_as", body.get("contact_name").cloned()),
        entity if entity == CONTRACT_LINE.entity => ("billing_method", Some(json!("Fixed price"))),
        _ => return,
    };
    if let (Some(value), true) = (value, body.get(name).is_none_or(filter::is_empty)) {
        body.insert(name.to_owned(), value);
    }
}

/// The records that carry our ids already, by the place of their operation.
fn there(api: &Api, table: &'static Table, news: &[New]) -> Result<Vec<(usize, Outcome)>, Fault> {
    let markers: Vec<&str> = news.iter().map(|new| new.marker.as_str()).collect();
    let rows = operation::marked(api, table, &markers)?;
    let entries = records::entries(api, table, &table.shape(api)?, &rows)?;
    let mut found = Vec::new();
    for new in news {
        match operation::one_marked(api, table, &rows, &new.marker) {
            Ok(None) => {}
            Ok(Some(row)) => {
                let id = text_of(row, table.id);
                let entry = entries.iter().find(|entry| entry.id == id).cloned();
                found.extend(entry.map(|entry| (new.at, Ok(operation::applied(entry)))));
            }
            Err(fault) => found.push((new.at, Err(fault))),
        }
    }
    Ok(found)
}

fn take_out(news: &mut Vec<New>, done: &mut Done, found: Vec<(usize, Outcome)>) {
    news.retain(|new| !found.iter().any(|(at, _)| *at == new.at));
    done.extend(found);
}

fn send_new(api: &Api, table: &'static Table, mut news: Vec<New>) -> Done {
    let functions: Vec<Function> = news
        .iter()
        .map(|new| Function {
            control_id: format!("{}-create", new.operation.token),
            xml: new.xml.clone(),
        })
        .collect();
    // Whoever cannot note leaves nothing to be found again: then none is sent.
    if let Err(fault) = note(api, table, &news) {
        return news
            .iter()
            .map(|new| (new.at, Err(fault.clone())))
            .collect();
    }
    let told = match api.tell(&functions, Repeats::Refused, Binding::EachItself) {
        Ok(told) => told,
        Err(fault) => {
            if !silence::is_open(&fault) {
                news.iter().for_each(|new| answered(api, table, new));
            }
            return news
                .iter()
                .map(|new| (new.at, Err(fault.clone())))
                .collect();
        }
    };
    let mut done: Done = Vec::new();
    let failed: Vec<usize> = (0..told.len())
        .filter(|&at| told[at].status != Status::Success)
        .collect();
    let made: Vec<(&New, &Told)> = (0..told.len())
        .filter(|at| !failed.contains(at))
        .map(|at| (&news[at], &told[at]))
        .collect();
    done.extend(read_back(api, table, &made));
    if failed.is_empty() {
        return done;
    }
    let mut found = Vec::new();
    if table.can_be_marked() {
        // One that failed may have failed because it is there.
        let mut refused: Vec<New> = Vec::new();
        let mut troubles = Vec::new();
        for (at, new) in news.drain(..).enumerate() {
            if failed.contains(&at) {
                troubles.push(&told[at].troubles);
                refused.push(new);
            }
        }
        let looked = there(api, table, &refused);
        if let Ok(there) = &looked {
            found = there.clone();
        }
        for (new, troubles) in refused.iter().zip(troubles) {
            if found.iter().any(|(at, _)| *at == new.at) {
                continue;
            }
            let fault = why(api, table, new, troubles);
            done.push((
                new.at,
                Err(match &looked {
                    Ok(_) => {
                        answered(api, table, new);
                        fault
                    }
                    Err(_) => operation::unsure(fault),
                }),
            ));
        }
    } else {
        for at in failed {
            let fault = why(api, table, &news[at], &told[at].troubles);
            done.push((news[at].at, Err(fault)));
        }
    }
    done.extend(found);
    done
}

/// Nothing of this one is under way any more.
fn answered(api: &Api, table: &Table, new: &New) {
    if table.can_be_marked() && Noted::note(api, new.operation, None).is_err() {
        api.host()
            .warn("an answered create is still noted as unanswered");
    }
}

/// Notes that these leave now.
fn note(api: &Api, table: &Table, news: &[New]) -> Result<(), Fault> {
    if !table.can_be_marked() {
        return Ok(());
    }
    let sent = Sent::now(api, Step::Create);
    news.iter().try_for_each(|new| {
        Noted::note(api, new.operation, Some(sent.clone())).map_err(|fault| Fault {
            vendor_text: fault.vendor_text,
            ..fault::unavailable(fault.message).scope(FaultScope::OneRecord)
        })
    })
}

/// Why a create failed; of a duplicate also what is there.
fn why(api: &Api, table: &'static Table, new: &New, troubles: &[Trouble]) -> Fault {
    let fault = operation::refused(api, table, &new.body, troubles);
    let Some(duplicate) = refusal::duplicate(troubles) else {
        return fault;
    };
    let other = !duplicate.object.is_empty()
        && !duplicate
            .object
            .eq_ignore_ascii_case(&table.object.replace("DETAIL", " line"));
    if other {
        // A customer whose display contact has a name that a contact has already.
        return Fault {
            vendor_code: fault.vendor_code,
            vendor_text: fault.vendor_text,
            ..fault::rejected(text!(
                "intacct-contact-taken",
                "Sage Intacct already has a {object} named {value}, which this {entity} would make once more: give contact_name another name",
                object = duplicate.object,
                value = duplicate.value,
                entity = table.entity
            ))
            .field("contact_name")
        };
    }
    existing(api, table, &new.body, fault)
}

/// A duplicate with the id that is there, where the record gave one.
pub fn existing(
    api: &Api,
    table: &'static Table,
    body: &Map<String, Value>,
    fault: Fault,
) -> Fault {
    let id = table.fields.iter().find(|field| field.wire == table.id);
    let given = id.and_then(|field| body.get(field.name)?.as_str());
    let there = given.and_then(|given| {
        let (rows, _) = records::all_with(api, table, table.id, &[given]).ok()?;
        let row = rows.first()?;
        Some(text_of(row, table.id).to_owned())
    });
    match there {
        Some(there) => Fault {
            existing: Some(there),
            ..fault
        },
        None => fault,
    }
}

/// The records that were made, as they are now. That one cannot be read does not undo it.
fn read_back(api: &Api, table: &'static Table, made: &[(&New, &Told)]) -> Done {
    // Functions of the old kind tell the id itself.
    let by_key = made.iter().any(|(_, told)| told.key.is_some());
    let wire = match by_key {
        true => table.id,
        false => RECORD_NUMBER,
    };
    let name = |told: &Told| match by_key {
        true => told.key.clone(),
        false => operation::record_no(told),
    };
    let names: Vec<String> = made.iter().filter_map(|(_, told)| name(told)).collect();
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let read = records::all_with(api, table, wire, &wanted).and_then(|(rows, shape)| {
        let entries = records::entries(api, table, &shape, &rows)?;
        Ok((rows, entries))
    });
    let is_read = read.is_ok();
    let (mut rows, mut entries) = read.unwrap_or_default();
    let named = |rows: &[Row], name: &str| {
        let row = rows
            .iter()
            .find(|row| !name.is_empty() && text_of(row, wire) == name);
        row.map(|row| text_of(row, table.id).to_owned())
    };
    // A key that names no record is no id: then our own tells which one it became.
    let lost = |(_, told): &&(&New, &Told)| {
        by_key && is_read && named(&rows, &name(told).unwrap_or_default()).is_none()
    };
    let markers: Vec<String> = made
        .iter()
        .filter(lost)
        .map(|(new, _)| new.marker.clone())
        .collect();
    if table.can_be_marked() && !markers.is_empty() {
        let markers: Vec<&str> = markers.iter().map(String::as_str).collect();
        let found = operation::marked(api, table, &markers).and_then(|rows| {
            let entries = records::entries(api, table, &table.shape(api)?, &rows)?;
            Ok((rows, entries))
        });
        let (more, its) = found.unwrap_or_default();
        rows.extend(more);
        entries.extend(its);
    }
    let marker = table.marker(api);
    let outcome = |(new, told): &(&New, &Told)| {
        let name = name(told).unwrap_or_default();
        let marked = || {
            let row = rows
                .iter()
                .find(|row| text_of(row, &marker) == new.marker)?;
            Some(text_of(row, table.id).to_owned())
        };
        let bare = match (by_key, is_read) {
            (true, true) => None,
            (true, false) => Some(name.clone()),
            (false, _) => told
                .rows
                .first()
                .map(|row| text_of(row, table.id).to_owned()),
        };
        let id = named(&rows, &name)
            .or_else(|| marked().filter(|_| by_key))
            .or(bare);
        let id = id.unwrap_or_default();
        let now = entries.iter().find(|entry| entry.id == id);
        drift::look(api, now.and_then(|entry| entry.version.as_deref()));
        let outcome = match now {
            Some(entry) => Ok(operation::applied(entry.clone())),
            None if !id.is_empty() => Ok(operation::bare(&id)),
            None => Err(made_untold(table.entity)),
        };
        (new.at, outcome)
    };
    made.iter().map(outcome).collect()
}

fn made_untold(entity: &str) -> Fault {
    fault::outcome_unknown(text!(
        "intacct-made-untold",
        "Sage Intacct made the {entity} and does not tell which one it became",
        entity = entity
    ))
}
