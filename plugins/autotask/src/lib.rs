//! liaison's connector for Autotask PSA.
//!
//! Read in this order: [`tables`] (which column is which field), [`table`] (what follows from it),
//! [`search`] and [`api`] (how Autotask is asked), [`walk`], [`find`], [`write`] (the contract's
//! calls), [`marker`] (why nothing is made twice), [`invoice`] and [`tax`], [`quote_write`] (the entities that are more
//! than a table), [`picklist`], [`doctor`].
//!
//! Invariant: what the vendor's documentation leaves open is decided in [`assumed`] and nowhere else.

mod api;
mod assumed;
mod company;
mod doctor;
mod doctor_sales;
mod erp_id;
mod errors;
mod find;
mod invoice;
mod manifest;
mod marker;
mod opportunity;
mod picklist;
mod quote;
mod quote_items;
mod quote_line;
mod quote_location;
mod quote_write;
mod search;
mod settings;
mod table;
mod tables;
mod tax;
mod ticket;
mod walk;
mod write;

#[cfg(test)]
mod tests;

use api::{id_numbers, Api};
use liaison_sdk::prelude::*;
use std::collections::BTreeMap;
use table::Table;

/// The connector.
#[derive(Default)]
pub struct Autotask;

liaison_sdk::export_connector!(Autotask);

impl Connector for Autotask {
    fn describe(&self) -> Manifest {
        manifest::manifest()
    }

    fn check(&self, host: &dyn Host) -> Result<Vec<Finding>, Fault> {
        doctor::check(host)
    }

    fn changes(
        &self,
        host: &dyn Host,
        entity: &str,
        since: Option<Cursor>,
        filter: &[Condition],
        limit: u32,
    ) -> Result<Page, Fault> {
        if picklist::of(entity).is_some() {
            return Err(fault::not_offered(entity, "changes"));
        }
        let (api, table) = (Api::open(host)?, tables::table(entity)?);
        let since = since.as_deref();
        let step = match (table.stamp, entity) {
            (Some(stamp), _) => walk::stamped(&api, table, stamp, filter, since, limit)?,
            (None, "invoice" | "billing_code" | "product") => {
                walk::matching(&api, table, filter, since, limit)?
            }
            _ => return Err(fault::not_offered(entity, "changes")),
        };
        let complete = table.stamp.is_none() && !step.more && filter.is_empty();
        page(&api, table, step, complete)
    }

    fn read(
        &self,
        host: &dyn Host,
        entity: &str,
        ids: &[String],
    ) -> Result<Vec<Option<Entry>>, Fault> {
        if let Some(list) = picklist::of(entity) {
            return list.read(&Api::open(host)?, ids);
        }
        let (api, table) = (Api::open(host)?, tables::table(entity)?);
        let rows = api.all_in(
            table.path,
            "id",
            &id_numbers(ids.iter().map(String::as_str)),
        )?;
        let entries = entries(&api, table, &rows)?;
        let by_id: BTreeMap<&str, &Entry> = entries
            .iter()
            .map(|entry| (entry.id.as_str(), entry))
            .collect();
        Ok(ids
            .iter()
            .map(|id| by_id.get(id.as_str()).map(|&entry| entry.clone()))
            .collect())
    }

    fn find(
        &self,
        host: &dyn Host,
        entity: &str,
        queries: &[Query],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        if let Some(list) = picklist::of(entity) {
            return list.find(&Api::open(host)?, queries);
        }
        find::find(&Api::open(host)?, tables::table(entity)?, queries)
    }

    fn query(
        &self,
        host: &dyn Host,
        entity: &str,
        filter: &[Condition],
        at: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, Fault> {
        if let Some(list) = picklist::of(entity) {
            return list.page(&Api::open(host)?, filter);
        }
        let (api, table) = (Api::open(host)?, tables::table(entity)?);
        let step = walk::matching(&api, table, filter, at.as_deref(), limit)?;
        let complete = !step.more && filter.is_empty();
        page(&api, table, step, complete)
    }

    fn write(&self, host: &dyn Host, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        match (Api::open(host), tables::table(entity)) {
            (Ok(api), Ok(table)) if table.entity == "quote" => quote_write::write(&api, operations),
            (Ok(api), Ok(table)) => write::write(&api, table, operations),
            (Err(fault), _) | (_, Err(fault)) => {
                operations.iter().map(|_| Err(fault.clone())).collect()
            }
        }
    }

    fn catalogue(&self, lang: &str) -> Option<&'static str> {
        match lang {
            "en" => Some(include_str!("../i18n/en.ftl")),
            "fr" => Some(include_str!("../i18n/fr.ftl")),
            _ => None,
        }
    }
}

fn page(api: &Api, table: &Table, step: walk::Step, complete: bool) -> Result<Page, Fault> {
    let entries = entries(api, table, &step.rows)?;
    Ok(Page {
        entries,
        next: step.next,
        more: step.more,
        complete,
        ext: Vec::new(),
    })
}

/// Rows of Autotask as records, in their order.
fn entries(api: &Api, table: &Table, rows: &[Value]) -> Result<Vec<Entry>, Fault> {
    match table.entity {
        "invoice" => invoice::entries(api, rows),
        "quote" => quote::entries(api, rows),
        _ => Ok(table.bodies(api, rows)?.into_iter().map(entry).collect()),
    }
}

/// A record. Autotask has neither versions nor tombstones.
fn entry(body: Map<String, Value>) -> Entry {
    let id = body
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    Entry {
        id,
        version: None,
        deleted: false,
        body: Value::Object(body).to_string(),
        ext: Vec::new(),
    }
}
