//! The number of each record that a flow creates: `run.count`.
//!
//! It is durable with the intent that carries it. What was numbered and not created leaves a gap, and no number is
//! given twice.

use crate::connector::HOST_KEYS;
use crate::store::Change;

use super::{FlowInstance, Halt, Job};

impl Job<'_> {
    pub(super) async fn next_count(&mut self, flow: &FlowInstance) -> Result<u64, Halt> {
        let last = match self.counts.get(flow.name()) {
            Some(last) => *last,
            None => self.kept_count(flow).await?,
        };
        self.counts.insert(flow.name().clone(), last + 1);
        Ok(last + 1)
    }

    async fn kept_count(&self, flow: &FlowInstance) -> Result<u64, Halt> {
        let (tenant, connection) = (&self.engine.tenant, &flow.target.connection);
        let key = key(flow);
        let kept = self.engine.store.memory_get(tenant, connection, &key);
        let Some(kept) = kept.await? else {
            return Ok(0);
        };
        let kept = std::str::from_utf8(&kept).ok();
        let count = kept.and_then(|kept| kept.parse().ok());
        count.ok_or_else(|| Halt::Bug(format!("the count of flow `{}` is damaged", flow.name())))
    }

    /// The last number given, for the transaction that makes it durable.
    pub(super) fn count_change(&self, flow: &FlowInstance) -> Option<Change> {
        let count = self.counts.get(flow.name())?;
        Some(Change::PutMemory {
            tenant: self.engine.tenant.clone(),
            connection: flow.target.connection.clone(),
            key: key(flow),
            value: count.to_string().into_bytes(),
        })
    }
}

fn key(flow: &FlowInstance) -> String {
    format!("{HOST_KEYS}count:{}", flow.name())
}
