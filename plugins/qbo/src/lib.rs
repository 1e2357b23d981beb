//! liaison's connector to QuickBooks Online, over its REST API of version 3.
//!
//! Read in this order: [`assumed`] (what nobody confirms), [`field`], [`table`] and [`tables`] (the entities),
//! [`session`] (tokens that change under way), [`api`] and [`refusal`] (calls and what answers mean), [`question`],
//! [`walk`], [`lookup`] and [`told`] (reading), [`names`], [`custom`], [`emit`], [`write`](mod@write) and [`stock`]
//! (writing), [`doctor`], [`setup`] and [`inbound`].
//!
//! Invariants: a new record is sent under its own `requestid` alone; a change bears the `SyncToken` it was read at; a
//! refresh token is durable before it is used.

mod api;
mod assumed;
mod custom;
mod doctor;
mod emit;
mod field;
mod inbound;
mod lookup;
mod manifest;
mod names;
mod question;
mod refusal;
mod session;
mod settings;
mod setup;
mod stock;
mod table;
mod tables;
mod told;
mod walk;
mod write;

#[cfg(test)]
mod tests;

use api::Api;
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;

/// The connector.
#[derive(Clone, Copy, Debug, Default)]
pub struct QuickBooksOnline;

impl Connector for QuickBooksOnline {
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
        let (table, api) = (table::named(entity)?, Api::open(host)?);
        walk::changes(&api, table, since.as_deref(), filter, limit)
    }

    fn read(
        &self,
        host: &dyn Host,
        entity: &str,
        ids: &[String],
    ) -> Result<Vec<Option<Entry>>, Fault> {
        lookup::read(&Api::open(host)?, table::named(entity)?, ids)
    }

    fn find(
        &self,
        host: &dyn Host,
        entity: &str,
        queries: &[Query],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        lookup::find(&Api::open(host)?, table::named(entity)?, queries)
    }

    fn query(
        &self,
        host: &dyn Host,
        entity: &str,
        filter: &[Condition],
        at: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, Fault> {
        let (table, api) = (table::named(entity)?, Api::open(host)?);
        walk::query(&api, table, filter, at.as_deref(), limit)
    }

    fn write(&self, host: &dyn Host, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        let opened = table::named(entity).and_then(|table| Ok((table, Api::open(host)?)));
        match opened {
            Ok((table, api)) if table.kind == table::Kind::Stock => stock::write(&api, operations),
            Ok((table, api)) => write::write(&api, table, operations),
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

impl Called for QuickBooksOnline {
    fn handle(&self, host: &dyn Host, request: InboundRequest) -> InboundResponse {
        inbound::handle(host, &request)
    }
}

impl Prepared for QuickBooksOnline {
    fn prepare(&self, host: &dyn Host, address: &str) -> Result<Preparation, Fault> {
        setup::prepare(host, address)
    }
}

liaison_sdk::export_called_connector!(QuickBooksOnline);
