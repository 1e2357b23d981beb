//! Tickets: a category is known by its name, and asks for fields that a flow does not know.

use crate::api::{row_id, Api};
use crate::assumed;
use crate::search::any_of;
use crate::table::{plain_text, seconds};
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// A category's default and the field of a ticket it fills.
const DEFAULTS: [(&str, &str); 8] = [
    ("issueTypeID", "issueType"),
    ("priority", "priority"),
    ("queueID", "queueID"),
    ("serviceLevelAgreementID", "serviceLevelAgreementID"),
    ("sourceID", "source"),
    ("status", "status"),
    ("subIssueTypeID", "subIssueType"),
    ("ticketTypeID", "ticketType"),
];

/// The ids of these categories, by name as Autotask writes it in lower case.
///
/// # Errors
/// Those of the query.
pub fn category_ids(api: &Api, names: &[String]) -> Result<BTreeMap<String, i64>, Fault> {
    let names: Vec<Value> = names.iter().map(|name| json!(name.trim())).collect();
    let rows = api.all_in("TicketCategories", "name", &names)?;
    Ok(rows
        .iter()
        .filter_map(|row| Some((plain_text(&row["name"]).trim().to_lowercase(), row_id(row)?)))
        .collect())
}

/// The id of a category.
///
/// # Errors
/// `missing-reference` when there is none of this name.
pub fn category_id(api: &Api, name: &str) -> Result<i64, Fault> {
    let found = category_ids(api, &[name.to_owned()])?.into_values().next();
    found.ok_or_else(|| {
        fault::missing_reference(text!(
            "no-such-category",
            "Autotask has no ticket category named {name}",
            name = name
        ))
        .field("category")
    })
}

/// The names of these categories.
///
/// # Errors
/// Those of the query.
pub fn category_names(api: &Api, ids: &[i64]) -> Result<BTreeMap<i64, String>, Fault> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let ids: Vec<Value> = ids.iter().map(|id| json!(id)).collect();
    let rows = api.all_in("TicketCategories", "id", &ids)?;
    Ok(rows
        .iter()
        .filter_map(|row| Some((row_id(row)?, plain_text(&row["name"]).trim().to_owned())))
        .collect())
}

/// Adds what a new ticket needs beyond its own fields: the category's defaults, a status, a priority
/// and a due date.
///
/// # Errors
/// Those of the queries.
pub fn complete(api: &Api, ticket: &mut Map<String, Value>) -> Result<(), Fault> {
    if let Some(category) = ticket.get("ticketCategory").cloned() {
        let defaults = api.all(
            "TicketCategoryFieldDefaults",
            &[any_of("ticketCategoryID", &[category])],
        )?;
        for (default, field) in DEFAULTS {
            let value = defaults
                .first()
                .map(|row| row[default].clone())
                .filter(|value| !value.is_null());
            if let Some(value) = value {
                ticket.entry(field).or_insert(value);
            }
        }
    }
    ticket
        .entry("status")
        .or_insert(json!(assumed::TICKET_STATUS_NEW));
    if !ticket.contains_key("priority") {
        let choices = api.choices("Tickets", "priority")?;
        let usual = choices
            .iter()
            .find(|c| c.active && c.default)
            .or_else(|| choices.iter().find(|c| c.active));
        if let Some(usual) = usual {
            ticket.insert("priority".to_owned(), json!(usual.value));
        }
    }
    let now_ms = i64::try_from(api.host.now_ms()).unwrap_or(i64::MAX / 2);
    ticket
        .entry("dueDateTime")
        .or_insert(seconds(now_ms + assumed::TICKET_DUE_AFTER_MS));
    Ok(())
}
