//! liaison's connector to Acomba, the Windows accounting suite of small companies in Quebec.
//!
//! Acomba has a COM interface and none over HTTP, so a small bridge stands beside it and carries the
//! names of Acomba's SDK over HTTP unchanged. This connector is that bridge's client: it turns cards
//! into bodies and back, cuts and numbers the lines of invoices, and says in the host's terms what
//! Acomba refuses.
//!
//! Invariants: nothing is written before the company's identity was compared; no write is sent
//! twice; no amount passes through a binary float; no text is sent that Acomba's code page lacks.

mod amount;
mod assumed;
mod bridge;
mod card;
mod code_page;
mod company;
mod description;
mod doctor;
mod document;
mod document_back;
mod entity;
mod field;
mod invoice;
mod invoice_names;
mod kinds;
mod lookup;
mod manifest;
mod refusal;
mod walk;
mod writing;

#[cfg(test)]
mod document_tests;
#[cfg(test)]
mod invoice_tests;
#[cfg(test)]
mod script_tests;
#[cfg(all(test, feature = "native"))]
mod simulator_tests;
#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod words_tests;

use bridge::Bridge;
use entity::Entity;
use liaison_sdk::contract::Query;
use liaison_sdk::prelude::*;

/// The bridge, once it is sure that the right company stands behind it: what another company has or
/// lacks would be told about our records as if it were ours.
fn guarded(host: &dyn Host) -> Result<Bridge<'_>, Fault> {
    let bridge = Bridge::open(host)?;
    company::guard(&bridge)?;
    Ok(bridge)
}

/// The connector.
#[derive(Clone, Copy, Debug, Default)]
pub struct Acomba;

impl Connector for Acomba {
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
        let entity = Entity::named(entity)?;
        if entity.access() == card::Access::ReadOnly {
            return Err(fault::not_offered(entity.name(), "changes"));
        }
        walk::changes(&Bridge::open(host)?, entity, since.as_deref(), limit)
    }

    fn read(
        &self,
        host: &dyn Host,
        entity: &str,
        ids: &[String],
    ) -> Result<Vec<Option<Entry>>, Fault> {
        lookup::read(&guarded(host)?, Entity::named(entity)?, ids)
    }

    fn find(
        &self,
        host: &dyn Host,
        entity: &str,
        queries: &[Query],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        lookup::find(&guarded(host)?, Entity::named(entity)?, queries)
    }

    fn query(
        &self,
        host: &dyn Host,
        entity: &str,
        filter: &[Condition],
        at: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, Fault> {
        walk::query(
            &guarded(host)?,
            Entity::named(entity)?,
            filter,
            at.as_deref(),
            limit,
        )
    }

    fn write(&self, host: &dyn Host, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        let opened = Bridge::open(host).and_then(|bridge| Ok((bridge, Entity::named(entity)?)));
        match opened {
            Ok((bridge, entity)) => writing::write(&bridge, entity, operations),
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

liaison_sdk::export_connector!(Acomba);
