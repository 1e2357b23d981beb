//! What the store remembers, for people: status, journal, quarantine.

use std::collections::BTreeMap;

use crate::engine::world::World;
use crate::model::run::{Event, Parked, Run, RunStatus};
use crate::model::{FlowName, NativeId, TenantId, Text};
use crate::store::{Change, EventQuery, Intent, LeaseScope};

use super::request::{Answer, FlowRef, StatusRow, parked_word};
use super::tenants::no_flow;
use super::{Control, ControlError};

/// How far back the status looks for the last success.
const STATUS_RUNS: usize = 200;

impl Control {
    pub(super) async fn status(&self, tenant: Option<TenantId>) -> Result<Answer, ControlError> {
        let store = self.store().await?;
        let mut rows = Vec::new();
        let paused = self.paused()?;
        for id in self.tenants(tenant)? {
            let config = self.read_tenant(&id)?;
            for (name, flow) in &config.flows {
                let runs = store.runs(&id, Some(name), STATUS_RUNS).await?;
                let back = store.runs(&id, Some(&name.back()), STATUS_RUNS).await?;
                let aside = self.aside(&id, &name.back()).await?;
                // One that used to go both ways and no longer does leaves old runs behind.
                let took_part = |run: &Run| runs.iter().any(|there| there.id == run.id);
                let both_ways = !aside.is_empty() || back.first().is_some_and(took_part);
                let directions = [(name.clone(), runs, self.aside(&id, name).await?)];
                let way_back = both_ways.then(|| (name.back(), back, aside));
                for (direction, runs, parked) in directions.into_iter().chain(way_back) {
                    rows.push(StatusRow {
                        tenant: id.clone(),
                        flow: direction,
                        enabled: flow.enabled,
                        paused: paused.contains(&(id.clone(), name.clone())),
                        last_success: runs
                            .iter()
                            .find(|run| run.status == RunStatus::Completed)
                            .and_then(|run| run.ended_at),
                        last_run: runs.into_iter().next(),
                        parked,
                    });
                }
            }
        }
        Ok(Answer::Status(rows))
    }

    /// Records of one direction of a flow that stand aside, by kind.
    async fn aside(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
    ) -> Result<BTreeMap<String, u64>, ControlError> {
        let mut aside = BTreeMap::new();
        for record in self.store().await?.parked_list(tenant, Some(flow)).await? {
            *aside
                .entry(parked_word(record.kind).to_owned())
                .or_insert(0) += 1;
        }
        Ok(aside)
    }

    /// Records that stand aside; of a flow that goes both ways, from either side.
    async fn parked_of(
        &self,
        tenant: &TenantId,
        flow: Option<&FlowName>,
    ) -> Result<Vec<Parked>, ControlError> {
        let store = self.store().await?;
        let mut parked = store.parked_list(tenant, flow).await?;
        if let Some(flow) = flow {
            parked.extend(store.parked_list(tenant, Some(&flow.back())).await?);
        }
        Ok(parked)
    }

    pub(super) async fn log(
        &self,
        tenant: Option<TenantId>,
        flow: Option<FlowName>,
        record: Option<NativeId>,
        limit: usize,
    ) -> Result<Answer, ControlError> {
        let query = EventQuery {
            flow,
            record,
            run: None,
            limit,
        };
        let mut events = Vec::new();
        for id in self.tenants(tenant)? {
            if let Some(flow) = &query.flow {
                self.known_flow(&id, flow).await?;
            }
            let store = self.store().await?;
            events.extend(store.events(&id, &query).await?);
            if let Some(flow) = &query.flow {
                let back = EventQuery {
                    flow: Some(flow.back()),
                    ..query.clone()
                };
                events.extend(store.events(&id, &back).await?);
            }
        }
        events.sort_by_key(|event| std::cmp::Reverse(event.at));
        events.truncate(limit);
        Ok(Answer::Log(events))
    }

    pub(super) async fn quarantine_list(
        &self,
        tenant: Option<TenantId>,
        flow: Option<FlowName>,
    ) -> Result<Answer, ControlError> {
        let mut parked = Vec::new();
        for id in self.tenants(tenant)? {
            if let Some(flow) = &flow {
                self.known_flow(&id, flow).await?;
            }
            parked.extend(self.parked_of(&id, flow.as_ref()).await?);
        }
        Ok(Answer::Quarantine(parked))
    }

    pub(super) async fn quarantine_show(
        &self,
        flow: FlowRef,
        record: NativeId,
    ) -> Result<Answer, ControlError> {
        let id = self.tenant(flow.tenant)?;
        Ok(Answer::Parked(Box::new(
            self.parked(&id, &flow.flow, &record).await?,
        )))
    }

    /// Marks records for one more try; the next run takes them first.
    pub(super) async fn quarantine_retry(
        &self,
        flow: FlowRef,
        record: Option<NativeId>,
    ) -> Result<Answer, ControlError> {
        let id = self.tenant(flow.tenant.clone())?;
        let records: Vec<Parked> = match record {
            Some(record) => vec![self.parked(&id, &flow.flow, &record).await?],
            None => {
                self.known_flow(&id, &flow.flow).await?;
                self.parked_of(&id, Some(&flow.flow)).await?
            }
        };
        let count = records.len();
        let changes = records
            .into_iter()
            .map(|parked| {
                Change::PutParked(Box::new(Parked {
                    retry: true,
                    ..parked
                }))
            })
            .collect();
        self.commit(self.scope(&id, &flow), changes).await?;
        Ok(Answer::Retried { records: count })
    }

    pub(super) async fn quarantine_drop(
        &self,
        flow: FlowRef,
        record: NativeId,
    ) -> Result<Answer, ControlError> {
        let id = self.tenant(flow.tenant.clone())?;
        let parked = self.parked(&id, &flow.flow, &record).await?;
        let message = Text::new(
            "event-dropped",
            vec![],
            "a person dropped it from quarantine",
        );
        let marker = parked.report.and_then(|report| report.marker);
        let is_of = |intent: &Intent| intent.flow == parked.flow && intent.source == record;
        let mut changes = self.taking_back(&id, is_of).await?;
        changes.extend([
            Change::RemoveParked {
                tenant: id.clone(),
                flow: parked.flow,
                id: record.clone(),
            },
            self.event(&id, &flow.flow, &record, "dropped", message),
        ]);
        self.commit(self.scope(&id, &flow), changes).await?;
        Ok(Answer::Dropped { record, marker })
    }

    /// A flow of the tenant's file, or one that left something behind when it was taken out.
    async fn known_flow(&self, tenant: &TenantId, flow: &FlowName) -> Result<(), ControlError> {
        let config = self.read_tenant(tenant)?;
        if config
            .flows
            .contains_key(&flow.there().unwrap_or_else(|| flow.clone()))
        {
            return Ok(());
        }
        let store = self.store().await?;
        let runs = store.runs(tenant, Some(flow), 1).await?;
        if runs.is_empty() && store.parked_list(tenant, Some(flow)).await?.is_empty() {
            return Err(no_flow(&config, flow));
        }
        Ok(())
    }

    /// What protects the records of a flow: its pairs, or its bare name when no file has it any more.
    pub(super) fn scope(&self, tenant: &TenantId, flow: &FlowRef) -> LeaseScope {
        let set = self.tenant(flow.tenant.clone());
        let set = set.and_then(|id| self.link_set(&id, &flow.flow));
        set.map_or_else(
            |_| LeaseScope::flow(tenant, &flow.flow),
            |set| LeaseScope::set(&set),
        )
    }

    pub(super) async fn parked(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
        record: &NativeId,
    ) -> Result<Parked, ControlError> {
        let ids = std::slice::from_ref(record);
        let found = self.store().await?.parked(tenant, flow, ids).await?;
        found.into_iter().flatten().next().ok_or_else(|| {
            let english = format!("record {record} of flow `{flow}` is not in quarantine");
            let args = vec![("record", record.to_string()), ("flow", flow.to_string())];
            ControlError::command("not-parked", args, english).hint(
                "quarantine-list",
                vec![],
                "`liaison quarantine list` shows what is",
            )
        })
    }

    pub(super) fn event(
        &self,
        tenant: &TenantId,
        flow: &FlowName,
        record: &NativeId,
        kind: &str,
        message: Text,
    ) -> Change {
        Change::AddEvent(Box::new(Event {
            at: self.world.now(),
            tenant: tenant.clone(),
            flow: Some(flow.clone()),
            run: None,
            record: Some(record.clone()),
            kind: kind.to_owned(),
            message,
        }))
    }
}
