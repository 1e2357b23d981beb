//! The doctor: every connection's own check, then the checks that a flow makes across two systems.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::config::tenant::{Tenant, TenantFlow};
use crate::engine::{Endpoint, FlowInstance, Observer};
use crate::mapping::{CheckRule, EachRule, FlowSide, Need};
use crate::model::text::words;
use crate::model::{ConnectionId, Entry, Fault, Finding, Level, NativeId, TenantId, Text};
use crate::schedule::Schedule;

use super::request::{Answer, CheckPlace, CheckReport};
use super::waiting::{Asking, needs_service};
use super::{Control, ControlError};

/// Records of one kind that a flow's check looks at.
const EACH_PAGE: u32 = 500;
/// Of a check that lists records, so many are told one by one.
const LISTED_MAX: usize = 20;
/// As what systems that call us are asked.
const PURPOSE: &str = "check";

impl Control {
    pub(super) async fn check(
        &self,
        tenant: Option<TenantId>,
        observer: Arc<dyn Observer>,
    ) -> Result<Answer, ControlError> {
        let mut places = Vec::new();
        for id in self.some_tenants(tenant)? {
            let open = self.open_tenant(&id, None).await?;
            // Systems that call us and do not: whoever asks them would wait for ever.
            let mut away = BTreeSet::new();
            for (connection, connected) in &open.connections {
                let findings = match connected {
                    Ok(connector) if connector.is_called() && !self.relay.is_served() => {
                        of_error(&needs_service(connection))
                    }
                    Ok(connector) => {
                        connector.begin(PURPOSE);
                        let at = (&id, connection);
                        let ask = || connector.check();
                        match self.patiently(at, PURPOSE, &*observer, ask).await {
                            Ok(findings) => match connector.read_is_settled().await {
                                Ok(()) => findings,
                                Err(fault) => vec![of_fault(&fault)],
                            },
                            Err(fault) => vec![of_fault(&fault)],
                        }
                    }
                    Err(error) => of_error(error),
                };
                if let Ok(connector) = connected
                    && connector.is_called()
                    && matches!(findings.as_slice(), [only] if only.level == Level::Error)
                {
                    away.insert(connection.clone());
                }
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
                let mut findings = match made {
                    Ok(flow) => match self.refuse_renamed(&open.tenant, &flow.set).await {
                        Ok(()) => match needs(flow, &away) {
                            Some(connection) => vec![unchecked(connection)],
                            None => self.check_flow(&id, flow, &*observer).await,
                        },
                        Err(error) => of_error(&error),
                    },
                    Err(error) => of_error(error),
                };
                findings.extend(self.of_the_window(&open.tenant, &open.tenant.flows[name]));
                places.push(CheckPlace {
                    tenant: id.clone(),
                    place: words!("check-flow", "flow {flow}", flow = name),
                    findings,
                });
            }
        }
        Ok(Answer::Check(CheckReport { places }))
    }

    async fn check_flow(
        &self,
        tenant: &TenantId,
        flow: &FlowInstance,
        observer: &dyn Observer,
    ) -> Vec<Finding> {
        let ends = [&flow.source, &flow.target].map(|end| (&end.connection, &*end.connector));
        if flow.flow.checks().is_empty() {
            return Vec::new();
        }
        if let Err(error) = self.refuse_uncalled(ends.into_iter()) {
            return of_error(&error);
        }
        let mut findings = Vec::new();
        for rule in flow.flow.checks() {
            let rule = Check {
                control: self,
                tenant,
                flow,
                rule,
                observer,
            };
            match rule.findings().await {
                Ok(found) => findings.extend(found),
                Err(fault) => findings.push(of_fault(&fault)),
            }
        }
        for (_, connector) in ends {
            // What is kept of it is of no use to anybody any more.
            if let Err(fault) = connector.read_is_settled().await {
                findings.push(of_fault(&fault));
            }
        }
        findings
    }
}

impl Control {
    /// A window holds back what starts by itself, so that of a flow which never does is a mistake.
    fn of_the_window(&self, tenant: &Tenant, flow: &TenantFlow) -> Option<Finding> {
        flow.gate.window.as_ref()?;
        let file = self.flow_file(tenant, flow).ok()?;
        let schedule = flow.schedule.clone().unwrap_or(file.schedule);
        (schedule == Schedule::Manual).then(|| Finding {
            level: Level::Warning,
            code: "window-on-manual".to_owned(),
            message: words!(
                "check-window-on-manual",
                "it has a `window`, and starts only when a person says so: then no window holds it back"
            ),
            place: Some(Text::plain(format!("tenants/{}.toml", tenant.id))),
            fix: Some(words!(
                "check-window-on-manual-fix",
                "take the window out, or give the flow a schedule, such as `schedule = \"every 30 minutes\"`"
            )),
        })
    }
}

/// The connection of a flow's checks whose system is away.
fn needs<'f>(flow: &'f FlowInstance, away: &BTreeSet<ConnectionId>) -> Option<&'f ConnectionId> {
    let ends = [&flow.source, &flow.target].map(|end| &end.connection);
    let looks = !flow.flow.checks().is_empty();
    ends.into_iter()
        .find(|connection| looks && away.contains(*connection))
}

fn unchecked(connection: &ConnectionId) -> Finding {
    Finding {
        level: Level::Warning,
        code: "not-checked".to_owned(),
        message: words!(
            "check-not-checked",
            "not looked at: connection {connection} has to be right first",
            connection = connection
        ),
        place: None,
        fix: None,
    }
}

/// One rule of a flow at work.
pub(super) struct Check<'c> {
    pub control: &'c Control,
    pub tenant: &'c TenantId,
    pub flow: &'c FlowInstance,
    pub rule: &'c CheckRule,
    pub observer: &'c dyn Observer,
}

impl Check<'_> {
    /// The records that the check looks at.
    pub async fn subjects(&self, each: &EachRule) -> Result<Vec<Value>, Fault> {
        let end = side(self.flow, each.side);
        let mut subjects = Vec::new();
        let mut at: Option<Vec<u8>> = None;
        loop {
            let ask = || {
                let connector = &end.connector;
                connector.query(&each.entity, &each.filter, at.as_deref(), EACH_PAGE)
            };
            let page = self.ask(end, ask).await?;
            subjects.extend(
                page.entries
                    .into_iter()
                    .filter(|entry| !entry.deleted && each.covers(&entry.body))
                    .map(|entry| entry.body),
            );
            match page.next {
                Some(next) if page.more && at.as_ref() != Some(&next) => at = Some(next),
                _ => return Ok(subjects),
            }
        }
    }

    async fn findings(&self) -> Result<Vec<Finding>, Fault> {
        let rule = self.rule;
        let mut subjects = vec![None];
        if let Some(each) = &rule.each {
            let found = self.subjects(each).await?;
            subjects = found.into_iter().map(Some).collect();
        }
        if rule.expects_nothing() && subjects.len() > LISTED_MAX {
            let told = subjects.iter().take(LISTED_MAX);
            let mut findings: Vec<Finding> =
                told.map(|subject| rule.finding(subject.as_ref())).collect();
            findings.push(and_more(&rule.code, subjects.len() - LISTED_MAX));
            return Ok(findings);
        }
        let mut known: BTreeMap<Need, Vec<Value>> = BTreeMap::new();
        let mut findings = Vec::new();
        for subject in subjects {
            let Some(need) = rule.need(subject.as_ref()) else {
                findings.push(rule.finding(subject.as_ref()));
                continue;
            };
            if !known.contains_key(&need) {
                let answered = self.answered(&need).await?;
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

    async fn ask<'q, T>(
        &self,
        end: &Endpoint,
        ask: impl Fn() -> Asking<'q, T> + Send,
    ) -> Result<T, Fault> {
        let at = (self.tenant, &end.connection);
        self.control
            .patiently(at, PURPOSE, self.observer, ask)
            .await
    }

    /// The records that answer to what is looked for.
    async fn answered(&self, need: &Need) -> Result<Vec<Value>, Fault> {
        let Need::Lookup {
            side: which,
            entity,
            by,
            value,
            ..
        } = need
        else {
            return Ok(vec![Value::Null]);
        };
        let bodies = |entries: Vec<Entry>| {
            let there = entries.into_iter().filter(|entry| !entry.deleted);
            there.map(|entry| entry.body).collect()
        };
        let end = side(self.flow, *which);
        if by == "id" {
            let Ok(id) = NativeId::parse(value) else {
                return Ok(Vec::new());
            };
            let ids = [id];
            let ask = || end.connector.read(entity, &ids);
            let found = self.ask(end, ask).await?;
            return Ok(bodies(found.into_iter().flatten().collect()));
        }
        let queries = [vec![(by.clone(), Value::from(value.as_str()))]];
        let ask = || end.connector.find(entity, &queries);
        let found = self.ask(end, ask).await?;
        Ok(bodies(found.into_iter().flatten().collect()))
    }
}

fn and_more(code: &str, more: usize) -> Finding {
    Finding {
        level: Level::Warning,
        code: code.to_owned(),
        message: words!("check-more", "and {more} more", more = more),
        place: None,
        fix: Some(words!(
            "check-more-fix",
            "`liaison check --list {code}` prints them all as CSV",
            code = code
        )),
    }
}

/// What a check looks for.
fn wanted(need: &Need) -> &str {
    match need {
        Need::Lookup { value, .. } => value,
        _ => "",
    }
}

pub(super) fn side(flow: &FlowInstance, side: FlowSide) -> &Endpoint {
    match side {
        FlowSide::Source => &flow.source,
        FlowSide::Target => &flow.target,
    }
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
