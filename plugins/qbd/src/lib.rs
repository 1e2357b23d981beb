//! liaison's connector to QuickBooks Desktop, which only calls and is never called.
//!
//! Read in this order: [`table`], [`field`] and [`tables`] (the entities, in the order of qbXML 13.0), [`emit`] and
//! [`told`] (a body as elements, and back), [`message`], [`question`] and [`status`] (message sets and what their
//! answers mean), [`parcel`] (what the two halves say to each other), [`inbound`], [`session`], [`soap`] and
//! [`identity`] (the half that is called), [`lookup`], [`walk`] and [`write`](mod@write) with [`adjust`] (the half that works),
//! [`doctor`], [`setup`].
//!
//! Invariants: nothing leaves before the right company file is known by our mark in it; a write leaves in sealed
//! bytes under a name that QuickBooks remembers, and in the same bytes until it is answered; QuickBooks may forget
//! it only when the answer is durable; nothing is ever deleted.

mod adjust;
mod assumed;
mod digest;
mod doctor;
mod emit;
mod field;
mod identity;
mod inbound;
mod lookup;
mod manifest;
mod message;
mod parcel;
mod question;
mod session;
mod settings;
mod setup;
mod soap;
mod status;
mod table;
mod tables;
mod text;
mod told;
mod walk;
mod write;

#[cfg(test)]
mod tests;

use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;
use liaison_sdk::xml;
use settings::Settings;

/// The connector.
#[derive(Clone, Copy, Debug, Default)]
pub struct QuickBooksDesktop;

impl Connector for QuickBooksDesktop {
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
        let (table, settings) = (table::named(entity)?, Settings::of(host)?);
        walk::changes(host, table, &settings, since.as_deref(), filter, limit)
    }

    fn read(
        &self,
        host: &dyn Host,
        entity: &str,
        ids: &[String],
    ) -> Result<Vec<Option<Entry>>, Fault> {
        lookup::read(host, table::named(entity)?, &Settings::of(host)?, ids)
    }

    fn find(
        &self,
        host: &dyn Host,
        entity: &str,
        queries: &[Query],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        lookup::find(host, table::named(entity)?, &Settings::of(host)?, queries)
    }

    fn query(
        &self,
        host: &dyn Host,
        entity: &str,
        filter: &[Condition],
        at: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, Fault> {
        let (table, settings) = (table::named(entity)?, Settings::of(host)?);
        walk::query(host, table, &settings, filter, at.as_deref(), limit)
    }

    fn write(&self, host: &dyn Host, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        let opened = table::named(entity).and_then(|table| Ok((table, Settings::of(host)?)));
        match opened {
            Ok((table, settings)) => write::write(host, table, &settings, operations),
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

impl Called for QuickBooksDesktop {
    fn handle(&self, host: &dyn Host, request: InboundRequest) -> InboundResponse {
        inbound::handle(host, &request)
    }
}

impl Prepared for QuickBooksDesktop {
    fn prepare(&self, host: &dyn Host, address: &str) -> Result<Preparation, Fault> {
        setup::prepare(host, address)
    }
}

liaison_sdk::export_called_connector!(QuickBooksDesktop);
