//! liaison's connector to CentrixOne, a CRM of small companies in Quebec.
//!
//! Read in this order: [`assumed`] (every name on the wire), [`api`], [`row`] and [`refusal`] (how CentrixOne
//! is asked and what its answers mean), [`field`] and [`table`] (the entities that are one object each),
//! [`customer`], [`roll`] and [`book`] (the one that is two), [`lookup`], [`walk`] and [`ahead`] (reading),
//! [`batch`] and [`missing`] (arrays, and why they fail), [`customer_write`] and [`table_write`] (writing),
//! [`stage`] (labels of stages become ids), [`doctor`].
//!
//! Invariants: a POST is sent once; a new record is looked for before it is sent again; no list of a
//! contact is ever dropped, no contact but the primary one touched, nothing deleted; no address, in
//! which the key stands, goes into a message or a log.

mod ahead;
mod api;
mod assumed;
mod batch;
mod book;
mod care_of;
mod customer;
mod customer_plan;
mod customer_write;
mod doctor;
mod field;
mod list;
mod lookup;
mod manifest;
mod missing;
mod operation;
mod opportunity;
mod refusal;
mod roll;
mod row;
mod settings;
mod stage;
mod stamp;
mod table;
mod table_rules;
mod table_write;
mod walk;

#[cfg(test)]
mod tests;

use api::Api;
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;
use lookup::Source;

/// The connector.
#[derive(Clone, Copy, Debug, Default)]
pub struct CentrixOne;

impl Connector for CentrixOne {
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
        _filter: &[Condition],
        limit: u32,
    ) -> Result<Page, Fault> {
        let source = Source::named(entity)?;
        walk::changes(&Api::open(host)?, source, since.as_deref(), limit)
    }

    fn read(
        &self,
        host: &dyn Host,
        entity: &str,
        ids: &[String],
    ) -> Result<Vec<Option<Entry>>, Fault> {
        let source = Source::named(entity)?;
        lookup::read(&Api::open(host)?, source, ids)
    }

    fn find(
        &self,
        host: &dyn Host,
        entity: &str,
        queries: &[Query],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        let source = Source::named(entity)?;
        lookup::find(&Api::open(host)?, source, queries)
    }

    fn query(
        &self,
        host: &dyn Host,
        entity: &str,
        filter: &[Condition],
        at: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, Fault> {
        let source = Source::named(entity)?;
        walk::query(&Api::open(host)?, source, filter, at.as_deref(), limit)
    }

    fn write(&self, host: &dyn Host, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        let opened = Source::named(entity).and_then(|source| Ok((Api::open(host)?, source)));
        match opened {
            Ok((api, Source::Customers)) => customer_write::write(&api, operations),
            Ok((api, Source::Table(table))) => table_write::write(&api, table, operations),
            Err(fault) => operations.iter().map(|_| Err(fault.clone())).collect(),
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

liaison_sdk::export_connector!(CentrixOne);
