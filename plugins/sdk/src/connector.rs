//! What a connector implements.

use crate::contract::*;
use crate::fault;
use crate::host::Host;

/// One kind of business system. The meaning of every call stands in `wit/connector.wit`.
///
/// Whatever an entity's `operations` do not declare may be left out: the default answers with a
/// fault of kind `internal`, because the host should not have asked.
pub trait Connector {
    /// What this connector is and asks for. Runs without settings.
    fn describe(&self) -> Manifest;

    /// What a person must set before flows can run. Reads only.
    ///
    /// # Errors
    /// Only when nothing can be said at all; whatever a person can mend is a finding.
    fn check(&self, host: &dyn Host) -> Result<Vec<Finding>, Fault>;

    /// Up to `limit` records that changed after `since`.
    ///
    /// # Errors
    /// The fault of the one request that failed; the page is then asked for again.
    fn changes(
        &self,
        _host: &dyn Host,
        entity: &str,
        _since: Option<Cursor>,
        _filter: &[Condition],
        _limit: u32,
    ) -> Result<Page, Fault> {
        Err(fault::not_offered(entity, "changes"))
    }

    /// The records with these ids, in the same order and number.
    ///
    /// # Errors
    /// As for [`Connector::changes`]; a missing record is `None`, not a fault.
    fn read(
        &self,
        _host: &dyn Host,
        entity: &str,
        _ids: &[String],
    ) -> Result<Vec<Option<Entry>>, Fault> {
        Err(fault::not_offered(entity, "read"))
    }

    /// For each query the records that fit, in the same order and number.
    ///
    /// # Errors
    /// As for [`Connector::changes`]; nothing found is an empty list, not a fault.
    fn find(
        &self,
        _host: &dyn Host,
        entity: &str,
        _queries: &[Query],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        Err(fault::not_offered(entity, "find"))
    }

    /// A walk over the records that match `filter`.
    ///
    /// # Errors
    /// As for [`Connector::changes`].
    fn query(
        &self,
        _host: &dyn Host,
        entity: &str,
        _filter: &[Condition],
        _at: Option<Cursor>,
        _limit: u32,
    ) -> Result<Page, Fault> {
        Err(fault::not_offered(entity, "query"))
    }

    /// Carries out the operations, each on its own; one outcome each, in the same order.
    fn write(&self, _host: &dyn Host, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        operations
            .iter()
            .map(|_| Err(fault::not_offered(entity, "write")))
            .collect()
    }

    /// The words for people in this language (`en`, `fr`), as a Fluent resource. The glue adds the
    /// SDK's own words to it.
    fn catalogue(&self, _lang: &str) -> Option<&'static str> {
        None
    }
}

/// The catalogue as the host gets it: the connector's words, then the SDK's.
pub fn whole_catalogue(connector: &dyn Connector, lang: &str) -> Option<String> {
    let own = connector.catalogue(lang)?;
    let shared = match lang {
        "fr" => include_str!("../i18n/fr.ftl"),
        _ => include_str!("../i18n/en.ftl"),
    };
    Some(format!("{own}\n{shared}"))
}
