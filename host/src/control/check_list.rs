//! `liaison check --list`: what a check of a flow found, as rows that the system's own tools read.

use std::sync::Arc;

use crate::engine::Observer;
use crate::model::TenantId;
use crate::model::text::words;

use super::doctor::{Check, side};
use super::request::{Answer, CheckList};
use super::{Blame, Control, ControlError};

impl Control {
    pub(super) async fn check_list(
        &self,
        tenant: Option<TenantId>,
        code: &str,
        observer: Arc<dyn Observer>,
    ) -> Result<Answer, ControlError> {
        let tenant = self.tenant(tenant)?;
        let open = self.open_tenant(&tenant, None).await?;
        let mut known = Vec::new();
        let mut failed = None;
        for made in open.flows.values() {
            let flow = match made {
                Ok(flow) => flow,
                Err(error) => {
                    failed = Some(error.clone());
                    continue;
                }
            };
            for rule in flow.flow.checks() {
                let Some(each) = rule.each.as_ref().filter(|_| !rule.list.is_empty()) else {
                    continue;
                };
                if rule.code != code {
                    known.push(rule.code.clone());
                    continue;
                }
                let check = Check {
                    control: self,
                    tenant: &tenant,
                    flow,
                    rule,
                    observer: &*observer,
                };
                let subjects = check.subjects(each).await;
                let connection = &side(flow, each.side).connection;
                let subjects =
                    subjects.map_err(|fault| ControlError::fault(connection.as_str(), &fault))?;
                return Ok(Answer::CheckList(CheckList {
                    code: code.to_owned(),
                    fields: rule.list.clone(),
                    rows: subjects.iter().map(|record| rule.line(record)).collect(),
                }));
            }
        }
        // A flow that does not load may be the one that has it.
        match failed {
            Some(error) if known.is_empty() => Err(error),
            _ => Err(unknown(code, &known)),
        }
    }
}

fn unknown(code: &str, known: &[String]) -> ControlError {
    let message = words!(
        "error-no-list",
        "no flow of this tenant has a check `{code}` that lists records",
        code = code
    );
    let error = ControlError::new("no-list", Blame::Command, message);
    match known.is_empty() {
        true => error,
        false => error.hint(
            "no-list",
            vec![("known", known.join(", "))],
            format!("there are: {}", known.join(", ")),
        ),
    }
}
