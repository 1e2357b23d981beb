//! What the host calls. Every call runs in a fresh instance: nothing that stands in a variable outlives it.

mod api;
mod doctor;
mod manifest;
mod task;

#[cfg(test)]
mod tests;

use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;

use api::Api;

/// The connector.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tasks;

impl Connector for Tasks {
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
        task::changes(&Api::open(host, entity)?, since.as_deref(), filter, limit)
    }

    fn read(
        &self,
        host: &dyn Host,
        entity: &str,
        ids: &[String],
    ) -> Result<Vec<Option<Entry>>, Fault> {
        task::read(&Api::open(host, entity)?, ids)
    }

    fn find(
        &self,
        host: &dyn Host,
        entity: &str,
        queries: &[Query],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        let api = Api::open(host, entity)?;
        queries
            .iter()
            .map(|query| task::find(&api, query))
            .collect()
    }

    fn query(
        &self,
        host: &dyn Host,
        entity: &str,
        filter: &[Condition],
        at: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, Fault> {
        task::query(&Api::open(host, entity)?, filter, at.as_deref(), limit)
    }

    /// Each operation has an outcome of its own; one that is refused never stops the others.
    fn write(&self, host: &dyn Host, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        let one = |operation| task::write(&Api::open(host, entity)?, operation);
        operations.iter().map(one).collect()
    }

    fn catalogue(&self, lang: &str) -> Option<&'static str> {
        match lang {
            "en" => Some(include_str!("../i18n/en.ftl")),
            "fr" => Some(include_str!("../i18n/fr.ftl")),
            _ => None,
        }
    }
}

liaison_sdk::export_connector!(Tasks);
