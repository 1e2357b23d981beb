//! liaison's connector to ChannelOnline, by its XML service.
//!
//! Read in this order: [`envelope`] and [`reply`] (requests and answers), [`assumed`] (what no public source confirms),
//! [`refusal`] (what a failure means), [`api`] (calls), [`value`], [`entity`] and [`manifest`] (what there is),
//! [`document`] and [`product`] (what documents tell), [`pressed`] (what users asked for), [`source`], [`walk`], [`list`]
//! and [`lookup`] (reading), [`operation`], [`customer_write`], [`document_write`], [`action_write`] and [`export_result`]
//! (writing), [`doctor`].
//!
//! Invariants: a customer is never written with the action `create`, which makes a second one of what is there;
//! what changes something is sent once, and once more only when the service says that it did nothing; no cursor
//! rests on the service's own export marks; no password goes into a message or a log.

mod action_write;
mod api;
mod assumed;
mod customer_write;
mod doctor;
mod document;
mod document_write;
mod entity;
mod envelope;
mod export_result;
mod list;
mod lookup;
mod manifest;
mod operation;
mod pressed;
mod product;
mod refusal;
mod reply;
mod settings;
mod source;
mod value;
mod walk;

#[cfg(test)]
mod tests;

use api::Api;
use envelope::Kind;
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;
use source::Source;

/// The connector.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChannelOnline;

impl Connector for ChannelOnline {
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
        // What does not fit is the host's to leave out: a record may have been changed so that it fits no more.
        match Source::named(entity) {
            Some(source) => walk::changes(&api, source, since.as_deref(), filter, limit),
            None => list::page(&api, entity, &[], since.as_deref(), limit),
        }
    }

    fn read(
        &self,
        host: &dyn Host,
        entity: &str,
        ids: &[String],
    ) -> Result<Vec<Option<Entry>>, Fault> {
        lookup::read(&Api::open(host)?, entity, ids)
    }

    fn find(
        &self,
        host: &dyn Host,
        entity: &str,
        queries: &[Query],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        lookup::find(&Api::open(host)?, entity, queries)
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
        if let Some(page) = lookup::named(&api, entity, filter, at.as_deref())? {
            return Ok(page);
        }
        match Source::named(entity) {
            Some(source) => walk::query(&api, source, filter, at.as_deref(), limit),
            None => list::page(&api, entity, filter, at.as_deref(), limit),
        }
    }

    fn write(&self, host: &dyn Host, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        let api = match Api::open(host) {
            Ok(api) => api,
            Err(fault) => return operations.iter().map(|_| Err(fault.clone())).collect(),
        };
        let write_one = |operation: &Operation| match entity {
            entity::CUSTOMER => customer_write::write(&api, operation),
            entity::CONTACT => customer_write::write_contact(&api, operation),
            entity::QUOTE => document_write::write(&api, Kind::Quote, operation),
            entity::SALES_ORDER => document_write::write(&api, Kind::SalesOrder, operation),
            entity::ACTION => action_write::write(&api, operation),
            entity::EXPORT_RESULT => export_result::write(&api, operation),
            _ => Err(fault::not_offered(entity, "write")),
        };
        operations.iter().map(write_one).collect()
    }

    fn catalogue(&self, lang: &str) -> Option<&'static str> {
        match lang {
            "en" => Some(include_str!("../i18n/en.ftl")),
            "fr" => Some(include_str!("../i18n/fr.ftl")),
            _ => None,
        }
    }
}

liaison_sdk::export_connector!(ChannelOnline);
