//! liaison's connector to Sage Intacct, by its XML gateway.
//!
//! Read in this order: [`assumed`] (what no public source confirms), [`envelope`] and [`reply`] (requests and answers),
//! [`refusal`] (what a failure means), [`session`] and [`api`] (calls), [`stamp`], [`field`], [`table`] and [`tables`]
//! (the entities), [`shape`] (which fields a company has), [`question`], [`records`], [`invoice_contracts`], [`lookup`],
//! [`walk`], [`roll`] and [`deletion`] (reading), [`operation`], [`silence`], [`write`](mod@write), [`create`] and [`update`] (records of
//! one function), [`contract_write`], [`contract_lines`], [`contract_pairs`], [`contract_post`], [`contract_undo`] and [`contract_update`] (contracts), [`document_write`] (documents), [`drift`], [`doctor`].
//!
//! Invariants: what changes something is sent once, and once more only when the gateway says it did not begin; a
//! create looks for our id before it sends and after it failed; nothing is deleted but a draft of our own that
//! Intacct refused; no password and no session goes into a message or a log.

mod api;
mod assumed;
mod contract_lines;
mod contract_pairs;
mod contract_post;
mod contract_undo;
mod contract_update;
mod contract_write;
mod create;
mod deletion;
mod doctor;
mod document_write;
mod drift;
mod envelope;
mod field;
mod invoice_contracts;
mod lookup;
mod manifest;
mod operation;
mod question;
mod records;
mod refusal;
mod reply;
mod roll;
mod session;
mod settings;
mod shape;
mod silence;
mod stamp;
mod table;
mod tables;
mod update;
mod walk;
mod write;

#[cfg(test)]
mod tests;

use api::Api;
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;
use liaison_sdk::xml;

/// The connector.
#[derive(Clone, Copy, Debug, Default)]
pub struct Intacct;

impl Connector for Intacct {
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
        let table = tables::named(entity)?;
        // What does not fit is the host's to leave out: a record may have been changed so that it fits no more.
        walk::changes(&Api::open(host)?, table, since.as_deref(), filter, limit)
    }

    fn read(
        &self,
        host: &dyn Host,
        entity: &str,
        ids: &[String],
    ) -> Result<Vec<Option<Entry>>, Fault> {
        let table = tables::named(entity)?;
        lookup::read(&Api::open(host)?, table, ids)
    }

    fn find(
        &self,
        host: &dyn Host,
        entity: &str,
        queries: &[Query],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        let table = tables::named(entity)?;
        lookup::find(&Api::open(host)?, table, queries)
    }

    fn query(
        &self,
        host: &dyn Host,
        entity: &str,
        filter: &[Condition],
        at: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, Fault> {
        let table = tables::named(entity)?;
        walk::query(&Api::open(host)?, table, filter, at.as_deref(), limit)
    }

    fn write(&self, host: &dyn Host, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        let opened = tables::named(entity).and_then(|table| match table.creates() {
            true => Ok((Api::open(host)?, table)),
            false => Err(fault::not_offered(entity, "write")),
        });
        match opened {
            Ok((api, table)) => write::write(&api, table, operations),
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

liaison_sdk::export_connector!(Intacct);
