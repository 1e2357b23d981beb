//! `read` by id and `find` by key.

use crate::api::Api;
use crate::assumed::action::Pressed;
use crate::assumed::customer::{self, Customer, Which};
use crate::entity;
use crate::export_result;
use crate::list;
use crate::pressed;
use crate::product;
use crate::source::{self, Source};
use crate::walk;
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;

/// Pages of a search through all customers, and how long it may take: a call has about a minute.
const SEARCH_PAGES_MAX: u32 = 12;
const SEARCH_MS_MAX: u64 = 40_000;

/// The records with these ids.
pub fn read(api: &Api, name: &str, ids: &[String]) -> Result<Vec<Option<Entry>>, Fault> {
    let found = match Source::named(name) {
        Some(source) => by_ids(api, source, ids)?,
        None if name == entity::EXPORT_RESULT => export_result::read(api, ids)?,
        None => list::all(api, name)?,
    };
    let by_id: BTreeMap<&str, &Entry> = found.iter().map(|one| (one.id.as_str(), one)).collect();
    let each = ids
        .iter()
        .map(|id| by_id.get(id.as_str()).copied().cloned());
    Ok(each.collect())
}

/// The records with these ids, in no order, and perhaps others that stand beside them.
pub fn by_ids(api: &Api, source: Source, ids: &[String]) -> Result<Vec<Entry>, Fault> {
    let waiting = match pressed::kinds(source.entity()).is_empty() || ids.is_empty() {
        true => Vec::new(),
        false => pressed::waiting(api)?,
    };
    let mut found = Vec::new();
    match source {
        Source::Customers => {
            for number in distinct(ids.iter().map(String::as_str)) {
                let customer = source::customer_numbered(api, number)?;
                found.extend(of_customers(source, customer, &waiting));
            }
        }
        Source::Contacts => {
            let numbers = ids.iter().filter_map(|id| customer::parts_of(id));
            for number in distinct(numbers.map(|(number, _)| number)) {
                let customer = source::customer_numbered(api, number)?;
                found.extend(of_customers(source, customer, &waiting));
            }
        }
        Source::Documents(kind) => {
            for number in distinct(ids.iter().map(String::as_str)) {
                let document = source::document_numbered(api, kind, number)?;
                let documents = document.into_iter().collect();
                let entries = source.of_documents(api.host(), kind, documents, &waiting);
                found.extend(entries.into_iter().map(|stamped| stamped.entry));
            }
        }
        Source::Products => {
            let seen = ids
                .iter()
                .filter_map(|id| product::seen_on(api.host(), id))
                .map(|(kind, number)| (number, kind));
            let mut places: Vec<_> = seen.collect();
            places.sort_by_key(|(number, kind)| (number.clone(), kind.wire()));
            places.dedup();
            for (number, kind) in places {
                let document = source::document_numbered(api, kind, &number)?;
                let documents: Vec<_> = document.into_iter().collect();
                let entries = source.of_documents(api.host(), kind, documents, &[]);
                found.extend(entries.into_iter().map(|stamped| stamped.entry));
            }
        }
    }
    Ok(found)
}

fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all: Vec<&str> = Vec::new();
    for text in texts {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

fn of_customers(
    source: Source,
    customers: impl IntoIterator<Item = Customer>,
    waiting: &[Pressed],
) -> Vec<Entry> {
    let stamped = source.of_customers(customers.into_iter().collect(), waiting);
    stamped.into_iter().map(|stamped| stamped.entry).collect()
}

/// For each query the records that fit.
pub fn find(api: &Api, name: &str, queries: &[Query]) -> Result<Vec<Vec<Entry>>, Fault> {
    let Some(source) = Source::named(name) else {
        let all = list::all(api, name)?;
        return Ok(queries.iter().map(|query| fitting(&all, query)).collect());
    };
    let mut searched: Option<Vec<Entry>> = None;
    let mut found = Vec::new();
    for query in queries {
        if query.is_empty() || query.iter().any(|(_, value)| text(value).is_empty()) {
            found.push(Vec::new());
            continue;
        }
        let candidates = match candidates(api, source, query)? {
            Some(candidates) => candidates,
            None => {
                let all = match searched.take() {
                    Some(all) => all,
                    None => search(api, source, queries)?,
                };
                let fits = fitting(&all, query);
                searched = Some(all);
                found.push(fits);
                continue;
            }
        };
        found.push(fitting(&candidates, query));
    }
    Ok(found)
}

fn text(json: &str) -> String {
    match filter::value(json) {
        Value::String(text) => text.trim().to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn value_of(query: &Query, field: &str) -> Option<String> {
    let found = query.iter().find(|(name, _)| name == field);
    found.map(|(_, value)| text(value))
}

/// What the service can be asked for by one of a query's fields; none where it can be asked by none.
fn candidates(api: &Api, source: Source, query: &Query) -> Result<Option<Vec<Entry>>, Fault> {
    let by = |field: &str| value_of(query, field);
    Ok(match source {
        Source::Customers => {
            let found = if let Some(number) = by("number") {
                source::customers(api, Which::Number(&number))?
            } else if let Some(id) = by("system_id") {
                source::customers(api, Which::SystemId(&id))?
            } else if let Some(name) = by("name") {
                source::customers(api, Which::Name(&name))?
            } else {
                return Ok(None);
            };
            Some(of_customers(source, found, &[]))
        }
        Source::Contacts => match by("customer_id") {
            Some(number) => {
                let found = source::customer_numbered(api, &number)?;
                Some(of_customers(source, found, &[]))
            }
            None => None,
        },
        Source::Documents(_) => {
            let number = by("number").unwrap_or_default();
            Some(by_ids(api, source, &[number])?)
        }
        Source::Products => {
            let ids = product::numbered(api.host(), &by("number").unwrap_or_default());
            Some(by_ids(api, source, &ids)?)
        }
    })
}

/// What fits any of the queries, of all customers: the service searches by none of their fields.
fn search(api: &Api, source: Source, queries: &[Query]) -> Result<Vec<Entry>, Fault> {
    let began_ms = api.host().monotonic_ms();
    let mut found: Vec<Entry> = Vec::new();
    let mut at: Option<Cursor> = None;
    for _ in 0..SEARCH_PAGES_MAX {
        let page = walk::query(api, source, &[], at.as_deref(), u32::MAX)?;
        let fits = page
            .entries
            .into_iter()
            .filter(|entry| queries.iter().any(|query| fits(entry, query)));
        found.extend(fits);
        if !page.more {
            return Ok(found);
        }
        at = page.next;
        if api.host().monotonic_ms().saturating_sub(began_ms) > SEARCH_MS_MAX {
            break;
        }
    }
    Err(fault::rejected(text!(
        "channelonline-search",
        "ChannelOnline cannot search {entity} by this field, and there are too many to look at each; look for the number or the name",
        entity = source.entity()
    )))
}

fn fitting(entries: &[Entry], query: &Query) -> Vec<Entry> {
    let fitting = entries.iter().filter(|entry| fits(entry, query));
    fitting.cloned().collect()
}

fn fits(entry: &Entry, query: &Query) -> bool {
    let body = filter::value(&entry.body);
    query.iter().all(|(field, json)| {
        let wanted = [filter::value(json)];
        filter::fits_one(&body, &filter::condition(field, Comparison::Eq, &wanted))
    })
}

/// Records of one page where a query names them: each is asked for by itself.
const NAMED_A_PAGE: usize = 10;

/// The page of a query that names its records, or the customers of its contacts; none where it names none.
pub fn named(
    api: &Api,
    name: &str,
    filter: &[Condition],
    at: Option<&[u8]>,
) -> Result<Option<Page>, Fault> {
    let Some(source) = Source::named(name) else {
        return Ok(None);
    };
    let values_of = |field: &str| {
        let named = filter.iter().find(|one| {
            one.field == field && matches!(one.op, Comparison::Eq | Comparison::IsIn)
        })?;
        let mut values: Vec<String> = named.values.iter().map(|json| text(json)).collect();
        values.retain(|value| !value.is_empty());
        values.sort();
        values.dedup();
        Some(values)
    };
    let is_child = source == Source::Contacts;
    let parents = values_of("customer_id").filter(|_| is_child);
    let ids = values_of("id");
    let by_id = ids.is_some();
    let Some(names) = ids.or(parents) else {
        return Ok(None);
    };
    let done: usize = cursor::decode(at)?;
    let next = names.len().min(done.saturating_add(NAMED_A_PAGE));
    let names = &names[done.min(next)..];
    let now = &names[..names.len().min(NAMED_A_PAGE)];
    let mut entries = Vec::new();
    match by_id {
        true => entries = by_ids(api, source, now)?,
        false => {
            for number in now {
                let customer = source::customer_numbered(api, number)?;
                entries.extend(of_customers(source, customer, &[]));
            }
        }
    }
    entries.retain(|entry| filter::fits(&filter::value(&entry.body), filter));
    let more = names.len() > now.len();
    Ok(Some(Page {
        entries,
        next: more.then(|| cursor::encode(&next)),
        more,
        ..cursor::last_page()
    }))
}
