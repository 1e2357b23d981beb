//! liaison's connector to Autodesk Fusion Operations, which runs the floor of small manufacturers.
//!
//! Read in this order: [`assumed`] (every name on the wire, and how sure it is), [`profile`] and
//! [`settings`] (how one company's API may differ), [`api`] and [`refusal`] (the token, the calls, what
//! answers mean), [`field`] and [`table`] (rows and bodies), [`walk`], [`lookup`] and [`reference`]
//! (reading), [`stock`], [`write`](mod@write), [`doctor`].
//!
//! Invariants: no POST or PUT is carried out twice by one operation; a create looks for its record first;
//! nothing is deleted; no address, in which the token stands, goes into a message or a log.

mod api;
mod assumed;
mod doctor;
mod field;
mod lookup;
mod manifest;
mod profile;
mod reference;
mod refusal;
mod settings;
mod stock;
mod table;
mod walk;
mod write;

#[cfg(test)]
mod tests;

use api::Api;
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;

/// The connector.
#[derive(Clone, Copy, Debug, Default)]
pub struct FusionOperations;

impl Connector for FusionOperations {
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
        let api = Api::open(host)?;
        match entity {
            // What does not fit is the host's to leave out, here as for every entity.
            stock::ENTITY => stock::walk(&api, &[], since.as_deref(), limit),
            _ => walk::changes(&api, table::named(entity)?, since.as_deref(), filter, limit),
        }
    }

    fn read(
        &self,
        host: &dyn Host,
        entity: &str,
        ids: &[String],
    ) -> Result<Vec<Option<Entry>>, Fault> {
        let api = Api::open(host)?;
        match entity {
            stock::ENTITY => stock::read(&api, ids),
            _ => lookup::read(&api, table::named(entity)?, ids),
        }
    }

    fn find(
        &self,
        host: &dyn Host,
        entity: &str,
        queries: &[Query],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        let api = Api::open(host)?;
        match entity {
            stock::ENTITY => stock::find(&api, queries),
            _ => lookup::find(&api, table::named(entity)?, queries),
        }
    }

    fn query(
        &self,
        host: &dyn Host,
        entity: &str,
        filter: &[Condition],
        at: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, Fault> {
        let api = Api::open(host)?;
        match entity {
            stock::ENTITY => stock::query(&api, filter, at.as_deref(), limit),
            _ => walk::query(&api, table::named(entity)?, filter, at.as_deref(), limit),
        }
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

liaison_sdk::export_connector!(FusionOperations);
