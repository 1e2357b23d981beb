//! A connector's own code called without a sandbox: what the sandbox is measured against, and what the
//! seeded simulation runs in one thread.

mod contract;
pub mod flows;

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use liaison::connector::Connector;
use liaison::connector::convert::{self, answers, outcomes};
use liaison::model::{
    Condition, Entry, Fault, Finding, Manifest, NativeId, Operation, Outcome, Page,
};
use liaison_sdk::host::Host;
use serde_json::Value;

/// Calls block the thread that makes them, as the connector's code does.
pub struct NativeConnector<C, H> {
    connector: C,
    manifest: Manifest,
    host: Mutex<H>,
}

impl<C: liaison_sdk::Connector, H: Host> NativeConnector<C, H> {
    /// The manifest as the host checks it.
    pub fn new(connector: C, host: H) -> Self {
        let manifest = convert::manifest::manifest(contract::manifest(connector.describe()));
        Self {
            manifest: manifest.expect("a connector of ours describes itself well"),
            connector,
            host: Mutex::new(host),
        }
    }

    /// A simulated kill may have unwound through a call; a host keeps nothing half-done.
    fn host(&self) -> MutexGuard<'_, H> {
        self.host.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call<T>(
        &self,
        function: impl FnOnce(&C, &H) -> Result<T, liaison_sdk::contract::Fault>,
    ) -> Result<T, Fault> {
        let host = self.host();
        function(&self.connector, &host).map_err(|fault| convert::fault(contract::fault(fault)))
    }
}

#[async_trait]
impl<C, H> Connector for NativeConnector<C, H>
where
    C: liaison_sdk::Connector + Send + Sync,
    H: Host + Send,
{
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    async fn check(&self) -> Result<Vec<Finding>, Fault> {
        Err(Fault::internal("the doctor is not measured"))
    }

    async fn changes(
        &self,
        entity: &str,
        since: Option<&[u8]>,
        filter: &[Condition],
        limit: u32,
    ) -> Result<Page, Fault> {
        let (at, filter) = (since.map(<[u8]>::to_vec), conditions(filter));
        let page = self.call(|own, host| own.changes(host, entity, at, &filter, limit))?;
        Ok(answers::page(contract::page(page), since, limit)?)
    }

    async fn read(&self, entity: &str, ids: &[NativeId]) -> Result<Vec<Option<Entry>>, Fault> {
        let wanted: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let found = self.call(|own, host| own.read(host, entity, &wanted))?;
        let found = found
            .into_iter()
            .map(|entry| entry.map(contract::entry))
            .collect();
        Ok(answers::read(ids, found)?)
    }

    async fn find(
        &self,
        entity: &str,
        queries: &[Vec<(String, Value)>],
    ) -> Result<Vec<Vec<Entry>>, Fault> {
        let wanted = convert::to_queries(queries);
        let found = self.call(|own, host| own.find(host, entity, &wanted))?;
        let found = found
            .into_iter()
            .map(|fits| fits.into_iter().map(contract::entry).collect())
            .collect();
        Ok(answers::find(queries.len(), found)?)
    }

    async fn query(
        &self,
        entity: &str,
        filter: &[Condition],
        at: Option<&[u8]>,
        limit: u32,
    ) -> Result<Page, Fault> {
        let (from, filter) = (at.map(<[u8]>::to_vec), conditions(filter));
        let page = self.call(|own, host| own.query(host, entity, &filter, from, limit))?;
        Ok(answers::page(contract::page(page), at, limit)?)
    }

    async fn write(&self, entity: &str, operations: &[Operation]) -> Vec<Outcome> {
        let wanted: Vec<_> = convert::to_operations(operations)
            .into_iter()
            .map(contract::operation)
            .collect();
        let returned = {
            let host = self.host();
            self.connector.write(&*host, entity, &wanted)
        };
        outcomes::outcomes(
            operations,
            returned.into_iter().map(contract::outcome).collect(),
        )
    }

    async fn catalogue(&self, lang: &str) -> Result<Option<String>, Fault> {
        let words = liaison_sdk::connector::whole_catalogue(&self.connector, lang);
        Ok(words)
    }
}

fn conditions(filter: &[Condition]) -> Vec<liaison_sdk::contract::Condition> {
    convert::to_conditions(filter)
        .into_iter()
        .map(contract::condition)
        .collect()
}
