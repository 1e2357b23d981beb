//! The doctor: every connection's own check, then the checks that a flow makes across two systems.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::connector::Connector;
use crate::engine::FlowInstance;
use crate::mapping::{CheckRule, FlowSide, Need};
use crate::model::text::words;
use crate::model::{Entry, Fault, Finding, Level, NativeId, TenantId, Text};

use super::request::{Answer, CheckPlace, CheckReport};
use super::{Control, ControlError};

/// Records of one kind that a flow's check looks at.
const EACH_PAGE: u32 = 500;

impl Control {
    pub(super) async fn check(&self, tenant: Option<TenantId>) -> Result<Answer, ControlError> {
        let mut places = Vec::new();
        for id in self.some_tenants(tenant)? {
            let open = self.open_tenant(&id, None).await?;
            for (connection, connected) in &open.connections {
                let findings = match connected {
                    Ok(connector) => match connector.check().await {
                        Ok(findings) => findings,
                        Err(fault) => vec![of_fault(&fault)],
                    },
                    Err(error) => of_error(error),
                };
                let place = words!(
                    "check-connection",
                    "connection {connection}",
                    connection = connection
                );
                places.push(CheckPlace {
                    tenant: id.clone(),
                    place,
                    findings,
                });
            }
            for (name, made) in &open.flows {
                let findings = match made {
                    Ok(flow) => match self.refuse_renamed(&open.tenant, &flow.set).await {
                        Ok(()) => self.check_flow(flow).await,
                        Err(error) => of_error(&error),
                    },
                    Err(error) => of_error(error),
                };
                places.push(CheckPlace {
                    tenant: id.clone(),
                    place: words!("check-flow", "flow {flow}", flow = name),
                    findings,
                });
            }
        }
        Ok(Answer::Check(CheckReport { places }))
    }

    async fn check_flow(&self, flow: &FlowInstance) -> Vec<Finding> {
        let mut findings = Vec::new();
        for rule in flow.flow.checks() {
            match self.check_rule(flow, rule).await {
                Ok(found) => findings.extend(found),
                Err(fault) => findings.push(of_fault(&fault)),
            }
        }
        findings
    }

    async fn check_rule(
        &self,
        flow: &FlowInstance,
        rule: &CheckRule,
    ) -> Result<Vec<Finding>, Fault> {
        let mut subjects = Vec::new();
        match &rule.each {
            None => subjects.push(None),
            Some(each) => {
                let connector = side(flow, each.side);
                let mut at: Option<Vec<u8>> = None;
                loop {
                    let page = connector
                        .query(&each.entity, &each.filter, at.as_deref(), EACH_PAGE)
                        .await?;
                    subjects.extend(
                        page.entries
                            .into_iter()
                            .filter(|entry| !entry.deleted && each.covers(&entry.body))
                            .map(|entry| Some(entry.body)),
                    );
                    match page.next {
                        Some(next) if page.more && at.as_ref() != Some(&next) => at = Some(next),
                        _ => break,
                    }
                }
            }
        }
        let mut known: BTreeMap<Need, Vec<Value>> = BTreeMap::new();
        let mut findings = Vec::new();
        for subject in subjects {
            let Some(need) = rule.need(subject.as_ref()) else {
                findings.push(rule.finding(subject.as_ref()));
                continue;
            };
            if !known.contains_key(&need) {
                let answered = answered(flow, &need).await?;
                known.insert(need.clone(), answered);
            }
            let (answered, wanted) = (&known[&need], wanted(&need));
            match answered.is_empty() {
                true => findings.push(rule.finding(subject.as_ref())),
                false => findings.extend(rule.finding_of_case(wanted, answered)),
            }
        }
        Ok(findings)
    }
}

fn side(flow: &FlowInstance, side: FlowSide) -> &dyn Connector {
    match side {
        FlowSide::Source => &*flow.source.connector,
        FlowSide::Target => &*flow.target.connector,
    }
}

/// What a check looks for.
fn wanted(need: &Need) -> &str {
    match need {
        Need::Lookup { value, .. } => value,
        _ => "",
    }
}

/// The records that answer to it.
async fn answered(flow: &FlowInstance, need: &Need) -> Result<Vec<Value>, Fault> {
    let Need::Lookup {
        side: which,
        entity,
        by,
        value,
    } = need
    else {
        return Ok(Vec::new());
    };
    let bodies = |entries: Vec<Entry>| {
        let there = entries.into_iter().filter(|entry| !entry.deleted);
        there.map(|entry| entry.body).collect()
    };
    let connector = side(flow, *which);
    if by == "id" {
        let Ok(id) = NativeId::parse(value) else {
            return Ok(Vec::new());
        };
        let found = connector.read(entity, &[id]).await?;
        return Ok(bodies(found.into_iter().flatten().collect()));
    }
    let query = vec![(by.clone(), Value::from(value.as_str()))];
    let found = connector.find(entity, &[query]).await?;
    Ok(bodies(found.into_iter().flatten().collect()))
}

fn of_fault(fault: &Fault) -> Finding {
    Finding {
        level: Level::Error,
        code: "connection-fault".to_owned(),
        message: fault.message.clone(),
        place: None,
        fix: fault.denial().cloned(),
    }
}

fn of_error(error: &ControlError) -> Vec<Finding> {
    if error.problems.is_empty() {
        return vec![Finding {
            level: Level::Error,
            code: error.code.to_owned(),
            message: error.message.clone(),
            place: None,
            fix: error.hint.clone(),
        }];
    }
    error
        .problems
        .iter()
        .map(|problem| Finding {
            level: Level::Error,
            code: problem.code.to_owned(),
            message: problem.message.clone(),
            place: Some(Text::plain(format!(
                "{}:{}:{}",
                problem.file, problem.line, problem.column
            ))),
            fix: problem.help.clone(),
        })
        .collect()
}
