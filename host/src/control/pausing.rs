//! Flows that a person holds still: kept in `data/paused.json`, for a service and for the status.

use std::collections::BTreeSet;

use crate::model::{FlowName, TenantId};
use crate::owner_only;

use super::request::{Answer, FlowRef};
use super::tenants::no_flow;
use super::{Control, ControlError, Doing};

/// Tenant and flow.
pub(super) type Paused = BTreeSet<(TenantId, FlowName)>;

impl Control {
    /// A pause lasts until somebody ends it. It stops no run in progress, and no run that a person asks for.
    pub(super) fn pause(&self, flow: FlowRef, paused: bool) -> Result<Answer, ControlError> {
        let tenant = self.tenant(flow.tenant)?;
        let config = self.read_tenant(&tenant)?;
        if !config.flows.contains_key(&flow.flow) {
            return Err(no_flow(&config, &flow.flow));
        }
        let mut all = self.paused()?;
        let key = (tenant.clone(), flow.flow.clone());
        let changed = match paused {
            true => all.insert(key),
            false => all.remove(&key),
        };
        if changed {
            let path = self.home.paused();
            let text =
                serde_json::to_vec(&all).map_err(|cause| ControlError::bug(cause.to_string()))?;
            owner_only::replace(&path, &text)
                .map_err(|cause| ControlError::io(Doing::Write, &path, cause))?;
        }
        Ok(Answer::Switched {
            tenant,
            flow: flow.flow,
            paused,
            changed,
        })
    }

    pub(super) fn paused(&self) -> Result<Paused, ControlError> {
        let path = self.home.paused();
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|cause| {
                ControlError::io(Doing::Read, &path, std::io::Error::other(cause))
            }),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(Paused::new()),
            Err(cause) => Err(ControlError::io(Doing::Read, &path, cause)),
        }
    }
}
