//! Plans and runs.

use std::sync::Arc;

use crate::engine::{Engine, Observer, PlanReport, Selection};
use crate::model::{NativeId, TenantId, Text};

use super::links::answers;
use super::request::{Answer, FlowRef};
use super::tenants::OpenTenant;
use super::{Blame, Control, ControlError};

impl Control {
    pub(super) async fn plan(
        &self,
        flow: FlowRef,
        records: Vec<NativeId>,
        since: Option<String>,
        observer: Arc<dyn Observer>,
    ) -> Result<Answer, ControlError> {
        let options = options(&flow, &records, since.as_deref());
        let (open, selection) = self.prepare(&flow, records, since).await?;
        let engine = self.engine(open, &flow.flow, "plan", observer).await?;
        let plan = engine.plan(&flow.flow, selection).await?;
        Ok(Answer::Plan(PlanReport { options, ..plan }))
    }

    pub(super) async fn run(
        &self,
        flow: FlowRef,
        records: Vec<NativeId>,
        since: Option<String>,
        plan: Option<String>,
        observer: Arc<dyn Observer>,
    ) -> Result<Answer, ControlError> {
        let (open, selection) = self.prepare(&flow, records, since).await?;
        let engine = self.engine(open, &flow.flow, "run", observer).await?;
        if let Some(agreed) = plan {
            let now = engine.plan(&flow.flow, selection.clone()).await?;
            if let Some((connection, fault)) = &now.stopped {
                return Err(ControlError::fault(connection.as_str(), fault));
            }
            if now.hash != agreed {
                let args = vec![("agreed", agreed.clone()), ("now", now.hash.clone())];
                let english = format!(
                    "the plan is now {}, not {agreed}: the world has moved",
                    now.hash
                );
                let message = Text::new("error-plan-moved", args, english);
                return Err(
                    ControlError::new("plan-moved", Blame::Command, message).hint(
                        "plan-again",
                        vec![],
                        "nothing was written; look at `liaison plan` again",
                    ),
                );
            }
        }
        let mut summary = engine.run(&flow.flow, selection).await?;
        let aside = engine
            .store
            .parked_list(&engine.tenant, Some(&flow.flow))
            .await?;
        summary.aside = aside.len() as u64;
        summary.answers = answers(&engine, &flow.flow);
        Ok(Answer::Run(summary))
    }

    pub(super) async fn verify(
        &self,
        flow: FlowRef,
        observer: Arc<dyn Observer>,
    ) -> Result<Answer, ControlError> {
        let engine = self.whole_engine(&flow, "verify", observer).await?;
        Ok(Answer::Verify(engine.verify(&flow.flow).await?))
    }

    /// An engine that has every flow the named one needs.
    pub(super) async fn whole_engine(
        &self,
        flow: &FlowRef,
        doing: &str,
        observer: Arc<dyn Observer>,
    ) -> Result<Engine, ControlError> {
        let (open, _) = self.prepare(flow, Vec::new(), None).await?;
        self.engine(open, &flow.flow, doing, observer).await
    }

    async fn prepare(
        &self,
        flow: &FlowRef,
        records: Vec<NativeId>,
        since: Option<String>,
    ) -> Result<(OpenTenant, Selection), ControlError> {
        let id: TenantId = self.tenant(flow.tenant.clone())?;
        let stands_in = since.as_ref().map(|since| (&flow.flow, since.as_str()));
        let open = self.open_tenant(&id, stands_in).await?;
        let selection = match (records.is_empty(), since) {
            (false, _) => Selection::Records(records),
            (true, Some(_)) => Selection::FromStart,
            (true, None) => Selection::Changes,
        };
        Ok((open, selection))
    }
}

/// What was asked for beside the flow's name, to be typed again.
fn options(flow: &FlowRef, records: &[NativeId], since: Option<&str>) -> String {
    let records = records.iter().map(|record| format!(" --record {record}"));
    let since = since.iter().map(|since| format!(" --since {since}"));
    let tenant = flow
        .tenant
        .iter()
        .map(|tenant| format!(" --tenant {tenant}"));
    records.chain(since).chain(tenant).collect()
}
