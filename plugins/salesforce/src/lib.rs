//! liaison's connector to Salesforce.
//!
//! Read in this order: [`assumed`] (what nobody confirmed), [`settings`], [`session`] with [`assertion`] and
//! [`signing`] (the token), [`api`] and [`usage`] (calls and their allowance), [`refusal`] (what answers mean),
//! [`table`] and [`tables`] (the entities), [`object`], [`description`] and [`shape`] (which object, and what it looks like in
//! this org), [`value`], [`soql`] and [`select`] (values and queries), [`walk`], [`lookup`] and [`lines`] (reading),
//! [`record`], [`repeat`], [`stamps`] and [`write`](mod@write), [`doctor`] and [`wanted`]; [`made`] and [`metadata`] (what the org is to have),
//! [`setup`] and [`inbound`] (what calls us).
//!
//! Invariants: a write is carried out at most once by one operation; no record is passed over between two that
//! were changed in the same second; what a flow gives stands in a query quoted or parsed, never as it is; no
//! key and no password is ever in the guest, and no token in a message.

mod api;
mod assertion;
mod assumed;
mod description;
mod doctor;
mod expected;
mod id;
mod inbound;
mod lines;
mod lookup;
mod made;
mod manifest;
mod metadata;
mod named;
mod object;
mod record;
mod refusal;
mod refusal_words;
mod repeat;
mod select;
mod session;
mod settings;
mod setup;
mod shape;
mod signing;
mod soql;
mod stamps;
mod table;
mod tables;
mod usage;
mod value;
mod walk;
mod wanted;
mod write;

#[cfg(test)]
mod tests;

use api::Api;
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;

/// The connector.
#[derive(Clone, Copy, Debug, Default)]
pub struct Salesforce;

impl Connector for Salesforce {
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
        let table = table::named(entity)?;
        let api = Api::open(host)?;
        walk::changes(&api, table, since.as_deref(), filter, limit)
    }

    fn read(
        &self,
        host: &dyn Host,
        entity: &str,
        ids: &[String],
    ) -> Result<Vec<Option<Entry>>, Fault> {
        let table = table::named(entity)?;
        let api = Api::open(host)?;
        let mut found = lookup::read(&api, table, ids)?;
        lines::with_lines(&api, table, found.iter_mut().flatten().collect())?;
        Ok(found)
    }

    fn find(
        &self,
        host: &dyn Host,
        entity: &str,
        queries: &[Query],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        let table = table::named(entity)?;
        let api = Api::open(host)?;
        let mut found = lookup::find(&api, table, queries)?;
        lines::with_lines(&api, table, found.iter_mut().flatten().collect())?;
        Ok(found)
    }

    fn query(
        &self,
        host: &dyn Host,
        entity: &str,
        filter: &[Condition],
        at: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, Fault> {
        let table = table::named(entity)?;
        let api = Api::open(host)?;
        walk::query(&api, table, filter, at.as_deref(), limit)
    }

    fn write(&self, host: &dyn Host, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        let opened = table::named(entity).and_then(|table| match table.writable {
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

impl Prepared for Salesforce {
    fn prepare(&self, host: &dyn Host, address: &str) -> Result<Preparation, Fault> {
        setup::prepare(host, address)
    }
}

impl Called for Salesforce {
    fn handle(&self, host: &dyn Host, request: InboundRequest) -> InboundResponse {
        inbound::handle(host, &request)
    }
}

liaison_sdk::export_called_connector!(Salesforce);
